//! Decision rights, adopted by decision.

use crate::apply::Fault;
use crate::decide::{Decided, Deciding, changed};
use crate::work::Holders;
use crate::{
    Change, ContentHash, Decision, DecisionId, Event, Instant, Outcome, PersonId, Question, Record,
    Refusal, RightsPack, Subject, Task, UseCase, UseCaseId, Waiting,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

/// What can be asked for about decision rights, adopted by decision.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames,
)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum DecisionRightsAct {
    /// Adopts a pack of decision rights on which a body decided go. Until it takes effect the pack
    /// before it stays in force.
    AdoptRights {
        /// The pack.
        pack: RightsPack,
        /// From when it is in force; at once when not given.
        #[serde(default)]
        #[schemars(with = "Option<Instant>")]
        effective_from: Option<Timestamp>,
        /// The decision on it. Each serves once.
        decision: DecisionId,
    },
}

/// What changed about decision rights, adopted by decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DecisionRightsChange {
    /// A pack of decision rights was adopted.
    RightsAdopted(Box<AdoptedRights>),
}

/// A pack of decision rights with how it was adopted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AdoptedRights {
    /// The pack.
    pub pack: RightsPack,
    /// [`RightsPack::digest`] of it.
    pub digest: ContentHash,
    /// From when it is in force.
    #[schemars(with = "Instant")]
    pub effective_from: Timestamp,
    /// The decision on it.
    pub decision: DecisionId,
    /// Who adopted it.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
}

/// The part of the record about decision rights, adopted by decision.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DecisionRights {
    /// Every pack adopted since the founding, in the order of adoption.
    pub adopted: Vec<AdoptedRights>,
}

impl DecisionRightsAct {
    /// What the act is about, as far as rights depend on it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::AdoptRights { .. } => Subject::Record,
        }
    }
}

impl DecisionRightsChange {
    /// The use case that the change is about: none.
    #[must_use]
    pub fn use_case(&self, _record: &Record) -> Option<UseCaseId> {
        None
    }

    /// What changed, in plain words. The record gives names to what it mentions.
    #[must_use]
    pub fn in_words(&self, _record: &Record) -> String {
        let Self::RightsAdopted(adopted) = self;
        format!(
            "adopted decision rights {} under {}, in force from {:.10}.",
            adopted.pack.version,
            adopted.decision,
            adopted.effective_from.to_string()
        )
    }
}

impl Record {
    /// The decision rights in force at an instant: of the packs in effect the one that took effect
    /// last, and until there is one the founding pack. None before the record was founded.
    #[must_use]
    pub fn rights_at(&self, now: Timestamp) -> Option<&RightsPack> {
        let in_effect = self.decision_rights.adopted.iter().filter(|it| it.effective_from <= now);
        // Of several that took effect together, the one adopted last.
        let newest = in_effect.max_by_key(|it| it.effective_from).map(|it| &it.pack);
        newest.or_else(|| Some(&self.founding.as_ref()?.rights))
    }

    /// Whether a pack was adopted on a decision.
    fn served(&self, decision: &Decision) -> bool {
        self.decision_rights.adopted.iter().any(|it| it.decision == decision.id)
    }
}

impl Deciding<'_> {
    pub(crate) fn decision_rights(&self, act: &DecisionRightsAct) -> Decided {
        let DecisionRightsAct::AdoptRights { pack, effective_from, decision } = act;
        let decision = self.decision(*decision)?;
        let digest = pack.digest();
        self.decided_on(decision, digest)?;
        let effective_from = effective_from.unwrap_or(self.command.at);
        if effective_from < self.command.at {
            return Err(Refusal::Part(crate::PartRefusal::EffectInPast));
        }
        self.is_new_or_former(pack, effective_from)?;
        let adopted = AdoptedRights {
            pack: pack.clone(),
            digest,
            effective_from,
            decision: decision.id,
            by: self.person()?.id.clone(),
            at: self.command.at,
        };
        let change = DecisionRightsChange::RightsAdopted(Box::new(adopted));
        Ok(vec![Change::DecisionRights(change)])
    }

    /// Refuses a pack that would be in force then without it, and one that says something else
    /// under the version of another on record. Going back to a former pack is possible.
    fn is_new_or_former(&self, pack: &RightsPack, from: Timestamp) -> Result<(), Refusal> {
        const WHAT: &str = "the pack of decision rights";
        if self.record.rights_at(from) == Some(pack) {
            let label = pack.version.clone();
            return Err(Refusal::Part(crate::PartRefusal::InForce { what: WHAT, label }));
        }
        let founding = self.record.founding.as_ref().map(|founding| &founding.rights);
        let adopted = self.record.decision_rights.adopted.iter().map(|it| &it.pack);
        let mut known = adopted.chain(founding);
        match known.any(|known| known.version == pack.version && known != pack) {
            true => Err(changed(WHAT, &pack.version)),
            false => Ok(()),
        }
    }

    /// Refuses a decision that is no go on this very pack, in force and not used yet.
    fn decided_on(&self, decision: &Decision, digest: ContentHash) -> Result<(), Refusal> {
        let not = |because: String| {
            Err(Refusal::Part(crate::PartRefusal::PackNotDecided {
                decision: decision.id,
                because,
            }))
        };
        match decision.motion.question {
            Question::Pack { digest: decided } if decided == digest => {}
            Question::Pack { digest: decided } => {
                return not(format!("it is about the pack {decided}, and this one is {digest}"));
            }
            _ => return not("it is about something else".to_owned()),
        }
        let Some(carried) = &decision.carried else {
            return not("it was not carried".to_owned());
        };
        if decision.motion.outcome != Outcome::Go {
            return not(format!("its outcome is {}", decision.motion.outcome));
        }
        if carried.expires <= self.command.at {
            return not("it has expired".to_owned());
        }
        if self.record.served(decision) {
            return not("a pack was adopted on it already".to_owned());
        }
        Ok(())
    }
}

/// Folds a change into the record.
pub(crate) fn apply(
    record: &mut Record,
    _event: &Event,
    change: &DecisionRightsChange,
) -> Result<(), Fault> {
    let DecisionRightsChange::RightsAdopted(adopted) = change;
    record.decision_rights.adopted.push((**adopted).clone());
    Ok(())
}

/// What waits about decision rights: a pack that was approved and not adopted yet.
pub(crate) fn tasks(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    let office = Holders::office(record);
    for decision in record.decisions_of(None::<UseCaseId>) {
        let Question::Pack { digest } = decision.motion.question else { continue };
        let go = decision.motion.outcome == Outcome::Go;
        let carried = decision.carried.as_ref().filter(|carried| go && now < carried.expires);
        let Some(carried) = carried.filter(|_| !record.served(decision)) else { continue };
        let who = office.or(|| Some(Waiting::Body(decision.body.clone())));
        tasks.extend(who.into_iter().map(|who| Task {
            who,
            what: format!("Adopt the decision rights {digest} that {} approved", decision.id),
            use_case: None,
            case: None,
            decision: Some(decision.id),
            due: Some(carried.expires),
            overdue: false,
        }));
    }
}

/// What a use case lacks in this part: nothing.
pub(crate) fn missing(_record: &Record, _use_case: &UseCase, _now: Timestamp) -> Vec<String> {
    Vec::new()
}
