//! Against scikit-learn with groups left out (`oracles/paired.py`), and by simulation.

use super::*;
use crate::chance::{Chance, Coverage};
use crate::paired::{Contrast, Pair, compare_models};
use crate::tests::{assert_near, score, tally};
use crate::{Counts, Finding, wilson};
use serde_json::Value;
use std::collections::BTreeMap;

type Row = (Score, bool);

/// A tally of each group of clusters, in the order of the groups.
fn grouped<'a>(clusters: impl Iterator<Item = (usize, &'a [Row])>) -> Vec<Tally> {
    let mut groups: BTreeMap<usize, Vec<Row>> = BTreeMap::new();
    for (group, rows) in clusters {
        groups.entry(group).or_default().extend(rows);
    }
    groups.values().map(|rows| tally(rows)).collect()
}

#[test]
fn leaving_groups_out_gives_what_scikit_learn_gives() {
    let oracle: Value = serde_json::from_str(include_str!("../../oracles/paired.json")).unwrap();
    for case in oracle["clusters"].as_array().unwrap() {
        let rows: Vec<(usize, f64, u8)> = serde_json::from_value(case["rows"].clone()).unwrap();
        let rows: Vec<_> = rows.iter().map(|&(g, p, y)| (g, [(score(p), y == 1)])).collect();
        let groups = grouped(rows.iter().map(|(group, row)| (*group, row.as_slice())));
        let measures = [
            (Measure::Auroc, 1.0),
            (Measure::Brier, 1.0),
            (Measure::ObservedExpected, 1.0),
            (Measure::Ppv, 1.0),
            (Measure::Sensitivity, 1.0),
        ];
        let found = clustered_estimates(&groups, None, None, &[score(0.3)], 0.95);
        for (at, (measure, _)) in measures.into_iter().enumerate() {
            let right = |name: &str| case[name][at].as_f64().unwrap();
            let scale = Scale::of(measure);
            let value = |tally: &Tally| {
                let all = estimates(tally, None, None, &[score(0.3)], 0.95);
                all.iter().find(|row| row.measure == measure)?.estimate.map(|it| scale.value(it))
            };
            let jackknife = jackknife(&groups, value).unwrap();
            assert_near(jackknife.estimate, right("estimate"), 1e-9, measure.name());
            assert_near(jackknife.standard_error, right("error"), 1e-9, measure.name());
            assert_eq!(jackknife.telling as f64, right("telling"), "{measure}");
            assert_near(jackknife.critical_value(0.95), right("t"), 1e-9, "t");
            // The interval is the one laid around these.
            let row = found.iter().find(|row| row.measure == measure).unwrap();
            let (lower, upper) = row.lower.zip(row.upper).unwrap();
            let reach = right("t") * right("error");
            match scale {
                Scale::Plain => assert_near(upper - lower, 2.0 * reach, 1e-9, "width"),
                Scale::Log => assert_near((upper / lower).ln(), 2.0 * reach, 1e-9, "width"),
                Scale::Logit => {
                    let a = right("estimate");
                    let width = math::logit(upper) - math::logit(lower);
                    assert_near(width, 2.0 * reach / (a * (1.0 - a)), 1e-9, "width");
                }
                Scale::Share => assert!(lower < right("estimate") && right("estimate") < upper),
            }
        }
    }
}

#[test]
fn a_share_has_wilsons_interval_when_rows_are_independent() {
    let (count, rows) = (30.0, 100.0);
    let share: f64 = count / rows;
    let error = (share * (1.0 - share) / rows).sqrt();
    let found = wilson_of(share, error, math::critical_value(0.95)).unwrap();
    let (lower, upper) = wilson(30, 100, 0.95).unwrap();
    assert_near(found.lower, lower, 1e-12, "lower");
    assert_near(found.upper, upper, 1e-12, "upper");
}

#[test]
fn the_jackknife_of_a_mean_is_its_standard_error() {
    let groups: Vec<_> = (0..50_u64).map(|i| Counts::from_rows(vec![i * i % 17])).collect();
    let mean = |counts: &Counts<u64>| {
        let sum: u64 = counts.iter().map(|(value, count)| value * count).sum();
        Some(sum as f64 / counts.total() as f64)
    };
    let values: Vec<f64> = (0..50_u64).map(|i| (i * i % 17) as f64).collect();
    let (right, lower, _) = crate::mean(&values, 0.95).unwrap();
    let found = jackknife(&groups, mean).unwrap();
    assert_near(found.estimate, right, 1e-12, "mean");
    let error = (right - lower) / math::critical_value(0.95);
    assert_near(found.standard_error, error, 1e-12, "standard error");
    assert_eq!(jackknife(&groups[..1], mean), None);
    assert_eq!(jackknife(&groups, |counts| (counts.total() == 50).then_some(1.0)), None);
}

#[test]
fn few_groups_are_not_enough() {
    let row = |i: usize| (score((i % 10) as f64 / 10.0), i.is_multiple_of(3));
    let rows: Vec<Row> = (0..100).map(row).collect();
    let by = |groups: usize| {
        let clusters = rows.chunks(100 / groups).enumerate();
        let found = clustered_estimates(&grouped(clusters), None, None, &[], 0.95);
        found.into_iter().find(|row| row.measure == Measure::Auroc).unwrap().status
    };
    assert_eq!(by(10), Status::NotEnoughData { more_needed: None });
    assert_eq!(by(20), Status::Estimated);
    let few = grouped([(0, &rows[..4]), (1, &rows[4..8])].into_iter());
    let found = clustered_estimates(&few, None, None, &[], 0.95);
    assert!(found.iter().all(|row| row.status == Status::Suppressed));
    assert!(clustered_estimates(&[], None, None, &[], 0.95).iter().all(|row| row.lower.is_none()));
}

#[test]
fn clusters_fall_evenly_into_groups_and_always_into_the_same() {
    let mut counts = [0_usize; 200];
    for patient in 0..100_000 {
        counts[cluster_group(&format!("P{patient:06}"), 200)] += 1;
    }
    let spread: f64 = counts.iter().map(|&it| (it as f64 - 500.0).powi(2) / 500.0).sum();
    // Chi-square with 199 degrees of freedom: 99.9 % lie below 266.
    assert!(spread < 266.0, "{spread}");
    assert_eq!(["", "a", "P000001"].map(|it| cluster_group(it, 200)), [142, 115, 190]);
    assert_eq!(cluster_group("a", 0), 0);
}

/// Patients with one to nine stays, whose risks and scores are alike beyond what a score knows.
fn patients(seed: u64) -> Vec<Vec<Row>> {
    let mut chance = Chance::seeded(seed);
    (0..6000)
        .map(|_| {
            let stays = 1 + (chance.uniform() * 9.0) as usize;
            let (known, unknown) = (chance.normal(), 1.5 * chance.normal());
            let stay = |_| {
                let known = known + 0.3 * chance.normal();
                let p = (math::expit(known - 0.8) * 100.0).round() / 100.0;
                (score(p), chance.uniform() < math::expit(known - 0.8 + unknown))
            };
            (0..stays).map(stay).collect()
        })
        .collect()
}

#[test]
fn intervals_hold_with_repeated_patients_where_plain_ones_do_not() {
    let patients = patients(51);
    let thresholds = [score(0.3)];
    let truth = estimates(&tally(&patients.concat()), None, None, &thresholds, 0.95);
    let mut chance = Chance::seeded(52);
    for (clusters, runs) in [(40, 600), (400, 150), (4000, 60)] {
        let (mut clustered, mut plain) = (Coverage::default(), Coverage::default());
        for _ in 0..runs {
            let drawn = chance.draw(&patients, clusters);
            let at = |i: usize| if clusters <= CLUSTER_GROUPS { i } else { i % CLUSTER_GROUPS };
            let groups = grouped(drawn.iter().enumerate().map(|(i, rows)| (at(i), &rows[..])));
            let all = estimates(&tally(&drawn.concat()), None, None, &thresholds, 0.95);
            let found = clustered_estimates(&groups, None, None, &thresholds, 0.95);
            for ((found, naive), truth) in found.iter().zip(&all).zip(&truth) {
                if !found.measure.has_interval() {
                    assert_eq!(found.lower, None);
                    continue;
                }
                let right = truth.estimate.unwrap();
                clustered.see(found.measure.name(), found.lower.zip(found.upper), right);
                plain.see(naive.measure.name(), naive.lower.zip(naive.upper), right);
            }
        }
        let documented = [("partial_auroc", 0.91), ("net_interventions_avoided", 0.92)];
        let documented = if clusters == 40 { &documented[..] } else { &[] };
        clustered.check(&format!("{clusters} clusters"), documented);
        for (measure, most) in [(Measure::Auroc, 0.9), (Measure::ObservedExpected, 0.9)] {
            let share = plain.share(measure.name());
            println!("plain {measure}: {share:.4}");
            assert!(share < most);
        }
    }
}

/// The pairs of each group of clusters, in the order of the groups.
fn grouped_pairs(rows: impl Iterator<Item = (usize, Pair)>) -> Vec<Counts<Pair>> {
    let mut groups: BTreeMap<usize, Vec<Pair>> = BTreeMap::new();
    rows.for_each(|(group, pair)| groups.entry(group).or_default().push(pair));
    groups.into_values().map(Counts::from_rows).collect()
}

fn of(found: &[Finding<Contrast>], measure: Measure) -> &Finding<Contrast> {
    found.iter().find(|it| it.of.measure == measure).unwrap()
}

#[test]
fn leaving_groups_out_of_two_models_gives_what_scikit_learn_gives() {
    let oracle: Value = serde_json::from_str(include_str!("../../oracles/paired.json")).unwrap();
    let measures =
        [Measure::Auroc, Measure::Brier, Measure::Sensitivity, Measure::Ppv, Measure::NetBenefit];
    let cases = oracle["clustered_models"].as_array().unwrap();
    assert_eq!(cases.len(), 2);
    for case in cases {
        let rows: Vec<(usize, f64, f64, u8)> =
            serde_json::from_value(case["rows"].clone()).unwrap();
        let groups = grouped_pairs(rows.iter().map(|&(group, first, second, outcome)| {
            (group, Pair { first: score(first), second: score(second), outcome: outcome == 1 })
        }));
        let found = compare_models_by_cluster(&groups, &[score(0.3)], 0.95);
        for (at, measure) in measures.into_iter().enumerate() {
            let right = |name: &str| case[name][at].as_f64().unwrap();
            let it = of(&found, measure);
            assert_near(it.estimate.unwrap(), right("estimate"), 1e-9, measure.name());
            assert_near(it.lower.unwrap(), right("lower"), 1e-9, measure.name());
            assert_near(it.upper.unwrap(), right("upper"), 1e-9, measure.name());
            assert_near(it.p_value.unwrap(), right("p"), 1e-9, measure.name());
        }
    }
}

#[test]
fn two_models_need_enough_groups_and_rows_that_tell_them_apart() {
    let pair = |i: usize, gap: usize| Pair {
        first: score((i % 10) as f64 / 10.0),
        second: score(((i + gap * (i % 3)) % 10) as f64 / 10.0),
        outcome: i.is_multiple_of(3),
    };
    let by = |groups: usize, gap: usize| {
        let groups = grouped_pairs((0..200).map(|i| (i % groups, pair(i, gap))));
        of(&compare_models_by_cluster(&groups, &[], 0.95), Measure::Auroc).clone()
    };
    assert_eq!(by(40, 1).status, Status::Estimated);
    assert_eq!(by(10, 1).status, Status::NotEnoughData { more_needed: None });
    let same = by(40, 0);
    assert_eq!((same.estimate, same.lower, same.p_value), (None, None, None));
    let few = grouped_pairs((0..8).map(|i| (i, pair(i, 1))));
    let few = compare_models_by_cluster(&few, &[], 0.95);
    assert!(few.iter().all(|it| it.status == Status::Suppressed && it.of.first.is_none()));
}

/// Patients with one to nine stays, scored by two models: what either gets wrong of a patient, it
/// gets wrong of all stays.
fn patients_of_two(seed: u64) -> Vec<Vec<Pair>> {
    let mut chance = Chance::seeded(seed);
    (0..6000)
        .map(|_| {
            let stays = 1 + (chance.uniform() * 9.0) as usize;
            let risk = 1.5 * chance.normal();
            let (first, second) = (0.7 * chance.normal(), 1.2 * chance.normal());
            let stay = |_| {
                let risk = risk + 0.3 * chance.normal();
                let given =
                    |error: f64| score((math::expit(risk + error - 0.8) * 100.0).round() / 100.0);
                Pair {
                    first: given(first),
                    second: given(second),
                    outcome: chance.uniform() < math::expit(risk - 0.8),
                }
            };
            (0..stays).map(stay).collect()
        })
        .collect()
}

#[test]
fn differences_of_models_hold_with_repeated_patients_where_plain_ones_do_not() {
    let patients = patients_of_two(61);
    let thresholds = [score(0.3)];
    let truth = compare_models(&Counts::from_rows(patients.concat()), &thresholds, 0.95);
    let mut chance = Chance::seeded(62);
    for (clusters, runs) in [(100, 400)] {
        let (mut clustered, mut plain) = (Coverage::default(), Coverage::default());
        for _ in 0..runs {
            let drawn = chance.draw(&patients, clusters);
            let at = |i: usize| if clusters <= CLUSTER_GROUPS { i } else { i % CLUSTER_GROUPS };
            let rows = drawn.iter().enumerate();
            let groups =
                grouped_pairs(rows.flat_map(|(i, rows)| rows.iter().map(move |it| (at(i), *it))));
            let naive = compare_models(&merged(&groups), &thresholds, 0.95);
            let found = compare_models_by_cluster(&groups, &thresholds, 0.95);
            for ((found, naive), truth) in found.iter().zip(&naive).zip(&truth) {
                let (name, right) = (found.of.measure.name(), truth.estimate.unwrap());
                clustered.see(name, found.lower.zip(found.upper), right);
                plain.see(name, naive.lower.zip(naive.upper), right);
            }
        }
        clustered.check(&format!("{clusters} clusters"), &[("net_benefit", 0.91)]);
        let share = plain.share(Measure::Auroc.name());
        println!("plain auroc: {share:.4}");
        assert!(share < 0.9);
    }
}
