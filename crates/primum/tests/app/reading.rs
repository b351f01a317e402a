//! What the commands that only read say: days as the site counts them, what waits for whom, what is
//! open about a use case, lists of every kind.

use crate::common::{Home, Ran, command, demo, hospital, on, said, words};
use serde_json::Value;
use std::path::Path;

/// Runs a command line in the name of somebody by the environment.
fn with_name(data: &Path, person: &str, line: &str) -> Ran {
    let mut command = command();
    command.arg("--data").arg(data).env("PRIMUM_AS", person);
    Ran::of(line, command.args(words(line)).output().unwrap())
}

/// The lines that say something.
fn lines(text: &str, fragment: &str) -> Vec<String> {
    text.lines().filter(|line| line.contains(fragment)).map(ToOwned::to_owned).collect()
}

#[test]
fn deadlines_are_the_days_that_the_site_counts() {
    // Clocks and an exception that end at midnight in Chicago, which is the next day in UTC.
    for (line, about, wanted) in [
        ("work", "Meet clock 1 of INC-1", "2024-01-26"),
        ("work --for compliance-lead", "Meet clock 2 of INC-1", "2024-01-26"),
        ("work", "EX-1 (without the clause", "2023-12-31 (overdue)"),
        ("use-case show UC-6", "EX-1, ", "expired, held until 2023-12-31"),
        ("use-case show UC-6", "INC-1, ", "next legal clock 2024-01-26"),
        ("use-case show UC-6", "Meet clock 1 of INC-1", "2024-01-26"),
        ("list incidents", "INC-1", "2024-01-26"),
        ("list exceptions", "EX-1", "expired, held until 2023-12-31"),
        ("as-of 2023-11-01 list exceptions", "EX-1", "in force until 2023-12-31"),
        ("show INC-1", "due:", "due: 2024-01-26, ends 2024-01-27T06:00:00Z"),
        ("show EX-1", "expires:", "expires: 2023-12-31, ends 2024-01-01T06:00:00Z"),
    ] {
        let ran = on(hospital(), line).expect(0, wanted);
        let found = lines(&ran.out, about);
        assert!(found.iter().any(|it| it.contains(wanted)), "primum {line}: {found:#?}");
        // Nothing is told as the day after.
        for next in ["2024-01-27 ", "2024-01-01 "] {
            assert!(!found.iter().any(|it| it.contains(next)), "primum {line}: {found:#?}");
        }
    }
}

#[test]
fn who_acts_does_not_narrow_what_waits() {
    let all = on(hospital(), "work --json").expect(0, "").json();
    assert_eq!(with_name(hospital(), "patient-partner", "work --json").expect(0, "").json(), all);
    assert_eq!(on(hospital(), "work --as patient-partner --json").expect(0, "").json(), all);
    let own = on(hospital(), "work --for compliance-lead --json").expect(0, "").json();
    assert!(own.as_array().unwrap().len() < all.as_array().unwrap().len());
    let line = "work --for compliance-lead --as patient-partner --json";
    assert_eq!(with_name(hospital(), "chief-nurse", line).expect(0, "").json(), own);
    // The same holds for other commands that are about a person.
    let line = "rights explain compliance-lead meet_clock --as patient-partner --json";
    on(hospital(), line).expect(0, "I3-compliance-answers-for-clocks");
}

#[test]
fn work_is_for_people_and_bodies_on_record() {
    for line in ["work --for nobody", "as-of 2023-11-01 work --for nobody"] {
        on(hospital(), line).expect(1, "the record has no person `nobody`");
    }
    on(hospital(), "work --body nobody").expect(1, "the record has no body `nobody`");
    on(hospital(), "work --for safety-officer --body ai-committee").expect(2, "cannot be used");
    let waits = on(hospital(), "work --body ai-committee --json").expect(0, "Decide CASE-1").json();
    for task in waits.as_array().unwrap() {
        assert_eq!(task["who"], serde_json::json!({ "kind": "body", "id": "ai-committee" }));
    }
}

#[test]
fn what_waits_is_told_by_how_urgent_it_is() {
    let line = "as-of 2024-01-22T15:00:00Z work";
    let tasks = on(hospital(), &format!("{line} --json")).expect(0, "").json();
    let tasks = tasks.as_array().unwrap();
    let count = |of: &dyn Fn(&Value) -> bool| tasks.iter().filter(|task| of(task)).count();
    let overdue = count(&|task| task["overdue"] == true);
    let open = count(&|task| task["due"].is_null());
    let text = on(hospital(), line).expect(0, "As of 2024-01-22 15:00 UTC").out;
    let first = text.lines().next().unwrap();
    assert!(first.contains(&format!("{overdue} of {} overdue", tasks.len())), "{first}");
    let groups: Vec<_> = [
        format!("Overdue: {overdue}"),
        "Due within 7 days: ".to_owned(),
        "Later: ".to_owned(),
        format!("Without a date: {open}"),
    ]
    .iter()
    .map(|group| text.find(group).unwrap_or_else(|| panic!("no `{group}` in:\n{text}")))
    .collect();
    assert!(groups.is_sorted(), "{groups:?}");
    // A use case has its title next to its id.
    let list = on(hospital(), "use-case list --json").expect(0, "").json();
    let title = list.as_array().unwrap().iter().find(|it| it["id"] == "UC-8").unwrap();
    let title: String = title["title"].as_str().unwrap().chars().take(30).collect();
    assert!(text.contains(&format!("UC-8 {title}")), "{text}");
    assert!(on(demo(), "work --for patient-partner").expect(0, "Nothing").out.starts_with("As of"));
}

#[test]
fn a_use_case_is_told_on_one_screen() {
    for (id, wanted) in [
        ("UC-5", &["Tier: T", "Stop drill, to be passed by ", "(overdue)", "What waits"][..]),
        ("UC-6", &["INC-1, ", "EX-1, expired", "missing: notice of changes"]),
        ("UC-7", &["CASE-1, to be answered by ", "Meet the condition of DEC-7"]),
        // What has been out of policy for too long is stopped by the gate from then on.
        ("UC-8", &["Gate: closed since 20", "lapsed 20", "Request the change to version 2023.11"]),
    ] {
        let told = on(hospital(), &format!("use-case show {id}")).expect(0, "Decision path").out;
        for fragment in wanted {
            assert!(told.contains(fragment), "no `{fragment}` in:\n{told}");
        }
        assert!(told.lines().count() <= 40, "{told}");
    }
    let told = on(hospital(), "use-case show UC-5 --json").expect(0, "").json();
    assert_eq!(told["gate_open"], true, "{told}");
    for part in ["cases", "incidents", "exceptions", "change_requests", "tasks"] {
        assert!(told[part].is_array(), "{part}");
    }
    assert!(told["drill_due"].is_string());
    on(demo(), "use-case show UC-1").expect(0, "recommends, or has high impact");
    on(demo(), "use-case show UC-2").expect(0, "Gate: closed since");
    on(demo(), "as-of 2022-05-02 use-case show UC-1").expect(0, "nothing may act for it yet");
    on(demo(), "as-of 2023-06-01 use-case show UC-1").expect(0, "Gate: open\n");
}

#[test]
fn kinds_and_ids_are_understood_as_people_write_them() {
    let list = on(hospital(), "list incidents").expect(0, "INC-1").out;
    for word in ["incident", "Incidents", "INCIDENT"] {
        assert_eq!(on(hospital(), &format!("list {word}")).expect(0, "").out, list);
    }
    on(hospital(), "list 'change request'").expect(0, "");
    on(hospital(), "list person --after patient-partner --limit 1").expect(0, "There are more");
    on(hospital(), "list use-case --after uc-13").expect(0, "UC-14");
    on(hospital(), "list exeptions").expect(2, "did you mean `exceptions`?");
    on(hospital(), "list zebras").expect(2, "there are no objects `zebras`; `primum list`");
    on(hospital(), "list exeptions --json").expect(2, "\"remedy\"");
    let shown = on(hospital(), "show UC-1").expect(0, "UC-1, one of the use-cases").out;
    for id in ["uc-1", "Uc-1", "use-case/uc-1", "Use-Cases/UC-1"] {
        assert_eq!(on(hospital(), &format!("show {id}")).expect(0, "").out, shown);
    }
    on(hospital(), "show ward/main").expect(2, "there are no objects `ward`");
}

#[test]
fn lists_say_how_things_stand() {
    for (kind, wanted) in [
        ("exceptions", &["state", "expired", "without the clause change-notice"][..]),
        ("incidents", &["open", "UC-6", "next legal clock", "harm"]),
        ("agents", &["may do", "until", "next stop drill", "(overdue)"]),
    ] {
        let list = on(hospital(), &format!("list {kind}")).expect(0, "id").out;
        for fragment in wanted {
            assert!(list.contains(fragment), "no `{fragment}` in:\n{list}");
        }
    }
}

#[test]
fn free_text_leaves_the_house_in_the_name_of_who_read_it() {
    let home = Home::hospital();
    let report = "act report-incident --what 'The list came late' --as chief-nurse";
    home.run(report).expect(0, "event ");
    let traced = "act report-incident --what 'Seen by the chief-nurse' --as chief-nurse";
    home.run(traced).expect(0, "event ");
    let export = "incident export INC-2 --blinded";
    let plain = home.run(export).expect(0, "").json();
    assert_eq!(plain["text"], serde_json::json!({}));
    let left_out = plain["left_out"].as_array().unwrap();
    for (what, because) in [
        ("harm", "the record does not say"),
        ("month", "too few on record are alike in it"),
        ("what", "it is free text that nobody has read and answers for"),
    ] {
        let found = left_out.iter().find(|it| it["what"] == what).unwrap();
        assert_eq!(found["because"], because, "{what}");
    }
    // Nobody gives a text away without a name and the right to.
    let before = home.events();
    let clear = format!("{export} --clear what");
    for (line, code, fragment) in [
        (clear.clone(), 2, "say who acts: add --as PERSON"),
        (format!("{clear} --as chief-nurse"), 3, "`chief-nurse` may not add timeline"),
        (format!("{clear} --as nobody"), 3, "`nobody`"),
        ("as-of 2024-01-15 incident export INC-1 --blinded --clear what".into(), 2, "as it is now"),
        // What may lead back stays, whoever asks.
        ("incident export INC-3 --blinded --clear what --as safety-officer".into(), 1, "lead back"),
        ("incident export INC-9 --blinded --clear what --as safety-officer".into(), 1, "INC-9"),
    ] {
        let ran = home.run(&line).expect(code, fragment);
        assert_eq!(ran.out, "", "primum {line}");
    }
    home.run(&format!("{clear} --show")).expect(0, "Nothing.");
    assert_eq!(home.events(), before);
    let given = home.run(&format!("{clear} --as safety-officer")).expect(0, "event ");
    assert_eq!(given.json()["text"]["what"], "The list came late");
    let events = home.events();
    assert_eq!(events.len(), before.len() + 1);
    let kept = events.last().unwrap();
    assert_eq!(kept["actor"]["person"], "safety-officer");
    let moment = &kept["change"]["incidents"]["timeline_added"]["moment"]["what"];
    assert!(moment.as_str().unwrap().contains("in clear: what"), "{kept}");
}

#[test]
fn a_dry_run_of_the_gate_opens_no_case() {
    let home = Home::demo();
    let check = "gate check UC-1 --version 9 --site main --workflow discharge-planning";
    let before = home.events();
    let dry = home.run(&format!("{check} --dry-run")).expect(3, "version `9` is not on record");
    assert_eq!(dry.err, "");
    assert_eq!(home.events(), before);
    let answered = home.run(check).expect(3, "CASE-2 was opened");
    assert_eq!(answered.out, dry.out);
}

#[test]
fn the_demo_says_where_it_is_and_what_to_try() {
    for story in [demo(), hospital()] {
        let told = said(story);
        assert!(told.contains(&format!("The record is in the folder `{}`.", story.display())));
        let next = told.split("Try next:\n").nth(1).unwrap();
        let next: Vec<_> = next.lines().take(2).map(str::trim).collect();
        let with = |verb: &str| format!("primum --data {} {verb}", story.display());
        assert_eq!(next, [with("work"), with("serve")]);
    }
}
