//! Everything that can go wrong with a record on disk, each with what was kept and what to do next.

use std::fmt;
use std::path::{Path, PathBuf};

/// One stored value that is not what the rest of the record says it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    table: &'static str,
    column: &'static str,
    row: String,
    event: Option<u64>,
    problem: String,
}

impl Fault {
    pub(crate) fn new(
        table: &'static str,
        column: &'static str,
        row: impl fmt::Display,
        problem: impl Into<String>,
    ) -> Self {
        Self { table, column, row: row.to_string(), event: None, problem: problem.into() }
    }

    pub(crate) fn of_event(mut self, seq: u64) -> Self {
        self.event = Some(seq);
        self
    }

    /// The table that holds the value: `entries`, `documents`, `checkpoints`, `snapshots`, `meta`,
    /// or `signed` (in `lock.db`); `schema` for the layout of the database itself.
    pub fn table(&self) -> &'static str {
        self.table
    }

    /// The column within the table.
    pub fn column(&self) -> &'static str {
        self.column
    }

    /// The row's key, as text: a sequence number, a size, a document's hash or a meta key.
    pub fn row(&self) -> &str {
        &self.row
    }

    /// The event the value belongs to, where it belongs to one.
    pub fn event(&self) -> Option<u64> {
        self.event
    }

    /// What is wrong, in words.
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(event) = self.event {
            write!(f, "event {event}: ")?;
        }
        write!(f, "{}.{}, row `{}`: {}", self.table, self.column, self.row, self.problem)
    }
}

impl std::error::Error for Fault {}

/// Why the record could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The folder, or the record in it, does not exist.
    #[error(
        "there is no record in `{}`; create one, or name the folder that holds it",
        dir.display()
    )]
    NoRecord {
        /// The folder that was named.
        dir: PathBuf,
    },
    /// A new record was asked for where one, or a part of one, already is.
    #[error(
        "`{}` already holds `{file}`; nothing was changed; open that record or choose an empty \
         folder",
        dir.display()
    )]
    AlreadyExists {
        /// The folder that was named.
        dir: PathBuf,
        /// The file found in it.
        file: &'static str,
    },
    /// A file that belongs to the record is gone.
    #[error("`{}` is missing; nothing was changed; {remedy}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What to do about it.
        remedy: &'static str,
    },
    /// Another process holds the writer's lock.
    #[error("another primum is writing to `{}`; stop it or use its API", dir.display())]
    Locked {
        /// The folder.
        dir: PathBuf,
    },
    /// Another program holds SQLite's own lock for longer than the busy timeout.
    #[error(
        "`{}` is held by another program; nothing was kept; close it and try again",
        path.display()
    )]
    Busy {
        /// The database file.
        path: PathBuf,
    },
    /// The system refuses access to the folder or file.
    #[error(
        "`{}` refuses access ({detail}); nothing was kept; check its owner and permissions, and \
         that the disk is not mounted read-only",
        path.display()
    )]
    Denied {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// No space is left.
    #[error(
        "no space is left for `{}`; nothing of this batch was kept; free space and try again",
        path.display()
    )]
    DiskFull {
        /// The database file.
        path: PathBuf,
    },
    /// The file is not a database, is truncated, or its pages are damaged.
    #[error(
        "`{}` is not a readable record ({detail}); nothing was changed; restore it from a backup \
         and keep the damaged file",
        path.display()
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What SQLite or the check said.
        detail: String,
    },
    /// The file was written by a version of this program with another layout.
    #[error(
        "`{}` has layout {found}, this program reads layout {expected}; nothing was changed; use \
         the program that wrote it",
        path.display()
    )]
    Layout {
        /// The database file.
        path: PathBuf,
        /// The layout number found.
        found: i64,
        /// The layout number of this program.
        expected: i64,
    },
    /// Reading or writing failed below SQLite.
    #[error("reading or writing `{}` failed: {detail}", path.display())]
    Storage {
        /// The file.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// The signing key cannot be used.
    #[error("the signing key `{}` {problem}", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The log's name or a verifier key does not parse.
    #[error("`{value}` is not usable as {what}: {problem}")]
    Name {
        /// `a log name` or `a verifier key`.
        what: &'static str,
        /// What was given.
        value: String,
        /// Why it cannot be used.
        problem: String,
    },
    /// The record has moved since the caller looked.
    #[error(
        "the record has {actual} events where {expected} were expected; nothing was kept; catch up \
         and decide again"
    )]
    Conflict {
        /// What the caller expected.
        expected: u64,
        /// How many events there are.
        actual: u64,
    },
    /// The command has already had its effect.
    #[error("command `{command_id}` is already in the record; nothing was kept; it needs no retry")]
    DuplicateCommand {
        /// The command's id.
        command_id: String,
    },
    /// A batch without entries.
    #[error(
        "the batch has no entries; nothing was kept; documents are stored with the event \
         that names them"
    )]
    EmptyBatch,
    /// An envelope longer than a tile entry can carry.
    #[error(
        "entry {index} of the batch has an envelope of {bytes} bytes, more than {limit}; nothing \
         was kept; shorten its stream, kind, actor or command id"
    )]
    TooLarge {
        /// Position in the batch, from 0.
        index: usize,
        /// Length of the envelope in bytes.
        bytes: usize,
        /// The longest allowed, in bytes.
        limit: usize,
    },
    /// The record has fewer events than the log has signed.
    #[error(
        "the record has {record} events, but {signed} were signed: restored from an old backup? \
         nothing was changed; put the newest `record.db` back, and keep this one"
    )]
    BehindLock {
        /// Events in the record.
        record: u64,
        /// Events in the last signed checkpoint.
        signed: u64,
    },
    /// `lock.db` is older than the checkpoints in the record.
    #[error(
        "`lock.db` knows of {lock} signed events, the record of {published}: was `lock.db` \
         restored from an old backup? nothing was changed; put the newest `lock.db` back"
    )]
    LockBehind {
        /// Events in the lock's checkpoint.
        lock: u64,
        /// Events in the record's newest checkpoint.
        published: u64,
    },
    /// The record's events are not those that were signed.
    #[error(
        "the first {size} events are not the ones that were signed; nothing was changed; run the \
         verification to see which event differs, and restore the record from a backup"
    )]
    Forked {
        /// Events the checkpoint covers.
        size: u64,
    },
    /// Another instance signed a checkpoint in the meantime.
    #[error(
        "another instance has signed a checkpoint for this record; nothing was signed; stop one of \
         them and open the record again"
    )]
    LostLock,
    /// A stored byte is wrong.
    #[error(
        "the record is damaged: {0}; nothing was changed; run the verification for the whole list"
    )]
    Corrupt(#[from] Fault),
    /// Writing has stopped after a fault whose outcome only a fresh start can tell.
    #[error(
        "writing has stopped: {cause}; what was acknowledged is kept; stop the process and start \
         it again, do not retry"
    )]
    Poisoned {
        /// The fault that stopped it.
        cause: String,
    },
    /// The event does not exist.
    #[error("there is no event {seq}; the record has {size}")]
    NoSuchEvent {
        /// The sequence number asked for.
        seq: u64,
        /// How many events there are.
        size: u64,
    },
    /// The event is stored but no signed checkpoint covers it yet.
    #[error(
        "event {seq} is recorded but not yet published; {published} events are; ask again shortly"
    )]
    NotPublished {
        /// The sequence number asked for.
        seq: u64,
        /// Events the newest checkpoint covers.
        published: u64,
    },
    /// The document was erased.
    #[error("the document with SHA-256 `{hash}` was erased; event {seq} says by whom and why")]
    Erased {
        /// SHA-256 in hex.
        hash: String,
        /// The event that erased it.
        seq: u64,
    },
    /// A document was to be erased without an event that says so.
    #[error(
        "no event of the batch says that document `{hash}` is erased; nothing was kept; append one"
    )]
    NoTombstone {
        /// SHA-256 in hex.
        hash: String,
    },
    /// The document does not exist.
    #[error("there is no document with SHA-256 `{hash}` in the record")]
    NoSuchDocument {
        /// SHA-256 in hex.
        hash: String,
    },
    /// The snapshot claims more events than there are.
    #[error("a snapshot of {snapshot} events cannot be kept; the record has {size}")]
    SnapshotAhead {
        /// Events folded into the snapshot.
        snapshot: u64,
        /// How many events there are.
        size: u64,
    },
    /// An injected crash (tests only).
    #[doc(hidden)]
    #[error("simulated crash {point:?}")]
    Crashed {
        /// Where.
        point: crate::CrashPoint,
    },
}

impl LedgerError {
    /// Names what SQLite refused: each result code that a person can act on has its own error.
    pub(crate) fn database(path: &Path, error: sqlx::Error) -> Self {
        let path = path.to_owned();
        let detail = error.to_string();
        let Some(code) = result_code(&error) else {
            return Self::Storage { path, detail };
        };
        match code & 0xff {
            5 | 6 => Self::Busy { path },
            3 | 8 | 14 => Self::Denied { path, detail: message(&error) },
            11 | 26 => Self::Damaged { path, detail: message(&error) },
            13 => Self::DiskFull { path },
            _ => Self::Storage { path, detail: message(&error) },
        }
    }

    /// Names what the file system refused.
    pub(crate) fn file(path: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind as Kind;
        let path = path.to_owned();
        match error.kind() {
            Kind::PermissionDenied | Kind::ReadOnlyFilesystem => {
                Self::Denied { path, detail: error.to_string() }
            }
            Kind::StorageFull | Kind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Storage { path, detail: error.to_string() },
        }
    }

    /// Whether the ledger may go on writing after this error struck before a commit.
    pub(crate) fn leaves_storage_sound(&self) -> bool {
        matches!(
            self,
            Self::Conflict { .. }
                | Self::DuplicateCommand { .. }
                | Self::EmptyBatch
                | Self::NoTombstone { .. }
                | Self::TooLarge { .. }
                | Self::SnapshotAhead { .. }
                | Self::Busy { .. }
                | Self::Denied { .. }
                | Self::DiskFull { .. }
        )
    }
}

/// SQLite's extended result code, if the error came from SQLite.
pub(crate) fn result_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

fn message(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |inner| inner.message().to_owned())
}
