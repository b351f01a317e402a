//! Walking a map in the order of its keys, from either end.

use super::{Map, Node};
use std::slice;
use std::sync::Arc;

/// What is still to be walked of one node.
type Level<'a, K, T> = slice::Iter<'a, (K, Arc<T>)>;

/// The entries of a [`Map`] in order, from either end.
pub struct Iter<'a, K, V> {
    /// What is still to be walked of the branches above the first leaf.
    front: Vec<Level<'a, K, Node<K, V>>>,
    first: Level<'a, K, V>,
    back: Vec<Level<'a, K, Node<K, V>>>,
    last: Level<'a, K, V>,
    /// The root, until the walk from either end begins: a leaf that nobody comes to stays frozen.
    ahead: [Option<&'a Node<K, V>>; 2],
    /// How many entries neither end has given yet.
    left: usize,
}

impl<'a, K, V> Iter<'a, K, V> {
    /// Walks the nodes from `root` on, which hold so many entries.
    pub(super) fn over(root: Option<&'a Node<K, V>>, left: usize) -> Self {
        let (first, last) = ([].iter(), [].iter());
        Self { front: Vec::new(), first, back: Vec::new(), last, ahead: [root, root], left }
    }

    fn descend_front(&mut self, mut node: &'a Node<K, V>) {
        loop {
            match node {
                Node::Leaf(leaf) => {
                    self.first = leaf.entries().iter();
                    return;
                }
                Node::Branch(below) => {
                    let mut below = below.iter();
                    let Some((_, next)) = below.next() else { return };
                    self.front.push(below);
                    node = next;
                }
            }
        }
    }

    fn descend_back(&mut self, mut node: &'a Node<K, V>) {
        loop {
            match node {
                Node::Leaf(leaf) => {
                    self.last = leaf.entries().iter();
                    return;
                }
                Node::Branch(below) => {
                    let mut below = below.iter();
                    let Some((_, next)) = below.next_back() else { return };
                    self.back.push(below);
                    node = next;
                }
            }
        }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        if let [Some(root), _] = self.ahead {
            self.ahead[0] = None;
            self.descend_front(root);
        }
        loop {
            if let Some((key, value)) = self.first.next() {
                self.left -= 1;
                return Some((key, value));
            }
            match self.front.last_mut()?.next() {
                Some((_, node)) => self.descend_front(node),
                None => {
                    self.front.pop();
                }
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<K, V> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        if let [_, Some(root)] = self.ahead {
            self.ahead[1] = None;
            self.descend_back(root);
        }
        loop {
            if let Some((key, value)) = self.last.next_back() {
                self.left -= 1;
                return Some((key, value));
            }
            match self.back.last_mut()?.next_back() {
                Some((_, node)) => self.descend_back(node),
                None => {
                    self.back.pop();
                }
            }
        }
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
