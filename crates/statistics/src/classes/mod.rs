//! Output in several classes, of which one is right: a score for each class and row.
//!
//! Scores of a row are the chances of its classes and add up to 1. The class with the highest score
//! is the prediction; of equal ones the first. "One against the rest" looks at one class's scores
//! as at those of a yes-or-no outcome.

#[cfg(test)]
mod tests;

use crate::answer::{Answer, Found, TooFew};
use crate::counts::Counts;
use crate::discrimination::Auroc;
use crate::finding::{Finding, Setting, named, normal, on_logit_scale};
use crate::math::{self, Sum};
use crate::ranks::Ranks;
use crate::reliability::{Binning, calibration_error};
use crate::{Score, Tally, threshold};
use serde::{Deserialize, Serialize};

/// Scores are kept this far from 0 before their logarithm is taken: the finest that is kept.
const CLIP: f64 = 1e-9;

/// Bins of the calibration error.
const BINS: usize = 10;

/// A row: its class, and the score of each class.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClassRow {
    /// The class it is of, from 0.
    pub class: u16,
    /// The scores of the classes in their order.
    pub scores: Box<[Score]>,
}

impl ClassRow {
    /// The class with the highest score, of equal ones the first.
    #[must_use]
    pub fn predicted(&self) -> usize {
        let mut best = (0, Score::from_billionths(0));
        for (class, &score) in self.scores.iter().enumerate() {
            if score > best.1 {
                best = (class, score);
            }
        }
        best.0
    }

    fn score(&self, class: usize) -> Score {
        self.scores.get(class).copied().unwrap_or(Score::from_billionths(0))
    }
}

named! {
    /// What is measured of scores for several classes.
    ClassMeasure;
    /// Share of rows whose predicted class is right. 0 to 1.
    Accuracy "accuracy" "accuracy";
    /// Mean over the classes of the share of their rows that is predicted rightly. 0 to 1.
    BalancedAccuracy "balanced_accuracy" "balanced accuracy";
    /// Mean of the AUROCs of each class against the rest, all classes alike. 0 to 1.
    MacroAuroc "macro_auroc" "AUROC, one against the rest, mean of classes";
    /// The same, each class weighted by its rows. 0 to 1.
    WeightedAuroc "weighted_auroc" "AUROC, one against the rest, mean of rows";
    /// Mean over all pairs of classes of how well the score of one tells it from the other (Hand &
    /// Till's M). 0 to 1.
    HandTill "hand_till_m" "AUROC of pairs of classes (Hand & Till's M)";
    /// Mean of -ln of the score of the right class. 0 or more; ln of the number of classes when the
    /// scores know nothing.
    LogLoss "log_loss" "log loss";
    /// Mean over rows of the sum over classes of squared differences of score and outcome. 0 to 2.
    Brier "brier" "Brier score (sum over classes)";
    /// Expected calibration error of the score of the predicted class, as the chance that it is
    /// right. 0 to 1.
    TopLabelError "top_label_calibration_error" "top-label calibration error";
    /// AUROC of one class against the rest. 0 to 1.
    Auroc "auroc" "AUROC against the rest";
    /// Share of the class's rows that are predicted to be of it. 0 to 1.
    Sensitivity "sensitivity" "sensitivity";
    /// Share of the other rows that are not predicted to be of it. 0 to 1.
    Specificity "specificity" "specificity";
    /// Share of the rows predicted to be of the class that are. 0 to 1.
    Ppv "ppv" "positive predictive value";
    /// Rows of the class over the sum of its scores. Above 0.
    ObservedExpected "observed_expected" "observed / expected";
    /// Share of rows that are of the class. 0 to 1.
    OutcomeRate "outcome_rate" "share of rows";
}

/// What a finding about classes is of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OfClass {
    /// The measure.
    pub measure: ClassMeasure,
    /// The class, for measures of one.
    pub class: Option<String>,
}

/// How many rows of each class (first index) were predicted to be of each (second).
#[must_use]
pub fn confusion(classes: usize, rows: &Counts<ClassRow>) -> Vec<Vec<u64>> {
    let mut matrix = vec![vec![0; classes]; classes];
    for (row, count) in rows.iter() {
        let cell = matrix.get_mut(usize::from(row.class));
        if let Some(cell) = cell.and_then(|cells| cells.get_mut(row.predicted())) {
            *cell += count;
        }
    }
    matrix
}

/// Everything that can be said of scores for the classes `names`, always in the same order: the
/// measures of all classes together, then those of each class.
///
/// `level` is the nominal coverage of the intervals, such as 0.95 (brought into 0.5 to 0.999999).
///
/// - Accuracy and rates of one class: Wilson. Balanced accuracy: logit interval from the variances
///   of the shares it is the mean of.
/// - AUROC of one class: DeLong, logit interval. Their means, and Hand & Till's M (Mach Learn
///   2001;45:171): the mean over ordered pairs (i, j) of the chance that a row of i has a higher
///   score for i than a row of j; logit intervals by the infinitesimal jackknife, in which a row
///   counts once in all areas together. Not determined when a class has no rows.
/// - Log loss: scores are kept 1e-9 from 0. Brier score (1950). Normal intervals.
/// - Observed / expected: log interval, with the chance in both.
/// - Top-label calibration error: ten bins of equal width; no interval, since chance alone makes it
///   larger.
///
/// In simulations with 200, 2,000 and 20,000 rows of three classes intervals hold as often as they
/// say.
///
/// A set of 1 to 10 rows is suppressed.
#[must_use]
pub fn class_estimates(
    names: &[String],
    rows: &Counts<ClassRow>,
    level: f64,
) -> Vec<Finding<OfClass>> {
    let setting = Setting::new(rows.total(), level);
    let cells = Confused { matrix: confusion(names.len(), rows) };
    let mut found = whole(names.len(), rows, &cells, &setting);
    for (class, name) in names.iter().enumerate() {
        found.extend(of_class(class, name, rows, &cells, &setting));
    }
    found
}

/// The confusion matrix.
struct Confused {
    matrix: Vec<Vec<u64>>,
}

impl Confused {
    fn right(&self, class: usize) -> u64 {
        self.matrix.get(class).and_then(|cells| cells.get(class)).copied().unwrap_or_default()
    }

    fn of(&self, class: usize) -> u64 {
        self.matrix.get(class).map_or(0, |cells| cells.iter().sum())
    }

    fn predicted(&self, class: usize) -> u64 {
        self.matrix.iter().filter_map(|cells| cells.get(class)).sum()
    }

    fn balanced_accuracy(&self, z: f64) -> Answer {
        let classes = self.matrix.len() as f64;
        let (mut mean, mut variance) = (Sum::default(), Sum::default());
        for class in 0..self.matrix.len() {
            let rows = self.of(class) as f64;
            let share = self.right(class) as f64 / rows;
            mean.add(share / classes);
            variance.add(share * (1.0 - share) / rows / (classes * classes));
        }
        on_logit_scale(mean.value(), variance.value().sqrt(), z)
    }
}

fn whole(
    classes: usize,
    rows: &Counts<ClassRow>,
    cells: &Confused,
    setting: &Setting,
) -> Vec<Finding<OfClass>> {
    use ClassMeasure as M;
    let z = setting.z;
    let right: u64 = (0..classes).map(|class| cells.right(class)).sum();
    let against_rest: Option<Vec<Area>> = (0..classes)
        .map(|class| Area::of(rows, class, |row| Some(usize::from(row.class) == class)))
        .collect();
    let pairs: Option<Vec<Area>> = ordered_pairs(classes)
        .map(|(one, other)| {
            Area::of(rows, one, |row| match usize::from(row.class) {
                class if class == one => Some(true),
                class if class == other => Some(false),
                _ => None,
            })
        })
        .collect();
    let alike = |areas: &[Area]| mean_area(areas, rows, |_| 1.0 / areas.len() as f64, z);
    let averaged = |areas: &Option<Vec<Area>>| match areas {
        Some(areas) if !areas.is_empty() => alike(areas),
        _ => Err(TooFew::UNKNOWN),
    };
    let weighted = against_rest.as_ref().map_or(Err(TooFew::UNKNOWN), |areas| {
        let share = |class: usize| cells.of(class) as f64 / setting.n as f64;
        weighted_area(areas, rows, share, z)
    });
    let log_loss = |row: &ClassRow| -math::ln(row.score(row.class.into()).value().max(CLIP));
    let jackknife = "infinitesimal jackknife, logit interval";
    let answers = [
        (M::Accuracy, "Wilson interval", threshold::share(right, setting.n, z)),
        (M::BalancedAccuracy, "logit interval", cells.balanced_accuracy(z)),
        (M::MacroAuroc, jackknife, averaged(&against_rest)),
        (M::WeightedAuroc, jackknife, weighted),
        (M::HandTill, jackknife, averaged(&pairs)),
        (M::LogLoss, "normal interval; scores at least 1e-9", mean_of(rows, log_loss, z)),
        (M::Brier, "normal interval", mean_of(rows, squared_error, z)),
    ];
    let of = |measure| OfClass { measure, class: None };
    let mut found: Vec<_> = answers
        .into_iter()
        .map(|(measure, method, answer)| setting.finding(of(measure), method, answer))
        .collect();
    let error = calibration_error(&top_label(rows), Binning::EqualWidth(BINS));
    let method = format!("{BINS} bins of equal width; no interval");
    found.push(setting.bare(of(M::TopLabelError), method, error.map(|error| error.absolute)));
    found
}

fn ordered_pairs(classes: usize) -> impl Iterator<Item = (usize, usize)> {
    let all = (0..classes).flat_map(move |one| (0..classes).map(move |other| (one, other)));
    all.filter(|(one, other)| one != other)
}

fn of_class(
    class: usize,
    name: &str,
    rows: &Counts<ClassRow>,
    cells: &Confused,
    setting: &Setting,
) -> [Finding<OfClass>; 6] {
    use ClassMeasure as M;
    let (n, z) = (setting.n, setting.z);
    let tally = against_rest(class, rows);
    let (right, own, predicted) = (cells.right(class), cells.of(class), cells.predicted(class));
    let rest = n - own;
    let auroc = Auroc::of(&tally.histogram).map_or(Err(TooFew::UNKNOWN), |it| it.answer(z));
    let share = |count, of| threshold::share(count, of, z);
    let wilson = "Wilson interval";
    let passed = rest + right - predicted;
    [
        (M::Auroc, n, "DeLong, logit interval", auroc),
        (M::Sensitivity, own, wilson, share(right, own)),
        (M::Specificity, rest, wilson, share(passed, rest)),
        (M::Ppv, predicted, wilson, share(right, predicted)),
        (M::ObservedExpected, n, "log-normal interval", observed_expected(class, rows, z)),
        (M::OutcomeRate, n, wilson, share(own, n)),
    ]
    .map(|(measure, n, method, answer)| {
        setting.over(n, OfClass { measure, class: Some(name.to_owned()) }, method, answer)
    })
}

/// Rows of a class over the sum of its scores: of the logarithm, each row moves y/ȳ − p/p̄.
fn observed_expected(class: usize, rows: &Counts<ClassRow>, z: f64) -> Answer {
    let n = rows.total() as f64;
    let own = |row: &ClassRow| f64::from(u8::from(usize::from(row.class) == class));
    let score = |row: &ClassRow| row.score(class).value();
    let sum = |value: &dyn Fn(&ClassRow) -> f64| {
        rows.iter().map(|(row, count)| count as f64 * value(row)).collect::<Sum>().value()
    };
    let (observed, expected) = (sum(&own), sum(&score));
    if observed <= 0.0 || observed >= n {
        return Err(TooFew::UNKNOWN);
    }
    let squares = sum(&|row| {
        let moves = own(row) * n / observed - score(row) * n / expected;
        moves * moves
    });
    Found::log_normal(observed / expected, (squares / n / (n - 1.0)).sqrt(), z)
}

/// The scores of one class, with being of it as the outcome.
fn against_rest(class: usize, rows: &Counts<ClassRow>) -> Tally {
    outcomes(rows, |row| (row.score(class), usize::from(row.class) == class))
}

/// The scores of the predicted classes, with being right as the outcome.
fn top_label(rows: &Counts<ClassRow>) -> Tally {
    outcomes(rows, |row| {
        let predicted = row.predicted();
        (row.score(predicted), usize::from(row.class) == predicted)
    })
}

fn outcomes(rows: &Counts<ClassRow>, of: impl Fn(&ClassRow) -> (Score, bool)) -> Tally {
    let mut items: Vec<_> = rows
        .iter()
        .map(|(row, count)| match of(row) {
            (score, true) => (score, 0, count),
            (score, false) => (score, count, 0),
        })
        .collect();
    items.sort_unstable();
    Tally::from_counts(items.into_iter())
}

fn squared_error(row: &ClassRow) -> f64 {
    let squares = row.scores.iter().enumerate().map(|(class, score)| {
        let away = score.value() - f64::from(u8::from(class == usize::from(row.class)));
        away * away
    });
    squares.collect::<Sum>().value()
}

/// The mean over rows, with a normal interval.
fn mean_of(rows: &Counts<ClassRow>, value: impl Fn(&ClassRow) -> f64, z: f64) -> Answer {
    let n = rows.total() as f64;
    let sum: Sum = rows.iter().map(|(row, count)| count as f64 * value(row)).collect();
    let mean = sum.value() / n;
    let away = |(row, count): (&ClassRow, u64)| {
        let away = value(row) - mean;
        count as f64 * away * away
    };
    let spread: Sum = rows.iter().map(away).collect();
    normal(mean, (spread.value() / (n - 1.0) / n).sqrt(), z)
}

/// An area, with how it moves with the weight of each distinct row (times the number of rows).
struct Area {
    value: f64,
    influence: Vec<f64>,
}

impl Area {
    /// The chance that a row of one kind has a higher score for a class than one of the other.
    /// Rows of neither kind are left out. None without rows of one kind.
    fn of(
        rows: &Counts<ClassRow>,
        class: usize,
        kind: impl Fn(&ClassRow) -> Option<bool>,
    ) -> Option<Self> {
        let kept = rows.iter().filter_map(|(row, n)| Some((row.score(class), kind(row)?, n)));
        let ranks = Ranks::of(kept);
        if ranks.with == 0 || ranks.without == 0 {
            return None;
        }
        let (value, n) = (ranks.area(), rows.total() as f64);
        let moves = |row: &ClassRow| {
            let own = kind(row)?;
            let like = if own { ranks.with } else { ranks.without };
            Some((ranks.placement(row.score(class), own) - value) * n / like as f64)
        };
        let influence = rows.iter().map(|(row, _)| moves(row).unwrap_or(0.0)).collect();
        Some(Self { value, influence })
    }
}

/// A weighted mean of areas with fixed weights.
fn mean_area(
    areas: &[Area],
    rows: &Counts<ClassRow>,
    weight: impl Fn(usize) -> f64,
    z: f64,
) -> Answer {
    let (value, influence) = combined(areas, &weight);
    laid(value, &influence, rows, z)
}

/// A mean of the areas of classes, weighted by their shares of rows, which chance moves too.
fn weighted_area(
    areas: &[Area],
    rows: &Counts<ClassRow>,
    share: impl Fn(usize) -> f64,
    z: f64,
) -> Answer {
    let (value, mut influence) = combined(areas, &share);
    for (moves, (row, _)) in influence.iter_mut().zip(rows.iter()) {
        *moves += areas.get(usize::from(row.class)).map_or(0.0, |area| area.value - value);
    }
    laid(value, &influence, rows, z)
}

fn combined(areas: &[Area], weight: &impl Fn(usize) -> f64) -> (f64, Vec<f64>) {
    let mut value = Sum::default();
    let mut influence = vec![0.0; areas.first().map_or(0, |area| area.influence.len())];
    for (at, area) in areas.iter().enumerate() {
        value.add(weight(at) * area.value);
        for (sum, moves) in influence.iter_mut().zip(&area.influence) {
            *sum += weight(at) * moves;
        }
    }
    (value.value(), influence)
}

fn laid(value: f64, influence: &[f64], rows: &Counts<ClassRow>, z: f64) -> Answer {
    let squares = rows.iter().zip(influence).map(|((_, count), by)| count as f64 * by * by);
    let error = squares.collect::<Sum>().value().sqrt() / rows.total() as f64;
    on_logit_scale(value, error, z)
}
