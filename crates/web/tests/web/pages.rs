//! What the pages say, and what happens when somebody decides.

use crate::signed_in;
use axum::http::StatusCode;
use governance::{Actor, Stage, UseCaseId};
use jiff::tz::Offset;
use serde_json::{Value, json};

const STOP: [(&str, &str); 3] = [
    ("reason", "It misses <too many> patients"),
    ("alternatives", "Recalibrate while it runs\nRaise the threshold"),
    ("residual_risk", "Nurses go back to the paper list"),
];

#[tokio::test]
async fn the_chair_stops_a_use_case_and_the_gate_closes_at_once() {
    let (hospital, mut chair) = signed_in("chair").await;
    let question = r#"{"use_case":"UC-1","version":"1.0","site":"main","workflow":"discharge"}"#;
    let verdict = |page: crate::visitor::Page| {
        serde_json::from_str::<Value>(&page.body).unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict(chair.json("/api/v1/gate/check", question).await), "permit");
    chair.get("/").await.says("CASE-1").says("waits for AI committee");
    chair.get("/cases/CASE-1").await.says("gate is-permit").says("Agreed beforehand");

    let page = chair.fill("/cases/CASE-1", "/cases/CASE-1/stop", &STOP).await;
    assert_eq!(page.header("location"), "/cases/CASE-1", "{}", page.body);
    assert_eq!(verdict(chair.json("/api/v1/gate/check", question).await), "deny");
    let page = chair.get("/cases/CASE-1").await;
    page.says("gate is-deny").says("Decided by").says("too many");
    assert!(!page.body.contains("<too many>"), "what people write is escaped");
    let last = hospital.registrar.record().next_seq - 1;
    page.says(&format!("/record/events/{last}"));
    let event = chair.get(&format!("/record/events/{last}")).await;
    event.says("Suspended").says("c2sp.org/tlog-proof").says("P15-chair-stops-on-a-case");
    let receipt = chair.get(&format!("/record/events/{last}/receipt")).await;
    assert!(receipt.body.starts_with("c2sp.org/tlog-proof"), "{}", receipt.body);
    chair.get("/use-cases/UC-1").await.says("Let it act again");
}

#[tokio::test]
async fn every_page_tells_the_same_last_day_for_an_answer() {
    let (hospital, mut chair) = signed_in("chair").await;
    // The case ends ten minutes after midnight in UTC: where the hospital is, the day before.
    let site = json!({"act": "add_site", "id": "main", "name": "Main", "jurisdiction": "US-IL",
        "time_zone": "America/Chicago"});
    let office = Actor::Person("office".parse().unwrap());
    hospital.submit(office, serde_json::from_value(site).unwrap()).await.unwrap();
    let record = hospital.registrar.record();
    let end = Offset::UTC.to_datetime(record.cases.values().next().unwrap().answer_by);
    assert!(end.hour() < 5, "{end}");
    let last = end.date().yesterday().unwrap().strftime("%-d %b %Y").to_string();
    chair.get("/cases").await.says(&last);
    chair.get("/cases/CASE-1").await.says(&format!("answer due by {last}"));
    chair.get("/use-cases/UC-1").await.says(&format!("must answer by {last}"));
}

#[tokio::test]
async fn sending_a_form_twice_has_one_effect() {
    let (hospital, mut chair) = signed_in("chair").await;
    let mut form = chair.get("/cases/CASE-1").await.form("/cases/CASE-1/stop");
    form.extend(STOP.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let first = chair.post("/cases/CASE-1/stop", &form).await;
    let size = hospital.registrar.record().next_seq;
    let second = chair.post("/cases/CASE-1/stop", &form).await;
    assert_eq!((first.status, second.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    assert_eq!(hospital.registrar.record().next_seq, size);
}

#[tokio::test]
async fn who_may_not_decide_sees_why_and_changes_nothing() {
    let (hospital, mut owner) = signed_in("owner").await;
    owner.get("/cases/CASE-1").await.says("id=\"stop\" disabled").says("You cannot do this now");
    let before = hospital.registrar.record().next_seq;
    let page = owner.fill("/cases/CASE-1", "/cases/CASE-1/stop", &STOP).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    page.says("Nothing was kept").says("Nurses go back to the paper list");
    assert_eq!(hospital.registrar.record().next_seq, before);
}

#[tokio::test]
async fn what_the_rules_refuse_is_said_with_the_form_kept() {
    let (hospital, mut chair) = signed_in("chair").await;
    let before = hospital.registrar.record().next_seq;
    let filled = [("reason", " "), ("alternatives", "x"), ("residual_risk", "kept text")];
    let page = chair.fill("/cases/CASE-1", "/cases/CASE-1/stop", &filled).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("must not be empty").says("kept text");
    assert_eq!(hospital.registrar.record().next_seq, before);
}

#[tokio::test]
async fn the_body_lets_it_go_on_by_motion_and_votes() {
    let (hospital, mut chair) = signed_in("chair").await;
    let mut nurse = chair.other();
    nurse.sign_in("nurse").await;
    let mut motion = STOP.to_vec();
    motion.extend([
        ("outcome", "go_with_conditions"),
        ("condition", "Recalibrate"),
        ("condition_owner", "scientist"),
        ("condition_due", "2024-06-30"),
    ]);
    let page = chair.fill("/cases/CASE-1", "/cases/CASE-1/motion", &motion).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    chair.get("/cases/CASE-1").await.says("A motion is open");
    let (path, carry) = ("/decisions/DEC-2", "/decisions/DEC-2/carry");
    let page = chair.fill(path, carry, &[]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("No quorum");
    let vote = [("choice", "approve"), ("reason", "It can be mended")];
    chair.fill(path, "/decisions/DEC-2/vote", &vote).await;
    nurse.get(path).await.says("What it needs").says("2 seats take part");
    nurse.fill(path, "/decisions/DEC-2/vote", &vote).await;
    nurse.get(path).await.says("has voted already");
    let page = chair.fill(path, carry, &[]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    let record = hospital.registrar.record();
    assert!(record.cases.values().all(|case| !case.is_open()));
    assert!(matches!(record.use_cases[&UseCaseId(1)].stage, Stage::Live(_)));
    chair.get(path).await.says("Recalibrate").says("It stands until");
}

#[tokio::test]
async fn anybody_with_a_seat_may_step_aside() {
    let (hospital, mut nurse) = signed_in("nurse").await;
    let mut chair = nurse.other();
    chair.sign_in("chair").await;
    let mut motion = STOP.to_vec();
    motion.push(("outcome", "go"));
    chair.fill("/cases/CASE-1", "/cases/CASE-1/motion", &motion).await;
    let filled = [("reason", "I wrote the protocol")];
    nurse.fill("/decisions/DEC-2", "/decisions/DEC-2/recuse", &filled).await;
    nurse.get("/decisions/DEC-2").await.says("Stepped aside").says("I wrote the protocol");
    assert_eq!(hospital.registrar.record().decisions.len(), 2);
}

#[tokio::test]
async fn stopping_without_a_case_is_for_owners_and_chairs() {
    let (hospital, mut owner) = signed_in("owner").await;
    let filled = [("reason", "A wrong list was shown")];
    let page = owner.fill("/use-cases/UC-1", "/use-cases/UC-1/suspend", &filled).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    let record = hospital.registrar.record();
    assert!(matches!(record.use_cases[&UseCaseId(1)].stage, Stage::Suspended { .. }));
    owner.get("/use-cases/UC-1").await.says("gate is-deny").says("A wrong list was shown");
}

#[tokio::test]
async fn the_pages_show_the_evidence_and_the_months() {
    let (_hospital, mut visitor) = signed_in("nurse").await;
    let page = visitor.get("/evidence/EV-1").await;
    page.says("id=\"roc-title\"").says("id=\"calibration-title\"").says("Sex: Female");
    page.says("primum evidence reproduce EV-1").says("The rows are made up.").says("AUROC");
    let page = visitor.get("/use-cases/UC-1/monitoring").await;
    page.says("At most one false alarm in 60 months").says("evidence of change passed the limit");
    page.says("3 months observed").says("2024-02");
    let page = visitor.get("/use-cases/UC-1").await;
    page.says("It recommends.").says("it would be T1").says("Ranks &#60;patients&#62;.");
    page.says("Lakeside &#60;Health&#62;").says("went live at main");
    visitor.get("/people").await.says("quorum 2, more than half of the votes for");
    visitor.get("/decisions/DEC-1").await.says("2 for, 0 against").says("It meets the standard");
    visitor.get("/record").await.says("test.example/record").says("primum log verify");
}

#[tokio::test]
async fn a_page_looks_back_to_any_day() {
    let (_hospital, mut visitor) = signed_in("nurse").await;
    let page = visitor.get("/use-cases/UC-1?as_of=2024-02-10").await;
    page.says("As of 10 Feb 2024").says("gate is-permit");
    assert!(!page.body.contains("CASE-1"), "the case was opened in April");
    visitor.get("/?as_of=2024-02-10").await.says("No case is open.");
    let page = visitor.get("/?as_of=yesterday").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    page.says("write it like");
}
