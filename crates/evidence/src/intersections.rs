//! The levels of the attributes that a request counts by, intersections among them.
//!
//! An attribute such as `race*sex` has no column. The number of its level in a row is made of the
//! numbers that the levels of its parts have there, each read once; all that comes after counts one
//! more attribute.

use crate::column::At;
use crate::error::FaultAt;
use crate::fold::Selected;
use crate::levels::{Levels, MOST_LEVELS};
use crate::{EvidenceError, Request, RowFault, Source};
use statistics::{crossed_level, intersected};
use std::collections::{BTreeMap, BTreeSet};

/// The number of each row's level.
type Codes = Vec<u16>;

/// The attributes of a request's `by`, as one fold numbers their levels.
#[derive(Debug)]
pub(crate) struct Attributes {
    /// The columns that are read.
    columns: Vec<(String, Levels)>,
    /// What is asked for, in order.
    asked: Vec<Asked>,
}

#[derive(Debug)]
enum Asked {
    /// A column, by its place.
    Column(usize),
    /// An intersection, by the places of its parts.
    Crossed(Crossed),
}

#[derive(Debug)]
struct Crossed {
    name: String,
    parts: Vec<usize>,
    /// The first part with the second, these with the third, and so on.
    crossings: Vec<Crossing>,
}

/// Two attributes crossed: the pairs of level numbers that came, numbered as they came.
#[derive(Debug, Default)]
struct Crossing {
    pairs: Vec<(u16, u16)>,
    /// The number of each pair, or [`Self::FREE`]: for each first level a stretch of all second
    /// ones.
    numbers: Vec<u16>,
}

impl Attributes {
    pub fn of(request: &Request) -> Self {
        let names = request.by_columns();
        let place = |part: &str| names.iter().position(|name| name == part);
        let asked = request.by.iter().filter_map(|name| match request.parts_of(name) {
            None => place(name).map(Asked::Column),
            Some(parts) => Some(Asked::Crossed(Crossed {
                name: name.clone(),
                crossings: parts.iter().skip(1).map(|_| Crossing::default()).collect(),
                parts: parts.into_iter().filter_map(place).collect(),
            })),
        });
        let asked = asked.collect();
        Self { asked, columns: names.into_iter().map(|name| (name, Levels::default())).collect() }
    }

    /// The level numbers of each attribute.
    pub fn encode(&mut self, rows: &Selected) -> Result<Vec<Codes>, FaultAt> {
        let mut read = Vec::with_capacity(self.columns.len());
        for (name, levels) in &mut self.columns {
            read.push(rows.read(name, |array| levels.encode(array))?);
        }
        let mut crossed = Vec::new();
        for asked in &mut self.asked {
            if let Asked::Crossed(it) = asked {
                let first = it.parts.first().and_then(|&place| self.columns.get(place));
                let column = first.map_or("", |(column, _)| column);
                let codes = rows.read(column, |_| it.encode(&read));
                // Too many levels are those of the intersection, not of the column.
                codes
                    .map(|codes| crossed.push(codes))
                    .map_err(|fault| FaultAt { column: it.name.clone(), ..fault })?;
            }
        }
        let mut crossed = crossed.into_iter();
        let each = self.asked.iter().filter_map(|asked| match asked {
            Asked::Column(place) => read.get_mut(*place).map(std::mem::take),
            Asked::Crossed(_) => crossed.next(),
        });
        Ok(each.collect())
    }

    /// The names of the levels of each attribute, by number, when no more come.
    pub fn into_names(self) -> Vec<Vec<String>> {
        let names: Vec<Vec<String>> =
            self.columns.into_iter().map(|(_, levels)| levels.into_names()).collect();
        let of = |asked: &Asked| match asked {
            Asked::Column(place) => names.get(*place).cloned().unwrap_or_default(),
            Asked::Crossed(crossed) => crossed.names(&names),
        };
        self.asked.iter().map(of).collect()
    }
}

impl Crossed {
    /// The number of each row's level, from those of all columns.
    fn encode(&mut self, read: &[Codes]) -> At<Codes> {
        let mut parts = self.parts.iter().filter_map(|&place| read.get(place));
        let mut codes = parts.next().cloned().unwrap_or_default();
        for (crossing, part) in self.crossings.iter_mut().zip(parts) {
            codes = crossing.encode(&codes, part)?;
        }
        Ok(codes)
    }

    /// The name of each level, from those of all columns.
    fn names(&self, names: &[Vec<String>]) -> Vec<String> {
        let mut parts = self.parts.iter().filter_map(|&place| names.get(place));
        let first = parts.next().into_iter().flatten();
        let mut levels: Vec<Vec<&str>> = first.map(|name| vec![name.as_str()]).collect();
        for (crossing, part) in self.crossings.iter().zip(parts) {
            let pair = |&(left, right): &(u16, u16)| {
                let before = levels.get(usize::from(left)).cloned().unwrap_or_default();
                let last = part.get(usize::from(right)).map(String::as_str);
                before.into_iter().chain(last).collect()
            };
            levels = crossing.pairs.iter().map(pair).collect();
        }
        levels.into_iter().map(crossed_level).collect()
    }
}

impl Crossing {
    const FREE: u16 = u16::MAX;

    fn encode(&mut self, left: &[u16], right: &[u16]) -> At<Codes> {
        let mut codes = Vec::with_capacity(left.len());
        for (row, (&left, &right)) in left.iter().zip(right).enumerate() {
            let place = usize::from(left) * MOST_LEVELS + usize::from(right);
            let code = match self.numbers.get(place) {
                Some(&code) if code != Self::FREE => code,
                _ => self.number(place, (left, right), row)?,
            };
            codes.push(code);
        }
        Ok(codes)
    }

    /// Numbers a pair that is new.
    fn number(&mut self, place: usize, pair: (u16, u16), row: usize) -> At<u16> {
        let next = self.pairs.len();
        let code = u16::try_from(next).ok().filter(|_| next < MOST_LEVELS);
        let code = code.ok_or((row, RowFault::TooManyLevels { most: MOST_LEVELS }))?;
        if self.numbers.len() <= place {
            self.numbers.resize((usize::from(pair.0) + 1) * MOST_LEVELS, Self::FREE);
        }
        if let Some(slot) = self.numbers.get_mut(place) {
            *slot = code;
        }
        self.pairs.push(pair);
        Ok(code)
    }
}

impl Request {
    /// The attributes that an entry of `by` is made of, when it is an intersection. A name that
    /// `columns` has is that of a column.
    pub(crate) fn parts_of<'a>(&self, name: &'a str) -> Option<Vec<&'a str>> {
        intersected(name).filter(|_| !self.columns.contains_key(name))
    }

    /// The intersections of `by`, each with its parts.
    pub(crate) fn intersections(&self) -> impl Iterator<Item = (&String, Vec<&str>)> {
        self.by.iter().filter_map(|name| Some((name, self.parts_of(name)?)))
    }

    /// The columns whose levels are read for `by`, each once.
    pub(crate) fn by_columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        for name in &self.by {
            let parts = self.parts_of(name).unwrap_or_else(|| vec![name]);
            for part in parts {
                if columns.iter().all(|known| known != part) {
                    columns.push(part.to_owned());
                }
            }
        }
        columns
    }

    /// Refuses intersections that make no sense.
    pub(crate) fn check_intersections(&self) -> Result<(), EvidenceError> {
        let refuse = |why: String| Err(EvidenceError::Request { why });
        let many: BTreeSet<&str> = self.many_valued().map(String::as_str).collect();
        let mut known: BTreeMap<BTreeSet<&str>, &String> = BTreeMap::new();
        for (name, parts) in self.intersections() {
            if parts.iter().any(|part| part.is_empty()) {
                return refuse(format!("`{name}` lacks an attribute: write it like `race*sex`"));
            }
            if let Some(part) = parts.iter().find(|part| many.contains(*part)) {
                return refuse(format!(
                    "`{name}`: a row can have several levels of `{part}`, which cannot be crossed: \
                     read it as one level, or leave it out of `{name}`"
                ));
            }
            let distinct: BTreeSet<&str> = parts.iter().copied().collect();
            if distinct.len() < parts.len() {
                return refuse(format!("`{name}` names an attribute twice"));
            }
            if let Some(other) = known.insert(distinct, name) {
                return refuse(format!("`{other}` and `{name}` are the same: keep one in `by`"));
            }
        }
        Ok(())
    }

    /// Refuses an intersection that has the name of a column of the source.
    pub(crate) fn check_names(&self, source: &Source) -> Result<(), EvidenceError> {
        if self.intersections().next().is_none() {
            return Ok(());
        }
        let columns = source.columns()?;
        match self.intersections().find(|(name, _)| columns.contains(name)) {
            None => Ok(()),
            Some((name, _)) => Err(EvidenceError::Request {
                why: format!(
                    "`{name}` is the name of a column, and also stands for an intersection: give \
                     the column another name with a mapping, such as `[cohorts.both]` with \
                     `column = \"{name}\"`"
                ),
            }),
        }
    }
}
