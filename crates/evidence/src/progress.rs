//! How far a run has come, for whoever waits for it. Nothing of it goes into a report.

use crate::source::{Format, Opened, footer_of};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What a run is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Looking at files and their columns.
    #[default]
    Opening,
    /// Reading the events from which outcomes come.
    Events,
    /// Reading predictions, or other rows that are asked about.
    Rows,
    /// Gathering predictions by encounter. Their rows are not counted.
    Gathering,
    /// Reading again in file order, to name the first bad row.
    Fault,
    /// Waiting for the digests of the files, which are made beside the reading.
    Digests,
    /// Computing measures with their intervals.
    Measures,
}

/// A look at how far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Step {
    /// What it is busy with.
    pub phase: Phase,
    /// Rows read in this phase that the filters of the request let through.
    pub rows: u64,
    /// The rows that there are, where the files tell without being read.
    pub of: Option<u64>,
}

/// Says how far a run over a [`crate::Source`] has come.
///
/// Clones share what they say. The default is watched by nobody, and keeps nothing.
#[derive(Debug, Clone, Default)]
pub struct Progress(Option<Arc<State>>);

#[derive(Debug, Default)]
struct State {
    step: Mutex<Step>,
    /// Kept apart, so that those who count do not wait for each other.
    rows: AtomicU64,
}

impl Progress {
    /// A progress that is watched.
    #[must_use]
    pub fn watched() -> Self {
        Self(Some(Arc::default()))
    }

    /// How far the run has come.
    #[must_use]
    pub fn step(&self) -> Step {
        self.0.as_ref().map_or_else(Step::default, |state| {
            let step = *state.step.lock().unwrap_or_else(PoisonError::into_inner);
            Step { rows: state.rows.load(Ordering::Relaxed), ..step }
        })
    }

    /// Begins a phase, without rows.
    pub(crate) fn begin(&self, phase: Phase) {
        self.set(phase, None);
    }

    /// Begins to read files. `whole` is said when no row of them is passed over.
    pub(crate) fn begin_reading(&self, phase: Phase, opened: &Opened, whole: bool) {
        if self.0.is_some() {
            self.set(phase, if whole { rows_of(opened) } else { None });
        }
    }

    /// Counts rows that were read.
    pub(crate) fn count(&self, rows: usize) {
        if let Some(state) = &self.0 {
            state.rows.fetch_add(rows as u64, Ordering::Relaxed);
        }
    }

    fn set(&self, phase: Phase, of: Option<u64>) {
        if let Some(state) = &self.0 {
            let mut step = state.step.lock().unwrap_or_else(PoisonError::into_inner);
            *step = Step { phase, rows: 0, of };
            state.rows.store(0, Ordering::Relaxed);
        }
    }
}

/// The rows of all files, when they are Parquet, whose footers say so.
fn rows_of(opened: &Opened) -> Option<u64> {
    if opened.format != Format::Parquet {
        return None;
    }
    let rows = opened.files.iter().map(|file| {
        let footer = footer_of(&file.path).ok()?;
        u64::try_from(footer.metadata().file_metadata().num_rows()).ok()
    });
    rows.sum()
}
