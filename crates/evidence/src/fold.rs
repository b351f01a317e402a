//! The fold over batches of rows: check, turn into integers, and tally.
//!
//! A row becomes one 64-bit record: 31 bits of score and outcome above 32 bits that lead to its
//! cohorts and its period. Records are sorted once; walking them in order then fills every cell in
//! ascending order of score, which is what makes a tally linear.

use crate::error::FaultAt;
use crate::levels::{Levels, Months};
use crate::{CellKey, Request, RowFault, TallySet, column};
use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::common::HashSet;
use datafusion::common::hash_utils::{RandomState, create_hashes};
use statistics::{Cohort, Score, Tally};
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
        let text = column::views(array);
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

    pub fn batch(&self) -> &RecordBatch {
        &self.batch
    }

    /// Keeps the rows marked.
    pub fn keep(&mut self, mask: &[bool]) {
        if mask.iter().all(|&kept| kept) {
            return;
        }
        let places = mask.iter().enumerate().filter_map(|(row, &kept)| kept.then_some(row));
        let places = places.map(|row| self.place(row)).collect();
        // Mask and batch are of one length, which is all that the filter asks for.
        if let Ok(batch) = filter_record_batch(&self.batch, &BooleanArray::from(mask.to_vec())) {
            self.batch = batch;
        }
        self.origin = Some(places);
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
        rows.keep(&mask);
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
        if self.rows.len() >= MOST_RECORDS {
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
        self.set.add(
            CellKey { period: None, cohort: None },
            Tally::from_sorted(records.sorted.iter().map(|&record| row_of(upper(record)))),
        );
        let periods = self.request.period.map(|_| (self.by.len(), self.months.names()));
        for period in [None].into_iter().chain(periods.map(Some)) {
            let attributes =
                self.request.by.iter().zip(&self.by).map(|(name, levels)| (name, levels.names()));
            let attributes = attributes.enumerate().map(Some);
            // Everyone for all time is tallied above.
            let everyone = period.is_some().then_some(None);
            for attribute in everyone.into_iter().chain(attributes) {
                tally_cells(&records, period, attribute, &mut self.set);
            }
        }
    }
}

type Attribute<'a> = (usize, (&'a String, &'a [String]));

/// Tallies each level of an attribute (none: everyone) in each period (none: all time).
fn tally_cells(
    records: &Records,
    period: Option<(usize, &[String])>,
    attribute: Option<Attribute<'_>>,
    set: &mut TallySet,
) {
    let levels = attribute.map_or(1, |(_, (_, names))| names.len());
    let periods = period.map_or(1, |(_, names)| names.len());
    let mut cells: Vec<Vec<u32>> = vec![Vec::new(); levels * periods];
    for &record in &records.sorted {
        let level = attribute.map_or(0, |(place, _)| records.code(record, place));
        let step = period.map_or(0, |(place, _)| records.code(record, place));
        if let Some(cell) = cells.get_mut(step * levels + level) {
            cell.push(upper(record));
        }
    }
    for (place, rows) in cells.into_iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
        let cohort = attribute.and_then(|(_, (attribute, names))| {
            let level = names.get(place % levels)?.clone();
            Some(Cohort { attribute: attribute.clone(), level })
        });
        let period = period.and_then(|(_, names)| names.get(place / levels).cloned());
        set.add(CellKey { period, cohort }, Tally::from_sorted(rows.into_iter().map(row_of)));
    }
}

/// Rows in ascending order of score.
struct Records {
    /// Score and outcome in the upper half; in the lower half the level numbers, each in its own
    /// bits, or, when they need more than 32 bits, the row's place in `codes`.
    sorted: Vec<u64>,
    /// For each dimension its shift and mask within the lower half; none when the lower half is a
    /// place.
    fields: Option<Vec<(u32, u32)>>,
    codes: Vec<Vec<u16>>,
}

impl Records {
    fn sorted(rows: &[u32], codes: Vec<Vec<u16>>, levels: impl Iterator<Item = usize>) -> Self {
        let mut shift = 0;
        let fields: Vec<(u32, u32)> = levels
            .map(|count| {
                let bits = count.next_power_of_two().trailing_zeros();
                let field = (shift, (1_u32 << bits) - 1);
                shift += bits;
                field
            })
            .collect();
        let fits = shift <= u32::BITS;
        let mut sorted: Vec<u64> = rows.iter().map(|&row| u64::from(row) << 32).collect();
        if fits {
            for (codes, &(shift, _)) in codes.iter().zip(&fields) {
                for (record, &code) in sorted.iter_mut().zip(codes) {
                    *record |= u64::from(code) << shift;
                }
            }
        } else {
            for (place, record) in sorted.iter_mut().enumerate() {
                *record |= place as u64;
            }
        }
        sorted.sort_unstable();
        let (fields, codes) = if fits { (Some(fields), Vec::new()) } else { (None, codes) };
        Self { sorted, fields, codes }
    }

    /// The number of a record's level in one dimension.
    fn code(&self, record: u64, dimension: usize) -> usize {
        let lower = record as u32;
        match &self.fields {
            Some(fields) => {
                // A dimension of one level has no bits, and may then lie past the last one.
                let (shift, mask) = fields.get(dimension).copied().unwrap_or_default();
                (lower.checked_shr(shift).unwrap_or_default() & mask) as usize
            }
            None => {
                let codes = self.codes.get(dimension);
                codes.and_then(|codes| codes.get(lower as usize)).copied().map_or(0, usize::from)
            }
        }
    }
}

fn upper(record: u64) -> u32 {
    (record >> 32) as u32
}

fn row_of(row: u32) -> (Score, bool) {
    (Score::from_billionths(row >> 1), row & 1 == 1)
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
        rows.keep(&mask);
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
    let empty = |row: usize| array.is_null(row);
    if array.logical_null_count() > 0
        && let Some(row) = (0..array.len()).find(|&row| empty(row))
    {
        return Err((row, RowFault::Missing));
    }
    let mut hashes = vec![0; array.len()];
    let state = RandomState::default();
    match create_hashes([array], &state, &mut hashes) {
        Ok(_) => Ok(hashes),
        // Not a type that the engine hashes: its text is.
        Err(_) => {
            let text: ArrayRef = Arc::new(column::views(array));
            match create_hashes([&text], &state, &mut hashes) {
                Ok(_) => Ok(hashes),
                Err(_) => Err((0, RowFault::Missing)),
            }
        }
    }
}
