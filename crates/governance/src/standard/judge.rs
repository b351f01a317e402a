//! How numbers are judged against a standard: estimate by estimate, then the requirement, then the
//! whole.

use super::{Bound, End, Finding, Proof, RequirementId, Status, ValidationStandard};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statistics::{Estimate, SMALLEST_CELL, Status as Measured};

/// About what it takes beyond the data that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Need {
    /// More predictions.
    pub rows: u64,
    /// More predictions with the outcome, among these.
    pub events: u64,
}

/// One estimate against a bound.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trial {
    /// The estimate.
    pub estimate: Estimate,
    /// What became of it.
    pub status: Status,
    /// Why, in words.
    pub because: String,
    /// What is lacking: until there are enough data to judge, or, where an estimate within the
    /// bound has an interval beyond it, until the interval lies within too if the estimate stays.
    /// None where nothing is lacking, or where it cannot be said.
    pub need: Option<Need>,
}

/// A requirement of numbers, with what became of it and how.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// The requirement.
    pub requirement: RequirementId,
    /// The requirement in plain words.
    pub title: String,
    /// What the number must satisfy.
    pub bound: Bound,
    /// What became of it.
    pub status: Status,
    /// The number or the gap behind it, in plain words.
    pub because: String,
    /// Each estimate that it is about, in the order of the report.
    pub trials: Vec<Trial>,
}

impl ValidationStandard {
    /// Judges what numbers alone can prove; what asks for a person's word is left out.
    #[must_use]
    pub fn judge_numbers(&self, estimates: &[Estimate]) -> Vec<Judgement> {
        let numbers = self.requirements.iter().filter_map(|it| match &it.proof {
            Proof::Computed(bound) => Some((it, bound)),
            Proof::Attested { .. } | Proof::Reviewed(_) => None,
        });
        let judged = numbers.map(|(requirement, bound)| {
            let trials = bound.trials(estimates);
            let (status, because) = bound.sum_up(&trials);
            Judgement {
                requirement: requirement.id.clone(),
                title: requirement.title.clone(),
                bound: bound.clone(),
                status,
                because,
                trials,
            }
        });
        judged.collect()
    }

    /// The verdict on the whole: failed when any requirement failed, met when all are.
    #[must_use]
    pub fn verdict(findings: &[Finding]) -> Status {
        verdict(findings.iter().map(|finding| finding.status))
    }
}

/// The verdict on several together: failed when any failed, met when all are; of none there is too
/// little to tell.
#[must_use]
pub fn verdict(statuses: impl IntoIterator<Item = Status>) -> Status {
    statuses.into_iter().max().unwrap_or(Status::NotEnoughData)
}

impl Bound {
    /// Judges the estimates, over the whole span, that the bound is about.
    #[must_use]
    pub fn judge(&self, estimates: &[Estimate]) -> (Status, String) {
        self.sum_up(&self.trials(estimates))
    }

    /// Judges each estimate that the bound is about: over the whole span, and for a measure that
    /// depends on a threshold at the first one, which is the operating one.
    #[must_use]
    pub fn trials(&self, estimates: &[Estimate]) -> Vec<Trial> {
        let whole = estimates.iter().filter(|estimate| estimate.period.is_none());
        let mut about = whole.filter(|estimate| self.is_about(estimate)).peekable();
        let Some(threshold) = about.peek().map(|first| first.threshold) else {
            return Vec::new();
        };
        about.filter(|it| it.threshold == threshold).map(|it| self.trial(it)).collect()
    }

    /// True for an estimate of the bound's measure, over all predictions or over a cohort of its
    /// attribute.
    pub(crate) fn is_about(&self, estimate: &Estimate) -> bool {
        let attribute = estimate.cohort.as_ref().map(|cohort| cohort.attribute.as_str());
        estimate.measure == self.measure && attribute == self.each.as_deref()
    }

    /// Judges one estimate, and says why in words.
    #[must_use]
    pub fn judge_one(&self, estimate: &Estimate) -> (Status, String) {
        let trial = self.trial(estimate);
        (trial.status, trial.because)
    }

    fn trial(&self, estimate: &Estimate) -> Trial {
        let whom = estimate
            .cohort
            .as_ref()
            .map(|cohort| format!("{} {}: ", cohort.attribute, cohort.level))
            .unwrap_or_default();
        let trial = |status, because: String, need| Trial {
            estimate: estimate.clone(),
            status,
            because: format!("{whom}{because}"),
            need,
        };
        let (n, events) = (estimate.n.unwrap_or(0), estimate.events.unwrap_or(0));
        let (Some(point), Some(lower), Some(upper)) =
            (estimate.estimate, estimate.lower, estimate.upper)
        else {
            let because = match estimate.status {
                Measured::Suppressed => format!("fewer than {SMALLEST_CELL} predictions"),
                _ => "no estimate".to_owned(),
            };
            return trial(Status::NotEnoughData, because, self.lacking(estimate));
        };
        if n < self.min_n || events < self.min_events {
            let missing = self.min_n.saturating_sub(n).max(self.min_events.saturating_sub(events));
            let because =
                format!("{n} predictions, {events} events: at least {missing} more needed");
            return trial(Status::NotEnoughData, because, self.lacking(estimate));
        }
        let met = self.holds(point, lower, upper);
        let verb = if met { "satisfies" } else { "misses" };
        let because =
            format!("{point:.3} ({lower:.3} to {upper:.3}, n {n}) {verb} {}", self.in_words());
        match met {
            true => trial(Status::Met, because, None),
            false => trial(Status::Failed, because, self.undecided(estimate)),
        }
    }

    /// What is lacking until there are enough data to judge.
    fn lacking(&self, estimate: &Estimate) -> Option<Need> {
        let (n, events) = (estimate.n?, estimate.events?);
        let more = match estimate.status {
            Measured::NotEnoughData { more_needed } => more_needed.unwrap_or(0),
            _ => 0,
        };
        let wanted = self.min_events.saturating_sub(events);
        let for_events = if events == 0 { 0 } else { wanted.saturating_mul(n).div_ceil(events) };
        let rows = more.max(self.min_n.saturating_sub(n)).max(for_events).max(wanted);
        let expected = if n == 0 { 0 } else { rows.saturating_mul(events).div_ceil(n) };
        (rows > 0).then_some(Need { rows, events: wanted.max(expected) })
    }

    /// What is lacking until the interval of an estimate within the bound lies within it too.
    fn undecided(&self, estimate: &Estimate) -> Option<Need> {
        let point = estimate.estimate?;
        if !self.holds(point, point, point) {
            return None;
        }
        let bounds = [self.at_least, self.at_most].into_iter().flatten();
        let more = bounds.map(|bound| estimate.more_needed_to_exclude(bound));
        let rows =
            more.collect::<Option<Vec<u64>>>()?.into_iter().max().filter(|&rows| rows > 0)?;
        let (n, events) = (estimate.n?, estimate.events?);
        let events = if n == 0 { 0 } else { rows.saturating_mul(events).div_ceil(n) };
        Some(Need { rows, events })
    }

    fn holds(&self, point: f64, lower: f64, upper: f64) -> bool {
        let (low_side, high_side) = match self.end {
            End::Lower => (lower, lower),
            End::Upper => (upper, upper),
            End::Point => (point, point),
            End::Interval => (lower, upper),
            End::Overlap => (upper, lower),
        };
        self.at_least.is_none_or(|least| low_side >= least)
            && self.at_most.is_none_or(|most| high_side <= most)
    }

    /// The bound in words, such as `lower end at least 0.6`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let end = match self.end {
            End::Lower => "lower end",
            End::Upper => "upper end",
            End::Point => "estimate",
            End::Interval => "whole interval",
            End::Overlap => "some of the interval",
        };
        match (self.at_least, self.at_most) {
            (Some(least), Some(most)) => format!("{end} within {least} to {most}"),
            (Some(least), None) => format!("{end} at least {least}"),
            (None, Some(most)) => format!("{end} at most {most}"),
            (None, None) => format!("{end} known"),
        }
    }

    /// Cohorts without enough data are named but do not fail the requirement; one cohort that
    /// misses does.
    fn sum_up(&self, trials: &[Trial]) -> (Status, String) {
        let Some(first) = trials.first() else {
            let by = self.each.as_ref().map(|each| format!(" by {each}")).unwrap_or_default();
            return (Status::NotEnoughData, format!("no estimate of {}{by}", self.measure));
        };
        if self.each.is_none() {
            return (first.status, first.because.clone());
        }
        let of = |status: Status| {
            let texts = trials.iter().filter(move |trial| trial.status == status);
            texts.map(|trial| trial.because.as_str()).collect::<Vec<_>>()
        };
        let (met, thin, failed) = (of(Status::Met), of(Status::NotEnoughData), of(Status::Failed));
        let thin_note = if thin.is_empty() {
            String::new()
        } else {
            format!("; not enough data in {} of {} cohorts", thin.len(), trials.len())
        };
        if !failed.is_empty() {
            return (Status::Failed, format!("{}{thin_note}", failed.join("; ")));
        }
        if met.is_empty() {
            return (Status::NotEnoughData, thin.join("; "));
        }
        (Status::Met, format!("all {} cohorts with enough data satisfy it{thin_note}", met.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statistics::{Cohort, Measure};

    fn estimate(level: Option<&str>, point: f64, half: f64, n: u64, events: u64) -> Estimate {
        Estimate {
            measure: Measure::ObservedExpected,
            cohort: level.map(|it| Cohort { attribute: "sex".into(), level: it.into() }),
            period: None,
            threshold: None,
            estimate: Some(point),
            lower: Some(point - half),
            upper: Some(point + half),
            level: 0.95,
            n: Some(n),
            events: Some(events),
            method: String::new(),
            status: Measured::Estimated,
        }
    }

    fn bound(each: Option<&str>) -> Bound {
        Bound {
            measure: Measure::ObservedExpected,
            end: End::Interval,
            at_least: Some(0.75),
            at_most: Some(1.25),
            min_n: 100,
            min_events: 20,
            each: each.map(str::to_owned),
        }
    }

    #[test]
    fn what_is_lacking_is_said_in_predictions_and_outcomes() {
        let check = |it: Estimate, status: Status, need: Option<(u64, u64)>| {
            let trials = bound(None).trials(&[it]);
            assert_eq!(trials[0].status, status, "{trials:?}");
            assert_eq!(trials[0].need.map(|need| (need.rows, need.events)), need, "{trials:?}");
        };
        check(estimate(None, 1.0, 0.1, 1000, 100), Status::Met, None);
        // 15 more outcomes come with 300 more predictions.
        check(estimate(None, 1.0, 0.1, 100, 5), Status::NotEnoughData, Some((300, 15)));
        check(estimate(None, 1.0, 0.1, 60, 30), Status::NotEnoughData, Some((40, 20)));
        // Half as wide an interval takes four times the predictions.
        check(estimate(None, 0.875, 0.25, 1000, 100), Status::Failed, Some((3000, 300)));
        // An estimate beyond the bound is not mended by more of the same.
        check(estimate(None, 0.7, 0.2, 1000, 100), Status::Failed, None);
        let mut none = estimate(None, 1.0, 0.1, 200, 0);
        (none.estimate, none.lower, none.upper) = (None, None, None);
        none.status = Measured::NotEnoughData { more_needed: Some(90) };
        check(none.clone(), Status::NotEnoughData, Some((90, 20)));
        (none.n, none.events, none.status) = (None, None, Measured::Suppressed);
        check(none, Status::NotEnoughData, None);
    }

    #[test]
    fn one_cohort_that_misses_fails_and_a_thin_one_does_not() {
        let standard = |cohorts: &[Estimate]| bound(Some("sex")).judge(cohorts).0;
        let (good, thin) =
            (estimate(Some("F"), 1.0, 0.1, 900, 90), estimate(Some("M"), 1.0, 0.1, 50, 5));
        let bad = estimate(Some("M"), 0.5, 0.1, 900, 90);
        assert_eq!(standard(&[good.clone(), thin.clone()]), Status::Met);
        assert_eq!(standard(&[good, thin.clone(), bad]), Status::Failed);
        assert_eq!(standard(&[thin]), Status::NotEnoughData);
        assert_eq!(standard(&[]), Status::NotEnoughData);
    }

    #[test]
    fn a_bound_is_on_the_operating_threshold() {
        let at = |threshold, point| Estimate {
            threshold: Some(threshold),
            ..estimate(Some("F"), point, 0.1, 900, 90)
        };
        let trials = bound(Some("sex")).trials(&[at(0.2, 1.0), at(0.5, 0.1)]);
        assert_eq!(trials.len(), 1);
        assert_eq!(trials[0].status, Status::Met);
    }
}
