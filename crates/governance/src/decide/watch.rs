//! Monitoring: observations, signals, cases, escalation by clock.

use super::{Decided, Deciding, finite, finite_estimates, next_number};
use crate::{
    Act, Alarm, Body, Case, CaseId, Cause, Change, DecisionId, Escalated, Escalation, Live,
    MeetingsChange, Observation, Observed, PersonId, Reading, Refusal, Reopened, Signal, Status,
    UseCase, Waiting, Watch, days_after,
};
use statistics::Estimate;
use std::sync::Arc;

/// Days to answer the case of an overdue condition.
const DAYS_TO_MEND: u32 = 7;

impl Deciding<'_> {
    pub(super) fn record_observation(&self, observed: &Observed) -> Decided {
        let use_case = self.use_case(observed.use_case)?;
        let (Some(live), Some(due)) = (use_case.stage.live(), self.record.next_month(use_case))
        else {
            let so = "months are observed from going live on";
            return Err(Refusal::NotLive { use_case: use_case.id, so });
        };
        if due != observed.month {
            return Err(Refusal::MonthOutOfOrder {
                use_case: use_case.id,
                expected: due.to_string(),
                given: observed.month.to_string(),
            });
        }
        if live.plan.feed().is_none() {
            return Err(Refusal::Part(crate::PartRefusal::NotLogged(use_case.id)));
        }
        let matures = live.plan.matures(observed.month);
        if matures > self.command.at {
            return Err(Refusal::MonthNotMature { month: observed.month.to_string(), matures });
        }
        for reading in &observed.readings {
            finite("a reading", [reading.evidence, reading.limit])?;
        }
        finite_estimates(&observed.estimates)?;
        let observation = Observation {
            use_case: use_case.id,
            version: live.deployment.version.clone(),
            site: live.deployment.site.clone(),
            month: observed.month,
            months: 1,
            tallies_digest: observed.tallies_digest.clone(),
            estimates: observed.estimates.clone(),
            shares: Vec::new(),
            readings: observed.readings.clone(),
        };
        let mut changes = vec![Change::Observed(Arc::new(observation.clone()))];
        self.raise(use_case, live, &observation, &mut changes);
        Ok(changes)
    }

    pub(super) fn report_unknown_version(&self) -> Decided {
        let Act::ReportUnknownVersion { use_case, version, site, workflow } = &self.command.act
        else {
            return Ok(Vec::new());
        };
        let use_case = self.use_case(*use_case)?;
        let system = self.record.systems.get(&use_case.proposal.system);
        if system.is_some_and(|system| system.versions.contains_key(version)) {
            return Err(Refusal::VersionKnown(version.clone()));
        }
        // One case for a version, however many places it turns up in.
        let about = |case: &Case| match &case.cause {
            Cause::UnknownVersion { version: seen, .. } => seen == version,
            Cause::Signal { .. }
            | Cause::OverdueCondition { .. }
            | Cause::FailedAudit { .. }
            | Cause::Incident { .. } => false,
        };
        if self.record.open_cases(use_case.id).any(about) {
            return Ok(Vec::new());
        }
        let cause = Cause::UnknownVersion {
            version: version.clone(),
            site: site.clone(),
            workflow: workflow.clone(),
        };
        let action = "Find out who switched it on; keep it closed until it is validated";
        Ok(vec![self.open_case(use_case, cause, 0, 3, action)])
    }

    /// What clocks make due: the next rungs of open cases, and cases for overdue conditions.
    pub(super) fn tick(&self) -> Vec<Change> {
        let open = self.record.all_open_cases();
        let mut changes: Vec<_> = open.flat_map(|case| self.climb(case)).collect();
        changes.extend(self.escalate_clocks());
        let mut opened = 0;
        for decision in self.record.unproved_decisions() {
            for (index, condition) in decision.motion.conditions.iter().enumerate() {
                let cause = Cause::OverdueCondition { decision: decision.id, condition: index + 1 };
                if condition.proof.is_some() || condition.due > self.command.at {
                    continue;
                }
                if let Some(closed) = decision.motion.question.case() {
                    changes.extend(self.reopen(closed, decision.id, index + 1));
                    continue;
                }
                if self.record.was_overdue(decision.id, index + 1) {
                    continue;
                }
                let about = decision.use_case.and_then(|id| self.record.use_cases.get(&id));
                if let Some(use_case) = about {
                    let action = "Meet the condition and prove it, or decide again";
                    changes.push(self.open_case(use_case, cause, opened, DAYS_TO_MEND, action));
                    opened += 1;
                }
            }
        }
        changes
    }

    /// Opens the case again that a decision closed whose condition was not met in time; once for
    /// each condition.
    fn reopen(&self, case: CaseId, decision: DecisionId, condition: usize) -> Option<Change> {
        let case = self.record.cases.get(&case)?;
        let by = |it: &Reopened| it.decision == decision && it.condition == condition;
        if case.reopened.iter().any(by) {
            return None;
        }
        let reopened = Reopened { decision, condition, at: self.command.at };
        let in_time = days_after(self.command.at, DAYS_TO_MEND);
        // One that is open already gets no more time from another slip.
        let answer_by = if case.is_open() { in_time.min(case.answer_by) } else { in_time };
        let id = case.id;
        Some(Change::Meetings(MeetingsChange::CaseReopened { case: id, reopened, answer_by }))
    }

    /// Signals of one month, each in a case: an open one of the same watch, or a new one.
    pub(crate) fn raise(
        &self,
        use_case: &UseCase,
        live: &Live,
        observed: &Observation,
        changes: &mut Vec<Change>,
    ) {
        let mut opened = 0;
        for watch in &live.plan.watches {
            let signals = signals(watch, observed);
            if signals.is_empty() {
                continue;
            }
            let cause = Cause::Signal { watch: watch.id.clone() };
            let known = self.record.open_cases(use_case.id).find(|case| case.cause == cause);
            let id = known.map_or_else(|| self.next_case(opened), |case| case.id);
            if known.is_none() {
                let (days, action) = (watch.answer_within_days, &watch.action);
                changes.push(self.open_case(use_case, cause, opened, days, action));
                opened += 1;
            }
            let raised = signals.into_iter();
            changes.extend(raised.map(|signal| Change::SignalRaised { case: id, signal }));
        }
    }

    pub(crate) fn open_case(
        &self,
        use_case: &UseCase,
        cause: Cause,
        opened_before: u32,
        answer_within_days: u32,
        action: &str,
    ) -> Change {
        let owner = use_case.owners.as_ref().map_or(&use_case.submitter, |owners| &owners.business);
        let live = use_case.stage.live().map(|live| &live.plan);
        let plan = live.or(use_case.plan.as_ref());
        Change::CaseOpened(Case {
            id: self.next_case(opened_before),
            use_case: use_case.id,
            cause,
            opened_at: self.command.at,
            owner: owner.clone(),
            answer_by: days_after(self.command.at, answer_within_days),
            action: action.to_owned(),
            ladder: plan.map_or_else(default_ladder, |plan| plan.ladder.clone()),
            signals: Vec::new(),
            escalations: Vec::new(),
            closed: None,
            reopened: Vec::new(),
        })
    }

    fn next_case(&self, opened_before: u32) -> CaseId {
        CaseId(next_number(&self.record.cases, |id: CaseId| id.0) + opened_before)
    }

    fn climb(&self, case: &Case) -> Vec<Change> {
        let due = case.ladder.iter().skip(case.escalations.len());
        due.take_while(|rung| days_after(case.open_since(), rung.after_days) <= self.command.at)
            .map(|rung| Change::CaseEscalated {
                case: case.id,
                escalated: Escalated {
                    tell: rung.tell,
                    person: self.told(case, rung.tell),
                    at: self.command.at,
                },
            })
            .collect()
    }

    fn chair_of(&self, body: &Body) -> Option<PersonId> {
        body.chair_at(self.command.at).cloned()
    }

    fn told(&self, case: &Case, tell: Escalation) -> Option<PersonId> {
        let use_case = self.record.use_cases.get(&case.use_case)?;
        match tell {
            Escalation::Owner => match self.record.answers(use_case, &case.owner)? {
                Waiting::Person(person) => Some(person),
                Waiting::Body(body) => self.chair_of(self.record.bodies.get(&body)?),
            },
            Escalation::Sponsor => Some(use_case.owners.as_ref()?.sponsor.clone()),
            Escalation::Chair => self.chair_of(self.record.deciding_body(use_case)?),
            Escalation::Parent => {
                let body = self.record.deciding_body(use_case)?;
                self.chair_of(self.record.bodies.get(body.parent.as_ref()?)?)
            }
        }
        .filter(|person| self.record.works_here(person))
    }
}

/// The ladder of a use case that has no plan yet.
fn default_ladder() -> Vec<crate::Rung> {
    let rung = |after_days, tell| crate::Rung { after_days, tell };
    vec![rung(0, Escalation::Owner), rung(3, Escalation::Chair), rung(7, Escalation::Sponsor)]
}

fn signals(watch: &Watch, observed: &Observation) -> Vec<Signal> {
    match &watch.alarm {
        Alarm::Calibration { .. } => {
            let readings = observed.readings.iter().filter(|reading| reading.watch == watch.id);
            let over = readings.filter(|reading| reading.evidence >= reading.limit);
            over.map(|reading| of_reading(watch, observed, reading)).collect()
        }
        Alarm::Bound(bound) => {
            let about = observed.estimates.iter().filter(|estimate| bound.is_about(estimate));
            let judged = about.map(|estimate| (estimate, bound.judge_one(estimate)));
            judged
                .filter(|(_, (status, _))| *status == Status::Failed)
                .map(|(estimate, (_, finding))| of_estimate(watch, observed, estimate, finding))
                .collect()
        }
        Alarm::Share(share) => {
            let about = observed.shares.iter().filter(|reported| reported.watch == watch.id);
            let breaches = about.filter_map(|reported| share.breach(reported));
            let signal = |finding| Signal {
                watch: watch.id.clone(),
                cohort: None,
                month: observed.month,
                finding,
            };
            breaches.map(signal).collect()
        }
    }
}

fn of_reading(watch: &Watch, observed: &Observation, reading: &Reading) -> Signal {
    Signal {
        watch: watch.id.clone(),
        cohort: reading.cohort.clone(),
        month: observed.month,
        finding: reading.finding.clone(),
    }
}

fn of_estimate(
    watch: &Watch,
    observed: &Observation,
    estimate: &Estimate,
    finding: String,
) -> Signal {
    Signal {
        watch: watch.id.clone(),
        cohort: estimate.cohort.clone(),
        month: observed.month,
        finding,
    }
}
