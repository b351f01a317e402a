//! `primum evidence compare`: what differs between two reports.

use super::asked::usage;
use super::stored::{self, Which};
use super::told::{interval, value};
use crate::cli::Cli;
use crate::output::{Answer, Table};
use anyhow::Result;
use clap::{Args, ValueEnum};
use evidence::Report;
use report::count;
use serde::Serialize;
use serde_json::{Map, Value};
use statistics::{Better, Cohort, Estimate, Measure, is_better};
use std::fmt::Write;

/// Parts of a report that are compared in another way than whole, or follow from what is.
const APART: [&str; 4] = ["estimates", "clustered", "curves", "digest"];

/// What its help ends with.
const AFTER_HELP: &str = "\
As the guard of a build:

  primum evidence compare baseline.json report.json --fail-if worse --measure auroc,brier

`worse`: a number of all time is worse than before and outside its former interval, or cannot be \
said any more. Groups that are in one report alone are named, and fail nothing. On other rows of \
the same kind about one number in six leaves its former interval by chance, half of them to the \
worse: name the measures that matter. `different`: anything differs, be it a file, the question \
or a number in its last digit.";

/// Options of `primum evidence compare`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct EvidenceCompare {
    /// The former: recorded evidence such as EV-1, or a report in a file
    pub before: Which,
    /// The latter
    pub after: Which,
    /// List every number of both, not only those that moved
    #[arg(long)]
    pub all: bool,
    /// Compare the numbers of these measures alone
    #[arg(long, value_delimiter = ',', value_name = "MEASURE,…")]
    pub measure: Vec<Measure>,
    /// Exit with 3 when this is so
    #[arg(long, value_name = "WHAT")]
    pub fail_if: Option<FailIf>,
}

/// What a comparison must not find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailIf {
    /// A number is worse than before and outside its former interval, or gone
    Worse,
    /// Anything differs
    Different,
}

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
    /// What was guarded against, and whether it is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<Guard>,
}

/// What was guarded against.
#[derive(Debug, Serialize)]
struct Guard {
    fail_if: FailIf,
    failed: bool,
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
    /// True when it is worse than before, however little; false where no way is better.
    worse: bool,
}

impl Number {
    /// It is worse by more than its former interval, or gone.
    fn is_lost(&self) -> bool {
        self.worse && self.moved >= Moved::Beyond
    }
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
pub async fn answer(cli: &Cli, asked: &EvidenceCompare) -> Result<Answer> {
    let EvidenceCompare { before, after, all, measure, fail_if } = asked;
    let mut old = stored::read(cli, before).await?.report;
    let mut new = stored::read(cli, after).await?.report;
    if !measure.is_empty() {
        for report in [&mut old, &mut new] {
            report.estimates.retain(|it| measure.contains(&it.measure));
        }
    }
    let (numbers, only_before, only_after) = numbers(&old, &new);
    let mut compared = Compared {
        before: before.to_string(),
        after: after.to_string(),
        same: old.digest == new.digest,
        differs: differs(&old, &new)?,
        numbers,
        only_before,
        only_after,
        guard: None,
    };
    if *fail_if == Some(FailIf::Worse) {
        compared.can_be_judged(measure)?;
    }
    compared.guard = fail_if.map(|fail_if| Guard {
        fail_if,
        failed: match fail_if {
            FailIf::Worse => compared.lost().next().is_some(),
            FailIf::Different if measure.is_empty() => !compared.same,
            FailIf::Different => compared.moved(),
        },
    });
    let failed = compared.guard.as_ref().is_some_and(|it| it.failed);
    let answer = Answer::new(&compared, text(&compared, *all))?;
    Ok(if failed { answer.denied() } else { answer })
}

impl Compared {
    /// Refuses to guard what nothing can be said about: measures that have no number of all time
    /// with an interval in the former report.
    fn can_be_judged(&self, measures: &[Measure]) -> Result<()> {
        let before = self.numbers.iter().map(|it| &it.before).chain(&self.only_before);
        let judged: Vec<Measure> = before
            .filter(|it| it.period.is_none() && it.lower.is_some() && is_good_for_something(it))
            .map(|it| it.measure)
            .collect();
        if let Some(blind) = measures.iter().find(|it| !judged.contains(it)) {
            return usage(format!(
                "{} has no number of `{blind}` with an interval in which more or less is better, \
                 so that nothing tells what is worse: leave it out",
                self.before
            ));
        }
        match judged.is_empty() {
            true => usage(format!("{} has no number that could be judged", self.before)),
            false => Ok(()),
        }
    }

    /// True when a number is another, or in one report alone.
    fn moved(&self) -> bool {
        let alone = !self.only_before.is_empty() || !self.only_after.is_empty();
        alone || self.numbers.iter().any(|it| it.moved != Moved::Same)
    }

    /// The numbers of all time that are worse by more than their former interval, or gone.
    fn lost(&self) -> impl Iterator<Item = &Estimate> {
        let worse = self.numbers.iter().filter(|it| it.is_lost()).map(|it| &it.after);
        // A group may be in one report alone since small ones were put together.
        let of_all = |it: &&Estimate| it.cohort.is_none() && is_good_for_something(it);
        let gone = self.only_before.iter().filter(of_all);
        worse.chain(gone).filter(|it| it.period.is_none())
    }
}

/// There is a number, of which more or less is better.
fn is_good_for_something(it: &Estimate) -> bool {
    it.estimate.is_some() && it.measure.better() != Better::Neither
}

fn differs(old: &Report, new: &Report) -> Result<Vec<Field>> {
    let mut found = Vec::new();
    let (old, new) = (serde_json::to_value(old)?, serde_json::to_value(new)?);
    look("", &old, &new, &mut found);
    Ok(found)
}

/// Goes down into objects and lists of them, so that a difference is named where it is. Of other
/// lists, what is in one alone is named.
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
    if let (Value::Array(old), Value::Array(new)) = (old, new)
        && old.len() == new.len()
        && old.iter().chain(new).all(Value::is_object)
    {
        for (place, (old, new)) in old.iter().zip(new).enumerate() {
            look(&format!("{path}[{place}]"), old, new, found);
        }
        return;
    }
    if let (Value::Array(old), Value::Array(new)) = (old, new) {
        let alone = |of: &[Value], others: &[Value]| -> Vec<Value> {
            of.iter().filter(|it| !others.contains(it)).cloned().collect()
        };
        let (before, after) = (alone(old, new), alone(new, old));
        if !before.is_empty() || !after.is_empty() {
            let (before, after) = (before.into(), after.into());
            found.push(Field { path: path.to_owned(), before, after });
            return;
        }
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
                worse: worse(before, after),
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

/// The latter is worse than the former, or there is none any more.
fn worse(before: &Estimate, after: &Estimate) -> bool {
    match (before.estimate, after.estimate) {
        (Some(was), Some(is)) => is_better(before.measure, is, was),
        (Some(_), None) => is_good_for_something(before),
        (None, _) => false,
    }
}

fn text(compared: &Compared, all: bool) -> String {
    let verdict = compared.guard.as_ref().map(|guard| said(guard, compared));
    let verdict = verdict.map(|it| format!("\n\n{it}")).unwrap_or_default();
    if compared.same {
        let same = format!("{} and {} are the same report", compared.before, compared.after);
        return same + &verdict;
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
            words(it),
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
            let _ = write!(text, "\n\nOnly in {which}: {}", listed(&names));
        }
    }
    text + &verdict
}

/// What became of a guard.
fn said(guard: &Guard, compared: &Compared) -> String {
    let how = if guard.failed { "Failed" } else { "Passed" };
    match guard.fail_if {
        FailIf::Different if guard.failed => format!("{how}: what is compared differs."),
        FailIf::Different => format!("{how}: what is compared is the same."),
        FailIf::Worse if guard.failed => {
            let lost: Vec<String> =
                compared.lost().map(|it| format!("{} ({})", measure(it), whom(it))).collect();
            format!(
                "{how}: worse than before, beyond the former interval, or gone: {}.",
                listed(&lost)
            )
        }
        FailIf::Worse => format!("{how}: no number is worse than its former interval."),
    }
}

/// The first names of many, and how many more there are.
fn listed(names: &[String]) -> String {
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Numbers that are named in one line before the rest is counted.
const SHOWN: usize = 8;
/// A list with more items is told by their number.
const MOST_ITEMS: usize = 4;

fn words(it: &Number) -> String {
    let moved = match it.moved {
        Moved::Same => return "no".to_owned(),
        Moved::Within => "within",
        Moved::Beyond => "beyond",
        Moved::Apart => "beyond, no overlap",
    };
    format!("{moved}{}", if it.worse { ", worse" } else { "" })
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "nothing".to_owned(),
        Value::Array(items) if items.len() > MOST_ITEMS => format!("{} entries", items.len()),
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
