//! `primum incident …`: what may leave the house about an incident, and worksheets for forms.

use crate::act::{acting, close, submit_to, told};
use crate::ambient;
use crate::cli::Cli;
use crate::folder::Folder;
use crate::output::{Answer, Exit, Usage};
use crate::read::Read;
use anyhow::{Context, Result, bail};
use clap::{Subcommand, ValueEnum};
use governance::{
    Act, Incident, IncidentId, IncidentsAct, PersonId, Record, Worksheet, blinded, traces,
    worksheet,
};
use registrar::Registrar;
use serde_json::{Value, json};
use std::io::{self, Write};

/// `primum incident …`
#[derive(Debug, Clone, Subcommand)]
pub enum IncidentRead {
    /// Export an incident for a patient safety organisation; refused while anything in it may lead
    /// back to a patient, a person or a place
    Export {
        /// The incident
        id: IncidentId,
        /// Without ids, people, places and free text; the only export there is
        #[arg(long, required = true)]
        blinded: bool,
        /// Give a free text that you read and answer for. Needs --as and the right to add to the
        /// incident's timeline, where it is kept that you did
        #[arg(long, value_name = "TEXT", value_parser = ["what", "cause", "actions"])]
        clear: Vec<String>,
        /// Show what may lead back instead of exporting
        #[arg(long)]
        show: bool,
    },
    /// Print what a form asks, as far as the record knows
    Worksheet {
        /// The incident
        id: IncidentId,
        /// The form
        #[arg(long)]
        form: Form,
    },
}

/// A form.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Form {
    /// FDA 3500A, mandatory reporting by user facilities
    #[value(name = "3500a")]
    Fda3500a,
    /// What a MIPS attestation of IA_PSPA_34 rests on
    #[value(name = "ia-pspa-34")]
    MipsIaPspa34,
}

/// Answers, or gives free text away in the name of a person.
pub async fn run(cli: &Cli, read: &IncidentRead) -> Result<Exit> {
    match read {
        IncidentRead::Export { id, clear, show: false, .. } if !clear.is_empty() => {
            in_clear(cli, *id, clear).await?.print(cli.json)
        }
        read => crate::answer(cli, &Read::Incident(read.clone())).await,
    }
}

/// An export with free texts. It is given only once the record keeps who gave which.
async fn in_clear(cli: &Cli, id: IncidentId, clear: &[String]) -> Result<Answer> {
    let person = acting(cli)?;
    let opened = Folder::of(cli).write(ambient::salts()).await?;
    let done = give(cli, person, &opened.registrar, id, clear).await;
    let record = opened.registrar.record();
    close(opened).await?;
    let (export, events) = done?;
    let said = told(&events, &record)?;
    // The export was given; a closed standard error takes nothing from it.
    let _ = writeln!(io::stderr(), "{}", said.text());
    Answer::new(&export, serde_json::to_string_pretty(&export)?)
}

async fn give(
    cli: &Cli,
    person: PersonId,
    registrar: &Registrar,
    id: IncidentId,
    clear: &[String],
) -> Result<(Value, Vec<governance::Event>)> {
    let record = registrar.record();
    let export = exported(&record, find(&record, id)?, clear)?;
    let at = Folder::of(cli).now(registrar.reader()).await?;
    let what = format!("Exported blinded, with these free texts in clear: {}", clear.join(", "));
    let act = Act::Incidents(IncidentsAct::AddTimeline { incident: id, at, what });
    let done = submit_to(cli, person, registrar, act, at, Vec::new()).await?;
    Ok((export, done.events))
}

/// The blinded incident.
///
/// # Errors
/// When something in it may lead back.
fn exported(record: &Record, incident: &Incident, clear: &[String]) -> Result<Value> {
    let export = blinded(record, incident, &clear.iter().cloned().collect());
    let listed = leads_back(record, &export);
    if !listed.is_empty() {
        bail!("{} was not exported: it may lead back.\n{}", incident.id, listed.join("\n"));
    }
    Ok(export)
}

/// What in an export may lead back, a line for each.
fn leads_back(record: &Record, export: &Value) -> Vec<String> {
    let found = traces(record, export).into_iter();
    found.map(|it| format!("{} at {}: {}; {}", it.at, it.place, it.found, it.because)).collect()
}

/// Answers from the record.
pub fn answer(read: &IncidentRead, record: &Record) -> Result<Answer> {
    match read {
        IncidentRead::Export { id, clear, show: true, .. } => {
            let cleared = clear.iter().cloned().collect();
            let export = blinded(record, find(record, *id)?, &cleared);
            let listed = leads_back(record, &export);
            let text = if listed.is_empty() { "Nothing.".to_owned() } else { listed.join("\n") };
            Answer::new(&traces(record, &export), text)
        }
        IncidentRead::Export { clear, .. } if !clear.is_empty() => {
            let what = "free text is exported from the record as it is now, which keeps who gave \
                        it; leave `as-of` or --clear out";
            Err(Usage(what.to_owned()).into())
        }
        IncidentRead::Export { id, .. } => {
            let export = exported(record, find(record, *id)?, &[])?;
            Answer::new(&export, serde_json::to_string_pretty(&export)?)
        }
        IncidentRead::Worksheet { id, form } => {
            let form = match form {
                Form::Fda3500a => Worksheet::Fda3500a,
                Form::MipsIaPspa34 => Worksheet::MipsIaPspa34,
            };
            let text = worksheet(record, find(record, *id)?, form);
            Answer::new(&json!({ "worksheet": text }), text)
        }
    }
}

fn find(record: &Record, id: IncidentId) -> Result<&Incident> {
    let incident = record.incidents.incidents.get(&id);
    incident.with_context(|| format!("the record has no incident `{id}`; check the id"))
}
