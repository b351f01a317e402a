//! The little numerical ground that the measures stand on.
//!
//! Elementary functions come from `libm`, not from the platform, so that the same tally gives the
//! same bits on every machine.

pub(crate) use libm::{exp, log as ln, log1p as ln_1p};

/// Below this the negative exponential is still a number with all its digits.
const MOST_EXPONENT: f64 = 700.0;

/// A sum that carries its own rounding error along (Neumaier's variant of Kahan's).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    pub(crate) fn add(&mut self, term: f64) {
        let total = self.sum + term;
        self.lost += if self.sum.abs() >= term.abs() {
            (self.sum - total) + term
        } else {
            (term - total) + self.sum
        };
        self.sum = total;
    }

    pub(crate) fn value(self) -> f64 {
        self.sum + self.lost
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Self::default();
        terms.into_iter().for_each(|term| sum.add(term));
        sum
    }
}

/// The logarithm of the odds, for a probability inside 0 to 1.
pub(crate) fn logit(p: f64) -> f64 {
    ln(p / (1.0 - p))
}

/// The probability with these log odds.
pub(crate) fn expit(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + exp(-x))
    } else {
        let odds = exp(x);
        odds / (1.0 + odds)
    }
}

/// ln(1 + e^x), without overflow.
pub(crate) fn softplus(x: f64) -> f64 {
    x.max(0.0) + ln_1p(exp(-x.abs()))
}

/// A coverage that an interval can have: what is asked for, brought into 0.5 to 0.999999.
pub(crate) fn usable_level(level: f64) -> f64 {
    if level.is_nan() { 0.95 } else { level.clamp(0.5, 0.999_999) }
}

/// The normal deviate that leaves `level` between its negative and itself.
pub(crate) fn critical_value(level: f64) -> f64 {
    let tail = (1.0 - usable_level(level)) / 2.0;
    // Newton's method on the upper tail, which is convex right of 0: from 0 it only ever climbs.
    let mut z = 0.0_f64;
    for _ in 0..100 {
        let density = exp(-z * z / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
        let step = (libm::erfc(z / std::f64::consts::SQRT_2) / 2.0 - tail) / density;
        z += step;
        if step.abs() <= 1e-15 * z {
            break;
        }
    }
    z
}

/// The chance that a chi-square variable with `degrees` degrees of freedom exceeds `x`, by the
/// finite sums for whole degrees of freedom (Abramowitz & Stegun 26.4.4 and 26.4.5).
pub(crate) fn chi_square_tail(x: f64, degrees: u32) -> f64 {
    let half = x.max(0.0) / 2.0;
    if half > MOST_EXPONENT {
        return far_chi_square_tail(half, degrees);
    }
    let mut tail = Sum::default();
    let (mut term, mut shape) = if degrees.is_multiple_of(2) {
        (exp(-half), 1.0)
    } else {
        tail.add(libm::erfc(half.sqrt()));
        (2.0 * (half / std::f64::consts::PI).sqrt() * exp(-half), 1.5)
    };
    for _ in 0..degrees / 2 {
        tail.add(term);
        term *= half / shape;
        shape += 1.0;
    }
    tail.value().clamp(0.0, 1.0)
}

/// The same where e^(−x/2) would be 0: each term by its logarithm.
fn far_chi_square_tail(half: f64, degrees: u32) -> f64 {
    // Of an odd number of degrees the first term, erfc(√half), is 0 here to any number of digits.
    let odd = !degrees.is_multiple_of(2);
    let (mut log_term, mut shape) = if odd {
        (ln(2.0) + (ln(half) - ln(std::f64::consts::PI)) / 2.0 - half, 1.5)
    } else {
        (-half, 1.0)
    };
    let mut tail = Sum::default();
    for _ in 0..degrees / 2 {
        tail.add(exp(log_term));
        log_term += ln(half / shape);
        shape += 1.0;
    }
    tail.value().clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn critical_values_are_those_of_the_tables() {
        for (level, z) in [
            (0.5, 0.674_489_750_196_081_7),
            (0.9, 1.644_853_626_951_472_2),
            (0.95, 1.959_963_984_540_054),
            (0.99, 2.575_829_303_548_900_4),
            (0.999, 3.290_526_731_491_925_5),
        ] {
            assert!(
                (critical_value(level) - z).abs() < 1e-13,
                "{level}: {}",
                critical_value(level)
            );
        }
    }

    #[test]
    fn chi_square_tails_are_those_of_the_tables() {
        // The 95 % points printed in every table, to their printed digits.
        for (degrees, x) in [(1, 3.841_459), (2, 5.991_465), (3, 7.814_728), (4, 9.487_729)] {
            assert!((chi_square_tail(x, degrees) - 0.05).abs() < 1e-7, "{degrees}");
        }
        for (degrees, x) in [(9, 16.918_978), (10, 18.307_038), (51, 68.669_294)] {
            assert!((chi_square_tail(x, degrees) - 0.05).abs() < 1e-7, "{degrees}");
        }
        assert_eq!(chi_square_tail(0.0, 3), 1.0);
        assert_eq!(chi_square_tail(1e9, 7), 0.0);
        // SciPy 1.12.0, chi2.sf: beyond where e^(-x/2) is a number.
        for (degrees, x, tail) in [
            (1500, 1500.0, 0.4951441933357679),
            (1501, 1600.0, 0.03747898979858334),
            (1350, 1410.0, 0.12490567627379372),
            (60, 1399.0, 6.048893583553441e-253),
            (1349, 1399.0, 0.1675829044073752),
        ] {
            let found = chi_square_tail(x, degrees);
            assert!((found / tail - 1.0).abs() < 1e-9, "{degrees}: {found}");
        }
    }

    #[test]
    fn a_sum_keeps_what_plain_addition_loses() {
        let sum: Sum = [1e16, 1.0, -1e16, 1.0].into_iter().collect();
        assert_eq!(sum.value(), 2.0);
    }
}
