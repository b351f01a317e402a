//! The record: the state that the events fold to. Every screen, report, gate answer and task is a
//! function of it.

use crate::map::{List, Map};
use crate::{
    Act, Actor, Agents, AiSystem, Attestation, Body, BodyId, Case, CaseId, Cause, ChangeRequests,
    CommandId, Decision, DecisionId, DecisionRights, Effect, Effects, Evidence, EvidenceId,
    Exceptions, Facts, Founding, Hazards, Holds, Incidents, Index, Intake, Lanes, Mark, Meetings,
    MonitoringPlan, Month, Observation, Organisation, Owners, Person, PersonId, Proof, Proposal,
    Question, Refusal, Reviews, Stage, StandardId, SystemId, TierPolicy, UseCaseId,
    ValidationStandard, Vendors, WatchId,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// The state of governance: a fold over the events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Record {
    /// How the record began; none before the first event.
    pub founding: Option<Founding>,
    /// People, those who left too.
    pub people: Map<PersonId, Person>,
    /// Bodies.
    pub bodies: Map<BodyId, Body>,
    /// The tier policy in force.
    pub tier_policy: Option<TierPolicy>,
    /// The validation standards in force.
    pub standards: Map<StandardId, ValidationStandard>,
    /// AI systems.
    pub systems: Map<SystemId, AiSystem>,
    /// Use cases.
    pub use_cases: Map<UseCaseId, UseCase>,
    /// Evidence.
    pub evidence: Map<EvidenceId, Evidence>,
    /// Attestations, oldest first.
    pub attestations: List<Attestation>,
    /// Decisions, open ones too.
    pub decisions: Map<DecisionId, Decision>,
    /// Cases, closed ones too.
    pub cases: Map<CaseId, Case>,
    /// Observations by use case and month.
    pub observations: Map<UseCaseId, Map<Month, Observation>>,
    /// Sites, units, and what changes about people.
    pub organisation: Organisation,
    /// Meetings, written ballots, delegation and what changes about bodies.
    pub meetings: Meetings,
    /// Sign-off lanes, which run in parallel before a body decides.
    pub lanes: Lanes,
    /// Drafts of intake questionnaires, and the fast lane.
    pub intake: Intake,
    /// Exceptions: what is allowed for a time against the rule.
    pub exceptions: Exceptions,
    /// Vendors, their contracts and disclosures, and documents kept by hash.
    pub vendors: Vendors,
    /// Change requests: what an update of a live use case takes.
    pub change_requests: ChangeRequests,
    /// Incidents, their legal clocks and what is done about them.
    pub incidents: Incidents,
    /// The hazard log.
    pub hazards: Hazards,
    /// The agent register: what an agent may do, and how it is stopped.
    pub agents: Agents,
    /// Reviews of output by human raters.
    pub reviews: Reviews,
    /// Legal holds, and the erasure that they stop.
    pub holds: Holds,
    /// Decision rights, adopted by decision.
    pub decision_rights: DecisionRights,
    /// The events that each command caused, by [`Mark::of_command`] of its id.
    pub commands: Effects,
    /// The place of the next event.
    pub next_seq: u64,
    /// The time of the last event. Time never goes back in the record.
    pub last_at: Option<Timestamp>,
    /// What is looked up often; never stored.
    #[serde(skip)]
    pub(crate) index: Index,
}

/// What is governed: an AI system used for one purpose in one step of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UseCase {
    /// Its id.
    pub id: UseCaseId,
    /// What was proposed.
    pub proposal: Proposal,
    /// Who proposed it.
    pub submitter: PersonId,
    /// Who answers for it.
    pub owners: Option<Owners>,
    /// The facts that set its tier.
    pub facts: Facts,
    /// The newest plan of how to watch it. Once live it is watched as [`crate::Live::plan`] says,
    /// and a newer plan takes effect with the next approval.
    pub plan: Option<MonitoringPlan>,
    /// Where it stands.
    pub stage: Stage,
}

/// Why a person may not decide on a use case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// The person owns it.
    Owner,
    /// The person proposed it.
    Submitter,
    /// The person assessed it.
    Assessor,
    /// The person declared an interest in its vendor.
    Interest,
}

impl std::fmt::Display for Conflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Owner => "is an owner of it",
            Self::Submitter => "proposed it",
            Self::Assessor => "assessed it",
            Self::Interest => "declared an interest in its vendor",
        })
    }
}

/// Hashes what is written to it.
struct HashWriter(Sha256);

impl std::io::Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut record = Self::deserialize(deserializer)?;
        record.reindex();
        Ok(record)
    }
}

impl Record {
    /// SHA-256 of the whole state in canonical JSON, in hexadecimal. Two records with the same hash
    /// are the same.
    ///
    /// # Errors
    /// Never for a record made by [`crate::apply`]; a number that JSON cannot hold would be one.
    pub fn state_hash(&self) -> Result<String, serde_json::Error> {
        Ok(hex::encode(self.state_digest()?))
    }

    /// [`Record::state_hash`] as bytes.
    ///
    /// # Errors
    /// As [`Record::state_hash`].
    pub fn state_digest(&self) -> Result<[u8; 32], serde_json::Error> {
        // Every map is ordered and every struct writes its fields in one order, so the bytes are
        // canonical. They go straight into the hash: a large record would not fit twice.
        let mut hash = std::io::BufWriter::with_capacity(1 << 16, HashWriter(Sha256::new()));
        serde_json::to_writer(&mut hash, self)?;
        let HashWriter(hash) =
            hash.into_inner().map_err(|error| serde_json::Error::io(error.into_error()))?;
        Ok(hash.finalize().into())
    }

    /// The effect of a command that repeats one that had an effect; none for a new command
    /// (invariant R2).
    ///
    /// # Errors
    /// When the id was used by another actor or for another act.
    pub fn repeats(
        &self,
        id: &CommandId,
        actor: &Actor,
        act: &Act,
    ) -> Result<Option<&Effect>, Refusal> {
        let Some(effect) = self.commands.get(&Mark::of_command(id)) else { return Ok(None) };
        if effect.actor == Mark::of_actor(actor) && effect.act == Mark::of(&act.digest()?) {
            return Ok(Some(effect));
        }
        Err(Refusal::CommandIdTaken(id.clone()))
    }

    /// True when `actor` gave the command with this id before.
    #[must_use]
    pub fn gave(&self, id: &CommandId, actor: &Actor) -> bool {
        let effect = self.commands.get(&Mark::of_command(id));
        effect.is_some_and(|effect| effect.actor == Mark::of_actor(actor))
    }

    /// The person who acts, when it is a person on record.
    #[must_use]
    pub fn acting(&self, actor: &Actor) -> Option<&Person> {
        self.people.get(actor.person()?)
    }

    /// The use case that a question is about, if it is about one and that is on record.
    #[must_use]
    pub fn subject(&self, question: &Question) -> Option<&UseCase> {
        let id = match question {
            Question::Approve { use_case } | Question::Resume { use_case } => *use_case,
            Question::Case { case } => self.cases.get(case)?.use_case,
            Question::Exception { exception } => self.exceptions.all.get(exception)?.use_case,
            Question::Pack { .. } => return None,
        };
        self.use_cases.get(&id)
    }

    /// The open decision on a question; there is one at most.
    #[must_use]
    pub fn open_motion(&self, question: &Question) -> Option<&Decision> {
        self.open_decisions().find(|decision| decision.motion.question == *question)
    }

    /// Why `person` may not decide on `use_case` (invariant G2); none when the person may.
    ///
    /// Giving one's word on a requirement makes nobody an assessor: those who do are the owners,
    /// who are in conflict anyway. The assessor is who computed the evidence and with it the
    /// verdict.
    #[must_use]
    pub fn conflict(&self, person: &PersonId, use_case: &UseCase) -> Option<Conflict> {
        if use_case.owners.as_ref().is_some_and(|owners| owners.include(person)) {
            return Some(Conflict::Owner);
        }
        if use_case.submitter == *person {
            return Some(Conflict::Submitter);
        }
        if self.evidence_of(use_case.id).any(|evidence| evidence.assessor == *person) {
            return Some(Conflict::Assessor);
        }
        let vendor = &self.systems.get(&use_case.proposal.system)?.vendor;
        let interested = self.people.get(person)?.interests.contains(vendor);
        interested.then_some(Conflict::Interest)
    }

    /// Why `person` may not take part in a decision: for its use case, or because the person asked
    /// for the very exception or change that it is about. None when the person may.
    #[must_use]
    pub fn conflict_in(&self, person: &PersonId, decision: &Decision) -> Option<Conflict> {
        let use_case = self.use_cases.get(&decision.use_case?)?;
        let asked = || match decision.motion.question {
            Question::Exception { exception } => {
                let exception = self.exceptions.all.get(&exception)?;
                let asked = exception.asked.as_ref().is_some_and(|asked| asked.by == *person);
                let owns = (exception.owner == *person).then_some(Conflict::Owner);
                owns.or(asked.then_some(Conflict::Submitter))
            }
            Question::Approve { use_case } => {
                let change = self.change_to_approve(use_case)?;
                (change.requested_by == *person).then_some(Conflict::Submitter)
            }
            Question::Case { .. } | Question::Resume { .. } | Question::Pack { .. } => None,
        };
        self.conflict(person, use_case).or_else(asked)
    }

    /// The newest evidence on a version of a use case.
    #[must_use]
    pub fn latest_evidence(&self, use_case: UseCaseId, version: &str) -> Option<&Evidence> {
        let mut newest_first = self.evidence_of(use_case).rev();
        // Numbers from no rows are no evidence; what was assessed has none to begin with.
        newest_first.find(|evidence| {
            evidence.version == version && (evidence.n > 0 || !evidence.is_computed())
        })
    }

    /// The newest evidence on a version of a use case, when that shows the standard met at `now`,
    /// but for requirements from which an exception is in force.
    #[must_use]
    pub fn met_evidence(
        &self,
        use_case: UseCaseId,
        version: &str,
        now: Timestamp,
    ) -> Option<&Evidence> {
        let newest = self.latest_evidence(use_case, version);
        newest.filter(|evidence| self.shows_enough(evidence, now))
    }

    /// The attestations on a version of a use case that hold at `now`.
    pub fn attested<'a>(
        &'a self,
        use_case: UseCaseId,
        version: &'a str,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a Attestation> {
        let words = self.attestations_of(use_case);
        words.filter(move |word| word.version == version && word.valid_until > now)
    }

    /// Until when the word of others holds on which the verdict of `evidence` rests: the first of
    /// the attested requirements to run out, each as long as the longest word given on it. Without
    /// such requirements, for ever.
    #[must_use]
    pub fn attested_until(&self, evidence: &Evidence, standard: &ValidationStandard) -> Timestamp {
        let asked = standard.requirements.iter();
        let asked = asked.filter(|it| matches!(it.proof, Proof::Attested { .. }));
        let asked = asked.filter(|it| evidence.rests_on(&it.id));
        let until = asked.map(|requirement| {
            let words = self.attestations_of(evidence.use_case).filter(|word| {
                word.version == evidence.version && word.requirement == requirement.id
            });
            words.map(|word| word.valid_until).max().unwrap_or(Timestamp::MIN)
        });
        until.min().unwrap_or(Timestamp::MAX)
    }

    /// True for a person on record who has not left.
    #[must_use]
    pub fn works_here(&self, person: &PersonId) -> bool {
        self.people.get(person).is_some_and(|person| person.left_at.is_none())
    }

    /// The body that decides on a use case: the one it acts under, or else the first with the right
    /// to. Before its tier is known, the first of all.
    #[must_use]
    pub fn deciding_body(&self, use_case: &UseCase) -> Option<&Body> {
        if let Some(live) = use_case.stage.live() {
            return self.bodies.get(&live.path.body);
        }
        let Some(tier) = use_case.stage.tier() else { return self.bodies.values().next() };
        self.bodies.values().find(|body| body.rule(tier.tier).is_some())
    }

    /// A body and those above it, upwards.
    pub fn lineage(&self, body: &BodyId) -> impl Iterator<Item = &Body> {
        let up = |body: &&Body| self.bodies.get(body.parent.as_ref()?);
        // No body is above itself; were the log wrong, counting would still end.
        std::iter::successors(self.bodies.get(body), up).take(self.bodies.len())
    }

    /// The standard that a use case has to meet at `now`: the one against which its validation
    /// began, unless its tier was raised since.
    #[must_use]
    pub fn standard_of(&self, use_case: &UseCase, now: Timestamp) -> Option<&ValidationStandard> {
        let begun = use_case.stage.standard().and_then(|id| self.standards.get(id));
        let raised = |begun: &&ValidationStandard| {
            self.duty_tier(use_case, now).is_some_and(|tier| tier > begun.tier)
        };
        match begun.filter(|begun| !raised(begun)) {
            Some(begun) => Some(begun),
            None => self.standard_for(use_case, now),
        }
    }

    /// The standard for the tier and AI type of a use case.
    #[must_use]
    pub fn standard_for(&self, use_case: &UseCase, now: Timestamp) -> Option<&ValidationStandard> {
        let tier = self.duty_tier(use_case, now)?;
        let ai_type = self.systems.get(&use_case.proposal.system)?.ai_type;
        let mut standards = self.standards.values();
        standards.find(|standard| standard.tier == tier && standard.ai_type == ai_type)
    }

    /// Open cases of a use case.
    pub fn open_cases(&self, use_case: UseCaseId) -> impl Iterator<Item = &Case> {
        self.cases_of(use_case).filter(|case| case.is_open())
    }

    /// The first month that the detectors of a watch count: the month of going live, or the one
    /// after the last whose outcomes were all known at the last decision on a case of that watch.
    /// What is not observed yet always counts. Other cases leave the detectors what they know.
    #[must_use]
    pub fn watched_since(&self, use_case: &UseCase, watch: &WatchId) -> Option<Month> {
        let live = use_case.stage.live()?;
        let of_watch = self
            .cases_of(use_case.id)
            .filter(|case| matches!(&case.cause, Cause::Signal { watch: about } if about == watch));
        let decided = of_watch.filter_map(|case| Some(case.closed.as_ref()?.at)).max();
        let next = self.next_month(use_case)?;
        let mut since = Month::of(live.since);
        while since < next && decided.is_some_and(|at| live.plan.matures(since) <= at) {
            since = since.next();
        }
        Some(since)
    }

    /// The next month to observe, once it is mature: where periods are longer, the first of one.
    #[must_use]
    pub fn next_month(&self, use_case: &UseCase) -> Option<Month> {
        let live = use_case.stage.live()?;
        let last = self.observations.get(&use_case.id).and_then(|months| months.last_key_value());
        Some(last.map_or(Month::of(live.since), |(_, last)| last.next_month()))
    }

    /// What a use case lacks, beside the five fields, before it may go live, stay so or be resumed.
    #[must_use]
    pub fn lacks(&self, use_case: &UseCase, now: Timestamp) -> Vec<String> {
        let parts = [
            crate::organisation::missing,
            crate::meetings::missing,
            crate::lanes::missing,
            crate::intake::missing,
            crate::exceptions::missing,
            crate::vendors::missing,
            crate::change_requests::missing,
            crate::incidents::missing,
            crate::hazards::missing,
            crate::agents::missing,
            crate::reviews::missing,
            crate::holds::missing,
            crate::decision_rights::missing,
        ];
        parts.into_iter().flat_map(|missing| missing(self, use_case, now)).collect()
    }
}
