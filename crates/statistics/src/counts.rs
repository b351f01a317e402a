//! Rows counted: the mergeable state behind every kind of evidence other than one score against one
//! outcome.

use crate::Tally;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// What can be added up in any order with the same result.
pub trait Merge: Clone {
    /// The state of no rows.
    fn none() -> Self;

    /// Adds the rows of another.
    fn merge(&mut self, other: &Self);
}

impl Merge for Tally {
    fn none() -> Self {
        Self::empty()
    }

    fn merge(&mut self, other: &Self) {
        Self::merge(self, other);
    }
}

/// Distinct rows in ascending order, each with how often it came.
///
/// Adding rows or merging counts in any order gives the same counts, and every statistic goes
/// through them in ascending order, so it is the same bit for bit. At most as many entries as there
/// are rows are held in memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts<R> {
    rows: Vec<(R, u64)>,
}

impl<R: Ord> Counts<R> {
    /// Counts rows, in any order.
    #[must_use]
    pub fn from_rows(mut rows: Vec<R>) -> Self {
        rows.sort_unstable();
        Self::of_sorted(rows.into_iter().map(|row| (row, 1)))
    }

    /// Counts rows given with how often they came, in any order. What came 0 times is left out.
    #[must_use]
    pub fn from_counts(mut rows: Vec<(R, u64)>) -> Self {
        rows.sort_unstable();
        Self::of_sorted(rows)
    }

    fn of_sorted(rows: impl IntoIterator<Item = (R, u64)>) -> Self {
        let mut counted: Vec<(R, u64)> = Vec::new();
        for (row, count) in rows {
            match counted.last_mut() {
                _ if count == 0 => {}
                Some((last, total)) if *last == row => *total += count,
                _ => counted.push((row, count)),
            }
        }
        Self { rows: counted }
    }

    /// The distinct rows in ascending order, each with how often it came (at least once).
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&R, u64)> + Clone {
        self.rows.iter().map(|(row, count)| (row, *count))
    }

    /// Rows in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.rows.iter().map(|(_, count)| count).sum()
    }

    /// Rows that fit.
    pub(crate) fn count(&self, fits: impl Fn(&R) -> bool) -> u64 {
        self.iter().filter(|(row, _)| fits(row)).map(|(_, count)| count).sum()
    }
}

impl<R: Ord + Clone> Merge for Counts<R> {
    fn none() -> Self {
        Self { rows: Vec::new() }
    }

    fn merge(&mut self, other: &Self) {
        let mut merged = Vec::with_capacity(self.rows.len() + other.rows.len());
        let (mut ours, mut theirs) = (self.rows.iter().peekable(), other.rows.iter().peekable());
        while let (Some((our, n)), Some((their, m))) = (ours.peek(), theirs.peek()) {
            let order = our.cmp(their);
            merged.push(match order {
                Ordering::Less => (our.clone(), *n),
                Ordering::Equal => (our.clone(), n + m),
                Ordering::Greater => (their.clone(), *m),
            });
            if order != Ordering::Greater {
                ours.next();
            }
            if order != Ordering::Less {
                theirs.next();
            }
        }
        merged.extend(ours.chain(theirs).cloned());
        self.rows = merged;
    }
}

/// A finite number, kept exactly and ordered by size.
///
/// Rows with such numbers can be sorted and counted like whole numbers, whatever their scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Number(i64);

impl Number {
    /// Reads a number. None when it is infinite or no number. Minus 0 is 0.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        // The bits of doubles, read as whole numbers, ascend with size above 0, and descend below.
        let bits = (value + 0.0).to_bits().cast_signed();
        value.is_finite().then_some(Self(if bits < 0 { bits ^ i64::MAX } else { bits }))
    }

    /// The number.
    #[must_use]
    pub fn value(self) -> f64 {
        let bits = if self.0 < 0 { self.0 ^ i64::MAX } else { self.0 };
        f64::from_bits(bits.cast_unsigned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn merging_is_counting_the_whole(a in vec(0..9_u8, 0..30), b in vec(0..9_u8, 0..30)) {
            let whole = Counts::from_rows([a.clone(), b.clone()].concat());
            let [a, b] = [a, b].map(Counts::from_rows);
            for (one, other) in [(&a, &b), (&b, &a)] {
                let mut merged = one.clone();
                merged.merge(other);
                prop_assert_eq!(&merged, &whole);
            }
            let again = whole.iter().map(|(row, count)| (*row, count)).rev().collect();
            prop_assert_eq!(Counts::from_counts(again), whole);
        }

        #[test]
        fn numbers_keep_value_and_order(a in any::<f64>(), b in any::<f64>()) {
            let [kept_a, kept_b] = [a, b].map(Number::new);
            prop_assert_eq!(kept_a.map(Number::value), a.is_finite().then_some(a));
            if let (Some(kept_a), Some(kept_b)) = (kept_a, kept_b) {
                prop_assert_eq!(Some(kept_a.cmp(&kept_b)), a.partial_cmp(&b));
            }
        }
    }

    #[test]
    fn both_zeros_are_one_number() {
        assert_eq!(Number::new(-0.0), Number::new(0.0));
        assert_eq!(Number::new(f64::NAN), None);
        assert_eq!(Number::new(f64::NEG_INFINITY), None);
    }
}
