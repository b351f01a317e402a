//! `primum evidence explain`: how a verdict came about.

use super::against::{self, Verdict, named};
use super::stored::{self, Stored, Which};
use super::told::{interval, value};
use crate::cli::Cli;
use crate::output::{Answer, Usage, width, wrapped};
use anyhow::{Context, Result};
use governance::{Bound, Judgement, Status, Trial, ValidationStandard};
use report::sheet::lacking;
use std::fmt::Write;

/// The rule that makes one verdict of several.
const WHOLE: &str = "The whole: missed when any requirement is missed; met when all are; not \
                     enough data otherwise.";

/// Explains a report by a standard.
pub async fn answer(cli: &Cli, of: &Which, named: Option<&str>) -> Result<Answer> {
    let stored = stored::read(cli, of).await?;
    let standard = match named {
        Some(named) => against::standard(named)?,
        None => own(&stored)?,
    };
    let verdict = Verdict::of(&standard, &stored.report.estimates);
    let mut text = format!(
        "{of} against {}: {}\nDigest of the report: {}\n",
        verdict.standard,
        against::named(verdict.status),
        stored.report.digest
    );
    for it in &verdict.judged {
        text.push_str(&requirement(it));
    }
    let _ = write!(text, "\n{}", wrapped(WHOLE, width(), 0, 2));
    if !verdict.elsewhere.is_empty() {
        text.push_str(&beside(&stored, &verdict));
    }
    let answer = Answer::new(&verdict, text)?;
    Ok(if verdict.status == Status::Met { answer } else { answer.denied() })
}

/// The standard that recorded evidence was judged against.
fn own(stored: &Stored) -> Result<ValidationStandard> {
    let (Some((record, _)), Some(evidence)) = (&stored.recorded, stored.evidence()) else {
        let why = "a report in a file names no standard; add --standard FILE or NAME";
        return Err(Usage(why.to_owned()).into());
    };
    let mut known = record.standards.values();
    known.find(|it| it.label() == evidence.standard).cloned().with_context(|| {
        format!(
            "{} is no longer in force; name one with --standard FILE or NAME",
            evidence.standard
        )
    })
}

/// What the standard asks for beside numbers, with what the record says of it.
fn beside(stored: &Stored, verdict: &Verdict) -> String {
    let Some(evidence) = stored.evidence() else {
        let line = verdict.beside();
        return format!("\n{}", wrapped(&line, width(), 0, 2));
    };
    let judged = |it: &&governance::Finding| {
        !verdict.judged.iter().any(|judged| judged.requirement == it.requirement)
    };
    let mut text = String::from("\nBeside the numbers, as recorded:");
    for it in evidence.findings.iter().filter(judged) {
        let line = format!("{}: {}: {}", it.requirement, named(it.status), it.because);
        let _ = write!(text, "\n  {}", wrapped(&line, width(), 2, 4));
    }
    let _ = write!(text, "\nThe whole, as recorded: {}", named(evidence.status));
    text
}

fn requirement(it: &Judgement) -> String {
    let Bound { measure, min_n, min_events, each, .. } = &it.bound;
    let title = format!("{}: {}", it.requirement, it.title);
    let of = each.as_ref().map_or_else(|| "of all".to_owned(), |it| format!("in each {it}"));
    let outcomes = match min_events {
        0 => String::new(),
        some => format!(" and {some} outcomes"),
    };
    let asks = format!(
        "asks      {measure} {of}: {}, from at least {min_n} rows{outcomes}",
        it.bound.in_words()
    );
    let mut text = format!("\n{}\n  {}", wrapped(&title, width(), 0, 2), wrapped_at(&asks));
    for trial in &it.trials {
        let _ = write!(text, "\n  {}", wrapped_at(&found(trial)));
        if let Some(lack) = lacking(trial) {
            let _ = write!(text, "\n            {}", wrapped(&lack, width(), 12, 12));
        }
    }
    let rule = match (it.trials.is_empty(), each) {
        (true, _) => format!("there is no estimate of {measure} {of}"),
        (false, Some(_)) => {
            "one group that misses fails it; groups with too few data do not".to_owned()
        }
        (false, None) => "the number decides".to_owned(),
    };
    let _ = writeln!(text, "\n  {}", wrapped_at(&format!("{:<9} {rule}", named_short(it.status))));
    text
}

fn found(trial: &Trial) -> String {
    let it = &trial.estimate;
    let whom = it.cohort.as_ref().map_or_else(|| "all".to_owned(), |it| it.level.clone());
    let (Some(n), Some(events)) = (it.n, it.events) else {
        return format!("found     {whom}: too few rows to be shown: {}", named(trial.status));
    };
    let ends = it.lower.map(|_| format!(" ({})", interval(it))).unwrap_or_default();
    format!(
        "found     {whom}: {}{ends}, {} rows, {} outcomes: {}",
        value(it),
        report::count(n),
        report::count(events),
        named(trial.status)
    )
}

fn named_short(status: Status) -> &'static str {
    match status {
        Status::NotEnoughData => "too few",
        other => named(other),
    }
}

/// A line that begins with a word of ten columns and is set in by two.
fn wrapped_at(line: &str) -> String {
    let (word, rest) = line.split_at_checked(10).unwrap_or((line, ""));
    format!("{word}{}", wrapped(rest, width(), 12, 12))
}
