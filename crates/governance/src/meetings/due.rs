//! What waits about bodies and their meetings.

use super::Meeting;
use crate::work::Holders;
use crate::{Body, BodyId, DecisionId, Record, Task, UseCase, UseCaseId, Waiting, days_after};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Vacant seats, meetings to hold and to close, and deferred questions.
pub(crate) fn tasks(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    vacancies(record, now, tasks);
    let meetings = record.meetings.meetings.values().filter(|it| it.closed_at.is_none());
    tasks.extend(meetings.map(|meeting| of_meeting(record, meeting, now)));
    deferred(record, now, tasks);
}

/// Seats without a holder, on bodies under which something is live or to be decided. The governance
/// office fills them; without one, the chair sees to it, or else the chair of the body above.
fn vacancies(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    let live = record.use_cases.values().filter_map(|it| Some(&it.stage.live()?.path.body));
    let open = record.open_decisions().map(|it| &it.body);
    let office = Holders::office(record);
    let concerned: BTreeSet<&BodyId> = open.chain(live).collect();
    for body in concerned {
        let Some(body) = record.bodies.get(body) else { continue };
        for seat in body.seats.iter().filter(|seat| seat.holder_at(now).is_none()) {
            let what = format!("Have the seat {} of {} filled", seat.id, body.name);
            let who = office.or(|| Some(chair(body, now)));
            tasks.extend(who.into_iter().map(|who| task(who, what.clone(), None, None, None, now)));
        }
    }
}

fn chair(body: &Body, now: Timestamp) -> Waiting {
    let above = body.parent.as_ref().filter(|_| body.chair_at(now).is_none());
    Waiting::Body(above.unwrap_or(&body.id).clone())
}

/// A meeting to open, or one to close that has been held for a day. It is about the first decision
/// on its agenda, when it has one.
fn of_meeting(record: &Record, meeting: &Meeting, now: Timestamp) -> Task {
    let about = meeting.agenda.first().and_then(|id| record.decisions.get(id));
    let (decision, use_case) = (about.map(|it| it.id), about.and_then(|it| it.use_case));
    let (what, due) = match meeting.opened_at {
        None => (format!("Hold {}", meeting.id), meeting.at),
        Some(at) => (format!("Close {} with its minutes", meeting.id), days_after(at, 1)),
    };
    let who = Waiting::Body(meeting.body.clone());
    task(who, what, use_case, decision, Some(due), now)
}

/// The newest decision on a question, when it was to defer.
fn deferred(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    for decision in record.deferred_decisions() {
        let use_case = decision.use_case.and_then(|id| record.use_cases.get(&id));
        let over = use_case.is_none_or(|it| it.stage.tier().is_none());
        if !over {
            let what = format!("Look again at what {} deferred", decision.id);
            let (who, due) = (Waiting::Body(decision.body.clone()), decision.motion.next_look);
            tasks.push(task(who, what, decision.use_case, Some(decision.id), due, now));
        }
    }
}

fn task(
    who: Waiting,
    what: String,
    use_case: Option<UseCaseId>,
    decision: Option<DecisionId>,
    due: Option<Timestamp>,
    now: Timestamp,
) -> Task {
    let overdue = due.is_some_and(|due| due <= now);
    Task { who, what, use_case, case: None, decision, due, overdue }
}

/// What a use case lacks in this part before it may go live, stay so or be resumed; each says what
/// to do.
pub(crate) fn missing(_record: &Record, _use_case: &UseCase, _now: Timestamp) -> Vec<String> {
    Vec::new()
}
