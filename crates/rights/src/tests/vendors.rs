//! Acts about vendors and changes, and who may ask for them.

use super::hospital::UC1;
use governance::{
    About, Act, Agreement, Attachment, ChangeKind, ChangeRequestId, ChangeRequestsAct, ContractId,
    Envelope, Grade, SystemId, Vendor, VendorsAct,
};
use std::collections::{BTreeMap, BTreeSet};

fn agreement() -> Agreement {
    Agreement {
        vendor: "acme".parse().unwrap(),
        systems: BTreeSet::from([SystemId(1)]),
        from: "2024-01-01T00:00:00Z".parse().unwrap(),
        until: "2026-01-01T00:00:00Z".parse().unwrap(),
        clauses: BTreeMap::new(),
        document: None,
    }
}

fn text() -> String {
    "so".to_owned()
}

pub fn matrix() -> ChangeRequestsAct {
    ChangeRequestsAct::AdoptChangeMatrix(packs::builtin::change_matrix().unwrap())
}

pub fn request() -> ChangeRequestsAct {
    ChangeRequestsAct::RequestChange {
        use_case: UC1,
        kind: ChangeKind::Threshold,
        version: None,
        site: None,
        description: text(),
        values: BTreeMap::new(),
    }
}

/// One act of each kind.
pub fn acts() -> Vec<Act> {
    let vendor = Vendor { id: "acme".parse().unwrap(), name: text(), contact: text() };
    let vendors = [
        VendorsAct::RegisterVendor(vendor.clone()),
        VendorsAct::AmendVendor(vendor.clone()),
        VendorsAct::AdoptContractTerms(packs::builtin::contract_terms().unwrap()),
        VendorsAct::RecordContract(agreement()),
        VendorsAct::AmendContract { contract: ContractId(1), agreement: agreement() },
        VendorsAct::Disclose {
            system: SystemId(1),
            attribute: "predictive_updates_process".to_owned(),
            answer: text(),
            grade: Grade::Text,
            source: None,
        },
        VendorsAct::AttachDocument(Attachment {
            title: text(),
            hash: "0".repeat(64),
            media_type: "text/plain".to_owned(),
            about: About::Vendor(vendor.id),
        }),
    ];
    let (change, use_case) = (ChangeRequestId(1), UC1);
    let envelope = Envelope { modifications: Vec::new(), protocol: text(), impact: text() };
    let changes = [
        matrix(),
        ChangeRequestsAct::DraftEnvelope { use_case, envelope },
        request(),
        ChangeRequestsAct::RunCandidate { change },
        ChangeRequestsAct::NoteCheck { use_case, change, finding: text() },
        ChangeRequestsAct::NoteChange { change, note: text() },
        ChangeRequestsAct::CloseChange { change, note: text() },
        ChangeRequestsAct::WithdrawChange { change, reason: text() },
        ChangeRequestsAct::RollBack { use_case, reason: text() },
    ];
    let vendors = vendors.into_iter().map(Act::Vendors);
    vendors.chain(changes.into_iter().map(Act::ChangeRequests)).collect()
}

/// Who asks for what, and the answer.
pub const TABLE: &[(&str, &str, &str)] = &[
    ("liaison", "register_vendor", "V1"),
    ("office", "register_vendor", "V1"),
    ("clerk", "register_vendor", "no"),
    ("gone", "register_vendor", "no F2"),
    ("liaison", "amend_vendor", "V1"),
    ("ward", "amend_vendor", "no"),
    ("office", "adopt_contract_terms", "V2"),
    ("liaison", "adopt_contract_terms", "no"),
    ("liaison", "record_contract", "V1"),
    ("chair", "record_contract", "no"),
    ("office", "amend_contract", "V1"),
    ("tech", "amend_contract", "no"),
    ("liaison", "disclose", "V1"),
    ("scientist", "disclose", "no"),
    ("gone", "disclose", "no F2"),
    ("clerk", "attach_document", "V3"),
    ("lapsed", "attach_document", "no"),
    ("gone", "attach_document", "no F2"),
    ("office", "adopt_change_matrix", "C1"),
    ("tech", "adopt_change_matrix", "no"),
    ("tech", "draft_envelope", "C4"),
    ("scientist", "draft_envelope", "C4"),
    ("ward", "draft_envelope", "no"),
    ("tech", "request_change", "C2"),
    ("ward", "request_change", "C2"),
    ("scientist", "request_change", "C2"),
    ("office", "request_change", "C3"),
    ("liaison", "request_change", "no"),
    ("gone", "request_change", "no F2"),
    ("ward", "run_candidate", "C5"),
    ("tech", "run_candidate", "no"),
    ("tech", "note_check", "C4"),
    ("nurse", "note_check", "no"),
    ("ward", "note_change", "C5"),
    ("tech", "note_change", "no"),
    ("ward", "close_change", "C5"),
    ("tech", "close_change", "no"),
    ("office", "close_change", "no"),
    ("ward", "withdraw_change", "C5"),
    ("clerk", "withdraw_change", "no"),
    ("safety", "roll_back", "C6"),
    ("sponsor", "roll_back", "C6"),
    ("tech", "roll_back", "C6"),
    ("nurse", "roll_back", "no"),
    ("gone", "roll_back", "no F2"),
];
