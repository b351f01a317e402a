//! Where each level and period of an attribute is counted.

/// Numbers pairs of a level and a period as they come.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// Levels that the table has room for.
    levels: usize,
    /// By period and level the place, or [`Self::FREE`].
    table: Vec<u32>,
    taken: u32,
}

impl Places {
    /// No place.
    pub const FREE: u32 = u32::MAX;

    /// The places by period and level: `period * levels + level`, after [`Self::fit`].
    pub fn table(&self) -> &[u32] {
        &self.table
    }

    /// Makes the table fit for so many levels and periods, or more.
    pub fn fit(&mut self, levels: usize, periods: usize) {
        if levels == self.levels && self.table.len() >= levels * periods {
            return;
        }
        let had = self.all();
        let most = |own: usize, of: fn(&((usize, usize), usize)) -> usize| {
            had.iter().map(|it| of(it) + 1).max().unwrap_or(0).max(own)
        };
        self.levels = most(levels, |it| it.0.0);
        let periods = most(periods, |it| it.0.1);
        self.table = vec![Self::FREE; self.levels * periods];
        for ((level, period), place) in had {
            self.set(level, period, place as u32);
        }
    }

    fn set(&mut self, level: usize, period: usize, place: u32) {
        if let Some(slot) = self.table.get_mut(period * self.levels + level) {
            *slot = place;
        }
    }

    /// The place of a level and a period; a new one when they had none.
    pub fn open(&mut self, level: usize, period: usize) -> usize {
        let periods = self.table.len() / self.levels.max(1);
        if level >= self.levels || period >= periods {
            self.fit(self.levels.max(level + 1), periods.max(period + 1));
        }
        let found = self.table.get(period * self.levels + level).copied();
        if let Some(place) = found.filter(|place| *place != Self::FREE) {
            return place as usize;
        }
        self.set(level, period, self.taken);
        self.taken += 1;
        self.taken as usize - 1
    }

    /// Every level and period that has a place, with the place.
    pub fn all(&self) -> Vec<((usize, usize), usize)> {
        let taken = self.table.iter().enumerate().filter(|(_, place)| **place != Self::FREE);
        let levels = self.levels.max(1);
        taken.map(|(at, &place)| ((at % levels, at / levels), place as usize)).collect()
    }
}
