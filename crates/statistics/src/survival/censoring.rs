//! Weights for censoring, and how weighted means move with each row.

use super::{Ending, FollowUp};
use crate::counts::{Counts, Number};
use crate::math::Sum;

/// A distinct row, as the horizon shows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// Rows like it.
    pub(super) count: f64,
    pub(super) time: Number,
    pub(super) ending: Ending,
    pub(super) score: f64,
    /// The event happened by the horizon.
    pub(super) case: bool,
    /// One over the chance of being observed so long; 0 when the outcome is not known.
    pub(super) weight: f64,
}

/// Rows ascending by time, events before censoring, with their weights.
pub(super) struct Censoring {
    pub(super) rows: Vec<Seen>,
    /// Rows in all.
    pub(super) n: f64,
    pub(super) horizon: Number,
    /// False when follow-up ends before the horizon.
    pub(super) reaches_horizon: bool,
}

impl Censoring {
    pub(super) fn of(rows: &Counts<FollowUp>, horizon: Number) -> Self {
        let seen = |(row, count): (&FollowUp, u64)| Seen {
            count: count as f64,
            time: row.time,
            ending: row.ending,
            score: row.score.value(),
            case: row.ending == Ending::Event && row.time <= horizon,
            weight: 0.0,
        };
        let n = rows.total();
        let mut censoring = Self {
            rows: rows.iter().map(seen).collect(),
            n: n as f64,
            horizon,
            reaches_horizon: false,
        };
        let mut left = n;
        let mut observed = 1.0;
        for same_time in censoring.rows.chunk_by_mut(|one, next| one.time == next.time) {
            let (mut censored, mut here) = (0, 0);
            for row in same_time {
                let known = row.ending != Ending::Censored || row.time >= horizon;
                row.weight = if known { 1.0 / observed } else { 0.0 };
                censoring.reaches_horizon = known;
                here += row.count as u64;
                censored += if known { 0 } else { row.count as u64 };
            }
            left -= here;
            if censored > 0 {
                observed *= left as f64 / (left + censored) as f64;
            }
        }
        censoring
    }

    /// The weighted mean of what rows say. Only rows with a known outcome are asked.
    pub(super) fn mean(&self, says: impl Fn(&Seen) -> f64) -> Mean {
        let of = |row: &Seen| if row.weight > 0.0 { row.weight * says(row) } else { 0.0 };
        let terms: Vec<f64> = self.rows.iter().map(of).collect();
        let value = self.total(&terms) / self.n;
        let pulls: Vec<f64> = terms.iter().map(|term| term / self.n).collect();
        let direct = terms.into_iter().map(|term| term - value).collect();
        self.with_censoring(value, direct, &pulls)
    }

    /// The mean over all rows of what each says, without weights.
    pub(super) fn plain_mean(&self, says: impl Fn(&Seen) -> f64) -> Mean {
        let terms: Vec<f64> = self.rows.iter().map(says).collect();
        let value = self.total(&terms) / self.n;
        let counts = self.counts();
        Mean { value, influence: terms.into_iter().map(|term| term - value).collect(), counts }
    }

    /// A number with how it moves with each row: directly, and by the estimate of the chance G to
    /// be observed. `pulls` says how it moves with −ln G of each row, where the row's weight is in
    /// it.
    pub(super) fn with_censoring(&self, value: f64, direct: Vec<f64>, pulls: &[f64]) -> Mean {
        let mut influence = direct;
        // What the rows after a time pull, and how many they are.
        let weighted: Vec<f64> =
            self.rows.iter().zip(pulls).map(|(row, pull)| row.count * pull).collect();
        let mut after: f64 = weighted.iter().copied().collect::<Sum>().value();
        let mut left = self.n;
        let mut moved = 0.0;
        let mut rows = influence.iter_mut().zip(&weighted);
        for same_time in self.rows.chunk_by(|one, next| one.time == next.time) {
            let unknown = |row: &&Seen| row.ending == Ending::Censored && row.time < self.horizon;
            let censored: f64 = same_time.iter().filter(unknown).map(|row| row.count).sum();
            let here: Vec<_> = rows.by_ref().take(same_time.len()).collect();
            for (_, pull) in &here {
                after -= **pull;
            }
            left -= same_time.iter().map(|row| row.count).sum::<f64>();
            // −ln G rises by −ln(1 − c/Y): by (dc − c/Y·dY)/(Y − c) as rows gain weight.
            let rise = if left > 0.0 { self.n * after / left } else { 0.0 };
            let share = if censored > 0.0 { censored / (left + censored) } else { 0.0 };
            for (row, (moves, _)) in same_time.iter().zip(here) {
                *moves += moved;
                if unknown(&row) {
                    *moves += (1.0 - share) * rise;
                }
            }
            moved -= share * rise;
        }
        Mean { value, influence, counts: self.counts() }
    }

    fn counts(&self) -> Vec<f64> {
        self.rows.iter().map(|row| row.count).collect()
    }

    /// The sum over all rows.
    pub(super) fn total(&self, terms: &[f64]) -> f64 {
        let parts = self.rows.iter().zip(terms).map(|(row, term)| row.count * term);
        parts.collect::<Sum>().value()
    }
}

/// A number made of all rows.
pub(super) struct Mean {
    pub(super) value: f64,
    /// By how much the number moves with the weight of each row, times the number of rows.
    pub(super) influence: Vec<f64>,
    counts: Vec<f64>,
}

impl Mean {
    /// √(Σ influence²)/n.
    pub(super) fn standard_error(&self) -> f64 {
        let squares = self.influence.iter().zip(&self.counts).map(|(by, count)| count * by * by);
        let n: f64 = self.counts.iter().sum();
        squares.collect::<Sum>().value().sqrt() / n
    }

    /// A number made of this and another: its value, and how it moves with both.
    pub(super) fn with(&self, other: &Self, value: f64, moves: impl Fn(f64, f64) -> f64) -> Self {
        let both = self.influence.iter().zip(&other.influence);
        let influence = both.map(|(&own, &others)| moves(own, others)).collect();
        Self { value, influence, counts: self.counts.clone() }
    }

    /// This over another.
    pub(super) fn over(&self, other: &Self) -> Self {
        let ratio = self.value / other.value;
        self.with(other, ratio, |own, others| (own - ratio * others) / other.value)
    }
}
