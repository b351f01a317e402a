//! Attributes that are made of several: their names, and those of their levels.
//!
//! The intersection of `race` and `sex` is named `race*sex`. Its levels are pairs of levels, such
//! as `Asian × F`.

/// What stands between the attributes of an intersection.
const TIMES: char = '*';
/// What stands between the levels of an intersection.
const BETWEEN: &str = " × ";
/// What encloses a level that could be taken for more than one.
const QUOTE: char = '"';

/// The attributes that an intersection is made of, in its order; none when `name` has no `*`, so
/// that it is one attribute. Whether they make sense is not looked at: `race*` has an empty part.
///
/// ```
/// assert_eq!(statistics::intersected("race*sex"), Some(vec!["race", "sex"]));
/// assert_eq!(statistics::intersected("race"), None);
/// ```
#[must_use]
pub fn intersected(name: &str) -> Option<Vec<&str>> {
    name.contains(TIMES).then(|| name.split(TIMES).map(str::trim).collect())
}

/// An attribute as people read it: `race × sex` for `race*sex`.
#[must_use]
pub fn attribute_in_words(name: &str) -> String {
    intersected(name).map_or_else(|| name.to_owned(), |parts| parts.join(BETWEEN))
}

/// The level of an intersection that has these levels of its parts: `Asian × F`. A level that has
/// a `×` or a quotation mark in it is put between quotation marks, its own ones doubled, so that
/// two levels never have one name.
#[must_use]
pub fn crossed_level<'a>(levels: impl IntoIterator<Item = &'a str>) -> String {
    let quoted = |level: &str| match level.contains(['×', QUOTE]) {
        true => format!("{QUOTE}{}{QUOTE}", level.replace(QUOTE, "\"\"")),
        false => level.to_owned(),
    };
    levels.into_iter().map(quoted).collect::<Vec<_>>().join(BETWEEN)
}

/// The levels of the parts of a level that [`crossed_level`] made.
#[must_use]
pub fn levels_crossed(level: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = level;
    loop {
        let (one, after) = match rest.strip_prefix(QUOTE) {
            Some(quoted) => unquoted(quoted),
            None => {
                let end = rest.find(BETWEEN).unwrap_or(rest.len());
                let (one, after) = rest.split_at(end);
                (one.to_owned(), after)
            }
        };
        found.push(one);
        match after.strip_prefix(BETWEEN) {
            Some(more) => rest = more,
            None => return found,
        }
    }
}

/// A level up to the quotation mark that ends it, and what comes after.
fn unquoted(text: &str) -> (String, &str) {
    let mut level = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(QUOTE) {
        level.push_str(before);
        match after.strip_prefix(QUOTE) {
            Some(more) => {
                level.push(QUOTE);
                rest = more;
            }
            None => return (level, after),
        }
    }
    level.push_str(rest);
    (level, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_say_what_is_crossed() {
        assert_eq!(intersected("race * sex*age"), Some(vec!["race", "sex", "age"]));
        assert_eq!(intersected("race*"), Some(vec!["race", ""]));
        assert_eq!(attribute_in_words("race*sex"), "race × sex");
        assert_eq!(attribute_in_words("age_band"), "age_band");
        assert_eq!(crossed_level(["Asian", "F"]), "Asian × F");
        assert_eq!(crossed_level(["2 × 2", "a \"b\""]), "\"2 × 2\" × \"a \"\"b\"\"\"");
    }

    proptest! {
        #[test]
        fn levels_come_apart_again(levels in proptest::collection::vec("[a× \"]{1,6}", 1..4)) {
            let name = crossed_level(levels.iter().map(String::as_str));
            prop_assert_eq!(levels_crossed(&name), levels);
        }
    }
}
