//! Scores by number: each score its own while they are few, bands of a grid when they are many.

use statistics::{Bands, Bin, Grid, Histogram, Score};
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
    /// Numbers that there is room for.
    room: usize,
}

/// Bands for cells of all time, and coarser ones for those of a period.
#[derive(Debug, Clone)]
pub(crate) struct Banded {
    whole: Arc<Bands>,
    parts: Arc<Bands>,
    /// The coarser band of each.
    part_of: Arc<Vec<u16>>,
}

const FREE: u32 = u32::MAX;
const SLOT_BITS: u32 = 17;

impl Known {
    fn new() -> Self {
        Self { scores: Vec::new(), slots: vec![(0, FREE); 1 << SLOT_BITS], room: 1024 }
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
        Self {
            part_of: Arc::new(part_of.collect()),
            whole: Arc::new(whole),
            parts: Arc::new(parts),
        }
    }
}

impl Scores {
    /// No scores yet.
    pub fn new(grid: Grid, limits: Limits) -> Self {
        Self::Known(Known::new(), grid, limits)
    }

    /// How many numbers there is room for: of cells of all time, and of those of a period.
    pub fn widths(&self) -> (usize, usize) {
        match self {
            Self::Known(known, ..) => (known.room, known.room),
            Self::Banded(bands) => (bands.whole.ranges().len(), bands.parts.ranges().len()),
        }
    }

    /// How many numbers there is room for in cells of all time.
    pub fn whole(&self) -> usize {
        self.widths().0
    }

    /// The number in cells of a period of what has a number in those of all time.
    pub fn part(&self, index: usize) -> usize {
        match self {
            Self::Known(..) => index,
            Self::Banded(bands) => bands.part_of.get(index).copied().map_or(0, usize::from),
        }
    }

    /// The number of each row's score, or none when there are too many scores for the cells that
    /// there are; then the numbers given out do not count.
    pub fn known(&mut self, rows: &[u32], (whole, parts): (usize, usize)) -> Option<Vec<u16>> {
        let Self::Known(known, _, limits) = self else { return None };
        let had = known.scores.len();
        let mut places = Vec::with_capacity(rows.len());
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
        known.room = known.room.max(known.scores.len().next_power_of_two());
        Some(places)
    }

    /// The number of each row's band.
    pub fn banded(&self, rows: &[u32]) -> Vec<u16> {
        let Self::Banded(bands) = self else { return Vec::new() };
        rows.iter().map(|row| bands.whole.index(row >> 1) as u16).collect()
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

    /// The same in bands, and the scores by number so far. None when they are in bands.
    pub fn to_bands(&self) -> Option<(Self, Vec<u32>)> {
        let Self::Known(known, grid, _) = self else { return None };
        let bands = Banded::new(grid, Grid::FINEST, PART_FINENESS);
        Some((Self::Banded(bands), known.scores.clone()))
    }

    /// Coarser bands, and the coarser band of each of all time and of a period. None when they are
    /// no finer now.
    #[expect(clippy::type_complexity, reason = "two lists of the same shape, used once")]
    pub fn coarser(&self, whole: u8, parts: u8) -> Option<(Self, (Vec<usize>, Vec<usize>))> {
        let Self::Banded(now) = self else { return None };
        let then = Banded::new(now.whole.grid(), whole, parts);
        let same = |a: &Bands, b: &Bands| a.grid() == b.grid();
        if same(&then.whole, &now.whole) && same(&then.parts, &now.parts) {
            return None;
        }
        let map = |from: &Bands, to: &Bands| -> Vec<usize> {
            from.ranges().iter().map(|&(floor, _)| to.index(floor)).collect()
        };
        let maps = (map(&now.whole, &then.whole), map(&now.parts, &then.parts));
        Some((Self::Banded(then), maps))
    }

    /// Reads counts by number.
    pub fn reader(&self) -> Reader<'_> {
        let mut order: Vec<(u32, usize)> = match self {
            Self::Known(known, ..) => known.scores.iter().copied().zip(0..).collect(),
            Self::Banded(_) => Vec::new(),
        };
        order.sort_unstable();
        Reader { scores: self, order }
    }
}

/// Makes histograms of counts by number.
pub(crate) struct Reader<'a> {
    scores: &'a Scores,
    /// Scores that are kept apart in ascending order, with their numbers.
    order: Vec<(u32, usize)>,
}

impl Reader<'_> {
    /// The histogram of a cell of all time.
    pub fn whole(&self, counts: &[u32]) -> Histogram {
        self.read(counts, |bands| &bands.whole)
    }

    /// The histogram of a cell of a period.
    pub fn parts(&self, counts: &[u32]) -> Histogram {
        self.read(counts, |bands| &bands.parts)
    }

    fn read(&self, counts: &[u32], which: fn(&Banded) -> &Arc<Bands>) -> Histogram {
        match self.scores {
            Scores::Known(..) => {
                Histogram::from_counts(self.order.iter().map(|&(score, number)| {
                    let count = |outcome| counts.get(2 * number + outcome).copied().unwrap_or(0);
                    (Score::from_billionths(score), count(0).into(), count(1).into())
                }))
            }
            Scores::Banded(bands) => {
                let bands = which(bands);
                let bins = counts.chunks(2).zip(bands.ranges()).map(|(pair, &(floor, last))| {
                    let count = |outcome: usize| pair.get(outcome).copied().unwrap_or(0).into();
                    Bin { floor, last, without: count(0), with: count(1) }
                });
                Histogram::from_bands(bands.grid().clone(), bins)
            }
        }
    }
}
