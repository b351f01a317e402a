//! Outcomes that are known for some rows only until follow-up ends: risk by a horizon.
//!
//! A score is a predicted risk that the event happens by the horizon. A row that is censored before
//! it has no outcome. Leaving such rows out would favour early events, so each row with a known
//! outcome also stands for those like it that were censored: its weight is one over the chance of
//! being observed that long (inverse probability of censoring weighting; Graf et al., Stat Med
//! 1999;18:2529; Gerds & Schumacher, Biom J 2006;48:1029). The chance is the Kaplan-Meier estimate
//! G of the time to censoring over all rows, so censoring must not depend on score or outcome.
//!
//! Conventions: of rows that end at one time, events come before censoring. An event or a competing
//! event at time t ≤ horizon weighs 1/G(t−). A row followed up to the horizon without one, also one
//! censored exactly there, weighs 1/G(horizon−). A competing event by the horizon means that the
//! event does not happen.
//!
//! Standard errors are those of the infinitesimal jackknife: how each number moves with the weight
//! of each row, the estimate of G included. For the risk without competing events this is
//! Greenwood's.

mod censoring;
mod concordance;
#[cfg(test)]
mod tests;

use crate::answer::{Answer, Found, TooFew};
use crate::counts::{Counts, Number};
use crate::finding::{Finding, Setting, named, normal, on_logit_scale};
use crate::{Score, threshold};
use censoring::{Censoring, Mean};
use serde::{Deserialize, Serialize};

/// How the follow-up of a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The event happened.
    Event,
    /// Something happened after which the event no longer can, such as death from another cause.
    Competing,
    /// Nothing happened while the row was followed.
    Censored,
}

/// A row with its follow-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FollowUp {
    /// How long it was followed, 0 or more, in any unit.
    pub time: Number,
    /// How that ended.
    pub ending: Ending,
    /// The predicted risk of the event by the horizon.
    pub score: Score,
}

named! {
    /// What is measured of risks at a horizon.
    SurvivalMeasure;
    /// Chance of the event by the horizon, 0 to 1: Kaplan-Meier, or Aalen-Johansen where there are
    /// competing events.
    ObservedRisk "observed_risk" "observed risk at the horizon";
    /// Mean score, 0 to 1.
    MeanScore "mean_score" "mean score";
    /// Observed risk over mean score. Above 0.
    ObservedExpected "observed_expected" "observed / expected at the horizon";
    /// Chance that a row with the event by the horizon scores higher than one without; ties count
    /// half. 0 to 1.
    Auroc "auroc" "discrimination at the horizon (cumulative/dynamic AUROC)";
    /// Mean squared difference of score and outcome at the horizon. 0 to 1.
    Brier "brier" "Brier score at the horizon";
    /// Share of the outcome's variance that the scores explain: 1 - Brier / (risk (1 - risk)).
    ScaledBrier "scaled_brier" "scaled Brier score at the horizon";
    /// Harrell's concordance: of two rows of which the event is known to come first in one, the
    /// chance that this one scores higher; ties count half. 0 to 1.
    HarrellC "harrell_c" "Harrell's C";
    /// Uno's concordance up to the horizon, which does not depend on how rows are censored. 0 to 1.
    UnoC "uno_c" "Uno's C up to the horizon";
    /// Share of the rows with the event by the horizon that are flagged. 0 to 1.
    Sensitivity "sensitivity" "sensitivity";
    /// Share of the rows without it that are not flagged. 0 to 1.
    Specificity "specificity" "specificity";
    /// Share of the flagged rows that have the event by the horizon. 0 to 1.
    Ppv "ppv" "positive predictive value";
    /// Share of the rows not flagged that do not. 0 to 1.
    Npv "npv" "negative predictive value";
    /// Share of rows flagged. 0 to 1.
    FlagRate "flag_rate" "flag rate";
    /// Net benefit of acting on flags, in true positives per row.
    NetBenefit "net_benefit" "net benefit";
}

/// What a finding at a horizon is of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AtHorizon {
    /// The measure.
    pub measure: SurvivalMeasure,
    /// The threshold at which a row is flagged (`score >= threshold`), for measures that have one.
    pub threshold: Option<f64>,
}

/// How many rows there are of each kind at a horizon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HorizonRows {
    /// All rows.
    pub n: u64,
    /// Events by the horizon.
    pub events: u64,
    /// Competing events by the horizon.
    pub competing: u64,
    /// Followed up to the horizon without either.
    pub free: u64,
    /// Censored before it.
    pub censored: u64,
}

/// Counts the rows by what is known of them at a horizon.
#[must_use]
pub fn horizon_rows(rows: &Counts<FollowUp>, horizon: Number) -> HorizonRows {
    let ended = |ending: Ending| move |row: &FollowUp| row.ending == ending && row.time <= horizon;
    let events = rows.count(ended(Ending::Event));
    let competing = rows.count(ended(Ending::Competing));
    let censored = rows.count(|row| row.ending == Ending::Censored && row.time < horizon);
    let n = rows.total();
    HorizonRows { n, events, competing, free: n - events - competing - censored, censored }
}

/// Everything that can be said of predicted risks at a horizon, always in the same order.
///
/// A row is flagged when `score >= threshold`. `level` is the nominal coverage of the intervals,
/// such as 0.95 (brought into 0.5 to 0.999999).
///
/// - Observed risk: Kaplan-Meier or Aalen-Johansen; interval on the logit scale.
/// - Observed / expected: log interval, with the chance in both.
/// - AUROC: cases are events by the horizon, controls all others known there, both weighted (Uno et
///   al., JASA 2007;102:527; Blanche et al., Stat Med 2013;32:5381); logit interval.
/// - Brier score, scaled Brier score, net benefit: weighted means; normal.
/// - Rates at thresholds: ratios of weighted means; logit interval. Flag rate: Wilson.
/// - Harrell's C (JAMA 1982;247:2543) uses all follow-up; Uno's C (Stat Med 2011;30:1105) weighs
///   each event by the horizon 1/G(t−)². Rows with events at one time are not compared. Logit
///   intervals. Neither is given where there are competing events.
///
/// In simulations with 200, 2,000 and 20,000 rows, many of them censored before the horizon, with
/// and without competing events, intervals hold as often as they say.
///
/// Nothing but mean score and flag rate is determined when follow-up ends before the horizon, as
/// the last row to be followed is censored. Rates of 0 and 1 have no interval here. A set of 1 to
/// 10 rows is suppressed.
#[must_use]
pub fn survival_estimates(
    rows: &Counts<FollowUp>,
    horizon: Number,
    thresholds: &[Score],
    level: f64,
) -> Vec<Finding<AtHorizon>> {
    let setting = Setting::new(rows.total(), level);
    let at = Horizon::of(rows, horizon);
    let mut found = at.whole(&setting);
    for &threshold in thresholds {
        found.extend(at.flagged(&setting, threshold));
    }
    found
}

/// The weighted means that every measure is made of.
struct Horizon<'a> {
    rows: &'a Counts<FollowUp>,
    horizon: Number,
    censoring: Censoring,
    /// The chance of the event by the horizon.
    risk: Mean,
    /// The chance of being known not to have it; with the risk 1.
    rest: Mean,
    score: Mean,
}

impl<'a> Horizon<'a> {
    fn of(rows: &'a Counts<FollowUp>, horizon: Number) -> Self {
        let censoring = Censoring::of(rows, horizon);
        let risk = censoring.mean(|row| f64::from(row.case));
        let rest = censoring.mean(|row| f64::from(!row.case));
        let score = censoring.plain_mean(|row| row.score);
        Self { rows, horizon, censoring, risk, rest, score }
    }

    fn whole(&self, setting: &Setting) -> Vec<Finding<AtHorizon>> {
        use SurvivalMeasure as M;
        let z = setting.z;
        let (risk, score) = (&self.risk, &self.score);
        let brier = self.censoring.mean(|row| {
            let away = row.score - f64::from(row.case);
            away * away
        });
        let unexplained = risk.value * (1.0 - risk.value);
        let scaled = brier.with(risk, 1.0 - brier.value / unexplained, |brier_by, risk_by| {
            let per_risk = brier.value * (1.0 - 2.0 * risk.value) / (unexplained * unexplained);
            per_risk * risk_by - brier_by / unexplained
        });
        let ratio = risk.over(score);
        let log_error = ratio.standard_error() / ratio.value;
        let auroc = concordance::auroc(&self.censoring, self.risk.value, self.rest.value);
        let harrell = concordance::harrell(&self.censoring);
        let uno = concordance::uno(&self.censoring);
        let known = |answer: Answer| if self.censoring.reaches_horizon { answer } else { NONE };
        let on_logit = |mean: &Mean| on_logit_scale(mean.value, mean.standard_error(), z);
        let on_line = |mean: &Mean| normal(mean.value, mean.standard_error(), z);
        let ordered = |mean: Option<Mean>| mean.map_or(NONE, |mean| on_logit(&mean));
        let weighted = "inverse probability of censoring weights";
        let curve = match rows_compete(self.rows, self.horizon) {
            true => "Aalen-Johansen",
            false => "Kaplan-Meier",
        };
        let answers = [
            (M::ObservedRisk, format!("{curve}; logit interval"), known(on_logit(risk))),
            (M::MeanScore, "normal interval".into(), on_line(score)),
            (
                M::ObservedExpected,
                format!("{curve} over mean score; log-normal interval"),
                known(between(risk.value, Found::log_normal(ratio.value, log_error, z))),
            ),
            (M::Auroc, format!("{weighted}; logit interval"), known(ordered(auroc))),
            (
                M::Brier,
                format!("{weighted}; normal interval"),
                known(on_line(&brier).map(|found| found.within(0.0, 1.0))),
            ),
            (
                M::ScaledBrier,
                format!("{weighted}; delta-method interval"),
                known(on_line(&scaled).map(|found| found.within(f64::MIN, 1.0))),
            ),
            (M::HarrellC, "pairs in known order; logit interval".into(), ordered(harrell)),
            (M::UnoC, format!("{weighted}, squared; logit interval"), known(ordered(uno))),
        ];
        let row = |(measure, method, answer): (M, String, Answer)| {
            setting.finding(AtHorizon { measure, threshold: None }, method, answer)
        };
        answers.into_iter().map(row).collect()
    }

    fn flagged(&self, setting: &Setting, threshold: Score) -> [Finding<AtHorizon>; 6] {
        use SurvivalMeasure as M;
        let z = setting.z;
        let t = threshold.value();
        // Infinite at a threshold of 1, where net benefit is not defined.
        let weight = t / (1.0 - t);
        let hits = self.censoring.mean(|row| f64::from(row.case && row.score >= t));
        let alarms = self.censoring.mean(|row| f64::from(!row.case && row.score >= t));
        let missed = self.censoring.mean(|row| f64::from(row.case && row.score < t));
        let passed = self.censoring.mean(|row| f64::from(!row.case && row.score < t));
        let share = |part: &Mean, other: &Mean| {
            let of = part.over(&part.with(other, part.value + other.value, |a, b| a + b));
            on_logit_scale(of.value, of.standard_error(), z)
        };
        let benefit = hits
            .with(&alarms, hits.value - weight * alarms.value, |hit, alarm| hit - weight * alarm);
        let benefit = normal(benefit.value, benefit.standard_error(), z);
        let flagged = self.rows.count(|row| row.score >= threshold);
        let known = |answer: Answer| if self.censoring.reaches_horizon { answer } else { NONE };
        let weighted = "inverse probability of censoring weights; logit interval";
        let mean = "inverse probability of censoring weights; normal interval";
        [
            (M::Sensitivity, weighted, known(share(&hits, &missed))),
            (M::Specificity, weighted, known(share(&passed, &alarms))),
            (M::Ppv, weighted, known(share(&hits, &alarms))),
            (M::Npv, weighted, known(share(&passed, &missed))),
            (M::FlagRate, "Wilson interval", threshold::share(flagged, setting.n, z)),
            (M::NetBenefit, mean, known(benefit)),
        ]
        .map(|(measure, method, answer)| {
            setting.finding(AtHorizon { measure, threshold: Some(t) }, method, answer)
        })
    }
}

const NONE: Answer = Err(TooFew::UNKNOWN);

/// No answer when all rows have the event, or none: the spread says nothing then.
fn between(risk: f64, answer: Answer) -> Answer {
    if risk > 0.0 && risk < 1.0 { answer } else { NONE }
}

fn rows_compete(rows: &Counts<FollowUp>, horizon: Number) -> bool {
    rows.iter().any(|(row, _)| row.ending == Ending::Competing && row.time <= horizon)
}
