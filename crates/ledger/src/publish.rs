//! Publication: checkpoints, and the lock that keeps this log from ever signing two histories.

use sqlx::SqliteConnection;
use tlog::{Checkpoint, Frontier, Hash, Signer, Verifier};

use crate::errors::{Fault, LedgerError};
use crate::faults::CrashPoint;
use crate::layout::{Folder, LOCK, RECORD};
use crate::read::{PAGE, check_note, sql_int};
use crate::store::{Ledger, poison};

/// A signed checkpoint on its way into, or as found in, `lock.db`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(crate) size: u64,
    pub(crate) root: Hash,
    pub(crate) note: String,
}

impl Signed {
    /// Signs the tree. The note must be in `lock.db` before anyone else sees it.
    pub(crate) fn sign(signer: &Signer, tree: &Frontier) -> Result<Self, LedgerError> {
        let (size, root) = (tree.size(), tree.root());
        let note = Checkpoint::new(signer.name(), size, root)
            .and_then(|checkpoint| checkpoint.sign(signer))
            .map_err(|error| LedgerError::Name {
                what: "a log name",
                value: signer.name().to_owned(),
                problem: error.to_string(),
            })?;
        Ok(Self { size, root, note: note.to_string() })
    }

    /// Reads what `lock.db` holds.
    pub(crate) async fn load(
        lock: &mut SqliteConnection,
        folder: &Folder,
        verifier: &Verifier,
    ) -> Result<Self, LedgerError> {
        let row = sqlx::query("SELECT size, note FROM signed WHERE id = 1");
        let row = row.fetch_optional(lock).await;
        let row = row.map_err(|error| LedgerError::database(&folder.path(LOCK), error))?;
        let row = row.ok_or_else(|| Fault::new("signed", "id", 1, "is missing"))?;
        let (note, checkpoint) = check_note(&row, "signed", verifier)?;
        Ok(Self { size: checkpoint.size(), root: checkpoint.root(), note: note.to_string() })
    }

    /// Makes this the first checkpoint of a new `lock.db`.
    pub(crate) async fn insert_first(
        &self,
        lock: &mut SqliteConnection,
        folder: &Folder,
    ) -> Result<(), LedgerError> {
        let query = sqlx::query("INSERT INTO signed (id, size, note) VALUES (1, ?1, ?2)");
        let done = query.bind(sql_int(self.size)).bind(&self.note).execute(lock).await;
        done.map(|_| ()).map_err(|error| LedgerError::database(&folder.path(LOCK), error))
    }

    /// Puts this in the place of `previous`, if that is what `lock.db` still holds.
    async fn swap(
        &self,
        previous: &Self,
        lock: &mut SqliteConnection,
        folder: &Folder,
    ) -> Result<(), LedgerError> {
        let done = sqlx::query("UPDATE signed SET size = ?1, note = ?2 WHERE id = 1 AND note = ?3")
            .bind(sql_int(self.size))
            .bind(&self.note)
            .bind(&previous.note)
            .execute(lock)
            .await
            .map_err(|error| LedgerError::database(&folder.path(LOCK), error))?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(LedgerError::LostLock) }
    }

    /// Stores this in `record.db`, where others read it.
    pub(crate) async fn store(
        &self,
        record: &mut SqliteConnection,
        folder: &Folder,
    ) -> Result<(), LedgerError> {
        let query = sqlx::query("INSERT INTO checkpoints (size, note) VALUES (?1, ?2)");
        let done = query.bind(sql_int(self.size)).bind(&self.note).execute(record).await;
        done.map(|_| ()).map_err(|error| LedgerError::database(&folder.path(RECORD), error))
    }
}

impl Ledger {
    /// Signs a checkpoint over all recorded events and makes it public, unless the newest one
    /// already covers them. Gives the number of events published.
    ///
    /// The checkpoint is durable in `lock.db` before it is stored in `record.db`. Two durable
    /// writes: where many events arrive one by one, publish when idle.
    ///
    /// # Errors
    /// [`LedgerError::Poisoned`], since after any fault here only a fresh start can tell what was
    /// signed.
    pub async fn publish(&mut self) -> Result<u64, LedgerError> {
        self.begin("a publication was interrupted")?;
        let outcome = self.publish_all().await;
        self.end(outcome)
    }

    async fn publish_all(&mut self) -> Result<u64, LedgerError> {
        if self.size() > self.signed.size {
            let next = Signed::sign(&self.signer, &self.frontier)?;
            self.faults.at(CrashPoint::BeforeLock)?;
            let swapped = next.swap(&self.signed, &mut self.lock, &self.folder).await;
            swapped.map_err(|error| poison(&error))?;
            self.signed = next;
            self.faults.at(CrashPoint::AfterLock)?;
        }
        if self.signed.size > self.published {
            let stored = self.signed.store(&mut self.record, &self.folder).await;
            stored.map_err(|error| poison(&error))?;
            self.published = self.signed.size;
            self.faults.at(CrashPoint::AfterCheckpoint)?;
        }
        Ok(self.published)
    }

    /// Compares record, lock and newest checkpoint at start, and finishes what a crash left undone.
    pub(crate) async fn reconcile(&mut self) -> Result<(), LedgerError> {
        let (newest_note, newest) = self.reader.newest_checkpoint().await?;
        let record = self.reader.size().await?;
        let signed = self.signed.size;
        if newest.size() > signed {
            return Err(LedgerError::LockBehind { lock: signed, published: newest.size() });
        }
        if newest.size() == signed && newest_note.to_string() != self.signed.note {
            return Err(
                Fault::new("checkpoints", "note", signed, "is not the one in lock.db").into()
            );
        }
        if record < signed {
            return Err(LedgerError::BehindLock { record, signed });
        }
        self.reader.extend(&mut self.frontier, signed).await?;
        if self.frontier.root() != self.signed.root {
            return Err(LedgerError::Forked { size: signed });
        }
        self.published = newest.size();
        // Nothing gets signed that does not check, for a signature cannot be taken back.
        while self.frontier.size() < record {
            let start = self.frontier.size();
            let page = self.reader.entries(start..start.saturating_add(PAGE)).await?;
            if page.is_empty() {
                return Err(Fault::new("entries", "seq", start, "is missing")
                    .of_event(start)
                    .into());
            }
            self.frontier.extend(page.iter().map(|entry| entry.leaf_hash));
        }
        self.publish().await.map(|_| ())
    }

    /// The origin line of this log's checkpoints.
    pub fn origin(&self) -> &str {
        self.signer.name()
    }
}
