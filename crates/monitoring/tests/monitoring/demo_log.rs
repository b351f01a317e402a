//! The demo's plan on the demo's real log, against tallies asked for in another way.

use crate::house::*;
use crate::log::{month_of, readings};
use evidence::{CellKey, Request, Source, TallySet};
use governance::{Alarm, MonitoringPlan, UseCaseId};
use statistics::{Cohort, EDetector, Estimate, Measure, Score, Tally, estimates};
use std::path::PathBuf;

fn demo() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../demo")
}

fn demo_plan() -> MonitoringPlan {
    let text = std::fs::read_to_string(demo().join("plan-local.toml")).expect("it is there");
    packs::plan("plan-local.toml", &text).expect("it is sound")
}

/// One month by itself, without periods and with the version as a filter.
async fn tallies(name: &str) -> TallySet {
    let (plan, month) = (demo_plan(), month_of(name));
    let equals = [("split", "deploy"), ("site", "main"), ("version", "1.0")];
    let request = Request {
        by: plan.by,
        time: Some("predicted_at".into()),
        from: Some(month.start()),
        until: Some(month.next().start()),
        equals: equals.map(|(column, value)| (column.into(), value.into())).into(),
        ..Request::new("outcome", "score")
    };
    let log = Source::file(demo().join("log/readmit-local.parquet"));
    evidence::tally(&log, &request).await.expect("it is sound")
}

fn expected(set: &TallySet, name: &str) -> Vec<Estimate> {
    let kept = [Measure::ObservedExpected, Measure::FlagRate, Measure::OutcomeRate];
    let threshold = Score::new(0.17).expect("a score");
    let of = |(key, tally): (&CellKey, &Tally)| {
        estimates(tally, key.cohort.as_ref(), Some(name), &[threshold], 0.95)
    };
    set.cells.iter().flat_map(of).filter(|it| kept.contains(&it.measure)).collect()
}

#[tokio::test]
async fn two_months_of_the_real_log_are_observed_as_they_are() {
    let mut house = House::furnished().await;
    house.must("office", register_version("1.0")).await;
    house.now = time("2025-08-05T00:00:00Z");
    let plan = demo_plan();
    let use_case = house.goes_live("1.0", plan.clone()).await;
    let now = time("2025-11-05T00:00:00Z");
    let log = demo().join("log");
    let ran = monitoring::run_due(house.registrar(), &log, now).await.expect("it runs");
    assert_eq!((ran.len(), use_case), (2, UseCaseId(1)));

    let Alarm::Calibration { cohorts, tolerance, .. } = &plan.watches[0].alarm else {
        panic!("{:?}", plan.watches[0]);
    };
    let streams: Vec<Option<Cohort>> =
        std::iter::once(None).chain(cohorts.iter().cloned().map(Some)).collect();
    let mut detectors = vec![EDetector::new(720.0, *tolerance); streams.len()];
    for name in ["2025-08", "2025-09"] {
        let set = tallies(name).await;
        assert!(set.rows_used > 1000, "{name}: {}", set.rows_used);
        let record = house.record();
        let observation = &record.observations[&use_case][&month_of(name)];
        assert_eq!(observation.estimates, expected(&set, name), "{name}");
        let steps = streams.iter().zip(&mut detectors).map(|(cohort, detector)| {
            let cell = CellKey { period: None, cohort: cohort.clone() };
            (cohort.clone(), detector.step(&set.cells[&cell]).evidence, 720.0)
        });
        assert_eq!(readings(&observation.readings), steps.collect::<Vec<_>>(), "{name}");
    }
}
