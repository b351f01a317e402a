//! The command line: nouns and verbs.

use crate::acts::ActCommand;
use crate::claim::EvidenceClaim;
use crate::evidence::classes::EvidenceClasses;
use crate::evidence::grades::EvidenceGrades;
use crate::evidence::models::EvidenceModels;
use crate::evidence::survival::EvidenceSurvival;
use crate::evidence::values::EvidenceValues;
use crate::incident::IncidentRead;
use crate::inventory::Inventory;
use crate::objects::{ListRead, ShowRead};
use crate::pack::PackVerb;
use crate::read::{CaseRead, DecisionRead, EvidenceRead, GateRead, Read, TierRead, UseCaseRead};
use crate::size::EvidenceSize;
use crate::waiting::WorkRead;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use governance::{CaseId, CommandId, DecisionId, EvidenceId, PersonId, UseCaseId};
use std::net::SocketAddr;
use std::path::PathBuf;

/// What `primum --help` ends with.
const AFTER_HELP: &str = "\
Exit codes: 0 done or permitted; 1 anything else that went wrong; 2 wrong usage; 3 denied, or a \
standard not met; 4 verification failed.

New here? `primum demo` makes a demo hospital in `primum-demo` and serves its pages. Your own \
record begins with `primum init`.";

/// Primum: the operating record for AI in a health system.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, arg_required_else_help = true, after_help = AFTER_HELP)]
pub struct Cli {
    /// The record's folder; `primum-data` when not given, `primum-demo` for the demo.
    #[arg(long, global = true, value_name = "DIR", env = "PRIMUM_DATA", hide_env_values = true)]
    pub data: Option<PathBuf>,
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// Who acts, for commands that change the record.
    // Its id is no field's name: an option of a command with the same id would take its place.
    #[arg(
        id = "as",
        long = "as",
        global = true,
        value_name = "PERSON",
        env = "PRIMUM_AS",
        hide_env_values = true
    )]
    pub person: Option<PersonId>,
    /// The command's id; give the same one when you try again. A new one is made otherwise.
    #[arg(long, global = true, value_name = "ID")]
    pub command_id: Option<CommandId>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play the demo hospital: make a record, tell its story, serve its pages
    Demo(Demo),
    /// Found the record of a hospital
    Init(Init),
    /// Serve the pages and the API
    Serve(Serve),
    /// Use cases: what is governed
    #[command(subcommand)]
    UseCase(UseCaseRead),
    /// Risk tiers
    #[command(subcommand)]
    Tier(TierRead),
    /// The inventory as a CSV file: export it, or take one in
    #[command(subcommand)]
    Inventory(Inventory),
    /// Evidence from predictions: compute, record, show, reproduce
    #[command(subcommand)]
    Evidence(Evidence),
    /// Decisions of bodies: list, show, vote, step aside, declare, stop a use case on a case
    #[command(subcommand)]
    Decision(Decision),
    /// Cases: what slipped and waits for a decision
    #[command(subcommand)]
    Case(CaseRead),
    /// Incidents: export and worksheets
    #[command(subcommand)]
    Incident(IncidentRead),
    /// What waits, the most urgent first
    Work(WorkRead),
    /// The runtime gate
    #[command(subcommand)]
    Gate(Gate),
    /// Run monitoring plans
    #[command(subcommand)]
    Monitor(Monitor),
    /// Access keys of people
    #[command(subcommand)]
    Person(Person),
    /// Decision rights: who may do what, why, and whether a pack can be used
    #[command(subcommand)]
    Rights(Rights),
    /// Packs, what a hospital decides for itself: check, list, show, adopt
    #[command(subcommand)]
    Pack(PackVerb),
    /// The log behind the record
    #[command(subcommand)]
    Log(Log),
    /// Write everything in the record to a file of JSON lines, for whoever comes after Primum
    Export {
        /// The file, which must not exist yet; `-` for standard output
        file: PathBuf,
    },
    /// Read an export into an empty folder: the same events, the same state, a new signing key
    Import {
        /// The file; `-` for standard input
        file: PathBuf,
    },
    /// Stop a use case at once
    Suspend {
        /// The use case, such as UC-1
        use_case: UseCaseId,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Do any act, by its name and fields or as JSON
    Act(ActCommand),
    /// List the objects of a kind
    List(ListRead),
    /// Show any object by its id
    Show(ShowRead),
    /// Answer from the record as it was at the end of a day
    AsOf {
        /// The day, such as 2024-03-31, or an instant, such as 2024-03-31T12:00:00Z
        date: String,
        /// What to answer
        #[command(subcommand)]
        read: Read,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// The stories that Primum carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StoryName {
    /// One readmission score, from proposal to drift, on real predictions
    Readmission,
    /// A hospital with use cases of every kind, and troubles to find
    Hospital,
}

impl StoryName {
    /// The story's file.
    pub fn file(self) -> &'static str {
        match self {
            Self::Readmission => "story.toml",
            Self::Hospital => "hospital.toml",
        }
    }
}

/// Options of `primum demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Which story to tell
    #[arg(long, value_enum, default_value = "readmission")]
    pub story: StoryName,
    /// Exit after the story
    #[arg(long)]
    pub no_serve: bool,
    /// Where to serve
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:7272")]
    pub listen: SocketAddr,
}

/// Options of `primum init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The hospital's name
    #[arg(long)]
    pub hospital: String,
    /// Handle of the first person, who gets the role governance-office and adds the rest
    #[arg(long, value_name = "PERSON")]
    pub person: PersonId,
    /// The person's position
    #[arg(long)]
    pub title: String,
    /// The log's name, such as records.example.org/primum
    #[arg(long, default_value = "primum.local/record")]
    pub origin: String,
}

/// Options of `primum serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where to serve; anything but the loopback address needs a proxy that speaks TLS in front
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:7272")]
    pub listen: SocketAddr,
    /// A proxy in front speaks TLS: cookies are sent over it only
    #[arg(long)]
    pub behind_tls: bool,
}

/// `primum evidence …`
#[derive(Debug, Subcommand)]
pub enum Evidence {
    /// Compute evidence from a prediction log; needs no record
    Run(Box<EvidenceRun>),
    /// How far raters of output agree, and which of them is biased; needs no record
    Ratings(EvidenceRatings),
    /// How many rows an interval of a wanted width takes; needs no record
    Size(EvidenceSize),
    /// Two models that scored the same rows, compared row by row; needs no record
    Models(EvidenceModels),
    /// Scores for several classes, of which one is right; needs no record
    Classes(EvidenceClasses),
    /// Given levels against those that rows have, such as of triage; needs no record
    Grades(EvidenceGrades),
    /// Predicted numbers against those that came true; needs no record
    Values(EvidenceValues),
    /// Predicted risks at a horizon, with follow-up that may end before it; needs no record
    Survival(EvidenceSurvival),
    /// What vendors' model cards leave open; needs no record. Exits with 3 when a card breaks its
    /// schema, contradicts itself or says what cannot be
    Card {
        /// Applied Model Cards of the Coalition for Health AI, as XML
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// A claim against what was measured here; needs no record. Exits with 3 when it is worse here,
    /// or the two cannot be compared
    Claim(Box<EvidenceClaim>),
    /// Compute evidence for a use case by its monitoring feed, judge it and record it
    Record {
        /// The use case
        use_case: UseCaseId,
        /// First day of the predictions, such as 2022-07-01
        #[arg(long)]
        from: String,
        /// The day after the last one
        #[arg(long)]
        until: String,
    },
    /// Compute recorded evidence again and compare the digest
    Reproduce {
        /// The evidence
        evidence: EvidenceId,
        /// Where its prediction log is, when it was moved
        #[arg(long, value_name = "FILE")]
        source: Option<PathBuf>,
    },
    /// What only reads
    #[command(flatten)]
    Read(EvidenceRead),
}

/// Options of `primum evidence ratings`.
#[derive(Debug, Args)]
pub struct EvidenceRatings {
    /// Ratings as CSV, one a row
    pub file: PathBuf,
    /// Column of what was rated
    #[arg(long, value_name = "COLUMN")]
    pub item: String,
    /// Column of who rated
    #[arg(long, value_name = "COLUMN")]
    pub rater: String,
    /// Column of the rating, a number; empty where none was given
    #[arg(long, value_name = "COLUMN")]
    pub score: String,
    /// Column of what is looked at apart, such as the criterion
    #[arg(long, value_name = "COLUMN")]
    pub by: Option<String>,
    /// Levels of the scale; all that occur when left out
    #[arg(long, value_delimiter = ',', value_name = "LEVEL,…", allow_negative_numbers = true)]
    pub levels: Vec<f64>,
    /// Coverage of the intervals
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
    /// Seed of the resamples behind the intervals
    #[arg(long, default_value_t = 2026)]
    pub seed: u64,
}

/// Options of `primum evidence run`.
#[derive(Debug, Args)]
pub struct EvidenceRun {
    /// Prediction logs, Parquet or CSV
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Column of the outcome, 0 or 1
    #[arg(long, value_name = "COLUMN")]
    pub outcome: String,
    /// Column of the score, 0 to 1
    #[arg(long, value_name = "COLUMN")]
    pub score: String,
    /// Columns whose levels are the cohorts
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,…")]
    pub by: Vec<String>,
    /// Scores at or above which a prediction is acted on; the first is the operating one
    #[arg(long, value_delimiter = ',', value_name = "P,…", default_value = "0.5")]
    pub threshold: Vec<f64>,
    /// Coverage of the intervals
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
    /// Column of the prediction id; an id that comes twice is refused
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// Column of the time of prediction
    #[arg(long, value_name = "COLUMN")]
    pub time: Option<String>,
    /// Column of the time at which the outcome is known
    #[arg(long, value_name = "COLUMN")]
    pub matured: Option<String>,
    /// Column of the version
    #[arg(long, value_name = "COLUMN")]
    pub version: Option<String>,
    /// Versions that may appear
    #[arg(long, value_delimiter = ',', value_name = "VERSION,…", requires = "version")]
    pub known_versions: Vec<String>,
    /// First day, such as 2022-07-01; needs --time
    #[arg(long, requires = "time")]
    pub from: Option<String>,
    /// The day after the last one; needs --time
    #[arg(long, requires = "time")]
    pub until: Option<String>,
    /// Only rows with this value, such as split=deploy
    #[arg(long = "only", value_name = "COLUMN=VALUE")]
    pub only: Vec<String>,
    /// Tally each month too; needs --time
    #[arg(long, requires = "time")]
    pub monthly: bool,
}

/// `primum decision …`
#[derive(Debug, Subcommand)]
pub enum Decision {
    /// Record the chair's decision to stop a use case on a case
    Record {
        /// The case
        case: CaseId,
        /// Why
        #[arg(long)]
        reason: String,
        /// What else was considered; may be given more than once
        #[arg(long, required = true)]
        alternative: Vec<String>,
        /// The risk that remains
        #[arg(long)]
        residual_risk: String,
    },
    /// Vote on a motion
    Vote {
        /// The decision
        decision: DecisionId,
        /// approve, reject or abstain
        #[arg(value_parser = ["approve", "reject", "abstain"])]
        choice: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Step aside from a decision
    Recuse {
        /// The decision
        decision: DecisionId,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Declare the outcome of a motion: carried, or lost
    Carry {
        /// The decision
        decision: DecisionId,
    },
    /// What only reads
    #[command(flatten)]
    Read(DecisionRead),
}

/// `primum gate …`
#[derive(Debug, Subcommand)]
pub enum Gate {
    /// Make a new token for programs that ask over HTTP, print it once, and forget the old one
    Token,
    /// What only reads
    #[command(flatten)]
    Read(GateRead),
}

/// `primum monitor …`
#[derive(Debug, Subcommand)]
pub enum Monitor {
    /// Run every month that is due, and fire what clocks made due
    Run,
}

/// `primum person …`
#[derive(Debug, Subcommand)]
pub enum Person {
    /// Make a new access key for a person, print it once, and forget the old one
    Key {
        /// The person
        person: PersonId,
    },
}

/// `primum rights …`
#[derive(Debug, Subcommand)]
pub enum Rights {
    /// Print who may do what at which tier: of the record named by --data, else of the built-in
    /// pack
    Matrix {
        /// As it was, or will be, at the end of this day; needs --data
        #[arg(long, value_name = "DATE")]
        at: Option<String>,
    },
    /// Say why a person may or may not do an act now, and what is missing
    Explain {
        /// The person
        person: PersonId,
        /// The act, such as cast_vote; docs/acts.md lists them
        act: String,
        /// What it is about: UC-1, DEC-2, CASE-3 or a document's hash; nothing for the whole record
        subject: Option<String>,
    },
    /// Check a pack and print the digest that a body decides on
    Check {
        /// A folder with rights.toml, rights.cedarschema and rights.cedar, or a file of policies
        path: PathBuf,
    },
}

/// `primum log …`
#[derive(Debug, Subcommand)]
pub enum Log {
    /// Derive everything again from the stored bytes
    Verify {
        /// The verifier key you noted down; without it the log vouches for itself
        #[arg(long)]
        vkey: Option<String>,
    },
    /// Print the newest signed checkpoint
    Checkpoint,
    /// Print the receipt of an event, which proves that it is in the log
    Receipt {
        /// The event
        event: u64,
    },
    /// List events in plain words
    Show {
        /// How many of the newest
        #[arg(long, default_value_t = 20)]
        last: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// An argument that has the id of a global option takes its value: `work --for` once did, from
    /// PRIMUM_AS.
    #[test]
    fn no_argument_takes_the_place_of_a_global_option() {
        fn look(command: &clap::Command, global: &[(String, Option<String>)], seen: &mut usize) {
            for arg in command.get_arguments() {
                let same = global.iter().find(|(id, _)| id == arg.get_id().as_str());
                let Some((id, long)) = same else { continue };
                assert_eq!(arg.get_long(), long.as_deref(), "{} has `{id}`", command.get_name());
                *seen += 1;
            }
            command.get_subcommands().for_each(|it| look(it, global, seen));
        }
        let mut root = Cli::command();
        root.build();
        let of =
            |arg: &clap::Arg| (arg.get_id().to_string(), arg.get_long().map(ToOwned::to_owned));
        let global: Vec<_> = root.get_arguments().filter(|it| it.is_global_set()).map(of).collect();
        assert_eq!(global.len(), 4, "{global:?}");
        let mut seen = 0;
        look(&root, &global, &mut seen);
        assert!(seen > 200, "{seen}");
    }
}
