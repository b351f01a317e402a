//! What a card leaves open, by rules that any reader can check.

mod across;
mod answers;
mod claims;
mod fairness;

use super::read::Lapse;
use super::rules::{self, Grade, Rule};
use super::words::shown;
use super::{Card, Schema, Text};
use serde::Serialize;
use std::collections::BTreeMap;

/// The most characters of a quote.
const LONGEST_QUOTE: usize = 120;

/// One place of a card that a rule found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The id of the rule.
    pub rule: &'static str,
    /// How much it weighs.
    pub grade: Grade,
    /// The names of the elements below the root.
    pub path: String,
    /// The line on which the element begins, from 1.
    pub line: u32,
    /// The words that it is about; empty for what is missing.
    pub quote: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: &'static str,
}

impl Finding {
    pub(super) fn of(
        rule: Rule,
        (path, line): (&str, u32),
        quote: &str,
        what: impl Into<String>,
    ) -> Self {
        let quote = shown(quote, LONGEST_QUOTE);
        let (path, what) = (path.to_owned(), shown(&what.into(), 2 * LONGEST_QUOTE));
        Self { rule: rule.id, grade: rule.grade, path, line, quote, what, remedy: rule.remedy }
    }

    /// About the whole of a text, or a part of it.
    pub(super) fn in_text(rule: Rule, text: &Text, quote: &str, what: impl Into<String>) -> Self {
        Self::of(rule, (&text.path, text.line), quote, what)
    }
}

/// What a card leaves open, in the order of its lines.
///
/// Every rule is a plain look at the text, with the same result every time. Most findings are
/// questions to the vendor, not verdicts.
#[must_use]
pub fn lint(card: &Card) -> Vec<Finding> {
    let mut findings = schema(card);
    findings.extend(answers::findings(card));
    findings.extend(claims::findings(card));
    findings.extend(fairness::findings(card));
    findings.extend(across::findings(card));
    sorted(findings)
}

/// What only several cards beside each other show: results and data that are the same on cards of
/// one developer for different products. One list for each card, in the order of the cards; what
/// is in it does not depend on the order.
#[must_use]
pub fn lint_together(cards: &[Card]) -> Vec<Vec<Finding>> {
    let mut studies: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (at, card) in cards.iter().enumerate() {
        let developer = plain(card.basic.model_developer.as_ref());
        for metric in card.metrics.all() {
            let mut study = plain(metric.testing_data.as_ref());
            study.push_str(&plain(metric.result.as_ref()));
            if study.is_empty() || metric.results.is_empty() && metric.result.is_none() {
                continue;
            }
            for result in &metric.results {
                study.push('\n');
                study.push_str(&plain(result.label.as_ref()));
                study.push_str(&plain(result.value.as_ref()));
            }
            let key = (developer.clone(), format!("{}\n{study}", metric.path));
            studies.entry(key).or_default().push(at);
        }
    }
    let mut findings = vec![Vec::new(); cards.len()];
    for ((_, study), users) in &studies {
        let path = study.lines().next().unwrap_or_default();
        for &user in users {
            let others = others(cards, users, user);
            let (Some(card), Some(found)) = (cards.get(user), findings.get_mut(user)) else {
                continue;
            };
            let metric = card.metrics.all().into_iter().find(|metric| metric.path == path);
            let Some(metric) = metric.filter(|_| !others.is_empty()) else { continue };
            let quote = metric.testing_data.as_ref().map_or("", |text| &text.text);
            found.push(Finding::of(
                rules::L09_SAME_STUDY,
                (path, metric.line.unwrap_or(1)),
                quote,
                format!("results and data are the same as for {}", others.join(", ")),
            ));
        }
    }
    findings.into_iter().map(sorted).collect()
}

/// The names of the other products of these cards, in order.
fn others(cards: &[Card], users: &[usize], user: usize) -> Vec<String> {
    let name = |at: usize| cards.get(at).map(|card| plain(card.basic.model_name.as_ref()));
    let mut others: Vec<String> = users.iter().filter_map(|&at| name(at)).collect();
    others.retain(|other| Some(other) != name(user).as_ref());
    others.sort();
    others.dedup();
    others.into_iter().map(|other| format!("`{other}`")).collect()
}

/// Words in small letters, one space apart.
fn plain(text: Option<&Text>) -> String {
    let text = text.map_or("", |text| &text.text).to_lowercase();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| {
        (a.line, &a.path, a.rule, &a.quote).cmp(&(b.line, &b.path, b.rule, &b.quote))
    });
    findings
}

/// Where the card leaves its schema.
fn schema(card: &Card) -> Vec<Finding> {
    let mut findings = Vec::new();
    for lapse in &card.lapses {
        findings.push(match lapse {
            Lapse::Missing { path, line } => {
                let what = format!("the schema {} wants this element", card.schema);
                Finding::of(rules::S01_MISSING, (path, *line), "", what)
            }
            Lapse::OutOfOrder { path, line, after } => {
                let what = format!("the schema wants it before {after}");
                Finding::of(rules::S02_ORDER, (path, *line), "", what)
            }
        });
    }
    for part in &card.parts {
        if part.text.as_deref() == Some("") && !part.may_be_empty {
            let place = (part.path.as_str(), part.line);
            findings.push(Finding::of(rules::S03_EMPTY, place, "", "it says nothing"));
        }
    }
    if let Some(line) = card.signature {
        let what = "a signature was not verified";
        findings.push(Finding::of(rules::S04_SIGNATURE, ("Signature", line), "", what));
    }
    if card.schema == Schema::V01 {
        let what = "results are free text, so that few of them can be compared";
        findings.push(Finding::of(rules::S05_OLD_SCHEMA, ("AppliedModelCard", 1), "", what));
    }
    findings
}
