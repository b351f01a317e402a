//! `decide`: a command becomes events, or a refusal. Who may act was answered before
//! ([`crate::Authority`]).

mod effects;
mod motion;
mod organisation;
mod use_case;
mod validation;
mod voting;
mod watch;

use crate::map::Ordered;
use crate::{
    Act, Bound, Case, CaseId, Change, Command, Decision, DecisionId, Event, Evidence, PartRefusal,
    Person, PersonId, Record, Refusal, UseCase, UseCaseId,
};
use statistics::Estimate;

pub(crate) use organisation::sound_charter;
pub(crate) use voting::{quorate, wins};

/// How the command ids of services begin, and those of persons must not.
const RESERVED: &str = "primum-";

/// Decides what a command changes.
///
/// A repeat of a command that had an effect changes nothing and gives no events (invariant R2).
///
/// # Errors
/// A refusal, in words that a person can act on. Nothing of a refused command is kept.
pub fn decide(record: &Record, command: &Command) -> Result<Vec<Event>, Refusal> {
    // A person could else take the id that a service is about to use, and so silence it.
    if command.actor.person().is_some() && command.id.as_str().starts_with(RESERVED) {
        return Err(Refusal::CommandIdReserved(command.id.clone()));
    }
    if record.repeats(&command.id, &command.actor, &command.act)?.is_some() {
        return Ok(Vec::new());
    }
    if record.last_at.is_some_and(|last| command.at < last) {
        return Err(Refusal::TimeWentBack);
    }
    let changes = Deciding { record, command }.changes()?;
    let act = command.act.digest()?;
    let events = changes.into_iter().zip(record.next_seq..).map(|(change, seq)| Event {
        seq,
        at: command.at,
        actor: command.actor.clone(),
        command: command.id.clone(),
        act: act.clone(),
        authority: command.authority.clone(),
        change,
    });
    Ok(events.collect())
}

/// A command in front of the record.
pub(crate) struct Deciding<'a> {
    pub(crate) record: &'a Record,
    pub(crate) command: &'a Command,
}

/// What an act changes, or why not.
pub(crate) type Decided = Result<Vec<Change>, Refusal>;

impl Deciding<'_> {
    fn changes(&self) -> Decided {
        let act = &self.command.act;
        if let Act::Found(founding) = act {
            return self.found(founding);
        }
        if self.record.founding.is_none() {
            return Err(Refusal::NotFounded);
        }
        if let Some(person) = self.command.actor.person() {
            self.employed(person)?;
        }
        match act {
            Act::Found(_) => Err(Refusal::AlreadyFounded),
            Act::AddPerson(person) => self.add_person(person),
            Act::NoteDeparture { person } => self.note_departure(person),
            Act::CharterBody(body) => self.charter_body(body),
            Act::AdoptTierPolicy(policy) => self.adopt_tier_policy(policy),
            Act::AdoptStandard(standard) => self.adopt_standard(standard),
            Act::RegisterSystem { name, vendor, ai_type } => {
                self.register_system(name, vendor, *ai_type)
            }
            Act::RegisterVersion { system, version } => self.register_version(*system, version),
            Act::ProposeUseCase(proposal) => self.propose(proposal),
            Act::AssignOwners { use_case, owners } => self.assign_owners(*use_case, owners),
            Act::StateFacts { use_case, facts } => self.state_facts(*use_case, facts),
            Act::BeginValidation { use_case } => self.begin_validation(*use_case),
            Act::BeginPilot { use_case, deployment } => self.begin_pilot(*use_case, deployment),
            Act::RecordEvidence { .. } => self.record_evidence(),
            Act::Attest { .. } => self.attest(),
            Act::AdoptPlan { use_case, plan } => self.adopt_plan(*use_case, plan),
            Act::OpenMotion { body, motion } => self.open_motion(body, motion),
            Act::Recuse { decision, reason } => self.recuse(*decision, reason),
            Act::CastVote { decision, choice, reason } => {
                self.cast_vote(*decision, *choice, reason)
            }
            Act::CarryDecision { decision } => self.declare(*decision),
            Act::StopOnCase { .. } => self.stop_on_case(),
            Act::Suspend { use_case, reason } => self.suspend(*use_case, reason),
            Act::MeetCondition { decision, condition, proof } => {
                self.meet_condition(*decision, *condition, proof)
            }
            Act::RecordObservation(observed) => self.record_observation(observed),
            Act::ReportObservation(reported) => self.report_observation(reported),
            Act::ReportUnknownVersion { .. } => self.report_unknown_version(),
            Act::Tick => Ok(self.tick()),
            Act::Organisation(act) => self.organisation(act),
            Act::Meetings(act) => self.meetings(act),
            Act::Lanes(act) => self.lanes(act),
            Act::Intake(act) => self.intake(act),
            Act::Exceptions(act) => self.exceptions(act),
            Act::Vendors(act) => self.vendors(act),
            Act::ChangeRequests(act) => self.change_requests(act),
            Act::Incidents(act) => self.incidents(act),
            Act::Hazards(act) => self.hazards(act),
            Act::Agents(act) => self.agents(act),
            Act::Reviews(act) => self.reviews(act),
            Act::Holds(act) => self.holds(act),
            Act::DecisionRights(act) => self.decision_rights(act),
        }
    }

    /// The person who acts.
    pub(crate) fn person(&self) -> Result<&Person, Refusal> {
        self.record.acting(&self.command.actor).ok_or(Refusal::NotAPerson)
    }

    pub(crate) fn use_case(&self, id: UseCaseId) -> Result<&UseCase, Refusal> {
        find(&self.record.use_cases, &id, "use case")
    }

    pub(crate) fn decision(&self, id: DecisionId) -> Result<&Decision, Refusal> {
        find(&self.record.decisions, &id, "decision")
    }

    pub(crate) fn case(&self, id: CaseId) -> Result<&Case, Refusal> {
        find(&self.record.cases, &id, "case")
    }

    pub(crate) fn evidence(&self, id: crate::EvidenceId) -> Result<&Evidence, Refusal> {
        find(&self.record.evidence, &id, "evidence")
    }

    /// A person on record who works here.
    pub(crate) fn employed(&self, id: &PersonId) -> Result<&Person, Refusal> {
        let person = find(&self.record.people, id, "person")?;
        if person.left_at.is_some() {
            return Err(Refusal::Left(id.clone()));
        }
        Ok(person)
    }
}

pub(crate) fn find<'a, K: Ord + std::fmt::Display, V>(
    map: &'a impl Ordered<K, V>,
    id: &K,
    what: &'static str,
) -> Result<&'a V, Refusal> {
    map.value(id).ok_or_else(|| Refusal::Unknown { what, id: id.to_string() })
}

/// Refuses a text that says nothing.
pub(crate) fn say_something(what: &'static str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() { Err(Refusal::Empty(what)) } else { Ok(()) }
}

pub(crate) fn unsound(what: &'static str, because: impl Into<String>) -> Refusal {
    Refusal::Unsound { what, because: because.into() }
}

/// Refuses a pack that is in force already, and one that says something else under the id and
/// version of the one in force: whoever names a version means one text.
pub(crate) fn is_new<T: PartialEq>(
    what: &'static str,
    in_force: Option<&T>,
    given: &T,
    label: impl Fn(&T) -> String,
) -> Result<(), Refusal> {
    let label_given = label(given);
    match in_force.filter(|it| label(it) == label_given) {
        None => Ok(()),
        Some(same) if same == given => {
            Err(Refusal::Part(PartRefusal::InForce { what, label: label_given }))
        }
        Some(_) => Err(changed(what, &label_given)),
    }
}

/// The refusal of a text under a version that says something else.
pub(crate) fn changed(what: &'static str, label: &str) -> Refusal {
    unsound(what, format!("`{label}` on record says something else; give this one a new version"))
}

/// The first that occurs a second time.
pub(crate) fn repeated<T: Ord>(items: impl IntoIterator<Item = T>) -> Option<T> {
    let mut seen = std::collections::BTreeSet::new();
    for item in items {
        if seen.contains(&item) {
            return Some(item);
        }
        seen.insert(item);
    }
    None
}

/// Refuses a number that would not read back from the log: JSON has no infinity.
pub(crate) fn finite(
    what: &'static str,
    numbers: impl IntoIterator<Item = f64>,
) -> Result<(), Refusal> {
    let mut numbers = numbers.into_iter();
    if numbers.all(f64::is_finite) { Ok(()) } else { Err(Refusal::NotFinite(what)) }
}

fn finite_bound(bound: &Bound) -> Result<(), Refusal> {
    finite("a bound", bound.at_least.into_iter().chain(bound.at_most))
}

fn finite_estimates(estimates: &[Estimate]) -> Result<(), Refusal> {
    estimates.iter().try_for_each(|each| {
        let ends = [each.estimate, each.lower, each.upper, each.threshold];
        finite("an estimate", ends.into_iter().flatten().chain([each.level]))
    })
}

/// The number of the next id: one more than the highest.
pub(crate) fn next_number<K: Copy + Ord, V>(
    map: &impl Ordered<K, V>,
    number: impl Fn(K) -> u32,
) -> u32 {
    map.last().map_or(1, |id| number(*id).saturating_add(1))
}
