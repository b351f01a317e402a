//! `primum evidence record` and `reproduce`: evidence that a record keeps.

use super::asked::reached;
use super::stored::stored_report;
use super::watch::watched;
use crate::act::{acting, close, submit_to};
use crate::ambient;
use crate::cli::Cli;
use crate::folder::Folder;
use crate::output::{Answer, start_of};
use crate::read::{EvidenceRead, Read};
use anyhow::{Context, Result};
use evidence::{Reproduction, Source};
use governance::{Act, Change, EvidenceId, Record, Status, UseCaseId};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// Computes evidence for a use case by its feed, and records it.
pub async fn record(cli: &Cli, id: UseCaseId, from: &str, until: &str) -> Result<Answer> {
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
pub async fn reproduce(cli: &Cli, id: EvidenceId, source: Option<&Path>) -> Result<Answer> {
    let folder = Folder::of(cli);
    let (reader, record) = folder.read().await?;
    let report = stored_report(&reader, &record, id).await?;
    let files: Vec<PathBuf> = match source {
        Some(path) => vec![path.to_owned()],
        None => report.source.iter().map(|file| folder.predictions().join(&file.name)).collect(),
    };
    let log = reached(&files, &[]).await?;
    let outcome = watched(&log, async |it| evidence::reproduce(&report, it).await).await?;
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
