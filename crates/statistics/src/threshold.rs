//! What a threshold does: flags, and who is under them.

use crate::answer::{Answer, Found, TooFew};
use crate::{Bin, Histogram, Measure, Score, math};

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
        let bins = histogram.bins();
        let first = bins.partition_point(|bin| bin.floor < threshold.billionths());
        let (below, above) = bins.split_at_checked(first).unwrap_or((bins, &[]));
        let sum = |bins: &[Bin]| {
            let add = |(without, with), bin: &Bin| (without + bin.without, with + bin.with);
            bins.iter().fold((0, 0), add)
        };
        let ((passed, missed), (false_alarm, hit)) = (sum(below), sum(above));
        Self { hit, false_alarm, missed, passed }
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
            _ => None,
        }
    }

    /// 1 / positive predictive value, with the ends of its Wilson interval turned over.
    pub(crate) fn needed_to_evaluate(self, z: f64) -> Answer {
        let Found { estimate, lower, upper } = share(self.hit, self.flagged(), z)?;
        Found { estimate: 1.0 / estimate, lower: 1.0 / upper, upper: 1.0 / lower }.finite()
    }

    /// TP/n − w·FP/n with w = t/(1 − t) (Vickers & Elkin, Med Decis Making 2006;26:565), and its
    /// normal interval from the exact variance [TP/n + w²·FP/n − NB²]/n of a mean of bounded terms.
    /// Not defined at a threshold of 1.
    pub(crate) fn net_benefit(self, threshold: Score, z: f64) -> Answer {
        let weight = odds(threshold).ok_or(TooFew::UNKNOWN)?;
        mean([(self.hit, 1.0), (self.false_alarm, -weight)], self.rows(), z)
    }

    /// Net benefit over the outcome rate: (TP − w·FP)/(TP + FN), the relative utility of Baker et
    /// al., JRSS A 2009;172:729. A ratio of two means; the interval is normal by the delta method,
    /// with the variance of [1(TP) − w·1(FP) − s·1(outcome)]/ȳ over n.
    pub(crate) fn standardised_net_benefit(self, threshold: Score, z: f64) -> Answer {
        let weight = odds(threshold).ok_or(TooFew::UNKNOWN)?;
        let events = (self.hit + self.missed) as f64;
        let [hit, missed, false_alarm] =
            [self.hit, self.missed, self.false_alarm].map(|count| count as f64);
        let benefit = (hit - weight * false_alarm) / events;
        let left = 1.0 - benefit;
        let squares =
            hit * left * left + missed * benefit * benefit + false_alarm * weight * weight;
        Found::normal(benefit, squares.sqrt() / events, z)
    }

    /// 100·(NB − NB of treating all)/w = 100·(TN/n − FN/(w·n)) (Vickers & Elkin 2006), a mean of
    /// bounded terms as net benefit is. Not defined at thresholds of 0 and 1.
    pub(crate) fn interventions_avoided(self, threshold: Score, z: f64) -> Answer {
        let weight = odds(threshold).filter(|weight| *weight > 0.0).ok_or(TooFew::UNKNOWN)?;
        let terms = [(self.passed, 100.0), (self.missed, -100.0 / weight)];
        mean(terms, self.rows(), z)
    }
}

/// The odds of a threshold: what a false alarm costs in hits. None at 1.
fn odds(threshold: Score) -> Option<f64> {
    let t = threshold.value();
    (threshold.billionths() < Score::SCALE).then(|| t / (1.0 - t))
}

/// The mean over rows of which so many have each value and the others 0, with a normal interval
/// from the variance Σ(value²)/n − mean² over n.
fn mean(values: [(u64, f64); 2], rows: u64, z: f64) -> Answer {
    let n = rows as f64;
    let over_rows = |term: fn(f64) -> f64| -> f64 {
        values.iter().map(|&(count, value)| term(value) * (count as f64 / n)).sum()
    };
    let mean = over_rows(|value| value);
    let variance = (over_rows(|value| value * value) - mean * mean).max(0.0) / n;
    Found::normal(mean, variance.sqrt(), z)
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
