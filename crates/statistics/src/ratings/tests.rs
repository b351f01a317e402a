//! Against other people's implementations (`oracles/ratings.py`), the textbooks' tables, and by
//! simulation.

use super::*;
use serde_json::Value;

const SEED: u64 = 2026;

const FORMS: [IccForm; 6] = [
    IccForm::OneWay,
    IccForm::Agreement,
    IccForm::Consistency,
    IccForm::OneWayMean,
    IccForm::AgreementMean,
    IccForm::ConsistencyMean,
];

fn all() -> Vec<Coefficient> {
    let weights = [Weights::None, Weights::Linear, Weights::Quadratic];
    let distances = [Distance::Nominal, Distance::Ordinal, Distance::Interval, Distance::Ratio];
    let mut all = vec![Coefficient::Fleiss];
    all.extend(weights.map(|weights| Coefficient::Cohen { weights }));
    all.extend(weights.map(|weights| Coefficient::Gwet { weights }));
    all.extend(distances.map(|distance| Coefficient::Krippendorff { distance }));
    all.extend(FORMS.map(|form| Coefficient::Icc { form }));
    all
}

fn ratings(levels: &Value, rows: &Value) -> Ratings {
    let levels: Vec<f64> = serde_json::from_value(levels.clone()).unwrap();
    let rows: Vec<Vec<Option<f64>>> = serde_json::from_value(rows.clone()).unwrap();
    Ratings::new(&levels, &rows).unwrap()
}

fn table(levels: &[f64], rows: &[&[f64]]) -> Ratings {
    let rows: Vec<_> = rows.iter().map(|row| row.iter().copied().map(Some).collect()).collect();
    Ratings::new(levels, &rows).unwrap()
}

#[test]
fn every_coefficient_is_what_other_libraries_find() {
    let oracle: Value = serde_json::from_str(include_str!("../../oracles/ratings.json")).unwrap();
    let mut compared = 0;
    for case in oracle["cases"].as_array().unwrap() {
        let ratings = ratings(&case["levels"], &case["rows"]);
        let expected = case["expected"].as_object().unwrap();
        for coefficient in all() {
            let Some(expected) = expected.get(&coefficient.to_string()) else { continue };
            let (found, expected) = (ratings.coefficient(coefficient), expected.as_f64().unwrap());
            let found = found.unwrap_or_else(|| panic!("{}: {coefficient}", case["name"]));
            let near = (found - expected).abs() < 1e-9;
            assert!(near, "{}: {coefficient} is {found}, not {expected}", case["name"]);
            compared += 1;
        }
    }
    assert!(compared >= 120, "{compared}");
}

/// Krippendorff's own example with missing ratings, to six digits.
#[test]
fn alpha_is_that_of_its_author() {
    let raters = [
        "* * * * * 3 4 1 2 1 1 3 3 * 3",
        "1 * 2 1 3 3 4 3 * * * * * * *",
        "* * 2 1 3 4 4 * 2 1 1 3 3 * 4",
    ];
    let raters = raters.map(|rater| -> Vec<Option<f64>> {
        rater.split(' ').map(|given| given.parse().ok()).collect()
    });
    let rows: Vec<_> =
        (0..15).map(|item| raters.iter().map(|rater| rater[item]).collect()).collect();
    let ratings = Ratings::new(&[1.0, 2.0, 3.0, 4.0], &rows).unwrap();
    for (distance, expected) in [
        (Distance::Nominal, 0.691_358),
        (Distance::Ordinal, 0.806_721),
        (Distance::Interval, 0.810_845),
        (Distance::Ratio, 0.808_944),
    ] {
        let found = ratings.coefficient(Coefficient::Krippendorff { distance }).unwrap();
        assert!((found - expected).abs() < 5e-7, "{distance:?}: {found}");
    }
}

/// The table of Shrout and Fleiss, 1979.
#[test]
fn correlations_are_those_of_the_textbook() {
    let levels: Vec<f64> = (1..=10).map(f64::from).collect();
    let ratings = table(
        &levels,
        &[
            &[9.0, 2.0, 5.0, 8.0],
            &[6.0, 1.0, 3.0, 2.0],
            &[8.0, 4.0, 6.0, 8.0],
            &[7.0, 1.0, 2.0, 6.0],
            &[10.0, 5.0, 6.0, 9.0],
            &[6.0, 2.0, 4.0, 7.0],
        ],
    );
    let expected = [0.165_742, 0.289_764, 0.714_841, 0.442_797, 0.620_051, 0.909_316];
    for (form, expected) in FORMS.into_iter().zip(expected) {
        let found = ratings.coefficient(Coefficient::Icc { form }).unwrap();
        assert!((found - expected).abs() < 5e-7, "ICC({form}): {found}");
    }
}

/// Gwet's paradox: raters agree on nearly all items, and kappa says they do not.
#[test]
fn high_agreement_on_one_level_is_seen_by_ac1_and_not_by_kappa() {
    let mut rows = vec![[1.0, 1.0]; 118];
    rows.extend([[1.0, 2.0]; 5]);
    rows.extend([[2.0, 1.0]; 2]);
    let rows: Vec<&[f64]> = rows.iter().map(<[f64; 2]>::as_slice).collect();
    let ratings = table(&[1.0, 2.0], &rows);
    let kappa = ratings.coefficient(Coefficient::Cohen { weights: Weights::None }).unwrap();
    let ac1 = ratings.coefficient(Coefficient::Gwet { weights: Weights::None }).unwrap();
    assert!((kappa + 0.0234).abs() < 5e-5 && (ac1 - 0.9408).abs() < 5e-5, "{kappa} {ac1}");
}

#[test]
fn what_ratings_do_not_determine_has_no_value() {
    let same = table(&[1.0, 2.0], &[&[1.0, 1.0], &[1.0, 1.0]]);
    for coefficient in all() {
        let determined = matches!(coefficient, Coefficient::Gwet { .. });
        assert_eq!(same.coefficient(coefficient).is_some(), determined, "{coefficient}");
    }
    let nobody = Ratings::new(&[1.0, 2.0], &[vec![None, None], vec![Some(1.0), None]]).unwrap();
    let nothing = Ratings::new(&[1.0, 2.0], &[]).unwrap();
    for coefficient in all() {
        assert_eq!(nobody.coefficient(coefficient), None, "{coefficient}");
        assert_eq!(nothing.agreement(coefficient, 0.95, 100, SEED), None, "{coefficient}");
    }
    assert!(nothing.rater_means(0.95).is_empty());
}

#[test]
fn what_is_no_table_of_ratings_is_named() {
    let one = |value: f64| vec![vec![Some(value)]];
    for levels in [&[][..], &[1.0], &[1.0, 1.0], &[1.0, f64::NAN], &[0.0, -0.0]] {
        assert_eq!(Ratings::new(levels, &one(1.0)), Err(RatingsError::Scale), "{levels:?}");
    }
    let off = Ratings::new(&[1.0, 2.0], &[vec![Some(1.0)], vec![Some(3.0)]]).unwrap_err();
    assert_eq!(off.to_string(), "item 2, rater 1: 3 is not on the scale");
    let ragged = Ratings::new(&[1.0, 2.0], &[vec![None, None], vec![None]]).unwrap_err();
    assert_eq!(ragged.to_string(), "item 2 has 1 ratings, and there are 2 raters");
    // A nought with a sign is on a scale with one that has none.
    assert!(Ratings::new(&[0.0, 1.0], &one(-0.0)).is_ok());
}

#[test]
fn order_of_items_and_raters_does_not_matter() {
    let rows: [&[f64]; 6] =
        [&[1.0, 2.0], &[2.0, 2.0], &[3.0, 3.0], &[1.0, 1.0], &[3.0, 2.0], &[2.0, 3.0]];
    let ratings = table(&[1.0, 2.0, 3.0], &rows);
    let turned: Vec<Vec<f64>> =
        rows.iter().rev().map(|row| row.iter().rev().copied().collect()).collect();
    let turned: Vec<&[f64]> = turned.iter().map(Vec::as_slice).collect();
    let turned = table(&[3.0, 1.0, 2.0], &turned);
    for coefficient in all() {
        let (one, other) = (ratings.coefficient(coefficient), turned.coefficient(coefficient));
        assert!((one.unwrap() - other.unwrap()).abs() < 1e-12, "{coefficient}");
    }
}

#[test]
fn a_biased_rater_shows() {
    let rows: Vec<Vec<f64>> =
        (0..60).map(|item| vec![f64::from(item % 3), f64::from(item % 3), 2.0]).collect();
    let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let means = table(&[0.0, 1.0, 2.0], &rows).rater_means(0.95);
    let bias: Vec<f64> = means.iter().map(|it| it.bias.unwrap()).collect();
    assert!((bias[2] - 1.0).abs() < 1e-12 && (bias[0] + 0.5).abs() < 1e-12, "{means:?}");
    assert_eq!((means[2].n, means[2].mean, means[2].lower), (60, 2.0, 2.0));
}

/// A number from 0 up to 1.
fn unit(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// How often an interval holds the truth, which lies within three standard errors of `level`.
#[track_caller]
fn assert_covers(held: usize, runs: usize, level: f64) {
    let share = held as f64 / runs as f64;
    let error = (level * (1.0 - level) / runs as f64).sqrt();
    assert!((share - level).abs() <= 3.0 * error, "covers {share}, {error} (seed {SEED})");
}

/// Two raters who are right nine times in ten on a fair coin: they agree with 0.82, so AC1 is 0.64.
#[test]
fn the_interval_of_resampled_items_covers() {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let (runs, mut held) = (200, 0);
    for run in 0..runs {
        let rows: Vec<Vec<Option<f64>>> = (0..200)
            .map(|_| {
                let truth = unit(&mut random) < 0.5;
                let mut rating = || f64::from((unit(&mut random) < 0.9) == truth);
                vec![Some(rating()), Some(rating())]
            })
            .collect();
        let ratings = Ratings::new(&[0.0, 1.0], &rows).unwrap();
        let gwet = Coefficient::Gwet { weights: Weights::None };
        let found = ratings.agreement(gwet, 0.95, 200, run as u64).unwrap();
        held += usize::from(found.lower.unwrap() <= 0.64 && 0.64 <= found.upper.unwrap());
    }
    assert_covers(held, runs, 0.95);
}

#[test]
fn resamples_are_those_of_their_seed() {
    let rows: Vec<Vec<f64>> =
        (0..50).map(|item| vec![f64::from(item % 4), f64::from((item * item) % 4)]).collect();
    let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let ratings = table(&[0.0, 1.0, 2.0, 3.0], &rows);
    let of = |seed| ratings.agreement(Coefficient::Fleiss, 0.95, 200, seed).unwrap();
    assert_eq!(of(1), of(1));
    assert_ne!(of(1).lower, of(2).lower);
    assert_eq!((of(1).items, of(1).estimate), (50, of(2).estimate));
}

/// The table of Fleiss' paper as it went round the textbooks: ten subjects, fourteen raters.
#[test]
fn fleiss_kappa_is_that_of_the_textbook() {
    let counts = [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ];
    let row = |counts: &[usize; 5]| -> Vec<Option<f64>> {
        let each =
            (1..).zip(counts).flat_map(|(level, count)| vec![Some(f64::from(level)); *count]);
        each.collect()
    };
    let rows: Vec<_> = counts.iter().map(row).collect();
    let ratings = Ratings::new(&[1.0, 2.0, 3.0, 4.0, 5.0], &rows).unwrap();
    let found = ratings.coefficient(Coefficient::Fleiss).unwrap();
    assert!((found - 0.209_931).abs() < 5e-7, "{found}");
}

#[test]
fn one_rater_or_one_item_determines_little() {
    let alone = table(&[1.0, 2.0, 3.0], &[&[1.0], &[2.0], &[3.0]]);
    for coefficient in all() {
        assert_eq!(alone.coefficient(coefficient), None, "{coefficient}");
        assert_eq!(alone.agreement(coefficient, 0.95, 100, SEED), None, "{coefficient}");
    }
    let means = alone.rater_means(0.95);
    assert_eq!((means.len(), means[0].bias, means[0].bias_interval), (1, None, None));
    let single = table(&[1.0, 2.0, 3.0], &[&[1.0, 3.0]]);
    for form in FORMS {
        assert_eq!(single.coefficient(Coefficient::Icc { form }), None, "{form}");
    }
    // With one item every resample is that item: the interval would have no width and mean nothing.
    let gwet = Coefficient::Gwet { weights: Weights::None };
    let found = single.agreement(gwet, 0.95, 200, SEED).unwrap();
    assert_eq!((found.lower, found.upper, found.items), (None, None, 1));
}

#[test]
fn the_bias_of_a_rater_has_an_interval() {
    let rows: Vec<Vec<f64>> =
        (0..60).map(|item| vec![f64::from(item % 3), f64::from((item + item / 7) % 3)]).collect();
    let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    for rater in table(&[0.0, 1.0, 2.0], &rows).rater_means(0.95) {
        let (bias, (lower, upper)) = (rater.bias.unwrap(), rater.bias_interval.unwrap());
        assert!(lower < bias && bias < upper && (bias - (lower + upper) / 2.0).abs() < 1e-12);
    }
}

/// The authors' own package (`oracles/judge.py`).
#[test]
fn a_judge_put_right_is_what_the_authors_package_finds() {
    let oracle: Value = serde_json::from_str(include_str!("../../oracles/judge.json")).unwrap();
    for case in oracle["cases"].as_array().unwrap() {
        let values =
            |name: &str| -> Vec<f64> { serde_json::from_value(case[name].clone()).unwrap() };
        let pairs: Vec<_> = values("people").into_iter().zip(values("judge")).collect();
        for (name, reliance) in [("full", Reliance::Full), ("tuned", Reliance::Tuned)] {
            let found = prediction_powered_mean(&values("judged"), &pairs, reliance, 0.95).unwrap();
            let numbers = [
                ("weight", found.weight),
                ("estimate", found.estimate),
                ("lower", found.lower),
                ("upper", found.upper),
            ];
            for (key, number) in numbers {
                let expected = case[name][key].as_f64().unwrap();
                assert!((number - expected).abs() < 1e-9, "{name} {key}: {number}, not {expected}");
            }
        }
    }
}

#[test]
fn what_pairs_do_not_determine_has_no_value() {
    for reliance in [Reliance::Full, Reliance::Tuned] {
        let of = |judged: &[f64], pairs: &[(f64, f64)]| {
            prediction_powered_mean(judged, pairs, reliance, 0.95)
        };
        assert_eq!(of(&[1.0], &[(1.0, 1.0); 3]), None);
        assert_eq!(of(&[1.0, 2.0], &[(1.0, 1.0)]), None);
        assert_eq!(of(&[], &[]), None);
        assert_eq!(of(&[1.0, f64::NAN], &[(1.0, 1.0), (2.0, 2.0)]), None);
        // A judge who always says the same.
        let found = of(&[3.0; 9], &[(1.0, 3.0), (2.0, 3.0), (2.0, 3.0)]).unwrap();
        assert!((found.estimate - 5.0 / 3.0).abs() < 1e-12, "{found:?}");
        let rate = |pairs: &[(bool, bool)]| {
            prediction_powered_rate(&[true, false, false], pairs, reliance, 0.95)
        };
        assert_eq!(rate(&[(false, false); 60]), None);
        assert_eq!(rate(&[(true, true); 4]), None);
        let mut few = vec![(false, false); 60];
        few.extend([(true, true); 4]);
        assert_eq!(rate(&few), None);
        few.push((true, false));
        assert!(rate(&few).is_some());
    }
    assert_eq!(judge_bias(&[(1.0, 2.0)], 0.95), None);
    let (bias, lower, upper) = judge_bias(&[(1.0, 2.0), (3.0, 3.0)], 0.95).unwrap();
    assert!(bias == 0.5 && lower < 0.5 && upper > 0.5);
}

/// A judge that is half a point too kind and off by as much again, put right by few, more and many
/// ratings of people: it covers the truth, and is never much wider than people alone.
#[test]
fn a_judge_put_right_by_people_covers_the_truth() {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    // With 50 pairs it falls short by about two points, as its documentation says.
    for (labelled, judged, runs, level) in
        [(50, 500, 2_000, 0.934), (200, 1_000, 1_000, 0.95), (2_000, 4_000, 400, 0.95)]
    {
        for (noise, reliance) in
            [(1.0, Reliance::Full), (1.0, Reliance::Tuned), (12.0, Reliance::Tuned)]
        {
            let (mut held, mut shorter, mut effective) = (0, 0, 0.0);
            for _ in 0..runs {
                let mut item = || {
                    let truth = (unit(&mut random) * 5.0).floor();
                    (truth, truth + 0.5 + noise * (unit(&mut random) - 0.5))
                };
                let pairs: Vec<(f64, f64)> = (0..labelled).map(|_| item()).collect();
                let judged: Vec<f64> = (0..judged).map(|_| item().1).collect();
                let found = prediction_powered_mean(&judged, &pairs, reliance, 0.95).unwrap();
                held += usize::from(found.lower <= 2.0 && 2.0 <= found.upper);
                effective += found.effective.unwrap() / runs as f64;
                let people: Vec<f64> = pairs.iter().map(|(people, _)| *people).collect();
                let (_, lower, upper) = mean(&people, 0.95).unwrap();
                shorter += usize::from(found.upper - found.lower <= (upper - lower) * 1.001);
            }
            assert_covers(held, runs, level);
            assert_eq!(shorter, runs, "{labelled} {noise} {reliance:?}");
            let gain = effective / labelled as f64;
            let fits = if noise < 2.0 { gain > 1.5 } else { (1.0..1.5).contains(&gain) };
            assert!(fits, "{labelled} {noise} {reliance:?}: {gain}");
        }
    }
}

/// A defect in 15 of 100 outputs; the judge sees nine of ten and finds one in ten where none is.
#[test]
fn a_rate_put_right_by_people_covers_the_truth() {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    for (labelled, judged, runs) in [(200, 1_000, 1_000), (2_000, 4_000, 400)] {
        let mut held = 0;
        for _ in 0..runs {
            let mut item = || {
                let truth = unit(&mut random) < 0.15;
                (truth, (unit(&mut random) < 0.9) == truth)
            };
            let pairs: Vec<(bool, bool)> = (0..labelled).map(|_| item()).collect();
            let judged: Vec<bool> = (0..judged).map(|_| item().1).collect();
            let found = prediction_powered_rate(&judged, &pairs, Reliance::Tuned, 0.95).unwrap();
            held += usize::from(found.lower <= 0.15 && 0.15 <= found.upper);
        }
        assert_covers(held, runs, 0.95);
    }
}
