//! What evidence shows while a body excepts requirements of the standard.
//!
//! What was found stays as it was found. A requirement that is not met only stops nothing as long
//! as an exception from it is in force; with its end, what rests on it lapses.

use super::{Excepted, Exception};
use crate::{Evidence, Finding, Record, Status, UseCaseId, Validation};
use jiff::Timestamp;

impl Evidence {
    /// What was found that does not meet the standard.
    pub fn unmet(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.status != Status::Met)
    }
}

impl Record {
    /// True when a requirement is met, or need not be at `now`.
    #[must_use]
    pub fn is_met_or_excepted(
        &self,
        use_case: UseCaseId,
        finding: &Finding,
        now: Timestamp,
    ) -> bool {
        finding.status == Status::Met
            || self.excepted(use_case, &from_requirement(finding), now).is_some()
    }

    /// True when evidence shows the standard met at `now`, but for requirements from which an
    /// exception is in force.
    #[must_use]
    pub fn shows_enough(&self, evidence: &Evidence, now: Timestamp) -> bool {
        let enough = |finding| self.is_met_or_excepted(evidence.use_case, finding, now);
        !evidence.findings.is_empty() && evidence.findings.iter().all(enough)
    }

    /// Since when a validation holds no more, if so: it ran out, or an exception did on which it
    /// rests and that was not renewed.
    #[must_use]
    pub fn invalid_since(&self, validation: &Validation, now: Timestamp) -> Option<Timestamp> {
        let run_out = Some(validation.valid_until).filter(|until| *until <= now);
        let evidence = self.evidence.get(&validation.evidence);
        let unmet = evidence.into_iter().flat_map(|evidence| {
            let unmet = evidence.unmet();
            let unmet = unmet.filter(|it| !self.is_met_or_excepted(evidence.use_case, it, now));
            unmet.map(|finding| self.excepted_until(evidence, finding))
        });
        unmet.chain(run_out).min()
    }

    /// When the last exception from a requirement ended that evidence does not show met.
    fn excepted_until(&self, evidence: &Evidence, finding: &Finding) -> Timestamp {
        let ends = self.exceptions_from(evidence, finding).filter_map(Exception::over_at);
        ends.max().unwrap_or(evidence.recorded_at)
    }

    /// The exceptions from a requirement, those that are over too.
    fn exceptions_from(
        &self,
        evidence: &Evidence,
        finding: &Finding,
    ) -> impl Iterator<Item = &Exception> {
        let what = from_requirement(finding);
        self.exceptions_of(evidence.use_case).filter(move |it| it.what == what)
    }

    /// Invariant G3: evidence that something runs on meets the standard, but for requirements from
    /// which a body allowed an exception that held after it was recorded.
    pub(crate) fn showed_enough(&self, evidence: &Evidence) -> bool {
        let excepted = |finding| {
            let mut terms = self.exceptions_from(evidence, finding).flat_map(|it| &it.terms);
            terms.any(|term| term.expires > evidence.recorded_at)
        };
        evidence.status == Status::Met || evidence.unmet().all(excepted)
    }
}

fn from_requirement(finding: &Finding) -> Excepted {
    Excepted::Requirement { requirement: finding.requirement.clone() }
}
