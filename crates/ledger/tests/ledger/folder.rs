//! Folders that cannot be used, each with one clear error.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use ledger::{CreateOptions, Ledger, LedgerError, Reader, VerifyError, verify};

use crate::common::{Home, batch, options};

#[tokio::test]
async fn one_writer_and_many_readers() {
    let home = Home::new();
    let mut ledger = home.create().await;
    let second = Ledger::open(&home.dir()).await.unwrap_err().to_string();
    let expected =
        format!("another primum is writing to `{}`; stop it or use its API", home.dir().display());
    assert_eq!(second, expected);
    let again = Ledger::create(&home.dir(), &options()).await.unwrap_err();
    assert!(matches!(again, LedgerError::Locked { .. }), "{again}");

    let readers = [Reader::open(&home.dir()).await.unwrap(), ledger.reader().clone()];
    ledger.append(&batch(0, 1)).await.unwrap();
    for reader in readers {
        assert_eq!(reader.size().await.unwrap(), 1);
    }
    ledger.close().await.unwrap();
    home.open().await;
}

#[tokio::test]
async fn nothing_is_made_where_something_is() {
    for file in ["record.db", "lock.db", "signing.key"] {
        let home = Home::new();
        fs::create_dir_all(home.dir()).unwrap();
        fs::write(home.dir().join(file), "precious").unwrap();
        let refused = Ledger::create(&home.dir(), &options()).await.unwrap_err().to_string();
        assert!(
            refused.contains(&format!("already holds `{file}`; nothing was changed")),
            "{refused}"
        );
        assert_eq!(fs::read(home.dir().join(file)).unwrap(), b"precious");
    }
    let home = Home::new();
    let unusable = CreateOptions { origin: "a b".to_owned(), ..options() };
    let refused = Ledger::create(&home.dir(), &unusable).await.unwrap_err();
    assert!(matches!(refused, LedgerError::Name { .. }), "{refused}");
    assert!(!home.dir().exists());
}

/// Damages a closed record of two events and expects the same message from all who open it.
async fn check(damage: impl Fn(&Home), expected: &str) {
    let home = Home::filled(2).await;
    damage(&home);
    let opened = Ledger::open(&home.dir()).await.map(|_| ()).unwrap_err().to_string();
    assert!(opened.contains(expected), "open: {opened}");
    let verified = verify(&home.dir(), None).await;
    match verified {
        Err(VerifyError::Unreadable(error)) => {
            assert!(error.to_string().contains(expected), "verify: {error}");
        }
        other => panic!("verify: {other:?}"),
    }
}

#[tokio::test]
async fn unreadable_files_are_refused() {
    let write = |file: &'static str, bytes: &'static [u8]| {
        move |home: &Home| fs::write(home.dir().join(file), bytes).unwrap()
    };
    let truncate = |home: &Home| {
        let path = home.dir().join("record.db");
        let bytes = fs::read(&path).unwrap();
        fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    };
    let layout = |home: &Home| {
        // The layout number is at bytes 60 to 63 of a database's header.
        let path = home.dir().join("record.db");
        let mut bytes = fs::read(&path).unwrap();
        bytes[63] = 9;
        fs::write(path, bytes).unwrap();
    };
    let garbage =
        b"this is not a database, whatever its name says; it is longer than one header of one";
    check(write("record.db", garbage), "record.db` is not a readable record").await;
    check(write("record.db", b""), "it is empty or another program's database").await;
    check(write("lock.db", garbage), "lock.db` is not a readable record").await;
    check(write("lock.db", b""), "it is empty or another program's database").await;
    check(truncate, "record.db` is not a readable record").await;
    check(layout, "has layout 9, this program reads layout 2").await;
    let remove =
        |file: &'static str| move |home: &Home| fs::remove_file(home.dir().join(file)).unwrap();
    check(remove("record.db"), "there is no record in `").await;
    check(remove("lock.db"), "lock.db` is missing").await;
    check(|home: &Home| fs::remove_dir_all(home.dir()).unwrap(), "there is no record in `").await;
}

/// What is made is its owner's alone, in a folder that was open to others too, and stays so while
/// it is written to.
#[tokio::test]
async fn a_record_is_closed_to_others() {
    let home = Home::new();
    fs::create_dir_all(home.dir()).unwrap();
    fs::set_permissions(home.dir(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut ledger = home.create().await;
    ledger.append(&batch(0, 1)).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&home.dir()), 0o700);
    let databases = fs::read_dir(home.dir()).unwrap().map(|entry| entry.unwrap().path());
    let databases: Vec<_> =
        databases.filter(|path| path.to_string_lossy().contains(".db")).collect();
    assert!(databases.len() > 2, "with what SQLite keeps beside them: {databases:?}");
    for path in databases {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[tokio::test]
async fn the_signing_key_is_guarded() {
    let home = Home::filled(1).await;
    let key = home.dir().join("signing.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(home.dir()).unwrap().permissions().mode() & 0o777, 0o700);
    let good = fs::read(&key).unwrap();
    let other = Home::new();
    let seed = CreateOptions { seed: [8; 32], ..options() };
    Ledger::create(&other.dir(), &seed).await.unwrap().close().await.unwrap();
    let others = fs::read(other.dir().join("signing.key")).unwrap();
    for (bytes, mode, expected) in [
        (&b"short"[..], 0o600, "is not base64 of 32 bytes"),
        (&others, 0o600, "belongs to another log"),
        (&good, 0o640, "can be read by others"),
    ] {
        fs::write(&key, bytes).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let refused = Ledger::open(&home.dir()).await.unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
    fs::remove_file(&key).unwrap();
    let refused = Ledger::open(&home.dir()).await.unwrap_err().to_string();
    assert!(refused.contains("signing.key` is missing"), "{refused}");
    verify(&home.dir(), None).await.unwrap();
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_refused() {
    // /proc refuses new files to everyone, the superuser of a build container included.
    let refused = Ledger::create("/proc/primum".as_ref(), &options()).await.unwrap_err();
    assert!(
        matches!(refused, LedgerError::Denied { .. } | LedgerError::Storage { .. }),
        "{refused:?}"
    );

    let home = Home::filled(2).await;
    for file in ["writer.lock", "record.db", "lock.db"] {
        let path = home.dir().join(file);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    }
    fs::set_permissions(home.dir(), fs::Permissions::from_mode(0o500)).unwrap();
    let ignored = fs::write(home.dir().join("probe"), "").is_ok();
    if !ignored {
        let refused = Ledger::open(&home.dir()).await.unwrap_err().to_string();
        assert!(refused.contains("refuses access"), "{refused}");
    }
    // Reading needs no writing, so an auditor's read-only copy verifies.
    assert_eq!(verify(&home.dir(), None).await.unwrap().events, 2);
    assert_eq!(Reader::open(&home.dir()).await.unwrap().entries(0..9).await.unwrap().len(), 2);
    fs::set_permissions(home.dir(), fs::Permissions::from_mode(0o700)).unwrap();
}
