//! Random sequences of commands: whatever anybody asks for, in whatever order, the invariants hold,
//! a model written apart agrees, and the events fold to the same record.

use crate::hospital::*;
use crate::parts;
use crate::reference::{Reference, picture};
use governance::*;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use statistics::Measure;

/// How many sequences of how many commands. More with `PRIMUM_SEQUENCES`, others with
/// `PRIMUM_SEED`.
const SEQUENCES: u32 = 500;
const LENGTH: usize = 60;
const SEED: u64 = 1;

/// A step: all it needs to make a command out of the record it meets.
#[derive(Debug, Clone)]
struct Step {
    actor: usize,
    act: u8,
    /// An act of this part instead, when it has one to make.
    part: Option<usize>,
    hours: u32,
    /// An earlier command id is used again.
    repeats: Option<u32>,
    pick: [usize; 4],
}

fn steps() -> impl Strategy<Value = (usize, Vec<Step>)> {
    // Members act most; time stands still most.
    let actor = prop_oneof![3 => 0usize..4, 2 => 4usize..ACTORS.len()];
    let hours = prop_oneof![6 => Just(0u32), 3 => 0u32..200, 1 => 0u32..2000];
    let repeats = prop::option::weighted(0.05, 1u32..60);
    let pick = prop::array::uniform4(0usize..12);
    let part = prop::option::weighted(0.4, 0..parts::ANY.len());
    let step = (actor, any::<u8>(), part, hours, repeats, pick).prop_map(
        |(actor, act, part, hours, repeats, pick)| Step { actor, act, part, hours, repeats, pick },
    );
    (0usize..18, prop::collection::vec(step, LENGTH))
}

const ACTORS: [&str; 14] = [
    "chair",
    "nurse",
    "ethicist",
    "engineer",
    "office",
    "sponsor",
    "owner",
    "tech",
    "assessor",
    "lawyer",
    "idle",
    "stranger",
    "@scheduler",
    "@monitor",
];

fn start(place: usize) -> Hospital {
    match place {
        0 => Hospital::furnished(),
        1 => Hospital::piloting(),
        2 => Hospital::ready(),
        3 => Hospital::moved(),
        4 => Hospital::live(),
        5 => Hospital::harmless(),
        6 => Hospital::harmless().must("owner", fast_lane()),
        7 => Hospital::excepted(),
        8 => Hospital::slipped(),
        9 => Hospital::delegated(),
        10 => Hospital::meeting(),
        11 => crate::changes::asked(ChangeKind::Prompt, Some("v2")),
        12 => crate::changes::asked(ChangeKind::EhrUpgrade, None),
        13 => crate::changes::asked(ChangeKind::Threshold, None),
        14 => crate::changes::candidate(),
        15 => crate::judged::house(),
        16 => crate::judged::agent_live(),
        _ => parts::incidents::harmed(),
    }
}

fn any_question(record: &Record, use_case: UseCaseId, pick: [usize; 4]) -> Question {
    let newest = record.cases.last_key_value().map_or(CaseId(1), |(id, _)| *id);
    // Half of the time what is due, else anything.
    let due = match record.use_cases.get(&use_case).map(|it| &it.stage) {
        Some(Stage::Suspended { .. }) => 2,
        Some(Stage::Live(_)) if record.open_cases(use_case).next().is_some() => 3,
        _ => 0,
    };
    match if pick[1].is_multiple_of(2) { due } else { pick[2] % 4 } {
        0 | 1 => Question::Approve { use_case },
        2 => Question::Resume { use_case },
        _ => Question::Case { case: if pick[3].is_multiple_of(4) { CaseId(1) } else { newest } },
    }
}

fn any_motion(hospital: &Hospital, use_case: UseCaseId, pick: [usize; 4]) -> Motion {
    let outcomes = [
        Outcome::Go,
        Outcome::Go,
        Outcome::NoGo,
        Outcome::GoWithConditions,
        Outcome::ReReview,
        Outcome::Defer,
    ];
    let question = any_question(&hospital.record, use_case, pick);
    let motion = motion(question, outcomes[pick[3] % outcomes.len()]);
    if motion.outcome == Outcome::GoWithConditions {
        return with_condition(motion, "owner", days_after(hospital.now, 5));
    }
    motion
}

fn any_facts(pick: [usize; 4]) -> Facts {
    let policy = tier_policy();
    let answered = policy.facts.iter().zip(pick);
    answered
        .filter_map(|(question, pick)| {
            Some((question.id.clone(), question.levels.get(pick % 4)?.clone()))
        })
        .collect()
}

/// The acts of work on a use case.
fn work_act(hospital: &Hospital, use_case: UseCaseId, act: u8, pick: [usize; 4]) -> Act {
    let record = &hospital.record;
    let on_record = record.use_cases.get(&use_case);
    let version = || ["v1", "v1", "v1", "v2"][pick[0] % 4].to_owned();
    let owner =
        |place: usize| id(["sponsor", "owner", "tech", "idle", "nurse", "ghost"][place % 6]);
    match act {
        0 => propose(),
        1 => {
            let owners = Owners {
                sponsor: owner(pick[1] % 2),
                business: owner(1),
                technical: owner(if pick[2] == 0 { pick[3] } else { 2 }),
            };
            Act::AssignOwners { use_case, owners }
        }
        2 if pick[0] < 6 => Act::StateFacts { use_case, facts: facts(TIER_3) },
        2 => Act::StateFacts { use_case, facts: any_facts(pick) },
        3 => Act::BeginValidation { use_case },
        4 => {
            let mode = [Mode::Silent, Mode::Silent, Mode::Pilot, Mode::Live][pick[1] % 4];
            let deployment = Deployment { version: version(), site: id("main"), mode };
            Act::BeginPilot { use_case, deployment }
        }
        5 => Act::RecordEvidence {
            use_case,
            version: version(),
            span: "some".into(),
            report_digest: "ab".into(),
            document: format!("document of {use_case}"),
            n: 1000,
            estimates: vec![estimate(Measure::Auroc, if pick[1] < 9 { 0.7 } else { 0.5 }, None)],
        },
        6 => Act::Attest {
            use_case,
            version: version(),
            requirement: id("fit"),
            statement: "tried".into(),
            document: None,
            valid_until: days_after(hospital.now, 10_000),
        },
        7 => Act::AdoptPlan { use_case, plan: Box::new(plan()) },
        8 => Act::Suspend { use_case, reason: "harm".into() },
        9 => {
            let (site, workflow) = (id("main"), id("discharge"));
            let version = ["v1", "v2", "v8", "v9"][pick[1] % 4].into();
            Act::ReportUnknownVersion { use_case, version, site, workflow }
        }
        _ => {
            let due = on_record.and_then(|it| record.next_month(it));
            let month = due.filter(|_| pick[1] > 0).unwrap_or_else(|| id("2024-07"));
            let rate = if pick[2] < 8 { 0.1 } else { 0.9 };
            Act::RecordObservation(Box::new(Observed {
                use_case,
                month,
                ..observed("2024-02", rate)
            }))
        }
    }
}

/// Mostly somebody whose act it may be, so that sequences get far.
fn actor_for(record: &Record, act: &Act, step: &Step) -> &'static str {
    let members = ["chair", "nurse", "ethicist", "engineer"];
    match act {
        Act::CastVote { decision, .. } | Act::Recuse { decision, .. } => {
            let votes = record.decisions.get(decision).map(|it| &it.votes);
            let voted = |who: &str| votes.is_some_and(|votes| votes.contains_key(&id(who)));
            members.into_iter().find(|who| !voted(who)).unwrap_or("chair")
        }
        Act::OpenMotion { .. } => members[step.actor % 4],
        Act::CarryDecision { .. } => members[step.actor % 2],
        Act::StopOnCase { .. } => "chair",
        Act::MeetCondition { .. } => "owner",
        Act::RecordEvidence { .. } => "assessor",
        Act::RecordObservation(_) => "@monitor",
        Act::Tick => "@scheduler",
        _ => "office",
    }
}

/// The acts of deciding, and the rare ones.
fn any_act(hospital: &Hospital, step: &Step) -> Act {
    let (record, pick) = (&hospital.record, step.pick);
    let use_case = if pick[0] == 11 { UseCaseId(2) } else { UC };
    let newest = record.decisions.last_key_value().map_or(1, |(id, _)| id.0);
    let decision =
        if pick[1] < 9 { newest } else { 1 + u32::try_from(pick[2]).expect("small") / 4 };
    let waits = record.decisions.values().any(Decision::is_open);
    match step.act {
        0..=79 if !waits && step.act.is_multiple_of(2) => {
            open_motion(any_motion(hospital, use_case, pick))
        }
        0..=79 => {
            let choice = match pick[3] {
                0 => Choice::Reject,
                1 => Choice::Abstain,
                _ => Choice::Approve,
            };
            Act::CastVote { decision: DecisionId(decision), choice, reason: "so".into() }
        }
        80..=84 => recuse(decision),
        85..=114 => carry(decision),
        115..=144 => open_motion(any_motion(hospital, use_case, pick)),
        145..=154 => Act::Tick,
        155..=160 => {
            let case = record.cases.len().saturating_sub(pick[1] % 2).max(1);
            let Act::StopOnCase { reason, alternatives, residual_risk, .. } = stop_on_case() else {
                return Act::Tick;
            };
            let case = CaseId(u32::try_from(case).expect("small"));
            Act::StopOnCase { case, reason, alternatives, residual_risk }
        }
        161..=166 => meet_condition(decision, 1 + pick[3] % 2),
        167 => Act::NoteDeparture { person: id(ACTORS[pick[3]]) },
        168 => Act::AddPerson(person(["newcomer", "chair"][pick[3] % 2])),
        169 => Act::CharterBody(committee()),
        170 => register_version(["v1", "v2"][pick[3] % 2], "2024-03-01T00:00:00Z"),
        171 => found(),
        172 => Act::AdoptTierPolicy(tier_policy()),
        173 => Act::AdoptStandard(standard(Tier::T3)),
        174 => register_system(),
        other => work_act(hospital, use_case, (other - 175) % 11, pick),
    }
}

fn replayed(mut record: Record, events: &[Event]) -> String {
    for event in events {
        apply(&mut record, event).expect("what was stored fits");
    }
    record.state_hash().expect("plain data")
}

/// How often each act was accepted, to see that the sequences mean something.
type Accepted = std::collections::BTreeMap<&'static str, u32>;

fn run(place: usize, steps: &[Step], accepted: &mut Accepted) {
    let mut hospital = start(place);
    let mut reference = Reference::default();
    let mut models = parts::Models::default();
    for command in &hospital.accepted {
        reference.play(command);
        models.play(command);
    }
    assert_eq!(reference.picture(), picture(&hospital.record));
    assert_eq!(models.picture(), parts::picture(&hospital.record));
    let mut snapshot = (0, serde_json::to_string(&Record::default()).expect("plain data"));
    for (number, step) in steps.iter().enumerate() {
        hospital.now += jiff::SignedDuration::from_hours(step.hours.into());
        let of_part = step.part.and_then(|part| parts::ANY[part](&hospital, step.pick));
        let (likely, act) = of_part.unwrap_or_else(|| {
            let act = any_act(&hospital, step);
            (actor_for(&hospital.record, &act, step), act)
        });
        let actor = if step.pick[2].is_multiple_of(4) { ACTORS[step.actor] } else { likely };
        let command_id = match step.repeats {
            Some(earlier) => format!("command-{earlier}"),
            None => format!("random-{number}"),
        };
        let name = act.name();
        let command = hospital.command(&command_id, actor, act.clone());
        let expected = reference.expects(&command).or_else(|| models.expects(&command));
        let answer = hospital.give_as(&command_id, actor, act);
        if let Some(expected) = expected {
            assert_eq!(answer.is_ok(), expected, "{command:?} {answer:?}");
        }
        match answer {
            Ok(events) => {
                reference.play(&command);
                if !events.is_empty() {
                    reference.remember(&command);
                    models.play(&command);
                }
                *accepted.entry(name).or_default() += u32::from(!events.is_empty());
            }
            Err(_) => *accepted.entry("(refused)").or_default() += 1,
        }
        assert_eq!(reference.picture(), picture(&hospital.record), "after {command:?}");
        assert_eq!(models.picture(), parts::picture(&hospital.record), "after {command:?}");
        let rebuilt = governance::Index::of(&hospital.record);
        assert_eq!(hospital.record.index(), &rebuilt, "after {command:?}");
        if number == steps.len() / 2 {
            let stored = serde_json::to_string(&hospital.record).expect("plain data");
            snapshot = (hospital.events.len(), stored);
        }
    }
    // R3: the same record from zero, from stored events, and from a stored snapshot in the middle.
    let stored = serde_json::to_string(&hospital.events).expect("plain data");
    let events: Vec<Event> = serde_json::from_str(&stored).expect("events read back");
    assert_eq!(replayed(Record::default(), &events), hospital.hash());
    let (place, snapshot) = snapshot;
    let snapshot: Record = serde_json::from_str(&snapshot).expect("a snapshot reads back");
    assert_eq!(replayed(snapshot, &events[place..]), hospital.hash());
}

fn from_environment<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn whatever_is_asked_for_the_invariants_hold() {
    let seed = from_environment("PRIMUM_SEED", SEED);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: from_environment("PRIMUM_SEQUENCES", SEQUENCES),
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Default::default()
    });
    let accepted = std::cell::RefCell::new(Accepted::new());
    let result = runner.run(&steps(), |(place, steps)| {
        run(place, &steps, &mut accepted.borrow_mut());
        Ok(())
    });
    println!("seed {seed}, accepted: {:#?}", accepted.borrow());
    result.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    // An act that is never accepted would test nothing.
    let accepted = accepted.borrow();
    let of_parts = Act::groups().into_iter().skip(1).flat_map(|group| group.names);
    let rare = ["stop_on_case", "carry_decision", "meet_condition", "tick", "record_observation"];
    let wanted = of_parts.copied().chain(rare);
    let never: Vec<_> = wanted.filter(|name| !accepted.contains_key(name)).collect();
    assert!(never.is_empty(), "never accepted: {never:?}");
}
