//! Who takes part in a decision, and what the votes come to.

use super::{Decided, Deciding, say_something};
use crate::{
    Change, Choice, Decision, DecisionId, PersonId, Record, Refusal, SeatId, TierRule, UseCaseId,
    Vote, VoteTally,
};

impl Deciding<'_> {
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
        // A seat that changed hands meanwhile counts once.
        if decision.votes.values().any(|vote| vote.seat == seat) {
            return Err(Refusal::SeatVoted(seat));
        }
        let meeting = self.voting_place(decision)?;
        let vote = Vote {
            seat,
            choice,
            meeting,
            reason: reason.to_owned(),
            clinician: person.clinician,
            at: self.command.at,
        };
        Ok(vec![Change::VoteCast { decision: id, vote }])
    }

    pub(crate) fn open_decision(&self, id: DecisionId) -> Result<&Decision, Refusal> {
        let decision = self.decision(id)?;
        if decision.is_open() { Ok(decision) } else { Err(Refusal::DecisionOver(id)) }
    }

    pub(super) fn seat(&self, decision: &Decision) -> Result<SeatId, Refusal> {
        let body = super::find(&self.record.bodies, &decision.body, "body")?;
        let person = &self.person()?.id;
        let seat = body.seat_at(person, self.command.at).map(|seat| seat.id.clone());
        seat.ok_or_else(|| Refusal::NoSeat { person: person.clone(), body: body.id.clone() })
    }

    pub(crate) fn takes_part(&self, decision: &Decision) -> Result<(), Refusal> {
        let person = &self.person()?.id;
        if decision.recusals.contains_key(person) {
            return Err(Refusal::SteppedAside(person.clone()));
        }
        Ok(())
    }

    /// Invariant G2: nobody decides on what they own, submitted or assessed, or have an interest
    /// in.
    pub(crate) fn unconflicted(&self, decision: &Decision) -> Result<(), Refusal> {
        let person = &self.person()?.id;
        let Some(use_case) = decision.use_case else { return Ok(()) };
        match self.record.conflict_in(person, decision) {
            None => Ok(()),
            Some(conflict) => {
                Err(Refusal::Conflicted { person: person.clone(), use_case, conflict })
            }
        }
    }

    /// Invariant G2, the other way round: who has voted does not become an owner or assessor before
    /// the end.
    pub(crate) fn has_not_voted(
        &self,
        use_case: UseCaseId,
        person: &PersonId,
    ) -> Result<(), Refusal> {
        let mut decisions = self.record.decisions_of(use_case);
        let voted =
            decisions.find(|decision| decision.is_open() && decision.votes.contains_key(person));
        match voted {
            None => Ok(()),
            Some(decision) => {
                Err(Refusal::HasVoted { person: person.clone(), decision: decision.id })
            }
        }
    }
}

impl Record {
    /// The count of a decision's votes as it stands now, and whether the motion would be carried:
    /// the quorum, seats, clinicians and majority of its tier's rule are there. None when its body
    /// is not on record.
    #[must_use]
    pub fn count(&self, decision: &Decision) -> Option<(VoteTally, bool)> {
        let body = self.bodies.get(&decision.body)?;
        let tally = decision.tally(body.seats.len());
        let carries = quorate(decision, tally).is_ok_and(|rule| wins(rule, tally));
        Some((tally, carries))
    }
}

/// Invariant G1, who took part: the rule of the tier, once its quorum and seats are there.
pub(crate) fn quorate(decision: &Decision, tally: VoteTally) -> Result<&TierRule, Refusal> {
    let rule = &decision.rule;
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
