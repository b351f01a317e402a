//! The rules of the house that neither the compiler nor clippy knows.
//!
//! Each check is a function from the files of the project to faults, so that its tests need no
//! files on disk.

mod links;
mod manifests;
mod sources;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;

use anyhow::{Context, Result};

use crate::shell::{output, program, root};

/// The files of the project: path from the root, with `/`, to text. Binary files have no text.
#[derive(Default)]
pub struct Tree(BTreeMap<String, Option<String>>);

impl Tree {
    /// Every file that is tracked, or new and not ignored.
    fn read() -> Result<Self> {
        let listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let paths = output(program("git").args(listing))
            .context("the list of files comes from git, so the project must be a clone")?;
        let mut files = BTreeMap::new();
        for path in paths.split_terminator('\0') {
            let full = root().join(path);
            // A tracked file may just have been deleted; a link is checked where it leads.
            if full.is_file() && !full.is_symlink() {
                let bytes = fs::read(&full).with_context(|| format!("cannot read `{path}`"))?;
                let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
                files.insert(path.to_owned(), text);
            }
        }
        Ok(Self(files))
    }

    /// Path and text of every text file.
    fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    /// Path and text of every text file whose path ends in `suffix`.
    fn ending(&self, suffix: &str) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(move |(path, _)| path.ends_with(suffix))
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path)?.as_deref()
    }

    /// True for a file and for a folder that holds one.
    fn exists(&self, path: &str) -> bool {
        let folder = if path.is_empty() { String::new() } else { format!("{path}/") };
        self.0.contains_key(path) || self.0.keys().any(|file| file.starts_with(&folder))
    }
}

/// One broken rule.
#[derive(Debug)]
pub struct Fault {
    path: String,
    /// Counted from 1; `None` when the whole file is meant.
    line: Option<usize>,
    message: String,
}

impl Fault {
    fn file(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, message: message.into() }
    }

    /// `index` counts from 0, as [`Iterator::enumerate`] does.
    fn line(path: &str, index: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: Some(index + 1), message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

type Check = fn(&Tree) -> Vec<Fault>;

const CHECKS: &[Check] = &[
    sources::length,
    sources::columns,
    sources::words,
    sources::unexplained,
    manifests::license,
    manifests::rooms_named,
    manifests::arrows,
    manifests::inherited,
    manifests::purposes,
    links::resolve,
];

/// Everything in the project that breaks a rule.
pub fn faults() -> Result<Vec<Fault>> {
    let tree = Tree::read()?;
    Ok(CHECKS.iter().flat_map(|check| check(&tree)).collect())
}

/// Runs one check over files given as (path, text) and compares the faults as printed.
#[cfg(test)]
fn check(check: Check, files: &[(&str, &str)], expected: &[&str]) {
    let entry = |&(path, text): &(&str, &str)| (path.to_owned(), Some(text.to_owned()));
    let tree = Tree(files.iter().map(entry).collect());
    let printed: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
    assert_eq!(printed, expected, "for {files:?}");
}
