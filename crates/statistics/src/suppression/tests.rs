//! Against an attacker who solves the sums by elimination in fractions.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A table of several attributes by periods: the counts of each attribute's levels (rows) in each
/// period (columns). Every attribute divides the same rows, so that their column sums agree.
#[derive(Debug)]
struct Made {
    counts: Vec<u64>,
    lines: Vec<Line>,
}

/// The period of a row of data, and its level of each attribute.
type Row = (usize, Vec<usize>);

fn made(rows: &[Row], periods: usize, levels: &[usize], crossed: bool) -> Made {
    let mut counts = Vec::new();
    let mut lines = Vec::new();
    let mut cell = |matches: &dyn Fn(&Row) -> bool| {
        counts.push(rows.iter().filter(|row| matches(row)).count() as u64);
        counts.len() - 1
    };
    let everyone = cell(&|_| true);
    let by_period: Vec<usize> = (0..periods).map(|period| cell(&|row| row.0 == period)).collect();
    lines.push(Line { total: everyone, parts: by_period.clone() });
    // The cells of each attribute: of a level, of all time and in each period.
    let mut cells: Vec<Vec<Vec<usize>>> = Vec::new();
    for (attribute, &levels) in levels.iter().enumerate() {
        let mut columns = vec![Vec::new(); periods];
        let mut whole = Vec::new();
        let mut of_attribute = Vec::new();
        for level in 0..levels {
            let total = cell(&|row| row.1[attribute] == level);
            let of = |period: usize| cell(&|row| row.1[attribute] == level && row.0 == period);
            let parts: Vec<usize> = (0..periods).map(of).collect();
            parts.iter().enumerate().for_each(|(period, &part)| columns[period].push(part));
            of_attribute.push([&[total], &parts[..]].concat());
            lines.push(Line { total, parts });
            whole.push(total);
        }
        cells.push(of_attribute);
        lines.push(Line { total: everyone, parts: whole });
        for (&total, parts) in by_period.iter().zip(columns) {
            lines.push(Line { total, parts });
        }
    }
    // Each pair of attributes crossed: its cells add up to those of either.
    let pairs = (0..levels.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
    for (a, b) in pairs.filter(|_| crossed) {
        let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, j) in (0..levels[a]).flat_map(|i| (0..levels[b]).map(move |j| (i, j))) {
            let is = |row: &Row| row.1[a] == i && row.1[b] == j;
            let total = cell(&is);
            let of = |period: usize| cell(&|row| is(row) && row.0 == period);
            let of_pair: Vec<usize> = (0..periods).map(of).collect();
            let all = [&[total], &of_pair[..]].concat();
            for margin in [&cells[a][i], &cells[b][j]] {
                margin.iter().zip(&all).for_each(|(&margin, &part)| {
                    parts.entry(margin).or_default().push(part);
                });
            }
            lines.push(Line { total, parts: of_pair });
        }
        lines.extend(parts.into_iter().map(|(total, parts)| Line { total, parts }));
    }
    Made { counts, lines }
}

/// The hidden cells that Gauss–Jordan elimination in fractions gives away.
fn solved(hidden: &[bool], lines: &[Line]) -> Vec<usize> {
    let cells: Vec<usize> = (0..hidden.len()).filter(|&cell| hidden[cell]).collect();
    let mut rows: Vec<Vec<f64>> = lines
        .iter()
        .map(|line| {
            let at = |&cell: &usize| {
                f64::from(u8::from(cell == line.total))
                    - f64::from(u8::from(line.parts.contains(&cell)))
            };
            cells.iter().map(at).collect()
        })
        .collect();
    let mut pivots = Vec::new();
    for column in 0..cells.len() {
        let top = pivots.len();
        let best = (top..rows.len())
            .max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()));
        let Some(best) = best.filter(|&best| rows[best][column].abs() > 1e-9) else { continue };
        rows.swap(top, best);
        let lead = rows[top][column];
        rows[top].iter_mut().for_each(|value| *value /= lead);
        let pivot = rows[top].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(place, _)| *place != top) {
            let factor = row[column];
            if factor != 0.0 {
                row.iter_mut().zip(&pivot).for_each(|(value, lead)| *value -= factor * lead);
            }
        }
        pivots.push(column);
    }
    let alone = |&(row, _): &(usize, usize)| {
        rows[row].iter().filter(|value| value.abs() > 1e-9).count() == 1
    };
    pivots.into_iter().enumerate().filter(alone).map(|(_, column)| cells[column]).collect()
}

fn some_table() -> impl Strategy<Value = Made> {
    (1..5_usize, vec(1..4_usize, 1..4), any::<bool>()).prop_flat_map(
        |(periods, levels, crossed)| {
            // Low levels and late periods are common, others rare.
            let row = (0..100_usize, vec(0..100_usize, levels.len()));
            vec(row, 0..400).prop_map(move |rows| {
                let skewed = |draw: usize, of: usize| (draw * draw * draw) / (1_000_000 / of + 1);
                let rows: Vec<_> = rows
                    .iter()
                    .map(|(period, draws)| {
                        let levels = draws.iter().zip(&levels).map(|(&draw, &of)| skewed(draw, of));
                        (skewed(*period, periods), levels.collect::<Vec<usize>>())
                    })
                    .collect();
                made(&rows, periods, &levels, crossed)
            })
        },
    )
}

proptest! {
    #[test]
    fn no_hidden_cell_can_be_worked_out(table in some_table()) {
        let hidden = hidden_cells(&table.counts, &table.lines);
        for (count, hidden) in table.counts.iter().zip(&hidden) {
            prop_assert!(*hidden || !(1..SMALLEST_CELL).contains(count));
            prop_assert!(!*hidden || *count > 0, "an empty cell need not be hidden");
        }
        for line in &table.lines {
            let parts: Vec<usize> = line.parts.iter().copied().filter(|&it| hidden[it]).collect();
            if hidden[line.total] {
                prop_assert!(!parts.is_empty(), "{line:?}");
            } else {
                let rows: u64 = parts.iter().map(|&part| table.counts[part]).sum();
                prop_assert!(parts.is_empty() || parts.len() > 1 && rows >= SMALLEST_CELL);
            }
        }
        prop_assert_eq!(solved(&hidden, &table.lines), Vec::<usize>::new());
    }

    /// The quick way to what can be worked out is right for any cells that are hidden.
    #[test]
    fn what_can_be_solved_is_found(table in some_table(), seed in vec(any::<bool>(), 90)) {
        let hidden: Vec<bool> =
            table.counts.iter().zip(seed.iter().cycle()).map(|(_, hidden)| *hidden).collect();
        let lines: Vec<&Line> = table.lines.iter().collect();
        let mut right = solved(&hidden, &table.lines);
        right.sort_unstable();
        prop_assert_eq!(determined(&hidden, &lines), right);
    }
}

#[test]
fn one_small_group_takes_the_next_smallest_with_it() {
    let check = |counts: &[u64], right: &[bool]| {
        let line = Line { total: 0, parts: (1..counts.len()).collect() };
        assert_eq!(hidden_cells(counts, &[line]), right, "{counts:?}");
    };
    check(&[103, 3, 40, 60], &[false, true, true, false]);
    // Two small ones hide each other when they are not too few together.
    check(&[72, 5, 7, 60], &[false, true, true, false]);
    check(&[65, 2, 3, 60], &[false, true, true, true]);
    check(&[68, 2, 6, 20, 40], &[false, true, true, true, false]);
    check(&[100, 40, 60], &[false, false, false]);
    // Where rows have several levels, the levels do not add up to all.
    check(&[100, 3, 60], &[false, true, false]);
    check(&[9, 4, 5], &[true, true, true]);
    check(&[], &[]);
}

/// Two rings of hidden cells and one cell between them: each margin has two hidden cells or none,
/// and yet the one between follows from the sums of half of the table.
#[test]
fn a_cell_between_two_rings_is_noticed() {
    let shown = 50;
    let mut counts = vec![shown; 16];
    for cell in [0, 1, 4, 5, 10, 11, 14, 15, 6] {
        counts[cell] = 8;
    }
    let mut lines = Vec::new();
    for place in 0..4 {
        let row: Vec<usize> = (0..4).map(|it| 4 * place + it).collect();
        let column: Vec<usize> = (0..4).map(|it| 4 * it + place).collect();
        for parts in [row, column] {
            counts.push(parts.iter().map(|&part| counts[part]).sum());
            lines.push(Line { total: counts.len() - 1, parts });
        }
    }
    let small: Vec<bool> = counts.iter().map(|count| *count < SMALLEST_CELL).collect();
    let known = determined(&small, &lines.iter().collect::<Vec<_>>());
    assert_eq!(known, [6]);
    let hidden = hidden_cells(&counts, &lines);
    assert_eq!(solved(&hidden, &lines), Vec::<usize>::new());
    assert!(hidden.iter().filter(|hidden| **hidden).count() > 9);
}

#[test]
fn a_large_table_is_quick() {
    // 500 levels by 24 periods, most of them small.
    let (levels, periods) = (500, 24);
    let mut counts: Vec<u64> =
        (0..levels * periods).map(|it| (it as u64 * 7919) % 40 / (1 + it as u64 % 7)).collect();
    let mut lines = Vec::new();
    let sum = |counts: &mut Vec<u64>, parts: Vec<usize>, lines: &mut Vec<Line>| {
        counts.push(parts.iter().map(|&part| counts[part]).sum());
        lines.push(Line { total: counts.len() - 1, parts });
        counts.len() - 1
    };
    let rows: Vec<usize> = (0..levels)
        .map(|level| {
            let parts = (0..periods).map(|period| level * periods + period).collect();
            sum(&mut counts, parts, &mut lines)
        })
        .collect();
    for period in 0..periods {
        let parts = (0..levels).map(|level| level * periods + period).collect();
        sum(&mut counts, parts, &mut lines);
    }
    sum(&mut counts, rows, &mut lines);
    let hidden = hidden_cells(&counts, &lines);
    assert!(hidden.iter().any(|hidden| *hidden));
    assert_eq!(determined(&hidden, &lines.iter().collect::<Vec<_>>()), Vec::<usize>::new());
}

#[test]
fn a_large_intersection_is_quick() {
    // 300 pairs of levels by 24 periods, most of them small: each cell is in three sums.
    let rows: Vec<Row> = (0..20_000_usize)
        .map(|it| {
            let spread =
                |by: usize, of: usize| (it * by % 10_007 * (it * by % 10_007)) / (100_140_050 / of);
            (it * 7919 % 24, vec![spread(31, 20).min(19), spread(57, 15).min(14)])
        })
        .collect();
    let table = made(&rows, 24, &[20, 15], true);
    let hidden = hidden_cells(&table.counts, &table.lines);
    assert!(hidden.iter().filter(|hidden| **hidden).count() > 500);
    let lines: Vec<&Line> = table.lines.iter().collect();
    assert_eq!(determined(&hidden, &lines), Vec::<usize>::new());
}
