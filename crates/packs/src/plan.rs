//! Monitoring plans.

use crate::PackError;
use crate::fault::Check;
use crate::shape::Shape;
use crate::standard::faults;
use governance::{Alarm, MonitoringPlan};

/// Where it stands in an act.
pub(crate) const SHAPE: Shape = Shape::Plan;

/// Reads a monitoring plan and checks that it can be run: it watches something, every watch has a
/// clock, an action and an alarm that can be raised, cohorts that are bounded are watched, and the
/// ladder climbs.
///
/// # Errors
/// Everything that is wrong with it.
pub fn plan(file: &str, text: &str) -> Result<MonitoringPlan, PackError> {
    let (mut check, plan): (_, MonitoringPlan) = Check::parse(file, text, SHAPE)?;
    // Without a threshold everybody would be flagged; what people report has none.
    let none = plan.threshold <= 0.0 && plan.feed().is_some();
    if none || !(0.0..=1.0).contains(&plan.threshold) {
        let what = format!("the threshold {} is no score", plan.threshold);
        check.note(None, what, "give a number above 0 and up to 1");
    }
    if plan.watches.is_empty() {
        check.note(None, "nothing is watched", "add at least one [[watches]]");
    }
    check.unique("id", "the watch", plan.watches.iter().map(|watch| &watch.id));
    for watch in &plan.watches {
        let id = &watch.id;
        if watch.title.trim().is_empty() || watch.action.trim().is_empty() {
            let what = format!("the watch `{id}` lacks a title or an action");
            check.about(id, what, "say what is watched, and what was agreed to be done");
        }
        if watch.answer_within_days == 0 {
            let what = format!("the watch `{id}` gives no time to answer");
            check.about(id, what, "give `answer_within_days` at least 1");
        }
        alarm(&mut check, &plan, watch);
    }
    if plan.ladder.is_empty() {
        check.note(None, "nobody is told about a case", "add at least one [[ladder]]");
    }
    if let Some(fault) = plan.source_fault() {
        check.note(None, fault, "let the watches fit what the plan reads or has reported");
    }
    let steps = plan.ladder.iter().zip(plan.ladder.iter().skip(1));
    for (rung, next) in steps.filter(|(rung, next)| next.after_days < rung.after_days) {
        let what =
            format!("the ladder goes from day {} to day {}", rung.after_days, next.after_days);
        check.note(None, what, "list the rungs in the order of their days");
    }
    check.finish(plan)
}

fn alarm(check: &mut Check<'_>, plan: &MonitoringPlan, watch: &governance::Watch) {
    let id = &watch.id;
    match &watch.alarm {
        Alarm::Calibration { months_between_false_alarms, tolerance, cohorts } => {
            // Written so that what is not a number fails too.
            if !(*months_between_false_alarms > 1.0 && months_between_false_alarms.is_finite()) {
                let what = format!("the watch `{id}` has no false-alarm budget");
                check.about(id, what, "give `months_between_false_alarms` more than 1");
            }
            if !(0.0..1.0).contains(tolerance) {
                let what = format!("the watch `{id}` tolerates {tolerance}");
                check.about(id, what, "give `tolerance` a share from 0 up to, not including, 1");
            }
            for cohort in cohorts.iter().filter(|cohort| !plan.by.contains(&cohort.attribute)) {
                let what = format!("the watch `{id}` looks at `{cohort}`");
                check.about(id, what, "add the attribute to `by`");
            }
            for (place, cohort) in cohorts.iter().enumerate() {
                if cohorts.iter().take(place).any(|before| before == cohort) {
                    let what = format!("the watch `{id}` names the cohort `{cohort}` twice");
                    check.about(id, what, "keep one of them: the budget is split between cohorts");
                }
            }
        }
        // What can be wrong with a share is found with the plan's source.
        Alarm::Share(_) => {}
        Alarm::Bound(bound) => {
            for (what, remedy) in faults(bound) {
                check.about(id, format!("the watch `{id}`: {what}"), remedy);
            }
            if let Some(each) = bound.each.as_ref().filter(|each| !plan.by.contains(each)) {
                let what = format!("the watch `{id}` looks at cohorts of `{each}`");
                check.about(id, what, "add the attribute to `by`");
            }
        }
    }
}
