//! Digests of reports and of the tallies behind them.

use crate::{CellKey, EvidenceError, Report, TallySet, parallel};
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use statistics::{Estimate, Tally};
use std::collections::BTreeMap;

/// Estimates, or bins, that are written down together.
const TOGETHER: usize = 1 << 10;

/// SHA-256, in hex, of a report's JSON without its `digest`: keys in alphabetical order, no spaces,
/// doubles in their shortest form.
pub(crate) fn of_contents(report: &Report) -> Result<String, EvidenceError> {
    // Each field by its name, so that a new one cannot be forgotten.
    let Report {
        source,
        request,
        rows,
        versions,
        estimates,
        clustered,
        curves,
        suppressed,
        notes,
        tallies_digest,
        digest: _,
    } = report;
    // Nearly all of a report are its estimates.
    let parts = estimates.chunks(TOGETHER).collect();
    let written = parallel::map(parts, |estimates: &[Estimate]| canonical(estimates));
    let written = written.into_iter().collect::<Result<Vec<String>, _>>()?;
    let items = written.iter().filter_map(|list| list.strip_prefix('[')?.strip_suffix(']'));
    let mut fields = BTreeMap::from([
        ("source", canonical(source)?),
        ("request", canonical(request)?),
        ("rows", canonical(rows)?),
        ("versions", canonical(versions)?),
        ("estimates", format!("[{}]", items.collect::<Vec<_>>().join(","))),
        ("curves", canonical(curves)?),
        ("suppressed", canonical(suppressed)?),
        ("notes", canonical(notes)?),
        ("tallies_digest", canonical(tallies_digest)?),
    ]);
    if !clustered.is_empty() {
        fields.insert("clustered", canonical(clustered)?);
    }
    let fields = fields.iter().map(|(name, json)| format!("\"{name}\":{json}"));
    let text = format!("{{{}}}", fields.collect::<Vec<_>>().join(","));
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
    let mut hash = Sha256::new();
    hash.update(serde_json::to_vec(&(counts, histogram.bins().len()))?);
    hash.update(b"\n");
    let mut bytes = Vec::new();
    for bins in histogram.bins().chunks(TOGETHER) {
        bytes.clear();
        for bin in bins {
            bytes.extend(bin.floor.to_le_bytes());
            bytes.extend(bin.last.to_le_bytes());
            bytes.extend(bin.without.to_le_bytes());
            bytes.extend(bin.with.to_le_bytes());
        }
        hash.update(&bytes);
    }
    Ok(hash.finalize().into())
}

/// JSON with keys in alphabetical order and no spaces.
fn canonical(value: &(impl Serialize + ?Sized)) -> Result<String, EvidenceError> {
    let json = serde_json::to_string(value)?;
    let mut text = String::with_capacity(json.len());
    write_canonical(&json, &mut text)?;
    Ok(text)
}

/// Puts the keys of JSON that has no spaces in order.
fn write_canonical(json: &str, text: &mut String) -> Result<(), EvidenceError> {
    match json.as_bytes().first() {
        Some(b'{') => {
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(json)?;
            text.push('{');
            for (place, (key, value)) in fields.into_iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                text.push_str(&serde_json::to_string(&key)?);
                text.push(':');
                write_canonical(value.get(), text)?;
            }
            text.push('}');
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(json)?;
            text.push('[');
            for (place, item) in items.into_iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write_canonical(item.get(), text)?;
            }
            text.push(']');
        }
        _ => text.push_str(json),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_form_does_not_depend_on_the_order_of_keys() {
        let value: serde_json::Value =
            serde_json::from_str(r#"{"b": [1, 0.5, null], "a": {"z": "\"", "y": true}}"#).unwrap();
        assert_eq!(canonical(&value).unwrap(), r#"{"a":{"y":true,"z":"\""},"b":[1,0.5,null]}"#);
    }
}
