//! What is acknowledged stays, and stays once.

use crate::house::*;
use governance::{Act, Event, Record, Refusal};
use ledger::{CrashPoint, Ledger, LedgerError, Reader, document_hash, verify};
use registrar::{Acknowledged, EntropyError, Registrar, SubmitError, replay};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What another process finds in the folder.
async fn on_disk(home: &Home) -> Record {
    let reader = Reader::open(&home.path()).await.expect("it opens");
    let folded = replay(&reader, false).await.expect("it folds");
    assert_eq!(folded.from_snapshot, 0);
    folded.record
}

#[tokio::test]
async fn what_is_acknowledged_is_on_disk_before_the_answer() {
    let mut house = House::empty().await;
    for (by, act) in [
        ("@installer", found()),
        ("office", add_person("zoe")),
        ("office", Act::CharterBody(committee())),
        ("office", register_system()),
        ("author", propose()),
    ] {
        let acknowledged = house.must(by, act).await;
        // R1, without closing first.
        let found = on_disk(&house.home).await;
        assert_eq!(found, *house.record());
        let last = acknowledged.events.last().expect("it had an effect");
        assert_eq!(found.next_seq, last.seq + 1);
        assert_eq!(acknowledged.first_seq, Some(acknowledged.events[0].seq));
        assert!(!acknowledged.repeated);
    }
    let (before, hash) = (house.record(), house.hash());
    let house = house.reopened().await;
    assert_eq!((house.record(), house.hash()), (before, hash));
    let home = house.close().await;
    let verified = verify(&home.path(), None).await.expect("the log is sound");
    assert_eq!((verified.events, verified.published), (5, 5));
}

#[tokio::test]
async fn documents_become_durable_with_the_command_that_names_them() {
    let mut house = House::founded().await;
    let mut submission = house.next("office", add_person("zoe"));
    submission.documents = vec![b"a report".to_vec(), b"another".to_vec()];
    house.registrar().submit(submission).await.expect("it is accepted");
    let house = house.reopened().await;
    for document in [b"a report".to_vec(), b"another".to_vec()] {
        let stored = house.registrar().reader().document(document_hash(&document)).await;
        assert_eq!(stored.expect("it is there"), document);
    }
}

/// Everything that a retry can come to.
#[tokio::test]
async fn a_command_has_its_effect_once_whoever_sends_it_again_and_after_a_restart() {
    let mut house = House::founded().await;
    let first = house.next("office", add_person("zoe"));
    let done = house.registrar().submit(first.clone()).await.expect("it is accepted");
    house.must("office", add_person("yan")).await;
    let hash = house.hash();
    for restart in [false, true] {
        if restart {
            house = house.reopened().await;
        }
        let mut later = first.clone();
        later.at = house.now;
        for again in [first.clone(), later] {
            let repeat = house.registrar().submit(again).await.expect("a repeat is no fault");
            let Acknowledged { events, first_seq, repeated } = repeat;
            assert_eq!((events.len(), first_seq, repeated), (0, done.first_seq, true));
        }
        // With other content it has no effect, whatever the answer.
        let mut other = first.clone();
        (other.act, other.at) = (add_person("xia"), house.now);
        match house.registrar().submit(other).await {
            Ok(answer) => assert!(answer.repeated && answer.events.is_empty(), "{answer:?}"),
            Err(error) => assert!(matches!(error, SubmitError::Refused(_)), "{error}"),
        }
        // Another actor who could do it, and one who could not.
        house.must("office", promote(&format!("second-office-{restart}"))).await;
        let hash_now = house.hash();
        let mut taken = first.clone();
        (taken.actor, taken.at) = (actor(&format!("second-office-{restart}")), house.now);
        let refused = house.registrar().submit(taken.clone()).await.expect_err("it is taken");
        let expected = Refusal::CommandIdTaken(first.id.clone());
        assert!(matches!(&refused, SubmitError::Refused(it) if *it == expected), "{refused}");
        taken.actor = actor("idle");
        let denied = house.registrar().submit(taken).await.expect_err("it may not");
        assert!(matches!(denied, SubmitError::Denied(_)), "{denied}");
        assert_eq!(house.hash(), hash_now);
        assert!(!house.record().people.contains_key(&id("xia")));
    }
    assert_ne!(house.hash(), hash);
}

/// One more person of the governance office.
fn promote(handle: &str) -> Act {
    let mut person = person(handle);
    person.roles.insert("governance-office".into());
    Act::AddPerson(person)
}

#[tokio::test]
async fn without_salts_nothing_is_kept_and_work_goes_on_once_there_are_some() {
    let home = Home::new();
    let dry = Arc::new(AtomicBool::new(false));
    let well = Arc::clone(&dry);
    let salts = Box::new(move |seq| match well.load(Ordering::SeqCst) {
        // Even when they run out in the middle of a command.
        true if seq > 0 => Err(EntropyError("the well is dry".into())),
        _ => Ok([9; 32]),
    });
    let opened = Registrar::open(home.ledger().await, salts).await.expect("it opens");
    let mut house = House::of(home, opened);
    house.must("@installer", found()).await;
    dry.store(true, Ordering::SeqCst);
    let hash = house.hash();
    let submission = house.next("office", add_person("zoe"));
    let refused = house.registrar().submit(submission.clone()).await.expect_err("no salt");
    assert_eq!(refused.to_string(), "no entropy could be drawn: the well is dry; nothing was kept");
    assert_eq!((house.hash(), on_disk(&house.home).await.next_seq), (hash, 1));
    dry.store(false, Ordering::SeqCst);
    let done = house.registrar().submit(submission).await.expect("it is accepted");
    assert_eq!((done.first_seq, done.repeated), (Some(1), false));
}

#[tokio::test]
async fn a_crash_at_any_step_loses_nothing_acknowledged() {
    for point in CrashPoint::ALL {
        let home = House::founded().await.close().await;
        let mut ledger = home.ledger().await;
        ledger.crash_at(point);
        let opened = Registrar::open(ledger, salts()).await.expect("it opens");
        let mut house = House::of(home, opened);
        let mut acknowledged = Vec::new();
        let mut lost = Vec::new();
        for handle in ["zoe", "yan", "xia"] {
            let submission = house.next("office", add_person(handle));
            match house.registrar().submit(submission.clone()).await {
                Ok(done) => acknowledged.push((done.events, handle)),
                Err(error) => {
                    let named = matches!(
                        error,
                        SubmitError::Stopped
                            | SubmitError::Storage(
                                LedgerError::Crashed { .. } | LedgerError::Poisoned { .. }
                            )
                    );
                    assert!(named, "{point:?}: {error}");
                    lost.push((submission, handle));
                }
            }
        }
        assert!(!lost.is_empty(), "{point:?}: the writer went on after a crash");
        assert!(!house.registrar().is_open(), "{point:?}");
        let kept = house.record();
        let house = house.close().await.open().await;
        let events = stored(house.registrar()).await;
        for (acknowledged, handle) in acknowledged {
            for event in acknowledged {
                let seq = usize::try_from(event.seq).expect("few");
                assert_eq!(events[seq], event, "{point:?}: {handle}");
            }
        }
        assert!(house.record().next_seq >= kept.next_seq, "{point:?}");
        // Whether or not it had reached the disk, a retry gives it one effect.
        for (submission, handle) in lost {
            house.registrar().submit(submission).await.expect("a retry is accepted");
            assert!(house.record().people.contains_key(&id(handle)), "{point:?}: {handle}");
        }
        assert_eq!(house.record().next_seq, 4, "{point:?}");
        // Under an id that none of the retries had: a house numbers on from what is on record.
        let mut house = house.reopened().await;
        house.must("office", add_person("will")).await;
        let home = house.close().await;
        verify(&home.path(), None).await.unwrap_or_else(|error| panic!("{point:?}: {error}"));
    }
}

/// The events as they are stored.
pub async fn stored(registrar: &Registrar) -> Vec<Event> {
    let reader = registrar.reader();
    let size = reader.size().await.expect("it is readable");
    let entries = reader.entries(0..size).await.expect("they are sound");
    let read = entries.iter().map(|it| serde_json::from_slice(&it.body).expect("an event"));
    read.collect()
}

#[tokio::test]
async fn each_stored_event_says_who_when_and_by_what_authority() {
    let mut house = House::furnished().await;
    house.goes_live("v1", plan("log.csv")).await;
    let pack = packs::builtin::rights().expect("it is built in");
    let policy_set = rights::Rights::new(&pack).expect("it is sound").hash().to_owned();
    let reader = house.registrar().reader();
    let entries = reader.entries(0..1000).await.expect("they are sound");
    assert_eq!(entries.len() as u64, house.record().next_seq);
    for (entry, event) in entries.iter().zip(stored(house.registrar()).await) {
        // A1.
        let authority = &event.authority;
        let at = event.seq;
        assert!(!authority.policies.is_empty(), "event {at}");
        assert!(authority.policies.iter().all(|policy| policy.starts_with('P')), "event {at}");
        // Of a person the policies read something; a service is what it is.
        assert_eq!(authority.facts.is_empty(), event.actor.person().is_none(), "event {at}");
        assert_eq!(authority.policy_set, policy_set);
        // What people read without the bodies is what the bodies say.
        let change = serde_json::to_value(&event.change).expect("plain data");
        let (kind, change) = change.as_object().and_then(|it| it.iter().next()).expect("a tag");
        assert_eq!(entry.kind, *kind);
        let about = change.get("use_case").and_then(|it| it.as_str()).unwrap_or("hospital");
        assert_eq!(entry.stream, about);
        assert_eq!(entry.actor, event.actor.to_string());
        assert_eq!(entry.command_id, event.command.to_string());
        assert_eq!(entry.recorded_at_ms, event.at.as_millisecond());
        assert_eq!(entry.seq, event.seq);
    }
}

#[tokio::test]
async fn the_folder_is_free_once_the_last_handle_is_dropped() {
    let mut house = House::founded().await;
    let clone = house.registrar().clone();
    let dir = house.home.path();
    house.must("office", add_person("zoe")).await;
    let locked = Ledger::open(&dir).await.expect_err("it is being written to");
    assert!(matches!(locked, LedgerError::Locked { .. }), "{locked}");
    let House { home, opened, now, .. } = house;
    drop(opened.registrar);
    // One handle is left: the writer serves it.
    let at = now + jiff::SignedDuration::from_hours(1);
    clone.submit(submission("late", at, "office", add_person("yan"))).await.expect("it is served");
    assert!(Ledger::open(&dir).await.is_err());
    let (record, watching) = (clone.record(), clone.clone());
    drop(clone);
    assert!(!opened.writer.is_finished(), "a clone that only watches is a handle too");
    assert!(watching.is_open());
    drop(watching);
    opened.writer.await.expect("the writer ends well");
    assert_eq!(home.open().await.record(), record);
}
