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
/// Up to [`Histogram::MOST_BINS`] distinct scores are kept exactly. Beyond that the low bits of the score are dropped,
/// as few as bring the number of bins back under the limit. How many bits that takes depends only on the set of
/// scores, and grows with it, so `merge(tally(a), tally(b)) = tally(a and b)` holds bit for bit here too.
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

    /// Counts rows that come in ascending order of score. Rows out of order are counted rightly, but slowly.
    #[must_use]
    pub fn from_sorted(rows: impl IntoIterator<Item = (Score, bool)>) -> Self {
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
        histogram.coarsen_to_limit();
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
        let dropped = self.dropped_bits.max(other.dropped_bits);
        self.coarsen(dropped);
        let mut other = other.clone();
        other.coarsen(dropped);
        self.bins.append(&mut other.bins);
        self.bins.sort_by_key(|bin| bin.floor);
        self.join_equal();
        self.coarsen_to_limit();
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

    fn coarsen_to_limit(&mut self) {
        while self.bins.len() > Self::MOST_BINS {
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
