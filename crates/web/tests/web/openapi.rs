//! The API's document: it is whole, sound, and the copy in docs is up to date.

use serde_json::Value;
use std::collections::BTreeSet;
use web::{Method, listed, openapi};

const COPY: &str = include_str!("../../../../docs/openapi.json");

/// Every object and list in a document, with its place.
fn walk<'a>(value: &'a Value, place: &str, visit: &mut impl FnMut(&str, &'a Value)) {
    visit(place, value);
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, it)| walk(it, &format!("{place}/{name}"), visit));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, it)| walk(it, &format!("{place}/{n}"), visit));
        }
        _ => {}
    }
}

fn each_operation(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, item)| {
        let verbs = item.as_object().unwrap().iter();
        verbs.map(|(verb, operation)| (path.clone(), verb.clone(), operation))
    });
    each.collect()
}

#[test]
fn the_copy_in_docs_is_up_to_date() {
    let made = serde_json::to_string_pretty(&openapi()).unwrap() + "\n";
    assert!(
        made == COPY,
        "docs/openapi.json is old: primum act docs --openapi > docs/openapi.json"
    );
}

#[test]
fn every_route_is_in_it_with_its_access() {
    let document = openapi();
    for (method, path, _) in listed() {
        let verb = if method == Method::Get { "get" } else { "post" };
        for name in ["use-cases", "incidents", "people"] {
            let path = path.replace("{objects}", name);
            let operation = &document["paths"][&path][verb];
            assert!(operation["security"].is_array(), "{verb} {path}");
            assert!(operation["responses"]["200"]["content"].is_object(), "{verb} {path}");
        }
    }
}

#[test]
fn every_reference_resolves() {
    let document = openapi();
    let mut count = 0;
    walk(&document, "", &mut |place, value| {
        if let Some(to) = value.get("$ref").and_then(Value::as_str) {
            count += 1;
            let pointer = to.strip_prefix('#').unwrap_or_else(|| panic!("{place}: {to}"));
            assert!(document.pointer(pointer).is_some(), "{place}: {to} is nowhere");
        }
    });
    assert!(count > 100, "{count}");
}

#[test]
fn every_path_parameter_is_declared_and_operations_are_unique() {
    let document = openapi();
    let mut ids = BTreeSet::new();
    for (path, verb, operation) in each_operation(&document) {
        let declared: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["in"] == "path")
            .map(|it| it["name"].as_str().unwrap())
            .collect();
        let named = path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap());
        assert_eq!(named.collect::<BTreeSet<_>>(), declared, "{verb} {path}");
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id.to_owned()), "{id} is there twice");
        for scheme in operation["security"].as_array().unwrap() {
            for name in scheme.as_object().unwrap().keys() {
                assert!(document["components"]["securitySchemes"].get(name).is_some(), "{name}");
            }
        }
    }
    // Component names that the specification allows.
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let fine = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    assert!(schemas.keys().all(|name| name.chars().all(fine)));
}
