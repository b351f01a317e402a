//! Which elements a card has, in which order, by the schemas that the coalition publishes.

use serde::Serialize;
use std::fmt;

/// The version of the schema, which is the namespace of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Schema {
    /// Version 0.1: results are one free text.
    #[serde(rename = "v0.1")]
    V01,
    /// Version 0.2: results are labels with values.
    #[serde(rename = "v0.2")]
    V02,
}

impl Schema {
    /// The namespace of its elements.
    #[must_use]
    pub fn namespace(self) -> &'static str {
        match self {
            Self::V01 => "https://mc.chai.org/v0.1/schema.xsd",
            Self::V02 => "https://mc.chai.org/v0.2/schema.xsd",
        }
    }

    pub(super) fn of(namespace: &str) -> Option<Self> {
        [Self::V01, Self::V02].into_iter().find(|schema| schema.namespace() == namespace)
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V01 => "v0.1",
            Self::V02 => "v0.2",
        })
    }
}

/// One element that the schema allows at a place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    pub(super) name: &'static str,
    pub(super) holds: Holds,
    /// Whether a card without it breaks the schema.
    pub(super) must: bool,
    /// Whether it may come more than once.
    pub(super) many: bool,
    /// The only version that knows it; none for both.
    only: Option<Schema>,
}

/// What an element holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Holds {
    /// Text.
    Text,
    /// Text that the schema wants to be there, but that is often left empty with reason.
    TextOrNothing,
    /// Elements, in this order.
    Elements(&'static [Element]),
    /// An XML signature, of which nothing is read.
    Signature,
}

impl Element {
    const fn new(name: &'static str, holds: Holds, must: bool) -> Self {
        Self { name, holds, must, many: false, only: None }
    }

    const fn many(self) -> Self {
        Self { many: true, ..self }
    }

    const fn only(self, schema: Schema) -> Self {
        Self { only: Some(schema), ..self }
    }

    pub(super) fn is_in(&self, schema: Schema) -> bool {
        self.only.is_none_or(|only| only == schema)
    }
}

const fn text(name: &'static str) -> Element {
    Element::new(name, Holds::Text, true)
}

const fn may(name: &'static str) -> Element {
    Element::new(name, Holds::Text, false)
}

const fn block(name: &'static str, elements: &'static [Element]) -> Element {
    Element::new(name, Holds::Elements(elements), true)
}

const METRIC: &[Element] = &[
    text("MetricGoal"),
    text("Result").only(Schema::V01),
    block("Results", &[block("MetricResult", &[text("Label"), text("ValueJson")]).many()])
        .only(Schema::V02),
    text("Interpretation"),
    text("TestType"),
    text("TestingDataDescription"),
    text("ValidationProcessAndJustification"),
];

const SYSTEM_FACTS: &[Element] = &[
    text("OutcomesAndOutputs"),
    text("ModelType"),
    may("FoundationModels"),
    text("InputDataSource"),
    text("OutputAndInputDataTypes"),
    text("DevelopmentDataCharacterization"),
    text("BiasMitigationApproaches"),
    text("OngoingMaintenance"),
    may("Security"),
    may("Transparency"),
];

/// What the root holds.
pub(super) const CARD: &[Element] = &[
    block("BasicInfo", &[text("ModelName"), text("ModelDeveloper"), text("DeveloperContact")]),
    block(
        "ReleaseInfo",
        &[
            text("ReleaseStage"),
            text("ReleaseDate"),
            text("ReleaseVersion"),
            text("GlobalAvailability"),
            Element::new("EHRCompatibility", Holds::Elements(&[may("EHR").many()]), false)
                .only(Schema::V02),
            may("RegulatoryApproval"),
        ],
    ),
    block("ModelSummary", &[text("Summary"), block("Keywords", &[may("Keyword").many()])]),
    block(
        "UsesAndDirections",
        &[
            text("IntendedUseAndWorkflow"),
            text("PrimaryIntendedUsers"),
            text("HowToUse"),
            text("TargetedPatientPopulation"),
            text("CautionedOutOfScopeSettings"),
        ],
    ),
    block(
        "Warnings",
        &[
            text("KnownRisksAndLimitations"),
            text("KnownBiasesOrEthicalConsiderations"),
            text("ClinicalRiskLevel"),
        ],
    ),
    block(
        "TrustIngredients",
        &[
            block("AISystemFacts", SYSTEM_FACTS),
            block(
                "TransparencyInformation",
                &[
                    text("FundingSource"),
                    may("ThirdPartyInformation"),
                    text("StakeholdersConsulted"),
                ],
            ),
        ],
    ),
    block(
        "KeyMetrics",
        &[
            block("UsefulnessUsabilityEfficacy", METRIC),
            block("FairnessEquity", METRIC),
            block("SafetyReliability", METRIC),
        ],
    ),
    block(
        "Resources",
        &[
            may("EvaluationReferences"),
            may("ClinicalTrial"),
            text("PeerReviewedPublications"),
            may("ReimbursementStatus"),
            text("PatientConsentOrDisclosure"),
            // Drafts of 0.1 ask for it here, published cards have it above.
            may("StakeholdersConsulted").only(Schema::V01),
        ],
    ),
    Element::new("Bibliography", Holds::TextOrNothing, true),
    Element::new("Signature", Holds::Signature, false),
];

/// The namespace of XML signatures.
pub(super) const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
