//! Do the predicted risks come true? Observed over expected, Brier score.

use crate::answer::{Answer, Found, TooFew};
use crate::math::Sum;
use crate::{Score, Tally};

/// Σy/Σp, with standard error √((1 − ȳ)/Σy) of its logarithm. Needs rows of both outcomes.
pub(crate) fn observed_expected(tally: &Tally, z: f64) -> Answer {
    let (ratio, log_error) = ratio_and_log_error(tally).ok_or(TooFew::UNKNOWN)?;
    Found::log_normal(ratio, log_error, z)
}

/// Observed over expected, and the standard error of its logarithm.
pub(crate) fn ratio_and_log_error(tally: &Tally) -> Option<(f64, f64)> {
    if tally.score_sum == 0 || tally.events == 0 || tally.events >= tally.n {
        return None;
    }
    let events = tally.events as f64;
    let expected = tally.score_sum as f64 / f64::from(Score::SCALE);
    let share_without = (tally.n - tally.events) as f64 / tally.n as f64;
    Some((events / expected, (share_without / events).sqrt()))
}

/// Mean score with a normal interval from the variance of the scores.
pub(crate) fn mean_score(tally: &Tally, z: f64) -> Answer {
    if tally.n < 2 {
        return Err(TooFew::UNKNOWN);
    }
    let (n, scale) = (u128::from(tally.n), f64::from(Score::SCALE));
    let sum = u128::from(tally.score_sum);
    // n Σp² − (Σp)² is whole and not negative, so nothing cancels.
    let spread = (n * tally.score_square_sum).saturating_sub(sum * sum) as f64 / (scale * scale);
    let n = n as f64;
    let variance = spread / n / (n - 1.0);
    let mean = tally.score_sum as f64 / scale / n;
    Ok(Found::normal(mean, (variance / n).sqrt(), z)?.within(0.0, 1.0))
}

/// Brier score and scaled Brier score.
pub(crate) struct Brier {
    pub(crate) plain: Answer,
    pub(crate) scaled: Answer,
}

impl Brier {
    /// B = mean (p − y)², from exact sums, with a normal interval from the variance of the squared
    /// error. Scaled: 1 − B/(ȳ(1 − ȳ)), with the interval of the delta method.
    pub(crate) fn of(tally: &Tally, z: f64) -> Self {
        if tally.n < 2 {
            return Self { plain: Err(TooFew::UNKNOWN), scaled: Err(TooFew::UNKNOWN) };
        }
        let n = tally.n as f64;
        let (brier, rate) = (brier_score(tally), tally.events as f64 / n);
        let unexplained = rate * (1.0 - rate);
        let per_rate = brier * (1.0 - 2.0 * rate) / (unexplained * unexplained);
        let (mut plain, mut scaled) = (Sum::default(), Sum::default());
        for bin in tally.histogram.bins() {
            let score = tally.histogram.score_of(bin).value();
            let (without, with) = (bin.without as f64, bin.with as f64);
            let away = [score * score - brier, (1.0 - score) * (1.0 - score) - brier];
            let pull = [
                -per_rate * rate - away[0] / unexplained,
                per_rate * (1.0 - rate) - away[1] / unexplained,
            ];
            plain.add(without * away[0] * away[0] + with * away[1] * away[1]);
            scaled.add(without * pull[0] * pull[0] + with * pull[1] * pull[1]);
        }
        let error = |spread: Sum| (spread.value() / (n - 1.0) / n).sqrt();
        Self {
            plain: Found::normal(brier, error(plain), z).map(|found| found.within(0.0, 1.0)),
            scaled: Found::normal(1.0 - brier / unexplained, error(scaled), z)
                .map(|found| found.within(f64::MIN, 1.0)),
        }
    }
}

/// The Brier score ȳ(1 − ȳ) of an outcome rate ȳ, with the interval that ȳ's makes.
pub(crate) fn uncertainty(rate: Found) -> Found {
    let of = |rate: f64| rate * (1.0 - rate);
    let (one, other) = (of(rate.lower), of(rate.upper));
    let holds_half = (rate.lower..=rate.upper).contains(&0.5);
    let upper = if holds_half { 0.25 } else { one.max(other) };
    Found { estimate: of(rate.estimate), lower: one.min(other), upper }
}

pub(crate) fn brier_score(tally: &Tally) -> f64 {
    // (Σp² + Σy) − 2Σpy in billionths of billionths: whole numbers until the one division.
    let scale = u128::from(Score::SCALE);
    let squares = tally.score_square_sum + u128::from(tally.events) * scale * scale;
    let cross = 2 * u128::from(tally.event_score_sum) * scale;
    squares.saturating_sub(cross) as f64 / ((scale * scale) as f64 * tally.n as f64)
}
