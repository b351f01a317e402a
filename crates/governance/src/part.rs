//! A record taken apart for storage, in parts that can be read back on several cores at once.
//!
//! The long maps are cut into parts of some hundred entries, the commands go in a binary form, and
//! all the rest is one part. Which parts there are is decided here alone, so that a new field of
//! the record is stored without a word.

use crate::{
    Attestation, Case, CaseId, Decision, DecisionId, Effect, Evidence, EvidenceId, Map, Mark,
    Month, Observation, Record, UseCase, UseCaseId,
};
use serde::{Deserialize, Serialize};

/// One part of a record.
#[derive(Debug)]
pub struct Part(Kind);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Rest(Box<Record>),
    UseCases(Vec<(UseCaseId, UseCase)>),
    Evidence(Vec<(EvidenceId, Evidence)>),
    Attestations(Vec<Attestation>),
    Decisions(Vec<(DecisionId, Decision)>),
    Cases(Vec<(CaseId, Case)>),
    Observations(Vec<(UseCaseId, Map<Month, Observation>)>),
    #[serde(skip)]
    Commands(Vec<(Mark, Effect)>),
}

/// How a part of commands begins; the others are JSON and begin with a brace.
const COMMANDS: u8 = b'C';

/// Bytes of a command: three marks, the place of the first event and the number of events.
const COMMAND: usize = 3 * 16 + 8 + 8;

impl Record {
    /// The record in parts, of which each is bytes.
    ///
    /// # Errors
    /// Never for a record made by [`crate::apply`]; a number that JSON cannot hold would be one.
    pub fn to_parts(&self) -> Result<Vec<Vec<u8>>, serde_json::Error> {
        let mut parts = Vec::new();
        cut("use_cases", 256, self.use_cases.iter(), &mut parts)?;
        cut("evidence", 512, self.evidence.iter(), &mut parts)?;
        cut("attestations", 2_048, self.attestations.iter(), &mut parts)?;
        cut("decisions", 512, self.decisions.iter(), &mut parts)?;
        cut("cases", 1_024, self.cases.iter(), &mut parts)?;
        cut("observations", 32, self.observations.iter(), &mut parts)?;
        let mut commands = Vec::with_capacity(self.commands.len() * COMMAND + 1);
        commands.push(COMMANDS);
        for (id, effect) in &self.commands {
            commands.extend(id.0.iter().chain(&effect.actor.0).chain(&effect.act.0));
            commands.extend(effect.first_seq.to_le_bytes());
            commands.extend(effect.events.to_le_bytes());
        }
        parts.push(commands);
        // What is emptied here must be written above.
        let rest = Self {
            use_cases: Map::new(),
            evidence: Map::new(),
            attestations: crate::List::default(),
            decisions: Map::new(),
            cases: Map::new(),
            observations: Map::new(),
            commands: Map::new(),
            ..self.clone()
        };
        parts.push(serde_json::to_vec(&std::collections::BTreeMap::from([("rest", rest)]))?);
        Ok(parts)
    }

    /// The record of its parts, in the order of [`Record::to_parts`].
    #[must_use]
    pub fn of_parts(parts: impl IntoIterator<Item = Part>) -> Self {
        let mut all = Self::default();
        let mut rest = Self::default();
        for Part(kind) in parts {
            match kind {
                Kind::Rest(record) => rest = *record,
                Kind::UseCases(entries) => all.use_cases.extend(entries),
                Kind::Evidence(entries) => all.evidence.extend(entries),
                Kind::Attestations(words) => {
                    words.into_iter().for_each(|word| all.attestations.push(word));
                }
                Kind::Decisions(entries) => all.decisions.extend(entries),
                Kind::Cases(entries) => all.cases.extend(entries),
                Kind::Observations(entries) => all.observations.extend(entries),
                Kind::Commands(entries) => all.commands.extend(entries),
            }
        }
        let Self { use_cases, evidence, attestations, decisions, cases, observations, .. } = all;
        let commands = all.commands;
        let mut record = Self {
            use_cases,
            evidence,
            attestations,
            decisions,
            cases,
            observations,
            commands,
            ..rest
        };
        record.reindex();
        record
    }
}

impl Part {
    /// Reads a part back.
    ///
    /// # Errors
    /// Why the bytes are no part of a record.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        if let Some((&COMMANDS, commands)) = bytes.split_first() {
            let read = commands.chunks(COMMAND).map(command).collect::<Option<_>>();
            return read
                .map(|all| Self(Kind::Commands(all)))
                .ok_or_else(|| "is cut off in the middle of a command".to_owned());
        }
        serde_json::from_slice(bytes).map(Self).map_err(|error| error.to_string())
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Kind::deserialize(deserializer).map(Self)
    }
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
        parts.push(serde_json::to_vec(&std::collections::BTreeMap::from([(name, part)]))?);
    }
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
