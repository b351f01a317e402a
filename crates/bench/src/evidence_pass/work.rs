//! What runs in a process of its own: the report, or a bare scan, of one log.

use super::log::{ATTRIBUTES, COLUMNS};
use crate::clock;
use anyhow::{Context, Result, ensure};
use clap::Subcommand;
use datafusion::arrow::array::Array;
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
use evidence::{Period, Report, Request, Source};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tokio::task::JoinSet;

/// The thresholds of the report.
const THRESHOLDS: [f64; 2] = [0.1, 0.2];

/// Work on one log. It prints what [`Measured`] holds as JSON.
#[derive(Debug, Subcommand)]
pub enum Work {
    /// The validation report of a log.
    Report {
        /// The log.
        file: PathBuf,
    },
    /// Decoding every value of a log and counting those that are there.
    Scan {
        /// The log.
        file: PathBuf,
    },
}

/// What a process found, and what it took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measured {
    /// Seconds of the work, without the start of the process.
    pub seconds: f64,
    /// The most memory that the process held at any time, in bytes.
    pub peak_rss: u64,
    /// Rows seen.
    pub rows: u64,
    /// Every cell that was counted; none for a scan.
    #[serde(default)]
    pub cells: Vec<Counted>,
}

/// The counts of one cell, and the measures that were computed there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Counted {
    /// Which cell.
    #[serde(flatten)]
    pub key: Key,
    /// Rows.
    pub n: u64,
    /// Rows whose outcome happened.
    pub events: u64,
    /// By name; at a threshold with `@` and the threshold.
    #[serde(default)]
    pub measures: BTreeMap<String, f64>,
}

/// A cell: one level of an attribute (none: everyone) in one month (none: all time).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The month, such as `2024-03`.
    pub period: Option<String>,
    /// The attribute.
    pub attribute: Option<String>,
    /// Its level.
    pub level: Option<String>,
}

impl Work {
    /// Does the work.
    pub async fn run(self) -> Result<Measured> {
        match self {
            Self::Report { file } => report(&file).await,
            Self::Scan { file } => scan(&file).await,
        }
    }
}

/// The request of the benchmark: every attribute, every month.
pub fn request() -> Request {
    Request {
        by: ATTRIBUTES.iter().map(|(name, ..)| (*name).to_owned()).collect(),
        thresholds: THRESHOLDS.to_vec(),
        time: Some("time".to_owned()),
        period: Some(Period::Month),
        ..Request::new("outcome", "score")
    }
}

async fn report(file: &Path) -> Result<Measured> {
    let (source, request) = (Source::file(file), request());
    let (taken, report) = clock::timed(evidence::run(&source, &request)).await;
    let report = report?;
    let peak_rss = peak_rss()?;
    ensure!(!report.digest.is_empty(), "the report has no digest");
    let cells = cells(&report);
    Ok(Measured { seconds: taken.as_secs_f64(), peak_rss, rows: report.rows.used, cells })
}

/// The cells of a report. What stands between cohorts, such as a gap, is in no cell.
fn cells(report: &Report) -> Vec<Counted> {
    let is_level = |attribute: &str, level: &str| {
        ATTRIBUTES.iter().any(|(name, _, levels)| *name == attribute && levels.contains(&level))
    };
    let mut cells: BTreeMap<Key, Counted> = BTreeMap::new();
    for estimate in &report.estimates {
        let (Some(n), Some(events)) = (estimate.n, estimate.events) else { continue };
        let cohort = estimate.cohort.as_ref();
        if cohort.is_some_and(|cohort| !is_level(&cohort.attribute, &cohort.level)) {
            continue;
        }
        let key = Key {
            period: estimate.period.clone(),
            attribute: cohort.map(|cohort| cohort.attribute.clone()),
            level: cohort.map(|cohort| cohort.level.clone()),
        };
        let cell = cells.entry(key.clone()).or_insert_with(|| Counted {
            key,
            n,
            events,
            measures: BTreeMap::new(),
        });
        if let Some(value) = estimate.estimate {
            let at = estimate.threshold.map(|at| format!("@{at}")).unwrap_or_default();
            cell.measures.insert(format!("{}{at}", estimate.measure), value);
        }
    }
    cells.into_values().collect()
}

async fn scan(file: &Path) -> Result<Measured> {
    let (taken, counts) = clock::timed(scan_and_count(file)).await;
    let counts = counts?;
    let rows = counts.first().copied().unwrap_or_default();
    ensure!(counts == [rows; COLUMNS.len()], "the scan counted {counts:?}");
    let seconds = taken.as_secs_f64();
    Ok(Measured { seconds, peak_rss: peak_rss()?, rows, cells: Vec::new() })
}

/// Decodes every value of the columns, on as many cores as there are, and counts those that are
/// there, per column.
pub async fn scan_and_count(file: &Path) -> Result<[u64; COLUMNS.len()]> {
    let path = file.to_str().context("the folder's name is not UTF-8")?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let config = SessionConfig::new().with_target_partitions(cores);
    let session = SessionContext::new_with_config(config);
    let frame = session.read_parquet(path, ParquetReadOptions::default()).await?;
    let mut counts = JoinSet::new();
    for mut stream in frame.select_columns(&COLUMNS)?.execute_stream_partitioned().await? {
        counts.spawn(async move {
            let mut counts = [0_u64; COLUMNS.len()];
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                for (count, column) in counts.iter_mut().zip(batch.columns()) {
                    *count += (column.len() - column.logical_null_count()) as u64;
                }
            }
            anyhow::Ok(counts)
        });
    }
    let mut sum = [0; COLUMNS.len()];
    while let Some(part) = counts.join_next().await {
        for (sum, count) in sum.iter_mut().zip(part??) {
            *sum += count;
        }
    }
    Ok(sum)
}

/// The most memory that this process held at any time, in bytes, as Linux says.
fn peak_rss() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")
        .context("the peak of memory is known on Linux alone")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB"));
    let kib: u64 = kib.context("/proc/self/status has no VmHWM in kB")?.trim().parse()?;
    Ok(kib * 1024)
}
