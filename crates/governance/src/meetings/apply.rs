//! What changed about bodies and their meetings, folded into the record.

use super::{Meeting, MeetingsChange};
use crate::apply::{Fault, case_mut, unknown};
use crate::{Body, BodyId, Event, MeetingId, PersonId, Record, Seat, SeatId};

/// Folds a change into the record.
pub(crate) fn apply(
    record: &mut Record,
    event: &Event,
    change: &MeetingsChange,
) -> Result<(), Fault> {
    match change {
        MeetingsChange::Delegated(delegation) => {
            record.meetings.delegations.insert(delegation.id, delegation.clone());
        }
        MeetingsChange::DelegationRevoked { delegation: id } => {
            let delegations = &mut record.meetings.delegations;
            let delegation = delegations.get_mut(id).ok_or_else(|| unknown(id))?;
            delegation.revoked_at = Some(event.at);
        }
        MeetingsChange::MeetingScheduled(meeting) => {
            record.meetings.meetings.insert(meeting.id, meeting.clone());
        }
        MeetingsChange::AgendaAmended { meeting, agenda, at } => {
            let meeting = meeting_mut(record, *meeting)?;
            meeting.agenda.clone_from(agenda);
            meeting.at = *at;
        }
        MeetingsChange::MeetingOpened { meeting, present } => {
            let meeting = meeting_mut(record, *meeting)?;
            meeting.opened_at = Some(event.at);
            meeting.present.clone_from(present);
            meeting.attended.clone_from(present);
        }
        MeetingsChange::AttendanceRecorded { meeting, present } => {
            let meeting = meeting_mut(record, *meeting)?;
            meeting.present.clone_from(present);
            meeting.attended.extend(present.iter().cloned());
        }
        MeetingsChange::MeetingClosed { meeting, minutes } => {
            let meeting = meeting_mut(record, *meeting)?;
            meeting.closed_at = Some(event.at);
            meeting.minutes = Some(minutes.clone());
        }
        MeetingsChange::BallotOpened { decision, ballot } => {
            record.meetings.ballots.insert(*decision, ballot.clone());
        }
        MeetingsChange::CaseReopened { case, reopened, answer_by } => {
            let case = case_mut(record, *case)?;
            case.closed = None;
            case.escalations.clear();
            case.answer_by = *answer_by;
            case.reopened.push(reopened.clone());
        }
        MeetingsChange::BodyAmended { .. }
        | MeetingsChange::SeatFilled { .. }
        | MeetingsChange::SeatVacated { .. } => return change_body(record, change),
    }
    Ok(())
}

fn change_body(record: &mut Record, change: &MeetingsChange) -> Result<(), Fault> {
    match change {
        MeetingsChange::BodyAmended { body, amendment } => {
            amendment.clone().amend(body_mut(record, body)?);
        }
        MeetingsChange::SeatFilled { body, seat, holder, term } => {
            let seat = seat_mut(record, body, seat)?;
            seat.holder = Some(holder.clone());
            seat.from = term.from;
            seat.until = term.until;
        }
        MeetingsChange::SeatVacated { body, seat, .. } => seat_mut(record, body, seat)?.vacate(),
        _ => {}
    }
    Ok(())
}

/// Vacates the seats of a person who left.
pub(crate) fn vacate(record: &mut Record, person: &PersonId) {
    let held = record.bodies.values().filter(|body| body.seat_of(person).is_some());
    let held: Vec<_> = held.map(|body| body.id.clone()).collect();
    for body in held {
        let seats = record.bodies.get_mut(&body).into_iter().flat_map(|body| &mut body.seats);
        seats.filter(|seat| seat.holder.as_ref() == Some(person)).for_each(Seat::vacate);
    }
}

impl super::BodyAmendment {
    /// Changes a body.
    pub(super) fn amend(self, body: &mut Body) {
        let Self { name, purpose, charter, chair, parent, rules } = self;
        body.name = name.unwrap_or_else(|| body.name.clone());
        body.purpose = purpose.unwrap_or_else(|| body.purpose.clone());
        body.charter = charter.unwrap_or_else(|| body.charter.clone());
        body.chair = chair.unwrap_or_else(|| body.chair.clone());
        body.parent = parent.or_else(|| body.parent.clone());
        body.rules = rules.unwrap_or_else(|| body.rules.clone());
    }
}

impl Seat {
    fn vacate(&mut self) {
        self.holder = None;
        self.from = None;
        self.until = None;
    }
}

fn body_mut<'a>(record: &'a mut Record, id: &BodyId) -> Result<&'a mut Body, Fault> {
    record.bodies.get_mut(id).ok_or_else(|| unknown(id))
}

fn seat_mut<'a>(
    record: &'a mut Record,
    body: &BodyId,
    seat: &SeatId,
) -> Result<&'a mut Seat, Fault> {
    let mut seats = body_mut(record, body)?.seats.iter_mut();
    seats.find(|it| it.id == *seat).ok_or_else(|| unknown(seat))
}

fn meeting_mut(record: &mut Record, id: MeetingId) -> Result<&mut Meeting, Fault> {
    record.meetings.meetings.get_mut(&id).ok_or_else(|| unknown(id))
}
