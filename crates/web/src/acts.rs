//! Acts over HTTP: what can be asked, and asking it.

use crate::form::Me;
use crate::problem::{ApiProblem, Problem};
use crate::state::Shared;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode};
use governance::{Act, Actor, Catalogue, CommandId, Event};
use registrar::Submission;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Every act with its fields. The schemas do not change while the program runs.
pub(crate) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::new);

/// The header that names the command: sending it again has one effect.
const KEY: &str = "idempotency-key";

/// The acts by group, each with its schema and an example.
pub(crate) async fn listed() -> Json<Value> {
    let groups = CATALOGUE.groups.iter().map(|group| {
        let acts = group.acts.iter().map(|act| {
            json!({
                "act": act.name, "does": act.does, "schema": act.schema,
                "example": CATALOGUE.example(act),
            })
        });
        json!({ "title": group.title, "acts": acts.collect::<Vec<_>>() })
    });
    let groups: Vec<Value> = groups.collect();
    Json(json!({ "groups": groups, "$defs": CATALOGUE.definitions() }))
}

/// What an act did.
#[derive(Debug, Serialize)]
pub(crate) struct Done {
    events: Vec<Event>,
    first_seq: Option<u64>,
    repeated: bool,
}

/// Does an act in the name of the person who sends it.
pub(crate) async fn submit(
    State(web): State<Shared>,
    me: Me,
    headers: HeaderMap,
    act: Result<Json<Value>, JsonRejection>,
) -> Result<Json<Done>, ApiProblem> {
    let Json(mut act) = act.map_err(|error| no_act(error.status(), error.body_text()))?;
    let faults = CATALOGUE.check(&mut act);
    if !faults.is_empty() {
        let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
        return Err(no_act(StatusCode::UNPROCESSABLE_ENTITY, all.join("\n")).into());
    }
    let act: Act = serde_json::from_value(act)
        .map_err(|error| no_act(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))?;
    let actor = Actor::Person(me.person.clone());
    let submission =
        Submission { id: key(&headers)?, at: web.now(), actor, act, documents: Vec::new() };
    let done = web.app.registrar.submit(submission).await?;
    let (events, first_seq, repeated) = (done.events, done.first_seq, done.repeated);
    Ok(Json(Done { events, first_seq, repeated }))
}

fn no_act(status: StatusCode, detail: String) -> Problem {
    Problem::new(
        status,
        "no_act",
        "This is no act",
        detail,
        "Nothing was kept. Send JSON as GET /api/v1/acts shows it, with the content type \
         application/json.",
    )
}

/// The command's id.
fn key(headers: &HeaderMap) -> Result<CommandId, Problem> {
    let sent = headers.get(KEY).and_then(|value| value.to_str().ok());
    let id = sent.map(|text| text.trim().trim_matches('"').parse::<CommandId>());
    let wrong = match id {
        Some(Ok(id)) => return Ok(id),
        Some(Err(error)) => error.to_string(),
        None => "the header `Idempotency-Key` is missing".to_owned(),
    };
    Err(Problem::new(
        StatusCode::BAD_REQUEST,
        "no_key",
        "The command has no id",
        wrong,
        "Nothing was kept. Send an `Idempotency-Key` of your own making, of small letters, digits \
         and hyphens, and the same one when you try again.",
    ))
}
