//! `primum evidence grades`: given levels against those that rows have.

use super::asked::reached;
use super::by_cohort::{ByCohort, Told};
use super::findings::{interval, rows, value};
use super::given::Given;
use super::watch::watched;
use crate::output::Answer;
use anyhow::Result;
use clap::Args;
use evidence::GradesRequest;

/// Options of `primum evidence grades`.
#[derive(Debug, Args)]
pub struct EvidenceGrades {
    /// The predictions
    #[command(flatten)]
    pub given: Given,
    /// The levels from the lowest to the highest, with commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',', required = true)]
    pub levels: Vec<String>,
    /// The cohorts, and the page
    #[command(flatten)]
    pub by_cohort: ByCohort,
}

/// Reads the levels and tells how far they agree.
pub async fn answer(asked: &EvidenceGrades) -> Result<Answer> {
    asked.by_cohort.check()?;
    let request = GradesRequest {
        observed: asked.given.observed.clone(),
        predicted: asked.given.predicted.clone(),
        levels: asked.levels.clone(),
        level: asked.given.level,
        by: asked.by_cohort.by.clone(),
    };
    let log = reached(&asked.given.files, &[]).await?;
    let report = watched(&log, async |it| evidence::grades(it, &request).await).await?;
    let heads: &'static [&'static str] = &["measure", "estimate", "interval", "n"];
    let told = Told::of(("Levels given", heads), &report.estimates, &report.by_cohort, |finding| {
        vec![
            finding.of.measure.title().to_owned(),
            value(finding),
            interval(finding),
            rows(finding),
        ]
    });
    told.answer(&asked.by_cohort, &report, &report.rows, asked.given.level)
}
