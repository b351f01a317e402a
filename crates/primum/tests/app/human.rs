//! What people and alerts are asked: samples for raters, ratings by a rubric, a judge beside
//! people, the workload of a silent run.

use crate::common::{Home, primum};
use std::fmt::Write;

fn file(home: &Home, name: &str, text: &str) -> String {
    let file = home.beside(name);
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

#[test]
fn a_sample_is_drawn_rated_and_weighted_back() {
    let home = Home::empty();
    let mut notes = "note,service\n".to_owned();
    for note in 0..400 {
        let service = if note < 340 { "medicine" } else { "surgery" };
        writeln!(notes, "n{note:03},{service}").unwrap();
    }
    let notes = file(&home, "notes.csv", &notes);
    let out = home.beside("sample.csv").display().to_string();
    let line = format!(
        "evidence sample '{notes}' --item note --by service --size 60 --share equal \
         --raters ann,ben,cem --each 2 --seed 7 --out '{out}'"
    );
    let said = primum(&line).expect(0, "60 of 400 items, seed 7");
    assert!(said.out.contains("3 raters with 40 items each; every two share 20."), "{}", said.out);
    let drawn = std::fs::read_to_string(&out).unwrap();
    assert_eq!(drawn.lines().count(), 121);
    // What is there already is left alone, and the same seed gives the same sample.
    primum(&line).expect(1, "is there already, and was left as it is");
    let again = home.beside("again.csv").display().to_string();
    primum(&line.replace(&out, &again)).expect(0, "Written to");
    assert_eq!(std::fs::read_to_string(&again).unwrap(), drawn);

    // Every note of surgery has a wrong statement: half of the sample, an eighth of all notes.
    let mut rated = "rater,note,criterion,score\n".to_owned();
    for row in drawn.lines().skip(1) {
        let cells: Vec<_> = row.split(',').collect();
        let score = if cells[3] == "surgery" { 2 } else { 4 };
        writeln!(rated, "{},{},accurate,{score}", cells[0], cells[2]).unwrap();
    }
    let rated = file(&home, "rated.csv", &rated);
    let line = format!(
        "evidence ratings '{rated}' --item note --rater rater --score score --by criterion \
         --rubric primum-note --sample '{out}'"
    );
    let said = primum(&line).expect(3, "Is what the text says about the patient true?");
    assert!(said.out.contains("At most 20.0 % with defects: missed."), "{}", said.out);
    assert!(said.out.contains("30: 50.0 %") && said.out.contains("15.0 % ("), "{}", said.out);
    let json = primum(&format!("{line} --json")).expect(3, "").json();
    let weighted = &json["groups"][0]["defects"]["of"][0]["weighted"];
    assert!((weighted["estimate"].as_f64().unwrap() - 0.15).abs() < 1e-9, "{weighted}");
    assert_eq!(weighted["population"], 400);

    let off = file(&home, "off.csv", "rater,note,criterion,score\nann,n001,accurate,5\n");
    let line = format!(
        "evidence ratings '{off}' --item note --rater rater --score score --by criterion --rubric"
    );
    primum(&format!("{line} primum-note")).expect(
        1,
        "row 1, column `score`: `5` is not on the scale of `accurate`, which is 1, 2, 3, 4",
    );
    primum(&format!("{line} primum-nota")).expect(1, "nor a rubric of Primum's (primum-note)");
    let own = file(&home, "own.toml", "id = \"own\"\n");
    primum(&format!("{line} '{own}'")).expect(1, "own.toml is not usable");
}

#[test]
fn a_judge_is_put_right() {
    let home = Home::empty();
    let mut rated = "note,rater,score\n".to_owned();
    for note in 0..200 {
        let truth = 1 + note % 4;
        writeln!(rated, "{note},model-x,{}", (truth + note % 2).min(4)).unwrap();
        if note % 3 == 0 {
            writeln!(rated, "{note},ann,{truth}\n{note},ben,{truth}").unwrap();
        }
    }
    let rated = file(&home, "rated.csv", &rated);
    let line =
        format!("evidence judge '{rated}' --item note --rater rater --score score --defects 1,2");
    let said = primum(&format!("{line} --judge model-x")).expect(0, "2 people and model-x: 67");
    assert!(said.out.contains("defects, judge put right") && said.out.contains("items by people"));
    primum(&format!("{line} --judge model-y")).expect(2, "did you mean `model-x`?");
    let json = primum(&format!("{line} --judge model-x --json")).expect(0, "").json();
    let mean = &json["groups"][0]["mean"];
    let ends = (mean["lower"].as_f64().unwrap(), mean["upper"].as_f64().unwrap());
    assert!(ends.0 < 2.5 && 2.5 < ends.1, "{mean}");
}

#[test]
fn a_silent_run_tells_its_workload() {
    let home = Home::empty();
    let mut log = "ward,at,patient,p,died\n".to_owned();
    for hour in 0..(40 * 24) {
        let (day, of_day) = (hour / 24, hour % 24);
        let (month, day) = if day < 31 { (1, day + 1) } else { (2, day - 30) };
        let (score, died) = (f64::from((hour * 7) % 100) / 100.0, u8::from(hour % 9 == 0));
        let at = format!("2026-{month:02}-{day:02}T{of_day:02}:00:00Z");
        writeln!(log, "{},{at},{},{score},{died}", ["a", "b"][hour as usize % 2], hour % 10)
            .unwrap();
    }
    let log = file(&home, "silent.csv", &log);
    let line = format!(
        "evidence workload '{log}' --score p --time at --unit ward --patient patient \
         --outcome died --snooze 8h --minutes 5 --capacity 3"
    );
    let said = primum(&format!("{line} --threshold 0.5,0.8 --budget 2")).expect(0, "40 days, 2026");
    for wanted in ["alerts a day", "days above capacity", "held back", "every unit: 0."] {
        assert!(said.out.contains(wanted), "{wanted}: {}", said.out);
    }
    let json = primum(&format!("{line} --threshold 0.5 --json")).expect(0, "").json();
    assert_eq!(json["loads"].as_array().unwrap().len(), 3);
    assert_eq!(json["loads"][0]["days"], 40);
    primum(&line).expect(2, "--threshold");
    primum(&format!("{line} --threshold 0.5 --zone Mars")).expect(2, "is no time zone");
    primum(&line.replace("8h", "8")).expect(2, "--threshold");
    let short = format!("{} --threshold 0.5", line.replace("8h", "8"));
    primum(&short).expect(2, "write it like 30m, 8h or 2d");
    // A mapping says the same as options do, and its filters hold.
    let map = "[columns]\nscore = \"p\"\noutcome = \"died\"\ntime = \"at\"\n\
               patient = \"patient\"\n\n[cohorts.place]\n\
               column = \"ward\"\nrename = { a = \"north\" }\n";
    let whole = file(&home, "house.toml", map);
    let half = file(&home, "half.toml", &format!("{map}\n[only]\nward = \"a\"\n"));
    let mapped = |map: &str| {
        let line = format!(
            "evidence workload '{log}' --map '{map}' --unit place --snooze 8h --minutes 5 \
             --capacity 3 --threshold 0.5 --json"
        );
        primum(&line).expect(0, "").json()["loads"].clone()
    };
    let named = |name: &str, loads: &serde_json::Value| {
        let mut load = loads.as_array().unwrap().iter().find(|it| it["unit"] == name).cloned();
        load.as_mut().unwrap()["unit"] = serde_json::Value::Null;
        load.unwrap()
    };
    let (all, north) = (mapped(&whole), mapped(&half));
    assert_eq!(named("north", &all), named("a", &json["loads"]));
    assert_eq!(named("b", &all), named("b", &json["loads"]));
    assert_eq!(named("north", &north), named("north", &all));
    assert_eq!(north.as_array().unwrap().len(), 2, "{north}");
    let sample = format!("evidence sample '{log}' --map '{half}' --item at --by place --size 5");
    primum(&sample).expect(0, "5 of 480 items");
    primum(&sample.replace("place", "plce")).expect(1, "plce");
}
