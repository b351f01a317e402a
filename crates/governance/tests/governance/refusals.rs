//! Every refusal is reached, and says what a person can do.

use crate::hospital::*;
use crate::parts::decision_rights::{adopt, pack};
use governance::*;
use insta::assert_snapshot;
use jiff::Timestamp;
use std::collections::BTreeSet;

fn a_person_named(handle: &str) -> Act {
    Act::AddPerson(person(handle))
}

fn charter(change: fn(&mut Body)) -> Act {
    let mut body = committee();
    body.id = id("other");
    change(&mut body);
    Act::CharterBody(body)
}

fn planned(change: fn(&mut MonitoringPlan)) -> Act {
    let mut plan = plan();
    change(&mut plan);
    adopt_plan(plan)
}

fn moved(change: fn(&mut Motion)) -> Act {
    let mut motion = approve(Outcome::NoGo);
    change(&mut motion);
    open_motion(motion)
}

fn the_record() -> Vec<Row> {
    vec![
        ("before it is founded", Hospital::empty(), "@installer", Act::Tick),
        ("founded twice", Hospital::founded(), "@installer", found()),
        ("founded without a name", Hospital::empty(), "@installer", {
            let Act::Found(mut founding) = found() else { panic!() };
            founding.hospital = " ".into();
            Act::Found(founding)
        }),
        ("founded with a person twice", Hospital::empty(), "@installer", {
            let Act::Found(mut founding) = found() else { panic!() };
            founding.people.push(person("chair"));
            Act::Found(founding)
        }),
        (
            "a clock behind",
            Hospital::founded().at("2023-12-31T23:59:59Z"),
            "office",
            a_person_named("x"),
        ),
        ("another's command id", Hospital::founded().reusing(1), "office", a_person_named("x")),
        (
            "a command id for another act",
            Hospital::founded().must("office", a_person_named("x")).reusing(2),
            "office",
            a_person_named("y"),
        ),
        (
            "a command id of a service",
            Hospital::founded().naming("primum-tick-"),
            "office",
            a_person_named("x"),
        ),
        ("an actor nobody knows", Hospital::founded(), "stranger", a_person_named("x")),
        (
            "an actor who left",
            Hospital::founded().must("office", Act::NoteDeparture { person: id("idle") }),
            "idle",
            a_person_named("x"),
        ),
        ("a service where a person must be", Hospital::furnished(), "@monitor", propose()),
        ("a person twice", Hospital::founded(), "office", a_person_named("chair")),
        (
            "a departure twice",
            Hospital::founded().must("office", Act::NoteDeparture { person: id("idle") }),
            "office",
            Act::NoteDeparture { person: id("idle") },
        ),
    ]
}

fn the_furniture() -> Vec<Row> {
    let founded = Hospital::founded;
    let furnished = Hospital::furnished;
    vec![
        ("a body twice", furnished(), "office", Act::CharterBody(committee())),
        ("an unknown chair", founded(), "office", charter(|it| it.chair = id("nobody"))),
        (
            "an unknown required seat",
            founded(),
            "office",
            charter(|it| {
                it.rules[0].required_seats.insert(id("nobody"));
            }),
        ),
        (
            "a stranger on a seat",
            founded(),
            "office",
            charter(|it| it.seats[0].holder = Some(id("stranger"))),
        ),
        ("a seat twice", founded(), "office", charter(|it| it.seats[4].id = id("chair"))),
        (
            "two seats for one",
            founded(),
            "office",
            charter(|it| it.seats[1].holder = Some(id("chair"))),
        ),
        ("two rules for a tier", founded(), "office", charter(|it| it.rules[1].tier = Tier::T1)),
        ("a quorum of none", founded(), "office", charter(|it| it.rules[0].quorum = 0)),
        ("a quorum out of reach", founded(), "office", charter(|it| it.rules[0].quorum = 6)),
        ("a minority carries", founded(), "office", charter(|it| it.rules[2].majority = 1)),
        ("more than all", founded(), "office", charter(|it| it.rules[2].majority = 4)),
        ("no charter", founded(), "office", charter(|it| it.charter = "\n".into())),
        ("a version twice", furnished(), "office", register_version("v1", "2024-01-01T00:00:00Z")),
        (
            "a version of nothing",
            founded(),
            "office",
            register_version("v1", "2024-01-01T00:00:00Z"),
        ),
        (
            "a plan that watches nothing",
            Hospital::proposed(),
            "tech",
            planned(|it| it.watches.clear()),
        ),
        (
            "two watches of one name",
            Hospital::proposed(),
            "tech",
            planned(|it| it.watches[1].id = id("flags")),
        ),
        (
            "a ladder that goes down",
            Hospital::proposed(),
            "tech",
            planned(|it| it.ladder.swap(0, 2)),
        ),
        (
            "a plan that waits for ever",
            Hospital::proposed(),
            "tech",
            planned(|it| it.maturity_days = 401),
        ),
        (
            "an infinite threshold",
            Hospital::proposed(),
            "tech",
            planned(|it| it.threshold = f64::NAN),
        ),
    ]
}

fn policies_and_standards() -> Vec<Row> {
    let founded = Hospital::founded;
    let furnished = Hospital::furnished;
    vec![
        ("another plan during the vote", Hospital::moved(), "tech", adopt_plan(plan())),
        ("an infinite bound", founded(), "office", {
            let mut standard = standard(Tier::T3);
            let Proof::Computed(bound) = &mut standard.requirements[0].proof else { panic!() };
            bound.at_least = Some(f64::NEG_INFINITY);
            Act::AdoptStandard(standard)
        }),
        ("a tier without duties", founded(), "office", {
            let mut policy = tier_policy();
            policy.duties.pop();
            Act::AdoptTierPolicy(policy)
        }),
        ("a tier with duties twice", founded(), "office", {
            let mut policy = tier_policy();
            policy.duties.push(policy.duties[0].clone());
            Act::AdoptTierPolicy(policy)
        }),
        ("a standard beside another", furnished(), "office", {
            let mut standard = standard(Tier::T3);
            standard.id = id("softer");
            Act::AdoptStandard(standard)
        }),
        ("a standard moved to another tier", furnished(), "office", {
            let mut standard = standard(Tier::T3);
            (standard.tier, standard.version) = (Tier::T4, "2".into());
            Act::AdoptStandard(standard)
        }),
        ("a standard changed under its version", furnished(), "office", {
            let mut standard = standard(Tier::T3);
            standard.valid_days += 1;
            Act::AdoptStandard(standard)
        }),
        ("the standard in force", furnished(), "office", Act::AdoptStandard(standard(Tier::T3))),
    ]
}

fn declined() -> Hospital {
    Hospital::ready().must("chair", open_motion(approve(Outcome::NoGo))).carried(1)
}

fn the_way_to_live() -> Vec<Row> {
    let proposed = Hospital::proposed;
    let no_standard = Hospital::proposed().must("office", state_facts(&[]));
    let ghost = Act::AssignOwners { use_case: UC, owners: owners("sponsor", "ghost", "tech") };
    let left = Hospital::proposed().must("office", Act::NoteDeparture { person: id("tech") });
    let attest_as = |requirement: &str, until: Timestamp| {
        let Act::Attest { use_case, version, statement, .. } = attest() else { panic!() };
        let (requirement, valid_until) = (id(requirement), until);
        let document = None;
        Act::Attest { use_case, version, requirement, statement, document, valid_until }
    };
    let before = "2024-01-02T00:00:00Z".parse().expect("a time");
    let bare = Hospital::founded().must("office", register_system()).must("office", propose());
    let silent = |version| begin_pilot(version, Mode::Silent);
    let voted = Hospital::moved().must("nurse", vote(1, Choice::Approve));
    let nurse_owns = Act::AssignOwners { use_case: UC, owners: owners("sponsor", "nurse", "tech") };
    vec![
        ("a use of no system", Hospital::founded(), "office", propose()),
        ("an unknown owner", proposed(), "office", ghost),
        ("an owner who left", left, "office", assign_owners()),
        ("an owner who has voted", voted.clone(), "office", nurse_owns),
        ("an assessor who has voted", voted, "nurse", record_evidence(0.9)),
        ("no tier policy", bare, "office", state_facts(TIER_3)),
        ("a fact nobody asked", proposed(), "office", state_facts(&[("colour", "red")])),
        ("an answer that is none", proposed(), "office", state_facts(&[("reach", "far")])),
        ("no standard for T4", no_standard, "office", Act::BeginValidation { use_case: UC }),
        ("validation before a tier", proposed(), "office", Act::BeginValidation { use_case: UC }),
        ("a pilot before a tier", proposed(), "tech", silent("v1")),
        ("a pilot of what is live", Hospital::live(), "tech", silent("v1")),
        ("a pilot of what is over", declined(), "tech", silent("v1")),
        ("evidence on what is over", declined(), "assessor", record_evidence(0.7)),
        ("a pilot before validation", Hospital::triaged(), "tech", silent("v1")),
        ("a pilot of an unknown version", Hospital::validating(), "tech", silent("v9")),
        ("a pilot in live mode", Hospital::validating(), "tech", begin_pilot("v1", Mode::Live)),
        ("a pilot for a few", Hospital::validating(), "tech", begin_pilot("v1", Mode::Pilot)),
        ("another pilot during the vote", Hospital::moved(), "tech", silent("v1")),
        ("other facts during the vote", Hospital::moved(), "tech", state_facts(TIER_2)),
        ("other facts when live", Hospital::live(), "office", state_facts(TIER_2)),
        (
            "validation twice",
            Hospital::validating(),
            "office",
            Act::BeginValidation { use_case: UC },
        ),
        ("evidence before the pilot", Hospital::validating(), "assessor", record_evidence(0.7)),
        (
            "evidence on another version",
            Hospital::validating()
                .must("office", register_version("v2", "2024-01-01T00:00:00Z"))
                .must("tech", silent("v2")),
            "assessor",
            record_evidence(0.7),
        ),
        ("infinite evidence", Hospital::piloting(), "assessor", record_evidence(f64::INFINITY)),
        (
            "attesting a number",
            Hospital::piloting(),
            "owner",
            attest_as("discrimination", Timestamp::MAX),
        ),
        ("attesting for the past", Hospital::piloting(), "owner", attest_as("fit", before)),
        ("stopping what does not run", Hospital::validating(), "chair", suspend()),
    ]
}

fn motions_out_of_form() -> Vec<Row> {
    let ready = Hospital::ready;
    let due = |time: &str| time.parse::<Timestamp>().expect("a time");
    let conditional =
        |owner, time| open_motion(with_condition(approve(Outcome::Go), owner, due(time)));
    vec![
        ("no reason", ready(), "chair", moved(|it| it.reason.clear())),
        ("no residual risk", ready(), "chair", moved(|it| it.residual_risk.clear())),
        ("no alternative", ready(), "chair", moved(|it| it.alternatives = vec![" ".into()])),
        (
            "conditions without need",
            ready(),
            "chair",
            moved(|it| {
                *it = with_condition(it.clone(), "owner", Timestamp::MAX);
                it.outcome = Outcome::NoGo;
            }),
        ),
        ("no conditions", ready(), "chair", moved(|it| it.outcome = Outcome::GoWithConditions)),
        ("a condition due before", ready(), "chair", conditional("owner", "2024-01-01T00:00:00Z")),
        (
            "a condition for a stranger",
            ready(),
            "chair",
            conditional("ghost", "2025-01-01T00:00:00Z"),
        ),
    ]
}

fn motions_on_what_is_not_so() -> Vec<Row> {
    let ready = Hospital::ready;
    let mut narrow = committee();
    narrow.id = id("narrow");
    narrow.rules.retain(|rule| rule.tier == Tier::T1);
    let narrow = ready().must("office", Act::CharterBody(narrow));
    let of_narrow = Act::OpenMotion { body: id("narrow"), motion: approve(Outcome::NoGo) };
    let other = Hospital::ready().must("office", propose());
    let elsewhere = Question::Approve { use_case: UseCaseId(2) };
    vec![
        ("unknown evidence", ready(), "chair", moved(|it| it.evidence = [EvidenceId(9)].into())),
        (
            "evidence on another use case",
            {
                other.must(
                    "office",
                    Act::StateFacts { use_case: UseCaseId(2), facts: facts(TIER_3) },
                )
            },
            "chair",
            open_motion(Motion {
                evidence: [EvidenceId(1)].into(),
                ..motion(elsewhere, Outcome::NoGo)
            }),
        ),
        ("deferring a case", Hospital::slipped(), "chair", open_motion(on_case(Outcome::Defer))),
        ("an unknown case", ready(), "chair", open_motion(on_case(Outcome::Go))),
        ("a body without the right", narrow, "chair", of_narrow),
        (
            "before a tier is known",
            Hospital::proposed(),
            "chair",
            open_motion(approve(Outcome::NoGo)),
        ),
        (
            "the same question twice",
            Hospital::moved(),
            "chair",
            open_motion(approve(Outcome::NoGo)),
        ),
        (
            "back to validation when live",
            Hospital::live(),
            "chair",
            open_motion(approve(Outcome::ReReview)),
        ),
        ("resuming what runs", Hospital::live(), "chair", open_motion(resume(Outcome::Go))),
        (
            "approving what is suspended",
            Hospital::live().must("chair", suspend()),
            "chair",
            open_motion(approve(Outcome::Go)),
        ),
        (
            "a closed case",
            Hospital::slipped().must("chair", stop_on_case()),
            "chair",
            open_motion(on_case(Outcome::Go)),
        ),
    ]
}

fn votes() -> Vec<Row> {
    let moved = Hospital::moved;
    let by = |member: &str| moved().must(member, vote(1, Choice::Approve));
    let aside = || moved().must("nurse", recuse(1));
    let conditioned = |proved: bool| {
        let due = "2024-06-01T00:00:00Z".parse().expect("a time");
        let motion = with_condition(approve(Outcome::Go), "idle", due);
        let hospital = Hospital::ready().must("chair", open_motion(motion)).carried(1);
        if proved { hospital.must("idle", meet_condition(1, 1)) } else { hospital }
    };
    vec![
        ("on nothing", moved(), "chair", vote(2, Choice::Approve)),
        ("without a seat", moved(), "idle", vote(1, Choice::Approve)),
        ("with an interest", moved(), "lawyer", vote(1, Choice::Approve)),
        ("twice", by("nurse"), "nurse", vote(1, Choice::Reject)),
        ("after stepping aside", aside(), "nurse", vote(1, Choice::Approve)),
        ("stepping aside twice", aside(), "nurse", recuse(1)),
        ("stepping aside after the vote", by("nurse"), "nurse", recuse(1)),
        ("declaring after stepping aside", aside(), "nurse", carry(1)),
        ("after the end", Hospital::live(), "chair", vote(1, Choice::Approve)),
        ("declaring without a quorum", by("chair"), "chair", carry(1)),
        ("a condition before the decision", moved(), "owner", meet_condition(1, 1)),
        ("condition 0", conditioned(false), "idle", meet_condition(1, 0)),
        ("condition 2", conditioned(false), "idle", meet_condition(1, 2)),
        ("another's condition", conditioned(false), "owner", meet_condition(1, 1)),
        ("a condition twice", conditioned(true), "idle", meet_condition(1, 1)),
    ]
}

fn watching() -> Vec<Row> {
    let april = || Hospital::live().at("2024-04-05T00:00:00Z");
    let endless = {
        let mut observed = observed("2024-02", 0.1);
        observed.readings.push(Reading {
            watch: id("calibration"),
            cohort: None,
            evidence: f64::INFINITY,
            limit: 20.0,
            finding: String::new(),
        });
        Act::RecordObservation(Box::new(observed))
    };
    vec![
        ("before it is live", Hospital::ready(), "@monitor", observe("2024-02", 0.1)),
        ("the next month first", april(), "@monitor", observe("2024-03", 0.1)),
        (
            "a month not mature",
            Hospital::live().at("2024-03-30T23:59:59Z"),
            "@monitor",
            observe("2024-02", 0.1),
        ),
        ("endless evidence", april(), "@monitor", endless),
        ("a known version", april(), "@gate", report_version("v1")),
        ("a stop by another member", Hospital::slipped(), "nurse", stop_on_case()),
        (
            "a stop on a case that is closed",
            Hospital::slipped().must("chair", stop_on_case()),
            "chair",
            stop_on_case(),
        ),
        (
            "a stop before it runs",
            Hospital::validating().must("@gate", report_version("v9")),
            "chair",
            stop_on_case(),
        ),
        (
            "a stop where no body decides",
            Hospital::founded()
                .must("office", Act::AdoptTierPolicy(tier_policy()))
                .must("office", Act::AdoptStandard(standard(Tier::T3)))
                .must("office", register_system())
                .must("office", register_version("v1", "2023-12-01T00:00:00Z"))
                .must("office", propose())
                .must("office", state_facts(TIER_3))
                .must("office", Act::BeginValidation { use_case: UC })
                .must("tech", begin_pilot("v1", Mode::Silent))
                .must("@gate", report_version("v9")),
            "chair",
            stop_on_case(),
        ),
    ]
}

/// What a decision takes but did not get; see `decisions` for the edges.
fn counts() -> Vec<Row> {
    let with = |votes: &[(&str, Choice)]| {
        votes
            .iter()
            .fold(Hospital::moved(), |hospital, (who, choice)| hospital.must(who, vote(1, *choice)))
    };
    let yes = Choice::Approve;
    vec![
        (
            "no nurse",
            with(&[("chair", yes), ("ethicist", yes), ("engineer", yes)]),
            "chair",
            carry(1),
        ),
        (
            "the owner left meanwhile",
            {
                with(&[("chair", yes), ("nurse", yes), ("engineer", yes)])
                    .must("office", Act::NoteDeparture { person: id("owner") })
            },
            "chair",
            carry(1),
        ),
        (
            "newer evidence fails",
            {
                with(&[("chair", yes), ("nurse", yes), ("engineer", yes)])
                    .must("assessor", record_evidence(0.5))
            },
            "chair",
            carry(1),
        ),
    ]
}

fn incidents() -> Vec<Row> {
    use crate::incidents::*;
    use crate::parts::incidents::{assessment, plan_action};
    let dead = after_a_death;
    let later = |hospital: &Hospital, days| days_after(hospital.now, days);
    let planned = || {
        let hospital = with_incident();
        let due = later(&hospital, 5);
        hospital.must("office", plan_action(1, "owner", due, None))
    };
    let near = || {
        let near = Assessment { near_miss: YesNo::Yes, ..assessment(Some("b"), &[]) };
        with_incident().must("office", assess(near)).must("office", close())
    };
    let tomorrow = later(&with_incident(), 1);
    let early = with_incident().now - jiff::SignedDuration::from_hours(1);
    vec![
        ("rules of a strange zone", dead(), "office", adopt(|it| it.time_zone = "Mars".into())),
        ("rules without a fact", dead(), "office", adopt(|it| it.rules[0].when.clear())),
        ("rules that ask twice", dead(), "office", adopt(|it| it.facts.push(it.facts[0].clone()))),
        ("nothing happened", dead(), "idle", reported(|it| it.what = " ".into())),
        ("noticed tomorrow", dead(), "idle", reported(|it| it.noticed_at = Some(Timestamp::MAX))),
        ("noticed before it happened", dead(), "idle", {
            reported(|it| {
                it.noticed_at = "2024-01-02T00:00:00Z".parse().ok();
                it.happened_at = "2024-01-03T00:00:00Z".parse().ok();
            })
        }),
        ("of no use case", dead(), "idle", reported(|it| it.use_case = Some(UC))),
        ("of another system", Hospital::proposed().must("office", register_system()), "idle", {
            reported(|it| (it.use_case, it.system) = (Some(UC), Some(SystemId(2))))
        }),
        ("in a strange zone", dead(), "idle", reported(|it| it.time_zone = Some("Mars".into()))),
        ("reported by a part of Primum", dead(), "@monitor", reported(|_| {})),
        (
            "assessed without rules",
            Hospital::founded().must("idle", reported(|_| {})),
            "office",
            assess(death()),
        ),
        ("harm off the scale", with_incident(), "office", assess(assessment(Some("z"), &[]))),
        ("not asked", with_incident(), "office", assess(assessment(None, &[("colour", "red")]))),
        ("no answer", with_incident(), "office", assess(assessment(None, &[("device", "maybe")]))),
        ("harm against facts", with_incident(), "office", assess(assessment(Some("i"), &[]))),
        (
            "known tomorrow",
            with_incident(),
            "office",
            assess(Assessment { aware_at: Some(tomorrow), ..death() }),
        ),
        (
            "no hash",
            with_incident(),
            "office",
            act(IncidentsAct::RecordAnalysis { incident: IncidentId(1), document: "AB".into() }),
        ),
        ("due at once", with_incident(), "office", plan_action(1, "owner", early, None)),
        ("done by a stranger", with_incident(), "office", plan_action(1, "ghost", tomorrow, None)),
        ("in place of nothing", planned(), "office", plan_action(1, "owner", tomorrow, Some(1))),
        ("done by another", planned(), "nurse", complete(1)),
        ("done twice", planned().must("owner", complete(1)), "owner", complete(1)),
        ("checked before it is done", planned(), "nurse", check_effect(1, true)),
        ("checked by who did it", planned().must("owner", complete(1)), "owner", {
            check_effect(1, true)
        }),
        ("a clock that is not there", dead(), "office", meet(9, dead().now)),
        ("a clock twice", dead().must("office", stop(1)), "office", stop(1)),
        ("a clock that keeps", dead(), "office", meet(4, dead().now)),
        ("sent before it started", dead(), "office", meet(1, early)),
        ("sent tomorrow", dead(), "office", meet(1, tomorrow)),
        ("closed too early", dead(), "office", close()),
        ("closed before it is assessed", with_incident(), "office", close()),
        ("closed twice", near(), "office", close()),
        ("assessed when closed", near(), "office", assess(death())),
        ("reopened while open", dead(), "office", reopen()),
    ]
}

#[test]
fn incidents_are_refused() {
    assert_snapshot!(check(incidents()), @r"
    rules of a strange zone → refused: the pack of clock rules is not sound: there is no time zone `Mars`; write it like `America/New_York`
    rules without a fact → refused: the pack of clock rules is not sound: the rule `death-to-fda` names no fact, so it would always apply; name at least one fact
    rules that ask twice → refused: the pack of clock rules is not sound: `outcome` is there twice; rename one
    nothing happened → refused: what happened must not be empty
    noticed tomorrow → refused: an incident is noticed before it is recorded, not after; check the time
    noticed before it happened → refused: the report is not sound: it was noticed before it happened
    of no use case → refused: the record has no use case `UC-1`; check the id
    of another system → refused: the report is not sound: UC-1 uses SYS-1, and what was reported is about SYS-2
    in a strange zone → refused: the report is not sound: there is no time zone `Mars`; write it like `America/Chicago`
    reported by a part of Primum → refused: only a person can do this, not a part of Primum
    assessed without rules → refused: no clock rules are in force; adopt them first
    harm off the scale → refused: the record has no harm `z`; check the id
    not asked → refused: the record has no question `colour`; check the id
    no answer → refused: the assessment is not sound: `maybe` is no answer to `device`; choose one of: no, yes
    harm against facts → refused: the assessment is not sound: harm `i` means `outcome` is `death`; correct one of them
    known tomorrow → refused: facts are known before it is recorded, not after; check the time
    no hash → refused: the hash of the analysis is not sound: it is not 64 lower-case hexadecimal digits; give the document's SHA-256
    due at once → refused: the action is not sound: it is due in the past; give it time
    done by a stranger → refused: the record has no person `ghost`; check the id
    in place of nothing → refused: the action is not sound: action 1 did not fail or is replaced already
    done by another → refused: an action is proved done by its owner, `owner`
    done twice → refused: INC-1 has no action 1 that waits for this; actions are numbered from 1, done once and checked once after that
    checked before it is done → refused: INC-1 has no action 1 that waits for this; actions are numbered from 1, done once and checked once after that
    checked by who did it → refused: `owner` did this; have somebody else look whether it worked
    a clock that is not there → refused: INC-1 has no clock 9 that runs; clocks are numbered from 1
    a clock twice → refused: INC-1 has no clock 1 that runs; clocks are numbered from 1
    a clock that keeps → refused: the report is not sound: the clock says how long to keep; nothing is sent
    sent before it started → refused: the report is not sound: it was sent before the clock started; check when
    sent tomorrow → refused: a report is sent before it is recorded, not after; check the time
    closed too early → refused: INC-1 cannot be closed: clock 1 runs (Report the death to the FDA); clock 2 runs (Report the death to the manufacturer); clock 3 runs (List the event in the annual report); no cause is recorded
    closed before it is assessed → refused: INC-1 cannot be closed: it is not assessed; no cause is recorded
    closed twice → refused: INC-1 is closed; reopen it first
    assessed when closed → refused: INC-1 is closed; reopen it first
    reopened while open → refused: INC-1 is open; there is nothing to reopen
    ");
}

#[test]
fn the_record_refuses() {
    assert_snapshot!(check(the_record()), @r"
    before it is founded → refused: this record was not founded yet; found it first
    founded twice → refused: this record was founded already; use another data folder for another hospital
    founded without a name → refused: the hospital's name must not be empty
    founded with a person twice → refused: the record already has a person `chair`; choose another handle
    a clock behind → refused: the command's time lies before the last event of the record; check the clock
    another's command id → refused: the command id `command-1` was used by another actor or for another act; make a new one
    a command id for another act → refused: the command id `command-2` was used by another actor or for another act; make a new one
    a command id of a service → refused: the command id `primum-tick-2` begins with `primum-`, which parts of Primum use; make another
    an actor nobody knows → refused: the record has no person `stranger`; check the id
    an actor who left → refused: `idle` has left the hospital; name somebody who works here
    a service where a person must be → refused: only a person can do this, not a part of Primum
    a person twice → refused: the record already has a person `chair`; choose another handle
    a departure twice → refused: `idle` has left the hospital; name somebody who works here
    ");
}

#[test]
fn the_furniture_is_refused() {
    assert_snapshot!(check(the_furniture().into_iter().chain(policies_and_standards()).collect()), @r"
    a body twice → refused: the record already has a body `committee`; choose another handle
    an unknown chair → refused: the charter is not sound: it names a seat `nobody` that it does not have
    an unknown required seat → refused: the charter is not sound: it names a seat `nobody` that it does not have
    a stranger on a seat → refused: the record has no person `stranger`; check the id
    a seat twice → refused: the charter is not sound: two seats are called `chair`
    two seats for one → refused: the charter is not sound: `chair` holds two seats
    two rules for a tier → refused: the charter is not sound: it has two rules for T1
    a quorum of none → refused: the charter is not sound: the quorum for T1 must be from 1 to the number of seats
    a quorum out of reach → refused: the charter is not sound: the quorum for T1 must be from 1 to the number of seats
    a minority carries → refused: the charter is not sound: the majority for T3 must be from one half to all
    more than all → refused: the charter is not sound: the majority for T3 must be from one half to all
    no charter → refused: the charter must not be empty
    a version twice → refused: the record already has version `v1`; choose another handle
    a version of nothing → refused: the record has no AI system `SYS-1`; check the id
    a plan that watches nothing → refused: the list of watches must not be empty
    two watches of one name → refused: the plan is not sound: two watches are called `flags`
    a ladder that goes down → refused: the plan is not sound: the rungs of its ladder are not in order of days
    a plan that waits for ever → refused: the plan is not sound: outcomes must be known within 400 days of a month
    an infinite threshold → refused: the plan's threshold must be a finite number
    another plan during the vote → refused: UC-1 stays as it is while DEC-1 is open; have its outcome declared first
    an infinite bound → refused: a bound must be a finite number
    a tier without duties → refused: the tier policy is not sound: it must give T4 its duties, and only once
    a tier with duties twice → refused: the tier policy is not sound: it must give T1 its duties, and only once
    a standard beside another → refused: `predictive-t3` is the standard for T3 predictive already; adopt a new version under that id
    a standard moved to another tier → refused: the standard is not sound: its id is that of the one for T3 predictive; choose another
    a standard changed under its version → refused: the standard is not sound: `predictive-t3 1` on record says something else; give this one a new version
    the standard in force → refused: the standard `predictive-t3 1` is in force already, word for word; there is nothing to adopt
    ");
}

#[test]
fn the_way_to_live_is_refused() {
    assert_snapshot!(check(the_way_to_live()), @r"
    a use of no system → refused: the record has no AI system `SYS-1`; check the id
    an unknown owner → refused: the record has no person `ghost`; check the id
    an owner who left → refused: `tech` has left the hospital; name somebody who works here
    an owner who has voted → refused: `nurse` has voted on DEC-1, which is open; name somebody else or wait for it
    an assessor who has voted → refused: `nurse` has voted on DEC-1, which is open; name somebody else or wait for it
    no tier policy → refused: no tier policy is in force; adopt one first
    a fact nobody asked → refused: the tier policy has no fact `colour`
    an answer that is none → refused: `far` is no answer to `reach`; the answers are: administrative, money, care
    no standard for T4 → refused: no validation standard is in force for T4 predictive; adopt one first
    validation before a tier → refused: the tier of UC-1 is not known yet; state its facts first
    a pilot before a tier → refused: a proposed use case cannot begin a pilot; state its facts first
    a pilot of what is live → refused: a live use case cannot begin a pilot; to bring in another version, request a change and run that version as a candidate
    a pilot of what is over → refused: a retired use case cannot begin a pilot; propose the use anew
    evidence on what is over → refused: UC-1 is over; propose the use anew
    a pilot before validation → refused: a triaged use case cannot begin a pilot; begin validation first
    a pilot of an unknown version → refused: `v9` is no version of SYS-1 on record; register it first
    a pilot in live mode → refused: only a silent run begins without a body's decision; to show its output to anybody who cares for patients, have a body approve it
    a pilot for a few → refused: only a silent run begins without a body's decision; to show its output to anybody who cares for patients, have a body approve it
    another pilot during the vote → refused: UC-1 stays as it is while DEC-1 is open; have its outcome declared first
    other facts during the vote → refused: UC-1 stays as it is while DEC-1 is open; have its outcome declared first
    other facts when live → refused: a live use case cannot be triaged again; propose the changed use as a new use case
    validation twice → refused: a validating use case cannot begin validation; it already has a standard
    evidence before the pilot → refused: UC-1 does not run yet; begin a silent run first
    evidence on another version → refused: UC-1 runs version v2, not `v1`; evidence must be about what runs
    infinite evidence → refused: an estimate must be a finite number
    attesting a number → refused: the standard has no requirement `discrimination` that a person attests; see its requirements
    attesting for the past → refused: the end of validity must lie in the future
    stopping what does not run → refused: a validating use case cannot be suspended; only what runs can be stopped
    ");
}

#[test]
fn motions_are_refused() {
    assert_snapshot!(check(motions_out_of_form().into_iter().chain(motions_on_what_is_not_so()).collect()), @r"
    no reason → refused: the reason must not be empty
    no residual risk → refused: the residual risk must not be empty
    no alternative → refused: a motion needs at least one alternative that was considered
    conditions without need → refused: an outcome of go with conditions needs conditions, and no other outcome takes them
    no conditions → refused: an outcome of go with conditions needs conditions, and no other outcome takes them
    a condition due before → refused: a condition's due date must lie in the future
    a condition for a stranger → refused: the record has no person `ghost`; check the id
    unknown evidence → refused: the record has no evidence `EV-9`; check the id
    evidence on another use case → refused: the motion is not sound: EV-1 is not about UC-2
    deferring a case → refused: `defer` is no answer to that question; choose one of: go, go with conditions, no-go
    an unknown case → refused: the record has no case `CASE-1`; check the id
    a body without the right → refused: narrow has no right to decide on T3 use cases; its charter has no rule for them
    before a tier is known → refused: the tier of UC-1 is not known yet; state its facts first
    the same question twice → refused: DEC-1 is already open on the same question; vote on it or have its outcome declared first
    back to validation when live → refused: a live use case cannot be sent back; only a piloted use case can be re-reviewed
    resuming what runs → refused: a live use case cannot be resumed; only a suspended use case can be resumed
    approving what is suspended → refused: UC-1 cannot go live: it is suspended; have the body resume it
    a closed case → refused: CASE-1 is closed; a decision settled it
    ");
}

#[test]
fn votes_are_refused() {
    assert_snapshot!(check(votes()), @r"
    on nothing → refused: the record has no decision `DEC-2`; check the id
    without a seat → refused: `idle` has no seat on committee, and only its members decide
    with an interest → refused: `lawyer` cannot decide on UC-1: the person declared an interest in its vendor; recuse instead
    twice → refused: `nurse` has voted already; a vote stands
    after stepping aside → refused: `nurse` stepped aside from this decision and has no part in it
    stepping aside twice → refused: `nurse` stepped aside from this decision and has no part in it
    stepping aside after the vote → refused: `nurse` has voted already; a vote stands
    declaring after stepping aside → refused: `nurse` stepped aside from this decision and has no part in it
    after the end → refused: DEC-1 is over; put a new motion
    declaring without a quorum → refused: no quorum: 1 of 3 seats took part; ask the others to vote
    a condition before the decision → refused: DEC-1 has no open condition 1; conditions are numbered from 1, and open from when it is carried until they are proved
    condition 0 → refused: DEC-1 has no open condition 0; conditions are numbered from 1, and open from when it is carried until they are proved
    condition 2 → refused: DEC-1 has no open condition 2; conditions are numbered from 1, and open from when it is carried until they are proved
    another's condition → refused: a condition is proved by its owner, `idle`
    a condition twice → refused: DEC-1 has no open condition 1; conditions are numbered from 1, and open from when it is carried until they are proved
    ");
}

#[test]
fn watching_is_refused() {
    assert_snapshot!(check(watching()), @r"
    before it is live → refused: UC-1 is not live, and months are observed from going live on
    the next month first → refused: the next month to observe for UC-1 is 2024-02, not 2024-03
    a month not mature → refused: the outcomes of 2024-02 are all known from 2024-03-31T00:00:00Z on; observe it then
    endless evidence → refused: a reading must be a finite number
    a known version → refused: version `v1` is on record; there is nothing to report
    a stop by another member → refused: only the chair of committee may stop a use case on a case; put a motion on the case
    a stop on a case that is closed → refused: CASE-1 is closed; a decision settled it
    a stop before it runs → refused: UC-1 is not live, and there is nothing to stop; put a motion on the case
    a stop where no body decides → refused: UC-1 is not live, and no body has the right to decide on it; charter one
    ");
}

#[test]
fn decisions_without_what_they_take_are_refused() {
    assert_snapshot!(check(counts()), @r"
    no nurse → refused: the seat `nurse` must take part in this decision; ask its holder to vote
    the owner left meanwhile → refused: `owner` has left the hospital; name somebody who works here
    newer evidence fails → refused: UC-1 cannot go live: its newest evidence does not meet the standard; see its findings
    ");
}

/// With `DEC-1` on version 0 of the tests' packs.
fn asked_for_rights(outcome: Outcome) -> Hospital {
    let digest = pack(0).digest();
    Hospital::furnished().must("chair", open_motion(motion(Question::Pack { digest }, outcome)))
}

fn decision_rights() -> Vec<Row> {
    let one = DecisionId(1);
    let decided = || asked_for_rights(Outcome::Go).carried(1);
    let deferred = motion(Question::Pack { digest: pack(0).digest() }, Outcome::Defer);
    let mut with_evidence = motion(Question::Pack { digest: pack(0).digest() }, Outcome::Go);
    with_evidence.evidence.insert(EvidenceId(1));
    vec![
        ("deferring a pack", Hospital::furnished(), "chair", open_motion(deferred)),
        ("a pack with evidence", Hospital::proved(), "chair", open_motion(with_evidence)),
        ("on no decision", Hospital::furnished(), "office", adopt(0, None, one)),
        ("on another question", Hospital::live(), "office", adopt(0, None, one)),
        ("another pack", decided(), "office", adopt(1, None, one)),
        ("before the vote", asked_for_rights(Outcome::Go), "office", adopt(0, None, one)),
        ("a no", asked_for_rights(Outcome::NoGo).carried(1), "office", adopt(0, None, one)),
        ("too late", decided().wait(365), "office", adopt(0, None, one)),
        ("twice", decided().must("office", adopt(0, None, one)), "office", adopt(0, None, one)),
        ("in the past", decided().wait(1), "office", adopt(0, Some(decided().now), one)),
        ("by a service", decided(), "@scheduler", adopt(0, None, one)),
    ]
}

fn legal_holds() -> Vec<Row> {
    let reason = || "so".to_owned();
    let place = |about| Act::Holds(HoldsAct::PlaceHold { about, reason: reason() });
    let on = |number| place(HoldScope::UseCase { use_case: UseCaseId(number) });
    let release = || Act::Holds(HoldsAct::ReleaseHold { hold: HoldId(1), reason: reason() });
    let erase = |document: &str| {
        Act::Holds(HoldsAct::EraseDocument { document: document.into(), reason: reason() })
    };
    let over = || Hospital::ready().must("chair", open_motion(approve(Outcome::NoGo))).carried(1);
    let silent =
        || Act::Holds(HoldsAct::PlaceHold { about: HoldScope::All, reason: " ".to_owned() });
    vec![
        ("a hold without a reason", over(), "lawyer", silent()),
        ("a hold on nothing", over(), "lawyer", on(9)),
        ("no hold", over(), "lawyer", release()),
        (
            "released twice",
            over().must("lawyer", on(1)).must("lawyer", release()),
            "lawyer",
            release(),
        ),
        ("a document nobody knows", over(), "office", erase("no such")),
        ("evidence of what goes on", Hospital::live(), "office", erase("cd")),
        ("under a hold", over().must("lawyer", on(1)), "office", erase("cd")),
        (
            "under a hold of all",
            over().must("lawyer", place(HoldScope::All)),
            "office",
            erase("cd"),
        ),
        ("erased twice", over().must("office", erase("cd")), "office", erase("cd")),
        ("by a service", over(), "@scheduler", erase("cd")),
    ]
}

#[test]
fn adopting_rights_is_refused() {
    assert_snapshot!(check(decision_rights()), @r"
    deferring a pack → refused: `defer` is no answer to that question; choose one of: go, no-go
    a pack with evidence → refused: the motion is not sound: EV-1 is not about a pack
    on no decision → refused: the record has no decision `DEC-1`; check the id
    on another question → refused: DEC-1 does not let this pack of decision rights be adopted: it is about something else; put a motion on it, and have a body carry it as go
    another pack → refused: DEC-1 does not let this pack of decision rights be adopted: it is about the pack 9269f219fe234bc3c4bf0286e255dcbedbb3cfbfc7ca2a9331f1dafc84a56783, and this one is e9dd2ec7d27b3ef6248749d1dcfcc4783bf85c175e68e3dd21955ef5090c2772; put a motion on it, and have a body carry it as go
    before the vote → refused: DEC-1 does not let this pack of decision rights be adopted: it was not carried; put a motion on it, and have a body carry it as go
    a no → refused: DEC-1 does not let this pack of decision rights be adopted: its outcome is no-go; put a motion on it, and have a body carry it as go
    too late → refused: DEC-1 does not let this pack of decision rights be adopted: it has expired; put a motion on it, and have a body carry it as go
    twice → refused: DEC-1 does not let this pack of decision rights be adopted: a pack was adopted on it already; put a motion on it, and have a body carry it as go
    in the past → refused: decision rights cannot take effect in the past; give a time from now on
    by a service → refused: only a person can do this, not a part of Primum
    ");
}

#[test]
fn erasing_is_refused() {
    assert_snapshot!(check(legal_holds()), @r"
    a hold without a reason → refused: the reason must not be empty
    a hold on nothing → refused: the record has no use case `UC-9`; check the id
    no hold → refused: the record has no legal hold `HOLD-1`; check the id
    released twice → refused: HOLD-1 was released already; place a new one
    a document nobody knows → refused: the record has no document `no such`; check the id
    evidence of what goes on → refused: document cd is kept: UC-1 rests on it and is not over
    under a hold → refused: document cd is under HOLD-1 and is not erased until that is released
    under a hold of all → refused: document cd is under HOLD-1 and is not erased until that is released
    erased twice → refused: document cd was erased already
    by a service → refused: only a person can do this, not a part of Primum
    ");
}

#[test]
fn no_refusal_is_left_out() {
    let tables = [
        the_record(),
        the_furniture(),
        policies_and_standards(),
        the_way_to_live(),
        motions_out_of_form(),
        motions_on_what_is_not_so(),
        votes(),
        watching(),
        counts(),
        incidents(),
        crate::changes::refused(),
        crate::vendors::refused(),
        crate::judged::refused(),
        crate::exceptions::refused(),
        crate::intake::refused(),
        crate::bodies::refused(),
        decision_rights(),
        legal_holds(),
    ];
    let mut reached = BTreeSet::new();
    for (name, mut hospital, actor, act) in tables.into_iter().flatten() {
        let Err(refusal) = hospital.give(actor, act) else { panic!("{name} was accepted") };
        let debug = format!("{refusal:?}");
        let mut words = debug.split(|c: char| !c.is_alphanumeric());
        reached.extend(words.find(|word| *word != "Part").map(str::to_owned));
    }
    // The variants, read from the source so that a new one cannot be forgotten.
    let of_parts = include_str!("../../src/part_refusal.rs");
    let (_, of_parts) = of_parts.split_once("pub enum PartRefusal").expect("it is there");
    let source = include_str!("../../src/refusal.rs");
    let (_, source) = source.split_once("pub enum Refusal").expect("it is there");
    let variants =
        source.lines().chain(of_parts.lines()).filter_map(|line| line.strip_prefix("    "));
    let variants = variants.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    let known: BTreeSet<_> = variants
        .filter_map(|line| line.split(|c: char| !c.is_alphanumeric()).next().map(str::to_owned))
        .filter(|name| name != "Part")
        .collect();
    assert_eq!(reached, known);
}
