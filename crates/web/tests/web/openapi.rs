//! The API's document: it is whole, sound, and the copy in docs is up to date.

use crate::signed_in;
use axum::http::StatusCode;
use governance::{Act, KINDS};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use web::{Access, Method, listed, openapi};

const COPY: &str = "../../docs/openapi.json";

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

/// The document as it is kept. `PRIMUM_GOLDEN=write` writes it anew.
#[test]
fn the_copy_in_docs_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(COPY);
    let made = serde_json::to_string_pretty(&openapi()).unwrap() + "\n";
    if std::env::var("PRIMUM_GOLDEN").is_ok_and(|wish| wish == "write") {
        std::fs::write(&path, &made).unwrap();
    }
    assert!(
        made == std::fs::read_to_string(&path).unwrap(),
        "docs/openapi.json is old: run this test again with PRIMUM_GOLDEN=write"
    );
}

/// The addresses that a route has in the document.
fn addresses(path: &str) -> Vec<String> {
    if !path.contains("{objects}") {
        return vec![path.to_owned()];
    }
    KINDS.iter().map(|kind| path.replace("{objects}", kind.name)).collect()
}

fn verb(method: Method) -> &'static str {
    if method == Method::Get { "get" } else { "post" }
}

#[test]
fn the_document_and_the_table_of_routes_hold_the_same() {
    let document = openapi();
    let mut routed = BTreeSet::new();
    for (method, path, access) in listed() {
        for address in addresses(path) {
            let operation = &document["paths"][&address][verb(method)];
            let who = operation["security"].as_array().unwrap();
            let schemes: Vec<&String> =
                who.iter().flat_map(|it| it.as_object().unwrap().keys()).collect();
            let expected: &[&str] = match access {
                Access::Open => &[],
                Access::Session => &["session"],
                Access::Api => &["session", "token", "accessKey"],
                Access::Person => &["session", "accessKey"],
                Access::Gate => &["token"],
            };
            assert_eq!(schemes, expected, "{address}");
            assert!(operation["responses"]["200"]["content"].is_object(), "{address}");
            // What programs use is described: no route of theirs is only called a page.
            let summary = operation["summary"].as_str().unwrap();
            let is_page = summary == "A page." || summary == "A form of a page.";
            assert_eq!(
                is_page,
                !address.starts_with("/api/") && address != "/healthz",
                "{address}"
            );
            routed.insert((address, verb(method).to_owned()));
        }
    }
    let documented: BTreeSet<(String, String)> =
        each_operation(&document).into_iter().map(|(path, verb, _)| (path, verb)).collect();
    assert_eq!(documented, routed);
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

/// What is wrong with a value by a schema: types, fields, choices and references. Lengths, patterns
/// and formats are left to the types of the program.
fn faults(document: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(to) = schema.get("$ref").and_then(Value::as_str) {
        let to = document.pointer(to.trim_start_matches('#')).expect("a reference resolves");
        found.extend(faults(document, to, value, place));
    }
    let fails = |schema: &Value| !faults(document, schema, value, place).is_empty();
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        found.extend(parts.iter().flat_map(|part| faults(document, part, value, place)));
    }
    for (word, exactly_one) in [("oneOf", true), ("anyOf", false)] {
        let Some(parts) = schema.get(word).and_then(Value::as_array) else { continue };
        let fitting = parts.iter().filter(|part| !fails(part)).count();
        if fitting == 0 || (exactly_one && fitting > 1) {
            found.push(format!("{place}: {fitting} of {word} fit"));
        }
    }
    if schema.get("const").is_some_and(|only| only != value) {
        found.push(format!("{place}: not {}", schema["const"]));
    }
    let choices = schema.get("enum").and_then(Value::as_array);
    if choices.is_some_and(|choices| !choices.contains(value)) {
        found.push(format!("{place}: {value} is no choice"));
    }
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |kind: &&str| match *kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("{place}: no type is called {other}"),
    };
    if !kinds.is_empty() && !kinds.iter().any(is) {
        found.push(format!("{place}: {value} is no {}", kinds.join(" or ")));
    }
    if let (Some(of), Some(items)) = (schema.get("items"), value.as_array()) {
        let each = items.iter().enumerate();
        found.extend(each.flat_map(|(n, it)| faults(document, of, it, &format!("{place}/{n}"))));
    }
    let Some(object) = value.as_object() else { return found };
    let required = schema.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        if !object.contains_key(name) {
            found.push(format!("{place}: `{name}` is missing"));
        }
    }
    let known = schema.get("properties").and_then(Value::as_object);
    for (name, value) in object {
        let place = format!("{place}/{name}");
        // Maps say what their keys look like; one pattern each, so there is one shape.
        let of_map = schema.get("patternProperties").and_then(Value::as_object);
        let of_map = of_map.and_then(|patterns| patterns.values().next());
        let of = known.and_then(|known| known.get(name)).or(of_map);
        match (of, schema.get("additionalProperties")) {
            (Some(of), _) => found.extend(faults(document, of, value, &place)),
            (None, Some(Value::Bool(false))) => found.push(format!("{place}: not known")),
            (None, Some(of @ Value::Object(_))) => {
                found.extend(faults(document, of, value, &place));
            }
            _ => {}
        }
    }
    found
}

fn fits(document: &Value, schema: &Value, value: &Value, what: &str) {
    let found = faults(document, schema, value, "");
    assert!(found.is_empty(), "{what}: {found:#?}\n{value:#}");
}

#[test]
fn every_act_is_in_it_and_its_example_fits() {
    let document = openapi();
    let schemas = &document["components"]["schemas"];
    let mut names = BTreeSet::new();
    for name in Act::groups().iter().flat_map(|group| group.names).copied() {
        let schema = &schemas[format!("act.{name}")];
        let example = &schema["examples"][0];
        assert_eq!(example["act"], name);
        fits(&document, schema, example, name);
        let mut more = example.clone();
        more["no_such_field"] = true.into();
        assert!(!faults(&document, schema, &more, "").is_empty(), "{name} takes any field");
        let mut less = example.clone();
        for field in schema["required"].as_array().unwrap().iter().filter_map(Value::as_str) {
            let kept = less.as_object_mut().unwrap().remove(field).unwrap();
            assert!(!faults(&document, schema, &less, "").is_empty(), "{name} needs no {field}");
            less[field] = kept;
        }
        names.insert(format!("#/components/schemas/act.{name}"));
    }
    let listed = schemas["Act"]["oneOf"].as_array().unwrap().iter();
    let listed: BTreeSet<String> =
        listed.map(|it| it["$ref"].as_str().unwrap().to_owned()).collect();
    assert_eq!(listed, names);
}

/// The shape that the document gives to an answer.
fn of_answer<'a>(document: &'a Value, path: &str, verb: &str, status: StatusCode) -> &'a Value {
    let schema = if status == StatusCode::OK {
        &document["paths"][path][verb]["responses"]["200"]["content"]["application/json"]["schema"]
    } else {
        &document["components"]["schemas"]["Problem"]
    };
    assert!(schema.is_object(), "{verb} {path} has no shape");
    schema
}

#[tokio::test]
async fn real_answers_fit_what_the_document_promises() {
    let (_hospital, mut visitor) = signed_in("chair").await;
    let document = openapi();
    let parsed = |body: &str| serde_json::from_str::<Value>(body).expect("JSON");
    assert_eq!(parsed(&visitor.get("/api/v1/openapi.json").await.body), document);
    let question =
        json!({ "use_case": "UC-1", "version": "1.0", "site": "main", "workflow": "discharge" });
    for (path, body) in [
        ("acts", json!({ "act": "report_incident", "what": "A near miss.", "use_case": "UC-1" })),
        ("acts", json!({ "act": "begin_draft", "answers": { "title": "An idea" } })),
        ("acts", json!({ "act": "note_departure", "person": "owner" })),
        ("acts", json!({ "act": "nothing" })),
        ("acts", json!(1)),
        ("gate/check", question),
        ("gate/check", json!({})),
    ] {
        let path = format!("/api/v1/{path}");
        let page = visitor.json(&path, &body.to_string()).await;
        let shape = of_answer(&document, &path, "post", page.status);
        fits(&document, shape, &parsed(&page.body), &body.to_string());
    }
    let mut objects = 0;
    let get = listed().into_iter().filter(|(method, path, _)| {
        *method == Method::Get && path.starts_with("/api/") && !path.contains("{id}")
    });
    for address in get.flat_map(|(_, path, _)| addresses(path)) {
        let page = visitor.get(&address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}: {}", page.body);
        let answer = parsed(&page.body);
        let shape = of_answer(&document, &address, "get", page.status);
        fits(&document, shape, &answer, &address);
        let one = format!("{address}/{{id}}");
        let Some(items) = answer.get("items").and_then(Value::as_array) else { continue };
        for id in items.iter().map(|item| item["id"].clone()).chain([json!("none-1")]) {
            let page = visitor.get(&format!("{address}/{}", id.as_str().unwrap())).await;
            let shape = of_answer(&document, &one, "get", page.status);
            fits(&document, shape, &parsed(&page.body), &one);
            objects += usize::from(page.status == StatusCode::OK);
        }
    }
    assert!(objects > 15, "{objects}");
}
