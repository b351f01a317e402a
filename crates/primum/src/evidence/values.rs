//! `primum evidence values`: predicted numbers against those that came true.

use super::asked::reached;
use super::findings::{digest, interval, rows, value};
use crate::output::{Answer, Table};
use anyhow::Result;
use clap::Args;
use evidence::ValuesRequest;
use std::path::PathBuf;

/// Options of `primum evidence values`.
#[derive(Debug, Args)]
pub struct EvidenceValues {
    /// Files of predictions, Parquet or CSV, one row for each prediction
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Column of the observed value
    #[arg(long, value_name = "COLUMN")]
    pub observed: String,
    /// Column of the predicted value
    #[arg(long, value_name = "COLUMN")]
    pub predicted: String,
    /// Column of the lower end of the prediction interval
    #[arg(long, value_name = "COLUMN", requires = "upper")]
    pub lower: Option<String>,
    /// Column of the upper end of the prediction interval
    #[arg(long, value_name = "COLUMN", requires = "lower")]
    pub upper: Option<String>,
    /// Coverage of the intervals of the measures
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
}

/// Reads the predictions and tells how far they are off.
pub async fn answer(asked: &EvidenceValues) -> Result<Answer> {
    let request = ValuesRequest {
        observed: asked.observed.clone(),
        predicted: asked.predicted.clone(),
        interval: asked.lower.clone().zip(asked.upper.clone()),
        level: asked.level,
    };
    let log = reached(&asked.files, &[]).await?;
    let report = log.named(evidence::values(log.source(), &request).await)?;
    let mut table = Table::new(["measure", "estimate", "interval", "n"]);
    for finding in &report.estimates {
        let share = finding.of.share.map(|share| format!(", {:.0} %", share * 100.0));
        table.row([
            format!("{}{}", finding.of.measure.title(), share.unwrap_or_default()),
            value(finding),
            interval(finding),
            rows(finding),
        ]);
    }
    Answer::new(&report, format!("{table}\n\n{}", digest(&report.rows, asked.level)))
}
