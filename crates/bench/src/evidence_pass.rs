//! The whole validation report of a made-up log against peers that read the same file, each in a
//! process of its own.

mod log;
mod peers;
mod work;

pub use work::Work;

use crate::measure::{Finding, Memory, Rounds, grouped};
use crate::{Sizes, say};
use anyhow::{Result, ensure};
use clap::Args;
use log::Scores;
use peers::{Peer, work};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use work::Measured;

/// The most memory that the report may hold at any time.
const MOST_MEMORY: u64 = 512 << 20;
/// The most that a row may cost in a log, over what it costs in the smallest one.
const MOST_GROWTH: f64 = 1.2;

/// What the report is measured on, and against.
#[derive(Debug, Clone, Args, Serialize)]
pub struct Options {
    /// Rows of the prediction log; several sizes, separated by commas, show how the time grows.
    #[arg(long, value_delimiter = ',', default_value = "10000000")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub rows: Vec<u64>,
    /// How the scores of the log are written.
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["full", "four"])]
    pub scores: Vec<Scores>,
    /// What the report is measured against: all but `pipeline`, unless named.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub peers: Option<Vec<Peer>>,
    /// A Python that has the packages of `crates/bench/peers/requirements.txt`.
    #[arg(long, value_name = "FILE")]
    pub python: Option<PathBuf>,
    /// Keep the logs in this folder for the next run.
    #[arg(long, value_name = "DIR")]
    pub logs: Option<PathBuf>,
}

/// Measures every size of log with every kind of score.
pub fn run(sizes: &Sizes, options: &Options, dir: &Path) -> Result<Vec<Finding>> {
    let folder = options.logs.as_deref().unwrap_or(dir);
    let mut findings = Vec::new();
    for &scores in &options.scores {
        let mut smallest: Option<(u64, Vec<f64>)> = None;
        for &rows in &options.rows {
            let log = log::kept(folder, rows, sizes.seed, scores)?;
            let name = format!("evidence, {}", scores.title());
            let side = Side { name, rows, log, python: options.python.as_deref() };
            let (seconds, found) = side.measure(sizes.rounds, &peers(options, rows))?;
            findings.extend(found);
            match &smallest {
                None => smallest = Some((rows, seconds)),
                Some((fewest, before)) => findings.push(side.growth(&seconds, *fewest, before)),
            }
        }
    }
    Ok(findings)
}

/// The peers for a log of so many rows. Says why one is left out.
fn peers(options: &Options, rows: u64) -> Vec<Peer> {
    let mut wanted = options.peers.clone().unwrap_or_else(|| Peer::USUAL.to_vec());
    wanted.retain(|peer| {
        let why = if peer.needs_python() && options.python.is_none() {
            "it needs a Python with its packages"
        } else if *peer == Peer::Pipeline && rows > Peer::MOST_PIPELINE_ROWS {
            "it holds all rows in memory several times"
        } else {
            return true;
        };
        say(&format!("left out: {}: {why}", peer.title()));
        false
    });
    wanted
}

/// One log, and how it is measured.
struct Side<'a> {
    name: String,
    rows: u64,
    log: PathBuf,
    python: Option<&'a Path>,
}

impl Side<'_> {
    /// Measures the report and its peers in turns, after one report that does not count: it brings
    /// the file into memory for everyone. Who goes first changes from round to round. Gives the
    /// seconds of the report, round by round, too.
    fn measure(&self, rounds: u32, peers: &[Peer]) -> Result<(Vec<f64>, Vec<Finding>)> {
        self.report()?;
        let mut reports: Vec<Measured> = Vec::new();
        let mut found: Vec<Vec<Measured>> = vec![Vec::new(); peers.len()];
        for round in 0..rounds as usize {
            let turns = peers.len() + 1;
            for turn in 0..turns {
                // The last place is ours.
                let place = (round + turn + peers.len()) % turns;
                let (Some(peer), Some(found)) = (peers.get(place), found.get_mut(place)) else {
                    reports.push(self.report()?);
                    continue;
                };
                // Minutes of it need no median.
                if *peer != Peer::Pipeline || round == 0 {
                    say(&format!("round {}: {}", round + 1, peer.title()));
                    found.push(peer.measure(self.python, &self.log)?);
                }
            }
        }
        let mut findings = Vec::new();
        for (peer, found) in peers.iter().zip(found) {
            let mut times = Rounds::default();
            for (ours, theirs) in reports.iter().zip(&found) {
                peer.agrees(ours, theirs)?;
                add(&mut times, ours.seconds, theirs.seconds);
            }
            let (ours, peer_memory) = (peak(&reports), peak(&found));
            let memory = Memory { ours, peer: peer_memory, limit: MOST_MEMORY };
            let finding = self.finding(times, peer.title(), peer.aim());
            findings.push(finding.with_memory(Some(memory)));
        }
        Ok((reports.iter().map(|report| report.seconds).collect(), findings))
    }

    fn report(&self) -> Result<Measured> {
        say(&format!("report of {} rows", grouped(self.rows as f64)));
        let report = work("report", &self.log)?;
        ensure!(report.rows == self.rows, "the report used {} rows", report.rows);
        Ok(report)
    }

    /// What a row costs here, over what it costs in the smallest log.
    fn growth(&self, seconds: &[f64], fewest: u64, before: &[f64]) -> Finding {
        let mut times = Rounds::default();
        for (now, before) in seconds.iter().zip(before) {
            add(&mut times, *now, before * self.rows as f64 / fewest as f64);
        }
        let peer = format!("as many reports of {} rows", grouped(fewest as f64));
        self.finding(times, &peer, MOST_GROWTH)
    }

    fn finding(&self, times: Rounds, peer: &str, aim: f64) -> Finding {
        times.finding(&self.name, (self.rows, "rows"), peer, Some(aim))
    }
}

/// Adds the seconds of a round.
fn add(times: &mut Rounds, ours: f64, peer: f64) {
    let [ours, peer] = [ours, peer].map(|seconds| Duration::from_secs_f64(seconds.max(0.0)));
    times.add(ours, peer);
}

/// The largest peak of memory, in bytes.
fn peak(all: &[Measured]) -> u64 {
    all.iter().map(|one| one.peak_rss).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::log::{ATTRIBUTES, COLUMNS, write};
    use super::*;
    use crate::evidence_pass::work::scan_and_count;

    #[tokio::test]
    async fn both_sides_see_all_rows_of_a_log_that_depends_on_the_seed_alone() {
        let dir = tempfile::tempdir().unwrap();
        let [a, b] = ["a.parquet", "b.parquet"].map(|name| dir.path().join(name));
        for scores in [Scores::Four, Scores::Full] {
            for path in [&a, &b] {
                write(path, 3000, 7, scores).unwrap();
                assert_eq!(scan_and_count(path).await.unwrap(), [3000; COLUMNS.len()]);
            }
            assert_eq!(std::fs::read(&a).unwrap(), std::fs::read(&b).unwrap());
            let report = Work::Report { file: a.clone() }.run().await.unwrap();
            assert_eq!(report.rows, 3000);
            let overall = report.cells.iter().find(|cell| cell.key.attribute.is_none()).unwrap();
            assert_eq!(overall.n, 3000);
            let ratio = overall.measures["observed_expected"];
            assert!((0.8..1.25).contains(&ratio), "{ratio}");
            for (attribute, ..) in ATTRIBUTES {
                let named = |name: &Option<String>| name.as_deref() == Some(attribute);
                let cells = report.cells.iter().filter(|cell| named(&cell.key.attribute));
                let rows: u64 = cells.filter(|cell| cell.key.period.is_none()).map(|c| c.n).sum();
                assert!((2970..=3000).contains(&rows), "{attribute}: {rows}");
            }
        }
    }

    #[test]
    fn a_peer_that_counts_otherwise_is_refused() {
        let measured = |n: u64, auroc: f64| -> Measured {
            let cell = serde_json::json!({
                "period": null, "attribute": null, "level": null,
                "n": n, "events": 300, "measures": {"auroc": auroc},
            });
            let all = serde_json::json!({
                "seconds": 1.0, "peak_rss": 1, "rows": 900, "cells": [cell],
            });
            serde_json::from_value(all).unwrap()
        };
        let ours = measured(900, 0.7);
        assert!(Peer::Pipeline.agrees(&ours, &measured(900, 0.7)).is_ok());
        for theirs in [measured(899, 0.7), measured(900, 0.71), measured(900, f64::MAX)] {
            assert!(Peer::Pipeline.agrees(&ours, &theirs).is_err());
        }
        let scan = Measured { cells: Vec::new(), ..ours.clone() };
        assert!(Peer::Datafusion.agrees(&ours, &scan).is_ok());
        assert!(Peer::Datafusion.agrees(&ours, &Measured { rows: 899, ..scan }).is_err());
    }
}
