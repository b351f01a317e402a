//! What other schemes say of a use case, from the same facts as its tier.
//!
//! A label never changes a tier. Each says what it rests on and why. A scheme asks for *factors*,
//! and the tier policy says which facts they are read from; so a hospital changes a question
//! without touching the program. A factor is put so that holding it is the worse case: what is
//! unknown holds.

mod eu_ai_act;
mod fda_cds;
mod hti1;
mod imdrf;
mod section_1557;
mod states;

pub use imdrf::{Category, Significance, Situation, category};
pub use states::Law;

use crate::{FactError, FactId, Facts, TierPolicy};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::VariantArray;

/// A scheme that labels come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// IMDRF SaMD N12: categories I to IV.
    Imdrf,
    /// The four criteria of the FDA's guidance on decision support.
    FdaCds,
    /// The EU AI Act.
    EuAiAct,
    /// Predictive decision support under ONC's HTI-1 rule.
    Hti1,
    /// Non-discrimination, section 1557 (45 CFR 92.210).
    Section1557,
    /// Laws of states and other places.
    Law,
}

/// What a scheme says of a use case on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    /// The scheme.
    pub scheme: Scheme,
    /// The label's handle: one for each scheme but for laws, which have their own.
    pub id: String,
    /// What the scheme says, in a few words, such as `III` or `not a device`.
    pub says: String,
    /// True when it brings something with it on that day.
    pub applies: bool,
    /// Why, in plain words.
    pub reason: String,
    /// The facts it rests on, as answered (`unknown` where not).
    pub facts: BTreeMap<FactId, String>,
    /// First day in force; none when it is not dated.
    pub from: Option<Date>,
    /// First day no more in force; none without an end.
    pub until: Option<Date>,
    /// False when its rule was not checked against the source.
    pub verified: bool,
}

/// What a scheme asks. Each is put so that holding it is the worse case.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    VariantArray,
)]
#[serde(rename_all = "kebab-case")]
pub enum Factor {
    /// It bears on a patient's care at all.
    Clinical,
    /// It drives what is done next.
    Drives,
    /// It diagnoses or treats.
    Treats,
    /// It is used in a serious situation.
    Serious,
    /// It is used in a critical situation.
    Critical,
    /// It reads an image, or a signal of a test or a device.
    Image,
    /// It does more than show or analyse medical information.
    BeyondInformation,
    /// It is not for a health professional who decides.
    NotForProfessional,
    /// A professional cannot review the basis of what it says.
    HiddenBasis,
    /// It leaves no time to review anything.
    TimeCritical,
    /// It gives one recommendation, the only one that is clinically appropriate.
    OneRecommendation,
    /// It is placed on the market or used in the European Union.
    EuUsed,
    /// It does what the EU AI Act prohibits.
    EuProhibited,
    /// It is, or is part of, a product that needs a notified body.
    EuProduct,
    /// It is used for a purpose of Annex III and no exemption is claimed.
    EuListed,
    /// It is used for a purpose of Annex III, exempt or not.
    EuListedOrExempt,
    /// It profiles people.
    EuProfiles,
    /// People talk with it, or it makes text, images or sound.
    EuTransparent,
    /// It learned from data and predicts.
    Learned,
    /// The developer of certified health IT supplies it.
    EhrSupplied,
    /// Race is an input.
    Race,
    /// Colour is an input.
    Colour,
    /// National origin is an input.
    NationalOrigin,
    /// Sex is an input.
    Sex,
    /// Age is an input.
    Age,
    /// Disability is an input.
    Disability,
}

impl Factor {
    /// Every factor.
    pub const ALL: &[Self] = Self::VARIANTS;
}

impl TierPolicy {
    /// What every scheme says of `facts` on a day. They never change the tier.
    ///
    /// # Errors
    /// When a fact is not asked by the policy or its answer is none of the possible ones.
    pub fn labels(&self, facts: &Facts, on: Timestamp) -> Result<Vec<Label>, FactError> {
        self.check(facts)?;
        let asked = Asked { policy: self, facts, on: Offset::UTC.to_datetime(on).date() };
        let mut labels = vec![
            imdrf::label(&asked),
            fda_cds::label(&asked),
            eu_ai_act::label(&asked),
            hti1::label(&asked),
            section_1557::label(&asked),
        ];
        labels.extend(states::labels(&asked));
        Ok(labels)
    }
}

/// Facts in front of the schemes, on a day.
struct Asked<'a> {
    policy: &'a TierPolicy,
    facts: &'a Facts,
    on: Date,
}

impl Asked<'_> {
    /// True when the factor holds; unknown holds.
    fn holds(&self, factor: Factor) -> bool {
        let alternatives = self.policy.factors.get(&factor);
        alternatives.is_none_or(|any| any.iter().any(|when| self.policy.holds(when, self.facts)))
    }

    /// The facts that factors are read from, as answered.
    fn read(&self, factors: &[Factor]) -> BTreeMap<FactId, String> {
        let any = factors.iter().filter_map(|factor| self.policy.factors.get(factor));
        self.answers(any.flatten().flat_map(BTreeMap::keys))
    }

    /// Facts as answered (`unknown` where not).
    fn answers<'f>(&self, facts: impl Iterator<Item = &'f FactId>) -> BTreeMap<FactId, String> {
        let answer = |fact| self.facts.get(fact).cloned().unwrap_or_else(|| "unknown".to_owned());
        facts.map(|fact| (fact.clone(), answer(fact))).collect()
    }

    /// True on a day from `from` on and before `until`.
    fn in_force(&self, from: Option<Date>, until: Option<Date>) -> bool {
        from.is_none_or(|from| from <= self.on) && until.is_none_or(|until| self.on < until)
    }
}
