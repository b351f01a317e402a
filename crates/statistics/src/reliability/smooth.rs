//! A smooth calibration curve, and how far it lies from the diagonal.

use crate::estimate::SMALLEST_CELL;
use crate::log_odds::{LogOdds, Node, each_logit, logit_of};
use crate::math::{self, Sum};
use crate::{Score, Tally};
use serde::Serialize;

/// The most coefficients that a curve has: as many as knots.
const MOST: usize = 5;
/// A Newton step that would raise the log-likelihood by less than this for each row ends the fit:
/// it moves a fitted logit by about 1e-10, and the step after it by less than rounding.
const CONVERGED: f64 = 1e-20;
/// The most by which that step may move the logit of any row. Where the best fit has no end, each
/// step moves some by about 1, however little the likelihood gains.
const STILL: f64 = 1e-6;
const MOST_STEPS: usize = 60;
/// Information this small against where it began is rounding: the rows do not part the terms.
const SINGULAR: f64 = 1e-13;

/// How many knots a curve has at most: the more, the closer it follows the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knots {
    /// At the 10th, 50th and 90th percentile of the scores.
    Three,
    /// At the 5th, 35th, 65th and 95th.
    Four,
    /// At the 5th, 27.5th, 50th, 72.5th and 95th.
    Five,
}

/// A smooth calibration curve c, and how far it lies from the scores over the rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SmoothCalibration {
    /// Integrated calibration index: mean of |c(p) − p| over rows, 0 to 1.
    pub ici: f64,
    /// Median of |c(p) − p| over rows.
    pub e50: f64,
    /// 90th percentile of |c(p) − p| over rows.
    pub e90: f64,
    /// Largest |c(p) − p| of a row. It is ruled by the few rows at the ends.
    pub emax: f64,
    /// Estimated calibration index: 100 times the mean of (c(p) − p)², 0 to 100.
    pub eci: f64,
    /// Where the curve bends, in log odds of the score, ascending.
    pub knots: Vec<f64>,
    coefficients: Vec<f64>,
    /// Fisher information of the coefficients.
    #[serde(skip)]
    information: Vec<Vec<f64>>,
}

impl Knots {
    /// Where the knots are, in thousandths of the rows (Harrell, Regression Modeling Strategies).
    fn thousandths(self) -> &'static [u64] {
        match self {
            Self::Three => &[100, 500, 900],
            Self::Four => &[50, 350, 650, 950],
            Self::Five => &[50, 275, 500, 725, 950],
        }
    }

    fn fewer(self) -> Option<Self> {
        match self {
            Self::Five => Some(Self::Four),
            Self::Four => Some(Self::Three),
            Self::Three => None,
        }
    }
}

/// Fits a smooth calibration curve: logistic regression of the outcome on a restricted cubic spline
/// of the score's log odds (kept 1e-6 from 0 and 1), by maximum likelihood, and the indices of
/// Austin & Steyerberg, Stat Med 2019;38:4051, with respect to it.
///
/// The indices depend on the smoother: a loess curve, or other knots, give other numbers. Where two
/// rows stand for one percentile it is their average, so that rows counted twice change nothing.
/// With fewer distinct scores than knots asked for, there are fewer knots: those that the answer
/// names. Where scores are many, neighbouring ones are fitted together at first, with the same
/// moments up to the third within 1/64 of log odds; a last step is by all rows.
///
/// Chance bends a curve too, so the indices are above 0 for right scores, the more so the fewer
/// rows; they have no interval. None with fewer than [`SMALLEST_CELL`] rows, without both outcomes,
/// where scores take too few values for three knots, or where the curve of best fit has no end, as
/// when a score divides the outcomes. Where a score all but divides them, it hangs on rounding
/// whether one is found.
#[must_use]
pub fn smooth_calibration(tally: &Tally, knots: Knots) -> Option<SmoothCalibration> {
    if tally.n < SMALLEST_CELL || tally.events == 0 || tally.events >= tally.n {
        return None;
    }
    fit_curve(tally, &LogOdds::of(&tally.histogram), knots)
}

/// As [`smooth_calibration`], of a tally with enough rows of both outcomes and known log odds.
pub(crate) fn fit_curve(
    tally: &Tally,
    log_odds: &LogOdds,
    knots: Knots,
) -> Option<SmoothCalibration> {
    let places = places(tally, knots)?;
    let points = Points::of(tally, log_odds, &places);
    let (mut coefficients, information) = fit(&points, places.len(), tally.n as f64)?;
    if points.points.len() < tally.histogram.bins().len() {
        settle(tally, &places, &points, &mut coefficients, &information)?;
    }
    let mut curve = SmoothCalibration {
        ici: 0.0,
        e50: 0.0,
        e90: 0.0,
        emax: 0.0,
        eci: 0.0,
        knots: places,
        coefficients,
        information,
    };
    let mut away: Vec<(f64, u64)> = Vec::with_capacity(tally.histogram.bins().len());
    each_logit(&tally.histogram, |bin, logit, _| {
        let score = tally.histogram.score_of(bin).value();
        away.push(((curve.at(logit) - score).abs(), bin.without + bin.with));
    });
    away.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let mean = |power: fn(f64) -> f64| {
        let sum: Sum = away.iter().map(|&(far, rows)| power(far) * rows as f64).collect();
        sum.value() / tally.n as f64
    };
    curve.ici = mean(|far| far);
    curve.eci = 100.0 * mean(|far| far * far);
    curve.e50 = percentile(&away, tally.n, 500)?;
    curve.e90 = percentile(&away, tally.n, 900)?;
    curve.emax = away.last()?.0;
    let found = [curve.ici, curve.e50, curve.e90, curve.emax, curve.eci];
    found.iter().all(|value| value.is_finite()).then_some(curve)
}

impl SmoothCalibration {
    /// The risk that the curve gives to a score, 0 to 1. Beyond the outer knots the curve is a
    /// straight line in log odds.
    #[must_use]
    pub fn risk(&self, score: Score) -> f64 {
        self.at(logit_of(score))
    }

    fn at(&self, logit: f64) -> f64 {
        math::expit(dot(&terms(logit, &self.knots), &self.coefficients))
    }

    /// The pointwise interval of [`Self::risk`]: lower and upper end. `level` is its nominal
    /// coverage at one score, such as 0.95 (brought into 0.5 to 0.999999); that the whole curve
    /// lies inside the band is less likely.
    ///
    /// Wald's interval of the fitted log odds from the Fisher information, x'I⁻¹x (as Harrell's
    /// `rms` draws it). It holds for the spline of best fit, which a true curve with sharper bends
    /// may leave.
    #[must_use]
    pub fn band(&self, score: Score, level: f64) -> Option<(f64, f64)> {
        let terms = terms(logit_of(score), &self.knots);
        let centre = dot(&terms, &self.coefficients);
        let with_side = |(row, term): (&Vec<f64>, &f64)| {
            let mut row = row.clone();
            row.push(*term);
            row
        };
        let equations: Vec<_> = self.information.iter().zip(&terms).map(with_side).collect();
        let solved = solve(&equations, &diagonal(&equations)?)?;
        let reach = math::critical_value(level) * dot(&terms, &solved).sqrt();
        reach.is_finite().then(|| (math::expit(centre - reach), math::expit(centre + reach)))
    }
}

/// The places of the knots in log odds: distinct ones, or as many fewer as it takes.
fn places(tally: &Tally, knots: Knots) -> Option<Vec<f64>> {
    let mut scores: Vec<(f64, u64)> = Vec::with_capacity(tally.histogram.bins().len());
    each_logit(&tally.histogram, |bin, logit, _| scores.push((logit, bin.without + bin.with)));
    let mut wanted = Some(knots);
    while let Some(knots) = wanted {
        let at = |share: &u64| percentile(&scores, tally.n, *share);
        let places: Vec<f64> = knots.thousandths().iter().map(at).collect::<Option<_>>()?;
        let rising = places.iter().zip(places.iter().skip(1)).all(|(one, next)| one < next);
        if rising && scores.len() >= places.len() {
            return Some(places);
        }
        wanted = knots.fewer();
    }
    None
}

/// The value that `thousandths` of the rows lie below, from ascending values with their rows. Where
/// the share ends between two rows it is their average.
pub(crate) fn percentile(values: &[(f64, u64)], rows: u64, thousandths: u64) -> Option<f64> {
    // Whole thousandths of rows, and what is left of one.
    let wanted = u128::from(rows) * u128::from(thousandths);
    let (whole, part) = ((wanted / 1000) as u64, wanted % 1000 > 0);
    let mut seen = 0_u64;
    let mut values = values.iter();
    while let Some(&(value, rows)) = values.next() {
        seen += rows;
        if seen > whole {
            return Some(value);
        }
        if seen == whole && !part {
            return Some(values.next().map_or(value, |&(next, _)| value / 2.0 + next / 2.0));
        }
    }
    None
}

/// The terms of a restricted cubic spline at `x`: 1, x, and one for each knot but the last two,
/// (x − t_j)₊³ − [(x − t_{k−1})₊³(t_k − t_j) − (x − t_k)₊³(t_{k−1} − t_j)]/(t_k − t_{k−1}), over
/// (t_k − t_1)² (Devlin & Weeks 1986, as in Harrell). Unused places are 0.
fn terms(x: f64, knots: &[f64]) -> [f64; MOST] {
    let mut terms = [1.0, x, 0.0, 0.0, 0.0];
    let [first, .., before, last] = *knots else { return terms };
    // Beyond the last knot the cubes cancel to a line, which is written down as one.
    let (inside, beyond) = (x.min(last), (x - last).max(0.0));
    let cube = |knot: f64| {
        let over = (inside - knot).max(0.0);
        over * over * over
    };
    let inner = knots.iter().take(knots.len().saturating_sub(2));
    for (term, &knot) in terms.iter_mut().skip(2).zip(inner) {
        let bent = cube(knot) - cube(before) * (last - knot) / (last - before)
            + 3.0 * beyond * (last - knot) * (before - knot);
        *term = bent / ((last - first) * (last - first));
    }
    terms
}

fn dot(terms: &[f64; MOST], coefficients: &[f64]) -> f64 {
    terms.iter().zip(coefficients).map(|(term, coefficient)| term * coefficient).sum()
}

/// Rows at one place.
struct Point {
    terms: [f64; MOST],
    rows: f64,
}

/// What the likelihood of a curve depends on.
struct Points {
    points: Vec<Point>,
    /// Sum of the terms of the rows whose outcome happened.
    events: [f64; MOST],
}

impl Points {
    fn of(tally: &Tally, log_odds: &LogOdds, knots: &[f64]) -> Self {
        let mut events = [Sum::default(); MOST];
        each_logit(&tally.histogram, |bin, logit, _| {
            if bin.with > 0 {
                for (sum, term) in events.iter_mut().zip(terms(logit, knots)) {
                    sum.add(bin.with as f64 * term);
                }
            }
        });
        let point = |node: &Node| Point { terms: terms(node.logit, knots), rows: node.rows };
        let points = log_odds.nodes.iter().map(point).collect();
        Self { points, events: events.map(Sum::value) }
    }
}

/// The log-likelihood of a curve, and its equations: each row holds the information of one
/// coefficient with all, and its score at the end.
struct Likelihood {
    log: f64,
    equations: Vec<Vec<f64>>,
}

fn likelihood(of: &Points, coefficients: &[f64]) -> Likelihood {
    let terms = coefficients.len();
    let mut log = Sum::default();
    log.add(dot(&of.events, coefficients));
    let mut expected = [Sum::default(); MOST];
    let mut information = [[0.0; MOST]; MOST];
    for point in &of.points {
        let eta = dot(&point.terms, coefficients);
        log.add(-point.rows * math::softplus(eta));
        let chance = math::expit(eta);
        let weight = point.rows * chance * math::expit(-eta);
        let each = expected.iter_mut().zip(&mut information).zip(&point.terms);
        for ((expected, information), term) in each {
            expected.add(point.rows * chance * term);
            for (cell, other) in information.iter_mut().zip(&point.terms) {
                *cell += weight * term * other;
            }
        }
    }
    let score = of.events.iter().zip(expected).map(|(events, sum)| events - sum.value());
    let row = |(row, score): (&[f64; MOST], f64)| {
        row.iter().take(terms).copied().chain([score]).collect()
    };
    let equations = information.iter().zip(score).take(terms).map(row).collect();
    Likelihood { log: log.value(), equations }
}

/// The information of each coefficient about itself.
fn diagonal(equations: &[Vec<f64>]) -> Option<Vec<f64>> {
    equations.iter().enumerate().map(|(place, row)| row.get(place).copied()).collect()
}

/// The coefficients of best fit by Newton's method from the diagonal, halving any step that would
/// lower the likelihood, and the information there. None without convergence.
fn fit(points: &Points, terms: usize, rows: f64) -> Option<(Vec<f64>, Vec<Vec<f64>>)> {
    let mut here: Vec<f64> = [0.0, 1.0, 0.0, 0.0, 0.0].into_iter().take(terms).collect();
    let mut at = likelihood(points, &here);
    for _ in 0..MOST_STEPS {
        let mut step = solve(&at.equations, &diagonal(&at.equations)?)?;
        let scores = at.equations.iter().filter_map(|row| row.last());
        let gain: f64 = scores.zip(&step).map(|(score, step)| score * step).sum();
        let farthest = points.points.iter().map(|point| dot(&point.terms, &step).abs());
        let converged = gain <= CONVERGED * rows && farthest.fold(0.0, f64::max) <= STILL;
        let moved = |step: &[f64]| here.iter().zip(step).map(|(a, b)| a + b).collect::<Vec<_>>();
        let mut there = moved(&step);
        let mut next = likelihood(points, &there);
        let slack = 1e-12 * at.log.abs();
        for _ in 0..MOST_STEPS {
            if next.log >= at.log - slack {
                break;
            }
            step.iter_mut().for_each(|part| *part /= 2.0);
            there = moved(&step);
            next = likelihood(points, &there);
        }
        (here, at) = (there, next);
        if converged {
            let information = at.equations.into_iter().map(|mut row| {
                row.pop();
                row
            });
            return Some((here, information.collect()));
        }
    }
    None
}

/// A last step of Newton's method with the score of all rows, where some were fitted together. The
/// information is that of the nodes, right to a few digits: of what the nodes moved the curve by,
/// that share is left.
fn settle(
    tally: &Tally,
    knots: &[f64],
    points: &Points,
    coefficients: &mut [f64],
    information: &[Vec<f64>],
) -> Option<()> {
    let mut expected = [Sum::default(); MOST];
    each_logit(&tally.histogram, |bin, logit, _| {
        let terms = terms(logit, knots);
        let chance = math::expit(dot(&terms, coefficients));
        let rows = (bin.without + bin.with) as f64;
        for (sum, term) in expected.iter_mut().zip(terms) {
            sum.add(rows * chance * term);
        }
    });
    let scores = points.events.iter().zip(expected).map(|(events, sum)| events - sum.value());
    let with_score = |(row, score): (&Vec<f64>, f64)| {
        let mut row = row.clone();
        row.push(score);
        row
    };
    let equations: Vec<_> = information.iter().zip(scores).map(with_score).collect();
    let step = solve(&equations, &diagonal(&equations)?)?;
    coefficients.iter_mut().zip(step).for_each(|(at, step)| *at += step);
    Some(())
}

/// Solves equations with a positive definite matrix, each with its right side at the end, by
/// elimination from the first on. None where a pivot is no more than rounding of its `diagonal`.
fn solve(equations: &[Vec<f64>], diagonal: &[f64]) -> Option<Vec<f64>> {
    let Some((first, others)) = equations.split_first() else { return Some(Vec::new()) };
    let (&pivot, rest) = first.split_first()?;
    let (&began, diagonal) = diagonal.split_first()?;
    if pivot.is_nan() || pivot <= SINGULAR * began || pivot.is_infinite() {
        return None;
    }
    let reduce = |row: &Vec<f64>| {
        let (lead, tail) = row.split_first()?;
        let factor = lead / pivot;
        Some(tail.iter().zip(rest).map(|(a, b)| a - factor * b).collect())
    };
    let reduced: Vec<Vec<f64>> = others.iter().map(reduce).collect::<Option<_>>()?;
    let found = solve(&reduced, diagonal)?;
    let (right, cells) = rest.split_last()?;
    let known: f64 = cells.iter().zip(&found).map(|(cell, value)| cell * value).sum();
    let mut all = vec![(right - known) / pivot];
    all.extend(found);
    Some(all)
}
