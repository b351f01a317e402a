//! What every request passes: the host it names, who asks, how long it may take, and the headers of
//! the answer.

use crate::form::check_origin;
use crate::objects::Caller;
use crate::problem::{Problem, is_api};
use crate::routes::{Access, Route};
use crate::session::{self, same_secret};
use crate::state::{Shared, Web};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::MethodRouter;
use sha2::{Digest, Sha256};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// An answer that takes longer is given up.
const TIME_LIMIT: Duration = Duration::from_secs(30);

const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// The address that a request came from.
pub(crate) fn peer(request: &Request) -> Option<IpAddr> {
    let info = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    Some(info.0.ip().to_canonical())
}

/// Puts a route behind its access.
pub(crate) fn protect(route: Route, web: &Shared) -> MethodRouter<Shared> {
    let web = Arc::clone(web);
    match route.access {
        Access::Open => route.handler,
        Access::Session => route.handler.route_layer(from_fn_with_state(web, require_session)),
        Access::Api => route.handler.route_layer(from_fn_with_state(web, require_session_or_token)),
        Access::Person => route.handler.route_layer(from_fn_with_state(web, require_person)),
        Access::Gate => route.handler.route_layer(from_fn_with_state(web, require_token)),
    }
}

async fn require_session(State(web): State<Shared>, mut request: Request, next: Next) -> Response {
    if let Some(me) = web.signed_in(request.headers()) {
        request.extensions_mut().insert(me);
        return next.run(request).await;
    }
    Redirect::to("/sign-in").into_response()
}

async fn require_session_or_token(
    State(web): State<Shared>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = if let Some(me) = web.signed_in(request.headers()) {
        Caller::Person(me.person)
    } else if access_key(request.headers()).is_some() {
        match by_access_key(&web, peer(&request), request.headers()).await {
            Ok(me) => Caller::Person(me.person),
            Err(problem) => return problem.for_path(request.uri().path()),
        }
    } else {
        match web.api_token().await {
            Ok(Some(hash)) if bears(request.headers(), &hash) => Caller::Program,
            Ok(_) => return refuse_program(&request),
            Err(problem) => return problem.for_path(request.uri().path()),
        }
    };
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// A person, to act in their name. A cookie is sent along by the browser whoever asks, so a request
/// with one must come from this site; a key must be given on purpose.
async fn require_person(State(web): State<Shared>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let who = if access_key(request.headers()).is_some() {
        by_access_key(&web, peer(&request), request.headers()).await
    } else if let Some(me) = web.signed_in(request.headers()) {
        check_origin(request.headers()).map(|()| me)
    } else {
        return match web.api_token().await {
            Ok(Some(hash)) if bears(request.headers(), &hash) => {
                Problem::token_acts_for_nobody().for_path(&path)
            }
            Ok(_) => refuse_program(&request),
            Err(problem) => problem.for_path(&path),
        };
    };
    match who {
        Ok(me) => {
            request.extensions_mut().insert(me);
            next.run(request).await
        }
        Err(problem) => problem.for_path(&path),
    }
}

/// The person and the key of `Authorization: Bearer PERSON:KEY`. No token has a colon in it.
fn access_key(headers: &HeaderMap) -> Option<(&str, &str)> {
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok())?;
    sent.strip_prefix("Bearer ")?.trim().split_once(':')
}

async fn by_access_key(
    web: &Web,
    peer: Option<IpAddr>,
    headers: &HeaderMap,
) -> Result<session::SignedIn, Problem> {
    let (who, key) = access_key(headers).unwrap_or_default();
    let person = crate::sign_in::proven(web, peer, who, key).await?;
    let person = person.ok_or_else(Problem::wrong_key)?;
    Ok(session::SignedIn { person, csrf: String::new() })
}

async fn require_token(State(web): State<Shared>, request: Request, next: Next) -> Response {
    let allowed = match web.api_token().await {
        Ok(Some(hash)) => bears(request.headers(), &hash),
        // Behind a proxy everybody's requests come from this machine.
        Ok(None) if web.app.behind_tls => false,
        Ok(None) => peer(&request).is_some_and(|peer| peer.is_loopback()),
        Err(problem) => return problem.for_path(request.uri().path()),
    };
    if allowed { next.run(request).await } else { refuse_program(&request) }
}

/// Asks who it is; of who said so already, that it is not true.
fn refuse_program(request: &Request) -> Response {
    let sent = request.headers().get(header::AUTHORIZATION).is_some_and(|sent| !sent.is_empty());
    let problem = if sent { Problem::wrong_key() } else { Problem::unauthorized() };
    let mut response = problem.for_path(request.uri().path());
    let challenge = HeaderValue::from_static("Bearer");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    response
}

/// Whether a request carries the token whose SHA-256 is `hash`, in hexadecimal.
fn bears(headers: &HeaderMap, hash: &str) -> bool {
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = sent.and_then(|text| text.strip_prefix("Bearer "));
    token.is_some_and(|token| same_secret(&hex::encode(Sha256::digest(token.trim())), hash))
}

impl Web {
    /// The person who sent a request, when signed in and still on record.
    pub fn signed_in(&self, headers: &HeaderMap) -> Option<session::SignedIn> {
        let id = session::id_in(headers, self.app.behind_tls)?;
        let me = self.sessions.find(&id, self.now())?;
        let record = self.record();
        let works_here =
            record.people.get(&me.person).is_some_and(|person| person.left_at.is_none());
        if !works_here {
            self.sessions.end(&id);
        }
        works_here.then_some(me)
    }
}

pub(crate) async fn every_request(
    State(web): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = if names_this_host(&request, web.app.behind_tls) {
        match tokio::time::timeout(TIME_LIMIT, next.run(request)).await {
            Ok(response) => finish(response, &path),
            Err(_) => too_slow().for_path(&path),
        }
    } else {
        wrong_host().for_path(&path)
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if web.app.behind_tls {
        let value = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Gives answers of the framework itself, which are bare text, the form of this program.
fn finish(response: Response, path: &str) -> Response {
    if response.status() != StatusCode::PAYLOAD_TOO_LARGE || !is_api(path) {
        return response;
    }
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "This is too long",
        "The body is longer than a question may be. Nothing was kept.",
        "Send only the fields that the documentation names.",
    )
    .for_path(path)
}

/// A page on another site can make a browser on this machine ask under that site's name (DNS
/// rebinding): the browser then sends that name. Only a proxy in front, which ends TLS, may use
/// other names.
fn names_this_host(request: &Request, behind_tls: bool) -> bool {
    if behind_tls || !peer(request).is_some_and(|peer| peer.is_loopback()) {
        return true;
    }
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let Some(host) = host.or(request.uri().host()) else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(name, _)| name),
        None => host.split(':').next(),
    };
    name.is_some_and(|name| {
        name.eq_ignore_ascii_case("localhost")
            || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

fn wrong_host() -> Problem {
    Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "wrong_host",
        "This is not the address of this page",
        "The request came from this machine but names another host. Nothing was done.",
        "Open http://localhost with the port that Primum printed.",
    )
}

fn too_slow() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too_slow",
        "This took too long",
        "No answer came in time. What was sent may have been kept.",
        "Look at the record first, then try again: sending the same form again has one effect.",
    )
}

pub(crate) async fn not_found(uri: Uri) -> Response {
    Problem::not_found("Nothing is kept under this address.").for_path(uri.path())
}

pub(crate) async fn method_not_allowed(uri: Uri) -> Response {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This address does not take such a request",
        "The address exists, but not for this method. Nothing was done.",
        "Open it from a link or a form of its page.",
    )
    .for_path(uri.path())
}
