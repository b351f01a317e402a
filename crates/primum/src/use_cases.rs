//! `primum use-case …`: the inventory as a list, and one use case on a screen.

use crate::output::{Answer, Table, clipped, day, due, due_day, instant};
use crate::waiting::{TaskZones, who};
use anyhow::Result;
use gate::{PermitTable, Request, Verdict};
use governance::{
    Exception, FieldState, Incident, Record, Stage, Standing, Task, UseCase, Zone, work,
};
use jiff::Timestamp;
use serde_json::json;

/// A sentence about something open is cut off after this many characters.
const LONGEST: usize = 70;

/// Every use case with its tier, stage and fields, and whether it may act.
pub fn list(record: &Record, now: Timestamp) -> Result<Answer> {
    let mut table = Table::new(["id", "title", "tier", "stage", "fields", "gate"]);
    let mut rows = Vec::new();
    let gate = PermitTable::compile(record);
    for use_case in record.use_cases.values() {
        let standing = record.standing(use_case, now);
        let tier = use_case.stage.tier().map(|tier| tier.tier.to_string());
        let open = is_open(&gate, use_case, now);
        table.row([
            use_case.id.to_string(),
            use_case.proposal.title.clone(),
            tier.clone().unwrap_or_else(|| "-".to_owned()),
            use_case.stage.name().to_owned(),
            format!("{} of 5", standing.met()),
            if open { "open" } else { "closed" }.to_owned(),
        ]);
        rows.push(json!({
            "id": use_case.id, "title": use_case.proposal.title, "tier": tier,
            "stage": use_case.stage.name(), "standing": standing, "gate_open": open,
        }));
    }
    Answer::new(&rows, table.to_string())
}

/// True when what runs may act where it runs.
fn is_open(gate: &PermitTable, use_case: &UseCase, now: Timestamp) -> bool {
    let Some(deployment) = use_case.stage.deployment() else { return false };
    let request = Request {
        use_case: use_case.id,
        version: deployment.version.clone(),
        site: deployment.site.clone(),
        workflow: use_case.proposal.workflow.clone(),
    };
    gate.check(&request, now).verdict == Verdict::Permit
}

/// One use case: its five fields, the gate, what is open about it and what waits.
pub fn show(record: &Record, use_case: &UseCase, now: Timestamp) -> Result<Answer> {
    let zone = record.zone_of(Some(use_case.id));
    let standing = record.standing(use_case, now);
    let open = is_open(&PermitTable::compile(record), use_case, now);
    let closed_since = closed_since(use_case, &standing, now).filter(|_| !open);
    let mut text = format!(
        "{} {}\n{}\n\nStage: {}\n",
        use_case.id, use_case.proposal.title, use_case.proposal.intended_use, use_case.stage
    );
    if let Some(tier) = use_case.stage.tier() {
        text.push_str(&format!("Tier: {}, {}\n", tier.tier, tier.tier.title()));
    }
    text.push_str(&format!("Gate: {}\n\n", gate_in_words(open, closed_since, &standing)));
    text.push_str(&fields(&standing, &zone).to_string());
    let about = open_in_words(record, use_case, &zone, now);
    if !about.is_empty() {
        text.push_str(&format!("\n\nOpen\n  {}", about.join("\n  ")));
    }
    let mut tasks = work(record, now);
    tasks.retain(|task| task.use_case == Some(use_case.id));
    if !tasks.is_empty() {
        let waiting = waiting(&tasks, &TaskZones::of(record, now), now);
        text.push_str(&format!("\n\nWhat waits\n{waiting}"));
    }
    let value = json!({
        "use_case": use_case, "standing": standing, "gate_open": open,
        "gate_closed_since": closed_since,
        "cases": record.open_cases(use_case.id).collect::<Vec<_>>(),
        "incidents": incidents(record, use_case).collect::<Vec<_>>(),
        "exceptions": exceptions(record, use_case).collect::<Vec<_>>(),
        "change_requests": record.open_changes(use_case.id).collect::<Vec<_>>(),
        "drill_due": record.drill_due(use_case, now),
        "tasks": tasks,
    });
    Answer::new(&value, text)
}

/// Since when a use case may not act that once might have.
fn closed_since(use_case: &UseCase, standing: &Standing, now: Timestamp) -> Option<Timestamp> {
    match &use_case.stage {
        Stage::Suspended { suspension, .. } => Some(suspension.at),
        Stage::Retired { retirement } => Some(retirement.at),
        _ => standing.gate_closes_at.filter(|at| *at <= now),
    }
}

fn gate_in_words(open: bool, since: Option<Timestamp>, standing: &Standing) -> String {
    match (open, since, standing.gate_closes_at) {
        (true, _, None) => "open".to_owned(),
        (true, _, Some(at)) => {
            format!("open; out of policy, the gate closes at {} unless that is mended", instant(at))
        }
        (false, Some(since), _) => format!("closed since {}", instant(since)),
        (false, None, _) => "closed; nothing may act for it yet".to_owned(),
    }
}

fn fields(standing: &Standing, zone: &Zone) -> Table {
    let mut table = Table::new(["field", "state", "because"]);
    for field in &standing.fields {
        let state = match field.state {
            FieldState::Met => "met".to_owned(),
            FieldState::Missing => "missing".to_owned(),
            FieldState::Lapsed { since } => format!("lapsed {}", day(since, zone)),
        };
        table.row([field.kind.title().to_owned(), state, field.because.clone()]);
    }
    table
}

/// Open incidents of a use case.
fn incidents<'a>(record: &'a Record, use_case: &'a UseCase) -> impl Iterator<Item = &'a Incident> {
    let all = record.incidents.incidents.values();
    all.filter(|it| it.is_open() && it.use_case() == Some(use_case.id))
}

/// Exceptions that were not ended: asked for, in force or expired.
fn exceptions<'a>(
    record: &'a Record,
    use_case: &'a UseCase,
) -> impl Iterator<Item = &'a Exception> {
    record.exceptions_of(use_case.id).filter(|it| it.ended.is_none())
}

/// What is open about a use case, a line for each thing.
fn open_in_words(record: &Record, use_case: &UseCase, zone: &Zone, now: Timestamp) -> Vec<String> {
    let id = use_case.id;
    let cases = record.open_cases(id).map(|case| {
        let by = due(case.answer_by, zone, now);
        format!("{}, to be answered by {by}: {}", case.id, clipped(&case.action, LONGEST))
    });
    let decisions = record.decisions_of(id).filter(|it| it.is_open()).map(|decision| {
        format!("{}, before {}: {}", decision.id, decision.body, decision.motion.outcome)
    });
    let incidents = incidents(record, use_case).map(|incident| {
        let clock = next_clock(record, incident, now);
        let clock = clock.map(|by| format!(", next legal clock {by}")).unwrap_or_default();
        format!("{}{clock}: {}", incident.id, clipped(&incident.report.what, LONGEST))
    });
    let exceptions = exceptions(record, use_case)
        .map(|it| format!("{}, {}: {}", it.id, exception_state(it, zone, now), it.what));
    let changes = record.open_changes(id).map(|change| {
        let by = due(change.due, zone, now);
        let version = change.version.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
        format!("{}, to be settled by {by}: {}{version}", change.id, change.kind)
    });
    let drill = record.drill_due(use_case, now);
    let drill = drill.map(|at| format!("Stop drill, to be passed by {}", due(at, zone, now)));
    let all = cases.chain(decisions).chain(incidents).chain(exceptions).chain(changes);
    all.chain(drill).collect()
}

/// The last day of the first legal clock of an incident that runs out.
pub fn next_clock(record: &Record, incident: &Incident, now: Timestamp) -> Option<String> {
    let first = incident.clocks.iter().filter(|it| it.runs()).min_by_key(|it| it.due)?;
    // A clock keeps the zone in which it started.
    let zone = Zone::named(&first.time_zone);
    let zone = zone.unwrap_or_else(|| record.zone_of_incident(incident));
    Some(due(first.due, &zone, now))
}

/// Where an exception stands at `now`, in words.
pub fn exception_state(exception: &Exception, zone: &Zone, now: Timestamp) -> String {
    if let Some(ended) = &exception.ended {
        return format!("ended {}", day(ended.at, zone));
    }
    match exception.expires().map(|end| due_day(end, zone)) {
        Some(end) if exception.in_force(now) => format!("in force until {end}"),
        Some(end) => format!("expired, held until {end}"),
        None => "asked for".to_owned(),
    }
}

/// Tasks, each with all whom it waits for.
fn waiting(tasks: &[Task], zones: &TaskZones<'_>, now: Timestamp) -> Table {
    let mut rows: Vec<(Vec<String>, &Task)> = Vec::new();
    for task in tasks {
        match rows.iter_mut().find(|(_, it)| it.what == task.what && it.due == task.due) {
            Some((all, _)) => all.push(who(task)),
            None => rows.push((vec![who(task)], task)),
        }
    }
    let mut table = Table::new(["who", "what", "due"]);
    for (all, task) in rows {
        table.row([all.join(", "), task.what.clone(), zones.due(task, now)]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use governance::UseCaseId;
    use std::time::{Duration, Instant};

    /// A table of permits for each use case would take minutes here.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
    fn many_use_cases_are_listed_quickly() {
        const MANY: u32 = 4000;
        let mut record = Record::default();
        for number in 1..=MANY {
            let id = UseCaseId(number);
            let use_case = serde_json::from_value(json!({
                "id": id, "submitter": "office", "owners": null, "facts": {}, "plan": null,
                "proposal": {
                    "system": "SYS-1", "title": "A score", "intended_use": "To try",
                    "workflow": "trying", "population": "everybody",
                },
                "stage": { "stage": "proposed" },
            }));
            record.use_cases.insert(id, use_case.unwrap());
        }
        let begun = Instant::now();
        let listed = list(&record, Timestamp::UNIX_EPOCH).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        assert!(listed.text().lines().count() > MANY as usize);
    }
}
