//! The exit guarantee: everything in a record as lines of JSON that any program can read, and back
//! again into an empty folder with the same leaves and the same state.
//!
//! The first line says what follows: the log's name, sizes, the root over all leaves, the state
//! hash, the newest signed checkpoint with its key. Then one line for each event and each document,
//! events in order and documents among them. Signing keys and access keys stay where they are.

mod export;
mod import;

pub use export::{Exported, export};
pub use import::{Imported, import};

use crate::ReplayError;
use ledger::LedgerError;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use thiserror::Error;

/// What the first line must say.
const FORMAT: &str = "primum export 1";

/// Why an export or import did not happen.
#[derive(Debug, Error)]
pub enum ExchangeError {
    /// A line of the file is not what it must be.
    #[error(
        "line {line}: {problem}; nothing was imported; make the export again, or fetch the file \
         again if it was damaged on its way"
    )]
    Line {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// The folder to import into holds something.
    #[error(
        "`{}` is not empty; nothing was imported; name a folder that is empty or does not exist \
         yet",
        dir.display()
    )]
    NotEmpty {
        /// The folder.
        dir: PathBuf,
    },
    /// An earlier import was cut off.
    #[error(
        "`{}` was left by an import that did not end; nothing was imported; remove that folder \
         and import again",
        dir.display()
    )]
    Unfinished {
        /// The folder.
        dir: PathBuf,
    },
    /// An event that is stored is not one line of JSON.
    #[error("event {seq} is not one line of JSON; nothing more was written; verify the log")]
    NotJson {
        /// The event.
        seq: u64,
    },
    /// A file could not be read or written.
    #[error("{what} failed: {error}; check the disk and the permissions, then try again")]
    File {
        /// What was done.
        what: &'static str,
        /// What the system said.
        error: std::io::Error,
    },
    /// The ledger could not be read or written.
    #[error(transparent)]
    Storage(#[from] LedgerError),
    /// The stored events do not fold.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The program is at fault.
    #[error("{0}; nothing was changed, report it as a fault of Primum")]
    Internal(#[from] serde_json::Error),
}

impl ExchangeError {
    fn file(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::File { what, error }
    }
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    hospital: Option<String>,
    origin: String,
    events: u64,
    documents: u64,
    /// SHA-256 over the hashes of all documents in order.
    documents_digest: String,
    /// The root over all leaves, in base64.
    root: String,
    state_hash: String,
    /// The newest signed checkpoint, and the key that it is signed with.
    checkpoint: String,
    vkey: String,
    /// Small facts about the folder that are no secret.
    facts: BTreeMap<String, String>,
}

/// Any line but the first.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Event(EventLine),
    Document(DocumentLine),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventLine {
    seq: u64,
    stream: String,
    kind: String,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    recorded_at: i64,
    actor: String,
    command_id: String,
    /// What the leaf is hidden by, in hexadecimal.
    salt: String,
    /// The hash of the leaf, in base64.
    leaf: String,
    /// The event as it is stored, byte for byte.
    body: Box<RawValue>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentLine {
    /// In hexadecimal.
    sha256: String,
    base64: String,
}

fn documents_digest(hashes: &BTreeSet<[u8; 32]>) -> String {
    let mut digest = Sha256::new();
    hashes.iter().for_each(|hash| digest.update(hash));
    hex::encode(digest.finalize())
}
