//! A use case from its proposal to its end: every act is accepted once, and every change is made
//! once.

use crate::hospital::*;
use governance::*;
use insta::assert_snapshot;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Plays acts one after the other in one hospital, noting what each came to and where the use case
/// stands then.
fn play(mut hospital: Hospital, acts: Vec<(u32, &str, Act)>) -> (Hospital, String) {
    let mut story = Vec::new();
    for (days, actor, act) in acts {
        hospital = hospital.wait(days);
        let name = act.name();
        let answer = hospital.give(actor, act);
        story.push(format!("{name}: {} ({})", in_words(&answer), hospital.summary()));
    }
    (hospital, story.join("\n"))
}

/// From an empty record to a declined and retired use case, by way of every act there is.
fn a_life() -> Vec<(u32, &'static str, Act)> {
    let due = "2024-03-10T00:00:00Z".parse().expect("a time");
    let yes = |decision| vote(decision, Choice::Approve);
    let mut acts = vec![
        (0, "@installer", found()),
        (0, "office", Act::AddPerson(person("newcomer"))),
        (0, "office", Act::NoteDeparture { person: id("idle") }),
        (0, "office", Act::CharterBody(committee())),
        (0, "office", Act::AdoptTierPolicy(tier_policy())),
        (0, "office", Act::AdoptStandard(standard(Tier::T3))),
        (0, "office", register_system()),
        (0, "office", register_version("v1", "2023-12-01T00:00:00Z")),
        (0, "office", propose()),
        (0, "office", assign_owners()),
        (0, "office", state_facts(&[])),
        (0, "office", state_facts(TIER_3)),
        (0, "office", Act::BeginValidation { use_case: UC }),
        (0, "engineer", sign_lane(Verdict::Signed)),
        (0, "tech", begin_pilot("v1", Mode::Silent)),
        (40, "owner", attest()),
        (0, "assessor", record_evidence(0.7)),
        (0, "tech", adopt_plan(plan())),
        (0, "chair", open_motion(with_condition(approve(Outcome::Go), "owner", due))),
        (0, "ethicist", recuse(1)),
        (0, "chair", yes(1)),
        (0, "nurse", yes(1)),
        (0, "engineer", yes(1)),
        (0, "chair", carry(1)),
        (40, "@scheduler", Act::Tick),
        (0, "owner", meet_condition(1, 1)),
        (0, "@gate", report_version("v9")),
        (20, "@monitor", observe("2024-02", 0.9)),
        (0, "chair", stop_on_case()),
        (0, "chair", open_motion(resume(Outcome::Go))),
        (0, "chair", yes(3)),
        (0, "nurse", yes(3)),
        (0, "engineer", yes(3)),
        (0, "engineer", carry(3)),
        (1, "tech", suspend()),
        (0, "chair", open_motion(approve(Outcome::NoGo))),
    ];
    acts.extend(["chair", "nurse", "engineer"].map(|member| (0, member, yes(4))));
    acts.push((0, "chair", carry(4)));
    acts
}

#[test]
fn a_use_case_lives() {
    let (_, story) = play(Hospital::empty(), a_life());
    assert_snapshot!(story, @r"
    found: founded (none; open cases: [])
    add_person: person_added (none; open cases: [])
    note_departure: person_left (none; open cases: [])
    charter_body: body_chartered (none; open cases: [])
    adopt_tier_policy: tier_policy_adopted (none; open cases: [])
    adopt_standard: standard_adopted (none; open cases: [])
    register_system: system_registered (none; open cases: [])
    register_version: version_registered (none; open cases: [])
    propose_use_case: use_case_proposed (proposed; open cases: [])
    assign_owners: owners_assigned (proposed; open cases: [])
    state_facts: facts_stated (triaged; open cases: [])
    state_facts: facts_stated (triaged; open cases: [])
    begin_validation: validation_begun (validating; open cases: [])
    sign_lane: lane_signed (validating; open cases: [])
    begin_pilot: pilot_begun (piloting; open cases: [])
    attest: attested (piloting; open cases: [])
    record_evidence: evidence_recorded (piloting; open cases: [])
    adopt_plan: plan_adopted (piloting; open cases: [])
    open_motion: motion_opened (piloting; open cases: [])
    recuse: recused (piloting; open cases: [])
    cast_vote: vote_cast (piloting; open cases: [])
    cast_vote: vote_cast (piloting; open cases: [])
    cast_vote: vote_cast (piloting; open cases: [])
    carry_decision: decision_carried, went_live (live; open cases: [])
    tick: case_opened (live; open cases: [CASE-1])
    meet_condition: condition_met (live; open cases: [CASE-1])
    report_unknown_version: case_opened (live; open cases: [CASE-1 CASE-2])
    record_observation: observed, case_opened, signal_raised (live; open cases: [CASE-1 CASE-2 CASE-3])
    stop_on_case: motion_opened, decision_carried, case_closed, suspended (suspended; open cases: [CASE-2 CASE-3])
    open_motion: motion_opened (suspended; open cases: [CASE-2 CASE-3])
    cast_vote: vote_cast (suspended; open cases: [CASE-2 CASE-3])
    cast_vote: vote_cast (suspended; open cases: [CASE-2 CASE-3])
    cast_vote: vote_cast (suspended; open cases: [CASE-2 CASE-3])
    carry_decision: decision_carried, resumed (live; open cases: [CASE-2 CASE-3])
    suspend: suspended (suspended; open cases: [CASE-2 CASE-3])
    open_motion: motion_opened (suspended; open cases: [CASE-2 CASE-3])
    cast_vote: vote_cast (suspended; open cases: [CASE-2 CASE-3])
    cast_vote: vote_cast (suspended; open cases: [CASE-2 CASE-3])
    cast_vote: vote_cast (suspended; open cases: [CASE-2 CASE-3])
    carry_decision: decision_carried, retired (retired; open cases: [CASE-2 CASE-3])
    ");
}

#[test]
fn every_act_is_played() {
    // The acts of the other groups are played by the tests of their parts, and at random.
    let groups = Act::groups();
    let known: BTreeSet<_> = groups[0].names.iter().copied().collect();
    let played = a_life().into_iter().map(|(_, _, act)| act.name());
    // Its plan reads a log; `judged` plays the reports.
    let played = played.chain(["report_observation"]);
    let played: BTreeSet<_> = played.filter(|name| known.contains(name)).collect();
    assert_eq!(played, known);
}

#[test]
fn each_outcome_has_its_effect() {
    let suspended = || Hospital::live().must("tech", suspend());
    let live = Hospital::live;
    let due = |hospital: &Hospital| days_after(hospital.now, 30);
    let conditional = with_condition(approve(Outcome::Go), "owner", due(&Hospital::ready()));
    let untiered = Hospital::proposed().must("@gate", report_version("v9"));
    let piloted = Hospital::piloting().must("@gate", report_version("v9"));
    let table = [
        ("approve: go", Hospital::ready(), approve(Outcome::Go)),
        ("approve: go with conditions", Hospital::ready(), conditional),
        ("approve: re-review", Hospital::ready(), approve(Outcome::ReReview)),
        ("approve: no-go", Hospital::ready(), approve(Outcome::NoGo)),
        ("approve: defer", Hospital::ready(), approve(Outcome::Defer)),
        ("approve again: go", live().wait(10), approve(Outcome::Go)),
        ("case: go", Hospital::slipped(), on_case(Outcome::Go)),
        ("case: no-go", Hospital::slipped(), on_case(Outcome::NoGo)),
        (
            "case when suspended: no-go",
            Hospital::slipped().must("tech", suspend()),
            on_case(Outcome::NoGo),
        ),
        ("case before triage: go", untiered, on_case(Outcome::Go)),
        ("case in the silent run: no-go", piloted, on_case(Outcome::NoGo)),
        ("resume: go", suspended(), resume(Outcome::Go)),
        ("resume: no-go", suspended(), resume(Outcome::NoGo)),
    ];
    let lines = table.map(|(name, hospital, motion)| {
        let mut hospital = hospital.must("chair", open_motion(motion));
        let number = u32::try_from(hospital.record.decisions.len()).expect("few");
        for member in ["chair", "nurse", "ethicist", "engineer"] {
            hospital = hospital.must(member, vote(number, Choice::Approve));
        }
        let answer = hospital.give("chair", carry(number));
        format!("{name} → {} ({})", in_words(&answer), hospital.summary())
    });
    assert_snapshot!(lines.join("\n"), @r"
    approve: go → decision_carried, went_live (live; open cases: [])
    approve: go with conditions → decision_carried, went_live (live; open cases: [])
    approve: re-review → decision_carried, sent_back (validating; open cases: [])
    approve: no-go → decision_carried, retired (retired; open cases: [])
    approve: defer → decision_carried (piloting; open cases: [])
    approve again: go → decision_carried, went_live (live; open cases: [])
    case: go → decision_carried, case_closed (live; open cases: [])
    case: no-go → decision_carried, case_closed, suspended (suspended; open cases: [])
    case when suspended: no-go → decision_carried, case_closed (suspended; open cases: [])
    case before triage: go → decision_carried, case_closed (proposed; open cases: [])
    case in the silent run: no-go → decision_carried, case_closed, suspended (validating; open cases: [])
    resume: go → decision_carried, resumed (live; open cases: [])
    resume: no-go → decision_carried (suspended; open cases: [])
    ");
}

#[test]
fn a_silent_run_can_be_stopped_and_begun_anew() {
    let reported = || Hospital::moved().must("@gate", report_version("v9"));
    let table = [
        ("at once", "tech", suspend()),
        ("on a case", "chair", stop_on_case()),
        ("on a case, by another member", "nurse", stop_on_case()),
    ];
    let lines = table.map(|(name, actor, act)| {
        let mut hospital = reported();
        let answer = hospital.give(actor, act);
        let stopped = hospital.summary();
        let begun = in_words(&hospital.give("tech", begin_pilot("v1", Mode::Silent)));
        format!("{name} → {} ({stopped}); {begun}", in_words(&answer))
    });
    assert_snapshot!(lines.join("\n"), @r"
    at once → suspended, motion_ended (validating; open cases: [CASE-1]); pilot_begun
    on a case → motion_opened, decision_carried, case_closed, suspended, motion_ended (validating; open cases: []); pilot_begun
    on a case, by another member → refused: only the chair of committee may stop a use case on a case; put a motion on the case (piloting; open cases: [CASE-1]); refused: UC-1 stays as it is while DEC-1 is open; have its outcome declared first
    ");
}

#[test]
fn resuming_takes_what_going_live_takes() {
    let left =
        |hospital: Hospital| hospital.must("office", Act::NoteDeparture { person: id("owner") });
    let suspended = || Hospital::live().must("tech", suspend());
    let mut voted = suspended().must("chair", open_motion(resume(Outcome::Go)));
    for member in ["chair", "nurse", "engineer"] {
        voted = voted.must(member, vote(2, Choice::Approve));
    }
    let go = || open_motion(resume(Outcome::Go));
    let table = vec![
        ("its owner left", left(suspended()), "chair", go()),
        ("its owner left during the vote", left(voted), "chair", carry(2)),
        ("its evidence ran out", suspended().wait(200), "chair", go()),
        ("newer evidence fails", suspended().must("assessor", record_evidence(0.5)), "chair", go()),
        ("to stay stopped", left(suspended()), "chair", open_motion(resume(Outcome::NoGo))),
    ];
    assert_snapshot!(check(table), @r"
    its owner left → refused: `owner` has left the hospital; name somebody who works here
    its owner left during the vote → refused: `owner` has left the hospital; name somebody who works here
    its evidence ran out → refused: UC-1 cannot go live: its evidence has run out; compute it again
    newer evidence fails → refused: UC-1 cannot go live: its newest evidence does not meet the standard; see its findings
    to stay stopped → motion_opened
    ");
}

#[test]
fn a_renewal_keeps_the_day_of_going_live() {
    let first = Hospital::live();
    let since = first.use_case().stage.live().expect("live").since;
    let mut renewed = first.wait(30).must("chair", open_motion(approve(Outcome::Go)));
    renewed = renewed.carried(2);
    let live = renewed.use_case().stage.live().expect("live");
    assert_eq!((live.since, live.path.decision), (since, DecisionId(2)));
}

#[test]
fn an_event_that_does_not_fit_is_named() {
    let hospital = Hospital::live();
    let last = hospital.events.last().expect("events");
    let message = |change: fn(&mut Event)| {
        let mut event = last.clone();
        event.seq = hospital.record.next_seq;
        change(&mut event);
        let mut record = hospital.record.clone();
        apply(&mut record, &event).expect_err("it does not fit").to_string()
    };
    let table = [
        message(|event| event.seq += 1),
        message(|event| event.at = Timestamp::UNIX_EPOCH),
        message(|event| event.change = Change::PersonLeft { person: id("ghost") }),
        message(|event| {
            let (use_case, decision) = (UC, DecisionId(1));
            event.change = Change::SentBack { use_case, decision };
        }),
        message(|event| {
            let (decision, proof) = (DecisionId(1), String::new());
            event.change = Change::ConditionMet { decision, condition: 1, proof };
        }),
    ];
    assert_snapshot!(table.join("\n"), @r"
    event 24 does not fit the record before it: event 23 is due; verify the log
    event 23 does not fit the record before it: it lies before the last one; verify the log
    event 23 does not fit the record before it: it speaks of `ghost`, which the record does not have; verify the log
    event 23 does not fit the record before it: a live use case cannot be sent back; only a piloted use case can be re-reviewed; verify the log
    event 23 does not fit the record before it: it speaks of `1`, which the record does not have; verify the log
    ");
}
