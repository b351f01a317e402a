//! The one writer: authorise, decide, append, apply, publish the new snapshot.
//!
//! A single task owns the record and the ledger. Everybody else holds a [`Registrar`], a handle
//! that submits commands and reads immutable snapshots. A command is acknowledged only when its
//! events are durable.

mod exchange;
mod fold;
mod handle;
mod snapshot;
mod submission;
mod writer;

pub use exchange::{ExchangeError, Exported, Imported, export, import};
pub use fold::{Folded, ReplayError, record_at, replay};
pub use handle::{Opened, Registrar};
pub use snapshot::freeze;
pub use submission::{Acknowledged, Submission, SubmitError};
pub use writer::{EntropyError, Salts};
