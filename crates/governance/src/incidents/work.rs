//! What waits about incidents, and what a tick brings before a chair.

use super::IncidentsChange;
use super::state::{ClockEscalated, Incident};
use crate::decide::Deciding;
use crate::{Body, Change, IncidentId, Record, Task, UseCase, Waiting, days_after};
use jiff::Timestamp;

/// Who looks into incidents.
const ASSESSORS: &str = "patient-safety-officer";
/// Who answers for legal clocks.
const REPORTERS: &str = "compliance-officer";

/// What waits about incidents, their legal clocks and what is done about them.
pub(crate) fn tasks(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    for incident in record.incidents.incidents.values() {
        tasks_of(record, incident, now, tasks);
    }
}

/// What waits about incidents, each task with the incident that it is about.
#[must_use]
pub fn incident_tasks(record: &Record, now: Timestamp) -> Vec<(IncidentId, Task)> {
    let of = |incident: &Incident| {
        let mut tasks = Vec::new();
        tasks_of(record, incident, now, &mut tasks);
        let id = incident.id;
        tasks.into_iter().map(move |task| (id, task))
    };
    record.incidents.incidents.values().flat_map(of).collect()
}

fn tasks_of(record: &Record, incident: &Incident, now: Timestamp, tasks: &mut Vec<Task>) {
    if incident.is_open() {
        assessing(record, incident, now, tasks);
        clocks(record, incident, now, tasks);
        actions(record, incident, now, tasks);
        closing(record, incident, now, tasks);
    }
    checks(record, incident, now, tasks);
}

fn task(incident: &Incident, who: Waiting, what: String, due: Option<Timestamp>) -> Task {
    Task {
        who,
        what,
        use_case: incident.use_case(),
        case: None,
        decision: None,
        due,
        overdue: false,
    }
}

/// An incident is assessed within a day: legal clocks may be running without anybody knowing.
fn assessing(record: &Record, incident: &Incident, now: Timestamp, tasks: &mut Vec<Task>) {
    if incident.assessment.is_some() {
        return;
    }
    let due = days_after(incident.reported_at, 1);
    for who in keepers(record, incident, ASSESSORS) {
        let what = format!("Assess {}: {}", incident.id, incident.report.what);
        tasks.push(Task { overdue: due <= now, ..task(incident, who, what, Some(due)) });
    }
}

fn clocks(record: &Record, incident: &Incident, now: Timestamp, tasks: &mut Vec<Task>) {
    for (place, clock) in (1..).zip(&incident.clocks).filter(|(_, clock)| clock.runs()) {
        let (rule, due) = (&clock.rule, clock.due);
        let checked = if rule.verified { "" } else { "; unverified, ask counsel" };
        let what = format!(
            "Meet clock {place} of {}: {} ({}, to {}{checked})",
            incident.id, rule.title, rule.length, rule.to
        );
        let mut who = keepers(record, incident, REPORTERS);
        let chair = clock.escalated.as_ref().and_then(|it| it.body.clone()).map(Waiting::Body);
        who.extend(chair.filter(|chair| !who.contains(chair)));
        for who in who {
            let task = task(incident, who, what.clone(), Some(due));
            tasks.push(Task { overdue: due <= now, ..task });
        }
    }
}

fn actions(record: &Record, incident: &Incident, now: Timestamp, tasks: &mut Vec<Task>) {
    let to_do = (1..).zip(&incident.actions).filter(|(_, it)| it.proof.is_none());
    for (place, action) in to_do.filter(|(place, _)| !incident.is_replaced(*place)) {
        let (id, what) = (incident.id, &action.what);
        let owner = Some(&action.owner).filter(|owner| record.works_here(owner));
        let (who, what) = match owner {
            Some(owner) => {
                let what = format!("Do action {place} of {id}: {what}");
                (vec![Waiting::Person(owner.clone())], what)
            }
            None => {
                let what = format!("Plan what replaces action {place} of {id}, as its owner left");
                (keepers(record, incident, ASSESSORS), what)
            }
        };
        for who in who {
            let task = task(incident, who, what.clone(), Some(action.due));
            tasks.push(Task { overdue: action.due <= now, ..task });
        }
    }
    for place in incident.unreplaced() {
        for who in keepers(record, incident, ASSESSORS) {
            let what = format!("Plan what replaces action {place} of {}", incident.id);
            tasks.push(task(incident, who, what, None));
        }
    }
}

/// Checks outlive the closing of an incident.
fn checks(record: &Record, incident: &Incident, now: Timestamp, tasks: &mut Vec<Task>) {
    let done = |it: &super::IncidentAction| it.proof.is_some() && it.checked.is_none();
    for (place, action) in (1..).zip(&incident.actions).filter(|(_, it)| done(it)) {
        // Nobody checks their own action.
        let mut others = keepers(record, incident, ASSESSORS);
        others.retain(|who| *who != Waiting::Person(action.owner.clone()));
        if others.is_empty() {
            others.extend(deciding(record, incident).map(|body| Waiting::Body(body.id.clone())));
        }
        for who in others {
            let what = format!("Check action {place} of {}: {}", incident.id, action.check);
            let task = task(incident, who, what, Some(action.check_at));
            tasks.push(Task { overdue: action.check_at <= now, ..task });
        }
    }
}

fn closing(record: &Record, incident: &Incident, now: Timestamp, tasks: &mut Vec<Task>) {
    let unfinished = incident.unfinished(now);
    let what = match unfinished.as_slice() {
        [] => format!("Close {}", incident.id),
        [only] if only.starts_with("no cause") => {
            format!("Record the cause of {}", incident.id)
        }
        _ => return,
    };
    for who in keepers(record, incident, ASSESSORS) {
        tasks.push(task(incident, who, what.clone(), None));
    }
}

/// Who keeps an incident going: the people with the role, else the body that decides on the use
/// case, else any body, else who reported it.
fn keepers(record: &Record, incident: &Incident, role: &str) -> Vec<Waiting> {
    let here = record.people.values().filter(|it| it.left_at.is_none() && it.roles.contains(role));
    let here: Vec<_> = here.map(|person| Waiting::Person(person.id.clone())).collect();
    if !here.is_empty() {
        return here;
    }
    let body = deciding(record, incident).map(|body| Waiting::Body(body.id.clone()));
    vec![body.unwrap_or_else(|| Waiting::Person(incident.reporter.clone()))]
}

/// What a use case lacks before it may go live, stay so or be resumed: reports on its incidents
/// that the law wanted by now.
pub(crate) fn missing(record: &Record, use_case: &UseCase, now: Timestamp) -> Vec<String> {
    let of_it = |it: &&Incident| it.is_open() && it.use_case() == Some(use_case.id);
    let incidents = record.incidents.incidents.values().filter(of_it);
    let late = incidents.filter(|it| it.clocks.iter().any(|it| it.runs() && it.due <= now));
    late.map(|it| format!("a legal clock of {} ran out; send the report", it.id)).collect()
}

fn deciding<'a>(record: &'a Record, incident: &Incident) -> Option<&'a Body> {
    let use_case = incident.use_case().and_then(|id| record.use_cases.get(&id));
    let of_use_case = use_case.and_then(|use_case| record.deciding_body(use_case));
    of_use_case.or_else(|| record.bodies.values().next())
}

impl Deciding<'_> {
    /// Clocks that ran out are brought before the chair, once.
    pub(crate) fn escalate_clocks(&self) -> Vec<Change> {
        let at = self.command.at;
        let mut changes = Vec::new();
        for incident in self.record.incidents.incidents.values().filter(|it| it.is_open()) {
            for (place, clock) in (1..).zip(&incident.clocks) {
                if !clock.runs() || clock.due > at || clock.escalated.is_some() {
                    continue;
                }
                let body = deciding(self.record, incident);
                let chair = body.and_then(|body| body.chair_at(at)).cloned();
                let person = chair.filter(|chair| self.record.works_here(chair));
                let body = body.map(|body| body.id.clone());
                changes.push(Change::Incidents(IncidentsChange::ClockEscalated {
                    incident: incident.id,
                    clock: place,
                    escalated: ClockEscalated { body, person, at },
                }));
            }
        }
        changes
    }
}
