//! Evidence of other kinds of output than one score for one outcome.

use crate::common::primum;
use std::fmt::Write;
use std::path::PathBuf;
use tempfile::TempDir;

/// A folder with a small file of each kind.
fn files() -> (TempDir, impl Fn(&str) -> String) {
    let folder = tempfile::tempdir().unwrap();
    let mut models = "y,new,old\n".to_owned();
    let mut classes = "stage,p_mild,p_moderate,p_severe\n".to_owned();
    let mut values = "los,predicted,low,high\n".to_owned();
    let mut grades = "had,given\n".to_owned();
    let mut survival = "days,died,risk\n".to_owned();
    for i in 0..240_u32 {
        let (a, b) = (f64::from(i * 7 % 20) / 20.0, f64::from(i * 11 % 20) / 20.0);
        writeln!(models, "{},{a},{b}", u8::from(i * 7 % 20 + i * 3 % 13 > 16)).unwrap();
        let stage = ["mild", "moderate", "severe"][(i % 3) as usize];
        let p = ["0.6,0.3,0.1", "0.2,0.5,0.3", "0.3,0.3,0.4", "0.5,0.2,0.3"][(i % 4) as usize];
        writeln!(classes, "{stage},{p}").unwrap();
        let (los, predicted) = (3 + i % 9, 2 + i % 8);
        writeln!(values, "{los},{predicted},{},{}", predicted - 1, predicted + 4).unwrap();
        writeln!(grades, "{},{}", i % 4, (i + u32::from(i % 7 == 0)) % 4).unwrap();
        writeln!(survival, "{},{},{a}", 1 + i * 37 % 40, i % 3).unwrap();
    }
    for (name, text) in [
        ("models.csv", models),
        ("classes.csv", classes),
        ("values.csv", values),
        ("grades.csv", grades),
        ("survival.csv", survival),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let at: PathBuf = folder.path().to_owned();
    (folder, move |name: &str| at.join(name).display().to_string())
}

#[test]
fn every_kind_is_told_in_text_and_in_json() {
    let (_folder, at) = files();
    for (line, fragments, measure) in [
        (
            format!(
                "models {} --outcome y --score new --against old --threshold 0.3,0.5",
                at("models.csv")
            ),
            ["The difference is new less old", "net benefit"],
            "/differences/0/measure",
        ),
        (
            format!(
                "classes {} --outcome stage --scores p_mild,p_moderate,p_severe",
                at("classes.csv")
            ),
            ["Hand & Till's M", "moderate"],
            "/estimates/0/measure",
        ),
        (
            format!(
                "values {} --observed los --predicted predicted --lower low --upper high",
                at("values.csv")
            ),
            ["limit of agreement", "coverage of prediction intervals"],
            "/estimates/0/measure",
        ),
        (
            format!(
                "grades {} --observed had --predicted given --levels 0,1,2,3",
                at("grades.csv")
            ),
            ["kappa, quadratic weights", "Somers' D"],
            "/estimates/0/measure",
        ),
        (
            format!(
                "survival {} --time days --event died --score risk --horizon 30 --threshold 0.4",
                at("survival.csv")
            ),
            ["observed / expected at the horizon", "competing events"],
            "/estimates/0/measure",
        ),
    ] {
        let line = format!("evidence {line}");
        let text = primum(&line).expect(0, "Digest of the rows: ");
        for fragment in fragments {
            assert!(text.out.contains(fragment), "{fragment}:\n{}", text.out);
        }
        let json = primum(&format!("{line} --json")).expect(0, "").json();
        assert!(json.pointer(measure).is_some(), "{json}");
        assert_eq!(json["rows"]["n"], 240);
    }
}

#[test]
fn what_cannot_be_meant_or_read_is_said() {
    let (_folder, at) = files();
    let models = at("models.csv");
    for (line, code, fragment) in [
        (format!("models {models} --outcome y --score new"), 2, "--against"),
        (
            format!("models {models} --outcome y --score new --against ol"),
            1,
            "has no column `ol`: did you mean `old`?",
        ),
        (
            format!("models {models} --outcome new --score new --against old"),
            1,
            "row 2, column `new`: `0.35` is not an outcome",
        ),
        (
            format!("models {models} --outcome y --score new --against old --threshold 2"),
            2,
            "a threshold must be a number from 0 to 1, not 2",
        ),
        (
            format!("classes {} --outcome stage --scores p_mild", at("classes.csv")),
            2,
            "1 score columns; give 2 to 100",
        ),
        (
            format!("values {} --observed los --predicted predicted --lower low", at("values.csv")),
            2,
            "--upper",
        ),
        (
            format!(
                "survival {} --time days --event died --score risk --horizon 0",
                at("survival.csv")
            ),
            2,
            "the horizon must be a time above 0, not 0",
        ),
        (format!("values {} --observed a --predicted b", at("none.csv")), 1, "cannot be read"),
    ] {
        primum(&format!("evidence {line}")).expect(code, fragment);
    }
}

#[test]
fn cohorts_are_told_with_everyone_and_written_as_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "days,died,risk,race,sex\n".to_owned();
    for i in 0..400_u32 {
        let (race, sex) = (["A", "B"][(i % 5 % 2) as usize], ["F", "M"][(i % 3 % 2) as usize]);
        let sex = if i % 150 == 7 { "X" } else { sex };
        let risk = f64::from(i * 7 % 20) / 20.0;
        writeln!(text, "{},{},{risk},{race},{sex}", 1 + i * 37 % 40, i % 3).unwrap();
    }
    let log = folder.path().join("log.csv");
    std::fs::write(&log, text).unwrap();
    let page = folder.path().join("page.html");
    let line = format!(
        "evidence survival '{}' --time days --event died --score risk --horizon 30 \
         --by race,sex,race*sex --html '{}'",
        log.display(),
        page.display()
    );
    let told = primum(&line).expect(0, "Digest of the rows: ");
    for fragment in ["race: A", "race × sex: B × M or X", "are together with others: sex = M or X"]
    {
        assert!(told.out.contains(fragment), "{fragment}:\n{}", told.out);
    }
    let html = std::fs::read_to_string(&page).unwrap();
    for fragment in ["<h2 id=\"t1\">Everyone</h2>", "race × sex: A × F</h2>", "Uno&#39;s C"] {
        assert!(html.contains(fragment), "{fragment}:\n{html}");
    }
    assert!(!html.contains("<script"));
    primum(&line).expect(2, "is there already");
    let json = primum(&format!("{line} --force --json")).expect(0, "").json();
    let cohorts = json["cohorts"].as_array().unwrap();
    assert_eq!(cohorts.len(), 2 + 2 + 4);
    assert_eq!(json["joined"], serde_json::json!([{ "sex": "M or X" }]));
    let plain = line.replace("--by race,sex,race*sex", "").replace("page.html", "plain.html");
    let alone = primum(&format!("{plain} --json")).expect(0, "").json();
    assert_eq!(alone["estimates"], json["estimates"]);
    assert!(alone.get("cohorts").is_none());
}
