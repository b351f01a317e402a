//! The charts of monitoring: months in a row, and detectors against their limits.

use super::{Figure, beside_one, heading, interval, short};
use crate::words::{self, capital};
use governance::{Alarm, MonitoringPlan, Month, Observation, Reading, Record, UseCase, Watch};
use report::sheet::{attribute, format_of, label, number, point, range};
use report::{
    Annotation, AnnotationKind, Axis, EvidencePeriod, EvidenceSeries, Format, Period, Reference,
    ScaleKind, TimeSeries, count,
};
use statistics::{Cohort, Estimate, Measure};

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
        let when = words::month(month.month);
        match interval(estimate) {
            Some(at) if measure == Measure::ObservedExpected => {
                format!("{}: {} ({})", when, beside_one(at), Format::decimals(2).text(at.estimate))
            }
            _ => format!("{when}: {} {}", short(measure), point(estimate)),
        }
    }

    /// The evidence of each detector against its limit: of everyone, and of each cohort that
    /// reached the limit.
    pub fn detectors(&self, note: &str) -> Vec<Figure> {
        let mut figures = Vec::new();
        for watch in &self.plan.watches {
            if let Alarm::Calibration { months_between_false_alarms, cohorts, .. } = &watch.alarm {
                let months = *months_between_false_alarms;
                let reached = cohorts.iter().filter(|cohort| self.reached(watch, cohort)).map(Some);
                for cohort in reached.chain([None]) {
                    figures.extend(self.detector(watch, cohort, months, note));
                }
            }
        }
        figures
    }

    fn reached(&self, watch: &Watch, cohort: &Cohort) -> bool {
        let readings = self.readings(watch, Some(cohort));
        readings.iter().any(|(_, reading)| reading.evidence >= reading.limit)
    }

    fn readings(&self, watch: &Watch, cohort: Option<&Cohort>) -> Vec<(Month, &Reading)> {
        let of = |month: &&'a Observation| {
            let mut readings = month.readings.iter();
            let found = readings.find(|it| it.watch == watch.id && it.cohort.as_ref() == cohort)?;
            Some((month.month, found))
        };
        self.months.iter().filter_map(of).collect()
    }

    fn detector(
        &self,
        watch: &Watch,
        cohort: Option<&Cohort>,
        months: f64,
        note: &str,
    ) -> Option<Figure> {
        let readings = self.readings(watch, cohort);
        let (start, _) = readings.first()?;
        let (_, last) = readings.last()?;
        let start = self.place(*start)?;
        let whom = cohort.map_or_else(
            || "everyone".to_owned(),
            |it| format!("{}, {}", attribute(&it.attribute), label(&it.level)),
        );
        let first = readings.iter().find(|(_, it)| it.evidence >= it.limit);
        let title = match first {
            Some((month, _)) => {
                format!(
                    "{}: evidence of change passed the limit in {}",
                    capital(&whom),
                    words::month(*month)
                )
            }
            None => format!("{}: evidence of change is below the limit", capital(&whom)),
        };
        let annotations = self
            .annotations()
            .into_iter()
            .filter_map(|it| Some(Annotation { period: it.period.checked_sub(start)?, ..it }));
        let periods = readings
            .iter()
            .map(|(month, it)| EvidencePeriod { label: month.to_string(), evidence: it.evidence });
        let limit = count(last.limit.round() as u64);
        let chart = EvidenceSeries {
            heading: heading(&format!("evidence-{}-{whom}", watch.id), title),
            periods: periods.collect(),
            limit: Reference { value: last.limit, label: format!("alarm at {limit}") },
            budget: budget(months),
            annotations: annotations.collect(),
        };
        let one = Format::decimals(1);
        let rows = readings.iter().map(|(month, it)| {
            vec![month.to_string(), one.text(it.evidence), one.text(it.limit), it.finding.clone()]
        });
        let columns = ["Month", "Evidence", "Limit", "Finding"];
        Some(Figure::new(chart.draw(), note, &columns, rows.collect()))
    }
}

/// A false-alarm budget in words.
pub(crate) fn budget(months: f64) -> String {
    format!(
        "At most one false alarm in {} months on average, however often one looks.",
        Format::decimals(0).text(months)
    )
}
