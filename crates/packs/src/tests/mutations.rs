//! Every built-in pack, damaged in every generated way: each damage is told with what to do, or
//! leaves the pack sound, which is counted. None makes the reader panic.

use crate::{KINDS, Kind};

/// One way to damage a text, with a name.
type Damage = (&'static str, fn(&[&str], usize) -> Option<String>);

/// Each damages the line with this number; none where it cannot.
const DAMAGES: [Damage; 7] = [
    ("a key dropped", |lines, at| key(lines[at]).map(|_| changed(lines, at, ""))),
    ("a wrong type", |lines, at| {
        let (key, value) = key(lines[at])?;
        let other = if value.starts_with(['"', '\'']) { "7" } else { "\"seven\"" };
        Some(changed(lines, at, &format!("{key} = {other}")))
    }),
    ("an unknown key", |lines, at| {
        let (key, value) = key(lines[at])?;
        Some(changed(lines, at, &format!("{key}x = {value}")))
    }),
    ("a bad id", |lines, at| {
        let (key, value) = key(lines[at])?;
        let handle = ["id", "action", "chair", "holder"].contains(&key) && value.len() > 2;
        handle.then(|| changed(lines, at, &format!("{key} = \"Not An Id!\"")))
    }),
    ("a number out of range", |lines, at| {
        let (key, value) = key(lines[at])?;
        let number = value.parse::<f64>().is_ok();
        number.then(|| changed(lines, at, &format!("{key} = -1")))
    }),
    ("a duplicate id", |lines, at| {
        let (name, value) = key(lines[at])?;
        let earlier = lines[..at]
            .iter()
            .rev()
            .find_map(|line| key(line).filter(|(other, text)| *other == name && *text != value));
        let earlier = earlier.filter(|_| name == "id")?.1;
        Some(changed(lines, at, &format!("id = {earlier}")))
    }),
    ("truncated text", |lines, at| {
        // In the middle of an assignment.
        let (name, _) = key(lines[at])?;
        Some(format!("{}\n{name} =", lines[..at].join("\n")))
    }),
];

/// How many places of a file each damage is tried at, at most.
const PLACES: usize = 10;

/// A line `key = value` on one line.
fn key(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(" = ")?;
    let plain = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    (plain && !value.ends_with(['[', '{']) && !value.starts_with("\"\"\"")).then_some((key, value))
}

fn changed(lines: &[&str], at: usize, line: &str) -> String {
    let mut lines = lines.to_vec();
    lines[at] = line;
    lines.join("\n")
}

/// Tries every damage on the file of a kind; gives how many were told and how many were none.
fn damage(kind: &Kind, path: &str, text: &str) -> (usize, usize) {
    let lines: Vec<&str> = text.lines().collect();
    let (mut told, mut sound) = (0, 0);
    for (name, damage) in DAMAGES {
        let possible: Vec<_> =
            (0..lines.len()).filter_map(|at| Some((at, damage(&lines, at)?))).collect();
        // Places all over the file; a large pack has hundreds that are alike.
        let step = possible.len().div_ceil(PLACES).max(1);
        for (at, text) in possible.into_iter().step_by(step) {
            let Err(error) = kind.read(path, &text) else {
                sound += 1;
                continue;
            };
            told += 1;
            let place = format!("{path}, {name}, line {}", at + 1);
            assert!(error.to_string().starts_with(path), "{place}: {error}");
            assert!(!error.faults.is_empty(), "{place}");
            for fault in &error.faults {
                assert!(!fault.remedy.is_empty(), "{place}: {fault}");
                // What has no line names a thing that is missing, or that stands once in the file.
                let said = fault.line.is_some() || fault.what.len() > 10;
                assert!(said, "{place}: {fault}");
                let inside = fault.line.is_none_or(|line| line <= text.lines().count().max(1));
                assert!(inside, "{place}: {fault}");
            }
        }
    }
    (told, sound)
}

#[test]
fn every_damage_to_a_built_in_pack_is_told_or_leaves_it_sound() {
    let (mut all, mut none) = (0, 0);
    for kind in &KINDS {
        let mut of_kind = 0;
        // Standards are alike: three of them stand for all.
        let toml = kind.files.iter().filter(|file| file.name().ends_with(".toml"));
        for file in toml.step_by(if kind.files.len() > 20 { 11 } else { 1 }) {
            let (told, sound) = damage(kind, file.path, file.text);
            of_kind += told;
            none += sound;
        }
        println!("{}: {of_kind} malformed packs, each told", kind.name);
        assert!(of_kind >= 5, "{} was hardly damaged: {of_kind}", kind.name);
        all += of_kind;
    }
    println!("{all} malformed packs, each told; {none} more were sound still");
    assert!(all >= 200, "{all}");
    assert!(none * 3 < all, "{none} of {all} damages were none");
}

#[test]
fn a_kind_is_known_by_its_keys() {
    for kind in &KINDS {
        for file in kind.files.iter().filter(|_| kind.name != "rights") {
            let found = Kind::of(file.text).map(|kind| kind.name);
            assert_eq!(found, Some(kind.name), "{}", file.path);
        }
    }
    for text in ["", "title = \"T\"", "[[facts]]", "[[kittens]]\nid = \"a\""] {
        assert!(Kind::of(text).is_none(), "{text}");
    }
}
