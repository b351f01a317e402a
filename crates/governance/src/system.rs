//! AI systems, their versions, and where they are deployed. Four objects, never merged: use case,
//! AI system, version, deployment.

use crate::{ChangeKind, Instant, SiteId, SystemId, VendorId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The kind of an AI system; together with the tier it picks the validation standard.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AiType {
    /// Predicts an outcome.
    Predictive,
    /// Reads images.
    Imaging,
    /// Writes text.
    Generative,
    /// Talks with patients.
    Chatbot,
    /// Acts through tools.
    Agent,
    /// Reviews utilisation or coverage: what is authorised, paid or denied.
    Coverage,
}

impl AiType {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Predictive,
        Self::Imaging,
        Self::Generative,
        Self::Chatbot,
        Self::Agent,
        Self::Coverage,
    ];
}

impl fmt::Display for AiType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Predictive => "predictive",
            Self::Imaging => "imaging",
            Self::Generative => "generative",
            Self::Chatbot => "chatbot",
            Self::Agent => "agent",
            Self::Coverage => "coverage",
        })
    }
}

/// A product or a model, whoever made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AiSystem {
    /// Its id.
    pub id: SystemId,
    /// Its name.
    pub name: String,
    /// Who made it.
    pub vendor: VendorId,
    /// Its kind.
    pub ai_type: AiType,
    /// The versions on record, by label.
    pub versions: BTreeMap<String, Version>,
}

/// A released version of an AI system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// The label, as the predictions carry it.
    pub label: String,
    /// When it was released.
    #[schemars(with = "Instant")]
    pub released: Timestamp,
    /// What it is, in a sentence or two.
    pub description: String,
    /// What changed with it, as the vendor or the data scientists say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChangeKind>,
    /// SHA-256 of the model or package, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// The release notes, in short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released_notes: Option<String>,
    /// True when its maker says that it lies inside a predetermined change control plan. Only the
    /// envelope that the hospital approved makes a change lighter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pccp: Option<bool>,
}

/// How far a deployment reaches.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Runs, but nobody who cares for patients sees it.
    Silent,
    /// Runs for a named few.
    Pilot,
    /// Runs for all in scope.
    Live,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Silent => "silent",
            Self::Pilot => "pilot",
            Self::Live => "live",
        })
    }
}

/// A version at a site, in a mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// The version's label.
    pub version: String,
    /// The site.
    pub site: SiteId,
    /// How far it reaches.
    pub mode: Mode,
}
