//! Scores for several classes, of which one is right.

use super::cohorts::Grouping;
use super::{Cohorts, RowsRead, check_level, each_batch, labels, repeated, scores};
use crate::{EvidenceError, Source};
use serde::Serialize;
use statistics::{ClassRow, Counts, Finding, OfClass, SMALLEST_CELL, Score};

/// The most classes that there may be: the work grows with their square.
const MOST_CLASSES: usize = 100;

/// How far the scores of a row may add up to something else than 1, for the digits they lack.
const SLACK: f64 = 0.01;

/// Which columns hold what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassesRequest {
    /// Column of the class that is right.
    pub outcome: String,
    /// Columns of the scores, one for each class.
    pub scores: Vec<String>,
    /// The classes as the outcome names them, in the order of the scores. When left out: the names
    /// of the score columns without what all have in common up to an underscore, dot or dash, as in
    /// `p_mild`, `p_severe`.
    pub classes: Option<Vec<String>>,
    /// Nominal coverage of the intervals.
    pub level: f64,
    /// Columns whose levels are the cohorts, and intersections of them such as `race*sex`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<String>,
}

/// What scores for classes are worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassesReport {
    /// What was asked.
    pub request: ClassesRequest,
    /// What was read.
    pub rows: RowsRead,
    /// The classes, in the order of the scores.
    pub classes: Vec<String>,
    /// How many rows of each class (first index) were predicted to be of each (second). None when
    /// there are too few rows to be shown.
    pub confusion: Option<Vec<Vec<u64>>>,
    /// Every measure, of all classes together and of each.
    pub estimates: Vec<Finding<OfClass>>,
    /// The same of each cohort; when the request names any attribute.
    #[serde(flatten, skip_serializing_if = "Cohorts::is_empty")]
    pub by_cohort: Cohorts<OfClass>,
}

/// Reads scores for classes and measures them.
///
/// # Errors
/// When the request contradicts itself, a file cannot be used, or a row is bad: also one whose
/// class has no score, or whose scores do not add up to 1 within 0.01. Then nothing is computed.
pub async fn classes(
    source: &Source,
    request: &ClassesRequest,
) -> Result<ClassesReport, EvidenceError> {
    check_level(request.level)?;
    let names = names(request)?;
    let mut rows = Vec::new();
    let mut grouping = Grouping::by(&request.by, source)?;
    let by = grouping.columns();
    let mut columns = vec![request.outcome.as_str()];
    columns.extend(request.scores.iter().map(String::as_str));
    let scored = columns.len();
    columns.extend(by.iter().map(String::as_str));
    each_batch(source, &columns, |batch| {
        let outcomes = batch.read(0, labels)?;
        let mut of_rows: Vec<Vec<Score>> = vec![Vec::with_capacity(names.len()); outcomes.len()];
        for place in 1..scored {
            let column = batch.read(place, scores)?;
            of_rows.iter_mut().zip(column).for_each(|(row, score)| row.push(score));
        }
        for (at, (label, scores)) in outcomes.iter().zip(of_rows).enumerate() {
            let class = class_of(label, &names, request).ok_or_else(|| {
                let known = names.join(", ");
                batch.fault(at, 0, format!("`{label}` is none of the classes {known}"))
            })?;
            let sum: f64 = scores.iter().map(|score| score.value()).sum();
            if (sum - 1.0).abs() > SLACK {
                let why = format!("the scores of the classes add up to {sum:.4}, not to 1");
                return Err(batch.fault(at, 1, why));
            }
            rows.push(ClassRow { class, scores: scores.into_boxed_slice() });
        }
        grouping.take(batch)
    })
    .await?;
    let found = |rows: &Counts<_>| statistics::class_estimates(&names, rows, request.level);
    let by_cohort = grouping.found(&rows, found);
    let rows = Counts::from_rows(rows);
    let shown = rows.total() >= SMALLEST_CELL;
    Ok(ClassesReport {
        request: request.clone(),
        rows: RowsRead::of(source, &rows)?,
        confusion: shown.then(|| statistics::confusion(names.len(), &rows)),
        estimates: found(&rows),
        by_cohort,
        classes: names,
    })
}

fn class_of(label: &str, names: &[String], request: &ClassesRequest) -> Option<u16> {
    let named = names.iter().position(|name| name == label);
    let column = || request.scores.iter().position(|name| name == label);
    let place = named.or_else(|| if request.classes.is_none() { column() } else { None })?;
    u16::try_from(place).ok()
}

fn names(request: &ClassesRequest) -> Result<Vec<String>, EvidenceError> {
    let refuse = |why: String| Err(EvidenceError::Request { why });
    let scores = &request.scores;
    if scores.len() < 2 || scores.len() > MOST_CLASSES {
        let given = scores.len();
        return refuse(format!("{given} score columns; give 2 to {MOST_CLASSES}, one a class"));
    }
    let names = request.classes.clone().unwrap_or_else(|| without_prefix(scores));
    if names.len() != scores.len() {
        let (classes, scores) = (names.len(), scores.len());
        return refuse(format!("{classes} classes for {scores} score columns; give one for each"));
    }
    if let Some(name) = repeated(&names).or_else(|| repeated(scores)) {
        return refuse(format!("`{name}` comes twice; each class has one score column"));
    }
    Ok(names)
}

/// Column names without what all begin with, up to an underscore, dot or dash.
fn without_prefix(columns: &[String]) -> Vec<String> {
    let first = columns.first().map_or("", String::as_str);
    let cuts = first.char_indices().filter(|(_, letter)| "_.-".contains(*letter));
    let prefixes = cuts.filter_map(|(at, letter)| first.get(..at + letter.len_utf8()));
    let shared = |prefix: &&str| {
        columns.iter().all(|name| name.strip_prefix(*prefix).is_some_and(|rest| !rest.is_empty()))
    };
    let prefix = prefixes.rev().find(shared).unwrap_or_default();
    columns.iter().map(|name| name.strip_prefix(prefix).unwrap_or(name).to_owned()).collect()
}
