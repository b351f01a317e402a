//! `primum evidence sample`: a random sample for raters, with the chance of each item.

use super::asked::reached;
use super::watch::watched;
use crate::output::{Answer, Table, Usage};
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use evidence::{Mapping, SampleReport, SampleRequest};
use statistics::sample_size::{items_for_rate, none_found_upper, rate_half_width};
use statistics::sampling::Allocation;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What its help ends with.
const AFTER_HELP: &str = "\
Outputs that people are to rate are drawn at random, so that what is found holds for all. Strata \
see to it that small groups are in the sample; the file keeps how likely each item was to be \
drawn, and `primum evidence ratings --sample` weighs what was found back to everything.

  primum evidence sample notes.csv --item note_id --by specialty --size 200 --least 20 \\
    --raters ann,ben,cem,dora --each 2 --seed 7 --out sample.csv

Each rater gets as many items as the others (but for one), in an order of their own, and every two \
share some, so that agreement can be told. Keep the seed: the same log and seed give the same \
sample. How many items? `--half-width 0.03 --expect 0.05` draws as many as an interval of 5 % \
± 3 % takes.";

/// Options of `primum evidence sample`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct EvidenceSample {
    /// Logs of the items, or folders of them; one item a row
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How the log is read, a file in TOML: its cohorts may be strata, its filters hold
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// Column of the item's id, a pseudonym
    #[arg(long, value_name = "COLUMN")]
    pub item: String,
    /// Columns whose values together are the strata
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,…")]
    pub by: Vec<String>,
    /// Items to draw
    #[arg(long, value_name = "N", required_unless_present = "half_width")]
    pub size: Option<u64>,
    /// Draw as many as the interval of a rate takes to reach so far to each side; needs --expect
    #[arg(long, value_name = "SHARE", conflicts_with = "size", requires = "expect")]
    pub half_width: Option<f64>,
    /// The rate to expect, such as that of notes with a defect
    #[arg(long, value_name = "SHARE")]
    pub expect: Option<f64>,
    /// How the sample is shared out among strata
    #[arg(long, value_enum, default_value = "proportional")]
    pub share: Share,
    /// Items from each stratum at least; with fewer than two nothing is known of how it varies
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub least: u64,
    /// Names of the raters to share the items out among
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    pub raters: Vec<String>,
    /// Raters of each item
    #[arg(long, value_name = "N", default_value_t = 2, requires = "raters")]
    pub each: usize,
    /// Seed of everything random
    #[arg(long, default_value_t = 2026)]
    pub seed: u64,
    /// Coverage of the intervals that the size is for
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
    /// Where the sample goes, as CSV; a file that is there already is left alone
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// How a sample is shared out.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Share {
    /// Each stratum by its size
    Proportional,
    /// Each stratum as many
    Equal,
}

/// Draws the sample, writes it down and says how it was drawn.
pub async fn answer(asked: &EvidenceSample) -> Result<Answer> {
    if !(0.5..1.0).contains(&asked.level) {
        return Err(
            Usage(format!("--level must be from 0.5 to below 1, not {}", asked.level)).into()
        );
    }
    let size = match (asked.size, asked.half_width, asked.expect) {
        (None, Some(half), Some(rate)) => {
            items_for_rate(rate, half, asked.level).map_err(|error| Usage(error.to_string()))?
        }
        (size, ..) => size.unwrap_or_default(),
    };
    let (columns, equals) = match &asked.map {
        Some(map) => {
            let known = Mapping::read(map)?.request().clone();
            (known.columns, known.equals)
        }
        None => Default::default(),
    };
    let request = SampleRequest {
        item: asked.item.clone(),
        by: asked.by.clone(),
        size,
        allocation: match asked.share {
            Share::Proportional => Allocation::Proportional,
            Share::Equal => Allocation::Equal,
        },
        least: if asked.by.is_empty() { 0 } else { asked.least },
        raters: asked.raters.clone(),
        each: asked.each,
        seed: asked.seed,
        columns,
        equals,
    };
    let log = reached(&asked.files, &[]).await?;
    let sample = watched(&log, async |it| evidence::sample(it, &request).await).await?;
    let csv = evidence::sample_csv(&sample)?;
    let text = match &asked.out {
        Some(file) => {
            write_new(file, &csv)?;
            format!("{}\n\nWritten to {}", text(&sample, asked)?, file.display())
        }
        None => format!("{}\n\n{}", text(&sample, asked)?, csv.trim_end()),
    };
    Answer::new(&sample, text)
}

fn write_new(file: &Path, text: &str) -> Result<()> {
    let name = || format!("`{}` was not written", file.display());
    let mut made = match OpenOptions::new().write(true).create_new(true).open(file) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!("`{}` is there already, and was left as it is; name another file", file.display())
        }
        other => other.with_context(name)?,
    };
    made.write_all(text.as_bytes()).with_context(name)
}

fn text(sample: &SampleReport, asked: &EvidenceSample) -> Result<String> {
    let drawn = sample.items.len() as u64;
    let mut text = format!("{drawn} of {} items, seed {}\n", sample.population, asked.seed);
    if !asked.by.is_empty() {
        let mut table = Table::new(["stratum", "items", "drawn", "chance", "each stands for"]);
        for it in &sample.strata {
            table.row([
                it.name.clone(),
                it.population.to_string(),
                it.sampled.to_string(),
                format!("{:.4}", it.probability),
                it.weight.map_or_else(|| "-".to_owned(), |weight| format!("{weight:.1}")),
            ]);
        }
        write!(text, "\n{table}\n")?;
        if sample.strata.iter().any(|it| it.sampled == 0) {
            text += "\nFrom some strata nothing is drawn: the sample says nothing about them.";
        }
    }
    if let Some(it) = &sample.assignment {
        let between = |(least, most): (usize, usize)| match least == most {
            true => least.to_string(),
            false => format!("{least} to {most}"),
        };
        let raters = asked.raters.len();
        write!(text, "\n{raters} raters with {} items each", between(it.load))?;
        if let Some(overlap) = it.overlap {
            write!(text, "; every two share {}", between(overlap))?;
        }
        text += ".";
    }
    let rate = asked.expect.unwrap_or(0.05);
    if let Some(half) = rate_half_width(rate, drawn, asked.level) {
        write!(
            text,
            "\nA defect in {:.0} % of {drawn} items is known to about ± {:.1} %; none at all would \
             show that at most {:.1} % have one (at {:.0} %), if the sample is rated as a whole.",
            100.0 * rate,
            100.0 * half,
            100.0 * none_found_upper(drawn, asked.level),
            100.0 * asked.level
        )?;
    }
    Ok(text)
}
