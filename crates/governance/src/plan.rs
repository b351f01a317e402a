//! Monitoring plans, what they observe, and the cases that a breach opens.

use crate::Instant;
use crate::standard::Bound;
use crate::{
    CaseId, ChangeRequestId, DecisionId, EvidenceId, IncidentId, PersonId, SiteId, UseCaseId,
    WatchId, WorkflowId,
};
use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statistics::{Cohort, Estimate};
use std::collections::BTreeMap;

/// How a live use case is watched. Months are the periods of a log; reports may come less often. An
/// unknown field is refused although [`Source`] reads what the others leave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MonitoringPlan {
    /// Where the numbers come from: `feed`, a prediction log, or `reported`, by people.
    #[serde(flatten)]
    pub source: Source,
    /// Days after the end of a period until its outcomes are all known, or its report is due.
    pub maturity_days: u32,
    /// Attributes whose cohorts are estimated; `race*sex` stands for an intersection.
    #[serde(default)]
    pub by: Vec<String>,
    /// The score at or above which a prediction is acted on. A plan that is reported has none: 0.
    #[serde(default)]
    pub threshold: f64,
    /// What is watched.
    pub watches: Vec<Watch>,
    /// Who is told, and when, while a case is open.
    pub ladder: Vec<Rung>,
}

/// Where the numbers of a plan come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A prediction log, which Primum reads every month.
    Feed(Feed),
    /// People who count, for what has no prediction log.
    Reported(Reporting),
}

/// Who reports, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reporting {
    /// Who reports.
    pub by: Reporter,
    /// Months in a period: 1, 3 or 12.
    pub every_months: u32,
}

/// Who reports what was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reporter {
    /// A person.
    Person(PersonId),
    /// Anybody who holds a standing role.
    Role(String),
}

/// The columns of a prediction log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// The file, relative to the data folder.
    pub file: String,
    /// Column of the outcome, 0 or 1.
    pub outcome: String,
    /// Column of the score, 0 to 1.
    pub score: String,
    /// Column of the prediction id.
    pub id: String,
    /// Column of the time of prediction.
    pub time: String,
    /// Column of the time at which the outcome is known.
    pub matured: String,
    /// Column of the version.
    pub version: String,
    /// Column of the site.
    pub site: String,
    /// Only rows with these values count.
    #[serde(default)]
    pub only: BTreeMap<String, String>,
    /// What readers must know about the data, shown wherever numbers from them are.
    #[serde(default)]
    pub note: String,
}

/// One thing that is watched: measure, cohort, limit, owner, clock and pre-agreed action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// The watch's handle.
    pub id: WatchId,
    /// What it is, in plain words.
    pub title: String,
    /// What raises a signal.
    pub alarm: Alarm,
    /// Days until the case that a signal opens must be decided.
    pub answer_within_days: u32,
    /// What was agreed beforehand to be done.
    pub action: String,
}

/// What raises a signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Alarm {
    /// An e-detector on calibration.
    Calibration {
        /// Mean number of months to a false alarm, over all watched cohorts together, is at least
        /// this.
        months_between_false_alarms: f64,
        /// A drift of the odds by less than this share is no alarm.
        tolerance: f64,
        /// The cohorts that are watched beside all predictions together. Named beforehand, because
        /// the budget is split between them.
        #[serde(default)]
        cohorts: Vec<Cohort>,
    },
    /// A bound on a monthly estimate.
    Bound(Bound),
    /// Bounds on a share that people count and report. Too little can be an alarm as well as too
    /// much: hardly an edit or override any more is a sign of automation bias, not of success.
    Share(Share),
}

/// Bounds on a reported share. A signal is raised when its whole 95 % interval (Wilson) lies beyond
/// one of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The share must not be below this, from 0 to 1.
    #[serde(default)]
    pub at_least: Option<f64>,
    /// The share must not be above this, from 0 to 1.
    #[serde(default)]
    pub at_most: Option<f64>,
    /// Fewest that must have been looked at for the share to count.
    pub min_n: u64,
}

/// A share that was reported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedShare {
    /// The watch.
    pub watch: WatchId,
    /// How many had what is watched.
    pub count: u64,
    /// How many were looked at.
    pub of: u64,
    /// The lower end of Wilson's 95 % interval; none when nothing was looked at.
    pub lower: Option<f64>,
    /// The upper end.
    pub upper: Option<f64>,
}

/// A rung of the escalation ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// Days after the case was opened.
    pub after_days: u32,
    /// Who is told.
    pub tell: Escalation,
}

/// Who a case is escalated to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Escalation {
    /// The clinical or business owner.
    Owner,
    /// The chair of the body that approved.
    Chair,
    /// The chair of the body that the one that approved reports to.
    Parent,
    /// The executive sponsor.
    Sponsor,
}

/// A calendar month, written `2024-03`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(Date);

/// What one month of predictions, or one reported period, showed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observation {
    /// The use case.
    pub use_case: UseCaseId,
    /// The version that made the predictions.
    pub version: String,
    /// The site.
    pub site: SiteId,
    /// The month: where the period is longer, its first.
    pub month: Month,
    /// Months in the period.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub months: u32,
    /// Digest of the period's tallies or reported counts.
    pub tallies_digest: String,
    /// Estimates by cohort.
    pub estimates: Vec<Estimate>,
    /// What people reported, one for each watch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<ReportedShare>,
    /// Where each detector stands.
    pub readings: Vec<Reading>,
}

/// Where a detector stands after a month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    /// The watch.
    pub watch: WatchId,
    /// The cohort; none for all predictions.
    pub cohort: Option<Cohort>,
    /// Evidence of drift. It raises a signal at `limit`.
    pub evidence: f64,
    /// The limit, which keeps the false-alarm budget.
    pub limit: f64,
    /// What drifted which way, in words.
    pub finding: String,
}

/// A breach of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Signal {
    /// The watch.
    pub watch: WatchId,
    /// The cohort; none for all predictions.
    pub cohort: Option<Cohort>,
    /// The month.
    pub month: Month,
    /// What was found, in words.
    pub finding: String,
}

/// Something that slipped and waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// The use case.
    pub use_case: UseCaseId,
    /// What opened it.
    pub cause: Cause,
    /// When it was opened.
    #[schemars(with = "Instant")]
    pub opened_at: Timestamp,
    /// Who answers for it.
    pub owner: PersonId,
    /// When it must be decided.
    #[schemars(with = "Instant")]
    pub answer_by: Timestamp,
    /// What was agreed beforehand to be done.
    pub action: String,
    /// Who is told, and when.
    pub ladder: Vec<Rung>,
    /// Further signals of the same watch.
    pub signals: Vec<Signal>,
    /// Who has been told, in order of the ladder.
    pub escalations: Vec<Escalated>,
    /// The decision that closed it, and when.
    pub closed: Option<Closed>,
    /// The overdue conditions that opened it again, in order.
    #[serde(default)]
    pub reopened: Vec<Reopened>,
}

/// A case that was opened again: a condition of the decision that closed it was not met in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reopened {
    /// The decision.
    pub decision: DecisionId,
    /// The condition's place in the decision, from 1.
    pub condition: usize,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
}

/// What opened a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cause {
    /// A watch raised a signal.
    Signal {
        /// The watch.
        watch: WatchId,
    },
    /// A version that is not on record asked to act.
    UnknownVersion {
        /// The version's label.
        version: String,
        /// The site.
        site: SiteId,
        /// The step of work.
        workflow: WorkflowId,
    },
    /// A condition of a decision is overdue.
    OverdueCondition {
        /// The decision.
        decision: DecisionId,
        /// The condition's place in the decision, from 1.
        condition: usize,
    },
    /// The audit of an approval by rule failed.
    FailedAudit {
        /// The approval.
        decision: DecisionId,
    },
    /// An incident did harm, or may have.
    Incident {
        /// The incident.
        incident: IncidentId,
    },
}

/// A rung that was climbed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Escalated {
    /// Who was told.
    pub tell: Escalation,
    /// The person, when there is one.
    pub person: Option<PersonId>,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Closed {
    /// The decision.
    pub decision: DecisionId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
}

/// The evidence that shows a standard met, kept by a live use case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Validation {
    /// The evidence.
    pub evidence: EvidenceId,
    /// The version that it is about.
    pub version: String,
    /// Until when it holds.
    #[schemars(with = "Instant")]
    pub valid_until: Timestamp,
    /// The change by which it goes on for this version, without all of the standard having been
    /// shown met on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried_by: Option<ChangeRequestId>,
}

impl Case {
    /// Since when it has been open; its ladder counts from here.
    #[must_use]
    pub fn open_since(&self) -> Timestamp {
        self.reopened.last().map_or(self.opened_at, |reopened| reopened.at)
    }

    /// True until a decision closes it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }
}

impl Observation {
    /// True when the period held predictions, or something was counted in it.
    #[must_use]
    pub fn has_data(&self) -> bool {
        !self.estimates.is_empty() || self.shares.iter().any(|share| share.of > 0)
    }
}

pub(crate) fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(months: &u32) -> bool {
    *months == 1
}

mod month {
    use super::Month;
    use crate::schema::text;
    use jiff::civil::Date;
    use jiff::tz::Offset;
    use jiff::{SignedDuration, Timestamp, ToSpan};
    use schemars::{JsonSchema, Schema, SchemaGenerator};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::borrow::Cow;
    use std::fmt;
    use std::str::FromStr;

    impl Month {
        /// The month that holds an instant, in UTC.
        #[must_use]
        pub fn of(at: Timestamp) -> Self {
            Self(Offset::UTC.to_datetime(at).date().first_of_month())
        }

        /// The month after this one.
        #[must_use]
        pub fn next(self) -> Self {
            Self(self.0.saturating_add(1.month()))
        }

        /// The month a number of months after this one.
        #[must_use]
        pub fn later(self, months: u32) -> Self {
            // No span that the record takes comes near what a date can hold.
            Self(self.0.saturating_add(i64::from(months).min(1200).months()))
        }

        /// The first instant of the month, in UTC.
        #[must_use]
        pub fn start(self) -> Timestamp {
            // Only the last day that a date can hold has no instant in UTC.
            Offset::UTC.to_timestamp(self.0.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX)
        }

        /// The instant at which the month's outcomes are all known.
        #[must_use]
        pub fn matures(self, maturity_days: u32) -> Timestamp {
            crate::days_after(self.next().start(), maturity_days)
        }
    }

    impl fmt::Display for Month {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
        }
    }

    impl FromStr for Month {
        type Err = String;

        fn from_str(text: &str) -> Result<Self, String> {
            format!("{text}-01")
                .parse::<Date>()
                .ok()
                .map(Self)
                .filter(|month| month.to_string() == text)
                .ok_or_else(|| format!("`{text}` is not a month; write it like `2024-03`"))
        }
    }

    impl JsonSchema for Month {
        fn schema_name() -> Cow<'static, str> {
            "Month".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            text("A calendar month.", "2024-03")
        }
    }

    impl Serialize for Month {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(self)
        }
    }

    impl<'de> Deserialize<'de> for Month {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
        }
    }

    /// Days in the record are spans of 24 hours.
    pub(crate) fn days(count: u32) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(count))
    }
}

pub(crate) use month::days;
