//! The evidence pass against a bare scan and count of the same columns.

use crate::measure::{Finding, Rounds, grouped};
use crate::random::Random;
use crate::{Sizes, say};
use anyhow::{Context, Result, ensure};
use datafusion::arrow::array::{
    Array, ArrayRef, DictionaryArray, Float64Array, Int8Array, RecordBatch,
};
use datafusion::arrow::datatypes::Int8Type;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
use evidence::{Request, Source};
use futures::StreamExt;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Rows made and written at a time.
const CHUNK: u64 = 1 << 18;

/// How the scores of a log are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Digits {
    /// Rounded to four decimals: about ten thousand distinct scores.
    Four,
    /// As computed: nearly every row has a score of its own.
    All,
}

/// The columns of both sides.
const COLUMNS: [&str; 4] = ["outcome", "score", "race", "sex"];

/// Measures both kinds of scores.
pub async fn run(sizes: &Sizes, dir: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (digits, name) in [
        (Digits::Four, "evidence, scores of 4 decimals"),
        (Digits::All, "evidence, full precision"),
    ] {
        let path = dir.join("predictions.parquet");
        say(&format!("generating {} rows, seed {}", grouped(sizes.rows as f64), sizes.seed));
        write(&path, sizes.rows, sizes.seed, digits)?;
        let request = Request {
            by: vec!["race".into(), "sex".into()],
            thresholds: vec![0.15],
            ..Request::new("outcome", "score")
        };
        let source = Source::file(&path);
        let ours = || async {
            let set = evidence::tally(&source, &request).await?;
            ensure!(set.rows_used == sizes.rows, "the pass used {} rows", set.rows_used);
            Ok(())
        };
        let peer = || async {
            let counts = scan_and_count(&path).await?;
            ensure!(counts == [sizes.rows; COLUMNS.len()], "the scan counted {counts:?}");
            Ok(())
        };
        let rounds = Rounds::alternate(sizes.rounds, ours, peer).await?;
        let peer = "DataFusion scan and count of the same columns";
        findings.push(rounds.finding(name, (sizes.rows, "rows"), peer, Some(2.0)));
    }
    Ok(findings)
}

/// Decodes every value of the columns, on as many cores as there are, and counts those that are
/// there, per column.
async fn scan_and_count(path: &Path) -> Result<[u64; COLUMNS.len()]> {
    let path = path.to_str().context("the folder's name is not UTF-8")?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let config = SessionConfig::new().with_target_partitions(cores);
    let session = SessionContext::new_with_config(config);
    let frame = session.read_parquet(path, ParquetReadOptions::default()).await?;
    let mut counts = JoinSet::new();
    for mut stream in frame.select_columns(&COLUMNS)?.execute_stream_partitioned().await? {
        counts.spawn(async move {
            let mut counts = [0_u64; COLUMNS.len()];
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                for (count, column) in counts.iter_mut().zip(batch.columns()) {
                    *count += (column.len() - column.logical_null_count()) as u64;
                }
            }
            anyhow::Ok(counts)
        });
    }
    let mut sum = [0; COLUMNS.len()];
    while let Some(part) = counts.join_next().await {
        for (sum, count) in sum.iter_mut().zip(part??) {
            *sum += count;
        }
    }
    Ok(sum)
}

/// Writes a made-up prediction log. Scores are calibrated: the outcome happens as often as they
/// say.
fn write(path: &Path, rows: u64, seed: u64, digits: Digits) -> Result<()> {
    let mut random = Random::of(seed);
    let mut writer: Option<ArrowWriter<File>> = None;
    let mut left = rows;
    while left > 0 {
        let batch = batch(&mut random, left.min(CHUNK), digits)?;
        left -= batch.num_rows() as u64;
        let mut open = match writer.take() {
            Some(open) => open,
            None => ArrowWriter::try_new(File::create(path)?, batch.schema(), None)?,
        };
        open.write(&batch)?;
        writer = Some(open);
    }
    writer.context("a log needs rows")?.close()?;
    Ok(())
}

fn batch(random: &mut Random, rows: u64, digits: Digits) -> Result<RecordBatch> {
    let mut scores = Vec::new();
    let mut outcomes = Vec::new();
    let mut places: [Vec<i8>; 3] = Default::default();
    for _ in 0..rows {
        // Most are at low risk, few at high risk: a third of the rows lies below 0.04.
        let risk = random.unit().powi(3);
        let score = match digits {
            Digits::Four => (risk * 1e4).round() / 1e4,
            Digits::All => risk,
        };
        scores.push(score);
        outcomes.push(i8::from(random.unit() < score));
        for (places, (_, until, _)) in places.iter_mut().zip(ATTRIBUTES) {
            places.push(random.place(until) as i8);
        }
    }
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("score", Arc::new(Float64Array::from(scores))),
        ("outcome", Arc::new(Int8Array::from(outcomes))),
    ];
    for (places, (name, _, levels)) in places.into_iter().zip(ATTRIBUTES) {
        let levels = Arc::new(datafusion::arrow::array::StringArray::from(levels.to_vec()));
        let keyed = DictionaryArray::<Int8Type>::try_new(Int8Array::from(places), levels)?;
        // Stored as plain text, as most programs write it.
        let text = datafusion::arrow::compute::cast(
            &keyed,
            &datafusion::arrow::datatypes::DataType::Utf8,
        )?;
        columns.push((name, text));
    }
    Ok(RecordBatch::try_from_iter(columns)?)
}

/// Name, cumulated shares of all levels but the last, and levels.
const ATTRIBUTES: [(&str, &[f64], &[&str]); 3] = [
    (
        "race",
        &[0.55, 0.75, 0.9, 0.96, 0.98],
        &["White", "Black or African American", "Hispanic", "Asian", "Other", "Unknown"],
    ),
    ("sex", &[0.53], &["Female", "Male"]),
    ("site", &[0.4, 0.7, 0.9], &["Main", "North", "West", "Clinic at the harbour"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_sides_see_all_rows_of_a_log_that_depends_on_the_seed_alone() {
        let dir = tempfile::tempdir().unwrap();
        let [a, b] = ["a.parquet", "b.parquet"].map(|name| dir.path().join(name));
        for digits in [Digits::Four, Digits::All] {
            for path in [&a, &b] {
                write(path, 3000, 7, digits).unwrap();
                assert_eq!(scan_and_count(path).await.unwrap(), [3000; 4]);
            }
            assert_eq!(std::fs::read(&a).unwrap(), std::fs::read(&b).unwrap());
            let request = Request { by: vec!["race".into()], ..Request::new("outcome", "score") };
            let set = evidence::tally(&Source::file(&a), &request).await.unwrap();
            let all = set.overall().unwrap();
            let expected = all.score_sum as f64 / 1e9;
            assert!((expected - all.events as f64).abs() < 100.0, "{expected} {}", all.events);
            assert_eq!(set.levels(None, "race").count(), 6);
        }
    }
}
