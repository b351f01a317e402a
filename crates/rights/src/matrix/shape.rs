//! What the schema lets policies read, as shapes to make values of.

use serde_json::Value;
use std::collections::BTreeMap;

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    Bool,
    Long,
    Text,
    Datetime,
    Entity(String),
    Set(Box<Shape>),
    Record(Fields),
}

/// The required fields of a record or an entity.
pub(crate) type Fields = BTreeMap<String, Shape>;

/// One kind of request: who does what to what.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    pub action: String,
    pub principal: String,
    pub resource: String,
    pub context: Fields,
}

/// The schema of a pack in the form that Cedar writes as JSON.
pub(crate) struct Shapes<'a> {
    namespace: &'a Value,
}

impl<'a> Shapes<'a> {
    /// Reads the one namespace of a pack.
    pub fn new(schema: &'a Value) -> Option<Self> {
        Some(Self { namespace: schema.get("Primum")? })
    }

    /// Every kind of request, in the order of the action's names.
    pub fn kinds(&self) -> Vec<Kind> {
        let actions = self.namespace.get("actions").and_then(Value::as_object);
        let mut kinds = Vec::new();
        for (name, action) in actions.into_iter().flatten() {
            let Some(applies) = action.get("appliesTo") else { continue };
            let context = applies.get("context").map(|it| self.shape(it));
            let context = match context {
                Some(Some(Shape::Record(fields))) => fields,
                _ => Fields::new(),
            };
            for principal in names(applies, "principalTypes") {
                for resource in names(applies, "resourceTypes") {
                    let (action, context) = (name.clone(), context.clone());
                    kinds.push(Kind { action, principal: principal.clone(), resource, context });
                }
            }
        }
        kinds
    }

    /// The attributes of a type of entity.
    pub fn attributes(&self, entity: &str) -> Fields {
        let shape = self.namespace.get("entityTypes").and_then(|it| it.get(entity)?.get("shape"));
        match shape.and_then(|shape| self.shape(shape)) {
            Some(Shape::Record(fields)) => fields,
            _ => Fields::new(),
        }
    }

    fn shape(&self, value: &Value) -> Option<Shape> {
        match value.get("type")?.as_str()? {
            "Set" => Some(Shape::Set(Box::new(self.shape(value.get("element")?)?))),
            "Record" => {
                let fields = value.get("attributes")?.as_object()?;
                let required = fields.iter().filter(|(_, it)| it.get("required") != NOT);
                let shaped = required.map(|(name, it)| Some((name.clone(), self.shape(it)?)));
                Some(Shape::Record(shaped.collect::<Option<_>>()?))
            }
            "Extension" | "EntityOrCommon" | "Entity" => {
                self.named(last(value.get("name")?.as_str()?))
            }
            plain => self.named(plain),
        }
    }

    fn named(&self, name: &str) -> Option<Shape> {
        let common = self.namespace.get("commonTypes").and_then(|it| it.get(name));
        if let Some(common) = common {
            return self.shape(common);
        }
        Some(match name {
            "Bool" | "Boolean" => Shape::Bool,
            "Long" => Shape::Long,
            "String" => Shape::Text,
            "datetime" => Shape::Datetime,
            entity => Shape::Entity(entity.to_owned()),
        })
    }
}

const NOT: Option<&Value> = Some(&Value::Bool(false));

/// A name without its namespace.
fn last(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name)
}

fn names(applies: &Value, key: &str) -> Vec<String> {
    let names = applies.get(key).and_then(Value::as_array).into_iter().flatten();
    names.filter_map(|name| Some(last(name.as_str()?).to_owned())).collect()
}
