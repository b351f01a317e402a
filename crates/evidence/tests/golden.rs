//! Every number in the demo's evidence agrees with scikit-learn, statsmodels and definitions coded
//! apart, and none is without such a witness.

#![cfg(test)]

mod oracle;
mod story;

use evidence::{Report, Request, Source, run};
use oracle::{demo, same};
use serde_json::{Value, json};
use statistics::{CalibrationCurve, Status};
use std::collections::BTreeMap;

/// What the demo asks when its story records evidence, and of which file.
struct Asked {
    name: String,
    file: String,
    request: Request,
}

/// The evidence of the story, in order.
fn asked() -> Vec<Asked> {
    let story = story::told("story.toml");
    let steps = story["steps"].as_array().unwrap();
    let recorded = steps.iter().filter(|step| step["do"] == "evidence");
    let asked = recorded.enumerate().map(|(place, step)| {
        let of_plan =
            |other: &&Value| other["do"] == "plan" && other["use_case"] == step["use_case"];
        let plan = steps.iter().find(of_plan).unwrap()["plan"].as_str().unwrap();
        let plan = story::told(plan);
        let deployment = story::deployment(&story, &step["use_case"]);
        let file = plan["feed"]["file"].as_str().unwrap().to_owned();
        Asked {
            name: format!("EV-{}", place + 1),
            file,
            request: request(step, &plan, &deployment),
        }
    });
    asked.collect()
}

fn request(step: &Value, plan: &Value, deployment: &Value) -> Request {
    let feed = &plan["feed"];
    let mut equals = feed["only"].clone();
    equals[feed["site"].as_str().unwrap()] = deployment["site"].clone();
    let midnight = |field: &str| format!("{}T00:00:00Z", step[field].as_str().unwrap());
    let request = json!({
        "outcome": feed["outcome"], "score": feed["score"], "id": feed["id"],
        "time": feed["time"], "matured": feed["matured"], "version": feed["version"],
        "by": plan["by"], "thresholds": [plan["threshold"]],
        "from": midnight("from"), "until": midnight("until"), "as_of": step["at"],
        "equals": equals, "known_versions": [deployment["version"]], "notes": [feed["note"]],
    });
    serde_json::from_value(request).unwrap()
}

/// Groups of a calibration curve that are not the golden ones.
fn curve_faults(name: &str, ours: &CalibrationCurve, golden: &Value) -> Vec<String> {
    let golden = golden.as_array().unwrap();
    let mut faults = Vec::new();
    for (group, wanted) in ours.groups.iter().zip(golden) {
        let numbers = [group.mean_score, group.observed, group.lower, group.upper];
        let right = json!([group.n, group.events]) == json!([wanted[0], wanted[1]])
            && (2..).zip(numbers).all(|(at, ours)| same(Some(ours), &wanted[at], 1e-9));
        if !right {
            faults.push(format!("calibration of {name}: {group:?} is not {wanted}"));
        }
    }
    if ours.groups.len() != golden.len() {
        let (ours, golden) = (ours.groups.len(), golden.len());
        faults.push(format!("calibration of {name}: {ours} groups, not {golden}"));
    }
    faults
}

/// Points of a curve that are not the golden ones.
fn point_faults(name: &str, ours: Vec<Vec<Option<f64>>>, golden: &Value) -> Vec<String> {
    let golden = golden.as_array().unwrap();
    let mut faults = Vec::new();
    for (point, wanted) in ours.iter().zip(golden) {
        if !point.iter().enumerate().all(|(at, &ours)| same(ours, &wanted[at], 1e-9)) {
            faults.push(format!("{name}: {point:?} is not {wanted}"));
        }
    }
    if ours.len() != golden.len() {
        faults.push(format!("{name}: {} points, not {}", ours.len(), golden.len()));
    }
    faults
}

fn curves_faults(report: &Report, golden: &Value) -> Vec<String> {
    let ours = &report.curves;
    let mut faults = curve_faults("all", &ours.calibration, &golden["calibration"]);
    let mut cohorts = golden["calibration_by_cohort"].as_object().unwrap().clone();
    for it in &ours.calibration_by_cohort {
        let name = it.cohort.to_string();
        match cohorts.remove(&name) {
            Some(golden) => faults.extend(curve_faults(&name, &it.curve, &golden)),
            None => faults.push(format!("calibration of {name}: is not in the golden values")),
        }
    }
    faults
        .extend(cohorts.keys().map(|name| format!("calibration of {name}: is not in the report")));

    let point = |it: &statistics::RocPoint| {
        vec![it.threshold, Some(it.false_positive_rate), Some(it.sensitivity)]
    };
    let roc = ours.roc.points.iter().map(point).collect();
    faults.extend(point_faults("ROC curve", roc, &golden["roc"]));
    let point = |it: &statistics::DecisionPoint| {
        let avoided = it.avoided.map(|it| [it.per_100, it.lower, it.upper].map(Some));
        let model = [Some(it.threshold), Some(it.model), Some(it.treat_all), it.lower, it.upper];
        [&model[..], &avoided.unwrap_or_default()].concat()
    };
    let decision = ours.decision.points.iter().map(point).collect();
    faults.extend(point_faults("decision curve", decision, &golden["decision"]));
    let point = |it: &statistics::PrecisionRecallPoint| [it.threshold, it.recall, it.precision];
    let points = ours.precision_recall.points.iter();
    let points = points.map(|it| point(it).map(Some).to_vec()).collect();
    faults.extend(point_faults("precision-recall curve", points, &golden["precision_recall"]));
    let smooth = &ours.smooth_calibration;
    let point =
        |it: &statistics::SmoothPoint| [it.score, it.observed, it.lower, it.upper].map(Some);
    let points = smooth.points.iter().map(|it| point(it).to_vec()).collect();
    faults.extend(point_faults("smooth curve", points, &golden["smooth_calibration"]));
    let bin = |it: &statistics::RiskBin| [it.from, it.to, it.without as f64, it.with as f64];
    let risk = ours.risk.bins.iter().map(|it| bin(it).map(Some).to_vec()).collect();
    faults.extend(point_faults("risk distribution", risk, &golden["risk"]));
    faults
}

/// What is wrong with a report: in its counts, its estimates, its curves.
fn faults(report: &Report, case: &Value, thresholds: &[f64]) -> Vec<String> {
    let rows = &report.rows;
    let (read, used) = (case["read"].as_u64().unwrap(), case["used"].as_u64().unwrap());
    assert_eq!((rows.read, rows.used, rows.immature), (read, used, read - used));
    assert_eq!(report.versions, BTreeMap::from([("1.0".to_owned(), read)]));
    let asked = |row: &&Value| row[2].as_f64().is_none_or(|it| thresholds.contains(&it));
    let wanted: Vec<Value> =
        case["estimates"].as_array().unwrap().iter().filter(asked).cloned().collect();
    let mut faults = oracle::faults(&report.estimates, &wanted);
    faults.extend(curves_faults(report, &case["curves"]));
    let suppressed = report.estimates.iter().filter(|it| it.status == Status::Suppressed);
    let mut suppressed: Vec<_> = suppressed.map(|it| it.cohort.clone()).collect();
    suppressed.dedup();
    let named: Vec<_> = report.suppressed.iter().map(|key| key.cohort.clone()).collect();
    if named != suppressed {
        faults.push(format!("suppressed are {named:?}, not {suppressed:?}"));
    }
    faults
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_number_of_the_evidence_is_a_golden_one() {
    let golden = oracle::golden();
    let cases = golden["cases"].as_array().unwrap();
    let asked = asked();
    let names: Vec<&str> = asked.iter().map(|it| it.name.as_str()).collect();
    let known: Vec<&str> = cases.iter().map(|it| it["evidence"].as_str().unwrap()).collect();
    assert_eq!(names, known, "the story asks for other evidence than golden.py; run it again");
    for (Asked { name, file, request }, case) in asked.iter().zip(cases) {
        let source = Source::file(demo().join("log").join(file));
        let thresholds: Vec<f64> = serde_json::from_value(case["thresholds"].clone()).unwrap();
        // As the demo asks, and with more thresholds than one.
        for thresholds in [request.thresholds.clone(), thresholds] {
            let request = Request { thresholds: thresholds.clone(), ..request.clone() };
            let report = run(&source, &request).await.unwrap();
            assert!(report.estimates.len() > 700, "{name}: {}", report.estimates.len());
            let faults = faults(&report, case, &thresholds);
            assert!(faults.is_empty(), "{name}: {}:\n{}", faults.len(), faults.join("\n"));
        }
    }
}
