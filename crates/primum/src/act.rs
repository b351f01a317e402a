//! Commands that change the record: each becomes one act, submitted through the registrar.

use crate::ambient;
use crate::cli::{Cli, Decision, Init};
use crate::folder::{Folder, with_next_step};
use crate::output::{Answer, Exit, Usage};
use crate::roles::Known;
use anyhow::{Result, bail};
use governance::{
    Act, Actor, Change, Choice, CommandId, Event, Founding, Person, PersonId, Record, Service,
    UseCaseId, days_after,
};
use jiff::Timestamp;
use ledger::{CreateOptions, Ledger};
use registrar::{Acknowledged, Opened, Registrar, Submission};
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// Days that the first person's training counts, until the record says otherwise.
const FIRST_TRAINING_DAYS: u32 = 365;

/// `primum init`: founds a record.
pub async fn init(cli: &Cli, init: &Init) -> Result<Answer> {
    let folder = Folder::of(cli);
    let options = CreateOptions { origin: init.origin.clone(), seed: ambient::entropy()? };
    let ledger = Ledger::create(folder.dir(), &options).await?;
    let now = ambient::now();
    let office = Person {
        id: init.person.clone(),
        title: init.title.clone(),
        roles: ["governance-office".to_owned()].into(),
        clinician: false,
        trained_until: days_after(now, FIRST_TRAINING_DAYS),
        interests: std::collections::BTreeSet::new(),
        employment: None,
        trained_on: std::collections::BTreeMap::new(),
        left_at: None,
    };
    let founding = Founding {
        hospital: init.hospital.clone(),
        rights: packs::builtin::rights()?,
        people: vec![office],
    };
    let vkey = ledger.vkey();
    let opened = Registrar::open(ledger, ambient::salts()).await?;
    let submission = Submission {
        id: ambient::command_id()?,
        at: now,
        actor: Actor::Service(Service::Installer),
        act: Act::Found(founding),
        documents: Vec::new(),
    };
    let done = opened.registrar.submit(submission).await?;
    close(opened).await?;
    let text = format!(
        "The record of {} is founded in `{}`.\nNote the log's key down, outside this machine: \
         {vkey}\nNext: primum --data {} person key {}",
        init.hospital,
        folder.dir().display(),
        folder.dir().display(),
        init.person
    );
    Answer::new(&done.events, text)
}

/// `primum decision …`
pub async fn decision(cli: &Cli, decision: &Decision) -> Result<Exit> {
    let act = match decision {
        Decision::Record { case, reason, alternative, residual_risk } => Act::StopOnCase {
            case: *case,
            reason: reason.clone(),
            alternatives: alternative.clone(),
            residual_risk: residual_risk.clone(),
        },
        Decision::Vote { decision, choice, reason } => {
            let choice = match choice.as_str() {
                "approve" => Choice::Approve,
                "reject" => Choice::Reject,
                _ => Choice::Abstain,
            };
            Act::CastVote { decision: *decision, choice, reason: reason.clone() }
        }
        Decision::Recuse { decision, reason } => {
            Act::Recuse { decision: *decision, reason: reason.clone() }
        }
        Decision::Carry { decision } => Act::CarryDecision { decision: *decision },
        Decision::Read(read) => {
            return crate::answer(cli, &crate::read::Read::Decision(read.clone())).await;
        }
    };
    submit(cli, act).await?.print(cli.json)
}

/// `primum suspend …`
pub async fn suspend(cli: &Cli, use_case: UseCaseId, reason: &str) -> Result<Answer> {
    submit(cli, Act::Suspend { use_case, reason: reason.to_owned() }).await
}

/// `primum monitor run`: runs what is due, then fires the clocks.
pub async fn monitor(cli: &Cli) -> Result<Answer> {
    let folder = Folder::of(cli);
    let opened = folder.write(ambient::salts()).await?;
    let registrar = &opened.registrar;
    let now = folder.now(registrar.reader()).await?;
    let ran = monitoring::run_due(registrar, &folder.predictions(), now).await?;
    let ticked = registrar.tick(now).await?;
    let events: Vec<Event> =
        ran.into_iter().flat_map(|ran| ran.events).chain(ticked.events).collect();
    let record = registrar.record();
    close(opened).await?;
    told(&events, &record)
}

/// `primum person key …`: a new access key. Only its hash is kept.
pub async fn person_key(cli: &Cli, person: &PersonId) -> Result<Answer> {
    let folder = Folder::of(cli);
    let (_, record) = folder.read().await?;
    match record.people.get(person) {
        None => bail!("the record has no person `{person}`"),
        Some(known) if known.left_at.is_some() => bail!("`{person}` has left the hospital"),
        Some(_) => {}
    }
    let key = new_secret(&folder, &format!("access.{person}")).await?;
    let text = format!("Access key of {person}, shown once:\n{key}");
    Answer::new(&serde_json::json!({ "person": person, "key": key }), text)
}

/// `primum gate token`: a new token for programs. Only its hash is kept.
pub async fn gate_token(cli: &Cli) -> Result<Answer> {
    let token = new_secret(&Folder::of(cli), web::API_TOKEN).await?;
    let text = format!(
        "Token for programs that ask the gate, shown once:\n{token}\n\
         A server reads it once: one that was running must be restarted. From then on a program \
         must send it, as `Authorization: Bearer TOKEN`."
    );
    Answer::new(&serde_json::json!({ "token": token }), text)
}

/// Draws a secret and keeps its hash as a small fact of the record, in place of any earlier one.
async fn new_secret(folder: &Folder, fact: &str) -> Result<String> {
    let secret = hex::encode(ambient::entropy()?);
    let hash = hex::encode(Sha256::digest(&secret));
    let mut ledger = Ledger::open(folder.dir()).await.map_err(with_next_step)?;
    ledger.meta_set(fact, &hash).await?;
    ledger.close().await?;
    Ok(secret)
}

/// Opens the case for a version that is not on record and asked to act, and says so on standard
/// error.
///
/// A folder that a server writes to, or that may only be read, is left alone: the gate has answered
/// all the same.
pub async fn report_unknown_version(cli: &Cli, asked: gate::Request, at: Timestamp) -> Result<()> {
    let folder = Folder::of(cli);
    let said = match Ledger::open(folder.dir()).await {
        Ok(ledger) => {
            let opened = Registrar::open(ledger, ambient::salts()).await?;
            let submission = Submission {
                id: ambient::service_command_id("gate")?,
                at,
                actor: Actor::Service(Service::Gate),
                act: Act::ReportUnknownVersion {
                    use_case: asked.use_case,
                    version: asked.version,
                    site: asked.site,
                    workflow: asked.workflow,
                },
                documents: Vec::new(),
            };
            let done = opened.registrar.submit(submission).await;
            let record = opened.registrar.record();
            close(opened).await?;
            told(&done?.events, &record)?.text().to_owned()
        }
        Err(error) => format!("no case was opened: {error}"),
    };
    // The answer was given; a closed standard error takes nothing from it.
    let _ = writeln!(io::stderr(), "{said}");
    Ok(())
}

/// Submits one act in the name of `--as`.
pub async fn submit(cli: &Cli, act: Act) -> Result<Answer> {
    submit_with(cli, act, Vec::new()).await
}

/// Submits one act in the name of `--as`, with the documents that it names by their hash.
pub async fn submit_with(cli: &Cli, act: Act, documents: Vec<Vec<u8>>) -> Result<Answer> {
    let person = acting(cli)?;
    let folder = Folder::of(cli);
    let opened = folder.write(ambient::salts()).await?;
    let at = folder.now(opened.registrar.reader()).await?;
    let outcome = submit_to(cli, person, &opened.registrar, act, at, documents).await;
    let record = opened.registrar.record();
    close(opened).await?;
    let done = outcome?;
    if done.repeated {
        let first = done.first_seq.unwrap_or_default();
        let text = format!("This command had its effect before, from event {first} on.");
        return Answer::new(&serde_json::json!({ "repeated": true, "first_seq": first }), text);
    }
    told(&done.events, &record)
}

/// The person named by `--as`.
pub fn acting(cli: &Cli) -> Result<PersonId> {
    Ok(cli.person.clone().ok_or_else(|| Usage("say who acts: add --as PERSON".to_owned()))?)
}

/// Submits a person's act to an open record.
pub async fn submit_to(
    cli: &Cli,
    person: PersonId,
    registrar: &Registrar,
    act: Act,
    at: Timestamp,
    documents: Vec<Vec<u8>>,
) -> Result<Acknowledged> {
    let id = cli.command_id.clone().map_or_else(ambient::command_id, Ok)?;
    submit_as(id, person, registrar, act, at, documents).await
}

/// Submits a person's act to an open record as the command with this id.
pub async fn submit_as(
    id: CommandId,
    person: PersonId,
    registrar: &Registrar,
    act: Act,
    at: Timestamp,
    documents: Vec<Vec<u8>>,
) -> Result<Acknowledged> {
    let actor = Actor::Person(person);
    Ok(registrar.submit(Submission { id, at, actor, act, documents }).await?)
}

/// Waits until the writer has saved and let go of the folder.
pub async fn close(opened: Opened) -> Result<()> {
    let Opened { registrar, writer } = opened;
    drop(registrar);
    Ok(writer.await?)
}

/// What happened, in plain words.
pub fn told(events: &[Event], record: &Record) -> Result<Answer> {
    let lines: Vec<_> = events
        .iter()
        .map(|event| format!("event {}: {}", event.seq, web::words::sentence(event, record)))
        .collect();
    let mut text = if lines.is_empty() { "Nothing changed.".to_owned() } else { lines.join("\n") };
    let added = events.iter().filter_map(|event| match &event.change {
        Change::PersonAdded(person) => Some((person, event.at)),
        _ => None,
    });
    let added: Vec<_> = added.collect();
    if let Some((_, at)) = added.last() {
        let notes = Known::of(record, *at)?.notes(added.iter().map(|(person, _)| *person));
        for note in notes {
            text.push('\n');
            text.push_str(&note);
        }
    }
    Answer::new(&events, text)
}
