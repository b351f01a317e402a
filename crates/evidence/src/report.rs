//! An evidence report: every number with its interval, where it came from, and a digest of all of
//! it.

use crate::manifest::describe;
use crate::suppressed::suppressed;
use crate::{
    CellKey, EvidenceError, Phase, Request, Source, SourceFile, TallySet, digest, parallel, tally,
};
use serde::{Deserialize, Serialize};
use statistics::{
    CalibrationCurve, Cohort, DecisionCurve, Estimate, PrecisionRecallCurve, RiskDistribution,
    RocCurve, Score, SmoothCurve, Tally,
};
use std::collections::{BTreeMap, BTreeSet};

/// Groups of a calibration curve: tenths of the rows, by score.
const CALIBRATION_GROUPS: usize = 10;
/// Points of a ROC curve: more than a page can show.
const ROC_POINTS: usize = 201;
/// Points of a smooth calibration curve.
const SMOOTH_POINTS: usize = 101;
/// Ranges of the risk distribution: two hundredths wide.
const RISK_BINS: usize = 50;
/// The decision curve goes up to this many hundredths.
const DECISION_HUNDREDTHS: u32 = 50;

/// What a source says in answer to a request.
///
/// The same source and request give the same report on every machine, digest included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The files read, in the order given.
    pub source: Vec<SourceFile>,
    /// The question.
    pub request: Request,
    /// How many rows were read, and what became of them.
    pub rows: Rows,
    /// Rows read of each version, when the request names the version column.
    pub versions: BTreeMap<String, u64>,
    /// Every number: of everyone, of each cohort, the gaps between cohorts at the first threshold,
    /// and then the same estimates for each period.
    pub estimates: Vec<Estimate>,
    /// Everyone once more, with intervals that hold when rows of one cluster are alike; when the
    /// request names the cluster.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clustered: Vec<Estimate>,
    /// The curves.
    pub curves: Curves,
    /// The cells of which nothing is shown: those with fewer than [`statistics::SMALLEST_CELL`]
    /// rows, and those from which such a cell could be worked out ([`statistics::hidden_cells`]).
    pub suppressed: Vec<CellKey>,
    /// What a reader must know to read the numbers rightly.
    pub notes: Vec<String>,
    /// SHA-256 of the integer tallies from which all numbers were computed, in hex.
    pub tallies_digest: String,
    /// SHA-256 of everything above, in hex: see [`Report::digest_of_contents`].
    pub digest: String,
}

/// What became of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// Rows that the request's filters let through.
    pub read: u64,
    /// Rows that the estimates are computed from.
    pub used: u64,
    /// Rows left out because their outcome was not known yet.
    pub immature: u64,
    /// Rows left out because their version is not a known one.
    pub unknown_version: u64,
}

/// The curves of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// Observed against predicted, of everyone.
    pub calibration: CalibrationCurve,
    /// Observed against predicted, of each cohort that is not suppressed.
    pub calibration_by_cohort: Vec<CohortCalibration>,
    /// The same as a smooth curve with its band, of everyone.
    #[serde(default)]
    pub smooth_calibration: SmoothCurve,
    /// Sensitivity against false positives, of everyone.
    pub roc: RocCurve,
    /// Precision against recall, of everyone.
    #[serde(default)]
    pub precision_recall: PrecisionRecallCurve,
    /// Net benefit at thresholds of 0.01 to 0.50 with intervals, and interventions avoided, of
    /// everyone.
    pub decision: DecisionCurve,
    /// How scores are spread by outcome, of everyone.
    pub risk: RiskDistribution,
}

/// The calibration curve of one cohort.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CohortCalibration {
    /// The cohort.
    pub cohort: Cohort,
    /// Observed against predicted there.
    pub curve: CalibrationCurve,
}

/// Reads a source, tallies it and computes the report.
///
/// # Errors
/// As [`tally`], and [`EvidenceError::NoRows`] when no row is left to report on.
pub async fn run(source: &Source, request: &Request) -> Result<Report, EvidenceError> {
    let files = source.clone();
    let hashes = tokio::task::spawn_blocking(move || describe(&files));
    // A fault in the rows says more than one in the bytes.
    let mut tallies = tally(source, request).await?;
    source.progress().begin(Phase::Digests);
    let files = hashes.await.map_err(EvidenceError::engine)??;
    if tallies.rows_read == 0 {
        return Err(EvidenceError::NoRows { filters: request.filters() });
    }
    source.progress().begin(Phase::Measures);
    tallies.join_small_levels(request);
    Report::compute(files, request.clone(), &tallies)
}

impl Report {
    /// Computes a report from tallies, such as tallies kept from an earlier pass or merged from
    /// several.
    ///
    /// # Errors
    /// [`EvidenceError::Json`] when the report cannot be written down.
    pub fn compute(
        source: Vec<SourceFile>,
        request: Request,
        tallies: &TallySet,
    ) -> Result<Self, EvidenceError> {
        let empty = Tally::empty();
        let overall = tallies.overall().unwrap_or(&empty);
        let hidden = suppressed(&tallies.counts(), &request);
        let mut report = Self {
            source,
            rows: Rows {
                read: tallies.rows_read,
                used: tallies.rows_used,
                immature: tallies.immature,
                unknown_version: tallies.unknown_versions.values().sum(),
            },
            versions: tallies.versions_seen.clone(),
            estimates: estimates(&request, tallies, overall, &hidden),
            clustered: clustered(&request, tallies, &hidden),
            curves: curves(tallies, overall, &hidden),
            suppressed: hidden.into_iter().collect(),
            notes: notes(&request, tallies, overall),
            tallies_digest: digest::of_tallies(tallies)?,
            digest: String::new(),
            request,
        };
        report.digest = report.digest_of_contents()?;
        Ok(report)
    }

    /// SHA-256, in hex, of the report's JSON without its `digest`: keys in alphabetical order, no
    /// spaces, doubles in their shortest form. A report whose `digest` is another was altered.
    ///
    /// # Errors
    /// [`EvidenceError::Json`] when the report cannot be written down.
    pub fn digest_of_contents(&self) -> Result<String, EvidenceError> {
        digest::of_contents(self)
    }
}

fn estimates(
    request: &Request,
    tallies: &TallySet,
    overall: &Tally,
    hidden: &BTreeSet<CellKey>,
) -> Vec<Estimate> {
    let thresholds = request.threshold_scores();
    let of = |(key, tally): &(&CellKey, &Tally)| {
        let (cohort, period) = (key.cohort.as_ref(), key.period.as_deref());
        if hidden.contains(key) {
            return statistics::suppressed_estimates(cohort, period, &thresholds, request.level);
        }
        statistics::estimates(tally, cohort, period, &thresholds, request.level)
    };
    let everyone = CellKey { period: None, cohort: None };
    let mut cells = vec![(&everyone, overall)];
    cells.extend(tallies.cells.iter().filter(|(key, _)| **key != everyone));
    // All time first: of cohorts, and then how far those lie apart.
    cells.sort_by_key(|(key, _)| key.period.is_some());
    let of_all_time = cells.iter().filter(|(key, _)| key.period.is_none()).count();
    let mut found = parallel::map(cells.iter().collect(), of);
    let of_periods = found.split_off(of_all_time.min(found.len()));
    let mut all = found.concat();
    if let Some(&operating) = thresholds.first() {
        for attribute in &request.by {
            let shown = tallies.levels(None, attribute).filter(|(cohort, _)| {
                !hidden.contains(&CellKey { period: None, cohort: Some((*cohort).clone()) })
            });
            let cells: Vec<(Cohort, &Tally)> =
                shown.map(|(cohort, tally)| (cohort.clone(), tally)).collect();
            all.extend(statistics::fairness_gaps(&cells, operating, request.level));
        }
    }
    all.extend(of_periods.into_iter().flatten());
    all
}

/// Everyone, from the groups of clusters.
fn clustered(request: &Request, tallies: &TallySet, hidden: &BTreeSet<CellKey>) -> Vec<Estimate> {
    let thresholds = request.threshold_scores();
    let everyone = CellKey { period: None, cohort: None };
    if tallies.clusters.is_empty() || hidden.contains(&everyone) {
        return Vec::new();
    }
    // By number: the jackknife's result depends on their order in the last bits.
    let groups = (0..statistics::CLUSTER_GROUPS).map(|group| group.to_string());
    let groups: Vec<Tally> =
        groups.filter_map(|group| tallies.clusters.get(&group).cloned()).collect();
    statistics::clustered_estimates(&groups, None, None, &thresholds, request.level)
}

/// The thresholds of the decision curve.
pub(crate) fn decision_thresholds() -> impl Iterator<Item = Score> {
    (1..=DECISION_HUNDREDTHS).map(|i| Score::from_billionths(Score::SCALE / 100 * i))
}

fn curves(tallies: &TallySet, overall: &Tally, hidden: &BTreeSet<CellKey>) -> Curves {
    let thresholds: Vec<Score> = decision_thresholds().collect();
    let cohorts = tallies
        .cells
        .iter()
        .filter(|(key, _)| key.period.is_none() && key.cohort.is_some() && !hidden.contains(key));
    let of_cohort = |(key, tally): (&CellKey, &Tally)| {
        let cohort = key.cohort.clone()?;
        let curve = statistics::calibration_curve(tally, CALIBRATION_GROUPS);
        Some(CohortCalibration { cohort, curve })
    };
    // What may not be shown makes no curve.
    let empty = Tally::empty();
    let everyone = CellKey { period: None, cohort: None };
    let shown = if hidden.contains(&everyone) { &empty } else { overall };
    Curves {
        calibration: statistics::calibration_curve(shown, CALIBRATION_GROUPS),
        calibration_by_cohort: cohorts.filter_map(of_cohort).collect(),
        smooth_calibration: statistics::smooth_curve(shown, SMOOTH_POINTS),
        roc: statistics::roc_curve(shown, ROC_POINTS),
        precision_recall: statistics::precision_recall_curve(shown, ROC_POINTS),
        decision: statistics::decision_curve(shown, &thresholds),
        risk: statistics::risk_distribution(shown, RISK_BINS),
    }
}

fn notes(request: &Request, tallies: &TallySet, overall: &Tally) -> Vec<String> {
    let mut notes = request.notes.clone();
    notes.push(match &request.cluster {
        None => "Intervals treat predictions as independent; where one patient has many, they are \
                 too narrow."
            .to_owned(),
        Some(cluster) => format!(
            "Intervals treat predictions as independent, but for those of everyone that allow for \
             predictions of one `{cluster}` being alike."
        ),
    });
    if !tallies.joined.is_empty() {
        let joined: Vec<String> = tallies.joined.iter().map(ToString::to_string).collect();
        notes.push(format!(
            "Levels with too few rows to be shown are together with others: {}.",
            joined.join("; ")
        ));
    }
    if !overall.histogram.is_exact() {
        notes.push(
            "There are too many distinct scores to keep each apart: rank statistics use narrow \
             bands of scores, and say how far off that can be."
                .to_owned(),
        );
    }
    if let (true, Some(as_of)) = (tallies.immature > 0, request.as_of) {
        notes.push(format!(
            "{} rows were left out because their outcome was not known as of {as_of}.",
            tallies.immature
        ));
    }
    if !tallies.unknown_versions.is_empty() {
        let versions: Vec<&str> = tallies.unknown_versions.keys().map(String::as_str).collect();
        notes.push(format!(
            "{} rows were left out because their version is not on record: {}.",
            tallies.unknown_versions.values().sum::<u64>(),
            versions.join(", ")
        ));
    }
    notes
}
