//! The record itself: its checkpoint, its events, and the receipt of each.

use super::parts::LineView;
use super::{Answered, Page, Section, known, render};
use crate::form::Me;
use crate::objects::is_office;
use crate::problem::Problem;
use crate::state::Shared;
use crate::words;
use askama::Template;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use governance::{Event, PersonId, Record};
use jiff::Timestamp;
use ledger::{LedgerError, StoredEntry};
use serde::Deserialize;
use std::time::Duration;

/// Events on a page.
const PER_PAGE: u64 = 50;
/// How often, and after which pause, a receipt is asked for that is not there yet.
const RECEIPT_TRIES: u32 = 20;
const RECEIPT_PAUSE: Duration = Duration::from_millis(50);

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage {
    page: Page,
    size: u64,
    published: String,
    checkpoint: String,
    vkey: String,
    state_hash: String,
    events: Vec<LineView>,
    newer: Option<u64>,
    older: Option<u64>,
}

/// Which events are shown: those before this one.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Before {
    #[serde(default)]
    before: Option<String>,
}

pub(crate) async fn show(
    State(web): State<Shared>,
    Extension(me): Me,
    Query(query): Query<Before>,
) -> Answered {
    let at = web.moment(None).await?;
    let record = &at.record;
    let reader = web.app.registrar.reader();
    let lines = web.history.up_to(reader, record).await?;
    let size = lines.len() as u64;
    let before = query.before.and_then(|text| text.parse().ok()).unwrap_or(size).min(size);
    let first = before.saturating_sub(PER_PAGE);
    let shown = lines.iter().filter(|line| (first..before).contains(&line.seq));
    let checkpoint = reader.checkpoint().await?.to_string();
    let published = checkpoint.lines().nth(1).unwrap_or_default().to_owned();
    let page = RecordPage {
        page: Page::new(&web, &me, &at, Section::Record, "The record")?,
        size,
        published,
        checkpoint,
        vkey: reader.vkey(),
        state_hash: record.state_hash().map_err(Problem::fault)?,
        events: shown.rev().map(LineView::from).collect(),
        newer: (before < size).then(|| (before + PER_PAGE).min(size)),
        older: (first > 0).then_some(first),
    };
    render(&page, StatusCode::OK)
}

#[derive(Template)]
#[template(path = "event.html")]
struct EventPage {
    page: Page,
    seq: u64,
    title: String,
    sentence: String,
    facts: Vec<(&'static str, String)>,
    use_case: Option<String>,
    policies: Vec<(String, String)>,
    policy_set: String,
    read: Vec<(String, String)>,
    leaf_hash: String,
    envelope: String,
    receipt: Option<String>,
    receipt_problem: Option<String>,
    json: String,
    next: Option<u64>,
}

/// What a policy means, in the words of its `@reason`, from the rights in force at the time.
fn reason_of(id: &str, record: &Record, at: Timestamp) -> Option<String> {
    let text = &record.rights_at(at)?.policies;
    let (_, after) = text.split_once(&format!("@id(\"{id}\")"))?;
    let (_, reason) = after.split_once("@reason(\"")?;
    Some(reason.split_once("\")")?.0.to_owned())
}

async fn stored(web: &Shared, text: &str) -> Result<(u64, StoredEntry), Problem> {
    let seq: u64 = super::id(text)?;
    let end = seq.checked_add(1).ok_or_else(|| Problem::not_found("There is no such event."))?;
    let entry = web.app.registrar.reader().entries(seq..end).await?.pop();
    Ok((seq, known(entry, format!("event {seq}"))?))
}

pub(crate) async fn event(
    State(web): State<Shared>,
    Extension(me): Me,
    Path(text): Path<String>,
) -> Answered {
    let at = web.moment(None).await?;
    let record = &at.record;
    let (seq, entry) = stored(&web, &text).await?;
    let event: Event = serde_json::from_slice(&entry.body).map_err(Problem::fault)?;
    let (receipt, receipt_problem) = match receipt_soon(&web, seq).await {
        Ok(receipt) => (Some(receipt.to_string()), None),
        Err(error @ LedgerError::NotPublished { .. }) => (None, Some(error.to_string())),
        Err(error) => return Err(error.into()),
    };
    let facts = vec![
        ("When", words::instant(event.at)),
        ("Who", format!("{} ({})", words::actor(&event.actor, record), event.actor)),
        ("Command", event.command.to_string()),
    ];
    let authority = &event.authority;
    let page = EventPage {
        page: Page::new(&web, &me, &at, Section::Record, format!("Event {seq}"))?,
        seq,
        title: words::title(&event.change),
        sentence: words::sentence(&event, record),
        facts,
        use_case: words::use_case_of(&event.change, record).map(|id| id.to_string()),
        policies: authority
            .policies
            .iter()
            .map(|id| (id.clone(), reason_of(id, record, event.at).unwrap_or_default()))
            .collect(),
        policy_set: authority.policy_set.clone(),
        read: authority.facts.iter().map(|(name, fact)| (name.clone(), fact.clone())).collect(),
        leaf_hash: entry.leaf_hash.to_string(),
        envelope: String::from_utf8_lossy(&entry.envelope).into_owned(),
        receipt,
        receipt_problem,
        json: body_for(&event, &me.person, record)?,
        next: (seq + 1 < record.next_seq).then_some(seq + 1),
    };
    render(&page, StatusCode::OK)
}

/// The whole event, as far as `me` may see it: a draft shows only to whoever filled it in and the
/// governance office, the hash of a privileged analysis only to whoever noted it.
fn body_for(event: &Event, me: &PersonId, record: &Record) -> Result<String, Problem> {
    let is_private = match event.change.kind() {
        "draft_begun" | "draft_saved" => !is_office(me, record),
        "analysis_recorded" => true,
        _ => false,
    };
    if is_private && event.actor.person() != Some(me) {
        return Ok("This is kept apart: it does not show to everybody.".to_owned());
    }
    serde_json::to_string_pretty(event).map_err(Problem::fault)
}

/// The receipt of an event. The checkpoint follows an acknowledged event within milliseconds: it is
/// worth waiting for.
async fn receipt_soon(web: &Shared, seq: u64) -> Result<tlog::Receipt, LedgerError> {
    for _ in 0..RECEIPT_TRIES {
        match web.app.registrar.reader().receipt(seq).await {
            Err(LedgerError::NotPublished { .. }) => tokio::time::sleep(RECEIPT_PAUSE).await,
            answer => return answer,
        }
    }
    web.app.registrar.reader().receipt(seq).await
}

/// The receipt as a file (C2SP tlog-proof).
pub(crate) async fn receipt(State(web): State<Shared>, Path(text): Path<String>) -> Answered {
    let (seq, _) = stored(&web, &text).await?;
    let receipt = receipt_soon(&web, seq).await?.to_string();
    Ok(file("text/plain; charset=utf-8", &format!("event-{seq}.tlog-proof"), receipt.into_bytes()))
}

/// The leaf that the receipt is about, byte for byte.
pub(crate) async fn leaf(State(web): State<Shared>, Path(text): Path<String>) -> Answered {
    let (seq, entry) = stored(&web, &text).await?;
    Ok(file("application/json", &format!("event-{seq}.leaf.json"), entry.envelope))
}

fn file(kind: &str, name: &str, bytes: Vec<u8>) -> axum::response::Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
}
