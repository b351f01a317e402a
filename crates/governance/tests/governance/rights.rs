//! Which decision rights are in force when, and what is left of what was erased.

use crate::hospital::*;
use crate::parts::decision_rights::{adopt, pack};
use governance::*;

/// A hospital whose body approved versions 1 and 2 of the tests' packs, in `DEC-1` and `DEC-2`.
fn decided() -> Hospital {
    let mut hospital = Hospital::furnished();
    for version in [1, 2] {
        let digest = pack(version).digest();
        let motion = motion(Question::Pack { digest }, Outcome::Go);
        hospital = hospital.must("chair", open_motion(motion)).carried(version as u32);
    }
    hospital
}

fn in_force(hospital: &Hospital, days: u32) -> String {
    let pack = hospital.record.rights_at(days_after(hospital.now, days)).expect("it was founded");
    pack.policies.clone()
}

#[test]
fn a_pack_is_in_force_from_its_day_until_another_is() {
    let hospital = decided();
    let later = |days| Some(days_after(hospital.now, days));
    // The later one is adopted first; each is in force from its day.
    let hospital = hospital
        .clone()
        .must("office", adopt(2, later(20), DecisionId(2)))
        .must("office", adopt(1, later(10), DecisionId(1)));
    let seen = [0, 9, 10, 19, 20, 9_999].map(|days| in_force(&hospital, days));
    assert_eq!(seen, ["", "", "// number 1", "// number 1", "// number 2", "// number 2"]);
    assert_eq!(Record::default().rights_at(hospital.now), None);
}

#[test]
fn of_two_from_the_same_day_the_one_adopted_last_is_in_force() {
    let hospital = decided()
        .must("office", adopt(2, None, DecisionId(2)))
        .must("office", adopt(1, None, DecisionId(1)));
    assert_eq!(in_force(&hospital, 0), "// number 1");
}

#[test]
fn what_was_approved_waits_to_be_adopted() {
    let waits = |hospital: &Hospital| {
        let tasks = work(&hospital.record, hospital.now).into_iter();
        let mine = tasks.filter(|task| task.what.starts_with("Adopt the decision rights"));
        mine.filter_map(|task| task.decision).map(|id| id.to_string()).collect::<Vec<_>>()
    };
    let hospital = decided();
    assert_eq!(waits(&hospital), ["DEC-1", "DEC-2"]);
    let hospital = hospital.must("office", adopt(1, None, DecisionId(1)));
    assert_eq!(waits(&hospital), ["DEC-2"]);
    assert_eq!(waits(&hospital.wait(365)), Vec::<String>::new());
}

#[test]
fn each_part_of_a_pack_changes_its_digest() {
    let packs = ["abc", "ab", "bc"].map(|text| RightsPack {
        version: text.replace('c', ""),
        schema: "x".into(),
        policies: text.into(),
    });
    let digests: std::collections::BTreeSet<_> = packs.iter().map(RightsPack::digest).collect();
    assert_eq!(digests.len(), 3);
    let text = packs[0].digest().to_string();
    assert_eq!(text.parse(), Ok(packs[0].digest()));
    assert!(text.to_uppercase().parse::<ContentHash>().is_err());
    assert!("ab".parse::<ContentHash>().is_err());
}

#[test]
fn the_record_keeps_what_was_erased_and_notices_what_must_not_be() {
    let reason = || "the retention ran out".to_owned();
    let document = || "cd".to_owned();
    let hold = HoldsAct::PlaceHold { about: HoldScope::All, reason: reason() };
    let release = HoldsAct::ReleaseHold { hold: HoldId(1), reason: reason() };
    let erase = HoldsAct::EraseDocument { document: document(), reason: reason() };
    let hospital = Hospital::ready()
        .must("chair", open_motion(approve(Outcome::NoGo)))
        .carried(1)
        .must("lawyer", Act::Holds(hold.clone()))
        .must("lawyer", Act::Holds(release))
        .must("office", Act::Holds(erase))
        .must("lawyer", Act::Holds(hold));
    let erasure = &hospital.record.holds.erased["cd"];
    assert_eq!((erasure.by.as_str(), &*erasure.reason), ("office", "the retention ran out"));
    assert!(erasure.use_cases.contains(&UC));
    // The same erasure, had the first hold still stood.
    let mut record = hospital.record.clone();
    record.holds.all.get_mut(&HoldId(1)).expect("it was placed").released = None;
    let found = violations(&record);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].invariant, Invariant::H1);
    assert_eq!(found[0].what, "document cd was erased under HOLD-1");
}
