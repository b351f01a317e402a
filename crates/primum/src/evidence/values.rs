//! `primum evidence values`: predicted numbers against those that came true.

use super::by_cohort::{ByCohort, Told};
use super::findings::{interval, rows, value};
use crate::output::Answer;
use anyhow::Result;
use clap::Args;
use evidence::{Source, ValuesRequest};
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
    /// The cohorts, and the page
    #[command(flatten)]
    pub by_cohort: ByCohort,
}

/// Reads the predictions and tells how far they are off.
pub async fn answer(asked: &EvidenceValues) -> Result<Answer> {
    asked.by_cohort.check()?;
    let request = ValuesRequest {
        observed: asked.observed.clone(),
        predicted: asked.predicted.clone(),
        interval: asked.lower.clone().zip(asked.upper.clone()),
        level: asked.level,
        by: asked.by_cohort.by.clone(),
    };
    let report = evidence::values(&Source::files(asked.files.clone()), &request).await?;
    let heads: &'static [&'static str] = &["measure", "estimate", "interval", "n"];
    let told =
        Told::of(("Predicted numbers", heads), &report.estimates, &report.by_cohort, |finding| {
            vec![
                format!("{}{}", finding.of.measure.title(), share(finding.of.share)),
                value(finding),
                interval(finding),
                rows(finding),
            ]
        });
    told.answer(&asked.by_cohort, &report, &report.rows, asked.level)
}

/// The share of rows that a quantile is of.
fn share(share: Option<f64>) -> String {
    share.map(|share| format!(", {:.0} %", share * 100.0)).unwrap_or_default()
}
