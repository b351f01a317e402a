//! Against statsmodels (`oracles/claim.py`), case by case, and by simulation.

use super::*;
use crate::Cohort;
use serde_json::Value;

const ORACLE: &str = include_str!("../../oracles/claim.json");

fn claim(measure: Measure, estimate: f64, interval: Option<(f64, f64)>) -> Claim {
    let threshold = measure.has_threshold().then_some(0.5);
    Claim { measure, threshold, population: None, estimate, interval, level: 0.95, n: None }
}

fn local(measure: Measure, [lower, estimate, upper]: [f64; 3]) -> Estimate {
    Estimate {
        measure,
        cohort: None,
        period: None,
        threshold: measure.has_threshold().then_some(0.5),
        estimate: Some(estimate),
        lower: Some(lower),
        upper: Some(upper),
        level: 0.95,
        n: Some(1000),
        events: Some(100),
        method: "test".into(),
        status: Status::Estimated,
    }
}

fn share(count: u64, n: u64, level: f64) -> Estimate {
    let (lower, upper) = wilson(count, n, level).unwrap();
    let p = count as f64 / n as f64;
    Estimate { level, ..local(Measure::Sensitivity, [lower, p, upper]) }
}

#[test]
fn two_shares_differ_as_newcombe_says() {
    let oracle: Value = serde_json::from_str(ORACLE).unwrap();
    let pairs = oracle["pairs"].as_array().unwrap();
    assert_eq!(pairs.len(), 12);
    for pair in pairs {
        let number = |name: &str| pair[name].as_f64().unwrap();
        let count = |name: &str| pair[name].as_u64().unwrap();
        let level = number("level");
        let p = count("claimed_count") as f64 / count("claimed_n") as f64;
        // The claim came with its number of rows only.
        let claim = Claim { n: Some(count("claimed_n")), ..claim(Measure::Sensitivity, p, None) };
        let rule = ClaimRule { level, ..ClaimRule::default() };
        let local = share(count("count"), count("n"), level);
        let gap = compare_claim(&claim, &local, rule).gap.unwrap();
        for (name, found) in
            [("lower", gap.lower), ("upper", gap.upper), ("standard_error", gap.standard_error)]
        {
            assert!((found - number(name)).abs() < 1e-9, "{name}: {found} in {pair}");
        }
    }
}

#[test]
fn each_verdict_has_its_cases() {
    use Measure::{Auroc, Brier, CalibrationIntercept, CalibrationSlope, Sensitivity};
    let check = |measure, (claimed, low, high), here, margin, wanted: Verdict| {
        let rule = ClaimRule { margin, ..ClaimRule::default() };
        let claim = claim(measure, claimed, Some((low, high)));
        let found = compare_claim(&claim, &local(measure, here), rule);
        assert_eq!(found.verdict, wanted, "{measure} {claimed} {here:?} {margin}: {found:?}");
    };
    let auroc = (0.87, 0.84, 0.90);
    check(Auroc, auroc, [0.85, 0.87, 0.89], 0.05, Verdict::Confirmed);
    check(Auroc, auroc, [0.85, 0.87, 0.89], 0.03, Verdict::Compatible);
    check(Auroc, auroc, [0.75, 0.84, 0.93], 0.05, Verdict::Compatible);
    check(Auroc, auroc, [0.75, 0.84, 0.93], 0.20, Verdict::Confirmed);
    check(Auroc, auroc, [0.70, 0.74, 0.78], 0.05, Verdict::Worse);
    // Beyond doubt is beyond doubt, whatever the margin.
    check(Auroc, auroc, [0.70, 0.74, 0.78], 0.50, Verdict::Worse);
    check(Auroc, (0.70, 0.66, 0.74), [0.80, 0.85, 0.90], 0.05, Verdict::Better);
    // Intervals that overlap may still differ.
    check(Auroc, (0.80, 0.77, 0.83), [0.82, 0.85, 0.88], 0.05, Verdict::Better);
    // Worked example: 90.0 (85.0 to 94.0) against 71 of 100.
    check(Sensitivity, (0.90, 0.85, 0.94), [0.615, 0.71, 0.79], 0.05, Verdict::Worse);
    check(Brier, (0.10, 0.09, 0.11), [0.14, 0.15, 0.16], 0.05, Verdict::Worse);
    check(Brier, (0.15, 0.14, 0.16), [0.09, 0.10, 0.11], 0.05, Verdict::Better);
    check(CalibrationSlope, (1.0, 0.9, 1.1), [1.4, 1.5, 1.6], 0.05, Verdict::Worse);
    check(CalibrationSlope, (0.5, 0.4, 0.6), [1.0, 1.1, 1.2], 0.05, Verdict::Better);
    check(CalibrationIntercept, (-0.5, -0.6, -0.4), [0.1, 0.2, 0.3], 0.05, Verdict::Better);
    check(CalibrationIntercept, (0.0, -0.1, 0.1), [-0.6, -0.5, -0.4], 0.05, Verdict::Worse);
}

#[test]
fn the_worked_example_has_its_numbers() {
    let claim = claim(Measure::Sensitivity, 0.90, Some((0.85, 0.94)));
    let gap = compare_claim(&claim, &share(71, 100, 0.95), ClaimRule::default()).gap.unwrap();
    let rounded = [gap.estimate, gap.lower, gap.upper].map(|it| (it * 1000.0).round());
    assert_eq!(rounded, [-190.0, -293.0, -96.0], "{gap:?}");
}

#[test]
fn what_cannot_be_compared_says_why() {
    use Measure::{Auroc, OutcomeRate, Sensitivity};
    let claimed = || claim(Auroc, 0.87, Some((0.84, 0.90)));
    let measured = || local(Auroc, [0.85, 0.87, 0.89]);
    let women = Some(Cohort { attribute: "sex".into(), level: "female".into() });
    let sensitive = claim(Sensitivity, 0.9, Some((0.8, 0.95)));
    let flagged = local(Sensitivity, [0.8, 0.9, 0.95]);
    let none = Status::NotEnoughData { more_needed: None };
    let cases = [
        (claimed(), flagged.clone(), "the claim is about auroc, the local estimate about sensit"),
        (
            Claim { threshold: None, ..sensitive.clone() },
            flagged.clone(),
            "does not say at which threshold",
        ),
        (
            Claim { threshold: Some(0.3), ..sensitive.clone() },
            flagged.clone(),
            "the claim is at threshold 0.3, the local estimate at 0.5",
        ),
        (
            Claim { threshold: Some(0.3), ..sensitive },
            Estimate { threshold: None, ..flagged.clone() },
            "the claim is at threshold 0.3, the local estimate at none",
        ),
        (
            Claim { population: Some("adults".into()), ..claimed() },
            measured(),
            "the claim is about `adults`, the local estimate about `all`",
        ),
        (
            Claim { population: Some("male".into()), ..claimed() },
            Estimate { cohort: women, ..measured() },
            "the claim is about `male`, the local estimate about `female`",
        ),
        (
            claim(OutcomeRate, 0.1, Some((0.05, 0.2))),
            local(OutcomeRate, [0.05, 0.1, 0.2]),
            "neither more nor less",
        ),
        (claim(Auroc, 0.87, None), measured(), "no interval, and none follows"),
        // What is no share has no interval by its number of rows alone.
        (
            Claim { n: Some(1200), ..claim(Auroc, 0.87, None) },
            measured(),
            "no interval, and none follows",
        ),
        (Claim { n: Some(0), ..claim(Sensitivity, 0.9, None) }, flagged, "none follows"),
        (claim(Auroc, 87.0, Some((84.0, 90.0))), measured(), "outside what the measure can be"),
        (claim(Auroc, 0.87, Some((0.90, 0.84))), measured(), "outside its own interval"),
        (claim(Auroc, 0.87, Some((0.88, 0.90))), measured(), "outside its own interval"),
        (claim(Auroc, f64::NAN, Some((0.8, 0.9))), measured(), "outside what"),
        (claim(Auroc, 0.87, Some((f64::NAN, 0.9))), measured(), "outside its own interval"),
        (Claim { level: 95.0, ..claimed() }, measured(), "outside"),
        (claimed(), Estimate { lower: None, ..measured() }, "no local estimate with an interval"),
        (claimed(), Estimate { status: none, ..measured() }, "no local estimate"),
        (claimed(), Estimate { lower: Some(f64::NAN), ..measured() }, "no local estimate"),
        (claimed(), Estimate { events: Some(9), ..measured() }, "only 9 local rows with or"),
        (claimed(), Estimate { events: Some(998), ..measured() }, "only 2 local rows with or"),
    ];
    for (claim, local, wanted) in cases {
        let found = compare_claim(&claim, &local, ClaimRule::default());
        let Verdict::CannotCompare { why } = &found.verdict else { panic!("{found:?}: {wanted}") };
        assert!(why.to_string().contains(wanted), "{why}, not {wanted}");
        assert_eq!(found.gap, None);
    }
}

#[test]
fn an_interval_at_another_coverage_is_brought_to_that_of_the_rule() {
    let at_95 = claim(Measure::Auroc, 0.87, Some((0.84, 0.90)));
    let factor = math::critical_value(0.8) / math::critical_value(0.95);
    let narrow = (0.87 - 0.03 * factor, 0.87 + 0.03 * factor);
    let at_80 = Claim { level: 0.8, ..claim(Measure::Auroc, 0.87, Some(narrow)) };
    let local = local(Measure::Auroc, [0.85, 0.87, 0.89]);
    let gaps = [at_95, at_80].map(|it| compare_claim(&it, &local, ClaimRule::default()).gap);
    let [wide, scaled] = gaps.map(Option::unwrap);
    for (a, b) in [(wide.lower, scaled.lower), (wide.upper, scaled.upper)] {
        assert!((a - b).abs() < 1e-12, "{wide:?} {scaled:?}");
    }
}

/// SplitMix64 (Steele, Lea & Flood 2014), uniform in 0 to 1.
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// How often, of 4000 times, a claim from `claimed_n` rows at a true share and a local estimate
/// from `n` rows at another give each side of a difference: worse, better.
fn alarms(seed: u64, (claimed_p, claimed_n): (f64, u64), (p, n): (f64, u64)) -> [f64; 2] {
    println!("seed {seed}");
    let mut state = seed;
    let mut draw = |p: f64, n: u64| (0..n).filter(|_| uniform(&mut state) < p).count() as u64;
    let mut found = [0.0, 0.0];
    for _ in 0..4000 {
        let claimed = draw(claimed_p, claimed_n) as f64 / claimed_n as f64;
        let claim = Claim { n: Some(claimed_n), ..claim(Measure::Sensitivity, claimed, None) };
        let local = share(draw(p, n), n, 0.95);
        match compare_claim(&claim, &local, ClaimRule::default()).verdict {
            Verdict::Worse => found[0] += 1.0 / 4000.0,
            Verdict::Better => found[1] += 1.0 / 4000.0,
            _ => {}
        }
    }
    println!(
        "{claimed_p} of {claimed_n}, {p} of {n}: worse {:.4}, better {:.4}",
        found[0], found[1]
    );
    found
}

#[test]
fn equal_models_seldom_differ_and_worse_ones_often_do() {
    // Of one in twenty allowed, three standard errors of 4000 draws more.
    let most = 0.05 + 3.0 * (0.05_f64 * 0.95 / 4000.0).sqrt();
    for (seed, p, claimed_n, n) in
        [(1, 0.9, 250, 100), (2, 0.7, 250, 100), (3, 0.95, 120, 60), (4, 0.5, 1000, 40)]
    {
        let rate: f64 = alarms(seed, (p, claimed_n), (p, n)).iter().sum();
        assert!(rate > 0.02 && rate <= most, "{rate} at {p}, {claimed_n}, {n}");
    }
    let [worse, better] = alarms(5, (0.9, 250), (0.7, 100));
    assert!(worse > 0.9 && better == 0.0, "{worse} {better}");
}
