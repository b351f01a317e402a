//! Events tell what changed, and keep who, by what authority and when (invariant A1).

use crate::{
    Actor, AiSystem, Attestation, Authority, Body, Carried, Case, CaseId, Closed, CommandId,
    Decision, DecisionId, DecisionPath, Deployment, Ended, Escalated, Evidence, Facts, Founding,
    Live, MonitoringPlan, Observation, Owners, Person, PersonId, Proposal, Retirement, Signal,
    StandardId, Suspension, SystemId, TierPolicy, TierResult, UseCaseId, ValidationStandard,
    Version, Vote,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A change of the record that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the record, from 0, without gaps.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// The command behind it.
    pub command: CommandId,
    /// [`crate::Act::digest`] of what the command asked for.
    pub act: String,
    /// By what authority.
    pub authority: Authority,
    /// What changed.
    pub change: Change,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// The record was founded.
    Founded(Founding),
    /// A person was added.
    PersonAdded(Person),
    /// A person left.
    PersonLeft {
        /// Who.
        person: PersonId,
    },
    /// A body was chartered.
    BodyChartered(Body),
    /// A tier policy was adopted.
    TierPolicyAdopted(TierPolicy),
    /// A validation standard was adopted.
    StandardAdopted(ValidationStandard),
    /// An AI system was registered.
    SystemRegistered(AiSystem),
    /// A version was registered.
    VersionRegistered {
        /// The AI system.
        system: SystemId,
        /// The version.
        version: Version,
    },
    /// A use case was proposed.
    UseCaseProposed {
        /// Its id.
        use_case: UseCaseId,
        /// The proposal.
        proposal: Proposal,
    },
    /// Owners were named.
    OwnersAssigned {
        /// The use case.
        use_case: UseCaseId,
        /// The owners.
        owners: Owners,
    },
    /// Facts were stated, and gave a tier.
    FactsStated {
        /// The use case.
        use_case: UseCaseId,
        /// The facts.
        facts: Facts,
        /// The tier.
        tier: TierResult,
    },
    /// Validation began.
    ValidationBegun {
        /// The use case.
        use_case: UseCaseId,
        /// The standard to meet.
        standard: StandardId,
    },
    /// A silent run or pilot began.
    PilotBegun {
        /// The use case.
        use_case: UseCaseId,
        /// Where and how.
        deployment: Deployment,
    },
    /// Evidence was recorded and judged.
    EvidenceRecorded(Evidence),
    /// A requirement was attested.
    Attested(Attestation),
    /// A monitoring plan was adopted.
    PlanAdopted {
        /// The use case.
        use_case: UseCaseId,
        /// The plan.
        plan: Box<MonitoringPlan>,
    },
    /// A motion was put.
    MotionOpened(Box<Decision>),
    /// A member stepped aside.
    Recused {
        /// The decision.
        decision: DecisionId,
        /// Why.
        reason: String,
    },
    /// A vote was cast.
    VoteCast {
        /// The decision.
        decision: DecisionId,
        /// The vote.
        vote: Vote,
    },
    /// A decision was carried.
    DecisionCarried {
        /// The decision.
        decision: DecisionId,
        /// By whom, when, and with which votes.
        carried: Carried,
    },
    /// A motion came to nothing.
    MotionEnded {
        /// The decision.
        decision: DecisionId,
        /// How.
        ended: Ended,
    },
    /// A use case went live.
    WentLive {
        /// The use case.
        use_case: UseCaseId,
        /// The five fields.
        live: Box<Live>,
    },
    /// A use case was sent back for more evidence.
    SentBack {
        /// The use case.
        use_case: UseCaseId,
        /// The decision.
        decision: DecisionId,
    },
    /// A use case was stopped.
    Suspended {
        /// The use case.
        use_case: UseCaseId,
        /// Why.
        suspension: Suspension,
    },
    /// A use case may act again.
    Resumed {
        /// The use case.
        use_case: UseCaseId,
        /// The decision that it acts under.
        path: DecisionPath,
    },
    /// A use case is over.
    Retired {
        /// The use case.
        use_case: UseCaseId,
        /// Why.
        retirement: Retirement,
    },
    /// A condition was met.
    ConditionMet {
        /// The decision.
        decision: DecisionId,
        /// The condition's place in the decision, from 1.
        condition: usize,
        /// What proves it.
        proof: String,
    },
    /// A month was observed.
    Observed(Box<Observation>),
    /// A breach was found; it belongs to a case.
    SignalRaised {
        /// The case.
        case: CaseId,
        /// The signal.
        signal: Signal,
    },
    /// A case was opened.
    CaseOpened(Case),
    /// A case was brought to the next rung.
    CaseEscalated {
        /// The case.
        case: CaseId,
        /// Who was told.
        escalated: Escalated,
    },
    /// A case was closed by a decision.
    CaseClosed {
        /// The case.
        case: CaseId,
        /// The decision.
        closed: Closed,
    },
}
