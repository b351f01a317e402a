//! The bill of materials of a model: its shape, and what becomes of each kind of estimate.
//!
//! `cyclonedx/bill.json` was found valid by the schema of the standard: see `cyclonedx/check.py`.
#![cfg(test)]

use evidence::Report;
use interop::{MachineLearningModel, bill_of_materials};
use serde_json::Value;
use statistics::Status;
use std::collections::BTreeSet;

const REPORT: &str = include_str!("cyclonedx/report.json");
const BILL: &str = include_str!("cyclonedx/bill.json");

fn report() -> Report {
    serde_json::from_str(REPORT).unwrap()
}

fn bill() -> Value {
    let model = MachineLearningModel {
        name: "Readmission score".into(),
        version: Some("1.0".into()),
        publisher: Some("data-office".into()),
    };
    bill_of_materials(&report(), &model)
}

#[test]
fn the_bill_is_the_one_that_the_schema_was_checked_with() {
    let written = format!("{}\n", serde_json::to_string_pretty(&bill()).unwrap());
    let anew = concat!(env!("CARGO_TARGET_TMPDIR"), "/bill.json");
    std::fs::write(anew, &written).unwrap();
    assert!(written == BILL, "if {anew} is right, put it in place and run cyclonedx/check.py");
}

#[test]
fn each_estimate_over_all_time_is_a_metric_and_no_other() {
    let (report, bill) = (report(), bill());
    let card = &bill["components"][0]["modelCard"];
    let metrics = card["quantitativeAnalysis"]["performanceMetrics"].as_array().unwrap();
    let hidden = report.estimates.iter().filter(|it| it.status != Status::Estimated).count();
    assert!(hidden > 0, "the report has no estimate that must be left out");
    let shown: Vec<_> =
        report.estimates.iter().filter(|it| it.period.is_none() && it.estimate.is_some()).collect();
    assert_eq!(metrics.len(), shown.len());
    for (metric, estimate) in metrics.iter().zip(shown) {
        // Numbers are text that reads back as the same double.
        let number = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
        assert_eq!(Some(number(&metric["value"])), estimate.estimate);
        let ends = &metric["confidenceInterval"];
        assert_eq!(ends.is_object(), estimate.lower.is_some());
        if let (Some(lower), Some(upper)) = (estimate.lower, estimate.upper) {
            assert_eq!((number(&ends["lowerBound"]), number(&ends["upperBound"])), (lower, upper));
        }
        let slice = estimate.cohort.as_ref().map(ToString::to_string);
        assert_eq!(metric.get("slice").and_then(Value::as_str), slice.as_deref());
        assert!(metric["type"].as_str().unwrap().starts_with(estimate.measure.name()));
    }
}

#[test]
fn references_are_unique_and_lead_somewhere() {
    let bill = bill();
    let components = bill["components"].as_array().unwrap();
    let of = |it: &Value| it["bom-ref"].as_str().unwrap().to_owned();
    let refs: BTreeSet<String> = components.iter().map(of).collect();
    assert_eq!(refs.len(), components.len());
    let data = components[0]["modelCard"]["modelParameters"]["datasets"].as_array().unwrap();
    assert_eq!(data.len(), report().source.len());
    assert!(data.iter().all(|it| refs.contains(it["ref"].as_str().unwrap())));
    assert_eq!(bill["serialNumber"].as_str().unwrap().len(), "urn:uuid:".len() + 36);
}
