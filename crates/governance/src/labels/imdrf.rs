//! IMDRF SaMD N12 (2014): the category follows from how serious the situation is and what the
//! output is for.

use super::{Asked, Factor, Label, Scheme};
use serde::Serialize;
use std::fmt;

/// How serious the patient's situation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Situation {
    /// Non-serious.
    NonSerious,
    /// Serious.
    Serious,
    /// Critical.
    Critical,
}

/// What the output is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Significance {
    /// To inform clinical management.
    Inform,
    /// To drive clinical management.
    Drive,
    /// To treat or diagnose.
    Treat,
}

/// An IMDRF category; IV has the highest impact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Category {
    /// I.
    I,
    /// II.
    II,
    /// III.
    III,
    /// IV.
    IV,
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// The category of one of the nine cells.
#[must_use]
pub fn category(situation: Situation, significance: Significance) -> Category {
    use Category::{I, II, III, IV};
    let [inform, drive, treat] = match situation {
        Situation::Critical => [II, III, IV],
        Situation::Serious => [I, II, III],
        Situation::NonSerious => [I, I, II],
    };
    match significance {
        Significance::Inform => inform,
        Significance::Drive => drive,
        Significance::Treat => treat,
    }
}

const READ: &[Factor] =
    &[Factor::Clinical, Factor::Drives, Factor::Treats, Factor::Serious, Factor::Critical];

pub(super) fn label(asked: &Asked<'_>) -> Label {
    let (situation, in_a) = match (asked.holds(Factor::Critical), asked.holds(Factor::Serious)) {
        (true, _) => (Situation::Critical, "a critical"),
        (_, true) => (Situation::Serious, "a serious"),
        _ => (Situation::NonSerious, "no serious"),
    };
    let (significance, does) = match (asked.holds(Factor::Treats), asked.holds(Factor::Drives)) {
        (true, _) => (Significance::Treat, "diagnoses or treats"),
        (_, true) => (Significance::Drive, "drives what is done next"),
        _ => (Significance::Inform, "informs care"),
    };
    let clinical = asked.holds(Factor::Clinical);
    let (says, reason) = if clinical {
        let says = category(situation, significance).to_string();
        (says, format!("It {does} in {in_a} situation."))
    } else {
        ("none".to_owned(), "It has no part in a patient's care.".to_owned())
    };
    Label {
        scheme: Scheme::Imdrf,
        id: "imdrf".to_owned(),
        says,
        applies: clinical,
        reason,
        facts: asked.read(READ),
        from: None,
        until: None,
        verified: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_nine_cells_are_those_of_the_table() {
        let row = |situation| {
            [Significance::Treat, Significance::Drive, Significance::Inform]
                .map(|significance| category(situation, significance).to_string())
                .join(" ")
        };
        let rows = [Situation::Critical, Situation::Serious, Situation::NonSerious].map(row);
        assert_eq!(rows, ["IV III II", "III II I", "II I I"]);
    }
}
