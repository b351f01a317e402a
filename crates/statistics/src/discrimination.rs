//! AUROC and its variance from the integer counts of a histogram.

use crate::Histogram;
use crate::answer::{Answer, Found, TooFew};
use crate::math::{self, Sum};

/// The area under the ROC curve, with DeLong's standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Auroc {
    pub(crate) area: f64,
    /// None with fewer than two rows of either outcome.
    pub(crate) standard_error: Option<f64>,
    /// The most by which banding scores can have moved the area: half the share of tied pairs.
    pub(crate) half_ties: f64,
}

impl Auroc {
    /// Ranks by counting: V10 of a row with the outcome is the share of rows without it that score
    /// lower, ties half; V01 the mirror image. The area is their mean, its variance
    /// var(V10)/m + var(V01)/n0 (DeLong 1988; Sun & Xu 2014). None when an outcome is missing.
    pub(crate) fn of(histogram: &Histogram) -> Option<Self> {
        let (without, with) = histogram.totals();
        if with == 0 || without == 0 {
            return None;
        }
        let mut twice_wins: u128 = 0;
        let mut ties: u128 = 0;
        let mut without_below: u64 = 0;
        for bin in histogram.bins() {
            let twice_rank = 2 * u128::from(without_below) + u128::from(bin.without);
            twice_wins += u128::from(bin.with) * twice_rank;
            ties += u128::from(bin.with) * u128::from(bin.without);
            without_below += bin.without;
        }
        let twice_pairs = 2.0 * (u128::from(with) * u128::from(without)) as f64;
        let area = twice_wins as f64 / twice_pairs;
        let enough = with >= 2 && without >= 2;
        Some(Self {
            area,
            standard_error: enough.then(|| delong_variance(histogram, area).sqrt()),
            half_ties: ties as f64 / twice_pairs,
        })
    }

    /// The area with an interval that is symmetric in its logit, so that it stays inside 0 to 1.
    /// When every pair is ranked the same way there is no such interval.
    pub(crate) fn answer(self, z: f64) -> Answer {
        let standard_error = self.standard_error.ok_or(TooFew::UNKNOWN)?;
        let spread = self.area * (1.0 - self.area);
        if spread <= 0.0 {
            return Err(TooFew::UNKNOWN);
        }
        let reach = z * standard_error / spread;
        let centre = math::logit(self.area);
        let (lower, upper) = (math::expit(centre - reach), math::expit(centre + reach));
        // The way through the logit and back must not leave the estimate outside by a rounding.
        let (lower, upper) = (lower.min(self.area), upper.max(self.area));
        Found { estimate: self.area, lower, upper }.finite()
    }
}

fn delong_variance(histogram: &Histogram, area: f64) -> f64 {
    let (without, with) = histogram.totals();
    let (without, with) = (without as f64, with as f64);
    let (mut below_without, mut below_with) = (0_u64, 0_u64);
    let (mut spread_with, mut spread_without) = (Sum::default(), Sum::default());
    for bin in histogram.bins() {
        let (n, p) = (bin.without as f64, bin.with as f64);
        let v10 = (below_without as f64 + n / 2.0) / without;
        let v01 = (with - below_with as f64 - p / 2.0) / with;
        spread_with.add(p * (v10 - area) * (v10 - area));
        spread_without.add(n * (v01 - area) * (v01 - area));
        below_without += bin.without;
        below_with += bin.with;
    }
    spread_with.value() / (with - 1.0) / with + spread_without.value() / (without - 1.0) / without
}
