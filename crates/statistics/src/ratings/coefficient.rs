//! Coefficients of agreement on categories.

use super::Ratings;
use super::icc::{self, IccForm};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A coefficient of agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "coefficient", rename_all = "snake_case")]
pub enum Coefficient {
    /// Cohen's kappa of the first two raters, over the items that both rated. Cohen, Educ Psychol
    /// Meas 1960;20:37, weighted: Psychol Bull 1968;70:213.
    Cohen {
        /// How much a near miss counts.
        weights: Weights,
    },
    /// Fleiss' kappa, over the items that all raters rated. Fleiss, Psychol Bull 1971;76:378.
    Fleiss,
    /// Krippendorff's alpha; missing ratings are allowed. Krippendorff, "Content Analysis".
    Krippendorff {
        /// How far two levels lie apart.
        distance: Distance,
    },
    /// Gwet's AC1, or AC2 with weights; missing ratings are allowed. Gwet, Br J Math Stat Psychol
    /// 2008;61:29.
    Gwet {
        /// How much a near miss counts.
        weights: Weights,
    },
    /// An intraclass correlation, over the items that all raters rated.
    Icc {
        /// Which form.
        form: IccForm,
    },
}

/// How much two ratings agree that are not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weights {
    /// Not at all.
    None,
    /// One less their distance over that of the ends of the scale.
    Linear,
    /// One less the square of that.
    Quadratic,
}

/// How far two levels lie apart, for alpha.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// All levels lie equally far apart.
    Nominal,
    /// By how many ratings lie between them.
    Ordinal,
    /// The square of their difference.
    Interval,
    /// The square of their difference over their sum; for levels that are not negative.
    Ratio,
}

impl fmt::Display for Coefficient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weighted = |weights: &Weights| match weights {
            Weights::None => "",
            Weights::Linear => ", linear weights",
            Weights::Quadratic => ", quadratic weights",
        };
        match self {
            Self::Cohen { weights } => write!(f, "Cohen's kappa{}", weighted(weights)),
            Self::Fleiss => f.write_str("Fleiss' kappa"),
            Self::Krippendorff { distance } => f.write_str(match distance {
                Distance::Nominal => "Krippendorff's alpha, nominal",
                Distance::Ordinal => "Krippendorff's alpha, ordinal",
                Distance::Interval => "Krippendorff's alpha, interval",
                Distance::Ratio => "Krippendorff's alpha, ratio",
            }),
            Self::Gwet { weights: Weights::None } => f.write_str("Gwet's AC1"),
            Self::Gwet { weights } => write!(f, "Gwet's AC2{}", weighted(weights)),
            Self::Icc { form } => write!(f, "ICC({form})"),
        }
    }
}

impl Coefficient {
    pub(super) fn of(self, ratings: &Ratings) -> Option<f64> {
        let levels = &ratings.levels;
        let found = match self {
            Self::Cohen { weights } => cohen(ratings, &weights.matrix(levels))?,
            Self::Fleiss => fleiss(ratings)?,
            Self::Krippendorff { distance } => alpha(&ratings.counts(), levels, distance)?,
            Self::Gwet { weights } => gwet(&ratings.counts(), &weights.matrix(levels))?,
            Self::Icc { form } => icc::icc(&ratings.complete(), form)?,
        };
        found.is_finite().then_some(found)
    }

    /// Items that a coefficient rests on.
    pub(super) fn items(self, ratings: &Ratings) -> usize {
        let rated = |at_least: usize| {
            let enough = |item: &&Vec<Option<usize>>| item.iter().flatten().count() >= at_least;
            ratings.items.iter().filter(enough).count()
        };
        match self {
            Self::Cohen { .. } => pairs(ratings).count(),
            Self::Fleiss | Self::Icc { .. } => rated(ratings.raters),
            Self::Krippendorff { .. } | Self::Gwet { .. } => rated(2),
        }
    }
}

impl Weights {
    /// How much each two levels agree, 1 for the same.
    pub(crate) fn matrix(self, levels: &[f64]) -> Vec<Vec<f64>> {
        let span = match (levels.first(), levels.last()) {
            (Some(first), Some(last)) => last - first,
            _ => 0.0,
        };
        let weight = |a: f64, b: f64| match self {
            Self::None => f64::from(a == b),
            Self::Linear => 1.0 - (a - b).abs() / span,
            Self::Quadratic => 1.0 - ((a - b) / span) * ((a - b) / span),
        };
        levels.iter().map(|a| levels.iter().map(|b| weight(*a, *b)).collect()).collect()
    }
}

/// The ratings of the first two raters, where both gave one.
fn pairs(ratings: &Ratings) -> impl Iterator<Item = (usize, usize)> {
    ratings.items.iter().filter_map(|item| match item.as_slice() {
        [Some(one), Some(other), ..] => Some((*one, *other)),
        _ => None,
    })
}

/// (po - pe) / (1 - pe), with weights for agreement.
fn cohen(ratings: &Ratings, weights: &[Vec<f64>]) -> Option<f64> {
    let mut margins = [vec![0.0; weights.len()], vec![0.0; weights.len()]];
    let weight = |one: usize, other: usize| weights.get(one)?.get(other).copied();
    let (mut n, mut agreed) = (0.0, 0.0);
    for (one, other) in pairs(ratings) {
        n += 1.0;
        agreed += weight(one, other)?;
        let [first, second] = &mut margins;
        *first.get_mut(one)? += 1.0;
        *second.get_mut(other)? += 1.0;
    }
    let [first, second] = &margins;
    let chance: f64 = weights.iter().zip(first).map(|(row, one)| one * dot(row, second)).sum();
    let (observed, chance) = (agreed / n, chance / (n * n));
    Some((observed - chance) / (1.0 - chance))
}

/// Over items with as many ratings as there are raters: P_i = (sum n_ij^2 - r) / (r (r - 1)).
fn fleiss(ratings: &Ratings) -> Option<f64> {
    let r = ratings.raters as f64;
    let mut counts = ratings.counts();
    counts.retain(|item| item.iter().sum::<f64>() == r);
    let n = counts.len() as f64;
    let shares = shares(&counts, ratings.levels.len());
    let observed = counts.iter().map(|item| (dot(item, item) - r) / (r * (r - 1.0))).sum::<f64>();
    let chance = dot(&shares, &shares);
    Some((observed / n - chance) / (1.0 - chance))
}

/// The mean over items of the share of each level.
fn shares(counts: &[Vec<f64>], levels: usize) -> Vec<f64> {
    let mut shares = vec![0.0; levels];
    for item in counts {
        let rated: f64 = item.iter().sum();
        shares.iter_mut().zip(item).for_each(|(share, count)| *share += count / rated);
    }
    shares.iter_mut().for_each(|share| *share /= counts.len() as f64);
    shares
}

/// Gwet's coefficient from counts of levels by item: chance is
/// sum of weights / (q (q - 1)) * sum of share (1 - share).
pub(crate) fn gwet(counts: &[Vec<f64>], weights: &[Vec<f64>]) -> Option<f64> {
    let rated: Vec<Vec<f64>> =
        counts.iter().filter(|item| item.iter().any(|it| *it > 0.0)).cloned().collect();
    let (mut twice, mut agreed) = (0.0, 0.0);
    for item in &rated {
        let r: f64 = item.iter().sum();
        if r < 2.0 {
            continue;
        }
        twice += 1.0;
        let near = weights.iter().zip(item).map(|(row, count)| count * (dot(row, item) - 1.0));
        agreed += near.sum::<f64>() / (r * (r - 1.0));
    }
    if twice < 1.0 {
        return None;
    }
    let q = weights.len() as f64;
    let all_weights: f64 = weights.iter().flatten().sum();
    let spread: f64 = shares(&rated, weights.len()).iter().map(|share| share * (1.0 - share)).sum();
    let chance = all_weights * spread / (q * (q - 1.0));
    Some((agreed / twice - chance) / (1.0 - chance))
}

/// 1 - Do / De from the coincidences of levels within items that at least two rated.
fn alpha(counts: &[Vec<f64>], levels: &[f64], distance: Distance) -> Option<f64> {
    let q = levels.len();
    let mut coincidences = vec![vec![0.0; q]; q];
    for item in counts {
        let rated: f64 = item.iter().sum();
        if rated < 2.0 {
            continue;
        }
        for (one, (row, count)) in coincidences.iter_mut().zip(item).enumerate() {
            for (other, (cell, with)) in row.iter_mut().zip(item).enumerate() {
                let with = if one == other { with - 1.0 } else { *with };
                *cell += count * with / (rated - 1.0);
            }
        }
    }
    let totals: Vec<f64> = coincidences.iter().map(|row| row.iter().sum()).collect();
    let all: f64 = totals.iter().sum();
    let (mut observed, mut expected) = (0.0, 0.0);
    for (one, row) in coincidences.iter().enumerate() {
        for (other, seen) in row.iter().enumerate() {
            let apart = distance.between(one, other, levels, &totals)?;
            observed += seen * apart;
            expected += totals.get(one)? * totals.get(other)? * apart / (all - 1.0);
        }
    }
    Some(1.0 - observed / expected)
}

impl Distance {
    fn between(self, one: usize, other: usize, levels: &[f64], totals: &[f64]) -> Option<f64> {
        let (a, b) = (levels.get(one)?, levels.get(other)?);
        let root = match self {
            Self::Nominal => f64::from(one != other),
            Self::Ordinal => {
                let between = totals.get(one.min(other)..=one.max(other))?;
                let ends = (totals.get(one)? + totals.get(other)?) / 2.0;
                between.iter().sum::<f64>() - ends
            }
            Self::Interval => a - b,
            Self::Ratio if one == other => 0.0,
            Self::Ratio => (a - b) / (a + b),
        };
        Some(root * root)
    }
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}
