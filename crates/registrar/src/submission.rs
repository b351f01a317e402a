//! What is submitted and what comes back.

use governance::{Act, Actor, CommandId, Event, Invariant, Refusal};
use jiff::Timestamp;
use ledger::LedgerError;
use rights::{Denial, Missing, RightsError};
use thiserror::Error;

/// A command before its authority is known, with the documents that it refers to.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Made by the client. A repeat has no second effect.
    pub id: CommandId,
    /// When. A command that others overtook on its way, by seconds, takes the time of the last
    /// event.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub act: Act,
    /// Documents that the act names by their hash; they become durable with it.
    pub documents: Vec<Vec<u8>>,
}

/// A command whose events are durable.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    /// The events; empty when nothing had to change, or when the command was a repeat.
    pub events: Vec<Event>,
    /// The place of the first event, for a command that had an effect now or before.
    pub first_seq: Option<u64>,
    /// True when the command had its effect before.
    pub repeated: bool,
}

/// Why a submission changed nothing.
#[derive(Debug, Error)]
pub enum SubmitError {
    /// The person may not do this.
    #[error(transparent)]
    Denied(Denial),
    /// The rules do not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The decision rights of the record, or those that it was to be founded with, cannot be used.
    #[error("{0}; nothing was kept")]
    Rights(#[from] RightsError),
    /// The ledger could not keep it.
    #[error(transparent)]
    Storage(#[from] LedgerError),
    /// The salts that hide bodies in the log could not be drawn.
    #[error(transparent)]
    Entropy(#[from] crate::EntropyError),
    /// The program would have broken one of its promises.
    #[error(
        "this would break invariant {invariant}: {what}; nothing was kept, report it as a fault of \
         Primum"
    )]
    Invariant {
        /// Which.
        invariant: Invariant,
        /// How.
        what: String,
    },
    /// The program is at fault.
    #[error("{0}; nothing was kept, report it as a fault of Primum")]
    Internal(String),
    /// The writer has stopped.
    #[error("the record is closed: an earlier write failed; restart Primum and verify the log")]
    Stopped,
}

impl From<Denial> for SubmitError {
    /// Where the act is about what is not on record nobody was denied anything: the id is wrong.
    fn from(denial: Denial) -> Self {
        match denial.missing {
            Some(Missing { what, id }) => Self::Refused(Refusal::Unknown { what, id }),
            None => Self::Denied(denial),
        }
    }
}
