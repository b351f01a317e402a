//! A denial in words that a person can act on.

use serde::Serialize;
use thiserror::Error;

/// A policy by its id, with what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The policy's `@id`.
    pub id: String,
    /// The policy's `@reason`, in plain words.
    pub reason: String,
}

/// What an act is about, and is not on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The kind of thing, in words.
    pub what: &'static str,
    /// Its id.
    pub id: String,
}

/// Why an act was denied. Nothing of the act is kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Denial {
    /// The whole answer in plain words.
    pub message: String,
    /// The rules that forbid it; where none does, the rules that allow this kind of act to others.
    pub policies: Vec<Rule>,
    /// What went wrong while asking. Not empty means that the rules could not be applied: an alarm.
    pub errors: Vec<String>,
    /// What is not on record, so that nobody could do it: a wrong id rather than a right that is
    /// missing.
    pub missing: Option<Missing>,
}

impl Denial {
    /// True when the rules could not be applied, so that the answer is no for want of a better one.
    #[must_use]
    pub fn is_alarm(&self) -> bool {
        !self.errors.is_empty()
    }

    pub(crate) fn missing(asked: &str, missing: Missing) -> Self {
        let Missing { what, id } = &missing;
        let message = format!("{asked}: the record has no {what} `{id}`; check the id");
        Self { message, policies: Vec::new(), errors: Vec::new(), missing: Some(missing) }
    }

    pub(crate) fn forbidden(asked: &str, policies: Vec<Rule>) -> Self {
        let message = format!("{asked}: {}", reasons(&policies));
        Self { message, policies, errors: Vec::new(), missing: None }
    }

    pub(crate) fn not_permitted(asked: &str, hint: Option<String>, policies: Vec<Rule>) -> Self {
        let hint = hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
        let who = if policies.is_empty() {
            "No rule allows it to anybody".to_owned()
        } else {
            format!("Who may: {}", reasons(&policies))
        };
        let message = format!("{asked}: no rule allows it{hint}. {who}");
        Self { message, policies, errors: Vec::new(), missing: None }
    }

    pub(crate) fn alarm(asked: &str, errors: Vec<String>) -> Self {
        let message = format!(
            "{asked}: the decision rights could not be applied, so the answer is no ({})",
            errors.join("; ")
        );
        Self { message, policies: Vec::new(), errors, missing: None }
    }
}

fn reasons(policies: &[Rule]) -> String {
    let texts = policies.iter().map(|rule| format!("{} [{}]", rule.reason, rule.id));
    texts.collect::<Vec<_>>().join(" ")
}
