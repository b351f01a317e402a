//! `primum evidence ratings`: how far raters agree.

use super::defects;
use crate::output::{Answer, Table};
use anyhow::Result;
use clap::Args;
use evidence::{RatedGroup, RatingsRequest};
use statistics::RaterMean;
use std::fmt::Write;
use std::path::PathBuf;

/// Options of `primum evidence ratings`.
#[derive(Debug, Args)]
pub struct EvidenceRatings {
    /// Ratings as CSV, one a row
    pub file: PathBuf,
    /// Column of what was rated
    #[arg(long, value_name = "COLUMN")]
    pub item: String,
    /// Column of who rated
    #[arg(long, value_name = "COLUMN")]
    pub rater: String,
    /// Column of the rating, a number; empty where none was given
    #[arg(long, value_name = "COLUMN")]
    pub score: String,
    /// Column of what is looked at apart, such as the criterion
    #[arg(long, value_name = "COLUMN")]
    pub by: Option<String>,
    /// Levels of the scale; all that occur when left out
    #[arg(long, value_delimiter = ',', value_name = "LEVEL,…", allow_negative_numbers = true)]
    pub levels: Vec<f64>,
    /// A rubric, a file or the name of a built-in one such as primum-note: ratings off its scales
    /// are refused, and defects told. --by names the column of its criteria
    #[arg(long, value_name = "RUBRIC", conflicts_with = "levels")]
    pub rubric: Option<String>,
    /// Column of the cohort of an item, such as the specialty, by which defects are told too
    #[arg(long, value_name = "COLUMN", requires = "rubric")]
    pub cohort: Option<String>,
    /// The sample that was rated, as `primum evidence sample --out` wrote it: rates of defects are
    /// weighted back to everything that it was drawn from
    #[arg(long, value_name = "FILE", requires = "rubric")]
    pub sample: Option<PathBuf>,
    /// Coverage of the intervals
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
    /// Seed of the resamples behind the intervals
    #[arg(long, default_value_t = 2026)]
    pub seed: u64,
}

/// Reads the ratings and shows what they say, group by group.
pub fn answer(asked: &EvidenceRatings) -> Result<Answer> {
    let request = RatingsRequest {
        item: asked.item.clone(),
        rater: asked.rater.clone(),
        score: asked.score.clone(),
        by: asked.by.clone(),
        levels: (!asked.levels.is_empty()).then(|| asked.levels.clone()),
        level: asked.level,
        rubric: asked.rubric.as_deref().map(crate::evidence::rubric::read).transpose()?,
        cohort: asked.cohort.clone(),
        seed: asked.seed,
    };
    let report = evidence::ratings(&asked.file, asked.sample.as_deref(), &request)?;
    let mut text = String::new();
    for group in &report.groups {
        show(group, &mut text)?;
    }
    if let Some(any) = &report.any {
        defects::any(any, &mut text)?;
    }
    let share = asked.level * 100.0;
    write!(
        text,
        "Intervals of {share:.0} %: agreement by resampling items (seed {}), means by their \
         spread.\nNo coefficient is right alone: where nearly all ratings are the same, kappa and \
         alpha fall to 0 though raters agree.\nA rater's bias is how far the ratings lie above \
         those that others gave to the same items.",
        asked.seed
    )?;
    let answer = Answer::new(&report, text)?;
    Ok(if defects::all_met(&report) { answer } else { answer.denied() })
}

fn show(group: &RatedGroup, text: &mut String) -> Result<()> {
    if let Some(name) = &group.name {
        writeln!(text, "{name}")?;
    }
    let levels: Vec<_> =
        group.levels.iter().map(|(level, count)| format!("{level} × {count}")).collect();
    writeln!(
        text,
        "{} items, {} ratings, {} missing; {}\n",
        group.items,
        group.given,
        group.missing,
        levels.join(", ")
    )?;
    let mut agreement = Table::new(["agreement", "estimate", "interval", "items"]);
    for it in &group.agreement {
        let interval = match (it.lower, it.upper) {
            (Some(lower), Some(upper)) => format!("{lower:.3} to {upper:.3}"),
            _ => "-".to_owned(),
        };
        agreement.row([
            it.coefficient.to_string(),
            format!("{:.3}", it.estimate),
            interval,
            it.items.to_string(),
        ]);
    }
    let mut raters = Table::new(["rater", "ratings", "mean", "interval", "bias"]);
    for (rater, it) in &group.raters {
        raters.row([
            rater.clone(),
            it.n.to_string(),
            format!("{:.3}", it.mean),
            format!("{:.3} to {:.3}", it.lower, it.upper),
            bias(it),
        ]);
    }
    writeln!(text, "{agreement}\n\n{raters}\n")?;
    group.defects.as_ref().map_or(Ok(()), |it| defects::show(it, text))
}

fn bias(it: &RaterMean) -> String {
    let interval = it.bias_interval.map(|(lower, upper)| format!(" ({lower:+.3} to {upper:+.3})"));
    let bias = it.bias.map(|bias| format!("{bias:+.3}{}", interval.unwrap_or_default()));
    bias.unwrap_or_else(|| "-".to_owned())
}
