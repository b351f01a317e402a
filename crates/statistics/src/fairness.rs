//! How far groups lie apart.

use crate::answer::{Answer, Found, TooFew};
use crate::estimate::{Estimate, SMALLEST_CELL};
use crate::estimates::{Cell, banded_scores};
use crate::groups::{self, Heterogeneity};
use crate::math;
use crate::threshold::Flags;
use crate::{Cohort, Measure, Score, Tally, calibration};

/// Each gap, and the rate it is a gap in.
const GAPS: [(Measure, Measure); 4] = [
    (Measure::FlagRateGap, Measure::FlagRate),
    (Measure::SensitivityGap, Measure::Sensitivity),
    (Measure::SpecificityGap, Measure::Specificity),
    (Measure::PpvGap, Measure::Ppv),
];

/// How far the groups of one attribute lie apart at one threshold.
///
/// `cells` holds one cell per level of the attribute. Six rows come out: the largest minus the
/// smallest flag rate, sensitivity, specificity and positive predictive value, with Newcombe's
/// hybrid interval for the two groups that differ most; the smallest over the largest flag rate,
/// with Katz's log interval; and the p value of Cochran's Q for equal observed / expected. The
/// level of the row's cohort names the groups: `largest - smallest`, `smallest / largest`, or
/// `all groups`.
///
/// A group enters a measure when at least [`SMALLEST_CELL`] of its rows count for it (flagged rows
/// for the positive predictive value, rows with the outcome for sensitivity); others are left out.
/// The interval is for the two groups named. That they were picked for being far apart makes a gap
/// over many small groups too large; the interval does not correct for that.
///
/// No rows come out without cells; with fewer than two groups left the row says not enough data.
#[must_use]
pub fn fairness_gaps(cells: &[(Cohort, &Tally)], threshold: Score, level: f64) -> Vec<Estimate> {
    let level = math::usable_level(level);
    let z = math::critical_value(level);
    let mut groups: Vec<Group<'_>> = cells
        .iter()
        .filter(|(_, tally)| tally.n >= SMALLEST_CELL)
        .map(|(cohort, tally)| Group {
            cohort,
            tally,
            flags: Flags::at(&tally.histogram, threshold),
        })
        .collect();
    groups.sort_by_key(|group| group.cohort);
    let Some((first, _)) = cells.first() else {
        return Vec::new();
    };
    let banded = cells.iter().map(|(_, tally)| banded_scores(tally)).max().unwrap_or_default();
    let table = Table { attribute: &first.attribute, groups, level, banded };

    let mut rows = Vec::new();
    for (gap, measure) in GAPS {
        let method = "Newcombe hybrid interval from Wilson limits";
        let ends = table.ends(measure);
        let answer = ends.ok_or(TooFew::UNKNOWN).and_then(|ends| ends.difference(z));
        rows.push(table.pair_row(gap, threshold, method, ends.map(Ends::high_to_low), answer));
    }
    let ends = table.ends(Measure::FlagRate);
    let answer = ends.ok_or(TooFew::UNKNOWN).and_then(|ends| ends.ratio(z));
    let pair = ends.map(Ends::low_to_high);
    rows.push(table.pair_row(Measure::FlagRateRatio, threshold, "Katz log interval", pair, answer));
    rows.push(table.heterogeneity());
    rows
}

struct Group<'a> {
    cohort: &'a Cohort,
    tally: &'a Tally,
    flags: Flags,
}

/// So many of so many rows of a group.
#[derive(Clone, Copy)]
struct Share<'a> {
    group: &'a Group<'a>,
    count: u64,
    rows: u64,
}

impl Share<'_> {
    fn value(self) -> f64 {
        self.count as f64 / self.rows as f64
    }

    fn counts(self) -> (u64, u64) {
        (self.count, self.rows)
    }
}

/// The groups with the largest and the smallest share; of equals, the first by name.
#[derive(Clone, Copy)]
struct Ends<'a> {
    high: Share<'a>,
    low: Share<'a>,
}

/// Two groups and the sign between their names.
struct Pair<'a> {
    first: &'a Group<'a>,
    sign: &'static str,
    second: &'a Group<'a>,
}

impl<'a> Ends<'a> {
    fn difference(self, z: f64) -> Answer {
        groups::difference(self.high.counts(), self.low.counts(), z)
    }

    fn ratio(self, z: f64) -> Answer {
        groups::ratio(self.low.counts(), self.high.counts(), z)
    }

    fn high_to_low(self) -> Pair<'a> {
        Pair { first: self.high.group, sign: "-", second: self.low.group }
    }

    fn low_to_high(self) -> Pair<'a> {
        Pair { first: self.low.group, sign: "/", second: self.high.group }
    }
}

struct Table<'a> {
    attribute: &'a str,
    groups: Vec<Group<'a>>,
    level: f64,
    banded: String,
}

impl Table<'_> {
    fn ends(&self, measure: Measure) -> Option<Ends<'_>> {
        let shares = || {
            self.groups.iter().filter_map(|group| {
                let (count, rows) = group.flags.share(measure)?;
                (rows >= SMALLEST_CELL).then_some(Share { group, count, rows })
            })
        };
        let high =
            shares().reduce(|high, next| if next.value() > high.value() { next } else { high })?;
        let others = shares().filter(|share| share.group.cohort != high.group.cohort);
        let low = others.reduce(|low, next| if next.value() < low.value() { next } else { low })?;
        Some(Ends { high, low })
    }

    fn pair_row(
        &self,
        measure: Measure,
        threshold: Score,
        method: &str,
        pair: Option<Pair<'_>>,
        answer: Answer,
    ) -> Estimate {
        let (level, groups) = match pair {
            Some(Pair { first, sign, second }) => (
                format!("{} {sign} {}", first.cohort.level, second.cohort.level),
                vec![first, second],
            ),
            None => ("fewer than two groups".to_owned(), Vec::new()),
        };
        let method = format!(
            "{method}; groups with fewer than {SMALLEST_CELL} rows to count left out{}",
            self.banded
        );
        self.row(measure, Some(threshold), level, &groups, method, answer)
    }

    /// Cochran's Q over ln(O/E) with weights 1/SE², against chi-square with one degree of freedom
    /// fewer than groups.
    fn heterogeneity(&self) -> Estimate {
        let (mut parts, mut groups) = (Vec::new(), Vec::new());
        for group in &self.groups {
            if let Some((ratio, error)) = calibration::ratio_and_log_error(group.tally) {
                parts.push((math::ln(ratio), error));
                groups.push(group);
            }
        }
        let found = groups::equal_values(&parts);
        let (method, answer) = match found {
            None => ("p value of Cochran's Q on ln(O/E)".to_owned(), Err(TooFew::UNKNOWN)),
            Some(Heterogeneity { statistic: q, degrees, p_value: p, .. }) => {
                let method = format!("p value of Cochran's Q on ln(O/E): Q {q:.2}, {degrees} df");
                (method, Found { estimate: p, lower: p, upper: p }.finite())
            }
        };
        let measure = Measure::ObservedExpectedHeterogeneity;
        let level = if found.is_none() { "fewer than two groups" } else { "all groups" };
        let row = self.row(measure, None, level.to_owned(), &groups, method, answer);
        Estimate { lower: None, upper: None, ..row }
    }

    fn row(
        &self,
        measure: Measure,
        threshold: Option<Score>,
        level: String,
        groups: &[&Group<'_>],
        method: String,
        answer: Answer,
    ) -> Estimate {
        let cohort = Cohort { attribute: self.attribute.to_owned(), level };
        let cell = Cell {
            cohort: Some(&cohort),
            period: None,
            level: self.level,
            n: groups.iter().map(|group| group.tally.n).sum(),
            events: groups.iter().map(|group| group.tally.events).sum(),
            more_needed: None,
        };
        cell.row(measure, threshold, method, answer)
    }
}
