//! Each rule finds its fault on a card with that fault alone, and nothing on a good card.

#![cfg(test)]

use interop::{Card, Finding, RULES, Schema, lint, lint_together};
use std::collections::BTreeSet;

const SAMPLE: &str = include_str!("cards/sample.xml");

#[track_caller]
fn read(text: &str) -> Card {
    Card::read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

fn said(findings: &[Finding]) -> Vec<String> {
    let line =
        |it: &Finding| format!("{} {} {} `{}`: {}", it.line, it.rule, it.path, it.quote, it.what);
    findings.iter().map(line).collect()
}

/// The sample as a card of version 0.1, with these results for usefulness.
fn old(result: &str) -> String {
    let mut text = SAMPLE.replace("v0.2/schema", "v0.1/schema");
    let cut = |text: &mut String, from: &str, to: &str, by: &str| {
        let start = text.find(from).unwrap();
        let end = text.match_indices(to).find(|(at, _)| *at > start).unwrap().0 + to.len();
        text.replace_range(start..end, by);
    };
    cut(&mut text, "<EHRCompatibility>", "</EHRCompatibility>", "");
    for by in
        [result, "Sensitivity was 80.2 % (95 % CI 75 to 85) in women.", "PPV 24 % (CI 22 to 26)"]
    {
        cut(&mut text, "<Results>", "</Results>", &format!("<Result>{by}</Result>"));
    }
    text
}

#[test]
fn a_good_card_has_no_findings() {
    assert_eq!(said(&lint(&read(SAMPLE))), Vec::<String>::new());
}

#[test]
fn a_card_of_the_older_schema_is_read_too() {
    let card = read(&old("Sensitivity was 81 % (95 % CI 77.5 to 84.1)."));
    assert_eq!(card.schema, Schema::V01);
    let result = card.metrics.usefulness.result.as_ref().unwrap();
    assert_eq!(result.path, "KeyMetrics/UsefulnessUsabilityEfficacy/Result");
    let rules: Vec<_> = lint(&card).iter().map(|it| it.rule).collect();
    assert_eq!(rules, ["S05"]);
}

#[test]
fn what_a_card_says_is_read_with_its_place() {
    let card = read(SAMPLE);
    assert_eq!(card.schema, Schema::V02);
    let version = card.release.version.as_ref().unwrap();
    assert_eq!((version.text.as_str(), version.line), ("3.1", 12));
    assert_eq!(version.path, "ReleaseInfo/ReleaseVersion");
    let systems: Vec<_> = card.record_systems.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(systems, ["Example EHR", "Other EHR"]);
    let results = &card.metrics.usefulness.results;
    assert_eq!(results.len(), 2);
    let json = serde_json::to_value(&results[0].number).unwrap();
    assert_eq!(json["kind"], "estimate_ci");
    assert_eq!(json["upper"], 84.1);
    assert_eq!(card.facts.security, None);
    assert_eq!(card.bibliography.as_ref().unwrap().text, "");
}

/// A place of the sample, what stands there instead, and all rules that then find something.
const FAULTS: &[(&str, &str, &[&str])] = &[
    ("<ReleaseVersion>3.1</ReleaseVersion>", "", &["S01"]),
    ("<ClinicalRiskLevel>High</ClinicalRiskLevel>", "", &["S01"]),
    ("<Label>Mean age</Label>", "", &["S01"]),
    (
        "<ReleaseVersion>3.1</ReleaseVersion>",
        "<ReleaseVersion> \u{200b}\n</ReleaseVersion>",
        &["S03"],
    ),
    ("<ReleaseDate>March 2026</ReleaseDate>", "<ReleaseDate/>", &["S03"]),
    ("<FundingSource>The vendor.", "<FundingSource>TBD", &["P01"]),
    ("Adults on general wards.", "[Insert the population]", &["P01"]),
    ("Children; intensive care.", "N/A", &["P02"]),
    ("Patients are told in the notice of privacy.", "None.", &["P02"]),
    (
        r#"{"kind":"estimate_ci","estimate":81.0,"lower":77.5,"upper":84.1,"level":95,"unit":"%"}"#,
        r#"{"kind":"single","value":81.0,"unit":"%"}"#,
        &["L01"],
    ),
    (
        "12,400 patients from 2023 and 2024, 540 with sepsis; 52 % women",
        "From 2023; 52 % women",
        &["L02"],
    ),
    (
        "12,400 patients from 2023 and 2024 of all ages above 18",
        "12,400 patients of all ages",
        &["L22"],
    ),
    ("of all ages above 18", "of two hospitals", &["L23"]),
    ("<Label>Mean age", "<Label>Sepsis score", &["L11"]),
    (
        concat!(
            "<Label>Sensitivity, female</Label>\n\t\t\t\t\t<ValueJson>",
            r#"{"kind":"estimate_ci","estimate":80.2,"lower":75.0,"upper":84.6,"#,
            r#""level":95,"unit":"%"}"#
        ),
        r#"<Label>Significance for sex</Label><ValueJson>{"kind":"single","value":0}"#,
        &["L04"],
    ),
    (
        "The difference of 1.7 points is within chance.",
        "There was no significant difference; race was not available.",
        &["L05"],
    ),
    ("Four of five septic patients were found.", "Age was unavailable.", &["L06"]),
    ("The difference of 1.7 points is within chance.", "Same study as usefulness.", &["L08"]),
    ("<ClinicalRiskLevel>High", "<ClinicalRiskLevel>Low", &["L12"]),
    ("checked with local data every month", "checked every month", &["L13"]),
    ("checked with local data every month", "checked with local data", &["L14"]),
    ("cards@vendor.example.org", "our support team", &["L15"]),
    ("Four of five septic patients were found.", "Sensitivity was 91 %.", &["L10"]),
    ("Four of five septic patients were found.", "A sensitivity of 0.72.", &["L10"]),
    (
        "A score from 0 to 1 that says how likely sepsis is within six hours.",
        "It finds sepsis with a sensitivity of 95 %.",
        &["L10"],
    ),
    ("52 % women, mean age 61.", "52 % women, mean age 7.", &["L16"]),
    ("52 % women, mean age 61.", "52 % women, all of them children aged 3 to 12.", &["L16"]),
    ("Adults on general wards.", "Children from 2 to 12.", &["L16", "L16"]),
    ("52 % women, mean age 61.", "52 % women, mean age 61, all in intensive care.", &["L16"]),
    (r#""lower":77.5"#, r#""lower":97.5"#, &["L17"]),
    (r#""lower":77.5"#, r#""lower":82.5"#, &["L17"]),
    (
        r#""estimate":81.0,"lower":77.5,"upper":84.1"#,
        r#""estimate":810.0,"lower":770,"upper":840"#,
        &["L17", "L17"],
    ),
    (r#""upper":84.1,"level":95"#, r#""upper":84.1"#, &["L17"]),
    (r#""upper":84.1,"level":95"#, r#""upper":84.1,"level":0.95"#, &["L17"]),
    (r#""sd":17.0"#, r#""sd":-17.0"#, &["L17"]),
    (r#""sd":17.0"#, r#""sd":"17.0""#, &["L18"]),
    (r#""kind":"mean_sd""#, r#""kind":"median""#, &["L18"]),
    (r#"{"kind":"mean_sd","mean":61.2"#, r#"{"kind":"mean_sd","mean":1e999"#, &["L18"]),
    (r#"{"kind":"mean_sd","mean":61.2,"sd":17.0,"unit":"years"}"#, "61 years", &["L18"]),
    ("Scores come late when vital signs are charted late.", "Please refer to the guide.", &["L19"]),
    ("Scores come late when vital signs are charted late.", "None", &["L19"]),
    ("Weights for ages that are rare in the data.", "N/A", &["L20"]),
    ("March 2026", "last spring", &["L21"]),
    ("https://journal.example.org/1", "journal.example.org/1", &["L24"]),
    ("As for usefulness.", "See [this](https://vendor.example.org/K990002).", &["L25"]),
    ("Three of four alarms are for nothing.", "It performs well.", &["L26"]),
];

#[test]
fn each_rule_finds_its_fault_and_nothing_else() {
    let mut seen = BTreeSet::from(["L09"]);
    for (from, to, wanted) in FAULTS {
        assert!(SAMPLE.contains(from), "{from}");
        let findings = lint(&read(&SAMPLE.replacen(from, to, 1)));
        let rules: Vec<_> = findings.iter().map(|it| it.rule).collect();
        assert_eq!(rules, *wanted, "{to}: {:#?}", said(&findings));
        seen.extend(rules);
    }
    let order = SAMPLE.replace("<ReleaseDate>March 2026</ReleaseDate>", "").replace(
        "<GlobalAvailability>",
        "<ReleaseDate>March 2026</ReleaseDate><GlobalAvailability>",
    );
    let signed = "<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'><a/></Signature></App";
    let ungrouped =
        SAMPLE.replace("Sensitivity, female", "Sensitivity, A").replace(", male", ", B");
    let more = [
        (order, vec!["S02"]),
        (SAMPLE.replace("</App", signed), vec!["S04"]),
        (ungrouped.clone(), vec!["L03"]),
        (ungrouped.replace("Sensitivity is lower below 30 years.", "None"), vec!["L07", "L03"]),
        (old("All goals were met."), vec!["S05", "L27"]),
        (old("Sensitivity was 81 %."), vec!["S05", "L01"]),
    ];
    for (text, wanted) in more {
        let findings = lint(&read(&text));
        let rules: Vec<_> = findings.iter().map(|it| it.rule).collect();
        assert_eq!(rules, wanted, "{:#?}", said(&findings));
        seen.extend(rules);
    }
    let all: BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(seen, all, "a rule has no test");
}

/// What is said rightly, or about something else, is no fault.
#[test]
fn numbers_and_people_that_fit_are_no_finding() {
    for (from, to) in [
        ("Four of five septic patients were found.", "Sensitivity was 81 %."),
        ("Four of five septic patients were found.", "A sensitivity of 0.81 was found."),
        ("Four of five septic patients were found.", "The goal was a sensitivity of 70 %."),
        ("Four of five septic patients were found.", "Sensitivity 77.5 to 84.1."),
        ("The difference of 1.7 points is within chance.", "Sensitivity in women was 80.2 %."),
        ("52 % women, mean age 61.", "52 % women; no children."),
        ("52 % women, mean age 61.", "52 % women, inpatients."),
        ("Adults on general wards.", "Adult inpatients."),
    ] {
        assert!(SAMPLE.contains(from), "{from}");
        let findings = lint(&read(&SAMPLE.replacen(from, to, 1)));
        assert_eq!(said(&findings), Vec::<String>::new(), "{to}");
    }
}

#[test]
fn the_same_study_on_two_cards_is_found_in_any_order() {
    let other = SAMPLE.replace("Example Sepsis Watch", "Example Stroke Watch");
    let own = other.replace("12,400", "12,500");
    let stranger = other.replace("Example Vendor", "Another Vendor");
    let cards = [SAMPLE, &other, &own, &stranger].map(read);
    let found = lint_together(&cards);
    let counts: Vec<_> = found.iter().map(Vec::len).collect();
    assert_eq!(counts, [3, 3, 0, 0]);
    assert!(found[0].iter().all(|it| it.rule == "L09" && it.what.contains("stroke")));
    let mut turned = cards;
    turned.reverse();
    let mut again = lint_together(&turned);
    again.reverse();
    assert_eq!(again, found);
}

#[test]
fn the_page_for_users_has_every_rule() {
    let page = include_str!("../../../docs/model-cards.md");
    for rule in RULES {
        let row = format!("| {} | {} | {} |", rule.id, rule.grade, rule.looks_for);
        assert!(page.contains(&row), "docs/model-cards.md lacks the row\n{row}");
    }
}
