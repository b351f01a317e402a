//! `primum evidence values`: predicted numbers against those that came true.

use super::asked::reached;
use super::by_cohort::{ByCohort, Told};
use super::findings::{interval, rows, value};
use super::given::Given;
use super::watch::watched;
use crate::output::Answer;
use anyhow::Result;
use clap::Args;
use evidence::ValuesRequest;

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
    /// The cohorts, and the page
    #[command(flatten)]
    pub by_cohort: ByCohort,
}

/// Reads the predictions and tells how far they are off.
pub async fn answer(asked: &EvidenceValues) -> Result<Answer> {
    asked.by_cohort.check()?;
    let request = ValuesRequest {
        observed: asked.given.observed.clone(),
        predicted: asked.given.predicted.clone(),
        interval: asked.lower.clone().zip(asked.upper.clone()),
        level: asked.given.level,
        by: asked.by_cohort.by.clone(),
    };
    let log = reached(&asked.given.files, &[]).await?;
    let report = watched(&log, async |it| evidence::values(it, &request).await).await?;
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
    told.answer(&asked.by_cohort, &report, &report.rows, asked.given.level)
}

/// The share of rows that a quantile is of.
fn share(share: Option<f64>) -> String {
    share.map(|share| format!(", {:.0} %", share * 100.0)).unwrap_or_default()
}
