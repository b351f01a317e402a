//! What a reader can work out of a table with hidden cells, by solving its sums.

use super::Line;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Numbers are counted modulo this prime, 2^61 − 1: whole numbers that do not overflow.
const PRIME: u64 = (1 << 61) - 1;

/// The hidden cells whose counts follow from the shown ones and the sums.
///
/// A count follows exactly when it is the same in every solution, that is when it is 0 in every
/// solution of the sums over the hidden cells alone. So one such solution is drawn at random,
/// modulo a large prime, and the cells looked at that are 0 in it: one that need not be is so with
/// a chance of about 1 in 10^18. The numbers drawn hang on the place of a cell alone, so that the
/// same table gives the same answer.
///
/// Drawing is solving by elimination. The cell that is in the fewest sums is next, and of its sums
/// the one with the fewest cells is used up to take it out of the others (Markowitz, Management
/// Science 1957;3:255): most cells are in two sums or three, and sums stay short.
pub(super) fn determined(hidden: &[bool], lines: &[&Line]) -> Vec<usize> {
    let values = System::of(hidden, lines).drawn(hidden);
    let zero = |(cell, value): (usize, Option<u64>)| (value == Some(0)).then_some(cell);
    values.into_iter().enumerate().filter_map(zero).collect()
}

fn times(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    // 2^61 is 1 modulo the prime.
    plus((wide & u128::from(PRIME)) as u64, (wide >> 61) as u64)
}

fn plus(a: u64, b: u64) -> u64 {
    (a + b) % PRIME
}

fn minus(a: u64) -> u64 {
    (PRIME - a) % PRIME
}

/// 1/a, as a^(p − 2) (Fermat).
fn inverse(a: u64) -> u64 {
    let (mut power, mut left, mut found) = (a, PRIME - 2, 1);
    while left > 0 {
        if left % 2 == 1 {
            found = times(found, power);
        }
        power = times(power, power);
        left /= 2;
    }
    found
}

/// A number that looks drawn: SplitMix64 (Steele, Lea & Flood 2014).
fn drawn(place: usize) -> u64 {
    let mut z = (place as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    1 + (z ^ (z >> 31)) % (PRIME - 1)
}

/// Cells in order, each with its factor: together they are 0.
type Sum = Vec<(usize, u64)>;

/// The sums over hidden cells, on the way to being solved.
struct System {
    /// The sums that are not used up; those that are have no cells.
    sums: Vec<Sum>,
    /// The sums that each cell came into. It may have gone from some since.
    of_cell: Vec<Vec<usize>>,
    /// In how many sums each cell is now.
    degrees: Vec<usize>,
    /// Cells by how many sums they were in at some time.
    queue: BinaryHeap<Reverse<(usize, usize)>>,
}

impl System {
    fn of(hidden: &[bool], lines: &[&Line]) -> Self {
        let mut system = Self {
            sums: Vec::with_capacity(lines.len()),
            of_cell: vec![Vec::new(); hidden.len()],
            degrees: vec![0; hidden.len()],
            queue: BinaryHeap::new(),
        };
        for line in lines {
            let parts = line.parts.iter().map(|&part| (part, minus(1)));
            let mut sum: Sum = parts.chain([(line.total, 1)]).collect();
            sum.retain(|(cell, _)| hidden.get(*cell).is_some_and(|hidden| *hidden));
            sum.sort_unstable();
            let number = system.sums.len();
            sum.iter().for_each(|&(cell, _)| system.enter(cell, number));
            system.sums.push(sum);
        }
        system
    }

    /// A solution: a value for each hidden cell.
    fn drawn(mut self, hidden: &[bool]) -> Vec<Option<u64>> {
        let mut values: Vec<Option<u64>> =
            hidden.iter().enumerate().map(|(cell, hidden)| hidden.then(|| drawn(cell))).collect();
        let mut used = Vec::new();
        while let Some(cell) = self.next() {
            used.push((cell, self.eliminate(cell)));
        }
        // Of the cells that a sum was used up for, each follows from those eliminated later.
        for (cell, sum) in used.into_iter().rev() {
            let (mut rest, mut own) = (0, 1);
            for (other, factor) in sum {
                match values.get(other).copied().flatten() {
                    _ if other == cell => own = factor,
                    Some(value) => rest = plus(rest, times(factor, value)),
                    None => {}
                }
            }
            if let Some(slot) = values.get_mut(cell) {
                *slot = Some(times(minus(rest), inverse(own)));
            }
        }
        values
    }

    /// The cell in the fewest sums, if any is in one.
    fn next(&mut self) -> Option<usize> {
        while let Some(Reverse((degree, cell))) = self.queue.pop() {
            if degree > 0 && self.degrees.get(cell) == Some(&degree) {
                return Some(cell);
            }
        }
        None
    }

    /// Takes a cell out of all sums, by the shortest of them, which is used up.
    fn eliminate(&mut self, cell: usize) -> Sum {
        let mut sums = self.of_cell.get_mut(cell).map(std::mem::take).unwrap_or_default();
        sums.retain(|&sum| self.factor(sum, cell) > 0);
        sums.sort_unstable();
        sums.dedup();
        let length = |sum: &usize| self.sums.get(*sum).map_or(0, Vec::len);
        let Some(shortest) = sums.iter().copied().min_by_key(length) else { return Sum::new() };
        let share = inverse(self.factor(shortest, cell));
        let factors = sums.iter().filter(|sum| **sum != shortest);
        let factors: Vec<(usize, u64)> =
            factors.map(|&sum| (sum, minus(times(self.factor(sum, cell), share)))).collect();
        let used = self.sums.get_mut(shortest).map(std::mem::take).unwrap_or_default();
        used.iter().for_each(|&(cell, _)| self.leave(cell));
        for (sum, factor) in factors {
            self.add(sum, &used, factor);
        }
        used
    }

    /// Adds a sum, times a factor, to another.
    fn add(&mut self, to: usize, sum: &Sum, factor: u64) {
        let own = self.sums.get_mut(to).map(std::mem::take).unwrap_or_default();
        let mut all = Sum::with_capacity(own.len() + sum.len());
        let (mut own, mut more) = (own.into_iter().peekable(), sum.iter().copied().peekable());
        loop {
            let (here, there) = (own.peek().map(|it| it.0), more.peek().map(|it| it.0));
            let Some(cell) = [here, there].into_iter().flatten().min() else { break };
            let value = own.next_if(|it| it.0 == cell).map_or(0, |it| it.1);
            let added = more.next_if(|it| it.0 == cell).map_or(0, |it| times(it.1, factor));
            match plus(value, added) {
                0 => self.leave(cell),
                both => {
                    all.push((cell, both));
                    if value == 0 {
                        self.enter(cell, to);
                    }
                }
            }
        }
        if let Some(slot) = self.sums.get_mut(to) {
            *slot = all;
        }
    }

    fn factor(&self, sum: usize, cell: usize) -> u64 {
        let sum = self.sums.get(sum).map(Vec::as_slice).unwrap_or_default();
        let place = sum.binary_search_by_key(&cell, |it| it.0);
        place.ok().and_then(|place| sum.get(place)).map_or(0, |it| it.1)
    }

    fn enter(&mut self, cell: usize, sum: usize) {
        if let Some(sums) = self.of_cell.get_mut(cell) {
            sums.push(sum);
        }
        self.count(cell, |degree| degree + 1);
    }

    fn leave(&mut self, cell: usize) {
        self.count(cell, |degree| degree.saturating_sub(1));
    }

    fn count(&mut self, cell: usize, change: impl FnOnce(usize) -> usize) {
        if let Some(degree) = self.degrees.get_mut(cell) {
            *degree = change(*degree);
            self.queue.push(Reverse((*degree, cell)));
        }
    }
}
