//! Why a prediction log, or a request on it, was refused.

use std::path::Path;
use thiserror::Error;

/// A refusal. Nothing of a refused source is kept: there is no half-read tally.
#[derive(Debug, Error)]
pub enum EvidenceError {
    /// The request contradicts itself.
    #[error("the request cannot be answered: {why}")]
    Request {
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// A file as a whole cannot be used.
    #[error("`{file}` {fault}; nothing was kept")]
    File {
        /// The file's path as it was given.
        file: String,
        /// What is wrong with it.
        fault: FileFault,
    },
    /// One row cannot be used: the first such row of the source.
    #[error("`{file}`, row {row}, column `{column}`: {fault}; nothing was kept")]
    Row {
        /// The file's path as it was given.
        file: String,
        /// The row, counting data rows from 1 (a CSV header is not counted).
        row: u64,
        /// The column.
        column: String,
        /// What is wrong there.
        fault: RowFault,
    },
    /// One row cannot be taken apart, so that no column of it can be named.
    #[error("`{file}`, row {row}: {why}; nothing was kept")]
    Line {
        /// The file's path as it was given.
        file: String,
        /// The row, counting rows with a value from 1.
        row: u64,
        /// What is wrong with it.
        why: String,
    },
    /// A file that says how a log is to be read, such as a mapping, cannot be used.
    #[error("`{file}`, {place}: {why}; nothing was read")]
    Mapping {
        /// The file's path as it was given.
        file: String,
        /// Where in the file: a line, or a key.
        place: String,
        /// What is wrong there, and what to do.
        why: String,
    },
    /// The filters of the request let no row through, so there is nothing to report on.
    #[error("no row is left after the filters ({filters}); nothing was computed, check them")]
    NoRows {
        /// The filters.
        filters: String,
    },
    /// The query engine failed for a reason that is not in the data, such as want of memory.
    #[error("the query engine could not finish: {why}; nothing was kept")]
    Engine {
        /// What it said.
        why: String,
    },
    /// The report could not be written as JSON, or read back.
    #[error("the report is not valid JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// What can be wrong with a file as a whole.
#[derive(Debug, Error)]
pub enum FileFault {
    /// There is no such file, or it may not be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// The end of the name is that of no format.
    #[error(
        "is of no known format by its name: it must end in .parquet, .csv, .tsv, .ndjson, .jsonl, \
         .arrow or .feather; text may be compressed (.csv.gz)"
    )]
    UnknownExtension,
    /// The folder has no log in it.
    #[error("is a folder without a log in it: there must be a file such as predictions.parquet")]
    EmptyFolder,
    /// The folder has too many files or levels to be a log.
    #[error("is a folder with more than {most} files or {depth} levels, which is too many")]
    TooManyFiles {
        /// The most files a folder may have.
        most: usize,
        /// The most levels.
        depth: usize,
    },
    /// A folder gives a column by its name, and the file has one of that name too.
    #[error("has a column `{column}`, which the name of a folder gives too: rename one of them")]
    ColumnInFolder {
        /// The column.
        column: String,
    },
    /// Events are kept in memory while predictions are read, and these are too many.
    #[error("has more than {most} events, which is too many to keep: split the question by time")]
    TooManyEvents {
        /// The most events there may be.
        most: usize,
    },
    /// A log in the cloud cannot be read.
    #[error("cannot be fetched: {why}")]
    Unreachable {
        /// What the store said.
        why: String,
    },
    /// The source mixes formats.
    #[error("is not of the same format as `{first}`: give files of one format")]
    MixedFormats {
        /// The source's first file.
        first: String,
    },
    /// The file has no bytes.
    #[error("is empty")]
    Empty,
    /// The file has columns but no rows.
    #[error("has a header but no rows")]
    NoRows,
    /// The file is cut off or damaged.
    #[error("is damaged or cut off: {why}; get a whole copy of it")]
    Damaged {
        /// What the reader said.
        why: String,
    },
    /// Two columns have one name.
    #[error("has two columns named `{column}`")]
    TwoColumns {
        /// The name.
        column: String,
    },
    /// A column that the request names is not there.
    #[error(
        "has no column `{column}`{}; its columns are {}",
        nearest.as_ref().map(|name| format!(": did you mean `{name}`?")).unwrap_or_default(),
        columns.join(", ")
    )]
    MissingColumn {
        /// The column asked for.
        column: String,
        /// The column there is with the most similar name, if one is similar.
        nearest: Option<String>,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// A column holds what cannot play its part, whatever the rows say.
    #[error("holds {found} in column `{column}`, which cannot be read as {wanted}")]
    ColumnType {
        /// The column.
        column: String,
        /// The type found.
        found: String,
        /// What was wanted.
        wanted: &'static str,
    },
    /// A column has another type than in the source's first file.
    #[error("holds {found} in column `{column}`, where `{first}` holds {wanted}")]
    OtherType {
        /// The column.
        column: String,
        /// The type found.
        found: String,
        /// The source's first file.
        first: String,
        /// The type there.
        wanted: String,
    },
}

/// What can be wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RowFault {
    /// There is no value where one is needed.
    #[error("there is no value")]
    Missing,
    /// The score is not a number from 0 to 1.
    #[error("`{value}` is not a score: a score is a number from 0 to 1")]
    Score {
        /// The value found.
        value: String,
    },
    /// The score is not a number on its scale.
    #[error("`{value}` is not a score: a score is a number from 0 to {most}")]
    ScoreOnScale {
        /// The value found.
        value: String,
        /// The end of the scale.
        most: String,
    },
    /// The value is not one of those that say whether the outcome happened.
    #[error("`{value}` is not an outcome: {wanted}")]
    OutcomeValue {
        /// The value found.
        value: String,
        /// What an outcome is.
        wanted: String,
    },
    /// A number that is put into a range is no number.
    #[error("`{value}` is not a number, so that it is in no range")]
    Range {
        /// The value found.
        value: String,
    },
    /// The outcome is not 0 or 1.
    #[error("`{value}` is not an outcome: an outcome is 0 or 1")]
    Outcome {
        /// The value found.
        value: String,
    },
    /// A rating is no number.
    #[error("`{value}` is no rating: a rating is a number on the scale, or nothing")]
    Rating {
        /// The value found.
        value: String,
    },
    /// A rating is not on the scale of its criterion.
    #[error("`{value}` is not on the scale of {scale}")]
    OffScale {
        /// The value found.
        value: String,
        /// The criterion, and the levels of its scale.
        scale: String,
    },
    /// A rating is by a criterion that the rubric does not have.
    #[error("the rubric has no criterion `{value}`; it has {known}")]
    Criterion {
        /// The value found.
        value: String,
        /// The criteria of the rubric.
        known: String,
    },
    /// An item is in another cohort than before.
    #[error("`{value}` is another cohort than {before} of the same item")]
    OtherCohort {
        /// The value found.
        value: String,
        /// The cohort that was named first, and in which row.
        before: String,
    },
    /// An item that is drawn from comes twice.
    #[error("`{value}` is there twice: each item is drawn from once")]
    ItemTwice {
        /// The item.
        value: String,
    },
    /// A rater rated an item twice.
    #[error("`{rater}` rated it in row {row} already: each rater counts once")]
    RatedTwice {
        /// The rater.
        rater: String,
        /// The row of the first rating.
        row: u64,
    },
    /// A time cannot be read.
    #[error("`{value}` is not a time such as 2026-03-01T08:30:00Z")]
    Time {
        /// The value found.
        value: String,
    },
    /// A prediction was made after the instant at which the question is asked.
    #[error("{value} is a time in the future: the request is as of {as_of}")]
    Future {
        /// The time of the prediction.
        value: String,
        /// The instant of the request.
        as_of: String,
    },
    /// A prediction id came before.
    #[error("`{value}` is the id of an earlier prediction too: each prediction counts once")]
    Duplicate {
        /// The id.
        value: String,
    },
    /// An event id came before.
    #[error("`{value}` is the id of an earlier event too: each event counts once")]
    DuplicateEvent {
        /// The id.
        value: String,
    },
    /// The version is not on record.
    #[error("`{value}` is not a known version; known are {known}")]
    UnknownVersion {
        /// The version found.
        value: String,
        /// The known ones.
        known: String,
    },
    /// An attribute has too many levels to be one.
    #[error("the column has more than {most} levels, which is too many for a cohort attribute")]
    TooManyLevels {
        /// The most levels an attribute may have.
        most: usize,
    },
    /// The row cannot be taken apart: a CSV row is ragged or not text, or the engine has no way to
    /// read a type of column.
    #[error("{why}")]
    Unreadable {
        /// What the reader said.
        why: String,
    },
}

impl EvidenceError {
    pub(crate) fn file(file: &Path, fault: impl Into<FileFault>) -> Self {
        Self::File { file: file.display().to_string(), fault: fault.into() }
    }

    pub(crate) fn located(file: &Path, at: Located) -> Self {
        let (file, row) = (file.display().to_string(), at.row);
        match at.column {
            Some(column) => Self::Row { file, row, column, fault: at.fault },
            None => Self::Line { file, row, why: at.fault.to_string() },
        }
    }

    /// The paths that the error names.
    pub(crate) fn files_mut(&mut self) -> Vec<&mut String> {
        match self {
            Self::File {
                file,
                fault: FileFault::MixedFormats { first } | FileFault::OtherType { first, .. },
            } => vec![file, first],
            Self::File { file, .. }
            | Self::Row { file, .. }
            | Self::Line { file, .. }
            | Self::Mapping { file, .. } => vec![file],
            Self::Request { .. } | Self::NoRows { .. } | Self::Engine { .. } | Self::Json(_) => {
                Vec::new()
            }
        }
    }

    pub(crate) fn engine(why: impl std::fmt::Display) -> Self {
        Self::Engine { why: why.to_string() }
    }
}

/// A fault at a row of one file that a reader of ours found, on its way through the engine.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("row {row}: {fault}")]
pub(crate) struct Located {
    /// The row of the file, from 1.
    pub row: u64,
    /// The column; none when the row cannot be taken apart.
    pub column: Option<String>,
    pub fault: RowFault,
}

/// A fault at a row of one batch, before file and row number are known.
#[derive(Debug)]
pub(crate) struct FaultAt {
    /// The row within the batch, from 0.
    pub row: usize,
    pub column: String,
    pub fault: RowFault,
}

impl FaultAt {
    /// The refusal, when so many rows of the file come before the batch.
    pub fn in_file(self, file: &Path, before: u64) -> EvidenceError {
        let Self { row, column, fault } = self;
        let row = before + row as u64 + 1;
        EvidenceError::Row { file: file.display().to_string(), row, column, fault }
    }
}
