//! The area under the part of the ROC curve where few rows without the outcome are flagged.

use crate::answer::{Answer, Found, TooFew};
use crate::math::Sum;
use crate::{Bin, Histogram};

/// The largest false positive rate that counts.
pub(crate) const MOST_FALSE_POSITIVES: f64 = 0.1;

/// The area A under the ROC curve from 0 to [`MOST_FALSE_POSITIVES`] = e, standardised as
/// ½[1 + (A − e²/2)/(e − e²/2)]: one half is chance, 1 perfect (McClish, Med Decis Making
/// 1989;9:190). Points of the curve are joined by lines, so that ties count half: what
/// scikit-learn's `roc_auc_score(max_fpr=0.1)` gives.
///
/// The standard error is non-parametric, from the influence of each row (the asymptotic variance
/// of Wieand, Gail, James & James, Biometrika 1989;76:585). With S the curve, S(e) its height at
/// e: a row with the outcome has the area that it adds, and one without has S(its place) − S(e)
/// where it is flagged at e, else 0; the second term is there because e is reached at a score that
/// the rows choose. The variance is that of the first over the rows with the outcome, and of the
/// second over those without, as in DeLong's. The interval is symmetric in the logit.
///
/// None with fewer than two rows of either outcome, and for an area of 1.
pub(crate) fn partial_auroc(histogram: &Histogram, z: f64) -> Answer {
    let (without, with) = histogram.totals();
    if with < 2 || without < 2 {
        return Err(TooFew::UNKNOWN);
    }
    let curve = Curve { without: without as f64, with: with as f64 };
    let most = MOST_FALSE_POSITIVES;
    let steps = || curve.steps(histogram.bins());
    let (mut area, mut end) = (Sum::default(), 0.0);
    for step in steps() {
        area.add((step.until - step.from) * (step.low + step.height()) / 2.0);
        end = step.height();
    }
    let area = area.value();
    // Rows that are not flagged at e count with 0.
    let mean_without = area - most * end;
    let (mut spread_with, mut spread_without) = (Sum::default(), Sum::default());
    let (mut left_with, mut left_without) = (curve.with, curve.without);
    for step in steps() {
        let width = step.until - step.from;
        // In the last step, only a part of the way from row to row lies below e.
        let added = most - step.until + width * step.part / 2.0;
        spread_with.add(step.with * (added - area) * (added - area));
        let lifted = if step.without > 0.0 {
            step.part * ((step.low + step.height()) / 2.0 - end)
        } else {
            0.0
        };
        spread_without.add(step.without * (lifted - mean_without) * (lifted - mean_without));
        left_with -= step.with;
        left_without -= step.without;
    }
    spread_with.add(left_with * area * area);
    spread_without.add(left_without * mean_without * mean_without);
    let variance = spread_with.value() / (curve.with - 1.0) / curve.with
        + spread_without.value() / (curve.without - 1.0) / curve.without;
    let least = most * most / 2.0;
    let standardised = (1.0 + (area - least) / (most - least)) / 2.0;
    Found::logit_normal(standardised, variance.sqrt() / (2.0 * (most - least)), z)
}

/// The rows that the ROC curve is made of.
#[derive(Clone, Copy)]
struct Curve {
    without: f64,
    with: f64,
}

/// What the rows of one bin add to the curve up to [`MOST_FALSE_POSITIVES`].
struct Step {
    /// The false positive rate before them.
    from: f64,
    /// And with them, but no more than what counts.
    until: f64,
    /// The sensitivity before them.
    low: f64,
    /// What they would add to it.
    rise: f64,
    /// The share of the way along them that counts.
    part: f64,
    without: f64,
    with: f64,
}

impl Step {
    /// The sensitivity where what counts ends.
    fn height(&self) -> f64 {
        self.low + self.rise * self.part
    }
}

impl Curve {
    fn steps(self, bins: &[Bin]) -> impl Iterator<Item = Step> {
        let (mut false_alarms, mut hits) = (0_u64, 0_u64);
        let steps = bins.iter().rev().map(move |bin| {
            let from = false_alarms as f64 / self.without;
            let low = hits as f64 / self.with;
            false_alarms += bin.without;
            hits += bin.with;
            let whole = false_alarms as f64 / self.without;
            let until = whole.min(MOST_FALSE_POSITIVES);
            let part = if whole > from { (until - from) / (whole - from) } else { 1.0 };
            let (without, with) = (bin.without as f64, bin.with as f64);
            Step { from, until, low, rise: with / self.with, part, without, with }
        });
        // A step straight up at e itself is past it: the curve is read to the right.
        steps.take_while(|step| step.from < MOST_FALSE_POSITIVES)
    }
}
