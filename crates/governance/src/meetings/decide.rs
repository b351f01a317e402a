//! Acts about bodies and their meetings: decided, or refused.

use super::SeatTerm;
use super::{Ballot, BodyAmendment, Delegated, Delegation, Meeting, MeetingsAct, MeetingsChange};
use crate::decide::{Decided, Deciding, find, next_number, say_something, sound_charter, unsound};
use crate::{
    Body, BodyId, Change, Decision, DecisionId, DelegationId, EndReason, MeetingId, PersonId,
    Question, Refusal, Right, Seat, SeatId, Tier,
};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The longest minutes that are kept as text, in characters.
const LONGEST_MINUTES: usize = 4_000;

/// The highest tier on which somebody may decide for a body alone.
const HIGHEST_DELEGATED: Tier = Tier::T2;

type Changed = Result<MeetingsChange, Refusal>;

impl Deciding<'_> {
    pub(crate) fn meetings(&self, act: &MeetingsAct) -> Decided {
        use MeetingsAct as Act;
        let change = match act {
            Act::AmendBody { body, amendment } => self.amend_body(body, amendment)?,
            Act::FillSeat { body, seat, holder, term } => {
                self.fill_seat(body, seat, holder, *term)?
            }
            Act::VacateSeat { body, seat, reason } => self.vacate_seat(body, seat, reason)?,
            Act::Delegate { body, to, what, until } => self.delegate(body, to, *what, *until)?,
            Act::RevokeDelegation { delegation } => self.revoke(*delegation)?,
            Act::DecideAlone { decision } => return self.decide_alone(*decision),
            Act::ScheduleMeeting { body, at, agenda } => self.schedule(body, *at, agenda)?,
            Act::AmendAgenda { meeting, agenda, at } => self.amend_agenda(*meeting, agenda, *at)?,
            Act::OpenMeeting { meeting, present } => self.open_meeting(*meeting, present)?,
            Act::RecordAttendance { meeting, present } => {
                let held = self.held(*meeting)?;
                self.sit_on(&held.body, present)?;
                let (meeting, present) = (*meeting, present.clone());
                MeetingsChange::AttendanceRecorded { meeting, present }
            }
            Act::CloseMeeting { meeting, minutes } => self.close_meeting(*meeting, minutes)?,
            Act::OpenBallot { decision, closes_at } => self.open_ballot(*decision, *closes_at)?,
            Act::WithdrawMotion { decision, reason } => {
                return self.withdraw_motion(*decision, reason);
            }
        };
        Ok(vec![Change::Meetings(change)])
    }

    fn body(&self, id: &BodyId) -> Result<&Body, Refusal> {
        find(&self.record.bodies, id, "body")
    }

    fn seat_of_body(&self, body: &BodyId, seat: &SeatId) -> Result<(&Body, &Seat), Refusal> {
        let body = self.body(body)?;
        let found = body.seats.iter().find(|it| it.id == *seat);
        let unknown = || Refusal::Unknown { what: "seat", id: format!("{seat} of {}", body.id) };
        Ok((body, found.ok_or_else(unknown)?))
    }

    fn amend_body(&self, id: &BodyId, amendment: &BodyAmendment) -> Changed {
        let mut body = self.body(id)?.clone();
        if *amendment == BodyAmendment::default() {
            return Err(Refusal::Empty("the amendment"));
        }
        amendment.clone().amend(&mut body);
        say_something("the name", &body.name)?;
        sound_charter(&body)?;
        for rule in amendment.rules.iter().flatten() {
            self.asks_enough(rule)?;
        }
        if let Some(parent) = &body.parent {
            self.body(parent)?;
            if self.record.lineage(parent).any(|above| above.id == *id) {
                let because = format!("{parent} reports to {id} already");
                return Err(unsound("the charter", because));
            }
        }
        Ok(MeetingsChange::BodyAmended { body: id.clone(), amendment: amendment.clone() })
    }

    fn fill_seat(&self, id: &BodyId, seat: &SeatId, holder: &PersonId, term: SeatTerm) -> Changed {
        let (body, found) = self.seat_of_body(id, seat)?;
        self.employed(holder)?;
        let now = self.command.at;
        // A term that has not begun is somebody's already.
        let over = found.until.is_some_and(|until| until <= now);
        if let Some(other) = found.holder.as_ref().filter(|it| *it != holder && !over) {
            let because = format!("`{other}` holds it; vacate it first");
            return Err(unsound("the seat", because));
        }
        if body.seat_of(holder).is_some_and(|other| other.id != *seat) {
            return Err(unsound("the seat", format!("`{holder}` holds another seat of {id}")));
        }
        if term.until.is_some_and(|until| until <= now.max(term.from.unwrap_or(now))) {
            return Err(Refusal::NotInFuture("the end of the term"));
        }
        let (body, seat, holder) = (id.clone(), seat.clone(), holder.clone());
        Ok(MeetingsChange::SeatFilled { body, seat, holder, term })
    }

    fn vacate_seat(&self, id: &BodyId, seat: &SeatId, reason: &str) -> Changed {
        let (_, found) = self.seat_of_body(id, seat)?;
        say_something("the reason", reason)?;
        if found.holder.is_none() {
            return Err(unsound("the seat", "it is vacant already"));
        }
        let (body, seat) = (id.clone(), seat.clone());
        Ok(MeetingsChange::SeatVacated { body, seat, reason: reason.to_owned() })
    }

    fn delegate(&self, id: &BodyId, to: &PersonId, what: Delegated, until: Timestamp) -> Changed {
        let body = self.body(id)?;
        self.employed(to)?;
        if *to == self.person()?.id {
            return Err(unsound("the delegation", "it is to oneself; let somebody else act"));
        }
        if until <= self.command.at {
            return Err(Refusal::NotInFuture("the end of the delegation"));
        }
        if let Delegated::Approve { up_to } = what {
            if up_to > HIGHEST_DELEGATED {
                let because = format!("above {HIGHEST_DELEGATED}, the body decides itself");
                return Err(unsound("the delegation", because));
            }
            if body.rule(up_to).is_none() {
                return Err(Refusal::NoRight { body: id.clone(), tier: up_to });
            }
        }
        let delegations = &self.record.meetings.delegations;
        Ok(MeetingsChange::Delegated(Delegation {
            id: DelegationId(next_number(delegations, |id: DelegationId| id.0)),
            body: id.clone(),
            to: to.clone(),
            what,
            by: self.person()?.id.clone(),
            since: self.command.at,
            until,
            revoked_at: None,
        }))
    }

    fn revoke(&self, id: DelegationId) -> Changed {
        let delegation = find(&self.record.meetings.delegations, &id, "delegation")?;
        if !delegation.in_force(self.command.at) {
            return Err(unsound("the delegation", "it is over already"));
        }
        Ok(MeetingsChange::DelegationRevoked { delegation: id })
    }

    fn decide_alone(&self, id: DecisionId) -> Decided {
        let decision = self.open_decision(id)?;
        let person = &self.person()?.id;
        // An exception that lowers the tier puts nothing within reach of a delegation.
        let use_case = decision.use_case.map(|id| self.use_case(id)).transpose()?;
        let computed = use_case.and_then(|it| it.stage.tier());
        let computed = computed.map_or(decision.tier, |result| result.tier);
        let tier = decision.tier.max(computed);
        let mut held = self.record.meetings.delegated(person, self.command.at);
        let fits = |it: &&Delegation| {
            let approval = matches!(decision.motion.question, Question::Approve { .. });
            approval && it.body == decision.body && it.approves(tier)
        };
        let delegation = held.find(fits).ok_or_else(|| Refusal::NotDelegated {
            person: person.clone(),
            body: decision.body.clone(),
            tier,
        })?;
        self.unconflicted(decision)?;
        self.takes_part(decision)?;
        let meetings = &self.record.meetings;
        let balloted = meetings.ballots.contains_key(&id) || meetings.sitting_on(id).is_some();
        if balloted || !decision.votes.is_empty() {
            return Err(Refusal::BeforeItsBody(id));
        }
        if self.rose_since(decision)? {
            return Ok(vec![self.ended(decision, EndReason::Overtaken)?]);
        }
        let tally = decision.tally(self.body(&decision.body)?.seats.len());
        let carried = self.carried(tally, Right::Delegation(delegation.id), decision)?;
        let mut changes = vec![Change::DecisionCarried { decision: id, carried: carried.clone() }];
        changes.extend(self.effects(decision, &carried)?);
        Ok(changes)
    }

    fn withdraw_motion(&self, id: DecisionId, reason: &str) -> Decided {
        let decision = self.open_decision(id)?;
        say_something("the reason", reason)?;
        let (person, now) = (&self.person()?.id, self.command.at);
        let chairs = self.body(&decision.body)?.chair_at(now) == Some(person)
            || self.record.meetings.presides(person, &decision.body, now);
        if decision.opened_by != *person {
            if !chairs {
                return Err(Refusal::NotTheirs(id));
            }
            // To end the motion of another is to decide on it.
            self.unconflicted(decision)?;
        }
        let mut ended = self.end_of(decision, EndReason::Withdrawn)?;
        ended.note = Some(reason.to_owned());
        Ok(vec![Change::MotionEnded { decision: id, ended }])
    }

    /// Refuses decisions that are over or another body's.
    fn before(&self, body: &BodyId, agenda: &BTreeSet<DecisionId>) -> Result<(), Refusal> {
        for id in agenda {
            if self.open_decision(*id)?.body != *body {
                return Err(unsound("the agenda", format!("{id} is not before {body}")));
            }
        }
        Ok(())
    }

    /// Refuses people who have no seat now.
    fn sit_on(&self, id: &BodyId, present: &BTreeSet<PersonId>) -> Result<(), Refusal> {
        let body = self.body(id)?;
        for person in present {
            self.employed(person)?;
            if body.seat_at(person, self.command.at).is_none() {
                return Err(Refusal::NoSeat { person: person.clone(), body: id.clone() });
            }
        }
        Ok(())
    }

    fn meeting(&self, id: MeetingId) -> Result<&Meeting, Refusal> {
        let meeting = find(&self.record.meetings.meetings, &id, "meeting")?;
        if meeting.closed_at.is_some() {
            let (is, so) = ("is over", "call another");
            return Err(Refusal::MeetingIs { meeting: id, is, so });
        }
        Ok(meeting)
    }

    /// A meeting that is held now.
    fn held(&self, id: MeetingId) -> Result<&Meeting, Refusal> {
        let meeting = self.meeting(id)?;
        if !meeting.is_open() {
            let (is, so) = ("has not begun", "open it first");
            return Err(Refusal::MeetingIs { meeting: id, is, so });
        }
        Ok(meeting)
    }

    fn schedule(&self, id: &BodyId, at: Timestamp, agenda: &BTreeSet<DecisionId>) -> Changed {
        self.body(id)?;
        self.before(id, agenda)?;
        if at <= self.command.at {
            return Err(Refusal::NotInFuture("the beginning of the meeting"));
        }
        let meetings = &self.record.meetings.meetings;
        Ok(MeetingsChange::MeetingScheduled(Meeting {
            id: MeetingId(next_number(meetings, |id: MeetingId| id.0)),
            body: id.clone(),
            at,
            agenda: agenda.clone(),
            opened_at: None,
            present: BTreeSet::new(),
            attended: BTreeSet::new(),
            closed_at: None,
            minutes: None,
        }))
    }

    fn amend_agenda(
        &self,
        id: MeetingId,
        agenda: &BTreeSet<DecisionId>,
        at: Option<Timestamp>,
    ) -> Changed {
        let meeting = self.meeting(id)?;
        // What it has decided already stays on the agenda.
        let new = agenda.difference(&meeting.agenda).copied().collect();
        self.before(&meeting.body, &new)?;
        if at.is_some() && meeting.is_open() {
            let (is, so) = ("has begun", "leave its time as it is");
            return Err(Refusal::MeetingIs { meeting: id, is, so });
        }
        if at.is_some_and(|at| at <= self.command.at) {
            return Err(Refusal::NotInFuture("the beginning of the meeting"));
        }
        let at = at.unwrap_or(meeting.at);
        Ok(MeetingsChange::AgendaAmended { meeting: id, agenda: agenda.clone(), at })
    }

    fn open_meeting(&self, id: MeetingId, present: &BTreeSet<PersonId>) -> Changed {
        let meeting = self.meeting(id)?;
        let mut meetings = self.record.meetings.meetings.values();
        if meetings.any(|it| it.body == meeting.body && it.is_open()) {
            let (is, so) = ("cannot begin while its body meets", "close the meeting that is held");
            return Err(Refusal::MeetingIs { meeting: id, is, so });
        }
        if present.is_empty() {
            return Err(Refusal::Empty("the list of those present"));
        }
        self.sit_on(&meeting.body, present)?;
        Ok(MeetingsChange::MeetingOpened { meeting: id, present: present.clone() })
    }

    fn close_meeting(&self, id: MeetingId, minutes: &str) -> Changed {
        self.held(id)?;
        say_something("the minutes", minutes)?;
        if minutes.chars().count() > LONGEST_MINUTES {
            let because = format!(
                "they are longer than {LONGEST_MINUTES} characters; give the hash of the document"
            );
            return Err(unsound("the minutes", because));
        }
        Ok(MeetingsChange::MeetingClosed { meeting: id, minutes: minutes.to_owned() })
    }

    fn open_ballot(&self, id: DecisionId, closes_at: Timestamp) -> Changed {
        let decision = self.open_decision(id)?;
        if let Some(meeting) = self.record.meetings.sitting_on(decision.id) {
            let (is, so) = ("has it on its agenda", "vote there, or close the meeting first");
            return Err(Refusal::MeetingIs { meeting: meeting.id, is, so });
        }
        if closes_at <= self.command.at {
            return Err(Refusal::NotInFuture("the close of the ballot"));
        }
        let ballot = Ballot { opened_at: self.command.at, closes_at };
        Ok(MeetingsChange::BallotOpened { decision: id, ballot })
    }

    /// The meeting in which a vote is cast, if one sits on the decision. There, only who is present
    /// votes; in a written ballot, only who comes before it closes.
    pub(crate) fn voting_place(&self, decision: &Decision) -> Result<Option<MeetingId>, Refusal> {
        let person = &self.person()?.id;
        let meetings = &self.record.meetings;
        if let Some(meeting) = meetings.sitting_on(decision.id) {
            if !meeting.present.contains(person) {
                return Err(Refusal::NotPresent { person: person.clone(), meeting: meeting.id });
            }
            return Ok(Some(meeting.id));
        }
        match meetings.ballots.get(&decision.id) {
            Some(ballot) if ballot.closes_at <= self.command.at => {
                Err(Refusal::BallotClosed(decision.id))
            }
            _ => Ok(None),
        }
    }

    /// Refuses an outcome while too few are present, or while a ballot goes on and somebody may
    /// still vote in it.
    pub(crate) fn may_be_declared(&self, decision: &Decision, body: &Body) -> Result<(), Refusal> {
        let now = self.command.at;
        let meetings = &self.record.meetings;
        if let Some(meeting) = meetings.sitting_on(decision.id) {
            let there = |it: &&PersonId| body.seat_at(it, now).is_some();
            let present = meeting.present.iter().filter(there).count();
            let present = u32::try_from(present).unwrap_or(u32::MAX);
            let needed = decision.rule.quorum;
            if present < needed {
                return Err(Refusal::TooFewPresent { meeting: meeting.id, present, needed });
            }
            return Ok(());
        }
        let Some(ballot) = meetings.ballots.get(&decision.id) else { return Ok(()) };
        let conflict = |who: &PersonId| self.record.conflict_in(who, decision);
        let waits = |member: &PersonId| {
            !decision.votes.contains_key(member)
                && !decision.recusals.contains_key(member)
                && conflict(member).is_none()
        };
        let mut members = body.seats.iter().filter_map(|seat| seat.holder_at(now));
        if now < ballot.closes_at && members.any(waits) {
            let closes_at = ballot.closes_at;
            return Err(Refusal::BallotOpen { decision: decision.id, closes_at });
        }
        Ok(())
    }
}
