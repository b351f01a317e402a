//! A rights pack becomes a checked policy set, or a list of everything that is wrong with it.

use cedar_policy::{PolicyId, PolicySet, Schema, SchemaFragment, ValidationMode, Validator};
use governance::RightsPack;
use thiserror::Error;

/// What policies may reach: attributes of principal, resource and context, and no further. It is
/// what is loaded.
const REACH: u32 = 1;

/// Why a rights pack cannot be used. No part of it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RightsError {
    /// The schema does not parse.
    #[error("the rights schema does not parse: {0}")]
    Schema(String),
    /// The policies do not parse.
    #[error("the rights policies do not parse: {0}")]
    Syntax(String),
    /// The policies parse, but may not be used. Each fault names its policy.
    #[error("the rights policies are not usable: {}", .0.join("; "))]
    Faults(Vec<String>),
}

/// Policies that passed every check, known by their `@id`.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) schema: Schema,
    /// The schema as JSON, for those who look at its shapes.
    pub(crate) shapes: serde_json::Value,
    pub(crate) policies: PolicySet,
    /// [`RightsPack::digest`].
    pub(crate) hash: String,
}

/// Parses a pack and checks it: ids, reasons, no templates, strict validation of every policy.
pub(crate) fn check(pack: &RightsPack) -> Result<Checked, RightsError> {
    let (schema, warnings) = Schema::from_cedarschema_str(&pack.schema)
        .map_err(|error| RightsError::Schema(error.to_string()))?;
    let shapes = SchemaFragment::from_cedarschema_str(&pack.schema)
        .map_err(|error| error.to_string())
        .and_then(|(fragment, _)| fragment.to_json_value().map_err(|error| error.to_string()))
        .map_err(RightsError::Schema)?;
    let policies = rekey(&pack.policies)?;
    let validated = Validator::new(schema.clone()).validate_with_level(
        &policies,
        ValidationMode::Strict,
        REACH,
    );
    let mut faults: Vec<_> = warnings.map(|warning| warning.to_string()).collect();
    faults.extend(validated.validation_errors().map(ToString::to_string));
    // A warning points at a rule that reads differently from what it does: never what a committee
    // wants.
    faults.extend(validated.validation_warnings().map(ToString::to_string));
    if !faults.is_empty() {
        return Err(RightsError::Faults(faults));
    }
    Ok(Checked { schema, shapes, policies, hash: pack.digest().to_string() })
}

/// Parses policies and gives each its `@id`, since Cedar names them by their place in the text.
pub(crate) fn rekey(text: &str) -> Result<PolicySet, RightsError> {
    let parsed: PolicySet = text
        .parse()
        .map_err(|error: cedar_policy::ParseErrors| RightsError::Syntax(error.to_string()))?;
    let mut faults = Vec::new();
    if parsed.num_of_templates() > 0 {
        faults.push("a policy has a slot such as `?principal`; write it out".to_owned());
    }
    let mut policies = PolicySet::new();
    for policy in parsed.policies() {
        let place = policy.id();
        let Some(id) = policy.annotation("id").filter(|id| !id.trim().is_empty()) else {
            faults.push(format!("`{place}` has no @id; give it one that is never used again"));
            continue;
        };
        if policy.annotation("reason").is_none_or(|reason| reason.trim().is_empty()) {
            faults.push(format!("`{id}` has no @reason; say what it means in plain words"));
        }
        if policies.add(policy.new_id(PolicyId::new(id))).is_err() {
            faults.push(format!("`{id}` is the @id of two policies; give each its own"));
        }
    }
    if faults.is_empty() { Ok(policies) } else { Err(RightsError::Faults(faults)) }
}
