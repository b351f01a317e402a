//! Output in levels that have an order, such as a triage level or a disease stage.

#[cfg(test)]
mod tests;

use crate::answer::{Answer, TooFew};
use crate::counts::Counts;
use crate::finding::{Finding, Setting, named, on_fisher_scale, on_logit_scale};
use crate::math::Sum;
use crate::threshold;
use serde::{Deserialize, Serialize};

/// A row: the level it has and the level it was given, from 0 up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Graded {
    /// The level it has.
    pub observed: u16,
    /// The level the model gave.
    pub predicted: u16,
}

named! {
    /// What is measured of levels with an order.
    OrdinalMeasure;
    /// Share of rows given exactly their level. 0 to 1.
    ExactAgreement "exact_agreement" "exact agreement";
    /// Share of rows given their level or one next to it. 0 to 1.
    AdjacentAgreement "adjacent_agreement" "agreement within one level";
    /// Share of rows given a higher level than they have. 0 to 1.
    Over "overestimated" "given too high a level";
    /// Share of rows given a lower level than they have. 0 to 1.
    Under "underestimated" "given too low a level";
    /// Cohen's kappa with weights by the distance of levels. -1 to 1, 0 is chance.
    LinearKappa "linear_kappa" "kappa, linear weights";
    /// Cohen's kappa with weights by the square of it. -1 to 1, 0 is chance.
    QuadraticKappa "quadratic_kappa" "kappa, quadratic weights";
    /// Kendall's rank correlation, corrected for ties. -1 to 1.
    TauB "kendall_tau_b" "Kendall's tau-b";
    /// Somers' D: of two rows of different levels, the chance that the given levels have the same
    /// order, less the chance of the opposite. -1 to 1.
    SomersD "somers_d" "Somers' D";
    /// Of two rows of different levels, the chance that the higher one was given the higher level;
    /// the same level counts half: AUROC for more than two levels. 0 to 1.
    GeneralizedC "generalized_c" "generalized C";
}

/// What a finding about levels is of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OfGrade {
    /// The measure.
    pub measure: OrdinalMeasure,
}

/// Everything that can be said of given levels against those that rows have, of `levels` levels
/// (at least 2), always in the same order. Rows beyond them are left out.
///
/// `level` is the nominal coverage of the intervals, such as 0.95 (brought into 0.5 to 0.999999).
///
/// - Shares: Wilson.
/// - Kappa: weights 1 − |i − j|/(k − 1) or 1 − (i − j)²/(k − 1)²; standard error of Fleiss, Cohen &
///   Everitt, Psychol Bull 1969;72:323.
/// - Tau-b, Somers' D (given level on true level; Am Sociol Rev 1962;27:799) and C = (D + 1)/2:
///   delta-method standard errors (Brown & Benedetti, JASA 1977;72:309).
/// - Intervals of kappa, tau-b and D on the scale of Fisher's z, of C on the logit scale, which is
///   the same. In simulations they hold in about 94 % of sets of 200 rows, and in 95 % of larger.
///
/// A set of 1 to 10 rows is suppressed.
#[must_use]
pub fn ordinal_estimates(levels: u16, rows: &Counts<Graded>, level: f64) -> Vec<Finding<OfGrade>> {
    use OrdinalMeasure as M;
    let table = Table::of(levels, rows);
    let setting = Setting::new(table.n, level);
    let z = setting.z;
    let share = |fits: fn(i32) -> bool| threshold::share(table.rows(fits), table.n, z);
    let widest = f64::from(levels.saturating_sub(1));
    let linear = table.kappa(|apart| 1.0 - apart.abs() / widest, z);
    let quadratic = table.kappa(|apart| 1.0 - apart * apart / (widest * widest), z);
    let (tau, somers, c) = table.order(z);
    let wilson = "Wilson interval";
    let fleiss = "Fleiss-Cohen-Everitt, interval on the scale of Fisher's z";
    let delta = "delta method, interval on the scale of Fisher's z";
    [
        (M::ExactAgreement, wilson, share(|apart| apart == 0)),
        (M::AdjacentAgreement, wilson, share(|apart| apart.abs() <= 1)),
        (M::Over, wilson, share(|apart| apart > 0)),
        (M::Under, wilson, share(|apart| apart < 0)),
        (M::LinearKappa, fleiss, linear),
        (M::QuadraticKappa, fleiss, quadratic),
        (M::TauB, delta, tau),
        (M::SomersD, delta, somers),
        (M::GeneralizedC, delta, c),
    ]
    .map(|(measure, method, answer)| setting.finding(OfGrade { measure }, method, answer))
    .to_vec()
}

/// A cell of the table of levels.
#[derive(Clone, Copy)]
struct Cell {
    observed: usize,
    predicted: usize,
    /// Its share of rows.
    share: f64,
}

impl Cell {
    /// How much higher the given level is.
    fn apart(&self) -> f64 {
        self.predicted as f64 - self.observed as f64
    }
}

/// Shares of rows by both levels.
struct Table {
    n: u64,
    cells: Vec<Cell>,
    observed: Vec<f64>,
    predicted: Vec<f64>,
    counted: Vec<(i32, u64)>,
}

impl Table {
    fn of(levels: u16, rows: &Counts<Graded>) -> Self {
        let known = |row: &Graded| row.observed < levels && row.predicted < levels;
        let kept: Vec<_> = rows.iter().filter(|(row, _)| known(row)).collect();
        let n = kept.iter().map(|(_, count)| count).sum();
        let cell = |(row, count): &(&Graded, u64)| Cell {
            observed: row.observed.into(),
            predicted: row.predicted.into(),
            share: *count as f64 / n as f64,
        };
        let cells: Vec<Cell> = kept.iter().map(cell).collect();
        let mut margins = [vec![0.0; levels.into()], vec![0.0; levels.into()]];
        for cell in &cells {
            for (margin, at) in margins.iter_mut().zip([cell.observed, cell.predicted]) {
                if let Some(share) = margin.get_mut(at) {
                    *share += cell.share;
                }
            }
        }
        let [observed, predicted] = margins;
        let counted = kept
            .iter()
            .map(|(row, count)| (i32::from(row.predicted) - i32::from(row.observed), *count));
        Self { n, cells, observed, predicted, counted: counted.collect() }
    }

    fn rows(&self, fits: fn(i32) -> bool) -> u64 {
        self.counted.iter().filter(|(apart, _)| fits(*apart)).map(|(_, count)| count).sum()
    }

    /// √(Σ share·influence²/n).
    fn error(&self, influence: impl Fn(&Cell) -> f64) -> f64 {
        let squares = self.cells.iter().map(|cell| {
            let by = influence(cell);
            cell.share * by * by
        });
        (squares.collect::<Sum>().value() / self.n as f64).sqrt()
    }

    fn kappa(&self, weight: impl Fn(f64) -> f64, z: f64) -> Answer {
        let agreed: Sum = self.cells.iter().map(|it| it.share * weight(it.apart())).collect();
        let agreed = agreed.value();
        // The mean weight of a level against the levels of the other side.
        let against = |at: usize, others: &[f64]| {
            let terms = others.iter().enumerate();
            let terms = terms.map(|(other, share)| share * weight(at as f64 - other as f64));
            terms.collect::<Sum>().value()
        };
        let of_observed: Vec<f64> =
            (0..self.observed.len()).map(|at| against(at, &self.predicted)).collect();
        let of_predicted: Vec<f64> =
            (0..self.predicted.len()).map(|at| against(at, &self.observed)).collect();
        let terms = self.observed.iter().zip(&of_observed).map(|(share, mean)| share * mean);
        let chance = terms.collect::<Sum>().value();
        let kappa = (agreed - chance) / (1.0 - chance);
        let at = |means: &[f64], level: usize| means.get(level).copied().unwrap_or_default();
        let error = self.error(|cell| {
            let by_agreed = weight(cell.apart()) - agreed;
            let means = at(&of_observed, cell.observed) + at(&of_predicted, cell.predicted);
            let by_chance = means - 2.0 * chance;
            (by_agreed * (1.0 - chance) - (1.0 - agreed) * by_chance) / (1.0 - chance).powi(2)
        });
        on_fisher_scale(kappa, error, z)
    }

    /// Tau-b, Somers' D and C.
    fn order(&self, z: f64) -> (Answer, Answer, Answer) {
        let apart = self.cells.iter().map(|cell| cell.share * self.excess(cell));
        let apart = apart.collect::<Sum>().value();
        let same = |margin: &[f64]| margin.iter().map(|it| it * it).collect::<Sum>().value();
        let (same_observed, same_predicted) = (same(&self.observed), same(&self.predicted));
        let (untied, untied_predicted) = (1.0 - same_observed, 1.0 - same_predicted);
        if untied <= 0.0 {
            return (Err(TooFew::UNKNOWN), Err(TooFew::UNKNOWN), Err(TooFew::UNKNOWN));
        }
        // How each piece moves with the weight of a row in a cell.
        let share = |margin: &[f64], at: usize| margin.get(at).copied().unwrap_or_default();
        let by_untied = |cell: &Cell| 2.0 * (same_observed - share(&self.observed, cell.observed));
        let by_untied_predicted =
            |cell: &Cell| 2.0 * (same_predicted - share(&self.predicted, cell.predicted));
        let by_apart = |cell: &Cell| 2.0 * (self.excess(cell) - apart);
        let somers = apart / untied;
        let somers_error = self.error(|cell| (by_apart(cell) - somers * by_untied(cell)) / untied);
        let both = (untied * untied_predicted).sqrt();
        let tau = apart / both;
        let tau_error = self.error(|cell| {
            let ties = by_untied(cell) / untied + by_untied_predicted(cell) / untied_predicted;
            by_apart(cell) / both - tau / 2.0 * ties
        });
        let c = on_logit_scale(f64::midpoint(somers, 1.0), somers_error / 2.0, z);
        (on_fisher_scale(tau, tau_error, z), on_fisher_scale(somers, somers_error, z), c)
    }

    /// The share of rows in the same order towards a cell, less that in the opposite order.
    fn excess(&self, cell: &Cell) -> f64 {
        let signs = self.cells.iter().map(|other| {
            let order = |a: usize, b: usize| (a > b) as i8 - (a < b) as i8;
            let sign =
                order(other.observed, cell.observed) * order(other.predicted, cell.predicted);
            f64::from(sign) * other.share
        });
        signs.collect::<Sum>().value()
    }
}
