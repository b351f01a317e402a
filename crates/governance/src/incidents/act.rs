//! What can be asked for about incidents.

use super::rules::ClockRules;
use super::state::{Assessment, IncidentReport};
use crate::{Duty, IncidentId, Instant, PersonId, Subject};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

/// What can be asked for about incidents, their legal clocks and what is done about them.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames,
)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum IncidentsAct {
    /// Adopts clock rules: what is asked about an incident, and which legal clocks follow. Clocks
    /// that run already stay as they are.
    AdoptClockRules(ClockRules),
    /// Reports an incident. Takes less than a minute: one sentence is enough.
    ReportIncident(IncidentReport),
    /// Says what is known about an incident, as a whole: it replaces what was said before. Every
    /// legal clock that applies starts, also those that apply because something is not known.
    AssessIncident {
        /// The incident.
        incident: IncidentId,
        /// What is known.
        assessment: Assessment,
    },
    /// Adds to the timeline of an incident.
    AddTimeline {
        /// The incident.
        incident: IncidentId,
        /// When it happened.
        #[schemars(with = "Instant")]
        at: Timestamp,
        /// What happened. No names and no numbers of patients.
        what: String,
    },
    /// Records why an incident came about. A later analysis replaces an earlier one.
    RecordCause {
        /// The incident.
        incident: IncidentId,
        /// What led to it, and why nothing caught it before. No names and no numbers of patients.
        analysis: String,
    },
    /// Notes that there is a privileged analysis. Its text is kept apart, as a document that only
    /// peer review reads; here only its hash is kept.
    RecordAnalysis {
        /// The incident.
        incident: IncidentId,
        /// SHA-256 of the document, in hexadecimal.
        document: String,
    },
    /// Plans what is done about an incident, and how one will know that it worked.
    PlanAction {
        /// The incident.
        incident: IncidentId,
        /// What is done.
        what: String,
        /// Who does it.
        owner: PersonId,
        /// By when.
        #[schemars(with = "Instant")]
        due: Timestamp,
        /// How one will know that it worked.
        check: String,
        /// When that is looked at; not before it is due.
        #[schemars(with = "Instant")]
        check_at: Timestamp,
        /// The action that did not work and that this one replaces, by its place from 1.
        #[serde(default)]
        instead_of: Option<usize>,
    },
    /// Proves an action done. Only its owner can.
    CompleteAction {
        /// The incident.
        incident: IncidentId,
        /// The action, by its place from 1.
        action: usize,
        /// What proves it.
        proof: String,
    },
    /// Says whether a completed action worked. Somebody other than its owner does. One that did not
    /// work must be replaced, and reopens an incident that was closed.
    CheckEffectiveness {
        /// The incident.
        incident: IncidentId,
        /// The action, by its place from 1.
        action: usize,
        /// True when it worked.
        effective: bool,
        /// What was found.
        finding: String,
    },
    /// Notes that what a clock demands was sent.
    MeetClock {
        /// The incident.
        incident: IncidentId,
        /// The clock, by its place from 1.
        clock: usize,
        /// How it was sent.
        how: String,
        /// When it was sent.
        #[schemars(with = "Instant")]
        at: Timestamp,
        /// The receipt or number that the addressee gave.
        reference: String,
    },
    /// Stops a clock that turned out not to apply.
    StopClock {
        /// The incident.
        incident: IncidentId,
        /// The clock, by its place from 1.
        clock: usize,
        /// The fact that turned out otherwise.
        reason: String,
    },
    /// Closes an incident. All reports must be sent, all actions done and those checked whose check
    /// is due, and the cause recorded unless it was a near miss.
    CloseIncident {
        /// The incident.
        incident: IncidentId,
    },
    /// Opens a closed incident again.
    ReopenIncident {
        /// The incident.
        incident: IncidentId,
        /// Why.
        reason: String,
    },
}

impl IncidentsAct {
    /// What the act is about, as far as rights depend on it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::CompleteAction { incident, action, .. } => {
                Subject::Duty(Duty::IncidentAction { incident: *incident, action: *action })
            }
            Self::AdoptClockRules(_)
            | Self::ReportIncident(_)
            | Self::AssessIncident { .. }
            | Self::AddTimeline { .. }
            | Self::RecordCause { .. }
            | Self::RecordAnalysis { .. }
            | Self::PlanAction { .. }
            | Self::CheckEffectiveness { .. }
            | Self::MeetClock { .. }
            | Self::StopClock { .. }
            | Self::CloseIncident { .. }
            | Self::ReopenIncident { .. } => Subject::Record,
        }
    }
}
