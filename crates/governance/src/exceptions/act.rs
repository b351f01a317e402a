//! What can be asked for about exceptions, and what changes about them.

use super::{Excepted, Exception, ExceptionEnd};
use crate::{DecisionId, Duty, ExceptionId, Instant, PersonId, Record, Subject, UseCaseId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

/// What can be asked for about exceptions: what is allowed for a time against the rule.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames,
)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum ExceptionsAct {
    /// Asks for an exception. A body decides on it.
    RequestException {
        /// The use case that it is for.
        use_case: UseCaseId,
        /// What need not be so meanwhile.
        what: Excepted,
        /// Why.
        reason: String,
        /// What is done instead, to keep the risk down.
        compensating_control: String,
        /// Who keeps it within bounds and ends it.
        owner: PersonId,
        /// Until when.
        #[schemars(with = "Instant")]
        expires: Timestamp,
    },
    /// Asks to renew an exception. A body decides on that too; the tier policy says how often.
    RenewException {
        /// The exception.
        exception: ExceptionId,
        /// Why its cause is still there.
        reason: String,
        /// Until when.
        #[schemars(with = "Instant")]
        expires: Timestamp,
    },
    /// Ends an exception at once, or takes back what was asked.
    EndException {
        /// The exception.
        exception: ExceptionId,
        /// Why, such as that its cause is gone.
        reason: String,
    },
}

/// What changed about exceptions: what is allowed for a time against the rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ExceptionsChange {
    /// An exception was asked for.
    ExceptionRequested(Box<Exception>),
    /// A renewal was asked for.
    RenewalRequested {
        /// The exception.
        exception: ExceptionId,
        /// Why.
        reason: String,
        /// Until when.
        #[schemars(with = "Instant")]
        expires: Timestamp,
    },
    /// A body allowed what was asked.
    ExceptionAllowed {
        /// The exception.
        exception: ExceptionId,
        /// The decision.
        decision: DecisionId,
        /// Until when.
        #[schemars(with = "Instant")]
        expires: Timestamp,
    },
    /// A body declined what was asked. What it allowed before runs on to its end.
    ExceptionDeclined {
        /// The exception.
        exception: ExceptionId,
        /// The decision.
        decision: DecisionId,
    },
    /// An exception ended before its time.
    ExceptionEnded {
        /// The exception.
        exception: ExceptionId,
        /// By whom, when, why.
        ended: ExceptionEnd,
    },
}

impl ExceptionsAct {
    /// What the act is about, as far as rights depend on it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::RequestException { use_case, .. } => Subject::UseCase(*use_case),
            Self::RenewException { exception, .. } | Self::EndException { exception, .. } => {
                Subject::Duty(Duty::Exception(*exception))
            }
        }
    }
}

impl ExceptionsChange {
    pub(super) fn exception(&self) -> ExceptionId {
        match self {
            Self::ExceptionRequested(exception) => exception.id,
            Self::RenewalRequested { exception, .. }
            | Self::ExceptionAllowed { exception, .. }
            | Self::ExceptionDeclined { exception, .. }
            | Self::ExceptionEnded { exception, .. } => *exception,
        }
    }

    /// The use case that the change is about, if it is about one.
    #[must_use]
    pub fn use_case(&self, record: &Record) -> Option<UseCaseId> {
        match self {
            Self::ExceptionRequested(exception) => Some(exception.use_case),
            other => Some(record.exceptions.all.get(&other.exception())?.use_case),
        }
    }

    /// What changed, in plain words. The record gives names to what it mentions.
    #[must_use]
    pub fn in_words(&self, record: &Record) -> String {
        let known = record.exceptions.all.get(&self.exception());
        let what = known.map_or_else(String::new, |it| format!(" ({})", it.what));
        match self {
            Self::ExceptionRequested(it) => {
                format!("{} was asked for: {}. {}", it.id, it.what, it.reason)
            }
            Self::RenewalRequested { exception, reason, expires } => {
                format!("{exception}{what} was asked to be renewed until {expires}: {reason}")
            }
            Self::ExceptionAllowed { exception, decision, expires } => {
                format!("{exception}{what} is allowed until {expires}, by {decision}")
            }
            Self::ExceptionDeclined { exception, decision } => {
                format!("{exception}{what} was declined by {decision}")
            }
            Self::ExceptionEnded { exception, ended } => {
                format!("{exception}{what} was ended: {}", ended.reason)
            }
        }
    }
}
