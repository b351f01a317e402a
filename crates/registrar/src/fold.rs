//! Stored events folded back into a record.

use governance::{Event, Record, apply};
use jiff::Timestamp;
use ledger::{LedgerError, Reader, Snapshot, StoredEntry};
use thiserror::Error;

/// Events read at a time.
const PAGE: u64 = 4_096;

/// Stored bytes that do not fold to a record.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// The ledger could not be read.
    #[error(transparent)]
    Storage(#[from] LedgerError),
    /// A body is no event.
    #[error("table `events`, column `body`, event {seq}: {problem}; verify the log")]
    Body {
        /// The event's place.
        seq: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// An event does not fit the record before it.
    #[error(transparent)]
    Inconsistent(#[from] governance::Inconsistency),
    /// A snapshot does not hold what its hash says.
    #[error("table `snapshots`: the snapshot at event {size} {problem}; verify the log")]
    Snapshot {
        /// How many events are folded into it.
        size: u64,
        /// What is wrong with it.
        problem: String,
    },
}

/// A record with the way it came about.
#[derive(Debug)]
pub struct Folded {
    /// The record.
    pub record: Record,
    /// The number of events that came with a snapshot and were not folded again.
    pub from_snapshot: u64,
}

/// Folds all events, from the newest snapshot on when `use_snapshot` is set, else from zero.
///
/// # Errors
/// When stored bytes cannot be read or do not fold.
pub async fn replay(reader: &Reader, use_snapshot: bool) -> Result<Folded, ReplayError> {
    let stored = if use_snapshot { reader.snapshot_latest().await? } else { None };
    let record = stored.map(|snapshot| thaw(&snapshot)).transpose()?.unwrap_or_default();
    let from_snapshot = record.next_seq;
    let record = fold(reader, record, None).await?;
    Ok(Folded { record, from_snapshot })
}

/// The record as it was at an instant: the fold of the events up to and including it.
///
/// # Errors
/// When stored bytes cannot be read or do not fold.
pub async fn record_at(reader: &Reader, at: Timestamp) -> Result<Record, ReplayError> {
    fold(reader, Record::default(), Some(at)).await
}

/// A snapshot of a record, for the next start.
pub(crate) fn freeze(record: &Record) -> Result<Snapshot, String> {
    let state_hash = state_hash(record)?;
    let bytes = serde_json::to_vec(record).map_err(|error| error.to_string())?;
    Ok(Snapshot { size: record.next_seq, state_hash, bytes })
}

fn thaw(snapshot: &Snapshot) -> Result<Record, ReplayError> {
    let wrong = |problem: String| ReplayError::Snapshot { size: snapshot.size, problem };
    let record: Record =
        serde_json::from_slice(&snapshot.bytes).map_err(|error| wrong(error.to_string()))?;
    if state_hash(&record).map_err(wrong)? != snapshot.state_hash {
        return Err(wrong("does not have the state hash stored with it".to_owned()));
    }
    if record.next_seq != snapshot.size {
        return Err(wrong(format!("holds {} events", record.next_seq)));
    }
    Ok(record)
}

fn state_hash(record: &Record) -> Result<[u8; 32], String> {
    let text = record.state_hash().map_err(|error| error.to_string())?;
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).map_err(|error| error.to_string())?;
    Ok(hash)
}

async fn fold(
    reader: &Reader,
    mut record: Record,
    until: Option<Timestamp>,
) -> Result<Record, ReplayError> {
    let size = reader.size().await?;
    while record.next_seq < size {
        let page = record.next_seq..size.min(record.next_seq + PAGE);
        for entry in reader.entries(page).await? {
            let event = event_of(&entry)?;
            if until.is_some_and(|until| event.at > until) {
                return Ok(record);
            }
            apply(&mut record, &event)?;
        }
    }
    Ok(record)
}

/// The event in a stored entry.
fn event_of(entry: &StoredEntry) -> Result<Event, ReplayError> {
    serde_json::from_slice(&entry.body)
        .map_err(|error| ReplayError::Body { seq: entry.seq, problem: error.to_string() })
}
