//! Commands ask: who, by what authority, when, for what (invariant A1).

use crate::{
    AiType, Body, BodyId, CaseId, Choice, CommandId, DecisionId, Deployment, Facts, MonitoringPlan,
    Month, Motion, Owners, Person, PersonId, Reading, Refusal, RequirementId, SiteId, SystemId,
    TierPolicy, UseCaseId, ValidationStandard, VendorId, Version, WorkflowId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use statistics::Estimate;
use std::collections::BTreeMap;
use std::fmt;

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person on record.
    Person(PersonId),
    /// A part of Primum that acts by itself.
    Service(Service),
}

/// A part of Primum that acts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// Founds a record.
    Installer,
    /// Fires what clocks make due.
    Scheduler,
    /// Runs monitoring plans.
    Monitor,
    /// Answers whether a version may act.
    Gate,
}

impl Actor {
    /// The person, when it is one.
    #[must_use]
    pub fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Person(person) => Some(person),
            Self::Service(_) => None,
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Installer => "installer",
            Self::Scheduler => "scheduler",
            Self::Monitor => "monitor",
            Self::Gate => "gate",
        })
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(person) => write!(f, "{person}"),
            Self::Service(service) => write!(f, "primum:{service}"),
        }
    }
}

/// Why an actor was allowed to act, frozen into the event. Replay never asks again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// The policies that allowed it.
    pub policies: Vec<String>,
    /// SHA-256 of the policy set, in hexadecimal.
    pub policy_set: String,
    /// The facts about the actor and the subject that the policies read.
    pub facts: BTreeMap<String, String>,
}

/// A request to change the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Made by the client. A repeat has no second effect (invariant R2).
    pub id: CommandId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// By what authority.
    pub authority: Authority,
    /// What.
    pub act: Act,
}

/// What can be asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Founds the record of a hospital. Only possible once.
    Found(Founding),
    /// Adds a person.
    AddPerson(Person),
    /// Notes that a person left.
    NoteDeparture {
        /// Who left.
        person: PersonId,
    },
    /// Charters a body.
    CharterBody(Body),
    /// Adopts a tier policy.
    AdoptTierPolicy(TierPolicy),
    /// Adopts a validation standard.
    AdoptStandard(ValidationStandard),
    /// Registers an AI system.
    RegisterSystem {
        /// Its name.
        name: String,
        /// Who made it.
        vendor: VendorId,
        /// Its kind.
        ai_type: AiType,
    },
    /// Registers a version of an AI system.
    RegisterVersion {
        /// The AI system.
        system: SystemId,
        /// The version.
        version: Version,
    },
    /// Proposes a use case.
    ProposeUseCase(Proposal),
    /// Names the three who answer for a use case.
    AssignOwners {
        /// The use case.
        use_case: UseCaseId,
        /// The owners.
        owners: Owners,
    },
    /// States the facts that set the tier.
    StateFacts {
        /// The use case.
        use_case: UseCaseId,
        /// The facts.
        facts: Facts,
    },
    /// Gives a use case the standard of its tier and AI type.
    BeginValidation {
        /// The use case.
        use_case: UseCaseId,
    },
    /// Starts a silent run.
    BeginPilot {
        /// The use case.
        use_case: UseCaseId,
        /// Where and how.
        deployment: Deployment,
    },
    /// Records evidence computed from local predictions.
    RecordEvidence {
        /// The use case.
        use_case: UseCaseId,
        /// The version that made the predictions.
        version: String,
        /// The span of predictions, in words.
        span: String,
        /// Digest of the report.
        report_digest: String,
        /// Hash of the stored report document.
        document: String,
        /// Predictions used.
        n: u64,
        /// The estimates.
        estimates: Vec<Estimate>,
    },
    /// Gives one's word on a requirement.
    Attest {
        /// The use case.
        use_case: UseCaseId,
        /// The version.
        version: String,
        /// The requirement.
        requirement: RequirementId,
        /// What was done and found.
        statement: String,
        /// Until when it holds.
        valid_until: Timestamp,
    },
    /// Adopts a monitoring plan.
    AdoptPlan {
        /// The use case.
        use_case: UseCaseId,
        /// The plan.
        plan: Box<MonitoringPlan>,
    },
    /// Puts a motion to a body.
    OpenMotion {
        /// The body.
        body: BodyId,
        /// The motion.
        motion: Motion,
    },
    /// Steps aside from a decision.
    Recuse {
        /// The decision.
        decision: DecisionId,
        /// Why.
        reason: String,
    },
    /// Votes on a motion.
    CastVote {
        /// The decision.
        decision: DecisionId,
        /// For, against or neither.
        choice: Choice,
        /// Why.
        reason: String,
    },
    /// Declares the outcome of a motion once its body is quorate: carried, or else lost.
    CarryDecision {
        /// The decision.
        decision: DecisionId,
    },
    /// The chair stops a use case on a case, by delegated right. Continuing takes the body.
    StopOnCase {
        /// The case.
        case: CaseId,
        /// Why.
        reason: String,
        /// What else was considered.
        alternatives: Vec<String>,
        /// The risk that remains.
        residual_risk: String,
    },
    /// Stops a use case, or its silent run, at once, without a case.
    Suspend {
        /// The use case.
        use_case: UseCaseId,
        /// Why.
        reason: String,
    },
    /// Proves a condition met.
    MeetCondition {
        /// The decision.
        decision: DecisionId,
        /// The condition's place in the decision, from 1.
        condition: usize,
        /// What proves it.
        proof: String,
    },
    /// Records what a month of predictions showed.
    RecordObservation(Box<Observed>),
    /// Reports a version that is not on record and asked to act.
    ReportUnknownVersion {
        /// The use case.
        use_case: UseCaseId,
        /// The version's label.
        version: String,
        /// The site.
        site: SiteId,
        /// The step of work.
        workflow: WorkflowId,
    },
    /// Fires what clocks make due.
    Tick,
}

/// What a record begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Founding {
    /// The hospital's name.
    pub hospital: String,
    /// The decision rights in force.
    pub rights: RightsPack,
    /// The first people; they add the rest.
    pub people: Vec<Person>,
}

/// Decision rights: who may do what, as Cedar policies. The core only keeps them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RightsPack {
    /// The pack's version.
    pub version: String,
    /// The Cedar schema.
    pub schema: String,
    /// The Cedar policies.
    pub policies: String,
}

/// A use case as proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// Its title.
    pub title: String,
    /// What it is for, and what it is not for.
    pub intended_use: String,
    /// The step of work in which the AI system acts.
    pub workflow: WorkflowId,
    /// The patients or cases it is used on.
    pub population: String,
    /// The AI system.
    pub system: SystemId,
}

/// What a month of predictions showed, as the monitor saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// The use case.
    pub use_case: UseCaseId,
    /// The month.
    pub month: Month,
    /// Digest of the month's tallies.
    pub tallies_digest: String,
    /// Estimates by cohort.
    pub estimates: Vec<Estimate>,
    /// Where each detector stands.
    pub readings: Vec<Reading>,
}

impl Act {
    /// SHA-256 of the act in canonical JSON, in hexadecimal. Two acts with the same digest ask for
    /// the same.
    ///
    /// # Errors
    /// Never for the acts there are; one that JSON cannot hold would be refused.
    pub fn digest(&self) -> Result<String, Refusal> {
        // Every map is ordered and every struct writes its fields in one order.
        let canonical = serde_json::to_vec(self)
            .map_err(|error| Refusal::Unsound { what: "the act", because: error.to_string() })?;
        Ok(hex::encode(Sha256::digest(canonical)))
    }

    /// The act's name, as the rights policies and the command line know it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Found(_) => "found",
            Self::AddPerson(_) => "add_person",
            Self::NoteDeparture { .. } => "note_departure",
            Self::CharterBody(_) => "charter_body",
            Self::AdoptTierPolicy(_) => "adopt_tier_policy",
            Self::AdoptStandard(_) => "adopt_standard",
            Self::RegisterSystem { .. } => "register_system",
            Self::RegisterVersion { .. } => "register_version",
            Self::ProposeUseCase(_) => "propose_use_case",
            Self::AssignOwners { .. } => "assign_owners",
            Self::StateFacts { .. } => "state_facts",
            Self::BeginValidation { .. } => "begin_validation",
            Self::BeginPilot { .. } => "begin_pilot",
            Self::RecordEvidence { .. } => "record_evidence",
            Self::Attest { .. } => "attest",
            Self::AdoptPlan { .. } => "adopt_plan",
            Self::OpenMotion { .. } => "open_motion",
            Self::Recuse { .. } => "recuse",
            Self::CastVote { .. } => "cast_vote",
            Self::CarryDecision { .. } => "carry_decision",
            Self::StopOnCase { .. } => "stop_on_case",
            Self::Suspend { .. } => "suspend",
            Self::MeetCondition { .. } => "meet_condition",
            Self::RecordObservation(_) => "record_observation",
            Self::ReportUnknownVersion { .. } => "report_unknown_version",
            Self::Tick => "tick",
        }
    }
}
