//! A predicted probability in fixed point.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A predicted probability, kept as a whole number of billionths.
///
/// A score written with up to nine decimals is exact: [`Score::value`] is then the same double that
/// reading the decimal gives. Others are rounded to the nearest billionth. Integers make sums
/// independent of the order of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Score(u32);

/// A number that is not a probability.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("a score must be a number from 0 to 1, not {value}")]
pub struct ScoreError {
    value: f64,
}

impl Score {
    /// Billionths in one.
    pub const SCALE: u32 = 1_000_000_000;

    /// Reads a probability.
    ///
    /// # Errors
    /// When `value` is not a number, or lies outside 0 to 1.
    #[inline]
    pub fn new(value: f64) -> Result<Self, ScoreError> {
        if !(0.0..=1.0).contains(&value) {
            return Err(ScoreError { value });
        }
        // In range, so the product is at most SCALE and its whole part one that a u32 holds. Taking
        // that and looking at the rest is rounding, and quicker than asking for it.
        let product = value * f64::from(Self::SCALE);
        let whole = product as u32;
        Ok(Self(whole + u32::from(product - f64::from(whole) >= 0.5)))
    }

    /// Makes a score from billionths; more than one billion counts as one.
    #[must_use]
    pub fn from_billionths(billionths: u32) -> Self {
        Self(billionths.min(Self::SCALE))
    }

    /// The score in billionths, 0 to 1,000,000,000.
    #[must_use]
    #[inline]
    pub fn billionths(self) -> u32 {
        self.0
    }

    /// The score as a double, 0 to 1.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.0) / f64::from(Self::SCALE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_of_nine_places_is_kept_exactly() {
        for text in ["0", "0.1", "0.15", "0.123456789", "0.999999999", "1"] {
            let value: f64 = text.parse().unwrap_or(f64::NAN);
            assert_eq!(Score::new(value).map(Score::value), Ok(value), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_rounded_to_the_nearest_billionth() {
        let near = [0.0, 0.5, 0.25, 1e-9, 1.0, 0.1, 1.0 / 3.0, 0.999_999_999_5].into_iter();
        let near = near.flat_map(|x: f64| [x, x + 0.5e-9, x.next_up(), (x + 0.5e-9).next_down()]);
        for value in near.filter(|value| *value <= 1.0) {
            let rounded = (value * f64::from(Score::SCALE)).round() as u32;
            assert_eq!(Score::new(value).unwrap().billionths(), rounded, "{value:e}");
        }
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        for value in [-0.1, 1.000_001, f64::NAN, f64::INFINITY] {
            assert!(Score::new(value).is_err(), "{value}");
        }
    }
}
