//! What waits about change requests.

use super::{ChangeRequest, Route};
use crate::{PersonId, Record, Stage, Task, UseCase, UseCaseId};
use jiff::Timestamp;

/// What waits about change requests: what an update of a live use case takes.
pub(crate) fn tasks(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    for use_case in record.use_cases.values() {
        let Stage::Live(live) = &use_case.stage else { continue };
        let asked = |label: &str| {
            let mut open = record.open_changes(use_case.id);
            open.any(|request| request.version.as_deref() == Some(label))
        };
        let newer = record.newer_versions(use_case).filter(|version| version.released <= now);
        for version in newer.filter(|version| !asked(&version.label)) {
            let what = format!(
                "Request the change to version {}, which is out, or roll out the one after it",
                version.label
            );
            tasks.extend(task(record, use_case.id, &live.owners.technical, what, None, now));
        }
        if let Some(until) = record.heightened_until(use_case.id, now) {
            let tier = record.effective_tier(use_case, now).unwrap_or(live.tier.tier);
            let next = (tier.number() + 1).min(4);
            let what = format!("Watch it as closely as T{next}: it has changed");
            tasks.extend(task(record, use_case.id, &live.owners.business, what, Some(until), now));
        }
    }
    let of = record.change_requests.of.values();
    for id in of.flat_map(|of| &of.open) {
        if let Some(request) = record.change_requests.requests.get(id) {
            of_request(record, request, now, tasks);
        }
    }
}

fn of_request(record: &Record, request: &ChangeRequest, now: Timestamp, tasks: &mut Vec<Task>) {
    let live = |id: &UseCaseId| {
        record.use_cases.get(id).is_some_and(|it| matches!(it.stage, Stage::Live(_)))
    };
    if !live(&request.use_case) {
        return;
    }
    let unchecked = request.checks.iter().filter(|(id, finding)| finding.is_none() && live(id));
    for (id, _) in unchecked {
        let of = record.use_cases.get(id).and_then(|it| it.owners.as_ref());
        let what = format!("Check it after the {} of {}", request.kind, request.id);
        let owner = of.map_or(&request.owner, |owners| &owners.technical);
        tasks.extend(task(record, *id, owner, what, Some(request.due), now));
    }
    let step = match (request.route, &request.version, &request.candidate) {
        (Route::Note, ..) => "note what was done".to_owned(),
        (_, Some(version), None) => format!("run version {version} as a candidate"),
        (Route::Approval, ..) => "show the standard met, and put it to the body".to_owned(),
        (route, ..) => format!("finish {route} and close it"),
    };
    let what = format!("Settle {}, {}: {step}", request.id, request.kind.with_article());
    tasks.extend(task(record, request.use_case, &request.owner, what, Some(request.due), now));
}

fn task(
    record: &Record,
    use_case: UseCaseId,
    who: &PersonId,
    what: String,
    due: Option<Timestamp>,
    now: Timestamp,
) -> Option<Task> {
    let who = record.answers(record.use_cases.get(&use_case)?, who)?;
    let overdue = due.is_some_and(|due| due <= now);
    Some(Task { who, what, use_case: Some(use_case), case: None, decision: None, due, overdue })
}

/// What a use case lacks in this part before it may go live, stay so or be resumed; each says what
/// to do.
pub(crate) fn missing(record: &Record, use_case: &UseCase, _now: Timestamp) -> Vec<String> {
    let Some(request) = record.change_to_approve(use_case.id) else { return Vec::new() };
    let suspended = matches!(use_case.stage, Stage::Suspended { .. });
    match (&request.version, &request.candidate) {
        (Some(version), None) if !suspended => {
            vec![format!("{} waits for version {version}; run it as a candidate", request.id)]
        }
        _ => Vec::new(),
    }
}
