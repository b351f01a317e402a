//! Changes of incidents folded into the record. Nothing is computed again: clocks come as they
//! started.

use super::IncidentsChange;
use super::state::{Clock, Incident, IncidentAction, IncidentReport};
use crate::apply::{Fault, unknown};
use crate::{Event, IncidentId, PersonId, Record};

/// Folds a change into the record.
pub(crate) fn apply(
    record: &mut Record,
    event: &Event,
    change: &IncidentsChange,
) -> Result<(), Fault> {
    match change {
        IncidentsChange::ClockRulesAdopted(rules) => {
            record.incidents.rules = Some((**rules).clone());
        }
        IncidentsChange::IncidentReported { incident, report, reporter } => {
            let reported = reported(*incident, report, reporter, event);
            record.incidents.incidents.insert(*incident, reported);
        }
        IncidentsChange::IncidentAssessed { incident, assessment } => {
            of(record, *incident)?.assessment = Some(assessment.clone());
        }
        IncidentsChange::ClockStarted { incident, clock } => {
            of(record, *incident)?.clocks.push((**clock).clone());
        }
        IncidentsChange::TimelineAdded { incident, moment } => {
            let timeline = &mut of(record, *incident)?.timeline;
            timeline.push(moment.clone());
            timeline.sort_by_key(|moment| moment.at);
        }
        IncidentsChange::CauseRecorded { incident, analysis } => {
            of(record, *incident)?.cause = Some(analysis.clone());
        }
        IncidentsChange::AnalysisRecorded { incident, document } => {
            of(record, *incident)?.analyses.push(document.clone());
        }
        IncidentsChange::ActionPlanned { incident, action } => {
            of(record, *incident)?.actions.push((**action).clone());
        }
        IncidentsChange::ActionCompleted { incident, action, proof } => {
            action_mut(record, *incident, *action)?.proof = Some(proof.clone());
        }
        IncidentsChange::EffectivenessChecked { incident, action, checked } => {
            action_mut(record, *incident, *action)?.checked = Some(checked.clone());
        }
        IncidentsChange::ClockEnded { incident, clock, end } => {
            clock_mut(record, *incident, *clock)?.end = Some(end.clone());
        }
        IncidentsChange::ClockEscalated { incident, clock, escalated } => {
            clock_mut(record, *incident, *clock)?.escalated = Some(escalated.clone());
        }
        IncidentsChange::IncidentClosed { incident } => {
            of(record, *incident)?.closed_at = Some(event.at);
        }
        IncidentsChange::IncidentReopened { incident, .. } => {
            of(record, *incident)?.closed_at = None;
        }
    }
    Ok(())
}

fn reported(
    id: IncidentId,
    report: &IncidentReport,
    reporter: &PersonId,
    event: &Event,
) -> Incident {
    Incident {
        id,
        report: report.clone(),
        reporter: reporter.clone(),
        reported_at: event.at,
        assessment: None,
        timeline: Vec::new(),
        cause: None,
        analyses: Vec::new(),
        clocks: Vec::new(),
        actions: Vec::new(),
        closed_at: None,
    }
}

fn of(record: &mut Record, id: IncidentId) -> Result<&mut Incident, Fault> {
    record.incidents.incidents.get_mut(&id).ok_or_else(|| unknown(id))
}

fn clock_mut(record: &mut Record, id: IncidentId, place: usize) -> Result<&mut Clock, Fault> {
    let index = place.checked_sub(1).ok_or_else(|| unknown(place))?;
    of(record, id)?.clocks.get_mut(index).ok_or_else(|| unknown(place))
}

fn action_mut(
    record: &mut Record,
    id: IncidentId,
    place: usize,
) -> Result<&mut IncidentAction, Fault> {
    let index = place.checked_sub(1).ok_or_else(|| unknown(place))?;
    of(record, id)?.actions.get_mut(index).ok_or_else(|| unknown(place))
}
