//! The built-in packs: they pass every check, and their tiers are what they say.

use crate::builtin;
use governance::{AiType, FactId, Facts, Tier, TierPolicy, ValidationStandard};
use proptest::prelude::*;

fn policy() -> TierPolicy {
    builtin::tier_policy().unwrap()
}

fn facts(answers: &[(&str, &str)]) -> Facts {
    answers.iter().map(|(fact, answer)| (fact.parse().unwrap(), (*answer).to_owned())).collect()
}

/// The most benign answer to every question, but for those given.
fn otherwise_benign(policy: &TierPolicy, answers: &[(&str, &str)]) -> Facts {
    let benign = policy.facts.iter().map(|asked| (asked.id.clone(), asked.levels[0].clone()));
    let mut all: Facts = benign.collect();
    all.extend(facts(answers));
    all
}

#[test]
fn every_built_in_pack_passes_its_checks() {
    let standards = builtin::standards().unwrap();
    let mut places: Vec<_> = standards.iter().map(|it| (it.ai_type, it.tier)).collect();
    places.sort();
    let all = AiType::ALL.into_iter().flat_map(|kind| Tier::ALL.map(|tier| (kind, tier)));
    assert_eq!(places, all.collect::<Vec<_>>(), "each kind and tier has one standard");
    assert!(builtin::rights().unwrap().policies.contains("permit"));
    assert_eq!(policy().facts.len(), 38);
    assert_eq!(builtin::clocks().unwrap().faults(), []);
}

#[test]
fn lanes_grow_with_the_tier_and_the_facts() {
    let policy = policy();
    let lanes = |tier, answers: &[(&str, &str)]| {
        let facts = otherwise_benign(&policy, answers);
        let lanes = policy.lanes_for(tier, &facts).map(|lane| lane.id.to_string());
        lanes.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(lanes(Tier::T1, &[]), "");
    assert_eq!(lanes(Tier::T2, &[]), "privacy security");
    assert_eq!(lanes(Tier::T2, &[("protected-inputs", "yes")]), "privacy security equity");
    assert_eq!(lanes(Tier::T3, &[]), "privacy security clinical-safety legal equity");
    assert_eq!(lanes(Tier::T4, &[]), "privacy security clinical-safety legal equity compliance");
    let unknown = policy.lanes_for(Tier::T1, &Facts::new()).count();
    assert_eq!(unknown, 4, "what is not known counts as worst");
}

/// What was not read in a primary source says so.
#[test]
fn unverified_clocks_are_marked() {
    let rules = builtin::clocks().unwrap();
    assert!(rules.harms.iter().all(|harm| !harm.verified));
    let unverified = rules.rules.iter().filter(|rule| !rule.verified);
    let unverified: Vec<_> = unverified.map(|rule| rule.id.as_str()).collect();
    let breaches = ["breach-individuals", "breach-media", "breach-hhs", "breach-hhs-yearly"];
    assert_eq!(unverified, [&["mdr-event-file"][..], &breaches].concat());
}

/// What a tier asks for, all higher ones ask for too. The maker's evidence on predictive AI of T1
/// gives way to numbers on local data; what is prohibited proves nothing.
#[test]
fn standards_accumulate_from_tier_to_tier() {
    let standards = builtin::standards().unwrap();
    for lower in &standards {
        let kin = |it: &&ValidationStandard| it.ai_type == lower.ai_type && it.tier > lower.tier;
        for higher in standards.iter().filter(kin).filter(|it| it.prohibited.is_none()) {
            for asked in &lower.requirements {
                let given_way =
                    asked.id.as_str() == "vendor-evidence" && lower.ai_type == AiType::Predictive;
                let there = higher.requirements.iter().any(|it| it.id == asked.id);
                assert!(there || given_way, "{} lacks {} of {}", higher.id, asked.id, lower.id);
            }
        }
    }
    let prohibited: Vec<_> =
        standards.iter().filter(|it| it.prohibited.is_some()).map(|it| it.id.as_str()).collect();
    assert_eq!(prohibited, ["coverage-t4"]);
}

#[test]
fn the_agent_matrix_is_that_of_its_source() {
    let policy = builtin::agent_policy().unwrap();
    let rows = policy.actions.iter().map(|it| {
        format!("{} {:?} {:?} {:?} {:?}", it.action, it.authorisation, it.log, it.human, it.stop)
    });
    let rows: Vec<_> = rows.collect();
    assert_eq!(
        rows,
        [
            "read-record AgentIdentity Summary None None",
            "route-message ScopedPerRun Granular Optional Recommended",
            "draft-patient-message ScopedPerRun Granular Required Recommended",
            "submit-prior-authorisation PeriodicReview Granular Optional Required",
            "update-problems-or-medication PerActionApproval Granular Required Required",
            "place-order PerActionApproval Granular Required Required",
        ]
    );
}

#[test]
fn every_cell_of_the_imdrf_table_has_its_tier() {
    let table = [
        ("inform", "non-serious", Tier::T2),
        ("inform", "serious", Tier::T2),
        ("inform", "critical", Tier::T2),
        ("drive", "non-serious", Tier::T2),
        ("drive", "serious", Tier::T2),
        ("drive", "critical", Tier::T3),
        ("treat", "non-serious", Tier::T2),
        ("treat", "serious", Tier::T3),
        ("treat", "critical", Tier::T4),
    ];
    let policy = policy();
    for (significance, situation, tier) in table {
        let cell = [("significance", significance), ("situation", situation)];
        let result = policy.tier(&otherwise_benign(&policy, &cell)).unwrap();
        assert_eq!(result.tier, tier, "{significance} × {situation}");
    }
}

#[test]
fn each_tier_is_reached_for_its_stated_reason() {
    let readmission = [
        ("significance", "drive"),
        ("situation", "serious"),
        ("autonomy", "recommends"),
        ("allocation", "drives"),
    ];
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], Tier, &'a [&'a str]);
    let table: [Row; 7] = [
        ("bed-cleaning rota", &[], Tier::T1, &[]),
        (
            "readmission score that allocates a programme",
            &readmission,
            Tier::T3,
            &["recommends-when-serious", "drives-allocation"],
        ),
        (
            "readmission score shown among other numbers",
            &[("significance", "inform"), ("situation", "serious"), ("allocation", "influences")],
            Tier::T2,
            &["clinical", "influences-allocation"],
        ),
        ("claim denial alone", &[("coverage", "decides-alone")], Tier::T4, &["denies-alone"]),
        (
            "patient portal drafts sent after a check",
            &[("patient-facing", "checked"), ("chart", "after-review")],
            Tier::T2,
            &["reaches-patients", "writes-to-chart"],
        ),
        (
            "infusion that acts alone",
            &[("significance", "drive"), ("autonomy", "acts-alone")],
            Tier::T4,
            &["acts-alone"],
        ),
        (
            "triage of children",
            &[("significance", "drive"), ("population", "vulnerable")],
            Tier::T3,
            &["vulnerable"],
        ),
    ];
    let policy = policy();
    for (what, answers, tier, floors) in table {
        let result = policy.tier(&otherwise_benign(&policy, answers)).unwrap();
        let binding: Vec<_> = result.binding.iter().map(|binding| binding.floor.as_str()).collect();
        assert_eq!((result.tier, binding.as_slice()), (tier, floors), "{what}");
    }
}

#[test]
fn nothing_known_is_the_highest_tier() {
    assert_eq!(policy().tier(&Facts::new()).unwrap().tier, Tier::T4);
}

/// Answers to the built-in questions, some of them unknown: a place in each question's list, or
/// none.
fn any_answers() -> impl Strategy<Value = Vec<Option<usize>>> {
    let questions = policy().facts;
    questions.iter().map(|asked| prop::option::of(0..asked.levels.len())).collect::<Vec<_>>()
}

fn answered(policy: &TierPolicy, places: &[Option<usize>]) -> Facts {
    let asked = policy.facts.iter().zip(places);
    asked
        .filter_map(|(asked, place)| Some((asked.id.clone(), asked.levels[(*place)?].clone())))
        .collect()
}

proptest! {
    /// Invariant G5.
    #[test]
    fn raising_a_fact_or_forgetting_it_never_lowers_the_tier(
        places in any_answers(),
        which in any::<prop::sample::Index>(),
    ) {
        let policy = policy();
        let before = policy.tier(&answered(&policy, &places)).unwrap();
        let question = which.index(places.len());
        let from = places[question].unwrap_or(0);
        for higher in from..policy.facts[question].levels.len() {
            let mut raised = places.clone();
            raised[question] = Some(higher);
            let after = policy.tier(&answered(&policy, &raised)).unwrap();
            if places[question].is_some() {
                prop_assert!(after.tier >= before.tier);
            } else {
                prop_assert!(after.tier <= before.tier, "unknown counts as the worst answer");
            }
        }
        let mut forgotten = places.clone();
        forgotten[question] = None;
        prop_assert!(policy.tier(&answered(&policy, &forgotten)).unwrap().tier >= before.tier);
    }

    #[test]
    fn the_same_facts_give_the_same_trace(places in any_answers()) {
        let policy = policy();
        let facts = answered(&policy, &places);
        let backwards: Vec<(FactId, String)> = facts.clone().into_iter().rev().collect();
        let again = policy.tier(&backwards.into_iter().collect()).unwrap();
        prop_assert_eq!(policy.tier(&facts).unwrap(), again);
    }

    /// The one fact that would lower a tier does lower it.
    #[test]
    fn what_is_said_to_lower_the_tier_does(places in any_answers()) {
        let policy = policy();
        let facts = answered(&policy, &places);
        let result = policy.tier(&facts).unwrap();
        for lowering in &result.lowered_by {
            let mut changed = facts.clone();
            changed.insert(lowering.fact.clone(), lowering.to.clone());
            prop_assert_eq!(policy.tier(&changed).unwrap().tier, lowering.tier);
            prop_assert!(lowering.tier < result.tier);
        }
    }
}
