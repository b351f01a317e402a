//! Acts over HTTP: what can be asked, and asking it.

use crate::form::Me;
use crate::problem::{ApiProblem, Problem};
use crate::state::{Shared, Web};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode};
use governance::{Act, Actor, Catalogue, CommandId, Event};
use registrar::{Acknowledged, Submission};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Every act with its fields. The schemas do not change while the program runs.
pub(crate) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::new);

/// The longest act, in bytes: an inventory of a thousand use cases, or decision rights, fit.
pub(crate) const LONGEST: usize = 4 * 1024 * 1024;

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
    command: CommandId,
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
        let problem = no_act(StatusCode::UNPROCESSABLE_ENTITY, all.join("\n"));
        return Err(problem.with_faults(faults).into());
    }
    let act: Act = serde_json::from_value(act)
        .map_err(|error| no_act(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))?;
    let actor = Actor::Person(me.person.clone());
    let id = match headers.contains_key(KEY) {
        true => key(&headers)?,
        false => web.command_id()?.parse().map_err(Problem::fault)?,
    };
    let submission = Submission { id, at: web.now(), actor, act, documents: Vec::new() };
    let done = web.app.registrar.submit(submission.clone()).await?;
    let Acknowledged { mut events, first_seq, repeated } = done;
    if repeated {
        events = earlier(&web, &submission).await?;
    }
    Ok(Json(Done { command: submission.id, events, first_seq, repeated }))
}

/// The events that a command made when it was sent before: a repeat is answered alike.
async fn earlier(web: &Web, submission: &Submission) -> Result<Vec<Event>, Problem> {
    let Submission { id, actor, act, .. } = submission;
    let record = web.record();
    let Some(effect) = record.repeats(id, actor, act).map_err(Problem::fault)? else {
        return Ok(Vec::new());
    };
    let range = effect.first_seq..effect.first_seq.saturating_add(effect.events);
    let entries = web.app.registrar.reader().entries(range).await?;
    let events = entries.iter().map(|entry| serde_json::from_slice(&entry.body));
    events.collect::<Result<_, _>>().map_err(Problem::fault)
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
        None => "the header `Idempotency-Key` is not plain text".to_owned(),
    };
    Err(Problem::new(
        StatusCode::BAD_REQUEST,
        "no_key",
        "The command's id cannot be used",
        wrong,
        "Nothing was kept. Send an `Idempotency-Key` of your own making, of small letters, digits \
         and hyphens, and the same one when you try again.",
    ))
}
