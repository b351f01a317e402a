//! Quantiles of what is ordered, with intervals that assume nothing of its distribution.

use crate::math;
use serde::{Deserialize, Serialize};

/// A quantile of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quantile {
    /// The share of the population below it, between 0 and 1.
    pub share: f64,
    /// Values in the sample.
    pub n: u64,
    /// The smallest value of the sample that has at least `share` of the sample at or below it.
    pub value: f64,
    /// The lower end of its interval; none when the sample is too small to have one.
    pub lower: Option<f64>,
    /// The upper end, likewise.
    pub upper: Option<f64>,
}

/// A quantile of values in ascending order; none without values, or when `share` is not between 0
/// and 1.
///
/// The ends of the interval are order statistics: how many values lie below the population's
/// quantile is binomial, whatever the distribution, so each end is missed with a chance of at most
/// half of `1 - level`. `level` is the nominal coverage, such as 0.95 (brought into 0.5 to
/// 0.999999). Conover, Practical Nonparametric Statistics, 3rd edition, section 3.2.
#[must_use]
pub fn quantile(ascending: &[f64], share: f64, level: f64) -> Option<Quantile> {
    let n = ascending.len();
    if n == 0 || !(share > 0.0 && share < 1.0) {
        return None;
    }
    let at_rank = |rank: usize| rank.checked_sub(1).and_then(|place| ascending.get(place)).copied();
    let rank = ((share * n as f64).ceil() as usize).clamp(1, n);
    let missed = (1.0 - math::usable_level(level)) / 2.0;
    let Binomial { first, chances } = Binomial::new(n, share);
    // The greatest rank of which fewer values than it lie below with a chance of `missed` at most.
    let mut below = 0.0;
    let mut lower = first;
    for chance in &chances {
        below += chance;
        if below > missed {
            break;
        }
        lower += 1;
    }
    // The smallest rank of which as many values or more lie below with that chance at most.
    let mut above = 0.0;
    let mut upper = first + chances.len();
    for chance in chances.iter().rev() {
        above += chance;
        if above > missed {
            break;
        }
        upper -= 1;
    }
    let value = at_rank(rank)?;
    Some(Quantile { share, n: n as u64, value, lower: at_rank(lower), upper: at_rank(upper) })
}

/// The chances of each count of a binomial distribution, without those too small to matter.
struct Binomial {
    /// The count of the first chance.
    first: usize,
    chances: Vec<f64>,
}

impl Binomial {
    fn new(n: usize, share: f64) -> Self {
        /// Below this part of the greatest chance, all others together do not change a digit.
        const NEGLIGIBLE: f64 = 1e-30;
        let odds = share / (1.0 - share);
        let mode = ((n as f64 + 1.0) * share).floor() as usize;
        let mode = mode.min(n);
        // From the most likely count outwards, each relative to it.
        let mut down = Vec::new();
        let mut chance = 1.0;
        for count in (1..=mode).rev() {
            chance *= count as f64 / ((n - count + 1) as f64 * odds);
            if chance < NEGLIGIBLE {
                break;
            }
            down.push(chance);
        }
        let first = mode - down.len();
        let mut chances: Vec<f64> = down.into_iter().rev().collect();
        chances.push(1.0);
        let mut chance = 1.0;
        for count in mode..n {
            chance *= (n - count) as f64 * odds / (count + 1) as f64;
            if chance < NEGLIGIBLE {
                break;
            }
            chances.push(chance);
        }
        let mut all = math::Sum::default();
        chances.iter().for_each(|&chance| all.add(chance));
        let all = all.value();
        chances.iter_mut().for_each(|chance| *chance /= all);
        Self { first, chances }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_too_small_has_an_open_interval() {
        let found = quantile(&[1.0, 2.0, 3.0], 0.5, 0.95).unwrap();
        assert_eq!((found.value, found.lower, found.upper), (2.0, None, None));
        assert_eq!(quantile(&[], 0.5, 0.95), None);
        assert_eq!(quantile(&[1.0], 1.0, 0.95), None);
        assert_eq!(quantile(&[1.0], f64::NAN, 0.95), None);
    }

    /// The ranks are those of `scipy.stats.quantile_test(x, q=0, p=share).confidence_interval(.95)`
    /// for x = 1, 2, …, n, of SciPy 1.17.1.
    #[test]
    fn the_ends_are_the_ranks_of_another_implementation() {
        let check = |n: u32, share: f64, lower: f64, upper: f64| {
            let values: Vec<f64> = (1..=n).map(f64::from).collect();
            let found = quantile(&values, share, 0.95).unwrap();
            assert_eq!((found.lower, found.upper), (Some(lower), Some(upper)), "{n} {share}");
        };
        check(50, 0.5, 18.0, 33.0);
        check(200, 0.1, 12.0, 30.0);
        check(1000, 0.9, 881.0, 919.0);
    }

    #[test]
    fn the_interval_covers_the_quantile_as_often_as_it_says() {
        // Uniform values, so that the quantile of a share is the share.
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        for (n, share) in [(200, 0.5), (200, 0.1), (2000, 0.9)] {
            let covered = (0..2000).filter(|_| {
                let mut values: Vec<f64> = (0..n).map(|_| next()).collect();
                values.sort_by(f64::total_cmp);
                let found = quantile(&values, share, 0.95).unwrap();
                found.lower.unwrap() <= share && share <= found.upper.unwrap()
            });
            let covered = covered.count();
            // The ends are ranks, so that the coverage is at least the nominal one, and a bit more.
            let error = 3.0 * (2000.0_f64 * 0.95 * 0.05).sqrt();
            let least = 1900.0 - error;
            assert!(covered as f64 >= least && covered <= 1975, "{n} {share}: {covered}");
        }
    }
}
