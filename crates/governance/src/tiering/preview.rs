//! What another policy would say of every use case, before it is adopted; and what the one in force
//! says of those that were tiered by an earlier one.

use crate::work::Holders;
use crate::{FactId, Facts, Record, Stage, Task, Tier, TierPolicy, UseCase, UseCaseId};
use serde::Serialize;

/// A use case under another policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Retiering {
    /// The use case.
    pub use_case: UseCaseId,
    /// Its tier now; none when its facts were not stated.
    pub from: Option<Tier>,
    /// Its tier by the policy, with what is not answered counted as worst.
    pub to: Tier,
    /// Why: the floors that demand the tier.
    pub why: Vec<String>,
    /// What would have to be asked.
    pub asked: Vec<Asked>,
}

/// A question that has no answer under another policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The fact.
    pub fact: FactId,
    /// The question.
    pub question: String,
    /// The answer so far, which is none of the possible ones any more; none when it is new.
    pub former: Option<String>,
}

impl Record {
    /// What a policy would say of every use case that is not over.
    #[must_use]
    pub fn preview(&self, policy: &TierPolicy) -> Vec<Retiering> {
        let use_cases = self.use_cases.values();
        let open = use_cases.filter(|use_case| !matches!(use_case.stage, Stage::Retired { .. }));
        open.map(|use_case| retiering(policy, use_case)).collect()
    }
}

fn retiering(policy: &TierPolicy, use_case: &UseCase) -> Retiering {
    let facts = kept(policy, &use_case.facts);
    let to = policy.tier_only(&facts);
    let floors = policy.floors.iter();
    let binding = floors.filter(|floor| floor.tier == to && policy.holds(&floor.when, &facts));
    let open = policy.facts.iter().filter(|question| {
        let of_floor = |floor: &crate::Floor| floor.when.contains_key(&question.id);
        !facts.contains_key(&question.id) && policy.floors.iter().any(of_floor)
    });
    Retiering {
        use_case: use_case.id,
        from: use_case.stage.tier().map(|tier| tier.tier),
        to,
        why: binding.map(|floor| format!("{}: {}", floor.id, floor.reason)).collect(),
        asked: open
            .map(|question| Asked {
                fact: question.id.clone(),
                question: question.question.clone(),
                former: use_case.facts.get(&question.id).cloned(),
            })
            .collect(),
    }
}

/// The answers that the policy still reads.
fn kept(policy: &TierPolicy, facts: &Facts) -> Facts {
    let reads = |fact: &FactId, answer: &String| {
        let question = policy.facts.iter().find(|question| question.id == *fact);
        question.is_some_and(|question| question.levels.contains(answer))
    };
    let kept = facts.iter().filter(|(fact, answer)| reads(fact, answer));
    kept.map(|(fact, answer)| (fact.clone(), answer.clone())).collect()
}

/// A use case that was tiered by an earlier policy and would be higher by the one in force: its
/// facts have to be stated again. Until then it is governed by the tier it was approved with.
pub(crate) fn tasks(record: &Record, tasks: &mut Vec<Task>) {
    let Some(policy) = &record.tier_policy else { return };
    let label = policy.label();
    let office = Holders::office(record);
    for use_case in record.use_cases.values() {
        let Some(tier) = use_case.stage.tier().filter(|tier| tier.policy != label) else {
            continue;
        };
        let would = policy.tier_only(&kept(policy, &use_case.facts));
        if would <= tier.tier {
            continue;
        }
        let owner = use_case.owners.as_ref().map_or(&use_case.submitter, |owners| &owners.business);
        let who = office.or(|| Some(record.waiting(use_case.id, owner)));
        tasks.extend(who.into_iter().map(|who| Task {
            who,
            what: format!(
                "State its facts again: it is {} by {}, and would be {would} by {label}",
                tier.tier, tier.policy
            ),
            use_case: Some(use_case.id),
            case: None,
            decision: None,
            due: None,
            overdue: false,
        }));
    }
}
