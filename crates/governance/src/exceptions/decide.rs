//! What may be asked for, what a decision makes of it, and the fold.

use super::{
    AskedFor, Direction, Excepted, Exception, ExceptionEnd, ExceptionsAct, ExceptionsChange, Term,
};
use crate::apply::{Fault, unknown};
use crate::decide::{Decided, Deciding, find, next_number, say_something, unsound};
use crate::{
    Body, Change, Decision, DecisionId, Event, ExceptionId, Question, Record, Refusal, Stage, Tier,
    UseCase, days_after,
};
use jiff::Timestamp;

/// How long an exception that ran out still counts when the same is asked for again, in days.
const REMEMBERED_DAYS: u32 = 365;

impl Deciding<'_> {
    pub(crate) fn exceptions(&self, act: &ExceptionsAct) -> Decided {
        self.person()?;
        match act {
            ExceptionsAct::RequestException { .. } => self.request_exception(act),
            ExceptionsAct::RenewException { exception, reason, expires } => {
                self.renew_exception(*exception, reason, *expires)
            }
            ExceptionsAct::EndException { exception, reason } => {
                self.end_exception(*exception, reason)
            }
        }
    }

    pub(crate) fn exception(&self, id: ExceptionId) -> Result<&Exception, Refusal> {
        find(&self.record.exceptions.all, &id, "exception")
    }

    fn request_exception(&self, act: &ExceptionsAct) -> Decided {
        let ExceptionsAct::RequestException {
            use_case,
            what,
            reason,
            compensating_control,
            owner,
            expires,
        } = act
        else {
            return Ok(Vec::new());
        };
        let use_case = self.use_case(*use_case)?;
        if matches!(use_case.stage, Stage::Retired { .. }) {
            return Err(Refusal::Over(use_case.id));
        }
        say_something("the reason", reason)?;
        say_something("the compensating control", compensating_control)?;
        self.employed(owner)?;
        self.in_future(*expires)?;
        self.sound_exception(use_case, what)?;
        let mut others = self.record.exceptions_of(use_case.id);
        let same = others.find(|it| {
            it.what == *what
                && it.ended.is_none()
                && (it.asked.is_some() || it.in_force(self.command.at))
        });
        if let Some(same) = same {
            return Err(Refusal::Excepted(same.id));
        }
        self.not_too_often(use_case, what)?;
        let asked = AskedFor {
            by: self.person()?.id.clone(),
            at: self.command.at,
            reason: reason.clone(),
            expires: *expires,
        };
        let exceptions = &self.record.exceptions.all;
        Ok(changed(ExceptionsChange::ExceptionRequested(Box::new(Exception {
            id: ExceptionId(next_number(exceptions, |id: ExceptionId| id.0)),
            use_case: use_case.id,
            what: what.clone(),
            reason: reason.clone(),
            compensating_control: compensating_control.clone(),
            owner: owner.clone(),
            asked: Some(asked),
            terms: Vec::new(),
            ended: None,
        }))))
    }

    fn sound_exception(&self, use_case: &UseCase, what: &Excepted) -> Result<(), Refusal> {
        match what {
            Excepted::Lane { lane } => {
                let policy = self.record.tier_policy.as_ref();
                let mut lanes = policy.into_iter().flat_map(|policy| &policy.lanes);
                known(lanes.any(|it| it.id.as_str() == lane), "lane", lane)
            }
            Excepted::Clause { clause } => {
                say_something("the clause", clause)?;
                // Contracts may be on record before the terms are.
                let Some(terms) = &self.record.vendors.terms else { return Ok(()) };
                known(terms.clauses.iter().any(|it| it.id.as_str() == clause), "clause", clause)
            }
            Excepted::Drill if self.record.is_agent(use_case) => Ok(()),
            Excepted::Drill => Err(Refusal::Part(crate::PartRefusal::NoAgent(use_case.id))),
            Excepted::Requirement { requirement } => {
                let standard = self.standard_of(use_case)?;
                let asked = standard.requirements.iter().any(|it| it.id == *requirement);
                known(asked, "requirement of its standard", requirement.as_str())
            }
            Excepted::Tier { to, direction } => {
                let computed = use_case.stage.tier().ok_or(Refusal::NotTriaged(use_case.id))?.tier;
                let fits = match direction {
                    Direction::Raise => *to > computed,
                    Direction::Lower => *to < computed,
                };
                if fits {
                    return Ok(());
                }
                let because = format!("its computed tier is {computed}, and {to} is not beyond it");
                Err(unsound("the exception", because))
            }
        }
    }

    fn in_future(&self, expires: Timestamp) -> Result<(), Refusal> {
        if expires <= self.command.at {
            return Err(Refusal::NotInFuture("the exception's end"));
        }
        Ok(())
    }

    fn renew_exception(&self, id: ExceptionId, reason: &str, expires: Timestamp) -> Decided {
        let exception = self.exception(id)?;
        say_something("the reason", reason)?;
        self.in_future(expires)?;
        if exception.ended.is_some() || exception.asked.is_some() || exception.terms.is_empty() {
            return Err(Refusal::NotRenewable(id));
        }
        if exception.expires().is_some_and(|end| expires <= end) {
            return Err(unsound("the renewal", "it would end no later than the exception does"));
        }
        let use_case = self.use_case(exception.use_case)?;
        self.not_too_often(use_case, &exception.what)?;
        Ok(changed(ExceptionsChange::RenewalRequested {
            exception: id,
            reason: reason.to_owned(),
            expires,
        }))
    }

    /// Refuses a term beyond those that the tier policy lets follow each other. One that was let
    /// run out, and was asked for anew within a year, goes on from there.
    fn not_too_often(&self, use_case: &UseCase, what: &Excepted) -> Result<(), Refusal> {
        let limit = self.record.tier_policy.as_ref().map_or(0, |policy| policy.renewals);
        let goes_on = |it: &&Exception| {
            let expires = it.expires();
            let lapsed = it.ended.as_ref().is_none_or(|end| expires.is_some_and(|it| it <= end.at));
            let lately =
                expires.is_some_and(|it| self.command.at < days_after(it, REMEMBERED_DAYS));
            it.what == *what && lapsed && lately
        };
        let before: Vec<_> = self.record.exceptions_of(use_case.id).filter(goes_on).collect();
        let terms: usize = before.iter().map(|it| it.terms.len()).sum();
        match before.last() {
            Some(last) if u32::try_from(terms).is_ok_and(|terms| terms > limit) => {
                Err(Refusal::RenewedTooOften { exception: last.id, limit })
            }
            _ => Ok(()),
        }
    }

    fn end_exception(&self, id: ExceptionId, reason: &str) -> Decided {
        let exception = self.exception(id)?;
        say_something("the reason", reason)?;
        if exception.ended.is_some() {
            return Err(Refusal::NotRenewable(id));
        }
        let person = &self.person()?.id;
        // To end what a body raised is to ask less again: not for those whom that suits.
        let raises = matches!(exception.what, Excepted::Tier { direction: Direction::Raise, .. });
        let use_case = self.use_case(exception.use_case)?;
        let conflict = self.record.conflict(person, use_case);
        if let Some(conflict) = conflict.filter(|_| raises && exception.in_force(self.command.at)) {
            let because = format!("`{person}` {conflict}; somebody else ends what raises a tier");
            return Err(unsound("the exception's end", because));
        }
        let ended =
            ExceptionEnd { by: person.clone(), at: self.command.at, reason: reason.to_owned() };
        let mut changes = changed(ExceptionsChange::ExceptionEnded { exception: id, ended });
        changes.extend(self.overtaken(Question::Exception { exception: id })?);
        Ok(changes)
    }

    /// The tier whose rule decides on an exception: that of the use case as computed; to lower it,
    /// the one above, and at the top its own. Before it is known, the highest.
    pub(crate) fn tier_to_except(&self, id: ExceptionId) -> Result<Tier, Refusal> {
        let exception = self.exception(id)?;
        let tier = self.use_case(exception.use_case)?.stage.tier().map(|tier| tier.tier);
        let above = |tier: Tier| Tier::ALL.into_iter().find(|it| *it > tier).unwrap_or(Tier::T4);
        Ok(match (tier, &exception.what) {
            (Some(tier), Excepted::Tier { direction: Direction::Lower, .. }) => above(tier),
            (Some(tier), _) => tier,
            (None, _) => Tier::T4,
        })
    }

    /// To lower a tier takes a body above the one that decides on the use case, where there is one.
    pub(crate) fn is_high_enough(&self, body: &Body, id: ExceptionId) -> Result<(), Refusal> {
        let exception = self.exception(id)?;
        let lowers = matches!(exception.what, Excepted::Tier { direction: Direction::Lower, .. });
        let use_case = self.use_case(exception.use_case)?;
        let parent = self.record.deciding_body(use_case).and_then(|it| it.parent.as_ref());
        let Some(parent) = parent.filter(|_| lowers) else { return Ok(()) };
        if self.record.lineage(parent).any(|above| above.id == body.id) {
            return Ok(());
        }
        Err(Refusal::NotAbove { body: body.id.clone(), above: parent.clone() })
    }

    /// True when the use case has a higher tier now than the one whose rule a motion was put under:
    /// an exception that lowered it ran out or was ended, or one that raises it was allowed.
    pub(crate) fn rose_since(&self, decision: &Decision) -> Result<bool, Refusal> {
        let Some(use_case) = decision.use_case else { return Ok(false) };
        let use_case = self.use_case(use_case)?;
        let tier = match decision.motion.question {
            Question::Exception { exception } => Some(self.tier_to_except(exception)?),
            _ => self.record.effective_tier(use_case, self.command.at),
        };
        Ok(tier.is_some_and(|tier| tier > decision.tier))
    }

    /// What a carried decision makes of an exception.
    pub(crate) fn exception_decided(
        &self,
        id: ExceptionId,
        decision: DecisionId,
        go: bool,
    ) -> Result<Change, Refusal> {
        let asked = self.exception(id)?.awaits_decision()?;
        let expires = asked.expires;
        if go {
            self.in_future(expires)?;
            let allowed = ExceptionsChange::ExceptionAllowed { exception: id, decision, expires };
            return Ok(Change::Exceptions(allowed));
        }
        Ok(Change::Exceptions(ExceptionsChange::ExceptionDeclined { exception: id, decision }))
    }
}

fn changed(change: ExceptionsChange) -> Vec<Change> {
    vec![Change::Exceptions(change)]
}

/// Folds a change into the record.
pub(crate) fn apply(
    record: &mut Record,
    event: &Event,
    change: &ExceptionsChange,
) -> Result<(), Fault> {
    let by = event.actor.person().ok_or_else(|| unknown(&event.actor))?;
    if let ExceptionsChange::ExceptionRequested(exception) = change {
        record.exceptions.of.update(exception.use_case, |of| of.push(exception.id));
        record.exceptions.all.insert(exception.id, (**exception).clone());
        return Ok(());
    }
    let id = change.exception();
    let exception = record.exceptions.all.get_mut(&id).ok_or_else(|| unknown(id))?;
    match change {
        ExceptionsChange::ExceptionRequested(_) => {}
        ExceptionsChange::RenewalRequested { reason, expires, .. } => {
            exception.asked = Some(AskedFor {
                by: by.clone(),
                at: event.at,
                reason: reason.clone(),
                expires: *expires,
            });
        }
        ExceptionsChange::ExceptionAllowed { decision, expires, .. } => {
            exception.asked = None;
            exception.terms.push(Term { decision: *decision, from: event.at, expires: *expires });
        }
        ExceptionsChange::ExceptionDeclined { decision, .. } => {
            exception.asked = None;
            // Declined at first, there is nothing to run on.
            if exception.terms.is_empty() {
                let reason = format!("declined by {decision}");
                exception.ended = Some(ExceptionEnd { by: by.clone(), at: event.at, reason });
            }
        }
        ExceptionsChange::ExceptionEnded { ended, .. } => {
            exception.asked = None;
            exception.ended = Some(ended.clone());
        }
    }
    Ok(())
}

fn known(is_known: bool, what: &'static str, id: &str) -> Result<(), Refusal> {
    if is_known { Ok(()) } else { Err(Refusal::Unknown { what, id: id.to_owned() }) }
}
