//! Bands of scores, for logs with more distinct scores than can be kept apart.

use crate::Score;
use serde::{Deserialize, Serialize};

/// Half of the scores lie at or below this, in billionths.
const HALF: u32 = Score::SCALE / 2;
/// Bits of the largest score of the lower half.
const TOP: u32 = u32::BITS - HALF.leading_zeros();

/// A division of all scores, 0 to 1, into bands.
///
/// Bands are narrow where chances are small or large, for there a small step means much: about as
/// wide as the root of p(1 − p), which is what the noise of an outcome is. Between a power of two
/// and the next all bands are equally wide, a whole power of two of billionths; above one half they
/// mirror those below. A coarser grid is made of whole bands of a finer one, so that counts in
/// bands can be brought to a coarser grid and give what counting there would have given.
///
/// A cut is a score at which a band ends and the next begins. With the thresholds as cuts, what is
/// flagged is counted exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    fineness: u8,
    /// Ascending, each once, in billionths.
    cuts: Vec<u32>,
}

impl Grid {
    /// The finest grid: about 47,000 bands, at most 3.3e-5 wide.
    pub const FINEST: u8 = 15;

    /// A grid with bands of at most 2^-`fineness` or so (1 to [`Self::FINEST`]; what lies outside
    /// is brought inside), cut at `cuts`.
    #[must_use]
    pub fn new(fineness: u8, cuts: impl IntoIterator<Item = Score>) -> Self {
        let mut cuts: Vec<u32> = cuts.into_iter().map(Score::billionths).collect();
        cuts.sort_unstable();
        cuts.dedup();
        Self { fineness: fineness.clamp(1, Self::FINEST), cuts }
    }

    /// The same cuts with wider bands.
    #[must_use]
    pub fn coarser(&self, fineness: u8) -> Self {
        Self { fineness: fineness.clamp(1, self.fineness), cuts: self.cuts.clone() }
    }

    /// The finest grid whose bands are made of whole bands of both.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        let shared = self.cuts.iter().filter(|cut| other.cuts.binary_search(cut).is_ok());
        Self { fineness: self.fineness.min(other.fineness), cuts: shared.copied().collect() }
    }

    /// Width of the widest bands, in billionths.
    #[must_use]
    pub fn widest(&self) -> u32 {
        1 << self.width_bits(TOP)
    }

    /// The lowest and the highest score, in billionths, of the band that holds a score.
    #[must_use]
    pub fn range_of(&self, score: Score) -> (u32, u32) {
        let score = score.billionths();
        let (floor, last) = self.uncut_range(score);
        let after = self.cuts.partition_point(|&cut| cut <= score);
        let below = after.checked_sub(1).and_then(|place| self.cuts.get(place));
        let above = self.cuts.get(after).map(|cut| cut - 1);
        (below.map_or(floor, |&cut| cut.max(floor)), above.map_or(last, |before| before.min(last)))
    }

    fn uncut_range(&self, score: u32) -> (u32, u32) {
        let lower = |score: u32| {
            let width_bits = self.width_bits(length(score));
            let floor = (score >> width_bits) << width_bits;
            (floor, floor + (1 << width_bits) - 1)
        };
        if score <= HALF {
            let (floor, last) = lower(score);
            (floor, last.min(HALF))
        } else {
            let (floor, last) = lower(Score::SCALE - score);
            (Score::SCALE - last.min(HALF - 1), Score::SCALE - floor)
        }
    }

    /// The cuts that part a range of scores.
    fn cuts_within(&self, floor: u32, last: u32) -> &[u32] {
        let until = |score: u32| self.cuts.partition_point(|&cut| cut <= score);
        self.cuts.get(until(floor)..until(last)).unwrap_or_default()
    }

    /// How many low bits scores of a length in bits lose. An octave has at least one band.
    fn width_bits(&self, length: u32) -> u32 {
        let widest = 30 - u32::from(self.fineness);
        let bits = widest.saturating_sub((TOP - length.min(TOP)) / 2);
        bits.min(length.saturating_sub(1))
    }
}

/// Bits of a number; none for 0.
#[inline]
fn length(score: u32) -> u32 {
    u32::BITS - score.leading_zeros()
}

/// The bands of a [`Grid`], numbered from 0 in ascending order, for counting into arrays.
#[derive(Debug, Clone)]
pub struct Bands {
    grid: Grid,
    ranges: Vec<(u32, u32)>,
    /// For each length in bits of a score of the lower half: the number of its first band, and the
    /// bits that scores lose.
    octaves: [(u32, u32); TOP as usize + 1],
    /// Bands before any is cut.
    uncut: u32,
    /// For each of these by how many cuts those before it are parted, and the cut that parts it.
    cuts: Vec<(u32, u32)>,
}

/// No cut, for a score is never as high.
const NO_CUT: u32 = u32::MAX;
/// Several cuts lie within one band: they are looked up.
const SEVERAL: u32 = u32::MAX - 1;

impl Bands {
    /// Numbers the bands of a grid.
    #[must_use]
    pub fn of(grid: Grid) -> Self {
        let mut octaves = [(0, 0); TOP as usize + 1];
        let mut first = 0;
        for (length, octave) in (0..).zip(&mut octaves) {
            let bits = grid.width_bits(length);
            // The scores of this length begin at a power of two; those of length 0 are the 0 alone.
            let start = 1_u32.checked_shl(length.wrapping_sub(1)).unwrap_or(0);
            *octave = (first, bits);
            first += (start >> bits).max(1);
        }
        let mut bands = Self { grid, ranges: Vec::new(), octaves, uncut: 0, cuts: Vec::new() };
        bands.uncut = bands.lower(HALF) + bands.lower(HALF - 1) + 2;
        let mut next = 0;
        while next <= Score::SCALE {
            let range = bands.grid.range_of(Score::from_billionths(next));
            bands.ranges.push(range);
            next = range.1 + 1;
        }
        bands.cuts = bands.find_cuts();
        bands
    }

    fn find_cuts(&self) -> Vec<(u32, u32)> {
        let (mut found, mut floor, mut before) = (Vec::new(), 0, 0);
        while floor <= Score::SCALE {
            let (_, last) = self.grid.uncut_range(floor);
            let inside = self.grid.cuts_within(floor, last);
            let cut = match inside {
                [] => NO_CUT,
                [cut] => *cut,
                _ => SEVERAL,
            };
            found.push((before, cut));
            before += inside.len() as u32;
            floor = last + 1;
        }
        found
    }

    /// The number of the band, were none cut, of a score of the lower half.
    #[inline]
    fn lower(&self, score: u32) -> u32 {
        let length = length(score);
        let (first, bits) = self.octaves.get(length as usize).copied().unwrap_or_default();
        let start = 1_u32.checked_shl(length.wrapping_sub(1)).unwrap_or(0);
        first + ((score - start) >> bits)
    }

    /// The number of the band that holds a score in billionths; more than one counts as one.
    #[must_use]
    #[inline]
    pub fn index(&self, score: u32) -> usize {
        let uncut = if score <= HALF {
            self.lower(score)
        } else {
            self.uncut - 1 - self.lower(Score::SCALE.saturating_sub(score))
        };
        let (before, cut) = self.cuts.get(uncut as usize).copied().unwrap_or((0, NO_CUT));
        let inside = if cut == SEVERAL {
            let (floor, _) = self.grid.uncut_range(score);
            self.grid.cuts_within(floor, score).len() as u32
        } else {
            u32::from(score >= cut)
        };
        (uncut + before + inside) as usize
    }

    /// The lowest and the highest score of each band, in billionths.
    #[must_use]
    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// The grid.
    #[must_use]
    pub fn grid(&self) -> &Grid {
        &self.grid
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(grid: &Grid) {
        let bands = Bands::of(grid.clone());
        let mut next = 0;
        for (place, &(floor, last)) in bands.ranges().iter().enumerate() {
            assert_eq!(floor, next, "{grid:?}");
            assert!(last >= floor && last - floor < grid.widest());
            for score in [floor, floor.midpoint(last), last] {
                assert_eq!(bands.index(score), place, "{score} {grid:?}");
                assert_eq!(grid.range_of(Score::from_billionths(score)), (floor, last));
            }
            next = last + 1;
        }
        assert_eq!(next, Score::SCALE + 1);
    }

    #[test]
    fn bands_follow_each_other_and_are_narrow_at_both_ends() {
        let finest = Grid::new(Grid::FINEST, []);
        let bands = Bands::of(finest.clone());
        assert_eq!((bands.ranges().len(), finest.widest()), (46_904, 32_768));
        let width = |score: u32| {
            let (floor, last) = finest.range_of(Score::from_billionths(score));
            last - floor + 1
        };
        assert_eq!([0, 1, 1000, 1_000_000].map(width), [1, 1, 64, 2048]);
        assert_eq!([1_000_000_000, 999_999_000, 999_000_000].map(width), [1, 64, 2048]);
        for fineness in 1..=Grid::FINEST {
            check(&Grid::new(fineness, []));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn a_cut_parts_the_band_it_is_in(
            cuts in proptest::collection::vec(
                prop_oneof![0..=Score::SCALE, 0..9_u32, 499_999_990..500_000_010_u32], 0..60
            ),
            fineness in 1..=Grid::FINEST
        ) {
            let grid = Grid::new(fineness, cuts.iter().map(|&cut| Score::from_billionths(cut)));
            check(&grid);
            for cut in cuts {
                prop_assert_eq!(grid.range_of(Score::from_billionths(cut)).0, cut);
            }
        }

        #[test]
        fn bands_of_a_finer_grid_lie_within_those_of_a_coarser(
            score in 0..=Score::SCALE, cut in 0..=Score::SCALE, fine in 1..=15_u8, coarse in 1..=15_u8
        ) {
            let score = Score::from_billionths(score);
            let one = Grid::new(fine, [Score::from_billionths(cut)]);
            let other = Grid::new(coarse, []);
            let common = one.common(&other);
            let (floor, last) = common.range_of(score);
            for grid in [one, other] {
                let (inner_floor, inner_last) = grid.range_of(score);
                prop_assert!(floor <= inner_floor && inner_last <= last);
            }
        }
    }
}
