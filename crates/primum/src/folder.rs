//! The data folder: the ledger, the prediction logs beside it, and the time that holds in it.

use crate::ambient;
use crate::cli::Cli;
use anyhow::{Context, Result};
use governance::Record;
use jiff::Timestamp;
use ledger::{Ledger, LedgerError, Reader};
use registrar::{Opened, Registrar, Salts};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The ledger's small fact that makes a folder a demo: its clock.
pub const DEMO_CLOCK: &str = "demo.clock";
/// The folder used when none is named.
const USUAL: &str = "primum-data";

/// A data folder.
#[derive(Debug, Clone)]
pub struct Folder {
    dir: PathBuf,
}

/// A demo's time: it stood at `record` when this machine's clock stood at `machine`, and runs at
/// the same pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoClock {
    /// Time in the record.
    pub record: Timestamp,
    /// Time on the machine.
    pub machine: Timestamp,
}

impl DemoClock {
    /// The record's time when the machine's clock stands at `machine`.
    #[must_use]
    pub fn at(&self, machine: Timestamp) -> Timestamp {
        self.record.saturating_add(machine.duration_since(self.machine)).unwrap_or(self.record)
    }
}

impl Folder {
    /// The folder that the command line names, or the usual one.
    pub fn of(cli: &Cli) -> Self {
        Self { dir: cli.data.clone().unwrap_or_else(|| PathBuf::from(USUAL)) }
    }

    /// A folder at a path.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Its path.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where prediction logs are: monitoring plans name them relative to this.
    pub fn predictions(&self) -> PathBuf {
        self.dir.join("predictions")
    }

    /// Opens it for reading.
    pub async fn reader(&self) -> Result<Reader> {
        Ledger::open_reader(&self.dir).await.map_err(with_next_step)
    }

    /// Reads the record.
    pub async fn read(&self) -> Result<(Reader, Record)> {
        let reader = self.reader().await?;
        let folded = registrar::replay(&reader, true).await?;
        Ok((reader, folded.record))
    }

    /// Opens it for writing.
    pub async fn write(&self, salts: Salts) -> Result<Opened> {
        let ledger = Ledger::open(&self.dir).await.map_err(with_next_step)?;
        Ok(Registrar::open(ledger, salts).await?)
    }

    /// The demo's clock, when the folder holds a demo.
    pub async fn demo_clock(&self, reader: &Reader) -> Result<Option<DemoClock>> {
        let Some(text) = reader.meta_get(DEMO_CLOCK).await? else { return Ok(None) };
        let clock = serde_json::from_str(&text)
            .with_context(|| format!("table `meta`, row `{DEMO_CLOCK}` does not parse"))?;
        Ok(Some(clock))
    }

    /// The time that holds in the folder now.
    pub async fn now(&self, reader: &Reader) -> Result<Timestamp> {
        let machine = ambient::now();
        Ok(self.demo_clock(reader).await?.map_or(machine, |clock| clock.at(machine)))
    }
}

/// What went wrong with a folder, with the command that helps a newcomer on.
pub fn with_next_step(error: LedgerError) -> anyhow::Error {
    match &error {
        LedgerError::NoRecord { dir } => anyhow::anyhow!(
            "there is no record in `{}`; name the folder that holds one with --data, or make one \
             with `primum demo` or `primum init`",
            dir.display()
        ),
        _ => error.into(),
    }
}
