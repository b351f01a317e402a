//! Ratings of output from a CSV file with one rating a row, into one table for each group.

use crate::error::{EvidenceError, FileFault, RowFault};
use crate::source::nearest;
use csv::{ReaderBuilder, StringRecord};
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
    /// Levels of the scale; all that occur when left out.
    pub levels: Option<Vec<f64>>,
    /// Nominal coverage of the intervals.
    pub level: f64,
    /// Seed of the resamples.
    pub seed: u64,
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
}

/// A rating with its place in the file.
struct Given {
    value: Option<f64>,
    row: u64,
}

/// The ratings of a group by item and rater.
type Group = BTreeMap<String, BTreeMap<String, Given>>;

/// Reads ratings and says how far they agree.
///
/// # Errors
/// When the file cannot be read, lacks a column, or a row cannot be used; then nothing is computed.
pub fn ratings(file: &Path, request: &RatingsRequest) -> Result<RatingsReport, EvidenceError> {
    if !(0.5..1.0).contains(&request.level) {
        let why = format!("the level {} is not from 0.5 up to 1, such as 0.95", request.level);
        return Err(EvidenceError::Request { why });
    }
    let bytes = std::fs::read(file).map_err(|error| EvidenceError::file(file, error))?;
    let groups = read(file, &bytes, request)?;
    let levels = scale(&groups, request)?;
    let groups = groups.iter().map(|(name, group)| {
        let name = request.by.is_some().then(|| name.clone());
        of_group(name, group, &levels, request)
    });
    Ok(RatingsReport {
        request: request.clone(),
        sha256: hex::encode(Sha256::digest(&bytes)),
        groups: groups.collect::<Result<_, _>>()?,
    })
}

fn read(
    file: &Path,
    bytes: &[u8],
    request: &RatingsRequest,
) -> Result<BTreeMap<String, Group>, EvidenceError> {
    if bytes.is_empty() {
        return Err(EvidenceError::file(file, FileFault::Empty));
    }
    let mut reader = ReaderBuilder::new().from_reader(bytes);
    let damaged = |error: csv::Error| {
        EvidenceError::file(file, FileFault::Damaged { why: error.to_string() })
    };
    let columns: Vec<String> =
        reader.headers().map_err(damaged)?.iter().map(|name| name.trim().to_owned()).collect();
    let place = |wanted: &String| {
        let found = columns.iter().position(|name| name == wanted);
        found.ok_or_else(|| {
            let (column, columns) = (wanted.clone(), columns.clone());
            let nearest = nearest(&column, &columns);
            EvidenceError::file(file, FileFault::MissingColumn { column, nearest, columns })
        })
    };
    let (item, rater) = (place(&request.item)?, place(&request.rater)?);
    let (score, by) = (place(&request.score)?, request.by.as_ref().map(place).transpose()?);
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for (row, record) in (1..).zip(reader.records()) {
        let fault = |column: &str, fault: RowFault| EvidenceError::Row {
            file: file.display().to_string(),
            row,
            column: column.to_owned(),
            fault,
        };
        let why = |error: csv::Error| RowFault::Unreadable { why: error.to_string() };
        let record = record.map_err(|error| fault(&request.item, why(error)))?;
        let named = |column: &str, place: usize| match text(&record, place) {
            "" => Err(fault(column, RowFault::Missing)),
            name => Ok(name.to_owned()),
        };
        let group = match (&request.by, by) {
            (Some(column), Some(place)) => named(column, place)?,
            _ => String::new(),
        };
        let given = named(&request.item, item)?;
        let rater = named(&request.rater, rater)?;
        let value = rating(text(&record, score)).map_err(|it| fault(&request.score, it))?;
        let raters = groups.entry(group).or_default().entry(given).or_default();
        if let Some(before) = raters.insert(rater.clone(), Given { value, row }) {
            let twice = RowFault::RatedTwice { rater, row: before.row };
            return Err(fault(&request.item, twice));
        }
    }
    if groups.is_empty() {
        return Err(EvidenceError::file(file, FileFault::NoRows));
    }
    Ok(groups)
}

fn text(record: &StringRecord, place: usize) -> &str {
    record.get(place).unwrap_or_default().trim()
}

/// A rating; none where the cell is empty.
fn rating(text: &str) -> Result<Option<f64>, RowFault> {
    if matches!(text, "" | "NA" | "NaN" | "nan") {
        return Ok(None);
    }
    let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
    let fault = || RowFault::Rating { value: text.to_owned() };
    Ok(Some(value.ok_or_else(fault)? + 0.0))
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

#[cfg(test)]
mod tests;
