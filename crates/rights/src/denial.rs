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
}

impl Denial {
    /// True when the rules could not be applied, so that the answer is no for want of a better one.
    #[must_use]
    pub fn is_alarm(&self) -> bool {
        !self.errors.is_empty()
    }

    pub(crate) fn forbidden(asked: &str, policies: Vec<Rule>) -> Self {
        let message = format!("{asked}: {}", reasons(&policies));
        Self { message, policies, errors: Vec::new() }
    }

    pub(crate) fn not_permitted(asked: &str, hint: Option<String>, policies: Vec<Rule>) -> Self {
        let hint = hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
        let who = if policies.is_empty() {
            "No rule allows it to anybody".to_owned()
        } else {
            format!("Who may: {}", reasons(&policies))
        };
        let message = format!("{asked}: no rule allows it{hint}. {who}");
        Self { message, policies, errors: Vec::new() }
    }

    pub(crate) fn alarm(asked: &str, errors: Vec<String>) -> Self {
        let message = format!(
            "{asked}: the decision rights could not be applied, so the answer is no ({})",
            errors.join("; ")
        );
        Self { message, policies: Vec::new(), errors }
    }
}

fn reasons(policies: &[Rule]) -> String {
    let texts = policies.iter().map(|rule| format!("{} [{}]", rule.reason, rule.id));
    texts.collect::<Vec<_>>().join(" ")
}
