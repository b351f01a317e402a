//! What an evidence report says, ready for a page or a file: words, tables, charts, digests.

use crate::charts::{self, Figure};
use evidence::Report;
use governance::{Judgement, ValidationStandard};
use report::sheet::{Family, Row};
use report::{Sheet, count};
use statistics::{Estimate, Measure};

/// The numbers of a report.
pub(crate) struct Numbers {
    pub sheet: Sheet,
    /// True when some cohort misses a requirement.
    pub misses: bool,
    pub figures: Vec<Figure>,
    pub forests: Vec<Figure>,
    /// Every number of each cohort.
    pub cohorts: Vec<Row>,
    /// What most readers look for, of everyone in each period. A long log has tens of thousands of
    /// numbers by cohort and period, which no page can show.
    pub periods: Vec<Row>,
    /// How many numbers there are by period.
    pub by_period: String,
    pub notes: Vec<String>,
    pub source: Vec<String>,
    pub digest: String,
    pub tallies_digest: String,
}

impl Numbers {
    /// The numbers of a report; cohorts that miss a bound of the standard are marked. `note` stands
    /// under each chart.
    pub fn of(report: &Report, standard: Option<&ValidationStandard>, note: &str) -> Self {
        let judged: Vec<Judgement> =
            standard.map(|it| it.judge_numbers(&report.estimates)).unwrap_or_default();
        let rows = |wanted: &dyn Fn(&Estimate) -> bool| {
            report.estimates.iter().filter(|it| wanted(it)).map(Row::of).collect()
        };
        let of_cohort = |it: &Estimate| {
            it.period.is_none() && it.cohort.is_some() && Family::of(it.measure) != Family::Groups
        };
        let sheet = Sheet::of(report, &judged);
        let mut periods: Vec<Row> = rows(&|it| it.period.is_some() && it.cohort.is_none());
        periods.retain(|row| row.main);
        let mut rows_of_cohorts = sheet.cohorts.iter().flat_map(|table| &table.rows);
        Self {
            misses: rows_of_cohorts.any(|row| !row.misses.is_empty()),
            sheet,
            figures: vec![
                charts::calibration(report, note),
                charts::roc(report, note),
                charts::decision_curve(report, note),
            ],
            forests: forests(report, standard, note),
            cohorts: rows(&of_cohort),
            periods,
            by_period: count(
                report.estimates.iter().filter(|it| it.period.is_some()).count() as u64
            ),
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
