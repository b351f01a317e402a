//! From estimates to figures: which numbers go into which chart, and the table beneath it. Nothing
//! is computed here but where a number stands next to another one.

mod watched;

pub(crate) use watched::{Watched, budget};

use crate::evidence_file::ChartFile;
use askama::Template;
use governance::{Bound, Proof, ValidationStandard};
use report::sheet::{self, format_of, label, missing, number, point, range};
use report::{
    Axis, Calibration, CalibrationGroup, Chart, CohortValue, DecisionCurve, Forest, ForestRow,
    Format, Heading, HistogramBin, Interval, Reference, Roc, RocMarker, ScaleKind, count,
};
use statistics::{Cohort, Estimate, Measure, SMALLEST_CELL, Status};

/// A chart with its caption, note and data, ready for a page.
#[derive(Debug, Clone, Template)]
#[template(path = "figure.html")]
pub(crate) struct Figure {
    chart: Chart,
    note: String,
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Figure {
    /// The chart and its data table: the first column names the row, the others are numbers.
    fn new(chart: Chart, note: &str, columns: &[&'static str], rows: Vec<Vec<String>>) -> Self {
        Self { chart, note: note.to_owned(), columns: columns.to_vec(), rows }
    }

    /// The chart as a file of its own, with the stylesheet of charts in it.
    pub(crate) fn file(self, name: &str) -> ChartFile {
        let style = format!("<style>{}</style>", report::STYLE);
        let svg = match self.chart.svg.split_once('>') {
            Some((head, rest)) => format!("{head}>{style}{rest}"),
            None => self.chart.svg,
        };
        let header = self.columns.iter().map(|&column| column.to_owned()).collect();
        let table = std::iter::once(header).chain(self.rows).collect();
        ChartFile { name: name.to_owned(), svg, table }
    }
}

fn interval(estimate: &Estimate) -> Option<Interval> {
    let Estimate { estimate: Some(estimate), lower: Some(lower), upper: Some(upper), .. } =
        *estimate
    else {
        return None;
    };
    Some(Interval { estimate, lower, upper })
}

fn heading(id: &str, title: impl Into<String>) -> Heading {
    Heading { id: id.to_owned(), title: title.into() }
}

fn overall(estimates: &[Estimate], measure: Measure) -> Option<&Estimate> {
    estimates.iter().find(|it| it.measure == measure && it.cohort.is_none() && it.period.is_none())
}

fn said(estimates: &[Estimate], measure: Measure, name: &str) -> Option<String> {
    let estimate = overall(estimates, measure)?;
    Some(format!("{name} {} ({})", point(estimate), range(estimate)))
}

/// `more outcomes than predicted`, or `fewer`, or about as many: where the interval lies beside
/// one.
fn beside_one(found: Interval) -> &'static str {
    if found.lower > 1.0 {
        "more outcomes than predicted"
    } else if found.upper < 1.0 {
        "fewer outcomes than predicted"
    } else {
        "about as many outcomes as predicted"
    }
}

fn percent(value: f64) -> String {
    Format::PERCENT.text(value)
}

/// The calibration plot of a report.
pub(crate) fn calibration(report: &evidence::Report, note: &str) -> Figure {
    let of = &report.estimates;
    let ratio = overall(of, Measure::ObservedExpected).and_then(interval);
    let title = match ratio {
        Some(found) => format!(
            "{}: observed / expected {}",
            label(beside_one(found)),
            Format::decimals(2).text(found.estimate)
        ),
        None => "Not enough data to compare predicted with observed".to_owned(),
    };
    let groups = &report.curves.calibration.groups;
    let bins = report.curves.risk.bins.iter();
    let chart = Calibration {
        heading: heading("calibration", title),
        groups: groups
            .iter()
            .map(|group| CalibrationGroup {
                predicted: group.mean_score,
                observed: Interval {
                    estimate: group.observed,
                    lower: group.lower,
                    upper: group.upper,
                },
            })
            .collect(),
        histogram: bins
            .map(|bin| HistogramBin {
                lower: bin.from,
                upper: bin.to,
                events: bin.with,
                non_events: bin.without,
            })
            .collect(),
        threshold: report
            .request
            .thresholds
            .first()
            .map(|&value| Reference { value, label: format!("threshold {}", percent(value)) }),
        notes: [
            said(of, Measure::ObservedExpected, "O/E"),
            said(of, Measure::CalibrationIntercept, "intercept"),
            said(of, Measure::CalibrationSlope, "slope"),
        ]
        .into_iter()
        .flatten()
        .collect(),
    };
    let rows = groups.iter().map(|group| {
        vec![
            percent(group.mean_score),
            percent(group.observed),
            Format::PERCENT.range(group.lower, group.upper),
            count(group.n),
            count(group.events),
        ]
    });
    let columns = ["Predicted", "Observed", "95% interval", "n", "Outcomes"];
    Figure::new(chart.draw(), note, &columns, rows.collect())
}

/// The ROC curve of a report.
pub(crate) fn roc(report: &evidence::Report, note: &str) -> Figure {
    let of = &report.estimates;
    let said = said(of, Measure::Auroc, "AUROC");
    let title = said.clone().map_or_else(
        || "Not enough data to say how well the score ranks".to_owned(),
        |said| format!("How well the score ranks: {said}"),
    );
    let at_threshold = |measure, threshold: f64| {
        let mut found = of.iter().filter(|it| it.cohort.is_none() && it.period.is_none());
        found.find(|it| it.measure == measure && it.threshold == Some(threshold))?.estimate
    };
    let markers: Vec<RocMarker> = report
        .request
        .thresholds
        .iter()
        .filter_map(|&threshold| {
            Some(RocMarker {
                false_positive_rate: 1.0 - at_threshold(Measure::Specificity, threshold)?,
                sensitivity: at_threshold(Measure::Sensitivity, threshold)?,
                label: format!("threshold {}", percent(threshold)),
            })
        })
        .collect();
    let points = &report.curves.roc.points;
    let rows = markers.iter().map(|marker| {
        vec![marker.label.clone(), percent(marker.sensitivity), percent(marker.false_positive_rate)]
    });
    let rows = rows.collect();
    let chart = Roc {
        heading: heading("roc", title),
        points: points.iter().map(|it| (it.false_positive_rate, it.sensitivity)).collect(),
        markers,
        notes: said.into_iter().collect(),
    };
    let columns = ["At", "Sensitivity", "False alarms among those without the outcome"];
    Figure::new(chart.draw(), note, &columns, rows)
}

/// The decision curve of a report.
pub(crate) fn decision_curve(report: &evidence::Report, note: &str) -> Figure {
    let points = &report.curves.decision.points;
    let better = |it: &statistics::DecisionPoint| it.model > it.treat_all.max(0.0);
    // The longest unbroken range: where curves touch, noise breaks it.
    let ranges = points.split(|it| !better(it));
    let longest = ranges.reduce(|one, next| if next.len() > one.len() { next } else { one });
    let useful: Vec<f64> = longest.unwrap_or_default().iter().map(|it| it.threshold).collect();
    let title = match (useful.first(), useful.last()) {
        (Some(first), Some(last)) => format!(
            "Acting on the score beats acting on all or none between {} and {}",
            percent(*first),
            percent(*last)
        ),
        _ if points.is_empty() => "Not enough data for a decision curve".to_owned(),
        _ => "Acting on the score is never better than acting on all or none".to_owned(),
    };
    let chart = DecisionCurve {
        heading: heading("decision-curve", title),
        model_name: "the score".to_owned(),
        model: points.iter().map(|it| (it.threshold, it.model)).collect(),
        treat_all: points.iter().map(|it| (it.threshold, it.treat_all)).collect(),
        relevant: None,
    };
    let four = Format::decimals(4);
    let rows = points
        .iter()
        .step_by(5)
        .map(|it| vec![percent(it.threshold), four.text(it.model), four.text(it.treat_all)]);
    let columns = ["Threshold", "Net benefit", "Acting on all"];
    Figure::new(chart.draw(), note, &columns, rows.collect())
}

/// The bound that a standard sets on a measure by cohort, or else on everyone.
fn bound_on<'a>(
    standard: Option<&'a ValidationStandard>,
    measure: Measure,
    attribute: Option<&str>,
) -> Option<&'a Bound> {
    let requirements = standard.into_iter().flat_map(|standard| &standard.requirements);
    requirements
        .filter_map(|requirement| match &requirement.proof {
            Proof::Computed(bound) => Some(bound),
            Proof::Attested { .. } | Proof::Reviewed(_) => None,
        })
        .find(|bound| bound.measure == measure && bound.each.as_deref() == attribute)
}

/// A forest plot of one measure by cohort. A cohort that misses a bound of the standard is marked.
pub(crate) fn forest(
    id: &str,
    measure: Measure,
    estimates: &[Estimate],
    standard: Option<&ValidationStandard>,
    note: &str,
) -> Figure {
    let cohorts: Vec<(&Cohort, &Estimate)> = estimates
        .iter()
        .filter(|it| it.measure == measure)
        .filter_map(|it| Some((it.cohort.as_ref()?, it)))
        .collect();
    let all = estimates.iter().find(|it| it.measure == measure && it.cohort.is_none());
    let mut rows = Vec::new();
    let mut attribute = None;
    let mut flagged = 0;
    if let Some(all) = all {
        rows.push(cohort_row("Everyone", all, false));
    }
    for (cohort, estimate) in &cohorts {
        if attribute != Some(&cohort.attribute) {
            attribute = Some(&cohort.attribute);
            rows.push(ForestRow::Group(sheet::attribute(&cohort.attribute)));
        }
        let bound = bound_on(standard, measure, Some(&cohort.attribute));
        let misses = bound.is_some_and(|it| it.judge_one(estimate).0 == governance::Status::Failed);
        flagged += usize::from(misses);
        rows.push(cohort_row(&label(&cohort.level), estimate, misses));
    }
    let name = short(measure);
    let title = match flagged {
        0 => format!("{name} by cohort"),
        _ => format!(
            "{name} misses the standard in {}",
            crate::words::plural(flagged, "cohort", "cohorts")
        ),
    };
    let ratio = measure == Measure::ObservedExpected;
    let first = cohorts.first().map(|(cohort, _)| cohort.attribute.as_str());
    let bound = bound_on(standard, measure, first);
    let reference = if ratio {
        Some(Reference { value: 1.0, label: "as predicted".to_owned() })
    } else {
        let everyone = all.and_then(|it| it.estimate);
        everyone.map(|value| Reference { value, label: "everyone".to_owned() })
    };
    let chart = Forest {
        heading: heading(id, title),
        axis: Axis {
            label: label(name),
            format: format_of(measure),
            scale: if ratio { ScaleKind::Log } else { ScaleKind::Linear },
            range: None,
            tolerance: bound.and_then(|it| Some((it.at_least?, it.at_most?))),
            reference,
        },
        rows,
    };
    Figure::new(chart.draw(), note, &COHORT_COLUMNS, cohort_table(&cohorts))
}

const COHORT_COLUMNS: [&str; 5] = ["Cohort", "Estimate", "95% interval", "n", "Outcomes"];

fn cohort_table(cohorts: &[(&Cohort, &Estimate)]) -> Vec<Vec<String>> {
    let row = |(cohort, it): &(&Cohort, &Estimate)| {
        vec![sheet::cohort(cohort), point(it), range(it), number(it.n), number(it.events)]
    };
    cohorts.iter().map(row).collect()
}

fn cohort_row(label: &str, estimate: &Estimate, flagged: bool) -> ForestRow {
    let (n, events) = (estimate.n.unwrap_or(0), estimate.events.unwrap_or(0));
    let value = match (interval(estimate), estimate.status) {
        (_, Status::Suppressed) => CohortValue::Suppressed { minimum: SMALLEST_CELL },
        (Some(interval), Status::Estimated) => {
            CohortValue::Estimate { interval, n, events, flagged }
        }
        _ => CohortValue::NotEnough { n, events, missing: missing(estimate) },
    };
    ForestRow::Cohort { label: label.to_owned(), value }
}

/// A measure in few words, for a title.
fn short(measure: Measure) -> &'static str {
    match measure {
        Measure::ObservedExpected => "Observed / expected",
        other => sheet::short(other),
    }
}
