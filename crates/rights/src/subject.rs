//! What an act is about, as far as rights depend on it.

use governance::{Act, BodyId, CaseId, DecisionId, Question, UseCaseId};
use std::fmt;

/// What an act is about, as far as rights depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The record as a whole: people, bodies, packs, AI systems, proposals.
    Record,
    /// A use case.
    UseCase(UseCaseId),
    /// A motion that is to be put to a body.
    Motion {
        /// The body.
        body: BodyId,
        /// What it is to decide.
        question: Question,
    },
    /// A decision that a body is taking.
    Decision(DecisionId),
    /// A case, before the body that approved the use case.
    Case(CaseId),
    /// A condition of a decision.
    Condition {
        /// The decision.
        decision: DecisionId,
        /// The condition's place in the decision, from 1.
        condition: usize,
    },
}

impl Subject {
    /// What `act` is about.
    #[must_use]
    pub fn of(act: &Act) -> Self {
        match act {
            Act::Found(_)
            | Act::AddPerson(_)
            | Act::NoteDeparture { .. }
            | Act::CharterBody(_)
            | Act::AdoptTierPolicy(_)
            | Act::AdoptStandard(_)
            | Act::RegisterSystem { .. }
            | Act::RegisterVersion { .. }
            | Act::ProposeUseCase(_)
            | Act::Tick => Self::Record,
            Act::AssignOwners { use_case, .. }
            | Act::StateFacts { use_case, .. }
            | Act::BeginValidation { use_case }
            | Act::BeginPilot { use_case, .. }
            | Act::RecordEvidence { use_case, .. }
            | Act::Attest { use_case, .. }
            | Act::AdoptPlan { use_case, .. }
            | Act::Suspend { use_case, .. }
            | Act::ReportUnknownVersion { use_case, .. } => Self::UseCase(*use_case),
            Act::RecordObservation(observed) => Self::UseCase(observed.use_case),
            Act::OpenMotion { body, motion } => {
                Self::Motion { body: body.clone(), question: motion.question }
            }
            Act::Recuse { decision, .. }
            | Act::CastVote { decision, .. }
            | Act::CarryDecision { decision } => Self::Decision(*decision),
            Act::StopOnCase { case, .. } => Self::Case(*case),
            Act::MeetCondition { decision, condition, .. } => {
                Self::Condition { decision: *decision, condition: *condition }
            }
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record => f.write_str("the record"),
            Self::UseCase(id) => write!(f, "{id}"),
            Self::Motion { body, question } => match question {
                Question::Approve { use_case } | Question::Resume { use_case } => {
                    write!(f, "{use_case} before {body}")
                }
                Question::Case { case } => write!(f, "{case} before {body}"),
            },
            Self::Decision(id) => write!(f, "{id}"),
            Self::Case(id) => write!(f, "{id}"),
            Self::Condition { decision, condition } => {
                write!(f, "condition {condition} of {decision}")
            }
        }
    }
}
