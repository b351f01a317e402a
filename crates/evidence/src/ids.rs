//! Which of many ids came twice, by their hashes, in a bounded memory.

use datafusion::common::HashSet;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

/// Hashes that are kept in memory before they go to a temporary file: 32 MiB.
const MOST_KEPT: usize = 1 << 22;

/// Hashes of ids. Those that are too many for memory wait in sorted runs on disk.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    kept: Vec<u64>,
    runs: Vec<File>,
}

impl Ids {
    /// Takes hashes in.
    pub fn extend(&mut self, hashes: Vec<u64>) {
        self.kept.extend(hashes);
        if self.kept.len() >= MOST_KEPT {
            self.kept.sort_unstable();
            // Without a place for temporary files they stay in memory.
            if let Ok(run) = written(&self.kept) {
                self.runs.push(run);
                self.kept.clear();
            }
        }
    }

    /// The hashes that came more than once, in all of these together.
    ///
    /// # Errors
    /// When a temporary file cannot be read back.
    pub fn repeated(all: impl Iterator<Item = Self>) -> io::Result<HashSet<u64>> {
        let mut runs: Vec<Box<dyn Iterator<Item = io::Result<u64>>>> = Vec::new();
        let mut kept: Vec<u64> = Vec::new();
        for ids in all {
            kept.extend(ids.kept);
            for mut file in ids.runs {
                file.rewind()?;
                runs.push(Box::new(Hashes(BufReader::with_capacity(1 << 16, file))));
            }
        }
        kept.sort_unstable();
        runs.push(Box::new(kept.into_iter().map(Ok)));
        let mut next = BinaryHeap::new();
        for (place, run) in runs.iter_mut().enumerate() {
            next.extend(run.next().transpose()?.map(|hash| Reverse((hash, place))));
        }
        let (mut last, mut repeated) = (None, HashSet::new());
        while let Some(Reverse((hash, place))) = next.pop() {
            if last == Some(hash) {
                repeated.insert(hash);
            }
            last = Some(hash);
            let following = runs.get_mut(place).and_then(Iterator::next).transpose()?;
            next.extend(following.map(|hash| Reverse((hash, place))));
        }
        Ok(repeated)
    }
}

fn written(hashes: &[u64]) -> io::Result<File> {
    let mut file = BufWriter::new(tempfile::tempfile()?);
    for hash in hashes {
        file.write_all(&hash.to_le_bytes())?;
    }
    Ok(file.into_inner()?)
}

/// The hashes of a run.
struct Hashes(BufReader<File>);

impl Iterator for Hashes {
    type Item = io::Result<u64>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut bytes = [0; 8];
        match self.0.read_exact(&mut bytes) {
            Ok(()) => Some(Ok(u64::from_le_bytes(bytes))),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
            Err(error) => Some(Err(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_twice_is_found_within_and_between_runs_on_disk_and_in_memory() {
        let run = |hashes: &[u64]| written(hashes).unwrap();
        let one = Ids { kept: vec![9, 2, 5], runs: vec![run(&[1, 3, 5, 7]), run(&[7, 8])] };
        let other = Ids { kept: vec![9, 4], runs: vec![run(&[6, 6, 10])] };
        let found = Ids::repeated([one, other].into_iter()).unwrap();
        assert_eq!(found, [5, 6, 7, 9].into_iter().collect());
        assert!(Ids::repeated(std::iter::empty()).unwrap().is_empty());
    }

    #[test]
    fn more_than_memory_is_to_hold_goes_to_disk() {
        let mut ids = Ids::default();
        let scrambled = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for chunk in 0..5_u64 {
            let from = chunk * 1_000_000;
            ids.extend((from..from + 1_000_000).map(scrambled).collect());
        }
        assert_eq!((ids.runs.len(), ids.kept.len()), (1, 0));
        ids.extend(vec![scrambled(17), scrambled(4_999_999)]);
        let found = Ids::repeated([ids].into_iter()).unwrap();
        assert_eq!(found, [scrambled(17), scrambled(4_999_999)].into_iter().collect());
    }
}
