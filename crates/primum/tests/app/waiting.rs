//! What waits for a person, that person may do: each task of the two stories, every two months and
//! at the end, is put to the decision rights.

use crate::common::{demo, hospital};
use governance::*;
use jiff::Timestamp;
use ledger::Ledger;
use registrar::record_at;
use rights::Rights;
use std::collections::BTreeSet;
use std::path::Path;

/// How a task begins, and the acts of which one is what it asks for. None for what is no act in the
/// record: a course to be taken, a closer look.
#[rustfmt::skip]
const ACTS: [(&str, &[&str]); 55] = [
    ("Decide what becomes of it", &["open_motion"]),
    // Who owns a case stops what it is about, or asks for a change; its body decides.
    ("Decide CASE-", &["open_motion", "suspend", "request_change"]),
    ("Vote on ", &["cast_vote", "recuse"]),
    ("Declare the outcome of ", &["carry_decision"]),
    ("Meet the condition of ", &["meet_condition"]),
    ("Mend Owner", &["assign_owners"]),
    ("Mend Risk tier", &["open_motion"]),
    ("Mend Validation", &["record_evidence"]),
    ("Mend Monitoring", &["adopt_plan"]),
    ("Mend Decision path", &["open_motion"]),
    ("State its facts", &["state_facts"]),
    ("Begin validation", &["begin_validation"]),
    ("Name its owners", &["assign_owners"]),
    ("Start the silent run", &["begin_pilot"]),
    ("Have it approved", &["open_motion"]),
    ("Adopt a monitoring plan", &["adopt_plan"]),
    ("Report what was counted", &["report_observation"]),
    ("Prove what the standard still asks", &["attest"]),
    ("Record evidence or have it assessed", &["record_evidence"]),
    ("Renew your training", &[]),
    ("Have the seat ", &["fill_seat"]),
    ("Hold a stop drill", &["record_drill"]),
    ("Hold MTG-", &["open_meeting"]),
    ("Close MTG-", &["close_meeting"]),
    ("Look again at ", &["open_motion"]),
    ("Sign the lane ", &["sign_lane"]),
    ("Give somebody the role ", &["amend_person"]),
    ("Audit ", &["record_audit"]),
    ("Finish or drop the draft ", &["discard_draft"]),
    ("Put EX-", &["open_motion"]),
    ("EX-", &["end_exception"]),
    ("Agree with the vendor", &["amend_contract"]),
    ("Renew CON-", &["record_contract"]),
    ("Request the change", &["request_change"]),
    ("Watch it as closely", &[]),
    ("Check it after", &["note_check"]),
    ("Settle CR-", &["close_change"]),
    ("Assess INC-", &["assess_incident"]),
    ("Meet clock ", &["meet_clock"]),
    ("Do action ", &["complete_action"]),
    ("Plan what replaces", &["plan_action"]),
    ("Check action ", &["check_effectiveness"]),
    ("Close INC-", &["close_incident"]),
    ("Record the cause", &["record_cause"]),
    ("Verify the control", &["verify_control"]),
    ("Reduce a risk", &["add_control"]),
    ("Renew or revoke the permission", &["authorise_action"]),
    ("Close REV-", &["close_review"]),
    ("Score items for ", &["record_ratings"]),
    ("Adopt the decision rights", &["adopt_rights"]),
    ("Add people", &["add_person"]),
    ("Adopt a tier policy", &["adopt_tier_policy"]),
    ("Adopt validation standards", &["adopt_standard"]),
    ("Adopt a validation standard", &["adopt_standard"]),
    ("Charter a body", &["charter_body"]),
];

/// The first id of a kind that a task names.
fn named<T: std::str::FromStr>(task: &Task) -> T {
    let mut words = task.what.split(|letter: char| !letter.is_alphanumeric() && letter != '-');
    words.find_map(|word| word.parse().ok()).unwrap_or_else(|| panic!("no id: {}", task.what))
}

/// The first number that a task names.
fn number(task: &Task) -> usize {
    let mut words = task.what.split([' ', ':']);
    words.find_map(|word| word.parse().ok()).unwrap_or_else(|| panic!("no number: {}", task.what))
}

/// What the act that a task asks for is about.
fn subject(record: &Record, task: &Task, act: &str) -> Subject {
    let use_case = || task.use_case.unwrap_or_else(|| panic!("no use case: {}", task.what));
    match act {
        "cast_vote" | "recuse" | "carry_decision" => Subject::Decision(task.decision.unwrap()),
        "open_motion" => {
            let of = &record.use_cases[&use_case()];
            let body = match &task.who {
                Waiting::Body(body) => body.clone(),
                Waiting::Person(_) => record.deciding_body(of).unwrap().id.clone(),
            };
            Subject::Motion { body, question: Question::Approve { use_case: of.id } }
        }
        "meet_condition" => {
            let decision = &record.decisions[&task.decision.unwrap()];
            let conditions = &decision.motion.conditions;
            let place = conditions.iter().position(|it| task.what.ends_with(&it.what)).unwrap();
            Subject::Duty(Duty::Condition { decision: decision.id, condition: place + 1 })
        }
        "sign_lane" => {
            let policy = record.tier_policy.as_ref().unwrap();
            let lane = policy.lanes.iter().find(|lane| {
                task.what.starts_with(&format!("Sign the lane {} or object", lane.title))
            });
            Subject::Lane { use_case: use_case(), lane: lane.unwrap().id.clone() }
        }
        "open_meeting" | "close_meeting" => Subject::Meeting(named(task)),
        "discard_draft" => Subject::Duty(Duty::Draft(named(task))),
        "end_exception" => Subject::Duty(Duty::Exception(named(task))),
        "close_change" => Subject::Change(named(task)),
        "complete_action" => {
            let (incident, action) = (named(task), number(task));
            Subject::Duty(Duty::IncidentAction { incident, action })
        }
        "verify_control" => {
            let hazard: HazardId = named(task);
            let controls = &record.hazards.hazards[&hazard].controls;
            let place = controls.iter().position(|it| task.what.ends_with(&it.control)).unwrap();
            Subject::Duty(Duty::Control { hazard, control: place + 1 })
        }
        "add_control" => Subject::Hazard(named(task)),
        "close_review" | "record_ratings" => Subject::Review(named(task)),
        "assign_owners" | "record_evidence" | "adopt_plan" | "state_facts" | "begin_validation"
        | "begin_pilot" | "report_observation" | "attest" | "record_audit" | "request_change"
        | "note_check" | "authorise_action" | "record_drill" | "suspend" => {
            Subject::UseCase(use_case())
        }
        _ => Subject::Record,
    }
}

/// Tasks that ask for what the person they wait for may not do; notes how those begin that ask for
/// what the person may.
fn denied(record: &Record, now: Timestamp, seen: &mut BTreeSet<&'static str>) -> Vec<String> {
    let rights = Rights::new(record.rights_at(now).unwrap()).unwrap();
    let mut denied = Vec::new();
    for task in work(record, now) {
        let known = ACTS.iter().find(|(begins, _)| task.what.starts_with(begins));
        let (begins, acts) = known.unwrap_or_else(|| panic!("which act is it? {task:#?}"));
        let person = match &task.who {
            Waiting::Person(person) => Some(person),
            Waiting::Body(body) => record.bodies[body].chair_holder(),
        };
        let Some(person) = person else { continue };
        let actor = Actor::Person(person.clone());
        let may = |act: &str| {
            rights.could(record, &actor, act, &subject(record, &task, act), now).is_ok()
        };
        if acts.is_empty() || acts.iter().any(|act| may(act)) {
            seen.insert(begins);
        } else {
            let about = task.use_case.map(|id| format!(" ({id})")).unwrap_or_default();
            denied.push(format!("{now} {person}: {}{about}: {}", task.what, acts.join(", ")));
        }
    }
    denied
}

/// Follows a story to its end, and two months beyond.
async fn followed(data: &Path, seen: &mut BTreeSet<&'static str>) -> Vec<String> {
    let reader = Ledger::open_reader(data).await.unwrap();
    let end = record_at(&reader, Timestamp::MAX).await.unwrap().last_at.unwrap();
    let mut at: Timestamp = "2022-01-31T00:00:00Z".parse().unwrap();
    let mut found = Vec::new();
    while at < end {
        let record = record_at(&reader, at).await.unwrap();
        if record.founding.is_some() {
            found.extend(denied(&record, at, seen));
        }
        at = days_after(at, 60);
    }
    let record = record_at(&reader, end).await.unwrap();
    for days in [0, 60] {
        found.extend(denied(&record, days_after(end, days), seen));
    }
    found
}

#[tokio::test]
async fn whom_a_task_waits_for_may_do_it() {
    let mut seen = BTreeSet::new();
    let mut found = followed(hospital(), &mut seen).await;
    found.extend(followed(demo(), &mut seen).await);
    assert_eq!(found, Vec::<String>::new(), "{}", found.join("\n"));
    // The stories bring up most kinds of tasks; a test that sees few proves little.
    assert!(seen.len() >= 25, "{}: {seen:#?}", seen.len());
}
