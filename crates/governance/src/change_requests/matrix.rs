//! What a change takes: the matrix of kind and tier, and the envelope of changes that were approved
//! beforehand.

use crate::{DecisionId, Instant, RequirementId, Tier};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use strum::IntoStaticStr;

/// What changes about a live use case.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ChangeKind {
    /// The vendor released another version.
    VendorRelease,
    /// The model was trained again.
    Retraining,
    /// The prompt of a generative system changes.
    Prompt,
    /// The score from which on it is acted changes.
    Threshold,
    /// The electronic health record is upgraded, which may switch AI on or change what feeds it.
    EhrUpgrade,
    /// It is used on other patients or cases.
    Population,
    /// It is used at another site.
    Site,
    /// It is used for something else.
    IntendedUse,
    /// A feed of data that it reads changes.
    UpstreamFeed,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::VendorRelease,
        Self::Retraining,
        Self::Prompt,
        Self::Threshold,
        Self::EhrUpgrade,
        Self::Population,
        Self::Site,
        Self::IntendedUse,
        Self::UpstreamFeed,
    ];

    /// The kind with its article, as the object of a sentence.
    #[must_use]
    pub fn with_article(self) -> String {
        match self {
            Self::EhrUpgrade | Self::Site => format!("an {self}"),
            _ => format!("a {self}"),
        }
    }

    /// True when the change brings another version of the AI system.
    #[must_use]
    pub fn brings_a_version(self) -> bool {
        matches!(self, Self::VendorRelease | Self::Retraining)
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::VendorRelease => "vendor release",
            Self::Retraining => "retraining",
            Self::Prompt => "prompt change",
            Self::Threshold => "threshold change",
            Self::EhrUpgrade => "upgrade of the electronic health record",
            Self::Population => "change of population",
            Self::Site => "added site",
            Self::IntendedUse => "change of intended use",
            Self::UpstreamFeed => "change of an upstream feed",
        })
    }
}

/// What a change takes, from the lightest to the heaviest.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// It is noted.
    Note,
    /// Named requirements of the validation standard are shown met again.
    Partial,
    /// The whole validation standard is shown met again.
    Full,
    /// The body decides again, on the whole validation standard met again.
    Approval,
}

impl Route {
    /// The next lighter route; a note stays one.
    #[must_use]
    pub fn lighter(self) -> Self {
        match self {
            Self::Note | Self::Partial => Self::Note,
            Self::Full => Self::Partial,
            Self::Approval => Self::Full,
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "a note",
            Self::Partial => "partial re-validation",
            Self::Full => "full re-validation",
            Self::Approval => "a new approval",
        })
    }
}

/// What a change takes, for each kind and tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMatrix {
    /// The matrix's handle, such as `primum-changes`.
    pub id: String,
    /// Its version.
    pub version: String,
    /// What it is.
    pub title: String,
    /// Where it comes from.
    pub source: String,
    /// One rule for each kind and tier, no more.
    pub rules: Vec<ChangeRule>,
}

/// What a kind of change takes in some tiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRule {
    /// The kind of change.
    pub kind: ChangeKind,
    /// The tiers.
    pub tiers: Vec<Tier>,
    /// What it takes.
    pub route: Route,
    /// For partial re-validation: the requirements to show met again. Where the standard of a use
    /// case has none of them, all of it is.
    #[serde(default)]
    pub requirements: BTreeSet<RequirementId>,
    /// Days from the request until it must be settled, at least 1.
    pub due_days: u32,
    /// Why so much.
    pub reason: String,
}

impl ChangeMatrix {
    /// The rule for a kind and tier; none in a matrix that was not checked.
    #[must_use]
    pub fn rule(&self, kind: ChangeKind, tier: Tier) -> Option<&ChangeRule> {
        self.rules.iter().find(|rule| rule.kind == kind && rule.tiers.contains(&tier))
    }

    /// What is wrong with it, each with the kind of change and what to do; empty when every kind
    /// has one rule for every tier.
    #[must_use]
    pub fn faults(&self) -> Vec<(ChangeKind, String, &'static str)> {
        let mut faults = Vec::new();
        for kind in ChangeKind::ALL {
            for tier in Tier::ALL {
                let of = self.rules.iter().filter(|rule| rule.kind == kind);
                match of.flat_map(|rule| &rule.tiers).filter(|it| **it == tier).count() {
                    1 => {}
                    0 => faults.push((
                        kind,
                        format!("it has no rule for {} in {tier}", kind.with_article()),
                        "add the tier to a rule of that kind, or a rule for it",
                    )),
                    _ => faults.push((
                        kind,
                        format!("it has two rules for {} in {tier}", kind.with_article()),
                        "name each tier in one rule of that kind",
                    )),
                }
            }
        }
        for rule in &self.rules {
            let (kind, route, a_kind) = (rule.kind, rule.route, rule.kind.with_article());
            if (route == Route::Partial) == rule.requirements.is_empty() {
                faults.push((
                    kind,
                    format!("for {a_kind}, the requirements do not fit {route}"),
                    "name requirements for partial re-validation, and only there",
                ));
            }
            if rule.due_days == 0 {
                let what = format!("for {a_kind}, it gives no time");
                faults.push((kind, what, "give `due_days` at least 1"));
            }
            if rule.reason.trim().is_empty() {
                let what = format!("for {a_kind}, it gives no reason");
                faults.push((kind, what, "say in plain words why it takes so much"));
            }
        }
        faults
    }
}

/// Changes that were described beforehand, and may come about more lightly once a body has approved
/// the use case with them: a predetermined change control plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// What may change, and within which limits. At least one.
    pub modifications: Vec<Modification>,
    /// How a change is made and tested.
    pub protocol: String,
    /// What such changes could do to patients and to groups of them.
    pub impact: String,
}

/// A kind of change within limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Modification {
    /// The kind.
    pub kind: ChangeKind,
    /// What changes, in plain words.
    pub description: String,
    /// The limits, by what is limited, such as `threshold` or `training_window_days`. A request
    /// must state each value. At least one.
    pub limits: BTreeMap<String, Limits>,
    /// Requirements to show met again when the change takes partial re-validation.
    #[serde(default)]
    pub requirements: BTreeSet<RequirementId>,
}

/// The values that something may have.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The least.
    pub at_least: f64,
    /// The most.
    pub at_most: f64,
}

/// An envelope that is in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovedEnvelope {
    /// What it allows.
    pub envelope: Envelope,
    /// The decision that approved the use case with it.
    pub decision: DecisionId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
}

impl Envelope {
    /// The modification that a change is inside of, or why it is inside of none.
    ///
    /// # Errors
    /// Why it is outside, in plain words.
    pub fn holds(
        &self,
        kind: ChangeKind,
        values: &BTreeMap<String, f64>,
    ) -> Result<&Modification, String> {
        let mut outside = format!("{} is not described in it", kind.with_article());
        for modification in self.modifications.iter().filter(|it| it.kind == kind) {
            let beyond = modification.limits.iter().find_map(|(what, limits)| {
                let Limits { at_least, at_most } = limits;
                match values.get(what) {
                    None => Some(format!("the request states no `{what}`")),
                    Some(value) if !(*at_least..=*at_most).contains(value) => {
                        Some(format!("`{what}` {value} is not from {at_least} to {at_most}"))
                    }
                    Some(_) => None,
                }
            });
            match beyond {
                None => return Ok(modification),
                Some(beyond) => outside = beyond,
            }
        }
        Err(outside)
    }
}
