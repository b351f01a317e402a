//! The maps of the record: ordered like a [`BTreeMap`], and cheap to clone.
//!
//! The writer clones the record for each command and readers hold older ones, so what did not
//! change must be shared. A [`Map`] is a B-tree of shared nodes: a clone shares all of them, and a
//! change copies the few nodes between the root and what it touches. The well-kept libraries were
//! measured first: red-black trees of shared nodes took several times as long to build, to search
//! and to walk. What comes from a snapshot stays as bytes until somebody looks at it, for most of a
//! long record is never looked at again.
//!
//! [`BTreeMap`]: std::collections::BTreeMap

mod iter;
mod leaf;
mod list;
mod ordered;

pub use iter::Iter;
pub use leaf::Chunk;
pub(crate) use leaf::{Frozen, Read};
pub use list::List;
pub(crate) use ordered::Ordered;

use leaf::Leaf;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Index;
use std::sync::Arc;

/// Entries of a node, at most. Small, for a change copies the list of them.
const FULL: usize = 32;

/// An ordered map that shares what a clone did not change.
pub struct Map<K, V> {
    root: Option<Arc<Node<K, V>>>,
    len: usize,
}

enum Node<K, V> {
    Leaf(Leaf<K, V>),
    /// The nodes below, each with a key that is not above any of its own and above all before it;
    /// the first node takes whatever is below its key too.
    Branch(Vec<(K, Arc<Node<K, V>>)>),
}

/// A node that came to be when one was full, with its first key.
type Split<K, V> = Option<(K, Arc<Node<K, V>>)>;

impl<K, V> Map<K, V> {
    /// A map without entries.
    #[must_use]
    pub const fn new() -> Self {
        Self { root: None, len: 0 }
    }

    /// How many entries it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// True when it has no entries.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The entries in the order of their keys.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::over(self.root.as_deref(), self.len)
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator {
        self.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.iter().map(|(_, value)| value)
    }

    /// The entry with the smallest key.
    #[must_use]
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// The entry with the largest key.
    #[must_use]
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        let mut node = self.root.as_deref()?;
        loop {
            match node {
                Node::Leaf(leaf) => {
                    return leaf.entries().last().map(|(key, value)| (key, &**value));
                }
                Node::Branch(below) => node = &below.last()?.1,
            }
        }
    }
}

impl<K: Clone, V> Map<K, V> {
    /// A map of frozen leaves, given in the order of their keys and none of them empty, and of an
    /// entry after them.
    pub(crate) fn frozen(
        leaves: impl IntoIterator<Item = Frozen<K, V>>,
        last: Option<(K, V)>,
    ) -> Self {
        let mut len = usize::from(last.is_some());
        let frozen = leaves.into_iter().map(|leaf| {
            len += leaf.len;
            (leaf.first.clone(), Leaf::Frozen(leaf))
        });
        let mut leaves: Vec<_> = frozen.collect();
        let last = last.map(|(key, value)| (key.clone(), Leaf::Open(vec![(key, Arc::new(value))])));
        leaves.extend(last);
        let node = |(first, leaf)| (first, Arc::new(Node::Leaf(leaf)));
        let mut nodes: Vec<_> = leaves.into_iter().map(node).collect();
        while nodes.len() > 1 {
            let branch = |below: &[(K, _)]| {
                let first = below.first()?.0.clone();
                Some((first, Arc::new(Node::Branch(below.to_vec()))))
            };
            nodes = nodes.chunks(FULL).filter_map(branch).collect();
        }
        Self { root: nodes.pop().map(|(_, root)| root), len }
    }
}

impl<K: Ord, V> Map<K, V> {
    /// The value of a key.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let mut node = self.root.as_deref()?;
        loop {
            match node {
                Node::Leaf(leaf) => {
                    let entries = leaf.entries();
                    let place = entries.binary_search_by(|(it, _)| it.borrow().cmp(key)).ok()?;
                    return entries.get(place).map(|(_, value)| &**value);
                }
                Node::Branch(below) => node = &below.get(place_below(below, key))?.1,
            }
        }
    }

    /// True when a key has a value.
    #[must_use]
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }
}

impl<K: Ord, V> Map<K, V> {
    /// True when this map is a clone of the other, or the other way round, and neither has changed
    /// since.
    #[must_use]
    pub fn shares_all(&self, other: &Self) -> bool {
        match (&self.root, &other.root) {
            (Some(ours), Some(theirs)) => Arc::ptr_eq(ours, theirs),
            (None, None) => true,
            _ => false,
        }
    }

    /// The entries that were put in or changed since this map was a clone of `before`. What both
    /// share is skipped, so that it costs as much as there were changes. An entry that was taken
    /// out is not told of.
    pub fn changed_since<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = (&'a K, &'a V)> {
        let mut changed = Vec::new();
        if let Some(root) = &self.root
            && !self.shares_all(before)
        {
            root.changed_since(before, &mut changed);
        }
        changed.into_iter()
    }

    fn has_node(&self, wanted: &Arc<Node<K, V>>, first: &K) -> bool {
        let mut node = self.root.as_ref();
        while let Some(here) = node {
            if Arc::ptr_eq(here, wanted) {
                return true;
            }
            node = match &**here {
                Node::Leaf(_) => None,
                Node::Branch(below) => below.get(place_below(below, first)).map(|(_, it)| it),
            };
        }
        false
    }

    fn has_value(&self, key: &K, wanted: &V) -> bool {
        self.get(key).is_some_and(|value| std::ptr::eq(value, wanted))
    }
}

impl<K: Ord, V> Node<K, V> {
    fn changed_since<'a>(&'a self, before: &Map<K, V>, changed: &mut Vec<(&'a K, &'a V)>) {
        match self {
            Self::Leaf(leaf) => {
                let entries = leaf.entries().iter().map(|(key, value)| (key, &**value));
                changed.extend(entries.filter(|(key, value)| !before.has_value(key, value)));
            }
            Self::Branch(below) => {
                for (first, node) in below {
                    if !before.has_node(node, first) {
                        node.changed_since(before, changed);
                    }
                }
            }
        }
    }
}

impl<K: Ord + Clone, V: Clone> Map<K, V> {
    /// The value of a key, to be changed. What a clone shares is copied before.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        if !self.contains_key(key) {
            return None;
        }
        let mut node = Arc::make_mut(self.root.as_mut()?);
        loop {
            match node {
                Node::Leaf(leaf) => {
                    let entries = leaf.entries_mut();
                    let place = entries.binary_search_by(|(it, _)| it.borrow().cmp(key)).ok()?;
                    return entries.get_mut(place).map(|(_, value)| Arc::make_mut(value));
                }
                Node::Branch(below) => {
                    let place = place_below(below, key);
                    node = Arc::make_mut(&mut below.get_mut(place)?.1);
                }
            }
        }
    }

    /// Gives a key a value; the one that it had before is given back.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.share(key, Arc::new(value)).map(Arc::unwrap_or_clone)
    }

    /// Gives a key a value that is held elsewhere too; the one that it had before is given back.
    pub fn share(&mut self, key: K, value: Arc<V>) -> Option<Arc<V>> {
        let Some(root) = &mut self.root else {
            self.root = Some(Arc::new(Node::Leaf(Leaf::Open(vec![(key, value)]))));
            self.len = 1;
            return None;
        };
        let (before, split) = Arc::make_mut(root).insert(key, value);
        if let Some(split) = split
            && let Some(first) = root.first_key().cloned()
        {
            let below = vec![(first, Arc::clone(root)), split];
            self.root = Some(Arc::new(Node::Branch(below)));
        }
        self.len += usize::from(before.is_none());
        before
    }

    /// Takes a key and its value out.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        if !self.contains_key(key) {
            return None;
        }
        let root = self.root.as_mut()?;
        let removed = Arc::make_mut(root).remove(key)?;
        self.len -= 1;
        if self.len == 0 {
            self.root = None;
        }
        Some(Arc::unwrap_or_clone(removed))
    }

    /// Changes the value of a key, or the default one when there is none yet.
    pub fn update(&mut self, key: K, change: impl FnOnce(&mut V))
    where
        V: Default,
    {
        if let Some(value) = self.get_mut(&key) {
            return change(value);
        }
        let mut value = V::default();
        change(&mut value);
        self.insert(key, value);
    }
}

/// Where in a branch a key belongs.
fn place_below<K: Borrow<Q>, V, Q: Ord + ?Sized>(below: &[(K, V)], key: &Q) -> usize {
    below.partition_point(|(first, _)| first.borrow() <= key).saturating_sub(1)
}

/// Puts an entry into a node's list; gives the second half when the list was full. A list that
/// grows at its end is left full, so that keys that come in order fill every node.
fn put<K, T>(list: &mut Vec<(K, T)>, place: usize, entry: (K, T)) -> Option<Vec<(K, T)>> {
    if list.len() < FULL {
        if list.capacity() == list.len() {
            list.reserve_exact(FULL - list.len());
        }
        list.insert(place, entry);
        return None;
    }
    let at_end = place == list.len();
    let mut second = if at_end { Vec::new() } else { list.split_off(FULL / 2) };
    match place.checked_sub(list.len()) {
        Some(place) => second.insert(place, entry),
        None => list.insert(place, entry),
    }
    Some(second)
}

impl<K: Ord + Clone, V> Node<K, V> {
    fn first_key(&self) -> Option<&K> {
        match self {
            Self::Leaf(leaf) => leaf.entries().first().map(|(key, _)| key),
            Self::Branch(below) => below.first().map(|(key, _)| key),
        }
    }

    fn insert(&mut self, key: K, value: Arc<V>) -> (Option<Arc<V>>, Split<K, V>) {
        match self {
            Self::Leaf(leaf) => {
                let entries = leaf.entries_mut();
                match entries.binary_search_by(|(it, _)| it.cmp(&key)) {
                    Ok(place) => {
                        let known = entries.get_mut(place);
                        (known.map(|(_, known)| std::mem::replace(known, value)), None)
                    }
                    Err(place) => {
                        let second = put(entries, place, (key, value));
                        let leaf = |entries| Self::Leaf(Leaf::Open(entries));
                        (None, second.and_then(|it| split(it, leaf)))
                    }
                }
            }
            Self::Branch(below) => {
                let place = place_below(below, &key);
                let Some((_, node)) = below.get_mut(place) else { return (None, None) };
                let (before, new) = Arc::make_mut(node).insert(key, value);
                let second = new.and_then(|new| put(below, place + 1, new));
                (before, second.and_then(|it| split(it, Self::Branch)))
            }
        }
    }

    fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
    {
        match self {
            Self::Leaf(leaf) => {
                let entries = leaf.entries_mut();
                let place = entries.binary_search_by(|(it, _)| it.borrow().cmp(key)).ok()?;
                Some(entries.remove(place).1)
            }
            Self::Branch(below) => {
                let place = place_below(below, key);
                let node = Arc::make_mut(&mut below.get_mut(place)?.1);
                let removed = node.remove(key);
                if node.is_empty() {
                    below.remove(place);
                }
                removed
            }
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Leaf(leaf) => leaf.entries().is_empty(),
            Self::Branch(below) => below.is_empty(),
        }
    }
}

fn split<K: Clone, V, T>(
    second: Vec<(K, T)>,
    node: impl FnOnce(Vec<(K, T)>) -> Node<K, V>,
) -> Split<K, V> {
    let first = second.first()?.0.clone();
    Some((first, Arc::new(node(second))))
}

impl<K, V> Clone for Map<K, V> {
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), len: self.len }
    }
}

impl<K: Clone, V> Clone for Node<K, V> {
    fn clone(&self) -> Self {
        match self {
            Self::Leaf(leaf) => Self::Leaf(leaf.clone()),
            Self::Branch(below) => Self::Branch(below.clone()),
        }
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for Map<K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: Ord + Borrow<Q>, V, Q: Ord + ?Sized> Index<&Q> for Map<K, V> {
    type Output = V;

    #[expect(clippy::panic, reason = "as everywhere, an index that is not there is a fault")]
    fn index(&self, key: &Q) -> &V {
        match self.get(key) {
            Some(value) => value,
            None => panic!("no entry found for key"),
        }
    }
}

impl<K: Ord + Clone, V: Clone> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord + Clone, V: Clone> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K: Serialize, V: Serialize> Serialize for Map<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de, K, V> Deserialize<'de> for Map<K, V>
where
    K: Deserialize<'de> + Ord + Clone,
    V: Deserialize<'de> + Clone,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<K, V>(PhantomData<(K, V)>);
        impl<'de, K, V> Visitor<'de> for Entries<K, V>
        where
            K: Deserialize<'de> + Ord + Clone,
            V: Deserialize<'de> + Clone,
        {
            type Value = Map<K, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut map = Map::new();
                while let Some((key, value)) = access.next_entry()? {
                    map.insert(key, value);
                }
                Ok(map)
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}
