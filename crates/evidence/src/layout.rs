//! From the columns of a file to the columns of a request.
//!
//! Each column of a request is made of one column of the file, or of several: as an expression of
//! the engine in the parallel pass, and batch by batch in the pass that names the first fault. Both
//! call the same function.

use crate::column::{self, At};
use crate::error::FaultAt;
use crate::events::{self, EventIndex};
use crate::reading::{Column, Reading};
use crate::{FileFault, Request, RowFault};
use datafusion::arrow::array::{
    Array, ArrayRef, Float64Array, RecordBatch, RecordBatchOptions, StringArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{ColumnarValue, Expr, Volatility, create_udf, ident, lit};
use statistics::Score;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How the columns of a request come out of those of a file.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    columns: Vec<Derived>,
}

/// One column of a request.
#[derive(Debug, Clone)]
struct Derived {
    name: String,
    /// The columns of the file that it is made of.
    from: Vec<String>,
    how: How,
}

#[derive(Debug, Clone)]
enum How {
    Read(Reading),
    /// Whether an event followed: of the key, and last the time.
    Happened(Arc<EventIndex>),
    /// When the event was that followed.
    EventTime(Arc<EventIndex>),
    /// The time and so many microseconds.
    Later(i64),
    /// A column read by another way, and then checked as one of its kind.
    Checked(Box<How>, Kind),
}

/// What a column must hold in every row, where rows are gathered before they are counted.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// A score in every row.
    Score,
    /// Whether the outcome happened, where that is known.
    Outcome,
    /// An instant in every row, none later than this.
    Time(Option<jiff::Timestamp>),
    /// An instant, where there is one.
    Instant,
    /// Text in every row.
    Key,
    /// A version that is known, when not all are.
    Version(Option<Arc<BTreeSet<String>>>),
    /// Text, where there is some.
    Text,
}

/// Instants with a zone, as this crate makes them.
fn instant_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

impl Layout {
    /// The columns that the fold of a request looks at.
    pub fn of(request: &Request, index: Option<&Arc<EventIndex>>) -> Self {
        let columns = request.columns().into_iter();
        Self { columns: columns.map(|name| derived(request, index, name)).collect() }
    }

    /// Columns of some names, each checked to be of its kind.
    pub fn checked(
        request: &Request,
        index: Option<&Arc<EventIndex>>,
        columns: Vec<(String, Kind)>,
    ) -> Self {
        let checked = |(name, kind): (String, Kind)| {
            let derived = derived(request, index, name);
            Derived { how: How::Checked(Box::new(derived.how), kind), ..derived }
        };
        Self { columns: columns.into_iter().map(checked).collect() }
    }

    /// Columns as they are in the file.
    pub fn plain(columns: Vec<String>) -> Self {
        Self::read(columns, &Request::new("", ""))
    }

    /// Columns of some names, read as a request says.
    pub fn read(columns: Vec<String>, request: &Request) -> Self {
        let read = |name| derived(request, None, name);
        Self { columns: columns.into_iter().map(read).collect() }
    }

    /// The part of the layout for some columns of the request.
    pub fn of_names(&self, wanted: impl Fn(&str) -> bool) -> Self {
        let columns = self.columns.iter().filter(|derived| wanted(&derived.name));
        Self { columns: columns.cloned().collect() }
    }

    /// What the file calls a column of the request.
    pub fn file_name<'a>(&'a self, name: &'a str) -> &'a str {
        let derived = self.columns.iter().find(|derived| derived.name == name);
        match derived.map(|derived| derived.from.as_slice()) {
            Some([from]) => from,
            _ => name,
        }
    }

    /// The columns of the file that are needed, each once, in a fixed order.
    pub fn file_columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        for name in self.columns.iter().flat_map(|derived| &derived.from) {
            if !columns.contains(name) {
                columns.push(name.clone());
            }
        }
        columns
    }

    /// The file holds each column as the request names it.
    pub fn is_plain(&self) -> bool {
        self.columns.iter().all(|derived| {
            matches!(derived.how, How::Read(Reading::AsIs))
                && derived.from.iter().all(|from| *from == derived.name)
        })
    }

    /// The columns of the request, when those of the file have some types.
    pub fn schema(&self, file: &Schema) -> Result<SchemaRef, FileFault> {
        let mut fields = Vec::with_capacity(self.columns.len());
        for derived in &self.columns {
            let mut types = derived.from.iter().filter_map(|name| {
                Some((name, file.field_with_name(name).ok()?.data_type().clone()))
            });
            let Some((name, first)) = types.next() else { continue };
            if let Some(wanted) = derived.how.refuses(&first) {
                let (column, found) = (name.clone(), first.to_string());
                return Err(FileFault::ColumnType { column, found, wanted });
            }
            fields.push(Field::new(&derived.name, derived.how.output(&first), true));
        }
        Ok(Arc::new(Schema::new(fields)))
    }

    /// The columns of the request as expressions of the engine.
    pub fn expressions(&self, file: &Schema, constants: &[(String, String)]) -> Vec<Expr> {
        self.columns.iter().map(|derived| derived.expression(file, constants)).collect()
    }

    /// The columns of the request from those of a batch of the file.
    pub fn apply(
        &self,
        batch: &RecordBatch,
        constants: &[(String, String)],
    ) -> Result<RecordBatch, FaultAt> {
        let mut columns: Vec<(&str, ArrayRef)> = Vec::with_capacity(self.columns.len());
        for derived in &self.columns {
            columns.push((&derived.name, derived.read(batch, constants)?));
        }
        let fields: Vec<Field> = columns
            .iter()
            .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
            .collect();
        let arrays = columns.into_iter().map(|(_, array)| array).collect();
        let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let schema = Arc::new(Schema::new(fields));
        RecordBatch::try_new_with_options(schema, arrays, &rows).map_err(|error| {
            let (row, fault) = column::unreadable(error);
            FaultAt { row, column: String::new(), fault }
        })
    }
}

/// A column of a request, by what the request says of it.
fn derived(request: &Request, index: Option<&Arc<EventIndex>>, name: String) -> Derived {
    if let (Some(events), Some(index), Some(time)) = (&request.events, index, &request.time) {
        let time = from_of(request, time);
        let key = events.key.iter().map(|key| from_of(request, key));
        let linked: Vec<String> = key.chain([time.clone()]).collect();
        if name == request.outcome {
            return Derived { name, from: linked, how: How::Happened(Arc::clone(index)) };
        }
        if request.event_time.as_ref() == Some(&name) {
            return Derived { name, from: linked, how: How::EventTime(Arc::clone(index)) };
        }
        if let (Some(horizon), true) = (events.horizon(), request.matured.as_ref() == Some(&name)) {
            return Derived { name, from: vec![time], how: How::Later(horizon) };
        }
    }
    match request.columns.get(&name) {
        Some(Column { from, reading }) => {
            Derived { name, from: vec![from.clone()], how: How::Read(reading.clone()) }
        }
        None => Derived { from: vec![name.clone()], name, how: How::Read(Reading::AsIs) },
    }
}

/// The column of the file behind a column of the request.
fn from_of(request: &Request, name: &str) -> String {
    request.columns.get(name).map_or(name, |column| column.from.as_str()).to_owned()
}

impl Derived {
    fn expression(&self, file: &Schema, constants: &[(String, String)]) -> Expr {
        let constant = |name: &String| constants.iter().find(|(known, _)| known == name);
        let inputs = self.from.iter().map(|name| match constant(name) {
            Some((_, value)) => lit(value.clone()),
            None => ident(name),
        });
        if let How::Read(Reading::AsIs) = self.how
            && let Some(input) = inputs.clone().next()
        {
            return input.alias(&self.name);
        }
        let types: Vec<DataType> = self
            .from
            .iter()
            .map(|name| match file.field_with_name(name) {
                Ok(field) if constant(name).is_none() => field.data_type().clone(),
                _ => DataType::Utf8,
            })
            .collect();
        let output = types.first().map_or(DataType::Null, |first| self.how.output(first));
        let how = self.how.clone();
        let read = move |values: &[ColumnarValue]| {
            let arrays = ColumnarValue::values_to_arrays(values)?;
            // The pass in file order will say what is wrong where.
            let found = how.read(&arrays).map_err(|(_, row, fault)| {
                DataFusionError::Execution(format!("row {row} of a batch: {fault}"))
            })?;
            Ok(ColumnarValue::Array(found))
        };
        let name = format!("read {}", self.name);
        let udf = create_udf(&name, types, output, Volatility::Immutable, Arc::new(read));
        udf.call(inputs.collect()).alias(&self.name)
    }

    fn read(
        &self,
        batch: &RecordBatch,
        constants: &[(String, String)],
    ) -> Result<ArrayRef, FaultAt> {
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.from.len());
        for name in &self.from {
            let constant = constants.iter().find(|(known, _)| known == name);
            let array = match (constant, batch.column_by_name(name)) {
                (Some((_, value)), _) => {
                    let repeated = std::iter::repeat_n(value, batch.num_rows());
                    Arc::new(StringArray::from_iter_values(repeated)) as ArrayRef
                }
                (None, Some(array)) => Arc::clone(array),
                (None, None) => {
                    let column = name.clone();
                    return Err(FaultAt { row: 0, column, fault: RowFault::Missing });
                }
            };
            arrays.push(array);
        }
        self.how.read(&arrays).map_err(|(place, row, fault)| {
            let column = self.from.get(place).unwrap_or(&self.name).clone();
            FaultAt { row, column, fault }
        })
    }
}

impl How {
    /// What is wanted, if a column of this type cannot be read so.
    fn refuses(&self, input: &DataType) -> Option<&'static str> {
        match self {
            Self::Read(reading) if !reading.fits(input) => Some(match reading {
                Reading::OutOf(_) => "scores",
                Reading::Outcome(_) => "outcomes",
                Reading::Ranges(_) => "numbers",
                _ => "text",
            }),
            Self::Happened(_) | Self::EventTime(_) if input.is_nested() => Some("a key"),
            Self::Checked(how, kind) => how.refuses(input).or_else(|| {
                let output = how.output(input);
                (!kind.fits(&output)).then(|| kind.in_words())
            }),
            _ => None,
        }
    }

    fn output(&self, input: &DataType) -> DataType {
        match self {
            Self::Read(reading) => reading.output(input),
            Self::Happened(_) => DataType::Boolean,
            Self::EventTime(_) | Self::Later(_) => instant_type(),
            Self::Checked(_, kind) => kind.output(),
        }
    }

    /// The column from those of the file. A fault comes with the place of the column among them.
    fn read(&self, arrays: &[ArrayRef]) -> Result<ArrayRef, (usize, usize, RowFault)> {
        let of_first = |(row, fault): (usize, RowFault)| (0, row, fault);
        let first = || arrays.first().ok_or((0, 0, RowFault::Missing));
        match self {
            Self::Read(reading) => reading.read(first()?).map_err(of_first),
            Self::Happened(index) => Ok(events::happened(&index.look_up(arrays)?)),
            Self::EventTime(index) => Ok(events::instants(index.look_up(arrays)?)),
            Self::Later(micros) => {
                let instants = column::instants(first()?).map_err(of_first)?;
                let later = |at: Option<i64>| at.map(|at| at.saturating_add(*micros));
                Ok(events::instants(instants.into_iter().map(later).collect()))
            }
            Self::Checked(how, kind) => {
                let found = how.read(arrays)?;
                kind.read(&found).map_err(of_first)
            }
        }
    }
}

impl Kind {
    fn fits(&self, input: &DataType) -> bool {
        let text = column::is_text(input);
        match self {
            Self::Score => input.is_numeric() || text,
            Self::Outcome => *input == DataType::Boolean || input.is_numeric() || text,
            Self::Time(_) | Self::Instant => {
                let time = |t: &DataType| {
                    matches!(t, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64)
                };
                time(input) || text
            }
            Self::Key | Self::Version(_) | Self::Text => {
                text || !input.is_nested() && !input.is_binary()
            }
        }
    }

    fn in_words(&self) -> &'static str {
        match self {
            Self::Score => "scores",
            Self::Outcome => "outcomes",
            Self::Time(_) | Self::Instant => "times",
            Self::Key | Self::Version(_) | Self::Text => "text",
        }
    }

    fn output(&self) -> DataType {
        match self {
            Self::Score => DataType::Float64,
            Self::Outcome => DataType::Boolean,
            Self::Time(_) | Self::Instant => instant_type(),
            Self::Key | Self::Version(_) | Self::Text => DataType::Utf8View,
        }
    }

    fn read(&self, array: &ArrayRef) -> At<ArrayRef> {
        match self {
            Self::Score => {
                let scores = column::scores(array)?.into_iter();
                let value = |billionths| Score::from_billionths(billionths).value();
                Ok(Arc::new(Float64Array::from_iter_values(scores.map(value))))
            }
            Self::Outcome => column::outcomes_or_none(array),
            Self::Time(as_of) => {
                let found = column::instants(array)?;
                let last = as_of.map_or(i64::MAX, column::micros);
                for (row, instant) in found.iter().enumerate() {
                    match (instant, as_of) {
                        (None, _) => return Err((row, RowFault::Missing)),
                        (Some(late), Some(as_of)) if *late > last => {
                            let (value, as_of) = (column::shown(*late), as_of.to_string());
                            return Err((row, RowFault::Future { value, as_of }));
                        }
                        _ => {}
                    }
                }
                Ok(events::instants(found))
            }
            Self::Instant => Ok(events::instants(column::instants(array)?)),
            Self::Key => {
                let text = column::views(array)?;
                let empty = |value: Option<&str>| value.is_none_or(str::is_empty);
                match text.iter().position(empty) {
                    Some(row) => Err((row, RowFault::Missing)),
                    None => Ok(Arc::new(text)),
                }
            }
            Self::Version(known) => {
                let text = column::views(array)?;
                let Some(known) = known else { return Ok(Arc::new(text)) };
                let strange = |value: Option<&str>| !known.contains(value.unwrap_or_default());
                if let Some(row) = text.iter().position(strange) {
                    let value = if text.is_null(row) { "" } else { text.value(row) };
                    let known: Vec<&str> = known.iter().map(String::as_str).collect();
                    let (value, known) = (value.to_owned(), known.join(", "));
                    return Err((row, RowFault::UnknownVersion { value, known }));
                }
                Ok(Arc::new(text))
            }
            Self::Text => Ok(Arc::new(column::views(array)?)),
        }
    }
}
