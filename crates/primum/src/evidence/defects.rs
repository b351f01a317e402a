//! Defects that raters found, as text.

use crate::output::Table;
use anyhow::Result;
use evidence::{Defects, DefectsOf, Limited, RatingsReport};
use statistics::sampling::WeightedMean;
use statistics::{DefectRate, LimitVerdict};
use std::fmt::Write;

/// True when every limit of the rubric is shown to be kept.
pub fn all_met(report: &RatingsReport) -> bool {
    let limits = report.groups.iter().filter_map(|group| group.defects.as_ref());
    let mut limits = limits.flat_map(|defects| &defects.limits);
    limits.all(|limit| limit.verdict == Some(LimitVerdict::Met))
}

/// The defects of one criterion.
pub fn show(defects: &Defects, text: &mut String) -> Result<()> {
    writeln!(text, "{}\n\n{}\n", defects.question, table(&defects.of))?;
    for limit in &defects.limits {
        writeln!(text, "{}", limited(limit))?;
    }
    if !defects.limits.is_empty() {
        text.push('\n');
    }
    Ok(())
}

/// The items with a defect by any criterion.
pub fn any(any: &DefectsOf, text: &mut String) -> Result<()> {
    writeln!(text, "By any criterion\n\n{}\n", table(std::slice::from_ref(any)))?;
    Ok(())
}

fn table(of: &[DefectsOf]) -> Table {
    let weighted = of.iter().any(|it| it.weighted.is_some());
    let mut columns = vec!["items", "rated", "with a defect", "critical"];
    if weighted {
        columns.extend(["with a defect, weighted", "critical, weighted"]);
    }
    let mut table = Table::new(columns);
    for it in of {
        let mut cells = vec![
            it.cohort.clone().unwrap_or_else(|| "all".to_owned()),
            it.any.map_or(0, |rate| rate.items).to_string(),
            rate(it.any),
            rate(it.critical),
        ];
        if weighted {
            cells.extend([mean(it.weighted), mean(it.weighted_critical)]);
        }
        table.row(cells);
    }
    table
}

fn rate(rate: Option<DefectRate>) -> String {
    let told = |it: DefectRate| format!("{}: {}", it.with, percent(it.rate, it.lower, it.upper));
    rate.map_or_else(|| "-".to_owned(), told)
}

fn mean(mean: Option<WeightedMean>) -> String {
    mean.map_or_else(|| "-".to_owned(), |it| percent(it.estimate, it.lower, it.upper))
}

fn percent(rate: f64, lower: f64, upper: f64) -> String {
    format!("{:.1} % ({:.1} to {:.1})", 100.0 * rate, 100.0 * lower, 100.0 * upper)
}

fn limited(limit: &Limited) -> String {
    let what = if limit.critical { "critical defects" } else { "defects" };
    let verdict = match limit.verdict {
        Some(LimitVerdict::Met) => "shown to be met".to_owned(),
        Some(LimitVerdict::Failed) => "missed".to_owned(),
        Some(LimitVerdict::NotShown { more: Some(more) }) => {
            format!("not shown; about {more} more items would, if the rate stays what it is")
        }
        Some(LimitVerdict::NotShown { more: None }) => {
            "not shown; more items at this rate would not".to_owned()
        }
        None => "not shown: nobody rated an item".to_owned(),
    };
    format!("At most {:.1} % with {what}: {verdict}.", 100.0 * limit.most)
}
