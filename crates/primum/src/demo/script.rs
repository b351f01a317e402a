//! The demo's story: a script of commands with what is said about them.

use crate::cli::StoryName;
use crate::demo::files;
use anyhow::{Context, Result};
use governance::{
    Act, BodyId, Choice, DecisionId, Facts, LaneId, Month, Motion, Owners, PersonId, Proposal,
    RequirementId, UseCaseId, WatchId,
};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A story.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// Its title.
    pub title: String,
    /// Who takes use cases in.
    pub office: Option<PersonId>,
    /// Where to look further when it is told: commands, without `primum --data …`.
    pub further: Vec<String>,
    /// What is said last; `{dir}` stands for the record's folder.
    pub farewell: String,
    /// Files with the steps that follow its own, in order.
    #[serde(default)]
    pub include: Vec<String>,
    /// Its steps, in order of time.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// A part of a story, in a file of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    steps: Vec<Step>,
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
    /// Adopt every other built-in pack: contract terms, changes, legal clocks, actions of agents.
    AdoptPacks,
    /// Do several acts, one after the other.
    Acts {
        /// The acts.
        acts: Vec<Act>,
    },
    /// Take a use case in: one proposes, the office names owners, states the facts and, when asked
    /// to, begins validation.
    TakeIn {
        /// The use case.
        use_case: UseCaseId,
        /// What is proposed.
        proposal: Proposal,
        /// Who answers for it.
        owners: Owners,
        /// The facts; a question that is left out gets its most benign answer.
        facts: Facts,
        /// Whether validation begins.
        #[serde(default)]
        validate: bool,
    },
    /// Give words on sign-off lanes.
    Lanes {
        /// The use case.
        use_case: UseCaseId,
        /// Who says what on which lane.
        words: Vec<LaneWord>,
    },
    /// Give words on requirements, each with a document where one is named.
    Attest {
        /// The use case.
        use_case: UseCaseId,
        /// The version.
        version: String,
        /// Until when they hold.
        valid_until: Timestamp,
        /// The words.
        words: Vec<RequirementWord>,
    },
    /// Review a sample of output: plan, score, close. The scores are made up.
    Review {
        /// The use case.
        use_case: UseCaseId,
        /// The version.
        version: String,
        /// The requirement.
        requirement: RequirementId,
        /// How the sample is drawn.
        sample: String,
        /// Who scores.
        raters: Vec<PersonId>,
        /// Items that are scored.
        items: u32,
        /// Items in which every rater finds an error.
        errors: u32,
        /// Items in which only the last rater does.
        #[serde(default)]
        doubts: u32,
    },
    /// Put a motion, step aside, vote, declare the outcome.
    Decide {
        /// The body.
        body: BodyId,
        /// The motion.
        motion: Motion,
        /// Who steps aside, and why.
        #[serde(default)]
        aside: BTreeMap<PersonId, String>,
        /// The votes, by person.
        votes: BTreeMap<PersonId, Ballot>,
        /// Who declares the outcome.
        carried_by: PersonId,
    },
    /// Report counts of periods. They are made up.
    Reports {
        /// The use case.
        use_case: UseCaseId,
        /// Counts of each period.
        periods: Vec<Counts>,
    },
    /// Fire the clocks.
    Tick,
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

/// A word on a sign-off lane.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaneWord {
    /// Who gives it.
    pub by: PersonId,
    /// The lane.
    pub lane: LaneId,
    /// What speaks for it.
    pub reason: String,
}

/// A word on a requirement.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequirementWord {
    /// Who gives it.
    pub by: PersonId,
    /// The requirement.
    pub requirement: RequirementId,
    /// What was done and found.
    pub statement: String,
    /// What the document says that is kept with it.
    pub document: Option<String>,
}

/// What was counted in a period.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Its first month.
    pub month: Month,
    /// For each watch, how many of how many.
    pub counts: BTreeMap<WatchId, (u64, u64)>,
}

impl Story {
    /// A story that Primum carries.
    pub fn named(name: StoryName) -> Result<Self> {
        let (path, text) = files::text(name.file())?;
        let mut story: Self =
            toml::from_str(text).with_context(|| format!("{path} does not parse"))?;
        for name in &story.include {
            let (path, text) = files::text(name)?;
            let part: Part =
                toml::from_str(text).with_context(|| format!("{path} does not parse"))?;
            story.steps.extend(part.steps);
        }
        Ok(story)
    }
}
