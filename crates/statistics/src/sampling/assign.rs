//! Who of the raters looks at which item, in which order.

use super::{SamplingError, below, shuffled};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::Serialize;

/// The stream of a seed from which assignments are drawn, apart from those of strata.
const STREAM: u64 = u64::MAX;
/// How often another order is tried before it is said that some two raters share no item.
const TRIES: usize = 20;

/// One item for one rater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Assigned {
    /// The rater, from 0.
    pub rater: usize,
    /// The place of the item in the rater's own order, from 1.
    pub position: usize,
    /// The item, from 0.
    pub item: usize,
}

/// Who rates what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assignment {
    /// By rater, in the order in which that rater works.
    pub assigned: Vec<Assigned>,
    /// The fewest and the most items that a rater has; they differ by at most one.
    pub load: (usize, usize),
    /// The fewest and the most items that two raters share; none where each item has one rater.
    pub overlap: Option<(usize, usize)>,
}

/// Gives each of `items` items to `each` of `raters` raters, so that raters have as many items as
/// each other (but for one) and every two share some: an incomplete block design, balanced as far
/// as the numbers allow. Each rater has a random order of their own, so that tiredness and contrast
/// do not fall on the same items.
///
/// Item by item in random order, the rater with the fewest items comes first; the others of the
/// item are those with the fewest items too, and among these who shares least with those chosen.
///
/// # Errors
/// [`SamplingError::Raters`] when an item cannot have so many, [`SamplingError::Pairs`] when some
/// two raters would share no item, and [`SamplingError::Nothing`] without items.
pub fn assign(
    items: usize,
    raters: usize,
    each: usize,
    seed: u64,
) -> Result<Assignment, SamplingError> {
    if each == 0 || each > raters {
        return Err(SamplingError::Raters { raters, each });
    }
    if items == 0 {
        return Err(SamplingError::Nothing);
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(STREAM);
    let mut design = Design::draw(items, raters, each, &mut random);
    for _ in 0..TRIES {
        if each == 1 || design.overlap().0 > 0 {
            break;
        }
        design = Design::draw(items, raters, each, &mut random);
    }
    if each > 1 && design.overlap().0 == 0 {
        return Err(too_few(items, raters, each, &mut random));
    }
    let mut assigned = Vec::with_capacity(items * each);
    for rater in 0..raters {
        let of = design.blocks.iter().enumerate();
        let own: Vec<usize> =
            of.filter(|(_, block)| block.contains(&rater)).map(|(item, _)| item).collect();
        let order = shuffled(own.len(), own.len(), &mut random).into_iter();
        let order = order.filter_map(|place| own.get(place).copied());
        let rows = (1..).zip(order).map(|(position, item)| Assigned { rater, position, item });
        assigned.extend(rows);
    }
    Ok(Assignment {
        assigned,
        load: ends(design.loads.iter().copied()),
        overlap: (each > 1).then(|| design.overlap()),
    })
}

/// Says how many items are enough, by trying: by counting alone one would promise too much.
fn too_few(items: usize, raters: usize, each: usize, random: &mut ChaCha8Rng) -> SamplingError {
    let (pairs, in_item) = (raters * (raters - 1) / 2, each * (each - 1) / 2);
    let mut needed = pairs.div_ceil(in_item).max(items + 1);
    while Design::draw(needed, raters, each, random).overlap().0 == 0 {
        needed += needed.div_ceil(10);
    }
    SamplingError::Pairs { raters, pairs, items, each, held: items * in_item, needed }
}

/// Blocks under way.
struct Design {
    /// The raters of each item.
    blocks: Vec<Vec<usize>>,
    /// Items of each rater.
    loads: Vec<usize>,
    /// Items that the first rater shares with the second.
    shared: Vec<Vec<usize>>,
}

impl Design {
    fn draw(items: usize, raters: usize, each: usize, random: &mut ChaCha8Rng) -> Self {
        let mut design = Self {
            blocks: vec![Vec::new(); items],
            loads: vec![0; raters],
            shared: vec![vec![0; raters]; raters],
        };
        for item in shuffled(items, items, random) {
            let mut block: Vec<usize> = Vec::with_capacity(each);
            while block.len() < each {
                let Some(next) = design.next(&block, random) else { break };
                block.push(next);
            }
            for rater in &block {
                if let Some(load) = design.loads.get_mut(*rater) {
                    *load += 1;
                }
                let row = design.shared.get_mut(*rater).into_iter().flatten().enumerate();
                row.filter(|(other, _)| other != rater && block.contains(other))
                    .for_each(|(_, count)| *count += 1);
            }
            if let Some(place) = design.blocks.get_mut(item) {
                *place = block;
            }
        }
        design
    }

    /// The rater who joins a block next; ties are broken at random.
    fn next(&self, block: &[usize], random: &mut ChaCha8Rng) -> Option<usize> {
        let cost = |rater: usize| {
            let row = self.shared.get(rater);
            let with = block.iter().filter_map(|other| row?.get(*other)).sum::<usize>();
            (self.loads.get(rater).copied().unwrap_or_default(), with)
        };
        let open = || (0..self.loads.len()).filter(|rater| !block.contains(rater));
        let least = open().map(cost).min()?;
        let best: Vec<usize> = open().filter(|rater| cost(*rater) == least).collect();
        best.get(below(best.len(), random)).copied()
    }

    /// The fewest and the most items that two raters share.
    fn overlap(&self) -> (usize, usize) {
        let rows = self.shared.iter().enumerate();
        ends(rows.flat_map(|(rater, row)| row.iter().skip(rater + 1).copied()))
    }
}

fn ends(counts: impl Iterator<Item = usize> + Clone) -> (usize, usize) {
    (counts.clone().min().unwrap_or_default(), counts.max().unwrap_or_default())
}
