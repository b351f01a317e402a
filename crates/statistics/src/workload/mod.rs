//! What alerts ask of a unit: how many come on a day, how many are true, and on how many days there
//! are more than somebody can see to.
//!
//! Everything follows from integer counts of days ([`Day`]), which [`days`] takes from predictions
//! as they would have come. Days are the blocks: rows of one day belong together, so intervals rest
//! on how days differ, not on how many rows there are. With fewer than about 30 days they are too
//! short, and they know nothing of seasons that were not seen.

#[cfg(test)]
mod tests;

use crate::agreement::mean;
use crate::{Score, math, threshold};
use serde::Serialize;
use std::collections::HashMap;

/// A prediction, as far as the work that it makes depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prediction {
    /// The unit, from 0.
    pub unit: u32,
    /// When, in any unit of time that [`Rule::snooze`] is in too.
    pub at: i64,
    /// The day, from 0 for the first of the log.
    pub day: u32,
    /// The patient, from 0; none when patients are not told apart.
    pub patient: Option<u32>,
    /// The score, in billionths.
    pub score: u32,
    /// Whether the outcome happened; none when it is not known.
    pub outcome: Option<bool>,
}

/// When a prediction becomes an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The score from which there is an alert.
    pub threshold: Score,
    /// How long a patient's alerts are held back in a unit after one was shown; 0 for not at all.
    pub snooze: i64,
}

/// One day of one unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Day {
    /// Predictions made.
    pub predictions: u64,
    /// Alerts shown.
    pub alerts: u64,
    /// Alerts held back, because one of the same patient was shown shortly before.
    pub held_back: u64,
    /// Alerts shown whose outcome is known.
    pub known: u64,
    /// Those of them in which the outcome happened.
    pub hits: u64,
    /// Patients with an alert shown; 0 when patients are not told apart.
    pub patients: u64,
}

/// A mean or share with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Span {
    /// The value.
    pub estimate: f64,
    /// Lower end of the interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// How many there are on a day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PerDay {
    /// The mean over days.
    pub mean: f64,
    /// The normal interval of the mean, from 0 up; none with fewer than two days.
    pub interval: Option<(f64, f64)>,
    /// On half of the days there are no more than this.
    pub median: u64,
    /// On nine of ten days there are no more than this.
    pub ninetieth: u64,
    /// The most on one day.
    pub most: u64,
}

/// What the alerts of a unit ask for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Load {
    /// Days, those without alerts too.
    pub days: u64,
    /// Predictions.
    pub predictions: u64,
    /// Alerts shown.
    pub alerts: u64,
    /// Alerts held back.
    pub held_back: u64,
    /// Alerts shown on a day.
    pub alerts_per_day: PerDay,
    /// Patients with an alert on a day.
    pub patients_per_day: PerDay,
    /// Alerts shown for each prediction, 0 to 1; none without predictions.
    pub alert_rate: Option<Span>,
    /// The share of alerts that are true (positive predictive value), of those whose outcome is
    /// known; none where there is none.
    pub true_share: Option<Span>,
    /// The share of days with more alerts than the capacity; none without one.
    pub above_capacity: Option<Span>,
}

/// The days of each of `units` units over `count` days, by a rule. A prediction of another unit or
/// day is left out. The order of the predictions does not matter: of those of one instant the
/// highest score comes first, and where scores are the same, the one that is not known to be true.
///
/// An alert of a patient is held back when one of the same patient was shown in the same unit less
/// than the snooze before. What is held back does not hold back others.
#[must_use]
pub fn days(predictions: &[Prediction], units: usize, count: usize, rule: Rule) -> Vec<Vec<Day>> {
    let mut found = vec![vec![Day::default(); count]; units];
    let mut sorted: Vec<&Prediction> = predictions.iter().collect();
    sorted.sort_unstable_by(|a, b| {
        let (place, other) = ((a.unit, a.at, b.score), (b.unit, b.at, a.score));
        place.cmp(&other).then_with(|| (a.outcome, a.patient).cmp(&(b.outcome, b.patient)))
    });
    // When an alert of the patient was shown last in the unit, and on which day.
    let mut shown: HashMap<(u32, u32), (i64, u32)> = HashMap::new();
    for it in sorted {
        let day = found.get_mut(it.unit as usize).and_then(|days| days.get_mut(it.day as usize));
        let Some(day) = day else { continue };
        day.predictions += 1;
        if it.score < rule.threshold.billionths() {
            continue;
        }
        if let Some(patient) = it.patient {
            let before = shown.get(&(it.unit, patient)).copied();
            let within = |(at, _): (i64, u32)| it.at.saturating_sub(at) < rule.snooze;
            if before.is_some_and(within) {
                day.held_back += 1;
                continue;
            }
            day.patients += u64::from(before.is_none_or(|(_, of)| of != it.day));
            shown.insert((it.unit, patient), (it.at, it.day));
        }
        day.alerts += 1;
        day.known += u64::from(it.outcome.is_some());
        day.hits += u64::from(it.outcome == Some(true));
    }
    found
}

/// The lowest of the scores, ascending, that keeps the mean number of alerts on a day of every unit
/// at or below `budget`. None when even the highest does not.
///
/// A higher threshold never gives more alerts, with a snooze neither: what is shown is as many
/// alerts as fit with the snooze between them.
#[must_use]
pub fn threshold_within(
    predictions: &[Prediction],
    units: usize,
    count: usize,
    snooze: i64,
    budget: f64,
    scores: &[Score],
) -> Option<Score> {
    let too_many = |threshold: &Score| {
        let found = days(predictions, units, count, Rule { threshold: *threshold, snooze });
        let alerts = |days: &Vec<Day>| days.iter().map(|day| day.alerts).sum::<u64>() as f64;
        found.iter().any(|days| alerts(days) > budget * count as f64)
    };
    scores.get(scores.partition_point(too_many)).copied()
}

/// Days of several units added up, day by day. A patient with alerts in two units counts twice.
#[must_use]
pub fn together(units: &[Vec<Day>]) -> Vec<Day> {
    let mut all = vec![Day::default(); units.iter().map(Vec::len).max().unwrap_or_default()];
    for days in units {
        for (sum, day) in all.iter_mut().zip(days) {
            sum.predictions += day.predictions;
            sum.alerts += day.alerts;
            sum.held_back += day.held_back;
            sum.known += day.known;
            sum.hits += day.hits;
            sum.patients += day.patients;
        }
    }
    all
}

/// What the alerts of these days ask for. None without days. `capacity` is how many alerts can be
/// seen to on a day; `level` the nominal coverage, such as 0.95 (brought into 0.5 to 0.999999).
///
/// Shares are ratios of sums over days; their variance is that of a ratio (Cochran, "Sampling
/// Techniques", section 2.11), their interval Wilson's for as many rows as would be as sure.
#[must_use]
pub fn load(days: &[Day], capacity: Option<u64>, level: f64) -> Option<Load> {
    if days.is_empty() {
        return None;
    }
    let sum = |of: fn(&Day) -> u64| days.iter().map(of).sum::<u64>();
    let above = capacity.and_then(|capacity| {
        let over = days.iter().filter(|day| day.alerts > capacity).count() as u64;
        let (lower, upper) = threshold::wilson(over, days.len() as u64, level)?;
        Some(Span { estimate: over as f64 / days.len() as f64, lower, upper })
    });
    Some(Load {
        days: days.len() as u64,
        predictions: sum(|day| day.predictions),
        alerts: sum(|day| day.alerts),
        held_back: sum(|day| day.held_back),
        alerts_per_day: per_day(days, |day| day.alerts, level),
        patients_per_day: per_day(days, |day| day.patients, level),
        alert_rate: share(days, |day| (day.alerts, day.predictions), level),
        true_share: share(days, |day| (day.hits, day.known), level),
        above_capacity: above,
    })
}

fn per_day(days: &[Day], of: impl Fn(&Day) -> u64, level: f64) -> PerDay {
    let mut counts: Vec<u64> = days.iter().map(of).collect();
    counts.sort_unstable();
    let values: Vec<f64> = counts.iter().map(|count| *count as f64).collect();
    // The smallest count that at least this share of the days does not exceed.
    let at = |tenths: usize| {
        let place = (counts.len() * tenths).div_ceil(10).saturating_sub(1);
        counts.get(place).copied().unwrap_or_default()
    };
    let interval = mean(&values, level).map(|(_, lower, upper)| (lower.max(0.0), upper));
    PerDay {
        mean: counts.iter().sum::<u64>() as f64 / counts.len() as f64,
        interval,
        median: at(5),
        ninetieth: at(9),
        most: counts.last().copied().unwrap_or_default(),
    }
}

/// So many of so many, summed over days, with an interval from how days differ. None when there is
/// nothing to be a share of; days without any do not count as blocks.
fn share(days: &[Day], of: impl Fn(&Day) -> (u64, u64), level: f64) -> Option<Span> {
    let days: Vec<(u64, u64)> = days.iter().map(of).filter(|(_, all)| *all > 0).collect();
    let (count, all) = days.iter().fold((0, 0), |sum, day| (sum.0 + day.0, sum.1 + day.1));
    if all == 0 {
        return None;
    }
    let z = math::critical_value(level);
    let (blocks, whole) = (days.len() as f64, all as f64);
    let ratio = count as f64 / whole;
    let residual = |(count, all): &(u64, u64)| {
        let off = *count as f64 - ratio * *all as f64;
        off * off
    };
    let squares: math::Sum = days.iter().map(residual).collect();
    let variance = blocks / (blocks - 1.0) * squares.value() / (whole * whole);
    let as_sure = ratio * (1.0 - ratio) / variance;
    // One day, or days that are all the same, say nothing about how days differ: rows must do.
    let as_sure = if as_sure.is_finite() && as_sure > 0.0 { as_sure } else { whole };
    let (lower, upper) = threshold::wilson_at(ratio, as_sure.min(whole), z);
    Some(Span { estimate: ratio, lower, upper })
}
