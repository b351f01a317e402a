//! The demo hospital's story: what it tells, that it is the same each time, and that it survives
//! interruption.

use crate::common::{Home, command, demo, events, on, story, verified};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// The place of the first event of a kind whose values at these paths are these.
#[track_caller]
fn place(events: &[Value], kind: &str, wanted: &[(&str, Value)]) -> usize {
    let fits = |event: &Value| {
        let change = event["change"].get(kind);
        change.is_some_and(|change| {
            wanted.iter().all(|(path, value)| change.pointer(path) == Some(value))
        })
    };
    events.iter().position(fits).unwrap_or_else(|| panic!("no {kind} with {wanted:?}"))
}

#[test]
fn the_vendor_fails_and_is_declined_with_the_reason() {
    let events = events(demo());
    let failed = [("/use_case", json!("UC-2")), ("/status", json!("failed"))];
    let evidence = place(&events, "evidence_recorded", &failed);
    let carried = place(&events, "decision_carried", &[("/decision", json!("DEC-1"))]);
    let retired = place(&events, "retired", &[("/use_case", json!("UC-2"))]);
    assert!(evidence < carried && carried < retired);
    let declined = on(demo(), "decision show DEC-1").expect(0, "no-go");
    assert!(
        declined.out.contains("It does not meet the standard for its tier."),
        "{}",
        declined.out
    );
    // Whoever has an interest in the vendor may not vote on it, and steps aside.
    assert!(story().contains("refused: `pharmacy-lead` may not cast vote (DEC-1)"));
    place(&events, "recused", &[("/decision", json!("DEC-1"))]);
}

#[test]
fn the_own_model_is_approved_goes_live_and_drifts() {
    let events = events(demo());
    let met = [("/use_case", json!("UC-1")), ("/status", json!("met"))];
    let evidence = place(&events, "evidence_recorded", &met);
    let recused = place(&events, "recused", &[("/decision", json!("DEC-2"))]);
    let carried = place(&events, "decision_carried", &[("/decision", json!("DEC-2"))]);
    let live = place(&events, "went_live", &[("/use_case", json!("UC-1"))]);
    let case = place(&events, "case_opened", &[("/use_case", json!("UC-1"))]);
    let escalated =
        place(&events, "case_escalated", &[("/escalated/person", json!("committee-chair"))]);
    let order = [evidence, recused, carried, live, case, escalated];
    assert!(order.is_sorted(), "{order:?}");
    let decision = on(demo(), "decision show DEC-2 --json").expect(0, "").json();
    assert_eq!(decision["votes"].as_object().unwrap().len(), 6);
    assert_eq!(decision["recusals"].as_object().unwrap().len(), 1);
    // Nothing is decided by the script: the case has the signals that monitoring found.
    let case = on(demo(), "case show CASE-1 --json").expect(0, "").json();
    assert_eq!(case["closed"], Value::Null);
    assert!(!case["signals"].as_array().unwrap().is_empty());
    for signal in case["signals"].as_array().unwrap() {
        let finding = signal["finding"].as_str().unwrap();
        assert!(finding.contains("fewer outcomes than predicted"), "{finding}");
    }
}

#[test]
fn the_standard_is_adopted_before_any_evidence() {
    let events = events(demo());
    let standards = events.iter().rposition(|it| it["change"].get("standard_adopted").is_some());
    let plans = events.iter().rposition(|it| it["change"].get("plan_adopted").is_some());
    let evidence = place(&events, "evidence_recorded", &[]);
    assert!(standards.unwrap() < evidence && plans.unwrap() < evidence);
}

#[test]
fn the_story_is_told_in_plain_words_with_where_to_look_further() {
    let story = story();
    for said in [
        "on simulated dates",
        "1. The house rules",
        "6. It drifts",
        "the standard is met",
        "the standard is not met",
        "CASE-1 was opened",
        "Look further:",
        "decision record CASE-1",
    ] {
        assert!(story.contains(said), "`{said}` is not in the story:\n{story}");
    }
    // Every command that the story names works: a denial would exit with 3, a wrong one with 1 or
    // 2.
    let further = story.split("Look further:").nth(1).unwrap();
    let mut tried = 0;
    for line in further.lines().filter_map(|line| line.trim().strip_prefix("primum --data ")) {
        let line = line.split_once(' ').unwrap().1;
        if !line.starts_with("--as") {
            on(demo(), line).expect(0, "");
            tried += 1;
        }
    }
    assert!(tried >= 8, "{tried}");
}

#[test]
fn played_twice_it_is_the_same() {
    let again = Home::empty();
    again.run("demo --no-serve").expect(0, "Look further");
    assert_eq!(again.events(), events(demo()));
    assert_eq!(verified(&again.data()), verified(demo()));
    let digests = |data: &std::path::Path| {
        ["EV-1", "EV-2", "EV-3"].map(|id| {
            on(data, &format!("evidence show {id} --json")).expect(0, "").json()["report_digest"].clone()
        })
    };
    assert_eq!(digests(&again.data()), digests(demo()));
}

#[test]
fn a_second_run_changes_nothing() {
    let home = Home::demo();
    let before = (home.events(), verified(&home.data()));
    home.run("demo --no-serve").expect(0, "holds the demo already");
    assert_eq!((home.events(), verified(&home.data())), before);
    let json = home.run("demo --no-serve --json").expect(0, "").json();
    assert_eq!(json["told_before"], true);
}

#[test]
fn an_own_record_is_not_told_over() {
    let home = Home::empty();
    home.run("init --hospital Mine --person me --title Me").expect(0, "is founded");
    home.run("demo --no-serve").expect(1, "holds a record that is no demo; nothing was changed");
    assert_eq!(home.events().len(), 1);
}

/// Kills the story once it has said that this event is recorded, then lets it go on.
fn interrupt(event: usize) {
    let home = Home::empty();
    let mut child = command()
        .arg("--data")
        .arg(home.data())
        .args(["demo", "--no-serve"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said =
        lines.map_while(Result::ok).any(|line| line.trim().starts_with(&format!("event {event} ")));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said, "event {event} was never told");
    let kept = home.events();
    assert!(kept.len() > event, "event {event} was told and is lost: {} are kept", kept.len());
    verified(&home.data());
    home.run("demo --no-serve").expect(0, "Look further");
    let told = events(demo());
    assert_eq!(kept, told[..kept.len()], "after event {event}");
    assert_eq!(home.events(), told, "after event {event}");
    assert_eq!(verified(&home.data()), verified(demo()), "after event {event}");
}

#[test]
fn interrupted_early_it_loses_nothing_and_goes_on() {
    for event in [0, 31, 36] {
        interrupt(event);
    }
}

#[test]
fn interrupted_late_it_loses_nothing_and_goes_on() {
    for event in [47, 64, 86, 97] {
        interrupt(event);
    }
}
