//! Logistic recalibration: calibration in the large and calibration slope.

use crate::Tally;
use crate::answer::{Answer, Found, TooFew};
use crate::log_odds::{LogOdds, Node, separated};
use crate::math::{self, Sum};

/// A Newton step below this ends the fit: the next would be smaller than rounding.
const CONVERGED: f64 = 1e-10;
const MOST_STEPS: usize = 60;
/// A step that moves no logit by more than this raises the likelihood: the information then changes
/// by a factor of at most e^(1/2) on the way, and half of that is less than one.
const SURE: f64 = 0.5;

/// Logistic recalibration: logit P(y) = a + b·logit(p) (Cox 1958; Van Calster et al., BMC Med
/// 2019;17:230).
pub(crate) struct Recalibration {
    /// Calibration in the large: a, with b fixed at 1.
    pub(crate) intercept: Answer,
    /// b, with a fitted beside it.
    pub(crate) slope: Answer,
}

impl Recalibration {
    /// Fits by Newton's method over the rows in ascending order, so that the same tally gives the
    /// same bits; Wald intervals from the Fisher information.
    pub(crate) fn of(tally: &Tally, log_odds: &LogOdds, z: f64) -> Self {
        if tally.events == 0 || tally.events >= tally.n {
            return Self { intercept: Err(TooFew::UNKNOWN), slope: Err(TooFew::UNKNOWN) };
        }
        let wald = |fitted: Option<Coefficient>| {
            let Coefficient { value, standard_error } = fitted.ok_or(TooFew::UNKNOWN)?;
            Found::normal(value, standard_error, z)
        };
        let apart = separated(&tally.histogram);
        let start = Likelihood::of(log_odds, 0.0, 1.0);
        let slope = if apart { None } else { fit(log_odds, &start, Free::Both) };
        Self { intercept: wald(fit(log_odds, &start, Free::Intercept)), slope: wald(slope) }
    }
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

/// How the log-likelihood of a line changes with the line.
#[derive(Clone, Copy, Default)]
struct Likelihood {
    gradient: (f64, f64),
    /// Fisher information: aa, ab, bb.
    information: (f64, f64, f64),
}

impl Likelihood {
    fn of(log_odds: &LogOdds, a: f64, b: f64) -> Self {
        let (mut expected, mut expected_logits) = (Sum::default(), Sum::default());
        let (mut aa, mut ab, mut bb) = (0.0, 0.0, 0.0);
        for node in &log_odds.nodes {
            let chance = math::expit(a + b * node.logit);
            let with = node.rows * chance;
            expected.add(with);
            expected_logits.add(with * node.logit);
            let weight = with * (1.0 - chance);
            let once = weight * node.logit;
            aa += weight;
            ab += once;
            bb += once * node.logit;
        }
        let gradient =
            (log_odds.events - expected.value(), log_odds.event_logits - expected_logits.value());
        Self { gradient, information: (aa, ab, bb) }
    }
}

/// The log-likelihood of a line.
fn log_likelihood(of: &LogOdds, a: f64, b: f64) -> f64 {
    let mut log = Sum::default();
    // What the outcomes add is a line in a and b.
    log.add(a * of.events + b * of.event_logits);
    for node in &of.nodes {
        log.add(-node.rows * math::softplus(a + b * node.logit));
    }
    log.value()
}

/// The last coefficient that is free, by Newton's method, halving any step that would lower the
/// likelihood. `start` is how that changes at the line a = 0, b = 1. None without convergence.
fn fit(of: &LogOdds, start: &Likelihood, free: Free) -> Option<Coefficient> {
    let (mut a, mut b) = (0.0, 1.0);
    let mut here = *start;
    for _ in 0..MOST_STEPS {
        let step = newton_step(&here, free)?;
        if step.0.abs() <= CONVERGED && step.1.abs() <= CONVERGED {
            // The step moves the information by less than rounding does.
            let (aa, ab, bb) = here.information;
            let (value, variance) = match free {
                Free::Intercept => (a + step.0, 1.0 / aa),
                Free::Both => (b + step.1, aa / (aa * bb - ab * ab)),
            };
            return Some(Coefficient { value, standard_error: variance.sqrt() });
        }
        (a, b) = moved(of, (a, b), step)?;
        here = Likelihood::of(of, a, b);
    }
    None
}

/// Where a step leads, halved until the likelihood does not fall.
fn moved(of: &LogOdds, (a, b): (f64, f64), mut step: (f64, f64)) -> Option<(f64, f64)> {
    let far = |node: &Node| (step.0 + step.1 * node.logit).abs();
    if of.nodes.iter().map(far).fold(0.0, f64::max) <= SURE {
        return Some((a + step.0, b + step.1));
    }
    let before = log_likelihood(of, a, b);
    for _ in 0..MOST_STEPS {
        let there = (a + step.0, b + step.1);
        if log_likelihood(of, there.0, there.1) >= before - 1e-12 * before.abs() {
            return Some(there);
        }
        step = (step.0 / 2.0, step.1 / 2.0);
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
