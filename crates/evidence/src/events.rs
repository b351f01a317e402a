//! Outcomes that are kept apart from predictions: events, joined by key and time.
//!
//! The events are kept in memory while the predictions stream by, so that each prediction is
//! looked at once and a fault can be named by its row. They are far fewer than predictions;
//! [`MOST_EVENTS`] bounds what they take.

use crate::column::{self, At};
use crate::{EvidenceError, RowFault};
use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, StringViewArray, TimestampMicrosecondArray,
};
use datafusion::common::HashMap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most events that are kept, about 100 bytes each.
pub(crate) const MOST_EVENTS: usize = 1 << 22;

/// What stands between the parts of a key. No part has it in it.
const BETWEEN: char = '\u{1f}';

const MICROS_PER_HOUR: f64 = 3.6e9;

/// Outcomes from files of events: a prediction's outcome happened when an event with the same key
/// lies in the time after it.
///
/// The window is (prediction, prediction + horizon], or [prediction, prediction + horizon] with
/// `at_once`. Events before a prediction do not count for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// The columns of the predictions that an event must share.
    pub key: Vec<String>,
    /// The same columns by their names in the events; those of `key` when left out.
    #[serde(default)]
    pub event_key: Option<Vec<String>>,
    /// The column of the events with their instant.
    pub time: String,
    /// Only events in which each of these columns, as text, has one of the values.
    #[serde(default)]
    pub only: BTreeMap<String, BTreeSet<String>>,
    /// The column of the events that says whether the event counts: 0 or 1; nothing counts as 1.
    #[serde(default)]
    pub value: Option<String>,
    /// The column of the events with their id. When given, an id that comes twice is refused.
    #[serde(default)]
    pub id: Option<String>,
    /// Hours after a prediction in which an event counts for it; without end when left out. Then
    /// no prediction waits for its outcome.
    #[serde(default)]
    pub horizon_hours: Option<f64>,
    /// Hours by which each event is moved back before it is compared.
    #[serde(default)]
    pub offset_hours: f64,
    /// An event at the instant of the prediction counts.
    #[serde(default)]
    pub at_once: bool,
    /// Which of several events decides.
    #[serde(default)]
    pub decides: Decides,
}

/// Which of several events after a prediction decides on its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decides {
    /// Any: the outcome happened when one of them counts.
    #[default]
    Any,
    /// The first, whether it counts or not.
    First,
}

impl Events {
    /// Events of the same key as the predictions, for a horizon.
    #[must_use]
    pub fn new(key: Vec<String>, time: impl Into<String>, horizon_hours: Option<f64>) -> Self {
        Self {
            key,
            event_key: None,
            time: time.into(),
            only: BTreeMap::new(),
            value: None,
            id: None,
            horizon_hours,
            offset_hours: 0.0,
            at_once: false,
            decides: Decides::Any,
        }
    }

    /// The key by its names in the events.
    pub(crate) fn key_of_events(&self) -> &[String] {
        self.event_key.as_ref().unwrap_or(&self.key)
    }

    /// The columns of the events that are read.
    pub(crate) fn columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        let named = self.key_of_events().iter().chain([&self.time]);
        for name in named.chain(self.only.keys()).chain(&self.value).chain(&self.id) {
            if !columns.contains(name) {
                columns.push(name.clone());
            }
        }
        columns
    }

    pub(crate) fn horizon(&self) -> Option<i64> {
        self.horizon_hours.map(micros_of_hours)
    }

    /// Refuses what no files could answer.
    pub(crate) fn check(&self) -> Result<(), EvidenceError> {
        let refuse = |why: String| Err(EvidenceError::Request { why });
        if self.key.is_empty() {
            return refuse("`events` needs the columns that link them: name them in `key`".into());
        }
        if self.key_of_events().len() != self.key.len() {
            return refuse(format!(
                "`event_key` has {} columns where `key` has {}",
                self.key_of_events().len(),
                self.key.len()
            ));
        }
        // A century is longer than any record, and far from where instants end.
        let hours = |value: f64| value.is_finite() && value.abs() <= 876_600.0;
        if self.horizon_hours.is_some_and(|horizon| !hours(horizon) || horizon <= 0.0) {
            return refuse("`horizon_hours` must be a number above 0, up to a century".into());
        }
        if !hours(self.offset_hours) {
            return refuse("`offset_hours` must be a number, up to a century".into());
        }
        if let Some((column, _)) = self.only.iter().find(|(_, values)| values.is_empty()) {
            return refuse(format!("`only` names no value of `{column}`"));
        }
        Ok(())
    }
}

fn micros_of_hours(hours: f64) -> i64 {
    (hours * MICROS_PER_HOUR).round() as i64
}

/// One event: when it was, moved by the offset, and whether it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    /// Microseconds since 1970.
    at: i64,
    counts: bool,
}

/// The events of each key in the order of time.
#[derive(Debug)]
pub(crate) struct EventIndex {
    by_key: HashMap<Box<str>, Vec<Event>>,
    horizon: Option<i64>,
    at_once: bool,
    decides: Decides,
}

/// Events as they are read.
#[derive(Debug)]
pub(crate) struct Gathering {
    spec: Events,
    by_key: HashMap<Box<str>, Vec<Event>>,
    ids: BTreeSet<String>,
    count: usize,
}

/// A column and a row of a batch of events, and what is wrong there.
pub(crate) type EventFault = (String, usize, RowFault);

impl Gathering {
    pub fn new(spec: Events) -> Self {
        Self { spec, by_key: HashMap::new(), ids: BTreeSet::new(), count: 0 }
    }

    /// Events gathered.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Takes the rows of a batch in, the first fault in the order of rows.
    pub fn push(&mut self, column: &dyn Fn(&str) -> Option<ArrayRef>) -> Result<(), EventFault> {
        let spec = self.spec.clone();
        let array = |name: &str| {
            let missing = || (name.to_owned(), 0, RowFault::Missing);
            column(name).ok_or_else(missing)
        };
        let named = |name: &str| {
            let name = name.to_owned();
            move |(row, fault): (usize, RowFault)| (name.clone(), row, fault)
        };
        let mut only = Vec::new();
        for (name, values) in &spec.only {
            only.push((column::views(&array(name)?).map_err(named(name))?, values));
        }
        let keys = spec.key_of_events();
        let mut texts = Vec::new();
        for name in keys {
            texts.push(column::views(&array(name)?).map_err(named(name))?);
        }
        let ids = match &spec.id {
            Some(id) => Some((id, column::views(&array(id)?).map_err(named(id))?)),
            None => None,
        };
        let time = array(&spec.time)?;
        let value = spec.value.as_ref().map(|name| array(name)).transpose()?;
        for row in 0..time.len() {
            let wanted = |(text, values): &(StringViewArray, &BTreeSet<String>)| {
                values.contains(text_at(text, row))
            };
            if !only.iter().all(wanted) {
                continue;
            }
            let of_row = |(_, fault): (usize, RowFault)| (row, fault);
            let key = key_at(&texts, row).map_err(|part| {
                (keys.get(part).cloned().unwrap_or_default(), row, RowFault::Missing)
            })?;
            let instants = column::instants(&time.slice(row, 1)).map_err(of_row);
            let instant = instants.map_err(named(&spec.time))?.first().copied().flatten();
            let at = instant.ok_or_else(|| (spec.time.clone(), row, RowFault::Missing))?;
            let counts = match (&value, &spec.value) {
                (Some(array), Some(name)) => {
                    counts(&array.slice(row, 1)).map_err(of_row).map_err(named(name))?
                }
                _ => true,
            };
            if let Some((name, ids)) = &ids {
                let id = text_at(ids, row);
                if id.is_empty() {
                    return Err(((*name).clone(), row, RowFault::Missing));
                }
                if !self.ids.insert(id.to_owned()) {
                    let fault = RowFault::DuplicateEvent { value: id.to_owned() };
                    return Err(((*name).clone(), row, fault));
                }
            }
            let at = at.saturating_sub(micros_of_hours(spec.offset_hours));
            self.by_key.entry(key.into()).or_default().push(Event { at, counts });
            self.count += 1;
        }
        Ok(())
    }

    /// Puts the events in order.
    pub fn finish(self) -> EventIndex {
        let mut by_key = self.by_key;
        for events in by_key.values_mut() {
            // Of events at one instant, one that counts comes first.
            events.sort_unstable_by_key(|event| (event.at, !event.counts));
            events.shrink_to_fit();
        }
        EventIndex {
            by_key,
            horizon: self.spec.horizon(),
            at_once: self.spec.at_once,
            decides: self.spec.decides,
        }
    }
}

/// The text of a row; nothing where there is none.
fn text_at(text: &StringViewArray, row: usize) -> &str {
    if text.is_null(row) { "" } else { text.value(row).trim() }
}

/// The key of a row; or the place of the part that has no value.
fn key_at(parts: &[StringViewArray], row: usize) -> Result<String, usize> {
    let mut key = String::new();
    for (place, part) in parts.iter().enumerate() {
        let text = text_at(part, row);
        if text.is_empty() || text.contains(BETWEEN) {
            return Err(place);
        }
        if place > 0 {
            key.push(BETWEEN);
        }
        key.push_str(text);
    }
    Ok(key)
}

/// Whether an event counts. A missing value counts: the event is there.
fn counts(array: &ArrayRef) -> At<bool> {
    if array.is_null(0) || column::views(array)?.iter().flatten().all(str::is_empty) {
        return Ok(true);
    }
    column::outcomes(array).map(|found| found.first().copied().unwrap_or(true))
}

impl EventIndex {
    /// The event that decides on a prediction: its instant, when it counts.
    fn decide(&self, key: &str, from: i64) -> Option<i64> {
        let events = self.by_key.get(key)?;
        let is_before =
            |event: &Event| if self.at_once { event.at < from } else { event.at <= from };
        let after = events.get(events.partition_point(is_before)..)?;
        let end = self.horizon.map_or(i64::MAX, |horizon| from.saturating_add(horizon));
        let mut inside = after.iter().take_while(|event| event.at <= end);
        match self.decides {
            Decides::Any => inside.find(|event| event.counts),
            Decides::First => inside.next().filter(|event| event.counts),
        }
        .map(|event| event.at)
    }

    /// The instant of the event that decides on each row; none where the outcome did not happen.
    /// A fault comes with the place of its column among the keys and, last, the time.
    pub fn look_up(
        &self,
        columns: &[ArrayRef],
    ) -> Result<Vec<Option<i64>>, (usize, usize, RowFault)> {
        let Some((time, keys)) = columns.split_last() else { return Ok(Vec::new()) };
        let mut texts = Vec::with_capacity(keys.len());
        for (place, key) in keys.iter().enumerate() {
            texts.push(column::views(key).map_err(|(row, fault)| (place, row, fault))?);
        }
        let place = keys.len();
        let instants = column::instants(time).map_err(|(row, fault)| (place, row, fault))?;
        let look = |(row, instant): (usize, Option<i64>)| {
            let key = key_at(&texts, row).map_err(|part| (part, row, RowFault::Missing))?;
            let from = instant.ok_or((place, row, RowFault::Missing))?;
            Ok(self.decide(&key, from))
        };
        instants.into_iter().enumerate().map(look).collect()
    }
}

/// Whether there is an instant, for each row.
pub(crate) fn happened(instants: &[Option<i64>]) -> ArrayRef {
    let happened: BooleanArray = instants.iter().map(|at| Some(at.is_some())).collect();
    Arc::new(happened)
}

/// Instants as a column.
pub(crate) fn instants(instants: Vec<Option<i64>>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from(instants).with_timezone("UTC"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::StringArray;

    fn text(values: &[Option<&str>]) -> ArrayRef {
        Arc::new(StringArray::from(values.to_vec()))
    }

    /// Events of patient 1 at 1 o'clock (does not count), 3 and 6; of patient 2 at 3.
    fn index(change: impl FnOnce(&mut Events)) -> EventIndex {
        let mut spec = Events::new(vec!["patient".into()], "at", Some(3.0));
        spec.value = Some("value".into());
        change(&mut spec);
        let mut gathering = Gathering::new(spec);
        let at = ["01", "03", "06", "03"].map(|hour| format!("2026-01-01T{hour}:00:00Z"));
        let column = |name: &str| match name {
            "patient" => Some(text(&[Some("1"), Some("1"), Some("1"), Some("2")])),
            "value" => Some(text(&[Some("0"), Some("1"), None, Some("1")])),
            "at" => Some(text(&at.each_ref().map(|at| Some(at.as_str())))),
            _ => None,
        };
        gathering.push(&column).unwrap();
        gathering.finish()
    }

    #[test]
    fn the_window_after_a_prediction_decides() {
        let check = |index: &EventIndex, patient: &str, time: &str, wanted: Option<&str>| {
            let time = format!("2026-01-01T{time}:00Z");
            let found = index.look_up(&[text(&[Some(patient)]), text(&[Some(&time)])]).unwrap();
            let wanted = wanted.map(|hour| {
                let at: jiff::Timestamp = format!("2026-01-01T{hour}:00:00Z").parse().unwrap();
                at.as_microsecond()
            });
            assert_eq!(found, [wanted], "{patient} at {time}");
        };
        let usual = index(|_| {});
        check(&usual, "1", "00:00", Some("03")); // The end of the horizon is inside it.
        check(&usual, "1", "03:00", Some("06")); // The event at the instant itself is not.
        check(&usual, "1", "06:00", None);
        check(&usual, "2", "02:59", Some("03"));
        check(&usual, "2", "03:01", None); // It was before.
        check(&usual, "3", "02:00", None);
        check(&index(|e| e.at_once = true), "1", "03:00", Some("03"));
        check(&index(|e| e.horizon_hours = Some(2.5)), "1", "00:00", None);
        check(&index(|e| e.horizon_hours = None), "2", "00:00", Some("03"));
        check(&index(|e| e.decides = Decides::First), "1", "00:30", None);
        check(&index(|e| e.decides = Decides::First), "1", "01:30", Some("03"));
        check(&index(|e| e.offset_hours = 1.0), "1", "02:30", Some("05"));
    }

    #[test]
    fn what_is_wrong_with_an_event_is_named_by_row_and_column() {
        let check = |patient: Option<&str>, at: &str, value: &str, id: &str, wanted: &str| {
            let mut spec = Events::new(vec!["patient".into()], "at", None);
            (spec.value, spec.id) = (Some("value".into()), Some("id".into()));
            let column = |name: &str| match name {
                "patient" => Some(text(&[Some("1"), patient])),
                "at" => Some(text(&[Some("2026-01-01"), Some(at)])),
                "value" => Some(text(&[Some("1"), Some(value)])),
                _ => Some(text(&[Some("a"), Some(id)])),
            };
            let (column, row, fault) = Gathering::new(spec).push(&column).unwrap_err();
            assert_eq!(format!("{column} {row}: {fault}"), wanted);
        };
        check(None, "2026-01-01", "1", "b", "patient 1: there is no value");
        check(Some("1"), "", "1", "b", "at 1: there is no value");
        check(
            Some("1"),
            "2026-13-01",
            "1",
            "b",
            "at 1: `2026-13-01` is not a time such as 2026-03-01T08:30:00Z",
        );
        check(
            Some("1"),
            "2026-01-01",
            "x",
            "b",
            "value 1: `x` is not an outcome: an outcome is 0 or 1",
        );
        check(Some("1"), "2026-01-01", "1", "", "id 1: there is no value");
        check(
            Some("1"),
            "2026-01-01",
            "1",
            "a",
            "id 1: `a` is the id of an earlier event too: each event counts once",
        );
    }
}
