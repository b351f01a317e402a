//! How the values of a column are to be read when the file does not hold what the request asks for
//! as it is: other scales, other words, ranges, several levels in one value.

use crate::column::{At, unreadable, views};
use crate::source::SEPARATOR;
use crate::{RowFault, column};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, StringViewArray, StringViewBuilder,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A column of a request that comes out of a column of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The column of the file.
    pub from: String,
    /// What is made of its values.
    #[serde(default)]
    pub reading: Reading,
}

/// What is made of the values of a column.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// Nothing: only the name is another.
    #[default]
    AsIs,
    /// Scores from 0 to this number, such as 100. They are divided by it.
    OutOf(f64),
    /// Whether the outcome happened.
    Outcome(Truth),
    /// Levels by other names, or several under one name.
    Levels(Levels),
    /// Numbers in ranges.
    Ranges(Ranges),
    /// Several levels at once, such as the races of a person.
    AnyOf(AnyOf),
}

/// The values that say whether the outcome happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Truth {
    /// Words. A value that is in neither list is refused.
    Words {
        /// The values that say that it happened.
        yes: BTreeSet<String>,
        /// The values that say that it did not.
        no: BTreeSet<String>,
    },
    /// It happened where the number is at least this.
    AtLeast(f64),
    /// It happened where the number is greater than this.
    Above(f64),
    /// It happened where the number is at most this.
    AtMost(f64),
    /// It happened where the number is less than this.
    Below(f64),
}

/// Names of levels.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// The name of each value. A value without one keeps its own; the empty one stands for rows
    /// without a value.
    #[serde(default)]
    pub rename: BTreeMap<String, String>,
    /// The name of all values that have none in `rename`, if they are to have one together.
    #[serde(default)]
    pub other: Option<String>,
}

/// Ranges of numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ranges {
    /// Where one range ends and the next begins, ascending. A number on an edge is in the range
    /// above it.
    pub edges: Vec<f64>,
    /// What the numbers count, such as `years`; it stands in the names of the ranges.
    #[serde(default)]
    pub unit: Option<String>,
}

/// Several levels at once. A list column has them apart; text has them between separators.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnyOf {
    /// What stands between two levels in text, such as `;`.
    #[serde(default)]
    pub split: Option<String>,
    /// The names of the levels.
    #[serde(default)]
    pub levels: Levels,
}

impl Ranges {
    /// The name of the range that holds a number.
    #[must_use]
    pub fn name_of(&self, value: f64) -> String {
        let above = self.edges.partition_point(|&edge| edge <= value);
        let low = above.checked_sub(1).and_then(|place| self.edges.get(place));
        let unit = self.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
        match (low, self.edges.get(above)) {
            (None, Some(high)) => format!("under {high}{unit}"),
            (Some(low), Some(high)) => format!("{low} to under {high}{unit}"),
            (Some(low), None) => format!("{low}{unit} and over"),
            (None, None) => "all".to_owned(),
        }
    }
}

impl Levels {
    /// The name of a value; nothing for a row that has none and is given no name.
    fn name_of<'a>(&'a self, value: &'a str) -> &'a str {
        match self.rename.get(value) {
            Some(name) => name,
            None if value.is_empty() => value,
            None => self.other.as_deref().unwrap_or(value),
        }
    }
}

impl Truth {
    fn of_number(&self, value: f64) -> Option<bool> {
        match *self {
            Self::Words { .. } => None,
            Self::AtLeast(edge) => Some(value >= edge),
            Self::Above(edge) => Some(value > edge),
            Self::AtMost(edge) => Some(value <= edge),
            Self::Below(edge) => Some(value < edge),
        }
    }

    fn in_words(&self) -> String {
        match self {
            Self::Words { yes, no } => {
                let all: Vec<&str> = yes.iter().chain(no).map(String::as_str).collect();
                format!("the mapping names {}", all.join(", "))
            }
            _ => "it is judged by a number".to_owned(),
        }
    }

    fn read(&self, array: &ArrayRef) -> At<BooleanArray> {
        let text = views(array)?;
        let read = |(row, value): (usize, Option<&str>)| {
            let value = value.map(str::trim).filter(|value| !value.is_empty());
            let Some(value) = value else { return Ok(None) };
            let found = match self {
                Self::Words { yes, .. } if yes.contains(value) => Some(true),
                Self::Words { no, .. } if no.contains(value) => Some(false),
                _ => number(value).and_then(|value| self.of_number(value)),
            };
            let fault = || RowFault::OutcomeValue { value: value.into(), wanted: self.in_words() };
            found.map(Some).ok_or_else(|| (row, fault()))
        };
        text.iter().enumerate().map(read).collect()
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

impl Reading {
    /// The type of what comes out of a column of a type.
    pub(crate) fn output(&self, input: &DataType) -> DataType {
        match self {
            Self::AsIs => input.clone(),
            Self::OutOf(_) => DataType::Float64,
            Self::Outcome(_) => DataType::Boolean,
            Self::Levels(_) if matches!(input, DataType::Dictionary(_, v) if v.is_string()) => {
                input.clone()
            }
            Self::Levels(_) | Self::Ranges(_) | Self::AnyOf(_) => DataType::Utf8View,
        }
    }

    /// True when a column of a type can be read this way.
    pub(crate) fn fits(&self, input: &DataType) -> bool {
        let is_list = matches!(input, DataType::List(_) | DataType::LargeList(_));
        match self {
            Self::AsIs => true,
            Self::AnyOf(_) if is_list => true,
            // A flag is a score of 0 or 1.
            Self::OutOf(_) if *input == DataType::Boolean => true,
            Self::OutOf(_) | Self::Ranges(_) => input.is_numeric() || column::is_text(input),
            _ => column::is_text(input) || !input.is_nested() && !input.is_binary(),
        }
    }

    /// Reads a column. Rows without a value stay so.
    pub(crate) fn read(&self, array: &ArrayRef) -> At<ArrayRef> {
        match self {
            Self::AsIs => Ok(Arc::clone(array)),
            Self::OutOf(most) => out_of(*most, array).map(|found| Arc::new(found) as ArrayRef),
            Self::Outcome(truth) => truth.read(array).map(|found| Arc::new(found) as ArrayRef),
            Self::Levels(levels) => renamed(levels, array),
            Self::Ranges(ranges) => in_ranges(ranges, array),
            Self::AnyOf(any_of) => combinations(any_of, array),
        }
    }
}

/// Numbers of any type; none where there is no value.
fn numbers(array: &ArrayRef, fault: impl Fn(String) -> RowFault) -> At<Vec<Option<f64>>> {
    if array.data_type().is_numeric() || *array.data_type() == DataType::Boolean {
        let doubles = cast(array, &DataType::Float64).map_err(unreadable)?;
        return Ok(doubles.as_primitive::<Float64Type>().iter().collect());
    }
    let text = views(array)?;
    let read = |(row, value): (usize, Option<&str>)| {
        let value = value.map(str::trim).filter(|value| !value.is_empty());
        let Some(value) = value else { return Ok(None) };
        number(value).map(Some).ok_or_else(|| (row, fault(value.to_owned())))
    };
    text.iter().enumerate().map(read).collect()
}

fn out_of(most: f64, array: &ArrayRef) -> At<Float64Array> {
    let fault = |value: String| RowFault::ScoreOnScale { value, most: most.to_string() };
    let read = |(row, value): (usize, Option<f64>)| match value {
        Some(value) if !(0.0..=most).contains(&value) => Err((row, fault(value.to_string()))),
        value => Ok(value.map(|value| value / most)),
    };
    numbers(array, fault)?.into_iter().enumerate().map(read).collect()
}

fn in_ranges(ranges: &Ranges, array: &ArrayRef) -> At<ArrayRef> {
    let fault = |value: String| RowFault::Range { value };
    let mut text = StringViewBuilder::with_capacity(array.len());
    for (row, value) in numbers(array, fault)?.into_iter().enumerate() {
        match value {
            Some(value) if value.is_nan() => return Err((row, fault(value.to_string()))),
            value => text.append_option(value.map(|value| ranges.name_of(value))),
        }
    }
    Ok(Arc::new(text.finish()))
}

fn renamed(levels: &Levels, array: &ArrayRef) -> At<ArrayRef> {
    // Of a dictionary only the names are read, unless rows without a value get one.
    if let Some(dictionary) = array.as_any_dictionary_opt()
        && !levels.rename.contains_key("")
        && array.data_type() == &Reading::Levels(levels.clone()).output(array.data_type())
    {
        let names = views(dictionary.values())?;
        let names: StringViewArray =
            names.iter().map(|name| name.map(|name| levels.name_of(name))).collect();
        let names = cast(&names, dictionary.values().data_type()).map_err(unreadable)?;
        return Ok(dictionary.with_values(names));
    }
    let text = views(array)?;
    let name = |value: Option<&str>| {
        Some(levels.name_of(value.unwrap_or_default()).to_owned()).filter(|name| !name.is_empty())
    };
    let named: StringViewArray = text.iter().map(name).collect();
    if array.as_any_dictionary_opt().is_some() {
        return cast(&named, array.data_type()).map_err(unreadable);
    }
    Ok(Arc::new(named))
}

/// The levels of each row in the order of their names, as one text.
fn combinations(any_of: &AnyOf, array: &ArrayRef) -> At<ArrayRef> {
    let combine = |values: &mut dyn Iterator<Item = &str>| {
        let names = values.map(|value| any_of.levels.name_of(value.trim()).to_owned());
        let names: BTreeSet<String> = names.filter(|name| !name.is_empty()).collect();
        if names.is_empty() {
            let missing = any_of.levels.name_of("");
            return Some(missing.to_owned()).filter(|name| !name.is_empty());
        }
        Some(names.into_iter().collect::<Vec<_>>().join(&SEPARATOR.to_string()))
    };
    let mut text = StringViewBuilder::with_capacity(array.len());
    if let DataType::List(_) | DataType::LargeList(_) = array.data_type() {
        let item =
            Arc::new(datafusion::arrow::datatypes::Field::new_list_field(DataType::Utf8View, true));
        let lists = cast(array, &DataType::LargeList(item)).map_err(unreadable)?;
        for list in lists.as_list::<i64>().iter() {
            let values = list.map(|list| views(&list)).transpose()?;
            text.append_option(combine(&mut values.iter().flat_map(|v| v.iter().flatten())));
        }
        return Ok(Arc::new(text.finish()));
    }
    let split = any_of.split.as_deref().filter(|split| !split.is_empty());
    for value in views(array)?.iter() {
        let parts = value.unwrap_or_default().split(SEPARATOR);
        let mut parts: Box<dyn Iterator<Item = &str>> = match split {
            Some(split) => Box::new(parts.flat_map(move |part| part.split(split))),
            None => Box::new(parts),
        };
        text.append_option(combine(&mut parts));
    }
    Ok(Arc::new(text.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{
        DictionaryArray, Int64Array, ListBuilder, StringArray, StringBuilder,
    };
    use datafusion::arrow::datatypes::Int32Type;

    fn text(values: &[Option<&str>]) -> ArrayRef {
        Arc::new(StringArray::from(values.to_vec()))
    }

    /// What a column is read as, each value as text; or the row of the fault and its message.
    fn check(reading: &Reading, array: &ArrayRef, wanted: Result<Vec<&str>, (usize, &str)>) {
        let found = reading.read(array).map(|found| {
            assert_eq!(*found.data_type(), reading.output(array.data_type()));
            let text = views(&found).unwrap();
            text.iter().map(|v| v.unwrap_or("nothing").replace(SEPARATOR, "+")).collect::<Vec<_>>()
        });
        let wanted = wanted.map(|values| values.into_iter().map(str::to_owned).collect());
        let found = found.map_err(|(row, fault)| (row, fault.to_string()));
        assert_eq!(found, wanted.map_err(|(row, why)| (row, why.to_owned())), "{reading:?}");
    }

    #[test]
    fn scores_on_another_scale_are_divided_by_its_end() {
        let percent = Reading::OutOf(100.0);
        check(
            &percent,
            &text(&[Some("7"), None, Some(" 100 ")]),
            Ok(vec!["0.07", "nothing", "1.0"]),
        );
        let whole: ArrayRef = Arc::new(Int64Array::from(vec![Some(50), None]));
        check(&percent, &whole, Ok(vec!["0.5", "nothing"]));
        let why = "`101` is not a score: a score is a number from 0 to 100";
        check(&percent, &text(&[Some("1"), Some("101")]), Err((1, why)));
        let why = "`high` is not a score: a score is a number from 0 to 100";
        check(&percent, &text(&[Some("high")]), Err((0, why)));
        let nan: ArrayRef = Arc::new(Float64Array::from(vec![f64::NAN]));
        let why = "`NaN` is not a score: a score is a number from 0 to 100";
        check(&percent, &nan, Err((0, why)));
    }

    #[test]
    fn outcomes_are_read_by_words_or_by_a_number() {
        let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let words = Reading::Outcome(Truth::Words { yes: set(&["Yes"]), no: set(&["No"]) });
        let found = Ok(vec!["true", "false", "nothing"]);
        check(&words, &text(&[Some("Yes"), Some(" No"), Some("")]), found);
        let why = "`yes` is not an outcome: the mapping names Yes, No";
        check(&words, &text(&[Some("Yes"), Some("yes")]), Err((1, why)));
        let grades = text(&[Some("1"), Some("2"), Some("3")]);
        let by = |truth: Truth, wanted: [&str; 3]| {
            check(&Reading::Outcome(truth), &grades, Ok(wanted.to_vec()));
        };
        by(Truth::AtLeast(2.0), ["false", "true", "true"]);
        by(Truth::Above(2.0), ["false", "false", "true"]);
        by(Truth::AtMost(2.0), ["true", "true", "false"]);
        by(Truth::Below(2.0), ["true", "false", "false"]);
        let why = "`two` is not an outcome: it is judged by a number";
        check(&Reading::Outcome(Truth::Below(2.0)), &text(&[Some("two")]), Err((0, why)));
    }

    #[test]
    fn levels_get_other_names_in_every_kind_of_column() {
        let rename = [("W", "White"), ("Wh", "White"), ("", "unknown")];
        let rename: BTreeMap<String, String> =
            rename.into_iter().map(|(from, to)| (from.to_owned(), to.to_owned())).collect();
        let values = [Some("W"), Some("Wh"), Some("B"), None];
        let dictionary: ArrayRef =
            Arc::new(values.iter().copied().collect::<DictionaryArray<Int32Type>>());
        for array in [text(&values), dictionary] {
            let levels = Levels { rename: rename.clone(), other: Some("other".into()) };
            let wanted = Ok(vec!["White", "White", "other", "unknown"]);
            check(&Reading::Levels(levels), &array, wanted);
            let mut levels = Levels { rename: rename.clone(), other: None };
            levels.rename.remove("");
            let wanted = Ok(vec!["White", "White", "B", "nothing"]);
            check(&Reading::Levels(levels), &array, wanted);
        }
    }

    #[test]
    fn numbers_are_put_into_ranges() {
        let ranges = Ranges { edges: vec![18.0, 65.0], unit: Some("years".into()) };
        let numbers: ArrayRef =
            Arc::new(Int64Array::from(vec![Some(17), Some(18), Some(65), None]));
        let wanted = ["under 18 years", "18 to under 65 years", "65 years and over", "nothing"];
        check(&Reading::Ranges(ranges.clone()), &numbers, Ok(wanted.to_vec()));
        let why = "`old` is not a number, so that it is in no range";
        check(&Reading::Ranges(ranges), &text(&[Some("70"), Some("old")]), Err((1, why)));
    }

    #[test]
    fn several_levels_are_one_text_in_the_order_of_their_names() {
        let mut lists = ListBuilder::new(StringBuilder::new());
        lists.append_value([Some("White"), Some("Asian"), None, Some("White")]);
        lists.append_value(Vec::<Option<&str>>::new());
        lists.append_null();
        let lists: ArrayRef = Arc::new(lists.finish());
        let wanted = || Ok(vec!["Asian+White", "nothing", "nothing"]);
        check(&Reading::AnyOf(AnyOf::default()), &lists, wanted());
        let split = AnyOf { split: Some(";".into()), ..AnyOf::default() };
        let values = text(&[Some("White; Asian;White"), Some(";"), None]);
        check(&Reading::AnyOf(split), &values, wanted());
        let rename = [("W".to_owned(), "White".to_owned()), (String::new(), "declined".to_owned())];
        let levels = Levels { rename: rename.into(), other: Some("other".into()) };
        let split = AnyOf { split: Some(";".into()), levels };
        let values = text(&[Some("W;B;C"), None]);
        check(&Reading::AnyOf(split), &values, Ok(vec!["White+other", "declined"]));
    }
}
