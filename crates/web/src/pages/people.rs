//! People and the bodies they sit on.

use super::{Answered, Page, Section, render};
use crate::form::Me;
use crate::state::Shared;
use crate::words;
use askama::Template;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use governance::{Body, Person, Record};
use jiff::Timestamp;

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    page: Page,
    bodies: Vec<BodyView>,
    people: Vec<PersonRow>,
    rights: String,
}

struct BodyView {
    id: String,
    name: String,
    charter: String,
    seats: Vec<(String, String, String)>,
    rules: Vec<String>,
}

struct PersonRow {
    id: String,
    title: String,
    roles: String,
    clinician: &'static str,
    trained: String,
    training_over: bool,
    interests: String,
    left: Option<String>,
}

pub(crate) async fn show(State(web): State<Shared>, Extension(me): Me) -> Answered {
    let at = web.moment(None).await?;
    let record = &at.record;
    let rights = record.rights_at(at.now).map(|pack| pack.version.clone());
    let page = PeoplePage {
        page: Page::new(&web, &me, &at, Section::People, "People and bodies")?,
        bodies: record.bodies.values().map(|body| body_view(body, record)).collect(),
        people: record.people.values().map(|person| row(person, at.now)).collect(),
        rights: rights.unwrap_or_default(),
    };
    render(&page, StatusCode::OK)
}

fn body_view(body: &Body, record: &Record) -> BodyView {
    let seats = body.seats.iter().map(|seat| {
        let chair = if seat.id == body.chair { " (chair)" } else { "" };
        let holder = seat.holder.as_ref();
        let holder = holder.map_or_else(|| "vacant".to_owned(), |id| words::person(id, record));
        (format!("{}{chair}", seat.id), seat.expertise.clone(), holder)
    });
    let rules = body.rules.iter().map(|rule| {
        let clinicians = match rule.clinician_approvals {
            0 => String::new(),
            count => {
                format!(", {} in favour", words::plural(count as usize, "clinician", "clinicians"))
            }
        };
        let seats: Vec<String> =
            rule.required_seats.iter().map(|seat| format!(", with {seat}")).collect();
        format!(
            "{}: quorum {}, {}{clinicians}{}",
            rule.tier,
            rule.quorum,
            words::majority(rule),
            seats.concat()
        )
    });
    BodyView {
        id: body.id.to_string(),
        name: body.name.clone(),
        charter: body.charter.clone(),
        seats: seats.collect(),
        rules: rules.collect(),
    }
}

fn row(person: &Person, now: Timestamp) -> PersonRow {
    let join = |items: Vec<String>| items.join(", ");
    PersonRow {
        id: person.id.to_string(),
        title: person.title.clone(),
        roles: join(person.roles.iter().map(|role| role.replace('-', " ")).collect()),
        clinician: if person.clinician { "yes" } else { "no" },
        trained: words::date(person.trained_until),
        training_over: person.trained_until <= now,
        interests: join(person.interests.iter().map(ToString::to_string).collect()),
        left: person.left_at.map(words::date),
    }
}
