//! Programs that act in the name of people: who may, what comes back, and what changes nothing.

use crate::hospital::{API_TOKEN, Hospital, key};
use crate::visitor::{Page, Visitor};
use axum::http::StatusCode;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/acts";
const KIND: (&str, &str) = ("content-type", "application/json");

/// A program that acts in the name of people.
struct Program {
    hospital: Hospital,
    visitor: Visitor,
}

impl Program {
    async fn new() -> Self {
        let hospital = Hospital::build(true).await;
        let visitor = Visitor::new(hospital.app(false));
        Self { hospital, visitor }
    }

    async fn send(&mut self, headers: &[(&str, &str)], body: &str) -> Page {
        let headers: Vec<_> = [KIND].into_iter().chain(headers.iter().copied()).collect();
        self.visitor.send_with("POST", PATH, &headers, body.to_owned()).await
    }

    /// Sends an act under an idempotency key.
    async fn act(&mut self, who: &str, id: &str, act: &Value) -> Page {
        let bearer = format!("Bearer {who}:{}", key(who));
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", id)];
        self.send(&headers, &act.to_string()).await
    }

    async fn get(&mut self, who: &str, path: &str) -> Page {
        let bearer = format!("Bearer {who}:{}", key(who));
        let headers = [("authorization", bearer.as_str())];
        self.visitor.send_with("GET", path, &headers, String::new()).await
    }

    fn state(&self) -> String {
        self.hospital.registrar.record().state_hash().expect("a hash")
    }
}

fn read(page: &Page) -> Value {
    serde_json::from_str(&page.body).unwrap_or_else(|error| panic!("{error}: {}", page.body))
}

fn incident(what: &str) -> Value {
    json!({ "act": "report_incident", "what": what, "use_case": "UC-1" })
}

#[tokio::test]
async fn a_program_reports_an_incident_lists_and_shows_it() {
    let mut program = Program::new().await;
    let done = program.act("nurse", "first-report", &incident("The score missed a patient.")).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let done = read(&done);
    assert_eq!(done["command"], "first-report");
    assert_eq!(done["events"][0]["actor"], json!({ "person": "nurse" }));
    assert_eq!(done["events"][0]["seq"], done["first_seq"]);
    let all = read(&program.get("chair", "/api/v1/incidents").await);
    assert_eq!(all["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(all["items"][0]["id"], "INC-1");
    let one = read(&program.get("chair", "/api/v1/incidents/INC-1").await);
    assert_eq!(one, all["items"][0]["object"]);
    assert_eq!(one["report"]["what"], "The score missed a patient.");
    assert_eq!(one["reporter"], "nurse");
    let then = read(&program.get("chair", "/api/v1/incidents?as_of=2024-02-01").await);
    assert_eq!(then["items"], json!([]));
    let then = program.get("chair", "/api/v1/incidents/INC-1?as_of=2024-02-01").await;
    assert_eq!(then.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_repeat_is_answered_as_before_and_done_once() {
    let mut program = Program::new().await;
    let act = incident("It happened once.");
    let first = read(&program.act("nurse", "same-key", &act).await);
    let state = program.state();
    for _ in 0..3 {
        let again = program.act("nurse", "same-key", &act).await;
        assert_eq!(again.status, StatusCode::OK);
        let again = read(&again);
        assert_eq!(again["events"], first["events"]);
        assert_eq!((&again["repeated"], &first["repeated"]), (&json!(true), &json!(false)));
    }
    for (who, act) in [("nurse", incident("Another.")), ("owner", act.clone())] {
        let taken = program.act(who, "same-key", &act).await;
        assert_eq!(taken.status, StatusCode::CONFLICT, "{}", taken.body);
        taken.says("make a new one");
    }
    assert_eq!(program.state(), state);
    // Without a key each request is a new one.
    let bearer = format!("Bearer nurse:{}", key("nurse"));
    let headers = [("authorization", bearer.as_str())];
    for number in 2..4 {
        let page = program.send(&headers, &act.to_string()).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(program.hospital.registrar.record().incidents.incidents.len(), number);
    }
}

#[tokio::test]
async fn a_denial_names_the_rule_and_a_refusal_says_what_to_do() {
    let mut program = Program::new().await;
    let state = program.state();
    let departure = json!({ "act": "note_departure", "person": "owner" });
    let denied = program.act("nurse", "denied-1", &departure).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN, "{}", denied.body);
    assert_eq!(denied.header("content-type"), "application/problem+json");
    let denied = read(&denied);
    assert_eq!(denied["code"], "denied");
    assert!(!denied["rules"].as_array().expect("rules").is_empty(), "{denied}");
    for rule in denied["rules"].as_array().unwrap() {
        let (id, reason) = (rule["id"].as_str().unwrap(), rule["reason"].as_str().unwrap());
        assert!(!reason.is_empty());
        assert!(denied["detail"].as_str().unwrap().contains(id), "{denied}");
    }
    let nowhere = json!({ "act": "report_incident", "what": "Where?", "use_case": "UC-99" });
    let refused = program.act("nurse", "refused-1", &nowhere).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.body);
    refused.says("check the id").says("\"code\":\"refused\"");
    let exists = json!({ "act": "add_person", "id": "chair", "title": "Another", "roles": [],
        "clinician": false, "trained_until": "2030-01-01T00:00:00Z" });
    let taken = program.act("office", "taken-1", &exists).await;
    assert_eq!(taken.status, StatusCode::CONFLICT, "{}", taken.body);
    assert_eq!(program.state(), state);
}

#[tokio::test]
async fn only_a_known_person_acts() {
    let mut program = Program::new().await;
    let state = program.state();
    let act = incident("Who says so?").to_string();
    let token = format!("Bearer {API_TOKEN}");
    let of_another = format!("Bearer owner:{}", key("nurse"));
    let unknown = format!("Bearer nobody:{}", key("nurse"));
    for (sent, status) in [
        ("", StatusCode::UNAUTHORIZED),
        ("Bearer", StatusCode::UNAUTHORIZED),
        ("Bearer nurse", StatusCode::UNAUTHORIZED),
        ("Bearer nurse:", StatusCode::UNAUTHORIZED),
        ("Bearer nurse:wrong", StatusCode::UNAUTHORIZED),
        ("Bearer no handle!:wrong", StatusCode::UNAUTHORIZED),
        ("Basic bnVyc2U6eA==", StatusCode::UNAUTHORIZED),
        (unknown.as_str(), StatusCode::UNAUTHORIZED),
        (of_another.as_str(), StatusCode::UNAUTHORIZED),
        (token.as_str(), StatusCode::FORBIDDEN),
    ] {
        let page = program.send(&[("authorization", sent)], &act).await;
        assert_eq!(page.status, status, "{sent}: {}", page.body);
        page.says("PERSON:KEY");
    }
    assert_eq!(program.state(), state);
    // One who left has a key still, and it opens nothing.
    let left = json!({ "act": "note_departure", "person": "nurse" });
    assert_eq!(program.act("office", "leaves", &left).await.status, StatusCode::OK);
    let page = program.act("nurse", "too-late", &incident("I was there.")).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{}", page.body);
}

#[tokio::test]
async fn wrong_keys_run_out_here_too_and_the_right_one_works() {
    let mut program = Program::new().await;
    for attempt in 0..12 {
        let headers = [("authorization", "Bearer nurse:wrong")];
        let page = program.send(&headers, "{}").await;
        let limited = page.status == StatusCode::TOO_MANY_REQUESTS;
        assert_eq!(limited, attempt >= 10, "{attempt}: {}", page.status);
    }
    let page = program.act("nurse", "right-key", &incident("It works.")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
}

#[tokio::test]
async fn a_cookie_acts_only_from_a_page_of_this_origin() {
    let (hospital, mut visitor) = crate::signed_in("nurse").await;
    let mut expected = 0;
    for (header, done) in [
        (("sec-fetch-site", "cross-site"), false),
        (("sec-fetch-site", "same-site"), false),
        (("origin", "https://evil.example"), false),
        (("origin", "null"), false),
        (("sec-fetch-site", "same-origin"), true),
        (("origin", "http://localhost:8080"), true),
    ] {
        let act = incident("From a page.").to_string();
        let page = visitor.send_with("POST", PATH, &[KIND, header], act).await;
        let status = if done { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(page.status, status, "{header:?}: {}", page.body);
        expected += usize::from(done);
        assert_eq!(hospital.registrar.record().incidents.incidents.len(), expected);
    }
    // What a form of another site can send without being asked first is no JSON.
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let act = incident("A form.").to_string();
        let page = visitor.send("POST", PATH, kind, act).await;
        assert_eq!(page.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
    // A wrong key is not made good by a cookie.
    let headers =
        [KIND, ("authorization", "Bearer nurse:wrong"), ("origin", "http://evil.example")];
    let demo_people_need_no_key =
        visitor.send_with("POST", PATH, &headers, incident("Keyed.").to_string()).await;
    assert_eq!(demo_people_need_no_key.status, StatusCode::OK);
    let headers = [KIND, ("authorization", "Bearer reviewer:wrong")];
    let page = visitor.send_with("POST", PATH, &headers, incident("No.").to_string()).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_unknown_act_is_answered_with_the_nearest() {
    let mut program = Program::new().await;
    for (name, nearest) in [
        ("report_incidents", "report_"),
        ("incident_report", "report_incident"),
        ("suspend_it", "suspend"),
    ] {
        let page = program.act("nurse", "unknown", &json!({ "act": name })).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.says("did you mean").says(nearest);
        assert_eq!(read(&page)["code"], "no_act");
    }
    let page = program.act("nurse", "faulty", &json!({ "act": "suspend", "use_case": "5" })).await;
    let faults = read(&page)["faults"].clone();
    let places: Vec<&str> =
        faults.as_array().unwrap().iter().map(|it| it["place"].as_str().unwrap()).collect();
    assert!(places.contains(&"use_case") && places.contains(&"reason"), "{faults}");
}

#[tokio::test]
async fn malformed_bodies_change_nothing() {
    let mut program = Program::new().await;
    let state = program.state();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let long = json!({ "act": "report_incident", "what": "x".repeat(5 << 20) }).to_string();
    let bodies = [
        "",
        " ",
        "null",
        "true",
        "0",
        "\"suspend\"",
        "[]",
        "{}",
        "{",
        "}",
        "[{}]",
        "{\"act\"}",
        "{\"act\":}",
        "{\"act\":null}",
        "{\"act\":1}",
        "{\"act\":[]}",
        "{\"act\":\"\"}",
        "{\"act\":\"suspend\"}",
        "{\"act\":\"Suspend\",\"use_case\":\"UC-1\",\"reason\":\"r\"}",
        "{\"act\":\"suspend\",\"use_case\":1,\"reason\":\"r\"}",
        "{\"act\":\"suspend\",\"use_case\":\"UC-0\",\"reason\":\"r\"}",
        "{\"act\":\"suspend\",\"use_case\":\"uc-1\",\"reason\":\"r\"}",
        "{\"act\":\"suspend\",\"use_case\":\"UC-1\",\"reason\":null}",
        "{\"act\":\"suspend\",\"use_case\":\"UC-1\",\"reason\":\"  \"}",
        "{\"act\":\"suspend\",\"use_case\":\"UC-1\",\"reason\":\"r\",\"force\":true}",
        "{\"act\":\"suspend\",\"use_case\":\"UC-1\",\"reason\":\"r\"},",
        "{\"act\":\"suspend\",\"use_case\":\"UC-1\",\"reason\":\"r\"}{}",
        "{'act':'suspend'}",
        "act=suspend&use_case=UC-1&reason=r",
        "<act>suspend</act>",
        "{\"act\":\"report_incident\"}",
        "{\"act\":\"report_incident\",\"what\":\"\"}",
        "{\"act\":\"report_incident\",\"what\":7}",
        "{\"act\":\"report_incident\",\"what\":\"w\",\"noticed_at\":\"yesterday\"}",
        "{\"act\":\"report_incident\",\"what\":\"w\",\"use_case\":\"UC-77\"}",
        "{\"act\":\"begin_draft\",\"answers\":[]}",
        "\u{feff}{\"act\":\"tick\"}",
        "\u{0}",
        "NaN",
        "{\"act\":\"meet_condition\",\"decision\":\"DEC-1\",\"condition\":-1,\"proof\":\"p\"}",
        "{\"act\":\"meet_condition\",\"decision\":\"DEC-1\",\"condition\":1e400,\"proof\":\"p\"}",
        deep.as_str(),
        long.as_str(),
    ];
    assert!(bodies.len() > 30);
    let bearer = format!("Bearer nurse:{}", key("nurse"));
    for body in bodies {
        let shown: String = body.chars().take(80).collect();
        let page = program.send(&[("authorization", bearer.as_str())], body).await;
        assert!(page.status.is_client_error(), "{shown}: {}", page.status);
        assert_eq!(page.header("content-type"), "application/problem+json", "{shown}");
        let problem = read(&page);
        for part in ["title", "detail", "remedy", "code"] {
            assert!(problem[part].as_str().is_some_and(|text| !text.is_empty()), "{shown}");
        }
        assert_eq!(problem["status"], page.status.as_u16(), "{shown}");
    }
    assert_eq!(program.state(), state);
    let page = program.send(&[("authorization", bearer.as_str())], &long).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    for id in ["", "white space", "primum-tick-1", "ä", &"k".repeat(500)] {
        let page = program.act("nurse", id, &incident("A wrong key.")).await;
        assert!(page.status.is_client_error(), "{id}: {}", page.status);
    }
    assert_eq!(program.state(), state);
}

#[tokio::test]
async fn every_act_is_listed_and_its_example_is_understood() {
    let mut program = Program::new().await;
    let listed = read(&program.get("nurse", PATH).await);
    let groups = listed["groups"].as_array().expect("groups");
    let acts: Vec<&Value> =
        groups.iter().flat_map(|group| group["acts"].as_array().expect("acts")).collect();
    let names: usize = governance::Act::groups().iter().map(|group| group.names.len()).sum();
    assert_eq!(acts.len(), names);
    for act in acts {
        // A person whom no rule lets do anything but report: whatever is asked is understood.
        let page = program
            .act("reviewer", &format!("try-{}", act["act"].as_str().unwrap()), &act["example"])
            .await;
        assert_ne!(read(&page)["code"], "no_act", "{}: {}", act["act"], page.body);
        assert!(!page.status.is_server_error(), "{}: {}", act["act"], page.body);
    }
}
