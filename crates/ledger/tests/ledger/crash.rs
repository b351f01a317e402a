//! Crashes at each step of a write, and what a fresh start finds.

use std::fs;

use ledger::{CrashPoint, Ledger, LedgerError, verify};

use crate::common::{Home, batch, copy};

/// Appends and publishes with a crash at `point`; gives what had been acknowledged by then.
async fn crash(ledger: &mut Ledger, point: CrashPoint) -> (u64, u64) {
    let (mut recorded, mut published) = (ledger.size(), ledger.published());
    ledger.crash_at(point);
    let outcome = match ledger.append(&batch(recorded, 2)).await {
        Ok(appended) => {
            recorded = appended.next_seq;
            ledger.publish().await.inspect(|size| published = *size).map(|_| ())
        }
        Err(error) => Err(error),
    };
    assert!(matches!(outcome, Err(LedgerError::Crashed { .. })), "{point:?}: {outcome:?}");
    for refused in [
        ledger.append(&batch(recorded, 1)).await.map(|_| ()),
        ledger.publish().await.map(|_| ()),
        ledger.meta_set("clock", "now").await,
    ] {
        assert!(matches!(refused, Err(LedgerError::Poisoned { .. })), "{point:?}: {refused:?}");
    }
    (recorded, published)
}

#[tokio::test]
async fn a_crash_at_any_step_loses_nothing_acknowledged() {
    for point in CrashPoint::ALL {
        let home = Home::new();
        let mut ledger = home.create().await;
        ledger.append(&batch(0, 1)).await.unwrap();
        ledger.publish().await.unwrap();
        let (recorded, published) = crash(&mut ledger, point).await;
        let before = ledger.reader().checkpoint().await.unwrap().to_string();
        drop(ledger);
        let crashed = verify(&home.dir(), None).await.unwrap();
        assert!(crashed.published >= published, "{point:?}");

        let mut ledger = home.open().await;
        let kept = if point == CrashPoint::AfterCommit { 3 } else { recorded };
        assert_eq!((ledger.size(), ledger.published()), (kept, kept), "{point:?}");
        assert_eq!(crashed.events, kept, "{point:?}");
        if kept == crashed.published {
            assert_eq!(ledger.root(), crashed.root, "{point:?}");
        }
        // A retry of the same command has no second effect.
        let mut retry = batch(1, 2);
        retry.expected_seq = ledger.size();
        let outcome = ledger.append(&retry).await;
        match kept {
            3 => assert!(matches!(outcome, Err(LedgerError::DuplicateCommand { .. })), "{point:?}"),
            _ => assert_eq!(outcome.unwrap().next_seq, 3, "{point:?}"),
        }
        assert_eq!(ledger.publish().await.unwrap(), 3);
        ledger.close().await.unwrap();
        let verified = verify(&home.dir(), None).await.unwrap();
        assert_eq!((verified.events, verified.checkpoints), (3, 3), "{point:?}: {before}");
    }
}

#[tokio::test]
async fn a_write_that_is_dropped_half_way_stops_the_ledger() {
    let home = Home::new();
    let mut ledger = home.create().await;
    {
        let batch = batch(0, 1);
        let mut append = Box::pin(ledger.append(&batch));
        let waker = std::task::Waker::noop();
        let polled = append.as_mut().poll(&mut std::task::Context::from_waker(waker));
        assert!(polled.is_pending());
    }
    let refused = ledger.append(&batch(0, 1)).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "writing has stopped: an append was interrupted; what was acknowledged is kept; stop the \
         process and start it again, do not retry"
    );
    drop(ledger);
    home.open().await.append(&batch(0, 1)).await.unwrap();
    verify(&home.dir(), None).await.unwrap();
}

#[tokio::test]
async fn an_old_record_beside_a_new_lock_is_refused() {
    let home = Home::filled(2).await;
    let old = home.0.path().join("old");
    copy(&home.dir(), &old);
    let mut ledger = home.open().await;
    ledger.append(&batch(2, 1)).await.unwrap();
    ledger.publish().await.unwrap();
    ledger.close().await.unwrap();
    let new = home.0.path().join("new");
    copy(&home.dir(), &new);

    fs::copy(old.join("record.db"), home.dir().join("record.db")).unwrap();
    let refused = Ledger::open(&home.dir()).await.unwrap_err();
    assert!(matches!(refused, LedgerError::BehindLock { record: 2, signed: 3 }), "{refused}");
    assert!(refused.to_string().contains("restored from an old backup?"), "{refused}");
    let fault = home.findings().await.faults()[0].to_string();
    assert_eq!(
        fault,
        "event 2: signed.size, row `3`: was signed over 3 events, and the record has 2"
    );

    fs::copy(new.join("record.db"), home.dir().join("record.db")).unwrap();
    fs::copy(old.join("lock.db"), home.dir().join("lock.db")).unwrap();
    let refused = Ledger::open(&home.dir()).await.unwrap_err();
    assert!(matches!(refused, LedgerError::LockBehind { lock: 2, published: 3 }), "{refused}");
    let fault = home.findings().await.faults()[0].to_string();
    assert_eq!(fault, "signed.size, row `2`: is older than checkpoint 3 in the record");
}

#[tokio::test]
async fn another_history_of_the_same_length_is_refused() {
    let home = Home::filled(2).await;
    let old = home.0.path().join("old");
    copy(&home.dir(), &old);
    let mut ledger = home.open().await;
    ledger.append(&batch(2, 2)).await.unwrap();
    ledger.publish().await.unwrap();
    ledger.close().await.unwrap();

    // The backup, grown by other events elsewhere, comes back beside the lock of the first history.
    let mut other = Ledger::open(&old).await.unwrap();
    other.append(&batch(2, 1)).await.unwrap();
    other.append(&batch(3, 1)).await.unwrap();
    other.append(&batch(4, 1)).await.unwrap();
    other.close().await.unwrap();
    fs::copy(old.join("record.db"), home.dir().join("record.db")).unwrap();
    let refused = Ledger::open(&home.dir()).await.unwrap_err();
    assert!(matches!(refused, LedgerError::Forked { size: 4 }), "{refused}");
    let findings = home.findings().await;
    assert_eq!((findings.faults()[0].table(), findings.faults()[0].event()), ("signed", Some(2)));
}

#[tokio::test]
async fn two_signed_checkpoints_of_one_size_are_refused() {
    let home = Home::filled(2).await;
    let old = home.0.path().join("old");
    copy(&home.dir(), &old);
    for (dir, count) in [(home.dir(), 2), (old.clone(), 1)] {
        let mut ledger = Ledger::open(&dir).await.unwrap();
        while ledger.size() < 4 {
            ledger.append(&batch(ledger.size(), count)).await.unwrap();
        }
        ledger.publish().await.unwrap();
        ledger.close().await.unwrap();
        verify(&dir, None).await.unwrap();
    }
    fs::copy(old.join("record.db"), home.dir().join("record.db")).unwrap();
    let refused = Ledger::open(&home.dir()).await.unwrap_err().to_string();
    let expected = "checkpoints.note, row `4`: is not the one in lock.db";
    assert!(refused.contains(expected), "{refused}");
    assert_eq!(
        home.findings().await.faults()[0].to_string(),
        "signed.note, row `4`: differs from the checkpoint of the same size in the record"
    );
}

#[tokio::test]
async fn a_lock_that_moved_under_the_writer_stops_it() {
    let home = Home::filled(1).await;
    let mut ledger = home.open().await;
    ledger.append(&batch(1, 1)).await.unwrap();
    home.tamper("lock.db", "UPDATE signed SET note = note || ' '").await;
    let refused = ledger.publish().await.unwrap_err();
    assert!(
        matches!(&refused, LedgerError::Poisoned { cause } if cause.contains("another instance"))
    );
    assert_eq!(ledger.published(), 1);
}
