//! How often each interval holds the truth, by simulation: at 200, 2,000 and 20,000 rows.
//!
//! A row's score is drawn from a fixed population of a thousand scores, its outcome with a risk
//! that is not quite the score: too extreme, and too low. The truth of each measure is what it is
//! in that population, in which rows with and without the outcome are counted in billionths. Where
//! an interval does not hold the truth in 95 % of samples, to within three standard errors of the
//! simulation, the table says how often it does, and why.

use super::simulation::Chance;
use super::*;
use crate::{Cohort, Estimate, fairness_gaps, smooth_curve};
use std::collections::BTreeMap;

const SCORES: u32 = 1000;
const THRESHOLD: f64 = 0.3;
const SIZES: [(usize, u32); 3] = [(200, 2000), (2000, 2000), (20_000, 1000)];

/// A population: its scores in rising order, each with the chance to be drawn up to it, and the
/// chance of the outcome.
struct Population {
    scores: Vec<Score>,
    risks: Vec<f64>,
}

impl Population {
    /// Scores are drawn alike; log odds of the risk are `shift + slope` times those of the score.
    fn new(centre: f64, spread: f64, shift: f64, slope: f64) -> Self {
        let log_odds = (0..SCORES).map(|place| {
            let share = (f64::from(place) + 0.5) / f64::from(SCORES);
            // A logistic distribution of log odds.
            centre + spread * (share / (1.0 - share)).ln()
        });
        let expit = |x: f64| 1.0 / (1.0 + (-x).exp());
        let scores: Vec<Score> = log_odds.map(|x| score(expit(x))).collect();
        let risk = |it: &Score| {
            let p = it.value();
            expit(shift + slope * (p / (1.0 - p)).ln())
        };
        Self { risks: scores.iter().map(risk).collect(), scores }
    }

    fn tally_of(&self, counts: impl Iterator<Item = (u64, u64)>) -> Tally {
        let items = self.scores.iter().copied().zip(counts);
        let items: Vec<_> = items.map(|(score, (without, with))| (score, without, with)).collect();
        let kept = items.iter().copied().filter(|(_, without, with)| without + with > 0);
        Tally::from_counts(kept)
    }

    /// A million rows of each score, as many of them with the outcome as its risk says.
    fn whole(&self) -> Tally {
        self.tally_of(self.risks.iter().map(|risk| {
            let with = (risk * 1e6).round() as u64;
            (1_000_000 - with, with)
        }))
    }

    fn sample(&self, chance: &mut Chance, rows: usize) -> Tally {
        let mut counts = vec![(0_u64, 0_u64); self.scores.len()];
        for _ in 0..rows {
            let place = (chance.uniform() * f64::from(SCORES)) as usize;
            let with = chance.uniform() < self.risks[place];
            counts[place].0 += u64::from(!with);
            counts[place].1 += u64::from(with);
        }
        self.tally_of(counts.into_iter())
    }
}

/// How many intervals held the truth, of how many that there were.
#[derive(Default, Clone, Copy)]
struct Held {
    held: u32,
    of: u32,
}

type Coverage = BTreeMap<String, [Held; 3]>;

fn note(all: &mut Coverage, size: usize, name: &str, ends: (f64, f64), truth: f64) {
    let found = &mut all.entry(name.to_owned()).or_default()[size];
    found.held += u32::from(ends.0 <= truth && truth <= ends.1);
    found.of += 1;
}

fn note_rows(
    all: &mut Coverage,
    size: usize,
    prefix: &str,
    found: &[Estimate],
    truth: &[Estimate],
) {
    for (found, truth) in found.iter().zip(truth) {
        assert_eq!(found.measure, truth.measure);
        if let (Some(lower), Some(upper), Some(truth)) = (found.lower, found.upper, truth.estimate)
        {
            let name = format!("{prefix}{}", found.measure);
            note(all, size, &name, (lower, upper), truth);
        }
    }
}

/// Coverage of all that one cell says, and its curves.
fn of_one_cell(
    all: &mut Coverage,
    prefix: &str,
    population: &Population,
    at: f64,
    chance: &mut Chance,
) {
    // A period is named so that no curve is fitted for the estimates: those have no interval.
    let of = |tally: &Tally| estimates(tally, None, Some("all"), &[score(at)], 0.95);
    let truth = of(&population.whole());
    for (size, (rows, runs)) in SIZES.into_iter().enumerate() {
        for run in 0..runs {
            let sample = population.sample(chance, rows);
            note_rows(all, size, prefix, &of(&sample), &truth);
            if run < 1000 && prefix.is_empty() {
                smooth(all, size, population, &sample);
            }
        }
    }
}

/// The band of the smooth curve near its middle and near its upper end, where the truth is a line.
fn smooth(all: &mut Coverage, size: usize, population: &Population, sample: &Tally) {
    let Some(curve) = crate::smooth_calibration(sample, crate::Knots::Four) else { return };
    for (name, place) in [("smooth curve, middle", 500), ("smooth curve, upper tail", 950)] {
        if let Some(ends) = curve.band(population.scores[place], 0.95) {
            note(all, size, name, ends, population.risks[place]);
        }
    }
}

/// Two groups, of a third and two thirds of the rows, named so that the same is always first.
fn of_two_groups(all: &mut Coverage, populations: &[Population; 2], chance: &mut Chance) {
    let cohorts = ["A", "B"].map(|level| Cohort { attribute: "group".into(), level: level.into() });
    let of = |tallies: [&Tally; 2]| {
        let cells = [(cohorts[0].clone(), tallies[0]), (cohorts[1].clone(), tallies[1])];
        fairness_gaps(&cells, score(THRESHOLD), 0.95)
    };
    let whole = populations.each_ref().map(Population::whole);
    let truths = of(whole.each_ref());
    for (size, (rows, runs)) in SIZES.into_iter().enumerate() {
        for _ in 0..runs {
            let parts = [rows / 3, rows - rows / 3];
            let sample = [0, 1].map(|it| populations[it].sample(chance, parts[it]));
            for (found, truth) in of(sample.each_ref()).iter().zip(&truths) {
                let ends = found.lower.zip(found.upper);
                let Some((lower, upper)) = ends else { continue };
                if found.measure != truth.measure {
                    continue;
                }
                // Equalised odds are one of two gaps; which, the sample picks.
                let picked = match found.measure {
                    Measure::EqualisedOddsGap if found.method.contains("of sensitivity") => {
                        Measure::SensitivityGap
                    }
                    Measure::EqualisedOddsGap => Measure::SpecificityGap,
                    measure => measure,
                };
                let truth = truths.iter().find(|row| row.measure == picked).unwrap();
                let right = truth.estimate.unwrap();
                // Named the other way round, the same interval is that of the mirrored gap.
                let same = found.cohort == truth.cohort;
                let ratio = found.measure.name().ends_with("ratio");
                let right = match (same, ratio) {
                    (true, _) => right,
                    (false, true) => 1.0 / right,
                    (false, false) => -right,
                };
                note(all, size, found.measure.name(), (lower, upper), right);
            }
        }
    }
}

/// What does not hold the truth as often as it says, in percent of samples at 200, 2,000 and 20,000
/// rows, each as measured here; and why.
const OTHERWISE: &[(&str, [Option<f64>; 3], &str)] = &[
    ("observed_expected", [Some(0.9685), Some(0.9675), Some(0.9690)], TOO_WIDE),
    ("observed_expected_ratio", [Some(0.9685), Some(0.9645), Some(0.9720)], TOO_WIDE),
    ("equalised_odds_gap", [Some(0.9270), None, None], PICKED),
    ("rare: auroc", [Some(0.9210), None, None], FEW),
    ("rare: average_precision", [Some(0.8769), None, None], FEW),
    ("rare: brier", [Some(0.9225), None, None], FEW),
    ("rare: mean_score", [Some(0.9200), None, None], FEW),
    ("rare: net_benefit", [Some(0.9145), None, None], FEW),
    ("rare: net_benefit_treat_all", [Some(0.9000), Some(0.9345), None], FEW),
    ("rare: net_interventions_avoided", [Some(0.8900), None, None], FEW),
    ("rare: partial_auroc", [Some(0.8944), None, None], FEW),
    ("rare: scaled_brier", [Some(0.8534), None, None], FEW),
    ("rare: standardised_net_benefit", [Some(0.9155), None, None], FEW),
];

/// The usual standard error takes the outcomes for as many as an even risk would give; where risks
/// lie apart they vary less.
const TOO_WIDE: &str = "wider than it need be where risks lie apart";
/// The larger of two gaps is likely one that chance has made larger.
const PICKED: &str = "of two gaps that are alike, the one that looks larger is taken";
/// A normal interval is not skewed, and the few rows that decide it are.
const FEW: &str = "too narrow where about 7 of 200 rows have the outcome";

#[test]
fn every_interval_holds_the_truth_as_often_as_is_said() {
    let mut chance = Chance::seeded(2026);
    let mut all = Coverage::new();
    let population = Population::new(-1.2, 0.6, 0.2, 0.8);
    of_one_cell(&mut all, "", &population, THRESHOLD, &mut chance);
    // One row in thirty has the outcome.
    let rare = Population::new(-3.9, 0.6, 0.1, 0.9);
    of_one_cell(&mut all, "rare: ", &rare, 0.05, &mut chance);
    let others = [Population::new(-1.0, 0.6, 0.1, 0.9), Population::new(-1.5, 0.7, -0.2, 0.8)];
    of_two_groups(&mut all, &others, &mut chance);
    let mut faults = Vec::new();
    for (name, sizes) in &all {
        let shares = sizes.map(|it| f64::from(it.held) / f64::from(it.of));
        println!(
            "{name:28} {:.4} {:.4} {:.4}  of {:?}",
            shares[0],
            shares[1],
            shares[2],
            sizes.map(|it| it.of)
        );
        let known = OTHERWISE.iter().find(|(other, ..)| other == name);
        for (size, share) in shares.into_iter().enumerate() {
            let said = known.and_then(|(_, said, _)| said[size]);
            let error = (0.95 * 0.05 / f64::from(sizes[size].of)).sqrt();
            let near = match said {
                Some(said) => (share - said).abs() < 0.002,
                None => (share - 0.95).abs() <= 3.0 * error,
            };
            if !near {
                faults.push(format!("{name} at {}: {share:.4}, not {said:?}", SIZES[size].0));
            }
        }
    }
    for measure in Measure::ALL.iter().filter(|measure| measure.has_interval()) {
        assert!(all.contains_key(measure.name()), "{measure} is not among those looked at");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_gap_between_many_alike_groups_is_too_large() {
    // What the documentation warns of: twenty groups with one rate, and a gap that excludes 0.
    let mut chance = Chance::seeded(2027);
    let population = Population::new(-1.2, 0.6, 0.0, 1.0);
    let (mut excluded, mut rejected) = (0, 0);
    let runs = 200;
    for _ in 0..runs {
        let groups: Vec<Tally> = (0..20).map(|_| population.sample(&mut chance, 200)).collect();
        let cohort =
            |place: usize| Cohort { attribute: "unit".into(), level: format!("{place:02}") };
        let cells: Vec<_> =
            groups.iter().enumerate().map(|(place, it)| (cohort(place), it)).collect();
        let found = fairness_gaps(&cells, score(THRESHOLD), 0.95);
        let of = |measure| found.iter().find(|row| row.measure == measure).unwrap();
        excluded += u32::from(of(Measure::FlagRateGap).lower.unwrap() > 0.0);
        let p = of(Measure::FlagRateHeterogeneity).estimate.unwrap();
        rejected += u32::from(p < 0.05);
    }
    println!("gap excludes 0 in {excluded} of {runs}, test rejects in {rejected}");
    assert!(excluded > runs * 9 / 10);
    let error = (0.05 * 0.95 / f64::from(runs)).sqrt();
    assert!((f64::from(rejected) / f64::from(runs) - 0.05).abs() <= 3.0 * error);
    let curve = smooth_curve(&population.whole(), 11);
    assert!(curve.points.iter().all(|it| (it.observed - it.score).abs() < 1e-4));
}
