//! Documents that were attached are held, kept and erased like those that evidence names (invariant
//! H1).

use crate::hospital::*;
use governance::*;
use insta::assert_snapshot;

fn attached(hospital: Hospital, about: About) -> Hospital {
    hospital.must("tech", Act::Vendors(attach(HASH, about)))
}

/// With a use case that a body declined.
fn over() -> Hospital {
    Hospital::ready().must("chair", open_motion(approve(Outcome::NoGo))).carried(1)
}

fn hold(about: HoldScope) -> Act {
    Act::Holds(HoldsAct::PlaceHold { about, reason: "A claim".into() })
}

fn erase() -> Act {
    Act::Holds(HoldsAct::EraseDocument { document: HASH.into(), reason: "Its time is up".into() })
}

fn held(hospital: Hospital) -> Hospital {
    hospital.must("lawyer", hold(HoldScope::UseCase { use_case: UC }))
}

#[test]
fn what_is_attached_is_kept_as_long_as_something_rests_on_it_or_a_hold_stands() {
    let body = || About::Body(id("committee"));
    let office = "office";
    assert_snapshot!(check(vec![
        ("what goes on", attached(Hospital::live(), About::UseCase(UC)), office, erase()),
        ("its AI system", attached(Hospital::live(), About::System(SYS)), office, erase()),
        ("its decision", attached(Hospital::live(), About::Decision(DecisionId(1))), office, erase()),
        ("what is over", attached(over(), About::UseCase(UC)), office, erase()),
        ("a body", attached(over(), body()), office, erase()),
        ("held", held(attached(over(), About::UseCase(UC))), office, erase()),
        ("held by its AI system", held(attached(over(), About::System(SYS))), office, erase()),
        ("held by its evidence", held(attached(over(), About::Evidence(EvidenceId(1)))), office, erase()),
        ("a hold on something else", held(attached(over(), body())), office, erase()),
        ("a hold on all", attached(over(), body()).must("lawyer", hold(HoldScope::All)), office, erase()),
        ("attached again", attached(over(), body()).must(office, erase()), "tech",
            Act::Vendors(attach(HASH, body()))),
    ]), @r"
    what goes on → refused: document 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 is kept: UC-1 rests on it and is not over
    its AI system → refused: document 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 is kept: UC-1 rests on it and is not over
    its decision → refused: document 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 is kept: UC-1 rests on it and is not over
    what is over → document_erased
    a body → document_erased
    held → refused: document 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 is under HOLD-1 and is not erased until that is released
    held by its AI system → refused: document 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 is under HOLD-1 and is not erased until that is released
    held by its evidence → refused: document 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 is under HOLD-1 and is not erased until that is released
    a hold on something else → document_erased
    a hold on all → refused: document 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 is under HOLD-1 and is not erased until that is released
    attached again → refused: document 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 was erased already
    ");
}

#[test]
fn a_word_and_an_analysis_name_their_documents_too() {
    let attested = Act::Attest {
        use_case: UC,
        version: "v1".into(),
        requirement: id("fit"),
        statement: "Tried on two wards".into(),
        document: Some(HASH.into()),
        valid_until: jiff::Timestamp::MAX,
    };
    let harmed = crate::parts::incidents::harmed();
    let analysis = IncidentsAct::RecordAnalysis { incident: IncidentId(1), document: HASH.into() };
    let harmed = harmed.must("office", Act::Incidents(analysis.clone()));
    // The law says to keep the file of a death for two years, also of what no use case is named.
    let died = crate::incidents::after_a_death().must("office", Act::Incidents(analysis));
    let Act::Attest { use_case, version, requirement, statement, valid_until, .. } =
        attested.clone()
    else {
        panic!("it is a word");
    };
    let document = Some(HASH.to_uppercase());
    let shouted = Act::Attest { use_case, version, requirement, statement, document, valid_until };
    assert_snapshot!(check(vec![
        ("a word", Hospital::piloting().must("owner", attested), "office", erase()),
        ("an analysis", harmed, "office", erase()),
        ("of no use case", died, "office", erase()),
        ("in another spelling", Hospital::piloting(), "owner", shouted),
    ]), @r"
    a word → refused: document 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 is kept: UC-1 rests on it and is not over
    an analysis → refused: document 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 is kept: INC-1 is open, or must be kept by law
    of no use case → refused: document 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 is kept: INC-1 is open, or must be kept by law
    in another spelling → refused: the document is not sound: write its SHA-256 as 64 hexadecimal digits in lower case
    ");
}
