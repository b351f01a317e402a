//! Predictive decision support under HTI-1, 45 CFR 170.315(b)(11): 31 source attributes that the
//! developer of certified health IT must disclose. A proposed rule (HTI-5, 90 FR 60970) would
//! remove them; a hospital may ask any vendor for them by contract.

use super::{Asked, Factor, Label, Scheme};

const READ: &[Factor] = &[Factor::Clinical, Factor::Learned, Factor::EhrSupplied];

pub(super) fn label(asked: &Asked<'_>) -> Label {
    let predictive = asked.holds(Factor::Clinical) && asked.holds(Factor::Learned);
    let (says, reason) = if !predictive {
        ("does not apply", "It learned nothing from data, or supports no decision on care.")
    } else if asked.holds(Factor::EhrSupplied) {
        let reason = "It learned from data, supports decisions on care, and comes with certified \
                      health IT: its developer owes the 31 source attributes. HTI-5, proposed on \
                      2025-12-29, would end that.";
        ("predictive decision support", reason)
    } else {
        let reason = "It learned from data and supports decisions on care, but does not come with \
                      certified health IT: ask for the 31 source attributes by contract.";
        ("by contract only", reason)
    };
    Label {
        scheme: Scheme::Hti1,
        id: "hti-1".to_owned(),
        says: says.to_owned(),
        applies: predictive && asked.holds(Factor::EhrSupplied),
        reason: reason.to_owned(),
        facts: asked.read(READ),
        from: None,
        until: None,
        // Which tools count as supplied by a developer is not checked against the rule.
        verified: false,
    }
}
