//! Verification: everything derived again from the stored bytes, trusting none of them.

use std::path::Path;

use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, SqliteConnection};
use tlog::{Frontier, Hash, Verifier};

use crate::commands::Commands;
use crate::entry::{ENTRY_COLUMNS, RawEntry, document_hash};
use crate::erasure::Tombstones;
use crate::errors::{Fault, LedgerError};
use crate::findings::{Findings, Verified, VerifyError};
use crate::layout::{Folder, LOCK, LOCK_SCHEMA, RECORD, RECORD_SCHEMA};
use crate::read::{VKEY, check_meta, check_note, check_snapshot, column};

/// Rows read at a time: bodies and documents are in them.
const PAGE: i64 = 512;

/// Verifies the record in `dir` without its signing key and without writing to it; a writer may be
/// at work.
///
/// With `expected_vkey`, noted when the record was made, the signatures must be by that key.
/// Without it the key is taken from the record, which proves that the record is whole, but not
/// whose it is.
///
/// # Errors
/// [`VerifyError::Faults`] with every contradiction by table, column, row and event;
/// [`VerifyError::Unreadable`] when the folder cannot be read as a record at all.
pub async fn verify(dir: &Path, expected_vkey: Option<&str>) -> Result<Verified, VerifyError> {
    let expected = expected_vkey.map(parse_vkey).transpose()?;
    let folder = Folder::new(dir);
    folder.must_hold_record()?;
    let mut walk = Walk::open(&folder).await?;
    let verified = walk.run(expected).await?;
    match verified {
        Some(verified) if walk.findings.found() == 0 => Ok(verified),
        _ => Err(VerifyError::Faults(walk.findings)),
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
    findings: Findings,
}

impl<'a> Walk<'a> {
    /// Opens the record and keeps it as it is now for the whole walk.
    async fn open(folder: &'a Folder) -> Result<Self, LedgerError> {
        let options = folder.reader_options(RECORD).await?;
        let refused = |error| LedgerError::database(&folder.path(RECORD), error);
        let record = SqliteConnection::connect_with(&options).await.map_err(refused)?;
        Ok(Self { folder, record, findings: Findings::default() })
    }

    async fn run(&mut self, expected: Option<Verifier>) -> Result<Option<Verified>, LedgerError> {
        // What is in the lock before the record is read must be in the record; a writer may add
        // more meanwhile.
        let lock_before = self.read_lock().await?;
        let begun = sqlx::raw_sql("BEGIN").execute(&mut self.record).await;
        begun.map_err(|error| self.refused(error))?;
        if !self.check_schema().await? {
            return Ok(None);
        }
        let stored = self.check_meta().await?;
        let Some(verifier) = self.choose_key(stored, expected) else { return Ok(None) };
        let mut signed = self.check_checkpoints(&verifier).await?;
        let checkpoints = signed.len() as u64;
        let published = signed.last().map_or(0, |last| last.size);
        let lock_after = self.read_lock().await?;
        self.check_lock(&verifier, lock_before, lock_after, &mut signed);
        let tree = self.check_entries(&signed).await?;
        let documents = self.check_documents().await?;
        self.check_erased().await?;
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

    /// The tables must be ours, and nothing beside them: a trigger could change what a later write
    /// stores. Gives whether all of them can be read.
    async fn check_schema(&mut self) -> Result<bool, LedgerError> {
        let found = schema_of(&mut self.record).await.map_err(|error| self.refused(error))?;
        let expected = expected_schema(RECORD_SCHEMA).await.map_err(|error| self.refused(error))?;
        self.compare_schemas(&found, &expected);
        Ok(expected.iter().all(|row| found.contains(row)))
    }

    fn compare_schemas(&mut self, found: &[SchemaRow], expected: &[SchemaRow]) {
        for (rows, others, problem) in [
            (found, expected, "does not belong in this layout"),
            (expected, found, "is missing or has been changed"),
        ] {
            for row in rows.iter().filter(|row| !others.contains(row)) {
                self.findings.note(Fault::new("schema", "sql", &row.1, problem));
            }
        }
    }

    /// Checks the small facts and gives the verifier key among them.
    async fn check_meta(&mut self) -> Result<Option<Verifier>, LedgerError> {
        let mut verifier = None;
        for row in self.rows("SELECT key, value, digest FROM meta ORDER BY key").await? {
            let Some((key, value)) = self.findings.keep(check_meta(&row)) else { continue };
            if key == VKEY {
                let parsed = Verifier::from_vkey(&value);
                let fault =
                    |error: tlog::KeyError| Fault::new("meta", "value", VKEY, error.to_string());
                verifier = self.findings.keep(parsed.map_err(fault));
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
                    self.findings.note(Fault::new(
                        "meta",
                        "value",
                        VKEY,
                        "is not the expected verifier key",
                    ));
                }
                Some(expected)
            }
            (None, None) => {
                self.findings.note(Fault::new(
                    "meta",
                    "value",
                    VKEY,
                    "gives no verifier key to check with",
                ));
                None
            }
            (stored, expected) => {
                if stored.is_none() {
                    self.findings.note(Fault::new("meta", "value", VKEY, "gives no verifier key"));
                }
                expected.or(stored)
            }
        }
    }

    /// Checks the signature of each checkpoint; gives the good ones by size.
    async fn check_checkpoints(&mut self, verifier: &Verifier) -> Result<Vec<Signed>, LedgerError> {
        let mut signed = Vec::new();
        for row in self.rows("SELECT size, note FROM checkpoints ORDER BY size").await? {
            signed.extend(self.findings.keep(Signed::read(&row, "checkpoints", verifier)));
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

    /// Compares the lock with the newest checkpoint and adds it to those that the events must agree
    /// with.
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
            self.findings.keep(row.and_then(|row| Signed::read(&row, "signed", verifier)))
        };
        let (Some(before), Some(after)) = (read(before), read(after)) else { return };
        let Some(newest) = signed.last() else {
            self.findings.note(Fault::new("checkpoints", "size", "0", "is missing"));
            return;
        };
        let newest_size = newest.size;
        if newest_size > after.size {
            let problem = format!("is older than checkpoint {newest_size} in the record");
            self.findings.note(Fault::new("signed", "size", after.size, problem));
        } else if newest_size == before.size && newest.note != before.note {
            let problem = "differs from the checkpoint of the same size in the record";
            self.findings.note(Fault::new("signed", "note", before.size, problem));
        } else if before.size > newest_size {
            signed.push(before);
        }
    }

    /// Checks every event against itself and against the signed roots; gives the tree over all of
    /// them.
    async fn check_entries(&mut self, signed: &[Signed]) -> Result<Frontier, LedgerError> {
        let mut tree = Frontier::new();
        let mut commands = Commands::default();
        let mut tombstones = self.read_tombstones().await?;
        let mut roots = Roots { signed: signed.iter().peekable(), good: 0, broken: false };
        let mut expected = 0;
        let mut start = i64::MIN;
        self.compare_roots(&mut roots, &tree);
        loop {
            let rows = self.page(ENTRY_COLUMNS, start).await?;
            for row in &rows {
                let Some(raw) = self.findings.keep(RawEntry::read(row)) else { continue };
                start = raw.seq.saturating_add(1);
                let seq = u64::try_from(raw.seq).unwrap_or(expected);
                if seq > expected {
                    let fault = Fault::new("entries", "seq", seq, missing(expected, seq));
                    self.findings.note(fault.of_event(expected));
                }
                tree.push(raw.derived_leaf());
                match raw.check(seq) {
                    Ok(checked) => {
                        let entry = &checked.entry;
                        for outcome in [
                            commands.check(entry, checked.part),
                            tombstones.check(seq, &entry.kind, &entry.body),
                        ] {
                            self.findings.keep(outcome);
                        }
                    }
                    Err(fault) => {
                        self.findings.note(fault);
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
            self.findings.note(Fault::new(ahead.table, "size", size, problem).of_event(events));
        }
        tombstones.unexplained().for_each(|fault| self.findings.note(fault));
        self.check_command_index(&commands).await?;
        Ok(tree)
    }

    /// Compares the tree with the checkpoints of its size. After the first that differs all later
    /// ones must.
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
            self.findings
                .note(Fault::new(signed.table, "note", signed.size, problem).of_event(roots.good));
        }
    }

    /// The index by which a repeated command is recognised must say what the events say.
    async fn check_command_index(&mut self, commands: &Commands) -> Result<(), LedgerError> {
        let query = "SELECT command_id, part, seq FROM entries INDEXED BY entries_by_command";
        for row in self.rows(query).await? {
            let checked = commands.check_indexed(&row);
            self.findings.keep(checked);
        }
        Ok(())
    }

    async fn read_tombstones(&mut self) -> Result<Tombstones, LedgerError> {
        let mut tombstones = Tombstones::default();
        for row in self.rows("SELECT seq, hash FROM erasures ORDER BY seq").await? {
            let read = tombstones.read(&row);
            self.findings.keep(read);
        }
        Ok(tombstones)
    }

    /// No document is there whose erasure is on record.
    async fn check_erased(&mut self) -> Result<(), LedgerError> {
        const QUERY: &str = "SELECT erasures.seq FROM erasures JOIN documents USING (hash)";
        for row in self.rows(QUERY).await? {
            let seq: Option<i64> = self.findings.keep(column(&row, "erasures", "seq", &"?"));
            let seq = seq.and_then(|seq| u64::try_from(seq).ok()).unwrap_or_default();
            let fault = Fault::new("documents", "hash", seq, "is there, though it was erased");
            self.findings.note(fault.of_event(seq));
        }
        Ok(())
    }

    /// Checks the hash of every document; gives their number.
    async fn check_documents(&mut self) -> Result<u64, LedgerError> {
        const QUERY: &str = "SELECT rowid, hash, bytes FROM documents WHERE rowid >= ?1 \
             ORDER BY rowid LIMIT ?2";
        let (mut documents, mut start) = (0, i64::MIN);
        loop {
            let rows = self.page(QUERY, start).await?;
            for row in &rows {
                documents += 1;
                let Some(id) = self.findings.keep(column::<i64>(row, "documents", "rowid", &"?"))
                else {
                    continue;
                };
                start = id.saturating_add(1);
                let checked = check_document(row, id);
                self.findings.keep(checked);
            }
            if rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
                return Ok(documents);
            }
        }
    }

    async fn check_snapshots(&mut self, events: u64) -> Result<(), LedgerError> {
        let query = "SELECT size, state_hash, bytes, digest FROM snapshots ORDER BY size";
        for row in self.rows(query).await? {
            let Some(snapshot) = self.findings.keep(check_snapshot(&row)) else { continue };
            if snapshot.size > events {
                let problem = format!("is of more events than the {events} there are");
                self.findings.note(Fault::new("snapshots", "size", snapshot.size, problem));
            }
        }
        Ok(())
    }

    /// SQLite's own check of its pages and indexes.
    async fn check_integrity(&mut self) -> Result<(), LedgerError> {
        for row in self.rows("PRAGMA integrity_check(20)").await? {
            let line: Option<String> =
                self.findings.keep(column(&row, "schema", "integrity_check", &"?"));
            if let Some(line) = line.filter(|line| line != "ok") {
                self.findings.note(Fault::new("schema", "integrity_check", "record.db", line));
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
