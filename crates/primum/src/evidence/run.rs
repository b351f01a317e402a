//! `primum evidence run`: evidence from files, without a record.

use crate::ambient;
use crate::output::{Answer, Table, Usage, start_of};
use anyhow::Result;
use clap::Args;
use evidence::{Period, Report, Request, Source};
use statistics::Estimate;
use std::path::PathBuf;

/// Options of `primum evidence run`.
#[derive(Debug, Args)]
pub struct EvidenceRun {
    /// Prediction logs, Parquet or CSV
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Column of the outcome, 0 or 1
    #[arg(long, value_name = "COLUMN")]
    pub outcome: String,
    /// Column of the score, 0 to 1
    #[arg(long, value_name = "COLUMN")]
    pub score: String,
    /// Columns whose levels are the cohorts
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,…")]
    pub by: Vec<String>,
    /// Scores at or above which a prediction is acted on; the first is the operating one
    #[arg(long, value_delimiter = ',', value_name = "P,…", default_value = "0.5")]
    pub threshold: Vec<f64>,
    /// Coverage of the intervals
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
    /// Column of the prediction id; an id that comes twice is refused
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// Column of the time of prediction
    #[arg(long, value_name = "COLUMN")]
    pub time: Option<String>,
    /// Column of the time at which the outcome is known
    #[arg(long, value_name = "COLUMN")]
    pub matured: Option<String>,
    /// Column of the version
    #[arg(long, value_name = "COLUMN")]
    pub version: Option<String>,
    /// Versions that may appear
    #[arg(long, value_delimiter = ',', value_name = "VERSION,…", requires = "version")]
    pub known_versions: Vec<String>,
    /// First day, such as 2022-07-01; needs --time
    #[arg(long, requires = "time")]
    pub from: Option<String>,
    /// The day after the last one; needs --time
    #[arg(long, requires = "time")]
    pub until: Option<String>,
    /// Only rows with this value, such as split=deploy
    #[arg(long = "only", value_name = "COLUMN=VALUE")]
    pub only: Vec<String>,
    /// Tally each month too; needs --time
    #[arg(long, requires = "time")]
    pub monthly: bool,
}

/// Evidence from files, without a record.
pub async fn answer(run: &EvidenceRun) -> Result<Answer> {
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
