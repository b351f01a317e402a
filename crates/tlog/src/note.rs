//! Signed notes: a text, a blank line, signature lines (C2SP signed-note v1.0.0).

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{Signer, Verifier, key::is_key_name};

/// The most signature lines that are read; the specification asks for at least 16.
pub const MAX_SIGNATURES: usize = 64;

/// A text with one or more signatures.
///
/// The text cannot be read before the note is opened, since an unverified text must be ignored.
/// Parsing ([`FromStr`]) and formatting ([`fmt::Display`]) give back the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line. Nothing about it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    pub(crate) name: String,
    pub(crate) key_id: u32,
    /// What follows the key id; its meaning depends on the key's type.
    pub(crate) signature: Vec<u8>,
}

/// A note of which at least one known key's signature was verified, and none was bad.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedNote<'a> {
    /// The signed text, with its final newline.
    pub text: &'a str,
    /// The known keys that signed it, in the order of the verifiers given; never empty.
    pub signers: Vec<&'a Verifier>,
}

/// Why a note cannot be read, signed or trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// A control character other than newline, which includes tab and carriage return.
    #[error("line {line} of the note holds a control character: only newlines are allowed")]
    ControlCharacter {
        /// One-based line number.
        line: usize,
    },
    /// The text or the note does not end in a newline.
    #[error("the note does not end in a newline: it may have been cut off")]
    FinalNewline,
    /// There is no blank line with at least one signature line after it.
    #[error("the note has no signatures: expected a blank line and signature lines after it")]
    NoSignatures,
    /// A line after the blank line is not a signature.
    #[error("signature line `{line}` is not of the form `— name base64`")]
    SignatureLine {
        /// What was found.
        line: String,
    },
    /// More than [`MAX_SIGNATURES`] signature lines.
    #[error("the note has {found} signatures, more than the {MAX_SIGNATURES} that are read")]
    TooManySignatures {
        /// How many lines were found.
        found: usize,
    },
    /// No signature is by a key among the verifiers.
    #[error("no known key signed this note: check that the right verifier key is configured")]
    UnknownKeys,
    /// A signature claims a known key and is not by it.
    #[error("the signature of `{name}` ({key_id:08x}) is wrong: do not trust this note")]
    BadSignature {
        /// The key's name.
        name: String,
        /// The key's id.
        key_id: u32,
    },
}

impl SignedNote {
    pub(crate) fn new(text: &str, signer: &Signer) -> Result<SignedNote, NoteError> {
        check_characters(text)?;
        let signatures = vec![signer.signature_over(text)];
        Ok(SignedNote { text: text.to_owned(), signatures })
    }

    /// Adds the signature of a further key, as when keys are rotated; nothing changes when this
    /// key has signed already. It signs whatever the text is: open the note first.
    pub fn add_signature(&mut self, signer: &Signer) {
        if !self.signatures.iter().any(|known| signer.verifier().is_named_by(known)) {
            self.signatures.push(signer.signature_over(&self.text));
        }
    }

    /// The signature lines, unverified, in order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Verifies the note against the keys that are trusted; signatures of other keys are ignored.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] when any signature of a known key is wrong, and
    /// [`NoteError::UnknownKeys`] when no known key signed.
    pub fn open<'a>(&'a self, verifiers: &'a [Verifier]) -> Result<OpenedNote<'a>, NoteError> {
        let mut signers = Vec::new();
        for verifier in verifiers {
            let claimed: Vec<_> =
                self.signatures.iter().filter(|line| verifier.is_named_by(line)).collect();
            if !claimed.iter().all(|line| verifier.accepts(&self.text, line)) {
                let (name, key_id) = (verifier.name().to_owned(), verifier.key_id());
                return Err(NoteError::BadSignature { name, key_id });
            }
            if !claimed.is_empty() {
                signers.push(verifier);
            }
        }
        if signers.is_empty() {
            return Err(NoteError::UnknownKeys);
        }
        Ok(OpenedNote { text: &self.text, signers })
    }
}

impl NoteSignature {
    /// The name of the key that is said to have signed.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the key that is said to have signed: see [`Verifier::key_id`].
    pub fn key_id(&self) -> u32 {
        self.key_id
    }

    fn parse(line: &str) -> Option<NoteSignature> {
        let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
        let decoded = STANDARD.decode(encoded).ok()?;
        let (key_id, signature) = decoded.split_first_chunk::<4>()?;
        (is_key_name(name) && !signature.is_empty()).then(|| NoteSignature {
            name: name.to_owned(),
            key_id: u32::from_be_bytes(*key_id),
            signature: signature.to_vec(),
        })
    }
}

impl FromStr for SignedNote {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<SignedNote, NoteError> {
        check_characters(note)?;
        // The text may hold blank lines; the last one of the note ends it.
        let (text, block) = note.rsplit_once("\n\n").ok_or(NoteError::NoSignatures)?;
        let found = block.lines().count();
        match found {
            0 => return Err(NoteError::NoSignatures),
            1..=MAX_SIGNATURES => {}
            _ => return Err(NoteError::TooManySignatures { found }),
        }
        let unreadable = |line: &str| NoteError::SignatureLine { line: line.to_owned() };
        let signatures = block
            .lines()
            .map(|line| NoteSignature::parse(line).ok_or_else(|| unreadable(line)))
            .collect::<Result<_, _>>()?;
        Ok(SignedNote { text: format!("{text}\n"), signatures })
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for line in &self.signatures {
            let mut bytes = line.key_id.to_be_bytes().to_vec();
            bytes.extend_from_slice(&line.signature);
            writeln!(f, "— {} {}", line.name, STANDARD.encode(bytes))?;
        }
        Ok(())
    }
}

/// What holds for a note holds for its text: no control characters but newline, one at the end.
fn check_characters(text: &str) -> Result<(), NoteError> {
    let mut lines = text.split('\n');
    if let Some(before) = lines.position(|line| line.contains(|c| c < ' ')) {
        return Err(NoteError::ControlCharacter { line: before + 1 });
    }
    if text.ends_with('\n') { Ok(()) } else { Err(NoteError::FinalNewline) }
}
