//! Roles that no pack knows: a person may have any role, and one that is mistyped gives no right.

use anyhow::Result;
use governance::{Person, Proof, Record, RightsPack, TierPolicy, ValidationStandard};
use jiff::Timestamp;
use rights::Rights;
use std::collections::BTreeSet;

/// The roles that packs name.
pub struct Known(BTreeSet<String>);

impl Known {
    /// Those that the packs of a record name.
    ///
    /// # Errors
    /// When its decision rights cannot be used.
    pub fn of(record: &Record, now: Timestamp) -> Result<Self> {
        let rights = record.rights_at(now);
        Self::new(rights, record.tier_policy.as_ref(), record.standards.values())
    }

    /// Those that the built-in packs name.
    ///
    /// # Errors
    /// Never for the packs there are.
    pub fn built_in() -> Result<Self> {
        let standards = packs::builtin::standards()?;
        Self::new(
            Some(&packs::builtin::rights()?),
            Some(&packs::builtin::tier_policy()?),
            standards.iter(),
        )
    }

    fn new<'a>(
        rights: Option<&RightsPack>,
        tiers: Option<&TierPolicy>,
        standards: impl Iterator<Item = &'a ValidationStandard>,
    ) -> Result<Self> {
        let mut all = BTreeSet::new();
        if let Some(pack) = rights {
            all.extend(Rights::new(pack)?.roles());
        }
        all.extend(tiers.into_iter().flat_map(|it| &it.lanes).map(|lane| lane.role.clone()));
        let proofs = standards.flat_map(|it| &it.requirements).map(|it| &it.proof);
        all.extend(proofs.filter_map(|proof| match proof {
            Proof::Attested { signer_role, .. } => signer_role.clone(),
            Proof::Computed(_) | Proof::Reviewed(_) => None,
        }));
        Ok(Self(all))
    }

    /// What to say of the roles of people that no pack names; nothing when there are none.
    pub fn notes<'a>(&self, people: impl IntoIterator<Item = &'a Person>) -> Vec<String> {
        let odd = |role: &&String| !self.0.contains(*role);
        let each = people.into_iter().flat_map(|person| {
            person.roles.iter().filter(odd).map(|role| {
                let known = self.0.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                format!(
                    "Note: `{}` has the role `{role}`, which no rule, lane or standard names, so \
                     it gives no right. Roles that are named: {known}.",
                    person.id
                )
            })
        });
        each.collect()
    }
}
