//! What waits for whom: a pure function of (record, time).

use crate::{BodyId, CaseId, Choice, DecisionId, PersonId, Record, Stage, UseCase, UseCaseId};
use jiff::Timestamp;
use serde::Serialize;

/// Something that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Task {
    /// Who it waits for.
    pub who: Waiting,
    /// What must be done, as a verb phrase.
    pub what: String,
    /// The use case.
    pub use_case: UseCaseId,
    /// The case, when it is about one.
    pub case: Option<CaseId>,
    /// The decision, when it is about one.
    pub decision: Option<DecisionId>,
    /// By when; none when no clock runs.
    pub due: Option<Timestamp>,
    /// True once the clock has run out.
    pub overdue: bool,
}

/// Who a task waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Waiting {
    /// A person.
    Person(PersonId),
    /// A body: its chair.
    Body(BodyId),
}

/// Everything that waits at `now`, the most urgent first.
#[must_use]
pub fn work(record: &Record, now: Timestamp) -> Vec<Task> {
    let mut tasks = Vec::new();
    cases(record, now, &mut tasks);
    votes(record, &mut tasks);
    conditions(record, now, &mut tasks);
    for use_case in record.use_cases.values() {
        lapses(record, use_case, now, &mut tasks);
        next_steps(use_case, &mut tasks);
    }
    // Overdue first, then by date, then what has no clock.
    tasks.sort_by_key(|task| (!task.overdue, task.due.is_none(), task.due, task.use_case));
    tasks
}

impl Record {
    /// True when a task waits for `person`, directly or as chair of a body.
    #[must_use]
    pub fn waits_for(&self, task: &Task, person: &PersonId) -> bool {
        match &task.who {
            Waiting::Person(who) => who == person,
            Waiting::Body(body) => {
                self.bodies.get(body).and_then(|body| body.chair_holder()) == Some(person)
            }
        }
    }
}

fn cases(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    for case in record.cases.values().filter(|case| case.is_open()) {
        let task = |who| Task {
            who,
            what: format!("Decide {}: {}", case.id, case.action),
            use_case: case.use_case,
            case: Some(case.id),
            decision: None,
            due: Some(case.answer_by),
            overdue: case.answer_by <= now,
        };
        tasks.push(task(Waiting::Person(case.owner.clone())));
        let live = record.use_cases.get(&case.use_case).and_then(|it| it.stage.live());
        if let Some(live) = live {
            tasks.push(task(Waiting::Body(live.path.body.clone())));
        }
    }
}

fn votes(record: &Record, tasks: &mut Vec<Task>) {
    for decision in record.decisions.values().filter(|decision| decision.is_open()) {
        let task = |who, what| Task {
            who,
            what,
            use_case: decision.use_case,
            case: None,
            decision: Some(decision.id),
            due: None,
            overdue: false,
        };
        let Some(body) = record.bodies.get(&decision.body) else { continue };
        for member in body.seats.iter().filter_map(|seat| seat.holder.as_ref()) {
            let done =
                decision.votes.contains_key(member) || decision.recusals.contains_key(member);
            if !done {
                let what = format!("Vote on {} or step aside", decision.id);
                tasks.push(task(Waiting::Person(member.clone()), what));
            }
        }
        let approvals =
            decision.votes.values().filter(|vote| vote.choice == Choice::Approve).count();
        if approvals > 0 {
            let what = format!("Carry {} once it is quorate", decision.id);
            tasks.push(task(Waiting::Body(body.id.clone()), what));
        }
    }
}

fn conditions(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    for decision in record.decisions.values().filter(|decision| !decision.is_open()) {
        for condition in decision.motion.conditions.iter().filter(|it| it.proof.is_none()) {
            tasks.push(Task {
                who: Waiting::Person(condition.owner.clone()),
                what: format!("Meet the condition of {}: {}", decision.id, condition.what),
                use_case: decision.use_case,
                case: None,
                decision: Some(decision.id),
                due: Some(condition.due),
                overdue: condition.due <= now,
            });
        }
    }
}

fn lapses(record: &Record, use_case: &UseCase, now: Timestamp, tasks: &mut Vec<Task>) {
    let Stage::Live(live) = &use_case.stage else { return };
    let standing = record.standing(use_case, now);
    if standing.out_of_policy_since.is_none() {
        return;
    }
    for field in standing.fields.iter().filter(|field| !field.is_met()) {
        tasks.push(Task {
            who: Waiting::Person(live.owners.business.clone()),
            what: format!("Mend {}: {}", field.kind.title(), field.because),
            use_case: use_case.id,
            case: None,
            decision: None,
            due: standing.gate_closes_at,
            overdue: standing.gate_closes_at.is_some_and(|at| at <= now),
        });
    }
}

fn next_steps(use_case: &UseCase, tasks: &mut Vec<Task>) {
    let what = match &use_case.stage {
        Stage::Proposed => "State its facts, so that its tier is known",
        Stage::Triaged { .. } => "Begin validation",
        Stage::Validating { .. } => "Start the silent run",
        _ if use_case.plan.is_none() && use_case.stage.deployment().is_some() => {
            "Adopt a monitoring plan"
        }
        _ => return,
    };
    let owner = use_case.owners.as_ref().map_or(&use_case.submitter, |owners| &owners.business);
    tasks.push(Task {
        who: Waiting::Person(owner.clone()),
        what: what.to_owned(),
        use_case: use_case.id,
        case: None,
        decision: None,
        due: None,
        overdue: false,
    });
}
