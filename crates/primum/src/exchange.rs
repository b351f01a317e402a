//! `primum export` and `primum import`: everything in a record, out and in again.

use crate::ambient;
use crate::cli::Cli;
use crate::demo::DEMO_STORY;
use crate::folder::{DEMO_CLOCK, Folder};
use crate::output::{Answer, Exit};
use anyhow::{Context, Result};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};

/// Small facts about a folder that go with it; its access keys do not.
const FACTS: [&str; 2] = [DEMO_CLOCK, DEMO_STORY];

/// Writes everything to a file that does not exist yet, or to standard output for `-`.
pub async fn export(cli: &Cli, file: &Path) -> Result<Exit> {
    let reader = Folder::of(cli).reader().await?;
    let mut facts = BTreeMap::new();
    for fact in FACTS {
        if let Some(value) = reader.meta_get(fact).await? {
            facts.insert(fact.to_owned(), value);
        }
    }
    if file == Path::new("-") {
        registrar::export(&reader, facts, &mut BufWriter::new(io::stdout().lock())).await?;
        return Ok(Exit::Done);
    }
    // Under another name until it is whole, and never in the place of an earlier export.
    anyhow::ensure!(
        !file.exists(),
        "`{}` exists; nothing was written; name a file that does not exist yet",
        file.display()
    );
    let draft = PathBuf::from(format!("{}.part", file.display()));
    let done = write(&reader, facts, &draft).await;
    let exported = match done.and_then(|done| Ok((done, fs::rename(&draft, file)?))) {
        Ok((exported, ())) => exported,
        Err(error) => {
            let _ = fs::remove_file(&draft);
            return Err(error.context(format!("`{}` was not written", file.display())));
        }
    };
    let text = format!(
        "Wrote {} events and {} documents to {}\nRoot {}\nState {}\nNot in it: the signing key, \
         access keys, and prediction logs. `primum import` reads it into an empty folder.",
        exported.events,
        exported.documents,
        file.display(),
        exported.root,
        exported.state_hash
    );
    let value = json!({
        "file": file, "events": exported.events, "documents": exported.documents,
        "root": exported.root, "state_hash": exported.state_hash,
    });
    Answer::new(&value, text)?.print(cli.json)
}

async fn write(
    reader: &ledger::Reader,
    facts: BTreeMap<String, String>,
    draft: &Path,
) -> Result<registrar::Exported> {
    let file = File::create(draft).with_context(|| format!("creating `{}`", draft.display()))?;
    let mut to = BufWriter::new(file);
    let exported = registrar::export(reader, facts, &mut to).await?;
    to.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok(exported)
}

/// Reads everything from a file, or from standard input for `-`, into an empty folder.
pub async fn import(cli: &Cli, file: &Path) -> Result<Answer> {
    let folder = Folder::of(cli);
    let seed = ambient::entropy()?;
    let (dir, facts) = (folder.dir(), FACTS.as_slice());
    let imported = if file == Path::new("-") {
        registrar::import(io::stdin().lock(), dir, seed, facts).await?
    } else {
        let opened = File::open(file).with_context(|| {
            format!("`{}` cannot be read; nothing was imported", file.display())
        })?;
        registrar::import(BufReader::new(opened), dir, seed, facts).await?
    };
    let hospital = imported.hospital.as_deref().unwrap_or("a record that was never founded");
    let text = format!(
        "Read {} events and {} documents of {hospital} into {}\nRoot {}\nState {}\nThe log has a \
         new key: {}\nThe first {} events are those that the former key signed, so receipts given \
         before still hold: {}\nAccess keys are not in an export: `primum person key` makes new \
         ones.",
        imported.events,
        imported.documents,
        dir.display(),
        imported.root,
        imported.state_hash,
        imported.vkey,
        imported.checkpoint,
        imported.former_vkey,
    );
    Answer::new(&imported, text)
}
