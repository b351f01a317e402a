//! Against `samplics` (`oracles/sampling.py`), by laws, and by simulation.

use super::*;
use serde_json::Value;

const SEED: u64 = 2026;

fn strata(case: &Value) -> Vec<Stratum> {
    let sizes: Vec<u64> = serde_json::from_value(case["sizes"].clone()).unwrap();
    let values: Vec<Vec<f64>> = serde_json::from_value(case["values"].clone()).unwrap();
    sizes
        .into_iter()
        .zip(values)
        .map(|(population, values)| Stratum { population, values })
        .collect()
}

#[test]
fn a_stratified_mean_is_what_a_survey_library_finds() {
    let oracle: Value = serde_json::from_str(include_str!("../../oracles/sampling.json")).unwrap();
    let z = math_z();
    for case in oracle["cases"].as_array().unwrap() {
        let found = stratified_mean(&strata(case), 0.95).unwrap();
        let error = (found.upper - found.lower) / 2.0 / z;
        let near = |found: f64, expected: &Value| (found - expected.as_f64().unwrap()).abs() < 1e-9;
        assert!(near(found.estimate, &case["mean"]) && near(error, &case["error"]), "{found:?}");
    }
}

fn math_z() -> f64 {
    crate::math::critical_value(0.95)
}

#[test]
fn shares_add_up_and_keep_their_bounds() {
    let check = |sizes: &[u64], size, allocation, least, expected: &[u64]| {
        let found = allocate(sizes, size, allocation, least).unwrap();
        assert_eq!(found, expected, "{sizes:?} {size} {allocation:?} {least}");
    };
    check(&[50, 30, 20], 10, Allocation::Proportional, 0, &[5, 3, 2]);
    check(&[98, 1, 1], 10, Allocation::Proportional, 0, &[10, 0, 0]);
    check(&[98, 1, 1], 10, Allocation::Proportional, 2, &[8, 1, 1]);
    check(&[1000, 10, 5], 60, Allocation::Equal, 0, &[45, 10, 5]);
    check(&[7, 7, 7], 8, Allocation::Equal, 0, &[3, 3, 2]);
    check(&[4, 0, 6], 10, Allocation::Proportional, 3, &[4, 0, 6]);
    let refused = |sizes: &[u64], size, least| {
        allocate(sizes, size, Allocation::Equal, least).unwrap_err().to_string()
    };
    assert_eq!(refused(&[3, 2], 9, 0), "9 items are wanted, and there are 5; ask for at most 5");
    assert_eq!(refused(&[3], 0, 0), "a sample has at least one item");
    assert!(
        refused(&[30, 30, 1], 9, 5).contains("take 11 items"),
        "{}",
        refused(&[30, 30, 1], 9, 5)
    );
    assert!(refused(&[], 1, 0).contains("there are 0"));
}

#[test]
fn every_item_has_the_same_chance_and_a_seed_the_same_draw() {
    let mut counts = [0_u32; 20];
    for seed in 0..4_000 {
        let drawn = draw(20, 5, seed, 1);
        assert!(drawn.len() == 5 && drawn.is_sorted());
        drawn.iter().for_each(|place| counts[*place] += 1);
    }
    // 1000 each, standard error 27.
    assert!(counts.iter().all(|count| count.abs_diff(1_000) < 110), "{counts:?}");
    assert_eq!(draw(1_000, 30, SEED, 7), draw(1_000, 30, SEED, 7));
    assert_ne!(draw(1_000, 30, SEED, 7), draw(1_000, 30, SEED, 8));
    assert_eq!(draw(3, 9, SEED, 0), [0, 1, 2]);
    assert!(draw(0, 4, SEED, 0).is_empty());
    // The same on every machine and in every version.
    assert_eq!(draw(100, 5, SEED, 0), DRAWN);
}

const DRAWN: [usize; 5] = [6, 21, 26, 27, 59];

#[test]
fn raters_share_the_work_and_every_two_share_items() {
    for (items, raters, each) in [(30, 6, 2), (100, 5, 3), (40, 4, 4), (200, 8, 2), (12, 3, 1)] {
        let found = assign(items, raters, each, SEED).unwrap();
        let what = format!("{items} items, {raters} raters, {each} each: {found:?}");
        assert_eq!(found.assigned.len(), items * each, "{what}");
        assert!(found.load.1 - found.load.0 <= 1, "{what}");
        for item in 0..items {
            let mut of: Vec<usize> =
                found.assigned.iter().filter(|it| it.item == item).map(|it| it.rater).collect();
            of.sort_unstable();
            of.dedup();
            assert_eq!(of.len(), each, "{what}");
        }
        for rater in 0..raters {
            let own = found.assigned.iter().filter(|it| it.rater == rater);
            assert!(own.enumerate().all(|(place, it)| it.position == place + 1), "{what}");
        }
        match found.overlap {
            None => assert_eq!(each, 1),
            // Within two of what every pair would have if the numbers allowed it.
            Some((least, most)) => {
                let even = (items * each * (each - 1)) as f64 / (raters * (raters - 1)) as f64;
                assert!(least as f64 >= even - 2.0 && most as f64 <= even + 2.0, "{even} {what}");
            }
        }
        assert_eq!(assign(items, raters, each, SEED), Ok(found));
    }
    let (one, other) = (assign(50, 5, 2, 1).unwrap(), assign(50, 5, 2, 2).unwrap());
    assert_ne!(one.assigned, other.assigned);
    // Each rater has an order of their own.
    let order = |rater: usize| {
        let of = one.assigned.iter().filter(|it| it.rater == rater).map(|it| it.item);
        of.collect::<Vec<_>>()
    };
    assert!((0..5).all(|rater| !order(rater).is_sorted()));
}

#[test]
fn impossible_plans_say_what_would_do() {
    let said = |items, raters, each| assign(items, raters, each, SEED).unwrap_err().to_string();
    assert_eq!(said(10, 3, 4), "each item needs from 1 to 3 of 3 raters, not 4");
    assert_eq!(said(10, 0, 1), "each item needs from 1 to 0 of 0 raters, not 1");
    assert!(said(10, 3, 0).contains("not 0"));
    assert_eq!(said(0, 3, 2), "a sample has at least one item");
    let few = assign(10, 6, 2, SEED).unwrap_err();
    let SamplingError::Pairs { pairs: 15, held: 10, needed, .. } = few else { panic!("{few}") };
    assert!(assign(needed, 6, 2, SEED).is_ok(), "{few}");
}

#[test]
fn what_a_sample_does_not_determine_has_no_value() {
    let of = |population, values: &[f64]| Stratum { population, values: values.to_vec() };
    for strata in [
        vec![],
        vec![of(5, &[])],
        vec![of(5, &[1.0])],
        vec![of(1, &[1.0, 0.0])],
        vec![of(9, &[1.0, f64::NAN])],
        vec![of(9, &[1.0, 0.0]), of(3, &[])],
    ] {
        assert_eq!(stratified_mean(&strata, 0.95), None, "{strata:?}");
        assert_eq!(stratified_rate(&strata, 0.95), None, "{strata:?}");
    }
    assert_eq!(stratified_rate(&[of(9, &[1.0, 0.5])], 0.95), None);
    // Everything was looked at: nothing is left to be unsure of.
    let whole = stratified_rate(&[of(3, &[1.0, 0.0, 0.0]), of(1, &[1.0])], 0.95).unwrap();
    assert_eq!((whole.estimate, whole.lower, whole.upper), (0.5, 0.5, 0.5));
    // None found in 40 of very many is not none at all.
    let none = stratified_rate(&[of(1_000_000, &[0.0; 40])], 0.95).unwrap();
    let (_, upper) = crate::wilson(0, 40, 0.95).unwrap();
    assert!((none.upper - upper).abs() < 1e-12 && none.lower == 0.0, "{none:?}");
}

/// A population in three strata of unlike size and rate, drawn from again and again: proportional
/// samples, and equal ones, which are weighted back.
#[test]
fn intervals_of_weighted_rates_and_means_cover() {
    let sizes = [6_000_usize, 1_500, 500];
    let rates = [0.08, 0.2, 0.5];
    let population: Vec<Vec<f64>> = sizes
        .iter()
        .zip(rates)
        .map(|(size, rate)| {
            (0..*size).map(|it| f64::from((it as f64) < rate * *size as f64)).collect()
        })
        .collect();
    let truth = population.iter().flatten().sum::<f64>() / 8_000.0;
    let all = sizes.map(|size| size as u64);
    for (size, allocation) in [
        (150, Allocation::Proportional),
        (150, Allocation::Equal),
        (600, Allocation::Proportional),
        (600, Allocation::Equal),
    ] {
        let shares = allocate(&all, size, allocation, 2).unwrap();
        let (runs, mut rate_held, mut mean_held) = (1_000_u64, 0, 0);
        for run in 0..runs {
            let strata: Vec<Stratum> = population
                .iter()
                .zip(&shares)
                .zip(0..)
                .map(|((values, share), stratum)| {
                    let drawn = draw(values.len(), *share as usize, SEED + run, stratum);
                    let values = drawn.iter().map(|place| values[*place]);
                    Stratum { population: all[stratum as usize], values: values.collect() }
                })
                .collect();
            let rate = stratified_rate(&strata, 0.95).unwrap();
            rate_held += usize::from(rate.lower <= truth && truth <= rate.upper);
            let mean = stratified_mean(&strata, 0.95).unwrap();
            mean_held += usize::from(mean.lower <= truth && truth <= mean.upper);
        }
        let error = 3.0 * (0.95_f64 * 0.05 / runs as f64).sqrt();
        let rate = rate_held as f64 / runs as f64;
        let mean = mean_held as f64 / runs as f64;
        assert!((rate - 0.95).abs() <= error, "{size} {allocation:?}: rate covers {rate}");
        // The normal interval of a mean falls short with few items, by up to two points here.
        assert!(mean >= 0.93 - error, "{size} {allocation:?}: mean covers {mean}");
    }
}
