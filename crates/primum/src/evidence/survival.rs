//! `primum evidence survival`: predicted risks at a horizon, with follow-up that may end before it.

use super::asked::reached;
use super::by_cohort::{ByCohort, More, Told};
use super::findings::{interval, rows, value};
use super::watch::watched;
use crate::output::Answer;
use anyhow::Result;
use clap::Args;
use evidence::SurvivalRequest;
use std::path::PathBuf;

/// Options of `primum evidence survival`.
#[derive(Debug, Args)]
pub struct EvidenceSurvival {
    /// Files of predictions or folders of them, one row for each prediction
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Column of the time followed, 0 or more, in any unit
    #[arg(long, value_name = "COLUMN")]
    pub time: String,
    /// Column of how that ended: 0 censored, 1 the event, 2 an event after which it cannot happen
    #[arg(long, value_name = "COLUMN")]
    pub event: String,
    /// Column of the predicted risk of the event by the horizon, 0 to 1
    #[arg(long, value_name = "COLUMN")]
    pub score: String,
    /// The horizon, in the unit of the time
    #[arg(long, value_name = "TIME")]
    pub horizon: f64,
    /// Score from which a row is flagged; several with commas
    #[arg(long, value_name = "P", value_delimiter = ',')]
    pub threshold: Vec<f64>,
    /// Coverage of the intervals
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
    /// The cohorts, and the page
    #[command(flatten)]
    pub by_cohort: ByCohort,
}

/// Reads the predictions and tells what the risks are worth.
pub async fn answer(asked: &EvidenceSurvival) -> Result<Answer> {
    asked.by_cohort.check()?;
    let request = SurvivalRequest {
        time: asked.time.clone(),
        event: asked.event.clone(),
        score: asked.score.clone(),
        horizon: asked.horizon,
        thresholds: asked.threshold.clone(),
        level: asked.level,
        by: asked.by_cohort.by.clone(),
    };
    let log = reached(&asked.files, &[]).await?;
    let report = watched(&log, async |it| evidence::survival(it, &request).await).await?;
    let heads: &'static [&'static str] = &["measure", "threshold", "estimate", "interval", "n"];
    let told =
        Told::of(("Risks at a horizon", heads), &report.estimates, &report.by_cohort, |finding| {
            vec![
                finding.of.measure.title().to_owned(),
                finding.of.threshold.map_or_else(|| "-".to_owned(), |it| it.to_string()),
                value(finding),
                interval(finding),
                rows(finding),
            ]
        });
    let line = report.known.map(|known| {
        More::Line(format!(
            "By {}: {} events, {} competing events, {} followed without either, {} censored \
             before.",
            asked.horizon, known.events, known.competing, known.free, known.censored
        ))
    });
    told.with(line).answer(&asked.by_cohort, &report, &report.rows, asked.level)
}
