//! Do rows with earlier events score higher?

use super::Ending;
use super::censoring::{Censoring, Mean, Seen};
use crate::math::Sum;

/// AUROC at the horizon: weighted cases against weighted others. None without one of them.
pub(super) fn auroc(censoring: &Censoring, risk: f64, rest: f64) -> Option<Mean> {
    if risk <= 0.0 || rest <= 0.0 {
        return None;
    }
    let rows = &censoring.rows;
    let n = censoring.n;
    let mut order: Vec<(usize, &Seen)> = rows.iter().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| a.score.total_cmp(&b.score));
    // For each row the weighted share of rows of the other kind on the right side of it.
    let mut placed = vec![0.0; rows.len()];
    let (mut cases_below, mut others_below) = (Sum::default(), Sum::default());
    for tied in order.chunk_by(|(_, a), (_, b)| a.score == b.score) {
        let weight = |case: bool| {
            let of_kind = tied.iter().filter(|(_, row)| row.case == case);
            of_kind.map(|(_, row)| row.count * row.weight / n).collect::<Sum>().value()
        };
        let (cases, others) = (weight(true), weight(false));
        for (at, row) in tied {
            let place = match row.case {
                true => others_below.value() + others / 2.0,
                false => risk - cases_below.value() - cases / 2.0,
            };
            if let Some(slot) = placed.get_mut(*at) {
                *slot = place;
            }
        }
        cases_below.add(cases);
        others_below.add(others);
    }
    let of_cases: Vec<f64> =
        rows.iter().zip(&placed).map(|(row, place)| won(row, *place)).collect();
    let area = censoring.total(&of_cases) / n / (risk * rest);
    let terms: Vec<f64> = rows
        .iter()
        .zip(placed)
        .map(|(row, place)| {
            let expected = area * if row.case { rest } else { risk };
            row.weight * (place - expected) / (risk * rest)
        })
        .collect();
    let pulls: Vec<f64> = terms.iter().map(|term| term / n).collect();
    Some(censoring.with_censoring(area, terms, &pulls))
}

fn won(row: &Seen, place: f64) -> f64 {
    if row.case { row.weight * place } else { 0.0 }
}

/// Harrell's C. None without pairs in a known order, or where there are competing events.
pub(super) fn harrell(censoring: &Censoring) -> Option<Mean> {
    concordance(censoring, |_| 1.0, 0.0)
}

/// Uno's C: each event by the horizon weighs the square of its censoring weight.
pub(super) fn uno(censoring: &Censoring) -> Option<Mean> {
    concordance(censoring, |row| if row.case { row.weight * row.weight } else { 0.0 }, 2.0)
}

/// Pairs of an event and a row that is known to go on longer, weighted by the event; `power` is
/// that of the censoring weight in it.
fn concordance(censoring: &Censoring, weight: impl Fn(&Seen) -> f64, power: f64) -> Option<Mean> {
    let rows = &censoring.rows;
    if rows.iter().any(|row| row.ending == Ending::Competing) {
        return None;
    }
    let weights: Vec<f64> = rows
        .iter()
        .map(|row| if row.ending == Ending::Event { weight(row) } else { 0.0 })
        .collect();
    let ranks = ranks(rows);
    let first = as_first(rows, &weights, &ranks);
    let later = as_later(rows, &weights, &ranks);
    let all: Vec<f64> = first.iter().map(|pairs| pairs.pairs).collect();
    let won: Vec<f64> = first.iter().map(|pairs| pairs.won).collect();
    let pairs = censoring.total(&all);
    if pairs <= 0.0 {
        return None;
    }
    let value = censoring.total(&won) / pairs;
    let scale = censoring.n / pairs;
    let excess = |side: &Pairs| side.won - value * side.pairs;
    let direct = first.iter().zip(&later).map(|(a, b)| scale * (excess(a) + excess(b))).collect();
    let pulls: Vec<f64> = first.iter().map(|side| power * excess(side) / pairs).collect();
    Some(censoring.with_censoring(value, direct, &pulls))
}

/// The pairs that a row takes part in, and those of them in the right order, ties half.
#[derive(Debug, Clone, Copy, Default)]
struct Pairs {
    won: f64,
    pairs: f64,
}

/// The place of each row's score among the distinct scores, from 1.
fn ranks(rows: &[Seen]) -> Vec<usize> {
    let mut scores: Vec<f64> = rows.iter().map(|row| row.score).collect();
    scores.sort_by(f64::total_cmp);
    scores.dedup();
    rows.iter().map(|row| scores.partition_point(|score| *score <= row.score)).collect()
}

/// For each event, the later rows that score lower.
fn as_first(rows: &[Seen], weights: &[f64], ranks: &[usize]) -> Vec<Pairs> {
    let mut later = Ladder::new(ranks);
    let mut found = vec![Pairs::default(); rows.len()];
    // From the last row to the first: at one time, censored rows come before events this way.
    let from_end = rows.iter().zip(weights).zip(ranks).zip(&mut found).rev();
    let mut waiting: Vec<(usize, f64)> = Vec::new();
    let mut now = None;
    for (((row, &weight), &rank), slot) in from_end {
        if now != Some((row.time, row.ending)) {
            waiting.drain(..).for_each(|(rank, count)| later.add(rank, count));
            now = Some((row.time, row.ending));
        }
        if weight > 0.0 {
            let (below, tied, all) = later.around(rank);
            *slot = Pairs { won: weight * (below + tied / 2.0), pairs: weight * all };
        }
        waiting.push((rank, row.count));
    }
    found
}

/// For each row, the earlier events that score higher.
fn as_later(rows: &[Seen], weights: &[f64], ranks: &[usize]) -> Vec<Pairs> {
    let mut earlier = Ladder::new(ranks);
    let mut found = vec![Pairs::default(); rows.len()];
    let mut waiting: Vec<(usize, f64)> = Vec::new();
    let mut now = None;
    for (((row, &weight), &rank), slot) in rows.iter().zip(weights).zip(ranks).zip(&mut found) {
        if now != Some((row.time, row.ending)) {
            waiting.drain(..).for_each(|(rank, weight)| earlier.add(rank, weight));
            now = Some((row.time, row.ending));
        }
        let (below, tied, all) = earlier.around(rank);
        *slot = Pairs { won: all - below - tied / 2.0, pairs: all };
        if weight > 0.0 {
            waiting.push((rank, row.count * weight));
        }
    }
    found
}

/// Sums by rank that can be asked for below a rank while they grow (Fenwick 1994).
struct Ladder {
    sums: Vec<f64>,
    single: Vec<f64>,
    all: f64,
}

impl Ladder {
    fn new(ranks: &[usize]) -> Self {
        let length = ranks.iter().max().map_or(1, |most| most + 1);
        Self { sums: vec![0.0; length], single: vec![0.0; length], all: 0.0 }
    }

    fn add(&mut self, rank: usize, amount: f64) {
        self.all += amount;
        if let Some(single) = self.single.get_mut(rank) {
            *single += amount;
        }
        let mut at = rank;
        while let Some(sum) = self.sums.get_mut(at)
            && at > 0
        {
            *sum += amount;
            at += at & at.wrapping_neg();
        }
    }

    /// What was added below a rank, at it, and in all.
    fn around(&self, rank: usize) -> (f64, f64, f64) {
        let mut below = 0.0;
        let mut at = rank.saturating_sub(1);
        while at > 0 {
            below += self.sums.get(at).copied().unwrap_or_default();
            at &= at - 1;
        }
        (below, self.single.get(rank).copied().unwrap_or_default(), self.all)
    }
}
