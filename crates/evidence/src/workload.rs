//! What alerts would ask of units, from a log of predictions that nobody acted on.

use crate::SourceFile;
use crate::error::FaultAt;
use crate::manifest::digests;
use crate::{Column, EvidenceError, Request, RowFault, Source, column, in_order};
use datafusion::arrow::array::{Array, AsArray, RecordBatch, StringViewArray};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use statistics::Score;
use statistics::workload::{Load, Prediction, Rule, days, load, threshold_within, together};
use std::collections::{BTreeMap, HashMap};

/// The most days that a log may span: thirty years.
const MOST_DAYS: u32 = 11_000;
/// The most units.
const MOST_UNITS: usize = 1_000;

/// Which columns hold what, and what an alert is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkloadRequest {
    /// Column of the score, 0 to 1.
    pub score: String,
    /// Column of the instant of the prediction. A time without a zone is read as UTC.
    pub time: String,
    /// Column of the unit; without it all is one unit.
    pub unit: Option<String>,
    /// Column of the patient, a pseudonym.
    pub patient: Option<String>,
    /// Column of the outcome, 0 or 1; empty where it is not known.
    pub outcome: Option<String>,
    /// Scores from which there is an alert.
    pub thresholds: Vec<f64>,
    /// How long, in minutes, a patient's alerts are held back in a unit after one was shown.
    pub snooze_minutes: u32,
    /// Minutes that one alert takes.
    pub minutes: Option<f64>,
    /// Alerts that a unit can see to on a day.
    pub capacity: Option<u64>,
    /// Alerts on a day that a unit is to have on average at most.
    pub budget: Option<f64>,
    /// The time zone in which days are counted, such as `Europe/Vienna`.
    pub zone: String,
    /// Nominal coverage of the intervals.
    pub level: f64,
    /// What is made of the values of columns, by their names here; others are as in the file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, Column>,
    /// Only rows with these values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub equals: BTreeMap<String, String>,
}

/// What alerts would ask for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkloadReport {
    /// The files.
    pub source: Vec<SourceFile>,
    /// What was asked.
    pub request: WorkloadRequest,
    /// The first day of the log.
    pub from: String,
    /// Its last day. Both are likely to be in part only.
    pub to: String,
    /// Each unit at each threshold, by name; then all units together.
    pub loads: Vec<UnitLoad>,
    /// The lowest thresholds that keep to the budget; none without one.
    pub within_budget: Option<WithinBudget>,
}

/// A unit at a threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnitLoad {
    /// The unit; none for all together.
    pub unit: Option<String>,
    /// The score from which there is an alert.
    pub threshold: f64,
    /// What its alerts ask for.
    #[serde(flatten)]
    pub load: Load,
    /// Minutes on a day, on average; none when nobody said how many an alert takes.
    pub minutes_per_day: Option<f64>,
    /// Minutes on nine of ten days at most.
    pub minutes_ninetieth: Option<f64>,
}

/// The lowest thresholds that keep the mean alerts on a day to a budget.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WithinBudget {
    /// Alerts on a day.
    pub budget: f64,
    /// For each unit, by name; none where even its highest score gives more.
    pub by_unit: BTreeMap<String, Option<f64>>,
    /// The one that keeps every unit to it.
    pub for_all: Option<f64>,
}

/// The predictions of a log with what their numbers stand for.
struct Log {
    predictions: Vec<Prediction>,
    units: Vec<String>,
    first: Date,
    count: u32,
}

/// Reads a log and says what alerts at each threshold would ask of each unit, day by day. Days
/// without an alert count, also those on which a unit had no prediction.
///
/// # Errors
/// When the request contradicts itself, a file cannot be used, lacks a column, or a row cannot be
/// used; then nothing is computed.
pub async fn workload(
    source: &Source,
    request: &WorkloadRequest,
) -> Result<WorkloadReport, EvidenceError> {
    let zone = check(request)?;
    let log = read(source, request, &zone).await?;
    let (units, count) = (log.units.len(), log.count as usize);
    let mut loads = Vec::new();
    for threshold in request.thresholds.iter().filter_map(|it| Score::new(*it).ok()) {
        let rule = Rule { threshold, snooze: snooze(request) };
        let of_units = days(&log.predictions, units, count, rule);
        let all = together(&of_units);
        let named = log.units.iter().cloned().map(Some).zip(&of_units);
        let named = named.filter(|_| request.unit.is_some()).chain([(None, &all)]);
        loads.extend(named.filter_map(|(unit, days)| {
            // The capacity is that of one unit.
            let alone = unit.is_some() || request.unit.is_none();
            let capacity = request.capacity.filter(|_| alone);
            let load = load(days, capacity, request.level)?;
            let minutes = |alerts: f64| request.minutes.map(|each| alerts * each);
            let (mean, most) = (load.alerts_per_day.mean, load.alerts_per_day.ninetieth as f64);
            let (minutes_per_day, minutes_ninetieth) = (minutes(mean), minutes(most));
            let threshold = threshold.value();
            Some(UnitLoad { unit, threshold, load, minutes_per_day, minutes_ninetieth })
        }));
    }
    let last = log.first.checked_add(SignedDuration::from_hours(24 * (i64::from(log.count) - 1)));
    Ok(WorkloadReport {
        source: digests(source).await?,
        from: log.first.to_string(),
        to: last.map_err(EvidenceError::engine)?.to_string(),
        within_budget: request.budget.map(|budget| within(&log, request, budget)),
        request: request.clone(),
        loads,
    })
}

fn snooze(request: &WorkloadRequest) -> i64 {
    i64::from(request.snooze_minutes) * 60_000_000
}

fn check(request: &WorkloadRequest) -> Result<TimeZone, EvidenceError> {
    let refuse = |why: String| Err(EvidenceError::Request { why });
    if !(0.5..1.0).contains(&request.level) {
        return refuse(format!("`level` must be from 0.5 to below 1, not {}", request.level));
    }
    if let Some(bad) = request.thresholds.iter().find(|it| Score::new(**it).is_err()) {
        return refuse(format!("a threshold must be a number from 0 to 1, not {bad}"));
    }
    if request.thresholds.is_empty() && request.budget.is_none() {
        return refuse("give a threshold, or a budget of alerts on a day".to_owned());
    }
    if request.snooze_minutes > 0 && request.patient.is_none() {
        return refuse("a snooze holds back alerts of one patient: name the patient column".into());
    }
    for (name, value) in [("minutes", request.minutes), ("budget", request.budget)] {
        if let Some(bad) = value.filter(|it| !(it.is_finite() && *it >= 0.0)) {
            return refuse(format!("`{name}` must be a number from 0 up, not {bad}"));
        }
    }
    TimeZone::get(&request.zone).or_else(|_| {
        let zone = &request.zone;
        refuse(format!("`{zone}` is no time zone; write it like Europe/Vienna or UTC"))
    })
}

fn within(log: &Log, request: &WorkloadRequest, budget: f64) -> WithinBudget {
    let lowest = |predictions: &[Prediction], units: usize| {
        let scores = predictions.iter().map(|it| Score::from_billionths(it.score));
        let mut scores: Vec<Score> = scores.collect();
        scores.sort_unstable();
        scores.dedup();
        let (count, snooze) = (log.count as usize, snooze(request));
        threshold_within(predictions, units, count, snooze, budget, &scores).map(Score::value)
    };
    let of_unit = |(unit, name): (u32, &String)| {
        let own = log.predictions.iter().filter(|it| it.unit == unit);
        let own: Vec<Prediction> = own.map(|it| Prediction { unit: 0, ..*it }).collect();
        (name.clone(), lowest(&own, 1))
    };
    let by_unit = (0..).zip(&log.units).filter(|_| request.unit.is_some()).map(of_unit).collect();
    WithinBudget { budget, by_unit, for_all: lowest(&log.predictions, log.units.len()) }
}

/// A row as it was read: the day is that since 1970.
struct Row {
    at: i64,
    day: i64,
    unit: u32,
    patient: Option<u32>,
    score: u32,
    outcome: Option<bool>,
}

/// Numbers for names, in the order of their first rows.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.numbers.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        number
    }
}

async fn read(
    source: &Source,
    request: &WorkloadRequest,
    zone: &TimeZone,
) -> Result<Log, EvidenceError> {
    let optional = [&request.unit, &request.patient, &request.outcome].into_iter().flatten();
    let mut columns = vec![request.score.clone(), request.time.clone()];
    columns.extend(optional.cloned());
    let asked = asked(request);
    let (mut units, mut patients) = (Names::default(), Names::default());
    let mut rows: Vec<Row> = Vec::new();
    in_order::once(source, &asked, columns, |batch| {
        take(batch, request, zone, (&mut units, &mut patients), &mut rows)
    })
    .await?;
    if rows.is_empty() {
        return Err(EvidenceError::NoRows { filters: asked.filters() });
    }
    let (first, last) = rows
        .iter()
        .fold((i64::MAX, i64::MIN), |ends, row| (ends.0.min(row.day), ends.1.max(row.day)));
    let count = u32::try_from(last - first + 1).ok().filter(|count| *count <= MOST_DAYS);
    let Some(count) = count else {
        let why = format!(
            "the log spans {} days, more than {MOST_DAYS}: look for a wrong time in `{}`",
            last.saturating_sub(first).saturating_add(1),
            request.time
        );
        return Err(EvidenceError::Request { why });
    };
    // Units by name: the report must not depend on the order of the rows.
    if request.unit.is_none() {
        units.number("all");
    }
    let mut order: Vec<(u32, String)> = (0..).zip(units.names).collect();
    order.sort_by(|a, b| a.1.cmp(&b.1));
    let mut place = vec![0; order.len()];
    for (new, (old, _)) in (0..).zip(&order) {
        if let Some(place) = place.get_mut(*old as usize) {
            *place = new;
        }
    }
    let of = |row: Row| Prediction {
        unit: place.get(row.unit as usize).copied().unwrap_or_default(),
        at: row.at,
        day: u32::try_from(row.day - first).unwrap_or_default(),
        patient: row.patient,
        score: row.score,
        outcome: row.outcome,
    };
    let day = SignedDuration::from_hours(24 * first);
    Ok(Log {
        predictions: rows.into_iter().map(of).collect(),
        units: order.into_iter().map(|(_, name)| name).collect(),
        first: Date::constant(1970, 1, 1).checked_add(day).map_err(EvidenceError::engine)?,
        count,
    })
}

/// The reading of the log that is asked for.
fn asked(request: &WorkloadRequest) -> Request {
    let by = [&request.unit, &request.patient].into_iter().flatten();
    Request {
        time: Some(request.time.clone()),
        by: by.cloned().collect(),
        columns: request.columns.clone(),
        equals: request.equals.clone(),
        ..Request::new(request.outcome.clone().unwrap_or_default(), &request.score)
    }
}

/// The first of two faults by row.
fn first<T>(one: Result<T, FaultAt>, fault: &mut Option<FaultAt>) -> Option<T> {
    match one {
        Ok(value) => Some(value),
        Err(at) => {
            if fault.as_ref().is_none_or(|before| at.row < before.row) {
                *fault = Some(at);
            }
            None
        }
    }
}

fn take(
    batch: &RecordBatch,
    request: &WorkloadRequest,
    zone: &TimeZone,
    (units, patients): (&mut Names, &mut Names),
    rows: &mut Vec<Row>,
) -> Result<(), FaultAt> {
    let mut fault = None;
    let named = |name: &Option<String>| {
        name.as_ref().map(|name| in_order::column(batch, name, column::views)).transpose()
    };
    let scores = first(in_order::column(batch, &request.score, column::scores), &mut fault);
    let instants = first(in_order::column(batch, &request.time, column::instants), &mut fault);
    let outcomes = request.outcome.as_ref();
    let outcomes =
        outcomes.map(|name| in_order::column(batch, name, column::outcomes_or_none)).transpose();
    let outcomes = first(outcomes, &mut fault).flatten();
    let unit = first(named(&request.unit), &mut fault).flatten();
    let patient = first(named(&request.patient), &mut fault).flatten();
    let mut missing = |row: usize, column: &str| {
        let at = FaultAt { row, column: column.to_owned(), fault: RowFault::Missing };
        first::<()>(Err(at), &mut fault);
    };
    let text = |column: &Option<StringViewArray>, row: usize| -> Option<String> {
        let column = column.as_ref()?;
        let value = (!column.is_null(row)).then(|| column.value(row).trim())?;
        (!value.is_empty()).then(|| value.to_owned())
    };
    let known = outcomes.as_ref().and_then(|it| it.as_boolean_opt());
    let outcome = |row| known.and_then(|it| it.is_valid(row).then(|| it.value(row)));
    let mut read = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let at = instants.as_ref().and_then(|instants| *instants.get(row)?);
        if instants.is_some() && at.is_none() {
            missing(row, &request.time);
            break;
        }
        let (name, who) = (text(&unit, row), text(&patient, row));
        for (asked, column, value) in
            [(&request.unit, &unit, &name), (&request.patient, &patient, &who)]
        {
            if let (Some(asked), Some(_), None) = (asked, column, value) {
                missing(row, asked);
            }
        }
        let of = |scores: &Vec<u32>| scores.get(row).copied();
        let (Some(at), Some(score)) = (at, scores.as_ref().and_then(of)) else { continue };
        read.push((at, score, name, who, outcome(row)));
    }
    if let Some(fault) = fault {
        return Err(fault);
    }
    for (row, (at, score, name, who, outcome)) in read.into_iter().enumerate() {
        let unit = name.map_or(0, |name| units.number(&name));
        if units.names.len() > MOST_UNITS {
            let fault = RowFault::TooManyLevels { most: MOST_UNITS };
            let column = request.unit.clone().unwrap_or_default();
            return Err(FaultAt { row, column, fault });
        }
        let Some(day) = day_of(at, zone) else {
            let fault = RowFault::Time { value: at.to_string() };
            return Err(FaultAt { row, column: request.time.clone(), fault });
        };
        let patient = who.map(|who| patients.number(&who));
        rows.push(Row { at, day, unit, patient, score, outcome });
    }
    Ok(())
}

/// The day since 1970 on which an instant lies in a zone.
fn day_of(micros: i64, zone: &TimeZone) -> Option<i64> {
    let date = zone.to_datetime(Timestamp::from_microsecond(micros).ok()?).date();
    let since = Date::constant(1970, 1, 1).duration_until(date);
    Some(since.as_hours() / 24)
}
