//! The pass over a source: a parallel one through the query engine, and a second one, in file
//! order, that names the first bad row when the parallel one met a fault.

use crate::error::FaultAt;
use crate::events::{EventIndex, Gathering, MOST_EVENTS};
use crate::fold::{Fold, Selected, Suspects};
use crate::ids::Ids;
use crate::in_order::{by_batch, in_order};
use crate::layout::Layout;
use crate::levels::MOST_LEVELS;
use crate::part::Part;
use crate::source::Opened;
use crate::{
    Events, EvidenceError, FileFault, Phase, Progress, Request, Source, TallySet, Unit, column,
    membership, unit,
};
use datafusion::arrow::array::{ArrayRef, StringArray};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::catalog::TableProvider;
use datafusion::common::{HashSet, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::functions_aggregate::count::count;
use datafusion::logical_expr::{Expr, cast, ident, lit};
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
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
    let (opened, request) = opened(source, request).await?;
    // Units do not have the ids of predictions, so these are looked at apart.
    let twice = request.unit != Unit::Prediction && id_comes_twice(&opened, &request).await?;
    let pass = match twice {
        true => Pass::Fault(HashSet::new()),
        false => in_parallel(&opened, &request, partitions).await?,
    };
    let mut suspects = match pass {
        Pass::Done(mut set) => {
            membership::expand(&mut set, &request);
            return Ok(set);
        }
        Pass::Fault(suspects) => suspects,
    };
    opened.progress.begin_reading(Phase::Fault, &opened, true);
    loop {
        let mut fold = Fold::new(Arc::clone(&request), Suspects::of(suspects.clone()));
        let outcome = in_order(&opened, &mut fold).await;
        let mut parts = [fold.finish()];
        let looked_for_repeats = !suspects.is_empty();
        suspects = repeated_ids(&mut parts)?;
        let [part] = parts;
        match outcome {
            // There may be an id that comes twice before the fault that was found.
            Err(_) if !looked_for_repeats && !suspects.is_empty() => {}
            Err(fault) => return Err(fault),
            // Rows of predictions say nothing of the units that the engine could not gather.
            Ok(()) if request.unit != Unit::Prediction => return Err(not_gathered()),
            // If the pass in order finds nothing wrong after all, its result is as good.
            Ok(()) => {
                let mut set = Part::merged(vec![part], &request)?;
                membership::expand(&mut set, &request);
                return Ok(set);
            }
        }
    }
}

/// Opens what a request asks for: the events first, then the predictions.
pub(crate) async fn opened(
    source: &Source,
    request: &Request,
) -> Result<(Opened, Arc<Request>), EvidenceError> {
    request.check()?;
    let request = Arc::new(request.resolved());
    let index = match &request.events {
        Some(events) => Some(Arc::new(events_of(source, events).await?)),
        None if source.events().is_empty() => None,
        None => {
            let why = "the source has events, and the request does not say how they are linked: \
                       name it in `events`";
            return Err(EvidenceError::Request { why: why.into() });
        }
    };
    let layout = match request.unit {
        Unit::Prediction => Layout::of(&request, index.as_ref()),
        _ => Layout::checked(&request, index.as_ref(), unit::columns(&request)),
    };
    let phase = if request.unit == Unit::Prediction { Phase::Rows } else { Phase::Gathering };
    let (of_source, asked) = (source.clone(), Arc::clone(&request));
    let names = move || asked.check_names(&of_source);
    tokio::task::spawn_blocking(names).await.map_err(EvidenceError::engine)??;
    let asked = Some(Arc::clone(&request));
    let opened = open(source.paths(), layout, asked, (source.progress(), phase)).await?;
    Ok((opened, request))
}

/// Opens files for a layout, to be read in a phase.
pub(crate) async fn open(
    paths: &[PathBuf],
    layout: Layout,
    request: Option<Arc<Request>>,
    (progress, phase): (&Progress, Phase),
) -> Result<Opened, EvidenceError> {
    let (paths, progress) = (paths.to_vec(), progress.clone());
    let open = move || {
        progress.begin(Phase::Opening);
        let mut opened = Opened::laid_out(&paths, layout, request.as_deref())?;
        let whole = request.is_none_or(|request| request.filters().is_empty());
        progress.begin_reading(phase, &opened, whole && phase != Phase::Gathering);
        opened.progress = progress;
        Ok(opened)
    };
    tokio::task::spawn_blocking(open).await.map_err(EvidenceError::engine)?
}

/// Reads all events into memory.
async fn events_of(source: &Source, events: &Events) -> Result<EventIndex, EvidenceError> {
    if source.events().is_empty() {
        let why = "`events` asks for files of events, and the source has none".into();
        return Err(EvidenceError::Request { why });
    }
    let layout = Layout::plain(events.columns());
    let progress = (source.progress(), Phase::Events);
    let opened = open(source.events(), layout, None, progress).await?;
    let mut gathering = Gathering::new(events.clone());
    by_batch(&opened, |file, before, batch| {
        let column = |name: &str| {
            let constant = file.constants.iter().find(|(known, _)| known == name);
            match constant {
                Some((_, value)) => {
                    let repeated = std::iter::repeat_n(value, batch.num_rows());
                    Some(Arc::new(StringArray::from_iter_values(repeated)) as ArrayRef)
                }
                None => batch.column_by_name(name).cloned(),
            }
        };
        gathering.push(&column).map_err(|(column, row, fault)| {
            FaultAt { row, column, fault }.in_file(&file.path, before)
        })?;
        if gathering.count() > MOST_EVENTS {
            let fault = FileFault::TooManyEvents { most: MOST_EVENTS };
            return Err(EvidenceError::file(&file.path, fault));
        }
        Ok(())
    })
    .await?;
    Ok(gathering.finish())
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
    let mut streams = Vec::new();
    for table in opened.tables()? {
        let frame = frame(table, request, partitions)?;
        match frame.execute_stream_partitioned().await {
            Ok(more) => streams.extend(more),
            Err(_) => return Ok(Pass::Fault(HashSet::new())),
        }
    }
    // However many files and folders there are, no more folds run than bound the memory.
    let folders = partitions.clamp(1, streams.len().max(1));
    let streams = Arc::new(Mutex::new(streams));
    let mut folds: JoinSet<Option<Part>> = JoinSet::new();
    for _ in 0..folders {
        let progress = opened.progress.clone();
        folds.spawn(fold_streams(Arc::clone(&streams), Arc::clone(request), progress));
    }
    let mut parts = Vec::new();
    while let Some(part) = folds.join_next().await {
        match part.map_err(EvidenceError::engine)? {
            Some(part) => parts.push(part),
            // The other folds end with the set.
            None => return Ok(Pass::Fault(HashSet::new())),
        }
    }
    let repeated = repeated_ids(&mut parts)?;
    if !repeated.is_empty() {
        return Ok(Pass::Fault(repeated));
    }
    let set = Part::merged(parts, request)?;
    Ok(if too_many_levels(&set) { Pass::Fault(HashSet::new()) } else { Pass::Done(set) })
}

/// Folds one stream after the other until none is left; none when one has a fault, which the pass
/// in order will name.
async fn fold_streams(
    streams: Arc<Mutex<Vec<SendableRecordBatchStream>>>,
    request: Arc<Request>,
    progress: Progress,
) -> Option<Part> {
    let predictions = request.unit == Unit::Prediction;
    let mut fold = Fold::new(request, Suspects::default());
    let next = || streams.lock().ok()?.pop();
    while let Some(mut stream) = next() {
        while let Some(batch) = stream.next().await {
            let batch = batch.ok()?;
            if predictions {
                progress.count(batch.num_rows());
            }
            fold.push(Selected::all(batch)).ok()?;
        }
    }
    Some(fold.finish())
}

/// The hashes that came more than once, in all parts together.
fn repeated_ids(parts: &mut [Part]) -> Result<HashSet<u64>, EvidenceError> {
    let ids = parts.iter_mut().map(|part| std::mem::take(&mut part.ids));
    Ids::repeated(ids).map_err(EvidenceError::engine)
}

fn too_many_levels(set: &TallySet) -> bool {
    let mut levels: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for cohort in set.cells.keys().filter_map(|key| key.cohort.as_ref()) {
        levels.entry(&cohort.attribute).or_default().insert(&cohort.level);
    }
    levels.values().any(|levels| levels.len() > MOST_LEVELS)
        || set.versions_seen.len() > MOST_LEVELS
}

fn frame(
    table: Arc<dyn TableProvider>,
    request: &Request,
    partitions: usize,
) -> Result<DataFrame, EvidenceError> {
    let config = SessionConfig::new()
        .with_target_partitions(partitions)
        .with_repartition_file_scans(partitions > 1)
        .with_repartition_file_min_size(1 << 16)
        // Row counts of whole files are of no use to a pass that reads every row.
        .with_collect_statistics(false);
    let schema = table.schema();
    let type_of = |column: &str| schema.field_with_name(column).map(|f| f.data_type().clone()).ok();
    let context = match request.unit {
        Unit::Prediction => SessionContext::new_with_config(config),
        _ => SessionContext::new_with_config_rt(config, unit::environment()?),
    };
    let mut frame = context.read_table(table).map_err(EvidenceError::engine)?;
    let window =
        request.time.as_deref().and_then(|time| window_filter(request, time, type_of(time)?));
    if let Some(filter) =
        equals_filter(request, type_of).into_iter().chain(window).reduce(Expr::and)
    {
        frame = frame.filter(filter).map_err(EvidenceError::engine)?;
    }
    frame.select(request.columns().into_iter().map(ident)).map_err(EvidenceError::engine)
}

/// The filter of `equals`: each column, as text, has its value.
pub(crate) fn equals_filter(
    request: &Request,
    type_of: impl Fn(&str) -> Option<DataType>,
) -> Option<Expr> {
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

/// An id that comes twice, of predictions that are gathered into units.
async fn id_comes_twice(opened: &Opened, request: &Request) -> Result<bool, EvidenceError> {
    let Some(id) = &request.id else { return Ok(false) };
    let engine = |error: DataFusionError| EvidenceError::engine(error);
    let ids = unit::predictions(opened.views()?, &Request { event_time: None, ..request.clone() })?;
    let ids = ids.aggregate(vec![ident(id)], vec![count(lit(1_i64)).alias("times")]);
    let twice = ids.and_then(|ids| ids.filter(ident("times").gt(lit(1_i64)))?.limit(0, Some(1)));
    let twice = in_environment(twice.map_err(engine)?)?.collect().await;
    // What cannot be read will be named by the pass over the rows.
    Ok(twice.is_ok_and(|batches| batches.iter().any(|batch| batch.num_rows() > 0)))
}

/// A frame that is computed within the memory for units.
pub(crate) fn in_environment(frame: DataFrame) -> Result<DataFrame, EvidenceError> {
    let (_, plan) = frame.into_parts();
    let context = SessionContext::new_with_config_rt(SessionConfig::new(), unit::environment()?);
    Ok(DataFrame::new(context.state(), plan))
}

/// What is wrong with predictions that could not be gathered.
pub(crate) async fn why_not_gathered(opened: &Opened, request: &Arc<Request>) -> EvidenceError {
    let mut fold = Fold::new(Arc::clone(request), Suspects::default());
    in_order(opened, &mut fold).await.err().unwrap_or_else(not_gathered)
}

fn not_gathered() -> EvidenceError {
    EvidenceError::engine(format!(
        "the predictions could not be gathered by encounter within {} MiB and the temporary folder",
        unit::MEMORY >> 20
    ))
}

#[cfg(test)]
mod tests;
