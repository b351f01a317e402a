//! Data folders that are missing, in use, damaged, read-only or full: each gives one clear error.

use crate::common::{Home, command, verified};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

const SUSPEND: &str = "suspend UC-1 --reason 'Out of hours' --as committee-chair";

/// Commands of each kind: that read, that verify, that write, that serve.
const KINDS: [&str; 5] =
    ["case list", "log verify", SUSPEND, "monitor run", "serve --listen 127.0.0.1:0"];

/// Every kind of command says so and exits so; `verify` may exit with another code.
#[track_caller]
fn check(home: &Home, fragment: &str, verify_code: i32) {
    for line in KINDS {
        let code = if line == "log verify" { verify_code } else { 1 };
        let ran = home.run(line).expect(code, fragment);
        assert!(ran.err.lines().count() <= 1, "{}", ran.err);
    }
}

#[test]
fn a_missing_folder_says_how_to_make_one() {
    let home = Home::empty();
    check(&home, "make one with `primum demo` or `primum init`", 1);
    assert!(!home.data().exists());
    home.run("person key ada").expect(1, "make one with");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let home = Home::demo();
    fs::write(
        home.data().join("record.db"),
        "no database at all, but more than one hundred bytes long, which is the length of a header",
    )
    .unwrap();
    remove_wal(&home.data());
    check(&home, "is not a readable record", 4);
    home.run("demo --no-serve").expect(1, "is not a readable record");
}

#[test]
fn a_database_that_is_cut_off_is_refused() {
    let home = Home::demo();
    remove_wal(&home.data());
    let path = home.data().join("record.db");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    check(&home, "is not a readable record", 4);
}

/// What SQLite keeps beside a database between two writers holds nothing after a clean end.
fn remove_wal(data: &Path) {
    for name in ["record.db-wal", "record.db-shm"] {
        let path = data.join(name);
        if name.ends_with("-wal") && path.exists() {
            assert_eq!(fs::metadata(&path).unwrap().len(), 0, "{name} holds data");
        }
        let _ = fs::remove_file(path);
    }
}

/// A running server; killed when the test fails.
struct Server {
    child: Child,
    _out: BufReader<ChildStdout>,
    address: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut command = command();
        command.arg("--data").arg(data).args(["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap().split_whitespace().next().unwrap();
        Self { child, address: address.to_owned(), _out: out }
    }

    /// Tells it to stop as a service manager does; gives its exit code.
    fn stop(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn while_it_is_served_others_read_and_do_not_write() {
    let home = Home::demo();
    let before = verified(&home.data());
    let mut server = Server::start(&home.data());
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    home.run("case list").expect(0, "CASE-1");
    home.run("log verify").expect(0, "Verified");
    let check = "gate check UC-1 --version 9 --site main --workflow discharge-planning";
    home.run(check).expect(3, "no case was opened: another primum is writing");
    for line in [SUSPEND, "monitor run", "person key data-lead", "gate token", "demo --no-serve"] {
        home.run(line).expect(1, "another primum is writing to");
    }
    let port = format!("serve --listen {}", server.address);
    home.run(&port).expect(1, "choose another with --listen");
    assert_eq!(server.stop(), Some(0));
    assert_eq!(verified(&home.data()), before);
    home.run(SUSPEND).expect(0, "event 101");
}

/// Killed, not stopped: the next one takes over and nothing is lost.
#[test]
fn a_server_that_was_killed_leaves_a_folder_that_goes_on() {
    let home = Home::demo();
    let before = home.events();
    drop(Server::start(&home.data()));
    assert_eq!(home.events(), before);
    home.run(SUSPEND).expect(0, "event 101");
    verified(&home.data());
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_reads_and_refuses_writes() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::demo();
    remove_wal(&home.data());
    let all: Vec<PathBuf> =
        fs::read_dir(home.data()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let allow = |file_mode: u32, dir_mode: u32| {
        for path in all.iter().filter(|path| path.is_file()) {
            fs::set_permissions(path, fs::Permissions::from_mode(file_mode)).unwrap();
        }
        fs::set_permissions(home.data(), fs::Permissions::from_mode(dir_mode)).unwrap();
    };
    allow(0o400, 0o500);
    let ignored = fs::write(home.data().join("probe"), "").is_ok();
    if ignored {
        println!("skipped: this user writes where the permissions forbid it (root?)");
    } else {
        home.run(SUSPEND).expect(1, "refuses access");
        home.run("case list").expect(0, "CASE-1");
    }
    allow(0o600, 0o700);
}

/// A disk that is full: a file system of a few megabytes, where this user may make one.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_keeps_nothing_and_says_so() {
    let home = Home::demo();
    let disk = home.beside("disk");
    fs::create_dir(&disk).unwrap();
    let script = r#"
        set -e
        mount -t tmpfs -o size=16m tmpfs "$DISK" || { echo skipped; exit 0; }
        cp "$DATA"/*.db "$DATA"/signing.key "$DISK"
        # Room for what SQLite keeps beside a database, and not for the act.
        dd if=/dev/zero of="$DISK/filler" bs=64k 2>/dev/null || true
        truncate -s -300K "$DISK/filler"
        text=$(head -c 2000000 /dev/zero | tr '\0' a)
        printf '{"act":"propose_use_case","title":"T","intended_use":"%s","workflow":"w",
            "population":"p","system":"SYS-1"}' "$text" > "$DATA/act.json"
        set +e
        "$PRIMUM" --data "$DISK" --as chief-nurse act - < "$DATA/act.json"
        echo "act: $?"
        rm "$DISK/filler"
        "$PRIMUM" --data "$DISK" log verify
        echo "verify: $?"
        "$PRIMUM" --data "$DISK" --as committee-chair suspend UC-1 --reason Test
        echo "again: $?"
    "#;
    let ran = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script])
        .env("DISK", &disk)
        .env("DATA", home.data())
        .env("PRIMUM", env!("CARGO_BIN_EXE_primum"))
        .output();
    let Ok(ran) = ran else {
        println!("skipped: there is no `unshare`");
        return;
    };
    let out = String::from_utf8_lossy(&ran.stdout).into_owned();
    let err = String::from_utf8_lossy(&ran.stderr).into_owned();
    if out.trim() == "skipped" || !out.contains("act: ") {
        println!("skipped: this user may not mount a file system: {err}");
        return;
    }
    assert!(out.contains("act: 1") && err.contains("no space is left for"), "{out}{err}");
    assert!(out.contains("verify: 0") && out.contains("Verified: 101 events"), "{out}{err}");
    assert!(out.contains("again: 0") && out.contains("event 101"), "{out}{err}");
}

/// Where `needle` stands in a file.
fn places(haystack: &[u8], needle: &str) -> Vec<usize> {
    let needle = needle.as_bytes();
    (0..haystack.len().saturating_sub(needle.len()))
        .filter(|at| haystack[*at..].starts_with(needle))
        .collect()
}

#[test]
fn a_flipped_byte_of_an_event_is_found_and_the_event_named() {
    let home = Home::demo();
    remove_wal(&home.data());
    let reason = "We would call the wrong patients.";
    let seq = home.events().iter().position(|it| it.to_string().contains(reason)).unwrap();
    let path = home.data().join("record.db");
    let whole = fs::read(&path).unwrap();
    let mut named = 0;
    for at in places(&whole, reason) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&path, bytes).unwrap();
        let ran = home.run("log verify").expect(4, "NOT VERIFIED");
        if ran.out.contains(&format!("event {seq}: entries.body")) {
            named += 1;
            home.run("log show --last 1000").expect(1, &format!("event {seq}: entries.body"));
            let json = home.run("log verify --json").expect(4, "").json();
            assert_eq!(json["verified"], false);
            assert!(json["faults"][0].as_str().unwrap().starts_with(&format!("event {seq}: ")));
        } else {
            // The state that was saved to start faster holds the reason too.
            assert!(ran.out.contains("snapshots.bytes"), "{}", ran.out);
        }
    }
    assert_eq!(named, 1);
    fs::write(&path, whole).unwrap();
    home.run("log verify").expect(0, "Verified");
}

/// Changes the database behind Primum's back.
fn sql(home: &Home, statement: &'static str) {
    use sqlx::Connection;
    let path = home.data().join("record.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut record = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let done = sqlx::raw_sql(statement).execute(&mut record).await.unwrap();
        assert!(done.rows_affected() > 0, "{statement} changed nothing");
        record.close().await.unwrap();
    });
}

#[test]
fn a_report_that_was_deleted_or_altered_is_noticed() {
    for (statement, fragment) in [
        ("DELETE FROM documents WHERE rowid = 1", "the report behind EV-1: there is no document"),
        ("UPDATE documents SET bytes = x'7b7d' WHERE rowid = 2", "documents.bytes"),
        (
            "UPDATE documents SET bytes = (SELECT bytes FROM documents WHERE rowid = 3) WHERE rowid = 1",
            "documents.bytes",
        ),
    ] {
        let home = Home::demo();
        sql(&home, statement);
        home.run("log verify").expect(4, fragment);
        // What does not need the report still answers.
        home.run("evidence show EV-1").expect(0, "EV-1 on UC-1");
    }
    let home = Home::demo();
    sql(&home, "DELETE FROM documents WHERE rowid = 1");
    home.run("evidence reproduce EV-1").expect(1, "there is no document");
}

#[test]
fn events_that_were_taken_out_are_noticed() {
    for statement in [
        "DELETE FROM entries WHERE seq = 100",
        "DELETE FROM entries WHERE seq = 40",
        "UPDATE entries SET actor = 'chief-nurse' WHERE seq = 30",
        "DELETE FROM checkpoints",
    ] {
        let home = Home::demo();
        sql(&home, statement);
        home.run("log verify").expect(4, "NOT VERIFIED");
    }
}
