//! Tallies do not depend on how the rows are split, stored or merged.

use super::*;
use crate::{CellKey, Period, Report};
use datafusion::arrow::array::{
    ArrayRef, DictionaryArray, Float64Array, Int8Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::WriterProperties;
use statistics::Tally;
use std::fs::File;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// One made-up prediction.
struct Row {
    id: String,
    minute: i64,
    version: &'static str,
    score: f64,
    outcome: bool,
    race: Option<&'static str>,
    site: &'static str,
}

/// Made-up predictions, the same for the same number, spread over three months of 2026.
fn rows(count: u64) -> Vec<Row> {
    let mut state = 1_u64;
    let mut below = |end: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    };
    let races = [Some("Asian"), Some("Black or African American"), Some("White"), None];
    let row = |i| {
        let score = below(10_000) as f64 / 10_000.0;
        Row {
            id: format!("prediction-{i:08}"),
            minute: below(90 * 24 * 60) as i64,
            version: ["1.0", "1.1"][below(2) as usize],
            score,
            outcome: (below(1000) as f64) < 1000.0 * score,
            race: races[below(4) as usize],
            site: ["north", "a site with a rather long name"][below(2) as usize],
        }
    };
    (0..count).map(row).collect()
}

const FIRST_OF_2026: i64 = 1_767_225_600_000;

fn write_csv(path: &Path, rows: &[Row]) {
    let mut text = String::from("id,at,version,p,y,race,site\n");
    for row in rows {
        let at = jiff::Timestamp::from_millisecond(FIRST_OF_2026 + 60_000 * row.minute).unwrap();
        text.push_str(&format!(
            "{},{at},{},{},{},{},{}\n",
            row.id,
            row.version,
            row.score,
            u8::from(row.outcome),
            row.race.unwrap_or_default(),
            row.site
        ));
    }
    std::fs::write(path, text).unwrap();
}

fn write_parquet(path: &Path, rows: &[Row], dictionaries: bool) {
    let text = |values: Vec<Option<&str>>| -> ArrayRef {
        if dictionaries {
            Arc::new(values.into_iter().collect::<DictionaryArray<Int32Type>>())
        } else {
            Arc::new(StringArray::from(values))
        }
    };
    let times = rows.iter().map(|row| FIRST_OF_2026 + 60_000 * row.minute);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("site", text(rows.iter().map(|row| Some(row.site)).collect())),
        ("race", text(rows.iter().map(|row| row.race).collect())),
        ("y", Arc::new(Int8Array::from_iter_values(rows.iter().map(|r| i8::from(r.outcome))))),
        ("p", Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.score)))),
        ("version", text(rows.iter().map(|row| Some(row.version)).collect())),
        ("at", Arc::new(TimestampMillisecondArray::from_iter_values(times).with_timezone("UTC"))),
        ("id", Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.id)))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(1000)).build();
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn request() -> Request {
    Request {
        by: vec!["race".into(), "race*site".into(), "site".into()],
        thresholds: vec![0.5],
        id: Some("id".into()),
        time: Some("at".into()),
        version: Some("version".into()),
        period: Some(Period::Month),
        ..Request::new("y", "p")
    }
}

/// The same tallies the slow and obvious way.
fn naive(rows: &[Row]) -> BTreeMap<CellKey, Tally> {
    let mut cells: BTreeMap<CellKey, Vec<(statistics::Score, bool)>> = BTreeMap::new();
    for row in rows {
        let month = ["2026-01", "2026-02", "2026-03"]
            [usize::from(row.minute >= 31 * 1440) + usize::from(row.minute >= 59 * 1440)];
        let cohort = |attribute: &str, level: &str| {
            Some(statistics::Cohort { attribute: attribute.into(), level: level.into() })
        };
        let race = row.race.unwrap_or("not recorded");
        let both = cohort("race*site", &format!("{race} × {}", row.site));
        for cohort in [None, cohort("race", race), both, cohort("site", row.site)] {
            for period in [None, Some(month.to_owned())] {
                let cell = cells.entry(CellKey { period, cohort: cohort.clone() }).or_default();
                cell.push((statistics::Score::new(row.score).unwrap(), row.outcome));
            }
        }
    }
    let tally = |mut rows: Vec<(statistics::Score, bool)>| {
        rows.sort();
        Tally::from_rows(rows)
    };
    cells.into_iter().map(|(key, rows)| (key, tally(rows))).collect()
}

fn digest(request: &Request, set: &TallySet) -> String {
    Report::compute(Vec::new(), request.clone(), set).unwrap().digest
}

fn in_dir(dir: &TempDir, name: &str) -> PathBuf {
    dir.path().join(name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tallies_are_the_same_for_every_file_format_and_number_of_partitions() {
    let dir = tempfile::tempdir().unwrap();
    let rows = rows(8_000);
    // A name that would be a pattern and an address with a query, if it were not escaped.
    write_csv(&in_dir(&dir, "log [a]?#.csv"), &rows);
    write_parquet(&in_dir(&dir, "log.parquet"), &rows, false);
    write_parquet(&in_dir(&dir, "dictionaries.parquet"), &rows, true);
    let request = request();
    let wanted = naive(&rows);
    let mut digests = BTreeSet::new();
    for name in ["log [a]?#.csv", "log.parquet", "dictionaries.parquet"] {
        let source = Source::file(in_dir(&dir, name));
        for partitions in 1..=8 {
            let set = tally_in(&source, &request, partitions).await.unwrap();
            assert_eq!(set.cells, wanted, "{name} in {partitions}");
            assert_eq!((set.rows_read, set.rows_used, set.immature), (8_000, 8_000, 0));
            digests.insert(digest(&request, &set));
        }
    }
    assert_eq!(digests.len(), 1);
}

/// The parallel pass must do its work: a test that every pass falls back to the one in order would
/// prove little.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_parallel_pass_reads_in_several_partitions_and_needs_no_second_pass() {
    let dir = tempfile::tempdir().unwrap();
    write_csv(&in_dir(&dir, "log.csv"), &rows(20_000));
    write_parquet(&in_dir(&dir, "log.parquet"), &rows(20_000), false);
    for name in ["log.csv", "log.parquet"] {
        let request = Arc::new(Request {
            equals: [("site".to_owned(), "north".to_owned())].into(),
            from: Some("2026-01-20T00:00:00Z".parse().unwrap()),
            ..request()
        });
        let opened = Opened::open(&Source::file(in_dir(&dir, name)), &request).unwrap();
        let table = opened.tables().unwrap().remove(0);
        let frame = frame(table, &request, 4).unwrap();
        assert_eq!(frame.execute_stream_partitioned().await.unwrap().len(), 4, "{name}");
        let Pass::Done(parallel) = in_parallel(&opened, &request, 4).await.unwrap() else {
            panic!("{name}: the parallel pass met a fault");
        };
        let mut fold = Fold::new(Arc::clone(&request), Suspects::default());
        in_order(&opened, &mut fold).await.unwrap();
        let ordered = Part::merged(vec![fold.finish()], &request).unwrap();
        assert!(ordered.rows_used > 1000 && ordered.rows_used < 10_000, "{}", ordered.rows_used);
        assert_eq!(parallel, ordered, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn merging_the_tallies_of_parts_gives_those_of_the_whole() {
    let dir = tempfile::tempdir().unwrap();
    let rows = rows(5000);
    let request = request();
    let names = ["a.csv", "b.csv", "c.csv"].map(|name| in_dir(&dir, name));
    let mut merged = TallySet::default();
    for (name, part) in names.iter().zip([&rows[..10], &rows[10..3000], &rows[3000..]]) {
        write_csv(name, part);
        merged.merge(tally(&Source::file(name), &request).await.unwrap());
    }
    let whole = tally(&Source::files(names), &request).await.unwrap();
    assert_eq!(merged, whole);
    assert_eq!(whole.cells, naive(&rows));
}

#[test]
fn rows_of_many_attributes_are_tallied_as_well_as_rows_of_few() {
    // Nine attributes of 500 levels each take 81 bits, more than a record has.
    let names: Vec<String> = (0..9).map(|i| format!("a{i}")).collect();
    let mut request = Request::new("y", "p");
    let level = |row: usize, attribute: usize| format!("{}", row * (attribute + 1) % 500);
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("y", Arc::new(Int8Array::from_iter_values((0..2000).map(|row| i8::from(row % 3 == 0))))),
        (
            "p",
            Arc::new(Float64Array::from_iter_values((0..2000).map(|row| f64::from(row) / 2000.0))),
        ),
    ];
    for (attribute, name) in names.iter().enumerate() {
        let levels = (0..2000).map(|row| level(row, attribute));
        columns.push((name, Arc::new(StringArray::from_iter_values(levels))));
    }
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let tally = |request: &Request| {
        let mut fold = Fold::new(Arc::new(request.clone()), Suspects::default());
        fold.push(Selected::all(batch.clone())).unwrap();
        Part::merged(vec![fold.finish()], request).unwrap().cells
    };
    request.by.clone_from(&names);
    let together = tally(&request);
    let mut apart = BTreeMap::new();
    for name in names {
        request.by = vec![name];
        apart.extend(tally(&request));
    }
    assert_eq!(together.len(), 1 + 500 + 250 + 500 + 125 + 100 + 250 + 500 + 125 + 500);
    assert_eq!(together, apart);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_maturity_and_versions_select_the_rows_that_they_say() {
    let dir = tempfile::tempdir().unwrap();
    let path = in_dir(&dir, "log.csv");
    let text = "p,y,at,known,v,split\n\
                0.1,0,2026-01-01T00:00:00Z,2026-01-31,1.0,deploy\n\
                0.2,1,2026-01-02T00:00:00Z,2026-02-01,1.0,deploy\n\
                0.3,,2026-01-03T00:00:00Z,2026-02-02,1.0,deploy\n\
                0.4,,2026-01-04T00:00:00Z,,2.0,deploy\n\
                bad,9,2026-01-04T00:00:00Z,never,1.0,train\n\
                bad,9,2026-03-04T00:00:00Z,never,1.0,deploy\n";
    std::fs::write(&path, text).unwrap();
    let request = Request {
        time: Some("at".into()),
        matured: Some("known".into()),
        version: Some("v".into()),
        from: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        until: Some("2026-03-01T00:00:00Z".parse().unwrap()),
        as_of: Some("2026-02-01T00:00:00Z".parse().unwrap()),
        equals: [("split".to_owned(), "deploy".to_owned())].into(),
        known_versions: Some(["1.0".to_owned()].into()),
        report_unknown: true,
        ..Request::new("y", "p")
    };
    let set = tally(&Source::file(&path), &request).await.unwrap();
    assert_eq!((set.rows_read, set.rows_used, set.immature), (4, 2, 1));
    assert_eq!(set.versions_seen, [("1.0".to_owned(), 3), ("2.0".to_owned(), 1)].into());
    assert_eq!(set.unknown_versions, [("2.0".to_owned(), 1)].into());
    let overall = set.overall().unwrap();
    assert_eq!((overall.n, overall.events, overall.score_sum), (2, 1, 300_000_000));
}
