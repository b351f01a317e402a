//! Pages: view models and the handlers that fill them.

pub mod case;
pub mod decision;
pub mod evidence;
pub mod home;
pub mod monitoring;
pub mod people;
pub mod record;
pub mod use_case;

mod motion;
mod parts;

pub(crate) use parts::{Gate, Page, Section, Standing, gate_of, hospital};

use crate::problem::Problem;
use crate::session::SignedIn;
use crate::state::Shared;
use crate::words;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use governance::{Act, CommandId};
use std::str::FromStr;

/// What a page handler answers.
pub(crate) type Answered = Result<Response, Problem>;

/// A page with its status.
pub(crate) fn render(page: &impl Template, status: StatusCode) -> Answered {
    Ok((status, Html(page.render()?)).into_response())
}

/// An id in an address; an address with something else does not exist.
pub(crate) fn id<T: FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::not_found(format!("`{text}` is no id of this kind.")))
}

/// What the record has under an id, or 404.
pub(crate) fn known<T>(found: Option<T>, id: impl std::fmt::Display) -> Result<T, Problem> {
    found.ok_or_else(|| Problem::not_found(format!("The record has no {id}.")))
}

/// Submits an act. Kept, it leads on to `path`; refused, its page is shown again with the reason.
pub(crate) async fn submit<F: Future<Output = Answered>>(
    web: &Shared,
    me: &SignedIn,
    (command, act): (CommandId, Act),
    path: String,
    again: impl FnOnce(String, StatusCode) -> F,
) -> Answered {
    match web.submit(me, command, act).await.map_err(Problem::from) {
        Ok(_) => Ok(Redirect::to(&path).into_response()),
        Err(problem) if problem.is_refusal() => {
            again(words::capital(problem.detail()), problem.status()).await
        }
        Err(problem) => Err(problem),
    }
}
