//! The shape in which numbers about other kinds of output leave this crate.

use crate::answer::{Answer, Found, TooFew};
use crate::estimate::{SMALLEST_CELL, Status};
use crate::math;
use serde::Serialize;

/// One number with its interval. `W` says what was measured; it serialises to one flat object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding<W> {
    /// What was measured.
    #[serde(flatten)]
    pub of: W,
    /// The number. None unless the status is [`Status::Estimated`].
    pub estimate: Option<f64>,
    /// The lower end of the interval. None without a number, and where no sound interval is known.
    pub lower: Option<f64>,
    /// The upper end of the interval. None where there is no lower end.
    pub upper: Option<f64>,
    /// The chance, if there is no difference, of one as large on either side. None for what is no
    /// difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
    /// The nominal coverage of the interval, such as 0.95.
    pub level: f64,
    /// Rows that the number rests on. None when suppressed.
    pub n: Option<u64>,
    /// How number and interval were computed, in words.
    pub method: String,
    /// Whether there is a number, and if not, why.
    #[serde(flatten)]
    pub status: Status,
}

impl<W> Finding<W> {
    /// The same of which nothing is shown.
    #[must_use]
    pub fn suppressed(self) -> Self {
        let (estimate, lower, upper, p_value, n) = (None, None, None, None, None);
        Self { estimate, lower, upper, p_value, n, status: Status::Suppressed, ..self }
    }

    /// The same with the p value of a z statistic, if there is a number.
    pub(crate) fn with_z(mut self, z: f64) -> Self {
        let p = libm::erfc(z.abs() / std::f64::consts::SQRT_2);
        self.p_value = (self.estimate.is_some() && p.is_finite()).then_some(p);
        self
    }
}

/// What the findings about one set of rows share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// The nominal coverage.
    pub(crate) level: f64,
    /// Its normal deviate.
    pub(crate) z: f64,
    /// Rows in the set.
    pub(crate) n: u64,
}

impl Setting {
    pub(crate) fn new(n: u64, level: f64) -> Self {
        let level = math::usable_level(level);
        Self { level, z: math::critical_value(level), n }
    }

    /// A finding that rests on all rows of the set.
    pub(crate) fn finding<W>(
        &self,
        of: W,
        method: impl Into<String>,
        answer: Answer,
    ) -> Finding<W> {
        self.over(self.n, of, method, answer)
    }

    /// A finding that rests on `n` of the rows. Nothing is shown of a set with 1 to 10 rows.
    pub(crate) fn over<W>(
        &self,
        n: u64,
        of: W,
        method: impl Into<String>,
        answer: Answer,
    ) -> Finding<W> {
        let suppressed = (1..SMALLEST_CELL).contains(&self.n);
        let (found, status) = match answer.and_then(Found::finite) {
            _ if suppressed => (None, Status::Suppressed),
            Ok(found) => (Some(found), Status::Estimated),
            Err(TooFew { more_needed }) => (None, Status::NotEnoughData { more_needed }),
        };
        Finding {
            of,
            estimate: found.map(|found| found.estimate),
            lower: found.map(|found| found.lower),
            upper: found.map(|found| found.upper),
            p_value: None,
            level: self.level,
            n: (!suppressed).then_some(n),
            method: method.into(),
            status,
        }
    }

    /// A finding without an interval.
    pub(crate) fn bare<W>(
        &self,
        of: W,
        method: impl Into<String>,
        value: Option<f64>,
    ) -> Finding<W> {
        let answer = value
            .map(|value| Found { estimate: value, lower: value, upper: value })
            .ok_or(TooFew::UNKNOWN);
        Finding { lower: None, upper: None, ..self.finding(of, method, answer) }
    }
}

/// Standard errors of shares, areas and scores below this are what rounding leaves of 0.
const ROUNDING: f64 = 1e-12;

/// True for a standard error that is a number and more than what rounding leaves.
fn tells(standard_error: f64) -> bool {
    standard_error.is_finite() && standard_error > ROUNDING
}

/// A share or an area with an interval that is symmetric in its logit. Not determined when it is 0
/// or 1, where the standard error says nothing.
pub(crate) fn on_logit_scale(estimate: f64, standard_error: f64, z: f64) -> Answer {
    let spread = estimate * (1.0 - estimate);
    if spread.is_nan() || spread <= 0.0 || !tells(standard_error) {
        return Err(TooFew::UNKNOWN);
    }
    let centre = math::logit(estimate);
    let reach = z * standard_error / spread;
    let (lower, upper) = (math::expit(centre - reach), math::expit(centre + reach));
    // The way through the logit and back must not leave the estimate outside by a rounding.
    Found { estimate, lower: lower.min(estimate), upper: upper.max(estimate) }.finite()
}

/// A correlation, -1 to 1, with an interval that is symmetric on the scale of Fisher's z. Not
/// determined when it is -1 or 1.
pub(crate) fn on_fisher_scale(estimate: f64, standard_error: f64, z: f64) -> Answer {
    // Fisher's z is half the logit of (1 + r)/2.
    let of = |value: f64| 2.0 * value - 1.0;
    let found = on_logit_scale(f64::midpoint(estimate, 1.0), standard_error / 2.0, z)?;
    Ok(Found { estimate, lower: of(found.lower), upper: of(found.upper) })
}

/// A number with a normal interval. Not determined when the standard error is 0: no rows differ.
pub(crate) fn normal(estimate: f64, standard_error: f64, z: f64) -> Answer {
    if !tells(standard_error) {
        return Err(TooFew::UNKNOWN);
    }
    Found::normal(estimate, standard_error, z)
}

/// Writes down each measure of a kind once: variant, name in JSON and on the command line, title.
macro_rules! named {
    (
        $(#[$about:meta])* $kind:ident;
        $($(#[$doc:meta])* $variant:ident $name:literal $title:literal;)*
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        pub enum $kind {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl $kind {
            /// Every one of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in JSON.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The name in plain words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }
        }

        impl std::fmt::Display for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

pub(crate) use named;
