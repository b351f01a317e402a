//! The cells of a report of which nothing is shown, and the sums that readers know.

use crate::membership::{COMBINED, combination_of};
use crate::{CellKey, Request};
use statistics::{Cohort, Line, crossed_level, hidden_cells, levels_crossed};
use std::collections::{BTreeMap, BTreeSet};

/// The cells of which nothing is shown: those with too few rows, and those that would give them
/// away. Readers know that periods add up to all time, the levels of an attribute to everyone,
/// those of an intersection to the levels of what it is made of, and combinations to each level
/// that is in them. What two intersections share is taken to be known even when the report does not
/// have it, for either of them may give it away. `rows` has the rows of each cell.
pub(crate) fn suppressed(rows: &BTreeMap<CellKey, u64>, request: &Request) -> BTreeSet<CellKey> {
    let attributes = attributes(request);
    let combined: BTreeMap<String, &String> =
        request.many_valued().map(|name| (combination_of(name), name)).collect();
    let mut counts = rows.clone();
    for shared in attributes.iter().filter(|it| it.is_shared) {
        let Some(of) = attributes.iter().find(|it| !it.is_shared && it.has(shared)) else {
            continue;
        };
        for (key, n) in rows {
            let cohort = key.cohort.as_ref().filter(|cohort| cohort.attribute == of.name);
            if let Some(cohort) = cohort.and_then(|cohort| of.margin(shared, cohort)) {
                let key = CellKey { period: key.period.clone(), cohort: Some(cohort) };
                *counts.entry(key).or_default() += n;
            }
        }
    }
    let places: BTreeMap<&CellKey, usize> = counts.keys().zip(0..).collect();
    // By the total, and by what is summed over: periods, or the levels of an attribute.
    let mut lines: BTreeMap<(usize, Option<&str>), Vec<usize>> = BTreeMap::new();
    for (&key, &place) in &places {
        let mut add = |total: CellKey, over: _| {
            if let Some(&total) = places.get(&total) {
                lines.entry((total, over)).or_default().push(place);
            }
        };
        if key.period.is_some() {
            add(CellKey { period: None, cohort: key.cohort.clone() }, None);
        }
        if let Some(cohort) = &key.cohort {
            let mut above = vec![None];
            if let Some(of) = attributes.iter().find(|it| it.name == cohort.attribute) {
                let margins = attributes.iter().filter(|it| it.name != of.name && of.has(it));
                above.extend(margins.map(|margin| of.margin(margin, cohort)));
            }
            if let Some(&attribute) = combined.get(&cohort.attribute) {
                let level = |level: &str| {
                    Some(Cohort { attribute: attribute.clone(), level: level.to_owned() })
                };
                above.extend(cohort.level.split(COMBINED).map(level));
            }
            for cohort_above in above {
                let total = CellKey { period: key.period.clone(), cohort: cohort_above };
                add(total, Some(cohort.attribute.as_str()));
            }
        }
    }
    let lines = lines.into_iter().map(|((total, _), parts)| Line { total, parts });
    let all: Vec<u64> = counts.values().copied().collect();
    let hidden = hidden_cells(&all, &lines.collect::<Vec<_>>());
    let hidden = counts.keys().zip(hidden).filter(|(_, hidden)| *hidden);
    hidden.map(|(key, _)| key.clone()).filter(|key| rows.contains_key(key)).collect()
}

/// An attribute of a report, by the columns that it is made of: one, unless it is an intersection.
#[derive(Debug)]
struct Attribute<'a> {
    name: String,
    parts: Vec<&'a str>,
    /// It is not in the report: it is what two intersections share.
    is_shared: bool,
}

/// What the request asks for, and what any two of these share.
fn attributes(request: &Request) -> Vec<Attribute<'_>> {
    let asked = request.by.iter().map(|name| Attribute {
        name: name.clone(),
        parts: request.parts_of(name).unwrap_or_else(|| vec![name]),
        is_shared: false,
    });
    let mut all: Vec<Attribute<'_>> = asked.collect();
    let mut next = 1;
    while let Some(one) = all.get(next) {
        let mut found = Vec::new();
        for other in all.iter().take(next) {
            let parts: Vec<&str> =
                one.parts.iter().copied().filter(|part| other.parts.contains(part)).collect();
            // No column has a name like this.
            let name = format!("\0{}", parts.join("*"));
            let shared = Attribute { name, parts, is_shared: true };
            let is_known = |known: &Attribute<'_>| known.has(&shared) && shared.has(known);
            if !shared.parts.is_empty() && !all.iter().chain(&found).any(is_known) {
                found.push(shared);
            }
        }
        all.extend(found);
        next += 1;
    }
    all
}

impl Attribute<'_> {
    /// Whether it is made of all that another is made of.
    fn has(&self, other: &Self) -> bool {
        other.parts.iter().all(|part| self.parts.contains(part))
    }

    /// The cohort of a margin that one of this attribute adds to.
    fn margin(&self, margin: &Self, cohort: &Cohort) -> Option<Cohort> {
        let levels = levels_crossed(&cohort.level);
        let place = |part: &&str| self.parts.iter().position(|own| own == part);
        let places: Option<Vec<usize>> = margin.parts.iter().map(place).collect();
        let own: Option<Vec<&str>> =
            places?.into_iter().map(|place| levels.get(place).map(String::as_str)).collect();
        let level = match own?.as_slice() {
            [one] => (*one).to_owned(),
            several => crossed_level(several.iter().copied()),
        };
        Some(Cohort { attribute: margin.name.clone(), level })
    }
}
