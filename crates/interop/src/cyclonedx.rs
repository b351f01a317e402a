//! A `CycloneDX` 1.7 bill of materials of a model, with what was measured of it.
//!
//! A model is a component with a model card. Its performance metrics hold one number each, with the
//! slice of the data and an interval, all as text. What they have no place for stands in properties
//! of the card.

use evidence::Report;
use serde_json::{Value, json};
use statistics::Estimate;

/// The edition of the standard.
const EDITION: &str = "1.7";
/// What a file of the source is called inside the bill.
const DATA: &str = "data-";

/// A model, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineLearningModel {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Who made it.
    pub publisher: Option<String>,
}

/// The bill of materials of a model with the numbers of a report: those over all time that are
/// estimated. A number that is hidden or that the data do not determine is left out, for there is
/// no way to say so.
///
/// The same report and model give the same bill: it names no time, and its serial number comes from
/// the report's digest.
#[must_use]
pub fn bill_of_materials(report: &Report, model: &MachineLearningModel) -> Value {
    let mut component = json!({
        "type": "machine-learning-model",
        "bom-ref": "model",
        "name": model.name,
        "modelCard": {
            "modelParameters": {
                "approach": { "type": "supervised" },
                "datasets": (0..report.source.len())
                    .map(|place| json!({ "ref": format!("{DATA}{place}") }))
                    .collect::<Vec<_>>(),
            },
            "quantitativeAnalysis": {
                "performanceMetrics": report
                    .estimates
                    .iter()
                    .filter(|it| it.period.is_none())
                    .filter_map(metric)
                    .collect::<Vec<_>>(),
            },
            "properties": properties(report),
        },
    });
    for (key, value) in [("version", &model.version), ("publisher", &model.publisher)] {
        if let (Some(value), Value::Object(fields)) = (value, &mut component) {
            fields.insert(key.to_owned(), json!(value));
        }
    }
    let files = report.source.iter().enumerate().map(|(place, file)| {
        json!({
            "type": "data",
            "bom-ref": format!("{DATA}{place}"),
            "name": file.name,
            "hashes": [{ "alg": "SHA-256", "content": file.sha256 }],
            "data": [{ "type": "dataset", "name": file.name }],
        })
    });
    let mut bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": EDITION,
        "version": 1,
        "components": std::iter::once(component).chain(files).collect::<Vec<_>>(),
    });
    if let (Some(serial), Value::Object(fields)) = (serial(&report.digest), &mut bill) {
        fields.insert("serialNumber".to_owned(), json!(serial));
    }
    bill
}

fn metric(it: &Estimate) -> Option<Value> {
    let value = it.estimate?;
    let at = it.threshold.map(|at| format!(" at {at}")).unwrap_or_default();
    let mut metric = json!({
        "type": format!("{}{at}", it.measure),
        "value": value.to_string(),
    });
    let Value::Object(fields) = &mut metric else { return None };
    if let Some(cohort) = &it.cohort {
        fields.insert("slice".to_owned(), json!(cohort.to_string()));
    }
    if let (Some(lower), Some(upper)) = (it.lower, it.upper) {
        let ends = json!({ "lowerBound": lower.to_string(), "upperBound": upper.to_string() });
        fields.insert("confidenceInterval".to_owned(), ends);
    }
    Some(metric)
}

fn properties(report: &Report) -> Vec<Value> {
    let told = [
        ("score", report.request.score.clone()),
        ("outcome", report.request.outcome.clone()),
        ("interval-coverage", report.request.level.to_string()),
        ("rows-used", report.rows.used.to_string()),
        ("tallies-digest", report.tallies_digest.clone()),
        ("report-digest", report.digest.clone()),
    ];
    let property =
        |(name, value)| json!({ "name": format!("primum:evidence:{name}"), "value": value });
    told.into_iter().map(property).collect()
}

/// A UUID of version 8 (RFC 9562: bits of one's own choice) from the first half of a digest.
fn serial(digest: &str) -> Option<String> {
    let part = |from: usize, to: usize| digest.get(from..to);
    // Two bits of the variant, 10, before two of the digest.
    let variant = match part(16, 17)? {
        "0" | "4" | "8" | "c" => '8',
        "1" | "5" | "9" | "d" => '9',
        "2" | "6" | "a" | "e" => 'a',
        _ => 'b',
    };
    Some(format!(
        "urn:uuid:{}-{}-8{}-{variant}{}-{}",
        part(0, 8)?,
        part(8, 12)?,
        part(13, 16)?,
        part(17, 20)?,
        part(20, 32)?
    ))
}
