//! The class of the EU AI Act (Regulation (EU) 2024/1689 as amended by 2026/1744): the first that
//! matches. Beyond the order and the dates this is not checked against the text.

use super::{Asked, Factor, Label, Scheme};
use jiff::civil::{Date, date};

/// Annex III duties.
const LISTED_FROM: Date = date(2027, 12, 2);
/// Annex I products.
const PRODUCT_FROM: Date = date(2028, 8, 2);
/// Article 50.
const TRANSPARENCY_FROM: Date = date(2026, 8, 2);

const READ: &[Factor] = &[
    Factor::EuUsed,
    Factor::EuProhibited,
    Factor::EuProduct,
    Factor::EuListed,
    Factor::EuListedOrExempt,
    Factor::EuProfiles,
    Factor::EuTransparent,
];

pub(super) fn label(asked: &Asked<'_>) -> Label {
    let listed = asked.holds(Factor::EuListed);
    let exempt_but_profiles =
        asked.holds(Factor::EuListedOrExempt) && asked.holds(Factor::EuProfiles);
    let (says, applies, from, reason) = if !asked.holds(Factor::EuUsed) {
        ("not in the EU", false, None, "It is not used in the European Union.")
    } else if asked.holds(Factor::EuProhibited) {
        ("prohibited", true, None, "It does what article 5 prohibits.")
    } else if asked.holds(Factor::EuProduct) {
        let reason = "It is a product that needs a notified body, or a part of one (Annex I).";
        ("high risk", true, Some(PRODUCT_FROM), reason)
    } else if listed {
        let reason = "It serves a purpose of Annex III.";
        ("high risk", true, Some(LISTED_FROM), reason)
    } else if exempt_but_profiles {
        let reason = "It serves a purpose of Annex III, and who profiles people has no exemption.";
        ("high risk", true, Some(LISTED_FROM), reason)
    } else if asked.holds(Factor::EuTransparent) {
        let reason = "People talk with it, or read or hear what it makes (article 50).";
        ("transparency", true, Some(TRANSPARENCY_FROM), reason)
    } else {
        ("minimal", false, None, "Nothing of the above.")
    };
    let in_force = asked.in_force(from, None);
    let dated = from.filter(|_| !in_force).map(|from| format!(" Its duties apply from {from}."));
    Label {
        scheme: Scheme::EuAiAct,
        id: "eu-ai-act".to_owned(),
        says: says.to_owned(),
        applies: applies && in_force,
        reason: format!("{reason}{}", dated.unwrap_or_default()),
        facts: asked.read(READ),
        from,
        until: None,
        verified: false,
    }
}
