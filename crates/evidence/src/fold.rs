//! The fold over batches of rows: check, and turn into integers.

use crate::error::FaultAt;
use crate::levels::{Levels, Months};
use crate::records::{Dimension, Records};
use crate::{Request, RowFault, TallySet, column};
use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::common::HashSet;
use datafusion::common::hash_utils::{RandomState, create_hashes};
use std::sync::Arc;

/// Rows kept before they are tallied: it bounds the memory of a fold, whatever the length of the
/// log.
const MOST_RECORDS: usize = 1 << 23;

/// What the fold of one partition has gathered.
#[derive(Debug)]
pub(crate) struct Part {
    pub set: TallySet,
    /// A hash of each prediction id, ascending.
    pub ids: Vec<u64>,
}

/// The fold over the batches of one partition.
#[derive(Debug)]
pub(crate) struct Fold {
    request: Arc<Request>,
    set: TallySet,
    versions: Levels,
    months: Months,
    by: Vec<Levels>,
    /// Score and outcome of each row not tallied yet: twice the score in billionths, plus the
    /// outcome.
    rows: Vec<u32>,
    /// For each attribute of `by`, and then for the period, the number of each row's level.
    codes: Vec<Vec<u16>>,
    ids: Vec<u64>,
    suspects: Suspects,
    /// Rows kept before they are tallied.
    most_records: usize,
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
    fn read<T>(
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
        let by = request.by.iter().map(|_| Levels::default()).collect();
        let codes = vec![Vec::new(); request.by.len() + 1];
        Self {
            request,
            set: TallySet::default(),
            versions: Levels::default(),
            months: Months::default(),
            by,
            rows: Vec::new(),
            codes,
            ids: Vec::new(),
            suspects,
            most_records: MOST_RECORDS,
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
        self.set.rows_read += rows.batch.num_rows() as u64;
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
        let mut codes = Vec::with_capacity(self.codes.len());
        for (name, levels) in request.by.iter().zip(&mut self.by) {
            codes.push(rows.read(name, |array| levels.encode(array))?);
        }
        if let (Some(_), Some(time)) = (request.period, &request.time) {
            codes.push(rows.read(time, |_| self.months.encode(&instants))?);
        }
        if let Some(id) = &request.id {
            whole.read(id, |array| self.suspects.repeated(array, &hashes))?;
        }
        self.set.rows_used += scores.len() as u64;
        let packed = scores.iter().zip(&outcomes);
        self.rows.extend(packed.map(|(score, &outcome)| (score << 1) | u32::from(outcome)));
        for (all, new) in self.codes.iter_mut().zip(codes) {
            all.extend(new);
        }
        self.ids.extend(hashes);
        if self.rows.len() >= self.most_records {
            self.flush();
        }
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
            *self.set.versions_seen.entry(name.clone()).or_default() += count;
            if strange {
                *self.set.unknown_versions.entry(name.clone()).or_default() += count;
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
                self.set.immature += 1;
            }
        }
        Ok(())
    }

    /// Tallies what is left and ends the fold.
    pub fn finish(mut self) -> Part {
        self.flush();
        self.ids.sort_unstable();
        Part { set: self.set, ids: self.ids }
    }

    /// Tallies the rows gathered so far.
    fn flush(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        let codes: Vec<Vec<u16>> = self.codes.iter_mut().map(std::mem::take).collect();
        if rows.is_empty() {
            return;
        }
        let names = self.by.iter().map(Levels::names).chain([self.months.names()]);
        let records = Records::sorted(&rows, codes, names.map(<[String]>::len));
        let named = self.request.by.iter().zip(&self.by).enumerate();
        let attributes: Vec<Dimension<'_>> = named
            .map(|(place, (name, levels))| Dimension { place, name, names: levels.names() })
            .collect();
        let (place, names) = (self.by.len(), self.months.names());
        let months = Dimension { place, name: "month", names };
        let months = self.request.period.is_some().then_some(&months);
        for period in [None].into_iter().chain(months.map(Some)) {
            for attribute in [None].into_iter().chain(attributes.iter().map(Some)) {
                records.tally_by(attribute, period, &mut self.set);
            }
        }
    }
}

/// Keeps the rows of the request's window; their instants in microseconds, or nothing without a
/// time column.
fn window(request: &Request, rows: &mut Selected) -> Result<Vec<i64>, FaultAt> {
    let Some(time) = &request.time else { return Ok(Vec::new()) };
    let found = rows.read(time, column::instants)?;
    let whole = |(row, instant): (usize, Option<i64>)| instant.ok_or((row, RowFault::Missing));
    let instants: Result<Vec<i64>, _> = found.into_iter().enumerate().map(whole).collect();
    let mut instants = rows.read(time, |_| instants)?;
    let from = request.from.map_or(i64::MIN, column::micros);
    let until = request.until.map_or(i64::MAX, column::micros);
    let mask: Vec<bool> = instants.iter().map(|t| (from..until).contains(t)).collect();
    if !mask.iter().all(|&inside| inside) {
        rows.keep(&mask)?;
        instants = kept(instants, &mask);
    }
    if let Some(as_of) = request.as_of {
        let last = column::micros(as_of);
        if let Some((row, &late)) = instants.iter().enumerate().find(|(_, t)| **t > last) {
            let value = column::shown(late);
            let fault = RowFault::Future { value, as_of: as_of.to_string() };
            return rows.read(time, |_| Err((row, fault)));
        }
    }
    Ok(instants)
}

/// A hash of each id, the same for the same text in every batch of a pass.
fn hash_ids(array: &ArrayRef) -> column::At<Vec<u64>> {
    if array.logical_null_count() > 0
        && let Some(row) = column::views(array)?.iter().position(|id| id.is_none())
    {
        return Err((row, RowFault::Missing));
    }
    let mut hashes = vec![0; array.len()];
    create_hashes([array], &RandomState::default(), &mut hashes).map_err(column::unreadable)?;
    Ok(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{Float64Array, Int64Array};

    #[test]
    fn tallying_in_several_goes_gives_the_same() {
        let batch = |from: i32| {
            let rows = from..from + 50;
            let scores = rows.clone().map(|row| f64::from(row * 37 % 100) / 100.0);
            let outcomes = rows.clone().map(|row| i64::from(row % 3 == 0));
            // The second batch has levels that the first has not.
            let levels = rows.map(|row| i64::from(row / 20));
            let columns: Vec<(&str, ArrayRef)> = vec![
                ("p", Arc::new(Float64Array::from_iter_values(scores))),
                ("y", Arc::new(Int64Array::from_iter_values(outcomes))),
                ("a", Arc::new(Int64Array::from_iter_values(levels))),
            ];
            RecordBatch::try_from_iter(columns).unwrap()
        };
        let request = Request { by: vec!["a".into()], ..Request::new("y", "p") };
        let tally = |most_records| {
            let mut fold = Fold::new(Arc::new(request.clone()), Suspects::default());
            fold.most_records = most_records;
            fold.push(Selected::all(batch(0))).unwrap();
            fold.push(Selected::all(batch(50))).unwrap();
            fold.finish().set
        };
        let at_once = tally(MOST_RECORDS);
        assert_eq!((at_once.rows_used, at_once.cells.len()), (100, 6));
        assert_eq!(tally(1), at_once);
    }
}
