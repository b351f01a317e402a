//! The cohorts beside each other.

use super::{label, number, point, range, short};
use crate::Format;
use governance::{Judgement, Status};
use statistics::{Cohort, Estimate, Measure, attribute_in_words};

/// The measures that a reader compares cohorts by, where the report has them.
const USUAL: [Measure; 4] =
    [Measure::Auroc, Measure::ObservedExpected, Measure::Sensitivity, Measure::FlagRate];
/// Fewer of the usual ones than this, and the first of the report are taken instead.
const FEWEST: usize = 2;

/// The cohorts of a report, one a row, by a few measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CohortTable {
    /// The measures, such as `AUROC` and `sensitivity`.
    pub measures: Vec<String>,
    /// The threshold of those that depend on one, such as `17.0%`; empty when none does.
    pub at: String,
    /// Everyone first, then each attribute in turn.
    pub rows: Vec<CohortRow>,
}

/// One cohort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CohortRow {
    /// The attribute, as its column is named, or `race × sex`; empty for everyone.
    pub attribute: String,
    /// The level; `Everyone` for everyone.
    pub level: String,
    /// Rows.
    pub n: String,
    /// Rows with the outcome.
    pub events: String,
    /// The measures, in the order of the table's.
    pub cells: Vec<Cell>,
    /// The requirements that it misses, by their handles.
    pub misses: Vec<String>,
}

/// One measure of one cohort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The estimate, or a dash.
    pub point: String,
    /// The interval; empty where there is none.
    pub range: String,
    /// True when the interval leaves out the estimate of everyone.
    pub apart: bool,
}

impl CohortRow {
    /// The attribute in words: `Age band`.
    #[must_use]
    pub fn attribute_in_words(&self) -> String {
        label(&self.attribute)
    }
}

impl CohortTable {
    /// The table of estimates over all time; none when no cohort is among them.
    pub(super) fn of(estimates: &[&Estimate], judged: &[Judgement]) -> Option<Self> {
        let of_cohorts = || estimates.iter().filter(|it| it.cohort.is_some());
        of_cohorts().next()?;
        let columns = columns(of_cohorts().map(|it| (it.measure, it.threshold)));
        let mut cohorts: Vec<Option<&Cohort>> = vec![None];
        for it in of_cohorts() {
            if !cohorts.contains(&it.cohort.as_ref()) {
                cohorts.push(it.cohort.as_ref());
            }
        }
        let find = |cohort: Option<&Cohort>, (measure, threshold): (Measure, Option<f64>)| {
            let mut found = estimates.iter().filter(|it| it.cohort.as_ref() == cohort);
            found.find(|it| it.measure == measure && it.threshold == threshold).copied()
        };
        let row = |cohort: Option<&Cohort>| {
            let own = || estimates.iter().filter(|it| it.cohort.as_ref() == cohort);
            let cell = |&column: &(Measure, Option<f64>)| {
                Cell::of(find(cohort, column), find(None, column))
            };
            CohortRow {
                attribute: cohort.map(|it| attribute_in_words(&it.attribute)).unwrap_or_default(),
                level: cohort.map_or_else(|| "Everyone".to_owned(), |it| it.level.clone()),
                n: number(own().find_map(|it| it.n)),
                events: number(own().find_map(|it| it.events)),
                cells: columns.iter().map(cell).collect(),
                misses: misses(cohort, judged),
            }
        };
        let at = columns.iter().find_map(|(_, threshold)| *threshold);
        Some(Self {
            measures: columns.iter().map(|(measure, _)| short(*measure).to_owned()).collect(),
            at: at.map(|at| Format::PERCENT.text(at)).unwrap_or_default(),
            rows: cohorts.into_iter().map(row).collect(),
        })
    }
}

impl Cell {
    fn of(own: Option<&Estimate>, everyone: Option<&Estimate>) -> Self {
        let Some(own) = own else {
            return Self { point: "—".to_owned(), range: String::new(), apart: false };
        };
        let of_all = everyone.and_then(|it| it.estimate);
        let ends = own.lower.zip(own.upper);
        Self {
            point: if own.estimate.is_some() { point(own) } else { "—".to_owned() },
            range: if ends.is_some() { range(own) } else { String::new() },
            apart: ends.zip(of_all).is_some_and(|((low, high), all)| all < low || all > high),
        }
    }
}

/// The measures to show: the usual ones at the first threshold of each, or else the first.
fn columns(found: impl Iterator<Item = (Measure, Option<f64>)>) -> Vec<(Measure, Option<f64>)> {
    let mut distinct: Vec<(Measure, Option<f64>)> = Vec::new();
    let mut at = None;
    for it in found {
        // All columns are at one threshold: the first, which is the operating one.
        let here = at.is_none() || it.1.is_none() || it.1 == at;
        at = at.or(it.1);
        if here && !distinct.iter().any(|(measure, _)| *measure == it.0) {
            distinct.push(it);
        }
    }
    let usual: Vec<_> = USUAL
        .iter()
        .filter_map(|wanted| distinct.iter().find(|(measure, _)| measure == wanted).copied())
        .collect();
    if usual.len() >= FEWEST {
        return usual;
    }
    distinct.truncate(USUAL.len());
    distinct
}

fn misses(cohort: Option<&Cohort>, judged: &[Judgement]) -> Vec<String> {
    let failed = judged.iter().filter(|judgement| {
        let mut trials = judgement.trials.iter();
        trials.any(|it| it.estimate.cohort.as_ref() == cohort && it.status == Status::Failed)
    });
    failed.map(|judgement| judgement.requirement.to_string()).collect()
}
