//! The clinical risk matrix of DCB0129 and DCB0160: how likely a harm is and how severe, and what
//! may be done with a risk of that rating.
//!
//! The rating is read from a table. It is not a product: low × considerable is 2, medium ×
//! considerable 3.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How likely a harm is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Likelihood {
    /// Hardly ever.
    VeryLow,
    /// Not expected, but possible.
    Low,
    /// Now and then.
    Medium,
    /// Often.
    High,
    /// Nearly always.
    VeryHigh,
}

/// How severe a harm is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Minor.
    Minor,
    /// Significant.
    Significant,
    /// Considerable.
    Considerable,
    /// Major.
    Major,
    /// Catastrophic.
    Catastrophic,
}

/// The rating of a clinical risk, 1 (acceptable) to 5 (unacceptable).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Rating(u8);

impl Likelihood {
    /// Every likelihood, lowest first.
    pub const ALL: [Self; 5] = [Self::VeryLow, Self::Low, Self::Medium, Self::High, Self::VeryHigh];
}

impl Severity {
    /// Every severity, lowest first.
    pub const ALL: [Self; 5] =
        [Self::Minor, Self::Significant, Self::Considerable, Self::Major, Self::Catastrophic];
}

impl Rating {
    /// The rating as a number, 1 to 5.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    /// What may be done with a risk of this rating. The words for 2 are not checked against the
    /// standard.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self.0 {
            5 => "unacceptable",
            4 => "must be eliminated or controlled",
            3 => "undesirable: control it; accept it only where further reduction is impractical",
            2 => "acceptable where the cost of reducing it outweighs the benefit",
            _ => "acceptable",
        }
    }
}

impl fmt::Display for Rating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The rating of a harm (DCB0129 and DCB0160, the clinical risk matrix).
#[must_use]
pub fn rating(likelihood: Likelihood, severity: Severity) -> Rating {
    // One row for each likelihood, from minor to catastrophic.
    let [minor, significant, considerable, major, catastrophic] = match likelihood {
        Likelihood::VeryHigh => [3, 4, 4, 5, 5],
        Likelihood::High => [2, 3, 3, 4, 5],
        Likelihood::Medium => [2, 2, 3, 3, 4],
        Likelihood::Low => [1, 2, 2, 3, 4],
        Likelihood::VeryLow => [1, 1, 2, 2, 3],
    };
    Rating(match severity {
        Severity::Minor => minor,
        Severity::Significant => significant,
        Severity::Considerable => considerable,
        Severity::Major => major,
        Severity::Catastrophic => catastrophic,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_25_cells_are_those_of_the_standard() {
        let row = |likelihood: &Likelihood| {
            let cells = Severity::ALL.map(|severity| rating(*likelihood, severity).to_string());
            cells.join(" ")
        };
        let rows: Vec<_> = Likelihood::ALL.iter().rev().map(row).collect();
        assert_eq!(rows, ["3 4 4 5 5", "2 3 3 4 5", "2 2 3 3 4", "1 2 2 3 4", "1 1 2 2 3"]);
    }

    #[test]
    fn more_likely_or_more_severe_is_never_rated_lower() {
        for severity in Severity::ALL {
            let ratings = Likelihood::ALL.map(|likelihood| rating(likelihood, severity));
            assert!(ratings.is_sorted(), "{severity:?}");
        }
        for likelihood in Likelihood::ALL {
            let ratings = Severity::ALL.map(|severity| rating(likelihood, severity));
            assert!(ratings.is_sorted(), "{likelihood:?}");
        }
    }
}
