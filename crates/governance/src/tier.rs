//! Risk tiers as floors over inherent facts.
//!
//! A tier policy asks questions, each with ordered answers, and states floors: *if every named fact
//! is at or above its level, the tier is at least T*. The tier is the highest floor that holds.
//! That makes it monotone and total by construction (invariant G5), and lets it explain itself. An
//! unknown answer counts as the worst one.

use crate::labels::{Factor, Law};
use crate::{BodyId, FactId, LaneId, TierRule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use thiserror::Error;

/// How much harm a use case could do, before any control. T1 is the least.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Tier {
    /// Administrative; no path to a patient.
    T1,
    /// Influences care or money, with time to catch an error.
    T2,
    /// Recommends, or has high impact.
    T3,
    /// Acts by itself, or is time-critical.
    T4,
}

impl Tier {
    /// Every tier, lowest first.
    pub const ALL: [Self; 4] = [Self::T1, Self::T2, Self::T3, Self::T4];

    /// The tier as a number, 1 to 4.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// What the tier means, in a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::T1 => "administrative; no path to a patient",
            Self::T2 => "influences care or money, with time to catch an error",
            Self::T3 => "recommends, or has high impact",
            Self::T4 => "acts by itself, or is time-critical",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "T{}", self.number())
    }
}

/// The answers to a tier policy's questions. A question without an entry is unknown.
pub type Facts = BTreeMap<FactId, String>;

/// A question of a tier policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactQuestion {
    /// The fact's handle.
    pub id: FactId,
    /// The question in plain words.
    pub question: String,
    /// What helps to answer it: what counts, an example.
    #[serde(default)]
    pub help: String,
    /// The heading that it stands under in the questionnaire.
    #[serde(default)]
    pub group: String,
    /// The possible answers, from the most to the least benign.
    pub levels: Vec<String>,
}

/// If every named fact is at or above its level, the tier is at least `tier`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// The rule's handle, shown in the trace.
    pub id: FactId,
    /// The tier that the rule demands.
    pub tier: Tier,
    /// The facts and the lowest levels at which the rule holds.
    pub when: BTreeMap<FactId, String>,
    /// Why, in plain words.
    pub reason: String,
}

/// What a tier brings with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TierDuties {
    /// The tier these duties belong to.
    pub tier: Tier,
    /// Days a live use case may be out of policy before the gate closes.
    pub gate_closes_after_days: u32,
    /// Days until an approval has to be renewed.
    pub approval_valid_days: u32,
    /// Months that may lie between two looks of a monitoring plan.
    #[serde(default = "crate::plan::one")]
    pub monitor_every_months: u32,
    /// What whoever calls the AI system must do on every permitted act.
    pub obligations: Vec<String>,
    /// The least that a body's charter may ask for a decision on this tier; none for no floor.
    #[serde(default)]
    pub decision: Option<LeastRule>,
}

/// The least that a body's charter may ask for a decision on a tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeastRule {
    /// Seats that must take part.
    pub quorum: u32,
    /// Clinicians who must approve.
    #[serde(default)]
    pub clinician_approvals: u32,
    /// Approvals needed out of every `majority_of` votes for or against.
    pub majority: u32,
    /// See `majority`.
    pub majority_of: u32,
}

/// A sign-off that runs in parallel to validation: somebody with its role looks at the use case
/// with the eyes of one field. It applies from a tier on, or where facts call for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lane {
    /// The lane's handle, such as `privacy`.
    pub id: LaneId,
    /// Its title.
    pub title: String,
    /// The standing role that signs.
    pub role: String,
    /// It applies from this tier on; none to leave it to the facts.
    #[serde(default)]
    pub from: Option<Tier>,
    /// It also applies below that tier if every fact named is at or above its level. Empty for
    /// none.
    #[serde(default)]
    pub when: BTreeMap<FactId, String>,
    /// Days from the beginning of validation in which it is to be signed.
    pub answer_within_days: u32,
}

/// A tier policy: questions, floors, and what each tier brings with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TierPolicy {
    /// The policy's handle.
    pub id: FactId,
    /// Its version.
    pub version: String,
    /// Its title.
    pub title: String,
    /// Where its rules come from.
    pub source: String,
    /// The questions.
    pub facts: Vec<FactQuestion>,
    /// The floors.
    pub floors: Vec<Floor>,
    /// The duties of each tier.
    pub duties: Vec<TierDuties>,
    /// How often an exception may be renewed.
    #[serde(default = "two")]
    pub renewals: u32,
    /// Which use cases are approved by rule, without a vote; none when all need one.
    #[serde(default)]
    pub fast_lane: Option<FastLane>,
    /// Which facts the derived labels read: a factor holds when one of its alternatives does. A
    /// factor without an entry is unknown and counts as holding.
    #[serde(default)]
    pub factors: BTreeMap<Factor, Vec<When>>,
    /// Laws of places, with what triggers them.
    #[serde(default)]
    pub laws: Vec<Law>,
    /// The sign-off lanes.
    #[serde(default)]
    pub lanes: Vec<Lane>,
}

fn two() -> u32 {
    2
}

/// Facts and the lowest answers at which something holds: every one of them must be at or above.
/// Unknown counts as above.
pub type When = BTreeMap<FactId, String>;

/// Approval by rule for what can do little harm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FastLane {
    /// The tiers that it is open to: T1, and T2 where a hospital wants that.
    pub tiers: BTreeSet<Tier>,
    /// The body that answers for what is approved by rule; without it the one that would decide.
    #[serde(default)]
    pub body: Option<BodyId>,
    /// The share that is drawn for an audit, in percent, 1 to 100.
    pub audit_percent: u8,
}

/// A tier with the reasons for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TierResult {
    /// The tier.
    pub tier: Tier,
    /// The policy and version that gave it, as `id version`.
    pub policy: String,
    /// The floors that hold and demand this tier.
    pub binding: Vec<Binding>,
    /// Unknown facts that hold the tier up: answering all of them benignly would lower it.
    pub held_up_by_unknown: Vec<FactId>,
    /// Single facts that, answered as shown, would lower the tier.
    pub lowered_by: Vec<Lowering>,
}

/// A floor that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Binding {
    /// The floor.
    pub floor: FactId,
    /// Why, in plain words.
    pub reason: String,
    /// The facts it rests on, as answered (`unknown` where not).
    pub facts: BTreeMap<FactId, String>,
}

/// The one fact that would lower a tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lowering {
    /// The fact.
    pub fact: FactId,
    /// The highest answer that would lower the tier.
    pub to: String,
    /// The tier it would give.
    pub tier: Tier,
}

/// Facts that a tier policy cannot read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FactError {
    /// The policy does not ask this.
    #[error("the tier policy has no fact `{0}`")]
    Unasked(FactId),
    /// The answer is none of the possible ones.
    #[error("`{answer}` is no answer to `{fact}`; the answers are: {answers}")]
    NoSuchAnswer {
        /// The fact.
        fact: FactId,
        /// What was answered.
        answer: String,
        /// What could have been.
        answers: String,
    },
}

impl LeastRule {
    /// True when a charter's rule asks at least as much.
    #[must_use]
    pub fn is_met_by(&self, rule: &TierRule) -> bool {
        let share = u64::from(rule.majority) * u64::from(self.majority_of);
        let least = u64::from(self.majority) * u64::from(rule.majority_of);
        rule.quorum >= self.quorum
            && rule.clinician_approvals >= self.clinician_approvals
            && share >= least
    }
}

impl TierPolicy {
    /// Computes the tier of `facts`, with its trace.
    ///
    /// # Errors
    /// When a fact is not asked by the policy or its answer is none of the possible ones.
    pub fn tier(&self, facts: &Facts) -> Result<TierResult, FactError> {
        self.check(facts)?;
        let tier = self.tier_only(facts);
        let mut lowered_by = Vec::new();
        for question in &self.facts {
            lowered_by.extend(self.lowering(question, facts, tier));
        }
        Ok(TierResult {
            tier,
            policy: self.label(),
            binding: self.binding(facts, tier),
            held_up_by_unknown: self.held_up_by_unknown(facts, tier),
            lowered_by,
        })
    }

    /// The duties of a tier; the policy's checker makes sure that each tier has them.
    #[must_use]
    pub fn duties_of(&self, tier: Tier) -> Option<&TierDuties> {
        self.duties.iter().find(|duties| duties.tier == tier)
    }

    /// The sign-off lanes that apply to a use case of `tier` with `facts`. A higher tier never
    /// brings fewer.
    pub fn lanes_for(&self, tier: Tier, facts: &Facts) -> impl Iterator<Item = &Lane> {
        self.lanes.iter().filter(move |lane| {
            let by_facts = !lane.when.is_empty() && self.holds(&lane.when, facts);
            lane.from.is_some_and(|from| from <= tier) || by_facts
        })
    }

    /// The policy and version, as `id version`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {}", self.id, self.version)
    }

    /// True when every fact of `when` is at or above its level.
    pub(crate) fn holds(&self, when: &When, facts: &Facts) -> bool {
        when.iter().all(|(fact, least)| {
            let Some(question) = self.facts.iter().find(|question| question.id == *fact) else {
                return true; // a fact that nobody asked is unknown, and unknown counts as worst
            };
            let rank = |level: &String| question.levels.iter().position(|known| known == level);
            facts.get(fact).is_none_or(|answer| rank(answer) >= rank(least))
        })
    }

    /// Refuses answers to what is not asked, and answers that are none of the possible ones.
    pub(crate) fn check(&self, facts: &Facts) -> Result<(), FactError> {
        for (fact, answer) in facts {
            let question = self
                .facts
                .iter()
                .find(|question| question.id == *fact)
                .ok_or_else(|| FactError::Unasked(fact.clone()))?;
            if !question.levels.contains(answer) {
                return Err(FactError::NoSuchAnswer {
                    fact: fact.clone(),
                    answer: answer.clone(),
                    answers: question.levels.join(", "),
                });
            }
        }
        Ok(())
    }

    /// The tier without its trace.
    pub(crate) fn tier_only(&self, facts: &Facts) -> Tier {
        let holding = self.floors.iter().filter(|floor| self.holds(&floor.when, facts));
        holding.map(|floor| floor.tier).max().unwrap_or(Tier::T1)
    }

    fn binding(&self, facts: &Facts, tier: Tier) -> Vec<Binding> {
        let answer =
            |fact: &FactId| facts.get(fact).cloned().unwrap_or_else(|| "unknown".to_owned());
        self.floors
            .iter()
            .filter(|floor| floor.tier == tier && self.holds(&floor.when, facts))
            .map(|floor| Binding {
                floor: floor.id.clone(),
                reason: floor.reason.clone(),
                facts: floor.when.keys().map(|fact| (fact.clone(), answer(fact))).collect(),
            })
            .collect()
    }

    /// The unknown facts behind the binding floors, when answering them could lower the tier at
    /// all.
    fn held_up_by_unknown(&self, facts: &Facts, tier: Tier) -> Vec<FactId> {
        let mut benign = facts.clone();
        for question in &self.facts {
            if let (false, Some(least)) =
                (facts.contains_key(&question.id), question.levels.first())
            {
                benign.insert(question.id.clone(), least.clone());
            }
        }
        if self.tier_only(&benign) == tier {
            return Vec::new();
        }
        let binding = |floor: &&Floor| floor.tier == tier && self.holds(&floor.when, facts);
        let asked = self.facts.iter().filter(|question| !facts.contains_key(&question.id));
        asked
            .filter(|question| {
                self.floors.iter().filter(binding).any(|floor| {
                    let least = floor.when.get(&question.id);
                    least.is_some_and(|least| question.levels.first() != Some(least))
                })
            })
            .map(|question| question.id.clone())
            .collect()
    }

    /// The highest answer to one question that would lower the tier, all else equal.
    fn lowering(&self, question: &FactQuestion, facts: &Facts, tier: Tier) -> Option<Lowering> {
        let mut changed = facts.clone();
        question.levels.iter().rev().find_map(|level| {
            changed.insert(question.id.clone(), level.clone());
            let lower = self.tier_only(&changed);
            (lower < tier).then(|| Lowering {
                fact: question.id.clone(),
                to: level.clone(),
                tier: lower,
            })
        })
    }
}
