//! Every measure of one cell.

use crate::answer::{Answer, Found, TooFew};
use crate::calibration::{self, Brier, Recalibration};
use crate::discrimination::Auroc;
use crate::estimate::{Estimate, SMALLEST_CELL, Status};
use crate::math;
use crate::threshold::{self, Flags};
use crate::{Cohort, Measure, Score, Tally};

/// The measures of one cell that no threshold changes, in the order they are reported.
const WITHOUT_THRESHOLD: [Measure; 8] = [
    Measure::Auroc,
    Measure::Brier,
    Measure::ScaledBrier,
    Measure::ObservedExpected,
    Measure::CalibrationIntercept,
    Measure::CalibrationSlope,
    Measure::OutcomeRate,
    Measure::MeanScore,
];

/// The measures of one cell at each threshold, in the order they are reported.
const AT_THRESHOLD: [Measure; 7] = [
    Measure::Sensitivity,
    Measure::Specificity,
    Measure::Ppv,
    Measure::Npv,
    Measure::FlagRate,
    Measure::NetBenefit,
    Measure::NetBenefitTreatAll,
];

/// Everything that can be said of one cell: one row per measure, and per threshold for those that
/// have one, always in the same order.
///
/// `cohort` and `period` only name the cell. A row is flagged when `score >= threshold`. `level` is
/// the nominal coverage of the intervals, such as 0.95 (brought into 0.5 to 0.999999).
///
/// - AUROC: exact, ties count half; DeLong's variance (Sun & Xu 2014), interval on the logit scale.
/// - Brier: mean squared error; normal interval. Scaled: 1 − B/(ȳ(1 − ȳ)); delta method.
/// - Observed / expected: Σy/Σp; interval exp(ln ± z √((1 − ȳ)/Σy)).
/// - Calibration intercept: a in logit P = a + logit p; slope: b in logit P = a + b·logit p; by
///   maximum likelihood with scores kept 1e-6 from 0 and 1; Wald intervals.
/// - Rates: Wilson. Mean score: normal.
/// - Net benefit: TP/n − t/(1 − t)·FP/n; normal interval from the exact variance. Treat all: the
///   same with every row flagged.
///
/// A cell with 1 to 10 rows is [`Status::Suppressed`] throughout. A measure that the rows do not
/// determine (an outcome missing, scores that separate the outcomes, nothing flagged) is
/// [`Status::NotEnoughData`], with about how many more rows are needed where that follows from the
/// mean score: enough for the model to expect [`SMALLEST_CELL`] of the missing outcome.
#[must_use]
pub fn estimates(
    tally: &Tally,
    cohort: Option<&Cohort>,
    period: Option<&str>,
    thresholds: &[Score],
    level: f64,
) -> Vec<Estimate> {
    let level = math::usable_level(level);
    let z = math::critical_value(level);
    let cell = Cell::of(tally, cohort, period, level);
    if (1..SMALLEST_CELL).contains(&tally.n) {
        return cell.suppressed(thresholds);
    }
    let mut rows = whole(tally, z)
        .map(|(measure, method, answer)| cell.row(measure, None, method, answer))
        .to_vec();
    let banded = banded_scores(tally);
    let all = Flags::all(&tally.histogram);
    for &threshold in thresholds {
        let flags = Flags::at(&tally.histogram, threshold);
        for measure in AT_THRESHOLD {
            let (method, answer) = match measure {
                Measure::NetBenefit => ("normal interval", flags.net_benefit(threshold, z)),
                Measure::NetBenefitTreatAll => ("normal interval", all.net_benefit(threshold, z)),
                measure => ("Wilson interval", rate(flags, measure, z)),
            };
            let method = format!("{method}{banded}");
            rows.push(cell.row(measure, Some(threshold), method, answer));
        }
    }
    rows
}

fn whole(tally: &Tally, z: f64) -> [(Measure, String, Answer); 8] {
    let auroc = Auroc::of(&tally.histogram);
    let brier = Brier::of(tally, z);
    let line = Recalibration::of(tally, z);
    let rate = threshold::share(tally.events, tally.n, z);
    let answer = |measure| match measure {
        Measure::Auroc => auroc.map_or(Err(TooFew::UNKNOWN), |auroc| auroc.answer(z)),
        Measure::Brier => brier.plain,
        Measure::ScaledBrier => brier.scaled,
        Measure::ObservedExpected => calibration::observed_expected(tally, z),
        Measure::CalibrationIntercept => line.intercept,
        Measure::CalibrationSlope => line.slope,
        Measure::OutcomeRate => rate,
        _ => calibration::mean_score(tally, z),
    };
    let banded = banded_scores(tally);
    let method = |measure| match measure {
        Measure::Auroc if !tally.histogram.is_exact() => {
            // Printing two digits rounds by up to one in twenty; a bound may only be rounded up.
            let within = 1.05 * auroc.map_or(0.5, |auroc| auroc.half_ties);
            format!("DeLong, logit interval{banded}, within {within:.1e} of exact")
        }
        Measure::Auroc => "DeLong, logit interval".to_owned(),
        Measure::ScaledBrier => format!("delta-method interval{banded}"),
        Measure::ObservedExpected => "log-normal interval".to_owned(),
        Measure::CalibrationIntercept => {
            format!("logistic fit with the logit of the score as offset, Wald interval{banded}")
        }
        Measure::CalibrationSlope => {
            format!("logistic fit on the logit of the score, Wald interval{banded}")
        }
        Measure::OutcomeRate => "Wilson interval".to_owned(),
        Measure::MeanScore => "normal interval".to_owned(),
        _ => format!("normal interval{banded}"),
    };
    WITHOUT_THRESHOLD.map(|measure| (measure, method(measure), answer(measure)))
}

fn rate(flags: Flags, measure: Measure, z: f64) -> Answer {
    let (count, rows) = flags.share(measure).ok_or(TooFew::UNKNOWN)?;
    threshold::share(count, rows, z)
}

/// What a method text adds when the histogram no longer holds each score apart.
pub(crate) fn banded_scores(tally: &Tally) -> String {
    if tally.histogram.is_exact() {
        return String::new();
    }
    let width = f64::from(tally.histogram.band()) / f64::from(Score::SCALE);
    format!("; scores in bands of {width:.1e}")
}

/// What all rows of one cell share.
pub(crate) struct Cell<'a> {
    pub(crate) cohort: Option<&'a Cohort>,
    pub(crate) period: Option<&'a str>,
    pub(crate) level: f64,
    pub(crate) n: u64,
    pub(crate) events: u64,
    /// About how many more rows would bring the outcome that is missing, if one is.
    pub(crate) more_needed: Option<u64>,
}

impl<'a> Cell<'a> {
    fn of(
        tally: &Tally,
        cohort: Option<&'a Cohort>,
        period: Option<&'a str>,
        level: f64,
    ) -> Cell<'a> {
        let (n, events) = (tally.n, tally.events);
        Cell { cohort, period, level, n, events, more_needed: rows_for_missing_outcome(tally) }
    }

    pub(crate) fn row(
        &self,
        measure: Measure,
        threshold: Option<Score>,
        method: String,
        answer: Answer,
    ) -> Estimate {
        let (found, status) = match answer.and_then(Found::finite) {
            Ok(found) => (Some(found), Status::Estimated),
            Err(TooFew { more_needed }) => {
                let more_needed = more_needed.or(self.more_needed);
                (None, Status::NotEnoughData { more_needed })
            }
        };
        Estimate {
            measure,
            cohort: self.cohort.cloned(),
            period: self.period.map(str::to_owned),
            threshold: threshold.map(Score::value),
            estimate: found.map(|found| found.estimate),
            lower: found.map(|found| found.lower),
            upper: found.map(|found| found.upper),
            level: self.level,
            n: Some(self.n),
            events: Some(self.events),
            method,
            status,
        }
    }

    fn suppressed(&self, thresholds: &[Score]) -> Vec<Estimate> {
        let row = |measure, threshold| {
            let method = format!("suppressed: fewer than {SMALLEST_CELL} rows");
            let row = self.row(measure, threshold, method, Err(TooFew::UNKNOWN));
            Estimate { n: None, events: None, status: Status::Suppressed, ..row }
        };
        let mut rows = WITHOUT_THRESHOLD.map(|measure| row(measure, None)).to_vec();
        for &threshold in thresholds {
            rows.extend(AT_THRESHOLD.map(|measure| row(measure, Some(threshold))));
        }
        rows
    }
}

fn rows_for_missing_outcome(tally: &Tally) -> Option<u64> {
    if tally.n == 0 {
        return Some(SMALLEST_CELL);
    }
    let mean = tally.score_sum as f64 / f64::from(Score::SCALE) / tally.n as f64;
    let rate = match tally.events {
        0 => mean,
        events if events == tally.n => 1.0 - mean,
        _ => return None,
    };
    (rate > 0.0).then(|| (SMALLEST_CELL as f64 / rate).ceil() as u64)
}
