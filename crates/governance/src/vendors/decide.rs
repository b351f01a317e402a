//! What may be asked about vendors, contracts, disclosures and documents.

use super::{
    ATTRIBUTES, About, Agreement, Attachment, Contract, ContractTerms, Disclosure, Document, Grade,
    Vendor, VendorsAct, VendorsChange,
};
use crate::decide::{Decided, Deciding, find, is_new, next_number, say_something, unsound};
use crate::{Change, ContractId, DocumentId, Refusal, SystemId, VendorId};

impl Deciding<'_> {
    pub(crate) fn vendors(&self, act: &VendorsAct) -> Decided {
        let change = match act {
            VendorsAct::RegisterVendor(vendor) => {
                let known = &self.record.vendors.vendors;
                if known.contains_key(&vendor.id) || vendor.id.is_in_house() {
                    return Err(Refusal::Exists { what: "a vendor", id: vendor.id.to_string() });
                }
                VendorsChange::VendorRegistered(told(vendor)?)
            }
            VendorsAct::AmendVendor(vendor) => {
                find(&self.record.vendors.vendors, &vendor.id, "vendor")?;
                VendorsChange::VendorAmended(told(vendor)?)
            }
            VendorsAct::AdoptContractTerms(terms) => {
                sound_terms(terms)?;
                let label = |it: &ContractTerms| format!("{} {}", it.id, it.version);
                is_new(
                    "the pack of contract terms",
                    self.record.vendors.terms.as_ref(),
                    terms,
                    label,
                )?;
                VendorsChange::ContractTermsAdopted(terms.clone())
            }
            VendorsAct::RecordContract(agreement) => {
                let contracts = &self.record.vendors.contracts;
                let id = ContractId(next_number(contracts, |id: ContractId| id.0));
                VendorsChange::ContractRecorded(self.contract(id, agreement)?)
            }
            VendorsAct::AmendContract { contract, agreement } => {
                let former = find(&self.record.vendors.contracts, contract, "contract")?;
                if former.agreement.vendor != agreement.vendor {
                    let because = format!("it is with `{}`", former.agreement.vendor);
                    return Err(unsound("the contract", because));
                }
                VendorsChange::ContractAmended(self.contract(*contract, agreement)?)
            }
            VendorsAct::Disclose { system, attribute, answer, grade, source } => {
                self.disclosed(*system, attribute, answer, *grade, *source)?
            }
            VendorsAct::AttachDocument(attachment) => self.attached(attachment)?,
        };
        Ok(vec![Change::Vendors(change)])
    }

    /// A vendor that an AI system may be registered for. A record that began without vendors may
    /// name any, until the first is registered.
    pub(crate) fn known_vendor(&self, vendor: &VendorId) -> Result<(), Refusal> {
        let vendors = &self.record.vendors.vendors;
        if vendors.is_empty() || vendor.is_in_house() {
            return Ok(());
        }
        find(vendors, vendor, "vendor").map(|_| ())
    }

    fn contract(&self, id: ContractId, agreement: &Agreement) -> Result<Contract, Refusal> {
        let fault = |because: String| Err(unsound("the contract", because));
        find(&self.record.vendors.vendors, &agreement.vendor, "vendor")?;
        if agreement.systems.is_empty() {
            return fault("it covers no AI system".to_owned());
        }
        for system in &agreement.systems {
            let system = find(&self.record.systems, system, "AI system")?;
            if system.vendor != agreement.vendor {
                return fault(format!("{} is by `{}`", system.id, system.vendor));
            }
        }
        if agreement.until <= agreement.from {
            return fault("it ends before it begins".to_owned());
        }
        if let Some(document) = &agreement.document {
            find(&self.record.vendors.documents, document, "document")?;
        }
        Ok(Contract { id, agreement: agreement.clone() })
    }

    fn disclosed(
        &self,
        system: SystemId,
        attribute: &str,
        answer: &str,
        grade: Grade,
        source: Option<DocumentId>,
    ) -> Result<VendorsChange, Refusal> {
        find(&self.record.systems, &system, "AI system")?;
        if ATTRIBUTES.iter().all(|known| known.id != attribute) {
            return Err(Refusal::UnknownAttribute(attribute.to_owned()));
        }
        say_something("the answer", answer)?;
        if let Some(document) = &source {
            find(&self.record.vendors.documents, document, "document")?;
        }
        let disclosure = Disclosure {
            answer: answer.to_owned(),
            grade,
            source,
            by: self.person()?.id.clone(),
            at: self.command.at,
        };
        Ok(VendorsChange::Disclosed { system, attribute: attribute.to_owned(), disclosure })
    }

    fn attached(&self, attachment: &Attachment) -> Result<VendorsChange, Refusal> {
        say_something("the title", &attachment.title)?;
        sound_hash(&attachment.hash)?;
        self.not_erased(&attachment.hash)?;
        let parts = attachment.media_type.split_once('/');
        if parts.is_none_or(|(kind, of)| kind.trim().is_empty() || of.trim().is_empty()) {
            let because = "its media type is not of the form `application/pdf`";
            return Err(unsound("the document", because));
        }
        self.is_on_record(&attachment.about)?;
        let documents = &self.record.vendors.documents;
        Ok(VendorsChange::DocumentAttached(Document {
            id: DocumentId(next_number(documents, |id: DocumentId| id.0)),
            attachment: attachment.clone(),
            by: self.person()?.id.clone(),
            at: self.command.at,
        }))
    }

    fn is_on_record(&self, about: &About) -> Result<(), Refusal> {
        let record = self.record;
        match about {
            About::Vendor(id) => find(&record.vendors.vendors, id, "vendor").map(|_| ()),
            About::System(id) => find(&record.systems, id, "AI system").map(|_| ()),
            About::UseCase(id) => self.use_case(*id).map(|_| ()),
            About::Contract(id) => find(&record.vendors.contracts, id, "contract").map(|_| ()),
            About::Change(id) => {
                find(&record.change_requests.requests, id, "change request").map(|_| ())
            }
            About::Evidence(id) => self.evidence(*id).map(|_| ()),
            About::Decision(id) => self.decision(*id).map(|_| ()),
            About::Case(id) => self.case(*id).map(|_| ()),
            About::Body(id) => find(&record.bodies, id, "body").map(|_| ()),
        }
    }
}

/// Refuses what is no SHA-256 in hexadecimal.
pub(crate) fn sound_hash(hash: &str) -> Result<(), Refusal> {
    let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    if hash.len() == 64 && hash.chars().all(hexadecimal) {
        return Ok(());
    }
    Err(Refusal::NotAHash(hash.to_owned()))
}

fn told(vendor: &Vendor) -> Result<Vendor, Refusal> {
    say_something("the vendor's name", &vendor.name)?;
    say_something("the vendor's contact", &vendor.contact)?;
    Ok(vendor.clone())
}

fn sound_terms(terms: &ContractTerms) -> Result<(), Refusal> {
    say_something("the terms' id", &terms.id)?;
    say_something("the terms' version", &terms.version)?;
    say_something("the terms' title", &terms.title)?;
    say_something("the terms' source", &terms.source)?;
    match terms.faults().into_iter().next() {
        None => Ok(()),
        Some((_, what, remedy)) => {
            Err(unsound("the set of contract terms", format!("{what}; {remedy}")))
        }
    }
}
