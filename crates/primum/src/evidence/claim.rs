//! `primum evidence claim`: what a vendor claims against what was measured here.

use super::claims;
use super::stored::from_file;
use crate::output::{Answer, Usage};
use anyhow::{Context, Result};
use clap::{ArgGroup, Args};
use evidence::Report;
use serde::Serialize;
use statistics::{
    Claim, ClaimRule, Cohort, Comparison, Estimate, Measure, Status, Verdict, compare_claim,
};
use std::path::PathBuf;

/// Options of `primum evidence claim`.
#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
#[command(group(ArgGroup::new("here").required(true).args(["local", "report"])))]
#[command(group(ArgGroup::new("what").required(true).args(["measure", "claims", "card"])))]
pub struct EvidenceClaim {
    /// What is claimed, such as auroc or sensitivity
    #[arg(long, requires = "claimed")]
    pub measure: Option<Measure>,
    /// Several claims at once, from a CSV file with the columns measure and claimed, and where
    /// known lower, upper, level, n, threshold, population
    #[arg(long, value_name = "FILE", requires = "report")]
    pub claims: Option<PathBuf>,
    /// The claims of a vendor's Applied Model Card, as XML: those whose label names a measure
    #[arg(long, value_name = "FILE", requires = "report")]
    pub card: Option<PathBuf>,
    /// The number claimed; a share is between 0 and 1
    #[arg(long, value_name = "NUMBER", requires = "measure")]
    pub claimed: Option<f64>,
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
pub(super) struct Compared {
    pub claim: Claim,
    pub local: Estimate,
    pub rule: ClaimRule,
    #[serde(flatten)]
    pub comparison: Comparison,
}

impl Compared {
    pub(super) fn of(claim: Claim, local: Estimate, rule: ClaimRule) -> Self {
        let comparison = compare_claim(&claim, &local, rule);
        Self { claim, local, rule, comparison }
    }

    /// True when it is no worse here than claimed, as far as the two can be compared.
    pub(super) fn holds(&self) -> bool {
        let verdict = &self.comparison.verdict;
        !matches!(verdict, Verdict::Worse | Verdict::CannotCompare { .. })
    }
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
    let rule = ClaimRule {
        margin: asked.margin,
        least_events: asked.least_events,
        ..ClaimRule::default()
    };
    let (Some(measure), Some(claimed)) = (asked.measure, asked.claimed) else {
        return claims::answer(asked, rule);
    };
    let claim = Claim {
        measure,
        threshold: asked.threshold,
        population: asked.population.clone(),
        estimate: claimed,
        interval: interval("--interval", &asked.interval)?,
        level: asked.claimed_level,
        n: asked.n,
    };
    let local = match &asked.report {
        Some(file) => {
            found_in(&from_file(file)?, &claim).with_context(|| format!("`{}`", file.display()))?
        }
        None => from_options(asked, measure)?,
    };
    let compared = Compared::of(claim, local, rule);
    let answer = Answer::new(&compared, text(&compared))?;
    Ok(if compared.holds() { answer } else { answer.denied() })
}

fn interval(name: &str, ends: &[f64]) -> Result<Option<(f64, f64)>> {
    match ends {
        [] => Ok(None),
        [lower, upper] => Ok(Some((*lower, *upper))),
        _ => Err(Usage(format!("{name} takes two numbers, like 0.84,0.90")).into()),
    }
}

/// The estimate given on the command line. It is at the threshold and in the people of the claim.
fn from_options(asked: &EvidenceClaim, measure: Measure) -> Result<Estimate> {
    let ends = interval("--local-interval", &asked.local_interval)?;
    let cohort = asked.population.as_ref();
    Ok(Estimate {
        measure,
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
pub(super) fn found_in(report: &Report, claim: &Claim) -> Result<Estimate> {
    let level = |it: &Estimate| it.cohort.as_ref().map(|cohort| cohort.level.clone());
    let fitting: Vec<&Estimate> = report
        .estimates
        .iter()
        .filter(|it| {
            it.measure == claim.measure && it.period.is_none() && level(it) == claim.population
        })
        .collect();
    let at = |it: &&&Estimate| !it.measure.has_threshold() || it.threshold == claim.threshold;
    let found = fitting.iter().find(at).or_else(|| fitting.first());
    found.map(|it| (*it).clone()).with_context(|| {
        let whom = claim.population.as_deref().unwrap_or("all");
        format!("it has no {} for {whom}", claim.measure)
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
