//! Chores of the project, in Rust so that no second tool is needed.
//!
//! `cargo xtask test` runs every check and test; `cargo xtask bench` runs the benchmarks;
//! `cargo xtask prove` proves what the decision rights promise.
#![expect(clippy::print_stdout, reason = "a command-line tool talks on standard output")]
#![expect(clippy::print_stderr, reason = "a command-line tool complains on standard error")]

mod apt;
mod bench;
mod browser;
mod deny;
mod prove;
mod shell;
mod steps;
mod test;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "\
Chores of the project.

Usage:
  cargo xtask test [--only STEP]... [--no-browser] [--fail-fast]
  cargo xtask test --list
  cargo xtask bench [ARGUMENT]...
  cargo xtask prove

test runs every step, goes on after a failure, and ends with `N passed, N failed`:
  --only STEP    run this step only; may be repeated
  --list         print the steps and what each does
  --no-browser   leave out the steps that need Chromium
  --fail-fast    stop at the first failed step

bench builds and runs the benchmarks in release mode and hands the arguments to them.

prove has the solver cvc5 prove what the built-in decision rights promise; without cvc5 it says so.

Exit codes: 0 all passed, 1 something failed, 2 the command line is wrong.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((chore, rest)) if chore == "test" => match test::Options::parse(rest) {
            Ok(options) => test::run(&options),
            Err(message) => return usage_error(&message),
        },
        Some((chore, rest)) if chore == "bench" => bench::run(rest),
        Some((chore, [])) if chore == "prove" => prove::run(),
        Some((chore, _)) if ["help", "--help", "-h"].contains(&chore.as_str()) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Some((chore, _)) => return usage_error(&format!("there is no chore `{chore}`")),
        None => return usage_error("no chore was named"),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn usage_error(message: &str) -> ExitCode {
    eprintln!("error: {message}\n\n{USAGE}");
    ExitCode::from(2)
}
