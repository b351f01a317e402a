//! Incidents as the record keeps them.

use super::rules::{ClockRule, ClockRules, Demand};
use crate::{BodyId, FactId, IncidentId, Instant, Map, PersonId, SiteId, SystemId, UseCaseId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The part of the record about incidents, their legal clocks and what is done about them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Incidents {
    /// The clock rules in force.
    pub rules: Option<ClockRules>,
    /// Incidents, closed ones too.
    pub incidents: Map<IncidentId, Incident>,
}

/// An incident as reported. Only what happened must be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentReport {
    /// What happened, in a sentence. No names and no numbers of patients.
    pub what: String,
    /// When somebody here noticed it; left out, when it is reported.
    #[serde(default)]
    #[schemars(with = "Option<Instant>")]
    pub noticed_at: Option<Timestamp>,
    /// The use case, if it is known.
    #[serde(default)]
    pub use_case: Option<UseCaseId>,
    /// The AI system, if it is known.
    #[serde(default)]
    pub system: Option<SystemId>,
    /// Where.
    #[serde(default)]
    pub site: Option<SiteId>,
    /// When it happened, if it is known.
    #[serde(default)]
    #[schemars(with = "Option<Instant>")]
    pub happened_at: Option<Timestamp>,
    /// Where its days are counted, such as `America/Chicago`; left out, where the site is, or else
    /// where the clock rules say.
    #[serde(default)]
    pub time_zone: Option<String>,
}

/// An answer that may be outstanding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum YesNo {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Not known.
    #[default]
    Unknown,
}

/// What is known about an incident. Everything may be left out; what is not known counts as worst
/// for starting a clock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Assessment {
    /// The use case that it was about, when the report did not know.
    #[serde(default)]
    pub use_case: Option<UseCaseId>,
    /// How much harm it did, by the harm scale of the clock rules.
    pub harm: Option<FactId>,
    /// It could have harmed, and did not by luck or care.
    pub near_miss: YesNo,
    /// The AI system had a part in it.
    pub ai_contribution: YesNo,
    /// Wrong or missing input had a part in it.
    pub input_data_problem: YesNo,
    /// A person overrode the output, or could have and did not have to.
    pub human_override: YesNo,
    /// The version that acted.
    pub version: Option<String>,
    /// How many people's information is concerned, in a breach.
    pub people: Option<u64>,
    /// When somebody here first knew these facts, if later than noticed.
    #[schemars(with = "Option<Instant>")]
    pub aware_at: Option<Timestamp>,
    /// When the patient was first served.
    #[schemars(with = "Option<Instant>")]
    pub first_service_at: Option<Timestamp>,
    /// Answers to the questions of the clock rules.
    pub facts: BTreeMap<FactId, String>,
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// What was reported.
    pub report: IncidentReport,
    /// Who reported it.
    pub reporter: PersonId,
    /// When it was reported.
    #[schemars(with = "Instant")]
    pub reported_at: Timestamp,
    /// What is known, once somebody looked into it.
    pub assessment: Option<Assessment>,
    /// What happened when, in that order.
    pub timeline: Vec<TimelineEntry>,
    /// Why it came about.
    pub cause: Option<String>,
    /// Hashes of privileged analyses, which are kept apart.
    pub analyses: Vec<String>,
    /// Legal clocks, stopped and met ones too.
    pub clocks: Vec<Clock>,
    /// What is done about it.
    pub actions: Vec<IncidentAction>,
    /// When it was closed; none while it is open.
    #[schemars(with = "Option<Instant>")]
    pub closed_at: Option<Timestamp>,
}

/// An entry of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimelineEntry {
    /// When it happened.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// What happened.
    pub what: String,
}

/// A legal clock that started. Rule, cause and due instant stay as they were on that day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Clock {
    /// The rule.
    pub rule: ClockRule,
    /// The version of the clock rules.
    pub version: String,
    /// The facts that started it, each with its answer or `unknown`.
    pub because: BTreeMap<String, String>,
    /// From when it counts.
    #[schemars(with = "Instant")]
    pub start: Timestamp,
    /// Where its days are counted.
    pub time_zone: String,
    /// From when it is overdue: the end of its last day.
    #[schemars(with = "Instant")]
    pub due: Timestamp,
    /// How it ended; none while it runs.
    pub end: Option<ClockEnd>,
    /// That it ran out was brought before a chair.
    pub escalated: Option<ClockEscalated>,
}

/// How a clock ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockEnd {
    /// What it demands was sent.
    Met {
        /// How.
        how: String,
        /// When.
        #[schemars(with = "Instant")]
        at: Timestamp,
        /// The receipt.
        reference: String,
    },
    /// It turned out not to apply.
    Stopped {
        /// Why.
        reason: String,
        /// When.
        #[schemars(with = "Instant")]
        at: Timestamp,
    },
}

/// A clock that ran out was brought before a chair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockEscalated {
    /// The body, when there is one.
    pub body: Option<BodyId>,
    /// Who holds its chair.
    pub person: Option<PersonId>,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
}

/// Something that is done about an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IncidentAction {
    /// What.
    pub what: String,
    /// Who does it.
    pub owner: PersonId,
    /// By when.
    #[schemars(with = "Instant")]
    pub due: Timestamp,
    /// How one will know that it worked.
    pub check: String,
    /// When that is looked at.
    #[schemars(with = "Instant")]
    pub check_at: Timestamp,
    /// The action that it replaces, by its place from 1.
    pub instead_of: Option<usize>,
    /// What proves it done.
    pub proof: Option<String>,
    /// Whether it worked.
    pub checked: Option<Effectiveness>,
}

/// Whether an action worked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Effectiveness {
    /// True when it worked.
    pub effective: bool,
    /// What was found.
    pub finding: String,
    /// Who looked.
    pub by: PersonId,
}

impl Clock {
    /// True while something must still be sent.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.end.is_none() && self.rule.demand == Demand::Report
    }
}

impl Incident {
    /// The use case that it is about: as reported, or as found out since.
    #[must_use]
    pub fn use_case(&self) -> Option<UseCaseId> {
        let found = || self.assessment.as_ref().and_then(|it| it.use_case);
        self.report.use_case.or_else(found)
    }

    /// When somebody here noticed it.
    #[must_use]
    pub fn noticed_at(&self) -> Timestamp {
        self.report.noticed_at.unwrap_or(self.reported_at)
    }

    /// True while it is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }

    /// True while its documents are needed at `now`: it is open, or the law says to keep them.
    pub(crate) fn keeps_documents(&self, now: Timestamp) -> bool {
        let keep = |it: &Clock| it.end.is_none() && it.rule.demand == Demand::Keep && now < it.due;
        self.is_open() || self.clocks.iter().any(keep)
    }

    /// True when it is known to have been a near miss.
    #[must_use]
    pub fn is_near_miss(&self) -> bool {
        self.assessment.as_ref().is_some_and(|it| it.near_miss == YesNo::Yes)
    }

    /// Actions that did not work and that no other replaces, by their place from 1.
    pub fn unreplaced(&self) -> impl Iterator<Item = usize> {
        let failed =
            |action: &IncidentAction| action.checked.as_ref().is_some_and(|it| !it.effective);
        let failed = (1..).zip(&self.actions).filter(move |(_, action)| failed(action));
        failed.map(|(place, _)| place).filter(|place| !self.is_replaced(*place))
    }

    /// True when another action was planned instead of the one at a place, from 1.
    pub(crate) fn is_replaced(&self, place: usize) -> bool {
        self.actions.iter().any(|it| it.instead_of == Some(place))
    }

    /// What keeps it from being closed at `now`, each with what to do; empty when it may be.
    #[must_use]
    pub fn unfinished(&self, now: Timestamp) -> Vec<String> {
        let mut open = Vec::new();
        if self.assessment.is_none() {
            open.push("it is not assessed".to_owned());
        }
        for (place, clock) in (1..).zip(&self.clocks).filter(|(_, clock)| clock.runs()) {
            open.push(format!("clock {place} runs ({})", clock.rule.title));
        }
        for (place, action) in (1..).zip(&self.actions) {
            if action.proof.is_none() && self.is_replaced(place) {
                continue;
            }
            if action.proof.is_none() {
                open.push(format!("action {place} is not done"));
            } else if action.checked.is_none() && action.check_at <= now {
                open.push(format!("the check of action {place} is due"));
            }
        }
        for place in self.unreplaced() {
            open.push(format!("action {place} did not work and nothing replaces it"));
        }
        if self.cause.is_none() && !self.is_near_miss() {
            open.push("no cause is recorded".to_owned());
        }
        open
    }
}
