//! Writing: the one writer of a record, and its append.

use std::path::Path;

use sqlx::{Connection, SqliteConnection};
use tlog::{Frontier, Hash, Signer};

use crate::entry::{Batch, Leaf, NewEntry, document_hash, leaves};
use crate::erasure::erase;
use crate::errors::{LedgerError, result_code};
use crate::faults::{CrashPoint, Faults};
use crate::layout::{Folder, LOCK, LOCK_SCHEMA, RECORD, RECORD_SCHEMA, WriterLock, insert_error};
use crate::publish::Signed;
use crate::read::{Reader, Snapshot, VKEY, meta_digest, sql_int};

/// What a new record starts from.
#[derive(Clone)]
pub struct CreateOptions {
    /// The log's name, such as `records.example.org/primum`: no spaces, no plus sign. It is also
    /// the key's name.
    pub origin: String,
    /// 32 fresh random bytes: the signing key.
    pub seed: [u8; 32],
}

/// What an append did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The first event of the batch.
    pub first_seq: u64,
    /// How many events there are now; the next one gets this number.
    pub next_seq: u64,
    /// The root over all of them; it becomes public with the next checkpoint.
    pub root: Hash,
}

/// The one writer of a record. See the crate's documentation for the order of its steps.
///
/// After a fault whose outcome only the stored bytes can tell, every further write is refused with
/// [`LedgerError::Poisoned`]. The same holds when the future of a write is dropped before it is
/// done.
#[derive(Debug)]
pub struct Ledger {
    pub(crate) record: SqliteConnection,
    pub(crate) lock: SqliteConnection,
    pub(crate) folder: Folder,
    pub(crate) reader: Reader,
    pub(crate) signer: Signer,
    /// The tree over all recorded events.
    pub(crate) frontier: Frontier,
    /// What `lock.db` holds.
    pub(crate) signed: Signed,
    /// Events covered by the newest checkpoint in `record.db`.
    pub(crate) published: u64,
    pub(crate) faults: Faults,
    stopped: Option<String>,
    /// Last, so that the folder is free only after the databases are closed.
    _writer: WriterLock,
}

impl Ledger {
    /// Makes a record without events in `dir`, which is created if need be, and opens it.
    ///
    /// # Errors
    /// [`LedgerError::AlreadyExists`] when the folder holds a record or a part of one;
    /// [`LedgerError::Name`] when the log's name cannot be used; those of storage.
    pub async fn create(dir: &Path, options: &CreateOptions) -> Result<Self, LedgerError> {
        let signer = signer(&options.origin, options.seed)?;
        let folder = Folder::new(dir);
        folder.make()?;
        let writer = folder.lock_for_writing()?;
        folder.must_be_free()?;
        let empty = Signed::sign(&signer, &Frontier::new())?;
        folder.write_key(options.seed)?;
        let mut lock = folder.draft_database(LOCK, LOCK_SCHEMA).await?;
        empty.insert_first(&mut lock, &folder).await?;
        folder.finish_database(LOCK, lock).await?;
        // The record comes last: a folder without it holds nothing yet.
        let mut record = folder.draft_database(RECORD, RECORD_SCHEMA).await?;
        let path = folder.path(RECORD);
        put_meta(&mut record, &path, VKEY, &signer.vkey()).await?;
        empty.store(&mut record, &folder).await?;
        folder.finish_database(RECORD, record).await?;
        Self::open_locked(folder, writer).await
    }

    /// Opens the record in `dir` for writing, compares it with what was signed, and publishes what
    /// is not yet published.
    ///
    /// # Errors
    /// [`LedgerError::NoRecord`]; [`LedgerError::Locked`] when another process writes to it;
    /// [`LedgerError::BehindLock`], [`LedgerError::LockBehind`] and [`LedgerError::Forked`] when
    /// record and signatures disagree; [`LedgerError::Key`]; [`LedgerError::Corrupt`]; those of
    /// storage.
    pub async fn open(dir: &Path) -> Result<Self, LedgerError> {
        let folder = Folder::new(dir);
        folder.must_hold_record()?;
        let writer = folder.lock_for_writing()?;
        Self::open_locked(folder, writer).await
    }

    /// Opens the record in `dir` for reading: [`Reader::open`].
    ///
    /// # Errors
    /// Those of [`Reader::open`].
    pub async fn open_reader(dir: &Path) -> Result<Reader, LedgerError> {
        Reader::open(dir).await
    }

    async fn open_locked(folder: Folder, writer: WriterLock) -> Result<Self, LedgerError> {
        let record = folder.open_for_writing(RECORD).await?;
        let reader = Reader::open(folder.dir()).await?;
        let signer = folder.signer(reader.verifier())?;
        folder.must_hold_lock()?;
        let mut lock = folder.open_for_writing(LOCK).await?;
        let signed = Signed::load(&mut lock, &folder, signer.verifier()).await?;
        let mut ledger = Self {
            record,
            lock,
            folder,
            reader,
            signer,
            frontier: Frontier::new(),
            signed,
            published: 0,
            faults: Faults::default(),
            stopped: None,
            _writer: writer,
        };
        ledger.reconcile().await?;
        Ok(ledger)
    }

    /// Makes a batch durable: all of it or, on any error but [`LedgerError::Poisoned`], nothing.
    ///
    /// # Errors
    /// [`LedgerError::Conflict`] when the record does not hold [`Batch::expected_seq`] events;
    /// [`LedgerError::DuplicateCommand`] when one of the commands already had its effect;
    /// [`LedgerError::EmptyBatch`], [`LedgerError::TooLarge`]; [`LedgerError::DiskFull`],
    /// [`LedgerError::Busy`]. After [`LedgerError::Poisoned`] the batch may or may not be in the
    /// record: open it again to see.
    pub async fn append(&mut self, batch: &Batch) -> Result<Appended, LedgerError> {
        self.begin("an append was interrupted")?;
        let outcome = self.append_batch(batch).await;
        self.end(outcome)
    }

    async fn append_batch(&mut self, batch: &Batch) -> Result<Appended, LedgerError> {
        let first_seq = self.size();
        if batch.expected_seq != first_seq {
            return Err(LedgerError::Conflict { expected: batch.expected_seq, actual: first_seq });
        }
        if batch.entries.is_empty() {
            return Err(LedgerError::EmptyBatch);
        }
        let leaves = leaves(first_seq, &batch.entries)?;
        let mut frontier = self.frontier.clone();
        frontier.extend(leaves.iter().map(|leaf| leaf.hash));

        let path = self.folder.path(RECORD);
        execute(&mut self.record, &path, "BEGIN IMMEDIATE").await?;
        self.faults.at(CrashPoint::BeforeInsert)?;
        let inserted = insert(&mut self.record, &path, batch, first_seq, &leaves).await;
        self.faults.at(CrashPoint::BeforeCommit)?;
        settle(&mut self.record, &path, inserted).await?;
        self.faults.at(CrashPoint::AfterCommit)?;
        if !batch.erased.is_empty() {
            // The bytes leave the write-ahead log too, now or, when a reader is at work, later.
            let emptied = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)");
            let _ = emptied.execute(&mut self.record).await;
        }

        self.frontier = frontier;
        Ok(Appended { first_seq, next_seq: self.size(), root: self.frontier.root() })
    }

    /// Keeps a state folded from the first `snapshot.size` events, in place of any earlier one.
    ///
    /// # Errors
    /// [`LedgerError::SnapshotAhead`] when there are fewer events; those of storage.
    pub async fn snapshot_save(&mut self, snapshot: &Snapshot) -> Result<(), LedgerError> {
        self.begin("saving a snapshot was interrupted")?;
        let outcome = self.replace_snapshot(snapshot).await;
        self.end(outcome)
    }

    async fn replace_snapshot(&mut self, snapshot: &Snapshot) -> Result<(), LedgerError> {
        let size = self.size();
        if snapshot.size > size {
            return Err(LedgerError::SnapshotAhead { snapshot: snapshot.size, size });
        }
        let path = self.folder.path(RECORD);
        execute(&mut self.record, &path, "BEGIN IMMEDIATE").await?;
        let replaced = replace_snapshot(&mut self.record, &path, snapshot).await;
        settle(&mut self.record, &path, replaced).await
    }

    /// Sets a small fact about this record, such as where a demonstration's clock stands. It is not
    /// part of the log.
    ///
    /// # Errors
    /// [`LedgerError::Name`] for a key that begins with `ledger.`, which the ledger keeps for
    /// itself; those of storage.
    pub async fn meta_set(&mut self, key: &str, value: &str) -> Result<(), LedgerError> {
        if key.starts_with("ledger.") {
            let problem = "keys beginning with `ledger.` are the ledger's own".to_owned();
            return Err(LedgerError::Name { what: "a meta key", value: key.to_owned(), problem });
        }
        self.begin("setting a fact was interrupted")?;
        let outcome = put_meta(&mut self.record, &self.folder.path(RECORD), key, value).await;
        self.end(outcome)
    }

    /// How many events are recorded.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// How many of them the newest signed checkpoint covers.
    pub fn published(&self) -> u64 {
        self.published
    }

    /// The root hash over all recorded events.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// The log's verifier key, to be given to those who check it.
    pub fn vkey(&self) -> String {
        self.signer.vkey()
    }

    /// The read side. Clone it to read elsewhere while this ledger writes.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Closes the record; dropping the ledger does so too, only without waiting and without
    /// reporting an error.
    ///
    /// # Errors
    /// Those of storage. Nothing acknowledged depends on it.
    pub async fn close(self) -> Result<(), LedgerError> {
        let (record, lock) = (self.folder.path(RECORD), self.folder.path(LOCK));
        self.reader.close().await;
        self.record.close().await.map_err(|error| LedgerError::database(&record, error))?;
        self.lock.close().await.map_err(|error| LedgerError::database(&lock, error))
    }

    /// Arms a crash (tests only).
    #[doc(hidden)]
    pub fn crash_at(&mut self, point: CrashPoint) {
        self.faults = Faults(Some(point));
    }

    /// Starts a write. Until [`Ledger::end`] the ledger counts as stopped, so that a write whose
    /// future is dropped half-way leaves it so.
    pub(crate) fn begin(&mut self, interrupted: &str) -> Result<(), LedgerError> {
        if let Some(cause) = &self.stopped {
            return Err(LedgerError::Poisoned { cause: cause.clone() });
        }
        self.stopped = Some(interrupted.to_owned());
        Ok(())
    }

    /// Ends a write: on success, or when the error left storage as it was, the ledger goes on.
    pub(crate) fn end<T>(&mut self, outcome: Result<T, LedgerError>) -> Result<T, LedgerError> {
        match outcome {
            Ok(value) => {
                self.stopped = None;
                Ok(value)
            }
            Err(error) if error.leaves_storage_sound() => {
                self.stopped = None;
                Err(error)
            }
            Err(error) => {
                let error = match error {
                    LedgerError::Poisoned { .. } | LedgerError::Crashed { .. } => error,
                    other => poison(&other),
                };
                self.stopped = Some(match &error {
                    LedgerError::Poisoned { cause } => cause.clone(),
                    other => other.to_string(),
                });
                Err(error)
            }
        }
    }
}

/// The error after which only a fresh start can tell what is stored.
pub(crate) fn poison(cause: &LedgerError) -> LedgerError {
    LedgerError::Poisoned { cause: cause.to_string() }
}

async fn execute(
    record: &mut SqliteConnection,
    path: &Path,
    statement: &'static str,
) -> Result<(), LedgerError> {
    let done = sqlx::query(statement).execute(record).await;
    done.map(|_| ()).map_err(|error| LedgerError::database(path, error))
}

/// Ends a transaction: commits what was done, or takes it back.
async fn settle(
    record: &mut SqliteConnection,
    path: &Path,
    done: Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let Err(error) = done else {
        // Whether a failed commit reached the disk only the disk can tell.
        return execute(record, path, "COMMIT").await.map_err(|error| poison(&error));
    };
    /// `SQLITE_ERROR`: there is nothing to take back, for SQLite already did (as on a full disk).
    const NO_TRANSACTION: i32 = 1;
    match sqlx::query("ROLLBACK").execute(record).await {
        Err(other) if result_code(&other) != Some(NO_TRANSACTION) => {
            Err(poison(&LedgerError::database(path, other)))
        }
        _ => Err(error),
    }
}

async fn replace_snapshot(
    record: &mut SqliteConnection,
    path: &Path,
    snapshot: &Snapshot,
) -> Result<(), LedgerError> {
    const INSERT: &str =
        "INSERT INTO snapshots (size, state_hash, bytes, digest) VALUES (?1, ?2, ?3, ?4)";
    execute(record, path, "DELETE FROM snapshots").await?;
    let query = sqlx::query(INSERT)
        .bind(sql_int(snapshot.size))
        .bind(snapshot.state_hash.to_vec())
        .bind(snapshot.bytes.as_slice())
        .bind(snapshot.digest().to_vec());
    let done = query.execute(record).await;
    done.map(|_| ()).map_err(|error| LedgerError::database(path, error))
}

async fn insert(
    record: &mut SqliteConnection,
    path: &Path,
    batch: &Batch,
    first_seq: u64,
    leaves: &[Leaf],
) -> Result<(), LedgerError> {
    // What was erased stays so.
    const DOCUMENT: &str = "INSERT INTO documents (hash, bytes) SELECT ?1, ?2 \
         WHERE NOT EXISTS (SELECT 1 FROM erasures WHERE hash = ?1) ON CONFLICT (hash) DO NOTHING";
    for document in &batch.documents {
        sqlx::query(DOCUMENT)
            .bind(document_hash(document).to_vec())
            .bind(document.as_slice())
            .execute(&mut *record)
            .await
            .map_err(|error| LedgerError::database(path, error))?;
    }
    for (seq, (entry, leaf)) in (first_seq..).zip(batch.entries.iter().zip(leaves)) {
        insert_entry(record, seq, entry, leaf)
            .await
            .map_err(|error| insert_error(path, error, &entry.command_id))?;
    }
    erase(record, path, &batch.erased, &batch.entries, first_seq).await
}

async fn insert_entry(
    record: &mut SqliteConnection,
    seq: u64,
    entry: &NewEntry,
    leaf: &Leaf,
) -> Result<(), sqlx::Error> {
    const ENTRY: &str = "INSERT INTO entries (seq, stream, kind, recorded_at, actor, command_id, \
         part, envelope, leaf_hash, salt, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let query = sqlx::query(ENTRY)
        .bind(sql_int(seq))
        .bind(&entry.stream)
        .bind(&entry.kind)
        .bind(entry.recorded_at_ms)
        .bind(&entry.actor)
        .bind(&entry.command_id)
        .bind(leaf.part)
        .bind(leaf.envelope.as_slice())
        .bind(leaf.hash.as_bytes().to_vec())
        .bind(entry.salt.to_vec())
        .bind(entry.body.as_slice());
    query.execute(record).await.map(|_| ())
}

async fn put_meta(
    record: &mut SqliteConnection,
    path: &Path,
    key: &str,
    value: &str,
) -> Result<(), LedgerError> {
    let query = "INSERT OR REPLACE INTO meta (key, value, digest) VALUES (?1, ?2, ?3)";
    let query = sqlx::query(query).bind(key).bind(value).bind(meta_digest(key, value).to_vec());
    query.execute(record).await.map(|_| ()).map_err(|error| LedgerError::database(path, error))
}

fn signer(origin: &str, seed: [u8; 32]) -> Result<Signer, LedgerError> {
    Signer::from_seed(origin, seed).map_err(|error| LedgerError::Name {
        what: "a log name",
        value: origin.to_owned(),
        problem: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(seq: u64, bytes: usize) -> Batch {
        let entry = NewEntry {
            stream: "UC-1".to_owned(),
            kind: "noted".to_owned(),
            recorded_at_ms: 0,
            actor: "person-1".to_owned(),
            command_id: format!("command-{seq}"),
            body: vec![b'x'; bytes],
            salt: [0; 32],
        };
        Batch { expected_seq: seq, entries: vec![entry], documents: Vec::new(), erased: Vec::new() }
    }

    async fn set(ledger: &mut Ledger, pragma: &'static str) {
        sqlx::raw_sql(pragma).execute(&mut ledger.record).await.unwrap();
    }

    async fn fresh(dir: &Path) -> Ledger {
        let options =
            CreateOptions { origin: "records.example.org/test".to_owned(), seed: [7; 32] };
        Ledger::create(dir, &options).await.unwrap()
    }

    #[tokio::test]
    async fn a_commit_is_on_the_disk_when_it_returns() {
        let home = tempfile::tempdir().unwrap();
        let Ledger { mut record, mut lock, .. } = fresh(home.path()).await;
        for database in [&mut record, &mut lock] {
            // 2 is FULL.
            for (pragma, expected) in [
                ("SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous", "2"),
                ("SELECT journal_mode FROM pragma_journal_mode", "wal"),
            ] {
                let found: String =
                    sqlx::query_scalar(pragma).fetch_one(&mut *database).await.unwrap();
                assert_eq!(found, expected, "{pragma}");
            }
        }
    }

    #[tokio::test]
    async fn a_full_disk_keeps_nothing_and_writing_goes_on_when_there_is_space() {
        let home = tempfile::tempdir().unwrap();
        let mut ledger = fresh(home.path()).await;
        ledger.append(&batch(0, 10)).await.unwrap();
        set(&mut ledger, "PRAGMA max_page_count = 20").await;
        let full = ledger.append(&batch(1, 1_000_000)).await.unwrap_err();
        assert!(matches!(full, LedgerError::DiskFull { .. }), "{full:?}");
        assert_eq!((ledger.size(), ledger.reader().size().await.unwrap()), (1, 1));
        set(&mut ledger, "PRAGMA max_page_count = 100000").await;
        assert_eq!(ledger.append(&batch(1, 1_000_000)).await.unwrap().next_seq, 2);
        ledger.publish().await.unwrap();
        assert_eq!(crate::verify(home.path(), None).await.unwrap().published, 2);
    }

    #[tokio::test]
    async fn a_database_held_by_another_program_keeps_nothing() {
        let home = tempfile::tempdir().unwrap();
        let mut ledger = fresh(home.path()).await;
        set(&mut ledger, "PRAGMA busy_timeout = 0").await;
        let mut other = ledger.folder.open_for_writing(RECORD).await.unwrap();
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
        let busy = ledger.append(&batch(0, 10)).await.unwrap_err();
        assert!(matches!(busy, LedgerError::Busy { .. }), "{busy:?}");
        other.close().await.unwrap();
        assert_eq!(ledger.append(&batch(0, 10)).await.unwrap().next_seq, 1);
    }

    #[tokio::test]
    async fn a_database_that_turned_read_only_keeps_nothing() {
        let home = tempfile::tempdir().unwrap();
        let mut ledger = fresh(home.path()).await;
        set(&mut ledger, "PRAGMA query_only = ON").await;
        let denied = ledger.append(&batch(0, 10)).await.unwrap_err();
        assert!(matches!(denied, LedgerError::Denied { .. }), "{denied:?}");
        set(&mut ledger, "PRAGMA query_only = OFF").await;
        assert_eq!(ledger.append(&batch(0, 10)).await.unwrap().next_seq, 1);
    }

    #[tokio::test]
    async fn a_fault_of_the_disk_stops_writing() {
        let home = tempfile::tempdir().unwrap();
        let mut ledger = fresh(home.path()).await;
        ledger.append(&batch(0, 10)).await.unwrap();
        // A table that vanished stands for a page that cannot be read: nothing the ledger knows how
        // to go on from.
        set(&mut ledger, "ALTER TABLE entries RENAME TO gone").await;
        for _ in 0..2 {
            let stopped = ledger.append(&batch(1, 10)).await.unwrap_err();
            assert!(matches!(stopped, LedgerError::Poisoned { .. }), "{stopped:?}");
            assert!(stopped.to_string().contains("stop the process"), "{stopped}");
        }
        set(&mut ledger, "ALTER TABLE gone RENAME TO entries").await;
        drop(ledger);
        let mut ledger = Ledger::open(home.path()).await.unwrap();
        assert_eq!(ledger.append(&batch(1, 10)).await.unwrap().next_seq, 2);
    }
}
