//! `primum evidence claim`: what a vendor claims against what was measured here.

use crate::output::{Answer, Usage};
use anyhow::{Context, Result};
use clap::{ArgGroup, Args};
use evidence::Report;
use serde::Serialize;
use statistics::{
    Claim, ClaimRule, Cohort, Comparison, Estimate, Measure, Status, Verdict, compare_claim,
};
use std::path::{Path, PathBuf};

/// Options of `primum evidence claim`.
#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
#[command(group(ArgGroup::new("here").required(true).args(["local", "report"])))]
pub struct EvidenceClaim {
    /// What is claimed, such as auroc or sensitivity
    #[arg(long)]
    pub measure: Measure,
    /// The number claimed; a share is between 0 and 1
    #[arg(long, value_name = "NUMBER")]
    pub claimed: f64,
    /// The interval claimed
    #[arg(long, value_delimiter = ',', value_name = "LOWER,UPPER")]
    pub interval: Vec<f64>,
    /// Coverage of the interval claimed
    #[arg(long, default_value_t = 0.95, value_name = "LEVEL")]
    pub claimed_level: f64,
    /// For a share claimed without an interval, how many it is a share of: for sensitivity those
    /// with the outcome
    #[arg(long)]
    pub n: Option<u64>,
    /// The threshold of the claim, for a measure that depends on one
    #[arg(long, value_name = "P")]
    pub threshold: Option<f64>,
    /// The level of a cohort that the claim is about, such as female; all when left out
    #[arg(long, value_name = "LEVEL")]
    pub population: Option<String>,
    /// What `primum evidence run --json` said, in a file
    #[arg(long, value_name = "FILE", conflicts_with = "local")]
    pub report: Option<PathBuf>,
    /// The number measured here, instead of a report
    #[arg(long, value_name = "NUMBER", requires = "local_interval")]
    pub local: Option<f64>,
    /// Its interval
    #[arg(long, value_delimiter = ',', value_name = "LOWER,UPPER", requires = "local")]
    pub local_interval: Vec<f64>,
    /// Coverage of its interval
    #[arg(long, default_value_t = 0.95, value_name = "LEVEL")]
    pub local_level: f64,
    /// Rows that it was measured in
    #[arg(long, requires = "local", value_name = "N")]
    pub local_n: Option<u64>,
    /// Rows of those that had the outcome
    #[arg(long, requires = "local_n", value_name = "N")]
    pub local_events: Option<u64>,
    /// How far from the claim is still as claimed
    #[arg(long, default_value_t = 0.05)]
    pub margin: f64,
    /// The fewest rows with the outcome, and without it, that are enough to compare
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub least_events: u64,
}

/// What was compared, by which rule, and what came of it.
#[derive(Serialize)]
struct Compared {
    claim: Claim,
    local: Estimate,
    rule: ClaimRule,
    #[serde(flatten)]
    comparison: Comparison,
}

/// Compares the claim and says what came of it.
pub fn answer(asked: &EvidenceClaim) -> Result<Answer> {
    if asked.margin.is_nan() || asked.margin <= 0.0 {
        return Err(Usage(format!("--margin must be above 0, not {}", asked.margin)).into());
    }
    for (name, level) in
        [("--claimed-level", asked.claimed_level), ("--local-level", asked.local_level)]
    {
        if !(0.5..1.0).contains(&level) {
            return Err(Usage(format!("{name} must be from 0.5 to below 1, not {level}")).into());
        }
    }
    let claim = Claim {
        measure: asked.measure,
        threshold: asked.threshold,
        population: asked.population.clone(),
        estimate: asked.claimed,
        interval: interval("--interval", &asked.interval)?,
        level: asked.claimed_level,
        n: asked.n,
    };
    let local = match &asked.report {
        Some(file) => from_report(file, asked)?,
        None => from_options(asked)?,
    };
    let rule = ClaimRule {
        margin: asked.margin,
        least_events: asked.least_events,
        ..ClaimRule::default()
    };
    let comparison = compare_claim(&claim, &local, rule);
    let holds = !matches!(comparison.verdict, Verdict::Worse | Verdict::CannotCompare { .. });
    let compared = Compared { claim, local, rule, comparison };
    let answer = Answer::new(&compared, text(&compared))?;
    Ok(if holds { answer } else { answer.denied() })
}

fn interval(name: &str, ends: &[f64]) -> Result<Option<(f64, f64)>> {
    match ends {
        [] => Ok(None),
        [lower, upper] => Ok(Some((*lower, *upper))),
        _ => Err(Usage(format!("{name} takes two numbers, like 0.84,0.90")).into()),
    }
}

/// The estimate given on the command line. It is at the threshold and in the people of the claim.
fn from_options(asked: &EvidenceClaim) -> Result<Estimate> {
    let ends = interval("--local-interval", &asked.local_interval)?;
    let cohort = asked.population.as_ref();
    Ok(Estimate {
        measure: asked.measure,
        cohort: cohort.map(|it| Cohort { attribute: "population".into(), level: it.clone() }),
        period: None,
        threshold: asked.threshold,
        estimate: asked.local,
        lower: ends.map(|it| it.0),
        upper: ends.map(|it| it.1),
        level: asked.local_level,
        n: asked.local_n,
        events: asked.local_events,
        method: "as given".into(),
        status: Status::Estimated,
    })
}

/// The estimate of a report for the measure, the threshold and the people of the claim.
fn from_report(file: &Path, asked: &EvidenceClaim) -> Result<Estimate> {
    let name = || format!("`{}`", file.display());
    let bytes = std::fs::read(file).with_context(name)?;
    let report: Report = serde_json::from_slice(&bytes).with_context(|| {
        format!("{} is no report; make it with `primum evidence run … --json`", name())
    })?;
    let level = |it: &Estimate| it.cohort.as_ref().map(|cohort| cohort.level.clone());
    let mut fitting: Vec<Estimate> = report.estimates;
    fitting.retain(|it| {
        it.measure == asked.measure && it.period.is_none() && level(it) == asked.population
    });
    let at = |it: &Estimate| !it.measure.has_threshold() || it.threshold == asked.threshold;
    let found = fitting.iter().find(|it| at(it)).or_else(|| fitting.first()).cloned();
    found.with_context(|| {
        let whom = asked.population.as_deref().unwrap_or("all");
        format!("{} has no {} for {whom}", name(), asked.measure)
    })
}

fn text(compared: &Compared) -> String {
    let Compared { claim, local, rule, comparison } = compared;
    let verdict = match &comparison.verdict {
        Verdict::Confirmed => format!("confirmed: here it is the same within {}", rule.margin),
        Verdict::Compatible => {
            "compatible: it may be as claimed, and there are too few data to say so".to_owned()
        }
        Verdict::Better => "better: here it is better than claimed".to_owned(),
        Verdict::Worse => "worse: here it is worse than claimed".to_owned(),
        Verdict::CannotCompare { why } => format!("cannot be compared: {why}"),
    };
    let ends = |ends: Option<(f64, f64)>| {
        ends.map_or_else(String::new, |(lower, upper)| format!(" ({lower:.4} to {upper:.4})"))
    };
    let number = |it: Option<f64>| it.map_or_else(|| "no number".into(), |it| format!("{it:.4}"));
    let mut text = format!(
        "{}\n\n{}\nclaimed     {:.4}{}\nhere        {}{}",
        verdict,
        claim.measure.title(),
        claim.estimate,
        ends(claim.interval),
        number(local.estimate),
        ends(local.lower.zip(local.upper)),
    );
    if let Some(gap) = comparison.gap {
        text += &format!("\ndifference  {:+.4}", gap.estimate);
        text += &format!(" ({:+.4} to {:+.4})", gap.lower, gap.upper);
        let told = matches!(comparison.verdict, Verdict::Worse | Verdict::Better);
        if told && gap.within_margin {
            text += &format!("\nThere is a difference, and it is smaller than {}.", rule.margin);
        }
    }
    text
}
