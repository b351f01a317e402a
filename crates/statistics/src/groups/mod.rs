//! Several groups compared: the interval of a difference or a ratio, whether groups differ at all,
//! and group rates drawn towards the rate of all.
//!
//! A rate is given as how many rows count, of how many. The largest gap between many small groups
//! is mostly chance: [`equal_rates`] says whether there is more to it, and [`shrunk_rates`] gives
//! rates that can be ranked.

#[cfg(test)]
mod tests;

use crate::answer::{Answer, Found, TooFew};
use crate::math::{self, Sum};
use crate::threshold;
use serde::Serialize;

/// A test that groups share one value, against that they do not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Heterogeneity {
    /// About chi-square distributed with `degrees` degrees of freedom when they do.
    pub statistic: f64,
    /// Groups less one.
    pub degrees: u32,
    /// The chance of a statistic as large, when they do.
    pub p_value: f64,
    /// The value that they would share.
    pub pooled: f64,
}

impl Heterogeneity {
    fn of(statistic: f64, groups: usize, pooled: f64) -> Option<Self> {
        let degrees = u32::try_from(groups.checked_sub(1)?).ok().filter(|degrees| *degrees > 0)?;
        let p_value = math::chi_square_tail(statistic, degrees);
        let found = statistic.is_finite() && pooled.is_finite();
        found.then_some(Self { statistic, degrees, p_value, pooled })
    }

    /// The share of the differences seen that is more than chance, (Q − df)/Q, 0 to 1: the I² of
    /// Higgins & Thompson, Stat Med 2002;21:1539.
    #[must_use]
    pub fn inconsistency(&self) -> f64 {
        let excess = self.statistic - f64::from(self.degrees);
        if excess > 0.0 { excess / self.statistic } else { 0.0 }
    }
}

/// Newcombe's hybrid score interval for the first share less the second: lower and upper end, -1
/// to 1. Each share is so many of so many rows. None without rows in one of them.
///
/// `level` is the nominal coverage, such as 0.95 (brought into 0.5 to 0.999999). Newcombe, Stat Med
/// 1998;17:873, method 10.
#[must_use]
pub fn newcombe(first: (u64, u64), second: (u64, u64), level: f64) -> Option<(f64, f64)> {
    let found = difference(first, second, math::critical_value(level)).ok()?;
    Some((found.lower, found.upper))
}

/// Katz's log interval for the first share over the second: lower and upper end, above 0. None when
/// a count is 0.
///
/// `level` is as for [`newcombe`]. Katz et al., Biometrics 1978;34:469.
#[must_use]
pub fn katz(first: (u64, u64), second: (u64, u64), level: f64) -> Option<(f64, f64)> {
    let found = ratio(first, second, math::critical_value(level)).ok()?;
    Some((found.lower, found.upper))
}

/// As [`newcombe`], with the difference.
pub(crate) fn difference(first: (u64, u64), second: (u64, u64), z: f64) -> Answer {
    let high = threshold::share(first.0, first.1, z)?;
    let low = threshold::share(second.0, second.1, z)?;
    let gap = high.estimate - low.estimate;
    let length = |a: f64, b: f64| (a * a + b * b).sqrt();
    let down = length(high.estimate - high.lower, low.upper - low.estimate);
    let up = length(high.upper - high.estimate, low.estimate - low.lower);
    Ok(Found { estimate: gap, lower: gap - down, upper: gap + up }.within(-1.0, 1.0))
}

/// As [`katz`], with the ratio.
pub(crate) fn ratio(first: (u64, u64), second: (u64, u64), z: f64) -> Answer {
    let usable = |(count, rows): (u64, u64)| count > 0 && count <= rows;
    if !usable(first) || !usable(second) {
        return Err(TooFew::UNKNOWN);
    }
    let value = |(count, rows): (u64, u64)| count as f64 / rows as f64;
    let part = |share: (u64, u64)| (1.0 - value(share)) / share.0 as f64;
    let error = (part(first) + part(second)).sqrt();
    Found::log_normal(value(first) / value(second), error, z)
}

/// Pearson's chi-square test that all groups have one rate: Σ n_g(p_g − p)²/(p(1 − p)). Groups
/// without rows are left out.
///
/// None with fewer than two groups, when a count is larger than its rows, and when nothing or
/// everything counts. The distribution is approximate: groups in which fewer than five rows are
/// expected to count, or not to, make it worse.
#[must_use]
pub fn equal_rates(groups: &[(u64, u64)]) -> Option<Heterogeneity> {
    let rates = Rates::of(groups)?;
    Heterogeneity::of(rates.chi_square()?, rates.groups.len(), rates.pooled())
}

/// Cochran's Q: do values with standard errors share one mean? Σ w(x − m)² with w = 1/SE² and m
/// the mean under these weights (Cochran, Biometrics 1954;10:101). For ratios give logarithms.
///
/// Values or errors that are no number, or errors that are not above 0, are left out. None with
/// fewer than two values.
#[must_use]
pub fn equal_values(values: &[(f64, f64)]) -> Option<Heterogeneity> {
    let usable = |&(value, error): &(f64, f64)| {
        (value.is_finite() && error.is_finite() && error > 0.0)
            .then(|| (1.0 / (error * error), value))
    };
    let parts: Vec<(f64, f64)> = values.iter().filter_map(usable).collect();
    let weights: Sum = parts.iter().map(|(weight, _)| *weight).collect();
    let weighted: Sum = parts.iter().map(|(weight, value)| weight * value).collect();
    let mean = weighted.value() / weights.value();
    let away = |&(weight, value): &(f64, f64)| weight * (value - mean) * (value - mean);
    let q = parts.iter().map(away).collect::<Sum>().value();
    Heterogeneity::of(q, parts.len(), mean)
}

/// Group rates drawn towards the rate of all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShrunkRates {
    /// The rate of all groups together.
    pub pooled: f64,
    /// How alike two rows of one group are beyond what the rate of all says: 0 when groups differ
    /// by no more than chance, 1 when all rows of a group are the same.
    pub correlation: f64,
    /// The groups, in the order given.
    pub groups: Vec<ShrunkRate>,
}

/// The rate of one group.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ShrunkRate {
    /// The weighted mean of the group's own rate and the rate of all, 0 to 1.
    pub rate: f64,
    /// The weight of its own, 0 to 1; the more rows, the larger. 0 for a group without rows.
    pub weight: f64,
}

/// Empirical-Bayes rates: each group's own rate, and the rate of all with the weight that the
/// differences between the groups leave it.
///
/// True rates are taken to follow a beta distribution with the pooled mean p and intraclass
/// correlation ρ, so that Var(p_g) = p(1 − p)[1/n_g + ρ(1 − 1/n_g)]. Setting the chi-square
/// statistic of [`equal_rates`] to its mean under this gives
/// ρ = (χ² − (k − 1)) / Σ(1 − n_g/n)(n_g − 1), brought into 0 to 1 (moments with weights n_g:
/// Kleinman, JASA 1973;68:46). The rate is the mean of the beta distribution given the group's
/// rows: p + w(p_g − p) with w = n_g·ρ/(n_g·ρ + 1 − ρ).
///
/// They err less on the whole than the groups' own rates, and their largest gap is not too wide;
/// the rate of one group that truly stands apart is drawn in too far. They have no interval: that
/// of the own rate is [`crate::wilson`]'s. With few groups, ρ is a rough guess.
///
/// None with fewer than two groups with rows, when none of them has two rows, and when a count is
/// larger than its rows.
#[must_use]
pub fn shrunk_rates(groups: &[(u64, u64)]) -> Option<ShrunkRates> {
    let rates = Rates::of(groups)?;
    let (all, pooled) = (rates.rows as f64, rates.pooled());
    let spread: Sum = rates
        .groups
        .iter()
        .map(|&(_, rows)| (1.0 - rows as f64 / all) * (rows as f64 - 1.0))
        .collect();
    if rates.groups.len() < 2 || spread.value() <= 0.0 {
        return None;
    }
    // Where nothing or everything counts, groups do not differ.
    let chance = rates.groups.len() as f64 - 1.0;
    let excess = rates.chi_square().map_or(0.0, |found| found - chance);
    let correlation = (excess / spread.value()).clamp(0.0, 1.0);
    let shrunk = |&(count, rows): &(u64, u64)| {
        if rows == 0 {
            return ShrunkRate { rate: pooled, weight: 0.0 };
        }
        let own = rows as f64 * correlation;
        let weight = own / (own + 1.0 - correlation);
        ShrunkRate { rate: pooled + weight * (count as f64 / rows as f64 - pooled), weight }
    };
    Some(ShrunkRates { pooled, correlation, groups: groups.iter().map(shrunk).collect() })
}

/// The groups that have rows, with their sums.
struct Rates {
    groups: Vec<(u64, u64)>,
    count: u64,
    rows: u64,
}

impl Rates {
    /// None when a count is larger than its rows, or the sums are larger than can be counted.
    fn of(groups: &[(u64, u64)]) -> Option<Self> {
        let mut found = Self { groups: Vec::new(), count: 0, rows: 0 };
        for &(count, rows) in groups {
            if count > rows {
                return None;
            }
            found.count = found.count.checked_add(count)?;
            found.rows = found.rows.checked_add(rows)?;
            if rows > 0 {
                found.groups.push((count, rows));
            }
        }
        Some(found)
    }

    fn pooled(&self) -> f64 {
        self.count as f64 / self.rows as f64
    }

    /// None when nothing or everything counts.
    fn chi_square(&self) -> Option<f64> {
        let pooled = self.pooled();
        let spread = pooled * (1.0 - pooled);
        let term = |&(count, rows): &(u64, u64)| {
            let away = count as f64 / rows as f64 - pooled;
            rows as f64 * away * away / spread
        };
        let sum: Sum = self.groups.iter().map(term).collect();
        (self.count > 0 && self.count < self.rows).then(|| sum.value())
    }
}
