//! Has calibration changed? A detector that may be looked at as often as anyone likes.

use crate::math;
use crate::{Histogram, Score, Tally};
use serde::{Deserialize, Serialize};

/// The odds multipliers bet on, with equal weight.
const BETS: [f64; 8] = [1.0 / 3.0, 1.0 / 2.0, 1.0 / 1.5, 1.0 / 1.25, 1.25, 1.5, 2.0, 3.0];
/// State is kept in whole billionths of a nat, rounded down.
const PER_NAT: f64 = 1e9;

/// Watches whether outcomes still come as often as the scores say.
///
/// This is the e-Shiryaev-Roberts detector (e-SR) of Shin, Ramdas & Rinaldo (2022,
/// arXiv 2203.03532) on the calibration e-value L(R) = R^y / (1 − p + R·p), for odds multipliers R
/// from 1/3 to 3 in equal parts: S_t = mean over R of S_t(R), S_t(R) = (S_{t−1}(R) + 1)·L_t(R).
/// It alarms when S_t reaches the run length.
///
/// *Guarantee*: while the model is calibrated within the tolerance, the mean number of periods
/// until the first alarm is at least the run length, whatever the case mix and however it moves,
/// and whenever anyone looks.
///
/// *Assumed*: each outcome happens with odds from 1/(1 + d) to (1 + d) times those of its score,
/// given all that came before, with d the tolerance. Outcomes of rows that depend on each other
/// (a patient counted twice) break that, as does a period tallied before all its outcomes are in.
/// A score of 0 or 1 says certainty; a row that breaks it weighs as much as the bets allow.
///
/// The state is whole numbers, so it can be stored and taken up again bit for bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EDetector {
    run_length: f64,
    tolerance: f64,
    periods: u64,
    /// ln(S(R) + 1) for each bet, in billionths.
    logs: [i64; BETS.len()],
}

/// Where a detector stands after a period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Periods seen since the start or the last restart.
    pub periods: u64,
    /// ln of the evidence.
    pub log_e: f64,
    /// The e-SR statistic S. Calibrated, its mean is at most the number of periods seen.
    pub evidence: f64,
    /// True when the evidence has reached the run length.
    pub alarm: bool,
    /// Which way the outcomes lean.
    pub direction: Direction,
    /// The odds multiplier with most evidence behind it, 1/3 to 3; beyond the tolerance if any.
    pub strongest_bet: f64,
}

/// Which way outcomes differ from the scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More outcomes than predicted.
    More,
    /// Fewer outcomes than predicted.
    Fewer,
}

impl EDetector {
    /// A detector that has seen nothing.
    ///
    /// `run_length`: at least so many periods pass on average until a false alarm; at least 1.
    /// `tolerance` d: an odds ratio within 1/(1 + d) to 1 + d is no reason for alarm; at least 0.
    /// Values below these, or not numbers, count as the least one.
    #[must_use]
    pub fn new(run_length: f64, tolerance: f64) -> Self {
        let run_length = if run_length >= 1.0 { run_length.min(f64::MAX) } else { 1.0 };
        let tolerance = if tolerance >= 0.0 { tolerance.min(1e6) } else { 0.0 };
        Self { run_length, tolerance, periods: 0, logs: [0; BETS.len()] }
    }

    /// The mean number of periods until a false alarm is at least this; also the alarm's threshold.
    #[must_use]
    pub fn run_length(&self) -> f64 {
        self.run_length
    }

    /// The odds ratio less one that is no reason for alarm.
    #[must_use]
    pub fn tolerance(&self) -> f64 {
        self.tolerance
    }

    /// Takes in one period. Call it once per period, in order, also for a period without rows.
    pub fn step(&mut self, tally: &Tally) -> Step {
        self.periods += 1;
        let mut logs = [0.0; BETS.len()];
        for ((kept, log), bet) in self.logs.iter_mut().zip(&mut logs).zip(BETS) {
            let before = *kept as f64 / PER_NAT;
            *log = before + log_factor(&tally.histogram, bet, self.tolerance);
            // Rounding down can only take evidence away. The cast stops at the largest integer.
            *kept = (math::softplus(*log) * PER_NAT).floor() as i64;
        }
        self.judge(&logs)
    }

    /// Forgets what was seen, as after an alarm was dealt with. The next false alarm is then again
    /// at least the run length away on average.
    pub fn restart(&mut self) {
        *self = Self::new(self.run_length, self.tolerance);
    }

    fn judge(&self, logs: &[f64; BETS.len()]) -> Step {
        let log_e = log_mean_exp(logs.iter().copied());
        let bets = || logs.iter().copied().zip(BETS);
        let side = |more: bool| {
            log_mean_exp(bets().filter(|(_, bet)| (*bet > 1.0) == more).map(|(log, _)| log))
        };
        let direction = if side(true) >= side(false) { Direction::More } else { Direction::Fewer };
        let strongest = bets()
            .fold((f64::NEG_INFINITY, 1.0), |best, next| if next.0 > best.0 { next } else { best });
        Step {
            periods: self.periods,
            log_e,
            evidence: math::exp(log_e).min(f64::MAX),
            alarm: log_e >= math::ln(self.run_length),
            direction,
            strongest_bet: strongest.1,
        }
    }
}

/// The run length that each of `streams` detectors needs so that all together keep `run_length`:
/// streams × run_length.
///
/// The mean of the streams' e-SR statistics is itself an e-SR statistic, and the first stream to
/// reach streams × run_length lifts that mean to run_length: so the mean time to the first false
/// alarm on any stream is at least `run_length`, however the streams depend on each other.
#[must_use]
pub fn run_length_per_stream(run_length: f64, streams: usize) -> f64 {
    (run_length * streams.max(1) as f64).min(f64::MAX)
}

/// ln of the period's e-value for one bet: Σ y·ln R − Σ ln(1 − q + R·q), where q is the risk on
/// the edge of the tolerance that favours the null: odds(q) = odds(p)·(1 + d) for bets on more
/// outcomes, odds(p)/(1 + d) for bets on fewer.
fn log_factor(histogram: &Histogram, bet: f64, tolerance: f64) -> f64 {
    let edge = if bet > 1.0 { 1.0 + tolerance } else { 1.0 / (1.0 + tolerance) };
    let log_bet = math::ln(bet);
    let mut sum = math::Sum::default();
    for bin in histogram.bins() {
        let p = Score::value(histogram.score_of(bin));
        // With odds(q) = edge·p/(1 − p):  1 − q + R·q = (1 − p + R·edge·p) / (1 − p + edge·p).
        let cost = math::ln_1p((bet * edge - 1.0) * p) - math::ln_1p((edge - 1.0) * p);
        let rows = (bin.without + bin.with) as f64;
        sum.add(bin.with as f64 * log_bet - rows * cost);
    }
    sum.value()
}

/// ln of the mean of e^log.
fn log_mean_exp(logs: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = logs.clone().fold(f64::MIN, f64::max);
    let sum: math::Sum = logs.clone().map(|log| math::exp(log - most)).collect();
    most + math::ln(sum.value() / logs.count() as f64)
}
