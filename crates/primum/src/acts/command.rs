//! The commands themselves: names, options and help.

use super::option;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use governance::{ActShape, Catalogue, FieldShape, Form};
use std::fmt::Write;

/// Where the list of acts stands in the help: the acts by group, not the plain list of commands.
const TEMPLATE: &str = "\
{about-with-newline}
{usage-heading} {usage}

{before-help}Arguments:
{positionals}

Options:
{options}{after-help}";

const AFTER: &str = "\
`primum act NAME --help` teaches an act: what it does, its fields, an example. docs/acts.md shows \
all of them, with who may.";

/// The command that prints docs/acts.md.
const DOCS: &str = "docs";
/// Its option for docs/openapi.json.
const OPENAPI: &str = "openapi";
/// The argument that is a whole act.
const WHOLE: &str = "whole";
/// The argument that names a file with all fields.
const FROM_FILE: &str = "from-file";
/// The argument that names documents.
const ATTACH: &str = "attach";

/// A file under docs that the program makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Docs {
    /// docs/acts.md.
    Acts,
    /// docs/openapi.json.
    OpenApi,
}

/// What `primum act` was given.
#[derive(Debug, Clone)]
pub struct ActCommand(ArgMatches);

impl FromArgMatches for ActCommand {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(matches.clone()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0 = matches.clone();
        Ok(())
    }
}

impl Args for ActCommand {
    fn augment_args(command: Command) -> Command {
        // Nobody who asks for something else waits for all these.
        command.defer(all)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl ActCommand {
    /// Whether docs/acts.md is asked for, or docs/openapi.json.
    pub fn wants_docs(&self) -> Option<Docs> {
        let (_, matches) = self.0.subcommand().filter(|(name, _)| *name == DOCS)?;
        Some(if matches.get_flag(OPENAPI) { Docs::OpenApi } else { Docs::Acts })
    }

    /// The act as one text, when it was given so.
    pub fn whole(&self) -> Option<&str> {
        self.0.get_one::<String>(WHOLE).map(String::as_str)
    }

    /// The name of the act's command, and what it was given.
    pub fn named(&self) -> Option<(&str, &ArgMatches)> {
        self.0.subcommand()
    }

    /// The documents to keep with the act: `FILE`, or `FIELD=FILE`.
    pub fn attached(&self) -> Vec<&str> {
        let matches = self.0.subcommand().map_or(&self.0, |(_, matches)| matches);
        let given = matches.get_many::<String>(ATTACH);
        given.into_iter().flatten().map(String::as_str).collect()
    }
}

/// The file with all fields, when one is named.
pub fn file(matches: &ArgMatches) -> Option<&str> {
    matches.get_one::<String>(FROM_FILE).map(String::as_str)
}

/// What was given for a field.
pub fn values<'a>(matches: &'a ArgMatches, field: &FieldShape) -> Vec<&'a str> {
    let given = matches.get_many::<String>(&id(field));
    given.into_iter().flatten().map(String::as_str).collect()
}

/// Options of fields are named apart from the program's own, such as `person` for `--as`.
fn id(field: &FieldShape) -> String {
    format!("field.{}", field.name)
}

fn all(command: Command) -> Command {
    let catalogue = Catalogue::new();
    let whole = Arg::new(WHOLE).value_name("JSON").help(
        "A whole act as JSON, such as '{\"act\": \"tick\"}'; `-` reads it from standard input",
    );
    let attach = Arg::new(ATTACH)
        .long(ATTACH)
        .value_name("[FIELD=]FILE")
        .action(ArgAction::Append)
        .global(true)
        .help(
            "Keep this document with the act and print its SHA-256, which also fills the act's \
             field for a document's hash",
        );
    let openapi = Arg::new(OPENAPI)
        .long(OPENAPI)
        .action(ArgAction::SetTrue)
        .help("Print docs/openapi.json instead");
    let docs = Command::new(DOCS).hide(true).about("Print docs/acts.md").arg(openapi);
    let command = command
        .disable_help_subcommand(true)
        .arg_required_else_help(true)
        .help_template(TEMPLATE)
        .before_help(listed(&catalogue))
        .after_help(AFTER)
        .override_usage("primum act NAME [OPTIONS]\n       primum act JSON")
        .arg(whole)
        .arg(attach)
        .subcommand(docs);
    catalogue.acts().fold(command, |command, act| command.subcommand(one(&catalogue, act)))
}

/// The acts under their groups, each with what it does.
fn listed(catalogue: &Catalogue) -> String {
    let longest = catalogue.acts().map(|act| act.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for group in catalogue.groups.iter().filter(|group| !group.acts.is_empty()) {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{}:", group.title);
        for act in &group.acts {
            let _ = writeln!(text, "  {:longest$}  {}", act.command(), act.in_short());
        }
        text.push('\n');
    }
    text
}

fn one(catalogue: &Catalogue, act: &ActShape) -> Command {
    let from = Arg::new(FROM_FILE)
        .long(FROM_FILE)
        .value_name("FILE")
        .help("Take the fields from a TOML or JSON file; options given beside it count more");
    let example = catalogue.example(act);
    let pretty = serde_json::to_string_pretty(&example).unwrap_or_default();
    let command = Command::new(act.command())
        .aliases(Some(act.name.clone()).filter(|name| name.contains('_')))
        .about(act.in_short().to_owned())
        .long_about(act.does.clone())
        .after_help(format!("The same as JSON, for `primum act -` and the API:\n{pretty}"))
        .arg(from);
    act.fields.iter().fold(command, |command, field| command.arg(argument(catalogue, field)))
}

fn argument(catalogue: &Catalogue, field: &FieldShape) -> Arg {
    let must = if field.required { "required" } else { "may be left out" };
    let form = catalogue.form(&field.schema);
    let kind = match &form {
        Form::Choice(_) => String::new(),
        _ => format!("{}; ", catalogue.kind_in_words(&field.schema)),
    };
    let arg = Arg::new(id(field))
        .long(option(field))
        .help(format!("{} [{kind}{must}]", field.about))
        .help_heading("Fields");
    shaped(arg, &form)
}

fn shaped(arg: Arg, form: &Form) -> Arg {
    match form {
        Form::Text => arg.value_name("TEXT"),
        Form::Choice(words) => {
            arg.value_name("WORD").value_parser(PossibleValuesParser::new(words.clone()))
        }
        Form::Switch => arg
            .value_name("true|false")
            .num_args(0..=1)
            .default_missing_value("true")
            .hide_possible_values(true)
            .value_parser(["true", "false"]),
        Form::Number => arg.value_name("NUMBER").allow_negative_numbers(true),
        Form::List(of) => shaped(arg, of).action(ArgAction::Append),
        Form::Nested => arg.value_name("JSON|@FILE").action(ArgAction::Append),
    }
}
