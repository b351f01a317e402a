//! `primum decision times`: how long bodies and sign-off lanes take.

use crate::output::{Answer, Table};
use anyhow::Result;
use governance::{PaceOf, Record};
use jiff::Timestamp;

/// How long each body and lane took for what came to it from `since` on.
pub fn times(record: &Record, since: Timestamp) -> Result<Answer> {
    let mut table = Table::new(["who", "counted", "half within", "nine in ten within"]);
    let pace = record.pace(since);
    for pace in &pace {
        let who = match &pace.of {
            PaceOf::Body(body) => format!("body {body}"),
            PaceOf::Lane(lane) => format!("lane {lane}"),
        };
        table.row(match pace.waits {
            Some(waits) => {
                [who, waits.count.to_string(), days(waits.p50_seconds), days(waits.p90_seconds)]
            }
            None => [who, "0".to_owned(), "-".to_owned(), "-".to_owned()],
        });
    }
    let text = format!(
        "{table}\n\nA body's time runs from motion to outcome, a lane's from the beginning of \
         validation to its first word."
    );
    Answer::new(&pace, text)
}

/// Seconds as days with one decimal.
fn days(seconds: i64) -> String {
    format!("{:.1} days", seconds as f64 / 86_400.0)
}
