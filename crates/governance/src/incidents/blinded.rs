//! What may leave the house about an incident: a blinded export for a patient safety organisation,
//! and the check that nothing in it leads back to anybody.
//!
//! Blinding leaves out; the check looks for what slipped through, by rules and without knowing how
//! the export was made. While it finds something, nothing is exported.

mod text;

use super::state::{Incident, YesNo};
use crate::Record;
use crate::calendar::{local_day, zone};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The least number of incidents that must be alike in what is exported of harm, time and kind of
/// AI. Eleven is what the Centers for Medicare and Medicaid Services ask of published tables
/// (unverified).
const ALIKE: usize = 11;

/// Something in an export that may lead back to a patient, a person or a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// Where, as a JSON pointer such as `/text/what`.
    pub at: String,
    /// The place in a text, counted in characters from 1; 1 for what is not a text.
    pub place: usize,
    /// What was found.
    pub found: String,
    /// Why it may lead back, and what to do.
    pub because: &'static str,
}

/// The incident without ids, people, places and free text; dates to the month at most.
///
/// Harm, time and kind of AI are given only as far as eleven incidents on record are alike in all
/// that is given; what is left out is listed, with why. Free texts are given when `cleared` names
/// them: `what`, `cause` or `actions`; somebody read them and answers for them.
#[must_use]
pub fn blinded(record: &Record, incident: &Incident, cleared: &BTreeSet<String>) -> Value {
    let mut export = Map::new();
    let mut left_out = Vec::new();
    export.insert("format".into(), json!("primum-blinded-incident"));
    for (name, value) in cell(record, incident) {
        let Some(value) = value else {
            left_out.push(without(name, "the record does not say"));
            continue;
        };
        export.insert(name.into(), value.into());
        if alike(record, &export) < ALIKE {
            export.remove(name);
            left_out.push(without(name, "too few on record are alike in it"));
        }
    }
    if let Some(known) = &incident.assessment {
        export.insert("near_miss".into(), answer(known.near_miss));
        export.insert("ai_contribution".into(), answer(known.ai_contribution));
        export.insert("input_data_problem".into(), answer(known.input_data_problem));
        export.insert("human_override".into(), answer(known.human_override));
    }
    let actions = &incident.actions;
    let checked = actions.iter().filter_map(|action| action.checked.as_ref());
    export.insert("actions_planned".into(), actions.len().into());
    export.insert("actions_effective".into(), checked.filter(|it| it.effective).count().into());
    let done = actions.iter().map(|action| json!(action.what)).collect::<Vec<_>>();
    let texts = [
        ("what", json!(incident.report.what)),
        ("cause", json!(incident.cause)),
        ("actions", Value::Array(done)),
    ];
    let (given, kept): (Vec<_>, Vec<_>) =
        texts.into_iter().partition(|(name, _)| cleared.contains(*name));
    let unread = "it is free text that nobody has read and answers for";
    left_out.extend(kept.iter().map(|(name, _)| without(name, unread)));
    let given = given.into_iter().map(|(name, text)| (name.to_owned(), text));
    export.insert("text".into(), Value::Object(given.collect()));
    export.insert("left_out".into(), Value::Array(left_out));
    Value::Object(export)
}

/// What an export does without, and why.
fn without(what: &str, because: &str) -> Value {
    json!({ "what": what, "because": because })
}

/// Everything in an export that may lead back to somebody; empty for one that may be given away.
#[must_use]
pub fn traces(record: &Record, export: &Value) -> Vec<Trace> {
    let mut found = Vec::new();
    if let Some(fields) = export.as_object() {
        let given = CELL.iter().filter(|name| fields.contains_key(**name));
        let given = given.copied().collect::<Vec<_>>().join(", ");
        let count = alike(record, fields);
        if !given.is_empty() && count < ALIKE {
            found.push(Trace {
                at: String::new(),
                place: 1,
                found: format!("{given}: {count} incidents on record are alike in this"),
                because: "fewer than 11 alike can be told apart; leave one of these out",
            });
        }
    }
    let names = text::names(record);
    walk(export, String::new(), &mut |at, content| found.extend(text::traces(at, content, &names)));
    found
}

fn walk(value: &Value, at: String, look: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(content) => look(&at, content),
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                walk(item, format!("{at}/{place}"), look);
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                walk(item, format!("{at}/{name}"), look);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What an outsider may know about an incident, the most useful first.
const CELL: [&str; 4] = ["harm", "year", "month", "ai_type"];

fn cell(record: &Record, incident: &Incident) -> [(&'static str, Option<String>); 4] {
    let harm = incident.assessment.as_ref().and_then(|it| it.harm.as_ref());
    let default = record.incidents.rules.as_ref().map(|rules| &rules.time_zone);
    let name = incident.report.time_zone.as_ref().or(default);
    let zone = name.and_then(|name| zone(name));
    let at = incident.report.happened_at.unwrap_or(incident.noticed_at());
    let day = zone.map(|zone| local_day(at, &zone));
    let use_case = incident.use_case().and_then(|id| record.use_cases.get(&id));
    let system = incident.report.system.or(use_case.map(|it| it.proposal.system));
    let system = system.and_then(|id| record.systems.get(&id));
    let [harm_name, year, month, ai_type] = CELL;
    [
        (harm_name, harm.map(ToString::to_string)),
        (year, day.map(|day| format!("{:04}", day.year()))),
        (month, day.map(|day| format!("{:04}-{:02}", day.year(), day.month()))),
        (ai_type, system.map(|system| system.ai_type.to_string())),
    ]
}

/// How many incidents on record have what an export says of harm, time and kind of AI.
fn alike(record: &Record, export: &Map<String, Value>) -> usize {
    let same = |incident: &&Incident| {
        cell(record, incident).iter().all(|(name, value)| match export.get(*name) {
            None => true,
            Some(given) => given.as_str() == value.as_deref(),
        })
    };
    record.incidents.incidents.values().filter(same).count()
}

fn answer(answer: YesNo) -> Value {
    json!(match answer {
        YesNo::Yes => "yes",
        YesNo::No => "no",
        YesNo::Unknown => "unknown",
    })
}
