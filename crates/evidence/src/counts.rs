//! Rows counted by cell and score in flat arrays of integers, for logs too long to keep.
//!
//! Rows are put into buckets by score first, so that what is counted next to each other lies next
//! to each other. Each row then adds one to the counts of its level, one to those of its level and
//! period, and its score to the sums there. Everyone is the sum of the levels of one attribute.

use crate::parallel;
use crate::places::Places;
use crate::scores::{Limits, Reader, Scores};
use statistics::{Bin, Grid, Histogram, Tally};

/// Rows looked at together: their places stay near the processor.
const BLOCK: usize = 4096;
/// Records have the level numbers in as many bits; attributes that do not fit get a turn of their
/// own.
const CODE_BITS: u32 = 32;

/// Score sum, score sum of the rows with the outcome, and the sum of squared scores in two halves
/// of 32 bits, so that neither overflows; in billionths.
type Sums = [u64; 4];

/// What a pass has counted.
#[derive(Debug)]
pub(crate) struct Counts {
    pub scores: Scores,
    attributes: Vec<Attribute>,
    /// There are periods.
    pub by_period: bool,
}

/// The counts of one attribute.
#[derive(Debug, Default)]
struct Attribute {
    /// For each level, for each score, the rows without the outcome and with it.
    whole: Vec<u32>,
    /// Where each level and period is counted that a row had.
    places: Places,
    /// For each of these places, for each score: the same.
    parts: Vec<u32>,
    /// For each place.
    sums: Vec<Sums>,
}

/// Where in a record a number is.
#[derive(Debug, Clone, Copy, Default)]
struct Field {
    shift: u32,
    mask: u64,
}

impl Field {
    fn of(self, record: u64) -> usize {
        ((record >> self.shift) & self.mask) as usize
    }
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
        Self { scores: Scores::new(grid, limits), attributes, by_period }
    }

    /// The cells there are: those of all time, and those of a period.
    pub fn cells(&self) -> (usize, usize) {
        let stride = 2 * self.scores.whole();
        let whole = self.attributes.iter().map(|it| it.whole.len() / stride.max(1)).sum();
        let parts = self.attributes.iter().map(|it| it.sums.len()).sum();
        (whole, if self.by_period { parts } else { 0 })
    }

    /// Counts rows.
    pub fn count(&mut self, rows: Rows<'_>) {
        let places = self.places_of(rows);
        let buckets = Buckets::of(&places);
        let period_bits = bits_for(rows.periods.map_or(1, |(_, count)| count));
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
            let period = Field { shift: 0, mask: (1 << period_bits) - 1 };
            self.count_some(rows, &places, &buckets, (first, &fields, period));
        }
    }

    /// The number of each row's score. Counts are brought to bands when there are too many scores.
    fn places_of(&mut self, rows: Rows<'_>) -> Vec<u16> {
        let before = self.scores.widths();
        let cells = self.cells();
        if let Some(places) = self.scores.known(rows.rows, cells) {
            let after = self.scores.widths();
            for attribute in &mut self.attributes {
                attribute.widen(before, after);
            }
            return places;
        }
        self.band();
        self.scores.banded(rows.rows)
    }

    /// Brings the counts to the bands of the grid.
    pub fn band(&mut self) {
        let Some((scores, known)) = self.scores.to_bands() else { return };
        let before = self.scores.widths();
        let after = scores.widths();
        let known: Vec<usize> = known.iter().map(|&score| scores.index(score)).collect();
        let part = |index: usize| scores.part(index);
        for attribute in &mut self.attributes {
            attribute.move_counts(before, after, &known, part);
        }
        self.scores = scores;
    }

    /// Brings the counts to coarser bands.
    pub fn coarsen(&mut self, whole: u8, parts: u8) {
        let Some((scores, indexes)) = self.scores.coarser(whole, parts) else { return };
        let (before, after) = (self.scores.widths(), scores.widths());
        for attribute in &mut self.attributes {
            attribute.move_whole(before.0, after.0, &indexes.0);
            attribute.move_parts(before.1, after.1, &indexes.1);
        }
        self.scores = scores;
    }

    fn count_some(
        &mut self,
        rows: Rows<'_>,
        places: &[u16],
        buckets: &Buckets,
        (first, fields, period): (usize, &[Field], Field),
    ) {
        let codes = rows.codes.iter().skip(first).zip(fields.iter().copied());
        let periods = rows.periods.map(|(codes, _)| (codes, period));
        let codes: Vec<(&Vec<u16>, Field)> = codes.chain(periods).collect();
        let (records, places) = buckets.scattered(rows.rows, places, &codes);
        let (whole, part) = self.scores.widths();
        let strides = (2 * whole, 2 * part);
        for (place, field) in fields.iter().enumerate() {
            let levels = rows.levels.get(first + place).copied().unwrap_or(1).max(1);
            if let Some(attribute) = self.attributes.get_mut(first + place) {
                attribute.room_for(levels - 1, strides.0);
                attribute.places.fit(field.mask as usize + 1, period.mask as usize + 1);
            }
        }
        let mut at = Vec::with_capacity(BLOCK);
        for (block, places) in records.chunks(BLOCK).zip(places.chunks(BLOCK)) {
            at.clear();
            at.extend(block.iter().zip(places).map(|(record, &place)| {
                let outcome = ((record >> 32) & 1) as usize;
                let place = usize::from(place);
                (2 * place + outcome, 2 * self.scores.part(place) + outcome)
            }));
            for (field, attribute) in fields.iter().zip(self.attributes.iter_mut().skip(first)) {
                if self.by_period {
                    attribute.count::<true>(block, &at, (*field, period), strides);
                } else {
                    attribute.count::<false>(block, &at, (*field, period), strides);
                }
            }
        }
    }

    /// Adds what another pass counted. `levels` has for each attribute the number here of each
    /// level there, `periods` that of each period.
    pub fn absorb(&mut self, mut other: Self, levels: &[Vec<usize>], periods: &[usize]) {
        let cells = self.cells();
        let before = self.scores.widths();
        let known = other.scores.scores().map(|scores| scores.to_vec());
        let indexes: Option<Vec<usize>> = known.and_then(|scores| {
            let rows: Vec<u32> = scores.iter().map(|score| score << 1).collect();
            let places = self.scores.known(&rows, cells)?;
            Some(places.into_iter().map(usize::from).collect())
        });
        let from = other.scores.widths();
        match indexes {
            Some(indexes) => {
                let after = self.scores.widths();
                self.attributes.iter_mut().for_each(|it| it.widen(before, after));
                other.attributes.iter_mut().for_each(|it| {
                    it.move_counts(from, after, &indexes, |index| index);
                });
            }
            None => {
                self.band();
                other.band();
            }
        }
        let (whole, part) = self.scores.widths();
        let strides = (2 * whole, if self.by_period { 2 * part } else { 0 });
        for (place, attribute) in other.attributes.into_iter().enumerate() {
            if let Some(own) = self.attributes.get_mut(place) {
                let levels = levels.get(place).map(Vec::as_slice).unwrap_or_default();
                own.absorb(&attribute, strides, (levels, periods));
            }
        }
    }

    /// The tallies, attribute by attribute.
    pub fn tallies(self) -> Vec<Vec<Counted>> {
        let (reader, widths) = (self.scores.reader(), self.scores.widths());
        parallel::map(self.attributes, |it| it.tallies(&reader, widths, self.by_period))
    }
}

/// The tally of a level, by number, in a period, by number, or of all time.
pub(crate) type Counted = (usize, Option<usize>, Tally);

fn add(sums: &mut Sums, more: Sums) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum = sum.wrapping_add(more);
    }
}

fn tally(histogram: Histogram, [score_sum, event_score_sum, low, high]: Sums) -> Tally {
    let sum = |count: fn(&Bin) -> u64| histogram.bins().iter().map(count).sum();
    let events = sum(|bin| bin.with);
    Tally {
        n: events + sum(|bin| bin.without),
        events,
        score_sum,
        event_score_sum,
        score_square_sum: (u128::from(high) << 32) + u128::from(low),
        histogram,
    }
}

impl Attribute {
    /// Counts the rows of a block; `at` has where their scores are counted. Counts cannot overflow:
    /// there are fewer rows than a count holds.
    fn count<const PERIODS: bool>(
        &mut self,
        block: &[u64],
        at: &[(usize, usize)],
        (level, period): (Field, Field),
        strides: (usize, usize),
    ) {
        let mut missed = Vec::new();
        let levels = self.places.levels();
        let (whole, parts) = (self.whole.as_mut_slice(), self.parts.as_mut_slice());
        let (sums, table) = (self.sums.as_mut_slice(), self.places.table());
        for (&record, &(whole_at, part_at)) in block.iter().zip(at) {
            let (level, period) = (level.of(record), if PERIODS { period.of(record) } else { 0 });
            if let Some(count) = whole.get_mut(level * strides.0 + whole_at) {
                *count = count.wrapping_add(1);
            }
            let place = table.get(period * levels + level).copied().unwrap_or(Places::FREE);
            if PERIODS && let Some(count) = parts.get_mut(place as usize * strides.1 + part_at) {
                *count = count.wrapping_add(1);
            }
            match sums.get_mut(place as usize) {
                Some(sums) => add(sums, sums_of(record)),
                None => missed.push((record, part_at, level, period)),
            }
        }
        for (record, part_at, level, period) in missed {
            let place = self.open(level, period, if PERIODS { strides.1 } else { 0 });
            if PERIODS && let Some(count) = self.parts.get_mut(place * strides.1 + part_at) {
                *count = count.wrapping_add(1);
            }
            self.sums.get_mut(place).into_iter().for_each(|sums| add(sums, sums_of(record)));
        }
    }

    /// Makes room for the levels up to one.
    fn room_for(&mut self, level: usize, stride: usize) {
        if self.whole.len() < (level + 1) * stride {
            self.whole.resize((level + 1) * stride, 0);
        }
    }

    /// The place of a level and a period, made when there is none.
    fn open(&mut self, level: usize, period: usize, stride: usize) -> usize {
        let place = self.places.open(level, period);
        if self.sums.len() <= place {
            self.sums.resize(place + 1, [0; 4]);
            self.parts.resize((place + 1) * stride, 0);
        }
        place
    }

    /// Makes room for more scores.
    fn widen(&mut self, before: (usize, usize), after: (usize, usize)) {
        if before != after {
            let same: Vec<usize> = (0..before.0).collect();
            self.move_counts(before, after, &same, |index| index);
        }
    }

    fn move_counts(
        &mut self,
        before: (usize, usize),
        after: (usize, usize),
        to: &[usize],
        part: impl Fn(usize) -> usize,
    ) {
        self.move_whole(before.0, after.0, to);
        let parts: Vec<usize> = to.iter().map(|&index| part(index)).collect();
        self.move_parts(before.1, after.1, &parts);
    }

    fn move_whole(&mut self, before: usize, after: usize, to: &[usize]) {
        self.whole = moved(&self.whole, before, after, to);
    }

    fn move_parts(&mut self, before: usize, after: usize, to: &[usize]) {
        self.parts = moved(&self.parts, before, after, to);
    }

    fn tallies(
        self,
        reader: &Reader<'_>,
        (whole, part): (usize, usize),
        by_period: bool,
    ) -> Vec<Counted> {
        let (mut all, mut of_levels): (Vec<Counted>, Vec<Sums>) = (Vec::new(), Vec::new());
        for ((level, period), place) in self.places.all() {
            let sums = self.sums.get(place).copied().unwrap_or_default();
            if of_levels.len() <= level {
                of_levels.resize(level + 1, [0; 4]);
            }
            of_levels.get_mut(level).into_iter().for_each(|all| add(all, sums));
            if by_period {
                let counts = self.parts.get(2 * part * place..2 * part * (place + 1));
                let histogram = reader.parts(counts.unwrap_or_default());
                all.push((level, Some(period), tally(histogram, sums)));
            }
        }
        for ((level, counts), sums) in self.whole.chunks(2 * whole).enumerate().zip(of_levels) {
            all.push((level, None, tally(reader.whole(counts), sums)));
        }
        all.retain(|(_, _, tally)| tally.n > 0);
        all
    }

    fn absorb(
        &mut self,
        other: &Self,
        (whole, part): (usize, usize),
        (levels, periods): (&[usize], &[usize]),
    ) {
        let here = |map: &[usize], there: usize| map.get(there).copied().unwrap_or(there);
        let add_all = |to: &mut [u32], from: &[u32]| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = to.wrapping_add(*from));
        };
        for (level, counts) in other.whole.chunks(whole).enumerate() {
            let level = here(levels, level);
            self.room_for(level, whole);
            add_all(self.whole.get_mut(level * whole..).unwrap_or_default(), counts);
        }
        for ((level, period), there) in other.places.all() {
            let place = self.open(here(levels, level), here(periods, period), part);
            let of = other.sums.get(there).copied().unwrap_or_default();
            self.sums.get_mut(place).into_iter().for_each(|sums| add(sums, of));
            let counts = other.parts.get(there * part..(there + 1) * part);
            let to = self.parts.get_mut(place * part..(place + 1) * part);
            add_all(to.unwrap_or_default(), counts.unwrap_or_default());
        }
    }
}

/// Counts by score brought from one number of scores to another, `to` the new place of each.
fn moved(counts: &[u32], before: usize, after: usize, to: &[usize]) -> Vec<u32> {
    if before == 0 {
        return Vec::new();
    }
    let mut all = vec![0_u32; counts.len() / (2 * before) * 2 * after];
    for (from, into) in counts.chunks(2 * before).zip(all.chunks_mut(2 * after.max(1))) {
        for (pair, &index) in from.chunks(2).zip(to) {
            let into = into.get_mut(2 * index..2 * index + 2).unwrap_or_default();
            into.iter_mut().zip(pair).for_each(|(into, from)| *into = into.wrapping_add(*from));
        }
    }
    all
}

/// What a row adds to the sums.
fn sums_of(record: u64) -> Sums {
    let score = record >> 33;
    let with = ((record >> 32) & 1).wrapping_neg();
    let square = score.wrapping_mul(score);
    [score, score & with, square & u64::from(u32::MAX), square >> 32]
}

/// Bits that numbers below `count` take.
fn bits_for(count: usize) -> u32 {
    count.max(1).next_power_of_two().trailing_zeros()
}

/// Where the rows of near scores are put.
struct Buckets {
    /// The first place of each bucket.
    starts: Vec<usize>,
}

impl Buckets {
    fn of(places: &[u16]) -> Self {
        let mut counts = vec![0_usize; 256];
        for place in places {
            if let Some(count) = counts.get_mut(usize::from(place >> 8)) {
                *count += 1;
            }
        }
        let mut start = 0;
        for count in &mut counts {
            start += std::mem::replace(count, start);
        }
        Self { starts: counts }
    }

    /// The rows as records, bucket after bucket, each with the number of its score.
    fn scattered(
        &self,
        rows: &[u32],
        places: &[u16],
        codes: &[(&Vec<u16>, Field)],
    ) -> (Vec<u64>, Vec<u16>) {
        let mut lower = vec![0_u32; rows.len()];
        for (codes, field) in codes {
            for (lower, &code) in lower.iter_mut().zip(*codes) {
                // A field of no bits may lie past the last one.
                *lower |= u32::from(code).checked_shl(field.shift).unwrap_or_default();
            }
        }
        let mut next = self.starts.clone();
        let (mut records, mut numbers) = (vec![0; rows.len()], vec![0; rows.len()]);
        for ((&row, lower), &place) in rows.iter().zip(lower).zip(places) {
            if let Some(next) = next.get_mut(usize::from(place >> 8))
                && let Some(record) = records.get_mut(*next)
                && let Some(number) = numbers.get_mut(*next)
            {
                *record = (u64::from(row) << 32) | u64::from(lower);
                *number = place;
                *next += 1;
            }
        }
        (records, numbers)
    }
}
