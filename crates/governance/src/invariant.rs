//! The catalogue of invariants, and the checks of those that a record alone can show.

use crate::decide::quorate;
use crate::{Record, Right, Stage};
use serde::Serialize;
use std::fmt;

/// The promises of Primum. Their ids are the same in code, tests, documents and alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Invariant {
    /// No decision stands without the quorum and seats its tier demands.
    G1,
    /// Nobody decides on what they own, submitted or assessed.
    G2,
    /// Nothing is live without the five fields.
    G3,
    /// An expired exception is never in force.
    G4,
    /// Raising any fact never lowers a tier.
    G5,
    /// A suspended use case is denied by the gate at once.
    G6,
    /// Acknowledged means in the log after any crash.
    R1,
    /// One command id has at most one effect.
    R2,
    /// fold(events) = state, on every node, from any snapshot.
    R3,
    /// A bad stored byte is a named error, never a wrong answer.
    R4,
    /// Each signed checkpoint is consistent with all earlier ones.
    L1,
    /// Each event has exactly one leaf, in order.
    L2,
    /// Altering any stored byte makes verification fail, naming the event.
    L3,
    /// Nothing under legal hold is erased.
    H1,
    /// Every change names its actor, authority and time.
    A1,
    /// The same data and request give the same evidence digest.
    E1,
    /// Merging tallies equals tallying the merged data.
    E2,
    /// The stated false-alarm budget holds under any looking schedule.
    M1,
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// An invariant that a record breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// How, in plain words.
    pub what: String,
}

/// The invariants of governance that `record` breaks; none, unless the program is wrong.
///
/// This is written apart from `decide` on purpose: it looks at what stands, not at how it came about.
#[must_use]
pub fn violations(record: &Record) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut note = |invariant, what: String| found.push(Violation { invariant, what });
    for decision in record.decisions.values() {
        let Some(body) = record.bodies.get(&decision.body) else {
            note(Invariant::G1, format!("{} was decided by no body", decision.id));
            continue;
        };
        if let Some(carried) = &decision.carried {
            let tally = decision.tally(body.seats.len());
            if carried.right == Right::Vote && quorate(body, decision, tally).is_err() {
                note(Invariant::G1, format!("{} stands without its quorum", decision.id));
            }
        }
        let Some(use_case) = record.use_cases.get(&decision.use_case) else { continue };
        for voter in decision.votes.keys() {
            let owns = use_case.owners.as_ref().is_some_and(|owners| owners.include(voter));
            let assessed = record.evidence.values().any(|evidence| {
                evidence.use_case == use_case.id
                    && evidence.assessor == *voter
                    && evidence.recorded_at < decision.opened_at
            });
            // Owners may change after a vote, so ownership is judged while the decision is open.
            if use_case.submitter == *voter || assessed || (owns && decision.is_open()) {
                note(Invariant::G2, format!("{voter} voted on {} in conflict", decision.id));
            }
        }
    }
    for use_case in record.use_cases.values() {
        let Stage::Live(live) = &use_case.stage else { continue };
        if !record.evidence.contains_key(&live.validation.evidence) {
            note(Invariant::G3, format!("{} is live without evidence", use_case.id));
        }
        let decided = record.decisions.get(&live.path.decision);
        if decided.is_none_or(crate::Decision::is_open) {
            note(Invariant::G3, format!("{} is live without a decision", use_case.id));
        }
    }
    found
}
