//! Bodies that meet, ballot and delegate; seats with terms; lanes; cases that open again.

use crate::hospital::*;
use governance::*;
use insta::assert_snapshot;
use jiff::Timestamp;

fn of_meetings(act: MeetingsAct) -> Act {
    Act::Meetings(act)
}

fn ballot(days: u32) -> Hospital {
    let hospital = Hospital::moved();
    let (decision, closes_at) = (DecisionId(1), days_after(hospital.now, days));
    hospital.must("chair", of_meetings(MeetingsAct::OpenBallot { decision, closes_at }))
}

fn vacate(seat: &str) -> Act {
    let (body, seat) = (id("committee"), id(seat));
    of_meetings(MeetingsAct::VacateSeat { body, seat, reason: "The term is over".into() })
}

fn fill(seat: &str, holder: &str, from: Option<Timestamp>, until: Option<Timestamp>) -> Act {
    let (body, seat, holder) = (id("committee"), id(seat), id(holder));
    of_meetings(MeetingsAct::FillSeat { body, seat, holder, term: SeatTerm { from, until } })
}

fn amend(amendment: BodyAmendment) -> Act {
    of_meetings(MeetingsAct::AmendBody { body: id("committee"), amendment })
}

fn withdraw() -> Act {
    let reason = "Nobody can carry it".into();
    of_meetings(MeetingsAct::WithdrawMotion { decision: DecisionId(1), reason })
}

fn decide_alone() -> Act {
    of_meetings(MeetingsAct::DecideAlone { decision: DecisionId(1) })
}

fn site(handle: &str) -> Act {
    Act::Organisation(OrganisationAct::AddSite(Site {
        id: id(handle),
        name: "A hospital".into(),
        time_zone: "America/Chicago".into(),
        jurisdiction: "US-TX".into(),
        closed_at: None,
    }))
}

fn declare_interest(person: &str) -> Act {
    let (person, vendor) = (id(person), id("acme-health"));
    let interest = "Shares".into();
    Act::Organisation(OrganisationAct::DeclareInterest { person, vendor, interest })
}

/// With a motion of the office to approve what the chair owns.
fn owned_by_the_chair() -> Hospital {
    let owners = owners("sponsor", "chair", "tech");
    Hospital::ready()
        .must("office", Act::AssignOwners { use_case: UC, owners })
        .must("office", open_motion(approve(Outcome::Go)))
}

/// A second body, to which the committee does not report.
fn board() -> Act {
    let mut board = committee();
    board.id = id("board");
    Act::CharterBody(board)
}

fn strict_policy() -> Act {
    let mut policy = tier_policy();
    policy.version = "2".into();
    for duties in policy.duties.iter_mut().filter(|duties| duties.tier == Tier::T3) {
        let (quorum, clinician_approvals) = (4, 2);
        let (majority, majority_of) = (2, 3);
        let least = LeastRule { quorum, clinician_approvals, majority, majority_of };
        duties.decision = Some(least);
    }
    Act::AdoptTierPolicy(policy)
}

/// Whatever these ask for is refused.
#[expect(clippy::too_many_lines, reason = "a table, one row after the other")]
pub fn refused() -> Vec<Row> {
    let meeting = MeetingId(1);
    let slipped = || Hospital::slipped().must("office", board());
    let before_the_board = Act::OpenMotion { body: id("board"), motion: on_case(Outcome::Go) };
    let at_main = || Hospital::live().must("office", site("main"));
    let close_main = OrganisationAct::CloseSite { site: id("main") };
    let one_present = MeetingsAct::RecordAttendance { meeting, present: people(&["chair"]) };
    let voted = ["chair", "nurse", "ethicist"]
        .into_iter()
        .fold(Hospital::meeting(), |hospital, who| hospital.must(who, vote(1, Choice::Approve)));
    let handed_over = Hospital::moved()
        .must("nurse", vote(1, Choice::Approve))
        .must("office", vacate("nurse"))
        .must("office", fill("nurse", "idle", None, None));
    let balloted = |who: &[&'static str]| {
        who.iter().fold(ballot(7), |hospital, who| hospital.must(who, vote(1, Choice::Approve)))
    };
    vec![
        (
            "a charter that asks too little",
            Hospital::founded().must("office", strict_policy()),
            "office",
            Act::CharterBody(committee()),
        ),
        (
            "a motion under such a charter",
            Hospital::ready().must("office", strict_policy()),
            "chair",
            open_motion(approve(Outcome::Go)),
        ),
        ("a body above itself", Hospital::furnished(), "office", {
            amend(BodyAmendment { parent: Some(id("committee")), ..Default::default() })
        }),
        ("a case before another body", slipped(), "chair", before_the_board),
        ("a seat that voted", handed_over, "idle", vote(1, Choice::Reject)),
        ("a vote after the ballot", ballot(7).wait(7), "nurse", vote(1, Choice::Approve)),
        (
            "an outcome during the ballot",
            balloted(&["chair", "nurse", "ethicist"]),
            "chair",
            carry(1),
        ),
        ("an absent member's vote", Hospital::meeting(), "engineer", vote(1, Choice::Approve)),
        (
            "an outcome among too few",
            voted.must("chair", of_meetings(one_present)),
            "chair",
            carry(1),
        ),
        ("a meeting opened twice", Hospital::meeting(), "chair", {
            of_meetings(MeetingsAct::OpenMeeting { meeting, present: people(&["chair"]) })
        }),
        (
            "minutes of a meeting that is over",
            {
                let minutes = "We met".into();
                let close = of_meetings(MeetingsAct::CloseMeeting { meeting, minutes });
                Hospital::meeting().must("chair", close)
            },
            "chair",
            { of_meetings(MeetingsAct::CloseMeeting { meeting, minutes: "Again".into() }) },
        ),
        ("no delegation", Hospital::delegated(), "nurse", decide_alone()),
        ("a delegation that ran out", Hospital::delegated().wait(400), "idle", decide_alone()),
        (
            "a delegation by an owner",
            Hospital::delegated().must("office", {
                let owners = owners("sponsor", "idle", "tech");
                Act::AssignOwners { use_case: UC, owners }
            }),
            "idle",
            decide_alone(),
        ),
        (
            "a delegation once votes are cast",
            Hospital::delegated().must("nurse", vote(1, Choice::Approve)),
            "idle",
            decide_alone(),
        ),
        ("a delegation of high tiers", Hospital::furnished(), "chair", {
            delegate("idle", Delegated::Approve { up_to: Tier::T3 }, Timestamp::MAX)
        }),
        ("a motion taken back by another", Hospital::moved(), "nurse", withdraw()),
        ("a motion taken back by a chair who owns it", owned_by_the_chair(), "chair", withdraw()),
        ("a delegation to oneself", Hospital::moved(), "chair", {
            delegate("chair", Delegated::Approve { up_to: Tier::T2 }, Timestamp::MAX)
        }),
        ("a chair on no seat", Hospital::furnished(), "office", {
            amend(BodyAmendment { chair: Some(id("ghost")), ..Default::default() })
        }),
        ("a site in use", at_main(), "office", Act::Organisation(close_main)),
        ("a pilot at no site", Hospital::validating().must("office", site("north")), "tech", {
            begin_pilot("v1", Mode::Silent)
        }),
        ("a lane before validation", Hospital::triaged(), "idle", sign_lane(Verdict::Signed)),
        ("a lane of one's own", Hospital::validating(), "owner", sign_lane(Verdict::Signed)),
        (
            "an approval with an objection",
            Hospital::ready().must("idle", sign_lane(Verdict::Objected)),
            "chair",
            open_motion(approve(Outcome::Go)),
        ),
    ]
}

#[test]
fn what_does_not_fit_is_refused() {
    assert_snapshot!(check(refused()), @r"
    a charter that asks too little → refused: a decision on T3 takes at least a quorum of 4, 2 clinicians in favour and a majority of 2 of 3, says the tier policy; have the charter ask for that
    a motion under such a charter → refused: a decision on T3 takes at least a quorum of 4, 2 clinicians in favour and a majority of 2 of 3, says the tier policy; have the charter ask for that
    a body above itself → refused: the charter is not sound: committee reports to committee already
    a case before another body → refused: committee approved UC-1, not board; put the motion to it, or to one above it
    a seat that voted → refused: the seat `nurse` has voted already, by who held it then; a vote stands
    a vote after the ballot → refused: the written ballot on DEC-1 has closed; have its outcome declared, or another opened
    an outcome during the ballot → refused: the written ballot on DEC-1 goes on until 2024-02-17T00:00:00Z, and not all have voted; declare the outcome then
    an absent member's vote → refused: `engineer` is not present in MTG-1, which has it on its agenda; record attendance
    an outcome among too few → refused: 1 of the 3 needed are present in MTG-1; record who else came
    a meeting opened twice → refused: MTG-1 cannot begin while its body meets; close the meeting that is held
    minutes of a meeting that is over → refused: MTG-1 is over; call another
    no delegation → refused: no delegation in force lets `nurse` approve T2 use cases for committee; leave it to the body
    a delegation that ran out → refused: no delegation in force lets `idle` approve T2 use cases for committee; leave it to the body
    a delegation by an owner → refused: `idle` cannot decide on UC-1: the person is an owner of it; recuse instead
    a delegation once votes are cast → refused: DEC-1 is before its body, which has begun to vote or to meet on it; leave it there
    a delegation of high tiers → refused: the delegation is not sound: above T2, the body decides itself
    a motion taken back by another → refused: only who put the motion of DEC-1, or who chairs the body, takes it back
    a motion taken back by a chair who owns it → refused: `chair` cannot decide on UC-1: the person is an owner of it; recuse instead
    a delegation to oneself → refused: the delegation is not sound: it is to oneself; let somebody else act
    a chair on no seat → refused: the charter is not sound: it names a seat `ghost` that it does not have
    a site in use → refused: UC-1 runs at `main`; stop it or move it first
    a pilot at no site → refused: the record has no open site `main`; check the id
    a lane before validation → refused: no sign-off lane `privacy` applies to UC-1 now; see which do
    a lane of one's own → refused: `owner` cannot decide on UC-1: the person is an owner of it; recuse instead
    an approval with an objection → refused: UC-1 cannot go live: its lane Privacy has the objection of idle: No identities leave the hospital; have a privacy-officer sign it
    ");
}

#[test]
fn bodies_decide_in_meetings_by_ballot_and_by_delegation() {
    let met = ["chair", "nurse", "ethicist"]
        .into_iter()
        .fold(Hospital::meeting(), |hospital, who| hospital.must(who, vote(1, Choice::Approve)));
    let votes: Vec<_> =
        met.record.decisions[&DecisionId(1)].votes.values().map(|vote| vote.meeting).collect();
    assert_eq!(votes, [Some(MeetingId(1)); 3]);
    let closed = ["chair", "nurse", "ethicist"]
        .into_iter()
        .fold(ballot(7), |hospital, who| hospital.must(who, vote(1, Choice::Approve)))
        .wait(7);
    let aside = Hospital::moved().must("nurse", recuse(1));
    let deputy = Hospital::moved().must("chair", {
        delegate("idle", Delegated::Preside, "2025-01-01T00:00:00Z".parse().expect("a time"))
    });
    let deputy = ["nurse", "ethicist", "engineer"]
        .into_iter()
        .fold(deputy, |hospital, who| hospital.must(who, vote(1, Choice::Approve)));
    assert_snapshot!(check(vec![
        ("in a meeting", met, "chair", carry(1)),
        ("by ballot", closed, "chair", carry(1)),
        ("by who stands in", deputy, "idle", carry(1)),
        ("by delegation", Hospital::delegated(), "idle", decide_alone()),
        ("a motion whose required seat stepped aside", aside, "chair", withdraw()),
    ]), @r"
    in a meeting → decision_carried, went_live
    by ballot → decision_carried, went_live
    by who stands in → decision_carried, went_live
    by delegation → decision_carried, retired
    a motion whose required seat stepped aside → motion_ended
    ");
}

#[test]
fn a_seat_is_vacant_before_and_after_its_term() {
    let from = "2024-03-01T00:00:00Z".parse().ok();
    let until = "2024-04-01T00:00:00Z".parse().ok();
    let given = Hospital::moved()
        .must("office", vacate("engineer"))
        .must("office", fill("engineer", "idle", from, until));
    let mut came = Vec::new();
    for day in ["2024-02-29", "2024-03-01", "2024-03-31", "2024-04-01"] {
        let mut hospital = given.clone().at(&format!("{day}T00:00:00Z"));
        came.push(hospital.give("idle", vote(1, Choice::Approve)).is_ok());
    }
    assert_eq!(came, [false, true, true, false]);
}

#[test]
fn a_declared_interest_takes_the_vote_back() {
    let hospital = Hospital::moved()
        .must("engineer", vote(1, Choice::Approve))
        .must("engineer", declare_interest("engineer"));
    let decision = &hospital.record.decisions[&DecisionId(1)];
    assert!(decision.votes.is_empty());
    assert_eq!(decision.recusals[&id::<PersonId>("engineer")], "Shares");
}

#[test]
fn an_overdue_condition_opens_its_case_again_once() {
    let hospital = Hospital::slipped();
    let due = days_after(hospital.now, 5);
    let hospital = hospital
        .must("chair", open_motion(with_condition(on_case(Outcome::Go), "owner", due)))
        .carried(2);
    assert!(!hospital.record.cases[&CaseId(1)].is_open());
    let hospital = hospital.wait(5).must("@scheduler", Act::Tick);
    let case = &hospital.record.cases[&CaseId(1)];
    assert_eq!((case.is_open(), case.open_since()), (true, due));
    assert_eq!((case.answer_by, case.escalations.len()), (days_after(due, 7), 0));
    let hospital = hospital.must("chair", open_motion(on_case(Outcome::Go))).carried(3).wait(9);
    let hospital = hospital.must("@scheduler", Act::Tick);
    assert!(!hospital.record.cases[&CaseId(1)].is_open(), "the same condition opens it once");
}

/// A second slip gives a case that is open already no more time.
#[test]
fn a_case_that_is_open_gets_no_more_time_from_another_overdue_condition() {
    let hospital = Hospital::slipped();
    let due = |days| days_after(hospital.now, days);
    let twice = with_condition(on_case(Outcome::Go), "owner", due(5));
    let twice = with_condition(twice, "owner", due(11));
    let tick = |hospital: Hospital| hospital.must("@scheduler", Act::Tick);
    let hospital = tick(hospital.clone().must("chair", open_motion(twice)).carried(2).wait(5));
    let answer_by = |hospital: &Hospital| hospital.record.cases[&CaseId(1)].answer_by;
    let first = answer_by(&hospital);
    let hospital = tick(hospital.wait(6));
    assert_eq!(hospital.record.cases[&CaseId(1)].reopened.len(), 2);
    assert_eq!(answer_by(&hospital), first);
}

#[test]
fn a_departure_vacates_seats_for_all_to_see() {
    let hospital = Hospital::live().must("office", Act::NoteDeparture { person: id("nurse") });
    let body = &hospital.record.bodies[&id::<BodyId>("committee")];
    assert!(body.seat_of(&id("nurse")).is_none());
    let tasks = work(&hospital.record, hospital.now);
    let asked: Vec<_> = tasks.iter().filter(|task| task.what.contains("seat nurse")).collect();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].who, Waiting::Body(id("committee")));
}

#[test]
fn lanes_wait_for_their_role_and_their_clock() {
    let role = |hospital: Hospital| {
        let roles = Some(["privacy-officer".to_owned()].into());
        let amendment = PersonAmendment { roles, ..Default::default() };
        let act = OrganisationAct::AmendPerson { person: id("idle"), amendment };
        hospital.must("office", Act::Organisation(act))
    };
    let asked = |hospital: &Hospital| {
        let tasks = work(&hospital.record, hospital.now);
        let of_lane = tasks.into_iter().filter(|task| task.what.contains("Privacy"));
        let lines = of_lane.map(|task| format!("{:?} {} {}", task.who, task.what, task.overdue));
        lines.collect::<Vec<_>>().join("\n")
    };
    let begun = Hospital::validating();
    assert_eq!(
        asked(&begun),
        "Body(BodyId(\"committee\")) Give somebody the role `privacy-officer`: Privacy waits false"
    );
    let begun = role(begun).wait(20);
    let line = "Person(PersonId(\"idle\")) Sign the lane Privacy or object: it is unsigned";
    assert_eq!(asked(&begun), format!("{line} true"));
    assert_eq!(asked(&begun.must("idle", sign_lane(Verdict::NotNeeded))), "");
}

#[test]
fn deferring_keeps_the_next_look() {
    let hospital = Hospital::ready();
    let next = days_after(hospital.now, 30);
    let deferred = Motion { next_look: Some(next), ..approve(Outcome::Defer) };
    let hospital = hospital.must("chair", open_motion(deferred)).carried(1);
    let look = |hospital: &Hospital| {
        let tasks = work(&hospital.record, hospital.now);
        tasks.iter().find(|it| it.what.contains("deferred")).map(|it| (it.due, it.overdue))
    };
    assert_eq!(look(&hospital), Some((Some(next), false)));
    assert_eq!(look(&hospital.clone().wait(30)), Some((Some(next), true)));
    assert_eq!(look(&hospital.must("chair", open_motion(approve(Outcome::Go)))), None);
}

#[test]
fn how_long_things_took_is_counted_by_nearest_rank() {
    let day = 24 * 60 * 60;
    let hospital = Hospital::moved().wait(3).carried(1);
    let took = hospital.record.time_to_decision(&id("committee"), Timestamp::MIN);
    let one = Waits { count: 1, p50_seconds: 3 * day, p90_seconds: 3 * day };
    assert_eq!(took, Some(one));
    assert_eq!(hospital.record.time_to_decision(&id("committee"), hospital.now), None);
    let signed = Hospital::validating().wait(4).must("idle", sign_lane(Verdict::Objected));
    let took = signed.record.time_to_sign(&id("privacy"), Timestamp::MIN);
    let one = Waits { count: 1, p50_seconds: 4 * day, p90_seconds: 4 * day };
    assert_eq!(took, Some(one));
    // Of one, two … ten days, half took at most five, and nine in ten at most nine.
    let mut hospital = Hospital::live();
    hospital.record.decisions = Record::default().decisions;
    let decided = &Hospital::live().record.decisions[&DecisionId(1)];
    for days in 1..=10 {
        let mut decision = decided.clone();
        decision.id = DecisionId(days);
        let carried = decision.carried.as_mut().expect("it is carried");
        carried.at = days_after(decision.opened_at, days);
        hospital.record.decisions.insert(decision.id, decision);
    }
    let took = hospital.record.time_to_decision(&id("committee"), Timestamp::MIN);
    assert_eq!(took, Some(Waits { count: 10, p50_seconds: 5 * day, p90_seconds: 9 * day }));
}
