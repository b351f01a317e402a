//! What is proved, in plain words and as policies.

use anyhow::{Context, Result};
use cedar_policy::{PolicyId, PolicySet};

/// Something that must hold for every request.
pub struct Promise {
    /// The invariant or the rule that it is known by.
    pub id: &'static str,
    /// What it means, for a committee.
    pub means: &'static str,
    /// What must be shown.
    pub claim: Claim,
    /// A change of the pack after which it must not hold any more.
    pub doubt: Doubt,
}

/// What must be shown about the pack.
pub enum Claim {
    /// Whatever the pack allows of these actions, this policy allows too.
    Ceiling(&'static [&'static str], &'static str),
    /// Whatever this policy allows of these actions, the pack allows too.
    Floor(&'static [&'static str], &'static str),
    /// As a floor, for the pack's prohibitions alone: as if everything were permitted.
    NoOtherForbid(&'static [&'static str], &'static str),
    /// No prohibition can fail while it is applied, for one that fails is skipped.
    ForbidsNeverFail,
}

/// A change of the pack.
pub enum Doubt {
    /// Without this rule.
    Without(&'static str),
    /// With this rule more; its meaning in words.
    With(&'static str, &'static str),
}

impl Doubt {
    /// The pack with the change.
    pub fn apply(&self, policies: &PolicySet) -> Result<PolicySet> {
        let mut changed = policies.clone();
        match self {
            Self::Without(id) => {
                let removed = changed.remove_static(PolicyId::new(id));
                removed.with_context(|| format!("the pack has no rule {id}"))?;
            }
            Self::With(_, text) => {
                let added = cedar_policy::Policy::parse(Some(PolicyId::new("more")), text)?;
                changed.add(added)?;
            }
        }
        Ok(changed)
    }

    /// The change, as the beginning of a sentence.
    pub fn words(&self) -> String {
        match self {
            Self::Without(id) => format!("without {id}"),
            Self::With(means, _) => format!("with a rule that {means}"),
        }
    }
}

const DECIDING: &[&str] =
    &["cast_vote", "carry_decision", "stop_on_case", "decide_alone", "sign_lane"];

/// Everything that is proved.
pub const PROMISES: &[Promise] = &[
    Promise {
        id: "Separation of duties (G2)",
        means: "Nobody votes on, carries, decides alone, signs a lane of or stops on a case a use \
                case that they own, proposed, assessed or have an interest in.",
        claim: Claim::Ceiling(
            DECIDING,
            "permit (principal, action, resource) unless { resource is Primum::UseCase && ( \
               resource.owners.contains(principal) || resource.submitter == principal || \
               resource.assessors.contains(principal) || \
               principal.interests.contains(resource.vendor)) };",
        ),
        doubt: Doubt::Without("F1-separation-of-duties"),
    },
    Promise {
        id: "Two clinicians",
        means: "At T3 and above no go, with conditions or not, is carried without two clinicians.",
        claim: Claim::Ceiling(
            &["carry_decision"],
            "permit (principal, action, resource) unless { \
               context.tier >= 3 && context.approves && context.tally.clinician_approvals < 2 };",
        ),
        doubt: Doubt::Without("F3-two-clinicians"),
    },
    Promise {
        id: "Legal hold (H1)",
        means: "Nothing under a legal hold is erased, by anybody.",
        claim: Claim::Ceiling(
            &["erase_document"],
            "permit (principal, action, resource) unless { resource.legal_hold };",
        ),
        doubt: Doubt::Without("F4-legal-hold"),
    },
    Promise {
        id: "Prohibitions hold",
        means: "No prohibition can fail while it is applied, and so be skipped.",
        claim: Claim::ForbidsNeverFail,
        doubt: Doubt::With(
            "doubles a count that may be too large to double",
            "forbid (principal, action == Primum::Action::\"carry_decision\", resource) \
             when { context.tally.approvals * 2 < context.tally.seats };",
        ),
    },
    Promise {
        id: "Stopping is always possible (G6)",
        means: "Any patient-safety officer who works here suspends any use case, whatever else \
                holds.",
        claim: Claim::Floor(
            &["suspend"],
            "permit (principal in Primum::Role::\"patient-safety-officer\", action, resource) \
             when { principal.employed };",
        ),
        doubt: Doubt::Without("P16-safety-officer-suspends"),
    },
    Promise {
        id: "Nothing stands in the way of a stop",
        means: "No prohibition but that of having left keeps anybody from suspending a use case.",
        claim: Claim::NoOtherForbid(
            &["suspend"],
            "permit (principal, action, resource) when { principal.employed };",
        ),
        doubt: Doubt::With(
            "asks training of who stops",
            "forbid (principal, action == Primum::Action::\"suspend\", resource) \
             when { principal.trained_until < context.now };",
        ),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_promise_speaks_about_the_built_in_pack() {
        let pack = packs::builtin::rights().unwrap();
        let policies = crate::prover::policies(&pack.policies).unwrap();
        let (schema, _) = cedar_policy::Schema::from_cedarschema_str(&pack.schema).unwrap();
        for promise in PROMISES {
            promise.doubt.apply(&policies).unwrap();
            let (Claim::Ceiling(actions, text)
            | Claim::Floor(actions, text)
            | Claim::NoOtherForbid(actions, text)) = promise.claim
            else {
                continue;
            };
            text.parse::<PolicySet>().unwrap();
            for action in actions {
                let known = schema.actions().any(|it| it.id().unescaped() == *action);
                assert!(known, "{}: {action}", promise.id);
            }
        }
    }
}
