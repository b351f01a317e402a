//! Small numbers for the levels of an attribute, so that no text is handled row by row.

use crate::column::{At, views};
use crate::{RowFault, column};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, StringViewArray};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::common::HashMap;
use jiff::Timestamp;
use jiff::tz::Offset;
use std::sync::Arc;

/// The most levels that an attribute may have.
pub(crate) const MOST_LEVELS: usize = 1000;

/// The level of rows that have no value.
pub(crate) const NOT_RECORDED: &str = "not recorded";

/// The longest text that an Arrow view holds in itself. The view of such a text is the text.
const LONGEST_INLINE: u32 = 12;

/// The levels of one attribute, numbered as they come. The numbers differ from one pass to the
/// next; the names are what counts.
#[derive(Debug, Default)]
pub(crate) struct Levels {
    names: Vec<String>,
    codes: HashMap<String, u16>,
    short: HashMap<u128, u16>,
    numbered: Option<Numbered>,
}

/// The values of a row group, each with the number of its level if that is known.
#[derive(Debug)]
struct Numbered {
    values: ArrayRef,
    codes: Vec<u16>,
}

impl Levels {
    /// The number of no level: there are fewer.
    const UNKNOWN: u16 = u16::MAX;

    /// The names, by number.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The names, by number, when no more come.
    pub fn into_names(self) -> Vec<String> {
        self.names
    }

    /// The number of each row's level. A row with no value has the level [`NOT_RECORDED`].
    pub fn encode(&mut self, array: &ArrayRef) -> At<Vec<u16>> {
        if let Some(dictionary) = array.as_dictionary_opt::<Int32Type>()
            && array.logical_null_count() == 0
        {
            return self.encode_numbers(dictionary);
        }
        match array.as_any_dictionary_opt() {
            Some(dictionary) if !dictionary.values().is_empty() => {
                let values = views(dictionary.values())?;
                // Each value is looked up once per batch, and only when a row has it.
                let mut known: Vec<Option<u16>> = vec![None; values.len()];
                let mut codes = Vec::with_capacity(array.len());
                for (row, key) in dictionary.normalized_keys().into_iter().enumerate() {
                    let missing = array.is_null(row) || values.is_null(key);
                    let code = match known.get(key).copied().flatten() {
                        Some(code) if !missing => code,
                        _ => self.code(if missing { "" } else { values.value(key) }, row)?,
                    };
                    if !missing && let Some(slot) = known.get_mut(key) {
                        *slot = Some(code);
                    }
                    codes.push(code);
                }
                Ok(codes)
            }
            _ => self.encode_views(&views(array)?),
        }
    }

    /// As [`Self::encode`], where each row has a value, and its number as Parquet files keep it.
    fn encode_numbers(&mut self, dictionary: &DictionaryArray<Int32Type>) -> At<Vec<u16>> {
        let (keys, values) = (dictionary.keys().values(), dictionary.values());
        // The batches of a row group share their values.
        let same = |known: &Numbered| known.values.to_data().ptr_eq(&values.to_data());
        let mut numbered = self.numbered.take().filter(same).unwrap_or_else(|| Numbered {
            values: Arc::clone(values),
            codes: vec![Self::UNKNOWN; values.len()],
        });
        let code = |codes: &[u16], key: i32| codes.get(key as usize).copied();
        let read = |codes: &[u16]| -> Vec<u16> {
            keys.iter().map(|&key| code(codes, key).unwrap_or(Self::UNKNOWN)).collect()
        };
        let mut codes = read(&numbered.codes);
        if codes.contains(&Self::UNKNOWN) {
            let text = views(values)?;
            for (row, &key) in keys.iter().enumerate() {
                if let Some(code) = numbered.codes.get_mut(key as usize)
                    && *code == Self::UNKNOWN
                {
                    *code = self.code(text.value(key as usize), row)?;
                }
            }
            codes = read(&numbered.codes);
            if let Some(row) = codes.iter().position(|&code| code == Self::UNKNOWN) {
                return Err((row, column::unreadable("a number leads to no value").1));
            }
        }
        self.numbered = Some(numbered);
        Ok(codes)
    }

    fn encode_views(&mut self, text: &StringViewArray) -> At<Vec<u16>> {
        // Views of longer texts point into this batch, and mean nothing in the next.
        let mut long: HashMap<u128, u16> = HashMap::new();
        let mut recent = Recent::default();
        let mut codes = Vec::with_capacity(text.len());
        for (row, &view) in text.views().iter().enumerate() {
            if text.is_null(row) {
                codes.push(self.code("", row)?);
                continue;
            }
            let slot = recent.slot(view);
            if slot.0 != view {
                let inline = view as u32 <= LONGEST_INLINE;
                let memo = if inline { &self.short } else { &long };
                let code = match memo.get(&view) {
                    Some(&code) => code,
                    None => {
                        let code = self.code(text.value(row), row)?;
                        if inline { &mut self.short } else { &mut long }.insert(view, code);
                        code
                    }
                };
                *slot = (view, code);
            }
            codes.push(slot.1);
        }
        Ok(codes)
    }

    fn code(&mut self, name: &str, row: usize) -> At<u16> {
        let name = if name.is_empty() { NOT_RECORDED } else { name };
        if let Some(&code) = self.codes.get(name) {
            return Ok(code);
        }
        let next = self.names.len();
        match u16::try_from(next) {
            Ok(code) if next < MOST_LEVELS => {
                self.names.push(name.to_owned());
                self.codes.insert(name.to_owned(), code);
                Ok(code)
            }
            _ => Err((row, RowFault::TooManyLevels { most: MOST_LEVELS })),
        }
    }
}

/// The codes of views met lately in a batch: most rows find theirs here, without hashing.
struct Recent {
    slots: [(u128, u16); Self::SLOTS],
    spare: (u128, u16),
}

impl Recent {
    const SLOTS: usize = 256;
    /// No view: a text of four billion bytes, which no batch holds.
    const NONE: (u128, u16) = (u128::MAX, 0);

    /// The one place where a view may be.
    fn slot(&mut self, view: u128) -> &mut (u128, u16) {
        // Fibonacci hashing: the highest bits of a product with 2^64 over the golden ratio.
        let folded = (view as u64) ^ ((view >> 64) as u64);
        let place = folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
        self.slots.get_mut(place as usize).unwrap_or(&mut self.spare)
    }
}

impl Default for Recent {
    fn default() -> Self {
        Self { slots: [Self::NONE; Self::SLOTS], spare: Self::NONE }
    }
}

/// The calendar months of a time column, numbered as they come.
#[derive(Debug, Default)]
pub(crate) struct Months {
    levels: Levels,
    /// The number of the month of each day from the first one on, or [`Self::UNKNOWN`].
    by_day: Vec<u16>,
    first_day: i64,
}

impl Months {
    const UNKNOWN: u16 = u16::MAX;
    /// The most days that are kept: some 180 years. Others are looked up each time.
    const MOST_DAYS: i64 = 1 << 16;

    /// The names, such as `2026-03`, by number, when no more come.
    pub fn into_names(self) -> Vec<String> {
        self.levels.into_names()
    }

    /// The number of each row's month.
    pub fn encode(&mut self, instants: &[i64]) -> At<Vec<u16>> {
        let mut codes = Vec::with_capacity(instants.len());
        for (row, &micros) in instants.iter().enumerate() {
            let day = micros.div_euclid(86_400_000_000);
            let place = usize::try_from(day - self.first_day).unwrap_or(usize::MAX);
            let code = match self.by_day.get(place) {
                Some(&code) if code != Self::UNKNOWN => code,
                _ => self.new_day(day, micros, row)?,
            };
            codes.push(code);
        }
        Ok(codes)
    }

    /// The number of the month of a day that is not kept, and keeps it.
    fn new_day(&mut self, day: i64, micros: i64, row: usize) -> At<u16> {
        let month = month_of(micros)
            .ok_or_else(|| (row, RowFault::Time { value: column::shown(micros) }))?;
        let code = self.levels.code(&month, row)?;
        if self.by_day.is_empty() {
            self.first_day = day;
        }
        let end = self.first_day + self.by_day.len() as i64;
        let (first, end) = (self.first_day.min(day), end.max(day + 1));
        if end - first <= Self::MOST_DAYS {
            let before = (self.first_day - first) as usize;
            self.by_day.splice(0..0, std::iter::repeat_n(Self::UNKNOWN, before));
            self.first_day = first;
            self.by_day.resize((end - first) as usize, Self::UNKNOWN);
            if let Some(slot) = self.by_day.get_mut((day - first) as usize) {
                *slot = code;
            }
        }
        Ok(code)
    }
}

fn month_of(micros: i64) -> Option<String> {
    let date = Offset::UTC.to_datetime(Timestamp::from_microsecond(micros).ok()?).date();
    Some(format!("{:04}-{:02}", date.year(), date.month()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{Int64Array, StringArray};

    #[test]
    fn the_same_levels_come_out_of_every_kind_of_column() {
        let values = ["a", "longer than twelve bytes", "a", "", "longer than twelve bytes"];
        let check = |array: ArrayRef| {
            let mut levels = Levels::default();
            assert_eq!(levels.encode(&array), Ok(vec![0, 1, 0, 2, 1]), "{}", array.data_type());
            assert_eq!(levels.names(), ["a", "longer than twelve bytes", NOT_RECORDED]);
            // The second batch knows the numbers of the first.
            assert_eq!(levels.encode(&array.slice(1, 2)), Ok(vec![1, 0]));
        };
        check(Arc::new(StringArray::from(values.to_vec())));
        check(Arc::new(StringViewArray::from(values.to_vec())));
        check(Arc::new(StringViewArray::from(
            values.iter().map(|v| Some(*v).filter(|v| !v.is_empty())).collect::<Vec<_>>(),
        )));
        let keys = values.iter().map(|v| Some(*v).filter(|v| !v.is_empty()));
        check(Arc::new(keys.collect::<DictionaryArray<Int32Type>>()));
        let mut numbers = Levels::default();
        let array: ArrayRef = Arc::new(Int64Array::from(vec![Some(7), None, Some(7)]));
        assert_eq!(numbers.encode(&array), Ok(vec![0, 1, 0]));
        assert_eq!(numbers.names(), ["7", NOT_RECORDED]);
    }

    #[test]
    fn an_attribute_of_too_many_levels_is_refused_at_the_row_that_is_one_too_many() {
        let array: ArrayRef = Arc::new(Int64Array::from_iter_values(0..2000));
        let refused = Err((MOST_LEVELS, RowFault::TooManyLevels { most: MOST_LEVELS }));
        assert_eq!(Levels::default().encode(&array), refused);
    }

    #[test]
    fn months_are_those_of_utc() {
        let mut months = Months::default();
        let last_of_january = 31 * 86_400_000_000 - 1;
        let codes = months.encode(&[0, last_of_january, last_of_january + 1, -1]);
        assert_eq!(codes, Ok(vec![0, 0, 1, 2]));
        // A day far from all others, and days known by now.
        let far = 400 * 365 * 86_400_000_000_i64;
        assert_eq!(months.encode(&[far, 0, -1, far]), Ok(vec![3, 0, 2, 3]));
        assert_eq!(months.into_names(), ["1970-01", "1970-02", "1969-12", "2369-09"]);
    }
}
