//! `primum inventory`: the inventory as a CSV file, out of the record and into one.

use crate::act;
use crate::cli::Cli;
use crate::folder::Folder;
use crate::output::Answer;
use anyhow::{Context, Result, anyhow, bail};
use clap::Subcommand;
use governance::inventory::{Row, export};
use governance::{Act, IntakeAct};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// What a cell may begin with that a spreadsheet takes for a formula. Such a cell gets an
/// apostrophe in front, which is taken away again when it is read.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// `primum inventory …`
#[derive(Debug, Subcommand)]
pub enum Inventory {
    /// Write the inventory to a CSV file (`-` for standard output), owners and facts with it
    Export {
        /// The file
        file: PathBuf,
    },
    /// Take in a CSV file (`-` for standard input): every row of it, or none when one is not sound
    ///
    /// The columns are those of an export. `id`, `stage` and `tier` are not taken in: ids are given
    /// anew, a tier is computed and a stage is earned.
    Import {
        /// The file
        file: PathBuf,
        /// Register AI systems and versions that are not on record
        #[arg(long)]
        create_systems: bool,
    },
}

/// Runs it.
pub async fn run(cli: &Cli, inventory: &Inventory) -> Result<Answer> {
    match inventory {
        Inventory::Export { file } => write(cli, file).await,
        Inventory::Import { file, create_systems } => {
            let rows = rows(&text(file)?)?;
            let create_systems = *create_systems;
            let import = IntakeAct::ImportInventory { rows, create_systems };
            act::submit(cli, Act::Intake(import)).await
        }
    }
}

async fn write(cli: &Cli, file: &Path) -> Result<Answer> {
    let (_, record) = Folder::of(cli).read().await?;
    let (columns, rows) = export(&record);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&columns)?;
    for row in &rows {
        writer.write_record(row.iter().map(|cell| guarded(cell)))?;
    }
    let bytes = writer.into_inner().context("the table cannot be written")?;
    if file == Path::new("-") {
        let text = String::from_utf8(bytes)?;
        return Answer::new(&rows.len(), text.trim_end());
    }
    let at = file.display();
    let mut file = std::fs::File::create_new(file)
        .with_context(|| format!("`{at}` cannot be made; choose a file that is not there"))?;
    file.write_all(&bytes).with_context(|| format!("`{at}` cannot be written"))?;
    Answer::new(&rows.len(), format!("{} use cases are in `{at}`.", rows.len()))
}

/// A cell that no spreadsheet takes for a formula.
pub fn guarded(cell: &str) -> String {
    let risky = cell.trim_start_matches('\'').starts_with(FORMULA);
    if risky { format!("'{cell}") } else { cell.to_owned() }
}

fn unguarded(cell: &str) -> &str {
    let risky = cell.trim_start_matches('\'').starts_with(FORMULA);
    if risky { cell.strip_prefix('\'').unwrap_or(cell) } else { cell }
}

fn text(file: &Path) -> Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))
}

/// The rows of a CSV file, with the line that each begins at.
fn rows(text: &str) -> Result<Vec<Row>> {
    // Spreadsheets like to put a byte order mark in front.
    let text = text.trim_start_matches('\u{feff}');
    // Spreadsheets end lines in two characters, of which the reader counts the second late.
    let text = text.replace("\r\n", "\n");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().context("the file has no headings")?.clone();
    if let (1, Some(column)) = (columns.len(), columns.get(0)) {
        let separators = [(';', "semicolons"), ('\t', "tabs")];
        if let Some((_, by)) = separators.into_iter().find(|(it, _)| column.contains(*it)) {
            bail!("the columns are separated by {by}; save it with commas");
        }
    }
    let mut names = std::collections::BTreeSet::new();
    for column in &columns {
        if !names.insert(column.trim()) {
            bail!("the column `{column}` is there twice; keep one of them");
        }
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cells = columns.iter().zip(&record);
        let cells =
            cells.map(|(column, cell)| (column.trim().to_owned(), unguarded(cell).to_owned()));
        rows.push(Row { line, cells: cells.collect() });
    }
    Ok(rows)
}

/// Why a line cannot be read.
fn unreadable(error: &csv::Error) -> anyhow::Error {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            anyhow!(
                "line {line} has {len} cells, and there are {expected_len} columns; nothing was \
                 taken in. Correct the line"
            )
        }
        _ => anyhow!("nothing was taken in; correct the line: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_guarded_and_reads_back() {
        for cell in ["=1+1", "'=1", "+49", "-", "@a", "'", "''=x", "plain", "it's", ""] {
            let written = guarded(cell);
            assert!(!written.starts_with(FORMULA), "{written}");
            assert_eq!(unguarded(&written), cell);
        }
    }

    #[test]
    fn rows_know_their_lines_even_when_cells_have_several() {
        let rows = rows("\u{feff}title,workflow\n\"two\nlines\",a\nb,c\n").unwrap();
        let lines: Vec<_> =
            rows.iter().map(|row| (row.line, row.cells["workflow"].as_str())).collect();
        assert_eq!(lines, [(2, "a"), (4, "c")]);
        let refused = |text: &str| super::rows(text).unwrap_err().to_string();
        assert!(refused("title,title\na,b\n").contains("is there twice"));
        let short = "line 2 has 1 cells, and there are 2 columns; nothing was taken in. Correct \
                     the line";
        assert_eq!(refused("title,workflow\na\n"), short);
        assert_eq!(refused("title,workflow\r\na\r\n"), short);
    }

    #[test]
    fn files_as_spreadsheets_write_them_have_the_same_lines() {
        let rows = rows("\u{feff}title,workflow\r\n\"two\r\nlines\",a\r\nb,c\r\n").unwrap();
        let lines = rows.iter().map(|row| (row.line, row.cells["title"].as_str()));
        assert_eq!(lines.collect::<Vec<_>>(), [(2, "two\nlines"), (4, "b")]);
        for (text, by) in [("title;workflow\na;b\n", "semicolons"), ("title\tat\na\tb\n", "tabs")] {
            let said = super::rows(text).unwrap_err().to_string();
            assert_eq!(said, format!("the columns are separated by {by}; save it with commas"));
        }
        assert_eq!(super::rows("title\na;b\n").unwrap().len(), 1);
    }
}
