//! What the policies read: entities and context out of the record, and the same facts in words for
//! the event.

use crate::denial::Missing;
use cedar_policy::{Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use governance::Delegated;
use governance::{
    Actor, Body, BodyId, Decision, DecisionId, LaneId, Outcome, Person, PersonId, Question, Record,
    ReviewId, Subject, Tier, UseCase, UseCaseId,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Display;

type Attributes = HashMap<String, RestrictedExpression>;

/// A question in Cedar's terms, with the facts in words.
pub(crate) struct Asked {
    pub(crate) principal: EntityUid,
    pub(crate) action: EntityUid,
    pub(crate) resource: EntityUid,
    pub(crate) entities: Vec<Entity>,
    pub(crate) context: Vec<(String, RestrictedExpression)>,
    pub(crate) facts: BTreeMap<String, String>,
}

/// The one act whose rules read the count of votes.
const CARRY: &str = "carry_decision";

/// Why a question cannot be asked.
#[derive(Debug)]
pub(crate) enum Gap {
    /// What the act is about is not on record.
    Missing(Missing),
    /// The asker is not on record, or something cannot be expressed; in words.
    Fault(String),
}

impl From<String> for Gap {
    fn from(fault: String) -> Self {
        Self::Fault(fault)
    }
}

/// Gathers what policies read about an act. Only the actor and the subject are loaded: policies
/// reach no further.
pub(crate) fn gather(
    record: &Record,
    actor: &Actor,
    act: &str,
    subject: &Subject,
    now: Timestamp,
) -> Result<Asked, Gap> {
    let mut asked = Asked {
        principal: actor_uid(actor)?,
        action: uid("Action", act)?,
        resource: uid("Record", "record")?,
        entities: Vec::new(),
        context: vec![("now".to_owned(), datetime(now))],
        facts: BTreeMap::new(),
    };
    if let Actor::Person(id) = actor {
        let unknown = || format!("person `{id}` is not on record");
        let person = record.people.get(id).ok_or_else(unknown)?;
        asked.person(record, person, now)?;
    }
    asked.subject(record, subject, now)?;
    if let (CARRY, Subject::Decision(id)) = (act, subject) {
        asked.outcome(record, *id)?;
    }
    Ok(asked)
}

impl Asked {
    fn person(&mut self, record: &Record, person: &Person, now: Timestamp) -> Result<(), Gap> {
        let employed = person.left_at.is_none_or(|left| now < left);
        let of = |holds: fn(&Body, &PersonId, Timestamp) -> bool| {
            let bodies = record.bodies.values().filter(move |body| holds(body, &person.id, now));
            bodies.map(|body| &body.id).collect::<Vec<_>>()
        };
        let seats = of(|body, id, now| body.seat_at(id, now).is_some());
        let chairs = of(|body, id, now| body.chair_at(now) == Some(id));
        let delegated = |presides: bool| {
            let held = record.meetings.delegated(&person.id, now);
            let held = held.filter(move |it| (it.what == Delegated::Preside) == presides);
            held.map(|it| &it.body).collect::<BTreeSet<_>>()
        };
        let (presides, approves) = (delegated(true), delegated(false));
        let roles = person.roles.iter().map(|role| uid("Role", role));
        let bodies = seats.iter().map(|body| uid("Body", body));
        let parents = roles.chain(bodies).collect::<Result<HashSet<_>, _>>()?;
        let attributes = Attributes::from([
            ("employed".to_owned(), RestrictedExpression::new_bool(employed)),
            ("trained_until".to_owned(), datetime(person.trained_until)),
            ("interests".to_owned(), set("Vendor", &person.interests)?),
            ("chairs".to_owned(), set("Body", &chairs)?),
            ("presides".to_owned(), set("Body", &presides)?),
            ("approves".to_owned(), set("Body", &approves)?),
        ]);
        self.entity(self.principal.clone(), attributes, parents)?;
        self.fact("employed", employed);
        self.fact("trained_until", person.trained_until);
        self.fact("roles", join(&person.roles));
        self.fact("seats", join(&seats));
        self.fact("chairs", join(&chairs));
        self.fact("presides", join(&presides));
        self.fact("approves", join(&approves));
        self.fact("interests", join(&person.interests));
        Ok(())
    }

    fn subject(&mut self, record: &Record, subject: &Subject, now: Timestamp) -> Result<(), Gap> {
        let use_case = match subject {
            Subject::Record => return self.the_record(),
            Subject::UseCase(id) => known(record, *id)?,
            Subject::Motion { body, question } => {
                let use_case = about(record, question)?;
                self.before(record, body, use_case, None, now)?;
                let Some(use_case) = use_case else { return self.the_record() };
                use_case
            }
            Subject::Decision(id) => {
                let decision =
                    record.decisions.get(id).ok_or_else(|| not_on_record("decision", id))?;
                let use_case = about(record, &decision.motion.question)?;
                self.before(record, &decision.body, use_case, Some(decision), now)?;
                let Some(use_case) = use_case else { return self.the_record() };
                use_case
            }
            Subject::Case(case) => {
                let found = record.cases.get(case).ok_or_else(|| not_on_record("case", case))?;
                let use_case = known(record, found.use_case)?;
                let body = approver(record, use_case)
                    .ok_or_else(|| format!("no body has decided on {}", use_case.id))?;
                self.before(record, body, Some(use_case), None, now)?;
                use_case
            }
            Subject::Document(hash) => return self.document(record, hash),
            Subject::Change(id) => {
                let request = record.change_requests.requests.get(id);
                let request = request.ok_or_else(|| not_on_record("change request", id))?;
                known(record, request.use_case)?
            }
            Subject::Review(id) => self.review(record, *id)?,
            Subject::Hazard(id) => {
                let hazard = record.hazards.hazards.get(id);
                known(record, hazard.ok_or_else(|| not_on_record("hazard", id))?.use_case)?
            }
            Subject::Duty(duty) => {
                let found =
                    record.duty(duty).ok_or_else(|| not_on_record(duty.what(), duty.id()))?;
                let (owner, use_case) = found;
                self.tell("duty_owner", entity("Person", owner)?);
                self.fact("duty_owner", owner);
                let Some(id) = use_case else { return self.the_record() };
                known(record, id)?
            }
            Subject::Body(body) => return self.body(record, body),
            Subject::Meeting(id) => {
                let meeting = record.meetings.meetings.get(id);
                let meeting = meeting.ok_or_else(|| not_on_record("meeting", id))?;
                return self.body(record, &meeting.body);
            }
            Subject::Delegation(id) => {
                let delegation = record.meetings.delegations.get(id);
                let delegation = delegation.ok_or_else(|| not_on_record("delegation", id))?;
                return self.body(record, &delegation.body);
            }
            Subject::Lane { use_case, lane } => self.lane(record, *use_case, lane)?,
        };
        self.use_case(record, use_case, now)
    }

    /// A review of output: who planned it, and who rates.
    fn review<'a>(&mut self, record: &'a Record, id: ReviewId) -> Result<&'a UseCase, Gap> {
        let review = record.reviews.reviews.get(&id);
        let review = review.ok_or_else(|| not_on_record("review", id))?;
        self.tell("planner", entity("Person", &review.planned_by)?);
        self.tell("raters", set("Person", &review.raters)?);
        self.fact("planner", &review.planned_by);
        self.fact("raters", join(&review.raters));
        known(record, review.use_case)
    }

    /// A sign-off lane: the role that signs it.
    fn lane<'a>(
        &mut self,
        record: &'a Record,
        use_case: UseCaseId,
        lane: &LaneId,
    ) -> Result<&'a UseCase, Gap> {
        let use_case = known(record, use_case)?;
        let policy = record.tier_policy.as_ref();
        let found = policy.and_then(|policy| policy.lanes.iter().find(|it| it.id == *lane));
        let found = found.ok_or_else(|| not_on_record("lane", lane))?;
        self.tell("lane_role", entity("Role", &found.role)?);
        self.fact("lane", lane);
        self.fact("lane_role", &found.role);
        Ok(use_case)
    }

    /// A body's own business: its meetings, and who acts for it.
    fn body(&mut self, record: &Record, body: &BodyId) -> Result<(), Gap> {
        record.bodies.get(body).ok_or_else(|| not_on_record("body", body))?;
        self.tell("body", entity("Body", body)?);
        self.fact("body", body);
        self.the_record()
    }

    /// The count of votes, and what declaring it now would come to.
    fn outcome(&mut self, record: &Record, id: DecisionId) -> Result<(), Gap> {
        let decision = record.decisions.get(&id).ok_or_else(|| not_on_record("decision", id))?;
        let body = &decision.body;
        let count = record.count(decision).ok_or_else(|| not_on_record("body", body))?;
        let (tally, carries) = count;
        let go = matches!(decision.motion.outcome, Outcome::Go | Outcome::GoWithConditions);
        let counts = [
            ("approvals", tally.approvals),
            ("rejections", tally.rejections),
            ("abstentions", tally.abstentions),
            ("seats", tally.seats),
            ("clinician_approvals", tally.clinician_approvals),
        ];
        let fields = counts.map(|(name, count)| {
            (name.to_owned(), RestrictedExpression::new_long(i64::from(count)))
        });
        let tally = RestrictedExpression::new_record(fields).map_err(|error| error.to_string())?;
        self.tell("tally", tally);
        self.tell("tier", RestrictedExpression::new_long(decision.tier.number().into()));
        self.tell("approves", RestrictedExpression::new_bool(carries && go));
        for (name, count) in counts {
            self.fact(name, count);
        }
        self.fact("decided_at", decision.tier);
        self.fact("approves", carries && go);
        Ok(())
    }

    fn document(&mut self, record: &Record, hash: &str) -> Result<(), Gap> {
        if !record.has_document(hash) {
            return Err(not_on_record("document", hash));
        }
        let hold = record.hold_over(hash);
        let held = RestrictedExpression::new_bool(hold.is_some());
        self.resource = uid("Document", hash)?;
        let attributes = Attributes::from([("legal_hold".to_owned(), held)]);
        self.entity(self.resource.clone(), attributes, HashSet::new())?;
        self.fact("document", hash);
        self.fact("legal_hold", hold.map_or_else(|| "none".to_owned(), |hold| hold.id.to_string()));
        Ok(())
    }

    fn the_record(&mut self) -> Result<(), Gap> {
        self.entity(self.resource.clone(), Attributes::new(), HashSet::new())
    }

    fn use_case(&mut self, record: &Record, use_case: &UseCase, now: Timestamp) -> Result<(), Gap> {
        let system = record.systems.get(&use_case.proposal.system);
        let vendor =
            &system.ok_or_else(|| not_on_record("AI system", use_case.proposal.system))?.vendor;
        let tier = record.effective_tier(use_case, now).unwrap_or(Tier::T4);
        let all = use_case.owners.as_ref().map(|owners| owners.all().map(|(_, owner)| owner));
        let owners: Vec<_> = all.into_iter().flatten().collect();
        let evidence = record.evidence.values().filter(|on| on.use_case == use_case.id);
        let assessors: std::collections::BTreeSet<_> = evidence.map(|on| &on.assessor).collect();
        let reporters: Vec<_> = record.reporters(use_case).collect();
        let mut attributes = Attributes::from([
            ("reporters".to_owned(), set("Person", &reporters)?),
            ("tier".to_owned(), RestrictedExpression::new_long(tier.number().into())),
            ("owners".to_owned(), set("Person", &owners)?),
            ("submitter".to_owned(), entity("Person", &use_case.submitter)?),
            ("assessors".to_owned(), set("Person", &assessors)?),
            ("vendor".to_owned(), entity("Vendor", vendor)?),
        ]);
        if let Some(owners) = &use_case.owners {
            attributes.insert("sponsor".to_owned(), entity("Person", &owners.sponsor)?);
            attributes.insert("business".to_owned(), entity("Person", &owners.business)?);
            attributes.insert("technical".to_owned(), entity("Person", &owners.technical)?);
            self.fact("business_owner", &owners.business);
            self.fact("technical_owner", &owners.technical);
        }
        self.resource = uid("UseCase", use_case.id)?;
        self.entity(self.resource.clone(), attributes, HashSet::new())?;
        self.fact("use_case", use_case.id);
        self.fact("tier", tier);
        self.fact("owners", join(&owners));
        self.fact("submitter", &use_case.submitter);
        self.fact("assessors", join(&assessors));
        self.fact("vendor", vendor);
        if !reporters.is_empty() {
            self.fact("reporters", join(&reporters));
        }
        Ok(())
    }

    /// What a body needs to have told about itself before it decides.
    fn before(
        &mut self,
        record: &Record,
        body: &BodyId,
        use_case: Option<&UseCase>,
        decision: Option<&Decision>,
        now: Timestamp,
    ) -> Result<(), Gap> {
        let body = record.bodies.get(body).ok_or_else(|| not_on_record("body", body))?;
        let chair = body.chair_at(now).and_then(|chair| record.people.get(chair));
        let aside = chair.is_none_or(|chair| {
            chair.left_at.is_some_and(|left| left <= now)
                || use_case.is_some_and(|it| record.conflict(&chair.id, it).is_some())
                || decision.is_some_and(|it| record.conflict_in(&chair.id, it).is_some())
                || decision.is_some_and(|decision| decision.recusals.contains_key(&chair.id))
        });
        self.tell("body", entity("Body", &body.id)?);
        self.tell("chair_stands_aside", RestrictedExpression::new_bool(aside));
        self.fact("body", &body.id);
        self.fact("chair_stands_aside", aside);
        Ok(())
    }

    fn entity(
        &mut self,
        uid: EntityUid,
        attributes: Attributes,
        parents: HashSet<EntityUid>,
    ) -> Result<(), Gap> {
        let entity = Entity::new(uid, attributes, parents).map_err(|error| error.to_string())?;
        self.entities.push(entity);
        Ok(())
    }

    fn tell(&mut self, name: &str, value: RestrictedExpression) {
        self.context.push((name.to_owned(), value));
    }

    fn fact(&mut self, name: &str, value: impl Display) {
        self.facts.insert(name.to_owned(), value.to_string());
    }
}

fn known(record: &Record, id: UseCaseId) -> Result<&UseCase, Gap> {
    record.use_cases.get(&id).ok_or_else(|| not_on_record("use case", id))
}

/// The use case that a question is about; none for one about decision rights.
fn about<'a>(record: &'a Record, question: &Question) -> Result<Option<&'a UseCase>, Gap> {
    let id = match question {
        Question::Approve { use_case } | Question::Resume { use_case } => *use_case,
        Question::Case { case } => {
            record.cases.get(case).ok_or_else(|| not_on_record("case", case))?.use_case
        }
        Question::Exception { exception } => {
            let all = &record.exceptions.all;
            all.get(exception).ok_or_else(|| not_on_record("exception", exception))?.use_case
        }
        Question::Pack { .. } => return Ok(None),
    };
    known(record, id).map(Some)
}

/// The body that a use case acts under, or else the last one that was asked about it.
fn approver<'a>(record: &'a Record, use_case: &'a UseCase) -> Option<&'a BodyId> {
    let live = use_case.stage.live().map(|live| &live.path.body);
    let asked = || record.decisions.values().rev().find(|on| on.use_case == Some(use_case.id));
    live.or_else(|| asked().map(|decision| &decision.body))
}

fn actor_uid(actor: &Actor) -> Result<EntityUid, String> {
    match actor {
        Actor::Person(person) => uid("Person", person),
        Actor::Service(service) => uid("Service", service),
    }
}

/// An entity of the pack's namespace.
pub(crate) fn uid(kind: &str, id: impl Display) -> Result<EntityUid, String> {
    let kind: EntityTypeName = format!("Primum::{kind}")
        .parse()
        .map_err(|error: cedar_policy::ParseErrors| error.to_string())?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id.to_string())))
}

fn entity(kind: &str, id: impl Display) -> Result<RestrictedExpression, String> {
    uid(kind, id).map(RestrictedExpression::new_entity_uid)
}

fn set<T: Display>(
    kind: &str,
    ids: impl IntoIterator<Item = T>,
) -> Result<RestrictedExpression, String> {
    let members = ids.into_iter().map(|id| entity(kind, id)).collect::<Result<Vec<_>, _>>()?;
    Ok(RestrictedExpression::new_set(members))
}

/// Cedar counts in milliseconds. Finer times are cut, so a right may end up to a millisecond early,
/// never late.
fn datetime(at: Timestamp) -> RestrictedExpression {
    RestrictedExpression::new_datetime(format!("{at:.3}"))
}

fn join<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

fn not_on_record(what: &'static str, id: impl Display) -> Gap {
    Gap::Missing(Missing { what, id: id.to_string() })
}
