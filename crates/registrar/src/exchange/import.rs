//! Reading a record in: into a folder beside the one that was named, which takes its place once
//! every line was checked.

use super::{DocumentLine, EventLine, ExchangeError, FORMAT, Header, Line, documents_digest};
use crate::freeze;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use governance::{Event, Record, apply};
use ledger::{Batch, CreateOptions, Ledger, LedgerError, NewEntry, document_hash};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, ErrorKind};
use std::path::{Path, PathBuf};
use tlog::{Checkpoint, SignedNote, Verifier};

/// Events kept before they are stored, about.
const EVENTS: usize = 1_024;
/// Bytes of documents kept before they are stored, about.
const DOCUMENTS: usize = 16 << 20;

/// What was read in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// The hospital.
    pub hospital: Option<String>,
    /// How many events.
    pub events: u64,
    /// How many documents.
    pub documents: u64,
    /// The root over the leaves of the events, in base64: that of the record exported.
    pub root: String,
    /// The state that the events fold to: that of the record exported.
    pub state_hash: String,
    /// How many events the newest checkpoint of the record exported covers. Its signature and its
    /// root were checked, so every receipt given by that record still holds.
    pub checkpoint: u64,
    /// The key that this folder signs with from now on.
    pub vkey: String,
    /// The key that the record exported was signed with.
    pub former_vkey: String,
}

/// Reads lines written by [`super::export`] into `dir`, which must be empty or not exist. The log
/// keeps its name and gets `seed` as its new key. Only facts that are `known` are taken over.
///
/// # Errors
/// [`ExchangeError::Line`] names what is wrong and where; [`ExchangeError::NotEmpty`]; those of
/// storage. Nothing is left behind.
pub async fn import(
    lines: impl BufRead,
    dir: &Path,
    seed: [u8; 32],
    known: &[&str],
) -> Result<Imported, ExchangeError> {
    must_be_empty(dir)?;
    let draft = draft_of(dir);
    if draft.exists() {
        return Err(ExchangeError::Unfinished { dir: draft });
    }
    let imported = fill(lines, &draft, seed, known).await;
    if imported.is_err() {
        // What went wrong first is what matters; a draft that stays is named by the next import.
        let _ = fs::remove_dir_all(&draft);
        return imported;
    }
    let placed = match fs::remove_dir(dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => fs::rename(&draft, dir),
    };
    placed.map_err(ExchangeError::file("giving the imported folder its name"))?;
    imported
}

fn must_be_empty(dir: &Path) -> Result<(), ExchangeError> {
    match fs::read_dir(dir).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Ok(false) => Err(ExchangeError::NotEmpty { dir: dir.to_owned() }),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            Err(ExchangeError::NotEmpty { dir: dir.to_owned() })
        }
        Err(error) => Err(ExchangeError::File { what: "looking into the folder", error }),
    }
}

fn draft_of(dir: &Path) -> PathBuf {
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(".importing");
    dir.with_file_name(name)
}

/// Fills the draft folder; the ledger on it is closed when this returns.
async fn fill(
    lines: impl BufRead,
    draft: &Path,
    seed: [u8; 32],
    known: &[&str],
) -> Result<Imported, ExchangeError> {
    let mut lines = Lines { lines, number: 0 };
    let first = lines.next()?.ok_or_else(|| lines.wrong("the file is empty"))?;
    let header: Header = serde_json::from_slice(&first)
        .map_err(|error| lines.wrong(format!("is not the first line of an export: {error}")))?;
    let signed = check_header(&header, known).map_err(|problem| lines.wrong(problem))?;
    let options = CreateOptions { origin: header.origin.clone(), seed };
    let created = Ledger::create(draft, &options).await;
    let ledger = created.map_err(|error| match error {
        LedgerError::Name { .. } => lines.wrong(error.to_string()),
        other => other.into(),
    })?;
    let mut filling = Filling {
        ledger,
        record: Record::default(),
        batch: Batch::default(),
        pending: 0,
        documents: BTreeSet::new(),
        signed,
    };
    while let Some(line) = lines.next()? {
        let line = serde_json::from_slice(&line)
            .map_err(|error| lines.wrong(format!("is no event and no document: {error}")))?;
        let taken = match line {
            Line::Event(event) => filling.event(event).await,
            Line::Document(document) => filling.document(document),
        };
        taken.map_err(|fault| lines.at(fault))?;
    }
    filling.finish(&header).await.map_err(|fault| lines.at(fault))
}

/// Checks what the first line says of itself; gives the checkpoint in it.
fn check_header(header: &Header, known: &[&str]) -> Result<Checkpoint, String> {
    if header.format != FORMAT {
        return Err(format!("the format is `{}`, this program reads `{FORMAT}`", header.format));
    }
    if let Some(fact) = header.facts.keys().find(|fact| !known.contains(&fact.as_str())) {
        return Err(format!("the fact `{fact}` is not known"));
    }
    let verifier = Verifier::from_vkey(&header.vkey).map_err(|error| format!("vkey: {error}"))?;
    if verifier.name() != header.origin {
        return Err(format!("origin: `{}` is not the name in the vkey", header.origin));
    }
    let note: SignedNote =
        header.checkpoint.parse().map_err(|error| format!("checkpoint: {error}"))?;
    let signed = Checkpoint::open(&note, std::slice::from_ref(&verifier))
        .map_err(|error| format!("checkpoint: {error}"))?;
    if signed.size() > header.events {
        let (signed, events) = (signed.size(), header.events);
        return Err(format!("checkpoint: it covers {signed} events, and there are {events}"));
    }
    Ok(signed)
}

/// The lines of the file, counted.
struct Lines<R> {
    lines: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Result<Option<Vec<u8>>, ExchangeError> {
        let mut line = Vec::new();
        let read = self.lines.read_until(b'\n', &mut line);
        if read.map_err(ExchangeError::file("reading the export"))? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if line.pop() != Some(b'\n') {
            return Err(self.wrong("it is cut off"));
        }
        Ok(Some(line))
    }

    fn wrong(&self, problem: impl Into<String>) -> ExchangeError {
        ExchangeError::Line { line: self.number.max(1), problem: problem.into() }
    }

    fn at(&self, fault: Fault) -> ExchangeError {
        match fault {
            Fault::Line(problem) => self.wrong(problem),
            Fault::Other(error) => error,
        }
    }
}

/// What is wrong: with the line, or with something else.
enum Fault {
    Line(String),
    Other(ExchangeError),
}

impl From<String> for Fault {
    fn from(problem: String) -> Self {
        Self::Line(problem)
    }
}

/// The record on its way in.
struct Filling {
    ledger: Ledger,
    record: Record,
    batch: Batch,
    /// Bytes of the documents in the batch.
    pending: usize,
    documents: BTreeSet<[u8; 32]>,
    signed: Checkpoint,
}

impl Filling {
    fn document(&mut self, line: DocumentLine) -> Result<(), Fault> {
        let bytes = BASE64_STANDARD.decode(&line.base64).map_err(|error| error.to_string())?;
        let hash = document_hash(&bytes);
        if hex::encode(hash) != line.sha256 {
            return Err(format!("the document does not have the hash {}", line.sha256).into());
        }
        if !self.documents.insert(hash) {
            return Err(format!("the document {} comes twice", line.sha256).into());
        }
        self.pending += bytes.len();
        self.batch.documents.push(bytes);
        Ok(())
    }

    async fn event(&mut self, line: EventLine) -> Result<(), Fault> {
        let (seq, due) = (line.seq, self.record.next_seq);
        if seq != due {
            return Err(format!("it is event {seq}, and event {due} is due").into());
        }
        let event: Event =
            serde_json::from_str(line.body.get()).map_err(|error| format!("body: {error}"))?;
        let mut salt = [0; 32];
        hex::decode_to_slice(&line.salt, &mut salt).map_err(|error| format!("salt: {error}"))?;
        let entry = NewEntry {
            stream: line.stream,
            kind: line.kind,
            recorded_at_ms: line.recorded_at,
            actor: line.actor,
            command_id: line.command_id,
            body: line.body.get().as_bytes().to_vec(),
            salt,
        };
        if entry.leaf_hash(seq).to_string() != line.leaf {
            return Err("its fields do not give its leaf".to_owned().into());
        }
        let agrees = entry.actor == event.actor.to_string()
            && entry.command_id == event.command.to_string()
            && entry.recorded_at_ms == event.at.as_millisecond()
            && entry.kind == event.change.kind();
        if !agrees {
            return Err("its fields are not those of the event in its body".to_owned().into());
        }
        // Events of one command stand in one batch, and a batch ends where the checkpoint does.
        let last = self.batch.entries.last();
        if last.is_some_and(|last| last.command_id != entry.command_id)
            && (self.batch.entries.len() >= EVENTS
                || self.pending >= DOCUMENTS
                || seq == self.signed.size())
        {
            self.store().await?;
        }
        apply(&mut self.record, &event).map_err(|error| error.to_string())?;
        self.batch.entries.push(entry);
        Ok(())
    }

    async fn store(&mut self) -> Result<(), Fault> {
        if !self.batch.entries.is_empty() {
            let mut batch = std::mem::take(&mut self.batch);
            batch.expected_seq = self.ledger.size();
            self.pending = 0;
            self.ledger.append(&batch).await.map_err(|error| match error {
                LedgerError::DuplicateCommand { command_id } => Fault::Line(format!(
                    "the command `{command_id}` is in the events up to here twice"
                )),
                LedgerError::TooLarge { .. } => Fault::Line(error.to_string()),
                other => Fault::Other(other.into()),
            })?;
        }
        if self.ledger.size() == self.signed.size() && self.ledger.root() != self.signed.root() {
            let size = self.signed.size();
            return Err(format!("the first {size} events are not those that were signed").into());
        }
        Ok(())
    }

    /// Stores the rest, compares everything with what the first line promised, and closes.
    async fn finish(mut self, header: &Header) -> Result<Imported, Fault> {
        let events = self.record.next_seq;
        if events != header.events {
            let due = header.events;
            return Err(format!("the file ends after {events} of {due} events").into());
        }
        let documents = self.documents.len() as u64;
        if documents != header.documents
            || documents_digest(&self.documents) != header.documents_digest
        {
            let due = header.documents;
            return Err(format!(
                "the {documents} documents are not the {due} that the first line promises"
            )
            .into());
        }
        if events == 0 && documents > 0 {
            return Err("there are documents, and no event that names them".to_owned().into());
        }
        self.store().await?;
        let (root, state_hash) = (self.ledger.root().to_string(), self.state_hash()?);
        let hospital = self.record.founding.as_ref().map(|founding| founding.hospital.clone());
        for (what, found, promised) in [
            ("root", Some(&root), Some(&header.root)),
            ("state hash", Some(&state_hash), Some(&header.state_hash)),
            ("hospital", hospital.as_ref(), header.hospital.as_ref()),
        ] {
            if found != promised {
                return Err(format!("the {what} is not the one in the first line").into());
            }
        }
        let vkey = self.settle(header).await.map_err(Fault::Other)?;
        Ok(Imported {
            hospital,
            events,
            documents,
            root,
            state_hash,
            checkpoint: self.signed.size(),
            vkey,
            former_vkey: header.vkey.clone(),
        })
    }

    fn state_hash(&self) -> Result<String, Fault> {
        self.record.state_hash().map_err(|error| Fault::Other(error.into()))
    }

    async fn settle(&mut self, header: &Header) -> Result<String, ExchangeError> {
        self.ledger.publish().await?;
        for (fact, value) in &header.facts {
            self.ledger.meta_set(fact, value).await?;
        }
        self.record.settle();
        self.ledger.snapshot_save(&freeze(&self.record)?).await?;
        Ok(self.ledger.vkey())
    }
}
