//! What a formula answers: a number with its interval, or that the data do not determine it.

use crate::math;

/// A number between the ends of its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Found {
    pub(crate) estimate: f64,
    pub(crate) lower: f64,
    pub(crate) upper: f64,
}

/// The data do not determine the number; perhaps about how many more rows would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooFew {
    pub(crate) more_needed: Option<u64>,
}

impl TooFew {
    /// Nothing can be said about how many more rows would do.
    pub(crate) const UNKNOWN: Self = Self { more_needed: None };
}

pub(crate) type Answer = Result<Found, TooFew>;

impl Found {
    /// A number that has no interval: both ends are the number.
    pub(crate) fn point(estimate: f64) -> Answer {
        Self { estimate, lower: estimate, upper: estimate }.finite()
    }

    /// Estimate and z standard errors to each side.
    pub(crate) fn normal(estimate: f64, standard_error: f64, z: f64) -> Answer {
        let reach = z * standard_error;
        Self { estimate, lower: estimate - reach, upper: estimate + reach }.finite()
    }

    /// The same on the scale of logarithms, for a ratio.
    pub(crate) fn log_normal(estimate: f64, standard_error: f64, z: f64) -> Answer {
        let factor = math::exp(z * standard_error);
        Self { estimate, lower: estimate / factor, upper: estimate * factor }.finite()
    }

    /// The same on the scale of log odds, for a share: the interval stays inside 0 to 1. At 0 and 1
    /// there is no such interval.
    pub(crate) fn logit_normal(estimate: f64, standard_error: f64, z: f64) -> Answer {
        let spread = estimate * (1.0 - estimate);
        if spread <= 0.0 {
            return Err(TooFew::UNKNOWN);
        }
        let reach = z * standard_error / spread;
        let centre = math::logit(estimate);
        let (lower, upper) = (math::expit(centre - reach), math::expit(centre + reach));
        // The way through the logit and back must not leave the estimate outside by a rounding.
        Self { estimate, lower: lower.min(estimate), upper: upper.max(estimate) }.finite()
    }

    /// The interval cut to the values that the measure can take.
    pub(crate) fn within(self, least: f64, most: f64) -> Self {
        Self { lower: self.lower.max(least), upper: self.upper.min(most), ..self }
    }

    /// The same in another unit.
    pub(crate) fn times(self, factor: f64) -> Self {
        let Self { estimate, lower, upper } = self;
        Self { estimate: estimate * factor, lower: lower * factor, upper: upper * factor }
    }

    /// Refuses what is no number, so that none can reach a report.
    pub(crate) fn finite(self) -> Answer {
        let finite = [self.estimate, self.lower, self.upper].iter().all(|value| value.is_finite());
        if finite { Ok(self) } else { Err(TooFew::UNKNOWN) }
    }
}
