//! What is appended and what comes back: entries, their envelopes, and the checks between stored
//! columns.

use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteRow;
use tlog::Hash;

use crate::errors::{Fault, LedgerError};
use crate::read::column;

/// The longest envelope in bytes: tile entries carry a 16-bit length (C2SP tlog-tiles).
pub const ENVELOPE_LIMIT: usize = 65_535;

/// An event to append. The ledger stores the body and never looks into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// The stream it belongs to, such as `UC-12`.
    pub stream: String,
    /// The event's kind, for people who read the log without its bodies.
    pub kind: String,
    /// When it was recorded: milliseconds since 1970-01-01T00:00:00Z.
    pub recorded_at_ms: i64,
    /// Who acted: a pseudonymous id, for it stays in the leaf when the body is erased.
    pub actor: String,
    /// The client-made id of the command that caused it. Entries of one command stand together, in
    /// one batch.
    pub command_id: String,
    /// The event itself: canonical JSON.
    pub body: Vec<u8>,
    /// Fresh random bytes: without them the hash of a guessable body would give it away.
    pub salt: [u8; 32],
}

/// Entries and documents that become durable together or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// How many events the caller believes the record holds.
    pub expected_seq: u64,
    /// The events, in order; at least one.
    pub entries: Vec<NewEntry>,
    /// Documents that the entries refer to by their SHA-256; one that is already stored costs
    /// nothing.
    pub documents: Vec<Vec<u8>>,
    /// Documents to erase, by SHA-256. Each takes an entry of the kind [`crate::ERASURE`] in the
    /// batch whose body names it.
    pub erased: Vec<[u8; 32]>,
}

/// An event as it is stored, checked: every field agrees with its envelope and hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Position in the record, from 0 and without gaps.
    pub seq: u64,
    /// See [`NewEntry::stream`].
    pub stream: String,
    /// See [`NewEntry::kind`].
    pub kind: String,
    /// See [`NewEntry::recorded_at_ms`].
    pub recorded_at_ms: i64,
    /// See [`NewEntry::actor`].
    pub actor: String,
    /// See [`NewEntry::command_id`].
    pub command_id: String,
    /// See [`NewEntry::body`].
    pub body: Vec<u8>,
    /// See [`NewEntry::salt`].
    pub salt: [u8; 32],
    /// The leaf: canonical JSON of everything but body and salt, with their hash.
    pub envelope: Vec<u8>,
    /// RFC 6962 hash of the envelope.
    pub leaf_hash: Hash,
}

/// The SHA-256 by which a document is stored and referred to.
pub fn document_hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// `SHA-256(salt || body)`: the commitment in the leaf. Whoever destroys body and salt together
/// leaves a leaf that still proves that something was there, but not what.
pub fn body_hash(salt: &[u8], body: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(body).finalize().into()
}

/// The leaf's fields in their canonical order; compact JSON of this struct is the canonical form.
#[derive(Serialize)]
struct Envelope<'a> {
    v: u8,
    seq: u64,
    stream: &'a str,
    kind: &'a str,
    recorded_at: i64,
    actor: &'a str,
    command_id: &'a str,
    body_hash: &'a str,
}

impl Envelope<'_> {
    fn to_bytes(&self) -> Vec<u8> {
        // Strings and integers always serialise; an empty envelope would fail every check there is.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl NewEntry {
    /// The hash of the leaf that this is as event `seq`.
    #[must_use]
    pub fn leaf_hash(&self, seq: u64) -> Hash {
        Hash::of_leaf(&self.envelope(seq))
    }

    pub(crate) fn envelope(&self, seq: u64) -> Vec<u8> {
        let body_hash = hex::encode(body_hash(&self.salt, &self.body));
        Envelope {
            v: 1,
            seq,
            stream: &self.stream,
            kind: &self.kind,
            recorded_at: self.recorded_at_ms,
            actor: &self.actor,
            command_id: &self.command_id,
            body_hash: &body_hash,
        }
        .to_bytes()
    }
}

/// One row of `entries` as bytes, before anything in it is believed.
pub(crate) struct RawEntry {
    pub(crate) seq: i64,
    stream: Vec<u8>,
    kind: Vec<u8>,
    recorded_at: i64,
    actor: Vec<u8>,
    command_id: Vec<u8>,
    part: i64,
    envelope: Vec<u8>,
    leaf_hash: Vec<u8>,
    salt: Vec<u8>,
    body: Vec<u8>,
}

/// What a checked row gives: the entry and its place within its command.
pub(crate) struct Checked {
    pub(crate) entry: StoredEntry,
    pub(crate) part: i64,
}

pub(crate) const ENTRY_COLUMNS: &str = "SELECT seq, stream, kind, recorded_at, actor, command_id, \
     part, envelope, leaf_hash, salt, body FROM entries WHERE seq >= ?1 ORDER BY seq LIMIT ?2";

impl RawEntry {
    /// Takes a row of [`ENTRY_COLUMNS`] apart; a value of the wrong type is a fault of its column.
    pub(crate) fn read(row: &SqliteRow) -> Result<Self, Fault> {
        let seq: i64 = column(row, "entries", "seq", &"?")?;
        Ok(Self {
            seq,
            stream: column(row, "entries", "stream", &seq)?,
            kind: column(row, "entries", "kind", &seq)?,
            recorded_at: column(row, "entries", "recorded_at", &seq)?,
            actor: column(row, "entries", "actor", &seq)?,
            command_id: column(row, "entries", "command_id", &seq)?,
            part: column(row, "entries", "part", &seq)?,
            envelope: column(row, "entries", "envelope", &seq)?,
            leaf_hash: column(row, "entries", "leaf_hash", &seq)?,
            salt: column(row, "entries", "salt", &seq)?,
            body: column(row, "entries", "body", &seq)?,
        })
    }

    /// Checks the row against itself as event `seq`: the envelope re-derived from the columns must
    /// be the stored one, byte for byte, and its hash the stored leaf hash.
    pub(crate) fn check(self, seq: u64) -> Result<Checked, Fault> {
        let fault = |column, problem: String| {
            Fault::new("entries", column, self.seq, problem).of_event(seq)
        };
        if u64::try_from(self.seq) != Ok(seq) {
            return Err(fault(
                "seq",
                format!("event {seq} is missing; the next row is {}", self.seq),
            ));
        }
        let text = |column, bytes: &[u8]| {
            String::from_utf8(bytes.to_vec()).map_err(|_| fault(column, "is not UTF-8".to_owned()))
        };
        let salt: [u8; 32] = (self.salt.as_slice())
            .try_into()
            .map_err(|_| fault("salt", format!("has {} bytes, not 32", self.salt.len())))?;
        let entry = NewEntry {
            stream: text("stream", &self.stream)?,
            kind: text("kind", &self.kind)?,
            recorded_at_ms: self.recorded_at,
            actor: text("actor", &self.actor)?,
            command_id: text("command_id", &self.command_id)?,
            body: self.body.clone(),
            salt,
        };
        if entry.envelope(seq) != self.envelope {
            let (column, problem) = difference(&entry, seq, &self.envelope);
            return Err(fault(column, problem));
        }
        let leaf_hash = Hash::of_leaf(&self.envelope);
        if leaf_hash.as_bytes().as_slice() != self.leaf_hash {
            return Err(fault("leaf_hash", "is not the hash of the envelope".to_owned()));
        }
        Ok(Checked { entry: entry.stored(seq, self.envelope, leaf_hash), part: self.part })
    }

    /// The leaf hash that the stored envelope has, whatever the other columns say.
    pub(crate) fn derived_leaf(&self) -> Hash {
        Hash::of_leaf(&self.envelope)
    }
}

impl NewEntry {
    fn stored(self, seq: u64, envelope: Vec<u8>, leaf_hash: Hash) -> StoredEntry {
        StoredEntry {
            seq,
            stream: self.stream,
            kind: self.kind,
            recorded_at_ms: self.recorded_at_ms,
            actor: self.actor,
            command_id: self.command_id,
            body: self.body,
            salt: self.salt,
            envelope,
            leaf_hash,
        }
    }
}

/// Names the column that makes the envelope differ. Body and salt show up together, as the body's
/// hash.
fn difference(entry: &NewEntry, seq: u64, envelope: &[u8]) -> (&'static str, String) {
    let Ok(serde_json::Value::Object(stored)) = serde_json::from_slice(envelope) else {
        return ("envelope", "is not a JSON object".to_owned());
    };
    let body_hash = hex::encode(body_hash(&entry.salt, &entry.body));
    let fields = [
        ("envelope", "seq", serde_json::Value::from(seq)),
        ("stream", "stream", entry.stream.as_str().into()),
        ("kind", "kind", entry.kind.as_str().into()),
        ("recorded_at", "recorded_at", entry.recorded_at_ms.into()),
        ("actor", "actor", entry.actor.as_str().into()),
        ("command_id", "command_id", entry.command_id.as_str().into()),
        ("body", "body_hash", body_hash.into()),
    ];
    for (column, field, expected) in fields {
        if stored.get(field) == Some(&expected) {
            continue;
        }
        let problem = match column {
            "body" => "body and salt do not give the `body_hash` in the envelope".to_owned(),
            _ => format!("is not the `{field}` in the envelope"),
        };
        return (column, problem);
    }
    ("envelope", "is not in canonical form".to_owned())
}

/// An entry on its way into the record.
pub(crate) struct Leaf {
    pub(crate) part: i64,
    pub(crate) envelope: Vec<u8>,
    pub(crate) hash: Hash,
}

/// Envelopes and leaf hashes of a batch whose first entry becomes event `first`.
pub(crate) fn leaves(first: u64, entries: &[NewEntry]) -> Result<Vec<Leaf>, LedgerError> {
    let mut leaves = Vec::with_capacity(entries.len());
    let mut part = 0;
    let mut command: Option<&str> = None;
    for (index, (seq, entry)) in (first..).zip(entries).enumerate() {
        let envelope = entry.envelope(seq);
        let bytes = envelope.len();
        if bytes > ENVELOPE_LIMIT {
            return Err(LedgerError::TooLarge { index, bytes, limit: ENVELOPE_LIMIT });
        }
        part = if command == Some(entry.command_id.as_str()) { part + 1 } else { 0 };
        command = Some(&entry.command_id);
        let hash = Hash::of_leaf(&envelope);
        leaves.push(Leaf { part, envelope, hash });
    }
    Ok(leaves)
}
