//! A command that failed: what it says, for people and for programs, and how it exits.

use crate::output::{Exit, Usage};
use ::evidence::EvidenceError;
use governance::Refusal;
use registrar::SubmitError;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::process::ExitCode;

/// The exit code of a command that was used wrongly.
const MISUSED: u8 = 2;

/// What kind of failure it is.
struct Kind {
    title: &'static str,
    /// What to do, where that is not part of the detail.
    remedy: Option<&'static str>,
    exit: u8,
}

/// Says what went wrong, as text or as a problem object. Exits with 3 when it was a denial, 2 when
/// the command was used wrongly, else with 1.
pub fn fail(error: &anyhow::Error, as_json: bool) -> ExitCode {
    let kind = kind(error);
    // Standard error may be closed; there is nowhere else to say so.
    let _ = match as_json {
        true => writeln!(io::stderr(), "{:#}", problem(&kind, &format!("{error:#}"), error)),
        false => writeln!(io::stderr(), "error: {error:#}"),
    };
    ExitCode::from(kind.exit)
}

/// Says that a command line cannot be read. Help and the version are no failures.
pub fn misread(error: &clap::Error, as_json: bool) -> ExitCode {
    if !error.use_stderr() || !as_json {
        // As above.
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(MISUSED));
    }
    let said = error.to_string();
    let said = said.trim().strip_prefix("error: ").unwrap_or(said.trim()).to_owned();
    fail(&Usage(said).into(), true)
}

fn kind(error: &anyhow::Error) -> Kind {
    let failed = Kind { title: "This could not be done", remedy: None, exit: 1 };
    match error.downcast_ref::<SubmitError>() {
        Some(SubmitError::Denied(_)) => Kind {
            title: "You may not do this",
            remedy: Some("ask somebody who may, or have the decision rights changed"),
            exit: Exit::Denied.code(),
        },
        Some(SubmitError::Refused(Refusal::Unknown { .. })) => {
            Kind { title: "The record has no such thing", ..failed }
        }
        Some(SubmitError::Refused(_)) => {
            Kind { title: "The rules do not allow this now", ..failed }
        }
        Some(_) => failed,
        None => {
            let misused = error.downcast_ref::<Usage>().is_some()
                || matches!(error.downcast_ref(), Some(EvidenceError::Request { .. }));
            if !misused {
                return failed;
            }
            let remedy = Some("see the command's --help");
            Kind { title: "The command was used wrongly", remedy, exit: MISUSED }
        }
    }
}

/// A failure as a program reads it: the members that RFC 9457 names, with `remedy` and, for a
/// denial, the rules.
fn problem(kind: &Kind, detail: &str, error: &anyhow::Error) -> Value {
    let mut problem = json!({ "type": "about:blank", "title": kind.title, "detail": detail });
    let Some(fields) = problem.as_object_mut() else { return problem };
    if let Some(remedy) = kind.remedy {
        fields.insert("remedy".to_owned(), remedy.into());
    }
    if let Some(SubmitError::Denied(denial)) = error.downcast_ref() {
        fields.insert("rules".to_owned(), json!(denial.policies));
    }
    problem
}
