//! One kind of request, tried for each standing with everything else both ways.

use super::Cell;
use super::shape::{Fields, Kind, Shape, Shapes};
use crate::facts::uid;
use cedar_policy::{
    Authorizer, Context, Decision, Effect, Entities, Entity, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use governance::Tier;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

const NOW: &str = "2024-01-01T00:00:00.000Z";
const LATER: &str = "2025-01-01T00:00:00.000Z";
const BEFORE: &str = "2023-01-01T00:00:00.000Z";
/// More than two of whatever is counted; none is the other way.
const MANY: i64 = 2;
/// Trying 2 to the power of this many requests is quick; a rule that turns on more is rare.
const DIMENSIONS: usize = 8;

/// Who somebody is to what is asked about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing {
    pub title: String,
    service: Option<String>,
    roles: Vec<String>,
    /// The attributes of a use case that name this person.
    named: &'static [&'static str],
    seat: bool,
    chair: bool,
    interest: bool,
    left: bool,
}

impl Standing {
    /// Every standing, with these roles.
    pub fn all(roles: &[String]) -> Vec<Self> {
        let of = |title: &str| Self { title: title.to_owned(), ..Self::default() };
        let seated = |title: &str| Self { seat: true, ..of(title) };
        let mut all: Vec<_> = roles
            .iter()
            .map(|role| Self { roles: vec![role.clone()], ..of(&format!("role {role}")) })
            .collect();
        all.extend([
            Self { named: &["owners", "sponsor"], ..of("executive sponsor") },
            Self { named: &["owners", "business"], ..of("clinical or business owner") },
            Self { named: &["owners", "technical"], ..of("technical owner") },
            seated("member of the body"),
            Self { chair: true, ..seated("chair of the body") },
            Self { chair: true, named: &["owners", "business"], ..seated("chair who owns it") },
            Self { named: &["owners", "business"], ..seated("member who owns it") },
            Self { named: &["submitter"], ..seated("member who proposed it") },
            Self { named: &["assessors"], ..seated("member who assessed it") },
            Self { interest: true, ..seated("member with an interest in the vendor") },
            of("anybody who works here"),
            Self {
                roles: roles.to_vec(),
                chair: true,
                left: true,
                ..seated("who has left, whatever they were")
            },
        ]);
        let services = ["installer", "scheduler", "monitor", "gate"];
        all.extend(services.map(|name| Self {
            service: Some(name.to_owned()),
            ..of(&format!("Primum's {name}"))
        }));
        all
    }
}

/// Something that a rule may turn on, besides standing and tier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Dimension {
    /// Is the training of who acts valid?
    Training,
    /// A flag, or a count that is none or [`MANY`], or whether who acts is the one named. Where it
    /// is found, and its name.
    At(Place, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Principal,
    Resource,
    Context,
}

/// One kind of request under the policies that speak about it.
pub(crate) struct Trial<'a> {
    kind: &'a Kind,
    policies: &'a PolicySet,
    principal: Fields,
    resource: Fields,
    dimensions: Vec<(Dimension, Shape)>,
    /// The policies without the prohibitions.
    permits: PolicySet,
    turns_on_tier: bool,
}

type Settings = BTreeMap<Dimension, bool>;

impl<'a> Trial<'a> {
    /// A trial; `text` is that of the policies, for what they mention.
    pub fn new(shapes: &Shapes<'_>, kind: &'a Kind, policies: &'a PolicySet, text: &str) -> Self {
        let principal = shapes.attributes(&kind.principal);
        let resource = shapes.attributes(&kind.resource);
        let mut dimensions = Vec::new();
        if text.contains("trained_until") && principal.contains_key("trained_until") {
            dimensions.push((Dimension::Training, Shape::Bool));
        }
        let places = [
            (Place::Principal, &principal),
            (Place::Resource, &resource),
            (Place::Context, &kind.context),
        ];
        for (place, fields) in places {
            collect(place, fields, text, &mut dimensions);
        }
        dimensions.truncate(DIMENSIONS);
        let permits = policies.policies().filter(|it| it.effect() == Effect::Permit).cloned();
        let permits = PolicySet::from_policies(permits).unwrap_or_default();
        let turns_on_tier = text.contains(".tier");
        Self { kind, policies, principal, resource, dimensions, permits, turns_on_tier }
    }

    /// The answer for a standing at a tier; none when somebody like that is never asked about. The
    /// rules behind it are added.
    pub fn cell(
        &self,
        standing: &Standing,
        tier: Tier,
        rules: &mut BTreeSet<String>,
    ) -> Option<Cell> {
        let is_service = self.kind.principal == "Service";
        if is_service != standing.service.is_some() {
            return None;
        }
        let mut answers = Vec::new();
        for number in 0..1_usize << self.dimensions.len() {
            let set = |place: usize| number & (1 << place) != 0;
            let names = self.dimensions.iter().enumerate();
            let settings: Settings =
                names.map(|(place, (dimension, _))| (dimension.clone(), set(place))).collect();
            let allowed = self.ask(standing, tier, &settings, rules).unwrap_or(false);
            answers.push((settings, allowed));
        }
        Some(condition(&answers, &self.dimensions))
    }

    fn ask(
        &self,
        standing: &Standing,
        tier: Tier,
        settings: &Settings,
        rules: &mut BTreeSet<String>,
    ) -> Result<bool, String> {
        let who = match &standing.service {
            Some(service) => uid("Service", service)?,
            None => uid("Person", "who")?,
        };
        let resource = uid(&self.kind.resource, "it")?;
        let mut entities = vec![
            Entity::new(
                resource.clone(),
                self.values(Place::Resource, &self.resource, standing, tier, settings)?
                    .into_iter()
                    .collect(),
                HashSet::new(),
            )
            .map_err(|error| error.to_string())?,
        ];
        if standing.service.is_none() {
            let attributes: HashMap<_, _> = self
                .values(Place::Principal, &self.principal, standing, tier, settings)?
                .into_iter()
                .collect();
            let person = Entity::new(who.clone(), attributes, parents(standing)?);
            entities.push(person.map_err(|error| error.to_string())?);
        }
        let context = self.values(Place::Context, &self.kind.context, standing, tier, settings)?;
        let context = Context::from_pairs(context).map_err(|error| error.to_string())?;
        let action = uid("Action", &self.kind.action)?;
        let request = Request::new(who, action, resource, context, None)
            .map_err(|error| error.to_string())?;
        let entities =
            Entities::from_entities(entities, None).map_err(|error| error.to_string())?;
        let response = Authorizer::new().is_authorized(&request, self.policies, &entities);
        rules.extend(response.diagnostics().reason().map(ToString::to_string));
        if response.decision() == Decision::Deny && response.diagnostics().reason().next().is_some()
        {
            rules.extend(self.fitting(&request, &entities));
        }
        Ok(response.decision() == Decision::Allow
            && response.diagnostics().errors().next().is_none())
    }

    /// The permits that fit, though a prohibition may stand before them.
    fn fitting(&self, request: &Request, entities: &Entities) -> Vec<String> {
        let response = Authorizer::new().is_authorized(request, &self.permits, entities);
        response.diagnostics().reason().map(ToString::to_string).collect()
    }

    /// Whether an answer may turn on the tier.
    pub fn turns_on_tier(&self) -> bool {
        self.turns_on_tier
    }

    fn values(
        &self,
        place: Place,
        fields: &Fields,
        standing: &Standing,
        tier: Tier,
        settings: &Settings,
    ) -> Result<Vec<(String, RestrictedExpression)>, String> {
        let mut values = Vec::new();
        for (name, shape) in fields {
            let at = Dimension::At(place, name.clone());
            let value = match (place, name.as_str(), shape) {
                (_, "tier", Shape::Long) => RestrictedExpression::new_long(tier.number().into()),
                (Place::Principal, "employed", _) => RestrictedExpression::new_bool(!standing.left),
                (Place::Principal, "trained_until", _) => {
                    let valid = settings.get(&Dimension::Training).copied().unwrap_or(true);
                    RestrictedExpression::new_datetime(if valid { LATER } else { BEFORE })
                }
                (Place::Principal, "interests", _) => one_if(standing.interest, "Vendor")?,
                (Place::Principal, "chairs", _) => one_if(standing.chair, "Body")?,
                (Place::Resource, name, Shape::Set(_)) if OF_A_USE_CASE.contains(&name) => {
                    set_of_who(standing.named.contains(&name))?
                }
                (Place::Resource, name, Shape::Entity(_)) if OF_A_USE_CASE.contains(&name) => {
                    person(standing.named.contains(&name))?
                }
                _ => value(shape, settings.get(&at).copied(), place, settings)?,
            };
            values.push((name.clone(), value));
        }
        // Optional attributes of a use case, once it has owners.
        if place == Place::Resource && self.kind.resource == "UseCase" {
            for name in ["sponsor", "business", "technical"] {
                values.push((name.to_owned(), person(standing.named.contains(&name))?));
            }
        }
        Ok(values)
    }
}

/// What names people in a use case.
const OF_A_USE_CASE: [&str; 6] =
    ["owners", "sponsor", "business", "technical", "submitter", "assessors"];

/// Notes what the policies mention among fields and that can be one way or the other.
fn collect(place: Place, fields: &Fields, text: &str, into: &mut Vec<(Dimension, Shape)>) {
    for (name, shape) in fields {
        let known = OF_A_USE_CASE.contains(&name.as_str()) || name == "employed" || name == "tier";
        if known || !text.contains(&format!(".{name}")) {
            continue;
        }
        let both_ways = match shape {
            Shape::Bool | Shape::Long => true,
            Shape::Entity(kind) => kind == "Person",
            Shape::Set(element) => **element == Shape::Entity("Person".to_owned()),
            Shape::Record(fields) => {
                collect(place, fields, text, into);
                false
            }
            Shape::Text | Shape::Datetime => false,
        };
        if both_ways {
            into.push((Dimension::At(place, name.clone()), shape.clone()));
        }
    }
}

/// A value of a shape, in the first or the second of its two ways.
fn value(
    shape: &Shape,
    setting: Option<bool>,
    place: Place,
    settings: &Settings,
) -> Result<RestrictedExpression, String> {
    let on = setting.unwrap_or(false);
    Ok(match shape {
        Shape::Bool => RestrictedExpression::new_bool(on),
        Shape::Long => RestrictedExpression::new_long(if on { MANY } else { 0 }),
        Shape::Text => RestrictedExpression::new_string(String::new()),
        Shape::Datetime => RestrictedExpression::new_datetime(NOW),
        Shape::Entity(kind) if kind == "Person" => person(on)?,
        Shape::Entity(kind) => RestrictedExpression::new_entity_uid(uid(kind, "it")?),
        Shape::Set(element) if **element == Shape::Entity("Person".to_owned()) => set_of_who(on)?,
        Shape::Set(_) => RestrictedExpression::new_set([]),
        Shape::Record(fields) => {
            let fields = fields.iter().map(|(name, shape)| {
                let at = Dimension::At(place, name.clone());
                let value = value(shape, settings.get(&at).copied(), place, settings)?;
                Ok((name.clone(), value))
            });
            let fields = fields.collect::<Result<Vec<_>, String>>()?;
            RestrictedExpression::new_record(fields).map_err(|error| error.to_string())?
        }
    })
}

fn person(is_who: bool) -> Result<RestrictedExpression, String> {
    uid("Person", if is_who { "who" } else { "else" }).map(RestrictedExpression::new_entity_uid)
}

fn set_of_who(includes: bool) -> Result<RestrictedExpression, String> {
    Ok(RestrictedExpression::new_set([person(includes)?]))
}

fn one_if(there: bool, kind: &str) -> Result<RestrictedExpression, String> {
    let it = RestrictedExpression::new_entity_uid(uid(kind, "it")?);
    Ok(RestrictedExpression::new_set(there.then_some(it)))
}

fn parents(standing: &Standing) -> Result<HashSet<EntityUid>, String> {
    let roles = standing.roles.iter().map(|role| uid("Role", role));
    let body = standing.seat.then(|| uid("Body", "it"));
    roles.chain(body).collect()
}

/// What must hold for a yes: what every yes has in common, unless something else does.
fn condition(answers: &[(Settings, bool)], dimensions: &[(Dimension, Shape)]) -> Cell {
    let allowed: Vec<_> = answers.iter().filter(|(_, yes)| *yes).map(|(at, _)| at).collect();
    if allowed.is_empty() {
        return Cell::No;
    }
    if allowed.len() == answers.len() {
        return Cell::Yes;
    }
    let common = in_common(&allowed, dimensions);
    let fits = |at: &Settings, of: &[(&Dimension, bool)]| {
        of.iter().all(|(dimension, way)| at.get(dimension) == Some(way))
    };
    let denied: Vec<_> =
        answers.iter().filter(|(at, yes)| !yes && fits(at, &common)).map(|(at, _)| at).collect();
    let mut words = said(&common, dimensions);
    if !denied.is_empty() {
        let mut against = in_common(&denied, dimensions);
        against.retain(|it| !common.contains(it));
        let exact = allowed.iter().all(|at| !fits(at, &against));
        let unless = if exact { said(&against, dimensions) } else { "more is said below".into() };
        words = if words.is_empty() {
            format!("unless {unless}")
        } else {
            format!("{words}, unless {unless}")
        };
    }
    Cell::If(words)
}

fn in_common<'a>(
    all: &[&Settings],
    dimensions: &'a [(Dimension, Shape)],
) -> Vec<(&'a Dimension, bool)> {
    let same = dimensions.iter().filter_map(|(dimension, _)| {
        let way = *all.first()?.get(dimension)?;
        all.iter().all(|at| at.get(dimension) == Some(&way)).then_some((dimension, way))
    });
    same.collect()
}

fn said(of: &[(&Dimension, bool)], dimensions: &[(Dimension, Shape)]) -> String {
    let words = of.iter().map(|(dimension, way)| {
        let shape = dimensions.iter().find(|(it, _)| it == *dimension).map(|(_, shape)| shape);
        in_words(dimension, shape, *way)
    });
    words.collect::<Vec<_>>().join(" and ")
}

/// A dimension the one way or the other, in words.
fn in_words(dimension: &Dimension, shape: Option<&Shape>, way: bool) -> String {
    let Dimension::At(_, name) = dimension else {
        return if way { "training valid" } else { "training over" }.to_owned();
    };
    let name = name.replace('_', " ");
    match (shape, way) {
        (Some(Shape::Long), true) => format!("{MANY} {name}"),
        (Some(Shape::Long), false) => format!("fewer than {MANY} {name}"),
        (Some(Shape::Entity(_)), true) => format!("they are the {name}"),
        (Some(Shape::Entity(_)), false) => format!("they are not the {name}"),
        (Some(Shape::Set(_)), true) => format!("they are among the {name}"),
        (Some(Shape::Set(_)), false) => format!("they are not among the {name}"),
        (_, true) => name,
        (_, false) => format!("not {name}"),
    }
}
