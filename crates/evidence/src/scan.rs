//! The pass over a source: a parallel one through the query engine, and a second one, in file
//! order, that names the first bad row when the parallel one met a fault.

use crate::error::FaultAt;
use crate::fold::{Fold, Selected, Suspects};
use crate::levels::MOST_LEVELS;
use crate::part::Part;
use crate::source::{Format, Opened};
use crate::{EvidenceError, FileFault, Request, RowFault, Source, TallySet, column};
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Schema, TimeUnit};
use datafusion::catalog::TableProvider;
use datafusion::common::{DFSchema, HashSet, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::{Expr, cast, ident, lit};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Reads a source once and tallies it.
///
/// The rows that the request's filters select are checked and counted; other rows are not looked
/// at. Rows go to one fold per partition, each on its own task of the current Tokio runtime, and
/// the folds are merged. The result does not depend on how many there are. The tasks compute
/// without pause: beside a server, give them a runtime of their own.
///
/// # Errors
/// When the request contradicts itself, when a file cannot be used, or when a row is bad: then the
/// first bad row in file order is named, or a CSV row that cannot be taken apart when one is in the
/// same batch. Nothing is kept of a refused source.
pub async fn tally(source: &Source, request: &Request) -> Result<TallySet, EvidenceError> {
    let partitions = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    tally_in(source, request, partitions).await
}

/// [`tally`] with a number of partitions; the result is the same for all of them.
pub(crate) async fn tally_in(
    source: &Source,
    request: &Request,
    partitions: usize,
) -> Result<TallySet, EvidenceError> {
    request.check()?;
    let request = Arc::new(request.clone());
    let (files, asked) = (source.clone(), Arc::clone(&request));
    let opened = tokio::task::spawn_blocking(move || Opened::open(&files, &asked))
        .await
        .map_err(EvidenceError::engine)??;
    let mut suspects = match in_parallel(&opened, &request, partitions).await? {
        Pass::Done(set) => return Ok(set),
        Pass::Fault(suspects) => suspects,
    };
    loop {
        let mut fold = Fold::new(Arc::clone(&request), Suspects::of(suspects.clone()));
        let outcome = in_order(&opened, &mut fold).await;
        let mut parts = [fold.finish()];
        let looked_for_repeats = !suspects.is_empty();
        suspects = repeated_ids(&mut parts);
        let [part] = parts;
        match outcome {
            // There may be an id that comes twice before the fault that was found.
            Err(_) if !looked_for_repeats && !suspects.is_empty() => {}
            Err(fault) => return Err(fault),
            // If the pass in order finds nothing wrong after all, its result is as good.
            Ok(()) => return Part::merged(vec![part], &request),
        }
    }
}

/// What became of the parallel pass.
enum Pass {
    Done(TallySet),
    /// Something is wrong with some row or file; with the hashes of ids that came twice, if it is
    /// that.
    Fault(HashSet<u64>),
}

async fn in_parallel(
    opened: &Opened,
    request: &Arc<Request>,
    partitions: usize,
) -> Result<Pass, EvidenceError> {
    let mut folds: JoinSet<Option<Part>> = JoinSet::new();
    for table in opened.tables()? {
        let frame = frame(table, request, partitions, Filtered::ByEngine)?;
        let Ok(streams) = frame.execute_stream_partitioned().await else {
            return Ok(Pass::Fault(HashSet::new()));
        };
        for stream in streams {
            folds.spawn(fold_stream(stream, Arc::clone(request)));
        }
    }
    let mut parts = Vec::new();
    while let Some(part) = folds.join_next().await {
        match part.map_err(EvidenceError::engine)? {
            Some(part) => parts.push(part),
            // The other folds end with the set.
            None => return Ok(Pass::Fault(HashSet::new())),
        }
    }
    let repeated = repeated_ids(&mut parts);
    if !repeated.is_empty() {
        return Ok(Pass::Fault(repeated));
    }
    let set = Part::merged(parts, request)?;
    Ok(if too_many_levels(&set) { Pass::Fault(HashSet::new()) } else { Pass::Done(set) })
}

/// Folds one partition; none when it has a fault, which the pass in order will name.
async fn fold_stream(mut stream: SendableRecordBatchStream, request: Arc<Request>) -> Option<Part> {
    let mut fold = Fold::new(request, Suspects::default());
    while let Some(batch) = stream.next().await {
        fold.push(Selected::all(batch.ok()?)).ok()?;
    }
    Some(fold.finish())
}

/// The hashes that came more than once, in all parts together.
fn repeated_ids(parts: &mut [Part]) -> HashSet<u64> {
    let mut all: Vec<u64> = Vec::with_capacity(parts.iter().map(|part| part.ids.len()).sum());
    for part in parts {
        all.append(&mut part.ids);
    }
    // The parts are in order already: a stable sort finds that and only merges them.
    all.sort();
    let pairs = all.iter().zip(all.iter().skip(1));
    pairs.filter(|(a, b)| a == b).map(|(hash, _)| *hash).collect()
}

fn too_many_levels(set: &TallySet) -> bool {
    let mut levels: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for cohort in set.cells.keys().filter_map(|key| key.cohort.as_ref()) {
        levels.entry(&cohort.attribute).or_default().insert(&cohort.level);
    }
    levels.values().any(|levels| levels.len() > MOST_LEVELS)
        || set.versions_seen.len() > MOST_LEVELS
}

/// Who leaves out the rows that the request does not ask for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filtered {
    ByEngine,
    ByUs,
}

fn frame(
    table: Arc<dyn TableProvider>,
    request: &Request,
    partitions: usize,
    filtered: Filtered,
) -> Result<DataFrame, EvidenceError> {
    let config = SessionConfig::new()
        .with_target_partitions(partitions)
        .with_repartition_file_scans(partitions > 1)
        .with_repartition_file_min_size(1 << 16)
        // Row counts of whole files are of no use to a pass that reads every row.
        .with_collect_statistics(false);
    let schema = table.schema();
    let type_of = |column: &str| schema.field_with_name(column).map(|f| f.data_type().clone()).ok();
    let mut frame =
        SessionContext::new_with_config(config).read_table(table).map_err(EvidenceError::engine)?;
    if filtered == Filtered::ByEngine {
        let window =
            request.time.as_deref().and_then(|time| window_filter(request, time, type_of(time)?));
        if let Some(filter) =
            equals_filter(request, type_of).into_iter().chain(window).reduce(Expr::and)
        {
            frame = frame.filter(filter).map_err(EvidenceError::engine)?;
        }
    }
    frame.select(request.columns().into_iter().map(ident)).map_err(EvidenceError::engine)
}

/// The filter of `equals`: each column, as text, has its value.
fn equals_filter(request: &Request, type_of: impl Fn(&str) -> Option<DataType>) -> Option<Expr> {
    let terms = request.equals.iter().map(|(column, value)| {
        let is_text = type_of(column).is_none_or(|t| {
            t.is_string() || matches!(&t, DataType::Dictionary(_, values) if values.is_string())
        });
        let text = if is_text { ident(column) } else { cast(ident(column), DataType::Utf8) };
        text.eq(lit(value.clone()))
    });
    terms.reduce(Expr::and)
}

/// The request's window as a filter that lets the engine pass over whole row groups. The fold looks
/// at the window of every row again; a row without a time must get there, to be refused.
fn window_filter(request: &Request, time: &str, found: DataType) -> Option<Expr> {
    let DataType::Timestamp(unit, zone) = found else { return None };
    let bound = |instant: jiff::Timestamp| {
        let micros = column::micros(instant);
        // The first tick of the column's clock that is not before the instant.
        let ticks = |per_tick: i64| Some(-(-micros).div_euclid(per_tick));
        let zone = zone.clone();
        Some(lit(match unit {
            TimeUnit::Second => ScalarValue::TimestampSecond(ticks(1_000_000), zone),
            TimeUnit::Millisecond => ScalarValue::TimestampMillisecond(ticks(1_000), zone),
            TimeUnit::Microsecond => ScalarValue::TimestampMicrosecond(Some(micros), zone),
            TimeUnit::Nanosecond => {
                ScalarValue::TimestampNanosecond(Some(micros.checked_mul(1_000)?), zone)
            }
        }))
    };
    let from = request.from.and_then(bound).map(|first| ident(time).gt_eq(first));
    let until = request.until.and_then(bound).map(|end| ident(time).lt(end));
    let inside = from.into_iter().chain(until).reduce(Expr::and)?;
    Some(inside.or(ident(time).is_null()))
}

/// Reads file after file from the first row to the last, and names the first bad row.
async fn in_order(opened: &Opened, fold: &mut Fold) -> Result<(), EvidenceError> {
    let request = Arc::clone(fold.request());
    for (path, table) in opened.tables_by_file() {
        let table = table?;
        let columns = table.schema();
        let frame = frame(table, &request, 1, Filtered::ByUs)?;
        let schema = frame.schema().as_arrow().clone();
        let type_of = |name: &str| schema.field_with_name(name).map(|f| f.data_type().clone()).ok();
        let filter = match equals_filter(&request, type_of) {
            Some(filter) => Some(physical(filter, &schema)?),
            None => None,
        };
        let reader = |error| unreadable(path, opened.format, &columns, &error);
        let mut stream = frame.execute_stream().await.map_err(reader)?;
        let mut before = 0_u64;
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(reader)?;
            if let Some(at) = first_fault(fold, &batch, filter.as_ref())? {
                return Err(EvidenceError::Row {
                    file: path.display().to_string(),
                    row: before + at.row as u64 + 1,
                    column: at.column,
                    fault: at.fault,
                });
            }
            before += batch.num_rows() as u64;
        }
    }
    Ok(())
}

fn physical(filter: Expr, schema: &Schema) -> Result<Arc<dyn PhysicalExpr>, EvidenceError> {
    let named = DFSchema::try_from(schema.clone()).map_err(EvidenceError::engine)?;
    SessionContext::new().create_physical_expr(filter, &named).map_err(EvidenceError::engine)
}

/// Pushes a batch into the fold. Each column is read as a whole, so a fault may have an earlier one
/// in another column: the rows before it are tried again until none is bad.
fn first_fault(
    fold: &mut Fold,
    batch: &RecordBatch,
    filter: Option<&Arc<dyn PhysicalExpr>>,
) -> Result<Option<FaultAt>, EvidenceError> {
    let mut first: Option<FaultAt> = None;
    let mut rows = batch.clone();
    loop {
        let mut selected = Selected::all(rows);
        let kept = match filter {
            Some(filter) => {
                let mask = selects(filter, selected.batch())?;
                selected.keep(&mask)
            }
            None => Ok(()),
        };
        match kept.and_then(|()| fold.push(selected)) {
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
    if format == Format::Csv
        && let Some(line) = number_after(&said, "for line ")
    {
        return bad_csv(path, columns, line, &said);
    }
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => EvidenceError::engine(said),
        _ => EvidenceError::file(path, FileFault::Damaged { why: said }),
    }
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

#[cfg(test)]
mod tests;
