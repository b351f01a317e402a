//! Sign-off lanes, which run in parallel before a body decides.
//!
//! Which lanes apply is a function of the tier policy, the tier and the facts. Their clocks start
//! when validation begins.

use crate::apply::{Fault, unknown, use_case_mut};
use crate::decide::{Decided, Deciding, say_something};
use crate::work::Holders;
use crate::{
    Change, Event, Excepted, Instant, Lane, LaneId, Map, PersonId, Record, Refusal, Subject, Task,
    UseCase, UseCaseId, Waiting, days_after,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::{IntoStaticStr, VariantNames};

/// What can be asked for about sign-off lanes, which run in parallel before a body decides.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames,
)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum LanesAct {
    /// Signs a lane of a use case, or objects. The newest word of a lane counts.
    SignLane {
        /// The use case.
        use_case: UseCaseId,
        /// The lane.
        lane: LaneId,
        /// What was found.
        verdict: Verdict,
        /// What was looked at, and why this verdict.
        reason: String,
        /// Until when a signature holds; none for no end.
        #[serde(default)]
        #[schemars(with = "Option<Instant>")]
        valid_until: Option<Timestamp>,
    },
}

/// What somebody who looked at a use case for a lane found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing in this field speaks against it.
    Signed,
    /// Something does: nobody approves it until the lane is signed after all.
    Objected,
    /// This field has nothing to look at here.
    NotNeeded,
}

/// What changed about sign-off lanes, which run in parallel before a body decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LanesChange {
    /// A lane was signed or objected to.
    LaneSigned {
        /// The use case.
        use_case: UseCaseId,
        /// The lane.
        lane: LaneId,
        /// By whom and how.
        signature: Signature,
    },
}

/// A word on a lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Signature {
    /// Who gave it.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// What was found.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// Until when it holds; none for no end.
    #[schemars(with = "Option<Instant>")]
    pub valid_until: Option<Timestamp>,
}

/// The part of the record about sign-off lanes, which run in parallel before a body decides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Lanes {
    /// Since when each lane of a use case has been waiting for its first word.
    pub open_since: Map<UseCaseId, BTreeMap<LaneId, Timestamp>>,
    /// All words on each lane, oldest first.
    pub signatures: Map<UseCaseId, BTreeMap<LaneId, Vec<Signature>>>,
}

impl Lanes {
    /// The newest word on a lane.
    #[must_use]
    pub fn newest(&self, use_case: UseCaseId, lane: &LaneId) -> Option<&Signature> {
        self.signatures.get(&use_case)?.get(lane)?.last()
    }
}

impl Record {
    /// The sign-off lanes that apply to a use case at `now`; none before its tier is known.
    pub fn lanes_of(&self, use_case: &UseCase, now: Timestamp) -> impl Iterator<Item = &Lane> {
        let known = self.tier_policy.as_ref().zip(self.duty_tier(use_case, now));
        known.into_iter().flat_map(|(policy, tier)| policy.lanes_for(tier, &use_case.facts))
    }

    /// Why a lane does not let a use case be approved at `now`; none when it does, or when an
    /// exception in force says not to wait for it. An objection stands all the same.
    fn lane_waits(&self, use_case: &UseCase, lane: &Lane, now: Timestamp) -> Option<String> {
        let waits = self.lane_lacks(use_case, lane, now)?;
        let newest = self.lanes.newest(use_case.id, &lane.id);
        let objected = newest.is_some_and(|word| word.verdict == Verdict::Objected);
        let what = Excepted::Lane { lane: lane.id.to_string() };
        let excepted = !objected && self.excepted(use_case.id, &what, now).is_some();
        (!excepted).then_some(waits)
    }

    fn lane_lacks(&self, use_case: &UseCase, lane: &Lane, now: Timestamp) -> Option<String> {
        let Some(word) = self.lanes.newest(use_case.id, &lane.id) else {
            return Some("is unsigned".to_owned());
        };
        if word.verdict == Verdict::Objected {
            return Some(format!("has the objection of {}: {}", word.by, word.reason));
        }
        if word.valid_until.is_some_and(|until| until <= now) {
            return Some("has a signature that ran out".to_owned());
        }
        // Who signed may have been made an owner since.
        let owns = use_case.owners.as_ref().is_some_and(|owners| owners.include(&word.by));
        owns.then(|| format!("was signed by {}, who owns it now", word.by))
    }
}

impl LanesAct {
    /// What the act is about, as far as rights depend on it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        let Self::SignLane { use_case, lane, .. } = self;
        Subject::Lane { use_case: *use_case, lane: lane.clone() }
    }
}

impl LanesChange {
    /// The use case that the change is about, if it is about one.
    #[must_use]
    pub fn use_case(&self, _record: &Record) -> Option<UseCaseId> {
        let Self::LaneSigned { use_case, .. } = self;
        Some(*use_case)
    }

    /// What changed, in plain words. The record gives names to what it mentions.
    #[must_use]
    pub fn in_words(&self, record: &Record) -> String {
        let Self::LaneSigned { use_case, lane, signature } = self;
        let lanes = record.tier_policy.iter().flat_map(|policy| &policy.lanes);
        let title = lanes.into_iter().find(|it| it.id == *lane).map(|it| it.title.as_str());
        let title = title.unwrap_or(lane.as_str());
        let did = match signature.verdict {
            Verdict::Signed => "signed",
            Verdict::Objected => "objected to",
            Verdict::NotNeeded => "found nothing to look at in",
        };
        format!("{} {did} the lane {title} of {use_case}: {}", signature.by, signature.reason)
    }
}

impl Deciding<'_> {
    pub(crate) fn lanes(&self, act: &LanesAct) -> Decided {
        let LanesAct::SignLane { use_case, lane, verdict, reason, valid_until } = act;
        let use_case = self.use_case(*use_case)?;
        let person = self.person()?;
        say_something("the reason", reason)?;
        let begun = use_case.stage.standard().is_some() || use_case.stage.live().is_some();
        let applies = self.record.lanes_of(use_case, self.command.at).any(|it| it.id == *lane);
        if !begun || !applies {
            return Err(Refusal::NoLane { use_case: use_case.id, lane: lane.clone() });
        }
        if let Some(conflict) = self.record.conflict(&person.id, use_case) {
            let person = person.id.clone();
            return Err(Refusal::Conflicted { person, use_case: use_case.id, conflict });
        }
        if valid_until.is_some_and(|until| until <= self.command.at) {
            return Err(Refusal::NotInFuture("the end of the signature"));
        }
        let signature = Signature {
            by: person.id.clone(),
            at: self.command.at,
            verdict: *verdict,
            reason: reason.clone(),
            valid_until: *valid_until,
        };
        let (use_case, lane) = (use_case.id, lane.clone());
        Ok(vec![Change::Lanes(LanesChange::LaneSigned { use_case, lane, signature })])
    }
}

/// Folds a change into the record.
pub(crate) fn apply(
    record: &mut Record,
    _event: &Event,
    change: &LanesChange,
) -> Result<(), Fault> {
    let LanesChange::LaneSigned { use_case, lane, signature } = change;
    use_case_mut(record, *use_case)?;
    record.lanes.signatures.update(*use_case, |lanes| {
        lanes.entry(lane.clone()).or_default().push(signature.clone());
    });
    Ok(())
}

/// Starts the clocks of the lanes that apply to a use case whose validation begins. A clock that
/// runs goes on.
pub(crate) fn open(record: &mut Record, id: UseCaseId, at: Timestamp) -> Result<(), Fault> {
    let use_case = record.use_cases.get(&id).ok_or_else(|| unknown(id))?;
    let mut clocks = record.lanes.open_since.get(&id).cloned().unwrap_or_default();
    for lane in record.lanes_of(use_case, at) {
        clocks.entry(lane.id.clone()).or_insert(at);
    }
    if !clocks.is_empty() {
        record.lanes.open_since.insert(id, clocks);
    }
    Ok(())
}

/// Lanes that wait for somebody with their role; the deciding body where nobody has it.
pub(crate) fn tasks(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    let mut holders: BTreeMap<&str, Vec<&PersonId>> = BTreeMap::new();
    for person in record.people.values().filter(|person| person.left_at.is_none()) {
        for role in &person.roles {
            holders.entry(role).or_default().push(&person.id);
        }
    }
    let office = Holders::office(record);
    for use_case in record.use_cases.values() {
        if use_case.stage.standard().is_none() && use_case.stage.live().is_none() {
            continue;
        }
        for lane in record.lanes_of(use_case, now) {
            let Some(why) = record.lane_waits(use_case, lane, now) else { continue };
            let clocks = record.lanes.open_since.get(&use_case.id);
            let since = clocks.and_then(|clocks| clocks.get(&lane.id));
            let due = since.map(|since| days_after(*since, lane.answer_within_days));
            let task = |who, what| Task {
                who,
                what,
                use_case: Some(use_case.id),
                case: None,
                decision: None,
                due,
                overdue: due.is_some_and(|due| due <= now),
            };
            let may = |id: &&PersonId| record.conflict(id, use_case).is_none();
            let asked = holders.get(lane.role.as_str()).into_iter().flatten().copied();
            let before = tasks.len();
            tasks.extend(asked.filter(may).map(|id| {
                let what = format!("Sign the lane {} or object: it {why}", lane.title);
                task(Waiting::Person(id.clone()), what)
            }));
            if tasks.len() == before {
                let body = || Some(Waiting::Body(record.deciding_body(use_case)?.id.clone()));
                let what = format!("Give somebody the role `{}`: {} waits", lane.role, lane.title);
                tasks.extend(office.or(body).into_iter().map(|who| task(who, what.clone())));
            }
        }
    }
}

/// What a use case lacks in this part before it may go live, stay so or be resumed; each says what
/// to do.
pub(crate) fn missing(record: &Record, use_case: &UseCase, now: Timestamp) -> Vec<String> {
    let lanes = record.lanes_of(use_case, now);
    let waiting = lanes.filter_map(|lane| {
        let why = record.lane_waits(use_case, lane, now)?;
        Some(format!("its lane {} {why}; have a {} sign it", lane.title, lane.role))
    });
    waiting.collect()
}
