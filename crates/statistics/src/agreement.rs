//! How raters agree, and what they found on average.

use crate::math;
use crate::ratings::{Weights, gwet};

/// Gwet's AC1 of yes-or-no ratings: agreement beyond what chance gives. 1 is perfect, 0 no better
/// than chance, and it may be below.
///
/// Each item is given as how many of its raters said yes, and how many rated it; items with fewer
/// than two raters tell nothing about agreement but count for how common yes is. None without an
/// item that two rated.
///
/// AC1 and not Cohen's kappa, because kappa falls to 0 when nearly all ratings are the same, which
/// is what good output gives. Gwet, Br J Math Stat Psychol 2008;61:29 (formula unverified there;
/// it is the one of the `irrCAC` packages): with q = mean share of yes, chance is 2q(1 - q).
#[must_use]
pub fn agreement(items: &[(u64, u64)]) -> Option<f64> {
    let whole = items.iter().filter(|(yes, raters)| yes <= raters);
    let counts: Vec<Vec<f64>> =
        whole.map(|&(yes, raters)| vec![yes as f64, (raters - yes) as f64]).collect();
    gwet(&counts, &Weights::None.matrix(&[0.0, 1.0]))
}

/// The mean of values with its normal interval: mean, lower and upper end. None with fewer than two
/// values. Meant for means over dozens of items: with few, the interval is too short.
///
/// `level` is the nominal coverage, such as 0.95 (brought into 0.5 to 0.999999).
#[must_use]
pub fn mean(values: &[f64], level: f64) -> Option<(f64, f64, f64)> {
    let n = values.len() as f64;
    if values.len() < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let half = math::critical_value(level) * (squares / (n - 1.0) / n).sqrt();
    let found = (mean, mean - half, mean + half);
    (found.0.is_finite() && half.is_finite()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two raters: both yes, one yes, none yes.
    fn two(both: usize, one: usize, none: usize) -> Vec<(u64, u64)> {
        let of = |yes, times| std::iter::repeat_n((yes, 2), times);
        of(2, both).chain(of(1, one)).chain(of(0, none)).collect()
    }

    #[test]
    fn agreement_is_what_is_found_by_hand() {
        let check = |items: &[(u64, u64)], expected: Option<f64>| {
            let found = agreement(items);
            let near = match (found, expected) {
                (Some(found), Some(expected)) => (found - expected).abs() < 5e-5,
                (found, expected) => found == expected,
            };
            assert!(near, "{items:?}: {found:?}, not {expected:?}");
        };
        // Gwet's table of 118, 5, 2 and 0, on which kappa is -0.023: 0.944 agree, q = 0.972.
        check(&two(118, 7, 0), Some(0.9408));
        check(&two(50, 0, 50), Some(1.0));
        check(&two(0, 10, 0), Some(-1.0));
        // Half agree where yes is as common as no: chance.
        check(&two(25, 50, 25), Some(0.0));
        // Three raters: (1 + 1/3) / 2 agree, q = 2/3, chance 4/9.
        check(&[(3, 3), (1, 3)], Some(0.4));
        check(&[], None);
        check(&[(1, 1), (0, 0)], None);
    }

    #[test]
    fn a_mean_has_the_interval_of_its_spread() {
        let (found, lower, upper) = mean(&[1.0, 2.0, 3.0, 4.0], 0.95).unwrap();
        // Variance 5/3, standard error 0.6455, times 1.96.
        assert!((found - 2.5).abs() < 1e-12);
        assert!((lower - 1.2349).abs() < 1e-4 && (upper - 3.7651).abs() < 1e-4, "{lower} {upper}");
        assert_eq!(mean(&[1.0], 0.95), None);
        assert_eq!(mean(&[0.5, 0.5], 0.95), Some((0.5, 0.5, 0.5)));
    }
}
