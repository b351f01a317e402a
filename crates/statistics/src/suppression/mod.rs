//! Which cells of a table to hide, so that no small one can be worked out from the others.

mod attack;
#[cfg(test)]
mod tests;

use crate::estimate::SMALLEST_CELL;
use attack::determined;

/// One sum that a table shows: the count of one cell is that of others together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The place of the margin among the counts.
    pub total: usize,
    /// The places of the cells that add up to it.
    pub parts: Vec<usize>,
}

/// Which cells of a table may not be shown: those with 1 to 10 rows ([`SMALLEST_CELL`] and more may
/// be), and further ones, so that no hidden count can be worked out from the counts that are shown
/// and the sums that readers know (complementary suppression; Hundepool et al., Statistical
/// Disclosure Control, 2012, chapter 4).
///
/// `counts` are the rows of each cell, margins included: a table of levels by periods has a cell
/// for each pair, one for each level over all periods, one for each period over all levels, and one
/// for everything. `lines` are the sums. A line that does not add up, as of levels of which a row
/// may have several, tells a reader nothing and is left out. The answer has a place for each count.
///
/// What holds afterwards:
/// - Where a margin is shown, none of its cells is hidden, or at least two that have at least
///   [`SMALLEST_CELL`] rows together. Where it is hidden, so is at least one of its cells.
/// - No hidden count follows from the shown ones by solving all sums at once. That it lies between
///   bounds can always be said; how narrow they are is not looked at.
///
/// Of the cells that would do, one is taken that leaves sums untouched that have nothing hidden
/// yet, then the one with the fewest rows. This hides few cells, not provably the fewest.
#[must_use]
pub fn hidden_cells(counts: &[u64], lines: &[Line]) -> Vec<bool> {
    let mut table = Table::of(counts, lines);
    // Each round hides a cell, or is the last.
    while table.protect_margins() || table.protect_from_solving() {}
    table.hidden
}

fn adds_up(counts: &[u64], line: &Line) -> bool {
    let mut parts = line.parts.iter().map(|&part| counts.get(part).copied());
    let sum = parts.try_fold(0_u64, |sum, part| sum.checked_add(part?));
    sum.is_some() && sum == counts.get(line.total).copied()
}

struct Table<'a> {
    counts: &'a [u64],
    lines: Vec<&'a Line>,
    hidden: Vec<bool>,
    /// The lines that each cell is in.
    lines_of: Vec<Vec<usize>>,
    /// How many cells of each line are hidden, the margin included.
    hidden_in: Vec<usize>,
}

impl<'a> Table<'a> {
    fn of(counts: &'a [u64], lines: &'a [Line]) -> Self {
        let lines: Vec<&Line> = lines.iter().filter(|line| adds_up(counts, line)).collect();
        let mut lines_of = vec![Vec::new(); counts.len()];
        for (number, line) in lines.iter().enumerate() {
            for &cell in line.parts.iter().chain([&line.total]) {
                if let Some(of_cell) = lines_of.get_mut(cell) {
                    of_cell.push(number);
                }
            }
        }
        let hidden = vec![false; counts.len()];
        let mut table = Self { counts, hidden_in: vec![0; lines.len()], lines, hidden, lines_of };
        for (cell, count) in counts.iter().enumerate() {
            if (1..SMALLEST_CELL).contains(count) {
                table.hide(cell);
            }
        }
        table
    }

    fn hide(&mut self, cell: usize) {
        if let Some(hidden) = self.hidden.get_mut(cell) {
            *hidden = true;
        }
        for &line in self.lines_of.get(cell).into_iter().flatten() {
            if let Some(count) = self.hidden_in.get_mut(line) {
                *count += 1;
            }
        }
    }

    fn is_hidden(&self, cell: usize) -> bool {
        self.hidden.get(cell).is_some_and(|hidden| *hidden)
    }

    fn count(&self, cell: usize) -> u64 {
        self.counts.get(cell).copied().unwrap_or_default()
    }

    /// Hides cells of lines that give theirs away by themselves. True when it hid any.
    fn protect_margins(&mut self) -> bool {
        let mut changed = false;
        for place in 0..self.lines.len() {
            while let Some(cell) = self.lines.get(place).and_then(|line| self.next_of(line)) {
                self.hide(cell);
                changed = true;
            }
        }
        changed
    }

    /// The cell to hide next when what a line hides can be told from what it shows.
    fn next_of(&self, line: &Line) -> Option<usize> {
        let parts = line.parts.iter().filter(|part| self.is_hidden(**part));
        let (cells, rows) =
            parts.fold((0, 0), |(cells, rows), &part| (cells + 1, rows + self.count(part)));
        let open = match self.is_hidden(line.total) {
            true => cells == 0,
            false => cells == 1 || (cells > 1 && rows < SMALLEST_CELL),
        };
        if open { self.companion(line) } else { None }
    }

    /// The best cell of a line to hide with those that are hidden already.
    fn companion(&self, line: &Line) -> Option<usize> {
        let untouched = |cell: usize| {
            let lines = self.lines_of.get(cell).into_iter().flatten();
            lines.filter(|line| self.hidden_in.get(**line) == Some(&0)).count()
        };
        let parts = line.parts.iter().map(|&part| (false, part));
        let cells = parts.chain([(true, line.total)]);
        let free = cells.filter(|&(_, cell)| !self.is_hidden(cell) && self.count(cell) > 0);
        free.min_by_key(|&(total, cell)| (total, untouched(cell), self.count(cell), cell))
            .map(|(_, cell)| cell)
    }

    /// Hides a cell beside each that solving all sums at once gives away. True when it hid any.
    fn protect_from_solving(&mut self) -> bool {
        let known = determined(&self.hidden, &self.lines);
        let mut changed = false;
        for &cell in &known {
            let lines = self.lines_of.get(cell).into_iter().flatten();
            let mut lines = lines.filter_map(|line| self.lines.get(*line));
            if let Some(best) = lines.find_map(|line| self.companion(line)) {
                self.hide(best);
                changed = true;
            }
        }
        // Lines of which nothing is shown give nothing away; what does is further off.
        if !known.is_empty() && !changed {
            let mut touched = self.lines.iter().zip(&self.hidden_in).filter(|(_, it)| **it > 0);
            if let Some(best) = touched.find_map(|(line, _)| self.companion(line)) {
                self.hide(best);
                changed = true;
            }
        }
        changed
    }
}
