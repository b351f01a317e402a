//! The folder: its files, who may open them how, and the signing key.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection};
use tlog::{Signer, Verifier};

use crate::errors::{LedgerError, result_code};

pub(crate) const RECORD: &str = "record.db";
pub(crate) const LOCK: &str = "lock.db";
const KEY: &str = "signing.key";
const WRITER_LOCK: &str = "writer.lock";

/// `PRAGMA application_id` of both databases: "Prim" in ASCII.
const APPLICATION_ID: i64 = 0x5072_696d;
/// `PRAGMA user_version`: the layout of the tables.
const LAYOUT: i64 = 2;

pub(crate) const RECORD_SCHEMA: &str = include_str!("record.sql");
pub(crate) const LOCK_SCHEMA: &str = include_str!("lock.sql");

/// How long to wait for another program, such as a backup, that holds SQLite's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A folder that holds, or is to hold, a record.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    dir: PathBuf,
}

/// Held by the one writer of a folder for as long as it lives; the system releases it when the
/// process ends.
#[derive(Debug)]
pub(crate) struct WriterLock {
    _file: File,
}

impl Folder {
    pub(crate) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.dir.join(file)
    }

    /// Refuses a folder without a record.
    pub(crate) fn must_hold_record(&self) -> Result<(), LedgerError> {
        match fs::metadata(self.path(RECORD)) {
            Ok(_) => Ok(()),
            Err(error) if is_absent(&error) => Err(LedgerError::NoRecord { dir: self.dir.clone() }),
            Err(error) => Err(LedgerError::file(&self.path(RECORD), &error)),
        }
    }

    /// Makes the folder if need be, and closes it to others: bodies are in it in plain text.
    pub(crate) fn make(&self) -> Result<(), LedgerError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&self.dir)
            .and_then(|()| close_to_others(&self.dir, 0o700))
            .map_err(|error| LedgerError::file(&self.dir, &error))
    }

    /// Refuses a folder that already holds a record or what is left of one.
    pub(crate) fn must_be_free(&self) -> Result<(), LedgerError> {
        for file in [RECORD, LOCK, KEY] {
            let path = self.path(file);
            if path.try_exists().map_err(|error| LedgerError::file(&path, &error))? {
                return Err(LedgerError::AlreadyExists { dir: self.dir.clone(), file });
            }
        }
        Ok(())
    }

    /// Becomes the one writer.
    pub(crate) fn lock_for_writing(&self) -> Result<WriterLock, LedgerError> {
        let path = self.path(WRITER_LOCK);
        let refused = |error: &std::io::Error| LedgerError::file(&path, error);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|error| refused(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(WriterLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LedgerError::Locked { dir: self.dir.clone() }),
            Err(TryLockError::Error(error)) => Err(refused(&error)),
        }
    }

    /// Writes the signing key, once.
    pub(crate) fn write_key(&self, seed: [u8; 32]) -> Result<(), LedgerError> {
        let path = self.path(KEY);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let text = format!("{}\n", STANDARD.encode(seed));
        options
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .map_err(|error| LedgerError::file(&path, &error))
    }

    /// The key that signs this log; refuses one that belongs to another.
    pub(crate) fn signer(&self, verifier: &Verifier) -> Result<Signer, LedgerError> {
        let problem = |problem: String| LedgerError::Key { path: self.path(KEY), problem };
        let signer = Signer::from_seed(verifier.name(), self.read_key()?)
            .map_err(|error| problem(error.to_string()))?;
        if signer.vkey() != verifier.vkey() {
            return Err(problem("belongs to another log; put the right file back".to_owned()));
        }
        Ok(signer)
    }

    /// Refuses a record whose lock file is gone: nothing else says what was last signed.
    pub(crate) fn must_hold_lock(&self) -> Result<(), LedgerError> {
        let path = self.path(LOCK);
        match path.try_exists() {
            Ok(true) => Ok(()),
            Ok(false) => Err(LedgerError::Missing {
                path,
                remedy: "it says what was last signed; put it back, and not an older copy",
            }),
            Err(error) => Err(LedgerError::file(&path, &error)),
        }
    }

    /// Reads the signing key; refuses one that others could have read.
    fn read_key(&self) -> Result<[u8; 32], LedgerError> {
        let path = self.path(KEY);
        let problem =
            |problem: &str| LedgerError::Key { path: path.clone(), problem: problem.into() };
        let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                problem("is missing; nothing was changed; put it back from where it is kept safe")
            }
            _ => LedgerError::file(&path, &error),
        })?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let metadata = fs::metadata(&path).map_err(|error| LedgerError::file(&path, &error))?;
            if metadata.permissions().mode() & 0o077 != 0 {
                return Err(problem(
                    "can be read by others; find out whether anyone has, then `chmod 600` it",
                ));
            }
        }
        let seed = STANDARD.decode(text.trim_end()).ok();
        seed.and_then(|seed| seed.try_into().ok())
            .ok_or_else(|| problem("is not base64 of 32 bytes; put the right file back"))
    }

    /// Makes file names durable after files were created or renamed.
    pub(crate) fn sync(&self) -> Result<(), LedgerError> {
        // Only Unix can sync a folder; elsewhere the file system's own order has to do.
        #[cfg(unix)]
        File::open(&self.dir)
            .and_then(|dir| dir.sync_all())
            .map_err(|error| LedgerError::file(&self.dir, &error))?;
        Ok(())
    }

    /// Creates a database with its tables under a temporary name, to be filled and then finished.
    pub(crate) async fn draft_database(
        &self,
        file: &str,
        schema: &'static str,
    ) -> Result<SqliteConnection, LedgerError> {
        let draft = self.draft(file);
        let refused = |error| LedgerError::database(&draft, error);
        // What is there was left by a crash during an earlier attempt, and was never a record.
        match fs::remove_file(&draft) {
            Err(error) if !is_absent(&error) => return Err(LedgerError::file(&draft, &error)),
            _ => {}
        }
        // SQLite gives the files that it keeps beside a database the mode of the database.
        File::create_new(&draft)
            .and_then(|_| close_to_others(&draft, 0o600))
            .map_err(|error| LedgerError::file(&draft, &error))?;
        let options = writer_options(&draft);
        let mut database = SqliteConnection::connect_with(&options).await.map_err(refused)?;
        sqlx::raw_sql(schema).execute(&mut database).await.map_err(refused)?;
        let stamp =
            format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {LAYOUT};");
        let stamp = sqlx::raw_sql(sqlx::AssertSqlSafe(stamp));
        stamp.execute(&mut database).await.map_err(refused)?;
        Ok(database)
    }

    /// Gives a draft its name, now that it is complete.
    pub(crate) async fn finish_database(
        &self,
        file: &str,
        database: SqliteConnection,
    ) -> Result<(), LedgerError> {
        let (draft, path) = (self.draft(file), self.path(file));
        // Closing moves everything from the write-ahead log into the file.
        database.close().await.map_err(|error| LedgerError::database(&draft, error))?;
        fs::rename(&draft, &path).map_err(|error| LedgerError::file(&path, &error))?;
        self.sync()
    }

    fn draft(&self, file: &str) -> PathBuf {
        self.path(&format!("{file}.new"))
    }

    /// Opens a database for writing and makes sure that it can be written.
    pub(crate) async fn open_for_writing(
        &self,
        file: &str,
    ) -> Result<SqliteConnection, LedgerError> {
        let path = self.path(file);
        let refused = |error| LedgerError::database(&path, error);
        let mut options = writer_options(&path);
        if file == LOCK {
            // A log that is reused soon stays short, and syncing a file that does not grow is
            // cheap.
            options = options.pragma("wal_autocheckpoint", "32");
        }
        let mut database = SqliteConnection::connect_with(&options).await.map_err(refused)?;
        check_layout(&mut database, &path).await?;
        // SQLite opens a write-protected file without a word and refuses at the first write: ask
        // now.
        let probe = sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK;");
        probe.execute(&mut database).await.map_err(refused)?;
        Ok(database)
    }

    /// How to open a database for reading: alongside a writer, or, on a read-only medium and with
    /// nothing left in the write-ahead log, as a file that does not change.
    pub(crate) async fn reader_options(
        &self,
        file: &str,
    ) -> Result<SqliteConnectOptions, LedgerError> {
        let path = self.path(file);
        let shared =
            SqliteConnectOptions::new().filename(&path).read_only(true).busy_timeout(BUSY_TIMEOUT);
        match try_reading(&shared, &path).await {
            Err(LedgerError::Denied { .. }) if self.is_settled(file) => {
                let unchanging = shared.immutable(true);
                try_reading(&unchanging, &path).await.map(|()| unchanging)
            }
            outcome => outcome.map(|()| shared),
        }
    }

    /// Whether everything in the database is in its main file.
    fn is_settled(&self, file: &str) -> bool {
        match fs::metadata(self.path(&format!("{file}-wal"))) {
            Ok(log) => log.len() == 0,
            Err(error) => is_absent(&error),
        }
    }
}

async fn try_reading(options: &SqliteConnectOptions, path: &Path) -> Result<(), LedgerError> {
    let refused = |error| LedgerError::database(path, error);
    let mut database = SqliteConnection::connect_with(options).await.map_err(refused)?;
    let checked = check_layout(&mut database, path).await;
    database.close().await.map_err(refused)?;
    checked
}

fn writer_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        // What is deleted is overwritten, so that an erased document is gone from the file too.
        .pragma("secure_delete", "ON")
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: a commit is on the disk when it returns. NORMAL may lose acknowledged commits on
        // power loss.
        .synchronous(SqliteSynchronous::Full)
        // Has an effect on macOS only, where a plain fsync does not reach the disk.
        .pragma("fullfsync", "ON")
}

/// Refuses a file that is not one of ours, or is one of another time.
async fn check_layout(database: &mut SqliteConnection, path: &Path) -> Result<(), LedgerError> {
    let application = pragma(database, path, "PRAGMA application_id").await?;
    if application != APPLICATION_ID {
        let detail = "it is empty or another program's database".to_owned();
        return Err(LedgerError::Damaged { path: path.to_owned(), detail });
    }
    let found = pragma(database, path, "PRAGMA user_version").await?;
    if found == LAYOUT {
        return Ok(());
    }
    Err(LedgerError::Layout { path: path.to_owned(), found, expected: LAYOUT })
}

async fn pragma(
    database: &mut SqliteConnection,
    path: &Path,
    query: &'static str,
) -> Result<i64, LedgerError> {
    let refused = |error| LedgerError::database(path, error);
    sqlx::query_scalar(query).fetch_one(database).await.map_err(refused)
}

/// Names a refused write to `record.db`; a second effect of one command is the index's doing.
pub(crate) fn insert_error(path: &Path, error: sqlx::Error, command_id: &str) -> LedgerError {
    /// `SQLITE_CONSTRAINT_UNIQUE`; the primary key has a code of its own.
    const UNIQUE: i32 = 2067;
    if result_code(&error) == Some(UNIQUE) {
        return LedgerError::DuplicateCommand { command_id: command_id.to_owned() };
    }
    LedgerError::database(path, error)
}

/// Gives a file or folder a mode that leaves it to its owner. Only Unix has modes.
fn close_to_others(path: &Path, mode: u32) -> std::io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))?;
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}
