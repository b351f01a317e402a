//! Ratings of output from a CSV file with one rating a row, into one table for each group.

mod defects;
mod judge;
mod read;

pub use defects::{Defects, DefectsOf, Limited};
pub use judge::{JudgeReport, JudgeRequest, JudgedAlpha, JudgedGroup, JudgedRate, judge};

use crate::error::EvidenceError;
use crate::sampling::{Drawn, drawn};
use read::{Given, Group, read};
use serde::Serialize;
use sha2::{Digest, Sha256};
use statistics::{Agreement, Coefficient, Distance, IccForm, RaterMean, Ratings, Weights};
use std::collections::BTreeMap;
use std::path::Path;

/// Levels that a scale may have when nobody says which they are.
const MOST_LEVELS: usize = 20;

/// Resamples behind each interval.
const RESAMPLES: usize = 1_000;

/// Which columns hold what, and how the ratings are looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RatingsRequest {
    /// Column of what was rated.
    pub item: String,
    /// Column of who rated.
    pub rater: String,
    /// Column of the rating; empty where none was given.
    pub score: String,
    /// Column of the groups that are looked at apart, such as criteria.
    pub by: Option<String>,
    /// Levels of the scale; all that occur when left out. A rubric's criteria have their own.
    pub levels: Option<Vec<f64>>,
    /// The criteria that `by` names, against which each rating is checked; with a single criterion
    /// `by` may be left out.
    pub rubric: Option<Vec<RatedCriterion>>,
    /// Column of the cohort of an item, such as a specialty, by which defects are told too.
    pub cohort: Option<String>,
    /// Nominal coverage of the intervals.
    pub level: f64,
    /// Seed of the resamples.
    pub seed: u64,
}

/// A criterion of a rubric, as far as ratings are checked against it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RatedCriterion {
    /// Its handle, as in the column of criteria.
    pub id: String,
    /// What raters are asked.
    pub question: String,
    /// The levels of its scale.
    pub levels: Vec<f64>,
    /// Levels that count as a defect; none may do.
    pub defects: Vec<f64>,
    /// Those of them that count as a critical one.
    pub critical: Vec<f64>,
    /// The most that the share of items with a defect may be.
    pub most_defects: Option<f64>,
    /// The most that the share of items with a critical defect may be.
    pub most_critical: Option<f64>,
}

/// What ratings show.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RatingsReport {
    /// What was asked.
    pub request: RatingsRequest,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Groups in the order of their names.
    pub groups: Vec<RatedGroup>,
    /// Items with a defect by any criterion; none without a rubric.
    pub any: Option<DefectsOf>,
}

/// What the ratings of one group show.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RatedGroup {
    /// Its name; none when the ratings are not in groups.
    pub name: Option<String>,
    /// Items that were rated.
    pub items: usize,
    /// Ratings that were given.
    pub given: usize,
    /// Ratings that would be there if every rater had rated every item, and are not.
    pub missing: usize,
    /// How often each level was given, from the lowest.
    pub levels: Vec<(f64, usize)>,
    /// Every coefficient that the ratings determine.
    pub agreement: Vec<Agreement>,
    /// The mean of each rater, by name.
    pub raters: Vec<(String, RaterMean)>,
    /// Its defects; none without a rubric.
    pub defects: Option<Defects>,
}

/// What a file of ratings holds.
#[derive(Default)]
struct Rated {
    /// The ratings of each group; one without a name when they are not in groups.
    groups: BTreeMap<String, Group>,
    /// The cohort of each item, when they were asked for.
    cohorts: BTreeMap<String, String>,
    /// How the items were drawn, when that is known.
    drawn: Option<Drawn>,
}

/// Reads ratings and says how far they agree; with a rubric, what is defective. `sample` is the
/// file of [`sample_csv`](crate::sample_csv) from which the items were taken, if they were: rates
/// of defects are then weighted back to everything that it was drawn from.
///
/// # Errors
/// When a file cannot be read, lacks a column, or a row cannot be used, a rating that is off the
/// rubric's scale among them, or an item is rated that the sample does not have; then nothing is
/// computed.
pub fn ratings(
    file: &Path,
    sample: Option<&Path>,
    request: &RatingsRequest,
) -> Result<RatingsReport, EvidenceError> {
    let (mut rated, sha256) = load(file, request)?;
    if let Some(sample) = sample {
        let drawn = drawn(sample)?;
        let mut items = rated.groups.values().flat_map(BTreeMap::keys);
        if let Some(item) = items.find(|item| !drawn.items.contains_key(*item)) {
            let why = format!(
                "`{item}` was rated, and `{}` does not have it: give the sample that the ratings \
                 are of",
                sample.display()
            );
            return Err(EvidenceError::Request { why });
        }
        rated.drawn = Some(drawn);
    }
    let groups = rated.groups.iter().map(|(name, group)| {
        let criterion = request.criterion(name);
        let levels = match criterion {
            Some(criterion) => criterion.levels.clone(),
            None => scale(&rated.groups, request)?,
        };
        let name = request.by.is_some().then(|| name.clone());
        let found = of_group(name, group, &levels, request)?;
        let defects = criterion.map(|it| defects::of(group, it, &rated, request.level));
        Ok(RatedGroup { defects, ..found })
    });
    Ok(RatingsReport {
        request: request.clone(),
        sha256,
        groups: groups.collect::<Result<_, EvidenceError>>()?,
        any: request.rubric.as_ref().map(|_| defects::any(&rated, request)),
    })
}

/// Checks the request and reads the file; with the SHA-256 of its bytes in hexadecimal.
fn load(file: &Path, request: &RatingsRequest) -> Result<(Rated, String), EvidenceError> {
    if !(0.5..1.0).contains(&request.level) {
        let why = format!("the level {} is not from 0.5 up to 1, such as 0.95", request.level);
        return Err(EvidenceError::Request { why });
    }
    if request.by.is_none() && request.rubric.as_ref().is_some_and(|rubric| rubric.len() > 1) {
        let why = "a rubric of several criteria needs the column that says which is rated: name it \
                   in `by`";
        return Err(EvidenceError::Request { why: why.to_owned() });
    }
    let bytes = std::fs::read(file).map_err(|error| EvidenceError::file(file, error))?;
    Ok((read(file, &bytes, request)?, hex::encode(Sha256::digest(&bytes))))
}

impl RatingsRequest {
    /// The criterion of a group, when there is a rubric.
    fn criterion(&self, group: &str) -> Option<&RatedCriterion> {
        self.rubric.as_ref()?.iter().find(|it| self.by.is_none() || it.id == group)
    }
}

/// The scale: what was asked for, or what occurs.
fn scale(
    groups: &BTreeMap<String, Group>,
    request: &RatingsRequest,
) -> Result<Vec<f64>, EvidenceError> {
    if let Some(levels) = &request.levels {
        return Ok(levels.clone());
    }
    let given = groups.values().flat_map(BTreeMap::values).flat_map(BTreeMap::values);
    let mut levels: Vec<f64> = given.filter_map(|given| given.value).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    if levels.len() < 2 || levels.len() > MOST_LEVELS {
        let why = format!(
            "the column `{}` holds {} different ratings, which is no scale of 2 to {MOST_LEVELS} \
             levels; name the levels",
            request.score,
            levels.len()
        );
        return Err(EvidenceError::Request { why });
    }
    Ok(levels)
}

fn of_group(
    name: Option<String>,
    group: &Group,
    levels: &[f64],
    request: &RatingsRequest,
) -> Result<RatedGroup, EvidenceError> {
    let mut raters: Vec<&String> = group.values().flat_map(BTreeMap::keys).collect();
    raters.sort_unstable();
    raters.dedup();
    let row = |item: &BTreeMap<String, Given>| {
        raters.iter().map(|rater| item.get(*rater)?.value).collect::<Vec<_>>()
    };
    let rows: Vec<_> = group.values().map(row).collect();
    let refused = |error: statistics::RatingsError| {
        let what = name.as_ref().map(|name| format!("in {name}, ")).unwrap_or_default();
        EvidenceError::Request { why: format!("{what}{error}") }
    };
    let ratings = Ratings::new(levels, &rows).map_err(refused)?;
    let count = |level: &f64| {
        let all = rows.iter().flatten().flatten();
        (*level, all.filter(|value| *value == level).count())
    };
    let agreement = coefficients(ratings.raters(), levels).filter_map(|coefficient| {
        ratings.agreement(coefficient, request.level, RESAMPLES, request.seed)
    });
    let means = ratings.rater_means(request.level).into_iter();
    let means = means.filter_map(|mean| Some(((*raters.get(mean.rater)?).clone(), mean)));
    Ok(RatedGroup {
        name,
        items: rows.iter().filter(|row| row.iter().any(Option::is_some)).count(),
        given: ratings.given(),
        missing: rows.len() * raters.len() - ratings.given(),
        levels: levels.iter().map(count).collect(),
        agreement: agreement.collect(),
        raters: means.collect(),
        defects: None,
    })
}

/// The coefficients that suit a number of raters and a scale.
fn coefficients(raters: usize, levels: &[f64]) -> impl Iterator<Item = Coefficient> {
    let ordered = levels.len() > 2;
    let kappa = match raters {
        2 => Coefficient::Cohen { weights: Weights::None },
        _ => Coefficient::Fleiss,
    };
    let alpha = |distance| Coefficient::Krippendorff { distance };
    let gwet = |weights| Coefficient::Gwet { weights };
    let of_all = [kappa, alpha(Distance::Nominal), gwet(Weights::None)];
    let of_ordered = [
        Coefficient::Cohen { weights: Weights::Quadratic },
        alpha(Distance::Ordinal),
        alpha(Distance::Interval),
        gwet(Weights::Quadratic),
        Coefficient::Icc { form: IccForm::Agreement },
        Coefficient::Icc { form: IccForm::Consistency },
        Coefficient::Icc { form: IccForm::AgreementMean },
    ];
    let suits = move |it: &Coefficient| {
        ordered && (raters == 2 || !matches!(it, Coefficient::Cohen { .. }))
    };
    of_all.into_iter().chain(of_ordered.into_iter().filter(suits))
}
