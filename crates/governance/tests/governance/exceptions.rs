//! What is allowed for a time against the rule: who allows it, how long it holds, what it does.

use crate::hospital::*;
use governance::*;
use insta::assert_snapshot;

fn tier(to: Tier, direction: Direction) -> Excepted {
    Excepted::Tier { to, direction }
}

fn ask(hospital: Hospital, what: Excepted, days: u32) -> Hospital {
    let until = days_after(hospital.now, days);
    hospital.must("owner", Act::Exceptions(except(what, until)))
}

fn renew(hospital: &Hospital, days: u32) -> Act {
    Act::Exceptions(ExceptionsAct::RenewException {
        exception: ExceptionId(1),
        reason: "Still negotiating".into(),
        expires: days_after(hospital.now, days),
    })
}

fn end() -> Act {
    let reason = "The clause is there".into();
    Act::Exceptions(ExceptionsAct::EndException { exception: ExceptionId(1), reason })
}

fn on(exception: u32, outcome: Outcome) -> Act {
    open_motion(on_exception(exception, outcome))
}

/// The tier that governs `UC-1`, and whether `EX-1` is in force.
fn stands(hospital: &Hospital) -> String {
    let tier = hospital.record.effective_tier(hospital.use_case(), hospital.now);
    let exception = &hospital.record.exceptions.all[&ExceptionId(1)];
    format!("{}, in force {}", tier.expect("a tier"), exception.in_force(hospital.now))
}

fn work_on_it(hospital: &Hospital) -> String {
    let tasks = work(&hospital.record, hospital.now);
    let about = tasks.into_iter().filter(|task| task.what.contains("EX-1"));
    about.map(|task| format!("{} (overdue {})", task.what, task.overdue)).collect()
}

#[test]
fn it_holds_from_its_decision_to_its_end_and_not_an_instant_longer() {
    let hospital = Hospital::excepted();
    let clause = Excepted::Clause { clause: "change-notice".into() };
    let holds = |at| hospital.record.excepted(UC, &clause, at).is_some();
    let end = days_after(hospital.now, 20);
    let before = |at: jiff::Timestamp| at - jiff::SignedDuration::from_nanos(1);
    assert!(!holds(before(hospital.now)) && holds(hospital.now) && holds(before(end)));
    assert!(!holds(end) && !holds(days_after(end, 1)));
    let other = Excepted::Clause { clause: "exit".into() };
    assert!(hospital.record.excepted(UC, &other, hospital.now).is_none());
    // Ended earlier, it does not hold from then on; that it held before stays so.
    let (began, hospital) = (hospital.now, hospital.wait(3).must("owner", self::end()));
    let holds = |at| hospital.record.excepted(UC, &clause, at).is_some();
    assert!(holds(began) && !holds(hospital.now));
}

#[test]
fn its_end_is_announced_and_what_is_over_shows_until_it_is_ended() {
    assert_snapshot!(work_on_it(&Hospital::excepted()), @"EX-1 (without the clause change-notice) is about to expire: end its cause, or ask to renew it (overdue false)");
    assert_snapshot!(work_on_it(&Hospital::excepted().wait(20)), @"EX-1 (without the clause change-notice) has expired and is not in force: end it, with its cause (overdue true)");
    assert_snapshot!(work_on_it(&Hospital::excepted().wait(20).must("owner", end())), @"");
    let asked = ask(crate::judged::agent_live(), Excepted::Drill, 90);
    assert_snapshot!(work_on_it(&asked), @"Put EX-1 (without a stop drill) to a body (overdue false)");
}

/// T3 takes the nurse and 3 of 5; T4 takes the ethicist too, 4 of 5 and two clinicians.
#[test]
fn lowering_takes_the_rule_of_the_tier_above_and_raising_that_of_its_own() {
    let lower = ask(Hospital::proved(), tier(Tier::T2, Direction::Lower), 90);
    let raise = ask(Hospital::proved(), tier(Tier::T4, Direction::Raise), 90);
    let decided = |hospital: Hospital, voters: &[&str]| {
        let mut hospital = hospital.must("chair", on(1, Outcome::Go));
        for voter in voters {
            hospital = hospital.must(voter, vote(1, Choice::Approve));
        }
        let answer = in_words(&hospital.give("chair", carry(1)));
        format!("{answer}; {}", stands(&hospital))
    };
    let three = ["chair", "nurse", "engineer"];
    let four = ["chair", "nurse", "engineer", "ethicist"];
    let table = [decided(lower.clone(), &three), decided(lower, &four), decided(raise, &three)];
    assert_snapshot!(table.join("\n"), @r"
    refused: no quorum: 3 of 4 seats took part; ask the others to vote; T3, in force false
    decision_carried, exception_allowed; T2, in force true
    decision_carried, exception_allowed; T4, in force true
    ");
}

#[test]
fn an_overridden_tier_sets_the_rule_of_decisions_and_the_time_until_the_gate_closes() {
    let raised = ask(Hospital::ready(), tier(Tier::T4, Direction::Raise), 30)
        .must("chair", on(1, Outcome::Go))
        .carried(1);
    assert_eq!(raised.use_case().stage.tier().expect("a tier").tier, Tier::T3, "as computed");
    // A raised tier has the duties of that tier: what was proved was proved to another standard.
    let motion = || open_motion(approve(Outcome::Go));
    let adopted = raised.clone().must("office", Act::AdoptStandard(standard(Tier::T4)));
    let told = [raised, adopted.clone()].map(|mut it| in_words(&it.give("chair", motion())));
    assert_snapshot!(told.join("\n"), @r"
    refused: no validation standard is in force for T4 predictive; adopt one first
    refused: UC-1 cannot go live: its evidence was judged against another standard, or another version of it; compute it again
    ");
    let moved = adopted.must("assessor", record_evidence(0.7)).must("chair", motion());
    assert_eq!(moved.record.decisions[&DecisionId(2)].tier, Tier::T4);
    let live = moved.carried(2).wait(5).must("office", Act::NoteDeparture { person: id("tech") });
    let days = |hospital: &Hospital| {
        let standing = hospital.standing();
        let since = standing.out_of_policy_since.expect("out of policy");
        (standing.gate_closes_at.expect("a clock") - since).as_hours() / 24
    };
    assert_eq!(days(&live), 0, "those of T4");
    assert_eq!(days(&live.wait(30)), 10, "those of T3: the exception has expired");
}

#[test]
fn a_motion_under_a_rule_that_became_too_lax_comes_to_nothing() {
    let lowered = ask(Hospital::ready(), tier(Tier::T2, Direction::Lower), 10)
        .must("chair", on(1, Outcome::Go))
        .carried(1)
        .must("chair", open_motion(approve(Outcome::Go)));
    let voted = ["chair", "engineer", "ethicist"]
        .into_iter()
        .fold(lowered, |hospital, who| hospital.must(who, vote(2, Choice::Approve)));
    // Without the nurse, as T2 allows.
    assert_snapshot!(in_words(&voted.clone().give("chair", carry(2))), @"decision_carried, went_live");
    assert_snapshot!(in_words(&voted.wait(10).give("chair", carry(2))), @"motion_ended");
}

#[test]
fn it_is_renewed_by_the_body_and_no_more_often_than_the_policy_says() {
    let mut hospital = Hospital::excepted();
    for decision in [3, 4] {
        let act = renew(&hospital, 60);
        hospital = hospital.must("owner", act);
        hospital = hospital.must("chair", on(1, Outcome::Go)).carried(decision).wait(30);
    }
    let act = renew(&hospital, 60);
    assert_snapshot!(in_words(&hospital.give("owner", act)), @"refused: EX-1 was renewed 2 times, as often as the tier policy lets it be; end its cause");
    // Declined, what was allowed before runs on to its end.
    let once = Hospital::excepted();
    let act = renew(&once, 60);
    let declined = once.must("owner", act).must("chair", on(1, Outcome::NoGo)).carried(3);
    assert_snapshot!(stands(&declined), @"T3, in force true");
    assert_snapshot!(stands(&declined.wait(20)), @"T3, in force false");
}

/// Letting an exception run out and asking for the same anew is a renewal by another name; ending
/// it in time, with its cause, is not.
#[test]
fn one_that_was_let_run_out_counts_when_the_same_is_asked_for_again() {
    let lacks = || Excepted::Clause { clause: "change-notice".into() };
    let allowed = |hospital: Hospital, exception: u32, decision: u32| {
        let until = days_after(hospital.now, 20);
        let act = Act::Exceptions(except(lacks(), until));
        hospital.must("owner", act).must("chair", on(exception, Outcome::Go)).carried(decision)
    };
    let asked = |mut hospital: Hospital| {
        let act = Act::Exceptions(except(lacks(), days_after(hospital.now, 20)));
        in_words(&hospital.give("owner", act))
    };
    let twice = allowed(allowed(Hospital::excepted().wait(30), 2, 3).wait(30), 3, 4);
    assert_snapshot!(asked(twice.clone().wait(30)), @"refused: EX-3 was renewed 2 times, as often as the tier policy lets it be; end its cause");
    let end = |exception| {
        let reason = "The contract has it now".to_owned();
        Act::Exceptions(ExceptionsAct::EndException { exception: ExceptionId(exception), reason })
    };
    let mended = twice.clone().must("owner", end(3));
    assert_snapshot!(asked(mended.wait(30)), @"exception_requested");
    assert_snapshot!(asked(twice.wait(400)), @"exception_requested");
}

/// The committee reports to a board.
fn under_a_board() -> Hospital {
    let mut board = committee();
    board.id = id("top-board");
    let amendment = BodyAmendment { parent: Some(id("top-board")), ..BodyAmendment::default() };
    let amend = MeetingsAct::AmendBody { body: id("committee"), amendment };
    Hospital::proved().must("office", Act::CharterBody(board)).must("office", Act::Meetings(amend))
}

/// Rows that are refused.
pub fn refused() -> Vec<Row> {
    let until = |days| days_after(Hospital::live().now, days);
    let asks = |what, days| Act::Exceptions(except(what, until(days)));
    let twice = {
        let mut hospital = Hospital::excepted();
        for decision in [3, 4] {
            let act = renew(&hospital, 60);
            hospital = hospital.must("owner", act);
            hospital = hospital.must("chair", on(1, Outcome::Go)).carried(decision).wait(30);
        }
        hospital
    };
    let again = renew(&twice, 60);
    let excepted = Hospital::excepted();
    let same = Excepted::Clause { clause: "change-notice".into() };
    let agent = crate::judged::agent_live();
    let pending = ask(agent.clone(), Excepted::Drill, 30);
    let ghost = || "ghost".to_owned();
    let silent = Act::Exceptions(match except(Excepted::Drill, until(9)) {
        ExceptionsAct::RequestException { use_case, what, reason, owner, expires, .. } => {
            let compensating_control = " ".into();
            ExceptionsAct::RequestException {
                use_case,
                what,
                reason,
                compensating_control,
                owner,
                expires,
            }
        }
        other => other,
    });
    vec![
        ("a motion on what nobody asks", excepted.clone(), "chair", on(1, Outcome::Go)),
        ("an unknown exception", Hospital::live(), "chair", on(7, Outcome::Go)),
        ("deferring an exception", pending.clone(), "chair", on(1, Outcome::Defer)),
        ("the same twice", excepted.clone(), "owner", asks(same, 9)),
        ("no control", Hospital::live(), "owner", silent),
        ("an end in the past", agent, "owner", asks(Excepted::Drill, 0)),
        ("a drill of no agent", Hospital::live(), "owner", asks(Excepted::Drill, 9)),
        ("no such lane", Hospital::live(), "owner", asks(Excepted::Lane { lane: ghost() }, 9)),
        (
            "no such clause",
            without_clause(),
            "owner",
            asks(Excepted::Clause { clause: ghost() }, 9),
        ),
        (
            "lowering to what is higher",
            Hospital::live(),
            "owner",
            asks(tier(Tier::T4, Direction::Lower), 9),
        ),
        (
            "a requirement that nobody makes",
            Hospital::live(),
            "owner",
            asks(Excepted::Requirement { requirement: id("ghost") }, 9),
        ),
        (
            "lowering before the body itself",
            ask(under_a_board(), tier(Tier::T2, Direction::Lower), 30),
            "chair",
            on(1, Outcome::Go),
        ),
        ("renewing what waits", pending.clone(), "owner", renew(&pending, 90)),
        ("renewing for less", excepted.clone(), "owner", renew(&excepted, 20)),
        ("renewing too often", twice, "owner", again),
        ("ending what ended", excepted.must("owner", end()), "owner", end()),
    ]
}

#[test]
fn what_is_refused_says_what_to_do() {
    assert_snapshot!(check(refused()), @r"
    a motion on what nobody asks → refused: EX-1 waits for no decision; ask for it, or for its renewal, first
    an unknown exception → refused: the record has no exception `EX-7`; check the id
    deferring an exception → refused: `defer` is no answer to that question; choose one of: go, go with conditions, no-go
    the same twice → refused: EX-1 is about the same; renew that one, or end it first
    no control → refused: the compensating control must not be empty
    an end in the past → refused: the exception's end must lie in the future
    a drill of no agent → refused: UC-1 is no agent; only AI systems of the type agent are in the register
    no such lane → refused: the record has no lane `ghost`; check the id
    no such clause → refused: the record has no clause `ghost`; check the id
    lowering to what is higher → refused: the exception is not sound: its computed tier is T3, and T4 is not beyond it
    a requirement that nobody makes → refused: the record has no requirement of its standard `ghost`; check the id
    lowering before the body itself → refused: committee cannot lower the tier; put the motion to top-board, or a body above that
    renewing what waits → refused: EX-1 was ended, declined, or waits for a decision; where needed, ask for a new one
    renewing for less → refused: the renewal is not sound: it would end no later than the exception does
    renewing too often → refused: EX-1 was renewed 2 times, as often as the tier policy lets it be; end its cause
    ending what ended → refused: EX-1 was ended, declined, or waits for a decision; where needed, ask for a new one
    ");
}

/// All it takes but the privacy lane.
fn unsigned() -> Hospital {
    Hospital::validating()
        .must("tech", begin_pilot("v1", Mode::Silent))
        .wait(40)
        .must("owner", attest())
        .must("assessor", record_evidence(0.7))
        .must("tech", adopt_plan(plan()))
}

/// All it takes but somebody's word that it fits the work.
fn unattested() -> Hospital {
    Hospital::piloting().must("assessor", record_evidence(0.7)).must("tech", adopt_plan(plan()))
}

fn without_clause() -> Hospital {
    let terms = VendorsAct::AdoptContractTerms(contract_terms());
    Hospital::ready().must("office", Act::Vendors(terms))
}

/// What comes of a motion to approve it before the exception, while it is in force, and after.
fn before_during_after(hospital: &Hospital, what: Excepted) -> String {
    let moved = |hospital: &Hospital| {
        in_words(&hospital.clone().give("chair", open_motion(approve(Outcome::Go))))
    };
    let excepted = ask(hospital.clone(), what, 20).must("chair", on(1, Outcome::Go)).carried(1);
    let lines = [moved(hospital), moved(&excepted), moved(&excepted.wait(20))];
    lines.join("\n")
}

#[test]
fn a_lane_is_excepted_unless_somebody_objected() {
    let lane = || Excepted::Lane { lane: "privacy".into() };
    assert_snapshot!(before_during_after(&unsigned(), lane()), @r"
    refused: UC-1 cannot go live: its lane Privacy is unsigned; have a privacy-officer sign it
    motion_opened
    refused: UC-1 cannot go live: its lane Privacy is unsigned; have a privacy-officer sign it
    ");
    let objected = unsigned().must("engineer", sign_lane(Verdict::Objected));
    assert_snapshot!(before_during_after(&objected, lane()), @r"
    refused: UC-1 cannot go live: its lane Privacy has the objection of engineer: No identities leave the hospital; have a privacy-officer sign it
    refused: UC-1 cannot go live: its lane Privacy has the objection of engineer: No identities leave the hospital; have a privacy-officer sign it
    refused: UC-1 cannot go live: its lane Privacy has the objection of engineer: No identities leave the hospital; have a privacy-officer sign it
    ");
}

#[test]
fn a_clause_is_excepted() {
    let clause = Excepted::Clause { clause: "change-notice".into() };
    assert_snapshot!(before_during_after(&without_clause(), clause), @r"
    refused: UC-1 cannot go live: its contract lacks a clause, notice of changes: no contract on SYS-1 is in force; agree on it with the vendor, or have a body except it for a time
    motion_opened
    refused: UC-1 cannot go live: its contract lacks a clause, notice of changes: no contract on SYS-1 is in force; agree on it with the vendor, or have a body except it for a time
    ");
}

#[test]
fn a_drill_is_excepted() {
    let undrilled = crate::judged::agent_without_drill();
    assert_snapshot!(before_during_after(&undrilled, Excepted::Drill), @r"
    refused: UC-1 cannot go live: it passed no stop drill within 365 days; hold one
    motion_opened
    refused: UC-1 cannot go live: it passed no stop drill within 365 days; hold one
    ");
}

fn fit() -> Excepted {
    Excepted::Requirement { requirement: id("fit") }
}

#[test]
fn a_requirement_is_excepted_and_shown_as_such() {
    assert_snapshot!(before_during_after(&unattested(), fit()), @r"
    refused: UC-1 cannot go live: its newest evidence does not meet the standard; see its findings
    motion_opened
    refused: UC-1 cannot go live: its newest evidence does not meet the standard; see its findings
    ");
    let excepted = ask(unattested(), fit(), 20).must("chair", on(1, Outcome::Go)).carried(1);
    let states = |hospital: &Hospital| {
        let all = hospital.record.requirements(hospital.use_case(), hospital.now).into_iter();
        all.map(|it| format!("{} {:?}", it.requirement, it.state)).collect::<Vec<_>>().join(", ")
    };
    assert_snapshot!(states(&excepted), @"discrimination Met, fit Excepted { exception: ExceptionId(1) }");
    assert_snapshot!(states(&excepted.wait(20)), @"discrimination Met, fit Missing");
}

/// Renewed in time it goes on; ended or expired, what rests on it is out of policy that day.
#[test]
fn what_went_live_on_an_exception_lapses_with_it() {
    let live = ask(unattested(), fit(), 20)
        .must("chair", on(1, Outcome::Go))
        .carried(1)
        .must("chair", open_motion(approve(Outcome::Go)))
        .carried(2);
    let validation = |hospital: &Hospital| {
        let fields = hospital.standing().fields;
        let of =
            fields.into_iter().find(|it| it.kind == FieldKind::Validation).expect("it is there");
        format!("{:?}: {}", of.state, of.because)
    };
    let renewal = renew(&live, 40);
    let renewed = live.clone().must("owner", renewal).must("chair", on(1, Outcome::Go)).carried(3);
    let ended = live.clone().wait(3).must("owner", end()).wait(2);
    let table = [live.clone(), live.wait(20), renewed.clone().wait(20), renewed.wait(40), ended];
    assert_snapshot!(table.each_ref().map(validation).join("\n"), @r"
    Met: EV-1 meets the standard
    Lapsed { since: 2024-03-01T00:00:00Z }: EV-1 has run out
    Met: EV-1 meets the standard
    Lapsed { since: 2024-03-21T00:00:00Z }: EV-1 has run out
    Lapsed { since: 2024-02-13T00:00:00Z }: EV-1 has run out
    ");
}

/// What was decided under the rule of a lower tier stands as long as the tier is lowered.
#[test]
fn an_approval_of_a_lower_tier_lapses_with_what_lowered_it() {
    let lowered = ask(Hospital::ready(), tier(Tier::T2, Direction::Lower), 10)
        .must("chair", on(1, Outcome::Go))
        .carried(1)
        .must("chair", open_motion(approve(Outcome::Go)))
        .carried(2);
    let path = |hospital: &Hospital| {
        let fields = hospital.standing().fields;
        let of = fields.into_iter().find(|it| it.kind == FieldKind::DecisionPath);
        let of = of.expect("it is there");
        format!("{:?}: {}", of.state, of.because)
    };
    let again = lowered.clone().wait(10).must("chair", open_motion(approve(Outcome::Go)));
    let ended = lowered.clone().wait(3).must("owner", end()).wait(2);
    let table = [lowered.clone().wait(9), lowered.wait(10), ended, again.carried(3)];
    assert_snapshot!(table.each_ref().map(path).join("\n"), @r"
    Met: committee under DEC-2
    Lapsed { since: 2024-02-20T00:00:00Z }: DEC-2 was decided as of a lower tier, and that has ended
    Lapsed { since: 2024-02-13T00:00:00Z }: DEC-2 was decided as of a lower tier, and that has ended
    Met: committee under DEC-3
    ");
}

#[test]
fn an_owner_does_not_end_what_raised_the_tier() {
    let raised = ask(Hospital::ready(), tier(Tier::T4, Direction::Raise), 30)
        .must("chair", on(1, Outcome::Go))
        .carried(1);
    assert_snapshot!(check(vec![
        ("by an owner", raised.clone(), "owner", end()),
        ("by somebody else", raised, "idle", end()),
        ("what was only asked", ask(Hospital::ready(), tier(Tier::T4, Direction::Raise), 9), "owner", end()),
    ]), @r"
    by an owner → refused: the exception's end is not sound: `owner` is an owner of it; somebody else ends what raises a tier
    by somebody else → exception_ended
    what was only asked → exception_ended
    ");
}

/// Nobody decides on what they asked for or are to keep within bounds.
#[test]
fn who_asked_for_an_exception_does_not_decide_on_it() {
    let live = Hospital::live();
    let until = days_after(live.now, 20);
    let clause = || Excepted::Clause { clause: "change-notice".into() };
    let by_engineer = live.clone().must("engineer", Act::Exceptions(except(clause(), until)));
    let ExceptionsAct::RequestException { use_case, what, reason, compensating_control, .. } =
        except(clause(), until)
    else {
        panic!("it asks");
    };
    let kept = ExceptionsAct::RequestException {
        use_case,
        what,
        reason,
        compensating_control,
        owner: id("nurse"),
        expires: until,
    };
    let kept = live.must("owner", Act::Exceptions(kept));
    let moved = |hospital: Hospital| hospital.must("chair", on(1, Outcome::Go));
    assert_snapshot!(check(vec![
        ("who asked", moved(by_engineer.clone()), "engineer", vote(2, Choice::Approve)),
        ("somebody else", moved(by_engineer), "nurse", vote(2, Choice::Approve)),
        ("who keeps it", moved(kept), "nurse", vote(2, Choice::Approve)),
    ]), @r"
    who asked → refused: `engineer` cannot decide on UC-1: the person proposed it; recuse instead
    somebody else → vote_cast
    who keeps it → refused: `nurse` cannot decide on UC-1: the person is an owner of it; recuse instead
    ");
}
