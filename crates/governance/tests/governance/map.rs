//! The record's maps against those of the standard library.

use governance::{List, Map};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
enum Step {
    Insert(u16, u32),
    Remove(u16),
    Change(u16, u32),
    Update(u16, u32),
    Clone,
}

/// Few keys meet often; many keys make deep trees. In order they fill every node.
fn step(keys: u16) -> impl Strategy<Value = Step> {
    let key = move || 0..keys;
    prop_oneof![
        6 => (key(), any::<u32>()).prop_map(|(key, value)| Step::Insert(key, value)),
        3 => key().prop_map(Step::Remove),
        2 => (key(), any::<u32>()).prop_map(|(key, value)| Step::Change(key, value)),
        1 => (key(), any::<u32>()).prop_map(|(key, value)| Step::Update(key, value)),
        1 => Just(Step::Clone),
    ]
}

fn same(map: &Map<u16, u32>, peer: &BTreeMap<u16, u32>) {
    assert_eq!(map.len(), peer.len());
    assert_eq!(map.is_empty(), peer.is_empty());
    assert!(map.iter().eq(peer.iter()), "{map:?} is not {peer:?}");
    assert!(map.iter().rev().eq(peer.iter().rev()), "backwards, {map:?} is not {peer:?}");
    assert_eq!(map.first_key_value(), peer.first_key_value());
    assert_eq!(map.last_key_value(), peer.last_key_value());
    let (mut ours, mut theirs) = (map.iter(), peer.iter());
    for turn in 0..=peer.len() {
        // From both ends at once: the ends must meet, not pass each other.
        let (mine, other) = match turn % 3 {
            0 => (ours.next_back(), theirs.next_back()),
            _ => (ours.next(), theirs.next()),
        };
        assert_eq!(mine, other);
        assert_eq!(ours.len(), theirs.len());
    }
    let text = serde_json::to_string(map).unwrap();
    assert_eq!(text, serde_json::to_string(peer).unwrap());
    assert_eq!(&serde_json::from_str::<Map<u16, u32>>(&text).unwrap(), map);
}

fn play(sorted: u16, steps: &[Step]) {
    let mut map: Map<u16, u32> = (0..sorted).map(|key| (key, u32::from(key))).collect();
    let mut peer: BTreeMap<u16, u32> = (0..sorted).map(|key| (key, u32::from(key))).collect();
    let (mut earlier, mut since) = (Vec::new(), 0);
    for step in steps {
        since = if matches!(step, Step::Clone) { 0 } else { since + 1 };
        match *step {
            Step::Insert(key, value) => {
                assert_eq!(map.insert(key, value), peer.insert(key, value));
            }
            Step::Remove(key) => assert_eq!(map.remove(&key), peer.remove(&key)),
            Step::Change(key, value) => {
                let (ours, theirs) = (map.get_mut(&key), peer.get_mut(&key));
                assert_eq!(ours.is_some(), theirs.is_some());
                if let (Some(ours), Some(theirs)) = (ours, theirs) {
                    (*ours, *theirs) = (value, value);
                }
            }
            Step::Update(key, value) => {
                map.update(key, |it| *it ^= value);
                *peer.entry(key).or_default() ^= value;
            }
            Step::Clone => earlier.push((map.clone(), peer.clone())),
        }
        if let Step::Insert(key, _) | Step::Remove(key) | Step::Change(key, _) = *step {
            assert_eq!(map.get(&key), peer.get(&key));
            assert_eq!(map.contains_key(&key), peer.contains_key(&key));
        }
    }
    same(&map, &peer);
    // What was cloned before a change does not change with it.
    for (map, peer) in &earlier {
        assert!(map.iter().eq(peer.iter()), "{map:?} is not {peer:?}");
    }
    // What changed since the last clone is told, and no entry that is as it was.
    if let Some((before, _)) = earlier.last() {
        let told: BTreeMap<u16, u32> = map.changed_since(before).map(|(k, v)| (*k, *v)).collect();
        for (key, value) in &map {
            let differs = before.get(key) != Some(value);
            assert!(!differs || told.get(key) == Some(value), "{key} is not told of");
        }
        assert!(told.len() <= since, "{told:?}");
        assert!(since > 0 || map.shares_all(before));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_map_is_like_that_of_the_standard_library(
        steps in prop::collection::vec(step(60), 0..300),
    ) {
        play(0, &steps);
    }

    #[test]
    fn a_large_map_is_too(
        sorted in 0_u16..1_500,
        steps in prop::collection::vec(step(1_800), 0..300),
    ) {
        play(sorted, &steps);
    }
}

#[test]
fn everything_can_be_taken_out_again() {
    let mut map: Map<u16, u32> = (0..3_000).rev().map(|key| (key, 0)).collect();
    for key in (0..3_000).step_by(2).chain((0..3_000).skip(1).step_by(2)) {
        assert_eq!(map.remove(&key), Some(0), "{key}");
    }
    same(&map, &BTreeMap::new());
    map.insert(1, 2);
    same(&map, &BTreeMap::from([(1, 2)]));
}

#[test]
fn a_list_keeps_its_order() {
    let mut list: List<u32> = (0..100).collect();
    let before = list.clone();
    list.push(7);
    assert_eq!((before.len(), list.len(), list.get(100)), (100, 101, Some(&7)));
    assert!(list.iter().copied().eq((0..100).chain([7])));
    let text = serde_json::to_string(&list).unwrap();
    assert_eq!(text, serde_json::to_string(&list.iter().collect::<Vec<_>>()).unwrap());
    assert_eq!(serde_json::from_str::<List<u32>>(&text).unwrap(), list);
}
