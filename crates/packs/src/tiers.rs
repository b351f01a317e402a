//! Tier policies.

use crate::PackError;
use crate::fault::Check;
use crate::shape::Shape;
use governance::{FactId, Tier, TierPolicy, When};

/// Where it stands in an act.
pub(crate) const SHAPE: Shape = Shape::Act("adopt_tier_policy");

/// Reads a tier policy and checks that it is whole: floors stand on questions that are asked and on
/// answers that exist, every tier has its duties once, no id is used twice, and what a higher tier
/// demands is not less. Lanes read the same facts, and apply somewhere.
///
/// # Errors
/// Everything that is wrong with it.
pub fn tier_policy(file: &str, text: &str) -> Result<TierPolicy, PackError> {
    let (mut check, policy): (_, TierPolicy) = Check::parse(file, text, SHAPE)?;
    check.says_something("the version", &policy.version);
    check.says_something("the title", &policy.title);
    check.says_something("the source", &policy.source);
    check.unique("id", "the fact", policy.facts.iter().map(|question| &question.id));
    check.unique("id", "the floor", policy.floors.iter().map(|floor| &floor.id));
    check.unique("id", "the law", policy.laws.iter().map(|law| &law.id));
    questions(&mut check, &policy);
    floors(&mut check, &policy);
    duties(&mut check, &policy);
    labels(&mut check, &policy);
    fast_lane(&mut check, &policy);
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
        let mut read = policy.floors.iter().map(|floor| &floor.when).chain(alternatives(policy));
        if !read.any(|when| when.contains_key(id)) {
            let what = format!("no floor, factor or law reads the fact `{id}`");
            check.about(id, what, "add one that does, or do not ask");
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
        for (what, remedy) in misread(policy, &floor.when) {
            check.about(id, format!("the floor `{id}` {what}"), &remedy);
        }
    }
    for tier in Tier::ALL.into_iter().skip(1) {
        if !policy.floors.iter().any(|floor| floor.tier == tier) {
            let what = format!("no floor demands {tier}");
            check.note(None, what, "add one, so that the tier can be reached");
        }
    }
}

/// What is wrong with facts and their levels.
fn misread(policy: &TierPolicy, when: &When) -> Vec<(String, String)> {
    let fault = |(fact, level): (&FactId, &String)| match policy
        .facts
        .iter()
        .find(|question| question.id == *fact)
    {
        None => {
            let remedy = "ask it, or name a fact that is asked";
            Some((format!("reads `{fact}`, which is not asked"), remedy.to_owned()))
        }
        Some(question) if !question.levels.contains(level) => {
            let answers = question.levels.join(", ");
            Some((format!("wants `{level}` of `{fact}`"), format!("its answers are: {answers}")))
        }
        Some(_) => None,
    };
    when.iter().filter_map(fault).collect()
}

/// The alternatives of all factors and laws.
fn alternatives(policy: &TierPolicy) -> impl Iterator<Item = &When> {
    let laws = policy.laws.iter().flat_map(|law| &law.when);
    policy.factors.values().flatten().chain(laws)
}

fn labels(check: &mut Check<'_>, policy: &TierPolicy) {
    for when in policy.factors.values().flatten() {
        for (what, remedy) in misread(policy, when) {
            check.note(None, format!("a factor {what}"), &remedy);
        }
    }
    for law in &policy.laws {
        let id = &law.id;
        if law.title.trim().is_empty() || law.duty.trim().is_empty() {
            let what = format!("the law `{id}` lacks a title or a duty");
            check.about(id, what, "say what it is called, and what it asks for");
        }
        if law.when.is_empty() {
            let what = format!("nothing triggers the law `{id}`");
            check.about(id, what, "name at least one alternative");
        }
        if law.from.zip(law.until).is_some_and(|(from, until)| until <= from) {
            let what = format!("the law `{id}` ends before it begins");
            check.about(id, what, "correct `from` or `until`");
        }
        for (what, remedy) in law.when.iter().flat_map(|when| misread(policy, when)) {
            check.about(id, format!("the law `{id}` {what}"), &remedy);
        }
    }
}

fn fast_lane(check: &mut Check<'_>, policy: &TierPolicy) {
    let Some(lane) = &policy.fast_lane else { return };
    if lane.tiers.iter().any(|tier| *tier > Tier::T2) {
        let what = "the fast lane is open to what can do harm";
        check.note(None, what, "name T1, or T1 and T2");
    }
    if !(1..=100).contains(&lane.audit_percent) {
        let what = format!("{} percent are drawn for an audit", lane.audit_percent);
        check.note(None, what, "give `audit_percent` from 1 to 100");
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
        for (what, remedy) in misread(policy, &lane.when) {
            check.about(id, format!("the lane `{id}` {what}"), &remedy);
        }
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
        if duties.monitor_every_months == 0 {
            let what = format!("{tier} is looked at every 0 months");
            check.note(None, what, "give `monitor_every_months` at least 1");
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
                && (lower.monitor_every_months < duties.monitor_every_months
                    || lower.gate_closes_after_days < duties.gate_closes_after_days
                    || lower.approval_valid_days < duties.approval_valid_days)
        });
        if let Some(lower) = laxer {
            let what = format!("{tier} is given more time than {}", lower.tier);
            check.note(None, what, "give a higher tier no more days than a lower one");
        }
    }
}
