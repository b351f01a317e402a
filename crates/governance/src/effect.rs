//! What each command caused, in few bytes: a record keeps one entry for every command there ever
//! was (invariant R2).

use crate::{Actor, CommandId};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;

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
