//! What is looked up often, kept beside the record's maps: a pure function of them, never stored.
//!
//! [`crate::apply`] keeps it in step, one change at a time; a record that is read back builds it
//! anew. A test compares the two after every command of random sequences.

use crate::{
    Attestation, Case, CaseId, Cause, Change, Decision, DecisionId, Evidence, EvidenceId, Map,
    MeetingsChange, Outcome, Record, UseCaseId,
};

/// Lists of what is open and of what belongs to a use case.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Index {
    cases: Map<UseCaseId, Vec<CaseId>>,
    open_cases: Map<CaseId, ()>,
    overdue: Map<(DecisionId, usize), ()>,
    decisions: Map<Option<UseCaseId>, Vec<DecisionId>>,
    open_decisions: Map<DecisionId, ()>,
    unproved: Map<DecisionId, ()>,
    deferred: Map<DecisionId, ()>,
    evidence: Map<UseCaseId, Vec<EvidenceId>>,
    attestations: Map<UseCaseId, Vec<usize>>,
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
        index
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

impl Record {
    /// Builds the index anew, for a record whose maps were filled without [`crate::apply`].
    pub fn reindex(&mut self) {
        self.index = Index::of(self);
    }

    /// The index as it was kept in step.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
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
