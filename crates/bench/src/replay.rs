//! Folding a stored record, from zero and from a snapshot, against reading its bytes alone.

use crate::hospital::Hospital;
use crate::measure::{Finding, Rounds, grouped};
use crate::{Sizes, say};
use anyhow::{Result, ensure};
use governance::{Event, Record};
use ledger::{Batch, CreateOptions, Ledger, NewEntry, Reader};
use sqlx::{Connection, SqliteConnection};
use std::path::{Path, PathBuf};

/// Events appended at a time, and those of the last command beyond them.
const BATCH: usize = 512;

/// Measures a quarter, a half and all of the use cases asked for.
pub async fn run(sizes: &Sizes, dir: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for share in [4, 2, 1] {
        let use_cases = (sizes.replayed_use_cases / share).max(1);
        say(&format!("storing a record of {} use cases", grouped(use_cases as f64)));
        let hospital = Hospital::with_use_cases(use_cases)?;
        let events = hospital.events.len() as u64;
        let folder = dir.join(format!("record-{share}"));
        let reader = store(&folder, &hospital).await?;
        let database = format!("sqlite://{}?mode=ro", folder.join("record.db").display());
        for (name, use_snapshot) in [("from zero", false), ("from a snapshot", true)] {
            let ours = || async {
                let folded = registrar::replay(&reader, use_snapshot).await?;
                ensure!(folded.record.next_seq == events, "{} events", folded.record.next_seq);
                ensure!((folded.from_snapshot == events) == use_snapshot, "the snapshot's use");
                Ok(folded)
            };
            let peer = || read_bytes(&database, use_snapshot, events);
            let rounds = Rounds::alternate(sizes.rounds, ours, peer).await?;
            let peer = if use_snapshot {
                "reading the snapshot's bytes from SQLite"
            } else {
                "reading the bodies from SQLite"
            };
            let name = format!("record, {name}");
            findings.push(rounds.finding(name, (events, "events"), peer, None));
        }
        reader.close().await;
    }
    Ok(findings)
}

/// Stores all events, and a snapshot of their fold.
pub async fn store(folder: &Path, hospital: &Hospital) -> Result<Reader> {
    let mut storing = Storing::create(folder).await?;
    storing.append(&hospital.events).await?;
    storing.finish(&hospital.record).await
}

/// A record that is written to disk bit by bit.
#[derive(Debug)]
pub struct Storing {
    ledger: Ledger,
    folder: PathBuf,
}

impl Storing {
    /// An empty record.
    pub async fn create(folder: &Path) -> Result<Self> {
        let options = CreateOptions { origin: "bench.example/primum".to_owned(), seed: [7; 32] };
        let ledger = Ledger::create(folder, &options).await?;
        Ok(Self { ledger, folder: folder.to_owned() })
    }

    /// Stores the next events.
    pub async fn append(&mut self, events: &[Event]) -> Result<()> {
        // What one command caused is kept together: the ledger takes a command once.
        let mut rest = events;
        while !rest.is_empty() {
            let commands = rest.chunk_by(|one, next| one.command == next.command);
            let mut lengths = commands.scan(0, |sum, events| {
                *sum += events.len();
                Some(*sum)
            });
            let end = lengths.find(|&end| end >= BATCH).unwrap_or(rest.len());
            let (events, after) = rest.split_at(end);
            rest = after;
            let entries = events.iter().map(entry).collect::<Result<_>>()?;
            let expected_seq = self.ledger.size();
            let batch = Batch { expected_seq, entries, documents: Vec::new(), erased: Vec::new() };
            self.ledger.append(&batch).await?;
        }
        Ok(())
    }

    /// Publishes all of them and saves a snapshot of their fold.
    pub async fn finish(mut self, record: &Record) -> Result<Reader> {
        self.ledger.publish().await?;
        let mut record = record.clone();
        record.settle();
        self.ledger.snapshot_save(&registrar::freeze(&record)?).await?;
        self.ledger.close().await?;
        Ok(Ledger::open_reader(&self.folder).await?)
    }
}

fn entry(event: &Event) -> Result<NewEntry> {
    Ok(NewEntry {
        stream: "hospital".to_owned(),
        kind: "made-up".to_owned(),
        recorded_at_ms: event.at.as_millisecond(),
        actor: event.actor.to_string(),
        command_id: event.command.to_string(),
        body: serde_json::to_vec(event)?,
        salt: [7; 32],
    })
}

/// Reads the bytes that a fold starts from and nothing more.
pub async fn read_bytes(database: &str, snapshot: bool, events: u64) -> Result<()> {
    let mut connection = SqliteConnection::connect(database).await?;
    let (query, wanted) = if snapshot {
        ("SELECT bytes FROM snapshots ORDER BY size DESC LIMIT 1", 1)
    } else {
        ("SELECT body FROM entries ORDER BY seq", events)
    };
    let rows: Vec<Vec<u8>> = sqlx::query_scalar(query).fetch_all(&mut connection).await?;
    ensure!(rows.len() as u64 == wanted, "{} rows were read", rows.len());
    connection.close().await?;
    Ok(())
}
