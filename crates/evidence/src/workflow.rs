//! What a score means for the people who act on it: how early it warns, and how often it calls.

use crate::scan::{in_environment, opened, why_not_gathered};
use crate::{EvidenceError, Request, Source, Unit, column, unit};
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use statistics::Quantile;

/// The quantiles of lead time.
const SHARES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

const MICROS_PER_HOUR: f64 = 3.6e9;
const MICROS_PER_DAY: f64 = 8.64e10;

/// How early a score warns at its operating threshold, and how often it calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    /// The operating threshold: the first of the request.
    pub threshold: f64,
    /// Encounters looked at.
    pub encounters: u64,
    /// Encounters left out because the outcome of some prediction was not known yet.
    pub immature: u64,
    /// Predictions of the encounters, those at or after the event left out.
    pub predictions: u64,
    /// Predictions at or above the threshold.
    pub alerts: u64,
    /// Encounters with such a prediction.
    pub alerted: u64,
    /// Encounters with an event.
    pub events: u64,
    /// Encounters in which such a prediction came before the event.
    pub warned: u64,
    /// Days from the first to the last prediction, of all encounters together: the time that
    /// patients were under the score.
    pub patient_days: f64,
    /// Alerts for each of these days; none without a day.
    pub alerts_per_patient_day: Option<f64>,
    /// Hours from the first alert to the event, of the encounters that were warned: quantiles, each
    /// with its interval.
    pub lead_hours: Vec<Quantile>,
}

/// Looks at how early a score warns and how often it calls.
///
/// It needs the columns of encounter and time, the operating threshold, and either `events` or the
/// column `event_time`. Rows are selected as by [`crate::tally`].
///
/// # Errors
/// As [`crate::tally`].
pub async fn workflow(source: &Source, request: &Request) -> Result<Workflow, EvidenceError> {
    let asked = Request { unit: Unit::FirstCrossing, ..request.clone() };
    if asked.event_time.is_none() && asked.events.is_none() {
        let why = "lead time needs the time of the event: name it in `event_time`, or `events`";
        return Err(EvidenceError::Request { why: why.into() });
    }
    let (opened, request) = opened(source, &asked).await?;
    let frame = in_environment(unit::leads(opened.views()?, &request)?)?;
    let mut found = Gathered::default();
    let Ok(mut stream) = frame.execute_stream().await else {
        return Err(why_not_gathered(&opened, &request).await);
    };
    while let Some(batch) = stream.next().await {
        let Ok(batch) = batch else { return Err(why_not_gathered(&opened, &request).await) };
        found.add(&batch, &request);
    }
    if found.encounters + found.immature == 0 {
        return Err(EvidenceError::NoRows { filters: request.filters() });
    }
    Ok(found.finish(&request))
}

/// Counts over encounters.
#[derive(Debug, Default)]
struct Gathered {
    encounters: u64,
    immature: u64,
    predictions: u64,
    alerts: u64,
    alerted: u64,
    events: u64,
    /// Microseconds from first to last prediction.
    span: i128,
    /// Microseconds from first alert to event.
    leads: Vec<i64>,
}

impl Gathered {
    fn add(&mut self, batch: &RecordBatch, request: &Request) {
        let instants = |name: &str| -> Vec<Option<i64>> {
            let found = batch.column_by_name(name);
            let found =
                found.and_then(|array| array.as_primitive_opt::<TimestampMicrosecondType>());
            found.map_or_else(|| vec![None; batch.num_rows()], |array| array.iter().collect())
        };
        let counts = |name: &str| -> Vec<u64> {
            let found = batch.column_by_name(name);
            let found = found.and_then(|array| array.as_primitive_opt::<Int64Type>());
            let count = |count: Option<i64>| count.and_then(|it| u64::try_from(it).ok());
            let zero = || vec![0; batch.num_rows()];
            found.map_or_else(zero, |it| it.iter().map(|c| count(c).unwrap_or_default()).collect())
        };
        let (crossing, event) = (instants("crossing"), instants("event"));
        let (first, last) = (instants("first"), instants("last"));
        let (predictions, alerts) = (counts("predictions"), counts("alerts"));
        let known = counts("known").into_iter().zip(instants("matured"));
        let as_of = request.as_of.filter(|_| request.matured.is_some()).map(column::micros);
        let rows = crossing.into_iter().zip(event).zip(first.into_iter().zip(last));
        let rows = rows.zip(predictions.into_iter().zip(alerts)).zip(known);
        for ((((crossing, event), (first, last)), (predictions, alerts)), (known, matured)) in rows
        {
            let is_known = |as_of| known == predictions && matured.is_some_and(|at| at <= as_of);
            if as_of.is_some_and(|as_of| !is_known(as_of)) {
                self.immature += 1;
                continue;
            }
            self.encounters += 1;
            self.predictions += predictions;
            self.alerts += alerts;
            self.alerted += u64::from(alerts > 0);
            self.events += u64::from(event.is_some());
            self.span += first.zip(last).map_or(0, |(a, b)| i128::from(b) - i128::from(a));
            self.leads
                .extend(crossing.zip(event).map(|(alert, event)| event.saturating_sub(alert)));
        }
    }

    fn finish(mut self, request: &Request) -> Workflow {
        self.leads.sort_unstable();
        let hours: Vec<f64> =
            self.leads.iter().map(|&lead| lead as f64 / MICROS_PER_HOUR).collect();
        let quantile = |share: f64| statistics::quantile(&hours, share, request.level);
        let days = self.span as f64 / MICROS_PER_DAY;
        Workflow {
            threshold: request.thresholds.first().copied().unwrap_or_default(),
            encounters: self.encounters,
            immature: self.immature,
            predictions: self.predictions,
            alerts: self.alerts,
            alerted: self.alerted,
            events: self.events,
            warned: hours.len() as u64,
            patient_days: days,
            alerts_per_patient_day: (days > 0.0).then(|| self.alerts as f64 / days),
            lead_hours: SHARES.into_iter().filter_map(quantile).collect(),
        }
    }
}
