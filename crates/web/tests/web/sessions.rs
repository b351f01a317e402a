//! Signing in, staying signed in, and forms that are really ours.

use crate::hospital::{CHAIR_KEY, Hospital};
use crate::signed_in;
use crate::visitor::Visitor;
use axum::http::StatusCode;
use jiff::SignedDuration;

fn credentials(who: &str, key: &str) -> Vec<(String, String)> {
    vec![("who".to_owned(), who.to_owned()), ("key".to_owned(), key.to_owned())]
}

#[tokio::test]
async fn a_key_belongs_to_one_person_and_there_is_no_default() {
    let hospital = Hospital::build(false).await;
    let mut visitor = Visitor::new(hospital.app(false));
    visitor.get("/sign-in").await.says("primum person key");
    for (who, key) in [
        ("chair", ""),
        ("chair", "wrong"),
        ("nurse", ""),
        ("nurse", CHAIR_KEY),
        ("nobody", CHAIR_KEY),
        ("no handle!", CHAIR_KEY),
    ] {
        let page = visitor.post("/sign-in", &credentials(who, key)).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{who} {key}");
        assert_eq!(page.header("set-cookie"), "", "{who} {key}");
    }
    let page = visitor.post("/sign-in", &credentials("chair", CHAIR_KEY)).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let cookie = page.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    visitor.get("/").await.says("Chief quality officer");
}

#[tokio::test]
async fn wrong_keys_run_out_and_the_right_one_works() {
    let hospital = Hospital::build(false).await;
    let mut visitor = Visitor::new(hospital.app(false));
    for attempt in 0..12 {
        let page = visitor.post("/sign-in", &credentials("chair", "wrong")).await;
        let limited = page.status == StatusCode::TOO_MANY_REQUESTS;
        assert_eq!(limited, attempt >= 10, "{attempt}: {}", page.status);
    }
    hospital.pass(SignedDuration::from_mins(16));
    let page = visitor.post("/sign-in", &credentials("chair", "wrong")).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    for _ in 0..10 {
        visitor.post("/sign-in", &credentials("chair", "wrong")).await;
    }
    let page = visitor.post("/sign-in", &credentials("chair", CHAIR_KEY)).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn only_the_people_of_the_demo_sign_in_without_a_key() {
    let hospital = Hospital::build(false).await;
    let mut visitor = Visitor::new(hospital.app(true));
    visitor.get("/sign-in").await.says("Chief nursing officer").says("chairs AI committee");
    let page = visitor.post("/sign-in", &credentials("reviewer", "")).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_ends_when_idle_and_at_sign_out() {
    let (hospital, mut visitor) = signed_in("chair").await;
    let page = visitor.fill("/", "/sign-out", &[]).await;
    assert_eq!(page.header("location"), "/sign-in");
    assert_eq!(visitor.get("/").await.status, StatusCode::SEE_OTHER);
    visitor.sign_in("chair").await;
    hospital.pass(SignedDuration::from_mins(14));
    assert_eq!(visitor.get("/").await.status, StatusCode::OK);
    hospital.pass(SignedDuration::from_mins(15));
    assert_eq!(visitor.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_is_only_taken_from_its_own_page() {
    let (hospital, mut chair) = signed_in("chair").await;
    let mut nurse = chair.other();
    nurse.sign_in("nurse").await;
    let before = hospital.registrar.record().next_seq;
    let path = "/cases/CASE-1/stop";
    let right = chair.get("/cases/CASE-1").await.form(path);
    let stolen = nurse.get("/cases/CASE-1").await.form(path);
    let text = |name: &str| (name.to_owned(), "text".to_owned());
    let filled = |mut form: Vec<(String, String)>| {
        form.extend(["reason", "alternatives", "residual_risk"].map(text));
        form
    };
    let without: Vec<_> = right.iter().filter(|(name, _)| name != "csrf").cloned().collect();
    assert_eq!(chair.post(path, &filled(without)).await.status, StatusCode::BAD_REQUEST);
    let page = chair.post(path, &filled(stolen)).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    page.says("not made for your session");
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "http://evil.example"),
        ("origin", "null"),
    ] {
        let form = [("content-type", "application/x-www-form-urlencoded"), (name, value)];
        let body = crate::visitor::fields(&filled(right.clone()));
        let page = chair.send_with("POST", path, &form, body).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    assert_eq!(hospital.registrar.record().next_seq, before);
    assert_eq!(chair.post(path, &filled(right)).await.status, StatusCode::SEE_OTHER);
    assert!(hospital.registrar.record().next_seq > before);
}

#[tokio::test]
async fn what_is_too_long_is_refused() {
    let (hospital, mut visitor) = signed_in("chair").await;
    let before = hospital.registrar.record().next_seq;
    let long = "x".repeat(70_000);
    let page = visitor.fill("/cases/CASE-1", "/cases/CASE-1/stop", &[("reason", &long)]).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    page.says("Nothing was kept");
    let page = visitor.json("/api/v1/gate/check", &long).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(page.header("content-type"), "application/problem+json");
    assert_eq!(hospital.registrar.record().next_seq, before);
}
