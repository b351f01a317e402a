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
pub(crate) struct Records {
    sorted: Sorted,
    /// For each dimension its shift and mask within the lower half; none when the lower half is a
    /// place.
    fields: Option<Vec<(u32, u32)>>,
    codes: Vec<Vec<u16>>,
}

/// Records have score and outcome in the upper half; in the lower half the level numbers, each in
/// its own bits, or, when they need more than 32 bits, the row's place in `codes`.
enum Sorted {
    /// One for each row.
    Rows(Vec<u64>),
    /// One, its outcome bit unset, for all rows of the same score and levels: how many there are
    /// without the outcome and with it.
    Counts(Vec<(u64, [u32; 2])>),
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
        let counts = if fits { count_few_scores(records.clone(), shift) } else { None };
        let sorted = counts.map_or_else(|| Sorted::Rows(sorted_by_score(records)), Sorted::Counts);
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
        let cells = match &self.sorted {
            Sorted::Rows(rows) => {
                let row = |record: u64| ((record >> 32) as u32, cell_of(record));
                by_cell(rows.iter().map(|&record| row(record)), cells, |row: u32| {
                    (Score::from_billionths(row >> 1), u64::from(!row & 1), u64::from(row & 1))
                })
            }
            Sorted::Counts(counts) => {
                let item = |&(record, counts): &(u64, [u32; 2])| {
                    ((score_bits(record), counts), cell_of(record))
                };
                by_cell(counts.iter().map(item), cells, |(score, [without, with])| {
                    (Score::from_billionths(score), without.into(), with.into())
                })
            }
        };
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

/// Tallies items in order of score, each given with its cell. They are put apart by cell first:
/// what is then done to the items of one cell needs few numbers at a time.
fn by_cell<T: Copy>(
    items: impl Iterator<Item = (T, usize)> + Clone,
    cells: usize,
    read: impl Fn(T) -> (Score, u64, u64) + Copy,
) -> Vec<Tally> {
    if cells == 1 {
        return vec![Tally::from_counts(items.map(|(item, _)| read(item)))];
    }
    let mut counts = vec![0_usize; cells];
    for (_, cell) in items.clone() {
        if let Some(count) = counts.get_mut(cell) {
            *count += 1;
        }
    }
    let mut apart: Vec<Vec<T>> = counts.into_iter().map(Vec::with_capacity).collect();
    for (item, cell) in items {
        if let Some(apart) = apart.get_mut(cell) {
            apart.push(item);
        }
    }
    apart.iter().map(|items| Tally::from_counts(items.iter().map(|&item| read(item)))).collect()
}

/// Counts the rows of each score and each combination of levels, if there are few enough: logs
/// whose scores have few digits need no sorting. `bits` of the lower half are in use.
fn count_few_scores(records: impl Iterator<Item = u64>, bits: u32) -> Option<Vec<(u64, [u32; 2])>> {
    /// Scores and counts that stay within a processor's cache.
    const MOST_SCORES: usize = 1 << 14;
    const MOST_COUNTS: usize = 1 << 20;
    const SLOT_BITS: u32 = 15;
    let most_scores = MOST_SCORES.min(MOST_COUNTS.checked_shr(bits)?);
    let combinations = 1_usize.checked_shl(bits)?;
    // Where each score is looked up, by open addressing: the score and its place, or the place
    // `FREE`. At most half the slots are taken, so that a free one is always near.
    const FREE: u32 = u32::MAX;
    let mut slots = vec![(0_u32, FREE); 1 << SLOT_BITS];
    let mut scores: Vec<u32> = Vec::new();
    let mut counts: Vec<[u32; 2]> = Vec::new();
    for record in records {
        let score = score_bits(record);
        // Fibonacci hashing: the highest bits of a product with 2^32 over the golden ratio.
        let mut at = (score.wrapping_mul(0x9e37_79b9) >> (u32::BITS - SLOT_BITS)) as usize;
        let place = loop {
            let slot = slots.get_mut(at)?;
            if slot.1 == FREE {
                if scores.len() == most_scores {
                    return None;
                }
                *slot = (score, scores.len() as u32);
                scores.push(score);
                counts.resize(scores.len() * combinations, [0; 2]);
            }
            if slot.0 == score {
                break slot.1 as usize;
            }
            at = (at + 1) % (1 << SLOT_BITS);
        };
        let levels = record as u32 as usize;
        let [without, with] = counts.get_mut((place << bits) + levels)?;
        *without += 1 - outcome_bit(record) as u32;
        *with += outcome_bit(record) as u32;
    }
    let mut order: Vec<(u32, &[[u32; 2]])> =
        scores.into_iter().zip(counts.chunks(combinations)).collect();
    order.sort_unstable_by_key(|(score, _)| *score);
    let of_score = |(score, counts): (u32, &[[u32; 2]])| {
        let some = (0..).zip(counts).filter(|(_, counts)| **counts != [0; 2]);
        some.map(|(levels, counts)| (u64::from(score) << 33 | levels, *counts)).collect::<Vec<_>>()
    };
    Some(order.into_iter().flat_map(of_score).collect())
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

/// One when the outcome happened.
fn outcome_bit(record: u64) -> u64 {
    (record >> 32) & 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_scores_are_counted_as_sorted_rows_are() {
        let check = |scores: u64, counted: bool| {
            let row = |place: u64| {
                (place * 7 % scores * 1000) << 33 | (place % 3 % 2) << 32 | (place % 8)
            };
            let rows: Vec<u64> = (0..40_000).map(row).collect();
            let counts = count_few_scores(rows.iter().copied(), 3);
            assert_eq!(counts.is_some(), counted, "{scores}");
            for (record, [without, with]) in counts.into_iter().flatten() {
                let of =
                    |bit: u64| rows.iter().filter(|row| **row == record | bit << 32).count() as u32;
                assert_eq!([without, with], [of(0), of(1)], "{record}");
            }
        };
        check(1, true);
        check(100, true);
        check(40_000, false);
    }

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
