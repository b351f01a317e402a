//! What a source is made of, to the byte: the files of a report and their digests.

use crate::source::{Format, LogFile};
use crate::{EvidenceError, FileFault, Phase, Source};
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use datafusion::parquet::file::metadata::RowGroupMetaData;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;

/// One file of a source. The folder that was given is left out: it differs from machine to machine
/// and may name people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// The file's name, below the folder that was given if there is one.
    pub name: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// The row groups of a Parquet file, in order, when it has more than one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub row_groups: Vec<RowGroup>,
}

/// One row group of a Parquet file. With it a part of a large file can be told apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowGroup {
    /// Its rows.
    pub rows: u64,
    /// SHA-256, in hex, of the bytes of its columns, from the first to the last.
    pub sha256: String,
}

/// Name, length and digests of each file: those of predictions first, then those of events.
pub(crate) fn describe(source: &Source) -> Result<Vec<SourceFile>, EvidenceError> {
    let files = source.all_files()?.into_iter();
    files
        .map(|file| of_file(&file).map_err(|fault| EvidenceError::file(&file.path, fault)))
        .collect()
}

/// The same on a thread where waiting for a disk holds nobody up.
pub(crate) async fn digests(source: &Source) -> Result<Vec<SourceFile>, EvidenceError> {
    let source = source.clone();
    let digests = move || {
        source.progress().begin(Phase::Digests);
        describe(&source)
    };
    tokio::task::spawn_blocking(digests).await.map_err(EvidenceError::engine)?
}

/// The digest of some of the bytes of a file.
struct Span {
    start: u64,
    end: u64,
    rows: u64,
    hash: Sha256,
}

impl Span {
    /// Takes the part of some bytes in that lies in the span. They begin at `at` in the file.
    fn update(&mut self, at: u64, bytes: &[u8]) {
        let inside = |place: u64| usize::try_from(place.saturating_sub(at)).unwrap_or(usize::MAX);
        let to = inside(self.end).min(bytes.len());
        self.hash.update(bytes.get(inside(self.start)..to).unwrap_or_default());
    }
}

fn of_file(file: &LogFile) -> Result<SourceFile, FileFault> {
    let mut spans = match Format::of(&file.path) {
        Some(Format::Parquet) => row_groups(File::open(&file.path)?),
        _ => Vec::new(),
    };
    let mut reader = File::open(&file.path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let length = reader.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        let read = buffer.get(..length).unwrap_or_default();
        for span in &mut spans {
            span.update(bytes, read);
        }
        bytes += length as u64;
        hash.update(read);
    }
    let group =
        |span: Span| RowGroup { rows: span.rows, sha256: hex::encode(span.hash.finalize()) };
    Ok(SourceFile {
        name: file.name.clone(),
        sha256: hex::encode(hash.finalize()),
        bytes,
        row_groups: spans.into_iter().map(group).collect(),
    })
}

/// Where the row groups of a Parquet file are; none when it has one alone, which is the file.
fn row_groups(file: File) -> Vec<Span> {
    // A file without a footer is refused by the pass over the rows, which says more of it.
    let Ok(footer) = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()) else {
        return Vec::new();
    };
    let groups = footer.metadata().row_groups();
    if groups.len() < 2 { Vec::new() } else { groups.iter().map(span_of).collect() }
}

fn span_of(group: &RowGroupMetaData) -> Span {
    // A damaged footer may say anything; then nothing is in the span.
    let place = |at: i64| u64::try_from(at).unwrap_or_default();
    let ends = group.columns().iter().map(|column| {
        let dictionary = column.dictionary_page_offset().unwrap_or(i64::MAX);
        let start = place(column.data_page_offset().min(dictionary));
        (start, start.saturating_add(place(column.compressed_size())))
    });
    let start = ends.clone().map(|(start, _)| start).min().unwrap_or_default();
    let end = ends.map(|(_, end)| end).max().unwrap_or_default().max(start);
    Span { start, end, rows: place(group.num_rows()), hash: Sha256::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{ArrayRef, Float64Array, RecordBatch};
    use datafusion::parquet::arrow::ArrowWriter;
    use datafusion::parquet::file::properties::WriterProperties;
    use std::sync::Arc;

    #[test]
    fn each_row_group_has_the_digest_of_its_own_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.parquet");
        let scores: ArrayRef =
            Arc::new(Float64Array::from_iter_values((0..25_000).map(|i| f64::from(i) / 25_000.0)));
        let batch = RecordBatch::try_from_iter([("p", scores)]).unwrap();
        let properties =
            WriterProperties::builder().set_max_row_group_row_count(Some(10_000)).build();
        let file = File::create(&path).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();

        let bytes = std::fs::read(&path).unwrap();
        let [found] = describe(&Source::file(&path)).unwrap().try_into().unwrap();
        assert_eq!(found.name, "log.parquet");
        assert_eq!(found.bytes, bytes.len() as u64);
        assert_eq!(found.sha256, hex::encode(Sha256::digest(&bytes)));
        let rows: Vec<u64> = found.row_groups.iter().map(|group| group.rows).collect();
        assert_eq!(rows, [10_000, 10_000, 5_000]);
        for (group, span) in found.row_groups.iter().zip(row_groups(File::open(&path).unwrap())) {
            let bytes = &bytes[span.start as usize..span.end as usize];
            assert!(bytes.len() > 1 << 14, "{}", bytes.len());
            assert_eq!(group.sha256, hex::encode(Sha256::digest(bytes)));
        }
    }
}
