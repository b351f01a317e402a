//! Checkpoints: what the operator of a log signs (C2SP tlog-checkpoint v1.0.0).

use std::{fmt, str::FromStr};

use crate::{Hash, HashError, NoteError, SignedNote, Signer, Verifier, key::is_key_name};

/// The name, size and root hash of a log at one moment.
///
/// As text it is three lines: origin, decimal size, base64 root. Two things that the specification
/// leaves open are fixed here: the origin is the name of the key that signs, and extension lines
/// are refused, so that a checkpoint and its text determine each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
}

/// Why a checkpoint cannot be made, read, signed or trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The origin is empty or holds a space, a plus sign or a control character.
    #[error(
        "origin `{}` cannot be used: write one without spaces and plus signs",
        origin.escape_debug()
    )]
    Origin {
        /// What was found.
        origin: String,
    },
    /// The text does not have the three lines, each ended by a newline.
    #[error("a checkpoint has three lines, origin, size and root, each ended by a newline")]
    Lines,
    /// Lines follow the third.
    #[error("the checkpoint has extension lines, which this log does not use")]
    Extension,
    /// The size is not a decimal number without leading zeros.
    #[error(
        "tree size `{}` is not a whole number below 2^64 without leading zeros",
        size.escape_debug()
    )]
    Size {
        /// What was found.
        size: String,
    },
    /// The third line is not a hash.
    #[error("the root hash cannot be read: {0}")]
    Root(#[from] HashError),
    /// Size 0 with a root other than [`Hash::EMPTY_ROOT`].
    #[error("root `{root}` is not the root of a log without leaves")]
    EmptyRoot {
        /// What was found.
        root: Hash,
    },
    /// The key that signs, or the known keys that signed, are not named as the origin.
    #[error("the checkpoint of `{origin}` must be signed by a key of that name")]
    ForeignKey {
        /// The origin of the checkpoint.
        origin: String,
    },
    /// The note around it cannot be read or trusted.
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl Checkpoint {
    /// The state of the log `origin` with `size` leaves and root hash `root`.
    ///
    /// # Errors
    /// [`CheckpointError::Origin`] and [`CheckpointError::EmptyRoot`].
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Checkpoint, CheckpointError> {
        if !is_key_name(origin) {
            return Err(CheckpointError::Origin { origin: origin.to_owned() });
        }
        if size == 0 && root != Hash::EMPTY_ROOT {
            return Err(CheckpointError::EmptyRoot { root });
        }
        Ok(Checkpoint { origin: origin.to_owned(), size, root })
    }

    /// The name of the log, for instance `records.example.org/primum`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many leaves the log had.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root hash of the tree over them.
    pub fn root(&self) -> Hash {
        self.root
    }

    /// Signs the checkpoint.
    ///
    /// A log must never sign two checkpoints that are inconsistent with each other. Nothing here
    /// can know what was signed before: record the checkpoint durably, then sign it.
    ///
    /// # Errors
    /// [`CheckpointError::ForeignKey`] when the key is not named as the origin.
    pub fn sign(&self, signer: &Signer) -> Result<SignedNote, CheckpointError> {
        if signer.name() != self.origin {
            return Err(CheckpointError::ForeignKey { origin: self.origin.clone() });
        }
        Ok(signer.sign(&self.to_string())?)
    }

    /// Verifies the signatures of a note and reads the checkpoint in it.
    ///
    /// # Errors
    /// What [`SignedNote::open`] and reading refuse, and [`CheckpointError::ForeignKey`] when none
    /// of the known keys that signed is named as the origin.
    pub fn open(note: &SignedNote, verifiers: &[Verifier]) -> Result<Checkpoint, CheckpointError> {
        let opened = note.open(verifiers)?;
        let checkpoint: Checkpoint = opened.text.parse()?;
        if !opened.signers.iter().any(|signer| signer.name() == checkpoint.origin) {
            return Err(CheckpointError::ForeignKey { origin: checkpoint.origin });
        }
        Ok(checkpoint)
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Checkpoint, CheckpointError> {
        let mut lines = text.splitn(4, '\n');
        let (Some(origin), Some(size), Some(root), Some(rest)) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Lines);
        };
        if !rest.is_empty() {
            return Err(CheckpointError::Extension);
        }
        let size = crate::parse_decimal(size)
            .ok_or_else(|| CheckpointError::Size { size: size.to_owned() })?;
        Checkpoint::new(origin, size, root.parse()?)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)
    }
}
