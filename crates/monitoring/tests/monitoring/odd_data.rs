//! Unknown versions, late rows, files that cannot be read, and clocks that stand apart.

use crate::house::*;
use crate::log::*;
use governance::{Case, CaseId, Cause, UseCaseId};
use jiff::SignedDuration;

const SPRING: [&str; 5] = ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05"];

fn of_version(rows: Vec<Row>, version: &'static str) -> impl Iterator<Item = Row> {
    rows.into_iter().map(move |row| Row { version, ..row })
}

/// The versions that cases were opened about, open or closed, in order.
fn reported(watched: &Watched) -> Vec<String> {
    let about = |case: &Case| match &case.cause {
        Cause::UnknownVersion { version, .. } => Some(version.clone()),
        _ => None,
    };
    watched.record().cases.values().filter_map(about).collect()
}

#[tokio::test]
async fn a_version_that_is_not_on_record_opens_one_case_and_is_not_counted() {
    let mut rows = calibrated(&SPRING);
    rows.extend(of_version(month("2024-02", 30, 3.0), "v9"));
    rows.extend(of_version(month("2024-03", 30, 3.0), "v9"));
    let mut watched = Watched::new(&rows).await;
    watched.ran("2024-06-15T00:00:00Z").await;
    assert_eq!(reported(&watched), ["v9"]);
    let case = watched.record().cases[&CaseId(1)].clone();
    let cause =
        Cause::UnknownVersion { version: "v9".into(), site: id("main"), workflow: id("discharge") };
    assert_eq!((case.cause, case.use_case), (cause, watched.use_case));
    for name in &SPRING[..4] {
        let expected = expected_estimates(&rows, name, &plan("log.csv"));
        assert_eq!(watched.observation(name).estimates, expected, "{name}");
    }
    watched.ran("2024-07-15T00:00:00Z").await;
    assert_eq!(reported(&watched), ["v9"], "while its case is open");
}

#[tokio::test]
async fn rows_that_were_decided_on_open_no_second_case_and_new_ones_do() {
    let mut rows = calibrated(&SPRING);
    rows.extend(of_version(month("2024-01", 30, 1.0), "v9"));
    rows.extend(of_version(month("2024-04", 30, 1.0), "v9"));
    let mut watched = Watched::new(&rows).await;
    watched.ran("2024-03-05T00:00:00Z").await;
    assert_eq!(reported(&watched), ["v9"]);
    watched.goes_on(CaseId(1)).await;
    assert_eq!(watched.ran("2024-05-15T00:00:00Z").await, "2024-02 2024-03");
    assert_eq!(reported(&watched), ["v9"], "February and March have none of it");
    assert_eq!(watched.ran("2024-06-05T00:00:00Z").await, "2024-04");
    assert_eq!(reported(&watched), ["v9", "v9"], "it is back in April");
}

#[tokio::test]
async fn versions_of_similar_names_open_a_case_each() {
    let names = [
        "20",
        "2.0",
        "2-0",
        "rc",
        "RC",
        "build-2024-01-15-nightly-a",
        "build-2024-01-15-nightly-b",
    ];
    let mut rows = calibrated(&SPRING);
    for name in names {
        rows.extend(of_version(month("2024-01", 20, 1.0), name));
    }
    let mut watched = Watched::new(&rows).await;
    watched.ran("2024-03-05T00:00:00Z").await;
    let mut expected = names;
    expected.sort_unstable();
    assert_eq!(reported(&watched), expected);
}

#[tokio::test]
async fn a_version_on_record_that_does_not_run_is_left_out() {
    let mut rows = calibrated(&SPRING);
    rows.extend(of_version(month("2024-01", 30, 3.0), "v2"));
    let mut watched = Watched::new(&rows).await;
    watched.house.must("office", register_version("v2")).await;
    watched.ran("2024-03-05T00:00:00Z").await;
    assert!(watched.record().cases.is_empty());
    let expected = expected_estimates(&rows, "2024-01", &plan("log.csv"));
    assert_eq!(watched.observation("2024-01").estimates, expected);
}

#[tokio::test]
async fn a_row_whose_outcome_is_not_known_yet_waits_for_a_later_reading() {
    let mut rows = calibrated(&SPRING);
    let late = time("2024-04-20T00:00:00Z");
    for row in rows.iter_mut().take(20) {
        row.matured = late;
    }
    let known_in_march = rows[20..].to_vec();
    let mut watched = Watched::new(&rows).await;
    watched.ran("2024-03-05T00:00:00Z").await;
    let january = watched.observation("2024-01");
    let expected = expected_estimates(&known_in_march, "2024-01", &plan("log.csv"));
    assert_eq!(january.estimates, expected);
    assert_eq!(readings(&january.readings), expected_readings(&known_in_march, &["2024-01"]));

    watched.ran("2024-05-05T00:00:00Z").await;
    assert_eq!(watched.observation("2024-01"), january, "what was observed stands");
    let march = watched.observation("2024-03");
    assert_eq!(readings(&march.readings), expected_readings(&rows, &SPRING[..3]));
}

/// Reads the log, changes it, and writes it back.
fn alter(watched: &Watched, change: impl Fn(&str) -> String) {
    let file = watched.sources.path().join("log.csv");
    let text = std::fs::read_to_string(&file).expect("it is there");
    std::fs::write(file, change(&text)).expect("it is written");
}

#[tokio::test]
async fn a_log_that_cannot_be_read_is_named_and_earlier_months_stay_observed() {
    type Change = fn(&str) -> String;
    let damages: [(Change, &str); 5] = [
        (|_| String::new(), "is empty"),
        (|text| text.replacen(",p,", ",risk,", 1), "has no column `p`"),
        (|text| text.replacen("sex", "gender", 1), "has no column `sex`"),
        (|text| text.replacen(",0.05,", ",5,", 1), "row 1, column `p`: `5` is not a score"),
        (
            |text| text.replacen("\n1,", "\n0,", 1),
            "row 2, column `id`: `0` is the id of an earlier",
        ),
    ];
    for (damage, expected) in damages {
        let mut watched = Watched::new(&calibrated(&SPRING)).await;
        watched.ran("2024-04-01T00:00:00Z").await;
        let hash = watched.house.hash();
        alter(&watched, damage);
        let error = watched.run("2024-06-15T00:00:00Z").await.expect_err("it is damaged");
        let error = error.to_string();
        assert!(error.starts_with("monitoring of UC-1 stopped at 2024-03: `"), "{error}");
        assert!(error.contains("log.csv`") && error.contains(expected), "{error}");
        assert_eq!((watched.observed().as_str(), watched.house.hash()), ("2024-01 2024-02", hash));
        // Once it is mended, monitoring goes on where it stopped.
        watched.write(&calibrated(&SPRING));
        assert_eq!(watched.ran("2024-06-15T00:00:00Z").await, "2024-03 2024-04");
    }
}

#[tokio::test]
async fn a_missing_log_stops_its_own_use_case_and_no_other() {
    let rows = calibrated(&SPRING);
    let mut watched = Watched::new(&rows).await;
    // Its log is missing for the first of two use cases.
    let second = watched.house.goes_live("v1", plan("second.csv")).await;
    assert_eq!((watched.use_case, second), (UseCaseId(1), UseCaseId(2)));
    write(&watched.sources.path().join("second.csv"), &rows);
    std::fs::remove_file(watched.sources.path().join("log.csv")).expect("it was there");
    let error = watched.run("2024-04-01T00:00:00Z").await.expect_err("a log is missing");
    let error = error.to_string();
    assert!(error.starts_with("monitoring of UC-1 stopped at 2024-01: `"), "{error}");
    assert!(error.contains("log.csv` cannot be read"), "{error}");
    assert_eq!(watched.observed(), "");
    assert_eq!(watched.record().observations[&second].len(), 2, "UC-2 is watched all the same");
}

#[tokio::test]
async fn people_may_act_while_the_monitor_reads() {
    let mut watched = Watched::new(&calibrated(&SPRING)).await;
    let began = time("2024-04-01T00:00:00Z");
    // A person acts after the monitor looked at the clock and before it has read the log.
    watched.house.now = began + SignedDuration::from_mins(1);
    watched.house.must("office", add_person("zoe")).await;
    assert_eq!(watched.ran("2024-04-01T00:00:00Z").await, "2024-01 2024-02");
}
