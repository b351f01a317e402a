//! Sites, units, and what changes about people.

use crate::apply::{Fault, unknown};
use crate::decide::{Decided, Deciding, find, say_something, unsound};
use crate::{
    Change, DecisionId, Duty, Employment, Event, Instant, PersonId, Record, Refusal, SiteId, Stage,
    Subject, SystemId, Task, UnitId, UseCase, UseCaseId, VendorId, Waiting,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use strum::{IntoStaticStr, VariantNames};

/// What can be asked for about sites, units, and what changes about people.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames,
)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum OrganisationAct {
    /// Adds a site of the hospital. Once there is one, AI systems run at sites on record only.
    AddSite(Site),
    /// Adds a unit, such as a ward, to a site.
    AddUnit(Unit),
    /// Closes a site at which nothing runs any more.
    CloseSite {
        /// The site.
        site: SiteId,
    },
    /// Changes what is on record about a person. What is left out stays as it is.
    AmendPerson {
        /// The person.
        person: PersonId,
        /// What changes.
        amendment: PersonAmendment,
    },
    /// Records that a person was trained on one AI system.
    RecordTraining {
        /// The person.
        person: PersonId,
        /// The AI system.
        system: SystemId,
        /// Until when the training holds.
        #[schemars(with = "Instant")]
        valid_until: Timestamp,
    },
    /// Declares an interest in a vendor: one's own shares, fees, family. Votes on open decisions
    /// about that vendor's AI systems are taken back, and the person steps aside from them.
    DeclareInterest {
        /// Whose interest it is.
        person: PersonId,
        /// The vendor.
        vendor: VendorId,
        /// What the interest is.
        interest: String,
    },
    /// Notes that a declared interest is over.
    WithdrawInterest {
        /// Whose interest it was.
        person: PersonId,
        /// The vendor.
        vendor: VendorId,
        /// Why it is over.
        reason: String,
    },
}

/// A site of the hospital.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// The site's handle.
    pub id: SiteId,
    /// Its name.
    pub name: String,
    /// Its time zone: an IANA name such as `America/Chicago`, `UTC`, or an offset such as `-06:00`.
    pub time_zone: String,
    /// The law it is under, as a country and, where it matters, a state: `US-TX`, `DE`.
    pub jurisdiction: String,
    /// When it was closed.
    #[serde(default)]
    #[schemars(with = "Option<Instant>")]
    pub closed_at: Option<Timestamp>,
}

/// A unit of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// The unit's handle.
    pub id: UnitId,
    /// The site that it is part of.
    pub site: SiteId,
    /// Its name.
    pub name: String,
}

/// What changes about a person. What is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonAmendment {
    /// The position.
    #[serde(default)]
    pub title: Option<String>,
    /// All standing roles from now on.
    #[serde(default)]
    pub roles: Option<BTreeSet<String>>,
    /// Whether the person is a licensed clinician. Votes that were cast stay as they were.
    #[serde(default)]
    pub clinician: Option<bool>,
    /// How the person is bound to the hospital.
    #[serde(default)]
    pub employment: Option<Employment>,
    /// Until when the responsible-AI training holds.
    #[serde(default)]
    #[schemars(with = "Option<Instant>")]
    pub trained_until: Option<Timestamp>,
}

/// What changed about sites, units, and people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum OrganisationChange {
    /// A site was added.
    SiteAdded(Site),
    /// A unit was added.
    UnitAdded(Unit),
    /// A site was closed.
    SiteClosed {
        /// The site.
        site: SiteId,
    },
    /// What is on record about a person changed.
    PersonAmended {
        /// The person.
        person: PersonId,
        /// What changed.
        amendment: PersonAmendment,
    },
    /// A person was trained on an AI system.
    TrainingRecorded {
        /// The person.
        person: PersonId,
        /// The AI system.
        system: SystemId,
        /// Until when it holds.
        #[schemars(with = "Instant")]
        valid_until: Timestamp,
    },
    /// A person declared an interest.
    InterestDeclared {
        /// The person.
        person: PersonId,
        /// The vendor.
        vendor: VendorId,
        /// What the interest is.
        interest: String,
        /// Open decisions from which the person steps aside, a vote taken back.
        aside: BTreeSet<DecisionId>,
    },
    /// An interest is over.
    InterestWithdrawn {
        /// The person.
        person: PersonId,
        /// The vendor.
        vendor: VendorId,
        /// Why.
        reason: String,
    },
}

/// The part of the record about sites and units. People are in [`Record::people`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Organisation {
    /// Sites, closed ones too. While there are none, the names of sites are not checked.
    pub sites: BTreeMap<SiteId, Site>,
    /// Units.
    pub units: BTreeMap<UnitId, Unit>,
}

impl OrganisationAct {
    /// What the act is about, as far as rights depend on it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::DeclareInterest { person, .. } => Subject::Duty(Duty::Oneself(person.clone())),
            _ => Subject::Record,
        }
    }
}

impl OrganisationChange {
    /// The use case that the change is about, if it is about one.
    #[must_use]
    pub fn use_case(&self, _record: &Record) -> Option<UseCaseId> {
        None
    }

    /// What changed, in plain words. The record gives names to what it mentions.
    #[must_use]
    pub fn in_words(&self, record: &Record) -> String {
        let title = |id: &PersonId| {
            record.people.get(id).map_or_else(|| id.to_string(), |person| person.title.clone())
        };
        match self {
            Self::SiteAdded(site) => format!("The site {} was added ({})", site.name, site.id),
            Self::UnitAdded(unit) => format!("The unit {} of {} was added", unit.name, unit.site),
            Self::SiteClosed { site } => format!("The site {site} was closed"),
            Self::PersonAmended { person, .. } => {
                format!("What is on record about {} was changed", title(person))
            }
            Self::TrainingRecorded { person, system, .. } => {
                format!("{} was trained on {system}", title(person))
            }
            Self::InterestDeclared { person, vendor, interest, .. } => {
                format!("{} declared an interest in {vendor}: {interest}", title(person))
            }
            Self::InterestWithdrawn { person, vendor, reason } => {
                format!("The interest of {} in {vendor} is over: {reason}", title(person))
            }
        }
    }
}

impl Deciding<'_> {
    pub(crate) fn organisation(&self, act: &OrganisationAct) -> Decided {
        let change = match act {
            OrganisationAct::AddSite(site) => self.add_site(site)?,
            OrganisationAct::AddUnit(unit) => self.add_unit(unit)?,
            OrganisationAct::CloseSite { site } => self.close_site(site)?,
            OrganisationAct::AmendPerson { person, amendment } => {
                self.amend_person(person, amendment)?
            }
            OrganisationAct::RecordTraining { person, system, valid_until } => {
                self.employed(person)?;
                find(&self.record.systems, system, "AI system")?;
                if *valid_until <= self.command.at {
                    return Err(Refusal::NotInFuture("the end of the training"));
                }
                let (person, system) = (person.clone(), *system);
                OrganisationChange::TrainingRecorded { person, system, valid_until: *valid_until }
            }
            OrganisationAct::DeclareInterest { person, vendor, interest } => {
                self.declare_interest(person, vendor, interest)?
            }
            OrganisationAct::WithdrawInterest { person, vendor, reason } => {
                say_something("the reason", reason)?;
                if !self.employed(person)?.interests.contains(vendor) {
                    return Err(Refusal::Unknown { what: "interest in", id: vendor.to_string() });
                }
                let (person, vendor) = (person.clone(), vendor.clone());
                OrganisationChange::InterestWithdrawn { person, vendor, reason: reason.clone() }
            }
        };
        Ok(vec![Change::Organisation(change)])
    }

    fn add_site(&self, site: &Site) -> Result<OrganisationChange, Refusal> {
        say_something("the site's name", &site.name)?;
        if self.record.organisation.sites.contains_key(&site.id) {
            return Err(Refusal::Exists { what: "a site", id: site.id.to_string() });
        }
        if crate::calendar::zone(&site.time_zone).is_none() {
            let because = "its time zone is neither a name like `America/Chicago` nor an offset \
                           like `-06:00`";
            return Err(unsound("the site", because));
        }
        if !is_jurisdiction(&site.jurisdiction) {
            return Err(unsound(
                "the site",
                "its jurisdiction is not written like `US-TX` or `DE`",
            ));
        }
        Ok(OrganisationChange::SiteAdded(Site { closed_at: None, ..site.clone() }))
    }

    fn add_unit(&self, unit: &Unit) -> Result<OrganisationChange, Refusal> {
        say_something("the unit's name", &unit.name)?;
        self.open_site(&unit.site)?;
        if self.record.organisation.units.contains_key(&unit.id) {
            return Err(Refusal::Exists { what: "a unit", id: unit.id.to_string() });
        }
        Ok(OrganisationChange::UnitAdded(unit.clone()))
    }

    fn close_site(&self, id: &SiteId) -> Result<OrganisationChange, Refusal> {
        self.open_site(id)?;
        let mut use_cases = self.record.use_cases.values();
        let there = |it: &&UseCase| it.stage.deployment().is_some_and(|runs| runs.site == *id);
        if let Some(running) = use_cases.find(there) {
            return Err(Refusal::SiteInUse { site: id.clone(), use_case: running.id });
        }
        Ok(OrganisationChange::SiteClosed { site: id.clone() })
    }

    fn open_site(&self, id: &SiteId) -> Result<&Site, Refusal> {
        let site = self.record.organisation.sites.get(id).filter(|site| site.closed_at.is_none());
        site.ok_or_else(|| Refusal::Unknown { what: "open site", id: id.to_string() })
    }

    /// Refuses a site that is not on record, in a hospital that has sites on record.
    pub(crate) fn site_is_open(&self, id: &SiteId) -> Result<(), Refusal> {
        if self.record.organisation.sites.is_empty() {
            return Ok(());
        }
        self.open_site(id).map(|_| ())
    }

    fn amend_person(
        &self,
        person: &PersonId,
        amendment: &PersonAmendment,
    ) -> Result<OrganisationChange, Refusal> {
        self.employed(person)?;
        if *amendment == PersonAmendment::default() {
            return Err(Refusal::Empty("the amendment"));
        }
        if let Some(title) = &amendment.title {
            say_something("the position", title)?;
        }
        let (person, amendment) = (person.clone(), amendment.clone());
        Ok(OrganisationChange::PersonAmended { person, amendment })
    }

    fn declare_interest(
        &self,
        id: &PersonId,
        vendor: &VendorId,
        interest: &str,
    ) -> Result<OrganisationChange, Refusal> {
        say_something("the interest", interest)?;
        if self.employed(id)?.interests.contains(vendor) {
            return Err(Refusal::Exists { what: "an interest in", id: vendor.to_string() });
        }
        let voted = self.record.open_decisions().filter(|decision| {
            let use_case = decision.use_case.and_then(|id| self.record.use_cases.get(&id));
            let system = use_case.and_then(|it| self.record.systems.get(&it.proposal.system));
            decision.votes.contains_key(id) && system.is_some_and(|system| system.vendor == *vendor)
        });
        Ok(OrganisationChange::InterestDeclared {
            person: id.clone(),
            vendor: vendor.clone(),
            interest: interest.to_owned(),
            aside: voted.map(|decision| decision.id).collect(),
        })
    }
}

/// True for a country code of two letters, alone or with a code for a part of the country.
fn is_jurisdiction(text: &str) -> bool {
    let (country, part) = text.split_once('-').map_or((text, None), |(it, part)| (it, Some(part)));
    let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    country.len() == 2
        && country.chars().all(|c| c.is_ascii_uppercase())
        && part.is_none_or(|part| (1..=3).contains(&part.len()) && part.chars().all(upper))
}

/// Folds a change into the record.
pub(crate) fn apply(
    record: &mut Record,
    event: &Event,
    change: &OrganisationChange,
) -> Result<(), Fault> {
    match change {
        OrganisationChange::SiteAdded(site) => {
            record.organisation.sites.insert(site.id.clone(), site.clone());
        }
        OrganisationChange::UnitAdded(unit) => {
            record.organisation.units.insert(unit.id.clone(), unit.clone());
        }
        OrganisationChange::SiteClosed { site } => {
            let found = record.organisation.sites.get_mut(site).ok_or_else(|| unknown(site))?;
            found.closed_at = Some(event.at);
        }
        OrganisationChange::PersonAmended { person, amendment } => {
            let person = record.people.get_mut(person).ok_or_else(|| unknown(person))?;
            let PersonAmendment { title, roles, clinician, employment, trained_until } =
                amendment.clone();
            person.title = title.unwrap_or_else(|| person.title.clone());
            person.roles = roles.unwrap_or_else(|| person.roles.clone());
            person.clinician = clinician.unwrap_or(person.clinician);
            person.employment = employment.or(person.employment);
            person.trained_until = trained_until.unwrap_or(person.trained_until);
        }
        OrganisationChange::TrainingRecorded { person, system, valid_until } => {
            let person = record.people.get_mut(person).ok_or_else(|| unknown(person))?;
            person.trained_on.insert(*system, *valid_until);
        }
        OrganisationChange::InterestDeclared { person, vendor, interest, aside } => {
            let found = record.people.get_mut(person).ok_or_else(|| unknown(person))?;
            found.interests.insert(vendor.clone());
            for id in aside {
                let decision = crate::apply::decision_mut(record, *id)?;
                decision.votes.remove(person);
                decision.recusals.insert(person.clone(), interest.clone());
            }
        }
        OrganisationChange::InterestWithdrawn { person, vendor, .. } => {
            let person = record.people.get_mut(person).ok_or_else(|| unknown(person))?;
            person.interests.remove(vendor);
        }
    }
    Ok(())
}

/// What waits about people: owners of a live use case whose training on its AI system ran out.
pub(crate) fn tasks(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    let here = record.people.values().filter(|person| person.left_at.is_none());
    let run_out = here.filter(|it| it.trained_on.values().any(|until| *until <= now));
    let people: BTreeMap<_, _> = run_out.map(|person| (&person.id, person)).collect();
    if people.is_empty() {
        return;
    }
    for use_case in record.use_cases.values() {
        let Stage::Live(live) = &use_case.stage else { continue };
        for (_, owner) in live.owners.all() {
            let system = use_case.proposal.system;
            let until = people.get(owner).and_then(|person| person.trained_on.get(&system));
            let Some(until) = until.copied().filter(|until| *until <= now) else { continue };
            tasks.push(Task {
                who: Waiting::Person(owner.clone()),
                what: format!("Renew your training on {system}"),
                use_case: Some(use_case.id),
                case: None,
                decision: None,
                due: Some(until),
                overdue: true,
            });
        }
    }
}

/// What a use case lacks in this part before it may go live, stay so or be resumed; each says what
/// to do.
pub(crate) fn missing(record: &Record, use_case: &UseCase, _now: Timestamp) -> Vec<String> {
    let sites = &record.organisation.sites;
    let site = use_case.stage.deployment().map(|runs| &runs.site);
    let closed = site.filter(|site| {
        !sites.is_empty() && sites.get(site).is_none_or(|found| found.closed_at.is_some())
    });
    closed
        .map(|site| format!("its site `{site}` is no open site on record; add it"))
        .into_iter()
        .collect()
}
