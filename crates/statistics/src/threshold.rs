//! What a threshold does: flags, and who is under them.

use crate::answer::{Answer, Found, TooFew};
use crate::{Histogram, Measure, Score, math};

/// Rows by flag and outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flags {
    /// Flagged, outcome happened.
    pub(crate) hit: u64,
    /// Flagged, outcome did not happen.
    pub(crate) false_alarm: u64,
    /// Not flagged, outcome happened.
    pub(crate) missed: u64,
    /// Not flagged, outcome did not happen.
    pub(crate) passed: u64,
}

impl Flags {
    /// Flags the rows with `score >= threshold`. In a banded histogram a band is flagged when all
    /// of it is.
    pub(crate) fn at(histogram: &Histogram, threshold: Score) -> Self {
        let mut flags = Self { hit: 0, false_alarm: 0, missed: 0, passed: 0 };
        for bin in histogram.bins() {
            if bin.floor >= threshold.billionths() {
                flags.hit += bin.with;
                flags.false_alarm += bin.without;
            } else {
                flags.missed += bin.with;
                flags.passed += bin.without;
            }
        }
        flags
    }

    /// Flags every row.
    pub(crate) fn all(histogram: &Histogram) -> Self {
        Self::at(histogram, Score::from_billionths(0))
    }

    fn flagged(self) -> u64 {
        self.hit + self.false_alarm
    }

    pub(crate) fn rows(self) -> u64 {
        self.flagged() + self.missed + self.passed
    }

    /// The measure as so many of so many rows. None for a measure that is no such share.
    pub(crate) fn share(self, measure: Measure) -> Option<(u64, u64)> {
        match measure {
            Measure::Sensitivity => Some((self.hit, self.hit + self.missed)),
            Measure::Specificity => Some((self.passed, self.passed + self.false_alarm)),
            Measure::Ppv => Some((self.hit, self.flagged())),
            Measure::Npv => Some((self.passed, self.passed + self.missed)),
            Measure::FlagRate => Some((self.flagged(), self.rows())),
            Measure::OutcomeRate => Some((self.hit + self.missed, self.rows())),
            _ => None,
        }
    }

    /// TP/n − w·FP/n with w = t/(1 − t), and its normal interval from the exact variance
    /// [TP/n + w²·FP/n − NB²]/n of a mean of bounded terms. Not defined at a threshold of 1.
    pub(crate) fn net_benefit(self, threshold: Score, z: f64) -> Answer {
        if threshold.billionths() == Score::SCALE || self.rows() == 0 {
            return Err(TooFew::UNKNOWN);
        }
        let t = threshold.value();
        let weight = t / (1.0 - t);
        let n = self.rows() as f64;
        let (hit, false_alarm) = (self.hit as f64 / n, self.false_alarm as f64 / n);
        let benefit = hit - weight * false_alarm;
        let variance = (hit + weight * weight * false_alarm - benefit * benefit).max(0.0) / n;
        Found::normal(benefit, variance.sqrt(), z)
    }
}

/// Wilson's interval for `count` of `rows`: lower and upper end. None without rows.
///
/// `level` is the nominal coverage, such as 0.95 (brought into 0.5 to 0.999999).
#[must_use]
pub fn wilson(count: u64, rows: u64, level: f64) -> Option<(f64, f64)> {
    let found = share(count, rows, math::critical_value(level)).ok()?;
    Some((found.lower, found.upper))
}

/// `count / rows` with Wilson's interval (1927), which stays inside 0 to 1 and never has width 0.
pub(crate) fn share(count: u64, rows: u64, z: f64) -> Answer {
    if rows == 0 || count > rows {
        return Err(TooFew::UNKNOWN);
    }
    let (lower, upper) = wilson_at(count as f64 / rows as f64, rows as f64, z);
    Found { estimate: count as f64 / rows as f64, lower, upper }.finite()
}

/// Wilson's interval around the share `q` of `n` rows, of which there may be part of one.
pub(crate) fn wilson_at(q: f64, n: f64, z: f64) -> (f64, f64) {
    let z2 = z * z;
    let centre = (q + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z * (q * (1.0 - q) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
    // At 0 and n one end is exactly 0 or 1; rounding must not move it past the estimate.
    let lower = if q <= 0.0 { 0.0 } else { centre - half };
    let upper = if q >= 1.0 { 1.0 } else { centre + half };
    (lower, upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_gives_the_published_intervals() {
        let check = |count, rows, lower: f64, upper: f64| {
            let (l, u) = wilson(count, rows, 0.95).unwrap();
            assert!(
                (l - lower).abs() < 5e-6 && (u - upper).abs() < 5e-6,
                "{count}/{rows}: {l} {u}"
            );
        };
        check(71, 100, 0.614_61, 0.789_85);
        assert_eq!(wilson(0, 0, 0.95), None);
        assert_eq!(wilson(0, 20, 0.95).unwrap().0, 0.0);
        assert_eq!(wilson(29, 29, 0.95).unwrap().1, 1.0);
    }
}
