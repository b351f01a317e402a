//! Expected calibration error, with the bins that it rests on.

use crate::Tally;
use crate::curves::{Gathered, equal_mass, equal_width};
use crate::estimate::SMALLEST_CELL;
use crate::math::Sum;
use serde::Serialize;

/// Which rows are compared together. At most as many bins as asked for (at least one): rows with
/// one score stay together, and a bin with fewer than [`SMALLEST_CELL`] rows is joined with the
/// next above, the topmost with the one below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binning {
    /// About as many rows in each, by quantile of score: the groups of
    /// [`crate::calibration_curve`].
    EqualMass(usize),
    /// Score ranges of equal width; a score on an edge belongs to the range above it.
    EqualWidth(usize),
}

/// The rows of one bin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Rows; at least [`SMALLEST_CELL`].
    pub n: u64,
    /// Rows whose outcome happened.
    pub events: u64,
    /// Mean score, 0 to 1.
    pub mean_score: f64,
    /// Share of rows whose outcome happened, 0 to 1.
    pub observed: f64,
}

/// How far bins lie from the diagonal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibrationError {
    /// Expected calibration error: mean over rows of |observed − mean score| of their bin. Chance
    /// alone makes it positive, the more so the more bins there are.
    pub absolute: f64,
    /// The same with squares.
    pub squared: f64,
    /// The squares without what chance adds: Σ (n_b/n)[(ȳ_b − p̄_b)² − ȳ_b(1 − ȳ_b)/(n_b − 1)].
    /// About 0, and often below it, when scores are right.
    pub squared_unbiased: f64,
    /// The bins, ascending by score.
    pub bins: Vec<CalibrationBin>,
}

/// The calibration error of a tally by bins. None with fewer than [`SMALLEST_CELL`] rows.
///
/// Equal mass and equal width give different numbers for the same rows, and so do other numbers of
/// bins: compare only what was binned alike. The correction for chance is that of Bröcker, Clim Dyn
/// 2012;39:655, and Kumar, Liang & Ma, NeurIPS 2019; it is exact when a bin's rows have one score.
#[must_use]
pub fn calibration_error(tally: &Tally, binning: Binning) -> Option<CalibrationError> {
    let gathered = match binning {
        Binning::EqualMass(bins) => equal_mass(tally, bins),
        Binning::EqualWidth(bins) => equal_width(tally, bins),
    };
    if tally.n < SMALLEST_CELL || gathered.is_empty() {
        return None;
    }
    let bins: Vec<CalibrationBin> = gathered.iter().map(bin_of).collect();
    let over_rows = |term: fn(&CalibrationBin) -> f64| {
        let sum: Sum = bins.iter().map(|bin| bin.n as f64 * term(bin)).collect();
        sum.value() / tally.n as f64
    };
    let chance = |bin: &CalibrationBin| bin.observed * (1.0 - bin.observed) / (bin.n - 1) as f64;
    let squared = over_rows(|bin| bin.away() * bin.away());
    Some(CalibrationError {
        absolute: over_rows(|bin| bin.away().abs()),
        squared,
        squared_unbiased: squared - over_rows(chance),
        bins,
    })
}

impl CalibrationBin {
    fn away(&self) -> f64 {
        self.observed - self.mean_score
    }
}

fn bin_of(gathered: &Gathered) -> CalibrationBin {
    let Gathered { n, events, .. } = *gathered;
    let observed = events as f64 / n as f64;
    CalibrationBin { n, events, mean_score: gathered.mean_score(), observed }
}
