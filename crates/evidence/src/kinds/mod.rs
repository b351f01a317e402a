//! Other kinds of output than one score for one outcome: two models, classes, levels, numbers,
//! risks under censoring.
//!
//! Each reads its columns row by row into counts of distinct rows, from which the `statistics`
//! crate computes. Counts are the same for any order of rows, so each report has the digest of its
//! rows: the same for CSV and Parquet, and for one file or several. All rows of the columns asked
//! for are held in memory, in some tens of bytes each.

mod classes;
mod cohorts;
mod grades;
mod models;
mod survival;
mod values;

pub use classes::{ClassesReport, ClassesRequest, classes};
pub use cohorts::{Cohorts, OfCohort};
pub use grades::{GradesReport, GradesRequest, grades};
pub use models::{ModelsReport, ModelsRequest, models};
pub use survival::{SurvivalReport, SurvivalRequest, survival};
pub use values::{ValuesReport, ValuesRequest, values};

use crate::column::{self, At};
use crate::error::FaultAt;
use crate::{EvidenceError, Request, RowFault, Source, in_order};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::arrow::util::display::array_value_to_string;
use serde::Serialize;
use sha2::{Digest, Sha256};
use statistics::{Counts, Score};

/// What every report says of its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowsRead {
    /// The files, as they were given.
    pub files: Vec<String>,
    /// Rows in all.
    pub n: u64,
    /// SHA-256 of the counted rows, in hexadecimal: whatever the files, the same rows have the same
    /// digest.
    pub digest: String,
}

impl RowsRead {
    fn of<R: Ord + Serialize>(source: &Source, rows: &Counts<R>) -> Result<Self, EvidenceError> {
        let mut digest = Sha256::new();
        for row in rows.iter() {
            digest.update(serde_json::to_vec(&row)?);
        }
        let files = source.paths().iter().map(|path| path.display().to_string());
        let digest = hex::encode(digest.finalize());
        Ok(Self { files: files.collect(), n: rows.total(), digest })
    }
}

/// Refuses a level that is no coverage.
fn check_level(level: f64) -> Result<(), EvidenceError> {
    if (0.5..1.0).contains(&level) {
        return Ok(());
    }
    let why = format!("the level {level} is not from 0.5 up to 1, such as 0.95");
    Err(EvidenceError::Request { why })
}

/// A name that comes more than once.
fn repeated(names: &[String]) -> Option<&String> {
    let mut known = std::collections::BTreeSet::new();
    names.iter().find(|name| !known.insert(*name))
}

/// Thresholds in fixed point.
fn thresholds(asked: &[f64]) -> Result<Vec<Score>, EvidenceError> {
    let score = |&threshold: &f64| {
        Score::new(threshold).map_err(|_| EvidenceError::Request {
            why: format!("a threshold must be a number from 0 to 1, not {threshold}"),
        })
    };
    asked.iter().map(score).collect()
}

/// Reads columns batch by batch, from the first row of the first file to the last row of the last,
/// and names the first bad row.
///
/// The first column must be able to hold outcomes, the second numbers; a column may be asked for
/// twice. `take` gets the columns in the order asked for.
async fn each_batch(
    source: &Source,
    columns: &[&str],
    mut take: impl FnMut(&Batch<'_>) -> Result<(), FaultAt>,
) -> Result<(), EvidenceError> {
    let [outcome, score, others @ ..] = columns else { return Ok(()) };
    let request = Request { by: names(others), ..Request::new(*outcome, *score) };
    in_order::in_batches(source, names(columns), Some(request), |rows| {
        take(&Batch { rows, columns })
    })
    .await
}

/// The columns asked for, each once.
fn names(columns: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for column in columns {
        if !names.iter().any(|name| name == column) {
            names.push((*column).to_owned());
        }
    }
    names
}

/// Some rows, by the columns that were asked for.
struct Batch<'a> {
    rows: &'a RecordBatch,
    columns: &'a [&'a str],
}

impl Batch<'_> {
    /// Reads the column that was asked for in this place.
    fn read<T>(
        &self,
        place: usize,
        reader: impl Fn(&ArrayRef) -> At<Vec<T>>,
    ) -> Result<Vec<T>, FaultAt> {
        let column = self.columns.get(place).copied().unwrap_or_default();
        let fault = |(row, fault)| FaultAt { row, column: column.to_owned(), fault };
        let Some(array) = self.rows.column_by_name(column) else {
            let why = "the column is not there".to_owned();
            return Err(fault((0, RowFault::Unreadable { why })));
        };
        reader(array).map_err(fault)
    }

    /// A fault in a row, in the column that was asked for in this place.
    fn fault(&self, row: usize, place: usize, why: String) -> FaultAt {
        let column = self.columns.get(place).copied().unwrap_or_default().to_owned();
        FaultAt { row, column, fault: RowFault::Unreadable { why } }
    }
}

/// Scores.
fn scores(array: &ArrayRef) -> At<Vec<Score>> {
    Ok(column::scores(array)?.into_iter().map(Score::from_billionths).collect())
}

/// Finite numbers.
fn numbers(array: &ArrayRef) -> At<Vec<f64>> {
    let shown = |row| array_value_to_string(array, row).unwrap_or_default();
    let bad = |row| {
        let why = format!("`{}` is not a finite number", shown(row));
        (row, RowFault::Unreadable { why })
    };
    if array.data_type().is_numeric() {
        let doubles = cast(array, &DataType::Float64).map_err(column::unreadable)?;
        let doubles = doubles.as_primitive::<Float64Type>();
        let read = |(row, value): (usize, Option<f64>)| match value {
            None if array.is_null(row) => Err((row, RowFault::Missing)),
            value => value.filter(|value| value.is_finite()).ok_or_else(|| bad(row)),
        };
        return doubles.iter().enumerate().map(read).collect();
    }
    labels(array)?
        .iter()
        .enumerate()
        .map(|(row, text)| {
            text.parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(|| bad(row))
        })
        .collect()
}

/// Values as text, without space around them.
fn labels(array: &ArrayRef) -> At<Vec<String>> {
    let text = column::views(array)?;
    let read = |(row, value): (usize, Option<&str>)| match value.map(str::trim) {
        None | Some("") => Err((row, RowFault::Missing)),
        Some(value) => Ok(value.to_owned()),
    };
    text.iter().enumerate().map(read).collect()
}
