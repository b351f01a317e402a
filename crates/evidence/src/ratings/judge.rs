//! A judge model that rates everything beside people who rate a part.

use super::read::{Given, Group};
use super::{RESAMPLES, RatingsRequest, load, scale};
use crate::error::EvidenceError;
use serde::Serialize;
use statistics::{
    Agreement, Coefficient, DefectRate, Distance, PpiMean, Ratings, Reliance, judge_bias, mean,
    prediction_powered_mean, prediction_powered_rate,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Which of the raters is the judge, and how far it is relied on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgeRequest {
    /// The columns of the ratings.
    pub ratings: RatingsRequest,
    /// The judge, as the column of raters names it.
    pub judge: String,
    /// How far it is relied on.
    pub reliance: Reliance,
    /// Levels that count as a defect, when no rubric says so.
    pub defects: Vec<f64>,
}

/// What a judge's ratings beside people's show.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgeReport {
    /// What was asked.
    pub request: JudgeRequest,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Groups in the order of their names.
    pub groups: Vec<JudgedGroup>,
}

/// What they show in one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedGroup {
    /// Its name; none when the ratings are not in groups.
    pub name: Option<String>,
    /// People who rated.
    pub people: usize,
    /// Items that people and the judge rated.
    pub labelled: usize,
    /// Items that only the judge rated.
    pub judged: usize,
    /// Items that people rated and the judge did not; they are left out of what needs both.
    pub unjudged: usize,
    /// How far people agree, and how far they and the judge do, by Krippendorff's alpha.
    pub alpha: Vec<JudgedAlpha>,
    /// How much more the judge gives than people to the same items: mean, lower and upper end.
    pub bias: Option<(f64, f64, f64)>,
    /// The mean of people alone, over the items that they rated: mean, lower and upper end.
    pub people_alone: Option<(f64, f64, f64)>,
    /// The mean over all items, the judge's ratings put right by people's.
    pub mean: Option<PpiMean>,
    /// The share of items with a defect; none when nothing counts as one.
    pub rate: Option<JudgedRate>,
}

/// Alpha without and with the judge.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedAlpha {
    /// How far two levels lie apart.
    pub distance: Distance,
    /// Of people alone; none with fewer than two.
    pub people: Option<Agreement>,
    /// Of people and the judge, over the items that people rated.
    pub with_judge: Option<Agreement>,
}

/// The share of items with a defect.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedRate {
    /// As people alone find it, in the items that they rated.
    pub people_alone: Option<DefectRate>,
    /// Over all items, the judge put right by people; none when people found too few, or too few
    /// without, for its interval.
    pub put_right: Option<PpiMean>,
}

/// Reads ratings of people and of a judge, and says how far the judge is one of them, and what all
/// of its ratings say once they are put right by people's.
///
/// An item's rating by people is the mean of those who rated it; it has a defect when at least half
/// of them found one. The items that people rated are taken to be a random sample of all.
///
/// # Errors
/// As [`ratings`](crate::ratings); and when nobody is named as the judge is.
pub fn judge(file: &Path, request: &JudgeRequest) -> Result<JudgeReport, EvidenceError> {
    let (rated, sha256) = load(file, &request.ratings)?;
    let raters: BTreeSet<&String> =
        rated.groups.values().flat_map(BTreeMap::values).flat_map(BTreeMap::keys).collect();
    if !raters.contains(&request.judge) {
        let names: Vec<String> = raters.into_iter().cloned().collect();
        let near = crate::source::nearest(&request.judge, &names);
        let near = near.map(|name| format!(": did you mean `{name}`?")).unwrap_or_default();
        let why = format!("nobody in the column of raters is called `{}`{near}", request.judge);
        return Err(EvidenceError::Request { why });
    }
    if raters.len() < 2 {
        let why = "only the judge rated, and nobody to put it right: add ratings of people";
        return Err(EvidenceError::Request { why: why.to_owned() });
    }
    let groups = rated.groups.iter().map(|(name, group)| {
        let criterion = request.ratings.criterion(name);
        let (levels, defects) = match criterion {
            Some(it) => (it.levels.clone(), it.defects.clone()),
            None => (scale(&rated.groups, &request.ratings)?, request.defects.clone()),
        };
        let name = request.ratings.by.is_some().then(|| name.clone());
        of_group(name, group, (&levels, &defects), request)
    });
    let groups = groups.collect::<Result<_, EvidenceError>>()?;
    Ok(JudgeReport { request: request.clone(), sha256, groups })
}

/// What people and the judge gave to one item.
struct Item {
    people: Vec<f64>,
    judge: Option<f64>,
}

impl Item {
    fn mean(&self) -> f64 {
        self.people.iter().sum::<f64>() / self.people.len() as f64
    }

    fn has_defect(&self, defects: &[f64]) -> bool {
        let found = self.people.iter().filter(|value| defects.contains(value)).count();
        2 * found >= self.people.len()
    }
}

fn of_group(
    name: Option<String>,
    group: &Group,
    (levels, defects): (&[f64], &[f64]),
    request: &JudgeRequest,
) -> Result<JudgedGroup, EvidenceError> {
    let level = request.ratings.level;
    let item = |raters: &BTreeMap<String, Given>| {
        let of_people = raters.iter().filter(|(rater, _)| **rater != request.judge);
        let people = of_people.filter_map(|(_, given)| given.value).collect();
        let judge = raters.get(&request.judge).and_then(|given| given.value);
        Item { people, judge }
    };
    let items: Vec<Item> = group.values().map(item).collect();
    let both = || {
        let rated = items.iter().filter(|it| !it.people.is_empty());
        rated.filter_map(|it| Some((it, it.judge?)))
    };
    let pairs: Vec<(f64, f64)> = both().map(|(it, judge)| (it.mean(), judge)).collect();
    let alone: Vec<f64> =
        items.iter().filter(|it| it.people.is_empty()).filter_map(|it| it.judge).collect();
    let means: Vec<f64> = items.iter().filter(|it| !it.people.is_empty()).map(Item::mean).collect();
    let rate = (!defects.is_empty()).then(|| {
        let found: Vec<(bool, bool)> =
            both().map(|(it, judge)| (it.has_defect(defects), defects.contains(&judge))).collect();
        let judged: Vec<bool> = alone.iter().map(|judge| defects.contains(judge)).collect();
        let people = items.iter().filter(|it| !it.people.is_empty());
        let people: Vec<_> = people.map(|it| (u64::from(it.has_defect(defects)), 1)).collect();
        JudgedRate {
            people_alone: DefectRate::of(&people, level),
            put_right: prediction_powered_rate(&judged, &found, request.reliance, level),
        }
    });
    Ok(JudgedGroup {
        alpha: alphas(group, levels, request)?,
        people: people(group, &request.judge).len(),
        labelled: pairs.len(),
        judged: alone.len(),
        unjudged: means.len() - pairs.len(),
        bias: judge_bias(&pairs, level),
        people_alone: mean(&means, level),
        mean: prediction_powered_mean(&alone, &pairs, request.reliance, level),
        rate,
        name,
    })
}

/// The raters of a group but for the judge, by name.
fn people<'a>(group: &'a Group, judge: &str) -> BTreeSet<&'a String> {
    let raters = group.values().flat_map(BTreeMap::keys);
    raters.filter(|rater| *rater != judge).collect()
}

fn alphas(
    group: &Group,
    levels: &[f64],
    request: &JudgeRequest,
) -> Result<Vec<JudgedAlpha>, EvidenceError> {
    let people = people(group, &request.judge);
    let rated = |raters: &&BTreeMap<String, Given>| {
        people.iter().any(|name| raters.get(*name).is_some_and(|given| given.value.is_some()))
    };
    // Items that only the judge rated say nothing on agreement, and would thin out the resamples.
    let rated: Vec<_> = group.values().filter(rated).collect();
    let table = |names: &[&String]| {
        let row = |raters: &&BTreeMap<String, Given>| {
            names.iter().map(|name| raters.get(*name)?.value).collect::<Vec<_>>()
        };
        let rows: Vec<_> = rated.iter().map(row).collect();
        let refused =
            |error: statistics::RatingsError| EvidenceError::Request { why: error.to_string() };
        Ratings::new(levels, &rows).map_err(refused)
    };
    let mut names: Vec<&String> = people.iter().copied().collect();
    let of_people = table(&names)?;
    names.push(&request.judge);
    let of_all = table(&names)?;
    let ordered = [Distance::Nominal, Distance::Ordinal, Distance::Interval].into_iter();
    let distances = ordered.filter(|it| levels.len() > 2 || *it == Distance::Nominal);
    let of = |ratings: &Ratings, distance| {
        let coefficient = Coefficient::Krippendorff { distance };
        let RatingsRequest { level, seed, .. } = request.ratings;
        ratings.agreement(coefficient, level, RESAMPLES, seed)
    };
    Ok(distances
        .map(|distance| JudgedAlpha {
            distance,
            people: of(&of_people, distance),
            with_judge: of(&of_all, distance),
        })
        .collect())
}
