//! Pure functions from integer tallies to estimates, tests and detectors.
//!
//! Everything starts from a [`Tally`]: the integer counts of one cell of a prediction log. Tallies
//! merge, so a result is the same bit for bit however the rows were split, and on every platform.
//! No function here reads a file, a clock or entropy, and none knows what a use case is. What
//! resamples takes a seed.
//!
//! - [`estimates`] gives every measure of one cell, [`fairness_gaps`] how far groups lie apart;
//!   both as flat [`Estimate`] rows. What the rows do not determine is said to be so, never
//!   guessed.
//! - [`newcombe`], [`katz`], [`equal_rates`], [`equal_values`] and [`shrunk_rates`] compare groups
//!   from their counts alone.
//! - [`calibration_curve`], [`roc_curve`], [`decision_curve`] and [`risk_distribution`] give the
//!   pictures.
//! - [`brier_decomposition`], [`calibration_error`], [`smooth_calibration`] and [`spiegelhalter`]
//!   say how reliable scores are as probabilities, with the bins or knots that they rest on.
//! - [`sample_size`] says how many rows an interval of a wanted width takes, and how wide the
//!   interval is that so many rows give.
//! - [`Ratings`] is what raters gave to items: agreement, bias, and a judge put right by people.
//! - [`sampling`] draws samples whose chances are known, says what they tell about everything, and
//!   shares items out among raters; [`workload`] says what alerts ask of a unit, day by day.
//! - [`compare_claim`] sets what somebody claims beside what was measured here.
//! - [`EDetector`] watches calibration period by period, with a guaranteed false-alarm budget.

mod agreement;
mod answer;
mod average_precision;
mod calibration;
#[cfg(test)]
mod chance;
mod claim;
mod classes;
mod clustered;
mod cohort;
mod counts;
mod curves;
mod detector;
mod discrimination;
mod estimate;
mod estimates;
mod fairness;
mod finding;
mod grid;
mod groups;
mod histogram;
mod intersection;
mod log_odds;
mod math;
mod measure;
mod ordinal;
mod paired;
mod partial_auroc;
mod quantile;
mod ranks;
mod ratings;
mod recalibration;
mod reliability;
pub mod sample_size;
pub mod sampling;
mod score;
mod student;
mod suppression;
mod survival;
mod tally;
#[cfg(test)]
mod tests;
mod threshold;
mod values;
pub mod workload;

pub use agreement::{agreement, mean};
pub use claim::{Claim, ClaimRule, Comparison, Gap, Obstacle, Verdict, compare_claim, is_better};
pub use classes::{ClassMeasure, ClassRow, OfClass, class_estimates, confusion};
pub use clustered::{
    CLUSTER_GROUPS, FEWEST_GROUPS, Jackknife, cluster_group, clustered_estimates,
    compare_models_by_cluster, jackknife,
};
pub use cohort::Cohort;
pub use counts::{Counts, Merge, Number};
pub use curves::{
    AvoidedInterventions, CURVE_LEVEL, CalibrationCurve, CalibrationGroup, DecisionCurve,
    DecisionPoint, PrecisionRecallCurve, PrecisionRecallPoint, RiskBin, RiskDistribution, RocCurve,
    RocPoint, SmoothCurve, SmoothPoint, calibration_curve, decision_curve, precision_recall_curve,
    risk_distribution, roc_curve, smooth_curve,
};
pub use detector::{Direction, EDetector, Step, run_length_per_stream};
pub use discrimination::{bnsp_auroc, bpsn_auroc};
pub use estimate::{End, Estimate, SMALLEST_CELL, Status};
pub use estimates::{estimates, suppressed_estimates};
pub use fairness::fairness_gaps;
pub use finding::Finding;
pub use grid::{Bands, Grid};
pub use groups::{
    Heterogeneity, ShrunkRate, ShrunkRates, equal_rates, equal_values, katz, newcombe, shrunk_rates,
};
pub use histogram::{Bin, Histogram};
pub use intersection::{attribute_in_words, crossed_level, intersected, levels_crossed};
pub use measure::{Better, Measure, UnknownMeasure};
pub use ordinal::{Graded, OfGrade, OrdinalMeasure, ordinal_estimates};
pub use paired::{Contrast, Pair, compare_models, tallies, tango};
pub use quantile::{Quantile, quantile};
pub use ratings::{
    Agreement, Coefficient, DefectRate, Distance, IccForm, LimitVerdict, PpiMean, RaterMean,
    Ratings, RatingsError, Reliance, Weights, judge_bias, prediction_powered_mean,
    prediction_powered_rate,
};
pub use reliability::{
    Binning, BrierDecomposition, CalibrationBin, CalibrationError, Knots, SmoothCalibration,
    Spiegelhalter, brier_decomposition, calibration_error, smooth_calibration, spiegelhalter,
};
pub use score::{Score, ScoreError};
pub use suppression::{Line, hidden_cells};
pub use survival::{
    AtHorizon, Ending, FollowUp, HorizonRows, SurvivalMeasure, horizon_rows, survival_estimates,
};
pub use tally::Tally;
pub use threshold::wilson;
pub use values::{OfValue, ValueMeasure, Valued, value_estimates};
