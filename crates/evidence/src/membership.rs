//! Attributes of which a row may have several levels, such as race.
//!
//! A pass counts each combination of levels as one level. Tallies of combinations that have a level
//! in them, merged, are exactly the tally of all rows that have it: so no row is read twice, and a
//! row counts in each of its levels but once in the whole.

use crate::source::SEPARATOR;
use crate::{CellKey, Request, TallySet};
use statistics::Cohort;

/// What stands between the levels of a combination.
pub(crate) const COMBINED: &str = " + ";

/// What the attribute of exact combinations is called.
pub(crate) fn combination_of(attribute: &str) -> String {
    format!("{attribute} (combination)")
}

/// Turns the cells of combinations into those of levels, and keeps them under a name of their own.
pub(crate) fn expand(set: &mut TallySet, request: &Request) {
    for attribute in request.many_valued() {
        let of_attribute = |key: &CellKey| {
            key.cohort.as_ref().is_some_and(|cohort| cohort.attribute == *attribute)
        };
        let (combinations, others) =
            std::mem::take(&mut set.cells).into_iter().partition(|(key, _)| of_attribute(key));
        set.cells = others;
        let combinations: std::collections::BTreeMap<_, _> = combinations;
        for (key, tally) in combinations {
            let Some(cohort) = &key.cohort else { continue };
            let cell = |attribute: String, level: String| CellKey {
                period: key.period.clone(),
                cohort: Some(Cohort { attribute, level }),
            };
            for level in cohort.level.split(SEPARATOR) {
                set.add(cell(attribute.clone(), level.to_owned()), tally.clone());
            }
            let together = cohort.level.replace(SEPARATOR, COMBINED);
            set.add(cell(combination_of(attribute), together), tally);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AnyOf, Column, Reading};
    use statistics::{Score, Tally};

    #[test]
    fn a_row_counts_in_each_of_its_levels_and_once_in_its_combination() {
        let mut request = Request { by: vec!["race".into()], ..Request::new("y", "p") };
        let column = Column { from: "RACE".into(), reading: Reading::AnyOf(AnyOf::default()) };
        request.columns.insert("race".into(), column);
        let mut set = TallySet::default();
        let tally = |scores: &[u32]| {
            Tally::from_rows(scores.iter().map(|&s| (Score::from_billionths(s), s % 2 == 1)))
        };
        let key = |attribute: &str, level: &str| CellKey {
            period: None,
            cohort: Some(Cohort { attribute: attribute.into(), level: level.into() }),
        };
        set.add(key("race", "Asian\u{1f}White"), tally(&[1, 4]));
        set.add(key("race", "Asian"), tally(&[2, 4, 7]));
        set.add(key("race", "not recorded"), tally(&[3]));
        set.add(key("sex", "Female"), tally(&[1, 2, 3, 4, 4, 7]));
        expand(&mut set, &request);
        let wanted = [
            (key("race", "Asian"), tally(&[1, 2, 4, 4, 7])),
            (key("race", "White"), tally(&[1, 4])),
            (key("race", "not recorded"), tally(&[3])),
            (key("race (combination)", "Asian"), tally(&[2, 4, 7])),
            (key("race (combination)", "Asian + White"), tally(&[1, 4])),
            (key("race (combination)", "not recorded"), tally(&[3])),
            (key("sex", "Female"), tally(&[1, 2, 3, 4, 4, 7])),
        ];
        assert_eq!(set.cells, wanted.into());
    }
}
