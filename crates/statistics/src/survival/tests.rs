//! Against other people's libraries and complex steps (`oracles/survival.py`), against the plain
//! measures where nothing is censored, and by simulation.

use super::*;
use crate::chance::{Chance, Coverage};
use crate::tests::{assert_near, score, tally};
use crate::{Measure, Merge, Status, estimates, math};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

fn row(time: f64, ending: u8, p: f64) -> FollowUp {
    let ending = match ending {
        0 => Ending::Censored,
        1 => Ending::Event,
        _ => Ending::Competing,
    };
    FollowUp { time: Number::new(time).unwrap(), ending, score: score(p) }
}

fn number(value: f64) -> Number {
    Number::new(value).unwrap()
}

fn find(found: &[Finding<AtHorizon>], measure: SurvivalMeasure) -> &Finding<AtHorizon> {
    found.iter().find(|finding| finding.of.measure == measure).unwrap()
}

/// Standard errors by the width of the interval, on the scale on which it is symmetric.
fn error(found: &Finding<AtHorizon>) -> f64 {
    use SurvivalMeasure as M;
    let (estimate, lower, upper) =
        (found.estimate.unwrap(), found.lower.unwrap(), found.upper.unwrap());
    let scale = |value: f64| match found.of.measure {
        M::ObservedExpected => math::ln(value),
        M::Brier | M::ScaledBrier | M::NetBenefit | M::MeanScore => value,
        _ => math::logit(value),
    };
    let reach = (scale(upper) - scale(lower)) / 2.0 / math::critical_value(0.95);
    match found.of.measure {
        M::ObservedExpected | M::Brier | M::ScaledBrier | M::NetBenefit | M::MeanScore => reach,
        _ => reach * estimate * (1.0 - estimate),
    }
}

#[test]
fn values_and_errors_are_what_others_find() {
    let oracle: Value = serde_json::from_str(include_str!("../../oracles/survival.json")).unwrap();
    let mut compared = 0;
    for case in oracle["cases"].as_array().unwrap() {
        let rows: Vec<(f64, u8, f64)> = serde_json::from_value(case["rows"].clone()).unwrap();
        let rows = Counts::from_rows(rows.iter().map(|&(t, d, p)| row(t, d, p)).collect());
        let horizon = number(case["horizon"].as_f64().unwrap());
        let right: BTreeMap<String, (f64, f64)> =
            serde_json::from_value(case["measures"].clone()).unwrap();
        let thresholds: Vec<Score> = [0.3, 0.35, 0.4, 0.5].into_iter().map(score).collect();
        for finding in survival_estimates(&rows, horizon, &thresholds, 0.95) {
            let at = finding.of.threshold.map(|t| format!(" {t}")).unwrap_or_default();
            let name = format!("{}{at}", finding.of.measure);
            let logged = finding.of.measure == SurvivalMeasure::ObservedExpected;
            let key = if logged { format!("log_{name}") } else { name.clone() };
            let Some(&(value, deviation)) = right.get(&key) else { continue };
            let found = finding.estimate.unwrap();
            let found = if logged { math::ln(found) } else { found };
            assert_near(found, value, 1e-9, &name);
            assert_near(error(&finding), deviation, 1e-9, &name);
            compared += 1;
        }
        assert_eq!(
            find(&survival_estimates(&rows, horizon, &[], 0.95), SurvivalMeasure::HarrellC)
                .estimate
                .is_some(),
            right.contains_key("harrell_c")
        );
    }
    assert_eq!(compared, 17 + 12 + 10 + 12);
}

#[test]
fn without_censoring_the_measures_are_the_plain_ones() {
    let mut chance = Chance::seeded(60);
    let drawn: Vec<_> = (0..500)
        .map(|_| {
            let p = (chance.uniform() * 50.0).round() / 50.0;
            (score(p), chance.uniform() < p)
        })
        .collect();
    let follow = |&(p, outcome): &(Score, bool)| FollowUp {
        time: number(if outcome { 0.5 } else { 1.0 }),
        ending: if outcome { Ending::Event } else { Ending::Censored },
        score: p,
    };
    let rows = Counts::from_rows(drawn.iter().map(follow).collect());
    let found = survival_estimates(&rows, number(1.0), &[score(0.4)], 0.95);
    let plain = estimates(&tally(&drawn), None, None, &[score(0.4)], 0.95);
    let mut compared = 0;
    for row in &plain {
        let same = |it: &&Finding<AtHorizon>| {
            let name = it.of.measure.name();
            name == row.measure.name()
                || name == "observed_risk" && row.measure == Measure::OutcomeRate
        };
        let Some(found) = found.iter().find(same) else { continue };
        assert_near(found.estimate.unwrap(), row.estimate.unwrap(), 1e-12, row.measure.name());
        compared += 1;
        if [Measure::NetBenefit, Measure::FlagRate].contains(&row.measure) {
            assert_near(found.lower.unwrap(), row.lower.unwrap(), 1e-12, row.measure.name());
        }
    }
    assert_eq!(compared, 12);
}

#[test]
fn what_follow_up_does_not_tell_is_not_guessed() {
    let too_few = Status::NotEnoughData { more_needed: None };
    let spread = |i: usize| (i % 9) as f64 / 10.0;
    let check = |rows: &[FollowUp], measure, status| {
        let found =
            survival_estimates(&Counts::from_rows(rows.to_vec()), number(2.0), &[score(0.3)], 0.95);
        assert_eq!(find(&found, measure).status, status, "{measure}");
    };
    use SurvivalMeasure as M;
    let all_censored: Vec<_> = (0..40).map(|i| row(1.0 + spread(i), 0, spread(i))).collect();
    let free: Vec<_> = (0..40).map(|i| row(2.0, 0, spread(i))).collect();
    // Followed for less than the horizon: nothing there is known.
    let short: Vec<_> =
        (0..40).map(|i| row(1.0 + i as f64 / 50.0, u8::from(i % 3 == 1), spread(i))).collect();
    for rows in [&all_censored, &free, &short] {
        for measure in
            [M::ObservedRisk, M::ObservedExpected, M::Auroc, M::Sensitivity, M::ScaledBrier]
        {
            check(rows, measure, too_few);
        }
        check(rows, M::MeanScore, Status::Estimated);
        check(rows, M::FlagRate, Status::Estimated);
    }
    check(&free, M::Brier, Status::Estimated);
    check(&short, M::Brier, too_few);
    check(&short, M::HarrellC, Status::Estimated);
    // The last row ends with the event: all had it, and the spread says nothing.
    let exhausted: Vec<_> =
        short.iter().map(|it| row(it.time.value(), 1, it.score.value())).collect();
    check(&exhausted, M::ObservedExpected, too_few);
    check(&exhausted, M::Brier, Status::Estimated);
    let constant: Vec<_> =
        (0..40).map(|i| row(i as f64 / 10.0, u8::from(i % 2 == 0), 0.4)).collect();
    check(&constant, M::ObservedRisk, Status::Estimated);
    check(&constant, M::Auroc, too_few);
    check(&constant, M::MeanScore, too_few);
    check(&constant[..10], M::ObservedRisk, Status::Suppressed);
    check(&[], M::ObservedRisk, too_few);
    let competing: Vec<_> =
        (0..40).map(|i| row(i as f64 / 10.0, (i % 3) as u8, spread(i))).collect();
    check(&competing, M::HarrellC, too_few);
    check(&competing, M::Auroc, Status::Estimated);
    let counted = horizon_rows(&Counts::from_rows(competing), number(2.0));
    assert_eq!(counted, HorizonRows { n: 40, events: 7, competing: 7, free: 19, censored: 7 });
}

proptest! {
    #[test]
    fn the_split_and_unit_of_time_change_nothing(
        rows in vec((0..30_u8, 0..3_u8, 0..=20_u8), 11..80), cut in 0..80_usize
    ) {
        let of = |unit: f64, rows: &[(u8, u8, u8)]| {
            let one = |&(t, d, p): &(u8, u8, u8)| row(f64::from(t) * unit, d, f64::from(p) / 20.0);
            Counts::from_rows(rows.iter().map(one).collect())
        };
        let (left, right) = rows.split_at(cut.min(rows.len()));
        let mut merged = of(1.0, right);
        merged.merge(&of(1.0, left));
        let at = |counts: &Counts<FollowUp>, horizon| {
            survival_estimates(counts, number(horizon), &[score(0.5)], 0.95)
        };
        let whole = at(&of(1.0, &rows), 15.0);
        prop_assert_eq!(&at(&merged, 15.0), &whole);
        prop_assert_eq!(&at(&of(0.125, &rows), 1.875), &whole);
        for finding in &whole {
            if let (Some(lower), Some(upper)) = (finding.lower, finding.upper) {
                let inside = (lower..=upper).contains(&finding.estimate.unwrap());
                prop_assert!(inside, "{finding:?}");
            }
        }
    }
}

/// Times to event and to a competing event, and a score.
type Truth = (f64, f64, f64);

fn population(seed: u64) -> Vec<Truth> {
    let mut chance = Chance::seeded(seed);
    (0..60_000)
        .map(|_| {
            let x = chance.normal();
            let event = chance.exponential() / (0.4 * math::exp(x));
            let competing = chance.exponential() / 0.2;
            let risk = 1.0 - math::exp(-0.4 * math::exp(0.9 * x + 0.4 * chance.normal()));
            (event, competing, (risk * 1000.0).round() / 1000.0)
        })
        .collect()
}

/// What is seen of a row that is followed for `until`.
fn seen(&(event, competing, p): &Truth, compete: bool, until: f64) -> FollowUp {
    let competing = if compete { competing } else { f64::INFINITY };
    let end = event.min(competing);
    match () {
        () if end > until => row(until, 0, p),
        () if event < competing => row(event, 1, p),
        () => row(competing, 2, p),
    }
}

fn check_coverage(compete: bool, documented: &[(usize, &[(&str, f64)])]) {
    let population = population(61);
    let horizon = number(1.0);
    let thresholds = [score(0.35)];
    // Nothing is censored before far beyond the horizon.
    let all = population.iter().map(|truth| seen(truth, compete, 1e6)).collect();
    let mut truth = survival_estimates(&Counts::from_rows(all), horizon, &thresholds, 0.95);
    let mut chance = Chance::seeded(62);
    // A third is censored by the horizon.
    let censored = |chance: &mut Chance, truth: &Truth| {
        let until = (2.4 * chance.exponential()).min(3.0);
        seen(truth, compete, until)
    };
    if !compete {
        // Harrell's C depends on how rows are censored.
        let often = (0..12).flat_map(|_| &population).map(|it| censored(&mut chance, it)).collect();
        let of = survival_estimates(&Counts::from_rows(often), horizon, &[], 0.95);
        let harrell = find(&of, SurvivalMeasure::HarrellC).estimate;
        for finding in truth.iter_mut().filter(|it| it.of.measure == SurvivalMeasure::HarrellC) {
            finding.estimate = harrell;
        }
    }
    for ((n, runs), (_, documented)) in
        [(200, 1500), (2000, 600), (20_000, 120)].into_iter().zip(documented)
    {
        let mut coverage = Coverage::default();
        for _ in 0..runs {
            let rows = (0..n).map(|_| {
                let truth = *chance.of(&population);
                censored(&mut chance, &truth)
            });
            let rows = Counts::from_rows(rows.collect());
            for (found, truth) in
                survival_estimates(&rows, horizon, &thresholds, 0.95).iter().zip(&truth)
            {
                if let Some(truth) = truth.estimate {
                    let interval = found.lower.zip(found.upper);
                    coverage.see(found.of.measure.name(), interval, truth);
                }
            }
        }
        coverage.check(&format!("n = {n}, competing: {compete}"), documented);
    }
}

#[test]
fn intervals_at_a_horizon_hold_as_often_as_they_say() {
    check_coverage(false, &[(200, &[]), (2000, &[]), (20_000, &[])]);
}

#[test]
fn intervals_hold_with_competing_events() {
    check_coverage(true, &[(200, &[]), (2000, &[]), (20_000, &[])]);
}
