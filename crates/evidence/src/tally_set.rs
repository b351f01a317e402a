//! The tallies of a prediction log, by cohort and period.

use crate::Request;
use crate::joining::Joining;
use crate::request::CLUSTERS;
use crate::scores::Limits;
use serde::{Deserialize, Serialize};
use statistics::{Cohort, Grid, Tally};
use std::collections::{BTreeMap, BTreeSet};

/// Which rows a tally counts.
///
/// Keys sort with all rows first, then cohorts by name, then the periods in order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CellKey {
    /// The period, such as `2026-03`; none for all time.
    pub period: Option<String>,
    /// The cohort; none for everyone.
    pub cohort: Option<Cohort>,
}

/// What one pass over a source, or several merged passes, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TallySet {
    /// The tallies. The cell of everyone for all time is there when any row was used; no cell is
    /// empty.
    pub cells: BTreeMap<CellKey, Tally>,
    /// Rows that the request's filters let through.
    pub rows_read: u64,
    /// Rows tallied.
    pub rows_used: u64,
    /// Rows left out because their outcome was not known yet.
    pub immature: u64,
    /// Rows read of each version, when the request names the version column.
    pub versions_seen: BTreeMap<String, u64>,
    /// Rows left out because their version is not a known one, by version.
    pub unknown_versions: BTreeMap<String, u64>,
    /// The tallies of groups of clusters, by group, when the request names a cluster column.
    /// Together they are everyone.
    pub clusters: BTreeMap<String, Tally>,
    /// Levels that are together in one cell, for there were too few rows of some of them.
    pub joined: BTreeSet<Cohort>,
    /// What scores are brought to when they are too many to be kept apart.
    pub grid: Option<Grid>,
}

impl TallySet {
    /// Adds the counts of another pass. Merging the tallies of parts gives the tallies of the
    /// whole: in bands, when the whole has too many scores to keep each apart.
    pub fn merge(&mut self, other: Self) {
        for (key, tally) in other.cells {
            self.add(key, tally);
        }
        self.rows_read += other.rows_read;
        self.rows_used += other.rows_used;
        self.immature += other.immature;
        add_counts(&mut self.versions_seen, other.versions_seen);
        add_counts(&mut self.unknown_versions, other.unknown_versions);
        for (group, tally) in other.clusters {
            self.clusters.entry(group).or_insert_with(Tally::empty).merge(&tally);
        }
        self.joined.extend(other.joined);
        self.grid = self.grid.take().or(other.grid);
        self.band();
    }

    /// Counts levels that have too few rows to be shown together, as [`Joining`] says.
    pub(crate) fn join_small_levels(&mut self, request: &Request) {
        let joining = Joining::of(&self.counts(), request);
        for (mut key, tally) in std::mem::take(&mut self.cells) {
            key.cohort = key.cohort.map(|cohort| joining.cohort(cohort));
            self.add(key, tally);
        }
        self.joined.extend(joining.together());
    }

    /// The rows of each cell.
    pub(crate) fn counts(&self) -> BTreeMap<CellKey, u64> {
        self.cells.iter().map(|(key, tally)| (key.clone(), tally.n)).collect()
    }

    /// Brings scores to bands when they are too many.
    fn band(&mut self) {
        let Some(everyone) = self.overall() else { return };
        let scores = everyone.histogram.bins().len();
        let exact = everyone.histogram.is_exact();
        let limits = Limits::default();
        if exact && limits.are_exact(self.rows_used, scores, self.cells.len()) {
            return;
        }
        let whole = self.cells.keys().filter(|key| key.period.is_none()).count();
        let (whole, parts) = limits.fineness(whole, self.cells.len() - whole);
        let grid = self.grid.get_or_insert_with(|| Grid::new(Grid::FINEST, []));
        let (whole, parts) = (grid.coarser(whole), grid.coarser(parts));
        for (key, tally) in &mut self.cells {
            tally.histogram.band_by(if key.period.is_none() { &whole } else { &parts });
        }
        self.clusters.values_mut().for_each(|tally| tally.histogram.band_by(&whole));
    }

    /// Takes groups of clusters out of the cells: they are counted like the levels of an attribute
    /// and are none.
    pub(crate) fn set_clusters_apart(&mut self) {
        let is_group = |cohort: &Cohort| cohort.attribute == CLUSTERS;
        let (groups, cells) = std::mem::take(&mut self.cells)
            .into_iter()
            .partition(|(key, _)| key.cohort.as_ref().is_some_and(is_group));
        self.cells = cells;
        let groups: BTreeMap<CellKey, Tally> = groups;
        for (key, tally) in groups {
            self.clusters.extend(key.cohort.map(|cohort| (cohort.level, tally)));
        }
    }

    /// The tally of everyone for all time; none when no row was used.
    #[must_use]
    pub fn overall(&self) -> Option<&Tally> {
        self.cells.get(&CellKey { period: None, cohort: None })
    }

    /// The cells of one period (none: of all time) whose cohort is a level of `attribute`, by
    /// level.
    pub fn levels<'a>(
        &'a self,
        period: Option<&'a str>,
        attribute: &'a str,
    ) -> impl Iterator<Item = (&'a Cohort, &'a Tally)> {
        self.cells.iter().filter_map(move |(key, tally)| {
            let cohort = key.cohort.as_ref()?;
            let here = key.period.as_deref() == period && cohort.attribute == attribute;
            here.then_some((cohort, tally))
        })
    }

    pub(crate) fn add(&mut self, key: CellKey, tally: Tally) {
        match self.cells.entry(key) {
            std::collections::btree_map::Entry::Vacant(cell) => {
                cell.insert(tally);
            }
            std::collections::btree_map::Entry::Occupied(mut cell) => cell.get_mut().merge(&tally),
        }
    }
}

fn add_counts(to: &mut BTreeMap<String, u64>, from: BTreeMap<String, u64>) {
    for (name, count) in from {
        *to.entry(name).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statistics::Score;

    #[test]
    fn small_levels_are_joined_until_they_may_be_shown() {
        let check = |levels: &[(&str, u64)], wanted: &[(&str, u64)]| {
            let mut set = TallySet::default();
            for &(level, n) in levels {
                let cohort = Cohort { attribute: "sex".into(), level: level.into() };
                let tally = Tally::from_counts([(Score::from_billionths(7), n, 0)].into_iter());
                set.add(CellKey { period: None, cohort: Some(cohort) }, tally);
            }
            let by = vec!["sex".into(), "race".into()];
            set.join_small_levels(&Request { by, ..Request::new("y", "p") });
            let found = set.levels(None, "sex").map(|(it, tally)| (it.level.as_str(), tally.n));
            assert_eq!(found.collect::<Vec<_>>(), wanted);
        };
        check(&[("F", 500), ("M", 400), ("X", 2)], &[("F", 500), ("M or X", 402)]);
        check(&[("F", 500), ("M", 6), ("X", 5)], &[("F", 500), ("M or X", 11)]);
        check(&[("F", 500), ("M", 11)], &[("F", 500), ("M", 11)]);
        check(&[("F", 3), ("M", 4)], &[("F or M", 7)]);
        check(&[("F", 3)], &[("F", 3)]);
        check(&[], &[]);
    }
}
