//! Two models that scored the same rows.

use super::{RowsRead, check_level, each_batch, scores, thresholds};
use crate::{EvidenceError, Source, column};
use serde::Serialize;
use statistics::{CLUSTER_GROUPS, Contrast, Counts, Estimate, Finding, Pair};

/// Which columns hold what, and how models are compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelsRequest {
    /// Column of the outcome.
    pub outcome: String,
    /// Column of the score of the first model.
    pub score: String,
    /// Column of the score of the second model, with which the first is compared.
    pub against: String,
    /// Thresholds at which a row is flagged (`score >= threshold`).
    pub thresholds: Vec<f64>,
    /// Nominal coverage of the intervals.
    pub level: f64,
    /// Column with what rows belong together by, such as the patient: the intervals of differences
    /// then hold when such rows are alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
}

/// How two models compare.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelsReport {
    /// What was asked.
    pub request: ModelsRequest,
    /// What was read.
    pub rows: RowsRead,
    /// The first model less the second.
    pub differences: Vec<Finding<Contrast>>,
    /// The measures of the first model alone.
    pub first: Vec<Estimate>,
    /// The measures of the second model alone.
    pub second: Vec<Estimate>,
}

/// Reads the scores of two models and compares them row by row.
///
/// # Errors
/// When the request contradicts itself, a file cannot be used, or a row is bad; then nothing is
/// computed.
pub async fn models(
    source: &Source,
    request: &ModelsRequest,
) -> Result<ModelsReport, EvidenceError> {
    check_level(request.level)?;
    let thresholds = thresholds(&request.thresholds)?;
    let (mut pairs, mut groups) = (Vec::new(), Vec::new());
    let mut columns = vec![request.outcome.as_str(), &request.score, &request.against];
    columns.extend(request.cluster.as_deref());
    each_batch(source, &columns, |batch| {
        let outcomes = batch.read(0, column::outcomes)?;
        let first = batch.read(1, scores)?;
        let second = batch.read(2, scores)?;
        let rows = outcomes.into_iter().zip(first).zip(second);
        pairs.extend(rows.map(|((outcome, first), second)| Pair { first, second, outcome }));
        if request.cluster.is_some() {
            groups.extend(batch.read(3, column::clusters)?);
        }
        Ok(())
    })
    .await?;
    let by_cluster = request.cluster.as_ref().map(|_| {
        let groups = grouped(&pairs, &groups);
        statistics::compare_models_by_cluster(&groups, &thresholds, request.level)
    });
    let pairs = Counts::from_rows(pairs);
    let (first, second) = statistics::tallies(&pairs);
    let alone = |tally| statistics::estimates(tally, None, None, &thresholds, request.level);
    Ok(ModelsReport {
        request: request.clone(),
        rows: RowsRead::of(source, &pairs)?,
        differences: by_cluster
            .unwrap_or_else(|| statistics::compare_models(&pairs, &thresholds, request.level)),
        first: alone(&first),
        second: alone(&second),
    })
}

/// The pairs of each group of clusters, in the order of the groups.
fn grouped(pairs: &[Pair], groups: &[u16]) -> Vec<Counts<Pair>> {
    let mut all: Vec<Vec<Pair>> = vec![Vec::new(); CLUSTER_GROUPS];
    for (pair, &group) in pairs.iter().zip(groups) {
        if let Some(of_group) = all.get_mut(usize::from(group)) {
            of_group.push(*pair);
        }
    }
    all.into_iter().map(Counts::from_rows).collect()
}
