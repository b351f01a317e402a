//! Pure functions from integer tallies to estimates, tests and detectors.
//!
//! Everything starts from a [`Tally`]: the integer counts of one cell of a prediction log. Tallies merge, so a
//! result is the same bit for bit however the rows were split. No function here reads a file, a clock or a random
//! number, and none knows what a use case is.

mod answer;
mod calibration;
mod cohort;
mod curves;
mod detector;
mod discrimination;
mod estimate;
mod estimates;
mod fairness;
mod histogram;
mod math;
mod measure;
mod score;
mod tally;
#[cfg(test)]
mod tests;
mod threshold;

pub use cohort::Cohort;
pub use curves::{
    CURVE_LEVEL, CalibrationCurve, CalibrationGroup, DecisionCurve, DecisionPoint, RiskBin,
    RiskDistribution, RocCurve, RocPoint, calibration_curve, decision_curve, risk_distribution,
    roc_curve,
};
pub use detector::{Direction, EDetector, Step, run_length_per_stream};
pub use estimate::{End, Estimate, SMALLEST_CELL, Status};
pub use estimates::estimates;
pub use fairness::fairness_gaps;
pub use histogram::{Bin, Histogram};
pub use measure::{Better, Measure, UnknownMeasure};
pub use score::{Score, ScoreError};
pub use tally::Tally;
pub use threshold::wilson;
