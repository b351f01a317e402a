//! Rows as integers, sorted once and tallied into every cell.
//!
//! A row becomes one 64-bit record: 31 bits of score and outcome above 32 bits that lead to its
//! cohorts and its period. Records are sorted once; walking them in order then fills every cell in
//! ascending order of score, which is what makes a tally linear.

use crate::{CellKey, TallySet};
use statistics::{Cohort, Score, Tally};

/// An attribute, or the period: where its level numbers are, and what they mean.
pub(crate) struct Dimension<'a> {
    /// The place of its numbers among those of a row.
    pub place: usize,
    pub name: &'a str,
    /// The name of each level, by number.
    pub names: &'a [String],
}

/// Rows in ascending order of score.
///
/// Records have score and outcome in the upper half; in the lower half the level numbers, each in
/// its own bits, or, when they need more than 32 bits, the row's place in `codes`.
pub(crate) struct Records {
    sorted: Vec<u64>,
    /// For each dimension its shift and mask within the lower half; none when the lower half is a
    /// place.
    fields: Option<Vec<(u32, u32)>>,
    codes: Vec<Vec<u16>>,
}

impl Records {
    /// Sorts rows, each twice its score in billionths plus its outcome. `codes` has for each
    /// dimension the level number of each row, and `levels` how many levels there are.
    pub fn sorted(rows: &[u32], codes: Vec<Vec<u16>>, levels: impl Iterator<Item = usize>) -> Self {
        let mut shift = 0;
        let fields: Vec<(u32, u32)> = levels
            .map(|count| {
                let bits = count.next_power_of_two().trailing_zeros();
                let field = (shift, (1_u32 << bits) - 1);
                shift += bits;
                field
            })
            .collect();
        let fits = shift <= u32::BITS;
        let mut lower: Vec<u32> = vec![0; rows.len()];
        if fits {
            for (codes, &(shift, _)) in codes.iter().zip(&fields) {
                for (lower, &code) in lower.iter_mut().zip(codes) {
                    // A dimension of one level has no bits, and may lie past the last one.
                    *lower |= u32::from(code).checked_shl(shift).unwrap_or_default();
                }
            }
        } else {
            lower.iter_mut().zip(0..).for_each(|(lower, place)| *lower = place);
        }
        let records = rows.iter().zip(&lower);
        let records = records.map(|(&row, &lower)| (u64::from(row) << 32) | u64::from(lower));
        let sorted = sorted_by_score(records);
        let (fields, codes) = if fits { (Some(fields), Vec::new()) } else { (None, codes) };
        Self { sorted, fields, codes }
    }

    /// The number of a record's level in one dimension.
    fn code(&self, record: u64, dimension: usize) -> usize {
        let lower = record as u32;
        match &self.fields {
            Some(fields) => {
                // A dimension of one level has no bits, and may then lie past the last one.
                let (shift, mask) = fields.get(dimension).copied().unwrap_or_default();
                (lower.checked_shr(shift).unwrap_or_default() & mask) as usize
            }
            None => {
                let codes = self.codes.get(dimension);
                codes.and_then(|codes| codes.get(lower as usize)).copied().map_or(0, usize::from)
            }
        }
    }

    /// Tallies each level of an attribute (none: everyone) in each period (none: all time).
    pub fn tally_by(
        &self,
        attribute: Option<&Dimension<'_>>,
        period: Option<&Dimension<'_>>,
        set: &mut TallySet,
    ) {
        let levels = attribute.map_or(1, |attribute| attribute.names.len());
        let periods = period.map_or(1, |period| period.names.len());
        let cell_of = |record: u64| {
            let of = |dimension: Option<&Dimension<'_>>| {
                dimension.map_or(0, |dimension| self.code(record, dimension.place))
            };
            of(period) * levels + of(attribute)
        };
        let cells = levels * periods;
        let rows = self.sorted.iter().map(|&record| ((record >> 32) as u32, cell_of(record)));
        let cells = by_cell(rows, cells);
        for (place, tally) in cells.into_iter().enumerate().filter(|(_, tally)| tally.n > 0) {
            let cohort = attribute.and_then(|attribute| {
                let level = attribute.names.get(place % levels)?.clone();
                Some(Cohort { attribute: attribute.name.to_owned(), level })
            });
            let period = period.and_then(|period| period.names.get(place / levels).cloned());
            set.add(CellKey { period, cohort }, tally);
        }
    }
}

/// Tallies rows in order of score, each given with its cell. They are put apart by cell first:
/// what is then done to the rows of one cell needs few numbers at a time.
fn by_cell(rows: impl Iterator<Item = (u32, usize)> + Clone, cells: usize) -> Vec<Tally> {
    let read =
        |row: u32| (Score::from_billionths(row >> 1), u64::from(!row & 1), u64::from(row & 1));
    if cells == 1 {
        return vec![Tally::from_counts(rows.map(|(row, _)| read(row)))];
    }
    let mut counts = vec![0_usize; cells];
    for (_, cell) in rows.clone() {
        if let Some(count) = counts.get_mut(cell) {
            *count += 1;
        }
    }
    let mut apart: Vec<Vec<u32>> = counts.into_iter().map(Vec::with_capacity).collect();
    for (row, cell) in rows {
        if let Some(apart) = apart.get_mut(cell) {
            apart.push(row);
        }
    }
    apart.iter().map(|rows| Tally::from_counts(rows.iter().map(|&row| read(row)))).collect()
}

/// The digits of a score of 30 bits by which records are put in order, without comparing any two.
const DIGIT_BITS: u32 = 10;
const DIGITS: usize = 1 << DIGIT_BITS;

/// A digit of a record's score; the lowest is the digit 0.
fn digit(record: u64, place: u32) -> usize {
    (score_bits(record) >> (DIGIT_BITS * place)) as usize % DIGITS
}

/// Sorts records by score; those of one score stay in their order.
///
/// The highest digit puts each record into its bucket, once and for all. The two lower ones then
/// put each bucket in order, which is small enough to stay near the processor.
fn sorted_by_score(records: impl ExactSizeIterator<Item = u64> + Clone) -> Vec<u64> {
    let mut sorted = vec![0; records.len()];
    let ends = place_by(2, records, &mut sorted);
    let mut spare = Vec::new();
    let mut start = 0;
    for end in ends {
        let Some(bucket) = sorted.get_mut(start..end) else { continue };
        start = end;
        // Below this many, counting every digit takes longer than comparing records.
        if bucket.len() < DIGITS / 4 {
            bucket.sort_by_key(|&record| score_bits(record));
            continue;
        }
        spare.resize(bucket.len(), 0);
        place_by(0, bucket.iter().copied(), &mut spare);
        place_by(1, spare.iter().copied(), bucket);
    }
    sorted
}

/// Writes records in the order of one digit of their scores, those of the same digit in the order
/// in which they come; gives where the records of each digit end.
fn place_by(
    place: u32,
    records: impl Iterator<Item = u64> + Clone,
    to: &mut [u64],
) -> [usize; DIGITS] {
    let mut next = [0_usize; DIGITS];
    for record in records.clone() {
        if let Some(count) = next.get_mut(digit(record, place)) {
            *count += 1;
        }
    }
    let mut start = 0;
    for count in &mut next {
        start += std::mem::replace(count, start);
    }
    for record in records {
        if let Some(next) = next.get_mut(digit(record, place))
            && let Some(slot) = to.get_mut(*next)
        {
            *slot = record;
            *next += 1;
        }
    }
    next
}

/// The score of a record, in billionths.
fn score_bits(record: u64) -> u32 {
    (record >> 33) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_sorted_by_score_and_otherwise_stay_in_order() {
        let check = |records: Vec<u64>| {
            let mut wanted = records.clone();
            wanted.sort_by_key(|record| record >> 33);
            assert_eq!(sorted_by_score(records.into_iter()), wanted);
        };
        let scrambled = |place: u64| place.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1;
        check(Vec::new());
        check((0..100).map(scrambled).collect());
        check((0..100_000).map(scrambled).collect());
        // One score alone; scores that differ in their highest digit alone; few scores.
        check((0..5000).rev().collect());
        check((0..5000).map(|place| scrambled(place) & (0x3ff << 53) | place).collect());
        check(
            (0..50_000_u64).map(|place| ((scrambled(place) % 7 * 100_000) << 33) | place).collect(),
        );
    }
}
