//! Who may decide, and what a decision takes (invariants G1 to G3).

use crate::hospital::*;
use governance::*;
use insta::assert_snapshot;

/// A motion to decline in the tier of `stated`, so that only the votes count.
fn declining(stated: &Stated) -> Hospital {
    let hospital = Hospital::proposed().must("office", assign_owners());
    hospital.must("office", state_facts(stated)).must("chair", open_motion(approve(Outcome::NoGo)))
}

const TIER_1: &Stated = &[("reach", "administrative")];
const TIER_4: &Stated = &[("reach", "care"), ("autonomy", "acts")];

/// Votes as a word: the voters by first letter in the order of the seats, `+` for, `-` against, `0`
/// abstaining, `r` stepping aside, `.` absent.
fn voted(stated: &Stated, votes: &str) -> String {
    let mut hospital = declining(stated);
    for (member, sign) in ["chair", "nurse", "ethicist", "engineer"].into_iter().zip(votes.chars())
    {
        let act = match sign {
            '+' => vote(1, Choice::Approve),
            '-' => vote(1, Choice::Reject),
            '0' => vote(1, Choice::Abstain),
            'r' => recuse(1),
            _ => continue,
        };
        hospital = hospital.must(member, act);
    }
    let by = if votes.starts_with('r') { "engineer" } else { "chair" };
    in_words(&hospital.give(by, carry(1)))
}

#[test]
fn a_decision_takes_what_its_tier_demands() {
    let table: &[(&Stated, &[&str])] = &[
        (TIER_1, &["+...", "-...", "0...", "+-..", "+0..", "...."]),
        (TIER_2, &["++..", "++0.", "+-0.", "++-.", "+--.", "++--", "000+"]),
        (TIER_3, &["+.++", "-+++", "0+--", "0+0+", "--++", "++--", "++-.", "r+++", "+r++", "++r0"]),
        (TIER_4, &["+++.", "++++", "+++-", "+++0", "++0-", "+-++", "r+++", "++r+"]),
    ];
    let lines = table.iter().flat_map(|(stated, rows)| {
        let tier = tier_policy().tier(&facts(stated)).expect("a tier").tier;
        rows.iter().map(move |votes| format!("{tier} {votes} → {}", voted(stated, votes)))
    });
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
    T1 +... → decision_carried, retired
    T1 -... → motion_ended
    T1 0... → motion_ended
    T1 +-.. → motion_ended
    T1 +0.. → decision_carried, retired
    T1 .... → refused: no quorum: 0 of 1 seats took part; ask the others to vote
    T2 ++.. → refused: no quorum: 2 of 3 seats took part; ask the others to vote
    T2 ++0. → decision_carried, retired
    T2 +-0. → motion_ended
    T2 ++-. → decision_carried, retired
    T2 +--. → motion_ended
    T2 ++-- → motion_ended
    T2 000+ → decision_carried, retired
    T3 +.++ → refused: the seat `nurse` must take part in this decision; ask its holder to vote
    T3 -+++ → decision_carried, retired
    T3 0+-- → motion_ended
    T3 0+0+ → decision_carried, retired
    T3 --++ → motion_ended
    T3 ++-- → motion_ended
    T3 ++-. → decision_carried, retired
    T3 r+++ → decision_carried, retired
    T3 +r++ → refused: the seat `nurse` must take part in this decision; ask its holder to vote
    T3 ++r0 → decision_carried, retired
    T4 +++. → refused: no quorum: 3 of 4 seats took part; ask the others to vote
    T4 ++++ → decision_carried, retired
    T4 +++- → decision_carried, retired
    T4 +++0 → decision_carried, retired
    T4 ++0- → motion_ended
    T4 +-++ → motion_ended
    T4 r+++ → refused: no quorum: 3 of 4 seats took part; ask the others to vote
    T4 ++r+ → refused: no quorum: 3 of 4 seats took part; ask the others to vote
    ");
}

/// Invariant G2: each way to be in conflict, for voting, declaring and stopping.
#[test]
fn nobody_decides_on_what_is_theirs() {
    let owning = Act::AssignOwners { use_case: UC, owners: owners("sponsor", "owner", "nurse") };
    let owner = Hospital::ready().must("office", owning);
    let assessor = Hospital::ready().must("nurse", record_evidence(0.7));
    let nurses_own = Hospital::furnished()
        .must("nurse", propose())
        .must("office", assign_owners())
        .must("office", state_facts(TIER_3));
    let go = || open_motion(approve(Outcome::Go));
    let submitter = nurses_own.must("chair", open_motion(approve(Outcome::NoGo)));
    let clean = || Hospital::moved();
    let yes = || vote(1, Choice::Approve);
    let taken_over =
        Act::AssignOwners { use_case: UC, owners: owners("sponsor", "owner", "chair") };
    let chair_owns = Hospital::slipped().must("office", taken_over);
    let table = check(vec![
        ("an owner votes", owner.clone().must("chair", go()), "nurse", yes()),
        ("an owner declares", owner.must("chair", go()), "nurse", carry(1)),
        ("a submitter votes", submitter, "nurse", yes()),
        ("an assessor votes", assessor.must("chair", go()), "nurse", yes()),
        ("an interested member votes", clean(), "lawyer", yes()),
        ("an interested member declares", clean(), "lawyer", carry(1)),
        ("an interested member steps aside", clean(), "lawyer", recuse(1)),
        ("an interested member puts the motion", Hospital::ready(), "lawyer", go()),
        ("a chair who owns it stops it", chair_owns, "chair", stop_on_case()),
        ("a member without a conflict votes", clean(), "nurse", yes()),
    ]);
    assert_snapshot!(table, @r"
    an owner votes → refused: `nurse` cannot decide on UC-1: the person is an owner of it; recuse instead
    an owner declares → refused: `nurse` cannot decide on UC-1: the person is an owner of it; recuse instead
    a submitter votes → refused: `nurse` cannot decide on UC-1: the person proposed it; recuse instead
    an assessor votes → refused: `nurse` cannot decide on UC-1: the person assessed it; recuse instead
    an interested member votes → refused: `lawyer` cannot decide on UC-1: the person declared an interest in its vendor; recuse instead
    an interested member declares → refused: `lawyer` cannot decide on UC-1: the person declared an interest in its vendor; recuse instead
    an interested member steps aside → recused
    an interested member puts the motion → motion_opened
    a chair who owns it stops it → refused: `chair` cannot decide on UC-1: the person is an owner of it; recuse instead
    a member without a conflict votes → vote_cast
    ");
}

/// Invariant G3: each of the five fields removed in turn.
#[test]
fn nothing_goes_live_without_the_five_fields() {
    let go = || open_motion(approve(Outcome::Go));
    let no_owner = Hospital::proposed()
        .must("office", state_facts(TIER_3))
        .must("office", Act::BeginValidation { use_case: UC })
        .must("tech", begin_pilot("v1", Mode::Silent))
        .must("owner", attest())
        .must("assessor", record_evidence(0.7))
        .must("tech", adopt_plan(plan()));
    let no_evidence = Hospital::piloting().must("tech", adopt_plan(plan()));
    let unattested = no_evidence.clone().must("assessor", record_evidence(0.7));
    let failed = Hospital::piloting()
        .must("owner", attest())
        .must("assessor", record_evidence(0.6))
        .must("tech", adopt_plan(plan()));
    let mut stricter = standard(Tier::T3);
    stricter.version = "2".into();
    let restated = Hospital::ready().must("office", Act::AdoptStandard(stricter));
    let left = Hospital::ready().must("office", Act::NoteDeparture { person: id("tech") });
    let undecided = ["chair", "nurse"].into_iter();
    let undecided = undecided
        .fold(Hospital::moved(), |hospital, who| hospital.must(who, vote(1, Choice::Approve)));
    let table = check(vec![
        ("all five", Hospital::moved().wait(1), "nurse", vote(1, Choice::Approve)),
        ("no owner", no_owner, "chair", go()),
        ("an owner who left", left, "chair", go()),
        ("no tier", Hospital::proposed(), "chair", go()),
        ("no pilot", Hospital::validating().must("tech", adopt_plan(plan())), "chair", go()),
        ("no evidence", no_evidence, "chair", go()),
        ("nobody attested", unattested, "chair", go()),
        ("failed evidence", failed, "chair", go()),
        ("evidence for an older standard", restated, "chair", go()),
        ("old evidence", Hospital::ready().wait(200), "chair", go()),
        ("evidence about to be old", Hospital::ready().wait(199), "chair", go()),
        ("no plan", Hospital::proved(), "chair", go()),
        ("no decision", undecided, "chair", carry(1)),
    ]);
    assert_snapshot!(table, @r"
    all five → vote_cast
    no owner → refused: UC-1 cannot go live: it has no owners; name them
    an owner who left → refused: `tech` has left the hospital; name somebody who works here
    no tier → refused: the tier of UC-1 is not known yet; state its facts first
    no pilot → refused: UC-1 cannot go live: it was not piloted; begin a silent run
    no evidence → refused: UC-1 cannot go live: its newest evidence does not meet the standard; see its findings
    nobody attested → refused: UC-1 cannot go live: its newest evidence does not meet the standard; see its findings
    failed evidence → refused: UC-1 cannot go live: its newest evidence does not meet the standard; see its findings
    evidence for an older standard → refused: UC-1 cannot go live: its evidence was judged against another standard, or another version of it; compute it again
    old evidence → refused: UC-1 cannot go live: its evidence has run out; compute it again
    evidence about to be old → motion_opened
    no plan → refused: UC-1 cannot go live: it has no monitoring plan; adopt one
    no decision → refused: no quorum: 2 of 3 seats took part; ask the others to vote
    ");
}

/// The hospital after votes on `DEC-n` and the chair's word on it, and what that came to.
fn declared(mut hospital: Hospital, decision: u32, votes: &[(&str, Choice)]) -> (Hospital, String) {
    for (who, choice) in votes {
        hospital = hospital.must(who, vote(decision, *choice));
    }
    let answer = hospital.give("chair", carry(decision));
    (hospital, in_words(&answer))
}

#[test]
fn a_lost_motion_is_over_and_a_new_one_may_be_put() {
    use Choice::{Approve, Reject};
    let due = "2024-06-01T00:00:00Z".parse().expect("a time");
    let motion = with_condition(approve(Outcome::Go), "idle", due);
    let put = Hospital::ready().must("chair", open_motion(motion));
    let votes = [("chair", Approve), ("nurse", Reject), ("ethicist", Reject)];
    let (mut lost, came_to) = declared(put, 1, &votes);
    assert_eq!((came_to.as_str(), lost.use_case().stage.name()), ("motion_ended", "piloting"));
    let decision = &lost.record.decisions[&DecisionId(1)];
    let ended = decision.ended.clone().expect("it ended");
    assert_eq!((ended.by, ended.at, ended.reason), (id("chair"), lost.now, EndReason::Lost));
    assert_eq!((ended.tally.approvals, ended.tally.rejections), (1, 2));
    assert!(!decision.is_open() && decision.carried.is_none());
    assert_eq!(
        check(vec![
            ("a late vote", lost.clone(), "engineer", vote(1, Approve)),
            ("declared again", lost.clone(), "chair", carry(1)),
            ("its condition", lost.clone(), "idle", meet_condition(1, 1)),
            ("its clock", lost.clone().wait(400), "@scheduler", Act::Tick),
            ("its voter becomes an assessor", lost.clone(), "nurse", record_evidence(0.8)),
        ]),
        "a late vote → refused: DEC-1 is over; put a new motion\n\
         declared again → refused: DEC-1 is over; put a new motion\n\
         its condition → refused: DEC-1 has no open condition 1; conditions are numbered from 1, \
         and open from when it is carried until they are proved\n\
         its clock → nothing\n\
         its voter becomes an assessor → evidence_recorded",
    );
    // Invariant G1 holds for the end of a motion too: without the votes it would not stand.
    let mut without_votes = lost.record.clone();
    without_votes.decisions.get_mut(&DecisionId(1)).expect("it is there").votes.clear();
    let broken: Vec<_> = violations(&without_votes).iter().map(|it| it.invariant).collect();
    assert_eq!(broken, [Invariant::G1]);
    lost = lost.must("chair", open_motion(approve(Outcome::Go)));
    assert_eq!(lost.carried(2).summary(), "live; open cases: []");
}

#[test]
fn a_motion_on_what_another_decision_settled_is_over() {
    let asked = Hospital::slipped()
        .must("chair", open_motion(on_case(Outcome::Go)))
        .must("nurse", vote(2, Choice::Approve));
    let mut stopped = asked;
    let answer = stopped.give("chair", stop_on_case());
    assert_eq!(
        in_words(&answer),
        "motion_opened, decision_carried, case_closed, suspended, motion_ended"
    );
    let ended = |hospital: &Hospital, decision| {
        let decision = &hospital.record.decisions[&DecisionId(decision)];
        decision.ended.as_ref().map(|ended| (ended.reason, ended.tally.approvals))
    };
    assert_eq!(ended(&stopped, 2), Some((EndReason::Overtaken, 1)));
    assert_eq!(ended(&stopped, 3), None);

    let both = stopped
        .must("chair", open_motion(resume(Outcome::Go)))
        .must("chair", open_motion(approve(Outcome::NoGo)));
    let retired = both.carried(5);
    assert_eq!(retired.use_case().stage.name(), "retired");
    assert_eq!(ended(&retired, 4), Some((EndReason::Overtaken, 0)));
}
