//! What is looked up often, kept beside the record's maps: a pure function of them.
//!
//! [`crate::apply`] keeps it in step, one change at a time; a record that is read back builds it
//! anew, but for a snapshot, which carries it so that the maps need not be looked through. A test
//! compares the two after every command of random sequences.

use crate::{
    Attestation, Case, CaseId, Cause, Change, Decision, DecisionId, Evidence, EvidenceId, Lapse,
    Map, MeetingsChange, Outcome, Record, Stage, UseCase, UseCaseId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Lists of what is open and of what belongs to a use case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Index {
    #[serde(with = "pairs")]
    cases: Map<UseCaseId, Vec<CaseId>>,
    #[serde(with = "pairs")]
    open_cases: Map<CaseId, ()>,
    #[serde(with = "pairs")]
    overdue: Map<(DecisionId, usize), ()>,
    #[serde(with = "pairs")]
    decisions: Map<Option<UseCaseId>, Vec<DecisionId>>,
    #[serde(with = "pairs")]
    open_decisions: Map<DecisionId, ()>,
    #[serde(with = "pairs")]
    unproved: Map<DecisionId, ()>,
    #[serde(with = "pairs")]
    deferred: Map<DecisionId, ()>,
    #[serde(with = "pairs")]
    evidence: Map<UseCaseId, Vec<EvidenceId>>,
    #[serde(with = "pairs")]
    attestations: Map<UseCaseId, Vec<usize>>,
    #[serde(with = "pairs")]
    outlooks: Map<UseCaseId, Outlook>,
    unsettled: Unsettled,
}

/// What is known beforehand of a use case that acts, until something changes about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outlook {
    /// When the first of these comes; none for a use case that never lapses. Apart from them, so
    /// that most need not be looked at.
    pub(crate) first: Option<Timestamp>,
    /// What lapses, or lapsed, and when, unless something is done.
    pub(crate) lapses: Vec<Lapse>,
    /// True when people report what happened, as it has no feed.
    pub(crate) reported: bool,
}

impl Outlook {
    /// True when nothing has lapsed by `now`.
    pub(crate) fn holds(&self, now: Timestamp) -> bool {
        self.first.is_none_or(|first| first > now)
    }

    /// What has lapsed by `now`.
    pub(crate) fn by(&self, now: Timestamp) -> impl Iterator<Item = &Lapse> {
        self.lapses.iter().filter(move |lapse| lapse.since <= now)
    }
}

/// Use cases of which it is not known any more what is ahead of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Unsettled {
    These(BTreeSet<UseCaseId>),
    All,
}

impl Default for Unsettled {
    fn default() -> Self {
        Self::These(BTreeSet::new())
    }
}

/// A map as a list of pairs: not every key here can be a name in JSON.
mod pairs {
    use crate::Map;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer, K: Serialize, V: Serialize>(
        map: &Map<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, D, K, V>(deserializer: D) -> Result<Map<K, V>, D::Error>
    where
        D: Deserializer<'de>,
        K: Deserialize<'de> + Ord + Clone,
        V: Deserialize<'de> + Clone,
    {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}

impl Index {
    /// The index of a record, built from nothing but its maps.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let mut index = Self::default();
        record.cases.values().for_each(|case| index.add_case(case));
        record.decisions.values().for_each(|decision| index.add_decision(decision));
        record.evidence.values().for_each(|evidence| index.add_evidence(evidence));
        for (place, word) in record.attestations.iter().enumerate() {
            index.attestations.update(word.use_case, |places| places.push(place));
        }
        index.unsettled = Unsettled::All;
        index
    }

    /// What is ahead of a use case: within, none for one that does not act. None when that must
    /// be computed, as something changed.
    pub(crate) fn outlook(&self, use_case: UseCaseId) -> Option<Option<&Outlook>> {
        match &self.unsettled {
            Unsettled::These(these) if !these.contains(&use_case) => {
                Some(self.outlooks.get(&use_case))
            }
            _ => None,
        }
    }

    fn add_case(&mut self, case: &Case) {
        self.cases.update(case.use_case, |cases| cases.push(case.id));
        if let Cause::OverdueCondition { decision, condition } = case.cause {
            self.overdue.insert((decision, condition), ());
        }
        self.note_case(case);
    }

    fn note_case(&mut self, case: &Case) {
        if case.is_open() {
            self.open_cases.insert(case.id, ());
        } else {
            self.open_cases.remove(&case.id);
        }
    }

    fn add_decision(&mut self, decision: &Decision) {
        self.decisions.update(decision.use_case, |decisions| decisions.push(decision.id));
        self.note_decision(decision);
    }

    fn note_decision(&mut self, decision: &Decision) {
        if decision.is_open() {
            self.open_decisions.insert(decision.id, ());
        } else {
            self.open_decisions.remove(&decision.id);
        }
        let unproved = decision.motion.conditions.iter().any(|it| it.proof.is_none());
        if decision.carried.is_some() && unproved {
            self.unproved.insert(decision.id, ());
        } else {
            self.unproved.remove(&decision.id);
        }
        if decision.carried.is_some() && decision.motion.outcome == Outcome::Defer {
            self.deferred.insert(decision.id, ());
        }
    }

    fn add_evidence(&mut self, evidence: &Evidence) {
        self.evidence.update(evidence.use_case, |all| all.push(evidence.id));
    }
}

/// Brings the index in step with a change that was just applied.
pub(crate) fn note(record: &mut Record, change: &Change) {
    unsettle(record, change);
    let Record { index, cases, decisions, attestations, .. } = record;
    match change {
        Change::CaseOpened(case) => index.add_case(case),
        Change::CaseClosed { case, .. }
        | Change::Meetings(MeetingsChange::CaseReopened { case, .. }) => {
            if let Some(case) = cases.get(case) {
                index.note_case(case);
            }
        }
        Change::MotionOpened(decision) => index.add_decision(decision),
        Change::DecisionCarried { decision, .. }
        | Change::MotionEnded { decision, .. }
        | Change::ConditionMet { decision, .. } => {
            if let Some(decision) = decisions.get(decision) {
                index.note_decision(decision);
            }
        }
        Change::EvidenceRecorded(evidence) => index.add_evidence(evidence),
        Change::Attested(word) => {
            let place = attestations.len().saturating_sub(1);
            index.attestations.update(word.use_case, |places| places.push(place));
        }
        _ => {}
    }
}

/// Notes of which use cases a change moves the lapse. What is rare is said to move all.
fn unsettle(record: &mut Record, change: &Change) {
    let of_case = |case| record.cases.get(case).map(|case| case.use_case);
    let moved = match change {
        Change::UseCaseProposed { use_case, .. }
        | Change::OwnersAssigned { use_case, .. }
        | Change::FactsStated { use_case, .. }
        | Change::ValidationBegun { use_case, .. }
        | Change::PilotBegun { use_case, .. }
        | Change::PlanAdopted { use_case, .. }
        | Change::WentLive { use_case, .. }
        | Change::SentBack { use_case, .. }
        | Change::Suspended { use_case, .. }
        | Change::Resumed { use_case, .. }
        | Change::Retired { use_case, .. } => Some(*use_case),
        Change::Observed(observation) => Some(observation.use_case),
        Change::CaseOpened(case) => Some(case.use_case),
        Change::CaseClosed { case, .. }
        | Change::Meetings(MeetingsChange::CaseReopened { case, .. }) => of_case(case),
        Change::Founded(_)
        | Change::PersonLeft { .. }
        | Change::TierPolicyAdopted(_)
        | Change::VersionRegistered { .. }
        | Change::Organisation(_)
        | Change::Exceptions(_)
        | Change::ChangeRequests(_) => {
            record.index.unsettled = Unsettled::All;
            return;
        }
        _ => None,
    };
    if let (Some(moved), Unsettled::These(these)) = (moved, &mut record.index.unsettled) {
        these.insert(moved);
    }
}

impl Record {
    /// Computes what is ahead of the use cases that changed since it was last done. Whoever folds
    /// events does this once at the end; a record on which it was not done answers the same, more
    /// slowly.
    pub fn settle(&mut self) {
        let unsettled = std::mem::take(&mut self.index.unsettled);
        let ids: Vec<UseCaseId> = match unsettled {
            Unsettled::These(these) => these.into_iter().collect(),
            Unsettled::All => self.use_cases.keys().copied().collect(),
        };
        for id in ids {
            let acting = self.use_cases.get(&id).and_then(|use_case| {
                let Stage::Live(live) = &use_case.stage else { return None };
                let lapses = self.computed_lapses(use_case, Timestamp::MAX);
                let first = lapses.iter().map(|lapse| lapse.since).min();
                Some(Outlook { first, lapses, reported: live.plan.feed().is_none() })
            });
            match acting {
                Some(outlook) => drop(self.index.outlooks.insert(id, outlook)),
                None => drop(self.index.outlooks.remove(&id)),
            }
        }
    }

    /// Builds the index anew, for a record whose maps were filled without [`crate::apply`].
    pub fn reindex(&mut self) {
        self.index = Index::of(self);
    }

    /// The index as it was kept in step.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The use cases but for those of which it is known that they act, are in policy at `now` and
    /// have a feed: nothing waits about these that is not in a list of its own.
    pub(crate) fn that_may_wait(&self, now: Timestamp) -> impl Iterator<Item = &UseCase> {
        let quiet = move |ahead: &Outlook| !ahead.reported && ahead.holds(now);
        let may_wait = move |id: &UseCaseId| !self.index.outlook(*id).flatten().is_some_and(quiet);
        self.use_cases.iter().filter(move |(id, _)| may_wait(id)).map(|(_, use_case)| use_case)
    }

    /// All open cases, oldest first.
    pub fn all_open_cases(&self) -> impl Iterator<Item = &Case> {
        self.index.open_cases.keys().filter_map(|id| self.cases.get(id))
    }

    /// All open decisions, oldest first.
    pub fn open_decisions(&self) -> impl Iterator<Item = &Decision> {
        self.index.open_decisions.keys().filter_map(|id| self.decisions.get(id))
    }

    /// Decisions that were carried with conditions of which some are not proved, oldest first.
    pub fn unproved_decisions(&self) -> impl Iterator<Item = &Decision> {
        self.index.unproved.keys().filter_map(|id| self.decisions.get(id))
    }

    /// Decisions to defer that are still the newest on their question, oldest first.
    pub(crate) fn deferred_decisions(&self) -> impl Iterator<Item = &Decision> {
        let deferred = self.index.deferred.keys().filter_map(|id| self.decisions.get(id));
        deferred.filter(|decision| {
            let question = decision.motion.question;
            let mut newest_first = self.decisions_of(decision.use_case).rev();
            let newest = newest_first.find(|other| other.motion.question == question);
            newest.is_some_and(|newest| newest.id == decision.id)
        })
    }

    /// True when a case was opened for a condition because it was overdue.
    pub(crate) fn was_overdue(&self, decision: DecisionId, condition: usize) -> bool {
        self.index.overdue.contains_key(&(decision, condition))
    }

    /// All cases of a use case, oldest first.
    pub fn cases_of(&self, use_case: UseCaseId) -> impl DoubleEndedIterator<Item = &Case> {
        let ids = self.index.cases.get(&use_case).into_iter().flatten();
        ids.filter_map(|id| self.cases.get(id))
    }

    /// All decisions on a use case, oldest first.
    pub fn decisions_of(
        &self,
        use_case: impl Into<Option<UseCaseId>>,
    ) -> impl DoubleEndedIterator<Item = &Decision> {
        let ids = self.index.decisions.get(&use_case.into()).into_iter().flatten();
        ids.filter_map(|id| self.decisions.get(id))
    }

    /// All evidence on a use case, oldest first.
    pub fn evidence_of(&self, use_case: UseCaseId) -> impl DoubleEndedIterator<Item = &Evidence> {
        let ids = self.index.evidence.get(&use_case).into_iter().flatten();
        ids.filter_map(|id| self.evidence.get(id))
    }

    /// All attestations on a use case, oldest first.
    pub fn attestations_of(
        &self,
        use_case: UseCaseId,
    ) -> impl DoubleEndedIterator<Item = &Attestation> {
        let places = self.index.attestations.get(&use_case).into_iter().flatten();
        places.filter_map(|place| self.attestations.get(*place))
    }
}
