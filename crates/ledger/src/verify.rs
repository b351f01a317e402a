//! Verification: everything derived again from the stored bytes, trusting none of them.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, SqliteConnection};
use tlog::{Frontier, Hash, Verifier};

use crate::entry::{ENTRY_COLUMNS, RawEntry, StoredEntry, document_hash};
use crate::errors::{Fault, LedgerError};
use crate::layout::{Folder, LOCK, LOCK_SCHEMA, RECORD, RECORD_SCHEMA};
use crate::read::{VKEY, check_meta, check_note, check_snapshot, column, sql_int};

/// How many faults are listed; a damaged disk can produce any number.
const LISTED: usize = 100;

/// Rows read at a time: bodies and documents are in them.
const PAGE: i64 = 512;

/// What a sound record holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Events in the record.
    pub events: u64,
    /// How many of them a signed checkpoint covers. Any later ones are consistent in themselves, but not yet signed.
    pub published: u64,
    /// Documents, each with the hash under which it is stored. Whether one is missing only the events' bodies tell.
    pub documents: u64,
    /// Signed checkpoints, each consistent with the events and so with all the others.
    pub checkpoints: u64,
    /// The root over all events.
    pub root: Hash,
    /// The key that signed. Unless it was given, it comes from the record itself: compare it with one kept elsewhere.
    pub vkey: String,
}

/// Why a record is not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It could not be read to the end.
    #[error(transparent)]
    Unreadable(#[from] LedgerError),
    /// Stored values contradict each other or the signatures.
    #[error("{0}")]
    Faults(Findings),
}

/// The faults that were found; never none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    faults: Vec<Fault>,
    found: usize,
}

impl Findings {
    /// The first of them, in the order of the record.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// How many were found, listed or not.
    pub fn found(&self) -> usize {
        self.found
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults = if self.found == 1 { "fault" } else { "faults" };
        write!(f, "the record has {} {faults}", self.found)?;
        self.faults.first().map_or(Ok(()), |first| write!(f, "; the first: {first}"))
    }
}

/// Verifies the record in `dir` without its signing key and without writing to it; a writer may be at work.
///
/// With `expected_vkey`, noted when the record was made, the signatures must be by that key. Without it the key is
/// taken from the record, which proves that the record is whole, but not whose it is.
///
/// # Errors
/// [`VerifyError::Faults`] with every contradiction by table, column, row and event; [`VerifyError::Unreadable`] when
/// the folder cannot be read as a record at all.
pub async fn verify(dir: &Path, expected_vkey: Option<&str>) -> Result<Verified, VerifyError> {
    let expected = expected_vkey.map(parse_vkey).transpose()?;
    let folder = Folder::new(dir);
    folder.must_hold_record()?;
    let mut walk = Walk::open(&folder).await?;
    let verified = walk.run(expected).await?;
    match (walk.found, verified) {
        (0, Some(verified)) => Ok(verified),
        (found, _) => Err(VerifyError::Faults(Findings { faults: walk.faults, found })),
    }
}

fn parse_vkey(vkey: &str) -> Result<Verifier, LedgerError> {
    Verifier::from_vkey(vkey).map_err(|error| LedgerError::Name {
        what: "a verifier key",
        value: vkey.to_owned(),
        problem: error.to_string(),
    })
}

/// A checkpoint whose signature holds.
struct Signed {
    table: &'static str,
    size: u64,
    root: Hash,
    note: String,
}

struct Walk<'a> {
    folder: &'a Folder,
    record: SqliteConnection,
    faults: Vec<Fault>,
    found: usize,
}

impl<'a> Walk<'a> {
    /// Opens the record and keeps it as it is now for the whole walk.
    async fn open(folder: &'a Folder) -> Result<Self, LedgerError> {
        let options = folder.reader_options(RECORD).await?;
        let refused = |error| LedgerError::database(&folder.path(RECORD), error);
        let record = SqliteConnection::connect_with(&options).await.map_err(refused)?;
        Ok(Self { folder, record, faults: Vec::new(), found: 0 })
    }

    async fn run(&mut self, expected: Option<Verifier>) -> Result<Option<Verified>, LedgerError> {
        // What is in the lock before the record is read must be in the record; a writer may add more meanwhile.
        let lock_before = self.read_lock().await?;
        let begun = sqlx::raw_sql("BEGIN").execute(&mut self.record).await;
        begun.map_err(|error| self.refused(error))?;
        self.check_schema().await?;
        let stored = self.check_meta().await?;
        let Some(verifier) = self.choose_key(stored, expected) else { return Ok(None) };
        let mut signed = self.check_checkpoints(&verifier).await?;
        let checkpoints = signed.len() as u64;
        let published = signed.last().map_or(0, |last| last.size);
        let lock_after = self.read_lock().await?;
        self.check_lock(&verifier, lock_before, lock_after, &mut signed);
        let tree = self.check_entries(&signed).await?;
        let documents = self.check_documents().await?;
        self.check_snapshots(tree.size()).await?;
        self.check_integrity().await?;
        Ok(Some(Verified {
            events: tree.size(),
            published,
            documents,
            checkpoints,
            root: tree.root(),
            vkey: verifier.vkey(),
        }))
    }

    fn note(&mut self, fault: Fault) {
        self.found += 1;
        if self.faults.len() < LISTED {
            self.faults.push(fault);
        }
    }

    /// The value, or a note of why there is none.
    fn keep<T>(&mut self, outcome: Result<T, Fault>) -> Option<T> {
        outcome.map_err(|fault| self.note(fault)).ok()
    }

    fn refused(&self, error: sqlx::Error) -> LedgerError {
        LedgerError::database(&self.folder.path(RECORD), error)
    }

    async fn rows(&mut self, query: &'static str) -> Result<Vec<SqliteRow>, LedgerError> {
        let rows = sqlx::query(query).fetch_all(&mut self.record).await;
        rows.map_err(|error| self.refused(error))
    }

    async fn page(
        &mut self,
        query: &'static str,
        start: i64,
    ) -> Result<Vec<SqliteRow>, LedgerError> {
        let rows = sqlx::query(query).bind(start).bind(PAGE).fetch_all(&mut self.record).await;
        rows.map_err(|error| self.refused(error))
    }

    /// The tables must be ours, and nothing beside them: a trigger could change what a later write stores.
    async fn check_schema(&mut self) -> Result<(), LedgerError> {
        let found = schema_of(&mut self.record).await.map_err(|error| self.refused(error))?;
        let expected = expected_schema(RECORD_SCHEMA).await.map_err(|error| self.refused(error))?;
        self.compare_schemas(&found, &expected);
        Ok(())
    }

    fn compare_schemas(&mut self, found: &[SchemaRow], expected: &[SchemaRow]) {
        for (rows, others, problem) in [
            (found, expected, "does not belong in this layout"),
            (expected, found, "is missing or has been changed"),
        ] {
            for row in rows.iter().filter(|row| !others.contains(row)) {
                self.note(Fault::new("schema", "sql", &row.1, problem));
            }
        }
    }

    /// Checks the small facts and gives the verifier key among them.
    async fn check_meta(&mut self) -> Result<Option<Verifier>, LedgerError> {
        let mut verifier = None;
        for row in self.rows("SELECT key, value, digest FROM meta ORDER BY key").await? {
            let Some((key, value)) = self.keep(check_meta(&row)) else { continue };
            if key == VKEY {
                let parsed = Verifier::from_vkey(&value);
                let fault =
                    |error: tlog::KeyError| Fault::new("meta", "value", VKEY, error.to_string());
                verifier = self.keep(parsed.map_err(fault));
            }
        }
        Ok(verifier)
    }

    fn choose_key(
        &mut self,
        stored: Option<Verifier>,
        expected: Option<Verifier>,
    ) -> Option<Verifier> {
        match (stored, expected) {
            (Some(stored), Some(expected)) => {
                if stored != expected {
                    self.note(Fault::new(
                        "meta",
                        "value",
                        VKEY,
                        "is not the expected verifier key",
                    ));
                }
                Some(expected)
            }
            (None, None) => {
                self.note(Fault::new("meta", "value", VKEY, "gives no verifier key to check with"));
                None
            }
            (stored, expected) => {
                if stored.is_none() {
                    self.note(Fault::new("meta", "value", VKEY, "gives no verifier key"));
                }
                expected.or(stored)
            }
        }
    }

    /// Checks the signature of each checkpoint; gives the good ones by size.
    async fn check_checkpoints(&mut self, verifier: &Verifier) -> Result<Vec<Signed>, LedgerError> {
        let mut signed = Vec::new();
        for row in self.rows("SELECT size, note FROM checkpoints ORDER BY size").await? {
            signed.extend(self.keep(Signed::read(&row, "checkpoints", verifier)));
        }
        Ok(signed)
    }

    /// The row of `lock.db`, if there is one to read.
    async fn read_lock(&mut self) -> Result<Option<SqliteRow>, LedgerError> {
        let path = self.folder.path(LOCK);
        self.folder.must_hold_lock()?;
        let refused = |error| LedgerError::database(&path, error);
        let options = self.folder.reader_options(LOCK).await?;
        let mut lock = SqliteConnection::connect_with(&options).await.map_err(refused)?;
        let found = schema_of(&mut lock).await.map_err(refused)?;
        let expected = expected_schema(LOCK_SCHEMA).await.map_err(refused)?;
        let row = sqlx::query("SELECT size, note FROM signed WHERE id = 1");
        let row = row.fetch_optional(&mut lock).await.map_err(refused)?;
        lock.close().await.map_err(refused)?;
        if found != expected {
            self.compare_schemas(&found, &expected);
        }
        Ok(row)
    }

    /// Compares the lock with the newest checkpoint and adds it to those that the events must agree with.
    fn check_lock(
        &mut self,
        verifier: &Verifier,
        before: Option<SqliteRow>,
        after: Option<SqliteRow>,
        signed: &mut Vec<Signed>,
    ) {
        let missing = || Fault::new("signed", "id", 1, "is missing from lock.db");
        let mut read = |row: Option<SqliteRow>| {
            let row = row.ok_or_else(missing);
            self.keep(row.and_then(|row| Signed::read(&row, "signed", verifier)))
        };
        let (Some(before), Some(after)) = (read(before), read(after)) else { return };
        let Some(newest) = signed.last() else {
            self.note(Fault::new("checkpoints", "size", "0", "is missing"));
            return;
        };
        let newest_size = newest.size;
        if newest_size > after.size {
            let problem = format!("is older than checkpoint {newest_size} in the record");
            self.note(Fault::new("signed", "size", after.size, problem));
        } else if newest_size == before.size && newest.note != before.note {
            let problem = "differs from the checkpoint of the same size in the record";
            self.note(Fault::new("signed", "note", before.size, problem));
        } else if before.size > newest_size {
            signed.push(before);
        }
    }

    /// Checks every event against itself and against the signed roots; gives the tree over all of them.
    async fn check_entries(&mut self, signed: &[Signed]) -> Result<Frontier, LedgerError> {
        let mut tree = Frontier::new();
        let mut commands = Commands::default();
        let mut roots = Roots { signed: signed.iter().peekable(), good: 0, broken: false };
        let mut expected = 0;
        let mut start = i64::MIN;
        self.compare_roots(&mut roots, &tree);
        loop {
            let rows = self.page(ENTRY_COLUMNS, start).await?;
            for row in &rows {
                let Some(raw) = self.keep(RawEntry::read(row)) else { continue };
                start = raw.seq.saturating_add(1);
                let seq = u64::try_from(raw.seq).unwrap_or(expected);
                if seq > expected {
                    let fault = Fault::new("entries", "seq", seq, missing(expected, seq));
                    self.note(fault.of_event(expected));
                }
                tree.push(raw.derived_leaf());
                match raw.check(seq) {
                    Ok(checked) => {
                        if let Err(fault) = commands.check(&checked.entry, checked.part) {
                            self.note(fault);
                        }
                    }
                    Err(fault) => {
                        self.note(fault);
                        commands.skip();
                    }
                }
                expected = seq.saturating_add(1);
                self.compare_roots(&mut roots, &tree);
            }
            if rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
                break;
            }
        }
        if let Some(ahead) = roots.signed.next() {
            let (events, size) = (tree.size(), ahead.size);
            let problem = format!("was signed over {size} events, and the record has {events}");
            self.note(Fault::new(ahead.table, "size", size, problem).of_event(events));
        }
        self.check_command_index(&commands).await?;
        Ok(tree)
    }

    /// Compares the tree with the checkpoints of its size. After the first that differs all later ones must.
    fn compare_roots(&mut self, roots: &mut Roots<'_>, tree: &Frontier) {
        while let Some(signed) = roots.signed.next_if(|signed| signed.size <= tree.size()) {
            if roots.broken {
                continue;
            }
            if signed.root == tree.root() && signed.size == tree.size() {
                roots.good = signed.size;
                continue;
            }
            roots.broken = true;
            let last = signed.size.saturating_sub(1);
            let problem = format!(
                "does not have the root of the stored events: events {} to {last} are not the ones \
                 that were signed",
                roots.good
            );
            self.note(Fault::new(signed.table, "note", signed.size, problem).of_event(roots.good));
        }
    }

    /// The index by which a repeated command is recognised must say what the events say.
    async fn check_command_index(&mut self, commands: &Commands) -> Result<(), LedgerError> {
        let query =
            "SELECT command_id, seq FROM entries INDEXED BY entries_by_command WHERE part = 0";
        for row in self.rows(query).await? {
            let Some(seq) = self.keep(column::<i64>(&row, "entries", "seq", &"?")) else {
                continue;
            };
            let command: Result<Vec<u8>, Fault> = column(&row, "entries", "command_id", &seq);
            let Some(command) = self.keep(command) else { continue };
            let first = commands.first.get(command.as_slice()).copied();
            let event = u64::try_from(seq).unwrap_or_default();
            if first != Some(event) {
                let problem = "is not what the index of commands says";
                self.note(Fault::new("entries", "command_id", seq, problem).of_event(event));
            }
        }
        Ok(())
    }

    /// Checks the hash of every document; gives their number.
    async fn check_documents(&mut self) -> Result<u64, LedgerError> {
        const QUERY: &str = "SELECT rowid AS id, hash, bytes FROM documents WHERE rowid >= ?1 \
             ORDER BY rowid LIMIT ?2";
        let (mut documents, mut start) = (0, i64::MIN);
        loop {
            let rows = self.page(QUERY, start).await?;
            for row in &rows {
                documents += 1;
                let Some(id) = self.keep(column::<i64>(row, "documents", "rowid", &"?")) else {
                    continue;
                };
                start = id.saturating_add(1);
                let checked = check_document(row, id);
                self.keep(checked);
            }
            if rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
                return Ok(documents);
            }
        }
    }

    async fn check_snapshots(&mut self, events: u64) -> Result<(), LedgerError> {
        let query = "SELECT size, state_hash, bytes, digest FROM snapshots ORDER BY size";
        for row in self.rows(query).await? {
            let Some(snapshot) = self.keep(check_snapshot(&row)) else { continue };
            if snapshot.size > events {
                let problem = format!("is of more events than the {events} there are");
                self.note(Fault::new("snapshots", "size", snapshot.size, problem));
            }
        }
        Ok(())
    }

    /// SQLite's own check of its pages and indexes.
    async fn check_integrity(&mut self) -> Result<(), LedgerError> {
        for row in self.rows("PRAGMA integrity_check(20)").await? {
            let line: Option<String> = self.keep(column(&row, "schema", "integrity_check", &"?"));
            if let Some(line) = line.filter(|line| line != "ok") {
                self.note(Fault::new("schema", "integrity_check", "record.db", line));
            }
        }
        Ok(())
    }
}

impl Signed {
    fn read(row: &SqliteRow, table: &'static str, verifier: &Verifier) -> Result<Self, Fault> {
        let (note, checkpoint) = check_note(row, table, verifier)?;
        let (size, root) = (checkpoint.size(), checkpoint.root());
        Ok(Self { table, size, root, note: note.to_string() })
    }
}

/// The signed roots that are still ahead of the walk.
struct Roots<'a> {
    signed: std::iter::Peekable<std::slice::Iter<'a, Signed>>,
    /// The newest size at which the events had the signed root.
    good: u64,
    broken: bool,
}

/// Which commands had their effect where: each once, in one run of events.
#[derive(Default)]
struct Commands {
    first: HashMap<Vec<u8>, u64>,
    /// The previous event's command and its place in it; `None` after one that could not be read.
    previous: Option<(String, i64)>,
}

impl Commands {
    fn skip(&mut self) {
        self.previous = None;
    }

    fn check(&mut self, entry: &StoredEntry, part: i64) -> Result<(), Fault> {
        let seq = entry.seq;
        let fault = |column, problem: String| {
            Err(Fault::new("entries", column, sql_int(seq), problem).of_event(seq))
        };
        let place = match self.previous.take() {
            Some((command, place)) if command == entry.command_id => place + 1,
            Some(_) => 0,
            None if seq == 0 => 0,
            None => part,
        };
        self.previous = Some((entry.command_id.clone(), place));
        if part != place {
            return fault("part", format!("is {part}, but its place in its command is {place}"));
        }
        if place != 0 {
            return Ok(());
        }
        match self.first.insert(entry.command_id.clone().into_bytes(), seq) {
            None => Ok(()),
            Some(first) => {
                let command = &entry.command_id;
                fault("command_id", format!("command `{command}` had its effect at event {first}"))
            }
        }
    }
}

fn check_document(row: &SqliteRow, id: i64) -> Result<(), Fault> {
    let hash: Vec<u8> = column(row, "documents", "hash", &id)?;
    let bytes: Vec<u8> = column(row, "documents", "bytes", &id)?;
    if document_hash(&bytes).as_slice() == hash {
        return Ok(());
    }
    Err(Fault::new("documents", "bytes", hex::encode(hash), "do not have this hash"))
}

fn missing(first: u64, next: u64) -> String {
    match next - first {
        1 => format!("event {first} is missing"),
        _ => format!("events {first} to {} are missing", next.saturating_sub(1)),
    }
}

/// Type, name and definition of one object of a database.
type SchemaRow = (String, String, Option<String>);

async fn schema_of(database: &mut SqliteConnection) -> Result<Vec<SchemaRow>, sqlx::Error> {
    let query = sqlx::query_as("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name");
    query.fetch_all(database).await
}

async fn expected_schema(schema: &'static str) -> Result<Vec<SchemaRow>, sqlx::Error> {
    let mut fresh = SqliteConnection::connect("sqlite::memory:").await?;
    sqlx::raw_sql(schema).execute(&mut fresh).await?;
    schema_of(&mut fresh).await
}
