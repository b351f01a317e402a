//! `primum list` and `primum show`: every kind of object, from one table.

use crate::columns;
use crate::output::{Answer, Table, Usage, clipped, day, due_day};
use anyhow::{Result, bail};
use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use governance::{KINDS, ObjectKind, Record, Zone};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::fmt::Write;

/// A cell of a list is cut off after this many characters.
const LONGEST: usize = 60;
/// Fields that hold the end of something: from that instant on it is overdue, or over.
const ENDS: [&str; 9] = [
    "due",
    "answer_by",
    "expires",
    "until",
    "valid_until",
    "trained_until",
    "closes_at",
    "check_at",
    "next_look",
];

/// Options of `primum list`.
#[derive(Debug, Clone, Args)]
pub struct ListRead {
    /// The kind, such as incidents; without it, the kinds there are
    #[arg(value_name = "OBJECTS", hide_possible_values = true, value_parser = KindParser)]
    kind: Option<&'static ObjectKind>,
    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: usize,
    /// Only those after this id
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

/// Options of `primum show`.
#[derive(Debug, Clone, Args)]
pub struct ShowRead {
    /// The id, such as UC-1 or committee-chair; `people/main` where several kinds have the same
    #[arg(value_name = "ID")]
    id: String,
}

/// Reads a kind from any usual word for it.
#[derive(Debug, Clone, Copy)]
struct KindParser;

impl TypedValueParser for KindParser {
    type Value = &'static ObjectKind;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, clap::Error> {
        let word = value.to_string_lossy();
        ObjectKind::meant(&word).ok_or_else(|| {
            clap::Error::raw(ErrorKind::InvalidValue, format!("{}\n", no_kind(&word)))
                .with_cmd(command)
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(KINDS.iter().map(|kind| PossibleValue::new(kind.name))))
    }
}

/// What to say of a word that means no kind.
fn no_kind(word: &str) -> String {
    let near = ObjectKind::nearest(word);
    let meant = near.map(|kind| format!("did you mean `{}`? ", kind.name)).unwrap_or_default();
    format!("there are no objects `{word}`; {meant}`primum list` names them")
}

impl ListRead {
    /// The list.
    ///
    /// # Errors
    /// When nothing of the kind has the id to go on after.
    pub fn answer(&self, record: &Record, now: Timestamp) -> Result<Answer> {
        match self.kind {
            Some(kind) => self.objects(record, kind, now),
            None => kinds(record),
        }
    }

    fn objects(&self, record: &Record, kind: &ObjectKind, now: Timestamp) -> Result<Answer> {
        let after = self.after.as_deref().map(ObjectKind::written);
        let Some(page) = kind.page(record, after.as_deref(), self.limit.saturating_add(1)) else {
            let after = self.after.as_deref().unwrap_or_default();
            bail!("there is no `{after}` among the {}; `primum list {}`", kind.name, kind.name);
        };
        let shown = page.iter().take(self.limit);
        let heads = std::iter::once("id").chain(columns::heads(kind).iter().copied());
        let mut table = Table::new(heads.chain(kind.columns.iter().map(|(head, _)| *head)));
        for (id, object) in shown.clone() {
            let zone = zone(record, kind, id, object);
            let cells = kind.columns.iter().map(|(_, place)| {
                let name = place.rsplit('/').next().unwrap_or_default();
                clipped(&cell(name, object.pointer(place), &zone), LONGEST)
            });
            let first = std::iter::once(id.clone());
            table.row(first.chain(columns::cells(record, kind, id, now)).chain(cells));
        }
        let mut text = match page.is_empty() {
            true => format!("There are no {}.", kind.name.replace('-', " ")),
            false => table.to_string(),
        };
        if let (true, Some((last, _))) = (page.len() > self.limit, shown.clone().next_back()) {
            write!(text, "\nThere are more: --after {last}")?;
        }
        let all: Vec<Value> =
            shown.map(|(id, object)| json!({ "id": id, "object": object })).collect();
        Answer::new(&all, text)
    }
}

fn kinds(record: &Record) -> Result<Answer> {
    let mut table = Table::new(["objects", "ids", "how many", "what"]);
    let mut all = Vec::new();
    for kind in KINDS {
        let count = (kind.of)(record).count();
        let ids = kind.prefix.map_or_else(|| "handles".to_owned(), |it| format!("{it}-1"));
        all.push(json!({ "objects": kind.name, "ids": ids, "count": count, "what": kind.title }));
        table.row([kind.name.to_owned(), ids, count.to_string(), kind.title.to_owned()]);
    }
    Answer::new(&all, table.to_string())
}

impl ShowRead {
    /// The object.
    ///
    /// # Errors
    /// When there is none with the id, or several kinds have one.
    pub fn answer(&self, record: &Record) -> Result<Answer> {
        let (kinds, id) = match self.id.split_once('/') {
            Some((name, id)) => match ObjectKind::meant(name) {
                Some(kind) => (vec![kind], ObjectKind::written(id)),
                None => return Err(Usage(no_kind(name)).into()),
            },
            None => {
                let id = ObjectKind::written(&self.id);
                (ObjectKind::of_id(&id).collect(), id)
            }
        };
        let found: Vec<(&ObjectKind, Value)> =
            kinds.into_iter().filter_map(|kind| Some((kind, kind.find(record, &id)?))).collect();
        match found.as_slice() {
            [] => bail!("the record has no `{}`; `primum list` names what there is", self.id),
            [(kind, object)] => {
                let zone = zone(record, kind, &id, object);
                let lines = in_lines(object, 0, &zone);
                let text = format!("{id}, one of the {}\n{lines}", kind.name);
                Answer::new(object, text.trim_end())
            }
            several => {
                let names = several.iter().map(|(kind, _)| format!("{}/{id}", kind.name));
                let names = names.collect::<Vec<_>>().join(" or ");
                Err(Usage(format!("several objects have the id `{id}`: show {names}")).into())
            }
        }
    }
}

/// Where the days of an object are counted: where an incident happened or a use case runs, or else
/// at home.
fn zone(record: &Record, kind: &ObjectKind, id: &str, object: &Value) -> Zone {
    if kind.name == "incidents" {
        let incident = id.parse().ok().and_then(|id| record.incidents.incidents.get(&id));
        return incident.map_or_else(|| record.home_zone(), |it| record.zone_of_incident(it));
    }
    let named = object.get("use_case").and_then(Value::as_str);
    record.zone_of(named.unwrap_or(id).parse().ok())
}

/// A value in a cell.
fn cell(name: &str, value: Option<&Value>, zone: &Zone) -> String {
    match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => match text.parse::<Timestamp>() {
            Ok(at) if ENDS.contains(&name) => due_day(at, zone),
            Ok(at) => day(at, zone),
            Err(_) => text.clone(),
        },
        Some(Value::Array(items)) => {
            items.iter().map(|item| cell(name, Some(item), zone)).collect::<Vec<_>>().join(", ")
        }
        Some(Value::Object(fields)) => fields
            .iter()
            .map(|(name, value)| format!("{name} {}", cell(name, Some(value), zone)))
            .collect::<Vec<_>>()
            .join(", "),
        Some(other) => other.to_string(),
    }
}

/// An object for people: a line for each field, parts further in.
fn in_lines(value: &Value, depth: usize, zone: &Zone) -> String {
    let margin = "  ".repeat(depth);
    let mut text = String::new();
    let mut line = |head: String, plain: &dyn Fn() -> String, value: &Value, zone: &Zone| {
        let parts = match value {
            Value::Object(fields) => !fields.is_empty(),
            Value::Array(items) => items.iter().any(|item| item.is_object() || item.is_array()),
            _ => false,
        };
        text.push_str(&match parts {
            true => format!("{margin}{head}\n{}", in_lines(value, depth.saturating_add(1), zone)),
            false => format!("{margin}{head} {}\n", plain()),
        });
    };
    match value {
        Value::Object(fields) => {
            // A part that names its own time zone, such as a legal clock, counts its days there.
            let own = fields.get("time_zone").and_then(Value::as_str).and_then(Zone::named);
            let zone = own.as_ref().unwrap_or(zone);
            for (name, value) in fields {
                let plain = || end(name, value, zone).unwrap_or_else(|| whole(value));
                line(format!("{}:", name.replace('_', " ")), &plain, value, zone);
            }
        }
        Value::Array(items) => {
            for item in items {
                line("-".to_owned(), &|| whole(item), item, zone);
            }
        }
        plain => line(String::new(), &|| whole(plain), plain, zone),
    }
    text
}

/// The end of something: its last day, and the instant.
fn end(name: &str, value: &Value, zone: &Zone) -> Option<String> {
    let text = value.as_str().filter(|_| ENDS.contains(&name))?;
    let at: Timestamp = text.parse().ok()?;
    Some(format!("{}, ends {text}", due_day(at, zone)))
}

/// A value without parts, in full.
fn whole(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(whole).collect::<Vec<_>>().join(", "),
        Value::Object(_) => "none".to_owned(),
        other => other.to_string(),
    }
}
