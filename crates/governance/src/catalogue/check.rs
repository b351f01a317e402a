//! Is this JSON an act? All that is wrong with its shape at once, each with its place.

use super::{ActShape, Catalogue, choices, has_type, required};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde_json::Value;
use std::fmt;

/// Something that is wrong with the shape of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShapeFault {
    /// Where, such as `plan.watches[0].id`; empty for the whole.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
    /// True when the place is empty and must not be.
    pub missing: bool,
}

impl fmt::Display for ShapeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "`{}`: ", self.place)?;
        }
        write!(f, "{}; {}", self.what, self.remedy)
    }
}

/// A walk through a value along its schema.
struct Walk<'a> {
    catalogue: &'a Catalogue,
    faults: Vec<ShapeFault>,
}

impl Catalogue {
    /// What is wrong with the shape of an act. Days that stand where an instant is meant become the
    /// start of that day in UTC.
    ///
    /// An act without a fault may still be none: the types have the last word.
    pub fn check(&self, act: &mut Value) -> Vec<ShapeFault> {
        let mut walk = Walk { catalogue: self, faults: Vec::new() };
        let name = act.get("act").and_then(Value::as_str).map(str::to_owned);
        let fault = |what: String, remedy: String| {
            vec![ShapeFault { place: String::new(), what, remedy, missing: false }]
        };
        let Some(name) = name else {
            let remedy = "name it like {\"act\": \"tick\"}";
            return fault("this names no act".to_owned(), remedy.to_owned());
        };
        match self.acts().find(|known| known.name == name) {
            Some(known) => walk.value(&known.schema, act, ""),
            None => {
                let remedy = match self.nearest(&name) {
                    Some(near) => format!("did you mean `{}`?", near.name),
                    None => "look it up in the list of acts".to_owned(),
                };
                return fault(format!("there is no act `{name}`"), remedy);
            }
        }
        walk.faults
    }

    /// The act whose name is most like one that does not exist; none when none is like it.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<&ActShape> {
        let name = name.to_lowercase().replace(['-', ' '], "_");
        let like = self.acts().map(|act| (likeness(&name, &act.name), act));
        let best = like.max_by(|(a, _), (b, _)| a.total_cmp(b));
        best.filter(|(likeness, _)| *likeness >= ALIKE).map(|(_, act)| act)
    }
}

/// From this likeness on, one name may have been meant for another.
pub(crate) const ALIKE: f64 = 0.75;

/// How like two names are, from 0 to 1: as a whole, or word by word where one has other words too.
pub(crate) fn likeness(a: &str, b: &str) -> f64 {
    let whole = strsim::jaro_winkler(a, b);
    let of_words = f64::midpoint(words_found(a, b), words_found(b, a));
    whole.max(of_words)
}

/// How well the words of one name are found in another, long words counting more.
fn words_found(of: &str, within: &str) -> f64 {
    let (mut found, mut all) = (0.0, 0.0);
    for word in of.split('_') {
        let like = within.split('_').map(|other| strsim::jaro_winkler(word, other));
        let weight = f64::from(u16::try_from(word.len()).unwrap_or(u16::MAX));
        found += weight * like.fold(0.0, f64::max);
        all += weight;
    }
    if all > 0.0 { found / all } else { 0.0 }
}

impl Walk<'_> {
    fn fault(&mut self, place: &str, what: impl Into<String>, remedy: impl Into<String>) {
        let (place, what, remedy) = (place.to_owned(), what.into(), remedy.into());
        self.faults.push(ShapeFault { place, what, remedy, missing: false });
    }

    fn value(&mut self, schema: &Value, value: &mut Value, place: &str) {
        let catalogue = self.catalogue;
        let (inner, nullable) = catalogue.not_null(schema);
        if value.is_null() && (nullable || inner == &Value::Bool(true)) {
            return;
        }
        if let Some(words) = choices(inner) {
            if !value.as_str().is_some_and(|word| words.iter().any(|known| known == word)) {
                let what = format!("{} is not allowed", shown(value));
                self.fault(place, what, format!("it is one of {}", words.join(", ")));
            }
            return;
        }
        if let Some(wanted) = wrong_kind(inner, value) {
            let what = format!("{} is no {wanted}", shown(value));
            self.fault(place, what, format!("give {}", catalogue.kind_in_words(inner)));
            return;
        }
        match value {
            Value::Object(_) => self.object(inner, value, place),
            Value::Array(items) => {
                if let Some(of) = inner.get("items") {
                    for (number, item) in items.iter_mut().enumerate() {
                        self.value(of, item, &format!("{place}[{number}]"));
                    }
                }
            }
            Value::String(text) => self.text(inner, text, place),
            Value::Number(number) => self.number(inner, number, place),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn text(&mut self, schema: &Value, text: &mut String, place: &str) {
        if schema.get("format").is_some_and(|format| format == "date-time") {
            match instant(text) {
                Some(at) => *text = at,
                None => {
                    let remedy = "write it like 2024-03-31T12:00:00Z, or give a day";
                    self.fault(place, format!("`{text}` is no instant"), remedy);
                }
            }
        } else if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
            && !crate::id::fits(pattern, text)
        {
            let what = format!("`{text}` is not {}", super::described(schema));
            self.fault(place, what, format!("give {}", self.catalogue.kind_in_words(schema)));
        }
    }

    fn number(&mut self, schema: &Value, number: &serde_json::Number, place: &str) {
        let given = number.as_f64().unwrap_or_default();
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let largest = match schema.get("format").and_then(Value::as_str) {
            Some("uint32") => Some(f64::from(u32::MAX)),
            Some("uint16") => Some(f64::from(u16::MAX)),
            Some("uint8") => Some(f64::from(u8::MAX)),
            _ => None,
        };
        if let Some(least) = bound("minimum").filter(|&least| given < least) {
            self.fault(place, format!("{number} is too small"), format!("give at least {least}"));
        } else if let Some(most) = bound("maximum").or(largest).filter(|&most| given > most) {
            self.fault(place, format!("{number} is too large"), format!("give at most {most}"));
        }
    }

    fn object(&mut self, schema: &Value, value: &mut Value, place: &str) {
        let catalogue = self.catalogue;
        let at =
            |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
        if let Some(variants) = schema.get("oneOf").and_then(Value::as_array) {
            match variant(catalogue, variants, value) {
                Ok(Some(chosen)) => self.object(chosen, value, place),
                Ok(None) => {}
                Err((tag, words)) => {
                    let remedy = format!("it is one of {}", words.join(", "));
                    self.fault(&at(&tag), "this says no kind that exists", remedy);
                }
            }
        }
        let Value::Object(fields) = value else { return };
        for name in required(schema).filter(|name| !fields.contains_key(*name)) {
            let of = schema.get("properties").and_then(|all| all.get(name));
            let kind = of.map(|of| catalogue.kind_in_words(of)).unwrap_or_default();
            self.faults.push(ShapeFault {
                place: at(name),
                what: "it is missing".to_owned(),
                remedy: format!("give {kind}"),
                missing: true,
            });
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        // Keys that are ids have patterns of theirs; what fits none is left to the types to refuse.
        let keyed = schema.get("patternProperties").and_then(Value::as_object);
        let of_key = keyed.and_then(|patterns| patterns.values().next());
        let others = of_key.or_else(|| schema.get("additionalProperties"));
        for (name, field) in fields.iter_mut() {
            match properties.and_then(|known| known.get(name)) {
                Some(of) => self.value(of, field, &at(name)),
                None if others == Some(&Value::Bool(false)) => {
                    let known: Vec<&str> =
                        properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                    let remedy = format!("the fields are {}", known.join(", "));
                    self.fault(&at(name), "there is no such field", remedy);
                }
                None => {
                    if let Some(of) = others.filter(|of| of.is_object()) {
                        self.value(of, field, &at(name));
                    }
                }
            }
        }
    }
}

/// The variant that a value means, or the tag and the words that it may have.
fn variant<'a>(
    catalogue: &'a Catalogue,
    variants: &'a [Value],
    value: &Value,
) -> Result<Option<&'a Value>, (String, Vec<String>)> {
    let constant = |variant: &'a Value| {
        let properties = variant.get("properties").and_then(Value::as_object)?;
        properties.iter().find_map(|(tag, of)| Some((tag, of.get("const")?.as_str()?)))
    };
    let mut words = Vec::new();
    let mut tag = None;
    for one in variants.iter().map(|variant| catalogue.resolve(variant)) {
        let Some((name, word)) = constant(one) else { return Ok(None) };
        if value.get(name).is_some_and(|given| given == word) {
            return Ok(Some(one));
        }
        tag = Some(name.clone());
        words.push(word.to_owned());
    }
    Err((tag.unwrap_or_default(), words))
}

/// What a value had to be, in words, when it is of another kind.
fn wrong_kind(schema: &Value, value: &Value) -> Option<String> {
    let kinds = ["object", "array", "string", "boolean", "integer", "number"];
    let wanted: Vec<&str> = kinds.into_iter().filter(|kind| has_type(schema, kind)).collect();
    if !wanted.is_empty() && !wanted.iter().any(|kind| is_of(value, kind)) {
        let in_words = wanted.iter().map(|kind| match *kind {
            "string" => "text",
            "array" => "list",
            "integer" => "whole number",
            other => other,
        });
        return Some(in_words.collect::<Vec<_>>().join(" or "));
    }
    let variants = schema.get("oneOf").and_then(Value::as_array);
    let of_objects = variants.is_some_and(|all| all.iter().all(|it| has_type(it, "object")));
    (of_objects && !value.is_object()).then(|| "object".to_owned())
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        _ => value.is_number(),
    }
}

/// A value as a fault shows it: short.
fn shown(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Null => "nothing".to_owned(),
        other => format!("`{}`", other.to_string().trim_matches('"')),
    }
}

/// An instant as the record writes it; a day means its start in UTC.
fn instant(text: &str) -> Option<String> {
    if text.parse::<Timestamp>().is_ok() {
        return Some(text.to_owned());
    }
    let day = text.parse::<Date>().ok()?;
    Some(Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn all_faults_are_told_with_their_place() {
        let catalogue = Catalogue::new();
        let table: &[(Value, &[&str])] = &[
            (
                json!({"act": "begin_validation", "use_case": 7, "more": 1}),
                &[
                    "`more`: there is no such field; the fields are act, use_case",
                    "`use_case`: `7` is no text; give a use case, such as UC-1",
                ],
            ),
            (
                json!({"act": "cast_vote", "decision": "UC-1", "choice": "perhaps"}),
                &[
                    "`reason`: it is missing; give text",
                    "`choice`: `perhaps` is not allowed; it is one of approve, reject, abstain",
                    "`decision`: `UC-1` is not a decision; give a decision, such as DEC-1",
                ],
            ),
            (
                json!({"act": "add_person", "id": "A B", "title": "T", "trained_until": "soon"}),
                &[
                    "`id`: `A B` is not a person's handle; give a person's handle, such as \
                     committee-chair",
                    "`trained_until`: `soon` is no instant; write it like 2024-03-31T12:00:00Z, or \
                     give a day",
                ],
            ),
        ];
        for (act, expected) in table {
            let faults = catalogue.check(&mut act.clone());
            let mut faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            faults.sort();
            let mut expected: Vec<_> = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(faults, expected);
        }
    }

    #[test]
    fn a_day_means_its_start() {
        let mut act =
            json!({"act": "add_person", "id": "a", "title": "T", "trained_until": "2027-01-31"});
        assert_eq!(Catalogue::new().check(&mut act), []);
        assert_eq!(act["trained_until"], "2027-01-31T00:00:00Z");
    }

    #[test]
    fn a_wrong_act_is_told_the_nearest() {
        let catalogue = Catalogue::new();
        let faults = catalogue.check(&mut json!({"act": "start_validation"}));
        let said = faults.iter().map(ToString::to_string).collect::<String>();
        assert!(said.contains("did you mean `begin_validation`?"), "{said}");
        let near = |name| catalogue.nearest(name).map(|act| act.name.as_str());
        for (wrong, meant) in [
            ("begin-validaton", Some("begin_validation")),
            ("begin_validaton", Some("begin_validation")),
            ("beginvalidation", Some("begin_validation")),
            ("Add-Person", Some("add_person")),
            ("suspend_it", Some("suspend")),
            ("cast-a-vote", Some("cast_vote")),
            ("report-incdent", Some("report_incident")),
            ("xyzzy", None),
            ("", None),
        ] {
            assert_eq!(near(wrong), meant, "{wrong}");
        }
    }
}
