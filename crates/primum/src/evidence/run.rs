//! `primum evidence run`: evidence from files, without a record.

use super::against::{self, Verdict};
use super::files::Outputs;
use super::told;
use crate::ambient;
use crate::output::{Answer, Usage, start_of};
use anyhow::Result;
use clap::Args;
use evidence::{Period, Report, Request, Source};
use governance::Status;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;

/// How often the sign of life moves.
const TICK: Duration = Duration::from_millis(120);

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
    /// Judge the numbers by a validation standard: a file, or a built-in one such as
    /// predictive-t3. Exits with 3 when they do not meet it
    #[arg(long, value_name = "FILE|NAME")]
    pub standard: Option<String>,
    /// Print every number, one a row
    #[arg(long)]
    pub all: bool,
    /// What the report is of, for its heading
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Files to write
    #[command(flatten)]
    pub outputs: Outputs,
}

/// Evidence from files, judged against a standard and written to files where that is wanted.
pub async fn answer(run: &EvidenceRun) -> Result<Answer> {
    // What is wrong with the question is said before a long scan.
    let standard = run.standard.as_deref().map(against::standard).transpose()?;
    run.outputs.check()?;
    let request = request(run)?;
    let report = {
        let _shown = progress(&run.files);
        evidence::run(&Source::files(run.files.clone()), &request).await?
    };
    let verdict = standard.as_ref().map(|it| Verdict::of(it, &report.estimates));
    let title = run.title.clone().unwrap_or_else(|| format!("Evidence of {}", request.score));
    let written = run.outputs.write(&report, standard.as_ref(), &title)?;
    let mut text = match run.all {
        true => told::every_number(&report),
        false => told::report(&report, verdict.as_ref()),
    };
    if let (true, Some(verdict)) = (run.all, &verdict) {
        text = format!("{}\n\n{text}", verdict.text());
    }
    for file in &written {
        text += &format!("\nWritten: {}", file.display());
    }
    let met = verdict.as_ref().is_none_or(|it| it.status == Status::Met);
    let answer = Answer::new(&Told { report: &report, verdict }, text)?;
    Ok(if met { answer } else { answer.denied() })
}

/// A report as it is printed in JSON, with what a standard makes of it. It reads back as a report.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
}

/// What is shown while files are read, on a terminal only; gone once it is dropped.
fn progress(files: &[PathBuf]) -> Shown {
    let bytes: u64 = files.iter().filter_map(|it| it.metadata().ok()).map(|it| it.len()).sum();
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(format!("Reading {}", HumanBytes(bytes)));
    bar.enable_steady_tick(TICK);
    Shown(bar)
}

struct Shown(ProgressBar);

impl Drop for Shown {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
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
