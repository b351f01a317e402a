//! Where each level and period of an attribute is counted.

/// Numbers pairs of a level and a period as they come.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// The table has room for two to the power of so many levels.
    level_bits: u32,
    /// By period and level the place, or [`Self::FREE`].
    table: Vec<u32>,
    taken: u32,
}

impl Places {
    /// No place.
    pub const FREE: u32 = u32::MAX;

    /// How many levels and periods have a place.
    pub fn taken(&self) -> usize {
        self.taken as usize
    }

    /// How far a period is shifted where a place is looked up.
    pub fn level_bits(&self) -> u32 {
        self.level_bits
    }

    /// The places by period and level, at `period << level_bits | level`.
    pub fn table(&self) -> &[u32] {
        &self.table
    }

    /// Makes room for so many levels and periods.
    pub fn fit(&mut self, levels: usize, periods: usize) {
        let bits = levels.max(1).next_power_of_two().trailing_zeros().max(self.level_bits);
        let periods = periods.max(self.table.len() >> self.level_bits);
        if bits == self.level_bits && periods << bits <= self.table.len() {
            return;
        }
        let had = self.all();
        self.level_bits = bits;
        self.table = vec![Self::FREE; periods << bits];
        for ((level, period), place) in had {
            self.set(level, period, place as u32);
        }
    }

    fn set(&mut self, level: usize, period: usize, place: u32) {
        if let Some(slot) = self.table.get_mut(period << self.level_bits | level) {
            *slot = place;
        }
    }

    /// The place of a level and a period; a new one when they had none.
    pub fn open(&mut self, level: usize, period: usize) -> usize {
        self.fit(level + 1, period + 1);
        let found = self.table.get(period << self.level_bits | level).copied();
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
        let level = |at: usize| at & ((1 << self.level_bits) - 1);
        taken.map(|(at, &place)| ((level(at), at >> self.level_bits), place as usize)).collect()
    }
}
