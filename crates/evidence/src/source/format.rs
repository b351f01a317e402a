//! What kind of file a file is, by the end of its name.

use std::path::Path;

/// The kinds of file that a log may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    Parquet,
    /// Text with a header line and a sign between values.
    Csv {
        delimiter: u8,
        gzip: bool,
    },
    /// A JSON object on each line.
    Ndjson {
        gzip: bool,
    },
    /// Arrow IPC, as file or as stream; Feather of version 2 is the same.
    Arrow,
}

impl Format {
    /// The format of a file of this name.
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let (name, gzip) = match name.strip_suffix(".gz") {
            Some(name) => (name, true),
            None => (name.as_str(), false),
        };
        let (_, extension) = name.rsplit_once('.')?;
        match extension {
            "csv" => Some(Self::Csv { delimiter: b',', gzip }),
            "tsv" => Some(Self::Csv { delimiter: b'\t', gzip }),
            "ndjson" | "jsonl" => Some(Self::Ndjson { gzip }),
            "parquet" if !gzip => Some(Self::Parquet),
            "arrow" | "feather" if !gzip => Some(Self::Arrow),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_the_end_of_the_name() {
        let check = |name: &str, wanted: Option<Format>| {
            assert_eq!(Format::of(Path::new(name)), wanted, "{name}");
        };
        check("a.parquet", Some(Format::Parquet));
        check("dir.csv/A.CSV", Some(Format::Csv { delimiter: b',', gzip: false }));
        check("a.tsv.gz", Some(Format::Csv { delimiter: b'\t', gzip: true }));
        check("a.b.jsonl", Some(Format::Ndjson { gzip: false }));
        check("a.ndjson.GZ", Some(Format::Ndjson { gzip: true }));
        check("a.feather", Some(Format::Arrow));
        check("a.parquet.gz", None);
        check("a.json", None);
        check("parquet", None);
        check(".gz", None);
    }
}
