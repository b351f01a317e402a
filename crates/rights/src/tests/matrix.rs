//! The matrix against what a reader of the policies expects, and reasons for people on record.

use super::hospital::{Hospital, UC1, now, person};
use crate::{Cell, Matrix, Rights};
use governance::{DecisionId, RightsPack, Subject};

fn rights() -> Rights {
    Rights::new(&packs::builtin::rights().unwrap()).unwrap()
}

/// The cells of a line for T1 to T4, or nothing when it is not there.
fn line(matrix: &Matrix, action: &str, on: &str, standing: &str) -> String {
    let action = matrix.actions.iter().find(|it| it.action == action && it.on == on).unwrap();
    let Some(row) = action.who.iter().find(|row| row.standing == standing) else {
        return "not listed".to_owned();
    };
    let cells = row.cells.iter().map(|cell| match cell {
        Cell::Yes => "yes".to_owned(),
        Cell::No => "no".to_owned(),
        Cell::If(condition) => format!("if {condition}"),
    });
    let mut cells: Vec<_> = cells.collect();
    cells.dedup();
    cells.join(" | ")
}

#[test]
fn the_matrix_says_what_the_policies_say() {
    let matrix = rights().matrix();
    let two = "if training valid | if training valid, unless approves and fewer than 2 clinician approvals";
    for (action, on, standing, expected) in [
        ("add_person", "Record", "role governance-office", "yes"),
        ("add_person", "Record", "anybody who works here", "not listed"),
        ("propose_use_case", "Record", "anybody who works here", "if training valid"),
        ("suspend", "UseCase", "role patient-safety-officer", "yes"),
        ("suspend", "UseCase", "technical owner", "yes"),
        ("suspend", "UseCase", "chair who owns it", "yes"),
        ("suspend", "UseCase", "who has left, whatever they were", "no"),
        ("cast_vote", "UseCase", "member of the body", "if training valid"),
        ("cast_vote", "UseCase", "member who proposed it", "no"),
        ("cast_vote", "UseCase", "member with an interest in the vendor", "no"),
        ("cast_vote", "Record", "member with an interest in the vendor", "if training valid"),
        ("begin_pilot", "UseCase", "clinical or business owner", "if training valid"),
        ("begin_pilot", "UseCase", "executive sponsor", "not listed"),
        ("meet_condition", "UseCase", "anybody who works here", "if they are the duty owner"),
        ("erase_document", "Document", "role governance-office", "if not legal hold"),
        ("tick", "Record", "Primum's scheduler", "yes"),
        ("tick", "Record", "Primum's gate", "not listed"),
        ("carry_decision", "UseCase", "chair of the body", two),
    ] {
        assert_eq!(line(&matrix, action, on, standing), expected, "{action}: {standing}");
    }
}

#[test]
fn a_changed_pack_has_another_matrix() {
    let built_in = packs::builtin::rights().unwrap();
    let more =
        "@id(\"P99\") @reason(\"Clerks start.\") permit (principal in Primum::Role::\"clerk\",
        action == Primum::Action::\"begin_pilot\", resource) when { resource.tier < 3 };";
    let policies = format!("{}\n{more}", built_in.policies);
    let matrix = Rights::new(&RightsPack { policies, ..built_in }).unwrap().matrix();
    assert_eq!(line(&matrix, "begin_pilot", "UseCase", "role clerk"), "yes | no");
    assert!(matrix.legend.iter().any(|rule| rule.id == "P99"));
}

#[test]
fn a_denial_says_what_is_missing() {
    let (hospital, rights) = (Hospital::new(), rights());
    let decision = Subject::Decision(DecisionId(2));
    let use_case = Subject::UseCase(UC1);
    for (who, act, subject, rule, missing) in [
        ("lapsed", "cast_vote", &decision, "P11-members-vote", "valid training"),
        ("clerk", "cast_vote", &decision, "P11-members-vote", "a seat on the body that decides"),
        (
            "nurse",
            "carry_decision",
            &decision,
            "P13-chair-carries",
            "the chair of the body that decides",
        ),
        (
            "clerk",
            "begin_validation",
            &use_case,
            "P2-office-takes-a-use-case-in",
            "the role governance-office",
        ),
        (
            "tech",
            "begin_pilot",
            &use_case,
            "P5-business-owner-pilots",
            "to be its clinical or business owner",
        ),
        // Only a prohibition stands in the way.
        ("ward", "cast_vote", &decision, "P11-members-vote", ""),
    ] {
        let told = rights.explain(&hospital.record, &person(who), act, subject, now()).unwrap();
        assert!(!told.allowed, "{who} {act}");
        let near = told.nearest.iter().find(|near| near.rule.id == rule).unwrap();
        assert_eq!(near.missing.join("; "), missing, "{who} {act}");
        assert_eq!(near.missing.len(), told.nearest[0].missing.len(), "{who} {act}");
    }
    let told = rights.explain(&hospital.record, &person("nurse"), "cast_vote", &decision, now());
    let told = told.unwrap();
    assert!(told.allowed && told.nearest.is_empty());
    assert_eq!(told.rules[0].id, "P11-members-vote");
    let unknown = rights.explain(&hospital.record, &person("nurse"), "drink_tea", &decision, now());
    assert!(unknown.is_err());
}
