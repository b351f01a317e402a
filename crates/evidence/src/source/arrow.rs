//! Arrow IPC: the file format, which Feather is too, and the stream format.

use crate::FileFault;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::{FileReader, StreamReader};
use datafusion::error::DataFusionError;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

/// An open file. What is at its start says which of the two it is.
enum Reader {
    File(FileReader<BufReader<File>>),
    Stream(StreamReader<BufReader<File>>),
}

fn open(mut file: File) -> Result<Reader, FileFault> {
    let mut magic = Vec::new();
    (&mut file).take(6).read_to_end(&mut magic)?;
    file.seek(SeekFrom::Start(0))?;
    let damaged = |error: ArrowError| FileFault::Damaged { why: error.to_string() };
    match magic.as_slice() {
        b"ARROW1" => {
            let reader = FileReader::try_new_buffered(file, None);
            reader.map(Reader::File).map_err(damaged)
        }
        [b'F', b'E', b'A', b'1', ..] => Err(FileFault::Damaged {
            why: "it is Feather of version 1: write it again with version 2".to_owned(),
        }),
        _ => StreamReader::try_new_buffered(file, None).map(Reader::Stream).map_err(damaged),
    }
}

/// The columns of a file.
pub(crate) fn schema(file: File) -> Result<SchemaRef, FileFault> {
    Ok(match open(file)? {
        Reader::File(reader) => reader.schema(),
        Reader::Stream(reader) => reader.schema(),
    })
}

/// True when the file has a row.
pub(crate) fn has_rows(file: File) -> Result<bool, FileFault> {
    let some = |batch: Result<RecordBatch, ArrowError>| !batch.is_ok_and(|b| b.num_rows() == 0);
    // A batch that cannot be read is named by the pass over the rows.
    Ok(match open(file)? {
        Reader::File(mut reader) => reader.any(some),
        Reader::Stream(mut reader) => reader.any(some),
    })
}

/// A column of a type that the engine reads quickly: plain text as views.
pub(crate) fn field(field: &Field) -> Field {
    match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => Field::new(field.name(), DataType::Utf8View, true),
        other => Field::new(field.name(), other.clone(), true),
    }
}

/// The batches of a file, or of every `of`-th one of them from the `nth`.
pub(crate) fn batches(
    file: File,
    schema: SchemaRef,
    (nth, of): (usize, usize),
) -> Result<impl Iterator<Item = Result<RecordBatch, DataFusionError>> + Send + use<>, FileFault> {
    let batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send> =
        match open(file)? {
            Reader::File(mut reader) => {
                let mine = (0..reader.num_batches()).skip(nth).step_by(of.max(1));
                Box::new(mine.filter_map(move |batch| match reader.set_index(batch) {
                    Ok(()) => reader.next(),
                    Err(error) => Some(Err(error)),
                }))
            }
            // A stream is read from its start, by one.
            Reader::Stream(reader) if nth == 0 => Box::new(reader),
            Reader::Stream(_) => Box::new(std::iter::empty()),
        };
    let shaped = move |batch: Result<RecordBatch, ArrowError>| Ok(shape(&batch?, &schema)?);
    Ok(batches.map(shaped))
}

/// A batch with the columns of a schema alone.
fn shape(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let column = |field: &Arc<Field>| {
        let column = batch.column_by_name(field.name()).ok_or_else(|| {
            ArrowError::SchemaError(format!("a batch has no column {}", field.name()))
        })?;
        cast(column, field.data_type())
    };
    let columns: Result<Vec<_>, _> = schema.fields().iter().map(column).collect();
    RecordBatch::try_new(Arc::clone(schema), columns?)
}

/// The columns of some names, as the engine is to read them.
pub(crate) fn wanted(all: &Schema, names: &[String]) -> SchemaRef {
    let fields = names.iter().filter_map(|name| all.field_with_name(name).ok()).map(field);
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
