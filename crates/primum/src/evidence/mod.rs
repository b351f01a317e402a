//! `primum evidence …`: from prediction logs to reports.

mod against;
mod card;
mod claim;
mod claims;
mod compare;
mod explain;
mod export;
mod files;
mod ratings;
mod record;
mod run;
mod size;
mod stored;
mod told;

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
    /// How far raters of output agree, and which of them is biased; needs no record
    Ratings(ratings::EvidenceRatings),
    /// How many rows an interval of a wanted width takes; needs no record
    Size(size::EvidenceSize),
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
