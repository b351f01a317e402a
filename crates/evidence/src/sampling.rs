//! A random sample of a log's items, with the chance of each, and who of the raters looks at what.

use crate::SourceFile;
use crate::error::FaultAt;
use crate::manifest::digests;
use crate::{Column, EvidenceError, FileFault, Request, RowFault, Source, column, in_order};
use csv::ReaderBuilder;
use datafusion::arrow::array::{Array, StringViewArray};
use serde::{Deserialize, Serialize};
use statistics::sampling::{Allocation, Assignment, SamplingError, allocate, assign, draw};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The most strata; more is a mistake, such as a column of instants.
const MOST_STRATA: usize = 1_000;

/// What is drawn from where, and for whom.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SampleRequest {
    /// Column of the item's id, a pseudonym; each comes once.
    pub item: String,
    /// Columns whose values together are the strata; none for a simple random sample.
    pub by: Vec<String>,
    /// Items to draw.
    pub size: u64,
    /// How the sample is shared out among strata.
    pub allocation: Allocation,
    /// Items from each stratum at least (all, where it has fewer).
    pub least: u64,
    /// Names of the raters; none when nobody is assigned.
    pub raters: Vec<String>,
    /// Raters of each item.
    pub each: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// What is made of the values of columns, by their names here; others are as in the file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, Column>,
    /// Only rows with these values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub equals: BTreeMap<String, String>,
}

/// A sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SampleReport {
    /// The files that it was drawn from.
    pub source: Vec<SourceFile>,
    /// What was asked.
    pub request: SampleRequest,
    /// Items that the files hold.
    pub population: u64,
    /// The strata, by name.
    pub strata: Vec<SampledStratum>,
    /// The items drawn, in random order, so that a stratum cannot be told from the place.
    pub items: Vec<SampledItem>,
    /// Who looks at which of the items, by their places in `items` and in the names of the raters.
    pub assignment: Option<Assignment>,
}

/// What was drawn from a stratum.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SampledStratum {
    /// Its name: the values of its columns, with a stroke between them.
    pub name: String,
    /// Items that it has.
    pub population: u64,
    /// Items drawn.
    pub sampled: u64,
    /// The chance of each of its items to be drawn.
    pub probability: f64,
    /// One over that: the items that each drawn one stands for; none when none was drawn.
    pub weight: Option<f64>,
}

/// An item that was drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampledItem {
    /// Its id.
    pub item: String,
    /// The place of its stratum in the list of strata.
    pub stratum: usize,
}

/// Draws a stratified random sample of the items of a log, and shares it out among raters. It
/// depends on the items, the request and the seed alone, not on the order of rows or files.
///
/// # Errors
/// When a file cannot be used, lacks a column, has an item without an id or twice, or when the plan
/// is impossible.
pub async fn sample(
    source: &Source,
    request: &SampleRequest,
) -> Result<SampleReport, EvidenceError> {
    let mut seen = BTreeSet::new();
    if let Some(twice) = request.raters.iter().find(|name| !seen.insert(*name)) {
        return Err(refused(format!("the rater `{twice}` is named twice")));
    }
    let strata = read(source, request).await?;
    if strata.is_empty() {
        let filters = asked(request).filters();
        return Err(EvidenceError::NoRows { filters });
    }
    let sizes: Vec<u64> = strata.values().map(|items| items.len() as u64).collect();
    let impossible = |error: SamplingError| refused(error.to_string());
    let shares = allocate(&sizes, request.size, request.allocation, request.least);
    let shares = shares.map_err(impossible)?;
    let (mut drawn, mut told) = (Vec::new(), Vec::new());
    for (place, ((name, items), share)) in strata.iter().zip(&shares).enumerate() {
        let count = usize::try_from(*share).map_err(EvidenceError::engine)?;
        let items: Vec<&String> = items.iter().collect();
        for at in draw(items.len(), count, request.seed, place as u64 + 1) {
            let item = items.get(at).map(|item| (*item).clone());
            drawn.extend(item.map(|item| SampledItem { item, stratum: place }));
        }
        let (population, sampled) = (items.len() as u64, *share);
        told.push(SampledStratum {
            name: name.clone(),
            population,
            sampled,
            probability: sampled as f64 / population as f64,
            weight: (sampled > 0).then(|| population as f64 / sampled as f64),
        });
    }
    let order = statistics::sampling::shuffle(drawn.len(), request.seed, 0);
    let items: Vec<_> = order.into_iter().filter_map(|at| drawn.get(at).cloned()).collect();
    let assignment = match request.raters.len() {
        0 => None,
        raters => {
            Some(assign(items.len(), raters, request.each, request.seed).map_err(impossible)?)
        }
    };
    Ok(SampleReport {
        source: digests(source).await?,
        request: request.clone(),
        population: sizes.iter().sum(),
        strata: told,
        items,
        assignment,
    })
}

fn refused(why: String) -> EvidenceError {
    EvidenceError::Request { why }
}

/// The items of each stratum, in the order of their names.
async fn read(
    source: &Source,
    request: &SampleRequest,
) -> Result<BTreeMap<String, BTreeSet<String>>, EvidenceError> {
    let mut columns: Vec<String> = request.by.clone();
    columns.push(request.item.clone());
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut strata: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    in_order::once(source, &asked(request), columns, |rows| {
        let items = in_order::column(rows, &request.item, column::views)?;
        let by = request.by.iter();
        let by = by.map(|name| Ok((name, in_order::column(rows, name, column::views)?)));
        let by = by.collect::<Result<Vec<_>, FaultAt>>()?;
        for row in 0..rows.num_rows() {
            let at = |column: &str, fault| FaultAt { row, column: column.to_owned(), fault };
            let missing = |column: &str| at(column, RowFault::Missing);
            let item = value(&items, row).ok_or_else(|| missing(&request.item))?;
            let of = |(name, values): &(&String, StringViewArray)| {
                value(values, row).map(ToOwned::to_owned).ok_or_else(|| missing(name))
            };
            let stratum = by.iter().map(of).collect::<Result<Vec<_>, _>>()?.join(" / ");
            if !seen.insert(item.to_owned()) {
                return Err(at(&request.item, RowFault::ItemTwice { value: item.to_owned() }));
            }
            strata.entry(stratum).or_default().insert(item.to_owned());
            if strata.len() > MOST_STRATA {
                let fault = RowFault::TooManyLevels { most: MOST_STRATA };
                return Err(at(request.by.last().map_or("", String::as_str), fault));
            }
        }
        Ok(())
    })
    .await?;
    Ok(strata)
}

/// The reading of the log that a sample asks for.
fn asked(request: &SampleRequest) -> Request {
    Request {
        by: request.by.clone(),
        columns: request.columns.clone(),
        equals: request.equals.clone(),
        ..Request::new("", "")
    }
}

fn value(column: &StringViewArray, row: usize) -> Option<&str> {
    let value = (!column.is_null(row)).then(|| column.value(row).trim())?;
    (!value.is_empty()).then_some(value)
}

/// The columns of a sample as CSV, one row for each item and rater, or for each item when nobody is
/// assigned: raters in turn, each in the order in which that rater works.
///
/// # Errors
/// Only when memory runs out.
pub fn sample_csv(sample: &SampleReport) -> Result<String, EvidenceError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut rows: Vec<SampleRow> = Vec::new();
    let row = |item: &SampledItem, rater: Option<&String>, position: usize| {
        let stratum = sample.strata.get(item.stratum)?;
        Some(SampleRow {
            rater: rater.cloned().unwrap_or_default(),
            position,
            item: item.item.clone(),
            stratum: stratum.name.clone(),
            population: stratum.population,
            sampled: stratum.sampled,
            probability: stratum.probability,
            weight: stratum.weight.unwrap_or_default(),
        })
    };
    match &sample.assignment {
        None => {
            rows.extend((1..).zip(&sample.items).filter_map(|(at, item)| row(item, None, at)));
        }
        Some(assignment) => {
            rows.extend(assignment.assigned.iter().filter_map(|it| {
                let rater = sample.request.raters.get(it.rater);
                row(sample.items.get(it.item)?, rater, it.position)
            }));
        }
    }
    for row in &rows {
        writer.serialize(row).map_err(EvidenceError::engine)?;
    }
    let bytes = writer.into_inner().map_err(EvidenceError::engine)?;
    String::from_utf8(bytes).map_err(EvidenceError::engine)
}

/// A row of a sample's file. The first columns are for raters, the others for who computes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SampleRow {
    rater: String,
    position: usize,
    item: String,
    stratum: String,
    population: u64,
    sampled: u64,
    probability: f64,
    weight: f64,
}

/// What a sample's file says of each stratum and item.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Drawn {
    /// The stratum of each item.
    pub items: BTreeMap<String, String>,
    /// How many items each stratum has.
    pub populations: BTreeMap<String, u64>,
}

/// Reads back what [`sample_csv`] wrote.
pub(crate) fn drawn(file: &Path) -> Result<Drawn, EvidenceError> {
    let bytes = std::fs::read(file).map_err(|error| EvidenceError::file(file, error))?;
    if bytes.is_empty() {
        return Err(EvidenceError::file(file, FileFault::Empty));
    }
    let mut reader = ReaderBuilder::new().from_reader(bytes.as_slice());
    let mut found = Drawn::default();
    for (row, read) in (1..).zip(reader.deserialize::<SampleRow>()) {
        let at = |column: &str, why: String| EvidenceError::Row {
            file: file.display().to_string(),
            row,
            column: column.to_owned(),
            fault: RowFault::Unreadable { why },
        };
        let read =
            read.map_err(|error| at("item", format!("it is no row of a sample: {error}")))?;
        let before = found.populations.insert(read.stratum.clone(), read.population);
        if before.is_some_and(|before| before != read.population) {
            let why = format!("another row says another size of `{}`", read.stratum);
            return Err(at("population", why));
        }
        if let Some(before) = found.items.insert(read.item, read.stratum.clone())
            && before != read.stratum
        {
            return Err(at("stratum", format!("another row has the item in `{before}`")));
        }
    }
    if found.items.is_empty() {
        return Err(EvidenceError::file(file, FileFault::NoRows));
    }
    Ok(found)
}
