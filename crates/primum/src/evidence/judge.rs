//! `primum evidence judge`: a judge model beside people.

use super::rated::Rated;
use crate::output::{Answer, Table};
use anyhow::Result;
use clap::{Args, ValueEnum};
use evidence::{JudgeReport, JudgeRequest, JudgedGroup};
use statistics::{Agreement, Distance, PpiMean, Reliance};
use std::fmt::Write;

/// What its help ends with.
const AFTER_HELP: &str = "\
A judge model can rate everything, and it is biased. People rate a random part; what the judge \
says of the rest is put right by how far it was off where people looked too. The result is right \
whatever the judge's bias, and its interval is shorter than that of people alone as far as the \
judge is good: `worth` says how many items people alone would have to rate for the same.

  primum evidence judge ratings.csv --item note --rater who --score score --by criterion \\
    --judge model-x --defects 1,2

One rating a row, the judge is one of the raters. Alpha with the judge well below that of people \
alone says that the judge is not one of them.";

/// Options of `primum evidence judge`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct EvidenceJudge {
    /// The ratings
    #[command(flatten)]
    pub rated: Rated,
    /// The judge, as the column of raters names it
    #[arg(long, value_name = "NAME")]
    pub judge: String,
    /// Levels that count as a defect, to get the share of items with one
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "LEVEL,…",
        allow_negative_numbers = true,
        conflicts_with = "rubric"
    )]
    pub defects: Vec<f64>,
    /// How far the judge is relied on
    #[arg(long, value_enum, default_value = "tuned")]
    pub reliance: Rely,
}

/// How far a judge is relied on.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Rely {
    /// As far as it helps
    Tuned,
    /// Wholly
    Full,
}

/// Reads the ratings and says what judge and people together show.
pub fn answer(asked: &EvidenceJudge) -> Result<Answer> {
    let request = JudgeRequest {
        ratings: asked.rated.request(None)?,
        judge: asked.judge.clone(),
        reliance: match asked.reliance {
            Rely::Tuned => Reliance::Tuned,
            Rely::Full => Reliance::Full,
        },
        defects: asked.defects.clone(),
    };
    let report = evidence::judge(&asked.rated.file, &request)?;
    let text = text(&report)?;
    Answer::new(&report, text)
}

fn text(report: &JudgeReport) -> Result<String> {
    let mut text = String::new();
    for group in &report.groups {
        show(group, &report.request.judge, &mut text)?;
    }
    let request = &report.request.ratings;
    write!(
        text,
        "Intervals of {:.0} %: alpha by resampling items (seed {}), the others normal; with fewer \
         than about 50 items that people rated they are too short.\nThe items that people rated \
         must be a random sample of all (`primum evidence sample`).",
        request.level * 100.0,
        request.seed
    )?;
    Ok(text)
}

fn show(group: &JudgedGroup, judge: &str, text: &mut String) -> Result<()> {
    if let Some(name) = &group.name {
        writeln!(text, "{name}")?;
    }
    writeln!(
        text,
        "{} people and {judge}: {} items by both, {} by {judge} alone, {} by people alone\n",
        group.people, group.labelled, group.judged, group.unjudged
    )?;
    let mut alpha = Table::new(["alpha", "people", "interval", "with the judge", "interval"]);
    for it in &group.alpha {
        let name = match it.distance {
            Distance::Nominal => "nominal",
            Distance::Ordinal => "ordinal",
            Distance::Interval => "interval",
            Distance::Ratio => "ratio",
        };
        let (people, with) = (cells(it.people.as_ref()), cells(it.with_judge.as_ref()));
        alpha.row([vec![name.to_owned()], people, with].concat());
    }
    writeln!(text, "{alpha}\n")?;
    let mut found = Table::new(["", "estimate", "interval", "items", "worth"]);
    if let Some((bias, lower, upper)) = group.bias {
        let interval = format!("{lower:+.3} to {upper:+.3}");
        let items = group.labelled.to_string();
        let name = "judge less people".to_owned();
        found.row([name, format!("{bias:+.3}"), interval, items, "-".to_owned()]);
    }
    if let Some((mean, lower, upper)) = group.people_alone {
        let items = group.labelled + group.unjudged;
        found.row(row("mean, people alone", (mean, lower, upper), items, None));
    }
    if let Some(it) = &group.mean {
        found.row(put_right("mean, judge put right", it));
    }
    if let Some(rate) = &group.rate {
        if let Some(it) = rate.people_alone {
            let items = usize::try_from(it.items)?;
            found.row(row("defects, people alone", (it.rate, it.lower, it.upper), items, None));
        }
        match &rate.put_right {
            Some(it) => found.row(put_right("defects, judge put right", it)),
            None => {
                let why = "too few found, or too few without".to_owned();
                let empty = ["-".to_owned(), "-".to_owned()];
                let [one, other] = empty;
                found.row(["defects, judge put right".to_owned(), "-".to_owned(), why, one, other]);
            }
        }
    }
    writeln!(text, "{found}\n")?;
    if group.mean.is_none() && group.judged < 2 {
        writeln!(text, "The judge rated nothing that people did not: there is nothing to add.\n")?;
    }
    Ok(())
}

fn cells(agreement: Option<&Agreement>) -> Vec<String> {
    let Some(it) = agreement else { return vec!["-".to_owned(), "-".to_owned()] };
    let interval = match (it.lower, it.upper) {
        (Some(lower), Some(upper)) => format!("{lower:.3} to {upper:.3}"),
        _ => "-".to_owned(),
    };
    vec![format!("{:.3}", it.estimate), interval]
}

fn put_right(name: &str, it: &PpiMean) -> Vec<String> {
    row(name, (it.estimate, it.lower, it.upper), it.labelled + it.judged, it.effective)
}

fn row(
    name: &str,
    (estimate, lower, upper): (f64, f64, f64),
    items: usize,
    worth: Option<f64>,
) -> Vec<String> {
    vec![
        name.to_owned(),
        format!("{estimate:.3}"),
        format!("{lower:.3} to {upper:.3}"),
        items.to_string(),
        worth.map_or_else(|| "-".to_owned(), |worth| format!("{worth:.0} items by people")),
    ]
}
