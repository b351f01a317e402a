//! How many items have a defect, as raters find it.

use crate::threshold::wilson;
use serde::Serialize;

/// The most items that are said to be needed; more is no answer.
const MOST_ITEMS: u64 = 100_000_000;

/// The share of items with a defect, with Wilson's interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DefectRate {
    /// Items that somebody rated.
    pub items: u64,
    /// Items in which at least half of their raters found a defect.
    pub with: u64,
    /// `with / items`.
    pub rate: f64,
    /// Lower end of the interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// Whether a rate is shown to keep to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum LimitVerdict {
    /// The upper end of its interval is at or below the limit.
    Met,
    /// The lower end is above the limit.
    Failed,
    /// The interval holds the limit: there are too few items to say.
    NotShown {
        /// About how many more items show that it is met, if the rate stays what it is; none when
        /// it is not below the limit, or that takes more than a hundred million.
        more: Option<u64>,
    },
}

impl DefectRate {
    /// From how many of the raters of each item found a defect, and how many rated it. Items that
    /// nobody rated do not count. None without items. `level` is the nominal coverage, such as 0.95
    /// (brought into 0.5 to 0.999999).
    #[must_use]
    pub fn of(items: &[(u64, u64)], level: f64) -> Option<Self> {
        let rated = items.iter().filter(|(_, raters)| *raters > 0);
        let all = rated.clone().count() as u64;
        let with = rated.filter(|(found, raters)| 2 * found >= *raters).count() as u64;
        let (lower, upper) = wilson(with, all, level)?;
        Some(Self { items: all, with, rate: with as f64 / all as f64, lower, upper })
    }

    /// Whether it is shown to be at most `most`, at the level it was computed with.
    #[must_use]
    pub fn against(&self, most: f64, level: f64) -> LimitVerdict {
        if self.upper <= most {
            return LimitVerdict::Met;
        }
        if self.lower > most {
            return LimitVerdict::Failed;
        }
        // As many times the items, with as many times the defects. The upper end falls with each.
        let enough = |items: u64| {
            let with = u128::from(self.with) * u128::from(items) / u128::from(self.items.max(1));
            let with = u64::try_from(with).unwrap_or(items);
            wilson(with, items, level).is_some_and(|(_, upper)| upper <= most)
        };
        if !enough(MOST_ITEMS) {
            return LimitVerdict::NotShown { more: None };
        }
        let (mut few, mut many) = (self.items, MOST_ITEMS);
        while many - few > 1 {
            let middle = few + (many - few) / 2;
            if enough(middle) { many = middle } else { few = middle }
        }
        LimitVerdict::NotShown { more: Some(many - self.items) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_defect_is_what_half_of_the_raters_find() {
        let found =
            DefectRate::of(&[(0, 2), (1, 2), (2, 2), (1, 3), (2, 3), (0, 0)], 0.95).unwrap();
        assert_eq!((found.items, found.with, found.rate), (5, 3, 0.6));
        let (lower, upper) = wilson(3, 5, 0.95).unwrap();
        assert_eq!((found.lower, found.upper), (lower, upper));
        assert_eq!(DefectRate::of(&[(0, 0)], 0.95), None);
    }

    #[test]
    fn a_limit_is_met_failed_or_not_shown() {
        let of = |with: usize, all: usize| {
            let items: Vec<_> = (0..all).map(|item| (u64::from(item < with), 1)).collect();
            DefectRate::of(&items, 0.95).unwrap()
        };
        // Wilson: 0 of 100 up to 0.037; 30 of 100 from 0.219; 1 of 30 up to 0.167.
        assert_eq!(of(0, 100).against(0.05, 0.95), LimitVerdict::Met);
        assert_eq!(of(30, 100).against(0.2, 0.95), LimitVerdict::Failed);
        assert_eq!(of(30, 100).against(0.25, 0.95), LimitVerdict::NotShown { more: None });
        // None in 73 or more is at most 0.05 (z² / (n + z²)).
        assert_eq!(of(0, 30).against(0.05, 0.95), LimitVerdict::NotShown { more: Some(43) });
        let LimitVerdict::NotShown { more: Some(more) } = of(1, 30).against(0.05, 0.95) else {
            panic!()
        };
        let upper = wilson((30 + more) / 30, 30 + more, 0.95).unwrap().1;
        assert!(upper <= 0.05, "{more} {upper}");
        assert_eq!(of(0, 1).against(0.0, 0.95), LimitVerdict::NotShown { more: None });
    }
}
