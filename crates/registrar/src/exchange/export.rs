//! Writing a record out.

use super::{DocumentLine, EventLine, ExchangeError, FORMAT, Header, Line, documents_digest};
use crate::replay;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ledger::{Reader, StoredEntry};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// Events read at a time.
const PAGE: u64 = 1_024;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// How many events.
    pub events: u64,
    /// How many documents.
    pub documents: u64,
    /// The root over the leaves of the events, in base64.
    pub root: String,
    /// The state that the events fold to.
    pub state_hash: String,
}

/// Writes everything that a reader sees, as it is now, with the facts given.
///
/// # Errors
/// When stored bytes are not sound, or the writing fails; what is written is then of no use.
pub async fn export(
    reader: &Reader,
    facts: BTreeMap<String, String>,
    to: &mut impl Write,
) -> Result<Exported, ExchangeError> {
    let record = replay(reader, false).await?.record;
    let (note, origin) = (reader.checkpoint().await?, reader.origin().to_owned());
    let hashes = reader.document_hashes().await?;
    let header = Header {
        format: FORMAT.to_owned(),
        hospital: record.founding.as_ref().map(|founding| founding.hospital.clone()),
        origin,
        events: record.next_seq,
        documents: hashes.len() as u64,
        documents_digest: documents_digest(&hashes.iter().copied().collect::<BTreeSet<_>>()),
        root: reader.root_at(record.next_seq).await?.to_string(),
        state_hash: record.state_hash()?,
        checkpoint: note.to_string(),
        vkey: reader.vkey(),
        facts,
    };
    line(to, &header)?;
    let pages = record.next_seq.div_ceil(PAGE).max(1);
    let mut documents = hashes.into_iter();
    // As many documents before each page, so that whoever reads holds few of them at a time.
    let before_each = usize::try_from(header.documents.div_ceil(pages)).unwrap_or(usize::MAX);
    for page in 0..pages {
        for hash in documents.by_ref().take(before_each) {
            let base64 = BASE64_STANDARD.encode(reader.document(hash).await?);
            line(to, &Line::Document(DocumentLine { sha256: hex::encode(hash), base64 }))?;
        }
        let range = page * PAGE..record.next_seq.min((page + 1) * PAGE);
        for entry in reader.entries(range).await? {
            line(to, &Line::Event(event(entry)?))?;
        }
    }
    to.flush().map_err(ExchangeError::file("writing the export"))?;
    let Header { events, documents, root, state_hash, .. } = header;
    Ok(Exported { events, documents, root, state_hash })
}

fn event(entry: StoredEntry) -> Result<EventLine, ExchangeError> {
    let seq = entry.seq;
    let body = String::from_utf8(entry.body).ok().filter(|body| !body.contains('\n'));
    let body = body.and_then(|body| RawValue::from_string(body).ok());
    Ok(EventLine {
        seq,
        stream: entry.stream,
        kind: entry.kind,
        recorded_at: entry.recorded_at_ms,
        actor: entry.actor,
        command_id: entry.command_id,
        salt: hex::encode(entry.salt),
        leaf: entry.leaf_hash.to_string(),
        body: body.ok_or(ExchangeError::NotJson { seq })?,
    })
}

fn line(to: &mut impl Write, what: &impl Serialize) -> Result<(), ExchangeError> {
    let mut bytes = serde_json::to_vec(what)?;
    bytes.push(b'\n');
    to.write_all(&bytes).map_err(ExchangeError::file("writing the export"))
}
