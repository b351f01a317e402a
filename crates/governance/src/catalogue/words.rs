//! What a field takes, in words.

use super::{Catalogue, choices, described, first_sentence, has_type};
use serde_json::Value;

impl Catalogue {
    /// What a value of this schema is, in a few words: `a use case, such as UC-1`.
    #[must_use]
    pub fn kind_in_words(&self, schema: &Value) -> String {
        let (inner, _) = self.not_null(schema);
        if let Some(words) = choices(inner) {
            return format!("one of {}", words.join(", "));
        }
        let example = inner.get("examples").and_then(|examples| examples.get(0));
        if inner.get("format").is_some_and(|format| format == "date-time") {
            return "an instant such as 2024-03-31T12:00:00Z, or a day, which means its start in UTC"
                .to_owned();
        }
        if has_type(inner, "string") {
            let about = described(inner);
            return match example.and_then(Value::as_str) {
                Some(example) if !about.is_empty() => {
                    format!("{}, such as {example}", first_sentence(&about))
                }
                Some(example) => format!("text, such as {example}"),
                None => "text".to_owned(),
            };
        }
        if has_type(inner, "array") {
            let of = inner.get("items").map(|items| self.kind_in_words(items));
            return format!("several, each {}", of.unwrap_or_else(|| "any value".to_owned()));
        }
        for (kind, words) in
            [("boolean", "true or false"), ("integer", "a whole number"), ("number", "a number")]
        {
            if has_type(inner, kind) {
                return words.to_owned();
            }
        }
        let keys = self.keys(inner);
        if keys.is_empty() { "an object".to_owned() } else { format!("an object with {keys}") }
    }

    /// The names of an object's fields, those in brackets that may be left out.
    fn keys(&self, schema: &Value) -> String {
        let needed: Vec<&str> = super::required(schema).collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        let optional = properties.into_iter().flatten().map(|(name, _)| name.as_str());
        let optional = optional.filter(|name| !needed.contains(name));
        let names = needed.iter().map(|name| (*name).to_owned());
        let mut names: Vec<String> =
            names.chain(optional.map(|name| format!("[{name}]"))).collect();
        let variants = schema.get("oneOf").and_then(Value::as_array);
        if let Some(variants) = variants {
            let of = variants.iter().map(|variant| match variant.get("const") {
                Some(word) => word.to_string(),
                None => format!("{{{}}}", self.keys(self.resolve(variant))),
            });
            names.push(of.collect::<Vec<_>>().join(" or "));
        }
        names.join(", ")
    }
}
