//! The values of one column of a batch, as numbers: scores, outcomes, instants.
//!
//! Each reader names a row of the batch that it cannot read, if there is one. Asking again for the
//! rows before that one, until none is bad, finds the first.

use crate::{FileFault, Request, RowFault};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringViewArray, UInt64Array,
};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{
    DataType, Float64Type, Int64Type, Schema, TimeUnit, TimestampMicrosecondType,
};
use datafusion::arrow::util::display::array_value_to_string;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use statistics::{CLUSTER_GROUPS, Score, cluster_group};
use std::sync::Arc;

/// A row of the batch, and what is wrong there.
pub(crate) type At<T> = Result<T, (usize, RowFault)>;

/// Microseconds since 1970, of an instant that is compared with a time column.
pub(crate) fn micros(instant: Timestamp) -> i64 {
    instant.as_microsecond()
}

/// An instant in microseconds since 1970 as text, for a message.
pub(crate) fn shown(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map_or_else(|_| micros.to_string(), |t| t.to_string())
}

/// True for columns of text, whether their values are kept once or for each row.
pub(crate) fn is_text(found: &DataType) -> bool {
    match found {
        DataType::Dictionary(_, values) => values.is_string(),
        other => other.is_string(),
    }
}

/// Refuses columns whose type cannot hold what the request looks for in them.
pub(crate) fn check_types(schema: &Schema, request: &Request) -> Result<(), FileFault> {
    let text = is_text;
    let number = |t: &DataType| t.is_numeric() || text(t);
    let outcome = |t: &DataType| *t == DataType::Boolean || number(t);
    let time = |t: &DataType| {
        matches!(t, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64) || text(t)
    };
    let plain = |t: &DataType| text(t) || !t.is_nested() && !t.is_binary();
    let check = |column: &String, wanted: &'static str, fits: &dyn Fn(&DataType) -> bool| {
        let Ok(field) = schema.field_with_name(column) else { return Ok(()) };
        if fits(field.data_type()) {
            return Ok(());
        }
        let found = field.data_type().to_string();
        Err(FileFault::ColumnType { column: column.clone(), found, wanted })
    };
    check(&request.score, "scores", &number)?;
    check(&request.outcome, "outcomes", &outcome)?;
    for column in [&request.time, &request.matured].into_iter().flatten() {
        check(column, "times", &time)?;
    }
    let by = request.by_columns();
    let levels = by.iter().chain(&request.version).chain(&request.id).chain(&request.cluster);
    for column in levels.chain(request.equals.keys()) {
        check(column, "text", &plain)?;
    }
    Ok(())
}

/// A column that the engine has no way to read, which the check of types should have refused.
pub(crate) fn unreadable(error: impl std::fmt::Display) -> (usize, RowFault) {
    (0, RowFault::Unreadable { why: error.to_string() })
}

/// The values as text. No value is copied when the column is text already.
pub(crate) fn views(array: &ArrayRef) -> At<StringViewArray> {
    let text = match array.data_type() {
        DataType::Utf8View => return Ok(array.as_string_view().clone()),
        DataType::Utf8 | DataType::LargeUtf8 => cast(array, &DataType::Utf8View),
        // By way of plain text, into which everything casts.
        _ => cast(array, &DataType::Utf8).and_then(|text| cast(&text, &DataType::Utf8View)),
    };
    Ok(text.map_err(unreadable)?.as_string_view().clone())
}

/// The value of one row as text, for a message.
fn show(array: &dyn Array, row: usize) -> String {
    array_value_to_string(array, row).unwrap_or_default()
}

/// Scores, in billionths.
pub(crate) fn scores(array: &ArrayRef) -> At<Vec<u32>> {
    match array.data_type() {
        DataType::Float64 => scores_of(array.as_primitive::<Float64Type>(), array),
        t if t.is_numeric() => match cast(array, &DataType::Float64) {
            Ok(doubles) => scores_of(doubles.as_primitive::<Float64Type>(), array),
            Err(error) => Err(unreadable(error)),
        },
        _ => {
            let text = views(array)?;
            let read = |value: &str| value.trim().parse().ok().and_then(|v| Score::new(v).ok());
            each(&text, |value| {
                let score: Option<Score> = read(value);
                score.map(Score::billionths).ok_or_else(|| RowFault::Score { value: value.into() })
            })
        }
    }
}

fn scores_of(doubles: &Float64Array, shown: &dyn Array) -> At<Vec<u32>> {
    if doubles.null_count() > 0
        && let Some(row) = (0..doubles.len()).find(|&row| doubles.is_null(row))
    {
        return Err((row, RowFault::Missing));
    }
    let mut scores = Vec::with_capacity(doubles.len());
    for (row, &value) in doubles.values().iter().enumerate() {
        match Score::new(value) {
            Ok(score) => scores.push(score.billionths()),
            Err(_) => return Err((row, RowFault::Score { value: show(shown, row) })),
        }
    }
    Ok(scores)
}

/// Outcomes: 0 or 1 as numbers, booleans or text.
pub(crate) fn outcomes(array: &ArrayRef) -> At<Vec<bool>> {
    let bad = |row| (row, RowFault::Outcome { value: show(array, row) });
    match array.data_type() {
        DataType::Boolean => {
            let values = array.as_boolean().iter().enumerate();
            values.map(|(row, value)| value.ok_or((row, RowFault::Missing))).collect()
        }
        t if t.is_integer() => {
            let whole = cast(array, &DataType::Int64).map_err(unreadable)?;
            let whole: &Int64Array = whole.as_primitive::<Int64Type>();
            // The usual case, quickly: nothing missing and nothing wrong.
            if whole.null_count() == 0 && whole.values().iter().all(|value| *value & !1 == 0) {
                return Ok(whole.values().iter().map(|&value| value == 1).collect());
            }
            rows(array, whole.iter(), |value| match value {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            })
            .map_err(|(row, missing)| if missing { (row, RowFault::Missing) } else { bad(row) })
        }
        t if t.is_numeric() => {
            let doubles = cast(array, &DataType::Float64).map_err(unreadable)?;
            rows(array, doubles.as_primitive::<Float64Type>().iter(), |value| {
                (value == 0.0).then_some(false).or((value == 1.0).then_some(true))
            })
            .map_err(|(row, missing)| if missing { (row, RowFault::Missing) } else { bad(row) })
        }
        _ => each(&views(array)?, |value| match value.trim() {
            "0" | "0.0" | "false" | "False" | "FALSE" => Ok(false),
            "1" | "1.0" | "true" | "True" | "TRUE" => Ok(true),
            _ => Err(RowFault::Outcome { value: value.into() }),
        }),
    }
}

/// Outcomes where there is a value.
pub(crate) fn outcomes_or_none(array: &ArrayRef) -> At<ArrayRef> {
    let present: Vec<usize> = if is_text(array.data_type()) {
        let text = views(array)?;
        let present = text.iter().enumerate();
        present.filter_map(|(row, value)| value.filter(|v| !v.is_empty()).map(|_| row)).collect()
    } else {
        (0..array.len()).filter(|&row| array.is_valid(row)).collect()
    };
    let places = UInt64Array::from_iter_values(present.iter().map(|&row| row as u64));
    let known = take(array, &places, None).map_err(unreadable)?;
    let known = outcomes(&known)
        .map_err(|(place, fault)| (present.get(place).copied().unwrap_or_default(), fault))?;
    let mut found = vec![None; array.len()];
    for (row, outcome) in present.into_iter().zip(known) {
        if let Some(slot) = found.get_mut(row) {
            *slot = Some(outcome);
        }
    }
    Ok(Arc::new(BooleanArray::from(found)))
}

/// Reads each value; the row that fails is told with whether it has no value at all.
fn rows<V, T>(
    array: &dyn Array,
    values: impl Iterator<Item = Option<V>>,
    read: impl Fn(V) -> Option<T>,
) -> Result<Vec<T>, (usize, bool)> {
    let mut found = Vec::with_capacity(array.len());
    for (row, value) in values.enumerate() {
        match value.and_then(&read) {
            Some(value) => found.push(value),
            None => return Err((row, array.is_null(row))),
        }
    }
    Ok(found)
}

fn each<T>(text: &StringViewArray, read: impl Fn(&str) -> Result<T, RowFault>) -> At<Vec<T>> {
    let read = |value: Option<&str>| match value {
        None | Some("") => Err(RowFault::Missing),
        Some(value) => read(value),
    };
    text.iter().enumerate().map(|(row, value)| read(value).map_err(|fault| (row, fault))).collect()
}

/// Instants, in microseconds since 1970; none where there is no value. What has no zone is read as
/// UTC.
pub(crate) fn instants(array: &ArrayRef) -> At<Vec<Option<i64>>> {
    let zone = match array.data_type() {
        DataType::Timestamp(_, zone) => zone.clone(),
        DataType::Date32 | DataType::Date64 => None,
        _ => return instants_of_text(&views(array)?),
    };
    let bad = |row| (row, RowFault::Time { value: show(array, row) });
    let wanted = DataType::Timestamp(TimeUnit::Microsecond, zone);
    let found = cast(array, &wanted).map_err(unreadable)?;
    // A value that does not fit comes out as missing.
    if found.null_count() > array.null_count()
        && let Some(row) = (0..array.len()).find(|&row| found.is_null(row) && !array.is_null(row))
    {
        return Err(bad(row));
    }
    Ok(found.as_primitive::<TimestampMicrosecondType>().iter().collect())
}

/// As [`instants`], where every row needs one.
pub(crate) fn every_instant(array: &ArrayRef) -> At<Vec<i64>> {
    if let DataType::Timestamp(TimeUnit::Microsecond, _) = array.data_type()
        && array.null_count() == 0
    {
        return Ok(array.as_primitive::<TimestampMicrosecondType>().values().to_vec());
    }
    let found = instants(array)?.into_iter().enumerate();
    found.map(|(row, instant)| instant.ok_or((row, RowFault::Missing))).collect()
}

fn instants_of_text(text: &StringViewArray) -> At<Vec<Option<i64>>> {
    let read = |(row, value): (usize, Option<&str>)| match value {
        None | Some("") => Ok(None),
        Some(value) => match instant_of(value.trim()) {
            Some(instant) => Ok(Some(micros(instant))),
            None => Err((row, RowFault::Time { value: value.into() })),
        },
    };
    text.iter().enumerate().map(read).collect()
}

fn instant_of(text: &str) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let civil = text.parse::<DateTime>().ok().or_else(|| {
        let date: Date = text.parse().ok()?;
        Some(date.to_datetime(jiff::civil::Time::midnight()))
    })?;
    Offset::UTC.to_timestamp(civil).ok()
}

/// The group that the cluster of each row falls into.
pub(crate) fn clusters(array: &ArrayRef) -> At<Vec<u16>> {
    each(&views(array)?, |name| Ok(cluster_group(name, CLUSTER_GROUPS) as u16))
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{Int8Array, StringArray, TimestampSecondArray};

    #[test]
    fn outcomes_are_read_from_every_usual_type() {
        let check = |array: ArrayRef, wanted: At<Vec<bool>>| assert_eq!(outcomes(&array), wanted);
        let yes_no = || Ok(vec![true, false]);
        check(Arc::new(BooleanArray::from(vec![true, false])), yes_no());
        check(Arc::new(Int8Array::from(vec![1, 0])), yes_no());
        check(Arc::new(Float64Array::from(vec![1.0, 0.0])), yes_no());
        check(Arc::new(StringArray::from(vec!["1", "0.0"])), yes_no());
        let bad = |value: &str| Err((1, RowFault::Outcome { value: value.into() }));
        check(Arc::new(Int8Array::from(vec![1, 2, 3])), bad("2"));
        check(Arc::new(Float64Array::from(vec![1.0, 0.5])), bad("0.5"));
        check(Arc::new(Int8Array::from(vec![Some(1), None])), Err((1, RowFault::Missing)));
    }

    #[test]
    fn instants_are_read_with_and_without_a_zone() {
        let check = |text: &str, micros: i64| {
            let array: ArrayRef = Arc::new(StringArray::from(vec![text]));
            assert_eq!(instants(&array), Ok(vec![Some(micros)]), "{text}");
        };
        check("1970-01-01T00:00:01Z", 1_000_000);
        check("1970-01-01T01:00:01+01:00", 1_000_000);
        check("1970-01-01 00:00:01.5", 1_500_000);
        check("1970-01-02", 86_400_000_000);
        let seconds: ArrayRef = Arc::new(TimestampSecondArray::from(vec![Some(1), None]));
        assert_eq!(instants(&seconds), Ok(vec![Some(1_000_000), None]));
    }
}
