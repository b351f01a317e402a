//! What must not change, or must change in a known way, when the data are changed.

use super::reference::some_rows;
use super::*;
use crate::discrimination::Auroc;
use proptest::prelude::*;

fn area(rows: &[Row]) -> Option<f64> {
    Auroc::of(&tally(rows).histogram).map(|auroc| auroc.area)
}

proptest! {
    #[test]
    fn a_rising_transform_of_the_score_leaves_auroc_alone(rows in some_rows()) {
        // Halving and lifting keeps the order of billionths that are even.
        let each = |change: fn(u32) -> u32| -> Vec<Row> {
            let moved = |&(s, y): &Row| (Score::from_billionths(change(s.billionths())), y);
            rows.iter().map(moved).collect()
        };
        let (even, moved) = (each(|b| b / 2 * 2), each(|b| b / 2 + 400_000_000));
        let both = (Auroc::of(&tally(&even).histogram), Auroc::of(&tally(&moved).histogram));
        prop_assert_eq!(both.0, both.1);
    }

    #[test]
    fn swapping_the_outcomes_turns_auroc_around(rows in some_rows()) {
        let swapped: Vec<Row> = rows.iter().map(|&(s, y)| (s, !y)).collect();
        if let (Some(one), Some(other)) = (area(&rows), area(&swapped)) {
            prop_assert!((one + other - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn a_rising_transform_of_the_score_moves_nothing_that_ranks(rows in some_rows()) {
        let each = |change: fn(u32) -> u32| -> Vec<Row> {
            let moved = |&(s, y): &Row| (Score::from_billionths(change(s.billionths())), y);
            rows.iter().map(moved).collect()
        };
        let both = [each(|b| b / 2 * 2), each(|b| b / 2 + 400_000_000)].map(|rows| tally(&rows));
        for measure in [
            Measure::PartialAuroc, Measure::AveragePrecision, Measure::BrierDiscrimination,
        ] {
            let [one, other] = both.each_ref().map(|tally| estimate(tally, measure));
            prop_assert_eq!((one.estimate, one.lower), (other.estimate, other.lower));
        }
    }

    /// The chance that the outcome does not happen is as good a score as the chance that it does.
    #[test]
    fn turning_scores_and_outcomes_around_changes_signs_alone(rows in some_rows()) {
        let turned: Vec<Row> = rows
            .iter()
            .map(|&(s, y)| (Score::from_billionths(Score::SCALE - s.billionths()), !y))
            .collect();
        let all = |rows: &[Row]| estimates(&tally(rows), None, None, &[], 0.95);
        for (one, other) in all(&rows).iter().zip(all(&turned)) {
            let (Some(found), Some(mirrored)) = (one.estimate, other.estimate) else { continue };
            let right = match one.measure {
                Measure::CalibrationIntercept => -mirrored,
                Measure::OutcomeRate | Measure::MeanScore => 1.0 - mirrored,
                // These look at one outcome, or end groups at the upper row of equal parts.
                Measure::PartialAuroc
                | Measure::AveragePrecision
                | Measure::ObservedExpected
                | Measure::DebiasedEce => continue,
                _ => mirrored,
            };
            prop_assert!((found - right).abs() < 1e-6 * (1.0 + found.abs()), "{:?}", one);
        }
    }

    #[test]
    fn rows_counted_twice_move_no_estimate(rows in some_rows()) {
        let once = estimates(&tally(&rows), None, None, &[score(0.5)], 0.95);
        let twice = estimates(&tally(&rows.repeat(2)), None, None, &[score(0.5)], 0.95);
        for (once, twice) in once.iter().zip(&twice) {
            prop_assert_eq!(once.measure, twice.measure);
            // How likely chance alone is hangs on how many rows there are.
            if matches!(once.measure, Measure::SpiegelhalterP | Measure::DebiasedEce) {
                continue;
            }
            if let (Some(a), Some(b)) = (once.estimate, twice.estimate) {
                prop_assert!((a - b).abs() < 1e-8 * (1.0 + a.abs()), "{:?}", once);
            }
        }
    }

    /// Bit for bit, however the rows are split and ordered.
    #[test]
    fn splitting_the_rows_changes_nothing(
        rows in some_rows(), cut in 0..11_usize, by in 1..5_usize
    ) {
        let whole = tally(&rows);
        let (left, right) = rows.split_at(cut);
        let mut merged = Tally::empty();
        merged.merge(&tally(right));
        for part in left.chunks(by) {
            merged.merge(&tally(part));
        }
        prop_assert_eq!(&merged, &whole);
        let all = |tally: &Tally| estimates(tally, None, None, &[score(0.3)], 0.95);
        prop_assert_eq!(all(&merged), all(&whole));
    }

    /// A tally written down and read back is the same.
    #[test]
    fn a_tally_survives_json(rows in some_rows()) {
        let whole = tally(&rows);
        let json = serde_json::to_string(&whole).unwrap();
        prop_assert_eq!(serde_json::from_str::<Tally>(&json).unwrap(), whole);
    }
}
