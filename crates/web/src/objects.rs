//! Any object of the record for programs, and what waits.

use crate::problem::{ApiProblem, Problem};
use crate::state::{Moment, Shared, Web};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use governance::{BodyId, KINDS, ObjectKind, Pace, PersonId, Record, Task, Waiting, work};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Objects on a page, when nobody says how many.
const USUAL: usize = 100;
/// Objects on a page at most.
pub(crate) const MOST: usize = 1_000;

/// Who asks the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A person: signed in, or with their own key.
    Person(PersonId),
    /// A program with the API token. It is nobody, and sees nothing that is private.
    Program,
}

/// Which page, of which day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paging {
    /// A number; read by hand, to say in plain words when it is none.
    limit: Option<String>,
    after: Option<String>,
    pub(crate) as_of: Option<String>,
}

impl Paging {
    fn limit(&self) -> Result<usize, Problem> {
        let Some(text) = &self.limit else { return Ok(USUAL) };
        text.parse().ok().filter(|it| (1..=MOST).contains(it)).ok_or_else(|| {
            let what = format!("`limit` is a whole number from 1 to {MOST}, not `{text}`.");
            Problem::bad_request(what)
        })
    }

    /// The page asked for of `all`, each with its id; only what is on it is put as `shown`.
    pub(crate) fn page<T, S: Serialize>(
        &self,
        objects: &str,
        at: &Moment,
        mut all: impl Iterator<Item = (String, T)>,
        shown: impl Fn(String, T) -> S,
    ) -> Result<Response, Problem> {
        let limit = self.limit()?;
        if let Some(after) = &self.after {
            // An object that is hidden is not there: its id says no more than any other.
            let known = all.any(|(id, _)| id == *after);
            if !known {
                return Err(Problem::not_found(format!("The {objects} have no `{after}`.")));
            }
        }
        // One more than asked for tells whether there is a next page.
        let mut found: Vec<(String, T)> = all.take(limit.saturating_add(1)).collect();
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(id, _)| id.clone());
        let link = next.as_ref().map(|next| {
            let day = at.as_of.map(|day| format!("&as_of={day}")).unwrap_or_default();
            format!("</api/v1/{objects}?limit={limit}&after={next}{day}>; rel=\"next\"")
        });
        let items = found.into_iter().map(|(id, object)| shown(id, object)).collect();
        let mut response = Json(Page { items, next }).into_response();
        if let Some(link) = link {
            let link = link.parse().map_err(|error| Problem::fault(format!("{error:?}")))?;
            response.headers_mut().insert(header::LINK, link);
        }
        Ok(response)
    }
}

/// Of which day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AsOf {
    pub(crate) as_of: Option<String>,
}

/// A page of objects.
#[derive(Debug, Serialize)]
struct Page<T> {
    items: Vec<T>,
    /// The id to go on after; none at the end.
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct Listed {
    id: String,
    object: Value,
}

fn kind(name: &str) -> Result<&'static ObjectKind, Problem> {
    ObjectKind::named(name).ok_or_else(|| {
        let detail = format!("There are no objects `{name}`; GET /api/v1/objects lists the kinds.");
        Problem::not_found(detail)
    })
}

/// What a query asks for, or a problem that names what is wrong with it.
pub(crate) fn asked<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    let wrong = |error: QueryRejection| {
        let text = error.body_text();
        // What the framework puts in front says nothing to who asked.
        let what = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
        let what = what.replace("unknown field", "there is no parameter");
        Problem::bad_request(format!("After the `?`: {what}."))
    };
    query.map(|Query(asked)| asked).map_err(wrong)
}

/// Whether a person belongs to the governance office.
pub(crate) fn is_office(person: &PersonId, record: &Record) -> bool {
    let known = record.people.get(person);
    known.is_some_and(|person| person.roles.contains("governance-office"))
}

/// What one caller sees of the record on one day.
struct View {
    at: Moment,
    caller: Caller,
    is_office: bool,
    /// Hashes of privileged analyses.
    privileged: BTreeSet<String>,
}

impl View {
    async fn new(web: &Web, caller: Caller, as_of: Option<&str>) -> Result<Self, Problem> {
        let at = web.moment(as_of).await?;
        // Who may see what is asked of today's record, whatever day is looked at.
        let today = web.record();
        let is_office = match &caller {
            Caller::Person(person) => is_office(person, &today),
            Caller::Program => false,
        };
        let incidents = today.incidents.incidents.values();
        let privileged = incidents.flat_map(|it| it.analyses.iter().cloned()).collect();
        Ok(Self { at, caller, is_office, privileged })
    }

    /// The object as this caller may see it; none when it is private.
    ///
    /// A draft shows only to its author and the governance office. A privileged analysis, its hash
    /// too, shows to nobody here.
    fn shown(&self, kind: &ObjectKind, mut object: Value) -> Option<Value> {
        let text = |at: &str| object.pointer(at).and_then(Value::as_str);
        let hidden = match (kind.name, &self.caller) {
            ("drafts", Caller::Program) => true,
            ("drafts", Caller::Person(me)) => {
                !self.is_office && text("/author") != Some(me.as_str())
            }
            ("documents", _) => {
                text("/attachment/hash").is_none_or(|hash| self.privileged.contains(hash))
            }
            _ => false,
        };
        if hidden {
            return None;
        }
        if kind.name == "incidents" {
            object.as_object_mut()?.remove("analyses");
        }
        Some(object)
    }
}

/// Every kind of objects.
pub(crate) async fn kinds() -> Json<Value> {
    let kinds = KINDS.iter().map(|kind| {
        json!({
            "name": kind.name,
            "title": kind.title,
            "prefix": kind.prefix,
            "address": format!("/api/v1/{}", kind.name),
        })
    });
    Json(kinds.collect())
}

pub(crate) async fn list(
    State(web): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(objects): Path<String>,
    query: Result<Query<Paging>, QueryRejection>,
) -> Result<Response, ApiProblem> {
    let kind = kind(&objects)?;
    let paging = asked(query)?;
    let view = View::new(&web, caller, paging.as_of.as_deref()).await?;
    let all = (kind.of)(&view.at.record);
    let seen = all.filter_map(|(id, object)| Some((id, view.shown(kind, object.json())?)));
    Ok(paging.page(&objects, &view.at, seen, |id, object| Listed { id, object })?)
}

pub(crate) async fn show(
    State(web): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path((objects, id)): Path<(String, String)>,
    query: Result<Query<AsOf>, QueryRejection>,
) -> Result<Json<Value>, ApiProblem> {
    let kind = kind(&objects)?;
    let view = View::new(&web, caller, asked(query)?.as_of.as_deref()).await?;
    let found = kind.find(&view.at.record, &id).and_then(|object| view.shown(kind, object));
    let found = found.ok_or_else(|| Problem::not_found(format!("The {objects} have no `{id}`.")));
    Ok(Json(found?))
}

/// From which day on to count, and on which day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Since {
    since: Option<Date>,
    as_of: Option<String>,
}

pub(crate) async fn times(
    State(web): State<Shared>,
    query: Result<Query<Since>, QueryRejection>,
) -> Result<Json<Vec<Pace>>, ApiProblem> {
    let Since { since, as_of } = asked(query)?;
    let at = web.moment(as_of.as_deref()).await?;
    let start = since.map(|day| Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)));
    let start = start.transpose().map_err(Problem::fault)?;
    Ok(Json(at.record.pace(start.unwrap_or(Timestamp::MIN))))
}

/// Whose work, on which day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Whose {
    #[serde(rename = "for")]
    person: Option<PersonId>,
    body: Option<BodyId>,
    as_of: Option<String>,
}

pub(crate) async fn waiting(
    State(web): State<Shared>,
    query: Result<Query<Whose>, QueryRejection>,
) -> Result<Json<Vec<Task>>, ApiProblem> {
    let Whose { person, body, as_of } = asked(query)?;
    if person.is_some() && body.is_some() {
        let why = "`for` and `body` were both given; ask for a person or for a body.";
        return Err(Problem::bad_request(why).into());
    }
    let at = web.moment(as_of.as_deref()).await?;
    let record = &at.record;
    let mut tasks = work(record, at.now);
    if let Some(person) = &person {
        if !record.people.contains_key(person) {
            return Err(Problem::not_found(format!("The record has no `{person}`.")).into());
        }
        tasks.retain(|task| record.waits_for(task, person));
    }
    if let Some(body) = body {
        if !record.bodies.contains_key(&body) {
            return Err(Problem::not_found(format!("The record has no body `{body}`.")).into());
        }
        let body = Waiting::Body(body);
        tasks.retain(|task| task.who == body);
    }
    Ok(Json(tasks))
}
