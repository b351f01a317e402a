//! What an agent may do, what that takes, and how stopping it was tried.

use crate::{FactId, Instant, PersonId, Tier, UseCaseId, days_after};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What lets an agent do an action, from the laxest to the strictest.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Authorisation {
    /// Its own identity and a scoped token.
    AgentIdentity,
    /// A scope given for each run.
    ScopedPerRun,
    /// A periodic review by the institution.
    PeriodicReview,
    /// A person's approval of each action.
    PerActionApproval,
}

/// How an action is logged.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LogDetail {
    /// In sum.
    Summary,
    /// Each action.
    Granular,
}

/// Whether a person takes part in each action.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum HumanInLoop {
    /// Nobody.
    None,
    /// Somebody may.
    Optional,
    /// Somebody must.
    Required,
}

/// Whether there is a switch that stops the agent at once.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum StopSwitch {
    /// None is asked for.
    None,
    /// One is recommended.
    Recommended,
    /// There must be one.
    Required,
}

/// What an action takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionRule {
    /// The action's handle.
    pub action: FactId,
    /// The action in plain words.
    pub title: String,
    /// What lets the agent do it, at least.
    pub authorisation: Authorisation,
    /// How it is logged, at least.
    pub log: LogDetail,
    /// Whether a person takes part, at least.
    pub human: HumanInLoop,
    /// Whether it can be stopped at once, at least.
    pub stop: StopSwitch,
}

/// What agents may do at all, and what each action takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentPolicy {
    /// The policy's handle.
    pub id: FactId,
    /// Its version.
    pub version: String,
    /// Its title.
    pub title: String,
    /// Where its rules come from.
    pub source: String,
    /// Days that a permission may last at most.
    pub permission_days: u32,
    /// From this tier on, an agent needs a stop drill that it passed.
    pub drill_from: Tier,
    /// Days that a passed drill counts.
    pub drill_days: u32,
    /// The longest time limit that a drill may set itself, in seconds.
    pub drill_limit_seconds: u32,
    /// The handle of the watch on overrides that a plan needs where a person must take part.
    pub override_watch: crate::WatchId,
    /// The actions. What is not listed is not authorised.
    pub actions: Vec<ActionRule>,
}

/// What an agent is to be authorised to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionAuthorised {
    /// The use case.
    pub use_case: UseCaseId,
    /// The action, as the agent policy names it.
    pub action: FactId,
    /// What lets the agent do it.
    pub authorisation: Authorisation,
    /// How it is logged.
    pub log: LogDetail,
    /// Whether a person takes part.
    pub human: HumanInLoop,
    /// Whether it can be stopped at once.
    pub stop: StopSwitch,
    /// When the permission ends. It may be renewed before.
    #[schemars(with = "Instant")]
    pub expires: Timestamp,
}

/// A permission that an agent was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Permission {
    /// What it is for.
    pub given: ActionAuthorised,
    /// Who gave it.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
}

/// A trial of how fast an agent stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drill {
    /// The version that was stopped.
    pub version: String,
    /// When it was told to stop.
    #[schemars(with = "Instant")]
    pub stop_at: Timestamp,
    /// When it acted last; none when it had not acted at all.
    #[schemars(with = "Option<Instant>")]
    pub last_action_at: Option<Timestamp>,
    /// The time it was given, in seconds.
    pub limit_seconds: u32,
    /// Who saw it.
    pub witnessed_by: PersonId,
    /// Who recorded it.
    pub recorded_by: PersonId,
}

/// Everything the register holds about one use case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Registered {
    /// Permissions that were not revoked, expired ones too.
    pub permissions: BTreeMap<FactId, Permission>,
    /// Drills, oldest first.
    pub drills: Vec<Drill>,
}

impl AgentPolicy {
    /// What an action takes; none when the policy does not list it.
    #[must_use]
    pub fn rule(&self, action: &FactId) -> Option<&ActionRule> {
        self.actions.iter().find(|rule| rule.action == *action)
    }

    /// What is wrong with the policy; none when it can be used.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let texts = [&self.version, &self.title, &self.source];
        let silent = self.actions.iter().find(|rule| rule.title.trim().is_empty());
        if texts.iter().any(|text| text.trim().is_empty()) {
            Some("its version, title or source says nothing".to_owned())
        } else if self.actions.is_empty() {
            Some("it lists no action".to_owned())
        } else if let Some(rule) = silent {
            Some(format!("the action `{}` has no title", rule.action))
        } else if let Some(twice) =
            crate::decide::repeated(self.actions.iter().map(|rule| &rule.action))
        {
            Some(format!("it lists the action `{twice}` twice"))
        } else if [self.permission_days, self.drill_days, self.drill_limit_seconds].contains(&0) {
            Some("its days and seconds must be at least 1".to_owned())
        } else {
            None
        }
    }
}

impl ActionRule {
    /// The columns in which what is asked for is laxer than the rule, in words; empty when in none.
    #[must_use]
    pub fn laxer(&self, asked: &ActionAuthorised) -> Vec<&'static str> {
        let columns = [
            (asked.authorisation < self.authorisation, "authorisation"),
            (asked.log < self.log, "log"),
            (asked.human < self.human, "human in the loop"),
            (asked.stop < self.stop, "stop switch"),
        ];
        columns.into_iter().filter(|(laxer, _)| *laxer).map(|(_, column)| column).collect()
    }
}

impl Permission {
    /// True until it expires.
    #[must_use]
    pub fn in_force(&self, now: Timestamp) -> bool {
        now < self.given.expires
    }

    /// True when what is asked for lets the agent do no more than this does.
    pub(super) fn covers(&self, asked: &ActionAuthorised) -> bool {
        let given = &self.given;
        asked.authorisation >= given.authorisation
            && asked.log >= given.log
            && asked.human >= given.human
            && asked.stop >= given.stop
    }
}

impl Drill {
    /// Seconds from the stop to the last action, rounded up; 0 when none came after it.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        let after = self.last_action_at.map(|last| last.duration_since(self.stop_at));
        let after = after.filter(|after| after.is_positive()).unwrap_or_default();
        after.as_secs().unsigned_abs() + u64::from(after.subsec_nanos() > 0)
    }

    /// True when nothing came later than the limit after the stop.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.seconds() <= u64::from(self.limit_seconds)
    }
}

impl Registered {
    /// Until when the stop drill of a version counts: that of its newest drill, when it passed.
    /// What counts is when it was held: an older one that is recorded late undoes no failure.
    #[must_use]
    pub fn drilled_until(&self, version: &str, policy: &AgentPolicy) -> Option<Timestamp> {
        let of_version = self.drills.iter().filter(|drill| drill.version == version);
        let newest = of_version.max_by_key(|drill| drill.stop_at)?;
        newest.passed().then(|| days_after(newest.stop_at, policy.drill_days))
    }
}
