//! `primum evidence compare`: what differs between two reports.

use super::stored::{self, Which};
use super::told::{interval, value};
use crate::cli::Cli;
use crate::output::{Answer, Table};
use anyhow::Result;
use evidence::Report;
use report::count;
use serde::Serialize;
use serde_json::{Map, Value};
use statistics::{Cohort, Estimate, Measure};
use std::fmt::Write;

/// Parts of a report that are compared in another way than whole, or follow from what is.
const APART: [&str; 3] = ["estimates", "curves", "digest"];

/// What differs.
#[derive(Debug, Serialize)]
struct Compared {
    before: String,
    after: String,
    /// True when the digests are the same, and so everything else.
    same: bool,
    /// Data, question, engine: each field that differs, by its path.
    differs: Vec<Field>,
    /// Numbers of both reports, in the order of the latter.
    numbers: Vec<Number>,
    /// Numbers that one report has alone.
    only_before: Vec<Estimate>,
    only_after: Vec<Estimate>,
}

/// A field that differs.
#[derive(Debug, Serialize)]
struct Field {
    path: String,
    before: Value,
    after: Value,
}

/// A number of both reports.
#[derive(Debug, Serialize)]
struct Number {
    before: Estimate,
    after: Estimate,
    moved: Moved,
}

/// How far a number moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Moved {
    /// Nothing changed.
    Same,
    /// It is another, within the former interval.
    Within,
    /// It lies beyond the former interval, or is there in one report alone.
    Beyond,
    /// The two intervals have nothing in common.
    Apart,
}

/// Compares two reports.
pub async fn answer(cli: &Cli, before: &Which, after: &Which, all: bool) -> Result<Answer> {
    let old = stored::read(cli, before).await?.report;
    let new = stored::read(cli, after).await?.report;
    let (numbers, only_before, only_after) = numbers(&old, &new);
    let compared = Compared {
        before: before.to_string(),
        after: after.to_string(),
        same: old.digest == new.digest,
        differs: differs(&old, &new)?,
        numbers,
        only_before,
        only_after,
    };
    let text = text(&compared, all);
    Answer::new(&compared, text)
}

fn differs(old: &Report, new: &Report) -> Result<Vec<Field>> {
    let mut found = Vec::new();
    let (old, new) = (serde_json::to_value(old)?, serde_json::to_value(new)?);
    look("", &old, &new, &mut found);
    Ok(found)
}

/// Goes down into objects, so that a difference is named where it is.
fn look(path: &str, old: &Value, new: &Value, found: &mut Vec<Field>) {
    if old == new {
        return;
    }
    if let (Value::Object(old), Value::Object(new)) = (old, new) {
        let apart = |key: &&String| !path.is_empty() || !APART.contains(&key.as_str());
        let more = new.keys().filter(|key| !old.contains_key(*key));
        for key in old.keys().chain(more).filter(apart) {
            let of = |side: &Map<String, Value>| side.get(key).cloned().unwrap_or(Value::Null);
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            look(&path, &of(old), &of(new), found);
        }
        return;
    }
    found.push(Field { path: path.to_owned(), before: old.clone(), after: new.clone() });
}

/// What names a number in a report.
fn name(it: &Estimate) -> (Measure, Option<&Cohort>, Option<&str>, Option<u64>) {
    (it.measure, it.cohort.as_ref(), it.period.as_deref(), it.threshold.map(f64::to_bits))
}

/// The numbers of both, those of the former alone, those of the latter alone.
fn numbers(old: &Report, new: &Report) -> (Vec<Number>, Vec<Estimate>, Vec<Estimate>) {
    let known: std::collections::HashMap<_, _> =
        old.estimates.iter().map(|it| (name(it), it)).collect();
    let (mut both, mut added) = (Vec::new(), Vec::new());
    for after in &new.estimates {
        match known.get(&name(after)) {
            Some(&before) => both.push(Number {
                moved: moved(before, after),
                before: before.clone(),
                after: after.clone(),
            }),
            None => added.push(after.clone()),
        }
    }
    let kept: std::collections::HashSet<_> = new.estimates.iter().map(name).collect();
    let gone = old.estimates.iter().filter(|it| !kept.contains(&name(it))).cloned().collect();
    (both, gone, added)
}

fn moved(before: &Estimate, after: &Estimate) -> Moved {
    if before == after {
        return Moved::Same;
    }
    let ends = |it: &Estimate| it.lower.zip(it.upper);
    match (before.estimate.zip(ends(before)), after.estimate) {
        (Some((_, (lower, upper))), Some(now)) => {
            let apart = ends(after).is_some_and(|(low, high)| low > upper || high < lower);
            match (apart, now < lower || now > upper) {
                (true, _) => Moved::Apart,
                (false, true) => Moved::Beyond,
                (false, false) => Moved::Within,
            }
        }
        // Without an interval nothing says how far is far.
        _ if before.estimate.is_some() == after.estimate.is_some() => Moved::Within,
        _ => Moved::Beyond,
    }
}

fn text(compared: &Compared, all: bool) -> String {
    if compared.same {
        return format!("{} and {} are the same report", compared.before, compared.after);
    }
    let mut text = format!("{} → {}", compared.before, compared.after);
    for it in &compared.differs {
        let _ = write!(text, "\n  {}: {} → {}", it.path, plain(&it.before), plain(&it.after));
    }
    let of = |moved: Moved| compared.numbers.iter().filter(move |it| it.moved == moved).count();
    let total = compared.numbers.len() as u64;
    let beyond = of(Moved::Beyond) + of(Moved::Apart);
    let _ = write!(
        text,
        "\n\n{} numbers are in both: {} the same, {} within their former interval, {beyond} \
         beyond it",
        count(total),
        of(Moved::Same),
        of(Moved::Within)
    );
    if of(Moved::Apart) > 0 {
        let _ = write!(text, " ({} with no overlap of the intervals)", of(Moved::Apart));
    }
    let shown = compared.numbers.iter().filter(|it| all || it.moved >= Moved::Beyond);
    let mut table = Table::new(["measure", "cohort", "before", "after", "moved"]);
    let mut rows = 0;
    for it in shown {
        rows += 1;
        table.row([
            measure(&it.after),
            whom(&it.after),
            with_interval(&it.before),
            with_interval(&it.after),
            words(it.moved).to_owned(),
        ]);
    }
    if rows > 0 {
        let _ = write!(text, "\n\n{table}");
    }
    for (which, found) in
        [(&compared.before, &compared.only_before), (&compared.after, &compared.only_after)]
    {
        if !found.is_empty() {
            let names: Vec<String> =
                found.iter().map(|it| format!("{} ({})", measure(it), whom(it))).collect();
            let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
            let more = names.len().saturating_sub(SHOWN);
            let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
            let _ = write!(text, "\n\nOnly in {which}: {shown}{rest}");
        }
    }
    text
}

/// Numbers of one report alone that are named before the rest is counted.
const SHOWN: usize = 8;

fn words(moved: Moved) -> &'static str {
    match moved {
        Moved::Same => "no",
        Moved::Within => "within",
        Moved::Beyond => "beyond",
        Moved::Apart => "beyond, no overlap",
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn measure(it: &Estimate) -> String {
    let at = it.threshold.map(|at| format!(" at {at}")).unwrap_or_default();
    let period = it.period.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
    format!("{}{at}{period}", it.measure)
}

fn whom(it: &Estimate) -> String {
    it.cohort
        .as_ref()
        .map_or_else(|| "all".to_owned(), |it| format!("{} {}", it.attribute, it.level))
}

fn with_interval(it: &Estimate) -> String {
    match it.lower {
        Some(_) => format!("{} ({})", value(it), interval(it)),
        None => value(it),
    }
}
