//! docs/acts.md lists every act with its fields, and its examples are acts.

use governance::Act;
use serde_json::Value;
use std::collections::BTreeMap;

const DOCUMENT: &str = include_str!("../../../../docs/acts.md");

/// The sections by their headings.
fn sections() -> BTreeMap<&'static str, &'static str> {
    let sections = DOCUMENT.split("\n## ").skip(1);
    sections.map(|section| section.split_once('\n').unwrap()).collect()
}

/// The names of all acts, from the refusal of one that is none.
fn names() -> Vec<String> {
    let error = serde_json::from_str::<Act>(r#"{"act": "?"}"#).unwrap_err().to_string();
    let listed = error.split("expected one of ").nth(1).unwrap();
    listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_act_is_in_the_document() {
    let names = names();
    assert!(names.len() > 20, "{names:?}");
    let mut known: Vec<&str> = names.iter().map(String::as_str).collect();
    known.sort_unstable();
    assert_eq!(sections().into_keys().collect::<Vec<_>>(), known);
}

#[test]
fn every_example_is_an_act_and_every_field_is_explained() {
    for (name, section) in sections() {
        let example = section.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
        let act: Act =
            serde_json::from_str(example).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(act.name(), name);
        let Value::Object(fields) = serde_json::to_value(&act).unwrap() else { panic!("{name}") };
        for field in fields.keys().filter(|field| *field != "act") {
            assert!(section.contains(&format!("- `{field}`: ")), "{name} does not explain {field}");
        }
        for explained in section.lines().filter_map(|line| line.strip_prefix("- `")) {
            let field = explained.split('`').next().unwrap();
            assert!(fields.contains_key(field), "{name} has no field {field}");
        }
    }
}
