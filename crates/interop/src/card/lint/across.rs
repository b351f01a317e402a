//! Rules for what one part of a card says against another: numbers in words and as values, people
//! tested and people meant.

use super::Finding;
use super::claims::is_performance;
use crate::card::rules;
use crate::card::words::{has_digit, has_phrase, has_word, sentences, words};
use crate::card::{Card, MetricResult, Number, Text};
use std::collections::BTreeMap;

pub(super) fn findings(card: &Card) -> Vec<Finding> {
    let mut findings = other_numbers(card);
    findings.extend(card.metrics.all().into_iter().filter_map(|metric| {
        other_people(card.uses.population.as_ref()?, metric.testing_data.as_ref()?)
    }));
    findings
}

/// Words that may stand between what is measured and its number.
const LINKS: &[&str] = &["of", "was", "were", "is", "are", "at", "reached", "achieved"];
/// Words that end the name of what is measured, and begin the condition.
const CONDITIONS: &[&str] = &["at", "in", "for", "vs", "by", "with"];
/// A sentence with one of these is about a goal or about something else.
const NO_RESULT: &[&str] =
    &["goal", "target", "at least", "threshold", "predicate", "compared", "above", "exceed"];
/// The most sentences of a text, and words of a sentence, that are compared: a card of a stranger
/// must not take for ever.
const MOST_COMPARED: usize = 400;
/// The most quantities that are looked for.
const MOST_NAMES: usize = 100;

/// A number in words that is not the one that the results give for the same quantity.
fn other_numbers(card: &Card) -> Vec<Finding> {
    let mut given: BTreeMap<Vec<String>, Vec<f64>> = BTreeMap::new();
    for result in card.metrics.all().iter().flat_map(|it| &it.results) {
        if let (Some(name), Some(number)) = (name(result), result.number.as_ref()) {
            given.entry(name).or_default().extend(numbers(number));
        }
    }
    let told = card.metrics.all().into_iter();
    let told = told.flat_map(|it| [&it.interpretation, &it.testing_data]).flatten();
    let mut findings = Vec::new();
    for text in told.chain(&card.summary.summary) {
        let sentences = sentences(&text.text).take(MOST_COMPARED);
        for sentence in sentences.filter(|it| has_digit(it) && !has_phrase(it, NO_RESULT)) {
            let said: Vec<String> = words(sentence).into_iter().take(MOST_COMPARED).collect();
            for (name, given) in given.iter().take(MOST_NAMES) {
                let wrong = |it: &Stated| !given.iter().any(|given| it.may_be(*given));
                if stated(&said, name).is_some_and(|it| wrong(&it)) {
                    let numbers: Vec<_> = given.iter().map(ToString::to_string).take(9).collect();
                    let what =
                        format!("the results give {} for {}", numbers.join(", "), name.join(" "));
                    findings.push(Finding::in_text(rules::L10_OTHER_NUMBER, text, sentence, what));
                }
            }
        }
    }
    findings
}

/// What a result measures, as words: its label up to a condition or a group. None for what is no
/// performance, and for a label that begins with another thing than what is measured.
fn name(result: &MetricResult) -> Option<Vec<String>> {
    let label = &result.label.as_ref().filter(|_| is_performance(result))?.text;
    let head = label.split([',', '(', ':', ';']).next().unwrap_or_default();
    let condition = |word: &String| CONDITIONS.contains(&word.as_str()) || has_digit(word);
    let name: Vec<String> = words(head).into_iter().take_while(|it| !condition(it)).collect();
    (!name.is_empty()).then_some(name)
}

/// The numbers that a value stands for.
fn numbers(number: &Number) -> Vec<f64> {
    match number {
        Number::Single { value, .. } => vec![*value],
        Number::EstimateCi { estimate, lower, upper, .. } => vec![*estimate, *lower, *upper],
        Number::MeanSd { mean, .. } => vec![*mean],
    }
}

/// A number as it is written.
struct Stated {
    value: f64,
    /// Half of its last digit.
    slack: f64,
}

impl Stated {
    fn of(word: &str) -> Option<Self> {
        let plain = word.trim_end_matches('%');
        let value: f64 = plain.parse().ok().filter(|it: &f64| it.is_finite())?;
        let decimals = plain.split_once('.').map_or(0, |(_, digits)| digits.len());
        let slack = (1..=decimals.min(12)).fold(0.5, |slack, _| slack / 10.0);
        Some(Self { value, slack })
    }

    /// True when it is the other one rounded, as a share or as a percentage.
    fn may_be(&self, given: f64) -> bool {
        let near = |given: f64| (self.value - given).abs() <= self.slack * 1.000_001;
        near(given)
            || near(100.0 * given)
            || (100.0 * self.value - given).abs() <= 100.0 * self.slack
    }
}

/// The number that the words of a sentence give for a name, right after it.
fn stated(words: &[String], name: &[String]) -> Option<Stated> {
    let at = words.windows(name.len()).position(|window| window == name)?;
    let mut after = words.iter().skip(at + name.len());
    let next = after.by_ref().find(|word| !LINKS.contains(&word.as_str()))?;
    // "75 to 85" and "95 % CI" are no estimates.
    let then = after.find(|word| *word != "%");
    let other = then.is_some_and(|word| ["to", "and", "ci", "confidence"].contains(&word.as_str()));
    Stated::of(next).filter(|_| !other)
}

/// Ages of the people that a text is about, as far as it says so.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ages {
    Adults,
    Children,
}

const ADULTS: &[&str] = &["adult", "adults", "geriatric", "elderly"];
const CHILDREN: &[&str] = &[
    "child",
    "children",
    "pediatric",
    "paediatric",
    "infants",
    "neonates",
    "neonatal",
    "newborns",
    "toddlers",
];
/// A sentence with one of these does not say who was there.
const WITHOUT: &[&str] = &["exclud", "not ", "no ", "without", "except", "other than", "non-"];

impl Ages {
    /// Who a text names, if it names one kind alone.
    fn named(text: &str) -> Option<Self> {
        let named = sentences(text).take(MOST_COMPARED);
        let all: Vec<&str> = named.filter(|it| !has_phrase(it, WITHOUT)).collect();
        let has = |wanted| all.iter().any(|it| has_word(it, wanted));
        match (has(ADULTS) || all.iter().any(|it| from_eighteen(it)), has(CHILDREN)) {
            (true, false) => Some(Self::Adults),
            (false, true) => Some(Self::Children),
            _ => None,
        }
    }

    fn of(years: f64) -> Self {
        if years < 18.0 { Self::Children } else { Self::Adults }
    }
}

/// "aged 18 and older", "18 years or older", "18+", "above 18".
fn from_eighteen(sentence: &str) -> bool {
    let words = words(sentence);
    let old = |word: &String| ["older", "above", "over"].contains(&word.as_str());
    let before = |at: usize| at.checked_sub(1).and_then(|at| words.get(at));
    words.iter().enumerate().any(|(at, word)| {
        let number: Option<u32> = word.trim_end_matches('+').parse().ok();
        let adult = number.is_some_and(|age| (18..=65).contains(&age));
        let after = words.iter().skip(at + 1).take(4);
        adult && (word.ends_with('+') || after.chain(before(at)).any(old))
    })
}

/// The mean or median age that a sentence gives, in years.
fn mean_age(sentence: &str) -> Option<f64> {
    let words = words(sentence);
    let middle = |word: &str| ["mean", "median", "average"].contains(&word);
    let at = words.windows(2).position(|pair| match pair {
        [one, other] => middle(one) && (other == "age" || other == "ages"),
        _ => false,
    })?;
    let next = words.iter().skip(at + 2).take(20).find_map(|word| word.parse::<f64>().ok())?;
    let months = has_word(sentence, &["months", "weeks", "days"]);
    (!months && (0.0..120.0).contains(&next)).then_some(next)
}

/// Settings of care, by the words for them; what is within another stands in both.
const SETTINGS: &[(&str, &[&str])] = &[
    ("intensive care", &["intensive care", " icu", "critical care"]),
    ("wards", &[" ward", "general floor", "medical floor"]),
    ("emergency care", &["emergency department", "emergency room", "urgent care"]),
    ("outpatient care", &["outpatient", "ambulatory", "primary care", "office visit"]),
    ("inpatient care", &["inpatient", "hospitalized", "hospitalised"]),
];
/// What inpatients are in too.
const INPATIENT: &[&str] = &["intensive care", "wards", "inpatient care"];

fn settings(text: &str) -> Vec<&'static str> {
    let told: Vec<String> = sentences(text)
        .take(MOST_COMPARED)
        .filter(|it| !has_phrase(it, WITHOUT))
        .map(|it| format!(" {}", words(it).join(" ")))
        .collect();
    let named = |phrases: &&[&str]| told.iter().any(|it| phrases.iter().any(|of| it.contains(of)));
    SETTINGS.iter().filter(|(_, phrases)| named(phrases)).map(|(name, _)| *name).collect()
}

/// The people of a test are others than those that the product is for.
fn other_people(meant: &Text, tested: &Text) -> Option<Finding> {
    let said = |quote: &str, what: String| {
        Some(Finding::in_text(rules::L16_OTHER_PEOPLE, tested, quote, what))
    };
    if let Some(ages) = Ages::named(&meant.text) {
        let other = sentences(&tested.text).take(MOST_COMPARED).find(|it| {
            let of = mean_age(it).map(Ages::of).or_else(|| Ages::named(it));
            of.is_some_and(|of| of != ages)
        });
        if let Some(quote) = other {
            let who = if ages == Ages::Adults { "adults" } else { "children" };
            return said(quote, format!("the product is for {who}: {}", meant.shown()));
        }
    }
    let (meant_in, tested_in) = (settings(&meant.text), settings(&tested.text));
    let generic = |one: &[&str], other: &[&str]| {
        one.contains(&"inpatient care") && other.iter().any(|it| INPATIENT.contains(it))
    };
    let apart = !meant_in.is_empty()
        && !tested_in.is_empty()
        && !meant_in.iter().any(|it| tested_in.contains(it))
        && !generic(&meant_in, &tested_in)
        && !generic(&tested_in, &meant_in);
    let told =
        || format!("it was tested in {}, and is for {}", tested_in.join(", "), meant_in.join(", "));
    if apart { said(&tested.text, told()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_words_is_the_value_rounded_or_another() {
        let check = |sentence: &str, name: &str, given: f64, same: Option<bool>| {
            let found = stated(&words(sentence), &words(name)).map(|it| it.may_be(given));
            assert_eq!(found, same, "{sentence}");
        };
        check("Sensitivity was 81 %.", "Sensitivity", 81.2, Some(true));
        check("Sensitivity was 81.0%.", "Sensitivity", 81.2, Some(false));
        check("a sensitivity of 0.81", "Sensitivity", 81.2, Some(true));
        check("an AUC of 97.6 %", "AUC", 0.976, Some(true));
        check("very low = 95.1%; low = 81.3%", "low", 95.1, Some(true));
        check("Sensitivity 75 to 85", "Sensitivity", 80.0, None);
        check("Sensitivity and specificity met the endpoint", "Sensitivity", 80.0, None);
        check("Positive predictive value: 24%", "positive predictive value", 0.24, Some(true));
    }

    #[test]
    fn ages_and_settings_are_told_when_they_are_named() {
        let ages = |text: &str| match Ages::named(text) {
            Some(Ages::Adults) => "adults",
            Some(Ages::Children) => "children",
            None => "?",
        };
        for (text, expected) in [
            ("Adults or transitional adolescents aged 18 and older.", "adults"),
            ("Patients 21 years or older", "adults"),
            ("of all ages above 18", "adults"),
            ("all pediatric patients", "children"),
            ("Adults and children", "?"),
            ("Adults. Children are excluded", "adults"),
            ("all patients", "?"),
        ] {
            assert_eq!(ages(text), expected, "{text}");
        }
        let long = "The mean age of patients whose scans were reviewed was 67.4 years, SD 12.8";
        assert_eq!(mean_age(long), Some(67.4));
        assert_eq!(mean_age("mean age 9 months"), None);
        assert_eq!(mean_age("Age was unavailable"), None);
        assert_eq!(settings("Adults on general wards."), ["wards"]);
        assert_eq!(settings("not for the ICU"), Vec::<&str>::new());
    }
}
