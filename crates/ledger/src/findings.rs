//! What a verification gives: what the record holds, or what is wrong with it.

use std::fmt;

use tlog::Hash;

use crate::errors::{Fault, LedgerError};

/// How many faults are listed; a damaged disk can produce any number.
const LISTED: usize = 100;

/// What a sound record holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Events in the record.
    pub events: u64,
    /// How many of them a signed checkpoint covers. Any later ones are consistent in themselves,
    /// but not yet signed.
    pub published: u64,
    /// Documents, each with the hash under which it is stored. Whether one is missing only the
    /// events' bodies tell.
    pub documents: u64,
    /// Signed checkpoints, each consistent with the events and so with all the others.
    pub checkpoints: u64,
    /// The root over all events.
    pub root: Hash,
    /// The key that signed. Unless it was given, it comes from the record itself: compare it with
    /// one kept elsewhere.
    pub vkey: String,
}

/// Why a record is not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It could not be read to the end.
    #[error(transparent)]
    Unreadable(#[from] LedgerError),
    /// Stored values contradict each other or the signatures.
    #[error("{0}")]
    Faults(Findings),
}

/// The faults that were found; never none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    faults: Vec<Fault>,
    found: usize,
}

impl Findings {
    pub(crate) fn note(&mut self, fault: Fault) {
        self.found += 1;
        if self.faults.len() < LISTED {
            self.faults.push(fault);
        }
    }

    /// The value, or a note of why there is none.
    pub(crate) fn keep<T>(&mut self, outcome: Result<T, Fault>) -> Option<T> {
        outcome.map_err(|fault| self.note(fault)).ok()
    }

    /// The first of them, in the order of the record.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// How many were found, listed or not.
    pub fn found(&self) -> usize {
        self.found
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults = if self.found == 1 { "fault" } else { "faults" };
        write!(f, "the record has {} {faults}", self.found)?;
        self.faults.first().map_or(Ok(()), |first| write!(f, "; the first: {first}"))
    }
}
