//! A report can be computed again, and says what is different when it is not the same.

#![cfg(test)]

use evidence::{Report, Reproduction, Request, Source, reproduce, run};
use statistics::{Measure, Status};
use std::path::PathBuf;

/// A log of 100 rows, 5 of them of race B.
fn log(dir: &tempfile::TempDir, name: &str) -> PathBuf {
    let path = dir.path().join(name);
    let mut text = String::from("p,y,race\n");
    for i in 0..100 {
        let race = if i % 20 == 0 { "B" } else { "A" };
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
async fn small_cohorts_are_suppressed_and_notes_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let report = run(&Source::file(log(&dir, "log.csv")), &request()).await.unwrap();
    let small: Vec<String> =
        report.suppressed.iter().map(|key| key.cohort.as_ref().unwrap().to_string()).collect();
    // B is small, and A would give it away: together they are everyone.
    assert_eq!(small, ["race = A", "race = B"]);
    let of_b =
        report.estimates.iter().filter(|e| e.cohort.as_ref().is_some_and(|c| c.level == "B"));
    assert!(of_b.clone().count() > 5);
    for estimate in of_b {
        assert_eq!(estimate.status, Status::Suppressed, "{estimate:?}");
        assert_eq!((estimate.n, estimate.estimate), (None, None));
    }
    assert_eq!(report.curves.calibration_by_cohort.len(), 0);
    assert_eq!(report.notes[0], "Dates are simulated.");
    assert!(report.notes[1].starts_with("Intervals treat predictions as independent"));
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
