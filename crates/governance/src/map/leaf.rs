//! The leaves of a map, which may be frozen: bytes of a snapshot that are read when somebody looks.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Entries in the order of their keys.
pub(super) enum Leaf<K, V> {
    Open(Vec<(K, Arc<V>)>),
    Frozen(Frozen<K, V>),
}

impl<K, V> Leaf<K, V> {
    pub(super) fn entries(&self) -> &[(K, Arc<V>)] {
        match self {
            Self::Open(entries) => entries,
            Self::Frozen(frozen) => frozen.entries(),
        }
    }
}

impl<K: Clone, V> Leaf<K, V> {
    pub(super) fn entries_mut(&mut self) -> &mut Vec<(K, Arc<V>)> {
        loop {
            match self {
                Self::Open(entries) => return entries,
                Self::Frozen(frozen) => *self = Self::Open(frozen.entries().to_vec()),
            }
        }
    }
}

impl<K: Clone, V> Clone for Leaf<K, V> {
    fn clone(&self) -> Self {
        Self::Open(self.entries().to_vec())
    }
}

/// A stretch of the bytes of a snapshot, which all its stretches hold together.
#[derive(Clone)]
pub struct Chunk {
    bytes: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl Chunk {
    /// All of some bytes.
    #[must_use]
    pub fn of(bytes: Vec<u8>) -> Self {
        Self { range: 0..bytes.len(), bytes: Arc::new(bytes) }
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(self.range.clone()).unwrap_or_default()
    }

    /// Takes so many bytes from the front; none when there are fewer.
    pub fn take(&mut self, length: usize) -> Option<Self> {
        let end = self.range.start.checked_add(length).filter(|&end| end <= self.range.end)?;
        let taken = Self { bytes: Arc::clone(&self.bytes), range: self.range.start..end };
        self.range.start = end;
        Some(taken)
    }
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.range.len())
    }
}

/// Reads the entries in some bytes.
pub(crate) type Read<K, V> = fn(&[u8]) -> Result<Vec<(K, V)>, String>;

/// Entries that are bytes until somebody looks at them. Whoever freezes them answers for it that
/// they can be read.
pub(crate) struct Frozen<K, V> {
    /// The smallest key.
    pub(crate) first: K,
    /// How many entries.
    pub(crate) len: usize,
    /// What they are read from.
    pub(crate) chunk: Chunk,
    /// How they are read.
    pub(crate) read: Read<K, V>,
    /// The entries, once somebody looked.
    pub(crate) thawed: OnceLock<Vec<(K, Arc<V>)>>,
}

impl<K, V> Frozen<K, V> {
    #[expect(clippy::panic, reason = "bytes whose digest and kind were checked are of our making")]
    fn entries(&self) -> &[(K, Arc<V>)] {
        self.thawed.get_or_init(|| match (self.read)(self.chunk.bytes()) {
            Ok(entries) if entries.len() == self.len => {
                entries.into_iter().map(|(key, value)| (key, Arc::new(value))).collect()
            }
            Ok(entries) => panic!("a snapshot's part holds {} entries", entries.len()),
            Err(problem) => panic!("a snapshot's part cannot be read: {problem}"),
        })
    }
}

impl<K: fmt::Debug, V> fmt::Debug for Frozen<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} entries from {:?} on, {:?}", self.len, self.first, self.chunk)
    }
}
