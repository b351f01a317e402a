//! `primum rights …`: who may do what, why, and whether a pack of decision rights can be used.

use crate::cli::{Cli, Rights as Verb};
use crate::folder::Folder;
use crate::output::{Answer, Usage, end_of};
use ::rights::{ActionRights, Cell, Explanation, Matrix, Rights};
use anyhow::{Context, Result};
use governance::{
    Actor, CaseId, ContentHash, DecisionId, Duty, PersonId, Question, Record, RightsPack, Subject,
    UseCaseId,
};
use jiff::Timestamp;
use serde_json::json;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// A file of decision rights.
pub const HEADER: &str = "rights.toml";
/// A file of decision rights.
pub const SCHEMA: &str = "rights.cedarschema";
/// A file of decision rights.
pub const POLICIES: &str = "rights.cedar";

/// Runs a verb.
pub async fn run(cli: &Cli, verb: &Verb) -> Result<Answer> {
    match verb {
        Verb::Matrix { at } => {
            let pack = match &cli.data {
                Some(_) => in_force(cli, at.as_deref()).await?,
                None if at.is_some() => {
                    let problem = "--at asks a record; name its folder with --data";
                    return Err(Usage(problem.to_owned()).into());
                }
                None => packs::builtin::rights()?,
            };
            let matrix = Rights::new(&pack)?.matrix();
            Answer::new(&matrix, table(&pack, &matrix))
        }
        Verb::Explain { person, act, subject } => {
            let folder = Folder::of(cli);
            let (reader, record) = folder.read().await?;
            let now = folder.now(&reader).await?;
            explain(&record, now, person, act, subject.as_deref())
        }
        Verb::Check { path } => check(path),
    }
}

/// The pack in force in the record, now or at the end of a day.
async fn in_force(cli: &Cli, at: Option<&str>) -> Result<RightsPack> {
    let folder = Folder::of(cli);
    let (reader, record) = folder.read().await?;
    let at = match at {
        Some(date) => end_of(date)?,
        None => folder.now(&reader).await?,
    };
    record.rights_at(at).cloned().context("the record was not founded yet")
}

/// The matrix for people: a block for each action, a line for each standing, and the rules below.
fn table(pack: &RightsPack, matrix: &Matrix) -> String {
    let mut text = format!(
        "Decision rights {} ({:.12})\n\nWho may do what at which tier. Whoever is not listed may \
         not. yes: always; no: never; if: see the line's note.\nThe rules on the right are told \
         below. What the record itself asks for (a quorum, a stage, an open case) comes on top.\n",
        pack.version,
        pack.digest()
    );
    let widest = matrix.actions.iter().flat_map(|it| &it.who).map(|row| row.standing.len());
    let width = widest.max().unwrap_or_default();
    for action in &matrix.actions {
        block(&mut text, action, width);
    }
    text.push_str("\nRules\n");
    for rule in &matrix.legend {
        let _ = writeln!(text, "  {}: {}", rule.id, rule.reason);
    }
    text.trim_end().to_owned()
}

fn block(text: &mut String, action: &ActionRights, width: usize) {
    let on = match action.on.as_str() {
        "UseCase" => "a use case".to_owned(),
        "Record" => "the record".to_owned(),
        other => format!("a {}", other.to_lowercase()),
    };
    let name = action.action.replace('_', " ");
    let _ = write!(
        text,
        "\n{:<head$}  T1   T2   T3   T4\n",
        format!("{name} ({on})"),
        head = width + 2
    );
    if action.who.is_empty() {
        text.push_str("  nobody\n");
    }
    for row in &action.who {
        let cells = row.cells.each_ref().map(|cell| match cell {
            Cell::Yes => "yes",
            Cell::No => "no",
            Cell::If(_) => "if",
        });
        let rules: Vec<_> = row.rules.iter().map(|id| id.split('-').next().unwrap_or(id)).collect();
        let [a, b, c, d] = cells;
        let cells = format!("{a:<5}{b:<5}{c:<5}{d:<5}");
        let _ = writeln!(text, "  {:<width$}  {cells}{}", row.standing, rules.join(" "));
        let mut told = Vec::new();
        for cell in &row.cells {
            if let Cell::If(condition) = cell
                && !told.contains(&condition)
            {
                told.push(condition);
            }
        }
        for condition in told {
            let tiers = row.cells.iter().zip(1..).filter(|(cell, _)| match cell {
                Cell::If(it) => it == condition,
                _ => false,
            });
            let tiers: Vec<_> = tiers.map(|(_, tier)| format!("T{tier}")).collect();
            let at =
                if tiers.len() == 4 { String::new() } else { format!("{}: ", tiers.join(" ")) };
            let _ = writeln!(text, "      {at}if {condition}");
        }
    }
}

fn explain(
    record: &Record,
    now: Timestamp,
    person: &PersonId,
    act: &str,
    subject: Option<&str>,
) -> Result<Answer> {
    let act = act.replace([' ', '-'], "_");
    let subject = subject_of(record, &act, subject)?;
    let pack = record.rights_at(now).context("the record was not founded yet")?;
    let actor = Actor::Person(person.clone());
    let explained = Rights::new(pack)?
        .explain(record, &actor, &act, &subject, now)
        .map_err(|problem| Usage(format!("{problem}; name an act and what it is about")))?;
    let asked = format!("{} ({subject})", act.replace('_', " "));
    Answer::new(&explained, told(person, &asked, &explained))
}

/// What an act is about, from its short id.
fn subject_of(record: &Record, act: &str, text: Option<&str>) -> Result<Subject> {
    let Some(text) = text else { return Ok(Subject::Record) };
    if let Ok(id) = text.parse::<UseCaseId>() {
        let Some(use_case) = record.use_cases.get(&id).filter(|_| act == "open_motion") else {
            return Ok(Subject::UseCase(id));
        };
        let body = record.deciding_body(use_case).context("no body decides on it")?.id.clone();
        return Ok(Subject::Motion { body, question: Question::Approve { use_case: id } });
    }
    if let Ok(id) = text.parse::<DecisionId>() {
        let Some(decision) = record.decisions.get(&id).filter(|_| act == "meet_condition") else {
            return Ok(Subject::Decision(id));
        };
        // The first that is not proved yet.
        let open = decision.motion.conditions.iter().position(|it| it.proof.is_none());
        let condition = open.unwrap_or_default() + 1;
        return Ok(Subject::Duty(Duty::Condition { decision: id, condition }));
    }
    if let Ok(id) = text.parse::<CaseId>() {
        let case = record.cases.get(&id).filter(|_| act == "open_motion");
        let use_case = case.and_then(|case| record.use_cases.get(&case.use_case));
        let Some(use_case) = use_case else { return Ok(Subject::Case(id)) };
        let body = record.deciding_body(use_case).context("no body decides on it")?.id.clone();
        return Ok(Subject::Motion { body, question: Question::Case { case: id } });
    }
    if text.parse::<ContentHash>().is_ok() {
        return Ok(Subject::Document(text.to_owned()));
    }
    let problem = format!("`{text}` is nothing that an act is about; write UC-1, DEC-2 or CASE-3");
    Err(Usage(problem).into())
}

fn told(person: &PersonId, asked: &str, explained: &Explanation) -> String {
    let verdict = if explained.allowed { "may" } else { "may not" };
    let mut text = format!("{person} {verdict} {asked}.\n");
    for rule in &explained.rules {
        let _ = writeln!(text, "  {}: {}", rule.id, rule.reason);
    }
    if !explained.allowed && explained.rules.is_empty() {
        text.push_str("  No rule permits it.\n");
    }
    if !explained.nearest.is_empty() {
        text.push_str("\nRules that permit it, the nearest first:\n");
    }
    for near in &explained.nearest {
        let _ = writeln!(text, "  {}: {}", near.rule.id, near.rule.reason);
        for missing in &near.missing {
            let _ = writeln!(text, "    missing: {missing}");
        }
        if near.missing.is_empty() {
            text.push_str("    nothing is missing; what is forbidden stays so\n");
        }
    }
    text.push_str("\nWhat the rules read:\n");
    for (name, fact) in &explained.facts {
        let _ = writeln!(text, "  {name}: {fact}");
    }
    text.push_str("\nWhether it is possible as the record stands, the act itself will tell.");
    text
}

/// Checks a pack: a folder with its three files, or a file of policies for the built-in schema.
fn check(path: &Path) -> Result<Answer> {
    let read = |path: &Path| {
        fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))
    };
    let pack = if path.is_dir() {
        let [header, schema, policies] = [HEADER, SCHEMA, POLICIES].map(|name| path.join(name));
        let file = header.display().to_string();
        packs::rights(&file, &read(&header)?, &read(&schema)?, &read(&policies)?)?
    } else {
        RightsPack { policies: read(path)?, ..packs::builtin::rights()? }
    };
    let rights = Rights::new(&pack)?;
    let rules = rights.rules().len();
    let digest = pack.digest();
    let text = format!(
        "Version {}: {rules} rules, no fault.\nDigest {digest}\nA body decides on this digest; \
         then `adopt_rights` takes the pack and the decision.",
        pack.version
    );
    Answer::new(&json!({ "version": pack.version, "rules": rules, "digest": digest }), text)
}
