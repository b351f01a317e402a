//! The 32-byte hashes that a tree is made of.

use std::{fmt, str::FromStr};

use base64::{Engine, display::Base64Display, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A SHA-256 hash of a leaf, of a node or of a whole tree.
///
/// Written everywhere (text, JSON) as standard base64 with padding, 44 characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; 32]);

/// Why bytes or a text are not a [`struct@Hash`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The text is not standard base64 with padding.
    #[error("`{}` is not a hash: expected 44 characters of standard base64", text.escape_debug())]
    Encoding {
        /// What was found.
        text: String,
    },
    /// The number of bytes is not 32.
    #[error("a hash has 32 bytes, found {found}")]
    Length {
        /// How many bytes were found.
        found: usize,
    },
}

impl Hash {
    /// The root of the tree without leaves: SHA-256 of nothing (RFC 6962 §2.1).
    pub const EMPTY_ROOT: Hash = Hash([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
        0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
        0xb8, 0x55,
    ]);

    /// The hash of a log entry as a leaf: SHA-256(0x00 ‖ entry) (RFC 6962 §2.1).
    pub fn of_leaf(entry: &[u8]) -> Hash {
        Hash(Sha256::new().chain_update([0x00]).chain_update(entry).finalize().into())
    }

    /// The hash of the node over two subtrees: SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1).
    ///
    /// The differing first byte is what keeps a node from passing for a leaf.
    pub fn of_node(left: Hash, right: Hash) -> Hash {
        let hasher = Sha256::new().chain_update([0x01]).chain_update(left.0).chain_update(right.0);
        Hash(hasher.finalize().into())
    }

    /// Takes 32 bytes, for instance as stored, to be a hash.
    pub const fn from_bytes(bytes: [u8; 32]) -> Hash {
        Hash(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Base64Display::new(&self.0, &STANDARD).fmt(f)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.to_string();
        write!(f, "Hash({}…)", text.get(..8).unwrap_or(&text))
    }
}

impl FromStr for Hash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Hash, HashError> {
        let encoding = |_| HashError::Encoding { text: text.to_owned() };
        Hash::try_from(STANDARD.decode(text).map_err(encoding)?.as_slice())
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = HashError;

    fn try_from(bytes: &[u8]) -> Result<Hash, HashError> {
        bytes.try_into().map(Hash).map_err(|_| HashError::Length { found: bytes.len() })
    }
}

impl TryFrom<String> for Hash {
    type Error = HashError;

    fn try_from(text: String) -> Result<Hash, HashError> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> String {
        hash.to_string()
    }
}
