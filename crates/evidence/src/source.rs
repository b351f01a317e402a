//! The files of a prediction log: what they are, which columns they have, how the engine reads
//! them.

use crate::{EvidenceError, FileFault, Request, column};
use datafusion::arrow::csv::reader::Format as CsvHeader;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A prediction log: one file or several of the same format, Parquet or CSV by the end of the name.
///
/// CSV is comma-separated with one header line. The order of several files matters only for which
/// of several faults is named first, and for the order in which a report lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    paths: Vec<PathBuf>,
}

impl Source {
    /// A source of one file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { paths: vec![path.into()] }
    }

    /// A source of several files.
    pub fn files(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { paths: paths.into_iter().collect() }
    }

    /// The files, as they were given.
    #[must_use]
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }
}

/// The two kinds of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Parquet,
    Csv,
}

/// A source whose files were opened and whose columns were checked against a request.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub files: Vec<PathBuf>,
    pub format: Format,
    /// The columns of each file, in its own order, as the engine is to read them.
    schemas: Vec<SchemaRef>,
    /// A CSV file has quotes, so that a line break may be inside a value.
    quoted: bool,
}

impl Opened {
    /// Opens each file and checks that the columns of the request are there, of one type
    /// throughout.
    pub fn open(source: &Source, request: &Request) -> Result<Self, EvidenceError> {
        let Some(first) = source.paths.first() else {
            return Err(EvidenceError::Request { why: "the source has no files".into() });
        };
        let format = format_of(first)?;
        let mut schemas: Vec<SchemaRef> = Vec::new();
        let mut quoted = false;
        for path in &source.paths {
            if format_of(path)? != format {
                let first = first.display().to_string();
                return Err(EvidenceError::file(path, FileFault::MixedFormats { first }));
            }
            let schema = match format {
                Format::Parquet => parquet_schema(path, request),
                Format::Csv => csv_schema(path, request),
            };
            let schema = schema.map_err(|fault| EvidenceError::file(path, fault))?;
            if let Some(known) = schemas.first() {
                same_types(&schema, known, first, request)
                    .map_err(|fault| EvidenceError::file(path, fault))?;
            }
            if format == Format::Csv && !quoted {
                quoted = has_quotes(path).map_err(|error| EvidenceError::file(path, error))?;
            }
            schemas.push(schema);
        }
        Ok(Self { files: source.paths.clone(), format, schemas, quoted })
    }

    /// The tables that together hold the source. Files with the same columns in the same order are
    /// one table, which the engine reads in parallel.
    pub fn tables(&self) -> Result<Vec<Arc<dyn TableProvider>>, EvidenceError> {
        let mut groups: Vec<(&SchemaRef, Vec<&Path>)> = Vec::new();
        for (path, schema) in self.files.iter().zip(&self.schemas) {
            match groups.iter_mut().find(|(known, _)| known.fields() == schema.fields()) {
                Some((_, paths)) => paths.push(path),
                None => groups.push((schema, vec![path])),
            }
        }
        groups.into_iter().map(|(schema, paths)| self.table(&paths, schema)).collect()
    }

    /// One table for each file, in order.
    pub fn tables_by_file(
        &self,
    ) -> impl Iterator<Item = (&Path, Result<Arc<dyn TableProvider>, EvidenceError>)> {
        let files = self.files.iter().zip(&self.schemas);
        files.map(|(path, schema)| (path.as_path(), self.table(&[path], schema)))
    }

    fn table(
        &self,
        paths: &[&Path],
        schema: &SchemaRef,
    ) -> Result<Arc<dyn TableProvider>, EvidenceError> {
        let format: Arc<dyn FileFormat> = match self.format {
            Format::Parquet => Arc::new(ParquetFormat::default()),
            Format::Csv => Arc::new(
                CsvFormat::default().with_has_header(true).with_newlines_in_values(self.quoted),
            ),
        };
        // The files are named one by one, so no extension need be asked for.
        let options = ListingOptions::new(format).with_file_extension("");
        let urls: Result<Vec<_>, _> = paths.iter().map(|path| url_of(path)).collect();
        let config = ListingTableConfig::new_with_multi_paths(urls?)
            .with_listing_options(options)
            .with_schema(Arc::clone(schema));
        Ok(Arc::new(ListingTable::try_new(config).map_err(EvidenceError::engine)?))
    }
}

fn format_of(path: &Path) -> Result<Format, EvidenceError> {
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    match extension.as_ref().and_then(|extension| extension.to_str()) {
        Some("parquet") => Ok(Format::Parquet),
        Some("csv") => Ok(Format::Csv),
        _ => Err(EvidenceError::file(path, FileFault::UnknownExtension)),
    }
}

/// The file's address for the engine, with every byte escaped that could be taken for a pattern or
/// a query.
fn url_of(path: &Path) -> Result<ListingTableUrl, EvidenceError> {
    let whole = std::path::absolute(path).map_err(|error| EvidenceError::file(path, error))?;
    let mut url = String::from("file://");
    for &byte in whole.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    ListingTableUrl::parse(url).map_err(EvidenceError::engine)
}

fn open(path: &Path) -> Result<File, FileFault> {
    let file = File::open(path)?;
    let facts = file.metadata()?;
    if !facts.is_file() {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "not a file").into());
    }
    if facts.len() == 0 {
        return Err(FileFault::Empty);
    }
    Ok(file)
}

/// The columns of the request. Parquet finds columns by name, so that the others need not be told.
fn parquet_schema(path: &Path, request: &Request) -> Result<SchemaRef, FileFault> {
    let file = open(path)?;
    let footer = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())
        .map_err(|error| FileFault::Damaged { why: error.to_string() })?;
    check_columns(footer.schema(), request)?;
    if footer.metadata().file_metadata().num_rows() == 0 {
        return Err(FileFault::NoRows);
    }
    let wanted = request.columns();
    let fields = wanted.iter().filter_map(|name| footer.schema().field_with_name(name).ok());
    // Text is read as views: no copy of each value, and equal short values have equal views.
    let fields = fields.map(|field| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => Field::new(field.name(), DataType::Utf8View, true),
        other => Field::new(field.name(), other.clone(), true),
    });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    column::check_types(&schema, request)?;
    Ok(Arc::new(schema))
}

/// All columns of the file, in its order, as text: this crate reads the values itself, so that it
/// can name the row of a bad one.
fn csv_schema(path: &Path, request: &Request) -> Result<SchemaRef, FileFault> {
    let header = CsvHeader::default().with_header(true);
    let (schema, _) = header.infer_schema(open(path)?, Some(0)).map_err(|error| {
        FileFault::Damaged { why: format!("its header cannot be read ({error})") }
    })?;
    check_columns(&schema, request)?;
    // A first row that cannot be read is still a row; the pass over the rows will name it.
    if let Ok((_, 0)) = header.infer_schema(open(path)?, Some(1)) {
        return Err(FileFault::NoRows);
    }
    let names = schema.fields().iter().map(|field| field.name());
    let fields = names.map(|name| Field::new(name, DataType::Utf8View, true));
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

/// True when the file holds a quote character anywhere.
fn has_quotes(path: &Path) -> std::io::Result<bool> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            return Ok(false);
        }
        if buffer.iter().take(length).any(|&byte| byte == b'"') {
            return Ok(true);
        }
    }
}

fn check_columns(schema: &Schema, request: &Request) -> Result<(), FileFault> {
    let columns: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    for wanted in request.columns() {
        match columns.iter().filter(|&name| *name == wanted).count() {
            1 => {}
            0 => {
                let nearest = nearest(&wanted, &columns);
                return Err(FileFault::MissingColumn { column: wanted, nearest, columns });
            }
            _ => return Err(FileFault::TwoColumns { column: wanted }),
        }
    }
    Ok(())
}

fn same_types(
    schema: &Schema,
    known: &Schema,
    first: &Path,
    request: &Request,
) -> Result<(), FileFault> {
    for column in request.columns() {
        let types = schema.field_with_name(&column).ok().zip(known.field_with_name(&column).ok());
        let Some((here, there)) = types else { continue };
        if here.data_type() != there.data_type() {
            return Err(FileFault::OtherType {
                column,
                found: here.data_type().to_string(),
                first: first.display().to_string(),
                wanted: there.data_type().to_string(),
            });
        }
    }
    Ok(())
}

/// The most similar name, if at most a third of the letters must change.
pub(crate) fn nearest(wanted: &str, columns: &[String]) -> Option<String> {
    let lower = wanted.to_lowercase();
    let distance = |name: &String| edits(&lower, &name.to_lowercase());
    let best = columns.iter().min_by_key(|name| distance(name))?;
    let tolerated = (wanted.chars().count() / 3).max(1);
    (distance(best) <= tolerated).then(|| best.clone())
}

/// How many letters must be put in, taken out or changed to turn one word into the other.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, &above) in b.chars().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(x != y)).min(left + 1).min(above + 1);
            diagonal = above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        let columns = ["score", "outcome", "race"].map(String::from);
        let check = |wanted: &str, offered: Option<&str>| {
            assert_eq!(nearest(wanted, &columns).as_deref(), offered, "{wanted}");
        };
        check("scores", Some("score"));
        check("Outcome", Some("outcome"));
        check("rcae", None); // two letters of four
        check("race_", Some("race"));
        check("payer", None);
    }

    #[test]
    fn a_path_is_escaped_so_that_nothing_in_it_is_a_pattern() {
        let url = url_of(Path::new("/data/a b/[x]*?#%.csv")).unwrap();
        assert_eq!(url.as_str(), "file:///data/a%20b/%5Bx%5D%2A%3F%23%25.csv");
    }
}
