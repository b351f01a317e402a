//! A log is worth the same in every format, in one file or in a folder of many.

#![cfg(test)]

use datafusion::arrow::array::{
    ArrayRef, DictionaryArray, Float64Array, Int8Array, Int64Array, ListBuilder, RecordBatch,
    StringBuilder, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::arrow::ipc::CompressionType;
use datafusion::arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use datafusion::parquet::arrow::ArrowWriter;
use evidence::{
    AnyOf, CellKey, Column, Period, Reading, Report, Request, Source, TallySet, run, tally,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use statistics::Cohort;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One made-up prediction.
#[derive(Clone)]
struct Row {
    id: i64,
    minute: i64,
    score: f64,
    outcome: bool,
    race: Option<&'static str>,
}

fn rows(count: i64) -> Vec<Row> {
    let mut state = 1_u64;
    let mut below = |end: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    };
    let races = [Some("Asian"), Some("Black, \"or\" African American"), Some("Weiß"), None];
    let row = |i| {
        let score = below(10_000) as f64 / 10_000.0;
        Row {
            // Larger than what a double holds exactly.
            id: 9_007_199_254_740_993 + i,
            minute: below(90 * 24 * 60) as i64,
            score,
            outcome: (below(1000) as f64) < 1000.0 * score,
            race: races[below(4) as usize],
        }
    };
    (0..count).map(row).collect()
}

const FIRST_OF_2026: i64 = 1_767_225_600_000_000;

fn at(row: &Row) -> i64 {
    FIRST_OF_2026 + 60_000_000 * row.minute
}

fn instant(row: &Row) -> String {
    jiff::Timestamp::from_microsecond(at(row)).unwrap().to_string()
}

fn csv(rows: &[Row], between: char) -> String {
    let mut text = ["id", "at", "p", "y", "race\n"].join(&between.to_string());
    for row in rows {
        let race = row.race.map(|race| format!("\"{}\"", race.replace('"', "\"\"")));
        let values = [
            row.id.to_string(),
            instant(row),
            row.score.to_string(),
            u8::from(row.outcome).to_string(),
            race.unwrap_or_default(),
        ];
        text.push_str(&values.join(&between.to_string()));
        text.push('\n');
    }
    text
}

fn ndjson(rows: &[Row]) -> String {
    let line = |row: &Row| {
        let json = serde_json::json!({
            "unused": {"p": [row.id]}, "id": row.id, "at": instant(row), "p": row.score,
            "y": row.outcome, "race": row.race,
        });
        format!("{json}\n")
    };
    rows.iter().map(line).collect()
}

fn batch(rows: &[Row]) -> RecordBatch {
    let races = rows.iter().map(|row| row.race).collect::<DictionaryArray<Int32Type>>();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("race", Arc::new(races)),
        ("y", Arc::new(Int8Array::from_iter_values(rows.iter().map(|r| i8::from(r.outcome))))),
        ("p", Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.score)))),
        (
            "at",
            Arc::new(
                TimestampMicrosecondArray::from_iter_values(rows.iter().map(at))
                    .with_timezone("UTC"),
            ),
        ),
        ("id", Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.id)))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn arrow_file(path: &Path, rows: &[Row], compression: Option<CompressionType>) {
    let whole = batch(rows);
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let file = File::create(path).unwrap();
    let mut writer = FileWriter::try_new_with_options(file, &whole.schema(), options).unwrap();
    for start in (0..rows.len()).step_by(1000) {
        writer.write(&whole.slice(start, 1000.min(rows.len() - start))).unwrap();
    }
    writer.finish().unwrap();
}

fn arrow_stream(path: &Path, rows: &[Row]) {
    let whole = batch(rows);
    let mut writer = StreamWriter::try_new(File::create(path).unwrap(), &whole.schema()).unwrap();
    writer.write(&whole).unwrap();
    writer.finish().unwrap();
}

fn parquet(path: &Path, rows: &[Row]) {
    let whole = batch(rows);
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, whole.schema(), None).unwrap();
    writer.write(&whole).unwrap();
    writer.close().unwrap();
}

fn gzip(path: &Path, text: &str) {
    let mut writer = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap();
}

fn request() -> Request {
    Request {
        by: vec!["race".into()],
        thresholds: vec![0.5],
        id: Some("id".into()),
        time: Some("at".into()),
        period: Some(Period::Month),
        ..Request::new("y", "p")
    }
}

fn digest(set: &TallySet, request: &Request) -> String {
    assert_eq!(set.rows_used, 5000);
    Report::compute(Vec::new(), request.clone(), set).unwrap().digest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_format_gives_the_same_tallies() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let rows = rows(5000);
    std::fs::write(path("log.csv"), csv(&rows, ',')).unwrap();
    std::fs::write(path("mark.csv"), format!("\u{feff}{}", csv(&rows, ','))).unwrap();
    std::fs::write(path("log.tsv"), csv(&rows, '\t')).unwrap();
    gzip(&path("log.csv.gz"), &csv(&rows, ','));
    gzip(&path("log.tsv.gz"), &csv(&rows, '\t'));
    std::fs::write(path("log.ndjson"), ndjson(&rows)).unwrap();
    std::fs::write(path("mark.jsonl"), format!("\u{feff}{}", ndjson(&rows).trim())).unwrap();
    gzip(&path("log.jsonl.gz"), &ndjson(&rows));
    parquet(&path("log.parquet"), &rows);
    arrow_file(&path("log.arrow"), &rows, None);
    arrow_file(&path("lz4.feather"), &rows, Some(CompressionType::LZ4_FRAME));
    arrow_file(&path("zstd.feather"), &rows, Some(CompressionType::ZSTD));
    arrow_stream(&path("stream.arrow"), &rows);
    let mut digests: Vec<(String, String)> = Vec::new();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        let set = tally(&Source::file(&path), &request()).await.unwrap();
        digests.push((digest(&set, &request()), path.display().to_string()));
    }
    assert_eq!(digests.len(), 13);
    for (digest, path) in &digests {
        assert_eq!(*digest, digests[0].0, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_the_files_below_it_and_its_names_are_columns() {
    let dir = tempfile::tempdir().unwrap();
    let rows = rows(5000);
    let write = |folder: &Path, format: &str, part: usize, rows: &[Row]| -> PathBuf {
        let path = folder.join(format!("part-{part}.{format}"));
        match format {
            "csv" => std::fs::write(&path, csv(rows, ',')).unwrap(),
            "ndjson" => std::fs::write(&path, ndjson(rows)).unwrap(),
            "csv.gz" => gzip(&path, &csv(rows, ',')),
            "arrow" => arrow_file(&path, rows, None),
            _ => parquet(&path, rows),
        }
        path
    };
    let mut digests = Vec::new();
    for format in ["csv", "ndjson", "csv.gz", "arrow", "parquet"] {
        let folder = dir.path().join(format);
        for (part, rows) in rows.chunks(1250).enumerate() {
            // Two sites, the second of them in two folders.
            let site = ["site=main", "site=3%2F4 West"][part % 2];
            let below = folder.join(site).join(format!("month=2026-0{}", part / 2 + 1));
            std::fs::create_dir_all(&below).unwrap();
            write(&below, format, part, rows);
        }
        std::fs::write(folder.join("_SUCCESS"), "").unwrap();
        std::fs::write(folder.join(".hidden.csv"), "x").unwrap();
        let source = Source::file(&folder);
        let whole = tally(&source, &request()).await.unwrap();
        let sites = Request { by: vec!["race".into(), "site".into()], ..request() };
        let set = tally(&source, &sites).await.unwrap();
        for site in ["main", "3/4 West"] {
            let cohort = Some(Cohort { attribute: "site".into(), level: site.into() });
            let tally = set.cells.get(&CellKey { period: None, cohort }).unwrap();
            assert_eq!(tally.n, 2500, "{format} {site}");
        }
        let only = [("site".to_owned(), "main".to_owned())].into();
        let main = tally(&source, &Request { equals: only, ..request() }).await.unwrap();
        assert_eq!(main.rows_used, 2500, "{format}");
        digests.push((digest(&whole, &request()), digest(&set, &sites)));
        let report = run(&source, &sites).await.unwrap();
        let names: Vec<&str> = report.source.iter().map(|file| file.name.as_str()).collect();
        let part = |place: usize, site: &str, month: &str| {
            format!("site={site}/month=2026-{month}/part-{place}.{format}")
        };
        let wanted = [
            part(1, "3%2F4 West", "01"),
            part(3, "3%2F4 West", "02"),
            part(0, "main", "01"),
            part(2, "main", "02"),
        ];
        assert_eq!(names, wanted);
    }
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_of_several_levels_counts_in_each_in_every_format() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let races: [&[&str]; 4] = [&["White", "Asian"], &["Asian"], &[], &["White"]];
    let scores = [0.1, 0.2, 0.3, 0.4];
    let mut csv = String::from("p,y,RACE\n");
    let mut ndjson = String::new();
    let mut lists = ListBuilder::new(StringBuilder::new());
    for (score, races) in scores.iter().zip(races) {
        csv.push_str(&format!("{score},1,{}\n", races.join("; ")));
        ndjson.push_str(&format!("{{\"p\":{score},\"y\":1,\"RACE\":{races:?}}}\n"));
        lists.append_value(races.iter().map(|race| Some(*race)));
    }
    std::fs::write(path("log.csv"), csv).unwrap();
    std::fs::write(path("log.ndjson"), ndjson).unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("p", Arc::new(Float64Array::from(scores.to_vec()))),
        ("y", Arc::new(Int8Array::from(vec![1; 4]))),
        ("RACE", Arc::new(lists.finish())),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = File::create(path("log.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let mut request = Request { by: vec!["race".into()], ..Request::new("y", "p") };
    let any_of = AnyOf { split: Some(";".into()), ..AnyOf::default() };
    let column = Column { from: "RACE".into(), reading: Reading::AnyOf(any_of) };
    request.columns.insert("race".into(), column);
    for name in ["log.csv", "log.ndjson", "log.parquet"] {
        let set = tally(&Source::file(path(name)), &request).await.unwrap();
        let found: Vec<(String, u64, u64)> = set
            .cells
            .iter()
            .map(|(key, tally)| {
                let cohort = key.cohort.as_ref().map(ToString::to_string);
                (cohort.unwrap_or_default(), tally.n, tally.score_sum / 100_000_000)
            })
            .collect();
        let wanted = [
            ("", 4, 10),
            ("race = Asian", 2, 3),
            ("race = White", 2, 5),
            ("race = not recorded", 1, 3),
            ("race (combination) = Asian", 1, 2),
            ("race (combination) = Asian + White", 1, 1),
            ("race (combination) = White", 1, 4),
            ("race (combination) = not recorded", 1, 3),
        ];
        let wanted = wanted.map(|(cohort, n, sum)| (cohort.to_owned(), n, sum));
        assert_eq!(found, wanted, "{name}");
    }
}

/// A string column stays what it is: a test that would notice a number read in its place.
#[tokio::test]
async fn levels_that_look_like_numbers_are_kept_as_they_are_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.ndjson");
    let text = "{\"p\":0.1,\"y\":1,\"v\":1.10}\n{\"p\":0.1,\"y\":1,\"v\":\"1.10\"}\n\
                {\"p\":0.1,\"y\":1,\"v\":1.1}\n";
    std::fs::write(&path, text).unwrap();
    let request = Request { version: Some("v".into()), ..Request::new("y", "p") };
    let set = tally(&Source::file(&path), &request).await.unwrap();
    let wanted = [("1.10".to_owned(), 2), ("1.1".to_owned(), 1)].into();
    assert_eq!(set.versions_seen, wanted);
}
