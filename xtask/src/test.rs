//! `cargo xtask test`: runs the steps one after the other, times them and sums up.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::steps::{self, Outcome, STEPS, Step};

/// What the command line asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Names of the steps to run; all of them when empty.
    pub only: Vec<String>,
    /// Print the steps instead of running them.
    pub list: bool,
    /// Leave out the steps that need Chromium.
    pub no_browser: bool,
    /// Stop at the first failed step.
    pub fail_fast: bool,
}

impl Options {
    /// Reads the arguments after `test`; the error is a sentence for the user.
    pub fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => options.list = true,
                "--no-browser" => options.no_browser = true,
                "--fail-fast" => options.fail_fast = true,
                "--only" => {
                    let name = arguments.next().ok_or("`--only` needs the name of a step")?;
                    if !STEPS.iter().any(|step| step.name == name) {
                        return Err(format!("there is no step `{name}`; see `--list`"));
                    }
                    options.only.push(name.clone());
                }
                other => return Err(format!("`test` has no argument `{other}`")),
            }
        }
        Ok(options)
    }

    fn wants(&self, step: &Step) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == step.name)
    }
}

/// Runs the wanted steps and prints the sum; true when none failed.
///
/// The last line printed is `N passed, N failed`. A step that was left out counts as neither.
pub fn run(options: &Options) -> Result<bool> {
    if options.list {
        for step in STEPS {
            println!("{:<13} {}", step.name, step.purpose);
        }
        return Ok(true);
    }
    let start = now();
    let mut results: Vec<(&Step, Outcome, Duration)> = Vec::new();
    for step in STEPS.iter().filter(|step| options.wants(step)) {
        println!("\n==> {}: {}", step.name, step.purpose);
        let begun = now();
        let outcome = if step.needs_browser && options.no_browser {
            Outcome::LeftOut("`--no-browser` was given".to_owned())
        } else {
            steps::outcome((step.run)())
        };
        let took = begun.elapsed();
        println!("<== {}: {} ({})", step.name, outcome, seconds(took));
        let stop = options.fail_fast && matches!(outcome, Outcome::Failed(_));
        results.push((step, outcome, took));
        if stop {
            println!("stopping, because `--fail-fast` was given");
            break;
        }
    }
    println!("\nSteps, {} in all:", seconds(start.elapsed()));
    for (step, outcome, took) in &results {
        println!("  {:<13} {:>8}  {outcome}", step.name, seconds(*took));
    }
    let count = |wanted: fn(&Outcome) -> bool| results.iter().filter(|r| wanted(&r.1)).count();
    let passed = count(|outcome| matches!(outcome, Outcome::Passed));
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    println!("\n{passed} passed, {failed} failed");
    Ok(failed == 0)
}

#[expect(clippy::disallowed_methods, reason = "steps are timed for the person who waits for them")]
fn now() -> Instant {
    Instant::now()
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&words)
    }

    #[test]
    fn arguments_are_read() {
        let options = parse("--only tidy --fail-fast --only format --no-browser").unwrap();
        assert_eq!(options.only, ["tidy", "format"]);
        assert!(options.fail_fast && options.no_browser && !options.list);
        let wanted = STEPS.iter().filter(|step| options.wants(step)).map(|step| step.name);
        assert_eq!(wanted.collect::<Vec<_>>(), ["format", "tidy"]);
    }

    #[test]
    fn wrong_arguments_are_refused_by_name() {
        assert_eq!(parse("--only").unwrap_err(), "`--only` needs the name of a step");
        assert_eq!(parse("--only tea").unwrap_err(), "there is no step `tea`; see `--list`");
        assert_eq!(parse("fast").unwrap_err(), "`test` has no argument `fast`");
    }

    #[test]
    fn nothing_asked_means_every_step() {
        let options = parse("").unwrap();
        assert!(STEPS.iter().all(|step| options.wants(step)));
    }
}
