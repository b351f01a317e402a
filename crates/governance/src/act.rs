//! What can be asked for: every act there is.

use crate::{
    AgentsAct, AiType, Body, BodyId, CaseId, ChangeRequestsAct, Choice, DecisionId,
    DecisionRightsAct, Deployment, ExceptionsAct, Facts, Founding, HazardsAct, HoldsAct,
    IncidentsAct, Instant, IntakeAct, LanesAct, MeetingsAct, MonitoringPlan, Motion, Observed,
    OrganisationAct, Owners, Person, PersonId, Proposal, Refusal, Reported, RequirementId,
    ReviewsAct, SiteId, Subject, SystemId, TierPolicy, UseCaseId, ValidationStandard, VendorId,
    VendorsAct, Version, WorkflowId,
};
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use statistics::Estimate;
use strum::{IntoStaticStr, VariantNames};

/// What can be asked for.
///
/// The acts of a part of the record that has acts of its own are a group; in JSON they look like
/// all others.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames,
)]
#[serde(remote = "Self", tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
#[schemars(rename = "PlainAct")]
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
        /// SHA-256 of the document that shows it, in hexadecimal; some requirements ask for one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<String>,
        /// Until when it holds.
        #[schemars(with = "Instant")]
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
    /// Reports what the people who watch a use case without a prediction log counted in a period.
    ReportObservation(Reported),
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
    /// About sites, units, and what changes about people.
    #[serde(skip)]
    Organisation(OrganisationAct),
    /// About meetings, written ballots, delegation and what changes about bodies.
    #[serde(skip)]
    Meetings(MeetingsAct),
    /// About sign-off lanes, which run in parallel before a body decides.
    #[serde(skip)]
    Lanes(LanesAct),
    /// About drafts of intake questionnaires, and the fast lane.
    #[serde(skip)]
    Intake(IntakeAct),
    /// About exceptions: what is allowed for a time against the rule.
    #[serde(skip)]
    Exceptions(ExceptionsAct),
    /// About vendors, their contracts and disclosures, and documents kept by hash.
    #[serde(skip)]
    Vendors(VendorsAct),
    /// About change requests: what an update of a live use case takes.
    #[serde(skip)]
    ChangeRequests(ChangeRequestsAct),
    /// About incidents, their legal clocks and what is done about them.
    #[serde(skip)]
    Incidents(IncidentsAct),
    /// About the hazard log.
    #[serde(skip)]
    Hazards(HazardsAct),
    /// About the agent register: what an agent may do, and how it is stopped.
    #[serde(skip)]
    Agents(AgentsAct),
    /// About reviews of output by human raters.
    #[serde(skip)]
    Reviews(ReviewsAct),
    /// About legal holds, and the erasure that they stop.
    #[serde(skip)]
    Holds(HoldsAct),
    /// About decision rights, adopted by decision.
    #[serde(skip)]
    DecisionRights(DecisionRightsAct),
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
        self.group().map_or_else(|| self.into(), |(name, _)| name)
    }

    /// What the act is about, as far as rights depend on it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self.group() {
            Some((_, subject)) => subject,
            None => Subject::of_plain(self),
        }
    }
}

/// Acts that belong together.
#[derive(Debug, Clone, Copy)]
pub struct ActGroup {
    /// What they are about.
    pub title: &'static str,
    /// Their names.
    pub names: &'static [&'static str],
    /// Their JSON Schema: one of several objects, told apart by `act`.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

/// Writes down each group once.
macro_rules! groups {
    ($($variant:ident($group:ty) $title:literal;)*) => {
        impl Act {
            /// Name and subject of an act of a group; none for the others.
            fn group(&self) -> Option<(&'static str, Subject)> {
                match self {
                    $(Self::$variant(act) => Some((act.into(), act.subject())),)*
                    _ => None,
                }
            }

            /// Every act, by group.
            #[must_use]
            pub fn groups() -> Vec<ActGroup> {
                // The groups are the last variants.
                let plain = Self::VARIANTS.len() - [$(stringify!($variant)),*].len();
                vec![
                    ActGroup {
                        title: "From proposal to decision",
                        names: Self::VARIANTS.get(..plain).unwrap_or_default(),
                        schema: SchemaGenerator::subschema_for::<Self>,
                    },
                    $(ActGroup {
                        title: $title,
                        names: <$group>::VARIANTS,
                        schema: SchemaGenerator::subschema_for::<$group>,
                    },)*
                ]
            }
        }

        impl Serialize for Act {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(act) => act.serialize(serializer),)*
                    // What derive made: the acts that belong to no group.
                    plain => Self::serialize(plain, serializer),
                }
            }
        }

        impl<'de> Deserialize<'de> for Act {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let act = serde_json::Value::deserialize(deserializer)?;
                let name = act.get("act").and_then(serde_json::Value::as_str).unwrap_or_default();
                $(if <$group>::VARIANTS.contains(&name) {
                    return serde_json::from_value(act).map(Self::$variant).map_err(Error::custom);
                })*
                let fields = act.as_object().map_or(0, serde_json::Map::len);
                let plain = Self::deserialize(act).map_err(Error::custom)?;
                // An act without fields takes none; derived code lets any pass.
                if matches!(plain, Self::Tick) && fields > 1 {
                    return Err(Error::custom("`tick` has no fields; give none"));
                }
                Ok(plain)
            }
        }
    };
}
groups! {
    Organisation(OrganisationAct) "Sites, units and people";
    Meetings(MeetingsAct) "Bodies and their meetings";
    Lanes(LanesAct) "Sign-off lanes";
    Intake(IntakeAct) "Intake";
    Exceptions(ExceptionsAct) "Exceptions";
    Vendors(VendorsAct) "Vendors, contracts and documents";
    ChangeRequests(ChangeRequestsAct) "Change requests";
    Incidents(IncidentsAct) "Incidents";
    Hazards(HazardsAct) "Hazards";
    Agents(AgentsAct) "Agents";
    Reviews(ReviewsAct) "Reviews by raters";
    Holds(HoldsAct) "Legal holds";
    DecisionRights(DecisionRightsAct) "Decision rights";
}
