//! `primum evidence grades`: given levels against those that rows have.

use super::asked::reached;
use super::findings::{digest, interval, rows, value};
use crate::output::{Answer, Table};
use anyhow::Result;
use clap::Args;
use evidence::GradesRequest;
use std::path::PathBuf;

/// Options of `primum evidence grades`.
#[derive(Debug, Args)]
pub struct EvidenceGrades {
    /// Files of predictions, Parquet or CSV, one row for each prediction
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Column of the level that a row has
    #[arg(long, value_name = "COLUMN")]
    pub observed: String,
    /// Column of the level that the model gave
    #[arg(long, value_name = "COLUMN")]
    pub predicted: String,
    /// The levels from the lowest to the highest, with commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',', required = true)]
    pub levels: Vec<String>,
    /// Coverage of the intervals
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
}

/// Reads the levels and tells how far they agree.
pub async fn answer(asked: &EvidenceGrades) -> Result<Answer> {
    let request = GradesRequest {
        observed: asked.observed.clone(),
        predicted: asked.predicted.clone(),
        levels: asked.levels.clone(),
        level: asked.level,
    };
    let log = reached(&asked.files, &[]).await?;
    let report = log.named(evidence::grades(log.source(), &request).await)?;
    let mut table = Table::new(["measure", "estimate", "interval", "n"]);
    for finding in &report.estimates {
        table.row([
            finding.of.measure.title().to_owned(),
            value(finding),
            interval(finding),
            rows(finding),
        ]);
    }
    Answer::new(&report, format!("{table}\n\n{}", digest(&report.rows, asked.level)))
}
