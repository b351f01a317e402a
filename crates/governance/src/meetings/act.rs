//! What can be asked for about bodies and their meetings.

use super::Delegated;
use crate::{
    BodyId, DecisionId, DelegationId, Instant, MeetingId, PersonId, SeatId, Subject, TierRule,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use strum::{IntoStaticStr, VariantNames};

/// What can be asked for about meetings, written ballots, delegation and what changes about bodies.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames,
)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum MeetingsAct {
    /// Amends the charter of a body. What is left out stays as it is. Motions that are open are
    /// decided by the rules that held when they were put.
    AmendBody {
        /// The body.
        body: BodyId,
        /// What changes.
        amendment: BodyAmendment,
    },
    /// Gives a vacant seat to somebody, or its holder a new term.
    FillSeat {
        /// The body.
        body: BodyId,
        /// The seat.
        seat: SeatId,
        /// Who holds it.
        holder: PersonId,
        /// For how long.
        #[serde(default)]
        term: SeatTerm,
    },
    /// Takes a seat back from its holder. Votes that were cast stand.
    VacateSeat {
        /// The body.
        body: BodyId,
        /// The seat.
        seat: SeatId,
        /// Why.
        reason: String,
    },
    /// The chair lets somebody act for the body, for a time. Nobody decides on what they own,
    /// proposed or assessed, by delegation neither.
    Delegate {
        /// The body.
        body: BodyId,
        /// Who may.
        to: PersonId,
        /// What.
        what: Delegated,
        /// Until when.
        #[schemars(with = "Instant")]
        until: Timestamp,
    },
    /// Takes a delegation back.
    RevokeDelegation {
        /// The delegation.
        delegation: DelegationId,
    },
    /// Decides alone on a motion, by a delegation in force and before the body votes on it. Who
    /// would decide otherwise leaves it to the body.
    DecideAlone {
        /// The decision.
        decision: DecisionId,
    },
    /// Calls a meeting of a body.
    ScheduleMeeting {
        /// The body.
        body: BodyId,
        /// When it is to begin.
        #[schemars(with = "Instant")]
        at: Timestamp,
        /// The open decisions that it is to take.
        #[serde(default)]
        agenda: BTreeSet<DecisionId>,
    },
    /// Changes the agenda of a meeting that is not over, or the time of one that has not begun.
    AmendAgenda {
        /// The meeting.
        meeting: MeetingId,
        /// The whole agenda from now on.
        agenda: BTreeSet<DecisionId>,
        /// When it is to begin; none to leave it.
        #[serde(default)]
        #[schemars(with = "Option<Instant>")]
        at: Option<Timestamp>,
    },
    /// Opens a meeting. What is on its agenda is voted on by those present until it is closed.
    OpenMeeting {
        /// The meeting.
        meeting: MeetingId,
        /// The members present.
        present: BTreeSet<PersonId>,
    },
    /// Records who is present in a meeting now, as people come and go.
    RecordAttendance {
        /// The meeting.
        meeting: MeetingId,
        /// All members present now.
        present: BTreeSet<PersonId>,
    },
    /// Closes a meeting.
    CloseMeeting {
        /// The meeting.
        meeting: MeetingId,
        /// The minutes, up to 4,000 characters, or the hash of the document that holds them.
        minutes: String,
    },
    /// Puts a decision to a written ballot: members vote until it closes. Opening another moves
    /// the close.
    OpenBallot {
        /// The decision.
        decision: DecisionId,
        /// When it closes.
        #[schemars(with = "Instant")]
        closes_at: Timestamp,
    },
    /// Takes a motion back: by who put it, or the chair. A motion that can no longer be carried,
    /// for a seat that must vote stepped aside or is vacant, is not stuck for good.
    WithdrawMotion {
        /// The decision.
        decision: DecisionId,
        /// Why.
        reason: String,
    },
}

/// What changes about a body. What is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BodyAmendment {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is for, in a sentence.
    #[serde(default)]
    pub purpose: Option<String>,
    /// What it is for and what it may decide, in full.
    #[serde(default)]
    pub charter: Option<String>,
    /// The seat of the chair.
    #[serde(default)]
    pub chair: Option<SeatId>,
    /// The body that it reports to.
    #[serde(default)]
    pub parent: Option<BodyId>,
    /// All rules from now on.
    #[serde(default)]
    pub rules: Option<Vec<TierRule>>,
}

/// For how long somebody holds a seat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeatTerm {
    /// When it begins; none for at once.
    #[serde(default)]
    #[schemars(with = "Option<Instant>")]
    pub from: Option<Timestamp>,
    /// When it ends; none for no end.
    #[serde(default)]
    #[schemars(with = "Option<Instant>")]
    pub until: Option<Timestamp>,
}

impl MeetingsAct {
    /// What the act is about, as far as rights depend on it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::AmendBody { .. } | Self::FillSeat { .. } | Self::VacateSeat { .. } => {
                Subject::Record
            }
            Self::Delegate { body, .. } | Self::ScheduleMeeting { body, .. } => {
                Subject::Body(body.clone())
            }
            Self::RevokeDelegation { delegation } => Subject::Delegation(*delegation),
            Self::AmendAgenda { meeting, .. }
            | Self::OpenMeeting { meeting, .. }
            | Self::RecordAttendance { meeting, .. }
            | Self::CloseMeeting { meeting, .. } => Subject::Meeting(*meeting),
            Self::DecideAlone { decision }
            | Self::OpenBallot { decision, .. }
            | Self::WithdrawMotion { decision, .. } => Subject::Decision(*decision),
        }
    }
}
