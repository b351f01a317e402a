//! The story of a hospital with use cases of every kind: what is planted in it is found, without
//! anybody telling the record.

use crate::common::{Home, events, hospital, on, said, verified};
use serde_json::Value;
use std::collections::BTreeSet;

/// What waits in the hospital: for everybody, or for one person.
fn work(person: Option<&str>) -> Vec<Value> {
    let of = person.map(|person| format!(" --for {person}")).unwrap_or_default();
    let tasks = on(hospital(), &format!("work{of} --json")).expect(0, "").json();
    tasks.as_array().unwrap().clone()
}

/// The tasks about a use case that say this.
fn about(tasks: &[Value], use_case: &str, what: &str) -> Vec<Value> {
    let fits = |task: &&Value| {
        task["use_case"] == use_case && task["what"].as_str().unwrap().contains(what)
    };
    tasks.iter().filter(fits).cloned().collect()
}

/// What is planted: what it is, the use case, what the task says, whom it waits for, and whether
/// its clock has run out.
#[rustfmt::skip]
const PLANTED: [(&str, &str, &str, &str, bool); 13] = [
    ("a version that came out silently", "UC-8", "Mend Validation: version 2023.11 is out; 2023.05 was validated", "it-operations", true),
    ("the change that nobody asked for", "UC-8", "Request the change to version 2023.11, which is out", "it-operations", false),
    ("an overdue condition", "UC-7", "Meet the condition of DEC-7: Repeat the sample", "primary-care-lead", true),
    ("the case that it opened", "UC-7", "Decide CASE-1", "ai-committee", true),
    ("an exception that ran out", "UC-6", "EX-1 (without the clause change-notice) has expired", "radiology-lead", true),
    ("its cause, which is still there", "UC-6", "missing: notice of changes", "vendor-liaison", false),
    ("an owner who left", "UC-4", "Mend Owner: its clinical or business owner, staffing-lead, has left", "governance-office", false),
    ("the first clock of a death", "UC-6", "Meet clock 1 of INC-1: Report the death to the FDA", "compliance-lead", false),
    ("the second clock of a death", "UC-6", "Meet clock 2 of INC-1: Report the death to the manufacturer", "compliance-lead", false),
    ("an agent whose drill is too old", "UC-5", "Hold a stop drill with a witness", "it-operations", true),
    ("a lane past its clock", "UC-11", "Sign the lane Legal or object", "legal-counsel", true),
    ("a report that did not come", "UC-10", "Report what was counted on UC-10 from 2023-08 on", "revenue-lead", true),
    ("a contract that runs out", "UC-7", "Renew CON-", "vendor-liaison", false),
];

#[test]
fn work_finds_each_planted_trouble() {
    let all = work(None);
    for (trouble, use_case, what, who, overdue) in PLANTED {
        let found = about(&all, use_case, what);
        let task = found.iter().find(|task| task["who"]["id"] == who);
        let task = task.unwrap_or_else(|| panic!("{trouble} does not wait for {who}: {found:?}"));
        assert_eq!(task["overdue"], overdue, "{trouble}: {task}");
    }
    let vacant = all.iter().find(|it| it["what"].as_str().unwrap().contains("seat patients"));
    assert_eq!(vacant.unwrap()["who"]["id"], "governance-office");
}

#[test]
fn each_finds_their_own_part_of_it() {
    for (trouble, use_case, what, who, _) in PLANTED {
        // What waits for a body waits for its chair.
        let person = if who == "ai-committee" { "committee-chair" } else { who };
        assert!(!about(&work(Some(person)), use_case, what).is_empty(), "{trouble}: {person}");
        assert!(about(&work(Some("patient-partner")), use_case, what).is_empty(), "{trouble}");
    }
}

#[test]
fn nobody_told_the_record() {
    // None of the troubles was there before its time.
    let before = on(hospital(), "as-of 2023-11-01 work --json").expect(0, "").json();
    let before = before.as_array().unwrap();
    for (trouble, use_case, what, _, _) in PLANTED.iter().filter(|it| it.1 != "UC-6") {
        let early = about(before, use_case, what);
        assert!(early.iter().all(|task| task["overdue"] == false), "{trouble}: {early:?}");
    }
    assert!(about(before, "UC-8", "Mend").is_empty());
    assert!(about(before, "UC-6", "has expired").is_empty());
}

#[test]
fn the_legal_clocks_skip_what_is_no_work_day() {
    let clocks = about(&work(None), "UC-6", "Report the death");
    assert_eq!(clocks.len(), 2);
    for clock in clocks {
        // Noticed on the evening of Thursday 11 January in Chicago; Monday the 15th is a holiday.
        // The tenth work day is Friday the 26th, and ends at midnight there.
        assert_eq!(clock["due"], "2024-01-27T06:00:00Z");
    }
}

#[test]
fn it_has_use_cases_of_every_kind_in_every_stage() {
    let events = events(hospital());
    let kinds: BTreeSet<_> = events
        .iter()
        .filter_map(|event| event["change"]["system_registered"]["ai_type"].as_str())
        .collect();
    assert_eq!(kinds.len(), 6, "{kinds:?}");
    let list = on(hospital(), "use-case list --json").expect(0, "").json();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 14);
    let stages: BTreeSet<_> = list.iter().map(|it| it["stage"].to_string()).collect();
    assert!(stages.len() >= 6, "{stages:?}");
    let evidence: Vec<_> =
        events.iter().filter_map(|event| event["change"].get("evidence_recorded")).collect();
    assert_eq!(evidence.iter().filter(|it| it["status"] == "failed").count(), 1);
    assert!(evidence.iter().filter(|it| it["status"] == "met").count() >= 9);
}

#[test]
fn the_story_says_what_is_made_up_and_names_commands_that_work() {
    let told = said(hospital());
    for words in ["are made up", "1. The house rules", "January", "Look further:"] {
        assert!(told.contains(words), "`{words}` is not in the story");
    }
    let further = told.split("Look further:").nth(1).unwrap();
    let mut tried = 0;
    for line in further.lines().filter_map(|line| line.trim().strip_prefix("primum --data ")) {
        let line = line.split_once(' ').unwrap().1;
        // The gate denies: the validation of what it is asked about has lapsed for too long.
        let code = if line.starts_with("gate check") { 3 } else { 0 };
        on(hospital(), line).expect(code, "");
        tried += 1;
    }
    assert!(tried >= 10, "{tried}");
}

#[test]
fn played_twice_it_is_the_same() {
    let again = Home::empty();
    again.run("demo --story hospital --no-serve").expect(0, "Look further");
    assert_eq!(again.events(), events(hospital()));
    assert_eq!(verified(&again.data()), verified(hospital()));
}

#[test]
fn another_story_is_not_told_over_it() {
    on(hospital(), "demo --no-serve").expect(1, "holds another story of the demo");
}
