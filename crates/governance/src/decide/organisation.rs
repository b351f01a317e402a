//! People, bodies, AI systems.

use super::{Decided, Deciding, find, is_new, next_number, repeated, say_something, unsound};
use crate::{
    AiSystem, AiType, Body, Change, Founding, Person, PersonId, Refusal, SystemId, Tier,
    TierPolicy, TierRule, VendorId, Version,
};
use std::collections::BTreeMap;

impl Deciding<'_> {
    pub(super) fn found(&self, founding: &Founding) -> Decided {
        if self.record.founding.is_some() {
            return Err(Refusal::AlreadyFounded);
        }
        say_something("the hospital's name", &founding.hospital)?;
        if let Some(twice) = repeated(founding.people.iter().map(|person| &person.id)) {
            return Err(Refusal::Exists { what: "a person", id: twice.to_string() });
        }
        Ok(vec![Change::Founded(founding.clone())])
    }

    pub(super) fn add_person(&self, person: &Person) -> Decided {
        if self.record.people.contains_key(&person.id) {
            return Err(Refusal::Exists { what: "a person", id: person.id.to_string() });
        }
        Ok(vec![Change::PersonAdded(person.clone())])
    }

    pub(super) fn note_departure(&self, person: &PersonId) -> Decided {
        self.employed(person)?;
        Ok(vec![Change::PersonLeft { person: person.clone() }])
    }

    pub(super) fn charter_body(&self, body: &Body) -> Decided {
        if self.record.bodies.contains_key(&body.id) {
            return Err(Refusal::Exists { what: "a body", id: body.id.to_string() });
        }
        say_something("the charter", &body.charter)?;
        for seat in &body.seats {
            if let Some(holder) = &seat.holder {
                self.employed(holder)?;
            }
        }
        sound_charter(body)?;
        for rule in &body.rules {
            self.asks_enough(rule)?;
        }
        if let Some(parent) = &body.parent {
            find(&self.record.bodies, parent, "body")?;
        }
        Ok(vec![Change::BodyChartered(body.clone())])
    }

    pub(super) fn adopt_tier_policy(&self, policy: &TierPolicy) -> Decided {
        for tier in Tier::ALL {
            if policy.duties.iter().filter(|duties| duties.tier == tier).count() != 1 {
                return Err(unsound(
                    "the tier policy",
                    format!("it must give {tier} its duties, and only once"),
                ));
            }
        }
        sound_fast_lane(policy)?;
        sound_lanes(policy)?;
        let in_force = self.record.tier_policy.as_ref();
        is_new("the tier policy", in_force, policy, TierPolicy::label)?;
        Ok(vec![Change::TierPolicyAdopted(policy.clone())])
    }

    /// Refuses a rule that asks less than the tier policy wants of every body.
    pub(crate) fn asks_enough(&self, rule: &TierRule) -> Result<(), Refusal> {
        let policy = self.record.tier_policy.as_ref();
        let least = policy.and_then(|it| it.duties_of(rule.tier)?.decision.as_ref());
        match least.filter(|least| !least.is_met_by(rule)) {
            None => Ok(()),
            Some(least) => Err(Refusal::AsksTooLittle {
                tier: rule.tier,
                quorum: least.quorum,
                clinicians: least.clinician_approvals,
                majority: format!("{} of {}", least.majority, least.majority_of),
            }),
        }
    }

    pub(super) fn register_system(
        &self,
        name: &str,
        vendor: &VendorId,
        ai_type: AiType,
    ) -> Decided {
        say_something("the AI system's name", name)?;
        self.known_vendor(vendor)?;
        let id = SystemId(next_number(&self.record.systems, |id: SystemId| id.0));
        Ok(vec![Change::SystemRegistered(AiSystem {
            id,
            name: name.to_owned(),
            vendor: vendor.clone(),
            ai_type,
            versions: BTreeMap::new(),
        })])
    }

    pub(super) fn register_version(&self, id: SystemId, version: &Version) -> Decided {
        let system = find(&self.record.systems, &id, "AI system")?;
        say_something("the version's label", &version.label)?;
        if let Some(hash) = &version.hash {
            crate::vendors::sound_hash(hash)?;
        }
        if system.versions.contains_key(&version.label) {
            return Err(Refusal::Exists { what: "version", id: version.label.clone() });
        }
        Ok(vec![Change::VersionRegistered { system: id, version: version.clone() }])
    }
}

/// Refuses approval by rule of what can do harm, or without an audit of any.
fn sound_fast_lane(policy: &TierPolicy) -> Result<(), Refusal> {
    let Some(lane) = &policy.fast_lane else { return Ok(()) };
    if lane.tiers.iter().any(|tier| *tier > Tier::T2) {
        return Err(unsound("the fast lane", "only T1 and T2 can be approved by rule"));
    }
    if !(1..=100).contains(&lane.audit_percent) {
        return Err(unsound("the fast lane", "it must have 1 to 100 percent drawn for an audit"));
    }
    Ok(())
}

/// Refuses lanes that share a handle, or that never apply.
fn sound_lanes(policy: &TierPolicy) -> Result<(), Refusal> {
    if let Some(twice) = repeated(policy.lanes.iter().map(|lane| &lane.id)) {
        return Err(unsound("the tier policy", format!("two lanes are called `{twice}`")));
    }
    for lane in &policy.lanes {
        say_something("the lane's role", &lane.role)?;
        if lane.from.is_none() && lane.when.is_empty() {
            let because = format!("the lane `{}` applies nowhere", lane.id);
            return Err(unsound("the tier policy", because));
        }
    }
    Ok(())
}

/// Refuses a charter by which one person could count twice, or a decision stand without anybody or
/// not at all.
pub(crate) fn sound_charter(body: &Body) -> Result<(), Refusal> {
    let fault = |because: String| Err(unsound("the charter", because));
    let known = |seat: &crate::SeatId| body.seats.iter().any(|known| known.id == *seat);
    let mut named = body.rules.iter().flat_map(|rule| &rule.required_seats).chain([&body.chair]);
    if let Some(seat) = named.find(|seat| !known(seat)) {
        return fault(format!("it names a seat `{seat}` that it does not have"));
    }
    if let Some(seat) = repeated(body.seats.iter().map(|seat| &seat.id)) {
        return fault(format!("two seats are called `{seat}`"));
    }
    if let Some(holder) = repeated(body.seats.iter().filter_map(|seat| seat.holder.as_ref())) {
        return fault(format!("`{holder}` holds two seats"));
    }
    if let Some(tier) = repeated(body.rules.iter().map(|rule| rule.tier)) {
        return fault(format!("it has two rules for {tier}"));
    }
    for rule in &body.rules {
        let tier = rule.tier;
        if rule.quorum == 0 || usize::try_from(rule.quorum).is_ok_and(|it| it > body.seats.len()) {
            return fault(format!("the quorum for {tier} must be from 1 to the number of seats"));
        }
        // Less than one half would let a minority carry.
        let half = u64::from(rule.majority) * 2;
        if rule.majority > rule.majority_of || half < u64::from(rule.majority_of) || half == 0 {
            return fault(format!("the majority for {tier} must be from one half to all"));
        }
    }
    Ok(())
}
