//! What an evidence report says, ready for a page or a file: charts, tables, notes, digests.

use crate::charts::{self, Figure};
use crate::words;
use evidence::Report;
use governance::ValidationStandard;
use report::{Format, count};
use statistics::{Estimate, Measure};

/// The numbers of a report.
pub(crate) struct Numbers {
    pub figures: Vec<Figure>,
    pub forests: Vec<Figure>,
    pub overall: Vec<EstimateRow>,
    pub gaps: Vec<EstimateRow>,
    pub cohorts: Vec<EstimateRow>,
    pub periods: Vec<EstimateRow>,
    /// Cohorts of which nothing is shown.
    pub suppressed: usize,
    /// The coverage of the intervals, such as `95%`.
    pub coverage: String,
    pub notes: Vec<String>,
    pub source: Vec<String>,
    pub digest: String,
    pub tallies_digest: String,
}

/// One number in words.
pub(crate) struct EstimateRow {
    pub period: String,
    pub cohort: String,
    pub measure: String,
    pub estimate: String,
    pub range: String,
    pub n: String,
    pub events: String,
    pub method: String,
}

impl Numbers {
    /// The numbers of a report; cohorts that miss a bound of the standard are marked. `note` stands
    /// under each chart.
    pub fn of(report: &Report, standard: Option<&ValidationStandard>, note: &str) -> Self {
        let (whole, parts): (Vec<&Estimate>, Vec<_>) =
            report.estimates.iter().partition(|it| it.period.is_none());
        let (of_cohorts, of_all): (Vec<&Estimate>, Vec<_>) =
            whole.into_iter().partition(|it| it.cohort.is_some());
        let (gaps, cohorts): (Vec<&Estimate>, Vec<_>) =
            of_cohorts.into_iter().partition(|it| is_gap(it.measure));
        let rows = |them: Vec<&Estimate>| them.into_iter().map(row).collect();
        Self {
            figures: vec![
                charts::calibration(report, note),
                charts::roc(report, note),
                charts::decision_curve(report, note),
            ],
            forests: forests(report, standard, note),
            overall: rows(of_all),
            gaps: rows(gaps),
            cohorts: rows(cohorts),
            periods: rows(parts),
            suppressed: report.suppressed.iter().filter(|key| key.period.is_none()).count(),
            coverage: format!("{}%", report.request.level * 100.0),
            notes: report.notes.clone(),
            source: report
                .source
                .iter()
                .map(|file| format!("{}  {}  {} bytes", file.sha256, file.name, count(file.bytes)))
                .collect(),
            digest: report.digest.clone(),
            tallies_digest: report.tallies_digest.clone(),
        }
    }
}

/// What the numbers show of each cohort; long, and so apart from the other charts.
fn forests(report: &Report, standard: Option<&ValidationStandard>, note: &str) -> Vec<Figure> {
    if report.request.by.is_empty() {
        return Vec::new();
    }
    let whole: Vec<Estimate> =
        report.estimates.iter().filter(|it| it.period.is_none()).cloned().collect();
    let forest = |id, measure| charts::forest(id, measure, &whole, standard, note);
    vec![forest("cohorts-oe", Measure::ObservedExpected), forest("cohorts-auroc", Measure::Auroc)]
}

fn is_gap(measure: Measure) -> bool {
    matches!(
        measure,
        Measure::SensitivityGap
            | Measure::SpecificityGap
            | Measure::PpvGap
            | Measure::FlagRateGap
            | Measure::FlagRateRatio
            | Measure::ObservedExpectedHeterogeneity
    )
}

fn row(it: &Estimate) -> EstimateRow {
    let threshold = it.threshold.map(|at| format!(" at {}", Format::PERCENT.text(at)));
    EstimateRow {
        period: it.period.clone().unwrap_or_default(),
        cohort: it.cohort.as_ref().map_or_else(
            || "Everyone".to_owned(),
            |at| format!("{}: {}", charts::label(&at.attribute), charts::label(&at.level)),
        ),
        measure: format!("{}{}", words::capital(it.measure.title()), threshold.unwrap_or_default()),
        estimate: charts::point(it),
        range: charts::range(it),
        n: charts::number(it.n),
        events: charts::number(it.events),
        method: it.method.clone(),
    }
}
