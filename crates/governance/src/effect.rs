//! What each command caused, in few bytes: a record keeps one entry for every command there ever
//! was (invariant R2).

use crate::{Actor, CommandId};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The first 128 bits of a SHA-256, by which two texts are told apart: enough that nobody finds
/// two with the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(pub [u8; 16]);

impl Mark {
    /// The mark of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut mark = [0; 16];
        mark.iter_mut().zip(Sha256::digest(text)).for_each(|(to, from)| *to = from);
        Self(mark)
    }

    /// The mark of a command's id.
    #[must_use]
    pub fn of_command(id: &CommandId) -> Self {
        Self::of(id.as_str())
    }

    /// The mark of who gave a command.
    #[must_use]
    pub fn of_actor(actor: &Actor) -> Self {
        Self::of(&actor.to_string())
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = [0; 32];
        hex::encode_to_slice(self.0, &mut text).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Mark {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut mark = [0; 16];
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        hex::decode_to_slice(text.as_bytes(), &mut mark).map_err(D::Error::custom)?;
        Ok(Self(mark))
    }
}

/// The events that a command caused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The mark of who gave it.
    pub actor: Mark,
    /// The mark of [`crate::Act::digest`] of what it asked for.
    pub act: Mark,
    /// The place of the first event.
    pub first_seq: u64,
    /// How many events.
    pub events: u64,
}

/// A command's effect with the mark of its id.
type Entry = (Mark, Effect);

/// Effects that are kept as they came. A look-up goes through them one by one.
const NEWEST: usize = 1_024;

/// The effects of all commands, by the marks of their ids.
///
/// Marks come in no order, and a tree of a million of them is slow to grow. So the newest are kept
/// as they come, and when they are many they become a sorted run; runs of like length are merged
/// into one. There are few runs, each searched by halving.
#[derive(Clone, Default)]
pub struct Effects {
    runs: Vec<Arc<[Entry]>>,
    newest: Arc<Vec<Entry>>,
}

impl Effects {
    /// How many commands there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs.iter().map(|run| run.len()).sum::<usize>() + self.newest.len()
    }

    /// True when there was no command yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the command with this mark caused.
    #[must_use]
    pub fn get(&self, command: &Mark) -> Option<&Effect> {
        let newest = self.newest.iter().find(|(mark, _)| mark == command);
        let found = newest.or_else(|| {
            self.runs.iter().find_map(|run| {
                let place = run.binary_search_by_key(command, |(mark, _)| *mark).ok()?;
                run.get(place)
            })
        });
        found.map(|(_, effect)| effect)
    }

    /// Counts one more event of a command. All events of a command come one after the other; the
    /// first of them says what is kept.
    pub(crate) fn note(&mut self, command: Mark, first: impl FnOnce() -> Effect) {
        let newest = Arc::make_mut(&mut self.newest);
        if let Some((_, effect)) = newest.last_mut().filter(|(mark, _)| *mark == command) {
            effect.events += 1;
            return;
        }
        if newest.len() == NEWEST {
            let run = std::mem::replace(newest, Vec::with_capacity(NEWEST));
            self.add_run(run);
            self.note(command, first);
        } else {
            newest.push((command, first()));
        }
    }

    fn add_run(&mut self, mut run: Vec<Entry>) {
        run.sort_unstable_by_key(|(mark, _)| *mark);
        while let Some(last) = self.runs.pop_if(|last| last.len() <= run.len()) {
            run.extend_from_slice(&last);
            // It finds the two runs and merges them.
            run.sort_by_key(|(mark, _)| *mark);
        }
        self.runs.push(run.into());
    }

    /// All of them in the order of their marks.
    #[must_use]
    pub fn sorted(&self) -> Vec<Entry> {
        let runs = self.runs.iter().flat_map(|run| run.iter());
        let mut all: Vec<Entry> = runs.chain(self.newest.iter()).copied().collect();
        all.sort_by_key(|(mark, _)| *mark);
        all
    }
}

impl FromIterator<Entry> for Effects {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut effects = Self::default();
        let entries: Vec<Entry> = entries.into_iter().collect();
        if !entries.is_empty() {
            effects.add_run(entries);
        }
        effects
    }
}

impl PartialEq for Effects {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.sorted() == other.sorted()
    }
}

impl fmt::Debug for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.sorted()).finish()
    }
}

impl Serialize for Effects {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.sorted())
    }
}

impl<'de> Deserialize<'de> for Effects {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(BTreeMap::<Mark, Effect>::deserialize(deserializer)?.into_iter().collect())
    }
}
