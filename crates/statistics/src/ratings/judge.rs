//! A judge model that rates everything, put right by people who rate a part.

use crate::agreement::mean;
use crate::math;
use serde::Serialize;

/// A mean of what people would have given, from a judge's ratings of all and people's of some.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PpiMean {
    /// The mean.
    pub estimate: f64,
    /// Lower end of its normal interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// People's rating less the judge's, on average: the judge's bias with its sign turned.
    pub correction: f64,
    /// Items that only the judge rated.
    pub judged: usize,
    /// Items that people rated too.
    pub labelled: usize,
}

/// Prediction-powered inference on a mean: the judge's mean over the items that only it rated, plus
/// the mean of people less judge over those that people rated too; the variances of the two add
/// up. Right whatever the judge's bias, and narrower than people alone where the judge is good.
/// Angelopoulos and others, Science 2023;382:669 (formula unverified there).
///
/// `judged` are the judge's ratings of items that people did not rate; `pairs` are people's and the
/// judge's of the others, drawn at random from all. None with fewer than two of either. `level` is
/// the nominal coverage, brought into 0.5 to 0.999999; meant for dozens of pairs, as with few the
/// interval is too short.
#[must_use]
pub fn prediction_powered_mean(
    judged: &[f64],
    pairs: &[(f64, f64)],
    level: f64,
) -> Option<PpiMean> {
    let (judge, lower, upper) = mean(judged, level)?;
    let gaps: Vec<f64> = pairs.iter().map(|(people, judge)| people - judge).collect();
    let (correction, gap_lower, gap_upper) = mean(&gaps, level)?;
    let z = math::critical_value(level);
    let (a, b) = ((upper - lower) / (2.0 * z), (gap_upper - gap_lower) / (2.0 * z));
    let half = z * (a * a + b * b).sqrt();
    let estimate = judge + correction;
    Some(PpiMean {
        estimate,
        lower: estimate - half,
        upper: estimate + half,
        correction,
        judged: judged.len(),
        labelled: pairs.len(),
    })
}
