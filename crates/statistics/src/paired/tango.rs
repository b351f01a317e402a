//! Tango's interval for the difference of two shares of the same rows.

use crate::answer::{Answer, Found, TooFew};
use crate::math;

/// Tango's score interval for the difference of two shares of the same `rows`: lower and upper end,
/// -1 to 1. `first_only` rows count for the first share alone, `second_only` for the second alone.
///
/// `level` is the nominal coverage, such as 0.95 (brought into 0.5 to 0.999999). None without rows,
/// or when the counts exceed them. Tango, Stat Med 1998;17:891. It has a width even when the shares
/// are the same in every row.
#[must_use]
pub fn tango(first_only: u64, second_only: u64, rows: u64, level: f64) -> Option<(f64, f64)> {
    let found = interval(first_only, second_only, rows, math::critical_value(level)).ok()?;
    Some((found.lower, found.upper))
}

/// As [`tango`], with the difference.
pub(super) fn interval(first_only: u64, second_only: u64, rows: u64, z: f64) -> Answer {
    let both = first_only.checked_add(second_only).filter(|both| *both <= rows && rows > 0);
    let Some(_) = both else { return Err(TooFew::UNKNOWN) };
    let (b, c, n) = (first_only as f64, second_only as f64, rows as f64);
    let estimate = (b - c) / n;
    // The score statistic falls as the difference rises, from above z to below -z.
    let lower = crossing(-1.0, estimate, |d| statistic(b, c, n, d) > z);
    let upper = crossing(estimate, 1.0, |d| statistic(b, c, n, d) >= -z);
    let found = Found { estimate, lower: lower.min(estimate), upper: upper.max(estimate) };
    found.within(-1.0, 1.0).finite()
}

/// (b − c − nΔ) / √(n(2q + Δ(1 − Δ))), with q the likeliest share of the second alone if the
/// difference is Δ: the larger root of 2n·q² − (b + c − (2n − b + c)Δ)q − cΔ(1 − Δ) = 0.
fn statistic(b: f64, c: f64, n: f64, difference: f64) -> f64 {
    let spread = difference * (1.0 - difference);
    let linear = (2.0 * n - b + c) * difference - b - c;
    let root = (linear * linear + 8.0 * n * c * spread).max(0.0).sqrt();
    let share = (root - linear) / (4.0 * n);
    let variance = n * (2.0 * share + spread);
    let apart = b - c - n * difference;
    if variance > 0.0 { apart / variance.sqrt() } else { apart.signum() * f64::INFINITY }
}

/// The place between two numbers up to which something holds, by halving.
fn crossing(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if holds(middle) { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}
