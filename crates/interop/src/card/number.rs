//! The value of a metric, which a card holds as JSON in a text.

use serde::{Deserialize, Serialize};

/// A number on a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Number {
    /// A number alone.
    Single {
        /// The number.
        value: f64,
        /// Its unit, such as `%`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
    },
    /// An estimate with its interval.
    EstimateCi {
        /// The estimate.
        estimate: f64,
        /// The lower end of the interval.
        lower: f64,
        /// The upper end of the interval.
        upper: f64,
        /// The nominal coverage in percent, such as 95.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<f64>,
        /// The unit, such as `%`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
    },
    /// A mean with the standard deviation.
    MeanSd {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        sd: f64,
        /// The unit, such as `years`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
    },
}

impl Number {
    /// Reads the JSON of a `ValueJson` element.
    ///
    /// # Errors
    /// When it is no JSON, of another kind, or lacks a member; the message is the reader's.
    pub(super) fn read(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The unit, such as `%`.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        match self {
            Self::Single { unit, .. }
            | Self::EstimateCi { unit, .. }
            | Self::MeanSd { unit, .. } => unit.as_deref(),
        }
    }

    /// The number in the middle: value, estimate or mean.
    #[must_use]
    pub fn value(&self) -> f64 {
        match self {
            Self::Single { value: it, .. }
            | Self::EstimateCi { estimate: it, .. }
            | Self::MeanSd { mean: it, .. } => *it,
        }
    }

    /// What about it cannot be, in words.
    pub(super) fn impossible(&self) -> Vec<&'static str> {
        let mut found = Vec::new();
        let percent = self.unit() == Some("%");
        if percent && !(0.0..=100.0).contains(&self.value()) {
            found.push("the percentage is not between 0 and 100");
        }
        match self {
            Self::Single { .. } => {}
            Self::EstimateCi { estimate, lower, upper, level, .. } => {
                if lower > upper {
                    found.push("the lower end lies above the upper end");
                } else if !(lower..=upper).contains(&estimate) {
                    found.push("the estimate lies outside its interval");
                }
                if percent && (*lower < 0.0 || *upper > 100.0) {
                    found.push("the interval leaves 0 to 100 percent");
                }
                match level {
                    None => found.push("the interval does not say its coverage"),
                    Some(level) if !(50.0..100.0).contains(level) => {
                        found.push("the coverage is not in percent between 50 and 100");
                    }
                    Some(_) => {}
                }
            }
            Self::MeanSd { sd, .. } => {
                if *sd < 0.0 {
                    found.push("the standard deviation is below 0");
                }
            }
        }
        found
    }
}
