//! The files of a prediction log: what they are, which columns they have, how the engine reads
//! them.

mod arrow;
mod folder;
mod format;
mod ndjson;
mod parquet;
mod stream;

use crate::error::Located;
use crate::layout::Layout;
use crate::{EvidenceError, FileFault, Progress, Request, Unit, column, unit};
use datafusion::arrow::csv::reader::Format as CsvHeader;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::error::DataFusionError;
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use datafusion::prelude::SessionContext;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use folder::LogFile;
pub(crate) use format::Format;
pub(crate) use ndjson::SEPARATOR;

/// A prediction log: a file, several of the same format, or a folder of such; by the end of the
/// name Parquet, CSV (`.csv`, `.tsv`), NDJSON (`.ndjson`, `.jsonl`) or Arrow IPC (`.arrow`,
/// `.feather`). Text may be compressed by gzip (`.csv.gz`).
///
/// CSV has one header line. A folder stands for all files below it in the order of their names;
/// hidden files and those whose names begin with `_` are passed over, and a folder named
/// `month=2026-01` gives a column. The order of files matters only for which of several faults is
/// named first, and for the order in which a report lists them.
#[derive(Debug, Clone)]
pub struct Source {
    paths: Vec<PathBuf>,
    events: Vec<PathBuf>,
    progress: Progress,
}

impl Source {
    /// A source of one file, or one folder.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::files([path.into()])
    }

    /// A source of several files or folders.
    pub fn files(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        let paths = paths.into_iter().collect();
        Self { paths, events: Vec::new(), progress: Progress::default() }
    }

    /// The source with files or folders of events, from which outcomes come: see
    /// [`crate::Events`].
    #[must_use]
    pub fn with_events(mut self, paths: impl IntoIterator<Item = PathBuf>) -> Self {
        self.events.extend(paths);
        self
    }

    /// The source with a progress, which says how far runs over it have come.
    #[must_use]
    pub fn with_progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }

    /// What says how far runs have come.
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The files and folders of predictions, as they were given.
    #[must_use]
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// The files and folders of events, as they were given.
    #[must_use]
    pub fn events(&self) -> &[PathBuf] {
        &self.events
    }

    /// The columns of the first file of predictions, in its order, those that the names of its
    /// folders give last. Of NDJSON they are the values of the first row.
    ///
    /// # Errors
    /// [`EvidenceError::File`] when there is no such file, or it cannot be read.
    pub fn columns(&self) -> Result<Vec<String>, EvidenceError> {
        let Some(path) = self.paths.first() else {
            return Err(EvidenceError::Request { why: "the source has no files".into() });
        };
        let Some(first) = folder::files_of(path)?.into_iter().next() else {
            return Err(EvidenceError::file(path, FileFault::EmptyFolder));
        };
        let mut columns = columns_of(&first.path)?;
        columns.extend(first.constants.into_iter().map(|(name, _)| name));
        Ok(columns)
    }

    /// All files, those of predictions first.
    pub(crate) fn all_files(&self) -> Result<Vec<LogFile>, EvidenceError> {
        let files = self.paths.iter().chain(&self.events).map(|path| folder::files_of(path));
        Ok(files.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }
}

/// Files that were opened and whose columns were checked against what is asked of them.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub files: Vec<LogFile>,
    pub format: Format,
    /// How the columns that are asked for come out of those of the files.
    pub layout: Layout,
    /// The columns of each file, in its own order, as the engine is to read them.
    schemas: Vec<SchemaRef>,
    /// A CSV file has quotes, so that a line break may be inside a value.
    quoted: bool,
    /// The request whose units are more than predictions.
    gathered: Option<Arc<Request>>,
    /// What counts the rows that are read.
    pub progress: Progress,
}

impl Opened {
    /// Opens the predictions of a source for a request without events.
    #[cfg(test)]
    pub fn open(source: &Source, request: &Request) -> Result<Self, EvidenceError> {
        Self::laid_out(&source.paths, Layout::of(request, None), Some(request))
    }

    /// Opens each file and checks that the columns of a layout are there, of one type throughout;
    /// and, with a request, that each can play its part.
    pub fn laid_out(
        paths: &[PathBuf],
        layout: Layout,
        request: Option<&Request>,
    ) -> Result<Self, EvidenceError> {
        let files = paths.iter().map(|path| folder::files_of(path));
        let files: Vec<LogFile> =
            files.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        let Some(first) = files.first() else {
            return Err(EvidenceError::Request { why: "the source has no files".into() });
        };
        let format = format_of(&first.path)?;
        let wanted = layout.file_columns();
        let mut schemas: Vec<SchemaRef> = Vec::new();
        let mut quoted = false;
        for file in &files {
            let path = &file.path;
            if format_of(path)? != format {
                let first = first.path.display().to_string();
                return Err(EvidenceError::file(path, FileFault::MixedFormats { first }));
            }
            let constant = |name: &String| file.constants.iter().any(|(known, _)| known == name);
            let wanted: Vec<String> =
                wanted.iter().filter(|name| !constant(name)).cloned().collect();
            let schema = schema_of(path, format, &wanted)?;
            let fault = |fault| EvidenceError::file(path, fault);
            let asked = layout.schema(&schema).map_err(fault)?;
            if let Some(request) = request {
                column::check_types(&asked, request).map_err(fault)?;
            }
            if let Some(known) = schemas.first() {
                same_types(&schema, known, &first.path, &wanted).map_err(fault)?;
            }
            if let Some((column, _)) =
                file.constants.iter().find(|(name, _)| schema.field_with_name(name).is_ok())
            {
                return Err(fault(FileFault::ColumnInFolder { column: column.clone() }));
            }
            if matches!(format, Format::Csv { gzip: false, .. }) && !quoted {
                quoted = has_quotes(path).map_err(|error| EvidenceError::file(path, error))?;
            }
            schemas.push(schema);
        }
        let gathered = request.filter(|request| request.unit != Unit::Prediction);
        let gathered = gathered.map(|request| Arc::new(request.clone()));
        let progress = Progress::default();
        Ok(Self { files, format, layout, schemas, quoted, gathered, progress })
    }

    /// The tables that the fold reads: of predictions, or of the units gathered from them.
    pub fn tables(&self) -> Result<Vec<Arc<dyn TableProvider>>, EvidenceError> {
        let views = self.views()?;
        match &self.gathered {
            Some(request) => Ok(vec![unit::table(views, request)?]),
            None => Ok(views),
        }
    }

    /// The tables that together hold the source, with the columns that are asked for. Files with
    /// the same columns in the same order are one table, which the engine reads in parallel.
    pub fn views(&self) -> Result<Vec<Arc<dyn TableProvider>>, EvidenceError> {
        let mut groups: Vec<(&LogFile, &SchemaRef, Vec<&Path>)> = Vec::new();
        for (file, schema) in self.files.iter().zip(&self.schemas) {
            let alike = |(known, columns, _): &&mut (&LogFile, &SchemaRef, Vec<&Path>)| {
                columns.fields() == schema.fields() && known.constants == file.constants
            };
            match groups.iter_mut().find(alike) {
                Some((_, _, paths)) => paths.push(&file.path),
                None => groups.push((file, schema, vec![&file.path])),
            }
        }
        let parts = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let tables = groups.into_iter().map(|(file, schema, paths)| {
            let table = self.table(&paths, schema, parts)?;
            if self.layout.is_plain() && file.constants.is_empty() {
                return Ok(table);
            }
            let columns = self.layout.expressions(schema, &file.constants);
            let frame = SessionContext::new().read_table(table).map_err(EvidenceError::engine)?;
            Ok(frame.select(columns).map_err(EvidenceError::engine)?.into_view())
        });
        tables.collect()
    }

    /// One table for each file, in order, with the columns of the file.
    pub fn tables_by_file(
        &self,
    ) -> impl Iterator<Item = (&LogFile, Result<Arc<dyn TableProvider>, EvidenceError>)> {
        let files = self.files.iter().zip(&self.schemas);
        files.map(|(file, schema)| (file, self.table(&[&file.path], schema, 1)))
    }

    fn table(
        &self,
        paths: &[&Path],
        schema: &SchemaRef,
        parts: usize,
    ) -> Result<Arc<dyn TableProvider>, EvidenceError> {
        let format: Arc<dyn FileFormat> = match self.format {
            Format::Parquet => return parquet::table(paths, schema),
            Format::Csv { delimiter, gzip: false } => Arc::new(
                CsvFormat::default()
                    .with_has_header(true)
                    .with_delimiter(delimiter)
                    .with_newlines_in_values(self.quoted),
            ),
            ours => return stream::table(ours, paths, schema, parts),
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

/// The names of all columns of a file.
fn columns_of(path: &Path) -> Result<Vec<String>, EvidenceError> {
    let fault = |fault| EvidenceError::file(path, fault);
    let schema = match format_of(path)? {
        Format::Parquet => Arc::clone(footer_of(path).map_err(fault)?.schema()),
        Format::Csv { delimiter, gzip } => csv_schema(path, &[], delimiter, gzip).map_err(fault)?,
        Format::Ndjson { gzip } => {
            let text = BufReader::new(stream::text(open(path).map_err(fault)?, gzip));
            return ndjson::names(text, &[]).map_err(|error| read_error(path, &error));
        }
        Format::Arrow => open(path).and_then(arrow::schema).map_err(fault)?,
    };
    Ok(schema.fields().iter().map(|field| field.name().clone()).collect())
}

/// The columns of a file that are wanted, or all of them where the engine needs to know all.
fn schema_of(path: &Path, format: Format, wanted: &[String]) -> Result<SchemaRef, EvidenceError> {
    let schema = match format {
        Format::Parquet => parquet_schema(path, wanted),
        Format::Csv { delimiter, gzip } => csv_schema(path, wanted, delimiter, gzip),
        Format::Ndjson { gzip } => return ndjson_schema(path, wanted, gzip),
        Format::Arrow => arrow_schema(path, wanted),
    };
    schema.map_err(|fault| EvidenceError::file(path, fault))
}

/// Columns of text, which may have no value.
pub(crate) fn text_schema(names: impl IntoIterator<Item = String>) -> SchemaRef {
    let fields = names.into_iter().map(|name| Field::new(name, DataType::Utf8View, true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn format_of(path: &Path) -> Result<Format, EvidenceError> {
    Format::of(path).ok_or_else(|| EvidenceError::file(path, FileFault::UnknownExtension))
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
fn parquet_schema(path: &Path, wanted: &[String]) -> Result<SchemaRef, FileFault> {
    let footer = footer_of(path)?;
    check_columns(footer.schema(), wanted)?;
    if footer.metadata().file_metadata().num_rows() == 0 {
        return Err(FileFault::NoRows);
    }
    let fields = wanted.iter().filter_map(|name| footer.schema().field_with_name(name).ok());
    // Text is read as views: no copy of each value, and equal short values have equal views.
    let fields = fields.map(|field| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => Field::new(field.name(), DataType::Utf8View, true),
        other => Field::new(field.name(), other.clone(), true),
    });
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

pub(crate) fn footer_of(path: &Path) -> Result<ArrowReaderMetadata, FileFault> {
    ArrowReaderMetadata::load(&open(path)?, ArrowReaderOptions::new())
        .map_err(|error| FileFault::Damaged { why: error.to_string() })
}

/// All columns of the file, in its order, as text: this crate reads the values itself, so that it
/// can name the row of a bad one.
fn csv_schema(
    path: &Path,
    wanted: &[String],
    delimiter: u8,
    gzip: bool,
) -> Result<SchemaRef, FileFault> {
    let header = CsvHeader::default().with_header(true).with_delimiter(delimiter);
    let infer = |rows| {
        let text = stream::text(open(path)?, gzip);
        Ok::<_, FileFault>(header.infer_schema(text, Some(rows)))
    };
    let (schema, _) = infer(0)?.map_err(|error| FileFault::Damaged {
        why: format!("its header cannot be read ({error})"),
    })?;
    // Spreadsheets put a mark before the first name, which is none of its letters.
    let names = schema.fields().iter().map(|field| field.name().trim_start_matches('\u{feff}'));
    let schema = text_schema(names.map(str::to_owned));
    check_columns(&schema, wanted)?;
    // A first row that cannot be read is still a row; the pass over the rows will name it.
    if let Ok((_, 0)) = infer(1)? {
        return Err(FileFault::NoRows);
    }
    Ok(schema)
}

/// The columns of the request as text. A value that a line does not have is missing; one that no
/// line has is no column.
fn ndjson_schema(path: &Path, wanted: &[String], gzip: bool) -> Result<SchemaRef, EvidenceError> {
    let fault = |fault| EvidenceError::file(path, fault);
    let text = BufReader::new(stream::text(open(path).map_err(fault)?, gzip));
    let names = ndjson::names(text, wanted).map_err(|error| read_error(path, &error))?;
    if names.is_empty() {
        return Err(fault(FileFault::NoRows));
    }
    check_columns(&text_schema(names), wanted).map_err(fault)?;
    Ok(text_schema(wanted.to_vec()))
}

fn arrow_schema(path: &Path, wanted: &[String]) -> Result<SchemaRef, FileFault> {
    let all = arrow::schema(open(path)?)?;
    check_columns(&all, wanted)?;
    if !arrow::has_rows(open(path)?)? {
        return Err(FileFault::NoRows);
    }
    Ok(arrow::wanted(&all, wanted))
}

/// What one of our readers says of a file.
pub(crate) fn read_error(path: &Path, error: &DataFusionError) -> EvidenceError {
    match error.find_root() {
        DataFusionError::External(inner) => match inner.downcast_ref::<Located>() {
            Some(at) => EvidenceError::located(path, at.clone()),
            None => EvidenceError::engine(inner),
        },
        DataFusionError::ResourcesExhausted(why) => EvidenceError::engine(why),
        other => EvidenceError::file(path, FileFault::Damaged { why: other.to_string() }),
    }
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

fn check_columns(schema: &Schema, all: &[String]) -> Result<(), FileFault> {
    let columns: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    for wanted in all.iter().cloned() {
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
    wanted: &[String],
) -> Result<(), FileFault> {
    for column in wanted.iter().cloned() {
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
