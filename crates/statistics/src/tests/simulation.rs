//! Promises about chance, tested by chance. Seeds are fixed, so a run is always the same.

use super::*;
use crate::answer::Answer;
use crate::calibration::observed_expected;
use crate::discrimination::Auroc;
use crate::math::critical_value;
use crate::{Direction, EDetector, run_length_per_stream, wilson};

/// SplitMix64 (Steele, Lea & Flood 2014).
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn seeded(seed: u64) -> Self {
        println!("seed {seed}");
        Self(seed)
    }

    /// Uniform in 0 to 1.
    pub(super) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.uniform()
    }

    /// A period of rows whose case mix is higher in odd years, with outcomes at `odds` times the
    /// odds of the score.
    fn period(&mut self, period: u32, rows: usize, odds: f64) -> Tally {
        let top = if period / 12 % 2 == 1 { 0.6 } else { 0.2 };
        let row = |_| {
            let p = score(self.between(0.01, top));
            let risk = odds * p.value() / (1.0 - p.value() + odds * p.value());
            (p, self.uniform() < risk)
        };
        tally(&(0..rows).map(row).collect::<Vec<_>>())
    }
}

/// The mean over `streams` of the period of first alarm (cut off at ten run lengths), and its
/// standard error.
fn time_to_alarm(seed: u64, streams: u32, odds: f64, detector: &EDetector) -> (f64, f64) {
    let mut chance = Chance::seeded(seed);
    let cut_off = (10.0 * detector.run_length()) as u32;
    let times: Vec<f64> = (0..streams)
        .map(|_| {
            let mut detector = detector.clone();
            let first =
                (0..cut_off).find(|&period| detector.step(&chance.period(period, 15, odds)).alarm);
            f64::from(first.map_or(cut_off, |period| period + 1))
        })
        .collect();
    let n = f64::from(streams);
    let mean = times.iter().sum::<f64>() / n;
    let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

#[test]
fn a_healthy_stream_runs_as_long_as_promised() {
    let check = |seed, odds, tolerance| {
        let (mean, error) = time_to_alarm(seed, 300, odds, &EDetector::new(40.0, tolerance));
        println!("odds {odds}, tolerance {tolerance}: {mean:.1} ± {error:.1} periods");
        assert!(mean + 3.0 * error >= 40.0);
        mean
    };
    // Calibrated: not much longer than promised either, or the detector would be blind.
    let mean = check(1, 1.0, 0.0);
    assert!(mean < 120.0, "{mean}");
    // On the edges of the tolerance.
    check(2, 1.2, 0.2);
    check(3, 1.0 / 1.2, 0.2);
}

#[test]
fn a_shifted_stream_alarms_soon() {
    let detector = EDetector::new(200.0, 0.0);
    for (seed, odds) in [(4, 2.5), (5, 0.3)] {
        let (mean, _) = time_to_alarm(seed, 40, odds, &detector);
        println!("odds {odds}: {mean:.1} periods");
        assert!(mean < 20.0);
    }
}

#[test]
fn a_shared_budget_holds_for_all_streams_together() {
    let mut chance = Chance::seeded(6);
    let (streams, runs) = (5, 60);
    let firsts: Vec<f64> = (0..runs)
        .map(|_| {
            let detector = EDetector::new(run_length_per_stream(15.0, streams), 0.0);
            let mut detectors = vec![detector; streams];
            let first = (0..400).find(|&period| {
                // One alarm among all counts, and every detector sees its period.
                detectors.iter_mut().fold(false, |alarm, detector| {
                    detector.step(&chance.period(period, 15, 1.0)).alarm | alarm
                })
            });
            f64::from(first.map_or(400, |period| period + 1))
        })
        .collect();
    let mean = firsts.iter().sum::<f64>() / f64::from(runs);
    println!("first of five: {mean:.1} periods");
    assert!(mean >= 15.0);
}

/// The share of `runs` in which the interval holds the truth, against `level` ± 3 standard errors.
fn check_coverage(name: &str, runs: u32, mut holds: impl FnMut() -> Option<bool>) {
    let held: Vec<bool> = (0..runs).filter_map(|_| holds()).collect();
    let n = held.len() as f64;
    let share = held.iter().filter(|held| **held).count() as f64 / n;
    println!("{name}: {share:.4} of {n}");
    assert!(n > 0.99 * f64::from(runs), "{name}: too often no interval");
    assert_near(share, 0.95, 3.0 * (0.95 * 0.05 / n).sqrt(), name);
}

fn holds(answer: Answer, truth: f64) -> Option<bool> {
    answer.ok().map(|found| found.lower <= truth && truth <= found.upper)
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let z = critical_value(0.95);
    let mut chance = Chance::seeded(7);
    check_coverage("Wilson", 3000, || {
        let truth = chance.between(0.05, 0.95);
        let count = (0..150).filter(|_| chance.uniform() < truth).count() as u64;
        wilson(count, 150, 0.95).map(|(lower, upper)| lower <= truth && truth <= upper)
    });
    // Risks close together: with risks far apart this interval is wider than it need be.
    check_coverage("observed / expected", 2000, || {
        let row = |_| {
            let p = score(chance.between(0.15, 0.25));
            (p, chance.uniform() < p.value())
        };
        holds(observed_expected(&tally(&(0..400).map(row).collect::<Vec<_>>()), z), 1.0)
    });
    // Scores with the outcome have distribution function x³, others x: an area of 3/4.
    check_coverage("AUROC", 2000, || {
        let row = |index| {
            let uniform = chance.uniform();
            let with = index < 120;
            (score(if with { uniform.cbrt() } else { uniform }), with)
        };
        let tally = tally(&(0..400).map(row).collect::<Vec<_>>());
        Auroc::of(&tally.histogram).and_then(|auroc| holds(auroc.answer(z), 0.75))
    });
}

#[test]
fn a_detector_names_the_direction_and_the_nearest_bet() {
    let check = |odds: f64, direction, bet: f64| {
        let mut chance = Chance::seeded(8);
        let mut detector = EDetector::new(100.0, 0.0);
        let step = (0..10).map(|period| detector.step(&chance.period(period, 400, odds))).last();
        let step = step.unwrap();
        assert_eq!((step.direction, step.strongest_bet), (direction, bet), "{step:?}");
        assert!(step.alarm && step.periods == 10);
    };
    check(2.0, Direction::More, 2.0);
    check(0.5, Direction::Fewer, 0.5);
}

#[test]
fn a_step_is_the_formula() {
    // Two rows scored 0.2, one with the outcome: L(R) = R / (1 + 0.2 (R − 1))².
    let bets = [1.0 / 3.0, 0.5, 1.0 / 1.5, 0.8, 1.25, 1.5, 2.0, 3.0];
    let factor = |bet: f64, edge: f64| {
        let q = edge * 0.25 / (1.0 + edge * 0.25);
        bet / (1.0 + q * (bet - 1.0)).powi(2)
    };
    let batch = tally(&rows(&[(0.2, 0), (0.2, 1)]));
    for tolerance in [0.0, 0.3] {
        let mut detector = EDetector::new(100.0, tolerance);
        let edge = |bet: f64| if bet > 1.0 { 1.0 + tolerance } else { 1.0 / (1.0 + tolerance) };
        let factors = bets.map(|bet| factor(bet, edge(bet)));
        let first = detector.step(&batch);
        assert_near(first.evidence, factors.iter().sum::<f64>() / 8.0, 1e-9, "S1");
        let second = detector.step(&batch);
        let right = factors.iter().map(|factor| (factor + 1.0) * factor).sum::<f64>() / 8.0;
        assert_near(second.evidence, right, 2e-9, "S2");
        assert!(!second.alarm);
        // A period without rows is still a period.
        let third = detector.step(&Tally::empty());
        assert_near(third.evidence, right + 1.0, 4e-9, "S3");
    }
}

#[test]
fn a_detector_can_be_put_away_and_taken_up_again() {
    let mut chance = Chance::seeded(9);
    let mut whole = EDetector::new(1000.0, 0.1);
    let mut kept = whole.clone();
    for period in 0..30 {
        let batch = chance.period(period, 50, 1.3);
        let json = serde_json::to_string(&kept).unwrap();
        kept = serde_json::from_str(&json).unwrap();
        assert_eq!(whole.step(&batch), kept.step(&batch));
    }
    assert_eq!(whole, kept);
    whole.restart();
    assert_eq!(whole, EDetector::new(1000.0, 0.1));
}

#[test]
fn the_evidence_stays_a_number_however_strong() {
    let wrong = tally(&vec![(score(0.0), true); 100_000]);
    let mut detector = EDetector::new(1000.0, 0.0);
    for _ in 0..5 {
        let step = detector.step(&wrong);
        assert!(step.evidence.is_finite() && step.log_e.is_finite() && step.alarm);
    }
    let bad = EDetector::new(f64::NAN, -1.0);
    assert_eq!((bad.run_length(), bad.tolerance()), (1.0, 0.0));
}
