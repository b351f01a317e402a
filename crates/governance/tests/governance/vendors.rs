//! Vendors, contracts and their gaps, disclosures and their letters, documents by hash.

use crate::hospital::*;
use governance::*;
use insta::assert_snapshot;
use serde_json::json;

fn about(act: VendorsAct) -> Act {
    Act::Vendors(act)
}

fn record_contract(agreement: Agreement) -> Act {
    about(VendorsAct::RecordContract(agreement))
}

fn adopt(terms: ContractTerms) -> Act {
    about(VendorsAct::AdoptContractTerms(terms))
}

fn known(hospital: Hospital) -> Hospital {
    hospital.must("office", about(VendorsAct::RegisterVendor(vendor("acme-health"))))
}

/// Ready to be approved but for the contract: 10 February 2024.
fn demanding() -> Hospital {
    known(Hospital::ready()).must("office", adopt(contract_terms()))
}

/// A year's contract that gives notice of changes as said.
fn covered(state: &str, within: u32) -> Hospital {
    let mut agreement = agreement("acme-health", 366);
    agreement.clauses =
        [(id("change-notice"), of(json!({ "state": state, "within": within })))].into();
    demanding().must("office", record_contract(agreement))
}

pub fn refused() -> Vec<Row> {
    let founded = || known(Hospital::furnished());
    let contract = |change: fn(&mut Agreement)| {
        let mut agreement = agreement("acme-health", 366);
        change(&mut agreement);
        record_contract(agreement)
    };
    let attached = |hash: &str, about: About| Act::Vendors(attach(hash, about));
    let answer = |attribute: &str| about(disclose(SYS, attribute, Grade::Text));
    vec![
        (
            "a vendor twice",
            founded(),
            "office",
            about(VendorsAct::RegisterVendor(vendor("acme-health"))),
        ),
        (
            "the hospital as a vendor",
            founded(),
            "office",
            about(VendorsAct::RegisterVendor(vendor("in-house"))),
        ),
        ("amending nobody", founded(), "office", about(VendorsAct::AmendVendor(vendor("other")))),
        (
            "a system by nobody known",
            founded(),
            "office",
            Act::RegisterSystem {
                name: "Other".into(),
                vendor: id("other"),
                ai_type: AiType::Imaging,
            },
        ),
        ("a contract on nothing", founded(), "office", contract(|it| it.systems.clear())),
        ("a contract that ends first", founded(), "office", contract(|it| it.until = it.from)),
        (
            "a contract without its document",
            founded(),
            "office",
            contract(|it| it.document = Some(DocumentId(1))),
        ),
        (
            "amending no contract",
            founded(),
            "office",
            about(VendorsAct::AmendContract {
                contract: ContractId(1),
                agreement: agreement("acme-health", 366),
            }),
        ),
        ("terms without clauses", founded(), "office", {
            let mut terms = contract_terms();
            terms.clauses.clear();
            adopt(terms)
        }),
        ("terms that block too early", founded(), "office", {
            let mut terms = contract_terms();
            terms.clauses[0].blocks_from = Some(Tier::T1);
            adopt(terms)
        }),
        ("an attribute nobody knows", founded(), "office", answer("mood")),
        ("no hash", founded(), "office", attached("ABC", About::System(SYS))),
        ("a document about nothing", founded(), "office", attached(HASH, About::UseCase(UC))),
        (
            "a version with no hash",
            founded(),
            "office",
            Act::RegisterVersion {
                system: SYS,
                version: Version {
                    label: "v9".into(),
                    hash: Some("x".into()),
                    ..Version::default()
                },
            },
        ),
        ("no notice of changes", demanding(), "chair", open_motion(approve(Outcome::Go))),
        ("too short a notice", covered("held", 29), "chair", open_motion(approve(Outcome::Go))),
        (
            "a notice to come",
            covered("negotiating", 30),
            "chair",
            open_motion(approve(Outcome::Go)),
        ),
        ("a contract that ran out", covered("held", 30).at("2025-01-01T00:00:00Z"), "chair", {
            // Its evidence ran out first, which is said first.
            open_motion(approve(Outcome::Go))
        }),
    ]
}

#[test]
fn vendors_are_refused() {
    assert_snapshot!(check(refused()), @"");
}

#[test]
fn what_is_missing_blocks_as_its_tier_says() {
    let go = || open_motion(approve(Outcome::Go));
    assert_snapshot!(check(vec![
        ("notice enough", covered("held", 30), "chair", go()),
        ("no terms", known(Hospital::ready()), "chair", go()),
        ("a document", demanding(), "idle", Act::Vendors(attach(HASH, About::UseCase(UC)))),
    ]), @"");
    let gaps = |hospital: &Hospital| {
        let gaps = hospital.record.contract_gaps(hospital.use_case(), hospital.now);
        let line = |gap: &ContractGap| format!("{} {} {}", gap.clause, gap.blocks, gap.because);
        gaps.iter().map(line).collect::<Vec<_>>().join(" | ")
    };
    let table =
        [demanding(), covered("held", 30), covered("absent", 30), covered("held", 30).wait(400)];
    assert_snapshot!(table.map(|it| gaps(&it)).join("\n"), @"");
}

#[test]
fn an_exception_in_force_lets_a_clause_be_missing() {
    let mut hospital = demanding();
    let mut exception: Exception = of(json!({
        "id": "EX-1", "use_case": "UC-1", "what": { "kind": "clause", "clause": "change-notice" },
        "reason": "The vendor negotiates", "compensating_control": "We compare versions weekly",
        "owner": "owner", "terms": [{ "decision": "DEC-1", "from": "2024-02-01T00:00:00Z",
        "expires": "2024-02-20T00:00:00Z" }],
    }));
    exception.asked = None;
    hospital.record.exceptions.all.insert(ExceptionId(1), exception);
    hospital.record.exceptions.of.insert(UC, vec![ExceptionId(1)]);
    let lacks = |hospital: &Hospital| hospital.record.lacks(hospital.use_case(), hospital.now);
    assert_eq!(lacks(&hospital), Vec::<String>::new());
    hospital.now = "2024-02-20T00:00:00Z".parse().expect("a time");
    assert_eq!(lacks(&hospital).len(), 1, "an expired exception is not in force");
}

#[test]
fn a_contract_is_work_before_it_runs_out() {
    let signed = || covered("held", 30);
    let table =
        [signed(), signed().at("2024-10-03T00:00:00Z"), signed().at("2025-01-02T00:00:00Z")];
    let line = |hospital: Hospital| {
        let tasks = work(&hospital.record, hospital.now);
        let tasks =
            tasks.iter().filter(|it| it.what.contains("vendor") || it.what.contains("CON-1"));
        tasks
            .map(|it| format!("{} overdue {}", it.what, it.overdue))
            .collect::<Vec<_>>()
            .join(" | ")
    };
    assert_snapshot!(table.map(line).join("\n"), @"");
}

#[test]
fn the_letter_asks_for_what_the_contract_lacks() {
    let hospital = demanding();
    let letter = |of: &Hospital| of.record.gap_letter(of.use_case(), of.now);
    assert_snapshot!(letter(&hospital).expect("there are gaps"), @"");
    assert_eq!(letter(&known(Hospital::ready())), None);
}

#[test]
fn what_is_disclosed_is_graded_and_the_rest_is_asked_for() {
    let mut hospital = known(Hospital::furnished());
    for (place, attribute) in ATTRIBUTES.iter().enumerate().skip(3) {
        let grade = if place < 6 { Grade::ALL[place - 1] } else { Grade::Data };
        hospital = hospital.must("office", about(disclose(SYS, attribute.id, grade)));
    }
    let profile = |hospital: &Hospital| {
        let system = &hospital.record.systems[&SYS];
        let of = hospital.record.disclosure_profile(system, hospital.now);
        assert_eq!(hospital.record.vendor_profile(&id("acme-health"), hospital.now), of);
        let weak: Vec<_> = of.weak.iter().map(|(_, id, grade)| format!("{id} {grade}")).collect();
        let (grades, no, old) = (&of.grades, of.unanswered.len(), of.outdated.len());
        format!("{grades:?}; weak: {}; unanswered {no}; outdated {old}", weak.join(", "))
    };
    assert_snapshot!(profile(&hospital), @"");
    let letter = hospital.record.disclosure_letter(&hospital.record.systems[&SYS], hospital.now);
    assert_snapshot!(letter.expect("some is missing"), @"");
    // A new version makes every answer older than it.
    let newer = hospital.must("office", register_version("v2", "2024-01-02T00:00:00Z")).wait(2);
    assert!(profile(&newer).ends_with("outdated 28"), "{}", profile(&newer));
}
