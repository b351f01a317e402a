//! What another answer would change: the tier, its duties and the labels.

use crate::labels::Label;
use crate::{FactError, FactId, Facts, LaneId, TierDuties, TierPolicy, TierResult};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// What other answers would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhatIf {
    /// The tier as it is.
    pub before: TierResult,
    /// The tier as it would be.
    pub after: TierResult,
    /// Days out of policy until the gate closes, before and after; none when they stay.
    pub gate_closes_after_days: Option<(u32, u32)>,
    /// Days until an approval has to be renewed, before and after; none when they stay.
    pub approval_valid_days: Option<(u32, u32)>,
    /// Obligations that would be added.
    pub obligations_gained: Vec<String>,
    /// Obligations that would fall away.
    pub obligations_dropped: Vec<String>,
    /// Sign-off lanes that would be added.
    pub lanes_gained: Vec<LaneId>,
    /// Sign-off lanes that would fall away.
    pub lanes_dropped: Vec<LaneId>,
    /// Labels that would say something else.
    pub labels: Vec<LabelChange>,
}

/// A label that would say something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelChange {
    /// As it is.
    pub before: Label,
    /// As it would be.
    pub after: Label,
}

impl TierPolicy {
    /// What other answers would change. An answer of none makes a fact unknown.
    ///
    /// # Errors
    /// When a fact is not asked by the policy or its answer is none of the possible ones.
    pub fn what_if(
        &self,
        facts: &Facts,
        answers: &BTreeMap<FactId, Option<String>>,
        on: Timestamp,
    ) -> Result<WhatIf, FactError> {
        let mut changed = facts.clone();
        for (fact, answer) in answers {
            if !self.facts.iter().any(|question| question.id == *fact) {
                return Err(FactError::Unasked(fact.clone()));
            }
            match answer {
                Some(answer) => changed.insert(fact.clone(), answer.clone()),
                None => changed.remove(fact),
            };
        }
        let (before, after) = (self.tier(facts)?, self.tier(&changed)?);
        let (was, would) = (self.duties_of(before.tier), self.duties_of(after.tier));
        let days = |of: fn(&TierDuties) -> u32| {
            let days = was.map(of).zip(would.map(of));
            days.filter(|(before, after)| before != after)
        };
        let only = |these: Option<&TierDuties>, those: Option<&TierDuties>| {
            let those: &[String] = those.map_or(&[], |duties| &duties.obligations);
            let these = these.into_iter().flat_map(|duties| &duties.obligations);
            these.filter(|duty| !those.contains(duty)).cloned().collect()
        };
        let lanes = |tier, facts| -> Vec<LaneId> {
            self.lanes_for(tier, facts).map(|lane| lane.id.clone()).collect()
        };
        let (asked, would_ask) = (lanes(before.tier, facts), lanes(after.tier, &changed));
        let but = |these: &[LaneId], those: &[LaneId]| {
            these.iter().filter(|lane| !those.contains(lane)).cloned().collect()
        };
        let labels = self.labels(facts, on)?.into_iter().zip(self.labels(&changed, on)?);
        let labels = labels.filter(|(before, after)| {
            (&before.says, before.applies) != (&after.says, after.applies)
        });
        Ok(WhatIf {
            gate_closes_after_days: days(|duties| duties.gate_closes_after_days),
            approval_valid_days: days(|duties| duties.approval_valid_days),
            obligations_gained: only(would, was),
            obligations_dropped: only(was, would),
            lanes_gained: but(&would_ask, &asked),
            lanes_dropped: but(&asked, &would_ask),
            labels: labels.map(|(before, after)| LabelChange { before, after }).collect(),
            before,
            after,
        })
    }
}
