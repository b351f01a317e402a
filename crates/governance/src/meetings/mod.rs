//! Meetings, written ballots, delegation and what changes about bodies.

mod act;
mod apply;
mod change;
mod decide;
mod due;

pub use act::{BodyAmendment, MeetingsAct, SeatTerm};
pub(crate) use apply::{apply, vacate};
pub use change::MeetingsChange;
pub(crate) use due::{missing, tasks};

use crate::{BodyId, DecisionId, DelegationId, Instant, Map, MeetingId, PersonId, Tier};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The part of the record about meetings, written ballots and delegation. Bodies are in
/// [`crate::Record::bodies`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Meetings {
    /// Meetings, past ones too.
    pub meetings: Map<MeetingId, Meeting>,
    /// The newest written ballot on each decision that had one.
    pub ballots: Map<DecisionId, Ballot>,
    /// Delegations, those that are over too.
    pub delegations: Map<DelegationId, Delegation>,
}

/// A meeting of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Meeting {
    /// Its id.
    pub id: MeetingId,
    /// The body that meets.
    pub body: BodyId,
    /// When it is to begin.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// The decisions that it is to take.
    pub agenda: BTreeSet<DecisionId>,
    /// When it was opened.
    #[schemars(with = "Option<Instant>")]
    pub opened_at: Option<Timestamp>,
    /// The members present now, or at the end.
    pub present: BTreeSet<PersonId>,
    /// The members who were present at any time.
    pub attended: BTreeSet<PersonId>,
    /// When it was closed.
    #[schemars(with = "Option<Instant>")]
    pub closed_at: Option<Timestamp>,
    /// The minutes, once it is closed: their text, or the hash of the document that holds them.
    pub minutes: Option<String>,
}

/// A written ballot: members vote until it closes, wherever they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ballot {
    /// When it was opened.
    #[schemars(with = "Instant")]
    pub opened_at: Timestamp,
    /// When it closes. Votes come before that.
    #[schemars(with = "Instant")]
    pub closes_at: Timestamp,
}

/// What a body's chair let somebody do for the body, for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delegation {
    /// Its id.
    pub id: DelegationId,
    /// The body.
    pub body: BodyId,
    /// Who may do it.
    pub to: PersonId,
    /// What.
    pub what: Delegated,
    /// Who gave it.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub since: Timestamp,
    /// Until when.
    #[schemars(with = "Instant")]
    pub until: Timestamp,
    /// When it was taken back before that.
    #[schemars(with = "Option<Instant>")]
    pub revoked_at: Option<Timestamp>,
}

/// What a delegation lets somebody do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Delegated {
    /// Decide alone on motions to approve a use case, up to a tier. T2 at most: what is above is
    /// the body's own. Letting a stopped use case act again, and answering cases, stay with the
    /// body too.
    Approve {
        /// The highest tier.
        up_to: Tier,
    },
    /// Stand in for the chair: put motions, run meetings and ballots, declare outcomes.
    Preside,
}

impl Delegation {
    /// True while it holds.
    #[must_use]
    pub fn in_force(&self, at: Timestamp) -> bool {
        self.since <= at && at < self.until && self.revoked_at.is_none_or(|revoked| at < revoked)
    }

    /// True when it lets somebody approve use cases of `tier`.
    #[must_use]
    pub fn approves(&self, tier: Tier) -> bool {
        matches!(self.what, Delegated::Approve { up_to } if tier <= up_to)
    }
}

impl Meeting {
    /// True while it is held.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.opened_at.is_some() && self.closed_at.is_none()
    }
}

impl Meetings {
    /// The delegations of a person in force at `at`.
    pub fn delegated<'a>(
        &'a self,
        person: &'a PersonId,
        at: Timestamp,
    ) -> impl Iterator<Item = &'a Delegation> {
        self.delegations.values().filter(move |it| it.to == *person && it.in_force(at))
    }

    /// True when a person stands in for the chair of a body.
    #[must_use]
    pub fn presides(&self, person: &PersonId, body: &BodyId, at: Timestamp) -> bool {
        let mut delegated = self.delegated(person, at);
        delegated.any(|it| it.body == *body && it.what == Delegated::Preside)
    }

    /// The meeting that is held on a decision now.
    #[must_use]
    pub fn sitting_on(&self, decision: DecisionId) -> Option<&Meeting> {
        let mut newest = self.meetings.values().rev();
        newest.find(|meeting| meeting.is_open() && meeting.agenda.contains(&decision))
    }
}
