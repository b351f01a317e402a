//! Folding what changed about vendors, contracts, disclosures and documents.

use super::{Contract, VendorsChange};
use crate::apply::{Fault, unknown};
use crate::{Event, Record};

/// Folds a change into the record.
pub(crate) fn apply(
    record: &mut Record,
    _event: &Event,
    change: &VendorsChange,
) -> Result<(), Fault> {
    let vendors = &mut record.vendors;
    match change {
        VendorsChange::VendorRegistered(vendor) | VendorsChange::VendorAmended(vendor) => {
            vendors.vendors.insert(vendor.id.clone(), vendor.clone());
        }
        VendorsChange::ContractTermsAdopted(terms) => vendors.terms = Some(terms.clone()),
        VendorsChange::ContractRecorded(contract) => cover(record, contract),
        VendorsChange::ContractAmended(contract) => {
            let former = vendors.contracts.get(&contract.id).ok_or_else(|| unknown(contract.id))?;
            for system in &former.agreement.systems {
                if let Some(of) = vendors.contracts_of.get_mut(system) {
                    of.remove(&contract.id);
                }
            }
            cover(record, contract);
        }
        VendorsChange::Disclosed { system, attribute, disclosure } => {
            let answer = (attribute.clone(), disclosure.clone());
            vendors.disclosures.update(*system, |of| of.extend([answer]));
        }
        VendorsChange::DocumentAttached(document) => {
            vendors.documents.insert(document.id, document.clone());
        }
    }
    Ok(())
}

fn cover(record: &mut Record, contract: &Contract) {
    let vendors = &mut record.vendors;
    for system in &contract.agreement.systems {
        vendors.contracts_of.update(*system, |of| of.extend([contract.id]));
    }
    vendors.contracts.insert(contract.id, contract.clone());
}
