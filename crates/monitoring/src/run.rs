//! Running what is due.

use crate::{History, observe};
use evidence::{EvidenceError, Period, Request, Source, TallySet};
use governance::{
    Act, Actor, Cause, CommandId, Deployment, Event, Feed, Live, MonitoringPlan, Month, Record,
    Service, Stage, UseCase, UseCaseId, WatchId,
};
use jiff::Timestamp;
use registrar::{Acknowledged, Registrar, Submission, SubmitError};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::Path;
use thiserror::Error;

/// Why a plan could not be run. Months observed before stay observed.
#[derive(Debug, Error)]
pub enum RunError {
    /// The predictions could not be read.
    #[error("monitoring of {use_case} stopped at {month}: {source}")]
    Evidence {
        /// The use case.
        use_case: UseCaseId,
        /// The month.
        month: Month,
        /// Why.
        source: EvidenceError,
    },
    /// The observation could not be recorded.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// A command id could not be made.
    #[error(transparent)]
    Id(#[from] governance::IdError),
}

/// One month that was run.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The use case.
    pub use_case: UseCaseId,
    /// The month.
    pub month: Month,
    /// What came of it.
    pub events: Vec<Event>,
}

/// The month of a live use case that is due at `now`: the next one, once all its outcomes are
/// known. None for a plan that people report on.
#[must_use]
pub fn due(record: &Record, use_case: &UseCase, now: Timestamp) -> Option<Month> {
    let Stage::Live(live) = &use_case.stage else { return None };
    live.plan.feed()?;
    let month = record.next_month(use_case)?;
    (live.plan.matures(month) <= now).then_some(month)
}

/// Runs every due month of every live use case, oldest first, and records what it showed.
///
/// `sources` is the folder that the plans' files are relative to. A log that cannot be read, or a
/// month that cannot be recorded, stops the watching of its own use case; the others are run all
/// the same.
///
/// # Errors
/// The first such error, once the other use cases were run.
pub async fn run_due(
    registrar: &Registrar,
    sources: &Path,
    now: Timestamp,
) -> Result<Vec<Ran>, RunError> {
    let mut ran = Vec::new();
    let mut failed = None;
    let ids: Vec<UseCaseId> = registrar.record().use_cases.keys().copied().collect();
    for id in ids {
        loop {
            match run_next(registrar, sources, id, now).await {
                Ok(Some(done)) => ran.push(done),
                Ok(None) => break,
                Err(error) => {
                    failed.get_or_insert(error);
                    break;
                }
            }
        }
    }
    failed.map_or(Ok(ran), Err)
}

async fn run_next(
    registrar: &Registrar,
    sources: &Path,
    id: UseCaseId,
    now: Timestamp,
) -> Result<Option<Ran>, RunError> {
    let record = registrar.record();
    let Some(use_case) = record.use_cases.get(&id) else { return Ok(None) };
    let (Some(month), Some(live)) = (due(&record, use_case, now), use_case.stage.live()) else {
        return Ok(None);
    };
    let Some(feed) = live.plan.feed() else { return Ok(None) };
    let since = |watch: &WatchId| record.watched_since(use_case, watch).unwrap_or(month);
    let first = live.plan.watches.iter().map(|watch| since(&watch.id)).min();
    let source = Source::file(sources.join(&feed.file));
    let read = async |first: Month| {
        let tallies = evidence::tally(&source, &request_of(live, feed, first, month, now)).await;
        tallies.map_err(|source| RunError::Evidence { use_case: id, month, source })
    };
    let tallies = read(first.map_or(month, |first| first.min(month))).await?;
    let decided: BTreeSet<&str> = decided_versions(&record, id).collect();
    let mut unknown: BTreeSet<String> = tallies.unknown_versions.keys().cloned().collect();
    if unknown.iter().any(|version| decided.contains(version.as_str())) {
        // What was decided on is no news until it is seen again.
        let seen = read(month).await?.unknown_versions;
        unknown.retain(|version| !decided.contains(version.as_str()) || seen.contains_key(version));
    }
    report_unknown_versions(registrar, use_case, live, &unknown, now).await?;
    let observed = observe(id, live, since, month, &history(&tallies));
    let command = format!("primum-monitor-{id}-{month}").to_lowercase();
    let act = Act::RecordObservation(Box::new(observed));
    let done = submit(registrar, Service::Monitor, &command, now, act).await?;
    Ok(Some(Ran { use_case: id, month, events: done.events }))
}

/// The versions that closed cases of a use case were about.
fn decided_versions(record: &Record, use_case: UseCaseId) -> impl Iterator<Item = &str> {
    let closed = record.cases.values().filter(move |it| it.use_case == use_case && !it.is_open());
    closed.filter_map(|case| match &case.cause {
        Cause::UnknownVersion { version, .. } => Some(version.as_str()),
        Cause::Signal { .. }
        | Cause::OverdueCondition { .. }
        | Cause::FailedAudit { .. }
        | Cause::Incident { .. } => None,
    })
}

/// What is asked of the predictions of a live use case for the months from `first` to `last`.
#[must_use]
pub fn request_of(live: &Live, feed: &Feed, first: Month, last: Month, now: Timestamp) -> Request {
    let span = (first.start(), last.next().start());
    Request {
        period: Some(Period::Month),
        report_unknown: true,
        ..request_for(&live.plan, feed, &live.deployment, span, now)
    }
}

/// What is asked of a plan's feed about a deployment, for predictions from one instant until
/// another.
#[must_use]
pub fn request_for(
    plan: &MonitoringPlan,
    feed: &Feed,
    deployment: &Deployment,
    (from, until): (Timestamp, Timestamp),
    now: Timestamp,
) -> Request {
    let mut equals = feed.only.clone();
    equals.insert(feed.site.clone(), deployment.site.to_string());
    Request {
        by: plan.by.clone(),
        thresholds: vec![plan.threshold],
        id: Some(feed.id.clone()),
        time: Some(feed.time.clone()),
        matured: Some(feed.matured.clone()),
        version: Some(feed.version.clone()),
        from: Some(from),
        until: Some(until),
        equals,
        as_of: Some(now),
        known_versions: Some([deployment.version.clone()].into()),
        notes: vec![feed.note.clone()],
        ..Request::new(feed.outcome.clone(), feed.score.clone())
    }
}

fn history(tallies: &TallySet) -> History {
    let mut history = History::new();
    for (key, tally) in &tallies.cells {
        if let Some(Ok(month)) = key.period.as_ref().map(|period| period.parse::<Month>()) {
            history.entry(month).or_default().insert(key.cohort.clone(), tally.clone());
        }
    }
    history
}

/// A version seen in the data but not in the record opens a case.
async fn report_unknown_versions(
    registrar: &Registrar,
    use_case: &UseCase,
    live: &Live,
    unknown: &BTreeSet<String>,
    now: Timestamp,
) -> Result<(), RunError> {
    let record = registrar.record();
    let system = record.systems.get(&use_case.proposal.system);
    for version in unknown {
        if system.is_some_and(|system| system.versions.contains_key(version)) {
            continue;
        }
        let act = Act::ReportUnknownVersion {
            use_case: use_case.id,
            version: version.clone(),
            site: live.deployment.site.clone(),
            workflow: use_case.proposal.workflow.clone(),
        };
        let (id, handle, asked) = (use_case.id, handle(version), now.as_millisecond());
        let command = format!("primum-monitor-{id}-version-{handle}-{asked}");
        submit(registrar, Service::Gate, &command.to_lowercase(), now, act).await?;
    }
    Ok(())
}

/// What stands for a version's label in a command id, which cannot hold every label.
fn handle(version: &str) -> String {
    hex::encode(Sha256::digest(version)).chars().take(16).collect()
}

/// Submits at `at`, or at the time of the last event when people acted while the predictions were
/// read.
async fn submit(
    registrar: &Registrar,
    service: Service,
    id: &str,
    at: Timestamp,
    act: Act,
) -> Result<Acknowledged, RunError> {
    let id: CommandId = id.parse()?;
    let at = registrar.record().last_at.map_or(at, |last| last.max(at));
    let actor = Actor::Service(service);
    Ok(registrar.submit(Submission { id, at, actor, act, documents: Vec::new() }).await?)
}
