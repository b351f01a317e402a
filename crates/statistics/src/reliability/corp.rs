//! The Brier score as miscalibration, discrimination and uncertainty, without bins.

use crate::calibration;
use crate::estimate::SMALLEST_CELL;
use crate::math::Sum;
use crate::{Bin, Tally};
use serde::Serialize;

/// What a Brier score is made of: `brier = miscalibration - discrimination + uncertainty`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BrierDecomposition {
    /// Mean squared difference of score and outcome, 0 to 1.
    pub brier: f64,
    /// What the score would lose if it were recalibrated as well as can be (MCB). 0 when no rising
    /// change of the scores helps. Where scores are kept in bands it can fall below 0 by what the
    /// bands blur.
    pub miscalibration: f64,
    /// What the recalibrated score knows beyond the outcome rate (DSC). At least 0.
    pub discrimination: f64,
    /// The Brier score of the outcome rate itself, ȳ(1 − ȳ) (UNC). 0 to one quarter.
    pub uncertainty: f64,
}

/// Decomposes the Brier score as Dimitriadis, Gneiting & Jordan do (PNAS 2021;118:e2016191118,
/// "CORP"): with c the isotonic regression of the outcome on the score,
/// MCB = B(p) − B(c), DSC = ȳ(1 − ȳ) − B(c), UNC = ȳ(1 − ȳ).
///
/// The regression is exact: pool-adjacent-violators in whole numbers on the rows of each distinct
/// score. It fits the rows at hand, so that with few of them both MCB and DSC are too large.
#[must_use]
pub fn brier_decomposition(tally: &Tally) -> Option<BrierDecomposition> {
    if tally.n < SMALLEST_CELL {
        return None;
    }
    let n = tally.n as f64;
    // A pool of n rows with k events, scored k/n, has squared errors k(n − k)/n.
    let left: Sum = pools(tally.histogram.bins()).iter().map(|pool| pool.spread()).collect();
    let recalibrated = left.value() / n;
    let brier = calibration::brier_score(tally);
    let uncertainty = Pool { rows: tally.n, events: tally.events }.spread() / n;
    Some(BrierDecomposition {
        brier,
        miscalibration: brier - recalibrated,
        discrimination: uncertainty - recalibrated,
        uncertainty,
    })
}

/// Rows with neighbouring scores that isotonic regression gives one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pool {
    pub(super) rows: u64,
    pub(super) events: u64,
}

impl Pool {
    fn spread(self) -> f64 {
        self.events as f64 * ((self.rows - self.events) as f64 / self.rows as f64)
    }

    /// True when no larger a share of these rows than of `other` has the outcome.
    fn at_most(self, other: Self) -> bool {
        let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
        product(self.events, other.rows) <= product(other.events, self.rows)
    }
}

/// The pools of isotonic regression, ascending by score: each takes in the one below as long as
/// that has no smaller share of events.
pub(super) fn pools(bins: &[Bin]) -> Vec<Pool> {
    let mut pools: Vec<Pool> = Vec::new();
    for bin in bins {
        let mut open = Pool { rows: bin.without + bin.with, events: bin.with };
        while let Some(below) = pools.pop_if(|below| open.at_most(*below)) {
            open.rows += below.rows;
            open.events += below.events;
        }
        pools.push(open);
    }
    pools
}
