//! Motions: put to a body, checked for form, and declared.

use super::use_case::no_tier;
use super::{Decided, Deciding, next_number, quorate, say_something, unsound, wins};
use crate::{
    Act, Body, BodyId, Change, Choice, Decision, DecisionId, EndReason, Motion, Outcome, Question,
    Refusal, Right, Stage, Tier, UseCase, Vote,
};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Deciding<'_> {
    pub(super) fn open_motion(&self, body: &BodyId, motion: &Motion) -> Decided {
        let body = super::find(&self.record.bodies, body, "body")?;
        let decision = self.new_decision(body, motion)?;
        if let Some(open) = self.record.open_motion(&motion.question) {
            return Err(Refusal::MotionOpen(open.id));
        }
        Ok(vec![Change::MotionOpened(Arc::new(decision))])
    }

    /// The outcome of a motion: carried, or lost and over.
    pub(super) fn declare(&self, id: DecisionId) -> Decided {
        let decision = self.open_decision(id)?;
        let body = super::find(&self.record.bodies, &decision.body, "body")?;
        if !self.record.meetings.presides(&self.person()?.id, &body.id, self.command.at) {
            self.seat(decision)?;
        }
        self.unconflicted(decision)?;
        self.takes_part(decision)?;
        // The rule that the motion was put under may not be lax any more: an exception ran out.
        if self.rose_since(decision)? {
            return Ok(vec![self.ended(decision, EndReason::Overtaken)?]);
        }
        let tally = decision.tally(body.seats.len());
        let rule = quorate(decision, tally)?;
        self.may_be_declared(decision, body)?;
        if !wins(rule, tally) {
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
        if body.chair_at(self.command.at) != Some(&person.id) {
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
            exhibits: Vec::new(),
            next_look: None,
        };
        let mut decision = self.new_decision(body, &motion)?;
        self.unconflicted(&decision)?;
        let vote = Vote {
            seat: body.chair.clone(),
            choice: Choice::Approve,
            meeting: None,
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
            Change::MotionOpened(Arc::new(decision)),
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
    pub(crate) fn new_decision(&self, body: &Body, motion: &Motion) -> Result<Decision, Refusal> {
        let use_case = match motion.question {
            Question::Approve { use_case } | Question::Resume { use_case } => {
                Some(self.use_case(use_case)?)
            }
            Question::Case { case } => Some(self.use_case(self.case(case)?.use_case)?),
            Question::Exception { exception } => {
                Some(self.use_case(self.exception(exception)?.use_case)?)
            }
            Question::Pack { .. } => None,
        };
        let of = |it| (it, self.record.effective_tier(it, self.command.at));
        let tier = match (use_case.map(of), motion.question) {
            (_, Question::Exception { exception }) => self.tier_to_except(exception)?,
            (Some((_, Some(tier))), _) => tier,
            // A case can be about a use case that is not triaged yet or is over. Unknown counts as
            // worst, and so does what is about all use cases.
            (_, Question::Case { .. }) | (None, _) => Tier::T4,
            (Some((use_case, None)), _) => return Err(no_tier(use_case)),
        };
        let no_right = || Refusal::NoRight { body: body.id.clone(), tier };
        let rule = body.rule(tier).ok_or_else(no_right)?;
        self.asks_enough(rule)?;
        if let Question::Exception { exception } = motion.question {
            self.is_high_enough(body, exception)?;
        }
        self.has_its_turn(body, motion.question, use_case)?;
        self.well_formed(motion, use_case)?;
        Ok(Decision {
            id: DecisionId(next_number(&self.record.decisions, |id: DecisionId| id.0)),
            body: body.id.clone(),
            use_case: use_case.map(|use_case| use_case.id),
            tier,
            rule: rule.clone(),
            chair: body.chair.clone(),
            motion: motion.clone(),
            opened_by: self.person()?.id.clone(),
            opened_at: self.command.at,
            votes: BTreeMap::new(),
            recusals: BTreeMap::new(),
            carried: None,
            ended: None,
        })
    }

    /// What a live or stopped use case needs decided goes to the body that approved it, or to one
    /// that this body reports to.
    fn has_its_turn(
        &self,
        body: &Body,
        on: Question,
        use_case: Option<&UseCase>,
    ) -> Result<(), Refusal> {
        let Some(use_case) = use_case else { return Ok(()) };
        let Some(live) = use_case.stage.live() else { return Ok(()) };
        let approver = &live.path.body;
        let its_own = self.record.lineage(approver).any(|it| it.id == body.id);
        if !matches!(on, Question::Case { .. } | Question::Resume { .. }) || its_own {
            return Ok(());
        }
        Err(Refusal::NotItsBody {
            body: body.id.clone(),
            use_case: use_case.id,
            approver: approver.clone(),
        })
    }

    /// Refuses a motion on what is settled already.
    fn is_unsettled(&self, question: Question) -> Result<(), Refusal> {
        match question {
            Question::Case { case } if !self.case(case)?.is_open() => {
                Err(Refusal::CaseClosed(case))
            }
            Question::Exception { exception } => {
                self.exception(exception)?.awaits_decision().map(|_| ())
            }
            _ => Ok(()),
        }
    }

    /// Refuses evidence about something else, exhibits that say nothing, and a next look that is
    /// none.
    fn rests_on(&self, motion: &Motion, use_case: Option<&UseCase>) -> Result<(), Refusal> {
        for exhibit in &motion.exhibits {
            say_something("the exhibit", &exhibit.what)?;
        }
        if let Some(next) = motion.next_look {
            if motion.outcome != Outcome::Defer {
                return Err(unsound("the motion", "only what is deferred has a next look"));
            }
            if next <= self.command.at {
                return Err(Refusal::NotInFuture("the next look"));
            }
        }
        for evidence in &motion.evidence {
            let about = self.evidence(*evidence)?.use_case;
            if use_case.is_none_or(|use_case| use_case.id != about) {
                let subject = use_case.map_or("a pack".to_owned(), |it| it.id.to_string());
                return Err(unsound("the motion", format!("{evidence} is not about {subject}")));
            }
        }
        Ok(())
    }

    fn well_formed(&self, motion: &Motion, use_case: Option<&UseCase>) -> Result<(), Refusal> {
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
        self.rests_on(motion, use_case)?;
        self.is_unsettled(motion.question)?;
        let Some(use_case) = use_case else { return go_or_no_go(motion.outcome) };
        self.answers_it(motion, use_case)
    }

    /// Refuses an outcome that is no answer to the question, or cannot be.
    fn answers_it(&self, motion: &Motion, use_case: &UseCase) -> Result<(), Refusal> {
        let fits = match motion.question {
            Question::Pack { .. } => return go_or_no_go(motion.outcome),
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
            Question::Case { .. } | Question::Resume { .. } | Question::Exception { .. } => {
                let resumes = matches!(motion.question, Question::Resume { .. });
                if resumes && !matches!(use_case.stage, Stage::Suspended { .. }) {
                    use_case.stage.clone().refuse_resumption()?;
                }
                if resumes && motion.outcome != Outcome::NoGo {
                    self.ready(use_case, use_case.stage.deployment())?;
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
}

/// A pack is adopted as it is or not at all.
fn go_or_no_go(outcome: Outcome) -> Result<(), Refusal> {
    match outcome {
        Outcome::Go | Outcome::NoGo => Ok(()),
        other => {
            Err(Refusal::OutcomeDoesNotFit { outcome: other.to_string(), choices: "go, no-go" })
        }
    }
}
