//! Changes of live use cases: what each takes, the candidate beside the live version, how it is
//! settled, and how to go back.

use crate::hospital::*;
use crate::parts::change_requests::evidence_on;
use governance::*;
use insta::assert_snapshot;

const CHANGE: ChangeRequestId = ChangeRequestId(1);

fn run() -> Act {
    changing(ChangeRequestsAct::RunCandidate { change: CHANGE })
}

fn note() -> Act {
    changing(ChangeRequestsAct::NoteChange { change: CHANGE, note: "Done".into() })
}

fn close() -> Act {
    changing(ChangeRequestsAct::CloseChange { change: CHANGE, note: "Done".into() })
}

fn withdraw() -> Act {
    changing(ChangeRequestsAct::WithdrawChange { change: CHANGE, reason: "Not now".into() })
}

fn roll_back() -> Act {
    changing(ChangeRequestsAct::RollBack { use_case: UC, reason: "It floods the ward".into() })
}

fn checked() -> Act {
    let finding = "It does what it did".into();
    changing(ChangeRequestsAct::NoteCheck { use_case: UC, change: CHANGE, finding })
}

fn draft() -> Act {
    changing(ChangeRequestsAct::DraftEnvelope { use_case: UC, envelope: envelope() })
}

fn attest_on(version: &str) -> Act {
    Act::Attest {
        use_case: UC,
        version: version.into(),
        requirement: id("fit"),
        statement: "Tried on two wards".into(),
        valid_until: "2025-06-01T00:00:00Z".parse().expect("a time"),
        document: None,
    }
}

/// Live, with the matrix in force and `v2` out: 20 February 2024.
fn live() -> Hospital {
    Hospital::live()
        .must("office", changing(ChangeRequestsAct::AdoptChangeMatrix(change_matrix())))
        .must("office", register_version("v2", "2024-02-20T00:00:00Z"))
        .at("2024-02-20T00:00:00Z")
}

pub fn asked(kind: ChangeKind, version: Option<&str>) -> Hospital {
    live().must("tech", request_change(kind, version, 0.15))
}

/// The candidate of a vendor's release runs; all of the standard is to be met.
pub fn candidate() -> Hospital {
    asked(ChangeKind::VendorRelease, Some("v2")).must("owner", run())
}

fn proved(hospital: Hospital, version: &str) -> Hospital {
    hospital.wait(5).must("owner", attest_on(version)).must("assessor", evidence_on(version, 0.7))
}

/// A change of the intended use, with a candidate, before the body as `DEC-2`.
fn moved() -> Hospital {
    proved(asked(ChangeKind::IntendedUse, Some("v2")).must("owner", run()), "v2")
        .must("chair", open_motion(approve(Outcome::Go)))
}

fn runs(hospital: &Hospital) -> String {
    let use_case = hospital.use_case();
    let live = use_case.stage.live().expect("it is live");
    let Deployment { version, site, mode } = &live.deployment;
    let requests = hospital.record.change_requests.requests.values();
    let settled: Vec<_> = requests
        .map(|it| format!("{} {:?}", it.id, it.settled.as_ref().map(|it| it.how)))
        .collect();
    let Validation { evidence, carried_by, .. } = &live.validation;
    let met = hospital.standing().met();
    format!(
        "{} {version} {site} {mode}, {evidence} {carried_by:?}; {met} of 5; {}",
        use_case.stage,
        settled.join(", ")
    )
}

pub fn refused() -> Vec<Row> {
    let lone = Hospital::live;
    let declined = |kind, version| request_change(kind, version, 0.15);
    vec![
        ("no matrix", lone(), "tech", declined(ChangeKind::Prompt, None)),
        ("half a matrix", lone(), "office", {
            let mut matrix = change_matrix();
            matrix.rules.pop();
            changing(ChangeRequestsAct::AdoptChangeMatrix(matrix))
        }),
        ("an envelope without limits", live(), "tech", {
            let mut envelope = envelope();
            envelope.modifications[0].limits.clear();
            changing(ChangeRequestsAct::DraftEnvelope { use_case: UC, envelope })
        }),
        ("not live", Hospital::ready(), "tech", declined(ChangeKind::Prompt, None)),
        ("no version", live(), "tech", declined(ChangeKind::VendorRelease, None)),
        ("the version that runs", live(), "tech", declined(ChangeKind::VendorRelease, Some("v1"))),
        ("an unknown version", live(), "tech", declined(ChangeKind::VendorRelease, Some("v7"))),
        ("twice", candidate(), "tech", declined(ChangeKind::VendorRelease, Some("v2"))),
        ("a second new approval", moved(), "tech", declined(ChangeKind::IntendedUse, None)),
        ("a note for more", candidate(), "owner", note()),
        (
            "closing without a candidate",
            asked(ChangeKind::VendorRelease, Some("v2")),
            "owner",
            close(),
        ),
        ("closing without evidence", candidate(), "owner", close()),
        ("closing what the body decides", moved(), "owner", close()),
        ("closing on old evidence", asked(ChangeKind::Population, None).wait(1), "owner", close()),
        (
            "closing on failed evidence",
            { candidate().must("owner", attest_on("v2")).must("assessor", evidence_on("v2", 0.5)) },
            "owner",
            close(),
        ),
        ("noting before the check", asked(ChangeKind::EhrUpgrade, None), "owner", note()),
        (
            "a check twice",
            asked(ChangeKind::EhrUpgrade, None).must("tech", checked()),
            "tech",
            checked(),
        ),
        ("a candidate twice", candidate(), "owner", run()),
        ("a candidate for a note", asked(ChangeKind::Prompt, Some("v2")), "owner", run()),
        ("a settled change", candidate().must("owner", withdraw()), "owner", close()),
        ("withdrawing before the body", moved(), "owner", withdraw()),
        ("going back to nothing", live(), "tech", roll_back()),
        ("evidence once withdrawn", candidate().must("owner", withdraw()), "assessor", {
            evidence_on("v2", 0.7)
        }),
    ]
}

#[test]
fn changes_are_refused() {
    assert_snapshot!(check(refused()), @r"
    no matrix → refused: no change matrix is in force; adopt one first
    half a matrix → refused: the change matrix is not sound: it has no rule for a change of an upstream feed in T1; add the tier to a rule of that kind, or a rule for it
    an envelope without limits → refused: the envelope is not sound: a threshold change has no limits in it
    not live → refused: UC-1 is not live, and only what is live is changed by request; have it approved or resumed
    no version → refused: the change request is not sound: a vendor release needs the version that is to run
    the version that runs → refused: the change request is not sound: version v1 runs already
    an unknown version → refused: `v7` is no version of SYS-1 on record; register it first
    twice → refused: CR-1 is open already; settle or withdraw it first
    a second new approval → refused: CR-1 is open already; settle or withdraw it first
    a note for more → refused: CR-1 takes full re-validation; settle it that way
    closing without a candidate → refused: CR-1 cannot be settled yet: its version did not run silently; run it as a candidate
    closing without evidence → refused: UC-1 cannot go live: its newest evidence does not meet the standard; see its findings
    closing what the body decides → refused: UC-1 stays as it is while DEC-2 is open; have its outcome declared first
    closing on old evidence → refused: CR-1 cannot be settled yet: EV-1 is older than the request; compute it again
    closing on failed evidence → refused: UC-1 cannot go live: its newest evidence does not meet the standard; see its findings
    noting before the check → refused: CR-1 cannot be settled yet: UC-1 is not checked yet; note what its check found
    a check twice → refused: the check is not sound: CR-1 waits for no check of UC-1
    a candidate twice → refused: the candidate is not sound: that of CR-1 runs already; settle or withdraw it first
    a candidate for a note → refused: the candidate is not sound: CR-1 takes no more than a note
    a settled change → refused: CR-1 is settled; request a new change
    withdrawing before the body → refused: UC-1 stays as it is while DEC-2 is open; have its outcome declared first
    going back to nothing → refused: the rolling back is not sound: no other version ran before; suspend the use case
    evidence once withdrawn → refused: UC-1 runs version v1, not `v2`; evidence must be about what runs
    ");
}

#[test]
fn each_change_takes_what_the_matrix_says() {
    let line = |kind: ChangeKind| {
        let version = kind.brings_a_version().then_some("v2");
        let hospital = asked(kind, version);
        let request = &hospital.record.change_requests.requests[&CHANGE];
        format!("{kind}: {} {:?} by {}", request.route, request.requirements.len(), request.owner)
    };
    assert_snapshot!(ChangeKind::ALL.map(line).join("\n"), @r"
    vendor release: full re-validation 0 by tech
    retraining: full re-validation 0 by tech
    prompt change: a note 0 by tech
    threshold change: partial re-validation 1 by tech
    upgrade of the electronic health record: a note 0 by tech
    change of population: full re-validation 0 by tech
    added site: a note 0 by tech
    change of intended use: a new approval 0 by tech
    change of an upstream feed: full re-validation 0 by tech
    ");
}

#[test]
fn a_change_is_settled_on_its_route() {
    let table = [
        ("a candidate", candidate()),
        ("full", proved(candidate(), "v2").must("owner", close())),
        (
            "full, as before",
            proved(asked(ChangeKind::Population, None), "v1").must("owner", close()),
        ),
        (
            "part",
            asked(ChangeKind::Threshold, None)
                .wait(1)
                .must("assessor", evidence_on("v1", 0.7))
                .must("owner", close()),
        ),
        ("a note", asked(ChangeKind::Prompt, Some("v2")).must("owner", note())),
        (
            "a checked note",
            asked(ChangeKind::EhrUpgrade, None).must("tech", checked()).must("owner", note()),
        ),
        ("approved", moved().carried(2)),
        ("withdrawn", candidate().must("owner", withdraw())),
        ("back", proved(candidate(), "v2").must("owner", close()).must("tech", roll_back())),
        (
            "back from a note",
            asked(ChangeKind::Prompt, Some("v2")).must("owner", note()).must("tech", roll_back()),
        ),
        ("back from what was approved", moved().carried(2).must("tech", roll_back())),
    ];
    let lines = table.map(|(name, hospital)| format!("{name}: {}", runs(&hospital)));
    assert_snapshot!(lines.join("\n"), @r"
    a candidate: live v1 main live, EV-1 None; 4 of 5; CR-1 None
    full: live v2 main live, EV-2 None; 5 of 5; CR-1 Some(Validated)
    full, as before: live v1 main live, EV-2 None; 4 of 5; CR-1 Some(Validated)
    part: live v1 main live, EV-1 None; 4 of 5; CR-1 Some(Validated)
    a note: live v2 main live, EV-1 Some(ChangeRequestId(1)); 5 of 5; CR-1 Some(Noted)
    a checked note: live v1 main live, EV-1 None; 4 of 5; CR-1 Some(Noted)
    approved: live v2 main live, EV-2 None; 5 of 5; CR-1 Some(Approved)
    withdrawn: live v1 main live, EV-1 None; 4 of 5; CR-1 Some(Withdrawn)
    back: live v1 main live, EV-1 None; 5 of 5; CR-1 Some(Validated)
    back from a note: live v1 main live, EV-1 None; 5 of 5; CR-1 Some(Noted)
    back from what was approved: live v1 main live, EV-1 None; 5 of 5; CR-1 Some(Approved)
    ");
}

#[test]
fn a_body_that_declines_a_change_leaves_what_runs() {
    let declined = proved(asked(ChangeKind::IntendedUse, Some("v2")).must("owner", run()), "v2")
        .must("chair", open_motion(approve(Outcome::NoGo)))
        .carried(2);
    assert_snapshot!(runs(&declined), @"live v1 main live, EV-1 None; 5 of 5; CR-1 Some(Declined)");
    // With nothing to approve, the same outcome ends the use case.
    let ended = live().must("chair", open_motion(approve(Outcome::NoGo))).carried(2);
    assert_eq!(ended.use_case().stage.name(), "retired");
}

#[test]
fn rolling_back_ends_the_motion_on_what_runs_no_more() {
    let mut hospital = proved(candidate(), "v2")
        .must("owner", close())
        .must("chair", open_motion(approve(Outcome::Go)));
    assert_eq!(in_words(&hospital.give("tech", roll_back())), "rolled_back, motion_ended");
}

#[test]
fn an_approved_envelope_makes_a_change_lighter() {
    let approved =
        || live().must("tech", draft()).must("chair", open_motion(approve(Outcome::Go))).carried(2);
    let table = [
        ("drafted", live().must("tech", draft()), ChangeKind::Threshold, None, 0.15),
        ("inside", approved(), ChangeKind::Threshold, None, 0.15),
        ("above", approved(), ChangeKind::Threshold, None, 0.21),
        ("full, inside", approved(), ChangeKind::Retraining, Some("v2"), 0.1),
        ("not described", approved(), ChangeKind::Population, None, 0.15),
    ];
    let line = |(name, hospital, kind, version, value): (&str, Hospital, _, _, _)| {
        let hospital = hospital.must("tech", request_change(kind, version, value));
        let request = &hospital.record.change_requests.requests[&CHANGE];
        format!("{name}: {}; {}", request.route, request.because)
    };
    assert_snapshot!(table.map(line).join("\n"), @r"
    drafted: partial re-validation; a threshold change in T3 takes partial re-validation by changes 1: so
    inside: a note; a threshold change in T3 takes partial re-validation by changes 1: so; inside the envelope approved by DEC-2, so one step lighter
    above: partial re-validation; a threshold change in T3 takes partial re-validation by changes 1: so; outside the envelope approved by DEC-2: `threshold` 0.21 is not from 0.1 to 0.2
    full, inside: partial re-validation; a retraining in T3 takes full re-validation by changes 1: so; inside the envelope approved by DEC-2, so one step lighter
    not described: full re-validation; a change of population in T3 takes full re-validation by changes 1: so; outside the envelope approved by DEC-2: a change of population is not described in it
    ");
}

#[test]
fn changes_show_as_work_and_heighten_the_watch() {
    let changed = proved(candidate(), "v2").must("owner", close());
    let table = [
        ("out", live()),
        ("asked", asked(ChangeKind::VendorRelease, Some("v2"))),
        ("late", candidate().wait(30)),
        ("upgraded", asked(ChangeKind::EhrUpgrade, None)),
        ("changed", changed.clone()),
        ("steady again", changed.wait(57)),
    ];
    let line = |(name, hospital): (&str, Hospital)| {
        let tasks = work(&hospital.record, hospital.now);
        let told = ["Request", "Settle", "Check", "Watch"];
        let tasks = tasks.iter().filter(|task| told.iter().any(|it| task.what.starts_with(it)));
        let tasks: Vec<_> = tasks
            .map(|task| format!("{:?} {} overdue {}", task.who, task.what, task.overdue))
            .collect();
        format!("{name}: {}", tasks.join(" | "))
    };
    assert_snapshot!(table.map(line).join("\n"), @r#"
    out: Person(PersonId("tech")) Request the change to version v2, which is out, or roll out the one after it overdue false
    asked: Person(PersonId("tech")) Settle CR-1, a vendor release: run version v2 as a candidate overdue false
    late: Person(PersonId("tech")) Settle CR-1, a vendor release: finish full re-validation and close it overdue true
    upgraded: Person(PersonId("tech")) Check it after the upgrade of the electronic health record of CR-1 overdue false | Person(PersonId("tech")) Settle CR-1, an upgrade of the electronic health record: note what was done overdue false | Person(PersonId("tech")) Request the change to version v2, which is out, or roll out the one after it overdue false
    changed: Person(PersonId("owner")) Watch it as closely as T4: it has changed overdue false
    steady again:
    "#);
}

/// A change of the threshold, with evidence since.
pub fn shown() -> Hospital {
    let asked = asked(ChangeKind::Threshold, None);
    asked.wait(5).must("assessor", evidence_on("v1", 0.7))
}

/// A change was noted, so that another version runs than before.
pub fn noted() -> Hospital {
    asked(ChangeKind::Prompt, Some("v2")).must("owner", note())
}

/// Nobody decides on the change that they asked for.
#[test]
fn who_requested_a_change_does_not_approve_it() {
    let use_ = request_change(ChangeKind::IntendedUse, None, 0.15);
    let hospital = live().must("engineer", use_);
    let fresh = hospital.must("assessor", record_evidence(0.7));
    let mut moved = fresh.must("chair", open_motion(approve(Outcome::Go)));
    insta::assert_snapshot!(in_words(&moved.give("engineer", vote(2, Choice::Approve))), @"refused: `engineer` cannot decide on UC-1: the person proposed it; recuse instead");
    assert!(moved.give("nurse", vote(2, Choice::Approve)).is_ok());
}
