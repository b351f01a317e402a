//! Units of analysis that are more than a prediction: encounters.
//!
//! The engine gathers the predictions of each encounter, on disk when they do not fit into
//! [`MEMORY`], and gives the fold one row for each.

use crate::layout::Kind;
use crate::{EvidenceError, Request, Unit};
use datafusion::catalog::TableProvider;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::functions_aggregate::bool_and_or::bool_or;
use datafusion::functions_aggregate::count::count;
use datafusion::functions_aggregate::first_last::first_value;
use datafusion::functions_aggregate::min_max::{max, min, min_udaf};
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{
    Expr, ExprFunctionExt, SortExpr, WindowFunctionDefinition, ident, lit, when,
};
use datafusion::prelude::{DataFrame, SessionContext};
use std::sync::Arc;

/// The most memory that gathering encounters may take, in bytes; beyond it the engine uses disk.
pub(crate) const MEMORY: usize = 256 << 20;

/// The environment in which encounters are gathered.
pub(crate) fn environment() -> Result<Arc<RuntimeEnv>, EvidenceError> {
    let pool = Arc::new(FairSpillPool::new(MEMORY));
    RuntimeEnvBuilder::new().with_memory_pool(pool).build_arc().map_err(EvidenceError::engine)
}

/// The columns of predictions that are gathered, each with what it must hold.
pub(crate) fn columns(request: &Request) -> Vec<(String, Kind)> {
    let known = request.known_versions.clone().filter(|_| !request.report_unknown).map(Arc::new);
    let kind = |name: &String| {
        let is = |column: &Option<String>| column.as_ref() == Some(name);
        match () {
            () if *name == request.score => Kind::Score,
            () if *name == request.outcome => Kind::Outcome,
            () if is(&request.time) => Kind::Time(request.as_of.or(request.latest)),
            () if is(&request.matured) || is(&request.event_time) => Kind::Instant,
            () if is(&request.encounter) => Kind::Key,
            () if is(&request.version) => Kind::Version(known.clone()),
            () => Kind::Text,
        }
    };
    let mut names = request.columns();
    for name in request.encounter.iter().chain(&request.event_time) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names.into_iter().map(|name| (name.clone(), kind(&name))).collect()
}

/// The name of the first event of an encounter, which no column has.
const FIRST_EVENT: &str = "\u{1f}first event";
const CROSSED: &str = "\u{1f}crossed";

/// The predictions of all tables that the request asks for, those after the event left out.
pub(crate) fn predictions(
    tables: Vec<Arc<dyn TableProvider>>,
    request: &Request,
) -> Result<DataFrame, EvidenceError> {
    let engine = |error: datafusion::error::DataFusionError| EvidenceError::engine(error);
    let mut whole: Option<DataFrame> = None;
    for table in tables {
        let frame = SessionContext::new().read_table(table).map_err(engine)?;
        whole = Some(match whole {
            Some(whole) => whole.union(frame).map_err(engine)?,
            None => frame,
        });
    }
    let mut frame =
        whole.ok_or_else(|| EvidenceError::engine("there is no table to gather from"))?;
    for (column, value) in &request.equals {
        frame = frame.filter(ident(column).eq(lit(value.clone()))).map_err(engine)?;
    }
    if let Some(time) = &request.time {
        let bounds = [(request.from, true), (request.until, false)];
        for (bound, is_from) in bounds {
            let Some(bound) = bound.map(instant) else { continue };
            let inside = if is_from { ident(time).gt_eq(bound) } else { ident(time).lt(bound) };
            frame = frame.filter(inside).map_err(engine)?;
        }
    }
    if let (Some(event), Some(encounter)) = (&request.event_time, &request.encounter) {
        let first = WindowFunctionDefinition::AggregateUDF(min_udaf());
        let first = Expr::from(WindowFunction::new(first, vec![ident(event)]))
            .partition_by(vec![ident(encounter)])
            .build()
            .map_err(engine)?
            .alias(FIRST_EVENT);
        frame = frame.window(vec![first]).map_err(engine)?;
        if let Some(time) = &request.time {
            let before = ident(FIRST_EVENT).is_null().or(ident(time).lt(ident(FIRST_EVENT)));
            frame = frame.filter(before).map_err(engine)?;
        }
    }
    Ok(frame)
}

/// One row for each encounter, with the columns of the request.
pub(crate) fn table(
    tables: Vec<Arc<dyn TableProvider>>,
    request: &Request,
) -> Result<Arc<dyn TableProvider>, EvidenceError> {
    let engine = |error: datafusion::error::DataFusionError| EvidenceError::engine(error);
    let encounter = request.encounter.clone().unwrap_or_default();
    let operating = request.thresholds.first().copied().unwrap_or(f64::INFINITY);
    let mut frame = predictions(tables, request)?;
    let crossed = match request.unit {
        Unit::FirstCrossing => ident(&request.score).gt_eq(lit(operating)),
        _ => lit(false),
    };
    frame = frame.with_column(CROSSED, crossed).map_err(engine)?;
    let order = order(request, frame.schema());
    let names: Vec<String> =
        request.columns().into_iter().filter(|name| *name != encounter).collect();
    let mut found = vec![count(lit(1_i64)).alias(ROWS)];
    for name in &names {
        let column = || ident(name);
        let value = match merged(request, name) {
            Some(merge) => {
                found.push(count(column()).alias(format!("{KNOWN}{name}")));
                merge(column())
            }
            None => first_value(column(), order.clone()),
        };
        found.push(value.alias(format!("{VALUE}{name}")));
    }
    frame = gathered(frame, &encounter, found)?;
    let mut shown: Vec<Expr> = Vec::new();
    for name in request.columns() {
        let value = if name == encounter || request.id.as_ref() == Some(&name) {
            ident(&encounter)
        } else if merged(request, &name).is_some() {
            let all = ident(format!("{KNOWN}{name}")).eq(ident(ROWS));
            when(all, ident(format!("{VALUE}{name}"))).end().map_err(engine)?
        } else {
            ident(format!("{VALUE}{name}"))
        };
        shown.push(value.alias(&name));
    }
    Ok(frame.select(shown).map_err(engine)?.into_view())
}

/// Names of columns on the way, which no column of a log has.
const ROWS: &str = "\u{1f}rows";
const KNOWN: &str = "\u{1f}known ";
const VALUE: &str = "\u{1f}value ";

/// How a column comes from all predictions of an encounter, where it does not come from the one
/// that decides. It is known when it is known of all of them.
fn merged(request: &Request, name: &String) -> Option<fn(Expr) -> Expr> {
    if *name == request.outcome {
        Some(bool_or)
    } else if request.matured.as_ref() == Some(name) {
        Some(max)
    } else {
        None
    }
}

fn gathered(frame: DataFrame, by: &str, found: Vec<Expr>) -> Result<DataFrame, EvidenceError> {
    frame.aggregate(vec![ident(by)], found).map_err(EvidenceError::engine)
}

/// The order in which the predictions of an encounter come: the first one decides. It goes on to
/// every column, so that two predictions that are alike in all do not make a difference.
fn order(request: &Request, schema: &DFSchema) -> Vec<SortExpr> {
    let mut order = Vec::new();
    if request.unit == Unit::FirstCrossing {
        order.push(ident(CROSSED).sort(false, false));
        if let Some(time) = &request.time
            && let Ok(at) = when(ident(CROSSED), ident(time)).end()
        {
            order.push(at.sort(true, false));
        }
    }
    order.push(ident(&request.score).sort(false, false));
    // The engine takes each column once.
    let mut named = vec![request.score.clone()];
    for name in request.time.clone().into_iter().chain(request.columns()) {
        if !named.contains(&name) && schema.has_column_with_unqualified_name(&name) {
            order.push(ident(&name).sort(true, false));
            named.push(name);
        }
    }
    order
}

/// An instant as a value of the engine.
pub(crate) fn instant(at: jiff::Timestamp) -> Expr {
    lit(ScalarValue::TimestampMicrosecond(Some(crate::column::micros(at)), Some("UTC".into())))
}

/// For each encounter its first prediction at or above the operating threshold (`crossing`), its
/// first event (`event`), its `first` and `last` prediction, how many `predictions` it has and how
/// many of them are `alerts`; and, with a column of it, when its outcome is known (`matured`) and
/// of how many predictions that is `known`.
pub(crate) fn leads(
    tables: Vec<Arc<dyn TableProvider>>,
    request: &Request,
) -> Result<DataFrame, EvidenceError> {
    let engine = |error: datafusion::error::DataFusionError| EvidenceError::engine(error);
    let encounter = request.encounter.clone().unwrap_or_default();
    let operating = request.thresholds.first().copied().unwrap_or(f64::INFINITY);
    let time = request.time.clone().unwrap_or_default();
    let event = request.event_time.clone().unwrap_or_default();
    let crossing = when(ident(&request.score).gt_eq(lit(operating)), ident(&time)).end();
    let mut found = vec![
        min(crossing.map_err(engine)?).alias("crossing"),
        min(ident(&event)).alias("event"),
        min(ident(&time)).alias("first"),
        max(ident(&time)).alias("last"),
        count(lit(1_i64)).alias("predictions"),
        count(when(ident(&request.score).gt_eq(lit(operating)), lit(1_i64)).end().map_err(engine)?)
            .alias("alerts"),
    ];
    if let Some(matured) = &request.matured {
        found.push(count(ident(matured)).alias("known"));
        found.push(max(ident(matured)).alias("matured"));
    }
    gathered(predictions(tables, request)?, &encounter, found)
}
