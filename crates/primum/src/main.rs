//! `primum`: the command line. It parses arguments, prints, and chooses exit codes; it holds no
//! rule.

mod act;
mod acts;
mod adopt;
mod ambient;
mod cli;
mod columns;
mod demo;
mod evidence;
mod exchange;
mod failure;
mod folder;
mod incident;
mod inventory;
mod log;
mod objects;
mod output;
mod pack;
mod read;
mod rights;
mod roles;
mod serve;
mod tiers;
mod times;
mod use_cases;
mod waiting;

use crate::cli::{Cli, Command};
use crate::failure::fail;
use crate::folder::Folder;
use crate::output::{Answer, Exit, Usage, end_of, say, start_of};
use crate::read::Read;
use anyhow::Result;
use clap::{CommandFactory, Parser};
use std::process::ExitCode;

/// A record is many small values: the system's allocator took a quarter longer to load one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misread(&error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = anyhow::Error::new(error).context("no threads to run on");
            return fail(&error, cli.json);
        }
    };
    match runtime.block_on(run(&cli)) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) => fail(&error, cli.json),
    }
}

/// A command line that cannot be read. What stands behind a mistyped act is not looked at: the name
/// is what is wrong.
fn misread(error: &clap::Error) -> ExitCode {
    let given: Vec<String> =
        std::env::args_os().skip(1).map(|it| it.to_string_lossy().into_owned()).collect();
    let as_json = given.iter().any(|it| it == "--json");
    match acts::misnamed(error, &given) {
        Some(problem) => fail(&problem.into(), as_json),
        None => failure::misread(error, as_json),
    }
}

async fn run(cli: &Cli) -> Result<Exit> {
    match &cli.command {
        Command::Demo(demo) => demo::run(cli, demo).await,
        Command::Init(init) => act::init(cli, init).await?.print(cli.json),
        Command::Serve(serve) => serve::run(cli, serve).await,
        Command::UseCase(read) => answer(cli, &Read::UseCase(read.clone())).await,
        Command::Tier(read) => answer(cli, &Read::Tier(read.clone())).await,
        Command::Inventory(inventory) => inventory::run(cli, inventory).await?.print(cli.json),
        Command::Case(read) => answer(cli, &Read::Case(read.clone())).await,
        Command::Incident(read) => incident::run(cli, read).await,
        Command::Gate(cli::Gate::Token) => act::gate_token(cli).await?.print(cli.json),
        Command::Gate(cli::Gate::Read(read)) => answer(cli, &Read::Gate(read.clone())).await,
        Command::Work(work) => answer(cli, &Read::Work(work.clone())).await,
        Command::Evidence(evidence) => evidence::run(cli, evidence).await,
        Command::Decision(decision) => act::decision(cli, decision).await,
        Command::Monitor(cli::Monitor::Run) => act::monitor(cli).await?.print(cli.json),
        Command::Person(cli::Person::Key { person }) => {
            act::person_key(cli, person).await?.print(cli.json)
        }
        Command::Rights(verb) => rights::run(cli, verb).await?.print(cli.json),
        Command::Pack(verb) => pack::run(cli, verb).await?.print(cli.json),
        Command::Log(log) => log::run(cli, log).await?.print(cli.json),
        Command::Export { file } => exchange::export(cli, file).await,
        Command::Import { file } => exchange::import(cli, file).await?.print(cli.json),
        Command::Suspend { use_case, reason } => {
            act::suspend(cli, *use_case, reason).await?.print(cli.json)
        }
        Command::Act(command) => acts::run(cli, command).await,
        Command::List(list) => answer(cli, &Read::List(list.clone())).await,
        Command::Show(show) => answer(cli, &Read::Show(show.clone())).await,
        Command::AsOf { date, read } => as_of(cli, date, read).await?.print(cli.json),
        Command::Completions { shell } => {
            let mut command = Cli::command();
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut command, "primum", &mut script);
            say(String::from_utf8(script)?.trim_end())?;
            Ok(Exit::Done)
        }
    }
}

/// Answers from the record as it is now.
async fn answer(cli: &Cli, read: &Read) -> Result<Exit> {
    let folder = Folder::of(cli);
    let (reader, record) = folder.read().await?;
    let now = folder.now(&reader).await?;
    let answer = read.answer(&record, now)?;
    let asked = read.unknown_version(&record, now);
    let exit = answer.print(cli.json)?;
    if let Some(request) = asked {
        act::report_unknown_version(cli, request, now).await?;
    }
    Ok(exit)
}

async fn as_of(cli: &Cli, date: &str, read: &Read) -> Result<Answer> {
    let at = end_of(date)?;
    let folder = Folder::of(cli);
    let reader = folder.reader().await?;
    let now = folder.now(&reader).await?;
    if start_of(date)? > now {
        return Err(Usage(format!("`{date}` is yet to come; the record ends now")).into());
    }
    let at = at.min(now);
    let record = registrar::record_at(&reader, at).await?;
    read.answer(&record, at)
}
