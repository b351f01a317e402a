//! The five fields over time: each lapses on its day, puts a live use case out of policy, and is
//! mended.

use crate::hospital::*;
use governance::*;
use insta::assert_snapshot;

/// How many fields hold at some dates, which do not, and when the gate closes.
fn over(hospital: &Hospital, dates: &[&str]) -> String {
    let line = |date: &&str| {
        let now = format!("{date}T00:00:00Z").parse().expect("a time");
        let standing = hospital.record.standing(hospital.use_case(), now);
        let not_met = standing.fields.iter().filter(|field| !field.is_met());
        let not_met: Vec<_> =
            not_met.map(|field| format!("{}: {}", field.kind.title(), field.because)).collect();
        let closes = standing.gate_closes_at.map(|at| format!("; the gate closes {at}"));
        let (met, closes) = (standing.met(), closes.unwrap_or_default());
        format!("{date} {met} of 5 {}{closes}", not_met.join("; "))
    };
    dates.iter().map(line).map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Live, with the months of 2024 observed: 5 February 2025.
fn steady() -> Hospital {
    let mut hospital = Hospital::live().at("2025-02-05T00:00:00Z");
    for month in 2..=12 {
        hospital = hospital.must("@monitor", observe(&format!("2024-{month:02}"), 0.1));
    }
    hospital
}

#[test]
fn fields_come_one_by_one() {
    let table = [
        Hospital::proposed(),
        Hospital::triaged(),
        Hospital::validating(),
        Hospital::piloting(),
        Hospital::proved(),
        Hospital::ready(),
        Hospital::live(),
        Hospital::live().must("tech", suspend()),
    ];
    let line = |hospital: Hospital| {
        let standing = hospital.standing();
        let fields: Vec<_> = standing.fields.iter().map(|field| field.because.as_str()).collect();
        format!("{} {}: {}", hospital.use_case().stage, standing.met(), fields.join(" | "))
    };
    assert_snapshot!(table.map(line).join("\n"), @r"
    proposed 0: nobody answers for it yet | its facts are not stated yet | no standard to meet yet | no monitoring plan yet | no body has the right to decide on it
    triaged 3: sponsor, owner, tech | T3 by tiers 1 | no standard to meet yet | no monitoring plan yet | AI committee decides
    validating 3: sponsor, owner, tech | T3 by tiers 1 | no evidence against predictive-t3 yet | no monitoring plan yet | AI committee decides
    piloting 3: sponsor, owner, tech | T3 by tiers 1 | no evidence against predictive-t3 yet | no monitoring plan yet | AI committee decides
    piloting 4: sponsor, owner, tech | T3 by tiers 1 | EV-1 meets predictive-t3 1 | no monitoring plan yet | AI committee decides
    piloting 5: sponsor, owner, tech | T3 by tiers 1 | EV-1 meets predictive-t3 1 | a plan is adopted; it starts with going live | AI committee decides
    live 5: sponsor, owner, tech | T3 by tiers 1 | EV-1 meets the standard | first month, 2024-02, is due later | committee under DEC-1
    suspended 5: sponsor, owner, tech | T3 by tiers 1 | EV-1 meets the standard | first month, 2024-02, is due later | committee under DEC-1
    ");
}

#[test]
fn the_owner_lapses_and_is_mended() {
    let left = Hospital::live()
        .must("office", Act::NoteDeparture { person: id("tech") })
        .wait(1)
        .must("office", Act::NoteDeparture { person: id("sponsor") });
    assert_snapshot!(over(&left, &["2024-02-11"]), @"2024-02-11 4 of 5 Owner: its technical owner, tech, has left; the gate closes 2024-02-20T00:00:00Z");
    let owners = Act::AssignOwners { use_case: UC, owners: owners("idle", "owner", "office") };
    assert_snapshot!(over(&left.must("office", owners), &["2024-02-12"]), @"2024-02-12 5 of 5");
}

#[test]
fn a_newer_version_makes_validation_stale_on_its_day() {
    let live = Hospital::live()
        .must("office", register_version("v0", "2023-11-01T00:00:00Z"))
        .must("office", register_version("v2", "2024-02-20T00:00:00Z"))
        .must("office", register_version("v3", "2024-02-25T00:00:00Z"));
    assert_snapshot!(over(&live, &["2024-02-19", "2024-02-20", "2024-02-26"]), @r"
    2024-02-19 5 of 5
    2024-02-20 4 of 5 Validation: version v2 is out; v1 was validated; the gate closes 2024-03-01T00:00:00Z
    2024-02-26 4 of 5 Validation: version v2 is out; v1 was validated; the gate closes 2024-03-01T00:00:00Z
    ");
}

#[test]
fn monitoring_lapses_after_two_months_without_data_and_is_mended() {
    let live = Hospital::live();
    assert_snapshot!(over(&live, &["2024-04-29", "2024-04-30", "2024-05-01"]), @r"
    2024-04-29 5 of 5
    2024-04-30 5 of 5
    2024-05-01 4 of 5 Monitoring: no data for two months since 2024-02; the gate closes 2024-05-11T00:00:00Z
    ");
    let mended = live.at("2024-05-01T00:00:00Z").must("@monitor", observe("2024-02", 0.1));
    assert_snapshot!(over(&mended, &["2024-05-01", "2024-05-30", "2024-05-31"]), @r"
    2024-05-01 5 of 5
    2024-05-30 5 of 5
    2024-05-31 4 of 5 Monitoring: no data for two months since 2024-03; the gate closes 2024-06-10T00:00:00Z
    ");
}

#[test]
fn a_plan_adopted_when_live_takes_effect_with_the_next_approval() {
    let mut patient = plan();
    patient.maturity_days = 400;
    let adopted = Hospital::live().must("tech", adopt_plan(patient));
    assert_snapshot!(over(&adopted, &["2024-05-01"]), @"2024-05-01 4 of 5 Monitoring: no data for two months since 2024-02; the gate closes 2024-05-11T00:00:00Z");
    let approved = adopted.must("chair", open_motion(approve(Outcome::Go))).carried(2);
    assert_snapshot!(over(&approved, &["2024-05-01"]), @"2024-05-01 5 of 5");
}

#[test]
fn a_month_without_predictions_is_no_data() {
    let mut silent = Hospital::live().at("2024-05-02T00:00:00Z");
    for month in ["2024-02", "2024-03"] {
        let nothing = Observed { estimates: Vec::new(), ..observed(month, 0.1) };
        silent = silent.must("@monitor", Act::RecordObservation(Box::new(nothing)));
    }
    assert_snapshot!(over(&silent, &["2024-05-02"]), @"2024-05-02 4 of 5 Monitoring: no data for two months since 2024-02; the gate closes 2024-05-11T00:00:00Z");
}

#[test]
fn a_case_that_waits_too_long_lapses_the_path_and_is_mended() {
    let slipped = Hospital::slipped();
    assert_snapshot!(over(&slipped, &["2024-04-18", "2024-04-19", "2024-04-25"]), @r"
    2024-04-18 5 of 5
    2024-04-19 4 of 5 Decision path: CASE-1 waits unanswered; the gate closes 2024-04-29T00:00:00Z
    2024-04-25 4 of 5 Decision path: CASE-1 waits unanswered; the gate closes 2024-04-29T00:00:00Z
    ");
    let decided =
        slipped.at("2024-04-20T00:00:00Z").must("chair", open_motion(on_case(Outcome::Go)));
    assert_snapshot!(over(&decided.carried(2), &["2024-04-25"]), @"2024-04-25 5 of 5");
}

#[test]
fn evidence_and_approval_run_out_and_are_renewed() {
    let steady = steady();
    assert_snapshot!(over(&steady, &["2024-08-27", "2024-08-28", "2025-02-08", "2025-02-09", "2025-02-10"]), @r"
    2024-08-27 5 of 5
    2024-08-28 4 of 5 Validation: EV-1 has run out; the gate closes 2024-09-07T00:00:00Z
    2025-02-08 4 of 5 Validation: EV-1 has run out; the gate closes 2024-09-07T00:00:00Z
    2025-02-09 3 of 5 Validation: EV-1 has run out; Decision path: DEC-1 has lapsed; the gate closes 2024-09-07T00:00:00Z
    2025-02-10 3 of 5 Validation: EV-1 has run out; Decision path: DEC-1 has lapsed; the gate closes 2024-09-07T00:00:00Z
    ");
    let renewed = steady
        .must("assessor", record_evidence(0.8))
        .must("chair", open_motion(approve(Outcome::Go)))
        .carried(2);
    assert_snapshot!(over(&renewed, &["2025-02-10"]), @"2025-02-10 5 of 5");
}

#[test]
fn a_suspended_use_case_is_not_out_of_policy() {
    let suspended = Hospital::slipped().must("tech", suspend());
    let standing = suspended.wait(400).standing();
    assert_eq!((standing.out_of_policy_since, standing.gate_closes_at), (None, None));
    assert!(standing.met() < 5);
}

fn listed(tasks: &[Task]) -> String {
    let line = |task: &Task| {
        let who = match &task.who {
            Waiting::Person(person) => person.to_string(),
            Waiting::Body(body) => format!("chair of {body}"),
        };
        let due = task.due.map_or("no clock".into(), |due| due.to_string());
        let overdue = if task.overdue { " OVERDUE" } else { "" };
        format!("{who}: {} ({due}{overdue})", task.what)
    };
    tasks.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_waits_is_ordered_by_urgency() {
    let due = "2024-03-10T00:00:00Z".parse().expect("a time");
    let motion = with_condition(approve(Outcome::Go), "idle", due);
    let hospital = Hospital::ready()
        .must("chair", open_motion(motion))
        .carried(1)
        .at("2024-04-05T00:00:00Z")
        .must("@monitor", observe("2024-02", 0.9))
        .must("office", propose())
        .must("chair", open_motion(on_case(Outcome::Go)))
        .must("nurse", vote(2, Choice::Approve));
    let tasks = work(&hospital.record, hospital.now);
    assert_snapshot!(listed(&tasks), @r"
    idle: Meet the condition of DEC-1: Train the ward (2024-03-10T00:00:00Z OVERDUE)
    owner: Decide CASE-1: Retrain the nurses (2024-04-19T00:00:00Z)
    chair of committee: Decide CASE-1: Retrain the nurses (2024-04-19T00:00:00Z)
    chair: Vote on DEC-2 or step aside (no clock)
    ethicist: Vote on DEC-2 or step aside (no clock)
    engineer: Vote on DEC-2 or step aside (no clock)
    office: State its facts, so that its tier is known (no clock)
    ");
    let waits =
        |who: &str| tasks.iter().filter(|it| hospital.record.waits_for(it, &id(who))).count();
    assert_eq!((waits("chair"), waits("nurse"), waits("sponsor")), (2, 0, 0));
}

#[test]
fn an_attestation_that_ends_earlier_ends_the_validation() {
    let until = |date: &str| attest_until(format!("{date}T00:00:00Z").parse().expect("a time"));
    let proved = |date| {
        Hospital::piloting()
            .must("owner", until(date))
            .must("assessor", record_evidence(0.7))
            .must("tech", adopt_plan(plan()))
    };
    let go = || open_motion(approve(Outcome::Go));
    let valid = |hospital: Hospital| {
        let live = hospital.must("chair", go()).carried(1);
        live.use_case().stage.live().expect("it is live").validation.valid_until.to_string()
    };
    // The evidence holds until 28 August.
    assert_eq!(valid(proved("2024-03-01")), "2024-03-01T00:00:00Z");
    assert_eq!(valid(proved("2024-09-01")), "2024-08-28T00:00:00Z");
    let renewed = proved("2024-03-01").must("owner", until("2024-05-01"));
    assert_eq!(valid(renewed), "2024-05-01T00:00:00Z");
    let lapsed = proved("2024-03-01").at("2024-03-01T00:00:00Z");
    assert_snapshot!(check(vec![("lapsed", lapsed, "chair", go())]), @"lapsed → refused: UC-1 cannot go live: an attestation behind its evidence has run out; attest again");
}

#[test]
fn only_who_may_vote_is_asked_to_and_only_who_is_here_has_tasks() {
    let leave =
        |hospital: Hospital, who| hospital.must("office", Act::NoteDeparture { person: id(who) });
    let asked = |hospital: &Hospital| listed(&work(&hospital.record, hospital.now));
    // The lawyer has an interest in the vendor, the ethicist stepped aside, the engineer left.
    let moved = leave(Hospital::moved().must("ethicist", recuse(1)), "engineer");
    assert_snapshot!(asked(&moved), @r"
    chair: Vote on DEC-1 or step aside (no clock)
    nurse: Vote on DEC-1 or step aside (no clock)
    chair of committee: Have the seat engineer of AI committee filled (no clock)
    ");
    let voted = ["chair", "nurse"]
        .into_iter()
        .fold(Hospital::moved(), |hospital, who| hospital.must(who, vote(1, Choice::Reject)));
    assert_snapshot!(asked(&voted.must("ethicist", vote(1, Choice::Approve))), @r"
    engineer: Vote on DEC-1 or step aside (no clock)
    chair of committee: Declare the outcome of DEC-1 (no clock)
    ");
    let slipped = leave(Hospital::slipped(), "owner");
    assert_snapshot!(asked(&slipped), @r"
    sponsor: Mend Owner: its clinical or business owner, owner, has left (2024-04-15T00:00:00Z)
    sponsor: Decide CASE-1: Retrain the nurses (2024-04-19T00:00:00Z)
    chair of committee: Decide CASE-1: Retrain the nurses (2024-04-19T00:00:00Z)
    ");
    assert_snapshot!(asked(&leave(slipped.clone(), "sponsor")), @r"
    chair of committee: Mend Owner: its executive sponsor, sponsor, has left (2024-04-15T00:00:00Z)
    chair of committee: Decide CASE-1: Retrain the nurses (2024-04-19T00:00:00Z)
    ");
    let told = slipped.wait(7).must("@scheduler", Act::Tick);
    let told = told.record.cases[&CaseId(1)].escalations.iter().map(|it| it.person.clone());
    let told: Vec<_> = told.flatten().map(|person| person.to_string()).collect();
    assert_eq!(told, ["sponsor", "chair", "sponsor"]);
}
