//! Hazards, their controls, and how they are rated.

use crate::dcb::{Likelihood, Rating, Severity, rating};
use crate::{HazardId, Instant, PersonId, UseCaseId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// From this rating on, a hazard must be controlled: nothing goes live with it.
const UNBEARABLE: u8 = 4;
/// A hazard of this rating stands only when a safety officer accepts it.
pub(super) const UNDESIRABLE: u8 = 3;

/// Something that could harm a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hazard {
    /// Its id.
    pub id: HazardId,
    /// The use case.
    pub use_case: UseCaseId,
    /// What could harm a patient.
    pub hazard: String,
    /// What would cause it.
    pub cause: String,
    /// What it would do to the patient.
    pub effect: String,
    /// The risk before any control.
    pub initial: HazardRating,
    /// Who wrote it down.
    pub logged_by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub logged_at: Timestamp,
    /// What is done about it.
    pub controls: Vec<Control>,
    /// The risk that remains; none before it is rated.
    pub residual: Option<Residual>,
    /// Who accepted it as it is rated now; none when nobody did.
    pub accepted: Option<Reasoned>,
    /// Who else deals with it, and who noted that.
    pub transferred: Option<(String, Reasoned)>,
    /// How it ended; none while it is open.
    pub closed: Option<ClosedHazard>,
}

/// How severe and how likely a harm is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HazardRating {
    /// How severe.
    pub severity: Severity,
    /// How likely.
    pub likelihood: Likelihood,
}

/// Something that is done about a hazard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Control {
    /// What is done.
    pub control: String,
    /// Who sees to it.
    pub owner: PersonId,
    /// By when it must be verified.
    #[schemars(with = "Instant")]
    pub due: Timestamp,
    /// Who proved it, when and by what; none before.
    pub verified: Option<Reasoned>,
}

/// The risk that remains with the controls that are verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Residual {
    /// How severe and likely.
    pub assessment: HazardRating,
    /// By whom, when and why.
    pub rated: Reasoned,
}

/// Who said something, when, and what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reasoned {
    /// Who.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// The reason or proof.
    pub text: String,
}

/// How a hazard ended.
pub type ClosedHazard = Reasoned;

impl HazardRating {
    /// The rating of the matrix, 1 to 5.
    #[must_use]
    pub fn rating(self) -> Rating {
        rating(self.likelihood, self.severity)
    }
}

impl Hazard {
    /// The risk as it stands: what remains, or the first rating before that is known.
    #[must_use]
    pub fn now(&self) -> HazardRating {
        self.residual.as_ref().map_or(self.initial, |residual| residual.assessment)
    }

    /// Why the hazard cannot be borne as it is; none when it can.
    #[must_use]
    pub fn unbearable(&self) -> Option<String> {
        let rating = self.now().rating();
        let id = self.id;
        match rating.number() {
            UNBEARABLE.. => Some(format!(
                "{id} is rated {rating}: {}; verify a control and rate what remains",
                rating.meaning()
            )),
            UNDESIRABLE if self.accepted.is_none() => Some(format!(
                "{id} is rated {rating}; reduce it, or have the safety officer accept it"
            )),
            _ => None,
        }
    }
}
