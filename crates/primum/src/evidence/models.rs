//! `primum evidence models`: two models compared on the same rows.

use super::asked::reached;
use super::findings::{digest, interval, p_value, plain, value};
use super::watch::watched;
use crate::output::{Answer, Table};
use anyhow::Result;
use clap::Args;
use evidence::ModelsRequest;
use std::path::PathBuf;

/// Options of `primum evidence models`.
#[derive(Debug, Args)]
pub struct EvidenceModels {
    /// Files of predictions or folders of them, one row for each prediction
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
    /// Column of the patient, or of what else rows belong together by: intervals of differences
    /// then allow for rows of one patient being alike
    #[arg(long, value_name = "COLUMN")]
    pub cluster: Option<String>,
}

/// Reads the predictions and tells how far the models lie apart.
pub async fn answer(asked: &EvidenceModels) -> Result<Answer> {
    let request = ModelsRequest {
        outcome: asked.outcome.clone(),
        score: asked.score.clone(),
        against: asked.against.clone(),
        thresholds: asked.threshold.clone(),
        level: asked.level,
        cluster: asked.cluster.clone(),
    };
    let log = reached(&asked.files, &[]).await?;
    let report = watched(&log, async |it| evidence::models(it, &request).await).await?;
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
    let alike = asked.cluster.as_ref().map_or_else(String::new, |cluster| {
        format!(" Intervals allow for rows of one `{cluster}` being alike.")
    });
    let text = format!(
        "{table}\n\nThe difference is {first} less {second}, on the same rows.{alike}\n{}",
        digest(&report.rows, asked.level)
    );
    Answer::new(&report, text)
}
