//! docs/acts.md is what the program says of itself, and every act has a command that teaches it.

use crate::common::{Home, command, primum, verified};
use governance::{Act, Catalogue};
use serde_json::Value;

const DOCUMENT: &str = include_str!("../../../../docs/acts.md");

#[test]
fn the_document_is_what_the_program_says() {
    let made = primum("act docs").expect(0, "# Acts");
    assert!(made.out == DOCUMENT, "docs/acts.md is old: primum act docs > docs/acts.md");
}

#[test]
fn every_act_is_in_the_document_with_an_example_that_is_one() {
    let sections: Vec<&str> = DOCUMENT.split("\n## ").skip(1).collect();
    let mut found = Vec::new();
    for section in sections {
        let name = section.lines().next().unwrap();
        let example = section.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
        let act: Act = serde_json::from_str(example).unwrap_or_else(|it| panic!("{name}: {it}"));
        assert_eq!(act.name(), name);
        let Value::Object(fields) = serde_json::to_value(&act).unwrap() else { panic!("{name}") };
        for field in fields.keys().filter(|field| *field != "act") {
            assert!(section.contains(&format!("- `{field}` (")), "{name} does not explain {field}");
        }
        found.push(name);
    }
    let wanted: Vec<&str> = Act::groups().iter().flat_map(|group| group.names).copied().collect();
    assert_eq!(found.len(), wanted.len());
    assert!(wanted.iter().all(|name| found.contains(name)));
}

#[test]
fn help_lists_every_act_under_its_group_and_teaches_each() {
    let help = primum("act --help").expect(0, "Usage: primum act NAME").out;
    let catalogue = Catalogue::new();
    for group in &catalogue.groups {
        assert!(group.acts.is_empty() || help.contains(&format!("{}:\n", group.title)));
        for act in &group.acts {
            assert!(help.contains(&format!("\n  {} ", act.command())), "{}", act.name);
        }
    }
    for act in catalogue.acts() {
        let taught = primum(&format!("act {} --help", act.command())).expect(0, "The same as JSON");
        let fields = act.fields.iter().filter(|field| field.flag() != "json");
        for field in fields {
            assert!(taught.out.contains(&format!("--{}", field.flag())), "{}", taught.out);
        }
    }
}

#[test]
fn what_is_missing_or_wrong_is_said_with_the_option() {
    let home = Home::demo();
    let before = verified(&home.data());
    for (line, fragment) in [
        ("act begin-validation", "--use-case is missing: The use case."),
        ("act begin_validation", "--use-case is missing"),
        ("act begin-validation --use-case 7", "--use-case: `7` is not a use case"),
        ("act start-validation", "did you mean `begin-validation`?"),
        ("act begin-validaton --use-case UC-1", "did you mean `begin-validation`?"),
        ("act begin-validation --usecase UC-1", "unexpected argument '--usecase'"),
        ("act assign-owners --use-case UC-1 --owners a,b,c", "--owners: `a,b,c` is no JSON; give"),
        ("act assign-owners --use-case UC-1 --owners a,b,c", "such as '{\"sponsor\":"),
        ("act cast-vote --decision DEC-3 --choice maybe --reason R", "approve, reject, abstain"),
        ("act add-person --id a --title T --trained-until soon", "--trained-until: `soon` is no"),
        ("act state-facts --use-case UC-1 --facts {", "--facts: `{` is no JSON"),
        ("act state-facts --use-case UC-1 --facts @nowhere.toml", "`nowhere.toml` cannot be read"),
        ("act '[]'", "this names no act"),
        ("act '{'", "this is no act"),
    ] {
        let ran = home.run(&format!("{line} --as governance-office"));
        assert!(matches!(ran.code, Some(1 | 2)), "{line}: {:?} {}", ran.code, ran.err);
        assert!(ran.err.contains(fragment), "{line}: {}", ran.err);
    }
    assert_eq!(verified(&home.data()), before);
}

#[test]
fn an_act_is_given_by_options_by_a_file_or_both() {
    let home = Home::demo();
    let office = "--as governance-office";
    let by_options = format!(
        "act add-person --id ward-clerk --title 'Ward clerk' --clinician false --roles scribe \
         --roles host --trained-until 2030-01-31 {office}"
    );
    let added = home.run(&by_options).expect(0, "event ");
    assert!(
        added.out.contains("`ward-clerk` has the role `scribe`, which no rule"),
        "{}",
        added.out
    );
    let shown = home.run("show ward-clerk --json").expect(0, "").json();
    assert_eq!(shown["trained_until"], "2030-01-31T00:00:00Z");
    assert_eq!(shown["roles"], serde_json::json!(["host", "scribe"]));
    let file = home.beside("person.toml");
    std::fs::write(
        &file,
        "id = \"night-clerk\"\ntitle = \"Day clerk\"\ntrained_until = 2030-01-31\n",
    )
    .unwrap();
    let from = format!("act add-person --from-file '{}'", file.display());
    home.run(&format!("{from} --title 'Night clerk' {office}")).expect(0, "event ");
    home.run("show people/night-clerk").expect(0, "title: Night clerk");
    home.run("list people").expect(0, "night-clerk");
    let attached = home.beside("letter.txt");
    std::fs::write(&attached, "A letter.").unwrap();
    let kept = command()
        .arg("--data")
        .arg(home.data())
        .args(["act", "register-system", "--name", "X", "--vendor", "in-house"])
        .args(["--ai-type", "predictive", "--as", "governance-office", "--attach"])
        .arg(&attached)
        .output()
        .unwrap();
    let said = String::from_utf8(kept.stdout).unwrap();
    assert!(said.contains("SHA-256 a351a298"), "{said}{}", String::from_utf8_lossy(&kept.stderr));
}
