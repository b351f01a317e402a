//! Durable commands through the registrar against bare single-row inserts on the same disk.

use crate::hospital::{actor, founding, furnish, now, register_version};
use crate::measure::{Finding, Rounds};
use crate::{Sizes, clock};
use anyhow::{Context, Result, ensure};
use futures::StreamExt;
use futures::stream;
use governance::{Act, Actor, Service};
use ledger::{CreateOptions, Ledger};
use registrar::{Opened, Registrar, Salts, Submission};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection};
use std::path::Path;

/// The size of a stored event's body, for the peer's rows.
const BODY_BYTES: usize = 512;

/// Commands in flight at a time: one client that waits for each answer, or several.
const CLIENTS: [usize; 2] = [1, 16];

/// Measures commands that the rights allow and the core accepts, one event each.
pub async fn run(sizes: &Sizes, dir: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for clients in CLIENTS {
        let mut rounds = Rounds::default();
        // Each round has a new record, so that all rounds do the same; the first does not count.
        for round in 0..=sizes.rounds {
            let here = dir.join(format!("{clients}-{round}"));
            std::fs::create_dir(&here)?;
            let Opened { registrar, writer } = open(&here.join("record")).await?;
            let mut bare = bare(&here.join("bare.db")).await?;
            let submit = submit_all(&registrar, sizes.commands, clients);
            let insert = insert_all(&mut bare, sizes.commands);
            let (ours, peer) = if round % 2 == 0 {
                let ours = clock::time(submit).await?;
                (ours, clock::time(insert).await?)
            } else {
                let peer = clock::time(insert).await?;
                (clock::time(submit).await?, peer)
            };
            bare.close().await?;
            drop(registrar);
            writer.await?;
            if round > 0 {
                rounds.add(ours, peer);
            }
        }
        let name = match clients {
            1 => "commands, one at a time".to_owned(),
            many => format!("commands, {many} in flight"),
        };
        let peer = "SQLite inserts, one row each, WAL and synchronous=FULL, same disk";
        findings.push(rounds.finding(name, (sizes.commands, "commands"), peer, None));
    }
    Ok(findings)
}

/// Salts from the numbers of the events: they need not be secret here.
pub fn salts() -> Salts {
    Box::new(|seq| {
        let mut salt = [0; 32];
        salt.iter_mut().zip(seq.to_le_bytes()).for_each(|(to, from)| *to = from);
        Ok(salt)
    })
}

/// A founded record with its writer.
async fn open(dir: &Path) -> Result<Opened> {
    let options = CreateOptions { origin: "bench.example/primum".to_owned(), seed: [7; 32] };
    let ledger = Ledger::create(dir, &options).await?;
    let opened = Registrar::open(ledger, salts()).await?;
    let installer = Actor::Service(Service::Installer);
    submit(&opened.registrar, "found", installer, founding()?).await?;
    for (number, act) in furnish()?.into_iter().enumerate() {
        submit(&opened.registrar, &format!("furnish-{number}"), actor("office")?, act).await?;
    }
    Ok(opened)
}

async fn submit(registrar: &Registrar, id: &str, actor: Actor, act: Act) -> Result<()> {
    let documents = Vec::new();
    let submission = Submission { id: id.parse()?, at: now()?, actor, act, documents };
    let done = registrar.submit(submission).await?;
    ensure!(done.events.len() == 1, "`{id}` gave {} events", done.events.len());
    Ok(())
}

async fn submit_all(registrar: &Registrar, count: u64, clients: usize) -> Result<()> {
    let office = actor("office")?;
    let one = |number: u64| {
        let office = office.clone();
        async move {
            let act = register_version(&format!("2.{number}"))?;
            submit(registrar, &format!("command-{number}"), office, act).await
        }
    };
    let mut answers = stream::iter(0..count).map(one).buffer_unordered(clients);
    while let Some(answer) = answers.next().await {
        answer?;
    }
    Ok(())
}

async fn bare(path: &Path) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("fullfsync", "ON");
    let mut bare = SqliteConnection::connect_with(&options).await?;
    sqlx::query("CREATE TABLE events (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT")
        .execute(&mut bare)
        .await?;
    Ok(bare)
}

async fn insert_all(bare: &mut SqliteConnection, count: u64) -> Result<()> {
    let body = vec![7_u8; BODY_BYTES];
    for seq in 0..count {
        let seq = i64::try_from(seq).context("too many commands")?;
        let insert = sqlx::query("INSERT INTO events (seq, body) VALUES (?, ?)");
        insert.bind(seq).bind(body.as_slice()).execute(&mut *bare).await?;
    }
    Ok(())
}
