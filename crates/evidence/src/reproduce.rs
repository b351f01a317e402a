//! Computing a report again, and saying what came out differently.

use crate::manifest::digests;
use crate::{EvidenceError, Report, Source, SourceFile, run};
use serde::Serialize;
use statistics::{Cohort, Estimate, Measure};
use std::collections::BTreeMap;
use std::fmt;

/// What came of computing a report again.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Reproduction {
    /// The same digest came out: every number is the same.
    Same {
        /// The digest.
        digest: String,
    },
    /// The files are not those that the report was computed from, so nothing was computed.
    SourceChanged {
        /// The files of the report.
        recorded: Vec<SourceFile>,
        /// The files given.
        found: Vec<SourceFile>,
    },
    /// The files are the same, and yet the report is another: it was altered, or computed by other
    /// code.
    Differs {
        /// What differs.
        differences: Vec<Difference>,
    },
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is, such as `auroc, race = Asian`.
    pub what: String,
    /// What the report says.
    pub recorded: String,
    /// What came out now.
    pub recomputed: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: recorded {}, recomputed {}", self.what, self.recorded, self.recomputed)
    }
}

/// Computes a report again from the files it was computed from. Files may have been moved or
/// renamed: their bytes count.
///
/// # Errors
/// As [`run`].
pub async fn reproduce(report: &Report, source: &Source) -> Result<Reproduction, EvidenceError> {
    let found = digests(source).await?;
    let bytes = |files: &[SourceFile]| -> Vec<(String, u64)> {
        files.iter().map(|file| (file.sha256.clone(), file.bytes)).collect()
    };
    if bytes(&found) != bytes(&report.source) {
        return Ok(Reproduction::SourceChanged { recorded: report.source.clone(), found });
    }
    let mut again = run(source, &report.request).await?;
    again.source.clone_from(&report.source);
    again.digest = again.digest_of_contents()?;
    if again.digest == report.digest && again == *report {
        return Ok(Reproduction::Same { digest: again.digest });
    }
    Ok(Reproduction::Differs { differences: differences(report, &again)? })
}

fn differences(recorded: &Report, again: &Report) -> Result<Vec<Difference>, EvidenceError> {
    let mut found = Vec::new();
    let mut compare = |what: String, recorded: String, recomputed: String| {
        if recorded != recomputed {
            found.push(Difference { what, recorded, recomputed });
        }
    };
    let (was, is) = (by_name(&recorded.estimates)?, by_name(&again.estimates)?);
    let none = || "nothing".to_owned();
    for key in was.keys().chain(is.keys().filter(|key| !was.contains_key(*key))) {
        let of = |side: &BTreeMap<Name, String>| side.get(key).cloned().unwrap_or_else(none);
        compare(key.to_string(), of(&was), of(&is));
    }
    let json = |value: Result<String, serde_json::Error>| value.map_err(EvidenceError::from);
    let rows = |report: &Report| serde_json::to_string(&report.rows);
    compare("rows".into(), json(rows(recorded))?, json(rows(again))?);
    let versions = |report: &Report| serde_json::to_string(&report.versions);
    compare("versions".into(), json(versions(recorded))?, json(versions(again))?);
    let suppressed = |report: &Report| serde_json::to_string(&report.suppressed);
    compare("suppressed".into(), json(suppressed(recorded))?, json(suppressed(again))?);
    compare("notes".into(), recorded.notes.join(" "), again.notes.join(" "));
    if recorded.curves != again.curves {
        compare("curves".into(), "other curves".into(), "the curves of these rows".into());
    }
    compare("tallies".into(), recorded.tallies_digest.clone(), again.tallies_digest.clone());
    compare("digest".into(), recorded.digest.clone(), again.digest.clone());
    Ok(found)
}

/// What names an estimate in a report.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    measure: Measure,
    cohort: Option<Cohort>,
    period: Option<String>,
    threshold: Option<String>,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.measure)?;
        if let Some(cohort) = &self.cohort {
            write!(f, ", {cohort}")?;
        }
        if let Some(period) = &self.period {
            write!(f, ", {period}")?;
        }
        if let Some(threshold) = &self.threshold {
            write!(f, ", at {threshold}")?;
        }
        Ok(())
    }
}

fn by_name(estimates: &[Estimate]) -> Result<BTreeMap<Name, String>, EvidenceError> {
    let entry = |estimate: &Estimate| {
        let name = Name {
            measure: estimate.measure,
            cohort: estimate.cohort.clone(),
            period: estimate.period.clone(),
            threshold: estimate.threshold.map(|threshold| threshold.to_string()),
        };
        Ok((name, serde_json::to_string(estimate)?))
    };
    estimates.iter().map(entry).collect()
}
