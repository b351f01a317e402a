//! The rows of other kinds of output by cohort.

use super::Batch;
use crate::error::FaultAt;
use crate::fold::Selected;
use crate::intersections::Attributes;
use crate::joining::Joining;
use crate::suppressed::suppressed;
use crate::{CellKey, EvidenceError, Request, Source};
use serde::Serialize;
use statistics::{Cohort, Counts, Finding};
use std::collections::BTreeMap;

/// What was found in the rows of one cohort.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OfCohort<W> {
    /// The cohort.
    pub cohort: Cohort,
    /// Every measure, as of all rows. Of a cohort with too few rows, or one that would give such a
    /// one away, each is suppressed.
    pub estimates: Vec<Finding<W>>,
}

/// What was found in each cohort.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cohorts<W> {
    /// By attribute and level.
    pub cohorts: Vec<OfCohort<W>>,
    /// Levels that are together in one cohort, for there were too few rows of some of them.
    pub joined: Vec<Cohort>,
}

impl<W> Cohorts<W> {
    /// No attribute was asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.cohorts.is_empty()
    }
}

/// The cohorts of rows, as they are read.
pub(super) struct Grouping {
    request: Request,
    attributes: Attributes,
    /// For each attribute the number of each row's level.
    codes: Vec<Vec<u16>>,
}

impl Grouping {
    /// By columns and intersections, as in [`Request::by`].
    pub fn by(by: &[String], source: &Source) -> Result<Self, EvidenceError> {
        let request = Request { by: by.to_vec(), ..Request::new("", "") };
        request.check()?;
        request.check_names(source)?;
        let attributes = Attributes::of(&request);
        Ok(Self { attributes, codes: vec![Vec::new(); by.len()], request })
    }

    /// The columns that are read.
    pub fn columns(&self) -> Vec<String> {
        self.request.by_columns()
    }

    /// Takes the cohorts of a batch of rows in.
    pub fn take(&mut self, batch: &Batch<'_>) -> Result<(), FaultAt> {
        if self.codes.is_empty() {
            return Ok(());
        }
        let codes = self.attributes.encode(&Selected::all(batch.rows.clone()))?;
        for (all, new) in self.codes.iter_mut().zip(codes) {
            all.extend(new);
        }
        Ok(())
    }

    /// What is found in the rows of each cohort, given all rows in the order in which they came.
    pub fn found<R: Ord + Clone, W>(
        self,
        rows: &[R],
        estimates: impl Fn(&Counts<R>) -> Vec<Finding<W>>,
    ) -> Cohorts<W> {
        let names = self.attributes.into_names();
        let mut counts: BTreeMap<CellKey, u64> = BTreeMap::new();
        let cohort = |attribute: &String, names: &[String], code: u16| Cohort {
            attribute: attribute.clone(),
            level: names.get(usize::from(code)).cloned().unwrap_or_default(),
        };
        let key = |cohort: Option<Cohort>| CellKey { period: None, cohort };
        let attributes = || self.request.by.iter().zip(&names).zip(&self.codes);
        for ((attribute, names), codes) in attributes() {
            for &code in codes {
                *counts.entry(key(Some(cohort(attribute, names, code)))).or_default() += 1;
            }
        }
        let joining = Joining::of(&counts, &self.request);
        let mut found = BTreeMap::new();
        for ((attribute, names), codes) in attributes() {
            let of = |code| joining.cohort(cohort(attribute, names, code));
            // At most a thousand levels.
            let cohorts: Vec<Cohort> = (0..names.len() as u16).map(of).collect();
            let mut of_cohorts: BTreeMap<&Cohort, Vec<R>> = BTreeMap::new();
            for (row, &code) in rows.iter().zip(codes) {
                if let Some(cohort) = cohorts.get(usize::from(code)) {
                    of_cohorts.entry(cohort).or_default().push(row.clone());
                }
            }
            for (cohort, rows) in of_cohorts {
                let n = rows.len() as u64;
                found.insert(key(Some(cohort.clone())), (n, estimates(&Counts::from_rows(rows))));
            }
        }
        let mut counts: BTreeMap<CellKey, u64> =
            found.iter().map(|(key, (n, _))| (key.clone(), *n)).collect();
        counts.insert(key(None), rows.len() as u64);
        let hidden = suppressed(&counts, &self.request);
        let cohorts = found.into_iter().filter_map(|(key, (_, estimates))| {
            let estimates = match hidden.contains(&key) {
                true => estimates.into_iter().map(Finding::suppressed).collect(),
                false => estimates,
            };
            Some(OfCohort { cohort: key.cohort?, estimates })
        });
        Cohorts { cohorts: cohorts.collect(), joined: joining.together().collect() }
    }
}
