//! What intake may do, and the fold.

use super::{
    Answers, Audit, AuditFinding, Draft, IntakeAct, IntakeChange, Likeness, drawn_for_audit,
    duplicates, inventory,
};
use crate::apply::{Fault, unknown};
use crate::decide::{Decided, Deciding, find, say_something};
use crate::{
    Cause, Change, DraftId, Event, Motion, Outcome, Proposal, Question, Record, Refusal, Right,
    UseCaseId,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Days in which the case of a failed audit is decided.
const ANSWER_DAYS: u32 = 7;

impl Deciding<'_> {
    pub(crate) fn intake(&self, act: &IntakeAct) -> Decided {
        self.person()?;
        match act {
            IntakeAct::BeginDraft { answers } => {
                self.fits(answers)?;
                let draft = DraftId(self.record.intake.newest.saturating_add(1));
                Ok(changed(IntakeChange::DraftBegun { draft, answers: answers.clone() }))
            }
            IntakeAct::SaveDraft { draft, answers } => {
                self.draft(*draft)?;
                self.fits(answers)?;
                let answers = answers.clone();
                Ok(changed(IntakeChange::DraftSaved { draft: *draft, answers }))
            }
            IntakeAct::DiscardDraft { draft } => {
                self.draft(*draft)?;
                Ok(changed(IntakeChange::DraftDiscarded { draft: *draft }))
            }
            IntakeAct::SubmitIntake { draft, not_duplicate } => {
                self.submit(*draft, not_duplicate.as_deref())
            }
            IntakeAct::ImportInventory { rows, create_systems } => {
                inventory::import(self.record, rows, *create_systems, self.command.at)
                    .map_err(Refusal::Rows)
            }
            IntakeAct::FastLane { use_case } => self.fast_lane(*use_case),
            IntakeAct::RecordAudit { use_case, finding, upheld } => {
                self.record_audit(*use_case, finding, *upheld)
            }
        }
    }

    fn draft(&self, id: DraftId) -> Result<&Draft, Refusal> {
        find(&self.record.intake.drafts, &id, "draft")
    }

    /// What is filled in must at least have a title, name what is on record, and answer what is
    /// asked.
    fn fits(&self, answers: &Answers) -> Result<(), Refusal> {
        say_something("the title", &answers.title)?;
        if let Some(system) = &answers.system {
            find(&self.record.systems, system, "AI system")?;
        }
        if answers.facts.is_empty() {
            return Ok(());
        }
        let policy = self.record.tier_policy.as_ref().ok_or(Refusal::NoTierPolicy)?;
        Ok(policy.check(&answers.facts)?)
    }

    fn submit(&self, id: DraftId, not_duplicate: Option<&str>) -> Decided {
        let draft = self.draft(id)?;
        // Nobody decides on what they submitted (invariant G2): it must not be another's name.
        if draft.author != self.person()?.id {
            return Err(Refusal::NotTheAuthor { draft: id, author: draft.author.clone() });
        }
        let answers = &draft.answers;
        let policy = self.record.tier_policy.as_ref().ok_or(Refusal::NoTierPolicy)?;
        let tier = policy.tier(&answers.facts)?;
        let unfinished = |what| Refusal::DraftUnfinished { draft: id, what };
        let proposal = Proposal {
            title: answers.title.clone(),
            intended_use: answers.intended_use.clone(),
            workflow: answers.workflow.clone().ok_or_else(|| unfinished("the step of work"))?,
            population: answers.population.clone(),
            system: answers.system.ok_or_else(|| unfinished("the AI system"))?,
        };
        say_something("the population", &proposal.population)?;
        let like = duplicates(self.record, answers);
        let like = like.into_iter().find(|it| it.likeness == Likeness::Strong);
        match (like, not_duplicate) {
            (Some(like), None) => {
                return Err(Refusal::LooksLike { use_case: like.use_case, because: like.because });
            }
            (_, Some(reason)) => say_something("the reason why it is no duplicate", reason)?,
            (None, None) => {}
        }
        let mut changes = self.propose(&proposal)?;
        let Some(Change::UseCaseProposed { use_case, .. }) = changes.first() else {
            return Ok(changes);
        };
        let (use_case, facts) = (*use_case, answers.facts.clone());
        changes.push(Change::FactsStated { use_case, facts, tier });
        let not_duplicate = not_duplicate.map(ToOwned::to_owned);
        let submitted = IntakeChange::IntakeSubmitted { draft: id, use_case, not_duplicate };
        changes.extend(changed(submitted));
        Ok(changes)
    }

    /// Approves by rule: all five fields are there as for a vote (invariant G3), and the tier
    /// policy, adopted by the hospital, answers in the place of the vote.
    fn fast_lane(&self, id: UseCaseId) -> Decided {
        let use_case = self.use_case(id)?;
        let policy = self.record.tier_policy.as_ref().ok_or(Refusal::NoTierPolicy)?;
        let tier = self.record.effective_tier(use_case, self.command.at);
        let computed = use_case.stage.tier().ok_or(Refusal::NotTriaged(id))?.tier;
        let lane = policy.fast_lane.as_ref();
        // An exception may keep a use case out of the fast lane, and never lets it in.
        let open = |it: &&crate::FastLane| {
            it.tiers.contains(&computed) && tier.is_some_and(|tier| it.tiers.contains(&tier))
        };
        let lane = lane.filter(open).ok_or(Refusal::NoFastLane { use_case: id, tier: computed })?;
        let question = Question::Approve { use_case: id };
        self.not_being_decided(id)?;
        let body = match &lane.body {
            Some(body) => find(&self.record.bodies, body, "body")?,
            None => self.record.deciding_body(use_case).ok_or(Refusal::NotLive {
                use_case: id,
                so: "no body has the right to decide on it; charter one",
            })?,
        };
        let motion = Motion {
            question,
            outcome: Outcome::Go,
            reason: format!("{} lets {computed} be approved by rule", policy.label()),
            alternatives: vec!["Put it to the vote of the body".to_owned()],
            evidence: BTreeSet::new(),
            residual_risk: format!("That of {computed}, as its facts say"),
            conditions: Vec::new(),
            ai_help: "none".to_owned(),
            exhibits: Vec::new(),
            next_look: None,
        };
        let decision = self.new_decision(body, &motion)?;
        let carried = self.carried(decision.tally(body.seats.len()), Right::Rule, &decision)?;
        let effects = self.effects(&decision, &carried)?;
        let decided = decision.id;
        let mut changes = vec![
            Change::MotionOpened(Arc::new(decision)),
            Change::DecisionCarried { decision: decided, carried },
        ];
        changes.extend(effects);
        if drawn_for_audit(id, &policy.label(), lane.audit_percent) {
            changes.extend(changed(IntakeChange::AuditDrawn { use_case: id, decision: decided }));
        }
        Ok(changes)
    }

    fn record_audit(&self, id: UseCaseId, finding: &str, upheld: bool) -> Decided {
        let use_case = self.use_case(id)?;
        let person = &self.person()?.id;
        say_something("the finding", finding)?;
        let mut audits = self.record.intake.audits.iter();
        let waits = audits.find(|(_, audit)| audit.use_case == id && audit.found.is_none());
        let (decision, _) = waits.ok_or(Refusal::NoAudit(id))?;
        if let Some(conflict) = self.record.conflict(person, use_case) {
            return Err(Refusal::Conflicted { person: person.clone(), use_case: id, conflict });
        }
        let finding = finding.to_owned();
        let audited = IntakeChange::Audited { use_case: id, decision: *decision, finding, upheld };
        let mut changes = changed(audited);
        if !upheld {
            let cause = Cause::FailedAudit { decision: *decision };
            let action = "Have the body decide on it by vote, or stop it";
            changes.push(self.open_case(use_case, cause, 0, ANSWER_DAYS, action));
        }
        Ok(changes)
    }
}

fn changed(change: IntakeChange) -> Vec<Change> {
    vec![Change::Intake(change)]
}

/// Folds a change into the record.
pub(crate) fn apply(
    record: &mut Record,
    event: &Event,
    change: &IntakeChange,
) -> Result<(), Fault> {
    let by = event.actor.person().ok_or_else(|| unknown(&event.actor))?;
    let intake = &mut record.intake;
    match change {
        IntakeChange::DraftBegun { draft, answers } => {
            intake.newest = draft.0;
            let (author, answers) = (by.clone(), answers.clone());
            let draft = Draft { id: *draft, author, answers, saved_at: event.at };
            intake.drafts.insert(draft.id, draft);
        }
        IntakeChange::DraftSaved { draft, answers } => {
            let draft = intake.drafts.get_mut(draft).ok_or_else(|| unknown(draft))?;
            draft.answers = answers.clone();
            draft.saved_at = event.at;
        }
        IntakeChange::DraftDiscarded { draft } => {
            intake.drafts.remove(draft).ok_or_else(|| unknown(draft))?;
        }
        IntakeChange::IntakeSubmitted { draft, use_case, not_duplicate } => {
            intake.drafts.remove(draft).ok_or_else(|| unknown(draft))?;
            if let Some(reason) = not_duplicate {
                intake.not_duplicates.insert(*use_case, reason.clone());
            }
        }
        IntakeChange::AuditDrawn { use_case, decision } => {
            let audit = Audit { use_case: *use_case, drawn_at: event.at, found: None };
            intake.audits.insert(*decision, audit);
        }
        IntakeChange::Audited { decision, finding, upheld, .. } => {
            let audit = intake.audits.get_mut(decision).ok_or_else(|| unknown(decision))?;
            let (by, finding) = (by.clone(), finding.clone());
            audit.found = Some(AuditFinding { by, at: event.at, finding, upheld: *upheld });
        }
    }
    Ok(())
}
