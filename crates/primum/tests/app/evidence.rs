//! Evidence without a record: the report on the terminal and in files, standards, comparisons,
//! explanations, exports.

use crate::common::{Home, Ran, command, demo, on, primum, words};
use serde_json::Value;
use std::fs;
use std::path::Path;

const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/log/readmit-local.parquet");
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../interop/tests/cards/sample.xml");

fn run(options: &str) -> String {
    format!(
        "evidence run '{LOG}' --outcome outcome --score score --threshold 0.17 --only split=deploy \
         {options}"
    )
}

/// The program on a terminal of this width.
fn at_width(columns: &str, line: &str) -> Ran {
    let output = command().env("COLUMNS", columns).args(words(line)).output().unwrap();
    Ran::of(line, output)
}

/// A small log: scores and outcomes of so many rows, good or bad, in two groups.
fn small_log(path: &Path, rows: usize, good: bool) {
    let mut text = String::from("y,p,group\n");
    for row in 0..rows {
        let outcome = row % 4 == 0;
        // One in seven is the other way round, so that there is something to estimate.
        let high = (outcome == good) != (row % 7 == 0);
        let score = if high { 0.3 + 0.01 * (row % 7) as f64 } else { 0.2 };
        let group = if row % 10 == 0 { "few" } else { "many" };
        text += &format!("{},{score},{group}\n", u8::from(outcome));
    }
    fs::write(path, text).unwrap();
}

const STANDARD: &str = r#"
id = "house"
version = "1"
title = "House rules"
source = "None"
tier = "T2"
ai_type = "predictive"
valid_days = 100

[[requirements]]
id = "ranks"
title = "It ranks"
rationale = "It should"
proof = "computed"
measure = "auroc"
end = "lower"
at_least = 0.6
min_n = 100
min_events = 20

[[requirements]]
id = "ranks-by-group"
title = "It ranks in each group"
rationale = "It should"
proof = "computed"
measure = "auroc"
end = "lower"
at_least = 0.6
min_n = 50
min_events = 10
each = "group"

[[requirements]]
id = "word"
title = "Somebody looked"
rationale = "They should"
proof = "attested"
statement = "I looked"
"#;

#[test]
fn the_report_says_the_most_important_first() {
    let said = primum(&run("--by race,sex")).expect(0, "Digest: ").out;
    let places: Vec<usize> = [
        "Score `score` against outcome `outcome`, from readmit-local.parquet",
        "rows used of",
        "Discrimination",
        "Calibration",
        "fewer outcomes than predicted",
        "At the threshold 17.0%",
        "Utility at 17.0%",
        "Groups of patients, at the threshold 17.0%",
        "Groups that lie apart, each number taken by itself",
        "Note: ",
        "Digest: ",
    ]
    .iter()
    .map(|part| said.find(part).unwrap_or_else(|| panic!("`{part}` is not in:\n{said}")))
    .collect();
    assert!(places.is_sorted(), "{said}");
    assert!(!said.contains('\u{1b}'), "codes that steer a terminal where there is none");
    // Everyone, then each level of each attribute once.
    for level in ["Everyone  ", "  Asian", "  Female", "  Male"] {
        assert_eq!(said.lines().filter(|line| line.starts_with(level)).count(), 1, "{said}");
    }
}

#[test]
fn lines_keep_within_the_terminal() {
    let line = run("--by race,sex --standard predictive-t3");
    for columns in ["60", "80", "132"] {
        let said = at_width(columns, &line).expect(3, "Groups of patients").out;
        let most: usize = columns.parse().unwrap();
        let wide = said.lines().filter(|line| line.chars().count() > most);
        // What cannot be broken stays whole.
        let wide: Vec<_> = wide.filter(|line| !line.starts_with("Digest: ")).collect();
        assert!(wide.is_empty(), "{columns}: {wide:#?}");
    }
    // Where there is room, cohorts have their intervals.
    assert!(at_width("180", &line).out.contains("O/E"), "no cohorts");
    let wide = at_width("180", &run("--by sex")).out;
    let row = wide.lines().find(|line| line.starts_with("  Female")).unwrap();
    assert!(row.matches(" to ").count() == 4, "{row}");
}

#[test]
fn every_number_can_be_asked_for() {
    let said = primum(&run("--by sex --all")).expect(0, "calibration_slope").out;
    let json = primum(&run("--by sex --json")).expect(0, "").json();
    let numbers = json["estimates"].as_array().unwrap().len();
    // A header, a rule, the numbers.
    assert!(said.lines().take_while(|line| !line.starts_with("Note")).count() >= numbers + 2);
}

#[test]
fn a_standard_guards_a_build_by_its_exit_code() {
    let home = Home::empty();
    let (log, house) = (home.beside("log.csv"), home.beside("house.toml"));
    fs::write(&house, STANDARD).unwrap();
    let line = |by: &str| {
        format!(
            "evidence run '{}' --outcome y --score p {by} --standard '{}'",
            log.display(),
            house.display()
        )
    };
    small_log(&log, 2000, true);
    let met = primum(&line("--by group")).expect(0, "house 1: the numbers meet it");
    assert!(met.out.contains("met              ranks:"), "{}", met.out);
    assert!(met.out.contains("Somebody looked"), "{}", met.out);
    small_log(&log, 2000, false);
    primum(&line("--by group")).expect(3, "missed           ranks:");
    // Too few in one group alone do not fail it; too few in all leave it open.
    small_log(&log, 200, true);
    let thin = primum(&line("--by group")).expect(0, "house 1: the numbers meet it");
    assert!(thin.out.contains("few: it takes about 30 more rows"), "{}", thin.out);
    small_log(&log, 40, true);
    let none = primum(&line("--by group")).expect(3, "not enough data to say");
    assert!(none.out.contains("it takes about 60 more rows, 15 of them with"), "{}", none.out);
    // Nothing was asked by group: the number is not there.
    small_log(&log, 2000, true);
    primum(&line("")).expect(3, "no estimate of auroc");
    let json = primum(&format!("{} --json", line("--by group"))).expect(0, "").json();
    assert_eq!(json["verdict"]["status"], "met");
    assert_eq!(json["verdict"]["judged"][1]["trials"].as_array().unwrap().len(), 2);
}

#[test]
fn a_built_in_standard_goes_by_its_name() {
    let said =
        primum(&run("--by race,sex --standard predictive-t3")).expect(3, "--by age_band").out;
    assert!(said.contains("predictive-t3 1.0.0"), "{said}");
    primum(&run("--standard nonsense")).expect(2, "`nonsense` is neither a file nor a built-in");
    primum(&run("--standard chatbot-t1")).expect(2, "asks for no number");
    primum(&run(&format!("--standard '{SAMPLE}'"))).expect(1, "sample.xml");
}

#[test]
fn files_are_written_once_and_overwritten_only_by_force() {
    let home = Home::empty();
    let dir = home.beside("out");
    let line = run(&format!(
        "--by sex --title 'Readmission <score>' --standard predictive-t3 --out-dir '{}'",
        dir.display()
    ));
    let said = primum(&line).expect(3, "Written: ");
    for name in
        ["report.json", "report.html", "estimates.csv", "cyclonedx.json", "charts/calibration.svg"]
    {
        assert!(said.out.contains(name), "{}", said.out);
        assert!(fs::metadata(dir.join(name)).unwrap().len() > 0, "{name}");
    }
    charts_explain_themselves(&dir.join("charts"));
    page_stands_alone(&fs::read_to_string(dir.join("report.html")).unwrap());
    let report: Value =
        serde_json::from_slice(&fs::read(dir.join("report.json")).unwrap()).unwrap();
    let csv = fs::read_to_string(dir.join("estimates.csv")).unwrap();
    assert_eq!(csv.lines().count(), report["estimates"].as_array().unwrap().len() + 1);
    let before = fs::read(dir.join("report.html")).unwrap();
    let refused = primum(&line).expect(2, "report.json` is there already; name another, or add");
    assert_eq!(refused.out, "");
    fs::write(dir.join("report.html"), "mine").unwrap();
    primum(&format!("{line} --force")).expect(3, "Written: ");
    assert_eq!(fs::read(dir.join("report.html")).unwrap(), before);

    let (html, json) = (home.beside("one.html"), home.beside("one.json"));
    let one = run(&format!("--html '{}' --out '{}'", html.display(), json.display()));
    primum(&one).expect(0, "one.html");
    for (gone, there) in [(&html, "one.json"), (&json, "one.html")] {
        fs::remove_file(gone).unwrap();
        primum(&one).expect(2, &format!("{there}` is there already"));
        assert!(!gone.exists(), "it was written before the refusal");
        primum(&format!("{one} --force")).expect(0, "Written");
    }
    primum(&run("--html /no/such/folder/x.html")).expect(1, "/no/such/folder/x.html");
}

fn charts_explain_themselves(dir: &Path) {
    let mut charts = 0;
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "svg") {
            charts += 1;
            let svg = fs::read_to_string(&path).unwrap();
            for part in ["<title", "<desc", "<style>", "role=\"img\""] {
                assert!(svg.contains(part), "{}: no {part}", path.display());
            }
            let table = fs::read_to_string(path.with_extension("csv")).unwrap();
            assert!(table.lines().count() > 1, "{}", path.display());
        }
    }
    assert_eq!(charts, 5);
}

fn page_stands_alone(html: &str) {
    assert!(
        html.contains("Readmission &#60;score&#62;") || html.contains("Readmission &lt;score&gt;")
    );
    assert!(html.contains("predictive-t3 1.0.0"));
    for way in ["<script", "http:", "https:", "src=", "@import", "url("] {
        let found = html
            .match_indices(way)
            .map(|(at, _)| html.get(at..(at + 60).min(html.len())).unwrap_or_default().to_owned());
        // The name of the SVG vocabulary, and clip paths, which point into the page itself.
        let out = found
            .filter(|it| !it.starts_with("http://www.w3.org/2000/svg") && !it.starts_with("url(#"));
        assert_eq!(out.collect::<Vec<_>>(), Vec::<String>::new(), "{way}");
    }
}

#[test]
fn two_reports_are_compared_number_by_number() {
    let home = Home::empty();
    let (old, new) = (home.beside("old.json"), home.beside("new.json"));
    for (log, split, out) in [(LOG, "deploy", &old), (LOG, "train", &new)] {
        let line = format!(
            "evidence run '{log}' --outcome outcome --score score --threshold 0.17 --by sex \
             --only split={split} --out '{}'",
            out.display()
        );
        primum(&line).expect(0, "Written");
    }
    let compare = format!("evidence compare '{}' '{}'", old.display(), new.display());
    let said = primum(&compare).expect(0, "request.equals.split: deploy → train").out;
    assert!(said.contains("numbers are in both"), "{said}");
    let json = primum(&format!("{compare} --json")).expect(0, "").json();
    let numbers = json["numbers"].as_array().unwrap();
    let beyond = numbers.iter().filter(|it| it["moved"] == "beyond" || it["moved"] == "apart");
    assert!(beyond.count() > 0, "{said}");
    for it in numbers {
        // Each says of itself how far it moved.
        let now = it["after"]["estimate"].as_f64();
        let ends = (it["before"]["lower"].as_f64(), it["before"]["upper"].as_f64());
        if let (Some(now), (Some(lower), Some(upper))) = (now, ends) {
            let outside = now < lower || now > upper;
            assert_eq!(outside, it["moved"] == "beyond" || it["moved"] == "apart", "{it}");
        }
    }
    primum(&format!("{compare} --all")).expect(0, "within");
    let same = compare.replace("new.json", "old.json");
    primum(&same).expect(0, "are the same report");
    // As the guard of a build: the rows of the training are easier than those of the deployment.
    let back = format!("evidence compare '{}' '{}' --measure auroc", new.display(), old.display());
    let worse = primum(&format!("{back} --fail-if worse")).expect(3, "Failed: worse than before");
    assert!(worse.out.contains("auroc (all)"), "{}", worse.out);
    assert!(!worse.out.contains("brier"), "{}", worse.out);
    let json = primum(&format!("{back} --fail-if worse --json")).expect(3, "").json();
    assert_eq!(json["guard"], serde_json::json!({ "fail_if": "worse", "failed": true }));
    assert!(json["numbers"].as_array().unwrap().iter().any(|it| it["worse"] == true));
    let better = format!("{compare} --measure auroc --fail-if worse");
    primum(&better).expect(0, "Passed: no number is worse than its former interval");
    primum(&format!("{better} --json")).expect(0, "\"failed\": false");
    primum(&format!("{compare} --fail-if different")).expect(3, "Failed: what is compared differs");
    primum(&format!("{same} --fail-if different"))
        .expect(0, "Passed: what is compared is the same");
    primum(&format!("{same} --fail-if worse")).expect(0, "Passed");
    // What nothing can be said about guards nothing.
    let blind = "has no number of `ici` with an interval";
    primum(&format!("{same} --measure ici --fail-if worse")).expect(2, blind);
    primum(&format!("{same} --measure ici --fail-if different")).expect(0, "Passed");
    primum(&format!("{same} --measure auc")).expect(2, "auc");
    // A file that was altered is no evidence.
    let altered = fs::read_to_string(&new).unwrap().replacen("\"used\": ", "\"used\": 1", 1);
    fs::write(&new, altered).unwrap();
    primum(&compare).expect(2, "new.json` was altered: its digest says");
}

#[test]
fn a_verdict_is_explained_step_by_step() {
    let home = Home::empty();
    let file = home.beside("report.json");
    primum(&run(&format!("--by race,sex --out '{}'", file.display()))).expect(0, "");
    let explain = format!("evidence explain '{}'", file.display());
    primum(&explain).expect(2, "names no standard; add --standard");
    let said = primum(&format!("{explain} --standard predictive-t3")).expect(3, "against").out;
    for part in [
        "asks      auroc of all: lower end at least 0.6, from at least 400 rows and 200 outcomes",
        "found     all: 0.6",
        "in each race: some of the interval within 0.67 to 1.5",
        "found     Asian: ",
        "one group that misses fails it",
        "The whole: missed when any requirement is missed",
    ] {
        assert!(said.contains(part), "`{part}` is not in:\n{said}");
    }
    // Recorded evidence knows its standard, and what people gave their word on.
    let recorded = on(demo(), "evidence explain EV-1").expect(0, "predictive-t3 1.0.0: met").out;
    assert!(recorded.contains("Beside the numbers, as recorded:"), "{recorded}");
    on(demo(), "evidence explain EV-77").expect(1, "the record has no evidence EV-77");
    on(demo(), "evidence compare EV-1 EV-2").expect(0, "numbers are in both");
}

#[test]
fn a_report_is_exported_in_the_shapes_of_others() {
    let home = Home::empty();
    let export = "evidence export EV-1 --format";
    let bill = on(demo(), &format!("{export} cyclonedx")).expect(0, "").json();
    assert_eq!(bill["specVersion"], "1.7");
    assert_eq!(bill["components"][0]["type"], "machine-learning-model");
    assert_eq!(bill["components"][0]["version"], "1.0");
    let csv = on(demo(), &format!("{export} csv")).expect(0, "measure,attribute,level").out;
    let json = on(demo(), &format!("{export} json")).expect(0, "").json();
    assert_eq!(csv.lines().count(), json["estimates"].as_array().unwrap().len() + 1);
    let file = home.beside("bill.json");
    let line = format!("{export} cyclonedx --model Other --out '{}'", file.display());
    on(demo(), &line).expect(0, "Written");
    on(demo(), &line).expect(2, "is there already");
    on(demo(), &format!("{line} --force")).expect(0, "Written");
    let written: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(written["components"][0]["name"], "Other");
    on(demo(), "evidence export EV-1 --format xml").expect(2, "xml");
    on(demo(), "evidence export EV-1").expect(2, "--format");
}

#[test]
fn several_claims_are_compared_at_once() {
    let home = Home::empty();
    let (file, table) = (home.beside("report.json"), home.beside("claims.csv"));
    primum(&run(&format!("--by sex --out '{}'", file.display()))).expect(0, "");
    let claim = |what: &str| format!("evidence claim {what} --report '{}'", file.display());
    let claims = claim(&format!("--claims '{}'", table.display()));
    fs::write(
        &table,
        "measure,claimed,lower,upper,population\nauroc,0.65,0.64,0.66,\nauroc,0.65,0.64,0.66,Female\n",
    )
    .unwrap();
    let said = primum(&claims).expect(0, "confirmed");
    assert_eq!(said.out.matches("confirmed").count(), 2, "{}", said.out);
    fs::write(
        &table,
        "measure,claimed,lower,upper,population\nauroc,0.85,0.84,0.86,\nauroc,0.6,0.5,0.7,Nobody\n",
    )
    .unwrap();
    let said = primum(&claims).expect(3, "worse").out;
    assert!(said.contains("left out: auroc of Nobody: the report cannot tell"), "{said}");
    let json = primum(&format!("{claims} --json")).expect(3, "").json();
    assert_eq!(json["compared"][0]["verdict"], "worse");
    fs::write(&table, "measure,claimed\nauc,0.85\n").unwrap();
    primum(&claims).expect(1, "`auc` is not a measure");
    fs::write(&table, "measure,claimed\nauroc,high\n").unwrap();
    primum(&claims).expect(1, "claims.csv");
    fs::write(&table, "measure,claimed\n").unwrap();
    primum(&claims).expect(2, "there is no claim in it");
    // The labels of a card name measures, thresholds and people.
    let card = claim(&format!("--card '{SAMPLE}'"));
    let said = primum(&card).expect(3, "sensitivity at 0.6").out;
    for part in ["Female", "Male", "0.810 (0.775 to 0.841)", "0.240 (0.220 to 0.260)"] {
        assert!(said.contains(part), "`{part}` is not in:\n{said}");
    }
    primum("evidence claim --claims x.csv").expect(2, "--report");
    primum(&claim("--measure auroc")).expect(2, "--claimed");
}

#[test]
fn evidence_of_a_silent_run_is_kept_as_such() {
    // The demo's first two were recorded while the versions ran silently, as the record knows.
    let shown = on(demo(), "evidence show EV-1").expect(0, "Of a silent run: nobody acted");
    let json = on(demo(), "evidence show EV-1 --json").expect(0, "").json();
    assert_eq!(json["mode"], "silent", "{}", shown.out);
    // What is recorded while it is live is not.
    let home = Home::demo();
    let line = "evidence record UC-1 --from 2023-06-01 --until 2024-01-01 --as data-lead";
    let live = home.run(line);
    assert!(!live.out.contains("silent run"), "{}{}", live.out, live.err);
    assert!(live.out.contains("Digest"), "{}{}", live.out, live.err);
}

#[test]
fn attributes_are_crossed_by_name_on_every_way_out() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let line = run(&format!("--by race,sex,race*sex --out-dir '{}'", out.display()));
    let told = primum(&line).expect(0, "race × sex");
    for fragment in ["  Asian × Female", "  Caucasian × Male or Unknown", "  Race × sex: "] {
        assert!(told.out.contains(fragment), "{fragment}:\n{}", told.out);
    }
    let csv = fs::read_to_string(out.join("estimates.csv")).unwrap();
    assert!(csv.contains("auroc,race*sex,Asian × Female,"), "{csv}");
    let html = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(html.contains("Race × sex") && html.contains("Asian × Female"));
    // A standard names the attribute as the question does; a claim names the people.
    let house = dir.path().join("house.toml");
    fs::write(&house, STANDARD.replace("each = \"group\"", "each = \"race*sex\"")).unwrap();
    let report = out.join("report.json");
    let line = format!("evidence explain '{}' --standard '{}'", report.display(), house.display());
    let explained = primum(&line);
    assert!(explained.out.contains("Asian × Male or Unknown: 0."), "{}", explained.out);
    let claims = dir.path().join("claims.csv");
    fs::write(&claims, "measure,claimed,population\nauroc,0.7,Asian × Female\n").unwrap();
    let line =
        format!("evidence claim --claims '{}' --report '{}'", claims.display(), report.display());
    let claimed = primum(&line);
    assert!(claimed.out.contains("Asian × Female"), "{}{}", claimed.out, claimed.err);
    primum(&run("--by race*sex,sex*race")).expect(2, "are the same: keep one");
}
