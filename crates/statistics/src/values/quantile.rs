//! Quantiles with intervals that hold for any distribution.

use crate::answer::{Answer, Found, TooFew};
use crate::counts::Number;
use crate::math;
use crate::student::binomial_cdf;

/// The smallest value that a `share` of the rows does not exceed, between the order statistics that
/// hold its true place with the chance `level`. Values ascend and have counts.
///
/// When there is no row far enough out, says about how many more it takes until there is one.
pub(super) fn quantile(values: &[(Number, u64)], share: f64, level: f64) -> Answer {
    let n: u64 = values.iter().map(|(_, count)| count).sum();
    if n == 0 {
        return Err(TooFew::UNKNOWN);
    }
    let tail = (1.0 - level) / 2.0;
    // The count of rows below the true quantile is binomial.
    let lower = least(n, |count| binomial_cdf(count, n, share) >= tail);
    let upper = least(n, |count| binomial_cdf(count, n, share) >= 1.0 - tail) + 1;
    if lower == 0 || upper > n {
        let rarer = share.max(1.0 - share);
        let wanted = (math::ln(tail) / math::ln(rarer)).ceil() as u64;
        return Err(TooFew { more_needed: wanted.checked_sub(n).filter(|more| *more > 0) });
    }
    let place = ((share * n as f64).ceil() as u64).clamp(1, n);
    let at = |place: u64| ranked(values, place).ok_or(TooFew::UNKNOWN);
    Found { estimate: at(place)?, lower: at(lower)?, upper: at(upper)? }.finite()
}

/// The value in a place, from 1.
fn ranked(values: &[(Number, u64)], place: u64) -> Option<f64> {
    let mut below = 0;
    let found = values.iter().find(|(_, count)| {
        below += count;
        below >= place
    });
    found.map(|(value, _)| value.value())
}

/// The least count, from 0 to n, of which something holds that holds of all greater ones.
fn least(n: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    low
}
