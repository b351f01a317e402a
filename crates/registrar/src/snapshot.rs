//! Snapshots: a record as bytes, for the next start.

use crate::ReplayError;
use governance::{Chunk, Part, Record};
use ledger::Snapshot;
use tokio::task::spawn_blocking;

/// How a snapshot begins. Another number follows when what is stored changes its meaning, other
/// shapes when what is in it has other fields; a snapshot that begins otherwise is not used.
fn beginning() -> Vec<u8> {
    format!("primum snapshot 4 {}\n", governance::shapes()).into_bytes()
}

/// A snapshot of a record, to be saved in its ledger.
///
/// # Errors
/// Never for a record that was folded from events; a number that JSON cannot hold would be one.
pub fn freeze(record: &Record) -> Result<Snapshot, serde_json::Error> {
    let state_hash = record.state_digest()?;
    let parts = record.to_parts()?;
    let mut bytes = beginning();
    bytes.reserve_exact(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        bytes.extend((part.len() as u64).to_le_bytes());
        bytes.extend(part);
    }
    Ok(Snapshot { size: record.next_seq, state_hash, bytes })
}

/// The record in a snapshot. Its bytes were checked against their digest when they were read, so
/// they are what was frozen with the state hash beside them.
pub(crate) async fn thaw(snapshot: Snapshot) -> Result<Record, ReplayError> {
    let size = snapshot.size;
    let wrong = |problem: String| ReplayError::Snapshot { size, problem };
    let thawed = spawn_blocking(move || parts(snapshot.bytes)).await;
    let record = thawed.map_err(|error| wrong(error.to_string()))?.map_err(wrong)?;
    if record.next_seq != size {
        return Err(wrong(format!("holds {} events", record.next_seq)));
    }
    Ok(record)
}

/// Reads all parts on as many cores as there are.
fn parts(bytes: Vec<u8>) -> Result<Record, String> {
    let beginning = beginning();
    if !bytes.starts_with(&beginning) {
        return Err("is of another version of Primum".to_owned());
    }
    let mut rest = Chunk::of(bytes);
    let _ = rest.take(beginning.len());
    let mut stored = Vec::new();
    while !rest.bytes().is_empty() {
        stored.push(next(&mut rest).ok_or("is cut off")?);
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let read_some = || {
        let mut read = Vec::new();
        loop {
            let place = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(part) = stored.get(place) else { return Ok(read) };
            read.push((place, Part::read(part.clone())?));
        }
    };
    let read = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..cores).map(|_| scope.spawn(read_some)).collect();
        let read = readers
            .into_iter()
            .map(|reader| reader.join().unwrap_or_else(|_| Err("could not be read".to_owned())));
        read.collect::<Result<Vec<Vec<_>>, String>>()
    });
    let mut read: Vec<(usize, Part)> = read?.into_iter().flatten().collect();
    read.sort_unstable_by_key(|(place, _)| *place);
    Ok(Record::of_parts(read.into_iter().map(|(_, part)| part)))
}

/// The next part, with its length before it.
fn next(rest: &mut Chunk) -> Option<Chunk> {
    let length = rest.take(8)?;
    let length = u64::from_le_bytes(length.bytes().try_into().ok()?);
    rest.take(usize::try_from(length).ok()?)
}
