//! Arrow IPC: the file format, which Feather is too, and the stream format.

use crate::FileFault;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::{FileReader, StreamReader};
use datafusion::arrow::ipc::{root_as_footer, root_as_message};
use datafusion::error::DataFusionError;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

/// An open file. What is at its start says which of the two it is.
enum Reader {
    File(FileReader<BufReader<File>>),
    Stream(StreamReader<BufReader<File>>),
}

/// Reads with the library, which panics over some files that contradict themselves, such as one
/// whose buffer ends beyond the file. That is a fault of the file like others.
fn guarded<T>(read: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, ArrowError> {
    let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read));
    found.unwrap_or_else(|_| {
        let why = "what it says of its own parts is not so".to_owned();
        Err(ArrowError::IpcError(why))
    })
}

/// Refuses a file with a part that is longer than the file: the library would ask for as much
/// memory, and end the program when there is not.
fn check_lengths(file: &mut File, is_file: bool) -> Result<(), FileFault> {
    let length = file.metadata()?.len();
    let damaged = || FileFault::Damaged { why: "a part of it is longer than all of it".to_owned() };
    let mut number = [0; 4];
    if is_file {
        // The end: the footer, its length, and the mark.
        let end = length.checked_sub(10).ok_or_else(damaged)?;
        file.seek(SeekFrom::Start(end))?;
        file.read_exact(&mut number)?;
        let footer = u64::from(u32::from_le_bytes(number));
        let start = end.checked_sub(footer).ok_or_else(damaged)?;
        let mut bytes = vec![0; usize::try_from(footer).map_err(|_| damaged())?];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut bytes)?;
        let footer = root_as_footer(&bytes).map_err(|_| damaged())?;
        let blocks = footer.dictionaries().into_iter().chain(footer.recordBatches());
        for block in blocks.flatten() {
            let end = u64::try_from(block.offset())
                .ok()
                .zip(u64::try_from(block.metaDataLength()).ok())
                .zip(u64::try_from(block.bodyLength()).ok())
                .and_then(|((at, head), body)| at.checked_add(head)?.checked_add(body));
            if end.is_none_or(|end| end > length) {
                return Err(damaged());
            }
        }
        return Ok(());
    }
    let mut at = 0_u64;
    loop {
        file.seek(SeekFrom::Start(at))?;
        if file.read_exact(&mut number).is_err() {
            return Ok(());
        }
        at += 4;
        if number == [0xff; 4] {
            if file.read_exact(&mut number).is_err() {
                return Ok(());
            }
            at += 4;
        }
        let head = u64::from(u32::from_le_bytes(number));
        if head == 0 {
            return Ok(());
        }
        if at.saturating_add(head) > length {
            return Err(damaged());
        }
        let mut bytes = vec![0; usize::try_from(head).map_err(|_| damaged())?];
        file.read_exact(&mut bytes)?;
        let message = root_as_message(&bytes).map_err(|_| damaged())?;
        let body = u64::try_from(message.bodyLength()).map_err(|_| damaged())?;
        at = at.saturating_add(head).saturating_add(body);
        if at > length {
            return Err(damaged());
        }
    }
}

fn open(mut file: File) -> Result<Reader, FileFault> {
    let mut magic = Vec::new();
    (&mut file).take(6).read_to_end(&mut magic)?;
    if !magic.starts_with(b"FEA1") {
        check_lengths(&mut file, magic == b"ARROW1")?;
    }
    file.seek(SeekFrom::Start(0))?;
    let damaged = |error: ArrowError| FileFault::Damaged { why: error.to_string() };
    match magic.as_slice() {
        b"ARROW1" => {
            let reader = guarded(|| FileReader::try_new_buffered(file, None));
            reader.map(Reader::File).map_err(damaged)
        }
        [b'F', b'E', b'A', b'1', ..] => Err(FileFault::Damaged {
            why: "it is Feather of version 1: write it again with version 2".to_owned(),
        }),
        _ => {
            let reader = guarded(|| StreamReader::try_new_buffered(file, None));
            reader.map(Reader::Stream).map_err(damaged)
        }
    }
}

/// The columns of a file.
pub(crate) fn schema(file: File) -> Result<SchemaRef, FileFault> {
    Ok(match open(file)? {
        Reader::File(reader) => reader.schema(),
        Reader::Stream(reader) => reader.schema(),
    })
}

impl Reader {
    /// The next batch. After a fault there is none.
    fn next(&mut self) -> Option<Result<RecordBatch, ArrowError>> {
        let next = || match self {
            Self::File(reader) => reader.next().transpose(),
            Self::Stream(reader) => reader.next().transpose(),
        };
        guarded(next).transpose()
    }
}

/// True when the file has a row.
pub(crate) fn has_rows(file: File) -> Result<bool, FileFault> {
    let mut reader = open(file)?;
    while let Some(batch) = reader.next() {
        // A batch that cannot be read is named by the pass over the rows.
        if batch.map_or(true, |batch| batch.num_rows() > 0) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A column of a type that the engine reads quickly: plain text as views.
pub(crate) fn field(field: &Field) -> Field {
    match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => Field::new(field.name(), DataType::Utf8View, true),
        other => Field::new(field.name(), other.clone(), true),
    }
}

/// The batches of a file, or every `of`-th one of them from the `nth`. After a fault there are no
/// more.
pub(crate) fn batches(
    file: File,
    schema: SchemaRef,
    (nth, of): (usize, usize),
) -> Result<impl Iterator<Item = Result<RecordBatch, DataFusionError>> + Send + use<>, FileFault> {
    let mut reader = open(file)?;
    let mut mine = match &reader {
        Reader::File(reader) => (0..reader.num_batches()).skip(nth).step_by(of.max(1)),
        // A stream is read from its start, by one.
        Reader::Stream(_) => (0..usize::MAX).skip(if nth == 0 { 0 } else { usize::MAX }).step_by(1),
    };
    let mut ended = false;
    let next = move || {
        let place = mine.next().filter(|_| !ended)?;
        let found = match &mut reader {
            Reader::File(reader) => guarded(|| reader.set_index(place)),
            Reader::Stream(_) => Ok(()),
        };
        let found = found.map_or_else(|error| Some(Err(error)), |()| reader.next());
        ended = !matches!(found, Some(Ok(_)));
        found
    };
    let shaped = move |batch: Result<RecordBatch, ArrowError>| {
        let batch = batch?;
        Ok(guarded(|| shape(&batch, &schema))?)
    };
    Ok(std::iter::from_fn(next).map(shaped))
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
