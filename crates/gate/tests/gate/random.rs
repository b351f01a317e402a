//! Whatever happened before, the gate permits exactly what a reader of the record would.

use crate::answers::{time, usual};
use crate::hospital::*;
use gate::{Answer, Code, PermitTable, Request, Verdict};
use governance::*;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use std::collections::BTreeMap;

const SEQUENCES: u32 = 300;
const SEED: u64 = 1;

fn start(place: usize) -> Hospital {
    match place {
        0 => Hospital::proposed(),
        1 => Hospital::piloting(),
        2 => Hospital::moved(),
        3 | 4 => Hospital::live(),
        _ => Hospital::slipped(),
    }
}

/// An act that moves a live use case about, with who may do it.
fn act(hospital: &Hospital, pick: u8) -> (&'static str, Act) {
    let newest = |count: usize| u32::try_from(count).expect("few");
    let decision = newest(hospital.record.decisions.len());
    let case = CaseId(newest(hospital.record.cases.len()));
    let next = hospital.record.use_cases.get(&UC).and_then(|it| hospital.record.next_month(it));
    let month = next.map_or_else(|| "2024-02".to_owned(), |month| month.to_string());
    let question = match hospital.record.use_cases.get(&UC).map(|it| &it.stage) {
        Some(Stage::Suspended { .. }) => Question::Resume { use_case: UC },
        Some(Stage::Live(_)) if pick.is_multiple_of(2) => Question::Case { case },
        _ => Question::Approve { use_case: UC },
    };
    let outcome = if pick.is_multiple_of(5) { Outcome::NoGo } else { Outcome::Go };
    match pick % 16 {
        0 => ("sponsor", suspend()),
        1 => {
            ("office", Act::NoteDeparture { person: id(["owner", "tech"][usize::from(pick) % 2]) })
        }
        2 => {
            let owners = owners("sponsor", ["owner", "idle"][usize::from(pick / 16) % 2], "idle");
            ("office", Act::AssignOwners { use_case: UC, owners })
        }
        3 => {
            let released = days_after(hospital.now, u32::from(pick / 16));
            ("office", register_version(&format!("v{}", pick / 16), &released.to_string()))
        }
        4 | 5 => ("@monitor", observe(&month, if pick < 128 { 0.2 } else { 0.9 })),
        6 => ("@gate", report_version("v9")),
        7 => ("chair", stop_on_case()),
        8 => ("assessor", record_evidence(0.7)),
        9 => ("tech", begin_pilot("v1", Mode::Silent)),
        10 => ("office", Act::AdoptTierPolicy(changed_policy(pick))),
        11 => ("chair", carry(decision)),
        _ => ("chair", open_motion(motion(question, outcome))),
    }
}

fn changed_policy(pick: u8) -> TierPolicy {
    let mut policy = tier_policy();
    for duties in &mut policy.duties {
        duties.gate_closes_after_days = u32::from(pick % 7) * 5;
        duties.obligations = vec!["Name the version".into()];
    }
    policy.version = format!("{pick}");
    if pick > 200 {
        policy.duties.clear();
    }
    policy
}

/// The instants at which one of the five fields of a live use case lapses, read off the record with
/// nothing of `standing`.
fn lapses(record: &Record, use_case: &UseCase, live: &Live) -> Vec<Timestamp> {
    let mut lapses = vec![live.validation.valid_until, live.path.expires];
    let owners = [&live.owners.sponsor, &live.owners.business, &live.owners.technical];
    lapses.extend(owners.into_iter().filter_map(|owner| record.people[owner].left_at));
    let versions = record.systems[&use_case.proposal.system].versions.values();
    let newer = versions.filter(|it| it.label != live.validation.version);
    lapses.extend(newer.map(|it| it.released).filter(|released| *released > live.since));
    let cases = record.cases.values().filter(|case| case.use_case == use_case.id);
    // An unknown version is denied already, and does not tell against the one that was approved.
    let cases = cases.filter(|case| !matches!(case.cause, Cause::UnknownVersion { .. }));
    lapses.extend(cases.filter(|case| case.closed.is_none()).map(|case| case.answer_by));
    // Data of the month that is due, and of the one after it, are missing. A month without
    // predictions is no data, and none are owed of the time before the last resuming.
    let months =
        record.observations.get(&use_case.id).into_iter().flat_map(governance::Map::values);
    let seen = months.filter(|it| !it.estimates.is_empty()).map(|it| it.month.next());
    let due = seen.chain([Month::of(live.acting_since)]).max().expect("one at least");
    lapses.push(days_after(due.next().next().start(), live.plan.maturity_days));
    lapses
}

/// What a reader of the record would permit, and from when on no more.
fn reference(record: &Record, request: &Request) -> Option<(Mode, Option<Timestamp>)> {
    let use_case = record.use_cases.get(&request.use_case)?;
    let runs = |deployment: &Deployment| {
        deployment.version == request.version
            && deployment.site == request.site
            && use_case.proposal.workflow == request.workflow
            && record.systems[&use_case.proposal.system].versions.contains_key(&request.version)
    };
    match &use_case.stage {
        Stage::Piloting { deployment, .. } => runs(deployment).then_some((deployment.mode, None)),
        Stage::Live(live) => {
            let duties = record.tier_policy.as_ref().map(|policy| &policy.duties)?;
            let duty = duties.iter().find(|duty| duty.tier == live.tier.tier);
            let grace = duty.map_or(0, |duty| i64::from(duty.gate_closes_after_days));
            let lapse = lapses(record, use_case, live).into_iter().min()?;
            let closes = lapse.checked_add(SignedDuration::from_hours(24 * grace)).ok();
            runs(&live.deployment).then_some((live.deployment.mode, closes))
        }
        _ => None,
    }
}

fn requests() -> Vec<Request> {
    vec![
        usual(),
        Request { version: "v2".into(), ..usual() },
        Request { version: "v9".into(), ..usual() },
        Request { site: id("annex"), ..usual() },
        Request { workflow: id("triage"), ..usual() },
        Request { use_case: UseCaseId(2), ..usual() },
    ]
}

/// Now, around the instants at which something lapses or the gate closes, and far away.
fn instants(hospital: &Hospital) -> Vec<Timestamp> {
    let mut all = vec![hospital.now, Timestamp::MAX];
    all.extend([0, 1, 13, 100, 365].map(|days| days_after(hospital.now, days)));
    if let Some((_, Some(closes))) = reference(&hospital.record, &usual()) {
        let nano = SignedDuration::from_nanos(1);
        all.extend([closes - nano, closes, closes + nano]);
    }
    all
}

/// How often each kind of answer was given, so that the test cannot pass by never coming near one.
type Seen = BTreeMap<Code, usize>;

fn agrees(hospital: &Hospital, seen: &mut Seen) -> Result<(), TestCaseError> {
    let table = PermitTable::compile(&hospital.record);
    for request in requests() {
        let permitted = reference(&hospital.record, &request);
        for at in instants(hospital) {
            let answer = table.check(&request, at);
            let expected = permitted.filter(|(_, closes)| closes.is_none_or(|closes| at < closes));
            let about = format!("{request:?} at {at}: {answer:?}, not {permitted:?}");
            prop_assert_eq!(answer.mode, expected.map(|(mode, _)| mode), "{}", about);
            prop_assert_eq!(answer.verdict == Verdict::Permit, expected.is_some(), "{}", about);
            sound(hospital, &request, at, &answer)?;
            for reason in &answer.reasons {
                *seen.entry(reason.code).or_default() += 1;
            }
        }
    }
    Ok(())
}

/// What holds of every answer.
fn sound(
    hospital: &Hospital,
    request: &Request,
    at: Timestamp,
    answer: &Answer,
) -> Result<(), TestCaseError> {
    let about = format!("{request:?} at {at}: {answer:?}");
    prop_assert!(!answer.reasons.is_empty(), "{}", about);
    let use_case = hospital.record.use_cases.get(&request.use_case);
    let tier = use_case.and_then(|it| it.stage.tier()).map(|tier| tier.tier);
    prop_assert_eq!(answer.tier, tier, "{}", about);
    if answer.verdict == Verdict::Deny {
        prop_assert!(answer.obligations.is_empty(), "{}", about);
        return Ok(());
    }
    let Some(use_case) = use_case else {
        return Err(TestCaseError::fail(about));
    };
    // The table looks ahead; what the standing says at that very time must not differ.
    let closed = hospital.record.standing(use_case, at).gate_closes_at.is_some_and(|it| it <= at);
    prop_assert!(!closed, "{}", about);
    prop_assert!(!matches!(use_case.stage, Stage::Suspended { .. }), "G6: {}", about);
    Ok(())
}

#[test]
fn the_gate_permits_what_a_reader_of_the_record_would() {
    let steps = prop::collection::vec((any::<u8>(), any::<u8>(), 0u32..25), 1..14);
    let config = ProptestConfig {
        cases: SEQUENCES,
        rng_seed: RngSeed::Fixed(SEED),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    println!("{SEQUENCES} sequences, seed {SEED}");
    let seen = std::cell::RefCell::new(Seen::new());
    let play = |(place, steps): (usize, Vec<(u8, u8, u32)>)| {
        let mut hospital = start(place);
        agrees(&hospital, &mut seen.borrow_mut())?;
        for (pick, waits, days) in steps {
            if waits < 128 {
                hospital = hospital.wait(days);
            }
            let (actor, act) = act(&hospital, pick);
            let opened = matches!(act, Act::OpenMotion { .. });
            if hospital.give(actor, act).is_ok() && opened && pick < 230 {
                let decision = u32::try_from(hospital.record.decisions.len()).expect("few");
                for member in ["chair", "nurse", "ethicist", "engineer"] {
                    // A member in conflict is refused; the others may still be a quorum.
                    let _ = hospital.give(member, vote(decision, Choice::Approve));
                }
                let _ = hospital.give("chair", carry(decision));
            }
            agrees(&hospital, &mut seen.borrow_mut())?;
        }
        Ok(())
    };
    let strategy = (0usize..6, steps);
    TestRunner::new(config).run(&strategy, play).unwrap_or_else(|error| panic!("{error}"));
    for code in [
        Code::Approved,
        Code::Pilot,
        Code::UnknownUseCase,
        Code::UnknownVersion,
        Code::OtherVersion,
        Code::OtherSite,
        Code::OtherWorkflow,
        Code::NotLive,
        Code::Suspended,
        Code::Retired,
        Code::OutOfPolicy,
    ] {
        let times = seen.borrow().get(&code).copied().unwrap_or_default();
        assert!(times > 50, "{code:?} was seen {times} times");
    }
}

#[test]
fn an_empty_record_permits_nothing() {
    let table = PermitTable::compile(&Record::default());
    for request in requests() {
        for at in [Timestamp::MIN, time("2024-01-01T00:00:00Z"), Timestamp::MAX] {
            assert_eq!(table.check(&request, at).verdict, Verdict::Deny, "{request:?} at {at}");
        }
    }
}
