//! The fold over batches of rows: check, and turn into integers.

use crate::error::FaultAt;
use crate::intersections::Attributes;
use crate::levels::{Levels, Months};
use crate::part::Part;
use crate::{Request, RowFault, column};
use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::common::HashSet;
use datafusion::common::hash_utils::{RandomState, create_hashes};
use std::sync::Arc;

/// The fold over the batches of one partition.
#[derive(Debug)]
pub(crate) struct Fold {
    request: Arc<Request>,
    part: Part,
    versions: Levels,
    months: Months,
    by: Attributes,
    suspects: Suspects,
}

/// The ids to look at closely: those whose hashes came twice in a first pass.
#[derive(Debug, Default)]
pub(crate) struct Suspects {
    /// The hashes that came twice.
    pub hashes: HashSet<u64>,
    seen: HashSet<String>,
}

impl Suspects {
    pub fn of(hashes: HashSet<u64>) -> Self {
        Self { hashes, seen: HashSet::new() }
    }

    /// The first row whose id came before. When there is none, the ids are remembered.
    fn repeated(&mut self, array: &ArrayRef, hashes: &[u64]) -> column::At<()> {
        if self.hashes.is_empty() || !hashes.iter().any(|hash| self.hashes.contains(hash)) {
            return Ok(());
        }
        let text = column::views(array)?;
        let mut fresh: HashSet<String> = HashSet::new();
        for (row, (hash, id)) in hashes.iter().zip(text.iter()).enumerate() {
            if !self.hashes.contains(hash) {
                continue;
            }
            let id = id.unwrap_or_default().to_owned();
            if self.seen.contains(&id) || fresh.contains(&id) {
                return Err((row, RowFault::Duplicate { value: id }));
            }
            fresh.insert(id);
        }
        self.seen.extend(fresh);
        Ok(())
    }
}

/// Some rows of a batch, and where in the batch they are.
#[derive(Debug, Clone)]
pub(crate) struct Selected {
    batch: RecordBatch,
    /// The place of each row in the whole batch; none when all rows are here.
    origin: Option<Vec<usize>>,
}

impl Selected {
    pub fn all(batch: RecordBatch) -> Self {
        Self { batch, origin: None }
    }

    /// Keeps the rows marked.
    pub fn keep(&mut self, mask: &[bool]) -> Result<(), FaultAt> {
        if mask.iter().all(|&kept| kept) {
            return Ok(());
        }
        let marks = BooleanArray::from(mask.to_vec());
        self.batch = filter_record_batch(&self.batch, &marks).map_err(|error| {
            let (row, fault) = column::unreadable(error);
            FaultAt { row, column: String::new(), fault }
        })?;
        let places = mask.iter().enumerate().filter_map(|(row, &kept)| kept.then_some(row));
        self.origin = Some(places.map(|row| self.place(row)).collect());
        Ok(())
    }

    fn place(&self, row: usize) -> usize {
        self.origin.as_ref().and_then(|places| places.get(row)).copied().unwrap_or(row)
    }

    /// Reads a column; a fault comes out with its place in the whole batch.
    pub fn read<T>(
        &self,
        name: &str,
        read: impl FnOnce(&ArrayRef) -> column::At<T>,
    ) -> Result<T, FaultAt> {
        let found = match self.batch.column_by_name(name) {
            Some(array) => read(array),
            None => Err((0, RowFault::Missing)),
        };
        found.map_err(|(row, fault)| FaultAt {
            row: self.place(row),
            column: name.to_owned(),
            fault,
        })
    }
}

fn kept<T>(values: Vec<T>, mask: &[bool]) -> Vec<T> {
    values.into_iter().zip(mask).filter_map(|(value, &kept)| kept.then_some(value)).collect()
}

impl Fold {
    pub fn new(request: Arc<Request>, suspects: Suspects) -> Self {
        Self {
            part: Part::new(&request),
            by: Attributes::of(&request),
            request,
            versions: Levels::default(),
            months: Months::default(),
            suspects,
        }
    }

    pub fn request(&self) -> &Arc<Request> {
        &self.request
    }

    /// Takes the rows of a batch in. After a fault the fold is of no more use, except to be asked
    /// again with fewer rows of the same batch in order to find an earlier fault.
    pub fn push(&mut self, mut rows: Selected) -> Result<(), FaultAt> {
        let request = Arc::clone(&self.request);
        let mut instants = window(&request, &mut rows)?;
        self.part.set.rows_read += rows.batch.num_rows() as u64;
        let hashes = match &request.id {
            Some(id) => rows.read(id, hash_ids)?,
            None => Vec::new(),
        };
        let mut mask = self.known_versions(&request, &rows)?;
        self.leave_immature(&request, &rows, &mut mask)?;
        // The ids are looked at last of all, since a look leaves a trace; and before rows are left
        // out.
        let whole = rows.clone();
        rows.keep(&mask)?;
        if !instants.is_empty() {
            instants = kept(instants, &mask);
        }
        let scores = rows.read(&request.score, column::scores)?;
        let outcomes = rows.read(&request.outcome, column::outcomes)?;
        let mut codes = self.by.encode(&rows)?;
        if let Some(cluster) = &request.cluster {
            codes.push(rows.read(cluster, column::clusters)?);
        }
        let months = match (request.period, &request.time) {
            (Some(_), Some(time)) => Some(rows.read(time, |_| self.months.encode(&instants))?),
            _ => None,
        };
        if let Some(id) = &request.id {
            whole.read(id, |array| self.suspects.repeated(array, &hashes))?;
        }
        let packed = scores.iter().zip(&outcomes);
        let packed = packed.map(|(score, &outcome)| (score << 1) | u32::from(outcome));
        self.part.push(packed, codes, months, &request);
        self.part.ids.extend(hashes);
        Ok(())
    }

    /// Counts the versions; says which rows have a known one.
    fn known_versions(&mut self, request: &Request, rows: &Selected) -> Result<Vec<bool>, FaultAt> {
        let mut mask = vec![true; rows.batch.num_rows()];
        let Some(column) = &request.version else { return Ok(mask) };
        let codes = rows.read(column, |array| self.versions.encode(array))?;
        let mut counts = vec![0_u64; self.versions.names().len()];
        for &code in &codes {
            if let Some(count) = counts.get_mut(usize::from(code)) {
                *count += 1;
            }
        }
        let known = request.known_versions.as_ref();
        let names = self.versions.names();
        let strange: Vec<bool> =
            names.iter().map(|name| known.is_some_and(|known| !known.contains(name))).collect();
        for ((name, count), &strange) in names.iter().zip(counts).zip(&strange) {
            if count == 0 {
                continue;
            }
            *self.part.set.versions_seen.entry(name.clone()).or_default() += count;
            if strange {
                *self.part.set.unknown_versions.entry(name.clone()).or_default() += count;
            }
        }
        for (row, (kept, &code)) in mask.iter_mut().zip(&codes).enumerate() {
            *kept = !strange.get(usize::from(code)).copied().unwrap_or_default();
            if !*kept && !request.report_unknown {
                let value = names.get(usize::from(code)).cloned().unwrap_or_default();
                let known: Vec<&str> = known.into_iter().flatten().map(String::as_str).collect();
                let fault = RowFault::UnknownVersion { value, known: known.join(", ") };
                return rows.read(column, |_| Err((row, fault)));
            }
        }
        Ok(mask)
    }

    /// Takes the rows out of the mask whose outcome is not known yet, and counts them.
    fn leave_immature(
        &mut self,
        request: &Request,
        rows: &Selected,
        mask: &mut [bool],
    ) -> Result<(), FaultAt> {
        let (Some(column), Some(as_of)) = (&request.matured, request.as_of) else { return Ok(()) };
        let as_of = column::micros(as_of);
        let matured = rows.read(column, column::instants)?;
        for (kept, matured) in mask.iter_mut().zip(matured) {
            if *kept && matured.is_none_or(|instant| instant > as_of) {
                *kept = false;
                self.part.set.immature += 1;
            }
        }
        Ok(())
    }

    /// Ends the fold.
    pub fn finish(mut self) -> Part {
        self.part.finish(&self.request);
        self.part.levels = self.by.into_names();
        if self.request.cluster.is_some() {
            let groups = (0..statistics::CLUSTER_GROUPS).map(|group| group.to_string());
            self.part.levels.push(groups.collect());
        }
        self.part.periods = self.months.into_names();
        self.part
    }
}

/// Keeps the rows of the request's window; their instants in microseconds, or nothing without a
/// time column.
fn window(request: &Request, rows: &mut Selected) -> Result<Vec<i64>, FaultAt> {
    let Some(time) = &request.time else { return Ok(Vec::new()) };
    let mut instants = rows.read(time, column::every_instant)?;
    if request.from.is_some() || request.until.is_some() {
        let from = request.from.map_or(i64::MIN, column::micros);
        let until = request.until.map_or(i64::MAX, column::micros);
        let mask: Vec<bool> = instants.iter().map(|t| (from..until).contains(t)).collect();
        if !mask.iter().all(|&inside| inside) {
            rows.keep(&mask)?;
            instants = kept(instants, &mask);
        }
    }
    if let Some(as_of) = request.as_of.or(request.latest) {
        let last = column::micros(as_of);
        if let Some((row, &late)) = instants.iter().enumerate().find(|(_, t)| **t > last) {
            let value = column::shown(late);
            let fault = RowFault::Future { value, as_of: as_of.to_string() };
            return rows.read(time, |_| Err((row, fault)));
        }
    }
    Ok(instants)
}

/// A hash of each id, the same for the same id in every batch of a pass, however a file keeps it.
fn hash_ids(array: &ArrayRef) -> column::At<Vec<u64>> {
    let ids: ArrayRef = match column::is_text(array.data_type()) {
        true => Arc::new(column::views(array)?),
        false => Arc::clone(array),
    };
    if ids.logical_null_count() > 0
        && let Some(row) = column::views(&ids)?.iter().position(|id| id.is_none())
    {
        return Err((row, RowFault::Missing));
    }
    let mut hashes = vec![0; ids.len()];
    create_hashes([&ids], &RandomState::default(), &mut hashes).map_err(column::unreadable)?;
    Ok(hashes)
}
