//! What a carried decision changes.

use super::{Decided, Deciding};
use crate::{
    Carried, Case, Change, Closed, Decision, DecisionPath, Deployment, EndReason, Ended, Live,
    Mode, MonitoringPlan, Outcome, Owners, Question, Refusal, Retirement, Right, Settling, Stage,
    Suspension, TierResult, UseCase, Validation, VoteTally, days_after,
};

impl Deciding<'_> {
    pub(crate) fn carried(
        &self,
        tally: VoteTally,
        right: Right,
        decision: &Decision,
    ) -> Result<Carried, Refusal> {
        let policy = self.record.tier_policy.as_ref().ok_or(Refusal::NoTierPolicy)?;
        let duties = policy.duties_of(decision.tier).ok_or(Refusal::NoTierPolicy)?;
        Ok(Carried {
            by: self.person()?.id.clone(),
            at: self.command.at,
            tally,
            right,
            expires: days_after(self.command.at, duties.approval_valid_days),
        })
    }

    pub(crate) fn effects(&self, decision: &Decision, carried: &Carried) -> Decided {
        // A pack that was approved is adopted by an act of its own.
        let Some(use_case) = decision.use_case else { return Ok(Vec::new()) };
        let use_case = self.use_case(use_case)?;
        let path = DecisionPath {
            body: decision.body.clone(),
            decision: decision.id,
            expires: carried.expires,
        };
        let go = matches!(decision.motion.outcome, Outcome::Go | Outcome::GoWithConditions);
        Ok(match (decision.motion.question, decision.motion.outcome) {
            (Question::Approve { .. }, _) if go => {
                let live = Box::new(self.go_live(use_case, path)?);
                let mut changes = vec![Change::WentLive { use_case: use_case.id, live }];
                changes.extend(self.change_decided(use_case.id, decision, Settling::Approved)?);
                changes
            }
            // Declining a change leaves what runs as it is.
            (Question::Approve { .. }, Outcome::NoGo)
                if matches!(use_case.stage, Stage::Live(_))
                    && self.record.change_to_approve(use_case.id).is_some() =>
            {
                let declined = self.change_decided(use_case.id, decision, Settling::Declined)?;
                declined.into_iter().collect()
            }
            (Question::Approve { .. }, Outcome::NoGo) => {
                let retirement = Retirement {
                    reason: decision.motion.reason.clone(),
                    at: self.command.at,
                    decision: decision.id,
                };
                let mut changes = vec![Change::Retired { use_case: use_case.id, retirement }];
                changes.extend(self.overtaken(Question::Resume { use_case: use_case.id })?);
                changes
            }
            (Question::Approve { .. }, Outcome::ReReview) => {
                vec![Change::SentBack { use_case: use_case.id, decision: decision.id }]
            }
            (Question::Resume { .. }, _) if go => {
                self.ready(use_case, use_case.stage.deployment())?;
                use_case.stage.clone().resume(path.clone(), self.command.at)?;
                vec![Change::Resumed { use_case: use_case.id, path }]
            }
            (Question::Case { case }, _) => self.close(self.case(case)?, decision, go)?,
            (Question::Exception { exception }, _) => {
                vec![self.exception_decided(exception, decision.id, go)?]
            }
            _ => Vec::new(),
        })
    }

    fn close(&self, case: &Case, decision: &Decision, go: bool) -> Decided {
        if !case.is_open() {
            return Err(Refusal::CaseClosed(case.id));
        }
        let use_case = self.use_case(case.use_case)?;
        let closed = Closed { decision: decision.id, at: self.command.at };
        let mut changes = vec![Change::CaseClosed { case: case.id, closed }];
        if !go && use_case.stage.runs() {
            let suspension = Suspension {
                by: self.person()?.id.clone(),
                at: self.command.at,
                reason: decision.motion.reason.clone(),
                decision: Some(decision.id),
            };
            changes.extend(self.stop(use_case, suspension)?);
        }
        // A motion on the same case, when it was not that one which was carried.
        let question = Question::Case { case: case.id };
        if self.record.open_motion(&question).is_some_and(|open| open.id != decision.id) {
            changes.extend(self.overtaken(question)?);
        }
        Ok(changes)
    }

    /// Stops a use case. An end to its silent run leaves nothing to approve.
    pub(super) fn stop(&self, use_case: &UseCase, suspension: Suspension) -> Decided {
        let id = use_case.id;
        use_case.stage.clone().suspend(suspension.clone())?;
        let mut changes = vec![Change::Suspended { use_case: id, suspension }];
        if matches!(use_case.stage, Stage::Piloting { .. }) {
            changes.extend(self.overtaken(Question::Approve { use_case: id })?);
        }
        Ok(changes)
    }

    /// Ends the open motion on a question that is settled, if there is one.
    pub(crate) fn overtaken(&self, question: Question) -> Result<Option<Change>, Refusal> {
        let open = self.record.open_motion(&question);
        open.map(|open| self.ended(open, EndReason::Overtaken)).transpose()
    }

    pub(crate) fn ended(&self, decision: &Decision, reason: EndReason) -> Result<Change, Refusal> {
        let ended = self.end_of(decision, reason)?;
        Ok(Change::MotionEnded { decision: decision.id, ended })
    }

    pub(crate) fn end_of(&self, decision: &Decision, reason: EndReason) -> Result<Ended, Refusal> {
        let body = super::find(&self.record.bodies, &decision.body, "body")?;
        Ok(Ended {
            by: self.person()?.id.clone(),
            at: self.command.at,
            tally: decision.tally(body.seats.len()),
            reason,
            note: None,
        })
    }

    fn go_live(&self, use_case: &UseCase, path: DecisionPath) -> Result<Live, Refusal> {
        let ready = self.approvable(use_case)?;
        let before = use_case.stage.live();
        let live = Live {
            owners: ready.owners,
            tier: ready.tier,
            validation: ready.validation,
            plan: ready.plan,
            path,
            deployment: Deployment { mode: Mode::Live, ..ready.deployment },
            risen: None,
            since: before.map_or(self.command.at, |live| live.since),
            acting_since: before.map_or(self.command.at, |live| live.acting_since),
        };
        use_case.stage.clone().go_live(live.clone())?;
        Ok(live)
    }

    /// What an approval takes: what is suspended is resumed instead.
    pub(super) fn approvable(&self, use_case: &UseCase) -> Result<Ready, Refusal> {
        if matches!(use_case.stage, Stage::Suspended { .. }) {
            let missing = "it is suspended; have the body resume it".to_owned();
            return Err(Refusal::FieldsMissing { use_case: use_case.id, missing });
        }
        let ready = self.ready(use_case, self.record.to_approve(use_case))?;
        if let Some(request) = self.record.change_to_approve(use_case.id) {
            self.since_request(request, ready.validation.evidence)?;
        }
        Ok(ready)
    }

    /// Invariant G3: what going live, staying so or being resumed takes but for the decision
    /// itself.
    pub(super) fn ready(
        &self,
        use_case: &UseCase,
        deployment: Option<&Deployment>,
    ) -> Result<Ready, Refusal> {
        let missing = |missing: &str| Refusal::FieldsMissing {
            use_case: use_case.id,
            missing: missing.to_owned(),
        };
        let owners =
            use_case.owners.clone().ok_or_else(|| missing("it has no owners; name them"))?;
        for (_, owner) in owners.all() {
            self.employed(owner)?;
        }
        let tier = use_case
            .stage
            .tier()
            .cloned()
            .ok_or_else(|| missing("it has no tier; state its facts"))?;
        let plan =
            use_case.plan.clone().ok_or_else(|| missing("it has no monitoring plan; adopt one"))?;
        let deployment =
            deployment.ok_or_else(|| missing("it was not piloted; begin a silent run"))?;
        let validation = self.validation_of(use_case, &deployment.version)?;
        if let Some(slow) = self.record.too_slow(use_case, &plan, self.command.at) {
            return Err(missing(&slow));
        }
        if let Some(lack) = self.record.lacks(use_case, self.command.at).first() {
            return Err(missing(lack));
        }
        Ok(Ready { owners, tier, plan, deployment: deployment.clone(), validation })
    }

    /// What shows the standard met for a version, as long as that holds.
    pub(crate) fn validation_of(
        &self,
        use_case: &UseCase,
        version: &str,
    ) -> Result<Validation, Refusal> {
        let missing = |missing: &str| Refusal::FieldsMissing {
            use_case: use_case.id,
            missing: missing.to_owned(),
        };
        let evidence = self.record.met_evidence(use_case.id, version, self.command.at);
        let evidence = evidence.ok_or_else(|| {
            missing("its newest evidence does not meet the standard; see its findings")
        })?;
        let standard = self.standard_of(use_case)?;
        if let Some(reason) = &standard.prohibited {
            return Err(Refusal::Part(crate::PartRefusal::Prohibited {
                use_case: use_case.id,
                reason: reason.clone(),
            }));
        }
        if evidence.standard != standard.label() {
            return Err(missing(
                "its evidence was judged against another standard, or another version of it; \
                 compute it again",
            ));
        }
        let valid_until = days_after(evidence.recorded_at, standard.valid_days);
        if valid_until <= self.command.at {
            return Err(missing("its evidence has run out; compute it again"));
        }
        let valid_until = valid_until.min(self.record.attested_until(evidence, standard));
        if valid_until <= self.command.at {
            return Err(missing("an attestation behind its evidence has run out; attest again"));
        }
        let valid_until = valid_until.min(self.record.reviewed_until(evidence, standard));
        if valid_until <= self.command.at {
            return Err(missing("a review behind its evidence has run out; review again"));
        }
        let (evidence, version) = (evidence.id, version.to_owned());
        Ok(Validation { evidence, version, valid_until, carried_by: None })
    }
}

/// Four of the five fields, found complete. The fifth is the decision that lets the use case go
/// live.
pub(super) struct Ready {
    owners: Owners,
    tier: TierResult,
    plan: MonitoringPlan,
    deployment: Deployment,
    validation: Validation,
}
