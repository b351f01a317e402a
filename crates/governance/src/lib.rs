//! The core of Primum: what is governed, what can be asked, what happened, and the rules in
//! between.
//!
//! [`decide`] turns a command into events or a refusal, [`apply`] folds an event into the
//! [`Record`]. Both are pure: no I/O, no clock, no randomness. Time and ids arrive in the command,
//! so the same commands give the same events on every machine. The core does not know who may act
//! ([`Authority`] says who was allowed, and why) nor where events are kept.

mod act;
mod agents;
mod apply;
mod cadence;
mod calendar;
mod catalogue;
mod change_requests;
mod command;
pub mod dcb;
mod decide;
mod decision;
mod decision_rights;
mod effect;
mod event;
mod exceptions;
mod hazards;
mod holds;
mod id;
mod incidents;
mod index;
mod intake;
mod invariant;
pub mod labels;
mod lanes;
mod lifecycle;
mod map;
mod meetings;
mod objects;
mod organisation;
mod part;
mod part_refusal;
mod people;
mod plan;
mod record;
mod refusal;
mod requirements;
mod reviews;
mod rubric;
mod schema;
mod setup;
mod standard;
mod standing;
mod subject;
mod system;
mod throughput;
mod tier;
mod tiering;
mod vendors;
mod work;
mod zone;

pub use act::{Act, ActGroup};
pub use agents::{
    ActionAuthorised, ActionRule, AgentPolicy, Agents, AgentsAct, AgentsChange, Authorisation,
    Drill, HumanInLoop, LogDetail, Permission, Registered, StopSwitch,
};
pub use apply::{Inconsistency, apply};
pub use calendar::{Calendar, Length, is_work_day};
pub use catalogue::{ActShape, Catalogue, FieldShape, Form, GroupShape, ShapeFault};
pub use change_requests::{
    ApprovedEnvelope, Before, Candidate, ChangeKind, ChangeMatrix, ChangeRequest, ChangeRequests,
    ChangeRequestsAct, ChangeRequestsChange, ChangeRule, Envelope, Limits, Modification, Route,
    Settled, Settling, UseCaseChanges,
};
pub use command::{
    Actor, Authority, Command, Counted, Founding, Observed, Proposal, Reported, RightsPack, Service,
};
pub use decide::decide;
pub use decision::{
    Carried, Choice, Completeness, Condition, Decision, EndReason, Ended, Exhibit, Motion, Outcome,
    Question, Right, Vote, VoteTally,
};
pub use decision_rights::{AdoptedRights, DecisionRights, DecisionRightsAct, DecisionRightsChange};
pub use effect::{Effect, Effects, Mark};
pub use event::{Change, Event};
pub use exceptions::{
    AskedFor, Direction, Excepted, Exception, ExceptionEnd, Exceptions, ExceptionsAct,
    ExceptionsChange, Term,
};
pub use hazards::{
    ClosedHazard, Control, Hazard, HazardRating, Hazards, HazardsAct, HazardsChange, Reasoned,
    Residual,
};
pub use holds::{Erasure, Hold, HoldScope, Holds, HoldsAct, HoldsChange, Release};
pub use id::{
    BodyId, CaseId, ChangeRequestId, ClauseId, CommandId, ContentHash, ContractId, DecisionId,
    DelegationId, DocumentId, DraftId, EvidenceId, ExceptionId, FactId, HazardId, HoldId, IdError,
    IncidentId, LaneId, MeetingId, PersonId, RequirementId, ReviewId, SeatId, SiteId, StandardId,
    SystemId, UnitId, UseCaseId, VendorId, WatchId, WorkflowId,
};
pub use incidents::{
    Assessment, Clock, ClockEnd, ClockEscalated, ClockFault, ClockRule, ClockRules, ClockStart,
    Demand, Effectiveness, Harm, Incident, IncidentAction, IncidentQuestion, IncidentReport,
    Incidents, IncidentsAct, IncidentsChange, TimelineEntry, Trace, Worksheet, YesNo, blinded,
    incident_tasks, traces, worksheet,
};
pub use index::Index;
pub use intake::inventory;
pub use intake::{
    Answers, Audit, AuditFinding, Draft, Duplicate, Intake, IntakeAct, IntakeChange, Likeness,
    drawn_for_audit, duplicates,
};
pub use invariant::{Invariant, Violation, violations, violations_since};
pub use lanes::{Lanes, LanesAct, LanesChange, Signature, Verdict};
pub use lifecycle::{DecisionPath, Live, Retirement, Risen, Stage, Suspension, TransitionError};
pub use map::{Chunk, Iter, List, Map};
pub use meetings::{
    Ballot, BodyAmendment, Delegated, Delegation, Meeting, Meetings, MeetingsAct, MeetingsChange,
    SeatTerm,
};
pub use objects::{Column, KINDS, Object, ObjectKind, Objects};
pub use organisation::{
    Organisation, OrganisationAct, OrganisationChange, PersonAmendment, Site, Unit,
};
pub use part::{Part, shapes};
pub use part_refusal::PartRefusal;
pub use people::{Body, Employment, Owners, Person, Seat, TierRule};
pub use plan::{
    Alarm, Case, Cause, Closed, Escalated, Escalation, Feed, MonitoringPlan, Month, Observation,
    Reading, Reopened, ReportedShare, Reporter, Reporting, Rung, Share, Signal, Source, Validation,
    Watch,
};
pub use record::{Conflict, Record, UseCase};
pub use refusal::Refusal;
pub use requirements::{RequirementState, RequirementStatus};
pub use reviews::{ClosedReview, Review, Reviews, ReviewsAct, ReviewsChange};
pub use rubric::{Criterion, Rated, RatedItems, Rubric, Scores};
pub(crate) use schema::Instant;
pub use standard::{
    Attestation, Bound, DocumentNeed, End, Evidence, Finding, Judgement, Need, Proof, Requirement,
    Status, Trial, ValidationStandard, verdict,
};
pub(crate) use standing::Lapse;
pub use standing::{Field, FieldKind, FieldState, Standing};
pub use subject::{Duty, Subject};
pub use system::{AiSystem, AiType, Deployment, Mode, Version};
pub use throughput::{Pace, PaceOf, Waits};
pub use tier::{
    Binding, FactError, FactQuestion, Facts, FastLane, Floor, Lane, LeastRule, Lowering, Tier,
    TierDuties, TierPolicy, TierResult, When,
};
pub use tiering::{Asked, LabelChange, Retiering, WhatIf};
pub use vendors::{
    ATTRIBUTES, About, Agreement, Attachment, Attribute, Clause, ClauseHeld, ClauseLimit,
    ClauseState, Contract, ContractGap, ContractTerms, Disclosure, DisclosureProfile, Document,
    Grade, TimeUnit, Vendor, Vendors, VendorsAct, VendorsChange,
};
pub use work::{Task, Waiting, work};
pub use zone::Zone;

use jiff::Timestamp;

/// The instant a number of 24-hour days after another; the end of time when there is none.
#[must_use]
pub fn days_after(at: Timestamp, days: u32) -> Timestamp {
    at.checked_add(plan::days(days)).unwrap_or(Timestamp::MAX)
}
