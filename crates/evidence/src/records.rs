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
    /// Score and outcome in the upper half; in the lower half the level numbers, each in its own
    /// bits, or, when they need more than 32 bits, the row's place in `codes`.
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
        let mut sorted: Vec<u64> = rows.iter().map(|&row| u64::from(row) << 32).collect();
        if fits {
            for (codes, &(shift, _)) in codes.iter().zip(&fields) {
                for (record, &code) in sorted.iter_mut().zip(codes) {
                    *record |= u64::from(code) << shift;
                }
            }
        } else {
            for (place, record) in sorted.iter_mut().enumerate() {
                *record |= place as u64;
            }
        }
        sorted.sort_unstable();
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

    /// The tally of all records.
    pub fn tally(&self) -> Tally {
        Tally::from_sorted(self.sorted.iter().map(|&record| row_of(upper(record))))
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
        let mut counts = vec![0_usize; levels * periods];
        for &record in &self.sorted {
            if let Some(count) = counts.get_mut(cell_of(record)) {
                *count += 1;
            }
        }
        let mut cells: Vec<Vec<u32>> = counts.into_iter().map(Vec::with_capacity).collect();
        for &record in &self.sorted {
            if let Some(cell) = cells.get_mut(cell_of(record)) {
                cell.push(upper(record));
            }
        }
        for (place, rows) in cells.into_iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
            let cohort = attribute.and_then(|attribute| {
                let level = attribute.names.get(place % levels)?.clone();
                Some(Cohort { attribute: attribute.name.to_owned(), level })
            });
            let period = period.and_then(|period| period.names.get(place / levels).cloned());
            set.add(CellKey { period, cohort }, Tally::from_sorted(rows.into_iter().map(row_of)));
        }
    }
}

fn upper(record: u64) -> u32 {
    (record >> 32) as u32
}

fn row_of(row: u32) -> (Score, bool) {
    (Score::from_billionths(row >> 1), row & 1 == 1)
}
