//! Logistic recalibration: calibration in the large and calibration slope.

use crate::Tally;
use crate::answer::{Answer, Found, TooFew};
use crate::log_odds::{LogOdds, separated};
use crate::math::{self, Sum};

/// A Newton step below this ends the fit: the next would be smaller than rounding.
const CONVERGED: f64 = 1e-10;
const MOST_STEPS: usize = 60;

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
        let slope = if apart { None } else { fit(log_odds, Free::Both) };
        Self { intercept: wald(fit(log_odds, Free::Intercept)), slope: wald(slope) }
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

/// The log-likelihood of a line, with its slope and curvature.
#[derive(Default)]
struct Likelihood {
    log: f64,
    gradient: (f64, f64),
    /// Fisher information: aa, ab, bb.
    information: (f64, f64, f64),
}

fn likelihood(of: &LogOdds, a: f64, b: f64) -> Likelihood {
    let mut sums = Likelihood::default();
    let mut log = Sum::default();
    let (mut expected, mut expected_logits) = (Sum::default(), Sum::default());
    // What the outcomes add is a line in a and b.
    log.add(a * of.events + b * of.event_logits);
    for node in &of.nodes {
        let eta = a + b * node.logit;
        // One exponential serves both the chance and ln(1 + e^eta).
        let small = math::exp(-eta.abs());
        let chance = if eta >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
        log.add(-node.rows * (eta.max(0.0) + math::ln_1p(small)));
        expected.add(node.rows * chance);
        expected_logits.add(node.rows * chance * node.logit);
        let weight = node.rows * chance * (1.0 - chance);
        sums.information.0 += weight;
        sums.information.1 += weight * node.logit;
        sums.information.2 += weight * node.logit * node.logit;
    }
    let gradient = (of.events - expected.value(), of.event_logits - expected_logits.value());
    Likelihood { log: log.value(), gradient, ..sums }
}

/// The last coefficient that is free, by Newton's method, halving any step that would lower the
/// likelihood. None without convergence.
fn fit(of: &LogOdds, free: Free) -> Option<Coefficient> {
    let (mut a, mut b) = (0.0, 1.0);
    let mut here = likelihood(of, a, b);
    for _ in 0..MOST_STEPS {
        let (mut step_a, mut step_b) = newton_step(&here, free)?;
        let converged = step_a.abs() <= CONVERGED && step_b.abs() <= CONVERGED;
        let mut there = likelihood(of, a + step_a, b + step_b);
        let slack = 1e-12 * here.log.abs();
        for _ in 0..MOST_STEPS {
            if there.log >= here.log - slack {
                break;
            }
            step_a /= 2.0;
            step_b /= 2.0;
            there = likelihood(of, a + step_a, b + step_b);
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
