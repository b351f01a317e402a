//! One wrong byte, anywhere, is found and named.

use ledger::{Ledger, LedgerError, Reader, Snapshot, verify};
use sqlx::{Connection, SqliteConnection};

use crate::common::{Home, batch};

/// A closed record of three events with everything a record can hold.
async fn full() -> Home {
    let home = Home::filled(3).await;
    let mut ledger = home.open().await;
    let snapshot = Snapshot { size: 3, state_hash: [1; 32], bytes: b"state".to_vec() };
    ledger.snapshot_save(&snapshot).await.unwrap();
    ledger.meta_set("clock", "2026").await.unwrap();
    ledger.close().await.unwrap();
    home
}

/// Flips one bit of every byte of `column` in every row of `table`, one at a time, and verifies
/// each time. The key is what orders the rows and, where `events`, the event that must be named.
async fn flip_each_byte(file: &str, table: &str, key: &str, column: &str, events: bool) {
    let home = full().await;
    let url = format!("sqlite://{}", home.dir().join(file).display());
    let query = format!(
        "SELECT CAST({key} AS TEXT), CAST({column} AS BLOB), typeof({column}) FROM {table} \
         ORDER BY {key}"
    );
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    let rows: Vec<(String, Vec<u8>, String)> =
        sqlx::query_as(sqlx::AssertSqlSafe(query)).fetch_all(&mut database).await.unwrap();
    assert!(!rows.is_empty(), "{table}.{column}");
    let set = format!("UPDATE {table} SET {column} = CAST(?1 AS ");
    for (row, good, kind) in rows {
        let set = format!("{set}{kind}) WHERE CAST({key} AS TEXT) = ?2");
        let write = |bytes: Vec<u8>| {
            sqlx::query(sqlx::AssertSqlSafe(set.clone())).bind(bytes).bind(row.clone())
        };
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1 << ((at + 4) % 8);
            let changed = write(bad).execute(&mut database).await.unwrap();
            assert_eq!(changed.rows_affected(), 1);
            let findings = home.findings().await;
            let faults = findings.faults();
            let named = faults.iter().any(|fault| {
                let event = fault.event().map(|event| event.to_string());
                if events { event == Some(row.clone()) } else { fault.table() == table }
            });
            assert!(named, "{table}.{column} row {row} byte {at}: {findings}: {faults:?}");
            write(good.clone()).execute(&mut database).await.unwrap();
        }
    }
    database.close().await.unwrap();
    verify(&home.dir(), None).await.unwrap();
}

#[tokio::test]
async fn each_byte_of_an_event_is_guarded() {
    for column in ["body", "salt", "envelope", "leaf_hash"] {
        flip_each_byte("record.db", "entries", "seq", column, true).await;
    }
}

#[tokio::test]
async fn each_byte_of_an_events_columns_is_guarded() {
    for column in ["stream", "kind", "actor", "command_id"] {
        flip_each_byte("record.db", "entries", "seq", column, true).await;
    }
}

#[tokio::test]
async fn each_byte_beside_the_events_is_guarded() {
    for (table, key, columns) in [
        ("documents", "rowid", &["hash", "bytes"][..]),
        ("checkpoints", "size", &["note"]),
        ("snapshots", "size", &["state_hash", "bytes", "digest"]),
        ("meta", "rowid", &["key", "value", "digest"]),
    ] {
        for column in columns {
            flip_each_byte("record.db", table, key, column, false).await;
        }
    }
    flip_each_byte("lock.db", "signed", "id", "note", false).await;
}

#[tokio::test]
async fn each_byte_of_an_event_in_the_file_is_guarded() {
    let home = full().await;
    let path = home.dir().join("record.db");
    let good = std::fs::read(&path).unwrap();
    for seq in 0..3 {
        // The command id also stands in the envelope and in the index.
        for (text, places) in [(format!("body of {seq}"), 1), (format!("command-{seq}"), 3)] {
            let text = text.as_bytes();
            let found: Vec<usize> =
                (0..good.len()).filter(|at| good[*at..].starts_with(text)).collect();
            assert_eq!(found.len(), places);
            for at in found.into_iter().flat_map(|start| start..start + text.len()) {
                let mut bad = good.clone();
                bad[at] ^= 0x10;
                std::fs::write(&path, &bad).unwrap();
                let findings = home.findings().await;
                let named = findings.faults().iter().any(|fault| fault.event() == Some(seq));
                assert!(named, "event {seq} byte {at}: {:?}", findings.faults());
            }
        }
    }
}

#[tokio::test]
async fn each_byte_of_a_documents_hash_in_the_file_is_guarded() {
    let home = full().await;
    let path = home.dir().join("record.db");
    let good = std::fs::read(&path).unwrap();
    let hash = ledger::document_hash(b"document of 1");
    let found: Vec<usize> = (0..good.len()).filter(|at| good[*at..].starts_with(&hash)).collect();
    assert_eq!(found.len(), 2, "in the table and in its index");
    for at in found.into_iter().flat_map(|start| start..start + hash.len()) {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        std::fs::write(&path, &bad).unwrap();
        home.findings().await;
    }
}

#[tokio::test]
async fn a_snapshot_of_more_events_than_there_are_is_named() {
    let home = full().await;
    home.tamper("record.db", "DELETE FROM entries WHERE seq = 2").await;
    let findings = home.findings().await;
    let expected = "snapshots.size, row `3`: is of more events than the 2 there are";
    assert!(findings.faults().iter().any(|fault| fault.to_string() == expected), "{findings:?}");
}

#[tokio::test]
async fn opening_names_a_missing_event() {
    let home = full().await;
    home.tamper("record.db", "DELETE FROM entries WHERE seq = 1").await;
    let refused = Ledger::open(&home.dir()).await.unwrap_err().to_string();
    assert!(refused.contains("event 1: entries.seq, row `2`: follows a gap"), "{refused}");
}

#[tokio::test]
async fn changed_rows_are_named() {
    let swap = "UPDATE entries SET seq = 9 WHERE seq = 0; \
                UPDATE entries SET seq = 0 WHERE seq = 1; \
                UPDATE entries SET seq = 1 WHERE seq = 9";
    let replay = "INSERT INTO entries SELECT 3, stream, kind, recorded_at, actor, command_id, 1, \
                  envelope, leaf_hash, salt, body FROM entries WHERE seq = 2";
    for (file, sql, expected) in [
        ("record.db", "DELETE FROM entries WHERE seq = 0", "event 0: entries.seq"),
        ("record.db", "DELETE FROM entries WHERE seq = 1", "event 1: entries.seq"),
        ("record.db", "DELETE FROM entries WHERE seq = 2", "event 2: checkpoints.size"),
        ("record.db", "DELETE FROM entries", "event 0: checkpoints.size"),
        ("record.db", "UPDATE entries SET seq = 7 WHERE seq = 1", "event 1: entries.seq"),
        ("record.db", swap, "event 0: entries.envelope"),
        ("record.db", replay, "event 3: entries.envelope"),
        (
            "record.db",
            "UPDATE entries SET recorded_at = 1 WHERE seq = 2",
            "event 2: entries.recorded_at",
        ),
        ("record.db", "UPDATE entries SET part = 1 WHERE seq = 2", "event 2: entries.part"),
        (
            "record.db",
            "UPDATE checkpoints SET size = 1 WHERE size = 2",
            "checkpoints.size, row `1`",
        ),
        ("record.db", "DELETE FROM checkpoints", "checkpoints.size, row `0`: is missing"),
        ("record.db", "UPDATE snapshots SET size = 4", "snapshots.bytes, row `4`"),
        ("record.db", "DELETE FROM meta", "meta.value, row `ledger.vkey`: gives no verifier key"),
        ("record.db", "CREATE VIEW other AS SELECT 1", "schema.sql, row `other`: does not belong"),
        ("record.db", "DROP INDEX entries_by_command", "schema.sql, row `entries_by_command`"),
        ("lock.db", "UPDATE signed SET size = 2", "signed.size, row `2`: is not the signed size 3"),
        ("lock.db", "DELETE FROM signed", "signed.id, row `1`: is missing"),
        ("lock.db", "CREATE TABLE other (x)", "schema.sql, row `other`: does not belong"),
    ] {
        let home = full().await;
        home.tamper(file, sql).await;
        match verify(&home.dir(), None).await {
            Err(ledger::VerifyError::Faults(findings)) => {
                let first = findings.faults()[0].to_string();
                assert!(first.starts_with(expected), "{sql}: {first}");
            }
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_rewritten_event_is_caught_by_the_signed_root() {
    // Someone who knows the format makes body, envelope and leaf hash agree, but has no key.
    let home = full().await;
    let forged = Home::new();
    let mut ledger = forged.create().await;
    for seq in 0..3 {
        let mut batch = batch(seq, 1);
        if seq == 1 {
            batch.entries[0].body = b"forged".to_vec();
        }
        ledger.append(&batch).await.unwrap();
    }
    ledger.close().await.unwrap();
    let attach = format!(
        "ATTACH '{}' AS forged; DELETE FROM main.entries WHERE seq = 1; \
         INSERT INTO main.entries SELECT * FROM forged.entries WHERE seq = 1",
        forged.dir().join("record.db").display()
    );
    home.tamper("record.db", &attach).await;
    let findings = home.findings().await;
    assert_eq!(
        findings.faults()[0].to_string(),
        "event 0: checkpoints.note, row `2`: does not have the root of the stored events: events 0 \
         to 1 are not the ones that were signed"
    );
    assert_eq!(findings.found(), 1);
    let refused = Ledger::open(&home.dir()).await.unwrap_err();
    assert!(matches!(refused, LedgerError::Forked { size: 3 }), "{refused}");
}

#[tokio::test]
async fn another_key_is_not_the_expected_one() {
    let home = full().await;
    let other = tlog::Signer::from_seed("records.example.org/test", [8; 32]).unwrap().vkey();
    let verified = verify(&home.dir(), Some(&other)).await;
    let Err(ledger::VerifyError::Faults(findings)) = verified else { panic!("{verified:?}") };
    assert_eq!(
        findings.faults()[0].to_string(),
        "meta.value, row `ledger.vkey`: is not the expected verifier key"
    );
    let unreadable = verify(&home.dir(), Some("no key")).await.unwrap_err().to_string();
    assert!(unreadable.starts_with("`no key` is not usable as a verifier key"), "{unreadable}");
}

#[tokio::test]
async fn loading_a_wrong_byte_is_a_named_error() {
    for (sql, expected) in [
        ("UPDATE entries SET body = 'x' WHERE seq = 1", "event 1: entries.body, row `1`"),
        ("UPDATE entries SET actor = 'x' WHERE seq = 1", "event 1: entries.actor, row `1`"),
        ("UPDATE entries SET salt = x'00' WHERE seq = 2", "event 2: entries.salt, row `2`"),
        ("DELETE FROM entries WHERE seq = 1", "event 1: entries.seq, row `2`"),
    ] {
        let home = full().await;
        let sql = sql.replace("body = 'x'", "body = x'78'");
        assert_eq!(home.tamper("record.db", &sql).await, 1);
        let reader = Reader::open(&home.dir()).await.unwrap();
        let error = reader.entries(0..3).await.unwrap_err();
        assert!(matches!(error, LedgerError::Corrupt(_)), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
    let home = full().await;
    home.tamper("record.db", "UPDATE documents SET bytes = x'00'").await;
    home.tamper("record.db", "UPDATE snapshots SET bytes = x'00'").await;
    home.tamper("record.db", "UPDATE meta SET value = 'x' WHERE key = 'clock'").await;
    let reader = Reader::open(&home.dir()).await.unwrap();
    let hash = ledger::document_hash(b"document of 0");
    for error in [
        reader.document(hash).await.map(|_| ()),
        reader.snapshot_latest().await.map(|_| ()),
        reader.meta_get("clock").await.map(|_| ()),
    ] {
        assert!(matches!(error, Err(LedgerError::Corrupt(_))), "{error:?}");
    }
}

#[tokio::test]
async fn an_unsigned_event_that_does_not_check_is_never_signed() {
    let home = Home::new();
    let mut ledger = home.create().await;
    ledger.append(&batch(0, 2)).await.unwrap();
    ledger.close().await.unwrap();
    home.tamper("record.db", "UPDATE entries SET actor = 'x' WHERE seq = 1").await;
    let refused = Ledger::open(&home.dir()).await.unwrap_err().to_string();
    assert!(refused.contains("event 1: entries.actor"), "{refused}");
    let reader = Reader::open(&home.dir()).await.unwrap();
    assert!(reader.checkpoint().await.unwrap().to_string().contains("\n0\n"));
}
