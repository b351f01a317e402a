//! Items with a defect, criterion by criterion and cohort by cohort.

use super::read::{Given, Group};
use super::{Rated, RatedCriterion, RatingsRequest};
use serde::Serialize;
use statistics::sampling::{Stratum, WeightedMean, stratified_rate};
use statistics::{DefectRate, LimitVerdict};
use std::collections::BTreeMap;

/// The defects of one criterion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Defects {
    /// What raters were asked.
    pub question: String,
    /// All items, then each cohort by name.
    pub of: Vec<DefectsOf>,
    /// The limits of the rubric, and whether the rates of all items are shown to keep to them.
    pub limits: Vec<Limited>,
}

/// How many of some items have a defect.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DefectsOf {
    /// The cohort; none for all items.
    pub cohort: Option<String>,
    /// Items with a defect, critical or not; none when nobody rated any.
    pub any: Option<DefectRate>,
    /// Items with a critical defect.
    pub critical: Option<DefectRate>,
    /// The share with a defect of everything that the sample was drawn from, when it is known how
    /// it was drawn; none by cohort, and when a stratum has fewer than two rated items.
    pub weighted: Option<WeightedMean>,
    /// The same of critical defects.
    pub weighted_critical: Option<WeightedMean>,
}

/// A limit and whether it is kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Limited {
    /// It is about critical defects.
    pub critical: bool,
    /// The most that the share may be.
    pub most: f64,
    /// Whether the rate is shown to keep to it; none when nobody rated any item.
    pub verdict: Option<LimitVerdict>,
}

/// Of an item: how many of its raters found a defect, a critical one, and how many rated it.
type Found = (u64, u64, u64);

pub(super) fn of(group: &Group, criterion: &RatedCriterion, rated: &Rated, level: f64) -> Defects {
    let found: BTreeMap<&str, Found> =
        group.iter().map(|(item, raters)| (item.as_str(), of_item(raters, criterion))).collect();
    let all = weighted(rates(None, found.values(), level), &found, rated, level);
    let limit = |critical, most: Option<f64>, rate: Option<DefectRate>| {
        let most = most?;
        Some(Limited { critical, most, verdict: rate.map(|rate| rate.against(most, level)) })
    };
    let limits = [
        limit(false, criterion.most_defects, all.any),
        limit(true, criterion.most_critical, all.critical),
    ];
    let mut of = vec![all];
    of.extend(by_cohort(&found, &rated.cohorts, level));
    Defects {
        question: criterion.question.clone(),
        of,
        limits: limits.into_iter().flatten().collect(),
    }
}

/// Items that have a defect by at least one criterion, each judged by its own raters.
pub(super) fn any(rated: &Rated, request: &RatingsRequest) -> DefectsOf {
    let mut worst: BTreeMap<&str, Found> = BTreeMap::new();
    for (name, group) in &rated.groups {
        let Some(criterion) = request.criterion(name) else { continue };
        for (item, raters) in group {
            let (some, critical, all) = of_item(raters, criterion);
            let has = |found: u64| u64::from(all > 0 && 2 * found >= all);
            let before = worst.entry(item).or_default();
            *before = (
                before.0.max(has(some)),
                before.1.max(has(critical)),
                before.2.max(u64::from(all > 0)),
            );
        }
    }
    let all = rates(None, worst.values(), request.level);
    weighted(all, &worst, rated, request.level)
}

fn of_item(raters: &BTreeMap<String, Given>, criterion: &RatedCriterion) -> Found {
    let given = raters.values().filter_map(|given| given.value);
    let count =
        |levels: &[f64]| given.clone().filter(|value| levels.contains(value)).count() as u64;
    let all = given.clone().count() as u64;
    (count(&criterion.defects), count(&criterion.critical), all)
}

fn by_cohort(
    found: &BTreeMap<&str, Found>,
    cohorts: &BTreeMap<String, String>,
    level: f64,
) -> Vec<DefectsOf> {
    let mut groups: BTreeMap<&str, Vec<Found>> = BTreeMap::new();
    for (item, found) in found {
        if let Some(cohort) = cohorts.get(*item) {
            groups.entry(cohort).or_default().push(*found);
        }
    }
    let of = |(cohort, found): (&str, Vec<Found>)| rates(Some(cohort), found.iter(), level);
    groups.into_iter().map(of).collect()
}

fn rates<'a>(
    cohort: Option<&str>,
    found: impl Iterator<Item = &'a Found> + Clone,
    level: f64,
) -> DefectsOf {
    let of = |count: fn(&Found) -> u64| {
        let items: Vec<(u64, u64)> = found.clone().map(|it| (count(it), it.2)).collect();
        DefectRate::of(&items, level)
    };
    DefectsOf {
        cohort: cohort.map(ToOwned::to_owned),
        any: of(|found| found.0),
        critical: of(|found| found.1),
        weighted: None,
        weighted_critical: None,
    }
}

/// The rates of everything that the items were drawn from, when it is known how.
fn weighted(
    rates: DefectsOf,
    found: &BTreeMap<&str, Found>,
    rated: &Rated,
    level: f64,
) -> DefectsOf {
    let Some(drawn) = &rated.drawn else { return rates };
    let of = |count: fn(&Found) -> u64| {
        let mut strata: BTreeMap<&str, Stratum> = BTreeMap::new();
        for (name, population) in &drawn.populations {
            let population = *population;
            strata.insert(name, Stratum { population, values: Vec::new() });
        }
        for (item, found) in found.iter().filter(|(_, found)| found.2 > 0) {
            let stratum = drawn.items.get(*item).and_then(|name| strata.get_mut(name.as_str()));
            let has = f64::from(u8::from(2 * count(found) >= found.2));
            stratum.into_iter().for_each(|stratum| stratum.values.push(has));
        }
        stratified_rate(&strata.into_values().collect::<Vec<_>>(), level)
    };
    DefectsOf { weighted: of(|found| found.0), weighted_critical: of(|found| found.1), ..rates }
}
