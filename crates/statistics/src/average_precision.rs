//! Average precision and its interval from the integer counts of a histogram.

use crate::Histogram;
use crate::answer::{Answer, Found, TooFew};
use crate::math::Sum;

/// AP = Σ_k (R_k − R_{k−1})·P_k over the distinct thresholds, recall R and precision P falling
/// from the highest score: what scikit-learn's `average_precision_score` gives. Never the
/// trapezoid, which joins points that no threshold reaches (Davis & Goadrich, ICML 2006).
///
/// The interval is symmetric in the logit (Boyd, Eng & Page, ECML 2013). Its standard error is that
/// of the infinitesimal jackknife (Efron, JASA 1982): the root of the sum over rows of the squared
/// derivative of AP in the weight of the row. None with fewer than two rows of either outcome, and
/// for an AP of 1.
///
/// With few rows AP itself lies too high, and the interval with it.
pub(crate) fn average_precision(histogram: &Histogram, z: f64) -> Answer {
    let (without, with) = histogram.totals();
    if with < 2 || without < 2 {
        return Err(TooFew::UNKNOWN);
    }
    let positives = with as f64;
    let (mut area, mut pulls, mut squares) = (Sum::default(), Sum::default(), Sum::default());
    let mut negative_squares = Sum::default();
    // What a row of either outcome, more or less, does to the precision at scores up to its own.
    let (mut raised, mut lowered) = (Sum::default(), Sum::default());
    let (mut above_without, mut above_with) = (without, with);
    for bin in histogram.bins() {
        let (n, p) = (bin.without as f64, bin.with as f64);
        if bin.with > 0 {
            let (hits, alarms) = (above_with as f64, above_without as f64);
            let flagged = hits + alarms;
            let precision = hits / flagged;
            let each = p / flagged;
            area.add(p * precision);
            raised.add(each * (1.0 - precision));
            lowered.add(each * precision);
            let pull = precision + raised.value();
            pulls.add(p * pull);
            squares.add(p * pull * pull);
        }
        negative_squares.add(n * lowered.value() * lowered.value());
        above_without -= bin.without;
        above_with -= bin.with;
    }
    let precision = area.value() / positives;
    let spread = squares.value() - 2.0 * precision * pulls.value()
        + positives * precision * precision
        + negative_squares.value();
    Found::logit_normal(precision, spread.max(0.0).sqrt() / positives, z)
}
