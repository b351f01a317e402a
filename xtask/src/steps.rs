//! The steps of `cargo xtask test`, cheapest first.

use std::fmt;

use anyhow::{Context, Result, bail};

use crate::shell::{cargo, output, program, run, version};
use crate::{browser, deny, prove, tidy};

/// One step: a name to ask for it by, what it is for, and how it runs.
pub struct Step {
    pub name: &'static str,
    pub purpose: &'static str,
    /// Left out under `--no-browser`.
    pub needs_browser: bool,
    /// An error means that the step failed.
    pub run: fn() -> Result<Outcome>,
}

/// How a step ended.
#[derive(Debug)]
pub enum Outcome {
    Passed,
    /// It could not run here, for a reason that is not a fault of the project.
    LeftOut(String),
    Failed(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::LeftOut(reason) => write!(f, "left out: {reason}"),
            Self::Failed(reason) => write!(f, "FAILED: {reason}"),
        }
    }
}

/// Every step, in the order in which they run.
pub const STEPS: &[Step] = &[
    step("toolchain", "Rust is new enough and has its formatter and linter", toolchain),
    step("format", "the code is formatted", format),
    step("tidy", "the rules of the house that no other tool knows", tidy),
    browser_step("system", "Chromium and its driver are here, or get installed", system),
    step("dependencies", "licences, sources and bans of every dependency", dependencies),
    step("advisories", "no dependency has a known vulnerability", deny::advisories),
    step("lint", "clippy finds nothing", lint),
    step("test", "unit and integration tests", test),
    step("doctest", "the examples in the documentation", doctest),
    step("prove", "a solver proves what the decision rights promise", prove::step),
    browser_step("browser", "walks through the pages in a real browser", browser_test),
    step("doc", "the documentation builds and its links resolve", doc),
];

const fn step(name: &'static str, purpose: &'static str, run: fn() -> Result<Outcome>) -> Step {
    Step { name, purpose, needs_browser: false, run }
}

const fn browser_step(
    name: &'static str,
    purpose: &'static str,
    run: fn() -> Result<Outcome>,
) -> Step {
    Step { name, purpose, needs_browser: true, run }
}

/// Turns an error of a step into its outcome: the chain of causes on one line.
pub fn outcome(result: Result<Outcome>) -> Outcome {
    result.unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")))
}

fn toolchain() -> Result<Outcome> {
    let needed = env!("CARGO_PKG_RUST_VERSION");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let printed = output(program(rustc).arg("--version"))?;
    println!("{}", printed.trim());
    let found = printed.split_whitespace().nth(1).context("rustc printed no version")?;
    if release(found)? < release(needed)? {
        bail!("Rust {needed} is needed and {found} is here; update it, as with `rustup update`");
    }
    for (tool, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        let found = version(&mut cargo(&[tool])).with_context(|| {
            format!("`cargo {tool}` is not here; add it with `rustup component add {component}`")
        })?;
        println!("{found}");
    }
    Ok(Outcome::Passed)
}

/// Major and minor number of a version such as `1.95` or `1.97.0-nightly`.
fn release(version: &str) -> Result<(u32, u32)> {
    let mut parts = version.split('.');
    let mut next = || parts.next()?.parse().ok();
    next().zip(next()).with_context(|| format!("`{version}` is not a version of Rust"))
}

fn format() -> Result<Outcome> {
    run(&mut cargo(&["fmt", "--all", "--check"])).context("`cargo fmt --all` puts it right")?;
    Ok(Outcome::Passed)
}

fn tidy() -> Result<Outcome> {
    let faults = tidy::faults()?;
    for fault in &faults {
        println!("{fault}");
    }
    match faults.len() {
        0 => Ok(Outcome::Passed),
        1 => bail!("1 fault"),
        n => bail!("{n} faults"),
    }
}

fn system() -> Result<Outcome> {
    let tools = browser::ensure()?;
    println!("{}\n{}", tools.chromium.display(), tools.driver.display());
    Ok(Outcome::Passed)
}

fn dependencies() -> Result<Outcome> {
    deny::check()?;
    Ok(Outcome::Passed)
}

fn lint() -> Result<Outcome> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    run(&mut cargo(&arguments))?;
    Ok(Outcome::Passed)
}

fn test() -> Result<Outcome> {
    let selection = ["--workspace", "--locked", "--lib", "--bins", "--tests", "--no-fail-fast"];
    run(cargo(runner()).args(selection))?;
    Ok(Outcome::Passed)
}

fn doctest() -> Result<Outcome> {
    run(&mut cargo(&["test", "--doc", "--workspace", "--locked", "--no-fail-fast"]))?;
    Ok(Outcome::Passed)
}

/// The tests in `crates/primum/tests/browser.rs`, which do nothing in the step `test`.
fn browser_test() -> Result<Outcome> {
    let tools = browser::find()?.context("Chromium or its driver is not here; see `system`")?;
    // The whole workspace is named, though one package has these tests, so that cargo chooses
    // the same features of dependencies as for the other tests and builds none of them again.
    let selection = ["--workspace", "--locked", "--no-fail-fast", "--test", "browser"];
    let ignored: &[&str] =
        if nextest() { &["--run-ignored", "all"] } else { &["--", "--include-ignored"] };
    let mut command = cargo(runner());
    command.args(selection).args(ignored);
    command.env("PRIMUM_BROWSER", "1");
    command.env("PRIMUM_CHROMIUM", &tools.chromium);
    command.env("PRIMUM_CHROMEDRIVER", &tools.driver);
    run(&mut command)?;
    Ok(Outcome::Passed)
}

fn runner() -> &'static [&'static str] {
    if nextest() { &["nextest", "run"] } else { &["test"] }
}

/// True when `cargo nextest` is installed, which runs the tests of all crates in parallel.
fn nextest() -> bool {
    version(&mut cargo(&["nextest"])).is_some()
}

fn doc() -> Result<Outcome> {
    let mut command = cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    run(&mut command)?;
    Ok(Outcome::Passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_compared_as_numbers() {
        assert!(release("1.100.0").unwrap() > release("1.95").unwrap());
        assert_eq!(release("1.97.0-nightly").unwrap(), (1, 97));
        assert!(release("stable").is_err());
    }

    #[test]
    fn names_of_steps_are_unique() {
        let mut names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
    }
}
