//! A table of faulty inputs in every format: each is refused with its place, and none gives a
//! number.

use crate::{request, said};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int8Array, RecordBatch, StringArray,
};
use datafusion::arrow::ipc::writer::{FileWriter, StreamWriter};
use datafusion::parquet::arrow::ArrowWriter;
use evidence::{
    AnyOf, Column, Events, Levels, Ranges, Reading, Request, Source, Truth, Unit, tally, workflow,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

const NAMES: [&str; 6] = ["id", "p", "y", "at", "v", "race"];

/// Two good rows, and one with a value replaced; none takes the value away.
fn rows(column: &str, value: Option<&str>) -> Vec<[Option<String>; 6]> {
    let some = |values: [&str; 6]| values.map(|value| Some(value.to_owned()));
    let mut bad = some(["c", "0.3", "1", "2026-01-03", "1.0", "Asian"]);
    let place = NAMES.iter().position(|name| *name == column).unwrap();
    bad[place] = value.map(str::to_owned);
    vec![
        some(["a", "0.1", "0", "2026-01-01T00:00:00Z", "1.0", "Asian"]),
        some(["b", "0.2", "1", "2026-01-02T00:00:00Z", "1.1", "White"]),
        bad,
    ]
}

fn csv(rows: &[[Option<String>; 6]], between: &str) -> String {
    let mut text = NAMES.join(between) + "\n";
    for row in rows {
        let values = row.iter().map(|value| match value {
            Some(value) => format!("\"{value}\""),
            None => String::new(),
        });
        text.push_str(&(values.collect::<Vec<_>>().join(between) + "\n"));
    }
    text
}

fn ndjson(rows: &[[Option<String>; 6]]) -> String {
    let line = |row: &[Option<String>; 6]| {
        let values = NAMES.iter().zip(row);
        let object: serde_json::Map<String, serde_json::Value> =
            values.map(|(name, value)| ((*name).to_owned(), serde_json::json!(value))).collect();
        serde_json::Value::from(object).to_string() + "\n"
    };
    rows.iter().map(line).collect()
}

fn batch(rows: &[[Option<String>; 6]]) -> RecordBatch {
    let column = |place: usize| -> ArrayRef {
        Arc::new(rows.iter().map(|row| row[place].clone()).collect::<StringArray>())
    };
    let columns = NAMES.iter().enumerate().map(|(place, name)| (*name, column(place)));
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))
        .unwrap()
}

fn write_batch(path: &Path, batch: &RecordBatch) {
    let file = File::create(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    if name.ends_with(".parquet") {
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
    } else if name.starts_with("stream") {
        let mut writer = StreamWriter::try_new(file, &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.finish().unwrap();
    } else {
        let mut writer = FileWriter::try_new(file, &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.finish().unwrap();
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap()
}

fn write(path: &Path, rows: &[[Option<String>; 6]]) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let bytes = match name.split_once('.').unwrap().1 {
        "csv" => csv(rows, ",").into_bytes(),
        "csv.gz" => gzip(&csv(rows, ",")),
        "tsv" => csv(rows, "\t").into_bytes(),
        "ndjson" => ndjson(rows).into_bytes(),
        "jsonl.gz" => gzip(&ndjson(rows)),
        _ => return write_batch(path, &batch(rows)),
    };
    std::fs::write(path, bytes).unwrap();
}

/// The refusal of a file, without the folder and what all end in.
async fn refusal(path: &Path, request: &Request) -> String {
    let found = said(vec![path.to_owned()], request, path.parent().unwrap()).await;
    match found.strip_suffix("; nothing was kept") {
        Some(found) => found.to_owned(),
        None => found.replace("the request cannot be answered: ", "request: "),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_value_is_named_in_every_format() {
    let dir = tempfile::tempdir().unwrap();
    let score = |value: &str| format!("`{value}` is not a score: a score is a number from 0 to 1");
    let outcome = |value: &str| format!("`{value}` is not an outcome: an outcome is 0 or 1");
    let time = |value: &str| format!("`{value}` is not a time such as 2026-03-01T08:30:00Z");
    let version = |value: &str| format!("`{value}` is not a known version; known are 1.0, 1.1");
    let missing = "there is no value".to_owned();
    let mut cases: Vec<(&str, Option<&str>, String)> = vec![
        ("p", None, missing.clone()),
        ("y", None, missing.clone()),
        ("at", None, missing.clone()),
        ("id", None, missing),
        ("v", None, version("not recorded")),
        ("v", Some("2.0"), version("2.0")),
        (
            "at",
            Some("2026-06-02"),
            "2026-06-02T00:00:00Z is a time in the future: the request is as of \
             2026-06-01T00:00:00Z"
                .into(),
        ),
        (
            "id",
            Some("a"),
            "`a` is the id of an earlier prediction too: each prediction counts once".into(),
        ),
    ];
    for value in ["1.01", "-0.1", "high", "NaN", "1e400"] {
        cases.push(("p", Some(value), score(value)));
    }
    for value in ["2", "maybe"] {
        cases.push(("y", Some(value), outcome(value)));
    }
    for value in ["03/01/2026", "2026-02-30", "20260103T99"] {
        cases.push(("at", Some(value), time(value)));
    }
    let files = [
        "log.csv",
        "log.tsv",
        "log.csv.gz",
        "log.ndjson",
        "log.jsonl.gz",
        "log.parquet",
        "log.arrow",
        "stream.arrow",
    ];
    for file in files {
        let path = dir.path().join(file);
        write(&path, &rows("race", None));
        assert_eq!(refusal(&path, &request()).await, "accepted, with 3 rows", "{file}");
        for (column, value, why) in &cases {
            write(&path, &rows(column, *value));
            let wanted = format!("`{file}`, row 3, column `{column}`: {why}");
            assert_eq!(refusal(&path, &request()).await, wanted);
        }
    }
    assert!(files.len() * cases.len() > 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_taken_apart_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let good = ndjson(&rows("race", None));
    let check = async |name: &str, bytes: &[u8], wanted: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let found = refusal(&path, &request()).await;
        assert!(found.starts_with(wanted), "{found}\nwanted {wanted}");
    };
    let line = |line: &str| format!("{good}{line}\n");
    let lines: [(&str, &str); 12] = [
        ("{\"p\":0.1", "row 4: the line is not one JSON object (EOF while parsing an object"),
        ("[1]", "row 4: the line is not one JSON object (invalid type: sequence"),
        ("0.5", "row 4: the line is not one JSON object (invalid type: floating point"),
        ("{\"p\":NaN}", "row 4: the line is not one JSON object (expected value"),
        ("{\"p\":1}{\"p\":0}", "row 4: the line is not one JSON object (trailing characters"),
        ("{\"p\":1,\"p\":0}", "row 4: the line is not one JSON object (it has one name twice"),
        ("p,y", "row 4: the line is not one JSON object (expected value"),
        ("{\"id\":{\"a\":1}}", "row 4, column `id`: the value is an object"),
        ("{\"id\":[1]}", "row 4, column `id`: the list holds more than texts"),
        ("{\"id\":[\"\\u001f\"]}", "row 4, column `id`: a text holds the sign U+001F"),
        ("{\"id\":\"\\ud800\"}", "row 4, column `id`: "),
        ("{\"id\":\"d\",\"p\":\"\"}", "row 4, column `at`: there is no value"),
    ];
    for (bad, wanted) in lines {
        check("log.ndjson", line(bad).as_bytes(), &format!("`log.ndjson`, {wanted}")).await;
        let wanted = format!("`log.jsonl.gz`, {wanted}");
        check("log.jsonl.gz", &gzip(&line(bad)), &wanted).await;
    }
    let not_text = [good.as_bytes(), b"{\"p\":\"\xff\"}\n"].concat();
    check("log.ndjson", &not_text, "`log.ndjson`, row 4: the line is not UTF-8 text").await;
    check("log.ndjson", b"", "`log.ndjson` is empty").await;
    check("log.ndjson", b"\n\n", "`log.ndjson` has a header but no rows").await;
    let renamed = good.replace("\"race\"", "\"Race\"");
    let wanted = "`log.ndjson` has no column `race`: did you mean `Race`?; its columns are id, p";
    check("log.ndjson", renamed.as_bytes(), wanted).await;
    let whole = gzip(&good);
    let damaged = "`log.jsonl.gz` is damaged or cut off: ";
    check("log.jsonl.gz", &whole[..whole.len() - 12], damaged).await;
    check("log.jsonl.gz", good.as_bytes(), damaged).await;
    let table = csv(&rows("race", None), ",");
    let whole = gzip(&table);
    check("log.csv.gz", &whole[..20], "`log.csv.gz` is damaged or cut off: ").await;
    check("log.csv.gz", table.as_bytes(), "`log.csv.gz` is damaged or cut off: ").await;
    let ragged = gzip(&format!("{table}d,0.3\n"));
    let wanted = "`log.csv.gz`, row 4, column `y`: the row has 2 values where the header has 6";
    check("log.csv.gz", &ragged, wanted).await;
    for name in ["log.arrow", "log.feather", "log.parquet"] {
        check(name, b"", &format!("`{name}` is empty")).await;
        check(name, b"ARROW1", &format!("`{name}` is damaged or cut off: ")).await;
        check(name, good.as_bytes(), &format!("`{name}` is damaged or cut off: ")).await;
    }
    let wanted = "`log.feather` is damaged or cut off: it is Feather of version 1";
    check("log.feather", b"FEA1 and more", wanted).await;
    for (name, file) in [("log.arrow", "log.arrow"), ("log.feather", "stream.arrow")] {
        let whole = dir.path().join(file);
        write(&whole, &rows("race", None));
        let bytes = std::fs::read(whole).unwrap();
        let damaged = format!("`{name}` is damaged or cut off: ");
        check(name, &bytes[..bytes.len() / 2], &damaged).await;
    }
    for name in ["log.json", "log.xls", "log.parquet.gz", "log.arrow.gz", "csv"] {
        check(name, b"x", &format!("`{name}` is of no known format by its name")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_folder_is_named() {
    let check = async |files: &[(&str, &str)], wanted: &str| {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("log");
        std::fs::create_dir(&folder).unwrap();
        for (name, text) in files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let found = refusal(&folder, &request()).await;
        assert!(found.starts_with(wanted), "{found}\nwanted {wanted}");
    };
    let good = csv(&rows("race", None), ",");
    let bad = csv(&rows("p", Some("2")), ",").replace("\"a\"", "\"d\"").replace("\"b\"", "\"e\"");
    let bad = bad.replace("\"c\"", "\"f\"");
    check(&[], "`log` is a folder without a log in it").await;
    check(&[("_SUCCESS", ""), (".a.csv", "x")], "`log` is a folder without a log in it").await;
    check(&[("a.csv", &good), ("note.txt", "x")], "`log/note.txt` is of no known format").await;
    let mixed = "`log/b.ndjson` is not of the same format as ";
    check(&[("a.csv", &good), ("b.ndjson", "{}")], mixed).await;
    let row = "`log/b/c.csv`, row 3, column `p`: `2` is not a score";
    check(&[("a.csv", &good), ("b/c.csv", &bad)], row).await;
    let twice = "`log/b.csv`, row 1, column `id`: `a` is the id of an earlier prediction too";
    check(&[("a.csv", &good), ("b.csv", &good)], twice).await;
    let given = "`log/race=Asian/a.csv` has a column `race`, which the name of a folder gives too";
    check(&[("race=Asian/a.csv", &good)], given).await;
    let none = good.replace("race", "Race");
    check(&[("race=/a.csv", &none)], "accepted, with 3 rows").await;
    check(
        &[("v=2.0/a.csv", &good.replace(",v,", ",w,"))],
        "`log/v=2.0/a.csv`, row 1, column `v`: ",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_column_of_a_wrong_type_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("y", Arc::new(Int8Array::from(vec![0, 1]))),
        ("p", Arc::new(Float64Array::from(vec![0.1, f64::INFINITY]))),
        ("flag", Arc::new(BooleanArray::from(vec![true, false]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    for name in ["log.parquet", "log.arrow", "stream.arrow"] {
        let path = dir.path().join(name);
        write_batch(&path, &batch);
        let check = async |request: Request, wanted: &str| {
            let found = refusal(&path, &request).await;
            assert_eq!(found, format!("`{name}`{wanted}"));
        };
        let wanted = ", row 2, column `p`: `inf` is not a score: a score is a number from 0 to 1";
        check(Request::new("y", "p"), wanted).await;
        let wanted = " holds Boolean in column `flag`, which cannot be read as scores";
        check(Request::new("y", "flag"), wanted).await;
        let request = Request { time: Some("flag".into()), ..Request::new("y", "p") };
        check(request, " holds Boolean in column `flag`, which cannot be read as times").await;
        let mut request = Request { by: vec!["group".into()], ..Request::new("y", "p") };
        let ranges = Reading::Ranges(Ranges { edges: vec![1.0], unit: None });
        request.columns.insert("group".into(), Column { from: "flag".into(), reading: ranges });
        check(request, " holds Boolean in column `flag`, which cannot be read as numbers").await;
    }
}

#[tokio::test]
async fn a_request_that_no_log_can_answer_is_refused() {
    let check = async |change: &dyn Fn(&mut Request), wanted: &str| {
        let mut request = Request::new("y", "p");
        change(&mut request);
        let found = refusal(Path::new("no/such.csv"), &request).await;
        assert_eq!(found, format!("request: {wanted}"));
    };
    let read = |name: &str, reading: Reading| {
        let column = Column { from: "x".into(), reading };
        let name = name.to_owned();
        move |request: &mut Request| {
            request.columns.insert(name.clone(), column.clone());
        }
    };
    let scale = "column `p`: the end of the scale must be a number above 0";
    for most in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        check(&read("p", Reading::OutOf(most)), scale).await;
    }
    let judged = "column `y`: an outcome is judged by a number";
    for truth in [
        Truth::Above(f64::NAN),
        Truth::Below(f64::INFINITY),
        Truth::AtLeast(f64::NAN),
        Truth::AtMost(f64::NEG_INFINITY),
    ] {
        check(&read("y", Reading::Outcome(truth)), judged).await;
    }
    let edges = "column `age`: the edges must be numbers, each greater than the one before";
    for list in [vec![], vec![2.0, 1.0], vec![1.0, 1.0], vec![f64::NAN]] {
        let ranges = Reading::Ranges(Ranges { edges: list, unit: None });
        check(&read("age", ranges), edges).await;
    }
    let unit = "`unit` needs the encounter column: name it in `encounter`";
    check(&|request| request.unit = Unit::EncounterMax, unit).await;
    let first = |request: &mut Request| {
        request.unit = Unit::FirstCrossing;
        request.encounter = Some("csn".into());
    };
    check(&first, "`unit` needs the time column: name it in `time`").await;
    let first = |request: &mut Request| {
        first(request);
        request.time = Some("at".into());
    };
    check(&first, "`unit` needs the operating threshold: name it in `thresholds`").await;
    let events = |request: &mut Request| {
        request.time = Some("at".into());
        request.events = Some(Events::new(vec!["mrn".into()], "when", Some(6.0)));
    };
    check(&events, "`events` asks for files of events, and the source has none").await;
    let source = Source::file("no/such.csv").with_events(["no/events.csv".into()]);
    let found = tally(&source, &Request::new("y", "p")).await.unwrap_err().to_string();
    let wanted = "the request cannot be answered: the source has events, and the request does not \
                  say how they are linked: name it in `events`";
    assert_eq!(found, wanted);
    let found = workflow(&Source::file("no/such.csv"), &Request::new("y", "p")).await;
    let wanted = "the request cannot be answered: lead time needs the time of the event: name it \
                  in `event_time`, or `events`";
    assert_eq!(found.unwrap_err().to_string(), wanted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_a_mapping_does_not_know_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let check = async |name: &str, reading: Reading, text: &str, wanted: &str| {
        for file in ["log.csv", "log.csv.gz"] {
            let path = dir.path().join(file);
            let text = format!("p,y,a\n0.1,0,1\n{text}\n");
            match file {
                "log.csv" => std::fs::write(&path, text).unwrap(),
                _ => std::fs::write(&path, gzip(&text)).unwrap(),
            }
            let mut request = Request { by: vec!["a".into()], ..Request::new("y", "p") };
            let column = Column { from: name.into(), reading: reading.clone() };
            request.columns.insert(name.into(), column);
            let found = refusal(&path, &request).await;
            assert_eq!(found, format!("`{file}`, row 2, column `{name}`: {wanted}"));
        }
    };
    let of = Reading::OutOf(100.0);
    let why = |value: &str| format!("`{value}` is not a score: a score is a number from 0 to 100");
    for value in ["101", "-1", "x", "NaN"] {
        check("p", of.clone(), &format!("{value},0,1"), &why(value)).await;
    }
    check("p", of, ",0,1", "there is no value").await;
    let set = |word: &str| [word.to_owned()].into();
    let words = Reading::Outcome(Truth::Words { yes: set("1"), no: set("0") });
    check("y", words.clone(), "0.1,2,1", "`2` is not an outcome: the mapping names 1, 0").await;
    check("y", words, "0.1,,1", "there is no value").await;
    let above = Reading::Outcome(Truth::Above(1.0));
    check("y", above, "0.1,two,1", "`two` is not an outcome: it is judged by a number").await;
    let ranges = Reading::Ranges(Ranges { edges: vec![1.0], unit: None });
    let wanted = "`old` is not a number, so that it is in no range";
    check("a", ranges, "0.1,0,old", wanted).await;
    // Levels take every value.
    let path = dir.path().join("log.csv");
    std::fs::write(&path, "p,y,a\n0.1,0,\n0.1,0,x\n").unwrap();
    for reading in [Reading::Levels(Levels::default()), Reading::AnyOf(AnyOf::default())] {
        let mut request = Request { by: vec!["a".into()], ..Request::new("y", "p") };
        request.columns.insert("a".into(), Column { from: "a".into(), reading });
        assert_eq!(refusal(&path, &request).await, "accepted, with 2 rows");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_event_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log.csv");
    std::fs::write(&log, "mrn,at,p\n1,2026-01-01,0.1\n,2026-01-01,0.2\n").unwrap();
    let mut request = Request { time: Some("at".into()), ..Request::new("y", "p") };
    let mut events = Events::new(vec!["mrn".into()], "when", Some(6.0));
    (events.id, events.value) = (Some("id".into()), Some("is".into()));
    request.events = Some(events);
    let check = async |name: &str, text: &str, wanted: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        let found = tally(&Source::file(&log).with_events([path]), &request).await;
        let found = found.map(|_| ()).unwrap_err().to_string();
        let found = found.replace(&format!("{}/", dir.path().display()), "");
        assert_eq!(found, format!("{wanted}; nothing was kept"));
    };
    let head = "mrn,when,id,is\n1,2026-01-01,e1,1\n";
    let at = |column: &str, why: &str| format!("`e.csv`, row 2, column `{column}`: {why}");
    let missing = "there is no value";
    check("e.csv", &format!("{head},2026-01-01,e2,1\n"), &at("mrn", missing)).await;
    check("e.csv", &format!("{head}1,,e2,1\n"), &at("when", missing)).await;
    check("e.csv", &format!("{head}1,2026-01-01,,1\n"), &at("id", missing)).await;
    let why = "`e1` is the id of an earlier event too: each event counts once";
    check("e.csv", &format!("{head}1,2026-01-01,e1,1\n"), &at("id", why)).await;
    let why = "`yes` is not an outcome: an outcome is 0 or 1";
    check("e.csv", &format!("{head}1,2026-01-01,e2,yes\n"), &at("is", why)).await;
    let why = "`soon` is not a time such as 2026-03-01T08:30:00Z";
    check("e.csv", &format!("{head}1,soon,e2,1\n"), &at("when", why)).await;
    check("e.csv", "mrn,when,id,is\n", "`e.csv` has a header but no rows").await;
    let wanted = "`e.csv` has no column `is`: did you mean `id`?; its columns are mrn, when, id";
    check("e.csv", "mrn,when,id\n1,2026-01-01,e1\n", wanted).await;
    check(
        "e.txt",
        head,
        "`e.txt` is of no known format by its name: it must end in .parquet, \
          .csv, .tsv, .ndjson, .jsonl, .arrow or .feather; text may be compressed (.csv.gz)",
    )
    .await;
    // The events are good; the second prediction has no key.
    check("e.csv", head, "`log.csv`, row 2, column `mrn`: there is no value").await;
}
