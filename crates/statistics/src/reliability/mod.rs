//! How reliable scores are as probabilities: what the Brier score is made of, and calibration as
//! one number, by bins and by a smooth curve.
//!
//! Each number depends on a choice that its name does not tell: which bins, which smoother. So the
//! bins come with the error, and the knots with the curve. [`brier_decomposition`] needs neither.
//!
//! Nothing comes out for cells with fewer than [`SMALLEST_CELL`] rows. Where a histogram keeps
//! scores in bands, the middle of a band stands for its rows.

mod binned;
mod corp;
mod smooth;
#[cfg(test)]
mod tests;

pub use binned::{Binning, CalibrationBin, CalibrationError, calibration_error};
pub use corp::{BrierDecomposition, brier_decomposition};
pub(crate) use smooth::fit_curve;
pub use smooth::{Knots, SmoothCalibration, smooth_calibration};

use crate::estimate::SMALLEST_CELL;
use crate::math::Sum;
use crate::{Score, Tally};
use serde::Serialize;

/// A test that all scores are right, against that they are not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spiegelhalter {
    /// Standard normal when every score is the chance of its row. Above 0 when the squared error is
    /// larger than the scores themselves lead to expect.
    pub z: f64,
    /// The chance of a z as far from 0 on either side.
    pub p_value: f64,
}

/// Spiegelhalter's test, Stat Med 1986;5:421: Z = Σ(y − p)(1 − 2p) / √Σ(1 − 2p)²p(1 − p).
///
/// It is the Brier score less what is expected of it, over its standard error, both as if the
/// scores were right. It needs no bins, but sees nothing in rows scored near one half. None when
/// all scores are 0, one half or 1, where it has no variance.
#[must_use]
pub fn spiegelhalter(tally: &Tally) -> Option<Spiegelhalter> {
    if tally.n < SMALLEST_CELL {
        return None;
    }
    let variance: Sum = tally
        .histogram
        .bins()
        .iter()
        .map(|bin| {
            let p = tally.histogram.score_of(bin).value();
            let pull = 1.0 - 2.0 * p;
            (bin.without + bin.with) as f64 * pull * pull * p * (1.0 - p)
        })
        .collect();
    // Σy − Σp − 2Σyp + 2Σp² in billionths of billionths: whole numbers until the one division.
    let scale = i128::from(Score::SCALE);
    let [events, scores, hits] =
        [tally.events, tally.score_sum, tally.event_score_sum].map(i128::from);
    let squares = i128::try_from(tally.score_square_sum).ok()?;
    let excess = scale * (scale * events - scores - 2 * hits) + 2 * squares;
    let z = excess as f64 / (scale * scale) as f64 / variance.value().sqrt();
    let p_value = libm::erfc(z.abs() / std::f64::consts::SQRT_2);
    z.is_finite().then_some(Spiegelhalter { z, p_value })
}
