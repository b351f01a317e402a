//! `cargo xtask bench`: runs the benchmarks, which live in the crate `bench`.

use crate::shell::{self, cargo, program, root, succeeds};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// Builds the crate `bench` in release mode and runs it with `arguments`; false if it failed.
///
/// When prediction logs are to be measured, their peers in Python are made ready first, and the
/// logs are kept below the target folder; both only unless `arguments` say otherwise.
pub fn run(arguments: &[String]) -> Result<bool> {
    let mut command = cargo(&["run", "--release", "--locked", "--package", "bench", "--"]);
    command.args(arguments);
    if measures_logs(arguments) {
        let folder = shell::target_dir().join("bench");
        if !names(arguments, "--logs") {
            command.arg("--logs").arg(folder.join("logs"));
        }
        if !names(arguments, "--python") {
            match python(&folder.join("python")) {
                Ok(python) => _ = command.arg("--python").arg(python),
                Err(error) => println!("peers in Python are left out: {error:#}"),
            }
        }
    }
    succeeds(&mut command)
}

/// True when the benchmark `evidence` is among those that will run.
fn measures_logs(arguments: &[String]) -> bool {
    if ["--list", "--help", "-h"].iter().any(|only_says| arguments.iter().any(|a| a == only_says)) {
        return false;
    }
    let is_only = |argument: &&String| *argument == "--only" || argument.starts_with("--only=");
    let named = arguments.iter().any(|a| a == "evidence" || a == "--only=evidence");
    named || !arguments.iter().any(|argument| is_only(&argument))
}

fn names(arguments: &[String], option: &str) -> bool {
    let is_option = |a: &String| {
        a.strip_prefix(option).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    arguments.iter().any(is_option)
}

/// The Python of a folder of its own that has the packages the peers need. It is made anew when the
/// list of packages is another.
fn python(folder: &Path) -> Result<PathBuf> {
    let wanted = root().join("crates/bench/peers/requirements.txt");
    let list = fs::read_to_string(&wanted).context("the list of packages cannot be read")?;
    let (python, done) = (folder.join("bin/python"), folder.join("installed.txt"));
    if fs::read_to_string(&done).is_ok_and(|installed| installed == list) {
        return Ok(python);
    }
    let Some(system) = shell::find(&["python3", "python"]) else { bail!("there is no Python") };
    let mut make = program(system);
    make.args(["-m", "venv", "--clear"]).arg(folder);
    shell::run(&mut make)?;
    let mut install = program(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
    shell::run(install.arg(&wanted))?;
    fs::write(&done, list)?;
    Ok(python)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_is_made_ready_for_the_prediction_logs_alone() {
        let check = |line: &str, wanted: bool| {
            let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            assert_eq!(measures_logs(&arguments), wanted, "{line}");
        };
        check("", true);
        check("--rounds 3 --json", true);
        check("--only evidence", true);
        check("--only=gate --only=evidence", true);
        check("--only gate", false);
        check("--list", false);
        let line = ["--logs=here".to_owned(), "--pythonic".to_owned()];
        assert!(names(&line, "--logs"));
        assert!(!names(&line, "--python"));
    }
}
