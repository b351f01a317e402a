//! Against scikit-learn, SciPy and statsmodels (`oracles/kinds.py`), and by simulation.

use super::*;
use crate::chance::{Chance, Coverage};
use crate::student::binomial_cdf;
use crate::tests::assert_near;
use crate::{Merge, Status};
use serde_json::Value;
use std::collections::BTreeMap;

fn valued(observed: f64, predicted: f64) -> Valued {
    let number = |value: f64| Number::new(value).unwrap();
    Valued { observed: number(observed), predicted: number(predicted), interval: None }
}

fn counted(rows: impl IntoIterator<Item = (f64, f64)>) -> Counts<Valued> {
    Counts::from_rows(rows.into_iter().map(|(y, x)| valued(y, x)).collect())
}

fn name(found: &Finding<OfValue>) -> String {
    let share = found.of.share.map(|share| format!(" {share}")).unwrap_or_default();
    format!("{}{share}", found.of.measure)
}

fn numbers(found: &Finding<OfValue>) -> Option<[f64; 3]> {
    Some([found.estimate?, found.lower?, found.upper?])
}

#[test]
fn measures_are_those_of_others() {
    let oracle: Value = serde_json::from_str(include_str!("../../oracles/kinds.json")).unwrap();
    let mut compared = 0;
    for case in oracle["values"].as_array().unwrap() {
        let rows: Vec<(f64, f64)> = serde_json::from_value(case["rows"].clone()).unwrap();
        let found = value_estimates(&counted(rows), 0.95);
        let measures: BTreeMap<String, [f64; 3]> =
            serde_json::from_value(case["measures"].clone()).unwrap();
        let quantiles: BTreeMap<String, [Option<f64>; 3]> =
            serde_json::from_value(case["quantiles"].clone()).unwrap();
        for finding in &found {
            let name = name(finding);
            let right = match finding.of.share {
                None => Some(measures[&name]),
                Some(share) => {
                    let [estimate, lower, upper] = quantiles[&share.to_string()];
                    estimate.zip(lower).zip(upper).map(|((a, b), c)| [a, b, c])
                }
            };
            let numbers = numbers(finding);
            assert_eq!(numbers.is_some(), right.is_some(), "{name}");
            for (found, right) in numbers.into_iter().flatten().zip(right.into_iter().flatten()) {
                assert_near(found, right, 1e-9 * right.abs().max(1.0), &name);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 3 * (3 * 11) - 3);
}

#[test]
fn edges_are_not_guessed() {
    let check = |rows: Vec<(f64, f64)>, name: &str, status: Status| {
        let found = value_estimates(&counted(rows), 0.95);
        let finding = found.iter().find(|it| super::tests::name(it) == name).unwrap();
        assert_eq!(finding.status, status, "{name}");
    };
    let too_few = Status::NotEnoughData { more_needed: None };
    let perfect = || (0..40).map(|i| (f64::from(i), f64::from(i))).collect::<Vec<_>>();
    let constant = || (0..40).map(|i| (f64::from(i % 7), 2.0)).collect::<Vec<_>>();
    let one_value = || (0..40).map(|i| (2.0, f64::from(i % 7))).collect::<Vec<_>>();
    for name in ["bias", "root_mean_squared_error", "r_squared", "calibration_slope"] {
        check(perfect(), name, too_few);
    }
    check(constant(), "calibration_slope", too_few);
    check(constant(), "bias", Status::Estimated);
    check(one_value(), "r_squared", too_few);
    check(one_value(), "bias", Status::Estimated);
    // 1 - 0.9^n must reach 0.975, so 36 rows for 90 %, and 72 for 95 %.
    let more = |more| Status::NotEnoughData { more_needed: Some(more) };
    check(constant(), "absolute_error_quantile 0.9", Status::Estimated);
    check(constant(), "absolute_error_quantile 0.95", more(32));
    // The same error in every row, but for rounding.
    let shifted = (0..40).map(|i| (0.1 * f64::from(i), 0.1 * f64::from(i) + 0.3)).collect();
    check(shifted, "bias", too_few);
    check(constant()[..10].to_vec(), "bias", Status::Suppressed);
    check(Vec::new(), "bias", too_few);
    assert!(value_estimates(&Counts::none(), 0.95).iter().all(|it| it.lower.is_none()));
}

#[test]
fn scale_and_shift_move_the_numbers_alike() {
    let mut chance = Chance::seeded(90);
    let rows: Vec<_> = (0..200).map(|_| (chance.normal(), chance.normal())).collect();
    let found = value_estimates(&counted(rows.clone()), 0.95);
    let moved = rows.iter().map(|(y, x)| (8.0 * y + 1024.0, 8.0 * x + 1024.0));
    let moved = value_estimates(&counted(moved), 0.95);
    for (found, moved) in found.iter().zip(&moved) {
        use ValueMeasure as M;
        let factor = match found.of.measure {
            M::RSquared | M::CalibrationSlope => 1.0,
            M::CalibrationIntercept => continue,
            _ => 8.0,
        };
        let (found, moved) = (numbers(found).unwrap(), numbers(moved).unwrap());
        for (found, moved) in found.iter().zip(moved) {
            assert_near(factor * found, moved, 1e-9, "moved");
        }
    }
}

#[test]
fn intervals_hold_as_often_as_they_say() {
    let mut chance = Chance::seeded(91);
    let number = |value: f64| Number::new(value).unwrap();
    let population: Vec<Valued> = (0..100_000)
        .map(|_| {
            let x = 10.0 + 3.0 * chance.normal();
            let error = 2.0 * chance.normal() + 0.3;
            let width = 3.0 + chance.uniform();
            Valued {
                observed: number(x),
                predicted: number(x + error),
                interval: Some((number(x + error - width), number(x + error + width))),
            }
        })
        .collect();
    let truth = value_estimates(&Counts::from_rows(population.clone()), 0.95);
    for (n, runs) in [(200, 2000), (2000, 600), (20_000, 100)] {
        let mut coverage = Coverage::default();
        for _ in 0..runs {
            let rows = Counts::from_rows(chance.draw(&population, n));
            for (found, truth) in value_estimates(&rows, 0.95).iter().zip(&truth) {
                let interval = found.lower.zip(found.upper);
                coverage.see(&name(found), interval, truth.estimate.unwrap());
            }
        }
        // Order statistics come in steps: their intervals hold a little more often, by how much is
        // known.
        let exact = |share: f64| {
            let tail = |tail: f64| {
                (0..n as u64).find(|&k| binomial_cdf(k, n as u64, share) >= tail).unwrap()
            };
            let (lower, upper) = (tail(0.025), tail(0.975) + 1);
            let at_most = |count: u64| binomial_cdf(count, n as u64, share);
            at_most(upper - 1) - at_most(lower - 1)
        };
        let documented = [
            ("absolute_error_quantile 0.5", exact(0.5)),
            ("absolute_error_quantile 0.9", exact(0.9)),
            ("absolute_error_quantile 0.95", exact(0.95)),
        ];
        coverage.check(&format!("n = {n}"), &documented);
    }
}
