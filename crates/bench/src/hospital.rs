//! A made-up hospital whose record is built by commands through the core.

use anyhow::{Context, Result, bail};
use governance::{
    Act, Actor, Authority, Command, Event, Founding, Person, PersonId, Record, Service, apply,
    decide,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where every use case runs, in which step of work, and which version.
pub const SITE: &str = "main";
/// See [`SITE`].
pub const WORKFLOW: &str = "discharge";
/// See [`SITE`].
pub const VERSION: &str = "1.0";

/// When everything happens: the start of 2026.
pub fn now() -> Result<Timestamp> {
    Ok("2026-01-01T00:00:00Z".parse()?)
}

/// A person of the hospital.
pub fn actor(handle: &str) -> Result<Actor> {
    Ok(Actor::Person(handle.parse::<PersonId>()?))
}

/// The founding of the hospital, with the built-in rights.
pub fn founding() -> Result<Act> {
    let person = |handle: &str, role: Option<&str>| -> Result<Person> {
        Ok(Person {
            id: handle.parse()?,
            title: handle.to_owned(),
            roles: role.into_iter().map(str::to_owned).collect(),
            clinician: false,
            trained_until: Timestamp::MAX,
            interests: [].into(),
            employment: None,
            trained_on: std::collections::BTreeMap::new(),
            left_at: None,
        })
    };
    let office = person("office", Some("governance-office"))?;
    let owners = ["sponsor", "business", "technical"].map(|handle| person(handle, None));
    let people = [Ok(office)].into_iter().chain(owners).collect::<Result<_>>()?;
    let hospital = "A made-up hospital".to_owned();
    Ok(Act::Found(Founding { hospital, rights: packs::builtin::rights()?, people }))
}

/// What the office does before the first use case.
pub fn furnish() -> Result<Vec<Act>> {
    let mut tiers = packs::builtin::tier_policy()?;
    // The use cases of the benchmarks differ in scale only, so none waits for sign-offs.
    tiers.lanes.clear();
    let mut acts = vec![Act::AdoptTierPolicy(tiers)];
    acts.extend(packs::builtin::standards()?.into_iter().map(Act::AdoptStandard));
    acts.push(act(json!({
        "act": "register_system", "name": "A score", "vendor": "in-house", "ai_type": "predictive",
    }))?);
    acts.push(register_version(VERSION)?);
    Ok(acts)
}

/// The office registers a version of the one AI system.
pub fn register_version(label: &str) -> Result<Act> {
    act(json!({
        "act": "register_version",
        "system": "SYS-1",
        "version": {
            "label": label, "released": "2025-12-01T00:00:00Z", "description": "A version",
        },
    }))
}

/// Five acts that bring the use case of a number from proposal to a silent run.
fn pilot(number: u64) -> Result<[Act; 5]> {
    let use_case = format!("UC-{number}");
    Ok([
        act(json!({
            "act": "propose_use_case", "title": format!("Use case {number}"),
            "intended_use": "Recommends whom to call after discharge", "workflow": WORKFLOW,
            "population": "Adult inpatients", "system": "SYS-1",
        }))?,
        act(json!({
            "act": "assign_owners", "use_case": use_case,
            "owners": { "sponsor": "sponsor", "business": "business", "technical": "technical" },
        }))?,
        act(json!({
            "act": "state_facts", "use_case": use_case,
            "facts": {
                "significance": "drive", "situation": "serious", "autonomy": "recommends",
                "time-to-catch": "days", "reversibility": "with-effort", "patient-facing": "no",
                "population": "general-adults", "allocation": "drives", "coverage": "no",
                "chart": "no", "protected-inputs": "no",
            },
        }))?,
        act(json!({ "act": "begin_validation", "use_case": use_case }))?,
        act(json!({
            "act": "begin_pilot", "use_case": use_case,
            "deployment": { "version": VERSION, "site": SITE, "mode": "silent" },
        }))?,
    ])
}

/// An act from its JSON.
pub fn act(json: Value) -> Result<Act> {
    serde_json::from_value(json.clone()).with_context(|| format!("this is no act: {json}"))
}

/// A record in memory, with the events that it is the fold of.
#[derive(Debug, Default)]
pub struct Hospital {
    pub record: Record,
    pub events: Vec<Event>,
    /// The time of the next command; the start of 2026 when it is not set.
    pub now: Timestamp,
}

impl Hospital {
    /// A hospital with so many use cases, all in a silent run. The core decides on every command;
    /// rights are not asked.
    pub fn with_use_cases(count: u64) -> Result<Self> {
        let mut hospital = Self { now: now()?, ..Self::default() };
        hospital.give(Actor::Service(Service::Installer), founding()?)?;
        let office = actor("office")?;
        for act in furnish()? {
            hospital.give(office.clone(), act)?;
        }
        for number in 1..=count {
            for act in pilot(number)? {
                hospital.give(office.clone(), act)?;
            }
        }
        Ok(hospital)
    }

    /// Gives a command that changes something.
    pub fn give(&mut self, actor: Actor, act: Act) -> Result<()> {
        if self.try_give(actor, act)? == 0 {
            bail!("a command changed nothing");
        }
        Ok(())
    }

    /// Gives a command; says how many events it had.
    pub fn try_give(&mut self, actor: Actor, act: Act) -> Result<usize> {
        let authority = Authority {
            policies: vec!["P1-office-keeps-the-record".to_owned()],
            policy_set: "0".repeat(64),
            facts: BTreeMap::from([("role".to_owned(), "governance-office".to_owned())]),
        };
        let service = if actor.person().is_none() { "primum-" } else { "" };
        let id = format!("{service}bench-{}", self.record.next_seq).parse()?;
        let command = Command { id, at: self.now, actor, authority, act };
        let name = command.act.name();
        let events = decide(&self.record, &command).with_context(|| name)?;
        for event in &events {
            apply(&mut self.record, event)?;
        }
        let count = events.len();
        self.events.extend(events);
        Ok(count)
    }
}
