//! Named Ed25519 keys (C2SP signed-note v1.0.0, signature type 0x01).

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::{NoteError, SignedNote, note::NoteSignature};

/// The byte that stands for Ed25519 in key ids and verifier keys.
const ED25519: u8 = 0x01;

/// Why a key or its name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not three parts joined by plus signs.
    #[error(
        "verifier key `{}` is not of the form `name+id+key`: copy it whole",
        vkey.escape_debug()
    )]
    Shape {
        /// What was found.
        vkey: String,
    },
    /// The name is empty or holds a space, a plus sign or a control character.
    #[error(
        "key name `{}` cannot be used: write one without spaces and plus signs",
        name.escape_debug()
    )]
    Name {
        /// What was found.
        name: String,
    },
    /// The last part is not base64 of a type byte and something.
    #[error(
        "the key in verifier key `{}` is not standard base64: copy it whole",
        vkey.escape_debug()
    )]
    Encoding {
        /// What was found.
        vkey: String,
    },
    /// A signature type other than Ed25519 (0x01).
    #[error("signature type {found:#04x} is not supported: use an Ed25519 key (type 0x01)")]
    Algorithm {
        /// The type byte found.
        found: u8,
    },
    /// Not 32 bytes, not a point of the curve, or a point of small order.
    #[error("verifier key `{}` does not hold a usable Ed25519 public key", vkey.escape_debug())]
    Point {
        /// What was found.
        vkey: String,
    },
    /// The id in the key is not the one that follows from its name and public key.
    #[error(
        "key id `{}` does not belong to this name and key, whose id is `{computed}`",
        stated.escape_debug()
    )]
    Id {
        /// The id as written.
        stated: String,
        /// The id of the key, eight lowercase hexadecimal digits.
        computed: String,
    },
}

/// A key that can sign notes. Its holder can speak for the log, so it never shows its seed.
pub struct Signer {
    key: SigningKey,
    verifier: Verifier,
}

/// A public key that is trusted to sign notes under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    key_id: u32,
    key: VerifyingKey,
}

impl Signer {
    /// The key that follows from 32 secret random bytes, under a name such as
    /// `records.example.org/primum`.
    ///
    /// # Errors
    /// [`KeyError::Name`] when the name is empty or holds a space, a plus sign or a control
    /// character.
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Signer, KeyError> {
        let name = checked_name(name)?;
        let key = SigningKey::from_bytes(&seed);
        let verifier = Verifier::new(name, key.verifying_key());
        Ok(Signer { key, verifier })
    }

    /// The name that stands on the signature line.
    pub fn name(&self) -> &str {
        self.verifier.name()
    }

    /// The public half as text, to be given to those who verify: see [`Verifier::vkey`].
    pub fn vkey(&self) -> String {
        self.verifier.vkey()
    }

    /// The public half.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Signs a text. The same text always gives the same note.
    ///
    /// # Errors
    /// [`NoteError::FinalNewline`] when the text does not end in a newline, and
    /// [`NoteError::ControlCharacter`] when it holds any other control character.
    pub fn sign(&self, text: &str) -> Result<SignedNote, NoteError> {
        SignedNote::new(text, self)
    }

    pub(crate) fn signature_over(&self, text: &str) -> NoteSignature {
        NoteSignature {
            name: self.verifier.name.clone(),
            key_id: self.verifier.key_id,
            signature: self.key.sign(text.as_bytes()).to_bytes().to_vec(),
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.vkey())
    }
}

impl Verifier {
    /// Reads a verifier key `name+id+key`: the id is eight hexadecimal digits, the key base64 of
    /// the type byte 0x01 and 32 bytes. The id must be the one that follows from the rest.
    ///
    /// # Errors
    /// Any [`KeyError`].
    pub fn from_vkey(vkey: &str) -> Result<Verifier, KeyError> {
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Shape { vkey: vkey.to_owned() });
        };
        let name = checked_name(name)?;
        let encoding = || KeyError::Encoding { vkey: vkey.to_owned() };
        let decoded = STANDARD.decode(key).map_err(|_| encoding())?;
        let (&algorithm, public) = decoded.split_first().ok_or_else(encoding)?;
        if algorithm != ED25519 {
            return Err(KeyError::Algorithm { found: algorithm });
        }
        // A key of small order would accept forged signatures.
        let point = <&[u8; 32]>::try_from(public)
            .ok()
            .and_then(|bytes| VerifyingKey::from_bytes(bytes).ok())
            .filter(|point| !point.is_weak())
            .ok_or_else(|| KeyError::Point { vkey: vkey.to_owned() })?;
        let verifier = Verifier::new(name, point);
        let computed = format!("{:08x}", verifier.key_id);
        if id != computed {
            return Err(KeyError::Id { stated: id.to_owned(), computed });
        }
        Ok(verifier)
    }

    fn new(name: String, key: VerifyingKey) -> Verifier {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(name.as_bytes())
            .chain_update([b'\n', ED25519])
            .chain_update(key.as_bytes())
            .finalize()
            .into();
        let [a, b, c, d, ..] = digest;
        Verifier { name, key_id: u32::from_be_bytes([a, b, c, d]), key }
    }

    /// The name that stands on the signature line.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First four bytes of SHA-256(name ‖ newline ‖ 0x01 ‖ public key). Tells keys of one name
    /// apart; it is too short to identify a key against an attacker.
    pub fn key_id(&self) -> u32 {
        self.key_id
    }

    /// The key as text, as read by [`Verifier::from_vkey`].
    pub fn vkey(&self) -> String {
        let mut typed = vec![ED25519];
        typed.extend_from_slice(self.key.as_bytes());
        format!("{}+{:08x}+{}", self.name, self.key_id, STANDARD.encode(typed))
    }

    /// Whether a signature line claims to be of this key.
    pub(crate) fn is_named_by(&self, signature: &NoteSignature) -> bool {
        self.key_id == signature.key_id && self.name == signature.name
    }

    /// Whether the signature over the text is good.
    pub(crate) fn accepts(&self, text: &str, signature: &NoteSignature) -> bool {
        Signature::from_slice(&signature.signature)
            .is_ok_and(|signature| self.key.verify_strict(text.as_bytes(), &signature).is_ok())
    }
}

/// The rule of signed-note for key names. Control characters are refused with the spaces, since no
/// note may hold one.
pub(crate) fn is_key_name(name: &str) -> bool {
    let unusable = |c: char| c.is_whitespace() || c == '+' || c < ' ';
    !name.is_empty() && !name.contains(unusable)
}

fn checked_name(name: &str) -> Result<String, KeyError> {
    if is_key_name(name) { Ok(name.to_owned()) } else { Err(KeyError::Name { name: name.into() }) }
}
