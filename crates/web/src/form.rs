//! Forms. Their content can only be read once the token that the page put into them was checked.

use crate::problem::Problem;
use crate::session::{SignedIn, same_secret};
use crate::state::Shared;
use axum::extract::rejection::FormRejection;
use axum::extract::{Extension, Form, FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use governance::CommandId;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A form of a signed-in person, whose token was checked.
#[derive(Debug)]
pub(crate) struct Checked<T> {
    /// What was filled in.
    pub form: T,
    /// The id that the page gave to this form: sending it twice has one effect.
    pub command: CommandId,
}

#[derive(Deserialize)]
struct Sent<T> {
    csrf: String,
    command: String,
    #[serde(flatten)]
    form: T,
}

impl<T: DeserializeOwned> FromRequest<Shared> for Checked<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Shared) -> Result<Self, Problem> {
        let me =
            request.extensions().get::<SignedIn>().cloned().ok_or_else(Problem::unauthorized)?;
        let sent: Sent<T> = read(request, web).await?;
        if !same_secret(&sent.csrf, &me.csrf) {
            return Err(Problem::forbidden(
                "wrong_token",
                "This form was not made for your session.",
            ));
        }
        let command = sent.command.parse();
        let command = command.map_err(|error| Problem::bad_request(format!("{error}.")))?;
        Ok(Self { form: sent.form, command })
    }
}

/// A form of somebody who has not signed in yet: only its origin can be checked.
#[derive(Debug)]
pub(crate) struct Open<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Shared> for Open<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Shared) -> Result<Self, Problem> {
        read(request, web).await.map(Self)
    }
}

async fn read<T: DeserializeOwned>(request: Request, web: &Shared) -> Result<T, Problem> {
    check_origin(request.headers())?;
    match Form::<T>::from_request(request, web).await {
        Ok(Form(sent)) => Ok(sent),
        Err(FormRejection::BytesRejection(error))
            if error.status() == StatusCode::PAYLOAD_TOO_LARGE =>
        {
            Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "This is too long",
                "The form is longer than this page takes. Nothing was kept.",
                "Shorten the texts and send it again.",
            ))
        }
        Err(error) => Err(Problem::bad_request(format!("The form is incomplete: {error}."))),
    }
}

/// Refuses what another site made the browser send. Browsers send at least one of the two headers
/// with a form; programs that send neither carry no cookie that somebody else could abuse.
pub(crate) fn check_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let foreign = || Problem::forbidden("cross_site", "This form was sent by another site.");
    if let Some(site) = text("sec-fetch-site") {
        return if matches!(site, "same-origin" | "none") { Ok(()) } else { Err(foreign()) };
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().ok().and_then(|origin| Some(origin.split_once("://")?.1));
    if origin.is_some() && origin == text("host") { Ok(()) } else { Err(foreign()) }
}

/// The signed-in person, as handlers receive it.
pub(crate) type Me = Extension<SignedIn>;
