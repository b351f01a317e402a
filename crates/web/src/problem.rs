//! What went wrong, said to a person as a page and to a program as `application/problem+json` (RFC
//! 9457).

use crate::assets;
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use governance::{Refusal, ShapeFault};
use ledger::LedgerError;
use registrar::{ReplayError, SubmitError};
use rights::Rule;
use serde::Serialize;

/// A request that could not be answered as asked.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    /// For programs.
    code: &'static str,
    title: &'static str,
    /// What happened, and what was kept.
    detail: String,
    /// What to do now.
    remedy: String,
    /// The rules that forbid it; where none does, those that allow it to others.
    rules: Box<[Rule]>,
    /// For what is no act: each fault of its shape.
    faults: Box<[ShapeFault]>,
}

impl Problem {
    pub fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (detail, remedy) = (detail.into(), remedy.into());
        Self { status, code, title, detail, remedy, rules: Box::default(), faults: Box::default() }
    }

    /// The same problem with what is wrong with the shape of an act.
    pub fn with_faults(self, faults: Vec<ShapeFault>) -> Self {
        Self { faults: faults.into(), ..self }
    }

    pub fn not_found(what: impl Into<String>) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is no such page",
            what,
            "Check the address, or start from the home page.",
        )
    }

    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad_request",
            "This could not be understood",
            detail,
            "Nothing was kept. Go back, check what you sent, and send it again.",
        )
    }

    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "sign_in_needed",
            "Who is asking?",
            "This answer needs a signed-in person, a person's key or a valid API token.",
            "Send `Authorization: Bearer TOKEN`, or `Bearer PERSON:KEY`, or sign in at /sign-in.",
        )
    }

    /// What was sent to prove who asks does not. Whether the person exists is not said.
    pub fn wrong_key() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "wrong_key",
            "This key is not accepted",
            "The key or token that was sent is not a valid one: it was mistyped, replaced by a \
             newer one, or its person has left. Nothing was kept.",
            "Send `Authorization: Bearer TOKEN` or `Bearer PERSON:KEY` as they were shown when \
             they were made, or have a new one made.",
        )
    }

    /// A program with the token asked to act.
    pub fn token_acts_for_nobody() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "token_acts_for_nobody",
            "A token acts for nobody",
            "The token is valid, and lets a program read and ask the gate. An act is done in the \
             name of a person. Nothing was kept.",
            "Send a person's own key: `Authorization: Bearer PERSON:KEY`.",
        )
    }

    pub fn forbidden(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            code,
            "This was not accepted",
            detail,
            "Nothing was kept. Open the page again and send its form from there.",
        )
    }

    pub fn fault(detail: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "fault",
            "Something failed here",
            detail.to_string(),
            "What was acknowledged before is kept. Try again; \
             if it stays, run `primum log verify`.",
        )
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }

    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// True when what was asked for may be corrected and asked for again.
    pub fn is_refusal(&self) -> bool {
        matches!(self.code, "denied" | "refused")
    }

    /// The answer for a program or for a person, by the address that was asked.
    pub fn for_path(self, path: &str) -> Response {
        if is_api(path) { ApiProblem(self).into_response() } else { self.into_response() }
    }
}

/// Whether an address belongs to the JSON API.
pub(crate) fn is_api(path: &str) -> bool {
    path == "/healthz" || path.starts_with("/api/")
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        let detail = error.to_string();
        match error {
            SubmitError::Denied(denial) => Self {
                rules: denial.policies.into(),
                ..Self::new(
                    StatusCode::FORBIDDEN,
                    "denied",
                    "You may not do this",
                    detail,
                    "Nothing was kept. Ask somebody who may, or have the decision rights changed.",
                )
            },
            SubmitError::Refused(refusal) => {
                let (status, title) = told(&refusal);
                let remedy = "Nothing was kept. Mend what is named and send it again.";
                Self::new(status, "refused", title, detail, remedy)
            }
            _ => Self::fault(detail),
        }
    }
}

/// The status of a refusal, and what it is in short.
fn told(refusal: &Refusal) -> (StatusCode, &'static str) {
    match refusal {
        Refusal::Unknown { .. } => (StatusCode::NOT_FOUND, "The record has no such thing"),
        Refusal::Exists { .. } => (StatusCode::CONFLICT, "The record has that already"),
        Refusal::CommandIdTaken(_) => {
            (StatusCode::CONFLICT, "This command id was used for something else")
        }
        Refusal::CommandIdReserved(_) => {
            (StatusCode::UNPROCESSABLE_ENTITY, "This command id is reserved")
        }
        _ => (StatusCode::UNPROCESSABLE_ENTITY, "The rules do not allow this now"),
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::NoSuchEvent { .. } | LedgerError::NoSuchDocument { .. } => {
                Self::not_found(error.to_string())
            }
            LedgerError::NotPublished { .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "not_published",
                "The checkpoint is not there yet",
                error.to_string(),
                "The event is kept. Its receipt follows in a moment: load the page again.",
            ),
            _ => Self::fault(error),
        }
    }
}

impl From<ReplayError> for Problem {
    fn from(error: ReplayError) -> Self {
        Self::fault(error)
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self::fault(error)
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    style: &'a str,
    problem: &'a Problem,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let page = ProblemPage { style: assets::style_path(), problem: &self };
        let body = page.render().unwrap_or_else(|_| self.detail.clone());
        (self.status, Html(body)).into_response()
    }
}

/// A problem as a program reads it.
pub(crate) struct ApiProblem(pub Problem);

impl<T: Into<Problem>> From<T> for ApiProblem {
    fn from(problem: T) -> Self {
        Self(problem.into())
    }
}

#[derive(Serialize)]
struct Details<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    remedy: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<Named<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Fault<'a>>,
}

#[derive(Serialize)]
struct Fault<'a> {
    place: &'a str,
    what: &'a str,
    remedy: &'a str,
}

#[derive(Serialize)]
struct Named<'a> {
    id: &'a str,
    reason: &'a str,
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        let Problem { status, code, title, detail, remedy, rules, faults } = &self.0;
        let rules = rules.iter().map(|rule| Named { id: &rule.id, reason: &rule.reason }).collect();
        let faults = faults.iter().map(|ShapeFault { place, what, remedy, .. }| Fault {
            place,
            what,
            remedy,
        });
        let status_code = status.as_u16();
        let details = Details {
            kind: "about:blank",
            title,
            status: status_code,
            detail,
            code,
            remedy,
            rules,
            faults: faults.collect(),
        };
        let mut response = (*status, axum::Json(details)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}
