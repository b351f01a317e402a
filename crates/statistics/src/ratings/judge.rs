//! A judge model that rates everything, put right by people who rate a part.

use crate::agreement::mean;
use crate::math::{self, Sum};
use serde::Serialize;

/// The fewest items with a defect, and without one, among those that people rated, from which the
/// normal interval of a rate is given.
const FEWEST_OF_EACH: usize = 5;

/// How far a judge is relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reliance {
    /// Wholly: every rating of the judge counts as it is. With a poor judge the interval is wider
    /// than that of people alone. Angelopoulos and others, Science 2023;382:669.
    Full,
    /// As far as the pairs show that the judge helps, from 0 to 1: with a poor judge the result is
    /// that of people alone. Angelopoulos, Duchi and Zrnic, "PPI++", arXiv 2311.01453.
    Tuned,
}

/// A mean of what people would have given, from a judge's ratings of all and people's of some.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PpiMean {
    /// The mean.
    pub estimate: f64,
    /// Lower end of its normal interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// The weight of the judge's ratings, from 0 (people alone) to 1 (relied on wholly).
    pub weight: f64,
    /// What was added to the judge's weighted mean to put it right: the mean of people less the
    /// weighted judge. With weight 1 it is the judge's bias with its sign turned.
    pub correction: f64,
    /// Items that only the judge rated.
    pub judged: usize,
    /// Items that people rated too.
    pub labelled: usize,
    /// How many items people alone would have to rate for an interval as short: `labelled` times
    /// the variance of people's mean over that of the estimate. None where people all say the same.
    pub effective: Option<f64>,
}

/// Prediction-powered inference on a mean: the judge's mean over the items that only it rated, plus
/// the mean of people less judge over those that people rated too, both weighted by how far the
/// judge is relied on; the variances of the two add up. It is right whatever the judge's bias.
///
/// The variances have n − 1 below them, as everywhere here, where the authors' `ppi_py` has n: with
/// few pairs the interval is so much longer.
///
/// `judged` are the judge's ratings of items that people did not rate; `pairs` are people's and the
/// judge's of the others, drawn at random from all. None with fewer than two of either. `level` is
/// the nominal coverage, brought into 0.5 to 0.999999; an interval of 95 % holds the truth in about
/// 93 of 100 simulated studies with 50 pairs, and in 95 from 200 pairs on.
#[must_use]
pub fn prediction_powered_mean(
    judged: &[f64],
    pairs: &[(f64, f64)],
    reliance: Reliance,
    level: f64,
) -> Option<PpiMean> {
    let weight = match reliance {
        Reliance::Full => 1.0,
        Reliance::Tuned => tuned(judged, pairs)?,
    };
    let weighted: Vec<f64> = judged.iter().map(|judge| weight * judge).collect();
    let gaps: Vec<f64> = pairs.iter().map(|(people, judge)| people - weight * judge).collect();
    let people: Vec<f64> = pairs.iter().map(|(people, _)| *people).collect();
    let (judge, of_judge) = variance_of_mean(&weighted)?;
    let (correction, of_gaps) = variance_of_mean(&gaps)?;
    let (_, of_people) = variance_of_mean(&people)?;
    let half = math::critical_value(level) * (of_judge + of_gaps).sqrt();
    let estimate = judge + correction;
    let effective = pairs.len() as f64 * of_people / (of_judge + of_gaps);
    let found = PpiMean {
        estimate,
        lower: estimate - half,
        upper: estimate + half,
        weight,
        correction,
        judged: judged.len(),
        labelled: pairs.len(),
        effective: Some(effective).filter(|it| it.is_finite() && *it > 0.0),
    };
    (estimate.is_finite() && half.is_finite()).then_some(found)
}

/// [`prediction_powered_mean`] of a share, such as that of outputs with a defect; its ends are
/// brought into 0 to 1. `judged` says of each item that only the judge looked at whether it found a
/// defect, `pairs` what people and the judge found in the others.
///
/// None also when people found a defect in fewer than five of the pairs, or none in fewer than
/// five: the normal interval would be too short there, down to nothing. Use
/// [`wilson`](crate::wilson) on people's findings alone then.
#[must_use]
pub fn prediction_powered_rate(
    judged: &[bool],
    pairs: &[(bool, bool)],
    reliance: Reliance,
    level: f64,
) -> Option<PpiMean> {
    let with = pairs.iter().filter(|(people, _)| *people).count();
    if with < FEWEST_OF_EACH || pairs.len() - with < FEWEST_OF_EACH {
        return None;
    }
    let number = |found: bool| f64::from(u8::from(found));
    let judged: Vec<f64> = judged.iter().map(|found| number(*found)).collect();
    let pairs: Vec<_> = pairs.iter().map(|(one, other)| (number(*one), number(*other))).collect();
    let mut found = prediction_powered_mean(&judged, &pairs, reliance, level)?;
    found.estimate = found.estimate.clamp(0.0, 1.0);
    found.lower = found.lower.clamp(0.0, 1.0);
    found.upper = found.upper.clamp(0.0, 1.0);
    Some(found)
}

/// What a judge gives on average above what people give to the same items, with its normal
/// interval: mean, lower and upper end. `pairs` are people's and the judge's ratings. None with
/// fewer than two pairs.
#[must_use]
pub fn judge_bias(pairs: &[(f64, f64)], level: f64) -> Option<(f64, f64, f64)> {
    let gaps: Vec<f64> = pairs.iter().map(|(people, judge)| judge - people).collect();
    mean(&gaps, level)
}

/// The mean and its variance. None with fewer than two values.
fn variance_of_mean(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    if values.len() < 2 {
        return None;
    }
    let mean = values.iter().copied().collect::<Sum>().value() / n;
    let squares: Sum = values.iter().map(|value| (value - mean) * (value - mean)).collect();
    Some((mean, squares.value() / (n - 1.0) / n))
}

/// The weight with the shortest interval: cov(people, judge) / ((1 + n/N) var(judge)), the variance
/// over all items, brought into 0 to 1. Section 6 of PPI++, for a mean.
fn tuned(judged: &[f64], pairs: &[(f64, f64)]) -> Option<f64> {
    let (n, others) = (pairs.len() as f64, judged.len() as f64);
    let of = |values: &mut dyn Iterator<Item = f64>| values.collect::<Sum>().value();
    let people = of(&mut pairs.iter().map(|it| it.0)) / n;
    let judge = of(&mut pairs.iter().map(|it| it.1)) / n;
    let covariance = of(&mut pairs.iter().map(|it| (it.0 - people) * (it.1 - judge))) / n;
    let all: Vec<f64> = pairs.iter().map(|it| it.1).chain(judged.iter().copied()).collect();
    let (_, variance) = variance_of_mean(&all)?;
    let variance = variance * all.len() as f64;
    let weight = covariance / ((1.0 + n / others) * variance);
    // A judge who always says the same says nothing.
    Some(if variance > 0.0 { weight.clamp(0.0, 1.0) } else { 0.0 })
}
