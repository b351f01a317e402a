//! Appending and loading.

use ledger::{Batch, Ledger, LedgerError, Reader, Snapshot, document_hash, verify};
use tlog::{Checkpoint, Hash, Verifier};

use crate::common::{Home, batch, options};

#[tokio::test]
async fn what_is_appended_comes_back_and_is_proved() {
    let home = Home::new();
    let mut ledger = home.create().await;
    assert_eq!((ledger.size(), ledger.root()), (0, Hash::EMPTY_ROOT));
    let mut expected = Vec::new();
    for count in [1, 3, 2] {
        let batch = batch(ledger.size(), count);
        let appended = ledger.append(&batch).await.unwrap();
        assert_eq!(appended.first_seq + count, appended.next_seq);
        assert_eq!((appended.next_seq, appended.root), (ledger.size(), ledger.root()));
        expected.extend(batch.entries);
    }
    assert_eq!(ledger.publish().await.unwrap(), 6);
    let (vkey, root) = (ledger.vkey(), ledger.root());
    ledger.close().await.unwrap();

    let ledger = home.open().await;
    assert_eq!((ledger.size(), ledger.published(), ledger.root()), (6, 6, root));
    let reader = ledger.reader();
    let stored = reader.entries(0..u64::MAX).await.unwrap();
    assert_eq!(stored.len(), expected.len());
    for (seq, (stored, new)) in (0..).zip(stored.iter().zip(&expected)) {
        assert_eq!(stored.seq, seq);
        assert_eq!((&stored.stream, &stored.kind), (&new.stream, &new.kind));
        assert_eq!((&stored.actor, &stored.command_id), (&new.actor, &new.command_id));
        assert_eq!(stored.recorded_at_ms, new.recorded_at_ms);
        assert_eq!((&stored.body, stored.salt), (&new.body, new.salt));
        let receipt = reader.receipt(seq).await.unwrap();
        let verifiers = [Verifier::from_vkey(&vkey).unwrap()];
        let leaf = Hash::of_leaf(&stored.envelope);
        assert_eq!(receipt.verify(leaf, &verifiers).unwrap().size(), 6);
    }
    assert_eq!(reader.entries(2..4).await.unwrap(), stored[2..4]);

    let verified = verify(&home.dir(), Some(&vkey)).await.unwrap();
    assert_eq!((verified.events, verified.published, verified.documents), (6, 6, 3));
    assert_eq!((verified.checkpoints, verified.root, verified.vkey), (2, root, vkey));
}

#[tokio::test]
async fn the_envelope_is_what_the_documents_promise() {
    let home = Home::filled(1).await;
    let reader = Reader::open(&home.dir()).await.unwrap();
    let entry = reader.entries(0..1).await.unwrap().remove(0);
    let body_hash = hex::encode(ledger::body_hash(&entry.salt, &entry.body));
    let expected = [
        r#"{"v":1,"seq":0,"stream":"UC-0","kind":"noted","recorded_at":1700000000000,"#,
        r#""actor":"person-ä","command_id":"command-0","body_hash":""#,
        &body_hash,
        r#""}"#,
    ];
    let expected = expected.concat();
    assert_eq!(String::from_utf8(entry.envelope).unwrap(), expected);
}

#[tokio::test]
async fn refused_batches_keep_nothing_and_the_ledger_goes_on() {
    let home = Home::new();
    let mut ledger = home.create().await;
    ledger.append(&batch(0, 2)).await.unwrap();

    let conflict = |expected, actual| LedgerError::Conflict { expected, actual }.to_string();
    let repeated = Batch { expected_seq: 2, ..batch(0, 1) };
    let mut returning = batch(2, 3);
    returning.entries[1].command_id = "between".to_owned();
    let mut long = batch(2, 2);
    long.entries[1].stream = "x".repeat(ledger::ENVELOPE_LIMIT);
    let duplicate = |id: &str| LedgerError::DuplicateCommand { command_id: id.into() }.to_string();
    for (refused, message) in [
        (batch(1, 1), conflict(1, 2)),
        (batch(3, 1), conflict(3, 2)),
        (Batch { expected_seq: 2, ..Batch::default() }, LedgerError::EmptyBatch.to_string()),
        (repeated, duplicate("command-0")),
        (returning, duplicate("command-2")),
        (long, "entry 1 of the batch has an envelope of 65729 bytes, more than 65535".to_owned()),
    ] {
        let error = ledger.append(&refused).await.unwrap_err().to_string();
        assert!(error.starts_with(&message), "{error}");
        assert_eq!(ledger.reader().size().await.unwrap(), 2);
    }
    ledger.append(&batch(2, 1)).await.unwrap();
    ledger.close().await.unwrap();
    assert_eq!(verify(&home.dir(), None).await.unwrap().documents, 2);
}

#[tokio::test]
async fn documents_snapshots_and_facts_come_back() {
    let home = Home::new();
    let mut ledger = home.create().await;
    let both = Batch { documents: vec![b"one".to_vec(), b"one".to_vec()], ..batch(0, 2) };
    ledger.append(&both).await.unwrap();
    assert_eq!(ledger.reader().document(document_hash(b"one")).await.unwrap(), b"one");
    let absent = ledger.reader().document(document_hash(b"two")).await.unwrap_err();
    assert!(matches!(absent, LedgerError::NoSuchDocument { .. }));

    assert_eq!(ledger.reader().snapshot_latest().await.unwrap(), None);
    let snapshot = |size| Snapshot { size, state_hash: [9; 32], bytes: b"state".to_vec() };
    for size in [1, 2] {
        ledger.snapshot_save(&snapshot(size)).await.unwrap();
    }
    let ahead = ledger.snapshot_save(&snapshot(3)).await.unwrap_err();
    assert!(matches!(ahead, LedgerError::SnapshotAhead { snapshot: 3, size: 2 }));
    assert_eq!(ledger.reader().snapshot_latest().await.unwrap(), Some(snapshot(2)));

    assert_eq!(ledger.reader().meta_get("clock").await.unwrap(), None);
    for value in ["then", "now"] {
        ledger.meta_set("clock", value).await.unwrap();
        assert_eq!(ledger.reader().meta_get("clock").await.unwrap().as_deref(), Some(value));
    }
    assert!(matches!(ledger.meta_set("ledger.vkey", "x").await, Err(LedgerError::Name { .. })));
    ledger.close().await.unwrap();
    verify(&home.dir(), None).await.unwrap();
}

#[tokio::test]
async fn a_task_may_own_the_ledger() {
    let home = Home::new();
    let mut ledger = home.create().await;
    let task = tokio::spawn(async move {
        ledger.append(&batch(0, 1)).await.unwrap();
        ledger.publish().await.unwrap();
        ledger.close().await.unwrap();
    });
    task.await.unwrap();
    let dir = home.dir();
    let verified = tokio::spawn(async move { verify(&dir, None).await }).await.unwrap();
    assert_eq!(verified.unwrap().published, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_verifies_while_it_is_written() {
    let home = Home::new();
    let mut ledger = home.create().await;
    let writer = tokio::spawn(async move {
        for seq in 0..300 {
            ledger.append(&batch(seq, 1)).await.unwrap();
            if seq % 3 == 0 {
                ledger.publish().await.unwrap();
            }
        }
    });
    let (mut last, mut moved) = (0, 0);
    while !writer.is_finished() {
        let verified = verify(&home.dir(), None).await.unwrap();
        assert!(verified.events >= last);
        moved += u32::from(verified.events > last);
        last = verified.events;
    }
    writer.await.unwrap();
    assert!(moved > 1, "the verification never ran beside the writer");
}

#[tokio::test]
async fn recorded_comes_before_published() {
    let home = Home::new();
    let mut ledger = home.create().await;
    ledger.append(&batch(0, 2)).await.unwrap();
    let reader = Ledger::open_reader(&home.dir()).await.unwrap();
    assert_eq!(reader.size().await.unwrap(), 2);
    let early = reader.receipt(1).await.unwrap_err();
    assert!(matches!(early, LedgerError::NotPublished { seq: 1, published: 0 }), "{early}");
    let verified = verify(&home.dir(), None).await.unwrap();
    assert_eq!((verified.events, verified.published), (2, 0));

    ledger.publish().await.unwrap();
    ledger.publish().await.unwrap();
    let verifiers = [Verifier::from_vkey(&reader.vkey()).unwrap()];
    let note = reader.checkpoint().await.unwrap();
    let checkpoint = Checkpoint::open(&note, &verifiers).unwrap();
    assert_eq!((checkpoint.size(), checkpoint.root()), (2, ledger.root()));
    assert_eq!(checkpoint.origin(), options().origin);
    let beyond = reader.receipt(2).await.unwrap_err();
    assert!(matches!(beyond, LedgerError::NoSuchEvent { seq: 2, size: 2 }), "{beyond}");
}

#[tokio::test]
async fn a_record_longer_than_a_page_opens_and_verifies() {
    let home = Home::new();
    let mut ledger = home.create().await;
    ledger.append(&batch(0, 5000)).await.unwrap();
    let root = ledger.root();
    // Not published: opening walks the events themselves; the second time only their leaf hashes.
    for _ in 0..2 {
        ledger.close().await.unwrap();
        ledger = home.open().await;
        assert_eq!((ledger.size(), ledger.published(), ledger.root()), (5000, 5000, root));
    }
    let receipt = ledger.reader().receipt(4999).await.unwrap();
    assert_eq!(receipt.index, 4999);
    assert_eq!(verify(&home.dir(), None).await.unwrap().root, root);
}
