//! What can be seen in a text without understanding it.

use std::collections::BTreeSet;

/// Words in small letters: letters, digits and what stands inside numbers.
pub(super) fn words(text: &str) -> Vec<String> {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '.' | ',' | '/' | '-' | '%' | '+');
    text.split(|c: char| !inside(c))
        .map(|word| word.trim_matches(|c| matches!(c, '.' | ',' | '/' | '-')).to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

/// A text of a stranger on one line, without signs that could steer a terminal or turn the
/// reading round, and no longer than so many characters.
pub(super) fn shown(text: &str, longest: usize) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut signs = line.chars();
    let mut shown: String = signs
        .by_ref()
        .take(longest)
        .map(|c| if steers(c) { char::REPLACEMENT_CHARACTER } else { c })
        .collect();
    if signs.next().is_some() {
        shown.push('…');
    }
    shown
}

/// The text without what stands in round brackets.
pub(super) fn outside_brackets(text: &str) -> String {
    let mut depth = 0_usize;
    let outside = |c: &char| {
        match c {
            '(' => depth += 1,
            ')' => {
                let inside = depth > 0;
                depth = depth.saturating_sub(1);
                return !inside;
            }
            _ => {}
        }
        depth == 0
    };
    text.chars().filter(outside).collect()
}

/// True when one of these words stands in the text, or one of their compounds with `-` or `/`.
pub(super) fn has_word(text: &str, wanted: &[&str]) -> bool {
    let is_wanted = |word: &str| wanted.contains(&word);
    words(text).iter().any(|word| is_wanted(word) || word.split(['-', '/']).any(is_wanted))
}

/// True when a word of the text begins with one of these.
pub(super) fn has_start(text: &str, wanted: &[&str]) -> bool {
    words(text).iter().any(|word| wanted.iter().any(|start| word.starts_with(start)))
}

/// True when one of these phrases, in small letters, stands in the text.
pub(super) fn has_phrase(text: &str, wanted: &[&str]) -> bool {
    let text = text.to_lowercase();
    wanted.iter().any(|phrase| text.contains(phrase))
}

/// The first sentence or line that this is true of.
pub(super) fn sentence_with(text: &str, holds: impl Fn(&str) -> bool) -> Option<&str> {
    sentences(text).find(|sentence| holds(sentence))
}

/// Sentences and lines, roughly.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(['\n', ';']).flat_map(|line| line.split(". "));
    parts.map(str::trim).filter(|part| !part.is_empty())
}

pub(super) fn has_digit(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
}

/// A whole number of two or more, such as `1,200` or `476+`.
fn is_count(word: &str) -> bool {
    let digits: String = word.chars().filter(|c| !matches!(c, ',' | '+')).collect();
    digits.parse::<u64>().is_ok_and(|count| count > 1)
}

/// What cases are called, by how the word begins.
const CASES: &[&str] = &[
    "case",
    "patient",
    "scan",
    "exam",
    "stud",
    "subject",
    "participant",
    "image",
    "record",
    "encounter",
    "note",
    "sample",
    "visit",
    "request",
    "admission",
    "row",
    "people",
    "adult",
    "child",
    "women",
    "men",
    "radiograph",
    "recording",
    "document",
];

/// True when the text gives a number of cases: `433 cases`, `1,200 unique patients`, `n=350`.
pub(super) fn gives_count(text: &str) -> bool {
    let words = words(text);
    let named = words.windows(2).any(|pair| match pair {
        [n, count] => n == "n" && is_count(count),
        _ => false,
    });
    let counted = words.iter().enumerate().any(|(at, word)| {
        let next = words.iter().skip(at + 1).take(3);
        // Another number, or a percent sign, begins something else.
        let mut next = next.take_while(|next| *next != "%" && !has_digit(next));
        is_count(word) && next.any(|next| CASES.iter().any(|case| next.starts_with(case)))
    });
    named || counted
}

/// True when the text names a year of the last or this century.
pub(super) fn gives_year(text: &str) -> bool {
    words(text).iter().flat_map(|word| word.split(['-', '/'])).any(|part| {
        let year = part.parse::<u32>().unwrap_or_default();
        part.len() == 4 && (1990..2100).contains(&year)
    })
}

/// Numbers of clearances as the FDA writes them: a K and six digits.
pub(super) fn clearances(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric());
    let is_one = |part: &&str| {
        part.strip_prefix('K')
            .is_some_and(|rest| rest.len() == 6 && rest.bytes().all(|it| it.is_ascii_digit()))
    };
    parts.filter(is_one).map(str::to_owned).collect()
}

/// True for a text that only holds the place of an answer.
pub(super) fn is_placeholder(text: &str) -> bool {
    let plain = text.to_lowercase();
    let plain = plain.trim_matches(|c: char| !c.is_alphanumeric());
    let alone = ["", "tbd", "todo", "tba", "xxx", "placeholder", "string", "text", "test", "fixme"];
    let within = ["lorem ipsum", "to be determined", "to be completed", "to be added"];
    let bracket = (text.starts_with('[') && text.ends_with(']'))
        || (text.starts_with('<') && text.ends_with('>'));
    let asked = ["insert ", "enter ", "your ", "fill in", "describe "];
    alone.contains(&plain)
        || within.iter().any(|phrase| plain.contains(phrase))
        || (bracket && asked.iter().any(|start| plain.starts_with(start)))
}

/// True for a text that says there is nothing, and no more.
pub(super) fn says_none(text: &str) -> bool {
    let plain = text.to_lowercase();
    let plain = plain.trim_matches(|c: char| !c.is_alphanumeric());
    [
        "n/a",
        "na",
        "none",
        "no",
        "nil",
        "unknown",
        "not applicable",
        "not available",
        "none known",
        "no known",
        "no known risks",
        "no known biases",
        "none identified",
        "none reported",
    ]
    .contains(&plain)
}

/// The most characters of the address of a link.
const LONGEST_ADDRESS: usize = 300;

/// What looks like an address and is none: as written, and what is wrong with it.
pub(super) fn bad_addresses(text: &str) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let mut targets = BTreeSet::new();
    for (at, _) in text.match_indices("](") {
        let rest = text.get(at + 2..).unwrap_or_default();
        // No further than an address can be long, or a text of brackets takes for ever.
        let end = rest.char_indices().take(LONGEST_ADDRESS).find(|(_, c)| matches!(c, ')' | '\n'));
        let Some(target) = end.and_then(|(end, _)| rest.get(..end)) else { continue };
        targets.insert(target.split_whitespace().next().unwrap_or_default());
        if let Some(wrong) = wrong_target(target) {
            found.push((format!("]({target})"), wrong));
        }
    }
    let outside = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '<' | '>');
    for word in text.split(outside) {
        let word = word.trim_matches(|c| matches!(c, ',' | '.' | ';' | '"' | '\''));
        let small = word.to_lowercase();
        if small.starts_with("www.") {
            found.push((word.to_owned(), "it does not begin with https://"));
        } else if (small.contains("://") || small.starts_with("http:"))
            && !targets.contains(word)
            && let Some(wrong) = wrong_target(word)
        {
            found.push((word.to_owned(), wrong));
        }
    }
    found
}

fn wrong_target(target: &str) -> Option<&'static str> {
    let small = target.trim().to_lowercase();
    if small.is_empty() {
        return Some("it points nowhere");
    }
    if let Some(mail) = small.strip_prefix("mailto:") {
        return (!is_mail(mail)).then_some("it is no mail address");
    }
    let Some(rest) = small.strip_prefix("https://").or_else(|| small.strip_prefix("http://"))
    else {
        return Some("it does not begin with https://");
    };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let named = host.split('.').count() > 1 && host.split('.').all(is_label);
    if target.trim().contains(char::is_whitespace) {
        return Some("it has a space in it");
    }
    (!named).then_some("it names no host")
}

fn is_label(label: &str) -> bool {
    !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
}

fn is_mail(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    !name.is_empty() && host.split('.').count() > 1 && host.split('.').all(is_label)
}

/// True when the text has a mail address, a host, or a number with seven digits or more.
pub(super) fn gives_contact(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    digits >= 7
        || text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | ',')).any(
            |word| {
                let word = word.trim_end_matches('.');
                let word = word.rsplit("email:").next().unwrap_or(word);
                let word = word.rsplit("mailto:").next().unwrap_or(word);
                is_mail(word)
                    || wrong_target(word).is_none()
                    || word.strip_prefix("www.").is_some_and(|it| it.contains('.'))
            },
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_cases_is_told_from_other_numbers() {
        for text in ["in 433 cases from 6 sites", "n=350", "n = 1,200", "476+ unique patients"] {
            assert!(gives_count(text), "{text}");
        }
        for text in [
            "aged 67.4 years",
            "5 US-based clinical sites",
            "1 case",
            "52 % women",
            "80% goal",
            "",
            "n=",
        ] {
            assert!(!gives_count(text), "{text}");
        }
    }

    #[test]
    fn a_year_is_told_from_other_numbers() {
        for text in ["September 2022", "08/23/2024", "2020-2025", "(2023)"] {
            assert!(gives_year(text), "{text}");
        }
        for text in ["in 2500 cases", "K222329", "2022.5", "soon", "20220"] {
            assert!(!gives_year(text), "{text}");
        }
    }

    #[test]
    fn an_address_that_leads_nowhere_is_found() {
        let check = |text: &str, wanted: &[&str]| {
            let found: Vec<_> = bad_addresses(text).into_iter().map(|(quote, _)| quote).collect();
            assert_eq!(found, wanted, "{text}");
        };
        check("see [it](https://example.org/a) and https://example.org.", &[]);
        check("[a](mailto:a@example.org)", &[]);
        check("www.example.org/help or mail", &["www.example.org/help"]);
        check("[a]()", &["]()"]);
        check("[a](page.html)", &["](page.html)"]);
        check("[a](https://nowhere)", &["](https://nowhere)"]);
        check("[a](https://a b.org)", &["](https://a b.org)"]);
        check("http:/example.org", &["http:/example.org"]);
        check("ftp://example.org", &["ftp://example.org"]);
        check("[a](mailto:nobody)", &["](mailto:nobody)"]);
        check("[a](https://é..org)", &["](https://é..org)"]);
    }

    #[test]
    fn placeholders_and_nothing_are_told_from_answers() {
        for text in ["TBD", "…", "lorem ipsum dolor", "[Insert name]", "To be determined.", "xxx"]
        {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["Low", "[510(k)](https://x.org)", "A test", "N/A"] {
            assert!(!is_placeholder(text), "{text}");
        }
        for text in ["N/A", "None.", "not applicable"] {
            assert!(says_none(text), "{text}");
        }
        assert!(!says_none("None of the groups"));
    }

    #[test]
    fn what_is_shown_cannot_steer_a_terminal() {
        assert_eq!(shown("a\n b\u{9b}31mc\u{202e}d", 99), "a b\u{fffd}31mc\u{fffd}d");
        assert_eq!(shown("Überwachung", 3), "Übe…");
        assert_eq!(shown("Übe", 3), "Übe");
    }

    #[test]
    fn a_contact_can_be_reached() {
        for text in ["a@example.org", "www.example.org/help or email:a@b.org", "+1 555 010 0200"] {
            assert!(gives_contact(text), "{text}");
        }
        for text in ["the vendor", "support team", "a@b", ""] {
            assert!(!gives_contact(text), "{text}");
        }
    }
}
