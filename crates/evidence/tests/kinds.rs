//! Small files of each kind, as CSV and as Parquet, and files that cannot be used.

#![cfg(test)]

use datafusion::arrow::array::{ArrayRef, Float64Array, Int8Array, RecordBatch, StringArray};
use datafusion::parquet::arrow::ArrowWriter;
use evidence::{
    ClassesRequest, EvidenceError, GradesRequest, ModelsReport, ModelsRequest, Source,
    SurvivalRequest, ValuesRequest, classes, grades, models, survival, values,
};
use serde_json::{Value, json};
use statistics::Status;
use std::fmt::Write as _;
use std::fs::File;
use std::sync::Arc;
use tempfile::TempDir;

/// A file in a folder of its own, which it keeps alive.
fn file(name: &str, text: &str) -> (TempDir, Source) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    (folder, Source::file(path))
}

/// What is said of a file that is refused, without the folder it is in.
fn said<T>(folder: &TempDir, outcome: Result<T, EvidenceError>) -> String {
    let message = outcome.err().map_or_else(|| "accepted".to_owned(), |error| error.to_string());
    message.replace(&format!("{}/", folder.path().display()), "")
}

fn of_models() -> ModelsRequest {
    ModelsRequest {
        outcome: "y".into(),
        score: "new".into(),
        against: "old".into(),
        thresholds: vec![0.4],
        level: 0.95,
        cluster: None,
    }
}

/// Rows of two models: (outcome, new, old).
fn pairs() -> Vec<(i8, f64, f64)> {
    let row = |i: u32| {
        let new = f64::from(i * 7 % 20) / 20.0;
        let old = f64::from(i * 11 % 20) / 20.0;
        (i8::from((i * 7 % 20) + (i * 3 % 13) > 16), new, old)
    };
    (0..200).map(row).collect()
}

fn csv(rows: &[(i8, f64, f64)]) -> String {
    let mut text = "id,old,new,y\n".to_owned();
    for (i, (y, new, old)) in rows.iter().enumerate() {
        writeln!(text, "{i},{old},{new},{y}").unwrap();
    }
    text
}

#[tokio::test]
async fn models_are_compared_alike_from_every_file() {
    let rows = pairs();
    let (_folder, source) = file("log.csv", &csv(&rows));
    let report = models(&source, &of_models()).await.unwrap();
    assert_eq!((report.rows.n, report.differences.len()), (200, 8));
    let auroc = &report.differences[0];
    assert_eq!(auroc.status, Status::Estimated);
    assert_eq!(auroc.of.first, report.first[0].estimate);
    assert_eq!(auroc.of.second, report.second[0].estimate);

    let reversed: Vec<_> = rows.iter().rev().copied().collect();
    let (_folder, shuffled) = file("log.csv", &csv(&reversed));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.parquet");
    let columns: [(&str, ArrayRef); 3] = [
        ("y", Arc::new(Int8Array::from_iter_values(rows.iter().map(|row| row.0)))),
        ("new", Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.1)))),
        ("old", Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.2)))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer =
        ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let (half, rest) = rows.split_at(77);
    let (_one, one) = file("a.csv", &csv(half));
    let (_other, other) = file("b.csv", &csv(rest));
    let both = Source::files([one.paths()[0].clone(), other.paths()[0].clone()]);
    for source in [shuffled, Source::file(path), both] {
        let again = models(&source, &of_models()).await.unwrap();
        assert_eq!(again.rows.digest, report.rows.digest);
        assert_eq!(again.differences, report.differences);
    }
}

#[tokio::test]
async fn a_model_is_no_different_from_itself() {
    let (_folder, source) = file("log.csv", &csv(&pairs()));
    let request = ModelsRequest { against: "new".into(), ..of_models() };
    let report = models(&source, &request).await.unwrap();
    assert!(matches!(report.differences[0].status, Status::NotEnoughData { .. }));
    assert_eq!(report.differences[0].of.first, report.differences[0].of.second);
}

#[tokio::test]
async fn bad_rows_of_models_are_named() {
    let check = async |text: &str, wanted: &str| {
        let (folder, source) = file("log.csv", text);
        assert_eq!(said(&folder, models(&source, &of_models()).await), wanted);
    };
    check(
        "y,new,old\n1,0.5,0.5\n0,0.5,1.5\n2,0.5,0.5\n",
        "`log.csv`, row 2, column `old`: `1.5` is not a score: a score is a number from 0 to 1; \
         nothing was kept",
    )
    .await;
    check(
        "y,new,old\n1,,0.5\n0,0.5,1.5\n2,0.5,0.5\n",
        "`log.csv`, row 1, column `new`: there is no value; nothing was kept",
    )
    .await;
    check(
        "y,nw,old\n1,0.5,0.5\n",
        "`log.csv` has no column `new`: did you mean `nw`?; its columns are y, nw, old; nothing \
         was kept",
    )
    .await;
    check("y,new,old\n", "`log.csv` has a header but no rows; nothing was kept").await;
    check("", "`log.csv` is empty; nothing was kept").await;
    let (folder, source) = file("log.csv", &csv(&pairs()));
    let request = ModelsRequest { thresholds: vec![1.2], ..of_models() };
    assert_eq!(
        said(&folder, models(&source, &request).await),
        "the request cannot be answered: a threshold must be a number from 0 to 1, not 1.2"
    );
    let request = ModelsRequest { level: 0.2, ..of_models() };
    assert_eq!(
        said(&folder, models(&source, &request).await),
        "the request cannot be answered: the level 0.2 is not from 0.5 up to 1, such as 0.95"
    );
}

#[tokio::test]
async fn a_ragged_row_is_refused() {
    let (folder, source) = file("log.csv", "y,new,old\n1,0.5,0.5\n1,0.5\n");
    let message = said(&folder, models(&source, &of_models()).await);
    assert!(message.starts_with("`log.csv`") && message.contains('3'), "{message}");
}

fn of_classes() -> ClassesRequest {
    ClassesRequest {
        outcome: "stage".into(),
        scores: ["p_mild", "p_moderate", "p_severe"].map(String::from).to_vec(),
        classes: None,
        level: 0.95,
        by: Vec::new(),
    }
}

#[tokio::test]
async fn classes_go_by_the_names_of_their_columns() {
    let mut text = "stage,p_mild,p_moderate,p_severe\n".to_owned();
    for i in 0..90 {
        let stage = ["mild", "moderate", "p_severe"][i % 3];
        let p = [(0.6, 0.3, 0.1), (0.2, 0.5, 0.3), (0.3, 0.3, 0.4), (0.5, 0.2, 0.3)][i % 4];
        writeln!(text, "{stage},{},{},{}", p.0, p.1, p.2).unwrap();
    }
    let (_folder, source) = file("log.csv", &text);
    let report = classes(&source, &of_classes()).await.unwrap();
    assert_eq!(report.classes, ["mild", "moderate", "severe"]);
    let confusion = report.confusion.unwrap();
    assert!(confusion.iter().all(|counts| counts.iter().sum::<u64>() == 30));
    assert_eq!(confusion.iter().map(|counts| counts[0]).sum::<u64>(), 45);
    assert_eq!(report.estimates[0].n, Some(90));
    // The same classes under other names.
    let renamed = ClassesRequest {
        classes: Some(["mild", "moderate", "p_severe"].map(String::from).to_vec()),
        ..of_classes()
    };
    let again = classes(&source, &renamed).await.unwrap();
    assert_eq!(again.rows, report.rows);
}

#[tokio::test]
async fn bad_rows_of_classes_are_named() {
    let check = async |rows: &str, wanted: &str| {
        let text = format!("stage,p_mild,p_moderate,p_severe\nmild,0.5,0.3,0.2\n{rows}");
        let (folder, source) = file("log.csv", &text);
        let found = said(&folder, classes(&source, &of_classes()).await);
        assert_eq!(found, format!("{wanted}; nothing was kept"));
    };
    check(
        "critical,0.5,0.3,0.2\n",
        "`log.csv`, row 2, column `stage`: `critical` is none of the classes mild, \
         moderate, severe",
    )
    .await;
    check(
        "mild,0.5,0.3,0.1\n",
        "`log.csv`, row 2, column `p_mild`: the scores of the classes add up to 0.9000, not to 1",
    )
    .await;
    check(
        "mild,0.5,0.3,x\n,0.5,0.3,0.2\n",
        "`log.csv`, row 2, column `p_severe`: `x` is not a score: a score is a number from 0 to 1",
    )
    .await;
    let refuse = async |request: ClassesRequest, wanted: &str| {
        let (folder, source) = file("log.csv", "stage,p_mild,p_moderate,p_severe\n");
        let found = said(&folder, classes(&source, &request).await);
        assert_eq!(found, format!("the request cannot be answered: {wanted}"));
    };
    let one = ClassesRequest { scores: vec!["p_mild".into()], ..of_classes() };
    refuse(one, "1 score columns; give 2 to 100, one a class").await;
    let names = ClassesRequest { classes: Some(vec!["a".into()]), ..of_classes() };
    refuse(names, "1 classes for 3 score columns; give one for each").await;
    let twice = ["p_mild", "p_mild", "p_severe"].map(String::from).to_vec();
    let twice = ClassesRequest { scores: twice, ..of_classes() };
    refuse(twice, "`mild` comes twice; each class has one score column").await;
}

#[tokio::test]
async fn numbers_are_measured_with_and_without_intervals() {
    let mut text = "los,predicted,low,high\n".to_owned();
    for i in 0..100 {
        let predicted = f64::from(i % 10) + 1.0;
        let los = predicted + f64::from(i % 7) - 3.0;
        writeln!(text, "{los},{predicted},{},{}", predicted - 2.0, predicted + 2.0).unwrap();
    }
    let (_folder, source) = file("log.csv", &text);
    let mut request = ValuesRequest {
        observed: "los".into(),
        predicted: "predicted".into(),
        interval: None,
        level: 0.95,
        by: Vec::new(),
    };
    let plain = values(&source, &request).await.unwrap();
    request.interval = Some(("low".into(), "high".into()));
    let report = values(&source, &request).await.unwrap();
    assert_eq!(plain.estimates.len() + 2, report.estimates.len());
    let coverage = &report.estimates[report.estimates.len() - 2];
    assert_eq!(coverage.estimate, Some(0.71)); // 5 of 7 errors, in 100 rows
    let check = async |row: &str, wanted: &str| {
        let (folder, source) = file("log.csv", &format!("{text}{row}\n"));
        let found = said(&folder, values(&source, &request).await);
        assert_eq!(found, format!("`log.csv`, row 101, {wanted}; nothing was kept"));
    };
    check("1,2,3,2.5", "column `low`: the interval from 3 to 2.5 ends below its start").await;
    check("inf,2,1,3", "column `los`: `inf` is not a finite number").await;
    check("1,two,1,3", "column `predicted`: `two` is not a finite number").await;
    check("1,2,,3", "column `low`: there is no value").await;
}

#[tokio::test]
async fn risks_at_a_horizon_are_measured() {
    let mut text = "days,died,risk\n".to_owned();
    for i in 0..300_u32 {
        let days = f64::from(1 + i * 37 % 400) / 10.0;
        writeln!(text, "{days},{},{}", i % 3, f64::from(i % 10) / 12.0).unwrap();
    }
    let (_folder, source) = file("log.csv", &text);
    let request = SurvivalRequest {
        time: "days".into(),
        event: "died".into(),
        score: "risk".into(),
        horizon: 30.0,
        thresholds: vec![0.3],
        level: 0.95,
        by: Vec::new(),
    };
    let report = survival(&source, &request).await.unwrap();
    let known = report.known.unwrap();
    assert_eq!(known.events + known.competing + known.free + known.censored, 300);
    assert!(known.events > 50 && known.censored > 50);
    assert_eq!(report.estimates[0].status, Status::Estimated);
    let check = async |row: &str, wanted: &str| {
        let (folder, source) = file("log.csv", &format!("{text}{row}\n"));
        let found = said(&folder, survival(&source, &request).await);
        assert_eq!(found, format!("`log.csv`, row 301, {wanted}; nothing was kept"));
    };
    check("-1,1,0.5", "column `days`: `-1` is no time of follow-up: it is 0 or more").await;
    check(
        "1,3,0.5",
        "column `died`: `3` is no end of follow-up: 0 is censored, 1 the event, 2 a competing \
         event",
    )
    .await;
    let never = SurvivalRequest { horizon: 0.0, ..request };
    assert!(survival(&source, &never).await.is_err());
}

#[tokio::test]
async fn levels_have_the_order_that_is_named() {
    let mut text = "had,given\n".to_owned();
    for i in 0..60_usize {
        let name = |level: usize| ["green", "yellow", "red"][level % 3];
        writeln!(text, "{},{}", name(i), name(i + usize::from(i % 5 == 0))).unwrap();
    }
    let levels = |names: [&str; 3]| GradesRequest {
        observed: "had".into(),
        predicted: "given".into(),
        levels: names.map(String::from).to_vec(),
        level: 0.95,
        by: Vec::new(),
    };
    let (folder, source) = file("log.csv", &text);
    let report = grades(&source, &levels(["green", "yellow", "red"])).await.unwrap();
    assert_eq!(report.estimates[0].estimate, Some(0.8));
    assert_eq!(report.estimates[0].n, Some(60));
    let found = said(&folder, grades(&source, &levels(["green", "amber", "red"])).await);
    let wanted = "`log.csv`, row 1, column `given`: `yellow` is none of the levels green, amber, \
                  red; nothing was kept";
    assert_eq!(found, wanted);
    let found = said(&folder, grades(&source, &levels(["green", "red", "red"])).await);
    assert_eq!(found, "the request cannot be answered: the level `red` comes twice");
}

#[tokio::test]
async fn columns_of_text_and_whole_numbers_are_read_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.parquet");
    let columns: [(&str, ArrayRef); 2] = [
        ("observed", Arc::new(Int8Array::from_iter_values(0..40))),
        (
            "predicted",
            Arc::new(StringArray::from_iter_values((0..40).map(|i| format!(" {}.5", i * i % 40)))),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer =
        ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let request = ValuesRequest {
        observed: "observed".into(),
        predicted: "predicted".into(),
        interval: None,
        level: 0.95,
        by: Vec::new(),
    };
    let report = values(&Source::file(path), &request).await.unwrap();
    assert_eq!(report.rows.n, 40);
}

/// Rows of every kind in one log, by race and sex: three of 400 are of sex `X`.
fn by_cohort_rows() -> Vec<(String, &'static str, &'static str)> {
    let row = |i: u32| {
        let race = ["A", "B", "B", "C"][(i * 7 % 11 % 4) as usize];
        let sex = if i % 133 == 5 { "X" } else { ["F", "M"][(i * 5 % 7 % 2) as usize] };
        let risk = f64::from(i * 7 % 20) / 20.0;
        let (had, given) = (i % 4, (i + u32::from(i.is_multiple_of(7))) % 4);
        let stage = ["mild", "severe"][(i * 3 % 5 % 2) as usize];
        let p = f64::from(1 + i * 11 % 9) / 10.0;
        let text = format!(
            "{},{},{risk},{had},{given},{stage},{p},{:.1},{}",
            1 + i * 37 % 40,
            i % 3,
            1.0 - p,
            3 + i * 13 % 9
        );
        (text, race, sex)
    };
    (0..400).map(row).collect()
}

/// The log of some of these rows, with sexes as `sex` has them.
fn by_cohort_log(keep: impl Fn(&str, &str) -> bool, sex: impl Fn(&str) -> String) -> String {
    let mut text = "days,died,risk,had,given,stage,p_mild,p_severe,los,race,sex\n".to_owned();
    for (row, race, of) in by_cohort_rows() {
        if keep(race, of) {
            writeln!(text, "{row},{race},{}", sex(of)).unwrap();
        }
    }
    text
}

fn survival_by(by: &[&str]) -> SurvivalRequest {
    SurvivalRequest {
        time: "days".into(),
        event: "died".into(),
        score: "risk".into(),
        horizon: 30.0,
        thresholds: vec![0.5],
        level: 0.95,
        by: by.iter().map(|&name| name.to_owned()).collect(),
    }
}

/// Every kind by cohort, as JSON: findings of everyone, and of each cohort by its name.
async fn every_kind(source: &Source, by: &[&str]) -> Vec<Value> {
    let named = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let of_grades = GradesRequest {
        observed: "had".into(),
        predicted: "given".into(),
        levels: named(&["0", "1", "2", "3"]),
        level: 0.95,
        by: named(by),
    };
    let of_values = ValuesRequest {
        observed: "los".into(),
        predicted: "days".into(),
        interval: None,
        level: 0.95,
        by: named(by),
    };
    let of_classes = ClassesRequest {
        outcome: "stage".into(),
        scores: named(&["p_mild", "p_severe"]),
        classes: None,
        level: 0.95,
        by: named(by),
    };
    vec![
        serde_json::to_value(survival(source, &survival_by(by)).await.unwrap()).unwrap(),
        serde_json::to_value(grades(source, &of_grades).await.unwrap()).unwrap(),
        serde_json::to_value(values(source, &of_values).await.unwrap()).unwrap(),
        serde_json::to_value(classes(source, &of_classes).await.unwrap()).unwrap(),
    ]
}

#[tokio::test]
async fn each_cohort_is_measured_as_its_rows_alone() {
    let joined = |sex: &str| if sex == "F" { "F" } else { "M or X" }.to_owned();
    let (_all, source) = file("log.csv", &by_cohort_log(|_, _| true, str::to_owned));
    let reports = every_kind(&source, &["race", "sex", "race*sex"]).await;
    let without = every_kind(&source, &[]).await;
    for (report, without) in reports.iter().zip(&without) {
        assert_eq!(report["estimates"], without["estimates"]);
        assert!(without.get("cohorts").is_none() && without["request"].get("by").is_none());
        assert_eq!(report["joined"], json!([{ "sex": "M or X" }]));
        assert_eq!(report["cohorts"].as_array().unwrap().len(), 3 + 2 + 6);
    }
    for (place, cohort) in
        [json!({"race": "B"}), json!({"sex": "M or X"}), json!({"race*sex": "B × M or X"})]
            .into_iter()
            .enumerate()
    {
        let keep = |race: &str, sex: &str| match place {
            0 => race == "B",
            1 => sex != "F",
            _ => race == "B" && sex != "F",
        };
        let (_some, alone) = file("log.csv", &by_cohort_log(keep, joined));
        for (report, alone) in reports.iter().zip(every_kind(&alone, &[]).await) {
            let cohorts = report["cohorts"].as_array().unwrap();
            let own = cohorts.iter().find(|it| it["cohort"] == cohort).unwrap();
            assert_eq!(own["estimates"], alone["estimates"], "{cohort}");
        }
    }
}

#[tokio::test]
async fn a_small_cell_of_an_intersection_is_hidden_with_others_that_give_it_away() {
    let mut text = "days,died,risk,race,sex\n".to_owned();
    for (race, sex, n) in [
        ("A", "F", 5),
        ("A", "M", 60),
        ("B", "F", 40),
        ("B", "M", 30),
        ("C", "F", 50),
        ("C", "M", 70),
    ] {
        for i in 0..n {
            writeln!(
                text,
                "{},{},{},{race},{sex}",
                1 + i * 7 % 40,
                i % 2,
                f64::from(i % 10) / 10.0
            )
            .unwrap();
        }
    }
    let (_folder, source) = file("log.csv", &text);
    let report = survival(&source, &survival_by(&["race", "sex", "race*sex"])).await.unwrap();
    let hidden: Vec<&str> = report
        .by_cohort
        .cohorts
        .iter()
        .filter(|it| it.estimates.iter().all(|it| it.status == Status::Suppressed))
        .map(|it| it.cohort.level.as_str())
        .collect();
    assert_eq!(hidden, ["A × F", "A × M", "B × F", "B × M"]);
    let numbers =
        report.by_cohort.cohorts.iter().filter(|it| hidden.contains(&it.cohort.level.as_str()));
    for finding in numbers.flat_map(|it| &it.estimates) {
        assert_eq!((finding.estimate, finding.lower, finding.n), (None, None, None));
    }
}

#[tokio::test]
async fn cohorts_that_cannot_be_are_refused() {
    let (folder, source) = file("log.csv", "days,died,risk,race\n3,1,0.5,A\n");
    let ask = async |by: &[&str]| said(&folder, survival(&source, &survival_by(by)).await);
    assert!(ask(&["race", "race"]).await.contains("`by` names `race` twice"));
    assert!(ask(&["race*"]).await.contains("`race*` lacks an attribute"));
    assert!(ask(&["race*sex"]).await.contains("`sex`"));
}

#[tokio::test]
async fn models_are_compared_by_cluster() {
    let mut text = "patient,old,new,y\n".to_owned();
    for (i, (y, new, old)) in pairs().iter().enumerate() {
        // Each row four times: a patient's stays that are all alike.
        for _ in 0..4 {
            writeln!(text, "P{i},{old},{new},{y}").unwrap();
        }
    }
    let (folder, source) = file("log.csv", &text);
    let request = ModelsRequest { cluster: Some("patient".into()), ..of_models() };
    let clustered = models(&source, &request).await.unwrap();
    let plain = models(&source, &of_models()).await.unwrap();
    let (_folder, once) = file("log.csv", &csv(&pairs()));
    let once = models(&once, &of_models()).await.unwrap();
    let width = |report: &ModelsReport| {
        let auroc = &report.differences[0];
        auroc.upper.unwrap() - auroc.lower.unwrap()
    };
    assert_eq!(clustered.differences[0].estimate, plain.differences[0].estimate);
    // Copies of a row tell nothing new: the interval is about that of each row once.
    assert!(width(&plain) < 0.6 * width(&clustered));
    assert!((width(&clustered) / width(&once) - 1.0).abs() < 0.1);
    assert!(clustered.differences[0].method.starts_with("jackknife over "));
    let request = ModelsRequest { cluster: Some("who".into()), ..of_models() };
    assert!(said(&folder, models(&source, &request).await).contains("`who`"));
}
