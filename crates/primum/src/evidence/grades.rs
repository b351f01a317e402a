//! `primum evidence grades`: given levels against those that rows have.

use super::findings::{digest, interval, rows, value};
use super::given::Given;
use super::watch::watched;
use crate::output::{Answer, Table};
use anyhow::Result;
use clap::Args;
use evidence::{GradesRequest, Source};

/// Options of `primum evidence grades`.
#[derive(Debug, Args)]
pub struct EvidenceGrades {
    /// The predictions
    #[command(flatten)]
    pub given: Given,
    /// The levels from the lowest to the highest, with commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',', required = true)]
    pub levels: Vec<String>,
}

/// Reads the levels and tells how far they agree.
pub async fn answer(asked: &EvidenceGrades) -> Result<Answer> {
    let request = GradesRequest {
        observed: asked.given.observed.clone(),
        predicted: asked.given.predicted.clone(),
        levels: asked.levels.clone(),
        level: asked.given.level,
    };
    let source = Source::files(asked.given.files.clone());
    let report = watched(source, async |it| evidence::grades(it, &request).await).await?;
    let mut table = Table::new(["measure", "estimate", "interval", "n"]);
    for finding in &report.estimates {
        table.row([
            finding.of.measure.title().to_owned(),
            value(finding),
            interval(finding),
            rows(finding),
        ]);
    }
    Answer::new(&report, format!("{table}\n\n{}", digest(&report.rows, asked.given.level)))
}
