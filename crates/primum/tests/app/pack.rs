//! docs/packs.md says what the program does: its example is run as it is written.

use crate::common::{Home, Ran, command, primum, words};
use packs::KINDS;
use std::fs;
use std::path::Path;

const DOCUMENT: &str = include_str!("../../../../docs/packs.md");
const README: &str = include_str!("../../../../packs/README.md");

/// The blocks of a language, in order.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    let blocks = DOCUMENT.split(fence.as_str()).skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}

fn inside(folder: &Path, line: &str) -> Ran {
    Ran::of(line, command().current_dir(folder).args(words(line)).output().unwrap())
}

#[test]
fn the_worked_example_says_what_the_document_says() {
    let home = Home::demo();
    let file = home.beside("our-agents.toml");
    let folder = file.parent().unwrap();
    let [faulty] = blocks("toml")[..] else { panic!("one example") };
    let [refused, sound] = blocks("text")[..] else { panic!("two answers") };
    fs::write(&file, faulty).unwrap();
    let ran = inside(folder, "pack check our-agents.toml").expect(3, "2 faults");
    assert_eq!(ran.out, refused);
    let mended = faulty.replace("title = \"\"", "title = \"Send a letter\"");
    fs::write(&file, mended.replace("drill_days = 0", "drill_days = 365")).unwrap();
    let ran = inside(folder, "pack check our-agents.toml").expect(0, "sound");
    assert_eq!(ran.out, sound);
    home.run(&format!("pack adopt '{}' --as governance-office", file.display())).expect(0, "event");
    let rights = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/rights");
    let by_decision = format!("pack adopt {rights} --as governance-office");
    home.run(&by_decision).expect(2, "decision rights are adopted on a decision");
}

#[test]
fn every_command_in_the_document_exists() {
    let commands = DOCUMENT.split("`primum ").skip(1).map(|rest| rest.split('`').next().unwrap());
    let mut count = 0;
    for line in commands {
        let verbs: Vec<_> = line.split_whitespace().take(2).collect();
        primum(&format!("{} --help", verbs.join(" ")))
            .expect(0, &format!("primum {}", verbs.join(" ")));
        count += 1;
    }
    assert!(count >= 8, "{count}");
}

#[test]
fn every_kind_and_every_built_in_pack_is_told() {
    for kind in &KINDS {
        assert!(DOCUMENT.contains(&format!("| `{}` |", kind.name)), "{}", kind.name);
        assert!(DOCUMENT.contains(kind.act), "{}", kind.act);
        for file in kind.files {
            let path = file.path.strip_prefix("packs/").unwrap_or(file.path);
            assert!(README.contains(path), "packs/README.md does not list {path}");
        }
    }
}

#[test]
fn every_built_in_pack_passes_its_check_and_can_be_shown() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
    let mut line = format!("pack check '{root}packs/rights'");
    for kind in KINDS.iter().filter(|kind| kind.name != "rights") {
        for file in kind.files {
            line = format!("{line} '{root}{}'", file.path);
        }
    }
    let found = primum(&format!("{line} --json")).expect(0, "sound").json();
    let count = found.as_array().unwrap().len();
    assert_eq!(count, 35, "{found:#}");
    assert!(found.as_array().unwrap().iter().all(|it| it["sound"] == true), "{found:#}");
    for row in primum("pack list --json").expect(0, "").json().as_array().unwrap() {
        let shown = primum(&format!("pack show {}", row["name"].as_str().unwrap())).expect(0, "");
        let file = fs::read_to_string(format!("{root}{}", row["file"].as_str().unwrap())).unwrap();
        assert_eq!(shown.out.trim_end(), file.trim_end());
    }
    primum("pack show tea").expect(2, "`primum pack list` lists them");
}

#[test]
fn a_file_of_no_kind_is_told_which_kinds_there_are() {
    let home = Home::empty();
    let file = home.beside("tea.toml");
    fs::write(&file, "leaves = 3\n").unwrap();
    let file = file.display();
    let ran = primum(&format!("pack check '{file}'")).expect(3, "its keys are those of no kind");
    for kind in &KINDS {
        assert!(ran.out.contains(kind.recognised_by), "{}", ran.out);
    }
    primum(&format!("pack check --kind body '{file}'")).expect(3, "`chair`: it is missing");
    primum(&format!("pack check --kind tea '{file}'")).expect(2, "the kinds are tiers, standard");
    primum("pack check /no/such/file").expect(1, "cannot be read");
}

#[test]
fn several_packs_are_adopted_at_once_files_and_built_in_ones() {
    let home = Home::empty();
    let file = home.beside("people.toml");
    let person =
        "[[people]]\nid = \"bo\"\ntitle = \"Nurse\"\ntrained_until = \"2030-01-01T00:00:00Z\"\n";
    fs::write(&file, person).unwrap();
    home.run("init --hospital Anna --person ada --title Head").expect(0, "founded");
    let file = file.display();
    // Everything is read before anything is kept.
    home.run(&format!("--as ada pack adopt '{file}' tea")).expect(2, "Built in are primum-tiers");
    home.run("--as ada pack adopt").expect(2, "<PACK>...");
    assert_eq!(home.events().len(), 1);
    let line = format!("--as ada pack adopt '{file}' primum-tiers predictive-t1");
    home.run(&line)
        .expect(0, "event 3: Head adopted the standard")
        .expect(0, "event 1: Head added");
    // A body whose seats are for people who are not there: what came before it is kept, and told.
    let line = "--as ada pack adopt primum-clocks ai-committee primum-agents";
    home.run(line).expect(1, "`ai-committee` was refused; adopted before it: primum-clocks");
    assert_eq!(home.events().len(), 5);
    // One is in force already, and its adoption would be no news.
    let line = "--as ada --command-id all pack adopt --all-standards";
    home.run(line).expect(0, "event 27: Head adopted the standard");
    assert_eq!(home.events().len(), 28);
    home.run(line).expect(0, "Nothing changed.");
    home.run("--as bo pack adopt primum-tiers").expect(3, "`bo` may not adopt tier policy");
    home.run("--as ada pack adopt rights").expect(2, "decision rights are adopted on a decision");
}

#[test]
fn a_version_means_one_text() {
    let home = Home::demo();
    let file = home.beside("our-agents.toml");
    let [faulty] = blocks("toml")[..] else { panic!("one example") };
    let sound = faulty.replace("title = \"\"", "title = \"Send a letter\"");
    let sound = sound.replace("drill_days = 0", "drill_days = 365");
    fs::write(&file, &sound).unwrap();
    let adopt = format!("pack adopt '{}' --as governance-office", file.display());
    home.run(&adopt).expect(0, "event");
    home.run(&adopt).expect(1, "is in force already, word for word");
    fs::write(&file, sound.replace("Send a letter", "Send letters")).unwrap();
    home.run(&adopt).expect(1, "on record says something else; give this one a new version");
}

#[test]
fn all_faults_of_decision_rights_are_told_with_their_lines() {
    let home = Home::empty();
    let header = home.beside("rights.toml");
    let folder = header.parent().unwrap();
    let built_in = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/rights");
    for name in ["rights.toml", "rights.cedarschema"] {
        fs::copy(format!("{built_in}/{name}"), folder.join(name)).unwrap();
    }
    let policies = "@id(\"a\")\npermit (principal, action, resource);\n\npermit (principal, action, \
                    resource);\n";
    fs::write(folder.join("rights.cedar"), policies).unwrap();
    let ran = primum(&format!("pack check '{}'", folder.display())).expect(3, "2 faults as rights");
    for told in ["rights.cedar:1: `a` has no @reason", "rights.cedar:4: a policy has no @id"] {
        assert!(ran.out.contains(told), "{}", ran.out);
    }
}

#[test]
fn a_role_that_nothing_names_is_told() {
    let home = Home::empty();
    let file = home.beside("people.toml");
    let person = "[[people]]\nid = \"ann\"\ntitle = \"A\"\ntrained_until = \"2040-01-01\"\n";
    fs::write(&file, format!("{person}roles = [\"legal-counsle\", \"legal-counsel\"]\n")).unwrap();
    let ran = primum(&format!("pack check '{}'", file.display())).expect(0, "sound");
    assert!(ran.out.contains("`ann` has the role `legal-counsle`, which no rule"), "{}", ran.out);
    assert!(!ran.out.contains("role `legal-counsel`"), "{}", ran.out);
}
