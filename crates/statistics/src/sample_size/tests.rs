//! Against an oracle (`oracles/sample_size.py`), the published table, and by simulation.

use super::*;
use crate::tests::{assert_near, estimate, numbers, score, tally};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde_json::Value;

fn oracle() -> Value {
    serde_json::from_str(include_str!("../../oracles/sample_size.json")).unwrap()
}

/// The target of a case of the oracle.
fn target(case: &Value) -> Target {
    let number = |name: &str| case[name].as_f64().unwrap();
    match case["target"].as_str().unwrap() {
        "observed_expected" => Target::ObservedExpected,
        "slope" => {
            let information = SlopeInformation::normal(number("mean"), number("deviation"));
            Target::Slope { information: information.unwrap() }
        }
        "auroc" => Target::Auroc { area: number("area") },
        _ => Target::NetBenefit {
            sensitivity: number("sensitivity"),
            specificity: number("specificity"),
            threshold: number("threshold"),
        },
    }
}

#[test]
fn sizes_are_what_the_oracle_finds() {
    for case in oracle()["cases"].as_array().unwrap() {
        let (width, prevalence) =
            (case["width"].as_f64().unwrap(), case["prevalence"].as_f64().unwrap());
        let plan = Plan::new(target(case), prevalence, 0.95).unwrap();
        let size = plan.rows_for(width).unwrap();
        let name = case.to_string();
        if let Some(rows) = case["rows"].as_f64() {
            assert_near(plan.exact_rows(width) / rows, 1.0, 1e-9, &name);
            assert_eq!(size.rows, rows.ceil() as u64, "{name}");
        } else {
            assert_eq!(size.rows, case["fewest"].as_u64().unwrap(), "{name}");
            let right = case["width_of_fewest"].as_f64().unwrap();
            assert_near(plan.width(size.rows).unwrap(), right, 1e-12, &name);
        }
        assert_eq!(size.events, (size.rows as f64 * prevalence).ceil() as u64, "{name}");
        // The fewest: one row fewer gives an interval that is too wide.
        assert!(plan.width(size.rows).unwrap() <= width, "{name}");
        assert!(plan.width(size.rows - 1).unwrap() > width, "{name}");
    }
}

/// The table of the paper, which takes 1.96 for the normal deviate and rounds to the nearest row.
#[test]
fn sizes_are_those_published() {
    let check = |target, prevalence, width: f64, rows: f64, within: f64| {
        let plan = Plan { target, prevalence, z: 1.96 };
        assert_near(plan.exact_rows(width), rows, within, &format!("{target:?}"));
    };
    check(Target::ObservedExpected, 0.018, 1.0, 905.0, 0.5);
    let information = SlopeInformation::normal(-5.0, 2.5).unwrap();
    check(Target::Slope { information }, 0.018, 0.2, 4553.9, 0.05);
    check(Target::Auroc { area: 0.8 }, 0.018, 0.1, 4252.0, 0.999);
    let (sensitivity, specificity, threshold) = (0.8, 0.6, 0.1);
    check(Target::NetBenefit { sensitivity, specificity, threshold }, 0.2, 0.2, 406.0, 0.5);
    // The standard error that the paper prints for a width of 1.
    let plan = Plan { target: Target::ObservedExpected, prevalence: 0.018, z: 1.96 };
    assert_near(plan.standard_error(plan.exact_rows(1.0)), 0.24552, 5e-6, "error");
}

#[test]
fn rows_that_are_there_are_judged_as_they_are() {
    let oracle = &oracle()["tally"];
    let list = |name: &str| oracle[name].as_array().unwrap().iter().map(|it| it.as_u64().unwrap());
    let rows: Vec<_> = list("scores")
        .zip(list("outcomes"))
        .map(|(score, outcome)| (Score::from_billionths(score as u32), outcome == 1))
        .collect();
    let tally = tally(&rows);
    let plan = Plan::observed(&tally, Aim::Slope, 0.95).unwrap();
    let width = plan.width(tally.n).unwrap();
    assert_near(width, oracle["slope_width"].as_f64().unwrap(), 1e-9, "slope");
    // Half the width takes four times the rows.
    let standing = plan.standing(tally.n, width / 2.0).unwrap();
    assert_eq!(standing.width, Some(width));
    assert!(standing.more.rows.abs_diff(3 * tally.n) <= 1, "{standing:?}");
    let share = tally.events as f64 / tally.n as f64;
    assert_eq!(standing.more.events, (standing.more.rows as f64 * share).ceil() as u64);
    let enough = plan.standing(tally.n, width * 1.01).unwrap();
    assert_eq!(enough.more, Size { rows: 0, events: 0 });
    // Observed over expected is judged at 1: the interval of these rows, moved there.
    let [ratio, lower, upper] = numbers(&estimate(&tally, Measure::ObservedExpected));
    let plan = Plan::observed(&tally, Aim::ObservedExpected, 0.95).unwrap();
    assert_near(plan.width(tally.n).unwrap(), (upper - lower) / ratio, 1e-12, "O/E");
}

#[test]
fn what_cannot_be_assumed_is_refused() {
    let plan = |target, prevalence| Plan::new(target, prevalence, 0.95).map(|_| ());
    for prevalence in [0.0, 1.0, -0.1, f64::INFINITY] {
        let error = Err(PlanError::Prevalence(prevalence));
        assert_eq!(plan(Target::ObservedExpected, prevalence), error);
    }
    assert_eq!(plan(Target::Auroc { area: 1.0 }, 0.1), Err(PlanError::Area(1.0)));
    let benefit = |sensitivity, specificity, threshold| {
        plan(Target::NetBenefit { sensitivity, specificity, threshold }, 0.1)
    };
    let error = Err(PlanError::Share { name: "specificity", value: -1.0 });
    assert_eq!(benefit(0.5, -1.0, 0.1), error);
    assert_eq!(benefit(0.5, 1.0, 1.0), Err(PlanError::Threshold(1.0)));
    for (mean, deviation) in [(0.0, 0.0), (0.0, 21.0), (501.0, 1.0)] {
        let error = PlanError::LogOdds { mean, deviation };
        assert_eq!(SlopeInformation::normal(mean, deviation), Err(error));
    }
    let plan = Plan::new(Target::ObservedExpected, 0.1, 0.95).unwrap();
    assert_eq!(plan.rows_for(0.0), Err(PlanError::Width(0.0)));
    assert!(matches!(plan.rows_for(f64::NAN), Err(PlanError::Width(_))));
    assert_eq!(plan.rows_for(1e-9), Err(PlanError::TooManyRows(1e-9)));
    assert_eq!(plan.width(0), None);
    // One outcome only, one score only, outcomes set apart.
    let of = |written: &[(f64, u8)], aim| {
        Plan::observed(&tally(&crate::tests::rows(written)), aim, 0.95).map(|_| ())
    };
    let check = |written: &[(f64, u8)], aim, what| {
        assert_eq!(of(written, aim), Err(PlanError::Undetermined(what)));
    };
    check(&[(0.1, 0), (0.2, 0)], Aim::ObservedExpected, "prevalence");
    check(&[(0.2, 1), (0.2, 0)], Aim::Slope, "spread of scores");
    check(&[(0.3, 1), (0.2, 0)], Aim::Auroc, "area");
    let message = of(&[], Aim::Slope).unwrap_err().to_string();
    assert_eq!(
        message,
        "the rows do not determine the prevalence that a sample size rests on; give one to expect"
    );
}

/// A row twice is twice the rows: the plan is the same.
#[test]
fn rows_counted_twice_make_the_same_plan() {
    let written = [(0.1, 0), (0.2, 1), (0.25, 0), (0.4, 0), (0.6, 1), (0.6, 0), (0.9, 1)];
    let once = crate::tests::rows(&written);
    let aims =
        [Aim::ObservedExpected, Aim::Slope, Aim::Auroc, Aim::NetBenefit { threshold: score(0.5) }];
    for aim in aims {
        let plan = |rows: &[_]| Plan::observed(&tally(rows), aim, 0.95).unwrap();
        let (once, twice) = (plan(&once), plan(&once.repeat(2)));
        let (one, other) = (once.exact_rows(0.1), twice.exact_rows(0.1));
        assert_near(one / other, 1.0, 1e-12, &format!("{aim:?}"));
    }
}

/// Uniform in 0 to 1.
fn unit(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Rows whose log odds are normal with mean -2 and deviation 1.2, and whose scores come true.
fn well_calibrated(random: &mut ChaCha8Rng, n: u64) -> Tally {
    let mut row = || {
        let angle = 2.0 * std::f64::consts::PI * unit(random);
        let normal = (-2.0 * (1.0 - unit(random)).ln()).sqrt() * angle.cos();
        let p = score(1.0 / (1.0 + (2.0 - 1.2 * normal).exp()));
        (p, unit(random) < p.value())
    };
    tally(&(0..n).map(|_| row()).collect::<Vec<_>>())
}

/// Data of the size that was asked for have intervals of about the width that was wanted, by the
/// estimates themselves and not by the formulas of the plan.
#[test]
fn data_of_the_size_asked_for_give_the_width_wanted() {
    let seed = 2026;
    println!("seed {seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let large = well_calibrated(&mut random, 200_000);
    let aims = [
        (Aim::ObservedExpected, Measure::ObservedExpected, 0.25),
        (Aim::Slope, Measure::CalibrationSlope, 0.35),
        (Aim::Auroc, Measure::Auroc, 0.08),
    ];
    for (aim, measure, width) in aims {
        let plan = Plan::observed(&large, aim, 0.95).unwrap();
        let size = plan.rows_for(width).unwrap();
        let runs = 60;
        let total: f64 = (0..runs)
            .map(|_| {
                let tally = well_calibrated(&mut random, size.rows);
                let [found, lower, upper] = numbers(&estimate(&tally, measure));
                let scale = if measure == Measure::ObservedExpected { found } else { 1.0 };
                (upper - lower) / scale
            })
            .sum();
        let mean = total / f64::from(runs);
        println!("{measure}: {} rows, mean width {mean:.4} for {width}", size.rows);
        // Newcombe's error supposes no shape, DeLong's reads it off: they differ by a few per cent.
        assert_near(mean / width, 1.0, 0.06, measure.name());
    }
}

/// Standardised net benefit has no estimate with an interval elsewhere, so its spread over many
/// data sets is looked at.
#[test]
fn standardised_net_benefit_scatters_as_planned() {
    let seed = 2027;
    println!("seed {seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let large = well_calibrated(&mut random, 200_000);
    let aim = Aim::NetBenefit { threshold: score(0.2) };
    let plan = Plan::observed(&large, aim, 0.95).unwrap();
    let size = plan.rows_for(0.3).unwrap();
    let runs = 400;
    let found: Vec<f64> = (0..runs)
        .map(|_| {
            let tally = well_calibrated(&mut random, size.rows);
            let flags = Flags::at(&tally.histogram, score(0.2));
            let benefit = flags.net_benefit(score(0.2), 0.0).unwrap().estimate;
            benefit * tally.n as f64 / tally.events as f64
        })
        .collect();
    let mean = found.iter().sum::<f64>() / f64::from(runs);
    let squares: f64 = found.iter().map(|value| (value - mean).powi(2)).sum();
    let spread = 2.0 * 1.959_963_984_540_054 * (squares / f64::from(runs - 1)).sqrt();
    println!("{} rows: {spread:.4} for 0.3", size.rows);
    // A standard deviation of so many is known to one part in the root of twice as many.
    assert_near(spread / 0.3, 1.0, 3.0 / f64::from(2 * runs).sqrt(), "spread");
}
