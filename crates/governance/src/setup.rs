//! What a record needs before a use case can be taken through it: people, a tier policy, bodies,
//! standards. Each step waits for the governance office until it is done.

use crate::work::Holders;
use crate::{AiType, Record, Stage, Task, Tier, UseCaseId, Waiting};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The steps that are not done, in the order in which a hospital takes them.
pub(crate) fn tasks(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    if record.founding.is_none() {
        return;
    }
    let steps = [people(record), tiers(record), bodies(record), standards(record)];
    let steps = steps.into_iter().flatten().map(|what| (None, what));
    let steps: Vec<_> = steps.chain(asked_standards(record, now)).collect();
    if steps.is_empty() {
        return;
    }
    // With nobody in the office, whoever is here may still see what is missing.
    let anybody = || record.people.values().find(|person| person.left_at.is_none());
    let instead = || anybody().map(|person| Waiting::Person(person.id.clone()));
    for who in Holders::office(record).or(instead) {
        tasks.extend(steps.iter().map(|(use_case, what)| Task {
            who: who.clone(),
            what: what.clone(),
            use_case: *use_case,
            case: None,
            decision: None,
            due: None,
            overdue: false,
        }));
    }
}

fn people(record: &Record) -> Option<String> {
    let mut here = record.people.values().filter(|person| person.left_at.is_none());
    let first = here.next()?;
    let alone = here.next().is_none();
    alone.then(|| format!("Add people: {} is the only one on record", first.id))
}

fn tiers(record: &Record) -> Option<String> {
    let missing = record.tier_policy.is_none();
    missing.then(|| "Adopt a tier policy: without one no use case has a tier".to_owned())
}

fn bodies(record: &Record) -> Option<String> {
    let decides = |tier: &Tier| record.bodies.values().any(|body| body.rule(*tier).is_some());
    let without: Vec<_> = Tier::ALL.into_iter().filter(|tier| !decides(tier)).collect();
    let names: Vec<_> = without.iter().map(Tier::to_string).collect();
    let (last, others) = names.split_last()?;
    let tiers =
        if others.is_empty() { last.clone() } else { format!("{} and {last}", others.join(", ")) };
    Some(format!("Charter a body that may decide on {tiers}"))
}

fn standards(record: &Record) -> Option<String> {
    let missing = record.standards.is_empty();
    missing.then(|| "Adopt validation standards, one for each tier and kind of AI".to_owned())
}

/// Standards that use cases need to go on, once there are any.
fn asked_standards(record: &Record, now: Timestamp) -> Vec<(Option<UseCaseId>, String)> {
    if record.standards.is_empty() {
        return Vec::new();
    }
    let mut asked: BTreeMap<(Tier, AiType), UseCaseId> = BTreeMap::new();
    for use_case in record.use_cases.values() {
        let Stage::Triaged { .. } = &use_case.stage else { continue };
        let Some(tier) = record.duty_tier(use_case, now) else { continue };
        let Some(system) = record.systems.get(&use_case.proposal.system) else { continue };
        if record.standard_for(use_case, now).is_none() {
            asked.entry((tier, system.ai_type)).or_insert(use_case.id);
        }
    }
    let step = |((tier, kind), use_case)| {
        let what = format!("Adopt a validation standard for {kind} AI of {tier}: it needs one");
        (Some(use_case), what)
    };
    asked.into_iter().map(step).collect()
}
