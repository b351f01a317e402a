//! How many items a rate takes, such as that of outputs with a defect.

use super::{MOST_ROWS, PlanError};
use crate::{math, threshold};

/// Half the width of Wilson's interval around a rate that is found to be `rate` in `items` items.
/// None without items, or when the rate is none.
#[must_use]
pub fn rate_half_width(rate: f64, items: u64, level: f64) -> Option<f64> {
    if items == 0 || !(0.0..=1.0).contains(&rate) {
        return None;
    }
    let (lower, upper) = threshold::wilson_at(rate, items as f64, math::critical_value(level));
    Some((upper - lower) / 2.0)
}

/// The fewest items whose interval around a rate of `rate` is at most `half_width` to each side on
/// average. `level` is the nominal coverage, brought into 0.5 to 0.999999.
///
/// # Errors
/// [`PlanError::Share`] when the rate is not 0 to 1, [`PlanError::Width`] when the half-width is
/// not above 0, [`PlanError::TooManyRows`] when it takes more than 9·10¹⁵ items.
pub fn items_for_rate(rate: f64, half_width: f64, level: f64) -> Result<u64, PlanError> {
    if !(0.0..=1.0).contains(&rate) {
        return Err(PlanError::Share { name: "expected rate", value: rate });
    }
    if !(half_width > 0.0 && half_width.is_finite()) {
        return Err(PlanError::Width(half_width));
    }
    let enough =
        |items: u64| rate_half_width(rate, items, level).is_some_and(|it| it <= half_width);
    // The width falls with every item, so that the fewest are found by halving.
    let (mut few, mut many) = (0, MOST_ROWS as u64);
    if !enough(many) {
        return Err(PlanError::TooManyRows(half_width));
    }
    while many - few > 1 {
        let middle = few + (many - few) / 2;
        if enough(middle) {
            many = middle;
        } else {
            few = middle;
        }
    }
    Ok(many)
}

/// How high a rate can be when none was found in `items` items: the one-sided exact upper limit
/// 1 − (1 − level)^(1/n), about 3/n at a level of 0.95 (the "rule of three"; Hanley and
/// Lippman-Hand, JAMA 1983;249:1743). 1 without items.
#[must_use]
pub fn none_found_upper(items: u64, level: f64) -> f64 {
    if items == 0 {
        return 1.0;
    }
    -libm::expm1(math::ln_1p(-math::usable_level(level)) / items as f64)
}

/// The fewest items in which none may be found to be sure, at the level, that the rate is at most
/// `upper`.
///
/// # Errors
/// [`PlanError::Share`] when `upper` is not above 0 and below 1, [`PlanError::TooManyRows`] when it
/// takes more than 9·10¹⁵ items.
pub fn items_for_none_found(upper: f64, level: f64) -> Result<u64, PlanError> {
    if !(upper > 0.0 && upper < 1.0) {
        return Err(PlanError::Share { name: "limit of the rate", value: upper });
    }
    let items = (math::ln_1p(-math::usable_level(level)) / math::ln_1p(-upper)).ceil().max(1.0);
    if items > MOST_ROWS {
        return Err(PlanError::TooManyRows(upper));
    }
    let items = items as u64;
    // Rounding may have moved the quotient past a whole number, by one at most.
    let found = (items.saturating_sub(1).max(1)..=items + 1)
        .find(|items| none_found_upper(*items, level) <= upper);
    Ok(found.unwrap_or(items + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_found_is_the_rule_of_three() {
        // Exact: 1 - 0.05^(1/n).
        for (items, upper) in [(1, 0.95), (10, 0.258_865_6), (100, 0.029_513_0), (300, 0.009_936_1)]
        {
            let found = none_found_upper(items, 0.95);
            assert!((found - upper).abs() < 5e-8, "{items}: {found}");
        }
        assert_eq!(none_found_upper(0, 0.95), 1.0);
        // 59 items without a defect: at most 5 %; 299: at most 1 %. Both are in every textbook.
        for (upper, items) in [(0.05, 59), (0.01, 299), (0.1, 29), (0.95, 1), (0.999, 1)] {
            assert_eq!(items_for_none_found(upper, 0.95), Ok(items), "{upper}");
        }
        for upper in [0.0, 1.0, -0.1, f64::NAN] {
            assert!(items_for_none_found(upper, 0.95).is_err(), "{upper}");
        }
        assert!(items_for_none_found(1e-300, 0.95).is_err());
    }

    #[test]
    fn items_for_a_rate_are_the_fewest() {
        // statsmodels 0.15.0, proportion_confint(p n, n, method="wilson"), by trying every n.
        for (rate, half, items) in ORACLE {
            assert_eq!(items_for_rate(rate, half, 0.95), Ok(items), "{rate} ± {half}");
            assert!(rate_half_width(rate, items, 0.95).unwrap() <= half);
            assert!(rate_half_width(rate, items - 1, 0.95).is_none_or(|it| it > half));
        }
        for (rate, half) in [(-0.1, 0.1), (1.1, 0.1), (0.1, 0.0), (0.1, f64::NAN), (f64::NAN, 0.1)]
        {
            assert!(items_for_rate(rate, half, 0.95).is_err(), "{rate} {half}");
        }
        assert!(matches!(items_for_rate(0.5, 1e-9, 0.95), Err(PlanError::TooManyRows(_))));
        assert_eq!(items_for_rate(0.5, 0.9, 0.95), Ok(1));
    }

    const ORACLE: [(f64, f64, u64); 5] =
        [(0.05, 0.02, 469), (0.05, 0.03, 215), (0.5, 0.05, 381), (0.0, 0.01, 189), (0.2, 0.1, 60)];
}
