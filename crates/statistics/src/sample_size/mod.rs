//! How many rows an external validation needs for an interval of a wanted width, and how wide the
//! interval is that so many rows give.
//!
//! The four formulas are those of Riley et al., Stat Med 2021;40:4230 (sim.9025). Each has the form
//! "standard error as a function of rows", so each can be asked in both directions: before data are
//! gathered ([`Plan::rows_for`]), and as a gate on what is there ([`Plan::width`],
//! [`Plan::standing`]), for all patients or for one group.
//!
//! What a rate takes is simpler, for outputs that people rate: [`items_for_rate`] for an interval,
//! [`items_for_none_found`] to be sure that it is low.
//!
//! An answer is as good as what was assumed: the prevalence, and for each target what
//! [`Target`] holds. Rows are taken to be independent; where patients repeat, more are needed.

mod rate;
#[cfg(test)]
mod tests;

pub use rate::{items_for_none_found, items_for_rate, none_found_upper, rate_half_width};

use crate::discrimination::Auroc;
use crate::math::{self, Sum};
use crate::threshold::Flags;
use crate::{Measure, Score, Tally, log_odds};
use serde::Serialize;
use thiserror::Error;

/// Beyond this many rows an answer is of no use, and a double no longer counts one by one.
const MOST_ROWS: f64 = 9e15;
/// The widest spread of log odds that the quadrature of [`SlopeInformation::normal`] is sure of.
const WIDEST_SPREAD: f64 = 20.0;

/// What is to be estimated, with what has to be assumed about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// Observed over expected, when it is 1. The interval is exp(± z·SE) with
    /// SE² = (1 − φ)/(φN); its width is e^(z·SE) − e^(−z·SE).
    ObservedExpected,
    /// The slope of logistic recalibration, when slope and intercept are 1 and 0.
    /// SE² = 1/(N·I) with I from the distribution of the scores; width 2z·SE.
    Slope {
        /// What one row tells about the slope.
        information: SlopeInformation,
    },
    /// The area under the ROC curve (the C statistic), by the standard error of Newcombe,
    /// Stat Med 2006;25:559, which needs nothing but the area. Width 2z·SE.
    Auroc {
        /// The area to expect, above 0 and below 1.
        area: f64,
    },
    /// Standardised net benefit: net benefit over prevalence, which is 1 at best. Width 2z·SE.
    NetBenefit {
        /// The sensitivity to expect at the threshold, 0 to 1.
        sensitivity: f64,
        /// The specificity to expect at the threshold, 0 to 1.
        specificity: f64,
        /// The risk from which a row is flagged, at least 0 and below 1.
        threshold: f64,
    },
}

/// What is to be estimated, without assumptions: these are read off a tally.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// See [`Target::ObservedExpected`].
    ObservedExpected,
    /// See [`Target::Slope`].
    Slope,
    /// See [`Target::Auroc`].
    Auroc,
    /// See [`Target::NetBenefit`].
    NetBenefit {
        /// The score from which a row is flagged.
        threshold: Score,
    },
}

/// What one row tells on average about the slope of logistic recalibration: the Fisher information
/// left for the slope when the intercept is fitted beside it. Above 0, at most about 0.44.
///
/// With v = p(1 − p) and LP = logit p it is `E[v·LP²] − E[v·LP]²/E[v]`, the
/// (I_a·I_b − I_ab²)/I_a of Riley et al. It is computed as `E[v(LP − m)²]` with `m = E[v·LP]/E[v]`,
/// in which nothing cancels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlopeInformation(f64);

/// A sample size that is asked about: a target, a prevalence and the coverage of the interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    target: Target,
    prevalence: f64,
    z: f64,
}

/// How many rows, and about how many of them have the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Rows.
    pub rows: u64,
    /// Rows with the outcome at the plan's prevalence, rounded up.
    pub events: u64,
}

/// Where the rows that are there stand against a wanted width.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Standing {
    /// How wide an interval these rows give; none where it has no end.
    pub width: Option<f64>,
    /// About how many more are needed; 0 when there are enough.
    pub more: Size,
}

/// Why a sample size cannot be said.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum PlanError {
    /// The prevalence is no share, or one outcome would never be seen.
    #[error("the prevalence must lie above 0 and below 1, not be {0}; give the one to expect")]
    Prevalence(f64),
    /// The area is no area, or one at which the formula has no standard error.
    #[error("the area under the ROC curve must lie above 0 and below 1, not be {0}")]
    Area(f64),
    /// A sensitivity, specificity or rate is no share.
    #[error("the {name} must lie from 0 to 1, not be {value}")]
    Share {
        /// Which, such as `sensitivity`.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// The threshold is no risk, or a hit is worth nothing at it.
    #[error("the threshold must be at least 0 and below 1, not {0}")]
    Threshold(f64),
    /// The spread of the log odds is none, or too wide for the quadrature.
    #[error(
        "the log odds must have a mean and a standard deviation above 0 and at most \
         {WIDEST_SPREAD}, not {mean} and {deviation}"
    )]
    LogOdds {
        /// The mean given.
        mean: f64,
        /// The standard deviation given.
        deviation: f64,
    },
    /// The width wanted is no width.
    #[error("the width wanted must be a number above 0, not {0}")]
    Width(f64),
    /// More rows than can be counted.
    #[error("a width of {0} takes more rows than any hospital has; ask for a wider interval")]
    TooManyRows(f64),
    /// The rows of a tally do not determine what has to be assumed.
    #[error("the rows do not determine the {0} that a sample size rests on; give one to expect")]
    Undetermined(&'static str),
}

impl SlopeInformation {
    /// For log odds of the scores that are normally distributed, by the trapezoid rule, which for
    /// a bell curve times a smooth function converges geometrically: here to the last digits.
    ///
    /// # Errors
    /// [`PlanError::LogOdds`] when the mean is no number within 500 of 0, or the standard deviation
    /// is not above 0 and at most 20.
    pub fn normal(mean: f64, deviation: f64) -> Result<Self, PlanError> {
        let error = PlanError::LogOdds { mean, deviation };
        if !(mean.abs() <= 500.0 && deviation > 0.0 && deviation <= WIDEST_SPREAD) {
            return Err(error);
        }
        // The factor v moves the bell by at most one deviation per unit of deviation, so that all
        // that counts lies within 20 + 20 deviations; the nearest pole of v lies π/20 away.
        let step = 0.005;
        let points = (-8_000..=8_000).map(|index| {
            let x = f64::from(index) * step;
            let density = math::exp(-x * x / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
            (mean + deviation * x, density * step)
        });
        Self::of_points(points).ok_or(error)
    }

    /// For the scores of a tally, kept 1e-6 from 0 and 1 as for the slope itself. None when all
    /// scores are one, or there is none.
    #[must_use]
    pub fn of(tally: &Tally) -> Option<Self> {
        let histogram = &tally.histogram;
        let point = |bin: &crate::Bin| {
            let rows = (bin.without + bin.with) as f64;
            (log_odds::logit_of(histogram.score_of(bin)), rows / tally.n as f64)
        };
        if histogram.bins().len() < 2 {
            return None;
        }
        Self::of_points(histogram.bins().iter().map(point))
    }

    /// For log odds with their share of all rows.
    fn of_points(points: impl Iterator<Item = (f64, f64)> + Clone) -> Option<Self> {
        let weight = |log_odds: f64| math::expit(log_odds) * math::expit(-log_odds);
        let weights =
            || points.clone().map(|(log_odds, share)| (log_odds, share * weight(log_odds)));
        let all: Sum = weights().map(|(_, weight)| weight).collect();
        let pull: Sum = weights().map(|(log_odds, weight)| weight * log_odds).collect();
        let mean = pull.value() / all.value();
        let spread: Sum =
            weights().map(|(at, weight)| weight * (at - mean) * (at - mean)).collect();
        let found = spread.value();
        (found > 0.0 && found.is_finite()).then_some(Self(found))
    }

    /// The information of one row.
    #[must_use]
    pub fn per_row(self) -> f64 {
        self.0
    }
}

impl Plan {
    /// A plan for `target` where the outcome happens in a share `prevalence` of rows. `level` is
    /// the nominal coverage, such as 0.95 (brought into 0.5 to 0.999999).
    ///
    /// # Errors
    /// [`PlanError`] when the prevalence or what the target assumes is out of range.
    pub fn new(target: Target, prevalence: f64, level: f64) -> Result<Self, PlanError> {
        let inside = |value: f64| value > 0.0 && value < 1.0;
        if !inside(prevalence) {
            return Err(PlanError::Prevalence(prevalence));
        }
        match target {
            Target::ObservedExpected | Target::Slope { .. } => {}
            Target::Auroc { area } if inside(area) => {}
            Target::Auroc { area } => return Err(PlanError::Area(area)),
            Target::NetBenefit { sensitivity, specificity, threshold } => {
                for (name, value) in [("sensitivity", sensitivity), ("specificity", specificity)] {
                    if !(0.0..=1.0).contains(&value) {
                        return Err(PlanError::Share { name, value });
                    }
                }
                if !(0.0..1.0).contains(&threshold) {
                    return Err(PlanError::Threshold(threshold));
                }
            }
        }
        Ok(Self { target, prevalence, z: math::critical_value(level) })
    }

    /// A plan that assumes what the rows of a tally show: prevalence, scores, area, sensitivity
    /// and specificity. With few rows these are uncertain themselves, and so is the answer.
    ///
    /// # Errors
    /// [`PlanError::Undetermined`] when the rows lack an outcome, when one score stands for all
    /// rows (slope), or when every pair is ranked the same way (area).
    pub fn observed(tally: &Tally, aim: Aim, level: f64) -> Result<Self, PlanError> {
        if tally.events == 0 || tally.events >= tally.n {
            return Err(PlanError::Undetermined("prevalence"));
        }
        let target = match aim {
            Aim::ObservedExpected => Target::ObservedExpected,
            Aim::Slope => {
                let information = SlopeInformation::of(tally);
                let information = information.ok_or(PlanError::Undetermined("spread of scores"))?;
                Target::Slope { information }
            }
            Aim::Auroc => {
                let area = Auroc::of(&tally.histogram).map(|found| found.area);
                let area = area.filter(|area| *area > 0.0 && *area < 1.0);
                Target::Auroc { area: area.ok_or(PlanError::Undetermined("area"))? }
            }
            Aim::NetBenefit { threshold } => {
                let flags = Flags::at(&tally.histogram, threshold);
                let share = |measure| {
                    let (count, rows) = flags.share(measure).unwrap_or((0, 0));
                    count as f64 / rows as f64
                };
                let sensitivity = share(Measure::Sensitivity);
                let specificity = share(Measure::Specificity);
                Target::NetBenefit { sensitivity, specificity, threshold: threshold.value() }
            }
        };
        Self::new(target, tally.events as f64 / tally.n as f64, level)
    }

    /// How wide an interval this many rows give, from its lower to its upper end. None without
    /// rows, or where the width has no end. Cut ends (an area above 1) are not taken into account.
    #[must_use]
    pub fn width(&self, rows: u64) -> Option<f64> {
        if rows == 0 {
            return None;
        }
        let reach = self.z * self.standard_error(rows as f64);
        let width = match self.target {
            Target::ObservedExpected => 2.0 * libm::sinh(reach),
            _ => 2.0 * reach,
        };
        width.is_finite().then_some(width)
    }

    /// The fewest rows whose interval is at most `width` wide, with the events to expect in them.
    ///
    /// # Errors
    /// [`PlanError::Width`] when the width is not above 0, [`PlanError::TooManyRows`] when it takes
    /// more than 9·10¹⁵ rows.
    pub fn rows_for(&self, width: f64) -> Result<Size, PlanError> {
        if !(width > 0.0 && width.is_finite()) {
            return Err(PlanError::Width(width));
        }
        let rows = self.exact_rows(width).max(1.0);
        // Written so that what is no number is refused too.
        if rows <= MOST_ROWS { Ok(self.size(rows)) } else { Err(PlanError::TooManyRows(width)) }
    }

    /// Where `rows` rows stand against an interval of `width`: how wide theirs is, and about how
    /// many more rows and events are needed if prevalence and performance stay as assumed.
    ///
    /// # Errors
    /// As [`Self::rows_for`].
    pub fn standing(&self, rows: u64, width: f64) -> Result<Standing, PlanError> {
        let needed = self.rows_for(width)?;
        let more = self.size(needed.rows.saturating_sub(rows) as f64);
        Ok(Standing { width: self.width(rows), more })
    }

    /// Rows, rounded up, with their events.
    fn size(&self, rows: f64) -> Size {
        let rows = rows.ceil();
        Size { rows: rows as u64, events: (rows * self.prevalence).ceil() as u64 }
    }

    /// The standard error that so many rows give; of the logarithm, for observed over expected.
    fn standard_error(&self, rows: f64) -> f64 {
        let (first, second) = self.variance_terms();
        ((first + second / rows) / rows).sqrt()
    }

    /// How many rows give an interval of exactly this width, as if rows could be parted.
    fn exact_rows(&self, width: f64) -> f64 {
        let reach = match self.target {
            Target::ObservedExpected => libm::asinh(width / 2.0),
            _ => width / 2.0,
        };
        let variance = (reach / self.z) * (reach / self.z);
        // first/N + second/N² = variance, solved for N by the root in which nothing cancels.
        let (first, second) = self.variance_terms();
        (first + (first * first + 4.0 * second * variance).sqrt()) / (2.0 * variance)
    }

    /// The squared standard error of N rows is the first over N and the second over N².
    fn variance_terms(&self) -> (f64, f64) {
        let prevalence = self.prevalence;
        let healthy = 1.0 - prevalence;
        match self.target {
            Target::ObservedExpected => (healthy / prevalence, 0.0),
            Target::Slope { information } => (1.0 / information.per_row(), 0.0),
            Target::Auroc { area } => {
                // C(1 − C)[1 + (N/2 − 1)k]/(N²φ(1 − φ)).
                let spread = area * (1.0 - area) / (prevalence * healthy);
                let k = pair_share(area);
                (spread * k / 2.0, spread * (1.0 - k))
            }
            Target::NetBenefit { sensitivity: s, specificity: f, threshold } => {
                let q = threshold / (1.0 - threshold) * healthy / prevalence;
                let alarms = 1.0 - f;
                let first = s * (1.0 - s) / prevalence
                    + q * q * f * alarms / healthy
                    + q * q * alarms * alarms / (prevalence * healthy);
                (first, 0.0)
            }
        }
    }
}

/// (1 − C)/(2 − C) + C/(1 + C): what two pairs that share a row have in common.
fn pair_share(area: f64) -> f64 {
    (1.0 - area) / (2.0 - area) + area / (1.0 + area)
}
