//! What vendors disclose about their AI systems: an answer to each of the 31 source attributes, and
//! how good it is.

use super::attributes::{ATTRIBUTES, Attribute};
use crate::{AiSystem, DocumentId, Instant, PersonId, Record, SystemId, VendorId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// How good an answer is, from the best to the worst.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Answered with data: numbers, how many, of which population.
    Data,
    /// Answered with text.
    Text,
    /// Put off: to another document, to somebody else, or to a request.
    Deferred,
    /// Refused.
    Refused,
    /// Called not applicable, without a reason.
    NotApplicableUnjustified,
}

impl Grade {
    /// Every grade, best first.
    pub const ALL: [Self; 5] =
        [Self::Data, Self::Text, Self::Deferred, Self::Refused, Self::NotApplicableUnjustified];

    /// True when it leaves the hospital without an answer.
    #[must_use]
    pub fn is_weak(self) -> bool {
        self >= Self::Deferred
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Data => "answered with data",
            Self::Text => "answered with text",
            Self::Deferred => "deferred",
            Self::Refused => "refused",
            Self::NotApplicableUnjustified => "called not applicable without a reason",
        })
    }
}

/// An answer to a source attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Disclosure {
    /// The answer.
    pub answer: String,
    /// How good it is.
    pub grade: Grade,
    /// The document that it is from.
    pub source: Option<DocumentId>,
    /// Who put it on record.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
}

/// How well a vendor disclosed an AI system, or all of its systems together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DisclosureProfile {
    /// How many answers there are of each grade.
    pub grades: BTreeMap<Grade, u32>,
    /// The attributes with a weak answer, the worst first, by AI system.
    pub weak: Vec<(SystemId, &'static str, Grade)>,
    /// The attributes without an answer, by AI system.
    pub unanswered: Vec<(SystemId, &'static str)>,
    /// The attributes whose answer is older than the newest version, by AI system.
    pub outdated: Vec<(SystemId, &'static str)>,
}

impl Record {
    /// How well an AI system is disclosed at `now`.
    #[must_use]
    pub fn disclosure_profile(&self, system: &AiSystem, now: Timestamp) -> DisclosureProfile {
        let mut profile = DisclosureProfile::default();
        let answers = self.vendors.disclosures.get(&system.id);
        let released = system.versions.values().map(|version| version.released);
        let newest = released.filter(|released| *released <= now).max();
        for attribute in &ATTRIBUTES {
            let Some(answer) = answers.and_then(|answers| answers.get(attribute.id)) else {
                profile.unanswered.push((system.id, attribute.id));
                continue;
            };
            *profile.grades.entry(answer.grade).or_default() += 1;
            if answer.grade.is_weak() {
                profile.weak.push((system.id, attribute.id, answer.grade));
            }
            if newest.is_some_and(|newest| answer.at < newest) {
                profile.outdated.push((system.id, attribute.id));
            }
        }
        profile.weak.sort_by_key(|(.., grade)| std::cmp::Reverse(*grade));
        profile
    }

    /// How well all AI systems of a vendor are disclosed at `now`.
    #[must_use]
    pub fn vendor_profile(&self, vendor: &VendorId, now: Timestamp) -> DisclosureProfile {
        let mut whole = DisclosureProfile::default();
        for system in self.systems.values().filter(|system| system.vendor == *vendor) {
            let profile = self.disclosure_profile(system, now);
            for (grade, count) in profile.grades {
                *whole.grades.entry(grade).or_default() += count;
            }
            whole.weak.extend(profile.weak);
            whole.unanswered.extend(profile.unanswered);
            whole.outdated.extend(profile.outdated);
        }
        whole.weak.sort_by_key(|(.., grade)| std::cmp::Reverse(*grade));
        whole
    }

    /// A letter to the vendor of an AI system that asks for what is not disclosed, weakly disclosed
    /// or older than the newest version; none when nothing is. The same record and time give the
    /// same text.
    #[must_use]
    pub fn disclosure_letter(&self, system: &AiSystem, now: Timestamp) -> Option<String> {
        let profile = self.disclosure_profile(system, now);
        let why = |attribute: &Attribute| {
            let is = |of: &SystemId, id: &str| *of == system.id && id == attribute.id;
            if profile.unanswered.iter().any(|(of, id)| is(of, id)) {
                return Some("We have no answer yet.".to_owned());
            }
            if let Some((.., grade)) = profile.weak.iter().find(|(of, id, _)| is(of, id)) {
                return Some(format!("Your answer was {grade}."));
            }
            let outdated = profile.outdated.iter().any(|(of, id)| is(of, id));
            outdated.then(|| "Your answer is older than the newest version.".to_owned())
        };
        let asked: Vec<_> =
            ATTRIBUTES.iter().filter_map(|it| why(it).map(|why| (it, why))).collect();
        if asked.is_empty() {
            return None;
        }
        let mut text = self.letter_head(system, "Questions on your AI system");
        let _ = write!(
            text,
            "Before we rely on {} in the care of patients we ask its maker about 31 source \
             attributes, those of 45 CFR 170.315(b)(11). We kindly ask you to answer these {}, \
             with numbers where there are any:\n\n",
            system.name,
            asked.len(),
        );
        for (attribute, why) in asked {
            let Attribute { number, question, id, .. } = attribute;
            let _ = writeln!(text, "{number}. {question} {why}\n   ({id})");
        }
        text += "\nWhere a question does not apply, please say why.\n";
        text += &self.letter_foot();
        Some(text)
    }

    pub(super) fn letter_head(&self, system: &AiSystem, about: &str) -> String {
        let vendor = self.vendors.vendors.get(&system.vendor);
        let name = vendor.map_or_else(|| system.vendor.to_string(), |vendor| vendor.name.clone());
        let contact = vendor.map(|vendor| format!("{}\n", vendor.contact)).unwrap_or_default();
        format!("To: {name}\n{contact}\n{about}: {} ({})\n\nGood day,\n\n", system.name, system.id)
    }

    pub(super) fn letter_foot(&self) -> String {
        let hospital = self.founding.as_ref().map_or("The hospital", |it| it.hospital.as_str());
        format!("\nThank you for your help.\n\n{hospital}\n")
    }
}
