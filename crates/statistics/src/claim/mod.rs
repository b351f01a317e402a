//! What somebody claims about a model against what was measured here.

use crate::{Better, Estimate, Measure, Status, math, wilson};
use serde::Serialize;
use std::fmt;

/// A number that somebody else gave for a measure, such as a vendor on a model card.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Claim {
    /// What it is about.
    pub measure: Measure,
    /// The threshold at which a row is flagged; none where the claim does not say.
    pub threshold: Option<f64>,
    /// Whom it was measured in, in the words of the claim; none where the claim does not say.
    pub population: Option<String>,
    /// The number, in the unit of the measure: a share is between 0 and 1.
    pub estimate: f64,
    /// Lower and upper end of its interval.
    pub interval: Option<(f64, f64)>,
    /// The nominal coverage of that interval, such as 0.95.
    pub level: f64,
    /// For a share, the rows that it is a share of: for sensitivity those with the outcome. It
    /// gives the interval of a share that was claimed without one; else it only stands by.
    pub n: Option<u64>,
}

/// By what rule a claim is compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClaimRule {
    /// How far from a claim is still as claimed, in the unit of the measure. Above 0.
    pub margin: f64,
    /// The fewest local rows with the outcome, and without it, that are enough to compare.
    pub least_events: u64,
    /// The coverage of the interval of the difference, such as 0.95.
    pub level: f64,
}

impl Default for ClaimRule {
    /// A margin of 0.05, ten rows with and ten without the outcome, 95 %.
    fn default() -> Self {
        Self { margin: 0.05, least_events: 10, level: 0.95 }
    }
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval of the difference lies within the margin, and it holds 0.
    Confirmed,
    /// The interval of the difference holds 0 but reaches beyond the margin: the claim may be
    /// right, and there is not enough to say so.
    Compatible,
    /// The interval of the difference excludes 0, to the better.
    Better,
    /// The interval of the difference excludes 0, to the worse.
    Worse,
    /// The two cannot be compared.
    CannotCompare {
        /// Why not.
        why: Obstacle,
    },
}

/// Why a claim and a local estimate cannot be compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "obstacle", rename_all = "snake_case")]
pub enum Obstacle {
    /// They are about different measures.
    OtherMeasure {
        /// What the claim is about.
        claimed: Measure,
        /// What was measured here.
        local: Measure,
    },
    /// The measure depends on a threshold, and the two were not at the same one.
    OtherThreshold {
        /// That of the claim, if it says so.
        claimed: Option<f64>,
        /// That of the local estimate.
        local: Option<f64>,
    },
    /// They are about different people.
    OtherPopulation {
        /// Those of the claim.
        claimed: String,
        /// Those of the local estimate.
        local: String,
    },
    /// The measure describes the patients, not how good a model is.
    NoDirection,
    /// The claim has a number that the measure cannot have, or an interval that does not hold it.
    ImpossibleClaim,
    /// The claim has no interval, and none follows from it.
    NoInterval,
    /// There is no local number with an interval.
    NoLocalEstimate,
    /// Too few local rows had the outcome, or did not have it.
    TooFewEvents {
        /// The smaller of the two numbers.
        events: u64,
        /// How many it takes.
        least: u64,
    },
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherMeasure { claimed, local } => {
                write!(f, "the claim is about {claimed}, the local estimate about {local}")
            }
            Self::OtherThreshold { claimed: None, .. } => {
                f.write_str("the claim does not say at which threshold it holds")
            }
            Self::OtherThreshold { claimed: Some(claimed), local } => {
                let local = local.map_or_else(|| "none".to_owned(), |it| it.to_string());
                write!(f, "the claim is at threshold {claimed}, the local estimate at {local}")
            }
            Self::OtherPopulation { claimed, local } => {
                write!(f, "the claim is about `{claimed}`, the local estimate about `{local}`")
            }
            Self::NoDirection => f.write_str("neither more nor less of the measure is better"),
            Self::ImpossibleClaim => f.write_str(
                "the claim is outside what the measure can be, or outside its own interval",
            ),
            Self::NoInterval => f.write_str("the claim has no interval, and none follows from it"),
            Self::NoLocalEstimate => f.write_str("there is no local estimate with an interval"),
            Self::TooFewEvents { events, least } => {
                write!(f, "only {events} local rows with or without the outcome, of {least} needed")
            }
        }
    }
}

/// How far the local estimate lies from a claim.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Gap {
    /// Local estimate minus claim, in the unit of the measure.
    pub estimate: f64,
    /// The lower end of its interval.
    pub lower: f64,
    /// The upper end of its interval.
    pub upper: f64,
    /// The standard error of the difference, from the widths of both intervals.
    pub standard_error: f64,
    /// True when the interval lies within the margin. With [`Verdict::Worse`] or
    /// [`Verdict::Better`]: there is a difference, but one that the margin calls small.
    pub within_margin: bool,
}

/// A claim, compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// What became of the claim.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// How far the two lie apart; none when they cannot be compared.
    pub gap: Option<Gap>,
}

/// A number with an interval at a stated coverage.
#[derive(Debug, Clone, Copy)]
struct Around {
    estimate: f64,
    lower: f64,
    upper: f64,
}

impl Around {
    /// The same at another coverage: each side grows as the normal deviate does.
    fn at(self, from: f64, to: f64) -> Self {
        let factor = math::critical_value(to) / math::critical_value(from);
        Self {
            lower: self.estimate - (self.estimate - self.lower) * factor,
            upper: self.estimate + (self.upper - self.estimate) * factor,
            ..self
        }
    }

    /// The variance that the width of the interval speaks of.
    fn variance(self, level: f64) -> f64 {
        let error = (self.upper - self.lower) / (2.0 * math::critical_value(level));
        error * error
    }
}

impl Claim {
    /// The claim with its interval at a coverage: the one that it came with, or Wilson's for a
    /// share of `n` rows.
    fn around(&self, level: f64) -> Result<Around, Obstacle> {
        let (least, most) = self.measure.range();
        if !(least..=most).contains(&self.estimate) {
            return Err(Obstacle::ImpossibleClaim);
        }
        if let Some((lower, upper)) = self.interval {
            let numbers = [least, lower, self.estimate, upper, most];
            let usable = self.level > 0.0 && self.level < 1.0 && (upper - lower).is_finite();
            // A comparison with what is no number is false, so this refuses those too.
            if !usable || !numbers.is_sorted() {
                return Err(Obstacle::ImpossibleClaim);
            }
            let around = Around { estimate: self.estimate, lower, upper };
            return Ok(around.at(self.level, level));
        }
        let n = self.n.filter(|_| self.is_share()).ok_or(Obstacle::NoInterval)?;
        let (lower, upper) = wilson((self.estimate * n as f64).round() as u64, n, level)
            .ok_or(Obstacle::NoInterval)?;
        // The claim is rounded, and may lie just outside the interval of the nearest count.
        let (lower, upper) = (lower.min(self.estimate), upper.max(self.estimate));
        Ok(Around { estimate: self.estimate, lower, upper })
    }

    /// True when the measure is so many of so many rows.
    fn is_share(&self) -> bool {
        matches!(
            self.measure,
            Measure::Sensitivity | Measure::Specificity | Measure::Ppv | Measure::Npv
        )
    }
}

/// Compares a claim with a local estimate.
///
/// The difference is the local estimate minus the claim; its interval comes from the two intervals
/// by square-and-add (MOVER: Zou & Donner 2008; for two shares with Wilson's intervals it is method
/// 10 of Newcombe 1998), brought to the coverage of the rule. With an interval that excludes 0 the
/// verdict is better or worse, whatever the margin; else it is confirmed when the interval lies
/// within the margin, and compatible when not. For a measure that is best at 0 or 1, nearer to it
/// is better.
///
/// A claim without a population is taken to be about whom the local estimate is about; one without
/// a threshold cannot be compared where the measure depends on one.
#[must_use]
pub fn compare_claim(claim: &Claim, local: &Estimate, rule: ClaimRule) -> Comparison {
    match try_compare(claim, local, rule) {
        Ok(comparison) => comparison,
        Err(why) => Comparison { verdict: Verdict::CannotCompare { why }, gap: None },
    }
}

fn try_compare(claim: &Claim, local: &Estimate, rule: ClaimRule) -> Result<Comparison, Obstacle> {
    same_question(claim, local)?;
    let claimed = claim.around(rule.level)?;
    let measured = local_around(local, rule)?.at(local.level, rule.level);
    let estimate = measured.estimate - claimed.estimate;
    let square = |a: f64, b: f64| (a * a + b * b).sqrt();
    let below = square(measured.estimate - measured.lower, claimed.upper - claimed.estimate);
    let above = square(measured.upper - measured.estimate, claimed.estimate - claimed.lower);
    let (lower, upper) = (estimate - below, estimate + above);
    let variance = measured.variance(rule.level) + claimed.variance(rule.level);
    let within_margin = lower >= -rule.margin && upper <= rule.margin;
    let gap = Gap { estimate, lower, upper, standard_error: variance.sqrt(), within_margin };
    let verdict = if lower <= 0.0 && upper >= 0.0 {
        if within_margin { Verdict::Confirmed } else { Verdict::Compatible }
    } else if is_better(claim.measure, claimed.estimate, measured.estimate) {
        Verdict::Better
    } else {
        Verdict::Worse
    };
    Ok(Comparison { verdict, gap: Some(gap) })
}

/// Refuses what is about something else.
fn same_question(claim: &Claim, local: &Estimate) -> Result<(), Obstacle> {
    if claim.measure != local.measure {
        return Err(Obstacle::OtherMeasure { claimed: claim.measure, local: local.measure });
    }
    if claim.measure.better() == Better::Neither {
        return Err(Obstacle::NoDirection);
    }
    let (claimed, here) = (claim.threshold, local.threshold);
    if claim.measure.has_threshold() && (claimed.is_none() || claimed != here) {
        return Err(Obstacle::OtherThreshold { claimed, local: here });
    }
    let here = local.cohort.as_ref().map_or_else(|| "all".to_owned(), |it| it.level.clone());
    match &claim.population {
        Some(claimed) if *claimed != here => {
            Err(Obstacle::OtherPopulation { claimed: claimed.clone(), local: here })
        }
        _ => Ok(()),
    }
}

fn local_around(local: &Estimate, rule: ClaimRule) -> Result<Around, Obstacle> {
    let (Some(estimate), Some(lower), Some(upper), Status::Estimated) =
        (local.estimate, local.lower, local.upper, local.status)
    else {
        return Err(Obstacle::NoLocalEstimate);
    };
    if let (Some(n), Some(with)) = (local.n, local.events) {
        let events = with.min(n.saturating_sub(with));
        if events < rule.least_events {
            return Err(Obstacle::TooFewEvents { events, least: rule.least_events });
        }
    }
    if ![lower, estimate, upper].is_sorted() || !(upper - lower).is_finite() {
        return Err(Obstacle::NoLocalEstimate);
    }
    Ok(Around { estimate, lower, upper })
}

/// True when the second of two values of a measure is the better one: see [`Measure::better`]. Of
/// two equal ones, and where no way is good, neither is.
#[must_use]
pub fn is_better(measure: Measure, claimed: f64, local: f64) -> bool {
    match measure.better() {
        Better::Higher => local > claimed,
        Better::Lower => local < claimed,
        Better::Near0 => local.abs() < claimed.abs(),
        Better::Near1 => (local - 1.0).abs() < (claimed - 1.0).abs(),
        Better::Neither => false,
    }
}

#[cfg(test)]
mod tests;
