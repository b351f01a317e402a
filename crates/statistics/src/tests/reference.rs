//! Fast formulas against slow ones that follow the definition.

use super::*;
use crate::discrimination::Auroc;
use crate::log_odds::LogOdds;
use crate::recalibration::Recalibration;
use proptest::collection::vec;
use proptest::prelude::*;

/// Rows with many ties, or hardly any.
pub(crate) fn some_rows() -> impl Strategy<Value = Vec<Row>> {
    let score = prop_oneof![0..=Score::SCALE, (0..=20_u32).prop_map(|step| step * 50_000_000)];
    vec((score.prop_map(Score::from_billionths), any::<bool>()), 11..80)
}

/// Every pair looked at: the area, and DeLong's variance from the two sets of placements.
fn auroc_by_pairs(rows: &[Row]) -> Option<(f64, Option<f64>)> {
    let scores = |with: bool| -> Vec<Score> {
        rows.iter().filter(|row| row.1 == with).map(|row| row.0).collect()
    };
    let (with, without) = (scores(true), scores(false));
    if with.is_empty() || without.is_empty() {
        return None;
    }
    let win = |a: Score, b: Score| {
        if a > b {
            1.0
        } else if a == b {
            0.5
        } else {
            0.0
        }
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let variance = |values: &[f64]| {
        let centre = mean(values);
        let squares = values.iter().map(|value| (value - centre).powi(2)).sum::<f64>();
        squares / (values.len() as f64 - 1.0)
    };
    let v10: Vec<f64> = with
        .iter()
        .map(|&a| mean(&without.iter().map(|&b| win(a, b)).collect::<Vec<_>>()))
        .collect();
    let v01: Vec<f64> = without
        .iter()
        .map(|&b| mean(&with.iter().map(|&a| win(a, b)).collect::<Vec<_>>()))
        .collect();
    let enough = v10.len() > 1 && v01.len() > 1;
    let both = variance(&v10) / v10.len() as f64 + variance(&v01) / v01.len() as f64;
    Some((mean(&v10), enough.then_some(both.sqrt())))
}

/// The score equations of logit P(y) = a + b·logit(p): zero at the best fit.
fn gradient(rows: &[Row], a: f64, b: f64) -> (f64, f64) {
    rows.iter().fold((0.0, 0.0), |(sum_a, sum_b), &(score, outcome)| {
        let p = score.value().clamp(1e-6, 1.0 - 1e-6);
        let logit = (p / (1.0 - p)).ln();
        let residual = f64::from(u8::from(outcome)) - 1.0 / (1.0 + (-(a + b * logit)).exp());
        (sum_a + residual, sum_b + residual * logit)
    })
}

fn recalibration(rows: &[Row]) -> Recalibration {
    let tally = tally(rows);
    Recalibration::of(&tally, &LogOdds::of(&tally.histogram), 1.96)
}

proptest! {
    #[test]
    fn auroc_and_delong_are_those_of_all_pairs(rows in some_rows()) {
        let found = Auroc::of(&tally(&rows).histogram);
        match (found, auroc_by_pairs(&rows)) {
            (None, None) => {}
            (Some(found), Some((area, standard_error))) => {
                prop_assert!((found.area - area).abs() < 1e-12);
                prop_assert_eq!(found.standard_error.is_some(), standard_error.is_some());
                let both = found.standard_error.zip(standard_error);
                prop_assert!(both.is_none_or(|(a, b)| (a - b).abs() < 1e-12), "{:?}", both);
            }
            (found, right) => prop_assert!(false, "{:?} {:?}", found, right),
        }
    }

    /// Half the tied pairs bound what banding can do to the area.
    #[test]
    fn the_stated_bound_on_a_banded_area_holds(rows in some_rows(), bits in 1..29_u32) {
        let banded: Vec<Row> = rows
            .iter()
            .map(|&(score, outcome)| (Score::from_billionths(score.billionths() >> bits), outcome))
            .collect();
        let both = (Auroc::of(&tally(&rows).histogram), Auroc::of(&tally(&banded).histogram));
        if let (Some(exact), Some(banded)) = both {
            prop_assert!((exact.area - banded.area).abs() <= banded.half_ties + 1e-12);
        }
    }

    #[test]
    fn the_fitted_intercept_is_where_the_likelihood_is_flat(rows in some_rows()) {
        let fit = recalibration(&rows);
        if let Ok(found) = fit.intercept {
            let (flat, _) = gradient(&rows, found.estimate, 1.0);
            prop_assert!(flat.abs() < 1e-6, "{flat}");
        }
        let events = rows.iter().filter(|row| row.1).count();
        let both = events > 0 && events < rows.len();
        prop_assert_eq!(fit.intercept.is_ok(), both, "a fit exists exactly with both outcomes");
    }

    /// With the best intercept beside the fitted slope, both score equations hold.
    #[test]
    fn the_fitted_slope_is_where_the_likelihood_is_flat(rows in some_rows()) {
        let clipped = |with: bool| {
            let of_outcome = rows.iter().filter(move |row| row.1 == with);
            of_outcome.map(|row| row.0.billionths().clamp(1_000, Score::SCALE - 1_000))
        };
        let overlap = clipped(true).min() < clipped(false).max()
            && clipped(false).min() < clipped(true).max()
            && clipped(true).count() > 0;
        let fit = recalibration(&rows).slope;
        prop_assert_eq!(fit.is_ok(), overlap, "a fit exists exactly when outcomes overlap");
        let Ok(found) = fit else { return Ok(()) };
        // The intercept that goes with the slope, by bisection of its score equation.
        let (mut low, mut high) = (-1000.0, 1000.0);
        for _ in 0..200 {
            let middle = (low + high) / 2.0;
            let rising = gradient(&rows, middle, found.estimate).0 > 0.0;
            if rising { low = middle } else { high = middle }
        }
        let (_, flat) = gradient(&rows, low, found.estimate);
        prop_assert!(flat.abs() < 1e-5, "slope {} leaves {flat}", found.estimate);
    }

    #[test]
    fn brier_is_the_mean_squared_error(rows in some_rows()) {
        let errors: Vec<f64> = rows
            .iter()
            .map(|&(score, outcome)| (score.value() - f64::from(u8::from(outcome))).powi(2))
            .collect();
        let n = errors.len() as f64;
        let mean = errors.iter().sum::<f64>() / n;
        let variance = errors.iter().map(|error| (error - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let [found, _, upper] = numbers(&estimate(&tally(&rows), Measure::Brier));
        prop_assert!((found - mean).abs() < 1e-12);
        let reach = 1.959_963_984_540_054 * (variance / n).sqrt();
        prop_assert!((upper - (mean + reach).min(1.0)).abs() < 1e-12);
    }

    /// The delta method agrees with the jackknife, which knows no formula.
    #[test]
    fn the_interval_of_the_scaled_brier_score_is_that_of_a_jackknife(rows in some_rows()) {
        let rows = rows.repeat(20);
        let found = estimate(&tally(&rows), Measure::ScaledBrier);
        if found.estimate.is_none() { return Ok(()) }
        let n = rows.len() as f64;
        let square = |row: &Row| (row.0.value() - f64::from(u8::from(row.1))).powi(2);
        let (sum, events) = (
            rows.iter().map(square).sum::<f64>(),
            rows.iter().filter(|row| row.1).count() as f64,
        );
        let without: Vec<f64> = rows
            .iter()
            .map(|row| {
                let rate = (events - f64::from(u8::from(row.1))) / (n - 1.0);
                1.0 - (sum - square(row)) / (n - 1.0) / (rate * (1.0 - rate))
            })
            .collect();
        let mean = without.iter().sum::<f64>() / n;
        let spread = without.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let error = (spread * (n - 1.0) / n).sqrt();
        let reach = found.estimate.unwrap() - found.lower.unwrap();
        prop_assert!((reach - 1.96 * error).abs() <= 0.05 * reach + 1e-9, "{reach} {error}");
    }

    #[test]
    fn no_output_is_infinite_or_missing_without_a_reason(
        rows in vec(
            (prop_oneof![Just(0), Just(Score::SCALE), 0..=Score::SCALE, Just(1)], any::<bool>()),
            0..40,
        ),
        level in prop_oneof![0.5..0.999, Just(f64::NAN), Just(2.0), Just(-1.0)],
    ) {
        let rows: Vec<Row> =
            rows.iter().map(|&(b, outcome)| (Score::from_billionths(b), outcome)).collect();
        let thresholds = [0.0, 0.5, 1.0].map(score);
        for row in estimates(&tally(&rows), None, None, &thresholds, level) {
            let numbers = [row.estimate, row.lower, row.upper];
            let there = row.status == Status::Estimated;
            let ends = there && row.measure.has_interval();
            for (number, there) in numbers.into_iter().zip([there, ends, ends]) {
                prop_assert_eq!(number.is_some_and(f64::is_finite), there, "{:?}", row);
                prop_assert_eq!(number.is_some(), there, "{:?}", row);
            }
            if let [Some(estimate), Some(lower), Some(upper)] = numbers {
                prop_assert!(lower <= estimate && estimate <= upper, "{:?}", row);
            }
            prop_assert!(row.level > 0.0 && row.level < 1.0);
        }
    }
}
