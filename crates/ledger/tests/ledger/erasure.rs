//! A document is erased with an event that says so, and not without.

use ledger::{Batch, ERASURE, LedgerError, document_hash, verify};

use crate::common::{Home, batch};

/// The batch that erases the document of event 0, as event `seq`.
fn erasing(seq: u64) -> Batch {
    let hash = document_hash(b"document of 0");
    let mut batch = Batch { documents: Vec::new(), erased: vec![hash], ..batch(seq, 1) };
    batch.entries[0].kind = ERASURE.to_owned();
    batch.entries[0].body = format!(r#"{{"document":"{}"}}"#, hex::encode(hash)).into_bytes();
    batch
}

/// A closed record of three events and an erasure.
async fn erased() -> Home {
    let home = Home::filled(3).await;
    let mut ledger = home.open().await;
    ledger.append(&erasing(3)).await.unwrap();
    ledger.publish().await.unwrap();
    ledger.close().await.unwrap();
    home
}

#[tokio::test]
async fn the_bytes_go_and_the_record_still_verifies() {
    let home = erased().await;
    let verified = verify(&home.dir(), None).await.unwrap();
    assert_eq!((verified.events, verified.documents), (4, 2));
    for file in std::fs::read_dir(home.dir()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let text = b"document of 0";
        assert!(!bytes.windows(text.len()).any(|window| window == text), "it is on the disk");
    }
    let mut ledger = home.open().await;
    let hash = document_hash(b"document of 0");
    let gone = ledger.reader().document(hash).await.unwrap_err();
    assert!(matches!(gone, LedgerError::Erased { seq: 3, .. }), "{gone:?}");
    // What was erased does not come back with another event.
    let again = Batch { documents: vec![b"document of 0".to_vec()], ..batch(4, 1) };
    ledger.append(&again).await.unwrap();
    assert!(ledger.reader().document(hash).await.is_err());
    assert!(ledger.reader().document(document_hash(b"document of 1")).await.is_ok());
    ledger.close().await.unwrap();
    verify(&home.dir(), None).await.unwrap();
}

#[tokio::test]
async fn nothing_is_erased_without_an_event_that_says_so() {
    let home = Home::filled(3).await;
    let mut ledger = home.open().await;
    let silent = Batch { erased: vec![document_hash(b"document of 0")], ..batch(3, 1) };
    let mut other = erasing(3);
    other.erased = vec![document_hash(b"document of 1")];
    for batch in [silent, other] {
        let refused = ledger.append(&batch).await.unwrap_err();
        assert!(matches!(refused, LedgerError::NoTombstone { .. }), "{refused:?}");
        assert!(ledger.reader().document(document_hash(b"document of 0")).await.is_ok());
    }
    assert_eq!(ledger.append(&erasing(3)).await.unwrap().next_seq, 4);
}

#[tokio::test]
async fn a_tombstone_and_its_event_belong_together() {
    let zeros = "x'0000000000000000000000000000000000000000000000000000000000000000'";
    for (change, problem) in [
        ("DELETE FROM erasures".to_owned(), "is missing, though its event erased a document"),
        (format!("UPDATE erasures SET hash = {zeros}"), "is not the document"),
        ("UPDATE erasures SET seq = 2".to_owned(), "is of no event that erased a document"),
        (
            "INSERT INTO documents (hash, bytes) \
             SELECT hash, CAST('document of 0' AS BLOB) FROM erasures"
                .to_owned(),
            "is there, though it was erased",
        ),
    ] {
        let home = erased().await;
        assert_eq!(home.tamper("record.db", &change).await, 1, "{change}");
        let findings = home.findings().await;
        let told = findings.faults().iter().any(|fault| fault.to_string().contains(problem));
        assert!(told, "{change}: {findings}");
    }
}
