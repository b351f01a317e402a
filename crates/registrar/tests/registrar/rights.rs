//! Decision rights that change, and documents that go.

use crate::house::*;
use governance::*;
use jiff::SignedDuration;
use registrar::SubmitError;
use serde_json::json;

/// The built-in pack, changed.
fn pack(version: &str, change: fn(&str) -> String) -> RightsPack {
    let built_in = packs::builtin::rights().expect("it is built in");
    let policies = change(&built_in.policies);
    RightsPack { version: version.into(), policies, ..built_in }
}

/// With a body that may decide on decision rights.
async fn house() -> House {
    let mut house = House::furnished().await;
    let board = of(json!({
        "id": "board", "name": "Board", "charter": "Decides on decision rights.",
        "seats": [{ "id": "chair", "expertise": "care", "holder": "chair" },
                  { "id": "nurse", "expertise": "care", "holder": "nurse" }],
        "chair": "chair",
        "rules": [{ "tier": "T4", "quorum": 2, "majority": 1, "majority_of": 2 }],
    }));
    house.must("office", Act::CharterBody(board)).await;
    house
}

/// Has the board approve a pack; gives the decision.
async fn decided(house: &mut House, pack: &RightsPack) -> DecisionId {
    let Act::OpenMotion { motion, .. } =
        open_motion(Question::Pack { digest: pack.digest() }, Outcome::Go)
    else {
        panic!("it opens a motion");
    };
    house.must("office", Act::OpenMotion { body: id("board"), motion }).await;
    let decision = *house.record().decisions.last_key_value().expect("it was opened").0;
    for who in ["chair", "nurse"] {
        let (choice, reason) = (Choice::Approve, "yes".to_owned());
        house.must(who, Act::CastVote { decision, choice, reason }).await;
    }
    house.must("chair", Act::CarryDecision { decision }).await;
    decision
}

fn adopt(pack: &RightsPack, from: Option<jiff::Timestamp>, decision: DecisionId) -> Act {
    let pack = pack.clone();
    Act::DecisionRights(DecisionRightsAct::AdoptRights { pack, effective_from: from, decision })
}

#[tokio::test]
async fn the_pack_in_force_at_the_time_decides() {
    let mut house = house().await;
    let strict = pack("2", |text| {
        let add = "Primum::Action::\"add_person\",";
        assert!(text.contains(add));
        text.replacen(add, "", 1)
    });
    let decision = decided(&mut house, &strict).await;
    let from = house.now + SignedDuration::from_hours(48);
    house.must("office", adopt(&strict, Some(from), decision)).await;
    house.must("office", add_person("zoe")).await;
    house.now = from;
    let denied = house.give("office", add_person("yan")).await.expect_err("it may not any more");
    assert!(matches!(denied, SubmitError::Denied(_)), "{denied}");
    house.must("office", register_system()).await;
    let event = crate::durable::stored(house.registrar()).await.pop().expect("one at least");
    assert_eq!(event.authority.policy_set, strict.digest().to_string());
}

/// What is changed in the text of a pack.
type Edit = fn(&str) -> String;

#[tokio::test]
async fn a_pack_that_cannot_be_used_or_changed_again_is_not_adopted() {
    let mut house = house().await;
    let size = |house: &House| house.record().next_seq;
    let table: [(Edit, &str); 3] = [
        (|_| "permit (".to_owned(), "the rights policies do not parse"),
        (
            |text| {
                text.replacen(
                    "Role::\"governance-office\",\n  action == Primum::Action::\"adopt_rights\"",
                    "Role::\"nobody\",\n  action == Primum::Action::\"adopt_rights\"",
                    1,
                )
            },
            "nobody on record could adopt rights on decision rights any more",
        ),
        (
            |text| {
                format!(
                    "{text}\n@id(\"F9\")\n@reason(\"No votes.\")\nforbid (principal, action == Primum::Action::\"cast_vote\", resource);"
                )
            },
            "nobody on record could cast vote on decision rights any more",
        ),
    ];
    for (place, (change, problem)) in table.into_iter().enumerate() {
        let faulty = pack(&format!("2.{place}"), change);
        let decision = decided(&mut house, &faulty).await;
        let before = size(&house);
        let refused = house.give("office", adopt(&faulty, None, decision)).await;
        let refused = refused.expect_err("it would lock the hospital out").to_string();
        assert!(refused.contains(problem), "{refused}");
        assert_eq!(size(&house), before);
    }
    house.must("office", add_person("zoe")).await;
}
