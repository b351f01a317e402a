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

    /// Tallies rows, best given in ascending order of score.
    #[must_use]
    pub fn from_sorted(rows: impl IntoIterator<Item = (Score, bool)>) -> Self {
        let mut tally = Self::empty();
        let mut count = |(score, outcome): (Score, bool)| {
            let billionths = u64::from(score.billionths());
            tally.n += 1;
            tally.score_sum += billionths;
            tally.score_square_sum += u128::from(billionths) * u128::from(billionths);
            if outcome {
                tally.events += 1;
                tally.event_score_sum += billionths;
            }
            (score, outcome)
        };
        let histogram = Histogram::from_sorted(rows.into_iter().map(&mut count));
        tally.histogram = histogram;
        tally
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
