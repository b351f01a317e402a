//! Section 1557, 45 CFR 92.210: reasonable efforts to find the patient care decision support tools
//! whose inputs measure one of six variables, and to mitigate the risk of discrimination of each.

use super::{Asked, Factor, Label, Scheme};
use jiff::civil::{Date, date};

/// The day from which compliance is due.
const FROM: Date = date(2025, 5, 1);

/// The six variables of the rule.
const VARIABLES: [(Factor, &str); 6] = [
    (Factor::Race, "race"),
    (Factor::Colour, "colour"),
    (Factor::NationalOrigin, "national origin"),
    (Factor::Sex, "sex"),
    (Factor::Age, "age"),
    (Factor::Disability, "disability"),
];

pub(super) fn label(asked: &Asked<'_>) -> Label {
    let used = VARIABLES.iter().filter(|(factor, _)| asked.holds(*factor));
    let used: Vec<_> = used.map(|(_, name)| *name).collect();
    let clinical = asked.holds(Factor::Clinical);
    let (says, reason) = match (clinical, used.is_empty()) {
        (false, _) => ("does not apply".to_owned(), "It is no patient care decision support tool."),
        (true, true) => ("none of six".to_owned(), "None of the six variables is an input."),
        (true, false) => {
            (used.join(", "), "Make and record reasonable efforts to mitigate for each.")
        }
    };
    let mut read: Vec<_> = VARIABLES.iter().map(|(factor, _)| *factor).collect();
    read.push(Factor::Clinical);
    Label {
        scheme: Scheme::Section1557,
        id: "section-1557".to_owned(),
        says,
        applies: clinical && !used.is_empty() && asked.in_force(Some(FROM), None),
        reason: reason.to_owned(),
        facts: asked.read(&read),
        from: Some(FROM),
        until: None,
        verified: true,
    }
}
