//! The whole of the pages and the API, on a real ledger.

#![cfg(test)]

mod acts;
mod api;
mod guard;
mod hospital;
mod objects;
mod openapi;
mod pages;
mod programs;
mod sessions;
mod visitor;

/// A signed-in visitor of a demo hospital.
async fn signed_in(who: &str) -> (hospital::Hospital, visitor::Visitor) {
    let hospital = hospital::Hospital::build(false).await;
    let mut visitor = visitor::Visitor::new(hospital.app(true));
    visitor.sign_in(who).await;
    (hospital, visitor)
}
