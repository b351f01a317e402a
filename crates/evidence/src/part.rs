//! What the fold of one partition has gathered, and what all of them make together.

use crate::counts::{Counted, Counts, Rows};
use crate::ids::Ids;
use crate::records::{Dimension, Records};
use crate::scores::Limits;
use crate::{CellKey, EvidenceError, Request, TallySet};
use statistics::Cohort;
use std::collections::BTreeMap;

/// What the fold of one partition has gathered.
///
/// Rows are kept while they are few. From then on they are counted in goes: that bounds the memory
/// of a fold, whatever the length of the log.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// What was read and left out. Its cells are empty.
    pub set: TallySet,
    /// The names of the levels of each attribute, by number.
    pub levels: Vec<Vec<String>>,
    /// The names of the periods, by number.
    pub periods: Vec<String>,
    /// A hash of each prediction id.
    pub ids: Ids,
    /// Score and outcome of each row not counted yet: twice the score in billionths, plus the
    /// outcome.
    rows: Vec<u32>,
    /// For each attribute the number of each row's level.
    codes: Vec<Vec<u16>>,
    /// The number of each row's period.
    of_period: Vec<u16>,
    counts: Option<Counts>,
    limits: Limits,
}

impl Part {
    pub fn new(request: &Request) -> Self {
        let set = TallySet { grid: Some(request.grid()), ..TallySet::default() };
        Self { set, codes: vec![Vec::new(); request.attributes().len()], ..Self::default() }
    }

    /// Takes rows in. `levels` and `periods` are how many there are so far.
    pub fn push(
        &mut self,
        rows: impl ExactSizeIterator<Item = u32>,
        codes: Vec<Vec<u16>>,
        of_period: Option<Vec<u16>>,
        request: &Request,
    ) {
        self.set.rows_used += rows.len() as u64;
        self.rows.extend(rows);
        for (all, new) in self.codes.iter_mut().zip(codes) {
            all.extend(new);
        }
        if let Some(of_period) = of_period {
            self.of_period.extend(of_period);
        }
        if self.rows.len() as u64 > self.limits.rows {
            self.count(request);
        }
    }

    /// Counts what is left, when rows were counted before.
    pub fn finish(&mut self, request: &Request) {
        if self.counts.is_some() {
            self.count(request);
        }
    }

    /// Counts the rows gathered so far.
    fn count(&mut self, request: &Request) {
        let by_period = request.period.is_some();
        let counts = self.counts.get_or_insert_with(|| {
            Counts::new(request.attributes().len(), by_period, request.grid(), self.limits)
        });
        let most = |codes: &Vec<u16>| codes.iter().max().map_or(0, |&most| usize::from(most) + 1);
        let levels: Vec<usize> = self.codes.iter().map(most).collect();
        counts.count(Rows {
            rows: &self.rows,
            codes: &self.codes,
            levels: &levels,
            periods: by_period.then(|| (&self.of_period, most(&self.of_period))),
        });
        self.rows.clear();
        self.codes.iter_mut().for_each(Vec::clear);
        self.of_period.clear();
    }

    /// The tallies of all parts together.
    ///
    /// # Errors
    /// When there are more rows than can be counted.
    pub fn merged(parts: Vec<Self>, request: &Request) -> Result<TallySet, EvidenceError> {
        let rows: u64 = parts.iter().map(|part| part.set.rows_used).sum();
        if rows > u64::from(u32::MAX) {
            let why =
                format!("{rows} rows are more than one pass counts: ask by `from` and `until`");
            return Err(EvidenceError::Request { why });
        }
        let limits = parts.first().map(|part| part.limits).unwrap_or_default();
        if rows <= limits.rows {
            let mut whole = TallySet::default();
            parts.into_iter().for_each(|part| whole.merge(part.sorted(request)));
            whole.set_clusters_apart();
            return Ok(whole);
        }
        let mut parts = parts.into_iter();
        let mut whole = parts.next().unwrap_or_default();
        whole.count(request);
        for mut part in parts {
            part.count(request);
            whole.absorb(part);
        }
        let mut set = whole.tallied(request);
        set.set_clusters_apart();
        Ok(set)
    }

    /// Tallies the rows, each score apart.
    fn sorted(mut self, request: &Request) -> TallySet {
        let mut codes = std::mem::take(&mut self.codes);
        codes.push(std::mem::take(&mut self.of_period));
        let levels = self.levels.iter().chain([&self.periods]).map(Vec::len);
        let records = Records::sorted(&self.rows, codes, levels);
        let names = request.attributes();
        let attributes: Vec<Dimension<'_>> = names
            .iter()
            .zip(&self.levels)
            .enumerate()
            .map(|(place, (name, names))| Dimension { place, name, names })
            .collect();
        let periods = Dimension { place: attributes.len(), name: "period", names: &self.periods };
        let periods = request.period.is_some().then_some(&periods);
        let mut set = std::mem::take(&mut self.set);
        if self.rows.is_empty() {
            return set;
        }
        for period in [None].into_iter().chain(periods.map(Some)) {
            for attribute in [None].into_iter().chain(attributes.iter().map(Some)) {
                records.tally_by(attribute, period, &mut set);
            }
        }
        set
    }

    /// Adds the counts of another part.
    fn absorb(&mut self, other: Self) {
        self.set.merge(other.set);
        self.levels.resize_with(other.levels.len().max(self.levels.len()), Vec::new);
        let here = |own: &mut Vec<String>, names: Vec<String>| -> Vec<usize> {
            let mut places: BTreeMap<String, usize> = own.iter().cloned().zip(0..).collect();
            let place = |name: String| {
                *places.entry(name).or_insert_with_key(|name| {
                    own.push(name.clone());
                    own.len() - 1
                })
            };
            names.into_iter().map(place).collect()
        };
        let maps = self.levels.iter_mut().zip(other.levels).map(|(own, names)| here(own, names));
        let levels: Vec<Vec<usize>> = maps.collect();
        let periods = here(&mut self.periods, other.periods);
        match (&mut self.counts, other.counts) {
            (Some(own), Some(other)) => own.absorb(other, &levels, &periods),
            (own, other) => *own = own.take().or(other),
        }
    }

    /// The tallies of all that was counted, in bands as fine as there is room for.
    fn tallied(mut self, request: &Request) -> TallySet {
        let mut set = std::mem::take(&mut self.set);
        let Some(mut counts) = self.counts.take() else { return set };
        let names = request.attributes();
        let (mut whole, mut parts) = counts.cells();
        if !names.is_empty() {
            // Everyone is not counted apart.
            whole += 1;
            parts += self.periods.len();
        }
        let scores = counts.scores.scores().map_or(usize::MAX, <[u32]>::len);
        if !self.limits.are_exact(set.rows_used, scores, whole + parts) {
            counts.band();
        }
        let mut attributes = counts.tallies(self.limits.fineness(whole, parts)).into_iter();
        if names.is_empty() {
            self.name(attributes.next().unwrap_or_default(), None, &mut set);
        }
        for (place, (name, tallies)) in names.iter().zip(attributes).enumerate() {
            if place == 0 {
                for (_, period, tally) in &tallies {
                    set.add(CellKey { period: self.period(*period), cohort: None }, tally.clone());
                }
            }
            self.name(tallies, Some((name, place)), &mut set);
        }
        set
    }

    fn period(&self, number: Option<usize>) -> Option<String> {
        number.and_then(|number| self.periods.get(number)).cloned()
    }

    /// Adds tallies under the names of their levels and periods.
    fn name(&self, tallies: Vec<Counted>, by: Option<(&String, usize)>, set: &mut TallySet) {
        for (level, period, tally) in tallies {
            let period = self.period(period);
            let cohort = by.and_then(|(attribute, place)| {
                let level = self.levels.get(place)?.get(level)?.clone();
                Some(Cohort { attribute: attribute.clone(), level })
            });
            set.add(CellKey { period, cohort }, tally);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Period;
    use proptest::prelude::*;
    use statistics::{Grid, Score, Tally};

    /// A row: score in billionths, outcome, levels of three attributes, period.
    type Row = (u32, bool, [u16; 3], u16);

    const LEVELS: [u16; 3] = [3, 40, 1];
    const PERIODS: u16 = 5;

    fn request(by: usize, periods: bool) -> Request {
        Request {
            by: (0..by).map(|place| format!("a{place}")).collect(),
            thresholds: vec![0.17],
            period: periods.then_some(Period::Month),
            ..Request::new("y", "p")
        }
    }

    fn rows(scores: u32) -> impl Strategy<Value = Vec<Row>> {
        let levels = (0..LEVELS[0], 0..LEVELS[1], 0..LEVELS[2]).prop_map(|(a, b, c)| [a, b, c]);
        let score = (0..scores).prop_map(move |score| score * (Score::SCALE / scores));
        proptest::collection::vec((score, any::<bool>(), levels, 0..PERIODS), 1..400)
    }

    /// A part of these rows, pushed in several goes; numbers of levels as they come.
    fn part(rows: &[Row], request: &Request, limits: Limits) -> Part {
        let mut part = Part { limits, ..Part::new(request) };
        let number = |names: &mut Vec<String>, level: u16| {
            let name = format!("level {level}");
            let found = names.iter().position(|known| *known == name);
            found.unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            }) as u16
        };
        part.levels = vec![Vec::new(); request.by.len()];
        for rows in rows.chunks(37) {
            let codes = (0..request.by.len()).map(|place| {
                let names = &mut part.levels[place];
                rows.iter().map(|row| number(names, row.2[place])).collect()
            });
            let codes = codes.collect();
            let names = &mut part.periods;
            let periods = || rows.iter().map(|row| number(names, row.3)).collect();
            let periods = request.period.is_some().then(periods);
            let packed = rows.iter().map(|row| (row.0 << 1) | u32::from(row.1));
            part.push(packed, codes, periods, request);
        }
        part
    }

    /// The same the slow and obvious way.
    fn naive(rows: &[Row], request: &Request, limits: Limits) -> BTreeMap<CellKey, Tally> {
        let mut cells: BTreeMap<CellKey, Vec<(Score, bool)>> = BTreeMap::new();
        for row in rows {
            let level = |place: usize| format!("level {}", row.2[place]);
            let cohorts = request.by.iter().enumerate();
            let cohorts = cohorts
                .map(|(place, name)| Some(Cohort { attribute: name.clone(), level: level(place) }));
            let period = request.period.map(|_| format!("level {}", row.3));
            let both = if period.is_some() { vec![None, period] } else { vec![None] };
            for cohort in cohorts.chain([None]) {
                for period in both.clone() {
                    let cell = cells.entry(CellKey { period, cohort: cohort.clone() });
                    cell.or_default().push((Score::from_billionths(row.0), row.1));
                }
            }
        }
        let scores: std::collections::BTreeSet<u32> = rows.iter().map(|row| row.0).collect();
        let exact = limits.are_exact(rows.len() as u64, scores.len(), cells.len());
        let whole = cells.keys().filter(|key| key.period.is_none()).count();
        let (whole, parts) = limits.fineness(whole, cells.len() - whole);
        let grid = |fineness| -> Grid { request.grid().coarser(fineness) };
        let (whole, parts) = (grid(whole), grid(parts));
        let tally = |(key, rows): (CellKey, Vec<(Score, bool)>)| {
            let mut tally = Tally::from_rows(rows);
            if !exact {
                tally.histogram.band_by(if key.period.is_none() { &whole } else { &parts });
            }
            (key, tally)
        };
        cells.into_iter().map(tally).collect()
    }

    /// With scores as far above the lowest of their shelf as can be: sums and counts share words.
    #[test]
    fn sums_of_many_rows_with_scores_of_one_shelf_do_not_overflow() {
        let request = request(1, true);
        let limits = Limits { rows: 10, scores: 0, counts: 0, ..Limits::default() };
        let widest = 256 << 15;
        let floor = Score::SCALE / 4 / widest * widest;
        let row = |i: u32| (floor + widest - 1 - i % 3, i.is_multiple_of(2), [0, 0, 0], 0);
        let rows: Vec<Row> = (0..150_000).map(row).collect();
        let set = Part::merged(vec![part(&rows, &request, limits)], &request).unwrap();
        assert_eq!(set.cells, naive(&rows, &request, limits));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 200, ..ProptestConfig::default() })]

        /// However short the log, of few scores or many, in one part or three.
        #[test]
        fn counting_in_goes_is_tallying_every_row(
            rows in prop_oneof![rows(7), rows(90), rows(1 << 20)],
            by in 0..=3_usize,
            periods in any::<bool>(),
            keep in prop_oneof![Just(10_u64), Just(100), Just(1000)],
            counts in prop_oneof![Just(50_usize), Just(2000), Just(1 << 20)],
            whole in prop_oneof![Just(1_usize << 9), Just(1 << 14), Just(1 << 23)],
            cut in 0..400_usize,
        ) {
            let limits = Limits { rows: keep, scores: 100, counts, whole, parts: whole / 2 };
            let request = request(by, periods);
            let wanted = naive(&rows, &request, limits);
            let cuts = [cut.min(rows.len()), (cut * 2).min(rows.len())];
            let (a, rest) = rows.split_at(cuts[0]);
            let (b, c) = rest.split_at(cuts[1] - cuts[0]);
            for parts in [vec![&rows[..]], vec![a, b, c], vec![c, a, b]] {
                let parts = parts.into_iter().map(|rows| part(rows, &request, limits));
                let set = Part::merged(parts.collect(), &request).unwrap();
                prop_assert_eq!(set.rows_used, rows.len() as u64);
                prop_assert_eq!(&set.cells, &wanted);
            }
        }
    }
}
