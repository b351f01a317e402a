//! Asking: one question, one answer with its reasons.

use crate::facts::{Asked, Gap, gather, uid};
use crate::pack::{Checked, check};
use crate::{Denial, RightsError, RightsFault, Rule};
use cedar_policy::{
    ActionConstraint, Authorizer, Context, Decision, Effect, Entities, EntityUid, Policy, PolicyId,
    PolicySet, Request, Schema,
};
use governance::{
    Act, Actor, AdoptedRights, Authority, PersonId, Question, Record, RightsPack, Subject,
};
use jiff::Timestamp;
use std::collections::BTreeSet;

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
            .map_err(|error| error.to_string())
            .map_err(|what| RightsError::Schema(vec![RightsFault { line: None, what }]))?;
        Ok(Self { pack, actions, authorizer: Authorizer::new() })
    }

    /// SHA-256 of the pack, in hexadecimal; each event keeps it.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.pack.hash
    }

    /// May `actor` do `act` at `now`? The answer is what the event keeps.
    ///
    /// # Errors
    /// A denial in words. With [`Denial::is_alarm`] the rules could not be applied, which somebody
    /// must look at. With [its `missing`](Denial#structfield.missing) nobody could do it: the id is
    /// not on record.
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
            .and_then(|question| Ok(self.answer(question)?))
            .map_err(|gap| match gap {
                Gap::Missing(missing) => Denial::missing(&asked, missing),
                Gap::Fault(fault) => Denial::alarm(&asked, vec![fault]),
            })?
            .map_err(|no| self.denial(&asked, no, lapsed(record, actor, now)))
    }

    /// Whether a pack that is being adopted can be followed by another: every act has an action,
    /// and of the people on record somebody may put such a motion, vote on it, declare its outcome
    /// and adopt rights, were the pack in force now.
    ///
    /// # Errors
    /// [`RightsError::Faults`] with what nobody could do any more. Such a pack would lock the
    /// hospital out of its own rights.
    pub fn can_be_changed(
        &self,
        record: &Record,
        adopted: &AdoptedRights,
    ) -> Result<(), RightsError> {
        let known = |name: &str| self.pack.schema.actions().any(|it| it.id().unescaped() == name);
        let names = Act::groups().into_iter().flat_map(|group| group.names);
        let unknown = names.filter(|name| !known(name));
        let mut faults: Vec<_> = unknown
            .map(|name| format!("its schema has no action `{name}`, so nobody could do that"))
            .collect();
        let decision = record.decisions.get(&adopted.decision);
        let body = decision.map(|decision| decision.body.clone());
        let question = Question::Pack { digest: adopted.digest };
        let motion = body.map(|body| Subject::Motion { body, question });
        let asked = [
            ("open_motion", motion.unwrap_or(Subject::Record)),
            ("cast_vote", Subject::Decision(adopted.decision)),
            ("carry_decision", Subject::Decision(adopted.decision)),
            ("adopt_rights", Subject::Record),
        ];
        for (act, subject) in asked {
            let may = |person: &PersonId| {
                let actor = Actor::Person(person.clone());
                self.could(record, &actor, act, &subject, adopted.at).is_ok()
            };
            if !record.people.keys().any(may) {
                let act = act.replace('_', " ");
                faults.push(format!("nobody on record could {act} on decision rights any more"));
            }
        }
        let faults: Vec<_> =
            faults.into_iter().map(|what| RightsFault { line: None, what }).collect();
        if faults.is_empty() { Ok(()) } else { Err(RightsError::Faults(faults)) }
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
        let permits = self.pack.policies.policies().filter(|policy| {
            policy.effect() == Effect::Permit && self.speaks_about(policy, action)
        });
        let mut rules: Vec<_> = permits.map(rule).collect();
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        rules
    }

    fn speaks_about(&self, policy: &Policy, action: &EntityUid) -> bool {
        let covers =
            |group: &EntityUid| group == action || self.actions.is_ancestor_of(group, action);
        match policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::In(groups) => groups.iter().any(covers),
            ActionConstraint::Eq(only) => covers(&only),
        }
    }

    /// The policies that speak about an action.
    pub(crate) fn rules_on(&self, action: &str) -> PolicySet {
        let Ok(action) = uid("Action", action) else { return PolicySet::new() };
        let all = self.pack.policies.policies();
        let on = all.filter(|policy| self.speaks_about(policy, &action)).cloned();
        // They were in one set before, so that no two have the same id.
        PolicySet::from_policies(on).unwrap_or_default()
    }

    /// Every rule of the pack, prohibitions first.
    #[must_use]
    pub fn rules(&self) -> Vec<Rule> {
        let mut all: Vec<_> = self.pack.policies.policies().collect();
        all.sort_by_key(|policy| {
            (policy.effect() == Effect::Permit, natural(policy.id().as_ref()))
        });
        all.into_iter().map(rule).collect()
    }

    /// The standing roles that the policies name.
    #[must_use]
    pub fn roles(&self) -> Vec<String> {
        let text = self.pack.policies.to_string();
        let named =
            text.split("Primum::Role::\"").skip(1).filter_map(|rest| rest.split('"').next());
        named.map(ToOwned::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.pack.schema
    }

    pub(crate) fn shapes(&self) -> &serde_json::Value {
        &self.pack.shapes
    }
}

/// An id such as `P2-…` in an order in which it comes before `P10-…`.
fn natural(id: &str) -> (String, u32, String) {
    let letters: String = id.chars().take_while(|c| !c.is_ascii_digit()).collect();
    let digits: String =
        id.chars().skip(letters.chars().count()).take_while(char::is_ascii_digit).collect();
    (letters, digits.parse().unwrap_or(u32::MAX), id.to_owned())
}

/// Cedar's no.
struct No {
    action: EntityUid,
    /// The policies that forbid it; empty when none permits it.
    reasons: Vec<PolicyId>,
    errors: Vec<String>,
}

pub(crate) fn rule(policy: &Policy) -> Rule {
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
