//! Which months are run, when, and what they show.

use crate::house::*;
use crate::log::*;
use governance::{Act, Change, Stage};
use monitoring::due;

const SPRING: [&str; 5] = ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05"];

#[tokio::test]
async fn a_month_is_due_once_all_its_outcomes_are_known() {
    let mut watched = Watched::new(&calibrated(&SPRING)).await;
    // When it is asked, the months run before, and the month that is due.
    for (at, run, expected) in [
        ("2024-01-01T00:00:00Z", false, None),
        ("2024-03-01T23:59:59.999999999Z", false, None),
        ("2024-03-02T00:00:00Z", false, Some("2024-01")),
        ("2024-08-01T00:00:00Z", false, Some("2024-01")),
        ("2024-03-02T00:00:00Z", true, None),
        ("2024-03-30T23:59:59Z", true, None),
        ("2024-03-31T00:00:00Z", false, Some("2024-02")),
        ("2024-03-31T00:00:00Z", true, None),
        ("9999-12-01T00:00:00Z", false, Some("2024-03")),
    ] {
        if run {
            watched.ran(at).await;
        }
        let record = watched.record();
        let due = due(&record, &record.use_cases[&watched.use_case], time(at));
        assert_eq!(due.map(|month| month.to_string()).as_deref(), expected, "{at}");
    }
}

#[tokio::test]
async fn only_a_live_use_case_has_months_that_are_due() {
    let mut watched = Watched::new(&calibrated(&SPRING)).await;
    let proposed = watched.house.must("author", propose()).await;
    let reason = "It harms".to_owned();
    let suspend = Act::Suspend { use_case: watched.use_case, reason };
    watched.house.must("ward", suspend).await;
    assert_eq!(watched.ran("2025-01-01T00:00:00Z").await, "");
    let record = watched.record();
    assert!(matches!(record.use_cases[&watched.use_case].stage, Stage::Suspended { .. }));
    assert_eq!(record.next_seq, proposed.events[0].seq + 2);
    for use_case in record.use_cases.values() {
        assert_eq!(due(&record, use_case, time("2025-01-01T00:00:00Z")), None);
    }
}

#[tokio::test]
async fn months_are_run_in_order_each_once_and_not_again_after_a_restart() {
    let mut watched = Watched::new(&calibrated(&SPRING)).await;
    assert_eq!(watched.ran("2024-02-20T00:00:00Z").await, "");
    assert_eq!(watched.ran("2024-04-01T00:00:00Z").await, "2024-01 2024-02");
    for at in ["2024-04-01T00:00:00Z", "2024-04-30T00:00:00Z"] {
        let size = watched.record().next_seq;
        assert_eq!(watched.ran(at).await, "");
        assert_eq!(watched.record().next_seq, size);
    }
    watched.house = watched.house.reopened().await;
    assert_eq!(watched.ran("2024-04-30T00:00:00Z").await, "");
    assert_eq!(watched.ran("2024-06-15T00:00:00Z").await, "2024-03 2024-04");
    assert_eq!(watched.observed(), "2024-01 2024-02 2024-03 2024-04");
}

#[tokio::test]
async fn an_observation_is_what_the_statistics_say_of_the_same_rows() {
    let mut rows = calibrated(&SPRING);
    // Another site's predictions are somebody else's.
    rows.extend(month("2024-02", 50, 3.0).into_iter().map(|row| Row { site: "annex", ..row }));
    let mut watched = Watched::new(&rows).await;
    watched.ran("2024-06-15T00:00:00Z").await;
    for (place, name) in SPRING[..4].iter().enumerate() {
        let observation = watched.observation(name);
        let expected = expected_estimates(&rows, name, &plan("log.csv"));
        assert_eq!(expected.len(), 9);
        assert_eq!(observation.estimates, expected, "{name}");
        let expected = expected_readings(&rows, &SPRING[..=place]);
        assert_eq!(readings(&observation.readings), expected, "{name}");
        assert_eq!((observation.version.as_str(), observation.site), ("v1", id("main")));
    }
    assert!(watched.record().cases.is_empty(), "nothing slipped");
}

#[tokio::test]
async fn the_digest_of_a_month_goes_with_its_rows_and_with_nothing_else() {
    let rows = calibrated(&SPRING);
    let digests = async |rows: &[Row]| {
        let mut watched = Watched::new(rows).await;
        watched.ran("2024-04-01T00:00:00Z").await;
        ["2024-01", "2024-02"].map(|name| watched.observation(name).tallies_digest)
    };
    let [january, february] = digests(&rows).await;
    assert_ne!(january, february);
    let backwards: Vec<_> = rows.iter().rev().cloned().collect();
    assert_eq!(digests(&backwards).await, [january.clone(), february.clone()]);
    let mut other = rows.clone();
    other[0].outcome = !other[0].outcome;
    let [changed, same] = digests(&other).await;
    assert_ne!(changed, january);
    assert_eq!(same, february);
    let mut other = rows;
    other[0].sex = if other[0].sex == "F" { "M" } else { "F" };
    assert_ne!(digests(&other).await[0], january, "cohorts count too");
}

#[tokio::test]
async fn a_month_without_predictions_counts() {
    let rows = calibrated(&["2024-01", "2024-03"]);
    let mut watched = Watched::new(&rows).await;
    assert_eq!(watched.ran("2024-05-01T00:00:00Z").await, "2024-01 2024-02 2024-03");
    let empty = watched.observation("2024-02");
    assert!(empty.estimates.is_empty());
    let with_gap = expected_readings(&rows, &SPRING[..3]);
    assert_eq!(readings(&empty.readings), expected_readings(&rows, &SPRING[..2]));
    assert_eq!(readings(&watched.observation("2024-03").readings), with_gap);
    assert_ne!(with_gap, expected_readings(&rows, &["2024-01", "2024-03"]));
}

/// Twice as many outcomes as predicted from February on.
fn drifting() -> Vec<Row> {
    let later = ["2024-02", "2024-03", "2024-04", "2024-05", "2024-06", "2024-07"];
    let drifted = later.iter().flat_map(|name| month(name, 200, 1.6));
    calibrated(&["2024-01"]).into_iter().chain(drifted).collect()
}

#[tokio::test]
async fn a_drift_opens_one_case_and_detectors_start_again_after_the_decision() {
    let rows = drifting();
    let mut watched = Watched::new(&rows).await;
    watched.ran("2024-03-02T00:00:00Z").await;
    assert!(watched.record().cases.is_empty());
    watched.ran("2024-05-01T00:00:00Z").await;
    let record = watched.record();
    let case = record.cases.values().next().expect("it drifted");
    assert_eq!(record.cases.len(), 1, "both streams and both months in one case");
    assert_eq!(case.action, "Suspend or recalibrate");
    let found = &case.signals[0].finding;
    assert!(found.starts_with("more outcomes than predicted"), "{found}");
    assert!(found.ends_with("reached the limit of 48"), "{found}");

    // A case that no signal opened leaves the detectors what they know.
    let since = |watched: &Watched| {
        let record = watched.record();
        let use_case = &record.use_cases[&watched.use_case];
        record.watched_since(use_case, &id("calibration")).expect("live").to_string()
    };
    let report = Act::ReportUnknownVersion {
        use_case: watched.use_case,
        version: "v9".into(),
        site: id("main"),
        workflow: id("discharge"),
    };
    watched.house.must("@gate", report).await;
    watched.goes_on(governance::CaseId(2)).await;
    assert_eq!(since(&watched), "2024-01");

    // Decided when the outcomes of March were the last known: they count from April on, and no
    // month is left out.
    watched.goes_on(governance::CaseId(1)).await;
    assert_eq!(since(&watched), "2024-04");
    let ran = watched.ran("2024-07-01T00:00:00Z").await;
    assert_eq!(ran, "2024-04 2024-05");
    let april = watched.observation("2024-04");
    assert_eq!(readings(&april.readings), expected_readings(&rows, &["2024-04"]));
    let may = watched.observation("2024-05");
    assert_eq!(readings(&may.readings), expected_readings(&rows, &["2024-04", "2024-05"]));
    let again = watched.record().cases.values().filter(|case| case.is_open()).count();
    assert_eq!(again, 1, "it still drifts: a new case");
}

#[tokio::test]
async fn each_month_is_recorded_by_the_monitor_with_its_authority() {
    let mut watched = Watched::new(&calibrated(&SPRING)).await;
    let now = time("2024-04-01T00:00:00Z");
    let path = watched.sources.path();
    let ran = monitoring::run_due(watched.house.registrar(), path, now).await.expect("it runs");
    for (ran, name) in ran.iter().zip(["2024-01", "2024-02"]) {
        assert_eq!((ran.use_case, ran.month), (watched.use_case, month_of(name)));
        assert!(matches!(&ran.events[0].change, Change::Observed(it) if it.month == ran.month));
        for event in &ran.events {
            assert_eq!(event.actor, actor("@monitor"));
            assert_eq!(event.authority.policies, ["P20-monitor-observes"]);
            assert_eq!(event.command.to_string(), format!("primum-monitor-uc-1-{name}"));
        }
    }
    watched.house.now = now;
}
