//! Asking: one question, one answer with its reasons.

use crate::facts::{Asked, gather};
use crate::pack::{Checked, check};
use crate::{Denial, RightsError, Rule};
use cedar_policy::{
    ActionConstraint, Authorizer, Context, Decision, Effect, Entities, EntityUid, Policy, PolicyId,
    Request,
};
use governance::{Act, Actor, Authority, Record, RightsPack, Subject};
use jiff::Timestamp;

/// A rights pack that passed every check, ready to be asked.
#[derive(Debug)]
pub struct Rights {
    pack: Checked,
    actions: Entities,
    authorizer: Authorizer,
}

impl Rights {
    /// Parses and checks a rights pack: its schema, strict validation of each policy, ids and
    /// reasons.
    ///
    /// # Errors
    /// Everything that is wrong with the pack. A pack with a fault is never used.
    pub fn new(pack: &RightsPack) -> Result<Self, RightsError> {
        Self::of(check(pack)?)
    }

    pub(crate) fn of(pack: Checked) -> Result<Self, RightsError> {
        let actions = pack
            .schema
            .action_entities()
            .map_err(|error| RightsError::Schema(error.to_string()))?;
        Ok(Self { pack, actions, authorizer: Authorizer::new() })
    }

    /// SHA-256 of the schema and policies, in hexadecimal; each event keeps it.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.pack.hash
    }

    /// May `actor` do `act` at `now`? The answer is what the event keeps.
    ///
    /// # Errors
    /// A denial in words. With [`Denial::is_alarm`] the rules could not be applied, which somebody
    /// must look at.
    pub fn authorise(
        &self,
        record: &Record,
        actor: &Actor,
        act: &Act,
        now: Timestamp,
    ) -> Result<Authority, Denial> {
        self.could(record, actor, act.name(), &act.subject(), now)
    }

    /// Could `actor` do an act of this name to `subject` at `now`? The same answer, before there is
    /// an act: a page asks it to offer a button, or to grey it out and say why.
    ///
    /// # Errors
    /// As [`Rights::authorise`].
    pub fn could(
        &self,
        record: &Record,
        actor: &Actor,
        act: &str,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<Authority, Denial> {
        let asked = format!("`{actor}` may not {} ({subject})", act.replace('_', " "));
        gather(record, actor, act, subject, now)
            .and_then(|question| self.answer(question))
            .map_err(|gap| Denial::alarm(&asked, vec![gap]))?
            .map_err(|no| self.denial(&asked, no, lapsed(record, actor, now)))
    }

    /// Cedar's answer. The outer error is a question that cannot be asked.
    fn answer(&self, question: Asked) -> Result<Result<Authority, No>, String> {
        let Asked { principal, action, resource, entities, context, facts } = question;
        let schema = &self.pack.schema;
        let context = Context::from_pairs(context).map_err(|error| error.to_string())?;
        let request = Request::new(principal, action.clone(), resource, context, Some(schema))
            .map_err(|error| error.to_string())?;
        let entities =
            Entities::from_entities(entities, Some(schema)).map_err(|error| error.to_string())?;
        let response = self.authorizer.is_authorized(&request, &self.pack.policies, &entities);
        let errors: Vec<_> = response.diagnostics().errors().map(ToString::to_string).collect();
        let mut reasons: Vec<_> = response.diagnostics().reason().cloned().collect();
        reasons.sort();
        // Cedar skips a policy that fails, even a `forbid`, and may answer allow. For us an error
        // is a no.
        if response.decision() == Decision::Allow && errors.is_empty() {
            let policies = reasons.iter().map(ToString::to_string).collect();
            let policy_set = self.pack.hash.clone();
            return Ok(Ok(Authority { policies, policy_set, facts }));
        }
        Ok(Err(No { action, reasons, errors }))
    }

    fn denial(&self, asked: &str, no: No, hint: Option<String>) -> Denial {
        if !no.errors.is_empty() {
            return Denial::alarm(asked, no.errors);
        }
        if no.reasons.is_empty() {
            return Denial::not_permitted(asked, hint, self.permits(&no.action));
        }
        let forbidding = no.reasons.iter().filter_map(|id| self.pack.policies.policy(id));
        Denial::forbidden(asked, forbidding.map(rule).collect())
    }

    /// The rules that permit an action to somebody, in the order of the pack's ids.
    fn permits(&self, action: &EntityUid) -> Vec<Rule> {
        let covers =
            |group: &EntityUid| group == action || self.actions.is_ancestor_of(group, action);
        let permits = self.pack.policies.policies().filter(|policy| {
            policy.effect() == Effect::Permit
                && match policy.action_constraint() {
                    ActionConstraint::Any => true,
                    ActionConstraint::In(groups) => groups.iter().any(covers),
                    ActionConstraint::Eq(only) => covers(&only),
                }
        });
        let mut rules: Vec<_> = permits.map(rule).collect();
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        rules
    }
}

/// Cedar's no.
struct No {
    action: EntityUid,
    /// The policies that forbid it; empty when none permits it.
    reasons: Vec<PolicyId>,
    errors: Vec<String>,
}

fn rule(policy: &Policy) -> Rule {
    Rule {
        id: policy.id().to_string(),
        reason: policy.annotation("reason").unwrap_or_default().to_owned(),
    }
}

/// The reason that a rule which fits may still not apply, and that is easily overlooked.
fn lapsed(record: &Record, actor: &Actor, now: Timestamp) -> Option<String> {
    let person = record.acting(actor)?;
    (person.trained_until <= now).then(|| {
        format!(
            "the training of `{}` lapsed on {:.10}",
            person.id,
            person.trained_until.to_string()
        )
    })
}
