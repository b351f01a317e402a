//! An evidence report as people read it: what belongs together stands together, in words.

mod cohorts;
mod family;
mod words;

pub use cohorts::{Cell, CohortRow, CohortTable};
pub use family::Family;
pub use words::{
    attribute, capital, cohort, format_of, label, lacking, missing, number, point, range, says,
    short,
};

use crate::{Format, count};
use evidence::Report;
use governance::Judgement;
use statistics::{Better, Cohort, Estimate, Measure, Status};

/// A report as people read it. Every list is in the order of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The column of the score, and that of the outcome.
    pub columns: (String, String),
    /// What became of the rows, such as `9,812 rows used of 10,000 read`.
    pub rows: String,
    /// Why rows were left out, with how many; empty when none were.
    pub left_out: Vec<String>,
    /// How many rows have the outcome; empty where that is not shown.
    pub events: String,
    /// The measures of everyone, those of one family and threshold together.
    pub groups: Vec<Group>,
    /// The cohorts beside each other, when there are any.
    pub cohorts: Option<CohortTable>,
    /// How far groups lie apart: what the data show beyond doubt.
    pub gaps: Vec<Row>,
    /// How far groups lie apart: what may be chance.
    pub doubtful_gaps: Vec<Row>,
    /// What the data do not determine.
    pub unjudged: Vec<Unjudged>,
    /// Cohorts of which nothing is shown, because they are small or could be told from others.
    pub suppressed: Vec<String>,
    /// The coverage of the intervals, such as `95%`.
    pub coverage: String,
    /// The column by which the intervals of everyone allow for rows being alike; empty when they do
    /// not.
    pub cluster: String,
}

/// What most readers look for, of measures that say the same in several ways the one that says it
/// best in words.
const MAIN: [Measure; 18] = [
    Measure::OutcomeRate,
    Measure::Auroc,
    Measure::ObservedExpected,
    Measure::CalibrationSlope,
    Measure::Ici,
    Measure::Sensitivity,
    Measure::Specificity,
    Measure::Ppv,
    Measure::Npv,
    Measure::FlagRate,
    Measure::NumberNeededToEvaluate,
    Measure::NetBenefit,
    Measure::NetInterventionsAvoided,
    Measure::SensitivityGap,
    Measure::PpvGap,
    Measure::FlagRateGap,
    Measure::AurocGap,
    Measure::ObservedExpectedRatio,
];

/// Measures that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What they are about.
    pub family: Family,
    /// A heading.
    pub title: String,
    /// The measures.
    pub rows: Vec<Row>,
}

/// One number in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The period; empty for all time.
    pub period: String,
    /// The cohort, or `Everyone`.
    pub cohort: String,
    /// The measure.
    pub measure: String,
    /// The threshold, such as ` at 17.0%`; empty for a measure without one.
    pub at: String,
    /// The estimate, or what is missing.
    pub estimate: String,
    /// The interval, or how much more is needed.
    pub range: String,
    /// Rows.
    pub n: String,
    /// Rows with the outcome.
    pub events: String,
    /// How it was computed.
    pub method: String,
    /// What it says in plain words, where more is to be said.
    pub says: String,
    /// True for what most readers look for; the others are for those who look closer.
    pub main: bool,
}

/// Measures that the data of a cohort do not determine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unjudged {
    /// Whose data.
    pub cohort: String,
    /// What cannot be said.
    pub measures: Vec<String>,
    /// About what it takes, such as `about 33 more rows, 4 of them with the outcome`; empty where
    /// that cannot be said.
    pub need: String,
}

impl Group {
    /// True when it has a number that most readers look for.
    #[must_use]
    pub fn is_main(&self) -> bool {
        self.rows.iter().any(|row| row.main)
    }
}

impl Sheet {
    /// The gaps between groups that most readers look for, each with whether it is more than
    /// chance.
    pub fn main_gaps(&self) -> impl Iterator<Item = (&Row, bool)> {
        self.all_gaps().filter(|(row, _)| row.main)
    }

    /// How far groups lie apart, each with whether it is more than chance.
    pub fn all_gaps(&self) -> impl Iterator<Item = (&Row, bool)> {
        let certain = self.gaps.iter().map(|row| (row, true));
        certain.chain(self.doubtful_gaps.iter().map(|row| (row, false)))
    }

    /// A report as people read it. Cohorts that miss a requirement are marked.
    #[must_use]
    pub fn of(report: &Report, judged: &[Judgement]) -> Self {
        let whole = report.estimates.iter().filter(|it| it.period.is_none());
        let whole: Vec<&Estimate> = whole.map(|it| by_cluster(report, it)).collect();
        let (between, levels): (Vec<&Estimate>, Vec<&Estimate>) =
            whole.iter().partition(|it| Family::of(it.measure) == Family::Groups);
        let between = between.into_iter().filter(|it| it.estimate.is_some());
        let (gaps, doubtful): (Vec<&Estimate>, Vec<&Estimate>) =
            between.partition(|it| is_beyond_doubt(it));
        let rows = |them: Vec<&Estimate>| them.into_iter().map(Row::of).collect();
        let everyone = || levels.iter().filter(|it| it.cohort.is_none());
        let of_all = |key: &&evidence::CellKey| key.period.is_none();
        Self {
            columns: (report.request.score.clone(), report.request.outcome.clone()),
            rows: format!(
                "{} rows used of {} read",
                count(report.rows.used),
                count(report.rows.read)
            ),
            left_out: left_out(report),
            events: everyone().find_map(|it| it.events).map(count).unwrap_or_default(),
            groups: groups(everyone().copied()),
            cohorts: CohortTable::of(&levels, judged),
            gaps: rows(gaps),
            doubtful_gaps: rows(doubtful),
            unjudged: unjudged(&levels),
            suppressed: report
                .suppressed
                .iter()
                .filter(of_all)
                .map(|key| key.cohort.as_ref().map_or_else(|| "Everyone".to_owned(), cohort))
                .collect(),
            cluster: match report.clustered.is_empty() {
                true => String::new(),
                false => report.request.cluster.clone().unwrap_or_default(),
            },
            coverage: format!("{}%", Format::decimals(0).text(report.request.level * 100.0)),
        }
    }
}

/// The estimate whose interval holds when rows of one cluster are alike, where the report has one;
/// else the plain one.
#[must_use]
pub fn by_cluster<'a>(report: &'a Report, plain: &'a Estimate) -> &'a Estimate {
    let name = |it: &Estimate| (it.measure, it.threshold.map(f64::to_bits));
    let clustered = || report.clustered.iter().find(|it| name(it) == name(plain));
    let everyone = plain.cohort.is_none() && plain.period.is_none();
    if everyone { clustered().unwrap_or(plain) } else { plain }
}

impl Row {
    /// An estimate in words.
    #[must_use]
    pub fn of(it: &Estimate) -> Self {
        Self {
            period: it.period.clone().unwrap_or_default(),
            cohort: it.cohort.as_ref().map_or_else(|| "Everyone".to_owned(), cohort),
            measure: capital(it.measure.title()),
            at: it.threshold.map_or_else(String::new, at),
            estimate: point(it),
            range: range(it),
            n: number(it.n),
            events: number(it.events),
            method: it.method.clone(),
            says: says(it),
            main: MAIN.contains(&it.measure),
        }
    }
}

fn at(threshold: f64) -> String {
    format!(" at {}", Format::PERCENT.text(threshold))
}

fn left_out(report: &Report) -> Vec<String> {
    let rows = report.rows;
    let reasons = [
        (rows.immature, "whose outcome is not known yet"),
        (rows.unknown_version, "of a version that is not on record"),
    ];
    let said = reasons.into_iter().filter(|(rows, _)| *rows > 0);
    let mut said: Vec<String> = said.map(|(rows, why)| format!("{} {why}", count(rows))).collect();
    let known = rows.immature.saturating_add(rows.unknown_version);
    let others = rows.read.saturating_sub(rows.used).saturating_sub(known);
    if others > 0 {
        said.push(format!("{} for what the notes say", count(others)));
    }
    said
}

/// Rows of one family and threshold together, families in their order, thresholds in that of the
/// report.
fn groups<'a>(estimates: impl Iterator<Item = &'a Estimate>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for it in estimates {
        let family = Family::of(it.measure);
        let title = match it.threshold {
            Some(value) if family == Family::Threshold => {
                format!("{} {}", family.title(), Format::PERCENT.text(value))
            }
            Some(value) => format!("{}{}", family.title(), at(value)),
            None => family.title().to_owned(),
        };
        match groups.iter_mut().find(|group| group.title == title) {
            Some(group) => group.rows.push(Row::of(it)),
            None => groups.push(Group { family, title, rows: vec![Row::of(it)] }),
        }
    }
    groups.sort_by_key(|group| group.family);
    groups
}

/// True when groups lie apart by more than chance: the interval leaves out what "no gap" would be.
/// A p value without an interval is small enough below one in twenty.
fn is_beyond_doubt(it: &Estimate) -> bool {
    match (it.measure.better(), it.lower, it.upper) {
        (Better::Near1, Some(lower), Some(upper)) => upper < 1.0 || lower > 1.0,
        (_, Some(lower), _) => lower > 0.0,
        _ => it.estimate.is_some_and(|p| p < 0.05),
    }
}

fn unjudged(estimates: &[&Estimate]) -> Vec<Unjudged> {
    let mut all: Vec<(Option<&Cohort>, Vec<&Estimate>)> = Vec::new();
    let thin = |it: &&&Estimate| matches!(it.status, Status::NotEnoughData { .. });
    for it in estimates.iter().filter(thin) {
        let of = it.cohort.as_ref();
        match all.iter_mut().find(|(cohort, _)| *cohort == of) {
            Some((_, found)) => found.push(it),
            None => all.push((of, vec![it])),
        }
    }
    let said = all.into_iter().map(|(of, found)| {
        let mut measures: Vec<String> =
            found.iter().map(|it| it.measure.title().to_owned()).collect();
        // One measure may be there at several thresholds.
        measures.dedup();
        let cohort = of.map_or_else(|| "Everyone".to_owned(), cohort);
        Unjudged { cohort, measures, need: need(&found) }
    });
    said.collect()
}

/// The most that any of these takes.
fn need(estimates: &[&Estimate]) -> String {
    let more = estimates.iter().filter_map(|it| match it.status {
        Status::NotEnoughData { more_needed } => Some((more_needed?, it.n?, it.events?)),
        _ => None,
    });
    match more.max_by_key(|(more, ..)| *more) {
        Some((more, n, events)) if n > 0 && events > 0 => format!(
            "about {} more rows, {} of them with the outcome",
            count(more),
            count(more.saturating_mul(events).div_ceil(n))
        ),
        Some((more, ..)) => format!("about {} more rows", count(more)),
        None => String::new(),
    }
}
