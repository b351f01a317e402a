//! Every measure of one cell.

use crate::answer::{Answer, Found, TooFew};
use crate::average_precision::average_precision;
use crate::calibration::{self, Brier};
use crate::curves::GROUPS;
use crate::discrimination::Auroc;
use crate::estimate::{Estimate, SMALLEST_CELL, Status};
use crate::log_odds::LogOdds;
use crate::math;
use crate::partial_auroc::partial_auroc;
use crate::recalibration::Recalibration;
use crate::reliability::{
    self, Binning, BrierDecomposition, CalibrationError, Knots, SmoothCalibration, Spiegelhalter,
};
use crate::threshold::{self, Flags};
use crate::{Cohort, Measure, Score, Tally};

/// The measures of one cell that no threshold changes, in the order they are reported.
const WITHOUT_THRESHOLD: [Measure; 15] = [
    Measure::Auroc,
    Measure::PartialAuroc,
    Measure::AveragePrecision,
    Measure::Brier,
    Measure::ScaledBrier,
    Measure::BrierMiscalibration,
    Measure::BrierDiscrimination,
    Measure::BrierUncertainty,
    Measure::ObservedExpected,
    Measure::CalibrationIntercept,
    Measure::CalibrationSlope,
    Measure::DebiasedEce,
    Measure::SpiegelhalterP,
    Measure::OutcomeRate,
    Measure::MeanScore,
];

/// Those that follow from a smooth curve, which is fitted for all time only.
const FROM_CURVE: [Measure; 4] = [Measure::Ici, Measure::E50, Measure::E90, Measure::Emax];

/// The measures of one cell at each threshold, in the order they are reported.
const AT_THRESHOLD: [Measure; 11] = [
    Measure::Sensitivity,
    Measure::Specificity,
    Measure::Ppv,
    Measure::Npv,
    Measure::FlagRate,
    Measure::FlagsPer100,
    Measure::NumberNeededToEvaluate,
    Measure::NetBenefit,
    Measure::NetBenefitTreatAll,
    Measure::StandardisedNetBenefit,
    Measure::NetInterventionsAvoided,
];

/// The knots of the smooth curve: as many in every cell, so that cells can be compared.
const KNOTS: Knots = Knots::Four;

/// Everything that can be said of one cell: one row per measure, and per threshold for those that
/// have one, always in the same order.
///
/// `cohort` and `period` only name the cell, but for one thing: what follows from a smooth curve
/// is computed for all time alone, for the curve costs more than all else. A row is flagged when
/// `score >= threshold`. `level` is the nominal coverage of the intervals, such as 0.95 (brought
/// into 0.5 to 0.999999).
///
/// - AUROC: exact, ties count half; DeLong's variance (Sun & Xu 2014), interval on the logit scale.
///   Partial AUROC: false positive rates up to 0.1, standardised (McClish 1989), with the
///   asymptotic variance of Wieand et al. 1989 and the same interval.
/// - Average precision: Σ(R_k − R_{k−1})·P_k, not the trapezoid; logit interval (Boyd et al. 2013)
///   with the standard error of the infinitesimal jackknife (Efron 1982).
/// - Brier: mean squared error; normal interval. Scaled: 1 − B/(ȳ(1 − ȳ)); delta method. Its parts
///   miscalibration, discrimination, uncertainty (Dimitriadis et al. 2021): the first two without
///   interval; ȳ(1 − ȳ) with what Wilson's interval of ȳ makes of it.
/// - Observed / expected: Σy/Σp; interval exp(ln ± z √((1 − ȳ)/Σy)).
/// - Calibration intercept: a in logit P = a + logit p; slope: b in logit P = a + b·logit p; by
///   maximum likelihood with scores kept 1e-6 from 0 and 1; Wald intervals.
/// - ICI, E50, E90, Emax: distance of score and restricted cubic spline of its logit with four
///   knots ([`crate::smooth_calibration`], Austin & Steyerberg 2019); no interval.
/// - De-biased ECE: Σ(n_b/n)[(ȳ_b − p̄_b)² − ȳ_b(1 − ȳ_b)/(n_b − 1)] over up to ten groups of equal
///   size ([`crate::calibration_error`], Bröcker 2012); no interval.
/// - Spiegelhalter: the p value of [`crate::spiegelhalter`].
/// - Rates, and flags per 100: Wilson. Number needed to evaluate: 1/PPV with Wilson's ends turned
///   over. Mean score: normal.
/// - Net benefit: TP/n − t/(1 − t)·FP/n; normal interval from the exact variance. Treat all: the
///   same with every row flagged. Standardised: over the outcome rate; delta method. Interventions
///   avoided per 100: 100·(TN/n − FN/n·(1 − t)/t); normal interval from the exact variance.
///
/// A measure without interval is one that chance alone pushes away from 0, so that no interval of
/// closed form holds the truth as often as it says. The others hold it in 95 % of samples of 200,
/// 2,000 and 20,000 rows, of which about a fourth have the outcome, but for that of observed /
/// expected: 97 %, for it takes no account of how far risks lie apart. With 7 outcomes in 200 rows
/// they fall short: scaled Brier 85 %, average precision 88 %, interventions avoided and partial
/// AUROC 89 %, net benefit 91 % (treating all: 90 %), AUROC, Brier and mean score 92 %; Wilson's
/// and the calibration line's do not (simulated in `tests/coverage.rs`).
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
    if (1..SMALLEST_CELL).contains(&tally.n) {
        return suppressed_estimates(cohort, period, thresholds, level);
    }
    let level = math::usable_level(level);
    let z = math::critical_value(level);
    let cell = Cell::of(tally, cohort, period, level);
    let whole = Whole::of(tally, period.is_none(), z);
    let row = |measure| cell.row(measure, None, whole.method(measure), whole.answer(measure));
    let mut rows: Vec<Estimate> = without_threshold(period).map(row).collect();
    let all = Flags::all(&tally.histogram);
    for &threshold in thresholds {
        let flags = Flags::at(&tally.histogram, threshold);
        for measure in AT_THRESHOLD {
            let (method, answer) = at_threshold(measure, flags, all, threshold, z);
            let method = format!("{method}{}", whole.banded);
            rows.push(cell.row(measure, Some(threshold), method, answer));
        }
    }
    rows
}

/// The rows of a cell of which nothing may be shown: those of [`estimates`], each
/// [`Status::Suppressed`].
#[must_use]
pub fn suppressed_estimates(
    cohort: Option<&Cohort>,
    period: Option<&str>,
    thresholds: &[Score],
    level: f64,
) -> Vec<Estimate> {
    let level = math::usable_level(level);
    let cell = Cell { cohort, period, level, n: 0, events: 0, more_needed: None };
    let row = |(measure, threshold)| {
        let method = format!(
            "suppressed: fewer than {SMALLEST_CELL} rows, or such a cell could be worked out"
        );
        let row = cell.row(measure, threshold, method, Err(TooFew::UNKNOWN));
        Estimate { n: None, events: None, status: Status::Suppressed, ..row }
    };
    let at = thresholds.iter().flat_map(|&at| AT_THRESHOLD.map(|measure| (measure, Some(at))));
    without_threshold(period).map(|measure| (measure, None)).chain(at).map(row).collect()
}

fn without_threshold(period: Option<&str>) -> impl Iterator<Item = Measure> {
    let from_curve: &[Measure] = if period.is_none() { &FROM_CURVE } else { &[] };
    WITHOUT_THRESHOLD.into_iter().chain(from_curve.iter().copied())
}

fn at_threshold(
    measure: Measure,
    flags: Flags,
    all: Flags,
    threshold: Score,
    z: f64,
) -> (&'static str, Answer) {
    const EXACT: &str = "normal interval";
    match measure {
        Measure::NetBenefit => (EXACT, flags.net_benefit(threshold, z)),
        Measure::NetBenefitTreatAll => (EXACT, all.net_benefit(threshold, z)),
        Measure::NetInterventionsAvoided => (EXACT, flags.interventions_avoided(threshold, z)),
        Measure::StandardisedNetBenefit => {
            ("delta-method interval", flags.standardised_net_benefit(threshold, z))
        }
        Measure::NumberNeededToEvaluate => {
            ("from the Wilson interval of its inverse", flags.needed_to_evaluate(z))
        }
        Measure::FlagsPer100 => {
            ("Wilson interval", rate(flags, Measure::FlagRate, z).map(|found| found.times(100.0)))
        }
        measure => ("Wilson interval", rate(flags, measure, z)),
    }
}

/// What the measures that no threshold changes are read from.
struct Whole<'a> {
    tally: &'a Tally,
    z: f64,
    auroc: Option<Auroc>,
    brier: Brier,
    parts: Option<BrierDecomposition>,
    line: Recalibration,
    curve: Option<SmoothCalibration>,
    binned: Option<CalibrationError>,
    test: Option<Spiegelhalter>,
    rate: Answer,
    banded: String,
}

impl<'a> Whole<'a> {
    fn of(tally: &'a Tally, with_curve: bool, z: f64) -> Self {
        let log_odds = LogOdds::of(&tally.histogram);
        let fitted = || {
            let both = tally.events > 0 && tally.events < tally.n;
            both.then(|| reliability::fit_curve(tally, &log_odds, KNOTS)).flatten()
        };
        Self {
            tally,
            z,
            auroc: Auroc::of(&tally.histogram),
            brier: Brier::of(tally, z),
            parts: reliability::brier_decomposition(tally),
            line: Recalibration::of(tally, &log_odds, z),
            curve: with_curve.then(fitted).flatten(),
            binned: reliability::calibration_error(tally, Binning::EqualMass(GROUPS)),
            test: reliability::spiegelhalter(tally),
            rate: threshold::share(tally.events, tally.n, z),
            banded: banded_scores(tally),
        }
    }

    fn answer(&self, measure: Measure) -> Answer {
        let point = |found: Option<f64>| Found::point(found.ok_or(TooFew::UNKNOWN)?);
        let part = |of: fn(&BrierDecomposition) -> f64| point(self.parts.as_ref().map(of));
        let far = |of: fn(&SmoothCalibration) -> f64| point(self.curve.as_ref().map(of));
        match measure {
            Measure::Auroc => self.auroc.map_or(Err(TooFew::UNKNOWN), |it| it.answer(self.z)),
            Measure::PartialAuroc => partial_auroc(&self.tally.histogram, self.z),
            Measure::AveragePrecision => average_precision(&self.tally.histogram, self.z),
            Measure::Brier => self.brier.plain,
            Measure::ScaledBrier => self.brier.scaled,
            Measure::BrierMiscalibration => part(|it| it.miscalibration),
            Measure::BrierDiscrimination => part(|it| it.discrimination),
            Measure::BrierUncertainty => self.rate.map(calibration::uncertainty),
            Measure::ObservedExpected => calibration::observed_expected(self.tally, self.z),
            Measure::CalibrationIntercept => self.line.intercept,
            Measure::CalibrationSlope => self.line.slope,
            Measure::DebiasedEce => point(self.binned.as_ref().map(|it| it.squared_unbiased)),
            Measure::SpiegelhalterP => point(self.test.map(|it| it.p_value)),
            Measure::OutcomeRate => self.rate,
            Measure::MeanScore => calibration::mean_score(self.tally, self.z),
            Measure::Ici => far(|it| it.ici),
            Measure::E50 => far(|it| it.e50),
            Measure::E90 => far(|it| it.e90),
            Measure::Emax => far(|it| it.emax),
            _ => Err(TooFew::UNKNOWN),
        }
    }

    fn method(&self, measure: Measure) -> String {
        let method = match measure {
            Measure::ObservedExpected => return "log-normal interval".to_owned(),
            Measure::OutcomeRate => return "Wilson interval".to_owned(),
            Measure::BrierUncertainty => {
                return "from the Wilson interval of the outcome rate".to_owned();
            }
            Measure::MeanScore => return "normal interval".to_owned(),
            Measure::Auroc if !self.tally.histogram.is_exact() => {
                // Printing two digits rounds by up to one in twenty; a bound may only be rounded
                // up.
                let within = 1.05 * self.auroc.map_or(0.5, |auroc| auroc.half_ties);
                let banded = &self.banded;
                return format!("DeLong, logit interval{banded}, within {within:.1e} of exact");
            }
            Measure::Auroc => "DeLong, logit interval".to_owned(),
            Measure::PartialAuroc => "McClish, asymptotic variance, logit interval".to_owned(),
            Measure::AveragePrecision => "infinitesimal jackknife, logit interval".to_owned(),
            Measure::ScaledBrier => "delta-method interval".to_owned(),
            Measure::BrierMiscalibration | Measure::BrierDiscrimination => {
                "CORP decomposition by isotonic regression, no interval".to_owned()
            }
            Measure::CalibrationIntercept => {
                "logistic fit with the logit of the score as offset, Wald interval".to_owned()
            }
            Measure::CalibrationSlope => {
                "logistic fit on the logit of the score, Wald interval".to_owned()
            }
            Measure::DebiasedEce => {
                let groups = self.binned.as_ref().map_or(0, |it| it.bins.len());
                format!("{groups} groups of equal size, chance taken off, no interval")
            }
            Measure::SpiegelhalterP => {
                self.test.map_or("Z".to_owned(), |it| format!("Z {:.2}", it.z))
            }
            Measure::Ici | Measure::E50 | Measure::E90 | Measure::Emax => {
                let knots = self.curve.as_ref().map_or(0, |it| it.knots.len());
                format!("restricted cubic spline of the logit with {knots} knots, no interval")
            }
            _ => "normal interval".to_owned(),
        };
        format!("{method}{}", self.banded)
    }
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
        let interval = found.filter(|_| measure.has_interval());
        Estimate {
            measure,
            cohort: self.cohort.cloned(),
            period: self.period.map(str::to_owned),
            threshold: threshold.map(Score::value),
            estimate: found.map(|found| found.estimate),
            lower: interval.map(|found| found.lower),
            upper: interval.map(|found| found.upper),
            level: self.level,
            n: Some(self.n),
            events: Some(self.events),
            method,
            status,
        }
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
