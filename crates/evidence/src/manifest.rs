//! What a source is made of, to the byte: the files of a report and their digests.

use crate::source::{Format, LogFile};
use crate::{EvidenceError, FileFault, Phase, Source};
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use datafusion::parquet::file::metadata::RowGroupMetaData;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
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

/// One row group of a Parquet file. Of two files that begin alike, it shows where they part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowGroup {
    /// Its rows.
    pub rows: u64,
    /// SHA-256, in hex, of the file from its start to the end of the group's columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256_to_end: Option<String>,
    /// SHA-256, in hex, of the bytes of its columns alone: in reports that were made before
    /// `sha256_to_end` was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
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

fn of_file(file: &LogFile) -> Result<SourceFile, FileFault> {
    let groups = match Format::of(&file.path) {
        Some(Format::Parquet) => row_groups(File::open(&file.path)?),
        _ => Vec::new(),
    };
    // Every byte goes through the hash once; where a group ends, the hash so far is its digest.
    let mut ends: Vec<u64> = groups.iter().map(|group| group.end).collect();
    ends.sort_unstable();
    ends.dedup();
    let mut digests: BTreeMap<u64, String> = BTreeMap::new();
    let mut ends = ends.into_iter().peekable();
    let mut reader = File::open(&file.path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let length = reader.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        let mut read = buffer.get(..length).unwrap_or_default();
        while let Some(end) = ends.next_if(|end| *end <= bytes + read.len() as u64) {
            let (before, after) = read.split_at((end - bytes) as usize);
            hash.update(before);
            digests.insert(end, hex::encode(hash.clone().finalize()));
            (read, bytes) = (after, end);
        }
        hash.update(read);
        bytes += read.len() as u64;
    }
    // What a damaged footer places behind the end of the file ends with the file.
    let sha256 = hex::encode(hash.finalize());
    let group = |Group { end, rows }: Group| {
        let digest = digests.get(&end).unwrap_or(&sha256).clone();
        RowGroup { rows, sha256_to_end: Some(digest), sha256: None }
    };
    let row_groups = groups.into_iter().map(group).collect();
    Ok(SourceFile { name: file.name.clone(), sha256, bytes, row_groups })
}

/// Where the columns of a row group end.
struct Group {
    end: u64,
    rows: u64,
}

/// The row groups of a Parquet file; none when it has one alone, which is the file.
fn row_groups(file: File) -> Vec<Group> {
    // A file without a footer is refused by the pass over the rows, which says more of it.
    let Ok(footer) = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()) else {
        return Vec::new();
    };
    let groups = footer.metadata().row_groups();
    if groups.len() < 2 { Vec::new() } else { groups.iter().map(group_of).collect() }
}

fn group_of(group: &RowGroupMetaData) -> Group {
    // A damaged footer may say anything.
    let place = |at: i64| u64::try_from(at).unwrap_or_default();
    let ends = group.columns().iter().map(|column| {
        let dictionary = column.dictionary_page_offset().unwrap_or(i64::MAX);
        let start = place(column.data_page_offset().min(dictionary));
        start.saturating_add(place(column.compressed_size()))
    });
    Group { end: ends.max().unwrap_or_default(), rows: place(group.num_rows()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{ArrayRef, Float64Array, RecordBatch};
    use datafusion::parquet::arrow::ArrowWriter;
    use datafusion::parquet::file::properties::WriterProperties;
    use std::sync::Arc;

    fn ends_of(path: &std::path::Path) -> impl Iterator<Item = u64> {
        row_groups(File::open(path).unwrap()).into_iter().map(|group| group.end)
    }

    #[test]
    fn each_row_group_has_the_digest_of_the_file_up_to_its_end() {
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
        for (group, end) in found.row_groups.iter().zip(ends_of(&path)) {
            assert!(end > 1 << 14, "{end}");
            let digest = hex::encode(Sha256::digest(&bytes[..end as usize]));
            assert_eq!(group.sha256_to_end, Some(digest));
        }
        assert!(ends_of(&path).is_sorted_by(|a, b| a < b));
    }
}
