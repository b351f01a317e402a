//! `primum evidence ratings`: how far raters agree.

use super::defects;
use super::rated::Rated;
use crate::output::{Answer, Table};
use anyhow::Result;
use clap::Args;
use evidence::RatedGroup;
use statistics::RaterMean;
use std::fmt::Write;
use std::path::PathBuf;

/// Options of `primum evidence ratings`.
#[derive(Debug, Args)]
pub struct EvidenceRatings {
    /// The ratings
    #[command(flatten)]
    pub rated: Rated,
    /// Column of the cohort of an item, such as the specialty, by which defects are told too
    #[arg(long, value_name = "COLUMN", requires = "rubric")]
    pub cohort: Option<String>,
    /// The sample that was rated, as `primum evidence sample --out` wrote it: rates of defects are
    /// weighted back to everything that it was drawn from
    #[arg(long, value_name = "FILE", requires = "rubric")]
    pub sample: Option<PathBuf>,
}

/// Reads the ratings and shows what they say, group by group.
pub fn answer(asked: &EvidenceRatings) -> Result<Answer> {
    let rated = &asked.rated;
    let request = rated.request(asked.cohort.as_ref())?;
    let report = evidence::ratings(&rated.file, asked.sample.as_deref(), &request)?;
    let mut text = String::new();
    for group in &report.groups {
        show(group, &mut text)?;
    }
    if let Some(any) = &report.any {
        defects::any(any, &mut text)?;
    }
    let share = rated.level * 100.0;
    write!(
        text,
        "Intervals of {share:.0} %: agreement by resampling items (seed {}), means by their \
         spread.\nNo coefficient is right alone: where nearly all ratings are the same, kappa and \
         alpha fall to 0 though raters agree.\nA rater's bias is how far the ratings lie above \
         those that others gave to the same items.",
        rated.seed
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
