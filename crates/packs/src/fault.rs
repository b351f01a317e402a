//! What is wrong with a pack, all of it at once.

use crate::shape::{self, Shape};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use thiserror::Error;

/// A pack that cannot be used, and everything that is wrong with it. No part of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file} is not usable, nothing of it was kept: {}", listed(faults))]
pub struct PackError {
    /// The file, as its reader named it.
    pub file: String,
    /// What is wrong, in the order of discovery. Never empty.
    pub faults: Vec<Fault>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The line, from 1, where one is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{}; {}", self.what, self.remedy)
    }
}

fn listed(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  ")
}

/// A pack under check: its text, and what was found wrong so far.
pub(crate) struct Check<'a> {
    file: &'a str,
    text: &'a str,
    faults: Vec<Fault>,
}

impl<'a> Check<'a> {
    /// Parses the text. Where its shape is wrong, all faults of shape are told that the schema
    /// knows, and nothing more is looked at.
    pub(crate) fn parse<T: DeserializeOwned>(
        file: &'a str,
        text: &'a str,
        shape: Shape,
    ) -> Result<(Self, T), PackError> {
        // Where an instant is meant a day will do, as in acts; only the schema knows where.
        let parsed = toml::from_str(text).or_else(|error| {
            let days = shape::with_instants(text, shape);
            days.ok_or(error)
        });
        let parsed = parsed.map_err(|error| {
            let mut faults = shape::faults(text, shape);
            if faults.is_empty() {
                faults.push(Fault {
                    line: error.span().map(|span| line_at(text, span.start)),
                    what: error.message().trim_end().replace('\n', ", "),
                    remedy: "compare it with a built-in pack of this kind: `primum pack list`"
                        .to_owned(),
                });
            }
            PackError { file: file.to_owned(), faults }
        })?;
        Ok((Self { file, text, faults: Vec::new() }, parsed))
    }

    /// Notes a fault of the entry whose `id` is given.
    pub(crate) fn about(&mut self, id: impl fmt::Display, what: impl Into<String>, remedy: &str) {
        self.note(self.line_of("id", &id.to_string(), 0), what, remedy);
    }

    /// Notes a fault at a line.
    pub(crate) fn note(&mut self, line: Option<usize>, what: impl Into<String>, remedy: &str) {
        self.faults.push(Fault { line, what: what.into(), remedy: remedy.to_owned() });
    }

    /// Notes the values that occur twice under `key`.
    pub(crate) fn unique<T: fmt::Display>(
        &mut self,
        key: &str,
        what: &str,
        values: impl IntoIterator<Item = T>,
    ) {
        let mut seen = std::collections::BTreeSet::new();
        for value in values {
            let value = value.to_string();
            if !seen.insert(value.clone()) {
                let line = self.line_of(key, &value, 1);
                self.note(line, format!("{what} `{value}` is there twice"), "keep one of them");
            }
        }
    }

    /// Notes a text that says nothing.
    pub(crate) fn says_something(&mut self, what: &str, text: &str) {
        if text.trim().is_empty() {
            self.note(None, format!("{what} is empty"), "say it in plain words");
        }
    }

    /// The pack, when nothing is wrong with it.
    pub(crate) fn finish<T>(self, pack: T) -> Result<T, PackError> {
        if self.faults.is_empty() {
            return Ok(pack);
        }
        Err(PackError { file: self.file.to_owned(), faults: self.faults })
    }

    /// The line of the assignment `key = "value"`, after skipping as many of its kind as given.
    pub(crate) fn line_of(&self, key: &str, value: &str, skip: usize) -> Option<usize> {
        let assigns = |line: &str| {
            let (left, right) = line.split_once('=')?;
            let right = right.split('#').next().unwrap_or_default();
            (left.trim() == key && right.trim().trim_matches(['"', '\'']) == value).then_some(())
        };
        let lines = self.text.lines().zip(1..);
        lines.filter(|(line, _)| assigns(line).is_some()).map(|(_, number)| number).nth(skip)
    }
}

/// The line, from 1, of a place in bytes.
pub(crate) fn line_at(text: &str, place: usize) -> usize {
    1 + text.bytes().take(place).filter(|byte| *byte == b'\n').count()
}
