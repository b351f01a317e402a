//! The counts of one attribute, shelf by shelf of scores.
//!
//! A shelf has the counts of [`SHELF`] consecutive scores or bands, of all levels and periods: so
//! few that they stay near the processor while the rows with these scores are counted.

use crate::counts::Counted;
use crate::places::Places;
use crate::scores::{Reader, SHELF, Scores, Span, Sums};
use statistics::Tally;

/// A sum and a count share a word: the count has the bits from here on.
const COUNT_SHIFT: u32 = 40;

/// The counts of one attribute.
#[derive(Debug, Default)]
pub(crate) struct Attribute {
    /// Levels that there is room for.
    levels: usize,
    /// Where each level and period is counted that a row had.
    places: Places,
    /// When scores are in bands: for each of these places, or without periods for each level.
    sums: Vec<Sums>,
    shelves: Vec<Shelf>,
    /// What [`Attribute::sums`] will gain, of the rows without the outcome and then of those with
    /// it: how far their scores are above the lowest of the shelf, with the count of rows in the
    /// upper bits; and the squares of that.
    gains: Vec<[u64; 2]>,
}

#[derive(Debug, Default, Clone)]
struct Shelf {
    /// For each level, for each score, the rows without the outcome and with it.
    whole: Vec<u32>,
    /// For each place, for each score: the same.
    parts: Vec<u32>,
}

/// Where in a record a number is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub shift: u32,
    pub mask: usize,
}

impl Field {
    fn of(self, record: u64) -> usize {
        // A field of no bits may lie past the last one.
        (record.wrapping_shr(self.shift)) as usize & self.mask
    }
}

/// What scores a shelf has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Geometry {
    /// How many numbers a row of counts of one level has room for.
    width: usize,
    /// The first number in cells of a period, and how many there are.
    parts: (usize, usize),
    /// The lowest score, in billionths.
    floor: u64,
    /// The scores are in bands, and sums are to be kept.
    banded: bool,
    /// Rows that can be counted before the gains are taken.
    pub most_rows: usize,
}

impl Geometry {
    pub fn of(scores: &Scores, shelf: usize) -> Self {
        let span = scores.span(shelf);
        let (floor, top) = span.scores;
        let banded = scores.scores().is_none();
        // Of so many rows neither the count nor a sum outgrows its bits.
        let bits = u32::BITS - (top - floor).leading_zeros();
        let few = (62 - 2 * bits).min(COUNT_SHIFT - bits).min(u64::BITS - COUNT_SHIFT - 1);
        let most_rows = if banded { 1 << few } else { usize::MAX };
        let Span { width, parts, .. } = span;
        Self { width, parts, floor: floor.into(), banded, most_rows }
    }

    /// Where a row is counted: in the lower half among the counts of a level, in the upper one
    /// among those of a level and period.
    pub fn place(&self, record: u64, number: usize, part: usize) -> u32 {
        let outcome = (record >> 32) as u32 & 1;
        let doubled = |place: usize| (2 * place as u32) | outcome;
        doubled(number % SHELF) | (doubled(part.wrapping_sub(self.parts.0)) << 16)
    }

    /// Counts of one level on the shelf, and of one place.
    fn strides(&self) -> (usize, usize) {
        (2 * self.width, 2 * self.parts.1)
    }
}

/// How the numbers of scores there are those here.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Numbers<'a> {
    Same,
    /// They were kept apart, and have others here.
    Other {
        /// The number here of each.
        to: &'a [usize],
        /// How many the first shelf had room for.
        width: usize,
    },
}

/// What rows of one shelf are counted in.
struct Tables<'a> {
    whole: &'a mut [u32],
    parts: &'a mut [u32],
    gains: &'a mut [[u64; 2]],
    places: &'a Places,
    strides: (usize, usize),
    floor: u64,
}

impl Tables<'_> {
    /// Counts rows; gives those whose level and period have no place yet, which are counted in
    /// `whole` alone.
    // On its own, so that what the loop needs stays in registers.
    #[inline(never)]
    fn count<const PERIODS: bool, const SUMS: bool>(
        self,
        rows: impl Iterator<Item = (u64, u32)>,
        (level, period): (Field, Field),
    ) -> Vec<(u64, u32)> {
        let Self { whole, parts, gains, places, strides, floor } = self;
        let (row, stride) = strides;
        let (table, bits) = (places.table(), places.level_bits());
        let mut missed = Vec::new();
        for (record, at) in rows {
            let level = level.of(record);
            // Nothing here can overflow: a place is below the length of a table in memory.
            add_one(whole, level.wrapping_mul(row).wrapping_add((at & 0xffff) as usize));
            let mut cell = level;
            if PERIODS {
                let found = table.get(period.of(record).wrapping_shl(bits) | level).copied();
                cell = found.unwrap_or(Places::FREE) as usize;
                if !add_one(parts, cell.wrapping_mul(stride).wrapping_add((at >> 16) as usize)) {
                    missed.push((record, at));
                    continue;
                }
            }
            if SUMS {
                gain(gains, cell, record, floor);
            }
        }
        missed
    }
}

fn grow<T: Clone + Default>(all: &mut Vec<T>, length: usize) {
    if all.len() < length {
        all.resize(length, T::default());
    }
}

/// Reads counts one after the other, which is quick, before so many rows are added here and there,
/// where each would wait for memory.
fn bring_near(counts: &[u32], rows: usize) {
    /// Counts in a line of the processor's cache.
    const LINE: usize = 16;
    if rows > counts.len() / LINE {
        let read = counts.iter().step_by(LINE).fold(0, |sum, count| sum ^ count);
        std::hint::black_box(read);
    }
}

fn add_one(counts: &mut [u32], place: usize) -> bool {
    match counts.get_mut(place) {
        Some(count) => {
            // There are fewer rows than a count holds.
            *count = count.wrapping_add(1);
            true
        }
        None => false,
    }
}

fn add_all(to: &mut [u32], from: &[u32]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = to.wrapping_add(*from));
}

impl Attribute {
    /// Levels that there is room for.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// Levels and periods that rows had.
    pub fn parts(&self) -> usize {
        self.places.taken()
    }

    /// Makes room for so many levels, and for looking up the places of some more and of periods.
    pub fn make_room(&mut self, levels: usize, (all, periods): (usize, usize), by_period: bool) {
        self.levels = self.levels.max(levels);
        if by_period {
            self.places.fit(all, periods);
        }
    }

    /// Counts the rows of a shelf; `places` has where ([`Geometry::place`]).
    pub fn count(
        &mut self,
        shelf: usize,
        geometry: &Geometry,
        records: &[u64],
        places: &[u32],
        (level, period): (Field, Option<Field>),
    ) {
        grow(&mut self.shelves, shelf + 1);
        let Some(mut counts) = self.shelves.get_mut(shelf).map(std::mem::take) else { return };
        let strides = geometry.strides();
        let stride = strides.1;
        grow(&mut counts.whole, self.levels * strides.0);
        if period.is_some() {
            grow(&mut counts.parts, self.places.taken() * stride);
        }
        bring_near(&counts.whole, records.len());
        bring_near(&counts.parts, records.len());
        if geometry.banded {
            let cells = if period.is_some() { self.places.taken() } else { self.levels };
            grow(&mut self.gains, 2 * cells);
        }
        let fields = (level, period.unwrap_or(Field { shift: 0, mask: 0 }));
        let rows = records.iter().copied().zip(places.iter().copied());
        let tables = Tables {
            whole: &mut counts.whole,
            parts: &mut counts.parts,
            gains: &mut self.gains,
            places: &self.places,
            strides,
            floor: geometry.floor,
        };
        let missed = match (period.is_some(), geometry.banded) {
            (true, true) => tables.count::<true, true>(rows, fields),
            (true, false) => tables.count::<true, false>(rows, fields),
            (false, true) => tables.count::<false, true>(rows, fields),
            (false, false) => tables.count::<false, false>(rows, fields),
        };
        if let Some(period) = period {
            for (record, at) in missed {
                let place = self.places.open(level.of(record), period.of(record));
                grow(&mut counts.parts, (place + 1) * stride);
                add_one(&mut counts.parts, place * stride + (at >> 16) as usize);
                if geometry.banded {
                    grow(&mut self.gains, 2 * (place + 1));
                    gain(&mut self.gains, place, record, geometry.floor);
                }
            }
        }
        if let Some(own) = self.shelves.get_mut(shelf) {
            *own = counts;
        }
        self.take_gains(geometry.floor);
    }

    /// Turns what was gained into sums.
    fn take_gains(&mut self, floor: u64) {
        grow(&mut self.sums, self.gains.len() / 2);
        let gains = self.gains.iter_mut().enumerate().filter(|(_, [above, _])| *above > 0);
        for (place, gain) in gains {
            let [above, squares] = std::mem::take(gain);
            let (rows, above) = (above >> COUNT_SHIFT, above & ((1 << COUNT_SHIFT) - 1));
            let score = rows * floor + above;
            let square = u128::from(floor) * u128::from(score + above) + u128::from(squares);
            let event_score = if place % 2 == 1 { score } else { 0 };
            if let Some(sums) = self.sums.get_mut(place / 2) {
                sums.add(Sums { score, event_score, square });
            }
        }
    }

    /// Adds the counts of another. `to` says what its numbers of scores are here, `maps` what those
    /// of its levels and periods are; none when they are the same.
    pub fn absorb(
        &mut self,
        other: &Self,
        (scores, numbers): (&Scores, Numbers<'_>),
        maps: Option<(&[usize], &[usize])>,
        by_period: bool,
    ) {
        let here = |map: &[usize], there: usize| map.get(there).copied().unwrap_or(there);
        let level = |there| maps.map_or(there, |(levels, _)| here(levels, there));
        let period = |there| maps.map_or(there, |(_, periods)| here(periods, there));
        let levels: Vec<usize> = (0..other.levels).map(level).collect();
        self.levels = self.levels.max(levels.iter().max().map_or(0, |most| most + 1));
        let mut cells: Vec<(usize, usize)> = levels.iter().copied().zip(0..).collect();
        if by_period {
            let places = other.places.all().into_iter();
            cells = places
                .map(|((of, at), there)| (self.places.open(level(of), period(at)), there))
                .collect();
        }
        for &(own, there) in &cells {
            grow(&mut self.sums, own + 1);
            let gained = other.sums.get(there).copied().unwrap_or_default();
            self.sums.get_mut(own).into_iter().for_each(|sums| sums.add(gained));
        }
        let cells = if by_period { cells } else { Vec::new() };
        match numbers {
            Numbers::Same => self.absorb_same(other, scores, &levels, &cells),
            Numbers::Other { to, width } => {
                self.absorb_others(other, (scores, to, width), &levels, &cells);
            }
        }
    }

    /// Adds counts of the same scores.
    fn absorb_same(
        &mut self,
        other: &Self,
        scores: &Scores,
        levels: &[usize],
        cells: &[(usize, usize)],
    ) {
        grow(&mut self.shelves, other.shelves.len());
        for (shelf, (own, there)) in self.shelves.iter_mut().zip(&other.shelves).enumerate() {
            let (row, stride) = Geometry::of(scores, shelf).strides();
            let levels = levels.iter().copied().zip(0..);
            add_rows(&mut own.whole, &there.whole, row, levels);
            add_rows(&mut own.parts, &there.parts, stride, cells.iter().copied());
        }
    }

    /// Adds counts of scores that were kept apart and have other numbers here.
    fn absorb_others(
        &mut self,
        other: &Self,
        (scores, to, width): (&Scores, &[usize], usize),
        levels: &[usize],
        cells: &[(usize, usize)],
    ) {
        for (there, shelf) in other.shelves.iter().enumerate() {
            let from_row = 2 * if there == 0 { width } else { SHELF };
            for (number, pair) in to.iter().skip(there * SHELF).take(SHELF).zip(0..) {
                let geometry = Geometry::of(scores, number / SHELF);
                grow(&mut self.shelves, number / SHELF + 1);
                let Some(own) = self.shelves.get_mut(number / SHELF) else { continue };
                let (row, stride) = geometry.strides();
                let whole = (row, 2 * (number % SHELF));
                for (there, &level) in levels.iter().enumerate() {
                    let from = pair_at(&shelf.whole, there * from_row + 2 * pair);
                    add_pair(&mut own.whole, level, whole, from);
                }
                let part = scores.part(*number) - geometry.parts.0;
                let parts = (stride, 2 * part);
                for &(place, there) in cells {
                    let from = pair_at(&shelf.parts, there * from_row + 2 * pair);
                    add_pair(&mut own.parts, place, parts, from);
                }
            }
        }
    }

    /// Takes over the sums of one whose scores, by number, are kept apart.
    pub fn take_sums_of(
        &mut self,
        other: &Self,
        (scores, width): (&[u32], usize),
        by_period: bool,
    ) {
        let sums = |counts: Vec<u32>| {
            let mut sums = Sums::default();
            for (&score, pair) in scores.iter().zip(counts.chunks_exact(2)) {
                if let [without, with] = *pair {
                    sums.add(Sums::of(score, [without, with]));
                }
            }
            sums
        };
        let known = |shelf: usize| (shelf * SHELF, 2 * if shelf == 0 { width } else { SHELF });
        if by_period {
            for ((level, period), there) in other.places.all() {
                let place = self.places.open(level, period);
                grow(&mut self.sums, place + 1);
                let more = sums(other.read(scores.len(), there, known, |shelf| &shelf.parts));
                self.sums.get_mut(place).into_iter().for_each(|own| own.add(more));
            }
        } else {
            grow(&mut self.sums, other.levels);
            for (level, own) in self.sums.iter_mut().enumerate() {
                own.add(sums(other.read(scores.len(), level, known, |shelf| &shelf.whole)));
            }
        }
    }

    /// The counts of one row of the shelves, by number. `span` gives the first number of a shelf
    /// and the length of a row.
    fn read(
        &self,
        numbers: usize,
        row: usize,
        span: impl Fn(usize) -> (usize, usize),
        which: impl Fn(&Shelf) -> &Vec<u32>,
    ) -> Vec<u32> {
        let mut counts = vec![0; 2 * numbers];
        for (place, shelf) in self.shelves.iter().enumerate() {
            let (first, stride) = span(place);
            let from = which(shelf).get(row * stride..).unwrap_or_default();
            let from = from.get(..stride).unwrap_or(from);
            add_all(counts.get_mut(2 * first..).unwrap_or_default(), from);
        }
        counts
    }

    /// The tallies of all levels, in each period and of all time.
    pub fn tallies(self, scores: &Scores, reader: &Reader<'_>, by_period: bool) -> Vec<Counted> {
        let (whole, parts) = scores.widths();
        let mut all: Vec<Counted> = Vec::new();
        let mut of_levels = vec![Sums::default(); self.levels];
        let sums_of = |cell: usize| self.sums.get(cell).copied().unwrap_or_default();
        if by_period {
            let span = |shelf| {
                let (first, count) = scores.span(shelf).parts;
                (first, 2 * count)
            };
            for ((level, period), place) in self.places.all() {
                let sums = sums_of(place);
                of_levels.get_mut(level).into_iter().for_each(|all| all.add(sums));
                let counts = self.read(parts, place, span, |shelf| &shelf.parts);
                all.push((level, Some(period), reader.part(&counts, sums)));
            }
        } else {
            of_levels = (0..self.levels).map(sums_of).collect();
        }
        for (level, sums) in of_levels.into_iter().enumerate() {
            let span = |shelf| (shelf * SHELF, 2 * scores.span(shelf).width);
            let counts = self.read(whole, level, span, |shelf| &shelf.whole);
            all.push((level, None, reader.whole(&counts, sums)));
        }
        all.retain(|(_, _, tally): &(_, _, Tally)| tally.n > 0);
        all
    }
}

/// Adds a row to what the sums of a cell will gain.
fn gain(gains: &mut [[u64; 2]], cell: usize, record: u64, floor: u64) {
    let above = (record >> 33).wrapping_sub(floor);
    let outcome = (record >> 32) as usize & 1;
    if let Some([score, squares]) = gains.get_mut(cell.wrapping_mul(2) | outcome) {
        *score = score.wrapping_add(above | 1 << COUNT_SHIFT);
        *squares = squares.wrapping_add(above.wrapping_mul(above));
    }
}

/// The rows without the outcome and with it that are counted at a place.
fn pair_at(counts: &[u32], at: usize) -> &[u32] {
    counts.get(at..at + 2).unwrap_or_default()
}

/// Adds rows without the outcome and with it to a row of counts so long, at a place in it.
fn add_pair(to: &mut Vec<u32>, row: usize, (stride, at): (usize, usize), pair: &[u32]) {
    if pair.iter().any(|&count| count > 0) {
        grow(to, (row + 1) * stride);
        add_all(to.get_mut(row * stride + at..).unwrap_or_default(), pair);
    }
}

/// Adds rows of counts, `stride` long, to others.
fn add_rows(
    to: &mut Vec<u32>,
    from: &[u32],
    stride: usize,
    rows: impl Iterator<Item = (usize, usize)>,
) {
    for (own, there) in rows {
        let Some(from) = from.get(there * stride..(there + 1) * stride) else { continue };
        grow(to, (own + 1) * stride);
        add_all(to.get_mut(own * stride..).unwrap_or_default(), from);
    }
}
