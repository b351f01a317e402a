//! What is wrong with the shape of a pack, all of it at once: told by the schema of the act that
//! adopts it, with the lines of the text.

use crate::Fault;
use crate::fault::line_at;
use governance::{Catalogue, ShapeFault};
use serde::de::DeserializeOwned;
use serde_json::Value;
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
    let mut value = plain(&root, text, &mut found);
    found.extend(lengths(&root, &value, text));
    // A map from handles has no fields of its own; what is in it is left to the types.
    let named = |fault: &ShapeFault| fault.remedy != "the fields are ";
    for (fault, inside) in checked(shape, &mut value).into_iter().filter(|(fault, _)| named(fault))
    {
        let place = fault.place.strip_prefix(inside).unwrap_or(&fault.place);
        let what = match place {
            "" => fault.what,
            place => format!("{}: {}", in_words(place, &value), fault.what),
        };
        let what = what.replace("a fact's handle", "a handle");
        let remedy = fault.remedy.replace("the fields are act, ", "the keys are ");
        let remedy = remedy.replace(FACT, "a handle of small letters, digits and hyphens");
        found.push(Fault { line: line_of(&root, place, text), what, remedy });
    }
    found.sort_by_key(|fault| fault.line.unwrap_or_default());
    found
}

/// What the schema says of every handle that is nothing else.
const FACT: &str = "a fact's handle, such as autonomy";

/// A place in words: the key, and of what where that has a name. `actions[7].title` is the key
/// `title` of the action with its handle.
fn in_words(place: &str, value: &Value) -> String {
    let named = || {
        let (list, rest) = place.split_once('[')?;
        let (number, key) = rest.split_once("].")?;
        let item = value.get(list)?.get(number.parse::<usize>().ok()?)?;
        let name = ["id", "action"].into_iter().find_map(|key| item.get(key)?.as_str())?;
        let of = match list {
            "people" => "person",
            "watches" => "watch",
            "facts" => "question",
            other => other.strip_suffix('s')?,
        };
        // What is wrong with the handle is not told by it.
        let is_name = item.get(key).and_then(Value::as_str) == Some(name);
        (!is_name).then(|| format!("the {of} `{name}`: `{key}`"))
    };
    named().unwrap_or_else(|| format!("`{place}`"))
}

/// Lengths of legal clocks that are text: these have several forms, of which the schema cannot say
/// which one was meant.
fn lengths(root: &Spanned<DeValue<'_>>, value: &Value, text: &str) -> Vec<Fault> {
    let rules = value.get("rules").and_then(Value::as_array);
    let each = rules.into_iter().flatten().enumerate().filter_map(|(number, rule)| {
        let given = rule.get("length")?.as_str().filter(|given| *given != "at_once")?;
        let place = format!("rules[{number}].length");
        Some(Fault {
            line: line_of(root, &place, text),
            what: format!("{}: `{given}` is no length", in_words(&place, value)),
            remedy:
                "write it like { work_days = 10 }, { days = 10 }, { hours = 72 } or \"at_once\""
                    .to_owned(),
        })
    });
    each.collect()
}

/// The contents with days made instants where instants are meant; none when anything is wrong.
pub(crate) fn with_instants<T: DeserializeOwned>(text: &str, shape: Shape) -> Option<T> {
    let table = DeTable::parse(text).ok()?;
    let span = table.span();
    let root = Spanned::new(span, DeValue::Table(table.into_inner()));
    let mut faults = Vec::new();
    let mut value = plain(&root, text, &mut faults);
    let sound = faults.is_empty() && checked(shape, &mut value).is_empty();
    sound.then(|| serde_json::from_value(value).ok()).flatten()
}

/// The faults by the schema, each with what to take away in front of its place.
fn checked(shape: Shape, value: &mut Value) -> Vec<(ShapeFault, &'static str)> {
    let catalogue = &*CATALOGUE;
    match shape {
        Shape::Act(name) => all(as_act(name, value), ""),
        Shape::Plan => {
            let named =
                [("act", "adopt_plan".into()), ("use_case", "UC-1".into()), ("plan", value.take())];
            let act = named.map(|(key, value)| (key.to_owned(), value));
            let mut act = Value::Object(act.into_iter().collect());
            let faults = all(catalogue.check(&mut act), "plan.");
            *value = act.get_mut("plan").map(Value::take).unwrap_or_default();
            faults
        }
        Shape::People => {
            let people = value.get_mut("people").and_then(Value::as_array_mut);
            let each = people.into_iter().flatten().enumerate().flat_map(|(number, person)| {
                let faults = as_act("add_person", person).into_iter();
                faults.map(move |mut fault| {
                    fault.place = format!("people[{number}].{}", fault.place);
                    fault
                })
            });
            all(each.collect(), "")
        }
        Shape::Other => Vec::new(),
    }
}

/// The faults of a value as the fields of an act.
fn as_act(name: &str, value: &mut Value) -> Vec<ShapeFault> {
    if let Value::Object(fields) = value {
        fields.insert("act".to_owned(), name.into());
    }
    let faults = CATALOGUE.check(value);
    if let Value::Object(fields) = value {
        fields.remove("act");
    }
    faults
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
