//! Tables of numbers as one HTML file that needs nothing else: no server, no script, no network.

use crate::assets;
use askama::Template;

#[derive(Template)]
#[template(path = "tables_file.html")]
struct TablesFile<'a> {
    title: &'a str,
    style: &'static str,
    tables: &'a [FileTable],
    notes: &'a [String],
    digest: &'a str,
}

/// One table of such a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileTable {
    /// What stands above it, such as the name of a cohort.
    pub title: String,
    /// The heads of its columns. The first column names its row.
    pub heads: Vec<String>,
    /// The rows, each with a cell under each head.
    pub rows: Vec<Vec<String>>,
}

/// Writes tables as an HTML document under the heading `title`. `notes` say what to know of them,
/// `digest` what rows they are of.
///
/// # Errors
/// When the document cannot be put together.
pub fn tables_file(
    title: &str,
    tables: &[FileTable],
    notes: &[String],
    digest: &str,
) -> Result<String, askama::Error> {
    TablesFile { title, style: assets::style(), tables, notes, digest }.render()
}
