//! A report on a terminal: what it says, the most important first.

use super::against::Verdict;
use crate::output::{Table, width, wrapped};
use evidence::Report;
use report::Sheet;
use report::sheet::{CohortRow, CohortTable, Row, by_cluster};
use statistics::Estimate;
use std::fmt::Write;

/// Between two columns.
const GAP: usize = 2;

/// The whole report in words, no line wider than the terminal where words allow it.
pub fn report(report: &Report, verdict: Option<&Verdict>) -> String {
    let judged = verdict.map(|it| it.judged.as_slice()).unwrap_or_default();
    let sheet = Sheet::of(report, judged);
    let parts = [
        head(report, &sheet),
        verdict.map(Verdict::text).unwrap_or_default(),
        measures(&sheet),
        sheet.cohorts.as_ref().map(cohorts).unwrap_or_default(),
        gaps(&sheet),
        unjudged(&sheet),
        end(report, &sheet),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn head(report: &Report, sheet: &Sheet) -> String {
    let (score, outcome) = &sheet.columns;
    let names: Vec<&str> = report.source.iter().map(|file| file.name.as_str()).collect();
    let mut rows = sheet.rows.clone();
    if !sheet.events.is_empty() {
        rows += &format!(", {} with the outcome", sheet.events);
    }
    if !sheet.left_out.is_empty() {
        rows += &format!("; left out: {}", sheet.left_out.join(", "));
    }
    let from = format!("Score `{score}` against outcome `{outcome}`, from {}", names.join(", "));
    format!("{}\n{}", wrapped(&from, width(), 0, 2), wrapped(&rows, width(), 0, 2))
}

/// Each family of measures under its heading, all in the same columns.
fn measures(sheet: &Sheet) -> String {
    let rows = || sheet.groups.iter().flat_map(|group| &group.rows);
    let widest = |of: &dyn Fn(&Row) -> usize| rows().map(of).max().unwrap_or(0);
    let name = widest(&|row| row.measure.chars().count());
    let number = widest(&|row| row.estimate.chars().count());
    let ends = widest(&|row| row.range.chars().count());
    let alike = match sheet.cluster.as_str() {
        "" => String::new(),
        it => format!(" that allow for rows of one `{it}` being alike"),
    };
    let text = format!("Everyone, with {} intervals{alike}", sheet.coverage);
    let mut text = wrapped(&text, width(), 0, 2);
    for group in &sheet.groups {
        let _ = write!(text, "\n\n{}", group.title);
        for row in &group.rows {
            let line = format!(
                "  {:<name$}  {:>number$}  {:<ends$}",
                row.measure, row.estimate, row.range
            );
            let full = format!("{line}  {}", row.says);
            let line = if full.chars().count() <= width() { full } else { line };
            let _ = write!(text, "\n{}", line.trim_end());
        }
    }
    text
}

/// One row a cohort: with intervals where the terminal is wide enough, and with fewer measures
/// where it is narrow.
fn cohorts(table: &CohortTable) -> String {
    let fits = |text: &String| text.lines().all(|line| line.chars().count() <= width());
    let most = table.measures.len();
    let narrower = (1..=most).rev().map(|keep| (false, keep));
    let forms = std::iter::once((true, most)).chain(narrower);
    let mut drawn = forms.map(|(intervals, keep)| grid(table, intervals, keep));
    let mut text = drawn.find(fits).unwrap_or_else(|| grid(table, false, 1));
    if table.rows.iter().any(|row| row.cells.iter().any(|cell| cell.apart)) {
        let note = "* The value of everyone lies outside the interval of this group.";
        let _ = write!(text, "\n{}", wrapped(note, width(), 0, 2));
    }
    text
}

fn grid(table: &CohortTable, intervals: bool, keep: usize) -> String {
    let misses = table.rows.iter().any(|row| !row.misses.is_empty());
    let mut lines = vec![heads(table, misses, keep)];
    let mut attribute = "";
    for row in &table.rows {
        if row.attribute != attribute {
            attribute = &row.attribute;
            lines.push(vec![attribute.to_owned()]);
        }
        lines.push(cells(row, intervals, misses, keep));
    }
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            // A heading of one cell may run over what stands beside it.
            let full = lines.iter().filter(|line| line.len() > 1);
            full.filter_map(|line| line.get(column)).map(|it| it.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let line = |cells: &Vec<String>| {
        let mut text = String::new();
        for (place, (cell, &wide)) in cells.iter().zip(&widths).enumerate() {
            // Counts stand to the right; names and intervals to the left.
            let counted = place == 1 || place == 2;
            let _ = match counted {
                true => write!(text, "{cell:>wide$}"),
                false => write!(text, "{cell:<wide$}"),
            };
            text.push_str(&" ".repeat(GAP));
        }
        text.trim_end().to_owned()
    };
    let drawn = lines.iter().map(line).collect::<Vec<_>>().join("\n");
    let at = if table.at.is_empty() { "" } else { ", at the threshold " };
    format!("Groups of patients{at}{}\n\n{drawn}", table.at)
}

fn heads(table: &CohortTable, misses: bool, keep: usize) -> Vec<String> {
    let mut heads = vec!["cohort".to_owned(), "n".to_owned(), "outcomes".to_owned()];
    heads.extend(table.measures.iter().take(keep).cloned());
    if misses {
        heads.push("misses".to_owned());
    }
    heads
}

fn cells(row: &CohortRow, intervals: bool, misses: bool, keep: usize) -> Vec<String> {
    let indent = if row.attribute.is_empty() { "" } else { "  " };
    let mut cells = vec![format!("{indent}{}", row.level), row.n.clone(), row.events.clone()];
    cells.extend(row.cells.iter().take(keep).map(|cell| {
        let mark = if cell.apart { "*" } else { "" };
        match intervals && !cell.range.is_empty() {
            true => format!("{}{mark} ({})", cell.point, cell.range),
            false => format!("{}{mark}", cell.point),
        }
    }));
    if misses {
        cells.push(row.misses.join(", "));
    }
    cells
}

fn gaps(sheet: &Sheet) -> String {
    let mut lines = Vec::new();
    if !sheet.gaps.is_empty() {
        lines.push("Groups that lie apart, each number taken by itself".to_owned());
        let picked = "The largest of many gaps is looked at: some are there by chance alone.";
        lines.push(format!("  {}", wrapped(picked, width(), 2, 2)));
    }
    for row in &sheet.gaps {
        let ends = if row.range.is_empty() { String::new() } else { format!(" ({})", row.range) };
        let measure = uncapital(&row.measure);
        let line = format!("  {}: {measure}{}: {}{ends}", row.cohort, row.at, row.estimate);
        lines.push(wrapped_in(&line));
    }
    if !sheet.doubtful_gaps.is_empty() {
        let line = format!(
            "{} other gaps, ratios and tests may well be chance; --all lists them.",
            sheet.doubtful_gaps.len()
        );
        lines.push(wrapped(&line, width(), 0, 2));
    }
    lines.join("\n")
}

/// A title within a sentence.
fn uncapital(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn unjudged(sheet: &Sheet) -> String {
    if sheet.unjudged.is_empty() {
        return String::new();
    }
    let mut lines = vec!["Too few data to say".to_owned()];
    for it in &sheet.unjudged {
        let need =
            if it.need.is_empty() { String::new() } else { format!("; it takes {}", it.need) };
        lines.push(wrapped_in(&format!("  {}: {}{need}", it.cohort, it.measures.join(", "))));
    }
    lines.join("\n")
}

/// A line that is set in by two; what follows it, by four.
fn wrapped_in(line: &str) -> String {
    format!("  {}", wrapped(line.trim_start(), width(), 2, 4))
}

fn end(report: &Report, sheet: &Sheet) -> String {
    let mut lines = Vec::new();
    if !sheet.suppressed.is_empty() {
        let line = format!("Too small to be shown: {}", sheet.suppressed.join("; "));
        lines.push(wrapped(&line, width(), 0, 2));
    }
    lines.extend(report.notes.iter().map(|note| wrapped(&format!("Note: {note}"), width(), 0, 2)));
    lines.push(format!("Digest: {}", report.digest));
    lines.join("\n")
}

/// Every number of the report, one a row.
pub fn every_number(report: &Report) -> String {
    let periods = report.estimates.iter().any(|it| it.period.is_some());
    let mut columns = vec!["measure", "cohort", "at", "estimate", "interval", "n", "events"];
    if periods {
        columns.insert(0, "period");
    }
    let mut table = Table::new(columns);
    for it in report.estimates.iter().map(|it| by_cluster(report, it)) {
        let mut cells = vec![
            it.measure.to_string(),
            it.cohort
                .as_ref()
                .map_or_else(|| "all".to_owned(), |it| format!("{} {}", it.attribute, it.level)),
            it.threshold.map(|at| at.to_string()).unwrap_or_default(),
            value(it),
            interval(it),
            it.n.map_or_else(|| "-".to_owned(), |n| n.to_string()),
            it.events.map_or_else(|| "-".to_owned(), |events| events.to_string()),
        ];
        if periods {
            cells.insert(0, it.period.clone().unwrap_or_else(|| "all".to_owned()));
        }
        table.row(cells);
    }
    let notes: Vec<_> = report.notes.iter().map(|note| format!("\nNote: {note}")).collect();
    format!("{table}{}\n\nDigest: {}", notes.concat(), report.digest)
}

/// An estimate to four decimals.
pub fn value(estimate: &Estimate) -> String {
    estimate.estimate.map_or_else(|| "not enough data".to_owned(), |value| format!("{value:.4}"))
}

/// Its interval to four decimals; a dash without one.
pub fn interval(estimate: &Estimate) -> String {
    match (estimate.lower, estimate.upper) {
        (Some(lower), Some(upper)) => format!("{lower:.4} to {upper:.4}"),
        _ => "-".to_owned(),
    }
}
