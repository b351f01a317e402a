//! Why a command was refused. Nothing of a refused command is kept.

use crate::intake::inventory::RowFaults;
use crate::{
    BodyId, CaseId, ChangeRequestId, CommandId, Conflict, DecisionId, DraftId, ExceptionId,
    FactError, LaneId, MeetingId, PartRefusal, PersonId, RequirementId, SeatId, SiteId, StandardId,
    SystemId, Tier, TransitionError, UseCaseId,
};
use jiff::Timestamp;
use thiserror::Error;

/// Why a command was refused, in words that a person can act on. Nothing of it was kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// There is no such thing in the record.
    #[error("the record has no {what} `{id}`; check the id")]
    Unknown {
        /// The kind of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The record was founded already.
    #[error("this record was founded already; use another data folder for another hospital")]
    AlreadyFounded,
    /// The record was not founded yet.
    #[error("this record was not founded yet; found it first")]
    NotFounded,
    /// The command's time lies before the last event.
    #[error("the command's time lies before the last event of the record; check the clock")]
    TimeWentBack,
    /// A command id was used for something else.
    #[error("the command id `{0}` was used by another actor or for another act; make a new one")]
    CommandIdTaken(CommandId),
    /// A command id that a part of Primum may need.
    #[error("the command id `{0}` begins with `primum-`, which parts of Primum use; make another")]
    CommandIdReserved(CommandId),
    /// Something with that handle exists.
    #[error("the record already has {what} `{id}`; choose another handle")]
    Exists {
        /// The kind of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// A person who left cannot be given a duty.
    #[error("`{0}` has left the hospital; name somebody who works here")]
    Left(PersonId),
    /// Only a person can do this.
    #[error("only a person can do this, not a part of Primum")]
    NotAPerson,
    /// The facts do not fit the tier policy.
    #[error(transparent)]
    Facts(#[from] FactError),
    /// No tier policy is in force.
    #[error("no tier policy is in force; adopt one first")]
    NoTierPolicy,
    /// No standard fits.
    #[error("no validation standard is in force for {tier} {ai_type}; adopt one first")]
    NoStandard {
        /// The tier.
        tier: Tier,
        /// The kind of AI system.
        ai_type: String,
    },
    /// Another standard is in force in the same place.
    #[error(
        "`{id}` is the standard for {tier} {ai_type} already; adopt a new version under that id"
    )]
    StandardInForce {
        /// The standard in force.
        id: StandardId,
        /// The tier.
        tier: Tier,
        /// The kind of AI system.
        ai_type: String,
    },
    /// The tier of a use case is not known.
    #[error("the tier of {0} is not known yet; state its facts first")]
    NotTriaged(UseCaseId),
    /// The use case is over.
    #[error("{0} is over; propose the use anew")]
    Over(UseCaseId),
    /// The use case does not run.
    #[error("{0} does not run yet; begin a silent run first")]
    NotRunning(UseCaseId),
    /// The use case is not live.
    #[error("{use_case} is not live, and {so}")]
    NotLive {
        /// The use case.
        use_case: UseCaseId,
        /// What follows.
        so: &'static str,
    },
    /// The stage does not allow it.
    #[error(transparent)]
    Stage(#[from] TransitionError),
    /// Nothing acts on patients without the decision of a body.
    #[error(
        "only a silent run begins without a body's decision; to show its output to anybody who \
         cares for patients, have a body approve it"
    )]
    PilotInLiveMode,
    /// A version is not on record.
    #[error("`{version}` is no version of {system} on record; register it first")]
    UnknownVersion {
        /// The AI system.
        system: SystemId,
        /// The version's label.
        version: String,
    },
    /// Evidence about another version than the one that runs.
    #[error("{use_case} runs version {runs}, not `{given}`; evidence must be about what runs")]
    OtherVersion {
        /// The use case.
        use_case: UseCaseId,
        /// The version that runs.
        runs: String,
        /// The version given.
        given: String,
    },
    /// The standard has no such requirement to attest.
    #[error("the standard has no requirement `{0}` that a person attests; see its requirements")]
    NotAttestable(RequirementId),
    /// Something contradicts itself.
    #[error("{what} is not sound: {because}")]
    Unsound {
        /// What.
        what: &'static str,
        /// How.
        because: String,
    },
    /// A text that must say something is empty.
    #[error("{0} must not be empty")]
    Empty(&'static str),
    /// Something that must be in the future is not.
    #[error("{0} must lie in the future")]
    NotInFuture(&'static str),
    /// A motion needs an alternative.
    #[error("a motion needs at least one alternative that was considered")]
    NoAlternative,
    /// Conditions and outcome do not fit each other.
    #[error("an outcome of go with conditions needs conditions, and no other outcome takes them")]
    ConditionsDoNotFit,
    /// The outcome makes no sense for the question.
    #[error("`{outcome}` is no answer to that question; choose one of: {choices}")]
    OutcomeDoesNotFit {
        /// The outcome.
        outcome: String,
        /// The outcomes that do.
        choices: &'static str,
    },
    /// A body has no right to decide on this tier.
    #[error("{body} has no right to decide on {tier} use cases; its charter has no rule for them")]
    NoRight {
        /// The body.
        body: BodyId,
        /// The tier.
        tier: Tier,
    },
    /// A use case cannot go live without the five fields.
    #[error("{use_case} cannot go live: {missing}")]
    FieldsMissing {
        /// The use case.
        use_case: UseCaseId,
        /// What is missing.
        missing: String,
    },
    /// A motion is already open on the same question.
    #[error(
        "{0} is already open on the same question; vote on it or have its outcome declared first"
    )]
    MotionOpen(DecisionId),
    /// What a body votes on stays as it was put.
    #[error("{use_case} stays as it is while {decision} is open; have its outcome declared first")]
    BeingDecided {
        /// The use case.
        use_case: UseCaseId,
        /// The open decision.
        decision: DecisionId,
    },
    /// The decision is over.
    #[error("{0} is over; put a new motion")]
    DecisionOver(DecisionId),
    /// The person has no seat on the body.
    #[error("`{person}` has no seat on {body}, and only its members decide")]
    NoSeat {
        /// The person.
        person: PersonId,
        /// The body.
        body: BodyId,
    },
    /// A conflicted member's vote is refused, not merely noted.
    #[error("`{person}` cannot decide on {use_case}: the person {conflict}; recuse instead")]
    Conflicted {
        /// The person.
        person: PersonId,
        /// The use case.
        use_case: UseCaseId,
        /// Why.
        conflict: Conflict,
    },
    /// The person stepped aside.
    #[error("`{0}` stepped aside from this decision and has no part in it")]
    SteppedAside(PersonId),
    /// The person voted already.
    #[error("`{0}` has voted already; a vote stands")]
    VotedAlready(PersonId),
    /// A voter cannot come into conflict with an open decision.
    #[error("`{person}` has voted on {decision}, which is open; name somebody else or wait for it")]
    HasVoted {
        /// The person.
        person: PersonId,
        /// The open decision.
        decision: DecisionId,
    },
    /// Too few seats took part.
    #[error("no quorum: {present} of {needed} seats took part; ask the others to vote")]
    NoQuorum {
        /// Seats that took part.
        present: u32,
        /// Seats needed.
        needed: u32,
    },
    /// A seat that must take part did not.
    #[error("the seat `{0}` must take part in this decision; ask its holder to vote")]
    SeatMissing(SeatId),
    /// The case is closed.
    #[error("{0} is closed; a decision settled it")]
    CaseClosed(CaseId),
    /// Only the chair of the responsible body may.
    #[error("only the chair of {0} may stop a use case on a case; put a motion on the case")]
    NotTheChair(BodyId),
    /// No such condition.
    #[error(
        "{decision} has no open condition {condition}; conditions are numbered from 1, and open \
         from when it is carried until they are proved"
    )]
    NoCondition {
        /// The decision.
        decision: DecisionId,
        /// The condition's place.
        condition: usize,
    },
    /// A condition is proved by its owner.
    #[error("a condition is proved by its owner, `{0}`")]
    NotTheOwner(PersonId),
    /// Months are observed in order.
    #[error("the next month to observe for {use_case} is {expected}, not {given}")]
    MonthOutOfOrder {
        /// The use case.
        use_case: UseCaseId,
        /// The month that is due.
        expected: String,
        /// The month given.
        given: String,
    },
    /// A month is observed once its outcomes are all known.
    #[error("the outcomes of {month} are all known from {matures} on; observe it then")]
    MonthNotMature {
        /// The month.
        month: String,
        /// When its outcomes are all known.
        matures: Timestamp,
    },
    /// A number that JSON cannot hold would not read back.
    #[error("{0} must be a finite number")]
    NotFinite(&'static str),
    /// The version is on record after all.
    #[error("version `{0}` is on record; there is nothing to report")]
    VersionKnown(String),

    // ---- Exceptions -----------------------------------------------------------------------------
    /// Nobody asked for it, or it was decided.
    #[error("{0} waits for no decision; ask for it, or for its renewal, first")]
    NothingAsked(ExceptionId),
    /// The same is excepted already.
    #[error("{0} is about the same; renew that one, or end it first")]
    Excepted(ExceptionId),
    /// Only what was allowed, and has nothing waiting, is renewed; and what ended stays so.
    #[error("{0} was ended, declined, or waits for a decision; where needed, ask for a new one")]
    NotRenewable(ExceptionId),
    /// Renewals have a limit.
    #[error(
        "{exception} was renewed {limit} times, as often as the tier policy lets it be; end its \
         cause"
    )]
    RenewedTooOften {
        /// The exception.
        exception: ExceptionId,
        /// How often it may be.
        limit: u32,
    },

    /// To lower a tier takes a higher body.
    #[error("{body} cannot lower the tier; put the motion to {above}, or a body above that")]
    NotAbove {
        /// The body asked.
        body: BodyId,
        /// The body above the one that decides on the use case.
        above: BodyId,
    },

    // ---- Intake ---------------------------------------------------------------------------------
    /// Only who began a draft submits it.
    #[error("{draft} is submitted by who began it, `{author}`; anybody may begin a draft anew")]
    NotTheAuthor {
        /// The draft.
        draft: DraftId,
        /// Who began it.
        author: PersonId,
    },
    /// Something is not filled in.
    #[error("{draft} does not say {what} yet; fill it in and save")]
    DraftUnfinished {
        /// The draft.
        draft: DraftId,
        /// What is not filled in.
        what: &'static str,
    },
    /// It looks like a use case on record.
    #[error("it looks like {use_case}: {because}; if it is none, say why with `not_duplicate`")]
    LooksLike {
        /// The use case on record.
        use_case: UseCaseId,
        /// Why.
        because: String,
    },
    /// Rows of an inventory that are not sound.
    #[error("nothing was taken in:\n{0}")]
    Rows(RowFaults),
    /// The tier policy has no fast lane for it.
    #[error("the fast lane is not open to {use_case}, which is {tier}; put a motion to a body")]
    NoFastLane {
        /// The use case.
        use_case: UseCaseId,
        /// Its tier.
        tier: Tier,
    },
    /// It was not drawn, or was audited.
    #[error("no audit of {0} waits; approvals by rule are drawn when they are made")]
    NoAudit(UseCaseId),
    // ---- Bodies, meetings, lanes ----------------------------------------------------------------
    /// A charter asks less than the tier policy.
    #[error(
        "a decision on {tier} takes at least a quorum of {quorum}, {clinicians} clinicians in \
         favour and a majority of {majority}, says the tier policy; have the charter ask for that"
    )]
    AsksTooLittle {
        /// The tier.
        tier: Tier,
        /// Seats that must take part.
        quorum: u32,
        /// Clinicians who must approve.
        clinicians: u32,
        /// The share of approvals.
        majority: String,
    },
    /// Another body approved the use case.
    #[error("{approver} approved {use_case}, not {body}; put the motion to it, or to one above it")]
    NotItsBody {
        /// The body asked.
        body: BodyId,
        /// The use case.
        use_case: UseCaseId,
        /// The body that approved it.
        approver: BodyId,
    },
    /// A seat votes once, whoever holds it.
    #[error("the seat `{0}` has voted already, by who held it then; a vote stands")]
    SeatVoted(SeatId),
    /// The written ballot has closed.
    #[error("the written ballot on {0} has closed; have its outcome declared, or another opened")]
    BallotClosed(DecisionId),
    /// The written ballot goes on.
    #[error(
        "the written ballot on {decision} goes on until {closes_at}, and not all have voted; \
         declare the outcome then"
    )]
    BallotOpen {
        /// The decision.
        decision: DecisionId,
        /// When it closes.
        closes_at: Timestamp,
    },
    /// Who is not there has no vote in a meeting.
    #[error(
        "`{person}` is not present in {meeting}, which has it on its agenda; record attendance"
    )]
    NotPresent {
        /// The person.
        person: PersonId,
        /// The meeting.
        meeting: MeetingId,
    },
    /// Too few are present to decide.
    #[error("{present} of the {needed} needed are present in {meeting}; record who else came")]
    TooFewPresent {
        /// The meeting.
        meeting: MeetingId,
        /// Members present.
        present: u32,
        /// Members needed.
        needed: u32,
    },
    /// The meeting is not where it would have to be.
    #[error("{meeting} {is}; {so}")]
    MeetingIs {
        /// The meeting.
        meeting: MeetingId,
        /// Where it stands.
        is: &'static str,
        /// What to do.
        so: &'static str,
    },
    /// Nobody delegated this.
    #[error(
        "no delegation in force lets `{person}` approve {tier} use cases for {body}; leave it to \
         the body"
    )]
    NotDelegated {
        /// The person.
        person: PersonId,
        /// The body.
        body: BodyId,
        /// The tier.
        tier: Tier,
    },
    /// The body has begun to vote.
    #[error("{0} is before its body, which has begun to vote or to meet on it; leave it there")]
    BeforeItsBody(DecisionId),
    /// Only who put a motion, or the chair, takes it back.
    #[error("only who put the motion of {0}, or who chairs the body, takes it back")]
    NotTheirs(DecisionId),
    /// A site where something runs stays open.
    #[error("{use_case} runs at `{site}`; stop it or move it first")]
    SiteInUse {
        /// The site.
        site: SiteId,
        /// The use case.
        use_case: UseCaseId,
    },
    /// The lane does not apply.
    #[error("no sign-off lane `{lane}` applies to {use_case} now; see which do")]
    NoLane {
        /// The use case.
        use_case: UseCaseId,
        /// The lane.
        lane: LaneId,
    },
    // ---- Vendors ----
    /// A source attribute that does not exist.
    #[error(
        "there is no source attribute `{0}`; choose one of the 31, such as \
         `predictive_purpose_intended_use`"
    )]
    UnknownAttribute(String),
    /// A text that is no hash.
    #[error("`{0}` is no SHA-256; give 64 lower-case hexadecimal digits, as sha256sum prints them")]
    NotAHash(String),

    // ---- Change requests ----
    /// No matrix says what a change takes.
    #[error("no change matrix is in force; adopt one first")]
    NoChangeMatrix,
    /// The same change is asked for, or another one waits for the body.
    #[error("{0} is open already; settle or withdraw it first")]
    ChangeOpen(ChangeRequestId),
    /// The change request is settled.
    #[error("{0} is settled; request a new change")]
    ChangeSettled(ChangeRequestId),
    /// The change takes something else.
    #[error("{change} takes {route}; settle it that way")]
    ChangeTakes {
        /// The change request.
        change: ChangeRequestId,
        /// What it takes.
        route: String,
    },
    /// Something that the change takes is not there.
    #[error("{change} cannot be settled yet: {missing}")]
    ChangeLacks {
        /// The change request.
        change: ChangeRequestId,
        /// What is missing, and what to do.
        missing: String,
    },
    /// What a part of the record refuses.
    #[error(transparent)]
    Part(#[from] PartRefusal),
}
