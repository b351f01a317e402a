//! `primum evidence classes`: scores for several classes, of which one is right.

use super::asked::reached;
use super::findings::{digest, interval, rows, value};
use crate::output::{Answer, Table};
use anyhow::Result;
use clap::Args;
use evidence::ClassesRequest;
use std::path::PathBuf;

/// Options of `primum evidence classes`.
#[derive(Debug, Args)]
pub struct EvidenceClasses {
    /// Files of predictions, Parquet or CSV, one row for each prediction
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
}

/// Reads the predictions and tells what the scores are worth.
pub async fn answer(asked: &EvidenceClasses) -> Result<Answer> {
    let request = ClassesRequest {
        outcome: asked.outcome.clone(),
        scores: asked.scores.clone(),
        classes: (!asked.classes.is_empty()).then(|| asked.classes.clone()),
        level: asked.level,
    };
    let log = reached(&asked.files, &[]).await?;
    let report = log.named(evidence::classes(log.source(), &request).await)?;
    let mut table = Table::new(["measure", "class", "estimate", "interval", "n"]);
    for finding in &report.estimates {
        table.row([
            finding.of.measure.title().to_owned(),
            finding.of.class.clone().unwrap_or_else(|| "all".to_owned()),
            value(finding),
            interval(finding),
            rows(finding),
        ]);
    }
    let confusion = report.confusion.iter().map(|matrix| {
        let heads = ["class \\ predicted"].into_iter();
        let mut table = Table::new(heads.chain(report.classes.iter().map(String::as_str)));
        for (class, counts) in report.classes.iter().zip(matrix) {
            let counts = counts.iter().map(u64::to_string);
            table.row([class.clone()].into_iter().chain(counts));
        }
        format!("\n\n{table}")
    });
    let confusion: String = confusion.collect();
    let text = format!("{table}{confusion}\n\n{}", digest(&report.rows, asked.level));
    Answer::new(&report, text)
}
