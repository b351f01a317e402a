//! Benchmarks: each prints a ratio to a peer or physical bound that was measured in the same run,
//! in turns, as a median with the smallest and the largest round. `docs/benchmarks.md` says what
//! was found.
#![expect(clippy::print_stdout, reason = "a command-line tool talks on standard output")]
#![expect(clippy::print_stderr, reason = "progress goes to standard error")]

mod clock;
mod commands;
#[cfg(feature = "pages")]
mod evidence_pass;
mod gate_check;
#[cfg(feature = "pages")]
mod gate_http;
mod hospital;
mod measure;
mod random;
mod replay;
mod scale;
mod years;

use anyhow::{Result, bail};
use clap::{Args, Parser, Subcommand};
use measure::Finding;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The allocator of the product, so that what is measured is what runs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Name, and what it measures.
const BENCHMARKS: [(&str, &str); 6] = [
    ("evidence", "the whole validation report of generated rows, against scans and other programs"),
    ("gate", "checks of the gate in process, against a look-up of the same key"),
    ("gate-http", "checks of the gate over HTTP, against a bare responder on the loopback"),
    ("commands", "durable commands through the registrar, against bare SQLite inserts"),
    ("record", "folding records of three sizes, against reading their bytes"),
    ("scale", "loading and viewing years of a hospital, at three sizes"),
];

/// Measures Primum against peers and physical bounds, in turns.
#[derive(Debug, Parser)]
#[command(name = "bench", args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    part: Option<Part>,
    /// Run this benchmark only; may be repeated.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Print the benchmarks and what each measures.
    #[arg(long)]
    list: bool,
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
    /// Where to put files while measuring; must be on a real disk. The usual temporary folder
    /// unless named.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    sizes: Sizes,
    #[cfg(feature = "pages")]
    #[command(flatten)]
    logs: evidence_pass::Options,
}

/// What a benchmark has done in a process of its own.
#[derive(Debug, Subcommand)]
enum Part {
    /// One piece of work on a prediction log.
    #[cfg(feature = "pages")]
    #[command(subcommand, hide = true)]
    Work(evidence_pass::Work),
}

/// How much is measured.
#[derive(Debug, Clone, Args, Serialize)]
pub struct Sizes {
    /// Seed of everything that is made up.
    #[arg(long, default_value_t = 2_026)]
    pub seed: u64,
    /// Rounds measured, after one of each side that does not count.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Use cases that the gate knows.
    #[arg(
        long,
        default_value_t = 1_000,
        value_parser = clap::value_parser!(u64).range(1..=100_000)
    )]
    pub use_cases: u64,
    /// Checks of the gate in a round.
    #[arg(long, default_value_t = 1_000_000)]
    pub checks: usize,
    /// Requests to the gate over HTTP in a round.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub requests: u64,
    /// Durable commands in a round.
    #[arg(long, default_value_t = 200)]
    pub commands: u64,
    /// Use cases of the largest record that is folded; each has five events.
    #[arg(long, default_value_t = 4_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub replayed_use_cases: u64,
    /// Events of the largest hospital that is lived through; one use case for each hundred.
    #[arg(long, default_value_t = 1_000_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1_000..))]
    pub events: u64,
}

/// All that was measured, and under which conditions.
#[derive(Debug, Serialize)]
struct Outcome {
    cores: usize,
    sizes: Sizes,
    #[cfg(feature = "pages")]
    logs: evidence_pass::Options,
    findings: Vec<Finding>,
}

/// Says how far things are.
pub fn say(what: &str) {
    eprintln!("{what}");
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut cli = Cli::parse();
    if let Some(part) = cli.part.take() {
        return part.run().await;
    }
    if cli.list {
        for (name, what) in BENCHMARKS {
            println!("{name:10} {what}");
        }
        return Ok(());
    }
    for name in &cli.only {
        if !BENCHMARKS.iter().any(|(known, _)| known == name) {
            bail!("there is no benchmark `{name}`; `--list` names them");
        }
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut outcome = Outcome {
        cores,
        sizes: cli.sizes.clone(),
        #[cfg(feature = "pages")]
        logs: cli.logs.clone(),
        findings: Vec::new(),
    };
    if !cli.json {
        println!("{cores} cores, seed {}, {} rounds\n", cli.sizes.seed, cli.sizes.rounds);
    }
    for (name, what) in BENCHMARKS {
        if !cli.only.is_empty() && !cli.only.iter().any(|only| only == name) {
            continue;
        }
        say(&format!("{name}: {what}"));
        let dir = match &cli.dir {
            Some(dir) => {
                std::fs::create_dir_all(dir)?;
                tempfile::tempdir_in(dir)?
            }
            None => tempfile::tempdir()?,
        };
        let findings = run(name, &cli, dir.path()).await?;
        if !cli.json {
            findings.iter().for_each(|finding| println!("{finding}\n"));
        }
        outcome.findings.extend(findings);
    }
    if cli.json {
        println!("{}", serde_json::to_string_pretty(&outcome)?);
    }
    Ok(())
}

impl Part {
    async fn run(self) -> Result<()> {
        match self {
            #[cfg(feature = "pages")]
            Self::Work(work) => println!("{}", serde_json::to_string(&work.run().await?)?),
        }
        Ok(())
    }
}

async fn run(name: &str, cli: &Cli, dir: &Path) -> Result<Vec<Finding>> {
    let sizes = &cli.sizes;
    match name {
        #[cfg(feature = "pages")]
        "evidence" => evidence_pass::run(sizes, &cli.logs, dir),
        "gate" => gate_check::run(sizes).await,
        #[cfg(feature = "pages")]
        "gate-http" => gate_http::run(sizes, dir).await,
        "commands" => commands::run(sizes, dir).await,
        "record" => replay::run(sizes, dir).await,
        "scale" => scale::run(sizes, dir).await,
        #[cfg(not(feature = "pages"))]
        "evidence" | "gate-http" => bail!("`{name}` needs the feature `pages`"),
        _ => bail!("there is no benchmark `{name}`; `--list` names them"),
    }
}
