//! Each month that monitoring shows, and where its detectors stand, as numpy and statsmodels have
//! it: for the local model of the demo, from its first live month on.

#![cfg(test)]

#[path = "../../evidence/tests/oracle/mod.rs"]
mod oracle;
#[path = "../../evidence/tests/story/mod.rs"]
mod story;

use evidence::Source;
use governance::{Live, Month};
use monitoring::{History, observe, request_of};
use serde_json::json;

/// The demo's first use case, live. Only its plan and its deployment matter here.
fn live() -> Live {
    let use_case = json!("UC-1");
    let until = "2024-03-01T00:00:00Z";
    let live = json!({
        "owners": { "sponsor": "sponsor", "business": "business", "technical": "technical" },
        "tier": {
            "tier": "T3", "policy": "policy 1", "binding": [], "held_up_by_unknown": [],
            "lowered_by": []
        },
        "validation": { "evidence": "EV-1", "version": "1.0", "valid_until": until },
        "plan": story::told("plan-local.toml"),
        "path": { "body": "ai-committee", "decision": "DEC-1", "expires": until },
        "deployment": story::deployment(&story::told("story.toml"), &use_case),
        "since": "2023-03-01T13:30:00Z",
        "acting_since": "2023-03-01T13:30:00Z",
    });
    serde_json::from_value(live).unwrap()
}

/// The tallies of all months, as running what is due would have them at the end.
async fn history(live: &Live, first: Month, last: Month) -> History {
    let feed = live.plan.feed().unwrap();
    let source = Source::file(oracle::demo().join("log").join(&feed.file));
    let now = last.matures(live.plan.maturity_days);
    let tallies =
        evidence::tally(&source, &request_of(live, feed, first, last, now)).await.unwrap();
    let mut history = History::new();
    for (key, tally) in tallies.cells {
        if let Some(period) = key.period {
            let month: Month = period.parse().unwrap();
            history.entry(month).or_default().insert(key.cohort, tally);
        }
    }
    history
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_number_of_a_month_is_a_golden_one() {
    let golden = &oracle::golden()["monitoring"];
    let (months, live) = (golden["months"].as_object().unwrap(), live());
    let parsed: Vec<Month> = months.keys().map(|month| month.parse().unwrap()).collect();
    let (first, last) = (parsed[0], parsed[parsed.len() - 1]);
    assert_eq!((first, parsed.len()), (Month::of(live.since), 12));
    let history = history(&live, first, last).await;
    let detectors = golden["detectors"].as_array().unwrap();
    let mut faults = Vec::new();
    for (place, (month, wanted)) in parsed.iter().zip(months.values()).enumerate() {
        let mut seen = observe("UC-1".parse().unwrap(), &live, |_| first, *month, &history);
        for estimate in &mut seen.estimates {
            assert_eq!(estimate.period.take(), Some(month.to_string()));
        }
        let found = oracle::faults(&seen.estimates, wanted.as_array().unwrap());
        faults.extend(found.into_iter().map(|fault| format!("{month}: {fault}")));
        assert_eq!(seen.readings.len(), detectors.len());
        for (reading, detector) in seen.readings.iter().zip(detectors) {
            let (evidence, cohort) = (&detector["evidence"][place], &reading.cohort);
            let cohort = json!(cohort.as_ref().map(ToString::to_string));
            // A detector rounds its state down to a billionth of a nat each month: twelve of them.
            let right = cohort == detector["cohort"]
                && json!(reading.limit) == golden["limit"]
                && oracle::same(Some(reading.evidence), &evidence[0], 2e-8)
                && reading.finding.starts_with(evidence[1].as_str().unwrap());
            if !right {
                faults.push(format!("{month}: {reading:?} is not {evidence}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
}
