//! Signing in and out. In the demo hospital one chooses a person; elsewhere each person has an
//! access key, of which the ledger keeps a hash. There is no default key.

use crate::assets;
use crate::form::{Checked, Open};
use crate::problem::Problem;
use crate::session::{self, same_secret};
use crate::state::{Shared, Web};
use crate::words;
use askama::Template;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use governance::{PersonId, Record};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// A wrong key costs this long.
const DELAY: Duration = Duration::from_millis(300);

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    style: &'a str,
    hospital: String,
    demo: Option<&'a str>,
    roles: Vec<Role>,
    who: String,
    wrong: Option<&'a str>,
}

struct Role {
    id: String,
    title: String,
    does: String,
}

impl Web {
    fn sign_in_page(&self, who: &str, wrong: Option<&str>) -> Result<Html<String>, Problem> {
        let record = self.record();
        let demo = self.app.demo.as_ref();
        let people = demo.map(|demo| demo.people.as_slice()).unwrap_or_default();
        let page = SignInPage {
            style: assets::style_path(),
            hospital: crate::pages::hospital(&record),
            demo: demo.map(|demo| demo.note.as_str()),
            roles: people.iter().map(|id| role(id, &record)).collect(),
            who: who.to_owned(),
            wrong,
        };
        Ok(Html(page.render()?))
    }
}

fn role(id: &PersonId, record: &Record) -> Role {
    let seats = record.bodies.values().filter_map(|body| {
        let seat = body.seat_of(id)?;
        let what = if seat.id == body.chair { "chairs" } else { "sits on" };
        Some(format!("{what} {}", body.name))
    });
    let owns = record
        .use_cases
        .values()
        .filter(|use_case| use_case.owners.as_ref().is_some_and(|owners| owners.include(id)));
    let owns = owns.map(|use_case| format!("answers for {}", use_case.id));
    let roles = record.people.get(id).into_iter().flat_map(|person| &person.roles);
    let roles = roles.map(|role| role.replace('-', " "));
    let does: Vec<String> = seats.chain(owns).chain(roles).collect();
    Role { id: id.to_string(), title: words::person(id, record), does: does.join(" · ") }
}

pub(crate) async fn page(
    State(web): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if web.signed_in(&headers).is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    web.sign_in_page("", None).map(IntoResponse::into_response)
}

#[derive(Deserialize)]
pub(crate) struct SignIn {
    who: String,
    #[serde(default)]
    key: String,
}

/// The peer's address; none in a test without a connection.
pub(crate) struct Peer(Option<IpAddr>);

impl<S: Sync> axum::extract::FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, Self::Rejection> {
        let info = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(info.map(|info| info.0.ip().to_canonical())))
    }
}

pub(crate) async fn sign_in(
    State(web): State<Shared>,
    Peer(peer): Peer,
    headers: HeaderMap,
    Open(form): Open<SignIn>,
) -> Result<Response, Problem> {
    let who = form.who.trim();
    let now = web.now();
    let Some(person) = proven(&web, peer, who, form.key.trim()).await? else {
        let page =
            web.sign_in_page(who, Some("This person and this key do not belong together."))?;
        return Ok((StatusCode::UNAUTHORIZED, page).into_response());
    };
    if let Some(old) = session::id_in(&headers, web.app.behind_tls) {
        web.sessions.end(&old);
    }
    let id = web.draw()?;
    web.sessions.begin(&id, person, now);
    redirect(Some(&hex::encode(id)), "/", web.app.behind_tls)
}

/// The person of this name, when the key is theirs.
///
/// # Errors
/// When this address gave too many wrong keys for the person.
pub(crate) async fn proven(
    web: &Web,
    peer: Option<IpAddr>,
    who: &str,
    key: &str,
) -> Result<Option<PersonId>, Problem> {
    let named = who.parse::<PersonId>().ok();
    if let Some(id) = &named
        && is_proven(web, id, key).await?
    {
        // A right key always works, so that nobody locks another out with wrong ones.
        return Ok(named);
    }
    tokio::time::sleep(DELAY).await;
    match named {
        Some(id) if !web.sessions.may_fail(peer, &id, web.now()) => Err(too_many()),
        _ => Ok(None),
    }
}

fn too_many() -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_attempts",
        "Too many wrong keys",
        "Too many wrong keys for this person came from this address.",
        "Find the right key; it still works. If it is lost, a new one is made with \
         `primum person key`.",
    )
}

/// Whether there is such a person here and the key is theirs.
async fn is_proven(web: &Web, id: &PersonId, key: &str) -> Result<bool, Problem> {
    let works_here = web.record().people.get(id).is_some_and(|person| person.left_at.is_none());
    if let Some(demo) = &web.app.demo {
        return Ok(works_here && demo.people.contains(id));
    }
    let stored = web.app.registrar.reader().meta_get(&format!("access.{id}")).await?;
    let given = hex::encode(Sha256::digest(key));
    let right = stored.is_some_and(|stored| same_secret(&given, &stored.to_ascii_lowercase()));
    Ok(right && works_here)
}

#[derive(Deserialize)]
pub(crate) struct Nothing {}

pub(crate) async fn sign_out(
    State(web): State<Shared>,
    headers: HeaderMap,
    _: Checked<Nothing>,
) -> Result<Response, Problem> {
    if let Some(id) = session::id_in(&headers, web.app.behind_tls) {
        web.sessions.end(&id);
    }
    redirect(None, "/sign-in", web.app.behind_tls)
}

fn redirect(id: Option<&str>, to: &str, behind_tls: bool) -> Result<Response, Problem> {
    let cookie = session::cookie(id, behind_tls)
        .ok_or_else(|| Problem::fault("the session cookie could not be written"))?;
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}
