//! Folding what changed about vendors, contracts, disclosures and documents.

use super::{Contract, VendorsChange};
use crate::apply::{Fault, unknown};
use crate::{Event, Record};
use std::collections::{BTreeMap, BTreeSet};

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
        VendorsChange::ContractRecorded(contract) => cover(record, contract)?,
        VendorsChange::ContractAmended(contract) => {
            let former = vendors.contracts.get(&contract.id).ok_or_else(|| unknown(contract.id))?;
            for system in &former.agreement.systems {
                if let Some(of) = vendors.contracts_of.get_mut(system) {
                    of.remove(&contract.id);
                }
            }
            cover(record, contract)?;
        }
        VendorsChange::Disclosed { system, attribute, disclosure } => {
            if !vendors.disclosures.contains_key(system) {
                vendors.disclosures.insert(*system, BTreeMap::new());
            }
            let of = vendors.disclosures.get_mut(system).ok_or_else(|| unknown(system))?;
            of.insert(attribute.clone(), disclosure.clone());
        }
        VendorsChange::DocumentAttached(document) => {
            vendors.documents.insert(document.id, document.clone());
        }
    }
    Ok(())
}

fn cover(record: &mut Record, contract: &Contract) -> Result<(), Fault> {
    let vendors = &mut record.vendors;
    for system in &contract.agreement.systems {
        if !vendors.contracts_of.contains_key(system) {
            vendors.contracts_of.insert(*system, BTreeSet::new());
        }
        let of = vendors.contracts_of.get_mut(system).ok_or_else(|| unknown(system))?;
        of.insert(contract.id);
    }
    vendors.contracts.insert(contract.id, contract.clone());
    Ok(())
}
