//! Observations, signals, cases and what clocks do.

use crate::hospital::*;
use governance::*;
use insta::assert_snapshot;
use statistics::{Cohort, Estimate, Measure};

/// Plays acts on dates and says what each came to.
fn story(mut hospital: Hospital, acts: Vec<(&str, &str, Act)>) -> String {
    let mut lines = Vec::new();
    for (date, actor, act) in acts {
        hospital = hospital.at(&format!("{date}T00:00:00Z"));
        let (name, answer) = (act.name(), hospital.give(actor, act));
        let events = answer.as_deref().unwrap_or_default();
        let told = events.iter().filter_map(|event| match &event.change {
            Change::CaseEscalated { case, escalated } => {
                let person = escalated.person.as_ref().map(PersonId::as_str).unwrap_or("nobody");
                Some(format!("; {case} goes to {:?}, {person}", escalated.tell))
            }
            Change::CaseOpened(case) => {
                Some(format!("; {} for {} until {}", case.id, case.owner, case.answer_by))
            }
            Change::SignalRaised { case, signal } => {
                let cohort = signal.cohort.as_ref().map_or("all".into(), Cohort::to_string);
                Some(format!("; {case}: {} in {cohort}, {}", signal.watch, signal.finding))
            }
            _ => None,
        });
        lines.push(format!("{date} {name} → {}{}", in_words(&answer), told.collect::<String>()));
    }
    lines.join("\n")
}

#[test]
fn an_open_case_climbs_its_ladder_once() {
    let tick = |date| (date, "@scheduler", Act::Tick);
    let climbed = story(
        Hospital::slipped(),
        vec![
            tick("2024-04-05"),
            tick("2024-04-05"),
            tick("2024-04-07"),
            tick("2024-04-08"),
            tick("2024-04-08"),
            tick("2024-05-01"),
            tick("2024-06-01"),
        ],
    );
    assert_snapshot!(climbed, @r"
    2024-04-05 tick → case_escalated; CASE-1 goes to Owner, owner
    2024-04-05 tick → nothing
    2024-04-07 tick → nothing
    2024-04-08 tick → case_escalated; CASE-1 goes to Chair, chair
    2024-04-08 tick → nothing
    2024-05-01 tick → case_escalated; CASE-1 goes to Sponsor, sponsor
    2024-06-01 tick → nothing
    ");
    let late = story(Hospital::slipped(), vec![tick("2024-05-01"), tick("2024-05-02")]);
    assert_snapshot!(late, @r"
    2024-05-01 tick → case_escalated, case_escalated, case_escalated; CASE-1 goes to Owner, owner; CASE-1 goes to Chair, chair; CASE-1 goes to Sponsor, sponsor
    2024-05-02 tick → nothing
    ");
    let closed = Hospital::slipped().must("chair", stop_on_case());
    assert_snapshot!(story(closed, vec![tick("2024-05-01")]), @"2024-05-01 tick → nothing");
}

fn january(measure: Measure, value: f64, change: fn(&mut Estimate)) -> Act {
    let mut observed = observed("2024-02", 0.1);
    let mut estimate = estimate(measure, value, None);
    change(&mut estimate);
    observed.estimates = vec![estimate];
    Act::RecordObservation(Box::new(observed))
}

fn reading(evidence: f64, cohorts: &[&str]) -> Act {
    let mut observed = observed("2024-02", 0.1);
    observed.readings = cohorts
        .iter()
        .map(|level| Reading {
            watch: id("calibration"),
            cohort: Some(Cohort { attribute: "race".into(), level: (*level).into() }),
            evidence,
            limit: 20.0,
            finding: "more outcomes than predicted".into(),
        })
        .collect();
    Act::RecordObservation(Box::new(observed))
}

#[test]
fn a_breach_opens_a_case() {
    let live = Hospital::live;
    let day = "2024-04-05";
    let table = [
        ("within the bound", observe("2024-02", 0.5)),
        ("beyond the bound", observe("2024-02", 0.56)),
        ("beyond, too few", january(Measure::FlagRate, 0.9, |it| it.n = Some(49))),
        ("beyond, no interval", january(Measure::FlagRate, 0.9, |it| it.lower = None)),
        ("beyond, another measure", january(Measure::Ppv, 0.9, |_| ())),
        (
            "beyond, in a cohort",
            january(Measure::FlagRate, 0.9, |it| {
                it.cohort = Some(Cohort { attribute: "race".into(), level: "A".into() });
            }),
        ),
        ("below the limit", reading(19.99, &["A"])),
        ("at the limit", reading(20.0, &["A", "B"])),
    ];
    let lines =
        table.map(|(name, act)| format!("{name}: {}", story(live(), vec![(day, "@monitor", act)])));
    assert_snapshot!(lines.join("\n"), @r"
    within the bound: 2024-04-05 record_observation → observed
    beyond the bound: 2024-04-05 record_observation → observed, case_opened, signal_raised; CASE-1 for owner until 2024-04-19T00:00:00Z; CASE-1: flags in all, 0.560 (0.510 to 0.610, n 1000) misses lower end at most 0.5
    beyond, too few: 2024-04-05 record_observation → observed
    beyond, no interval: 2024-04-05 record_observation → observed
    beyond, another measure: 2024-04-05 record_observation → observed
    beyond, in a cohort: 2024-04-05 record_observation → observed
    below the limit: 2024-04-05 record_observation → observed
    at the limit: 2024-04-05 record_observation → observed, case_opened, signal_raised, signal_raised; CASE-1 for owner until 2024-04-15T00:00:00Z; CASE-1: calibration in race = A, more outcomes than predicted; CASE-1: calibration in race = B, more outcomes than predicted
    ");
}

#[test]
fn signals_of_one_watch_gather_in_one_case() {
    let mut both = observed("2024-04", 0.9);
    both.readings = vec![Reading {
        watch: id("calibration"),
        cohort: None,
        evidence: 40.0,
        limit: 20.0,
        finding: "drift".into(),
    }];
    let gathered = story(
        Hospital::slipped(),
        vec![
            ("2024-05-01", "@monitor", observe("2024-03", 0.8)),
            ("2024-06-01", "@monitor", Act::RecordObservation(Box::new(both))),
            ("2024-06-02", "chair", stop_on_case()),
            ("2024-07-01", "@monitor", observe("2024-05", 0.9)),
        ],
    );
    assert_snapshot!(gathered, @r"
    2024-05-01 record_observation → observed, signal_raised; CASE-1: flags in all, 0.800 (0.750 to 0.850, n 1000) misses lower end at most 0.5
    2024-06-01 record_observation → observed, signal_raised, case_opened, signal_raised; CASE-1: flags in all, 0.900 (0.850 to 0.950, n 1000) misses lower end at most 0.5; CASE-2 for owner until 2024-06-11T00:00:00Z; CASE-2: calibration in all, drift
    2024-06-02 stop_on_case → motion_opened, decision_carried, case_closed, suspended
    2024-07-01 record_observation → observed, case_opened, signal_raised; CASE-3 for owner until 2024-07-15T00:00:00Z; CASE-3: flags in all, 0.900 (0.850 to 0.950, n 1000) misses lower end at most 0.5
    ");
}

#[test]
fn an_unknown_version_opens_one_case() {
    let reports = story(
        Hospital::live(),
        vec![
            ("2024-03-01", "@gate", report_version("v2")),
            ("2024-03-01", "@gate", report_version("v2")),
            ("2024-03-02", "@gate", report_version("v3")),
            ("2024-03-02", "chair", stop_on_case()),
            ("2024-03-03", "@gate", report_version("v2")),
        ],
    );
    assert_snapshot!(reports, @r"
    2024-03-01 report_unknown_version → case_opened; CASE-1 for owner until 2024-03-04T00:00:00Z
    2024-03-01 report_unknown_version → nothing
    2024-03-02 report_unknown_version → case_opened; CASE-2 for owner until 2024-03-05T00:00:00Z
    2024-03-02 stop_on_case → motion_opened, decision_carried, case_closed, suspended
    2024-03-03 report_unknown_version → case_opened; CASE-3 for owner until 2024-03-06T00:00:00Z
    ");
}

#[test]
fn an_overdue_condition_opens_one_case() {
    let due = "2024-03-10T00:00:00Z".parse().expect("a time");
    let motion = with_condition(approve(Outcome::Go), "owner", due);
    let motion = with_condition(motion, "tech", days_after(due, 1));
    let live = Hospital::ready().must("chair", open_motion(motion)).carried(1);
    let tick = |date| (date, "@scheduler", Act::Tick);
    let overdue = story(
        live,
        vec![
            tick("2024-03-09"),
            tick("2024-03-10"),
            tick("2024-03-10"),
            ("2024-03-10", "tech", meet_condition(1, 2)),
            tick("2024-03-11"),
            ("2024-03-11", "chair", stop_on_case()),
            tick("2024-04-01"),
        ],
    );
    assert_snapshot!(overdue, @r"
    2024-03-09 tick → nothing
    2024-03-10 tick → case_opened; CASE-1 for owner until 2024-03-17T00:00:00Z
    2024-03-10 tick → case_escalated; CASE-1 goes to Owner, owner
    2024-03-10 meet_condition → condition_met
    2024-03-11 tick → nothing
    2024-03-11 stop_on_case → motion_opened, decision_carried, case_closed, suspended
    2024-04-01 tick → nothing
    ");
}

#[test]
fn months_come_in_order_and_detectors_start_anew_after_a_signal() {
    let mut hospital = Hospital::slipped();
    let watched = |hospital: &Hospital| {
        let month = |month: Option<Month>| month.map_or("none".into(), |it| it.to_string());
        let record = &hospital.record;
        let use_case = hospital.use_case();
        let since = |watch: &str| month(record.watched_since(use_case, &id(watch)));
        let next = month(record.next_month(use_case));
        format!("{} {} {next}", since("flags"), since("calibration"))
    };
    let mut seen = vec![watched(&Hospital::ready()), watched(&hospital)];
    hospital = hospital.must("@gate", report_version("v2"));
    let on_version = motion(Question::Case { case: CaseId(2) }, Outcome::Go);
    hospital = hospital.must("chair", open_motion(on_version)).carried(2);
    seen.push(watched(&hospital));
    hospital = hospital.at("2024-05-15T00:00:00Z");
    hospital = hospital.must("chair", open_motion(on_case(Outcome::Go))).carried(3);
    seen.push(watched(&hospital));
    // Decided on 15 May: April is not mature, and March, which is, was not observed yet.
    hospital = hospital.at("2024-06-15T00:00:00Z").must("@monitor", observe("2024-03", 0.1));
    seen.push(watched(&hospital));
    hospital = hospital.must("@monitor", observe("2024-04", 0.1));
    seen.push(watched(&hospital));
    assert_eq!(
        seen,
        [
            "none none none",
            "2024-02 2024-02 2024-03",
            "2024-02 2024-02 2024-03",
            "2024-03 2024-02 2024-03",
            "2024-04 2024-02 2024-04",
            "2024-04 2024-02 2024-05",
        ]
    );
}

#[test]
fn stopping_is_easy_and_resuming_takes_the_body() {
    let mut stopped = Hospital::slipped().must("chair", stop_on_case());
    assert_eq!(stopped.summary(), "suspended; open cases: []");
    assert!(stopped.give("chair", open_motion(resume(Outcome::Go))).is_ok());
    let alone = stopped.clone().must("chair", vote(3, Choice::Approve)).give("chair", carry(3));
    assert_eq!(
        in_words(&alone),
        "refused: no quorum: 1 of 3 seats took part; ask the others to vote"
    );
    assert_eq!(stopped.carried(3).summary(), "live; open cases: []");
}
