//! Ratings of output by people or by a judge model: how raters agree, who is biased, and how wide
//! the interval is.
//!
//! No coefficient is right alone. Where nearly all ratings are the same, kappa and alpha fall to 0
//! though raters agree, and AC1 and AC2 do not; where one rater is biased, the mean is his. So
//! several are shown, with the mean of each rater.

mod coefficient;
mod defect;
mod icc;
mod judge;
#[cfg(test)]
mod tests;

pub(crate) use coefficient::gwet;
pub use coefficient::{Coefficient, Distance, Weights};
pub use defect::{DefectRate, LimitVerdict};
pub use icc::IccForm;
pub use judge::{PpiMean, Reliance, judge_bias, prediction_powered_mean, prediction_powered_rate};

use crate::agreement::mean;
use crate::math;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde::Serialize;
use thiserror::Error;

/// What raters gave to items, on a scale of levels that is known beforehand.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratings {
    /// The levels of the scale, ascending.
    levels: Vec<f64>,
    /// For each item, the place of the level that each rater gave; none where a rater gave none.
    items: Vec<Vec<Option<usize>>>,
    raters: usize,
}

/// Why ratings cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum RatingsError {
    /// The scale has fewer than two levels, one twice, or one that is no number.
    #[error("a scale has at least two levels, each a number and each once")]
    Scale,
    /// An item has more or fewer places than there are raters.
    #[error("item {item} has {found} ratings, and there are {raters} raters")]
    Raters {
        /// The item, from 1.
        item: usize,
        /// How many places it has.
        found: usize,
        /// How many raters there are.
        raters: usize,
    },
    /// A rating is not on the scale.
    #[error("item {item}, rater {rater}: {value} is not on the scale")]
    OffScale {
        /// The item, from 1.
        item: usize,
        /// The rater, from 1.
        rater: usize,
        /// What was given.
        value: f64,
    },
}

/// A coefficient of agreement with its interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Agreement {
    /// Which.
    pub coefficient: Coefficient,
    /// Its value; 1 is perfect, 0 no better than chance.
    pub estimate: f64,
    /// Lower end of the interval; none where too few resamples have a value.
    pub lower: Option<f64>,
    /// Upper end of the interval.
    pub upper: Option<f64>,
    /// Items that it rests on.
    pub items: usize,
}

/// What one rater gave on average.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RaterMean {
    /// The rater, from 0.
    pub rater: usize,
    /// Ratings given.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// Lower end of the normal interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// The mean less the mean of all other raters' ratings of the same items; none where nobody
    /// else rated them.
    pub bias: Option<f64>,
    /// The normal interval of the bias, over the items that others rated too; none with fewer than
    /// two of them.
    pub bias_interval: Option<(f64, f64)>,
}

impl Ratings {
    /// Ratings of items (rows) by raters (columns), on a scale of `levels`.
    ///
    /// # Errors
    /// [`RatingsError`] when the scale is none, rows differ in length, or a value is off the scale.
    pub fn new(levels: &[f64], rows: &[Vec<Option<f64>>]) -> Result<Self, RatingsError> {
        // -0 and 0 are one level.
        let mut levels: Vec<f64> = levels.iter().map(|level| level + 0.0).collect();
        levels.sort_by(f64::total_cmp);
        let all = levels.len();
        levels.dedup();
        if levels.len() < 2 || levels.len() != all || levels.iter().any(|it| !it.is_finite()) {
            return Err(RatingsError::Scale);
        }
        let raters = rows.first().map_or(0, Vec::len);
        let item = |(item, row): (usize, &Vec<Option<f64>>)| {
            if row.len() != raters {
                return Err(RatingsError::Raters { item: item + 1, found: row.len(), raters });
            }
            let place = |(rater, given): (usize, &Option<f64>)| {
                let Some(value) = *given else { return Ok(None) };
                let found = levels.iter().position(|level| *level == value);
                let off = RatingsError::OffScale { item: item + 1, rater: rater + 1, value };
                found.map(Some).ok_or(off)
            };
            row.iter().enumerate().map(place).collect()
        };
        let items = rows.iter().enumerate().map(item).collect::<Result<_, _>>()?;
        Ok(Self { levels, items, raters })
    }

    /// How many raters there are.
    #[must_use]
    pub fn raters(&self) -> usize {
        self.raters
    }

    /// How many items there are, those that nobody rated too.
    #[must_use]
    pub fn items(&self) -> usize {
        self.items.len()
    }

    /// How many ratings were given.
    #[must_use]
    pub fn given(&self) -> usize {
        self.items.iter().flatten().flatten().count()
    }

    /// How often each level was given to each item.
    fn counts(&self) -> Vec<Vec<f64>> {
        let of = |item: &Vec<Option<usize>>| {
            let mut counts = vec![0.0; self.levels.len()];
            for place in item.iter().flatten() {
                if let Some(count) = counts.get_mut(*place) {
                    *count += 1.0;
                }
            }
            counts
        };
        self.items.iter().map(of).collect()
    }

    /// The values of the items that every rater rated.
    fn complete(&self) -> Vec<Vec<f64>> {
        let value = |place: &Option<usize>| self.levels.get((*place)?).copied();
        self.items.iter().filter_map(|item| item.iter().map(value).collect()).collect()
    }

    /// A coefficient, without an interval. None where the ratings do not determine it.
    #[must_use]
    pub fn coefficient(&self, coefficient: Coefficient) -> Option<f64> {
        coefficient.of(self)
    }

    /// A coefficient with the percentile interval of `resamples` resamples of whole items, which
    /// keeps the ratings of an item together. The seed decides the resamples, the same on every
    /// machine. `level` is the nominal coverage, brought into 0.5 to 0.999999.
    ///
    /// With few items the interval is too short: resampling cannot show what was never rated.
    #[must_use]
    pub fn agreement(
        &self,
        coefficient: Coefficient,
        level: f64,
        resamples: usize,
        seed: u64,
    ) -> Option<Agreement> {
        let estimate = coefficient.of(self)?;
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut found: Vec<f64> =
            (0..resamples).filter_map(|_| coefficient.of(&self.resampled(&mut random))).collect();
        found.sort_by(f64::total_cmp);
        // Resamples without a value are those in which all ratings are one; with many of them the
        // rest does not stand for all.
        // A single item can only be drawn again and again.
        let items = coefficient.items(self);
        let enough = found.len() * 10 >= resamples * 9 && found.len() >= 40 && items > 1;
        let tail = (1.0 - math::usable_level(level)) / 2.0;
        let at = |share: f64| {
            let place = (share * (found.len() as f64 - 1.0)).round();
            found.get(place as usize).copied().filter(|_| enough)
        };
        Some(Agreement { coefficient, estimate, lower: at(tail), upper: at(1.0 - tail), items })
    }

    fn resampled(&self, random: &mut ChaCha8Rng) -> Self {
        let n = self.items.len() as u64;
        // The high half of a product is uniform but for one part in 2^64 / n.
        let draw = |_| ((u128::from(random.next_u64()) * u128::from(n)) >> 64) as usize;
        let drawn = (0..n).map(draw).filter_map(|place| self.items.get(place).cloned());
        let (items, raters) = (drawn.collect(), self.raters);
        Self { levels: self.levels.clone(), items, raters }
    }

    /// The mean of each rater with its normal interval at `level`, and how far it lies from the
    /// others, with an interval too. Raters with fewer than two ratings are left out.
    #[must_use]
    pub fn rater_means(&self, level: f64) -> Vec<RaterMean> {
        (0..self.raters).filter_map(|rater| self.rater_mean(rater, level)).collect()
    }

    fn rater_mean(&self, rater: usize, level: f64) -> Option<RaterMean> {
        let value = |place: Option<usize>| self.levels.get(place?).copied();
        let (mut own, mut gaps) = (Vec::new(), Vec::new());
        for item in &self.items {
            let Some(given) = item.get(rater).copied().and_then(value) else { continue };
            own.push(given);
            let others = item.iter().enumerate().filter(|(other, _)| *other != rater);
            let others: Vec<f64> = others.filter_map(|(_, place)| value(*place)).collect();
            if !others.is_empty() {
                gaps.push(given - others.iter().sum::<f64>() / others.len() as f64);
            }
        }
        let (mean, lower, upper) = mean(&own, level)?;
        let bias = (!gaps.is_empty()).then(|| gaps.iter().sum::<f64>() / gaps.len() as f64);
        let bias_interval = crate::agreement::mean(&gaps, level).map(|it| (it.1, it.2));
        Some(RaterMean { rater, n: own.len(), mean, lower, upper, bias, bias_interval })
    }
}
