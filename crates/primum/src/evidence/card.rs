//! `primum evidence card`: what vendors' model cards leave open.

use crate::output::Answer;
use anyhow::{Context, Result};
use interop::{Card, Finding, Grade, Schema, Text, lint, lint_together};
use serde::Serialize;
use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What was found on one card.
#[derive(Serialize)]
struct Linted<'a> {
    file: &'a Path,
    schema: Schema,
    model: Option<String>,
    developer: Option<String>,
    version: Option<String>,
    errors: usize,
    warnings: usize,
    notes: usize,
    findings: Vec<Finding>,
}

/// Reads the cards, each alone and beside the others, and says what they leave open.
pub fn answer(files: &[PathBuf]) -> Result<Answer> {
    let cards = files.iter().map(|file| read(file)).collect::<Result<Vec<_>>>()?;
    let beside = lint_together(&cards);
    let linted: Vec<Linted> = files
        .iter()
        .zip(&cards)
        .zip(beside)
        .map(|((file, card), beside)| linted(file, card, beside))
        .collect();
    let texts: Vec<String> = linted.iter().map(text).collect();
    let answer = Answer::new(&linted, texts.join("\n"))?;
    let good = linted.iter().all(|card| card.errors == 0);
    Ok(if good { answer } else { answer.denied() })
}

/// Reads one card.
pub fn read(file: &Path) -> Result<Card> {
    let name = || format!("`{}`", file.display());
    let mut bytes = Vec::new();
    // One more than a card may have tells that it has too many.
    let most = u64::try_from(Card::MOST_BYTES)? + 1;
    File::open(file).and_then(|it| it.take(most).read_to_end(&mut bytes)).with_context(name)?;
    Card::read(&bytes).with_context(name)
}

fn linted<'a>(file: &'a Path, card: &'a Card, beside: Vec<Finding>) -> Linted<'a> {
    let mut findings = lint(card);
    findings.extend(beside);
    findings.sort_by_key(|finding| finding.line);
    let count = |grade| findings.iter().filter(|finding| finding.grade == grade).count();
    let said = |text: &Option<Text>| text.as_ref().map(Text::shown);
    Linted {
        file,
        schema: card.schema,
        model: said(&card.basic.model_name),
        developer: said(&card.basic.model_developer),
        version: said(&card.release.version),
        errors: count(Grade::Error),
        warnings: count(Grade::Warning),
        notes: count(Grade::Note),
        findings,
    }
}

fn text(card: &Linted) -> String {
    let named = |text: &Option<String>| text.clone().unwrap_or_else(|| "unnamed".to_owned());
    let mut text = format!(
        "{}: {}, version {}, of {} (schema {})\n",
        card.file.display(),
        named(&card.model),
        named(&card.version),
        named(&card.developer),
        card.schema
    );
    for it in &card.findings {
        let quote =
            if it.quote.is_empty() { String::new() } else { format!("“{}”: ", it.quote) };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\nline {} {} {} {}\n  {quote}{}; {}\n",
            it.line, it.grade, it.rule, it.path, it.what, it.remedy
        );
    }
    let many = |count, what| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let counts =
        [many(card.errors, "error"), many(card.warnings, "warning"), many(card.notes, "note")];
    let _ = write!(text, "\n{}", counts.join(", "));
    text
}
