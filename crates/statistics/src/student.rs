//! The beta and Student's t distributions.

use crate::math;

/// Beyond so many degrees of freedom, t is normal to eight digits.
const MANY: f64 = 1e8;

/// The regularised incomplete beta function: the chance that a beta variable with parameters `a`
/// and `b`, both above 0, is at most `x`. By the continued fraction of Abramowitz & Stegun 26.5.8.
pub(crate) fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction converges quickly on the near side of the mean.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_cdf(1.0 - x, b, a);
    }
    // Γ(a + b)/Γ(a)Γ(b)·x^a·(1 − x)^b around the mean, where nothing large cancels.
    let mean = a / (a + b);
    let log_front = a * log_ratio(x, mean, x - mean)
        + b * log_ratio(1.0 - x, b / (a + b), mean - x)
        + math::ln(a * b / (a + b) / std::f64::consts::TAU) / 2.0
        + beyond_stirling(a + b)
        - beyond_stirling(a)
        - beyond_stirling(b);
    (math::exp(log_front) / (a * fraction(x, a, b))).clamp(0.0, 1.0)
}

/// The logarithm of `value / to`, of which the difference is `apart`.
fn log_ratio(value: f64, to: f64, apart: f64) -> f64 {
    if apart.abs() < to / 2.0 { math::ln_1p(apart / to) } else { math::ln(value / to) }
}

/// How far ln Γ(x) lies above Stirling's formula (x − ½)·ln x − x + ½·ln 2π.
fn beyond_stirling(x: f64) -> f64 {
    if x < 10.0 {
        let stirling = (x - 0.5) * math::ln(x) - x + math::ln(std::f64::consts::TAU) / 2.0;
        return libm::lgamma(x) - stirling;
    }
    let r = 1.0 / (x * x);
    let terms = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0];
    terms.iter().rev().fold(-691.0 / 360_360.0, |sum, term| sum * r + term) / x
}

/// The continued fraction, evaluated forwards (Lentz's method), as its denominator.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let (mut value, mut upper, mut lower) = (1.0, 1.0, 0.0);
    for step in 1..20_000_u32 {
        let m = f64::from(step / 2);
        let term = if step % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        lower = 1.0 / away(1.0 + term * lower);
        upper = away(1.0 + term / upper);
        let factor = upper * lower;
        value *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// The value that leaves `level` between its negative and itself, for Student's t with `degrees`
/// degrees of freedom (above 0). `level` is brought into 0.5 to 0.999999.
pub(crate) fn critical_t(level: f64, degrees: f64) -> f64 {
    if degrees.is_nan() || degrees > MANY {
        return math::critical_value(level);
    }
    // With x = df/(df + t²) both tails together are I_x(df/2, 1/2), which rises with x: bisection.
    let tails = 1.0 - math::usable_level(level);
    let (mut low, mut high) = (0.0_f64, math::critical_value(level));
    let beyond = |t| two_tails(t, degrees);
    while beyond(high) > tails {
        low = high;
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if beyond(middle) > tails { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The chance that Student's t with `degrees` degrees of freedom (above 0) is as far from 0 as `t`,
/// or further.
pub(crate) fn two_tails(t: f64, degrees: f64) -> f64 {
    beta_cdf(degrees / (degrees + t * t), degrees / 2.0, 0.5)
}

/// The chance that at most `count` of `n` rows count, each with chance `p`.
pub(crate) fn binomial_cdf(count: u64, n: u64, p: f64) -> f64 {
    if count >= n {
        return 1.0;
    }
    1.0 - beta_cdf(p, count as f64 + 1.0, (n - count) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_are_those_of_scipy() {
        // SciPy 1.17.1: special.betainc, stats.t.ppf, stats.binom.cdf.
        let near = |found: f64, right: f64| {
            assert!((found / right - 1.0).abs() < 1e-9, "{found}, not {right}");
        };
        near(beta_cdf(0.3, 2.0, 5.0), 0.5798250000000003);
        near(beta_cdf(0.999, 100.0, 0.5), 0.6550435163244294);
        near(beta_cdf(0.01, 0.5, 0.5), 0.06376856085851985);
        near(beta_cdf(0.5, 5000.0, 5100.0), 0.8401528708121381);
        near(beta_cdf(0.2, 1000000.0, 4000000.0), 0.5000892062087052);
        near(critical_t(0.95, 1.0), 12.706204736174694);
        near(critical_t(0.95, 2.0), 4.302652729749462);
        near(critical_t(0.9, 7.0), 1.8945786050900062);
        near(critical_t(0.95, 199.0), 1.9719565442517533);
        near(critical_t(0.99, 12.5), 3.0324366528705617);
        near(critical_t(0.95, 1000000.0), 1.959966356814107);
        near(binomial_cdf(3, 20, 0.1), 0.8670466765656649);
        near(binomial_cdf(95, 100, 0.9), 0.9762889173365232);
        near(binomial_cdf(9480, 10000, 0.95), 0.18509014506283014);
    }
}
