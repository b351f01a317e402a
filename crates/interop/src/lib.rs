//! The outside world's shapes: what other people write down about a model.
//!
//! [`Card::read`] reads an Applied Model Card of the Coalition for Health AI. [`lint`] says what a
//! card leaves open, [`lint_together`] what only several cards beside each other show. What is read
//! was written by strangers: sizes are bounded, nothing that a file points to is opened, and a file
//! that is no card is refused with the place of the fault.
//!
//! [`bill_of_materials`] writes what was measured of a model as a `CycloneDX` bill of materials.

mod card;
mod cyclonedx;

pub use card::{
    AiSystemFacts, BasicInfo, Card, CardError, CardFault, Finding, Grade, KeyMetrics, Metric,
    MetricResult, ModelSummary, Number, RULES, ReleaseInfo, Resources, Rule, Schema, Text,
    TransparencyInformation, UsesAndDirections, Warnings, lint, lint_together,
};
pub use cyclonedx::{MachineLearningModel, bill_of_materials};
