//! `apply`: one event folded into the record. It makes no choices; an event that does not fit is a
//! named error.

use crate::lifecycle::{Stage, TransitionError};
use crate::{
    Case, CaseId, Change, Decision, DecisionId, Effect, Event, Mark, Record, UseCase, UseCaseId,
};
use std::sync::Arc;
use thiserror::Error;

/// An event that does not fit the record it is applied to: the stored log is not what this program
/// wrote.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("event {seq} does not fit the record before it: {fault}; verify the log")]
pub struct Inconsistency {
    seq: u64,
    fault: String,
}

/// What is wrong with an event.
pub(crate) struct Fault(pub(crate) String);

impl From<TransitionError> for Fault {
    fn from(error: TransitionError) -> Self {
        Self(error.to_string())
    }
}

/// Folds one event into the record.
///
/// # Errors
/// When the event is not the next one, or speaks of something that the record does not have. The
/// record may then be half changed and must be thrown away.
pub fn apply(record: &mut Record, event: &Event) -> Result<(), Inconsistency> {
    let inconsistent = |fault: String| Inconsistency { seq: event.seq, fault };
    if event.seq != record.next_seq {
        return Err(inconsistent(format!("event {} is due", record.next_seq)));
    }
    if record.last_at.is_some_and(|last| event.at < last) {
        return Err(inconsistent("it lies before the last one".to_owned()));
    }
    change(record, event).map_err(|Fault(fault)| inconsistent(fault))?;
    crate::index::note(record, &event.change);
    record.next_seq += 1;
    record.last_at = Some(event.at);
    let command = Mark::of_command(&event.command);
    record.commands.note(command, || {
        let (actor, act) = (Mark::of_actor(&event.actor), Mark::of(&event.act));
        Effect { actor, act, first_seq: event.seq, events: 1 }
    });
    Ok(())
}

fn change(record: &mut Record, event: &Event) -> Result<(), Fault> {
    match &event.change {
        Change::Founded(founding) => {
            for person in &founding.people {
                record.people.insert(person.id.clone(), person.clone());
            }
            record.founding = Some(founding.clone());
        }
        Change::PersonAdded(person) => {
            record.people.insert(person.id.clone(), person.clone());
        }
        Change::PersonLeft { person } => {
            let person = record.people.get_mut(person).ok_or_else(|| unknown(person))?;
            person.left_at = Some(event.at);
            let id = person.id.clone();
            crate::meetings::vacate(record, &id);
        }
        Change::BodyChartered(body) => {
            record.bodies.insert(body.id.clone(), body.clone());
        }
        Change::TierPolicyAdopted(policy) => record.tier_policy = Some(policy.clone()),
        Change::StandardAdopted(standard) => {
            record.standards.insert(standard.id.clone(), standard.clone());
        }
        Change::SystemRegistered(system) => {
            record.systems.insert(system.id, system.clone());
        }
        Change::VersionRegistered { system, version } => {
            let system = record.systems.get_mut(system).ok_or_else(|| unknown(system))?;
            system.versions.insert(version.label.clone(), version.clone());
        }
        Change::EvidenceRecorded(evidence) => {
            record.evidence.share(evidence.id, Arc::clone(evidence));
        }
        Change::Attested(word) => record.attestations.push(word.clone()),
        Change::Observed(observation) => {
            record.observations.update(observation.use_case, |months| {
                months.share(observation.month, Arc::clone(observation));
            });
        }
        Change::Organisation(change) => return crate::organisation::apply(record, event, change),
        Change::Meetings(change) => return crate::meetings::apply(record, event, change),
        Change::Lanes(change) => return crate::lanes::apply(record, event, change),
        Change::Intake(change) => return crate::intake::apply(record, event, change),
        Change::Exceptions(change) => return crate::exceptions::apply(record, event, change),
        Change::Vendors(change) => return crate::vendors::apply(record, event, change),
        Change::ChangeRequests(change) => {
            return crate::change_requests::apply(record, event, change);
        }
        Change::Incidents(change) => return crate::incidents::apply(record, event, change),
        Change::Hazards(change) => return crate::hazards::apply(record, event, change),
        Change::Agents(change) => return crate::agents::apply(record, event, change),
        Change::Reviews(change) => return crate::reviews::apply(record, event, change),
        Change::Holds(change) => return crate::holds::apply(record, event, change),
        Change::DecisionRights(change) => {
            return crate::decision_rights::apply(record, event, change);
        }
        _ => return change_use_case(record, event),
    }
    Ok(())
}

fn change_use_case(record: &mut Record, event: &Event) -> Result<(), Fault> {
    match &event.change {
        Change::UseCaseProposed { use_case, proposal } => {
            let submitter = event.actor.person().ok_or_else(|| unknown(&event.actor))?;
            let proposed = UseCase {
                id: *use_case,
                proposal: proposal.clone(),
                submitter: submitter.clone(),
                owners: None,
                facts: crate::Facts::new(),
                plan: None,
                stage: Stage::Proposed,
            };
            record.use_cases.insert(*use_case, proposed);
        }
        Change::OwnersAssigned { use_case, owners } => {
            let use_case = use_case_mut(record, *use_case)?;
            use_case.owners = Some(owners.clone());
            if let Stage::Live(live) | Stage::Suspended { live, .. } = &mut use_case.stage {
                live.owners = owners.clone();
            }
        }
        Change::FactsStated { use_case, facts, tier } => {
            use_case_mut(record, *use_case)?.facts = facts.clone();
            step(record, *use_case, |stage| stage.triage(tier.clone(), event.at))?;
        }
        Change::ValidationBegun { use_case, standard } => {
            step(record, *use_case, |stage| stage.begin_validation(standard.clone()))?;
            crate::lanes::open(record, *use_case, event.at)?;
        }
        Change::PilotBegun { use_case, deployment } => {
            step(record, *use_case, |stage| stage.begin_pilot(deployment.clone(), event.at))?;
        }
        Change::PlanAdopted { use_case, plan } => {
            // What is live is watched as it was approved until the next approval.
            use_case_mut(record, *use_case)?.plan = Some((**plan).clone());
        }
        Change::WentLive { use_case, live } => {
            crate::change_requests::went_live(record, *use_case, live, event.at)?;
            step(record, *use_case, |stage| stage.go_live((**live).clone()))?;
        }
        Change::SentBack { use_case, .. } => step(record, *use_case, Stage::send_back)?,
        Change::Suspended { use_case, suspension } => {
            step(record, *use_case, |stage| stage.suspend(suspension.clone()))?;
        }
        Change::Resumed { use_case, path } => {
            step(record, *use_case, |stage| stage.resume(path.clone(), event.at))?;
        }
        Change::Retired { use_case, retirement } => {
            step(record, *use_case, |stage| stage.retire(retirement.clone()))?;
        }
        _ => return change_decision(record, event),
    }
    Ok(())
}

fn change_decision(record: &mut Record, event: &Event) -> Result<(), Fault> {
    match &event.change {
        Change::MotionOpened(decision) => {
            record.decisions.share(decision.id, Arc::clone(decision));
        }
        Change::Recused { decision, reason } => {
            let person = event.actor.person().ok_or_else(|| unknown(&event.actor))?;
            let decision = decision_mut(record, *decision)?;
            decision.recusals.insert(person.clone(), reason.clone());
        }
        Change::VoteCast { decision, vote } => {
            let person = event.actor.person().ok_or_else(|| unknown(&event.actor))?;
            decision_mut(record, *decision)?.votes.insert(person.clone(), vote.clone());
        }
        Change::DecisionCarried { decision, carried } => {
            decision_mut(record, *decision)?.carried = Some(carried.clone());
        }
        Change::MotionEnded { decision, ended } => {
            decision_mut(record, *decision)?.ended = Some(ended.clone());
        }
        Change::ConditionMet { decision, condition, proof } => {
            let place = condition.checked_sub(1).ok_or_else(|| unknown(condition))?;
            let decision = decision_mut(record, *decision)?;
            let condition =
                decision.motion.conditions.get_mut(place).ok_or_else(|| unknown(condition))?;
            condition.proof = Some(proof.clone());
        }
        Change::CaseOpened(case) => {
            record.cases.insert(case.id, case.clone());
        }
        Change::SignalRaised { case, signal } => {
            case_mut(record, *case)?.signals.push(signal.clone());
        }
        Change::CaseEscalated { case, escalated } => {
            case_mut(record, *case)?.escalations.push(escalated.clone());
        }
        Change::CaseClosed { case, closed } => {
            case_mut(record, *case)?.closed = Some(closed.clone());
        }
        other => return Err(Fault(format!("no rule folds {other:?}"))),
    }
    Ok(())
}

fn step(
    record: &mut Record,
    use_case: UseCaseId,
    transition: impl FnOnce(Stage) -> Result<Stage, TransitionError>,
) -> Result<(), Fault> {
    let use_case = use_case_mut(record, use_case)?;
    let stage = std::mem::replace(&mut use_case.stage, Stage::Proposed);
    use_case.stage = transition(stage)?;
    Ok(())
}

pub(crate) fn use_case_mut(record: &mut Record, id: UseCaseId) -> Result<&mut UseCase, Fault> {
    record.use_cases.get_mut(&id).ok_or_else(|| unknown(id))
}

pub(crate) fn decision_mut(record: &mut Record, id: DecisionId) -> Result<&mut Decision, Fault> {
    record.decisions.get_mut(&id).ok_or_else(|| unknown(id))
}

pub(crate) fn case_mut(record: &mut Record, id: CaseId) -> Result<&mut Case, Fault> {
    record.cases.get_mut(&id).ok_or_else(|| unknown(id))
}

pub(crate) fn unknown(id: impl std::fmt::Display) -> Fault {
    Fault(format!("it speaks of `{id}`, which the record does not have"))
}
