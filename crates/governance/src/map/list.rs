//! A list on top of a map.

use super::Map;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A list that only grows, and shares what a clone did not change.
#[derive(Clone, PartialEq, Eq)]
pub struct List<T>(Map<usize, T>);

impl<T> List<T> {
    /// How many it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one at a place, from 0.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&T> {
        self.0.get(&place)
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.0.values()
    }
}

impl<T: Clone> List<T> {
    /// Adds one at the end.
    pub fn push(&mut self, item: T) {
        self.0.insert(self.0.len(), item);
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Map::new())
    }
}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: Clone> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().enumerate().collect())
    }
}

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, T: Deserialize<'de> + Clone> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}
