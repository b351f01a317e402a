//! Folding stored events back: from zero, from a snapshot, as of a time, and when bytes are bad.

use crate::durable::stored;
use crate::house::*;
use governance::{Event, Record, apply};
use jiff::{SignedDuration, Timestamp};
use ledger::{Batch, LedgerError, NewEntry, Snapshot};
use registrar::{Registrar, ReplayError, record_at, replay};
use sqlx::{Connection, SqliteConnection};

/// A hospital with a live use case and enough people for a snapshot to be worth it.
async fn large() -> House {
    let mut house = House::furnished().await;
    house.goes_live("v1", plan("log.csv")).await;
    for number in 0..60 {
        house.must("office", add_person(&format!("p-{number}"))).await;
    }
    house
}

#[tokio::test]
async fn a_snapshot_and_all_events_fold_to_the_same_record() {
    let house = large().await;
    let (record, hash) = (house.record(), house.hash());
    let mut house = house.reopened().await;
    assert_eq!((house.hash(), house.record()), (hash, record.clone()));
    let reader = house.registrar().reader().clone();
    let from_snapshot = replay(&reader, true).await.expect("it folds");
    assert_eq!(from_snapshot.from_snapshot, record.next_seq, "the close saved a snapshot");
    let from_zero = replay(&reader, false).await.expect("it folds");
    assert_eq!((from_zero.from_snapshot, &from_zero.record), (0, &from_snapshot.record));

    // R3: a snapshot and the events after it, too few for another one.
    house.must("office", add_person("zoe")).await;
    house.must("office", add_person("yan")).await;
    let record = house.record();
    let house = house.reopened().await;
    let reader = house.registrar().reader();
    let from_snapshot = replay(reader, true).await.expect("it folds");
    assert_eq!(from_snapshot.from_snapshot, record.next_seq - 2);
    let from_zero = replay(reader, false).await.expect("it folds");
    assert_eq!((&from_zero.record, &from_snapshot.record), (&*record, &*record));
    assert_eq!(house.record(), record);
}

#[tokio::test]
async fn a_short_record_starts_without_a_snapshot() {
    let house = House::furnished().await.reopened().await;
    let folded = replay(house.registrar().reader(), true).await.expect("it folds");
    assert_eq!((folded.from_snapshot, folded.record), (0, (*house.record()).clone()));
}

/// The events up to and including an instant, folded one by one.
fn by_hand(events: &[Event], at: Timestamp) -> Record {
    let mut record = Record::default();
    for event in events.iter().filter(|event| event.at <= at) {
        apply(&mut record, event).expect("it fits");
    }
    record.settle();
    record
}

#[tokio::test]
async fn the_record_as_of_a_time_holds_what_happened_until_then() {
    let house = large().await;
    let events = stored(house.registrar()).await;
    let reader = house.registrar().reader();
    let nano = SignedDuration::from_nanos(1);
    let mut sizes = std::collections::BTreeSet::new();
    for event in events.iter().step_by(7).chain(events.last()) {
        for at in [event.at - nano, event.at, event.at + nano] {
            let record = record_at(reader, at).await.expect("it folds");
            assert_eq!(record, by_hand(&events, at), "{at}");
            sizes.insert(record.next_seq);
        }
    }
    assert!(sizes.len() > 15, "{sizes:?}");
    for (at, expected) in [(Timestamp::MIN, 0), (Timestamp::MAX, house.record().next_seq)] {
        assert_eq!(record_at(reader, at).await.expect("it folds").next_seq, expected);
    }
}

/// Changes `record.db` behind the ledger's back.
async fn tamper(home: &Home, sql: &str) {
    let url = format!("sqlite://{}", home.path().join("record.db").display());
    let mut database = SqliteConnection::connect(&url).await.expect("it opens");
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    let done = sqlx::raw_sql(sql).execute(&mut database).await.expect("it runs");
    assert_eq!(done.rows_affected(), 1);
    database.close().await.expect("it closes");
}

#[tokio::test]
async fn a_bad_stored_byte_is_an_error_that_names_it() {
    for (sql, expected) in [
        (
            "UPDATE entries SET body = CAST(replace(body, 'idle', 'idol') AS BLOB) WHERE seq = 0",
            "event 0: entries.body, row `0`",
        ),
        (
            "UPDATE entries SET body = CAST('{}' AS BLOB) WHERE seq = 3",
            "event 3: entries.body, row `3`",
        ),
        ("UPDATE entries SET salt = zeroblob(32) WHERE seq = 2", "event 2: entries.body, row `2`"),
        ("UPDATE entries SET actor = 'chair' WHERE seq = 1", "event 1: entries.actor, row `1`"),
    ] {
        let home = House::furnished().await.close().await;
        tamper(&home, sql).await;
        let refused = match Registrar::open(home.ledger().await, salts()).await {
            Err(error) => error,
            Ok(_) => panic!("{sql}: it opened"),
        };
        let corrupt = matches!(refused, ReplayError::Storage(LedgerError::Corrupt(_)));
        assert!(corrupt, "{sql}: {refused:?}");
        assert!(refused.to_string().contains(expected), "{sql}: {refused}");
    }
}

#[tokio::test]
async fn a_bad_byte_in_a_snapshot_is_told_and_all_events_still_fold() {
    let house = large().await;
    let record = house.record();
    let home = house.close().await;
    tamper(&home, "UPDATE snapshots SET bytes = CAST(replace(bytes, 'first', 'fist') AS BLOB)")
        .await;
    let ledger = home.ledger().await;
    let folded = replay(ledger.reader(), true).await.expect("the events are sound");
    let told = folded.unused.expect("the snapshot is bad");
    assert!(told.contains("snapshots.bytes"), "{told}");
    assert_eq!((folded.from_snapshot, &folded.record), (0, &*record));
    // It opens, says so, and saves a good one at the end.
    let opened = Registrar::open(ledger, salts()).await.expect("it opens");
    assert_eq!(opened.registrar.unused_snapshot(), Some(told.as_str()));
    drop(opened.registrar);
    opened.writer.await.expect("the writer ends well");
    let ledger = home.ledger().await;
    let folded = replay(ledger.reader(), true).await.expect("it folds");
    assert_eq!((folded.from_snapshot, folded.unused), (record.next_seq, None));
    assert_eq!(folded.record, *record);
}

#[tokio::test]
async fn a_snapshot_that_does_not_fit_is_told_and_not_used() {
    let house = House::furnished().await;
    let record = house.record();
    let home = house.close().await;
    let good = registrar::freeze(&record).expect("plain data");
    let (state_hash, size) = (good.state_hash, good.size);
    let with = |bytes: Vec<u8>| Snapshot { size, state_hash, bytes };
    let mut cases = vec![
        (Snapshot { size: size - 1, ..good.clone() }, "holds 6 events"),
        (with(b"{".to_vec()), "is of another version"),
        (with(Vec::new()), "is of another version"),
        (with(serde_json::to_vec(&*record).expect("plain data")), "is of another version"),
        (with([good.bytes.clone(), b"x".to_vec()].concat()), "is cut off"),
        (with(good.bytes[..good.bytes.len() - 1].to_vec()), "is cut off"),
        (with(good.bytes[..good.bytes.len() / 2].to_vec()), "is cut off"),
    ];
    // A part that is no part.
    let start = good.bytes.iter().position(|&byte| byte == b'\n').expect("a first line") + 1;
    let json = |text: &str| [b"J", &lz4_flex::compress_prepend_size(text.as_bytes())[..]].concat();
    for (part, expected) in [
        (json("{\"rest\":{}}"), "missing field"),
        (json("{\"use_cases\":[1]}"), "invalid type"),
        (json("{\"nothing\":[]}"), "unknown variant"),
        (b"J".to_vec(), "expected another byte"),
        (b"Cut off".to_vec(), "in the middle of a command"),
        (b"Evidence".to_vec(), "is cut off in a leaf"),
        (b"O\x02\0\0\0\0\0\0\0{}\0\0\0\0\0\0\0\0".to_vec(), "missing field"),
        (b"what".to_vec(), "is of no known kind"),
        (b"".to_vec(), "is empty"),
    ] {
        let length = (part.len() as u64).to_le_bytes();
        cases.push((with([&good.bytes[..start], &length, &part].concat()), expected));
    }
    for (snapshot, expected) in cases {
        let mut ledger = home.ledger().await;
        ledger.snapshot_save(&snapshot).await.expect("the ledger does not look into it");
        let folded = replay(ledger.reader(), true).await.expect("the events are sound");
        let told = folded.unused.expect("it cannot be used");
        assert!(told.contains(expected) && told.contains("`snapshots`"), "{told}");
        assert_eq!((folded.from_snapshot, &folded.record), (0, &*record));
        ledger.close().await.expect("it closes");
    }
}

#[tokio::test]
async fn a_record_reads_back_from_its_parts_whatever_their_number() {
    let house = large().await;
    let record = house.record();
    let parts = record.to_parts().expect("plain data");
    assert!(parts.len() > 5, "every kind of part: {}", parts.len());
    let read = |part: Vec<u8>| governance::Part::read(governance::Chunk::of(part));
    let read = parts.into_iter().map(|part| read(part).expect("it reads back"));
    let again = Record::of_parts(read);
    assert_eq!(again, *record);
    assert_eq!(again.index(), record.index());
    assert_eq!(again.state_hash().expect("plain data"), house.hash());
}

/// What the ledger keeps faithfully may still be no event of ours.
#[tokio::test]
async fn a_stored_body_that_does_not_fold_is_an_error_that_names_the_event() {
    let house = House::furnished().await;
    let mut event = stored(house.registrar()).await.pop().expect("there are events");
    let home = house.close().await;
    let size = event.seq + 1;
    event.seq = size + 4;
    let misplaced = serde_json::to_vec(&event).expect("plain data");
    for (body, expected) in [
        (b"{}".to_vec(), "event 6: missing field"),
        (b"no json".to_vec(), "event 6: expected ident"),
        (misplaced, "event 10 does not fit the record before it: event 6 is due"),
    ] {
        let copy = Home::new();
        std::fs::create_dir_all(copy.path()).expect("it is made");
        for file in std::fs::read_dir(home.path()).expect("it is there") {
            let file = file.expect("a file");
            std::fs::copy(file.path(), copy.path().join(file.file_name())).expect("it copies");
        }
        let mut ledger = copy.ledger().await;
        let entry = NewEntry {
            stream: "hospital".into(),
            kind: "forged".into(),
            recorded_at_ms: 0,
            actor: "office".into(),
            command_id: "forged".into(),
            body,
            salt: [1; 32],
        };
        let batch = Batch {
            expected_seq: size,
            entries: vec![entry],
            documents: Vec::new(),
            erased: Vec::new(),
        };
        ledger.append(&batch).await.expect("the ledger does not look into it");
        let refused = match Registrar::open(ledger, salts()).await {
            Err(error) => error,
            Ok(_) => panic!("{expected}: it opened"),
        };
        assert!(refused.to_string().contains(expected), "{refused}");
        assert!(refused.to_string().contains("verify the log"), "{refused}");
        assert!(!matches!(refused, ReplayError::Storage(_)), "{refused:?}");
    }
}
