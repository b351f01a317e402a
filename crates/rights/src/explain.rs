//! Why a person may or may not do something now: the rule, its reason, and for a denial what is
//! missing under each rule that comes near.

use crate::ask::rule;
use crate::facts::{Asked, Gap, gather};
use crate::{Missing, Rights, Rule};
use cedar_policy::{
    Authorizer, Context, Decision, Effect, Entities, Policy, PolicyId, PolicySet, Request,
};
use governance::{Actor, Record, Subject};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Why somebody may or may not do something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Whether they may, as far as rights go.
    pub allowed: bool,
    /// The rules that allow it or, for a denial, that forbid it.
    pub rules: Vec<Rule>,
    /// For a denial, the rules that would permit it, each with what is missing, the nearest first.
    pub nearest: Vec<Near>,
    /// What the rules read about the person and the subject.
    pub facts: BTreeMap<String, String>,
}

/// A rule that would permit it, and what is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Near {
    /// The rule.
    #[serde(flatten)]
    pub rule: Rule,
    /// What does not hold, in words where they are known, else in the policy's own. Empty when the
    /// rule fits and only a prohibition stands in the way.
    pub missing: Vec<String>,
}

/// Parts of policies in words, as they are written in the built-in pack; spaces do not count.
const WORDS: &[(&str, &str)] = &[
    ("context.now<principal.trained_until", "valid training"),
    ("principalincontext.body", "a seat on the body that decides"),
    ("principal.chairs.contains(context.body)", "the chair of the body that decides"),
    ("principal.presides.contains(context.body)", "to stand in for its chair"),
    ("context.chair_stands_aside", "that the chair cannot declare it"),
    ("resource.owners.contains(principal)", "to be one of its owners"),
    ("resourcehasbusiness", "that the use case has a business owner"),
    ("resource.business==principal", "to be its clinical or business owner"),
    ("resourcehastechnical", "that the use case has a technical owner"),
    ("resource.technical==principal", "to be its technical owner"),
    ("context.duty_owner==principal", "to be the one it was given to"),
    ("principalisPrimum::Person", "to be a person"),
    ("!principal.chairs.isEmpty()", "the chair of a body"),
    ("!(principal.chairs.isEmpty())", "the chair of a body"),
];

impl Rights {
    /// Why `actor` could or could not do an act of this name to `subject` at `now`.
    ///
    /// # Errors
    /// In words, when there is no such act, or something that it is about is not on record.
    pub fn explain(
        &self,
        record: &Record,
        actor: &Actor,
        act: &str,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<Explanation, String> {
        let asked = gather(record, actor, act, subject, now).map_err(|gap| match gap {
            Gap::Missing(Missing { what, id }) => {
                format!("the record has no {what} `{id}`; check the id")
            }
            Gap::Fault(fault) => fault,
        })?;
        let facts = asked.facts.clone();
        let (request, entities) = self.prepared(asked)?;
        let policies = self.rules_on(act);
        let response = Authorizer::new().is_authorized(&request, &policies, &entities);
        let determining = response.diagnostics().reason().filter_map(|id| policies.policy(id));
        let mut rules: Vec<_> = determining.map(rule).collect();
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        let failed = response.diagnostics().errors().next().is_some();
        let allowed = response.decision() == Decision::Allow && !failed;
        let mut nearest = Vec::new();
        if !allowed {
            let permits = policies.policies().filter(|policy| policy.effect() == Effect::Permit);
            nearest = permits
                .map(|policy| Near {
                    rule: rule(policy),
                    missing: missing(policy, &request, &entities),
                })
                .collect();
            nearest
                .sort_by(|a, b| (a.missing.len(), &a.rule.id).cmp(&(b.missing.len(), &b.rule.id)));
        }
        Ok(Explanation { allowed, rules, nearest, facts })
    }

    /// A question as Cedar takes it.
    fn prepared(&self, asked: Asked) -> Result<(Request, Entities), String> {
        let Asked { principal, action, resource, entities, context, .. } = asked;
        let schema = Some(self.schema());
        let context = Context::from_pairs(context).map_err(|error| error.to_string())?;
        let request = Request::new(principal, action, resource, context, schema)
            .map_err(|error| error.to_string())?;
        let entities =
            Entities::from_entities(entities, schema).map_err(|error| error.to_string())?;
        Ok((request, entities))
    }
}

/// The parts of a permit that do not hold.
fn missing(policy: &Policy, request: &Request, entities: &Entities) -> Vec<String> {
    let Ok(whole) = policy.to_json() else { return Vec::new() };
    let mut parts = Vec::new();
    // Whom it is for: the head without the conditions.
    let mut head = whole.clone();
    put(&mut head, "conditions", json!([]));
    if !holds(&head, request, entities) {
        parts.push(whom(&whole));
    }
    let conditions = whole.get("conditions").and_then(Value::as_array);
    for condition in conditions.into_iter().flatten() {
        let kind = condition.get("kind").and_then(Value::as_str).unwrap_or("when");
        let body = condition.get("body").cloned().unwrap_or_default();
        let clauses = if kind == "when" { conjuncts(&body) } else { vec![body] };
        for clause in clauses {
            let mut alone = whole.clone();
            put(&mut alone, "principal", json!({ "op": "All" }));
            put(&mut alone, "conditions", json!([{ "kind": kind, "body": clause }]));
            if !holds(&alone, request, entities) {
                parts.push(words(&alone));
            }
        }
    }
    parts
}

fn put(policy: &mut Value, key: &str, value: Value) {
    if let Some(fields) = policy.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}

/// The parts joined by `&&`.
fn conjuncts(body: &Value) -> Vec<Value> {
    let Some(and) = body.get("&&") else { return vec![body.clone()] };
    let sides = ["left", "right"].into_iter().filter_map(|side| and.get(side));
    sides.flat_map(conjuncts).collect()
}

fn parsed(policy: &Value) -> Option<Policy> {
    Policy::from_json(Some(PolicyId::new("part")), policy.clone()).ok()
}

/// Whether a permit made of a part of another fits. One that fails does not.
fn holds(policy: &Value, request: &Request, entities: &Entities) -> bool {
    let Some(policy) = parsed(policy) else { return false };
    let Ok(set) = PolicySet::from_policies([policy]) else { return false };
    Authorizer::new().is_authorized(request, &set, entities).decision() == Decision::Allow
}

/// Whom a policy is for, in words.
fn whom(policy: &Value) -> String {
    let entity = policy.get("principal").and_then(|it| it.get("entity"));
    let text = |key| entity.and_then(|it| it.get(key)).and_then(Value::as_str);
    match (text("type"), text("id")) {
        (Some("Primum::Role"), Some(role)) => format!("the role {role}"),
        (Some("Primum::Service"), Some(service)) => format!("to be Primum's {service}"),
        (Some(kind), Some(id)) => format!("to be or belong to {kind} {id}"),
        _ => "to be one whom it is for".to_owned(),
    }
}

/// A policy of one condition, in words.
fn words(policy: &Value) -> String {
    let text = parsed(policy).and_then(|policy| policy.to_cedar()).unwrap_or_default();
    let clause = text.split_once('{').and_then(|(_, rest)| rest.rsplit_once('}'));
    let clause = clause.map_or(text.as_str(), |(clause, _)| clause).trim();
    let bare = clause.split_whitespace().collect::<String>();
    // Cedar sets parentheses around what it prints.
    let inner = bare.strip_prefix('(').and_then(|it| it.strip_suffix(')')).unwrap_or(&bare);
    let known = WORDS.iter().find(|(written, _)| *written == bare || *written == inner);
    known.map_or_else(
        || format!("that `{}`", clause.split_whitespace().collect::<Vec<_>>().join(" ")),
        |(_, words)| (*words).to_owned(),
    )
}
