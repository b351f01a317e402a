//! What changed about vendors, contracts, disclosures and documents, in plain words.

use super::{About, VendorsChange};
use crate::{Record, UseCaseId};

impl VendorsChange {
    /// The use case that the change is about, if it is about one.
    #[must_use]
    pub fn use_case(&self, record: &Record) -> Option<UseCaseId> {
        let Self::DocumentAttached(document) = self else { return None };
        match &document.attachment.about {
            About::UseCase(id) => Some(*id),
            About::Change(id) => Some(record.change_requests.requests.get(id)?.use_case),
            About::Evidence(id) => Some(record.evidence.get(id)?.use_case),
            About::Decision(id) => record.decisions.get(id)?.use_case,
            About::Case(id) => Some(record.cases.get(id)?.use_case),
            About::Vendor(_) | About::System(_) | About::Contract(_) | About::Body(_) => None,
        }
    }

    /// What changed, in plain words. The record gives names to what it mentions.
    #[must_use]
    pub fn in_words(&self, record: &Record) -> String {
        match self {
            Self::VendorRegistered(vendor) => format!("Registered the vendor {}", vendor.name),
            Self::VendorAmended(vendor) => format!("Put right what is known of {}", vendor.name),
            Self::ContractTermsAdopted(terms) => {
                format!("Adopted the contract terms {} {}", terms.id, terms.version)
            }
            Self::ContractRecorded(contract) => {
                format!("Recorded {} with {}", contract.id, contract.agreement.vendor)
            }
            Self::ContractAmended(contract) => {
                format!("Amended {} with {}", contract.id, contract.agreement.vendor)
            }
            Self::Disclosed { system, attribute, disclosure } => {
                let system = record
                    .systems
                    .get(system)
                    .map_or_else(|| system.to_string(), |it| it.name.clone());
                format!("On {system}, `{attribute}` was {}", disclosure.grade)
            }
            Self::DocumentAttached(document) => {
                let attachment = &document.attachment;
                format!("Attached {}, {}, to {}", document.id, attachment.title, attachment.about)
            }
        }
    }
}
