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
mod calendar;
mod change_requests;
mod command;
pub mod dcb;
mod decide;
mod decision;
mod decision_rights;
mod event;
mod exceptions;
mod hazards;
mod holds;
mod id;
mod incidents;
mod intake;
mod invariant;
pub mod labels;
mod lanes;
mod lifecycle;
mod map;
mod meetings;
mod organisation;
mod people;
mod plan;
mod record;
mod refusal;
mod reviews;
mod schema;
mod standard;
mod standing;
mod subject;
mod system;
mod throughput;
mod tier;
mod tiering;
mod vendors;
mod work;

pub use act::{Act, ActGroup};
pub use agents::{Agents, AgentsAct, AgentsChange};
pub use apply::{Inconsistency, apply};
pub use calendar::{Calendar, Length, is_work_day};
pub use change_requests::{ChangeRequests, ChangeRequestsAct, ChangeRequestsChange};
pub use command::{Actor, Authority, Command, Founding, Observed, Proposal, RightsPack, Service};
pub use decide::decide;
pub use decision::{
    Carried, Choice, Completeness, Condition, Decision, EndReason, Ended, Exhibit, Motion, Outcome,
    Question, Right, Vote, VoteTally,
};
pub use decision_rights::{AdoptedRights, DecisionRights, DecisionRightsAct, DecisionRightsChange};
pub use event::{Change, Event};
pub use exceptions::{
    AskedFor, Direction, Excepted, Exception, ExceptionEnd, Exceptions, ExceptionsAct,
    ExceptionsChange, Term,
};
pub use hazards::{Hazards, HazardsAct, HazardsChange};
pub use holds::{Erasure, Hold, HoldScope, Holds, HoldsAct, HoldsChange, Release};
pub use id::{
    BodyId, CaseId, ChangeRequestId, CommandId, ContentHash, DecisionId, DelegationId, DocumentId,
    DraftId, EvidenceId, ExceptionId, FactId, HazardId, HoldId, IdError, IncidentId, LaneId,
    MeetingId, PersonId, RequirementId, SeatId, SiteId, StandardId, SystemId, UnitId, UseCaseId,
    VendorId, WatchId, WorkflowId,
};
pub use incidents::{Incidents, IncidentsAct, IncidentsChange};
pub use intake::inventory;
pub use intake::{
    Answers, Audit, AuditFinding, Draft, Duplicate, Intake, IntakeAct, IntakeChange, Likeness,
    drawn_for_audit, duplicates,
};
pub use invariant::{Invariant, Violation, violations};
pub use lanes::{Lanes, LanesAct, LanesChange, Signature, Verdict};
pub use lifecycle::{DecisionPath, Live, Retirement, Risen, Stage, Suspension, TransitionError};
pub use map::{Iter, List, Map};
pub use meetings::{
    Ballot, BodyAmendment, Delegated, Delegation, Meeting, Meetings, MeetingsAct, MeetingsChange,
    SeatTerm,
};
pub use organisation::{
    Organisation, OrganisationAct, OrganisationChange, PersonAmendment, Site, Unit,
};
pub use people::{Body, Employment, Owners, Person, Seat, TierRule};
pub use plan::{
    Alarm, Case, Cause, Closed, Escalated, Escalation, Feed, MonitoringPlan, Month, Observation,
    Reading, Reopened, Rung, Signal, Validation, Watch,
};
pub use record::{Conflict, Effect, Record, UseCase};
pub use refusal::Refusal;
pub use reviews::{Reviews, ReviewsAct, ReviewsChange};
pub(crate) use schema::Instant;
pub use standard::{
    Attestation, Bound, End, Evidence, Finding, Proof, Requirement, Status, ValidationStandard,
};
pub use standing::{Field, FieldKind, FieldState, Standing};
pub use subject::{Duty, Subject};
pub use system::{AiSystem, AiType, Deployment, Mode, Version};
pub use throughput::Waits;
pub use tier::{
    Binding, FactError, FactQuestion, Facts, FastLane, Floor, Lane, LeastRule, Lowering, Tier,
    TierDuties, TierPolicy, TierResult, When,
};
pub use tiering::{Asked, LabelChange, Retiering, WhatIf};
pub use vendors::{Vendors, VendorsAct, VendorsChange};
pub use work::{Task, Waiting, work};

use jiff::Timestamp;

/// The instant a number of 24-hour days after another; the end of time when there is none.
#[must_use]
pub fn days_after(at: Timestamp, days: u32) -> Timestamp {
    at.checked_add(plan::days(days)).unwrap_or(Timestamp::MAX)
}
