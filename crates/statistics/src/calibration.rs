//! Do the predicted risks come true? Observed over expected, logistic recalibration, Brier score.

use crate::answer::{Answer, Found, TooFew};
use crate::math::{self, Sum};
use crate::{Bin, Score, Tally};

/// Scores are kept this far from 0 and 1 before their logit is taken.
const CLIP: f64 = 1e-6;
/// A Newton step below this ends the fit: the next would be smaller than rounding.
const CONVERGED: f64 = 1e-10;
const MOST_STEPS: usize = 60;

/// Σy/Σp, with standard error √((1 − ȳ)/Σy) of its logarithm. Needs rows of both outcomes.
pub(crate) fn observed_expected(tally: &Tally, z: f64) -> Answer {
    let (ratio, log_error) = ratio_and_log_error(tally).ok_or(TooFew::UNKNOWN)?;
    Found::log_normal(ratio, log_error, z)
}

/// Observed over expected, and the standard error of its logarithm.
pub(crate) fn ratio_and_log_error(tally: &Tally) -> Option<(f64, f64)> {
    if tally.score_sum == 0 || tally.events == 0 || tally.events >= tally.n {
        return None;
    }
    let events = tally.events as f64;
    let expected = tally.score_sum as f64 / f64::from(Score::SCALE);
    let share_without = (tally.n - tally.events) as f64 / tally.n as f64;
    Some((events / expected, (share_without / events).sqrt()))
}

/// Mean score with a normal interval from the variance of the scores.
pub(crate) fn mean_score(tally: &Tally, z: f64) -> Answer {
    if tally.n < 2 {
        return Err(TooFew::UNKNOWN);
    }
    let (n, scale) = (u128::from(tally.n), f64::from(Score::SCALE));
    let sum = u128::from(tally.score_sum);
    // n Σp² − (Σp)² is whole and not negative, so nothing cancels.
    let spread = (n * tally.score_square_sum).saturating_sub(sum * sum) as f64 / (scale * scale);
    let n = n as f64;
    let variance = spread / n / (n - 1.0);
    let mean = tally.score_sum as f64 / scale / n;
    Ok(Found::normal(mean, (variance / n).sqrt(), z)?.within(0.0, 1.0))
}

/// Brier score and scaled Brier score.
pub(crate) struct Brier {
    pub(crate) plain: Answer,
    pub(crate) scaled: Answer,
}

impl Brier {
    /// B = mean (p − y)², from exact sums, with a normal interval from the variance of the squared
    /// error. Scaled: 1 − B/(ȳ(1 − ȳ)), with the interval of the delta method.
    pub(crate) fn of(tally: &Tally, z: f64) -> Self {
        if tally.n < 2 {
            return Self { plain: Err(TooFew::UNKNOWN), scaled: Err(TooFew::UNKNOWN) };
        }
        let n = tally.n as f64;
        let (brier, rate) = (brier_score(tally), tally.events as f64 / n);
        let unexplained = rate * (1.0 - rate);
        let per_rate = brier * (1.0 - 2.0 * rate) / (unexplained * unexplained);
        let (mut plain, mut scaled) = (Sum::default(), Sum::default());
        for bin in tally.histogram.bins() {
            let score = tally.histogram.score_of(bin).value();
            for (count, outcome) in [(bin.without, 0.0), (bin.with, 1.0)] {
                let count = count as f64;
                let away = (score - outcome) * (score - outcome) - brier;
                let pull = per_rate * (outcome - rate) - away / unexplained;
                plain.add(count * away * away);
                scaled.add(count * pull * pull);
            }
        }
        let error = |spread: Sum| (spread.value() / (n - 1.0) / n).sqrt();
        Self {
            plain: Found::normal(brier, error(plain), z).map(|found| found.within(0.0, 1.0)),
            scaled: Found::normal(1.0 - brier / unexplained, error(scaled), z)
                .map(|found| found.within(f64::MIN, 1.0)),
        }
    }
}

pub(crate) fn brier_score(tally: &Tally) -> f64 {
    // (Σp² + Σy) − 2Σpy in billionths of billionths: whole numbers until the one division.
    let scale = u128::from(Score::SCALE);
    let squares = tally.score_square_sum + u128::from(tally.events) * scale * scale;
    let cross = 2 * u128::from(tally.event_score_sum) * scale;
    squares.saturating_sub(cross) as f64 / ((scale * scale) as f64 * tally.n as f64)
}

/// The rows of one bin on the logit scale.
struct Point {
    logit: f64,
    rows: f64,
    events: f64,
}

/// Logistic recalibration: logit P(y) = a + b·logit(p).
pub(crate) struct Recalibration {
    /// Calibration in the large: a, with b fixed at 1.
    pub(crate) intercept: Answer,
    /// b, with a fitted beside it.
    pub(crate) slope: Answer,
}

impl Recalibration {
    /// Fits by Newton's method over the bins in ascending order, so that the same tally gives the
    /// same bits; Wald intervals.
    pub(crate) fn of(tally: &Tally, z: f64) -> Self {
        if tally.events == 0 || tally.events >= tally.n {
            return Self { intercept: Err(TooFew::UNKNOWN), slope: Err(TooFew::UNKNOWN) };
        }
        let points = points(tally);
        let wald = |fitted: Option<Coefficient>| {
            let Coefficient { value, standard_error } = fitted.ok_or(TooFew::UNKNOWN)?;
            Found::normal(value, standard_error, z)
        };
        let slope = if separated(&points) { None } else { fit(&points, Free::Both) };
        Self { intercept: wald(fit(&points, Free::Intercept)), slope: wald(slope) }
    }
}

/// The logit of a score, kept away from 0 and 1.
pub(crate) fn logit_of(score: Score) -> f64 {
    math::logit(score.value().clamp(CLIP, 1.0 - CLIP))
}

fn points(tally: &Tally) -> Vec<Point> {
    let histogram = &tally.histogram;
    let point = |bin: &Bin| {
        let rows = (bin.without + bin.with) as f64;
        Point { logit: logit_of(histogram.score_of(bin)), rows, events: bin.with as f64 }
    };
    histogram.bins().iter().map(point).collect()
}

/// True when a score divides the outcomes (ties with it allowed): then no slope fits best. One
/// score for all rows counts too.
fn separated(points: &[Point]) -> bool {
    let with = |point: &&Point| point.events > 0.0;
    let without = |point: &&Point| point.events < point.rows;
    // Points ascend, so the first and the last of an outcome are its lowest and highest.
    let apart = |lower: Option<&Point>, upper: Option<&Point>| match (lower, upper) {
        (Some(lower), Some(upper)) => lower.logit <= upper.logit,
        _ => true,
    };
    apart(points.iter().rfind(without), points.iter().find(with))
        || apart(points.iter().rfind(with), points.iter().find(without))
}

/// What is fitted: a alone, with b = 1, or both.
#[derive(Clone, Copy)]
enum Free {
    Intercept,
    Both,
}

/// A fitted coefficient, with its standard error from the Fisher information.
struct Coefficient {
    value: f64,
    standard_error: f64,
}

/// The log-likelihood of a line, with its slope and curvature.
#[derive(Default)]
struct Likelihood {
    log: f64,
    gradient: (f64, f64),
    /// Fisher information: aa, ab, bb.
    information: (f64, f64, f64),
}

fn likelihood(points: &[Point], a: f64, b: f64) -> Likelihood {
    let mut log = Sum::default();
    let mut sums = Likelihood::default();
    for point in points {
        let eta = a + b * point.logit;
        // One exponential serves both the chance and ln(1 + e^eta).
        let small = math::exp(-eta.abs());
        let chance = if eta >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
        log.add(point.events * eta - point.rows * (eta.max(0.0) + math::ln_1p(small)));
        let residual = point.events - point.rows * chance;
        let weight = point.rows * chance * (1.0 - chance);
        sums.gradient.0 += residual;
        sums.gradient.1 += residual * point.logit;
        sums.information.0 += weight;
        sums.information.1 += weight * point.logit;
        sums.information.2 += weight * point.logit * point.logit;
    }
    Likelihood { log: log.value(), ..sums }
}

/// The last coefficient that is free, by Newton's method, halving any step that would lower the
/// likelihood. None without convergence.
fn fit(points: &[Point], free: Free) -> Option<Coefficient> {
    let (mut a, mut b) = (0.0, 1.0);
    let mut here = likelihood(points, a, b);
    for _ in 0..MOST_STEPS {
        let (mut step_a, mut step_b) = newton_step(&here, free)?;
        let converged = step_a.abs() <= CONVERGED && step_b.abs() <= CONVERGED;
        let mut there = likelihood(points, a + step_a, b + step_b);
        let slack = 1e-12 * here.log.abs();
        for _ in 0..MOST_STEPS {
            if there.log >= here.log - slack {
                break;
            }
            step_a /= 2.0;
            step_b /= 2.0;
            there = likelihood(points, a + step_a, b + step_b);
        }
        a += step_a;
        b += step_b;
        here = there;
        if converged {
            let (aa, ab, bb) = here.information;
            let (value, variance) = match free {
                Free::Intercept => (a, 1.0 / aa),
                Free::Both => (b, aa / (aa * bb - ab * ab)),
            };
            return Some(Coefficient { value, standard_error: variance.sqrt() });
        }
    }
    None
}

fn newton_step(here: &Likelihood, free: Free) -> Option<(f64, f64)> {
    let (aa, ab, bb) = here.information;
    let (ga, gb) = here.gradient;
    let (step_a, step_b) = match free {
        Free::Intercept => (ga / aa, 0.0),
        Free::Both => {
            let determinant = aa * bb - ab * ab;
            // Singular to within rounding: all the weight lies on one score.
            if determinant <= 1e-13 * aa * bb {
                return None;
            }
            ((bb * ga - ab * gb) / determinant, (aa * gb - ab * ga) / determinant)
        }
    };
    (step_a.is_finite() && step_b.is_finite()).then_some((step_a, step_b))
}
