//! Rules for single answers: placeholders, dates, risks, contacts, links.

use super::Finding;
use crate::card::rules::{self, Rule};
use crate::card::words::{
    bad_addresses, gives_contact, gives_year, has_phrase, has_start, has_word, is_placeholder,
    says_none,
};
use crate::card::{Card, Text};

pub(super) fn findings(card: &Card) -> Vec<Finding> {
    let mut findings = every_text(card);
    findings.extend(single(card));
    findings.extend(risk_level(card));
    findings
}

fn filled(text: Option<&Text>) -> Option<&Text> {
    text.filter(|text| !text.text.is_empty() && !is_placeholder(&text.text))
}

/// What any text can have wrong.
fn every_text(card: &Card) -> Vec<Finding> {
    let mut findings = Vec::new();
    // These have rules of their own for an answer of none.
    let own = ["KnownRisksAndLimitations", "KnownBiasesOrEthicalConsiderations"];
    let own = [&own[..], &["BiasMitigationApproaches", "ValueJson"]].concat();
    for part in &card.parts {
        let Some(text) = part.text.as_deref().filter(|text| !text.is_empty()) else { continue };
        let place = (part.path.as_str(), part.line);
        let mut add = |rule: Rule, quote: &str, what: &str| {
            findings.push(Finding::of(rule, place, quote, what));
        };
        if is_placeholder(text) {
            add(rules::P01_PLACEHOLDER, text, "it holds the place of an answer");
        } else if says_none(text) && !own.iter().any(|name| part.path.ends_with(name)) {
            add(rules::P02_NOT_APPLICABLE, text, "it does not say why");
        }
        for (quote, wrong) in bad_addresses(text) {
            add(rules::L24_ADDRESS, &quote, wrong);
        }
    }
    findings
}

/// Answers that must say something in particular.
fn single(card: &Card) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut unless = |good: bool, rule: Rule, text: &Text, what: &str| {
        if !good {
            findings.push(Finding::in_text(rule, text, &text.text, what));
        }
    };
    if let Some(it) = filled(card.basic.developer_contact.as_ref()) {
        let what = "it names no mail address, no page and no telephone number";
        unless(gives_contact(&it.text), rules::L15_CONTACT, it, what);
    }
    if let Some(it) = filled(card.release.date.as_ref()) {
        unless(gives_year(&it.text), rules::L21_NO_YEAR, it, "it names no year");
    }
    if let Some(it) = filled(card.warnings.risks.as_ref()) {
        let points = ["refer to", "see the user guide", "see user guide", "see the documentation"];
        if says_none(&it.text) || has_phrase(&it.text, &["no known risk"]) {
            unless(false, rules::L19_NO_RISKS, it, "it says that there are none");
        } else {
            let what = "it points to another document for the risks";
            unless(!has_phrase(&it.text, &points), rules::L19_NO_RISKS, it, what);
        }
    }
    if let Some(it) = filled(card.facts.bias_mitigation.as_ref()) {
        let what = "it says that nothing was done";
        unless(!says_none(&it.text), rules::L20_NO_MITIGATION, it, what);
    }
    if let Some(it) = filled(card.facts.maintenance.as_ref()) {
        let local = ["local data", "local validation", "site-specific", "at each site", "on site"];
        let local = has_phrase(&it.text, &local) || has_word(&it.text, &["locally", "local"]);
        unless(local, rules::L13_LOCAL_DATA, it, "it does not speak of local data");
        let often = ["annual", "yearly", "quarter", "month", "week", "daily", "24/7", "hourly"];
        let often =
            has_start(&it.text, &often) || has_phrase(&it.text, &["every ", "each release"]);
        unless(often, rules::L14_HOW_OFTEN, it, "it does not say how often");
    }
    findings
}

/// Words of an intended use that cannot wait, by how they begin.
const URGENT: &[&str] = &[
    "triage",
    "emergen",
    "acute",
    "stroke",
    "hemorrhag",
    "haemorrhag",
    "dissection",
    "embolism",
    "sepsis",
    "septic",
    "deteriorat",
    "resuscitat",
    "arrest",
    "pneumothorax",
    "occlusion",
    "time-critical",
    "time-sensitive",
];

fn risk_level(card: &Card) -> Vec<Finding> {
    let (Some(level), Some(used)) =
        (card.warnings.risk_level.as_ref(), card.uses.intended_use.as_ref())
    else {
        return Vec::new();
    };
    let low = level.text.to_lowercase();
    let low = low.starts_with("low") || low.starts_with("minimal") || low.starts_with("none");
    let words = crate::card::words::words(&used.text);
    let urgent = words.iter().find(|word| URGENT.iter().any(|start| word.starts_with(start)));
    match urgent.filter(|_| low) {
        Some(word) => {
            let what = format!("the intended use speaks of `{word}`");
            vec![Finding::in_text(rules::L12_RISK_LEVEL, level, &level.text, what)]
        }
        None => Vec::new(),
    }
}
