//! A mapping file says how a log of any kind is read: which columns play which part, and what is to
//! be made of their values.

use crate::reading::{AnyOf, Column, Levels, Ranges, Reading, Truth};
use crate::{Events, EvidenceError, Period, Request, Unit};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use toml::Spanned;

/// How a log is read, from a mapping file in TOML or from a schema that is known.
///
/// The file has a table `columns` with the part of each column, and tables for what is to be made
/// of their values: `score`, `outcome`, one `cohorts.NAME` for each attribute, `only`, `events` and
/// `report`. `docs/sources.md` has all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    request: Request,
    patient: Option<String>,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// [`EvidenceError::Mapping`] with the line, when the file is no TOML, names something unknown,
    /// or contradicts itself; [`EvidenceError::File`] when it cannot be read.
    pub fn read(path: &Path) -> Result<Self, EvidenceError> {
        let text =
            std::fs::read_to_string(path).map_err(|error| EvidenceError::file(path, error))?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Reads a mapping from text. `name` stands for it in errors.
    ///
    /// # Errors
    /// As [`Mapping::read`].
    pub fn parse(text: &str, name: &str) -> Result<Self, EvidenceError> {
        let fault = |at: Option<usize>, why: String| EvidenceError::Mapping {
            file: name.to_owned(),
            place: format!("line {}", line_of(text, at.unwrap_or_default())),
            why,
        };
        let file: File = toml::from_str(text).map_err(|error| {
            fault(error.span().map(|span| span.start), error.message().replace('\n', " "))
        })?;
        file.mapping().map_err(|(at, why)| fault(Some(at), why))
    }

    /// The predictions of the MEDS evaluation schema: `subject_id`, `prediction_time`,
    /// `boolean_value` and `predicted_boolean_probability`.
    #[must_use]
    pub fn meds() -> Self {
        let mut request = Request::new("boolean_value", "predicted_boolean_probability");
        request.time = Some("prediction_time".into());
        Self { request, patient: Some("subject_id".into()) }
    }

    /// The same schema without probabilities: the score of a row is 1 where
    /// `predicted_boolean_value` is true, and else 0.
    #[must_use]
    pub fn meds_without_probability() -> Self {
        let mut mapping = Self::meds();
        let score = "predicted_boolean_value".to_owned();
        let column = Column { from: score.clone(), reading: Reading::OutOf(1.0) };
        mapping.request.columns.insert(score.clone(), column);
        mapping.request.score = score;
        mapping
    }

    /// The mapping of a schema that is known, if a log has its columns.
    #[must_use]
    pub fn of_columns(columns: &[String]) -> Option<Self> {
        let has = |name: &str| columns.iter().any(|column| column == name);
        let meds = ["subject_id", "prediction_time", "boolean_value"].into_iter().all(has);
        if meds && has("predicted_boolean_probability") {
            Some(Self::meds())
        } else if meds && has("predicted_boolean_value") {
            Some(Self::meds_without_probability())
        } else {
            None
        }
    }

    /// The request that the mapping makes. Thresholds, filters and the rest may be added to it.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The column with the patient, by which repeated predictions can be told.
    #[must_use]
    pub fn patient(&self) -> Option<&str> {
        self.patient.as_deref()
    }
}

/// The line of a byte, from 1.
fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1
}

/// Where in the file, and what is wrong there.
type Fault = (usize, String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    columns: Spanned<Parts>,
    score: Option<Spanned<ScoreTable>>,
    outcome: Option<Spanned<OutcomeTable>>,
    #[serde(default)]
    cohorts: BTreeMap<String, Spanned<CohortTable>>,
    #[serde(default)]
    only: BTreeMap<String, String>,
    events: Option<Spanned<Events>>,
    #[serde(default)]
    report: ReportTable,
}

/// Which column plays which part.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    outcome: Option<String>,
    score: String,
    id: Option<String>,
    patient: Option<String>,
    encounter: Option<String>,
    time: Option<String>,
    matured: Option<String>,
    event_time: Option<String>,
    version: Option<String>,
    site: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScoreTable {
    out_of: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutcomeTable {
    yes: Option<BTreeSet<String>>,
    no: Option<BTreeSet<String>>,
    at_least: Option<f64>,
    above: Option<f64>,
    at_most: Option<f64>,
    below: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CohortTable {
    column: Option<String>,
    split: Option<String>,
    #[serde(default)]
    list: bool,
    #[serde(default)]
    rename: BTreeMap<String, String>,
    other: Option<String>,
    #[serde(default)]
    edges: Vec<f64>,
    unit: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ReportTable {
    unit: Option<Unit>,
    period: Option<Period>,
    #[serde(default)]
    thresholds: Vec<f64>,
    #[serde(default)]
    notes: Vec<String>,
}

impl File {
    fn mapping(self) -> Result<Mapping, Fault> {
        let at = self.columns.span().start;
        let parts = self.columns.into_inner();
        let outcome = match (parts.outcome, &self.events) {
            (Some(outcome), _) => outcome,
            (None, Some(_)) => "outcome".to_owned(),
            (None, None) => {
                return Err((at, "`columns` names no `outcome`, and there are no `events`".into()));
            }
        };
        let mut request = Request::new(outcome, parts.score);
        request.id = parts.id;
        request.encounter = parts.encounter;
        request.time = parts.time;
        request.matured = parts.matured;
        request.event_time = parts.event_time;
        request.version = parts.version;
        request.equals = self.only;
        request.unit = self.report.unit.unwrap_or_default();
        request.period = self.report.period;
        request.thresholds = self.report.thresholds;
        request.notes = self.report.notes;
        let mut read = Readings { request, at: BTreeMap::new() };
        if let Some(score) = self.score {
            let (at, score) = (score.span().start, score.into_inner());
            let name = read.request.score.clone();
            read.add(at, name.clone(), name, Reading::OutOf(score.out_of))?;
        }
        if let Some(outcome) = self.outcome {
            let (at, outcome) = (outcome.span().start, outcome.into_inner());
            let truth = outcome.truth().map_err(|why| (at, why))?;
            let name = read.request.outcome.clone();
            read.add(at, name.clone(), name, Reading::Outcome(truth))?;
        }
        if let Some(site) = parts.site {
            read.request.by.push("site".into());
            read.add(at, "site".into(), site, Reading::AsIs)?;
        }
        for (name, cohort) in self.cohorts {
            let (at, cohort) = (cohort.span().start, cohort.into_inner());
            let column = cohort.column.clone().unwrap_or_else(|| name.clone());
            let reading =
                cohort.reading().map_err(|why| (at, format!("cohort `{name}`: {why}")))?;
            if read.request.by.contains(&name) {
                return Err((at, format!("cohort `{name}`: `columns` names it too")));
            }
            read.request.by.push(name.clone());
            read.add(at, name, column, reading)?;
        }
        let events_at = self.events.as_ref().map(|events| events.span().start);
        read.request.events = self.events.map(Spanned::into_inner);
        let Readings { request, .. } = read;
        request.check().map_err(|error| match error {
            EvidenceError::Request { why } => (events_at.unwrap_or(at), why),
            other => (at, other.to_string()),
        })?;
        Ok(Mapping { request, patient: parts.patient })
    }
}

/// A request in the making.
struct Readings {
    request: Request,
    /// Where in the file each reading comes from.
    at: BTreeMap<String, usize>,
}

impl Readings {
    /// Adds a column, and checks what it says at its own place in the file.
    fn add(
        &mut self,
        at: usize,
        name: String,
        from: String,
        reading: Reading,
    ) -> Result<(), Fault> {
        if self.at.insert(name.clone(), at).is_some() {
            return Err((
                at,
                format!("`{name}` is read in two ways: give the cohort another name"),
            ));
        }
        if from == name && reading == Reading::AsIs {
            return Ok(());
        }
        let parts = [&self.request.score, &self.request.outcome].into_iter().chain(
            [&self.request.time, &self.request.id, &self.request.version].into_iter().flatten(),
        );
        let is_cohort = self.request.by.contains(&name);
        if is_cohort && parts.into_iter().any(|part| *part == name) {
            let why =
                format!("`{name}` is a column with another part: give the cohort another name");
            return Err((at, why));
        }
        self.request.columns.insert(name, Column { from, reading });
        self.request.check_columns().map_err(|error| match error {
            EvidenceError::Request { why } => (at, why),
            other => (at, other.to_string()),
        })
    }
}

impl OutcomeTable {
    fn truth(self) -> Result<Truth, String> {
        let edges = [
            self.at_least.map(Truth::AtLeast),
            self.above.map(Truth::Above),
            self.at_most.map(Truth::AtMost),
            self.below.map(Truth::Below),
        ];
        let words = match (self.yes, self.no) {
            (Some(yes), Some(no)) => Some(Truth::Words { yes, no }),
            (None, None) => None,
            _ => return Err("`outcome` needs both `yes` and `no`".into()),
        };
        let mut all: Vec<Truth> = edges.into_iter().chain([words]).flatten().collect();
        match (all.pop(), all.is_empty()) {
            (Some(truth), true) => Ok(truth),
            _ => {
                Err("`outcome` needs `yes` and `no`, or one of `at_least`, `above`, `at_most` and \
                      `below`"
                    .into())
            }
        }
    }
}

impl CohortTable {
    fn reading(self) -> Result<Reading, String> {
        let levels = Levels { rename: self.rename, other: self.other };
        let is_many = self.list || self.split.is_some();
        if self.split.as_ref().is_some_and(String::is_empty) {
            return Err("`split` is empty".into());
        }
        if !self.edges.is_empty() {
            if is_many || levels != Levels::default() {
                return Err(
                    "`edges` make the levels, so they can be neither split nor renamed".into()
                );
            }
            return Ok(Reading::Ranges(Ranges { edges: self.edges, unit: self.unit }));
        }
        if self.unit.is_some() {
            return Err("`unit` belongs to `edges`".into());
        }
        Ok(match (is_many, levels == Levels::default()) {
            (true, _) => Reading::AnyOf(AnyOf { split: self.split, levels }),
            (false, true) => Reading::AsIs,
            (false, false) => Reading::Levels(levels),
        })
    }
}

#[cfg(test)]
mod tests;
