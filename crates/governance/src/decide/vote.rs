//! Motions, votes, and what a carried decision changes.

use super::use_case::no_tier;
use super::{Decided, Deciding, next_number, say_something, unsound};
use crate::{
    Act, Body, BodyId, Carried, Case, Change, Choice, Closed, Decision, DecisionId, DecisionPath,
    Deployment, EndReason, Ended, Live, Mode, MonitoringPlan, Motion, Outcome, Owners, PersonId,
    Question, Refusal, Retirement, Right, SeatId, Stage, Suspension, Tier, TierResult, TierRule,
    UseCase, UseCaseId, Validation, Vote, VoteTally, days_after,
};
use std::collections::BTreeMap;

impl Deciding<'_> {
    pub(super) fn open_motion(&self, body: &BodyId, motion: &Motion) -> Decided {
        let body = super::find(&self.record.bodies, body, "body")?;
        let decision = self.new_decision(body, motion)?;
        if let Some(open) = self.record.open_motion(&motion.question) {
            return Err(Refusal::MotionOpen(open.id));
        }
        Ok(vec![Change::MotionOpened(Box::new(decision))])
    }

    pub(super) fn recuse(&self, id: DecisionId, reason: &str) -> Decided {
        let decision = self.open_decision(id)?;
        self.seat(decision)?;
        self.takes_part(decision)?;
        say_something("the reason", reason)?;
        if decision.votes.contains_key(&self.person()?.id) {
            return Err(Refusal::VotedAlready(self.person()?.id.clone()));
        }
        Ok(vec![Change::Recused { decision: id, reason: reason.to_owned() }])
    }

    pub(super) fn cast_vote(&self, id: DecisionId, choice: Choice, reason: &str) -> Decided {
        let decision = self.open_decision(id)?;
        let person = self.person()?;
        let seat = self.seat(decision)?;
        self.unconflicted(decision)?;
        self.takes_part(decision)?;
        if decision.votes.contains_key(&person.id) {
            return Err(Refusal::VotedAlready(person.id.clone()));
        }
        let vote = Vote {
            seat,
            choice,
            reason: reason.to_owned(),
            clinician: person.clinician,
            at: self.command.at,
        };
        Ok(vec![Change::VoteCast { decision: id, vote }])
    }

    /// The outcome of a motion: carried, or lost and over.
    pub(super) fn declare(&self, id: DecisionId) -> Decided {
        let decision = self.open_decision(id)?;
        self.seat(decision)?;
        self.unconflicted(decision)?;
        self.takes_part(decision)?;
        let body = super::find(&self.record.bodies, &decision.body, "body")?;
        let tally = decision.tally(body.seats.len());
        if !wins(quorate(body, decision, tally)?, tally) {
            return Ok(vec![self.ended(decision, EndReason::Lost)?]);
        }
        let carried = self.carried(tally, Right::Vote, decision)?;
        let mut changes = vec![Change::DecisionCarried { decision: id, carried: carried.clone() }];
        changes.extend(self.effects(decision, &carried)?);
        Ok(changes)
    }

    /// The chair stops a use case on a case: a decision of its own, by the delegated right to stop.
    pub(super) fn stop_on_case(&self) -> Decided {
        let Act::StopOnCase { case, reason, alternatives, residual_risk } = &self.command.act
        else {
            return Ok(Vec::new());
        };
        let case = self.case(*case)?;
        let use_case = self.use_case(case.use_case)?;
        if !use_case.stage.runs() && use_case.stage.live().is_none() {
            let so = "there is nothing to stop; put a motion on the case";
            return Err(Refusal::NotLive { use_case: use_case.id, so });
        }
        let so = "no body has the right to decide on it; charter one";
        let body = self.record.deciding_body(use_case);
        let body = body.ok_or(Refusal::NotLive { use_case: use_case.id, so })?;
        let person = self.person()?;
        if body.chair_holder() != Some(&person.id) {
            return Err(Refusal::NotTheChair(body.id.clone()));
        }
        let motion = Motion {
            question: Question::Case { case: case.id },
            outcome: Outcome::NoGo,
            reason: reason.clone(),
            alternatives: alternatives.clone(),
            evidence: std::collections::BTreeSet::new(),
            residual_risk: residual_risk.clone(),
            conditions: Vec::new(),
            ai_help: "none".to_owned(),
        };
        let mut decision = self.new_decision(body, &motion)?;
        self.unconflicted(&decision)?;
        let vote = Vote {
            seat: body.chair.clone(),
            choice: Choice::Approve,
            reason: reason.clone(),
            clinician: person.clinician,
            at: self.command.at,
        };
        decision.votes.insert(person.id.clone(), vote);
        let tally = decision.tally(body.seats.len());
        let carried = self.carried(tally, Right::ChairStops, &decision)?;
        let effects = self.effects(&decision, &carried)?;
        let id = decision.id;
        let mut changes = vec![
            Change::MotionOpened(Box::new(decision)),
            Change::DecisionCarried { decision: id, carried },
        ];
        changes.extend(effects);
        Ok(changes)
    }

    pub(super) fn meet_condition(&self, id: DecisionId, place: usize, proof: &str) -> Decided {
        let decision = self.decision(id)?;
        say_something("the proof", proof)?;
        let no_condition = || Refusal::NoCondition { decision: id, condition: place };
        let index = place.checked_sub(1).ok_or_else(no_condition)?;
        let condition = decision.motion.conditions.get(index).ok_or_else(no_condition)?;
        if condition.proof.is_some() || decision.carried.is_none() {
            return Err(no_condition());
        }
        if self.person()?.id != condition.owner {
            return Err(Refusal::NotTheOwner(condition.owner.clone()));
        }
        Ok(vec![Change::ConditionMet { decision: id, condition: place, proof: proof.to_owned() }])
    }

    /// A decision on a motion, checked for form and for the body's right.
    fn new_decision(&self, body: &Body, motion: &Motion) -> Result<Decision, Refusal> {
        let use_case = self.use_case(match motion.question {
            Question::Approve { use_case } | Question::Resume { use_case } => use_case,
            Question::Case { case } => self.case(case)?.use_case,
        })?;
        let tier = match (use_case.stage.tier(), motion.question) {
            (Some(tier), _) => tier.tier,
            // A case can be about a use case that is not triaged yet or is over. Unknown counts as
            // worst.
            (None, Question::Case { .. }) => Tier::T4,
            (None, _) => return Err(no_tier(use_case)),
        };
        if body.rule(tier).is_none() {
            return Err(Refusal::NoRight { body: body.id.clone(), tier });
        }
        self.well_formed(motion, use_case)?;
        Ok(Decision {
            id: DecisionId(next_number(&self.record.decisions, |id: DecisionId| id.0)),
            body: body.id.clone(),
            use_case: use_case.id,
            tier,
            motion: motion.clone(),
            opened_by: self.person()?.id.clone(),
            opened_at: self.command.at,
            votes: BTreeMap::new(),
            recusals: BTreeMap::new(),
            carried: None,
            ended: None,
        })
    }

    fn well_formed(&self, motion: &Motion, use_case: &UseCase) -> Result<(), Refusal> {
        say_something("the reason", &motion.reason)?;
        say_something("the residual risk", &motion.residual_risk)?;
        if motion.alternatives.iter().all(|text| text.trim().is_empty()) {
            return Err(Refusal::NoAlternative);
        }
        let wants_conditions = motion.outcome == Outcome::GoWithConditions;
        if wants_conditions == motion.conditions.is_empty() {
            return Err(Refusal::ConditionsDoNotFit);
        }
        for condition in &motion.conditions {
            self.employed(&condition.owner)?;
            say_something("the condition", &condition.what)?;
            if condition.due <= self.command.at {
                return Err(Refusal::NotInFuture("a condition's due date"));
            }
        }
        for evidence in &motion.evidence {
            if self.evidence(*evidence)?.use_case != use_case.id {
                let because = format!("{evidence} is not about {}", use_case.id);
                return Err(unsound("the motion", because));
            }
        }
        if let Question::Case { case } = motion.question
            && !self.case(case)?.is_open()
        {
            return Err(Refusal::CaseClosed(case));
        }
        let fits = match motion.question {
            Question::Approve { .. } => {
                // Asked now, so that a body is not called to vote on what cannot be.
                match motion.outcome {
                    Outcome::Go | Outcome::GoWithConditions => {
                        self.approvable(use_case)?;
                    }
                    Outcome::ReReview => {
                        use_case.stage.clone().send_back()?;
                    }
                    Outcome::NoGo | Outcome::Defer => {}
                }
                true
            }
            Question::Case { .. } | Question::Resume { .. } => {
                let resumes = matches!(motion.question, Question::Resume { .. });
                if resumes && !matches!(use_case.stage, Stage::Suspended { .. }) {
                    use_case.stage.clone().refuse_resumption()?;
                }
                if resumes && motion.outcome != Outcome::NoGo {
                    self.ready(use_case)?;
                }
                motion.outcome != Outcome::ReReview && motion.outcome != Outcome::Defer
            }
        };
        if fits {
            return Ok(());
        }
        Err(Refusal::OutcomeDoesNotFit {
            outcome: motion.outcome.to_string(),
            choices: "go, go with conditions, no-go",
        })
    }

    fn open_decision(&self, id: DecisionId) -> Result<&Decision, Refusal> {
        let decision = self.decision(id)?;
        if decision.is_open() { Ok(decision) } else { Err(Refusal::DecisionOver(id)) }
    }

    fn seat(&self, decision: &Decision) -> Result<SeatId, Refusal> {
        let body = super::find(&self.record.bodies, &decision.body, "body")?;
        let person = &self.person()?.id;
        let seat = body.seat_of(person).map(|seat| seat.id.clone());
        seat.ok_or_else(|| Refusal::NoSeat { person: person.clone(), body: body.id.clone() })
    }

    fn takes_part(&self, decision: &Decision) -> Result<(), Refusal> {
        let person = &self.person()?.id;
        if decision.recusals.contains_key(person) {
            return Err(Refusal::SteppedAside(person.clone()));
        }
        Ok(())
    }

    /// Invariant G2: nobody decides on what they own, submitted or assessed, or have an interest
    /// in.
    fn unconflicted(&self, decision: &Decision) -> Result<(), Refusal> {
        let person = &self.person()?.id;
        let use_case = self.use_case(decision.use_case)?;
        match self.record.conflict(person, use_case) {
            None => Ok(()),
            Some(conflict) => {
                Err(Refusal::Conflicted { person: person.clone(), use_case: use_case.id, conflict })
            }
        }
    }

    /// Invariant G2, the other way round: who has voted does not become an owner or assessor before
    /// the end.
    pub(super) fn has_not_voted(
        &self,
        use_case: UseCaseId,
        person: &PersonId,
    ) -> Result<(), Refusal> {
        let mut decisions = self.record.decisions.values();
        let voted = decisions.find(|decision| {
            decision.use_case == use_case
                && decision.is_open()
                && decision.votes.contains_key(person)
        });
        match voted {
            None => Ok(()),
            Some(decision) => {
                Err(Refusal::HasVoted { person: person.clone(), decision: decision.id })
            }
        }
    }

    fn carried(
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

    fn effects(&self, decision: &Decision, carried: &Carried) -> Decided {
        let use_case = self.use_case(decision.use_case)?;
        let path = DecisionPath {
            body: decision.body.clone(),
            decision: decision.id,
            expires: carried.expires,
        };
        let go = matches!(decision.motion.outcome, Outcome::Go | Outcome::GoWithConditions);
        Ok(match (decision.motion.question, decision.motion.outcome) {
            (Question::Approve { .. }, _) if go => {
                let live = self.go_live(use_case, path)?;
                vec![Change::WentLive { use_case: use_case.id, live: Box::new(live) }]
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
                self.ready(use_case)?;
                use_case.stage.clone().resume(path.clone(), self.command.at)?;
                vec![Change::Resumed { use_case: use_case.id, path }]
            }
            (Question::Case { case }, _) => self.close(self.case(case)?, decision, go)?,
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
    fn overtaken(&self, question: Question) -> Result<Option<Change>, Refusal> {
        let open = self.record.open_motion(&question);
        open.map(|open| self.ended(open, EndReason::Overtaken)).transpose()
    }

    fn ended(&self, decision: &Decision, reason: EndReason) -> Result<Change, Refusal> {
        let body = super::find(&self.record.bodies, &decision.body, "body")?;
        let ended = Ended {
            by: self.person()?.id.clone(),
            at: self.command.at,
            tally: decision.tally(body.seats.len()),
            reason,
        };
        Ok(Change::MotionEnded { decision: decision.id, ended })
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
            since: before.map_or(self.command.at, |live| live.since),
            acting_since: before.map_or(self.command.at, |live| live.acting_since),
        };
        use_case.stage.clone().go_live(live.clone())?;
        Ok(live)
    }

    /// What an approval takes: what is suspended is resumed instead.
    fn approvable(&self, use_case: &UseCase) -> Result<Ready, Refusal> {
        if matches!(use_case.stage, Stage::Suspended { .. }) {
            let missing = "it is suspended; have the body resume it".to_owned();
            return Err(Refusal::FieldsMissing { use_case: use_case.id, missing });
        }
        self.ready(use_case)
    }

    /// Invariant G3: what going live, staying so or being resumed takes but for the decision
    /// itself.
    fn ready(&self, use_case: &UseCase) -> Result<Ready, Refusal> {
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
        let deployment = use_case.stage.deployment().cloned();
        let deployment =
            deployment.ok_or_else(|| missing("it was not piloted; begin a silent run"))?;
        let evidence =
            self.record.met_evidence(use_case.id, &deployment.version).ok_or_else(|| {
                missing("its newest evidence does not meet the standard; see its findings")
            })?;
        let standard = self.standard_of(use_case)?;
        if evidence.standard != standard.label() {
            return Err(missing(
                "its evidence was judged against another version of the standard; compute it again",
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
        if let Some(lack) = self.record.lacks(use_case, self.command.at).first() {
            return Err(missing(lack));
        }
        let validation =
            Validation { evidence: evidence.id, version: deployment.version.clone(), valid_until };
        Ok(Ready { owners, tier, plan, deployment, validation })
    }
}

/// Four of the five fields, found complete. The fifth is the decision that lets the use case go
/// live.
struct Ready {
    owners: Owners,
    tier: TierResult,
    plan: MonitoringPlan,
    deployment: Deployment,
    validation: Validation,
}

/// Invariant G1, who took part: the rule of the tier, once its quorum and seats are there.
pub(crate) fn quorate<'a>(
    body: &'a Body,
    decision: &Decision,
    tally: VoteTally,
) -> Result<&'a TierRule, Refusal> {
    let rule = body
        .rule(decision.tier)
        .ok_or_else(|| Refusal::NoRight { body: body.id.clone(), tier: decision.tier })?;
    let present = tally.approvals + tally.rejections + tally.abstentions;
    if present < rule.quorum {
        return Err(Refusal::NoQuorum { present, needed: rule.quorum });
    }
    let voted = |seat: &SeatId| decision.votes.values().any(|vote| vote.seat == *seat);
    match rule.required_seats.iter().find(|seat| !voted(seat)) {
        Some(seat) => Err(Refusal::SeatMissing(seat.clone())),
        None => Ok(rule),
    }
}

/// Invariant G1, how they voted: the clinicians and the majority that the tier demands.
pub(crate) fn wins(rule: &TierRule, tally: VoteTally) -> bool {
    let share = u64::from(tally.approvals) * u64::from(rule.majority_of);
    let needed = u64::from(tally.approvals + tally.rejections) * u64::from(rule.majority);
    let half = u64::from(rule.majority) * 2 == u64::from(rule.majority_of);
    let majority = if half { share > needed } else { share >= needed };
    tally.approvals > 0 && majority && tally.clinician_approvals >= rule.clinician_approvals
}
