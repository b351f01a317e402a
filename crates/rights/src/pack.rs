//! A rights pack becomes a checked policy set, or a list of everything that is wrong with it.

use cedar_policy::ffi::DetailedError;
use cedar_policy::{
    ParseErrors, PolicyId, PolicySet, Schema, SchemaFragment, ValidationMode, Validator,
};
use governance::RightsPack;
use std::fmt;
use thiserror::Error;

/// What policies may reach: attributes of principal, resource and context, and no further. It is
/// what is loaded.
const REACH: u32 = 1;

/// Something that is wrong with a rights pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightsFault {
    /// The line, from 1, where one is known: of the schema for [`RightsError::Schema`], of the
    /// policies else.
    pub line: Option<usize>,
    /// What is wrong. A fault of a policy that parses names the policy.
    pub what: String,
}

impl fmt::Display for RightsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.what)
    }
}

/// Why a rights pack cannot be used. No part of it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RightsError {
    /// The schema does not parse.
    #[error("the rights schema does not parse: {}", listed(.0))]
    Schema(Vec<RightsFault>),
    /// The policies do not parse.
    #[error("the rights policies do not parse: {}", listed(.0))]
    Syntax(Vec<RightsFault>),
    /// The policies parse, but may not be used.
    #[error("the rights policies are not usable: {}", listed(.0))]
    Faults(Vec<RightsFault>),
}

impl RightsError {
    /// Everything that is wrong, of which there is at least one.
    #[must_use]
    pub fn faults(&self) -> &[RightsFault] {
        match self {
            Self::Schema(faults) | Self::Syntax(faults) | Self::Faults(faults) => faults,
        }
    }
}

fn listed(faults: &[RightsFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// What Cedar says, with the line of the text that it points at.
fn told(error: &DetailedError, text: &str) -> RightsFault {
    let start = error.source_locations.first().map(|label| label.loc.start);
    let line = start.map(|start| line_at(text, start));
    let help = error.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    RightsFault { line, what: format!("{}{help}", error.message) }
}

/// All that Cedar says, the first and what belongs to it.
fn all_told(error: &DetailedError, text: &str) -> Vec<RightsFault> {
    std::iter::once(error).chain(&error.related).map(|error| told(error, text)).collect()
}

/// The line, from 1, of a place in bytes.
fn line_at(text: &str, place: usize) -> usize {
    1 + text.bytes().take(place).filter(|byte| *byte == b'\n').count()
}

/// The line at which each policy begins, comments aside: a policy ends with a semicolon, which also
/// may stand in a comment or in a text.
fn begins(text: &str) -> Vec<usize> {
    let (mut lines, mut within, mut quoted) = (Vec::new(), false, false);
    for (line, number) in text.lines().zip(1..) {
        let mut chars = line.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '"' => quoted = !quoted,
                '\\' if quoted => drop(chars.next()),
                '/' if !quoted && chars.peek() == Some(&'/') => break,
                ';' if !quoted => {
                    within = false;
                    continue;
                }
                _ => {}
            }
            if !within && !char.is_whitespace() {
                within = true;
                lines.push(number);
            }
        }
    }
    lines
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
        .map_err(|error| RightsError::Schema(all_told(&(&error).into(), &pack.schema)))?;
    let odd = |what: String| RightsError::Schema(vec![RightsFault { line: None, what }]);
    let shapes = SchemaFragment::from_cedarschema_str(&pack.schema)
        .map_err(|error| error.to_string())
        .and_then(|(fragment, _)| fragment.to_json_value().map_err(|error| error.to_string()))
        .map_err(odd)?;
    let text = &pack.policies;
    let (policies, mut faults) = rekey(text)?;
    let validated = Validator::new(schema.clone()).validate_with_level(
        &policies,
        ValidationMode::Strict,
        REACH,
    );
    faults.extend(warnings.map(|warning| RightsFault { line: None, what: warning.to_string() }));
    faults.extend(validated.validation_errors().map(|error| told(&error.into(), text)));
    // A warning points at a rule that reads differently from what it does: never what a committee
    // wants.
    faults.extend(validated.validation_warnings().map(|warning| told(&warning.into(), text)));
    if !faults.is_empty() {
        faults.sort_by_key(|fault| fault.line);
        return Err(RightsError::Faults(faults));
    }
    Ok(Checked { schema, shapes, policies, hash: pack.digest().to_string() })
}

/// Parses policies and gives each its `@id`, since Cedar names them by their place in the text.
/// With what is wrong with their ids and reasons; one without an id, or with that of another, is
/// left out.
pub(crate) fn rekey(text: &str) -> Result<(PolicySet, Vec<RightsFault>), RightsError> {
    let parsed: PolicySet = text
        .parse()
        .map_err(|error: ParseErrors| RightsError::Syntax(all_told(&(&error).into(), text)))?;
    let mut faults = Vec::new();
    let lines = begins(text);
    let fault = |place: &PolicyId, what: String| {
        let number = place.to_string();
        let number = number.strip_prefix("policy").and_then(|it| it.parse::<usize>().ok());
        RightsFault { line: number.and_then(|it| lines.get(it).copied()), what }
    };
    for template in parsed.templates() {
        let what = "a policy has a slot such as `?principal`; write it out".to_owned();
        faults.push(fault(template.id(), what));
    }
    let mut policies = PolicySet::new();
    for policy in parsed.policies() {
        let place = policy.id();
        let Some(id) = policy.annotation("id").filter(|id| !id.trim().is_empty()) else {
            let what = "a policy has no @id; give it one that is never used again".to_owned();
            faults.push(fault(place, what));
            continue;
        };
        if policy.annotation("reason").is_none_or(|reason| reason.trim().is_empty()) {
            let what = format!("`{id}` has no @reason; say what it means in plain words");
            faults.push(fault(place, what));
        }
        if policies.add(policy.new_id(PolicyId::new(id))).is_err() {
            let what = format!("`{id}` is the @id of two policies; give each its own");
            faults.push(fault(place, what));
        }
    }
    Ok((policies, faults))
}
