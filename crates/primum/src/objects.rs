//! `primum list` and `primum show`: every kind of object, from one table.

use crate::output::{Answer, Table, Usage, day};
use anyhow::{Result, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;
use governance::{KINDS, ObjectKind, Record};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt::Write;

/// A cell of a list is cut off after this many characters.
const LONGEST: usize = 60;

/// Options of `primum list`.
#[derive(Debug, Clone, Args)]
pub struct ListRead {
    /// The kind; without it, the kinds there are
    #[arg(value_name = "OBJECTS", hide_possible_values = true,
        value_parser = PossibleValuesParser::new(KINDS.iter().map(|kind| kind.name)))]
    kind: Option<String>,
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

impl ListRead {
    /// The list.
    ///
    /// # Errors
    /// When nothing of the kind has the id to go on after.
    pub fn answer(&self, record: &Record) -> Result<Answer> {
        match self.kind.as_deref().and_then(ObjectKind::named) {
            Some(kind) => self.objects(record, kind),
            None => kinds(record),
        }
    }

    fn objects(&self, record: &Record, kind: &ObjectKind) -> Result<Answer> {
        let Some(page) = kind.page(record, self.after.as_deref(), self.limit.saturating_add(1))
        else {
            let after = self.after.as_deref().unwrap_or_default();
            bail!("there is no `{after}` among the {}; `primum list {}`", kind.name, kind.name);
        };
        let shown = page.iter().take(self.limit);
        let heads = std::iter::once("id").chain(kind.columns.iter().map(|(head, _)| *head));
        let mut table = Table::new(heads);
        for (id, object) in shown.clone() {
            let cells = kind.columns.iter().map(|(_, place)| cell(object.pointer(place)));
            table.row(std::iter::once(id.clone()).chain(cells));
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
            Some((name, id)) => match ObjectKind::named(name) {
                Some(kind) => (vec![kind], id),
                None => {
                    let what = format!("there are no objects `{name}`; `primum list` names them");
                    return Err(Usage(what).into());
                }
            },
            None => (ObjectKind::of_id(&self.id).collect(), self.id.as_str()),
        };
        let found: Vec<(&ObjectKind, Value)> =
            kinds.into_iter().filter_map(|kind| Some((kind, kind.find(record, id)?))).collect();
        match found.as_slice() {
            [] => bail!("the record has no `{}`; `primum list` names what there is", self.id),
            [(kind, object)] => {
                let text = format!("{id}, one of the {}\n{}", kind.name, in_lines(object, 0));
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

/// A value in a cell.
fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => match text.parse::<Timestamp>() {
            Ok(at) => day(at),
            Err(_) => text.clone(),
        },
        Some(Value::Array(items)) => {
            items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(", ")
        }
        Some(Value::Object(fields)) => fields
            .iter()
            .map(|(name, value)| format!("{name} {}", cell(Some(value))))
            .collect::<Vec<_>>()
            .join(", "),
        Some(other) => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// An object for people: a line for each field, parts further in.
fn in_lines(value: &Value, depth: usize) -> String {
    let margin = "  ".repeat(depth);
    let mut text = String::new();
    let mut line = |head: String, value: &Value| match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push_str(&format!("{margin}{head}\n{}", in_lines(value, depth.saturating_add(1))));
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            text.push_str(&format!("{margin}{head}\n{}", in_lines(value, depth.saturating_add(1))));
        }
        plain => text.push_str(&format!("{margin}{head} {}\n", whole(plain))),
    };
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                line(format!("{}:", name.replace('_', " ")), value);
            }
        }
        Value::Array(items) => {
            for item in items {
                line("-".to_owned(), item);
            }
        }
        plain => line(String::new(), plain),
    }
    text
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
