//! What else can be asked about tiers: labels, other answers, another policy.

use crate::output::{Answer, Table, Usage};
use anyhow::{Context, Result};
use governance::labels::Label;
use governance::{FactId, Record, UseCase};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::Path;

/// `primum tier labels`: what other schemes say of a use case, now.
pub fn labels(record: &Record, use_case: &UseCase, now: Timestamp) -> Result<Answer> {
    let policy = record.tier_policy.as_ref().context("no tier policy is adopted yet")?;
    let labels = policy.labels(&use_case.facts, now)?;
    let mut table = Table::new(["scheme", "says", "applies", "why", "rests on"]);
    for label in &labels {
        table.row([
            label.id.clone(),
            label.says.clone(),
            if label.applies { "yes" } else { "no" }.to_owned(),
            why(label),
            facts(&label.facts),
        ]);
    }
    let text =
        format!("{table}\n\nUnknown facts count as if they applied. No label changes a tier.");
    Answer::new(&labels, text)
}

fn why(label: &Label) -> String {
    let note = if label.verified { "" } else { " (not checked against the source)" };
    format!("{}{note}", label.reason)
}

fn facts(facts: &BTreeMap<FactId, String>) -> String {
    facts.iter().map(|(fact, answer)| format!("{fact} = {answer}")).collect::<Vec<_>>().join(", ")
}

/// `primum tier what-if`: what other answers would change.
pub fn what_if(
    record: &Record,
    use_case: &UseCase,
    answers: &[String],
    now: Timestamp,
) -> Result<Answer> {
    let policy = record.tier_policy.as_ref().context("no tier policy is adopted yet")?;
    let mut changed = BTreeMap::new();
    for answer in answers {
        let (fact, to) = answer.split_once('=').ok_or_else(|| {
            Usage(format!("`{answer}` is no answer; write it like autonomy=recommends"))
        })?;
        let fact: FactId = fact.trim().parse().map_err(|error| Usage(format!("{error}")))?;
        let to = to.trim();
        changed.insert(fact, (to != "unknown").then(|| to.to_owned()));
    }
    let what_if =
        policy.what_if(&use_case.facts, &changed, now).map_err(|error| Usage(error.to_string()))?;
    let (before, after) = (&what_if.before, &what_if.after);
    let mut lines = vec![match before.tier == after.tier {
        true => format!("{} would stay {}.", use_case.id, before.tier),
        false => format!("{} would be {} instead of {}.", use_case.id, after.tier, before.tier),
    }];
    let floors = after.binding.iter();
    lines.extend(floors.map(|floor| format!("  {}: {}", floor.floor, floor.reason)));
    if let Some((from, to)) = what_if.gate_closes_after_days {
        lines.push(format!("The gate would close after {to} days out of policy, not {from}."));
    }
    if let Some((from, to)) = what_if.approval_valid_days {
        lines.push(format!("An approval would hold for {to} days, not {from}."));
    }
    lines.extend(what_if.obligations_gained.iter().map(|duty| format!("Added: {duty}")));
    lines.extend(what_if.obligations_dropped.iter().map(|duty| format!("Dropped: {duty}")));
    lines.extend(what_if.lanes_gained.iter().map(|lane| format!("Added lane: {lane}")));
    lines.extend(what_if.lanes_dropped.iter().map(|lane| format!("Dropped lane: {lane}")));
    lines.extend(what_if.labels.iter().map(|change| {
        format!("{}: {} instead of {}", change.after.id, change.after.says, change.before.says)
    }));
    Answer::new(&what_if, lines.join("\n"))
}

/// `primum tier preview`: what another policy would say of the whole inventory.
pub fn preview(record: &Record, file: &Path) -> Result<Answer> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("`{}` cannot be read", file.display()))?;
    let policy = packs::tier_policy(&file.display().to_string(), &text)?;
    let found = record.preview(&policy);
    let mut table = Table::new(["use case", "from", "to", "why", "to be asked"]);
    let mut changed = 0_usize;
    for row in &found {
        let from = row.from.map_or_else(|| "-".to_owned(), |tier| tier.to_string());
        changed += usize::from(row.from != Some(row.to));
        let asked: Vec<_> = row.asked.iter().map(|asked| asked.fact.to_string()).collect();
        table.row([
            row.use_case.to_string(),
            from,
            row.to.to_string(),
            row.why.join(" "),
            asked.join(", "),
        ]);
    }
    let text = format!(
        "{table}\n\n{changed} of {} would have another tier by {}. Nothing was adopted.",
        found.len(),
        policy.label()
    );
    Answer::new(&found, text)
}
