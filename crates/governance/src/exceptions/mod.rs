//! Exceptions: what is allowed for a time against the rule.
//!
//! A body allows one, under a rule that fits its risk: to lower a tier takes the rule of the tier
//! above, to raise one only the rule of its own. Whether an exception is in force is a function of
//! the record and the time and nothing else (invariant G4).

mod act;
mod decide;
mod requirement;

pub use act::{ExceptionsAct, ExceptionsChange};
pub(crate) use decide::apply;

use crate::invariant::broken;
use crate::work::Holders;
use crate::{
    DecisionId, ExceptionId, Instant, Invariant, Live, Map, PersonId, Question, Record, Refusal,
    RequirementId, Task, Tier, UseCase, UseCaseId, Violation, days_after,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Days before its end from which an exception shows among the work.
const NOTICE_DAYS: u32 = 30;

/// The part of the record about exceptions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Exceptions {
    /// Every exception, those that are over too.
    pub all: Map<ExceptionId, Exception>,
    /// The exceptions of each use case.
    pub of: Map<UseCaseId, Vec<ExceptionId>>,
}

/// What is allowed for a time against the rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exception {
    /// Its id.
    pub id: ExceptionId,
    /// The use case that it is for.
    pub use_case: UseCaseId,
    /// What need not be so meanwhile.
    pub what: Excepted,
    /// Why.
    pub reason: String,
    /// What is done instead, to keep the risk down.
    pub compensating_control: String,
    /// Who keeps it within bounds and ends it.
    pub owner: PersonId,
    /// Asked for, and not decided yet.
    pub asked: Option<AskedFor>,
    /// The times for which a body allowed it, oldest first.
    pub terms: Vec<Term>,
    /// How it ended before its time, or was declined.
    pub ended: Option<ExceptionEnd>,
}

/// What need not be so meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Excepted {
    /// A sign-off lane need not be waited for.
    Lane {
        /// The lane's handle.
        lane: String,
    },
    /// A contract may lack a clause.
    Clause {
        /// The clause's handle.
        clause: String,
    },
    /// A requirement of the validation standard need not be met.
    Requirement {
        /// The requirement.
        requirement: RequirementId,
    },
    /// The stop drill of an agent may be late.
    Drill,
    /// The use case is governed by another tier than the computed one, which stays shown.
    Tier {
        /// The tier.
        to: Tier,
        /// Whether that is above or below the computed one.
        direction: Direction,
    },
}

/// Whether a tier is raised or lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To a higher tier: more is asked.
    Raise,
    /// To a lower tier: less is asked. Decided under the rule of the tier above.
    Lower,
}

/// What was asked for: an exception, or its renewal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AskedFor {
    /// Who asked.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// Until when.
    #[schemars(with = "Instant")]
    pub expires: Timestamp,
}

/// A time for which a body allowed an exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Term {
    /// The decision.
    pub decision: DecisionId,
    /// From when.
    #[schemars(with = "Instant")]
    pub from: Timestamp,
    /// The first instant at which it holds no more.
    #[schemars(with = "Instant")]
    pub expires: Timestamp,
}

/// How an exception ended before its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExceptionEnd {
    /// Who ended it, or declared that it was declined.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

impl Exception {
    /// Invariant G4: allowed by a body, not ended, and not expired. Renewed in time it holds on.
    #[must_use]
    pub fn in_force(&self, at: Timestamp) -> bool {
        let allowed = self.terms.iter().any(|term| term.from <= at && at < term.expires);
        allowed && self.ended.as_ref().is_none_or(|ended| at < ended.at)
    }

    /// When the last time for which it was allowed ends, or ended.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        self.terms.iter().map(|term| term.expires).max()
    }

    /// Refuses a motion on what nobody asked for, or on what is over.
    pub(crate) fn awaits_decision(&self) -> Result<&AskedFor, Refusal> {
        let asked = self.asked.as_ref().filter(|_| self.ended.is_none());
        asked.ok_or(Refusal::NothingAsked(self.id))
    }
}

impl std::fmt::Display for Excepted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lane { lane } => write!(f, "without the lane {lane}"),
            Self::Clause { clause } => write!(f, "without the clause {clause}"),
            Self::Requirement { requirement } => write!(f, "without the requirement {requirement}"),
            Self::Drill => f.write_str("without a stop drill"),
            Self::Tier { to, direction: Direction::Raise } => write!(f, "raised to {to}"),
            Self::Tier { to, direction: Direction::Lower } => write!(f, "lowered to {to}"),
        }
    }
}

impl Record {
    /// The exceptions of a use case, those that are over too.
    pub fn exceptions_of(&self, use_case: UseCaseId) -> impl Iterator<Item = &Exception> {
        let ids = self.exceptions.of.get(&use_case).into_iter().flatten();
        ids.filter_map(|id| self.exceptions.all.get(id))
    }

    /// The exception in force that lets a use case do without something.
    #[must_use]
    pub fn excepted(
        &self,
        use_case: UseCaseId,
        what: &Excepted,
        now: Timestamp,
    ) -> Option<&Exception> {
        self.exceptions_of(use_case).find(|it| it.what == *what && it.in_force(now))
    }

    /// The tier by which a use case is decided on: the computed one, or the one that an exception
    /// in force raises or lowers it to. Raising wins over lowering.
    #[must_use]
    pub fn effective_tier(&self, use_case: &UseCase, now: Timestamp) -> Option<Tier> {
        let computed = use_case.stage.tier()?.tier;
        let mut in_force = Vec::new();
        for exception in self.exceptions_of(use_case.id).filter(|it| it.in_force(now)) {
            if let Excepted::Tier { to, direction } = exception.what {
                in_force.push((direction, to));
            }
        }
        let towards = |wanted| in_force.iter().filter(move |(it, _)| *it == wanted).map(|it| it.1);
        // A raising below what is computed by now, or a lowering above it, changes nothing.
        let raised = towards(Direction::Raise).max().filter(|to| *to > computed);
        let lowered = towards(Direction::Lower).max().filter(|to| *to < computed);
        Some(raised.or(lowered).unwrap_or(computed))
    }

    /// The tier whose duties a use case has: the computed one, or a higher one that an exception in
    /// force raises it to. One that lowers it changes who decides, and spares it no duty.
    #[must_use]
    pub fn duty_tier(&self, use_case: &UseCase, now: Timestamp) -> Option<Tier> {
        let computed = use_case.stage.tier()?.tier;
        Some(self.effective_tier(use_case, now).map_or(computed, |tier| tier.max(computed)))
    }
}

impl Exception {
    /// When it ends, or ended; none when it was never allowed.
    pub(super) fn over_at(&self) -> Option<Timestamp> {
        let ended = self.ended.as_ref().map_or(Timestamp::MAX, |ended| ended.at);
        Some(self.expires()?.min(ended))
    }
}

impl Record {
    /// When the exception is over by which a live use case was decided on under the rule of a lower
    /// tier; none when it was decided on under that of its own. From then on nobody who may decide
    /// on it has.
    pub(crate) fn lowered_until(&self, use_case: &UseCase, live: &Live) -> Option<Timestamp> {
        let lowered = self.exceptions_of(use_case.id).filter_map(|it| match it.what {
            Excepted::Tier { to, direction: Direction::Lower } => Some((to, it.over_at()?)),
            _ => None,
        });
        let lowered: Vec<_> = lowered.collect();
        if lowered.is_empty() {
            return None;
        }
        let approved = live.risen.as_ref().map_or(live.tier.tier, |risen| risen.approved);
        let under = self.decisions.get(&live.path.decision)?.tier;
        let far_enough = lowered.into_iter().filter(|(to, _)| under < approved && *to <= under);
        far_enough.map(|(_, over)| over).max()
    }
}

/// What waits: exceptions about to end, those that ended although nothing was done about their
/// cause, and those that a body has to decide on.
pub(crate) fn tasks(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    let office = Holders::office(record);
    for exception in record.exceptions.all.values().filter(|it| it.ended.is_none()) {
        let id = exception.id;
        let task = |who, what, due: Option<Timestamp>| Task {
            who,
            what,
            use_case: Some(exception.use_case),
            case: None,
            decision: None,
            due,
            overdue: due.is_some_and(|due| due <= now),
        };
        if let Some(asked) = &exception.asked {
            let motion = record.open_motion(&Question::Exception { exception: id });
            if motion.is_none() {
                let what = format!("Put {id} ({}) to a body", exception.what);
                let owner = || Some(record.waiting(exception.use_case, &exception.owner));
                let who = office.or(owner).into_iter();
                tasks.extend(who.map(|who| task(who, what.clone(), Some(asked.expires))));
            }
        }
        let Some(expires) = exception.expires() else { continue };
        let who = record.waiting(exception.use_case, &exception.owner);
        let over = matches!(
            record.use_cases.get(&exception.use_case).map(|it| &it.stage),
            Some(crate::Stage::Retired { .. })
        );
        if over {
            continue;
        }
        let what = &exception.what;
        if expires <= now {
            let what =
                format!("{id} ({what}) has expired and is not in force: end it, with its cause");
            tasks.push(task(who, what, Some(expires)));
        } else if expires <= days_after(now, NOTICE_DAYS) {
            let what =
                format!("{id} ({what}) is about to expire: end its cause, or ask to renew it");
            tasks.push(task(who, what, Some(expires)));
        }
    }
}

/// What a use case lacks in this part: nothing. An exception takes something away from what other
/// parts ask.
pub(crate) fn missing(_record: &Record, _use_case: &UseCase, _now: Timestamp) -> Vec<String> {
    Vec::new()
}

/// Invariant G4, as far as a record shows it: each term was given by a decision and ends; and what
/// was decided under a lower tier than the computed one, was under an exception in force then.
pub(crate) fn violations(record: &Record) -> Vec<Violation> {
    let mut found = Vec::new();
    for exception in record.exceptions.all.values() {
        for term in &exception.terms {
            let decision = record.decisions.get(&term.decision);
            let carried = decision.and_then(|decision| decision.carried.as_ref());
            let given = carried.is_some_and(|carried| carried.at == term.from);
            if !given || term.expires <= term.from || exception.in_force(Timestamp::MAX) {
                let what = format!("{} is in force without a decision or an end", exception.id);
                found.push(broken(Invariant::G4, what));
            }
        }
    }
    for use_case in record.use_cases.values() {
        let Some(live) = use_case.stage.live() else { continue };
        let approved = live.risen.as_ref().map_or(live.tier.tier, |risen| risen.approved);
        let Some(decision) = record.decisions.get(&live.path.decision) else { continue };
        let Some(carried) = &decision.carried else { continue };
        let mut exceptions = record.exceptions_of(use_case.id);
        let lowered = exceptions.any(|it| {
            let lowers = matches!(it.what, Excepted::Tier { to, direction: Direction::Lower }
                if to == decision.tier);
            lowers && it.in_force(carried.at)
        });
        if decision.tier < approved && !lowered {
            let what = format!("{} is live under the rule of a lower tier", use_case.id);
            found.push(broken(Invariant::G4, what));
        }
    }
    found
}
