//! What an act is about, as far as rights depend on it.

use crate::{
    Act, BodyId, CaseId, ChangeRequestId, DecisionId, DelegationId, DraftId, ExceptionId, HazardId,
    IncidentId, LaneId, MeetingId, PersonId, Question, Record, ReviewId, UseCaseId,
};
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
    /// A review of output by raters.
    Review(ReviewId),
    /// A hazard.
    Hazard(HazardId),
    /// Something that a person was given to do.
    Duty(Duty),
    /// A body: its meetings, and who acts for it.
    Body(BodyId),
    /// A meeting, before its body.
    Meeting(MeetingId),
    /// A delegation, before the body that it is of.
    Delegation(DelegationId),
    /// A sign-off lane of a use case.
    Lane {
        /// The use case.
        use_case: UseCaseId,
        /// The lane.
        lane: LaneId,
    },
    /// A change request.
    Change(ChangeRequestId),
    /// A document, by its hash.
    Document(String),
}

/// Something that a person was given to do: only that person proves it done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Duty {
    /// A condition of a decision.
    Condition {
        /// The decision.
        decision: DecisionId,
        /// The condition's place in the decision, from 1.
        condition: usize,
    },
    /// An exception, which its owner keeps within bounds.
    Exception(ExceptionId),
    /// A draft of an intake questionnaire, by its author.
    Draft(DraftId),
    /// What a person has to say about themself.
    Oneself(PersonId),
    /// Something to be done about an incident.
    IncidentAction {
        /// The incident.
        incident: IncidentId,
        /// The action's place, from 1.
        action: usize,
    },
    /// A control of a hazard.
    Control {
        /// The hazard.
        hazard: HazardId,
        /// The control's place in the hazard, from 1.
        control: usize,
    },
}

impl Record {
    /// Who was given a duty, and on which use case; none when there is no such duty.
    #[must_use]
    pub fn duty(&self, duty: &Duty) -> Option<(&PersonId, Option<UseCaseId>)> {
        match duty {
            Duty::Condition { decision, condition } => {
                let decision = self.decisions.get(decision)?;
                let condition = decision.motion.conditions.get(condition.checked_sub(1)?)?;
                Some((&condition.owner, decision.use_case))
            }
            Duty::Exception(id) => {
                let exception = self.exceptions.all.get(id)?;
                Some((&exception.owner, Some(exception.use_case)))
            }
            Duty::Draft(id) => Some((&self.intake.drafts.get(id)?.author, None)),
            Duty::Oneself(person) => Some((&self.people.get(person)?.id, None)),
            Duty::IncidentAction { incident, action } => {
                let incident = self.incidents.incidents.get(incident)?;
                Some((&incident.action(*action)?.owner, incident.use_case()))
            }
            Duty::Control { hazard, control } => {
                let hazard = self.hazards.hazards.get(hazard)?;
                let control = hazard.controls.get(control.checked_sub(1)?)?;
                Some((&control.owner, Some(hazard.use_case)))
            }
        }
    }
}

impl Duty {
    /// What kind of thing it is, in words.
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self {
            Self::Condition { .. } => "condition",
            Self::Exception(_) => "exception",
            Self::Draft(_) => "draft",
            Self::Oneself(_) => "person",
            Self::IncidentAction { .. } => "action",
            Self::Control { .. } => "control",
        }
    }

    /// Which one of its kind.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Condition { decision, condition } => format!("{condition} of {decision}"),
            Self::Exception(id) => id.to_string(),
            Self::Draft(id) => id.to_string(),
            Self::Oneself(person) => person.to_string(),
            Self::IncidentAction { incident, action } => format!("{action} of {incident}"),
            Self::Control { hazard, control } => format!("{control} of {hazard}"),
        }
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Condition { decision, condition } => {
                write!(f, "condition {condition} of {decision}")
            }
            Self::Exception(id) => write!(f, "{id}"),
            Self::Draft(id) => write!(f, "{id}"),
            Self::Oneself(person) => write!(f, "`{person}`"),
            Self::IncidentAction { incident, action } => {
                write!(f, "action {action} of {incident}")
            }
            Self::Control { hazard, control } => write!(f, "control {control} of {hazard}"),
        }
    }
}

impl Subject {
    /// What an act that belongs to no group is about.
    pub(crate) fn of_plain(act: &Act) -> Self {
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
            Act::Organisation(_)
            | Act::Meetings(_)
            | Act::Lanes(_)
            | Act::Intake(_)
            | Act::Exceptions(_)
            | Act::Vendors(_)
            | Act::ChangeRequests(_)
            | Act::Incidents(_)
            | Act::Hazards(_)
            | Act::Agents(_)
            | Act::Reviews(_)
            | Act::Holds(_)
            | Act::DecisionRights(_) => act.subject(),
            Act::AssignOwners { use_case, .. }
            | Act::StateFacts { use_case, .. }
            | Act::BeginValidation { use_case }
            | Act::BeginPilot { use_case, .. }
            | Act::RecordEvidence { use_case, .. }
            | Act::Attest { use_case, .. }
            | Act::AdoptPlan { use_case, .. }
            | Act::Suspend { use_case, .. }
            | Act::ReportUnknownVersion { use_case, .. } => Self::UseCase(*use_case),
            Act::ReportObservation(reported) => Self::UseCase(reported.use_case),
            Act::RecordObservation(observed) => Self::UseCase(observed.use_case),
            Act::OpenMotion { body, motion } => {
                Self::Motion { body: body.clone(), question: motion.question }
            }
            Act::Recuse { decision, .. }
            | Act::CastVote { decision, .. }
            | Act::CarryDecision { decision } => Self::Decision(*decision),
            Act::StopOnCase { case, .. } => Self::Case(*case),
            Act::MeetCondition { decision, condition, .. } => {
                Self::Duty(Duty::Condition { decision: *decision, condition: *condition })
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
                Question::Exception { exception } => write!(f, "{exception} before {body}"),
                Question::Pack { .. } => write!(f, "decision rights before {body}"),
            },
            Self::Decision(id) => write!(f, "{id}"),
            Self::Case(id) => write!(f, "{id}"),
            Self::Review(id) => write!(f, "{id}"),
            Self::Hazard(id) => write!(f, "{id}"),
            Self::Duty(duty) => write!(f, "{duty}"),
            Self::Body(id) => write!(f, "{id}"),
            Self::Meeting(id) => write!(f, "{id}"),
            Self::Delegation(id) => write!(f, "{id}"),
            Self::Lane { use_case, lane } => write!(f, "the lane `{lane}` of {use_case}"),
            Self::Change(id) => write!(f, "{id}"),
            Self::Document(hash) => write!(f, "document {hash}"),
        }
    }
}
