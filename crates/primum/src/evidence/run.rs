//! `primum evidence run`: evidence from files, without a record.

use super::against::{self, Verdict};
use super::asked::{Asked, Log, TIME, need, put, usage};
use super::files::Outputs;
use super::told;
use super::watch::watched;
use crate::output::Answer;
use anyhow::Result;
use clap::{Args, ValueEnum};
use evidence::{Period, Report, Unit};
use governance::Status;
use serde::Serialize;

/// What is counted once.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Counted {
    /// Each prediction
    Prediction,
    /// Each encounter, by its highest score
    EncounterMax,
    /// Each encounter, by its first prediction at or above the operating threshold
    FirstCrossing,
}

impl From<Counted> for Unit {
    fn from(counted: Counted) -> Self {
        match counted {
            Counted::Prediction => Self::Prediction,
            Counted::EncounterMax => Self::EncounterMax,
            Counted::FirstCrossing => Self::FirstCrossing,
        }
    }
}

/// What its help ends with.
const AFTER_HELP: &str = "\
  primum evidence run log.csv --outcome died --score risk --by sex,race --threshold 0.2
  primum evidence run log/ --map house.toml --unit encounter-max
  primum evidence run log.parquet --score risk --time at --events icu.csv --key mrn \\
    --event-at admitted --horizon 30d
  primum evidence run seismometer/
  primum evidence run s3://bucket/log/ --outcome died --score risk

docs/sources.md says what a mapping file holds, how encounters and events are counted, and which
variables of the environment hold the keys of an object store.";

/// Options of `primum evidence run`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct EvidenceRun {
    /// The log
    #[command(flatten)]
    pub asked: Asked,
    /// Columns whose levels are the cohorts; race*sex stands for each race with each sex
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,…")]
    pub by: Vec<String>,
    /// Column of the prediction id; an id that comes twice is refused
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// What is counted once; an encounter needs --encounter
    #[arg(long)]
    pub unit: Option<Counted>,
    /// Column of the patient, or of what else rows belong together by: everyone then has intervals
    /// that allow for rows of one patient being alike. That of the mapping when left out
    #[arg(long, value_name = "COLUMN", conflicts_with = "monthly")]
    pub cluster: Option<String>,
    /// Tally each month too; needs --time
    #[arg(long)]
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
    let log = run.log().await?;
    let report = watched(&log.fetched, async |it| evidence::run(it, &log.request).await).await?;
    let verdict = standard.as_ref().map(|it| Verdict::of(it, &report.estimates));
    let title = run.title.clone().unwrap_or_else(|| format!("Evidence of {}", log.request.score));
    let written = run.outputs.write(&report, standard.as_ref(), &title)?;
    let mut text = match run.all {
        true => told::every_number(&report),
        false => told::report(&report, verdict.as_ref()),
    };
    if let (true, Some(verdict)) = (run.all, &verdict) {
        text = format!("{}\n\n{text}", verdict.text());
    }
    if report.request.period.is_some() && !run.all {
        text += "\nMonth by month: --all lists it, --html draws it.\n";
        if log.patient.is_some() {
            text += "With months, intervals do not allow for patients who come again.\n";
        }
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

impl EvidenceRun {
    async fn log(&self) -> Result<Log> {
        let mut log = self.asked.log().await?;
        let request = &mut log.request;
        if !self.by.is_empty() {
            request.by.clone_from(&self.by);
        }
        put(&mut request.id, self.id.as_ref());
        if let Some(unit) = self.unit {
            request.unit = unit.into();
        }
        if self.monthly {
            request.period = Some(Period::Month);
        }
        // A month is not estimated by cluster, and a mapping may ask for months.
        if request.period.is_none() {
            request.cluster = self.cluster.clone().or_else(|| log.patient.clone());
        } else if self.cluster.is_some() {
            return usage(
                "--cluster is for all time together: leave the period out of the mapping",
            );
        }
        need(self.monthly, "--monthly", request.time.as_ref(), TIME)?;
        let encounters = request.unit != Unit::Prediction;
        let encounter = ("the encounter", "--encounter");
        need(encounters, "--unit", request.encounter.as_ref(), encounter)?;
        let crossing = request.unit == Unit::FirstCrossing;
        need(crossing, "--unit first-crossing", request.time.as_ref(), TIME)?;
        if !encounters && (self.asked.encounter.is_some() || self.asked.event_time.is_some()) {
            return usage(
                "--encounter and --event-time are for encounters that are counted once: add --unit \
                 encounter-max or --unit first-crossing",
            );
        }
        Ok(log)
    }
}
