//! `primum evidence values`: predicted numbers against those that came true.

use super::findings::{digest, interval, rows, value};
use super::given::Given;
use super::watch::watched;
use crate::output::{Answer, Table};
use anyhow::Result;
use clap::Args;
use evidence::{Source, ValuesRequest};

/// Options of `primum evidence values`.
#[derive(Debug, Args)]
pub struct EvidenceValues {
    /// The predictions
    #[command(flatten)]
    pub given: Given,
    /// Column of the lower end of the prediction interval
    #[arg(long, value_name = "COLUMN", requires = "upper")]
    pub lower: Option<String>,
    /// Column of the upper end of the prediction interval
    #[arg(long, value_name = "COLUMN", requires = "lower")]
    pub upper: Option<String>,
}

/// Reads the predictions and tells how far they are off.
pub async fn answer(asked: &EvidenceValues) -> Result<Answer> {
    let request = ValuesRequest {
        observed: asked.given.observed.clone(),
        predicted: asked.given.predicted.clone(),
        interval: asked.lower.clone().zip(asked.upper.clone()),
        level: asked.given.level,
    };
    let source = Source::files(asked.given.files.clone());
    let report = watched(source, async |it| evidence::values(it, &request).await).await?;
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
    Answer::new(&report, format!("{table}\n\n{}", digest(&report.rows, asked.given.level)))
}
