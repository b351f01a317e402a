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

#[expect(clippy::too_many_lines, reason = "a table, one row after the other")]
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
    assert_snapshot!(check(refused()), @r"
    a vendor twice → refused: the record already has a vendor `acme-health`; choose another handle
    the hospital as a vendor → refused: the record already has a vendor `in-house`; choose another handle
    amending nobody → refused: the record has no vendor `other`; check the id
    a system by nobody known → refused: the record has no vendor `other`; check the id
    a contract on nothing → refused: the contract is not sound: it covers no AI system
    a contract that ends first → refused: the contract is not sound: it ends before it begins
    a contract without its document → refused: the record has no document `DOC-1`; check the id
    amending no contract → refused: the record has no contract `CON-1`; check the id
    terms without clauses → refused: the set of contract terms is not sound: no clause is demanded; add at least one [[clauses]]
    terms that block too early → refused: the set of contract terms is not sound: the clause `change-notice` blocks where it is not demanded; let `blocks_from` be `demanded_from` or higher
    an attribute nobody knows → refused: there is no source attribute `mood`; choose one of the 31, such as `predictive_purpose_intended_use`
    no hash → refused: `ABC` is no SHA-256; give 64 lower-case hexadecimal digits, as sha256sum prints them
    a document about nothing → refused: the record has no use case `UC-1`; check the id
    a version with no hash → refused: `x` is no SHA-256; give 64 lower-case hexadecimal digits, as sha256sum prints them
    no notice of changes → refused: UC-1 cannot go live: its contract lacks a clause, notice of changes: no contract on SYS-1 is in force; agree on it with the vendor, or have a body except it for a time
    too short a notice → refused: UC-1 cannot go live: its contract lacks a clause, notice of changes: CON-1: it gives 29 days, not at least 30; agree on it with the vendor, or have a body except it for a time
    a notice to come → refused: UC-1 cannot go live: its contract lacks a clause, notice of changes: CON-1: it is being negotiated; agree on it with the vendor, or have a body except it for a time
    a contract that ran out → refused: UC-1 cannot go live: its evidence has run out; compute it again
    ");
}

#[test]
fn what_is_missing_blocks_as_its_tier_says() {
    let go = || open_motion(approve(Outcome::Go));
    assert_snapshot!(check(vec![
        ("notice enough", covered("held", 30), "chair", go()),
        ("no terms", known(Hospital::ready()), "chair", go()),
        ("a document", demanding(), "idle", Act::Vendors(attach(HASH, About::UseCase(UC)))),
    ]), @r"
    notice enough → motion_opened
    no terms → motion_opened
    a document → document_attached
    ");
    let gaps = |hospital: &Hospital| {
        let gaps = hospital.record.contract_gaps(hospital.use_case(), hospital.now);
        let line = |gap: &ContractGap| format!("{} {} {}", gap.clause, gap.blocks, gap.because);
        gaps.iter().map(line).collect::<Vec<_>>().join(" | ")
    };
    let table =
        [demanding(), covered("held", 30), covered("absent", 30), covered("held", 30).wait(400)];
    assert_snapshot!(table.map(|it| gaps(&it)).join("\n"), @r"
    change-notice true no contract on SYS-1 is in force | exit false no contract on SYS-1 is in force
    exit false CON-1: it says nothing on it
    change-notice true CON-1: it does not have it | exit false CON-1: it says nothing on it
    change-notice true no contract on SYS-1 is in force | exit false no contract on SYS-1 is in force
    ");
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
    assert_snapshot!(table.map(line).join("\n"), @r"
    Agree with the vendor on what is missing: exit overdue false
    Renew CON-1 with acme-health: it runs out overdue false | Agree with the vendor on what is missing: exit overdue false
    Renew CON-1 with acme-health: it has run out overdue true | Agree with the vendor on what is missing: notice of changes; exit overdue false
    ");
}

#[test]
fn the_letter_asks_for_what_the_contract_lacks() {
    let hospital = demanding();
    let letter = |of: &Hospital| of.record.gap_letter(of.use_case(), of.now);
    assert_snapshot!(letter(&hospital).expect("there are gaps"), @r#"
    To: Acme Health
    help@acme.example

    Clauses missing from our contract: Readmission score (SYS-1)

    Good day,

    We use Readmission score for "Readmission" (UC-1). For a use of its risk our terms ask for the following clauses, which we do not find in our contract with you:

    1. Notice of changes. Tell us before. Our approval waits for this.
       Where we stand: no contract on SYS-1 is in force.
    2. Exit. Say how we stop.
       Where we stand: no contract on SYS-1 is in force.

    Please tell us by when you can agree to each, or what stands in the way.

    Thank you for your help.

    Example General
    "#);
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
    assert_snapshot!(profile(&hospital), @"{Data: 25, Deferred: 1, Refused: 1, NotApplicableUnjustified: 1}; weak: predictive_purpose_patient_population called not applicable without a reason, predictive_purpose_intended_use refused, predictive_details_output_type deferred; unanswered 3; outdated 0");
    let letter = hospital.record.disclosure_letter(&hospital.record.systems[&SYS], hospital.now);
    assert_snapshot!(letter.expect("some is missing"), @r"
    To: Acme Health
    help@acme.example

    Questions on your AI system: Readmission score (SYS-1)

    Good day,

    Before we rely on Readmission score in the care of patients we ask its maker about 31 source attributes, those of 45 CFR 170.315(b)(11). We kindly ask you to answer these 6, with numbers where there are any:

    1. Who developed it, and how can we reach them? We have no answer yet.
       (predictive_details_developer)
    2. Who funded its technical implementation? We have no answer yet.
       (predictive_details_funding)
    3. What value does it put out? We have no answer yet.
       (predictive_details_output_value)
    4. Is the output a prediction, classification, recommendation, evaluation, analysis or else? Your answer was deferred.
       (predictive_details_output_type)
    5. What is it intended for? Your answer was refused.
       (predictive_purpose_intended_use)
    6. For which patients is it intended? Your answer was called not applicable without a reason.
       (predictive_purpose_patient_population)

    Where a question does not apply, please say why.

    Thank you for your help.

    Example General
    ");
    // A new version makes every answer older than it.
    let newer = hospital.must("office", register_version("v2", "2024-01-02T00:00:00Z")).wait(2);
    assert!(profile(&newer).ends_with("outdated 28"), "{}", profile(&newer));
}
