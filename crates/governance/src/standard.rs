//! Validation standards, the evidence recorded against them, and the verdict.

use crate::{
    AiType, EvidenceId, Instant, PersonId, RequirementId, Rubric, StandardId, Tier, UseCaseId,
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

    /// The verdict on the whole: failed when any requirement failed, met when all are.
    #[must_use]
    pub fn verdict(findings: &[Finding]) -> Status {
        findings.iter().map(|finding| finding.status).max().unwrap_or(Status::NotEnoughData)
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

impl Bound {
    /// Judges the estimates, over the whole span, that the bound is about.
    #[must_use]
    pub fn judge(&self, estimates: &[Estimate]) -> (Status, String) {
        let whole = estimates.iter().filter(|estimate| estimate.period.is_none());
        let mut about = whole.filter(|estimate| self.is_about(estimate)).peekable();
        if about.peek().is_none() {
            return (Status::NotEnoughData, format!("no estimate of {}", self.measure));
        }
        let judged: Vec<_> = about.map(|estimate| self.judge_one(estimate)).collect();
        if self.each.is_none() {
            return judged.into_iter().next().unwrap_or_default();
        }
        Self::sum_up(judged)
    }

    /// True for an estimate of the bound's measure, over all predictions or over a cohort of its
    /// attribute.
    pub(crate) fn is_about(&self, estimate: &Estimate) -> bool {
        let attribute = estimate.cohort.as_ref().map(|cohort| cohort.attribute.as_str());
        estimate.measure == self.measure && attribute == self.each.as_deref()
    }

    /// Judges one estimate, and says why in words.
    #[must_use]
    pub fn judge_one(&self, estimate: &Estimate) -> (Status, String) {
        let whom = estimate
            .cohort
            .as_ref()
            .map(|cohort| format!("{} {}: ", cohort.attribute, cohort.level))
            .unwrap_or_default();
        let (Some(point), Some(lower), Some(upper)) =
            (estimate.estimate, estimate.lower, estimate.upper)
        else {
            return (Status::NotEnoughData, format!("{whom}no estimate"));
        };
        let (n, events) = (estimate.n.unwrap_or(0), estimate.events.unwrap_or(0));
        if n < self.min_n || events < self.min_events {
            let missing = self.min_n.saturating_sub(n).max(self.min_events.saturating_sub(events));
            return (
                Status::NotEnoughData,
                format!("{whom}{n} predictions, {events} events: at least {missing} more needed"),
            );
        }
        let met = self.holds(point, lower, upper);
        let verb = if met { "satisfies" } else { "misses" };
        (
            if met { Status::Met } else { Status::Failed },
            format!(
                "{whom}{point:.3} ({lower:.3} to {upper:.3}, n {n}) {verb} {}",
                self.in_words()
            ),
        )
    }

    fn holds(&self, point: f64, lower: f64, upper: f64) -> bool {
        let (low_side, high_side) = match self.end {
            End::Lower => (lower, lower),
            End::Upper => (upper, upper),
            End::Point => (point, point),
            End::Interval => (lower, upper),
            End::Overlap => (upper, lower),
        };
        self.at_least.is_none_or(|least| low_side >= least)
            && self.at_most.is_none_or(|most| high_side <= most)
    }

    /// The bound in words, such as `lower end at least 0.6`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let end = match self.end {
            End::Lower => "lower end",
            End::Upper => "upper end",
            End::Point => "estimate",
            End::Interval => "whole interval",
            End::Overlap => "some of the interval",
        };
        match (self.at_least, self.at_most) {
            (Some(least), Some(most)) => format!("{end} within {least} to {most}"),
            (Some(least), None) => format!("{end} at least {least}"),
            (None, Some(most)) => format!("{end} at most {most}"),
            (None, None) => format!("{end} known"),
        }
    }

    /// Cohorts without enough data are named but do not fail the requirement; one cohort that
    /// misses does.
    fn sum_up(judged: Vec<(Status, String)>) -> (Status, String) {
        let of = |status: Status| {
            let texts = judged.iter().filter(move |(each, _)| *each == status);
            texts.map(|(_, text)| text.clone()).collect::<Vec<_>>()
        };
        let (met, thin, failed) = (of(Status::Met), of(Status::NotEnoughData), of(Status::Failed));
        let thin_note = if thin.is_empty() {
            String::new()
        } else {
            format!("; not enough data in {} of {} cohorts", thin.len(), judged.len())
        };
        if !failed.is_empty() {
            return (Status::Failed, format!("{}{thin_note}", failed.join("; ")));
        }
        if met.is_empty() {
            return (Status::NotEnoughData, thin.join("; "));
        }
        (Status::Met, format!("all {} cohorts with enough data satisfy it{thin_note}", met.len()))
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
