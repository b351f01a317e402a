//! The catalogue of invariants, and the checks of those that a record alone can show.

use crate::decide::{quorate, wins};
use crate::{
    Decision, EndReason, Live, Outcome, PersonId, Question, Record, Right, Route, Settling, Stage,
    Tier, UseCase, UseCaseId,
};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Not;

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
/// This is written apart from `decide` on purpose: it looks at what stands, not at how it came
/// about.
#[must_use]
pub fn violations(record: &Record) -> Vec<Violation> {
    let decisions = record.decisions.values();
    let mut found: Vec<_> = decisions.flat_map(|decision| of_decision(record, decision)).collect();
    for use_case in record.use_cases.values() {
        if let Stage::Live(live) = &use_case.stage {
            found.extend(of_live(record, use_case, live));
        }
    }
    found.extend(of_the_rest(record));
    found
}

/// The invariants of governance that `after` breaks, looking only at what changed since `before`:
/// a command must not cost more the longer the record is. Where people, bodies or AI systems
/// changed, on which everything rests, it looks at everything.
#[must_use]
pub fn violations_since(before: &Record, after: &Record) -> Vec<Violation> {
    let rests = after.people.shares_all(&before.people)
        && after.bodies.shares_all(&before.bodies)
        && after.systems.shares_all(&before.systems);
    if !rests {
        return violations(after);
    }
    let mut touched: BTreeSet<UseCaseId> = BTreeSet::new();
    touched.extend(after.use_cases.changed_since(&before.use_cases).map(|(id, _)| *id));
    let decided = || after.decisions.changed_since(&before.decisions).map(|(_, it)| it);
    touched.extend(decided().filter_map(|it| it.use_case));
    touched.extend(after.evidence.changed_since(&before.evidence).map(|(_, it)| it.use_case));
    let mut found = Vec::new();
    for use_case in touched.iter().filter_map(|id| after.use_cases.get(id)) {
        let decisions = after.decisions_of(use_case.id);
        found.extend(decisions.flat_map(|decision| of_decision(after, decision)));
        if let Stage::Live(live) = &use_case.stage {
            found.extend(of_live(after, use_case, live));
        }
    }
    let of_the_hospital = decided().filter(|it| it.use_case.is_none());
    found.extend(of_the_hospital.flat_map(|decision| of_decision(after, decision)));
    found.extend(of_the_rest(after));
    found
}

/// G4 and H1.
fn of_the_rest(record: &Record) -> Vec<Violation> {
    let mut found = crate::exceptions::violations(record);
    // H1: nothing was erased while a hold on it stood.
    found.extend(record.holds.erased.values().filter_map(|erasure| {
        let hold = record.holds.all.values().find(|hold| hold.stood_over(erasure))?;
        let what = format!("document {} was erased under {}", erasure.document, hold.id);
        Some(broken(Invariant::H1, what))
    }));
    found
}

fn of_decision(record: &Record, decision: &Decision) -> Vec<Violation> {
    let id = decision.id;
    let use_case = decision.use_case.and_then(|id| record.use_cases.get(&id));
    let about_a_pack = matches!(decision.motion.question, Question::Pack { .. });
    let Some(body) =
        record.bodies.get(&decision.body).filter(|_| use_case.is_none() == about_a_pack)
    else {
        return vec![broken(Invariant::G1, format!("{id} has no body or no use case"))];
    };
    let mut found = Vec::new();
    let tally = decision.tally(body.seats.len());
    let won = quorate(decision, tally).ok().map(|rule| wins(rule, tally));
    if let Some(carried) = &decision.carried {
        let stands = match carried.right {
            Right::Vote => won == Some(true),
            Right::ChairStops => {
                decision.motion.outcome == Outcome::NoGo
                    && matches!(decision.motion.question, Question::Case { .. })
                    && decision
                        .votes
                        .get(&carried.by)
                        .is_some_and(|vote| vote.seat == decision.chair)
            }
            Right::Delegation(id) => {
                let open = record.meetings.delegations.get(&id);
                use_case.is_some_and(|of| in_conflict(record, decision, of, &carried.by).not())
                    && matches!(decision.motion.question, Question::Approve { .. })
                    && open.is_some_and(|it| {
                        it.to == carried.by
                            && it.body == decision.body
                            && it.approves(decision.tier)
                            // What was taken back at that very instant was taken back after it.
                            && it.since <= carried.at
                            && carried.at < it.until
                            && it.revoked_at.is_none_or(|revoked| carried.at <= revoked)
                    })
            }
            // The rule is open to what can do little harm; nobody votes.
            Right::Rule => {
                decision.motion.outcome == Outcome::Go
                    && matches!(decision.motion.question, Question::Approve { .. })
                    && decision.tier <= Tier::T2
                    && decision.votes.is_empty()
            }
        };
        if !stands {
            found.push(broken(Invariant::G1, format!("{id} stands without its quorum")));
        }
    }
    if let Some(ended) = &decision.ended {
        let lost = ended.reason != EndReason::Lost || won == Some(false);
        if !lost || decision.carried.is_some() {
            found.push(broken(Invariant::G1, format!("{id} is over without having been lost")));
        }
    }
    for voter in decision.votes.keys() {
        let conflict = use_case.is_some_and(|of| in_conflict(record, decision, of, voter));
        if decision.recusals.contains_key(voter) || conflict {
            found.push(broken(Invariant::G2, format!("{voter} voted on {id} in conflict")));
        }
    }
    found
}

/// Owners and evidence may change once a decision is over, so only what came before its end counts.
fn in_conflict(record: &Record, decision: &Decision, of: &UseCase, voter: &PersonId) -> bool {
    let owns = of.owners.as_ref().is_some_and(|owners| owners.include(voter));
    let assessed = record.evidence_of(of.id).any(|evidence| {
        let before = decision.ended_at().is_none_or(|end| evidence.recorded_at < end);
        evidence.assessor == *voter && before
    });
    let system = record.systems.get(&of.proposal.system);
    let vendor = system.map(|system| &system.vendor);
    let person = record.people.get(voter);
    let interested =
        vendor.is_some_and(|vendor| person.is_some_and(|person| person.interests.contains(vendor)));
    // An interest may be declared, and owners change, once a decision is over.
    of.submitter == *voter || assessed || ((interested || owns) && decision.is_open())
}

fn of_live(record: &Record, use_case: &UseCase, live: &Live) -> Vec<Violation> {
    let id = use_case.id;
    let mut found = Vec::new();
    let proved = record.evidence.get(&live.validation.evidence).is_some_and(|evidence| {
        record.showed_enough(evidence)
            && evidence.use_case == id
            && (evidence.version == live.deployment.version || carried(record, live))
    });
    if !proved {
        found.push(broken(Invariant::G3, format!("{id} is live without evidence")));
    }
    let decided = record.decisions.get(&live.path.decision).is_some_and(|decision| {
        let go = matches!(decision.motion.outcome, Outcome::Go | Outcome::GoWithConditions);
        decision.carried.is_some() && decision.use_case == Some(id) && go
    });
    if !decided {
        found.push(broken(Invariant::G3, format!("{id} is live without a decision")));
    }
    if use_case.owners.as_ref() != Some(&live.owners) {
        found.push(broken(Invariant::G3, format!("{id} is live with owners of its past")));
    }
    found
}

/// True when a change that was settled without the whole standard let the version run.
fn carried(record: &Record, live: &Live) -> bool {
    let change = live.validation.carried_by;
    let change = change.and_then(|id| record.change_requests.requests.get(&id));
    change.is_some_and(|change| {
        let lightly = matches!(change.route, Route::Note | Route::Partial);
        let how = change.settled.as_ref().map(|settled| settled.how);
        let settled = matches!(how, Some(Settling::Noted | Settling::Validated));
        lightly && settled && change.version.as_ref() == Some(&live.deployment.version)
    })
}

pub(crate) fn broken(invariant: Invariant, what: String) -> Violation {
    Violation { invariant, what }
}
