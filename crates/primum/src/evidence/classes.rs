//! `primum evidence classes`: scores for several classes, of which one is right.

use super::asked::reached;
use super::by_cohort::{ByCohort, More, Told};
use super::findings::{interval, rows, value};
use super::watch::watched;
use crate::output::Answer;
use anyhow::Result;
use clap::Args;
use evidence::ClassesRequest;
use std::path::PathBuf;
use web::FileTable;

/// Options of `primum evidence classes`.
#[derive(Debug, Args)]
pub struct EvidenceClasses {
    /// Files of predictions or folders of them, one row for each prediction
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Column of the class that is right
    #[arg(long, value_name = "COLUMN")]
    pub outcome: String,
    /// Columns of the scores, one for each class, with commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', required = true)]
    pub scores: Vec<String>,
    /// The classes as the outcome names them, in the order of the scores; when left out, the names
    /// of the score columns without what all have in common, as in p_mild,p_severe
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub classes: Vec<String>,
    /// Coverage of the intervals
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
    /// The cohorts, and the page
    #[command(flatten)]
    pub by_cohort: ByCohort,
}

/// Reads the predictions and tells what the scores are worth.
pub async fn answer(asked: &EvidenceClasses) -> Result<Answer> {
    asked.by_cohort.check()?;
    let request = ClassesRequest {
        outcome: asked.outcome.clone(),
        scores: asked.scores.clone(),
        classes: (!asked.classes.is_empty()).then(|| asked.classes.clone()),
        level: asked.level,
        by: asked.by_cohort.by.clone(),
    };
    let log = reached(&asked.files, &[]).await?;
    let report = watched(&log, async |it| evidence::classes(it, &request).await).await?;
    let heads: &'static [&'static str] = &["measure", "class", "estimate", "interval", "n"];
    let told =
        Told::of(("Scores for classes", heads), &report.estimates, &report.by_cohort, |finding| {
            vec![
                finding.of.measure.title().to_owned(),
                finding.of.class.clone().unwrap_or_else(|| "all".to_owned()),
                value(finding),
                interval(finding),
                rows(finding),
            ]
        });
    let confusion = report.confusion.as_ref().map(|matrix| {
        let heads = ["class \\ predicted".to_owned()].into_iter();
        let rows = report.classes.iter().zip(matrix).map(|(class, counts)| {
            [class.clone()].into_iter().chain(counts.iter().map(u64::to_string)).collect()
        });
        More::Table(FileTable {
            title: "Class by predicted class, in rows".to_owned(),
            heads: heads.chain(report.classes.iter().cloned()).collect(),
            rows: rows.collect(),
        })
    });
    told.with(confusion).answer(&asked.by_cohort, &report, &report.rows, asked.level)
}
