//! Vendors, their contracts and disclosures, and documents kept by hash.

use crate::hospital::*;
use governance::*;

/// An act at random, with somebody whose act it may be; none when there is nothing to act on.
pub fn any(hospital: &Hospital, pick: [usize; 4]) -> Option<(&'static str, Act)> {
    let vendors = &hospital.record.vendors;
    // A vendor, a contract and the terms, in that order, before anything else.
    let due = match (vendors.vendors.len(), vendors.contracts.len(), &vendors.terms) {
        (0, ..) => 0,
        (_, 0, _) => 2,
        (.., None) if pick[1] > 5 => 4,
        _ => 12,
    };
    let whose = ["acme-health", "acme-health", "other", "in-house"][pick[2] % 4];
    let act = match if pick[3] > 2 && due < 12 { due } else { pick[0] } {
        0 => VendorsAct::RegisterVendor(vendor(whose)),
        1 => VendorsAct::AmendVendor(vendor(whose)),
        2 => VendorsAct::RecordContract(agreement(whose, 60 * u32::try_from(pick[1]).ok()?)),
        3 | 9 => VendorsAct::AmendContract {
            contract: ContractId(1),
            agreement: agreement(whose, 30 * u32::try_from(pick[1]).ok()?),
        },
        4 => VendorsAct::AdoptContractTerms(contract_terms()),
        5..=8 => {
            let attributes = ["predictive_updates_process", "predictive_details_funding", "mood"];
            let system = SystemId(if pick[2] == 11 { 9 } else { 1 });
            let (attribute, grade) = (attributes[pick[1] % 3], Grade::ALL[pick[3] % 5]);
            disclose(system, attribute, grade)
        }
        _ => attach(if pick[1] == 0 { "abc" } else { HASH }, About::System(SYS)),
    };
    Some((["office", "tech"][pick[1] % 2], Act::Vendors(act)))
}

/// The rules of this part a second time.
#[derive(Default)]
pub struct Model {
    commands: Vec<String>,
    vendors: Vec<String>,
    contracts: usize,
    terms: usize,
    answers: Vec<(String, Grade)>,
    documents: usize,
}

impl Model {
    /// Whether the core must accept the command; none when the model does not know.
    pub fn expects(&self, command: &Command) -> Option<bool> {
        let Act::Vendors(act) = &command.act else { return None };
        if self.commands.contains(&command.id.to_string()) {
            return None;
        }
        let person = command.actor.person().is_some();
        let known = |id: &VendorId| self.vendors.contains(&id.to_string());
        Some(match act {
            VendorsAct::RegisterVendor(vendor) => {
                !known(&vendor.id) && vendor.id.to_string() != "in-house"
            }
            VendorsAct::AmendVendor(vendor) => known(&vendor.id),
            VendorsAct::AdoptContractTerms(_) => self.terms == 0,
            // The one AI system is by acme-health.
            VendorsAct::RecordContract(agreement) => sound(agreement) && known(&agreement.vendor),
            VendorsAct::AmendContract { agreement, .. } => self.contracts > 0 && sound(agreement),
            VendorsAct::Disclose { system, attribute, .. } => {
                person && *system == SYS && attribute != "mood"
            }
            VendorsAct::AttachDocument(attachment) => person && attachment.hash.len() == 64,
        })
    }

    /// Plays a command that the core accepted.
    pub fn play(&mut self, command: &Command) {
        self.commands.push(command.id.to_string());
        let Act::Vendors(act) = &command.act else { return };
        match act {
            VendorsAct::RegisterVendor(vendor) => self.vendors.push(vendor.id.to_string()),
            VendorsAct::AmendVendor(_) | VendorsAct::AmendContract { .. } => {}
            VendorsAct::AdoptContractTerms(_) => self.terms = 1,
            VendorsAct::RecordContract(_) => self.contracts += 1,
            VendorsAct::Disclose { attribute, grade, .. } => {
                self.answers.retain(|(known, _)| known != attribute);
                self.answers.push((attribute.clone(), *grade));
            }
            VendorsAct::AttachDocument(_) => self.documents += 1,
        }
    }

    /// What stands, in words.
    pub fn picture(&self) -> String {
        let (mut vendors, mut answers) = (self.vendors.clone(), self.answers.clone());
        vendors.sort();
        answers.sort();
        let Self { contracts, terms, documents, .. } = self;
        format!("{vendors:?} {contracts} {terms} {documents} {answers:?}")
    }
}

fn sound(agreement: &Agreement) -> bool {
    agreement.vendor.to_string() == "acme-health" && agreement.until > agreement.from
}

/// What stands in the record, in the words of [`Model::picture`].
pub fn picture(record: &Record) -> String {
    let of = &record.vendors;
    let vendors: Vec<_> = of.vendors.keys().map(ToString::to_string).collect();
    let answers = of.disclosures.values().flat_map(|answers| answers.iter());
    let answers: Vec<_> = answers.map(|(id, answer)| (id.clone(), answer.grade)).collect();
    let (contracts, documents) = (of.contracts.len(), of.documents.len());
    format!("{vendors:?} {contracts} {} {documents} {answers:?}", usize::from(of.terms.is_some()))
}
