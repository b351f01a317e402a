//! A group of patients, named by one attribute.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// The rows in which one attribute has one level, such as `race` = `Asian`.
///
/// In JSON an object with one entry: `{"race": "Asian"}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cohort {
    /// The attribute, such as `race`.
    pub attribute: String,
    /// Its level, such as `Asian`.
    pub level: String,
}

impl fmt::Display for Cohort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.attribute, self.level)
    }
}

impl JsonSchema for Cohort {
    fn schema_name() -> Cow<'static, str> {
        "Cohort".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "An attribute with its level.",
            "additionalProperties": { "type": "string" },
            "minProperties": 1,
            "maxProperties": 1,
            "examples": [{ "race": "Asian" }],
        })
    }
}

impl Serialize for Cohort {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.attribute, &self.level)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Cohort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneEntry;
        impl<'de> Visitor<'de> for OneEntry {
            type Value = Cohort;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with one entry, attribute to level")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cohort, A::Error> {
                let entry = map.next_entry()?;
                let (attribute, level) = entry.ok_or_else(|| Error::invalid_length(0, &self))?;
                if map.next_entry::<String, String>()?.is_some() {
                    return Err(Error::invalid_length(2, &self));
                }
                Ok(Cohort { attribute, level })
            }
        }
        deserializer.deserialize_map(OneEntry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cohort_is_an_object_with_exactly_one_entry() {
        let asian = Cohort { attribute: "race".into(), level: "Asian".into() };
        assert_eq!(serde_json::to_string(&asian).unwrap(), r#"{"race":"Asian"}"#);
        assert_eq!(serde_json::from_str::<Cohort>(r#"{"race":"Asian"}"#).unwrap(), asian);
        for bad in ["{}", r#"{"race":"Asian","sex":"F"}"#, r#""Asian""#] {
            assert!(serde_json::from_str::<Cohort>(bad).is_err(), "{bad}");
        }
    }
}
