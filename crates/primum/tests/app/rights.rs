//! Decision rights on the command line.

use crate::common::{demo, on, primum};
use std::fs;
use std::path::Path;

/// What the built-in matrix looks like. After a change of the pack, look at the difference and run
/// the test again with `PRIMUM_GOLDEN=write`.
#[test]
fn the_matrix_is_as_it_was_read_last() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/app/golden/rights-matrix.txt");
    let matrix = primum("rights matrix").expect(0, "Who may do what at which tier").out;
    if std::env::var("PRIMUM_GOLDEN").is_ok_and(|wish| wish == "write") {
        fs::write(&path, &matrix).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap();
    for (number, (now, before)) in matrix.lines().zip(golden.lines()).enumerate() {
        assert_eq!(now, before, "line {}", number + 1);
    }
    assert_eq!(matrix.lines().count(), golden.lines().count());
}

#[test]
fn the_matrix_of_a_record_is_that_of_its_pack() {
    let built_in = primum("rights matrix --json").expect(0, "cast_vote").json();
    assert_eq!(on(demo(), "rights matrix --json").expect(0, "cast_vote").json(), built_in);
    let before = "rights matrix --at 2020-01-01 --json";
    assert_eq!(on(demo(), before).expect(0, "cast_vote").json(), built_in);
    primum("rights matrix --at 2020-01-01").expect(2, "--data");
}

#[test]
fn an_explanation_names_the_rule_and_what_is_missing() {
    let table = [
        ("committee-chair cast_vote DEC-3", "committee-chair may cast vote (DEC-3)."),
        ("committee-chair cast-vote DEC-3", "P11-members-vote: Who holds a seat"),
        ("data-lead cast_vote DEC-3", "F1-separation-of-duties: Nobody decides"),
        ("chief-nurse carry_decision DEC-3", "missing: the chair of the body that decides"),
        ("chief-nurse begin_validation UC-1", "missing: the role governance-office"),
        ("chief-nurse add_person", "No rule permits it."),
        ("governance-office open_motion CASE-1", "P9-office-puts-motions"),
        ("chief-nurse report-incident", "chief-nurse may report incident"),
        ("governance-office open_motion UC-1", "P9-office-puts-motions"),
    ];
    for (line, fragment) in table {
        on(demo(), &format!("rights explain {line}")).expect(0, fragment);
    }
    for (line, problem) in [
        ("nobody cast_vote DEC-3", "person `nobody` is not on record"),
        ("chief-nurse cast_vote TEA-1", "cast vote is not about `TEA-1`; name a decision, such"),
        (
            "chief-nurse cast_vote UC-1",
            "cast vote is not about `UC-1`; name a decision, such as DEC-1",
        ),
        ("chief-nurse cast_vote DEC-99", "the record has no decision `DEC-99`; check the id"),
        ("chief-nurse suspend", "name what suspend is about: a use case, such as UC-1"),
        ("chief-nurse add_person UC-99", "add person is about the record as a whole"),
        ("chief-nurse suspned UC-1", "there is no act `suspned`; did you mean `suspend`?"),
    ] {
        on(demo(), &format!("rights explain {line}")).expect(2, problem);
    }
    let denied = on(demo(), "rights explain chief-nurse add_person --json").expect(0, "").json();
    assert_eq!(denied["allowed"], false);
    assert_eq!(denied["nearest"][0]["id"], "P1-office-keeps-the-record");
    assert_eq!(denied["nearest"][0]["missing"][0], "the role governance-office");
}

#[test]
fn a_pack_is_checked_before_it_is_put_to_a_body() {
    let packs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/rights");
    primum(&format!("rights check {packs}")).expect(0, "no fault");
    let file = format!("{packs}/rights.cedar");
    let digest = primum(&format!("rights check {file} --json")).expect(0, "digest").json();
    assert_eq!(digest["digest"].as_str().map(str::len), Some(64));
    let home = tempfile::tempdir().unwrap();
    let faulty = home.path().join("faulty.cedar");
    fs::write(&faulty, "permit (principal, action, resource);").unwrap();
    primum(&format!("rights check {}", faulty.display())).expect(1, "has no @id");
    primum(&format!("rights check {}/none", home.path().display())).expect(1, "cannot be read");
}
