//! People and the bodies they sit on.

use crate::{BodyId, Instant, PersonId, SeatId, SystemId, Tier, VendorId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Somebody who acts in the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The handle that events name.
    pub id: PersonId,
    /// The person's position, as others know it.
    pub title: String,
    /// Standing roles, which the rights policies name (`governance-office`,
    /// `patient-safety-officer`, …).
    #[serde(default)]
    pub roles: BTreeSet<String>,
    /// True for a licensed clinician.
    #[serde(default)]
    pub clinician: bool,
    /// Responsible-AI training lapses at this time.
    #[schemars(with = "Instant")]
    pub trained_until: Timestamp,
    /// Vendors in which the person declared an interest.
    #[serde(default)]
    pub interests: BTreeSet<VendorId>,
    /// How the person is bound to the hospital.
    #[serde(default)]
    pub employment: Option<Employment>,
    /// Training on single AI systems, and until when it holds.
    #[serde(default)]
    #[schemars(with = "BTreeMap<SystemId, Instant>")]
    pub trained_on: BTreeMap<SystemId, Timestamp>,
    /// When the person left the hospital.
    #[serde(default)]
    #[schemars(with = "Option<Instant>")]
    pub left_at: Option<Timestamp>,
}

/// How somebody is bound to the hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Employment {
    /// Employed by the hospital.
    Employee,
    /// Privileged to practise here, employed elsewhere.
    MedicalStaff,
    /// Under contract.
    Contractor,
    /// In training: student, resident, fellow.
    Trainee,
    /// Without pay, such as a patient partner.
    Volunteer,
}

/// The three who answer for a use case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Owners {
    /// Executive sponsor.
    pub sponsor: PersonId,
    /// Clinical or business owner.
    pub business: PersonId,
    /// Technical owner.
    pub technical: PersonId,
}

impl Owners {
    /// The three with their words.
    #[must_use]
    pub fn all(&self) -> [(&'static str, &PersonId); 3] {
        [
            ("executive sponsor", &self.sponsor),
            ("clinical or business owner", &self.business),
            ("technical owner", &self.technical),
        ]
    }

    /// True when `person` is one of the three.
    #[must_use]
    pub fn include(&self, person: &PersonId) -> bool {
        self.all().iter().any(|(_, owner)| *owner == person)
    }
}

/// A committee with the right to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The body's handle.
    pub id: BodyId,
    /// Its name.
    pub name: String,
    /// What it is for, in a sentence.
    #[serde(default)]
    pub purpose: String,
    /// What it is for and what it may decide, in full.
    pub charter: String,
    /// The body that it reports to, where cases end that it does not answer.
    #[serde(default)]
    pub parent: Option<BodyId>,
    /// Its seats.
    pub seats: Vec<Seat>,
    /// The seat of the chair.
    pub chair: SeatId,
    /// What a decision takes, for each tier that the body may decide on.
    pub rules: Vec<TierRule>,
}

/// A seat on a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// The seat's handle.
    pub id: SeatId,
    /// The expertise that the seat stands for.
    pub expertise: String,
    /// Who holds it.
    pub holder: Option<PersonId>,
    /// When the holder's term begins; none for one that has begun.
    #[serde(default)]
    #[schemars(with = "Option<Instant>")]
    pub from: Option<Timestamp>,
    /// When the holder's term ends; from then on the seat is vacant. None for no end.
    #[serde(default)]
    #[schemars(with = "Option<Instant>")]
    pub until: Option<Timestamp>,
}

/// What a decision on a use case of one tier takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TierRule {
    /// The tier.
    pub tier: Tier,
    /// Seats that must take part. Recused members do not count.
    pub quorum: u32,
    /// Seats that must be among those taking part.
    #[serde(default)]
    pub required_seats: BTreeSet<SeatId>,
    /// Clinicians who must approve.
    #[serde(default)]
    pub clinician_approvals: u32,
    /// Approvals needed out of every `majority_of` votes for or against, both counted over all such
    /// votes.
    pub majority: u32,
    /// See `majority`. With 1 of 2, approvals must exceed one half; else they must reach the share.
    pub majority_of: u32,
}

impl Seat {
    /// Who holds the seat at `at`; none while it is vacant.
    #[must_use]
    pub fn holder_at(&self, at: Timestamp) -> Option<&PersonId> {
        let begun = self.from.is_none_or(|from| from <= at);
        let over = self.until.is_some_and(|until| until <= at);
        self.holder.as_ref().filter(|_| begun && !over)
    }
}

impl Body {
    /// The seat that was given to a person, in the person's term or not.
    #[must_use]
    pub fn seat_of(&self, person: &PersonId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.holder.as_ref() == Some(person))
    }

    /// The seat from which a person may vote at `at`.
    #[must_use]
    pub fn seat_at(&self, person: &PersonId, at: Timestamp) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.holder_at(at) == Some(person))
    }

    /// Who the chair was given to, in that person's term or not.
    #[must_use]
    pub fn chair_holder(&self) -> Option<&PersonId> {
        self.seats.iter().find(|seat| seat.id == self.chair)?.holder.as_ref()
    }

    /// Who holds the chair at `at`.
    #[must_use]
    pub fn chair_at(&self, at: Timestamp) -> Option<&PersonId> {
        self.seats.iter().find(|seat| seat.id == self.chair)?.holder_at(at)
    }

    /// What a decision on a use case of `tier` takes; none when the body may not decide it.
    #[must_use]
    pub fn rule(&self, tier: Tier) -> Option<&TierRule> {
        self.rules.iter().find(|rule| rule.tier == tier)
    }
}
