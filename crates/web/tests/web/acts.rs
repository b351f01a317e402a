//! Acts and objects over HTTP.

use crate::hospital::Hospital;
use crate::signed_in;
use crate::visitor::{Page, Visitor};
use axum::http::StatusCode;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/acts";

fn new_system() -> String {
    json!({"act": "register_system", "name": "Sepsis score", "vendor": "in-house",
        "ai_type": "predictive"})
    .to_string()
}

async fn send(visitor: &mut Visitor, headers: &[(&str, &str)], body: &str) -> Page {
    let mut all = vec![("content-type", "application/json")];
    all.extend_from_slice(headers);
    visitor.send_with("POST", PATH, &all, body.to_owned()).await
}

fn parsed(page: &Page) -> Value {
    serde_json::from_str(&page.body).unwrap_or_else(|error| panic!("{error}: {}", page.body))
}

#[tokio::test]
async fn an_act_has_one_effect_however_often_it_is_sent() {
    let (hospital, mut office) = signed_in("office").await;
    let headers = [("idempotency-key", "my-key-1"), ("sec-fetch-site", "same-origin")];
    let first = send(&mut office, &headers, &new_system()).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    let first = parsed(&first);
    assert_eq!(first["repeated"], false);
    assert_eq!(first["events"].as_array().unwrap().len(), 1);
    let size = hospital.registrar.record().next_seq;
    let again = parsed(&send(&mut office, &headers, &new_system()).await);
    assert_eq!(again["repeated"], true);
    assert_eq!(again["first_seq"], first["first_seq"]);
    assert_eq!(again["events"], first["events"], "answered as before");
    assert_eq!(hospital.registrar.record().next_seq, size);
    let systems = parsed(&office.get("/api/v1/systems").await);
    assert_eq!(systems["items"][1]["object"]["name"], "Sepsis score");
}

#[tokio::test]
async fn who_may_not_is_told_the_rule_and_nothing_is_kept() {
    let (hospital, mut nurse) = signed_in("nurse").await;
    let before = hospital.registrar.record().next_seq;
    let page = send(&mut nurse, &[("idempotency-key", "n-1")], &new_system()).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.body);
    assert_eq!(page.header("content-type"), "application/problem+json");
    assert_eq!(parsed(&page)["rules"][0]["id"], "P1-office-keeps-the-record", "{}", page.body);
    assert_eq!(hospital.registrar.record().next_seq, before);
}

#[tokio::test]
async fn without_a_person_or_from_another_site_nothing_is_done() {
    let hospital = Hospital::build(true).await;
    let before = hospital.registrar.record().next_seq;
    let mut stranger = Visitor::new(hospital.app(false));
    let key = ("idempotency-key", "s-1");
    let token = format!("Bearer {}", crate::hospital::API_TOKEN);
    for (sent, status, code) in [
        ("", StatusCode::UNAUTHORIZED, "sign_in_needed"),
        ("Bearer wrong", StatusCode::UNAUTHORIZED, "wrong_key"),
        ("Bearer office:wrong", StatusCode::UNAUTHORIZED, "wrong_key"),
        ("Bearer nobody:wrong", StatusCode::UNAUTHORIZED, "wrong_key"),
        ("Bearer office:", StatusCode::UNAUTHORIZED, "wrong_key"),
        ("Basic b2ZmaWNlOg==", StatusCode::UNAUTHORIZED, "wrong_key"),
        (&token, StatusCode::FORBIDDEN, "token_acts_for_nobody"),
    ] {
        let page = send(&mut stranger, &[key, ("authorization", sent)], &new_system()).await;
        assert_eq!(page.status, status, "{sent}: {}", page.body);
        assert_eq!(parsed(&page)["code"], code, "{sent}");
    }
    let (other, mut office) = signed_in("office").await;
    for foreign in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let page = send(&mut office, &[key, foreign], &new_system()).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.body);
    }
    assert!(!other.registrar.record().systems.values().any(|it| it.name == "Sepsis score"));
    assert_eq!(hospital.registrar.record().next_seq, before);
}

#[tokio::test]
async fn what_is_not_on_record_is_not_found_and_a_used_key_is_told_so() {
    let (hospital, mut office) = signed_in("office").await;
    let before = hospital.registrar.record().next_seq;
    let missing = json!({"act": "suspend", "use_case": "UC-99", "reason": "Why"}).to_string();
    let page = send(&mut office, &[("idempotency-key", "m-1")], &missing).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "{}", page.body);
    page.says("the record has no use case `UC-99`; check the id").says("has no such thing");
    assert_eq!(hospital.registrar.record().next_seq, before);
    let key = [("idempotency-key", "m-2")];
    assert_eq!(send(&mut office, &key, &new_system()).await.status, StatusCode::OK);
    let other = new_system().replace("Sepsis", "Other");
    let page = send(&mut office, &key, &other).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.body);
    page.says("This command id was used for something else");
}

#[tokio::test]
async fn wrong_keys_are_limited() {
    let hospital = Hospital::build(false).await;
    let mut stranger = Visitor::new(hospital.app(false));
    let headers = [("idempotency-key", "s-1"), ("authorization", "Bearer office:wrong")];
    let mut last = StatusCode::OK;
    for _ in 0..11 {
        last = send(&mut stranger, &headers, &new_system()).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn what_is_no_act_is_told_all_its_faults() {
    let (hospital, mut office) = signed_in("office").await;
    let before = hospital.registrar.record().next_seq;
    let key = [("idempotency-key", "k-1")];
    for (body, fragment) in [
        ("", "This is no act"),
        ("[]", "names no act"),
        ("{\"act\": \"fly\"}", "there is no act `fly`"),
        ("{\"act\": \"cast_vote\", \"choice\": \"x\"}", "`decision`: it is missing"),
        ("{\"act\": \"cast_vote\", \"choice\": \"x\"}", "`choice`: `x` is not allowed"),
    ] {
        let page = send(&mut office, &key, body).await;
        assert!(page.status.is_client_error(), "{body}: {}", page.status);
        page.says(fragment).says("remedy");
    }
    let key = [("idempotency-key", "primum-mine")];
    send(&mut office, &key, &new_system()).await.says("begins with `primum-`");
    assert_eq!(hospital.registrar.record().next_seq, before);
}

#[tokio::test]
async fn objects_come_in_pages() {
    let (_hospital, mut office) = signed_in("office").await;
    let first = parsed(&office.get("/api/v1/people?limit=3").await);
    assert_eq!(first["items"].as_array().unwrap().len(), 3);
    let after = first["next"].as_str().unwrap();
    let rest = parsed(&office.get(&format!("/api/v1/people?after={after}")).await);
    assert_eq!(rest["items"].as_array().unwrap().len(), 6);
    assert_eq!(rest["next"], Value::Null);
    let one = parsed(&office.get("/api/v1/people/chair").await);
    assert_eq!(one["title"], "Chief quality officer");
    for (path, status) in [
        ("/api/v1/people/none", StatusCode::NOT_FOUND),
        ("/api/v1/things", StatusCode::NOT_FOUND),
        ("/api/v1/people?after=none", StatusCode::NOT_FOUND),
        ("/api/v1/people?limit=0", StatusCode::BAD_REQUEST),
        ("/api/v1/work?for=none", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(office.get(path).await.status, status, "{path}");
    }
    for (query, said) in [
        ("limit=many", "`limit` is a whole number from 1 to 1000, not `many`."),
        ("pages=2", "there is no parameter `pages`, expected one of `limit`"),
    ] {
        let page = office.get(&format!("/api/v1/people?{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        page.says(said);
    }
    let work = parsed(&office.get("/api/v1/work?for=chair").await);
    assert!(!work.as_array().unwrap().is_empty());
}
