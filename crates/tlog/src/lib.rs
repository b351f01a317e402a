//! The mathematics of a transparency log: pure functions over hashes and texts.
//!
//! A log is a list of leaves that only grows. Its operator signs *checkpoints* (name, size and
//! root hash of a Merkle tree over the leaves). With these, anyone can check offline that a leaf
//! is in the log (an *inclusion proof*) and that a later checkpoint only added leaves to an
//! earlier one (a *consistency proof*).
//!
//! | type | what it is | specification |
//! |---|---|---|
//! | [`struct@Hash`], [`Frontier`] | the Merkle tree over leaf hashes | RFC 6962 §2.1 |
//! | [`inclusion_proof`], [`consistency_proof`] | proofs | RFC 6962 §2.1.1, §2.1.2 |
//! | [`Signer`], [`Verifier`], [`SignedNote`] | a signed text | C2SP signed-note v1.0.0 |
//! | [`Checkpoint`] | the signed tree head | C2SP tlog-checkpoint v1.0.0 |
//! | [`Receipt`] | inclusion proof and checkpoint in one text | C2SP tlog-proof, untagged |
//!
//! This crate does no I/O, reads no clock, draws no random numbers, and does not know what a leaf
//! means. It does not remember what was signed: never to sign two inconsistent checkpoints is the
//! duty of whoever holds the [`Signer`]. Tiles, cosignatures and the witness protocol are not here.

mod checkpoint;
mod frontier;
mod hash;
mod key;
mod note;
mod proof;
mod receipt;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use frontier::{Frontier, FrontierError};
pub use hash::{Hash, HashError};
pub use key::{KeyError, Signer, Verifier};
pub use note::{MAX_SIGNATURES, NoteError, NoteSignature, OpenedNote, SignedNote};
pub use proof::{
    ProofError, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion,
};
pub use receipt::{Receipt, ReceiptError};

/// A whole number in the one way the C2SP texts allow: ASCII digits without leading zeros.
fn parse_decimal(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}
