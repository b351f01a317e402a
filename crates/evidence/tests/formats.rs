//! A log is worth the same in every format, in one file or in a folder of many.

#![cfg(test)]

use datafusion::arrow::array::{
    ArrayRef, DictionaryArray, Float64Array, Int8Array, Int64Array, ListBuilder, RecordBatch,
    StringArray, StringBuilder, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::arrow::ipc::CompressionType;
use datafusion::arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::WriterProperties;
use evidence::{
    AnyOf, CellKey, Column, Levels, ModelsRequest, Period, Phase, Progress, Reading, Report,
    Request, SampleRequest, Source, Step, TallySet, WorkloadRequest, models, run, sample, tally,
    workload,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use statistics::Cohort;
use statistics::sampling::Allocation;
use std::collections::BTreeMap;
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
async fn an_id_that_comes_twice_is_found_however_the_files_keep_it() {
    let dir = tempfile::tempdir().unwrap();
    let part = |month: &str, ids: &[String], dictionary: bool| {
        let folder = dir.path().join(format!("month={month}"));
        std::fs::create_dir_all(&folder).unwrap();
        let text: ArrayRef = Arc::new(ids.iter().map(Some).collect::<StringArray>());
        let scores: ArrayRef = Arc::new(Float64Array::from(vec![0.25; ids.len()]));
        let outcomes: ArrayRef = Arc::new(Int8Array::from(vec![1; ids.len()]));
        let columns = [("id", text), ("p", scores), ("y", outcomes)];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let properties = WriterProperties::builder().set_dictionary_enabled(dictionary).build();
        let file = File::create(folder.join("part.parquet")).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    };
    let ids = |from: usize| -> Vec<String> {
        let long = |i| if i % 2 == 0 { format!("e{i}") } else { format!("encounter number {i}") };
        (from..from + 200).map(long).collect()
    };
    let request = Request { id: Some("id".into()), ..Request::new("y", "p") };
    part("2026-01", &ids(0), true);
    part("2026-02", &ids(200), false);
    let set = tally(&Source::file(dir.path()), &request).await.unwrap();
    assert_eq!(set.rows_used, 400);
    for again in [7, 8] {
        part("2026-02", &ids(again), false);
        let refused = tally(&Source::file(dir.path()), &request).await.unwrap_err().to_string();
        assert!(refused.contains("is the id of an earlier prediction too"), "{refused}");
    }
}

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

/// The same rows in every format, the last in two files of a folder.
fn in_every_format(dir: &Path, rows: &[Row]) -> Vec<PathBuf> {
    let path = |name: &str| dir.join(name);
    std::fs::write(path("log.csv"), csv(rows, ',')).unwrap();
    gzip(&path("log.tsv.gz"), &csv(rows, '\t'));
    std::fs::write(path("log.ndjson"), ndjson(rows)).unwrap();
    parquet(&path("log.parquet"), rows);
    arrow_file(&path("log.arrow"), rows, None);
    std::fs::create_dir(path("folder")).unwrap();
    let (first, second) = rows.split_at(rows.len() / 3);
    arrow_stream(&path("folder/a.arrow"), first);
    arrow_stream(&path("folder/b.arrow"), second);
    let names = ["log.csv", "log.tsv.gz", "log.ndjson", "log.parquet", "log.arrow", "folder"];
    names.map(path).to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn samples_and_workloads_are_the_same_from_every_format() {
    let dir = tempfile::tempdir().unwrap();
    let mut rows = rows(3000);
    // A stratum must have a name.
    rows.iter_mut().for_each(|row| row.race = row.race.or(Some("declined")));
    let race = Column {
        from: "race".into(),
        reading: Reading::Levels(Levels {
            rename: [("Weiß".to_owned(), "White".to_owned())].into(),
            other: None,
        }),
    };
    let columns: BTreeMap<String, Column> = [("group".to_owned(), race)].into();
    let plan = SampleRequest {
        item: "id".into(),
        by: vec!["group".into()],
        size: 40,
        allocation: Allocation::Equal,
        least: 5,
        raters: Vec::new(),
        each: 1,
        seed: 7,
        columns: columns.clone(),
        equals: BTreeMap::new(),
    };
    let silent = WorkloadRequest {
        score: "p".into(),
        time: "at".into(),
        unit: Some("group".into()),
        patient: None,
        outcome: Some("y".into()),
        thresholds: vec![0.5],
        snooze_minutes: 0,
        minutes: None,
        capacity: None,
        budget: Some(3.0),
        zone: "UTC".into(),
        level: 0.95,
        columns,
        equals: [("race".to_owned(), "Weiß".to_owned())].into(),
    };
    let white = rows.iter().filter(|row| row.race == Some("Weiß"));
    let alerts = white.filter(|row| row.score >= 0.5).count() as u64;
    let mut found = Vec::new();
    for path in in_every_format(dir.path(), &rows) {
        let source = Source::file(&path);
        let drawn = sample(&source, &plan).await.unwrap();
        let names: Vec<&str> = drawn.strata.iter().map(|it| it.name.as_str()).collect();
        let asian = ["Asian", "Black, \"or\" African American", "White", "declined"];
        assert_eq!((names.as_slice(), drawn.population), (asian.as_slice(), 3000));
        let load = workload(&source, &silent).await.unwrap();
        assert_eq!(load.loads[0].unit.as_deref(), Some("White"));
        assert_eq!(load.loads[0].load.alerts, alerts);
        found.push((path, drawn.items, load.loads, load.within_budget));
    }
    for it in &found {
        assert_eq!((&it.1, &it.2, &it.3), (&found[0].1, &found[0].2, &found[0].3), "{:?}", it.0);
    }
    let nobody =
        SampleRequest { equals: [("race".to_owned(), "Martian".to_owned())].into(), ..plan };
    let said = sample(&Source::file(dir.path().join("log.csv")), &nobody).await.unwrap_err();
    assert!(said.to_string().contains("no row is left after the filters"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_rows_are_counted_on_the_way_as_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let rows = rows(5000);
    let late = Request { from: Some("2026-02-01T00:00:00Z".parse().unwrap()), ..request() };
    for path in in_every_format(dir.path(), &rows) {
        let of = (path.extension().and_then(|it| it.to_str()) == Some("parquet")).then_some(5000);
        let progress = Progress::watched();
        let source = Source::file(&path).with_progress(progress.clone());
        let plain = tally(&Source::file(&path), &request()).await.unwrap();
        let set = tally(&source, &request()).await.unwrap();
        assert_eq!(set, plain);
        let step = Step { phase: Phase::Rows, rows: set.rows_read, of };
        assert_eq!(progress.step(), step, "{path:?}");
        let report = run(&source, &request()).await.unwrap();
        assert_eq!(report, run(&Source::file(&path), &request()).await.unwrap());
        assert_eq!(progress.step(), Step { phase: Phase::Measures, rows: 0, of: None });
        // Nobody knows beforehand how many rows a filter leaves.
        tally(&source, &late).await.unwrap();
        assert_eq!(progress.step().of, None);
        let asked = ModelsRequest {
            outcome: "y".into(),
            score: "p".into(),
            against: "p".into(),
            cluster: None,
            thresholds: Vec::new(),
            level: 0.95,
        };
        models(&source, &asked).await.unwrap();
        assert_eq!(progress.step(), Step { phase: Phase::Rows, rows: 5000, of }, "{path:?}");
        // A row is bad: the pass that names it is told apart.
        let wrong = Request { score: "id".into(), id: None, ..request() };
        tally(&source, &wrong).await.unwrap_err();
        assert_eq!(progress.step().phase, Phase::Fault);
    }
    assert_eq!(Progress::default().step(), Step::default());
}
