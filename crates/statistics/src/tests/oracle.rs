//! Against other people's libraries: rows that break careless code (`oracles/edge_cases.py`), and
//! real data (`oracles/real_data.py`).

use super::*;
use serde_json::Value;

/// Iterative fits stop a little earlier in one program than in another.
fn tolerance(measure: Measure) -> f64 {
    use Measure::*;
    match measure {
        CalibrationIntercept | CalibrationSlope | Ici | E50 | E90 | Emax => 1e-6,
        _ => 1e-9,
    }
}

fn same(found: Option<f64>, right: &Value, within: f64) -> bool {
    match (found, right.as_f64()) {
        (Some(found), Some(right)) => (found - right).abs() <= within * right.abs().max(1e-3),
        (found, right) => found.is_none() && right.is_none(),
    }
}

fn fault(found: &Estimate, right: &Value) -> Option<String> {
    let within = tolerance(found.measure);
    let numbers = [(found.estimate, 3), (found.lower, 4), (found.upper, 5)];
    let numbers = numbers.into_iter().all(|(found, at)| same(found, &right[at], within));
    let named = right[0] == found.measure.name() && right[2].as_f64() == found.threshold;
    let counts = found.n == right[6].as_u64() && found.events == right[7].as_u64();
    let status = match found.status {
        Status::Suppressed => right[6].is_null(),
        Status::NotEnoughData { more_needed } => {
            right[3].is_null() && more_needed == right[8].as_u64()
        }
        Status::Estimated => !right[3].is_null(),
    };
    (!(named && numbers && counts && status)).then(|| format!("{right}: is {found:?}"))
}

/// Compares all estimates of each case, in order; gives how many there were.
fn compare(oracle: &str) -> usize {
    let oracle: Value = serde_json::from_str(oracle).unwrap();
    let thresholds: Vec<f64> = serde_json::from_value(oracle["thresholds"].clone()).unwrap();
    let thresholds: Vec<Score> = thresholds.into_iter().map(score).collect();
    let (mut compared, mut faults) = (0, Vec::new());
    for case in oracle["cases"].as_array().unwrap() {
        let rows: Vec<[u64; 3]> = serde_json::from_value(case["rows"].clone()).unwrap();
        let tally = Tally::from_counts(rows.iter().map(|&[billionths, without, with]| {
            (Score::from_billionths(billionths as u32), without, with)
        }));
        let mut found = estimates(&tally, None, None, &thresholds, 0.95);
        let curve = [Measure::Ici, Measure::E50, Measure::E90, Measure::Emax];
        found.retain(|row| case["curve"] == true || !curve.contains(&row.measure));
        let expected = case["estimates"].as_array().unwrap();
        if tally.n == 0 {
            assert!(found.iter().all(|row| row.estimate.is_none() && row.n == Some(0)));
            continue;
        }
        assert_eq!(found.len(), expected.len(), "{}", case["name"]);
        for (found, right) in found.iter().zip(expected) {
            compared += 1;
            faults.extend(fault(found, right).map(|fault| format!("{}: {fault}", case["name"])));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    compared
}

#[test]
fn edge_cases_are_what_others_find() {
    assert!(compare(include_str!("../../oracles/edge_cases.json")) > 700);
}

#[test]
fn real_data_are_what_others_find() {
    assert_eq!(compare(include_str!("../../oracles/real_data.json")), 3 * (19 + 2 * 11));
}
