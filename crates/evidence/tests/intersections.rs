#![cfg(test)]
//! Attributes that are made of several columns.

use evidence::{
    AnyOf, CellKey, Column, Period, Reading, Report, Request, Source, TallySet, Unit, run, tally,
};
use proptest::prelude::*;
use statistics::{Cohort, Estimate, Status, Tally};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use tempfile::TempDir;

/// A prediction: score in hundredths, outcome, race, sex, age, month.
type Row = (u32, bool, usize, usize, usize, usize);

const RACES: [&str; 4] = ["Asian", "Black or African American", "White × Asian", ""];
const SEXES: [&str; 3] = ["F", "M", "X"];
const AGES: [&str; 2] = ["under 65", "\"old\" × 2"];

fn name(level: &str) -> &str {
    if level.is_empty() { "not recorded" } else { level }
}

fn quoted(level: &str) -> String {
    let level = name(level);
    match level.contains(['×', '"']) {
        true => format!("\"{}\"", level.replace('"', "\"\"")),
        false => level.to_owned(),
    }
}

/// A log with a column for each intersection, made by hand.
fn log(dir: &TempDir, rows: &[Row]) -> PathBuf {
    let path = dir.path().join("log.csv");
    let mut text = String::from("p,y,at,race,sex,age,both,all\n");
    for &(score, outcome, race, sex, age, month) in rows {
        let (race, sex, age) = (RACES[race], SEXES[sex], AGES[age]);
        let csv = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let both = format!("{} × {}", quoted(race), quoted(sex));
        let all = format!("{} × {both}", quoted(age));
        text.push_str(&format!(
            "{},{},2026-{:02}-03T00:00:00Z,{},{sex},{},{},{}\n",
            f64::from(score) / 100.0,
            u8::from(outcome),
            month + 1,
            csv(race),
            csv(age),
            csv(&both),
            csv(&all),
        ));
    }
    std::fs::write(&path, text).unwrap();
    path
}

fn request(by: &[&str]) -> Request {
    Request {
        by: by.iter().map(|&name| name.to_owned()).collect(),
        thresholds: vec![0.3],
        time: Some("at".into()),
        period: Some(Period::Month),
        ..Request::new("y", "p")
    }
}

/// Rows of which low numbers are common.
fn rows(most: usize) -> impl Strategy<Value = Vec<Row>> {
    let skewed = |of: usize| (0..100_usize).prop_map(move |it| it * it * of / 10_000);
    let row = (
        0..=100_u32,
        any::<bool>(),
        skewed(RACES.len()),
        skewed(SEXES.len()),
        skewed(AGES.len()),
        0..3_usize,
    );
    proptest::collection::vec(row, 1..most)
}

fn tallied(source: &Source, request: &Request) -> TallySet {
    tokio::runtime::Runtime::new().unwrap().block_on(tally(source, request)).unwrap()
}

fn reported(source: &Source, request: &Request) -> Report {
    tokio::runtime::Runtime::new().unwrap().block_on(run(source, request)).unwrap()
}

/// The same cells with the columns made by hand under the names of the intersections.
fn renamed(set: TallySet) -> BTreeMap<CellKey, Tally> {
    let name = |key: CellKey| CellKey {
        cohort: key.cohort.map(|it| Cohort {
            attribute: match it.attribute.as_str() {
                "both" => "race*sex".into(),
                "all" => "age*race*sex".into(),
                other => other.into(),
            },
            level: it.level,
        }),
        ..key
    };
    set.cells.into_iter().map(|(key, tally)| (name(key), tally)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn an_intersection_counts_what_a_column_made_by_hand_counts(rows in rows(300)) {
        let dir = tempfile::tempdir().unwrap();
        let source = Source::file(log(&dir, &rows));
        let crossed = tallied(&source, &request(&["sex", "race*sex", "age*race*sex"]));
        let by_hand = tallied(&source, &request(&["sex", "both", "all"]));
        prop_assert_eq!(crossed.cells, renamed(by_hand));
        // The same without its parts in the report, and without periods.
        let request = |by: &[&str]| Request { period: None, ..request(by) };
        let alone = tallied(&source, &request(&["race*sex"]));
        prop_assert_eq!(alone.cells, renamed(tallied(&source, &request(&["both"]))));
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    /// What a reader can work out: the cells of a report, each month, solved for the hidden ones.
    #[test]
    fn no_hidden_cell_of_an_intersection_follows_from_its_margins(rows in rows(400)) {
        let dir = tempfile::tempdir().unwrap();
        let source = Source::file(log(&dir, &rows));
        let questions: [&[&str]; 3] =
            [&["race", "sex", "race*sex"], &["race*sex", "race*age"], &["age*race*sex", "race"]];
        for by in questions {
            let report = reported(&source, &request(by));
            let cells = cells(&report);
            for (key, n) in &cells {
                prop_assert!(n.is_none_or(|n| n >= 11), "{key:?} shows {n:?}");
            }
            prop_assert_eq!(worked_out(&cells), Vec::<&CellKey>::new());
        }
    }
}

/// The rows of each cell; none where they are hidden.
fn cells(report: &Report) -> BTreeMap<CellKey, Option<u64>> {
    let key = |it: &Estimate| CellKey { period: it.period.clone(), cohort: it.cohort.clone() };
    let of_cells = report.estimates.iter().filter(|it| it.measure.name() == "outcome_rate");
    let n = |it: &Estimate| it.n.filter(|_| it.status != Status::Suppressed);
    of_cells.map(|it| (key(it), n(it))).collect()
}

/// Whether the rows of one race, sex, age and month are in a cell.
fn is_in(atom: [&str; 4], key: &CellKey) -> bool {
    let [race, sex, age, month] = atom;
    let level_of = |part: &str| match part {
        "race" => race,
        "sex" => sex,
        _ => age,
    };
    // Levels that are counted together have their names in one.
    let named = |all: &str, one: &str| format!(" or {all} or ").contains(&format!(" or {one} or "));
    key.period.as_ref().is_none_or(|period| period == month)
        && key.cohort.as_ref().is_none_or(|cohort| {
            let parts: Vec<&str> = cohort.attribute.split('*').collect();
            let levels = match parts.len() {
                1 => vec![cohort.level.clone()],
                _ => statistics::levels_crossed(&cohort.level),
            };
            assert_eq!(parts.len(), levels.len(), "{cohort}");
            parts.iter().zip(levels).all(|(part, level)| named(&level, level_of(part)))
        })
}

/// The hidden cells that follow from the shown ones: those whose rows are a sum of shown cells,
/// some taken away. A reader knows that a cell that is not there has no rows.
fn worked_out(cells: &BTreeMap<CellKey, Option<u64>>) -> Vec<&CellKey> {
    let mut atoms = Vec::new();
    for race in RACES.map(name) {
        for (sex, age) in SEXES.iter().flat_map(|sex| AGES.map(|age| (*sex, age))) {
            atoms.extend(["2026-01", "2026-02", "2026-03"].map(|month| [race, sex, age, month]));
        }
    }
    let attributes: BTreeSet<Option<&str>> =
        cells.keys().map(|key| key.cohort.as_ref().map(|it| it.attribute.as_str())).collect();
    atoms.retain(|atom| {
        attributes.iter().all(|attribute| {
            cells.keys().any(|key| {
                let of = key.cohort.as_ref().map(|it| it.attribute.as_str());
                of == *attribute && key.period.is_some() && is_in(*atom, key)
            })
        })
    });
    let row = |key: &CellKey| -> Vec<i128> {
        atoms.iter().map(|atom| i128::from(is_in(*atom, key))).collect()
    };
    let mut known: Vec<Vec<i128>> = Vec::new();
    for (key, _) in cells.iter().filter(|(_, n)| n.is_some()) {
        let row = reduced(row(key), &known);
        known.extend((row.iter().any(|it| *it != 0)).then_some(row));
    }
    let hidden = cells.iter().filter(|(_, n)| n.is_none());
    hidden
        .map(|(key, _)| key)
        .filter(|key| reduced(row(key), &known).iter().all(|it| *it == 0))
        .collect()
}

/// What is left of a row when those before it are taken out, modulo a prime.
fn reduced(mut row: Vec<i128>, known: &[Vec<i128>]) -> Vec<i128> {
    const PRIME: i128 = 1_000_000_007;
    let power = |base: i128, mut left: i128| {
        let (mut base, mut found) = (base, 1);
        while left > 0 {
            if left % 2 == 1 {
                found = found * base % PRIME;
            }
            base = base * base % PRIME;
            left /= 2;
        }
        found
    };
    for lead in known {
        let pivot = lead.iter().position(|it| *it != 0).unwrap();
        let factor = row[pivot] * power(lead[pivot], PRIME - 2) % PRIME;
        if factor != 0 {
            for (value, lead) in row.iter_mut().zip(lead) {
                *value = (*value - factor * lead).rem_euclid(PRIME);
            }
        }
    }
    row
}

#[tokio::test]
async fn the_levels_of_an_intersection_are_those_of_its_parts() {
    let dir = tempfile::tempdir().unwrap();
    let mut rows: Vec<Row> = Vec::new();
    // Three people of sex X, who are counted with the smaller of the others.
    for (race, sex, n) in [(0, 0, 60), (0, 1, 40), (1, 0, 50), (1, 1, 30), (0, 2, 1), (1, 2, 2)] {
        rows.extend((0..n).map(|it| (it % 100, it % 3 == 0, race, sex, 0, 0)));
    }
    let source = Source::file(log(&dir, &rows));
    let ask = |by: &[&str]| Request { period: None, ..request(by) };
    let level = |report: &Report| -> Vec<(String, Option<u64>)> {
        let of = cells(report);
        let crossed = of.into_iter().filter_map(|(key, n)| Some((key.cohort?, n)));
        crossed.filter(|it| it.0.attribute.contains('*')).map(|it| (it.0.level, it.1)).collect()
    };
    let wanted = [
        ("Asian × F".to_owned(), Some(60)),
        ("Asian × M or X".to_owned(), Some(41)),
        ("Black or African American × F".to_owned(), Some(50)),
        ("Black or African American × M or X".to_owned(), Some(32)),
    ];
    let report = run(&source, &ask(&["race", "sex", "race*sex"])).await.unwrap();
    assert_eq!(level(&report), wanted);
    assert!(report.notes.iter().any(|it| it.ends_with("together with others: sex = M or X.")));
    // The same when the report has the intersection alone.
    assert_eq!(level(&run(&source, &ask(&["race*sex"])).await.unwrap()), wanted);
    // Gaps between the levels of an intersection are told like any.
    let is_gap = |it: &&Estimate| it.measure.name() == "flag_rate_gap";
    let crossed = |it: &&Estimate| it.cohort.as_ref().is_some_and(|it| it.attribute == "race*sex");
    assert_eq!(report.estimates.iter().filter(is_gap).filter(crossed).count(), 1);
}

#[tokio::test]
async fn an_intersection_that_makes_no_sense_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.csv");
    std::fs::write(&path, "p,y,race,sex,race*sex,many\n0.1,0,A,F,x,a\n").unwrap();
    let source = Source::file(&path);
    let refused = async |request: Request| run(&source, &request).await.unwrap_err().to_string();
    let by = |by: &[&str]| Request {
        by: by.iter().map(|&name| name.to_owned()).collect(),
        ..Request::new("y", "p")
    };
    let check = async |names: &[&str], wanted: &str| {
        let why = refused(by(names)).await;
        assert!(why.contains(wanted), "{why}");
    };
    check(&["race*"], "`race*` lacks an attribute: write it like `race*sex`").await;
    check(&["*"], "lacks an attribute").await;
    check(&["race*race"], "names an attribute twice").await;
    check(&["sex*many", "many*sex"], "`sex*many` and `many*sex` are the same").await;
    check(&["race*sex"], "`race*sex` is the name of a column, and also stands for").await;
    check(&["race*age"], "`age`").await;
    let mut request = by(&["sex*many"]);
    let many = Column { from: "many".into(), reading: Reading::AnyOf(AnyOf::default()) };
    request.columns.insert("many".into(), many);
    let why = refused(request).await;
    assert!(why.contains("`sex*many`: a row can have several levels of `many`"), "{why}");
    // A name that `columns` has is that of a column.
    let mut request = by(&["race*sex"]);
    let column = Column { from: "race*sex".into(), reading: Reading::AsIs };
    request.columns.insert("race*sex".into(), column);
    let set = tally(&source, &request).await.unwrap();
    let cohort = Cohort { attribute: "race*sex".into(), level: "x".into() };
    assert!(set.cells.contains_key(&CellKey { period: None, cohort: Some(cohort) }));
}

#[tokio::test]
async fn an_intersection_of_too_many_levels_is_refused_with_its_name_and_row() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.csv");
    let rows = (0..1100).map(|it| format!("0.5,1,a{},b{}\n", it % 40, it / 40));
    std::fs::write(&path, format!("p,y,a,b\n{}", rows.collect::<String>())).unwrap();
    let request = Request { by: vec!["a*b".into()], ..Request::new("y", "p") };
    let why = run(&Source::file(&path), &request).await.unwrap_err().to_string();
    assert!(why.contains("row 1001") && why.contains("a*b") && why.contains("1000"), "{why}");
}

#[tokio::test]
async fn encounters_are_gathered_before_they_are_crossed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.csv");
    let text = "p,y,stay,race,sex\n0.1,0,1,A,F\n0.7,1,1,A,F\n0.2,0,2,B,F\n0.3,1,3,B,M\n";
    std::fs::write(&path, text).unwrap();
    let request = Request {
        by: vec!["race*sex".into()],
        unit: Unit::EncounterMax,
        encounter: Some("stay".into()),
        ..Request::new("y", "p")
    };
    let set = tally(&Source::file(&path), &request).await.unwrap();
    let found: Vec<(String, u64)> =
        set.levels(None, "race*sex").map(|(it, tally)| (it.level.clone(), tally.n)).collect();
    let wanted = [("A × F", 1), ("B × F", 1), ("B × M", 1)];
    assert_eq!(found, wanted.map(|(level, n)| (level.to_owned(), n)));
}
