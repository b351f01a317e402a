//! What a command prints, as text or JSON, and how it exits.

use anyhow::Result;
use comfy_table::{ContentArrangement, Table as Grid, TableComponent};
use governance::{Month, Zone};
use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Serialize;
use serde_json::Value;
use std::fmt;
use std::io::{self, Write};

/// The width of a line when nothing is known of the terminal.
const USUAL_WIDTH: usize = 100;
/// No terminal is taken to be narrower.
const NARROWEST: usize = 40;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or permitted.
    Done,
    /// Denied, or a standard not met.
    Denied,
    /// Verification failed.
    NotVerified,
}

impl Exit {
    /// The process's exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Denied => 3,
            Self::NotVerified => 4,
        }
    }
}

/// The command was given something that it cannot mean; exits with 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// A command's answer, for programs and for people.
#[derive(Debug)]
pub struct Answer {
    json: Value,
    text: String,
    exit: Exit,
}

impl Answer {
    /// An answer.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn new(value: &impl Serialize, text: impl Into<String>) -> Result<Self> {
        Ok(Self { json: serde_json::to_value(value)?, text: text.into(), exit: Exit::Done })
    }

    /// The same answer, as a denial.
    #[must_use]
    pub fn denied(self) -> Self {
        Self { exit: Exit::Denied, ..self }
    }

    /// The same answer, as a failed verification.
    #[must_use]
    pub fn not_verified(self) -> Self {
        Self { exit: Exit::NotVerified, ..self }
    }

    /// The same answer in other words.
    #[must_use]
    pub fn with_text(self, text: String) -> Self {
        Self { text, ..self }
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Prints the answer and says how to exit.
    ///
    /// # Errors
    /// When standard output cannot be written to.
    pub fn print(&self, as_json: bool) -> Result<Exit> {
        if as_json {
            say(&serde_json::to_string_pretty(&self.json)?)?;
        } else {
            say(&self.text)?;
        }
        Ok(self.exit)
    }
}

/// Prints a line. A reader that went away (`primum … | head`) is no error.
///
/// # Errors
/// When standard output cannot be written to.
pub fn say(line: &str) -> Result<()> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Columns of the terminal that is printed to: what `COLUMNS` says, else its own width, else 100.
#[must_use]
pub fn width() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|it| it.parse::<usize>().ok());
    let own = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    said.or_else(own).unwrap_or(USUAL_WIDTH).max(NARROWEST)
}

/// A text in lines that end within `width` columns. It begins at column `first`, its other lines
/// at `indent`. A word longer than a line stays whole.
#[must_use]
pub fn wrapped(text: &str, width: usize, first: usize, indent: usize) -> String {
    let mut lines = String::new();
    let mut used = first;
    for (place, word) in text.split_whitespace().enumerate() {
        let length = word.chars().count();
        if place > 0 && used + 1 + length > width {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            used = indent;
        } else if place > 0 {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += length;
    }
    lines
}

/// A table for people.
pub struct Table(Grid);

impl Table {
    /// A table with these columns.
    pub fn new<'a>(columns: impl IntoIterator<Item = &'a str>) -> Self {
        let mut grid = Grid::new();
        // Nothing but a rule under the header.
        grid.load_preset(comfy_table::presets::NOTHING);
        grid.set_style(TableComponent::HeaderLines, '─');
        grid.set_style(TableComponent::MiddleHeaderIntersections, '─');
        grid.set_content_arrangement(ContentArrangement::Dynamic);
        grid.set_header(columns.into_iter().collect::<Vec<_>>());
        Self(grid)
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.add_row(cells.into_iter().collect::<Vec<_>>());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A day in UTC, such as `2024-03-31`: days of predictions are counted so.
#[must_use]
pub fn utc_day(at: Timestamp) -> String {
    Offset::UTC.to_datetime(at).date().to_string()
}

/// The day of an instant, as the place counts days.
#[must_use]
pub fn day(at: Timestamp, zone: &Zone) -> String {
    zone.day(at).to_string()
}

/// The last day on which something is in time or still holds, as the place counts days. Every due
/// day that is printed comes from here.
#[must_use]
pub fn due_day(end: Timestamp, zone: &Zone) -> String {
    zone.last_day(end).to_string()
}

/// The last day on which something is in time, and that it is overdue once it is.
#[must_use]
pub fn due(end: Timestamp, zone: &Zone, now: Timestamp) -> String {
    let overdue = if end <= now { " (overdue)" } else { "" };
    format!("{}{overdue}", due_day(end, zone))
}

/// A text, cut off after so many characters.
#[must_use]
pub fn clipped(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// An instant in UTC, to the minute.
#[must_use]
pub fn instant(at: Timestamp) -> String {
    let civil = Offset::UTC.to_datetime(at);
    format!("{} {:02}:{:02} UTC", civil.date(), civil.hour(), civil.minute())
}

/// An instant, or the first instant of a day or a month.
///
/// # Errors
/// When the text is none of these.
pub fn start_of(text: &str) -> Result<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    if let Ok(month) = text.parse::<Month>() {
        return Ok(month.start());
    }
    let date = text.parse::<jiff::civil::Date>().map_err(|_| {
        Usage(format!("`{text}` is no day; write it like 2024-03-31 or 2024-03-31T12:00:00Z"))
    })?;
    Ok(Offset::UTC.to_timestamp(date.at(0, 0, 0, 0))?)
}

/// An instant, or the last millisecond of a day.
///
/// # Errors
/// When the text is neither.
pub fn end_of(text: &str) -> Result<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let last = governance::days_after(start_of(text)?, 1).as_millisecond() - 1;
    Ok(Timestamp::from_millisecond(last)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_the_day_that_the_place_counts() {
        let chicago = Zone::named("America/Chicago").unwrap();
        let end: Timestamp = "2024-01-27T06:00:00Z".parse().unwrap();
        let before: Timestamp = "2024-01-27T05:59:59Z".parse().unwrap();
        for (zone, at, wanted) in [
            (&chicago, before, "2024-01-26"),
            (&chicago, end, "2024-01-26 (overdue)"),
            (&Zone::utc(), before, "2024-01-27"),
        ] {
            assert_eq!(due(end, zone, at), wanted);
        }
        // What happened at midnight happened on the day that began then.
        assert_eq!(day(end, &chicago), "2024-01-27");
        assert_eq!(day(before, &chicago), "2024-01-26");
    }

    #[test]
    fn a_text_is_wrapped_between_words() {
        assert_eq!(wrapped("one two three", 7, 0, 2), "one two\n  three");
        assert_eq!(wrapped("extraordinary it is", 7, 0, 2), "extraordinary\n  it is");
        assert_eq!(wrapped("one two", 7, 3, 0), "one\ntwo");
        assert_eq!(wrapped("", 7, 0, 2), "");
    }

    #[test]
    fn a_long_text_is_cut_between_letters() {
        assert_eq!(clipped("Überwachung", 3), "Übe…");
        assert_eq!(clipped("Übe", 3), "Übe");
    }
}
