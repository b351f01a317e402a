//! What a mapping makes of a log, and what is wrong with a bad one.

use super::*;

const GOOD: &str = r#"
[columns]
outcome = "READMIT"
score = "RISK"
id = "PRED_ID"
patient = "MRN"
encounter = "CSN"
time = "SCORED_AT"
version = "MODEL"
site = "HOSPITAL"

[score]
out_of = 100

[outcome]
yes = ["Yes", "Y"]
no = ["No", "N"]

[cohorts.race]
column = "RACE"
split = ";"
rename = { W = "White" }
other = "other"

[cohorts.age]
column = "AGE"
edges = [18, 65]
unit = "years"

[cohorts.PAYER]

[only]
SPLIT = "deploy"

[report]
unit = "encounter_max"
period = "month"
thresholds = [0.2]
notes = ["Dates are shifted."]
"#;

#[test]
fn a_mapping_becomes_a_request() {
    let mapping = Mapping::parse(GOOD, "map.toml").unwrap();
    assert_eq!(mapping.patient(), Some("MRN"));
    let request = mapping.request();
    assert_eq!(request.by, ["site", "PAYER", "age", "race"]);
    let column = |name: &str| request.columns.get(name);
    let made = |from: &str, reading| Some(Column { from: from.into(), reading });
    assert_eq!(column("RISK").cloned(), made("RISK", Reading::OutOf(100.0)));
    assert_eq!(column("site").cloned(), made("HOSPITAL", Reading::AsIs));
    assert_eq!(column("PAYER"), None);
    let edges = Ranges { edges: vec![18.0, 65.0], unit: Some("years".into()) };
    assert_eq!(column("age").cloned(), made("AGE", Reading::Ranges(edges)));
    let set = |words: [&str; 2]| words.map(str::to_owned).into();
    let truth = Truth::Words { yes: set(["Yes", "Y"]), no: set(["No", "N"]) };
    assert_eq!(column("READMIT").cloned(), made("READMIT", Reading::Outcome(truth)));
    let rename = [("W".to_owned(), "White".to_owned())].into();
    let levels = Levels { rename, other: Some("other".into()) };
    let race = Reading::AnyOf(AnyOf { split: Some(";".into()), levels });
    assert_eq!(column("race").cloned(), made("RACE", race));
    assert_eq!((request.unit, request.thresholds.as_slice()), (Unit::EncounterMax, &[0.2][..]));
    assert_eq!(request.equals.get("SPLIT").map(String::as_str), Some("deploy"));
    // What a report keeps of it reads back the same.
    let json = serde_json::to_string(request).unwrap();
    assert_eq!(serde_json::from_str::<Request>(&json).unwrap(), *request);
}

/// What a mapping with one text replaced is refused with, where it is not what is wanted.
fn wrongly_refused(good: &str, from: &str, to: &str, wanted: &str) -> Option<String> {
    assert!(good.contains(from), "{from}");
    let found = Mapping::parse(&good.replacen(from, to, 1), "map.toml");
    let found = found.map_or_else(|error| error.to_string(), |_| "accepted".to_owned());
    let wanted = format!("`map.toml`, {wanted}; nothing was read");
    (found != wanted).then(|| format!("{to}\n  found  {found}\n  wanted {wanted}"))
}

#[test]
fn a_bad_mapping_is_refused_with_its_line() {
    let mut wrong = Vec::new();
    let mut check = |from: &str, to: &str, wanted: &str| {
        wrong.extend(wrongly_refused(GOOD, from, to, wanted));
    };
    check("score = \"RISK\"", "", "line 2: missing field `score`");
    check(
        "outcome = \"READMIT\"",
        "",
        "line 2: `columns` names no `outcome`, and there are no `events`",
    );
    check(
        "score = \"RISK\"",
        "scor = \"RISK\"",
        "line 4: unknown field `scor`, expected one of `outcome`, `score`, `id`, `patient`, \
         `encounter`, `time`, `matured`, `event_time`, `version`, `site`",
    );
    check("score = \"RISK\"", "score = 7", "line 4: invalid type: integer `7`, expected a string");
    check("score = \"RISK\"", "score = \"RISK", "line 4: invalid basic string, expected `\"`");
    check(
        "[score]",
        "[scores]",
        "line 12: unknown field `scores`, expected one of `columns`, `score`, `outcome`, \
         `cohorts`, `only`, `events`, `report`",
    );
    let scale = "line 12: column `RISK`: the end of the scale must be a number above 0";
    check("out_of = 100", "out_of = 0", scale);
    check("out_of = 100", "out_of = -5", scale);
    check("out_of = 100", "out_of = nan", scale);
    check("out_of = 100", "out_of = inf", scale);
    check(
        "out_of = 100",
        "out_of = \"100\"",
        "line 13: invalid type: string \"100\", expected f64",
    );
    check("out_of = 100", "", "line 12: missing field `out_of`");
    check("no = [\"No\", \"N\"]", "", "line 15: `outcome` needs both `yes` and `no`");
    let both = "line 15: column `READMIT`: a value says both that the outcome happened and that it \
                did not";
    check("no = [\"No\", \"N\"]", "no = [\"No\", \"Y\"]", both);
    let empty = "line 15: column `READMIT`: name the values for both, that the outcome happened \
                 and that it did not";
    check("no = [\"No\", \"N\"]", "no = []", empty);
    let one = "line 15: `outcome` needs `yes` and `no`, or one of `at_least`, `above`, `at_most` \
               and `below`";
    check("no = [\"No\", \"N\"]", "no = [\"No\"]\nat_least = 2", one);
    check("yes = [\"Yes\", \"Y\"]\nno = [\"No\", \"N\"]", "", one);
    check("yes = [\"Yes\", \"Y\"]\nno = [\"No\", \"N\"]", "above = 1\nbelow = 2", one);
    let edge = "line 15: column `READMIT`: an outcome is judged by a number";
    check("yes = [\"Yes\", \"Y\"]\nno = [\"No\", \"N\"]", "above = nan", edge);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_bad_cohort_or_report_is_refused_with_its_line() {
    let mut wrong = Vec::new();
    let mut check = |from: &str, to: &str, wanted: &str| {
        wrong.extend(wrongly_refused(GOOD, from, to, wanted));
    };
    check("split = \";\"", "split = \"\"", "line 19: cohort `race`: `split` is empty");
    check(
        "split = \";\"",
        "edges = [1]",
        "line 19: cohort `race`: `edges` make the levels, so they can be neither split nor renamed",
    );
    check("split = \";\"", "split = [\";\"]", "line 21: invalid type: sequence, expected a string");
    let edges =
        "line 25: column `age`: the edges must be numbers, each greater than the one before";
    check("edges = [18, 65]", "edges = [65, 18]", edges);
    check("edges = [18, 65]", "edges = [18, 18]", edges);
    check("edges = [18, 65]", "edges = [18, nan]", edges);
    check("edges = [18, 65]", "", "line 25: cohort `age`: `unit` belongs to `edges`");
    check("[cohorts.PAYER]", "[cohorts.race]", "line 30: duplicate key");
    check("[cohorts.PAYER]", "[cohorts.site]", "line 30: cohort `site`: `columns` names it too");
    check(
        "[cohorts.PAYER]",
        "[cohorts.RISK]\nother = \"x\"",
        "line 30: `RISK` is read in two ways: give the cohort another name",
    );
    check(
        "[cohorts.PAYER]",
        "[cohorts.MODEL]\nother = \"x\"",
        "line 30: `MODEL` is a column with another part: give the cohort another name",
    );
    check(
        "unit = \"encounter_max\"",
        "unit = \"patient\"",
        "line 36: unknown variant `patient`, expected one of `prediction`, `encounter_max`, \
         `first_crossing`",
    );
    check(
        "encounter = \"CSN\"",
        "",
        "line 2: `unit` needs the encounter column: name it in `encounter`",
    );
    check("time = \"SCORED_AT\"", "", "line 2: `period` needs the time column: name it in `time`");
    check(
        "thresholds = [0.2]",
        "thresholds = [20]",
        "line 2: a threshold must be a number from 0 to 1, not 20",
    );
    check(
        "period = \"month\"",
        "period = \"day\"",
        "line 37: unknown variant `day`, expected `month`",
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const EVENTS: &str = r#"
[columns]
score = "RISK"
time = "SCORED_AT"
encounter = "CSN"

[events]
key = ["CSN"]
time = "WHEN"
only = { KIND = ["sepsis"] }
horizon_hours = 12
"#;

#[test]
fn bad_events_are_refused_with_their_line() {
    let request = Mapping::parse(EVENTS, "map.toml").unwrap().request().clone();
    assert_eq!(request.outcome, "outcome");
    assert_eq!(request.events.unwrap().horizon_hours, Some(12.0));
    let mut wrong = Vec::new();
    let mut check = |from: &str, to: &str, wanted: &str| {
        wrong.extend(wrongly_refused(EVENTS, from, to, wanted));
    };
    check(
        "key = [\"CSN\"]",
        "key = []",
        "line 7: `events` needs the columns that link them: name them in `key`",
    );
    check("key = [\"CSN\"]", "", "line 7: missing field `key`");
    check("time = \"WHEN\"", "", "line 7: missing field `time`");
    check(
        "key = [\"CSN\"]",
        "key = [\"CSN\"]\nevent_key = [\"A\", \"B\"]",
        "line 7: `event_key` has 2 columns where `key` has 1",
    );
    let horizon = "line 7: `horizon_hours` must be a number above 0, up to a century";
    check("horizon_hours = 12", "horizon_hours = 0", horizon);
    check("horizon_hours = 12", "horizon_hours = -1", horizon);
    check("horizon_hours = 12", "horizon_hours = inf", horizon);
    check("horizon_hours = 12", "horizon_hours = 1e9", horizon);
    check(
        "horizon_hours = 12",
        "offset_hours = nan",
        "line 7: `offset_hours` must be a number, up to a century",
    );
    check("[\"sepsis\"]", "[]", "line 7: `only` names no value of `KIND`");
    check(
        "horizon_hours = 12",
        "decides = \"last\"",
        "line 11: unknown variant `last`, expected `any` or `first`",
    );
    check(
        "time = \"SCORED_AT\"\n",
        "",
        "line 6: `events` needs the time column: name it in `time`",
    );
    check(
        "horizon_hours = 12",
        "horizon_hours = 12\n[outcome]\nabove = 1",
        "line 7: `outcome` comes from events, so it is no column",
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_log_of_the_meds_evaluation_schema_is_known_by_its_columns() {
    let columns = |more: &[&str]| -> Vec<String> {
        let all = ["subject_id", "prediction_time", "boolean_value"];
        all.iter().chain(more).map(|name| (*name).to_owned()).collect()
    };
    let both = columns(&["predicted_boolean_value", "predicted_boolean_probability"]);
    assert_eq!(Mapping::of_columns(&both), Some(Mapping::meds()));
    let flags = columns(&["predicted_boolean_value"]);
    assert_eq!(Mapping::of_columns(&flags), Some(Mapping::meds_without_probability()));
    assert_eq!(Mapping::of_columns(&columns(&[])), None);
    assert_eq!(Mapping::of_columns(&["predicted_boolean_probability".into()]), None);
}
