//! `primum evidence …`: from prediction logs to reports.

mod against;
mod asked;
mod card;
mod claim;
mod claims;
mod classes;
mod compare;
mod defects;
mod explain;
mod export;
mod files;
mod findings;
mod grades;
mod judge;
mod models;
mod ratings;
mod record;
mod rubric;
mod run;
mod sample;
mod shown;
mod size;
mod stored;
mod survival;
mod told;
mod values;
mod workflow;
mod workload;

pub use record::evidence_act;

use crate::cli::Cli;
use crate::output::Exit;
use crate::read::{EvidenceRead, Read};
use anyhow::Result;
use clap::Subcommand;
use governance::{EvidenceId, UseCaseId};
use std::path::PathBuf;
use stored::Which;

/// `primum evidence …`
#[derive(Debug, Subcommand)]
pub enum Evidence {
    /// Compute evidence from a prediction log; needs no record
    Run(Box<run::EvidenceRun>),
    /// How far raters of output agree, which of them is biased, what they find; needs no record.
    /// Exits with 3 when a limit of the rubric is not shown to be met
    Ratings(Box<ratings::EvidenceRatings>),
    /// A judge model beside people who rate a part; needs no record
    Judge(Box<judge::EvidenceJudge>),
    /// Draw a random sample for raters and share it out among them; needs no record
    Sample(Box<sample::EvidenceSample>),
    /// How early a score warns before the event, and how often it calls; needs no record
    Workflow(Box<workflow::EvidenceWorkflow>),
    /// What alerts would ask of each unit, day by day; needs no record
    Workload(Box<workload::EvidenceWorkload>),
    /// How many rows an interval of a wanted width takes; needs no record
    Size(size::EvidenceSize),
    /// Two models that scored the same rows, compared row by row; needs no record
    Models(models::EvidenceModels),
    /// Scores for several classes, of which one is right; needs no record
    Classes(classes::EvidenceClasses),
    /// Given levels against those that rows have, such as of triage; needs no record
    Grades(grades::EvidenceGrades),
    /// Predicted numbers against those that came true; needs no record
    Values(values::EvidenceValues),
    /// Predicted risks at a horizon, with follow-up that may end before it; needs no record
    Survival(survival::EvidenceSurvival),
    /// What vendors' model cards leave open; needs no record. Exits with 3 when a card breaks its
    /// schema, contradicts itself or says what cannot be
    Card {
        /// Applied Model Cards of the Coalition for Health AI, as XML
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// A claim against what was measured here; needs no record. Exits with 3 when it is worse here,
    /// or the two cannot be compared
    Claim(Box<claim::EvidenceClaim>),
    /// Compute evidence for a use case by its monitoring feed, judge it and record it
    Record {
        /// The use case
        use_case: UseCaseId,
        /// First day of the predictions, such as 2022-07-01
        #[arg(long)]
        from: String,
        /// The day after the last one
        #[arg(long)]
        until: String,
    },
    /// Compute recorded evidence again and compare the digest
    Reproduce {
        /// The evidence
        evidence: EvidenceId,
        /// Where its prediction log is, when it was moved
        #[arg(long, value_name = "FILE")]
        source: Option<PathBuf>,
    },
    /// What differs between two reports: data, question, numbers, and which of them moved
    Compare {
        /// The former: recorded evidence such as EV-1, or a report in a file
        before: Which,
        /// The latter
        after: Which,
        /// List every number of both, not only those that moved
        #[arg(long)]
        all: bool,
    },
    /// How the verdict of a standard came about, requirement by requirement
    Explain {
        /// Recorded evidence such as EV-1, or a report in a file
        of: Which,
        /// The standard: a file, or a built-in one such as predictive-t3; that of the evidence when
        /// left out
        #[arg(long, value_name = "FILE|NAME")]
        standard: Option<String>,
    },
    /// Write a report in a shape that other programs read
    Export(export::EvidenceExport),
    /// What only reads
    #[command(flatten)]
    Read(EvidenceRead),
}

/// Runs a verb of `primum evidence`.
pub async fn run(cli: &Cli, verb: &Evidence) -> Result<Exit> {
    let answer = match verb {
        Evidence::Run(asked) => run::answer(asked).await?,
        Evidence::Ratings(asked) => ratings::answer(asked)?,
        Evidence::Judge(asked) => judge::answer(asked)?,
        Evidence::Sample(asked) => sample::answer(asked).await?,
        Evidence::Workflow(asked) => workflow::answer(asked).await?,
        Evidence::Workload(asked) => workload::answer(asked).await?,
        Evidence::Models(asked) => models::answer(asked).await?,
        Evidence::Classes(asked) => classes::answer(asked).await?,
        Evidence::Grades(asked) => grades::answer(asked).await?,
        Evidence::Values(asked) => values::answer(asked).await?,
        Evidence::Survival(asked) => survival::answer(asked).await?,
        Evidence::Size(asked) => size::answer(asked)?,
        Evidence::Card { files } => card::answer(files)?,
        Evidence::Claim(asked) => claim::answer(asked)?,
        Evidence::Record { use_case, from, until } => {
            record::record(cli, *use_case, from, until).await?
        }
        Evidence::Reproduce { evidence, source } => {
            record::reproduce(cli, *evidence, source.as_deref()).await?
        }
        Evidence::Compare { before, after, all } => {
            compare::answer(cli, before, after, *all).await?
        }
        Evidence::Explain { of, standard } => explain::answer(cli, of, standard.as_deref()).await?,
        Evidence::Export(asked) => return export::run(cli, asked).await,
        Evidence::Read(read) => return crate::answer(cli, &Read::Evidence(read.clone())).await,
    };
    answer.print(cli.json)
}
