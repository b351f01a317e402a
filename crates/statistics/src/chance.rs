//! Chance for tests: random rows, and how often intervals hold the truth. Seeds are fixed and
//! printed, so a run is always the same.

use std::collections::BTreeMap;

/// SplitMix64 (Steele, Lea & Flood 2014).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn seeded(seed: u64) -> Self {
        println!("seed {seed}");
        Self(seed)
    }

    /// Uniform in 0 to 1.
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal (Box & Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let length = (-2.0 * libm::log(1.0 - self.uniform())).sqrt();
        length * libm::cos(std::f64::consts::TAU * self.uniform())
    }

    /// Exponential with mean 1.
    pub(crate) fn exponential(&mut self) -> f64 {
        -libm::log(1.0 - self.uniform())
    }

    /// One of the items.
    pub(crate) fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[(self.uniform() * items.len() as f64) as usize]
    }

    /// Rows drawn from a population, each time from all of it.
    pub(crate) fn draw<T: Clone>(&mut self, population: &[T], n: usize) -> Vec<T> {
        (0..n).map(|_| self.of(population).clone()).collect()
    }
}

/// How often intervals hold the truth, by name.
#[derive(Default)]
pub(crate) struct Coverage(BTreeMap<String, (u32, u32, u32)>);

impl Coverage {
    /// Counts an interval, if there is one.
    pub(crate) fn see(&mut self, name: &str, interval: Option<(f64, f64)>, truth: f64) {
        let (held, given, asked) = self.0.entry(name.to_owned()).or_default();
        *asked += 1;
        if let Some((lower, upper)) = interval {
            *given += 1;
            *held += u32::from(lower <= truth && truth <= upper);
        }
    }

    /// The share of intervals of a name that held.
    pub(crate) fn share(&self, name: &str) -> f64 {
        let (held, given, _) = self.0[name];
        f64::from(held) / f64::from(given)
    }

    /// Asserts that each interval held in 95 % of runs, within 3 standard errors; or, for those
    /// named, in the share that is documented. Intervals must be there in 97 % of runs.
    pub(crate) fn check(&self, title: &str, documented: &[(&str, f64)]) {
        let mut wrong = Vec::new();
        for (name, (held, given, asked)) in &self.0 {
            let n = f64::from(*given);
            let share = f64::from(*held) / n;
            let promise = documented.iter().find(|(known, _)| known == name);
            let promise = promise.map_or(0.95, |(_, share)| *share);
            println!("{title}, {name}: {share:.4} of {given}");
            let within = 3.0 * (promise * (1.0 - promise) / n).sqrt();
            if (share - promise).abs() > within || n < 0.97 * f64::from(*asked) {
                wrong.push(format!("{name}: {share:.4} of {given} of {asked}, not {promise}"));
            }
        }
        assert!(!self.0.is_empty() && wrong.is_empty(), "{title}: {wrong:#?}");
    }
}
