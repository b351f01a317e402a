//! Rows counted by cell and score in flat arrays of integers, for logs too long to keep.
//!
//! Rows are put onto shelves by score first, so that what is counted one after the other lies next
//! to each other. Each row then adds one to the counts of its level, one to those of its level and
//! period, and its score to the sums there. Everyone is the sum of the levels of one attribute.

use crate::parallel;
use crate::scores::{Limits, SHELF, Scores};
use crate::shelves::{Attribute, Field, Geometry, Numbers};
use statistics::{Grid, Tally};

/// Records have the level numbers in as many bits; attributes that do not fit get a turn of their
/// own.
const CODE_BITS: u32 = 32;

/// Numbers of scores fit 16 bits, so that there are at most as many shelves.
const SHELVES: usize = (1 << 16) / SHELF;

/// What a pass has counted.
#[derive(Debug)]
pub(crate) struct Counts {
    pub scores: Scores,
    attributes: Vec<Attribute>,
    /// There are periods.
    by_period: bool,
    buffers: Buffers,
}

/// What one go at counting needs, kept for the next: fresh memory costs as much as counting.
#[derive(Debug, Default)]
struct Buffers {
    /// The number of each row's score.
    numbers: Vec<u16>,
    /// The lower half of each row's record.
    lower: Vec<u32>,
    /// The rows as records, shelf after shelf, and the number of the score of each.
    records: Vec<u64>,
    of_records: Vec<u16>,
    /// Where on its shelf each row of one shelf is counted.
    places: Vec<u32>,
}

/// Rows to be counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    /// Twice the score in billionths, plus the outcome.
    pub rows: &'a [u32],
    /// For each attribute the number of each row's level. Without attributes everyone is the only
    /// level of one.
    pub codes: &'a [Vec<u16>],
    /// How many levels each has.
    pub levels: &'a [usize],
    /// The number of each row's period, and how many periods there are.
    pub periods: Option<(&'a Vec<u16>, usize)>,
}

impl Counts {
    /// No counts yet. `grid` is for when there are too many scores for the limits.
    pub fn new(attributes: usize, by_period: bool, grid: Grid, limits: Limits) -> Self {
        let attributes = (0..attributes.max(1)).map(|_| Attribute::default()).collect();
        let scores = Scores::new(grid, limits);
        Self { scores, attributes, by_period, buffers: Buffers::default() }
    }

    /// The cells there are: those of all time, and those of a period.
    pub fn cells(&self) -> (usize, usize) {
        let whole = self.attributes.iter().map(Attribute::levels).sum();
        let parts = self.attributes.iter().map(Attribute::parts).sum();
        (whole, if self.by_period { parts } else { 0 })
    }

    /// Counts rows.
    pub fn count(&mut self, rows: Rows<'_>) {
        let mut buffers = std::mem::take(&mut self.buffers);
        self.number(rows.rows, &mut buffers.numbers);
        let shelves = starts(&buffers.numbers);
        let period_bits = bits_for(rows.periods.map_or(1, |(_, count)| count));
        let period = Field { shift: 0, mask: (1 << period_bits) - 1 };
        let mut next = 0;
        while next < self.attributes.len() {
            let mut used = period_bits;
            let mut fields = Vec::new();
            let first = next;
            while let Some(bits) = (next < self.attributes.len())
                .then(|| bits_for(rows.levels.get(next).copied().unwrap_or(1)))
                .filter(|bits| fields.is_empty() || used + bits <= CODE_BITS)
            {
                fields.push(Field { shift: used, mask: (1 << bits) - 1 });
                used += bits;
                next += 1;
            }
            let codes = rows.codes.iter().skip(first).zip(fields.iter().copied());
            let periods = rows.periods.map(|(codes, _)| (codes, period));
            buffers.scatter(rows.rows, codes.chain(periods), &shelves);
            for (place, field) in fields.iter().enumerate() {
                let levels = rows.levels.get(first + place).copied().unwrap_or(1).max(1);
                if let Some(attribute) = self.attributes.get_mut(first + place) {
                    attribute.make_room(levels, (field.mask + 1, period.mask + 1), self.by_period);
                }
            }
            self.count_shelves((first, &fields, period), &shelves, &mut buffers);
        }
        self.buffers = buffers;
    }

    /// Numbers each row's score. Counts are brought to bands when there are too many scores.
    fn number(&mut self, rows: &[u32], numbers: &mut Vec<u16>) {
        let (cells, before) = (self.cells(), self.scores.span(0).width);
        if self.scores.known(rows, cells, numbers).is_none() {
            self.band();
            self.scores.banded(rows, numbers);
        } else if self.scores.span(0).width > before {
            let to: Vec<usize> = (0..before).collect();
            let numbers = Numbers::Other { to: &to, width: before };
            self.attributes = self.attributes.iter().map(|it| self.moved(it, numbers)).collect();
        }
    }

    /// Counts where the scores have them now.
    fn moved(&self, old: &Attribute, numbers: Numbers<'_>) -> Attribute {
        let mut new = Attribute::default();
        new.absorb(old, (&self.scores, numbers), None, self.by_period);
        new
    }

    /// Counts the records of each shelf, attribute by attribute: few counts at a time.
    fn count_shelves(
        &mut self,
        (first, fields, period): (usize, &[Field], Field),
        shelves: &[usize],
        buffers: &mut Buffers,
    ) {
        for (shelf, (&start, &end)) in shelves.iter().zip(shelves.iter().skip(1)).enumerate() {
            let geometry = Geometry::of(&self.scores, shelf);
            for start in (start..end).step_by(geometry.most_rows) {
                let end = end.min(start.saturating_add(geometry.most_rows));
                let records = buffers.records.get(start..end).unwrap_or_default();
                let numbers = buffers.of_records.get(start..end).unwrap_or_default();
                buffers.places.clear();
                buffers.places.extend(records.iter().zip(numbers).map(|(&record, &number)| {
                    let part = self.scores.part(number.into());
                    geometry.place(record, number.into(), part)
                }));
                for (field, attribute) in fields.iter().zip(self.attributes.iter_mut().skip(first))
                {
                    let fields = (*field, self.by_period.then_some(period));
                    attribute.count(shelf, &geometry, records, &buffers.places, fields);
                }
            }
        }
    }

    /// Brings the counts to the bands of the grid.
    pub fn band(&mut self) {
        let Some(scores) = self.scores.to_bands() else { return };
        let known = std::mem::replace(&mut self.scores, scores);
        let width = known.span(0).width;
        let known = known.scores().unwrap_or_default();
        let to: Vec<usize> = known.iter().map(|&score| self.scores.index(score)).collect();
        let banded = |old: &Attribute| {
            let mut new = self.moved(old, Numbers::Other { to: &to, width });
            new.take_sums_of(old, (known, width), self.by_period);
            new
        };
        self.attributes = self.attributes.iter().map(banded).collect();
    }

    /// Adds what another pass counted. `levels` has for each attribute the number here of each
    /// level there, `periods` that of each period.
    pub fn absorb(&mut self, mut other: Self, levels: &[Vec<usize>], periods: &[usize]) {
        let rows = |scores: &[u32]| scores.iter().map(|score| score << 1).collect();
        let there: Option<Vec<u32>> = other.scores.scores().map(rows);
        let mut here = Vec::new();
        match there {
            Some(rows) => self.number(&rows, &mut here),
            None => self.band(),
        }
        let known = self.scores.scores().is_some();
        if !known {
            other.band();
        }
        let to: Vec<usize> = here.into_iter().map(usize::from).collect();
        let width = other.scores.span(0).width;
        let numbers = if known { Numbers::Other { to: &to, width } } else { Numbers::Same };
        for (place, attribute) in other.attributes.iter().enumerate() {
            if let Some(own) = self.attributes.get_mut(place) {
                let levels = levels.get(place).map(Vec::as_slice).unwrap_or_default();
                let maps = Some((levels, periods));
                own.absorb(attribute, (&self.scores, numbers), maps, self.by_period);
            }
        }
    }

    /// The tallies, attribute by attribute, in bands of at most some fineness if in bands.
    pub fn tallies(self, fineness: (u8, u8)) -> Vec<Vec<Counted>> {
        let Self { scores, attributes, by_period, buffers } = self;
        drop(buffers);
        let reader = scores.reader(fineness);
        parallel::map(attributes, |it| it.tallies(&scores, &reader, by_period))
    }
}

/// The tally of a level, by number, in a period, by number, or of all time.
pub(crate) type Counted = (usize, Option<usize>, Tally);

/// Bits that numbers below `count` take.
fn bits_for(count: usize) -> u32 {
    count.max(1).next_power_of_two().trailing_zeros()
}

/// Where the rows of each shelf start, were they in order, and where the last ends.
fn starts(numbers: &[u16]) -> Vec<usize> {
    let mut starts = vec![0_usize; SHELVES + 1];
    for &number in numbers {
        if let Some(count) = starts.get_mut(usize::from(number) / SHELF + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for count in &mut starts {
        sum += *count;
        *count = sum;
    }
    starts
}

impl Buffers {
    /// Writes the rows as records, shelf after shelf, each with the number of its score.
    fn scatter<'a>(
        &mut self,
        rows: &[u32],
        codes: impl Iterator<Item = (&'a Vec<u16>, Field)>,
        shelves: &[usize],
    ) {
        let Self { numbers, lower, records, of_records, .. } = self;
        lower.clear();
        lower.resize(rows.len(), 0);
        for (codes, field) in codes {
            for (lower, &code) in lower.iter_mut().zip(codes) {
                // A field of no bits may lie past the last one.
                *lower |= u32::from(code).checked_shl(field.shift).unwrap_or_default();
            }
        }
        // Each place is written below: what stands there from before need not be cleared.
        records.resize(rows.len(), 0);
        of_records.resize(rows.len(), 0);
        let mut next = shelves.to_vec();
        for ((&row, &lower), &number) in rows.iter().zip(&*lower).zip(&*numbers) {
            if let Some(next) = next.get_mut(usize::from(number) / SHELF)
                && let Some(record) = records.get_mut(*next)
                && let Some(of_record) = of_records.get_mut(*next)
            {
                *record = (u64::from(row) << 32) | u64::from(lower);
                *of_record = number;
                *next = next.wrapping_add(1);
            }
        }
    }
}
