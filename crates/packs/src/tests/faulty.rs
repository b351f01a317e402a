//! Packs with faults: each is refused with the line, the fault and the remedy.

use crate::{PackError, body, builtin, people, plan, rights, standard, tier_policy};

/// Tells the faults of a sound text in which one part is replaced by another.
fn check<T: std::fmt::Debug>(
    read: impl Fn(&str, &str) -> Result<T, PackError>,
    sound: &str,
    table: &[(&str, &str, &[&str])],
) {
    read("sound.toml", sound).unwrap();
    for (part, replacement, expected) in table {
        assert!(sound.contains(part), "the sound pack has no `{part}`");
        let text = sound.replacen(part, replacement, 1);
        let error = read("pack.toml", &text).unwrap_err();
        let faults: Vec<_> = error.faults.iter().map(ToString::to_string).collect();
        assert_eq!(faults, *expected, "{part} → {replacement}");
        let message = error.to_string();
        assert!(
            message.starts_with("pack.toml is not usable, nothing of it was kept: "),
            "{message}"
        );
    }
}

const TIERS: &str = r#"id = "t"
version = "1"
title = "T"
source = "S"
[[facts]]
id = "harm"
question = "How much?"
levels = ["none", "some", "much", "all"]
[[floors]]
id = "some-harm"
tier = "T2"
when = { harm = "some" }
reason = "Some."
[[floors]]
id = "much-harm"
tier = "T3"
when = { harm = "much" }
reason = "Much."
[[floors]]
id = "all-harm"
tier = "T4"
when = { harm = "all" }
reason = "All."
[[duties]]
tier = "T1"
gate_closes_after_days = 9
approval_valid_days = 90
obligations = []
[[duties]]
tier = "T2"
gate_closes_after_days = 9
approval_valid_days = 90
obligations = []
[[duties]]
tier = "T3"
gate_closes_after_days = 9
approval_valid_days = 90
obligations = []
[[duties]]
tier = "T4"
gate_closes_after_days = 9
approval_valid_days = 90
obligations = []
"#;

#[test]
fn tier_policies() {
    let table: &[(&str, &str, &[&str])] = &[
        ("title = \"T\"", "title = \"\"", &["the title is empty; say it in plain words"]),
        (
            "question = \"How much?\"",
            "asks = \"How much?\"",
            &[
                "line 7: unknown field `asks`, expected one of `id`, `question`, `help`, `group`, `levels`; compare \
                 it with the pack of this kind that Primum comes with",
            ],
        ),
        (
            "\"much\", \"all\"]",
            "\"much\", \"some\", \"unknown\"]",
            &[
                "line 6: the fact `harm` has the answer `some` twice; keep one of them",
                "line 6: the fact `harm` has the answer `unknown`; leave it out: unknown is what is not answered",
                "line 20: the floor `all-harm` wants `all` of `harm`; its answers are: none, some, much, some, unknown",
            ],
        ),
        (
            "id = \"much-harm\"",
            "id = \"some-harm\"",
            &["line 15: the floor `some-harm` is there twice; keep one of them"],
        ),
        (
            "when = { harm = \"all\" }",
            "when = { harms = \"all\" }",
            &[
                "line 20: the floor `all-harm` reads `harms`, which is not asked; ask it, or name a fact that is \
                 asked",
            ],
        ),
        (
            "when = { harm = \"all\" }",
            "when = {}",
            &[
                "line 20: the floor `all-harm` names no fact, so it always holds; name at least one fact",
            ],
        ),
        (
            "tier = \"T4\"",
            "tier = \"T3\"",
            &["no floor demands T4; add one, so that the tier can be reached"],
        ),
        (
            "reason = \"Much.\"",
            "reason = \" \"",
            &["line 15: the floor `much-harm` has no reason; say why in plain words"],
        ),
        (
            "tier = \"T1\"",
            "tier = \"T2\"",
            &[
                "T1 has 0 sets of duties; give each tier one [[duties]]",
                "T2 has 2 sets of duties; give each tier one [[duties]]",
            ],
        ),
        (
            "tier = \"T1\"\ngate_closes_after_days = 9",
            "tier = \"T1\"\ngate_closes_after_days = 8",
            &[
                "T2 is given more time than T1; give a higher tier no more days than a lower one",
                "T3 is given more time than T1; give a higher tier no more days than a lower one",
                "T4 is given more time than T1; give a higher tier no more days than a lower one",
            ],
        ),
    ];
    check(tier_policy, TIERS, table);
}

const STANDARD: &str = r#"id = "s"
version = "1"
title = "S"
source = "S"
tier = "T3"
ai_type = "predictive"
valid_days = 365
[[requirements]]
id = "one"
title = "One"
rationale = "Because"
proof = "computed"
measure = "auroc"
end = "lower"
at_least = 0.6
min_n = 100
min_events = 10
[[requirements]]
id = "two"
title = "Two"
rationale = "Because"
proof = "attested"
statement = "So it is."
"#;

#[test]
fn standards() {
    let table: &[(&str, &str, &[&str])] = &[
        (
            "id = \"two\"",
            "id = \"one\"",
            &["line 19: the requirement `one` is there twice; keep one of them"],
        ),
        (
            "at_least = 0.6",
            "",
            &[
                "line 9: the requirement `one`: it has neither `at_least` nor `at_most`, so everything satisfies it; \
                 give it one of them",
                "line 9: the requirement `one`: it bounds the end of the interval that is easier to satisfy; bound \
                 the lower end from below and the upper end from above, or name the interval",
            ],
        ),
        (
            "at_least = 0.6",
            "at_least = 0.6\nat_most = 0.5",
            &[
                "line 9: the requirement `one`: nothing is at least 0.6 and at most 0.5; swap the two or widen them",
            ],
        ),
        (
            "at_least = 0.6",
            "at_least = nan",
            &["line 9: the requirement `one`: a bound is no finite number; write a plain number"],
        ),
        (
            "min_n = 100",
            "min_n = 9",
            &[
                "line 9: the requirement `one`: min_n 9 and min_events 10 do not fit; ask for at least one \
                 prediction, and for no more events than predictions",
            ],
        ),
        (
            "rationale = \"Because\"",
            "rationale = \"\"",
            &[
                "line 9: the requirement `one` lacks a title or a rationale; say what has to be proved, and why so \
                 much",
            ],
        ),
        (
            "statement = \"So it is.\"",
            "statement = \"\"",
            &["line 19: the requirement `two` has no statement; write what the signer attests"],
        ),
        (
            "valid_days = 365",
            "valid_days = 0",
            &["a met standard is valid for 0 days; give it at least a day"],
        ),
    ];
    check(standard, STANDARD, table);
    for (part, replacement, told) in [
        ("measure = \"auroc\"", "measure = \"auc\"", "auc"),
        ("at_least = 0.6", "at_lest = 0.6", "at_lest"),
        ("end = \"lower\"", "end = \"low\"", "low"),
    ] {
        let error = standard("s", &STANDARD.replacen(part, replacement, 1)).unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
    }
}

const BODY: &str = r#"id = "b"
name = "B"
charter = "Decides."
chair = "one"
[[seats]]
id = "one"
expertise = "medicine"
holder = "ann"
[[seats]]
id = "two"
expertise = "law"
[[rules]]
tier = "T3"
quorum = 2
required_seats = ["one"]
clinician_approvals = 1
majority = 1
majority_of = 2
"#;

#[test]
fn bodies() {
    let table: &[(&str, &str, &[&str])] = &[
        (
            "id = \"two\"",
            "id = \"one\"",
            &["line 10: the seat `one` is there twice; keep one of them"],
        ),
        (
            "chair = \"one\"",
            "chair = \"three\"",
            &["line 4: the chair `three` is no seat; name one of the seats"],
        ),
        (
            "expertise = \"law\"",
            "expertise = \"law\"\nholder = \"ann\"",
            &["line 12: the holder `ann` is there twice; keep one of them"],
        ),
        (
            "quorum = 2",
            "quorum = 3",
            &[
                "line 13: T3: the quorum is 3 of 2 seats; ask for at least one and at most all seats",
            ],
        ),
        (
            "required_seats = [\"one\"]",
            "required_seats = [\"ones\"]",
            &["line 13: T3 requires `ones`, which is no seat; name one of the seats"],
        ),
        (
            "majority = 1",
            "majority = 3",
            &[
                "line 13: T3: the majority is 3 of 2; give a share above none and at most all, such as 1 of 2 or 2 \
                 of 3",
            ],
        ),
    ];
    check(body, BODY, table);
}

#[test]
fn people_and_rights() {
    let sound =
        "[[people]]\nid = \"ann\"\ntitle = \"Nurse\"\ntrained_until = \"2030-01-01T00:00:00Z\"\n";
    let twice = format!("title = \"\"\ntrained_until = \"2030-01-01T00:00:00Z\"\n{sound}");
    let table: &[(&str, &str, &[&str])] = &[(
        "title = \"Nurse\"\ntrained_until = \"2030-01-01T00:00:00Z\"\n",
        &twice,
        &[
            "line 6: the person `ann` is there twice; keep one of them",
            "line 2: `ann` has no title; say which position the person holds",
        ],
    )];
    check(people, sound, table);
    let header = builtin::RIGHTS.text;
    let read = |file: &str, header: &str| rights(file, header, "schema", "policies");
    let table: &[(&str, &str, &[&str])] = &[(
        "version = \"1.0.0\"",
        "version = \"\"",
        &["the version is empty; say it in plain words"],
    )];
    check(read, header, table);
    assert_eq!(rights("rights.toml", header, "", " ").unwrap_err().faults.len(), 2);
}

const PLAN: &str = r#"maturity_days = 30
by = ["sex"]
threshold = 0.2
[feed]
file = "log.csv"
outcome = "y"
score = "p"
id = "id"
time = "t"
matured = "m"
version = "v"
site = "s"
[[watches]]
id = "calibration"
title = "Calibration"
answer_within_days = 7
action = "Look at it"
[watches.alarm]
kind = "calibration"
months_between_false_alarms = 24
tolerance = 0.1
cohorts = [{ sex = "F" }]
[[watches]]
id = "flags"
title = "Flags"
answer_within_days = 7
action = "Look at it"
[watches.alarm]
kind = "bound"
measure = "flag_rate"
end = "overlap"
at_most = 0.3
min_n = 100
min_events = 0
each = "sex"
[[ladder]]
after_days = 0
tell = "owner"
[[ladder]]
after_days = 3
tell = "chair"
"#;

#[test]
fn plans() {
    let table: &[(&str, &str, &[&str])] = &[
        (
            "threshold = 0.2",
            "threshold = 20",
            &["the threshold 20 is no score; give a number above 0 and up to 1"],
        ),
        (
            "by = [\"sex\"]",
            "by = []",
            &[
                "line 14: the watch `calibration` looks at `sex = F`; add the attribute to `by`",
                "line 24: the watch `flags` looks at cohorts of `sex`; add the attribute to `by`",
            ],
        ),
        (
            "[{ sex = \"F\" }]",
            "[{ sex = \"F\" }, { sex = \"F\" }]",
            &[
                "line 14: the watch `calibration` names the cohort `sex = F` twice; keep one of them: the budget is \
                 split between cohorts",
            ],
        ),
        (
            "months_between_false_alarms = 24",
            "months_between_false_alarms = 0",
            &[
                "line 14: the watch `calibration` has no false-alarm budget; give `months_between_false_alarms` more \
                 than 1",
            ],
        ),
        (
            "tolerance = 0.1",
            "tolerance = 1.0",
            &[
                "line 14: the watch `calibration` tolerates 1; give `tolerance` a share from 0 up to, not including, \
                 1",
            ],
        ),
        (
            "at_most = 0.3\n",
            "",
            &[
                "line 24: the watch `flags`: it has neither `at_least` nor `at_most`, so everything satisfies it; \
                 give it one of them",
            ],
        ),
        (
            "action = \"Look at it\"",
            "action = \"\"",
            &[
                "line 14: the watch `calibration` lacks a title or an action; say what is watched, and what was \
                 agreed to be done",
            ],
        ),
        (
            "after_days = 0",
            "after_days = 5",
            &["the ladder goes from day 5 to day 3; list the rungs in the order of their days"],
        ),
        (
            "id = \"flags\"",
            "id = \"calibration\"",
            &["line 24: the watch `calibration` is there twice; keep one of them"],
        ),
    ];
    check(plan, PLAN, table);
}
