//! The rows of Parquet and CSV files in their own order, a few columns of each: for questions that
//! depend on single rows and not on tallies.

use crate::error::FaultAt;
use crate::source::nearest;
use crate::{EvidenceError, FileFault, RowFault};
use csv::{ReaderBuilder, StringRecord};
use datafusion::arrow::array::{ArrayRef, StringViewBuilder};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Rows that are read at once.
const BATCH: usize = 8_192;

/// The columns that were asked for, of some rows.
pub(crate) struct Batch {
    columns: BTreeMap<String, ArrayRef>,
    /// How many rows.
    pub rows: usize,
}

/// What takes the rows of a batch, or names one that it cannot use.
pub(crate) type Take<'a> = dyn FnMut(&Batch) -> Result<(), FaultAt> + 'a;

impl Batch {
    /// Reads a column with one of the readers of [`crate::column`].
    pub(crate) fn read<T>(
        &self,
        column: &str,
        reader: impl Fn(&ArrayRef) -> Result<T, (usize, RowFault)>,
    ) -> Result<T, FaultAt> {
        let at = |(row, fault)| FaultAt { row, column: column.to_owned(), fault };
        let missing = RowFault::Missing;
        let array = self.columns.get(column).ok_or((0, missing)).map_err(at)?;
        reader(array).map_err(at)
    }
}

/// Gives each batch of a file to `take`, from the first row to the last.
///
/// # Errors
/// When the file cannot be used, lacks a column or has one twice, has no rows, or `take` names a
/// row; the row is then told by its place in the file.
pub(crate) fn each_batch(
    path: &Path,
    columns: &[String],
    take: &mut Take<'_>,
) -> Result<(), EvidenceError> {
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    let rows = match extension.as_ref().and_then(|extension| extension.to_str()) {
        Some("parquet") => of_parquet(path, columns, take)?,
        Some("csv") => of_csv(path, columns, take)?,
        _ => return Err(EvidenceError::file(path, FileFault::UnknownExtension)),
    };
    if rows == 0 { Err(EvidenceError::file(path, FileFault::NoRows)) } else { Ok(()) }
}

/// The first of two faults by row.
pub(crate) fn first<T>(one: Result<T, FaultAt>, fault: &mut Option<FaultAt>) -> Option<T> {
    match one {
        Ok(value) => Some(value),
        Err(at) => {
            if fault.as_ref().is_none_or(|before| at.row < before.row) {
                *fault = Some(at);
            }
            None
        }
    }
}

fn open(path: &Path) -> Result<File, EvidenceError> {
    let file = File::open(path).map_err(|error| EvidenceError::file(path, error))?;
    let facts = file.metadata().map_err(|error| EvidenceError::file(path, error))?;
    if !facts.is_file() {
        let error = std::io::Error::new(std::io::ErrorKind::InvalidInput, "not a file");
        return Err(EvidenceError::file(path, error));
    }
    if facts.len() == 0 { Err(EvidenceError::file(path, FileFault::Empty)) } else { Ok(file) }
}

/// The places of the columns among those of the file.
fn places(path: &Path, there: &[String], wanted: &[String]) -> Result<Vec<usize>, EvidenceError> {
    let place = |column: &String| {
        let mut found = there.iter().enumerate().filter(|(_, name)| *name == column);
        match (found.next(), found.next()) {
            (Some((place, _)), None) => Ok(place),
            (None, _) => {
                let (nearest, columns) = (nearest(column, there), there.to_vec());
                let column = column.clone();
                let fault = FileFault::MissingColumn { column, nearest, columns };
                Err(EvidenceError::file(path, fault))
            }
            _ => Err(EvidenceError::file(path, FileFault::TwoColumns { column: column.clone() })),
        }
    };
    wanted.iter().map(place).collect()
}

fn located(path: &Path, before: u64, at: FaultAt) -> EvidenceError {
    EvidenceError::Row {
        file: path.display().to_string(),
        row: before + at.row as u64 + 1,
        column: at.column,
        fault: at.fault,
    }
}

fn of_parquet(path: &Path, wanted: &[String], take: &mut Take<'_>) -> Result<u64, EvidenceError> {
    let damaged = |error: &dyn std::fmt::Display| {
        EvidenceError::file(path, FileFault::Damaged { why: error.to_string() })
    };
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(open(path)?).map_err(|error| damaged(&error))?;
    let names = builder.schema().fields().iter().map(|field| field.name().clone());
    let places = places(path, &names.collect::<Vec<_>>(), wanted)?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), places);
    let reader = builder.with_projection(mask).with_batch_size(BATCH).build();
    let mut before = 0;
    for batch in reader.map_err(|error| damaged(&error))? {
        let batch = batch.map_err(|error| damaged(&error))?;
        let names = batch.schema_ref().fields().iter().map(|field| field.name().clone());
        let columns = names.zip(batch.columns().iter().map(Arc::clone)).collect();
        let rows = batch.num_rows();
        take(&Batch { columns, rows }).map_err(|at| located(path, before, at))?;
        before += rows as u64;
    }
    Ok(before)
}

fn of_csv(path: &Path, wanted: &[String], take: &mut Take<'_>) -> Result<u64, EvidenceError> {
    let mut reader = ReaderBuilder::new().from_reader(open(path)?);
    let header = reader.headers().map_err(|error| {
        EvidenceError::file(path, FileFault::Damaged { why: error.to_string() })
    })?;
    let names: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    let places = places(path, &names, wanted)?;
    let mut record = StringRecord::new();
    let mut before = 0;
    loop {
        let mut builders: Vec<StringViewBuilder> =
            wanted.iter().map(|_| StringViewBuilder::new()).collect();
        let mut rows = 0;
        let mut bad = None;
        while rows < BATCH {
            match reader.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {}
                Err(error) => {
                    bad = Some(error);
                    break;
                }
            }
            for (builder, place) in builders.iter_mut().zip(&places) {
                let value = record.get(*place).map(str::trim).filter(|value| !value.is_empty());
                builder.append_option(value);
            }
            rows += 1;
        }
        let arrays = builders.iter_mut().map(|it| Arc::new(it.finish()) as ArrayRef);
        let columns = wanted.iter().cloned().zip(arrays).collect();
        // A fault before the row that cannot be taken apart comes first.
        take(&Batch { columns, rows }).map_err(|at| located(path, before, at))?;
        before += rows as u64;
        if let Some(error) = bad {
            let column = wanted.first().cloned().unwrap_or_default();
            let fault = RowFault::Unreadable { why: unreadable(&error) };
            return Err(located(path, before, FaultAt { row: 0, column, fault }));
        }
        if rows < BATCH {
            return Ok(before);
        }
    }
}

fn unreadable(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("the row has {len} values where the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "a value is not UTF-8 text".to_owned(),
        _ => error.to_string(),
    }
}
