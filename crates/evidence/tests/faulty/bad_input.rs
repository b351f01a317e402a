//! Every kind of bad input is refused, with a message that names file, column and row.

use crate::{request, said};
use datafusion::arrow::array::{ArrayRef, Float64Array, Int8Array, ListArray, RecordBatch};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::parquet::arrow::ArrowWriter;
use evidence::Request;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

const GOOD: &str = "id,p,y,at,v,race\n\
                    a,0.1,0,2026-01-01T00:00:00Z,1.0,Asian\n\
                    b,0.2,1,2026-01-02T00:00:00Z,1.1,White\n";

/// A good log of two rows and then the rows given; the refusal wanted, without what they all end
/// in.
async fn check(rows: &str, wanted: &str) {
    check_file("log.csv", format!("{GOOD}{rows}").as_bytes(), wanted).await;
}

async fn check_file(name: &str, bytes: &[u8], wanted: &str) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let found = said(vec![path], &request(), dir.path()).await;
    let kept = if wanted.starts_with("accepted") { "" } else { "; nothing was kept" };
    assert_eq!(found, format!("{wanted}{kept}"));
}

#[tokio::test]
async fn a_bad_row_is_named() {
    check("", "accepted, with 2 rows").await;
    let at = |column: &str, why: &str| format!("`log.csv`, row 3, column `{column}`: {why}");
    let score = |value: &str| {
        at("p", &format!("`{value}` is not a score: a score is a number from 0 to 1"))
    };
    for bad in ["1.01", "-0.1", "high", "NaN", "inf", "0,5"] {
        let row = format!("c,\"{bad}\",1,2026-01-03,1.0,Asian\n");
        check(&row, &score(bad)).await;
    }
    let missing = "there is no value";
    check("c,,1,2026-01-03,1.0,Asian\n", &at("p", missing)).await;
    check("c,0.3,,2026-01-03,1.0,Asian\n", &at("y", missing)).await;
    check(",0.3,1,2026-01-03,1.0,Asian\n", &at("id", missing)).await;
    check("c,0.3,1,,1.0,Asian\n", &at("at", missing)).await;
    for bad in ["2", "yes", "0.5", "-1"] {
        let why = format!("`{bad}` is not an outcome: an outcome is 0 or 1");
        check(&format!("c,0.3,{bad},2026-01-03,1.0,Asian\n"), &at("y", &why)).await;
    }
    let why = "`03/01/2026` is not a time such as 2026-03-01T08:30:00Z";
    check("c,0.3,1,03/01/2026,1.0,Asian\n", &at("at", why)).await;
    let why =
        "2026-06-02T00:00:00Z is a time in the future: the request is as of 2026-06-01T00:00:00Z";
    check("c,0.3,1,2026-06-02,1.0,Asian\n", &at("at", why)).await;
    let why = "`2.0` is not a known version; known are 1.0, 1.1";
    check("c,0.3,1,2026-01-03,2.0,Asian\n", &at("v", why)).await;
    let why = "`not recorded` is not a known version; known are 1.0, 1.1";
    check("c,0.3,1,2026-01-03,,Asian\n", &at("v", why)).await;
    let why = "`a` is the id of an earlier prediction too: each prediction counts once";
    check("a,0.3,1,2026-01-03,1.0,Asian\n", &at("id", why)).await;
    let why = "the row has 2 values where the header has 6";
    check("c,0.3\n", &at("y", why)).await;
    let why = "the row has 7 values where the header has 6";
    check("c,0.3,1,2026-01-03,1.0,Asian,more\nd,0.3,1,2026-01-03,1.0,Asian\n", &at("race", why))
        .await;
    // A row with no race is no fault: it is in a cohort of its own.
    check("c,0.3,1,2026-01-03,1.0,\n", "accepted, with 3 rows").await;
    // Neither is a line break inside quotes.
    check("c,0.3,1,2026-01-03,1.0,\"Asian\nor other\"\n", "accepted, with 3 rows").await;
}

#[tokio::test]
async fn of_several_bad_rows_the_first_is_named() {
    let two = "c,0.3,7,2026-01-03,1.0,Asian\nd,7,1,2026-01-03,1.0,Asian\n";
    let why = "`7` is not an outcome: an outcome is 0 or 1";
    check(two, &format!("`log.csv`, row 3, column `y`: {why}")).await;
    let why = "`b` is the id of an earlier prediction too: each prediction counts once";
    let two = "b,0.3,1,2026-01-03,1.0,Asian\nd,7,1,2026-01-03,1.0,Asian\n";
    check(two, &format!("`log.csv`, row 3, column `id`: {why}")).await;
    // Far into a log that is read in many batches and in parallel.
    let mut rows = String::new();
    for i in 3..=50_000 {
        let score = if i == 30_001 || i == 45_000 { "2" } else { "0.5" };
        rows.push_str(&format!("r{i},{score},1,2026-01-03,1.0,Asian\n"));
    }
    let why = "`2` is not a score: a score is a number from 0 to 1";
    check(&rows, &format!("`log.csv`, row 30001, column `p`: {why}")).await;
    let rows = rows.replace(",2,1,", ",0.2,1,").replace("r40000,", "r20000,");
    let why = "`r20000` is the id of an earlier prediction too: each prediction counts once";
    check(&rows, &format!("`log.csv`, row 40000, column `id`: {why}")).await;
    let rows = rows.replace("r30001,0.2,1,2026-01-03,1.0,Asian", "r30001,0.2,1");
    let why = "the row has 3 values where the header has 6";
    check(&rows, &format!("`log.csv`, row 30001, column `at`: {why}")).await;
}

#[tokio::test]
async fn a_bad_file_is_named() {
    let header = "id,p,y,at,v,race\n";
    check_file("log.csv", b"", "`log.csv` is empty").await;
    check_file("log.csv", header.as_bytes(), "`log.csv` has a header but no rows").await;
    check_file("log.parquet", b"", "`log.parquet` is empty").await;
    let unknown = "is of no known format by its name: it must end in .parquet, .csv, .tsv, \
                   .ndjson, .jsonl, .arrow or .feather; text may be compressed (.csv.gz)";
    check_file("log.xlsx", GOOD.as_bytes(), &format!("`log.xlsx` {unknown}")).await;
    check_file("log", GOOD.as_bytes(), &format!("`log` {unknown}")).await;
    let columns = "its columns are id, p, y, at, v, Race";
    let renamed = GOOD.replace("race", "Race");
    let wanted = format!("`log.csv` has no column `race`: did you mean `Race`?; {columns}");
    check_file("log.csv", renamed.as_bytes(), &wanted).await;
    let renamed = GOOD.replace("race", "payer");
    let wanted = "`log.csv` has no column `race`; its columns are id, p, y, at, v, payer";
    check_file("log.csv", renamed.as_bytes(), wanted).await;
    let twice = GOOD.replace("v,race", "race,race").replace("v", "w");
    let mut request = request();
    (request.version, request.known_versions) = (None, None);
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("log.csv"), twice).unwrap();
    let found = said(vec![dir.path().join("log.csv")], &request, dir.path()).await;
    assert_eq!(found, "`log.csv` has two columns named `race`; nothing was kept");
    let not_text = [GOOD.as_bytes(), b"c,0.3,1,2026-01-03,1.0,\xff\n"].concat();
    let wanted = "`log.csv`, row 3, column `race`: the value is not UTF-8 text";
    check_file("log.csv", &not_text, wanted).await;
    let found = said(vec!["no/such.csv".into()], &request, dir.path()).await;
    let wanted =
        "`no/such.csv` cannot be read: No such file or directory (os error 2); nothing was kept";
    assert_eq!(found, wanted);
    std::fs::create_dir(dir.path().join("folder.csv")).unwrap();
    let found = said(vec![dir.path().join("folder.csv")], &request, dir.path()).await;
    let wanted = "`folder.csv` is a folder without a log in it: there must be a file such as \
                  predictions.parquet; nothing was kept";
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn a_bad_row_of_the_second_file_is_named_in_that_file() {
    let dir = tempfile::tempdir().unwrap();
    let paths = ["a.csv", "b.csv", "c.parquet"].map(|name| dir.path().join(name));
    std::fs::write(&paths[0], GOOD).unwrap();
    std::fs::write(&paths[1], GOOD.replace("a,0.1", "c,1.1").replace("b,", "d,")).unwrap();
    write_parquet(&paths[2], vec![Some(0.5)]);
    let why = "`1.1` is not a score: a score is a number from 0 to 1; nothing was kept";
    let found = said(paths[..2].to_vec(), &request(), dir.path()).await;
    assert_eq!(found, format!("`b.csv`, row 1, column `p`: {why}"));
    let found = said(paths.to_vec(), &request(), dir.path()).await;
    let why = "is not of the same format as `a.csv`: give files of one format; nothing was kept";
    assert_eq!(found, format!("`c.parquet` {why}"));
    // The same id in two files.
    std::fs::write(&paths[1], GOOD.replace("a,0.1", "c,0.1")).unwrap();
    let why =
        "`b` is the id of an earlier prediction too: each prediction counts once; nothing was kept";
    let found = said(paths[..2].to_vec(), &request(), dir.path()).await;
    assert_eq!(found, format!("`b.csv`, row 2, column `id`: {why}"));
}

#[tokio::test]
async fn a_bad_parquet_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.parquet");
    let request = Request::new("y", "p");
    let check = async |request: &Request, wanted: &str| {
        let found = said(vec![path.clone()], request, dir.path()).await;
        assert!(found.starts_with(wanted), "{found}\nwanted {wanted}");
        assert!(found.ends_with("; nothing was kept"), "{found}");
    };
    write_parquet(&path, vec![Some(0.5), None]);
    check(&request, "`log.parquet`, row 2, column `p`: there is no value").await;
    write_parquet(&path, vec![Some(0.5), Some(f64::NAN)]);
    check(&request, "`log.parquet`, row 2, column `p`: `NaN` is not a score").await;
    let lists = Request { by: vec!["list".into()], ..request.clone() };
    check(&lists, "`log.parquet` holds List(").await;
    write_parquet(&path, Vec::new());
    check(&request, "`log.parquet` has a header but no rows").await;
    write_parquet(&path, (0..5000).map(|i| Some(f64::from(i) / 5000.0)).collect());
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    check(&request, "`log.parquet` is damaged or cut off: ").await;
    // The footer is whole, the data are not.
    let mut damaged = whole.clone();
    damaged[4..1000].fill(0xff);
    std::fs::write(&path, damaged).unwrap();
    check(&request, "`log.parquet` is damaged or cut off: ").await;
}

#[tokio::test]
async fn a_request_that_contradicts_itself_is_refused() {
    let check = async |request: Request, wanted: &str| {
        let found = said(vec!["no/such.csv".into()], &request, Path::new("")).await;
        assert_eq!(found, format!("the request cannot be answered: {wanted}"));
    };
    let plain = || Request::new("y", "p");
    check(Request { level: 1.0, ..plain() }, "`level` must lie between 0 and 1, not 1").await;
    let thresholds = vec![0.5, 1.5];
    let wanted = "a threshold must be a number from 0 to 1, not 1.5";
    check(Request { thresholds, ..plain() }, wanted).await;
    let by = vec!["race".into(), "race".into()];
    check(Request { by, ..plain() }, "`by` names `race` twice").await;
    let from = Some("2026-01-01T00:00:00Z".parse().unwrap());
    let wanted = "`from and until` needs the time column: name it in `time`";
    check(Request { from, ..plain() }, wanted).await;
    let wanted = "`from` (2026-01-01T00:00:00Z) is not before `until` (2026-01-01T00:00:00Z)";
    check(Request { from, until: from, time: Some("at".into()), ..plain() }, wanted).await;
    let known_versions = Some(["1".to_owned()].into());
    let wanted = "`known_versions` needs the version column: name it in `version`";
    check(Request { known_versions, ..plain() }, wanted).await;
}

#[tokio::test]
async fn an_attribute_with_too_many_levels_is_refused() {
    let mut rows = String::new();
    for i in 3..5000 {
        rows.push_str(&format!("r{i},0.5,1,2026-01-03,1.0,level {i}\n"));
    }
    let why = "the column has more than 1000 levels, which is too many for a cohort attribute";
    // The good rows have two levels, so row 1001 is one too many.
    check(&rows, &format!("`log.csv`, row 1001, column `race`: {why}")).await;
}

fn write_parquet(path: &Path, scores: Vec<Option<f64>>) {
    let rows = scores.len();
    let list =
        ListArray::from_iter_primitive::<Int32Type, _, _>((0..rows).map(|_| Some([Some(1)])));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("y", Arc::new(Int8Array::from(vec![1; rows]))),
        ("p", Arc::new(Float64Array::from(scores))),
        ("list", Arc::new(list)),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}
