//! Predicted risks at a horizon, with follow-up that may end before it.

use super::cohorts::Grouping;
use super::{Cohorts, RowsRead, check_level, each_batch, labels, numbers, scores, thresholds};
use crate::column::At;
use crate::{EvidenceError, RowFault, Source};
use datafusion::arrow::array::ArrayRef;
use serde::Serialize;
use statistics::{
    AtHorizon, Counts, Ending, Finding, FollowUp, HorizonRows, Number, SMALLEST_CELL,
};

/// Which columns hold what, and how far is looked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SurvivalRequest {
    /// Column of the time followed, 0 or more.
    pub time: String,
    /// Column of how that ended: 0 censored, 1 the event, 2 a competing event.
    pub event: String,
    /// Column of the predicted risk of the event by the horizon.
    pub score: String,
    /// The horizon, in the unit of the time.
    pub horizon: f64,
    /// Thresholds at which a row is flagged (`score >= threshold`).
    pub thresholds: Vec<f64>,
    /// Nominal coverage of the intervals.
    pub level: f64,
    /// Columns whose levels are the cohorts, and intersections of them such as `race*sex`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<String>,
}

/// What predicted risks at a horizon are worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SurvivalReport {
    /// What was asked.
    pub request: SurvivalRequest,
    /// What was read.
    pub rows: RowsRead,
    /// How many rows there are of each kind. None when there are too few to be shown.
    pub known: Option<HorizonRows>,
    /// Every measure.
    pub estimates: Vec<Finding<AtHorizon>>,
    /// The same of each cohort; when the request names any attribute.
    #[serde(flatten, skip_serializing_if = "Cohorts::is_empty")]
    pub by_cohort: Cohorts<AtHorizon>,
}

/// Reads follow-up and predicted risks, and measures them at a horizon.
///
/// # Errors
/// When the request contradicts itself, a file cannot be used, or a row is bad; then nothing is
/// computed.
pub async fn survival(
    source: &Source,
    request: &SurvivalRequest,
) -> Result<SurvivalReport, EvidenceError> {
    check_level(request.level)?;
    let thresholds = thresholds(&request.thresholds)?;
    let horizon = Number::new(request.horizon).filter(|_| request.horizon > 0.0);
    let Some(horizon) = horizon else {
        let why = format!("the horizon must be a time above 0, not {}", request.horizon);
        return Err(EvidenceError::Request { why });
    };
    let mut rows = Vec::new();
    let mut grouping = Grouping::by(&request.by, source)?;
    let by = grouping.columns();
    let mut columns = vec![request.event.as_str(), &request.score, &request.time];
    columns.extend(by.iter().map(String::as_str));
    each_batch(source, &columns, |batch| {
        let endings = batch.read(0, endings)?;
        let scores = batch.read(1, scores)?;
        let times = batch.read(2, times)?;
        let all = endings.into_iter().zip(scores).zip(times);
        rows.extend(all.map(|((ending, score), time)| FollowUp { time, ending, score }));
        grouping.take(batch)
    })
    .await?;
    let found = |rows: &Counts<_>| {
        statistics::survival_estimates(rows, horizon, &thresholds, request.level)
    };
    let by_cohort = grouping.found(&rows, found);
    let rows = Counts::from_rows(rows);
    let shown = rows.total() >= SMALLEST_CELL;
    Ok(SurvivalReport {
        request: request.clone(),
        rows: RowsRead::of(source, &rows)?,
        known: shown.then(|| statistics::horizon_rows(&rows, horizon)),
        estimates: found(&rows),
        by_cohort,
    })
}

fn endings(array: &ArrayRef) -> At<Vec<Ending>> {
    let read = |(row, text): (usize, &String)| match text.as_str() {
        "0" | "0.0" | "false" | "False" | "FALSE" => Ok(Ending::Censored),
        "1" | "1.0" | "true" | "True" | "TRUE" => Ok(Ending::Event),
        "2" | "2.0" => Ok(Ending::Competing),
        other => {
            let why = format!(
                "`{other}` is no end of follow-up: 0 is censored, 1 the event, 2 a competing event"
            );
            Err((row, RowFault::Unreadable { why }))
        }
    };
    labels(array)?.iter().enumerate().map(read).collect()
}

fn times(array: &ArrayRef) -> At<Vec<Number>> {
    let read = |(row, value): (usize, f64)| {
        let time = Number::new(value).filter(|_| value >= 0.0);
        let why = format!("`{value}` is no time of follow-up: it is 0 or more");
        time.ok_or((row, RowFault::Unreadable { why }))
    };
    numbers(array)?.into_iter().enumerate().map(read).collect()
}
