//! What changed about bodies and their meetings.

use super::{Ballot, BodyAmendment, Delegated, Delegation, Meeting, SeatTerm};
use crate::{
    BodyId, CaseId, DecisionId, DelegationId, Instant, MeetingId, PersonId, Record, Reopened,
    SeatId, UseCaseId,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use strum::IntoStaticStr;

/// What changed about meetings, written ballots, delegation and bodies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MeetingsChange {
    /// A charter was amended.
    BodyAmended {
        /// The body.
        body: BodyId,
        /// What changed.
        amendment: BodyAmendment,
    },
    /// A seat was filled.
    SeatFilled {
        /// The body.
        body: BodyId,
        /// The seat.
        seat: SeatId,
        /// Who holds it.
        holder: PersonId,
        /// For how long.
        term: SeatTerm,
    },
    /// A seat was vacated.
    SeatVacated {
        /// The body.
        body: BodyId,
        /// The seat.
        seat: SeatId,
        /// Why.
        reason: String,
    },
    /// Something was delegated.
    Delegated(Delegation),
    /// A delegation was taken back.
    DelegationRevoked {
        /// The delegation.
        delegation: DelegationId,
    },
    /// A meeting was called.
    MeetingScheduled(Meeting),
    /// The agenda or time of a meeting changed.
    AgendaAmended {
        /// The meeting.
        meeting: MeetingId,
        /// The whole agenda.
        agenda: BTreeSet<DecisionId>,
        /// When it is to begin.
        #[schemars(with = "Instant")]
        at: Timestamp,
    },
    /// A meeting was opened.
    MeetingOpened {
        /// The meeting.
        meeting: MeetingId,
        /// The members present.
        present: BTreeSet<PersonId>,
    },
    /// Somebody came to a meeting or left it.
    AttendanceRecorded {
        /// The meeting.
        meeting: MeetingId,
        /// All members present.
        present: BTreeSet<PersonId>,
    },
    /// A meeting was closed.
    MeetingClosed {
        /// The meeting.
        meeting: MeetingId,
        /// The minutes, or their hash.
        minutes: String,
    },
    /// A written ballot was opened.
    BallotOpened {
        /// The decision.
        decision: DecisionId,
        /// The ballot.
        ballot: Ballot,
    },
    /// A case was opened again, for a condition of its decision was not met in time.
    CaseReopened {
        /// The case.
        case: CaseId,
        /// The condition.
        reopened: Reopened,
        /// When it must be decided now.
        #[schemars(with = "Instant")]
        answer_by: Timestamp,
    },
}

impl MeetingsChange {
    /// The use case that the change is about, if it is about one.
    #[must_use]
    pub fn use_case(&self, record: &Record) -> Option<UseCaseId> {
        match self {
            Self::BallotOpened { decision, .. } => record.decisions.get(decision)?.use_case,
            Self::CaseReopened { case, .. } => Some(record.cases.get(case)?.use_case),
            _ => None,
        }
    }

    /// What changed, in plain words. The record gives names to what it mentions.
    #[must_use]
    pub fn in_words(&self, record: &Record) -> String {
        let name = |id: &BodyId| {
            record.bodies.get(id).map_or_else(|| id.to_string(), |body| body.name.clone())
        };
        match self {
            Self::BodyAmended { body, .. } => format!("The charter of {} was amended", name(body)),
            Self::SeatFilled { body, seat, holder, .. } => {
                format!("{holder} was given the seat {seat} of {}", name(body))
            }
            Self::SeatVacated { body, seat, reason } => {
                format!("The seat {seat} of {} was vacated: {reason}", name(body))
            }
            Self::Delegated(Delegation { id, body, to, what, .. }) => {
                let what = match what {
                    Delegated::Approve { up_to } => format!("approve use cases up to {up_to}"),
                    Delegated::Preside => "stand in for the chair".to_owned(),
                };
                format!("{to} may {what} for {} ({id})", name(body))
            }
            Self::DelegationRevoked { delegation } => format!("{delegation} was taken back"),
            Self::MeetingScheduled(meeting) => {
                format!("{} of {} was called", meeting.id, name(&meeting.body))
            }
            Self::AgendaAmended { meeting, .. } => format!("The agenda of {meeting} was changed"),
            Self::MeetingOpened { meeting, present } => {
                format!("{meeting} was opened with {} present", present.len())
            }
            Self::AttendanceRecorded { meeting, present } => {
                format!("{} are present in {meeting}", present.len())
            }
            Self::MeetingClosed { meeting, .. } => format!("{meeting} was closed"),
            Self::BallotOpened { decision, ballot } => {
                format!("{decision} was put to a written ballot until {}", ballot.closes_at)
            }
            Self::CaseReopened { case, reopened, .. } => format!(
                "{case} was opened again: condition {} of {} was not met in time",
                reopened.condition, reopened.decision
            ),
        }
    }
}
