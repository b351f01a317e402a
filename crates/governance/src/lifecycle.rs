//! The lifecycle of a use case. Each stage carries only what is valid in it; a transition consumes
//! the old stage and can refuse. [`Live`] holds the five fields by type: it cannot be built without
//! them (invariant G3).

use crate::{
    BodyId, DecisionId, Deployment, Instant, MonitoringPlan, Owners, PersonId, StandardId, Tier,
    TierResult, Validation,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// Where a use case stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Stage {
    /// Written down; its risk is not known yet.
    Proposed,
    /// Its facts are stated and its tier computed.
    Triaged {
        /// The tier.
        tier: TierResult,
    },
    /// It has a standard to meet.
    Validating {
        /// The tier.
        tier: TierResult,
        /// The standard.
        standard: StandardId,
    },
    /// It runs silently, to gather evidence.
    Piloting {
        /// The tier.
        tier: TierResult,
        /// The standard.
        standard: StandardId,
        /// Where and how it runs.
        deployment: Deployment,
        /// Since when.
        #[schemars(with = "Instant")]
        since: Timestamp,
    },
    /// It acts on the care of patients.
    Live(Live),
    /// It may not act until a body lets it.
    Suspended {
        /// What it was before.
        live: Live,
        /// Why, by whom, since when.
        suspension: Suspension,
    },
    /// It is over.
    Retired {
        /// Why, by what decision, since when.
        retirement: Retirement,
    },
}

/// A use case that acts on the care of patients, with the five fields that let it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Live {
    /// Who answers for it.
    pub owners: Owners,
    /// How risky it is.
    pub tier: TierResult,
    /// What it proved.
    pub validation: Validation,
    /// How it is watched.
    pub plan: MonitoringPlan,
    /// Who decides on incidents, exceptions and updates.
    pub path: DecisionPath,
    /// Where it runs.
    pub deployment: Deployment,
    /// Since when.
    #[schemars(with = "Instant")]
    pub since: Timestamp,
    /// Since when without a stop: going live, or the last resuming.
    #[schemars(with = "Instant")]
    pub acting_since: Timestamp,
    /// Set when another tier policy puts it above the tier that it was approved as; the next
    /// approval takes it away.
    #[serde(default)]
    pub risen: Option<Risen>,
}

/// A live use case whose tier rose under another tier policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Risen {
    /// The tier that it was approved as.
    pub approved: Tier,
    /// When its facts were stated again.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
}

/// Who decides on change, and by which decision the use case acts now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DecisionPath {
    /// The body.
    pub body: BodyId,
    /// The decision that it acts under.
    pub decision: DecisionId,
    /// When that decision lapses.
    #[schemars(with = "Instant")]
    pub expires: Timestamp,
}

/// Why a use case may not act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suspension {
    /// Who stopped it.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// The decision behind it; none for an emergency stop.
    pub decision: Option<DecisionId>,
}

/// Why a use case is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Retirement {
    /// Why.
    pub reason: String,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// The decision behind it.
    pub decision: DecisionId,
}

/// A transition that the stage does not allow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a {from} use case cannot {step}; {remedy}")]
pub struct TransitionError {
    from: &'static str,
    step: &'static str,
    remedy: &'static str,
}

impl Live {
    /// The same under another tier policy. What rose above the tier that it was approved as has to
    /// be approved again.
    fn retier(mut self, tier: TierResult, at: Timestamp) -> Self {
        let (approved, at) = match &self.risen {
            Some(risen) => (risen.approved, risen.at),
            None => (self.tier.tier, at),
        };
        self.risen = (tier.tier > approved).then_some(Risen { approved, at });
        self.tier = tier;
        self
    }

    /// True for a version that came out since and makes the validation stale.
    #[must_use]
    pub fn is_older_than(&self, version: &crate::Version) -> bool {
        version.label != self.validation.version && version.released > self.since
    }
}

impl Stage {
    /// States or restates the tier. Facts may be corrected until the use case is piloted, and are
    /// stated again when another tier policy was adopted since.
    ///
    /// # Errors
    /// From the pilot on, a change of facts under the same policy is a change of the use case.
    pub fn triage(self, tier: TierResult, at: Timestamp) -> Result<Self, TransitionError> {
        let anew = self.tier().is_some_and(|known| known.policy != tier.policy);
        match self {
            Self::Proposed | Self::Triaged { .. } | Self::Validating { .. } => {
                Ok(Self::Triaged { tier })
            }
            // Another tier has another standard: the silent run was for nothing.
            Self::Piloting { tier: known, standard, deployment, since } if anew => {
                Ok(if known.tier == tier.tier {
                    Self::Piloting { tier, standard, deployment, since }
                } else {
                    Self::Triaged { tier }
                })
            }
            Self::Live(live) if anew => Ok(Self::Live(live.retier(tier, at))),
            Self::Suspended { live, suspension } if anew => {
                Ok(Self::Suspended { live: live.retier(tier, at), suspension })
            }
            other => other.refuse("be triaged again", "propose the changed use as a new use case"),
        }
    }

    /// Gives the use case a standard to meet.
    ///
    /// # Errors
    /// Before its tier is known, and once it is piloted.
    pub fn begin_validation(self, standard: StandardId) -> Result<Self, TransitionError> {
        match self {
            Self::Triaged { tier } => Ok(Self::Validating { tier, standard }),
            Self::Proposed => self.refuse("begin validation", "state its facts first"),
            other => other.refuse("begin validation", "it already has a standard"),
        }
    }

    /// Starts the silent run.
    ///
    /// # Errors
    /// Without a standard, and once it is live.
    pub fn begin_pilot(
        self,
        deployment: Deployment,
        since: Timestamp,
    ) -> Result<Self, TransitionError> {
        match self {
            Self::Validating { tier, standard } | Self::Piloting { tier, standard, .. } => {
                Ok(Self::Piloting { tier, standard, deployment, since })
            }
            Self::Proposed => self.refuse("begin a pilot", "state its facts first"),
            Self::Triaged { .. } => self.refuse("begin a pilot", "begin validation first"),
            // What it would replace goes on acting until then, and is retired by a motion.
            Self::Live(_) | Self::Suspended { .. } => self.refuse(
                "begin a pilot",
                "to bring in another version, propose it as a use case of its own and retire this \
                 one when that goes live",
            ),
            Self::Retired { .. } => self.refuse("begin a pilot", "propose the use anew"),
        }
    }

    /// Lets the use case act on the care of patients, or renews that for a live one.
    ///
    /// # Errors
    /// When it was not piloted, and while it is suspended.
    pub fn go_live(self, live: Live) -> Result<Self, TransitionError> {
        match self {
            Self::Piloting { .. } | Self::Live(_) => Ok(Self::Live(live)),
            other => other.refuse("go live", "pilot it and have a body approve it first"),
        }
    }

    /// Stops the use case: a live one until a body lets it act again, a silent run for good. What
    /// ran silently may begin anew; nobody was treated by it.
    ///
    /// # Errors
    /// When it does not run.
    pub fn suspend(self, suspension: Suspension) -> Result<Self, TransitionError> {
        match self {
            Self::Live(live) => Ok(Self::Suspended { live, suspension }),
            Self::Piloting { tier, standard, .. } => Ok(Self::Validating { tier, standard }),
            other => other.refuse("be suspended", "only what runs can be stopped"),
        }
    }

    /// True while it runs, silently or for all.
    #[must_use]
    pub fn runs(&self) -> bool {
        matches!(self, Self::Piloting { .. } | Self::Live(_))
    }

    /// Lets a suspended use case act again, under a new decision.
    ///
    /// # Errors
    /// When it is not suspended.
    pub fn resume(self, path: DecisionPath, at: Timestamp) -> Result<Self, TransitionError> {
        match self {
            Self::Suspended { mut live, .. } => {
                live.path = path;
                live.acting_since = at;
                Ok(Self::Live(live))
            }
            other => other.refuse_resumption(),
        }
    }

    /// What [`Self::resume`] answers when the use case is not suspended.
    pub(crate) fn refuse_resumption(self) -> Result<Self, TransitionError> {
        self.refuse("be resumed", "only a suspended use case can be resumed")
    }

    /// Sends the use case back to gather more evidence.
    ///
    /// # Errors
    /// When it is not being piloted.
    pub fn send_back(self) -> Result<Self, TransitionError> {
        match self {
            Self::Piloting { tier, standard, .. } => Ok(Self::Validating { tier, standard }),
            other => other.refuse("be sent back", "only a piloted use case can be re-reviewed"),
        }
    }

    /// Ends the use case.
    ///
    /// # Errors
    /// When it is already over.
    pub fn retire(self, retirement: Retirement) -> Result<Self, TransitionError> {
        match self {
            Self::Retired { .. } => self.refuse("be retired", "it already is"),
            _ => Ok(Self::Retired { retirement }),
        }
    }

    /// The stage in one word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Triaged { .. } => "triaged",
            Self::Validating { .. } => "validating",
            Self::Piloting { .. } => "piloting",
            Self::Live(_) => "live",
            Self::Suspended { .. } => "suspended",
            Self::Retired { .. } => "retired",
        }
    }

    /// The tier, once it is known and until the use case is over.
    #[must_use]
    pub fn tier(&self) -> Option<&TierResult> {
        match self {
            Self::Triaged { tier }
            | Self::Validating { tier, .. }
            | Self::Piloting { tier, .. } => Some(tier),
            Self::Live(live) | Self::Suspended { live, .. } => Some(&live.tier),
            Self::Proposed | Self::Retired { .. } => None,
        }
    }

    /// The standard to meet, while it is being met.
    #[must_use]
    pub fn standard(&self) -> Option<&StandardId> {
        match self {
            Self::Validating { standard, .. } | Self::Piloting { standard, .. } => Some(standard),
            _ => None,
        }
    }

    /// Where it runs, while it does.
    #[must_use]
    pub fn deployment(&self) -> Option<&Deployment> {
        match self {
            Self::Piloting { deployment, .. } => Some(deployment),
            Self::Live(live) | Self::Suspended { live, .. } => Some(&live.deployment),
            _ => None,
        }
    }

    /// The five fields, while it is live or suspended.
    #[must_use]
    pub fn live(&self) -> Option<&Live> {
        match self {
            Self::Live(live) | Self::Suspended { live, .. } => Some(live),
            _ => None,
        }
    }

    fn refuse(self, step: &'static str, remedy: &'static str) -> Result<Self, TransitionError> {
        Err(TransitionError { from: self.name(), step, remedy })
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
