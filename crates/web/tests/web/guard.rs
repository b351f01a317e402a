//! Who may use which route, and what every answer carries.

use crate::hospital::{API_TOKEN, Hospital};
use crate::signed_in;
use crate::visitor::Visitor;
use axum::http::StatusCode;
use web::{Access, App, Method, listed};

/// The routes and who may use them, written down a second time on purpose: adding a route means
/// saying so here.
const AUTHORISED: &str = "\
Get Open /healthz
Get Open /assets/{name}
Get Open /sign-in
Post Open /sign-in
Post Session /sign-out
Get Session /
Get Session /use-cases/{id}
Post Session /use-cases/{id}/suspend
Post Session /use-cases/{id}/motion
Get Session /use-cases/{id}/monitoring
Get Session /evidence/{id}
Get Session /evidence/{id}/report.json
Get Session /cases
Get Session /cases/{id}
Post Session /cases/{id}/stop
Post Session /cases/{id}/motion
Get Session /decisions
Get Session /decisions/{id}
Post Session /decisions/{id}/vote
Post Session /decisions/{id}/recuse
Post Session /decisions/{id}/carry
Get Session /people
Get Session /record
Get Session /record/events/{seq}
Get Session /record/events/{seq}/receipt
Get Session /record/events/{seq}/leaf
Post Gate /api/v1/gate/check
Get Api /api/v1/gate/counts
Get Api /api/v1/record
Get Api /api/v1/use-cases
Get Api /api/v1/use-cases/{id}
Get Api /api/v1/acts
Post Person /api/v1/acts
Get Api /api/v1/work
Get Api /api/v1/decision-times
Get Api /api/v1/objects
Get Api /api/v1/openapi.json
Get Api /api/v1/{objects}
Get Api /api/v1/{objects}/{id}
";

/// A route with ids that exist.
fn concrete(path: &str) -> String {
    let id = match path.split('/').nth(if path.starts_with("/api") { 3 } else { 1 }) {
        Some("cases") => "CASE-1",
        Some("decisions") => "DEC-1",
        Some("evidence") => "EV-1",
        _ => "UC-1",
    };
    let path = path.replace("{objects}", "use-cases");
    path.replace("{id}", id).replace("{seq}", "0").replace("{name}", "style-0.css")
}

#[test]
fn every_route_says_who_may_use_it() {
    let lines = listed()
        .into_iter()
        .map(|(method, path, access)| format!("{method:?} {access:?} {path}\n"));
    assert_eq!(lines.collect::<String>(), AUTHORISED);
}

#[tokio::test]
async fn without_a_session_or_token_nothing_of_the_record_is_shown() {
    let hospital = Hospital::build(true).await;
    let mut visitor = Visitor::new(hospital.app(false));
    let before = hospital.registrar.record().next_seq;
    for (method, path, access) in listed() {
        let verb = if method == Method::Get { "GET" } else { "POST" };
        let page = visitor.send(verb, &concrete(path), "application/json", "{}".to_owned()).await;
        match access {
            Access::Open => assert!(!page.body.contains("UC-1"), "{path}"),
            Access::Session => {
                assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}");
                assert_eq!(page.header("location"), "/sign-in", "{path}");
                assert_eq!(page.body, "", "{path}");
            }
            Access::Api | Access::Person | Access::Gate => {
                assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{path}");
                assert_eq!(page.header("content-type"), "application/problem+json", "{path}");
                page.says("sign_in_needed").says("remedy");
            }
        }
    }
    assert_eq!(hospital.registrar.record().next_seq, before);
}

#[tokio::test]
async fn with_a_session_every_page_is_there() {
    let (_hospital, mut visitor) = signed_in("chair").await;
    for (method, path, access) in listed() {
        if method == Method::Get && matches!(access, Access::Session | Access::Api) {
            let page = visitor.get(&concrete(path)).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        }
    }
}

#[tokio::test]
async fn a_program_needs_the_right_token() {
    let hospital = Hospital::build(true).await;
    let mut program = Visitor::new(hospital.app(true));
    for (token, status) in [(API_TOKEN, StatusCode::OK), ("wrong", StatusCode::UNAUTHORIZED)] {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        let page = program.send_with("GET", "/api/v1/record", &headers, String::new()).await;
        assert_eq!(page.status, status, "{}", page.body);
    }
}

#[tokio::test]
async fn behind_a_proxy_a_program_on_this_machine_needs_a_token_too() {
    let question = r#"{"use_case":"UC-1","version":"1.0","site":"main","workflow":"discharge"}"#;
    let bearer = format!("Bearer {API_TOKEN}");
    let kind = ("content-type", "application/json");
    for (made, behind_tls, sent, status) in [
        (false, false, "", StatusCode::OK),
        (false, true, "", StatusCode::UNAUTHORIZED),
        (false, true, bearer.as_str(), StatusCode::UNAUTHORIZED),
        (true, true, "", StatusCode::UNAUTHORIZED),
        (true, true, bearer.as_str(), StatusCode::OK),
    ] {
        let hospital = Hospital::build(made).await;
        let mut program = Visitor::new(App { behind_tls, ..hospital.app(false) });
        let headers = [kind, ("authorization", sent)];
        let path = "/api/v1/gate/check";
        let page = program.send_with("POST", path, &headers, question.to_owned()).await;
        assert_eq!(page.status, status, "token made: {made}, behind TLS: {behind_tls}, {sent}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let (_hospital, mut visitor) = signed_in("chair").await;
    let paths = ["/", "/sign-in", "/nowhere", "/api/v1/nowhere", "/healthz", "/cases/CASE-99"];
    for path in paths {
        let page = visitor.get(path).await;
        let policy = page.header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("script"), "{path}: {policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
    }
    let home = visitor.get("/").await;
    assert!(!home.body.contains("<script") && !home.body.contains("style=\""), "{}", home.body);
    let (_, style) = home.body.split_once("rel=\"stylesheet\" href=\"").expect("a stylesheet");
    let style = visitor.get(style.split_once('"').expect("a quote").0).await;
    assert_eq!(style.status, StatusCode::OK);
    assert!(style.header("cache-control").contains("immutable"));
}

#[tokio::test]
async fn wrong_addresses_are_answered_in_the_right_form() {
    let (_hospital, mut visitor) = signed_in("chair").await;
    for path in [
        "/nowhere",
        "/use-cases/UC-99",
        "/use-cases/x",
        "/evidence/EV-9",
        "/cases/CASE-0",
        "/decisions/DEC-77",
        "/record/events/9999",
        "/record/events/18446744073709551615",
        "/record/events/x",
        "/record/events/9999/receipt",
        "/use-cases/UC-2/monitoring",
        "/assets/other.css",
    ] {
        let page = visitor.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}: {}", page.body);
        page.says("<h1>");
    }
    let page = visitor.get("/api/v1/use-cases/UC-99").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(page.header("content-type"), "application/problem+json");
    for (method, path) in [("POST", "/"), ("DELETE", "/cases"), ("GET", "/sign-out")] {
        let page = visitor.send(method, path, "", String::new()).await;
        assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        page.says("<h1>");
    }
}

#[tokio::test]
async fn a_page_of_another_site_cannot_ask_under_its_own_name() {
    let (_hospital, mut visitor) = signed_in("chair").await;
    for (host, status) in [
        ("evil.example", StatusCode::MISDIRECTED_REQUEST),
        ("localhost.evil.example", StatusCode::MISDIRECTED_REQUEST),
        ("10.0.0.1:8080", StatusCode::MISDIRECTED_REQUEST),
        ("127.0.0.1:8080", StatusCode::OK),
        ("[::1]:8080", StatusCode::OK),
        ("localhost", StatusCode::OK),
    ] {
        visitor.host = host;
        assert_eq!(visitor.get("/").await.status, status, "{host}");
    }
}
