//! What is stored reads back as it was written, bit for bit, and what nobody knows is refused.

use governance::{Alarm, Question, Requirement};
use insta::assert_snapshot;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads one text as TOML and as JSON, which must agree, and writes it as JSON again.
fn read<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(toml: &str) -> String {
    let value: toml::Value = toml::from_str(toml).expect("the test's own text is well-formed");
    let json = serde_json::to_string(&value).expect("it is plain data");
    let from_toml = toml::from_str::<T>(toml).map_err(|error| error.message().to_owned());
    let from_json = serde_json::from_str::<T>(&json).map_err(|error| error.to_string());
    match (from_toml, from_json) {
        (Ok(left), Ok(right)) => {
            assert_eq!(left, right);
            let written = serde_json::to_string(&left).expect("it is plain data");
            assert_eq!(serde_json::from_str::<T>(&written).expect("it reads back"), left);
            written
        }
        (Err(message), Err(_)) => format!("refused: {message}"),
        (left, right) => panic!("TOML and JSON disagree: {left:?} {right:?}"),
    }
}

const REQUIREMENT: &str = "id = 'd'\ntitle = 't'\nrationale = 'r'\n";
const BOUND: &str = "measure = 'auroc'\nend = 'lower'\nat_least = 1\nmin_n = 5\nmin_events = 2\n";

#[test]
fn tagged_types_are_flat_and_strict() {
    let table = [
        read::<Requirement>(&format!("{REQUIREMENT}proof = 'computed'\n{BOUND}")),
        read::<Requirement>(&format!("{REQUIREMENT}proof = 'attested'\nstatement = 's'")),
        read::<Requirement>(&format!("{REQUIREMENT}proof = 'computed'\n{BOUND}at_leest = 2")),
        read::<Requirement>(&format!("{REQUIREMENT}proof = 'attested'\nstatement = 's'\nx = 1")),
        read::<Requirement>(&format!("{REQUIREMENT}proof = 'believed'")),
        read::<Alarm>(&format!("kind = 'bound'\n{BOUND}")),
        read::<Alarm>(&format!("kind = 'bound'\n{BOUND}x = 1")),
        read::<Alarm>("kind = 'calibration'\nmonths_between_false_alarms = 120\ntolerance = 0.1"),
        read::<Alarm>(
            "kind = 'calibration'\nmonths_between_false_alarms = 120\ntolerance = 0.1\nx = 1",
        ),
        read::<Question>("kind = 'case'\ncase = 'CASE-7'"),
        read::<Question>("kind = 'case'\ncase = 'CASE-7'\nx = 1"),
    ];
    assert_snapshot!(table.join("\n"), @r#"
    {"id":"d","title":"t","rationale":"r","proof":"computed","measure":"auroc","end":"lower","at_least":1.0,"at_most":null,"min_n":5,"min_events":2,"each":null}
    {"id":"d","title":"t","rationale":"r","proof":"attested","statement":"s"}
    refused: unknown field `at_leest`, expected one of `measure`, `end`, `at_least`, `at_most`, `min_n`, `min_events`, `each`
    refused: unknown field `x`, expected one of `statement`, `signer_role`, `max_valid_days`, `document`
    refused: unknown variant `believed`, expected one of `computed`, `attested`, `reviewed`
    {"kind":"bound","measure":"auroc","end":"lower","at_least":1.0,"at_most":null,"min_n":5,"min_events":2,"each":null}
    refused: unknown field `x`, expected one of `measure`, `end`, `at_least`, `at_most`, `min_n`, `min_events`, `each`
    {"kind":"calibration","months_between_false_alarms":120.0,"tolerance":0.1,"cohorts":[]}
    refused: unknown field `x`, expected one of `months_between_false_alarms`, `tolerance`, `cohorts`
    {"kind":"case","case":"CASE-7"}
    refused: unknown field `x`, expected `case`
    "#);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..Default::default() })]

    /// A replay reads every double from JSON; one that differs in its last bit is another record.
    #[test]
    fn doubles_read_back_bit_for_bit(number in any::<f64>().prop_filter("finite", |it| it.is_finite())) {
        let written = serde_json::to_string(&number).expect("a finite double is JSON");
        let back: f64 = serde_json::from_str(&written).expect("it reads back");
        prop_assert_eq!(back.to_bits(), number.to_bits());
    }
}
