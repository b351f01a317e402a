//! Malformed acts and imports: each is an error that names what is wrong, and changes nothing.

use crate::common::{Home, on, on_with_input, verified};
use governance::{Act, ActShape, Catalogue};
use serde_json::{Value, json};

/// The damaged examples of an act: what was done to it, the act, and the name that must be told.
fn damaged(catalogue: &Catalogue, act: &ActShape) -> Vec<(String, Value, String)> {
    let example = catalogue.example(act);
    let with = |field: &str, value: Value| {
        let mut changed = example.clone();
        changed[field] = value;
        changed
    };
    let mut all = vec![
        ("an unknown field".into(), with("surely_unknown", json!(1)), "surely_unknown".into()),
        ("an unknown act".into(), with("act", json!("no_such_act")), "no_such_act".into()),
    ];
    for field in act.fields.iter().filter(|field| field.required) {
        let mut dropped = example.clone();
        dropped.as_object_mut().unwrap().remove(&field.name);
        all.push((format!("without {}", field.name), dropped, field.name.clone()));
        // Nothing in an act is a list with a list in it.
        let wrong = with(&field.name, json!([[[]]]));
        all.push((format!("a wrong type of {}", field.name), wrong, field.name.clone()));
    }
    all
}

#[test]
fn every_act_with_a_fault_is_refused_and_the_fault_named() {
    let catalogue = Catalogue::new();
    let mut tried = 0;
    for act in catalogue.acts() {
        for (what, given, name) in damaged(&catalogue, act) {
            let parsed = serde_json::from_value::<Act>(given.clone());
            assert!(parsed.is_err(), "{}, {what}: {given}", act.name);
            let faults = catalogue.check(&mut given.clone());
            let told = faults.iter().any(|fault| fault.to_string().contains(&name));
            assert!(told, "{}, {what}: {faults:?}", act.name);
            tried += 1;
        }
    }
    println!("{tried} malformed acts, each refused and its fault named");
    assert!(tried >= 400, "{tried}");
}

#[test]
fn malformed_acts_on_the_command_line_change_nothing() {
    let home = Home::demo();
    let before = (home.events().len(), verified(&home.data()));
    let catalogue = Catalogue::new();
    let mut tried = 0;
    for act in catalogue.acts().step_by(7) {
        for (_, given, _) in damaged(&catalogue, act).into_iter().take(3) {
            let line = "act - --as governance-office";
            let ran = on_with_input(&home.data(), line, &given.to_string());
            assert_eq!(ran.code, Some(2), "{given}\n{}{}", ran.out, ran.err);
            assert!(ran.err.contains("act"), "{}", ran.err);
            tried += 1;
        }
    }
    for text in ["", "{", "[]", "null", "7", "\"tick\"", "{}", "{\"act\":7}", "{\"act\":\"\"}"] {
        let ran = on_with_input(&home.data(), "act - --as governance-office", text);
        assert_eq!(ran.code, Some(2), "{text}\n{}{}", ran.out, ran.err);
        tried += 1;
    }
    assert_eq!((home.events().len(), verified(&home.data())), before);
    println!("{tried} malformed acts on the command line, nothing changed");
}

const COLUMNS: [&str; 12] = [
    "title",
    "intended_use",
    "workflow",
    "population",
    "system",
    "vendor",
    "ai_type",
    "version",
    "sponsor",
    "business",
    "technical",
    "autonomy",
];
const SOUND: [&str; 12] = [
    "Bed planner",
    "Plans beds",
    "bed-planning",
    "Adults",
    "Planner",
    "acme-health",
    "predictive",
    "1.0",
    "governance-office",
    "committee-chair",
    "chief-nurse",
    "",
];

/// Faulty cells: the column, what stands in it, and what is told.
const CELLS: [(&str, &str, &str); 30] = [
    ("title", "", "it is empty"),
    ("title", "  ", "it is empty"),
    ("intended_use", "", "it is empty"),
    ("intended_use", "   ", "it is empty"),
    ("population", "", "it is empty"),
    ("population", " ", "it is empty"),
    ("workflow", "", "is not a workflow's handle"),
    ("workflow", "Bed planning", "is not a workflow's handle"),
    ("workflow", "-beds", "is not a workflow's handle"),
    ("workflow", "beds/all", "is not a workflow's handle"),
    ("system", "", "it is empty"),
    ("system", " ", "it is empty"),
    ("vendor", "", "is not a vendor's handle"),
    ("vendor", "ACME", "is not a vendor's handle"),
    ("vendor", "acme health", "is not a vendor's handle"),
    ("ai_type", "", "is no kind of AI"),
    ("ai_type", "magic", "is no kind of AI"),
    ("ai_type", "Predictive", "is no kind of AI"),
    ("ai_type", "7", "is no kind of AI"),
    ("sponsor", "", "is not a person's handle"),
    ("sponsor", "nobody", "works here"),
    ("sponsor", "Chief Nurse", "is not a person's handle"),
    ("business", "", "is not a person's handle"),
    ("business", "nobody", "works here"),
    ("business", "primum:gate", "is not a person's handle"),
    ("technical", "", "is not a person's handle"),
    ("technical", "nobody", "works here"),
    ("technical", "UC-1!", "is not a person's handle"),
    ("autonomy", "perhaps", "is no answer"),
    ("autonomy", "Acts-alone", "is no answer"),
];

fn table(row: &[&str]) -> String {
    format!("{}\n{}\n", COLUMNS.join(","), row.join(","))
}

#[test]
fn malformed_inventories_are_told_by_line_and_column_and_change_nothing() {
    let home = Home::demo();
    let before = (home.events().len(), verified(&home.data()));
    let line = "inventory import - --create-systems --as governance-office";
    for (column, cell, told) in CELLS {
        let mut row = SOUND;
        row[COLUMNS.iter().position(|known| *known == column).unwrap()] = cell;
        let ran = on_with_input(&home.data(), line, &table(&row)).expect(1, told);
        assert!(ran.err.contains(&format!("line 2, column `{column}`")), "{}", ran.err);
    }
    let twice = format!("{}{}\n", table(&SOUND), SOUND.join(","));
    let sound = table(&SOUND);
    let whole = [
        ("".to_owned(), "there are no rows"),
        (format!("{}\n", COLUMNS.join(",")), "there are no rows"),
        (sound.replacen("population", "title", 1), "column `title` is there twice"),
        (sound.replacen("autonomy", "kittens", 1), "column `kittens`"),
        (sound.replacen("Bed planner,", "Bed planner,more,", 1), "line 2 has 13 cells"),
        (sound.replacen("Bed planner,", "", 1), "line 2 has 11 cells"),
        (twice, "line 3, column `title`"),
    ];
    for (text, told) in &whole {
        on_with_input(&home.data(), line, text).expect(1, told);
    }
    assert_eq!((home.events().len(), verified(&home.data())), before);
    println!("{} malformed inventories, each told", CELLS.len() + whole.len());
    // What is refused above is refused for its fault: without one it is taken in.
    on_with_input(&home.data(), line, &sound).expect(0, "event");
}

#[test]
fn a_faulty_pack_is_not_adopted() {
    let home = Home::demo();
    let before = home.events();
    let file = home.beside("tiers.toml");
    let sound = packs::builtin::TIERS.text;
    std::fs::write(&file, sound.replacen("tier = \"T4\"", "tier = \"T9\"", 1)).unwrap();
    let file = file.display();
    on(&home.data(), &format!("pack check '{file}'")).expect(3, "`T9` is not allowed");
    let adopt = format!("pack adopt '{file}' --as governance-office");
    on(&home.data(), &adopt).expect(2, "nothing of it was kept");
    assert_eq!(home.events(), before);
}
