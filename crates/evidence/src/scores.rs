//! Scores by number: each score its own while they are few, bands of a grid when they are many.

use statistics::{Bands, Bin, Grid, Histogram, Score, Tally};
use std::sync::Arc;

/// How much is kept of a log, which bounds the memory of a pass.
///
/// Whether each score is kept apart, and how fine bands are, depends on the whole log alone; and
/// what is too much for a part of it is too much for the whole. So the result is the same however
/// the log is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Rows up to which every score is kept apart, however many there are.
    pub rows: u64,
    /// In a longer log, the most distinct scores that are kept apart.
    pub scores: usize,
    /// The most counts of scores by cell that are kept for it.
    pub counts: usize,
    /// In bands, about how many counts are kept of cells of all time.
    pub whole: usize,
    /// And of cells of a period.
    pub parts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 1 << 20, scores: 1 << 16, counts: 12 << 20, whole: 1 << 23, parts: 1 << 22 }
    }
}

/// Of a period, scores are counted in bands this fine at most.
const PART_FINENESS: u8 = 11;

impl Limits {
    /// Whether each score is kept apart.
    pub fn are_exact(&self, rows: u64, scores: usize, cells: usize) -> bool {
        rows <= self.rows || (scores <= self.scores && scores * cells <= self.counts)
    }

    /// How fine bands are: of so many cells of all time, and of so many of a period.
    pub fn fineness(&self, whole: usize, parts: usize) -> (u8, u8) {
        let fits = |cells: usize, most: usize, finest: u8| {
            let mut steps = (5..=finest).rev().step_by(2);
            steps.find(|&fine| cells << fine <= most).unwrap_or(5)
        };
        let whole = fits(whole, self.whole, Grid::FINEST);
        (whole, fits(parts, self.parts, PART_FINENESS).min(whole))
    }
}

/// How scores are numbered.
#[derive(Debug, Clone)]
pub(crate) enum Scores {
    /// Each score as it came.
    Known(Known, Grid, Limits),
    /// Bands of a grid.
    Banded(Banded),
}

/// Scores numbered as they come.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    scores: Vec<u32>,
    /// Score and number by open addressing, at most half of it taken.
    slots: Vec<(u32, u32)>,
}

/// Bands for cells of all time, and coarser ones for those of a period.
#[derive(Debug, Clone)]
pub(crate) struct Banded {
    whole: Arc<Bands>,
    parts: Arc<Bands>,
    /// The coarser band of each.
    part_of: Arc<Vec<u16>>,
    /// Of each shelf.
    spans: Arc<Vec<Span>>,
}

/// Scores are counted in shelves of so many consecutive numbers.
pub(crate) const SHELF: usize = 256;

/// The scores of one shelf.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    /// How many numbers a row of counts has room for.
    pub width: usize,
    /// The first number in cells of a period, and how many there are.
    pub parts: (usize, usize),
    /// The lowest and the highest score, in billionths.
    pub scores: (u32, u32),
}

const FREE: u32 = u32::MAX;
const SLOT_BITS: u32 = 17;

impl Known {
    fn new() -> Self {
        Self { scores: Vec::new(), slots: vec![(0, FREE); 1 << SLOT_BITS] }
    }

    /// How many numbers a row of counts on a shelf has room for: no more than there are, or cells
    /// of few scores would take much memory.
    fn width(&self, shelf: usize) -> usize {
        if shelf == 0 { self.scores.len().next_power_of_two().min(SHELF) } else { SHELF }
    }

    fn number(&mut self, score: u32) -> Option<u16> {
        // Fibonacci hashing: the highest bits of a product with 2^32 over the golden ratio.
        let mut at = (score.wrapping_mul(0x9e37_79b9) >> (u32::BITS - SLOT_BITS)) as usize;
        loop {
            let slot = self.slots.get_mut(at)?;
            if slot.1 == FREE {
                let number = u16::try_from(self.scores.len()).ok()?;
                *slot = (score, u32::from(number));
                self.scores.push(score);
                return Some(number);
            }
            if slot.0 == score {
                return Some(slot.1 as u16);
            }
            at = (at + 1) % (1 << SLOT_BITS);
        }
    }
}

impl Banded {
    fn new(grid: &Grid, whole: u8, parts: u8) -> Self {
        let fine = grid.coarser(whole);
        let parts = Bands::of(fine.coarser(parts));
        let whole = Bands::of(fine);
        let part_of = whole.ranges().iter().map(|&(floor, _)| parts.index(floor) as u16);
        let part_of: Vec<u16> = part_of.collect();
        let spans =
            part_of.chunks(SHELF).zip(whole.ranges().chunks(SHELF)).map(|(parts, ranges)| {
                let ends = |first: Option<&u16>, last: Option<&u16>| {
                    (first.copied().unwrap_or(0).into(), last.copied().unwrap_or(0).into())
                };
                let (first, last): (usize, usize) = ends(parts.first(), parts.last());
                let floor = ranges.first().map_or(0, |range| range.0);
                let top = ranges.last().map_or(0, |range| range.1);
                Span { width: SHELF, parts: (first, last - first + 1), scores: (floor, top) }
            });
        let spans = Arc::new(spans.collect());
        let (whole, parts) = (Arc::new(whole), Arc::new(parts));
        Self { whole, parts, part_of: Arc::new(part_of), spans }
    }
}

impl Scores {
    /// No scores yet.
    pub fn new(grid: Grid, limits: Limits) -> Self {
        Self::Known(Known::new(), grid, limits)
    }

    /// How many numbers there are: in cells of all time, and in those of a period.
    pub fn widths(&self) -> (usize, usize) {
        match self {
            Self::Known(known, ..) => (known.scores.len(), known.scores.len()),
            Self::Banded(bands) => (bands.whole.ranges().len(), bands.parts.ranges().len()),
        }
    }

    /// What a shelf, by number, holds.
    pub fn span(&self, shelf: usize) -> Span {
        match self {
            // The scores came as they came.
            Self::Known(known, ..) => {
                let width = known.width(shelf);
                Span { width, parts: (SHELF * shelf, width), scores: (0, Score::SCALE) }
            }
            Self::Banded(bands) => {
                let none = Span { width: 0, parts: (0, 0), scores: (0, 0) };
                bands.spans.get(shelf).copied().unwrap_or(none)
            }
        }
    }

    /// The number in cells of a period of what has a number in those of all time.
    pub fn part(&self, index: usize) -> usize {
        match self {
            Self::Known(..) => index,
            Self::Banded(bands) => bands.part_of.get(index).copied().map_or(0, usize::from),
        }
    }

    /// Gives the number of each row's score. None when there are too many scores for the cells that
    /// there are; then the numbers given out do not count.
    pub fn known(
        &mut self,
        rows: &[u32],
        (whole, parts): (usize, usize),
        places: &mut Vec<u16>,
    ) -> Option<()> {
        let Self::Known(known, _, limits) = self else { return None };
        let had = known.scores.len();
        places.clear();
        for &row in rows {
            match known.number(row >> 1) {
                Some(number) => places.push(number),
                None => break,
            }
        }
        let fits = limits.are_exact(u64::MAX, known.scores.len(), whole + parts);
        if places.len() < rows.len() || !fits {
            known.scores.truncate(had);
            return None;
        }
        Some(())
    }

    /// Gives the number of each row's band.
    pub fn banded(&self, rows: &[u32], places: &mut Vec<u16>) {
        places.clear();
        if let Self::Banded(bands) = self {
            places.extend(rows.iter().map(|row| bands.whole.index(row >> 1) as u16));
        }
    }

    /// The number of the band that holds a score.
    pub fn index(&self, score: u32) -> usize {
        match self {
            Self::Known(..) => 0,
            Self::Banded(bands) => bands.whole.index(score),
        }
    }

    /// The scores by number, while each is kept apart.
    pub fn scores(&self) -> Option<&[u32]> {
        match self {
            Self::Known(known, ..) => Some(&known.scores),
            Self::Banded(_) => None,
        }
    }

    /// The same in bands. None when they are in bands.
    pub fn to_bands(&self) -> Option<Self> {
        let Self::Known(_, grid, _) = self else { return None };
        Some(Self::Banded(Banded::new(grid, Grid::FINEST, PART_FINENESS)))
    }

    /// Reads counts by number, brought to bands of at most some fineness if there are bands: of
    /// cells of all time, and of those of a period.
    pub fn reader(&self, (whole, parts): (u8, u8)) -> Reader<'_> {
        match self {
            Self::Known(known, ..) => {
                let mut order: Vec<(u32, usize)> = known.scores.iter().copied().zip(0..).collect();
                order.sort_unstable();
                Reader::Known(order)
            }
            Self::Banded(bands) => {
                let of = |bands: &Bands, fineness| bands.grid().coarser(fineness);
                Reader::Banded(bands, [of(&bands.whole, whole), of(&bands.parts, parts)])
            }
        }
    }
}

/// Sums over the rows of a cell, in billionths.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    pub score: u64,
    /// Of the rows with the outcome.
    pub event_score: u64,
    pub square: u128,
}

impl Sums {
    pub fn add(&mut self, more: Self) {
        self.score += more.score;
        self.event_score += more.event_score;
        self.square += more.square;
    }

    /// The sums of rows with one score, by outcome.
    pub fn of(score: u32, [without, with]: [u32; 2]) -> Self {
        let (score, with) = (u64::from(score), u64::from(with));
        let rows = u64::from(without) + with;
        let square = u128::from(score * score) * u128::from(rows);
        Self { score: score * rows, event_score: score * with, square }
    }
}

/// Makes tallies of counts by number.
pub(crate) enum Reader<'a> {
    /// Scores that are kept apart in ascending order, with their numbers.
    Known(Vec<(u32, usize)>),
    /// Bands, and the grids of what is wanted: of all time, and of a period.
    Banded(&'a Banded, [Grid; 2]),
}

impl Reader<'_> {
    /// The tally of a cell of all time. The sums are needed with bands.
    pub fn whole(&self, counts: &[u32], sums: Sums) -> Tally {
        self.read(counts, sums, |bands, [whole, _]| (&bands.whole, whole))
    }

    /// The tally of a cell of a period.
    pub fn part(&self, counts: &[u32], sums: Sums) -> Tally {
        self.read(counts, sums, |bands, [_, parts]| (&bands.parts, parts))
    }

    fn read(
        &self,
        counts: &[u32],
        sums: Sums,
        which: impl for<'b> Fn(&'b Banded, &'b [Grid; 2]) -> (&'b Bands, &'b Grid),
    ) -> Tally {
        match self {
            Self::Known(order) => Tally::from_counts(order.iter().map(|&(score, number)| {
                let count = |outcome| counts.get(2 * number + outcome).copied().unwrap_or(0);
                (Score::from_billionths(score), count(0).into(), count(1).into())
            })),
            Self::Banded(bands, grids) => {
                let (bands, grid) = which(bands, grids);
                let bins = counts.chunks(2).zip(bands.ranges()).map(|(pair, &(floor, last))| {
                    let count = |outcome: usize| pair.get(outcome).copied().unwrap_or(0).into();
                    Bin { floor, last, without: count(0), with: count(1) }
                });
                let mut histogram = Histogram::from_bands(bands.grid().clone(), bins);
                histogram.band_by(grid);
                let sum = |count: fn(&Bin) -> u64| histogram.bins().iter().map(count).sum();
                let events: u64 = sum(|bin| bin.with);
                Tally {
                    n: events + sum(|bin| bin.without),
                    events,
                    score_sum: sums.score,
                    event_score_sum: sums.event_score,
                    score_square_sum: sums.square,
                    histogram,
                }
            }
        }
    }
}
