//! What vendors say: their model cards, and their claims against what was measured here.

use crate::common::{Home, demo, primum};
use std::path::Path;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../interop/tests/cards/sample.xml");

fn card(home: &Home, name: &str, change: impl Fn(String) -> String) -> String {
    let file = home.beside(name);
    std::fs::write(&file, change(std::fs::read_to_string(SAMPLE).unwrap())).unwrap();
    file.display().to_string()
}

#[test]
fn a_good_card_leaves_nothing_open() {
    let said = primum(&format!("evidence card '{SAMPLE}'")).expect(0, "0 errors, 0 warnings");
    assert!(
        said.out.contains("Example Sepsis Watch, version 3.1, of Example Vendor (schema v0.2)")
    );
    let json = primum(&format!("evidence card '{SAMPLE}' --json")).expect(0, "").json();
    assert_eq!(json[0]["version"], "3.1");
    assert_eq!(json[0]["findings"].as_array().unwrap().len(), 0);
}

#[test]
fn what_a_card_leaves_open_is_told_with_its_place() {
    let home = Home::empty();
    let warned = card(&home, "warned.xml", |it| it.replace("March 2026", "soon"));
    let line = format!("evidence card '{warned}'");
    let text = primum(&line).expect(0, "0 errors, 1 warning, 0 notes");
    assert!(text.out.contains("line 11 warning L21 ReleaseInfo/ReleaseDate\n  “soon”: it names"));
    let wrong = card(&home, "wrong.xml", |it| it.replace("\"lower\":77.5", "\"lower\":97.5"));
    let line = format!("evidence card '{SAMPLE}' '{wrong}' '{warned}'");
    primum(&line).expect(3, "line 59 error L17 KeyMetrics/UsefulnessUsabilityEfficacy/");
    let json = primum(&format!("{line} --json")).expect(3, "").json();
    let errors: Vec<_> = json.as_array().unwrap().iter().map(|it| &it["errors"]).collect();
    assert_eq!(errors, [0, 1, 0]);
    let finding = &json[1]["findings"][0];
    for (key, value) in [("rule", "L17"), ("grade", "error")] {
        assert_eq!(finding[key], value, "{finding}");
    }
    assert_eq!(finding["line"], 59);
    for key in ["path", "quote", "what", "remedy"] {
        assert!(!finding[key].as_str().unwrap().is_empty(), "{finding}");
    }
}

#[test]
fn cards_of_one_vendor_are_looked_at_together() {
    let home = Home::empty();
    let other = card(&home, "other.xml", |it| it.replace("Sepsis Watch", "Stroke Watch"));
    let line = format!("evidence card '{SAMPLE}' '{other}' --json");
    let json = primum(&line).expect(0, "").json();
    for card in json.as_array().unwrap() {
        let rules: Vec<_> =
            card["findings"].as_array().unwrap().iter().map(|it| &it["rule"]).collect();
        assert_eq!(rules, ["L09", "L09", "L09"]);
    }
}

#[test]
fn a_file_that_is_no_card_is_refused_with_its_place() {
    let home = Home::empty();
    let doctype = card(&home, "doctype.xml", |it| it.replace("<!-- An", "<!DOCTYPE a><!-- An"));
    let large = card(&home, "large.xml", |it| it + &" ".repeat(1 << 20));
    for (file, wanted) in [
        (doctype.as_str(), "line 2, column 1: a document type (DTD) is not read"),
        (large.as_str(), "the file has more than 1048576 bytes"),
        (env!("CARGO_BIN_EXE_primum"), "the file has more than"),
        ("/no/such/card.xml", "No such file"),
        ("/", "s a directory"),
    ] {
        let ran = primum(&format!("evidence card '{file}'")).expect(1, wanted);
        assert!(ran.err.starts_with(&format!("error: `{file}`: ")), "{}", ran.err);
        assert_eq!(ran.out, "");
    }
}

const CLAIM: &str = "evidence claim --measure auroc --claimed 0.87 --interval 0.84,0.90";

#[test]
fn a_claim_is_compared_with_what_was_measured() {
    let here = "--local-n 500 --local-events 80";
    for (options, code, wanted) in [
        (
            "--local 0.87 --local-interval 0.85,0.89",
            0,
            "confirmed: here it is the same within 0.05",
        ),
        ("--local 0.84 --local-interval 0.75,0.93", 0, "compatible: "),
        ("--local 0.95 --local-interval 0.93,0.97", 0, "better: "),
        ("--local 0.74 --local-interval 0.70,0.78", 3, "worse: "),
        ("--local 0.83 --local-interval 0.82,0.84 --margin 0.2", 3, "smaller than 0.2"),
        (
            "--local 0.74 --local-interval 0.70,0.78 --least-events 100",
            3,
            "cannot be compared: only 80 local rows",
        ),
    ] {
        let line = format!("{CLAIM} {options} {here}");
        let text = primum(&line).expect(code, wanted);
        assert_eq!(text.err, "", "{line}");
        let json = primum(&format!("{line} --json")).expect(code, "").json();
        assert!(json["verdict"].is_string() && json["rule"]["margin"].is_number(), "{json}");
    }
    let none = "evidence claim --measure auroc --claimed 0.87 --n 1200 --local 0.8 \
                --local-interval 0.75,0.85";
    primum(none).expect(3, "cannot be compared: the claim has no interval");
    let share = "evidence claim --measure sensitivity --threshold 0.5 --claimed 0.9 --n 250 \
                 --local 0.71 --local-interval 0.615,0.79";
    primum(share).expect(3, "worse: ");
    primum(&share.replace("--threshold 0.5", "")).expect(3, "at which threshold");
}

#[test]
fn a_claim_is_compared_with_a_report() {
    let home = Home::empty();
    let log = demo().join("predictions/readmit-local.parquet");
    let run = format!(
        "evidence run '{}' --outcome outcome --score score --threshold 0.15 --by sex --json",
        log.display()
    );
    let report = home.beside("report.json");
    std::fs::write(&report, primum(&run).expect(0, "").out).unwrap();
    let with = |options: &str, report: &Path| {
        format!("evidence claim {options} --report '{}'", report.display())
    };
    let auroc = "--measure auroc --claimed 0.95 --interval 0.94,0.96";
    let json = primum(&format!("{} --json", with(auroc, &report))).expect(3, "").json();
    assert_eq!(json["verdict"], "worse");
    assert!(json["local"]["method"].as_str().unwrap().contains("DeLong"));
    let women = with(&format!("{auroc} --population Female"), &report);
    primum(&women).expect(3, "worse: ");
    primum(&women.replace("Female", "Nobody")).expect(1, "has no auroc for Nobody");
    let flagged = "--measure ppv --claimed 0.95 --interval 0.94,0.96 --threshold";
    primum(&with(&format!("{flagged} 0.15"), &report)).expect(3, "worse: ");
    primum(&with(&format!("{flagged} 0.6"), &report))
        .expect(3, "the claim is at threshold 0.6, the local estimate at 0.15");
    primum(&with(auroc, Path::new(SAMPLE))).expect(1, "is no report; make it with");
    primum(&with(auroc, Path::new("/no/such/report"))).expect(1, "No such file");
}

#[test]
fn a_claim_asked_wrongly_exits_with_2() {
    let good = format!("{CLAIM} --local 0.8 --local-interval 0.75,0.85");
    primum(&good).expect(3, "worse: ");
    for (line, wanted) in [
        (CLAIM.to_owned(), "--local"),
        (good.replace("auroc", "auc"), "`auc` is not a measure; the measures are auroc"),
        (good.replace("0.84,0.90", "0.84"), "--interval takes two numbers, like 0.84,0.90"),
        (good.replace("0.75,0.85", "1,2,3"), "--local-interval takes two numbers"),
        (format!("{good} --report x.json"), "--report"),
        (format!("{good} --margin 0"), "--margin must be above 0, not 0"),
        (format!("{good} --margin NaN"), "--margin must be above 0"),
        (format!("{good} --claimed-level 95"), "--claimed-level must be from 0.5 to below 1"),
        (format!("{good} --local-level 95"), "--local-level must be"),
        (format!("{good} --local-events 3"), "--local-n"),
        (format!("{CLAIM} --local 0.8"), "--local-interval"),
        (good.replace("--measure auroc", ""), "--measure"),
        ("evidence card".to_owned(), "<FILE>"),
    ] {
        let ran = primum(&line).expect(2, wanted);
        assert_eq!(ran.out, "", "{line}");
    }
}
