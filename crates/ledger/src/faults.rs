//! Crashes on demand, for tests that reopen a record after each possible one.

use crate::errors::LedgerError;

/// A step of a write at which the process can be made to "die": the call returns
/// [`LedgerError::Crashed`] and the ledger writes nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashPoint {
    /// The transaction is open, nothing is in it.
    BeforeInsert,
    /// Everything is in the transaction.
    BeforeCommit,
    /// The batch is durable, but the caller never learns it.
    AfterCommit,
    /// The checkpoint is about to be swapped into `lock.db`.
    BeforeLock,
    /// The checkpoint is in `lock.db` and not yet in `record.db`.
    AfterLock,
    /// The checkpoint is in both.
    AfterCheckpoint,
}

impl CrashPoint {
    /// All of them, in the order in which a write passes them.
    pub const ALL: [Self; 6] = [
        Self::BeforeInsert,
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::BeforeLock,
        Self::AfterLock,
        Self::AfterCheckpoint,
    ];
}

/// The crash that is armed, if any.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults(pub(crate) Option<CrashPoint>);

impl Faults {
    /// Dies if this is the armed point.
    pub(crate) fn at(self, point: CrashPoint) -> Result<(), LedgerError> {
        if self.0 == Some(point) { Err(LedgerError::Crashed { point }) } else { Ok(()) }
    }
}
