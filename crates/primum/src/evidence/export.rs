//! `primum evidence export`: a report in a shape that other programs read.

use super::files;
use super::stored::{self, Stored, Which};
use crate::cli::Cli;
use crate::output::{Answer, Exit, say};
use anyhow::Result;
use clap::{Args, ValueEnum};
use interop::MachineLearningModel;
use serde_json::json;
use std::path::PathBuf;

/// Options of `primum evidence export`.
#[derive(Debug, Args)]
pub struct EvidenceExport {
    /// Recorded evidence such as EV-1, or a report in a file
    pub of: Which,
    /// The shape
    #[arg(long, value_enum)]
    pub format: Shape,
    /// The file to write; standard output when left out
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The name of the model, for a bill of materials; that of the AI system when left out
    #[arg(long, value_name = "TEXT")]
    pub model: Option<String>,
    /// Overwrite the file when it is there
    #[arg(long, requires = "out")]
    pub force: bool,
}

/// A shape that other programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// The report as it is, as JSON
    Json,
    /// Every estimate, one a row
    Csv,
    /// A bill of materials of the model, as `CycloneDX` 1.7 JSON, with the estimates as its
    /// performance metrics
    Cyclonedx,
}

/// Writes the report.
pub async fn run(cli: &Cli, asked: &EvidenceExport) -> Result<Exit> {
    let stored = stored::read(cli, &asked.of).await?;
    let bytes = match asked.format {
        Shape::Json => files::json(&stored.report)?,
        Shape::Csv => files::csv(&stored.report)?,
        Shape::Cyclonedx => files::bom(&stored.report, &model(&stored, asked))?,
    };
    match &asked.out {
        Some(path) => {
            files::put(path, &bytes, asked.force)?;
            let written = json!({ "written": path });
            Answer::new(&written, format!("Written: {}", path.display()))?.print(cli.json)
        }
        None => {
            say(String::from_utf8(bytes)?.trim_end())?;
            Ok(Exit::Done)
        }
    }
}

/// The model, as the record knows it; as the report does, where there is no record.
fn model(stored: &Stored, asked: &EvidenceExport) -> MachineLearningModel {
    let known = stored.recorded.as_ref().zip(stored.evidence()).map(|((record, _), evidence)| {
        let use_case = record.use_cases.get(&evidence.use_case);
        let system = use_case.and_then(|it| record.systems.get(&it.proposal.system));
        MachineLearningModel {
            name: system.map_or_else(|| evidence.use_case.to_string(), |it| it.name.clone()),
            version: Some(evidence.version.clone()),
            publisher: system.map(|it| it.vendor.to_string()),
        }
    });
    let mut model = known.unwrap_or_else(|| files::named(&stored.report.request.score));
    if let Some(name) = &asked.model {
        model.name.clone_from(name);
    }
    model
}
