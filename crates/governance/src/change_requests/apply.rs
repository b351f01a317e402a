//! Folding what changed about change requests.

use super::{
    ApprovedEnvelope, Before, Candidate, ChangeRequest, ChangeRequestsChange, Settling,
    UseCaseChanges,
};
use crate::apply::{Fault, unknown, use_case_mut};
use crate::{ChangeRequestId, Deployment, Event, Live, Record, Stage, UseCaseId, Validation};
use jiff::Timestamp;

/// Folds a change into the record.
pub(crate) fn apply(
    record: &mut Record,
    event: &Event,
    change: &ChangeRequestsChange,
) -> Result<(), Fault> {
    match change {
        ChangeRequestsChange::ChangeMatrixAdopted(matrix) => {
            record.change_requests.matrix = Some(matrix.clone());
        }
        ChangeRequestsChange::EnvelopeDrafted { use_case, envelope } => {
            of(record, *use_case)?.drafted = Some(envelope.clone());
        }
        ChangeRequestsChange::ChangeRequested(request) => {
            of(record, request.use_case)?.open.insert(request.id);
            record.change_requests.requests.insert(request.id, (**request).clone());
        }
        ChangeRequestsChange::CandidateBegun { change, deployment } => {
            let (deployment, since) = (deployment.clone(), event.at);
            request(record, *change)?.candidate = Some(Candidate { deployment, since });
        }
        ChangeRequestsChange::CheckNoted { change, use_case, finding } => {
            request(record, *change)?.checks.insert(*use_case, Some(finding.clone()));
        }
        ChangeRequestsChange::ChangeSettled { change, settled } => {
            let request = request(record, *change)?;
            request.settled = Some(settled.clone());
            let (use_case, version) = (request.use_case, request.version.clone());
            let of = of(record, use_case)?;
            of.open.remove(change);
            match settled.how {
                Settling::Declined => of.declined.extend(version),
                Settling::Withdrawn => {}
                Settling::Noted | Settling::Validated | Settling::Approved => {
                    of.changed_at = Some(event.at);
                }
            }
        }
        ChangeRequestsChange::Revalidated { use_case, deployment, validation } => {
            let before = replace(record, *use_case, deployment, validation)?;
            if before.deployment.version != deployment.version {
                of(record, *use_case)?.before = Some(before);
            }
        }
        ChangeRequestsChange::RolledBack { use_case, deployment, validation, .. } => {
            let left = replace(record, *use_case, deployment, validation)?;
            let of = of(record, *use_case)?;
            of.before = None;
            of.declined.insert(left.deployment.version);
            of.changed_at = Some(event.at);
        }
    }
    Ok(())
}

/// A use case goes live, or its approval is renewed: the envelope that was drafted takes effect,
/// and what ran before is kept. To be called before it does.
pub(crate) fn went_live(
    record: &mut Record,
    id: UseCaseId,
    live: &Live,
    at: Timestamp,
) -> Result<(), Fault> {
    let before = use_case_mut(record, id)?.stage.live().map(|live| Before {
        deployment: live.deployment.clone(),
        validation: live.validation.clone(),
    });
    let before = before.filter(|it| it.deployment.version != live.deployment.version);
    let drafted = record.change_requests.of.get(&id).is_some_and(|of| of.drafted.is_some());
    if before.is_none() && !drafted {
        return Ok(());
    }
    let of = of(record, id)?;
    if before.is_some() {
        of.before = before;
    }
    if let Some(envelope) = of.drafted.take() {
        let decision = live.path.decision;
        of.envelope = Some(ApprovedEnvelope { envelope, decision, at });
    }
    Ok(())
}

/// Lets a live use case run something else; gives what it ran.
fn replace(
    record: &mut Record,
    id: UseCaseId,
    deployment: &Deployment,
    validation: &Validation,
) -> Result<Before, Fault> {
    match &mut use_case_mut(record, id)?.stage {
        Stage::Live(live) => Ok(Before {
            deployment: std::mem::replace(&mut live.deployment, deployment.clone()),
            validation: std::mem::replace(&mut live.validation, validation.clone()),
        }),
        other => Err(Fault(format!("a {other} use case runs nothing that could be replaced"))),
    }
}

fn request(record: &mut Record, id: ChangeRequestId) -> Result<&mut ChangeRequest, Fault> {
    record.change_requests.requests.get_mut(&id).ok_or_else(|| unknown(id))
}

fn of(record: &mut Record, id: UseCaseId) -> Result<&mut UseCaseChanges, Fault> {
    let of = &mut record.change_requests.of;
    of.update(id, |_| {});
    of.get_mut(&id).ok_or_else(|| unknown(id))
}
