//! Outcomes from events, and units that are encounters, against the slow and obvious way.

#![cfg(test)]

use evidence::{Column, Events, Reading, Request, Source, Unit, tally, workflow};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

const HOUR: i64 = 3600;
const START: i64 = 1_767_225_600;

#[derive(Clone)]
struct Prediction {
    encounter: u64,
    at: i64,
    score: u32,
    unit: &'static str,
}

struct Hospital {
    predictions: Vec<Prediction>,
    /// Encounter and instant.
    events: Vec<(u64, i64)>,
}

/// Made-up encounters with a prediction every hour or so, and events in some of them.
fn hospital(encounters: u64, seed: u64) -> Hospital {
    let state = AtomicU64::new(seed);
    let below = |end: u64| {
        let next = state
            .load(Ordering::Relaxed)
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state.store(next, Ordering::Relaxed);
        (next >> 33) % end
    };
    let mut hospital = Hospital { predictions: Vec::new(), events: Vec::new() };
    for encounter in 0..encounters {
        let start = START + below(1000) as i64 * HOUR;
        let sick = below(4) == 0;
        for hour in 0..1 + below(30) as i64 {
            hospital.predictions.push(Prediction {
                encounter,
                at: start + hour * HOUR,
                // Few scores, so that the highest comes more than once.
                score: (below(8) + 2 * u64::from(sick)) as u32 * 10,
                unit: ["icu", "ward"][below(2) as usize],
            });
        }
        if sick {
            for _ in 0..1 + below(2) {
                hospital.events.push((encounter, start - HOUR + below(30 * 3600) as i64));
            }
        }
    }
    hospital
}

fn time(at: i64) -> String {
    jiff::Timestamp::from_second(at).unwrap().to_string()
}

/// Writes predictions and events; scores are in percent.
fn write(dir: &tempfile::TempDir, hospital: &Hospital, order: impl Fn(usize) -> usize) -> Source {
    let (log, events) = (dir.path().join("log.csv"), dir.path().join("events.ndjson"));
    let mut text = String::from("csn,at,risk,unit\n");
    for place in 0..hospital.predictions.len() {
        let p = &hospital.predictions[order(place)];
        text.push_str(&format!("{},{},{},{}\n", p.encounter, time(p.at), p.score, p.unit));
    }
    std::fs::write(&log, text).unwrap();
    let line = |(encounter, at): &(u64, i64)| {
        format!("{{\"enc\":{encounter},\"when\":\"{}\",\"kind\":\"sepsis\"}}\n", time(*at))
    };
    let mut text: String = hospital.events.iter().map(line).collect();
    text.push_str("{\"enc\":0,\"when\":\"2026-01-01\",\"kind\":\"fall\"}\n");
    std::fs::write(&events, text).unwrap();
    Source::file(log).with_events([events])
}

fn request(horizon: Option<f64>) -> Request {
    let mut request = Request::new("sepsis", "risk");
    let column = Column { from: "risk".into(), reading: Reading::OutOf(100.0) };
    request.columns.insert("risk".into(), column);
    request.by = vec!["unit".into()];
    request.thresholds = vec![0.6];
    request.time = Some("at".into());
    request.encounter = Some("csn".into());
    let mut events = Events::new(vec!["csn".into()], "when", horizon);
    events.event_key = Some(vec!["enc".into()]);
    events.only = [("kind".to_owned(), ["sepsis".to_owned()].into())].into();
    request.events = Some(events);
    request
}

/// The event that follows a prediction within the horizon.
fn follows(hospital: &Hospital, p: &Prediction, horizon: Option<i64>) -> Option<i64> {
    let events = hospital.events.iter().filter(|(encounter, _)| *encounter == p.encounter);
    let after = events
        .map(|(_, at)| *at)
        .filter(|&at| at > p.at && horizon.is_none_or(|horizon| at <= p.at + horizon));
    after.min()
}

/// Rows as text: cohort, score, outcome, and how many there are.
type Cells = BTreeMap<(String, u32, bool), u64>;

async fn cells(source: &Source, request: &Request) -> (Cells, u64) {
    let set = tally(source, request).await.unwrap();
    let mut cells = Cells::new();
    for (key, tally) in &set.cells {
        let cohort = key.cohort.as_ref().map(|cohort| cohort.level.clone()).unwrap_or_default();
        for bin in tally.histogram.bins() {
            let score = tally.histogram.score_of(bin).billionths() / 10_000_000;
            for (outcome, count) in [(false, bin.without), (true, bin.with)] {
                if count > 0 {
                    *cells.entry((cohort.clone(), score, outcome)).or_default() += count;
                }
            }
        }
    }
    (cells, set.immature)
}

fn add(cells: &mut Cells, p: &Prediction, outcome: bool) {
    for cohort in ["", p.unit] {
        *cells.entry((cohort.to_owned(), p.score, outcome)).or_default() += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outcome_is_an_event_within_the_horizon_of_a_matured_prediction() {
    for (seed, horizon) in [(1, Some(6)), (2, Some(24)), (3, None)] {
        let dir = tempfile::tempdir().unwrap();
        let hospital = hospital(300, seed);
        let source = write(&dir, &hospital, |place| place);
        let mut request = request(horizon.map(|hours| hours as f64));
        let as_of = START + 500 * HOUR;
        request.until = Some(time(as_of).parse().unwrap());
        request.as_of = request.until;
        let mut wanted = Cells::new();
        let mut immature = 0;
        for p in hospital.predictions.iter().filter(|p| p.at < as_of) {
            if horizon.is_some_and(|horizon| p.at + horizon * HOUR > as_of) {
                immature += 1;
                continue;
            }
            add(&mut wanted, p, follows(&hospital, p, horizon.map(|h| h * HOUR)).is_some());
        }
        assert!(horizon.is_none() || immature > 10, "{immature}");
        assert_eq!(cells(&source, &request).await, (wanted, immature), "{horizon:?}");
    }
}

/// Encounters by the one prediction that decides, the slow and obvious way.
fn units(hospital: &Hospital, unit: Unit, horizon: i64, threshold: u32) -> Cells {
    let mut cells = Cells::new();
    let mut encounters: BTreeMap<u64, Vec<&Prediction>> = BTreeMap::new();
    for p in &hospital.predictions {
        encounters.entry(p.encounter).or_default().push(p);
    }
    for mut all in encounters.into_values() {
        let first = all.iter().filter_map(|p| follows(hospital, p, Some(horizon))).min();
        all.retain(|p| first.is_none_or(|event| p.at < event));
        let outcome = all.iter().any(|p| follows(hospital, p, Some(horizon)).is_some());
        all.sort_by_key(|p| (std::cmp::Reverse(p.score), p.at));
        let crossing = all.iter().filter(|p| p.score >= threshold).min_by_key(|p| p.at);
        let decides = match unit {
            Unit::FirstCrossing => crossing.or(all.first()),
            _ => all.first(),
        };
        add(&mut cells, decides.unwrap(), outcome);
    }
    cells
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encounter_is_counted_once_by_the_prediction_that_decides() {
    for unit in [Unit::EncounterMax, Unit::FirstCrossing] {
        let hospital = hospital(400, 5);
        let wanted = units(&hospital, unit, 12 * HOUR, 60);
        let request = Request { unit, ..request(Some(12.0)) };
        let count = hospital.predictions.len();
        // Rows in any order give the same.
        for step in [1, 11, 13] {
            assert!(!count.is_multiple_of(step) || step == 1, "{count} is a multiple of {step}");
            let dir = tempfile::tempdir().unwrap();
            let source = write(&dir, &hospital, |place| place * step % count);
            let (found, _) = cells(&source, &request).await;
            assert_eq!(found, wanted, "{unit:?} {step}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lead_time_is_from_the_first_alert_to_the_event() {
    let dir = tempfile::tempdir().unwrap();
    let hospital = hospital(500, 9);
    let source = write(&dir, &hospital, |place| place);
    let found = workflow(&source, &request(Some(12.0))).await.unwrap();
    let mut leads: Vec<f64> = Vec::new();
    let (mut span, mut alerts, mut predictions) = (0, 0, 0);
    for encounter in 0..500 {
        let mut all: Vec<&Prediction> =
            hospital.predictions.iter().filter(|p| p.encounter == encounter).collect();
        let event = all.iter().filter_map(|p| follows(&hospital, p, Some(12 * HOUR))).min();
        all.retain(|p| event.is_none_or(|event| p.at < event));
        predictions += all.len() as u64;
        alerts += all.iter().filter(|p| p.score >= 60).count() as u64;
        span += all.iter().map(|p| p.at).max().unwrap() - all.iter().map(|p| p.at).min().unwrap();
        let crossing = all.iter().filter(|p| p.score >= 60).map(|p| p.at).min();
        leads.extend(crossing.zip(event).map(|(alert, event)| (event - alert) as f64 / 3600.0));
    }
    leads.sort_by(f64::total_cmp);
    assert_eq!((found.encounters, found.predictions, found.alerts), (500, predictions, alerts));
    assert!(leads.len() > 30, "{}", leads.len());
    assert_eq!(found.warned, leads.len() as u64);
    let days = span as f64 / 86_400.0;
    assert!((found.patient_days - days).abs() < 1e-9);
    assert_eq!(found.alerts_per_patient_day, Some(alerts as f64 / found.patient_days));
    let median = found.lead_hours.iter().find(|quantile| quantile.share == 0.5).unwrap();
    assert_eq!(median.value, leads[leads.len().div_ceil(2) - 1]);
    assert!(median.lower.unwrap() <= median.value && median.value <= median.upper.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_row_is_named_whatever_is_counted() {
    let check = async |change: fn(&mut Hospital) -> (&'static str, &'static str), wanted: &str| {
        for unit in [Unit::Prediction, Unit::EncounterMax, Unit::FirstCrossing] {
            let dir = tempfile::tempdir().unwrap();
            let mut hospital = hospital(20, 3);
            let (from, to) = change(&mut hospital);
            let source = write(&dir, &hospital, |place| place);
            let path = dir.path().join("log.csv");
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
            let found = tally(&source, &Request { unit, ..request(Some(12.0)) }).await;
            let found = found.map(|set| set.rows_used).map_err(|error| {
                error.to_string().replace(&format!("{}/", dir.path().display()), "")
            });
            assert_eq!(found, Err(format!("{wanted}; nothing was kept")), "{unit:?}");
        }
    };
    let third = |hospital: &mut Hospital| {
        hospital.predictions[2].score = 990;
        ("x", "x")
    };
    let why = "`990` is not a score: a score is a number from 0 to 100";
    check(third, &format!("`log.csv`, row 3, column `risk`: {why}")).await;
    let event = |hospital: &mut Hospital| {
        hospital.events.clear();
        hospital.events.push((1, i64::from(u32::MAX)));
        ("at,risk", "when,risk")
    };
    let columns = "its columns are csn, when, risk, unit";
    check(event, &format!("`log.csv` has no column `at`; {columns}")).await;
}
