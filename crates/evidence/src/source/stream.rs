//! Files that this crate reads itself, as tables of the engine.

use super::format::Format;
use super::{arrow, ndjson};
use crate::{EvidenceError, FileFault};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::csv::ReaderBuilder;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::PartitionStream;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes below which a file is not worth reading in parts.
const SMALLEST_PART: u64 = 1 << 16;

/// Batches that may wait to be folded, for each part.
const WAITING: usize = 2;

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, DataFusionError>> + Send>;

/// A table of files that this crate reads, each in up to `parts` parts.
pub(crate) fn table(
    format: Format,
    paths: &[&Path],
    schema: &SchemaRef,
    parts: usize,
) -> Result<Arc<dyn TableProvider>, EvidenceError> {
    let mut shares: Vec<Vec<Share>> = (0..parts.max(1)).map(|_| Vec::new()).collect();
    let mut next = 0;
    for path in paths {
        let bytes = std::fs::metadata(path).map_err(|error| EvidenceError::file(path, error))?;
        let of = parts.min(usize::try_from(bytes.len() / SMALLEST_PART).unwrap_or(parts)).max(1);
        for nth in 0..if format.is_split() { of } else { 1 } {
            let schema = Arc::clone(schema);
            let part = Part { path: path.to_path_buf(), format, schema, bytes: bytes.len(), nth };
            if let Some(stream) = shares.get_mut(next) {
                stream.push(Share { part, of });
            }
            next = (next + 1) % parts.max(1);
        }
    }
    let shares = shares.into_iter().filter(|shares| !shares.is_empty());
    let streams = shares.map(|shares| {
        Arc::new(Stream { schema: Arc::clone(schema), shares }) as Arc<dyn PartitionStream>
    });
    let streams = streams.collect();
    let table = StreamingTable::try_new(Arc::clone(schema), streams);
    Ok(Arc::new(table.map_err(EvidenceError::engine)?))
}

impl Format {
    /// Parts of a file can be read without what is before them.
    fn is_split(self) -> bool {
        matches!(self, Self::Ndjson { gzip: false } | Self::Arrow)
    }
}

/// A part of a file.
#[derive(Debug, Clone)]
struct Part {
    path: PathBuf,
    format: Format,
    schema: SchemaRef,
    bytes: u64,
    nth: usize,
}

/// One of several equal parts.
#[derive(Debug, Clone)]
struct Share {
    part: Part,
    of: usize,
}

impl Share {
    fn batches(&self) -> Result<Batches, FileFault> {
        let Part { path, format, schema, bytes, nth } = &self.part;
        let file = File::open(path)?;
        let schema = Arc::clone(schema);
        match *format {
            Format::Arrow => Ok(Box::new(arrow::batches(file, schema, (*nth, self.of))?)),
            Format::Ndjson { gzip: true } => {
                let reader = BufReader::new(MultiGzDecoder::new(file));
                Ok(Box::new(ndjson::Rows::new(reader, schema, None)))
            }
            Format::Ndjson { gzip: false } => {
                let start = |nth: usize| (*bytes / self.of as u64).saturating_mul(nth as u64);
                let end = if *nth + 1 == self.of { u64::MAX } else { start(*nth + 1) };
                let mut reader = BufReader::new(file);
                let first = ndjson::skip_to(&mut reader, start(*nth))?;
                let until = Some(end.saturating_sub(first));
                Ok(Box::new(ndjson::Rows::new(reader, schema, until)))
            }
            Format::Csv { delimiter, .. } => {
                let reader = ReaderBuilder::new(schema).with_header(true).with_delimiter(delimiter);
                let reader = reader.build(MultiGzDecoder::new(file));
                let reader =
                    reader.map_err(|error| FileFault::Damaged { why: error.to_string() })?;
                Ok(Box::new(reader.map(|batch| batch.map_err(DataFusionError::from))))
            }
            Format::Parquet => Err(FileFault::UnknownExtension),
        }
    }
}

/// Parts of files that are read one after the other.
#[derive(Debug)]
struct Stream {
    schema: SchemaRef,
    shares: Vec<Share>,
}

impl PartitionStream for Stream {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut builder = RecordBatchReceiverStreamBuilder::new(Arc::clone(&self.schema), WAITING);
        let sender = builder.tx();
        let shares = self.shares.clone();
        builder.spawn_blocking(move || {
            for share in shares {
                let batches = share.batches();
                let batches =
                    batches.map_err(|fault| DataFusionError::Execution(fault.to_string()))?;
                for batch in batches {
                    // Nobody listens any more after a fault elsewhere.
                    if sender.blocking_send(batch).is_err() {
                        return Ok(());
                    }
                }
            }
            Ok(())
        });
        builder.build()
    }
}

/// The text of a file, which may be compressed.
pub(crate) fn text(file: File, gzip: bool) -> Box<dyn Read> {
    if gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) }
}
