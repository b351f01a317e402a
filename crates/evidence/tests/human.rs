//! What people and alerts are asked: workload of a silent run, samples, ratings by a rubric, a
//! judge beside people. Numbers against the oracles of `statistics`, and files that cannot be used.

#![cfg(test)]

use datafusion::arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::parquet::arrow::ArrowWriter;
use evidence::{
    EvidenceError, JudgeRequest, RatedCriterion, RatingsRequest, SampleRequest, Source,
    WorkloadRequest, judge, ratings, sample, sample_csv, workload,
};
use serde_json::Value;
use statistics::sampling::Allocation;
use statistics::{LimitVerdict, Reliance};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

const SEED: u64 = 2026;

fn write(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let file = folder.path().join(name);
    std::fs::write(&file, text).unwrap();
    file
}

fn near(found: f64, expected: &Value, what: &str) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() < 1e-9, "{what}: {found}, not {expected}");
}

// Workload.

fn silent_run() -> WorkloadRequest {
    WorkloadRequest {
        score: "p".to_owned(),
        time: "at".to_owned(),
        unit: Some("ward".to_owned()),
        patient: Some("patient".to_owned()),
        outcome: Some("y".to_owned()),
        thresholds: vec![0.1, 0.2, 0.45],
        snooze_minutes: 480,
        minutes: Some(5.0),
        capacity: None,
        budget: Some(3.5),
        zone: "UTC".to_owned(),
        level: 0.95,
        columns: BTreeMap::new(),
        equals: BTreeMap::new(),
    }
}

fn workload_oracle() -> Value {
    serde_json::from_str(include_str!("../../statistics/oracles/workload.json")).unwrap()
}

/// The oracle's log, as CSV and as Parquet.
fn logs(folder: &TempDir, oracle: &Value) -> (PathBuf, PathBuf) {
    let rows = oracle["rows"].as_array().unwrap();
    let mut text = "ward,at,patient,p,y\n".to_owned();
    for row in rows {
        let at = jiff::Timestamp::from_microsecond(row[1].as_i64().unwrap()).unwrap();
        let y = row[5].as_i64().map(|it| it.to_string()).unwrap_or_default();
        writeln!(text, "w{},{at},{},{},{y}", row[0], row[3], row[4]).unwrap();
    }
    let names = |it: &Value| format!("w{}", it[0]);
    let columns: [(&str, ArrayRef); 5] = [
        ("ward", Arc::new(StringArray::from_iter_values(rows.iter().map(names)))),
        (
            "at",
            Arc::new(TimestampMicrosecondArray::from_iter_values(
                rows.iter().map(|row| row[1].as_i64().unwrap()),
            )),
        ),
        (
            "patient",
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row[3].as_i64().unwrap()))),
        ),
        (
            "p",
            Arc::new(Float64Array::from_iter_values(
                rows.iter().map(|row| row[4].as_f64().unwrap()),
            )),
        ),
        ("y", Arc::new(Int64Array::from_iter(rows.iter().map(|row| row[5].as_i64())))),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    let parquet = folder.path().join("log.parquet");
    let file = std::fs::File::create(&parquet).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    (write(folder, "log.csv", &text), parquet)
}

#[tokio::test]
async fn a_silent_run_gives_what_a_pandas_script_finds_from_csv_and_parquet() {
    let (folder, oracle) = (tempfile::tempdir().unwrap(), workload_oracle());
    let (csv, parquet) = logs(&folder, &oracle);
    let report = workload(&Source::file(&csv), &silent_run()).await.unwrap();
    let other = workload(&Source::file(&parquet), &silent_run()).await.unwrap();
    assert_eq!((&report.loads, &report.within_budget), (&other.loads, &other.within_budget));
    assert_eq!((report.from.as_str(), report.to.as_str()), ("1970-01-01", "1970-02-09"));
    let mut compared = 0;
    for case in oracle["cases"].as_array().unwrap() {
        if case["snooze"].as_i64() != Some(480 * 60_000_000) {
            continue;
        }
        let unit = case["unit"].as_u64().map(|it| format!("w{it}"));
        let threshold = case["threshold"].as_f64().unwrap();
        let found = report.loads.iter().find(|it| it.unit == unit && it.threshold == threshold);
        let found = found.unwrap();
        let what = format!("{unit:?} at {threshold}");
        assert_eq!(Some(found.load.alerts), case["alerts"].as_u64(), "{what}");
        assert_eq!(Some(found.load.held_back), case["held_back"].as_u64(), "{what}");
        near(found.load.alerts_per_day.mean, &case["alerts_per_day"]["mean"], &what);
        near(found.load.true_share.unwrap().upper, &case["true_share"]["upper"], &what);
        assert!(
            (found.minutes_per_day.unwrap() - 5.0 * found.load.alerts_per_day.mean).abs() < 1e-9
        );
        compared += 1;
    }
    assert_eq!(compared, 12);
    let within = report.within_budget.unwrap();
    assert_eq!(within.for_all, Some(0.35));
    let worst = within.by_unit.values().map(|it| it.unwrap()).fold(0.0, f64::max);
    assert_eq!(worst, 0.35, "every unit keeps to it where the busiest does");
}

#[tokio::test]
async fn days_are_those_of_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let text = "p,at\n0.9,2026-03-01T23:30:00Z\n0.9,2026-03-02T00:30:00Z\n";
    let file = write(&folder, "log.csv", text);
    let days = async |zone: &str| {
        let request = WorkloadRequest {
            zone: zone.to_owned(),
            unit: None,
            patient: None,
            outcome: None,
            snooze_minutes: 0,
            ..silent_run()
        };
        let report = workload(&Source::file(&file), &request).await.unwrap();
        (report.from, report.loads[0].load.days)
    };
    assert_eq!(days("UTC").await, ("2026-03-01".to_owned(), 2));
    assert_eq!(days("Europe/Vienna").await, ("2026-03-02".to_owned(), 1));
    assert_eq!(days("America/New_York").await, ("2026-03-01".to_owned(), 1));
}

#[tokio::test]
async fn a_log_that_cannot_be_used_is_named_by_row_and_column() {
    let head = "ward,at,patient,p,y\n";
    let good = "a,2026-03-01,1,0.5,1\n";
    for (name, text, expected) in [
        ("log.csv", String::new(), "is empty"),
        ("log.csv", head.to_owned(), "has a header but no rows"),
        ("log.txt", format!("{head}{good}"), "is of no known format"),
        ("log.csv", "ward,at,patient,score,y\n".to_owned(), "has no column `p`"),
        ("log.csv", "ward,at,patient,p,y,p\n".to_owned(), "has two columns named `p`"),
        ("log.csv", format!("{head}{good}a,,1,0.5,1\n"), "row 2, column `at`: there is no value"),
        ("log.csv", format!("{head},2026-03-01,1,0.5,1\n"), "row 1, column `ward`: there is no"),
        ("log.csv", format!("{head}a,2026-03-01, ,0.5,1\n"), "row 1, column `patient`"),
        ("log.csv", format!("{head}a,2026-03-01,1,1.5,1\n"), "row 1, column `p`: `1.5` is not a"),
        ("log.csv", format!("{head}a,soon,1,0.5,1\n"), "row 1, column `at`: `soon` is not a time"),
        ("log.csv", format!("{head}{good}{good}a,2026-03-01,1,0.5,maybe\n"), "row 3, column `y`"),
        ("log.csv", format!("{head}{good}a,2026-03-01,1\n"), "row 2, column"),
        ("log.csv", format!("{head}a,soon,1,0.5,1\na,2026-03-01\n"), "row 2, column"),
        ("log.csv", format!("{head}{good}a,2199-03-01,1,0.5,1\n"), "the log spans 63188 days"),
        ("log.parquet", "PAR1 is not enough".to_owned(), "is damaged or cut off"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = write(&folder, name, &text);
        let said = workload(&Source::file(file), &silent_run()).await.unwrap_err().to_string();
        assert!(said.contains(expected), "{text}: {said}");
    }
    // A value is bad in a batch after the first.
    let folder = tempfile::tempdir().unwrap();
    let file =
        write(&folder, "log.csv", &format!("{head}{}a,2026-03-01,1,x,1\n", good.repeat(9_000)));
    let said = workload(&Source::file(file), &silent_run()).await.unwrap_err().to_string();
    assert!(said.contains("row 9001, column `p`: `x` is not a score"), "{said}");
}

#[tokio::test]
async fn a_workload_that_contradicts_itself_is_refused() {
    let file = Source::file("not-there.csv");
    let check = async |request: WorkloadRequest, expected: &str| {
        let said = workload(&file, &request).await.unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
    };
    check(WorkloadRequest { level: 95.0, ..silent_run() }, "`level` must be").await;
    check(WorkloadRequest { thresholds: vec![1.5], ..silent_run() }, "not 1.5").await;
    check(WorkloadRequest { thresholds: vec![], budget: None, ..silent_run() }, "give a threshold")
        .await;
    check(WorkloadRequest { patient: None, ..silent_run() }, "name the patient column").await;
    check(WorkloadRequest { minutes: Some(f64::NAN), ..silent_run() }, "`minutes` must be").await;
    check(WorkloadRequest { budget: Some(-1.0), ..silent_run() }, "`budget` must be").await;
    check(WorkloadRequest { zone: "Vienna".to_owned(), ..silent_run() }, "is no time zone").await;
    check(silent_run(), "cannot be read").await;
}

// Samples.

fn plan() -> SampleRequest {
    SampleRequest {
        item: "note".to_owned(),
        by: vec!["service".to_owned()],
        size: 40,
        allocation: Allocation::Proportional,
        least: 5,
        raters: ["ann", "ben", "cem"].map(ToOwned::to_owned).to_vec(),
        each: 2,
        seed: SEED,
        columns: BTreeMap::new(),
        equals: BTreeMap::new(),
    }
}

/// 300 notes, of which 240 are of one service, 50 of another, 10 of a third.
fn notes(turned: bool) -> String {
    let mut rows: Vec<String> = (0..300)
        .map(|note| {
            let service = if note < 240 {
                "medicine"
            } else if note < 290 {
                "surgery"
            } else {
                "icu"
            };
            format!("n{note:03},{service}\n")
        })
        .collect();
    if turned {
        rows.reverse();
    }
    format!("note,service\n{}", rows.concat())
}

#[tokio::test]
async fn a_sample_is_that_of_its_seed_and_keeps_its_chances() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "notes.csv", &notes(false));
    let drawn = sample(&Source::file(&file), &plan()).await.unwrap();
    let told: Vec<_> =
        drawn.strata.iter().map(|it| (&*it.name, it.population, it.sampled)).collect();
    assert_eq!(told, [("icu", 10, 5), ("medicine", 240, 29), ("surgery", 50, 6)]);
    assert_eq!((drawn.strata[0].probability, drawn.strata[0].weight), (0.5, Some(2.0)));
    let stands: f64 = drawn.items.iter().map(|it| drawn.strata[it.stratum].weight.unwrap()).sum();
    assert!((stands - 300.0).abs() < 1e-9, "the weights add up to everything");
    let turned = write(&folder, "turned.csv", &notes(true));
    let again = sample(&Source::file(&turned), &plan()).await.unwrap();
    assert_eq!((&drawn.items, &drawn.assignment), (&again.items, &again.assignment));
    let other = SampleRequest { seed: 1, ..plan() };
    assert_ne!(sample(&Source::file(&file), &other).await.unwrap().items, drawn.items);
    let csv = sample_csv(&drawn).unwrap();
    assert_eq!(csv.lines().count(), 81, "two raters for each of forty");
    assert!(csv.starts_with("rater,position,item,stratum,population,sampled,probability,weight\n"));
    let alone = SampleRequest { raters: vec![], by: vec![], least: 0, ..plan() };
    let drawn = sample(&Source::file(&file), &alone).await.unwrap();
    assert_eq!((drawn.strata.len(), sample_csv(&drawn).unwrap().lines().count()), (1, 41));
}

#[tokio::test]
async fn a_plan_that_is_impossible_says_what_would_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "notes.csv", &notes(false));
    let said = async |request: SampleRequest| {
        sample(&Source::file(&file), &request).await.unwrap_err().to_string()
    };
    for (request, expected) in [
        (SampleRequest { size: 301, ..plan() }, "there are 300; ask for at most 300"),
        (SampleRequest { least: 20, ..plan() }, "take 50 items"),
        (SampleRequest { each: 4, ..plan() }, "from 1 to 3 of 3 raters, not 4"),
        (SampleRequest { raters: vec!["ann".into(), "ann".into()], ..plan() }, "named twice"),
        (SampleRequest { size: 0, least: 0, ..plan() }, "at least one item"),
        (SampleRequest { item: "nota".to_owned(), ..plan() }, "did you mean `note`?"),
    ] {
        assert!(said(request).await.contains(expected), "{expected}");
    }
    let twice = write(&folder, "twice.csv", "note,service\na,x\nb,x\na,y\n");
    let found = sample(&Source::file(twice), &plan()).await.unwrap_err().to_string();
    assert!(found.contains("row 3, column `note`: `a` is there twice"), "{found}");
    let none = write(&folder, "none.csv", "note,service\na,\n");
    let found = sample(&Source::file(none), &plan()).await.unwrap_err().to_string();
    assert!(found.contains("row 1, column `service`: there is no value"), "{found}");
}

// Ratings by a rubric.

fn rubric() -> Vec<RatedCriterion> {
    let of = |id: &str, most: Option<f64>| RatedCriterion {
        id: id.to_owned(),
        question: format!("Is it {id}?"),
        levels: vec![1.0, 2.0, 3.0],
        defects: vec![1.0, 2.0],
        critical: vec![1.0],
        most_defects: most,
        most_critical: None,
    };
    vec![of("true", Some(0.3)), of("brief", None)]
}

fn asked() -> RatingsRequest {
    RatingsRequest {
        item: "note".to_owned(),
        rater: "rater".to_owned(),
        score: "score".to_owned(),
        by: Some("criterion".to_owned()),
        levels: None,
        rubric: Some(rubric()),
        cohort: None,
        level: 0.95,
        seed: SEED,
    }
}

fn rate(text: &str, request: &RatingsRequest) -> Result<evidence::RatingsReport, EvidenceError> {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "ratings.csv", text);
    ratings(&file, None, request)
}

#[test]
fn defects_are_told_by_criterion_and_cohort() {
    let mut text = "note,rater,criterion,score,service\n".to_owned();
    for note in 0..60 {
        let service = if note < 40 { "medicine" } else { "surgery" };
        // Both find a critical defect in 6, one of two a small one in 6 more, of surgery only.
        let (one, other) = match note {
            40..46 => (1, 1),
            46..52 => (2, 3),
            _ => (3, 3),
        };
        for (rater, score) in [("ann", one), ("ben", other)] {
            writeln!(text, "{note},{rater},true,{score},{service}").unwrap();
            writeln!(text, "{note},{rater},brief,{},{service}", if note == 0 { 2 } else { 3 })
                .unwrap();
        }
    }
    let request = RatingsRequest { cohort: Some("service".to_owned()), ..asked() };
    let report = rate(&text, &request).unwrap();
    let of = |name: &str| {
        let group = report.groups.iter().find(|it| it.name.as_deref() == Some(name)).unwrap();
        group.defects.clone().unwrap()
    };
    let found = of("true");
    let counts: Vec<_> = found
        .of
        .iter()
        .map(|it| (it.cohort.as_deref(), it.any.unwrap().with, it.critical.unwrap().with))
        .collect();
    assert_eq!(counts, [(None, 12, 6), (Some("medicine"), 0, 0), (Some("surgery"), 12, 6)]);
    let (lower, upper) = statistics::wilson(12, 60, 0.95).unwrap();
    assert_eq!((found.of[0].any.unwrap().lower, found.of[0].any.unwrap().upper), (lower, upper));
    assert!(matches!(found.limits[0].verdict, Some(LimitVerdict::NotShown { more: Some(_) })));
    assert_eq!((of("brief").of[0].any.unwrap().with, of("brief").limits.len()), (1, 0));
    let any = report.any.unwrap();
    assert_eq!(
        (any.any.unwrap().with, any.any.unwrap().items, any.critical.unwrap().with),
        (13, 60, 6)
    );
}

#[test]
fn what_does_not_fit_the_rubric_is_named() {
    let head = "note,rater,criterion,score,service\n";
    let request = RatingsRequest { cohort: Some("service".to_owned()), ..asked() };
    for (rows, expected) in [
        (
            "a,x,true,4,m\n",
            "row 1, column `score`: `4` is not on the scale of `true`, which is 1, 2, 3",
        ),
        ("a,x,true,3,m\nb,x,brief,2.5,m\n", "row 2, column `score`: `2.5` is not on the scale"),
        (
            "a,x,tru,3,m\n",
            "row 1, column `criterion`: the rubric has no criterion `tru`; it has true",
        ),
        (
            "a,x,true,3,m\na,y,true,3,s\n",
            "row 2, column `service`: `s` is another cohort than `m` in row 1",
        ),
        ("a,x,true,3,\n", "row 1, column `service`: there is no value"),
    ] {
        let said = rate(&format!("{head}{rows}"), &request).unwrap_err().to_string();
        assert!(said.contains(expected), "{rows}: {said}");
    }
    let said = rate(head, &RatingsRequest { by: None, ..asked() }).unwrap_err().to_string();
    assert!(said.contains("a rubric of several criteria needs the column"), "{said}");
    // Nothing was rated: that is no defect, and nothing is shown.
    let report = rate(&format!("{head}a,x,true,,m\n"), &request).unwrap();
    assert_eq!(report.groups[0].defects.as_ref().unwrap().of[0].any, None);
    assert_eq!(report.groups[0].defects.as_ref().unwrap().limits[0].verdict, None);
}

#[tokio::test]
async fn a_sample_weighs_defects_back_to_everything() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "notes.csv", &notes(false));
    // As many of the small service as of the large one; only the small one has defects.
    let plan = SampleRequest { allocation: Allocation::Equal, size: 30, ..plan() };
    let drawn = sample(&Source::file(&file), &plan).await.unwrap();
    let csv = write(&folder, "sample.csv", &sample_csv(&drawn).unwrap());
    let mut text = "note,rater,criterion,score\n".to_owned();
    for it in &drawn.items {
        let score = if drawn.strata[it.stratum].name == "icu" { 1 } else { 3 };
        writeln!(text, "{},ann,true,{score}", it.item).unwrap();
    }
    let rated = write(&folder, "ratings.csv", &text);
    let report = ratings(&rated, Some(&csv), &asked()).unwrap();
    let all = &report.groups[0].defects.as_ref().unwrap().of[0];
    let (plain, weighted) = (all.any.unwrap(), all.weighted.unwrap());
    assert_eq!((plain.with, plain.items), (10, 30));
    assert!((weighted.estimate - 10.0 / 300.0).abs() < 1e-12, "{weighted:?}");
    assert_eq!((weighted.population, weighted.n), (300, 30));
    assert!(weighted.lower < weighted.estimate && weighted.estimate < weighted.upper);
    // What was not drawn cannot be weighed, and a file that is no sample is named.
    let strange = write(&folder, "strange.csv", "note,rater,criterion,score\nz,ann,true,3\n");
    let said = ratings(&strange, Some(&csv), &asked()).unwrap_err().to_string();
    assert!(said.contains("`z` was rated"), "{said}");
    for (text, expected) in [("", "is empty"), ("item\na\n", "row 1, column `item`: it is no row")]
    {
        let csv = write(&folder, "no-sample.csv", text);
        let said = ratings(&rated, Some(&csv), &asked()).unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
    }
}

// A judge beside people.

/// 400 notes; people rate every fourth, the judge all of them, half a level too kind at times.
fn judged() -> String {
    let mut text = "note,rater,score\n".to_owned();
    for note in 0..400_u32 {
        let truth = 1 + (note * 7) % 3;
        let kind = truth + u32::from(truth < 3 && note % 5 == 0);
        writeln!(text, "{note},judge,{kind}").unwrap();
        if note % 4 == 0 {
            writeln!(text, "{note},ann,{truth}").unwrap();
            writeln!(text, "{note},ben,{truth}").unwrap();
        }
    }
    text
}

fn judge_asked() -> JudgeRequest {
    JudgeRequest {
        ratings: RatingsRequest { by: None, rubric: None, ..asked() },
        judge: "judge".to_owned(),
        reliance: Reliance::Tuned,
        defects: vec![1.0],
    }
}

#[test]
fn a_kind_judge_is_put_right() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "ratings.csv", &judged());
    let report = judge(&file, &judge_asked()).unwrap();
    let found = &report.groups[0];
    assert_eq!((found.people, found.labelled, found.judged, found.unjudged), (2, 100, 300, 0));
    let (bias, lower, _) = found.bias.unwrap();
    assert!(bias > 0.0 && lower > 0.0, "{bias}");
    let (people, with) = (found.alpha[2].people.clone(), found.alpha[2].with_judge.clone());
    assert!((people.unwrap().estimate - 1.0).abs() < 1e-12 && with.unwrap().estimate < 0.99);
    // The mean of 1, 2, 3 in turn is 2, but for the last of 400.
    let mean = found.mean.unwrap();
    assert!(mean.lower < 2.0 && 2.0 < mean.upper && mean.weight > 0.5, "{mean:?}");
    assert!(mean.effective.unwrap() > 150.0, "{mean:?}");
    let rate = found.rate.as_ref().unwrap();
    let (alone, right) = (rate.people_alone.unwrap(), rate.put_right.unwrap());
    assert!(right.upper - right.lower < alone.upper - alone.lower, "{rate:?}");
    assert!(right.lower < 1.0 / 3.0 && 1.0 / 3.0 < right.upper, "{rate:?}");
    assert_eq!(judge(&file, &judge_asked()).unwrap(), report, "the seed decides");
}

#[test]
fn a_judge_without_people_or_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "ratings.csv", &judged());
    let request = JudgeRequest { judge: "juge".to_owned(), ..judge_asked() };
    let said = judge(&file, &request).unwrap_err().to_string();
    assert!(
        said.contains("nobody in the column of raters is called `juge`: did you mean `judge`?")
    );
    let alone = write(&folder, "alone.csv", "note,rater,score\na,judge,1\nb,judge,2\n");
    let said = judge(&alone, &judge_asked()).unwrap_err().to_string();
    assert!(said.contains("only the judge rated"), "{said}");
    // One item each way determines nothing, and says so.
    let few = write(&folder, "few.csv", "note,rater,score\na,judge,1\na,ann,2\nb,judge,2\n");
    let found = judge(&few, &judge_asked()).unwrap();
    let group = &found.groups[0];
    assert_eq!((group.mean, group.bias, group.people_alone), (None, None, None));
    assert_eq!(group.rate.as_ref().unwrap().put_right, None);
}

/// The reader study: each reader in turn as the judge of all, put right by the others on a half.
/// What is found lies where everybody's ratings say.
#[test]
fn each_reader_of_the_study_can_stand_for_a_judge() {
    let oracle: Value =
        serde_json::from_str(include_str!("../../statistics/oracles/ratings.json")).unwrap();
    let cases = oracle["cases"].as_array().unwrap();
    let mut held = BTreeMap::new();
    for case in cases.iter().filter(|it| it["name"].as_str().unwrap().starts_with("reader")) {
        for reader in 0..5 {
            let mut text = "note,rater,score\n".to_owned();
            let (mut sum, mut n) = (0.0, 0.0);
            for (note, row) in case["rows"].as_array().unwrap().iter().enumerate() {
                for (rater, score) in row.as_array().unwrap().iter().enumerate() {
                    let Some(score) = score.as_f64() else { continue };
                    let name =
                        if rater == reader { "judge".to_owned() } else { format!("r{rater}") };
                    if rater != reader {
                        sum += score;
                        n += 1.0;
                    }
                    if rater == reader || note % 2 == 0 {
                        writeln!(text, "{note},{name},{score}").unwrap();
                    }
                }
            }
            let folder = tempfile::tempdir().unwrap();
            let file = write(&folder, "ratings.csv", &text);
            let request = JudgeRequest { defects: vec![-2.0, -1.0], ..judge_asked() };
            let found = judge(&file, &request).unwrap();
            let mean = found.groups[0].mean.unwrap();
            let truth = sum / n;
            let inside = mean.lower <= truth && truth <= mean.upper;
            *held.entry(inside).or_insert(0) += 1;
        }
    }
    // Fifteen intervals of 95 %; the same half was rated each time, so that they go together.
    assert!(held.get(&true).copied().unwrap_or_default() >= 12, "{held:?}");
}
