//! Against other people's libraries (`oracles/groups.py`), under transformations and by simulation.

use super::*;
use crate::tests::assert_near;
use proptest::collection::vec;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde_json::Value;

/// The cases of one part of the oracle.
fn cases(part: &str) -> Vec<Value> {
    let oracle: Value = serde_json::from_str(include_str!("../../oracles/groups.json")).unwrap();
    oracle[part].as_array().unwrap().clone()
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn intervals_of_two_shares_are_what_others_find() {
    let mut compared = 0;
    for case in cases("pairs") {
        let (first, second) = (read(&case["first"]), read(&case["second"]));
        for level in [0.9, 0.95] {
            let kinds = [
                ("newcombe", newcombe(first, second, level)),
                ("katz", katz(first, second, level)),
            ];
            for (kind, found) in kinds {
                let right: Option<(f64, f64)> = read(&case[format!("{kind} {level}")]);
                let name = format!("{kind} {level} of {first:?}, {second:?}");
                let (Some(found), Some(right)) = (found, right) else {
                    assert_eq!(found, right, "{name}");
                    continue;
                };
                assert_near(found.0, right.0, 1e-9, &name);
                assert_near(found.1, right.1, 1e-9, &name);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 20);
}

fn compare(found: Option<Heterogeneity>, case: &Value) {
    let found = found.unwrap();
    let right = |name: &str| case[name].as_f64().unwrap();
    assert_near(found.statistic / right("statistic"), 1.0, 1e-9, "statistic");
    assert_eq!(f64::from(found.degrees), right("degrees"));
    assert_near(found.p_value / right("p_value"), 1.0, 1e-9, "p value");
}

#[test]
fn tests_that_groups_are_alike_are_those_of_others() {
    for case in cases("groups") {
        let groups: Vec<(u64, u64)> = read(&case["groups"]);
        compare(equal_rates(&groups), &case);
    }
    for case in cases("values") {
        let values: Vec<(f64, f64)> = read(&case["values"]);
        let found = equal_values(&values);
        compare(found, &case);
        assert_near(found.unwrap().pooled, case["pooled"].as_f64().unwrap(), 1e-9, "pooled");
        let right = case["inconsistency"].as_f64().unwrap();
        assert_near(found.unwrap().inconsistency(), right, 1e-9, "I²");
    }
}

#[test]
fn shrunk_rates_are_the_means_of_their_distribution() {
    for case in cases("groups") {
        let found = shrunk_rates(&read::<Vec<(u64, u64)>>(&case["groups"])).unwrap();
        assert_near(found.correlation, case["correlation"].as_f64().unwrap(), 1e-9, "ρ");
        let rates: Vec<f64> = read(&case["rates"]);
        assert_eq!(rates.len(), found.groups.len());
        for (found, right) in found.groups.iter().zip(rates) {
            assert_near(found.rate, right, 1e-9, "rate");
        }
    }
}

#[test]
fn what_counts_do_not_determine_is_not_guessed() {
    assert_eq!(newcombe((0, 0), (1, 2), 0.95), None);
    assert_eq!(newcombe((3, 2), (1, 2), 0.95), None);
    assert_eq!(katz((0, 5), (1, 2), 0.95), None);
    assert_eq!(katz((1, 2), (6, 5), 0.95), None);
    for groups in [&[][..], &[(1, 4)], &[(1, 4), (0, 0)], &[(0, 4), (0, 9)], &[(4, 4), (9, 9)]] {
        assert_eq!(equal_rates(groups), None, "{groups:?}");
    }
    assert_eq!(equal_rates(&[(5, 4), (1, 9)]), None);
    assert_eq!(equal_rates(&[(1, u64::MAX), (1, 9)]), None);
    assert_eq!(equal_values(&[(0.1, 0.2)]), None);
    assert_eq!(equal_values(&[(0.1, 0.2), (0.3, 0.0), (f64::NAN, 0.1)]), None);
    for groups in [&[][..], &[(1, 4)], &[(1, 1), (0, 1)], &[(5, 4), (1, 9)]] {
        assert_eq!(shrunk_rates(groups), None, "{groups:?}");
    }
    // A group without rows has the rate of all; groups that all count the same are left alone.
    let found = shrunk_rates(&[(2, 10), (8, 10), (0, 0)]).unwrap();
    assert_eq!(found.groups[2], ShrunkRate { rate: 0.5, weight: 0.0 });
    let none = shrunk_rates(&[(0, 10), (0, 30)]).unwrap();
    assert_eq!((none.pooled, none.correlation, none.groups[0].rate), (0.0, 0.0, 0.0));
    // Groups as far apart as can be keep their own rates.
    let found = shrunk_rates(&[(0, 50), (50, 50)]).unwrap();
    let rates: Vec<f64> = found.groups.iter().map(|group| group.rate).collect();
    assert_eq!((found.correlation, rates), (1.0, vec![0.0, 1.0]));
}

fn some_groups() -> impl Strategy<Value = Vec<(u64, u64)>> {
    vec((0..=60_u64, 0..=60_u64).prop_map(|(a, b)| (a.min(b), a.max(b))), 2..12)
}

/// Those that do not count, of as many.
fn others(groups: &[(u64, u64)]) -> Vec<(u64, u64)> {
    groups.iter().map(|&(count, rows)| (rows - count, rows)).collect()
}

proptest! {
    /// Counting what did not count says the same, the other way round.
    #[test]
    fn counting_the_others_turns_everything_around(groups in some_groups()) {
        let swapped = others(&groups);
        if let (Some(one), Some(other)) = (equal_rates(&groups), equal_rates(&swapped)) {
            prop_assert!((one.statistic - other.statistic).abs() <= 1e-9 * (1.0 + one.statistic));
        }
        let (one, other) = (shrunk_rates(&groups), shrunk_rates(&swapped));
        prop_assert_eq!(one.is_some(), other.is_some());
        for (one, other) in one.iter().zip(&other) {
            for (one, other) in one.groups.iter().zip(&other.groups) {
                prop_assert!((one.rate + other.rate - 1.0).abs() < 1e-9);
            }
        }
        if let [first, second, ..] = groups[..]
            && let Some((lower, upper)) = newcombe(first, second, 0.95)
        {
            let (l, u) = newcombe(swapped[0], swapped[1], 0.95).unwrap();
            prop_assert!((lower + u).abs() < 1e-12 && (upper + l).abs() < 1e-12);
            let (l, u) = newcombe(second, first, 0.95).unwrap();
            prop_assert!((lower + u).abs() < 1e-12 && (upper + l).abs() < 1e-12);
        }
    }

    /// A shrunk rate lies between the group's own and that of all, in every order of the groups.
    #[test]
    fn a_rate_is_drawn_inwards_and_no_further(groups in some_groups()) {
        let Some(found) = shrunk_rates(&groups) else { return Ok(()) };
        for (&(count, rows), shrunk) in groups.iter().zip(&found.groups) {
            let own = if rows == 0 { found.pooled } else { count as f64 / rows as f64 };
            let (low, high) = (own.min(found.pooled), own.max(found.pooled));
            prop_assert!((low - 1e-12..=high + 1e-12).contains(&shrunk.rate));
        }
        let mut turned = groups.clone();
        turned.reverse();
        let turned = shrunk_rates(&turned).unwrap();
        for (one, other) in found.groups.iter().zip(turned.groups.iter().rev()) {
            prop_assert!((one.rate - other.rate).abs() < 1e-12);
        }
    }
}

/// Chance with a printed seed.
struct Chance(ChaCha8Rng);

impl Chance {
    fn seeded(seed: u64) -> Self {
        println!("seed {seed}");
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Uniform in 0 to 1.
    fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// So many of `rows`, each with this chance.
    fn group(&mut self, chance: f64, rows: u64) -> (u64, u64) {
        ((0..rows).filter(|_| self.unit() < chance).count() as u64, rows)
    }
}

/// The share of `runs`, with what three standard errors of `promised` allow.
fn assert_share(name: &str, held: usize, runs: usize, promised: f64) {
    let share = held as f64 / runs as f64;
    println!("{name}: {share:.4} of {runs}");
    assert_near(share, promised, 3.0 * (promised * (1.0 - promised) / runs as f64).sqrt(), name);
}

#[test]
fn intervals_of_two_shares_hold_the_truth_as_often_as_they_say() {
    let mut chance = Chance::seeded(2026);
    let (runs, mut differences, mut ratios) = (3_000, 0, 0);
    for _ in 0..runs {
        let (p, q) = (0.15 + 0.7 * chance.unit(), 0.15 + 0.7 * chance.unit());
        let (first, second) = (chance.group(p, 120), chance.group(q, 180));
        let (lower, upper) = newcombe(first, second, 0.95).unwrap();
        differences += usize::from(lower <= p - q && p - q <= upper);
        let (lower, upper) = katz(first, second, 0.95).unwrap();
        ratios += usize::from(lower <= p / q && p / q <= upper);
    }
    assert_share("Newcombe", differences, runs, 0.95);
    assert_share("Katz", ratios, runs, 0.95);
}

#[test]
fn groups_that_are_alike_are_told_apart_as_seldom_as_promised() {
    let mut chance = Chance::seeded(2027);
    let (runs, mut rejected) = (3_000, 0);
    for _ in 0..runs {
        let groups: Vec<_> =
            [40, 80, 120, 60, 100].map(|rows| chance.group(0.3, rows)).into_iter().collect();
        rejected += usize::from(equal_rates(&groups).unwrap().p_value < 0.05);
    }
    assert_share("rejected", rejected, runs, 0.05);
}

#[test]
fn shrunk_rates_err_less_and_their_gap_is_not_too_wide() {
    let mut chance = Chance::seeded(2028);
    // Own rates and shrunk ones: squared error, and how much too wide the largest gap is.
    let (mut errors, mut gaps) = ([0.0; 2], [0.0; 2]);
    let runs = 400;
    for _ in 0..runs {
        let truths: Vec<f64> = (0..25).map(|_| 0.1 + 0.2 * chance.unit()).collect();
        let groups: Vec<_> =
            truths.iter().zip(1..).map(|(&p, i)| chance.group(p, 10 + 8 * i)).collect();
        let shrunk = shrunk_rates(&groups).unwrap();
        let own: Vec<f64> =
            groups.iter().map(|&(count, rows)| count as f64 / rows as f64).collect();
        let shrunk: Vec<f64> = shrunk.groups.iter().map(|group| group.rate).collect();
        let width = |rates: &[f64]| {
            let most = rates.iter().copied().fold(0.0, f64::max);
            most - rates.iter().copied().fold(1.0, f64::min)
        };
        for (which, rates) in [own, shrunk].iter().enumerate() {
            let error: f64 = rates.iter().zip(&truths).map(|(a, b)| (a - b).powi(2)).sum();
            errors[which] += error / 25.0 / f64::from(runs);
            gaps[which] += (width(rates) - width(&truths)) / f64::from(runs);
        }
    }
    println!("squared error {errors:?}, gap too wide by {gaps:?}");
    assert!(errors[1] < 0.8 * errors[0]);
    assert!(gaps[0] > 0.05 && gaps[1] < 0.0);
}
