//! `primum evidence size`: how many rows an interval of a wanted width takes.

use crate::output::{Answer, Table, Usage};
use anyhow::Result;
use clap::Args;
use serde::Serialize;
use statistics::Measure;
use statistics::sample_size::{Plan, PlanError, Size, SlopeInformation, Standing, Target};
use std::fmt::Write;

/// Options of `primum evidence size`.
#[derive(Debug, Args)]
pub struct EvidenceSize {
    /// Share of rows that have the outcome, above 0 and below 1
    #[arg(long, value_name = "SHARE")]
    pub prevalence: f64,
    /// Rows that are there, to say how wide their intervals are and how many more are needed
    #[arg(long)]
    pub rows: Option<u64>,
    /// Coverage of the intervals
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
    /// AUROC to expect, for the rows that it takes
    #[arg(long, value_name = "AREA")]
    pub auroc: Option<f64>,
    /// Mean and standard deviation of the scores' log odds, for the rows that the slope takes
    #[arg(
        long,
        num_args = 2,
        value_names = ["MEAN", "DEVIATION"],
        allow_negative_numbers = true
    )]
    pub log_odds: Vec<f64>,
    /// Score from which a row is flagged, for the rows that net benefit takes
    #[arg(long, value_name = "P", requires = "sensitivity", requires = "specificity")]
    pub threshold: Option<f64>,
    /// Sensitivity to expect at the threshold
    #[arg(long, value_name = "SHARE", requires = "threshold")]
    pub sensitivity: Option<f64>,
    /// Specificity to expect at the threshold
    #[arg(long, value_name = "SHARE", requires = "threshold")]
    pub specificity: Option<f64>,
    /// Width wanted for observed / expected, when it is 1
    #[arg(long, value_name = "WIDTH", default_value_t = 0.2)]
    pub width_ratio: f64,
    /// Width wanted for the calibration slope
    #[arg(long, value_name = "WIDTH", default_value_t = 0.4)]
    pub width_slope: f64,
    /// Width wanted for the AUROC
    #[arg(long, value_name = "WIDTH", default_value_t = 0.1)]
    pub width_auroc: f64,
    /// Width wanted for net benefit over prevalence
    #[arg(long, value_name = "WIDTH", default_value_t = 0.2)]
    pub width_benefit: f64,
}

/// What is needed for one measure.
#[derive(Serialize)]
struct Need {
    measure: Measure,
    /// The measure over the prevalence, as for standardised net benefit.
    per_prevalence: bool,
    width: f64,
    #[serde(flatten)]
    size: Size,
    /// How the rows that are there stand, when they were given.
    standing: Option<Standing>,
}

/// The whole answer.
#[derive(Serialize)]
struct Needs {
    prevalence: f64,
    level: f64,
    measures: Vec<Need>,
    /// What all measures together take.
    all: Size,
}

/// Says what the measures take for which enough was given.
pub fn answer(asked: &EvidenceSize) -> Result<Answer> {
    let needs = needs(asked).map_err(|error| Usage(error.to_string()))?;
    let mut columns = vec!["measure", "width wanted", "rows", "events"];
    if asked.rows.is_some() {
        columns.extend(["width now", "more rows", "more events"]);
    }
    let mut table = Table::new(columns);
    for need in &needs.measures {
        let name = match need.per_prevalence {
            true => format!("{} / prevalence", need.measure.title()),
            false => need.measure.title().to_owned(),
        };
        let Size { rows, events } = need.size;
        let mut cells = vec![name, need.width.to_string(), rows.to_string(), events.to_string()];
        if let Some(Standing { width, more }) = need.standing {
            cells.push(width.map_or_else(|| "-".to_owned(), |width| format!("{width:.3}")));
            cells.extend([more.rows.to_string(), more.events.to_string()]);
        }
        table.row(cells);
    }
    let Size { rows, events } = needs.all;
    let mut text = format!("{table}\n\nAll of them: {rows} rows, about {events} with the outcome.");
    write!(
        text,
        "\nWidths are of {:.0} % intervals. Rows are taken to be independent; where patients \
         repeat, more are needed.",
        asked.level * 100.0
    )?;
    Answer::new(&needs, text)
}

fn needs(asked: &EvidenceSize) -> Result<Needs, PlanError> {
    let mut measures = Vec::new();
    let mut add = |measure, width, target| -> Result<(), PlanError> {
        let plan = Plan::new(target, asked.prevalence, asked.level)?;
        let standing = asked.rows.map(|rows| plan.standing(rows, width)).transpose()?;
        let per_prevalence = measure == Measure::NetBenefit;
        let size = plan.rows_for(width)?;
        measures.push(Need { measure, per_prevalence, width, size, standing });
        Ok(())
    };
    add(Measure::ObservedExpected, asked.width_ratio, Target::ObservedExpected)?;
    if let [mean, deviation] = asked.log_odds[..] {
        let information = SlopeInformation::normal(mean, deviation)?;
        add(Measure::CalibrationSlope, asked.width_slope, Target::Slope { information })?;
    }
    if let Some(area) = asked.auroc {
        add(Measure::Auroc, asked.width_auroc, Target::Auroc { area })?;
    }
    let at = (asked.threshold, asked.sensitivity, asked.specificity);
    if let (Some(threshold), Some(sensitivity), Some(specificity)) = at {
        let target = Target::NetBenefit { sensitivity, specificity, threshold };
        add(Measure::NetBenefit, asked.width_benefit, target)?;
    }
    let most = measures.iter().map(|need| need.size).max_by_key(|size| size.rows);
    let all = most.unwrap_or(Size { rows: 0, events: 0 });
    Ok(Needs { prevalence: asked.prevalence, level: asked.level, measures, all })
}
