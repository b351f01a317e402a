//! Commands ask: who, by what authority, when, for what (invariant A1).

use crate::{
    Act, CommandId, ContentHash, Instant, Month, Person, PersonId, Reading, SystemId, UseCaseId,
    WatchId, WorkflowId,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use statistics::Estimate;
use std::collections::BTreeMap;
use std::fmt;

/// Who acts.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person on record.
    Person(PersonId),
    /// A part of Primum that acts by itself.
    Service(Service),
}

/// A part of Primum that acts by itself.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// Founds a record.
    Installer,
    /// Fires what clocks make due.
    Scheduler,
    /// Runs monitoring plans.
    Monitor,
    /// Answers whether a version may act.
    Gate,
}

impl Actor {
    /// The person, when it is one.
    #[must_use]
    pub fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Person(person) => Some(person),
            Self::Service(_) => None,
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Installer => "installer",
            Self::Scheduler => "scheduler",
            Self::Monitor => "monitor",
            Self::Gate => "gate",
        })
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(person) => write!(f, "{person}"),
            Self::Service(service) => write!(f, "primum:{service}"),
        }
    }
}

/// Why an actor was allowed to act, frozen into the event. Replay never asks again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Authority {
    /// The policies that allowed it.
    pub policies: Vec<String>,
    /// [`RightsPack::digest`] of the decision rights that were asked.
    pub policy_set: String,
    /// The facts about the actor and the subject that the policies read.
    pub facts: BTreeMap<String, String>,
}

/// A request to change the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Command {
    /// Made by the client. A repeat has no second effect (invariant R2).
    pub id: CommandId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// By what authority.
    pub authority: Authority,
    /// What.
    pub act: Act,
}

/// What a record begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Founding {
    /// The hospital's name.
    pub hospital: String,
    /// The decision rights in force until others are adopted.
    pub rights: RightsPack,
    /// The first people; they add the rest.
    pub people: Vec<Person>,
}

/// Decision rights: who may do what, as Cedar policies. The core only keeps them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RightsPack {
    /// The pack's version.
    pub version: String,
    /// The Cedar schema.
    pub schema: String,
    /// The Cedar policies.
    pub policies: String,
}

impl RightsPack {
    /// SHA-256 of the whole pack: what a body decides on and what each event names.
    ///
    /// The texts are hashed with their lengths in front, so that no two packs share their bytes.
    #[must_use]
    pub fn digest(&self) -> ContentHash {
        let mut hasher = Sha256::new();
        for text in [&self.version, &self.schema, &self.policies] {
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        }
        ContentHash(hasher.finalize().into())
    }
}

/// A use case as proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// Its title.
    pub title: String,
    /// What it is for, and what it is not for.
    pub intended_use: String,
    /// The step of work in which the AI system acts.
    pub workflow: WorkflowId,
    /// The patients or cases it is used on.
    pub population: String,
    /// The AI system.
    pub system: SystemId,
}

/// What people counted in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reported {
    /// The use case.
    pub use_case: UseCaseId,
    /// The first month of the period. Periods are reported in order, each once it is over.
    pub month: Month,
    /// One count for each watch of the plan.
    pub measures: Vec<Counted>,
}

/// What people counted for one watch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// The watch.
    pub watch: WatchId,
    /// How many had what is watched.
    pub numerator: u64,
    /// How many were looked at; 0 when there was nothing to look at, which is no data.
    pub denominator: u64,
}

/// What a month of predictions showed, as the monitor saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// The use case.
    pub use_case: UseCaseId,
    /// The month.
    pub month: Month,
    /// Digest of the month's tallies.
    pub tallies_digest: String,
    /// Estimates by cohort.
    pub estimates: Vec<Estimate>,
    /// Where each detector stands.
    pub readings: Vec<Reading>,
}
