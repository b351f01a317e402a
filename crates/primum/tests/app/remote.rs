//! Evidence from logs in an object store.

#[path = "../../../evidence/tests/store/mod.rs"]
mod store;

use crate::common::{Ran, command, words};
use std::fmt::Write;
use std::fs;
use store::{KEY, Kind, Store, Trouble};
use tempfile::TempDir;

/// Runs the program with these variables of the environment alone, and a folder for its temporary
/// files.
fn with(options: &[(String, String)], temporary: &TempDir, line: &str) -> Ran {
    let mut command = command();
    command.env_clear().envs(options.iter().cloned()).env("TMPDIR", temporary.path());
    Ran::of(line, command.args(words(line)).output().unwrap())
}

fn rows(first: u32) -> String {
    let mut log = "risk,died\n".to_owned();
    for i in first..first + 80 {
        writeln!(log, "0.{:02},{}", i * 37 % 100, u32::from(i * 37 % 100 + i % 5 * 10 > 60))
            .unwrap();
    }
    log
}

#[test]
fn a_log_in_a_bucket_is_read_like_one_on_a_disk() {
    let (folder, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = Store::new(Kind::S3);
    for (i, site) in [(0, "main"), (100, "west"), (200, "north")] {
        let name = format!("log/site={site}/a.csv");
        store.put(&name, rows(i), Trouble::None);
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, rows(i)).unwrap();
    }
    let options = store.options(KEY);
    let asked = "--outcome died --score risk";
    let here = folder.path().join("log").display().to_string();
    let line = |place: &str| format!("evidence run {place} {asked} --by site --json");
    let local = with(&[], &temporary, &line(&here)).expect(0, "").json();
    let remote = with(&options, &temporary, &line("s3://hospital/log/")).expect(0, "");
    for secret in [KEY, "127.0.0.1", "s3://"] {
        assert!(!remote.out.contains(secret), "{secret} is in {}", remote.out);
    }
    assert_eq!(remote.json()["digest"], local["digest"]);
    // One object, each kind of store, and another verb.
    for kind in [Kind::S3, Kind::Azure, Kind::Google] {
        let store = Store::new(kind);
        store.put("a.csv", rows(0), Trouble::None);
        let (one, options) = (store.address("a.csv"), store.options(KEY));
        with(&options, &temporary, &format!("evidence run {one} {asked}")).expect(0, "80 rows");
        let values = format!("evidence values {one} --observed died --predicted risk");
        with(&options, &temporary, &values).expect(0, "80");
        assert_eq!(store.asked().len(), 4, "a look and a copy for each");
    }
    let one = "s3://hospital/log/site=main/a.csv";
    // Nobody says what the columns are.
    let columns =
        "add --outcome COLUMN and --score COLUMN, or --map FILE; its columns are risk, died";
    with(&options, &temporary, &format!("evidence run {one}")).expect(2, columns);
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "copies are left");
}

#[test]
fn what_cannot_be_fetched_is_told_with_its_address() {
    let temporary = tempfile::tempdir().unwrap();
    let store = Store::new(Kind::S3);
    store.put("bad.csv", "risk,died\n0.5,1\n7,1\n", Trouble::None);
    store.put("dies.csv", rows(0), Trouble::Dies);
    store.put("hangs.csv", rows(0), Trouble::Hangs);
    store.put("changes.csv", rows(0), Trouble::Changes);
    let other = "another key of thirty-two bytes.";
    let check = |key: &str, options: &[(String, String)], wanted: &str| {
        let line = format!("evidence run s3://hospital/{key} --outcome died --score risk");
        let ran = with(options, &temporary, &line).expect(1, wanted);
        assert!(!ran.err.contains(KEY) && !ran.err.contains(other), "{}", ran.err);
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "copies are left");
    };
    let named = |key: &str, why: &str| format!("`s3://hospital/{key}` cannot be fetched: {why}");
    let keyed = store.options(KEY);
    check("none.csv", &keyed, &named("none.csv", "there is no object, and none below it"));
    check("dies.csv", &keyed, &named("dies.csv", "the store failed: "));
    check("hangs.csv", &keyed, &named("hangs.csv", "the store failed: "));
    check("changes.csv", &keyed, &named("changes.csv", "it changed while it was copied"));
    check("bad.csv", &keyed, "`s3://hospital/bad.csv`, row 2, column `risk`: `7` is not a score");
    let barred = "the store does not let you in: check the keys in the environment";
    check("bad.csv", &store.options(other), &named("bad.csv", barred));
    // Nobody named a key, and no machine of the cloud gives one.
    let nobody = [("AWS_METADATA_ENDPOINT".to_owned(), "http://127.0.0.1:9".to_owned())];
    check("bad.csv", &nobody, &named("bad.csv", "the store failed: "));
    let line = "evidence run https://example.org/log.csv --outcome died --score risk";
    with(&keyed, &temporary, line).expect(1, "it must begin with s3://, az://, abfss:// or gs://");
}
