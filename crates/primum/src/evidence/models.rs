//! `primum evidence models`: two models compared on the same rows.

use super::asked::reached;
use super::findings::{digest, interval, p_value, plain, value};
use crate::output::{Answer, Table};
use anyhow::Result;
use clap::Args;
use evidence::ModelsRequest;
use std::path::PathBuf;

/// Options of `primum evidence models`.
#[derive(Debug, Args)]
pub struct EvidenceModels {
    /// Files of predictions, Parquet or CSV, one row for each prediction
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Column of the outcome, 0 or 1
    #[arg(long, value_name = "COLUMN")]
    pub outcome: String,
    /// Column of the score of one model, 0 to 1
    #[arg(long, value_name = "COLUMN")]
    pub score: String,
    /// Column of the score of the model that it is compared with
    #[arg(long, value_name = "COLUMN")]
    pub against: String,
    /// Score from which a row is flagged; several with commas
    #[arg(long, value_name = "P", value_delimiter = ',')]
    pub threshold: Vec<f64>,
    /// Coverage of the intervals
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
}

/// Reads the predictions and tells how far the models lie apart.
pub async fn answer(asked: &EvidenceModels) -> Result<Answer> {
    let request = ModelsRequest {
        outcome: asked.outcome.clone(),
        score: asked.score.clone(),
        against: asked.against.clone(),
        thresholds: asked.threshold.clone(),
        level: asked.level,
    };
    let log = reached(&asked.files, &[]).await?;
    let report = log.named(evidence::models(log.source(), &request).await)?;
    let (first, second) = (asked.score.as_str(), asked.against.as_str());
    let mut table =
        Table::new(["measure", "threshold", first, second, "difference", "interval", "p"]);
    for finding in &report.differences {
        table.row([
            finding.of.measure.title().to_owned(),
            finding.of.threshold.map_or_else(|| "-".to_owned(), |it| it.to_string()),
            plain(finding.of.first),
            plain(finding.of.second),
            value(finding),
            interval(finding),
            p_value(finding),
        ]);
    }
    let text = format!(
        "{table}\n\nThe difference is {first} less {second}, on the same rows.\n{}",
        digest(&report.rows, asked.level)
    );
    Answer::new(&report, text)
}
