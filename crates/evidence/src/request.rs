//! What a caller wants to know of a prediction log.

use crate::report::decision_thresholds;
use crate::{Column, Events, EvidenceError, Reading, Truth};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use statistics::{Grid, Score};
use std::collections::{BTreeMap, BTreeSet};

/// A calendar step by which a log is cut into periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Calendar months in UTC, named like `2026-03`.
    Month,
}

/// What is counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Each prediction.
    #[default]
    Prediction,
    /// Each encounter, by its highest score. Its outcome happened when it did after any of its
    /// predictions.
    EncounterMax,
    /// Each encounter, by its first prediction at or above the operating threshold; by its highest
    /// score when none is. Its outcome is that of [`Unit::EncounterMax`].
    FirstCrossing,
}

impl Unit {
    fn is_prediction(&self) -> bool {
        *self == Self::Prediction
    }
}

/// Which columns hold what, which rows count, and what to compute from them.
///
/// It is part of the report, and with the source it decides every number there. In JSON every field
/// but `outcome` and `score` may be left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The column that says whether the outcome happened: 0 or 1, or false or true.
    pub outcome: String,
    /// The column with the predicted probability, 0 to 1.
    pub score: String,
    /// The columns whose levels are the cohorts. `race*sex` stands for an intersection: its levels
    /// are the pairs of a level of either, such as `Asian × F`. More than two can be crossed. Where
    /// `columns` has an entry of such a name, it is a column.
    #[serde(default)]
    pub by: Vec<String>,
    /// The thresholds at which a row is flagged (`score >= threshold`). The first is the operating
    /// one: fairness gaps are computed there.
    #[serde(default)]
    pub thresholds: Vec<f64>,
    /// The column with the prediction's id. When given, an id that comes twice is refused.
    #[serde(default)]
    pub id: Option<String>,
    /// The column with the instant of the prediction. A time without a zone is read as UTC.
    #[serde(default)]
    pub time: Option<String>,
    /// The column with the instant from which the outcome is known; empty where it is not known
    /// yet.
    #[serde(default)]
    pub matured: Option<String>,
    /// The column with the version of the AI system.
    #[serde(default)]
    pub version: Option<String>,
    /// What is counted once. Of several predictions of an encounter, one decides on the score, the
    /// time, the version and the cohorts; predictions at or after the event are left out.
    #[serde(default, skip_serializing_if = "Unit::is_prediction")]
    pub unit: Unit,
    /// The column with what rows belong together by, such as the patient: everyone is then also
    /// estimated with intervals that hold when such rows are alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The column with the encounter, for units that are encounters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encounter: Option<String>,
    /// The column with the instant of the event that is predicted; empty where there is none. With
    /// `events` it comes from them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_time: Option<String>,
    /// Columns that the files do not hold as they are asked for, by the names that the request
    /// uses.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, Column>,
    /// Outcomes from files of events: the outcome column is then none of the files'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Events>,
    /// Only predictions at or after this instant. Compared to the microsecond.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// Only predictions before this instant. Compared to the microsecond.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// Only rows in which each of these columns, written as text, has this value.
    #[serde(default)]
    pub equals: BTreeMap<String, String>,
    /// Tally each period of the time column too.
    #[serde(default)]
    pub period: Option<Period>,
    /// The instant at which the question is asked. Rows that mature later are left out and counted;
    /// a prediction made later is refused.
    #[serde(default)]
    pub as_of: Option<Timestamp>,
    /// A prediction made later is refused. Unlike [`Self::as_of`] it is no part of the question
    /// nor of a report: the clock on the wall must not change a digest.
    #[serde(skip)]
    pub latest: Option<Timestamp>,
    /// The versions that may appear. Another one is refused, unless `report_unknown` is set.
    #[serde(default)]
    pub known_versions: Option<BTreeSet<String>>,
    /// Leave rows of an unknown version out and count them, where they would be refused.
    #[serde(default)]
    pub report_unknown: bool,
    /// The nominal coverage of every interval, between 0 and 1. 0.95 unless said otherwise.
    #[serde(default = "usual_level")]
    pub level: f64,
    /// What a reader of the report must know of these data, such as that the dates are simulated.
    #[serde(default)]
    pub notes: Vec<String>,
}

fn usual_level() -> f64 {
    0.95
}

impl Request {
    /// A request for all rows of a log, with no cohorts and no thresholds yet.
    #[must_use]
    pub fn new(outcome: impl Into<String>, score: impl Into<String>) -> Self {
        Self {
            outcome: outcome.into(),
            score: score.into(),
            by: Vec::new(),
            thresholds: Vec::new(),
            id: None,
            time: None,
            matured: None,
            version: None,
            unit: Unit::Prediction,
            cluster: None,
            encounter: None,
            event_time: None,
            columns: BTreeMap::new(),
            events: None,
            from: None,
            until: None,
            equals: BTreeMap::new(),
            period: None,
            as_of: None,
            latest: None,
            known_versions: None,
            report_unknown: false,
            level: usual_level(),
            notes: Vec::new(),
        }
    }

    /// Refuses what no source could answer.
    ///
    /// # Errors
    /// [`EvidenceError::Request`], naming the field.
    pub(crate) fn check(&self) -> Result<(), EvidenceError> {
        let refuse = |why: String| Err(EvidenceError::Request { why });
        if !(self.level > 0.0 && self.level < 1.0) {
            return refuse(format!("`level` must lie between 0 and 1, not {}", self.level));
        }
        if let Some(bad) = self.thresholds.iter().find(|&&t| Score::new(t).is_err()) {
            return refuse(format!("a threshold must be a number from 0 to 1, not {bad}"));
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = self.by.iter().find(|column| !seen.insert(*column)) {
            return refuse(format!("`by` names `{twice}` twice"));
        }
        let needs = [
            (self.from.is_some() || self.until.is_some(), "from and until", "time", &self.time),
            (self.period.is_some(), "period", "time", &self.time),
            (self.known_versions.is_some(), "known_versions", "version", &self.version),
            (self.events.is_some(), "events", "time", &self.time),
            (!self.unit.is_prediction(), "unit", "encounter", &self.encounter),
            (self.unit == Unit::FirstCrossing, "unit", "time", &self.time),
        ];
        for (asked, field, role, column) in needs {
            if asked && column.is_none() {
                return refuse(format!("`{field}` needs the {role} column: name it in `{role}`"));
            }
        }
        if let (Some(from), Some(until)) = (self.from, self.until)
            && from >= until
        {
            return refuse(format!("`from` ({from}) is not before `until` ({until})"));
        }
        if self.unit == Unit::FirstCrossing && self.thresholds.is_empty() {
            return refuse("`unit` needs the operating threshold: name it in `thresholds`".into());
        }
        if self.cluster.is_some() && self.period.is_some() {
            return refuse("`cluster` is for all time together: ask for `period` apart".into());
        }
        self.check_columns()?;
        self.check_intersections()?;
        if let Some(events) = &self.events {
            events.check()?;
            if self.columns.contains_key(&self.outcome) {
                return refuse(format!("`{}` comes from events, so it is no column", self.outcome));
            }
        }
        Ok(())
    }

    /// Refuses readings of columns that make no sense.
    pub(crate) fn check_columns(&self) -> Result<(), EvidenceError> {
        self.columns.iter().try_for_each(|(name, column)| check_reading(name, &column.reading))
    }

    /// The request with the names of columns that come from events.
    pub(crate) fn resolved(&self) -> Self {
        let mut request = self.clone();
        if let Some(events) = &self.events {
            if request.matured.is_none() && events.horizon_hours.is_some() {
                request.matured = Some(MATURED.to_owned());
            }
            if request.event_time.is_none() && !self.unit.is_prediction() {
                request.event_time = Some(EVENT_TIME.to_owned());
            }
        }
        request
    }

    /// The columns that hold several levels at once.
    pub(crate) fn many_valued(&self) -> impl Iterator<Item = &String> {
        let many = |name: &&String| {
            let reading = self.columns.get(*name).map(|column| &column.reading);
            matches!(reading, Some(Reading::AnyOf(_)))
        };
        self.columns.keys().filter(many)
    }

    /// The filters in words.
    pub(crate) fn filters(&self) -> String {
        let equals = self.equals.iter().map(|(column, value)| format!("{column} = {value}"));
        let from = self.from.iter().map(|from| format!("from {from}"));
        let until = self.until.iter().map(|until| format!("until {until}"));
        equals.chain(from).chain(until).collect::<Vec<_>>().join(", ")
    }

    /// The thresholds in fixed point.
    pub(crate) fn threshold_scores(&self) -> Vec<Score> {
        self.thresholds.iter().filter_map(|&threshold| Score::new(threshold).ok()).collect()
    }

    /// The attributes whose levels are counted: those of `by`, and last the groups of clusters.
    pub(crate) fn attributes(&self) -> Vec<String> {
        let clusters = self.cluster.iter().map(|_| CLUSTERS.to_owned());
        self.by.iter().cloned().chain(clusters).collect()
    }

    /// The bands for scores that are too many to be kept apart. Thresholds part them, those of the
    /// decision curve too, so that what is flagged is counted exactly.
    pub(crate) fn grid(&self) -> Grid {
        Grid::new(Grid::FINEST, self.threshold_scores().into_iter().chain(decision_thresholds()))
    }

    /// Every column that the fold looks at, each once, in a fixed order.
    pub(crate) fn columns(&self) -> Vec<String> {
        let optional = [&self.id, &self.time, &self.matured, &self.version, &self.cluster];
        let optional = optional.into_iter().flatten();
        let mut columns: Vec<String> = Vec::new();
        let named = [&self.outcome, &self.score].into_iter().chain(optional);
        let by = self.by_columns();
        for column in named.chain(&by).chain(self.equals.keys()) {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
        columns
    }
}

/// What stands for the groups of clusters among attributes: no column has a name like this.
pub(crate) const CLUSTERS: &str = "\0clusters";
/// The column with the end of the horizon, when nobody names one.
const MATURED: &str = "end of the horizon";
/// The column with the instant of the event, when nobody names one.
const EVENT_TIME: &str = "time of the event";

fn check_reading(name: &str, reading: &Reading) -> Result<(), EvidenceError> {
    let refuse = |why: &str| Err(EvidenceError::Request { why: format!("column `{name}`: {why}") });
    match reading {
        Reading::OutOf(most) if !(most.is_finite() && *most > 0.0) => {
            refuse("the end of the scale must be a number above 0")
        }
        Reading::Outcome(Truth::Words { yes, no }) if yes.is_empty() || no.is_empty() => {
            refuse("name the values for both, that the outcome happened and that it did not")
        }
        Reading::Outcome(Truth::Words { yes, no }) if !yes.is_disjoint(no) => {
            refuse("a value says both that the outcome happened and that it did not")
        }
        Reading::Outcome(
            Truth::AtLeast(edge) | Truth::Above(edge) | Truth::AtMost(edge) | Truth::Below(edge),
        ) if !edge.is_finite() => refuse("an outcome is judged by a number"),
        Reading::Ranges(ranges) => {
            let sound = ranges.edges.iter().all(|edge| edge.is_finite())
                && ranges.edges.iter().zip(ranges.edges.iter().skip(1)).all(|(a, b)| a < b);
            if sound && !ranges.edges.is_empty() {
                return Ok(());
            }
            refuse("the edges must be numbers, each greater than the one before")
        }
        _ => Ok(()),
    }
}
