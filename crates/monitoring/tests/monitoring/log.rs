//! Small prediction logs, and what they must come to, counted here row by row.

use crate::house::*;
use governance::{
    CaseId, DecisionId, MonitoringPlan, Month, Observation, Outcome, Question, Reading, Record,
    UseCaseId,
};
use jiff::{SignedDuration, Timestamp};
use registrar::Registrar;
use statistics::{
    Cohort, EDetector, Estimate, Measure, Score, Tally, estimates, run_length_per_stream,
};
use std::fmt::Write;
use std::path::Path;

/// One prediction.
#[derive(Debug, Clone)]
pub struct Row {
    pub at: Timestamp,
    pub matured: Timestamp,
    /// In hundredths.
    pub score: u32,
    pub outcome: bool,
    pub sex: &'static str,
    pub version: &'static str,
    pub site: &'static str,
}

const SCORES: [u32; 6] = [5, 10, 20, 30, 40, 60];

/// `count` predictions of `v1` in a month, whose outcomes come `ratio` times as often as their
/// scores say; the same in every run.
pub fn month(name: &str, count: u32, ratio: f64) -> Vec<Row> {
    let start = month_of(name).start();
    let mut state = u64::from(count) ^ start.as_second().unsigned_abs();
    let mut draw = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 33).expect("31 bits")) / f64::from(1_u32 << 31)
    };
    (0..count)
        .map(|place| {
            let score = SCORES[place as usize % SCORES.len()];
            let at = start + SignedDuration::from_mins(i64::from(place % 40_000));
            Row {
                at,
                matured: at + SignedDuration::from_hours(24 * 30),
                score,
                outcome: draw() < f64::from(score) / 100.0 * ratio,
                sex: if draw() < 0.4 { "F" } else { "M" },
                version: "v1",
                site: "main",
            }
        })
        .collect()
}

/// Calibrated months, one after the other.
pub fn calibrated(months: &[&str]) -> Vec<Row> {
    months.iter().flat_map(|name| month(name, 200, 1.0)).collect()
}

pub fn month_of(name: &str) -> Month {
    id(name)
}

/// Writes a log in the columns that [`plan`] names.
pub fn write(file: &Path, rows: &[Row]) {
    let mut text = String::from("id,t,m,v,s,p,y,sex\n");
    for (place, row) in rows.iter().enumerate() {
        let Row { at, matured, score, outcome, sex, version, site } = row;
        let outcome = u8::from(*outcome);
        writeln!(text, "{place},{at},{matured},{version},{site},0.{score:02},{outcome},{sex}")
            .expect("a string takes all");
    }
    std::fs::write(file, text).expect("it is written");
}

/// A log beside a hospital with a live use case since January 2024.
pub struct Watched {
    pub house: House,
    pub sources: tempfile::TempDir,
    pub use_case: UseCaseId,
}

impl Watched {
    pub async fn new(rows: &[Row]) -> Self {
        let mut house = House::furnished().await;
        let use_case = house.goes_live("v1", plan("log.csv")).await;
        let watched = Self { house, sources: tempfile::tempdir().expect("a folder"), use_case };
        watched.write(rows);
        watched
    }

    pub fn write(&self, rows: &[Row]) {
        write(&self.sources.path().join("log.csv"), rows);
    }

    pub fn registrar(&self) -> &Registrar {
        self.house.registrar()
    }

    /// Runs what is due and names the months that were run.
    pub async fn run(&mut self, at: &str) -> Result<String, monitoring::RunError> {
        let now = time(at);
        self.house.now = self.house.now.max(now);
        let ran = monitoring::run_due(self.registrar(), self.sources.path(), now).await?;
        let months = ran.iter().map(|ran| ran.month.to_string());
        Ok(months.collect::<Vec<_>>().join(" "))
    }

    /// [`Self::run`], which is known to go well.
    pub async fn ran(&mut self, at: &str) -> String {
        self.run(at).await.unwrap_or_else(|error| panic!("{at}: {error}"))
    }

    /// The committee decides to go on in spite of a case.
    pub async fn goes_on(&mut self, case: CaseId) {
        let decision = DecisionId(u32::try_from(self.record().decisions.len()).expect("few") + 1);
        let motion = open_motion(Question::Case { case }, Outcome::Go);
        self.house.must("office", motion).await;
        self.house.carries(decision).await;
    }

    pub fn record(&self) -> std::sync::Arc<Record> {
        self.house.record()
    }

    pub fn observation(&self, name: &str) -> Observation {
        self.record().observations[&self.use_case][&month_of(name)].clone()
    }

    pub fn observed(&self) -> String {
        let record = self.record();
        let months = record.observations.get(&self.use_case).into_iter().flatten();
        months.map(|(month, _)| month.to_string()).collect::<Vec<_>>().join(" ")
    }
}

pub fn female() -> Cohort {
    Cohort { attribute: "sex".into(), level: "F".into() }
}

pub fn male() -> Cohort {
    Cohort { attribute: "sex".into(), level: "M".into() }
}

/// The rows of a month that count, in one tally.
pub fn tally(rows: &[Row], name: &str, cohort: Option<&Cohort>) -> Tally {
    let (start, end) = (month_of(name).start(), month_of(name).next().start());
    let mut counted: Vec<_> = rows
        .iter()
        .filter(|row| start <= row.at && row.at < end)
        .filter(|row| row.version == "v1" && row.site == "main")
        .filter(|row| cohort.is_none_or(|cohort| cohort.level == row.sex))
        .map(|row| (Score::from_billionths(row.score * 10_000_000), row.outcome))
        .collect();
    counted.sort();
    Tally::from_rows(counted)
}

/// What the observation of a month must hold: calibration, workload and outcome rate of all, then
/// of each cohort.
pub fn expected_estimates(rows: &[Row], name: &str, plan: &MonitoringPlan) -> Vec<Estimate> {
    let kept = [Measure::ObservedExpected, Measure::FlagRate, Measure::OutcomeRate];
    let threshold = Score::new(plan.threshold).expect("a score");
    let cohorts = [None, Some(female()), Some(male())];
    let of = |cohort: &Option<Cohort>| {
        let tally = tally(rows, name, cohort.as_ref());
        estimates(&tally, cohort.as_ref(), Some(name), &[threshold], 0.95)
    };
    let all = cohorts.iter().flat_map(of);
    all.filter(|estimate| kept.contains(&estimate.measure)).collect()
}

/// Evidence and limit of the two detectors of [`plan`] after some months: all predictions, and
/// women.
pub fn expected_readings(rows: &[Row], months: &[&str]) -> Vec<(Option<Cohort>, f64, f64)> {
    let limit = run_length_per_stream(24.0, 2);
    assert!((limit - 48.0).abs() < f64::EPSILON);
    let streams = [None, Some(female())];
    let fold = |cohort: Option<Cohort>| {
        let mut detector = EDetector::new(limit, 0.0);
        let steps = months.iter().map(|name| detector.step(&tally(rows, name, cohort.as_ref())));
        let evidence = steps.last().expect("a month").evidence;
        (cohort, evidence, limit)
    };
    streams.into_iter().map(fold).collect()
}

pub fn readings(readings: &[Reading]) -> Vec<(Option<Cohort>, f64, f64)> {
    readings.iter().map(|it| (it.cohort.clone(), it.evidence, it.limit)).collect()
}
