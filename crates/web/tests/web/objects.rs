//! Objects over the API: pages of them, one of them, what is private, and what waits.

use crate::hospital::{API_TOKEN, Hospital, key};
use crate::visitor::{Page, Visitor};
use axum::http::StatusCode;
use governance::{Act, Actor, KINDS};
use serde_json::{Value, json};

struct Reader {
    hospital: Hospital,
    visitor: Visitor,
}

impl Reader {
    async fn new() -> Self {
        let hospital = Hospital::build(true).await;
        let visitor = Visitor::new(hospital.app(false));
        Self { hospital, visitor }
    }

    /// Asks with a person's key, or with the API token when `who` is `program`.
    async fn get(&mut self, who: &str, path: &str) -> Page {
        let bearer = match who {
            "program" => format!("Bearer {API_TOKEN}"),
            who => format!("Bearer {who}:{}", key(who)),
        };
        let headers = [("authorization", bearer.as_str())];
        self.visitor.send_with("GET", path, &headers, String::new()).await
    }

    async fn json(&mut self, who: &str, path: &str) -> Value {
        let page = self.get(who, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        serde_json::from_str(&page.body).expect("JSON")
    }

    async fn act(&self, who: &str, act: Value) {
        let actor = Actor::Person(who.parse().expect("a handle"));
        let act: Act = serde_json::from_value(act).expect("an act");
        self.hospital.submit(actor, act).await.expect("done");
    }
}

fn ids(list: &Value) -> Vec<String> {
    let list = list["items"].as_array().expect("a list");
    list.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn pages_hold_everything_once_and_in_order() {
    let mut reader = Reader::new().await;
    let record = reader.hospital.registrar.record();
    let people: Vec<String> = record.people.keys().map(ToString::to_string).collect();
    assert!(people.len() > 5);
    for limit in [1, 2, people.len() - 1, people.len(), people.len() + 1] {
        let mut next = Some(format!("/api/v1/people?limit={limit}"));
        let mut seen = Vec::new();
        while let Some(path) = next {
            let page = reader.get("program", &path).await;
            let list: Value = serde_json::from_str(&page.body).expect("JSON");
            let found = ids(&list);
            assert!(!found.is_empty() && found.len() <= limit, "{limit}");
            seen.extend(found);
            let link = page.header("link").to_owned();
            next = link
                .strip_suffix(">; rel=\"next\"")
                .map(|it| it.trim_start_matches('<').to_owned());
            assert_eq!(next.is_none(), link.is_empty(), "{link}");
        }
        assert_eq!(seen, people, "{limit}");
    }
    let page = reader.get("program", "/api/v1/people?limit=1&as_of=2024-03-31").await;
    let next = "</api/v1/people?limit=1&after=chair&as_of=2024-03-31>; rel=\"next\"";
    assert_eq!(page.header("link"), next);
}

#[tokio::test]
async fn a_wrong_question_is_answered_with_what_is_right() {
    let mut reader = Reader::new().await;
    for (query, says) in [
        ("limit=0", "from 1 to 1000"),
        ("limit=1001", "from 1 to 1000"),
        ("limit=-1", "limit"),
        ("limit=many", "limit"),
        ("as_of=2024-13-01", "write it like"),
        ("as_of=2999-01-01", "yet to come"),
        ("page=2", "page"),
    ] {
        let page = reader.get("chair", &format!("/api/v1/people?{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}: {}", page.body);
        assert_eq!(page.header("content-type"), "application/problem+json");
        page.says(says);
    }
    for path in [
        "people?after=nobody",
        "people/nobody",
        "people/UC-1",
        "use-cases/UC-99",
        "elephants",
        "elephants/1",
    ] {
        let page = reader.get("chair", &format!("/api/v1/{path}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}: {}", page.body);
        assert_eq!(page.header("content-type"), "application/problem+json");
    }
}

#[tokio::test]
async fn each_object_of_each_kind_is_shown_as_it_is_listed() {
    let mut reader = Reader::new().await;
    let kinds = reader.json("program", "/api/v1/objects").await;
    let kinds = kinds.as_array().expect("kinds");
    assert_eq!(kinds.len(), KINDS.len());
    let mut shown = 0;
    for kind in kinds {
        let address = kind["address"].as_str().expect("an address");
        let list = reader.json("chair", address).await;
        // Use cases have a view of their own, with their standing.
        for item in list["items"].as_array().expect("a list") {
            let one = format!("{address}/{}", item["id"].as_str().expect("an id"));
            let found = reader.json("chair", &one).await;
            if address.ends_with("/use-cases") {
                assert_eq!(found["standing"], item["standing"], "{one}");
            } else {
                assert_eq!(found, item["object"], "{one}");
            }
            shown += 1;
        }
    }
    assert!(shown > 15, "{shown}");
}

#[tokio::test]
async fn the_past_is_shown_as_it_was() {
    let mut reader = Reader::new().await;
    assert_eq!(reader.json("chair", "/api/v1/cases?as_of=2024-03-31").await["items"], json!([]));
    assert_eq!(ids(&reader.json("chair", "/api/v1/cases").await), ["CASE-1"]);
    let before = reader.json("chair", "/api/v1/decisions?as_of=2024-01-01").await;
    assert_eq!(before["items"], json!([]));
    let before = reader.json("chair", "/api/v1/use-cases?as_of=2024-01-01").await;
    assert_eq!(before["items"], json!([]));
    // Use cases are shown with their standing and the gate's answer of that day.
    let then = reader.json("chair", "/api/v1/use-cases/UC-1?as_of=2024-03-31").await;
    let today = reader.json("chair", "/api/v1/use-cases/UC-1").await;
    assert_ne!(then["standing"], today["standing"]);
    let listed = reader.json("chair", "/api/v1/use-cases?limit=1&as_of=2024-03-31").await;
    assert_eq!(listed["items"][0]["standing"], then["standing"]);
    let then = reader.get("chair", "/api/v1/cases/CASE-1?as_of=2024-03-31").await;
    assert_eq!(then.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_draft_shows_to_its_author_and_the_office_only() {
    let mut reader = Reader::new().await;
    for who in ["owner", "nurse"] {
        let answers = json!({ "title": format!("An idea of the {who}") });
        reader.act(who, json!({ "act": "begin_draft", "answers": answers })).await;
    }
    for (who, seen) in [
        ("owner", vec!["DRAFT-1"]),
        ("nurse", vec!["DRAFT-2"]),
        ("office", vec!["DRAFT-1", "DRAFT-2"]),
        ("chair", vec![]),
        ("program", vec![]),
    ] {
        assert_eq!(ids(&reader.json(who, "/api/v1/drafts").await), seen, "{who}");
        for id in ["DRAFT-1", "DRAFT-2"] {
            let page = reader.get(who, &format!("/api/v1/drafts/{id}")).await;
            let there = page.status == StatusCode::OK;
            assert_eq!(there, seen.contains(&id), "{who} {id}: {}", page.body);
            assert_eq!(there, page.body.contains("An idea"), "{who} {id}");
        }
    }
    // A page does not tell that there is more than one may see.
    let page = reader.get("owner", "/api/v1/drafts?limit=1").await;
    assert_eq!(page.header("link"), "");
    // The event behind a draft is as private on the pages.
    let last = reader.hospital.registrar.record().next_seq - 1;
    let mut browser = Visitor::new(reader.hospital.app(true));
    for (who, there) in [("nurse", true), ("owner", false)] {
        browser.sign_in(who).await;
        let page = browser.get(&format!("/record/events/{last}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.body.contains("An idea of the nurse"), there, "{who}");
    }
}

#[tokio::test]
async fn a_privileged_analysis_shows_to_nobody() {
    let mut reader = Reader::new().await;
    let hash = "ab".repeat(32);
    let incident = json!({ "act": "report_incident", "what": "A near miss.", "use_case": "UC-1" });
    reader.act("nurse", incident).await;
    let analysis = json!({ "act": "record_analysis", "incident": "INC-1", "document": hash });
    reader.act("reviewer", analysis).await;
    let kept = reader.hospital.registrar.record();
    assert!(kept.incidents.incidents.values().any(|it| it.analyses.contains(&hash)));
    let address = KINDS.iter().map(|kind| format!("/api/v1/{}", kind.name));
    let more = ["/api/v1/work", "/api/v1/incidents/INC-1", "/api/v1/record"].map(str::to_owned);
    for path in address.chain(more) {
        for who in ["program", "chair", "office", "reviewer"] {
            let page = reader.get(who, &path).await;
            assert_eq!(page.status, StatusCode::OK, "{who} {path}");
            assert!(!page.body.contains(&hash), "{who} {path}");
        }
    }
    let last = kept.next_seq - 1;
    let mut browser = Visitor::new(reader.hospital.app(true));
    browser.sign_in("chair").await;
    let page = browser.get(&format!("/record/events/{last}")).await;
    assert!(!page.body.contains(&hash), "{}", page.body);
}

#[tokio::test]
async fn no_answer_holds_a_secret() {
    let mut reader = Reader::new().await;
    let all = ["record", "acts", "objects", "work"].into_iter();
    for name in all.chain(KINDS.iter().map(|kind| kind.name)) {
        let page = reader.get("office", &format!("/api/v1/{name}")).await;
        assert_eq!(page.status, StatusCode::OK, "{name}");
        for who in ["chair", "office", "nurse"] {
            let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(key(who)));
            assert!(!page.body.contains(&key(who)) && !page.body.contains(&hash), "{name}");
        }
    }
}

#[tokio::test]
async fn work_waits_for_people_and_bodies() {
    let mut reader = Reader::new().await;
    let all = reader.json("chair", "/api/v1/work").await;
    let all = all.as_array().expect("tasks");
    let body = reader.json("chair", "/api/v1/work?body=committee").await;
    let of_body = json!({ "kind": "body", "id": "committee" });
    let expected: Vec<&Value> = all.iter().filter(|task| task["who"] == of_body).collect();
    assert!(!expected.is_empty(), "{all:?}");
    assert_eq!(body.as_array().expect("tasks").iter().collect::<Vec<_>>(), expected);
    let mine = reader.json("program", "/api/v1/work?for=chair").await;
    let mine = mine.as_array().expect("tasks");
    assert!(expected.iter().all(|task| mine.contains(task)), "the chair answers for the body");
    assert!(mine.len() < all.len());
    for (query, status) in [
        ("for=nobody", StatusCode::NOT_FOUND),
        ("body=nothing", StatusCode::NOT_FOUND),
        ("for=chair&body=committee", StatusCode::BAD_REQUEST),
        ("whom=chair", StatusCode::BAD_REQUEST),
    ] {
        let page = reader.get("chair", &format!("/api/v1/work?{query}")).await;
        assert_eq!(page.status, status, "{query}: {}", page.body);
    }
    let times = reader.json("chair", "/api/v1/decision-times").await;
    let committee = times.as_array().expect("bodies and lanes").iter();
    let committee = committee.filter(|it| it["kind"] == "body" && it["id"] == "committee");
    assert_eq!(committee.count(), 1, "{times}");
    let page = reader.get("chair", "/api/v1/decision-times?since=soon").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "{}", page.body);
    let then = reader.json("chair", "/api/v1/work?as_of=2024-01-01").await;
    assert_eq!(then, json!([]));
}
