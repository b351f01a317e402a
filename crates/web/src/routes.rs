//! Every route, with who may use it. A route cannot be added without saying so.

use crate::state::Shared;
use crate::{acts, api, assets, objects, openapi, pages, sign_in};
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone: it shows nothing of the record but the hospital's name, and in the demo the people
    /// offered for sign-in.
    Open,
    /// A person who signed in; others are sent to the sign-in page.
    Session,
    /// A person who signed in, or a program with the API token; others get 401.
    Api,
    /// A person: signed in, from a page of this site, or by an access key; others get 401.
    Person,
    /// A program with the API token; while none was made, any program on this machine, or behind a
    /// proxy none.
    Gate,
}

/// What a route does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Shows; never changes anything.
    Get,
    /// Changes something, or answers a question that has a body.
    Post,
}

/// One route.
pub(crate) struct Route {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    pub handler: MethodRouter<Shared>,
}

/// Method, path and access of every route.
#[must_use]
pub fn listed() -> Vec<(Method, &'static str, Access)> {
    table().into_iter().map(|route| (route.method, route.path, route.access)).collect()
}

/// Shows something.
fn show<H, T>(access: Access, path: &'static str, handler: H) -> Route
where
    H: axum::handler::Handler<T, Shared>,
    T: 'static,
{
    Route { method: Method::Get, path, access, handler: get(handler) }
}

/// Does something.
fn act<H, T>(access: Access, path: &'static str, handler: H) -> Route
where
    H: axum::handler::Handler<T, Shared>,
    T: 'static,
{
    Route { method: Method::Post, path, access, handler: post(handler) }
}

/// A route that takes an act, which may be longer than a form.
fn long(route: Route) -> Route {
    let handler = route.handler.layer(DefaultBodyLimit::max(acts::LONGEST));
    Route { handler, ..route }
}

pub(crate) fn table() -> Vec<Route> {
    use Access::{Api, Gate, Open, Person, Session};
    vec![
        show(Open, "/healthz", api::health),
        show(Open, "/assets/{name}", assets::serve),
        show(Open, "/sign-in", sign_in::page),
        act(Open, "/sign-in", sign_in::sign_in),
        act(Session, "/sign-out", sign_in::sign_out),
        show(Session, "/", pages::home::show),
        show(Session, "/use-cases/{id}", pages::use_case::show),
        act(Session, "/use-cases/{id}/suspend", pages::use_case::suspend),
        act(Session, "/use-cases/{id}/motion", pages::use_case::motion),
        show(Session, "/use-cases/{id}/monitoring", pages::monitoring::show),
        show(Session, "/evidence/{id}", pages::evidence::show),
        show(Session, "/evidence/{id}/report.json", pages::evidence::download),
        show(Session, "/cases", pages::case::list),
        show(Session, "/cases/{id}", pages::case::show),
        act(Session, "/cases/{id}/stop", pages::case::stop),
        act(Session, "/cases/{id}/motion", pages::case::motion),
        show(Session, "/decisions", pages::decision::list),
        show(Session, "/decisions/{id}", pages::decision::show),
        act(Session, "/decisions/{id}/vote", pages::decision::vote),
        act(Session, "/decisions/{id}/recuse", pages::decision::recuse),
        act(Session, "/decisions/{id}/carry", pages::decision::carry),
        show(Session, "/people", pages::people::show),
        show(Session, "/record", pages::record::show),
        show(Session, "/record/events/{seq}", pages::record::event),
        show(Session, "/record/events/{seq}/receipt", pages::record::receipt),
        show(Session, "/record/events/{seq}/leaf", pages::record::leaf),
        act(Gate, "/api/v1/gate/check", api::check),
        show(Api, "/api/v1/gate/counts", api::counts),
        show(Api, "/api/v1/record", api::record),
        show(Api, "/api/v1/use-cases", api::use_cases),
        show(Api, "/api/v1/use-cases/{id}", api::use_case),
        show(Api, "/api/v1/acts", acts::listed),
        long(act(Person, "/api/v1/acts", acts::submit)),
        show(Api, "/api/v1/work", objects::waiting),
        show(Api, "/api/v1/decision-times", objects::times),
        show(Api, "/api/v1/objects", objects::kinds),
        show(Api, "/api/v1/openapi.json", openapi::show),
        show(Api, "/api/v1/{objects}", objects::list),
        show(Api, "/api/v1/{objects}/{id}", objects::show),
    ]
}
