//! Incidents by hand: which clocks start, when they are due, what keeps an incident open, who is
//! told, and what may leave the house.

use crate::hospital::*;
use crate::parts::incidents::{assessment, clock_rules, plan_action, report};
use governance::*;
use insta::assert_snapshot;
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;

const INC: IncidentId = IncidentId(1);

pub fn act(act: IncidentsAct) -> Act {
    Act::Incidents(act)
}

pub fn adopt(change: fn(&mut ClockRules)) -> Act {
    let mut rules = clock_rules();
    change(&mut rules);
    act(IncidentsAct::AdoptClockRules(rules))
}

pub fn reported(change: fn(&mut IncidentReport)) -> Act {
    let mut report = report();
    report.use_case = None;
    change(&mut report);
    act(IncidentsAct::ReportIncident(report))
}

pub fn assess(assessment: Assessment) -> Act {
    act(IncidentsAct::AssessIncident { incident: INC, assessment })
}

pub fn close() -> Act {
    act(IncidentsAct::CloseIncident { incident: INC })
}

pub fn meet(clock: usize, at: Timestamp) -> Act {
    let (how, reference) = ("By the FDA's portal".to_owned(), "MW-1".to_owned());
    act(IncidentsAct::MeetClock { incident: INC, clock, how, at, reference })
}

pub fn stop(clock: usize) -> Act {
    act(IncidentsAct::StopClock { incident: INC, clock, reason: "It is no device".into() })
}

pub fn complete(action: usize) -> Act {
    act(IncidentsAct::CompleteAction { incident: INC, action, proof: "The ticket".into() })
}

pub fn check_effect(action: usize, effective: bool) -> Act {
    let finding = "Alarms were counted".into();
    act(IncidentsAct::CheckEffectiveness { incident: INC, action, effective, finding })
}

pub fn cause() -> Act {
    act(IncidentsAct::RecordCause { incident: INC, analysis: "The unit was wrong".into() })
}

pub fn reopen() -> Act {
    act(IncidentsAct::ReopenIncident { incident: INC, reason: "The patient came back".into() })
}

/// A hospital with clock rules where `INC-1` was reported on Monday, 18 November 2024, 15:00 UTC.
pub fn with_incident() -> Hospital {
    Hospital::founded()
        .must("office", adopt(|_| {}))
        .at("2024-11-18T15:00:00Z")
        .must("idle", reported(|_| {}))
}

pub const DEATH: [(&str, &str); 3] =
    [("outcome", "death"), ("device", "yes"), ("device-may-have-caused", "yes")];

pub fn death() -> Assessment {
    assessment(Some("i"), &DEATH)
}

/// A hospital where two clocks for a death run, one for the annual report, and one to keep files.
pub fn after_a_death() -> Hospital {
    with_incident().must("office", assess(death()))
}

fn clocks(hospital: &Hospital) -> String {
    let clocks = hospital.record.incidents.incidents[&INC].clocks.iter().map(|clock| {
        let because = clock.because.iter().map(|(fact, answer)| format!("{fact} {answer}"));
        let because = because.collect::<Vec<_>>().join(", ");
        format!("{} until {} ({because})", clock.rule.id, clock.due)
    });
    clocks.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_death_with_a_device_starts_two_clocks_of_ten_work_days() {
    // Thanksgiving, 28 November, and two weekends do not count: the tenth is 3 December.
    assert_snapshot!(clocks(&after_a_death()), @r"
    death-to-fda until 2024-12-04T05:00:00Z (device yes, device-may-have-caused yes, outcome death)
    death-to-manufacturer until 2024-12-04T05:00:00Z (device yes, device-may-have-caused yes, manufacturer-known yes, outcome death)
    mdr-annual-report until 2025-01-02T05:00:00Z (device yes, device-may-have-caused yes, outcome death)
    mdr-event-file until 2026-11-19T05:00:00Z (device yes, outcome death)
    ");
}

/// An assessment in words, and the rules whose clocks start.
#[test]
fn which_clocks_start() {
    let without = |fact: &str, mut from: Assessment| {
        from.facts.remove(&id(fact));
        from
    };
    let people = |people, mut from: Assessment| {
        from.people = people;
        from
    };
    let breach = || assessment(Some("c"), &[("phi-breach", "yes")]);
    let table: Vec<(&str, Assessment)> = vec![
        ("nothing", assessment(Some("a"), &[])),
        ("a death", death()),
        ("a death, device or not is unknown", without("device", death())),
        ("a death, no device", assessment(Some("i"), &[("outcome", "death")])),
        ("a death said by the harm alone", without("outcome", death())),
        (
            "a serious injury",
            assessment(Some("g"), &[("outcome", "serious-injury"), DEATH[1], DEATH[2]]),
        ),
        (
            "a serious injury, unknown maker",
            without(
                "manufacturer-known",
                assessment(Some("g"), &[("outcome", "serious-injury"), DEATH[1], DEATH[2]]),
            ),
        ),
        (
            "a malfunction of a device made here, to be remedied at once",
            assessment(
                Some("c"),
                &[
                    ("malfunction", "yes"),
                    ("we-are-manufacturer", "yes"),
                    ("remedial-action", "yes"),
                    ("device-may-have-caused", "yes"),
                ],
            ),
        ),
        ("a breach of 499", people(Some(499), breach())),
        ("a breach of 500", people(Some(500), breach())),
        ("a breach of nobody knows how many", breach()),
        ("a high-risk system, not in the EU", assessment(Some("c"), &[("eu-high-risk", "yes")])),
    ];
    let lines = table.into_iter().map(|(name, assessment)| {
        let hospital = with_incident().must("office", assess(assessment));
        let started = &hospital.record.incidents.incidents[&INC].clocks;
        let started: Vec<_> = started.iter().map(|clock| clock.rule.id.to_string()).collect();
        format!("{name}: {}", started.join(" "))
    });
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
    nothing: 
    a death: death-to-fda death-to-manufacturer mdr-annual-report mdr-event-file
    a death, device or not is unknown: death-to-fda death-to-manufacturer mdr-annual-report mdr-event-file
    a death, no device: 
    a death said by the harm alone: death-to-fda death-to-manufacturer mdr-annual-report mdr-event-file
    a serious injury: injury-to-manufacturer mdr-annual-report mdr-event-file
    a serious injury, unknown maker: injury-to-manufacturer injury-to-fda mdr-annual-report mdr-event-file
    a malfunction of a device made here, to be remedied at once: maker-malfunction maker-5-work-days
    a breach of 499: breach-individuals breach-hhs-yearly
    a breach of 500: breach-individuals breach-media breach-hhs
    a breach of nobody knows how many: breach-individuals breach-media breach-hhs breach-hhs-yearly
    a high-risk system, not in the EU:
    ");
}

#[test]
fn what_nobody_knows_starts_every_clock_of_the_jurisdictions() {
    let of = |places: fn(&mut ClockRules), day: &str| {
        let hospital = Hospital::founded().must("office", adopt(places)).at(day);
        let hospital = hospital.must("idle", reported(|_| {}));
        let hospital = hospital.must("office", assess(Assessment::default()));
        hospital.record.incidents.incidents[&INC].clocks.len()
    };
    let rules = clock_rules().rules;
    let of_the_us = rules.iter().filter(|rule| rule.jurisdiction == "US").count();
    let europe = rules.iter().filter(|rule| rule.jurisdiction == "EU").count();
    assert_eq!(of(|_| {}, "2024-05-01T00:00:00Z"), of_the_us);
    // The day is the hospital's: in New York it is still 1 December 2027.
    let eu: fn(&mut ClockRules) = |rules| rules.jurisdictions = ["EU".to_owned()].into();
    assert_eq!(of(eu, "2027-12-02T04:59:59Z"), 0);
    assert_eq!(of(eu, "2027-12-02T05:00:00Z"), europe);
    let ends: fn(&mut ClockRules) = |rules| {
        rules.rules.retain(|rule| rule.id.as_str() == "breach-individuals");
        rules.rules[0].until = Some(jiff::civil::date(2024, 5, 1));
    };
    assert_eq!(of(ends, "2024-05-01T03:59:59Z"), 1);
    assert_eq!(of(ends, "2024-05-01T04:00:00Z"), 0);
}

#[test]
fn a_site_brings_its_time_zone_and_its_law() {
    let site = |zone: &str, jurisdiction: &str| {
        Act::Organisation(OrganisationAct::AddSite(Site {
            id: id("west"),
            name: "West".into(),
            time_zone: zone.into(),
            jurisdiction: jurisdiction.into(),
            closed_at: None,
        }))
    };
    let of = |zone: &str, jurisdiction: &str| {
        let hospital = Hospital::founded()
            .must("office", adopt(|it| it.jurisdictions = ["NOWHERE".to_owned()].into()))
            .must("office", site(zone, jurisdiction))
            .at("2026-03-02T07:30:00Z")
            .must("idle", reported(|it| it.site = Some(id("west"))))
            .must("office", assess(assessment(Some("c"), &[("phi-breach", "yes"), TOLD_NOT])));
        let clocks = &hospital.record.incidents.incidents[&INC].clocks;
        let told = clocks.iter().map(|it| format!("{} {}", it.rule.id, it.due));
        told.collect::<Vec<_>>().join("\n")
    };
    // In Los Angeles it is still 1 March, and summer time begins before the clock ends.
    assert_snapshot!(of("America/Los_Angeles", "US-TX"), @r"
    breach-individuals 2026-05-01T07:00:00Z
    breach-media 2026-05-01T07:00:00Z
    breach-hhs 2026-05-01T07:00:00Z
    breach-hhs-yearly 2027-03-02T08:00:00Z
    tx-disclosure 2026-03-02T07:30:00Z
    ");
    assert_eq!(of("Europe/Berlin", "DE"), "");
}

#[test]
fn the_law_of_the_union_binds_its_members() {
    let of = |jurisdiction: &str| {
        let site = Site {
            id: id("west"),
            name: "West".into(),
            time_zone: "Europe/Berlin".into(),
            jurisdiction: jurisdiction.into(),
            closed_at: None,
        };
        let hospital = Hospital::founded()
            .must("office", adopt(|_| {}))
            .must("office", Act::Organisation(OrganisationAct::AddSite(site)))
            .at("2028-03-02T07:30:00Z")
            .must("idle", reported(|it| it.site = Some(id("west"))))
            .must("office", assess(assessment(Some("i"), &[("eu-high-risk", "yes"), DEATH[0]])));
        let clocks = &hospital.record.incidents.incidents[&INC].clocks;
        clocks.iter().map(|it| it.rule.id.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(of("DE"), "eu-deployer-informs eu-death eu-keep-logs");
    assert_eq!(of("CH"), "");
}

/// A report in a sentence leaves the site out: the use case runs at one.
#[test]
fn the_site_of_the_use_case_counts_when_none_is_named() {
    let site = Site {
        id: id("main"),
        name: "Main".into(),
        time_zone: "America/Chicago".into(),
        jurisdiction: "US-TX".into(),
        closed_at: None,
    };
    let told = Hospital::live()
        .must("office", Act::Organisation(OrganisationAct::AddSite(site)))
        .must("office", adopt(|_| {}))
        .at("2026-03-02T07:30:00Z")
        .must("idle", act(IncidentsAct::ReportIncident(report())))
        .must("office", assess(assessment(Some("c"), &[TOLD_NOT])));
    let clocks = &told.record.incidents.incidents[&INC].clocks;
    let started: Vec<_> = clocks.iter().map(|it| (it.rule.id.as_str(), &*it.time_zone)).collect();
    assert_eq!(started, [("tx-disclosure", "America/Chicago")]);
}

const TOLD_NOT: (&str, &str) = ("ai-disclosed", "no");

#[test]
fn later_facts_start_further_clocks_and_what_runs_stays() {
    let mut rules = clock_rules();
    rules.version = "2.0.0".into();
    for rule in &mut rules.rules {
        rule.length = Length::Hours(1);
    }
    let injury = || assessment(Some("g"), &[("outcome", "serious-injury"), DEATH[1], DEATH[2]]);
    let before = with_incident().must("office", assess(injury()));
    let after = before.clone().must("office", act(IncidentsAct::AdoptClockRules(rules)));
    assert_eq!(clocks(&before), clocks(&after));
    // The patient died on 2 December, and that was known on the 3rd.
    let died = Assessment { aware_at: Some(id("2024-12-03T15:00:00Z")), ..death() };
    let after = before.at("2024-12-04T15:00:00Z").must("office", assess(died));
    let told = |hospital: &Hospital| {
        let clocks = hospital.record.incidents.incidents[&INC].clocks.iter();
        let lines = clocks.map(|clock| format!("{} {}", clock.rule.id, clock.due));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(told(&after), @r"
    injury-to-manufacturer 2024-12-04T05:00:00Z
    mdr-annual-report 2025-01-02T05:00:00Z
    mdr-event-file 2026-11-19T05:00:00Z
    death-to-fda 2024-12-18T05:00:00Z
    death-to-manufacturer 2024-12-18T05:00:00Z
    ");
}

#[test]
fn a_stopped_clock_starts_again_only_on_other_facts() {
    let count = |hospital: &Hospital| hospital.record.incidents.incidents[&INC].clocks.len();
    let unknown = Assessment { facts: [].into(), harm: Some(id("i")), ..death() };
    let stopped = with_incident().must("office", assess(unknown.clone())).must("office", stop(1));
    let before = count(&stopped);
    let same = stopped.must("office", assess(unknown));
    assert_eq!(count(&same), before);
    let other = same.must("office", assess(death()));
    assert_eq!(count(&other), before + 1);
}

#[test]
fn harm_at_a_live_use_case_opens_one_case() {
    let live = || {
        let report = act(IncidentsAct::ReportIncident(report()));
        Hospital::live().must("office", adopt(|_| {})).must("idle", report)
    };
    let mild = || assessment(Some("d"), &[]);
    let unknown = || Assessment { harm: None, ..mild() };
    assert_eq!(live().must("office", assess(mild())).summary(), "live; open cases: []");
    let twice = live().must("office", assess(death())).must("office", assess(unknown()));
    assert_eq!(twice.summary(), "live; open cases: [CASE-1]");
    let case = &twice.record.cases[&CaseId(1)];
    assert_eq!(case.cause, Cause::Incident { incident: INC });
    assert_eq!(case.answer_by, days_after(twice.now, 1));
    assert_eq!(live().must("office", assess(unknown())).summary(), "live; open cases: [CASE-1]");
    // Who stops it first and says what is known later does not spare the body its answer.
    let stopped = live().must("chair", suspend()).must("office", assess(death()));
    assert_eq!(stopped.summary(), "suspended; open cases: [CASE-1]");
}

/// Who reports need not know which AI system it was; what is found out later counts as if they had.
#[test]
fn the_use_case_may_be_found_out_later() {
    let untold = || Hospital::live().must("office", adopt(|_| {})).must("idle", reported(|_| ()));
    assert_eq!(untold().must("office", assess(death())).summary(), "live; open cases: []");
    let found = || Assessment { use_case: Some(UC), ..death() };
    let known = untold().must("office", assess(found()));
    assert_eq!(known.summary(), "live; open cases: [CASE-1]");
    let use_case = |hospital: &Hospital| hospital.record.incidents.incidents[&INC].use_case();
    assert_eq!(use_case(&known), Some(UC));
    // What was found out stays, said again or not.
    let known = known.must("office", assess(death()));
    assert_eq!(use_case(&known), Some(UC));
    let mut other = known.must("idle", propose());
    let of_other = Assessment { use_case: Some(UseCaseId(2)), ..death() };
    let answers = [
        other.give("office", assess(of_other)),
        untold().give("office", assess(Assessment { use_case: Some(UseCaseId(9)), ..death() })),
    ];
    assert_snapshot!(answers.map(|it| in_words(&it)).join("\n"), @r"
    refused: the assessment is not sound: INC-1 is about UC-1 already
    refused: the record has no use case `UC-9`; check the id
    ");
}

/// What a body decided when the harm was less does not answer for more.
#[test]
fn harm_that_turns_out_worse_opens_another_case() {
    let report = act(IncidentsAct::ReportIncident(report()));
    let hurt = Hospital::live()
        .must("office", adopt(|_| {}))
        .must("idle", report)
        .must("office", assess(assessment(Some("e"), &[])));
    assert_eq!(hurt.record.cases[&CaseId(1)].answer_by, days_after(hurt.now, 7));
    let decided = hurt.must("chair", open_motion(on_case(Outcome::Go))).carried(2);
    assert_eq!(decided.summary(), "live; open cases: []");
    let died = decided.wait(2).must("office", assess(death()));
    assert_eq!(died.summary(), "live; open cases: [CASE-2]");
    assert_eq!(died.record.cases[&CaseId(2)].answer_by, days_after(died.now, 1));
    let less = died.must("office", assess(assessment(Some("f"), &[("outcome", "none")])));
    assert_eq!(less.summary(), "live; open cases: [CASE-2]");
}

/// Nobody but its owner proves an action done: one whose owner left is replaced, or the incident
/// could never be closed.
#[test]
fn an_action_whose_owner_left_can_be_replaced() {
    let hospital = after_a_death();
    let due = days_after(hospital.now, 5);
    let planned = hospital.must("office", plan_action(1, "nurse", due, None));
    let instead = || plan_action(1, "owner", due, Some(1));
    let mut early = planned.clone();
    assert_snapshot!(in_words(&early.give("office", instead())), @"refused: the action is not sound: action 1 did not fail or is replaced already");
    let left = planned.must("office", Act::NoteDeparture { person: id("nurse") });
    let tasks = work(&left.record, left.now);
    let what = "Plan what replaces action 1 of INC-1, as its owner left";
    assert!(tasks.iter().any(|task| task.what == what), "{tasks:#?}");
    let mut replaced = left.must("office", instead()).must("owner", complete(2));
    let open = replaced.record.incidents.incidents[&INC].unfinished(replaced.now);
    assert!(!open.iter().any(|it| it.contains("action")), "{open:?}");
    assert!(replaced.give("office", instead()).is_err());
}

/// What keeps an incident open, step by step.
#[test]
fn an_incident_closes_when_nothing_is_left() {
    let mut hospital = after_a_death();
    let mut told = Vec::new();
    let mut step = |hospital: &mut Hospital, name: &str, actor: &str, act: Option<Act>| {
        if let Some(act) = act {
            hospital.give(actor, act).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        }
        let incident = &hospital.record.incidents.incidents[&INC];
        told.push(format!("{name}: {}", incident.unfinished(hospital.now).join("; ")));
    };
    let now = hospital.now;
    let due = days_after(now, 5);
    step(&mut hospital, "assessed", "office", None);
    for clock in [1, 2] {
        step(&mut hospital, "sent", "office", Some(meet(clock, now)));
    }
    step(&mut hospital, "stopped", "office", Some(stop(3)));
    step(&mut hospital, "cause", "office", Some(cause()));
    step(&mut hospital, "planned", "office", Some(plan_action(1, "owner", due, None)));
    step(&mut hospital, "done", "owner", Some(complete(1)));
    hospital = hospital.wait(40);
    step(&mut hospital, "40 days on", "office", None);
    step(&mut hospital, "checked", "nurse", Some(check_effect(1, false)));
    let due = days_after(hospital.now, 5);
    step(&mut hospital, "again", "office", Some(plan_action(1, "owner", due, Some(1))));
    step(&mut hospital, "done", "owner", Some(complete(2)));
    step(&mut hospital, "closed", "office", Some(close()));
    assert_snapshot!(told.join("\n"), @r"
    assessed: clock 1 runs (Report the death to the FDA); clock 2 runs (Report the death to the manufacturer); clock 3 runs (List the event in the annual report); no cause is recorded
    sent: clock 2 runs (Report the death to the manufacturer); clock 3 runs (List the event in the annual report); no cause is recorded
    sent: clock 3 runs (List the event in the annual report); no cause is recorded
    stopped: no cause is recorded
    cause: 
    planned: action 1 is not done
    done: 
    40 days on: the check of action 1 is due
    checked: action 1 did not work and nothing replaces it
    again: action 2 is not done
    done: 
    closed:
    ");
    // A check after closing that finds no effect opens it again.
    let events = hospital.give("nurse", check_effect(2, false)).expect("checks outlive closing");
    assert_eq!(changes(&events), "effectiveness_checked, incident_reopened");
    // A near miss needs no cause.
    let near = Assessment { near_miss: YesNo::Yes, ..assessment(Some("b"), &[]) };
    with_incident().must("office", assess(near)).must("office", close());
}

fn work_of(hospital: &Hospital) -> String {
    let tasks = work(&hospital.record, hospital.now).into_iter();
    // Other parts of the record have tasks too.
    let tasks = tasks.filter(|task| task.what.contains("INC-1")).map(|task| {
        let who = match task.who {
            Waiting::Person(person) => person.to_string(),
            Waiting::Body(body) => body.to_string(),
        };
        format!("{who}{}: {}", if task.overdue { " (overdue)" } else { "" }, task.what)
    });
    tasks.collect::<Vec<_>>().join("\n")
}

fn officer(handle: &str, role: &str) -> Act {
    Act::AddPerson(Person { roles: [role.to_owned()].into(), ..person(handle) })
}

#[test]
fn work_names_what_waits_and_for_whom() {
    let mut hospital = Hospital::founded()
        .must("office", adopt(|_| {}))
        .must("office", Act::CharterBody(committee()))
        .must("office", officer("safety", "patient-safety-officer"))
        .must("office", officer("legal", "compliance-officer"))
        .must("idle", reported(|_| {}));
    let mut told = vec![work_of(&hospital)];
    hospital = hospital.wait(1);
    told.push(work_of(&hospital));
    let due = days_after(hospital.now, 3);
    hospital = hospital
        .must("safety", assess(death()))
        .must("safety", plan_action(1, "owner", due, None))
        .wait(20);
    let events = hospital.give("@scheduler", Act::Tick).expect("it ticks");
    assert_eq!(changes(&events), "clock_escalated, clock_escalated, clock_escalated");
    assert_eq!(hospital.give("@scheduler", Act::Tick), Ok(Vec::new()), "once");
    told.push(work_of(&hospital));
    hospital = hospital.must("owner", complete(1)).wait(20);
    told.push(work_of(&hospital));
    assert_snapshot!(told.join("\n\n"), @r"
    safety: Assess INC-1: The score was high and nobody looked

    safety (overdue): Assess INC-1: The score was high and nobody looked

    legal (overdue): Meet clock 3 of INC-1: List the event in the annual report (by the next 01-01, to FDA)
    committee (overdue): Meet clock 3 of INC-1: List the event in the annual report (by the next 01-01, to FDA)
    owner (overdue): Do action 1 of INC-1: Change the threshold
    legal (overdue): Meet clock 1 of INC-1: Report the death to the FDA (10 work days, to FDA)
    committee (overdue): Meet clock 1 of INC-1: Report the death to the FDA (10 work days, to FDA)
    legal (overdue): Meet clock 2 of INC-1: Report the death to the manufacturer (10 work days, to the manufacturer)
    committee (overdue): Meet clock 2 of INC-1: Report the death to the manufacturer (10 work days, to the manufacturer)

    legal (overdue): Meet clock 3 of INC-1: List the event in the annual report (by the next 01-01, to FDA)
    committee (overdue): Meet clock 3 of INC-1: List the event in the annual report (by the next 01-01, to FDA)
    legal (overdue): Meet clock 1 of INC-1: Report the death to the FDA (10 work days, to FDA)
    committee (overdue): Meet clock 1 of INC-1: Report the death to the FDA (10 work days, to FDA)
    legal (overdue): Meet clock 2 of INC-1: Report the death to the manufacturer (10 work days, to the manufacturer)
    committee (overdue): Meet clock 2 of INC-1: Report the death to the manufacturer (10 work days, to the manufacturer)
    safety (overdue): Check action 1 of INC-1: Count the alarms of a month
    ");
}

#[test]
fn an_overdue_legal_clock_keeps_a_use_case_from_approval() {
    let report = act(IncidentsAct::ReportIncident(report()));
    let hospital = Hospital::ready().must("office", adopt(|_| {})).must("idle", report);
    let hospital = hospital.must("office", assess(death())).wait(20);
    let lacks = hospital.record.lacks(hospital.use_case(), hospital.now);
    assert_eq!(lacks, ["a legal clock of INC-1 ran out; send the report"]);
}

fn alike(count: usize) -> Hospital {
    let mut hospital = Hospital::live().must("office", adopt(|_| {}));
    for number in 1..=count {
        let incident = IncidentId(u32::try_from(number).expect("small"));
        let assessment = assessment(Some("c"), &[]);
        hospital = hospital
            .must("idle", act(IncidentsAct::ReportIncident(report())))
            .must("office", act(IncidentsAct::AssessIncident { incident, assessment }));
    }
    hospital
}

fn cleared(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_blinded_export_leaves_out_what_fewer_than_eleven_share() {
    let of = |count: usize| {
        let hospital = alike(count);
        let incident = &hospital.record.incidents.incidents[&INC];
        let export = blinded(&hospital.record, incident, &cleared(&[]));
        assert_eq!(traces(&hospital.record, &export), []);
        export
    };
    let told: Vec<_> = of(10)["left_out"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| {
            format!(
                "{}: {}",
                it["what"].as_str().expect("a name"),
                it["because"].as_str().expect("why")
            )
        })
        .collect();
    assert_snapshot!(told.join("\n"), @r"
    harm: too few on record are alike in it
    year: too few on record are alike in it
    month: too few on record are alike in it
    ai_type: too few on record are alike in it
    what: it is free text that nobody has read and answers for
    cause: it is free text that nobody has read and answers for
    actions: it is free text that nobody has read and answers for
    ");
    assert_snapshot!(of(11), @r#"
    {"format":"primum-blinded-incident","harm":"c","year":"2024","month":"2024-02","ai_type":"predictive","near_miss":"no","ai_contribution":"unknown","input_data_problem":"unknown","human_override":"unknown","actions_planned":0,"actions_effective":0,"text":{},"left_out":[{"what":"what","because":"it is free text that nobody has read and answers for"},{"what":"cause","because":"it is free text that nobody has read and answers for"},{"what":"actions","because":"it is free text that nobody has read and answers for"}]}
    "#);
}

/// A text, and what is found in it.
#[test]
fn what_may_lead_back_is_found_and_nothing_else() {
    let texts = [
        "The score was high and nobody looked; 14 of 20 alarms were false in May 2024.",
        "Seen on 2024-05-03.",
        "Seen on 5/3/24, and again on 5/4.",
        "On March 5th at 14:32 the alarm rang",
        "on the 5th of March",
        "A 93-year-old, another aged 91, a 95yo; 93 alarms in 100 beds",
        "MRN 123, chart 00123456",
        "Call (555) 123-4567 or 555.123.4567",
        "SSN 123-45-6789 in 02115-1234, or 02115",
        "Mail jane@example.org, see https://example.org/x or www.example.org",
        "See INC-1 and UC-12",
        "At Example General the OWNER of acme-health said so",
    ];
    let hospital = alike(1);
    let lines = texts.into_iter().map(|text| {
        let found = traces(&hospital.record, &json!({ "text": { "what": text } }));
        let found = found.iter().map(|trace| {
            assert_eq!(trace.at, "/text/what");
            format!("{}@{}: {}", trace.found, trace.place, trace.because)
        });
        format!("{text}\n    {}", found.collect::<Vec<_>>().join("\n    "))
    });
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
    The score was high and nobody looked; 14 of 20 alarms were false in May 2024.
        
    Seen on 2024-05-03.
        2024-05-03@9: it is a date; say the month at most
    Seen on 5/3/24, and again on 5/4.
        5-3-24@9: it is a date; say the month at most
        5-4@30: it is a date; say the month at most
    On March 5th at 14:32 the alarm rang
        14-32@17: it is a time of day; leave it out
        march@4: it is a date; say the month at most
    on the 5th of March
        march@15: it is a date; say the month at most
    A 93-year-old, another aged 91, a 95yo; 93 alarms in 100 beds
        93@3: it is an age over 89; say 90 or older
        91@29: it is an age over 89; say 90 or older
        95@35: it is an age over 89; say 90 or older
    MRN 123, chart 00123456
        00123456@16: it may be a record number; leave it out
        mrn@1: it is a record number; leave it out
    Call (555) 123-4567 or 555.123.4567
        555-123-4567@7: it may be a telephone number; leave it out
        555-123-4567@24: it may be a telephone number; leave it out
    SSN 123-45-6789 in 02115-1234, or 02115
        123-45-6789@5: it may be a social security number; leave it out
        02115-1234@20: it may be a ZIP code; leave it out
        02115@35: it may be a ZIP code; leave it out
    Mail jane@example.org, see https://example.org/x or www.example.org
        jane@example.org,@6: it is an e-mail address; leave it out
        https://example.org/x@28: it is a link; leave it out
        www.example.org@53: it is a link; leave it out
    See INC-1 and UC-12
        inc-1@5: it is an id; leave it out
        uc-12@15: it is an id; leave it out
    At Example General the OWNER of acme-health said so
        acme-health@33: it is a name on record; say what, not who or where
        example general@4: it is a name on record; say what, not who or where
        owner@24: it is a name on record; say what, not who or where
    ");
    // A field put in by hand is counted again.
    let rare = traces(&hospital.record, &json!({ "harm": "c", "month": "2024-02" }));
    assert_snapshot!(rare[0].found, @r"
    harm, month: 1 incidents on record are alike in this
    ");
}

#[test]
fn worksheets_say_what_is_known_and_what_to_look_up() {
    let hospital = after_a_death().must("office", meet(1, "2024-11-18T15:00:00Z".parse().unwrap()));
    let incident = &hospital.record.incidents.incidents[&INC];
    assert_snapshot!(worksheet(&hospital.record, incident, Worksheet::Fda3500a), @r"
    Form FDA 3500A, worksheet for INC-1
    Field numbers are unverified: compare them with the current form.
    Days and times are those of America/New_York.

    A    patient                (never in the record: from the chart)
    B2   outcome                i: Death
    B3   date of event          (not in the record: look it up)
    B5   event or problem       The score was high and nobody looked
    D1   brand name             (not in the record: look it up)
    D3   manufacturer           (not in the record: look it up)
    D4   version                (not in the record: look it up)
    F2   facility report number (not in the record: look it up)
    F6   facility became aware  2024-11-18
    F7   type of report         initial, unless one was sent before (see clocks)
    F10  event problem codes    (not in the record: look it up)
    F12  where it happened      (not in the record: look it up)

    Timeline

    Clocks
      1. Report the death to the FDA (to FDA): sent 2024-11-18, MW-1
      2. Report the death to the manufacturer (to the manufacturer): runs until the end of 2024-12-03
      3. List the event in the annual report (to FDA): runs until the end of 2025-01-01
      4. Keep the event file (to the facility's own files): runs until the end of 2026-11-18
    ");
    assert_snapshot!(worksheet(&hospital.record, incident, Worksheet::MipsIaPspa34), @r"
    MIPS IA_PSPA_34, what an attestation rests on

    a. A data field that ties an event to AI
       [ ] 0 of 1 incidents say whether AI had a part
    b. A protocol to find harms and near misses
       [x] 1 incidents assessed, 0 of them near misses
       Rules in force: primum-clocks 1.0.0
    c. A protocol to mitigate
       [ ] 0 actions done, 0 checked for effect

    INC-1 (open)  0 actions
    ");
}

#[test]
fn a_worksheet_has_the_days_and_the_names_of_the_site() {
    let site = Act::Organisation(OrganisationAct::AddSite(Site {
        id: id("west"),
        name: "West clinics".into(),
        time_zone: "America/Chicago".into(),
        jurisdiction: "US-TX".into(),
        closed_at: None,
    }));
    let vendor = Act::Vendors(governance::VendorsAct::RegisterVendor(governance::Vendor {
        id: id("acme-health"),
        name: "Acme Health, Inc.".into(),
        contact: "support".into(),
    }));
    let system = |name: &str, vendor: &str| Act::RegisterSystem {
        name: name.into(),
        vendor: id(vendor),
        ai_type: governance::AiType::Predictive,
    };
    let of = |change: fn(&mut IncidentReport)| {
        let hospital = Hospital::founded()
            .must("office", adopt(|_| ()))
            .must("office", site.clone())
            .must("office", vendor.clone())
            .must("office", system("Score", "acme-health"))
            .must("office", system("Own score", "in-house"))
            .at("2024-01-12T01:30:00Z")
            .must("idle", reported(change))
            .must("office", assess(death()));
        let incident = &hospital.record.incidents.incidents[&INC];
        let text = worksheet(&hospital.record, incident, Worksheet::Fda3500a);
        let wanted = ["Days", "B3", "D3", "F6", "F12", "  2."];
        let lines = text.lines().filter(|line| wanted.iter().any(|it| line.starts_with(it)));
        lines.collect::<Vec<_>>().join("\n")
    };
    // It was still 11 January there; the tenth work day after it is the 26th.
    assert_snapshot!(of(|it| {
        it.site = Some(id("west"));
        it.system = Some(SystemId(1));
        it.happened_at = Some("2024-01-12T01:00:00Z".parse().unwrap());
    }), @r"
    Days and times are those of America/Chicago.
    B3   date of event          2024-01-11
    D3   manufacturer           Acme Health, Inc.
    F6   facility became aware  2024-01-11
    F12  where it happened      West clinics
      2. Report the death to the manufacturer (to the manufacturer): runs until the end of 2024-01-26
    ");
    assert_snapshot!(of(|it| it.system = Some(SystemId(2))), @r"
    Days and times are those of America/New_York.
    B3   date of event          (not in the record: look it up)
    D3   manufacturer           Example General (in-house)
    F6   facility became aware  2024-01-11
    F12  where it happened      (not in the record: look it up)
      2. Report the death to the manufacturer (to the manufacturer): runs until the end of 2024-01-26
    ");
}
