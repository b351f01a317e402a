//! What the tests share: a record in a throw-away folder.

use std::path::{Path, PathBuf};

use ledger::{Batch, CreateOptions, Findings, Ledger, NewEntry, VerifyError, verify};
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

/// A folder for one record, removed with the value.
pub struct Home(pub TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Where the record goes: a folder that does not exist yet.
    pub fn dir(&self) -> PathBuf {
        self.0.path().join("data")
    }

    pub async fn create(&self) -> Ledger {
        Ledger::create(&self.dir(), &options()).await.unwrap()
    }

    pub async fn open(&self) -> Ledger {
        Ledger::open(&self.dir()).await.unwrap()
    }

    /// A closed record of `events` events, published after every second one.
    pub async fn filled(events: u64) -> Self {
        let home = Self::new();
        let mut ledger = home.create().await;
        for seq in 0..events {
            ledger.append(&batch(seq, 1)).await.unwrap();
            if seq % 2 == 1 {
                ledger.publish().await.unwrap();
            }
        }
        ledger.publish().await.unwrap();
        ledger.close().await.unwrap();
        home
    }

    /// Changes `record.db` or `lock.db` behind the ledger's back; gives the number of rows changed.
    pub async fn tamper(&self, file: &str, sql: &str) -> u64 {
        let url = format!("sqlite://{}", self.dir().join(file).display());
        let mut database = SqliteConnection::connect(&url).await.unwrap();
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        let done = sqlx::raw_sql(sql).execute(&mut database).await.unwrap();
        database.close().await.unwrap();
        done.rows_affected()
    }

    pub async fn findings(&self) -> Findings {
        match verify(&self.dir(), None).await {
            Err(VerifyError::Faults(findings)) => findings,
            other => panic!("expected findings, got {other:?}"),
        }
    }
}

pub fn options() -> CreateOptions {
    CreateOptions { origin: "records.example.org/test".to_owned(), seed: [7; 32] }
}

/// `count` entries of one command, with a document, that belong at `seq`.
pub fn batch(seq: u64, count: u64) -> Batch {
    let entry = |part| NewEntry {
        stream: format!("UC-{seq}"),
        kind: "noted".to_owned(),
        recorded_at_ms: 1_700_000_000_000 + i64::try_from(seq).unwrap(),
        actor: "person-ä".to_owned(),
        command_id: format!("command-{seq}"),
        body: format!(r#"{{"part":{part},"text":"body of {seq}"}}"#).into_bytes(),
        salt: [u8::try_from(seq % 251).unwrap(); 32],
    };
    let documents = vec![format!("document of {seq}").into_bytes()];
    Batch {
        expected_seq: seq,
        entries: (0..count).map(entry).collect(),
        documents,
        erased: Vec::new(),
    }
}

/// Copies a closed record's folder.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}
