//! What is wrong with the shape of a pack, all of it at once: told by the schema of the act that
//! adopts it, with the lines of the text.

use crate::Fault;
use crate::fault::line_at;
use governance::{Catalogue, ShapeFault};
use serde_json::{Map, Value};
use std::ops::Range;
use std::sync::LazyLock;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where in an act the contents of a file stand.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// They are the fields of this act.
    Act(&'static str),
    /// They are the plan of `adopt_plan`.
    Plan,
    /// Each of `people` is the fields of `add_person`.
    People,
    /// They are no part of an act.
    Other,
}

/// The schemas; reading them takes longer than any pack.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::new);

/// All faults of shape that the schema knows; none when it knows none, or the text is no TOML.
pub(crate) fn faults(text: &str, shape: Shape) -> Vec<Fault> {
    let Ok(table) = DeTable::parse(text) else { return Vec::new() };
    let span = table.span();
    let root = Spanned::new(span, DeValue::Table(table.into_inner()));
    let mut found = Vec::new();
    let value = plain(&root, text, &mut found);
    // A map from handles has no fields of its own; what is in it is left to the types.
    let named = |fault: &ShapeFault| fault.remedy != "the fields are ";
    for (fault, inside) in checked(shape, value).into_iter().filter(|(fault, _)| named(fault)) {
        let place = fault.place.strip_prefix(inside).unwrap_or(&fault.place);
        let what = match place {
            "" => fault.what,
            place => format!("`{place}`: {}", fault.what),
        };
        let remedy = fault.remedy.replace("the fields are act, ", "the keys are ");
        found.push(Fault { line: line_of(&root, place, text), what, remedy });
    }
    found.sort_by_key(|fault| fault.line.unwrap_or_default());
    found
}

/// The faults by the schema, each with what to take away in front of its place.
fn checked(shape: Shape, value: Value) -> Vec<(ShapeFault, &'static str)> {
    let catalogue = &*CATALOGUE;
    match (shape, value) {
        (Shape::Act(name), Value::Object(mut fields)) => {
            fields.insert("act".to_owned(), name.into());
            all(catalogue.check(&mut Value::Object(fields)), "")
        }
        (Shape::Plan, plan) => {
            let named = [("act", "adopt_plan".into()), ("use_case", "UC-1".into()), ("plan", plan)];
            let act = named.map(|(key, value)| (key.to_owned(), value));
            let act: Map<_, _> = act.into_iter().collect();
            all(catalogue.check(&mut Value::Object(act)), "plan.")
        }
        (Shape::People, Value::Object(mut fields)) => {
            let people = fields.get_mut("people").and_then(Value::as_array_mut);
            let each = people.into_iter().flatten().enumerate().flat_map(|(number, person)| {
                if let Value::Object(fields) = person {
                    fields.insert("act".to_owned(), "add_person".into());
                }
                let faults = catalogue.check(person).into_iter();
                faults.map(move |mut fault| {
                    fault.place = format!("people[{number}].{}", fault.place);
                    fault
                })
            });
            all(each.collect(), "")
        }
        _ => Vec::new(),
    }
}

fn all(faults: Vec<ShapeFault>, inside: &'static str) -> Vec<(ShapeFault, &'static str)> {
    faults.into_iter().map(|fault| (fault, inside)).collect()
}

/// A value as JSON has it. JSON has no dates: packs write them as text.
fn plain(value: &Spanned<DeValue<'_>>, text: &str, faults: &mut Vec<Fault>) -> Value {
    match value.get_ref() {
        DeValue::String(it) => Value::String(it.to_string()),
        DeValue::Integer(it) => i64::from_str_radix(it.as_str(), it.radix()).into_json(),
        DeValue::Float(it) => it.as_str().parse::<f64>().into_json(),
        DeValue::Boolean(it) => Value::Bool(*it),
        DeValue::Datetime(it) => {
            faults.push(Fault {
                line: Some(line_at(text, value.span().start)),
                what: format!("`{it}` is no text"),
                remedy: "write the date in quotes".to_owned(),
            });
            Value::String(it.to_string())
        }
        DeValue::Array(items) => items.iter().map(|item| plain(item, text, faults)).collect(),
        DeValue::Table(table) => {
            let fields = table.iter();
            let fields =
                fields.map(|(key, of)| (key.get_ref().to_string(), plain(of, text, faults)));
            Value::Object(fields.collect())
        }
    }
}

/// A number that was read, as JSON; what cannot be written is nothing.
trait IntoJson {
    fn into_json(self) -> Value;
}

impl<T: Into<Value>, E> IntoJson for Result<T, E> {
    fn into_json(self) -> Value {
        self.map_or(Value::Null, Into::into)
    }
}

/// The line of a place such as `floors[3].when`: of as much of it as is there.
fn line_of(root: &Spanned<DeValue<'_>>, place: &str, text: &str) -> Option<usize> {
    let mut at: Option<Range<usize>> = None;
    let mut value = root;
    for step in place.split(['.', '[']).map(|step| step.trim_end_matches(']')) {
        let found = match value.get_ref() {
            DeValue::Table(table) => {
                let mut keys = table.iter();
                let found = keys.find(|(key, _)| key.get_ref().as_ref() == step);
                found.map(|(key, of)| (key.span(), of))
            }
            DeValue::Array(items) => {
                let item = step.parse().ok().and_then(|place: usize| items.get(place));
                item.map(|of| (of.span(), of))
            }
            _ => None,
        };
        let Some((span, next)) = found else { break };
        at = Some(span);
        value = next;
    }
    at.map(|span| line_at(text, span.start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    /// The schemas do not refuse what is sound: else a second fault would bring false ones along.
    #[test]
    fn built_in_packs_have_no_fault_of_shape() {
        for (kind, shape) in [
            ("tiers", crate::tiers::SHAPE),
            ("standard", crate::standard::SHAPE),
            ("body", crate::organisation::BODY),
            ("plan", crate::plan::SHAPE),
            ("people", crate::organisation::PEOPLE),
            ("contracts", crate::contracts::SHAPE),
            ("changes", crate::changes::SHAPE),
            ("clocks", crate::clocks::SHAPE),
            ("agents", crate::agents::SHAPE),
        ] {
            for file in Kind::named(kind).unwrap().files {
                assert_eq!(faults(file.text, shape), [], "{}", file.path);
            }
        }
    }
}
