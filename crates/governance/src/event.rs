//! Events tell what changed, and keep who, by what authority and when (invariant A1).

use crate::{
    Actor, AgentsChange, AiSystem, Attestation, Authority, Body, Carried, Case, CaseId,
    ChangeRequestsChange, Closed, CommandId, Decision, DecisionId, DecisionPath,
    DecisionRightsChange, Deployment, Ended, Escalated, Evidence, ExceptionsChange, Facts,
    Founding, HazardsChange, HoldsChange, IncidentsChange, Instant, IntakeChange, LanesChange,
    Live, MeetingsChange, MonitoringPlan, Observation, OrganisationChange, Owners, Person,
    PersonId, Proposal, Record, Retirement, ReviewsChange, Signal, StandardId, Suspension,
    SystemId, TierPolicy, TierResult, UseCaseId, ValidationStandard, VendorsChange, Version, Vote,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use strum::IntoStaticStr;

/// A change of the record that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Its place in the record, from 0, without gaps.
    pub seq: u64,
    /// When.
    #[schemars(with = "Instant")]
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

/// What changed. In JSON an object with one entry, named like the variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
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
    EvidenceRecorded(Arc<Evidence>),
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
    MotionOpened(Arc<Decision>),
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
    Observed(Arc<Observation>),
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
    /// About sites, units, and what changes about people.
    Organisation(OrganisationChange),
    /// About meetings, written ballots, delegation and what changes about bodies.
    Meetings(MeetingsChange),
    /// About sign-off lanes, which run in parallel before a body decides.
    Lanes(LanesChange),
    /// About drafts of intake questionnaires, and the fast lane.
    Intake(IntakeChange),
    /// About exceptions: what is allowed for a time against the rule.
    Exceptions(ExceptionsChange),
    /// About vendors, their contracts and disclosures, and documents kept by hash.
    Vendors(VendorsChange),
    /// About change requests: what an update of a live use case takes.
    ChangeRequests(ChangeRequestsChange),
    /// About incidents, their legal clocks and what is done about them.
    Incidents(IncidentsChange),
    /// About the hazard log.
    Hazards(HazardsChange),
    /// About the agent register: what an agent may do, and how it is stopped.
    Agents(AgentsChange),
    /// About reviews of output by human raters.
    Reviews(ReviewsChange),
    /// About legal holds, and the erasure that they stop.
    Holds(HoldsChange),
    /// About decision rights, adopted by decision.
    DecisionRights(DecisionRightsChange),
}

impl Change {
    /// What changed in one word, such as `use_case_proposed`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Organisation(change) => change.into(),
            Self::Meetings(change) => change.into(),
            Self::Lanes(change) => change.into(),
            Self::Intake(change) => change.into(),
            Self::Exceptions(change) => change.into(),
            Self::Vendors(change) => change.into(),
            Self::ChangeRequests(change) => change.into(),
            Self::Incidents(change) => change.into(),
            Self::Hazards(change) => change.into(),
            Self::Agents(change) => change.into(),
            Self::Reviews(change) => change.into(),
            Self::Holds(change) => change.into(),
            Self::DecisionRights(change) => change.into(),
            plain => plain.into(),
        }
    }

    /// For a change of a part of the record that has changes of its own: the use case that it is
    /// about, and what changed in plain words.
    #[must_use]
    pub fn told(&self, record: &Record) -> Option<(Option<UseCaseId>, String)> {
        Some(match self {
            Self::Organisation(change) => (change.use_case(record), change.in_words(record)),
            Self::Meetings(change) => (change.use_case(record), change.in_words(record)),
            Self::Lanes(change) => (change.use_case(record), change.in_words(record)),
            Self::Intake(change) => (change.use_case(record), change.in_words(record)),
            Self::Exceptions(change) => (change.use_case(record), change.in_words(record)),
            Self::Vendors(change) => (change.use_case(record), change.in_words(record)),
            Self::ChangeRequests(change) => (change.use_case(record), change.in_words(record)),
            Self::Incidents(change) => (change.use_case(record), change.in_words(record)),
            Self::Hazards(change) => (change.use_case(record), change.in_words(record)),
            Self::Agents(change) => (change.use_case(record), change.in_words(record)),
            Self::Reviews(change) => (change.use_case(record), change.in_words(record)),
            Self::Holds(change) => (change.use_case(record), change.in_words(record)),
            Self::DecisionRights(change) => (change.use_case(record), change.in_words(record)),
            _ => return None,
        })
    }
}
