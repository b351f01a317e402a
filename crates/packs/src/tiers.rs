//! Tier policies.

use crate::PackError;
use crate::fault::Check;
use governance::{FactId, Tier, TierPolicy};
use std::collections::BTreeMap;
use std::fmt::Display;

/// Reads a tier policy and checks that it is whole: floors stand on questions that are asked and on
/// answers that exist, every tier has its duties once, no id is used twice, and what a higher tier
/// demands is not less. Lanes read the same facts, and apply somewhere.
///
/// # Errors
/// Everything that is wrong with it.
pub fn tier_policy(file: &str, text: &str) -> Result<TierPolicy, PackError> {
    let (mut check, policy): (_, TierPolicy) = Check::parse(file, text)?;
    check.says_something("the version", &policy.version);
    check.says_something("the title", &policy.title);
    check.says_something("the source", &policy.source);
    check.unique("id", "the fact", policy.facts.iter().map(|question| &question.id));
    check.unique("id", "the floor", policy.floors.iter().map(|floor| &floor.id));
    questions(&mut check, &policy);
    floors(&mut check, &policy);
    duties(&mut check, &policy);
    check.unique("id", "the lane", policy.lanes.iter().map(|lane| &lane.id));
    lanes(&mut check, &policy);
    check.finish(policy)
}

fn questions(check: &mut Check<'_>, policy: &TierPolicy) {
    for question in &policy.facts {
        let id = &question.id;
        if question.question.trim().is_empty() {
            check.about(id, format!("the fact `{id}` has no question"), "ask it in plain words");
        }
        if question.levels.len() < 2 {
            check.about(
                id,
                format!("the fact `{id}` has fewer than two answers"),
                "list the answers from the most to the least benign",
            );
        }
        for (place, level) in question.levels.iter().enumerate() {
            let what = format!("the fact `{id}` has the answer `{level}`");
            if level == "unknown" || level.trim().is_empty() {
                check.about(id, what, "leave it out: unknown is what is not answered");
            } else if question.levels.iter().take(place).any(|before| before == level) {
                check.about(id, format!("{what} twice"), "keep one of them");
            }
        }
        if !policy.floors.iter().any(|floor| floor.when.contains_key(id)) {
            let what = format!("no floor reads the fact `{id}`");
            check.about(id, what, "add a floor that does, or do not ask");
        }
    }
}

fn floors(check: &mut Check<'_>, policy: &TierPolicy) {
    for floor in &policy.floors {
        let id = &floor.id;
        if floor.reason.trim().is_empty() {
            check.about(id, format!("the floor `{id}` has no reason"), "say why in plain words");
        }
        if floor.when.is_empty() {
            let what = format!("the floor `{id}` names no fact, so it always holds");
            check.about(id, what, "name at least one fact");
        }
        reads(check, policy, "floor", id, &floor.when);
    }
    for tier in Tier::ALL.into_iter().skip(1) {
        if !policy.floors.iter().any(|floor| floor.tier == tier) {
            let what = format!("no floor demands {tier}");
            check.note(None, what, "add one, so that the tier can be reached");
        }
    }
}

/// Notes facts that are not asked, and answers that none of them has.
fn reads(
    check: &mut Check<'_>,
    policy: &TierPolicy,
    kind: &str,
    id: &dyn Display,
    when: &BTreeMap<FactId, String>,
) {
    for (fact, level) in when {
        match policy.facts.iter().find(|question| question.id == *fact) {
            None => {
                let what = format!("the {kind} `{id}` reads `{fact}`, which is not asked");
                check.about(id, what, "ask it, or name a fact that is asked");
            }
            Some(question) if !question.levels.contains(level) => {
                let what = format!("the {kind} `{id}` wants `{level}` of `{fact}`");
                let answers = question.levels.join(", ");
                check.about(id, what, &format!("its answers are: {answers}"));
            }
            Some(_) => {}
        }
    }
}

fn lanes(check: &mut Check<'_>, policy: &TierPolicy) {
    for lane in &policy.lanes {
        let id = &lane.id;
        if lane.title.trim().is_empty() {
            check.about(id, format!("the lane `{id}` has no title"), "name its field");
        }
        if lane.role.trim().is_empty() {
            let what = format!("the lane `{id}` has no role");
            check.about(id, what, "name the standing role that signs it");
        }
        if lane.from.is_none() && lane.when.is_empty() {
            let what = format!("the lane `{id}` applies nowhere");
            check.about(id, what, "say from which tier on, or which facts call for it");
        }
        if lane.answer_within_days == 0 {
            check.about(id, format!("the lane `{id}` has 0 days"), "give it at least a day");
        }
        reads(check, policy, "lane", id, &lane.when);
    }
}

fn duties(check: &mut Check<'_>, policy: &TierPolicy) {
    for tier in Tier::ALL {
        let count = policy.duties.iter().filter(|duties| duties.tier == tier).count();
        if count != 1 {
            let what = format!("{tier} has {count} sets of duties");
            check.note(None, what, "give each tier one [[duties]]");
        }
    }
    for duties in &policy.duties {
        let tier = duties.tier;
        if duties.approval_valid_days == 0 {
            let what = format!("an approval of {tier} is valid for 0 days");
            check.note(None, what, "give it at least a day");
        }
        if let Some(least) = &duties.decision
            && (least.quorum == 0 || least.majority > least.majority_of || least.majority_of == 0)
        {
            let what = format!("the least rule of {tier} cannot be met, or asks for nobody");
            let remedy = "give a quorum of at least 1 and a majority such as 1 of 2";
            check.note(None, what, remedy);
        }
        let laxer = policy.duties.iter().find(|lower| {
            lower.tier < tier
                && (lower.gate_closes_after_days < duties.gate_closes_after_days
                    || lower.approval_valid_days < duties.approval_valid_days)
        });
        if let Some(lower) = laxer {
            let what = format!("{tier} is given more time than {}", lower.tier);
            check.note(None, what, "give a higher tier no more days than a lower one");
        }
    }
}
