//! What in a text may lead back to somebody: rules that look at characters, not at meaning. They
//! rather find too much: a text is easily reworded.

use super::Trace;
use crate::Record;
use std::collections::BTreeSet;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// How ids of the record begin.
const IDS: [&str; 9] = ["uc", "sys", "dec", "case", "ev", "inc", "ex", "cr", "haz"];

/// The names on record of people, bodies, places, makers and AI systems, in small letters.
pub(super) fn names(record: &Record) -> BTreeSet<String> {
    let people = record.people.values().flat_map(|it| [it.id.to_string(), it.title.clone()]);
    let bodies = record.bodies.values().map(|body| body.name.clone());
    let hospital = record.founding.iter().map(|founding| founding.hospital.clone());
    let systems = record.systems.values().flat_map(|it| [it.name.clone(), it.vendor.to_string()]);
    let running = record.use_cases.values().filter_map(|it| it.stage.deployment());
    let sites = running.map(|deployment| deployment.site.to_string());
    let reported = record.incidents.incidents.values();
    let reported = reported.filter_map(|it| it.report.site.as_ref()).map(ToString::to_string);
    let all = people.chain(bodies).chain(hospital).chain(systems).chain(sites).chain(reported);
    all.map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()).collect()
}

/// What a text has that may lead back to somebody, in the order of the rules.
pub(super) fn traces(at: &str, text: &str, names: &BTreeSet<String>) -> Vec<Trace> {
    let chars: Vec<char> = text.to_lowercase().chars().collect();
    let words = words(&chars);
    let mut found = Vec::new();
    let mut note = |place: usize, what: String, because| {
        found.push(Trace { at: at.to_owned(), place: place + 1, found: what, because });
    };
    numbers(&words, &mut note);
    dates_in_words(&words, &mut note);
    ages(&words, &mut note);
    addresses(&chars, &mut note);
    for name in names {
        let name_words = self::words(&name.chars().collect::<Vec<_>>());
        for place in occurrences(&words, &name_words) {
            note(place, name.clone(), "it is a name on record; say what, not who or where");
        }
    }
    found
}

/// A run of letters or of digits.
#[derive(Debug, PartialEq, Eq)]
struct Word {
    /// Where it begins, from 0.
    place: usize,
    text: String,
    digits: bool,
    /// What stands between it and the next one.
    gap: String,
}

fn words(chars: &[char]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut apart = true;
    for (place, char) in chars.iter().enumerate() {
        let digits = char.is_ascii_digit();
        match words.last_mut() {
            Some(last) if !char.is_alphanumeric() => {
                last.gap.push(*char);
                apart = true;
            }
            Some(last) if !apart && last.digits == digits => last.text.push(*char),
            _ if char.is_alphanumeric() => {
                words.push(Word { place, text: (*char).into(), digits, gap: String::new() });
                apart = false;
            }
            _ => {}
        }
    }
    words
}

type Note<'a> = dyn FnMut(usize, String, &'static str) + 'a;

/// Dates, times, telephone and insurance numbers, ZIP codes, record numbers and ids.
fn numbers(words: &[Word], note: &mut Note<'_>) {
    let mut rest = words;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if let [next, ..] = tail
            && IDS.contains(&first.text.as_str())
            && first.gap == "-"
            && next.digits
        {
            note(first.place, format!("{}-{}", first.text, next.text), "it is an id; leave it out");
        }
        if !first.digits {
            continue;
        }
        let run = joined(first, tail);
        let lengths: Vec<_> = run.iter().map(|word| word.text.len()).collect();
        let whole = |count: usize| {
            let parts = run.iter().take(count);
            parts.map(|word| word.text.as_str()).collect::<Vec<_>>().join("-")
        };
        let (count, because) = match lengths.as_slice() {
            [4, 1..=2, 1..=2, ..] | [1..=2, 1..=2, 2 | 4, ..] => {
                (3, "it is a date; say the month at most")
            }
            [3, 2, 4, ..] => (3, "it may be a social security number; leave it out"),
            [3, 3, 4, ..] => (3, "it may be a telephone number; leave it out"),
            [2, 2, ..] | [1, 2, ..] if first.gap == ":" => (2, "it is a time of day; leave it out"),
            [1..=2, 1..=2, ..] if first.gap == "/" => (2, "it is a date; say the month at most"),
            [5, 4, ..] => (2, "it may be a ZIP code; leave it out"),
            [5, ..] => (1, "it may be a ZIP code; leave it out"),
            [length, ..] if *length > 5 => (1, "it may be a record number; leave it out"),
            _ => continue,
        };
        note(first.place, whole(count), because);
        // The parts of what was found are not looked at again.
        rest = tail.get(count - 1..).unwrap_or_default();
    }
}

/// The numbers that stand together, as in `555-123-4567` or `(555) 123 4567`.
fn joined<'a>(first: &'a Word, tail: &'a [Word]) -> Vec<&'a Word> {
    let mut run = vec![first];
    for next in tail.iter().take(3) {
        let joins = run.last().is_some_and(|last| {
            (1..=2).contains(&last.gap.len()) && last.gap.chars().all(|c| "-./() +:".contains(c))
        });
        if !joins || !next.digits {
            break;
        }
        run.push(next);
    }
    run
}

/// A month with a day, as in `5 March` or `March 5th`.
fn dates_in_words(words: &[Word], note: &mut Note<'_>) {
    let is_month = |word: &Word| {
        MONTHS.iter().any(|month| {
            *month == word.text || (word.text.len() >= 3 && month.starts_with(&word.text))
        })
    };
    let is_day = |word: &Word| {
        word.digits && word.text.parse::<u32>().is_ok_and(|day| (1..=31).contains(&day))
    };
    let ordinal = |word: &Word| ["st", "nd", "rd", "th", "of"].contains(&word.text.as_str());
    for (place, word) in words.iter().enumerate().filter(|(_, word)| is_month(word)) {
        let before = words.iter().take(place).rev().find(|word| !ordinal(word));
        let after = words.get(place + 1);
        if before.is_some_and(is_day) || after.is_some_and(is_day) {
            note(word.place, word.text.clone(), "it is a date; say the month at most");
        }
    }
}

/// An age over 89, as in `93-year-old` or `aged 90`.
fn ages(words: &[Word], note: &mut Note<'_>) {
    for (place, word) in words.iter().enumerate().filter(|(_, word)| word.digits) {
        if !word.text.parse::<u32>().is_ok_and(|age| (90..=130).contains(&age)) {
            continue;
        }
        let before = place.checked_sub(1).and_then(|before| words.get(before));
        let aged = before.is_some_and(|word| ["age", "aged"].contains(&word.text.as_str()));
        let years = words.get(place + 1).is_some_and(|word| word.text.starts_with('y'));
        if aged || years {
            note(word.place, word.text.clone(), "it is an age over 89; say 90 or older");
        }
    }
}

/// E-mail addresses, links, and what calls itself a record number.
fn addresses(chars: &[char], note: &mut Note<'_>) {
    let text: String = chars.iter().collect();
    let mut place = 0;
    for token in text.split(char::is_whitespace) {
        let mail = token.split_once('@').is_some_and(|(who, host)| {
            !who.is_empty() && host.split_once('.').is_some_and(|(_, rest)| !rest.is_empty())
        });
        if mail {
            note(place, token.to_owned(), "it is an e-mail address; leave it out");
        } else if token.contains("://") || token.starts_with("www.") {
            note(place, token.to_owned(), "it is a link; leave it out");
        } else if token.starts_with("mrn") {
            note(place, token.to_owned(), "it is a record number; leave it out");
        }
        place += token.chars().count() + 1;
    }
}

/// Where the words of a name stand in a row.
fn occurrences(words: &[Word], name: &[Word]) -> Vec<usize> {
    let same = |window: &[Word]| window.iter().zip(name).all(|(a, b)| a.text == b.text);
    let windows = words.windows(name.len().max(1)).filter(|window| same(window));
    let windows = windows.filter(|_| !name.is_empty());
    windows.filter_map(|window| window.first()).map(|word| word.place).collect()
}
