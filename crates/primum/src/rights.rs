//! `primum rights …`: who may do what, why, and whether a pack of decision rights can be used.

use crate::acts::unknown;
use crate::cli::{Cli, Rights as Verb};
use crate::folder::Folder;
use crate::output::{Answer, Usage, end_of};
use ::rights::{ActionRights, Cell, Explanation, Matrix, Rights};
use anyhow::{Context, Result};
use governance::{
    Act, Actor, Catalogue, ContentHash, Duty, KINDS, PersonId, Question, Record, RightsPack,
    Subject,
};
use jiff::Timestamp;
use serde_json::json;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::str::FromStr;

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
    let catalogue = Catalogue::new();
    let Some(shape) = catalogue.act(&act.replace(' ', "_")) else {
        return Err(unknown(&catalogue, act).into());
    };
    let act = shape.name.as_str();
    let example: Act = serde_json::from_value(catalogue.example(shape))?;
    let subject = subject_of(record, act, &example.subject(), subject)?;
    let pack = record.rights_at(now).context("the record was not founded yet")?;
    let actor = Actor::Person(person.clone());
    let explained =
        Rights::new(pack)?.explain(record, &actor, act, &subject, now).map_err(Usage)?;
    let asked = format!("{} ({subject})", act.replace('_', " "));
    Answer::new(&explained, told(person, &asked, &explained))
}

/// What to name for an act that is about such a thing.
fn to_name(about: &Subject) -> Option<&'static str> {
    Some(match about {
        Subject::Record => return None,
        Subject::UseCase(_) => "a use case, such as UC-1",
        Subject::Motion { .. } => "a use case or a case that the motion is about, such as UC-1",
        Subject::Decision(_) | Subject::Duty(Duty::Condition { .. }) => "a decision, such as DEC-1",
        Subject::Case(_) => "a case, such as CASE-1",
        Subject::Review(_) => "a review, such as REV-1",
        Subject::Hazard(_) | Subject::Duty(Duty::Control { .. }) => "a hazard, such as HAZ-1",
        Subject::Duty(Duty::Exception(_)) => "an exception, such as EX-1",
        Subject::Duty(Duty::Draft(_)) => "a draft, such as DRAFT-1",
        Subject::Duty(Duty::Oneself(_)) => "a person, by their handle",
        Subject::Duty(Duty::IncidentAction { .. }) => "an incident, such as INC-1",
        Subject::Body(_) => "a body, by its handle",
        Subject::Meeting(_) => "a meeting, such as MTG-1",
        Subject::Delegation(_) => "a delegation, such as DEL-1",
        Subject::Lane { .. } => "a use case, such as UC-1, whose first lane is then looked at",
        Subject::Change(_) => "a change request, such as CR-1",
        Subject::Document(_) => "a document, by its SHA-256",
    })
}

/// What an act is about, from its short id.
fn subject_of(record: &Record, act: &str, about: &Subject, text: Option<&str>) -> Result<Subject> {
    let words = act.replace('_', " ");
    let Some(wanted) = to_name(about) else {
        // Of incidents and exceptions the rights do not tell one from another.
        let on_record = |text: &&str| KINDS.iter().any(|kind| kind.find(record, text).is_some());
        return match text.filter(|text| !on_record(text)) {
            None => Ok(Subject::Record),
            Some(text) => Err(Usage(format!(
                "the record has no `{text}`; {words} is about the record as a whole, so name \
                 nothing"
            ))
            .into()),
        };
    };
    let Some(text) = text else {
        return Err(Usage(format!("name what {words} is about: {wanted}")).into());
    };
    named(record, about, text)?
        .ok_or_else(|| Usage(format!("{words} is not about `{text}`; name {wanted}")).into())
}

/// The thing of this kind with an id; none when the id is of another kind.
fn named(record: &Record, about: &Subject, text: &str) -> Result<Option<Subject>> {
    fn id<T: FromStr>(text: &str, make: impl Fn(T) -> Subject) -> Option<Subject> {
        text.parse().ok().map(make)
    }
    Ok(match about {
        Subject::Record => None,
        Subject::UseCase(_) => id(text, Subject::UseCase),
        Subject::Motion { .. } => motion(record, text)?,
        Subject::Decision(_) => id(text, Subject::Decision),
        Subject::Case(_) => id(text, Subject::Case),
        Subject::Review(_) => id(text, Subject::Review),
        Subject::Hazard(_) => id(text, Subject::Hazard),
        Subject::Body(_) => id(text, Subject::Body),
        Subject::Meeting(_) => id(text, Subject::Meeting),
        Subject::Delegation(_) => id(text, Subject::Delegation),
        Subject::Change(_) => id(text, Subject::Change),
        Subject::Document(_) => {
            text.parse::<ContentHash>().ok().map(|_| Subject::Document(text.to_owned()))
        }
        Subject::Lane { .. } => id(text, |use_case| {
            let policy = record.tier_policy.as_ref();
            let first = policy.and_then(|policy| policy.lanes.first());
            first.map_or(Subject::UseCase(use_case), |lane| Subject::Lane {
                use_case,
                lane: lane.id.clone(),
            })
        }),
        Subject::Duty(duty) => match duty {
            Duty::Condition { .. } => id(text, |decision| {
                let known = record.decisions.get(&decision);
                // The first that is not proved yet.
                let open = known.and_then(|known| {
                    known.motion.conditions.iter().position(|it| it.proof.is_none())
                });
                let condition = open.unwrap_or_default() + 1;
                Subject::Duty(Duty::Condition { decision, condition })
            }),
            Duty::Exception(_) => id(text, |it| Subject::Duty(Duty::Exception(it))),
            Duty::Draft(_) => id(text, |it| Subject::Duty(Duty::Draft(it))),
            Duty::Oneself(_) => id(text, |it| Subject::Duty(Duty::Oneself(it))),
            Duty::IncidentAction { .. } => {
                id(text, |incident| Subject::Duty(Duty::IncidentAction { incident, action: 1 }))
            }
            Duty::Control { .. } => {
                id(text, |hazard| Subject::Duty(Duty::Control { hazard, control: 1 }))
            }
        },
    })
}

/// The motion on a use case, a case or an exception, before the body that decides on it.
fn motion(record: &Record, text: &str) -> Result<Option<Subject>> {
    let question = if let Ok(use_case) = text.parse() {
        Question::Approve { use_case }
    } else if let Ok(case) = text.parse() {
        Question::Case { case }
    } else if let Ok(exception) = text.parse() {
        Question::Exception { exception }
    } else {
        return Ok(None);
    };
    let use_case = match &question {
        Question::Case { case } => record.cases.get(case).map(|it| it.use_case),
        Question::Exception { exception } => {
            record.exceptions.all.get(exception).map(|it| it.use_case)
        }
        Question::Approve { use_case } | Question::Resume { use_case } => Some(*use_case),
        Question::Pack { .. } => None,
    };
    let use_case = use_case.and_then(|id| record.use_cases.get(&id));
    let use_case = use_case.with_context(|| format!("the record has no `{text}`"))?;
    let body = record.deciding_body(use_case).context("no body decides on it")?.id.clone();
    Ok(Some(Subject::Motion { body, question }))
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
