//! People, bodies, AI systems.

use super::{Decided, Deciding, find, next_number, say_something};
use crate::{
    AiSystem, AiType, Body, Change, Founding, Person, PersonId, Refusal, SystemId, VendorId,
    Version,
};
use std::collections::BTreeMap;

impl Deciding<'_> {
    pub(super) fn found(&self, founding: &Founding) -> Decided {
        if self.record.founding.is_some() {
            return Err(Refusal::AlreadyFounded);
        }
        say_something("the hospital's name", &founding.hospital)?;
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
        let known = |seat: &crate::SeatId| body.seats.iter().any(|known| known.id == *seat);
        let named = body.rules.iter().flat_map(|rule| &rule.required_seats);
        for seat in named.chain([&body.chair]) {
            if !known(seat) {
                return Err(Refusal::Unknown { what: "seat", id: seat.to_string() });
            }
        }
        Ok(vec![Change::BodyChartered(body.clone())])
    }

    pub(super) fn register_system(
        &self,
        name: &str,
        vendor: &VendorId,
        ai_type: AiType,
    ) -> Decided {
        say_something("the AI system's name", name)?;
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
        if system.versions.contains_key(&version.label) {
            return Err(Refusal::Exists { what: "version", id: version.label.clone() });
        }
        Ok(vec![Change::VersionRegistered { system: id, version: version.clone() }])
    }
}
