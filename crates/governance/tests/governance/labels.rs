//! What other schemes say, what another answer or another policy would change, and that none of it
//! changes a tier.

use crate::hospital::*;
use governance::labels::Scheme;
use governance::*;
use insta::assert_snapshot;
use jiff::Timestamp;
use serde_json::json;

/// Every question that the schemes ask, as one that is answered with yes or no.
fn policy() -> TierPolicy {
    let mut policy = tier_policy();
    let factors = labels::Factor::ALL.iter();
    for factor in factors {
        let name = serde_json::to_value(factor).expect("a name");
        let fact: FactId = of(name);
        policy.facts.push(of(json!({ "id": fact, "question": "?", "levels": ["no", "yes"] })));
        policy.factors.insert(*factor, vec![[(fact, "yes".to_owned())].into()]);
    }
    policy.laws = vec![of(
        json!({ "id": "law", "title": "A law", "from": "2027-01-01", "until": "2028-01-01",
                   "when": [{ "clinical": "yes", "learned": "yes" }, { "eu-used": "yes" }],
                   "duty": "Tell the patient.", "verified": true }),
    )];
    policy
}

/// No to everything but what is named.
fn only(yes: &[&str]) -> Facts {
    let mut facts = facts(TIER_3);
    for question in
        policy().facts.iter().filter(|it| it.levels.first().is_some_and(|it| it == "no"))
    {
        let answer = if yes.contains(&question.id.as_str()) { "yes" } else { "no" };
        facts.insert(question.id.clone(), answer.to_owned());
    }
    facts
}

fn day(text: &str) -> Timestamp {
    format!("{text}T12:00:00Z").parse().expect("a time")
}

fn says(scheme: Scheme, facts: &Facts, on: &str) -> String {
    let labels = policy().labels(facts, day(on)).expect("the answers fit");
    let label = labels.into_iter().find(|label| label.scheme == scheme).expect("it is there");
    let mark = if label.applies { "applies" } else { "does not apply" };
    format!("{} ({mark}): {}", label.says, label.reason)
}

#[test]
fn each_scheme_says_what_its_rule_says() {
    use Scheme::{EuAiAct, FdaCds, Hti1, Imdrf, Law, Section1557};
    type Line<'a> = (Scheme, &'a [&'a str], &'a str);
    let table: &[Line<'_>] = &[
        (Imdrf, &[], "2026-07-01"),
        (Imdrf, &["clinical", "drives", "critical", "serious"], "2026-07-01"),
        (FdaCds, &["critical"], "2026-07-01"),
        (FdaCds, &["clinical"], "2026-07-01"),
        (FdaCds, &["clinical"], "2025-07-01"),
        (FdaCds, &["clinical", "image", "hidden-basis"], "2026-07-01"),
        (FdaCds, &["clinical", "time-critical"], "2026-07-01"),
        (FdaCds, &["clinical", "one-recommendation"], "2026-07-01"),
        (EuAiAct, &["eu-prohibited"], "2026-07-01"),
        (EuAiAct, &["eu-used", "eu-prohibited", "eu-product"], "2026-07-01"),
        (EuAiAct, &["eu-used", "eu-product", "eu-listed"], "2028-08-01"),
        (EuAiAct, &["eu-used", "eu-listed", "eu-listed-or-exempt"], "2027-12-02"),
        (EuAiAct, &["eu-used", "eu-listed-or-exempt", "eu-profiles"], "2027-12-02"),
        (EuAiAct, &["eu-used", "eu-listed-or-exempt", "eu-transparent"], "2027-12-02"),
        (EuAiAct, &["eu-used", "eu-profiles"], "2027-12-02"),
        (Hti1, &["learned"], "2026-07-01"),
        (Hti1, &["clinical", "learned"], "2026-07-01"),
        (Hti1, &["clinical", "learned", "ehr-supplied"], "2026-07-01"),
        (Section1557, &["race", "age"], "2026-07-01"),
        (Section1557, &["clinical"], "2026-07-01"),
        (Section1557, &["clinical", "race", "disability"], "2026-07-01"),
        (Section1557, &["clinical", "race"], "2025-04-30"),
        (Law, &["clinical"], "2027-01-01"),
        (Law, &["clinical", "learned"], "2026-12-31"),
        (Law, &["clinical", "learned"], "2027-01-01"),
        (Law, &["eu-used"], "2028-01-01"),
    ];
    let line = |(scheme, yes, on): &Line<'_>| {
        format!("{scheme:?} {yes:?} on {on} → {}", says(*scheme, &only(yes), on))
    };
    assert_snapshot!(table.iter().map(line).collect::<Vec<_>>().join("\n"), @r#"
    Imdrf [] on 2026-07-01 → none (does not apply): It has no part in a patient's care.
    Imdrf ["clinical", "drives", "critical", "serious"] on 2026-07-01 → III (applies): It drives what is done next in a critical situation.
    FdaCds ["critical"] on 2026-07-01 → no decision support (does not apply): It supports no clinical decision.
    FdaCds ["clinical"] on 2026-07-01 → not a device (does not apply): It meets all four criteria.
    FdaCds ["clinical"] on 2025-07-01 → not a device (does not apply): It meets all four criteria. On that day the guidance of September 2022 stood; this is what the new one says.
    FdaCds ["clinical", "image", "hidden-basis"] on 2026-07-01 → device (applies): It fails criterion 1 (it reads an image or a signal), 4 (a professional cannot review the basis independently).
    FdaCds ["clinical", "time-critical"] on 2026-07-01 → device (applies): All four criteria are met, but what is time-critical leaves no room for a review and remains a device.
    FdaCds ["clinical", "one-recommendation"] on 2026-07-01 → enforcement discretion (applies): All four criteria are met but for a choice of options: with the only recommendation that is clinically appropriate, the FDA uses enforcement discretion.
    EuAiAct ["eu-prohibited"] on 2026-07-01 → not in the EU (does not apply): It is not used in the European Union.
    EuAiAct ["eu-used", "eu-prohibited", "eu-product"] on 2026-07-01 → prohibited (applies): It does what article 5 prohibits.
    EuAiAct ["eu-used", "eu-product", "eu-listed"] on 2028-08-01 → high risk (does not apply): It is a product that needs a notified body, or a part of one (Annex I). Its duties apply from 2028-08-02.
    EuAiAct ["eu-used", "eu-listed", "eu-listed-or-exempt"] on 2027-12-02 → high risk (applies): It serves a purpose of Annex III.
    EuAiAct ["eu-used", "eu-listed-or-exempt", "eu-profiles"] on 2027-12-02 → high risk (applies): It serves a purpose of Annex III, and who profiles people has no exemption.
    EuAiAct ["eu-used", "eu-listed-or-exempt", "eu-transparent"] on 2027-12-02 → transparency (applies): People talk with it, or read or hear what it makes (article 50).
    EuAiAct ["eu-used", "eu-profiles"] on 2027-12-02 → minimal (does not apply): Nothing of the above.
    Hti1 ["learned"] on 2026-07-01 → does not apply (does not apply): It learned nothing from data, or supports no decision on care.
    Hti1 ["clinical", "learned"] on 2026-07-01 → by contract only (does not apply): It learned from data and supports decisions on care, but does not come with certified health IT: ask for the 31 source attributes by contract.
    Hti1 ["clinical", "learned", "ehr-supplied"] on 2026-07-01 → predictive decision support (applies): It learned from data, supports decisions on care, and comes with certified health IT: its developer owes the 31 source attributes. HTI-5, proposed on 2025-12-29, would end that.
    Section1557 ["race", "age"] on 2026-07-01 → does not apply (does not apply): It is no patient care decision support tool.
    Section1557 ["clinical"] on 2026-07-01 → none of six (does not apply): None of the six variables is an input.
    Section1557 ["clinical", "race", "disability"] on 2026-07-01 → race, disability (applies): Make and record reasonable efforts to mitigate for each.
    Section1557 ["clinical", "race"] on 2025-04-30 → race (does not apply): Make and record reasonable efforts to mitigate for each.
    Law ["clinical"] on 2027-01-01 → does not apply (does not apply): Nothing that triggers it is so.
    Law ["clinical", "learned"] on 2026-12-31 → not in force (does not apply): In force from 2027-01-01. Tell the patient.
    Law ["clinical", "learned"] on 2027-01-01 → applies (applies): Tell the patient.
    Law ["eu-used"] on 2028-01-01 → not in force (does not apply): No more in force. Tell the patient.
    "#);
}

#[test]
fn what_is_unknown_applies_and_no_label_changes_a_tier() {
    let with = policy();
    let labels = with.labels(&Facts::new(), day("2027-06-01")).expect("nothing is answered");
    let quiet: Vec<_> = labels.iter().filter(|it| !it.applies).map(|it| it.id.as_str()).collect();
    assert_eq!(quiet, Vec::<&str>::new());
    assert!(labels.iter().all(|label| label.facts.values().all(|answer| answer == "unknown")));
    // Nor does a factor that no question is mapped to.
    let mut bare = tier_policy();
    bare.laws.clear();
    let bare = bare.labels(&facts(TIER_2), day("2027-06-01")).expect("the answers fit");
    assert!(bare.iter().all(|label| label.applies));
    let asked = ["clinical", "image", "eu-used", "race"];
    assert_eq!(with.tier(&only(&asked)).expect("a tier").tier, Tier::T3);
    assert_eq!(with.tier(&only(&[])).expect("a tier").tier, Tier::T3);
}

#[test]
fn another_answer_is_told_with_all_that_it_changes() {
    let mut policy = policy();
    for lane in &mut policy.lanes {
        lane.from = Some(Tier::T3);
        lane.when.clear();
    }
    for duties in &mut policy.duties {
        duties.obligations = vec![format!("Do as {} asks", duties.tier)];
    }
    let answers = [(id("reach"), Some("money".into())), (id("clinical"), None)].into();
    let what_if = policy.what_if(&only(&[]), &answers, day("2026-07-01")).expect("it fits");
    let labels = what_if.labels.iter().map(|it| format!("{}: {}", it.after.id, it.after.says));
    assert_snapshot!(format!(
        "{} → {}, gate {:?}, approval {:?}, + {:?}, - {:?}, lanes + {:?} - {:?}; {}",
        what_if.before.tier, what_if.after.tier, what_if.gate_closes_after_days,
        what_if.approval_valid_days, what_if.obligations_gained, what_if.obligations_dropped,
        what_if.lanes_gained, what_if.lanes_dropped,
        labels.collect::<Vec<_>>().join(", "),
    ), @r#"T3 → T2, gate Some((10, 20)), approval None, + ["Do as T2 asks"], - ["Do as T3 asks"], lanes + [] - [LaneId("privacy")]; imdrf: I, fda-cds: not a device, section-1557: none of six"#);
    let unasked = [(id("moon"), None)].into();
    assert!(policy.what_if(&only(&[]), &unasked, day("2026-07-01")).is_err());
}

/// A policy that asks one more question and drops one.
fn next_policy() -> TierPolicy {
    let mut policy = tier_policy();
    policy.version = "2".into();
    policy.facts.retain(|question| question.id.as_str() != "patients");
    policy.floors.retain(|floor| floor.id.as_str() != "children");
    policy
        .facts
        .push(of(json!({ "id": "night", "question": "At night?", "levels": ["no", "yes"] })));
    policy.floors.push(of(json!({
        "id": "night", "tier": "T4", "when": { "reach": "care", "night": "yes" }, "reason": "nights",
    })));
    policy
}

fn restate(night: &str) -> Act {
    let mut facts = facts(TIER_3);
    facts.remove(&id::<FactId>("patients"));
    facts.insert(id("night"), night.into());
    Act::StateFacts { use_case: UC, facts }
}

#[test]
fn another_policy_is_previewed_over_the_inventory_before_it_is_adopted() {
    let preview = Hospital::live().record.preview(&next_policy());
    assert_snapshot!(format!("{preview:?}"), @r#"[Retiering { use_case: UseCaseId(1), from: Some(T3), to: T4, why: ["night: nights"], asked: [Asked { fact: FactId("night"), question: "At night?", former: None }] }]"#);
}

#[test]
fn a_live_use_case_that_rises_is_out_of_policy_until_it_is_approved_again() {
    let adopted = Hospital::live().must("office", Act::AdoptTierPolicy(next_policy()));
    let tasks = |hospital: &Hospital| {
        let tasks = work(&hospital.record, hospital.now).into_iter().map(|task| task.what);
        tasks.filter(|what| what.contains("tier") || what.contains("stated")).collect::<Vec<_>>()
    };
    // Nothing has changed for it yet, but it shows.
    assert_eq!(adopted.standing().met(), 5);
    assert_snapshot!(tasks(&adopted).join("\n"), @"State its facts again: it is T3 by tiers 1, and would be T4 by tiers 2");
    let benign = adopted.clone().must("office", restate("no"));
    assert_eq!((benign.standing().met(), tasks(&benign).len()), (5, 0));
    let risen = adopted.wait(3).must("office", restate("yes"));
    assert_eq!(risen.standing().out_of_policy_since, Some(risen.now));
    assert_snapshot!(tasks(&risen).join("\n"), @"Mend Risk tier: it is T4 by tiers 2, and was approved as T3; have it approved again");
    // Approved under the rule of T4, it is in order.
    let mut proved = risen
        .must("office", Act::AdoptStandard(standard(Tier::T4)))
        .must("owner", attest())
        .must("assessor", record_evidence(0.7));
    let moved = proved.give("chair", open_motion(approve(Outcome::Go)));
    assert!(moved.is_ok(), "{moved:?}");
    assert_eq!(proved.record.decisions[&DecisionId(2)].tier, Tier::T4);
    assert_eq!(proved.carried(2).standing().met(), 5);
}
