//! What a stratified sample says about everything it was drawn from.

use crate::math::{self, Sum};
use crate::threshold;
use serde::Serialize;

/// What was found in the items drawn from one stratum.
#[derive(Debug, Clone, PartialEq)]
pub struct Stratum {
    /// Items that the stratum has.
    pub population: u64,
    /// The values of those that were drawn and rated.
    pub values: Vec<f64>,
}

/// A mean over all items of all strata, from a sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WeightedMean {
    /// The mean.
    pub estimate: f64,
    /// Lower end of its interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Items that the mean is about.
    pub population: u64,
    /// Items that it rests on.
    pub n: u64,
    /// How many items a simple random sample would need to be as sure, when it is taken from very
    /// many; none where the values do not vary.
    pub effective: Option<f64>,
}

/// The mean over all items, each drawn item weighted by one over its chance to be drawn (the
/// estimator of Horvitz and Thompson, J Am Stat Assoc 1952;47:663): `Σ N_h ȳ_h / N`. The variance
/// is `Σ (N_h/N)² (1 − n_h/N_h) s_h²/n_h` (Cochran, theorem 5.3); the interval is the normal one,
/// meant for dozens of items.
///
/// Each stratum counts by its size whatever the share of it that was rated, so items that were
/// drawn and not rated are taken to be like the others of their stratum.
///
/// None when a stratum has items and none was rated, or one of several: then nothing is known about
/// how much it varies. Also when more were rated than there are, or a value is no number.
#[must_use]
pub fn stratified_mean(strata: &[Stratum], level: f64) -> Option<WeightedMean> {
    let (estimate, variance) = mean_and_variance(strata)?;
    let half = math::critical_value(level) * variance.sqrt();
    let found = told(strata, estimate, spread(strata, estimate), variance);
    Some(WeightedMean { lower: estimate - half, upper: estimate + half, ..found })
}

/// [`stratified_mean`] of findings that are 1 or 0, such as that an item has a defect. Its interval
/// is Wilson's at the size of a simple sample that is as sure (Korn and Graubard, Surv Methodol
/// 1998;24:193, with Wilson's interval in place of theirs), which stays inside 0 to 1 and has a
/// width when nothing was found, unless everything was looked at.
#[must_use]
pub fn stratified_rate(strata: &[Stratum], level: f64) -> Option<WeightedMean> {
    if strata.iter().flat_map(|it| &it.values).any(|value| *value != 0.0 && *value != 1.0) {
        return None;
    }
    let (estimate, variance) = mean_and_variance(strata)?;
    let estimate = estimate.clamp(0.0, 1.0);
    let found = told(strata, estimate, estimate * (1.0 - estimate), variance);
    let plain = found.n as f64;
    let whole = strata.iter().all(|it| it.values.len() as u64 == it.population);
    if whole {
        return Some(WeightedMean { lower: estimate, upper: estimate, ..found });
    }
    // Where nothing varies the sample counts as its size, and less when its weights differ (Kish).
    let as_sure = found.effective.unwrap_or_else(|| plain / unequal(strata));
    let (lower, upper) = threshold::wilson_at(estimate, as_sure, math::critical_value(level));
    if !(lower.is_finite() && upper.is_finite()) {
        return None;
    }
    Some(WeightedMean { lower, upper, ..found })
}

fn told(strata: &[Stratum], estimate: f64, spread: f64, variance: f64) -> WeightedMean {
    WeightedMean {
        estimate,
        lower: estimate,
        upper: estimate,
        population: strata.iter().map(|it| it.population).sum(),
        n: strata.iter().map(|it| it.values.len() as u64).sum(),
        effective: Some(spread / variance).filter(|it| it.is_finite() && *it > 0.0),
    }
}

fn mean_and_variance(strata: &[Stratum]) -> Option<(f64, f64)> {
    let all = strata.iter().map(|it| it.population).sum::<u64>() as f64;
    let (mut mean, mut variance) = (Sum::default(), Sum::default());
    for stratum in strata.iter().filter(|it| it.population > 0 || !it.values.is_empty()) {
        let (of_all, n) = (stratum.population as f64, stratum.values.len() as f64);
        if n < 1.0 || n > of_all || (n < 2.0 && of_all > 1.0) {
            return None;
        }
        let own = stratum.values.iter().copied().collect::<Sum>().value() / n;
        mean.add(of_all * own / all);
        if n < of_all {
            let squares: Sum = stratum.values.iter().map(|it| (it - own) * (it - own)).collect();
            let weight = of_all / all;
            let of_mean = squares.value() / (n - 1.0) / n;
            variance.add(weight * weight * (1.0 - n / of_all) * of_mean);
        }
    }
    let found = (mean.value(), variance.value());
    (all > 0.0 && found.0.is_finite() && found.1.is_finite()).then_some(found)
}

/// The variance of one item drawn from all, estimated.
fn spread(strata: &[Stratum], mean: f64) -> f64 {
    let all = strata.iter().map(|it| it.population).sum::<u64>() as f64;
    let of = |stratum: &Stratum| {
        let weight = stratum.population as f64 / all / stratum.values.len().max(1) as f64;
        let squares: Sum = stratum.values.iter().map(|it| (it - mean) * (it - mean)).collect();
        weight * squares.value()
    };
    strata.iter().map(of).collect::<Sum>().value()
}

/// How much longer unequal weights make an interval when nothing else is known: n Σw²/(Σw)², 1 when
/// all are the same. Kish, "Survey Sampling", section 11.7.
fn unequal(strata: &[Stratum]) -> f64 {
    let (mut n, mut sum, mut squares) = (0.0, Sum::default(), Sum::default());
    for stratum in strata.iter().filter(|it| !it.values.is_empty()) {
        let own = stratum.values.len() as f64;
        let weight = stratum.population as f64 / own;
        n += own;
        sum.add(own * weight);
        squares.add(own * weight * weight);
    }
    n * squares.value() / (sum.value() * sum.value())
}
