//! Evidence from logs of any kind: mapping files, schemas that are known, events, encounters.

use crate::common::primum;
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Stays; of two patients each.
const STAYS: u32 = 80;
/// Predictions of a stay, six hours apart.
const EACH: u32 = 4;

/// A folder with a log of stays, `log.csv`, and of the events in every fourth of them, `icu.csv`.
fn files() -> (TempDir, impl Fn(&str) -> String) {
    let folder = tempfile::tempdir().unwrap();
    let mut log = "id,mrn,stay,at,risk,icu,icu_at,ward,sex\n".to_owned();
    let mut events = "mrn,stay,admitted\n".to_owned();
    for stay in 0..STAYS {
        let (mrn, day, sick) = (stay / 2, 1 + stay % 28, stay % 4 == 0);
        let event = if sick { format!("2026-03-{day:02}T15:00:00") } else { String::new() };
        for step in 0..EACH {
            // Some without an event score high too, and some with one low.
            let high = (sick != (stay % 5 == 0)) && step > 0;
            let risk = f64::from(u32::from(high) * 40 + stay % 7 * 5 + step) / 100.0;
            let (id, hour, icu) = (stay * EACH + step, step * 6, u8::from(sick));
            let sex = if stay % 3 == 0 { "F" } else { "M" };
            writeln!(
                log,
                "{id},{mrn},{stay},2026-03-{day:02}T{hour:02}:00:00,{risk},{icu},{event},A,{sex}"
            )
            .unwrap();
        }
        if sick {
            writeln!(events, "{mrn},{stay},{event}").unwrap();
        }
    }
    fs::write(folder.path().join("log.csv"), log).unwrap();
    fs::write(folder.path().join("icu.csv"), events).unwrap();
    let at: PathBuf = folder.path().to_owned();
    (folder, move |name: &str| at.join(name).display().to_string())
}

/// What a line reports as JSON.
#[track_caller]
fn report(line: &str) -> Value {
    primum(&format!("evidence run {line} --json")).expect(0, "").json()
}

#[track_caller]
fn refuses(cases: &[(String, i32, &str)]) {
    for (line, code, fragment) in cases {
        primum(&format!("evidence {line}")).expect(*code, fragment);
    }
}

/// An estimate of everyone.
#[track_caller]
fn of(report: &Value, part: &str, measure: &str) -> Value {
    let all = report[part].as_array().unwrap();
    let found = all.iter().find(|it| it["measure"] == measure && it["cohort"].is_null());
    found.unwrap_or_else(|| panic!("no {measure} in {part}: {report}")).clone()
}

#[test]
fn a_mapping_is_the_base_and_options_go_on_top() {
    let (_folder, at) = files();
    let map = at("map.toml");
    let text = "[columns]\noutcome = \"icu\"\nscore = \"risk\"\ntime = \"at\"\n\n[cohorts.ward]\n\
                rename = { A = \"North\" }\n\n[report]\nthresholds = [0.3]\nnotes = [\"Made up.\"]";
    fs::write(&map, text).unwrap();
    let log = at("log.csv");
    let mapped = report(&format!("{log} --map {map}"));
    assert_eq!(mapped["request"]["thresholds"], serde_json::json!([0.3]));
    assert_eq!(mapped["request"]["by"], serde_json::json!(["ward"]));
    assert_eq!(mapped["rows"]["used"], STAYS * EACH);
    let on_top = report(&format!("{log} --map {map} --threshold 0.2 --by sex --only sex=F"));
    assert_eq!(on_top["request"]["thresholds"], serde_json::json!([0.2]));
    assert_eq!(on_top["request"]["by"], serde_json::json!(["sex"]));
    assert_eq!(on_top["rows"]["used"], STAYS.div_ceil(3) * EACH);
    primum(&format!("evidence run {log} --map {map}")).expect(0, "Note: Made up.");
    primum(&format!("evidence run {log} --map {map}")).expect(0, "North");

    fs::write(at("bad.toml"), "[columns]\nscore = \"risk\"\nwhat = \"x\"\n").unwrap();
    let events =
        text.replace("[report]", "[events]\nkey = [\"stay\"]\ntime = \"admitted\"\n[report]");
    fs::write(at("events.toml"), events).unwrap();
    refuses(&[
        (format!("run {log} --map {}", at("bad.toml")), 1, "line 3"),
        (format!("run {log} --map {}", at("none.toml")), 1, "cannot be read"),
        (format!("run {log} --map {}", at("events.toml")), 2, "add --events FILE"),
        (
            format!("run {log} --map {} --outcome icu", at("events.toml")),
            2,
            "outcomes come from events, so that `icu` is no column: leave --outcome out",
        ),
    ]);
    let line = format!("{log} --map {} --events {}", at("events.toml"), at("icu.csv"));
    assert_eq!(of(&report(&line), "estimates", "auroc")["n"], STAYS * EACH);
}

#[test]
fn a_log_that_nobody_explains_is_asked_for_by_its_columns() {
    let (_folder, at) = files();
    let log = at("log.csv");
    refuses(&[
        (
            format!("run {log}"),
            2,
            "add --outcome COLUMN and --score COLUMN, or --map FILE; its columns are id, mrn, \
             stay, at, risk, icu, icu_at, ward, sex",
        ),
        (format!("run {log} --score risk"), 2, "add --outcome COLUMN, or --map FILE"),
        (format!("run {}", at("none.csv")), 1, "cannot be read"),
        (
            format!("run {log} --score risk --time at --events https://example.org/e.csv"),
            1,
            "copy the log to a disk, and name it there",
        ),
    ]);
}

/// The column of the score in the schema of MEDS evaluation.
const SCORE: &str = "predicted_boolean_probability";

#[test]
fn the_schema_of_meds_needs_no_mapping() {
    let (_folder, at) = files();
    let columns = ["subject_id", "prediction_time", "boolean_value", SCORE];
    let mut meds = columns.join(",") + "\n";
    for i in 0..60_u32 {
        let (known, p) = (i % 3 == 0, f64::from(i * 7 % 20) / 20.0);
        writeln!(meds, "{},2026-01-01T00:00:00,{known},{p}", i / 2).unwrap();
    }
    fs::create_dir(at("meds")).unwrap();
    fs::write(at("meds/0.csv"), &meds).unwrap();
    // A file and a folder are read alike.
    for place in ["meds/0.csv", "meds"] {
        let found = report(&at(place));
        assert_eq!(found["request"]["outcome"], "boolean_value");
        assert_eq!(found["request"]["thresholds"], serde_json::json!([0.5]));
        assert_eq!(of(&found, "estimates", "auroc")["events"], 20);
    }
}

const USAGE: &str = "data_usage:\n  entity_id: mrn\n  context_id: stay\n  primary_output: risk\n  \
                     primary_target: Transfer\n  predict_time: at\n  \
                     cohorts:\n    - source: sex\n  \
                     event_table: {type: kind, time: admitted, value: is}\n  events:\n    \
                     - source: Transfer\n      window_hr: 24\n  censor_min_count: 5\n";

#[test]
fn a_folder_of_seismometer_is_read_as_it_is() {
    let (_folder, at) = files();
    let study = PathBuf::from(at("study"));
    fs::create_dir(&study).unwrap();
    let config = "other_info:\n  usage_config: usage.yml\n  prediction_path: log.csv\n  \
                  event_path: icu.csv\n";
    fs::write(study.join("config.yml"), config).unwrap();
    fs::write(study.join("usage.yml"), USAGE).unwrap();
    fs::copy(at("log.csv"), study.join("log.csv")).unwrap();
    let events = fs::read_to_string(at("icu.csv")).unwrap();
    let events =
        events.replace("admitted", "admitted,kind,is").replace(":00:00\n", ":00:00,Transfer,1\n");
    fs::write(study.join("icu.csv"), events).unwrap();
    let line = at("study");
    let said = primum(&format!("evidence run {line}")).expect(0, "Note: groups of fewer than").out;
    assert!(said.contains("there is no metadata.json, which would name the thresholds"), "{said}");
    let found = report(&line);
    // Three of the four predictions of a stay with an event come before it.
    assert_eq!(of(&found, "estimates", "auroc")["events"], STAYS / 4 * 3);
    assert_eq!(found["request"]["by"], serde_json::json!(["sex"]));
    let wider = report(&format!("{line} --horizon 5h"));
    assert_eq!(of(&wider, "estimates", "auroc")["events"], STAYS / 4);
    refuses(&[
        (format!("run {line} --events {}", at("icu.csv")), 2, "leave --events out"),
        (format!("run {line} --outcome icu"), 2, "leave --outcome out"),
    ]);
}

#[test]
fn the_published_example_of_seismometer_needs_no_option() {
    let place =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/seismometer_example");
    if !place.is_dir() {
        println!("skipped: {} is not there", place.display());
        return;
    }
    let found = report(&format!("'{}'", place.display()));
    // Those of the package itself on the same files.
    let auroc = of(&found, "estimates", "auroc");
    assert_eq!(auroc["events"], 2746);
    assert!((auroc["estimate"].as_f64().unwrap() - 0.742_250_790_6).abs() < 1e-9, "{auroc}");
}

#[test]
fn events_in_files_of_their_own_are_joined() {
    let (_folder, at) = files();
    let (log, icu) = (at("log.csv"), at("icu.csv"));
    let line =
        format!("{log} --score risk --time at --events {icu} --key mrn,stay --event-at admitted");
    let events = |line: &str| of(&report(line), "estimates", "auroc")["events"].clone();
    assert_eq!(events(&line), STAYS / 4 * 3);
    assert_eq!(events(&format!("{line} --horizon 10h")), STAYS / 4 * 2);
    let run = format!("run {log} --score risk");
    refuses(&[
        (format!("{run} --events {icu}"), 2, "add --key COLUMN,… and --event-at COLUMN"),
        (format!("{run} --events {icu} --key mrn"), 2, "needs more: add --event-at COLUMN"),
        (
            format!("{run} --events {icu} --key mrn --event-at admitted"),
            2,
            "--events needs the column of the time of prediction: add --time COLUMN",
        ),
        (format!("{run} --outcome icu --horizon 30d"), 2, "add --events FILE"),
        (format!("{run} --outcome icu --events {icu}"), 2, "cannot be used with"),
        (format!("run {line} --horizon soon"), 2, "write it like 30m, 8h or 2d"),
        (format!("run {line} --horizon 0h"), 2, "must be a number above 0"),
        (
            format!("{run} --time at --events {icu} --key mrm --event-at admitted"),
            1,
            "did you mean `mrn`?",
        ),
    ]);
}

#[test]
fn encounters_are_counted_once() {
    let (_folder, at) = files();
    let log = format!("{} --outcome icu --score risk", at("log.csv"));
    let stays = |options: &str| {
        let found = report(&format!("{log} --encounter stay {options}"));
        assert_eq!(found["rows"]["used"], STAYS, "{options}");
        of(&found, "estimates", "mean_score")["estimate"].as_f64().unwrap()
    };
    let highest = stays("--unit encounter-max");
    let first = stays("--unit first-crossing --time at --threshold 0.2");
    assert!(first < highest, "{first} {highest}");
    // The last prediction of a stay with an event comes after it.
    let before = stays("--unit encounter-max --time at --event-time icu_at");
    assert!(before < highest, "{before} {highest}");
    refuses(&[
        (format!("run {log} --unit encounter-max"), 2, "add --encounter COLUMN"),
        (
            format!("run {log} --unit first-crossing --encounter stay"),
            2,
            "--unit first-crossing needs the column of the time of prediction: add --time COLUMN",
        ),
        (format!("run {log} --encounter stay"), 2, "add --unit encounter-max or"),
        (format!("run {log} --known-versions 1"), 2, "add --version COLUMN"),
        (format!("run {log} --from 2026-01-01"), 2, "add --time COLUMN"),
        (format!("run {log} --unit stay"), 2, "encounter-max"),
    ]);
}

#[test]
fn a_workflow_tells_lead_time_and_alerts() {
    let (_folder, at) = files();
    let log = format!("{} --score risk --time at --encounter stay --threshold 0.4", at("log.csv"));
    let of_column = format!("workflow {log} --outcome icu --event-time icu_at");
    let found = primum(&format!("evidence {of_column} --json")).expect(0, "").json();
    assert_eq!(found["encounters"], STAYS);
    assert_eq!(found["events"], STAYS / 4);
    // Of every twenty stays five have an event, and the fifth of them scores low.
    assert_eq!(found["warned"], 16);
    // From 6:00 to 15:00.
    assert_eq!(found["lead_hours"][2]["value"], 9.0);
    assert_eq!(found["lead_hours"].as_array().unwrap().len(), 5);
    primum(&format!("evidence {of_column}")).expect(0, "alerts a patient-day");
    // The same from events.
    let of_events =
        format!("workflow {log} --events {} --key stay --event-at admitted", at("icu.csv"));
    let same = primum(&format!("evidence {of_events} --json")).expect(0, "").json();
    assert_eq!(found, same);
    let none = format!("{of_column} --only stay=1");
    primum(&format!("evidence {none}")).expect(0, "No event was warned of");
    let short = format!("workflow {} --score risk --outcome icu", at("log.csv"));
    refuses(&[
        (short.clone(), 2, "lead time needs the column of the encounter: add --encounter COLUMN"),
        (format!("{short} --encounter stay"), 2, "add --time COLUMN"),
        (
            format!("{short} --encounter stay --time at"),
            2,
            "lead time needs the time of the event: add --event-time COLUMN or --events FILE",
        ),
    ]);
}

#[test]
fn rows_of_one_patient_may_be_alike() {
    let (_folder, at) = files();
    let log = format!("{} --outcome icu --score risk", at("log.csv"));
    let found = report(&format!("{log} --cluster mrn"));
    let (plain, clustered) =
        (of(&found, "estimates", "outcome_rate"), of(&found, "clustered", "outcome_rate"));
    let width = |it: &Value| it["upper"].as_f64().unwrap() - it["lower"].as_f64().unwrap();
    assert_eq!(plain["estimate"], clustered["estimate"]);
    // All predictions of a stay share its outcome.
    assert!(width(&clustered) > 1.5 * width(&plain), "{plain} {clustered}");
    // On the terminal the wider one stands in place of the other.
    let said = primum(&format!("evidence run {log} --cluster mrn"));
    let said = said.expect(0, "intervals that allow for rows of one `mrn` being alike").out;
    let row = said.lines().find(|line| line.trim_start().starts_with("Outcome rate")).unwrap();
    let lower = clustered["lower"].as_f64().unwrap();
    assert!(row.contains(&format!("{:.1} to ", 100.0 * lower)), "{row}\n{clustered}");
    assert!(said.contains("predictions of one `mrn` being alike"), "{said}");
    let all = primum(&format!("evidence run {log} --cluster mrn --all")).expect(0, "").out;
    assert!(all.contains(&format!("{lower:.4} to ")), "{all}");
    assert!(report(&log)["clustered"].is_null());
    // A mapping knows the patient.
    let map = at("map.toml");
    let text = "[columns]\noutcome = \"icu\"\nscore = \"risk\"\npatient = \"mrn\"\ntime = \"at\"\n";
    fs::write(&map, text).unwrap();
    let mapped = report(&format!("{} --map {map}", at("log.csv")));
    assert_eq!(mapped["clustered"], found["clustered"]);
    assert!(report(&format!("{} --map {map} --monthly", at("log.csv")))["clustered"].is_null());
    fs::write(&map, format!("{text}[report]\nperiod = \"month\"\n")).unwrap();
    refuses(&[
        (format!("run {log} --cluster mrm"), 1, "did you mean `mrn`?"),
        (format!("run {log} --cluster mrn --time at --monthly"), 2, "cannot be used with"),
        (
            format!("run {} --map {map} --cluster mrn", at("log.csv")),
            2,
            "leave the period out of the mapping",
        ),
    ]);
}
