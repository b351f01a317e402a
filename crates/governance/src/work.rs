//! What waits for whom: a pure function of (record, time).

use crate::decide::quorate;
use crate::{
    BodyId, CaseId, DecisionId, FieldKind, Outcome, Person, PersonId, Question, Record, Stage,
    UseCase, UseCaseId,
};
use jiff::Timestamp;
use serde::Serialize;

/// Something that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Task {
    /// Who it waits for.
    pub who: Waiting,
    /// What must be done, as a verb phrase.
    pub what: String,
    /// The use case, when it is about one.
    pub use_case: Option<UseCaseId>,
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

/// Those with a standing role who work here, looked up once for many tasks.
pub(crate) struct Holders(Vec<Waiting>);

impl Holders {
    /// Who has the role.
    pub(crate) fn of(record: &Record, role: &str) -> Self {
        let here = |it: &&Person| it.left_at.is_none() && it.roles.contains(role);
        let here = record.people.values().filter(here);
        Self(here.map(|person| Waiting::Person(person.id.clone())).collect())
    }

    /// The governance office, which keeps the record.
    pub(crate) fn office(record: &Record) -> Self {
        Self::of(record, "governance-office")
    }

    /// The vendor liaison, or else the governance office: who keeps contracts.
    pub(crate) fn of_contracts(record: &Record) -> Self {
        let liaison = Self::of(record, "vendor-liaison");
        if liaison.0.is_empty() { Self::office(record) } else { liaison }
    }

    /// All of them; in a hospital that gave the role to nobody, who answers instead.
    pub(crate) fn or(&self, instead: impl FnOnce() -> Option<Waiting>) -> Vec<Waiting> {
        if self.0.is_empty() { instead().into_iter().collect() } else { self.0.clone() }
    }
}

/// Everything that waits at `now`, the most urgent first.
#[must_use]
pub fn work(record: &Record, now: Timestamp) -> Vec<Task> {
    let mut tasks = Vec::new();
    cases(record, now, &mut tasks);
    votes(record, now, &mut tasks);
    conditions(record, now, &mut tasks);
    let office = Holders::office(record);
    for use_case in record.that_may_wait(now) {
        lapses(record, &office, use_case, now, &mut tasks);
        next_steps(record, &office, use_case, now, &mut tasks);
        stopped(record, use_case, &mut tasks);
    }
    crate::cadence::tasks(record, now, &mut tasks);
    crate::requirements::tasks(record, now, &mut tasks);
    crate::organisation::tasks(record, now, &mut tasks);
    crate::meetings::tasks(record, now, &mut tasks);
    crate::lanes::tasks(record, now, &mut tasks);
    crate::tiering::tasks(record, &mut tasks);
    crate::intake::tasks(record, now, &mut tasks);
    crate::exceptions::tasks(record, now, &mut tasks);
    crate::vendors::tasks(record, now, &mut tasks);
    crate::change_requests::tasks(record, now, &mut tasks);
    crate::incidents::tasks(record, now, &mut tasks);
    crate::hazards::tasks(record, now, &mut tasks);
    crate::agents::tasks(record, now, &mut tasks);
    crate::reviews::tasks(record, now, &mut tasks);
    crate::holds::tasks(record, now, &mut tasks);
    crate::decision_rights::tasks(record, now, &mut tasks);
    crate::setup::tasks(record, now, &mut tasks);
    // Overdue first, then by date, then what has no clock; what is about no use case last of each.
    tasks.sort_by_key(|task| {
        let of = (task.use_case.is_none(), task.use_case);
        (!task.overdue, task.due.is_none(), task.due, of)
    });
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

    /// Who answers on a use case in the place of `person`: the person, or once that one has left
    /// the executive sponsor, or else the body that decides on it. None when there is nobody.
    pub(crate) fn answers(&self, use_case: &UseCase, person: &PersonId) -> Option<Waiting> {
        let sponsor = use_case.owners.as_ref().map(|owners| &owners.sponsor);
        let here = [Some(person), sponsor].into_iter().flatten().find(|it| self.works_here(it));
        let body = || self.deciding_body(use_case).map(|body| Waiting::Body(body.id.clone()));
        here.cloned().map(Waiting::Person).or_else(body)
    }

    /// Who a task of `person` waits for. A hospital without anybody to take it over leaves it where
    /// it was, for all to see.
    pub(crate) fn waiting(
        &self,
        use_case: impl Into<Option<UseCaseId>>,
        person: &PersonId,
    ) -> Waiting {
        let use_case = use_case.into().and_then(|id| self.use_cases.get(&id));
        let answers = use_case.and_then(|use_case| self.answers(use_case, person));
        answers.unwrap_or_else(|| Waiting::Person(person.clone()))
    }
}

fn cases(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    for case in record.all_open_cases() {
        let task = |who| Task {
            who,
            what: format!("Decide {}: {}", case.id, case.action),
            use_case: Some(case.use_case),
            case: Some(case.id),
            decision: None,
            due: Some(case.answer_by),
            overdue: case.answer_by <= now,
        };
        let owner = record.waiting(case.use_case, &case.owner);
        let live = record.use_cases.get(&case.use_case).and_then(|it| it.stage.live());
        let body = live.map(|live| Waiting::Body(live.path.body.clone()));
        let body = body.filter(|body| *body != owner);
        tasks.extend([Some(owner), body].into_iter().flatten().map(task));
    }
}

fn votes(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    for decision in record.open_decisions() {
        let closes = record.meetings.ballots.get(&decision.id).map(|ballot| ballot.closes_at);
        let task = |who, what| Task {
            who,
            what,
            use_case: decision.use_case,
            case: None,
            decision: Some(decision.id),
            due: closes,
            overdue: closes.is_some_and(|at| at <= now),
        };
        let Some(body) = record.bodies.get(&decision.body) else { continue };
        let conflict = |who| record.conflict_in(who, decision);
        for member in body.seats.iter().filter_map(|seat| seat.holder_at(now)) {
            let done =
                decision.votes.contains_key(member) || decision.recusals.contains_key(member);
            let may = record.works_here(member) && conflict(member).is_none();
            if may && !done {
                let what = format!("Vote on {} or step aside", decision.id);
                tasks.push(task(Waiting::Person(member.clone()), what));
            }
        }
        if quorate(decision, decision.tally(body.seats.len())).is_ok() {
            let what = format!("Declare the outcome of {}", decision.id);
            tasks.push(task(Waiting::Body(body.id.clone()), what));
        }
    }
}

fn conditions(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    for decision in record.unproved_decisions() {
        for condition in decision.motion.conditions.iter().filter(|it| it.proof.is_none()) {
            tasks.push(Task {
                who: record.waiting(decision.use_case, &condition.owner),
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

/// Each field is mended by who may: the office names owners, states facts and puts motions; the
/// technical owner records evidence and adopts the plan.
fn lapses(
    record: &Record,
    office: &Holders,
    use_case: &UseCase,
    now: Timestamp,
    tasks: &mut Vec<Task>,
) {
    let Stage::Live(live) = &use_case.stage else { return };
    if record.is_in_policy(use_case, now) {
        return;
    }
    let standing = record.lacking(use_case, now);
    for field in standing.fields.iter().filter(|field| !field.is_met()) {
        let business = || record.waiting(use_case.id, &live.owners.business);
        let who = match field.kind {
            FieldKind::Owner | FieldKind::Tier | FieldKind::DecisionPath => {
                office.or(|| Some(business()))
            }
            FieldKind::Validation | FieldKind::Monitoring => {
                vec![record.waiting(use_case.id, &live.owners.technical)]
            }
        };
        tasks.extend(who.into_iter().map(|who| Task {
            who,
            what: format!("Mend {}: {}", field.kind.title(), field.because),
            use_case: Some(use_case.id),
            case: None,
            decision: None,
            due: standing.gate_closes_at,
            overdue: standing.gate_closes_at.is_some_and(|at| at <= now),
        }));
    }
}

fn next_steps(
    record: &Record,
    office: &Holders,
    use_case: &UseCase,
    now: Timestamp,
    tasks: &mut Vec<Task>,
) {
    let owners = use_case.owners.as_ref();
    let business = owners.map_or(&use_case.submitter, |owners| &owners.business);
    let of_office = || office.or(|| Some(record.waiting(use_case.id, business)));
    let (who, what) = match &use_case.stage {
        Stage::Proposed => (of_office(), "State its facts, so that its tier is known"),
        Stage::Triaged { .. } => (of_office(), "Begin validation"),
        Stage::Validating { .. } if owners.is_none() => {
            (of_office(), "Name its owners, so that it can be piloted")
        }
        Stage::Validating { .. } => {
            (vec![record.waiting(use_case.id, business)], "Start the silent run")
        }
        _ if use_case.plan.is_none() && use_case.stage.deployment().is_some() => {
            let technical = owners.map_or(&use_case.submitter, |owners| &owners.technical);
            (vec![record.waiting(use_case.id, technical)], "Adopt a monitoring plan")
        }
        _ if is_ready(record, use_case, now) => (of_office(), "Have it approved: it lacks nothing"),
        _ => return,
    };
    tasks.extend(who.into_iter().map(|who| of_use_case(use_case.id, who, what)));
}

/// True for what is piloted and lacks nothing but an approval, which nobody has asked for.
fn is_ready(record: &Record, use_case: &UseCase, now: Timestamp) -> bool {
    let Stage::Piloting { deployment, .. } = &use_case.stage else { return false };
    let question = Question::Approve { use_case: use_case.id };
    let asked = || {
        // What was deferred is looked at again.
        let mut decisions = record.decisions_of(use_case.id);
        decisions.any(|it| {
            let deferred = it.carried.is_some() && it.motion.outcome == Outcome::Defer;
            it.motion.question == question && (it.is_open() || deferred)
        })
    };
    record.met_evidence(use_case.id, &deployment.version, now).is_some()
        && !asked()
        && record.lacks(use_case, now).is_empty()
}

/// What was stopped waits for the body under which it acted, until that decides.
fn stopped(record: &Record, use_case: &UseCase, tasks: &mut Vec<Task>) {
    let Stage::Suspended { live, .. } = &use_case.stage else { return };
    let id = use_case.id;
    let asked = [Question::Resume { use_case: id }, Question::Approve { use_case: id }];
    if asked.iter().all(|question| record.open_motion(question).is_none()) {
        let who = Waiting::Body(live.path.body.clone());
        tasks.push(of_use_case(id, who, "Decide what becomes of it: resume or retire"));
    }
}

fn of_use_case(use_case: UseCaseId, who: Waiting, what: &str) -> Task {
    Task {
        who,
        what: what.to_owned(),
        use_case: Some(use_case),
        case: None,
        decision: None,
        due: None,
        overdue: false,
    }
}
