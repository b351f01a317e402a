//! What each command line answers, and how it exits.

use crate::common::{Home, Ran, command, demo, on, on_with_input, primum, words};
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;

/// Commands that only read the demo's record: the line, the exit code, and a fragment of the text.
const READS: &[(&str, i32, &str)] = &[
    ("use-case list", 0, "Follow-up calls by readmission risk"),
    ("use-case show UC-1", 0, "ai-committee under DEC-3"),
    ("use-case show UC-2", 0, "retired"),
    ("tier explain UC-1", 0, "It would be T2 if significance were none."),
    ("case list", 0, "CASE-1"),
    ("case show CASE-1", 0, "Told committee-chair"),
    ("case show CASE-1", 0, "Pre-agreed action: Stop using the score"),
    ("decision list", 0, "go with conditions"),
    ("decision times", 0, "nine in ten within"),
    ("decision times --since 2024-01-01", 0, "body ai-committee"),
    ("decision show DEC-1", 0, "Recused: pharmacy-lead"),
    ("evidence show EV-1", 0, "met              discrimination"),
    ("evidence show EV-2", 0, "failed           discrimination"),
    ("work", 0, "Decide CASE-1"),
    ("work --for committee-chair", 0, "Decide CASE-1"),
    // A member of the body, who can do nothing about the case until a motion is put.
    ("work --for patient-partner", 0, "Nothing waits."),
    ("work --for it-operations", 0, "Nothing waits."),
    ("gate check UC-1 --version 1.0 --site main --workflow discharge-planning", 0, "PERMIT"),
    ("gate check UC-1 --version 1.0 --site other --workflow discharge-planning", 3, "DENY"),
    ("gate check UC-1 --version 1.0 --site main --workflow billing", 3, "DENY"),
    (
        "gate check UC-9 --version 1.0 --site main --workflow discharge-planning",
        3,
        "no use case UC-9",
    ),
    ("gate check UC-2 --version 1.0 --site main --workflow discharge-planning", 3, "DENY"),
    ("log verify", 0, "Verified: 101 events, 3 documents"),
    ("log show --last 1", 0, "chair of the AI committee was told about CASE-1"),
    ("log checkpoint", 0, "demo.primum.example/record\n101\n"),
    ("log receipt 100", 0, "index 100"),
    ("evidence reproduce EV-2", 0, "EV-2 reproduces: digest"),
    // As of a day: the end of it. As of an instant: that instant.
    ("as-of 2022-03-01 use-case list", 0, "fields"),
    ("as-of 2022-05-02 use-case list", 0, "UC-1"),
    ("as-of 2023-01-31 use-case show UC-1", 0, "Stage: piloting"),
    ("as-of 2023-03-01T13:29:59Z use-case show UC-1", 0, "Stage: piloting"),
    ("as-of 2023-03-01T13:30:00Z use-case show UC-1", 0, "Stage: live"),
    ("as-of 2024-04-01 case show CASE-1", 0, "Told transitions-lead"),
    (
        "as-of 2023-06-01 gate check UC-1 --version 1.0 --site main --workflow discharge-planning",
        0,
        "PERMIT",
    ),
    (
        "as-of 2022-06-01 gate check UC-1 --version 1.0 --site main --workflow discharge-planning",
        3,
        "DENY",
    ),
    ("as-of 2023-01-31 decision list", 0, "outcome"),
    ("as-of 2023-02-03 evidence show EV-2", 0, "Against predictive-t3 1.0.0: failed"),
];

#[test]
fn every_reading_command_answers_in_text_and_in_json() {
    for (line, code, fragment) in READS {
        let text = on(demo(), line).expect(*code, fragment);
        assert_eq!(text.err, "", "primum {line}");
        let json = on(demo(), &format!("{line} --json")).expect(*code, "");
        assert!(json.json().is_object() || json.json().is_array(), "primum {line} --json");
        assert_eq!(json.err, "", "primum {line} --json");
    }
}

/// The numbers of a published table, rounded up to whole rows.
#[test]
fn a_sample_size_is_said_without_a_record() {
    let line = "evidence size --prevalence 0.018 --rows 628 --auroc 0.8 --log-odds -5 2.5 \
                --width-ratio 1 --width-slope 0.2";
    let text = primum(line).expect(0, "All of them: 4554 rows, about 82 with the outcome.");
    assert!(text.out.contains("width now") && text.out.contains("more events"), "{}", text.out);
    let json = primum(&format!("{line} --json")).expect(0, "").json();
    let rows: Vec<_> = json["measures"].as_array().unwrap().iter().map(|it| &it["rows"]).collect();
    assert_eq!(rows, [906, 4554, 4252]);
    assert_eq!(json["measures"][1]["standing"]["more"]["rows"], 4554 - 628);
    let benefit = "--threshold 0.1 --sensitivity 0.8 --specificity 0.6";
    primum(&format!("evidence size --prevalence 0.2 {benefit}")).expect(0, "/ prevalence");
}

#[test]
fn what_is_not_there_is_said_with_exit_code_1() {
    for (line, fragment) in [
        ("use-case show UC-77", "the record has no use case UC-77"),
        ("tier explain UC-77", "the record has no use case UC-77"),
        ("tier explain UC-2", "UC-2 has no tier"),
        ("case show CASE-77", "the record has no case CASE-77"),
        ("decision show DEC-77", "the record has no decision DEC-77"),
        ("evidence show EV-77", "the record has no evidence EV-77"),
        ("evidence reproduce EV-77", "the record has no evidence EV-77"),
        ("log receipt 777", "there is no event 777; the record has 101"),
        ("as-of 2022-03-01 use-case show UC-1", "the record has no use case UC-1"),
        ("as-of 2023-01-31 case show CASE-1", "the record has no case CASE-1"),
        ("as-of 1999-01-01 tier explain UC-1", "the record has no use case UC-1"),
    ] {
        let ran = on(demo(), line).expect(1, fragment);
        assert_eq!(ran.out, "", "primum {line}");
        assert!(ran.err.starts_with("error: ") && ran.err.lines().count() == 1, "{}", ran.err);
    }
}

#[test]
fn wrong_usage_exits_with_2_and_says_what_is_right() {
    for (line, fragment) in [
        ("", "Usage: primum"),
        ("no-such-command", "unrecognized subcommand"),
        ("use-case", "Usage: primum use-case"),
        ("use-case show", "<ID>"),
        ("use-case show 1", "write it like `UC-1`"),
        ("case show UC-1", "write it like `CASE-1`"),
        ("gate check UC-1 --version 1.0 --site main", "--workflow"),
        ("decision record CASE-1 --reason Why", "--alternative"),
        ("decision vote DEC-1 maybe --reason Why", "approve, reject, abstain"),
        ("as-of yesterday case list", "`yesterday` is no day; write it like 2024-03-31"),
        ("decision times --since soon", "`soon` is no day"),
        ("as-of 2024-02-30 case list", "`2024-02-30` is no day"),
        ("log verify --vkey x", "not usable as a verifier key"),
        ("act '{}' --as committee-chair", "docs/acts.md lists the acts"),
        (
            "act '{\"act\":\"suspend\",\"use_case\":\"UC-1\"}' --as committee-chair",
            "`reason`: it is missing",
        ),
        ("serve --listen nowhere", "--listen"),
        ("completions tcsh", "bash"),
        ("evidence run x.csv --outcome y --score p --only split", "write it like split=deploy"),
        ("evidence run x.csv --outcome y --score p --threshold 2", "threshold"),
        ("evidence run x.csv --outcome y --score p --level 95", "level"),
        ("evidence run x.csv --outcome y --score p --monthly", "--time"),
        ("evidence size --prevalence 2", "the prevalence must lie above 0 and below 1, not be 2"),
        ("evidence size --prevalence 0.1 --threshold 0.2", "--sensitivity"),
        ("evidence record UC-1 --from x --until 2024-01-01 --as data-lead", "`x` is no day"),
        ("case list --command-id 'not an id'", "--command-id"),
    ] {
        on(demo(), line).expect(2, fragment);
    }
}

#[test]
fn help_says_what_there_is_and_what_exit_codes_mean() {
    let help = primum("--help").expect(0, "Exit codes: 0 done or permitted");
    for said in ["primum demo", "primum init", "--as <PERSON>", "--data <DIR>", "PRIMUM_DATA"] {
        assert!(help.out.contains(said), "{}", help.out);
    }
    primum("--version").expect(0, "primum 0.");
}

const CHECK: &str = "gate check UC-1 --version 1.0 --site main --workflow discharge-planning";
const STOP: &str = "--as committee-chair decision record CASE-1 --reason 'It predicts too many' \
                    --alternative 'Recalibrate while it runs' --residual-risk 'Calls are chosen by hand'";

#[test]
fn the_chair_stops_it_and_only_the_body_lets_it_act_again() {
    let home = Home::demo();
    home.run(CHECK).expect(0, "PERMIT");
    let told = home.run(&format!("{STOP} --command-id stop-1")).expect(0, "CASE-1");
    assert!(told.out.lines().all(|line| line.starts_with("event ")), "{}", told.out);
    home.run(CHECK).expect(3, "DENY");
    home.run("use-case show UC-1").expect(0, "suspended");
    home.run("case show CASE-1").expect(0, "Closed by DEC-4");
    // The same command again, as after a lost answer.
    let before = home.events();
    let again = home.run(&format!("{STOP} --command-id stop-1")).expect(0, "had its effect before");
    assert!(again.out.contains("from event 101 on"), "{}", again.out);
    let json = home.run(&format!("{STOP} --command-id stop-1 --json")).expect(0, "").json();
    assert_eq!((&json["repeated"], &json["first_seq"]), (&Value::Bool(true), &Value::from(101)));
    assert_eq!(home.events(), before);
    // Under another id it is another command, and the case is closed.
    home.run(STOP).expect(1, "CASE-1 is closed");
    // The chair alone cannot let it act again: a motion to the body can, once it is carried.
    let motion = r#"'{"act":"open_motion","body":"ai-committee","motion":{
        "question":{"kind":"resume","use_case":"UC-1"},"outcome":"go","reason":"It was mended",
        "alternatives":["Leave it stopped"],"evidence":["EV-3"],"residual_risk":"As before",
        "ai_help":"none"}}'"#;
    home.run(&format!("--as committee-chair act {motion}")).expect(0, "act again?");
    home.run("--as committee-chair decision carry DEC-5").expect(1, "no quorum");
    home.run(CHECK).expect(3, "DENY");
    home.run("--as medicine-lead decision recuse DEC-5 --reason 'I proposed it'")
        .expect(0, "stepped");
    for person in ["committee-chair", "chief-nurse", "pharmacy-lead", "equity-lead", "privacy-lead"]
    {
        let vote = format!("--as {person} decision vote DEC-5 approve --reason 'It was mended'");
        home.run(&vote).expect(0, "");
    }
    home.run("--as committee-chair decision carry DEC-5").expect(0, "");
    home.run(CHECK).expect(0, "PERMIT");
    home.run("log verify").expect(0, "Verified");
}

#[test]
fn a_version_that_is_not_on_record_is_denied_and_opens_a_case() {
    let home = Home::demo();
    let check = CHECK.replace("1.0", "2.0-beta");
    let denied = home.run(&check).expect(3, "version `2.0-beta` is not on record");
    assert!(denied.err.contains("CASE-2 was opened"), "{}", denied.err);
    home.run("case show CASE-2").expect(0, "Version `2.0-beta` is not on record");
    // Asked again, it is the same case; asked of the past, nothing is opened.
    let events = home.events();
    home.run(&check).expect(3, "DENY");
    home.run(&format!("as-of 2023-06-01 {}", CHECK.replace("1.0", "3.0"))).expect(3, "DENY");
    assert_eq!(home.events(), events);
}

#[test]
fn evidence_is_recorded_and_judged() {
    let home = Home::demo();
    let span = "--from 2023-03-01 --until 2024-01-01";
    let run = format!("evidence record UC-1 {span} --as validation-lead");
    home.run(&run).expect(0, "EV-4 on UC-1 version 1.0");
    home.run("evidence reproduce EV-4").expect(0, "EV-4 reproduces");
    // The months of the drift do not meet the standard, which exits with 3.
    let drifted = "evidence record UC-1 --from 2024-02-01 --until 2024-03-01 --as validation-lead";
    home.run(drifted).expect(3, "EV-5 on UC-1");
    // A log that was changed does not reproduce.
    std::fs::copy(
        home.data().join("predictions/vendor-lace.parquet"),
        home.data().join("predictions/readmit-local.parquet"),
    )
    .unwrap();
    home.run("evidence reproduce EV-4").expect(4, "is not the one it was computed from");
}

#[test]
fn monitoring_runs_what_is_due_once() {
    let home = Home::demo();
    // The demo's time goes on from the end of its story: nothing is due in the first days.
    home.run("monitor run").expect(0, "Nothing changed.");
    home.run("monitor run --json").expect(0, "[]");
}

#[test]
fn a_hospital_founds_its_record_and_begins() {
    let home = Home::empty();
    let init = "init --hospital 'St Anna' --person ada --title 'Head of AI governance'";
    let told = home.run(init).expect(0, "The record of St Anna is founded");
    let key = told.out.split(": ").nth(1).unwrap().lines().next().unwrap().to_owned();
    home.run(init).expect(1, "already holds");
    home.run(&format!("log verify --vkey {key}")).expect(0, "Verified: 1 events");
    let other = on(demo(), "log verify --json").json()["vkey"].as_str().unwrap().to_owned();
    home.run(&format!("log verify --vkey {other}")).expect(4, "is not the expected verifier key");
    let key = home.run("person key ada --json").expect(0, "").json();
    assert_eq!(key["key"].as_str().unwrap().len(), 64);
    home.run("person key nobody").expect(1, "the record has no person `nobody`");
    let person = r#"'{"act":"add_person","id":"bo","title":"Nurse","trained_until":"2030-01-01T00:00:00Z"}'"#;
    home.run(&format!("--as ada act {person}")).expect(0, "event 1:");
    let body =
        r#"{"act":"add_person","id":"cy","title":"Nurse","trained_until":"2030-01-01T00:00:00Z"}"#;
    on_with_input(&home.data(), "--as ada act -", body).expect(0, "event 2:");
    home.run("use-case list --json").expect(0, "[]");
    home.run("work").expect(0, "Adopt a tier policy");
}

#[test]
fn the_folder_and_the_person_may_come_from_the_environment() {
    let home = Home::demo();
    let run = |line: &str| {
        let mut command = command();
        command.env("PRIMUM_DATA", home.data()).env("PRIMUM_AS", "committee-chair");
        Ran::of(line, command.args(words(line)).output().unwrap())
    };
    run("case list").expect(0, "CASE-1");
    run("suspend UC-1 --reason 'Out of hours'").expect(0, "event 101");
}

/// A reader that goes away is no error: `primum … | head -1`.
#[test]
fn a_broken_pipe_is_fine() {
    for line in ["log show --last 1000", "use-case list --json", "completions bash", "--help"] {
        let mut command = command();
        command.arg("--data").arg(demo()).args(words(line));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!((ended.status.code(), said.as_str()), (Some(0), ""), "primum {line}");
    }
}

#[test]
fn shells_get_completions() {
    for (shell, fragment) in [
        ("bash", "complete -F _primum"),
        ("zsh", "#compdef primum"),
        ("fish", "complete -c primum"),
    ] {
        let script = primum(&format!("completions {shell}")).expect(0, fragment).out;
        for word in ["use-case", "as-of", "gate", "command-id"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

const RUN: &str = "--outcome outcome --score score --threshold 0.15";

fn log() -> String {
    demo().join("predictions/readmit-local.parquet").display().to_string()
}

#[test]
fn evidence_needs_no_record() {
    let nowhere = Path::new("/no/such/folder");
    let run = format!("evidence run '{}' {RUN} --by race,sex", log());
    on(nowhere, &run).expect(0, "Digest: ");
    let report = on(nowhere, &format!("{run} --json")).expect(0, "").json();
    assert_eq!(report["digest"].as_str().unwrap().len(), 64);
    let estimates = report["estimates"].as_array().unwrap();
    let keys = [
        "measure",
        "cohort",
        "period",
        "threshold",
        "estimate",
        "lower",
        "upper",
        "level",
        "n",
        "events",
        "method",
    ];
    for estimate in estimates {
        for key in keys {
            assert!(estimate.get(key).is_some(), "no `{key}` in {estimate}");
        }
    }
    // Anyone can find a number by its name, and its cohort is one attribute with its level.
    let find = |measure: &str, cohort: Value| {
        let wanted = |it: &&Value| it["measure"] == measure && it["cohort"] == cohort;
        estimates.iter().filter(wanted).count()
    };
    assert_eq!(find("auroc", Value::Null), 1);
    assert_eq!(find("auroc", serde_json::json!({ "sex": "Female" })), 1);
    // The same question has the same answer.
    let again = on(nowhere, &format!("{run} --json")).json();
    assert_eq!(again, report);
}

#[test]
fn evidence_is_narrowed_by_time_version_and_value() {
    let months = "--time predicted_at --from 2022-07-01 --until 2022-09-01 --monthly";
    let run = format!("evidence run '{}' {RUN} {months} --json", log());
    let report = primum(&run).expect(0, "").json();
    let periods: std::collections::BTreeSet<_> = report["estimates"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["period"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(periods.into_iter().collect::<Vec<_>>(), ["2022-07", "2022-08"]);
}

#[test]
fn a_failure_is_json_for_who_asked_for_json() {
    let home = Home::demo();
    for (line, code, title, detail) in [
        (
            "suspend UC-99 --reason Why --as committee-chair",
            1,
            "The record has no such thing",
            "the record has no use case `UC-99`; check the id",
        ),
        (
            "suspend UC-1 --reason Why --as chief-nurse",
            3,
            "You may not do this",
            "`chief-nurse` may not suspend (UC-1)",
        ),
        ("suspend UC-1 --reason Why", 2, "The command was used wrongly", "say who acts"),
        (
            "suspend UC-1 --why Why",
            2,
            "The command was used wrongly",
            "unexpected argument '--why'",
        ),
        ("show UC-99", 1, "This could not be done", "UC-99"),
    ] {
        let ran = home.run(&format!("{line} --json")).expect(code, detail);
        let problem: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
        assert_eq!(problem["title"], title, "{line}");
        assert!(problem["detail"].as_str().unwrap().contains(detail), "{line}");
        let remedy = problem["remedy"].is_string();
        assert_eq!(remedy, code > 1, "{line}");
        assert_eq!(problem["rules"].is_array(), code == 3, "{line}");
        let plain = home.run(line).expect(code, detail);
        assert!(plain.err.starts_with("error: "), "{}", plain.err);
    }
}
