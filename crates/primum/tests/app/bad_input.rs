//! Faulty prediction logs: each is refused with file, column and row, and nothing is kept.

use crate::common::{Home, demo, primum};

const HEADER: &str = "id,score,outcome,at,version";
const GOOD: [&str; 2] = ["a,0.1,0,2024-01-01T00:00:00Z,1.0", "b,0.2,1,2024-01-02T00:00:00Z,1.0"];
const RUN: &str = "--outcome outcome --score score --id id --time at --version version \
                   --known-versions 1.0";

/// Runs evidence on a file with these bytes; it is refused with this message.
fn check(name: &str, bytes: &[u8], wanted: &str) {
    let home = Home::empty();
    let file = home.beside(name);
    std::fs::write(&file, bytes).unwrap();
    for json in ["", " --json"] {
        let ran = primum(&format!("evidence run '{}' {RUN}{json}", file.display()));
        let ran = ran.expect(1, "nothing was kept");
        let said = if json.is_empty() {
            ran.err.trim_end().strip_prefix("error: ").unwrap().to_owned()
        } else {
            let problem: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
            problem["detail"].as_str().unwrap().to_owned()
        };
        let said = said.replace(&file.display().to_string(), name);
        assert_eq!(said, format!("{wanted}; nothing was kept"));
        assert_eq!(ran.out, "");
    }
    assert!(!home.data().exists());
}

/// A good log with a faulty third row.
fn row(row: &str, wanted: &str) {
    let log = [HEADER, GOOD[0], GOOD[1], row, ""].join("\n");
    check("log.csv", log.as_bytes(), wanted);
}

#[test]
fn a_faulty_row_is_named_with_its_column() {
    let score = "is not a score: a score is a number from 0 to 1";
    let at = "`log.csv`, row 3, column";
    row("c,1.2,0,2024-01-03,1.0", &format!("{at} `score`: `1.2` {score}"));
    row("c,abc,0,2024-01-03,1.0", &format!("{at} `score`: `abc` {score}"));
    row("c,,0,2024-01-03,1.0", &format!("{at} `score`: there is no value"));
    let outcome = "is not an outcome: an outcome is 0 or 1";
    row("c,0.3,2,2024-01-03,1.0", &format!("{at} `outcome`: `2` {outcome}"));
    let twice = "`a` is the id of an earlier prediction too: each prediction counts once";
    row("a,0.3,1,2024-01-03,1.0", &format!("{at} `id`: {twice}"));
    let unknown = "`2.0` is not a known version; known are 1.0";
    row("c,0.3,1,2024-01-03,2.0", &format!("{at} `version`: {unknown}"));
    row(
        "c,0.3,1,then,1.0",
        &format!("{at} `at`: `then` is not a time such as 2026-03-01T08:30:00Z"),
    );
}

#[test]
fn a_time_in_the_future_is_refused() {
    let home = Home::empty();
    let file = home.beside("log.csv");
    let log = [HEADER, GOOD[0], "b,0.2,1,9000-01-01T00:00:00Z,1.0", ""].join("\n");
    std::fs::write(&file, log).unwrap();
    let ran = primum(&format!("evidence run '{}' {RUN}", file.display()));
    let ran = ran.expect(1, "9000-01-01T00:00:00Z is a time in the future");
    assert!(ran.err.contains("log.csv`, row 2, column `at`"), "{}", ran.err);
    assert!(ran.err.contains("nothing was kept"), "{}", ran.err);
}

#[test]
fn a_faulty_file_is_named() {
    check("log.csv", b"", "`log.csv` is empty");
    check("log.csv", format!("{HEADER}\n").as_bytes(), "`log.csv` has a header but no rows");
    let renamed = [HEADER.replace("score", "Score").as_str(), GOOD[0], ""].join("\n");
    let wanted = "`log.csv` has no column `score`: did you mean `Score`?; its columns are id, Score, \
                  outcome, at, version";
    check("log.csv", renamed.as_bytes(), wanted);
    check("log.parquet", b"", "`log.parquet` is empty");
}

#[test]
fn a_parquet_file_that_is_cut_off_is_refused() {
    let home = Home::empty();
    let whole = demo().join("predictions/readmit-local.parquet");
    let bytes = std::fs::read(whole).unwrap();
    let file = home.beside("cut.parquet");
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let run = format!("evidence run '{}' --outcome outcome --score score", file.display());
    let ran = primum(&run).expect(1, "cut.parquet` is damaged or cut off");
    assert!(ran.err.contains("get a whole copy of it; nothing was kept"), "{}", ran.err);
}

/// Faults in the feed of a use case: nothing of them is in the record.
#[test]
fn a_faulty_feed_leaves_the_record_as_it_was() {
    let home = Home::demo();
    let before = home.events();
    let feed = home.data().join("predictions/readmit-local.parquet");
    let bytes = std::fs::read(&feed).unwrap();
    std::fs::write(&feed, &bytes[..bytes.len() / 3]).unwrap();
    let span = "--from 2023-03-01 --until 2024-01-01";
    let record = format!("evidence record UC-1 {span} --as validation-lead");
    home.run(&record).expect(1, "is damaged or cut off");
    home.run("evidence reproduce EV-1").expect(4, "is not the one it was computed from");
    std::fs::remove_file(&feed).unwrap();
    home.run(&record).expect(1, "cannot be read");
    home.run("evidence reproduce EV-1").expect(1, "cannot be read");
    assert_eq!(home.events(), before);
    home.run("log verify").expect(0, "Verified");
}
