//! Predicted numbers.

use super::cohorts::Grouping;
use super::{Cohorts, RowsRead, check_level, each_batch, numbers};
use crate::{EvidenceError, Source};
use serde::Serialize;
use statistics::{Counts, Finding, Number, OfValue, Valued};

/// Which columns hold what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValuesRequest {
    /// Column of the observed value.
    pub observed: String,
    /// Column of the predicted value.
    pub predicted: String,
    /// Columns of the lower and the upper end of the prediction interval.
    pub interval: Option<(String, String)>,
    /// Nominal coverage of the intervals of the measures.
    pub level: f64,
    /// Columns whose levels are the cohorts, and intersections of them such as `race*sex`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<String>,
}

/// What predicted numbers are worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValuesReport {
    /// What was asked.
    pub request: ValuesRequest,
    /// What was read.
    pub rows: RowsRead,
    /// Every measure.
    pub estimates: Vec<Finding<OfValue>>,
    /// The same of each cohort; when the request names any attribute.
    #[serde(flatten, skip_serializing_if = "Cohorts::is_empty")]
    pub by_cohort: Cohorts<OfValue>,
}

/// Reads predicted numbers and measures them.
///
/// # Errors
/// When the request contradicts itself, a file cannot be used, or a row is bad: also one whose
/// prediction interval ends below where it starts. Then nothing is computed.
pub async fn values(
    source: &Source,
    request: &ValuesRequest,
) -> Result<ValuesReport, EvidenceError> {
    check_level(request.level)?;
    let mut rows = Vec::new();
    let mut grouping = Grouping::by(&request.by, source)?;
    let by = grouping.columns();
    let mut columns = vec![request.observed.as_str(), &request.predicted];
    columns.extend(request.interval.iter().flat_map(|(lower, upper)| [lower.as_str(), upper]));
    columns.extend(by.iter().map(String::as_str));
    each_batch(source, &columns, |batch| {
        let observed = batch.read(0, numbers)?;
        let predicted = batch.read(1, numbers)?;
        let ends = match request.interval {
            Some(_) => Some((batch.read(2, numbers)?, batch.read(3, numbers)?)),
            None => None,
        };
        for (at, (observed, predicted)) in observed.into_iter().zip(predicted).enumerate() {
            let ends = ends.as_ref().and_then(|(lower, upper)| lower.get(at).zip(upper.get(at)));
            if let Some((lower, upper)) = ends
                && lower > upper
            {
                let why = format!("the interval from {lower} to {upper} ends below its start");
                return Err(batch.fault(at, 2, why));
            }
            let number = |value: f64| {
                Number::new(value).ok_or_else(|| batch.fault(at, 0, format!("{value} is infinite")))
            };
            let interval = match ends {
                Some((&lower, &upper)) => Some((number(lower)?, number(upper)?)),
                None => None,
            };
            let (observed, predicted) = (number(observed)?, number(predicted)?);
            rows.push(Valued { observed, predicted, interval });
        }
        grouping.take(batch)
    })
    .await?;
    let found = |rows: &Counts<_>| statistics::value_estimates(rows, request.level);
    let by_cohort = grouping.found(&rows, found);
    let rows = Counts::from_rows(rows);
    Ok(ValuesReport {
        request: request.clone(),
        rows: RowsRead::of(source, &rows)?,
        estimates: found(&rows),
        by_cohort,
    })
}
