//! Vendors, their contracts and disclosures, and documents kept by hash.

mod apply;
mod attributes;
mod contract;
mod decide;
mod disclosure;
mod words;
mod work;

use crate::map::Map;
use crate::{
    BodyId, CaseId, ChangeRequestId, ContractId, DecisionId, DocumentId, EvidenceId, Instant,
    PersonId, Record, Subject, SystemId, UseCaseId, VendorId,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use strum::{IntoStaticStr, VariantNames};

pub(crate) use apply::apply;
pub use attributes::{ATTRIBUTES, Attribute};
pub use contract::{
    Agreement, Clause, ClauseHeld, ClauseLimit, ClauseState, Contract, ContractGap, ContractTerms,
    TimeUnit,
};
pub(crate) use decide::sound_hash;
pub use disclosure::{Disclosure, DisclosureProfile, Grade};
pub(crate) use work::{missing, tasks};

/// What can be asked for about vendors, their contracts and disclosures, and documents kept by
/// hash.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames,
)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum VendorsAct {
    /// Registers a vendor. From the first on, AI systems are registered only for vendors on record,
    /// or `in-house`.
    RegisterVendor(Vendor),
    /// Puts what is known of a vendor right.
    AmendVendor(Vendor),
    /// Adopts the clauses that contracts are checked for, by tier. From then on an approval waits
    /// for the clauses that block.
    AdoptContractTerms(ContractTerms),
    /// Records a contract with a vendor.
    RecordContract(Agreement),
    /// Puts a contract right, or records what was agreed anew.
    AmendContract {
        /// The contract.
        contract: ContractId,
        /// All of what it says now.
        agreement: Agreement,
    },
    /// Records how a vendor answered on one of the 31 source attributes. A newer answer replaces
    /// the one before.
    Disclose {
        /// The AI system.
        system: SystemId,
        /// The attribute's id, such as `predictive_maintenance_local_validity`.
        attribute: String,
        /// The answer in the vendor's words, or in short.
        answer: String,
        /// How good it is.
        grade: Grade,
        /// The document that it is from, attached before.
        #[serde(default)]
        source: Option<DocumentId>,
    },
    /// Attaches a document by its hash. The record keeps the hash; the bytes are kept when they are
    /// given with the act.
    AttachDocument(Attachment),
}

/// What changed about vendors, their contracts and disclosures, and documents kept by hash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum VendorsChange {
    /// A vendor was registered.
    VendorRegistered(Vendor),
    /// What is known of a vendor was put right.
    VendorAmended(Vendor),
    /// Contract terms were adopted.
    ContractTermsAdopted(ContractTerms),
    /// A contract was recorded.
    ContractRecorded(Contract),
    /// A contract was put right.
    ContractAmended(Contract),
    /// A vendor answered on a source attribute.
    Disclosed {
        /// The AI system.
        system: SystemId,
        /// The attribute.
        attribute: String,
        /// The answer.
        disclosure: Disclosure,
    },
    /// A document was attached.
    DocumentAttached(Document),
}

/// Who makes AI systems that the hospital uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    /// The vendor's handle; `in-house` stands for the hospital and is not registered.
    pub id: VendorId,
    /// Its name.
    pub name: String,
    /// How to reach those who answer questions and reports, for the address of letters. No private
    /// data.
    pub contact: String,
}

/// A document to attach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// What it is.
    pub title: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub hash: String,
    /// Its media type, such as `application/pdf`.
    pub media_type: String,
    /// What it is about.
    pub about: About,
}

/// A document on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// What was attached.
    pub attachment: Attachment,
    /// Who attached it.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
}

/// What a document is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A vendor.
    Vendor(VendorId),
    /// An AI system.
    System(SystemId),
    /// A use case.
    UseCase(UseCaseId),
    /// A contract.
    Contract(ContractId),
    /// A change request.
    Change(ChangeRequestId),
    /// A piece of evidence.
    Evidence(EvidenceId),
    /// A decision.
    Decision(DecisionId),
    /// A case.
    Case(CaseId),
    /// A body.
    Body(BodyId),
}

/// The part of the record about vendors, their contracts and disclosures, and documents kept by
/// hash.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Vendors {
    /// Vendors.
    pub vendors: Map<VendorId, Vendor>,
    /// The contract terms in force.
    pub terms: Option<ContractTerms>,
    /// Contracts, over ones too.
    pub contracts: Map<ContractId, Contract>,
    /// The contracts that cover each AI system.
    pub contracts_of: Map<SystemId, BTreeSet<ContractId>>,
    /// The newest answers by AI system and attribute.
    pub disclosures: Map<SystemId, BTreeMap<String, Disclosure>>,
    /// Documents.
    pub documents: Map<DocumentId, Document>,
}

impl VendorId {
    /// True for the hospital itself.
    #[must_use]
    pub fn is_in_house(&self) -> bool {
        self.as_str() == "in-house"
    }
}

impl About {
    /// The use cases that rest on it. What a body wrote belongs to none.
    #[must_use]
    pub fn use_cases(&self, record: &Record) -> BTreeSet<UseCaseId> {
        let relying = |on: &dyn Fn(SystemId) -> bool| {
            let relying = record.use_cases.values().filter(|it| on(it.proposal.system));
            relying.map(|it| it.id).collect()
        };
        let one = |use_case: Option<UseCaseId>| use_case.into_iter().collect();
        match self {
            Self::Vendor(id) => relying(&|system| {
                record.systems.get(&system).is_some_and(|system| system.vendor == *id)
            }),
            Self::System(id) => relying(&|system| system == *id),
            Self::Contract(id) => {
                record.vendors.contracts.get(id).map_or_else(BTreeSet::new, |contract| {
                    relying(&|system| contract.agreement.systems.contains(&system))
                })
            }
            Self::UseCase(id) => one(Some(*id)),
            Self::Change(id) => {
                one(record.change_requests.requests.get(id).map(|request| request.use_case))
            }
            Self::Evidence(id) => one(record.evidence.get(id).map(|evidence| evidence.use_case)),
            Self::Decision(id) => one(record.decisions.get(id).and_then(|it| it.use_case)),
            Self::Case(id) => one(record.cases.get(id).map(|case| case.use_case)),
            Self::Body(_) => BTreeSet::new(),
        }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vendor(id) => write!(f, "{id}"),
            Self::System(id) => write!(f, "{id}"),
            Self::UseCase(id) => write!(f, "{id}"),
            Self::Contract(id) => write!(f, "{id}"),
            Self::Change(id) => write!(f, "{id}"),
            Self::Evidence(id) => write!(f, "{id}"),
            Self::Decision(id) => write!(f, "{id}"),
            Self::Case(id) => write!(f, "{id}"),
            Self::Body(id) => write!(f, "{id}"),
        }
    }
}

impl VendorsAct {
    /// What the act is about, as far as rights depend on it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::RegisterVendor(_)
            | Self::AmendVendor(_)
            | Self::AdoptContractTerms(_)
            | Self::RecordContract(_)
            | Self::AmendContract { .. }
            | Self::Disclose { .. }
            | Self::AttachDocument(_) => Subject::Record,
        }
    }
}
