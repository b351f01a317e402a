//! Decisions: motion, votes, recusals, outcome, conditions and expiry.

use crate::{
    BodyId, CaseId, ContentHash, DecisionId, DelegationId, EvidenceId, ExceptionId, Instant,
    MeetingId, PersonId, SeatId, Tier, TierRule, UseCaseId,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What is decided on.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Question {
    /// May the use case go live with the version it was piloted with, or, when live, stay so?
    Approve {
        /// The use case.
        use_case: UseCaseId,
    },
    /// What is done about a case? `go` continues the use, `no_go` suspends it.
    Case {
        /// The case.
        case: CaseId,
    },
    /// May a suspended use case act again?
    Resume {
        /// The use case.
        use_case: UseCaseId,
    },
    /// May something be so for a time against the rule? Asked for an exception, or its renewal.
    Exception {
        /// The exception.
        exception: ExceptionId,
    },
    /// May a pack of decision rights be adopted? About no use case; taken like one of T4.
    Pack {
        /// SHA-256 of the pack, as `primum rights check` prints it.
        digest: ContentHash,
    },
}

impl Question {
    /// The case, when it is about one.
    #[must_use]
    pub fn case(&self) -> Option<CaseId> {
        match self {
            Self::Case { case } => Some(*case),
            Self::Approve { .. }
            | Self::Resume { .. }
            | Self::Exception { .. }
            | Self::Pack { .. } => None,
        }
    }
}

/// The decision vocabulary.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Approved for the stated scope.
    Go,
    /// Approved, with conditions that have owners and due dates.
    GoWithConditions,
    /// Comes back with named additions.
    ReReview,
    /// Declined, with a reason.
    NoGo,
    /// No decision yet.
    Defer,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Go => "go",
            Self::GoWithConditions => "go with conditions",
            Self::ReReview => "re-review",
            Self::NoGo => "no-go",
            Self::Defer => "defer",
        })
    }
}

/// What a body is asked to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Motion {
    /// What is decided on.
    pub question: Question,
    /// The outcome that the motion proposes.
    pub outcome: Outcome,
    /// Why.
    pub reason: String,
    /// What else was considered; at least one alternative to the outcome.
    pub alternatives: Vec<String>,
    /// The evidence it rests on.
    #[serde(default)]
    pub evidence: BTreeSet<EvidenceId>,
    /// What else it rests on, and how complete each piece is.
    #[serde(default)]
    pub exhibits: Vec<Exhibit>,
    /// For `defer`: when it is looked at next.
    #[serde(default)]
    #[schemars(with = "Option<Instant>")]
    pub next_look: Option<Timestamp>,
    /// The risk that remains.
    pub residual_risk: String,
    /// Conditions, for `go_with_conditions`.
    #[serde(default)]
    pub conditions: Vec<Condition>,
    /// What AI helped to prepare, or that none did.
    pub ai_help: String,
}

/// Something that a motion rests on beside evidence computed here: a paper, a contract, a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exhibit {
    /// What it is, and where to find it.
    pub what: String,
    /// How complete it is.
    pub completeness: Completeness,
}

/// How complete a piece of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Completeness {
    /// All of it is there.
    Complete,
    /// Part of it is missing.
    Partial,
    /// It is promised, and not there yet.
    Placeholder,
}

/// A condition of an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// What must be done.
    pub what: String,
    /// Who must do it.
    pub owner: PersonId,
    /// By when.
    #[schemars(with = "Instant")]
    pub due: Timestamp,
    /// What proved it done.
    #[serde(default)]
    pub proof: Option<String>,
}

/// A decision, from motion to outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// The body that decides.
    pub body: BodyId,
    /// The use case that it is about; none when it is about a pack.
    pub use_case: Option<UseCaseId>,
    /// The tier of the use case at the time, which sets the quorum.
    pub tier: Tier,
    /// What carrying it takes, as the body's charter said when the motion was put. A charter that
    /// is amended meanwhile changes nothing about it.
    pub rule: TierRule,
    /// The seat of the chair when the motion was put.
    pub chair: SeatId,
    /// The motion.
    pub motion: Motion,
    /// Who put it.
    pub opened_by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub opened_at: Timestamp,
    /// Votes, by person.
    pub votes: BTreeMap<PersonId, Vote>,
    /// Members who stepped aside, and why.
    pub recusals: BTreeMap<PersonId, String>,
    /// How it was carried, if it was.
    pub carried: Option<Carried>,
    /// How it came to nothing, if it did.
    pub ended: Option<Ended>,
}

/// A vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Vote {
    /// The seat it was cast from.
    pub seat: SeatId,
    /// For, against or neither.
    pub choice: Choice,
    /// Why; dissent is kept.
    pub reason: String,
    /// The meeting in which it was cast, if it was in one.
    #[serde(default)]
    pub meeting: Option<MeetingId>,
    /// True when a clinician cast it.
    pub clinician: bool,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
}

/// For, against or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// For the motion.
    Approve,
    /// Against it.
    Reject,
    /// Neither; counts for the quorum.
    Abstain,
}

/// How a motion was carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Carried {
    /// Who declared it.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// The count at that time.
    pub tally: VoteTally,
    /// By what right: the body's vote, a delegation, or the chair's delegated right to stop.
    pub right: Right,
    /// When it lapses.
    #[schemars(with = "Instant")]
    pub expires: Timestamp,
}

/// How a motion came to nothing. It leaves the use case where it was, and a new one may be put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// Who declared the outcome, or took the decision that overtook the motion.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// The count at that time.
    pub tally: VoteTally,
    /// Why.
    pub reason: EndReason,
    /// For a motion that was taken back: why, in words.
    #[serde(default)]
    pub note: Option<String>,
}

/// Why a motion came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// A quorate body voted, and the majority or the clinicians that its tier demands are not
    /// there.
    Lost,
    /// Another decision, or the end of a silent run, settled what it was about.
    Overtaken,
    /// Who put it, or the chair, took it back.
    Withdrawn,
}

/// By what right a decision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// The vote of a quorate body.
    Vote,
    /// The chair alone may stop a use case: stopping is easy, resuming takes the body.
    ChairStops,
    /// The rule of the fast lane, which the hospital adopted with its tier policy: what can do
    /// little harm and has the five fields needs no vote.
    Rule,
    /// Somebody to whom the body's chair delegated approvals of low tiers.
    Delegation(DelegationId),
}

/// A count of votes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VoteTally {
    /// For.
    pub approvals: u32,
    /// Against.
    pub rejections: u32,
    /// Neither.
    pub abstentions: u32,
    /// Clinicians among the approvals.
    pub clinician_approvals: u32,
    /// Seats on the body.
    pub seats: u32,
}

impl Decision {
    /// Counts the votes.
    #[must_use]
    pub fn tally(&self, seats: usize) -> VoteTally {
        let count = |wanted: fn(&Vote) -> bool| {
            u32::try_from(self.votes.values().filter(|vote| wanted(vote)).count())
                .unwrap_or(u32::MAX)
        };
        VoteTally {
            approvals: count(|vote| vote.choice == Choice::Approve),
            rejections: count(|vote| vote.choice == Choice::Reject),
            abstentions: count(|vote| vote.choice == Choice::Abstain),
            clinician_approvals: count(|vote| vote.choice == Choice::Approve && vote.clinician),
            seats: u32::try_from(seats).unwrap_or(u32::MAX),
        }
    }

    /// True while it can be voted on.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.ended_at().is_none()
    }

    /// When it was carried or came to nothing.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        let carried = self.carried.as_ref().map(|carried| carried.at);
        carried.or_else(|| self.ended.as_ref().map(|ended| ended.at))
    }
}
