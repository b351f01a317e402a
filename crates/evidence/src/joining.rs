//! Levels that are counted together, for there are too few rows of some of them.

use crate::{CellKey, Request};
use statistics::{Cohort, SMALLEST_CELL, crossed_level, levels_crossed};
use std::collections::{BTreeMap, BTreeSet};

/// Which levels of the attributes of a request are counted as one.
///
/// Levels that have too few rows to be shown are one with each other, and with the smallest other
/// level when they are too few even so. Nothing then need be hidden of all time, and no larger
/// level to keep a small one hidden.
///
/// The levels of an intersection are those of its parts, so that these are together there too: its
/// cells go on adding up to the levels of its parts. Attributes of which a row may have several
/// levels are left as they are.
#[derive(Debug)]
pub(crate) struct Joining<'a> {
    request: &'a Request,
    /// By column: the levels that are one, and its name.
    joined: BTreeMap<String, (BTreeSet<String>, String)>,
}

impl<'a> Joining<'a> {
    /// By the rows of each cell.
    pub fn of(counts: &BTreeMap<CellKey, u64>, request: &'a Request) -> Self {
        let many: BTreeSet<&String> = request.many_valued().collect();
        let columns = request.by_columns().into_iter().filter(|name| !many.contains(name));
        let joined = columns.filter_map(|name| {
            let levels = too_small(sizes(counts, &name, request));
            let level = levels.iter().cloned().collect::<Vec<_>>().join(" or ");
            (levels.len() > 1).then_some((name, (levels, level)))
        });
        Self { request, joined: joined.collect() }
    }

    /// What a cohort is counted in.
    pub fn cohort(&self, cohort: Cohort) -> Cohort {
        let level = match self.request.parts_of(&cohort.attribute) {
            None => self.level(&cohort.attribute, &cohort.level).to_owned(),
            Some(parts) => {
                let levels = levels_crossed(&cohort.level);
                let levels = parts.iter().zip(&levels);
                crossed_level(levels.map(|(part, level)| self.level(part, level)))
            }
        };
        Cohort { level, ..cohort }
    }

    fn level<'b>(&'b self, column: &str, level: &'b str) -> &'b str {
        match self.joined.get(column) {
            Some((levels, together)) if levels.contains(level) => together,
            _ => level,
        }
    }

    /// The levels that are several in one.
    pub fn together(self) -> impl Iterator<Item = Cohort> {
        let joined = self.joined.into_iter();
        joined.map(|(attribute, (_, level))| Cohort { attribute, level })
    }
}

/// The rows of each level of a column: of its attribute, or of an intersection that it is in.
fn sizes(counts: &BTreeMap<CellKey, u64>, name: &str, request: &Request) -> BTreeMap<String, u64> {
    let found = request.intersections().find_map(|(crossed, parts)| {
        Some((crossed.as_str(), parts.iter().position(|part| *part == name)?))
    });
    let found = found.filter(|_| request.by.iter().all(|asked| asked != name));
    let attribute = found.map_or(name, |(crossed, _)| crossed);
    let mut sizes = BTreeMap::new();
    for (key, n) in counts.iter().filter(|(key, _)| key.period.is_none()) {
        let cohort = key.cohort.as_ref().filter(|cohort| cohort.attribute == attribute);
        let level = cohort.map(|cohort| match found {
            None => cohort.level.clone(),
            Some((_, place)) => {
                levels_crossed(&cohort.level).into_iter().nth(place).unwrap_or_default()
            }
        });
        if let Some(level) = level {
            *sizes.entry(level).or_default() += n;
        }
    }
    sizes
}

/// The levels that are too small to be shown, and as many more as it takes for them to be shown
/// together; by their rows.
fn too_small(sizes: BTreeMap<String, u64>) -> BTreeSet<String> {
    let mut sizes: Vec<(u64, String)> = sizes.into_iter().map(|(level, n)| (n, level)).collect();
    sizes.sort_unstable();
    let (mut joined, mut rows) = (BTreeSet::new(), 0);
    for (n, level) in sizes {
        if n >= SMALLEST_CELL && (joined.is_empty() || rows >= SMALLEST_CELL) {
            break;
        }
        rows += n;
        joined.insert(level);
    }
    joined
}
