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
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
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
