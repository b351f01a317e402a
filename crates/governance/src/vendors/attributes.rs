//! The 31 source attributes of a predictive decision support intervention, 45 CFR
//! 170.315(b)(11)(iv)(B)(1)-(9), in our words. The ids are those of OpenEMR's seed tables.

/// A source attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// Its place in the rule, from 1.
    pub number: u8,
    /// Its group in the rule.
    pub group: &'static str,
    /// Its id.
    pub id: &'static str,
    /// What a vendor is asked.
    pub question: &'static str,
}

const fn attribute(
    number: u8,
    group: &'static str,
    id: &'static str,
    question: &'static str,
) -> Attribute {
    Attribute { number, group, id, question }
}

const DETAILS: &str = "Details and output";
const PURPOSE: &str = "Purpose";
const SCOPE: &str = "Out of scope";
const DEVELOPMENT: &str = "Development";
const FAIRNESS: &str = "Fairness in development";
const VALIDATION: &str = "External validation";
const PERFORMANCE: &str = "Performance";
const MAINTENANCE: &str = "Maintenance";
const UPDATES: &str = "Updates";

/// The attributes, in the order of the rule.
pub const ATTRIBUTES: [Attribute; 31] = [
    attribute(
        1,
        DETAILS,
        "predictive_details_developer",
        "Who developed it, and how can we reach them?",
    ),
    attribute(2, DETAILS, "predictive_details_funding", "Who funded its technical implementation?"),
    attribute(3, DETAILS, "predictive_details_output_value", "What value does it put out?"),
    attribute(
        4,
        DETAILS,
        "predictive_details_output_type",
        "Is the output a prediction, classification, recommendation, evaluation, analysis or else?",
    ),
    attribute(5, PURPOSE, "predictive_purpose_intended_use", "What is it intended for?"),
    attribute(
        6,
        PURPOSE,
        "predictive_purpose_patient_population",
        "For which patients is it intended?",
    ),
    attribute(7, PURPOSE, "predictive_purpose_intended_users", "For which users is it intended?"),
    attribute(
        8,
        PURPOSE,
        "predictive_purpose_decision_role",
        "Does it inform, augment or replace clinical management?",
    ),
    attribute(
        9,
        SCOPE,
        "predictive_cautions_inappropriate_use",
        "For which tasks, situations or populations do you caution against using it?",
    ),
    attribute(
        10,
        SCOPE,
        "predictive_cautions_risks",
        "Which risks, unsuitable settings and limitations do you know of?",
    ),
    attribute(
        11,
        DEVELOPMENT,
        "predictive_development_criteria",
        "Which inclusion and exclusion criteria did the training data have?",
    ),
    attribute(
        12,
        DEVELOPMENT,
        "predictive_development_variables",
        "Which of the demographic, social and health-status variables are inputs?",
    ),
    attribute(
        13,
        DEVELOPMENT,
        "predictive_development_demographics",
        "How far did the training data represent demographic groups?",
    ),
    attribute(
        14,
        DEVELOPMENT,
        "predictive_development_relevance",
        "How relevant is the training data to a setting like ours?",
    ),
    attribute(15, FAIRNESS, "predictive_fairness_approach", "How was the output made fair?"),
    attribute(
        16,
        FAIRNESS,
        "predictive_fairness_bias_mitigation",
        "How is bias managed, reduced or removed?",
    ),
    attribute(
        17,
        VALIDATION,
        "predictive_validation_data_source",
        "From which source and setting was the external data for validity and fairness?",
    ),
    attribute(18, VALIDATION, "predictive_validation_tester", "Who did the external testing?"),
    attribute(
        19,
        VALIDATION,
        "predictive_validation_demographics",
        "How far did the external data represent demographic groups?",
    ),
    attribute(
        20,
        VALIDATION,
        "predictive_validation_process",
        "How was the external validation done?",
    ),
    attribute(
        21,
        PERFORMANCE,
        "predictive_performance_internal_validity",
        "How valid is it in test data from the source of the training data?",
    ),
    attribute(
        22,
        PERFORMANCE,
        "predictive_performance_internal_fairness",
        "How fair is it in test data from the source of the training data?",
    ),
    attribute(
        23,
        PERFORMANCE,
        "predictive_performance_external_validity",
        "How valid is it in external data?",
    ),
    attribute(
        24,
        PERFORMANCE,
        "predictive_performance_external_fairness",
        "How fair is it in external data?",
    ),
    attribute(
        25,
        PERFORMANCE,
        "predictive_performance_outcome_evaluation",
        "Where is its effect on outcomes evaluated?",
    ),
    attribute(
        26,
        MAINTENANCE,
        "predictive_maintenance_validity_monitoring",
        "How, and how often, is validity monitored over time?",
    ),
    attribute(
        27,
        MAINTENANCE,
        "predictive_maintenance_local_validity",
        "How valid is it in local data?",
    ),
    attribute(
        28,
        MAINTENANCE,
        "predictive_maintenance_fairness_monitoring",
        "How, and how often, is fairness monitored over time?",
    ),
    attribute(
        29,
        MAINTENANCE,
        "predictive_maintenance_local_fairness",
        "How fair is it in local data?",
    ),
    attribute(30, UPDATES, "predictive_updates_process", "How, and how often, is it updated?"),
    attribute(
        31,
        UPDATES,
        "predictive_updates_correction",
        "How often is performance corrected when a risk to validity or fairness is found?",
    ),
];
