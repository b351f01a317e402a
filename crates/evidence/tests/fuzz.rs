//! Files with some bytes changed never make a panic, and never a number that an independent reader
//! of the same bytes does not give too.
//!
//! The seed is fixed; each case is the same on every machine.

#![cfg(test)]

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array, Int8Array, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int8Type};
use datafusion::arrow::ipc::reader::{FileReader, StreamReader};
use datafusion::arrow::ipc::writer::{FileWriter, StreamWriter};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use evidence::{Mapping, Request, Seismometer, Source, tally};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

const SEED: u64 = 20_260_301;

struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    /// The bytes with one to three changes: a bit, a byte, a piece cut out, doubled or moved.
    fn mangle(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..1 + self.below(3) {
            if bytes.is_empty() {
                break;
            }
            let at = self.below(bytes.len());
            let length = 1 + self.below(16.min(bytes.len() - at));
            match self.below(6) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = self.below(256) as u8,
                2 => bytes[at] = b"\",\n{}[]:0-.\t"[self.below(12)],
                3 => drop(bytes.drain(at..at + length)),
                4 => {
                    let piece = bytes[at..at + length].to_vec();
                    let to = self.below(bytes.len());
                    bytes.splice(to..to, piece);
                }
                _ => bytes.truncate(at),
            }
        }
        bytes
    }
}

/// Rows, outcomes that happened, and the sum of scores in billionths.
type Sums = (u64, u64, u64);

fn sum(rows: impl IntoIterator<Item = Option<(f64, bool)>>) -> Option<Sums> {
    let mut sums = (0, 0, 0);
    for row in rows {
        let (score, outcome) = row?;
        if !(0.0..=1.0).contains(&score) {
            return None;
        }
        sums.0 += 1;
        sums.1 += u64::from(outcome);
        sums.2 += (score * 1e9).round() as u64;
    }
    (sums.0 > 0).then_some(sums)
}

fn outcome(text: &str) -> Option<bool> {
    match text.trim() {
        "0" | "0.0" | "false" | "False" | "FALSE" => Some(false),
        "1" | "1.0" | "true" | "True" | "TRUE" => Some(true),
        _ => None,
    }
}

/// What the CSV crate reads there.
fn of_csv(bytes: &[u8]) -> Option<Sums> {
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(bytes);
    let header = reader.headers().ok()?.clone();
    let place = |name: &str| header.iter().position(|found| found == name);
    let (p, y) = (place("p")?, place("y")?);
    sum(reader.records().map(|record| {
        let record = record.ok()?;
        Some((record.get(p)?.trim().parse().ok()?, outcome(record.get(y)?)?))
    }))
}

/// What a tree of JSON values says.
fn of_ndjson(bytes: &[u8]) -> Option<Sums> {
    let text = std::str::from_utf8(bytes).ok()?;
    let as_text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(_) | serde_json::Value::Bool(_) => Some(value.to_string()),
        // A list of one text is that text.
        serde_json::Value::Array(list) => match list.as_slice() {
            [serde_json::Value::String(text)] => Some(text.clone()),
            _ => None,
        },
        _ => None,
    };
    let lines = text.split('\n').filter(|line| !line.trim().is_empty());
    sum(lines.map(|line| {
        let row: serde_json::Value = serde_json::from_str(line).ok()?;
        Some((as_text(&row["p"])?.trim().parse().ok()?, outcome(&as_text(&row["y"])?)?))
    }))
}

fn of_batches(batches: impl IntoIterator<Item = Option<RecordBatch>>) -> Option<Sums> {
    let mut rows = Vec::new();
    for batch in batches {
        let batch = batch?;
        let scores = cast(batch.column_by_name("p")?, &DataType::Float64).ok()?;
        let outcomes = cast(batch.column_by_name("y")?, &DataType::Int8).ok()?;
        let scores = scores.as_primitive::<Float64Type>().iter();
        for (score, outcome) in scores.zip(outcomes.as_primitive::<Int8Type>().iter()) {
            let outcome = outcome.filter(|outcome| matches!(outcome, 0 | 1));
            rows.push(score.zip(outcome.map(|outcome| outcome == 1)));
        }
    }
    sum(rows)
}

/// A reader that panics gives nothing.
fn calmly(read: impl FnOnce() -> Option<Sums> + std::panic::UnwindSafe) -> Option<Sums> {
    std::panic::catch_unwind(read).ok().flatten()
}

fn of_parquet(bytes: &[u8]) -> Option<Sums> {
    let bytes = bytes.to_vec();
    calmly(move || {
        let mut file = tempfile::tempfile().ok()?;
        file.write_all(&bytes).ok()?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).ok()?;
        of_batches(reader.build().ok()?.map(|batch| batch.ok()))
    })
}

fn of_arrow(bytes: &[u8]) -> Option<Sums> {
    let bytes = bytes.to_vec();
    calmly(move || {
        let cursor = std::io::Cursor::new(&bytes);
        if bytes.starts_with(b"ARROW1") {
            let reader = FileReader::try_new(cursor, None).ok()?;
            return of_batches(reader.map(|batch| batch.ok()));
        }
        of_batches(StreamReader::try_new(cursor, None).ok()?.map(|batch| batch.ok()))
    })
}

async fn check(name: &str, good: &[u8], cases: usize, oracle: fn(&[u8]) -> Option<Sums>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    let request = Request::new("y", "p");
    let read = async |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let found = tally(&Source::file(&path), &request).await;
        found.map(|set| {
            let tally = set.overall().unwrap();
            (tally.n, tally.events, tally.score_sum)
        })
    };
    assert_eq!(read(good).await.ok(), oracle(good), "{name}");
    let mut dice = Dice(SEED);
    let mut refused = 0;
    for case in 0..cases {
        let bytes = dice.mangle(good);
        match read(&bytes).await {
            Ok(found) => {
                assert_eq!(Some(found), oracle(&bytes), "{name}, case {case}, seed {SEED}")
            }
            Err(error) => {
                let why = error.to_string();
                assert!(!why.contains("panic"), "{name}, case {case}, seed {SEED}: {why}");
                assert!(why.contains(name), "{name}, case {case}: {why}");
                refused += 1;
            }
        }
    }
    assert!(refused > cases / 4, "{name}: only {refused} of {cases} refused");
}

fn rows() -> Vec<(f64, bool)> {
    (0..40).map(|i| (f64::from(i * 37 % 100) / 100.0, i % 3 == 0)).collect()
}

fn batch() -> RecordBatch {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("y", Arc::new(Int8Array::from_iter_values(rows().iter().map(|row| i8::from(row.1))))),
        ("p", Arc::new(Float64Array::from_iter_values(rows().iter().map(|row| row.0)))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mangled_csv() {
    let mut text = String::from("p,y,note\n");
    for (score, outcome) in rows() {
        text.push_str(&format!("{score},{},\"a, b\"\n", u8::from(outcome)));
    }
    check("log.csv", text.as_bytes(), 150, of_csv).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mangled_ndjson() {
    let mut text = String::new();
    for (score, outcome) in rows() {
        text.push_str(&format!("{{\"p\": {score}, \"y\": {outcome}, \"note\": [1, {{}}]}}\n"));
    }
    check("log.ndjson", text.as_bytes(), 300, of_ndjson).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mangled_parquet() {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch().schema(), None).unwrap();
    writer.write(&batch()).unwrap();
    writer.close().unwrap();
    check("log.parquet", &bytes, 300, of_parquet).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mangled_arrow() {
    let mut bytes = Vec::new();
    let mut writer = FileWriter::try_new(&mut bytes, &batch().schema()).unwrap();
    writer.write(&batch()).unwrap();
    writer.finish().unwrap();
    drop(writer);
    check("log.arrow", &bytes, 300, of_arrow).await;
    let mut bytes = Vec::new();
    let mut writer = StreamWriter::try_new(&mut bytes, &batch().schema()).unwrap();
    writer.write(&batch()).unwrap();
    writer.finish().unwrap();
    drop(writer);
    check("log.feather", &bytes, 300, of_arrow).await;
}

#[test]
fn mangled_mappings_and_configurations() {
    let mapping = b"[columns]\noutcome = \"y\"\nscore = \"p\"\n[score]\nout_of = 100\n\
                    [cohorts.age]\nedges = [18, 65]\n[cohorts.race]\nsplit = \";\"\n";
    let mut dice = Dice(SEED);
    let mut refused = 0;
    for case in 0..2000 {
        let bytes = dice.mangle(mapping);
        if let Err(error) = Mapping::parse(&String::from_utf8_lossy(&bytes), "map.toml") {
            let why = error.to_string();
            assert!(why.starts_with("`map.toml`, line "), "case {case}, seed {SEED}: {why}");
            refused += 1;
        }
    }
    assert!(refused > 1000, "{refused}");
    let config = b"other_info:\n  usage_config: usage.yml\n";
    let usage = b"data_usage:\n  entity_id: pat\n  primary_target: Readmitted\n  cohorts:\n    - \
                  source: age\n      splits: [18, 65]\n  events:\n    - source: [Readmit, Return]\n\
                  \x20     display_name: Readmitted\n      window_hr: 6\n";
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).unwrap();
    write("config.yml", config);
    write("usage.yml", usage);
    Seismometer::open(Path::new(dir.path())).unwrap();
    for case in 0..1000 {
        write("usage.yml", &dice.mangle(usage));
        if let Err(error) = Seismometer::open(dir.path()) {
            let why = error.to_string();
            assert!(why.contains("usage.yml`"), "case {case}, seed {SEED}: {why}");
        }
    }
}
