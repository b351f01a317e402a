//! Each answer of the gate, in tables.

use crate::hospital::*;
use gate::{Answer, Counters, PermitTable, Request, Verdict};
use governance::*;
use jiff::{SignedDuration, Timestamp};

/// What `v1` asks at the main site when patients are discharged.
pub fn usual() -> Request {
    Request { use_case: UC, version: "v1".into(), site: id("main"), workflow: id("discharge") }
}

fn version(label: &str) -> Request {
    Request { version: label.into(), ..usual() }
}

pub fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// The answer in one line: the verdict, the mode or the tier, each reason, each obligation.
fn in_words(answer: &Answer) -> String {
    let codes = answer.reasons.iter().map(|reason| {
        let code = serde_json::to_value(reason.code).expect("a code is plain data");
        format!("{}: {}", code.as_str().expect("codes are words"), reason.text)
    });
    let obligations = answer.obligations.iter().map(|duty| format!("must: {duty}"));
    let verdict = match (answer.verdict, answer.mode) {
        (Verdict::Permit, Some(mode)) => format!("permit {mode}"),
        (Verdict::Deny, None) => "deny".to_owned(),
        odd => panic!("a mode goes with a permit: {odd:?}"),
    };
    assert!(!answer.reasons.is_empty(), "{answer:?}");
    std::iter::once(verdict).chain(codes).chain(obligations).collect::<Vec<_>>().join(" | ")
}

fn not_live(stage: &str) -> String {
    format!("deny | not_live: UC-1 is {stage}; nothing may act for it yet")
}

/// A row: its name, the hospital, what is asked when the hospital's clock stands, and the answer.
type Asked<'a> = (&'a str, Hospital, Request, &'a str);

fn check(rows: Vec<Asked<'_>>) {
    for (name, hospital, request, expected) in rows {
        let table = PermitTable::compile(&hospital.record);
        let answer = table.check(&request, hospital.now);
        assert_eq!(in_words(&answer), expected, "{name}");
        assert_eq!(answer.as_of_event, hospital.record.next_seq, "{name}");
        let counters = Counters::default();
        counters.count(&answer);
        let counts = counters.counts();
        let permitted = u64::from(answer.verdict == Verdict::Permit);
        assert_eq!((counts.permitted, counts.denied), (permitted, 1 - permitted), "{name}");
    }
}

/// The tier policy under a version of its own, to be changed.
fn changed_policy(version: impl ToString) -> TierPolicy {
    TierPolicy { version: version.to_string(), ..tier_policy() }
}

/// The tier policy with a duty for callers.
fn with_duties() -> Act {
    let mut policy = changed_policy("duties");
    for duties in &mut policy.duties {
        duties.obligations = vec![format!("Log it as {}", duties.tier), "Name the version".into()];
    }
    Act::AdoptTierPolicy(policy)
}

#[test]
fn a_pilot_acts_as_far_as_it_reaches_and_nothing_before_it() {
    check(vec![
        (
            "an empty record",
            Hospital::empty(),
            usual(),
            "deny | unknown_use_case: the record has no use case UC-1",
        ),
        (
            "a use case that is not on record",
            Hospital::live(),
            Request { use_case: UseCaseId(7), ..usual() },
            "deny | unknown_use_case: the record has no use case UC-7",
        ),
        ("proposed", Hospital::proposed(), usual(), &not_live("proposed")),
        ("triaged", Hospital::triaged(), usual(), &not_live("triaged")),
        ("validating", Hospital::validating(), usual(), &not_live("validating")),
        (
            "a silent pilot",
            Hospital::piloting(),
            usual(),
            "permit silent | pilot: UC-1 runs in silent mode to gather evidence \
             | must: Show the output to nobody who cares for patients",
        ),
        (
            "a silent pilot of a tier with duties",
            Hospital::piloting().must("office", with_duties()),
            usual(),
            "permit silent | pilot: UC-1 runs in silent mode to gather evidence \
             | must: Show the output to nobody who cares for patients \
             | must: Log it as T3 | must: Name the version",
        ),
        (
            "a silent pilot that was stopped",
            Hospital::piloting().must("tech", suspend()),
            usual(),
            &not_live("validating"),
        ),
        (
            "a pilot that waits for votes",
            Hospital::moved(),
            usual(),
            "permit silent | pilot: UC-1 runs in silent mode to gather evidence \
             | must: Show the output to nobody who cares for patients",
        ),
    ]);
}

#[test]
fn a_live_use_case_acts_until_it_is_stopped_or_over() {
    let suspended = Hospital::live().must("sponsor", suspend());
    let resumed = suspended.clone().must("chair", open_motion(resume(Outcome::Go))).carried(2);
    check(vec![
        ("live", Hospital::live(), usual(), "permit live | approved: UC-1 is live under DEC-1"),
        (
            "live, of a tier with duties",
            Hospital::live().must("office", with_duties()),
            usual(),
            "permit live | approved: UC-1 is live under DEC-1 \
             | must: Log it as T3 | must: Name the version",
        ),
        (
            "suspended: denied at once, at the same instant (G6)",
            suspended,
            usual(),
            "deny | suspended: UC-1 has been suspended since 2024-02-10T00:00:00Z: It harms",
        ),
        (
            "stopped by the chair on a case",
            Hospital::slipped().must("chair", stop_on_case()),
            usual(),
            "deny | suspended: UC-1 has been suspended since 2024-04-05T00:00:00Z: It slipped",
        ),
        ("resumed", resumed, usual(), "permit live | approved: UC-1 is live under DEC-2"),
        (
            "declined",
            Hospital::ready().must("chair", open_motion(approve(Outcome::NoGo))).carried(1),
            usual(),
            "deny | retired: UC-1 is over by DEC-1: It helps",
        ),
        (
            "sent back for more evidence",
            Hospital::ready().must("chair", open_motion(approve(Outcome::ReReview))).carried(1),
            usual(),
            &not_live("validating"),
        ),
    ]);
}

#[test]
fn only_what_was_approved_acts_and_every_reason_is_given() {
    let two_versions =
        || Hospital::live().must("office", register_version("v2", "2024-01-20T00:00:00Z"));
    let elsewhere = Request { site: id("annex"), ..usual() };
    let otherwise = Request { workflow: id("triage"), ..usual() };
    let all_wrong =
        Request { use_case: UC, version: "v2".into(), site: id("annex"), workflow: id("triage") };
    let stale = || two_versions().at("2024-05-11T00:00:00Z");
    check(vec![
        (
            "a version that is not on record",
            Hospital::live(),
            version("v9"),
            "deny | unknown_version: version `v9` is not on record",
        ),
        (
            "no version, for a version that is left out is not the one that runs",
            Hospital::live(),
            version(""),
            "deny | unknown_version: version `` is not on record",
        ),
        (
            "versions are told apart by every character",
            Hospital::live(),
            version("V1"),
            "deny | unknown_version: version `V1` is not on record",
        ),
        (
            "a version on record that does not run",
            two_versions(),
            version("v2"),
            "deny | other_version: version v1 runs, not `v2`",
        ),
        (
            "another site",
            Hospital::live(),
            elsewhere.clone(),
            "deny | other_site: it runs at `main`, not `annex`",
        ),
        (
            "another step of work",
            Hospital::live(),
            otherwise,
            "deny | other_workflow: it is for `discharge`, not `triage`",
        ),
        (
            "another site in a pilot",
            Hospital::piloting(),
            elsewhere,
            "deny | other_site: it runs at `main`, not `annex`",
        ),
        (
            "everything is wrong",
            stale(),
            all_wrong.clone(),
            "deny | other_workflow: it is for `discharge`, not `triage` \
             | other_version: version v1 runs, not `v2` \
             | other_site: it runs at `main`, not `annex` \
             | out_of_policy: UC-1 has been out of policy since 2024-05-01T00:00:00Z: monitoring: \
             no data for two months since 2024-02",
        ),
        (
            "an unknown version is told as such whatever the stage",
            Hospital::live().must("sponsor", suspend()),
            Request { version: "v9".into(), ..all_wrong },
            "deny | unknown_version: version `v9` is not on record \
             | other_workflow: it is for `discharge`, not `triage` \
             | suspended: UC-1 has been suspended since 2024-02-10T00:00:00Z: It harms",
        ),
    ]);
}

#[test]
fn an_unknown_version_is_reported_and_no_other_denial_is() {
    let table = PermitTable::compile(&Hospital::live().record);
    let at = time("2024-02-10T00:00:00Z");
    assert!(table.check(&version("v9"), at).is_unknown_version());
    let elsewhere = Request { site: id("annex"), ..usual() };
    let unknown = Request { use_case: UseCaseId(9), ..usual() };
    for known in [usual(), elsewhere, unknown] {
        assert!(!table.check(&known, at).is_unknown_version(), "{known:?}");
    }
}

/// A row: its name, a live hospital, the instant at which the gate closes, and why.
type Lapse<'a> = (&'a str, Hospital, &'a str, &'a str);

/// Permitted to the last nanosecond before the gate closes, denied from that instant on.
fn check_lapse(rows: Vec<Lapse<'_>>) {
    for (name, hospital, closes, because) in rows {
        let table = PermitTable::compile(&hospital.record);
        let closes = time(closes);
        let before = table.check(&usual(), closes - SignedDuration::from_nanos(1));
        assert!(in_words(&before).starts_with("permit live | approved"), "{name}: {before:?}");
        let expected = format!("deny | out_of_policy: UC-1 has been out of policy since {because}");
        for at in [closes, closes + SignedDuration::from_hours(24), Timestamp::MAX] {
            assert_eq!(in_words(&table.check(&usual(), at)), expected, "{name}, {at}");
        }
    }
}

/// Live, with each month observed when its outcomes were known, up to the one given.
fn watched(hospital: Hospital, months: &[(&str, &str)]) -> Hospital {
    months.iter().fold(hospital, |hospital, (month, at)| {
        hospital.at(at).must("@monitor", observe(month, 0.2))
    })
}

/// The approval lapses after so many days.
fn approval_valid(days: u32) -> Act {
    let mut policy = changed_policy(format!("valid {days}"));
    for duties in &mut policy.duties {
        duties.approval_valid_days = days;
    }
    Act::AdoptTierPolicy(policy)
}

/// The gate closes so many days after a lapse.
fn grace(days: u32) -> Act {
    let mut policy = changed_policy(format!("grace {days}"));
    for duties in &mut policy.duties {
        duties.gate_closes_after_days = days;
    }
    Act::AdoptTierPolicy(policy)
}

fn left(person: &str) -> Act {
    Act::NoteDeparture { person: id(person) }
}

#[test]
fn the_gate_closes_when_a_field_has_lapsed_for_as_long_as_the_tier_allows() {
    let half_year = [
        ("2024-02", "2024-04-01T00:00:00Z"),
        ("2024-03", "2024-05-01T00:00:00Z"),
        ("2024-04", "2024-05-31T00:00:00Z"),
        ("2024-05", "2024-07-01T00:00:00Z"),
        ("2024-06", "2024-08-01T00:00:00Z"),
    ];
    check_lapse(vec![
        (
            "an owner left",
            Hospital::live().at("2024-02-20T08:00:00Z").must("office", left("owner")),
            "2024-03-01T08:00:00Z",
            "2024-02-20T08:00:00Z: owner: its clinical or business owner, owner, has left",
        ),
        (
            "two owners left: the first counts",
            Hospital::live()
                .at("2024-02-20T08:00:00Z")
                .must("office", left("tech"))
                .at("2024-02-22T00:00:00Z")
                .must("office", left("owner")),
            "2024-03-01T08:00:00Z",
            "2024-02-20T08:00:00Z: owner: its technical owner, tech, has left",
        ),
        (
            "a newer version is out",
            Hospital::live()
                .at("2024-03-01T00:00:00Z")
                .must("office", register_version("v2", "2024-03-05T00:00:00Z")),
            "2024-03-15T00:00:00Z",
            "2024-03-05T00:00:00Z: validation: version v2 is out; v1 was validated",
        ),
        (
            "the evidence has run out",
            watched(Hospital::live(), &half_year),
            "2024-09-07T00:00:00Z",
            "2024-08-28T00:00:00Z: validation: EV-1 has run out",
        ),
        (
            "no data from the start",
            Hospital::live(),
            "2024-05-11T00:00:00Z",
            "2024-05-01T00:00:00Z: monitoring: no data for two months since 2024-02",
        ),
        (
            "no data any more",
            watched(Hospital::live(), &half_year[..2]),
            "2024-07-11T00:00:00Z",
            "2024-07-01T00:00:00Z: monitoring: no data for two months since 2024-04",
        ),
    ]);
}

#[test]
fn the_gate_closes_when_the_decision_path_has_lapsed_and_at_the_first_of_several_lapses() {
    let short = || Hospital::moved().must("office", approval_valid(20)).carried(1);
    check_lapse(vec![
        (
            "the approval has lapsed",
            short(),
            "2024-03-11T00:00:00Z",
            "2024-03-01T00:00:00Z: decision path: DEC-1 has lapsed",
        ),
        (
            "a case is left unanswered",
            Hospital::slipped(),
            "2024-04-29T00:00:00Z",
            "2024-04-19T00:00:00Z: decision path: CASE-1 waits unanswered",
        ),
        (
            "a case on an unknown version tells nothing against the known one: the next lapse counts",
            Hospital::live().must("@gate", report_version("v9")),
            "2024-05-11T00:00:00Z",
            "2024-05-01T00:00:00Z: monitoring: no data for two months since 2024-02",
        ),
        (
            "two fields lapse: the first counts",
            short().at("2024-02-28T00:00:00Z").must("office", left("sponsor")),
            "2024-03-09T00:00:00Z",
            "2024-02-28T00:00:00Z: owner: its executive sponsor, sponsor, has left",
        ),
        (
            "a tier without grace: the gate closes as the field lapses",
            short().must("office", grace(0)),
            "2024-03-01T00:00:00Z",
            "2024-03-01T00:00:00Z: decision path: DEC-1 has lapsed",
        ),
    ]);
}

/// The exception is over long before the end of time, for which the table looks ahead.
#[test]
fn a_raised_tier_closes_the_gate_by_its_own_grace() {
    let raised = || {
        let live = Hospital::live();
        let until = days_after(live.now, 60);
        let what = Excepted::Tier { to: Tier::T4, direction: Direction::Raise };
        live.must("owner", Act::Exceptions(except(what, until)))
            .must("chair", open_motion(on_exception(1, Outcome::Go)))
            .carried(2)
    };
    let gone = raised().at("2024-02-28T00:00:00Z").must("office", left("sponsor"));
    let later = gone.clone().at("2024-03-02T00:00:00Z").must("office", left("idle"));
    let row = |name, hospital| {
        let because = "2024-02-28T00:00:00Z: owner: its executive sponsor, sponsor, has left";
        (name, hospital, "2024-02-28T00:00:00Z", because)
    };
    check_lapse(vec![row("at the lapse", gone), row("after the next event", later)]);
}

#[test]
fn mending_the_lapse_opens_the_gate_again() {
    let new_owners = Act::AssignOwners { use_case: UC, owners: owners("sponsor", "idle", "tech") };
    let departed = Hospital::live().at("2024-02-20T00:00:00Z").must("office", left("owner"));
    let answered = Hospital::slipped().must("chair", open_motion(on_case(Outcome::Go))).carried(2);
    check(vec![
        (
            "shut",
            departed.clone().at("2024-03-10T00:00:00Z"),
            usual(),
            "deny | out_of_policy: UC-1 has been out of policy since 2024-02-20T00:00:00Z: owner: \
             its clinical or business owner, owner, has left",
        ),
        (
            "a new owner",
            departed.at("2024-03-10T00:00:00Z").must("office", new_owners),
            usual(),
            "permit live | approved: UC-1 is live under DEC-1",
        ),
        (
            "the case is answered",
            answered.at("2024-04-29T00:00:00Z"),
            usual(),
            "permit live | approved: UC-1 is live under DEC-1",
        ),
    ]);
}

#[test]
fn counters_add_up_answers() {
    let table = PermitTable::compile(&Hospital::live().record);
    let counters = Counters::default();
    for version in ["v1", "v9", "v1", "", "v1"] {
        let request = Request { version: version.into(), ..usual() };
        counters.count(&table.check(&request, time("2024-02-11T00:00:00Z")));
    }
    assert_eq!((counters.counts().permitted, counters.counts().denied), (3, 2));
}

#[test]
fn a_table_does_not_change_with_the_record() {
    let live = Hospital::live();
    let table = PermitTable::compile(&live.record);
    let suspended = live.must("sponsor", suspend());
    let at = suspended.now;
    assert_eq!(table.check(&usual(), at).verdict, Verdict::Permit);
    let newer = PermitTable::compile(&suspended.record);
    assert_eq!(newer.check(&usual(), at).verdict, Verdict::Deny);
    assert_eq!(newer.as_of_event(), table.as_of_event() + 1);
}

#[test]
fn a_request_with_a_field_it_does_not_know_is_refused() {
    let json = serde_json::json!({
        "use_case": "UC-1", "version": "v1", "site": "main", "workflow": "discharge"
    });
    assert_eq!(serde_json::from_value::<Request>(json.clone()).expect("a request"), usual());
    let mut more = json;
    more["mode"] = "live".into();
    assert!(serde_json::from_value::<Request>(more).is_err());
}
