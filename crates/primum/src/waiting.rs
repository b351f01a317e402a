//! `primum work`: what waits, for everybody or for one, under how urgent it is.

use crate::output::{Answer, Table, clipped, due, instant};
use anyhow::{Result, bail};
use clap::Args;
use governance::{
    BodyId, IncidentId, PersonId, Record, Task, Waiting, Zone, days_after, incident_tasks, work,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What is due within so many days stands apart from what is due later.
const SOON_DAYS: u32 = 7;
/// A use case's title is cut off after this many characters.
const LONGEST: usize = 40;

/// Options of `primum work`.
#[derive(Debug, Clone, Args)]
pub struct WorkRead {
    /// Only what waits for this person, or for a body whose chair the person holds
    #[arg(long = "for", value_name = "PERSON", conflicts_with = "body")]
    waits_for: Option<PersonId>,
    /// Only what waits for this body
    #[arg(long, value_name = "BODY")]
    body: Option<BodyId>,
}

impl WorkRead {
    /// What waits.
    ///
    /// # Errors
    /// When the record has no such person or body.
    pub fn answer(&self, record: &Record, now: Timestamp) -> Result<Answer> {
        if let Some(person) = self.waits_for.as_ref().filter(|it| !record.people.contains_key(it)) {
            bail!("the record has no person `{person}`; `primum list people` names them");
        }
        if let Some(body) = self.body.as_ref().filter(|it| !record.bodies.contains_key(it)) {
            bail!("the record has no body `{body}`; `primum list bodies` names them");
        }
        let mut tasks = work(record, now);
        tasks.retain(|task| {
            let of_person = self.waits_for.as_ref().is_none_or(|it| record.waits_for(task, it));
            let of_body = self.body.as_ref().is_none_or(|it| task.who == Waiting::Body(it.clone()));
            of_person && of_body
        });
        Answer::new(&tasks, in_words(record, &tasks, now))
    }
}

/// Where the days of tasks are counted.
pub struct TaskZones<'a> {
    record: &'a Record,
    /// The incident that a task is about, by what is to be done, which names it.
    incidents: BTreeMap<String, IncidentId>,
}

impl<'a> TaskZones<'a> {
    /// For the tasks of a record at `now`.
    pub fn of(record: &'a Record, now: Timestamp) -> Self {
        let about = incident_tasks(record, now).into_iter();
        Self { record, incidents: about.map(|(id, task)| (task.what, id)).collect() }
    }

    /// When a task is due; a dash when no clock runs.
    pub fn due(&self, task: &Task, now: Timestamp) -> String {
        task.due.map_or_else(|| "-".to_owned(), |end| due(end, &self.zone(task), now))
    }

    /// Where its incident happened, or else where its use case runs, or else at home.
    fn zone(&self, task: &Task) -> Zone {
        let incident = self.incidents.get(&task.what);
        match incident.and_then(|id| self.record.incidents.incidents.get(id)) {
            Some(incident) => self.record.zone_of_incident(incident),
            None => self.record.zone_of(task.use_case),
        }
    }
}

/// Whom a task waits for, by its handle.
pub fn who(task: &Task) -> String {
    match &task.who {
        Waiting::Person(person) => person.to_string(),
        Waiting::Body(body) => body.to_string(),
    }
}

fn in_words(record: &Record, tasks: &[Task], now: Timestamp) -> String {
    let as_of = format!("As of {}", instant(now));
    if tasks.is_empty() {
        return format!("{as_of}\nNothing waits.");
    }
    let soon = days_after(now, SOON_DAYS);
    let (overdue, rest): (Vec<_>, Vec<_>) = tasks.iter().partition(|task| task.overdue);
    let (dated, open): (Vec<_>, Vec<_>) = rest.into_iter().partition(|task| task.due.is_some());
    let (close, later): (Vec<_>, Vec<_>) =
        dated.into_iter().partition(|task| task.due.is_some_and(|due| due <= soon));
    let mut text = format!("{as_of}: {} of {} overdue.", overdue.len(), tasks.len());
    if tasks.iter().any(|task| task.due.is_some()) {
        text.push_str(" Days are those of the site.");
    }
    let zones = TaskZones::of(record, now);
    let mut table = Table::new(["who", "what", "use case", "due"]);
    let groups = [
        ("Overdue".to_owned(), overdue),
        (format!("Due within {SOON_DAYS} days"), close),
        ("Later".to_owned(), later),
        ("Without a date".to_owned(), open),
    ];
    for (place, (title, tasks)) in groups.iter().filter(|(_, it)| !it.is_empty()).enumerate() {
        if place > 0 {
            table.row([String::new()]);
        }
        table.row([format!("{title}: {}", tasks.len())]);
        for task in tasks {
            let about = task.use_case.map_or_else(
                || "-".to_owned(),
                |id| {
                    let title = record.use_cases.get(&id).map(|it| it.proposal.title.as_str());
                    clipped(&format!("{id} {}", title.unwrap_or_default()), LONGEST)
                },
            );
            table.row([who(task), task.what.clone(), about, zones.due(task, now)]);
        }
    }
    format!("{text}\n\n{table}")
}
