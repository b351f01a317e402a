//! The gate over HTTP.

use crate::hospital::Hospital;
use crate::signed_in;
use crate::visitor::Visitor;
use axum::http::StatusCode;
use ledger::{CreateOptions, Ledger};
use registrar::Registrar;
use serde_json::{Value, json};
use web::App;

const PATH: &str = "/api/v1/gate/check";

fn question(version: &str, site: &str) -> String {
    json!({"use_case": "UC-1", "version": version, "site": site, "workflow": "discharge"})
        .to_string()
}

async fn ask(visitor: &mut Visitor, body: &str) -> Value {
    let page = visitor.json(PATH, body).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    serde_json::from_str(&page.body).expect("JSON")
}

#[tokio::test]
async fn permit_and_deny_are_both_answers() {
    let hospital = Hospital::build(false).await;
    let mut program = Visitor::new(hospital.app(false));
    let answer = ask(&mut program, &question("1.0", "main")).await;
    assert_eq!(answer["verdict"], "permit");
    assert_eq!(answer["obligations"], json!(["Show the AI label"]));
    let answer = ask(&mut program, &question("1.0", "annex")).await;
    assert_eq!(answer["verdict"], "deny");
    assert_eq!(answer["reasons"][0]["code"], "other_site");
    for bad in ["", "{}", "[]", r#"{"use_case":"UC-1"}"#, r#"{"use_case":"1","version":"1"}"#] {
        let page = program.json(PATH, bad).await;
        assert!(page.status.is_client_error(), "{bad}: {}", page.status);
        assert_eq!(page.header("content-type"), "application/problem+json");
        page.says("do not act");
    }
    let mut person = program.other();
    person.peer = "192.0.2.1:5000";
    assert_eq!(person.json(PATH, &question("1.0", "main")).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn health_is_that_of_the_writer() {
    let hospital = Hospital::build(false).await;
    let app = hospital.app(false);
    let page = Visitor::new(app.clone()).get("/healthz").await;
    assert_eq!((page.status, page.body.as_str()), (StatusCode::OK, r#"{"status":"ok"}"#));
    let options = CreateOptions { origin: "test.example/other".to_owned(), seed: [8; 32] };
    let ledger = Ledger::create(&hospital.folder.path().join("other"), &options).await.unwrap();
    let opened = Registrar::open(ledger, Box::new(|_| Ok([9; 32]))).await.unwrap();
    opened.writer.abort();
    assert!(opened.writer.await.is_err_and(|error| error.is_cancelled()));
    let page = Visitor::new(App { registrar: opened.registrar, ..app }).get("/healthz").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(page.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn an_unknown_version_is_denied_and_opens_one_case() {
    let (hospital, mut visitor) = signed_in("chair").await;
    for _ in 0..3 {
        let answer = ask(&mut visitor, &question("6.6 \"rogue\"", "main")).await;
        assert_eq!(answer["verdict"], "deny");
        assert_eq!(answer["reasons"][0]["code"], "unknown_version");
    }
    // It is the same version elsewhere.
    let answer = ask(&mut visitor, &question("6.6 \"rogue\"", "annex")).await;
    assert_eq!(answer["verdict"], "deny");
    let record = hospital.registrar.record();
    assert_eq!(record.cases.len(), 2, "the signal's case and one for the version");
    let entries = hospital.registrar.reader().entries(0..record.next_seq).await.unwrap();
    let mut ids = entries.iter().map(|entry| &entry.command_id);
    assert!(ids.any(|id| id.starts_with("primum-gate-")), "an id that no person can take");
    visitor.get("/cases/CASE-2").await.says("is not on record and asked to act");
    let counts = visitor.get("/api/v1/gate/counts").await;
    assert_eq!(counts.body, r#"{"permitted":0,"denied":4}"#);
}

#[tokio::test]
async fn the_record_and_use_cases_are_there_for_programs() {
    let (hospital, mut visitor) = signed_in("chair").await;
    let record: Value = serde_json::from_str(&visitor.get("/api/v1/record").await.body).unwrap();
    assert_eq!(record["size"], hospital.registrar.record().next_seq);
    assert!(record["checkpoint"].as_str().unwrap().starts_with("test.example/record\n"));
    let all: Value = serde_json::from_str(&visitor.get("/api/v1/use-cases").await.body).unwrap();
    assert_eq!(all["items"][0]["gate"]["verdict"], "permit");
    assert_eq!(all["items"][1]["stage"], "proposed");
    let one = visitor.get("/api/v1/use-cases/UC-1").await;
    let one: Value = serde_json::from_str(&one.body).unwrap();
    assert_eq!(one["record"]["stage"]["stage"], "live");
}
