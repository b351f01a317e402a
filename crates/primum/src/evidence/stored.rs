//! Reports that are there already: in a record, or in a file.

use crate::cli::Cli;
use crate::folder::Folder;
use crate::output::Usage;
use anyhow::{Context, Result, bail};
use evidence::Report;
use governance::{Evidence, EvidenceId, Record};
use ledger::Reader;
use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A report, by its id in the record or by its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Recorded evidence.
    Recorded(EvidenceId),
    /// A file that `primum evidence run` wrote.
    File(PathBuf),
}

impl FromStr for Which {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.parse().map_or_else(|_| Self::File(text.into()), Self::Recorded))
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recorded(id) => write!(f, "{id}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// A report with where it is from.
pub struct Stored {
    /// The report.
    pub report: Report,
    /// The record that it is in, and its evidence there.
    pub recorded: Option<(Record, EvidenceId)>,
}

impl Stored {
    /// The evidence in the record, when it is from one.
    pub fn evidence(&self) -> Option<&Evidence> {
        let (record, id) = self.recorded.as_ref()?;
        record.evidence.get(id)
    }
}

/// Reads a report.
pub async fn read(cli: &Cli, which: &Which) -> Result<Stored> {
    match which {
        Which::File(path) => Ok(Stored { report: from_file(path)?, recorded: None }),
        Which::Recorded(id) => {
            let (reader, record) = Folder::of(cli).read().await?;
            let report = stored_report(&reader, &record, *id).await?;
            Ok(Stored { report, recorded: Some((record, *id)) })
        }
    }
}

/// Reads a report from a file, and refuses one that was altered since.
pub fn from_file(path: &Path) -> Result<Report> {
    let name = || format!("`{}`", path.display());
    let bytes = std::fs::read(path).with_context(name)?;
    let report: Report = serde_json::from_slice(&bytes).with_context(|| {
        format!("{} is no report; make it with `primum evidence run … --out FILE`", name())
    })?;
    let found = report.digest_of_contents()?;
    if found != report.digest {
        return Err(Usage(format!(
            "{} was altered: its digest says {}, its contents give {found}; make it again",
            name(),
            report.digest
        ))
        .into());
    }
    Ok(report)
}

/// The report behind recorded evidence.
pub async fn stored_report(reader: &Reader, record: &Record, id: EvidenceId) -> Result<Report> {
    let Some(evidence) = record.evidence.get(&id) else {
        bail!("the record has no evidence {id}");
    };
    if !evidence.is_computed() {
        bail!("{id} was assessed from attestations and reviews; it has no report to compute again");
    }
    let mut hash = [0; 32];
    hex::decode_to_slice(&evidence.document, &mut hash)?;
    let bytes = reader.document(hash).await?;
    serde_json::from_slice(&bytes).with_context(|| format!("the report of {id} does not parse"))
}
