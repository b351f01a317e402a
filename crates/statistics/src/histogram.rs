//! Counts of outcomes by score: the mergeable state behind every rank statistic.

use crate::{Grid, Score};
use serde::{Deserialize, Serialize};

/// The rows that share one score, or, in a banded histogram, one narrow band of scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bin {
    /// The lowest score that is counted here, in billionths.
    pub floor: u32,
    /// The highest; the same as the lowest when the bin is one score.
    pub last: u32,
    /// Rows without the outcome.
    pub without: u64,
    /// Rows with the outcome.
    pub with: u64,
}

/// Outcome counts by score, in ascending order of score.
///
/// Each score has a bin of its own until the histogram is brought to a [`Grid`]; then each band
/// has. Merging brings both sides to the finest grid that both can be brought to, so
/// `merge(tally(a), tally(b)) = tally(a and b)` holds bit for bit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// None: each bin is one score.
    grid: Option<Grid>,
    bins: Vec<Bin>,
}

impl Histogram {
    /// A histogram of no rows.
    #[must_use]
    pub fn empty() -> Self {
        Self { grid: None, bins: Vec::new() }
    }

    /// Counts rows, each score apart. Quickest in ascending order.
    #[must_use]
    pub fn from_rows(rows: impl IntoIterator<Item = (Score, bool)>) -> Self {
        let count =
            |(score, outcome): (Score, bool)| (score, u64::from(!outcome), u64::from(outcome));
        Self::from_counts(rows.into_iter().map(count))
    }

    /// Counts rows by score: the score, the rows without the outcome and those with it. Quickest in
    /// ascending order.
    #[must_use]
    pub fn from_counts(items: impl IntoIterator<Item = (Score, u64, u64)>) -> Self {
        let bin = |(score, without, with): (Score, u64, u64)| {
            let floor = score.billionths();
            Bin { floor, last: floor, without, with }
        };
        Self { grid: None, bins: gathered(items.into_iter().map(bin)) }
    }

    /// Takes bins that were counted by the bands of a grid.
    #[must_use]
    pub fn from_bands(grid: Grid, bins: impl IntoIterator<Item = Bin>) -> Self {
        Self { grid: Some(grid), bins: gathered(bins.into_iter()) }
    }

    /// The bins, ascending by score, none empty.
    #[must_use]
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// True when each bin is one score, so that rank statistics are exact.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.grid.is_none()
    }

    /// The width of the widest bands in billionths: 1 when exact.
    #[must_use]
    pub fn band(&self) -> u32 {
        self.grid.as_ref().map_or(1, Grid::widest)
    }

    /// The score that stands for a bin: the score itself, or the middle of the band.
    #[must_use]
    pub fn score_of(&self, bin: &Bin) -> Score {
        Score::from_billionths(bin.floor.midpoint(bin.last))
    }

    /// Brings the counts to a grid: each score becomes one of its band. A histogram that is on
    /// another grid comes to the finest that both can be brought to.
    pub fn band_by(&mut self, grid: &Grid) {
        let grid = self.grid.as_ref().map_or_else(|| grid.clone(), |own| own.common(grid));
        if self.grid.as_ref() == Some(&grid) {
            return;
        }
        let wider = |bin: &Bin| {
            let (floor, last) = grid.range_of(Score::from_billionths(bin.floor));
            Bin { floor, last, ..*bin }
        };
        self.bins = gathered(self.bins.iter().map(wider));
        self.grid = Some(grid);
    }

    /// Adds the counts of another histogram.
    pub fn merge(&mut self, other: &Self) {
        let mut banded;
        let mut other = other;
        if self.grid != other.grid && !other.bins.is_empty() {
            if self.bins.is_empty() {
                self.grid.clone_from(&other.grid);
            } else {
                banded = other.clone();
                other.grid.iter().for_each(|grid| self.band_by(grid));
                self.grid.iter().for_each(|grid| banded.band_by(grid));
                other = &banded;
            }
        }
        let bins = gathered(Union { one: &self.bins, other: &other.bins });
        self.bins = bins;
    }
}

/// Bins in ascending order, those with one floor joined and empty ones left out.
fn gathered(bins: impl Iterator<Item = Bin>) -> Vec<Bin> {
    let mut all: Vec<Bin> = Vec::with_capacity(bins.size_hint().0);
    let mut ordered = true;
    for bin in bins.filter(|bin| bin.without + bin.with > 0) {
        match all.last_mut() {
            Some(last) if last.floor == bin.floor => {
                last.without += bin.without;
                last.with += bin.with;
                continue;
            }
            Some(last) => ordered &= last.floor < bin.floor,
            None => {}
        }
        all.push(bin);
    }
    if !ordered {
        all.sort_unstable_by_key(|bin| bin.floor);
        all = gathered(all.into_iter());
    }
    all
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

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.one.len().max(self.other.len()), Some(self.one.len() + self.other.len()))
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

    fn grids() -> impl Strategy<Value = Option<Grid>> {
        let cuts = vec((0..=Score::SCALE).prop_map(Score::from_billionths), 0..3);
        proptest::option::of((1..=15_u8, cuts).prop_map(|(fine, cuts)| Grid::new(fine, cuts)))
    }

    fn tally(rows: &Rows, grid: Option<&Grid>) -> Histogram {
        let mut histogram = Histogram::from_rows(rows.iter().copied());
        grid.into_iter().for_each(|grid| histogram.band_by(grid));
        histogram
    }

    fn merged(a: &Histogram, b: &Histogram) -> Histogram {
        let mut merged = a.clone();
        merged.merge(b);
        merged
    }

    proptest! {
        #[test]
        fn merging_is_tallying_the_whole(
            a in rows(), b in rows(), c in rows(), grid in grids(), sometimes in any::<bool>()
        ) {
            let whole = tally(&[a.clone(), b.clone(), c.clone()].concat(), grid.as_ref());
            // One part may be exact still, if there is another that is not.
            let first = if sometimes && !(b.is_empty() && c.is_empty()) { None } else { grid.as_ref() };
            let exact = tally(&a, first);
            let [a, b, c] = [a, b, c].map(|rows| tally(&rows, grid.as_ref()));
            prop_assert_eq!(&merged(&merged(&exact, &b), &c), &whole);
            prop_assert_eq!(&merged(&c, &merged(&b, &exact)), &whole);
            prop_assert_eq!(merged(&a, &b), merged(&b, &a));
            prop_assert_eq!(&merged(&a, &Histogram::empty()), &a);
            let begun_empty = merged(&Histogram::empty(), &a);
            prop_assert_eq!(begun_empty.bins(), a.bins());
        }

        #[test]
        fn the_order_of_rows_changes_nothing(rows in rows(), grid in grids()) {
            let mut sorted = rows.clone();
            sorted.sort();
            prop_assert_eq!(tally(&rows, grid.as_ref()), tally(&sorted, grid.as_ref()));
        }

        #[test]
        fn counts_in_bands_can_be_brought_to_a_coarser_grid(
            rows in rows(), one in grids(), other in grids()
        ) {
            let (Some(one), Some(other)) = (one, other) else { return Ok(()) };
            let mut twice = tally(&rows, Some(&one));
            twice.band_by(&other);
            prop_assert_eq!(twice, tally(&rows, Some(&one.common(&other))));
        }

        #[test]
        fn no_row_is_lost_and_each_is_in_its_band(rows in rows(), grid in grids()) {
            let histogram = tally(&rows, grid.as_ref());
            let with = rows.iter().filter(|(_, outcome)| *outcome).count() as u64;
            prop_assert_eq!(histogram.totals(), (rows.len() as u64 - with, with));
            prop_assert!(histogram.bins().is_sorted_by(|a, b| a.last < b.floor));
            for (score, _) in &rows {
                let inside = |bin: &Bin| (bin.floor..=bin.last).contains(&score.billionths());
                prop_assert!(histogram.bins().iter().any(inside), "{score:?}");
            }
        }
    }
}
