//! `cargo xtask prove`: what the built-in decision rights promise, proved by a solver.

use std::env;

use anyhow::Result;

use crate::apt;
use crate::shell::{cargo, find, program, succeeds, target_dir};
use crate::steps::Outcome;

/// What to do where the solver is missing.
const MISSING: &str = "the solver cvc5 is not here; install it with `apt-get install -y cvc5`";

/// The chore: where there is no solver, the program says so and that is no failure.
pub fn run() -> Result<bool> {
    // The whole workspace is named, though one package has this program, so that cargo chooses the
    // same features of dependencies as for the tests and builds none of them again.
    crate::shell::run(&mut cargo(&["build", "--workspace", "--locked", "--bin", "prove"]))?;
    succeeds(&mut program(target_dir().join("debug").join("prove")))
}

/// The step: a missing solver is installed where that is possible, and else the step left out.
pub fn step() -> Result<Outcome> {
    if !is_here() {
        apt::install("cvc5", &["cvc5"])?;
    }
    if !is_here() {
        return Ok(Outcome::LeftOut(MISSING.to_owned()));
    }
    let proved = run()?;
    Ok(if proved { Outcome::Passed } else { Outcome::Failed("a promise is broken".to_owned()) })
}

fn is_here() -> bool {
    env::var_os("CVC5").is_some() || find(&["cvc5"]).is_some()
}
