//! Stored events folded back into a record.

use crate::snapshot::thaw;
use futures::{StreamExt, stream};
use governance::{Actor, Authority, Change, CommandId, Event, Record, apply};
use jiff::Timestamp;
use ledger::{LedgerError, Reader};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::ops::Range;
use thiserror::Error;

/// Events read at a time.
const PAGE: usize = 512;

/// Pages that are read and taken apart while an earlier one is folded.
const PAGES_AHEAD: usize = 8;

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
    /// The runtime ended while events were read.
    #[error("reading the record was stopped; nothing was changed")]
    Stopped,
}

/// A record with the way it came about.
#[derive(Debug)]
pub struct Folded {
    /// The record.
    pub record: Record,
    /// The number of events that came with a snapshot and were not folded again.
    pub from_snapshot: u64,
    /// Why the newest snapshot was not used, when there is one and it cannot be.
    pub unused: Option<String>,
}

/// Folds all events, from the newest snapshot on when `use_snapshot` is set, else from zero.
///
/// # Errors
/// When stored bytes cannot be read or do not fold.
pub async fn replay(reader: &Reader, use_snapshot: bool) -> Result<Folded, ReplayError> {
    let (record, unused) = match use_snapshot {
        true => newest_snapshot(reader).await?,
        false => (Record::default(), None),
    };
    let from_snapshot = record.next_seq;
    let record = fold(reader, record, None).await?;
    Ok(Folded { record, from_snapshot, unused })
}

/// The record in the newest snapshot; an empty one with the reason when that cannot be used. A
/// snapshot only saves time, so a bad one must not keep a hospital from its record.
async fn newest_snapshot(reader: &Reader) -> Result<(Record, Option<String>), ReplayError> {
    let stored = match reader.snapshot_latest().await {
        Ok(None) => return Ok((Record::default(), None)),
        Ok(Some(snapshot)) => thaw(snapshot).await,
        Err(error @ LedgerError::Corrupt(_)) => Err(error.into()),
        Err(error) => return Err(error.into()),
    };
    Ok(match stored {
        Ok(record) => (record, None),
        Err(fault) => (Record::default(), Some(fault.to_string())),
    })
}

/// The record as it was at an instant: the fold of the events up to and including it.
///
/// # Errors
/// When stored bytes cannot be read or do not fold.
pub async fn record_at(reader: &Reader, at: Timestamp) -> Result<Record, ReplayError> {
    fold(reader, Record::default(), Some(at)).await
}

async fn fold(
    reader: &Reader,
    mut record: Record,
    until: Option<Timestamp>,
) -> Result<Record, ReplayError> {
    let size = reader.size().await?;
    let starts = (record.next_seq..size).step_by(PAGE);
    let ranges = starts.map(|start| start..size.min(start + PAGE as u64));
    // Pages are read and taken apart on other cores while the ones before them are folded.
    let read = |range| tokio::spawn(events(reader.clone(), range));
    let mut pages = stream::iter(ranges.map(read)).buffered(PAGES_AHEAD);
    'fold: while let Some(page) = pages.next().await {
        for event in page.map_err(|_| ReplayError::Stopped)?? {
            if until.is_some_and(|until| event.at > until) {
                break 'fold;
            }
            apply(&mut record, &event)?;
        }
    }
    record.settle();
    Ok(record)
}

/// The events of a page.
async fn events(reader: Reader, range: Range<u64>) -> Result<Vec<Event>, ReplayError> {
    let page = reader.page(range.clone()).await?;
    let first = range.start;
    let events = tokio::task::spawn_blocking(move || {
        let bodies = page.bodies()?;
        let mut events = Vec::with_capacity(bodies.len());
        for (seq, body) in (first..).zip(bodies) {
            match event_of(seq, body) {
                Ok(event) => events.push(event),
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(events))
    });
    match events.await {
        Ok(Some(events)) => events,
        Err(_) => Err(ReplayError::Stopped),
        // Something is amiss, or only unusual: read each row by itself.
        Ok(None) => {
            let entries = reader.entries(range).await?;
            entries.iter().map(|entry| event_of(entry.seq, &entry.body)).collect()
        }
    }
}

/// What of an event the record is a function of: all but its authority, which is a good part of the
/// bytes of most events and is kept for readers of the log.
#[derive(Deserialize)]
struct Folding {
    seq: u64,
    at: Timestamp,
    actor: Actor,
    command: CommandId,
    act: String,
    authority: IgnoredAny,
    change: Change,
}

/// The event in a stored body, without its authority.
fn event_of(seq: u64, body: &[u8]) -> Result<Event, ReplayError> {
    let wrong = |error: serde_json::Error| ReplayError::Body { seq, problem: error.to_string() };
    let Folding { seq, at, actor, command, act, authority: IgnoredAny, change } =
        serde_json::from_slice(body).map_err(wrong)?;
    let authority = Authority {
        policies: Vec::new(),
        policy_set: String::new(),
        facts: std::collections::BTreeMap::new(),
    };
    Ok(Event { seq, at, actor, command, act, authority, change })
}
