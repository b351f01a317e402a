//! What events say.

use super::*;
use governance::Decision;
use serde_json::json;

/// A value from JSON that is known to fit.
fn of<T: serde::de::DeserializeOwned>(json: serde_json::Value) -> T {
    serde_json::from_value(json).unwrap()
}

/// What an event of 10 March 2024 says in a record with one case and one decision.
fn said(change: serde_json::Value) -> String {
    let mut record = Record::default();
    let case: governance::Case = of(json!({
        "id": "CASE-1", "use_case": "UC-1", "cause": { "kind": "signal", "watch": "flags" },
        "opened_at": "2024-03-07T00:00:00Z", "owner": "ward-lead",
        "answer_by": "2024-03-21T00:00:00Z", "action": "look", "ladder": [], "signals": [],
        "escalations": [], "closed": null,
    }));
    record.cases.insert(case.id, case);
    let decision: Decision = of(json!({
        "id": "DEC-1", "body": "committee", "use_case": "UC-1", "tier": "T3",
        "rule": { "tier": "T3", "quorum": 3, "majority": 1, "majority_of": 2 },
        "chair": "chair",
        "motion": {
            "question": { "kind": "approve", "use_case": "UC-1" }, "outcome": "go",
            "reason": "", "alternatives": [], "residual_risk": "", "ai_help": "none",
        },
        "opened_by": "chair", "opened_at": "2024-03-07T00:00:00Z", "votes": {},
        "recusals": {}, "carried": null, "ended": null,
    }));
    record.decisions.insert(decision.id, decision);
    let event: Event = of(json!({
        "seq": 9, "at": "2024-03-10T00:00:00Z", "actor": { "person": "chair" },
        "command": "command-1", "act": "",
        "authority": { "policies": [], "policy_set": "", "facts": {} },
        "change": change,
    }));
    sentence(&event, &record)
}

#[test]
fn an_escalation_says_who_was_told_and_how_long_the_case_has_waited() {
    let told = |person: Option<&str>, at: &str| {
        said(json!({
            "case_escalated": {
                "case": "CASE-1",
                "escalated": { "tell": "owner", "person": person, "at": at },
            },
        }))
    };
    let check = |person, at, words: &str| assert_eq!(told(person, at), words);
    let owner = Some("ward-lead");
    check(owner, "2024-03-07T23:00:00Z", "Ward-lead was told about CASE-1.");
    let one = "Ward-lead was told about CASE-1, which has had no decision for 1 day.";
    check(owner, "2024-03-08T00:00:00Z", one);
    let vacant = "Nobody, for the post is vacant, was told about CASE-1, \
                  which has had no decision for 3 days.";
    check(None, "2024-03-10T00:00:00Z", vacant);
}

#[test]
fn a_case_is_answered_by_the_last_day_that_counts() {
    let opened = |answer_by: &str| {
        said(json!({ "case_opened": {
            "id": "CASE-2", "use_case": "UC-1", "cause": { "kind": "signal", "watch": "flags" },
            "opened_at": "2024-03-07T00:00:00Z", "owner": "ward-lead", "answer_by": answer_by,
            "action": "look", "ladder": [], "signals": [], "escalations": [], "closed": null,
        } }))
    };
    let midnight = opened("2024-03-21T00:00:00Z");
    assert_eq!(midnight, "CASE-2 was opened on UC-1; ward-lead must answer by 20 Mar 2024.");
    assert!(opened("2024-03-21T00:00:01Z").ends_with("by 21 Mar 2024."));
}

#[test]
fn going_live_and_staying_live_are_told_apart() {
    let live_since = |since: &str| {
        said(json!({
            "went_live": { "use_case": "UC-1",
            "live": {
                "owners": { "sponsor": "a", "business": "b", "technical": "c" },
                "tier": { "tier": "T3", "policy": "tiers 1", "binding": [],
                          "held_up_by_unknown": [], "lowered_by": [] },
                "validation": { "evidence": "EV-1", "version": "1.0",
                                "valid_until": "2025-03-10T00:00:00Z" },
                "plan": {
                    "feed": { "file": "log.parquet", "outcome": "y", "score": "p", "id": "id",
                              "time": "t", "matured": "m", "version": "v", "site": "s" },
                    "maturity_days": 30, "by": [], "threshold": 0.15, "watches": [],
                    "ladder": [],
                },
                "path": { "body": "committee", "decision": "DEC-1",
                          "expires": "2025-03-10T00:00:00Z" },
                "deployment": { "version": "1.0", "site": "main", "mode": "live" },
                "since": since,
                "acting_since": since,
            } },
        }))
    };
    assert_eq!(
        live_since("2024-03-10T00:00:00Z"),
        "UC-1 went live at main with version 1.0, under DEC-1."
    );
    assert_eq!(
        live_since("2023-03-10T00:00:00Z"),
        "UC-1 stays live at main with version 1.0, renewed under DEC-1."
    );
}

#[test]
fn the_end_of_a_motion_says_why() {
    let ended = |reason: &str| {
        said(json!({
            "motion_ended": { "decision": "DEC-1",
            "ended": {
                "by": "chair", "at": "2024-03-10T00:00:00Z", "reason": reason,
                "tally": { "approvals": 1, "rejections": 2, "abstentions": 0,
                           "clinician_approvals": 1, "seats": 5 },
            }, },
        }))
    };
    assert_eq!(
        ended("lost"),
        "The motion was lost (1 for, 2 against, 0 abstained): \
         DEC-1, may UC-1 be used in care?"
    );
    assert_eq!(
        ended("overtaken"),
        "Another decision settled what was asked: DEC-1, may UC-1 be used in care?"
    );
}
