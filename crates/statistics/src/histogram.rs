//! Counts of outcomes by score: the mergeable state behind every rank statistic.

use crate::Score;
use serde::{Deserialize, Serialize};

/// The rows that share one score (or, in a coarsened histogram, one narrow band of scores).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bin {
    /// The lowest score of the band, in billionths.
    pub floor: u32,
    /// Rows without the outcome.
    pub without: u64,
    /// Rows with the outcome.
    pub with: u64,
}

/// Outcome counts by score, in ascending order of score.
///
/// Up to [`Histogram::MOST_BINS`] distinct scores are kept exactly. Beyond that the low bits of the
/// score are dropped, as few as bring the number of bins back under the limit. How many bits that
/// takes depends only on the set of scores, and grows with it, so
/// `merge(tally(a), tally(b)) = tally(a and b)` holds bit for bit here too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    dropped_bits: u32,
    bins: Vec<Bin>,
}

impl Histogram {
    /// The largest number of bins kept.
    pub const MOST_BINS: usize = 1 << 20;

    /// A histogram of no rows.
    #[must_use]
    pub fn empty() -> Self {
        Self { dropped_bits: 0, bins: Vec::new() }
    }

    /// Counts rows that come in ascending order of score. Rows out of order are counted rightly,
    /// but slowly.
    #[must_use]
    pub fn from_sorted(rows: impl IntoIterator<Item = (Score, bool)>) -> Self {
        Self::from_sorted_within(rows, Self::MOST_BINS)
    }

    /// As [`Self::from_sorted`], with a limit on the bins that tests can reach.
    pub(crate) fn from_sorted_within(
        rows: impl IntoIterator<Item = (Score, bool)>,
        most: usize,
    ) -> Self {
        let mut histogram = Self::empty();
        let mut bins: Vec<Bin> = Vec::new();
        let mut in_order = true;
        for (score, outcome) in rows {
            let floor = score.billionths();
            match bins.last_mut() {
                Some(last) if last.floor == floor => last.count(outcome),
                last => {
                    in_order &= last.is_none_or(|bin| bin.floor < floor);
                    let mut bin = Bin { floor, without: 0, with: 0 };
                    bin.count(outcome);
                    bins.push(bin);
                }
            }
        }
        if !in_order {
            bins.sort_by_key(|bin| bin.floor);
        }
        histogram.bins = bins;
        histogram.join_equal();
        histogram.coarsen_to(most);
        histogram
    }

    /// The bins, ascending by score, none empty.
    #[must_use]
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// True when each bin is one score, so that rank statistics are exact.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.dropped_bits == 0
    }

    /// The width of a bin in billionths: 1 when exact.
    #[must_use]
    pub fn band(&self) -> u32 {
        1 << self.dropped_bits
    }

    /// The score that stands for a bin: the score itself, or the middle of the band.
    #[must_use]
    pub fn score_of(&self, bin: &Bin) -> Score {
        let half = if self.dropped_bits == 0 { 0 } else { 1_u32 << (self.dropped_bits - 1) };
        Score::from_billionths(bin.floor.saturating_add(half))
    }

    /// Adds the counts of another histogram.
    pub fn merge(&mut self, other: &Self) {
        self.merge_within(other, Self::MOST_BINS);
    }

    fn merge_within(&mut self, other: &Self, most: usize) {
        let dropped = self.dropped_bits.max(other.dropped_bits);
        self.coarsen(dropped);
        let mut other = other.clone();
        other.coarsen(dropped);
        self.bins.append(&mut other.bins);
        self.bins.sort_by_key(|bin| bin.floor);
        self.join_equal();
        self.coarsen_to(most);
    }

    fn join_equal(&mut self) {
        self.bins.dedup_by(|next, kept| {
            let same = next.floor == kept.floor;
            if same {
                kept.without += next.without;
                kept.with += next.with;
            }
            same
        });
    }

    /// Drops as few bits as bring the number of bins to at most `most`, which is at least 1.
    fn coarsen_to(&mut self, most: usize) {
        while self.bins.len() > most {
            self.coarsen(self.dropped_bits + 1);
        }
    }

    fn coarsen(&mut self, dropped_bits: u32) {
        if dropped_bits <= self.dropped_bits {
            return;
        }
        for bin in &mut self.bins {
            bin.floor = (bin.floor >> dropped_bits) << dropped_bits;
        }
        self.dropped_bits = dropped_bits;
        self.join_equal();
    }
}

impl Bin {
    fn count(&mut self, outcome: bool) {
        if outcome {
            self.with += 1;
        } else {
            self.without += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    type Rows = Vec<(Score, bool)>;

    fn rows() -> impl Strategy<Value = Rows> {
        let score = prop_oneof![0..=Score::SCALE, 0..40_u32, Just(Score::SCALE)];
        vec((score.prop_map(Score::from_billionths), any::<bool>()), 0..60)
    }

    fn tally(rows: &Rows, most: usize) -> Histogram {
        let mut rows = rows.clone();
        rows.sort();
        Histogram::from_sorted_within(rows, most)
    }

    fn merged(a: &Histogram, b: &Histogram, most: usize) -> Histogram {
        let mut merged = a.clone();
        merged.merge_within(b, most);
        merged
    }

    proptest! {
        /// With a limit so low that nearly every merge coarsens, and with one that none reaches.
        #[test]
        fn merging_is_tallying_the_whole(
            a in rows(), b in rows(), c in rows(), most in prop_oneof![1..20_usize, Just(1000)]
        ) {
            let whole = tally(&[a.clone(), b.clone(), c.clone()].concat(), most);
            let [a, b, c] = [a, b, c].map(|rows| tally(&rows, most));
            prop_assert_eq!(&merged(&merged(&a, &b, most), &c, most), &whole);
            prop_assert_eq!(&merged(&a, &merged(&b, &c, most), most), &whole);
            prop_assert_eq!(merged(&a, &b, most), merged(&b, &a, most));
            prop_assert_eq!(&merged(&a, &Histogram::empty(), most), &a);
            prop_assert_eq!(&merged(&Histogram::empty(), &a, most), &a);
        }

        #[test]
        fn the_order_of_rows_changes_nothing(rows in rows(), most in 1..70_usize) {
            prop_assert_eq!(Histogram::from_sorted_within(rows.clone(), most), tally(&rows, most));
        }

        #[test]
        fn no_row_is_lost_and_bins_stay_under_the_limit(rows in rows(), most in 1..70_usize) {
            let histogram = tally(&rows, most);
            let with = rows.iter().filter(|(_, outcome)| *outcome).count() as u64;
            prop_assert_eq!(histogram.totals(), (rows.len() as u64 - with, with));
            prop_assert!(histogram.bins().len() <= most);
            prop_assert!(histogram.bins().is_sorted_by(|a, b| a.floor < b.floor));
            for (score, _) in &rows {
                let near = histogram.bins().iter().any(|bin| {
                    (bin.floor..bin.floor + histogram.band()).contains(&score.billionths())
                });
                prop_assert!(near, "{score:?}");
            }
        }
    }
}
