//! Pages and JSON API: turns requests into commands and state into views.
//!
//! A request is answered from one immutable state of the record. What a person asks for becomes a
//! command for the registrar; whether it is allowed is the answer of `rights` and the core, which
//! this crate shows and never makes. Pages are rendered here, need no JavaScript and fetch nothing
//! from elsewhere. Every route is in one table with who may use it; there is no other way to add
//! one.

mod acts;
mod api;
mod assets;
mod charts;
mod evidence_file;
mod form;
mod guard;
mod history;
mod numbers;
mod objects;
mod openapi;
mod pages;
mod problem;
mod routes;
mod session;
mod sign_in;
mod state;
mod tables_file;
pub mod words;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use governance::PersonId;
use jiff::Timestamp;
use registrar::Registrar;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

pub use evidence_file::{ChartFile, evidence_charts, evidence_file};
pub use openapi::document as openapi;
pub use routes::{Access, Method, listed};
pub use state::API_TOKEN;
pub use tables_file::{FileTable, tables_file};

/// The longest body of a request, in bytes: forms and gate questions are short.
const BODY_LIMIT: usize = 64 * 1024;

/// Tells the time. Only the binary reads a real clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Draws 32 bytes that nobody can guess. Only the binary reads the system's entropy.
pub type Entropy = Arc<dyn Fn() -> Result<[u8; 32], String> + Send + Sync>;

/// What the pages are served from.
#[derive(Clone)]
pub struct App {
    /// The record and its one writer.
    pub registrar: Registrar,
    /// Tells the time of commands, sessions and clocks.
    pub clock: Clock,
    /// Draws session ids and form tokens.
    pub entropy: Entropy,
    /// Set for the demo hospital, where one signs in without a key.
    pub demo: Option<Demo>,
    /// Set when TLS ends in front of this process: cookies are then for HTTPS only.
    pub behind_tls: bool,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("demo", &self.demo).finish_non_exhaustive()
    }
}

/// What a demo hospital shows.
#[derive(Debug, Clone)]
pub struct Demo {
    /// What every page says of its dates, as one or two plain sentences.
    pub note: String,
    /// The people offered for sign-in, in this order.
    pub people: Vec<PersonId>,
}

/// All routes, with what every answer goes through.
///
/// The peer's address is read from [`axum::extract::ConnectInfo`], which [`serve`] provides; a
/// request without one counts as not from this machine.
pub fn router(app: App) -> Router {
    let web = Arc::new(state::Web::new(app));
    routes::table()
        .into_iter()
        .fold(Router::new(), |router, route| router.route(route.path, guard::protect(route, &web)))
        .fallback(guard::not_found)
        .method_not_allowed_fallback(guard::method_not_allowed)
        .layer(from_fn_with_state(Arc::clone(&web), guard::every_request))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(web)
}

/// Serves until `shutdown` completes; requests that began are answered.
///
/// # Errors
/// Those of the listener.
pub async fn serve(
    app: App,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(shutdown).await
}
