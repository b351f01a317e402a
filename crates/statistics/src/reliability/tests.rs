//! Against other people's libraries (`oracles/reliability.py`), by hand, under transformations and
//! by simulation.

use super::*;
use crate::tests::{Row, assert_near, rows, some_rows, tally};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde_json::Value;

/// Each case of the oracle: its name, its rows, and what is expected.
fn cases() -> Vec<(String, Tally, Value)> {
    let oracle = include_str!("../../oracles/reliability.json");
    let oracle: Value = serde_json::from_str(oracle).unwrap();
    let case = |case: &Value| {
        let counts: Vec<[u64; 3]> = serde_json::from_value(case["rows"].clone()).unwrap();
        let counts = counts.iter().map(|&[billionths, without, with]| {
            (Score::from_billionths(billionths as u32), without, with)
        });
        (case["name"].to_string(), Tally::from_counts(counts), case.clone())
    };
    oracle["cases"].as_array().unwrap().iter().map(case).collect()
}

/// Compares each number of an answer with the expected one of the same name.
fn compare(name: &str, found: &impl Serialize, expected: &Value, names: &[&str], within: f64) {
    let found = serde_json::to_value(found).unwrap();
    for field in names {
        let (found, right) = (found[field].as_f64(), expected[field].as_f64());
        assert_near(found.unwrap(), right.unwrap(), within, &format!("{name}: {field}"));
    }
}

#[test]
fn the_brier_score_falls_into_the_parts_that_others_find() {
    for (name, tally, case) in cases() {
        let found = brier_decomposition(&tally).unwrap();
        let fields = ["brier", "miscalibration", "discrimination", "uncertainty"];
        compare(&name, &found, &case["decomposition"], &fields, 1e-9);
        let sum = found.miscalibration - found.discrimination + found.uncertainty;
        assert_near(found.brier, sum, 1e-15, &name);
    }
}

#[test]
fn the_test_of_all_scores_is_that_of_its_definition() {
    for (name, tally, case) in cases() {
        let found = spiegelhalter(&tally).unwrap();
        let right = &case["spiegelhalter"];
        compare(&name, &found, right, &["z"], 1e-9);
        // A small p value has to be right in its digits too.
        let ratio = found.p_value / right["p_value"].as_f64().unwrap();
        assert_near(ratio, 1.0, 1e-9, &name);
    }
}

#[test]
fn binned_errors_are_what_others_find() {
    let mut compared = 0;
    for (name, tally, case) in cases() {
        for kind in ["equal_width", "equal_mass"] {
            for (count, right) in case[kind].as_object().unwrap() {
                let name = format!("{name}, {kind} {count}");
                let bins = count.parse().unwrap();
                let binning = match kind {
                    "equal_width" => Binning::EqualWidth(bins),
                    _ => Binning::EqualMass(bins),
                };
                let found = calibration_error(&tally, binning).unwrap();
                let fields = ["absolute", "squared", "squared_unbiased"];
                compare(&name, &found, right, &fields, 1e-9);
                let bins = right["bins"].as_array().unwrap();
                assert_eq!(bins.len(), found.bins.len(), "{name}");
                for (bin, right) in found.bins.iter().zip(bins) {
                    assert_eq!(
                        (Some(bin.n), Some(bin.events)),
                        (right[0].as_u64(), right[1].as_u64())
                    );
                    assert_near(bin.mean_score, right[2].as_f64().unwrap(), 1e-9, &name);
                }
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 20);
}

#[test]
fn smooth_curves_are_what_others_fit() {
    for (name, tally, case) in cases() {
        for (knots, count) in [(Knots::Three, "3"), (Knots::Four, "4"), (Knots::Five, "5")] {
            let (name, right) = (format!("{name}, {count}"), &case["smooth"][count]);
            let found = smooth_calibration(&tally, knots).unwrap();
            let places = right["knots"].as_array().unwrap();
            assert_eq!(found.knots.len(), places.len(), "{name}");
            for (found, right) in found.knots.iter().zip(places) {
                assert_near(*found, right.as_f64().unwrap(), 1e-9, &name);
            }
            // Fitted by iteration on either side.
            compare(&name, &found, right, &["ici", "e50", "e90", "emax", "eci"], 1e-6);
        }
    }
}

#[test]
fn pools_are_found_by_hand() {
    // Shares 1/2, 0, 1/3, 1 of 2, 4, 3 and 3 rows: the first two pool to 1/6.
    let written = [
        (0.1, 1),
        (0.1, 0),
        (0.2, 0),
        (0.2, 0),
        (0.2, 0),
        (0.2, 0),
        (0.3, 1),
        (0.3, 0),
        (0.3, 0),
        (0.4, 1),
        (0.4, 1),
        (0.4, 1),
    ];
    let tally = tally(&rows(&written));
    let found = corp::pools(tally.histogram.bins());
    let pools: Vec<_> = found.iter().map(|pool| (pool.events, pool.rows)).collect();
    assert_eq!(pools, [(1, 6), (1, 3), (3, 3)]);
    let parts = brier_decomposition(&tally).unwrap();
    // Squared errors left: 5/6, 2/3 and 0 over 12 rows; without scores 5·7/12.
    assert_near(parts.discrimination, (35.0 / 12.0 - 1.5) / 12.0, 1e-15, "DSC");
    assert_near(parts.uncertainty, 35.0 / 144.0, 1e-15, "UNC");
}

#[test]
fn a_score_on_an_edge_belongs_to_the_range_above() {
    let written = [vec![(0.0, 0); 11], vec![(0.5, 1); 11], vec![(1.0, 1); 11]].concat();
    let tally = tally(&rows(&written));
    let sizes = |binning| -> Vec<u64> {
        calibration_error(&tally, binning).unwrap().bins.iter().map(|bin| bin.n).collect()
    };
    assert_eq!(sizes(Binning::EqualWidth(2)), [11, 22]);
    assert_eq!(sizes(Binning::EqualWidth(3)), [11, 11, 11]);
    assert_eq!(sizes(Binning::EqualWidth(0)), [33]);
    assert_eq!(sizes(Binning::EqualWidth(usize::MAX)), [11, 11, 11]);
    // Ten rows more at 0.2 are too few to stand alone: they go up.
    let mut more = written.clone();
    more.extend([(0.2, 0); 10]);
    let tally = crate::tests::tally(&rows(&more));
    let found = calibration_error(&tally, Binning::EqualWidth(10)).unwrap();
    assert_eq!(found.bins.iter().map(|bin| bin.n).collect::<Vec<_>>(), [11, 21, 11]);
}

#[test]
fn what_the_rows_do_not_determine_is_not_guessed() {
    let of = |written: &[(f64, u8)]| {
        let tally = tally(&rows(written));
        [
            brier_decomposition(&tally).is_some(),
            spiegelhalter(&tally).is_some(),
            calibration_error(&tally, Binning::EqualMass(10)).is_some(),
            smooth_calibration(&tally, Knots::Five).is_some(),
        ]
    };
    assert_eq!(of(&[]), [false; 4]);
    assert_eq!(of(&[(0.1, 0), (0.3, 1)].repeat(5)), [false; 4], "ten rows");
    let mixed: Vec<_> = (0..40_u8).map(|i| (f64::from(i) / 50.0, u8::from(i % 3 == 0))).collect();
    assert_eq!(of(&mixed), [true; 4]);
    let none: Vec<_> = mixed.iter().map(|&(score, _)| (score, 0)).collect();
    assert_eq!(of(&none), [true, true, true, false], "no outcome");
    let apart: Vec<_> = mixed.iter().map(|&(score, _)| (score, u8::from(score > 0.4))).collect();
    assert_eq!(of(&apart), [true, true, true, false], "set apart");
    assert_eq!(of(&[(0.2, 0), (0.6, 1), (0.2, 1)].repeat(9)), [true, true, true, false]);
    assert!(!of(&[(0.0, 0), (0.5, 1), (0.5, 0), (1.0, 1)].repeat(9))[1], "no variance");
}

#[test]
fn few_scores_make_fewer_knots() {
    let written: Vec<_> = (0..120_u8)
        .map(|i| ([0.1, 0.3, 0.5, 0.8][usize::from(i % 4)], u8::from(i % 7 < i % 4 + 1)))
        .collect();
    let found = smooth_calibration(&tally(&rows(&written)), Knots::Five).unwrap();
    assert_eq!(found.knots.len(), 4, "{:?}", found.knots);
    // As many coefficients as scores: the curve goes through what was observed.
    for value in [0.1, 0.3, 0.5, 0.8] {
        let of_score = || written.iter().filter(|row| row.0 == value);
        let share = of_score().filter(|row| row.1 == 1).count() as f64 / of_score().count() as f64;
        assert_near(found.risk(Score::new(value).unwrap()), share, 1e-9, "risk");
    }
    let three: Vec<_> = written.iter().filter(|row| row.0 < 0.7).copied().collect();
    let found = smooth_calibration(&tally(&rows(&three)), Knots::Five).unwrap();
    assert_eq!(found.knots.len(), 3);
}

/// All four answers as numbers, for comparing. Rows of both outcomes are added at nine scores, as
/// often as the others are repeated: where outcomes are all but set apart, whether a curve is found
/// hangs on rounding.
fn answers(rows: &[Row], times: usize) -> Vec<Option<f64>> {
    let mut rows = rows.repeat(times);
    for tenth in 1..=9_u32 {
        let score = Score::from_billionths(tenth * 100_000_000);
        rows.extend([(score, false), (score, true)].repeat(times));
    }
    let tally = tally(&rows);
    let parts = brier_decomposition(&tally);
    let curve = smooth_calibration(&tally, Knots::Four);
    vec![
        parts.map(|it| it.miscalibration),
        parts.map(|it| it.discrimination),
        spiegelhalter(&tally).map(|it| it.z),
        curve.as_ref().map(|it| it.ici),
        curve.as_ref().map(|it| it.e50),
        curve.as_ref().map(|it| it.e90),
        curve.as_ref().map(|it| it.emax),
        curve.as_ref().map(|it| it.eci),
    ]
}

fn near(one: &[Option<f64>], other: &[Option<f64>], within: f64) -> bool {
    one.iter().zip(other).all(|pair| match pair {
        (Some(one), Some(other)) => (one - other).abs() <= within,
        (one, other) => one == other,
    })
}

proptest! {
    /// Outcomes swapped, and scores with them, is the same forecast in other words.
    #[test]
    fn saying_it_the_other_way_round_changes_nothing(rows in some_rows()) {
        let swapped: Vec<Row> = rows
            .iter()
            .map(|&(s, y)| (Score::from_billionths(Score::SCALE - s.billionths()), !y))
            .collect();
        let (one, other) = (answers(&rows, 1), answers(&swapped, 1));
        prop_assert!(near(&one, &other, 1e-6), "{one:?} {other:?}");
    }

    /// Rows counted three times weigh three times as much: nothing moves but Z, by the root.
    #[test]
    fn rows_counted_again_move_nothing(rows in some_rows()) {
        let (mut one, other) = (answers(&rows, 1), answers(&rows, 3));
        one[2] = one[2].map(|z| z * 3.0_f64.sqrt());
        prop_assert!(near(&one, &other, 1e-6), "{one:?} {other:?}");
    }

    /// Leaving the scores alone, or giving all one, is no better than isotonic regression.
    #[test]
    fn parts_are_never_negative(rows in some_rows()) {
        let parts = brier_decomposition(&tally(&rows)).unwrap();
        prop_assert!(parts.miscalibration >= -1e-15 && parts.discrimination >= -1e-15);
        let sum = parts.miscalibration - parts.discrimination + parts.uncertainty;
        prop_assert!((parts.brier - sum).abs() <= 1e-15);
    }

    /// Bit for bit, however the rows are split.
    #[test]
    fn splitting_the_rows_changes_nothing(rows in some_rows(), cut in 0..11_usize) {
        let (left, right) = rows.split_at(cut);
        let mut merged = tally(right);
        merged.merge(&tally(left));
        let whole = tally(&rows);
        prop_assert_eq!(brier_decomposition(&merged), brier_decomposition(&whole));
        let curve = |tally: &Tally| smooth_calibration(tally, Knots::Three);
        prop_assert_eq!(curve(&merged), curve(&whole));
    }
}

fn unit(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Scores between 0.02 and 0.6 that come true.
fn right_scores(random: &mut ChaCha8Rng, n: usize) -> Tally {
    let mut row = || {
        let p = Score::new(0.02 + 0.58 * unit(random)).unwrap();
        (p, unit(random) < p.value())
    };
    tally(&(0..n).map(|_| row()).collect::<Vec<_>>())
}

#[test]
fn right_scores_are_rejected_as_often_as_promised_and_their_error_is_chance() {
    let seed = 2026;
    println!("seed {seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (runs, mut rejected) = (2_000, 0);
    let (mut plain, mut unbiased) = (0.0, Vec::new());
    for _ in 0..runs {
        let tally = right_scores(&mut random, 300);
        rejected += u32::from(spiegelhalter(&tally).unwrap().p_value < 0.05);
        let found = calibration_error(&tally, Binning::EqualMass(10)).unwrap();
        plain += found.squared / f64::from(runs);
        unbiased.push(found.squared_unbiased);
    }
    let n = f64::from(runs);
    let share = f64::from(rejected) / n;
    let mean = unbiased.iter().sum::<f64>() / n;
    let squares: f64 = unbiased.iter().map(|value| (value - mean).powi(2)).sum();
    let error = (squares / (n - 1.0) / n).sqrt();
    println!("rejected {share}; squared {plain:.6}, unbiased {mean:.6} ± {error:.6}");
    assert_near(share, 0.05, 3.0 * (0.05 * 0.95 / n).sqrt(), "rejected");
    // Chance alone gives ten bins of 30 rows about 0.2/30; the correction takes it away, but for
    // the little by which the scores within a bin differ.
    assert!(plain > 0.004, "{plain}");
    assert!(mean.abs() <= 3.0 * error + 2e-5, "{mean} ± {error}");
}
