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

/// How far apart the scores of a set are, which decides how many of their low bits a histogram
/// drops.
///
/// Knowing this before counting saves the bins that would be joined later.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spacing {
    last: Option<u32>,
    /// A score was lower than the one before; then nothing is known.
    disordered: bool,
    /// For each bit, the neighbours of which it is the highest that differs. They fall into one bin
    /// as soon as this bit is dropped, and not before.
    parted_by: [usize; u32::BITS as usize],
}

impl Spacing {
    /// Takes in a score in billionths, which is not lower than the one before; it may come again.
    pub fn see(&mut self, score: u32) {
        let last = self.last.replace(score);
        self.disordered |= last.is_some_and(|last| last > score);
        if let Some(last) = last
            && let Some(highest) = (last ^ score).checked_ilog2()
            && let Some(count) = self.parted_by.get_mut(highest as usize)
        {
            *count += 1;
        }
    }

    /// The fewest bits that may be dropped to keep at most `most` bins, which is at least 1; and
    /// the number of bins then.
    fn coarsest(&self, most: usize) -> (u32, usize) {
        let mut bins = usize::from(self.last.is_some());
        for (bit, count) in self.parted_by.iter().enumerate().rev() {
            if bins + count > most {
                return (bit as u32 + 1, bins);
            }
            bins += count;
        }
        (0, bins)
    }
}

impl Histogram {
    /// The largest number of bins kept.
    pub const MOST_BINS: usize = 1 << 20;

    /// A histogram of no rows.
    #[must_use]
    pub fn empty() -> Self {
        Self { dropped_bits: 0, bins: Vec::new() }
    }

    /// Counts items in ascending order of score: a score, the rows without the outcome and those
    /// with it, together at least one. The scores are those that `spacing` has seen, and low bits
    /// that are dropped already are zero in them.
    pub(crate) fn spaced(
        items: impl Iterator<Item = (u32, u64, u64)>,
        spacing: &Spacing,
        dropped: u32,
        most: usize,
    ) -> Self {
        let (bits, count) = spacing.coarsest(most);
        let mut histogram = Self { dropped_bits: bits.max(dropped), bins: Vec::new() };
        if spacing.disordered {
            histogram.dropped_bits = dropped;
            items.for_each(|(score, without, with)| {
                histogram.count_within(Score::from_billionths(score), without, with, most);
            });
            return histogram;
        }
        histogram.bins.reserve_exact(count);
        let mut open: Option<Bin> = None;
        for (score, without, with) in items {
            let floor = histogram.floor_of(score);
            match &mut open {
                Some(bin) if bin.floor == floor => {
                    bin.without += without;
                    bin.with += with;
                }
                _ => histogram.bins.extend(open.replace(Bin { floor, without, with })),
            }
        }
        histogram.bins.extend(open);
        histogram
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
        for (score, outcome) in rows {
            histogram.count_within(score, u64::from(!outcome), u64::from(outcome), most);
        }
        histogram
    }

    /// Counts rows of one score. Quick when no score before was higher.
    pub(crate) fn count(&mut self, score: Score, without: u64, with: u64) {
        self.count_within(score, without, with, Self::MOST_BINS);
    }

    fn count_within(&mut self, score: Score, without: u64, with: u64, most: usize) {
        if without == 0 && with == 0 {
            return;
        }
        let floor = self.floor_of(score.billionths());
        match self.bins.last_mut() {
            Some(last) if last.floor == floor => {
                last.without += without;
                last.with += with;
                return;
            }
            Some(last) if last.floor > floor => {
                let place = self.bins.partition_point(|bin| bin.floor < floor);
                self.bins.insert(place, Bin { floor, without, with });
                self.join_equal();
            }
            _ => self.bins.push(Bin { floor, without, with }),
        }
        self.coarsen_to(most);
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
        let items = Union { one: &self.bins, other: &other.bins }
            .map(|bin| ((bin.floor >> dropped) << dropped, bin.without, bin.with));
        let mut spacing = Spacing::default();
        items.clone().for_each(|(floor, ..)| spacing.see(floor));
        *self = Self::spaced(items, &spacing, dropped, most);
    }

    /// Where the band that holds a score begins.
    fn floor_of(&self, billionths: u32) -> u32 {
        (billionths >> self.dropped_bits) << self.dropped_bits
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
        if self.bins.len() > most {
            let mut spacing = Spacing::default();
            self.bins.iter().for_each(|bin| spacing.see(bin.floor));
            self.coarsen(spacing.coarsest(most).0);
        }
    }

    fn coarsen(&mut self, dropped_bits: u32) {
        if dropped_bits <= self.dropped_bits {
            return;
        }
        self.dropped_bits = dropped_bits;
        for bin in &mut self.bins {
            bin.floor = (bin.floor >> dropped_bits) << dropped_bits;
        }
        self.join_equal();
    }
}

/// The bins of two histograms in ascending order.
#[derive(Debug, Clone)]
struct Union<'a> {
    one: &'a [Bin],
    other: &'a [Bin],
}

impl Iterator for Union<'_> {
    type Item = Bin;

    fn next(&mut self) -> Option<Bin> {
        let from = match (self.one.first(), self.other.first()) {
            (Some(one), Some(other)) if other.floor < one.floor => &mut self.other,
            (None, _) => &mut self.other,
            _ => &mut self.one,
        };
        let (first, rest) = from.split_first()?;
        *from = rest;
        Some(*first)
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
        fn spacing_tells_the_bits_that_counting_would_drop(rows in rows(), most in 1..70_usize) {
            let wanted = tally(&rows, most);
            let mut scores: Vec<Score> = rows.iter().map(|(score, _)| *score).collect();
            scores.sort();
            let mut spacing = Spacing::default();
            scores.into_iter().for_each(|score| spacing.see(score.billionths()));
            prop_assert_eq!(spacing.coarsest(most), (wanted.dropped_bits, wanted.bins.len()));
            let item = |(score, outcome): &(Score, bool)| {
                (score.billionths(), u64::from(!outcome), u64::from(*outcome))
            };
            let mut sorted = rows.clone();
            sorted.sort();
            let spaced = Histogram::spaced(sorted.iter().map(item), &spacing, 0, most);
            prop_assert_eq!(&spaced, &wanted);
            // Out of order, the spacing knows nothing and the histogram comes out all the same.
            let mut spacing = Spacing::default();
            rows.iter().for_each(|(score, _)| spacing.see(score.billionths()));
            let spaced = Histogram::spaced(rows.iter().map(item), &spacing, 0, most);
            prop_assert_eq!(&spaced, &wanted);
            // The naive way: a bit more until the number of distinct floors is small enough.
            let distinct = |bits: u32| {
                let floors = rows.iter().map(|(score, _)| score.billionths() >> bits);
                floors.collect::<std::collections::BTreeSet<_>>().len()
            };
            prop_assert_eq!((0..).find(|&bits| distinct(bits) <= most), Some(wanted.dropped_bits));
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
