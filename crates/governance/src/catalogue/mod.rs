//! Every act with its fields, read from the schemas: the command line, the API document and
//! `docs/acts.md` are made from this.

mod check;
mod example;
mod words;

pub use check::ShapeFault;
pub(crate) use check::{ALIKE, likeness};

use crate::{Act, Event, KINDS};
use schemars::SchemaGenerator;
use serde_json::{Map, Value};

/// All acts, by group, with the definitions that their schemas refer to.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// The groups, in the order of the program.
    pub groups: Vec<GroupShape>,
    /// The schema of each kind of objects, by the kind's name.
    pub objects: Vec<(&'static str, Value)>,
    /// The schema of an event.
    pub event: Value,
    definitions: Map<String, Value>,
}

/// A group of acts.
#[derive(Debug, Clone)]
pub struct GroupShape {
    /// What they are about.
    pub title: &'static str,
    /// Its acts.
    pub acts: Vec<ActShape>,
}

/// An act and its fields.
#[derive(Debug, Clone)]
pub struct ActShape {
    /// Its name, such as `begin_validation`.
    pub name: String,
    /// What it does.
    pub does: String,
    /// Its fields: those it must have first.
    pub fields: Vec<FieldShape>,
    /// Its JSON Schema.
    pub schema: Value,
}

/// A field of an act.
#[derive(Debug, Clone)]
pub struct FieldShape {
    /// Its name.
    pub name: String,
    /// What it is.
    pub about: String,
    /// Whether an act must have it.
    pub required: bool,
    /// Its JSON Schema.
    pub schema: Value,
}

/// How a value is given on a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Text, an id or an instant.
    Text,
    /// One of a few words.
    Choice(Vec<String>),
    /// True or false.
    Switch,
    /// A number.
    Number,
    /// Several values, each given in this form.
    List(Box<Form>),
    /// Something with parts.
    Nested,
}

impl Default for Catalogue {
    fn default() -> Self {
        Self::new()
    }
}

impl Catalogue {
    /// Reads the schemas of all acts.
    #[must_use]
    pub fn new() -> Self {
        let mut generator = SchemaGenerator::default();
        let named: Vec<_> = Act::groups()
            .into_iter()
            .map(|group| (group.title, (group.schema)(&mut generator).to_value()))
            .collect();
        let objects = KINDS
            .iter()
            .map(|kind| (kind.name, (kind.schema)(&mut generator).to_value()))
            .collect();
        let event = generator.subschema_for::<Event>().to_value();
        let definitions = generator.take_definitions(true);
        let groups = named.into_iter().map(|(title, schema)| {
            let acts = resolved(&definitions, &schema).get("oneOf").and_then(Value::as_array);
            GroupShape { title, acts: acts.into_iter().flatten().filter_map(shape).collect() }
        });
        Self { groups: groups.collect(), objects, event, definitions }
    }

    /// All acts.
    pub fn acts(&self) -> impl Iterator<Item = &ActShape> {
        self.groups.iter().flat_map(|group| &group.acts)
    }

    /// The act with this name; hyphens count as underscores.
    #[must_use]
    pub fn act(&self, name: &str) -> Option<&ActShape> {
        let name = name.replace('-', "_");
        self.acts().find(|act| act.name == name)
    }

    /// The schemas that others refer to as `#/$defs/NAME`.
    #[must_use]
    pub fn definitions(&self) -> &Map<String, Value> {
        &self.definitions
    }

    /// The schema behind a reference, or the schema itself.
    #[must_use]
    pub fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        resolved(&self.definitions, schema)
    }

    /// A schema without the possibility of nothing, and whether there was one.
    #[must_use]
    pub fn not_null<'a>(&'a self, schema: &'a Value) -> (&'a Value, bool) {
        let is_null = |schema: &Value| schema.get("type").is_some_and(|kind| kind == "null");
        let Some(any) = schema.get("anyOf").and_then(Value::as_array) else {
            return (self.resolve(schema), has_type(self.resolve(schema), "null"));
        };
        match any.iter().find(|schema| !is_null(schema)) {
            Some(inner) => (self.resolve(inner), any.iter().any(is_null)),
            None => (schema, true),
        }
    }

    /// How a value of this schema is given on a command line.
    #[must_use]
    pub fn form(&self, schema: &Value) -> Form {
        let (schema, _) = self.not_null(schema);
        if let Some(choices) = choices(schema) {
            return Form::Choice(choices);
        }
        if has_type(schema, "array") {
            let items = schema.get("items").map(|items| self.form(items));
            return match items {
                Some(Form::Nested | Form::List(_)) | None => Form::Nested,
                Some(form) => Form::List(Box::new(form)),
            };
        }
        for (kind, form) in [
            ("string", Form::Text),
            ("boolean", Form::Switch),
            ("integer", Form::Number),
            ("number", Form::Number),
        ] {
            if has_type(schema, kind) {
                return form;
            }
        }
        Form::Nested
    }
}

impl ActShape {
    /// Its name as a command: `begin-validation`.
    #[must_use]
    pub fn command(&self) -> String {
        self.name.replace('_', "-")
    }

    /// The first sentence of what it does, without its full stop.
    #[must_use]
    pub fn in_short(&self) -> &str {
        first_sentence(&self.does)
    }
}

impl FieldShape {
    /// Its name as an option, without the dashes: `use-case`.
    #[must_use]
    pub fn flag(&self) -> String {
        self.name.replace('_', "-")
    }
}

/// The first sentence of a text, without its full stop.
pub(crate) fn first_sentence(text: &str) -> &str {
    let end = text.find(". ").or_else(|| text.strip_suffix('.').map(str::len));
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

fn resolved<'a>(definitions: &'a Map<String, Value>, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    // A chain of references is short; a ring would be a fault of the schemas.
    for _ in 0..16 {
        let name = schema.get("$ref").and_then(Value::as_str);
        let Some(name) = name.and_then(|it| it.strip_prefix("#/$defs/")) else { break };
        let Some(next) = definitions.get(name) else { break };
        schema = next;
    }
    schema
}

/// Whether a schema allows values of a JSON type.
pub(crate) fn has_type(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(only)) => only == kind,
        Some(Value::Array(kinds)) => kinds.iter().any(|known| known == kind),
        _ => false,
    }
}

/// The words of which a value is one, when the schema lists them.
pub(crate) fn choices(schema: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(listed) = schema.get("enum").and_then(Value::as_array) {
        return listed.iter().filter(|value| !value.is_null()).map(text).collect();
    }
    let one_of = schema.get("oneOf").and_then(Value::as_array)?;
    let words = one_of.iter().map(|one| match one.get("enum") {
        Some(_) => choices(one),
        None => Some(vec![text(one.get("const")?)?]),
    });
    words.collect::<Option<Vec<_>>>().map(|words| words.concat())
}

/// Text on one line.
pub(crate) fn on_a_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a schema says it is.
pub(crate) fn described(schema: &Value) -> String {
    on_a_line(schema.get("description").and_then(Value::as_str).unwrap_or_default())
}

/// The names that a schema requires.
pub(crate) fn required(schema: &Value) -> impl Iterator<Item = &str> {
    let names = schema.get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str)
}

fn shape(schema: &Value) -> Option<ActShape> {
    let properties = schema.get("properties")?.as_object()?;
    let name = properties.get("act")?.get("const")?.as_str()?.to_owned();
    let needed: Vec<&str> = required(schema).collect();
    let optional = properties.keys().map(String::as_str).filter(|key| !needed.contains(key));
    let names = needed.iter().copied().chain(optional).filter(|name| *name != "act");
    let fields = names.filter_map(|name| {
        let schema = properties.get(name)?.clone();
        let required = needed.contains(&name);
        Some(FieldShape { name: name.to_owned(), about: described(&schema), required, schema })
    });
    Some(ActShape {
        name,
        does: described(schema),
        fields: fields.collect(),
        schema: schema.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_is_there_with_its_words() {
        let catalogue = Catalogue::new();
        let names: Vec<&str> =
            Act::groups().iter().flat_map(|group| group.names).copied().collect();
        let mut found: Vec<&str> = catalogue.acts().map(|act| act.name.as_str()).collect();
        found.sort_unstable();
        let mut wanted = names.clone();
        wanted.sort_unstable();
        assert_eq!(found, wanted);
        for act in catalogue.acts() {
            assert!(!act.does.is_empty(), "{} says nothing", act.name);
            for field in &act.fields {
                let said = !field.about.is_empty();
                assert!(said, "{}.{} says nothing", act.name, field.name);
            }
        }
    }

    #[test]
    fn every_example_is_an_act_without_faults() {
        let catalogue = Catalogue::new();
        for act in catalogue.acts() {
            let mut example = catalogue.example(act);
            let parsed: Result<Act, _> = serde_json::from_value(example.clone());
            let parsed =
                parsed.unwrap_or_else(|error| panic!("{}: {error}\n{example:#}", act.name));
            assert_eq!(parsed.name(), act.name);
            assert_eq!(catalogue.check(&mut example), [], "{}", act.name);
        }
    }
}
