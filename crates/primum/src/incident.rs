//! `primum incident …`: what may leave the house about an incident, and worksheets for forms.

use crate::output::Answer;
use anyhow::{Context, Result, bail};
use clap::{Subcommand, ValueEnum};
use governance::{Incident, IncidentId, Record, Worksheet, blinded, traces, worksheet};
use serde_json::json;

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
        /// Give a free text that somebody read and answers for
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

/// Answers from the record.
pub fn answer(read: &IncidentRead, record: &Record) -> Result<Answer> {
    match read {
        IncidentRead::Export { id, clear, show, .. } => {
            let cleared = clear.iter().cloned().collect();
            let export = blinded(record, find(record, *id)?, &cleared);
            let found = traces(record, &export);
            let listed: Vec<_> = found
                .iter()
                .map(|it| format!("{} at {}: {}; {}", it.at, it.place, it.found, it.because))
                .collect();
            if *show {
                let text =
                    if listed.is_empty() { "Nothing.".to_owned() } else { listed.join("\n") };
                return Answer::new(&found, text);
            }
            if !listed.is_empty() {
                bail!("{id} was not exported: it may lead back.\n{}", listed.join("\n"));
            }
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
