//! `cargo deny`: licences, sources, bans and advisories of the dependencies.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell::{cargo, program, run, target_dir, version};
use crate::steps::Outcome;

/// The version that is installed when none is there. `deny.toml` is written for its minor.
const VERSION: &str = "0.20.2";

/// Checks `deny.toml` against the lock file, without the database of advisories.
pub fn check() -> Result<()> {
    let arguments = ["--locked", "check", "bans", "licenses", "sources"];
    run(deny()?.args(["--color", "auto"]).args(arguments))
}

/// Checks for known vulnerabilities, if their database can be fetched from here.
pub fn advisories() -> Result<Outcome> {
    let mut fetch = deny()?;
    let fetched = fetch.args(["fetch", "db"]).output().context("cannot start cargo-deny")?;
    if !fetched.status.success() {
        let reason = String::from_utf8_lossy(&fetched.stderr);
        println!("{}", reason.trim());
        return Ok(Outcome::LeftOut("the database of advisories cannot be fetched".to_owned()));
    }
    run(deny()?.args(["--locked", "check", "--disable-fetch", "advisories"]))?;
    Ok(Outcome::Passed)
}

/// cargo-deny: the user's own if it fits, or else one installed below the target folder.
fn deny() -> Result<Command> {
    if fits(program("cargo-deny")) {
        return Ok(program("cargo-deny"));
    }
    let tools = target_dir().join("tools");
    let installed: PathBuf = tools.join("bin").join("cargo-deny");
    if !fits(program(&installed)) {
        install(&tools)?;
        if !fits(program(&installed)) {
            bail!("`{}` does not run though it was just installed", installed.display());
        }
    }
    Ok(program(installed))
}

fn install(tools: &std::path::Path) -> Result<()> {
    println!("cargo-deny is not here; building it, which takes a minute or two");
    let build = tools.join("build");
    // Built without optimisation, it is ready sooner and still checks the project in seconds.
    let mut command =
        cargo(&["install", "cargo-deny", "--locked", "--debug", "--version", VERSION, "--root"]);
    command.arg(tools);
    command.env("CARGO_TARGET_DIR", &build);
    command.env("CARGO_PROFILE_DEV_DEBUG", "0");
    run(&mut command)?;
    fs::remove_dir_all(&build).with_context(|| format!("cannot remove `{}`", build.display()))
}

/// True if the program runs and its version differs from [`VERSION`] at most in the patch.
fn fits(mut program: Command) -> bool {
    version(&mut program).is_some_and(|printed| same_minor(&printed))
}

fn same_minor(printed: &str) -> bool {
    let minor = VERSION.rsplit_once('.').map_or(VERSION, |(minor, _)| minor);
    printed
        .strip_prefix("cargo-deny ")
        .and_then(|version| version.strip_prefix(minor))
        .is_some_and(|patch| patch.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_patch_fits_and_another_minor_does_not() {
        let check = |printed: &str, fits: bool| assert_eq!(same_minor(printed), fits, "{printed}");
        check(&format!("cargo-deny {VERSION}"), true);
        check("cargo-deny 0.20.99", true);
        check("cargo-deny 0.2.0", false);
        check("cargo-deny 0.21.0", false);
        check("something else", false);
    }
}
