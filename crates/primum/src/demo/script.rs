//! The demo's story: a script of commands with what is said about them.

use crate::cli::StoryName;
use crate::demo::files;
use anyhow::{Context, Result};
use governance::{Act, Choice, DecisionId, PersonId, UseCaseId};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A story.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// Its title.
    pub title: String,
    /// Its steps, in order of time.
    pub steps: Vec<Step>,
}

/// A step of a story.
#[derive(Debug, Deserialize)]
pub struct Step {
    /// When; for `watch`, the latest time at which it stops. None goes on from the step before.
    pub at: Option<Timestamp>,
    /// Who acts.
    pub by: Option<PersonId>,
    /// The chapter that begins here.
    pub chapter: Option<String>,
    /// What is said about it.
    pub say: Option<String>,
    /// What is done.
    #[serde(flatten)]
    pub deed: Deed,
}

/// What is done in a step.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Deed {
    /// Found the record.
    Found {
        /// The hospital's name.
        hospital: String,
        /// The file of its people.
        people: String,
    },
    /// Charter a body.
    Charter {
        /// The body's file.
        body: String,
    },
    /// Adopt the built-in tier policy.
    AdoptTierPolicy,
    /// Adopt the built-in validation standards.
    AdoptStandards,
    /// Do an act.
    Act {
        /// The act.
        act: Act,
    },
    /// Try an act that must be refused or denied.
    Refused {
        /// The act.
        act: Act,
    },
    /// Adopt a monitoring plan.
    Plan {
        /// The use case.
        use_case: UseCaseId,
        /// The plan's file.
        plan: String,
    },
    /// Compute evidence and record it.
    Evidence {
        /// The use case.
        use_case: UseCaseId,
        /// First day.
        from: String,
        /// The day after the last.
        until: String,
    },
    /// Vote, one after the other.
    Votes {
        /// The decision.
        decision: DecisionId,
        /// The votes, by person.
        votes: BTreeMap<PersonId, Ballot>,
    },
    /// Let months pass until a case opens, or until the step's time.
    Watch,
    /// Let days pass.
    Wait {
        /// How many.
        days: u32,
    },
}

/// A vote in a story.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ballot {
    /// For, against or neither.
    pub choice: Choice,
    /// Why.
    pub reason: String,
}

impl Story {
    /// A story that Primum carries.
    pub fn named(name: StoryName) -> Result<Self> {
        let (path, text) = files::text(name.file())?;
        toml::from_str(text).with_context(|| format!("{path} does not parse"))
    }
}
