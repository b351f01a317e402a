//! The reader study as a whole, and files that cannot be used.

#![cfg(test)]

use evidence::{EvidenceError, RatingsReport, RatingsRequest, ratings};
use std::fmt::Write as _;

fn request() -> RatingsRequest {
    RatingsRequest {
        item: "sample".to_owned(),
        rater: "reader".to_owned(),
        score: "score".to_owned(),
        by: Some("attribute".to_owned()),
        levels: None,
        rubric: None,
        cohort: None,
        level: 0.95,
        seed: 2026,
    }
}

/// The reader study that the oracles keep, as its authors published it.
fn reader_study() -> String {
    let oracle = include_str!("../../statistics/oracles/ratings.json");
    let oracle: serde_json::Value = serde_json::from_str(oracle).unwrap();
    let mut text = "reader,sample,attribute,score\n".to_owned();
    for case in oracle["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let Some(attribute) = name.strip_prefix("reader study, ") else { continue };
        for (sample, row) in case["rows"].as_array().unwrap().iter().enumerate() {
            for (reader, score) in row.as_array().unwrap().iter().enumerate() {
                let score = score.as_i64().map(|it| it.to_string()).unwrap_or_default();
                writeln!(text, "{},{},{attribute},{score}", reader + 1, sample + 1).unwrap();
            }
        }
    }
    text
}

fn of(text: &str, request: &RatingsRequest) -> Result<RatingsReport, EvidenceError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ratings.csv");
    std::fs::write(&file, text).unwrap();
    ratings(&file, None, request)
}

#[test]
fn the_reader_study_shows_a_paradox_and_a_biased_reader() {
    let report = of(&reader_study(), &request()).unwrap();
    let names: Vec<_> = report.groups.iter().map(|group| group.name.clone().unwrap()).collect();
    assert_eq!(names, ["completeness", "conciseness", "correctness"]);
    let correctness = &report.groups[2];
    assert_eq!((correctness.items, correctness.given, correctness.missing), (100, 499, 1));
    let value = |name: &str| {
        let found = correctness.agreement.iter().find(|it| it.coefficient.to_string() == name);
        found.unwrap_or_else(|| panic!("{name} is not there"))
    };
    let (alpha, ac2) =
        (value("Krippendorff's alpha, nominal"), value("Gwet's AC2, quadratic weights"));
    assert!((alpha.estimate - 0.014_137).abs() < 1e-6 && (ac2.estimate - 0.8661).abs() < 1e-4);
    assert!(ac2.lower.unwrap() < ac2.estimate && ac2.estimate < ac2.upper.unwrap());
    // One reader alone finds the model better.
    let bias: Vec<f64> = correctness.raters.iter().map(|(_, mean)| mean.bias.unwrap()).collect();
    assert!(bias[4] > 0.3 && bias[..4].iter().all(|bias| bias.abs() < 0.2), "{bias:?}");
    assert_eq!(of(&reader_study(), &request()).unwrap(), report);
}

#[test]
fn what_cannot_be_used_is_named_by_row_and_column() {
    let head = "reader,sample,attribute,score\n";
    let cases = [
        (String::new(), "is empty"),
        (head.to_owned(), "has a header but no rows"),
        ("rater,sample,attribute,score\n1,1,a,1\n".to_owned(), "has no column `reader`"),
        (format!("{head}1,1,a,good\n"), "row 1, column `score`: `good` is no rating"),
        (format!("{head}1,1,a,inf\n"), "row 1, column `score`: `inf` is no rating"),
        (format!("{head}1,1,a,1\n,1,a,1\n"), "row 2, column `reader`: there is no value"),
        (format!("{head}1,,a,1\n"), "row 1, column `sample`: there is no value"),
        (format!("{head}1,1,,1\n"), "row 1, column `attribute`: there is no value"),
        (
            format!("{head}1,1,a,1\n2,1,a,0\n1,1,a,1\n"),
            "row 3, column `sample`: `1` rated it in row 1",
        ),
        (format!("{head}1,1,a,1\n1,2,a\n"), "row 2, column `sample`"),
        (format!("{head}1,1,a,1\n2,1,a,1\n"), "holds 1 different ratings"),
        (format!("{head}1,1,a,\n"), "holds 0 different ratings"),
    ];
    for (text, expected) in cases {
        let said = of(&text, &request()).unwrap_err().to_string();
        assert!(said.contains(expected), "{text}: {said}");
    }
    let text = format!("{head}1,1,a,1\n2,1,a,9\n");
    let levels = RatingsRequest { levels: Some(vec![0.0, 1.0]), ..request() };
    let said = of(&text, &levels).unwrap_err().to_string();
    assert!(said.contains("in a, item 1, rater 2: 9 is not on the scale"), "{said}");
    let said = of(&text, &RatingsRequest { level: 95.0, ..request() }).unwrap_err().to_string();
    assert!(said.contains("the level 95 is not from 0.5"), "{said}");
}
