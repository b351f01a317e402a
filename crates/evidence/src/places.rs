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

    /// Levels that the table has room for.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// The places by period and level, at `period * levels + level`.
    pub fn table(&self) -> &[u32] {
        &self.table
    }

    /// Makes room for so many levels and periods.
    pub fn fit(&mut self, levels: usize, periods: usize) {
        let has = self.table.len() / self.levels.max(1);
        if levels <= self.levels && periods <= has {
            return;
        }
        let had = self.all();
        self.levels = self.levels.max(levels);
        self.table = vec![Self::FREE; self.levels * periods.max(has)];
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
        self.fit(level + 1, period + 1);
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
