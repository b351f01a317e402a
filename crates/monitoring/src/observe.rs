//! From tallies to what the record keeps of a month.

use governance::{
    Alarm, Live, MonitoringPlan, Month, Observed, Reading, UseCaseId, Watch, WatchId,
};
use sha2::{Digest, Sha256};
use statistics::{
    Cohort, Direction, EDetector, Estimate, Measure, Score, Step, Tally, run_length_per_stream,
};
use std::collections::{BTreeMap, BTreeSet};

/// The coverage of every interval in an observation.
const LEVEL: f64 = 0.95;

/// Tallies by month and cohort; no cohort for all predictions together.
pub type History = BTreeMap<Month, BTreeMap<Option<Cohort>, Tally>>;

/// What `month` showed: its estimates, and where each detector stands after it.
///
/// The detectors of a watch count the months from `since` on, the first one that the record watches
/// for it.
#[must_use]
pub fn observe(
    use_case: UseCaseId,
    live: &Live,
    since: impl Fn(&WatchId) -> Month,
    month: Month,
    history: &History,
) -> Observed {
    let plan = &live.plan;
    let estimates = history.get(&month).map(|cells| estimates(plan, month, cells));
    let watches = plan.watches.iter();
    Observed {
        use_case,
        month,
        tallies_digest: digest(history.get(&month)),
        estimates: estimates.unwrap_or_default(),
        readings: watches
            .flat_map(|watch| readings(watch, since(&watch.id), month, history))
            .collect(),
    }
}

/// Estimates of the month that a plan asks for: calibration, workload, and what its bounds are on.
fn estimates(
    plan: &MonitoringPlan,
    month: Month,
    cells: &BTreeMap<Option<Cohort>, Tally>,
) -> Vec<Estimate> {
    let bounds = plan.watches.iter().filter_map(|watch| match &watch.alarm {
        Alarm::Bound(bound) => Some(bound.measure),
        Alarm::Calibration { .. } | Alarm::Share(_) => None,
    });
    let kept: BTreeSet<Measure> = bounds
        .chain([Measure::ObservedExpected, Measure::FlagRate, Measure::OutcomeRate])
        .collect();
    let thresholds: Vec<Score> = Score::new(plan.threshold).into_iter().collect();
    let period = month.to_string();
    let all = cells.iter().flat_map(|(cohort, tally)| {
        statistics::estimates(tally, cohort.as_ref(), Some(&period), &thresholds, LEVEL)
    });
    all.filter(|estimate| kept.contains(&estimate.measure)).collect()
}

/// Where a watch's detectors stand: one for all predictions, one for each cohort named beforehand.
fn readings(watch: &Watch, since: Month, month: Month, history: &History) -> Vec<Reading> {
    let Alarm::Calibration { months_between_false_alarms, tolerance, cohorts } = &watch.alarm
    else {
        return Vec::new();
    };
    let streams: Vec<Option<Cohort>> =
        std::iter::once(None).chain(cohorts.iter().cloned().map(Some)).collect();
    let limit = run_length_per_stream(*months_between_false_alarms, streams.len());
    let read = |cohort: Option<Cohort>| {
        let mut detector = EDetector::new(limit, *tolerance);
        let nobody = Tally::empty();
        let mut step = None;
        let mut each = since;
        // A month without predictions counts too: the budget is in months.
        while each <= month {
            let cell = history.get(&each).and_then(|cells| cells.get(&cohort));
            step = Some(detector.step(cell.unwrap_or(&nobody)));
            each = each.next();
        }
        step.map(|step| Reading {
            watch: watch.id.clone(),
            finding: in_words(cohort.as_ref(), &step, limit),
            cohort,
            evidence: step.evidence,
            limit,
        })
    };
    streams.into_iter().filter_map(read).collect()
}

fn in_words(cohort: Option<&Cohort>, step: &Step, limit: f64) -> String {
    let more_or_fewer = match step.direction {
        Direction::More => "more",
        Direction::Fewer => "fewer",
    };
    let whom = cohort
        .map(|cohort| format!(" in {} {}", cohort.attribute, cohort.level))
        .unwrap_or_default();
    let evidence = step.evidence;
    let against = if step.alarm { "reached" } else { "is below" };
    format!(
        "{more_or_fewer} outcomes than predicted{whom}: evidence {evidence:.1} {against} \
         the limit of {limit:.0}"
    )
}

fn digest(cells: Option<&BTreeMap<Option<Cohort>, Tally>>) -> String {
    // Pairs, because a JSON object cannot have such keys. Tallies are integers, so the bytes are
    // canonical.
    let pairs: Vec<_> = cells.into_iter().flatten().collect();
    let bytes = serde_json::to_vec(&pairs).unwrap_or_default();
    hex::encode(Sha256::digest(bytes))
}
