//! Against statsmodels, SciPy and complex steps (`oracles/kinds.py`), and by simulation.

use super::*;
use crate::chance::{Chance, Coverage};
use crate::tests::assert_near;
use crate::{Merge, Status, math};
use serde_json::Value;

fn find<'a>(found: &'a [Finding<OfGrade>], name: &str) -> &'a Finding<OfGrade> {
    found.iter().find(|it| it.of.measure.name() == name).unwrap()
}

fn graded(rows: impl IntoIterator<Item = (u16, u16)>) -> Counts<Graded> {
    let row = |(observed, predicted)| Graded { observed, predicted };
    Counts::from_rows(rows.into_iter().map(row).collect())
}

#[test]
fn measures_are_those_of_others() {
    let oracle: Value = serde_json::from_str(include_str!("../../oracles/kinds.json")).unwrap();
    let z = math::critical_value(0.95);
    for case in oracle["ordinal"].as_array().unwrap() {
        let levels = case["levels"].as_u64().unwrap() as u16;
        let rows: Vec<(u16, u16)> = serde_json::from_value(case["rows"].clone()).unwrap();
        let found = ordinal_estimates(levels, &graded(rows), 0.95);
        let right = &case["measures"];
        for name in ["exact_agreement", "adjacent_agreement"] {
            let value = right[name].as_f64().unwrap();
            assert_near(find(&found, name).estimate.unwrap(), value, 1e-12, name);
        }
        let check = |name: &str, error: &dyn Fn(f64, f64, f64) -> f64| {
            let (value, deviation): (f64, f64) =
                serde_json::from_value(right[name].clone()).unwrap();
            let found = find(&found, name);
            let [estimate, lower, upper] =
                [found.estimate, found.lower, found.upper].map(Option::unwrap);
            assert_near(estimate, value, 1e-9, name);
            assert_near(error(estimate, lower, upper), deviation, 1e-9, name);
        };
        let fisher = |estimate: f64, lower: f64, upper: f64| {
            (upper.atanh() - lower.atanh()) / 2.0 / z * (1.0 - estimate * estimate)
        };
        for name in ["linear_kappa", "quadratic_kappa", "somers_d", "kendall_tau_b"] {
            check(name, &fisher);
        }
        check("generalized_c", &|estimate, lower, upper| {
            (math::logit(upper) - math::logit(lower)) / 2.0 / z * estimate * (1.0 - estimate)
        });
    }
}

#[test]
fn edges_are_not_guessed() {
    let too_few = Status::NotEnoughData { more_needed: None };
    let check = |rows: &[(u16, u16)], name: &str, status: Status| {
        let found = ordinal_estimates(3, &graded(rows.iter().copied()), 0.95);
        assert_eq!(find(&found, name).status, status, "{name}");
    };
    let perfect: Vec<_> = (0..30).map(|i| (i % 3, i % 3)).collect();
    check(&perfect, "exact_agreement", Status::Estimated);
    let one_level: Vec<_> = (0..30).map(|i| (1, i % 3)).collect();
    let constant: Vec<_> = (0..30).map(|i| (i % 3, 1)).collect();
    for name in ["linear_kappa", "quadratic_kappa", "kendall_tau_b", "somers_d", "generalized_c"] {
        check(&perfect, name, too_few);
        check(&one_level, name, too_few);
        check(&constant, name, too_few);
    }
    check(&perfect[..10], "exact_agreement", Status::Suppressed);
    check(&[], "exact_agreement", too_few);
    // Rows beyond the levels are left out.
    let beyond: Vec<_> = perfect.iter().copied().chain([(3, 0), (0, 9)]).collect();
    let found = ordinal_estimates(3, &graded(beyond), 0.95);
    assert_eq!(find(&found, "exact_agreement").n, Some(30));
    assert!(ordinal_estimates(0, &Counts::none(), 0.95).iter().all(|it| it.status == too_few));
}

#[test]
fn intervals_hold_as_often_as_they_say() {
    let mut chance = Chance::seeded(81);
    let grade = |x: f64| [-1.0, 0.0, 1.0].iter().filter(|cut| x > **cut).count() as u16;
    let population: Vec<Graded> = (0..40_000)
        .map(|_| {
            let x = chance.normal();
            Graded { observed: grade(x), predicted: grade(0.9 * x + 0.6 * chance.normal() + 0.2) }
        })
        .collect();
    let truth = ordinal_estimates(4, &Counts::from_rows(population.clone()), 0.95);
    for (n, runs) in [(200, 2000), (2000, 1000), (20_000, 200)] {
        let mut coverage = Coverage::default();
        for _ in 0..runs {
            let rows = Counts::from_rows(chance.draw(&population, n));
            for (found, truth) in ordinal_estimates(4, &rows, 0.95).iter().zip(&truth) {
                let interval = found.lower.zip(found.upper);
                coverage.see(found.of.measure.name(), interval, truth.estimate.unwrap());
            }
        }
        coverage.check(&format!("n = {n}"), &[]);
    }
}
