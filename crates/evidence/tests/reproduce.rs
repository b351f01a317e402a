//! A report can be computed again, and says what is different when it is not the same.

#![cfg(test)]

use evidence::{Report, Reproduction, Request, Source, reproduce, run};
use statistics::Measure;
use std::path::PathBuf;

/// A log of 100 rows, 15 of them of race B and 5 of race C.
fn log(dir: &tempfile::TempDir, name: &str) -> PathBuf {
    let path = dir.path().join(name);
    let mut text = String::from("p,y,race\n");
    for i in 0..100 {
        let race = ["C", "B", "B", "B"].get(i % 20).unwrap_or(&"A");
        text.push_str(&format!("0.{:02},{},{race}\n", (i * 37) % 100, u8::from(i % 3 == 0)));
    }
    std::fs::write(&path, text).unwrap();
    path
}

fn request() -> Request {
    Request {
        by: vec!["race".into()],
        thresholds: vec![0.15],
        notes: vec!["Dates are simulated.".into()],
        ..Request::new("y", "p")
    }
}

#[tokio::test]
async fn the_same_file_gives_the_same_digest_under_any_name() {
    let dir = tempfile::tempdir().unwrap();
    let source = Source::file(log(&dir, "log.csv"));
    let report = run(&source, &request()).await.unwrap();
    assert_eq!(run(&source, &request()).await.unwrap(), report);
    // Through JSON and back, as a record keeps it.
    let text = serde_json::to_string(&report).unwrap();
    let read: Report = serde_json::from_str(&text).unwrap();
    assert_eq!(read, report);
    assert_eq!(read.digest_of_contents().unwrap(), report.digest);
    let moved = Source::file(log(&dir, "moved.csv"));
    let same = Reproduction::Same { digest: report.digest.clone() };
    assert_eq!(reproduce(&read, &moved).await.unwrap(), same);
    assert!(!text.contains(dir.path().to_str().unwrap()), "a report must not hold a folder");
}

#[tokio::test]
async fn another_file_or_an_altered_report_is_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let path = log(&dir, "log.csv");
    let source = Source::file(&path);
    let report = run(&source, &request()).await.unwrap();

    let mut altered = report.clone();
    let auroc = altered.estimates.iter_mut().find(|e| e.measure == Measure::Auroc).unwrap();
    auroc.estimate = Some(0.99);
    let Reproduction::Differs { differences } = reproduce(&altered, &source).await.unwrap() else {
        panic!("an altered estimate was not noticed");
    };
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].what, "auroc");
    assert!(differences[0].recorded.contains("0.99"), "{}", differences[0]);

    // Altered with its digest made to fit.
    altered.digest = altered.digest_of_contents().unwrap();
    let Reproduction::Differs { differences } = reproduce(&altered, &source).await.unwrap() else {
        panic!("an altered estimate with a new digest was not noticed");
    };
    let names: Vec<&str> = differences.iter().map(|d| d.what.as_str()).collect();
    assert_eq!(names, ["auroc", "digest"]);

    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str("0.5,1,A\n");
    std::fs::write(&path, text).unwrap();
    let outcome = reproduce(&report, &source).await.unwrap();
    assert!(matches!(outcome, Reproduction::SourceChanged { .. }), "{outcome:?}");
}

#[tokio::test]
async fn small_cohorts_are_joined_so_that_nothing_need_be_hidden_and_notes_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let report = run(&Source::file(log(&dir, "log.csv")), &request()).await.unwrap();
    assert_eq!(report.suppressed, []);
    let aurocs = report.estimates.iter().filter(|it| it.measure == Measure::Auroc);
    let of = |it: &statistics::Estimate| it.cohort.as_ref().map(|cohort| cohort.level.clone());
    let found: Vec<_> = aurocs.map(|it| (of(it), it.n)).collect();
    let level = |name: &str| Some(name.to_owned());
    assert_eq!(found, [(None, Some(100)), (level("A"), Some(80)), (level("B or C"), Some(20))]);
    assert_eq!(report.curves.calibration_by_cohort.len(), 2);
    assert_eq!(report.notes[0], "Dates are simulated.");
    assert!(report.notes[1].starts_with("Intervals treat predictions as independent"));
    assert!(
        report.notes[2].ends_with("together with others: race = B or C."),
        "{}",
        report.notes[2]
    );
}

#[tokio::test]
async fn a_request_in_json_needs_only_outcome_and_score() {
    let request: Request = serde_json::from_str(r#"{"outcome": "y", "score": "p"}"#).unwrap();
    assert_eq!(request, Request::new("y", "p"));
    let misspelt = r#"{"outcome": "y", "score": "p", "treshold": 0.5}"#;
    assert!(serde_json::from_str::<Request>(misspelt).is_err());
}

#[tokio::test]
async fn filters_that_leave_no_row_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let source = Source::file(log(&dir, "log.csv"));
    let equals = [("race".to_owned(), "Blue".to_owned())].into();
    let refused = run(&source, &Request { equals, ..request() }).await;
    assert_eq!(
        refused.map_err(|error| error.to_string()).map(|_| ()),
        Err("no row is left after the filters (race = Blue); nothing was computed, check them"
            .to_owned())
    );
}
