//! What the commands that only read say: days as the site counts them, what waits for whom, what is
//! open about a use case, lists of every kind.

use crate::common::{Home, demo, hospital, said};

#[test]
fn free_text_leaves_the_house_in_the_name_of_who_read_it() {
    let home = Home::hospital();
    let report = "act report-incident --what 'The list came late' --as chief-nurse";
    home.run(report).expect(0, "event ");
    let traced = "act report-incident --what 'Seen by the chief-nurse' --as chief-nurse";
    home.run(traced).expect(0, "event ");
    let export = "incident export INC-2 --blinded";
    let plain = home.run(export).expect(0, "").json();
    assert_eq!(plain["text"], serde_json::json!({}));
    let left_out = plain["left_out"].as_array().unwrap();
    for (what, because) in [
        ("harm", "the record does not say"),
        ("month", "too few on record are alike in it"),
        ("what", "it is free text that nobody has read and answers for"),
    ] {
        let found = left_out.iter().find(|it| it["what"] == what).unwrap();
        assert_eq!(found["because"], because, "{what}");
    }
    // Nobody gives a text away without a name and the right to.
    let before = home.events();
    let clear = format!("{export} --clear what");
    for (line, code, fragment) in [
        (clear.clone(), 2, "say who acts: add --as PERSON"),
        (format!("{clear} --as chief-nurse"), 3, "`chief-nurse` may not add timeline"),
        (format!("{clear} --as nobody"), 3, "`nobody`"),
        (
            format!("as-of 2024-01-15 incident export INC-1 --blinded --clear what"),
            2,
            "as it is now",
        ),
        // What may lead back stays, whoever asks.
        ("incident export INC-3 --blinded --clear what --as safety-officer".into(), 1, "lead back"),
        ("incident export INC-9 --blinded --clear what --as safety-officer".into(), 1, "INC-9"),
    ] {
        let ran = home.run(&line).expect(code, fragment);
        assert_eq!(ran.out, "", "primum {line}");
    }
    home.run(&format!("{clear} --show")).expect(0, "Nothing.");
    assert_eq!(home.events(), before);
    let given = home.run(&format!("{clear} --as safety-officer")).expect(0, "event ");
    assert_eq!(given.json()["text"]["what"], "The list came late");
    let events = home.events();
    assert_eq!(events.len(), before.len() + 1);
    let kept = events.last().unwrap();
    assert_eq!(kept["actor"]["person"], "safety-officer");
    let moment = &kept["change"]["incidents"]["timeline_added"]["moment"]["what"];
    assert!(moment.as_str().unwrap().contains("in clear: what"), "{kept}");
}

#[test]
fn a_dry_run_of_the_gate_opens_no_case() {
    let home = Home::demo();
    let check = "gate check UC-1 --version 9 --site main --workflow discharge-planning";
    let before = home.events();
    let dry = home.run(&format!("{check} --dry-run")).expect(3, "version `9` is not on record");
    assert_eq!(dry.err, "");
    assert_eq!(home.events(), before);
    let answered = home.run(check).expect(3, "CASE-2 was opened");
    assert_eq!(answered.out, dry.out);
}

#[test]
fn the_demo_says_where_it_is_and_what_to_try() {
    for story in [demo(), hospital()] {
        let told = said(story);
        assert!(told.contains(&format!("The record is in the folder `{}`.", story.display())));
        let next = told.split("Try next:\n").nth(1).unwrap();
        let next: Vec<_> = next.lines().take(2).map(str::trim).collect();
        let with = |verb: &str| format!("primum --data {} {verb}", story.display());
        assert_eq!(next, [with("work"), with("serve")]);
    }
}
