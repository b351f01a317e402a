//! People and the bodies they sit on.

use crate::{BodyId, Instant, PersonId, SeatId, Tier, VendorId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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
    /// When the person left the hospital.
    #[serde(default)]
    #[schemars(with = "Option<Instant>")]
    pub left_at: Option<Timestamp>,
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
    /// What it is for and what it may decide.
    pub charter: String,
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

impl Body {
    /// The seat that a person holds.
    #[must_use]
    pub fn seat_of(&self, person: &PersonId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.holder.as_ref() == Some(person))
    }

    /// Who holds the chair.
    #[must_use]
    pub fn chair_holder(&self) -> Option<&PersonId> {
        self.seats.iter().find(|seat| seat.id == self.chair)?.holder.as_ref()
    }

    /// What a decision on a use case of `tier` takes; none when the body may not decide it.
    #[must_use]
    pub fn rule(&self, tier: Tier) -> Option<&TierRule> {
        self.rules.iter().find(|rule| rule.tier == tier)
    }
}
