//! Digests of reports and of the tallies behind them.

use crate::{CellKey, EvidenceError, Report, TallySet, parallel};
use serde_json::Value;
use sha2::{Digest, Sha256};
use statistics::Tally;
use std::collections::BTreeMap;

/// SHA-256, in hex, of a report's JSON without its `digest`: keys in alphabetical order, no spaces,
/// doubles in their shortest form.
pub(crate) fn of_contents(report: &Report) -> Result<String, EvidenceError> {
    let mut contents = serde_json::to_value(report)?;
    if let Value::Object(fields) = &mut contents {
        fields.remove("digest");
    }
    let mut text = String::new();
    write_canonical(&contents, &mut text);
    Ok(hex::encode(Sha256::digest(text)))
}

/// SHA-256, in hex, of the digests of all cells in order, those of groups of clusters last.
///
/// The digest of a cell is the SHA-256 of a line of JSON and of its bins. The line has the key (of
/// a group of clusters: its number), the counts and the number of bins. Each bin has its lowest
/// and its highest score in billionths (4 bytes each), the rows without the outcome and those with
/// it (8 bytes each), lowest byte first.
pub(crate) fn of_tallies(tallies: &TallySet) -> Result<String, EvidenceError> {
    let cells = tallies.cells.iter().map(|(key, tally)| (Name::Cell(key), tally));
    let groups = tallies.clusters.iter().map(|(group, tally)| (Name::Group(group), tally));
    let mut hash = Sha256::new();
    for digest in parallel::map(cells.chain(groups).collect(), of_cell) {
        hash.update(digest?);
    }
    Ok(hex::encode(hash.finalize()))
}

#[derive(serde::Serialize)]
#[serde(untagged)]
enum Name<'a> {
    Cell(&'a CellKey),
    Group(&'a String),
}

fn of_cell((name, tally): (Name<'_>, &Tally)) -> Result<[u8; 32], EvidenceError> {
    let Tally { n, events, score_sum, event_score_sum, score_square_sum, histogram } = tally;
    let counts = (name, n, events, score_sum, event_score_sum, score_square_sum.to_string());
    let mut bytes = serde_json::to_vec(&(counts, histogram.bins().len()))?;
    bytes.push(b'\n');
    bytes.reserve(24 * histogram.bins().len());
    for bin in histogram.bins() {
        bytes.extend(bin.floor.to_le_bytes());
        bytes.extend(bin.last.to_le_bytes());
        bytes.extend(bin.without.to_le_bytes());
        bytes.extend(bin.with.to_le_bytes());
    }
    Ok(Sha256::digest(bytes).into())
}

/// Writes JSON with keys in alphabetical order and no spaces.
fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            text.push('{');
            for (place, (key, value)) in sorted.into_iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write_canonical(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_form_does_not_depend_on_the_order_of_keys() {
        let value: Value =
            serde_json::from_str(r#"{"b": [1, 0.5, null], "a": {"z": "\"", "y": true}}"#).unwrap();
        let mut text = String::new();
        write_canonical(&value, &mut text);
        assert_eq!(text, r#"{"a":{"y":true,"z":"\""},"b":[1,0.5,null]}"#);
    }
}
