//! The one shape in which a number leaves this crate.

use crate::Cohort;
use crate::measure::Measure;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// The fewest rows that a group may have and still be shown: smaller groups are suppressed, so that
/// a report cannot point at a person. Eleven is the rule of the US Centers for Medicare & Medicaid
/// Services for public tables.
pub const SMALLEST_CELL: u64 = 11;

/// One number that a reader can check by name.
///
/// It serialises to one flat object. Every double in it is finite.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Estimate {
    /// What was measured.
    pub measure: Measure,
    /// The cohort it was measured in; none for all rows. For a gap between two groups the level
    /// names both, as `A - B`.
    pub cohort: Option<Cohort>,
    /// The period it was measured in, as the caller names it; none for all time.
    pub period: Option<String>,
    /// The threshold at which a row is flagged (`score >= threshold`), for measures that have one.
    pub threshold: Option<f64>,
    /// The estimate. None unless the status is [`Status::Estimated`].
    pub estimate: Option<f64>,
    /// The lower end of the interval. None without an estimate, and for a measure that has no
    /// interval ([`Measure::has_interval`]).
    pub lower: Option<f64>,
    /// The upper end of the interval, as the lower one.
    pub upper: Option<f64>,
    /// The nominal coverage of the interval, such as 0.95.
    pub level: f64,
    /// Rows in the cell (for a gap: in the two groups together). None when suppressed.
    pub n: Option<u64>,
    /// Rows of those whose outcome happened. None when suppressed.
    pub events: Option<u64>,
    /// How estimate and interval were computed, in words.
    pub method: String,
    /// Whether there is an estimate, and if not, why.
    #[serde(flatten)]
    pub status: Status,
}

/// An estimate as it is read: flat, so that a record of many thousand is read quickly. What
/// `flatten` makes of the same fields is read several times as slowly.
#[derive(Deserialize)]
struct Stored {
    measure: Measure,
    cohort: Option<Cohort>,
    period: Option<String>,
    threshold: Option<f64>,
    estimate: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
    level: f64,
    n: Option<u64>,
    events: Option<u64>,
    method: String,
    status: StatusName,
    #[serde(default)]
    more_needed: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum StatusName {
    Estimated,
    NotEnoughData,
    Suppressed,
}

impl<'de> Deserialize<'de> for Estimate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Stored::deserialize(deserializer).map(Self::from)
    }
}

impl From<Stored> for Estimate {
    fn from(stored: Stored) -> Self {
        let status = match stored.status {
            StatusName::Estimated => Status::Estimated,
            StatusName::NotEnoughData => Status::NotEnoughData { more_needed: stored.more_needed },
            StatusName::Suppressed => Status::Suppressed,
        };
        let Stored { measure, cohort, period, threshold, estimate, lower, upper, .. } = stored;
        let Stored { level, n, events, method, .. } = stored;
        Self {
            measure,
            cohort,
            period,
            threshold,
            estimate,
            lower,
            upper,
            level,
            n,
            events,
            method,
            status,
        }
    }
}

/// Whether an [`Estimate`] holds a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Status {
    /// There is a number.
    Estimated,
    /// The data do not determine the number or its interval.
    NotEnoughData {
        /// About how many more rows would, where that can be said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more_needed: Option<u64>,
    },
    /// Nothing about the cell is shown: it has fewer than [`SMALLEST_CELL`] rows, or it would tell
    /// how many another such cell has ([`crate::hidden_cells`]).
    Suppressed,
}

/// A point of an estimate that a requirement can be put on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The lower end of the interval: for "at least", beyond doubt.
    Lower,
    /// The estimate itself.
    Point,
    /// The upper end of the interval: for "at most", beyond doubt.
    Upper,
}

impl Estimate {
    /// The lower end, the estimate, or the upper end. None when there is no such number.
    #[must_use]
    pub fn bound(&self, end: End) -> Option<f64> {
        match end {
            End::Lower => self.lower,
            End::Point => self.estimate,
            End::Upper => self.upper,
        }
    }

    /// About how many more rows it takes until the interval no longer holds `bound`, if the
    /// estimate stays where it is: the width of an interval shrinks as one over the root of n.
    ///
    /// Some(0) when the interval already lies on one side. None without an interval, or when the
    /// estimate is the bound itself.
    #[must_use]
    pub fn more_needed_to_exclude(&self, bound: f64) -> Option<u64> {
        let (estimate, lower, upper) = (self.estimate?, self.lower?, self.upper?);
        if bound < lower || bound > upper {
            return Some(0);
        }
        let distance = (estimate - bound).abs();
        let reach = if bound < estimate { estimate - lower } else { upper - estimate };
        // Rows needed grow with the square of the ratio; beyond a million times more, say nothing.
        let ratio = reach / distance;
        if distance <= 0.0 || ratio > 1000.0 {
            return None;
        }
        let n = self.n? as f64;
        Some((n * (ratio * ratio - 1.0)).ceil().max(1.0) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate() -> Estimate {
        Estimate {
            measure: Measure::Auroc,
            cohort: Some(Cohort { attribute: "race".into(), level: "Asian".into() }),
            period: Some("2026-03".into()),
            threshold: None,
            estimate: Some(0.7),
            lower: Some(0.6),
            upper: Some(0.8),
            level: 0.95,
            n: Some(100),
            events: Some(20),
            method: "DeLong".into(),
            status: Status::Estimated,
        }
    }

    #[test]
    fn the_json_is_one_flat_object() {
        let check = |estimate: Estimate, json: &str| {
            assert_eq!(serde_json::to_string(&estimate).unwrap(), json);
            assert_eq!(serde_json::from_str::<Estimate>(json).unwrap(), estimate);
        };
        check(
            estimate(),
            r#"{"measure":"auroc","cohort":{"race":"Asian"},"period":"2026-03","threshold":null,"estimate":0.7,"lower":0.6,"upper":0.8,"level":0.95,"n":100,"events":20,"method":"DeLong","status":"estimated"}"#,
        );
        let none = Estimate {
            measure: Measure::SensitivityGap,
            cohort: None,
            period: None,
            threshold: Some(0.15),
            estimate: None,
            lower: None,
            upper: None,
            events: Some(0),
            status: Status::NotEnoughData { more_needed: Some(90) },
            ..estimate()
        };
        check(
            none,
            r#"{"measure":"sensitivity_gap","cohort":null,"period":null,"threshold":0.15,"estimate":null,"lower":null,"upper":null,"level":0.95,"n":100,"events":0,"method":"DeLong","status":"not_enough_data","more_needed":90}"#,
        );
    }

    #[test]
    fn a_bound_inside_the_interval_asks_for_more_rows() {
        let check = |bound: f64, more: Option<u64>| {
            assert_eq!(estimate().more_needed_to_exclude(bound), more, "{bound}");
        };
        check(0.55, Some(0));
        check(0.85, Some(0));
        check(0.75, Some(300)); // half the distance: four times the rows
        check(0.7, None);
    }

    #[test]
    fn each_end_of_an_estimate_can_be_asked_for() {
        let ends = [End::Lower, End::Point, End::Upper].map(|end| estimate().bound(end));
        assert_eq!(ends, [Some(0.6), Some(0.7), Some(0.8)]);
    }
}
