//! A record taken apart for storage: in parts that can be read back on several cores at once, and
//! of which the longest are not read before somebody looks at what is in them.
//!
//! Which parts there are is decided here alone, so that a new field of the record is stored without
//! a word. A part begins with a letter. `J` is JSON, compressed. `C` is commands, as they lie in
//! memory. `E`, `D` and `O` are evidence, decisions and observations: a list of leaves, each with a
//! head that says what is in it, and compressed entries.

use crate::map::{Frozen, Read};
use crate::{
    Attestation, Case, CaseId, Chunk, Decision, DecisionId, Effect, Effects, Evidence, EvidenceId,
    Index, Map, Mark, Month, Observation, Record, UseCase, UseCaseId,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::OnceLock;

/// One part of a record.
#[derive(Debug)]
pub struct Part(Kind);

#[derive(Debug)]
enum Kind {
    Json(Json),
    Commands(Effects),
    Evidence(Vec<Frozen<EvidenceId, Evidence>>),
    Decisions(Vec<Frozen<DecisionId, Decision>>),
    Observations(Vec<(UseCaseId, Map<Month, Observation>)>),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Json {
    Rest(Box<Record>),
    UseCases(Vec<(UseCaseId, UseCase)>),
    Attestations(Vec<Attestation>),
    Cases(Vec<(CaseId, Case)>),
    Index(Box<Index>),
}

/// What is known of a leaf before it is read.
#[derive(Debug, Serialize, Deserialize)]
struct Head<K> {
    first: K,
    entries: usize,
}

/// The observations of a use case. The newest is what most questions are about, so it is read at
/// once.
#[derive(Debug, Serialize, Deserialize)]
struct Watched {
    use_case: UseCaseId,
    newest: Option<(Month, Observation)>,
    older: Option<Head<Month>>,
}

/// Entries of a leaf.
const LEAF: usize = 32;

/// Leaves of a part.
const LEAVES: usize = 64;

/// Bytes of a command: three marks, the place of the first event and the number of events.
const COMMAND: usize = 3 * 16 + 8 + 8;

/// A digest of the shapes of what is not read at once: parts that were written with other shapes
/// must not be used.
#[must_use]
pub fn shapes() -> String {
    let mut hash = Sha256::new();
    for schema in [
        schemars::schema_for!(Evidence),
        schemars::schema_for!(Decision),
        schemars::schema_for!(Observation),
    ] {
        hash.update(schema.as_value().to_string());
    }
    hex::encode(hash.finalize())
}

impl Record {
    /// The record in parts, of which each is bytes.
    ///
    /// # Errors
    /// Never for a record made by [`crate::apply`]; a number that JSON cannot hold would be one.
    pub fn to_parts(&self) -> Result<Vec<Vec<u8>>, serde_json::Error> {
        let mut parts = Vec::new();
        cut("use_cases", 256, self.use_cases.iter(), &mut parts)?;
        cut("attestations", 2_048, self.attestations.iter(), &mut parts)?;
        cut("cases", 1_024, self.cases.iter(), &mut parts)?;
        parts.push(json("index", &self.index)?);
        parts.push(commands(&self.commands));
        freeze(b'E', &self.evidence, &mut parts)?;
        freeze(b'D', &self.decisions, &mut parts)?;
        let mut all = self.observations.iter().peekable();
        while all.peek().is_some() {
            let mut part = vec![b'O'];
            for (use_case, months) in all.by_ref().take(LEAVES) {
                let mut older: Vec<_> = months.iter().collect();
                let newest = older.pop().map(|(month, it)| (*month, it.clone()));
                let watched = Watched { use_case: *use_case, newest, older: head(&older) };
                leaf(&watched, &older, &mut part)?;
            }
            parts.push(part);
        }
        // What is emptied here must be written above.
        let rest = Self {
            use_cases: Map::new(),
            evidence: Map::new(),
            attestations: crate::List::default(),
            decisions: Map::new(),
            cases: Map::new(),
            observations: Map::new(),
            commands: Effects::default(),
            ..self.clone()
        };
        parts.push(json("rest", &rest)?);
        Ok(parts)
    }

    /// The record of its parts, in the order of [`Record::to_parts`].
    #[must_use]
    pub fn of_parts(parts: impl IntoIterator<Item = Part>) -> Self {
        let (mut all, mut rest) = (Self::default(), Self::default());
        let (mut evidence, mut decisions, mut index) = (Vec::new(), Vec::new(), None);
        for Part(kind) in parts {
            match kind {
                Kind::Json(Json::Rest(record)) => rest = *record,
                Kind::Json(Json::UseCases(entries)) => all.use_cases.extend(entries),
                Kind::Json(Json::Attestations(words)) => {
                    words.into_iter().for_each(|word| all.attestations.push(word));
                }
                Kind::Json(Json::Cases(entries)) => all.cases.extend(entries),
                Kind::Json(Json::Index(read)) => index = Some(*read),
                Kind::Commands(commands) => all.commands = commands,
                Kind::Evidence(leaves) => evidence.extend(leaves),
                Kind::Decisions(leaves) => decisions.extend(leaves),
                Kind::Observations(entries) => all.observations.extend(entries),
            }
        }
        let Self { use_cases, attestations, cases, observations, commands, .. } = all;
        let mut record = Self {
            use_cases,
            evidence: Map::frozen(evidence, None),
            attestations,
            decisions: Map::frozen(decisions, None),
            cases,
            observations,
            commands,
            ..rest
        };
        match index {
            Some(index) => record.index = index,
            None => record.reindex(),
        }
        record
    }
}

impl Part {
    /// Reads a part back.
    ///
    /// # Errors
    /// Why the bytes are no part of a record.
    pub fn read(mut chunk: Chunk) -> Result<Self, String> {
        let kind = chunk.take(1).ok_or("is empty")?;
        Ok(Self(match kind.bytes() {
            b"J" => Kind::Json(unpack(chunk.bytes())?),
            b"C" => {
                let read = chunk.bytes().chunks(COMMAND).map(command).collect::<Option<_>>();
                Kind::Commands(read.ok_or("is cut off in the middle of a command")?)
            }
            b"E" => Kind::Evidence(leaves(chunk)?),
            b"D" => Kind::Decisions(leaves(chunk)?),
            b"O" => {
                let mut all = Vec::new();
                while let Some((watched, entries)) = next_leaf::<Watched>(&mut chunk)? {
                    let older = watched.older.map(|head| frozen(head, entries, unpack));
                    all.push((watched.use_case, Map::frozen(older, watched.newest)));
                }
                Kind::Observations(all)
            }
            _ => return Err("is of no known kind".to_owned()),
        }))
    }
}

fn frozen<K, V>(head: Head<K>, chunk: Chunk, read: Read<K, V>) -> Frozen<K, V> {
    Frozen { first: head.first, len: head.entries, chunk, read, thawed: OnceLock::new() }
}

/// All leaves of a part.
fn leaves<K: DeserializeOwned, V: DeserializeOwned>(
    mut chunk: Chunk,
) -> Result<Vec<Frozen<K, V>>, String> {
    let mut all = Vec::new();
    while let Some((head, entries)) = next_leaf(&mut chunk)? {
        all.push(frozen(head, entries, unpack));
    }
    Ok(all)
}

/// The head of the next leaf and its bytes; none at the end.
fn next_leaf<H: DeserializeOwned>(chunk: &mut Chunk) -> Result<Option<(H, Chunk)>, String> {
    let mut stretch = || {
        let length = chunk.take(8)?;
        let length = u64::from_le_bytes(length.bytes().try_into().ok()?);
        chunk.take(usize::try_from(length).ok()?)
    };
    if let (Some(head), Some(entries)) = (stretch(), stretch()) {
        let head = serde_json::from_slice(head.bytes()).map_err(|error| error.to_string())?;
        return Ok(Some((head, entries)));
    }
    if chunk.bytes().is_empty() { Ok(None) } else { Err("is cut off in a leaf".to_owned()) }
}

fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let json = lz4_flex::decompress_size_prepended(bytes).map_err(|error| error.to_string())?;
    serde_json::from_slice(&json).map_err(|error| error.to_string())
}

fn pack(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    Ok(lz4_flex::compress_prepend_size(&serde_json::to_vec(value)?))
}

/// A part of JSON.
fn json(name: &'static str, value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let packed = pack(&std::collections::BTreeMap::from([(name, value)]))?;
    Ok([b"J", packed.as_slice()].concat())
}

/// Writes entries in parts of so many.
fn cut<T: Serialize>(
    name: &'static str,
    length: usize,
    mut entries: impl Iterator<Item = T>,
    parts: &mut Vec<Vec<u8>>,
) -> Result<(), serde_json::Error> {
    loop {
        let part: Vec<T> = entries.by_ref().take(length).collect();
        if part.is_empty() {
            return Ok(());
        }
        parts.push(json(name, &part)?);
    }
}

/// Writes a map in parts of leaves.
fn freeze<K: Serialize + Copy, V: Serialize>(
    kind: u8,
    map: &Map<K, V>,
    parts: &mut Vec<Vec<u8>>,
) -> Result<(), serde_json::Error> {
    let entries: Vec<(&K, &V)> = map.iter().collect();
    for leaves in entries.chunks(LEAF * LEAVES) {
        let mut part = vec![kind];
        for entries in leaves.chunks(LEAF) {
            leaf(&head(entries), &entries, &mut part)?;
        }
        parts.push(part);
    }
    Ok(())
}

fn head<K: Copy, V>(entries: &[(&K, V)]) -> Option<Head<K>> {
    Some(Head { first: *entries.first()?.0, entries: entries.len() })
}

fn leaf(
    head: &impl Serialize,
    entries: &impl Serialize,
    part: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    for bytes in [serde_json::to_vec(head)?, pack(entries)?] {
        part.extend((bytes.len() as u64).to_le_bytes());
        part.extend(bytes);
    }
    Ok(())
}

fn commands(all: &Effects) -> Vec<u8> {
    let mut part = Vec::with_capacity(all.len() * COMMAND + 1);
    part.push(b'C');
    for (id, effect) in all.sorted() {
        part.extend(id.0.iter().chain(&effect.actor.0).chain(&effect.act.0));
        part.extend(effect.first_seq.to_le_bytes());
        part.extend(effect.events.to_le_bytes());
    }
    part
}

fn command(bytes: &[u8]) -> Option<(Mark, Effect)> {
    let (id, bytes) = bytes.split_first_chunk()?;
    let (actor, bytes) = bytes.split_first_chunk()?;
    let (act, bytes) = bytes.split_first_chunk()?;
    let (first_seq, bytes) = bytes.split_first_chunk()?;
    let events = u64::from_le_bytes(bytes.try_into().ok()?);
    let first_seq = u64::from_le_bytes(*first_seq);
    let effect = Effect { actor: Mark(*actor), act: Mark(*act), first_seq, events };
    Some((Mark(*id), effect))
}
