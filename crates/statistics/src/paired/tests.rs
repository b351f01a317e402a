//! Against other people's libraries (`oracles/paired.py`), under transformations and by simulation.

use super::*;
use crate::chance::{Chance, Coverage};
use crate::tests::{assert_near, score};
use crate::{Merge, Status};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

fn cases(part: &str) -> Vec<Value> {
    let oracle: Value = serde_json::from_str(include_str!("../../oracles/paired.json")).unwrap();
    oracle[part].as_array().unwrap().clone()
}

fn pairs_of(rows: &[(f64, f64, u8)]) -> Counts<Pair> {
    let pair = |&(first, second, outcome): &(f64, f64, u8)| Pair {
        first: score(first),
        second: score(second),
        outcome: outcome == 1,
    };
    Counts::from_rows(rows.iter().map(pair).collect())
}

/// First, second, difference, lower and upper end, p value.
fn numbers(found: &Finding<Contrast>) -> [f64; 6] {
    let of = found.of;
    [of.first, of.second, found.estimate, found.lower, found.upper, found.p_value]
        .map(|value| value.unwrap_or_else(|| panic!("{found:?}")))
}

fn find(found: &[Finding<Contrast>], measure: Measure) -> &Finding<Contrast> {
    found.iter().find(|finding| finding.of.measure == measure).unwrap()
}

#[test]
fn differences_are_what_others_find() {
    let mut compared = 0;
    for case in cases("models") {
        let pairs = pairs_of(&serde_json::from_value::<Vec<_>>(case["rows"].clone()).unwrap());
        let mut check = |found: &[Finding<Contrast>], measure: Measure, right: &Value| {
            let right: [f64; 6] = serde_json::from_value(right.clone()).unwrap();
            for (found, right) in numbers(find(found, measure)).into_iter().zip(right) {
                assert_near(found, right, 1e-9, measure.name());
                compared += 1;
            }
        };
        let whole = compare_models(&pairs, &[], 0.95);
        check(&whole, Measure::Auroc, &case["auroc"]);
        check(&whole, Measure::Brier, &case["brier"]);
        for at in case["thresholds"].as_array().unwrap() {
            let threshold = score(at["threshold"].as_f64().unwrap());
            let found = compare_models(&pairs, &[threshold], 0.95);
            for finding in &found[2..] {
                check(&found, finding.of.measure, &at[finding.of.measure.name()]);
            }
        }
    }
    assert_eq!(compared, 3 * 12 + 5 * 36);
}

#[test]
fn tango_is_what_maximising_the_likelihood_gives() {
    for case in cases("tango") {
        let [b, c, n]: [u64; 3] = serde_json::from_value(case["counts"].clone()).unwrap();
        let right: (f64, f64) = serde_json::from_value(case["interval"].clone()).unwrap();
        let found = tango(b, c, n, 0.95).unwrap();
        assert_near(found.0, right.0, 1e-8, "lower");
        assert_near(found.1, right.1, 1e-8, "upper");
    }
    assert_eq!(tango(0, 0, 0, 0.95), None);
    assert_eq!(tango(4, 4, 7, 0.95), None);
}

#[test]
fn what_no_row_tells_apart_is_not_determined() {
    let row = |p: f64, y| (p, p, y);
    let same: Vec<_> =
        (0..40).map(|i| row(f64::from(i % 7) / 10.0, u8::from(i % 3 == 0))).collect();
    let one_class: Vec<_> = same.iter().map(|&(p, _, _)| (p, 0.5, 0)).collect();
    let constant: Vec<_> = same.iter().map(|&(p, _, y)| (p, 0.5, y)).collect();
    let status = |rows: &[(f64, f64, u8)], measure| {
        find(&compare_models(&pairs_of(rows), &[score(0.3)], 0.95), measure).status
    };
    let too_few = Status::NotEnoughData { more_needed: None };
    for measure in [Measure::Auroc, Measure::Brier, Measure::Ppv, Measure::NetBenefit] {
        assert_eq!(status(&same, measure), too_few, "{measure}");
    }
    // Tango's interval has a width all the same, and there is no sign of a difference.
    let found = compare_models(&pairs_of(&same), &[score(0.3)], 0.95);
    let flags = find(&found, Measure::FlagRate);
    assert_eq!((flags.estimate, flags.p_value), (Some(0.0), Some(1.0)));
    assert!(flags.lower < Some(-0.05) && flags.upper > Some(0.05));
    for measure in [Measure::Auroc, Measure::Sensitivity] {
        assert_eq!(status(&one_class, measure), too_few, "{measure}");
    }
    assert_eq!(status(&one_class, Measure::Specificity), Status::Estimated);
    assert_eq!(status(&constant, Measure::Auroc), Status::Estimated);
    for found in compare_models(&pairs_of(&same[..10]), &[score(0.3)], 0.95) {
        assert_eq!((found.status, found.n, found.of.first), (Status::Suppressed, None, None));
    }
    assert_eq!(status(&[], Measure::Auroc), too_few);
    let at_one = compare_models(&pairs_of(&constant), &[score(1.0)], 0.95);
    assert_eq!(find(&at_one, Measure::NetBenefit).status, too_few);
}

proptest! {
    #[test]
    fn swapping_models_turns_every_sign(
        rows in vec((0..=20_u8, 0..=20_u8, 0..2_u8), 11..60), cut in 0..60_usize
    ) {
        let real = |part: u8| f64::from(part) / 20.0;
        let rows: Vec<_> = rows.into_iter().map(|(a, b, y)| (real(a), real(b), y)).collect();
        let swapped: Vec<_> = rows.iter().map(|&(a, b, y)| (b, a, y)).collect();
        let thresholds = [score(0.35)];
        let found = compare_models(&pairs_of(&rows), &thresholds, 0.95);
        let turned = compare_models(&pairs_of(&swapped), &thresholds, 0.95);
        for (found, turned) in found.iter().zip(&turned) {
            prop_assert_eq!(found.status, turned.status);
            if let (Some(lower), Some(upper)) = (found.lower, turned.upper) {
                prop_assert!((lower + upper).abs() < 1e-12, "{found:?} {turned:?}");
            }
        }
        // The same bits for any split and order.
        let (left, right) = rows.split_at(cut.min(rows.len()));
        let mut merged = pairs_of(right);
        merged.merge(&pairs_of(left));
        prop_assert_eq!(compare_models(&merged, &thresholds, 0.95), found);
        let (first, second) = tallies(&merged);
        prop_assert_eq!((first.n, second.events), (merged.total(), first.events));
    }
}

/// Rows of which two models know different parts.
fn population(seed: u64) -> Vec<Pair> {
    let mut chance = Chance::seeded(seed);
    (0..40_000)
        .map(|_| {
            let (a, b) = (chance.normal(), chance.normal());
            let risk = |x: f64| crate::math::expit(x - 1.2);
            let row = |chance: &mut Chance, x: f64| {
                score((risk(x + 0.3 * chance.normal()) * 1000.0).round() / 1000.0)
            };
            let outcome = chance.uniform() < risk(0.9 * a + 0.7 * b);
            Pair { first: row(&mut chance, a), second: row(&mut chance, b), outcome }
        })
        .collect()
}

#[test]
fn intervals_of_differences_hold_as_often_as_they_say() {
    let population = population(41);
    let thresholds = [score(0.25)];
    let truth = compare_models(&Counts::from_rows(population.clone()), &thresholds, 0.95);
    let mut chance = Chance::seeded(42);
    for (n, runs) in [(200, 2000), (2000, 1000), (20_000, 200)] {
        let mut coverage = Coverage::default();
        for _ in 0..runs {
            let rows = Counts::from_rows(chance.draw(&population, n));
            for (found, truth) in compare_models(&rows, &thresholds, 0.95).iter().zip(&truth) {
                let interval = found.lower.zip(found.upper);
                coverage.see(found.of.measure.name(), interval, truth.estimate.unwrap());
            }
        }
        coverage.check(&format!("n = {n}"), &[]);
    }
}
