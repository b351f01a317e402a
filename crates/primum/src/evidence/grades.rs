//! `primum evidence grades`: given levels against those that rows have.

use super::by_cohort::{ByCohort, Told};
use super::findings::{interval, rows, value};
use crate::output::Answer;
use anyhow::Result;
use clap::Args;
use evidence::{GradesRequest, Source};
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
    /// The cohorts, and the page
    #[command(flatten)]
    pub by_cohort: ByCohort,
}

/// Reads the levels and tells how far they agree.
pub async fn answer(asked: &EvidenceGrades) -> Result<Answer> {
    asked.by_cohort.check()?;
    let request = GradesRequest {
        observed: asked.observed.clone(),
        predicted: asked.predicted.clone(),
        levels: asked.levels.clone(),
        level: asked.level,
        by: asked.by_cohort.by.clone(),
    };
    let report = evidence::grades(&Source::files(asked.files.clone()), &request).await?;
    let heads: &'static [&'static str] = &["measure", "estimate", "interval", "n"];
    let told = Told::of(("Levels given", heads), &report.estimates, &report.by_cohort, |finding| {
        vec![
            finding.of.measure.title().to_owned(),
            value(finding),
            interval(finding),
            rows(finding),
        ]
    });
    told.answer(&asked.by_cohort, &report, &report.rows, asked.level)
}
