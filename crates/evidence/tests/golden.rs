//! Every number agrees with scikit-learn, statsmodels and definitions coded apart, on the demo's
//! prediction logs.

#![cfg(test)]

use evidence::{Report, Request, Source, run};
use serde_json::Value;
use statistics::{Cohort, Estimate, Measure};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/log")
}

fn request(case: &Value) -> Request {
    let instant = |field: &str| {
        let day = case[field].as_str().unwrap();
        Some(format!("{day}T00:00:00Z").parse().unwrap())
    };
    let texts = |field: &str| case[field].as_array().unwrap().clone();
    Request {
        by: texts("by").iter().map(|name| name.as_str().unwrap().to_owned()).collect(),
        thresholds: texts("thresholds").iter().map(|value| value.as_f64().unwrap()).collect(),
        id: Some("prediction_id".into()),
        time: Some("predicted_at".into()),
        from: instant("from"),
        until: instant("until"),
        level: case["level"].as_f64().unwrap(),
        ..Request::new("outcome", "score")
    }
}

/// The cohort under which the report has a golden estimate; for a gap it names both groups.
fn cohort(golden: &Value) -> Option<Cohort> {
    if let Some(attribute) = golden["attribute"].as_str() {
        let of = |side: &str| golden[side].as_str().unwrap().to_owned();
        let level = format!("{} - {}", of("high"), of("low"));
        return Some(Cohort { attribute: attribute.to_owned(), level });
    }
    let (attribute, level) = golden["cohort"].as_object()?.iter().next()?;
    Some(Cohort { attribute: attribute.clone(), level: level.as_str().unwrap().to_owned() })
}

fn find<'a>(report: &'a Report, golden: &Value) -> Option<&'a Estimate> {
    let measure: Measure = golden["measure"].as_str()?.parse().ok()?;
    let (cohort, threshold) = (cohort(golden), golden["threshold"].as_f64());
    report.estimates.iter().find(|estimate| {
        estimate.measure == measure
            && estimate.cohort == cohort
            && estimate.threshold == threshold
            && estimate.period.is_none()
    })
}

/// The tolerance relative to the larger of 1 and the number: iterative fits stop a little earlier.
fn tolerance(measure: Measure) -> f64 {
    match measure {
        Measure::CalibrationIntercept | Measure::CalibrationSlope => 1e-6,
        _ => 1e-9,
    }
}

/// What is wrong with our estimate, if anything. The oracle has no interval for some measures;
/// there ours is not compared.
fn fault(ours: &Estimate, golden: &Value) -> Option<String> {
    let pairs = [("estimate", ours.estimate), ("lower", ours.lower), ("upper", ours.upper)];
    for (field, value) in pairs {
        let Some(wanted) = golden[field].as_f64() else {
            if field == "estimate" && value.is_some() {
                return Some(format!("estimate is {value:?}, where the oracle has none"));
            }
            continue;
        };
        match value {
            Some(value)
                if (value - wanted).abs() <= tolerance(ours.measure) * wanted.abs().max(1.0) => {}
            other => return Some(format!("{field} is {other:?}, not {wanted}")),
        }
    }
    // For rates at a threshold and for gaps the oracle counts what the rate is a share of; a report
    // counts the rows of the cell.
    if golden["threshold"].is_number() && ours.measure != Measure::NetBenefit {
        return None;
    }
    let counts = [("n", ours.n), ("events", ours.events)];
    let wrong = counts.iter().find(|(field, count)| golden[*field].as_u64() != *count);
    wrong.map(|(field, count)| format!("{field} is {count:?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_golden_estimate_is_in_the_report() {
    let text = std::fs::read_to_string(folder().join("golden.json")).unwrap();
    let golden: Value = serde_json::from_str(&text).unwrap();
    let (mut faults, mut compared) = (Vec::new(), 0);
    for case in golden["cases"].as_array().unwrap() {
        let file = case["file"].as_str().unwrap();
        let request = request(case);
        // Gaps are reported at the operating threshold, so each threshold is the operating one
        // once.
        let mut reports = Vec::new();
        for &threshold in &request.thresholds {
            let request = Request { thresholds: vec![threshold], ..request.clone() };
            reports.push(run(&Source::file(folder().join(file)), &request).await.unwrap());
        }
        for report in &reports {
            assert_eq!(Some(report.rows.used), case["n"].as_u64(), "{file}");
        }
        for golden in case["estimates"].as_array().unwrap() {
            let fault = match reports.iter().find_map(|report| find(report, golden)) {
                Some(ours) => fault(ours, golden),
                None => Some("is not in the report".to_owned()),
            };
            compared += 1;
            faults.extend(fault.map(|fault| format!("{file}: {golden}\n    {fault}")));
        }
    }
    assert!(compared > 1000, "only {compared} estimates were compared");
    assert!(faults.is_empty(), "{} of {compared}:\n{}", faults.len(), faults.join("\n"));
}
