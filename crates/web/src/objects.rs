//! Any object of the record for programs, and what waits.

use crate::problem::{ApiProblem, Problem};
use crate::state::Shared;
use axum::Json;
use axum::extract::{Path, Query, State};
use governance::{ObjectKind, PersonId, Task, work};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Objects on a page, when nobody says how many.
const USUAL: usize = 100;
/// Objects on a page at most.
pub(crate) const MOST: usize = 1_000;

/// Which page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paging {
    limit: Option<usize>,
    after: Option<String>,
}

/// A page of objects.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    items: Vec<Listed>,
    /// The id to go on after; none at the end.
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct Listed {
    id: String,
    object: Value,
}

fn kind(name: &str) -> Result<&'static ObjectKind, Problem> {
    ObjectKind::named(name)
        .ok_or_else(|| Problem::not_found(format!("There are no objects `{name}`.")))
}

pub(crate) async fn list(
    State(web): State<Shared>,
    Path(objects): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page>, ApiProblem> {
    let kind = kind(&objects)?;
    let limit = paging.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::bad_request(format!("`limit` is from 1 to {MOST}.")).into());
    }
    let record = web.record();
    let after = paging.after.as_deref();
    let Some(mut found) = kind.page(&record, after, limit.saturating_add(1)) else {
        let after = after.unwrap_or_default();
        return Err(Problem::not_found(format!("The {objects} have no `{after}`.")).into());
    };
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(id, _)| id.clone());
    let items = found.into_iter().map(|(id, object)| Listed { id, object }).collect();
    Ok(Json(Page { items, next }))
}

pub(crate) async fn show(
    State(web): State<Shared>,
    Path((objects, id)): Path<(String, String)>,
) -> Result<Json<Value>, ApiProblem> {
    let found = kind(&objects)?.find(&web.record(), &id);
    let found = found.ok_or_else(|| Problem::not_found(format!("The {objects} have no `{id}`.")));
    Ok(Json(found?))
}

/// Whose work.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Whose {
    #[serde(rename = "for")]
    person: Option<PersonId>,
}

pub(crate) async fn waiting(
    State(web): State<Shared>,
    Query(whose): Query<Whose>,
) -> Result<Json<Vec<Task>>, ApiProblem> {
    let record = web.record();
    let mut tasks = work(&record, web.now());
    if let Some(person) = &whose.person {
        if !record.people.contains_key(person) {
            return Err(Problem::not_found(format!("The record has no `{person}`.")).into());
        }
        tasks.retain(|task| record.waits_for(task, person));
    }
    Ok(Json(tasks))
}
