//! Drafts of intake questionnaires, and the fast lane.

use crate::apply::Fault;
use crate::decide::{Decided, Deciding};
use crate::{Event, Record, Subject, Task, UseCase, UseCaseId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

/// What can be asked for about drafts of intake questionnaires, and the fast lane.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames,
)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum IntakeAct {}

/// What changed about drafts of intake questionnaires, and the fast lane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum IntakeChange {}

/// The part of the record about drafts of intake questionnaires, and the fast lane.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Intake {}

impl IntakeAct {
    /// What the act is about, as far as rights depend on it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match *self {}
    }
}

impl IntakeChange {
    /// The use case that the change is about, if it is about one.
    #[must_use]
    pub fn use_case(&self, _record: &Record) -> Option<UseCaseId> {
        match *self {}
    }

    /// What changed, in plain words. The record gives names to what it mentions.
    #[must_use]
    pub fn in_words(&self, _record: &Record) -> String {
        match *self {}
    }
}

impl Deciding<'_> {
    pub(crate) fn intake(&self, act: &IntakeAct) -> Decided {
        match *act {}
    }
}

/// Folds a change into the record.
pub(crate) fn apply(
    _record: &mut Record,
    _event: &Event,
    change: &IntakeChange,
) -> Result<(), Fault> {
    match *change {}
}

/// What waits about drafts of intake questionnaires, and the fast lane.
pub(crate) fn tasks(_record: &Record, _now: Timestamp, _tasks: &mut Vec<Task>) {}

/// What a use case lacks in this part before it may go live, stay so or be resumed; each says what
/// to do.
pub(crate) fn missing(_record: &Record, _use_case: &UseCase, _now: Timestamp) -> Vec<String> {
    Vec::new()
}
