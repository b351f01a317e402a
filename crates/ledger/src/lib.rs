//! Durable append and load, SQLite, bodies and salts, publication of the log, verification.
//!
//! The ledger keeps one append-only sequence of events in a folder and never knows what an event
//! means: a body is bytes. Each event has one leaf in a transparency log (see [`tlog`]), a
//! canonical JSON *envelope* that commits to the body by a salted hash and never contains it.
//!
//! | file in the folder | what it holds |
//! |---|---|
//! | `record.db` | events, documents, signed checkpoints, snapshots, small facts: back this up |
//! | `lock.db` | the last checkpoint signed here, swapped atomically: never restore an older one |
//! | `signing.key` | the Ed25519 seed, readable by its owner only |
//! | `writer.lock` | an empty file that the one writer holds locked |
//!
//! The order of a write, each step durable before the next begins:
//!
//! 1. [`Ledger::append`] commits a batch to `record.db`. When it returns, the events are in the
//!    record after any crash and may be acknowledged as *recorded*.
//! 2. [`Ledger::publish`] signs a checkpoint over all of them, swaps it into `lock.db`, and only
//!    then stores it in `record.db`, where others can see it: now they are *published*. Callers may
//!    do this after each append or when idle; [`Ledger::open`] finishes what a crash left undone.
//!
//! The first step is one sync of the disk, the second two more: on the same disk, publishing after
//! each one-entry batch makes a batch about three times as slow as publishing when idle.
//!
//! So of each size at most one checkpoint ever leaves this folder, even across crashes, a restored
//! `record.db` or a second instance. Against someone who replaces the *whole* folder, or holds the
//! key, only a witness or a checkpoint noted elsewhere helps.

mod commands;
mod entry;
mod erasure;
mod errors;
mod faults;
mod findings;
mod layout;
mod page;
mod publish;
mod read;
mod store;
mod verify;

pub use entry::{Batch, ENVELOPE_LIMIT, NewEntry, StoredEntry, body_hash, document_hash};
pub use erasure::ERASURE;
pub use errors::{Fault, LedgerError};
#[doc(hidden)]
pub use faults::CrashPoint;
pub use findings::{Findings, Verified, VerifyError};
pub use page::Page;
pub use read::{Reader, Snapshot};
pub use store::{Appended, CreateOptions, Ledger};
pub use verify::verify;
