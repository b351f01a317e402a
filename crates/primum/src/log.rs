//! `primum log …`: the log behind the record.

use crate::cli::{Cli, Log};
use crate::folder::{Folder, with_next_step};
use crate::output::{Answer, Usage, instant};
use anyhow::{Context, Result, bail, ensure};
use governance::Event;
use ledger::{Findings, LedgerError, Reader, VerifyError};
use serde_json::json;

/// Runs a verb of `primum log`.
pub async fn run(cli: &Cli, verb: &Log) -> Result<Answer> {
    let folder = Folder::of(cli);
    match verb {
        Log::Verify { vkey } => verify(&folder, vkey.as_deref()).await,
        Log::Checkpoint => {
            let note = folder.reader().await?.checkpoint().await?.to_string();
            Answer::new(&json!({ "checkpoint": note }), note.trim_end())
        }
        Log::Receipt { event } => {
            let receipt = folder.reader().await?.receipt(*event).await?.to_string();
            Answer::new(&json!({ "receipt": receipt }), receipt.trim_end())
        }
        Log::Show { last } => show(&folder, *last).await,
    }
}

/// Everything derived again from the stored bytes: the log, the documents that the record names,
/// and the state from zero and from the newest snapshot.
async fn verify(folder: &Folder, vkey: Option<&str>) -> Result<Answer> {
    let verified = match ledger::verify(folder.dir(), vkey).await {
        Ok(verified) => verified,
        Err(VerifyError::Unreadable(error @ LedgerError::Name { .. })) => {
            return Err(Usage(error.to_string()).into());
        }
        Err(VerifyError::Unreadable(error)) if !says_damaged(&error) => {
            return Err(with_next_step(error));
        }
        Err(VerifyError::Faults(found)) => return faults(&found),
        Err(error) => return not_verified(&error.into()),
    };
    let reader = folder.reader().await?;
    let (state, snapshot) = match derive(&reader).await {
        Ok(derived) => derived,
        Err(error) => return not_verified(&error),
    };
    let mut text = format!(
        "Verified: {} events, {} documents, {} checkpoints\nRoot {}\nKey {}\nState {state}",
        verified.events, verified.documents, verified.checkpoints, verified.root, verified.vkey,
    );
    if let Some(size) = snapshot {
        text.push_str(&format!(", the same from zero and from the snapshot at event {size}"));
    }
    if vkey.is_none() {
        text.push_str("\nGive --vkey with the key you noted down to rule out a forged folder.");
    }
    let value = json!({
        "verified": true, "events": verified.events, "documents": verified.documents,
        "checkpoints": verified.checkpoints, "root": verified.root.to_string(),
        "vkey": verified.vkey, "state_hash": state, "snapshot": snapshot,
    });
    Answer::new(&value, text)
}

/// True when an error is about stored bytes, and not about reaching them.
fn says_damaged(error: &LedgerError) -> bool {
    !matches!(
        error,
        LedgerError::NoRecord { .. }
            | LedgerError::Denied { .. }
            | LedgerError::Busy { .. }
            | LedgerError::DiskFull { .. }
    )
}

/// The state hash, the same from zero and from the newest snapshot, and the size of that snapshot.
/// Checks on the way that every document named by the record is there.
async fn derive(reader: &Reader) -> Result<(String, Option<u64>)> {
    let record = registrar::replay(reader, false).await?.record;
    let state = record.state_hash()?;
    let again = registrar::replay(reader, true).await?;
    if let Some(why) = again.unused {
        bail!("{why}");
    }
    ensure!(again.record.state_hash()? == state, "the snapshot folds to another state");
    for evidence in record.evidence.values().filter(|it| it.is_computed()) {
        let named = || format!("the report behind {}", evidence.id);
        let mut hash = [0; 32];
        hex::decode_to_slice(&evidence.document, &mut hash).with_context(named)?;
        reader.document(hash).await.with_context(named)?;
    }
    Ok((state, (again.from_snapshot > 0).then_some(again.from_snapshot)))
}

fn faults(found: &Findings) -> Result<Answer> {
    let faults: Vec<String> = found.faults().iter().map(ToString::to_string).collect();
    let more = found.found() - faults.len();
    let mut text = format!("NOT VERIFIED\n{}", faults.join("\n"));
    if more > 0 {
        text.push_str(&format!("\nand {more} more"));
    }
    let value = json!({ "verified": false, "error": found.to_string(), "faults": faults });
    Ok(Answer::new(&value, text)?.not_verified())
}

fn not_verified(error: &anyhow::Error) -> Result<Answer> {
    let why = format!("{error:#}");
    let value = json!({ "verified": false, "error": why });
    Ok(Answer::new(&value, format!("NOT VERIFIED\n{why}"))?.not_verified())
}

async fn show(folder: &Folder, last: u64) -> Result<Answer> {
    let (reader, record) = folder.read().await?;
    let size = reader.size().await?;
    let mut events: Vec<Event> = Vec::new();
    for entry in reader.entries(size.saturating_sub(last)..size).await? {
        events.push(serde_json::from_slice(&entry.body)?);
    }
    let lines: Vec<_> = events
        .iter()
        .map(|event| {
            let sentence = web::words::sentence(event, &record);
            format!("{:>5}  {}  {}: {sentence}", event.seq, instant(event.at), event.actor)
        })
        .collect();
    Answer::new(&events, lines.join("\n"))
}
