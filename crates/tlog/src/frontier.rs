//! The right edge of a tree: all that is needed to append leaves and to know the root.

use serde::{Deserialize, Serialize};

use crate::Hash;

/// A growing tree reduced to the roots of its perfect subtrees (a *compact range*).
///
/// A tree of 13 = 8 + 4 + 1 leaves is three hashes, the largest subtree first. Appending costs one
/// or two hashings on average and the whole never exceeds 63 hashes, so a snapshot can hold it.
///
/// Serialised as `{"size": 13, "subtrees": ["…", "…", "…"]}`. Reading checks the shape, but cannot
/// check the hashes: compare [`Frontier::root`] with a checkpoint before trusting a stored one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Frontier {
    size: u64,
    subtrees: Vec<Hash>,
}

/// Why a stored frontier was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// The number of subtrees does not follow from the size.
    #[error("a tree of {size} leaves has {expected} perfect subtrees, found {found}")]
    Shape {
        /// Leaves claimed.
        size: u64,
        /// Subtrees such a tree has: the ones in the binary form of `size`.
        expected: u32,
        /// Subtrees found.
        found: usize,
    },
    /// The size is more than 2^63 − 1 leaves.
    #[error("{size} leaves is more than a log can hold (2^63 - 1)")]
    Size {
        /// Leaves claimed.
        size: u64,
    },
}

/// What a stored frontier looks like before its shape is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    size: u64,
    subtrees: Vec<Hash>,
}

impl TryFrom<Stored> for Frontier {
    type Error = FrontierError;

    fn try_from(Stored { size, subtrees }: Stored) -> Result<Frontier, FrontierError> {
        // The bound is what lets `push` add one without ever overflowing.
        if size > i64::MAX as u64 {
            return Err(FrontierError::Size { size });
        }
        let (expected, found) = (size.count_ones(), subtrees.len());
        if expected as usize != found {
            return Err(FrontierError::Shape { size, expected, found });
        }
        Ok(Frontier { size, subtrees })
    }
}

impl Frontier {
    /// The tree without leaves.
    pub fn new() -> Frontier {
        Frontier::default()
    }

    /// Appends the leaf with this hash (see [`Hash::of_leaf`]).
    pub fn push(&mut self, leaf: Hash) {
        // As in adding one to a binary number: each trailing one carries, here by being the left
        // sibling of what was just completed.
        let mut completed = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                completed = Hash::of_node(left, completed);
            }
        }
        self.subtrees.push(completed);
        self.size += 1;
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root hash of the tree (RFC 6962 §2.1); [`Hash::EMPTY_ROOT`] without leaves.
    pub fn root(&self) -> Hash {
        let from_the_right = self.subtrees.iter().copied().rev();
        from_the_right.reduce(|right, left| Hash::of_node(left, right)).unwrap_or(Hash::EMPTY_ROOT)
    }
}

impl Extend<Hash> for Frontier {
    fn extend<I: IntoIterator<Item = Hash>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

impl FromIterator<Hash> for Frontier {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Frontier {
        let mut frontier = Frontier::new();
        frontier.extend(leaves);
        frontier
    }
}
