//! Cases small enough to work out on paper.

use super::*;
use crate::{
    Cohort, RocPoint, bnsp_auroc, bpsn_auroc, calibration_curve, decision_curve, fairness_gaps,
    precision_recall_curve, risk_distribution, roc_curve, smooth_curve, wilson,
};
use proptest::prelude::*;

/// Twelve rows: six of each outcome.
fn twelve() -> Tally {
    tally(&rows(&[
        (0.1, 0),
        (0.2, 0),
        (0.2, 1),
        (0.3, 0),
        (0.4, 0),
        (0.5, 1),
        (0.5, 0),
        (0.6, 1),
        (0.7, 1),
        (0.8, 0),
        (0.8, 1),
        (0.9, 1),
    ]))
}

#[test]
fn the_measures_of_twelve_rows() {
    let check = |measure: Measure, right: f64| {
        let [found, lower, upper] = numbers(&estimate(&twelve(), measure));
        assert_near(found, right, 1e-15, measure.name());
        assert!(lower < found && found < upper, "{measure}: {lower} {upper}");
    };
    // Rows without the outcome below each row with it, ties half: 1.5, 4.5, 5, 5, 5.5, 6 of 6 each.
    check(Measure::Auroc, 27.5 / 36.0);
    // Squared errors: .01 .04 .64 .09 .16 .25 .25 .16 .09 .64 .04 .01.
    check(Measure::Brier, 2.38 / 12.0);
    check(Measure::ScaledBrier, 1.0 - 2.38 / 12.0 / 0.25);
    check(Measure::ObservedExpected, 6.0 / 6.0);
    check(Measure::OutcomeRate, 0.5);
    check(Measure::MeanScore, 0.5);
    // Flagged from 0.5 on: five with the outcome, two without.
    check(Measure::Sensitivity, 5.0 / 6.0);
    check(Measure::Specificity, 4.0 / 6.0);
    check(Measure::Ppv, 5.0 / 7.0);
    check(Measure::Npv, 4.0 / 5.0);
    check(Measure::FlagRate, 7.0 / 12.0);
    check(Measure::NetBenefit, 5.0 / 12.0 - 2.0 / 12.0);
    check(Measure::NetBenefitTreatAll, 0.0);
}

#[test]
fn intervals_are_those_of_the_formulas() {
    let z = 1.959_963_984_540_054;
    let check = |measure: Measure, lower: f64, upper: f64| {
        let [_, l, u] = numbers(&estimate(&twelve(), measure));
        assert_near(l, lower, 1e-12, measure.name());
        assert_near(u, upper, 1e-12, measure.name());
    };
    let error = (0.5_f64 / 6.0).sqrt();
    check(Measure::ObservedExpected, (-z * error).exp(), (z * error).exp());
    // Squared distances from the mean score sum to 0.78.
    let error = (0.78 / 11.0 / 12.0_f64).sqrt();
    check(Measure::MeanScore, 0.5 - z * error, 0.5 + z * error);
    // Net benefit: terms 1 (five times), -1 (twice), 0 (five times); mean 1/4, mean square 7/12.
    let error = ((7.0 / 12.0 - 1.0 / 16.0) / 12.0_f64).sqrt();
    check(Measure::NetBenefit, 0.25 - z * error, 0.25 + z * error);
    // At 0.2 a false alarm costs 1/4: 1 (six times), -1/4 (five times), 0 (once).
    let found = estimates(&twelve(), None, None, &[score(0.2)], 0.95);
    let found = found.iter().find(|row| row.measure == Measure::NetBenefit).unwrap();
    let [benefit, lower, _] = numbers(found);
    let error = (((6.0 + 5.0 / 16.0) / 12.0 - benefit * benefit) / 12.0).sqrt();
    assert_near(lower, benefit - z * error, 1e-12, "net benefit at 0.2");
}

#[test]
fn recalibration_of_two_scores_has_a_closed_form() {
    // Two scores, so the fitted line goes through both observed log odds.
    let mut all = Vec::new();
    for (value, with, without) in [(0.2, 30, 70), (0.6, 50, 50)] {
        all.extend(std::iter::repeat_n((score(value), true), with));
        all.extend(std::iter::repeat_n((score(value), false), without));
    }
    let logit = |p: f64| (p / (1.0 - p)).ln();
    let (rise, run) = (logit(0.5) - logit(0.3), logit(0.6) - logit(0.2));
    let slope = rise / run;
    // Variance of a log odds of k of n: 1/k + 1/(n − k).
    let error = (1.0 / 30.0 + 1.0 / 70.0 + 1.0 / 50.0 + 1.0 / 50.0_f64).sqrt() / run;
    let [found, lower, upper] = numbers(&estimate(&tally(&all), Measure::CalibrationSlope));
    assert_near(found, slope, 1e-9, "slope");
    assert_near((upper - lower) / 2.0, 1.959_963_984_540_054 * error, 1e-9, "slope's reach");
}

#[test]
fn what_the_rows_do_not_determine_is_not_guessed() {
    use Measure::*;
    let check = |written: Vec<(f64, u8)>, missing: &[Measure], more_needed: Option<u64>| {
        let tally = tally(&rows(&written));
        for &measure in Measure::ALL.iter().filter(|measure| **measure < SensitivityGap) {
            let found = estimate(&tally, measure);
            if missing.contains(&measure) {
                assert_eq!(found.status, Status::NotEnoughData { more_needed }, "{measure}");
                assert_eq!((found.estimate, found.lower, found.upper), (None, None, None));
                assert_eq!(found.n, Some(tally.n));
            } else {
                numbers(&found);
            }
        }
    };
    let curve = [Ici, E50, E90, Emax];
    let needs_both = [
        Auroc,
        PartialAuroc,
        AveragePrecision,
        ScaledBrier,
        ObservedExpected,
        CalibrationIntercept,
        CalibrationSlope,
    ];
    let one_class = [&needs_both[..], &curve].concat();
    // No outcome: at a mean score of 0.2, eleven are expected in 55 rows.
    let of_hits = [Sensitivity, Ppv, NumberNeededToEvaluate, StandardisedNetBenefit];
    check(vec![(0.2, 0); 20], &[&one_class[..], &of_hits].concat(), Some(55));
    check(vec![(0.6, 1); 20], &[&one_class[..], &[Specificity, Npv]].concat(), Some(28));
    // Scores that separate the outcomes, with a tie at the border too.
    let ranks = [Auroc, PartialAuroc, AveragePrecision, CalibrationSlope];
    let apart = [vec![(0.1, 0); 10], vec![(0.9, 1); 10]].concat();
    check(apart, &[&ranks[..], &curve].concat(), None);
    let touching = [vec![(0.1, 0); 10], vec![(0.5, 0), (0.5, 1)], vec![(0.9, 1); 10]].concat();
    check(touching, &[&[CalibrationSlope], &curve[..]].concat(), None);
    // One score for all: ranks say nothing, and say so with certainty.
    let same = [vec![(0.3, 0); 10], vec![(0.3, 1); 10]].concat();
    check(same, &[&[CalibrationSlope, Ppv, NumberNeededToEvaluate], &curve[..]].concat(), None);
    // One row with the outcome has no variance.
    let single = [vec![(0.1, 0), (0.2, 0), (0.6, 0), (0.7, 0)], vec![(0.3, 0); 10]].concat();
    let ranks = [Auroc, PartialAuroc, AveragePrecision, NumberNeededToEvaluate];
    check([single, vec![(0.4, 1)]].concat(), &ranks, None);
    check(Vec::new(), Measure::ALL, Some(11));
    // Certain scores, some of them wrong; the test of all scores has no variance there.
    let certain = [vec![(0.0, 0); 10], vec![(1.0, 1); 10], vec![(0.0, 1), (1.0, 0)]].concat();
    check(certain, &[&[SpiegelhalterP], &curve[..]].concat(), None);
}

#[test]
fn banded_scores_are_owned_up_to() {
    let exact = tally(&rows(&[(0.1, 0), (0.300_000_001, 0), (0.3, 1), (0.5, 1)].repeat(5)));
    // 0.3 and its neighbour come into one band.
    let mut histogram = exact.histogram.clone();
    histogram.band_by(&crate::Grid::new(crate::Grid::FINEST, [score(0.3), score(0.5)]));
    assert_eq!(histogram.bins().len(), 3);
    let banded = Tally { histogram, ..exact.clone() };
    let check = |measure: Measure, method: &str, moved: f64| {
        let found = estimate(&banded, measure);
        assert_eq!(found.method, method);
        let right = estimate(&exact, measure).estimate.unwrap();
        assert_near(found.estimate.unwrap(), right + moved, 1e-12, measure.name());
    };
    let auroc = "DeLong, logit interval; scores in bands of 3.3e-5, within 1.3e-1 of exact";
    check(Measure::Auroc, auroc, 0.125);
    check(Measure::Brier, "normal interval; scores in bands of 3.3e-5", 0.0);
    check(Measure::ObservedExpected, "log-normal interval", 0.0);
    check(Measure::Sensitivity, "Wilson interval; scores in bands of 3.3e-5", 0.0);
}

#[test]
fn a_small_cell_shows_nothing() {
    let ten = tally(&rows(&[(0.3, 0), (0.4, 1)].repeat(5)));
    let found = estimates(&ten, None, Some("2026-03"), &[score(0.2), score(0.5)], 0.95);
    assert_eq!(found.len(), 15 + 2 * 11);
    for row in found {
        assert_eq!(row.status, Status::Suppressed);
        let shown = (row.n, row.events, row.estimate, row.lower, row.upper);
        assert_eq!(shown, (None, None, None, None, None));
        assert_eq!(row.period.as_deref(), Some("2026-03"));
    }
    assert!(calibration_curve(&ten, 10).groups.is_empty());
    assert!(roc_curve(&ten, 100).points.is_empty());
    assert!(decision_curve(&ten, &[score(0.2)]).points.is_empty());
    assert!(risk_distribution(&ten, 20).bins.is_empty());
}

/// `flagged` of `n` rows flagged from 0.5 on; the outcome happened for `hits` of those flagged and
/// for `missed` of the others.
fn group(n: usize, flagged: usize, hits: usize, missed: usize) -> Tally {
    let row = |index: usize| match index.checked_sub(flagged) {
        None => (score(0.7), index < hits),
        Some(rest) => (score(0.2), rest < missed),
    };
    tally(&(0..n).map(row).collect::<Vec<_>>())
}

fn race(level: &str) -> Cohort {
    Cohort { attribute: "race".into(), level: level.into() }
}

#[test]
fn gaps_name_the_two_groups_furthest_apart() {
    let a = group(100, 40, 20, 10);
    let b = group(200, 30, 15, 15);
    let c = group(50, 15, 11, 0);
    let tiny = group(10, 10, 10, 0);
    let cells = [(race("B"), &b), (race("A"), &a), (race("C"), &c), (race("D"), &tiny)];
    let found = fairness_gaps(&cells, score(0.5), 0.95);
    let check = |measure: Measure, level: &str, right: f64, n: u64| {
        let row = found.iter().find(|row| row.measure == measure).unwrap();
        assert_eq!(row.cohort, Some(race(level)), "{measure}");
        let [gap, lower, upper] = numbers(row);
        assert_near(gap, right, 1e-15, measure.name());
        assert!(lower < gap && gap < upper, "{measure}: {lower} {upper}");
        assert_eq!(row.n, Some(n), "{measure}");
    };
    check(Measure::FlagRateGap, "A - B", 0.4 - 0.15, 300);
    check(Measure::FlagRateRatio, "B / A", 0.15 / 0.4, 300);
    check(Measure::SensitivityGap, "C - B", 1.0 - 0.5, 250);
    check(Measure::SpecificityGap, "B - A", 155.0 / 170.0 - 50.0 / 70.0, 300);
    check(Measure::PpvGap, "C - A", 11.0 / 15.0 - 0.5, 150);
    let ratio = found.iter().find(|row| row.measure == Measure::FlagRateRatio).unwrap();
    let error = (0.85 / 30.0 + 0.6 / 40.0_f64).sqrt();
    let upper = 0.375 * (1.959_963_984_540_054 * error).exp();
    assert_near(ratio.upper.unwrap(), upper, 1e-12, "Katz");
    // O/E: A 30/40, B 30/55, C 11/17.5, from mean scores of .4, .275 and .35.
    let row = found.last().unwrap();
    assert_eq!(row.measure, Measure::ObservedExpectedHeterogeneity);
    assert_eq!((row.n, row.events), (Some(350), Some(71)));
    let weights = [30.0 / 0.7, 30.0 / 0.85, 11.0 / 0.78];
    let logs = [30.0 / 40.0, 30.0 / 55.0, 11.0 / 17.5].map(f64::ln);
    let pairs = || weights.iter().zip(logs);
    let mean = pairs().map(|(w, l)| w * l).sum::<f64>() / weights.iter().sum::<f64>();
    let q = pairs().map(|(w, l)| w * (l - mean) * (l - mean)).sum::<f64>();
    // With two degrees of freedom the chi-square tail is e^(−q/2).
    assert_near(row.estimate.unwrap(), (-q / 2.0).exp(), 1e-12, "heterogeneity");
}

#[test]
fn a_gap_needs_two_groups() {
    let a = group(100, 40, 20, 10);
    let check = |cells: &[(Cohort, &Tally)], more: usize| {
        let found = fairness_gaps(cells, score(0.5), 0.95);
        assert_eq!(found.len(), more);
        for row in found {
            assert_eq!(row.status, Status::NotEnoughData { more_needed: None });
            assert_eq!(row.cohort, Some(race("fewer than two groups")));
        }
    };
    check(&[], 0);
    check(&[(race("A"), &a)], 20);
    check(&[(race("A"), &a), (race("B"), &group(10, 5, 2, 2))], 20);
    // Equal groups make a gap of nothing, with an interval.
    let found = fairness_gaps(&[(race("A"), &a), (race("B"), &a)], score(0.5), 0.95);
    let [gap, lower, upper] = numbers(&found[0]);
    assert_eq!(gap, 0.0);
    assert!(lower < 0.0 && 0.0 < upper);
    assert_eq!(found[0].cohort, Some(race("A - B")));
}

#[test]
fn a_rate_over_a_handful_of_rows_makes_no_gap() {
    // B has eight rows with the outcome: too few for what counts them, enough for all else.
    let (a, b) = (group(100, 40, 20, 10), group(100, 30, 3, 5));
    let found = fairness_gaps(&[(race("A"), &a), (race("B"), &b)], score(0.5), 0.95);
    let missing = found.iter().filter(|row| row.estimate.is_none()).map(|row| row.measure);
    let right = [
        Measure::SensitivityGap,
        Measure::EqualisedOddsGap,
        Measure::AurocGap,
        Measure::SensitivityRatio,
        Measure::ObservedExpectedRatio,
        Measure::SensitivityHeterogeneity,
        Measure::AurocHeterogeneity,
    ];
    assert_eq!(missing.collect::<Vec<_>>(), right);
}

#[test]
fn what_is_said_of_two_groups() {
    let (a, b) = (group(100, 40, 20, 10), group(200, 30, 15, 15));
    let found = fairness_gaps(&[(race("A"), &a), (race("B"), &b)], score(0.5), 0.95);
    let of = |measure: Measure| found.iter().filter(move |row| row.measure == measure);
    let check = |measure: Measure, level: &str, right: f64| {
        let row = of(measure).next().unwrap();
        assert_eq!(row.cohort, Some(race(level)), "{measure}");
        assert_near(numbers(row)[0], right, 1e-14, measure.name());
        assert_eq!(row.lower.is_some(), measure.has_interval(), "{measure}");
    };
    check(Measure::NpvGap, "B - A", 155.0 / 170.0 - 50.0 / 60.0);
    // False positives: 20 of 70 against 15 of 170; sensitivity: 20 of 30 against 15 of 30.
    check(Measure::EqualisedOddsGap, "B - A", 20.0 / 70.0 - 15.0 / 170.0);
    check(Measure::FalsePositiveRateRatio, "B / A", 15.0 / 170.0 / (20.0 / 70.0));
    check(Measure::SensitivityRatio, "B / A", 0.5 / (2.0 / 3.0));
    check(Measure::ObservedExpectedRatio, "B / A", 30.0 / 55.0 / (30.0 / 40.0));
    // Two scores: the area is half of sensitivity and specificity together.
    let (area_a, area_b) = ((2.0 / 3.0 + 50.0 / 70.0) / 2.0, (0.5 + 155.0 / 170.0) / 2.0);
    check(Measure::AurocGap, "B - A", area_b - area_a);
    // Chi-square of 40 of 100 and 30 of 200 at 70 of 300.
    let rate = 70.0_f64 / 300.0;
    let part = |count: f64, rows: f64| (count - rows * rate).powi(2) / (rows * rate * (1.0 - rate));
    let row = of(Measure::FlagRateHeterogeneity).next().unwrap();
    let statistic = part(40.0, 100.0) + part(30.0, 200.0);
    assert!(row.method.contains(&format!("X² {statistic:.2}, 1 df")), "{}", row.method);
    let shrunk: Vec<f64> = of(Measure::FlagRateShrunk).map(|row| row.estimate.unwrap()).collect();
    assert!(shrunk[0] < 0.4 && shrunk[1] > 0.15 && shrunk[0] > rate && shrunk[1] < rate);
    // Intersections are cells like others.
    let pair = |level: &str| Cohort { attribute: "race and sex".into(), level: level.into() };
    let cells = [(pair("A, F"), &a), (pair("B, F"), &b)];
    let found = fairness_gaps(&cells, score(0.5), 0.95);
    assert_eq!(found[0].cohort, Some(pair("A, F - B, F")));
}

#[test]
fn a_group_is_compared_with_all_others_by_outcome() {
    let group = tally(&rows(&[(0.2, 0), (0.4, 0), (0.6, 1), (0.7, 1)]));
    let others = tally(&rows(&[(0.1, 0), (0.6, 0), (0.3, 1), (0.4, 1), (0.9, 1)]));
    // Cases of the others against the group's rows without: 0.3 beats one of two, 0.4 one and a
    // half, 0.9 both.
    let (found, lower, upper) = bpsn_auroc(&group, &others, 0.95).unwrap();
    assert_near(found, 4.5 / 6.0, 1e-15, "BPSN");
    assert!(lower < found && found < upper);
    // The group's cases against the others' rows without: one and a half, and both.
    assert_near(bnsp_auroc(&group, &others, 0.95).unwrap().0, 3.5 / 4.0, 1e-15, "BNSP");
    assert_eq!(bpsn_auroc(&group, &Tally::empty(), 0.95), None);
}

#[test]
fn thresholds_say_what_acting_costs_and_saves() {
    let check = |measure: Measure, right: f64| {
        assert_near(numbers(&estimate(&twelve(), measure))[0], right, 1e-13, measure.name());
    };
    // Five hits and two false alarms of twelve; one missed, four passed; odds 1.
    check(Measure::FlagsPer100, 700.0 / 12.0);
    check(Measure::NumberNeededToEvaluate, 7.0 / 5.0);
    check(Measure::StandardisedNetBenefit, 3.0 / 6.0);
    check(Measure::NetInterventionsAvoided, 100.0 * (4.0 - 1.0) / 12.0);
    check(Measure::BrierUncertainty, 0.25);
    let found = estimate(&twelve(), Measure::NumberNeededToEvaluate);
    let (lower, upper) = wilson(5, 7, 0.95).unwrap();
    assert_near(found.lower.unwrap(), 1.0 / upper, 1e-15, "lower");
    assert_near(found.upper.unwrap(), 1.0 / lower, 1e-15, "upper");
    // From the top: 0.9 (1 of 1), 0.8 (2 of 3), 0.7, 0.6 (4 of 5), 0.5 (5 of 7), 0.2 (6 of 11).
    let precision = (1.0 + 2.0 / 3.0 + 3.0 / 4.0 + 4.0 / 5.0 + 5.0 / 7.0 + 6.0 / 11.0) / 6.0;
    check(Measure::AveragePrecision, precision);
    // Up to a false positive rate of 0.1 the curve rises from 1/6 along a line to 1/6 + 0.1.
    let area = 0.1 * (1.0 / 6.0 + (1.0 / 6.0 + 0.1)) / 2.0;
    check(Measure::PartialAuroc, (1.0 + (area - 0.005) / 0.095) / 2.0);
}

#[test]
fn newcombe_gives_the_published_interval() {
    // Newcombe 1998, Statistics in Medicine 17:873, table II (a), method 10: 56/70 - 48/80.
    let groups = [group(70, 56, 20, 2), group(80, 48, 20, 2)];
    let cells = [(race("A"), &groups[0]), (race("B"), &groups[1])];
    let [gap, lower, upper] = numbers(&fairness_gaps(&cells, score(0.5), 0.95)[0]);
    assert_near(gap, 0.2, 1e-15, "gap");
    assert_near(lower, 0.0524, 5e-5, "lower");
    assert_near(upper, 0.3339, 5e-5, "upper");
}

#[test]
fn the_roc_curve_of_twelve_rows() {
    let point = |threshold, without: u8, with: u8| RocPoint {
        threshold,
        false_positive_rate: f64::from(without) / 6.0,
        sensitivity: f64::from(with) / 6.0,
    };
    let curve = roc_curve(&twelve(), 100);
    let right = [
        point(None, 0, 0),
        point(Some(0.9), 0, 1),
        point(Some(0.8), 1, 2),
        point(Some(0.7), 1, 3),
        point(Some(0.6), 1, 4),
        point(Some(0.5), 2, 5),
        point(Some(0.4), 3, 5),
        point(Some(0.3), 4, 5),
        point(Some(0.2), 5, 6),
        point(Some(0.1), 6, 6),
    ];
    assert_eq!(curve.points, right);
}

#[test]
fn a_long_roc_curve_is_thinned_evenly() {
    let long: Vec<_> = (0..1000).map(|i| (f64::from(i) / 1000.0, u8::from(i % 3 == 0))).collect();
    let points = roc_curve(&tally(&rows(&long)), 100).points;
    assert!((90..=100).contains(&points.len()), "{}", points.len());
    let walks = points.windows(2).map(|pair| {
        pair[1].false_positive_rate - pair[0].false_positive_rate + pair[1].sensitivity
            - pair[0].sensitivity
    });
    assert!(walks.fold(0.0, f64::max) < 0.025);
}

#[test]
fn the_decision_curve_is_the_net_benefit() {
    let curve = decision_curve(&twelve(), &[score(0.2), score(0.5), score(1.0)]);
    assert_eq!(curve.points.len(), 2, "no net benefit at 1");
    // At 0.2: six hits, five false alarms, odds 1/4; treating all: six false alarms.
    assert_near(curve.points[0].model, 6.0 / 12.0 - 5.0 / 12.0 / 4.0, 1e-15, "model");
    assert_near(curve.points[0].treat_all, 6.0 / 12.0 - 6.0 / 12.0 / 4.0, 1e-15, "all");
    assert_near(curve.points[1].model, 0.25, 1e-15, "model");
}

#[test]
fn a_decision_curve_says_what_is_avoided() {
    let point = decision_curve(&twelve(), &[score(0.2)]).points.remove(0);
    // One passed, at 0.1, and none missed.
    let avoided = point.avoided.unwrap();
    assert_near(avoided.per_100, 100.0 / 12.0, 1e-13, "avoided");
    assert_near(avoided.per_100, 100.0 * (point.model - point.treat_all) / 0.25, 1e-12, "avoided");
    assert!(point.lower.unwrap() < point.model && point.model < point.upper.unwrap());
    assert_eq!(decision_curve(&twelve(), &[score(0.0)]).points[0].avoided, None);
}

#[test]
fn the_precision_recall_curve_of_twelve_rows() {
    let points = precision_recall_curve(&twelve(), 100).points;
    let found: Vec<_> = points.iter().map(|it| (it.threshold, it.recall, it.precision)).collect();
    assert_eq!(found[0], (0.9, 1.0 / 6.0, 1.0));
    assert_eq!(found[1], (0.8, 2.0 / 6.0, 2.0 / 3.0));
    assert_eq!(found.last(), Some(&(0.1, 1.0, 0.5)));
    assert_eq!(found.len(), 9);
    // Thinned: its steps of recall add up to average precision only while all points are kept.
    let mut last = 0.0;
    let area = points
        .iter()
        .map(|it| (it.recall - std::mem::replace(&mut last, it.recall)) * it.precision);
    let right = numbers(&estimate(&twelve(), Measure::AveragePrecision))[0];
    assert_near(area.sum(), right, 1e-14, "steps");
    for most in [0, 1, 2, 5] {
        let points = precision_recall_curve(&twelve(), most).points;
        assert!(points.len() <= most.max(1) && points[points.len() - 1].recall == 1.0, "{most}");
    }
}

#[test]
fn a_smooth_curve_lies_in_its_band_and_gives_nothing_without_both_outcomes() {
    let curve = smooth_curve(
        &tally(&rows(
            &[
                (0.1, 0),
                (0.2, 0),
                (0.3, 1),
                (0.35, 0),
                (0.5, 1),
                (0.6, 0),
                (0.8, 1),
                (0.4, 0),
                (0.7, 1),
                (0.15, 1),
                (0.9, 1),
                (0.05, 0),
            ]
            .repeat(5),
        )),
        21,
    );
    assert_eq!((curve.points.len(), curve.knots.len()), (21, 4));
    assert_eq!((curve.points[0].score, curve.points[20].score), (0.05, 0.9));
    for point in &curve.points {
        assert!(point.lower < point.observed && point.observed < point.upper, "{point:?}");
    }
    assert_eq!(smooth_curve(&tally(&rows(&[(0.3, 0); 40])), 21), Default::default());
}

#[test]
fn the_risk_distribution_counts_every_row_once() {
    let spread = risk_distribution(&twelve(), 5);
    let counts: Vec<_> = spread.bins.iter().map(|bin| (bin.without, bin.with)).collect();
    assert_eq!(counts, [(1, 0), (2, 1), (2, 1), (0, 2), (1, 2)]);
    assert_eq!((spread.bins[1].from, spread.bins[1].to), (0.2, 0.4));
    let ends = tally(&rows(&[(0.0, 0), (1.0, 1)].repeat(6)));
    let spread = risk_distribution(&ends, 20);
    assert_eq!((spread.bins[0].without, spread.bins[19].with), (6, 6));
}

#[test]
fn calibration_groups_are_of_equal_size_where_scores_allow() {
    let check = |scores: &[f64], groups: usize, sizes: &[u64]| {
        let written: Vec<_> = scores.iter().map(|&value| (value, 0)).collect();
        let curve = calibration_curve(&tally(&rows(&written)), groups);
        assert_eq!(curve.groups.iter().map(|group| group.n).collect::<Vec<_>>(), sizes);
    };
    let hundred: Vec<f64> = (0..200).map(|index| f64::from(index) / 200.0).collect();
    check(&hundred, 10, &[20; 10]);
    check(&hundred, 0, &[200]);
    check(&hundred[..115], 10, &[12, 11, 12, 11, 12, 11, 12, 11, 12, 11]);
    check(&hundred[..45], 10, &[12, 11, 11, 11]);
    // Nine in ten rows share a score.
    check(&[vec![0.1; 180], hundred[160..180].to_vec()].concat(), 10, &[180, 20]);
    check(&[vec![0.1; 180], hundred[160..168].to_vec()].concat(), 10, &[188]);
    let curve = calibration_curve(&twelve(), 1);
    let group = &curve.groups[0];
    assert_eq!((group.n, group.events, group.observed), (12, 6, 0.5));
    assert_near(group.mean_score, 0.5, 1e-15, "mean score");
    assert!(group.lower < 0.5 && group.upper > 0.5);
}

proptest! {
    #[test]
    fn curves_keep_their_promises(
        written in proptest::collection::vec((0..50_u32, any::<bool>()), 11..300),
        groups in 0..15_usize,
        most in 0..30_usize,
    ) {
        let rows: Vec<Row> = written
            .iter()
            .map(|&(level, outcome)| (Score::from_billionths(level * 20_000_000), outcome))
            .collect();
        let tally = tally(&rows);
        let curve = calibration_curve(&tally, groups);
        prop_assert!(curve.groups.len() <= groups.max(1));
        prop_assert!(curve.groups.iter().all(|group| group.n >= 11));
        prop_assert_eq!(curve.groups.iter().map(|group| group.n).sum::<u64>(), tally.n);
        prop_assert_eq!(curve.groups.iter().map(|group| group.events).sum::<u64>(), tally.events);

        let roc = roc_curve(&tally, most).points;
        if tally.events > 0 && tally.events < tally.n {
            prop_assert!((2..=most.max(2)).contains(&roc.len()), "{}", roc.len());
            let last = &roc[roc.len() - 1];
            prop_assert_eq!((last.false_positive_rate, last.sensitivity), (1.0, 1.0));
        } else {
            prop_assert!(roc.is_empty());
        }
    }
}
