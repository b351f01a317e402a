//! Rules for what a card says about groups of patients.

use super::Finding;
use super::claims::is_performance;
use crate::card::rules;
use crate::card::words::{
    has_digit, has_phrase, has_word, outside_brackets, says_none, sentence_with, sentences, words,
};
use crate::card::{Card, Metric, Number, Text};

/// Words of a label that name a group of patients.
const GROUPS: &[&str] = &[
    "age",
    "ages",
    "aged",
    "years",
    "sex",
    "gender",
    "male",
    "female",
    "men",
    "women",
    "race",
    "ethnicity",
    "black",
    "white",
    "asian",
    "hispanic",
    "latino",
    "indigenous",
];
/// What tells patients apart, by the words that cards use.
const CHARACTERISTICS: &[&str] = &["age", "gender", "sex", "race", "ethnicity"];
const UNAVAILABLE: &[&str] = &["unavailable", "not available", "not accessible", "not collected"];
const NO_DIFFERENCE: &[&str] = &[
    "not meaningfully interact",
    "no significant difference",
    "no statistically significant",
    "no meaningful difference",
    "performs equally",
    "equally well",
    "no difference",
    "demonstrated statistical significance, thus",
];

pub(super) fn findings(card: &Card) -> Vec<Finding> {
    let fairness = &card.metrics.fairness;
    let groups = has_groups(fairness);
    let mut findings = Vec::new();
    if let Some(line) = fairness.line.filter(|_| !groups) {
        let labels = fairness.results.iter().filter_map(|it| it.label.as_ref());
        let labels: Vec<&str> = labels.map(|label| label.text.as_str()).collect();
        let result = fairness.result.as_ref().map_or_else(String::new, |it| it.text.clone());
        let quote = [labels.join(", "), result].concat();
        let what = "no result is the performance in a group of patients";
        let place = (fairness.path.as_str(), line);
        findings.push(Finding::of(rules::L03_NO_GROUPS, place, &quote, what));
    }
    findings.extend(significance(fairness));
    findings.extend(untested_equal(card));
    findings.extend(elsewhere(fairness));
    for metric in card.metrics.all() {
        findings.extend(contradictions(metric));
    }
    if let Some(text) = card.warnings.biases.as_ref().filter(|_| !groups) {
        let none = says_none(&text.text) || has_phrase(&text.text, &["no known bias"]);
        if none {
            let what = "the fairness results are not by group either";
            let rule = rules::L07_NO_BIAS_UNTESTED;
            findings.push(Finding::in_text(rule, text, &text.text, what));
        }
    }
    findings
}

/// True when a result is the performance in a group of patients.
fn has_groups(fairness: &Metric) -> bool {
    let by_label = fairness.results.iter().any(|result| {
        let label = result.label.as_ref().map_or("", |label| &label.text);
        is_performance(result) && has_word(label, GROUPS) && !has_word(label, &["significance"])
    });
    let in_words = fairness.result.as_ref().is_some_and(|result| {
        sentences(&result.text).any(|it| has_word(it, GROUPS) && has_digit(it))
    });
    by_label || in_words
}

/// "Significance: 0" where an estimate should be.
fn significance(fairness: &Metric) -> Vec<Finding> {
    let mut findings = Vec::new();
    for result in &fairness.results {
        let (Some(label), Some(Number::Single { .. })) = (&result.label, &result.number) else {
            continue;
        };
        if has_word(&label.text, &["significance", "significant"]) {
            let what = "it says whether a difference was significant, not how large it was";
            findings.push(Finding::in_text(rules::L04_SIGNIFICANCE, label, &label.text, what));
        }
    }
    findings
}

/// No difference is claimed between groups, while data on one of them were unavailable.
fn untested_equal(card: &Card) -> Option<Finding> {
    let metrics = card.metrics.all();
    let texts: Vec<&Text> = metrics
        .iter()
        .flat_map(|it| [&it.result, &it.interpretation, &it.testing_data])
        .flatten()
        .collect();
    let missing: Vec<(&str, &str)> = CHARACTERISTICS
        .iter()
        .filter_map(|&name| {
            let told = |it: &&str| unavailable(it).iter().any(|word| word == name);
            let mut all = texts.iter().flat_map(|text| sentences(&text.text));
            all.find(told).map(|sentence| (name, sentence))
        })
        .collect();
    texts.iter().find_map(|text| {
        sentences(&text.text).filter(|it| has_phrase(it, NO_DIFFERENCE)).find_map(|claim| {
            // What stands in brackets is beside the claim.
            let about = words(&outside_brackets(claim));
            let about = |name: &str| about.iter().any(|word| word == name);
            let none = !CHARACTERISTICS.iter().any(|name| about(name));
            let against = missing.iter().find(|(name, _)| none || about(name))?;
            let what = format!("elsewhere it says: {}", clip(against.1));
            Some(Finding::in_text(rules::L05_UNTESTED_EQUAL, text, claim, what))
        })
    })
}

fn clip(text: &str) -> String {
    text.chars().take(100).collect()
}

/// Fairness that points to another part of the card.
fn elsewhere(fairness: &Metric) -> Option<Finding> {
    let texts = [&fairness.result, &fairness.interpretation, &fairness.testing_data];
    texts.into_iter().flatten().find_map(|text| {
        let points =
            |it: &str| has_phrase(it, &["same study as", "same as", "see section", "see above"]);
        let quote = sentence_with(&text.text, points)?;
        let what = "it gives no data of its own";
        Some(Finding::in_text(rules::L08_ELSEWHERE, text, quote, what))
    })
}

/// A characteristic that one sentence gives and another says was unavailable.
fn contradictions(metric: &Metric) -> Vec<Finding> {
    let texts: Vec<&Text> =
        [&metric.interpretation, &metric.testing_data].into_iter().flatten().collect();
    let mut findings = Vec::new();
    for &name in CHARACTERISTICS {
        let missing = texts.iter().find_map(|text| {
            sentence_with(&text.text, |it| unavailable(it).iter().any(|word| word == name))
                .map(|quote| (*text, quote))
        });
        let given = texts.iter().find_map(|text| {
            sentence_with(&text.text, |it| {
                has_word(it, &[name]) && has_digit(it) && !has_phrase(it, UNAVAILABLE)
            })
        });
        if let (Some((text, quote)), Some(given)) = (missing, given) {
            let what = format!("`{name}` is given all the same: {}", clip(given));
            findings.push(Finding::in_text(rules::L06_CONTRADICTION, text, quote, what));
        }
    }
    findings
}

/// The words of a sentence that are said to be unavailable: those since the last number before it.
fn unavailable(sentence: &str) -> Vec<String> {
    let small = sentence.to_lowercase();
    let Some(end) = UNAVAILABLE.iter().filter_map(|phrase| small.find(phrase)).min() else {
        return Vec::new();
    };
    let before = small.get(..end).unwrap_or_default();
    let before = words(before.rsplit('(').next().unwrap_or_default());
    let start = before.iter().rposition(|word| has_digit(word)).map_or(0, |at| at + 1);
    before.get(start..).unwrap_or_default().to_vec()
}
