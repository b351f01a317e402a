//! What a reader can work out of a table with hidden cells, by solving its sums.

use super::Line;

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
/// Drawing takes about as many steps as there are hidden cells. A cell in one sum or two is an edge
/// of a graph whose vertices are the sums; a spanning forest takes what the other edges leave over,
/// from the leaves to the root. What is left at a root has to vanish. It does by itself in a table
/// of levels by periods. Cells in three sums or more, as those over all levels when there are
/// several attributes, are few, and are drawn so that it does.
pub(super) fn determined(hidden: &[bool], lines: &[&Line]) -> Vec<usize> {
    let mut forest = Forest::grow(hidden, lines);
    let values = forest.draw();
    let zero = |(cell, value): (usize, Option<u64>)| (value == Some(0)).then_some(cell);
    values.into_iter().enumerate().filter_map(zero).collect()
}

fn times(a: u64, b: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(PRIME)) as u64
}

fn plus(a: u64, b: u64) -> u64 {
    (a + b) % PRIME
}

fn minus(a: u64) -> u64 {
    (PRIME - a) % PRIME
}

fn signed(value: u64, positive: bool) -> u64 {
    if positive { value } else { minus(value) }
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

/// The sums that a cell is in, each with its sign there: plus for a total.
type Places = Vec<(usize, bool)>;

/// Cells, each with its share in what is drawn for one of them.
type Shares = Vec<(usize, u64)>;

/// A sum: the edge of the forest above it, and its sign among the sums of its tree, such that all
/// edges of the tree cancel.
#[derive(Clone, Copy)]
struct Vertex {
    above: Option<usize>,
    root: usize,
    positive: bool,
}

struct Forest {
    /// Of each cell: the sums that it is in, when it is hidden.
    places: Vec<Option<Places>>,
    /// The sums; the last one stands for all that a cell in one sum alone leaves open.
    vertices: Vec<Vertex>,
    /// The sums but for roots, each before those that hang on it.
    order: Vec<usize>,
    in_tree: Vec<bool>,
}

impl Forest {
    fn grow(hidden: &[bool], lines: &[&Line]) -> Self {
        let mut places: Vec<Option<Places>> =
            hidden.iter().map(|hidden| hidden.then(Vec::new)).collect();
        for (number, line) in lines.iter().enumerate() {
            let parts = line.parts.iter().map(|&part| (part, false));
            for (cell, total) in parts.chain([(line.total, true)]) {
                if let Some(Some(of_cell)) = places.get_mut(cell) {
                    of_cell.push((number, total));
                }
            }
        }
        let ground = lines.len();
        for of_cell in places.iter_mut().flatten() {
            if of_cell.len() == 1 {
                of_cell.push((ground, true));
            }
        }
        let mut near: Vec<Vec<(usize, usize, bool)>> = vec![Vec::new(); ground + 1];
        for (cell, of_cell) in places.iter().enumerate() {
            let Some([(one, first), (other, second)]) = of_cell.as_deref() else { continue };
            let same = first == second;
            for (from, to) in [(one, other), (other, one)] {
                if let Some(edges) = near.get_mut(*from) {
                    edges.push((cell, *to, same));
                }
            }
        }
        let open = Vertex { above: None, root: usize::MAX, positive: true };
        let mut forest = Self {
            in_tree: vec![false; hidden.len()],
            vertices: vec![open; ground + 1],
            order: Vec::new(),
            places,
        };
        // The ground comes first, so that it is the root of its tree.
        (0..=ground).rev().for_each(|root| forest.grow_tree(root, &near));
        forest
    }

    fn grow_tree(&mut self, root: usize, near: &[Vec<(usize, usize, bool)>]) {
        let mut waiting = match self.vertices.get_mut(root) {
            Some(vertex) if vertex.root == usize::MAX => {
                vertex.root = root;
                vec![root]
            }
            _ => return,
        };
        while let Some(from) = waiting.pop() {
            let positive = self.vertices.get(from).is_some_and(|vertex| vertex.positive);
            for &(cell, to, same) in near.get(from).into_iter().flatten() {
                match self.vertices.get_mut(to) {
                    Some(vertex) if vertex.root == usize::MAX => {
                        *vertex = Vertex { above: Some(cell), root, positive: positive != same };
                        self.order.push(to);
                        waiting.push(to);
                    }
                    _ => continue,
                }
                if let Some(slot) = self.in_tree.get_mut(cell) {
                    *slot = true;
                }
            }
        }
    }

    /// A solution of the sums over the hidden cells: a value for each of them.
    fn draw(&mut self) -> Vec<Option<u64>> {
        let mut values: Vec<Option<u64>> = (self.places.iter().enumerate())
            .map(|(cell, of_cell)| of_cell.as_ref().map(|_| drawn(cell)))
            .collect();
        let in_tree = values.iter_mut().zip(&self.in_tree);
        in_tree.filter(|(_, in_tree)| **in_tree).for_each(|(value, _)| *value = Some(0));
        self.settle_roots(&mut values);
        // What each sum is over by, so far.
        let mut over = vec![0; self.vertices.len()];
        for (value, of_cell) in values.iter().zip(&self.places) {
            let Some((value, of_cell)) = value.zip(of_cell.as_ref()) else { continue };
            add_to(&mut over, of_cell, value);
        }
        for &vertex in self.order.iter().rev() {
            let above = self.vertices.get(vertex).and_then(|vertex| vertex.above);
            let Some(cell) = above else { continue };
            let Some(of_cell) = self.places.get(cell).and_then(Option::as_ref) else { continue };
            let here = of_cell.iter().find(|place| place.0 == vertex);
            let Some((&(_, sign), rest)) = here.zip(over.get(vertex).copied()) else { continue };
            let value = signed(minus(rest), sign);
            add_to(&mut over, of_cell, value);
            if let Some(slot) = values.get_mut(cell) {
                *slot = Some(value);
            }
        }
        values
    }

    /// Changes values of cells outside the forest so that nothing is left over at its roots.
    fn settle_roots(&self, values: &mut [Option<u64>]) {
        let ground = self.vertices.len().saturating_sub(1);
        // What a cell outside the forest leaves over at each root.
        let mut columns: Vec<(usize, Vec<u64>)> = Vec::new();
        for (cell, (of_cell, in_tree)) in self.places.iter().zip(&self.in_tree).enumerate() {
            let (Some(of_cell), false) = (of_cell, in_tree) else { continue };
            let mut column = vec![0; self.vertices.len()];
            for &(line, sign) in of_cell {
                let Some(vertex) = self.vertices.get(line).filter(|it| it.root != ground) else {
                    continue;
                };
                if let Some(slot) = column.get_mut(vertex.root) {
                    *slot = plus(*slot, signed(1, sign == vertex.positive));
                }
            }
            if column.iter().any(|left| *left > 0) {
                columns.push((cell, column));
            }
        }
        // One cell after the other is used up to clear a root, and taken out of the other cells'
        // columns; what it has to be follows from the cells that stay free.
        let mut free: Vec<(Shares, Vec<u64>)> =
            columns.into_iter().map(|(cell, column)| (vec![(cell, 1)], column)).collect();
        for root in 0..=ground {
            let at = |column: &Vec<u64>| column.get(root).copied().unwrap_or_default();
            let Some(pivot) = free.iter().position(|(_, column)| at(column) > 0) else {
                continue;
            };
            let (cells, column) = free.swap_remove(pivot);
            let share = inverse(at(&column));
            for (others, other) in &mut free {
                let factor = minus(times(at(other), share));
                if factor > 0 {
                    others
                        .extend(cells.iter().map(|&(cell, times_)| (cell, times(times_, factor))));
                    for (slot, &value) in other.iter_mut().zip(&column) {
                        *slot = plus(*slot, times(value, factor));
                    }
                }
            }
            cells.iter().for_each(|&(cell, _)| clear(values, cell));
        }
        for (cells, _) in &free {
            cells.iter().for_each(|&(cell, _)| clear(values, cell));
        }
        for (number, (cells, _)) in free.iter().enumerate() {
            let weight = drawn(number);
            for &(cell, share) in cells {
                if let Some(Some(slot)) = values.get_mut(cell) {
                    *slot = plus(*slot, times(share, weight));
                }
            }
        }
    }
}

fn clear(values: &mut [Option<u64>], cell: usize) {
    if let Some(slot) = values.get_mut(cell) {
        *slot = Some(0);
    }
}

fn add_to(over: &mut [u64], of_cell: &[(usize, bool)], value: u64) {
    for &(line, sign) in of_cell {
        if let Some(slot) = over.get_mut(line) {
            *slot = plus(*slot, signed(value, sign));
        }
    }
}
