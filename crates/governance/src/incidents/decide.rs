//! What acts about incidents change, or why not.

use super::rules::{ClockRules, ClockStart, Known};
use super::state::{
    Assessment, Clock, ClockEnd, Effectiveness, Incident, IncidentAction, IncidentReport,
    TimelineEntry,
};
use super::{IncidentsAct, IncidentsChange};
use crate::calendar::{due, zone};
use crate::decide::{Decided, Deciding, find, is_new, next_number, say_something, unsound};
use crate::{Cause, Change, FactId, IncidentId, Refusal, UseCaseId};
use jiff::Timestamp;
use std::collections::BTreeMap;

impl Deciding<'_> {
    fn adopt_clock_rules(&self, rules: &ClockRules) -> Decided {
        const WHAT: &str = "the pack of clock rules";
        if let Some(fault) = rules.faults().first() {
            return Err(unsound(WHAT, format!("{}; {}", fault.what, fault.remedy)));
        }
        let label = |it: &ClockRules| format!("{} {}", it.id, it.version);
        is_new(WHAT, self.record.incidents.rules.as_ref(), rules, label)?;
        one(IncidentsChange::ClockRulesAdopted(Box::new(rules.clone())))
    }

    pub(crate) fn incidents(&self, act: &IncidentsAct) -> Decided {
        match act {
            IncidentsAct::AdoptClockRules(rules) => self.adopt_clock_rules(rules),
            IncidentsAct::ReportIncident(report) => self.report_incident(report),
            IncidentsAct::AssessIncident { incident, assessment } => {
                self.assess_incident(*incident, assessment)
            }
            IncidentsAct::AddTimeline { incident, at, what } => {
                self.add_timeline(*incident, *at, what)
            }
            IncidentsAct::RecordCause { incident, analysis } => {
                self.open_incident(*incident)?;
                say_something("the analysis", analysis)?;
                let analysis = analysis.clone();
                one(IncidentsChange::CauseRecorded { incident: *incident, analysis })
            }
            IncidentsAct::RecordAnalysis { incident, document } => {
                self.record_analysis(*incident, document)
            }
            IncidentsAct::PlanAction { .. } => self.plan_action(act),
            IncidentsAct::CompleteAction { incident, action, proof } => {
                self.complete_action(*incident, *action, proof)
            }
            IncidentsAct::CheckEffectiveness { incident, action, effective, finding } => {
                self.check_effectiveness(*incident, *action, *effective, finding)
            }
            IncidentsAct::MeetClock { incident, clock, how, at, reference } => {
                self.meet_clock(*incident, *clock, how, *at, reference)
            }
            IncidentsAct::StopClock { incident, clock, reason } => {
                self.stop_clock(*incident, *clock, reason)
            }
            IncidentsAct::CloseIncident { incident } => self.close_incident(*incident),
            IncidentsAct::ReopenIncident { incident, reason } => {
                say_something("the reason", reason)?;
                if self.incident(*incident)?.is_open() {
                    return Err(Refusal::Part(crate::PartRefusal::IncidentOpen(*incident)));
                }
                let reason = reason.clone();
                one(IncidentsChange::IncidentReopened { incident: *incident, reason })
            }
        }
    }

    fn incident(&self, id: IncidentId) -> Result<&Incident, Refusal> {
        find(&self.record.incidents.incidents, &id, "incident")
    }

    fn open_incident(&self, id: IncidentId) -> Result<&Incident, Refusal> {
        let incident = self.incident(id)?;
        if incident.is_open() {
            Ok(incident)
        } else {
            Err(Refusal::Part(crate::PartRefusal::IncidentClosed(id)))
        }
    }

    /// Refuses what lies in the future: it cannot have happened yet.
    fn happened(&self, what: &'static str, at: Option<Timestamp>) -> Result<(), Refusal> {
        if at.is_some_and(|at| at > self.command.at) {
            return Err(Refusal::Part(crate::PartRefusal::NotYet(what)));
        }
        Ok(())
    }

    fn report_incident(&self, report: &IncidentReport) -> Decided {
        let reporter = self.person()?.id.clone();
        say_something("what happened", &report.what)?;
        self.happened("an incident is noticed", report.noticed_at)?;
        self.happened("an incident happened", report.happened_at)?;
        if let Some(site) = &report.site {
            self.site_is_open(site)?;
        }
        if let Some(system) = &report.system {
            find(&self.record.systems, system, "AI system")?;
        }
        if let Some(use_case) = report.use_case {
            self.uses(use_case, report, "the report")?;
        }
        let noticed = report.noticed_at.unwrap_or(self.command.at);
        if report.happened_at.is_some_and(|at| at > noticed) {
            return Err(unsound("the report", "it was noticed before it happened"));
        }
        if let Some(name) = report.time_zone.as_ref().filter(|name| zone(name).is_none()) {
            let because =
                format!("there is no time zone `{name}`; write it like `America/Chicago`");
            return Err(unsound("the report", because));
        }
        let id = next_number(&self.record.incidents.incidents, |id: IncidentId| id.0);
        let incident = IncidentId(id);
        one(IncidentsChange::IncidentReported { incident, report: report.clone(), reporter })
    }

    /// Refuses a report about another AI system than the use case uses.
    fn uses(
        &self,
        id: UseCaseId,
        report: &IncidentReport,
        what: &'static str,
    ) -> Result<(), Refusal> {
        let used = self.use_case(id)?.proposal.system;
        match report.system {
            Some(system) if system != used => {
                let because = format!("{id} uses {used}, and what was reported is about {system}");
                Err(unsound(what, because))
            }
            _ => Ok(()),
        }
    }

    /// The use case that an incident is about, as far as it is known with this assessment. What is
    /// known stays: cases and clocks came of it.
    fn found_use_case(
        &self,
        incident: &Incident,
        assessment: &Assessment,
    ) -> Result<Option<UseCaseId>, Refusal> {
        let Some(found) = assessment.use_case else { return Ok(incident.use_case()) };
        self.uses(found, &incident.report, "the assessment")?;
        match incident.use_case() {
            Some(known) if known != found => {
                let because = format!("{} is about {known} already", incident.id);
                Err(unsound("the assessment", because))
            }
            _ => Ok(Some(found)),
        }
    }

    fn assess_incident(&self, id: IncidentId, assessment: &Assessment) -> Decided {
        let incident = self.open_incident(id)?;
        let rules = self
            .record
            .incidents
            .rules
            .as_ref()
            .ok_or(Refusal::Part(crate::PartRefusal::NoClockRules))?;
        self.happened("facts are known", assessment.aware_at)?;
        self.happened("a patient was served", assessment.first_service_at)?;
        let mut assessment = assessment.clone();
        assessment.facts = answers(rules, &assessment)?;
        assessment.use_case = self.found_use_case(incident, &assessment)?;
        let mut changes = self.clocks(incident, rules, &assessment)?;
        let case = self.case_of(incident, rules, &assessment);
        let assessed = IncidentsChange::IncidentAssessed { incident: id, assessment };
        changes.insert(0, Change::Incidents(assessed));
        changes.extend(case);
        Ok(changes)
    }

    /// The clocks that start: of each rule that applies, unless it runs or was met, or was stopped
    /// and the facts are the same still.
    fn clocks(&self, incident: &Incident, rules: &ClockRules, assessment: &Assessment) -> Decided {
        let known = Known { facts: &assessment.facts, people: assessment.people };
        let site = self.record.site_of_incident(incident, assessment.use_case);
        let name =
            self.record.zone_name_of(incident, assessment.use_case).unwrap_or(&rules.time_zone);
        let no_zone = || unsound("the time zone", format!("there is no time zone `{name}`"));
        let zone = zone(name).ok_or_else(no_zone)?;
        let mut changes = Vec::new();
        for rule in &rules.rules {
            let start = start(rule.starts, incident, assessment);
            let Some(because) = rule.because(&known) else { continue };
            let before = incident.clocks.iter().filter(|clock| clock.rule.id == rule.id);
            let settled = before.into_iter().any(|clock| match &clock.end {
                Some(ClockEnd::Stopped { .. }) => clock.because == because,
                None | Some(ClockEnd::Met { .. }) => true,
            });
            if settled || !rule.binds(rules, site, start, &zone) {
                continue;
            }
            let clock = Clock {
                rule: rule.clone(),
                version: rules.version.clone(),
                because,
                start,
                time_zone: name.to_owned(),
                due: due(start, rule.length, rule.calendar, &zone),
                end: None,
                escalated: None,
            };
            let (incident, clock) = (incident.id, Box::new(clock));
            changes.push(Change::Incidents(IncidentsChange::ClockStarted { incident, clock }));
        }
        Ok(changes)
    }

    /// The case that harm at a use case opens, live or stopped since: one for an incident, and
    /// another when it turns out worse. Harm that is not known counts as the worst.
    fn case_of(
        &self,
        incident: &Incident,
        rules: &ClockRules,
        assessment: &Assessment,
    ) -> Option<Change> {
        let use_case = self.record.use_cases.get(&assessment.use_case?)?;
        // Who stops it first and says what is known later still owes the body an answer.
        use_case.stage.live()?;
        let cause = Cause::Incident { incident: incident.id };
        let known = self.record.cases_of(use_case.id).any(|case| case.cause == cause);
        let harm = |of: &Assessment| match &of.harm {
            Some(harm) => rules.harms.iter().position(|it| it.id == *harm),
            None => rules.harms.len().checked_sub(1),
        };
        let now = harm(assessment)?;
        // What was decided, or is to be, was about less.
        let worse = incident.assessment.as_ref().is_some_and(|before| harm(before) < Some(now));
        if known && !worse {
            return None;
        }
        let days = rules.harms.get(now)?.case_within_days?;
        let action = "Decide whether it may go on while the incident is looked into";
        Some(self.open_case(use_case, cause, 0, days, action))
    }

    fn add_timeline(&self, id: IncidentId, at: Timestamp, what: &str) -> Decided {
        self.open_incident(id)?;
        say_something("what happened", what)?;
        self.happened("something is on the timeline", Some(at))?;
        let moment = TimelineEntry { at, what: what.to_owned() };
        one(IncidentsChange::TimelineAdded { incident: id, moment })
    }

    fn record_analysis(&self, id: IncidentId, document: &str) -> Decided {
        let incident = self.incident(id)?;
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if document.len() != 64 || !document.chars().all(hex) {
            let because = "it is not 64 lower-case hexadecimal digits; give the document's SHA-256";
            return Err(unsound("the hash of the analysis", because));
        }
        self.not_erased(document)?;
        if incident.analyses.iter().any(|known| known == document) {
            return Err(Refusal::Exists { what: "the analysis", id: document.to_owned() });
        }
        let document = document.to_owned();
        one(IncidentsChange::AnalysisRecorded { incident: id, document })
    }

    fn plan_action(&self, act: &IncidentsAct) -> Decided {
        let IncidentsAct::PlanAction {
            incident: id,
            what,
            owner,
            due,
            check,
            check_at,
            instead_of,
        } = act
        else {
            return Ok(Vec::new());
        };
        let incident = self.open_incident(*id)?;
        say_something("the action", what)?;
        say_something("how one will know that it worked", check)?;
        self.employed(owner)?;
        if *due <= self.command.at {
            return Err(unsound("the action", "it is due in the past; give it time"));
        }
        if check_at < due {
            return Err(unsound("the action", "it is checked before it is due; check it later"));
        }
        // Nobody but its owner proves an action done, so one whose owner left would stay open.
        let orphaned = |place| {
            let action = incident.action(place).filter(|it| it.proof.is_none());
            action.is_some_and(|it| !self.record.works_here(&it.owner))
                && !incident.is_replaced(place)
        };
        if let Some(failed) = instead_of
            && !incident.unreplaced().any(|place| place == *failed)
            && !orphaned(*failed)
        {
            let because = format!("action {failed} did not fail or is replaced already");
            return Err(unsound("the action", because));
        }
        let action = Box::new(IncidentAction {
            what: what.clone(),
            owner: owner.clone(),
            due: *due,
            check: check.clone(),
            check_at: *check_at,
            instead_of: *instead_of,
            proof: None,
            checked: None,
        });
        one(IncidentsChange::ActionPlanned { incident: *id, action })
    }

    fn complete_action(&self, id: IncidentId, place: usize, proof: &str) -> Decided {
        let incident = self.open_incident(id)?;
        say_something("the proof", proof)?;
        let action = incident.action(place).filter(|action| action.proof.is_none());
        let action = action
            .ok_or(Refusal::Part(crate::PartRefusal::NoAction { incident: id, action: place }))?;
        if self.command.actor.person() != Some(&action.owner) {
            return Err(Refusal::Part(crate::PartRefusal::NotTheDoer(action.owner.clone())));
        }
        let proof = proof.to_owned();
        one(IncidentsChange::ActionCompleted { incident: id, action: place, proof })
    }

    fn check_effectiveness(
        &self,
        id: IncidentId,
        place: usize,
        effective: bool,
        finding: &str,
    ) -> Decided {
        let (incident, by) = (self.incident(id)?, self.person()?.id.clone());
        say_something("the finding", finding)?;
        let waits = |action: &&IncidentAction| action.proof.is_some() && action.checked.is_none();
        let action = incident.action(place).filter(waits);
        let action = action
            .ok_or(Refusal::Part(crate::PartRefusal::NoAction { incident: id, action: place }))?;
        if by == action.owner {
            return Err(Refusal::Part(crate::PartRefusal::ChecksOwnAction(by)));
        }
        let checked = Effectiveness { effective, finding: finding.to_owned(), by };
        let found = IncidentsChange::EffectivenessChecked { incident: id, action: place, checked };
        let mut changes = vec![Change::Incidents(found)];
        if !effective && !incident.is_open() {
            let reason = format!("action {place} did not work");
            let again = IncidentsChange::IncidentReopened { incident: id, reason };
            changes.push(Change::Incidents(again));
        }
        Ok(changes)
    }

    fn running(&self, id: IncidentId, place: usize) -> Result<&Clock, Refusal> {
        let clock = self.incident(id)?.clock(place).filter(|clock| clock.end.is_none());
        clock.ok_or(Refusal::Part(crate::PartRefusal::NoClock { incident: id, clock: place }))
    }

    fn meet_clock(
        &self,
        id: IncidentId,
        place: usize,
        how: &str,
        at: Timestamp,
        reference: &str,
    ) -> Decided {
        let clock = self.running(id, place)?;
        if !clock.runs() {
            return Err(unsound("the report", "the clock says how long to keep; nothing is sent"));
        }
        say_something("how it was sent", how)?;
        say_something("the reference", reference)?;
        self.happened("a report is sent", Some(at))?;
        if at < clock.start {
            return Err(unsound("the report", "it was sent before the clock started; check when"));
        }
        let end = ClockEnd::Met { how: how.to_owned(), at, reference: reference.to_owned() };
        one(IncidentsChange::ClockEnded { incident: id, clock: place, end })
    }

    fn stop_clock(&self, id: IncidentId, place: usize, reason: &str) -> Decided {
        self.running(id, place)?;
        say_something("the reason", reason)?;
        let end = ClockEnd::Stopped { reason: reason.to_owned(), at: self.command.at };
        one(IncidentsChange::ClockEnded { incident: id, clock: place, end })
    }

    fn close_incident(&self, id: IncidentId) -> Decided {
        let unfinished = self.open_incident(id)?.unfinished(self.command.at);
        if !unfinished.is_empty() {
            let because = unfinished.join("; ");
            return Err(Refusal::Part(crate::PartRefusal::IncidentUnfinished {
                incident: id,
                because,
            }));
        }
        one(IncidentsChange::IncidentClosed { incident: id })
    }
}

fn one(change: IncidentsChange) -> Decided {
    Ok(vec![Change::Incidents(change)])
}

/// The answers of an assessment, with those that its harm gives by itself.
fn answers(
    rules: &ClockRules,
    assessment: &Assessment,
) -> Result<BTreeMap<FactId, String>, Refusal> {
    let mut facts = assessment.facts.clone();
    if let Some(version) = &assessment.version {
        say_something("the version's label", version)?;
    }
    for (fact, answer) in &facts {
        let unknown = || Refusal::Unknown { what: "question", id: fact.to_string() };
        let question = rules.question(fact).ok_or_else(unknown)?;
        if !question.answers.contains(answer) {
            let answers = question.answers.join(", ");
            let because = format!("`{answer}` is no answer to `{fact}`; choose one of: {answers}");
            return Err(unsound("the assessment", because));
        }
    }
    let Some(id) = &assessment.harm else { return Ok(facts) };
    let unknown = || Refusal::Unknown { what: "harm", id: id.to_string() };
    for (fact, implied) in &rules.harm(id).ok_or_else(unknown)?.implies {
        let said = facts.entry(fact.clone()).or_insert_with(|| implied.clone());
        if said != implied {
            let because = format!("harm `{id}` means `{fact}` is `{implied}`; correct one of them");
            return Err(unsound("the assessment", because));
        }
    }
    Ok(facts)
}

/// From when a clock counts. What is not known gives the earlier instant, so that nothing is late.
fn start(starts: ClockStart, incident: &Incident, assessment: &Assessment) -> Timestamp {
    let noticed = incident.noticed_at();
    let happened = incident.report.happened_at.unwrap_or(noticed);
    match starts {
        ClockStart::Aware | ClockStart::Discovery => assessment.aware_at.unwrap_or(noticed),
        ClockStart::Event => happened,
        ClockStart::FirstService => assessment.first_service_at.unwrap_or(happened),
    }
}

impl Incident {
    /// An action by its place, from 1.
    pub(crate) fn action(&self, place: usize) -> Option<&IncidentAction> {
        self.actions.get(place.checked_sub(1)?)
    }

    /// A clock by its place, from 1.
    pub(crate) fn clock(&self, place: usize) -> Option<&Clock> {
        self.clocks.get(place.checked_sub(1)?)
    }
}
