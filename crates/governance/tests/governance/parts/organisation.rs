//! Sites, units, and what changes about people.

use crate::hospital::*;
use governance::*;
use std::collections::BTreeSet;

/// An act at random, with somebody whose act it may be; none when there is nothing to act on.
pub fn any(hospital: &Hospital, pick: [usize; 4]) -> Option<(&'static str, Act)> {
    // Most fixtures run at `main`, so it comes first.
    let main = !hospital.record.organisation.sites.contains_key(&id("main"));
    let site = || id(if pick[0] > 6 { "north" } else if main { "main" } else { ["main", "north", "south"][pick[1] % 3] });
    let people = ["idle", "chair", "nurse", "engineer", "lawyer", "ghost"];
    let person = || id(people[pick[1] % 6]);
    let vendor = || id(["acme-health", "other"][pick[2] % 2]);
    // Half of the time what there is a site for.
    let north = hospital.record.organisation.sites.get(&id("north"));
    let what = match north {
        Some(site) if site.closed_at.is_none() && pick[0] > 6 => 1 + pick[0] % 2,
        None if pick[0] > 6 => 0,
        _ => pick[0],
    };
    let act = match what {
        0 => OrganisationAct::AddSite(Site {
            id: site(),
            name: "A site".into(),
            // All count days alike: the model of clocks knows no site of a use case.
            time_zone: ["America/New_York", "US/Eastern", "noon"][pick[2] % 3].into(),
            jurisdiction: ["US-TX", "DE", "US-TX", "Texas", "DE", "US-CA"][pick[3] % 6].into(),
            closed_at: None,
        }),
        1 => {
            let unit = id(["ward-1", "ward-2"][pick[2] % 2]);
            OrganisationAct::AddUnit(Unit { id: unit, site: site(), name: "A ward".into() })
        }
        2 if pick[3] < 7 => OrganisationAct::CloseSite { site: site() },
        3 => {
            let clinician = [None, Some(true), Some(false)][pick[2] % 3];
            let title = pick[3].is_multiple_of(2).then(|| "Another position".into());
            let amendment = PersonAmendment { clinician, title, ..Default::default() };
            OrganisationAct::AmendPerson { person: person(), amendment }
        }
        4 => OrganisationAct::RecordTraining {
            person: person(),
            system: SystemId(u32::try_from(1 + pick[2] % 2).expect("small")),
            valid_until: days_after(hospital.now, u32::try_from(pick[3]).expect("small")),
        },
        5 if pick[3] < 4 => OrganisationAct::DeclareInterest {
            person: person(),
            vendor: vendor(),
            interest: "shares".into(),
        },
        6 => OrganisationAct::WithdrawInterest {
            person: person(),
            vendor: vendor(),
            reason: "sold".into(),
        },
        _ => return None,
    };
    Some(("office", Act::Organisation(act)))
}

/// The rules of this part a second time.
#[derive(Default)]
pub struct Model {
    people: BTreeSet<String>,
    left: BTreeSet<String>,
    /// Person and vendor.
    interests: BTreeSet<(String, String)>,
    open: BTreeSet<String>,
    closed: BTreeSet<String>,
    units: BTreeSet<String>,
    systems: u32,
}

impl Model {
    fn here(&self, person: &PersonId) -> bool {
        self.people.contains(person.as_str()) && !self.left.contains(person.as_str())
    }

    /// Whether the core must accept the command; none when the model does not know.
    pub fn expects(&self, command: &Command) -> Option<bool> {
        let Act::Organisation(act) = &command.act else { return None };
        let new = command.id.as_str().starts_with("random-");
        if !new || !command.actor.person().is_some_and(|actor| self.here(actor)) {
            return None;
        }
        Some(match act {
            OrganisationAct::AddSite(site) => {
                let known = self.open.union(&self.closed).any(|it| it == site.id.as_str());
                !known && site.time_zone != "noon" && site.jurisdiction != "Texas"
            }
            OrganisationAct::AddUnit(unit) => {
                self.open.contains(unit.site.as_str()) && !self.units.contains(unit.id.as_str())
            }
            // Whether something runs there is not known here.
            OrganisationAct::CloseSite { site } if self.open.contains(site.as_str()) => {
                return None;
            }
            OrganisationAct::CloseSite { .. } => false,
            OrganisationAct::AmendPerson { person, amendment } => {
                self.here(person) && (amendment.title.is_some() || amendment.clinician.is_some())
            }
            OrganisationAct::RecordTraining { person, system, valid_until } => {
                self.here(person) && system.0 <= self.systems && *valid_until > command.at
            }
            OrganisationAct::DeclareInterest { person, vendor, .. } => {
                self.here(person)
                    && !self.interests.contains(&(person.to_string(), vendor.to_string()))
            }
            OrganisationAct::WithdrawInterest { person, vendor, .. } => {
                self.here(person)
                    && self.interests.contains(&(person.to_string(), vendor.to_string()))
            }
        })
    }

    /// Plays a command that the core accepted.
    pub fn play(&mut self, command: &Command) {
        match &command.act {
            Act::Found(founding) => founding.people.iter().for_each(|it| self.add(it)),
            Act::AddPerson(person) => self.add(person),
            Act::NoteDeparture { person } => {
                self.left.insert(person.to_string());
            }
            Act::RegisterSystem { .. } => self.systems += 1,
            Act::BeginPilot { deployment, .. } => assert!(
                self.open.is_empty() && self.closed.is_empty()
                    || self.open.contains(deployment.site.as_str()),
                "it runs at no open site"
            ),
            Act::Organisation(act) => self.play_act(act),
            _ => {}
        }
    }

    fn add(&mut self, person: &Person) {
        self.people.insert(person.id.to_string());
        let interests = person.interests.iter();
        self.interests.extend(interests.map(|it| (person.id.to_string(), it.to_string())));
    }

    fn play_act(&mut self, act: &OrganisationAct) {
        match act {
            OrganisationAct::AddSite(site) => {
                self.open.insert(site.id.to_string());
            }
            OrganisationAct::AddUnit(unit) => {
                self.units.insert(unit.id.to_string());
            }
            OrganisationAct::CloseSite { site } => {
                self.open.remove(site.as_str());
                self.closed.insert(site.to_string());
            }
            OrganisationAct::DeclareInterest { person, vendor, .. } => {
                self.interests.insert((person.to_string(), vendor.to_string()));
            }
            OrganisationAct::WithdrawInterest { person, vendor, .. } => {
                self.interests.remove(&(person.to_string(), vendor.to_string()));
            }
            OrganisationAct::AmendPerson { .. } | OrganisationAct::RecordTraining { .. } => {}
        }
    }

    /// What stands, in words.
    pub fn picture(&self) -> String {
        format!("{:?} {:?} {:?} {:?}", self.open, self.closed, self.units, self.interests)
    }
}

/// What stands in the record, in the words of [`Model::picture`].
pub fn picture(record: &Record) -> String {
    let sites = |closed: bool| {
        let sites = record.organisation.sites.values();
        let sites = sites.filter(|site| site.closed_at.is_some() == closed);
        sites.map(|site| site.id.to_string()).collect::<BTreeSet<_>>()
    };
    let units: BTreeSet<_> = record.organisation.units.keys().map(ToString::to_string).collect();
    let interests = record.people.values().flat_map(|person| {
        person.interests.iter().map(|vendor| (person.id.to_string(), vendor.to_string()))
    });
    let interests: BTreeSet<_> = interests.collect();
    format!("{:?} {:?} {units:?} {interests:?}", sites(false), sites(true))
}
