//! Validation standards, the evidence recorded against them, and the verdict.

mod judge;

pub use judge::{Judgement, Need, Trial, verdict};

use crate::{
    AiType, EvidenceId, Instant, Mode, PersonId, RequirementId, Rubric, StandardId, Tier, UseCaseId,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statistics::{Estimate, Measure};

/// What a use case of one tier and AI type has to prove before it may go live.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValidationStandard {
    /// The standard's handle.
    pub id: StandardId,
    /// Its version.
    pub version: String,
    /// Its title.
    pub title: String,
    /// Where its bounds come from.
    pub source: String,
    /// The tier it is for.
    pub tier: Tier,
    /// The kind of AI system it is for.
    pub ai_type: AiType,
    /// Why no AI system of this kind and tier may go live, whatever it proves; none when it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prohibited: Option<String>,
    /// Days that a met standard stays met.
    pub valid_days: u32,
    /// What has to be proved.
    pub requirements: Vec<Requirement>,
}

/// One thing to prove. An unknown field is refused by [`Proof`], which reads what the first three
/// leave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Requirement {
    /// The requirement's handle.
    pub id: RequirementId,
    /// The requirement in plain words.
    pub title: String,
    /// Why the bound is where it is.
    pub rationale: String,
    /// How it is proved.
    #[serde(flatten)]
    pub proof: Proof,
}

/// How a requirement is proved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "proof", rename_all = "snake_case", deny_unknown_fields)]
pub enum Proof {
    /// By a number computed from local predictions.
    Computed(Bound),
    /// By the word of a named person, until a date.
    Attested {
        /// What the person attests.
        statement: String,
        /// The standing role that the signer must hold; none for anybody with the right to attest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signer_role: Option<String>,
        /// Days that the word may hold at most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_valid_days: Option<u32>,
        /// Whether a document must come with the word.
        #[serde(default, skip_serializing_if = "DocumentNeed::is_optional")]
        document: DocumentNeed,
    },
    /// By raters who score a sample of output against a rubric.
    Reviewed(Rubric),
}

/// Whether a document must come with an attestation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentNeed {
    /// It may.
    #[default]
    Optional,
    /// It must.
    Required,
}

impl DocumentNeed {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_optional(&self) -> bool {
        *self == Self::Optional
    }
}

/// A bound on a measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// The measure.
    pub measure: Measure,
    /// Which number of the interval the bound is on.
    pub end: End,
    /// The number must not be below this.
    #[serde(default)]
    pub at_least: Option<f64>,
    /// The number must not be above this.
    #[serde(default)]
    pub at_most: Option<f64>,
    /// Fewest predictions that count as enough.
    pub min_n: u64,
    /// Fewest predictions with the outcome that count as enough.
    pub min_events: u64,
    /// The attribute whose every cohort must satisfy the bound; none for all predictions together.
    #[serde(default)]
    pub each: Option<String>,
}

/// Which number of an estimate a bound is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The lower end of the interval.
    Lower,
    /// The upper end of the interval.
    Upper,
    /// The estimate itself.
    Point,
    /// Both ends: the whole interval must lie within the bounds.
    Interval,
    /// Some of the interval must lie within the bounds: a breach is then beyond reasonable doubt.
    Overlap,
}

/// What became of a requirement.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Proved.
    Met,
    /// Not enough data to tell, or not yet attested.
    NotEnoughData,
    /// Disproved.
    Failed,
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Met => "met",
            Self::NotEnoughData => "not enough data",
            Self::Failed => "failed",
        })
    }
}

/// A requirement with what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The requirement.
    pub requirement: RequirementId,
    /// What became of it.
    pub status: Status,
    /// The number or the gap behind it, in plain words.
    pub because: String,
}

/// Evidence judged against a standard when it was recorded: computed from local predictions, or
/// assessed from attestations and reviews alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Its id.
    pub id: EvidenceId,
    /// The use case.
    pub use_case: UseCaseId,
    /// The version that made the predictions.
    pub version: String,
    /// Who recorded it; never one who decides on it.
    pub assessor: PersonId,
    /// When it was recorded.
    #[schemars(with = "Instant")]
    pub recorded_at: Timestamp,
    /// The span of predictions, in words.
    pub span: String,
    /// How far the version reached when it was recorded: what ran silently nobody acted on, so its
    /// predictions changed no outcome. None for what was assessed, and where it was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Predictions used; for what was assessed, the items that raters scored.
    pub n: u64,
    /// Digest of the full report, which reproduces bit for bit. Empty for what was assessed.
    pub report_digest: String,
    /// Hash of the stored report document. Empty for what was assessed.
    pub document: String,
    /// The standard it was judged against, as `id version`.
    pub standard: String,
    /// What became of each requirement.
    pub findings: Vec<Finding>,
    /// The verdict on the whole standard.
    pub status: Status,
}

/// A named person's word on a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attestation {
    /// The use case.
    pub use_case: UseCaseId,
    /// The version it is about.
    pub version: String,
    /// The requirement.
    pub requirement: RequirementId,
    /// What was done and found.
    pub statement: String,
    /// SHA-256 of the document that shows it, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Who gave the word.
    pub signer: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// Until when it holds.
    #[schemars(with = "Instant")]
    pub valid_until: Timestamp,
}

impl Evidence {
    /// True when it was computed from predictions; else it was assessed from attestations and
    /// reviews.
    #[must_use]
    pub fn is_computed(&self) -> bool {
        !self.report_digest.is_empty()
    }

    /// True when its verdict rests on a requirement: all but those that it does not show met.
    #[must_use]
    pub fn rests_on(&self, requirement: &RequirementId) -> bool {
        !self.unmet().any(|finding| finding.requirement == *requirement)
    }
}

impl ValidationStandard {
    /// Judges estimates, attestations and what reviews found (newest first), requirement by
    /// requirement.
    #[must_use]
    pub fn judge(
        &self,
        estimates: &[Estimate],
        attested: &[&Attestation],
        reviewed: &[Finding],
    ) -> Vec<Finding> {
        let asked = self.requirements.iter();
        asked.map(|requirement| requirement.judge(estimates, attested, reviewed)).collect()
    }

    /// The first requirement that takes a number from local predictions, when there is one.
    #[must_use]
    pub fn computed(&self) -> Option<&Requirement> {
        self.requirements.iter().find(|it| matches!(it.proof, Proof::Computed(_)))
    }

    /// The standard with its version, as evidence and findings name it.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {}", self.id, self.version)
    }
}

impl Requirement {
    fn judge(
        &self,
        estimates: &[Estimate],
        attested: &[&Attestation],
        reviewed: &[Finding],
    ) -> Finding {
        let (status, because) = match &self.proof {
            Proof::Computed(bound) => bound.judge(estimates),
            Proof::Attested { .. } => {
                match attested.iter().find(|word| word.requirement == self.id) {
                    Some(word) => (Status::Met, format!("{} ({})", word.statement, word.signer)),
                    None => (Status::NotEnoughData, "not attested yet".to_owned()),
                }
            }
            Proof::Reviewed(_) => match reviewed.iter().find(|it| it.requirement == self.id) {
                Some(found) => (found.status, found.because.clone()),
                None => (Status::NotEnoughData, "not reviewed yet".to_owned()),
            },
        };
        Finding { requirement: self.id.clone(), status, because }
    }
}

#[expect(
    clippy::derivable_impls,
    reason = "the least favourable answer is chosen on purpose, not by its place in the list"
)]
impl Default for Status {
    fn default() -> Self {
        Self::NotEnoughData
    }
}
