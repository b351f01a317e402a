//! Comparing estimates with `golden.json`, in both directions.

use serde_json::Value;
use statistics::{Estimate, Measure, Status};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder of the demo.
pub fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo")
}

/// What other programs computed from the demo's prediction logs.
pub fn golden() -> Value {
    serde_json::from_str(&std::fs::read_to_string(demo().join("log/golden.json")).unwrap()).unwrap()
}

/// True when a number is the golden one: both null, or as near as the sums of two programs are.
pub fn same(ours: Option<f64>, golden: &Value, tolerance: f64) -> bool {
    match (ours, golden.as_f64()) {
        (Some(ours), Some(golden)) => (ours - golden).abs() <= tolerance * golden.abs().max(1e-3),
        (ours, golden) => ours.is_none() && golden.is_none(),
    }
}

/// Iterative fits stop a little earlier in one program than in another.
fn tolerance(measure: Measure) -> f64 {
    match measure {
        Measure::CalibrationIntercept | Measure::CalibrationSlope => 1e-6,
        Measure::Ici | Measure::E50 | Measure::E90 | Measure::Emax => 1e-6,
        _ => 1e-9,
    }
}

/// What is wrong with the estimates: golden ones that are missing or differ, and ours that no
/// golden one vouches for.
pub fn faults<'a>(
    estimates: impl IntoIterator<Item = &'a Estimate>,
    golden: &[Value],
) -> Vec<String> {
    let mut ours = BTreeMap::new();
    for estimate in estimates {
        let cohort = estimate.cohort.as_ref().map(ToString::to_string);
        let name = Value::from(vec![
            Value::from(estimate.measure.name()),
            Value::from(cohort),
            Value::from(estimate.threshold),
        ]);
        let twice = ours.insert(name.to_string(), estimate);
        assert_eq!(twice, None, "the same estimate twice");
    }
    let mut faults = Vec::new();
    for row in golden {
        let name = Value::from(row.as_array().unwrap()[..3].to_vec()).to_string();
        match ours.remove(&name) {
            Some(estimate) => faults.extend(fault(estimate, row)),
            None => faults.push(format!("{row}: is not in the report")),
        }
    }
    faults.extend(ours.keys().map(|name| format!("{name}: is not in the golden values")));
    faults
}

fn fault(ours: &Estimate, golden: &Value) -> Option<String> {
    let tolerance = tolerance(ours.measure);
    let numbers = [(ours.estimate, 3), (ours.lower, 4), (ours.upper, 5)];
    let numbers = numbers.into_iter().all(|(ours, at)| same(ours, &golden[at], tolerance));
    let counts = ours.n == golden[6].as_u64() && ours.events == golden[7].as_u64();
    let status = match ours.status {
        Status::Suppressed => golden[6].is_null(),
        Status::NotEnoughData { more_needed } => {
            !golden[6].is_null() && golden[3].is_null() && more_needed == golden[8].as_u64()
        }
        Status::Estimated => {
            !golden[3].is_null() && ours.method.ends_with(golden[8].as_str().unwrap_or_default())
        }
    };
    let right = numbers && counts && status && ours.level == 0.95;
    (!right).then(|| format!("{golden}: is {ours:?}"))
}
