//! AUROC and its variance from the integer counts of a histogram.

use crate::answer::{Answer, Found, TooFew};
use crate::math::{self, Sum};
use crate::{Bin, Histogram, Tally};

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
        Self::of_bins(histogram.bins())
    }

    fn of_bins(bins: &[Bin]) -> Option<Self> {
        let (without, with) = totals(bins);
        if with == 0 || without == 0 {
            return None;
        }
        let mut twice_wins: u128 = 0;
        let mut ties: u128 = 0;
        let mut without_below: u64 = 0;
        for bin in bins {
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
            standard_error: enough.then(|| delong_variance(bins, area).sqrt()),
            half_ties: ties as f64 / twice_pairs,
        })
    }

    /// The area with an interval that is symmetric in its logit, so that it stays inside 0 to 1.
    /// When every pair is ranked the same way there is no such interval.
    pub(crate) fn answer(self, z: f64) -> Answer {
        let standard_error = self.standard_error.ok_or(TooFew::UNKNOWN)?;
        Found::logit_normal(self.area, standard_error, z)
    }
}

fn totals(bins: &[Bin]) -> (u64, u64) {
    let add = |(without, with), bin: &Bin| (without + bin.without, with + bin.with);
    bins.iter().fold((0, 0), add)
}

fn delong_variance(bins: &[Bin], area: f64) -> f64 {
    let (without, with) = totals(bins);
    let (without, with) = (without as f64, with as f64);
    let (mut below_without, mut below_with) = (0_u64, 0_u64);
    let (mut spread_with, mut spread_without) = (Sum::default(), Sum::default());
    for bin in bins {
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

/// How well a score tells the rows of a group without the outcome from the rows of others with it
/// (background positive, subgroup negative: BPSN): AUROC with lower and upper end of its interval.
/// Low where the group is taken for cases too often.
///
/// `others` are the rows of all other groups, `level` the nominal coverage, such as 0.95. DeLong's
/// variance, logit interval, as of [`crate::Measure::Auroc`]. None with fewer than two rows of
/// either kind, and for an area of 0 or 1. Borkan et al., WWW companion 2019, p. 491.
#[must_use]
pub fn bpsn_auroc(group: &Tally, others: &Tally, level: f64) -> Option<(f64, f64, f64)> {
    crossed(others, group, level)
}

/// How well a score tells the rows of a group with the outcome from the rows of others without it
/// (background negative, subgroup positive: BNSP). Low where cases of the group are missed. Else as
/// [`bpsn_auroc`].
#[must_use]
pub fn bnsp_auroc(group: &Tally, others: &Tally, level: f64) -> Option<(f64, f64, f64)> {
    crossed(group, others, level)
}

/// AUROC of the rows of one tally with the outcome and those of another without it.
fn crossed(with: &Tally, without: &Tally, level: f64) -> Option<(f64, f64, f64)> {
    let score = |tally: &Tally, bin: &Bin| tally.histogram.score_of(bin).billionths();
    let hits =
        with.histogram.bins().iter().map(|bin| Bin { floor: score(with, bin), without: 0, ..*bin });
    let others = without.histogram.bins().iter().map(|bin| Bin {
        floor: score(without, bin),
        with: 0,
        ..*bin
    });
    let mut bins: Vec<Bin> = hits.chain(others).collect();
    bins.sort_by_key(|bin| bin.floor);
    bins.dedup_by(|next, kept| {
        let same = next.floor == kept.floor;
        if same {
            kept.without += next.without;
            kept.with += next.with;
        }
        same
    });
    let found = Auroc::of_bins(&bins)?.answer(math::critical_value(level)).ok()?;
    Some((found.estimate, found.lower, found.upper))
}
