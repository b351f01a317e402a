//! Tests that cross modules: against slow references, under transformations, by simulation.

mod coverage;
mod hand_computed;
mod metamorphic;
mod oracle;
mod reference;
mod simulation;

pub(crate) use reference::some_rows;

use crate::{Estimate, Measure, Score, Status, Tally, estimates};

pub(crate) type Row = (Score, bool);

pub(crate) fn score(value: f64) -> Score {
    Score::new(value).unwrap()
}

pub(crate) fn tally(rows: &[Row]) -> Tally {
    let mut rows = rows.to_vec();
    rows.sort();
    Tally::from_rows(rows)
}

/// Rows written as score and outcome.
pub(crate) fn rows(written: &[(f64, u8)]) -> Vec<Row> {
    written.iter().map(|&(value, outcome)| (score(value), outcome == 1)).collect()
}

/// The one row of a measure, at 95 % and with flags from 0.5.
pub(crate) fn estimate(tally: &Tally, measure: Measure) -> Estimate {
    let mut found = estimates(tally, None, None, &[score(0.5)], 0.95);
    found.retain(|estimate| estimate.measure == measure);
    assert_eq!(found.len(), 1, "{measure}");
    found.remove(0)
}

/// Estimate, lower and upper end; the estimate thrice where there is no interval.
pub(crate) fn numbers(estimate: &Estimate) -> [f64; 3] {
    assert_eq!(estimate.status, Status::Estimated, "{estimate:?}");
    let ends = if estimate.measure.has_interval() {
        [estimate.lower, estimate.upper]
    } else {
        [estimate.estimate; 2]
    };
    [estimate.estimate, ends[0], ends[1]].map(Option::unwrap)
}

#[track_caller]
pub(crate) fn assert_near(found: f64, right: f64, within: f64, what: &str) {
    assert!((found - right).abs() <= within, "{what}: {found}, not {right}");
}
