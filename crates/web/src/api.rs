//! The JSON API, version 1: the gate's questions, and the record for programs.

use crate::objects::{AsOf, Paging, asked};
use crate::pages::gate_of;
use crate::problem::{ApiProblem, Problem};
use crate::state::{Moment, Shared, Web};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use gate::{Answer, Counts, PermitTable, Request};
use governance::{Act, Actor, Cause, CommandId, Refusal, Service, Standing, UseCase, UseCaseId};
use jiff::Timestamp;
use registrar::{Submission, SubmitError};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::sync::Arc;

type Answered<T> = Result<Json<T>, ApiProblem>;

/// A version's label longer than this is denied and not reported: it is no label.
const LONGEST_VERSION: usize = 100;

/// The process answers, and its writer takes commands.
pub(crate) async fn health(State(web): State<Shared>) -> Answered<Value> {
    if web.app.registrar.is_open() {
        return Ok(Json(json!({ "status": "ok" })));
    }
    let problem = Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "closed",
        "The record is closed",
        "The writer has stopped because a write failed. What was acknowledged before is kept.",
        "Restart Primum and run `primum log verify`.",
    );
    Err(problem.into())
}

/// Permit and deny are both answers: 200 with a verdict.
pub(crate) async fn check(
    State(web): State<Shared>,
    request: Result<Json<Request>, JsonRejection>,
) -> Answered<Answer> {
    let Json(request) = request.map_err(|error| {
        let status = error.status();
        Problem::new(
            status,
            "bad_question",
            "This is no question for the gate",
            error.body_text(),
            "Send JSON with `use_case`, `version`, `site` and `workflow`. \
             Without a permit, do not act.",
        )
    })?;
    let now = web.now();
    let answer = web.permits().check(&request, now);
    web.counters.count(&answer);
    if answer.is_unknown_version()
        && let Err(problem) = report_unknown_version(&web, request, now).await
    {
        // The denial stands without its case. Standard error may be closed; there is nowhere else
        // to say so.
        let _ = writeln!(io::stderr(), "error: no case was opened: {}", problem.detail());
    }
    Ok(Json(answer))
}

/// Opens a case for a version that is not on record: one, however often and wherever it asks.
async fn report_unknown_version(
    web: &Web,
    request: Request,
    now: Timestamp,
) -> Result<(), Problem> {
    let Request { use_case, version, site, workflow } = request;
    let record = web.record();
    let same = || {
        record.cases.values().filter(|case| {
            let about = matches!(&case.cause, Cause::UnknownVersion { version: seen, .. }
                if *seen == version);
            about && case.use_case == use_case
        })
    };
    if same().any(|case| case.is_open()) || version.is_empty() || version.len() > LONGEST_VERSION {
        return Ok(());
    }
    let name = format!("{use_case}\n{version}\n{}", same().count());
    let digest: String = hex::encode(Sha256::digest(name)).chars().take(32).collect();
    // No person's command may have an id that begins like this.
    let id: CommandId = format!("primum-gate-{digest}").parse().map_err(Problem::fault)?;
    let act = Act::ReportUnknownVersion { use_case, version, site, workflow };
    let actor = Actor::Service(Service::Gate);
    let submission = Submission { id, at: now, actor, act, documents: Vec::new() };
    match web.app.registrar.submit(submission).await {
        // Somebody registered the version between the two looks at the record.
        Ok(_) | Err(SubmitError::Refused(Refusal::VersionKnown(_))) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn counts(State(web): State<Shared>) -> Json<Counts> {
    Json(web.counters.counts())
}

#[derive(Serialize)]
pub(crate) struct RecordView {
    hospital: String,
    /// Events recorded.
    size: u64,
    last_at: Option<Timestamp>,
    state_hash: String,
    /// The newest signed checkpoint.
    checkpoint: String,
    vkey: String,
}

pub(crate) async fn record(State(web): State<Shared>) -> Answered<RecordView> {
    let record = web.record();
    let reader = web.app.registrar.reader();
    Ok(Json(RecordView {
        hospital: crate::pages::hospital(&record),
        size: record.next_seq,
        last_at: record.last_at,
        state_hash: record.state_hash().map_err(Problem::fault)?,
        checkpoint: reader.checkpoint().await.map_err(Problem::from)?.to_string(),
        vkey: reader.vkey(),
    }))
}

#[derive(Serialize)]
pub(crate) struct UseCaseView {
    id: UseCaseId,
    title: String,
    stage: &'static str,
    tier: Option<governance::Tier>,
    standing: Standing,
    gate: Answer,
}

impl UseCaseView {
    fn new(permits: &PermitTable, at: &Moment, use_case: &UseCase) -> Self {
        let (record, now) = (&at.record, at.now);
        Self {
            id: use_case.id,
            title: use_case.proposal.title.clone(),
            stage: use_case.stage.name(),
            tier: use_case.stage.tier().map(|tier| tier.tier),
            standing: record.standing(use_case, now),
            gate: gate_of(permits, record, use_case, now).1,
        }
    }
}

/// The permits of a day.
fn permits(web: &Web, at: &Moment) -> Arc<PermitTable> {
    if at.as_of.is_none() { web.permits() } else { Arc::new(PermitTable::compile(&at.record)) }
}

pub(crate) async fn use_cases(
    State(web): State<Shared>,
    query: Result<Query<Paging>, QueryRejection>,
) -> Result<Response, ApiProblem> {
    let paging = asked(query)?;
    let at = web.moment(paging.as_of.as_deref()).await?;
    let permits = permits(&web, &at);
    let all = at.record.use_cases.iter().map(|(id, use_case)| (id.to_string(), use_case));
    let shown = |_, use_case: &UseCase| UseCaseView::new(&permits, &at, use_case);
    Ok(paging.page("use-cases", &at, all, shown)?)
}

#[derive(Serialize)]
pub(crate) struct UseCaseDetail {
    #[serde(flatten)]
    view: UseCaseView,
    record: UseCase,
}

pub(crate) async fn use_case(
    State(web): State<Shared>,
    Path(id): Path<String>,
    query: Result<Query<AsOf>, QueryRejection>,
) -> Answered<UseCaseDetail> {
    let at = web.moment(asked(query)?.as_of.as_deref()).await?;
    let found = id.parse().ok().and_then(|id: UseCaseId| at.record.use_cases.get(&id));
    let found = found.ok_or_else(|| Problem::not_found(format!("The record has no `{id}`.")))?;
    let view = UseCaseView::new(&permits(&web, &at), &at, found);
    Ok(Json(UseCaseDetail { view, record: found.clone() }))
}
