//! Applied Model Cards of the Coalition for Health AI, versions 0.1 and 0.2.

mod error;
mod lint;
mod number;
mod read;
mod rules;
mod schema;
mod words;

pub use error::{CardError, CardFault};
pub use lint::{Finding, lint, lint_together};
pub use number::Number;
pub use rules::{Grade, RULES, Rule};
pub use schema::Schema;

use read::{Lapse, Part, Parts};
use serde::Serialize;

/// A text of a card, in Markdown, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    /// The text, without the white space around it. It may be empty.
    pub text: String,
    /// Where it is: the names of the elements below the root.
    pub path: String,
    /// The line on which its element begins, from 1.
    pub line: u32,
}

impl Text {
    /// The text on one line for a terminal or a page: without signs that could steer either, and
    /// cut off after 120 characters.
    #[must_use]
    pub fn shown(&self) -> String {
        words::shown(&self.text, 120)
    }
}

/// Writes down a block of texts once: the field, and the name of its element.
macro_rules! block {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident $element:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        pub struct $name { $($(#[$field_doc])* pub $field: Option<Text>,)* }

        impl $name {
            fn of(parts: &Parts, path: &str) -> Self {
                Self { $($field: parts.text(&format!("{path}/{}", $element)),)* }
            }
        }
    };
}

block! {
    /// Who made what.
    BasicInfo {
        /// The name of the model.
        model_name "ModelName",
        /// Who develops it.
        model_developer "ModelDeveloper",
        /// How to reach them.
        developer_contact "DeveloperContact",
    }
}
block! {
    /// What was released.
    ReleaseInfo {
        /// The stage, such as in production or cleared by a regulator.
        stage "ReleaseStage",
        /// The date, as free text.
        date "ReleaseDate",
        /// The version.
        version "ReleaseVersion",
        /// Where it can be had.
        availability "GlobalAvailability",
        /// What regulators approved; may be absent.
        regulatory_approval "RegulatoryApproval",
    }
}
block! {
    /// What it is for.
    UsesAndDirections {
        /// Intended use and workflow.
        intended_use "IntendedUseAndWorkflow",
        /// Who is meant to use it.
        users "PrimaryIntendedUsers",
        /// How it is used.
        how_to_use "HowToUse",
        /// The patients it is for.
        population "TargetedPatientPopulation",
        /// Where it should not be used.
        out_of_scope "CautionedOutOfScopeSettings",
    }
}
block! {
    /// What to beware of.
    Warnings {
        /// Known risks and limitations.
        risks "KnownRisksAndLimitations",
        /// Known biases or ethical considerations.
        biases "KnownBiasesOrEthicalConsiderations",
        /// The clinical risk level.
        risk_level "ClinicalRiskLevel",
    }
}
block! {
    /// How it was made and is kept.
    AiSystemFacts {
        /// What it gives, and for which outcome.
        outputs "OutcomesAndOutputs",
        /// The type of model.
        model_type "ModelType",
        /// Models that it is built on; may be absent.
        foundation_models "FoundationModels",
        /// Where its input comes from.
        input_source "InputDataSource",
        /// Types of input and output.
        data_types "OutputAndInputDataTypes",
        /// The data that it was developed on.
        development_data "DevelopmentDataCharacterization",
        /// What was done against bias.
        bias_mitigation "BiasMitigationApproaches",
        /// How it is maintained.
        maintenance "OngoingMaintenance",
        /// Security; may be absent.
        security "Security",
        /// Transparency; may be absent.
        transparency "Transparency",
    }
}
block! {
    /// Who paid and who was asked.
    TransparencyInformation {
        /// Who paid for it.
        funding "FundingSource",
        /// Third parties; may be absent.
        third_parties "ThirdPartyInformation",
        /// Who was consulted.
        stakeholders "StakeholdersConsulted",
    }
}
block! {
    /// Where to read more.
    Resources {
        /// Reports of evaluations; may be absent.
        evaluations "EvaluationReferences",
        /// A clinical trial; may be absent.
        clinical_trial "ClinicalTrial",
        /// Publications with peer review.
        publications "PeerReviewedPublications",
        /// Whether it is reimbursed; may be absent.
        reimbursement "ReimbursementStatus",
        /// Consent of patients, or what they are told.
        consent "PatientConsentOrDisclosure",
    }
}

/// In short, with words to find it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelSummary {
    /// The summary.
    pub summary: Option<Text>,
    /// Keywords; often none.
    pub keywords: Vec<Text>,
}

/// One aspect that was tested.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metric {
    /// Where it is: the names of the elements below the root.
    pub path: String,
    /// The line on which it begins; none when it is absent.
    pub line: Option<u32>,
    /// What was to be shown.
    pub goal: Option<Text>,
    /// Results as free text, in version 0.1.
    pub result: Option<Text>,
    /// Results one by one, in version 0.2.
    pub results: Vec<MetricResult>,
    /// What they mean.
    pub interpretation: Option<Text>,
    /// The type of test.
    pub test_type: Option<Text>,
    /// The data of the test.
    pub testing_data: Option<Text>,
    /// How it was validated, and why so.
    pub validation: Option<Text>,
}

/// One result with its label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricResult {
    /// What was measured.
    pub label: Option<Text>,
    /// The value as JSON text.
    pub value: Option<Text>,
    /// The value, where the JSON can be read as one.
    pub number: Option<Number>,
}

/// The three aspects that a card reports on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeyMetrics {
    /// Usefulness, usability and efficacy.
    pub usefulness: Metric,
    /// Fairness and equity.
    pub fairness: Metric,
    /// Safety and reliability.
    pub safety: Metric,
}

impl KeyMetrics {
    /// All three, in the order of a card.
    #[must_use]
    pub fn all(&self) -> [&Metric; 3] {
        [&self.usefulness, &self.fairness, &self.safety]
    }
}

/// An Applied Model Card. What is absent is none: [`lint`] says what should not be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Card {
    /// The schema that it is written in.
    pub schema: Schema,
    /// Who made what.
    pub basic: BasicInfo,
    /// What was released.
    pub release: ReleaseInfo,
    /// Health record systems that it works with; none in version 0.1.
    pub record_systems: Vec<Text>,
    /// In short.
    pub summary: ModelSummary,
    /// What it is for.
    pub uses: UsesAndDirections,
    /// What to beware of.
    pub warnings: Warnings,
    /// How it was made and is kept.
    pub facts: AiSystemFacts,
    /// Who paid and who was asked.
    pub transparency: TransparencyInformation,
    /// What was tested.
    pub metrics: KeyMetrics,
    /// Where to read more.
    pub resources: Resources,
    /// What is cited, as BibTeX.
    pub bibliography: Option<Text>,
    /// The line of an XML signature. It is not verified.
    pub signature: Option<u32>,
    #[serde(skip)]
    parts: Vec<Part>,
    #[serde(skip)]
    lapses: Vec<Lapse>,
}

impl Card {
    /// The most bytes that a card may have. Published ones have about twenty thousand.
    pub const MOST_BYTES: usize = 1 << 20;

    /// Reads a card. What it points to is not opened.
    ///
    /// A card may lack what the schema wants, or have it in another order: then it is read, and
    /// [`lint`] says so.
    ///
    /// # Errors
    /// When the bytes are no UTF-8 or no well-formed XML, have a document type or an entity, are
    /// too many or too deep, or when the root or any element is none that the schema knows.
    pub fn read(bytes: &[u8]) -> Result<Self, CardError> {
        let parts = read::parts(bytes)?;
        let of = &parts;
        Ok(Self {
            schema: parts.schema,
            basic: BasicInfo::of(of, "BasicInfo"),
            release: ReleaseInfo::of(of, "ReleaseInfo"),
            record_systems: parts.texts("ReleaseInfo/EHRCompatibility/EHR"),
            summary: ModelSummary {
                summary: parts.text("ModelSummary/Summary"),
                keywords: parts.texts("ModelSummary/Keywords/Keyword"),
            },
            uses: UsesAndDirections::of(of, "UsesAndDirections"),
            warnings: Warnings::of(of, "Warnings"),
            facts: AiSystemFacts::of(of, "TrustIngredients/AISystemFacts"),
            transparency: TransparencyInformation::of(
                of,
                "TrustIngredients/TransparencyInformation",
            ),
            metrics: KeyMetrics {
                usefulness: Metric::of(of, "KeyMetrics/UsefulnessUsabilityEfficacy"),
                fairness: Metric::of(of, "KeyMetrics/FairnessEquity"),
                safety: Metric::of(of, "KeyMetrics/SafetyReliability"),
            },
            resources: Resources::of(of, "Resources"),
            bibliography: parts.text("Bibliography"),
            signature: parts.signature,
            parts: parts.parts,
            lapses: parts.lapses,
        })
    }
}

impl Metric {
    fn of(parts: &Parts, path: &str) -> Self {
        let text = |name: &str| parts.text(&format!("{path}/{name}"));
        let results = (1..).map_while(|number| {
            let path = format!("{path}/Results/MetricResult[{number}]");
            parts.line(&path)?;
            let value = parts.text(&format!("{path}/ValueJson"));
            let number = value.as_ref().and_then(|value| Number::read(&value.text).ok());
            Some(MetricResult { label: parts.text(&format!("{path}/Label")), value, number })
        });
        Self {
            path: path.to_owned(),
            line: parts.line(path),
            goal: text("MetricGoal"),
            result: text("Result"),
            results: results.collect(),
            interpretation: text("Interpretation"),
            test_type: text("TestType"),
            testing_data: text("TestingDataDescription"),
            validation: text("ValidationProcessAndJustification"),
        }
    }
}
