//! Reading: entries, documents, snapshots, facts, checkpoints and receipts, each checked as it is
//! loaded.

use std::ops::Range;
use std::path::Path;

use sha2::{Digest, Sha256};
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions, SqliteRow};
use sqlx::{Decode, Row, Sqlite, Type};
use tlog::{Checkpoint, Frontier, Hash, Receipt, SignedNote, Verifier};

use crate::entry::{ENTRY_COLUMNS, RawEntry, StoredEntry, document_hash};
use crate::errors::{Fault, LedgerError};
use crate::layout::{Folder, RECORD};

/// How many rows are held in memory at a time while walking the whole record.
pub(crate) const PAGE: u64 = 4096;

/// How many readers may be inside the database at once.
const CONNECTIONS: u32 = 4;

/// The key in `meta` under which the log's verifier key is kept.
pub(crate) const VKEY: &str = "ledger.vkey";

/// The read side of a record. Cheap to clone; works beside a writer in this process or another.
#[derive(Debug, Clone)]
pub struct Reader {
    pool: SqlitePool,
    folder: Folder,
    verifier: Verifier,
}

/// A state that was saved so that a start need not fold all events again. The ledger does not know
/// what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// How many events are folded into it.
    pub size: u64,
    /// The hash that the fold gives itself, to be compared after loading.
    pub state_hash: [u8; 32],
    /// The state.
    pub bytes: Vec<u8>,
}

impl Snapshot {
    pub(crate) fn digest(&self) -> [u8; 32] {
        let hash = Sha256::new().chain_update(self.size.to_be_bytes());
        hash.chain_update(self.state_hash).chain_update(&self.bytes).finalize().into()
    }
}

impl Reader {
    /// Opens the record in `dir` for reading. Needs no signing key and takes no lock.
    ///
    /// # Errors
    /// [`LedgerError::NoRecord`], [`LedgerError::Damaged`], [`LedgerError::Denied`] and the like.
    pub async fn open(dir: &Path) -> Result<Self, LedgerError> {
        let folder = Folder::new(dir);
        folder.must_hold_record()?;
        let options = folder.reader_options(RECORD).await?;
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .connect_with(options)
            .await
            .map_err(|error| LedgerError::database(&folder.path(RECORD), error))?;
        let fault =
            |problem: String| LedgerError::Corrupt(Fault::new("meta", "value", VKEY, problem));
        let vkey = read_meta(&pool, &folder, VKEY).await?;
        let vkey = vkey.ok_or_else(|| fault("is missing".to_owned()))?;
        let verifier = Verifier::from_vkey(&vkey).map_err(|error| fault(error.to_string()))?;
        Ok(Self { pool, folder, verifier })
    }

    /// How many events are recorded.
    ///
    /// # Errors
    /// Those of storage.
    pub async fn size(&self) -> Result<u64, LedgerError> {
        let query = sqlx::query("SELECT max(seq) AS seq FROM entries");
        let row = query.fetch_one(&self.pool).await.map_err(|error| self.refused(error))?;
        let last: Option<i64> = column(&row, "entries", "seq", &"last")?;
        Ok(last.and_then(|last| u64::try_from(last).ok()).map_or(0, |last| last + 1))
    }

    /// The events of a range, in order; fewer than asked for where the record ends. Each is checked
    /// against its envelope and hashes. All of them are held in memory: walk a long record in
    /// pages.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`] with table, column and row when a stored value is wrong or an event
    /// is missing.
    pub async fn entries(&self, range: Range<u64>) -> Result<Vec<StoredEntry>, LedgerError> {
        let rows = sqlx::query(ENTRY_COLUMNS)
            .bind(sql_int(range.start))
            .bind(sql_int(range.end.saturating_sub(range.start)))
            .fetch_all(&self.pool)
            .await
            .map_err(|error| self.refused(error))?;
        let check = |(seq, row): (u64, &SqliteRow)| Ok(RawEntry::read(row)?.check(seq)?.entry);
        (range.start..).zip(&rows).map(check).collect::<Result<_, Fault>>().map_err(Into::into)
    }

    /// The tree over the events from `frontier.size()` up to `end`, from the stored leaf hashes.
    pub(crate) async fn extend(
        &self,
        frontier: &mut Frontier,
        end: u64,
    ) -> Result<(), LedgerError> {
        while frontier.size() < end {
            let start = frontier.size();
            let page = self.leaf_hashes(start..end.min(start.saturating_add(PAGE))).await?;
            if page.is_empty() {
                let fault = Fault::new("entries", "seq", start, "is missing").of_event(start);
                return Err(fault.into());
            }
            frontier.extend(page);
        }
        Ok(())
    }

    async fn leaf_hashes(&self, range: Range<u64>) -> Result<Vec<Hash>, LedgerError> {
        let query = "SELECT seq, leaf_hash FROM entries WHERE seq >= ?1 AND seq < ?2 ORDER BY seq";
        let query = sqlx::query(query).bind(sql_int(range.start)).bind(sql_int(range.end));
        let rows = query.fetch_all(&self.pool).await.map_err(|error| self.refused(error))?;
        let mut hashes = Vec::with_capacity(rows.len());
        for (expected, row) in (range.start..).zip(&rows) {
            let seq: i64 = column(row, "entries", "seq", &expected)?;
            if seq != sql_int(expected) {
                let fault = Fault::new("entries", "seq", seq, "follows a gap");
                return Err(fault.of_event(expected).into());
            }
            let bytes: Vec<u8> = column(row, "entries", "leaf_hash", &seq)?;
            let wrong =
                |_| Fault::new("entries", "leaf_hash", seq, "is not a hash").of_event(expected);
            hashes.push(Hash::try_from(bytes.as_slice()).map_err(wrong)?);
        }
        Ok(hashes)
    }

    /// The bytes of the document with this SHA-256.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchDocument`], and [`LedgerError::Corrupt`] when the bytes have another
    /// hash.
    pub async fn document(&self, hash: [u8; 32]) -> Result<Vec<u8>, LedgerError> {
        let query = sqlx::query("SELECT bytes FROM documents WHERE hash = ?1").bind(hash.to_vec());
        let row = query.fetch_optional(&self.pool).await.map_err(|error| self.refused(error))?;
        let key = hex::encode(hash);
        let Some(row) = row else { return Err(self.why_missing(hash, key).await?) };
        let bytes: Vec<u8> = column(&row, "documents", "bytes", &key)?;
        if document_hash(&bytes) != hash {
            return Err(Fault::new("documents", "bytes", key, "do not have this hash").into());
        }
        Ok(bytes)
    }

    /// Whether a document that is not there was erased.
    async fn why_missing(&self, hash: [u8; 32], key: String) -> Result<LedgerError, LedgerError> {
        let query = sqlx::query("SELECT seq FROM erasures WHERE hash = ?1").bind(hash.to_vec());
        let row = query.fetch_optional(&self.pool).await.map_err(|error| self.refused(error))?;
        let Some(row) = row else { return Ok(LedgerError::NoSuchDocument { hash: key }) };
        let seq: i64 = column(&row, "erasures", "seq", &key)?;
        Ok(LedgerError::Erased { hash: key, seq: u64::try_from(seq).unwrap_or_default() })
    }

    /// The hashes of all documents, in order.
    ///
    /// # Errors
    /// Those of storage; [`LedgerError::Corrupt`] for a hash that is none.
    pub async fn document_hashes(&self) -> Result<Vec<[u8; 32]>, LedgerError> {
        let query = sqlx::query("SELECT hash FROM documents ORDER BY hash");
        let rows = query.fetch_all(&self.pool).await.map_err(|error| self.refused(error))?;
        let hash = |row| -> Result<[u8; 32], Fault> {
            let hash: Vec<u8> = column(row, "documents", "hash", &"?")?;
            let key = hex::encode(&hash);
            hash.try_into().map_err(|_| Fault::new("documents", "hash", key, "is not 32 bytes"))
        };
        Ok(rows.iter().map(hash).collect::<Result<_, _>>()?)
    }

    /// The root over the first `size` events, from their stored leaf hashes.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`] when one of them is missing or is no hash; those of storage.
    pub async fn root_at(&self, size: u64) -> Result<Hash, LedgerError> {
        let mut frontier = Frontier::new();
        self.extend(&mut frontier, size).await?;
        Ok(frontier.root())
    }

    /// The newest snapshot, if one was saved.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`] when a byte of it is wrong: fold all events instead.
    pub async fn snapshot_latest(&self) -> Result<Option<Snapshot>, LedgerError> {
        let query = sqlx::query(
            "SELECT size, state_hash, bytes, digest FROM snapshots ORDER BY size DESC LIMIT 1",
        );
        let row = query.fetch_optional(&self.pool).await.map_err(|error| self.refused(error))?;
        Ok(row.as_ref().map(check_snapshot).transpose()?)
    }

    /// A small fact by its key.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`] when a byte of it is wrong.
    pub async fn meta_get(&self, key: &str) -> Result<Option<String>, LedgerError> {
        read_meta(&self.pool, &self.folder, key).await
    }

    /// The newest published checkpoint, as signed.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`] when its signature does not hold or it is not there.
    pub async fn checkpoint(&self) -> Result<SignedNote, LedgerError> {
        Ok(self.newest_checkpoint().await?.0)
    }

    pub(crate) async fn newest_checkpoint(&self) -> Result<(SignedNote, Checkpoint), LedgerError> {
        let query = sqlx::query("SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1");
        let row = query.fetch_optional(&self.pool).await.map_err(|error| self.refused(error))?;
        let row = row.ok_or_else(|| Fault::new("checkpoints", "size", "last", "is missing"))?;
        Ok(check_note(&row, "checkpoints", &self.verifier)?)
    }

    /// The proof that an event is in the log, for anyone with [`Reader::vkey`] and the event's
    /// envelope. Reads every leaf hash of the record: about 32 bytes and one hashing per event.
    ///
    /// # Errors
    /// [`LedgerError::NotPublished`] when no checkpoint covers the event yet,
    /// [`LedgerError::NoSuchEvent`], and [`LedgerError::Corrupt`] or [`LedgerError::Forked`] when
    /// the stored bytes do not give the signed root.
    pub async fn receipt(&self, seq: u64) -> Result<Receipt, LedgerError> {
        let (checkpoint_note, checkpoint) = self.newest_checkpoint().await?;
        let Some(entry) = self.entries(seq..seq.saturating_add(1)).await?.pop() else {
            return Err(LedgerError::NoSuchEvent { seq, size: self.size().await? });
        };
        let published = checkpoint.size();
        if seq >= published {
            return Err(LedgerError::NotPublished { seq, published });
        }
        let mut leaves = Vec::new();
        while (leaves.len() as u64) < published {
            let start = leaves.len() as u64;
            let page = self.leaf_hashes(start..published.min(start.saturating_add(PAGE))).await?;
            if page.is_empty() {
                return Err(LedgerError::Forked { size: published });
            }
            leaves.extend(page);
        }
        let forked = LedgerError::Forked { size: published };
        let Ok(proof) = tlog::inclusion_proof(&leaves, seq) else { return Err(forked) };
        let receipt = Receipt { extra: Vec::new(), index: seq, proof, checkpoint_note };
        match receipt.verify(entry.leaf_hash, std::slice::from_ref(&self.verifier)) {
            Ok(_) => Ok(receipt),
            Err(_) => Err(forked),
        }
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        self.verifier.name()
    }

    /// The log's verifier key: what an outsider needs to check a checkpoint or a receipt.
    pub fn vkey(&self) -> String {
        self.verifier.vkey()
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    pub(crate) fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    pub(crate) fn refused(&self, error: sqlx::Error) -> LedgerError {
        LedgerError::database(&self.folder.path(RECORD), error)
    }

    /// Closes the connections; dropping the last clone does so too, only later.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Reads a column as the type it must have.
pub(crate) fn column<'r, T>(
    row: &'r SqliteRow,
    table: &'static str,
    name: &'static str,
    key: &dyn std::fmt::Display,
) -> Result<T, Fault>
where
    T: Decode<'r, Sqlite> + Type<Sqlite>,
{
    row.try_get(name).map_err(|_| Fault::new(table, name, key, "has the wrong type"))
}

/// Reads a signed note and the checkpoint in it; the size beside it must be the signed one.
pub(crate) fn check_note(
    row: &SqliteRow,
    table: &'static str,
    verifier: &Verifier,
) -> Result<(SignedNote, Checkpoint), Fault> {
    let size: i64 = column(row, table, "size", &"?")?;
    let text: Vec<u8> = column(row, table, "note", &size)?;
    let fault = |problem: String| Fault::new(table, "note", size, problem);
    let text = String::from_utf8(text).map_err(|_| fault("is not UTF-8".to_owned()))?;
    let note: SignedNote =
        text.parse().map_err(|error: tlog::NoteError| fault(error.to_string()))?;
    let checkpoint = Checkpoint::open(&note, std::slice::from_ref(verifier))
        .map_err(|error| fault(error.to_string()))?;
    if sql_int(checkpoint.size()) != size {
        let problem = format!("is not the signed size {}", checkpoint.size());
        return Err(Fault::new(table, "size", size, problem));
    }
    Ok((note, checkpoint))
}

/// Reads a row of `snapshots`; its digest must hold.
pub(crate) fn check_snapshot(row: &SqliteRow) -> Result<Snapshot, Fault> {
    const TABLE: &str = "snapshots";
    let size: i64 = column(row, TABLE, "size", &"?")?;
    let state_hash: Vec<u8> = column(row, TABLE, "state_hash", &size)?;
    let bytes = column(row, TABLE, "bytes", &size)?;
    let digest: Vec<u8> = column(row, TABLE, "digest", &size)?;
    let fault = |column, problem| Fault::new(TABLE, column, size, problem);
    let snapshot = Snapshot {
        size: u64::try_from(size).map_err(|_| fault("size", "is negative"))?,
        state_hash: (state_hash.try_into()).map_err(|_| fault("state_hash", "is not 32 bytes"))?,
        bytes,
    };
    if digest != snapshot.digest() {
        return Err(fault("bytes", "do not have the digest stored with them"));
    }
    Ok(snapshot)
}

/// Reads a row of `meta`; its digest must hold.
pub(crate) fn check_meta(row: &SqliteRow) -> Result<(String, String), Fault> {
    const TABLE: &str = "meta";
    let text = |name, key: &dyn std::fmt::Display| {
        let bytes: Vec<u8> = column(row, TABLE, name, key)?;
        String::from_utf8(bytes).map_err(|_| Fault::new(TABLE, name, key, "is not UTF-8"))
    };
    let key = text("key", &"?")?;
    let value = text("value", &key)?;
    let digest: Vec<u8> = column(row, TABLE, "digest", &key)?;
    if digest != meta_digest(&key, &value) {
        return Err(Fault::new(TABLE, "value", key, "does not have the digest stored with it"));
    }
    Ok((key, value))
}

/// The digest that guards a row of `meta` against stray bytes. The length keeps key and value
/// apart.
pub(crate) fn meta_digest(key: &str, value: &str) -> [u8; 32] {
    let hash = Sha256::new().chain_update((key.len() as u64).to_be_bytes());
    hash.chain_update(key).chain_update(value).finalize().into()
}

async fn read_meta(
    pool: &SqlitePool,
    folder: &Folder,
    key: &str,
) -> Result<Option<String>, LedgerError> {
    let query = sqlx::query("SELECT key, value, digest FROM meta WHERE key = ?1").bind(key);
    let row = query.fetch_optional(pool).await;
    let row = row.map_err(|error| LedgerError::database(&folder.path(RECORD), error))?;
    Ok(row.as_ref().map(check_meta).transpose()?.map(|(_, value)| value))
}

/// SQLite's integers are signed. Beyond 2^63 − 1 there are no events, and the largest integer finds
/// none.
pub(crate) fn sql_int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
