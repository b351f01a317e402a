//! Ranks of rows with an outcome among those without, exactly and row by row.

use crate::Score;

/// Where each score stands among those of the rows of the other outcome.
pub(crate) struct Ranks {
    /// Rows with the outcome.
    pub(crate) with: u64,
    /// Rows without it.
    pub(crate) without: u64,
    twice_wins: u128,
    places: Vec<Place>,
}

/// One score, with the rows below it.
struct Place {
    score: Score,
    with_below: u64,
    without_below: u64,
    with: u64,
    without: u64,
}

impl Ranks {
    pub(crate) fn of(rows: impl Iterator<Item = (Score, bool, u64)>) -> Self {
        let mut rows: Vec<_> = rows.collect();
        rows.sort_unstable();
        let mut places: Vec<Place> = Vec::new();
        let (mut with, mut without) = (0, 0);
        for (score, outcome, count) in rows {
            if places.last().is_none_or(|last| last.score < score) {
                let (with_below, without_below) = (with, without);
                places.push(Place { score, with_below, without_below, with: 0, without: 0 });
            }
            if let Some(place) = places.last_mut() {
                if outcome { place.with += count } else { place.without += count }
            }
            if outcome { with += count } else { without += count }
        }
        let wins = places.iter().map(|place| {
            let twice = 2 * u128::from(place.without_below) + u128::from(place.without);
            u128::from(place.with) * twice
        });
        Self { with, without, twice_wins: wins.sum(), places }
    }

    /// The area under the ROC curve; no number when an outcome is missing.
    pub(crate) fn area(&self) -> f64 {
        let pairs = u128::from(self.with) * u128::from(self.without);
        self.twice_wins as f64 / (2.0 * pairs as f64)
    }

    /// Of a row with the outcome, the share of rows without it that score lower; of a row without,
    /// the share of rows with it that score higher; ties half.
    pub(crate) fn placement(&self, score: Score, outcome: bool) -> f64 {
        let at = self.places.partition_point(|place| place.score < score);
        let Some(place) = self.places.get(at) else { return f64::NAN };
        if outcome {
            (place.without_below as f64 + place.without as f64 / 2.0) / self.without as f64
        } else {
            let above = self.with - place.with_below - place.with;
            (above as f64 + place.with as f64 / 2.0) / self.with as f64
        }
    }
}
