//! A report against a validation standard.

use crate::output::{Usage, width, wrapped};
use anyhow::{Context, Result};
use governance::{Judgement, Status, ValidationStandard};
use packs::builtin;
use report::sheet::lacking;
use serde::Serialize;
use statistics::Estimate;
use std::fmt::Write;
use std::path::Path;

/// What became of the requirements that numbers can prove.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// The standard, with its version.
    pub standard: String,
    /// The verdict on them together.
    pub status: Status,
    /// Each of them.
    pub judged: Vec<Judgement>,
    /// What the standard asks for beside numbers, by title: it is not judged here.
    pub elsewhere: Vec<String>,
}

/// A standard by the path of its file, or by the name of a built-in one such as `predictive-t3`.
pub fn standard(named: &str) -> Result<ValidationStandard> {
    let of_name = |file: &&builtin::File| {
        file.name() == named || file.name().strip_suffix(".toml") == Some(named)
    };
    let (file, text) = if Path::new(named).exists() {
        let text = std::fs::read_to_string(named).with_context(|| format!("`{named}`"))?;
        (named.to_owned(), text)
    } else if let Some(file) = builtin::STANDARDS.iter().find(of_name) {
        (file.path.to_owned(), file.text.to_owned())
    } else {
        return Err(Usage(format!(
            "`{named}` is neither a file nor a built-in standard; `primum pack list` lists those"
        ))
        .into());
    };
    let standard = packs::standard(&file, &text)?;
    if standard.computed().is_none() {
        return Err(Usage(format!(
            "{} asks for no number, so no report can show that it is met",
            standard.label()
        ))
        .into());
    }
    Ok(standard)
}

impl Verdict {
    /// Judges what numbers can prove.
    pub fn of(standard: &ValidationStandard, estimates: &[Estimate]) -> Self {
        let judged = standard.judge_numbers(estimates);
        let asked = standard.requirements.iter();
        let elsewhere = asked
            .filter(|it| !judged.iter().any(|judged| judged.requirement == it.id))
            .map(|it| it.title.clone())
            .collect();
        Self {
            standard: standard.label(),
            status: governance::verdict(judged.iter().map(|it| it.status)),
            judged,
            elsewhere,
        }
    }

    /// What the standard asks for beside numbers, in a sentence.
    pub fn beside(&self) -> String {
        format!("What else it asks for, no number can show: {}.", self.elsewhere.join("; "))
    }

    /// Each requirement with what became of it, and what is lacking.
    pub fn text(&self) -> String {
        let verdict = match self.status {
            Status::Met => "the numbers meet it",
            Status::Failed => "the numbers miss it",
            Status::NotEnoughData => "not enough data to say",
        };
        let mut text = format!("{}: {verdict}", self.standard);
        for it in &self.judged {
            let line = format!("{:<15}  {}: {}", named(it.status), it.requirement, it.because);
            let _ = write!(text, "\n  {}", wrapped_after(&line));
            if let (true, Some(column)) = (it.trials.is_empty(), &it.bound.each) {
                let _ = write!(text, "\n{:19}ask for it with --by {column}", "");
            }
            for trial in it.trials.iter().filter(|it| it.status != Status::Met) {
                if let Some(line) = lacking(trial) {
                    let _ = write!(text, "\n{:19}{}", "", wrapped(&line, width(), 19, 21));
                }
            }
        }
        if !self.elsewhere.is_empty() {
            let _ = write!(text, "\n  {}", wrapped(&self.beside(), width(), 2, 4));
        }
        text
    }
}

/// The status of a requirement in words.
pub fn named(status: Status) -> &'static str {
    match status {
        Status::Met => "met",
        Status::Failed => "missed",
        Status::NotEnoughData => "not enough data",
    }
}

fn wrapped_after(line: &str) -> String {
    // The words of the status column are kept apart by spaces, which wrapping would join.
    let (status, words) = line.split_at_checked(17).unwrap_or((line, ""));
    format!("{status}{}", wrapped(words, width(), 19, 19))
}
