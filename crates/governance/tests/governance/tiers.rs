//! Tier policies explain themselves and never lower a tier when a fact gets worse (invariant G5).

use crate::hospital::*;
use governance::*;
use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::json;

#[test]
fn a_tier_explains_itself() {
    let line = |stated: &Stated| {
        let result = tier_policy().tier(&facts(stated)).expect("a tier");
        let binding: Vec<_> = result.binding.iter().map(|it| it.floor.as_str()).collect();
        let unknown: Vec<_> = result.held_up_by_unknown.iter().map(FactId::as_str).collect();
        let lowered: Vec<_> = result
            .lowered_by
            .iter()
            .map(|it| format!("{} {}: {}", it.fact, it.to, it.tier))
            .collect();
        format!("{} by {binding:?}, unknown {unknown:?}, lowered by {lowered:?}", result.tier)
    };
    let table: [&Stated; 7] = [
        &[],
        &[("reach", "care")],
        &[("reach", "care"), ("time", "minutes")],
        &[("reach", "care"), ("autonomy", "acts")],
        &[("reach", "administrative")],
        TIER_3,
        TIER_2,
    ];
    assert_snapshot!(table.map(line).join("\n"), @r#"
    T4 by ["acts", "rush"], unknown ["reach", "autonomy", "time"], lowered by ["reach money: T2"]
    T4 by ["acts", "rush"], unknown ["autonomy", "time"], lowered by ["reach money: T2"]
    T4 by ["acts", "rush"], unknown [], lowered by ["reach money: T2"]
    T4 by ["acts", "rush"], unknown [], lowered by ["reach money: T2"]
    T1 by [], unknown [], lowered by []
    T3 by ["advice"], unknown [], lowered by ["reach money: T2", "autonomy informs: T2"]
    T2 by ["money"], unknown [], lowered by ["reach administrative: T1"]
    "#);
}

/// Questions have 1 to 4 levels; floors name any facts at any level, even ones that nobody asks.
fn policies() -> impl Strategy<Value = TierPolicy> {
    let questions = prop::collection::vec(1usize..=4, 1..=5);
    let when = prop::collection::btree_map(0usize..6, 0usize..5, 0..4);
    let floors = prop::collection::vec((0usize..4, when), 0..8);
    (questions, floors).prop_map(|(questions, floors)| {
        let facts: Vec<_> = questions
            .iter()
            .enumerate()
            .map(|(fact, levels)| {
                let levels: Vec<_> = (0..*levels).map(|level| format!("l{level}")).collect();
                json!({ "id": format!("f{fact}"), "question": "?", "levels": levels })
            })
            .collect();
        let floors: Vec<_> = floors
            .iter()
            .enumerate()
            .map(|(floor, (tier, when))| {
                let when: serde_json::Map<_, _> = when
                    .iter()
                    .map(|(fact, level)| (format!("f{fact}"), json!(format!("l{level}"))))
                    .collect();
                let tier = Tier::ALL[*tier];
                json!({ "id": format!("r{floor}"), "tier": tier, "when": when, "reason": "" })
            })
            .collect();
        of(json!({ "id": "p", "version": "1", "title": "", "source": "", "facts": facts,
                   "floors": floors, "duties": [] }))
    })
}

/// A policy with answers to it: the place of each answer, none for unknown.
fn answered() -> impl Strategy<Value = (TierPolicy, Vec<Option<usize>>)> {
    policies().prop_flat_map(|policy| {
        let answer = |question: &FactQuestion| prop::option::of(0..question.levels.len());
        let answers: Vec<_> = policy.facts.iter().map(answer).collect();
        (Just(policy), answers)
    })
}

fn as_facts(policy: &TierPolicy, answers: &[Option<usize>]) -> Facts {
    let both = policy.facts.iter().zip(answers);
    both.filter_map(|(question, answer)| {
        answer.map(|place| (question.id.clone(), question.levels[place].clone()))
    })
    .collect()
}

/// The tier by the definition, on numbers: unknown is one above the last level.
fn by_definition(policy: &TierPolicy, answers: &[Option<usize>]) -> Tier {
    let number = |text: &str| {
        let digits = text.trim_start_matches(char::is_alphabetic);
        digits.parse::<usize>().expect("made above")
    };
    let holds = |floor: &&Floor| {
        floor.when.iter().all(|(fact, least)| {
            let fact = number(fact.as_str());
            let known = policy.facts.get(fact).is_some_and(|it| it.levels.contains(least));
            let answer = answers.get(fact).copied().flatten();
            !known || answer.is_none_or(|answer| answer >= number(least))
        })
    };
    policy.floors.iter().filter(holds).map(|floor| floor.tier).max().unwrap_or(Tier::T1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_worse_answer_never_lowers_a_tier((policy, answers) in answered()) {
        let tier = |answers: &[Option<usize>]| policy.tier(&as_facts(&policy, answers)).expect("a tier");
        let result = tier(&answers);
        prop_assert_eq!(result.tier, by_definition(&policy, &answers));
        for (fact, question) in policy.facts.iter().enumerate() {
            let mut raised = answers.clone();
            raised[fact] = answers[fact].map(|it| it + 1).filter(|it| *it < question.levels.len());
            prop_assert!(tier(&raised).tier >= result.tier);
        }
        // The trace: what binds demands this tier, and what is said to lower it does.
        prop_assert!(result.tier == Tier::T1 || !result.binding.is_empty());
        for lowering in &result.lowered_by {
            let mut lowered = as_facts(&policy, &answers);
            lowered.insert(lowering.fact.clone(), lowering.to.clone());
            let lower = policy.tier(&lowered).expect("a tier").tier;
            prop_assert!(lower == lowering.tier && lower < result.tier);
        }
        // Unknown facts are named exactly when answering all of them benignly would lower the tier.
        let benign: Vec<_> = answers.iter().map(|answer| Some(answer.unwrap_or(0))).collect();
        let held_up = tier(&benign).tier < result.tier;
        prop_assert_eq!(!result.held_up_by_unknown.is_empty(), held_up);
    }
}
