//! docs/first-week.md takes a hospital from an empty folder to a live use case: its commands are
//! run as they are written, in order.

use crate::common::{command, words};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const DOCUMENT: &str = include_str!("../../../../docs/first-week.md");

/// The fenced blocks, in order: what stands behind the fence, and the text.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let fenced = DOCUMENT.split("```").skip(1).step_by(2);
    fenced.map(|block| block.split_once('\n').unwrap()).collect()
}

/// Runs commands in a shell that finds the built program; one that fails ends the test.
fn ran(folder: &Path, commands: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_primum")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", program.display());
    let mut shell = Command::new("sh");
    shell.args(["-e", "-c", commands]).current_dir(folder).env("PATH", path);
    shell.env("PRIMUM_DATA", "hospital").env_remove("PRIMUM_AS").stdin(Stdio::null());
    let output = shell.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{commands}\n{said}");
    said
}

/// One space between words.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn its_commands_take_a_hospital_to_a_live_use_case() {
    assert!(DOCUMENT.contains("export PRIMUM_DATA=hospital\n"));
    let folder = TempDir::new().unwrap();
    let (mut said, mut compared) = (String::new(), 0);
    for (fence, text) in blocks() {
        match fence.split_once(' ').unwrap_or((fence, "")) {
            ("toml", name) => fs::write(folder.path().join(name), text).unwrap(),
            ("sh", _) => said = plain(&ran(folder.path(), text)),
            ("text", _) => {
                for line in text.lines() {
                    assert!(said.contains(&plain(line)), "`{line}` is not in:\n{said}");
                    compared += 1;
                }
            }
            (other, _) => panic!("a block of `{other}`"),
        }
    }
    assert!(compared >= 20, "{compared}");
    let live = ran(folder.path(), "primum use-case show UC-1");
    assert!(live.contains("Stage: live"), "{live}");
    assert!(ran(folder.path(), "primum work").contains("Nothing waits."));
}

#[test]
fn every_command_that_it_names_exists() {
    let named =
        DOCUMENT.split("`primum ").skip(1).map(|rest| plain(rest.split('`').next().unwrap()));
    let mut count = 0;
    for line in named {
        let line = line.split(" --").next().unwrap().to_owned();
        let verbs: Vec<_> = words(&line).into_iter().take(2).collect();
        let output = command().args(&verbs).arg("--help").output().unwrap();
        assert!(output.status.success(), "primum {line}");
        count += 1;
    }
    assert!(count >= 10, "{count}");
}
