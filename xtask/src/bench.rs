//! `cargo xtask bench`: runs the benchmarks, which live in the crate `bench`.

use anyhow::Result;

use crate::shell::{cargo, succeeds};

/// Builds the crate `bench` in release mode and runs it with `arguments`; false if it failed.
pub fn run(arguments: &[String]) -> Result<bool> {
    let mut command = cargo(&["run", "--release", "--locked", "--package", "bench", "--"]);
    command.args(arguments);
    succeeds(&mut command)
}
