//! The FDA's guidance on clinical decision support of 6 January 2026, which replaced that of
//! September 2022: four criteria of section 520(o)(1)(E); who meets all four is no device.

use super::{Asked, Factor, Label, Scheme};
use jiff::civil::{Date, date};

/// The day of the guidance.
const FROM: Date = date(2026, 1, 6);

/// What makes each criterion fail.
const CRITERIA: [(Factor, &str); 4] = [
    (Factor::Image, "1 (it reads an image or a signal)"),
    (Factor::BeyondInformation, "2 (it does more than show or analyse medical information)"),
    (Factor::NotForProfessional, "3 (it does not support a health professional who decides)"),
    (Factor::HiddenBasis, "4 (a professional cannot review the basis independently)"),
];

pub(super) fn label(asked: &Asked<'_>) -> Label {
    let failed: Vec<_> =
        CRITERIA.iter().filter(|(factor, _)| asked.holds(*factor)).map(|(_, why)| *why).collect();
    let (says, applies, reason) = if !asked.holds(Factor::Clinical) {
        ("no decision support", false, "It supports no clinical decision.".to_owned())
    } else if !failed.is_empty() {
        ("device", true, format!("It fails criterion {}.", failed.join(", ")))
    } else if asked.holds(Factor::TimeCritical) {
        let reason = "All four criteria are met, but what is time-critical leaves no room for a \
                      review and remains a device.";
        ("device", true, reason.to_owned())
    } else if asked.holds(Factor::OneRecommendation) {
        let reason = "All four criteria are met but for a choice of options: with the only \
                      recommendation that is clinically appropriate, the FDA uses enforcement \
                      discretion.";
        ("enforcement discretion", true, reason.to_owned())
    } else {
        ("not a device", false, "It meets all four criteria.".to_owned())
    };
    let mut read: Vec<_> = CRITERIA.iter().map(|(factor, _)| *factor).collect();
    read.extend([Factor::Clinical, Factor::TimeCritical, Factor::OneRecommendation]);
    let early = if asked.in_force(Some(FROM), None) {
        ""
    } else {
        " On that day the guidance of September 2022 stood; this is what the new one says."
    };
    Label {
        scheme: Scheme::FdaCds,
        id: "fda-cds".to_owned(),
        says: says.to_owned(),
        applies,
        reason: format!("{reason}{early}"),
        facts: asked.read(&read),
        from: Some(FROM),
        until: None,
        verified: true,
    }
}
