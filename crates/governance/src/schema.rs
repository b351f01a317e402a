//! The shapes of acts and objects as JSON Schema: the command line, the API document and
//! `docs/acts.md` are made from them.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// The shape of an instant in JSON. jiff's own type has no schema.
pub(crate) struct Instant;

impl JsonSchema for Instant {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "An instant in UTC.",
            "examples": ["2024-03-31T12:00:00Z"],
        })
    }
}

/// The schema of something that is written as one text.
pub(crate) fn text(description: &str, example: &str) -> Schema {
    json_schema!({ "type": "string", "description": description, "examples": [example] })
}
