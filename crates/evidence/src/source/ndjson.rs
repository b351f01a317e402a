//! Logs with a JSON object on each line, read as text: a number stays as it is written.

use crate::RowFault;
use crate::error::Located;
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringViewBuilder};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, BufRead, Read};
use std::sync::Arc;

/// The longest line that is read, in bytes; it bounds the memory that a file without line breaks
/// can take.
const LONGEST_LINE: u64 = 1 << 24;

/// Rows of a batch.
const BATCH: usize = 8192;

/// What stands between the values of a list that is read as one text. No name has it in it.
pub(crate) const SEPARATOR: char = '\u{1f}';

/// The rows of a file, or of the part of it before a byte.
pub(crate) struct Rows<R> {
    lines: Lines<R>,
    schema: SchemaRef,
    names: Vec<String>,
}

impl<R: BufRead> Rows<R> {
    /// `until` is the number of bytes before which a row must begin to be read.
    pub fn new(reader: R, schema: SchemaRef, until: Option<u64>) -> Self {
        let names = schema.fields().iter().map(|field| field.name().clone()).collect();
        Self { lines: Lines::new(reader, until), schema, names }
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>, DataFusionError> {
        let mut columns: Vec<StringViewBuilder> =
            self.names.iter().map(|_| StringViewBuilder::with_capacity(BATCH)).collect();
        let mut rows = 0;
        while rows < BATCH {
            let Some(line) = self.lines.next()? else { break };
            let values = values(line, &self.names);
            let values = values.map_err(|(column, fault)| self.lines.at(column, fault))?;
            for (column, value) in columns.iter_mut().zip(values) {
                column.append_option(value);
            }
            rows += 1;
        }
        if rows == 0 {
            return Ok(None);
        }
        let columns = columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
        Ok(Some(RecordBatch::try_new(Arc::clone(&self.schema), columns.collect())?))
    }
}

impl<R: BufRead> Iterator for Rows<R> {
    type Item = Result<RecordBatch, DataFusionError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}

/// The names of the values of a file, up to the line by which all wanted ones have been seen.
pub(crate) fn names(
    reader: impl BufRead,
    wanted: &[String],
) -> Result<Vec<String>, DataFusionError> {
    let mut lines = Lines::new(reader, None);
    let mut seen: Vec<String> = Vec::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    while let Some(line) = lines.next()? {
        let keys = names_of(line).map_err(|fault| lines.at(None, fault))?;
        for key in keys {
            if known.insert(key.clone()) {
                seen.push(key);
            }
        }
        if wanted.iter().all(|name| known.contains(name)) {
            break;
        }
    }
    Ok(seen)
}

/// The lines of a file that are not blank.
struct Lines<R> {
    reader: R,
    line: Vec<u8>,
    /// Bytes read.
    read: u64,
    until: Option<u64>,
    /// Rows read.
    row: u64,
}

impl<R: BufRead> Lines<R> {
    fn new(reader: R, until: Option<u64>) -> Self {
        Self { reader, line: Vec::new(), read: 0, until, row: 0 }
    }

    fn at(&self, column: Option<String>, fault: RowFault) -> DataFusionError {
        DataFusionError::External(Box::new(Located { row: self.row, column, fault }))
    }

    fn next(&mut self) -> Result<Option<&str>, DataFusionError> {
        loop {
            if self.until.is_some_and(|until| self.read >= until) {
                return Ok(None);
            }
            self.line.clear();
            let length = (&mut self.reader)
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut self.line)
                .map_err(DataFusionError::IoError)?;
            if length == 0 {
                return Ok(None);
            }
            let first = self.read == 0;
            self.read += length as u64;
            if first && self.line.starts_with(b"\xef\xbb\xbf") {
                self.line.drain(..3);
            }
            if self.line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            break;
        }
        self.row += 1;
        let whole = self.line.last() == Some(&b'\n') || (self.line.len() as u64) < LONGEST_LINE;
        if !whole {
            let why = format!("the line has more than {LONGEST_LINE} bytes");
            return Err(self.at(None, RowFault::Unreadable { why }));
        }
        match std::str::from_utf8(&self.line) {
            Ok(text) => Ok(Some(text)),
            Err(_) => {
                let why = "the line is not UTF-8 text".to_owned();
                Err(self.at(None, RowFault::Unreadable { why }))
            }
        }
    }
}

/// What is wrong with a line, in the column where it is.
type Fault = (Option<String>, RowFault);

/// The values of a line, in the order of the names; none where there is no value.
fn values(line: &str, names: &[String]) -> Result<Vec<Option<String>>, Fault> {
    let mut reader = serde_json::Deserializer::from_str(line);
    let raw = Object { names }.deserialize(&mut reader).and_then(|raw| reader.end().map(|()| raw));
    let raw = raw.map_err(|error| (None, no_object(&error)))?;
    let named = names.iter().zip(raw);
    named.map(|(name, raw)| text_of(raw).map_err(|fault| (Some(name.clone()), fault))).collect()
}

fn names_of(line: &str) -> Result<Vec<String>, RowFault> {
    let mut reader = serde_json::Deserializer::from_str(line);
    let found = Names.deserialize(&mut reader).and_then(|found| reader.end().map(|()| found));
    found.map_err(|error| no_object(&error))
}

fn no_object(error: &serde_json::Error) -> RowFault {
    RowFault::Unreadable { why: format!("the line is not one JSON object ({error})") }
}

/// A value as text: numbers as they are written, a list of texts as one text.
fn text_of(raw: Option<&RawValue>) -> Result<Option<String>, RowFault> {
    let Some(json) = raw.map(RawValue::get) else { return Ok(None) };
    let unreadable = |why: String| RowFault::Unreadable { why };
    match json.as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'"') => {
            let text: Result<String, _> = serde_json::from_str(json);
            text.map(Some).map_err(|error| unreadable(error.to_string()))
        }
        Some(b'[') => {
            let list: Result<Vec<Option<String>>, _> = serde_json::from_str(json);
            let list = list.map_err(|_| unreadable("the list holds more than texts".to_owned()))?;
            let texts: Vec<String> = list.into_iter().flatten().collect();
            if texts.iter().any(|text| text.contains(SEPARATOR)) {
                return Err(unreadable("a text holds the sign U+001F".to_owned()));
            }
            Ok(Some(texts.join(&SEPARATOR.to_string())).filter(|text| !text.is_empty()))
        }
        Some(b'{') => Err(unreadable("the value is an object, where one value is wanted".into())),
        _ => Ok(Some(json.to_owned())),
    }
}

/// Reads an object's values of some names, and passes over the others.
struct Object<'a> {
    names: &'a [String],
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = vec![None; self.names.len()];
        while let Some(place) = map.next_key_seed(Place { names: self.names })? {
            match place.and_then(|place| values.get_mut(place)) {
                Some(Some(_)) => return Err(A::Error::custom("it has one name twice")),
                Some(slot) => *slot = Some(map.next_value::<&RawValue>()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(values)
    }
}

/// The place of a name among those wanted.
struct Place<'a> {
    names: &'a [String],
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Option<usize>;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for Place<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.names.iter().position(|wanted| wanted == name))
    }
}

/// Reads the names of an object.
struct Names;

impl<'de> DeserializeSeed<'de> for Names {
    type Value = Vec<String>;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Names {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            map.next_value::<IgnoredAny>()?;
            names.push(name);
        }
        Ok(names)
    }
}

/// Moves to the first line that begins at or after a byte; gives where it begins.
pub(crate) fn skip_to<R: BufRead + io::Seek>(reader: &mut R, start: u64) -> io::Result<u64> {
    if start == 0 {
        return Ok(0);
    }
    // A line begins after a line break; the one before the byte may be it.
    reader.seek(io::SeekFrom::Start(start - 1))?;
    let mut rest = Vec::new();
    let length = reader.take(LONGEST_LINE).read_until(b'\n', &mut rest)?;
    Ok(start - 1 + length as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn check(line: &str, wanted: Result<Vec<Option<&str>>, &str>) {
        let names = ["a".to_owned(), "b".to_owned()];
        let wanted = wanted.map(|values| {
            values.into_iter().map(|value| value.map(str::to_owned)).collect::<Vec<_>>()
        });
        let found = values(line, &names).map_err(|(column, fault)| match column {
            Some(column) => format!("{column}: {fault}"),
            None => fault.to_string(),
        });
        assert_eq!(found, wanted.map_err(str::to_owned), "{line}");
    }

    #[test]
    fn values_are_kept_as_they_are_written() {
        check(r#"{"a": 0.10, "b": "x"}"#, Ok(vec![Some("0.10"), Some("x")]));
        check(r#"{"b": true, "c": {"a": 1}}"#, Ok(vec![None, Some("true")]));
        check(r#"{"a": 9007199254740993, "b": null}"#, Ok(vec![Some("9007199254740993"), None]));
        check(r#"{"\u0061": "\u00e9\n", "b": 1E-3}"#, Ok(vec![Some("é\n"), Some("1E-3")]));
        check(r#"{"a": ["x", null, "y"], "b": []}"#, Ok(vec![Some("x\u{1f}y"), None]));
    }

    #[test]
    fn what_is_not_one_object_is_refused() {
        let refused = |line: &str, why: &str| {
            check(line, Err(&format!("the line is not one JSON object ({why})")));
        };
        refused(r#"{"a": 1} {"a": 2}"#, "trailing characters at line 1 column 10");
        refused(r#"{"a": 1, "a": 2}"#, "it has one name twice at line 1 column 12");
        refused("[1]", "invalid type: sequence, expected an object at line 1 column 0");
        refused(r#"{"a": 1"#, "EOF while parsing an object at line 1 column 7");
        refused(r#"{"a": NaN}"#, "expected value at line 1 column 7");
        check(r#"{"a": {"b": 1}}"#, Err("a: the value is an object, where one value is wanted"));
        check(r#"{"a": [1]}"#, Err("a: the list holds more than texts"));
    }

    #[test]
    fn every_way_to_cut_a_file_reads_each_line_once() {
        let text = "{\"a\":1}\n\n{\"a\":22}\n{\"a\":333}";
        let schema = super::super::text_schema(["a".to_owned()]);
        let read = |start: u64, end: u64| {
            let mut reader = Cursor::new(text);
            let first = skip_to(&mut reader, start).unwrap();
            let rows = Rows::new(reader, Arc::clone(&schema), Some(end.saturating_sub(first)));
            rows.map(|batch| batch.unwrap().num_rows()).sum::<usize>()
        };
        let length = text.len() as u64;
        for cut in 0..=length {
            assert_eq!(read(0, cut) + read(cut, length), 3, "cut at {cut}");
        }
    }
}
