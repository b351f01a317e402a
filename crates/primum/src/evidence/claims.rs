//! Several claims at once: from a table, or from a vendor's card.

use super::card;
use super::claim::{Compared, EvidenceClaim, found_in};
use super::stored::from_file;
use crate::output::{Answer, Table, Usage};
use anyhow::{Context, Result};
use evidence::Report;
use interop::{MetricResult, Number};
use serde::{Deserialize, Serialize};
use statistics::{Claim, ClaimRule, Measure, Verdict, levels_crossed};
use std::path::Path;

/// Other words by which a card names a measure.
const ALSO: &[(&str, Measure)] = &[
    ("area under the roc", Measure::Auroc),
    ("auroc", Measure::Auroc),
    ("auc", Measure::Auroc),
    ("recall", Measure::Sensitivity),
    ("ppv", Measure::Ppv),
    ("npv", Measure::Npv),
    ("brier", Measure::Brier),
];

/// What was compared, and what could not be.
#[derive(Serialize)]
struct Answered {
    compared: Vec<Compared>,
    /// Claims that the report has no number for, or that name no measure, with the reason.
    left: Vec<Left>,
}

#[derive(Serialize)]
struct Left {
    claim: String,
    because: String,
}

/// One row of a table of claims.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimRow {
    measure: String,
    claimed: f64,
    lower: Option<f64>,
    upper: Option<f64>,
    level: Option<f64>,
    n: Option<u64>,
    threshold: Option<f64>,
    population: Option<String>,
}

/// Compares each claim with the number of the report that it is about.
pub fn answer(asked: &EvidenceClaim, rule: ClaimRule) -> Result<Answer> {
    let Some(report) = &asked.report else {
        return Err(Usage("several claims are compared with a --report".to_owned()).into());
    };
    let report = from_file(report)?;
    let (claims, mut left) = match (&asked.claims, &asked.card) {
        (Some(file), _) => (of_table(file, asked)?, Vec::new()),
        (None, Some(file)) => of_card(file, &report, asked)?,
        (None, None) => return Err(Usage("name --claims or --card".to_owned()).into()),
    };
    let mut compared = Vec::new();
    for claim in claims {
        match found_in(&report, &claim) {
            Ok(local) => compared.push(Compared::of(claim, local, rule)),
            Err(error) => {
                let whom = claim.population.map(|it| format!(" of {it}")).unwrap_or_default();
                let claim = format!("{}{whom}", claim.measure);
                left.push(Left { claim, because: format!("the report cannot tell: {error}") });
            }
        }
    }
    if compared.is_empty() && left.is_empty() {
        return Err(Usage("there is no claim in it".to_owned()).into());
    }
    let holds = left.is_empty() && compared.iter().all(Compared::holds);
    let answered = Answered { compared, left };
    let answer = Answer::new(&answered, text(&answered))?;
    Ok(if holds { answer } else { answer.denied() })
}

fn of_table(file: &Path, asked: &EvidenceClaim) -> Result<Vec<Claim>> {
    let name = || format!("`{}`", file.display());
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(file)?;
    let mut claims = Vec::new();
    for row in reader.deserialize::<ClaimRow>() {
        // The reader's message names line and column.
        let row = row.with_context(name)?;
        let place = claims.len() + 1;
        let measure = row.measure.parse().with_context(|| format!("{}, claim {place}", name()))?;
        claims.push(Claim {
            measure,
            threshold: row.threshold.or(asked.threshold),
            population: row.population.filter(|it| !it.is_empty()),
            estimate: row.claimed,
            interval: row.lower.zip(row.upper),
            level: row.level.unwrap_or(asked.claimed_level),
            n: row.n,
        });
    }
    Ok(claims)
}

/// The claims of a card whose label names a measure, and the others.
fn of_card(file: &Path, report: &Report, asked: &EvidenceClaim) -> Result<(Vec<Claim>, Vec<Left>)> {
    let card = card::read(file)?;
    let (mut claims, mut left) = (Vec::new(), Vec::new());
    for result in card.metrics.all().into_iter().flat_map(|metric| &metric.results) {
        match claim(result, report, asked) {
            Ok(Some(claim)) => claims.push(claim),
            // What describes the people or the data is no claim of a performance.
            Ok(None) => {}
            Err(because) => {
                let claim = result.label.as_ref().map(interop::Text::shown).unwrap_or_default();
                left.push(Left { claim, because: because.to_owned() });
            }
        }
    }
    Ok((claims, left))
}

fn claim(
    result: &MetricResult,
    report: &Report,
    asked: &EvidenceClaim,
) -> Result<Option<Claim>, &'static str> {
    let Some(label) = &result.label else { return Ok(None) };
    let label = label.text.to_lowercase();
    let Some(measure) = measure(&label) else { return Ok(None) };
    let number = result.number.as_ref().ok_or("its value is no number")?;
    let share = if number.unit() == Some("%") { 100.0 } else { 1.0 };
    let (interval, level) = match number {
        Number::EstimateCi { lower, upper, level, .. } => {
            (Some((lower / share, upper / share)), level.map(|it| it / 100.0))
        }
        Number::Single { .. } => (None, None),
        Number::MeanSd { .. } => return Err("a mean over cases is no such measure"),
    };
    Ok(Some(Claim {
        measure,
        threshold: threshold(&label).or(asked.threshold),
        population: population(&label, report),
        estimate: number.value() / share,
        interval,
        level: level.unwrap_or(asked.claimed_level),
        n: None,
    }))
}

/// The measure that a label names: by its title or its name, else by other words for it.
fn measure(label: &str) -> Option<Measure> {
    let own =
        |it: &&Measure| label.contains(it.title()) || label.contains(&it.name().replace('_', " "));
    let also = || ALSO.iter().find(|(word, _)| label.contains(word)).map(|(_, it)| *it);
    Measure::ALL.iter().find(own).copied().or_else(also)
}

/// The number behind `at` in a label, such as `sensitivity at 0.6`.
fn threshold(label: &str) -> Option<f64> {
    let (_, rest) = label.split_once(" at ")?;
    let number: String = rest.chars().take_while(|it| it.is_ascii_digit() || *it == '.').collect();
    number.trim_end_matches('.').parse().ok()
}

/// The level of a cohort of the report that a label names as a word of its own. Of levels that are
/// counted together, such as `Male or Unknown`, one name is enough; of those that are crossed, such
/// as `Asian × F`, it takes each.
fn population(label: &str, report: &Report) -> Option<String> {
    let words: Vec<&str> = label.split(|it: char| !it.is_alphanumeric()).collect();
    let levels = report.estimates.iter().filter_map(|it| Some(&it.cohort.as_ref()?.level));
    let named = |level: &&String| {
        levels_crossed(&level.to_lowercase()).iter().all(|crossed| {
            crossed.split(" or ").any(|level| {
                let own: Vec<&str> = level.split(|it: char| !it.is_alphanumeric()).collect();
                words.windows(own.len().max(1)).any(|it| it == own)
            })
        })
    };
    levels.filter(named).max_by_key(|level| level.len()).cloned()
}

fn text(answered: &Answered) -> String {
    let mut table = Table::new(["verdict", "measure", "of", "claimed", "here", "difference"]);
    for it in &answered.compared {
        let Compared { claim, local, comparison, .. } = it;
        let ends = |ends: Option<(f64, f64)>| {
            ends.map_or_else(String::new, |(lower, upper)| format!(" ({lower:.3} to {upper:.3})"))
        };
        let at = claim.threshold.filter(|_| claim.measure.has_threshold());
        table.row([
            verdict(&comparison.verdict),
            format!("{}{}", claim.measure, at.map(|it| format!(" at {it}")).unwrap_or_default()),
            claim.population.clone().unwrap_or_else(|| "all".to_owned()),
            format!("{:.3}{}", claim.estimate, ends(claim.interval)),
            local.estimate.map_or_else(
                || "no number".to_owned(),
                |here| format!("{here:.3}{}", ends(local.lower.zip(local.upper))),
            ),
            comparison.gap.map_or_else(String::new, |gap| {
                format!("{:+.3} ({:+.3} to {:+.3})", gap.estimate, gap.lower, gap.upper)
            }),
        ]);
    }
    let left: Vec<String> = answered
        .left
        .iter()
        .map(|it| format!("\nleft out: {}: {}", it.claim, it.because))
        .collect();
    format!("{table}{}", left.concat())
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Confirmed => "confirmed".to_owned(),
        Verdict::Compatible => "compatible".to_owned(),
        Verdict::Better => "better".to_owned(),
        Verdict::Worse => "worse".to_owned(),
        Verdict::CannotCompare { why } => format!("cannot compare: {why}"),
    }
}
