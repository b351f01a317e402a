//! Rules for what a card claims about performance.

use super::Finding;
use crate::card::rules;
use crate::card::words::{
    clearances, gives_count, gives_year, has_digit, has_phrase, has_start, has_word, says_none,
    sentence_with,
};
use crate::card::{Card, Metric, MetricResult, Number, Text};
use std::collections::BTreeSet;

/// Words of a label that name a performance, by how they begin.
const PERFORMANCE: &[&str] = &[
    "sensitiv",
    "specific",
    "accura",
    "auc",
    "auroc",
    "auprc",
    "ppv",
    "npv",
    "predictive",
    "agree",
    "precision",
    "recall",
    "f1",
    "kappa",
    "dice",
    "correlation",
    "error",
    "calibration",
    "brier",
    "likelihood",
    "rate",
    "time-to",
    "turnaround",
    "rouge",
    "bertscore",
    "hallucination",
];
/// Words of a label that name the people, a count, or a test.
const NO_PERFORMANCE: &[&str] = &[
    "age",
    "ages",
    "gender",
    "sex",
    "male",
    "female",
    "race",
    "ethnicity",
    "significance",
    "availability",
    "number",
    "count",
    "n",
    "tested",
    "patients",
    "cases",
    "sites",
];
const COUNTED: &[&str] = &["cases", "count", "years", "patients", "sites"];

/// True when a label with this value claims how well something works.
pub(super) fn is_performance(result: &MetricResult) -> bool {
    let Some(label) = &result.label else { return false };
    if has_start(&label.text, PERFORMANCE) {
        return true;
    }
    let unit = result.number.as_ref().and_then(Number::unit).unwrap_or_default();
    !COUNTED.contains(&unit)
        && !has_word(&label.text, NO_PERFORMANCE)
        && !matches!(result.number, Some(Number::MeanSd { .. }))
}

pub(super) fn findings(card: &Card) -> Vec<Finding> {
    let mut findings = Vec::new();
    for metric in card.metrics.all() {
        for result in &metric.results {
            findings.extend(value(result));
        }
        findings.extend(without_interval(metric));
        findings.extend(around(card, metric));
        findings.extend(undefined(metric));
        findings.extend(praise(metric));
    }
    findings.extend(other_clearance(card));
    findings
}

/// A value that cannot be read, or cannot be.
fn value(result: &MetricResult) -> Vec<Finding> {
    let Some(text) = result.value.as_ref().filter(|text| !text.text.is_empty()) else {
        return Vec::new();
    };
    match Number::read(&text.text) {
        Err(error) => {
            let what = format!("it is no value: {error}");
            vec![Finding::in_text(rules::L18_NO_VALUE, text, &text.text, what)]
        }
        Ok(number) => {
            let wrong = number.impossible().into_iter();
            wrong
                .map(|what| Finding::in_text(rules::L17_IMPOSSIBLE, text, &text.text, what))
                .collect()
        }
    }
}

fn without_interval(metric: &Metric) -> Vec<Finding> {
    let mut findings = Vec::new();
    for result in metric.results.iter().filter(|result| is_performance(result)) {
        if let (Some(value), Some(Number::Single { .. })) = (&result.value, &result.number) {
            let label = result.label.as_ref().map_or("", |label| &label.text);
            let what = format!("`{label}` has no interval");
            findings.push(Finding::in_text(rules::L01_NO_INTERVAL, value, &value.text, what));
        }
    }
    if let Some(result) = metric.result.as_ref().filter(|it| !says_none(&it.text)) {
        let interval =
            has_word(&result.text, &["ci"]) || has_phrase(&result.text, &["interval", "±", "+/-"]);
        if !result.text.is_empty() && !has_digit(&result.text) {
            let what = "the result has no number";
            findings.push(Finding::in_text(rules::L27_NO_NUMBER, result, &result.text, what));
        } else if has_start(&result.text, PERFORMANCE) && !interval {
            let what = "the result has no interval";
            findings.push(Finding::in_text(rules::L01_NO_INTERVAL, result, &result.text, what));
        }
    }
    findings
}

/// The texts of a metric that say how it was tested.
fn told(metric: &Metric) -> String {
    let texts = [
        &metric.goal,
        &metric.result,
        &metric.interpretation,
        &metric.test_type,
        &metric.testing_data,
    ];
    let texts: Vec<&str> = texts.into_iter().flatten().map(|text| text.text.as_str()).collect();
    texts.join("\n")
}

/// What must stand beside a performance: how many, who, and when.
fn around(card: &Card, metric: &Metric) -> Vec<Finding> {
    let claims = metric.results.iter().any(is_performance)
        || metric.result.as_ref().is_some_and(|it| has_start(&it.text, PERFORMANCE));
    if !claims {
        return Vec::new();
    }
    let mut said = told(metric);
    if has_phrase(&said, &["same study", "same data", "same test set", "same as"]) {
        said = card.metrics.all().map(told).join("\n");
    }
    let people = [
        "age",
        "aged",
        "ages",
        "sex",
        "gender",
        "race",
        "ethnicity",
        "men",
        "women",
        "male",
        "female",
        "adults",
        "children",
        "demographics",
    ];
    let data = metric.testing_data.as_ref();
    let place = data
        .map_or((metric.path.as_str(), metric.line.unwrap_or(1)), |it| (it.path.as_str(), it.line));
    let quote = data.map_or("", |text| &text.text);
    let wrong = [
        (gives_count(&said), rules::L02_NO_COUNT, "it does not say how many cases were tested"),
        (gives_year(&said), rules::L22_NO_TEST_DATE, "it does not say from when the data are"),
        (has_word(&said, &people), rules::L23_NO_PEOPLE, "it does not say who was tested"),
    ];
    let wrong = wrong.into_iter().filter(|(good, ..)| !good);
    wrong.map(|(_, rule, what)| Finding::of(rule, place, quote, what)).collect()
}

/// Scores whose label no text of the metric explains.
fn undefined(metric: &Metric) -> Vec<Finding> {
    let explained = [told(metric), text_of(metric.validation.as_ref())].concat().to_lowercase();
    let scores = metric.results.iter().filter_map(|result| result.label.as_ref());
    scores
        .filter(|label| has_word(&label.text, &["score", "index", "composite"]))
        .filter(|label| !explained.contains(&label.text.to_lowercase()))
        .map(|label| {
            let what = "no text of this part says how it is computed";
            Finding::in_text(rules::L11_UNDEFINED, label, &label.text, what)
        })
        .collect()
}

fn text_of(text: Option<&Text>) -> String {
    text.map_or_else(String::new, |text| text.text.clone())
}

/// A performance in words: a sentence that praises and has no number.
fn praise(metric: &Metric) -> Vec<Finding> {
    const PRAISE: &[&str] = &[
        "showed improvement",
        "effectively",
        "performs well",
        "performed well",
        "outperform",
        "superior",
        "highly accurate",
        "high accuracy",
        "excellent",
        "state-of-the-art",
        "state of the art",
        "no hallucination",
        "best-in-class",
    ];
    let Some(text) = &metric.interpretation else { return Vec::new() };
    let praises = |it: &str| has_phrase(it, PRAISE) && !has_digit(it);
    sentence_with(&text.text, praises)
        .map(|quote| {
            let what = "it says how well without a number";
            Finding::in_text(rules::L26_PRAISE, text, quote, what)
        })
        .into_iter()
        .collect()
}

/// Clearances that the metrics name and the release does not.
fn other_clearance(card: &Card) -> Vec<Finding> {
    let release = [&card.release.stage, &card.release.regulatory_approval];
    let own: BTreeSet<String> =
        release.into_iter().flatten().flat_map(|text| clearances(&text.text)).collect();
    let named = own.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
    if own.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for metric in card.metrics.all() {
        let texts =
            [&metric.goal, &metric.interpretation, &metric.testing_data, &metric.validation];
        for text in texts.into_iter().flatten() {
            for other in clearances(&text.text).into_iter().filter(|it| !own.contains(it)) {
                let what = format!("the product was cleared as {named}");
                findings.push(Finding::in_text(rules::L25_OTHER_CLEARANCE, text, &other, what));
            }
        }
    }
    findings.dedup();
    findings
}
