//! From a draft to a use case; duplicates; the fast lane; the inventory as a table.

use crate::hospital::*;
use crate::parts::intake::{answers, row};
use governance::inventory::{Row as Line, export};
use governance::*;
use insta::assert_snapshot;
use std::collections::BTreeMap;

fn begin(answers: Answers) -> Act {
    Act::Intake(IntakeAct::BeginDraft { answers })
}

fn submit(not_duplicate: Option<&str>) -> Act {
    let not_duplicate = not_duplicate.map(Into::into);
    Act::Intake(IntakeAct::SubmitIntake { draft: DraftId(1), not_duplicate })
}

fn audit(upheld: bool) -> Act {
    let finding = "One fact was stated too mildly".into();
    Act::Intake(IntakeAct::RecordAudit { use_case: UC, finding, upheld })
}

fn import(rows: Vec<Line>, create_systems: bool) -> Act {
    Act::Intake(IntakeAct::ImportInventory { rows, create_systems })
}

fn complete(title: &str) -> Answers {
    Answers { facts: facts(TIER_2), ..answers(title) }
}

#[test]
fn a_draft_is_saved_gone_on_with_and_becomes_a_use_case_with_a_tier() {
    let begun = Answers { title: "Bed forecast".into(), ..Answers::default() };
    let saved =
        Act::Intake(IntakeAct::SaveDraft { draft: DraftId(1), answers: complete("Bed forecast") });
    let mut hospital = Hospital::furnished().must("idle", begin(begun)).must("office", saved);
    assert_snapshot!(in_words(&hospital.give("idle", submit(None))), @"use_case_proposed, facts_stated, intake_submitted");
    let use_case = hospital.use_case();
    assert_eq!(use_case.submitter, id("idle"));
    assert_eq!(use_case.stage.tier().expect("a tier").tier, Tier::T2);
    assert_eq!(hospital.record.intake.drafts.len(), 0);
    // The next draft does not take the number of one that is gone.
    let next = hospital.must("idle", begin(complete("Another")));
    assert!(next.record.intake.drafts.contains_key(&DraftId(2)));
}

#[test]
fn duplicates_are_found_for_a_reason() {
    let hospital = Hospital::proposed().must("office", register_system());
    let (other, third) = (Some(SystemId(2)), Some(id("ward")));
    let table = [
        ("same system and step", Answers { workflow: Some(id("discharge")), ..answers("Beds") }),
        ("same system, like title", answers("Readmission, adults")),
        (
            "same system, like use",
            Answers { intended_use: "plan all discharges".into(), ..answers("Beds") },
        ),
        ("same vendor, like title", Answers { system: other, ..answers("Readmission") }),
        ("same vendor", Answers { system: other, workflow: third, ..answers("Beds") }),
        ("same system", answers("Beds")),
        ("no system yet", Answers { system: None, ..answers("Readmission") }),
    ];
    let line = |(name, answers): (&str, Answers)| {
        let found = duplicates(&hospital.record, &answers);
        let found: Vec<_> =
            found.iter().map(|it| format!("{:?}: {}", it.likeness, it.because)).collect();
        format!("{name} → {}", found.join("; "))
    };
    assert_snapshot!(table.map(line).join("\n"), @r"
    same system and step → Strong: the same AI system in the same step of work
    same system, like title → Strong: the same AI system, and a similar title
    same system, like use → Strong: the same AI system, for a similar use
    same vendor, like title → Weak: an AI system of the same vendor, and a similar title
    same vendor → 
    same system → 
    no system yet → 
    ");
}

#[test]
fn what_is_harmless_goes_live_by_rule_with_all_five_fields_and_is_audited() {
    let mut hospital = Hospital::harmless();
    assert_snapshot!(in_words(&hospital.give("owner", fast_lane())), @"motion_opened, decision_carried, went_live, audit_drawn");
    assert_eq!(hospital.standing().met(), 5);
    let decision = &hospital.record.decisions[&DecisionId(1)];
    assert_eq!(decision.carried.as_ref().expect("carried").right, Right::Rule);
    let waits = |hospital: &Hospital| {
        let tasks = work(&hospital.record, hospital.now).into_iter();
        tasks.filter(|task| task.what.contains("Audit")).count()
    };
    assert_eq!(waits(&hospital), 1);
    let upheld = hospital.clone().must("office", audit(true));
    assert_eq!((waits(&upheld), upheld.record.cases.len()), (0, 0));
    let failed = hospital.must("office", audit(false));
    let case = &failed.record.cases[&CaseId(1)];
    assert_eq!(case.cause, Cause::FailedAudit { decision: DecisionId(1) });
}

#[test]
fn one_in_ten_is_drawn_and_always_the_same() {
    let drawn = |percent| {
        let ids = (1..=2_000).map(UseCaseId);
        ids.filter(|id| drawn_for_audit(*id, "tiers 1", percent)).count()
    };
    assert!((150..=250).contains(&drawn(10)), "{}", drawn(10));
    assert_eq!((drawn(100), drawn(10)), (2_000, drawn(10)));
    let by = |policy| (1..=200).filter(|id| drawn_for_audit(UseCaseId(*id), policy, 10)).collect();
    let (one, other): (Vec<u32>, Vec<u32>) = (by("tiers 1"), by("tiers 2"));
    assert_ne!(one, other, "another policy draws others");
}

fn lines(record: &Record) -> Vec<Line> {
    let (columns, rows) = export(record);
    let line = |(line, row): (u64, Vec<String>)| Line {
        line,
        cells: columns.iter().cloned().zip(row).collect(),
    };
    (2..).zip(rows).map(line).collect()
}

#[test]
fn an_inventory_survives_a_round_trip() {
    let full = Hospital::live()
        .must("office", import(vec![row("Beds", Some("money")), row("Porters", None)], true));
    let rows = lines(&full.record);
    let empty = Hospital::founded()
        .must("office", Act::AdoptTierPolicy(tier_policy()))
        .must("office", import(rows.clone(), true));
    // A stage is earned; all else is as it was.
    let but_stage = |rows: Vec<Line>| -> Vec<BTreeMap<String, String>> {
        let but = |mut row: Line| {
            row.cells.remove("stage");
            row.cells
        };
        rows.into_iter().map(but).collect()
    };
    assert_eq!(but_stage(lines(&empty.record)), but_stage(rows));
    let owners = |hospital: &Hospital| hospital.use_case().owners.clone();
    assert!(owners(&empty).is_some() && owners(&empty) == owners(&full));
    assert_eq!(empty.use_case().facts, full.use_case().facts);
}

#[test]
fn every_faulty_row_is_named_and_none_is_taken_in() {
    let mut faulty = row("", Some("everything"));
    faulty.cells.extend([
        ("sponsor".into(), "ghost".into()),
        ("ai_type".into(), "magic".into()),
        ("colour".into(), "red".into()),
    ]);
    let mut hospital = Hospital::furnished();
    let events = hospital.events.len();
    let answer = hospital.give("office", import(vec![row("Sound", None), faulty], true));
    assert_snapshot!(in_words(&answer), @r"
    refused: nothing was taken in:
    line 2, column `colour`: there is no such column, and the tier policy has no such fact; rename it, or leave it out
    line 2, column `title`: it is empty; say it in plain words
    line 2, column `sponsor`: nobody called `ghost` works here; add the person first, or name another
    line 2, column `business`: `` is not a person's handle; write it like `committee-chair`; correct it
    line 2, column `technical`: `` is not a person's handle; write it like `committee-chair`; correct it
    line 2, column `reach`: `everything` is no answer; answer one of: administrative, money, care, or nothing
    line 2, column `ai_type`: `magic` is no kind of AI; answer one of: predictive, imaging, generative, chatbot, agent, coverage
    ");
    assert_eq!(hospital.events.len(), events);
    let answer = hospital.give("office", import(vec![row("Sound", None)], false));
    assert_snapshot!(in_words(&answer), @r"
    refused: nothing was taken in:
    line 2, column `system`: the record has no AI system `Planner` of `acme-health`; register it first, or let the import create AI systems
    ");
    let once = hospital.must("office", import(vec![row("Sound", None)], true));
    let again = check(vec![("again", once, "office", import(vec![row("Sound", None)], true))]);
    assert_snapshot!(again, @r"
    again → refused: nothing was taken in:
    line 2, column `title`: a use case with this title, AI system and step of work is there already; leave the row out, or give it another title
    ");
}

/// Rows that are refused.
pub fn refused() -> Vec<Row> {
    let drafted = Hospital::furnished().must("idle", begin(complete("Beds")));
    let half = Answers { workflow: None, ..complete("Beds") };
    let like = Hospital::proposed().must("idle", begin(complete("Readmission")));
    let wrong = Answers { facts: facts(&[("reach", "moon")]), ..answers("Beds") };
    vec![
        ("a draft without a title", Hospital::furnished(), "idle", begin(Answers::default())),
        ("a draft with an answer there is not", Hospital::furnished(), "idle", begin(wrong)),
        ("another's draft", drafted, "office", submit(None)),
        ("half a draft", Hospital::furnished().must("idle", begin(half)), "idle", submit(None)),
        ("a duplicate", like.clone(), "idle", submit(None)),
        ("a duplicate without a reason", like, "idle", submit(Some(" "))),
        ("rows of nothing", Hospital::furnished(), "office", import(Vec::new(), true)),
        ("a T3 by rule", Hospital::ready(), "owner", fast_lane()),
        (
            "by rule without a plan",
            Hospital::harmless().must("office", state_owners()),
            "owner",
            fast_lane_of(2),
        ),
        ("an audit of nothing", Hospital::live(), "office", audit(true)),
        (
            "an audit by an owner",
            Hospital::harmless().must("owner", fast_lane()),
            "owner",
            audit(true),
        ),
    ]
}

fn state_owners() -> Act {
    import(vec![row("Beds", Some("administrative"))], true)
}

fn fast_lane_of(use_case: u32) -> Act {
    Act::Intake(IntakeAct::FastLane { use_case: UseCaseId(use_case) })
}

#[test]
fn what_is_refused_says_what_to_do() {
    assert_snapshot!(check(refused()), @r"
    a draft without a title → refused: the title must not be empty
    a draft with an answer there is not → refused: `moon` is no answer to `reach`; the answers are: administrative, money, care
    another's draft → refused: DRAFT-1 is submitted by who began it, `idle`; anybody may begin a draft anew
    half a draft → refused: DRAFT-1 does not say the step of work yet; fill it in and save
    a duplicate → refused: it looks like UC-1: the same AI system, and a similar title; if it is none, say why with `not_duplicate`
    a duplicate without a reason → refused: the reason why it is no duplicate must not be empty
    rows of nothing → refused: nothing was taken in:
    line 1, column `title`: there are no rows; give at least one
    a T3 by rule → refused: the fast lane is not open to UC-1, which is T3; put a motion to a body
    by rule without a plan → refused: UC-2 cannot go live: it has no owners; name them
    an audit of nothing → refused: no audit of UC-1 waits; approvals by rule are drawn when they are made
    an audit by an owner → refused: `owner` cannot decide on UC-1: the person is an owner of it; recuse instead
    ");
}
