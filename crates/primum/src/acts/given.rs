//! From what was given on the command line to an act.

use super::command::{ActCommand, file, values};
use super::option;
use crate::output::Usage;
use anyhow::{Context, Result};
use clap::ArgMatches;
use governance::{Act, ActShape, Catalogue, FieldShape, Form, ShapeFault};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::io::Read;

/// An act with the documents to keep with it.
#[derive(Debug)]
pub struct Given {
    /// The act.
    pub act: Act,
    /// The documents.
    pub documents: Vec<Vec<u8>>,
    names: Vec<String>,
}

impl Given {
    /// A line for each document: its name and hash.
    pub fn stored(&self) -> Vec<String> {
        let all = self.names.iter().zip(&self.documents);
        all.map(|(name, bytes)| format!("Kept {name}, SHA-256 {}", hash(bytes))).collect()
    }
}

/// Reads the act.
pub fn read(command: &ActCommand) -> Result<Given> {
    let catalogue = Catalogue::new();
    let mut json = match (command.whole(), command.named()) {
        (Some(text), _) => whole(&catalogue, text)?,
        (None, Some((name, matches))) => {
            let act = catalogue.act(name).context("the command of an act without an act")?;
            by_fields(&catalogue, act, matches)?
        }
        (None, None) => return Err(Usage("name an act: `primum act --help`".to_owned()).into()),
    };
    let (mut documents, mut names) = (Vec::new(), Vec::new());
    for asked in command.attached() {
        let (field, path) = match asked.split_once('=') {
            Some((field, path)) => (Some(field.replace('-', "_")), path),
            None => (None, asked),
        };
        let bytes = std::fs::read(path).with_context(|| format!("`{path}` cannot be read"))?;
        fill(&catalogue, &mut json, field, &hash(&bytes), path)?;
        documents.push(bytes);
        names.push(path.to_owned());
    }
    let faults = catalogue.check(&mut json);
    if !faults.is_empty() {
        return Err(Usage(in_words(&catalogue, &json, &faults, command.whole().is_some())).into());
    }
    let act = serde_json::from_value(json).map_err(|error| no_act(&error.to_string()))?;
    Ok(Given { act, documents, names })
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn no_act(why: &str) -> Usage {
    Usage(format!(
        "this is no act: {why}; nothing was kept. docs/acts.md lists the acts and their fields"
    ))
}

/// What to say of a name that is no act's.
pub fn unknown(catalogue: &Catalogue, name: &str) -> Usage {
    let near = catalogue.nearest(name);
    let meant = near.map(|act| format!("did you mean `{}`? ", act.command())).unwrap_or_default();
    Usage(format!("there is no act `{name}`; {meant}`primum act --help` lists the acts"))
}

fn whole(catalogue: &Catalogue, text: &str) -> Result<Value> {
    let mut read = text.to_owned();
    if text == "-" {
        read.clear();
        std::io::stdin().read_to_string(&mut read)?;
    } else if !text.trim_start().starts_with(['{', '[', '"']) {
        return Err(unknown(catalogue, text).into());
    }
    Ok(serde_json::from_str(&read).map_err(|error| no_act(&error.to_string()))?)
}

fn by_fields(catalogue: &Catalogue, act: &ActShape, matches: &ArgMatches) -> Result<Value> {
    let mut fields = match file(matches) {
        Some(path) => match from_file(path)? {
            Value::Object(fields) => fields,
            _ => return Err(Usage(format!("`{path}` holds no fields")).into()),
        },
        None => Map::new(),
    };
    let named = fields.insert("act".to_owned(), Value::String(act.name.clone()));
    if named.as_ref().is_some_and(|named| *named != *act.name) {
        let what = format!("the file is about another act than `{}`", act.command());
        return Err(Usage(what).into());
    }
    for field in &act.fields {
        let given = values(matches, field);
        if !given.is_empty() {
            fields.insert(field.name.clone(), value(catalogue, act, field, &given)?);
        }
    }
    Ok(Value::Object(fields))
}

/// The value of a field, from what its option was given.
fn value(
    catalogue: &Catalogue,
    act: &ActShape,
    field: &FieldShape,
    given: &[&str],
) -> Result<Value> {
    let example = || catalogue.example(act).get(&field.name).cloned().unwrap_or_default();
    let single = |form: &Form, text: &str| single(form, field, text, &example);
    let form = catalogue.form(&field.schema);
    if let Form::List(of) = &form {
        return given.iter().map(|text| single(of, text)).collect();
    }
    let several = catalogue.not_null(&field.schema).0.get("items").is_some();
    if !several {
        let text = given.last().copied().unwrap_or_default();
        return single(&form, text);
    }
    // Each is an item, or a list of items.
    let mut items = Vec::new();
    for text in given {
        match single(&form, text)? {
            Value::Array(more) => items.extend(more),
            one => items.push(one),
        }
    }
    Ok(Value::Array(items))
}

fn single(
    form: &Form,
    field: &FieldShape,
    text: &str,
    example: &dyn Fn() -> Value,
) -> Result<Value> {
    let flag = option(field);
    match form {
        Form::Switch => Ok(Value::Bool(text == "true")),
        Form::Number => {
            let number: Option<Value> = serde_json::from_str(text).ok();
            let number = number.filter(Value::is_number);
            Ok(number.ok_or_else(|| Usage(format!("--{flag}: `{text}` is no number")))?)
        }
        Form::Nested => match text.strip_prefix('@') {
            Some(path) => from_file(path).with_context(|| format!("--{flag}")),
            None => Ok(serde_json::from_str(text).map_err(|_| {
                Usage(format!(
                    "--{flag}: `{text}` is no JSON; give JSON such as '{}', or @FILE with a TOML \
                     or JSON file",
                    example()
                ))
            })?),
        },
        Form::Text | Form::Choice(_) | Form::List(_) => Ok(Value::String(text.to_owned())),
    }
}

/// A TOML or JSON file.
fn from_file(path: &str) -> Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| format!("`{path}` cannot be read"))?;
    if path.ends_with(".json") {
        let read = serde_json::from_str(&text);
        return Ok(read.map_err(|error| Usage(format!("`{path}` is no JSON: {error}")))?);
    }
    let read: Result<toml::Value, _> = toml::from_str(&text);
    let read = read.map_err(|error| Usage(format!("`{path}` is no TOML: {error}")))?;
    Ok(json(read))
}

/// TOML as JSON; its dates become text.
fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(truth) => truth.into(),
        toml::Value::Datetime(at) => Value::String(at.to_string()),
        toml::Value::Array(items) => items.into_iter().map(json).collect(),
        toml::Value::Table(fields) => {
            Value::Object(fields.into_iter().map(|(key, value)| (key, json(value))).collect())
        }
    }
}

/// Puts a document's hash into the field that it is for.
fn fill(
    catalogue: &Catalogue,
    json: &mut Value,
    field: Option<String>,
    hash: &str,
    path: &str,
) -> Result<()> {
    let name = json.get("act").and_then(Value::as_str).unwrap_or_default().to_owned();
    let act = catalogue.act(&name);
    let Value::Object(fields) = json else { return Ok(()) };
    let field = field.or_else(|| {
        let empty = |field: &&FieldShape| !fields.contains_key(&field.name);
        let of_hash = act?.fields.iter().filter(|field| holds_a_hash(catalogue, field));
        let mut open = of_hash.filter(empty).map(|field| field.name.clone());
        open.next().filter(|_| open.next().is_none())
    });
    let Some(field) = field else { return Ok(()) };
    if !act.is_some_and(|act| act.fields.iter().any(|known| known.name == field)) {
        let what = format!("--attach {field}={path}: the act has no field `{field}`");
        return Err(Usage(what).into());
    }
    fields.insert(field, Value::String(hash.to_owned()));
    Ok(())
}

/// Whether a field is for the hash of a document; ids of documents have a pattern.
fn holds_a_hash(catalogue: &Catalogue, field: &FieldShape) -> bool {
    let named = ["hash", "document"].iter().any(|word| field.name.ends_with(word));
    let (schema, _) = catalogue.not_null(&field.schema);
    named && catalogue.form(schema) == Form::Text && schema.get("pattern").is_none()
}

/// What is wrong, in plain words and with the names of options.
fn in_words(catalogue: &Catalogue, json: &Value, faults: &[ShapeFault], as_json: bool) -> String {
    let name = json.get("act").and_then(Value::as_str).unwrap_or_default();
    let act = catalogue.act(name);
    let lines = faults.iter().map(|fault| {
        let field = act.and_then(|act| act.fields.iter().find(|it| it.name == fault.place));
        match field {
            Some(field) if !as_json && fault.missing => {
                let kind = catalogue.kind_in_words(&field.schema);
                format!("\n  --{} is missing: {} ({kind})", option(field), field.about)
            }
            Some(field) if !as_json => {
                format!("\n  --{}: {}; {}", option(field), fault.what, fault.remedy)
            }
            _ => format!("\n  {fault}"),
        }
    });
    let lines: String = lines.collect();
    let help = match act {
        Some(act) => format!("`primum act {} --help` teaches it", act.command()),
        None => "docs/acts.md lists the acts and their fields".to_owned(),
    };
    format!("this is no act:{lines}\nNothing was kept; {help}")
}
