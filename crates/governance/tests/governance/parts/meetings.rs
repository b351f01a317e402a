//! Meetings, written ballots, delegation and what changes about bodies.

use crate::hospital::*;
use governance::*;
use jiff::Timestamp;

/// An act at random, with somebody whose act it may be; none when there is nothing to act on.
#[expect(clippy::too_many_lines, reason = "one arm for each act, to be read as a list")]
pub fn any(hospital: &Hospital, pick: [usize; 4]) -> Option<(&'static str, Act)> {
    let record = &hospital.record;
    let body = || id("committee");
    let later = |days: usize| days_after(hospital.now, u32::try_from(days).expect("small"));
    let decision = record.decisions.values().rev().find(|it| it.is_open()).map(|it| it.id);
    let meeting = record.meetings.meetings.last_key_value().map(|(id, _)| *id);
    let seats = ["chair", "nurse", "ethicist", "engineer", "lawyer"];
    let seat = || id(seats[pick[1] % 5]);
    let people = |bits: usize| {
        let chosen = seats.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1);
        chosen.map(|(_, handle)| id(handle)).collect()
    };
    // Mostly who has a seat now.
    let crowd = || -> std::collections::BTreeSet<PersonId> {
        let seats = record.bodies.get(&body()).map(|body| &body.seats);
        let held = seats.into_iter().flatten().filter_map(|seat| seat.holder_at(hospital.now));
        if pick[3] == 0 { people(0b11111) } else { held.take(1 + pick[2] % 5).cloned().collect() }
    };
    // Half of the time what is due, so that sequences get far.
    let low = |it: &&Decision| it.is_open() && it.votes.is_empty() && it.tier <= Tier::T2;
    let held = meeting.and_then(|id| record.meetings.meetings.get(&id));
    let due = match held {
        _ if pick[0].is_multiple_of(2) => pick[0],
        _ if record.decisions.values().any(|it| low(&it)) => 5,
        Some(meeting) if meeting.closed_at.is_some() => pick[0],
        Some(meeting) if meeting.is_open() => 9,
        Some(_) => 7 + usize::from(!pick[1].is_multiple_of(3)),
        None => pick[0],
    };
    let (actor, act) = match due {
        0 => {
            let vacant = record.bodies.get(&body())?.seats.iter().find(|seat| seat.holder.is_none());
            let seat = vacant.map_or_else(seat, |seat| seat.id.clone());
            let holder = id(["idle", "chair", "nurse", "engineer"][pick[2] % 4]);
            let until = pick[3].is_multiple_of(2).then(|| later(20 * pick[3]));
            let from = (pick[3] == 5).then(|| later(10));
            ("office", MeetingsAct::FillSeat { body: body(), seat, holder, term: SeatTerm { from, until } })
        }
        1 if pick[3] > 5 => {
            ("office", MeetingsAct::VacateSeat { body: body(), seat: seat(), reason: "so".into() })
        }
        1 | 2 => {
            let parent = (pick[1] == 0).then(body);
            let purpose = Some(format!("Purpose {}", pick[2]));
            let amendment = BodyAmendment { parent, purpose, ..Default::default() };
            ("office", MeetingsAct::AmendBody { body: body(), amendment })
        }
        3 => {
            let what = match pick[1] % 3 {
                0 => Delegated::Approve { up_to: Tier::ALL[pick[2] % 4] },
                _ => Delegated::Preside,
            };
            let to = id(["idle", "nurse"][pick[3] % 2]);
            ("chair", MeetingsAct::Delegate { body: body(), to, what, until: later(pick[2] * 9) })
        }
        4 => {
            let (id, _) = record.meetings.delegations.last_key_value()?;
            ("chair", MeetingsAct::RevokeDelegation { delegation: *id })
        }
        5 => ("idle", MeetingsAct::DecideAlone { decision: decision? }),
        6 => {
            let agenda = decision.into_iter().collect();
            ("chair", MeetingsAct::ScheduleMeeting { body: body(), at: later(pick[1]), agenda })
        }
        7 => {
            let at = (pick[1] == 0).then(|| later(pick[2]));
            let agenda = decision.into_iter().collect();
            ("chair", MeetingsAct::AmendAgenda { meeting: meeting?, agenda, at })
        }
        8 => ("chair", MeetingsAct::OpenMeeting { meeting: meeting?, present: crowd() }),
        9 if pick[1] > 6 => {
            ("chair", MeetingsAct::CloseMeeting { meeting: meeting?, minutes: "We met".into() })
        }
        9 => ("chair", MeetingsAct::RecordAttendance { meeting: meeting?, present: crowd() }),
        10 => {
            let closes_at = later(pick[1] / 2);
            ("chair", MeetingsAct::OpenBallot { decision: decision?, closes_at })
        }
        _ if pick[1] < 4 => {
            ("chair", MeetingsAct::WithdrawMotion { decision: decision?, reason: "late".into() })
        }
        _ => return None,
    };
    Some((actor, Act::Meetings(act)))
}

/// The rules of this part a second time: the seats of the one committee, meetings, ballots and
/// delegations as lists.
#[derive(Default)]
pub struct Model {
    seats: Vec<Seat>,
    left: Vec<String>,
    people: Vec<String>,
    meetings: Vec<Meeting>,
    ballots: Vec<(u32, Timestamp)>,
    delegations: Vec<Delegation>,
}

struct Seat {
    name: String,
    holder: String,
    from: Timestamp,
    until: Timestamp,
}

#[derive(Default)]
struct Meeting {
    agenda: Vec<u32>,
    present: Vec<String>,
    opened: bool,
    closed: bool,
}

struct Delegation {
    to: String,
    /// 0 to stand in for the chair.
    up_to: u8,
    until: Timestamp,
    revoked: bool,
}

impl Model {
    /// Who votes from which seat.
    pub fn seat_of(&self, who: &str, now: Timestamp) -> Option<String> {
        // A vacant seat has no holder, and a part of Primum no name.
        let theirs = |it: &Seat| !who.is_empty() && it.holder == who;
        let held = |it: &&Seat| theirs(it) && it.from <= now && now < it.until;
        self.seats.iter().find(held).map(|seat| seat.name.clone())
    }

    pub fn presides(&self, who: &str, now: Timestamp) -> bool {
        self.in_force(who, now).any(|it| it.up_to == 0)
    }

    pub fn approves(&self, who: &str, tier: usize, now: Timestamp) -> bool {
        self.in_force(who, now).any(|it| usize::from(it.up_to) >= tier)
    }

    fn in_force<'a>(&'a self, who: &'a str, now: Timestamp) -> impl Iterator<Item = &'a Delegation> {
        self.delegations.iter().filter(move |it| it.to == who && now < it.until && !it.revoked)
    }

    fn sitting(&self, decision: u32) -> Option<&Meeting> {
        self.meetings.iter().find(|it| it.opened && !it.closed && it.agenda.contains(&decision))
    }

    fn closes(&self, decision: u32) -> Option<Timestamp> {
        self.ballots.iter().rev().find(|(on, _)| *on == decision).map(|(_, at)| *at)
    }

    pub fn is_before_it(&self, decision: u32) -> bool {
        self.sitting(decision).is_some() || self.closes(decision).is_some()
    }

    pub fn may_vote(&self, decision: u32, who: &str, now: Timestamp) -> bool {
        match self.sitting(decision) {
            Some(meeting) => meeting.present.iter().any(|it| it == who),
            None => self.closes(decision).is_none_or(|at| now < at),
        }
    }

    /// Whether an outcome may be declared: enough members present, or nobody left to vote.
    pub fn may_declare(
        &self,
        decision: u32,
        quorum: usize,
        now: Timestamp,
        waits: impl Fn(&str) -> bool,
    ) -> bool {
        if let Some(meeting) = self.sitting(decision) {
            let there = meeting.present.iter().filter(|it| self.seat_of(it, now).is_some());
            return there.count() >= quorum;
        }
        let over = self.closes(decision).is_none_or(|at| at <= now);
        let mut members = self.seats.iter().filter(|it| self.seat_of(&it.holder, now).is_some());
        over || !members.any(|it| waits(&it.holder))
    }

    fn works_here(&self, who: &str) -> bool {
        self.people.iter().any(|it| it == who) && !self.left.iter().any(|it| it == who)
    }

    /// Whether the core must accept the command; none when the model does not know.
    pub fn expects(&self, command: &Command) -> Option<bool> {
        let Act::Meetings(act) = &command.act else { return None };
        let now = command.at;
        let actor = command.actor.person()?;
        let known = command.id.as_str().starts_with("random-");
        if !known || !self.works_here(actor.as_str()) {
            return None;
        }
        let sit = |present: &std::collections::BTreeSet<PersonId>| {
            present.iter().all(|it| self.seat_of(it.as_str(), now).is_some())
        };
        let meeting = |id: MeetingId| self.meetings.get(id.0 as usize - 1);
        Some(match act {
            MeetingsAct::AmendBody { amendment, .. } => amendment.parent.is_none(),
            MeetingsAct::FillSeat { seat, holder, term, .. } => {
                let free = |it: &Seat| {
                    it.holder.is_empty() || it.until <= now || it.holder == holder.as_str()
                };
                let other = |it: &Seat| it.holder == holder.as_str() && it.name != seat.as_str();
                self.works_here(holder.as_str())
                    && self.seats.iter().any(|it| it.name == seat.as_str() && free(it))
                    && !self.seats.iter().any(other)
                    && term.until.is_none_or(|until| until > now && Some(until) > term.from)
            }
            MeetingsAct::VacateSeat { seat, .. } => {
                self.seats.iter().any(|it| it.name == seat.as_str() && !it.holder.is_empty())
            }
            MeetingsAct::Delegate { to, what, until, .. } => {
                let low = !matches!(what, Delegated::Approve { up_to } if *up_to > Tier::T2);
                self.works_here(to.as_str()) && to != actor && *until > now && low
            }
            MeetingsAct::RevokeDelegation { delegation } => {
                let it = &self.delegations[delegation.0 as usize - 1];
                !it.revoked && now < it.until
            }
            MeetingsAct::ScheduleMeeting { at, .. } => *at > now,
            MeetingsAct::AmendAgenda { meeting: id, at, .. } => meeting(*id).is_some_and(|it| {
                !it.closed && at.is_none_or(|at| !it.opened && at > now)
            }),
            MeetingsAct::OpenMeeting { meeting: id, present } => {
                let held = self.meetings.iter().any(|it| it.opened && !it.closed);
                let waits = meeting(*id).is_some_and(|it| !it.closed);
                waits && !held && sit(present)
            }
            MeetingsAct::RecordAttendance { meeting: id, present } => {
                meeting(*id).is_some_and(|it| it.opened && !it.closed) && sit(present)
            }
            MeetingsAct::CloseMeeting { meeting: id, .. } => {
                meeting(*id).is_some_and(|it| it.opened && !it.closed)
            }
            MeetingsAct::OpenBallot { decision, closes_at } => {
                *closes_at > now && self.sitting(decision.0).is_none()
            }
            MeetingsAct::DecideAlone { .. } | MeetingsAct::WithdrawMotion { .. } => return None,
        })
    }

    /// Plays a command that the core accepted.
    pub fn play(&mut self, command: &Command) {
        match &command.act {
            Act::Found(founding) => {
                self.people.extend(founding.people.iter().map(|it| it.id.to_string()));
            }
            Act::AddPerson(person) => self.people.push(person.id.to_string()),
            Act::CharterBody(body) => {
                self.seats = body.seats.iter().map(|seat| Seat {
                    name: seat.id.to_string(),
                    holder: seat.holder.as_ref().map(ToString::to_string).unwrap_or_default(),
                    from: Timestamp::MIN,
                    until: Timestamp::MAX,
                }).collect();
            }
            Act::NoteDeparture { person } => {
                self.left.push(person.to_string());
                let held = |it: &&mut Seat| it.holder == person.as_str();
                self.seats.iter_mut().filter(held).for_each(|it| it.holder.clear());
            }
            Act::Meetings(act) => self.play_act(act),
            _ => {}
        }
    }

    fn play_act(&mut self, act: &MeetingsAct) {
        let numbers = |agenda: &std::collections::BTreeSet<DecisionId>| {
            agenda.iter().map(|id| id.0).collect()
        };
        let names = |present: &std::collections::BTreeSet<PersonId>| {
            present.iter().map(ToString::to_string).collect()
        };
        match act {
            MeetingsAct::FillSeat { seat, holder, term, .. } => {
                let held = self.seats.iter_mut().find(|it| it.name == seat.as_str());
                let held = held.expect("it is there");
                held.holder = holder.to_string();
                held.from = term.from.unwrap_or(Timestamp::MIN);
                held.until = term.until.unwrap_or(Timestamp::MAX);
            }
            MeetingsAct::VacateSeat { seat, .. } => {
                let held = self.seats.iter_mut().find(|it| it.name == seat.as_str());
                held.expect("it is there").holder.clear();
            }
            MeetingsAct::Delegate { to, what, until, .. } => {
                let up_to = match what {
                    Delegated::Approve { up_to } => up_to.number(),
                    Delegated::Preside => 0,
                };
                let (to, until, revoked) = (to.to_string(), *until, false);
                self.delegations.push(Delegation { to, up_to, until, revoked });
            }
            MeetingsAct::RevokeDelegation { delegation } => {
                self.delegations[delegation.0 as usize - 1].revoked = true;
            }
            MeetingsAct::ScheduleMeeting { agenda, .. } => {
                self.meetings.push(Meeting { agenda: numbers(agenda), ..Default::default() });
            }
            MeetingsAct::AmendAgenda { meeting, agenda, .. } => {
                self.meetings[meeting.0 as usize - 1].agenda = numbers(agenda);
            }
            MeetingsAct::OpenMeeting { meeting, present } => {
                let meeting = &mut self.meetings[meeting.0 as usize - 1];
                (meeting.opened, meeting.present) = (true, names(present));
            }
            MeetingsAct::RecordAttendance { meeting, present } => {
                self.meetings[meeting.0 as usize - 1].present = names(present);
            }
            MeetingsAct::CloseMeeting { meeting, .. } => {
                self.meetings[meeting.0 as usize - 1].closed = true;
            }
            MeetingsAct::OpenBallot { decision, closes_at } => {
                self.ballots.push((decision.0, *closes_at));
            }
            MeetingsAct::AmendBody { .. }
            | MeetingsAct::DecideAlone { .. }
            | MeetingsAct::WithdrawMotion { .. } => {}
        }
    }

    /// What stands, in words.
    pub fn picture(&self) -> String {
        let seats = self.seats.iter().map(|it| format!("{} {}", it.name, it.holder));
        let meetings = self.meetings.iter().map(|it| {
            let held = it.opened && !it.closed;
            format!("{:?} held {held} present {}", it.agenda, it.present.len())
        });
        let delegations = self.delegations.iter().map(|it| format!("{} {}", it.to, it.revoked));
        seats.chain(meetings).chain(delegations).collect::<Vec<_>>().join("\n")
    }
}

/// What stands in the record, in the words of [`Model::picture`].
pub fn picture(record: &Record) -> String {
    let seats = record.bodies.values().flat_map(|body| &body.seats).map(|it| {
        let holder = it.holder.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{} {holder}", it.id)
    });
    let meetings = record.meetings.meetings.values().map(|it| {
        let agenda: Vec<_> = it.agenda.iter().map(|id| id.0).collect();
        format!("{agenda:?} held {} present {}", it.is_open(), it.present.len())
    });
    let delegations = record.meetings.delegations.values();
    let delegations = delegations.map(|it| format!("{} {}", it.to, it.revoked_at.is_some()));
    seats.chain(meetings).chain(delegations).collect::<Vec<_>>().join("\n")
}
