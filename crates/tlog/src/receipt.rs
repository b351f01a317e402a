//! Receipts: proof, in one text file, that a leaf is in the log.
//!
//! C2SP tlog-proof, which has no tagged version yet; the text of C2SP/C2SP at commit 0065ea5b,
//! whose files begin with `c2sp.org/tlog-proof@v1`. Files are named `*.tlog-proof`.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    Checkpoint, CheckpointError, Hash, HashError, NoteError, ProofError, SignedNote, Verifier,
    verify_inclusion,
};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// What an outsider needs, beside the log's verifier key and the entry itself, to check offline
/// that the entry is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Data for the application, empty for none. Nothing authenticates it: do not trust it.
    pub extra: Vec<u8>,
    /// Zero-based index of the leaf.
    pub index: u64,
    /// The inclusion proof of the leaf in the tree of the checkpoint.
    pub proof: Vec<Hash>,
    /// The signed checkpoint, with all its signatures.
    pub checkpoint_note: SignedNote,
}

/// Why a receipt cannot be read or does not prove what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The first line is something else.
    #[error(
        "this is not a receipt: the first line is `{}`, expected `{HEADER}`",
        found.escape_debug()
    )]
    Header {
        /// What was found.
        found: String,
    },
    /// The `extra` line is empty or not base64.
    #[error("the `extra` line of the receipt does not hold standard base64")]
    Extra,
    /// The `index` line is missing or its number cannot be read.
    #[error(
        "expected `index` and a whole number without leading zeros, found `{}`",
        found.escape_debug()
    )]
    Index {
        /// What was found.
        found: String,
    },
    /// A line of the proof is not a hash.
    #[error("hash {number} of the proof cannot be read: {source}")]
    Hash {
        /// Which hash of the proof, counted from one.
        number: usize,
        /// What is wrong with it.
        source: HashError,
    },
    /// The file ends before the checkpoint.
    #[error("the receipt ends before its checkpoint: it may have been cut off")]
    CutOff,
    /// The checkpoint's note cannot be read.
    #[error("the checkpoint in the receipt cannot be read: {0}")]
    Note(#[from] NoteError),
    /// The checkpoint cannot be trusted.
    #[error("the checkpoint in the receipt was refused: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The leaf is not where the receipt says.
    #[error("the receipt does not fit this entry: {0}")]
    Proof(#[from] ProofError),
}

impl Receipt {
    /// Checks that the log whose key is among `verifiers` holds the leaf with hash `leaf` at
    /// [`Receipt::index`], and gives the checkpoint that says so.
    ///
    /// `leaf` must be computed from the entry ([`Hash::of_leaf`]), not taken from elsewhere.
    ///
    /// # Errors
    /// [`ReceiptError::Checkpoint`] and [`ReceiptError::Proof`].
    pub fn verify(&self, leaf: Hash, verifiers: &[Verifier]) -> Result<Checkpoint, ReceiptError> {
        let checkpoint = Checkpoint::open(&self.checkpoint_note, verifiers)?;
        verify_inclusion(checkpoint.root(), checkpoint.size(), self.index, leaf, &self.proof)?;
        Ok(checkpoint)
    }
}

impl FromStr for Receipt {
    type Err = ReceiptError;

    fn from_str(text: &str) -> Result<Receipt, ReceiptError> {
        let (header, rest) = cut_line(text)?;
        if header != HEADER {
            return Err(ReceiptError::Header { found: header.to_owned() });
        }
        let (mut line, mut rest) = cut_line(rest)?;
        let mut extra = Vec::new();
        if let Some(encoded) = line.strip_prefix("extra ") {
            extra = STANDARD.decode(encoded).map_err(|_| ReceiptError::Extra)?;
            if extra.is_empty() {
                return Err(ReceiptError::Extra);
            }
            (line, rest) = cut_line(rest)?;
        }
        let index = line
            .strip_prefix("index ")
            .and_then(crate::parse_decimal)
            .ok_or_else(|| ReceiptError::Index { found: line.to_owned() })?;
        let mut proof = Vec::new();
        loop {
            (line, rest) = cut_line(rest)?;
            if line.is_empty() {
                break;
            }
            let number = proof.len() + 1;
            proof.push(line.parse().map_err(|source| ReceiptError::Hash { number, source })?);
        }
        Ok(Receipt { extra, index, proof, checkpoint_note: rest.parse()? })
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if !self.extra.is_empty() {
            writeln!(f, "extra {}", STANDARD.encode(&self.extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.proof {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}", self.checkpoint_note)
    }
}

/// The first line and what follows it.
fn cut_line(text: &str) -> Result<(&str, &str), ReceiptError> {
    text.split_once('\n').ok_or(ReceiptError::CutOff)
}
