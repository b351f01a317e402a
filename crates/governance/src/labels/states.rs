//! Laws of states and other places. They are data of the tier policy: what triggers each, from when
//! until when, and what it asks for.

use super::{Asked, Label, Scheme};
use crate::FactId;
use crate::tier::When;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A law of a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Law {
    /// Its handle.
    pub id: FactId,
    /// Its name.
    pub title: String,
    /// First day in force; none when it is in force and its first day is not on record.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub from: Option<Date>,
    /// First day no more in force.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub until: Option<Date>,
    /// What triggers it: one of these alternatives. A reading of the law, not its text.
    pub when: Vec<When>,
    /// What it asks for, in plain words.
    pub duty: String,
    /// False when it was not checked against the source.
    pub verified: bool,
}

pub(super) fn labels(asked: &Asked<'_>) -> Vec<Label> {
    asked.policy.laws.iter().map(|law| label(asked, law)).collect()
}

fn label(asked: &Asked<'_>, law: &Law) -> Label {
    let triggered = law.when.iter().any(|when| asked.policy.holds(when, asked.facts));
    let in_force = asked.in_force(law.from, law.until);
    let (says, reason) = match (triggered, in_force) {
        (false, _) => ("does not apply", "Nothing that triggers it is so.".to_owned()),
        (true, true) => ("applies", law.duty.clone()),
        (true, false) => {
            let past = law.until.is_some_and(|until| until <= asked.on);
            let when = match (past, law.from) {
                (false, Some(from)) => format!("In force from {from}."),
                _ => "No more in force.".to_owned(),
            };
            ("not in force", format!("{when} {}", law.duty))
        }
    };
    Label {
        scheme: Scheme::Law,
        id: law.id.to_string(),
        says: says.to_owned(),
        applies: triggered && in_force,
        reason,
        facts: asked.answers(law.when.iter().flat_map(std::collections::BTreeMap::keys)),
        from: law.from,
        until: law.until,
        verified: law.verified,
    }
}
