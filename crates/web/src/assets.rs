//! The stylesheet, under a name that changes with its content, so that it may be kept for ever.

use crate::problem::Problem;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// Hexadecimal digits of the content hash in the name.
const HASH_DIGITS: usize = 16;

struct Style {
    path: String,
    body: String,
}

static STYLE: LazyLock<Style> = LazyLock::new(|| {
    let body = format!("{}\n{}", include_str!("../assets/style.css"), report::STYLE);
    let hash: String = hex::encode(Sha256::digest(&body)).chars().take(HASH_DIGITS).collect();
    Style { path: format!("/assets/style-{hash}.css"), body }
});

/// Where the stylesheet is.
pub(crate) fn style_path() -> &'static str {
    &STYLE.path
}

/// The stylesheet itself, for a document that stands alone.
pub(crate) fn style() -> &'static str {
    &STYLE.body
}

pub(crate) async fn serve(Path(name): Path<String>) -> Result<Response, Problem> {
    if format!("/assets/{name}") != STYLE.path {
        return Err(Problem::not_found("There is no file of this name."));
    }
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, STYLE.body.as_str()).into_response())
}
