//! The integer counts of one cell of a prediction log.

use crate::{Histogram, Score};
use serde::{Deserialize, Serialize};

/// What is kept of the predictions of one cell (a version, a site, a period, a cohort).
///
/// All fields are integers, so adding rows in any order, or merging tallies in any order, gives the
/// same tally.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Predictions.
    pub n: u64,
    /// Predictions whose outcome happened.
    pub events: u64,
    /// Sum of the scores, in billionths.
    pub score_sum: u64,
    /// Sum of the scores of the predictions whose outcome happened, in billionths.
    pub event_score_sum: u64,
    /// Sum of the squared scores, in billionths of billionths.
    pub score_square_sum: u128,
    /// Outcomes by score.
    pub histogram: Histogram,
}

impl Tally {
    /// A tally of no rows.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            n: 0,
            events: 0,
            score_sum: 0,
            event_score_sum: 0,
            score_square_sum: 0,
            histogram: Histogram::empty(),
        }
    }

    /// Tallies items: a score, the rows without the outcome and those with it. Quickest in
    /// ascending order of score.
    #[must_use]
    pub fn from_counts(items: impl Iterator<Item = (Score, u64, u64)> + Clone) -> Self {
        let mut tally = Self::empty();
        for (score, without, with) in items.clone() {
            tally.add(score, without, with);
        }
        tally.histogram = Histogram::from_counts(items);
        tally
    }

    /// Tallies rows. Quickest in ascending order of score.
    #[must_use]
    pub fn from_rows(rows: impl IntoIterator<Item = (Score, bool)>) -> Self {
        let rows: Vec<_> = rows.into_iter().collect();
        let count =
            |&(score, outcome): &(Score, bool)| (score, u64::from(!outcome), u64::from(outcome));
        Self::from_counts(rows.iter().map(count))
    }

    /// Adds rows of one score to the sums.
    fn add(&mut self, score: Score, without: u64, with: u64) {
        let billionths = u64::from(score.billionths());
        let n = without + with;
        self.n += n;
        self.events += with;
        self.score_sum += billionths * n;
        self.event_score_sum += billionths * with;
        // Two factors of at most 64 bits each: it cannot wrap, and need not be checked.
        self.score_square_sum += u128::from(billionths * billionths).wrapping_mul(u128::from(n));
    }

    /// Adds the rows of another tally.
    pub fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.events += other.events;
        self.score_sum += other.score_sum;
        self.event_score_sum += other.event_score_sum;
        self.score_square_sum += other.score_square_sum;
        self.histogram.merge(&other.histogram);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counting_by_score_is_counting_row_by_row(
            mut items in vec((0..=Score::SCALE, 0..4_u64, 0..4_u64), 0..40), sort in any::<bool>()
        ) {
            items.retain(|(_, without, with)| without + with > 0);
            if sort {
                items.sort_unstable();
            }
            let items = items.into_iter().map(|(score, without, with)| {
                (Score::from_billionths(score), without, with)
            });
            let rows = items.clone().flat_map(|(score, without, with)| {
                let of = move |outcome, count| (0..count).map(move |_| (score, outcome));
                of(false, without).chain(of(true, with))
            });
            prop_assert_eq!(Tally::from_counts(items), Tally::from_rows(rows));
        }
    }
}
