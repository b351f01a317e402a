//! Packs with faults: each is refused with the line, the fault and the remedy.

use crate::{
    PackError, agent_policy, body, builtin, change_matrix, clocks, contract_terms, people, plan,
    rights, standard, tier_policy,
};

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
[[lanes]]
id = "privacy"
title = "Privacy"
role = "privacy-officer"
from = "T3"
when = { harm = "some" }
answer_within_days = 9
[[lanes]]
id = "legal"
title = "Legal"
role = "counsel"
from = "T4"
answer_within_days = 7
"#;

#[test]
fn tier_policies() {
    let table: &[(&str, &str, &[&str])] = &[
        ("title = \"T\"", "title = \"\"", &["the title is empty; say it in plain words"]),
        (
            "question = \"How much?\"",
            "asks = \"How much?\"",
            &[
                "line 5: the question `harm`: `question`: it is missing; give text",
                "line 7: the question `harm`: `asks`: there is no such field; the fields are id, question, help, group, levels",
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

#[test]
fn lanes_of_tier_policies() {
    let table: &[(&str, &str, &[&str])] = &[
        (
            "id = \"legal\"",
            "id = \"privacy\"",
            &["line 52: the lane `privacy` is there twice; keep one of them"],
        ),
        (
            "from = \"T4\"",
            "",
            &[
                "line 52: the lane `legal` applies nowhere; say from which tier on, or which facts call for it",
            ],
        ),
        (
            "role = \"counsel\"",
            "role = \" \"",
            &["line 52: the lane `legal` has no role; name the standing role that signs it"],
        ),
        (
            "title = \"Legal\"",
            "title = \"\"",
            &["line 52: the lane `legal` has no title; name its field"],
        ),
        (
            "answer_within_days = 7",
            "answer_within_days = 0",
            &["line 52: the lane `legal` has 0 days; give it at least a day"],
        ),
        (
            "harm = \"some\" }\nanswer",
            "harms = \"some\" }\nanswer",
            &[
                "line 45: the lane `privacy` reads `harms`, which is not asked; ask it, or name a fact that is asked",
            ],
        ),
        (
            "harm = \"some\" }\nanswer",
            "harm = \"awful\" }\nanswer",
            &[
                "line 45: the lane `privacy` wants `awful` of `harm`; its answers are: none, some, much, all",
            ],
        ),
        (
            "obligations = []\n[[lanes]]",
            "obligations = []\ndecision = { quorum = 0, majority = 1, majority_of = 2 }\n[[lanes]]",
            &[
                "the least rule of T4 cannot be met, or asks for nobody; give a quorum of at least 1 and a majority such as 1 of 2",
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
fn standards_with_numbers_that_cannot_be() {
    let table: &[(&str, &str, &[&str])] = &[
        (
            "valid_days = 365",
            "valid_days = 99999999",
            &["line 7: a met standard is valid for 99999999 days; give it at least a day and at \
               most ten years, 3660"],
        ),
        (
            "at_least = 0.6",
            "at_least = 7.0",
            &[
                "line 9: the requirement `one`: the bound 7 on `auroc`, which is from 0 to 1; give a \
               number that the measure can have",
            ],
        ),
    ];
    check(standard, STANDARD, table);
}

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
            &[
                "line 7: a met standard is valid for 0 days; give it at least a day and at most ten \
               years, 3660",
            ],
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
    let day = people("people.toml", &sound.replace("T00:00:00Z", "")).unwrap();
    assert_eq!(day, people("people.toml", sound).unwrap());
    let table: &[(&str, &str, &[&str])] = &[(
        "\"2030-01-01T00:00:00Z\"",
        "\"2030-13-01\"",
        &["line 4: the person `ann`: `trained_until`: `2030-13-01` is no instant; write it like \
           2024-03-31T12:00:00Z, or give a day"],
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

const CLOCKS: &str = r#"id = "c"
version = "1"
title = "C"
source = "S"
time_zone = "America/New_York"
jurisdictions = ["US"]
[[harms]]
id = "none"
title = "None"
[[harms]]
id = "worst"
title = "The worst"
implies = { outcome = "death" }
case_within_days = 1
[[facts]]
id = "outcome"
question = "What came of it?"
answers = ["none", "death"]
[[rules]]
id = "death"
title = "Report it"
when = { outcome = ["death"] }
starts = "aware"
length = { work_days = 10 }
calendar = "us_federal"
to = "FDA"
source = "The law"
jurisdiction = "US"
from = "2025-01-01"
"#;

/// What is wrong with clock rules, and what is said of it.
const CLOCK_FAULTS: &[(&str, &str, &[&str])] = &[
    (
        "length = { work_days = 10 }",
        "length = \"10 days\"",
        &["line 24: the rule `death`: `length`: `10 days` is no length; write it like \
           { work_days = 10 }, { days = 10 }, { hours = 72 } or \"at_once\""],
    ),
    ("title = \"C\"", "title = \"\"", &["the title is empty; say it in plain words"]),
    (
        "America/New_York",
        "New York",
        &["there is no time zone `New York`; write it like `America/New_York`"],
    ),
    (
        "[\"US\"]",
        "[]",
        &[
            "no jurisdiction is named, so no clock would ever start; name those whose laws bind the hospital",
        ],
    ),
    ("id = \"worst\"", "id = \"none\"", &["line 8: `none` is there twice; rename one"]),
    (
        "title = \"The worst\"",
        "title = \"\"",
        &["line 11: the harm `worst` has no title; say what it means"],
    ),
    (
        "implies = { outcome = \"death\" }",
        "implies = { outcome = \"dead\" }",
        &[
            "line 11: the harm `worst` wants `dead` of `outcome`, which is no answer to it; name a fact that is \
                 asked and one of its answers",
        ],
    ),
    (
        "case_within_days = 1",
        "case_within_days = 0",
        &[
            "line 11: the harm `worst` gives no time to answer its case; give at least a day, or leave it out",
        ],
    ),
    (
        "[\"none\", \"death\"]",
        "[\"death\", \"unknown\"]",
        &[
            "line 16: the fact `outcome` needs at least two answers that say something; list them; unknown is \
                 what is not answered",
        ],
    ),
    (
        "question = \"What came of it?\"",
        "question = \"\"",
        &["line 16: the fact `outcome` has no question; ask it in plain words"],
    ),
    (
        "when = { outcome = [\"death\"] }",
        "when = { outcomes = [\"death\"] }",
        &[
            "line 20: the rule `death` reads `outcomes`, which is not asked; name a fact that is asked and one \
                 of its answers",
        ],
    ),
    (
        "when = { outcome = [\"death\"] }",
        "when = { outcome = [] }",
        &[
            "line 20: the rule `death` wants no answer of `outcome`; list the answers at which it applies",
        ],
    ),
    (
        "when = { outcome = [\"death\"] }",
        "when = {}",
        &[
            "line 20: the rule `death` names no fact, so it would always apply; name at least one fact",
        ],
    ),
    (
        "{ work_days = 10 }",
        "{ work_days = 0 }",
        &[
            "line 20: the length of the rule `death` makes no sense: it runs 0 work days; give it a length that \
                 ends",
        ],
    ),
    (
        "{ work_days = 10 }",
        "{ by = { month = 2, day = 30 } }",
        &[
            "line 20: the length of the rule `death` makes no sense: no year has a day 02-30; give it a length \
                 that ends",
        ],
    ),
    (
        "to = \"FDA\"",
        "to = \" \"",
        &["line 20: the rule `death` has no addressee; say it in plain words"],
    ),
    (
        "from = \"2025-01-01\"",
        "from = \"2025-01-01\"\nuntil = \"2025-01-01\"",
        &["line 20: the rule `death` ends before it begins; swap `from` and `until`"],
    ),
];

#[test]
fn clock_rules() {
    check(clocks, CLOCKS, CLOCK_FAULTS);
}

#[test]
fn contract_terms_and_change_matrices() {
    let table: &[(&str, &str, &[&str])] = &[
        (
            "id = \"exit\"",
            "id = \"data-use\"",
            &["line 52: the clause `data-use` is there twice; keep one of them"],
        ),
        (
            "blocks_from = \"T3\"",
            "blocks_from = \"T1\"",
            &[
                "line 24: the clause `change-notice` blocks where it is not demanded; let `blocks_from` be \
               `demanded_from` or higher",
            ],
        ),
        (
            "at_least = 30",
            "",
            &[
                "line 24: the limit of the clause `change-notice` limits nothing; give it `at_least` or \
               `at_most`, or leave `limit` out",
            ],
        ),
    ];
    check(contract_terms, builtin::CONTRACTS.text, table);
    let table: &[(&str, &str, &[&str])] = &[
        (
            "tiers = [\"T4\"]\nroute = \"approval\"\ndue_days = 14\nreason = \"It acts by itself or in \
             minutes; the body answers for each version.\"\n",
            "tiers = []\nroute = \"approval\"\ndue_days = 14\nreason = \"So.\"\n",
            &[
                "line 15: it has no rule for a vendor release in T4; add the tier to a rule of that kind, or a \
               rule for it",
            ],
        ),
        (
            "route = \"note\"\n",
            "route = \"partial\"\n",
            &[
                "line 15: for a vendor release, the requirements do not fit partial re-validation; name \
               requirements for partial re-validation, and only there",
            ],
        ),
        (
            "due_days = 30",
            "due_days = 0",
            &["line 15: for a vendor release, it gives no time; give `due_days` at least 1"],
        ),
        (
            "kind = \"vendor_release\"",
            "kind = \"weather\"",
            &[
                "line 15: `rules[0].kind`: `weather` is not allowed; it is one of vendor_release, retraining, prompt, threshold, ehr_upgrade, population, site, intended_use, upstream_feed",
            ],
        ),
    ];
    check(change_matrix, builtin::CHANGES.text, table);
}

const REVIEWED: &str = r#"id = "s"
version = "1"
title = "S"
source = "S"
tier = "T3"
ai_type = "generative"
valid_days = 365
[[requirements]]
id = "notes"
title = "Notes"
rationale = "Because"
proof = "reviewed"
raters = 2
min_items = 50
errors_at_most = 0.1
agreement_at_least = 0.6
[[requirements.criteria]]
id = "fit"
question = "Is it fit?"
scale = ["no", "yes"]
errors = 1
"#;

#[test]
fn rubrics() {
    let mend = |fault: &str| format!("line 9: the requirement `notes`: {fault}; mend the rubric");
    let table = [
        (
            "scale = [\"no\", \"yes\"]",
            "scale = [\"no\"]",
            mend("the scale of `fit` needs at least two answers, and one that is no error"),
        ),
        (
            "min_items = 50",
            "min_items = 1",
            mend("its rubric needs at least one rater and two items"),
        ),
        (
            "errors_at_most = 0.1\n",
            "",
            mend("its rubric bounds neither errors nor the mean, so everything meets it"),
        ),
        ("errors = 1", "", mend("its rubric bounds errors, but no answer counts as one")),
        ("raters = 2", "raters = 1", mend("its rubric asks for agreement of a single rater")),
        (
            "errors_at_most = 0.1",
            "errors_at_most = 10.0",
            mend("a bound of its rubric is no share from 0 to 1"),
        ),
        (
            "question = \"Is it fit?\"",
            "question = \"\"",
            "line 18: `fit` has no question or an empty answer; say what raters are asked, and each \
             answer"
                .to_owned(),
        ),
    ];
    for (part, replacement, expected) in &table {
        check(standard, REVIEWED, &[(part, replacement, &[expected])]);
    }
}

#[test]
fn agent_policies() {
    let table: &[(&str, &str, &[&str])] = &[
        (
            "action = \"route-message\"",
            "action = \"read-record\"",
            &["line 30: the action `read-record` is there twice; keep one of them"],
        ),
        (
            "title = \"Place a clinical order\"",
            "title = \" \"",
            &["line 64: the action `place-order` has no title; say what it is"],
        ),
        (
            "title = \"Place a clinical order\"",
            "title = 7",
            &["line 65: the action `place-order`: `title`: `7` is no text; give text"],
        ),
        (
            "id = \"primum-agents\"",
            "id = \"Our Agents\"",
            &[
                "line 8: `id`: `Our Agents` is not a handle; give a handle of small letters, digits \
               and hyphens",
            ],
        ),
        ("drill_days = 365", "drill_days = 0", &["line 17: `drill_days` is 0; give it at least 1"]),
    ];
    check(agent_policy, builtin::AGENTS.text, table);
}
