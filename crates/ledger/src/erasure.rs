//! Erasure: the bytes of a document go, its hash and the event that erased it stay.
//!
//! The tombstone is stored in the same transaction as its event, so that no crash leaves one
//! without the other. What was erased is not stored again.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::entry::NewEntry;
use crate::errors::{Fault, LedgerError};
use crate::read::{column, sql_int};

/// The kind of an event that erases a document. Its body names the document's hash in hexadecimal:
/// the one thing that the ledger looks for in a body.
pub const ERASURE: &str = "document_erased";

/// Whether a body names a hash.
fn names(body: &[u8], hash: &[u8]) -> bool {
    let hash = hex::encode(hash);
    body.windows(hash.len()).any(|window| window == hash.as_bytes())
}

/// Deletes the bytes of documents and keeps a tombstone for each, which points at the event of the
/// batch that erased it.
pub(crate) async fn erase(
    record: &mut SqliteConnection,
    path: &Path,
    hashes: &[[u8; 32]],
    entries: &[NewEntry],
    first_seq: u64,
) -> Result<(), LedgerError> {
    for hash in hashes {
        let mut numbered = (first_seq..).zip(entries);
        let event = numbered.find(|(_, it)| it.kind == ERASURE && names(&it.body, hash));
        let (seq, _) = event.ok_or_else(|| LedgerError::NoTombstone { hash: hex::encode(hash) })?;
        let key = hash.to_vec();
        let delete = sqlx::query("DELETE FROM documents WHERE hash = ?1").bind(key.clone());
        let tombstone = sqlx::query("INSERT INTO erasures (seq, hash) VALUES (?1, ?2)");
        for query in [delete, tombstone.bind(sql_int(seq)).bind(key)] {
            let done = query.execute(&mut *record).await;
            done.map_err(|error| LedgerError::database(path, error))?;
        }
    }
    Ok(())
}

/// The tombstones, while the events are walked.
#[derive(Debug, Default)]
pub(crate) struct Tombstones {
    by_event: BTreeMap<i64, Vec<u8>>,
}

impl Tombstones {
    /// Adds a row of `erasures`.
    pub(crate) fn read(&mut self, row: &SqliteRow) -> Result<(), Fault> {
        let seq: i64 = column(row, "erasures", "seq", &"?")?;
        let hash: Vec<u8> = column(row, "erasures", "hash", &seq)?;
        self.by_event.insert(seq, hash);
        Ok(())
    }

    /// Compares an event with its tombstone, if it is one that erased something.
    pub(crate) fn check(&mut self, seq: u64, kind: &str, body: &[u8]) -> Result<(), Fault> {
        if kind != ERASURE {
            return Ok(());
        }
        let fault = |problem| Err(Fault::new("erasures", "hash", seq, problem).of_event(seq));
        match self.by_event.remove(&sql_int(seq)) {
            None => fault("is missing, though its event erased a document"),
            Some(hash) if names(body, &hash) => Ok(()),
            Some(_) => fault("is not the document that its event erased"),
        }
    }

    /// The tombstones that no event explains.
    pub(crate) fn unexplained(self) -> impl Iterator<Item = Fault> {
        self.by_event
            .into_keys()
            .map(|seq| Fault::new("erasures", "seq", seq, "is of no event that erased a document"))
    }
}
