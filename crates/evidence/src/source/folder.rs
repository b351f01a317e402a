//! The files of a log that is a folder.

use super::format::Format;
use crate::{EvidenceError, FileFault};
use std::path::{Path, PathBuf};

/// The most files that a folder may have; it bounds the work of a wrong path, such as `/`.
const MOST_FILES: usize = 100_000;
/// The most levels of folders in folders. It also ends a circle of links.
const MOST_LEVELS: usize = 16;

/// A file of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogFile {
    pub path: PathBuf,
    /// What a report calls it: its name, below the folder that was given if there is one.
    pub name: String,
    /// The columns that the names of its folders give, such as `month=2026-01`.
    pub constants: Vec<(String, String)>,
}

/// The files that a path stands for: itself, or those of its folder, in the order of their names.
pub(crate) fn files_of(path: &Path) -> Result<Vec<LogFile>, EvidenceError> {
    if !path.is_dir() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Ok(vec![LogFile { path: path.to_owned(), name, constants: Vec::new() }]);
    }
    let mut found = Vec::new();
    walk(path, &mut Vec::new(), 0, &mut found)
        .map_err(|(at, fault)| EvidenceError::file(&at, fault))?;
    if found.is_empty() {
        return Err(EvidenceError::file(path, FileFault::EmptyFolder));
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Files that others write beside a log: hidden ones and marks such as `_SUCCESS`.
fn is_beside(name: &str) -> bool {
    name.starts_with('.') || name.starts_with('_')
}

fn walk(
    folder: &Path,
    above: &mut Vec<String>,
    level: usize,
    found: &mut Vec<LogFile>,
) -> Result<(), (PathBuf, FileFault)> {
    let unreadable = |error: std::io::Error| (folder.to_owned(), error.into());
    let too_many = || FileFault::TooManyFiles { most: MOST_FILES, depth: MOST_LEVELS };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_beside(&name) {
            continue;
        }
        let path = entry.path();
        if path.is_dir() {
            if level == MOST_LEVELS {
                return Err((folder.to_owned(), too_many()));
            }
            above.push(name);
            walk(&path, above, level + 1, found)?;
            above.pop();
            continue;
        }
        if found.len() == MOST_FILES {
            return Err((folder.to_owned(), too_many()));
        }
        // What is no log is named, not passed over: a log left out would change every number.
        if Format::of(&path).is_none() {
            return Err((path, FileFault::UnknownExtension));
        }
        let below: Vec<&str> = above.iter().map(String::as_str).chain([name.as_str()]).collect();
        let constants = above.iter().filter_map(|folder| constant(folder)).collect();
        found.push(LogFile { name: below.join("/"), path, constants });
    }
    Ok(())
}

/// The column that the name of a folder gives: `month=2026-01`.
fn constant(folder: &str) -> Option<(String, String)> {
    /// What Hive writes for a value that is missing.
    const MISSING: &str = "__HIVE_DEFAULT_PARTITION__";
    let (column, value) = folder.split_once('=')?;
    let value = if value == MISSING { String::new() } else { unescaped(value) };
    (!column.is_empty()).then(|| (unescaped(column), value))
}

/// Text in which a byte may be written as `%` and two digits.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = (byte == b'%').then(|| after.get(..2)).flatten();
        let value = escaped
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match value {
            Some(value) => {
                bytes.push(value);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_named_like_columns_give_columns() {
        let check = |name: &str, wanted: Option<(&str, &str)>| {
            let wanted = wanted.map(|(column, value)| (column.to_owned(), value.to_owned()));
            assert_eq!(constant(name), wanted, "{name}");
        };
        check("month=2026-01", Some(("month", "2026-01")));
        check("unit=3%2F4%20West", Some(("unit", "3/4 West")));
        check("unit=100%", Some(("unit", "100%")));
        check("site=__HIVE_DEFAULT_PARTITION__", Some(("site", "")));
        check("a=b=c", Some(("a", "b=c")));
        check("2026", None);
        check("=x", None);
    }
}
