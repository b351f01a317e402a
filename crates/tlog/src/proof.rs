//! Inclusion and consistency proofs (RFC 6962 §2.1.1 and §2.1.2), made and verified.
//!
//! Proofs are made from all leaf hashes, at the cost of hashing the tree once (about two hashings
//! a leaf). Verification is the iterative form of RFC 9162 §2.1.3.2 and §2.1.4.2, which describes
//! the same proofs.

use crate::{Frontier, Hash};

/// Why a proof cannot be made, or does not prove what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// No leaf has this index.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    Index {
        /// Zero-based index asked for.
        index: u64,
        /// Leaves in the tree.
        size: u64,
    },
    /// The earlier tree is larger than the later one.
    #[error("a tree of {old_size} leaves cannot come before one of {new_size}")]
    Sizes {
        /// Leaves in the earlier tree.
        old_size: u64,
        /// Leaves in the later tree.
        new_size: u64,
    },
    /// The proof has more or fewer hashes than the sizes allow.
    #[error("the proof has {found} hashes, which does not fit the size of the tree")]
    Length {
        /// Hashes in the proof.
        found: usize,
    },
    /// The proof does not lead from the leaf to the root.
    #[error("the leaf, index and proof do not lead to root `{root}`: do not trust this leaf")]
    Inclusion {
        /// The root that was to be reached.
        root: Hash,
    },
    /// The proof does not lead to the root of the earlier tree.
    #[error("the proof does not rebuild the earlier root `{root}`: the log was rewritten")]
    OldRoot {
        /// The root that was to be reached.
        root: Hash,
    },
    /// The proof does not lead to the root of the later tree.
    #[error("the proof does not rebuild the later root `{root}`: do not trust this proof")]
    NewRoot {
        /// The root that was to be reached.
        root: Hash,
    },
}

/// Proves that `leaves[index]` is in the tree over `leaves`.
///
/// The proof is the list of sibling hashes from the leaf up to the root, at most 64.
///
/// # Errors
/// [`ProofError::Index`] when there is no such leaf.
pub fn inclusion_proof(leaves: &[Hash], index: u64) -> Result<Vec<Hash>, ProofError> {
    let size = leaves.len() as u64;
    if index >= size {
        return Err(ProofError::Index { index, size });
    }
    let mut from_the_root = Vec::new();
    let (mut subtree, mut position) = (leaves, index);
    while let Some((left, right)) = split(subtree) {
        let middle = left.len() as u64;
        if position < middle {
            from_the_root.push(root_of(right));
            subtree = left;
        } else {
            from_the_root.push(root_of(left));
            (subtree, position) = (right, position - middle);
        }
    }
    from_the_root.reverse();
    Ok(from_the_root)
}

/// Checks that `leaf` is the hash of leaf `index` of the tree (`size`, `root`).
///
/// `root` and `size` must come from a verified checkpoint: the proof itself does not bind the size.
///
/// # Errors
/// [`ProofError::Index`], [`ProofError::Length`] or [`ProofError::Inclusion`].
pub fn verify_inclusion(
    root: Hash,
    size: u64,
    index: u64,
    leaf: Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Index { index, size });
    }
    let wrong_length = ProofError::Length { found: proof.len() };
    let mut climb = Climb { node: index, last: size - 1 };
    let mut reached = leaf;
    for &sibling in proof {
        reached = match climb.sibling() {
            Some(Side::Left) => Hash::of_node(sibling, reached),
            Some(Side::Right) => Hash::of_node(reached, sibling),
            None => return Err(wrong_length),
        };
    }
    if !climb.at_root() {
        return Err(wrong_length);
    }
    if reached != root {
        return Err(ProofError::Inclusion { root });
    }
    Ok(())
}

/// Proves that the tree over the first `old_size` of `leaves` is a beginning of the tree over all.
///
/// Empty when the two are the same tree, and when the old one has no leaves (any tree begins so).
///
/// # Errors
/// [`ProofError::Sizes`] when there are fewer than `old_size` leaves.
pub fn consistency_proof(leaves: &[Hash], old_size: u64) -> Result<Vec<Hash>, ProofError> {
    let new_size = leaves.len() as u64;
    if old_size > new_size {
        return Err(ProofError::Sizes { old_size, new_size });
    }
    if old_size == 0 {
        return Ok(Vec::new());
    }
    let mut from_the_root = Vec::new();
    // Invariant: the old tree's part of `subtree` is its first `old` leaves, at least one.
    let (mut subtree, mut old) = (leaves, old_size);
    // While only left turns were taken, the part is the whole old tree, whose root is known.
    let mut is_old_tree = true;
    while old < subtree.len() as u64
        && let Some((left, right)) = split(subtree)
    {
        let middle = left.len() as u64;
        if old <= middle {
            from_the_root.push(root_of(right));
            subtree = left;
        } else {
            from_the_root.push(root_of(left));
            (subtree, old, is_old_tree) = (right, old - middle, false);
        }
    }
    if !is_old_tree {
        from_the_root.push(root_of(subtree));
    }
    from_the_root.reverse();
    Ok(from_the_root)
}

/// Checks that the tree (`new_size`, `new_root`) only added leaves to the tree (`old_size`,
/// `old_root`).
///
/// # Errors
/// [`ProofError::Sizes`], [`ProofError::Length`], [`ProofError::OldRoot`] or
/// [`ProofError::NewRoot`].
pub fn verify_consistency(
    old_size: u64,
    old_root: Hash,
    new_size: u64,
    new_root: Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old_size > new_size {
        return Err(ProofError::Sizes { old_size, new_size });
    }
    let wrong_length = ProofError::Length { found: proof.len() };
    if old_size == 0 || old_size == new_size {
        let known_root = if old_size == 0 { Hash::EMPTY_ROOT } else { new_root };
        return match (old_root == known_root, proof.is_empty()) {
            (false, _) => Err(ProofError::OldRoot { root: old_root }),
            (true, false) => Err(wrong_length),
            (true, true) if new_size == 0 && new_root != Hash::EMPTY_ROOT => {
                Err(ProofError::NewRoot { root: new_root })
            }
            (true, true) => Ok(()),
        };
    }

    // The climb starts at the largest perfect subtree that ends the old tree. When that is the
    // whole old tree its root is known and not in the proof.
    let height = old_size.trailing_zeros();
    let mut climb = Climb { node: (old_size - 1) >> height, last: (new_size - 1) >> height };
    let (start, siblings) = match proof {
        siblings if old_size.is_power_of_two() => (old_root, siblings),
        [start, siblings @ ..] => (*start, siblings),
        [] => return Err(wrong_length),
    };
    let (mut old_reached, mut new_reached) = (start, start);
    for &sibling in siblings {
        match climb.sibling() {
            Some(Side::Left) => {
                old_reached = Hash::of_node(sibling, old_reached);
                new_reached = Hash::of_node(sibling, new_reached);
            }
            // What lies to the right is not in the old tree.
            Some(Side::Right) => new_reached = Hash::of_node(new_reached, sibling),
            None => return Err(wrong_length),
        }
    }
    if !climb.at_root() {
        return Err(wrong_length);
    }
    if old_reached != old_root {
        return Err(ProofError::OldRoot { root: old_root });
    }
    if new_reached != new_root {
        return Err(ProofError::NewRoot { root: new_root });
    }
    Ok(())
}

/// A way up the tree, one sibling at a time; both numbers count nodes of the level reached.
struct Climb {
    /// Position of the node on the way.
    node: u64,
    /// Position of the last node of its level.
    last: u64,
}

/// Where the sibling stands.
enum Side {
    Left,
    Right,
}

impl Climb {
    /// On which side the next sibling is, after which the climb is one node higher; `None` at the
    /// root.
    fn sibling(&mut self) -> Option<Side> {
        if self.at_root() {
            return None;
        }
        // The last node of an odd level has no sibling there: it rises until it is a right child.
        // It is never node 0, since `last` is not 0.
        if self.node == self.last {
            let levels = self.node.trailing_zeros();
            self.node >>= levels;
            self.last >>= levels;
        }
        let side = if self.node % 2 == 1 { Side::Left } else { Side::Right };
        self.node /= 2;
        self.last /= 2;
        Some(side)
    }

    fn at_root(&self) -> bool {
        self.last == 0
    }
}

/// The two subtrees under the root: the left one is the largest power of two smaller than the
/// number of leaves. `None` for a single leaf or none.
fn split(leaves: &[Hash]) -> Option<(&[Hash], &[Hash])> {
    let below = leaves.len().checked_sub(1).filter(|&below| below > 0)?;
    leaves.split_at_checked(1 << below.ilog2())
}

fn root_of(leaves: &[Hash]) -> Hash {
    leaves.iter().copied().collect::<Frontier>().root()
}
