//! Two things measured in turns, and the ratio of one to the other.

use crate::clock;
use anyhow::Result;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// The middle and the ends of several rounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The median; the mean of the two in the middle when there is an even number.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// The spread of some values; all zero when there are none.
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or_default();
        let (count, last) = (values.len(), values.len().saturating_sub(1));
        let median = (at(last / 2) + at(count / 2)) / 2.0;
        Self { median, min: at(0), max: at(last) }
    }
}

/// What a benchmark found.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// The benchmark, and what of it.
    pub name: String,
    /// What is counted: rows, checks, commands, events.
    pub unit: &'static str,
    /// How many of them a round did.
    pub count: u64,
    /// What stands on the other side of the ratio.
    pub peer: String,
    /// Units per second.
    pub ours_per_second: Spread,
    /// Units per second of the peer.
    pub peer_per_second: Spread,
    /// Our time over the peer's time in the same round; 1 is as fast, 2 takes twice as long.
    pub ratio: Spread,
    /// The ratio to reach, where one is set.
    pub aim: Option<f64>,
    /// Seconds that our side took.
    pub seconds: Spread,
    /// The seconds to stay under, where that is set.
    pub limit_seconds: Option<f64>,
    /// Memory that both sides took, where that is measured.
    pub memory: Option<Memory>,
}

/// The most memory that each side held at any time, in bytes: the largest of all rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// Of our side.
    pub ours: u64,
    /// Of the peer.
    pub peer: u64,
    /// The memory that our side is to stay under.
    pub limit: u64,
}

impl Finding {
    /// The same finding, with the memory that both sides took.
    #[must_use]
    pub fn with_memory(self, memory: Option<Memory>) -> Self {
        Self { memory, ..self }
    }

    /// The same finding, with the seconds to stay under.
    #[must_use]
    pub fn within(self, limit_seconds: Option<f64>) -> Self {
        Self { limit_seconds, ..self }
    }
}

/// The seconds that both sides took, round by round.
#[derive(Debug, Default)]
pub struct Rounds {
    ours: Vec<f64>,
    peer: Vec<f64>,
}

impl Rounds {
    /// Adds a round. A time too short to be seen counts as a nanosecond.
    pub fn add(&mut self, ours: Duration, peer: Duration) {
        self.ours.push(ours.as_secs_f64().max(1e-9));
        self.peer.push(peer.as_secs_f64().max(1e-9));
    }

    /// Measures both sides in turns, after one round each that does not count. Who goes first
    /// changes from round to round, so that neither always finds the machine warm.
    pub async fn alternate<T, A: Future<Output = Result<T>>, B: Future<Output = Result<()>>>(
        rounds: u32,
        ours: impl Fn() -> A,
        peer: impl Fn() -> B,
    ) -> Result<Self> {
        ours().await?;
        peer().await?;
        let mut all = Self::default();
        for round in 0..rounds {
            let (ours, peer) = if round % 2 == 0 {
                let ours = clock::time(ours()).await?;
                (ours, clock::time(peer()).await?)
            } else {
                let peer = clock::time(peer()).await?;
                (clock::time(ours()).await?, peer)
            };
            all.add(ours, peer);
        }
        Ok(all)
    }

    /// The finding, when each round did `count` units on either side.
    pub fn finding(
        self,
        name: impl Into<String>,
        (count, unit): (u64, &'static str),
        peer: impl Into<String>,
        aim: Option<f64>,
    ) -> Finding {
        let ratios = self.ours.iter().zip(&self.peer).map(|(ours, peer)| ours / peer).collect();
        let speed = |times: Vec<f64>| {
            Spread::of(times.into_iter().map(|seconds| count as f64 / seconds).collect())
        };
        Finding {
            seconds: Spread::of(self.ours.clone()),
            limit_seconds: None,
            memory: None,
            name: name.into(),
            unit,
            count,
            peer: peer.into(),
            ratio: Spread::of(ratios),
            ours_per_second: speed(self.ours),
            peer_per_second: speed(self.peer),
            aim,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, unit, count, peer, ours_per_second: ours, .. } = self;
        let theirs = &self.peer_per_second;
        let Spread { median, min, max } = self.ratio;
        writeln!(f, "{name}, {} {unit} a round", grouped(*count as f64))?;
        let aim = self.aim.map_or_else(String::new, |aim| {
            format!("   aim: at most {}, {}", short(aim), met(median <= aim))
        });
        let [middle, min, max] = [median, min, max].map(short);
        writeln!(f, "  ratio      {middle} ({min} to {max}) times the peer's time{aim}")?;
        let Spread { median, min, max } = self.seconds;
        let limit = self.limit_seconds.map_or_else(String::new, |limit| {
            format!("   limit: {limit} s, {}", met(median <= limit))
        });
        writeln!(f, "  time       {median:.4} s ({min:.4} to {max:.4}){limit}")?;
        if let Some(Memory { ours, peer, limit }) = self.memory {
            let [here, there, most] = [ours, peer, limit].map(|bytes| bytes.div_ceil(1 << 20));
            let met = met(ours <= limit);
            writeln!(f, "  memory     {here} MiB; peer {there} MiB   limit: {most} MiB, {met}")?;
        }
        let speed = |of: &Spread| {
            let [median, min, max] = [of.median, of.min, of.max].map(grouped);
            format!("{median} {unit}/s ({min} to {max})")
        };
        writeln!(f, "  here       {}", speed(ours))?;
        write!(f, "  peer       {}: {peer}", speed(theirs))
    }
}

/// Two decimals, or four where two would say nothing.
fn short(value: f64) -> String {
    if value < 0.1 { format!("{value:.4}") } else { format!("{value:.2}") }
}

fn met(met: bool) -> &'static str {
    if met { "met" } else { "not met" }
}

/// A whole number with commas, such as `1,234,567`.
pub fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let check = |values: &[f64], wanted: [f64; 3]| {
            let Spread { median, min, max } = Spread::of(values.to_vec());
            assert_eq!([median, min, max], wanted, "{values:?}");
        };
        check(&[3.0, 1.0, 2.0], [2.0, 1.0, 3.0]);
        check(&[4.0, 1.0, 2.0, 3.0], [2.5, 1.0, 4.0]);
        check(&[5.0], [5.0, 5.0, 5.0]);
        check(&[], [0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_ratio_is_taken_within_a_round() {
        let mut rounds = Rounds::default();
        for (ours, peer) in [(2, 1), (30, 10), (4, 4)] {
            rounds.add(Duration::from_secs(ours), Duration::from_secs(peer));
        }
        let found = rounds.finding("name", (60, "rows"), "peer", Some(2.0));
        assert_eq!(found.ratio, Spread { median: 2.0, min: 1.0, max: 3.0 });
        assert_eq!(found.ours_per_second, Spread { median: 15.0, min: 2.0, max: 30.0 });
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (value, wanted) in [(0.4, "0"), (999.0, "999"), (1000.0, "1,000"), (1e7, "10,000,000")]
        {
            assert_eq!(grouped(value), wanted);
        }
    }
}
