//! The rows of a file of ratings, checked one by one.

use super::{Rated, RatedCriterion, RatingsRequest};
use crate::error::{EvidenceError, FileFault, RowFault};
use crate::source::nearest;
use csv::{ReaderBuilder, StringRecord};
use std::collections::BTreeMap;
use std::path::Path;

/// A rating with its place in the file.
pub(super) struct Given {
    pub value: Option<f64>,
    row: u64,
}

/// The ratings of a group by item and rater.
pub(super) type Group = BTreeMap<String, BTreeMap<String, Given>>;

/// The places of the columns.
struct Places {
    item: usize,
    rater: usize,
    score: usize,
    by: Option<usize>,
    cohort: Option<usize>,
}

/// Reads every row.
pub(super) fn read(
    file: &Path,
    bytes: &[u8],
    request: &RatingsRequest,
) -> Result<Rated, EvidenceError> {
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
    let places = Places {
        item: place(&request.item)?,
        rater: place(&request.rater)?,
        score: place(&request.score)?,
        by: request.by.as_ref().map(place).transpose()?,
        cohort: request.cohort.as_ref().map(place).transpose()?,
    };
    let mut rated = Rated::default();
    let mut cohorts = BTreeMap::new();
    for (row, record) in (1..).zip(reader.records()) {
        let at = |(column, fault): (String, RowFault)| EvidenceError::Row {
            file: file.display().to_string(),
            row,
            column,
            fault,
        };
        let why = |error: csv::Error| {
            (request.item.clone(), RowFault::Unreadable { why: error.to_string() })
        };
        let record = record.map_err(why).map_err(at)?;
        take(&record, row, request, &places, (&mut rated, &mut cohorts)).map_err(at)?;
    }
    if rated.groups.is_empty() {
        return Err(EvidenceError::file(file, FileFault::NoRows));
    }
    rated.cohorts = cohorts.into_iter().map(|(item, (cohort, _))| (item, cohort)).collect();
    Ok(rated)
}

/// Takes one row, or names its column and what is wrong there.
fn take(
    record: &StringRecord,
    row: u64,
    request: &RatingsRequest,
    places: &Places,
    (rated, cohorts): (&mut Rated, &mut BTreeMap<String, (String, u64)>),
) -> Result<(), (String, RowFault)> {
    let named = |column: &String, place: usize| match text(record, place) {
        "" => Err((column.clone(), RowFault::Missing)),
        name => Ok(name.to_owned()),
    };
    let group = match (&request.by, places.by) {
        (Some(column), Some(place)) => named(column, place)?,
        _ => String::new(),
    };
    let item = named(&request.item, places.item)?;
    let rater = named(&request.rater, places.rater)?;
    let fault = |fault| (request.score.clone(), fault);
    let value = rating(text(record, places.score)).map_err(fault)?;
    if let Some(rubric) = &request.rubric {
        let criterion = rubric.iter().find(|it| request.by.is_none() || it.id == group);
        let Some(criterion) = criterion else {
            let known = rubric.iter().map(|it| it.id.as_str()).collect::<Vec<_>>().join(", ");
            let column = request.by.clone().unwrap_or_default();
            return Err((column, RowFault::Criterion { value: group, known }));
        };
        on_scale(criterion, value).map_err(fault)?;
    }
    if let (Some(column), Some(place)) = (&request.cohort, places.cohort) {
        let cohort = named(column, place)?;
        let known = cohorts.entry(item.clone()).or_insert_with(|| (cohort.clone(), row));
        if known.0 != cohort {
            let before = format!("`{}` in row {}", known.0, known.1);
            return Err((column.clone(), RowFault::OtherCohort { value: cohort, before }));
        }
    }
    let raters = rated.groups.entry(group).or_default().entry(item).or_default();
    match raters.insert(rater.clone(), Given { value, row }) {
        Some(before) => {
            Err((request.item.clone(), RowFault::RatedTwice { rater, row: before.row }))
        }
        None => Ok(()),
    }
}

fn on_scale(criterion: &RatedCriterion, value: Option<f64>) -> Result<(), RowFault> {
    let Some(value) = value.filter(|value| !criterion.levels.contains(value)) else {
        return Ok(());
    };
    let levels = criterion.levels.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let scale = format!("`{}`, which is {levels}", criterion.id);
    Err(RowFault::OffScale { value: value.to_string(), scale })
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
