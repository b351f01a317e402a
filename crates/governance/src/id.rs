//! Short, stable ids: `UC-12` for what is numbered, slugs such as `ai-committee` for what is named.

use crate::schema::text;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Text that is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{given}` is not {kind}; write it like `{example}`")]
pub struct IdError {
    given: String,
    kind: &'static str,
    example: &'static str,
}

/// Serialises an id as its text, so that it may be a key in a JSON object.
macro_rules! as_text {
    ($name:ident, $kind:literal, $example:expr, $pattern:expr) => {
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let mut schema = text($kind, $example);
                schema.insert("pattern".to_owned(), $pattern.into());
                schema
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

macro_rules! numbered_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal, $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "-{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "-"))
                    .filter(|digits| !digits.starts_with(['0', '+']))
                    .and_then(|digits| digits.parse().ok())
                    .map(Self)
                    .ok_or_else(|| IdError {
                        given: text.to_owned(),
                        kind: $kind,
                        example: concat!($prefix, "-1"),
                    })
            }
        }

        as_text!($name, $kind, concat!($prefix, "-1"), concat!("^", $prefix, "-[1-9][0-9]*$"));
    )*};
}

macro_rules! slug_ids {
    ($($(#[$doc:meta])* $name:ident, $kind:literal, $example:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                if is_slug(text) {
                    return Ok(Self(text.to_owned()));
                }
                Err(IdError { given: text.to_owned(), kind: $kind, example: $example })
            }
        }

        as_text!($name, $kind, $example, SLUG);
    )*};
}

/// One to 64 lower-case letters, digits, dots and hyphens, starting with a letter or digit.
fn is_slug(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= 64
        && text.starts_with(plain)
        && text.chars().all(|c| plain(c) || matches!(c, '-' | '.'))
}

/// SHA-256 of a content, written in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(self.0))
    }
}

impl FromStr for ContentHash {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let mut hash = [0; 32];
        // Lower case only, so that one hash has one text.
        let written = hex::decode_to_slice(text, &mut hash).is_ok() && hex::encode(hash) == text;
        let wrong = IdError { given: text.to_owned(), kind: "a SHA-256", example: EMPTY };
        if written { Ok(Self(hash)) } else { Err(wrong) }
    }
}

/// SHA-256 of nothing.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

as_text!(ContentHash, "SHA-256 in hexadecimal", EMPTY, "^[0-9a-f]{64}$");

/// The pattern of a slug, for schemas.
const SLUG: &str = "^[a-z0-9][a-z0-9.-]{0,63}$";

/// Whether a text fits one of the patterns that the schemas of ids have.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    if pattern == SLUG {
        return is_slug(text);
    }
    let prefix = pattern.trim_start_matches('^').split('[').next().unwrap_or_default();
    match text.strip_prefix(prefix) {
        Some(number) => number.parse::<u32>().is_ok() && !number.starts_with(['0', '+']),
        // A pattern of another kind is left to the types.
        None => !pattern.ends_with("-[1-9][0-9]*$"),
    }
}

numbered_ids! {
    /// A use case: what is governed.
    UseCaseId = "UC", "a use case";
    /// An AI system: a product or a model.
    SystemId = "SYS", "an AI system";
    /// A decision of a body, from motion to outcome.
    DecisionId = "DEC", "a decision";
    /// A case: something that slipped and waits for a decision.
    CaseId = "CASE", "a case";
    /// A piece of evidence.
    EvidenceId = "EV", "a piece of evidence";
    /// A meeting of a body.
    MeetingId = "MTG", "a meeting";
    /// A delegation: what a body's chair let somebody do for the body, for a time.
    DelegationId = "DEL", "a delegation";
    /// An exception: something allowed for a time against the rule.
    ExceptionId = "EX", "an exception";
    /// A change request.
    ChangeRequestId = "CR", "a change request";
    /// An incident.
    IncidentId = "INC", "an incident";
    /// A hazard.
    HazardId = "HAZ", "a hazard";
    /// A document, kept by its hash.
    DocumentId = "DOC", "a document";
    /// A contract with a vendor.
    ContractId = "CON", "a contract";
    /// A draft of an intake questionnaire.
    DraftId = "DRAFT", "a draft";
    /// A legal hold.
    HoldId = "HOLD", "a legal hold";
    /// A review of output by human raters.
    ReviewId = "REV", "a review";
}

slug_ids! {
    /// A person, by a pseudonymous handle. Never recycled.
    PersonId, "a person's handle", "committee-chair";
    /// A committee.
    BodyId, "a body's handle", "ai-committee";
    /// A seat on a body.
    SeatId, "a seat's handle", "chief-nurse";
    /// A hospital site.
    SiteId, "a site's handle", "main";
    /// A unit of a site, such as a ward.
    UnitId, "a unit's handle", "ward-4";
    /// A sign-off lane.
    LaneId, "a sign-off lane's handle", "privacy";
    /// A step of work in which an AI system acts.
    WorkflowId, "a workflow's handle", "discharge-planning";
    /// A vendor; `in-house` for what the hospital made itself.
    VendorId, "a vendor's handle", "acme-health";
    /// A validation standard.
    StandardId, "a validation standard's handle", "predictive-t3";
    /// A requirement of a validation standard.
    RequirementId, "a requirement's handle", "discrimination";
    /// A question about a use case, asked by a tier policy.
    FactId, "a fact's handle", "autonomy";
    /// A clause that contracts are checked for.
    ClauseId, "a clause's handle", "change-notice";
    /// A measure of a monitoring plan.
    WatchId, "a planned measure's handle", "calibration";
    /// A client-made id of a command; a repeat of it has no second effect.
    CommandId, "a command id", "3f6c0b1e-7d0a";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_as_written() {
        assert_eq!("UC-12".parse(), Ok(UseCaseId(12)));
        assert_eq!(UseCaseId(12).to_string(), "UC-12");
        for wrong in ["UC-", "UC-012", "UC-+1", "uc-1", "12", "CASE-1"] {
            assert!(wrong.parse::<UseCaseId>().is_err(), "{wrong}");
        }
        for wrong in ["", "Chair", "two words", "-x", "a/b"] {
            assert!(wrong.parse::<PersonId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_wrong_id_is_told_how_to_be_right() {
        let error = "7".parse::<CaseId>().map_err(|error| error.to_string());
        assert_eq!(error, Err("`7` is not a case; write it like `CASE-1`".to_owned()));
    }
}
