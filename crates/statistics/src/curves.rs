//! The pictures: calibration plot, ROC and precision-recall curve, decision curve, risk
//! distribution.
//!
//! Cells with fewer than [`SMALLEST_CELL`] rows give empty curves.

use crate::answer::Found;
use crate::estimate::SMALLEST_CELL;
use crate::math;
use crate::reliability::{Knots, smooth_calibration};
use crate::threshold::{self, Flags};
use crate::{Histogram, Score, Tally};
use serde::{Deserialize, Serialize};

/// The nominal coverage of the intervals in a calibration plot.
pub const CURVE_LEVEL: f64 = 0.95;
/// The most ranges that scores are divided into.
const MOST_RANGES: usize = 1 << 20;

/// Groups of similar scores: tenths of the rows.
pub(crate) const GROUPS: usize = 10;

/// Observed against predicted, by group of similar scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationCurve {
    /// The groups, ascending by score.
    pub groups: Vec<CalibrationGroup>,
}

/// Rows with similar scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationGroup {
    /// Rows; at least [`SMALLEST_CELL`].
    pub n: u64,
    /// Rows whose outcome happened.
    pub events: u64,
    /// Mean score, 0 to 1.
    pub mean_score: f64,
    /// Share of rows whose outcome happened, 0 to 1.
    pub observed: f64,
    /// Lower end of the Wilson interval of `observed`, at [`CURVE_LEVEL`].
    pub lower: f64,
    /// Upper end of the Wilson interval of `observed`, at [`CURVE_LEVEL`].
    pub upper: f64,
}

/// Sensitivity against false positives, over all thresholds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RocCurve {
    /// From (0, 0) to (1, 1), threshold descending. Empty when an outcome is missing.
    pub points: Vec<RocPoint>,
}

/// What one threshold does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RocPoint {
    /// Rows at or above it are flagged; none at the start, where no row is.
    pub threshold: Option<f64>,
    /// Share of the rows without the outcome that are flagged, 0 to 1.
    pub false_positive_rate: f64,
    /// Share of the rows with the outcome that are flagged, 0 to 1.
    pub sensitivity: f64,
}

/// Net benefit against threshold. Flagging nobody has net benefit 0 everywhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionCurve {
    /// One point per threshold below 1, in the order asked for.
    pub points: Vec<DecisionPoint>,
}

/// Net benefit at one threshold, in true positives per row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionPoint {
    /// Rows at or above it are flagged.
    pub threshold: f64,
    /// Net benefit of acting on the flags.
    pub model: f64,
    /// Net benefit of acting on every row.
    pub treat_all: f64,
    /// Lower end of the pointwise interval of `model`, at [`CURVE_LEVEL`], from the exact variance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    /// Upper end of the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
    /// Interventions avoided for each hundred rows, against acting on every row; none at 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avoided: Option<AvoidedInterventions>,
}

/// Net interventions avoided for each hundred rows, with a pointwise interval at [`CURVE_LEVEL`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AvoidedInterventions {
    /// 100·(net benefit − net benefit of acting on every row)/odds of the threshold.
    pub per_100: f64,
    /// Lower end of its interval.
    pub lower: f64,
    /// Upper end of its interval.
    pub upper: f64,
}

/// A smooth curve of observed against predicted. Empty where none can be fitted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SmoothCurve {
    /// The knots of the restricted cubic spline, as scores, ascending.
    pub knots: Vec<f64>,
    /// Points at equal steps of score between the 1st and the 99th percentile of the rows.
    pub points: Vec<SmoothPoint>,
}

/// One point of a smooth curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SmoothPoint {
    /// The score, 0 to 1.
    pub score: f64,
    /// The risk that the curve gives to it, 0 to 1.
    pub observed: f64,
    /// Lower end of the pointwise interval, at [`CURVE_LEVEL`].
    pub lower: f64,
    /// Upper end of the pointwise interval.
    pub upper: f64,
}

/// Precision against recall, over all thresholds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PrecisionRecallCurve {
    /// From the highest threshold down to where every row is flagged. Empty when an outcome is
    /// missing. Between points the curve is a step, not a line.
    pub points: Vec<PrecisionRecallPoint>,
}

/// What one threshold does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PrecisionRecallPoint {
    /// Rows at or above it are flagged.
    pub threshold: f64,
    /// Share of the rows with the outcome that are flagged, 0 to 1.
    pub recall: f64,
    /// Share of the flagged rows whose outcome happened, 0 to 1.
    pub precision: f64,
}

/// How scores are spread, by outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskDistribution {
    /// Bins of equal width from 0 to 1, ascending; empty bins included.
    pub bins: Vec<RiskBin>,
}

/// The rows with a score in one range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskBin {
    /// Lowest score of the range.
    pub from: f64,
    /// Where the next range starts; the last range includes a score of 1.
    pub to: f64,
    /// Rows without the outcome.
    pub without: u64,
    /// Rows with the outcome.
    pub with: u64,
}

/// Observed against predicted in up to `groups` groups of about equal size by quantile of score.
/// Rows with one score stay together, and groups are fewer where one would have under
/// [`SMALLEST_CELL`] rows.
#[must_use]
pub fn calibration_curve(tally: &Tally, groups: usize) -> CalibrationCurve {
    let z = math::critical_value(CURVE_LEVEL);
    let groups = equal_mass(tally, groups);
    CalibrationCurve { groups: groups.iter().filter_map(|gathered| gathered.group(z)).collect() }
}

/// Rows in up to `groups` groups of about equal size, ascending by score, each of at least
/// [`SMALLEST_CELL`] rows.
pub(crate) fn equal_mass(tally: &Tally, groups: usize) -> Vec<Gathered> {
    let histogram = &tally.histogram;
    let most = (groups as u64).clamp(1, (tally.n / SMALLEST_CELL).max(1));
    // Where the equal part of all rows ends in which a row is, counted from the lowest score.
    let (n, most) = (u128::from(tally.n.max(1)), u128::from(most));
    let end = |seen: u64| ((u128::from(seen) * most / n + 1) * n).div_ceil(most) as u64;
    let mut done: Vec<Gathered> = Vec::new();
    let mut open = Gathered::default();
    let (mut seen, mut enough) = (0, end(0));
    for bin in histogram.bins() {
        open.add(histogram.score_of(bin), bin.without, bin.with);
        seen += bin.without + bin.with;
        if seen >= enough && open.n >= SMALLEST_CELL {
            done.push(std::mem::take(&mut open));
            enough = end(seen);
        }
    }
    join_to_last(&mut done, &open);
    done
}

/// Rows in up to `ranges` score ranges of equal width, ascending. A range with fewer than
/// [`SMALLEST_CELL`] rows is joined with the next above, the topmost with the one below.
pub(crate) fn equal_width(tally: &Tally, ranges: usize) -> Vec<Gathered> {
    let histogram = &tally.histogram;
    let most = ranges.clamp(1, MOST_RANGES) as u64;
    let scale = u64::from(Score::SCALE);
    let range = |score: Score| (u64::from(score.billionths()) * most / scale).min(most - 1);
    let mut done: Vec<Gathered> = Vec::new();
    let mut open = Gathered::default();
    let mut last = 0;
    for bin in histogram.bins() {
        let score = histogram.score_of(bin);
        if range(score) > last && open.n >= SMALLEST_CELL {
            done.push(std::mem::take(&mut open));
        }
        last = range(score);
        open.add(score, bin.without, bin.with);
    }
    if open.n >= SMALLEST_CELL {
        done.push(open);
    } else {
        join_to_last(&mut done, &open);
    }
    done
}

/// Joins what is left at the top, too few rows to stand alone, with the group below.
fn join_to_last(done: &mut [Gathered], left: &Gathered) {
    if let Some(last) = done.last_mut() {
        last.n += left.n;
        last.events += left.events;
        last.score_sum += left.score_sum;
    }
}

/// Rows that are looked at together.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) n: u64,
    pub(crate) events: u64,
    score_sum: u128,
}

impl Gathered {
    fn add(&mut self, score: Score, without: u64, with: u64) {
        self.n += without + with;
        self.events += with;
        self.score_sum += u128::from(score.billionths()) * u128::from(without + with);
    }

    /// The mean score of the rows, of which there is at least one.
    pub(crate) fn mean_score(&self) -> f64 {
        self.score_sum as f64 / f64::from(Score::SCALE) / self.n as f64
    }

    fn group(&self, z: f64) -> Option<CalibrationGroup> {
        let Found { estimate, lower, upper } = threshold::share(self.events, self.n, z).ok()?;
        let (n, events, mean_score) = (self.n, self.events, self.mean_score());
        Some(CalibrationGroup { n, events, mean_score, observed: estimate, lower, upper })
    }
}

/// The ROC curve with at most `most_points` points (at least the two ends), evenly thinned.
#[must_use]
pub fn roc_curve(tally: &Tally, most_points: usize) -> RocCurve {
    let (without, with) = tally.histogram.totals();
    if without == 0 || with == 0 || tally.n < SMALLEST_CELL {
        return RocCurve { points: Vec::new() };
    }
    let bins = tally.histogram.bins();
    // The whole way from corner to corner has length 2; a kept point spends at least one step.
    let step = match most_points.checked_sub(2) {
        Some(spare) if spare >= bins.len() => 0.0,
        Some(spare) if spare > 0 => 2.0 / spare as f64,
        _ => 3.0,
    };
    let mut last = RocPoint { threshold: None, false_positive_rate: 0.0, sensitivity: 0.0 };
    let mut points = vec![last.clone()];
    let (mut false_alarms, mut hits) = (0_u64, 0_u64);
    for bin in bins.iter().rev() {
        false_alarms += bin.without;
        hits += bin.with;
        let point = RocPoint {
            threshold: Some(Score::from_billionths(bin.floor).value()),
            false_positive_rate: false_alarms as f64 / without as f64,
            sensitivity: hits as f64 / with as f64,
        };
        let walked = point.false_positive_rate - last.false_positive_rate + point.sensitivity
            - last.sensitivity;
        let at_end = false_alarms == without && hits == with;
        if walked >= step || at_end {
            points.push(point.clone());
            last = point;
        }
    }
    RocCurve { points }
}

/// The precision-recall curve with at most `most_points` points (at least the last), evenly thinned
/// by recall.
#[must_use]
pub fn precision_recall_curve(tally: &Tally, most_points: usize) -> PrecisionRecallCurve {
    let (without, with) = tally.histogram.totals();
    if without == 0 || with == 0 || tally.n < SMALLEST_CELL {
        return PrecisionRecallCurve::default();
    }
    let bins = tally.histogram.bins();
    let spare = most_points.saturating_sub(1);
    // A kept point is at least so many outcomes past the last one kept.
    let step = if spare >= bins.len() { 0 } else { with.div_ceil((spare as u64).max(1)) };
    let (mut flagged, mut hits, mut kept) = (0_u64, 0_u64, 0_u64);
    let mut points = Vec::with_capacity(bins.len().min(most_points + 1));
    for (place, bin) in bins.iter().enumerate().rev() {
        flagged += bin.without + bin.with;
        hits += bin.with;
        if place == 0 || hits - kept >= step && spare > 0 {
            kept = hits;
            points.push(PrecisionRecallPoint {
                threshold: Score::from_billionths(bin.floor).value(),
                recall: hits as f64 / with as f64,
                precision: hits as f64 / flagged as f64,
            });
        }
    }
    PrecisionRecallCurve { points }
}

/// The smooth calibration curve with its pointwise band, at `points` scores (at least two) in equal
/// steps: a restricted cubic spline of the score's log odds with four knots, or three, as in
/// [`crate::smooth_calibration`], at [`CURVE_LEVEL`].
#[must_use]
pub fn smooth_curve(tally: &Tally, points: usize) -> SmoothCurve {
    let fitted = smooth_calibration(tally, Knots::Four);
    let ends = [10, 990].map(|share| score_at(tally, share));
    let (Some(curve), [Some(first), Some(last)]) = (fitted, ends) else {
        return SmoothCurve::default();
    };
    let steps = points.max(2) as u64 - 1;
    let width = u64::from(last.billionths() - first.billionths());
    let at = |step: u64| {
        let score = first.billionths() + (width * step / steps) as u32;
        let score = Score::from_billionths(score);
        let (lower, upper) = curve.band(score, CURVE_LEVEL)?;
        Some(SmoothPoint { score: score.value(), observed: curve.risk(score), lower, upper })
    };
    let knots = curve.knots.iter().map(|knot| math::expit(*knot)).collect();
    SmoothCurve { knots, points: (0..=steps).filter_map(at).collect() }
}

/// The score of the row that `thousandths` of the rows lie below.
fn score_at(tally: &Tally, thousandths: u64) -> Option<Score> {
    let wanted = u128::from(tally.n) * u128::from(thousandths);
    let mut seen = 0_u128;
    let mut bins = tally.histogram.bins().iter();
    let found = bins.find(|bin| {
        seen += u128::from(bin.without + bin.with) * 1000;
        seen > wanted
    });
    found.map(|bin| tally.histogram.score_of(bin))
}

/// Net benefit of the model and of treating all at each threshold, and the interventions avoided; a
/// threshold of 1 is left out (Vickers & Elkin 2006).
#[must_use]
pub fn decision_curve(tally: &Tally, thresholds: &[Score]) -> DecisionCurve {
    if tally.n < SMALLEST_CELL {
        return DecisionCurve { points: Vec::new() };
    }
    let z = math::critical_value(CURVE_LEVEL);
    let all = Flags::all(&tally.histogram);
    let point = |&threshold: &Score| {
        let flags = Flags::at(&tally.histogram, threshold);
        let model = flags.net_benefit(threshold, z).ok()?;
        let treat_all = all.net_benefit(threshold, z).ok()?;
        let avoided = flags.interventions_avoided(threshold, z).ok();
        Some(DecisionPoint {
            threshold: threshold.value(),
            model: model.estimate,
            treat_all: treat_all.estimate,
            lower: Some(model.lower),
            upper: Some(model.upper),
            avoided: avoided.map(|Found { estimate, lower, upper }| AvoidedInterventions {
                per_100: estimate,
                lower,
                upper,
            }),
        })
    };
    DecisionCurve { points: thresholds.iter().filter_map(point).collect() }
}

/// Rows by outcome in `bins` score ranges of equal width (at least one).
#[must_use]
pub fn risk_distribution(tally: &Tally, bins: usize) -> RiskDistribution {
    if tally.n < SMALLEST_CELL {
        return RiskDistribution { bins: Vec::new() };
    }
    let count = bins.max(1);
    let edge = |index: usize| index as f64 / count as f64;
    let mut ranges: Vec<RiskBin> = (0..count)
        .map(|index| RiskBin { from: edge(index), to: edge(index + 1), without: 0, with: 0 })
        .collect();
    for bin in tally.histogram.bins() {
        let place = u64::from(bin.floor) * count as u64 / u64::from(Score::SCALE);
        let place = (place as usize).min(count - 1);
        if let Some(range) = ranges.get_mut(place) {
            range.without += bin.without;
            range.with += bin.with;
        }
    }
    RiskDistribution { bins: ranges }
}

impl Histogram {
    /// Rows without and with the outcome.
    pub(crate) fn totals(&self) -> (u64, u64) {
        let add = |(without, with), bin: &crate::Bin| (without + bin.without, with + bin.with);
        self.bins().iter().fold((0, 0), add)
    }
}
