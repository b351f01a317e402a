//! Random samples whose chances are known, what they say about everything they were drawn from,
//! and who of the raters looks at what.
//!
//! What is drawn depends on a seed alone, the same on every machine. Cochran, "Sampling
//! Techniques", 3rd edition, chapter 5.

mod assign;
mod estimate;
#[cfg(test)]
mod tests;

pub use assign::{Assigned, Assignment, assign};
pub use estimate::{Stratum, WeightedMean, stratified_mean, stratified_rate};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde::Serialize;
use thiserror::Error;

/// How a sample is shared out among strata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Allocation {
    /// Each stratum by its size: every item has about the same chance.
    Proportional,
    /// Each stratum as many, so that small ones can be judged too.
    Equal,
}

/// Why a sample or an assignment cannot be made.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SamplingError {
    /// More is wanted than there is.
    #[error("{wanted} items are wanted, and there are {there}; ask for at most {there}")]
    TooMany {
        /// Items wanted.
        wanted: u64,
        /// Items there are.
        there: u64,
    },
    /// Nothing is wanted.
    #[error("a sample has at least one item")]
    Nothing,
    /// The least in each stratum is more than the sample.
    #[error(
        "at least {least} from each of {strata} strata take {needed} items (all of a stratum that \
         has fewer), and the sample has {size}; ask for {needed} or more, or for fewer from each"
    )]
    TooSmall {
        /// The least wanted from each stratum.
        least: u64,
        /// How many strata there are.
        strata: usize,
        /// What that takes.
        needed: u64,
        /// The size of the sample.
        size: u64,
    },
    /// An item cannot have so many raters.
    #[error("each item needs from 1 to {raters} of {raters} raters, not {each}")]
    Raters {
        /// Raters there are.
        raters: usize,
        /// Raters wanted for each item.
        each: usize,
    },
    /// Not every two raters can share an item.
    #[error(
        "{raters} raters make {pairs} pairs, and {items} items with {each} raters hold {held}: \
         some two would share no item; take {needed} items or more, more raters for each item, or \
         fewer raters"
    )]
    Pairs {
        /// Raters there are.
        raters: usize,
        /// Pairs of them.
        pairs: usize,
        /// Items there are.
        items: usize,
        /// Raters of each item.
        each: usize,
        /// Pairs that the items hold.
        held: usize,
        /// Items that were found to be enough.
        needed: usize,
    },
}

/// How many items to draw from each stratum, of `sizes` items each: `size` in all, at least `least`
/// from each (all, where there are fewer).
///
/// After the least, each further item goes to the stratum that is furthest behind its share and has
/// room (the method of Webster and Sainte-Laguë), which rounds shares to the nearest and adds up; a
/// tie goes to the earlier stratum.
///
/// # Errors
/// [`SamplingError`] when there are too few items, none is wanted, or `least` takes more than
/// `size`.
pub fn allocate(
    sizes: &[u64],
    size: u64,
    allocation: Allocation,
    least: u64,
) -> Result<Vec<u64>, SamplingError> {
    let there: u64 = sizes.iter().sum();
    if size == 0 {
        return Err(SamplingError::Nothing);
    }
    if size > there {
        return Err(SamplingError::TooMany { wanted: size, there });
    }
    let mut given: Vec<u64> = sizes.iter().map(|all| least.min(*all)).collect();
    let needed: u64 = given.iter().sum();
    if needed > size {
        return Err(SamplingError::TooSmall { least, strata: sizes.len(), needed, size });
    }
    let weight = |all: u64| match allocation {
        Allocation::Proportional => u128::from(all),
        Allocation::Equal => 1,
    };
    for _ in needed..size {
        let mut behind: Option<(usize, u128, u128)> = None;
        for (place, (all, given)) in sizes.iter().zip(&given).enumerate() {
            let (weight, next) = (weight(*all), 2 * u128::from(*given) + 1);
            let further = behind.is_none_or(|(_, most, of)| weight * of > most * next);
            if given < all && further {
                behind = Some((place, weight, next));
            }
        }
        if let Some(given) = behind.and_then(|(place, ..)| given.get_mut(place)) {
            *given += 1;
        }
    }
    Ok(given)
}

/// Draws `count` of the places `0..all` at random without replacement, each set with the same
/// chance, ascending. `stream` tells draws of one seed apart, such as those of strata.
#[must_use]
pub fn draw(all: usize, count: usize, seed: u64, stream: u64) -> Vec<usize> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    let mut places = shuffled(all, count, &mut random);
    places.sort_unstable();
    places
}

/// The places `0..all` in random order.
#[must_use]
pub fn shuffle(all: usize, seed: u64, stream: u64) -> Vec<usize> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    shuffled(all, all, &mut random)
}

/// The first `count` of the places `0..all` in random order (Fisher and Yates).
fn shuffled(all: usize, count: usize, random: &mut ChaCha8Rng) -> Vec<usize> {
    let mut places: Vec<usize> = (0..all).collect();
    for place in 0..count.min(all) {
        let other = place + below(all - place, random);
        places.swap(place, other);
    }
    places.truncate(count);
    places
}

/// A number from 0 to below `n`. The high half of a product is uniform but for one part in
/// 2^64 / n.
fn below(n: usize, random: &mut ChaCha8Rng) -> usize {
    ((u128::from(random.next_u64()) * n as u128) >> 64) as usize
}
