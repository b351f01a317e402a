//! Whole reports of each kind against other people's libraries (`statistics/oracles/matrix.py`),
//! and which measure is checked on which data: `docs/oracles.md` shows it.
//!
//! A report is compared in both directions, so that a measure that no oracle covers is a fault.

#![cfg(test)]

mod oracle;

use evidence::{
    ClassesRequest, GradesRequest, ModelsRequest, RatingsRequest, Request, Source, SurvivalRequest,
    ValuesRequest,
};
use oracle::same;
use serde_json::{Value, json};
use statistics::{ClassMeasure, Measure, OrdinalMeasure, SurvivalMeasure, ValueMeasure};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

const DATA: [&str; 6] =
    ["Diabetes-130", "seismometer", "CHOP", "HRRP", "reader study", "generated"];

/// Where a kind, or a measure, has no meaning, and why.
const NO_MEANING: &[(&str, &str, &str)] = &[
    ("predictions", "reader study", "ratings, without a score of a model"),
    ("models", "reader study", "ratings, without a score of a model"),
    ("classes", "seismometer", "an event or none: two classes"),
    ("classes", "HRRP", "a ratio above 1 or not: two classes"),
    ("classes", "reader study", "ratings, without a score of a model"),
    ("grades", "seismometer", "an event or none: no levels"),
    ("grades", "CHOP", "results are in no order"),
    ("grades", "HRRP", "rates, not levels"),
    ("values", "seismometer", "an event or none: no number is predicted"),
    ("values", "CHOP", "a result: no number is predicted"),
    ("values", "reader study", "levels, not numbers"),
    ("survival", "Diabetes-130", "readmission in bands, without times"),
    ("survival", "seismometer", "the time without an event is not known"),
    ("survival", "CHOP", "a result at once: no follow-up"),
    ("survival", "HRRP", "rates of hospitals: no follow-up"),
    ("survival", "reader study", "ratings: no follow-up"),
    ("Cohen's kappa", "reader study", "Cohen's kappa is of two raters, and there are five"),
    ("ratings", "Diabetes-130", "nobody rates"),
    ("ratings", "seismometer", "nobody rates"),
    ("ratings", "CHOP", "nobody rates"),
    ("ratings", "HRRP", "nobody rates"),
];

fn oracle(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../statistics/oracles").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The measures of each kind.
fn measures() -> BTreeMap<&'static str, Vec<String>> {
    let names = |all: &mut dyn Iterator<Item = &'static str>| all.map(str::to_owned).collect();
    // Two models are compared in some of the measures of predictions.
    let of_models =
        ["auroc", "brier", "sensitivity", "specificity", "ppv", "npv", "flag_rate", "net_benefit"];
    BTreeMap::from([
        ("predictions", names(&mut Measure::ALL.iter().map(|it| it.name()))),
        ("models", names(&mut of_models.into_iter())),
        ("classes", names(&mut ClassMeasure::ALL.iter().map(|it| it.name()))),
        ("grades", names(&mut OrdinalMeasure::ALL.iter().map(|it| it.name()))),
        ("values", names(&mut ValueMeasure::ALL.iter().map(|it| it.name()))),
        ("survival", names(&mut SurvivalMeasure::ALL.iter().map(|it| it.name()))),
    ])
}

/// How many numbers of a measure were compared, by kind, measure and data.
type Compared = BTreeMap<(String, String, String), usize>;

fn count(compared: &mut Compared, kind: &str, measure: &str, data: &str) {
    *compared.entry((kind.to_owned(), measure.to_owned(), data.to_owned())).or_default() += 1;
}

fn texts(value: &Value) -> Vec<String> {
    serde_json::from_value(value.clone()).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The log of a case as CSV.
fn csv(case: &Value) -> String {
    let columns = texts(&case["columns"]);
    let mut log = columns[..columns.len() - 1].join(",") + "\n";
    for row in case["rows"].as_array().unwrap() {
        let (times, values) = row.as_array().unwrap().split_last().unwrap();
        let values: Vec<String> = values
            .iter()
            .map(|value| match value {
                Value::String(text) => text.clone(),
                // Scores are decimals, and some next to 0.
                value => match value.as_i64() {
                    Some(whole) => whole.to_string(),
                    None => format!("{:.9}", value.as_f64().unwrap()),
                },
            })
            .collect();
        for _ in 0..times.as_u64().unwrap() {
            writeln!(log, "{}", values.join(",")).unwrap();
        }
    }
    log
}

/// What a report of a kind says of a log, as JSON, in the order of the report.
async fn findings(kind: &str, source: &Source, asked: &Value) -> Vec<Value> {
    let thresholds = || serde_json::from_value(asked["thresholds"].clone()).unwrap();
    let level = 0.95;
    let found = match kind {
        "models" => {
            let request = ModelsRequest {
                outcome: text(&asked["outcome"]),
                score: text(&asked["score"]),
                against: text(&asked["against"]),
                thresholds: thresholds(),
                level,
                cluster: None,
            };
            json!(evidence::models(source, &request).await.unwrap().differences)
        }
        "classes" => {
            let classes = Some(texts(&asked["classes"]));
            let (outcome, scores) = (text(&asked["outcome"]), texts(&asked["scores"]));
            let request = ClassesRequest { outcome, scores, classes, level, by: Vec::new() };
            json!(evidence::classes(source, &request).await.unwrap().estimates)
        }
        "grades" => {
            let (observed, predicted) = (text(&asked["observed"]), text(&asked["predicted"]));
            let levels = texts(&asked["levels"]);
            let request = GradesRequest { observed, predicted, levels, level, by: Vec::new() };
            json!(evidence::grades(source, &request).await.unwrap().estimates)
        }
        "values" => {
            let (observed, predicted) = (text(&asked["observed"]), text(&asked["predicted"]));
            let interval = serde_json::from_value(asked["interval"].clone()).unwrap();
            let request = ValuesRequest { observed, predicted, interval, level, by: Vec::new() };
            json!(evidence::values(source, &request).await.unwrap().estimates)
        }
        "survival" => {
            let request = SurvivalRequest {
                time: text(&asked["time"]),
                event: text(&asked["event"]),
                score: text(&asked["score"]),
                horizon: asked["horizon"].as_f64().unwrap(),
                thresholds: thresholds(),
                level,
                by: Vec::new(),
            };
            json!(evidence::survival(source, &request).await.unwrap().estimates)
        }
        other => panic!("no kind {other}"),
    };
    found.as_array().unwrap().clone()
}

/// Differences of findings: each must be there, be what is expected, and nothing else.
fn faults(found: &[Value], expected: &[Value]) -> Vec<String> {
    /// What a finding is of, without numbers.
    fn key(of: &Value) -> String {
        let names = ["measure", "threshold", "class", "share"];
        names.map(|name| of.get(name).unwrap_or(&Value::Null).to_string()).join(" ")
    }
    let mut left: BTreeMap<String, &Value> = found.iter().map(|it| (key(it), it)).collect();
    assert_eq!(left.len(), found.len(), "a finding is there twice");
    let mut faults = Vec::new();
    for right in expected {
        let Some(ours) = left.remove(&key(&right[0])) else {
            faults.push(format!("{right}: is not in the report"));
            continue;
        };
        let of = right[0].as_object().unwrap();
        let numbers = [("estimate", &right[1]), ("lower", &right[2]), ("upper", &right[3])];
        let p_value = right.get(4).map(|it| ("p_value", it));
        let parts = ["first", "second"].map(|name| of.get(name).map(|it| (name, it)));
        let all = numbers.into_iter().chain(p_value).chain(parts.into_iter().flatten());
        let wrong = all.filter(|(name, right)| !same(ours[*name].as_f64(), right, 1e-9));
        let wrong: Vec<&str> = wrong.map(|(name, _)| name).collect();
        if !wrong.is_empty() {
            faults.push(format!("{}: {right}: is {ours}", wrong.join(", ")));
        }
    }
    faults.extend(left.keys().map(|name| format!("{name}: no oracle has it")));
    faults
}

/// Compares whole reports.
async fn reports(compared: &mut Compared) -> Vec<String> {
    let mut all = Vec::new();
    for case in oracle("matrix.json")["cases"].as_array().unwrap() {
        let (kind, data, name) = (text(&case["kind"]), text(&case["data"]), text(&case["name"]));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("log.csv");
        std::fs::write(&file, csv(case)).unwrap();
        let source = Source::file(file);
        let expected = case["findings"].as_array().unwrap();
        let found = if kind == "predictions" {
            let request: Request = serde_json::from_value(case["request"].clone()).unwrap();
            let report = evidence::run(&source, &request).await.unwrap();
            for row in expected {
                count(compared, &kind, row[0].as_str().unwrap(), &data);
            }
            oracle::faults(&report.estimates, expected)
        } else {
            for row in expected {
                count(compared, &kind, row[0]["measure"].as_str().unwrap(), &data);
            }
            faults(&findings(&kind, &source, &case["request"]).await, expected)
        };
        all.extend(found.into_iter().map(|fault| format!("{data}, {kind}, {name}: {fault}")));
    }
    all
}

/// Counts the numbers of predictions that other tests compare, in both directions: the evidence of
/// the demo (`golden.rs`), real data and edge cases (`statistics`).
fn elsewhere(compared: &mut Compared) {
    let mut add = |case: &Value, data: &str| {
        for row in case["estimates"].as_array().unwrap() {
            count(compared, "predictions", row[0].as_str().unwrap(), data);
        }
    };
    for case in oracle::golden()["cases"].as_array().unwrap() {
        add(case, "Diabetes-130");
    }
    for case in oracle("real_data.json")["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let data = match name {
            "seismometer_example" => "seismometer",
            "chop_covid_testing" => "CHOP",
            "cms_hrrp_fy2023" => "HRRP",
            other => panic!("no data {other}"),
        };
        add(case, data);
    }
    for case in oracle("edge_cases.json")["cases"].as_array().unwrap() {
        add(case, "generated");
    }
}

/// Compares the coefficients of a report on ratings; gives their names too.
fn agreement(compared: &mut Compared, faults: &mut Vec<String>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for case in oracle("ratings.json")["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let data = if name.starts_with("reader study") { "reader study" } else { "generated" };
        let mut log = "rater,item,score\n".to_owned();
        for (item, row) in case["rows"].as_array().unwrap().iter().enumerate() {
            for (rater, score) in row.as_array().unwrap().iter().enumerate() {
                let score = score.as_i64().map(|it| it.to_string()).unwrap_or_default();
                writeln!(log, "{rater},{item:03},{score}").unwrap();
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ratings.csv");
        std::fs::write(&file, log).unwrap();
        let request = RatingsRequest {
            item: "item".to_owned(),
            rater: "rater".to_owned(),
            score: "score".to_owned(),
            by: None,
            levels: Some(serde_json::from_value(case["levels"].clone()).unwrap()),
            rubric: None,
            cohort: None,
            level: 0.95,
            seed: 2026,
        };
        let report = evidence::ratings(&file, None, &request).unwrap();
        for found in &report.groups[0].agreement {
            let coefficient = found.coefficient.to_string();
            match case["expected"].get(&coefficient) {
                Some(right) if same(Some(found.estimate), right, 1e-9) => {
                    count(compared, "ratings", &coefficient, data);
                }
                right => {
                    let estimate = found.estimate;
                    faults.push(format!("{name}: {coefficient} is {estimate}, not {right:?}"));
                }
            }
            names.insert(coefficient);
        }
    }
    names
}

/// The matrix as Markdown.
fn table(kind: &str, measures: &[String], compared: &Compared, faults: &mut Vec<String>) -> String {
    let reason = |measure: &str, data: &str| {
        let here = |of: &str| of == kind || of == measure;
        let found = NO_MEANING.iter().find(|(of, on, _)| here(of) && *on == data);
        found.map(|(_, _, why)| *why)
    };
    let mut text = format!("| {kind} | {} |\n|---|", DATA.join(" | "));
    text += &"--:|".repeat(DATA.len());
    text.push('\n');
    for measure in measures {
        let cells = DATA.map(|data| {
            let key = (kind.to_owned(), measure.clone(), data.to_owned());
            match (compared.get(&key), reason(measure, data)) {
                (Some(times), None) => times.to_string(),
                (None, Some(_)) => "–".to_owned(),
                (Some(_), Some(why)) => {
                    faults.push(format!("{kind}: {measure} is checked on {data}: {why}"));
                    "?".to_owned()
                }
                (None, None) => {
                    faults.push(format!("{kind}: no oracle checks {measure} on {data}"));
                    "?".to_owned()
                }
            }
        });
        writeln!(text, "| `{measure}` | {} |", cells.join(" | ")).unwrap();
    }
    let here = |of: &str| of == kind || measures.iter().any(|it| it == of);
    let reasons = NO_MEANING.iter().filter(|(of, ..)| here(of));
    let reasons: Vec<String> = reasons.map(|(_, on, why)| format!("{on}: {why}")).collect();
    if !reasons.is_empty() {
        writeln!(text, "\nNo meaning: {}.", reasons.join("; ")).unwrap();
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_measure_is_what_others_find_on_every_data_set() {
    let mut compared = Compared::new();
    let mut faults = reports(&mut compared).await;
    elsewhere(&mut compared);
    let coefficients = agreement(&mut compared, &mut faults);
    let mut all = measures();
    all.insert("ratings", coefficients.into_iter().collect());
    let unknown =
        compared.keys().filter(|(kind, measure, _)| !all[kind.as_str()].contains(measure));
    faults.extend(unknown.map(|key| format!("{key:?} is no measure")));
    let order = ["predictions", "models", "classes", "grades", "values", "survival", "ratings"];
    let tables = order.map(|kind| table(kind, &all[kind], &compared, &mut faults));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    let made = tables.join("\n");
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/oracles.md");
    let document = std::fs::read_to_string(document).unwrap();
    let shown = document.split_once("<!-- made -->\n").map(|(_, made)| made);
    assert!(shown == Some(made.as_str()), "docs/oracles.md is old; what is to end it:\n{made}");
}
