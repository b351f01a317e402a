//! What the parts of the record refuse, in words that a person can act on.

use crate::{
    DecisionId, FactId, HazardId, HoldId, IncidentId, PersonId, RequirementId, ReviewId, UseCaseId,
};
use jiff::Timestamp;
use thiserror::Error;

/// What a part of the record refuses.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PartRefusal {
    // ---- Packs
    /// The same pack is in force.
    #[error("{what} `{label}` is in force already, word for word; there is nothing to adopt")]
    InForce {
        /// The kind of pack.
        what: &'static str,
        /// Which one: its id, where it has one, and its version.
        label: String,
    },
    // ---- Incidents
    /// No clock rules are in force.
    #[error("no clock rules are in force; adopt them first")]
    NoClockRules,
    /// Something cannot have happened yet.
    #[error("{0} before it is recorded, not after; check the time")]
    NotYet(&'static str),
    /// The incident is closed.
    #[error("{0} is closed; reopen it first")]
    IncidentClosed(IncidentId),
    /// The incident is open.
    #[error("{0} is open; there is nothing to reopen")]
    IncidentOpen(IncidentId),
    /// The incident cannot be closed yet.
    #[error("{incident} cannot be closed: {because}")]
    IncidentUnfinished {
        /// The incident.
        incident: IncidentId,
        /// What is open.
        because: String,
    },
    /// No such action waits for that.
    #[error(
        "{incident} has no action {action} that waits for this; actions are numbered from 1, done \
         once and checked once after that"
    )]
    NoAction {
        /// The incident.
        incident: IncidentId,
        /// The action's place.
        action: usize,
    },
    /// No such clock runs.
    #[error("{incident} has no clock {clock} that runs; clocks are numbered from 1")]
    NoClock {
        /// The incident.
        incident: IncidentId,
        /// The clock's place.
        clock: usize,
    },
    /// An action is proved done by its owner.
    #[error("an action is proved done by its owner, `{0}`")]
    NotTheDoer(PersonId),
    /// Nobody checks what they did.
    #[error("`{0}` did this; have somebody else look whether it worked")]
    ChecksOwnAction(PersonId),
    // Standards, reviews and reports.
    /// The standard cannot be met by anything.
    #[error("{use_case} is prohibited, whatever it proves: {reason}")]
    Prohibited {
        /// The use case.
        use_case: UseCaseId,
        /// Why.
        reason: String,
    },
    /// The requirement asks for a signer with a role.
    #[error("`{requirement}` is attested by somebody with the role `{role}`; ask one of them")]
    SignerLacksRole {
        /// The requirement.
        requirement: RequirementId,
        /// The role.
        role: String,
    },
    /// The requirement limits how long a word holds.
    #[error("a word on `{requirement}` holds {days} days at most; let it end sooner")]
    WordTooLong {
        /// The requirement.
        requirement: RequirementId,
        /// The most days.
        days: u32,
    },
    /// The requirement asks for a document.
    #[error("`{0}` takes a document; give its SHA-256")]
    NoDocument(RequirementId),
    /// The standard does not ask raters for this.
    #[error("the standard has no requirement `{0}` that raters review; see its requirements")]
    NotReviewable(RequirementId),
    /// The rubric asks for more raters.
    #[error("its rubric takes at least {needed} raters; name more")]
    TooFewRaters {
        /// Raters needed.
        needed: u32,
    },
    /// Nobody judges what they own.
    #[error("`{person}` is an owner of {use_case} and cannot judge it; have somebody else do it")]
    JudgesOwn {
        /// The owner.
        person: PersonId,
        /// The use case.
        use_case: UseCaseId,
    },
    /// A review of the same is open.
    #[error("{0} is open on the same requirement and version; close it first")]
    ReviewOpen(ReviewId),
    /// The review is over.
    #[error("{0} is closed; plan a new review")]
    ReviewClosed(ReviewId),
    /// Only its raters score a review, each for themselves.
    #[error("`{person}` cannot give these ratings of {review}; each of its raters gives their own")]
    NotARater {
        /// Who tried.
        person: PersonId,
        /// The review.
        review: ReviewId,
    },
    /// A standard with computed requirements takes evidence from predictions.
    #[error("`{0}` is computed from predictions; record evidence, which judges all the others too")]
    NeedsPredictions(RequirementId),
    /// The plan reads a log.
    #[error("the plan of {0} reads a prediction log; nobody reports for it")]
    NotReported(UseCaseId),
    /// The plan is reported.
    #[error("the plan of {0} is reported by people; there is no log to observe")]
    NotLogged(UseCaseId),
    /// The plan names somebody else.
    #[error("`{0}` is not who reports by the plan; ask who it names")]
    NotTheReporter(PersonId),
    /// A period is reported once it is over.
    #[error("the period that begins with {month} is over on {over}; report it then")]
    PeriodNotOver {
        /// Its first month.
        month: String,
        /// When it is over.
        over: Timestamp,
    },

    // The hazard log.
    /// The hazard is closed.
    #[error("{0} is closed; log what is new as a hazard of its own")]
    HazardOver(HazardId),
    /// No such control, or it is verified.
    #[error("{hazard} has no control {control} that is not verified yet; they count from 1")]
    NoControl {
        /// The hazard.
        hazard: HazardId,
        /// The control's place.
        control: usize,
    },
    /// A control is verified by its owner.
    #[error("a control is verified by its owner, `{0}`")]
    NotTheControlOwner(PersonId),
    /// Nothing lowers a risk but a control that works.
    #[error("{0} has no verified control; what remains is rated once there is one")]
    NoVerifiedControl(HazardId),
    /// Only an undesirable risk is accepted, and once.
    #[error(
        "{hazard} is rated {rating}: only a risk rated 3 is accepted, once; a lower one needs no \
         acceptance and a higher one must be reduced"
    )]
    NotAcceptable {
        /// The hazard.
        hazard: HazardId,
        /// Its rating.
        rating: u8,
    },
    /// A risk that cannot be borne stays open.
    #[error("it stays open: {because}")]
    HazardNotBearable {
        /// What is to be done.
        because: String,
    },

    // The agent register.
    /// The AI system is no agent.
    #[error("{0} is no agent; only AI systems of the type agent are in the register")]
    NoAgent(UseCaseId),
    /// No agent policy is in force.
    #[error("no agent policy is in force; adopt one first")]
    NoAgentPolicy,
    /// The agent policy does not list the action.
    #[error("the agent policy has no action `{0}`; adopt a version that says what it takes")]
    NoSuchAction(FactId),
    /// A permission laxer than the policy.
    #[error("`{action}` takes more than that by the agent policy: raise its {laxer}")]
    LaxerThanPolicy {
        /// The action.
        action: FactId,
        /// The columns.
        laxer: String,
    },
    /// A permission ends.
    #[error("a permission lasts {days} days at most; let it end sooner and renew it")]
    PermissionTooLong {
        /// The most days.
        days: u32,
    },
    /// A live agent gets no wider permissions.
    #[error(
        "`{0}` would let a live agent do more than was approved; stop it, authorise it, and have \
         the body resume it"
    )]
    WidensLiveAgent(FactId),
    /// There is no such permission.
    #[error("the agent is not authorised to `{0}`; there is nothing to revoke")]
    NotAuthorised(FactId),
    /// A witness is somebody else.
    #[error("`{0}` cannot witness the drill and record it; ask somebody else")]
    WitnessRecords(PersonId),
    // Decision rights, holds and erasure.
    /// A pack of decision rights is adopted on a decision about that very pack.
    #[error(
        "{decision} does not let this pack of decision rights be adopted: {because}; put a motion \
         on it, and have a body carry it as go"
    )]
    PackNotDecided {
        /// The decision given.
        decision: DecisionId,
        /// What it lacks.
        because: String,
    },
    /// Rights do not change what was done.
    #[error("decision rights cannot take effect in the past; give a time from now on")]
    EffectInPast,
    /// Invariant H1.
    #[error("document {document} is under {hold} and is not erased until that is released")]
    UnderHold {
        /// The document's hash.
        document: String,
        /// The hold.
        hold: HoldId,
    },
    /// What is still needed is kept.
    #[error("document {document} is kept: {because}")]
    DocumentNeeded {
        /// The document's hash.
        document: String,
        /// What needs it.
        because: String,
    },
    /// What is gone is not erased again.
    #[error("document {0} was erased already")]
    DocumentErased(String),
    /// A hold ends once.
    #[error("{0} was released already; place a new one")]
    HoldReleased(HoldId),
}
