//! Levels with an order, such as triage levels.

use super::cohorts::Grouping;
use super::{Cohorts, RowsRead, check_level, each_batch, labels};
use crate::{EvidenceError, Source};
use serde::Serialize;
use statistics::{Counts, Finding, Graded, OfGrade};

/// The most levels that there may be: the work grows with their fourth power.
const MOST_LEVELS: usize = 50;

/// Which columns hold what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GradesRequest {
    /// Column of the level that a row has.
    pub observed: String,
    /// Column of the level that the model gave.
    pub predicted: String,
    /// The levels from the lowest to the highest.
    pub levels: Vec<String>,
    /// Nominal coverage of the intervals.
    pub level: f64,
    /// Columns whose levels are the cohorts, and intersections of them such as `race*sex`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<String>,
}

/// What given levels are worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GradesReport {
    /// What was asked.
    pub request: GradesRequest,
    /// What was read.
    pub rows: RowsRead,
    /// Every measure.
    pub estimates: Vec<Finding<OfGrade>>,
    /// The same of each cohort; when the request names any attribute.
    #[serde(flatten, skip_serializing_if = "Cohorts::is_empty")]
    pub by_cohort: Cohorts<OfGrade>,
}

/// Reads levels and measures how far those given agree with those that rows have.
///
/// # Errors
/// When the request contradicts itself, a file cannot be used, or a row is bad: also one with a
/// level that is none. Then nothing is computed.
pub async fn grades(
    source: &Source,
    request: &GradesRequest,
) -> Result<GradesReport, EvidenceError> {
    check_level(request.level)?;
    let levels = &request.levels;
    if levels.len() < 2 || levels.len() > MOST_LEVELS {
        let why = format!("{} levels; name 2 to {MOST_LEVELS}, the lowest first", levels.len());
        return Err(EvidenceError::Request { why });
    }
    if let Some(level) = super::repeated(levels) {
        return Err(EvidenceError::Request { why: format!("the level `{level}` comes twice") });
    }
    let place = |label: &str| {
        let place = levels.iter().position(|level| level == label)?;
        u16::try_from(place).ok()
    };
    let mut rows = Vec::new();
    let mut grouping = Grouping::by(&request.by, source)?;
    let by = grouping.columns();
    let mut columns = vec![request.observed.as_str(), &request.predicted];
    columns.extend(by.iter().map(String::as_str));
    each_batch(source, &columns, |batch| {
        let both = batch.read(0, labels)?.into_iter().zip(batch.read(1, labels)?);
        for (at, (observed, predicted)) in both.enumerate() {
            let known = |label: &str, column: usize| {
                place(label).ok_or_else(|| {
                    let why = format!("`{label}` is none of the levels {}", levels.join(", "));
                    batch.fault(at, column, why)
                })
            };
            let (observed, predicted) = (known(&observed, 0)?, known(&predicted, 1)?);
            rows.push(Graded { observed, predicted });
        }
        grouping.take(batch)
    })
    .await?;
    // At most fifty.
    let count = levels.len() as u16;
    let found = |rows: &Counts<_>| statistics::ordinal_estimates(count, rows, request.level);
    let by_cohort = grouping.found(&rows, found);
    let rows = Counts::from_rows(rows);
    Ok(GradesReport {
        request: request.clone(),
        rows: RowsRead::of(source, &rows)?,
        estimates: found(&rows),
        by_cohort,
    })
}
