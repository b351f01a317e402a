//! `primum evidence workload`: what alerts would ask of units.

use super::asked::{minutes, reached, usage};
use super::watch::watched;
use crate::output::{Answer, Table};
use anyhow::Result;
use clap::Args;
use evidence::{Mapping, UnitLoad, WorkloadReport, WorkloadRequest};
use statistics::workload::Span;
use std::fmt::Write;
use std::path::PathBuf;

/// What its help ends with.
const AFTER_HELP: &str = "\
A silent run scores patients and shows nobody anything. From its log this says what would have \
come of it: how many alerts a unit gets on a day at each threshold, how many of them are true, and \
on how many days there are more than it can see to. Days without an alert count.

  primum evidence workload silent.parquet --score risk --time at --unit ward \\
    --threshold 0.1,0.2,0.3 --outcome died --patient mrn_hash --snooze 8h --capacity 12

Median and 90 % are the smallest numbers that half and nine in ten of the days do not exceed. \
Intervals are over days: with fewer than about 30 days they are too short, and no interval knows \
of a season that the log does not hold.";

/// Options of `primum evidence workload`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct EvidenceWorkload {
    /// Prediction logs (Parquet, CSV, NDJSON, Arrow), or folders of them
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How the log is read, a file in TOML; what is asked here goes on top
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// Column of the score, 0 to 1
    #[arg(long, value_name = "COLUMN", required_unless_present = "map")]
    pub score: Option<String>,
    /// Column of the time of prediction
    #[arg(long, value_name = "COLUMN", required_unless_present = "map")]
    pub time: Option<String>,
    /// Column of the unit, such as the ward; all is one unit when left out
    #[arg(long, value_name = "COLUMN")]
    pub unit: Option<String>,
    /// Column of the patient, a pseudonym
    #[arg(long, value_name = "COLUMN")]
    pub patient: Option<String>,
    /// Column of the outcome, 0 or 1; empty where it is not known
    #[arg(long, value_name = "COLUMN")]
    pub outcome: Option<String>,
    /// Scores from which there is an alert
    #[arg(long, value_delimiter = ',', value_name = "P,…", required_unless_present = "budget")]
    pub threshold: Vec<f64>,
    /// Hold back a patient's alerts in a unit for so long after one was shown, such as 30m, 8h or
    /// 2d; needs --patient
    #[arg(long, value_name = "TIME")]
    pub snooze: Option<String>,
    /// Minutes that somebody spends on an alert
    #[arg(long, value_name = "MINUTES")]
    pub minutes: Option<f64>,
    /// Alerts that a unit can see to on a day
    #[arg(long, value_name = "ALERTS")]
    pub capacity: Option<u64>,
    /// Say from which threshold on a unit has no more than so many alerts on a day on average
    #[arg(long, value_name = "ALERTS")]
    pub budget: Option<f64>,
    /// Time zone in which days are counted
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub zone: String,
    /// Coverage of the intervals
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
}

/// Reads the log and says what alerts would ask of each unit.
pub async fn answer(asked: &EvidenceWorkload) -> Result<Answer> {
    let mapping = asked.map.as_deref().map(Mapping::read).transpose()?;
    let known = mapping.as_ref().map(Mapping::request);
    let time = asked.time.clone().or_else(|| known?.time.clone());
    let Some(time) = time else {
        return usage("the mapping names no column of the time: add --time COLUMN");
    };
    let score = asked.score.clone().or_else(|| Some(known?.score.clone()));
    let patient = mapping.as_ref().and_then(|it| it.patient().map(ToOwned::to_owned));
    // Outcomes that come from events are in no column.
    let outcome = known.filter(|it| it.events.is_none()).map(|it| it.outcome.clone());
    let request = WorkloadRequest {
        score: score.unwrap_or_default(),
        time,
        unit: asked.unit.clone(),
        patient: asked.patient.clone().or(patient),
        outcome: asked.outcome.clone().or(outcome),
        thresholds: asked.threshold.clone(),
        snooze_minutes: asked.snooze.as_deref().map_or(Ok(0), minutes)?,
        minutes: asked.minutes,
        capacity: asked.capacity,
        budget: asked.budget,
        zone: asked.zone.clone(),
        level: asked.level,
        columns: known.map(|it| it.columns.clone()).unwrap_or_default(),
        equals: known.map(|it| it.equals.clone()).unwrap_or_default(),
    };
    let log = reached(&asked.files, &[]).await?;
    let report = watched(&log, async |it| evidence::workload(it, &request).await).await?;
    let text = text(&report)?;
    Answer::new(&report, text)
}

fn text(report: &WorkloadReport) -> Result<String> {
    let request = &report.request;
    let mut columns = vec!["threshold"];
    columns.extend(request.unit.is_some().then_some("unit"));
    columns.extend(["alerts a day", "interval", "median", "90 %", "most", "per 100"]);
    columns.extend(request.outcome.is_some().then_some("true"));
    columns.extend(request.patient.is_some().then_some("patients a day"));
    columns.extend((request.snooze_minutes > 0).then_some("held back"));
    columns.extend(request.minutes.is_some().then_some("minutes a day"));
    columns.extend(request.capacity.is_some().then_some("days above capacity"));
    let mut table = Table::new(columns);
    for it in &report.loads {
        table.row(cells(it, request));
    }
    let days = report.loads.first().map_or(0, |it| it.load.days);
    let mut text = String::new();
    if days > 0 {
        writeln!(text, "{days} days, {} to {} ({})\n", report.from, report.to, request.zone)?;
        write!(text, "{table}")?;
    }
    if let Some(within) = &report.within_budget {
        let told = |it: Option<f64>| it.map_or_else(|| "none".to_owned(), |it| it.to_string());
        if days > 0 {
            text += "\n\n";
        }
        write!(text, "At most {} alerts a day on average, from threshold", within.budget)?;
        for (unit, threshold) in &within.by_unit {
            write!(text, "\n  {unit}: {}", told(*threshold))?;
        }
        write!(text, "\n  every unit: {}", told(within.for_all))?;
    }
    if days > 0 {
        write!(text, "\n\nIntervals of {:.0} %, over days.", request.level * 100.0)?;
        if days < 30 {
            text += " There are fewer than 30 days: they are too short.";
        }
        text += " The first and the last day may be in the log in part only.";
    }
    Ok(text)
}

fn cells(it: &UnitLoad, request: &WorkloadRequest) -> Vec<String> {
    let share = |span: Option<Span>| {
        let told = |it: Span| {
            format!(
                "{:.1} % ({:.1} to {:.1})",
                100.0 * it.estimate,
                100.0 * it.lower,
                100.0 * it.upper
            )
        };
        span.map_or_else(|| "-".to_owned(), told)
    };
    let (load, alerts) = (&it.load, &it.load.alerts_per_day);
    let mut cells = vec![it.threshold.to_string()];
    cells.extend(request.unit.is_some().then(|| it.unit.clone().unwrap_or_else(|| "all".into())));
    let interval = alerts.interval.map(|(lower, upper)| format!("{lower:.2} to {upper:.2}"));
    cells.extend([
        format!("{:.2}", alerts.mean),
        interval.unwrap_or_else(|| "-".to_owned()),
        alerts.median.to_string(),
        alerts.ninetieth.to_string(),
        alerts.most.to_string(),
        load.alert_rate.map_or_else(|| "-".to_owned(), |it| format!("{:.1}", 100.0 * it.estimate)),
    ]);
    cells.extend(request.outcome.is_some().then(|| share(load.true_share)));
    cells.extend(request.patient.is_some().then(|| format!("{:.2}", load.patients_per_day.mean)));
    cells.extend((request.snooze_minutes > 0).then(|| load.held_back.to_string()));
    if request.minutes.is_some() {
        let number = |it: Option<f64>| it.map_or_else(|| "-".to_owned(), |it| format!("{it:.0}"));
        cells.push(format!(
            "{}, 90 %: {}",
            number(it.minutes_per_day),
            number(it.minutes_ninetieth)
        ));
    }
    cells.extend(request.capacity.is_some().then(|| share(load.above_capacity)));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snooze_has_a_unit() {
        assert_eq!(minutes("8h").unwrap(), 480);
        assert_eq!(minutes(" 30 m").unwrap(), 30);
        assert_eq!(minutes("2d").unwrap(), 2_880);
        for wrong in ["8", "h", "-1h", "1.5h", "99999999d", ""] {
            assert!(minutes(wrong).is_err(), "{wrong}");
        }
    }
}
