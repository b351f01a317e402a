//! `primum pack …`: checks packs, shows those that Primum comes with, adopts them.

use crate::adopt::{self, Adopt};
use crate::cli::Cli;
use crate::output::{Answer, Table, Usage};
use crate::rights::{HEADER, POLICIES, SCHEMA};
use crate::roles::Known;
use ::rights::{Rights, RightsError};
use anyhow::{Context, Result};
use clap::Subcommand;
use packs::builtin::File;
use packs::{Fault, KINDS, Kind, Pack, PackError};
use serde::Serialize;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// `primum pack …`
#[derive(Debug, Subcommand)]
pub enum PackVerb {
    /// Check files: what each is, and every fault with its line and what to do
    Check {
        /// The files; for decision rights, the folder of the three files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The kind of all of them, when their keys do not tell
        #[arg(long, value_parser = kind)]
        kind: Option<&'static Kind>,
    },
    /// List the packs that Primum comes with
    List,
    /// Print a built-in pack, to start from
    Show {
        /// Its file, such as predictive-t3
        name: String,
    },
    /// Check packs and do the acts that adopt them
    ///
    /// All are checked first; then each is adopted in turn, up to the first that is refused.
    /// Decision rights are adopted on a decision of a body: put `rights check` and its digest to
    /// it, then name the decision here. A monitoring plan is adopted for a use case.
    Adopt(Adopt),
}

/// The kind with this name.
pub fn kind(name: &str) -> Result<&'static Kind, String> {
    let names = || KINDS.map(|kind| kind.name).join(", ");
    Kind::named(name).ok_or_else(|| format!("there is no such kind; the kinds are {}", names()))
}

/// Runs a verb.
pub async fn run(cli: &Cli, verb: &PackVerb) -> Result<Answer> {
    match verb {
        PackVerb::Check { files, kind } => check(files, *kind),
        PackVerb::List => list(),
        PackVerb::Show { name } => show(name),
        PackVerb::Adopt(wanted) => adopt::run(cli, wanted).await,
    }
}

/// What was found of a file.
#[derive(Debug, Serialize)]
struct Found {
    file: String,
    sound: bool,
    kind: Option<&'static str>,
    id: Option<String>,
    version: Option<String>,
    counts: Vec<String>,
    faults: Vec<Fault>,
    /// What is no fault, and may be a slip all the same.
    notes: Vec<String>,
}

fn check(files: &[PathBuf], forced: Option<&'static Kind>) -> Result<Answer> {
    let found: Vec<Found> = files.iter().map(|file| look(file, forced)).collect::<Result<_>>()?;
    let text = found.iter().map(told).collect::<Vec<_>>().join("\n");
    let answer = Answer::new(&found, text)?;
    Ok(if found.iter().all(|found| found.sound) { answer } else { answer.denied() })
}

fn look(file: &Path, forced: Option<&'static Kind>) -> Result<Found> {
    let (kind, pack) = read(file, forced)?;
    let mut name = file.display().to_string();
    let (pack, faults) = match pack {
        Ok(pack) => (Some(pack), Vec::new()),
        Err(error) => {
            // Of decision rights the one of three files that the lines are of.
            name = error.file;
            (None, error.faults)
        }
    };
    let pack = pack.as_ref();
    let notes = match pack {
        Some(Pack::People(people)) => Known::built_in()?.notes(people),
        _ => Vec::new(),
    };
    Ok(Found {
        file: name,
        sound: pack.is_some(),
        kind: kind.map(|kind| kind.name),
        id: pack.and_then(Pack::id),
        version: pack.and_then(Pack::version).map(str::to_owned),
        counts: pack.map(Pack::counts).unwrap_or_default(),
        faults,
        notes,
    })
}

fn told(found: &Found) -> String {
    let Found { file, kind, .. } = found;
    let mut text = String::new();
    if found.sound {
        let parts = [kind.map(str::to_owned), found.id.clone(), found.version.clone()];
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let _ = write!(text, "{file}: sound; {name}: {}", found.counts.join(", "));
        for note in &found.notes {
            let _ = write!(text, "\n  {note}");
        }
        return text;
    }
    let count = found.faults.len();
    let kind = kind.map(|kind| format!(" as {kind}")).unwrap_or_default();
    let _ = write!(text, "{file}: {count} fault{}{kind}", if count == 1 { "" } else { "s" });
    for Fault { line, what, remedy } in &found.faults {
        let place = line.map_or_else(|| file.clone(), |line| format!("{file}:{line}"));
        let _ = write!(text, "\n  {place}: {what}\n    {remedy}");
    }
    text
}

/// A file that was read: its kind, and the pack or its faults.
pub type Read = (Option<&'static Kind>, Result<Pack, PackError>);

/// Reads a file as the kind that it is.
pub fn read(file: &Path, forced: Option<&'static Kind>) -> Result<Read> {
    let rights = Kind::named("rights");
    let is_rights = |name: &str| file.file_name().is_some_and(|it| it == name);
    if file.is_dir() || [HEADER, SCHEMA, POLICIES].into_iter().any(is_rights) {
        let folder = if file.is_dir() { file } else { file.parent().unwrap_or(Path::new("")) };
        return Ok((rights, read_rights(folder)));
    }
    let name = file.display().to_string();
    let text = fs::read(file).with_context(|| format!("`{name}` cannot be read"))?;
    let faulty = |line, what: &str, remedy: String| {
        Err(PackError {
            file: name.clone(),
            faults: vec![Fault { line, what: what.into(), remedy }],
        })
    };
    let text = match String::from_utf8(text) {
        Ok(text) => text,
        Err(error) => {
            let sound = error.as_bytes().get(..error.utf8_error().valid_up_to());
            let line = sound.map(|it| 1 + it.iter().filter(|byte| **byte == b'\n').count());
            let remedy = "save the file as UTF-8".to_owned();
            return Ok((forced, faulty(line, "this is no text in UTF-8", remedy)));
        }
    };
    match forced.or_else(|| Kind::of(&text)) {
        Some(kind) => Ok((Some(kind), kind.read(&name, &text))),
        None => {
            let remedy = format!(
                "name the kind with --kind, or give the file the keys of one of them:\n{}",
                Kind::all_in_words()
            );
            Ok((None, faulty(None, "its keys are those of no kind of pack", remedy)))
        }
    }
}

/// Reads the three files of decision rights, and checks their policies against their schema.
fn read_rights(folder: &Path) -> Result<Pack, PackError> {
    let mut faults = Vec::new();
    let texts = [HEADER, SCHEMA, POLICIES].map(|name| {
        fs::read_to_string(folder.join(name)).map_err(|error| {
            let what = format!("`{name}` cannot be read: {error}");
            let remedy = "decision rights are a folder of three files; `primum pack show` prints \
                          the built-in ones";
            faults.push(Fault { line: None, what, remedy: remedy.to_owned() });
        })
    });
    let file = folder.join(HEADER).display().to_string();
    let [Ok(header), Ok(schema), Ok(policies)] = texts else {
        return Err(PackError { file, faults });
    };
    let pack = packs::rights(&file, &header, &schema, &policies)?;
    match Rights::new(&pack) {
        Ok(_) => Ok(Pack::Rights(pack)),
        Err(error) => {
            let remedy = "mend the policy, or compare it with the built-in ones: `primum pack show \
                          rights.cedar`";
            let (name, remedy) = match error {
                RightsError::Schema(_) => (SCHEMA, "mend the schema, or take the built-in one"),
                _ => (POLICIES, remedy),
            };
            let file = folder.join(name).display().to_string();
            let remedy = remedy.to_owned();
            let faults = error.faults().iter().map(|it| Fault {
                line: it.line,
                what: it.what.clone(),
                remedy: remedy.clone(),
            });
            Err(PackError { file, faults: faults.collect() })
        }
    }
}

/// A built-in file, as `pack list` tells it.
#[derive(Debug, Serialize)]
struct Listed {
    name: &'static str,
    kind: &'static str,
    id: Option<String>,
    version: Option<String>,
    file: &'static str,
}

fn list() -> Result<Answer> {
    let mut table = Table::new(["name", "kind", "id", "version", "file"]);
    let mut listed = Vec::new();
    for kind in &KINDS {
        for file in kind.files {
            // The schema and the policies of rights have no head of their own.
            let is_toml = file.name().ends_with(".toml");
            let pack = if is_toml { Some(kind.read(file.path, file.text)?) } else { None };
            let it = Listed {
                name: short(file.name()),
                kind: kind.name,
                id: pack.as_ref().and_then(Pack::id),
                version: pack.as_ref().and_then(Pack::version).map(str::to_owned),
                file: file.path,
            };
            let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            table.row([
                it.name.to_owned(),
                it.kind.to_owned(),
                or_none(&it.id),
                or_none(&it.version),
                it.file.to_owned(),
            ]);
            listed.push(it);
        }
    }
    Answer::new(&listed, table.to_string())
}

/// The name under which a file is shown: without `.toml`.
pub fn short(name: &'static str) -> &'static str {
    name.strip_suffix(".toml").unwrap_or(name)
}

/// The built-in file with this name, short or in full.
pub fn built_in(name: &str) -> Option<(&'static Kind, &'static File)> {
    let mut files = KINDS.iter().flat_map(|kind| kind.files.iter().map(move |file| (kind, file)));
    files.find(|(_, file)| file.name() == name || short(file.name()) == name || file.path == name)
}

fn show(name: &str) -> Result<Answer> {
    let Some((kind, file)) = built_in(name) else {
        let problem = format!("there is no built-in pack `{name}`; `primum pack list` lists them");
        return Err(Usage(problem).into());
    };
    let json = serde_json::json!({ "kind": kind.name, "file": file.path, "text": file.text });
    Answer::new(&json, file.text.trim_end())
}
