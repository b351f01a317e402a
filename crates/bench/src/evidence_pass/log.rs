//! Made-up prediction logs.

use crate::random::Random;
use crate::say;
use anyhow::{Context, Result};
use clap::ValueEnum;
use datafusion::arrow::array::{
    ArrayRef, DictionaryArray, Float64Array, Int8Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int8Type};
use datafusion::parquet::arrow::ArrowWriter;
use serde::Serialize;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows made and written at a time: memory does not grow with the log.
const CHUNK: u64 = 1 << 17;
/// Marks the name of a log, so that one kept from an earlier generator is not taken for another.
const GENERATOR: u32 = 1;

/// How the scores of a log are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scores {
    /// As computed: nearly every row has a score of its own.
    Full,
    /// Rounded to four decimals: about ten thousand distinct scores.
    Four,
}

impl Scores {
    /// The scores in words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Full => "full precision",
            Self::Four => "scores of 4 decimals",
        }
    }
}

/// Every column of a log; each of them is read by every side.
pub const COLUMNS: [&str; 8] =
    ["outcome", "score", "time", "race", "age_band", "payer", "language", "unit"];

/// Seconds from the first instant of 2024 to the first of 2026: 24 calendar months.
const SECONDS: u64 = 731 * 86_400;
/// The first instant of 2024 in seconds since 1970.
const FIRST_SECOND: i64 = 1_704_067_200;

/// Name, cumulated shares of all levels but the last, and levels.
pub const ATTRIBUTES: [(&str, [f64; 7], [&str; 8]); 5] = [
    (
        "race",
        [0.55, 0.70, 0.84, 0.90, 0.93, 0.95, 0.96],
        [
            "White",
            "Black or African American",
            "Hispanic or Latino",
            "Asian",
            "Middle Eastern or North African",
            "American Indian or Alaska Native",
            "Native Hawaiian or Pacific Islander",
            "Unknown",
        ],
    ),
    (
        "age_band",
        [0.04, 0.12, 0.21, 0.32, 0.48, 0.68, 0.88],
        ["0-17", "18-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80+"],
    ),
    (
        "payer",
        [0.38, 0.56, 0.72, 0.90, 0.94, 0.97, 0.99],
        [
            "Medicare",
            "Medicare Advantage",
            "Medicaid",
            "Commercial",
            "Self-pay",
            "Veterans Affairs",
            "Workers' compensation",
            "Other government",
        ],
    ),
    (
        "language",
        [0.78, 0.91, 0.94, 0.96, 0.97, 0.98, 0.99],
        [
            "English",
            "Spanish",
            "Mandarin Chinese",
            "Vietnamese",
            "Arabic",
            "Haitian Creole",
            "Portuguese",
            "Another language",
        ],
    ),
    (
        "unit",
        [0.25, 0.43, 0.58, 0.71, 0.82, 0.90, 0.96],
        [
            "General medicine",
            "Emergency department",
            "General surgery",
            "Cardiology",
            "Intensive care",
            "Oncology",
            "Neurology",
            "Observation",
        ],
    ),
];

/// The log of so many rows in a folder: the one that is there, or a new one.
pub fn kept(folder: &Path, rows: u64, seed: u64, scores: Scores) -> Result<PathBuf> {
    let suffix = scores.title().replace(' ', "-");
    let path = folder.join(format!("log-{GENERATOR}-{rows}-seed-{seed}-{suffix}.parquet"));
    if path.is_file() {
        say(&format!("reusing {}", path.display()));
        return Ok(path);
    }
    say(&format!("generating {}", path.display()));
    std::fs::create_dir_all(folder)?;
    // Whoever finds the name finds a whole log.
    let part = path.with_extension("part");
    write(&part, rows, seed, scores)?;
    std::fs::rename(&part, &path)?;
    Ok(path)
}

/// Writes a made-up prediction log: uncompressed, in row groups of the usual size. Scores are
/// calibrated: the outcome happens as often as they say. No row depends on its neighbours.
pub fn write(path: &Path, rows: u64, seed: u64, scores: Scores) -> Result<()> {
    let mut random = Random::of(seed);
    let mut writer: Option<ArrowWriter<BufWriter<File>>> = None;
    let mut left = rows;
    while left > 0 {
        let batch = batch(&mut random, left.min(CHUNK), scores)?;
        left -= batch.num_rows() as u64;
        let mut open = match writer.take() {
            Some(open) => open,
            None => {
                let file = BufWriter::with_capacity(1 << 20, File::create(path)?);
                ArrowWriter::try_new(file, batch.schema(), None)?
            }
        };
        open.write(&batch)?;
        writer = Some(open);
    }
    writer.context("a log needs rows")?.close()?;
    Ok(())
}

fn batch(random: &mut Random, rows: u64, digits: Scores) -> Result<RecordBatch> {
    let (mut scores, mut outcomes, mut times) = (Vec::new(), Vec::new(), Vec::new());
    let mut places: [Vec<i8>; ATTRIBUTES.len()] = Default::default();
    for _ in 0..rows {
        // Most are at low risk, few at high risk; one in eight has the outcome.
        let risk = random.unit() * random.unit() * random.unit();
        let score = match digits {
            Scores::Four => (risk * 1e4).round() / 1e4,
            Scores::Full => risk,
        };
        scores.push(score);
        outcomes.push(i8::from(random.unit() < score));
        let second = (random.unit() * SECONDS as f64) as i64;
        times.push((FIRST_SECOND + second) * 1_000_000);
        for (places, (_, until, _)) in places.iter_mut().zip(&ATTRIBUTES) {
            places.push(random.place(until) as i8);
        }
    }
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("score", Arc::new(Float64Array::from(scores))),
        ("outcome", Arc::new(Int8Array::from(outcomes))),
        ("time", Arc::new(TimestampMicrosecondArray::from(times))),
    ];
    for (places, (name, _, levels)) in places.into_iter().zip(ATTRIBUTES) {
        let levels = Arc::new(StringArray::from(levels.to_vec()));
        let keyed = DictionaryArray::<Int8Type>::try_new(Int8Array::from(places), levels)?;
        // Stored as plain text, as most programs write it.
        columns.push((name, cast(&keyed, &DataType::Utf8)?));
    }
    Ok(RecordBatch::try_from_iter(columns)?)
}
