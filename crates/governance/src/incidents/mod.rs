//! Incidents, their legal clocks and what is done about them.
//!
//! Anybody reports; somebody assesses; every legal clock that applies then starts by rule, with the
//! facts that started it. A clock keeps its rule and due instant as they were: a later rule changes
//! nothing that runs.

mod act;
mod apply;
mod blinded;
mod decide;
mod rules;
mod state;
mod work;
mod worksheet;

use crate::{IncidentId, PersonId, Record, UseCaseId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

pub use act::IncidentsAct;
pub(crate) use apply::apply;
pub use blinded::{Trace, blinded, traces};
pub use rules::{ClockFault, ClockRule, ClockRules, ClockStart, Demand, Harm, IncidentQuestion};
pub use state::{
    Assessment, Clock, ClockEnd, ClockEscalated, Effectiveness, Incident, IncidentAction,
    IncidentReport, Incidents, TimelineEntry, YesNo,
};
pub use work::incident_tasks;
pub(crate) use work::{missing, tasks};
pub use worksheet::{Worksheet, worksheet};

/// What changed about incidents, their legal clocks and what is done about them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum IncidentsChange {
    /// Clock rules were adopted.
    ClockRulesAdopted(Box<ClockRules>),
    /// An incident was reported.
    IncidentReported {
        /// Its id.
        incident: IncidentId,
        /// What was reported.
        report: IncidentReport,
        /// Who reported it.
        reporter: PersonId,
    },
    /// What is known about an incident was said.
    IncidentAssessed {
        /// The incident.
        incident: IncidentId,
        /// What is known.
        assessment: Assessment,
    },
    /// A legal clock started.
    ClockStarted {
        /// The incident.
        incident: IncidentId,
        /// The clock.
        clock: Box<Clock>,
    },
    /// Something was added to the timeline.
    TimelineAdded {
        /// The incident.
        incident: IncidentId,
        /// What happened, and when.
        moment: TimelineEntry,
    },
    /// The cause was recorded.
    CauseRecorded {
        /// The incident.
        incident: IncidentId,
        /// The analysis.
        analysis: String,
    },
    /// A privileged analysis was noted.
    AnalysisRecorded {
        /// The incident.
        incident: IncidentId,
        /// SHA-256 of the document.
        document: String,
    },
    /// An action was planned.
    ActionPlanned {
        /// The incident.
        incident: IncidentId,
        /// The action.
        action: Box<IncidentAction>,
    },
    /// An action was proved done.
    ActionCompleted {
        /// The incident.
        incident: IncidentId,
        /// The action's place, from 1.
        action: usize,
        /// What proves it.
        proof: String,
    },
    /// It was looked at whether an action worked.
    EffectivenessChecked {
        /// The incident.
        incident: IncidentId,
        /// The action's place, from 1.
        action: usize,
        /// What was found.
        checked: Effectiveness,
    },
    /// A clock was met or stopped.
    ClockEnded {
        /// The incident.
        incident: IncidentId,
        /// The clock's place, from 1.
        clock: usize,
        /// How.
        end: ClockEnd,
    },
    /// A clock that ran out was brought before a chair.
    ClockEscalated {
        /// The incident.
        incident: IncidentId,
        /// The clock's place, from 1.
        clock: usize,
        /// Whom.
        escalated: ClockEscalated,
    },
    /// An incident was closed.
    IncidentClosed {
        /// The incident.
        incident: IncidentId,
    },
    /// An incident was opened again.
    IncidentReopened {
        /// The incident.
        incident: IncidentId,
        /// Why.
        reason: String,
    },
}

impl IncidentsChange {
    /// The incident that the change is about, if it is about one.
    fn incident(&self) -> Option<IncidentId> {
        match self {
            Self::ClockRulesAdopted(_) => None,
            Self::IncidentReported { incident, .. }
            | Self::IncidentAssessed { incident, .. }
            | Self::ClockStarted { incident, .. }
            | Self::TimelineAdded { incident, .. }
            | Self::CauseRecorded { incident, .. }
            | Self::AnalysisRecorded { incident, .. }
            | Self::ActionPlanned { incident, .. }
            | Self::ActionCompleted { incident, .. }
            | Self::EffectivenessChecked { incident, .. }
            | Self::ClockEnded { incident, .. }
            | Self::ClockEscalated { incident, .. }
            | Self::IncidentClosed { incident }
            | Self::IncidentReopened { incident, .. } => Some(*incident),
        }
    }

    /// The use case that the change is about, if it is about one.
    #[must_use]
    pub fn use_case(&self, record: &Record) -> Option<UseCaseId> {
        let named = match self {
            Self::IncidentReported { report, .. } => return report.use_case,
            Self::IncidentAssessed { assessment, .. } => assessment.use_case,
            _ => None,
        };
        named.or_else(|| record.incidents.incidents.get(&self.incident()?)?.use_case())
    }

    /// What changed, in plain words.
    #[must_use]
    pub fn in_words(&self, _record: &Record) -> String {
        match self {
            Self::ClockRulesAdopted(rules) => {
                format!("Clock rules “{}”, version {}, were adopted", rules.title, rules.version)
            }
            Self::IncidentReported { incident, report, .. } => {
                format!("{incident} was reported: {}", report.what)
            }
            Self::IncidentAssessed { incident, assessment } => match &assessment.harm {
                Some(harm) => format!("{incident} was assessed: harm {harm}"),
                None => format!("{incident} was assessed; the harm is not known"),
            },
            Self::ClockStarted { incident, clock } => {
                let because = clock.because.iter().map(|(fact, answer)| format!("{fact} {answer}"));
                let because = because.collect::<Vec<_>>().join(", ");
                let (title, due) = (&clock.rule.title, clock.due);
                format!("A legal clock of {incident} started ({because}): {title}, until {due}")
            }
            Self::TimelineAdded { incident, moment } => {
                format!("Timeline of {incident}: {}", moment.what)
            }
            Self::CauseRecorded { incident, .. } => format!("The cause of {incident} was recorded"),
            Self::AnalysisRecorded { incident, .. } => {
                format!("A privileged analysis of {incident} was noted; its text is kept apart")
            }
            Self::ActionPlanned { incident, action } => {
                format!("{} does about {incident}: {}", action.owner, action.what)
            }
            Self::ActionCompleted { incident, action, proof } => {
                format!("Action {action} of {incident} was done: {proof}")
            }
            Self::EffectivenessChecked { incident, action, checked } => {
                let worked = if checked.effective { "worked" } else { "did not work" };
                format!("Action {action} of {incident} {worked}: {}", checked.finding)
            }
            Self::ClockEnded { incident, clock, end } => match end {
                ClockEnd::Met { how, reference, .. } => {
                    format!(
                        "What clock {clock} of {incident} demands was sent: {how} ({reference})"
                    )
                }
                ClockEnd::Stopped { reason, .. } => {
                    format!("Clock {clock} of {incident} was stopped: {reason}")
                }
            },
            Self::ClockEscalated { incident, clock, .. } => {
                format!("Clock {clock} of {incident} ran out, and the chair was told")
            }
            Self::IncidentClosed { incident } => format!("{incident} was closed"),
            Self::IncidentReopened { incident, reason } => {
                format!("{incident} was opened again: {reason}")
            }
        }
    }
}
