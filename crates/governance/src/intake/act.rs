//! What can be asked for at intake, and what changes.

use super::inventory::Row;
use crate::{DecisionId, DraftId, Duty, Facts, Record, Subject, SystemId, UseCaseId, WorkflowId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

/// The intake questionnaire, as far as it is filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// The title of the use case.
    pub title: String,
    /// What it is for, and what it is not for.
    #[serde(default)]
    pub intended_use: String,
    /// The step of work in which the AI system acts.
    #[serde(default)]
    pub workflow: Option<WorkflowId>,
    /// The patients or cases it is used on.
    #[serde(default)]
    pub population: String,
    /// The AI system; the governance office registers one that is not on record yet.
    #[serde(default)]
    pub system: Option<SystemId>,
    /// Answers to the questions of the tier policy. What is left out is unknown, and counts as the
    /// worst answer.
    #[serde(default)]
    pub facts: Facts,
}

/// What can be asked for about drafts of intake questionnaires, and the fast lane.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames,
)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum IntakeAct {
    /// Begins a draft of the intake questionnaire, to be saved and gone on with.
    BeginDraft {
        /// What is filled in so far; a title at least.
        answers: Answers,
    },
    /// Saves a draft in place of what was filled in before.
    SaveDraft {
        /// The draft.
        draft: DraftId,
        /// What is filled in now.
        answers: Answers,
    },
    /// Throws a draft away.
    DiscardDraft {
        /// The draft.
        draft: DraftId,
    },
    /// Submits a draft: proposes the use case and states its facts, so that it has a tier at once.
    SubmitIntake {
        /// The draft.
        draft: DraftId,
        /// Why it is no duplicate, when it looks like a use case that is on record.
        #[serde(default)]
        not_duplicate: Option<String>,
    },
    /// Takes in an inventory: every row, or none when one of them is not sound.
    ImportInventory {
        /// The rows.
        rows: Vec<Row>,
        /// Registers AI systems and versions that are not on record. Otherwise they are refused.
        #[serde(default)]
        create_systems: bool,
    },
    /// Approves a use case by rule, without a vote, where the tier policy allows that for its tier.
    /// It needs all that a vote would need.
    FastLane {
        /// The use case.
        use_case: UseCaseId,
    },
    /// Records what the audit of an approval by rule found.
    RecordAudit {
        /// The use case.
        use_case: UseCaseId,
        /// What was found.
        finding: String,
        /// True when facts, tier and evidence are what they were said to be. If not, a case opens.
        upheld: bool,
    },
}

/// What changed about drafts of intake questionnaires, and the fast lane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum IntakeChange {
    /// A draft was begun.
    DraftBegun {
        /// The draft.
        draft: DraftId,
        /// What is filled in.
        answers: Answers,
    },
    /// A draft was saved.
    DraftSaved {
        /// The draft.
        draft: DraftId,
        /// What is filled in.
        answers: Answers,
    },
    /// A draft was thrown away.
    DraftDiscarded {
        /// The draft.
        draft: DraftId,
    },
    /// A draft became a use case.
    IntakeSubmitted {
        /// The draft.
        draft: DraftId,
        /// The use case.
        use_case: UseCaseId,
        /// Why it is no duplicate, where that was asked.
        not_duplicate: Option<String>,
    },
    /// An approval by rule was drawn for an audit.
    AuditDrawn {
        /// The use case.
        use_case: UseCaseId,
        /// The approval.
        decision: DecisionId,
    },
    /// An audit was recorded.
    Audited {
        /// The use case.
        use_case: UseCaseId,
        /// The approval.
        decision: DecisionId,
        /// What was found.
        finding: String,
        /// True when it was upheld.
        upheld: bool,
    },
}

impl IntakeAct {
    /// What the act is about, as far as rights depend on it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::BeginDraft { .. } | Self::ImportInventory { .. } => Subject::Record,
            Self::SaveDraft { draft, .. }
            | Self::DiscardDraft { draft }
            | Self::SubmitIntake { draft, .. } => Subject::Duty(Duty::Draft(*draft)),
            Self::FastLane { use_case } | Self::RecordAudit { use_case, .. } => {
                Subject::UseCase(*use_case)
            }
        }
    }
}

impl IntakeChange {
    /// The use case that the change is about, if it is about one.
    #[must_use]
    pub fn use_case(&self, _record: &Record) -> Option<UseCaseId> {
        match self {
            Self::DraftBegun { .. } | Self::DraftSaved { .. } | Self::DraftDiscarded { .. } => None,
            Self::IntakeSubmitted { use_case, .. }
            | Self::AuditDrawn { use_case, .. }
            | Self::Audited { use_case, .. } => Some(*use_case),
        }
    }

    /// What changed, in plain words. Drafts show to their author and the office only, so nothing of
    /// what they say is told here.
    #[must_use]
    pub fn in_words(&self, _record: &Record) -> String {
        match self {
            Self::DraftBegun { draft, .. } => format!("{draft} of an intake was begun"),
            Self::DraftSaved { draft, .. } => format!("{draft} of an intake was saved"),
            Self::DraftDiscarded { draft } => format!("{draft} of an intake was thrown away"),
            Self::IntakeSubmitted { draft, use_case, not_duplicate: None } => {
                format!("{draft} was submitted and is {use_case}")
            }
            Self::IntakeSubmitted { draft, use_case, not_duplicate: Some(why) } => {
                format!("{draft} was submitted and is {use_case}; no duplicate, because: {why}")
            }
            Self::AuditDrawn { use_case, decision } => {
                format!("{decision}, which approved {use_case} by rule, was drawn for an audit")
            }
            Self::Audited { use_case, decision, finding, upheld } => {
                let outcome = if *upheld { "was upheld" } else { "failed" };
                format!("{decision} on {use_case} {outcome} in its audit: {finding}")
            }
        }
    }
}
