//! `primum act`: a command for every act, made from the schemas while the program runs.

mod command;
mod docs;
mod given;

pub use command::ActCommand;
use command::Docs;
pub use given::unknown;

use crate::cli::Cli;
use crate::output::{Exit, Usage, say};
use anyhow::Result;

/// Runs `primum act …`.
pub async fn run(cli: &Cli, command: &ActCommand) -> Result<Exit> {
    if let Some(wanted) = command.wants_docs() {
        let text = match wanted {
            Docs::Acts => docs::document()?,
            Docs::OpenApi => serde_json::to_string_pretty(&web::openapi())?,
        };
        say(text.trim_end())?;
        return Ok(Exit::Done);
    }
    let given = given::read(command)?;
    let stored = given.stored();
    let answer = crate::act::submit_with(cli, given.act, given.documents).await?;
    let mut text = answer.text().to_owned();
    for line in stored {
        text.push('\n');
        text.push_str(&line);
    }
    answer.with_text(text).print(cli.json)
}

/// What to say of a command line that has options after the name of an act that does not exist:
/// they would else be blamed for it.
pub fn misnamed(error: &clap::Error, given: &[String]) -> Option<Usage> {
    if error.kind() != clap::error::ErrorKind::UnknownArgument {
        return None;
    }
    let mut after = given.iter().skip_while(|it| *it != "act").skip(1);
    let name = after.find(|it| !it.starts_with('-'))?;
    let whole = name.starts_with(['{', '[', '"']);
    let catalogue = governance::Catalogue::new();
    let known = whole || name == "docs" || catalogue.act(name).is_some();
    (!known).then(|| unknown(&catalogue, name))
}

/// What stands between the options and the fields of an act: names that mean something everywhere.
pub(crate) const RESERVED: &[&str] =
    &["data", "json", "as", "command-id", "attach", "from-file", "help"];

/// The option that gives a field, without the dashes.
pub(crate) fn option(field: &governance::FieldShape) -> String {
    let flag = field.flag();
    if RESERVED.contains(&flag.as_str()) { format!("act-{flag}") } else { flag }
}
