//! The core of Primum: what is governed, what can be asked, what happened, and the rules in
//! between.
//!
//! [`decide`] turns a command into events or a refusal, [`apply`] folds an event into the
//! [`Record`]. Both are pure: no I/O, no clock, no randomness. Time and ids arrive in the command,
//! so the same commands give the same events on every machine. The core does not know who may act
//! ([`Authority`] says who was allowed, and why) nor where events are kept.

mod apply;
mod command;
mod decide;
mod decision;
mod event;
mod id;
mod invariant;
mod lifecycle;
mod people;
mod plan;
mod record;
mod refusal;
mod standard;
mod standing;
mod system;
mod tier;
mod work;

pub use apply::{Inconsistency, apply};
pub use command::{
    Act, Actor, Authority, Command, Founding, Observed, Proposal, RightsPack, Service,
};
pub use decide::decide;
pub use decision::{
    Carried, Choice, Condition, Decision, EndReason, Ended, Motion, Outcome, Question, Right, Vote,
    VoteTally,
};
pub use event::{Change, Event};
pub use id::{
    BodyId, CaseId, CommandId, DecisionId, EvidenceId, FactId, IdError, PersonId, RequirementId,
    SeatId, SiteId, StandardId, SystemId, UseCaseId, VendorId, WatchId, WorkflowId,
};
pub use invariant::{Invariant, Violation, violations};
pub use lifecycle::{DecisionPath, Live, Retirement, Stage, Suspension, TransitionError};
pub use people::{Body, Owners, Person, Seat, TierRule};
pub use plan::{
    Alarm, Case, Cause, Closed, Escalated, Escalation, Feed, MonitoringPlan, Month, Observation,
    Reading, Rung, Signal, Validation, Watch,
};
pub use record::{Conflict, Effect, Record, UseCase};
pub use refusal::Refusal;
pub use standard::{
    Attestation, Bound, End, Evidence, Finding, Proof, Requirement, Status, ValidationStandard,
};
pub use standing::{Field, FieldKind, FieldState, Standing};
pub use system::{AiSystem, AiType, Deployment, Mode, Version};
pub use tier::{
    Binding, FactError, FactQuestion, Facts, Floor, Lowering, Tier, TierDuties, TierPolicy,
    TierResult,
};
pub use work::{Task, Waiting, work};

use jiff::Timestamp;

/// The instant a number of 24-hour days after another; the end of time when there is none.
#[must_use]
pub fn days_after(at: Timestamp, days: u32) -> Timestamp {
    at.checked_add(plan::days(days)).unwrap_or(Timestamp::MAX)
}
