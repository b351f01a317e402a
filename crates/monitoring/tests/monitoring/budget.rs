//! M1 at the level of a plan: over all its streams together, false alarms keep the stated budget.

use crate::house::{id, of};
use governance::{Live, MonitoringPlan, Month};
use monitoring::{History, observe};
use serde_json::json;
use statistics::{Cohort, Score, Tally};
use std::collections::BTreeMap;

/// Mean number of months between false alarms that the plan states.
const BUDGET: f64 = 12.0;
/// Nobody is watched for longer. It can only make the mean shorter than it is.
const LONGEST: u32 = 40;
const HOSPITALS: u64 = 120;
const PATIENTS: u32 = 60;
const SEED: u64 = 20_240_101;

fn cohorts() -> [Cohort; 3] {
    [("sex", "F"), ("race", "A"), ("age", "80+")]
        .map(|(attribute, level)| Cohort { attribute: attribute.into(), level: level.into() })
}

fn live() -> Live {
    let plan: MonitoringPlan = of(json!({
        "feed": { "file": "log.csv", "outcome": "y", "score": "p", "id": "id", "time": "t",
                  "matured": "m", "version": "v", "site": "s" },
        "maturity_days": 30, "by": ["sex", "race", "age"], "threshold": 0.2,
        "watches": [{
            "id": "calibration", "title": "Calibration", "answer_within_days": 10, "action": "Look",
            "alarm": { "kind": "calibration", "months_between_false_alarms": BUDGET,
                       "tolerance": 0.0, "cohorts": cohorts() },
        }],
        "ladder": [{ "after_days": 0, "tell": "owner" }],
    }));
    let until = "2030-01-01T00:00:00Z";
    of(json!({
        "owners": { "sponsor": "a", "business": "b", "technical": "c" },
        "tier": { "tier": "T2", "policy": "p", "binding": [], "held_up_by_unknown": [],
                  "lowered_by": [] },
        "validation": { "evidence": "EV-1", "version": "v1", "valid_until": until },
        "plan": plan,
        "path": { "body": "committee", "decision": "DEC-1", "expires": until },
        "deployment": { "version": "v1", "site": "main", "mode": "live" },
        "since": "2024-01-01T00:00:00Z",
        "acting_since": "2024-01-01T00:00:00Z",
    }))
}

/// SplitMix64 (Steele, Lea & Flood 2014): numbers from 0 up to 1.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        f64::from(u32::try_from((bits ^ (bits >> 31)) >> 32).expect("32 bits")) / 2f64.powi(32)
    }
}

/// A month of patients, each in none to all of the cohorts, with odds of the outcome so many times
/// those of the score.
fn patients(draw: &mut Draw, odds: f64) -> BTreeMap<Option<Cohort>, Tally> {
    let mut rows: BTreeMap<Option<Cohort>, Vec<(Score, bool)>> = BTreeMap::new();
    for _ in 0..PATIENTS {
        let score = [0.05, 0.2, 0.5][(draw.next() * 3.0) as usize];
        let risk = odds * score / (1.0 - score + odds * score);
        let row = (Score::new(score).expect("a score"), draw.next() < risk);
        rows.entry(None).or_default().push(row);
        for cohort in cohorts() {
            if draw.next() < 0.4 {
                rows.entry(Some(cohort)).or_default().push(row);
            }
        }
    }
    let tallied = rows.into_iter().map(|(cohort, mut rows)| {
        rows.sort();
        (cohort, Tally::from_rows(rows))
    });
    tallied.collect()
}

/// Months until the first alarm on any stream, at most [`LONGEST`].
fn months_to_alarm(live: &Live, hospital: u64, odds: f64) -> u32 {
    let mut draw = Draw(SEED + hospital * 1_000_003);
    let since: Month = id("2024-01");
    let mut history = History::new();
    let mut month = since;
    for count in 1..=LONGEST {
        history.insert(month, patients(&mut draw, odds));
        let observed = observe(id("UC-1"), live, |_| since, month, &history);
        assert_eq!(observed.readings.len(), 4, "a stream for all and one for each cohort");
        if observed.readings.iter().any(|reading| reading.evidence >= reading.limit) {
            return count;
        }
        month = month.next();
    }
    LONGEST
}

fn mean_months(odds: f64) -> f64 {
    let live = live();
    let months = (0..HOSPITALS).map(|hospital| months_to_alarm(&live, hospital, odds));
    f64::from(months.sum::<u32>()) / HOSPITALS as f64
}

#[test]
fn healthy_hospitals_wait_longer_for_a_false_alarm_than_the_budget_says() {
    let mean = mean_months(1.0);
    println!("seed {SEED}, {HOSPITALS} hospitals: {mean:.1} months, the budget is {BUDGET}");
    assert!(mean >= BUDGET, "{mean}");
}

/// The same count would show a detector that never alarms, or a plan whose streams go unread.
#[test]
fn drifting_hospitals_hear_of_it_well_within_the_budget() {
    for odds in [0.4, 2.5] {
        let mean = mean_months(odds);
        println!("seed {SEED}, {HOSPITALS} hospitals, odds times {odds}: {mean:.1} months");
        assert!(mean < BUDGET / 2.0, "{odds}: {mean}");
    }
}

#[test]
fn the_budget_is_split_between_the_streams() {
    let history = History::from([(id("2024-01"), patients(&mut Draw(SEED), 1.0))]);
    let observed = observe(id("UC-1"), &live(), |_| id("2024-01"), id("2024-01"), &history);
    for reading in observed.readings {
        assert!((reading.limit - 4.0 * BUDGET).abs() < f64::EPSILON, "{reading:?}");
    }
}
