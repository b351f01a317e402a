//! The pass in the order of files and rows, which names the first bad row.
//!
//! It is slower than the parallel one: for questions that depend on single rows and not on tallies,
//! and for logs in which the parallel one met a fault.

use crate::column::At;
use crate::error::FaultAt;
use crate::fold::{Fold, Selected};
use crate::layout::Layout;
use crate::scan::{equals_filter, open};
use crate::source::{Format, LogFile, Opened, read_error};
use crate::{EvidenceError, Phase, Request, RowFault, Source};
use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::Schema;
use datafusion::common::DFSchema;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, ident};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt;
use std::path::Path;
use std::sync::Arc;

/// Reads file after file from the first row to the last, and names the first bad row.
pub(crate) async fn in_order(opened: &Opened, fold: &mut Fold) -> Result<(), EvidenceError> {
    let request = Arc::clone(fold.request());
    selected(opened, &request, |rows| {
        first_fault(rows, |rows| Ok(fold.push(Selected::all(rows.clone()))))
    })
    .await
}

/// Reads some columns of a source row after row, batch by batch; what `take` refuses is told with
/// file, row and column. It is asked again for the rows before one that it refused. With a request,
/// its columns must be able to play their parts.
pub(crate) async fn in_batches(
    source: &Source,
    columns: Vec<String>,
    request: Option<Request>,
    mut take: impl FnMut(&RecordBatch) -> Result<(), FaultAt>,
) -> Result<(), EvidenceError> {
    let request = request.map(Arc::new);
    let progress = (source.progress(), Phase::Rows);
    let opened = open(source.paths(), Layout::plain(columns), request, progress).await?;
    let all = Request::new("", "");
    selected(&opened, &all, |rows| first_fault(rows, |rows| Ok(take(rows)))).await
}

/// Reads some columns of the rows that a request's `equals` select, batch by batch, each value as
/// the request says. A row is given to `take` once: it must name the first that it refuses.
pub(crate) async fn once(
    source: &Source,
    request: &Request,
    mut columns: Vec<String>,
    mut take: impl FnMut(&RecordBatch) -> Result<(), FaultAt>,
) -> Result<(), EvidenceError> {
    if let Some(many) = request.many_valued().find(|many| columns.contains(many)) {
        let why = format!("`{many}` has several levels in one row; each row must be in one group");
        return Err(EvidenceError::Request { why });
    }
    columns.extend(request.equals.keys().cloned());
    columns.sort_unstable();
    columns.dedup();
    let layout = Layout::read(columns, request);
    let progress = (source.progress(), Phase::Rows);
    let opened = open(source.paths(), layout, Some(Arc::new(request.clone())), progress).await?;
    selected(&opened, request, |rows| Ok(take(rows).err())).await
}

/// Reads the rows that the filter of `equals` lets through, in the columns of the layout, batch by
/// batch. `take` names the first row of a batch that it cannot use; after a row that cannot be read
/// it gets those before it alone.
async fn selected(
    opened: &Opened,
    request: &Request,
    mut take: impl FnMut(&RecordBatch) -> Result<Option<FaultAt>, EvidenceError>,
) -> Result<(), EvidenceError> {
    let layout = &opened.layout;
    let filtered = layout.of_names(|name| request.equals.contains_key(name));
    by_batch(opened, |file, before, batch| {
        let mut readable = None;
        let unreadable = first_fault(batch, |rows| {
            let shown = match filtered.apply(rows, &file.constants) {
                Ok(shown) => shown,
                Err(at) => return Ok(Err(at)),
            };
            let (rows, places) = select(rows, &shown, request)?;
            let found = layout.apply(&rows, &file.constants).map_err(|at| places.locate(at));
            Ok(found.map(|rows| readable = Some((rows, places))))
        })?;
        let refused = match &readable {
            Some((rows, places)) => take(rows)?.map(|mut at| {
                at.column = layout.file_name(&at.column).to_owned();
                places.locate(at)
            }),
            None => None,
        };
        // What was refused comes before what could not be read.
        refused.or(unreadable).map_or(Ok(()), |at| Err(at.in_file(&file.path, before)))
    })
    .await
}

/// Reads file after file, batch by batch, each with the number of rows of its file before it.
pub(crate) async fn by_batch(
    opened: &Opened,
    mut read: impl FnMut(&LogFile, u64, &RecordBatch) -> Result<(), EvidenceError>,
) -> Result<(), EvidenceError> {
    for (file, table) in opened.tables_by_file() {
        let table = table?;
        let columns = table.schema();
        let config = SessionConfig::new().with_target_partitions(1).with_collect_statistics(false);
        let wanted = opened.layout.file_columns().into_iter();
        let wanted = wanted.filter(|name| columns.field_with_name(name).is_ok()).map(ident);
        let frame = SessionContext::new_with_config(config).read_table(table);
        let frame = frame.and_then(|frame| frame.select(wanted.collect::<Vec<_>>()));
        let frame = frame.map_err(EvidenceError::engine)?;
        let unreadable = |error| unreadable(&file.path, opened.format, &columns, &error);
        let mut stream = frame.execute_stream().await.map_err(unreadable)?;
        let mut before = 0_u64;
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(unreadable)?;
            opened.progress.count(batch.num_rows());
            read(file, before, &batch)?;
            before += batch.num_rows() as u64;
        }
    }
    Ok(())
}

/// Reads a column of some rows with one of the readers of [`crate::column`].
pub(crate) fn column<T>(
    rows: &RecordBatch,
    name: &str,
    reader: impl Fn(&ArrayRef) -> At<T>,
) -> Result<T, FaultAt> {
    let array = rows.column_by_name(name).ok_or((0, RowFault::Missing));
    let at = |(row, fault)| FaultAt { row, column: name.to_owned(), fault };
    array.and_then(reader).map_err(at)
}

/// Where rows that were selected are in the whole.
struct Places(Option<Vec<usize>>);

impl Places {
    fn locate(&self, at: FaultAt) -> FaultAt {
        let places = self.0.as_ref();
        let row = places.and_then(|places| places.get(at.row)).copied().unwrap_or(at.row);
        FaultAt { row, ..at }
    }
}

/// The rows that the filter of `equals` lets through, by the columns that it looks at.
fn select(
    rows: &RecordBatch,
    shown: &RecordBatch,
    request: &Request,
) -> Result<(RecordBatch, Places), EvidenceError> {
    let schema = shown.schema();
    let type_of = |name: &str| schema.field_with_name(name).map(|f| f.data_type().clone()).ok();
    let Some(filter) = equals_filter(request, type_of) else {
        return Ok((rows.clone(), Places(None)));
    };
    let mask = selects(&physical(filter, &schema)?, shown)?;
    let marks = BooleanArray::from(mask.clone());
    let kept = filter_record_batch(rows, &marks).map_err(EvidenceError::engine)?;
    let places = mask.into_iter().enumerate().filter_map(|(row, kept)| kept.then_some(row));
    Ok((kept, Places(Some(places.collect()))))
}

fn physical(filter: Expr, schema: &Schema) -> Result<Arc<dyn PhysicalExpr>, EvidenceError> {
    let named = DFSchema::try_from(schema.clone()).map_err(EvidenceError::engine)?;
    SessionContext::new().create_physical_expr(filter, &named).map_err(EvidenceError::engine)
}

/// The first fault of a batch. Each column is read as a whole, so a fault may have an earlier one
/// in another column: the rows before it are tried again until none is bad.
fn first_fault(
    batch: &RecordBatch,
    mut push: impl FnMut(&RecordBatch) -> Result<Result<(), FaultAt>, EvidenceError>,
) -> Result<Option<FaultAt>, EvidenceError> {
    let mut first: Option<FaultAt> = None;
    let mut rows = batch.clone();
    loop {
        match push(&rows)? {
            Ok(()) => return Ok(first),
            Err(fault) => {
                rows = batch.slice(0, fault.row);
                first = Some(fault);
            }
        }
    }
}

fn selects(
    filter: &Arc<dyn PhysicalExpr>,
    batch: &RecordBatch,
) -> Result<Vec<bool>, EvidenceError> {
    let value = filter.evaluate(batch).map_err(EvidenceError::engine)?;
    let array = value.into_array(batch.num_rows()).map_err(EvidenceError::engine)?;
    Ok(array.as_boolean().iter().map(|selected| selected == Some(true)).collect())
}

/// What the engine could not read, in the terms of the file.
fn unreadable(
    path: &Path,
    format: Format,
    columns: &Schema,
    error: &DataFusionError,
) -> EvidenceError {
    let said = error.find_root().to_string();
    if matches!(format, Format::Csv { .. })
        && let Some(line) = number_after(&said, "for line ")
    {
        return bad_csv(path, columns, line, &said);
    }
    read_error(path, error)
}

/// A CSV row that has the wrong number of values, or a value that is not text.
fn bad_csv(path: &Path, columns: &Schema, line: u64, said: &str) -> EvidenceError {
    let last = columns.fields().len().saturating_sub(1);
    let (place, why) = match (said.rsplit_once("got "), number_after(said, "and field ")) {
        (Some((_, got)), _) => {
            // The first column without a value; or the last one, when there are values after it.
            let place = got.parse().unwrap_or(last).min(last);
            (place, format!("the row has {got} values where the header has {}", last + 1))
        }
        (None, field) => {
            let place = field.and_then(|field| usize::try_from(field).ok()).unwrap_or(1);
            (place.saturating_sub(1), "the value is not UTF-8 text".to_owned())
        }
    };
    EvidenceError::Row {
        file: path.display().to_string(),
        // The reader counts the header as a line.
        row: line.saturating_sub(1),
        column: columns.fields().get(place).map(|field| field.name().clone()).unwrap_or_default(),
        fault: RowFault::Unreadable { why },
    }
}

fn number_after(text: &str, words: &str) -> Option<u64> {
    let (_, rest) = text.split_once(words)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
