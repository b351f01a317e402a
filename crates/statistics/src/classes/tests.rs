//! Against scikit-learn and complex steps (`oracles/kinds.py`), and by simulation.

use super::*;
use crate::chance::{Chance, Coverage};
use crate::tests::{assert_near, score};
use crate::{Merge, Status};
use serde_json::Value;

fn names(classes: usize) -> Vec<String> {
    (0..classes).map(|class| format!("class {class}")).collect()
}

fn row(class: u16, scores: &[f64]) -> ClassRow {
    ClassRow { class, scores: scores.iter().map(|&p| score(p)).collect() }
}

fn find<'a>(
    found: &'a [Finding<OfClass>],
    name: &str,
    class: Option<usize>,
) -> &'a Finding<OfClass> {
    let class = class.map(|class| format!("class {class}"));
    let same = |it: &&Finding<OfClass>| it.of.measure.name() == name && it.of.class == class;
    found.iter().find(same).unwrap()
}

/// The standard error behind an interval.
fn error(found: &Finding<OfClass>) -> f64 {
    let [estimate, lower, upper] = [found.estimate, found.lower, found.upper].map(Option::unwrap);
    let z = math::critical_value(0.95);
    match found.of.measure {
        ClassMeasure::LogLoss | ClassMeasure::Brier => (upper - lower) / 2.0 / z,
        _ => (math::logit(upper) - math::logit(lower)) / 2.0 / z * estimate * (1.0 - estimate),
    }
}

#[test]
fn measures_are_those_of_scikit_learn() {
    let oracle: Value = serde_json::from_str(include_str!("../../oracles/kinds.json")).unwrap();
    let mut compared = 0;
    for case in oracle["classes"].as_array().unwrap() {
        let classes = case["classes"].as_u64().unwrap() as usize;
        let rows: Vec<(u16, Vec<f64>)> = serde_json::from_value(case["rows"].clone()).unwrap();
        let rows = Counts::from_rows(rows.iter().map(|(class, p)| row(*class, p)).collect());
        let found = class_estimates(&names(classes), &rows, 0.95);
        let right = &case["measures"];
        for name in [
            "macro_auroc",
            "weighted_auroc",
            "hand_till_m",
            "balanced_accuracy",
            "log_loss",
            "brier",
        ] {
            let (value, deviation): (f64, f64) =
                serde_json::from_value(right[name].clone()).unwrap();
            let found = find(&found, name, None);
            assert_near(found.estimate.unwrap(), value, 1e-9, name);
            assert_near(error(found), deviation, 1e-9, name);
            compared += 1;
        }
        let accuracy = find(&found, "accuracy", None).estimate.unwrap();
        assert_near(accuracy, right["accuracy"].as_f64().unwrap(), 1e-12, "accuracy");
        for name in ["sensitivity", "specificity", "ppv", "auroc"] {
            let values: Vec<f64> = serde_json::from_value(right[name].clone()).unwrap();
            for (class, value) in values.into_iter().enumerate() {
                let found = find(&found, name, Some(class)).estimate.unwrap();
                assert_near(found, value, 1e-12, name);
                compared += 1;
            }
        }
        let matrix: Vec<Vec<u64>> = serde_json::from_value(right["confusion"].clone()).unwrap();
        assert_eq!(confusion(classes, &rows), matrix);
    }
    assert_eq!(compared, 3 * 6 + 4 * (3 + 4 + 2));
}

#[test]
fn edges_are_not_guessed() {
    let names = names(3);
    let too_few = Status::NotEnoughData { more_needed: None };
    let uniform = || (0..60_u16).map(|i| row(i % 3, &[1.0 / 3.0; 3])).collect::<Vec<_>>();
    let found = class_estimates(&names, &Counts::from_rows(uniform()), 0.95);
    // Of equal scores the first class is predicted; constant scores rank nothing.
    assert_eq!(find(&found, "sensitivity", Some(0)).estimate, Some(1.0));
    assert_eq!(find(&found, "macro_auroc", None).status, too_few);
    assert_eq!(find(&found, "log_loss", None).status, too_few);
    assert_eq!(find(&found, "ppv", Some(2)).status, too_few);
    // A class without rows: no mean over the classes.
    let missing: Vec<_> =
        (0..60_u16).map(|i| row(i % 2, &[0.2 + f64::from(i % 5) / 10.0, 0.3, 0.1])).collect();
    let found = class_estimates(&names, &Counts::from_rows(missing), 0.95);
    for name in ["macro_auroc", "weighted_auroc", "hand_till_m", "balanced_accuracy"] {
        assert_eq!(find(&found, name, None).status, too_few, "{name}");
    }
    assert_eq!(find(&found, "accuracy", None).status, Status::Estimated);
    // A right class scored 0 costs what the finest score kept would.
    let sure: Vec<_> = (0..20_u16).map(|i| row(i % 2, &[1.0, 0.0, 0.0])).collect();
    let found = class_estimates(&names, &Counts::from_rows(sure), 0.95);
    let cost = find(&found, "log_loss", None).estimate.unwrap();
    assert_near(cost, 1e9_f64.ln() / 2.0, 1e-9, "log loss");
    let one = class_estimates(&names, &Counts::from_rows(vec![row(0, &[1.0, 0.0, 0.0])]), 0.95);
    assert!(one.iter().all(|it| it.status == Status::Suppressed && it.n.is_none()));
    let none = class_estimates(&names, &Counts::none(), 0.95);
    assert!(none.iter().all(|it| it.status == too_few));
}

#[test]
fn intervals_hold_as_often_as_they_say() {
    let mut chance = Chance::seeded(71);
    let population: Vec<ClassRow> = (0..40_000)
        .map(|_| {
            let logits = [0.0, -0.5, -1.0].map(|base: f64| base + 1.2 * chance.normal());
            let noisy = logits.map(|it| math::exp(it + 0.5 * chance.normal()));
            let weights = logits.map(math::exp);
            let mut left = chance.uniform() * weights.iter().sum::<f64>();
            let class = weights.iter().take_while(|&&it| {
                left -= it;
                left > 0.0
            });
            let class = class.count().min(2) as u16;
            let total: f64 = noisy.iter().sum();
            row(class, &noisy.map(|it| (it / total * 500.0).round() / 500.0))
        })
        .collect();
    let names = names(3);
    let truth = class_estimates(&names, &Counts::from_rows(population.clone()), 0.95);
    for (n, runs) in [(200, 1000), (2000, 300), (20_000, 60)] {
        let mut coverage = Coverage::default();
        for _ in 0..runs {
            let rows = Counts::from_rows(chance.draw(&population, n));
            for (found, truth) in class_estimates(&names, &rows, 0.95).iter().zip(&truth) {
                if found.of.measure == ClassMeasure::TopLabelError {
                    continue;
                }
                let name =
                    format!("{} {}", found.of.measure, found.of.class.as_deref().unwrap_or("all"));
                coverage.see(&name, found.lower.zip(found.upper), truth.estimate.unwrap());
            }
        }
        coverage.check(&format!("n = {n}"), &[]);
    }
}
