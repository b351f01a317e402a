//! What the gate is asked and what it answers.

use governance::{Mode, SiteId, Tier, UseCaseId, WorkflowId};
use serde::{Deserialize, Serialize};

/// May this version act for this use case, at this site, in this step of work?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The use case.
    pub use_case: UseCaseId,
    /// The version that wants to act.
    pub version: String,
    /// Where.
    pub site: SiteId,
    /// In which step of work.
    pub workflow: WorkflowId,
}

/// The gate's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Permit or deny.
    pub verdict: Verdict,
    /// Why, in plain words; never empty.
    pub reasons: Vec<Reason>,
    /// What the caller must do when permitted.
    pub obligations: Vec<String>,
    /// How far the deployment reaches, when permitted.
    pub mode: Option<Mode>,
    /// The tier, when it is known.
    pub tier: Option<Tier>,
    /// The number of events that the answer rests on.
    pub as_of_event: u64,
}

/// Permit or deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It may act.
    Permit,
    /// It may not.
    Deny,
}

/// One reason for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// For programs.
    pub code: Code,
    /// For people.
    pub text: String,
}

/// Reasons, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// It acts under a standing decision.
    Approved,
    /// It runs silently or for a few, to gather evidence.
    Pilot,
    /// The record has no such use case.
    UnknownUseCase,
    /// The record has no such version. A case is opened.
    UnknownVersion,
    /// The version is on record but is not the one that runs.
    OtherVersion,
    /// It was not approved for this site.
    OtherSite,
    /// It was not approved for this step of work.
    OtherWorkflow,
    /// It is not live yet.
    NotLive,
    /// It was stopped.
    Suspended,
    /// It is over.
    Retired,
    /// It has been out of policy for longer than its tier allows.
    OutOfPolicy,
}
