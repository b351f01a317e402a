//! Answers are counted, not recorded.

use crate::{Answer, Verdict};
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often the gate permitted and denied since the process began.
#[derive(Debug, Default)]
pub struct Counters {
    permitted: AtomicU64,
    denied: AtomicU64,
}

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Permits.
    pub permitted: u64,
    /// Denials.
    pub denied: u64,
}

impl Counters {
    /// Counts an answer.
    pub fn count(&self, answer: &Answer) {
        let counter = match answer.verdict {
            Verdict::Permit => &self.permitted,
            Verdict::Deny => &self.denied,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            permitted: self.permitted.load(Ordering::Relaxed),
            denied: self.denied.load(Ordering::Relaxed),
        }
    }
}
