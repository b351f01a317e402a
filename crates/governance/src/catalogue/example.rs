//! Examples, made from the schemas.

use super::{ActShape, Catalogue, described, first_sentence, has_type, on_a_line, required};
use serde_json::{Map, Value, json};

/// Schemas deeper than this are cut off: no act is.
const DEEPEST: usize = 12;

impl Catalogue {
    /// An example of an act: the fields it must have, and those that say an example themselves.
    #[must_use]
    pub fn example(&self, act: &ActShape) -> Value {
        let mut example = self.object(&act.schema, DEEPEST);
        example.insert("act".to_owned(), Value::String(act.name.clone()));
        Value::Object(example)
    }

    /// An example of a value.
    #[must_use]
    pub fn example_of(&self, schema: &Value) -> Value {
        self.value(schema, DEEPEST)
    }

    fn object(&self, schema: &Value, depth: usize) -> Map<String, Value> {
        let mut object = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        let needed: Vec<&str> = required(schema).collect();
        for (name, schema) in properties.into_iter().flatten() {
            if needed.contains(&name.as_str()) || schema.get("examples").is_some() {
                object.insert(name.clone(), self.value(schema, depth));
            }
        }
        // A part that is flattened into the object.
        for part in ["oneOf", "anyOf"] {
            let parts = schema.get(part).and_then(Value::as_array);
            if let Some(first) = parts.and_then(|parts| parts.first()) {
                object.extend(self.object(self.resolve(first), depth));
            }
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            object.extend(self.object(self.resolve(part), depth));
        }
        object
    }

    fn value(&self, schema: &Value, depth: usize) -> Value {
        let own = schema.get("examples").and_then(|examples| examples.get(0));
        let (inner, _) = self.not_null(schema);
        let given = own.or_else(|| inner.get("examples").and_then(|examples| examples.get(0)));
        if let Some(given) = given.or_else(|| inner.get("const")) {
            return given.clone();
        }
        if let Some(words) = super::choices(inner)
            && let Some(first) = words.into_iter().next()
        {
            return Value::String(first);
        }
        let Some(depth) = depth.checked_sub(1) else { return Value::Null };
        if has_type(inner, "object") || inner.get("properties").is_some() {
            return Value::Object(self.object(inner, depth));
        }
        if let Some(first) = inner.get("oneOf").and_then(|parts| parts.get(0)) {
            return self.value(first, depth);
        }
        if has_type(inner, "array") {
            let parts = inner.get("prefixItems").and_then(Value::as_array);
            if let Some(parts) = parts {
                return parts.iter().map(|part| self.value(part, depth)).collect();
            }
            return inner
                .get("items")
                .map_or_else(|| json!([]), |it| json!([self.value(it, depth)]));
        }
        if has_type(inner, "boolean") {
            return json!(true);
        }
        if has_type(inner, "integer") {
            let least = inner.get("minimum").and_then(Value::as_i64).unwrap_or(1);
            return json!(least.max(1));
        }
        if has_type(inner, "number") {
            return json!(0.5);
        }
        let about = [described(schema), described(inner)].into_iter().find(|it| !it.is_empty());
        Value::String(on_a_line(first_sentence(&about.unwrap_or_default())))
    }
}
