//! `primum evidence workflow`: how early a score warns, and how often it calls.

use super::asked::{Asked, Log, TIME, need, usage};
use super::watch::watched;
use crate::output::{Answer, Table};
use anyhow::Result;
use clap::Args;
use evidence::Workflow;
use statistics::Quantile;
use std::fmt::Write;

/// What its help ends with.
const AFTER_HELP: &str = "\
An alert is a prediction at or above the first threshold. Predictions at or after the event of \
their encounter are left out. A patient-day is a day from the first to the last prediction of an \
encounter.

  primum evidence workflow log.csv --score risk --time at --encounter stay \\
    --event-time icu_at --outcome icu --threshold 0.2";

/// Options of `primum evidence workflow`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct EvidenceWorkflow {
    /// The log
    #[command(flatten)]
    pub asked: Asked,
}

/// Reads the log and says how early its score warns.
pub async fn answer(run: &EvidenceWorkflow) -> Result<Answer> {
    let Log { fetched, request, .. } = run.asked.log().await?;
    let encounter = ("the encounter", "--encounter");
    need(true, "lead time", request.encounter.as_ref(), encounter)?;
    need(true, "lead time", request.time.as_ref(), TIME)?;
    if request.event_time.is_none() && request.events.is_none() {
        return usage(
            "lead time needs the time of the event: add --event-time COLUMN or --events FILE",
        );
    }
    let found = watched(&fetched, async |it| evidence::workflow(it, &request).await).await?;
    let text = text(&found, &request.score, request.level)?;
    Answer::new(&found, text)
}

fn text(found: &Workflow, score: &str, level: f64) -> Result<String> {
    let mut text = format!("Score `{score}`, alerts from {}\n", found.threshold);
    let mut line = |name: &str, said: String| writeln!(text, "  {name:<26}{said}");
    let later = match found.immature {
        0 => String::new(),
        left => format!("; {left} left out, whose outcome is not known yet"),
    };
    line("encounters", format!("{}{later}", found.encounters))?;
    line("with the event", found.events.to_string())?;
    line("warned before it", format!("{}{}", found.warned, share(found.warned, found.events)))?;
    line("alerts", format!("{} of {} predictions", found.alerts, found.predictions))?;
    line(
        "encounters with an alert",
        format!("{}{}", found.alerted, share(found.alerted, found.encounters)),
    )?;
    line("patient-days", format!("{:.1}", found.patient_days))?;
    let each = found.alerts_per_patient_day;
    line("alerts a patient-day", each.map_or_else(|| "-".to_owned(), |it| format!("{it:.2}")))?;
    if found.lead_hours.is_empty() {
        write!(text, "\nNo event was warned of, so that there is no lead time.")?;
        return Ok(text);
    }
    let mut table = Table::new(["warned", "hours before the event", "interval"]);
    for quantile in &found.lead_hours {
        table.row(cells(quantile));
    }
    write!(text, "\nFrom the first alert to the event, of those warned\n\n{table}\n\n")?;
    write!(text, "Intervals of {:.0} %, from the order of the lead times.", level * 100.0)?;
    Ok(text)
}

fn share(of: u64, all: u64) -> String {
    match all {
        0 => String::new(),
        all => format!(", {:.1} %", 100.0 * of as f64 / all as f64),
    }
}

fn cells(it: &Quantile) -> [String; 3] {
    let end = |end: Option<f64>| end.map_or_else(|| "-".to_owned(), |hours| format!("{hours:.1}"));
    let interval = match (it.lower, it.upper) {
        (None, None) => "-".to_owned(),
        (lower, upper) => format!("{} to {}", end(lower), end(upper)),
    };
    [format!("{:.0} % at most", it.share * 100.0), format!("{:.1}", it.value), interval]
}
