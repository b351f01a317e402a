//! `primum evidence …`: from prediction logs to reports.

pub mod classes;
mod findings;
pub mod grades;
pub mod models;
pub mod survival;
pub mod values;

use crate::act::{acting, close, submit_to};
use crate::ambient;
use crate::cli::{Cli, Evidence, EvidenceRun};
use crate::folder::Folder;
use crate::output::{Answer, Exit, Table, Usage, start_of};
use crate::read::{EvidenceRead, Read};
use anyhow::{Context, Result, bail};
use evidence::{Period, Report, Reproduction, Request, Source};
use governance::{Act, Change, EvidenceId, Record, Status, UseCaseId};
use jiff::Timestamp;
use ledger::Reader;
use statistics::Estimate;
use std::path::{Path, PathBuf};

/// Runs a verb of `primum evidence`.
pub async fn run(cli: &Cli, verb: &Evidence) -> Result<Exit> {
    let answer = match verb {
        Evidence::Run(run) => compute(run).await?,
        Evidence::Ratings(ratings) => crate::ratings::answer(ratings)?,
        Evidence::Size(size) => crate::size::answer(size)?,
        Evidence::Models(asked) => models::answer(asked).await?,
        Evidence::Classes(asked) => classes::answer(asked).await?,
        Evidence::Grades(asked) => grades::answer(asked).await?,
        Evidence::Values(asked) => values::answer(asked).await?,
        Evidence::Survival(asked) => survival::answer(asked).await?,
        Evidence::Card { files } => crate::card::answer(files)?,
        Evidence::Claim(asked) => crate::claim::answer(asked)?,
        Evidence::Record { use_case, from, until } => record(cli, *use_case, from, until).await?,
        Evidence::Reproduce { evidence, source } => {
            reproduce(cli, *evidence, source.as_deref()).await?
        }
        Evidence::Read(read) => return crate::answer(cli, &Read::Evidence(read.clone())).await,
    };
    answer.print(cli.json)
}

/// Evidence from files, without a record.
async fn compute(run: &EvidenceRun) -> Result<Answer> {
    let report = evidence::run(&Source::files(run.files.clone()), &request(run)?).await?;
    Answer::new(&report, summary(&report))
}

fn request(run: &EvidenceRun) -> Result<Request> {
    let mut request = Request::new(run.outcome.clone(), run.score.clone());
    request.by.clone_from(&run.by);
    request.thresholds.clone_from(&run.threshold);
    request.level = run.level;
    request.id.clone_from(&run.id);
    request.time.clone_from(&run.time);
    request.matured.clone_from(&run.matured);
    request.version.clone_from(&run.version);
    request.from = run.from.as_deref().map(start_of).transpose()?;
    request.until = run.until.as_deref().map(start_of).transpose()?;
    request.period = run.monthly.then_some(Period::Month);
    if run.time.is_some() || run.matured.is_some() {
        request.as_of = Some(ambient::now());
    }
    if !run.known_versions.is_empty() {
        request.known_versions = Some(run.known_versions.iter().cloned().collect());
    }
    for only in &run.only {
        let (column, value) = only
            .split_once('=')
            .ok_or_else(|| Usage(format!("`{only}` is no filter; write it like split=deploy")))?;
        request.equals.insert(column.to_owned(), value.to_owned());
    }
    Ok(request)
}

/// Computes evidence for a use case by its feed, and records it.
async fn record(cli: &Cli, id: UseCaseId, from: &str, until: &str) -> Result<Answer> {
    let person = acting(cli)?;
    let folder = Folder::of(cli);
    let opened = folder.write(ambient::salts()).await?;
    let at = folder.now(opened.registrar.reader()).await?;
    let span = (start_of(from)?, start_of(until)?);
    let (act, document) =
        evidence_act(&opened.registrar.record(), &folder.predictions(), id, span, at).await?;
    let outcome = submit_to(cli, person, &opened.registrar, act, at, vec![document]).await;
    let record = opened.registrar.record();
    close(opened).await?;
    let recorded = outcome?.events.into_iter().find_map(|event| match event.change {
        Change::EvidenceRecorded(evidence) => Some(evidence),
        _ => None,
    });
    let recorded =
        recorded.context("this command had its effect before; see `primum evidence show`")?;
    let shown = Read::Evidence(EvidenceRead::Show { id: recorded.id }).answer(&record, at)?;
    Ok(if recorded.status == Status::Met { shown } else { shown.denied() })
}

/// The act that records evidence for a use case, and the report behind it.
///
/// The predictions are those of the use case's feed, of the version and site that run, in a span of
/// time.
pub async fn evidence_act(
    record: &Record,
    predictions: &Path,
    id: UseCaseId,
    (from, until): (Timestamp, Timestamp),
    at: Timestamp,
) -> Result<(Act, Vec<u8>)> {
    let use_case =
        record.use_cases.get(&id).with_context(|| format!("the record has no use case {id}"))?;
    let plan = use_case.plan.as_ref().with_context(|| {
        format!("{id} has no monitoring plan; its feed says where the data are")
    })?;
    let feed = plan.feed().with_context(|| {
        format!("the plan of {id} is reported by people; have it assessed instead of computed")
    })?;
    let deployment =
        use_case.stage.deployment().with_context(|| format!("{id} does not run anywhere yet"))?;
    let request = monitoring::request_for(plan, feed, deployment, (from, until), at);
    let report = evidence::run(&Source::file(predictions.join(&feed.file)), &request).await?;
    let document = serde_json::to_vec(&report)?;
    let act = Act::RecordEvidence {
        use_case: id,
        version: deployment.version.clone(),
        span: format!(
            "predictions from {} until {}",
            crate::output::utc_day(from),
            crate::output::utc_day(until)
        ),
        report_digest: report.digest.clone(),
        document: hex::encode(ledger::document_hash(&document)),
        n: report.rows.used,
        estimates: report.estimates,
    };
    Ok((act, document))
}

/// Computes recorded evidence again.
async fn reproduce(cli: &Cli, id: EvidenceId, source: Option<&Path>) -> Result<Answer> {
    let folder = Folder::of(cli);
    let (reader, record) = folder.read().await?;
    let report = stored_report(&reader, &record, id).await?;
    let files: Vec<PathBuf> = match source {
        Some(path) => vec![path.to_owned()],
        None => report.source.iter().map(|file| folder.predictions().join(&file.name)).collect(),
    };
    let outcome = evidence::reproduce(&report, &Source::files(files)).await?;
    let (text, same) = match &outcome {
        Reproduction::Same { digest } => (format!("{id} reproduces: digest {digest}"), true),
        Reproduction::SourceChanged { .. } => {
            (format!("{id}: the prediction log is not the one it was computed from"), false)
        }
        Reproduction::Differs { differences } => {
            let lines: Vec<_> = differences.iter().map(|it| format!("  {it}")).collect();
            (format!("{id} does not reproduce:\n{}", lines.join("\n")), false)
        }
    };
    let answer = Answer::new(&outcome, text)?;
    Ok(if same { answer } else { answer.not_verified() })
}

async fn stored_report(reader: &Reader, record: &Record, id: EvidenceId) -> Result<Report> {
    let Some(evidence) = record.evidence.get(&id) else {
        bail!("the record has no evidence {id}");
    };
    if !evidence.is_computed() {
        bail!("{id} was assessed from attestations and reviews; it has no report to compute again");
    }
    let mut hash = [0; 32];
    hex::decode_to_slice(&evidence.document, &mut hash)?;
    let bytes = reader.document(hash).await?;
    serde_json::from_slice(&bytes).with_context(|| format!("the report of {id} does not parse"))
}

fn summary(report: &Report) -> String {
    let mut table = Table::new(["measure", "cohort", "estimate", "interval", "n", "events"]);
    for estimate in report.estimates.iter().filter(|estimate| estimate.period.is_none()) {
        table.row([
            estimate.measure.to_string(),
            estimate
                .cohort
                .as_ref()
                .map_or_else(|| "all".to_owned(), |it| format!("{} {}", it.attribute, it.level)),
            value(estimate),
            interval(estimate),
            estimate.n.map_or_else(|| "-".to_owned(), |n| n.to_string()),
            estimate.events.map_or_else(|| "-".to_owned(), |events| events.to_string()),
        ]);
    }
    let notes: Vec<_> = report.notes.iter().map(|note| format!("\nNote: {note}")).collect();
    format!("{table}{}\n\nDigest: {}", notes.concat(), report.digest)
}

fn value(estimate: &Estimate) -> String {
    estimate.estimate.map_or_else(|| "not enough data".to_owned(), |value| format!("{value:.4}"))
}

fn interval(estimate: &Estimate) -> String {
    match (estimate.lower, estimate.upper) {
        (Some(lower), Some(upper)) => format!("{lower:.4} to {upper:.4}"),
        _ => "-".to_owned(),
    }
}
