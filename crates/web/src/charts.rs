//! From estimates to figures: which numbers go into which chart, and the table beneath it. Nothing is computed here
//! but where a number stands next to another one.

use askama::Template;
use governance::{
    Bound, MonitoringPlan, Month, Observation, Proof, Record, UseCase, ValidationStandard,
};
use report::{
    Annotation, AnnotationKind, Axis, Calibration, CalibrationGroup, Chart, CohortValue,
    DecisionCurve, EvidencePeriod, EvidenceSeries, Forest, ForestRow, Format, Heading,
    HistogramBin, Interval, Period, Reference, Roc, RocMarker, ScaleKind, TimeSeries, count,
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
}

/// How the numbers of a measure are written.
pub(crate) fn format_of(measure: Measure) -> Format {
    match measure {
        Measure::Sensitivity
        | Measure::Specificity
        | Measure::Ppv
        | Measure::Npv
        | Measure::FlagRate
        | Measure::OutcomeRate
        | Measure::MeanScore
        | Measure::SensitivityGap
        | Measure::SpecificityGap
        | Measure::PpvGap
        | Measure::FlagRateGap => Format::PERCENT,
        Measure::ObservedExpected
        | Measure::CalibrationIntercept
        | Measure::CalibrationSlope
        | Measure::FlagRateRatio => Format::decimals(2),
        _ => Format::decimals(3),
    }
}

/// An attribute or level as words: `age_band` becomes `Age band`.
pub(crate) fn label(text: &str) -> String {
    crate::words::capital(&text.replace('_', " "))
}

/// The point estimate in words; what is missing where there is none.
pub(crate) fn point(estimate: &Estimate) -> String {
    match (estimate.estimate, estimate.status) {
        (Some(value), Status::Estimated) => format_of(estimate.measure).text(value),
        (_, Status::Suppressed) => format!("n < {SMALLEST_CELL}"),
        _ => "not enough data".to_owned(),
    }
}

/// The interval in words; empty where there is none.
pub(crate) fn range(estimate: &Estimate) -> String {
    match (estimate.lower, estimate.upper) {
        (Some(lower), Some(upper)) => format_of(estimate.measure).range(lower, upper),
        _ => missing(estimate),
    }
}

fn missing(estimate: &Estimate) -> String {
    match estimate.status {
        Status::NotEnoughData { more_needed: Some(more) } => {
            format!("about {} more needed", count(more))
        }
        _ => String::new(),
    }
}

/// A count in words; a dash where it is not shown.
pub(crate) fn number(value: Option<u64>) -> String {
    value.map_or_else(|| "—".to_owned(), count)
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

/// `more outcomes than predicted`, or `fewer`, or about as many: where the interval lies beside one.
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
    let better = |it: &&statistics::DecisionPoint| it.model > it.treat_all.max(0.0);
    let useful: Vec<f64> = points.iter().filter(better).map(|it| it.threshold).collect();
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
            Proof::Attested { .. } => None,
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
            rows.push(ForestRow::Group(label(&cohort.attribute)));
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
        let name = format!("{}: {}", label(&cohort.attribute), label(&cohort.level));
        vec![name, point(it), range(it), number(it.n), number(it.events)]
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

fn short(measure: Measure) -> &'static str {
    match measure {
        Measure::Auroc => "AUROC",
        Measure::ObservedExpected => "Observed / expected",
        other => other.title(),
    }
}

/// What monitoring saw of a use case.
pub(crate) struct Watched<'a> {
    pub record: &'a Record,
    pub use_case: &'a UseCase,
    pub plan: &'a MonitoringPlan,
    pub months: Vec<&'a Observation>,
}

impl<'a> Watched<'a> {
    /// None when the use case has no plan.
    pub fn new(record: &'a Record, use_case: &'a UseCase) -> Option<Self> {
        let live = use_case.stage.live().map(|live| &live.plan);
        let plan = live.or(use_case.plan.as_ref())?;
        let months = record.observations.get(&use_case.id);
        let months = months.into_iter().flat_map(|months| months.values()).collect();
        Some(Self { record, use_case, plan, months })
    }

    fn place(&self, month: Month) -> Option<usize> {
        self.months.iter().position(|it| it.month == month)
    }

    fn signals(&self) -> impl Iterator<Item = &governance::Signal> {
        let cases = self.record.cases.values();
        cases.filter(|case| case.use_case == self.use_case.id).flat_map(|case| &case.signals)
    }

    fn annotations(&self) -> Vec<Annotation> {
        let live = self.use_case.stage.live().map(|live| Month::of(live.since));
        let live = live.and_then(|month| self.place(month)).map(|period| Annotation {
            period,
            label: "live".to_owned(),
            kind: AnnotationKind::Milestone,
        });
        let mut places: Vec<usize> =
            self.signals().filter_map(|signal| self.place(signal.month)).collect();
        places.sort_unstable();
        places.dedup();
        // The first month of each run of signals: marking each month would hide the line.
        let first = places.iter().filter(|&&at| at == 0 || !places.contains(&(at - 1)));
        let signals = first.map(|&period| Annotation {
            period,
            label: "signal".to_owned(),
            kind: AnnotationKind::Signal,
        });
        live.into_iter().chain(signals).collect()
    }

    /// A measure month by month, of everyone.
    pub fn series(&self, id: &str, measure: Measure, note: &str) -> Figure {
        let found: Vec<(&Observation, Option<&Estimate>)> = self
            .months
            .iter()
            .map(|month| {
                let of = month.estimates.iter().filter(|it| it.cohort.is_none());
                (*month, of.into_iter().find(|it| it.measure == measure))
            })
            .collect();
        let ratio = measure == Measure::ObservedExpected;
        let periods = found.iter().map(|(month, estimate)| Period {
            label: month.month.to_string(),
            value: estimate.and_then(interval),
            provisional: false,
            flagged: ratio && self.signals().any(|signal| signal.month == month.month),
        });
        let chart = TimeSeries {
            heading: heading(id, self.title(measure, &found)),
            axis: Axis {
                label: short(measure).to_owned(),
                format: format_of(measure),
                scale: if ratio { ScaleKind::Log } else { ScaleKind::Linear },
                range: None,
                tolerance: None,
                reference: ratio
                    .then(|| Reference { value: 1.0, label: "as predicted".to_owned() }),
            },
            periods: periods.collect(),
            annotations: self.annotations(),
        };
        let rows = found.iter().map(|(month, estimate)| {
            let mut row = vec![month.month.to_string()];
            row.extend(match estimate {
                Some(it) => [point(it), range(it), number(it.n), number(it.events)],
                None => ["—"; 4].map(str::to_owned),
            });
            row
        });
        let columns = ["Month", "Estimate", "95% interval", "n", "Outcomes"];
        Figure::new(chart.draw(), note, &columns, rows.collect())
    }

    fn title(&self, measure: Measure, found: &[(&Observation, Option<&Estimate>)]) -> String {
        let last = found.last().and_then(|(month, it)| Some((month, (*it)?)));
        let Some((month, estimate)) = last else {
            return "No month observed yet".to_owned();
        };
        let when = crate::words::month(month.month);
        match interval(estimate) {
            Some(at) if measure == Measure::ObservedExpected => {
                format!("{}: {} ({})", when, beside_one(at), Format::decimals(2).text(at.estimate))
            }
            _ => format!("{when}: {} {}", short(measure), point(estimate)),
        }
    }

    /// The evidence of each sequential detector on everyone, against its limit.
    pub fn detectors(&self, note: &str) -> Vec<Figure> {
        let watches = self.plan.watches.iter();
        let one = |watch: &governance::Watch| {
            let governance::Alarm::Calibration { months_between_false_alarms, .. } = &watch.alarm
            else {
                return None;
            };
            let readings = self.months.iter().filter_map(|month| {
                let mut readings = month.readings.iter();
                let reading = readings.find(|it| it.watch == watch.id && it.cohort.is_none())?;
                Some((month.month, reading))
            });
            let readings: Vec<_> = readings.collect();
            let (_, last) = readings.last()?;
            let first = readings.iter().find(|(_, it)| it.evidence >= it.limit);
            let title = match first {
                Some((month, _)) => {
                    format!(
                        "Evidence of change passed the limit in {}",
                        crate::words::month(*month)
                    )
                }
                None => "Evidence of change is below the limit".to_owned(),
            };
            let limit = count(last.limit.round() as u64);
            let start = self
                .months
                .iter()
                .position(|it| Some(it.month) == readings.first().map(|(month, _)| *month))?;
            let annotations = self
                .annotations()
                .into_iter()
                .filter_map(|it| Some(Annotation { period: it.period.checked_sub(start)?, ..it }));
            let chart = EvidenceSeries {
                heading: heading(&format!("evidence-{}", watch.id), title),
                periods: readings
                    .iter()
                    .map(|(month, it)| EvidencePeriod {
                        label: month.to_string(),
                        evidence: it.evidence,
                    })
                    .collect(),
                limit: Reference { value: last.limit, label: format!("alarm at {limit}") },
                budget: budget(*months_between_false_alarms),
                annotations: annotations.collect(),
            };
            let one = Format::decimals(1);
            let rows = readings.iter().map(|(month, it)| {
                vec![
                    month.to_string(),
                    one.text(it.evidence),
                    one.text(it.limit),
                    it.finding.clone(),
                ]
            });
            let columns = ["Month", "Evidence", "Limit", "Finding"];
            Some(Figure::new(chart.draw(), note, &columns, rows.collect()))
        };
        watches.filter_map(one).collect()
    }
}

/// A false-alarm budget in words.
pub(crate) fn budget(months: f64) -> String {
    format!(
        "At most one false alarm in {} months on average, however often one looks.",
        Format::decimals(0).text(months)
    )
}
