//! Columns of lists that depend on the time: how exceptions, incidents and agents stand.

use crate::output::{clipped, day, due, due_day};
use crate::use_cases::{exception_state, next_clock};
use governance::{ObjectKind, Record};
use jiff::Timestamp;

/// A cell is cut off after this many characters.
const LONGEST: usize = 40;
/// What stands where there is nothing to say.
const NOTHING: &str = "-";

/// The headings of these columns, which stand right after the id; none for most kinds.
pub fn heads(kind: &ObjectKind) -> &'static [&'static str] {
    match kind.name {
        "exceptions" => &["state", "what"],
        "incidents" => &["use case", "state", "next legal clock"],
        "agents" => &["title", "may do", "until", "next stop drill"],
        _ => &[],
    }
}

/// Their cells for the object with an id.
pub fn cells(record: &Record, kind: &ObjectKind, id: &str, now: Timestamp) -> Vec<String> {
    let cells = match kind.name {
        "exceptions" => exception(record, id, now),
        "incidents" => incident(record, id, now),
        "agents" => agent(record, id, now),
        _ => None,
    };
    cells.unwrap_or_else(|| heads(kind).iter().map(|_| NOTHING.to_owned()).collect())
}

fn exception(record: &Record, id: &str, now: Timestamp) -> Option<Vec<String>> {
    let exception = record.exceptions.all.get(&id.parse().ok()?)?;
    let zone = record.zone_of(Some(exception.use_case));
    Some(vec![exception_state(exception, &zone, now), exception.what.to_string()])
}

fn incident(record: &Record, id: &str, now: Timestamp) -> Option<Vec<String>> {
    let incident = record.incidents.incidents.get(&id.parse().ok()?)?;
    let state = match incident.closed_at {
        Some(at) => format!("closed {}", day(at, &record.zone_of_incident(incident))),
        None if incident.assessment.is_none() => "open, not assessed".to_owned(),
        None => "open".to_owned(),
    };
    let clock = next_clock(record, incident, now);
    let use_case = incident.use_case().map(|id| id.to_string());
    Some(vec![
        use_case.unwrap_or_else(|| NOTHING.to_owned()),
        state,
        clock.unwrap_or_else(|| NOTHING.to_owned()),
    ])
}

fn agent(record: &Record, id: &str, now: Timestamp) -> Option<Vec<String>> {
    let use_case = record.use_cases.get(&id.parse().ok()?)?;
    let zone = record.zone_of(Some(use_case.id));
    let permitted: Vec<_> = record.permitted(use_case.id, now).collect();
    let may: Vec<_> = permitted.iter().map(|it| it.given.action.to_string()).collect();
    let until = permitted.iter().map(|it| it.given.expires).min();
    let or_nothing = |text: Option<String>| text.unwrap_or_else(|| NOTHING.to_owned());
    Some(vec![
        clipped(&use_case.proposal.title, LONGEST),
        if may.is_empty() { "nothing".to_owned() } else { clipped(&may.join(", "), LONGEST) },
        or_nothing(until.map(|end| due_day(end, &zone))),
        or_nothing(record.drill_due(use_case, now).map(|end| due(end, &zone, now))),
    ])
}
