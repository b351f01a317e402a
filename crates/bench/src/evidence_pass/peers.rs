//! The processes that are measured beside each other, and whether they found the same.

use super::work::{Counted, Key, Measured};
use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Of a cell with fewer rows a report says nothing.
const SMALLEST_CELL: u64 = 11;

/// With fewer of an outcome, a fit that has not quite ended lies far from one that has.
const ENOUGH_TO_FIT: u64 = 100;

/// What the report is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Peer {
    /// A bare streaming scan and count of the same columns by DataFusion.
    Datafusion,
    /// A bare streaming scan of the same columns by pyarrow, as text.
    Pyarrow,
    /// The same with text left as numbers of dictionary entries, as it is stored.
    PyarrowDictionary,
    /// DuckDB's bare counts by month, one attribute and 65,000 bins of the score.
    DuckdbOne,
    /// The same for each of the five attributes.
    Duckdb,
    /// A hand-written report from dense histograms in NumPy.
    Numpy,
    /// The report by pandas, scikit-learn, statsmodels and dcurves. Takes many minutes, and most
    /// of the memory of a small machine: it is run once, when named.
    Pipeline,
}

impl Peer {
    /// Those that are measured unless others are named.
    pub const USUAL: [Self; 6] = [
        Self::Datafusion,
        Self::Pyarrow,
        Self::PyarrowDictionary,
        Self::DuckdbOne,
        Self::Duckdb,
        Self::Numpy,
    ];
    /// The most rows for the pipeline: it holds all of them in memory several times.
    pub const MOST_PIPELINE_ROWS: u64 = 10_000_000;

    /// The peer in words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Datafusion => "DataFusion scan and count of the same columns",
            Self::Pyarrow => "pyarrow scan of the same columns",
            Self::PyarrowDictionary => "pyarrow scan that leaves text as dictionary entries",
            Self::DuckdbOne => "DuckDB group-by into bins, months and one attribute",
            Self::Duckdb => "DuckDB group-by into bins, months and each attribute",
            Self::Numpy => "NumPy dense histograms and measures",
            Self::Pipeline => "pandas, scikit-learn, statsmodels and dcurves",
        }
    }

    /// The most of the peer's time that the report may take.
    pub fn aim(self) -> f64 {
        match self {
            Self::Datafusion | Self::Pyarrow | Self::PyarrowDictionary => 2.0,
            Self::DuckdbOne | Self::Duckdb | Self::Numpy => 1.0,
            Self::Pipeline => 1.0 / 180.0,
        }
    }

    /// How far its measures may lie from ours: nothing for what is counted; scores in bins make
    /// some difference, and so do scores that we keep in billionths.
    fn tolerance(self) -> f64 {
        match self {
            Self::Numpy => 1e-2,
            Self::Pipeline => 1e-4,
            _ => 0.0,
        }
    }

    /// The script and its arguments; none for what this program does.
    fn script(self) -> Option<(&'static str, &'static [&'static str])> {
        match self {
            Self::Datafusion => None,
            Self::Pyarrow => Some(("scan.py", &[])),
            Self::PyarrowDictionary => Some(("scan.py", &["dictionary"])),
            Self::DuckdbOne => Some(("cells.py", &["race"])),
            Self::Duckdb => Some(("cells.py", &[])),
            Self::Numpy => Some(("histogram.py", &[])),
            Self::Pipeline => Some(("pipeline.py", &[])),
        }
    }

    /// True when it needs a Python with its packages.
    pub fn needs_python(self) -> bool {
        self.script().is_some()
    }

    /// Runs the peer on a log.
    pub fn measure(self, python: Option<&Path>, log: &Path) -> Result<Measured> {
        let Some((script, arguments)) = self.script() else { return work("scan", log) };
        let python = python.context("this peer needs `--python`")?;
        let scripts = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers");
        let mut command = Command::new(python);
        command.arg(scripts.join(script)).arg(log).args(arguments);
        // Left over from elsewhere, they would make NumPy use kernels for another processor.
        command.env_remove("OPENBLAS_CORETYPE").env_remove("OPENBLAS_L2_SIZE");
        measured(&mut command).with_context(|| format!("peer `{script}`"))
    }

    /// Refuses a peer that did not find what we found.
    pub fn agrees(self, ours: &Measured, theirs: &Measured) -> Result<()> {
        let title = self.title();
        ensure!(ours.rows == theirs.rows, "{title}: {} rows, not {}", theirs.rows, ours.rows);
        let known: BTreeMap<&Key, &Counted> =
            ours.cells.iter().map(|cell| (&cell.key, cell)).collect();
        for cell in theirs.cells.iter().filter(|cell| cell.n >= SMALLEST_CELL) {
            let Some(our_cell) = known.get(&cell.key) else {
                bail!("{title}: we have no cell {:?}", cell.key)
            };
            let (found, wanted) = ((cell.n, cell.events), (our_cell.n, our_cell.events));
            ensure!(found == wanted, "{title}: {:?} has {found:?}, not {wanted:?}", cell.key);
            if cell.events.min(cell.n.saturating_sub(cell.events)) < ENOUGH_TO_FIT {
                continue;
            }
            for (name, value) in &cell.measures {
                // Where the rows do not determine a measure we give none; a fit gives something.
                let Some(ours) = our_cell.measures.get(name) else { continue };
                let far = (value - ours).abs() / ours.abs().max(1.0);
                ensure!(
                    far <= self.tolerance(),
                    "{title}: {name} of {:?} is {value}, not {ours}",
                    cell.key
                );
            }
        }
        Ok(())
    }
}

/// Runs this program's own work on a log, in a process of its own.
pub fn work(what: &str, log: &Path) -> Result<Measured> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["work", what]).arg(log);
    measured(&mut command).with_context(|| format!("work `{what}`"))
}

/// Runs a process that prints what it measured.
fn measured(command: &mut Command) -> Result<Measured> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "it ended with {}", output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
}
