//! The API's document (OpenAPI 3.1), made from the table of routes and the schemas.

use crate::acts::CATALOGUE;
use crate::objects::MOST;
use crate::routes::{Access, Method, listed};
use axum::Json;
use governance::KINDS;
use serde_json::{Map, Value, json};

pub(crate) async fn show() -> Json<Value> {
    Json(document())
}

/// The document. `docs/openapi.json` is a copy of it.
#[must_use]
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for (method, path, access) in listed() {
        for (path, operation) in operations(method, path, access) {
            let verb = if method == Method::Get { "get" } else { "post" };
            let item = paths.entry(path).or_insert_with(|| json!({}));
            if let Value::Object(item) = item
                && !item.contains_key(verb)
            {
                item.insert(verb.to_owned(), operation);
            }
        }
    }
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Primum",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The operating record for AI in a health system",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": [
            { "name": "API", "description": "For programs: JSON." },
            { "name": "Pages", "description": "For people: HTML." },
        ],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "responses": { "Problem": {
                "description": "What went wrong (RFC 9457), with a remedy.",
                "content": { "application/problem+json": {
                    "schema": { "$ref": "#/components/schemas/Problem" } } },
            } },
            "securitySchemes": {
                "session": { "type": "apiKey", "in": "cookie", "name": "primum",
                    "description":
                        "A signed-in person; behind TLS the cookie is `__Host-primum`." },
                "token": { "type": "http", "scheme": "bearer",
                    "description": "The token that `primum gate token` makes." },
                "accessKey": { "type": "http", "scheme": "bearer",
                    "description": "`PERSON:KEY`, with the key that `primum person key` makes." },
            },
        },
    })
}

/// What a route is in the document: itself, or one address for each kind of objects.
fn operations(method: Method, path: &'static str, access: Access) -> Vec<(String, Value)> {
    if !path.contains("{objects}") {
        return vec![(path.to_owned(), operation(method, path, access, None))];
    }
    let of_kind = KINDS.iter().map(|kind| {
        let path = path.replace("{objects}", kind.name);
        let operation = operation(method, &path, access, Some((kind.name, kind.title)));
        (path, operation)
    });
    of_kind.collect()
}

fn operation(method: Method, path: &str, access: Access, kind: Option<(&str, &str)>) -> Value {
    let is_api = path.starts_with("/api/") || path == "/healthz";
    let says = told(method, path, kind);
    let answer = match (is_api, answer(method, path, kind)) {
        (true, schema) => json!({ "application/json": { "schema": schema } }),
        (false, _) => json!({ "text/html": { "schema": { "type": "string" } } }),
    };
    let mut responses = json!({ "200": { "description": "The answer.", "content": answer } });
    if kind.is_some()
        && !path.ends_with('}')
        && let Some(Value::Object(answer)) = responses.get_mut("200")
    {
        let about = "The next page as `<address>; rel=\"next\"` (RFC 8288); none on the last.";
        let link = json!({ "description": about, "schema": { "type": "string" } });
        answer.insert("headers".to_owned(), json!({ "Link": link }));
    }
    if is_api && let Value::Object(responses) = &mut responses {
        let problem = json!({ "$ref": "#/components/responses/Problem" });
        responses.insert("4XX".to_owned(), problem.clone());
        responses.insert("5XX".to_owned(), problem);
    }
    let mut operation = json!({
        "operationId": operation_id(method, path),
        "tags": [if is_api { "API" } else { "Pages" }],
        "summary": says,
        "security": security(access),
        "parameters": parameters(method, path, kind.is_some()),
        "responses": responses,
    });
    if let (Some(body), Value::Object(operation)) = (body(method, path), &mut operation) {
        operation.insert("requestBody".to_owned(), body);
    }
    operation
}

/// `get /api/v1/use-cases/{id}` as `get_api_v1_use_cases_id`.
fn operation_id(method: Method, path: &str) -> String {
    let verb = if method == Method::Get { "get" } else { "post" };
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(verb).chain(words).collect::<Vec<_>>().join("_")
}

fn security(access: Access) -> Value {
    match access {
        Access::Open => json!([]),
        Access::Session => json!([{ "session": [] }]),
        Access::Api => json!([{ "session": [] }, { "token": [] }, { "accessKey": [] }]),
        Access::Person => json!([{ "session": [] }, { "accessKey": [] }]),
        // While no token was made, a program on this machine needs none.
        Access::Gate => json!([{ "token": [] }, {}]),
    }
}

fn parameters(method: Method, path: &str, is_list: bool) -> Value {
    let mut all: Vec<Value> = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
        })
        .collect();
    let of_day = json!({ "name": "as_of", "in": "query",
        "description": "The record at the end of this day, in UTC; left out, as it is now.",
        "schema": { "type": "string", "format": "date" } });
    if is_list || matches!(path, "/api/v1/work" | "/api/v1/decision-times") {
        all.push(of_day);
    }
    if is_list && !path.ends_with('}') {
        all.push(json!({ "name": "limit", "in": "query", "description": "At most so many.",
            "schema": { "type": "integer", "minimum": 1, "maximum": MOST } }));
        all.push(json!({ "name": "after", "in": "query",
            "description": "Only those after this id; `next` of the page before.",
            "schema": { "type": "string" } }));
    }
    if path == "/api/v1/decision-times" {
        all.push(json!({ "name": "since", "in": "query",
            "description": "Only what was put to them from this day on, in UTC.",
            "schema": { "type": "string", "format": "date" } }));
    }
    if path == "/api/v1/work" {
        all.push(json!({ "name": "for", "in": "query",
            "description": "Only what waits for this person.", "schema": { "type": "string" } }));
        all.push(json!({ "name": "body", "in": "query",
            "description": "Only what waits for this body.", "schema": { "type": "string" } }));
    }
    if (method, path) == (Method::Post, "/api/v1/acts") {
        all.push(json!({ "name": "Idempotency-Key", "in": "header",
            "description": "The command's id, made by the caller: sending it again has one effect. \
                Left out, one is made.",
            "schema": refer("CommandId") }));
    }
    Value::Array(all)
}

fn told(method: Method, path: &str, kind: Option<(&str, &str)>) -> String {
    let fixed = match (method, path) {
        (_, "/healthz") => "The process answers, and its writer takes commands.",
        (_, "/api/v1/gate/check") => "May this version act here, now, and with what obligations?",
        (_, "/api/v1/gate/counts") => "How often the gate said yes and no since it started.",
        (_, "/api/v1/record") => "The record as a whole: its size, state hash and checkpoint.",
        (_, "/api/v1/use-cases") => "Use cases with their standing and the gate's answer.",
        (_, "/api/v1/use-cases/{id}") => "A use case with its standing and the gate's answer.",
        (Method::Get, "/api/v1/acts") => "Every act, with its schema and an example.",
        (Method::Post, "/api/v1/acts") => "Does an act in the name of the person who sends it.",
        (_, "/api/v1/objects") => "Every kind of objects, with its address.",
        (_, "/api/v1/work") => "What waits, the most urgent first.",
        (_, "/api/v1/decision-times") => {
            "How long bodies and sign-off lanes take: the median, and what nine in ten stay within."
        }
        (_, "/api/v1/openapi.json") => "This document.",
        _ => "",
    };
    match (fixed, kind) {
        ("", Some((_, title))) if path.ends_with('}') => format!("One of: {title}."),
        ("", Some((_, title))) => format!("{title}."),
        ("", None) if method == Method::Post => "A form of a page.".to_owned(),
        ("", None) => "A page.".to_owned(),
        (said, _) => said.to_owned(),
    }
}

fn refer(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The schema of what a route of the API answers.
fn answer(method: Method, path: &str, kind: Option<(&str, &str)>) -> Value {
    let any = json!({ "type": "object" });
    if let Some((name, _)) = kind {
        let of = CATALOGUE.objects.iter().find(|(known, _)| *known == name);
        let of = of.map_or_else(|| any.clone(), |(_, schema)| moved(schema));
        if path.ends_with('}') {
            return of;
        }
        let item = json!({ "type": "object", "required": ["id", "object"],
            "properties": { "id": { "type": "string" }, "object": of } });
        return page_of(item);
    }
    match (method, path) {
        (_, "/api/v1/gate/check") => refer("GateAnswer"),
        (_, "/api/v1/work") => json!({ "type": "array", "items": refer("Task") }),
        (_, "/api/v1/decision-times") => json!({ "type": "array", "items": refer("Pace") }),
        (_, "/api/v1/use-cases") => page_of(any),
        (_, "/api/v1/objects") => json!({ "type": "array", "items": any }),
        (Method::Post, "/api/v1/acts") => {
            json!({ "type": "object",
                "required": ["command", "events", "first_seq", "repeated"],
                "properties": {
                    "command": refer("CommandId"),
                    "events": { "type": "array", "items": moved(&CATALOGUE.event) },
                    "first_seq": { "type": ["integer", "null"] },
                    "repeated": { "type": "boolean" } } })
        }
        _ => any,
    }
}

/// A page of such items.
fn page_of(item: Value) -> Value {
    json!({ "type": "object", "required": ["items", "next"], "properties": {
        "items": { "type": "array", "items": item },
        "next": { "type": ["string", "null"] } } })
}

/// What a route takes.
fn body(method: Method, path: &str) -> Option<Value> {
    if method == Method::Get {
        return None;
    }
    let (kind, schema) = match path {
        "/api/v1/acts" => ("application/json", refer("Act")),
        "/api/v1/gate/check" => ("application/json", refer("GateQuestion")),
        _ => ("application/x-www-form-urlencoded", json!({ "type": "object" })),
    };
    Some(json!({ "required": true, "content": { kind: { "schema": schema } } }))
}

fn schemas() -> Value {
    let defined = CATALOGUE.definitions().iter();
    let mut all: Map<String, Value> =
        defined.map(|(name, schema)| (name.clone(), moved(schema))).collect();
    let mut acts = Vec::new();
    for act in CATALOGUE.acts() {
        let name = format!("act.{}", act.name);
        let mut schema = moved(&act.schema);
        if let Value::Object(schema) = &mut schema {
            schema.insert("examples".to_owned(), json!([CATALOGUE.example(act)]));
        }
        acts.push(refer(&name));
        all.insert(name, schema);
    }
    hide_analyses(&mut all);
    let text = || json!({ "type": "string" });
    all.insert("Act".to_owned(), json!({ "oneOf": acts }));
    all.insert(
        "Problem".to_owned(),
        json!({ "type": "object",
            "required": ["type", "title", "status", "detail", "code", "remedy"],
            "properties": { "type": text(), "title": text(), "status": { "type": "integer" },
                "detail": text(), "code": text(), "remedy": text(),
                "rules": { "type": "array", "description": "The decision rights behind a denial.",
                    "items": { "type": "object", "required": ["id", "reason"],
                        "properties": { "id": text(), "reason": text() } } },
                "faults": { "type": "array",
                    "description": "All that is wrong with what is no act.",
                    "items": { "type": "object", "required": ["place", "what", "remedy"],
                        "properties": {
                            "place": text(), "what": text(), "remedy": text() } } } } }),
    );
    all.insert(
        "GateQuestion".to_owned(),
        json!({ "type": "object", "additionalProperties": false,
            "required": ["use_case", "version", "site", "workflow"],
            "properties": { "use_case": refer("UseCaseId"), "version": text(),
                "site": refer("SiteId"), "workflow": refer("WorkflowId") } }),
    );
    all.insert(
        "GateAnswer".to_owned(),
        json!({ "type": "object",
            "required": ["verdict", "reasons", "obligations", "mode", "tier", "as_of_event"],
            "properties": { "verdict": { "enum": ["permit", "deny"] },
                "reasons": { "type": "array", "items": { "type": "object",
                    "required": ["code", "text"],
                    "properties": { "code": text(), "text": text() } } },
                "obligations": { "type": "array", "items": text() },
                "mode": { "type": ["string", "null"] }, "tier": { "type": ["string", "null"] },
                "as_of_event": { "type": "integer" } } }),
    );
    let nullable = || json!({ "type": ["string", "null"] });
    let count = || json!({ "type": "integer", "minimum": 0 });
    all.insert(
        "Pace".to_owned(),
        json!({ "type": "object", "required": ["kind", "id"],
            "properties": { "kind": { "enum": ["body", "lane"] }, "id": text(), "count": count(),
                "p50_seconds": count(), "p90_seconds": count() } }),
    );
    all.insert(
        "Task".to_owned(),
        json!({ "type": "object", "required": ["who", "what", "overdue"],
            "properties": {
                "who": { "type": "object", "required": ["kind", "id"], "properties": {
                    "kind": { "enum": ["person", "body"] }, "id": text() } },
                "what": text(), "use_case": nullable(), "case": nullable(),
                "decision": nullable(), "due": nullable(), "overdue": { "type": "boolean" } } }),
    );
    Value::Object(all)
}

/// Privileged analyses are kept apart: an incident is shown without their hashes.
fn hide_analyses(schemas: &mut Map<String, Value>) {
    let incident = schemas.get_mut("Incident");
    let Some(Value::Object(incident)) = incident else { return };
    if let Some(Value::Object(properties)) = incident.get_mut("properties") {
        properties.remove("analyses");
    }
    if let Some(Value::Array(required)) = incident.get_mut("required") {
        required.retain(|name| name != "analyses");
    }
}

/// A schema with its references led to this document's place for them.
fn moved(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| match (name.as_str(), value.as_str()) {
                    ("$ref", Some(to)) => {
                        let to = to.replace("#/$defs/", "#/components/schemas/");
                        (name.clone(), Value::String(to))
                    }
                    _ => (name.clone(), moved(value)),
                })
                .collect(),
        ),
        Value::Array(items) => items.iter().map(moved).collect(),
        plain => plain.clone(),
    }
}
